package audit

import (
	"context"
	"errors"
	"testing"

	"hetu/fault"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A rebase is refused while a server is connected, and without a reason; then
// nothing has changed.
func TestRebaseRefused(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	d.write(t, 1) // as a server does
	for name, tt := range map[string]struct {
		reason string
		want   error
	}{"no reason": {"", ErrNoReason}, "a server at work": {"演练", ErrWorking}} {
		_, err := Rebase(context.Background(), tenanttest.URL(t, ""), "command line", tt.reason)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s = %v, want %v", name, err, tt.want)
		}
		if n, _ := fault.Of(err).Meta["connections"].(int); errors.Is(err, ErrWorking) && n == 0 {
			t.Errorf("%s does not say how many connections there are", name)
		}
	}
	var n int
	err := d.admin.QueryRow(`select count(*) from platform.operator_audit where action = 'console.audit_rebased'`).Scan(&n)
	if err != nil || n != 0 {
		t.Errorf("%d rebases stand in the operators' audit %v, want none", n, err)
	}
}

// A rebase raises the base as far as needed, once, and says so in the
// operators' audit, in the same transaction.
func TestRebaseDone(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	db, err := tenant.Open(context.Background(), tenanttest.URL(t, ""), tenant.Limits{Conns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	ctx, enough := context.Background(), errors.New("nothing of it stays")
	err = db.Public(ctx, func(tx *tenant.Tx) error {
		if _, err := tx.Exec(ctx, `
			insert into audit_entries (tenant_id, id, txid, actor_name, action, object, detail, request, ip)
			values ($1, gen_random_uuid(), (app_xid()::text::numeric + 1000000)::text::xid8, '', 'x', 'x', '{}', '', '')`, d.id); err != nil {
			return err
		}
		first, err := rebase(ctx, tx, "command line", "从备份恢复")
		if err != nil || first.Before == first.After {
			t.Errorf("rebase = %+v %v, want a raise", first, err)
		}
		second, err := rebase(ctx, tx, "command line", "再来一次")
		if err != nil || second.Before != first.After || second.After != first.After {
			t.Errorf("again = %+v %v, want nothing to raise", second, err)
		}
		var reason string
		if err := tx.Get(ctx, &reason, `
			select detail ->> 'reason' from platform.operator_audit
			 where action = 'console.audit_rebased' and detail ->> 'after' <> detail ->> 'before'`); err != nil || reason != "从备份恢复" {
			t.Errorf("the operators' audit says %q %v", reason, err)
		}
		return enough
	})
	if !errors.Is(err, enough) {
		t.Fatal(err)
	}
}

// A database that was restored and not rebased says so instead of never sealing
// again.
func TestRestoredAndNotRebased(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	d.write(t, 2)
	d.seal(t, 10)
	err := d.db.Read(d.ctx, func(tx *tenant.Tx) error {
		last, err := lastSeal(d.ctx, tx)
		if err != nil {
			return err
		}
		_, _, err = reach(d.ctx, tx, last.Upto+1e9, 10) // where a cluster that counted further had got to
		return err
	})
	if !errors.Is(err, ErrRestored) {
		t.Errorf("reach = %v, want ErrRestored", err)
	}
}
