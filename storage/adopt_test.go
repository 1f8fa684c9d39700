package storage_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/storage"
	"hetu/storage/storagetest"
)

// stage brings an upload in, in the given pieces.
func stage(t testing.TB, st *storage.Staging, tenant, id uuid.UUID, pieces ...[]byte) {
	t.Helper()
	var at, total int64
	for _, p := range pieces {
		total += int64(len(p))
	}
	for _, p := range pieces {
		got, err := st.Append(t.Context(), tenant, id, at, bytes.NewReader(p), total)
		if at += int64(len(p)); err != nil || got != at {
			t.Fatalf("Append = %d, %v, want %d", got, err, at)
		}
	}
}

func keep(ctx context.Context, st *storage.Staging, s storage.Store, tenant, id uuid.UUID, o storage.PutOptions) (storage.Object, error) {
	f, _, err := st.Open(tenant, id)
	if err != nil {
		return storage.Object{}, err
	}
	defer f.Close() //nolint:errcheck // only read
	return st.Keep(ctx, s, f, tenant, id, o)
}

// shared reports whether an object and the upload it came from are one file.
func shared(t *testing.T, dir string, ref storage.Ref, staged os.FileInfo) bool {
	t.Helper()
	info, err := os.Stat(dataOf(dir, ref))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o400 {
		t.Errorf("the object's file has mode %v, want 0400", info.Mode())
	}
	return os.SameFile(info, staged)
}

