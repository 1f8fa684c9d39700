package attachment

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/storage"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// room returns attachments in a directory of their own.
func room(t *testing.T, o Options) *Attachments {
	t.Helper()
	c := storage.Config{Driver: "fs", Dir: t.TempDir()}
	store, err := storage.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	staging, err := c.Staging()
	if err != nil {
		t.Fatal(err)
	}
	return New(store, staging, o)
}

func start(t *testing.T, ctx context.Context, a *Attachments, in announcement) (b begun, err error) {
	t.Helper()
	err = tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) (err error) {
		b, err = a.begin(ctx, tx, in)
		return err
	})
	return b, err
}

func begin(t *testing.T, ctx context.Context, a *Attachments, name, content string) uuid.UUID {
	t.Helper()
	b, err := start(t, ctx, a, announcement{Name: name, Size: int64(len(content))})
	if err != nil {
		t.Fatal(err)
	}
	return b.ID
}

func put(t *testing.T, ctx context.Context, a *Attachments, id uuid.UUID, at int, content string) (progress, error) {
	t.Helper()
	return a.take(ctx, tenanttest.DB(t), piece{id, int64(at)}, strings.NewReader(content))
}

func claim(t *testing.T, ctx context.Context, id uuid.UUID, owner string) (f File, err error) {
	t.Helper()
	err = tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) (err error) {
		f, err = Claim(ctx, tx, id, owner)
		return err
	})
	return f, err
}

func read(t *testing.T, c feature.Content) string {
	t.Helper()
	body, err := c.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const text = "第一行\n第二行\n"

func TestBegin(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte(text))
	tests := map[string]struct {
		in   announcement
		want error
	}{
		"ok":                     {announcement{Name: "附件一.txt", Size: 10}, nil},
		"largest allowed":        {announcement{Name: "大.pdf", Size: 1000}, nil},
		"one byte too large":     {announcement{Name: "大.pdf", Size: 1001}, ErrTooLarge},
		"digest announced":       {announcement{Name: "a.txt", Size: 1, SHA256: hex.EncodeToString(sum[:])}, nil},
		"not a digest":           {announcement{Name: "a.txt", Size: 1, SHA256: "abc"}, ErrDigest},
		"path as a name (UP-02)": {announcement{Name: "../../etc/passwd", Size: 1}, ErrName},
		"turned name (UP-01)":    {announcement{Name: "a\u202Efdp.txt", Size: 1}, ErrName},
		"two extensions (UP-01)": {announcement{Name: "a.jsp.pdf", Size: 1}, ErrName},
		"trailing dot (UP-01)":   {announcement{Name: "a.pdf.", Size: 1}, ErrName},
		"over the quota":         {announcement{Name: "a.pdf", Size: 777}, errQuota},
	}
	a := room(t, Options{MaxSize: 1000, Quota: func(_ context.Context, _ *tenant.Tx, size int64) error {
		if size == 777 {
			return errQuota
		}
		return nil
	}})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, _ := tenanttest.Actor(t)
			if _, err := start(t, ctx, a, tt.in); !errors.Is(err, tt.want) {
				t.Errorf("begin(%+v) = %v, want %v", tt.in, err, tt.want)
			}
		})
	}
}

var errQuota = fault.New(fault.Conflict, "test.quota")

