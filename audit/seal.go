package audit

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"hetu/job"
	"hetu/tenant"
)

// Round is the work of setting seals, once a minute for each tenant. Several
// nodes may do it at once: one of them sets a seal and the others notice.
func Round() job.Round {
	return job.Round{Name: "audit.seal", Every: time.Minute, Run: Seal}
}

// Seal sets seals over all that is ready in the tenant of ctx.
func Seal(ctx context.Context, db *tenant.DB) error {
	for {
		more, err := sealOnce(ctx, db, batch)
		if err != nil {
			return fmt.Errorf("audit: seal: %w", err)
		}
		if !more {
			return nil
		}
	}
}

// errBeaten means another node set the seal first.
var errBeaten = errors.New("audit: another node was faster")

// sealOnce sets one seal over at least most entries if there are as many, and
// reports whether there may be more.
func sealOnce(ctx context.Context, db *tenant.DB, most int) (more bool, err error) {
	err = db.Write(ctx, func(tx *tenant.Tx) error {
		last, err := lastSeal(ctx, tx)
		if err != nil {
			return err
		}
		next := seal{Seq: last.Seq + 1, Prev: last.Hash}
		if next.Upto, more, err = reach(ctx, tx, last.Upto, most); err != nil || next.Upto == 0 {
			return err
		}
		if err := next.cover(ctx, tx, last); err != nil {
			return err
		}
		next.Hash = next.sum()
		return next.set(ctx, tx)
	})
	if errors.Is(err, errBeaten) {
		return false, nil
	}
	return more, err
}

func lastSeal(ctx context.Context, tx *tenant.Tx) (s seal, err error) {
	err = tx.Get(ctx, &s, `select `+sealColumns+` from audit_seals order by seq desc limit 1`)
	if errors.Is(err, tenant.ErrNoRows) {
		return before(tx.Actor.Tenant), nil
	}
	return s, err
}

// safe is the first transaction that may still be running.
const safe = `app_xid_of(pg_snapshot_xmin(pg_current_snapshot()))`

// reach returns up to which transaction the next seal goes, 0 if there is
// nothing to seal. Every transaction up to there has ended: none that is still
// running can add to what was sealed. Entries about seals and notes alone are
// no reason to set another.
func reach(ctx context.Context, tx *tenant.Tx, after xid, most int) (upto xid, more bool, err error) {
	var r struct {
		Safe xid  `db:"safe"`
		Some bool `db:"some"`
		Full *xid `db:"full"`
	}
	err = tx.Get(ctx, &r, `
		select `+safe+`::text as safe,
		       exists (select from audit_entries
		                where txid > $1::xid8 and txid < `+safe+` and action not in (`+ours+`)) as some,
		       (select e.txid::text from audit_entries e
		         where e.txid > $1::xid8 and e.txid < `+safe+`
		         order by e.txid, e.id offset $2 limit 1) as full`,
		after.parameter(), most-1)
	switch {
	case err != nil:
		return 0, false, err
	case after >= r.Safe: // sealed in a future that this cluster has not reached
		return 0, false, ErrRestored
	case !r.Some:
		return 0, false, nil
	case r.Full != nil:
		return *r.Full, true, nil
	}
	return r.Safe - 1, false, nil
}

// cover puts the entries into the seal.
func (s *seal) cover(ctx context.Context, tx *tenant.Tx, last seal) error {
	var buf bytes.Buffer
	return tx.Each(ctx, func(r tenant.Row) error {
		var e row
		if err := r.StructScan(&e); err != nil {
			return err
		}
		h := e.sum(tx.Actor.Tenant, &buf)
		s.Rows = append(append(s.Rows, e.ID[:]...), h[:]...)
		s.N++
		if e.At.After(s.UptoAt) {
			s.UptoAt = e.At
		}
		return nil
	}, `select `+rowColumns+` from audit_entries where txid > $1::xid8 and txid <= $2::xid8 order by audit_entries.txid, id`,
		last.Upto.parameter(), s.Upto.parameter())
}

// set writes the seal down, and the entry that says so: whoever takes the
// newest seal away leaves the entry behind.
func (s *seal) set(ctx context.Context, tx *tenant.Tx) error {
	n, err := tx.Exec(ctx, `
		insert into audit_seals (seq, upto, upto_at, n, rows, prev, hash)
		     values             ($1, $2::xid8, $3, $4, $5, $6, $7)
		on conflict on constraint audit_seals_pkey do nothing`,
		s.Seq, s.Upto.parameter(), s.UptoAt, s.N, s.Rows, s.Prev, s.Hash)
	if err != nil {
		return err
	}
	if n == 0 {
		return errBeaten
	}
	tx.Audit(sealed, object(s.Seq), sealing{s.Seq, hex.EncodeToString(s.Hash), s.N})
	return nil
}
