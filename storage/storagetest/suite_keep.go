package storagetest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/storage"
)

func remove(t *testing.T, s Subject) {
	tenant := uuid.New()
	o := Put(t, s.Store, tenant, Bytes(1000, 1), storage.PutOptions{})
	kept := Put(t, s.Store, tenant, Bytes(1000, 2), storage.PutOptions{})
	other := o.Ref
	other.Version = kept.Version
	if err := s.Store.Delete(t.Context(), other); err != nil {
		t.Errorf("Delete of a version that is not there = %v", err)
	}
	count(t, s, tenant, 2)
	for range 2 {
		if err := s.Store.Delete(t.Context(), o.Ref); err != nil {
			t.Errorf("Delete = %v", err)
		}
	}
	_, err := s.Store.Stat(t.Context(), o.Ref)
	want(t, "Stat after Delete", err, storage.ErrNotFound)
	_, err = s.Store.Open(t.Context(), o.Ref, o.Want())
	want(t, "Open after Delete", err, storage.ErrNotFound)
	want(t, "SetLegalHold after Delete", s.Store.SetLegalHold(t.Context(), o.Ref, true), storage.ErrNotFound)
	count(t, s, tenant, 1)
	s.Empty(t)
}

func list(t *testing.T, s Subject) {
	tenant, neighbour := uuid.New(), uuid.New()
	Put(t, s.Store, neighbour, Bytes(10, 1), storage.PutOptions{})
	var keys []string
	for i := range 25 {
		keys = append(keys, Put(t, s.Store, tenant, Bytes(100+i, i), storage.PutOptions{}).Key)
	}
	slices.Sort(keys)
	for _, limit := range []int{1, 5, 7, 25, 100} {
		var got []string
		var bytes int64
		for after, more := "", true; more; {
			page, err := s.Store.List(t.Context(), tenant, after, limit)
			if err != nil || len(page.Entries) > limit {
				t.Fatalf("List(%d) = %d objects, %v", limit, len(page.Entries), err)
			}
			for _, e := range page.Entries {
				got, bytes = append(got, e.Key), bytes+e.Size
				if e.Tenant != tenant || e.CreatedAt.Before(time.Now().Add(-time.Hour)) {
					t.Errorf("List(%d): entry %+v", limit, e)
				}
			}
			after, more = page.Next, page.Next != ""
		}
		if !slices.Equal(got, keys) {
			t.Errorf("List(%d) = %d keys, want %d in order", limit, len(got), len(keys))
		}
		u, err := s.Store.Usage(t.Context(), tenant)
		if err != nil || u.Objects != 25 || u.Bytes != bytes {
			t.Errorf("Usage = %+v, %v, want 25 objects of %d bytes", u, err, bytes)
		}
	}
	count(t, s, uuid.New(), 0)
}

func retention(t *testing.T, s Subject) {
	tenant, ctx := uuid.New(), t.Context()
	hour := time.Now().Add(time.Hour)
	for name, o := range map[string]storage.Object{
		"from the start": Put(t, s.Store, tenant, Bytes(100, 1), storage.PutOptions{RetainUntil: hour}),
		"later":          Put(t, s.Store, tenant, Bytes(100, 2), storage.PutOptions{}),
	} {
		if name == "later" {
			want(t, "SetRetention in the past", s.Store.SetRetention(ctx, o.Ref, time.Unix(1, 0)), storage.ErrRetention)
			if err := s.Store.SetRetention(ctx, o.Ref, hour); err != nil {
				t.Errorf("SetRetention = %v", err)
			}
		}
		want(t, name+": Delete", s.Store.Delete(ctx, o.Ref), storage.ErrRetained)
		want(t, name+": shorten", s.Store.SetRetention(ctx, o.Ref, hour.Add(-time.Minute)), storage.ErrShortened)
		if err := s.Store.SetRetention(ctx, o.Ref, hour.Add(time.Hour)); err != nil {
			t.Errorf("%s: extend = %v", name, err)
		}
		got, err := s.Store.Stat(ctx, o.Ref)
		if err != nil || got.RetainUntil.Before(hour.Add(time.Hour)) || got.RetainUntil.After(hour.Add(time.Hour+time.Second)) {
			t.Errorf("%s: RetainUntil = %v, %v, want %v", name, got.RetainUntil, err, hour.Add(time.Hour))
		}
		if _, err := Get(ctx, s.Store, o.Ref, o.Want()); err != nil {
			t.Errorf("%s: Get = %v", name, err)
		}
	}
	count(t, s, tenant, 2)
}

// A retention that has ended lets go. The store has its own clock, so we ask
// until it agrees.
func retentionEnds(t *testing.T, s Subject) {
	until := time.Now().Add(1500 * time.Millisecond)
	o := Put(t, s.Store, uuid.New(), Bytes(100, 1), storage.PutOptions{RetainUntil: until})
	ask := time.NewTicker(50 * time.Millisecond)
	defer ask.Stop()
	for late := time.After(30 * time.Second); ; {
		switch err := s.Store.Delete(t.Context(), o.Ref); {
		case err == nil && time.Now().Before(until):
			t.Fatal("deleted before its time")
		case err == nil:
			return
		case !errors.Is(err, storage.ErrRetained):
			t.Fatalf("Delete = %v", err)
		}
		select {
		case <-ask.C:
		case <-late:
			t.Fatal("still retained long after its time")
		}
	}
}

