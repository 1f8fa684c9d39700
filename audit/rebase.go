package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/tenant"
)

// What can be in the way of a rebase, and what happens without one.
var (
	ErrWorking  = fault.New(fault.Conflict, "audit.working")  // meta.connections: a server is still running
	ErrNoReason = fault.New(fault.Invalid, "audit.no_reason") // a rebase says what it was for
	ErrRestored = fault.New(fault.Conflict, "audit.restored") // the database was restored, and not rebased
)

// A Rebased is what a rebase did: by how much the numbers of transactions are
// raised where the audit writes them down.
type Rebased struct{ Before, After string }

// Rebase makes new entries come after the sealed ones in a database that was
// restored into another cluster, whose transactions are numbered from the
// beginning again. Where nothing needs to be raised it raises nothing. ownerURL
// is the address of a superuser; no server may be at work. What was done, by
// whom and why stands in the operators' audit, in the same transaction.
func Rebase(ctx context.Context, ownerURL, by, reason string) (r Rebased, err error) {
	if reason == "" {
		return r, ErrNoReason
	}
	db, err := tenant.Open(ctx, ownerURL, tenant.Limits{Conns: 1, Statement: 5 * time.Minute})
	if err != nil {
		return r, fmt.Errorf("audit: rebase: %w", err)
	}
	err = db.Public(ctx, func(tx *tenant.Tx) error {
		if err := idle(ctx, tx); err != nil {
			return err
		}
		r, err = rebase(ctx, tx, by, reason)
		return err
	})
	return r, errors.Join(err, db.Close())
}

// idle returns ErrWorking if a server is connected.
func idle(ctx context.Context, tx *tenant.Tx) error {
	var busy int
	err := tx.Get(ctx, &busy, `
		select count(*) from pg_stat_activity
		 where datname = current_database() and usename in ('hetu_app', 'hetu_operator')`)
	if err == nil && busy > 0 {
		return ErrWorking.With("connections", busy)
	}
	return err
}

func rebase(ctx context.Context, tx *tenant.Tx, by, reason string) (r Rebased, err error) {
	if err := tx.Get(ctx, &r.Before, `select app_xid_base()::text as before`); err != nil {
		return r, err
	}
	if _, err := tx.Exec(ctx, `call audit_rebase()`); err != nil {
		return r, err
	}
	if err := tx.Get(ctx, &r.After, `select app_xid_base()::text as after`); err != nil {
		return r, err
	}
	_, err = tx.Exec(ctx, `
		insert into platform.operator_audit (id, operator_id, name, action, object, detail, request, ip)
		values ($1, $2, $3, 'console.audit_rebased', 'console/audit', $4, 'command', '')`,
		tenant.NewID(), uuid.Max, by, tenant.JSON(map[string]string{"reason": reason, "before": r.Before, "after": r.After}))
	return r, err
}

// Outrun makes new entries come after all that is sealed, where the entries of
// a tenant of another cluster have just been written in tx, which must be a
// superuser's. It returns ErrWorking if that takes a rebase and a server is at
// work.
func Outrun(ctx context.Context, tx *tenant.Tx, arrived uuid.UUID) error {
	var behind bool
	err := tx.Get(ctx, &behind, `
		select coalesce(greatest((select max(txid::text::numeric) from audit_entries where tenant_id = $1),
		                         (select max(upto::text::numeric) from audit_seals where tenant_id = $1),
		                         (select max(txid::text::numeric) from deeds where tenant_id = $1)), 0)
		       >= app_xid_base() + pg_current_xact_id()::text::numeric`, arrived)
	if err != nil || !behind {
		return err
	}
	if err := idle(ctx, tx); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `call audit_rebase()`)
	return err
}
