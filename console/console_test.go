package console

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/org"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

const good = "Salt&Sea-2026"

var quick = argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

func newDesk(t *testing.T) *desk {
	t.Helper()
	passwords := org.NewPasswords(quick, 100)
	sessions, err := NewSessions(tenanttest.Operators(t), 100)
	if err != nil {
		t.Fatal(err)
	}
	return &desk{Parts{Passwords: passwords, Sessions: sessions}}
}

// operator plants an operator with the password good and returns them.
func operator(t *testing.T) (context.Context, Operator) {
	t.Helper()
	id := tenant.NewID()
	o := Operator{id, "运营员", "op" + id.String()[24:]}
	hash, err := argon2id.CreateHash(good, &quick)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tenanttest.Admin(t).Exec(`
		insert into platform.operators (id, login, name, password_hash) values ($1, $2, $3, $4)`, o.ID, o.Login, o.Name, hash); err != nil {
		t.Fatal(err)
	}
	return tenant.As(context.Background(), tenant.Actor{Operator: id, Name: o.Name, Request: "test", IP: "127.0.0.1"}), o
}

func operate[T any](t *testing.T, ctx context.Context, fn func(context.Context, *tenant.Tx) (T, error)) (out T, err error) {
	t.Helper()
	err = tenanttest.Operators(t).Operate(ctx, func(tx *tenant.Tx) error {
		out, err = fn(ctx, tx)
		return err
	})
	return out, err
}

func slug() string { return "s" + tenant.NewID().String()[24:] }

func group(t *testing.T) Group {
	t.Helper()
	g, err := CreateGroup(context.Background(), tenanttest.Operators(t), NewGroup{Name: "岭海集团", Slug: slug()})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func newTenant(g, parent uuid.UUID) NewTenant {
	n := NewTenant{GroupID: g, Slug: slug(), Name: "岭海盐务局", ShortName: "岭海", Kind: "bureau", AdminName: "首任员", AdminLogin: "chief"}
	if parent != uuid.Nil {
		n.ParentID = &parent
	}
	return n
}

func made(t *testing.T, g, parent uuid.UUID) (Tenant, string) {
	t.Helper()
	x, token, err := CreateTenant(context.Background(), tenanttest.Operators(t), newTenant(g, parent))
	if err != nil {
		t.Fatal(err)
	}
	return x, token
}

func TestFeature(t *testing.T) {
	t.Parallel()
	if err := feature.Check(Feature(newDesk(t).Parts)); err != nil {
		t.Error(err)
	}
}

// The operators' role may not touch any tenant's table, nor the accounts and
// sessions of its people.
func TestOperatorsReachNoTenant(t *testing.T) {
	t.Parallel()
	rows, err := tenanttest.Admin(t).Query(`
		select c.oid::regclass::text, c.relkind in ('v', 'm') as view, (select quote_ident(attname) from pg_attribute a where a.attrelid = c.oid and attnum = 1)
		  from pg_class c
		 where c.relkind in ('r', 'p', 'v', 'm')
		   and (c.relnamespace = 'public'::regnamespace
		        or c.oid in ('platform.accounts'::regclass, 'platform.memberships'::regclass, 'platform.sessions'::regclass))`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	type relation struct {
		view   bool // nothing can be written there, whoever tries
		column string
	}
	tables := map[string]relation{}
	for rows.Next() {
		var table string
		var r relation
		if err := rows.Scan(&table, &r.view, &r.column); err != nil {
			t.Fatal(err)
		}
		tables[table] = r
	}
	if err := rows.Err(); err != nil || len(tables) < 10 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	ctx, _ := operator(t)
	for table, r := range tables {
		stmts := []string{
			"select " + r.column + " from " + table + " limit 1", "insert into " + table + " default values",
			"update " + table + " set " + r.column + " = null", "delete from " + table, "truncate " + table,
		}
		if r.view {
			stmts = stmts[:1]
		}
		for _, stmt := range stmts {
			_, err := operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (int64, error) { return tx.Exec(ctx, stmt) })
			var state interface{ SQLState() string }
			if !errors.As(err, &state) || state.SQLState() != "42501" {
				t.Errorf("%s = %v, want 42501", stmt, err)
			}
		}
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, o := operator(t)
	try := func(login, password string) (string, error) {
		_, token, err := d.admit(context.Background(), tenanttest.Operators(t), browser{ip: "127.0.0.1", agent: "test"}, signIn{login, password})
		return token, err
	}
	token, err := try(strings.ToUpper(o.Login)+" ", good)
	if err != nil {
		t.Fatal(err)
	}
	who, err := d.Sessions.Identify(context.Background(), token)
	actor := who.Actor
	if err != nil || actor.Operator != o.ID || actor.Tenant != uuid.Nil || who.CSRF != org.CSRF(token) {
		t.Errorf("Identify = %+v %v", who, err)
	}
	nobody := "no" + o.Login
	for name, login := range map[string]string{"an operator": o.Login, "nobody": nobody} {
		for range 4 {
			if _, err := try(login, "Wrong-1234"); !errors.Is(err, ErrCredentials) {
				t.Fatalf("%s fails = %v, want ErrCredentials (AN-04)", name, err)
			}
		}
		if _, err := try(login, "Wrong-1234"); !errors.Is(err, ErrLocked) || fault.Of(err).Meta["until"] == nil {
			t.Errorf("%s fails for the fifth time = %v, want ErrLocked (AN-03)", name, err)
		}
		if _, err := try(login, good); !errors.Is(err, ErrLocked) {
			t.Errorf("%s with the password = %v, want ErrLocked", name, err)
		}
	}
	if err := end(tenant.As(context.Background(), actor), tenanttest.Operators(t), token); err != nil {
		t.Fatal(err)
	}
	d.Sessions.Drop()
	if _, err := d.Sessions.Identify(context.Background(), token); !errors.Is(err, tenant.ErrNoActor) {
		t.Errorf("after signing out: %v, want ErrNoActor", err)
	}
}

// The two kinds of session are not interchangeable.
func TestMembersAreNoOperators(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, o := operator(t)
	_, token, err := d.admit(context.Background(), tenanttest.Operators(t), browser{}, signIn{o.Login, good})
	if err != nil {
		t.Fatal(err)
	}
	members, err := org.NewSessions(tenanttest.DB(t), 10)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := members.Identify(context.Background(), token); !errors.Is(err, tenant.ErrNoActor) {
		t.Errorf("an operator's token at the members' door: %v, want ErrNoActor", err)
	}
}

func TestCreateOperator(t *testing.T) {
	t.Parallel()
	db, login := tenanttest.Operators(t), "op-"+slug()
	create := func(login, password string) error {
		return CreateOperator(context.Background(), db, login, "运营员", password)
	}
	if err := create(login, "weak"); !errors.Is(err, org.ErrWeakPassword) {
		t.Errorf("weak password = %v, want ErrWeakPassword (R248)", err)
	}
	if err := create("Bad Login", good); !errors.Is(err, ErrLoginChars) || fault.Of(err).Field != "login" {
		t.Errorf("malformed login = %v, want ErrLoginChars on login", err)
	}
	if err := create(login, good); err != nil {
		t.Fatal(err)
	}
	if err := create(login, good); !errors.Is(err, ErrLogin) {
		t.Errorf("again = %v, want ErrLogin", err)
	}
	if _, _, err := newDesk(t).admit(context.Background(), db, browser{}, signIn{login, good}); err != nil {
		t.Errorf("the operator signs in: %v", err)
	}
}
