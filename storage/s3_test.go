package storage_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"hetu/fault"
	"hetu/storage"
	"hetu/storage/storagetest"
)

func TestS3(t *testing.T) {
	t.Parallel()
	storagetest.Suite(t, func(t *testing.T) storagetest.Subject {
		server := storagetest.MinIO(t)
		s, err := storage.Open(t.Context(), server.Config)
		if err != nil {
			t.Fatal(err)
		}
		return storagetest.Subject{
			Store: s,
			Corrupt: func(t *testing.T, ref, other storage.Ref, d storagetest.Damage) {
				corrupt(t, partOf(t, server, ref), partOf(t, server, other), d)
			},
			Empty: func(t *testing.T) { noSpool(t, server.StagingDir) },
		}
	})
}

// partOf finds the file in which MinIO keeps the content: a part of its own,
// or for small objects the sidecar.
func partOf(t *testing.T, s storagetest.Server, ref storage.Ref) string {
	t.Helper()
	dir := filepath.Join(s.Drive, s.Bucket, ref.Key)
	parts, err := filepath.Glob(filepath.Join(dir, "*", "part.1"))
	if err != nil {
		t.Fatal(err)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return filepath.Join(dir, "xl.meta")
}

func noSpool(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("the spool holds %d files, %v", len(left), err)
	}
}

// AR-02: whatever comes over the wire, wrong bytes are never a complete file.
func TestS3WrongBytes(t *testing.T) {
	t.Parallel()
	server := storagetest.MinIO(t)
	p := newProxy(t, server)
	s, err := storage.Unguarded(t.Context(), p.config(server.Config))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1_000, 300_000} {
		o := storagetest.Put(t, s, uuid.New(), storagetest.Bytes(n, 1), storage.PutOptions{})
		for name, tt := range map[string]struct {
			change func([]byte) []byte
			want   error
		}{
			"first bit":    {func(b []byte) []byte { b[0] ^= 1; return b }, storage.ErrIntegrity},
			"last bit":     {func(b []byte) []byte { b[len(b)-1] ^= 1; return b }, storage.ErrIntegrity},
			"other object": {func(b []byte) []byte { return storagetest.Bytes(len(b), 2) }, storage.ErrIntegrity},
			"cut once":     {once(func(b []byte) []byte { return b[:len(b)/2] }), storage.ErrUnavailable},
			"cut always":   {func(b []byte) []byte { return b[:len(b)/2] }, storage.ErrIntegrity},
		} {
			p.change.Store(&tt.change)
			got, err := storagetest.Get(t.Context(), s, o.Ref, o.Want())
			if !errors.Is(err, tt.want) || len(got) >= n {
				t.Errorf("%s of %d: got %d bytes, %v, want %v", name, n, len(got), err, tt.want)
			}
		}
		p.change.Store(nil)
		if got, err := storagetest.Get(t.Context(), s, o.Ref, o.Want()); len(got) != n || err != nil {
			t.Errorf("undisturbed: got %d bytes, %v", len(got), err)
		}
	}
}

// once changes only what it sees first.
func once(f func([]byte) []byte) func([]byte) []byte {
	var done atomic.Bool
	return func(b []byte) []byte {
		if done.Swap(true) {
			return b
		}
		return f(b)
	}
}

// F11: damage that the store finds first is still damage, and no reason to
// leave the store alone.
func TestS3DamageIsNamed(t *testing.T) {
	t.Parallel()
	server := storagetest.MinIO(t)
	s, err := storage.Open(t.Context(), server.Config)
	if err != nil {
		t.Fatal(err)
	}
	tenant := uuid.New()
	for _, n := range []int{300_000, 3 << 20} {
		for _, d := range []storagetest.Damage{storagetest.Flip, storagetest.Truncate, storagetest.Remove, storagetest.Swap} {
			o := storagetest.Put(t, s, tenant, storagetest.Bytes(n, 1), storage.PutOptions{})
			other := storagetest.Put(t, s, tenant, storagetest.Bytes(n, 2), storage.PutOptions{})
			corrupt(t, partOf(t, server, o.Ref), partOf(t, server, other.Ref), d)
			for range 2 * storage.DefaultLimits.Failures {
				if _, err := storagetest.Get(t.Context(), s, o.Ref, o.Want()); !errors.Is(err, storage.ErrIntegrity) {
					t.Errorf("%s of %d: Get = %v, want %v", d, n, err, storage.ErrIntegrity)
				}
			}
		}
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping = %v", err)
	}
}

