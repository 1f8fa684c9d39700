package storage_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/storage"
)

// A configuration that cannot work is refused with a word that helps.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for word, c := range map[string]storage.Config{
		"driver":    {Driver: "ftp"},
		"directory": {Driver: "fs"},
		"endpoint":  {Driver: "s3", AccessKey: "a", SecretKey: "b", Bucket: "c"},
		"secret":    {Driver: "s3", Endpoint: "127.0.0.1:1", AccessKey: "a", Bucket: "c"},
	} {
		if _, err := storage.Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("Open(%+v) = %v, want a word about the %s", c, err, word)
		}
	}
	if _, err := (storage.Config{Driver: "s3"}).Staging(); err == nil {
		t.Error("Staging without a directory succeeded")
	}
}

// The fs driver needs no directory but its own.
func TestStagingBesideObjects(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, c := range []storage.Config{{Driver: "fs", Dir: dir}, {Driver: "fs", StagingDir: filepath.Join(dir, "own")}} {
		s, err := c.Staging()
		if err != nil {
			t.Fatal(err)
		}
		if at, err := s.Append(t.Context(), uuid.New(), uuid.New(), 0, strings.NewReader("x"), 1); at != 1 || err != nil {
			t.Errorf("%+v: Append = %d, %v", c, at, err)
		}
	}
}
