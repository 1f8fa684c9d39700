package org

import (
	"context"
	"errors"
	"testing"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// quick is a strength tests can afford.
var quick = argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const good = "Salt&Sea-2026"

// declared are rights like those features declare.
var declared = []rbac.Right{
	{Permission: Manage, Roles: []rbac.Role{rbac.Admin}},
	{Permission: Grant, Scoped: true, Roles: []rbac.Role{rbac.Security}},
	{Permission: Audit, Scoped: true, Roles: []rbac.Role{rbac.Admin, rbac.Security, rbac.Auditor}},
	{Permission: Powers[2], Roles: []rbac.Role{rbac.Auditor}},
	{Permission: "test.read", Scoped: true, Roles: []rbac.Role{rbac.Staff}},
	{Permission: "test.write", Scoped: true, Roles: []rbac.Role{rbac.Office}},
	{Permission: "test.judge", Roles: []rbac.Role{rbac.Evaluator}},
	{Permission: "test.watch", Roles: []rbac.Role{rbac.Auditor}},
}

func seed(ctx context.Context, tx *tenant.Tx) error { return rbac.Seed(ctx, tx, declared) }

func newHouse(t *testing.T) *house {
	t.Helper()
	db := tenanttest.DB(t)
	passwords := NewPasswords(quick, 100)
	sessions, err := NewSessions(db, 100)
	if err != nil {
		t.Fatal(err)
	}
	guard, err := rbac.NewGuard(db, 100)
	if err != nil {
		t.Fatal(err)
	}
	return &house{Parts{Passwords: passwords, Sessions: sessions, Guard: guard, Seed: seed,
		Rights: func() []rbac.Right { return declared }, Scopes: map[string]Naming{"column": columnNames}}}
}

// columnNames names every node alike.
func columnNames(_ context.Context, _ *tenant.Tx, ids []uuid.UUID) (map[uuid.UUID][]string, error) {
	names := map[uuid.UUID][]string{}
	for _, id := range ids {
		names[id] = []string{"工作动态", "部门动态"}
	}
	return names, nil
}

func quickHash(t *testing.T, password string) string {
	t.Helper()
	hash, err := argon2id.CreateHash(password, &quick)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// A bureau is a tenant with an administrator.
type bureau struct {
	*house
	id         uuid.UUID
	slug       string
	ctx        context.Context // in which the administrator acts
	admin      tenant.Actor
	root, desk uuid.UUID // its root department and its office
}

func newBureau(t *testing.T) bureau { t.Helper(); return newBureauBelow(t, uuid.Nil) }

func newBureauBelow(t *testing.T, parent uuid.UUID) bureau {
	t.Helper()
	b := bureau{house: newHouse(t), id: tenanttest.Tenant(t, parent, "青盐")}
	member, err := OpenTenant(context.Background(), tenanttest.DB(t), b.id,
		AdminSpec{Login: "admin", Name: "管小理", Hash: quickHash(t, good)}, seed)
	if err != nil {
		t.Fatal(err)
	}
	b.admin = tenant.Actor{Tenant: b.id, Member: member, Name: "管小理", Request: "test", IP: "127.0.0.1"}
	b.read(t, tenant.As(context.Background(), b.admin), func(ctx context.Context, tx *tenant.Tx) error {
		if err := tx.Get(ctx, &b.slug, `select slug from platform.kin() where relation = 'self'`); err != nil {
			return err
		}
		if err := tx.Get(ctx, &b.admin.Account, `select account_id from members where id = $1`, member); err != nil {
			return err
		}
		if err := tx.Get(ctx, &b.root, `select id from departments where parent_id is null`); err != nil {
			return err
		}
		return tx.Get(ctx, &b.desk, `select id from departments where kind = 'office'`)
	})
	b.ctx = b.as(t, b.admin)
	return b
}

// as returns a context in which a acts with the rights they have.
func (b bureau) as(t *testing.T, a tenant.Actor) context.Context {
	t.Helper()
	ctx := tenant.As(context.Background(), a)
	b.Guard.Drop(b.id)
	rights, err := b.Guard.Rights(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return rbac.With(ctx, rights)
}

func (b bureau) read(t *testing.T, ctx context.Context, fn func(context.Context, *tenant.Tx) error) {
	t.Helper()
	if err := tenanttest.DB(t).Read(ctx, func(tx *tenant.Tx) error { return fn(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
}

// write runs fn as the administrator.
func (b bureau) write(t *testing.T, fn func(context.Context, *tenant.Tx) error) error {
	t.Helper()
	return tenanttest.DB(t).Write(b.ctx, func(tx *tenant.Tx) error { return fn(b.ctx, tx) })
}

func (b bureau) must(t *testing.T, fn func(context.Context, *tenant.Tx) error) {
	t.Helper()
	if err := b.write(t, fn); err != nil {
		t.Fatal(err)
	}
}

// member makes somebody with the password good, in a department.
func (b bureau) member(t *testing.T, login string, department uuid.UUID) tenant.Actor {
	t.Helper()
	a := tenant.Actor{Tenant: b.id, Name: "人" + login}
	b.must(t, func(ctx context.Context, tx *tenant.Tx) (err error) {
		a.Member, err = AddMember(ctx, tx, NewMember{Login: login, Name: a.Name, DepartmentID: department, Hash: quickHash(t, good)})
		if err != nil {
			return err
		}
		return tx.Get(ctx, &a.Account, `select account_id from members where id = $1`, a.Member)
	})
	return a
}

func (b bureau) department(t *testing.T, parent uuid.UUID, name string) uuid.UUID {
	t.Helper()
	var d Department
	b.must(t, func(ctx context.Context, tx *tenant.Tx) (err error) {
		d, err = AddDepartment(ctx, tx, NewDepartment{ParentID: tenant.Optional(parent), Name: name, Kind: "dept"})
		return err
	})
	return d.ID
}

// enters signs somebody in and returns the session.
func (b bureau) enters(t *testing.T, login, password string) entry {
	t.Helper()
	e, err := b.admit(context.Background(), tenanttest.DB(t), browser{ip: "127.0.0.1"}, signIn{b.slug, login, password})
	if err != nil {
		t.Fatalf("%s signs in: %v", login, err)
	}
	return e
}

// alive reports whether a session token opens anything, on a node that
// remembers nothing.
func (b bureau) alive(t *testing.T, token string) bool {
	t.Helper()
	b.Sessions.Drop()
	_, err := b.Sessions.Identify(context.Background(), token)
	if err != nil && !errors.Is(err, tenant.ErrNoActor) {
		t.Fatal(err)
	}
	return err == nil
}

func TestFeature(t *testing.T) {
	t.Parallel()
	if err := feature.Check(Feature(newHouse(t).Parts)); err != nil {
		t.Error(err)
	}
}

func audited(t *testing.T, b bureau, action string) (n int) {
	t.Helper()
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		return tx.Get(ctx, &n, `select count(*) from audit_entries where action = $1`, action)
	})
	return n
}
