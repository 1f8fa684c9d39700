package progress

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"hetu/job"
	"hetu/tenant"
)

const runWork = "progress.run"

type turnOf struct {
	ID uuid.UUID `json:"id"`
}

// Start has a work done after tx commits, and returns its id. If tx does not
// commit there never was one. ErrRunning if the same is under way.
func (w *Works) Start(ctx context.Context, tx *tenant.Tx, o Order) (uuid.UUID, error) {
	if _, ok := w.kinds[o.Kind]; !ok {
		return uuid.Nil, fmt.Errorf("progress: nobody offers %q", o.Kind)
	}
	id, single := tenant.NewID(), o.Subject
	if !o.Alone {
		single += "#" + tx.Actor.Member.String()
	}
	if err := free(ctx, tx, o.Kind, single); err != nil {
		return uuid.Nil, err
	}
	_, err := tx.Exec(ctx, `
		insert into works (id, member_id, kind, title, subject, single, args, beat_at, created_at)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
		id, tx.Actor.Member, o.Kind, o.Title, o.Subject, single, tenant.JSON(o.Args), tx.Now)
	if tenant.Constraint(err) == "works_single_uq" {
		return uuid.Nil, ErrRunning
	}
	if err != nil {
		return uuid.Nil, err
	}
	tx.Audit("progress.started", object(id), map[string]string{"kind": o.Kind, "subject": o.Subject})
	return id, job.Later(ctx, tx, runWork, turnOf{id}, time.Time{})
}

// free refuses what is under way.
func free(ctx context.Context, tx *tenant.Tx, kind, single string) error {
	var other struct {
		ID     uuid.UUID `db:"id"`
		Member uuid.UUID `db:"member_id"`
	}
	err := tx.Get(ctx, &other, `
		select id, member_id from works where kind = $1 and single = $2 and state in ('queued', 'running')`, kind, single)
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return nil
	case err != nil:
		return err
	case other.Member == tx.Actor.Member:
		return ErrRunning.With("work_id", other.ID)
	}
	return ErrRunning
}