func staged(t *testing.T, st *storage.Staging, tenant, id uuid.UUID) os.FileInfo {
	t.Helper()
	f, _, err := st.Open(tenant, id)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// UP-05: what was uploaded to the store's own file system is not written twice,
// and is from then on as immutable as any object.
func TestAdopt(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := filepath.Join(root, "store")
	st, err := storage.NewStaging(root)
	if err != nil {
		t.Fatal(err)
	}
	s, tenant := openFS(t, dir), uuid.New()
	b := storagetest.Bytes(300_000, 1)
	for name, pieces := range map[string][][]byte{"one piece": {b}, "three pieces": {b[:100_000], b[100_000:250_000], b[250_000:]}} {
		t.Run(name, func(t *testing.T) {
			id := uuid.New()
			stage(t, st, tenant, id, pieces...)
			was := staged(t, st, tenant, id)
			for what, tt := range map[string]struct {
				o    storage.PutOptions
				want error
			}{
				"another size":         {storage.PutOptions{Size: 9}, storage.ErrSize},
				"another digest":       {storage.PutOptions{Size: -1, SHA256: storage.Digest{1}}, storage.ErrHash},
				"beyond the limit":     {storage.PutOptions{Size: -1, MaxSize: 9}, storage.ErrTooLarge},
				"no media type":        {storage.PutOptions{Size: -1, Type: "x"}, storage.ErrType},
				"retained in the past": {storage.PutOptions{Size: -1, RetainUntil: time.Unix(1, 0)}, storage.ErrRetention},
			} {
				if _, err := keep(t.Context(), st, s, tenant, id, tt.o); !errors.Is(err, tt.want) {
					t.Errorf("%s: Keep = %v, want %v", what, err, tt.want)
				}
			}
			if _, err := keep(t.Context(), st, s, uuid.Nil, id, storage.PutOptions{Size: -1}); err == nil {
				t.Error("Keep without a tenant succeeded")
			}
			o, err := keep(t.Context(), st, s, tenant, id, storage.PutOptions{Size: int64(len(b)), Type: "text/plain"})
			if err != nil || o.SHA256 != sha256.Sum256(b) || o.Size != int64(len(b)) || o.Type != "text/plain" {
				t.Fatalf("Keep = %+v, %v", o, err)
			}
			if !shared(t, dir, o.Ref, was) {
				t.Error("it was copied")
			}
			if got, err := s.Stat(t.Context(), o.Ref); err != nil || got != o {
				t.Errorf("Stat = %+v, %v, want %+v", got, err, o)
			}
			sealedUpload(t, st, tenant, id, int64(len(b)))
			if err := st.Abort(tenant, id); err != nil {
				t.Errorf("Abort = %v", err)
			}
			if got, err := storagetest.Get(t.Context(), s, o.Ref, o.Want()); !bytes.Equal(got, b) || err != nil {
				t.Errorf("Get after Abort = %d bytes, %v", len(got), err)
			}
			noScratch(t, dir)
		})
	}
}

// sealedUpload: no piece changes an upload that a store has adopted.
func sealedUpload(t *testing.T, st *storage.Staging, tenant, id uuid.UUID, n int64) {
	t.Helper()
	if at, err := st.Append(t.Context(), tenant, id, n, strings.NewReader(""), n); at != n || err != nil {
		t.Errorf("an empty piece = %d, %v, want %d", at, err, n)
	}
	if at, err := st.Append(t.Context(), tenant, id, n, strings.NewReader("x"), n+9); at != n || !errors.Is(err, storage.ErrTooLarge) {
		t.Errorf("a piece after the end = %d, %v, want %v", at, err, storage.ErrTooLarge)
	}
	if _, err := st.Append(t.Context(), tenant, id, 0, strings.NewReader("x"), n); !errors.Is(err, storage.ErrOffset) {
		t.Errorf("a piece at the beginning = %v, want %v", err, storage.ErrOffset)
	}
	if at, err := st.Offset(tenant, id); at != n || err != nil {
		t.Errorf("Offset = %d, %v, want %d", at, err, n)
	}
}

// If the row of the object was not written, the object goes and the upload can
// be kept again: by copying now, because its file is another object's no more
// but its time is not what it was.
func TestAdoptAgain(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	st, err := storage.NewStaging(root)
	if err != nil {
		t.Fatal(err)
	}
	s, tenant, id := openFS(t, filepath.Join(root, "store")), uuid.New(), uuid.New()
	b := storagetest.Bytes(100_000, 2)
	stage(t, st, tenant, id, b)
	for range 3 {
		o, err := keep(t.Context(), st, s, tenant, id, storage.PutOptions{Size: -1})
		if err != nil {
			t.Fatalf("Keep = %v", err)
		}
		if got, err := storagetest.Get(t.Context(), s, o.Ref, o.Want()); !bytes.Equal(got, b) || err != nil {
			t.Errorf("Get = %d bytes, %v", len(got), err)
		}
		if err := s.Delete(t.Context(), o.Ref); err != nil {
			t.Errorf("Delete = %v", err)
		}
		sealedUpload(t, st, tenant, id, int64(len(b)))
	}
}

// What this process did not receive and force to the disk itself is copied:
// what came before a restart, and what another hand wrote.
func TestAdoptOnlyItsOwn(t *testing.T) {
	t.Parallel()
	b := storagetest.Bytes(100_000, 3)
	for name, meddle := range map[string]func(t *testing.T, root string, tenant, id uuid.UUID, st *storage.Staging) *storage.Staging{
		"restarted": func(t *testing.T, root string, _, _ uuid.UUID, _ *storage.Staging) *storage.Staging {
			st, err := storage.NewStaging(root)
			if err != nil {
				t.Fatal(err)
			}
			return st
		},
		"written by another": func(t *testing.T, root string, tenant, id uuid.UUID, st *storage.Staging) *storage.Staging {
			other, err := storage.NewStaging(root)
			if err != nil {
				t.Fatal(err)
			}
			if err := other.Abort(tenant, id); err != nil {
				t.Fatal(err)
			}
			stage(t, other, tenant, id, b)
			return st
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			dir := filepath.Join(root, "store")
			st, err := storage.NewStaging(root)
			if err != nil {
				t.Fatal(err)
			}
			s, tenant, id := openFS(t, dir), uuid.New(), uuid.New()
			stage(t, st, tenant, id, storagetest.Bytes(100_000, 4))
			if name == "restarted" {
				if err := st.Abort(tenant, id); err != nil {
					t.Fatal(err)
				}
				stage(t, st, tenant, id, b)
			}
			st = meddle(t, root, tenant, id, st)
			was := staged(t, st, tenant, id)
			o, err := keep(t.Context(), st, s, tenant, id, storage.PutOptions{Size: -1})
			if err != nil || o.SHA256 != sha256.Sum256(b) {
				t.Fatalf("Keep = %+v, %v", o, err)
			}
			if shared(t, dir, o.Ref, was) {
				t.Error("it was adopted")
			}
		})
	}
}

// Another file system than the store's is copied from.
func TestAdoptAcross(t *testing.T) {
	t.Parallel()
	far, err := os.MkdirTemp("/dev/shm", "hetu")
	if err != nil {
		t.Logf("this machine has no second file system (%v): TestAdoptOnlyItsOwn holds the copying", err)
		return
	}
	t.Cleanup(func() { _ = os.RemoveAll(far) })
	st, err := storage.NewStaging(far)
	if err != nil {
		t.Fatal(err)
	}
	s, tenant, id := openFS(t, t.TempDir()), uuid.New(), uuid.New()
	b := storagetest.Bytes(100_000, 5)
	stage(t, st, tenant, id, b)
	o, err := keep(t.Context(), st, s, tenant, id, storage.PutOptions{Size: -1})
	if err != nil {
		t.Fatalf("Keep = %v", err)
	}
	if got, err := storagetest.Get(t.Context(), s, o.Ref, o.Want()); !bytes.Equal(got, b) || err != nil {
		t.Errorf("Get = %d bytes, %v", len(got), err)
	}
}

