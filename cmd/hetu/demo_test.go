package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Root cannot run PostgreSQL as itself, and nobody else gets into root's own
// directory: there the demonstration keeps its data elsewhere, always in the
// same place.
func TestDataDir(t *testing.T) {
	open, shut, others := t.TempDir(), t.TempDir(), t.TempDir()
	for dir, mode := range map[string]os.FileMode{open: 0o755, others: 0o755, shut: 0o700, filepath.Dir(open): 0o755} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(open)
	got, err := dataDir(others)
	if want := filepath.Join(open, "data"); err != nil || got != want {
		t.Errorf("in a directory that all may enter: %s, %v, want %s", got, err, want)
	}
	t.Chdir(shut)
	first, err := dataDir(others)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := dataDir(others); again != first {
		t.Errorf("%s, and then %s", first, again)
	}
	if os.Geteuid() == 0 && !strings.HasPrefix(first, others) || os.Geteuid() != 0 && first != filepath.Join(shut, "data") {
		t.Errorf("in a directory of one's own: %s", first)
	}
	if got, _ := dataDir(shut); got != filepath.Join(shut, "data") {
		t.Errorf("with nowhere to go: %s", got)
	}
}
