package storage_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	"hetu/storage"
	"hetu/storage/storagetest"
)

// UP-05: what a program that is being started at that moment still has open
// keeps no upload locked: the next piece is taken, and the whole is adopted.
func TestAdoptBesideStarts(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := filepath.Join(root, "store")
	st, err := storage.NewStaging(root)
	if err != nil {
		t.Fatal(err)
	}
	over, ended := make(chan struct{}), make(chan struct{})
	for range 2 {
		go func() {
			defer func() { ended <- struct{}{} }()
			for {
				select {
				case <-over:
					return
				default:
				}
				if err := exec.Command("/bin/true").Run(); err != nil {
					t.Errorf("/bin/true: %v", err)
					return
				}
			}
		}()
	}
	s, tenant, b := openFS(t, dir), uuid.New(), storagetest.Bytes(3000, 6)
	for range 400 {
		id := uuid.New()
		stage(t, st, tenant, id, b[:1000], b[1000:2000], b[2000:])
		was := staged(t, st, tenant, id)
		o, err := keep(t.Context(), st, s, tenant, id, storage.PutOptions{Size: -1})
		if err != nil {
			t.Fatalf("Keep = %v", err)
		}
		if !shared(t, dir, o.Ref, was) {
			t.Fatal("it was copied")
		}
	}
	close(over)
	<-ended
	<-ended
}