// uploader is the victim that uploads: it says each object once its upload has
// been forgotten.
func uploader(dir string) {
	ctx := context.Background()
	s, err := storage.Open(ctx, storage.Config{Driver: "fs", Dir: dir})
	if err != nil {
		panic(err)
	}
	st, err := storage.NewStaging(dir)
	if err != nil {
		panic(err)
	}
	tenant := uuid.New()
	for i := 0; ; i++ {
		id, b := uuid.New(), storagetest.Bytes(200_000, i)
		if _, err := st.Append(ctx, tenant, id, 0, bytes.NewReader(b), int64(len(b))); err != nil {
			panic(err)
		}
		o, err := keep(ctx, st, s, tenant, id, storage.PutOptions{Size: int64(len(b))})
		if err != nil {
			panic(err)
		}
		if err := json.NewEncoder(os.Stdout).Encode(ack{o.Ref, o.Want()}); err != nil {
			panic(err)
		}
		if err := st.Abort(tenant, id); err != nil {
			panic(err)
		}
	}
}

// F01, F10: killed at any moment of adopting, all that was acknowledged is
// there, all that is there is whole, and what was uploaded and not yet
// acknowledged is still in the staging area.
func TestAdoptKilledAnywhere(t *testing.T) {
	t.Parallel()
	for i := range 8 {
		dir := t.TempDir()
		said := run(t, dir, 1+3*i, "HETU_STORAGE_UPLOAD=1")
		s := openFS(t, dir)
		noScratch(t, dir)
		wholeObjects(t, s, said)
		left, err := filepath.Glob(filepath.Join(dir, "uploads", "*", "*"))
		if err != nil || len(left) > 1 {
			t.Errorf("%d uploads are left, %v: want the last at most", len(left), err)
		}
	}
}

// wholeObjects fails the test unless every object acknowledged can be read, and
// every object there is.
func wholeObjects(t *testing.T, s storage.Store, said []string) {
	t.Helper()
	var tenant uuid.UUID
	for _, line := range said {
		var a ack
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			continue // cut off with its writer
		}
		tenant = a.Ref.Tenant
		if _, err := storagetest.Get(t.Context(), s, a.Ref, a.Want); err != nil {
			t.Errorf("acknowledged object: %v", err)
		}
	}
	page, err := s.List(t.Context(), tenant, "", 1000)
	if err != nil || len(page.Entries) < len(said)-1 || len(page.Entries) > len(said)+1 {
		t.Errorf("List = %d objects, %v, want about %d", len(page.Entries), err, len(said))
	}
	for _, e := range page.Entries {
		o, err := s.Stat(t.Context(), e.Ref)
		if err != nil {
			t.Errorf("Stat = %v", err)
		}
		if _, err := storagetest.Get(t.Context(), s, o.Ref, o.Want()); err != nil {
			t.Errorf("half an object: %v", err)
		}
	}
}

// The listing dates an adopted object by when it became one, however long ago
// its last piece came: a search for orphans must not take it for old.
func TestAdoptedIsNew(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	st, err := storage.NewStaging(root)
	if err != nil {
		t.Fatal(err)
	}
	s, tenant, id := openFS(t, filepath.Join(root, "store")), uuid.New(), uuid.New()
	stage(t, st, tenant, id, []byte("content"))
	before := time.Now().Add(-time.Second)
	if _, err := keep(t.Context(), st, s, tenant, id, storage.PutOptions{Size: -1}); err != nil {
		t.Fatal(err)
	}
	page, err := s.List(t.Context(), tenant, "", 10)
	if err != nil || len(page.Entries) != 1 || page.Entries[0].CreatedAt.Before(before) {
		t.Errorf("List = %+v, %v", page, err)
	}
}

func BenchmarkUpload(b *testing.B) {
	content := storagetest.Bytes(8<<20, 1)
	for name, again := range map[string]bool{"adopted": false, "copied": true} {
		b.Run(name, func(b *testing.B) {
			root := b.TempDir()
			st, err := storage.NewStaging(root)
			if err != nil {
				b.Fatal(err)
			}
			s, tenant := openFS(b, filepath.Join(root, "store")), uuid.New()
			b.SetBytes(int64(len(content)))
			for b.Loop() {
				id := uuid.New()
				stage(b, st, tenant, id, content)
				from := st
				if again {
					if from, err = storage.NewStaging(root); err != nil {
						b.Fatal(err)
					}
				}
				o, err := keep(b.Context(), from, s, tenant, id, storage.PutOptions{Size: -1})
				if err != nil {
					b.Fatal(err)
				}
				if err := errors.Join(st.Abort(tenant, id), s.Delete(b.Context(), o.Ref)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
