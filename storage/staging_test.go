package storage_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/storage"
	"hetu/storage/storagetest"
)

func newStaging(t testing.TB) *storage.Staging {
	t.Helper()
	s, err := storage.NewStaging(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStagingResumes(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) storage.Store{
		"fs": func(t *testing.T) storage.Store { return openFS(t, t.TempDir()) },
		"s3": func(t *testing.T) storage.Store {
			s, err := storage.Open(t.Context(), storagetest.MinIO(t).Config)
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st, store := newStaging(t), open(t)
			tenant, id := uuid.New(), uuid.New()
			b := storagetest.Bytes(300_000, 1)
			n := int64(len(b))

			at, err := st.Append(t.Context(), tenant, id, 0, bytes.NewReader(b[:100_000]), n)
			if at != 100_000 || err != nil {
				t.Fatalf("first piece = %d, %v", at, err)
			}
			cut := io.MultiReader(bytes.NewReader(b[100_000:150_000]), iotest.ErrReader(errBroken))
			at, err = st.Append(t.Context(), tenant, id, at, cut, n)
			if at != 150_000 || !errors.Is(err, errBroken) {
				t.Fatalf("piece that broke = %d, %v, want 150000", at, err)
			}
			if _, err := st.Finish(t.Context(), store, tenant, id, storage.PutOptions{Size: n}); !errors.Is(err, storage.ErrSize) {
				t.Errorf("Finish too early = %v, want %v", err, storage.ErrSize)
			}
			at, err = st.Offset(tenant, id)
			if at != 150_000 || err != nil {
				t.Errorf("Offset = %d, %v", at, err)
			}
			if at, err = st.Append(t.Context(), tenant, id, at, bytes.NewReader(b[at:]), n); at != n || err != nil {
				t.Fatalf("last piece = %d, %v", at, err)
			}
			wrong := storage.PutOptions{Size: n, SHA256: storage.Digest{1}}
			if _, err := st.Finish(t.Context(), store, tenant, id, wrong); !errors.Is(err, storage.ErrHash) {
				t.Errorf("Finish with another hash = %v, want %v", err, storage.ErrHash)
			}
			o, err := st.Finish(t.Context(), store, tenant, id, storage.PutOptions{Size: n, SHA256: sha256.Sum256(b)})
			if err != nil {
				t.Fatalf("Finish = %v", err)
			}
			if got, err := storagetest.Get(t.Context(), store, o.Ref, o.Want()); !bytes.Equal(got, b) || err != nil {
				t.Errorf("Get = %d bytes, %v", len(got), err)
			}
			if at, err := st.Offset(tenant, id); at != 0 || err != nil {
				t.Errorf("Offset after Finish = %d, %v", at, err)
			}
			if _, err := st.Finish(t.Context(), store, tenant, id, storage.PutOptions{Size: n}); !errors.Is(err, storage.ErrNotFound) {
				t.Errorf("Finish again = %v, want %v", err, storage.ErrNotFound)
			}
		})
	}
}

var errBroken = errors.New("the client hung up")

func TestStagingRefuses(t *testing.T) {
	t.Parallel()
	st, tenant, id := newStaging(t), uuid.New(), uuid.New()
	if _, err := st.Append(t.Context(), tenant, id, 0, strings.NewReader("12345"), 8); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		tenant uuid.UUID
		offset int64
		data   string
		want   error
	}{
		"behind":           {tenant, 0, "1", storage.ErrOffset},
		"ahead":            {tenant, 6, "1", storage.ErrOffset},
		"too much":         {tenant, 5, "6789", storage.ErrTooLarge},
		"another tenant's": {uuid.New(), 5, "6", storage.ErrOffset},
	} {
		at, err := st.Append(t.Context(), tt.tenant, id, tt.offset, strings.NewReader(tt.data), 8)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: Append = %v, want %v", name, err, tt.want)
		}
		if tt.tenant == tenant && at != 5 {
			t.Errorf("%s: stands at %d, want 5", name, at)
		}
		if f := fault.Of(err); errors.Is(tt.want, storage.ErrOffset) && (f.Kind != fault.Conflict || f.Meta["offset"] != at) {
			t.Errorf("%s: fault = %+v, want the offset in its meta", name, f)
		}
	}
	if at, err := st.Append(t.Context(), tenant, id, 5, strings.NewReader("678"), 8); at != 8 || err != nil {
		t.Errorf("what fits = %d, %v", at, err)
	}
	if err := st.Abort(tenant, id); err != nil {
		t.Errorf("Abort = %v", err)
	}
	if err := st.Abort(tenant, id); err != nil {
		t.Errorf("Abort again = %v", err)
	}
	if _, _, err := st.Open(tenant, id); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("Open after Abort = %v, want %v", err, storage.ErrNotFound)
	}
}

// Of two requests that write the same piece, one wins and the other is told.
func TestStagingOneWriter(t *testing.T) {
	t.Parallel()
	st, tenant, id := newStaging(t), uuid.New(), uuid.New()
	inside, done := make(chan struct{}), make(chan error)
	source, sink := io.Pipe()
	go func() {
		_, err := st.Append(t.Context(), tenant, id, 0, source, 100)
		done <- err
	}()
	go func() {
		sink.Write([]byte("first")) //nolint:errcheck // the reader is our own
		close(inside)
	}()
	<-inside
	if _, err := st.Append(t.Context(), tenant, id, 0, strings.NewReader("second"), 100); !errors.Is(err, storage.ErrOffset) {
		t.Errorf("second writer = %v, want %v", err, storage.ErrOffset)
	}
	if n, err := st.Sweep(t.Context(), time.Now().Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("Sweep of an upload being written = %d, %v", n, err)
	}
	sink.Close() //nolint:errcheck // a test is over
	if err := <-done; err != nil {
		t.Errorf("first writer = %v", err)
	}
	if at, err := st.Offset(tenant, id); at != 5 || err != nil {
		t.Errorf("Offset = %d, %v, want 5", at, err)
	}
}

func TestStagingSweep(t *testing.T) {
	t.Parallel()
	st, tenant, id := newStaging(t), uuid.New(), uuid.New()
	if _, err := st.Append(t.Context(), tenant, id, 0, strings.NewReader("x"), 8); err != nil {
		t.Fatal(err)
	}
	if n, err := st.Sweep(t.Context(), time.Now().Add(-storage.Abandoned)); n != 0 || err != nil {
		t.Errorf("Sweep of a fresh upload = %d, %v", n, err)
	}
	if n, err := st.Sweep(t.Context(), time.Now().Add(time.Hour)); n != 1 || err != nil {
		t.Errorf("Sweep of an old upload = %d, %v", n, err)
	}
	if at, err := st.Append(t.Context(), tenant, id, 1, strings.NewReader("y"), 8); at != 0 || !errors.Is(err, storage.ErrOffset) {
		t.Errorf("Append after Sweep = %d, %v, want %v at 0", at, err, storage.ErrOffset)
	}
}

// A store that fails leaves the upload to be finished later (F08).
func TestStagingStoreDown(t *testing.T) {
	t.Parallel()
	st, tenant, id := newStaging(t), uuid.New(), uuid.New()
	if _, err := st.Append(t.Context(), tenant, id, 0, strings.NewReader("content"), 8); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	store := openFS(t, t.TempDir())
	if _, err := st.Finish(ctx, store, tenant, id, storage.PutOptions{Size: -1}); err == nil {
		t.Error("Finish without a store succeeded")
	}
	if _, err := st.Finish(t.Context(), store, tenant, id, storage.PutOptions{Size: -1}); err != nil {
		t.Errorf("Finish later = %v", err)
	}
}
