package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/tenant"
)

// piece is how many tenants of a list are made in one transaction.
const piece = 50

// WorkLists makes the lists that were started, until ctx is done: what every
// node does. Nodes take turns piece by piece; one that stops leaves the rest to
// the others, or to itself when it is back. db is opened as the operators' role.
func WorkLists(ctx context.Context, db *tenant.DB) {
	beat := time.NewTicker(2 * time.Second)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			if err := MakeLists(ctx, db); err != nil && ctx.Err() == nil {
				slog.WarnContext(ctx, "a list of tenants waits", "err", err)
			}
		}
	}
}

// MakeLists makes all that is left of the lists that were started.
func MakeLists(ctx context.Context, db *tenant.DB) error {
	for {
		var more bool
		err := db.Operate(commandLine(ctx), func(tx *tenant.Tx) (err error) {
			more, err = makePiece(ctx, tx)
			return err
		})
		if bad, ok := errors.AsType[*rowFault](err); ok {
			err = db.Operate(commandLine(ctx), func(tx *tenant.Tx) error { return failList(ctx, tx, bad) })
			more = err == nil
		}
		if err != nil || !more || ctx.Err() != nil {
			return err
		}
	}
}

// rowFault is why a row of a list cannot be made, although it could have been
// when it was looked through.
type rowFault struct {
	list  uuid.UUID
	row   int
	fault *fault.Error
}

func (e *rowFault) Error() string { return fmt.Sprintf("row %d: %v", e.row, e.fault) }

// failList stops a list at a row. What was made before stays made; started again
// it goes on where it stopped.
func failList(ctx context.Context, tx *tenant.Tx, e *rowFault) error {
	_, err := tx.Exec(ctx, `
		update platform.lists set state = 'failed', code = $2, ended_at = now(), version = version + 1 where id = $1 and state = 'running'`,
		e.list, fmt.Sprintf("%d:%s:%s", e.row, e.fault.Field, e.fault.Code))
	tx.Audit("console.list_failed", rollObject(e.list), map[string]any{"row": e.row, "code": e.fault.Code})
	return err
}

// makePiece makes the next tenants of the list that was started first, and
// reports whether there may be more to do.
func makePiece(ctx context.Context, tx *tenant.Tx) (more bool, err error) {
	var l struct {
		ID       uuid.UUID          `db:"id"`
		Group    uuid.UUID          `db:"group_id"`
		Template *uuid.UUID         `db:"template_id"`
		Rows     tenant.Rows[Entry] `db:"rows"`
		Done     int                `db:"done"`
		Operator uuid.UUID          `db:"operator_id"`
		MadeBy   string             `db:"made_by"`
	}
	err = tx.Get(ctx, &l, `
		select id, group_id, template_id, rows, done, operator_id, made_by from platform.lists
		 where state = 'running' order by started_at, id limit 1 for update skip locked`)
	if errors.Is(err, tenant.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	to := min(l.Done+piece, len(l.Rows))
	for _, e := range l.Rows[l.Done:to] {
		if err := makeEntry(ctx, tx, l.Group, l.Template, e); err != nil {
			if f := fault.Of(err); f.Kind != fault.Internal && f.Kind != fault.Unavailable {
				return false, &rowFault{l.ID, e.Row, f}
			}
			return false, err
		}
	}
	state := "running"
	if to == len(l.Rows) {
		state = "done"
		tx.Audit("console.list_done", rollObject(l.ID), map[string]any{"tenants": to, "for": l.MadeBy})
	}
	_, err = tx.Exec(ctx, `
		update platform.lists set done = $2, state = $3, ended_at = case when $3 = 'done' then now() end, version = version + 1 where id = $1`, l.ID, to, state)
	return true, err
}

// makeEntry makes one tenant of a list with its plan.
func makeEntry(ctx context.Context, tx *tenant.Tx, group uuid.UUID, template *uuid.UUID, e Entry) error {
	n := NewTenant{GroupID: group, ParentID: e.ParentID, Slug: e.Slug, Name: e.Name, ShortName: e.ShortName, Kind: e.Kind,
		AdminName: e.AdminName, AdminLogin: e.AdminLogin}
	if err := putTenant(ctx, tx, e.ID, n); err != nil {
		return err
	}
	if err := inviteNobody(ctx, tx, e); err != nil {
		return err
	}
	if e.Domain != "" || template != nil {
		_, err := tx.Exec(ctx, `update platform.tenants set domain = nullif($2, ''), template_id = $3 where id = $1`, e.ID, e.Domain, template)
		if tenant.Constraint(err) == "tenants_domain_uq" {
			return ErrDomainTaken.On("domain")
		}
		if err != nil {
			return err
		}
	}
	if e.Seats == nil && e.Bytes == nil && e.ExpiresOn == "" && len(e.Off) == 0 {
		return nil
	}
	_, err := setPlan(ctx, tx, planEdit{ID: e.ID, Limits: Limits{Off: e.Off, Seats: e.Seats, Bytes: e.Bytes, ExpiresOn: e.ExpiresOn}})
	return err
}

// MakeList makes the tenants of a list at once, for commands and measurements,
// and returns their ids in the order of its rows. A list with anything wrong in
// it is refused with ErrListFaults. db is opened as the operators' role.
func MakeList(ctx context.Context, db *tenant.DB, group uuid.UUID, template *uuid.UUID, content io.Reader) (ids []uuid.UUID, err error) {
	ctx = commandLine(ctx)
	r, err := bringList(ctx, db, brought{Group: group, Template: template}, content)
	if err != nil {
		return nil, err
	}
	err = db.Operate(ctx, func(tx *tenant.Tx) error {
		all, err := entriesOf(ctx, tx, r.ID)
		for _, e := range all {
			ids = append(ids, e.ID)
		}
		if err == nil {
			_, err = startList(ctx, tx, byVersion{r.ID, r.Version})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return ids, MakeLists(ctx, db)
}
