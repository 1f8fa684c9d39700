package attachment

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/storage"
	"hetu/storage/storagetest"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// An aged store says of chosen objects that they are old: no driver lets a
// test set the time.
type aged struct {
	storage.Store
	old map[string]bool
}

func (a aged) List(ctx context.Context, of uuid.UUID, after string, limit int) (storage.Page, error) {
	page, err := a.Store.List(ctx, of, after, min(limit, 2)) // in several pages
	for i := range page.Entries {
		if a.old[page.Entries[i].Key] {
			page.Entries[i].CreatedAt = time.Now().Add(-48 * time.Hour)
		}
	}
	return page, err
}

// TestOrphans: what no row names is found, per tenant, and removed only when it
// is old, not kept by law, and asked for; what a row names stays (F10).
func TestOrphans(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) storage.Store{
		"fs": func(t *testing.T) storage.Store {
			s, err := storage.Open(t.Context(), storage.Config{Driver: "fs", Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
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
			orphans(t, open(t))
		})
	}
}

func orphans(t *testing.T, inner storage.Store) {
	ctx, me := tenanttest.Actor(t)
	_, neighbour := tenanttest.Actor(t)
	staging, err := storage.NewStaging(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	a, db := New(inner, staging, Options{}), tenanttest.DB(t)
	store := aged{inner, map[string]bool{}}
	lose := func(of uuid.UUID, old bool, o storage.PutOptions) storage.Object {
		made := storagetest.Put(t, inner, of, storagetest.Bytes(100, 1), o)
		store.old[made.Key] = old
		return made
	}
	ready := begin(t, ctx, a, "a.txt", "ready")
	if _, err := put(t, ctx, a, ready, 0, "ready"); err != nil {
		t.Fatal(err)
	}
	claimed := begin(t, ctx, a, "b.txt", "claimed")
	if _, err := put(t, ctx, a, claimed, 0, "claimed"); err != nil {
		t.Fatal(err)
	}
	f, err := claim(t, ctx, claimed, "publish/item/1")
	if err != nil {
		t.Fatal(err)
	}
	page, err := inner.List(t.Context(), me.Tenant, "", 10)
	if err != nil || len(page.Entries) != 2 {
		t.Fatalf("List = %+v, %v", page, err)
	}
	for _, e := range page.Entries {
		store.old[e.Key] = true
	}
	gone, young := lose(me.Tenant, true, storage.PutOptions{}), lose(me.Tenant, false, storage.PutOptions{})
	held := lose(me.Tenant, true, storage.PutOptions{LegalHold: true})
	theirs := lose(neighbour.Tenant, true, storage.PutOptions{})

	if _, err := FindOrphans(t.Context(), db, store, 0, true); !errors.Is(err, tenant.ErrNoActor) {
		t.Errorf("without a tenant = %v", err)
	}
	for _, remove := range []bool{false, true} {
		want := Orphans{Objects: 2, Bytes: 200, Young: 1}
		if remove {
			want.Removed, want.Kept = 1, 1
		}
		if got, err := FindOrphans(ctx, db, store, 24*time.Hour, remove); err != nil || got != want {
			t.Errorf("remove %v: %+v, %v, want %+v", remove, got, err, want)
		}
	}
	for name, tt := range map[string]struct {
		ref  storage.Ref
		want error
	}{
		"an orphan": {gone.Ref, storage.ErrNotFound}, "a young one": {young.Ref, nil}, "a held one": {held.Ref, nil},
		"another tenant's": {theirs.Ref, nil}, "a file": {f.ref(), nil},
	} {
		if _, err := inner.Stat(t.Context(), tt.ref); !errors.Is(err, tt.want) || tt.want == nil && err != nil {
			t.Errorf("%s: Stat = %v, want %v", name, err, tt.want)
		}
	}
	var audited int
	err = db.Read(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &audited, `select count(*) from audit_entries where action = 'attachment.orphans_removed'`)
	})
	if err != nil || audited == 0 {
		t.Errorf("%d audit entries, %v, want one a page", audited, err)
	}
	if err := inner.SetLegalHold(t.Context(), held.Ref, false); err != nil {
		t.Error(err)
	}
}

// Every table that says where objects lie is looked into: a key is a name that
// only such a column bears.
func TestOrphanColumns(t *testing.T) {
	t.Parallel()
	ctx, _ := tenanttest.Actor(t)
	var all []column
	err := tenanttest.DB(t).Read(ctx, func(tx *tenant.Tx) (err error) {
		all, err = keyColumns(ctx, tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range all {
		names = append(names, c.Table+"."+c.Name)
	}
	for _, want := range []string{"uploads.key", "files.key", "envelope_files.key"} {
		if !strings.Contains(strings.Join(names, " "), want) {
			t.Errorf("%s is not among %v", want, names)
		}
	}
}

// An upload to a store on the same disk is not written twice, and what became
// of its staged file is nobody's business afterwards (UP-05).
func TestUploadAdopted(t *testing.T) {
	t.Parallel()
	ctx, me := tenanttest.Actor(t)
	dir := t.TempDir()
	c := storage.Config{Driver: "fs", Dir: dir}
	store, err := storage.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	staging, err := c.Staging()
	if err != nil {
		t.Fatal(err)
	}
	a := New(store, staging, Options{})
	id := begin(t, ctx, a, "a.txt", "content")
	if _, err := put(t, ctx, a, id, 0, "cont"); err != nil {
		t.Fatal(err)
	}
	staged := filepath.Join(dir, "staging", "uploads", strings.ReplaceAll(me.Tenant.String(), "-", ""), strings.ReplaceAll(id.String(), "-", ""))
	was, err := os.Stat(staged)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := put(t, ctx, a, id, 4, "ent"); err != nil || p.State != "ready" {
		t.Fatalf("last piece = %+v, %v", p, err)
	}
	if _, err := os.Stat(staged); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the staged file = %v, want gone", err)
	}
	kept, err := filepath.Glob(filepath.Join(dir, "objects", "*", "*", "*", "data"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("%d objects, %v", len(kept), err)
	}
	is, err := os.Stat(kept[0])
	if err != nil || !os.SameFile(was, is) || is.Mode().Perm() != 0o400 {
		t.Errorf("the object's file is another, or writable: %v, %v", is, err)
	}
	f, err := claim(t, ctx, id, "publish/item/1")
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, a.Content(f, "a.txt")); got != "content" {
		t.Errorf("content = %q", got)
	}
}