func legalHold(t *testing.T, s Subject) {
	tenant, ctx := uuid.New(), t.Context()
	for name, o := range map[string]storage.Object{
		"from the start": Put(t, s.Store, tenant, Bytes(100, 1), storage.PutOptions{LegalHold: true}),
		"later":          Put(t, s.Store, tenant, Bytes(100, 2), storage.PutOptions{}),
	} {
		if err := s.Store.SetLegalHold(ctx, o.Ref, true); err != nil {
			t.Errorf("%s: SetLegalHold = %v", name, err)
		}
		if got, err := s.Store.Stat(ctx, o.Ref); err != nil || !got.LegalHold {
			t.Errorf("%s: LegalHold = %v, %v", name, got.LegalHold, err)
		}
		want(t, name+": Delete", s.Store.Delete(ctx, o.Ref), storage.ErrHeld)
		if err := s.Store.SetLegalHold(ctx, o.Ref, false); err != nil {
			t.Errorf("%s: release = %v", name, err)
		}
		if err := s.Store.Delete(ctx, o.Ref); err != nil {
			t.Errorf("%s: Delete after release = %v", name, err)
		}
	}
	count(t, s, tenant, 0)
}

// each calls every method that takes a Ref.
func each(ctx context.Context, s storage.Store, ref storage.Ref) map[string]error {
	_, open := s.Open(ctx, ref, storage.Want{SHA256: storage.Digest{1}, Size: 1})
	_, stat := s.Stat(ctx, ref)
	return map[string]error{
		"Open": open, "Stat": stat, "Delete": s.Delete(ctx, ref),
		"SetRetention": s.SetRetention(ctx, ref, time.Now().Add(time.Hour)),
		"SetLegalHold": s.SetLegalHold(ctx, ref, true),
	}
}

func tenants(t *testing.T, s Subject) {
	mine, theirs := uuid.New(), uuid.New()
	o := Put(t, s.Store, mine, Bytes(1000, 1), storage.PutOptions{})
	ref := o.Ref
	ref.Tenant = theirs
	for name, err := range each(t.Context(), s.Store, ref) {
		want(t, name+" of another tenant's", err, storage.ErrNotFound)
	}
	count(t, s, theirs, 0)
	count(t, s, mine, 1)
	if got, err := s.Store.Stat(t.Context(), o.Ref); err != nil || got.LegalHold || !got.RetainUntil.IsZero() {
		t.Errorf("another tenant changed it: %+v, %v", got, err)
	}
	if _, err := s.Store.Put(t.Context(), uuid.Nil, bytes.NewReader(nil), storage.PutOptions{}); err == nil {
		t.Error("Put without a tenant succeeded")
	}
}

// UP-02: a key is a key and never a path.
func malformed(t *testing.T, s Subject) {
	mine := uuid.New()
	o := Put(t, s.Store, mine, Bytes(1000, 1), storage.PutOptions{})
	own, tail, _ := strings.Cut(o.Key, "/")
	for name, ref := range map[string]storage.Ref{
		"no key":          {Tenant: mine, Version: o.Version},
		"no version":      {Tenant: mine, Key: o.Key},
		"null version":    {Tenant: mine, Key: o.Key, Version: "null"},
		"dots":            {Tenant: mine, Key: own + "/../" + o.Key, Version: o.Version},
		"escaped dots":    {Tenant: mine, Key: own + "/%2e%2e/" + tail, Version: o.Version},
		"upper case":      {Tenant: mine, Key: strings.ToUpper(o.Key), Version: o.Version},
		"line break":      {Tenant: mine, Key: o.Key + "\n", Version: o.Version},
		"slash version":   {Tenant: mine, Key: o.Key, Version: "../" + o.Version},
		"nil tenant":      {Key: o.Key, Version: o.Version},
		"nil tenant's":    {Key: strings.Repeat("0", 32) + "/" + tail, Version: o.Version},
		"unknown key":     {Tenant: mine, Key: own + "/" + strings.Repeat("0", 64), Version: o.Version},
		"unknown version": {Tenant: mine, Key: o.Key, Version: uuid.NewString()},
		"odd version":     {Tenant: mine, Key: o.Key, Version: "x"},
	} {
		for method, err := range each(t.Context(), s.Store, ref) {
			if method == "Delete" && err == nil {
				continue // what is not there is gone already
			}
			want(t, name+": "+method, err, storage.ErrNotFound)
		}
	}
	count(t, s, mine, 1)
}

func concurrent(t *testing.T, s Subject) {
	tenant := uuid.New()
	var wait sync.WaitGroup
	for i := range 16 {
		wait.Go(func() {
			b := Bytes(50_000+i, i%4)
			o, err := s.Store.Put(t.Context(), tenant, bytes.NewReader(b), storage.PutOptions{Size: -1})
			if err != nil {
				t.Errorf("Put = %v", err)
				return
			}
			if got, err := Get(t.Context(), s.Store, o.Ref, o.Want()); err != nil || !bytes.Equal(got, b) {
				t.Errorf("got %d bytes, %v, want %d", len(got), err, len(b))
			}
			if _, err := s.Store.Sweep(t.Context()); err != nil {
				t.Errorf("Sweep = %v", err)
			}
			if i%2 == 0 {
				if err := s.Store.Delete(t.Context(), o.Ref); err != nil {
					t.Errorf("Delete = %v", err)
				}
			}
		})
	}
	wait.Wait()
	count(t, s, tenant, 8)
	s.Empty(t)
}

func ping(t *testing.T, s Subject) {
	if err := s.Store.Ping(t.Context()); err != nil {
		t.Errorf("Ping = %v", err)
	}
	if n, err := s.Store.Sweep(t.Context()); n != 0 || err != nil {
		t.Errorf("Sweep of an idle store = %d, %v", n, err)
	}
	s.Empty(t)
}
