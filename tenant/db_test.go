package tenant_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"hetu/fault"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func count(t *testing.T, ctx context.Context, db *tenant.DB, query string, args ...any) (n int) {
	t.Helper()
	if err := db.Read(ctx, func(tx *tenant.Tx) error { return tx.Get(ctx, &n, query, args...) }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWriteIsSeenByItsTenantOnly(t *testing.T) {
	t.Parallel()
	db := tenanttest.DB(t)
	a, _ := tenanttest.Actor(t)
	b, _ := tenanttest.Actor(t)
	err := db.Write(a, func(tx *tenant.Tx) error {
		_, err := tx.Exec(a, `insert into roles (id, code, name) values ($1, 'x', '测试')`, tenant.NewID())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, a, db, `select count(*) from roles where code = $1`, "x"); n != 1 {
		t.Errorf("its own tenant sees %d rows, want 1", n)
	}
	if n := count(t, b, db, `select count(*) from roles where code = $1`, "x"); n != 0 {
		t.Errorf("another tenant sees %d rows, want 0 (TI-02)", n)
	}
}

func TestNoTenantNoRows(t *testing.T) {
	t.Parallel()
	db := tenanttest.DB(t)
	err := db.Read(context.Background(), func(*tenant.Tx) error { return nil })
	if !errors.Is(err, tenant.ErrNoActor) {
		t.Errorf("without an actor: %v, want ErrNoActor", err)
	}
	// After a tenant has used the connection the setting is '', not null (TI-06).
	ctx, _ := tenanttest.Actor(t)
	count(t, ctx, db, `select count(*) from roles`)
	err = db.Public(ctx, func(tx *tenant.Tx) error {
		var n int
		return tx.Get(ctx, &n, `select count(*) from roles`)
	})
	if err == nil {
		t.Error("a tenant's table could be read in a public transaction")
	}
}

func TestReadCannotWrite(t *testing.T) {
	t.Parallel()
	db := tenanttest.DB(t)
	ctx, _ := tenanttest.Actor(t)
	err := db.Read(ctx, func(tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `insert into roles (id, code, name) values ($1, 'x', 'x')`, tenant.NewID())
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("insert in Read = %v, want a read-only refusal", err)
	}
}

func TestFailedTransactionLeavesNothing(t *testing.T) {
	t.Parallel()
	db := tenanttest.DB(t)
	ctx, _ := tenanttest.Actor(t)
	boom := errors.New("boom")
	err := db.Write(ctx, func(tx *tenant.Tx) error {
		if _, err := tx.Exec(ctx, `insert into roles (id, code, name) values ($1, 'x', 'x')`, tenant.NewID()); err != nil {
			return err
		}
		tx.Audit("test.did", "test/1", nil)
		tx.Deed(tenant.Deed{Kind: "test.did", Unit: tenant.NewID(), Item: "test/1", Title: "一"})
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("err = %v, want boom", err)
	}
	for _, table := range []string{"roles", "audit_entries", "deeds"} {
		if n := count(t, ctx, db, `select count(*) from `+table); n != 0 {
			t.Errorf("%s holds %d rows after a rollback", table, n)
		}
	}
}

func TestSealWritesAuditDeedsAndAnswer(t *testing.T) {
	t.Parallel()
	db := tenanttest.DB(t)
	ctx, actor := tenanttest.Actor(t)
	unit := tenant.NewID()
	do := func(hash string) error {
		return db.Write(ctx, func(tx *tenant.Tx) error {
			first := tx.Deed(tenant.Deed{Kind: "test.did", Unit: unit, Item: "test/1", Title: "一"})
			tx.Deed(tenant.Deed{Kind: "test.did", Unit: unit, Item: "test/1", Title: "一", Reverses: first})
			tx.Audit("test.did", "test/1", map[string]int{"n": 1})
			tx.Answer("POST /test", "key-0001", []byte(hash), 200, []byte(`{"ok":true}`))
			return nil
		})
	}
	if err := do("h1"); err != nil {
		t.Fatal(err)
	}
	if err := do("h1"); !errors.Is(err, tenant.ErrReplay) {
		t.Fatalf("second time: %v, want ErrReplay (WF-08)", err)
	}
	if n := count(t, ctx, db, `select count(*) from audit_entries where member_id = $1`, actor.Member); n != 1 {
		t.Errorf("%d audit rows, want 1 (I8)", n)
	}
	if n := count(t, ctx, db, `select sum(n) from deeds`); n != 0 {
		t.Errorf("deeds sum to %d, want 0 after the reversal (AS-03)", n)
	}
	err := db.Read(ctx, func(tx *tenant.Tx) error {
		status, body, err := tx.Replay(ctx, "key-0001", []byte("h1"))
		if err != nil || status != 200 || string(body) != `{"ok":true}` {
			t.Errorf("Replay = %d %s %v", status, body, err)
		}
		_, _, err = tx.Replay(ctx, "key-0001", []byte("h2"))
		if !errors.Is(err, tenant.ErrReused) {
			t.Errorf("Replay with another request = %v, want ErrReused", err)
		}
		_, _, err = tx.Replay(ctx, "key-free", []byte("h2"))
		if !errors.Is(err, tenant.ErrNoRows) {
			t.Errorf("Replay of a free key = %v, want ErrNoRows", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNoAuditNoCommit(t *testing.T) {
	t.Parallel()
	db := tenanttest.DB(t)
	ctx, _ := tenanttest.Actor(t)
	err := db.Write(ctx, func(tx *tenant.Tx) error {
		tx.Answer("POST /test", "key-0001", []byte("h"), 200, nil)
		return nil
	})
	if !errors.Is(err, tenant.ErrNoAudit) {
		t.Errorf("err = %v, want ErrNoAudit (AU-01)", err)
	}
}

func TestLogsCannotBeChanged(t *testing.T) {
	t.Parallel()
	db := tenanttest.DB(t)
	ctx, _ := tenanttest.Actor(t)
	for _, stmt := range []string{
		`update audit_entries set action = 'x'`, `delete from audit_entries`, `truncate audit_entries`,
		`update audit_seals set n = 0`, `delete from audit_seals`, `update deeds set n = 5`, `delete from deeds`,
		`set session_replication_role = replica`, `alter table audit_entries disable trigger all`,
		`select * from platform.accounts`, `select * from platform.sessions`, `set role hetu_owner`,
	} {
		t.Run(stmt, func(t *testing.T) {
			err := db.Write(ctx, func(tx *tenant.Tx) error { _, err := tx.Exec(ctx, stmt); return err })
			if err == nil || !strings.Contains(err.Error(), "42501") && !strings.Contains(err.Error(), "permission denied") && !strings.Contains(err.Error(), "must be owner") {
				t.Errorf("%s = %v, want a refusal (AU-03)", stmt, err)
			}
		})
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	if err := tenanttest.DB(t).CheckRole(context.Background()); err != nil {
		t.Errorf("application's role: %v", err)
	}
	if err := tenanttest.Operators(t).CheckRole(context.Background()); err != nil {
		t.Errorf("operators' role: %v", err)
	}
	super, err := tenant.Open(context.Background(), tenanttest.URL(t, ""), tenant.Limits{Conns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = super.Close() }()
	if err := super.CheckRole(context.Background()); err == nil {
		t.Error("a superuser passed (OP-01)")
	}
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	db, err := tenant.Open(context.Background(), tenanttest.URL(t, "hetu_app"), tenant.Limits{Conns: 1, Statement: 50e6})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	ctx, _ := tenanttest.Actor(t)
	err = db.Read(ctx, func(tx *tenant.Tx) error { _, err := tx.Exec(ctx, `select pg_sleep(10)`); return err })
	if fault.Of(err).Kind != fault.Unavailable {
		t.Errorf("pg_sleep(10) = %v, want Unavailable (IN-08)", err)
	}
	if _, err := tenant.DSN("postgres://x@127.0.0.1/x", tenant.Limits{}); err == nil {
		t.Error("an address without sslmode passed (OP-01)")
	}
}
