package storage_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/storage"
	"hetu/storage/storagetest"
)

// TestMain also serves as the process that gets killed: see victim.
func TestMain(m *testing.M) {
	if dir := os.Getenv("HETU_STORAGE_VICTIM"); dir != "" {
		if os.Getenv("HETU_STORAGE_UPLOAD") != "" {
			uploader(dir)
		}
		victim(dir, os.Getenv("HETU_STORAGE_STOP") != "")
		return
	}
	os.Exit(m.Run())
}

func openFS(t testing.TB, dir string) storage.Store {
	t.Helper()
	s, err := storage.Open(t.Context(), storage.Config{Driver: "fs", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func dataOf(dir string, ref storage.Ref) string {
	tenant, key, _ := strings.Cut(ref.Key, "/")
	return filepath.Join(dir, "objects", tenant, key[:2], key+"."+ref.Version, "data")
}

func TestFS(t *testing.T) {
	t.Parallel()
	storagetest.Suite(t, func(t *testing.T) storagetest.Subject {
		dir := t.TempDir()
		return storagetest.Subject{
			Store: openFS(t, dir),
			Corrupt: func(t *testing.T, ref, other storage.Ref, d storagetest.Damage) {
				corrupt(t, dataOf(dir, ref), dataOf(dir, other), d)
			},
			Empty: func(t *testing.T) { noScratch(t, dir) },
		}
	})
}

// corrupt damages a file as d says.
func corrupt(t *testing.T, path, other string, d storagetest.Damage) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	switch d {
	case storagetest.Flip:
		b[len(b)-len(b)/4] ^= 4
		err = rewrite(path, b)
	case storagetest.Truncate:
		err = rewrite(path, b[:len(b)-len(b)/4])
	case storagetest.Remove:
		err = os.Remove(path)
	case storagetest.Swap:
		err = errors.Join(os.Rename(path, path+".x"), os.Rename(other, path), os.Rename(path+".x", other))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func rewrite(path string, b []byte) error {
	return errors.Join(os.Remove(path), os.WriteFile(path, b, 0o600))
}

// noScratch fails the test if tmp is not empty or an object is incomplete.
func noScratch(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(filepath.Join(dir, "tmp"))
	if err != nil || len(left) > 0 {
		t.Errorf("tmp holds %d pieces, %v", len(left), err)
	}
	files := map[string]int{}
	err = filepath.WalkDir(filepath.Join(dir, "objects"), func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files[filepath.Dir(path)]++
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for object, n := range files {
		if n != 2 {
			t.Errorf("%s holds %d files, want data and meta", object, n)
		}
	}
}

// F11: on a disk that checks nothing itself, each damage has its name.
func TestFSDamageIsNamed(t *testing.T) {
	t.Parallel()
	for _, d := range []storagetest.Damage{storagetest.Flip, storagetest.Truncate, storagetest.Remove, storagetest.Swap} {
		dir, tenant := t.TempDir(), uuid.New()
		s := openFS(t, dir)
		o := storagetest.Put(t, s, tenant, storagetest.Bytes(100_000, 1), storage.PutOptions{})
		other := storagetest.Put(t, s, tenant, storagetest.Bytes(100_000, 2), storage.PutOptions{})
		corrupt(t, dataOf(dir, o.Ref), dataOf(dir, other.Ref), d)
		if _, err := storagetest.Get(t.Context(), s, o.Ref, o.Want()); !errors.Is(err, storage.ErrIntegrity) {
			t.Errorf("%s: Get = %v, want %v", d, err, storage.ErrIntegrity)
		}
	}
}

func TestFSMetaDamaged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openFS(t, dir)
	o := storagetest.Put(t, s, uuid.New(), []byte("x"), storage.PutOptions{})
	meta := filepath.Join(filepath.Dir(dataOf(dir, o.Ref)), "meta")
	if err := rewrite(meta, []byte("{")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Stat(t.Context(), o.Ref); !errors.Is(err, storage.ErrIntegrity) {
		t.Errorf("Stat = %v, want %v", err, storage.ErrIntegrity)
	}
	if err := s.Delete(t.Context(), o.Ref); !errors.Is(err, storage.ErrIntegrity) {
		t.Errorf("Delete = %v, want %v: nobody knows whether it is retained", err, storage.ErrIntegrity)
	}
}

// F09: a full disk refuses, keeps nothing of what it refused, and goes on.
func TestFSFull(t *testing.T) {
	t.Parallel()
	full := func(t *testing.T, s storage.Store, dir string, room int) {
		tenant := uuid.New()
		before := storagetest.Put(t, s, tenant, storagetest.Bytes(room/4, 1), storage.PutOptions{})
		b := storagetest.Bytes(room*2, 2)
		_, err := s.Put(t.Context(), tenant, bytes.NewReader(b), storage.PutOptions{Size: int64(len(b))})
		if !errors.Is(err, storage.ErrFull) || fault.Of(err).Kind != fault.Unavailable {
			t.Errorf("Put = %v, want %v", err, storage.ErrFull)
		}
		noScratch(t, dir)
		storagetest.Put(t, s, tenant, storagetest.Bytes(room/4, 3), storage.PutOptions{})
		if _, err := storagetest.Get(t.Context(), s, before.Ref, before.Want()); err != nil {
			t.Errorf("Get = %v", err)
		}
	}
	t.Run("no room for the file", func(t *testing.T) {
		dir := t.TempDir()
		s, err := storage.Crowded(t.Context(), dir, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		full(t, s, dir, 1<<20)
	})
	if os.Getuid() != 0 {
		return // only root can mount a small disk
	}
	t.Run("small disk", func(t *testing.T) {
		dir := t.TempDir()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
			t.Logf("this machine lets nobody mount (%v): the test above stands alone", err)
			return
		}
		t.Cleanup(func() {
			if err := syscall.Unmount(dir, 0); err != nil {
				t.Error(err)
			}
		})
		full(t, openFS(t, dir), dir, 4<<20)
	})
}

// An ack is what the victim says about a put that returned.
type ack struct {
	Ref  storage.Ref
	Want storage.Want
}

// victim puts objects until it is killed, and says each on standard output.
// With stop, it stops in the middle of the first and says so.
func victim(dir string, stop bool) {
	ctx := context.Background()
	s, err := storage.Open(ctx, storage.Config{Driver: "fs", Dir: dir})
	if err != nil {
		panic(err)
	}
	tenant := uuid.New()
	for i := 0; ; i++ {
		b := storagetest.Bytes(200_000, i)
		var r io.Reader = bytes.NewReader(b)
		if stop {
			r = &stopping{Reader: bytes.NewReader(b)}
		}
		o, err := s.Put(ctx, tenant, r, storage.PutOptions{Size: int64(len(b))})
		if err != nil {
			panic(err)
		}
		if err := json.NewEncoder(os.Stdout).Encode(ack{o.Ref, o.Want()}); err != nil {
			panic(err)
		}
	}
}

// A stopping reader gives half of what it has, says so, and hangs.
type stopping struct {
	*bytes.Reader
}

func (s *stopping) Read(p []byte) (int, error) {
	if s.Len() < 100_000 {
		fmt.Println("half")
		select {}
	}
	return s.Reader.Read(p[:min(len(p), 10_000)])
}

// run starts a victim, reads lines from it and kills it.
func run(t *testing.T, dir string, lines int, env ...string) (said []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), "HETU_STORAGE_VICTIM="+dir), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(out)
	for len(said) < lines && in.Scan() {
		said = append(said, in.Text())
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for in.Scan() { // what it said before it died counts
		said = append(said, in.Text())
	}
	cmd.Wait() //nolint:errcheck // it was killed
	if len(said) < lines {
		t.Fatalf("the victim said %d lines, want %d", len(said), lines)
	}
	return said
}

// F10: killed in the middle of a put, nothing of it is there.
func TestFSKilledHalfWay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if said := run(t, dir, 1, "HETU_STORAGE_STOP=1"); said[0] != "half" {
		t.Fatalf("the victim said %q", said[0])
	}
	if left, err := os.ReadDir(filepath.Join(dir, "tmp")); err != nil || len(left) != 1 {
		t.Fatalf("tmp holds %d pieces, %v: it was not killed in the middle", len(left), err)
	}
	openFS(t, dir) // sweeps
	noScratch(t, dir)
	if tenants, err := os.ReadDir(filepath.Join(dir, "objects")); err != nil || len(tenants) > 0 {
		t.Errorf("objects of %d tenants, %v, want none", len(tenants), err)
	}
}

// F01, F10: killed at any moment, all that was acknowledged is there, and all
// that is there is whole.
func TestFSKilledAnywhere(t *testing.T) {
	t.Parallel()
	for i := range 8 {
		dir := t.TempDir()
		said := run(t, dir, 1+3*i)
		s := openFS(t, dir)
		noScratch(t, dir)
		wholeObjects(t, s, said)
	}
}

// A sweep takes what nobody holds and leaves what is being written.
func TestFSSweepSparesWriters(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openFS(t, dir)
	if err := os.Mkdir(filepath.Join(dir, "tmp", "abandoned"), 0o700); err != nil {
		t.Fatal(err)
	}
	r := &sweeping{t: t, s: s, Reader: bytes.NewReader([]byte("content"))}
	o, err := s.Put(t.Context(), uuid.New(), r, storage.PutOptions{Size: -1})
	if err != nil {
		t.Fatalf("Put = %v", err)
	}
	if b, err := storagetest.Get(t.Context(), s, o.Ref, o.Want()); string(b) != "content" || err != nil {
		t.Errorf("Get = %q, %v", b, err)
	}
	if !r.swept {
		t.Error("the sweep did not happen")
	}
}

type sweeping struct {
	*bytes.Reader
	t     *testing.T
	s     storage.Store
	swept bool
}

func (r *sweeping) Read(p []byte) (int, error) {
	if !r.swept {
		r.swept = true
		if n, err := r.s.Sweep(r.t.Context()); n != 1 || err != nil {
			r.t.Errorf("Sweep = %d, %v, want the one that was abandoned", n, err)
		}
	}
	return r.Reader.Read(p)
}