func TestUploadResumesWhereItStands(t *testing.T) {
	t.Parallel()
	a := room(t, Options{})
	ctx, actor := tenanttest.Actor(t)
	id := begin(t, ctx, a, "说明.txt", text)

	if p, err := put(t, ctx, a, id, 0, text[:4]); err != nil || p.Offset != 4 || p.State != "open" {
		t.Fatalf("first piece: %+v, %v", p, err)
	}
	_, err := put(t, ctx, a, id, 0, text[:4]) // the answer was lost, the client sends it again
	if f := fault.Of(err); !errors.Is(err, ErrOffset) || f.Meta["offset"] != int64(4) {
		t.Fatalf("piece sent twice: %v %v, want ErrOffset with offset 4", err, f.Meta)
	}
	if _, err := put(t, ctx, a, id, 9, text[9:]); !errors.Is(err, ErrOffset) {
		t.Errorf("a piece beyond the end: %v, want ErrOffset", err)
	}
	if _, err := put(t, ctx, a, id, 4, text[4:]+"x"); !errors.Is(err, ErrSize) {
		t.Errorf("more than announced: %v, want ErrSize", err)
	}
	if _, err := claim(t, ctx, id, "test/1"); !errors.Is(err, ErrNotReady) {
		t.Errorf("claim of half a file: %v, want ErrNotReady", err)
	}
	p, err := put(t, ctx, a, id, 4, text[4:])
	if err != nil || p.State != "ready" || p.Offset != int64(len(text)) {
		t.Fatalf("last piece: %+v, %v", p, err)
	}
	if p, err := put(t, ctx, a, id, 4, text[4:]); err != nil || p.State != "ready" {
		t.Errorf("last piece again: %+v, %v; want the same answer", p, err)
	}
	f, err := claim(t, ctx, id, "test/1")
	if err != nil {
		t.Fatal(err)
	}
	if f.Name != "说明.txt" || f.Type != "text/plain" || !strings.HasPrefix(f.Key, strings.ReplaceAll(actor.Tenant.String(), "-", "")+"/") {
		t.Errorf("file = %+v", f)
	}
	c := a.Content(f, "显示名.txt")
	if got := read(t, c); got != text {
		t.Errorf("content = %q, want %q", got, text)
	}
	for h, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"} {
		if c.Headers[h] != want {
			t.Errorf("%s = %q, want %q (UP-03)", h, c.Headers[h], want)
		}
	}
	if d := c.Headers["Content-Disposition"]; !strings.HasPrefix(d, "attachment;") {
		t.Errorf("Content-Disposition = %q (UP-03)", d)
	}
}

func TestRefusedByContent(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name, content string
		sha           string
		want          error
	}{
		"a page as text (UP-01)":       {"a.txt", "<html><script>alert(1)</script></html>", "", ErrTypeRefused},
		"a program as a PDF (UP-01)":   {"a.pdf", "MZ\x90\x00\x03", "", ErrTypeRefused},
		"a text as a PDF (UP-01)":      {"a.pdf", "only text\n", "", ErrTypeMismatch},
		"other bytes than announced":   {"a.txt", text, strings.Repeat("ab", 32), ErrDigest},
		"the scanners' test (UP-01)":   {"a.txt", `X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-` + `ANTIVIRUS-TEST-FILE!$H+H*`, "", ErrTypeRefused},
		"malware in an innocent shell": {"a.txt", "please find the evil inside\n", "", ErrInfected},
	}
	a := room(t, Options{Scanner: scanner(func(b []byte) (storage.Verdict, error) {
		if bytes.Contains(b, []byte("evil")) {
			return storage.Verdict{Malware: "Test.Evil"}, nil
		}
		return storage.Verdict{}, nil
	})})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, actor := tenanttest.Actor(t)
			b, err := start(t, ctx, a, announcement{Name: tt.name, Size: int64(len(tt.content)), SHA256: tt.sha})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := put(t, ctx, a, b.ID, 0, tt.content); !errors.Is(err, tt.want) {
				t.Fatalf("take = %v, want %v", err, tt.want)
			}
			if p := looked(t, ctx, a, b.ID); p.State != "refused" {
				t.Errorf("state = %s, want refused", p.State)
			}
			if _, err := claim(t, ctx, b.ID, "test/1"); !errors.Is(err, ErrNotReady) {
				t.Errorf("claim = %v, want ErrNotReady", err)
			}
			if u, err := a.store.Usage(t.Context(), actor.Tenant); err != nil || u.Objects != 0 {
				t.Errorf("the store keeps %d objects of it, %v", u.Objects, err)
			}
			if n, err := a.staging.Offset(actor.Tenant, b.ID); err != nil || n != 0 {
				t.Errorf("%d bytes are left in staging, %v", n, err)
			}
		})
	}
}

type scanner func([]byte) (storage.Verdict, error)

func (s scanner) Scan(_ context.Context, r io.Reader) (storage.Verdict, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return storage.Verdict{}, err
	}
	return s(b)
}