// F10: cut off in the middle of a put, the store has nothing of it.
func TestS3CutHalfWay(t *testing.T) {
	t.Parallel()
	server := storagetest.MinIO(t)
	p := newProxy(t, server)
	s, err := storage.Unguarded(t.Context(), p.config(server.Config))
	if err != nil {
		t.Fatal(err)
	}
	tenant, b := uuid.New(), storagetest.Bytes(2<<20, 1)
	for _, after := range []int64{1, 100_000, 2<<20 - 1} {
		p.cut.Store(after)
		_, err := s.Put(t.Context(), tenant, bytes.NewReader(b), storage.PutOptions{Size: -1})
		if !errors.Is(err, storage.ErrUnavailable) {
			t.Errorf("cut after %d bytes: Put = %v, want %v", after, err, storage.ErrUnavailable)
		}
	}
	p.cut.Store(0)
	if page, err := s.List(t.Context(), tenant, "", 10); err != nil || len(page.Entries) != 0 {
		t.Errorf("List = %d objects, %v, want none", len(page.Entries), err)
	}
	noSpool(t, server.StagingDir)
}

// F08: a store that says nothing is given up, then left alone, then asked
// again.
func TestS3Silent(t *testing.T) {
	t.Parallel()
	server := storagetest.MinIO(t)
	p := newProxy(t, server)
	raw, err := storage.Unguarded(t.Context(), p.config(server.Config))
	if err != nil {
		t.Fatal(err)
	}
	s := storage.Guard(raw, storage.Limits{
		Call: 100 * time.Millisecond, Stall: 100 * time.Millisecond, Failures: 3, Rest: 200 * time.Millisecond,
	})
	tenant := uuid.New()
	o := storagetest.Put(t, s, tenant, []byte("x"), storage.PutOptions{})

	hold := make(chan struct{})
	p.mute.Store(&hold)
	calls := map[string]func() error{
		"Stat": func() error { _, err := s.Stat(t.Context(), o.Ref); return err },
		"Open": func() error { _, err := s.Open(t.Context(), o.Ref, o.Want()); return err },
		"Put": func() error {
			_, err := s.Put(t.Context(), tenant, strings.NewReader("y"), storage.PutOptions{Size: -1})
			return err
		},
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, storage.ErrUnavailable) {
			t.Errorf("%s of a silent store = %v, want %v", name, err, storage.ErrUnavailable)
		}
	}
	before := p.requests.Load()
	for name, call := range calls {
		if err := call(); !errors.Is(err, storage.ErrUnavailable) {
			t.Errorf("%s while it rests = %v, want %v", name, err, storage.ErrUnavailable)
		}
	}
	if n := p.requests.Load() - before; n > 1 {
		t.Errorf("the store was asked %d times while it was to rest", n)
	}
	p.mute.Store(nil)
	close(hold)
	ask := time.NewTicker(20 * time.Millisecond)
	defer ask.Stop()
	for late := time.After(20 * time.Second); s.Ping(t.Context()) != nil; {
		select {
		case <-ask.C:
		case <-late:
			t.Fatal("the store is back and nobody noticed")
		}
	}
	if _, err := storagetest.Get(t.Context(), s, o.Ref, o.Want()); err != nil {
		t.Errorf("Get after it came back = %v", err)
	}
}

// A store that is not there is an answer within moments, and no hang.
func TestS3Gone(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close() //nolint:errcheck // a test is over
	start := time.Now()
	_, err = storage.Open(t.Context(), storage.Config{
		Driver: "s3", Endpoint: addr, AccessKey: "key", SecretKey: "secret", Bucket: "hetu",
	})
	if !errors.Is(err, storage.ErrUnavailable) || time.Since(start) > 5*time.Second {
		t.Errorf("Open = %v after %v, want %v at once", err, time.Since(start), storage.ErrUnavailable)
	}
}

// F09: a full store is told from one that is down.
func TestS3Full(t *testing.T) {
	t.Parallel()
	server := storagetest.MinIO(t)
	if _, err := storage.Open(t.Context(), server.Config); err != nil {
		t.Fatal(err)
	}
	target := &url.URL{Scheme: "http", Host: server.Endpoint}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host }}
	full := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPut {
			forward.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusInsufficientStorage)
		io.WriteString(w, `<Error><Code>XMinioStorageFull</Code><Message>full</Message></Error>`) //nolint:errcheck // a test's answer
	}))
	defer full.Close()
	c := server.Config
	c.Endpoint = strings.TrimPrefix(full.URL, "http://")
	s, err := storage.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Put(t.Context(), uuid.New(), strings.NewReader("x"), storage.PutOptions{Size: -1})
	if !errors.Is(err, storage.ErrFull) || fault.Of(err).Kind != fault.Unavailable {
		t.Errorf("Put = %v, want %v", err, storage.ErrFull)
	}
}

