// Package tenanttest gives tests a real database and a tenant of their own.
package tenanttest

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"sync"
	"testing"

	"github.com/google/uuid"
	_ "github.com/lib/pq" // the driver of Admin

	"hetu/tenant"
)

var pools = struct {
	sync.Mutex
	dbs map[string]*tenant.DB
}{dbs: map[string]*tenant.DB{}}

// DB returns the migrated test database, as the application's role. All tests
// of a package share its connections.
func DB(t testing.TB) *tenant.DB { t.Helper(); return open(t, "hetu_app") }

// Operators returns the test database as the operators' role.
func Operators(t testing.TB) *tenant.DB { t.Helper(); return open(t, "hetu_operator") }

func open(t testing.TB, role string) *tenant.DB {
	t.Helper()
	pools.Lock()
	defer pools.Unlock()
	if db := pools.dbs[role]; db != nil {
		return db
	}
	db, err := tenant.Open(context.Background(), URL(t, role), tenant.Limits{Conns: 12})
	if err != nil {
		t.Fatal(err)
	}
	pools.dbs[role] = db
	return db
}

// URL returns the address of the test database for a role.
func URL(t testing.TB, role string) string {
	t.Helper()
	u := address(t)
	if role != "" {
		u.User = url.UserPassword(role, "hetu-test")
	}
	return u.String()
}

func address(t testing.TB) *url.URL {
	t.Helper()
	admin, name := os.Getenv("HETU_TEST_ADMIN_URL"), os.Getenv("HETU_TEST_DB")
	if admin == "" || name == "" {
		t.Fatal(`HETU_TEST_ADMIN_URL and HETU_TEST_DB are not set: run the tests with "make test"`)
	}
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u
}

// Admin returns the test database as its superuser, for what no product code
// may do: planting what an attacker would, looking past row security.
func Admin(t testing.TB) *sql.DB {
	t.Helper()
	if db, ok := admins.Load(t); ok {
		return db.(*sql.DB) //nolint:errcheck,forcetypeassert // nothing else is kept there
	}
	db, err := sql.Open("postgres", address(t).String())
	if err != nil {
		t.Fatal(err)
	}
	admins.Store(t, db)
	t.Cleanup(func() { admins.Delete(t); _ = db.Close() })
	return db
}

// admins are the connections of Admin, by test: one may ask again and again.
var admins sync.Map

// Actor returns a member of a tenant nobody else has, and a context in which
// they act. Row security keeps parallel tests apart exactly as it keeps
// customers apart, so the whole suite shares one database.
func Actor(t testing.TB) (context.Context, tenant.Actor) {
	t.Helper()
	return As(t, uuid.New())
}

// As returns a new member of the tenant and a context in which they act. The
// member has no row in the members table.
func As(t testing.TB, tenantID uuid.UUID) (context.Context, tenant.Actor) {
	t.Helper()
	a := tenant.Actor{Tenant: tenantID, Member: tenant.NewID(), Account: tenant.NewID(), Name: "测试员", Request: "test", IP: "127.0.0.1"}
	return tenant.As(context.Background(), a), a
}

// Tenant makes a real tenant below parent, or the root of a new group if
// parent is nil, and returns its id.
func Tenant(t testing.TB, parent uuid.UUID, name string) uuid.UUID {
	t.Helper()
	id := tenant.NewID()
	slug := "t" + id.String()[24:]
	admin := Admin(t)
	if parent == uuid.Nil {
		if _, err := admin.Exec(`insert into platform.groups (id, slug, name) values ($1, $2, $3)`, id, "g"+slug, name+"集团"); err != nil {
			t.Fatal(err)
		}
		if _, err := admin.Exec(`
			insert into platform.tenants (id, group_id, path, slug, name, short_name, kind)
			values ($1, $1, array[$1]::uuid[], $2, $3, $3, 'hq')`, id, slug, name); err != nil {
			t.Fatal(err)
		}
		return id
	}
	if _, err := admin.Exec(`
		insert into platform.tenants (id, group_id, parent_id, path, slug, name, short_name, kind)
		select $1, group_id, id, path || $1::uuid, $2, $3, $3, 'bureau' from platform.tenants where id = $4`, id, slug, name, parent); err != nil {
		t.Fatal(err)
	}
	return id
}

// Member adds a row to the members table of the context's tenant for its
// actor, in a department of its own, and returns the department.
func Member(t testing.TB, ctx context.Context, name string) uuid.UUID {
	t.Helper()
	a, err := tenant.From(ctx)
	if err != nil {
		t.Fatal(err)
	}
	dept := tenant.NewID()
	err = DB(t).Write(ctx, func(tx *tenant.Tx) error {
		for _, s := range []struct {
			sql  string
			args []any
		}{
			{`insert into departments (id, path, name) values ($1, array[$1]::uuid[], $2)`, []any{dept, name + "处"}},
			{`insert into members (id, account_id, login, name) values ($1, $2, $3, $4)`, []any{a.Member, a.Account, "u" + a.Member.String()[24:], name}},
			{`insert into posts (id, member_id, department_id, title, main, head) values ($1, $2, $3, '科员', true, true)`, []any{tenant.NewID(), a.Member, dept}},
			{`insert into subjects (member_id, department_id) values ($1, $2)`, []any{a.Member, dept}},
		} {
			if _, err := tx.Exec(ctx, s.sql, s.args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dept
}
