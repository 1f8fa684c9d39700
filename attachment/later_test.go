package attachment

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func whole(t *testing.T, ctx context.Context, a *Attachments) uuid.UUID {
	t.Helper()
	id, err := a.Put(ctx, tenanttest.DB(t), "a.txt", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// queued returns the arguments of the tenant's jobs of that name.
func queued(t *testing.T, tenantID uuid.UUID, name string) (args [][]byte) {
	t.Helper()
	rows, err := tenanttest.Admin(t).Query(`
		select args->>'args' from river.river_job where args->>'tenant' = $1 and args->>'name' = $2 order by id`,
		tenantID.String(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			t.Fatal(err)
		}
		args = append(args, b)
	}
	return args
}

func TestTidy(t *testing.T) {
	t.Parallel()
	a := room(t, Options{})
	db := tenanttest.DB(t)
	ctx, actor := tenanttest.Actor(t)
	half := begin(t, ctx, a, "a.txt", text)
	if _, err := put(t, ctx, a, half, 0, text[:3]); err != nil {
		t.Fatal(err)
	}
	unused, used, fresh := whole(t, ctx, a), whole(t, ctx, a), whole(t, ctx, a)
	f, err := claim(t, ctx, used, "test/1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tenanttest.Admin(t).Exec(`
		update uploads set created_at = now() - interval '24 hours 1 second' where id = any ($1)`,
		tenant.Array([]string{half.String(), unused.String(), used.String()})); err != nil {
		t.Fatal(err)
	}
	if err := a.tidy(ctx, db); err != nil {
		t.Fatal(err)
	}
	jobs := queued(t, actor.Tenant, dropWork)
	if len(jobs) != 2 {
		t.Fatalf("%d jobs, want 2: for the half and the unused upload", len(jobs))
	}
	for range 2 { // a job may run twice
		for _, j := range jobs {
			if err := a.drop(ctx, db, json.RawMessage(j)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if u, err := a.store.Usage(t.Context(), actor.Tenant); err != nil || u.Objects != 2 {
		t.Errorf("%d objects are left, %v; want 2", u.Objects, err)
	}
	if n, err := a.staging.Offset(actor.Tenant, half); err != nil || n != 0 {
		t.Errorf("%d bytes of the half upload are left, %v", n, err)
	}
	if got := read(t, a.Content(f, f.Name)); got != text {
		t.Errorf("the file in use = %q", got)
	}
	if p := looked(t, ctx, a, fresh); p.State != "ready" {
		t.Errorf("the fresh upload is %s, want ready", p.State)
	}
}

func TestRelease(t *testing.T) {
	t.Parallel()
	a := room(t, Options{})
	db := tenanttest.DB(t)
	ctx, actor := tenanttest.Actor(t)
	f, err := claim(t, ctx, whole(t, ctx, a), "test/1")
	if err != nil {
		t.Fatal(err)
	}
	release := func(owner string) error {
		return db.Write(ctx, func(tx *tenant.Tx) error { return Release(ctx, tx, f.ID, owner) })
	}
	if err := release("test/2"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("release by another owner = %v, want ErrNotFound", err)
	}
	if err := release("test/1"); err != nil {
		t.Fatal(err)
	}
	err = db.Read(ctx, func(tx *tenant.Tx) error { _, err := Find(ctx, tx, f.ID); return err })
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("find = %v, want ErrNotFound", err)
	}
	for _, j := range queued(t, actor.Tenant, dropWork) {
		if err := a.drop(ctx, db, json.RawMessage(j)); err != nil {
			t.Fatal(err)
		}
	}
	if u, err := a.store.Usage(t.Context(), actor.Tenant); err != nil || u.Objects != 0 {
		t.Errorf("%d objects are left, %v; want 0", u.Objects, err)
	}
}

// What is borrowed stays with its owner when it is given up.
func TestBorrow(t *testing.T) {
	t.Parallel()
	a := room(t, Options{})
	db := tenanttest.DB(t)
	ctx, actor := tenanttest.Actor(t)
	f, err := claim(t, ctx, whole(t, ctx, a), "test/1")
	if err != nil {
		t.Fatal(err)
	}
	b := f
	b.ID = tenant.NewID()
	var got File
	err = db.Write(ctx, func(tx *tenant.Tx) (err error) {
		if err := Borrow(ctx, tx, b, "test/2"); err != nil {
			return err
		}
		got, err = Find(ctx, tx, b.ID)
		return err
	})
	if err != nil || read(t, a.Content(got, got.Name)) != text {
		t.Fatalf("borrowed = %+v, %v", got, err)
	}
	if err := db.Write(ctx, func(tx *tenant.Tx) error { return Release(ctx, tx, b.ID, "test/2") }); err != nil {
		t.Fatal(err)
	}
	if jobs := queued(t, actor.Tenant, dropWork); len(jobs) != 0 {
		t.Errorf("%d jobs would drop the owner's bytes", len(jobs))
	}
	// Not even by hand can a tenant hold a key that is not its own (UP-06, TI).
	stranger, _ := tenanttest.Actor(t)
	err = db.Write(stranger, func(tx *tenant.Tx) error { return Borrow(stranger, tx, b, "test/2") })
	if tenant.Constraint(err) != "files_key_own" {
		t.Errorf("borrowing another tenant's bytes = %v, want files_key_own", err)
	}
	err = db.Read(stranger, func(tx *tenant.Tx) error { _, err := Find(stranger, tx, f.ID); return err })
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("another tenant finds the file: %v", err)
	}
}

func TestFeatureIsConsistent(t *testing.T) {
	t.Parallel()
	if err := feature.Check(room(t, Options{}).Feature()); err != nil {
		t.Error(err)
	}
}
