// Package storagetest holds what every driver of storage must do, and a MinIO
// server to do it with.
package storagetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/storage"
)

// A Damage is something that may happen to the stored bytes of an object.
type Damage int

// The damages of fault F11.
const (
	Flip     Damage = iota // one bit is another
	Truncate               // the end is missing
	Remove                 // the content is missing
	Swap                   // the content is that of another object of the same size
)

func (d Damage) String() string {
	return [...]string{"flip", "truncate", "remove", "swap"}[d]
}

// A Subject is a driver under test, on a store of its own.
type Subject struct {
	Store storage.Store
	// Corrupt damages the stored bytes of an object behind the store's back;
	// other is the partner of Swap.
	Corrupt func(t *testing.T, ref, other storage.Ref, d Damage)
	// Empty fails the test if anything but whole objects is stored.
	Empty func(t *testing.T)
}

// Suite runs the tests that every driver must pass. open makes a new, empty
// subject.
func Suite(t *testing.T, open func(t *testing.T) Subject) {
	for name, test := range map[string]func(*testing.T, Subject){
		"put and get":                     putAndGet,
		"every put is a new object":       newEveryTime,
		"limits":                          limits,
		"interrupted put leaves nothing":  interrupted,
		"damage is never delivered F11":   damage,
		"wrong expectation":               wrongWant,
		"delete":                          remove,
		"list":                            list,
		"retention AR-01":                 retention,
		"retention ends":                  retentionEnds,
		"legal hold":                      legalHold,
		"another tenant's does not exist": tenants,
		"malformed references":            malformed,
		"concurrent puts":                 concurrent,
		"ping and sweep":                  ping,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// Bytes returns n bytes that look random and are the same each time.
func Bytes(n, seed int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8(sha256.Sum256(fmt.Append(nil, seed)))
	r.Read(b) //nolint:errcheck // never fails
	return b
}

// Put puts b as a tenant's and fails the test if that fails.
func Put(t testing.TB, s storage.Store, tenant uuid.UUID, b []byte, o storage.PutOptions) storage.Object {
	t.Helper()
	o.Size = int64(len(b))
	object, err := s.Put(t.Context(), tenant, bytes.NewReader(b), o)
	if err != nil {
		t.Fatalf("Put(%d bytes) = %v", len(b), err)
	}
	return object
}

// Get reads an object to its end.
func Get(ctx context.Context, s storage.Store, ref storage.Ref, want storage.Want) ([]byte, error) {
	r, err := s.Open(ctx, ref, want)
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // there is no more to say
	return io.ReadAll(r)
}

func want(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s = %v, want %v", what, err, want)
	}
}

func putAndGet(t *testing.T, s Subject) {
	tenant := uuid.New()
	for _, n := range []int{0, 1, 32<<10 - 1, 32 << 10, 32<<10 + 1, 64 << 10, 200_000, 6 << 20} {
		b := Bytes(n, n)
		for name, o := range map[string]storage.PutOptions{
			"unknown":   {Size: -1, Type: "text/plain"},
			"announced": {Size: int64(n), SHA256: sha256.Sum256(b), Type: "application/pdf", MaxSize: int64(n)},
		} {
			if n == 0 {
				o.MaxSize = 0
			}
			got, err := s.Store.Put(t.Context(), tenant, bytes.NewReader(b), o)
			if err != nil {
				t.Fatalf("%s: Put(%d bytes) = %v", name, n, err)
			}
			if got.Size != int64(n) || got.SHA256 != sha256.Sum256(b) || got.Type != o.Type || got.Version == "" {
				t.Errorf("%s: Put(%d bytes) = %+v", name, n, got)
			}
			stat, err := s.Store.Stat(t.Context(), got.Ref)
			drift := stat.CreatedAt.Sub(got.CreatedAt).Abs()
			if stat.CreatedAt = got.CreatedAt; err != nil || stat != got || drift > time.Minute {
				t.Errorf("%s: Stat = %+v, %v, want %+v", name, stat, err, got)
			}
			back, err := Get(t.Context(), s.Store, got.Ref, got.Want())
			if err != nil || !bytes.Equal(back, b) {
				t.Errorf("%s: got %d bytes, %v, want %d", name, len(back), err, n)
			}
		}
	}
}

// UP-06: nothing tells a tenant that somebody has the same bytes.
func newEveryTime(t *testing.T, s Subject) {
	b := Bytes(1000, 1)
	a, c := uuid.New(), uuid.New()
	seen := map[string]bool{}
	for _, tenant := range []uuid.UUID{a, a, c} {
		o := Put(t, s.Store, tenant, b, storage.PutOptions{})
		tail := o.Key[33:]
		if seen[tail] {
			t.Errorf("key %s given twice", o.Key)
		}
		if tail == o.SHA256.String() {
			t.Errorf("key %s is made from the content", o.Key)
		}
		seen[tail] = true
	}
}

func limits(t *testing.T, s Subject) {
	tenant, b := uuid.New(), Bytes(100_000, 2)
	n := int64(len(b))
	other := storage.Digest(sha256.Sum256([]byte("other")))
	for name, tt := range map[string]struct {
		o    storage.PutOptions
		want error
	}{
		"at the limit":               {storage.PutOptions{Size: -1, MaxSize: n}, nil},
		"beyond it":                  {storage.PutOptions{Size: -1, MaxSize: n - 1}, storage.ErrTooLarge},
		"announced beyond":           {storage.PutOptions{Size: n, MaxSize: n - 1}, storage.ErrTooLarge},
		"fewer announced":            {storage.PutOptions{Size: n - 1}, storage.ErrSize},
		"more announced":             {storage.PutOptions{Size: n + 1}, storage.ErrSize},
		"fewer announced, hashed":    {storage.PutOptions{Size: n - 1, SHA256: sha256.Sum256(b)}, storage.ErrSize},
		"more announced, hashed":     {storage.PutOptions{Size: n + 1, SHA256: sha256.Sum256(b)}, storage.ErrSize},
		"another hash":               {storage.PutOptions{Size: n, SHA256: other}, storage.ErrHash},
		"another hash, unknown size": {storage.PutOptions{Size: -1, SHA256: other}, storage.ErrHash},
		"a type with a line break":   {storage.PutOptions{Size: n, Type: "text/plain\r\nX: 1"}, storage.ErrType},
		"retained in the past":       {storage.PutOptions{Size: n, RetainUntil: time.Unix(1, 0)}, storage.ErrRetention},
	} {
		_, err := s.Store.Put(t.Context(), tenant, bytes.NewReader(b), tt.o)
		if want := tt.want; !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%s: Put = %v, want %v", name, err, want)
		}
	}
	count(t, s, tenant, 1)
	s.Empty(t)
}