// client speaks to the store as an administrator would, past storage.
func client(t *testing.T, s storagetest.Server) *minio.Client {
	t.Helper()
	c, err := minio.New(s.Endpoint, &minio.Options{Creds: credentials.NewStaticV4(s.AccessKey, s.SecretKey, "")})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A bucket that cannot retain is refused before anything is put there.
func TestS3BucketWithoutLock(t *testing.T) {
	t.Parallel()
	server := storagetest.MinIO(t)
	if err := client(t, server).MakeBucket(t.Context(), server.Bucket, minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := storage.Open(t.Context(), server.Config); err == nil || errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("Open = %v, want a refusal", err)
	}
}

// AR-01, AR-02: with the store's own root key, what is retained cannot be
// removed, and a newer version of the same name changes nothing for us.
func TestS3RootCannotReplace(t *testing.T) {
	t.Parallel()
	server := storagetest.MinIO(t)
	s, err := storage.Open(t.Context(), server.Config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, tenant, root := t.Context(), uuid.New(), client(t, server)
	until := time.Now().Add(time.Hour)
	o := storagetest.Put(t, s, tenant, []byte("true"), storage.PutOptions{RetainUntil: until})

	err = root.RemoveObject(ctx, server.Bucket, o.Key, minio.RemoveObjectOptions{VersionID: o.Version, GovernanceBypass: true})
	if err == nil {
		t.Error("root removed a retained version")
	}
	soon, mode := time.Now().Add(time.Minute), minio.Compliance
	err = root.PutObjectRetention(ctx, server.Bucket, o.Key, minio.PutObjectRetentionOptions{
		GovernanceBypass: true, Mode: &mode, RetainUntilDate: &soon, VersionID: o.Version,
	})
	if err == nil {
		t.Error("root shortened a retention")
	}
	if _, err := root.PutObject(ctx, server.Bucket, o.Key, strings.NewReader("EVIL"), 4, minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := root.RemoveObject(ctx, server.Bucket, o.Key, minio.RemoveObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	if b, err := storagetest.Get(ctx, s, o.Ref, o.Want()); string(b) != "true" || err != nil {
		t.Errorf("Get = %q, %v", b, err)
	}
	page, err := s.List(ctx, tenant, "", 1)
	if err != nil || len(page.Entries) != 2 || page.Next != "" {
		t.Errorf("List = %+v, %v, want the two versions and no delete marker", page, err)
	}
}

// UP-07: nobody who lacks the key gets an object, and the store runs no
// anonymous access.
func TestS3Anonymous(t *testing.T) {
	t.Parallel()
	server := storagetest.MinIO(t)
	s, err := storage.Open(t.Context(), server.Config)
	if err != nil {
		t.Fatal(err)
	}
	o := storagetest.Put(t, s, uuid.New(), []byte("x"), storage.PutOptions{})
	for _, path := range []string{o.Key, o.Key + "?versionId=" + o.Version, ""} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+server.Endpoint+"/"+server.Bucket+"/"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := (&http.Client{Timeout: 10 * time.Second}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close() //nolint:errcheck // a test is over
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("GET %s = %d, want 403", path, resp.StatusCode)
		}
	}
}

// A source that reads slowly is not the store's fault: the guard's clock
// stands meanwhile.
func TestS3SlowSource(t *testing.T) {
	t.Parallel()
	server := storagetest.MinIO(t)
	raw, err := storage.Unguarded(t.Context(), server.Config)
	if err != nil {
		t.Fatal(err)
	}
	s := storage.Guard(raw, storage.Limits{Call: time.Second, Stall: 300 * time.Millisecond, Failures: 1, Rest: time.Hour})
	b := []byte("slowly")
	for _, o := range []storage.PutOptions{{Size: -1}, {Size: 6, SHA256: sha256.Sum256(b)}} {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		r := io.MultiReader(waiting{ctx}, bytes.NewReader(b))
		if _, err := s.Put(t.Context(), uuid.New(), r, o); err != nil {
			t.Errorf("Put = %v", err)
		}
		cancel()
	}
}

// A waiting reader delivers nothing until its context ends.
type waiting struct{ ctx context.Context }

func (w waiting) Read([]byte) (int, error) {
	<-w.ctx.Done()
	return 0, io.EOF
}