func looked(t *testing.T, ctx context.Context, a *Attachments, id uuid.UUID) (p progress) {
	t.Helper()
	err := tenanttest.DB(t).Read(ctx, func(tx *tenant.Tx) (err error) {
		p, err = a.look(ctx, tx, ref{id})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A scanner that is down leaves the upload to be finished later, by the client
// or by itself: fail closed, lose nothing.
func TestScannerDown(t *testing.T) {
	t.Parallel()
	var up atomic.Bool
	a := room(t, Options{Scanner: scanner(func([]byte) (storage.Verdict, error) {
		if up.Load() {
			return storage.Verdict{}, nil
		}
		return storage.Verdict{}, storage.ErrUnscan
	})})
	db := tenanttest.DB(t)
	for name, again := range map[string]func(context.Context, uuid.UUID) error{
		"the client sends an empty piece": func(ctx context.Context, id uuid.UUID) error {
			_, err := put(t, ctx, a, id, len(text), "")
			return err
		},
		"the queue": func(ctx context.Context, id uuid.UUID) error {
			var turn uuid.UUID
			err := db.Read(ctx, func(tx *tenant.Tx) error {
				return tx.Get(ctx, &turn, `select turn from uploads where id = $1`, id)
			})
			if err != nil {
				return err
			}
			return errors.Join(
				a.resume(ctx, db, []byte(tenant.JSON(retry{id, uuid.New()}))), // outdated: must do nothing
				a.resume(ctx, db, []byte(tenant.JSON(retry{id, turn}))))
		},
	} {
		up.Store(false)
		ctx, _ := tenanttest.Actor(t)
		id := begin(t, ctx, a, "a.txt", text)
		if _, err := put(t, ctx, a, id, 0, text); !errors.Is(err, storage.ErrUnscan) {
			t.Fatalf("%s: take = %v, want ErrUnscan", name, err)
		}
		if p := looked(t, ctx, a, id); p.State != "open" || p.Offset != int64(len(text)) {
			t.Fatalf("%s: %+v, want open and complete", name, p)
		}
		up.Store(true)
		if err := again(ctx, id); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if p := looked(t, ctx, a, id); p.State != "ready" {
			t.Errorf("%s: state = %s, want ready", name, p.State)
		}
	}
}

// UP-05: an upload is its uploader's, and is used once.
func TestClaim(t *testing.T) {
	t.Parallel()
	a := room(t, Options{})
	ctx, actor := tenanttest.Actor(t)
	id := begin(t, ctx, a, "a.txt", text)
	if _, err := put(t, ctx, a, id, 0, text); err != nil {
		t.Fatal(err)
	}
	colleague, _ := tenanttest.As(t, actor.Tenant)
	stranger, _ := tenanttest.Actor(t)
	for who, ctx := range map[string]context.Context{"a colleague": colleague, "another tenant": stranger} {
		if _, err := claim(t, ctx, id, "test/1"); !errors.Is(err, ErrNotFound) {
			t.Errorf("claim by %s = %v, want ErrNotFound", who, err)
		}
		if _, err := put(t, ctx, a, id, 0, text); !errors.Is(err, ErrNotFound) {
			t.Errorf("a piece from %s = %v, want ErrNotFound", who, err)
		}
	}
	var won atomic.Int32
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			_, err := claim(t, ctx, id, "test/"+string(rune('a'+i)))
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, ErrClaimed) {
				t.Errorf("claim = %v, want ErrClaimed", err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of 8 claims succeeded, want 1", won.Load())
	}
}

func TestManyOpenUploads(t *testing.T) {
	t.Parallel()
	a := room(t, Options{})
	ctx, _ := tenanttest.Actor(t)
	for range maxOpen {
		begin(t, ctx, a, "a.txt", text)
	}
	if _, err := start(t, ctx, a, announcement{Name: "a.txt", Size: 1}); !errors.Is(err, ErrTooMany) {
		t.Errorf("upload %d = %v, want ErrTooMany", maxOpen+1, err)
	}
}

// Two requests that both bring the last piece scan and store it once.
func TestFinishedOnce(t *testing.T) {
	t.Parallel()
	a := room(t, Options{})
	ctx, actor := tenanttest.Actor(t)
	id := begin(t, ctx, a, "a.txt", text)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := put(t, ctx, a, id, 0, text)
			if err != nil && !errors.Is(err, ErrOffset) && !errors.Is(err, ErrBusy) {
				t.Errorf("take = %v", err)
			}
		})
	}
	wg.Wait()
	if u, err := a.store.Usage(t.Context(), actor.Tenant); err != nil || u.Objects != 1 {
		t.Errorf("%d objects, %v; want 1", u.Objects, err)
	}
}