// count fails the test unless the tenant has n objects and each can be read.
func count(t *testing.T, s Subject, tenant uuid.UUID, n int) {
	t.Helper()
	page, err := s.Store.List(t.Context(), tenant, "", 1000)
	if err != nil || len(page.Entries) != n {
		t.Errorf("List = %d objects, %v, want %d", len(page.Entries), err, n)
	}
	for _, e := range page.Entries {
		o, err := s.Store.Stat(t.Context(), e.Ref)
		if err != nil {
			t.Errorf("Stat(%s) = %v", e.Key, err)
			continue
		}
		if _, err := Get(t.Context(), s.Store, o.Ref, o.Want()); err != nil {
			t.Errorf("Get(%s) = %v", e.Key, err)
		}
	}
}

var errBroken = errors.New("the client hung up")

func interrupted(t *testing.T, s Subject) {
	tenant, b := uuid.New(), Bytes(1<<20, 3)
	full := storage.PutOptions{Size: int64(len(b)), SHA256: sha256.Sum256(b)}
	for name, o := range map[string]storage.PutOptions{"announced": full, "unknown": {Size: -1}} {
		_, err := s.Store.Put(t.Context(), tenant, io.MultiReader(bytes.NewReader(b[:700_000]), failing{errBroken}), o)
		want(t, name+": Put of a source that breaks", err, errBroken)

		ctx, cancel := context.WithCancel(t.Context())
		_, err = s.Store.Put(ctx, tenant, io.MultiReader(bytes.NewReader(b[:700_000]), calling{cancel}, bytes.NewReader(b[700_000:])), o)
		want(t, name+": Put that is cancelled", err, context.Canceled)
	}
	count(t, s, tenant, 0)
	s.Empty(t)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

type calling struct{ f func() }

func (c calling) Read([]byte) (int, error) {
	c.f()
	return 0, io.EOF
}

func damage(t *testing.T, s Subject) {
	tenant := uuid.New()
	for _, n := range []int{5_000, 300_000, 3 << 20} {
		for _, d := range []Damage{Flip, Truncate, Remove, Swap} {
			t.Run(fmt.Sprintf("%s %d", d, n), func(t *testing.T) {
				o := Put(t, s.Store, tenant, Bytes(n, n+int(d)), storage.PutOptions{})
				other := Put(t, s.Store, tenant, Bytes(n, n+100), storage.PutOptions{})
				s.Corrupt(t, o.Ref, other.Ref, d)
				got, err := Get(t.Context(), s.Store, o.Ref, o.Want())
				if err == nil || len(got) >= n {
					t.Fatalf("delivered %d of %d bytes, %v", len(got), n, err)
				}
			})
		}
	}
}

// A caller whose record differs gets no complete file either.
func wrongWant(t *testing.T, s Subject) {
	tenant := uuid.New()
	o := Put(t, s.Store, tenant, Bytes(100_000, 4), storage.PutOptions{})
	for name, w := range map[string]storage.Want{
		"digest": {SHA256: storage.Digest{1}, Size: o.Size},
		"longer": {SHA256: o.SHA256, Size: o.Size + 1},
		"short":  {SHA256: o.SHA256, Size: o.Size - 1},
	} {
		got, err := Get(t.Context(), s.Store, o.Ref, w)
		want(t, name, err, storage.ErrIntegrity)
		if len(got) >= int(o.Size) {
			t.Errorf("%s: delivered all %d bytes", name, len(got))
		}
	}
	if _, err := s.Store.Open(t.Context(), o.Ref, storage.Want{Size: o.Size}); err == nil {
		t.Error("Open without a digest succeeded")
	}
}
