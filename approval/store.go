package approval

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/tenant"
)

// A task is one person's part in one step.
type task struct {
	ID        uuid.UUID `db:"id"`
	Case      uuid.UUID `db:"case_id"`
	Step      int       `db:"step"`
	Member    uuid.UUID `db:"member_id"`
	State     string    `db:"state"`
	ArrivedAt time.Time `db:"arrived_at"`
	DueAt     time.Time `db:"due_at"`
}

const taskColumns = `id, case_id, step, member_id, state, arrived_at, due_at`

// findTask returns a task of the actor's; anybody else's does not exist for them.
func findTask(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (r taskRow, err error) {
	err = tx.Get(ctx, &r, taskRows+`and t.id = $2`, tx.Actor.Member, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return r, ErrTaskNotFound
	}
	return r, err
}

// waiting returns the tasks of a case that are still to do.
func waiting(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (ts []task, err error) {
	err = tx.Select(ctx, &ts, `
		select `+taskColumns+` from approval_tasks
		 where case_id = $1 and state = 'open'
		 order by member_id`, id)
	return ts, err
}

// closeTasks closes the tasks of a case that are still to do, and returns them.
func closeTasks(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (ts []task, err error) {
	err = tx.Select(ctx, &ts, `
		   update approval_tasks set state = 'closed'
		    where case_id = $1 and state = 'open'
		returning `+taskColumns, id)
	slices.SortFunc(ts, func(a, b task) int { return bytes.Compare(a.Member[:], b.Member[:]) })
	return ts, err
}

type caseRow struct {
	ID        uuid.UUID               `db:"id"`
	Kind      string                  `db:"kind"`
	Subject   uuid.UUID               `db:"subject_id"`
	Title     string                  `db:"title"`
	Hash      string                  `db:"hash"`
	Unit      uuid.UUID               `db:"unit_id"`
	Version   int                     `db:"definition"`
	Steps     tenant.Doc[Definition]  `db:"steps"`
	Excluded  tenant.Doc[[]uuid.UUID] `db:"excluded"`
	State     State                   `db:"state"`
	Step      int                     `db:"step"`
	StartedBy uuid.UUID               `db:"started_by"`
	StartedAt time.Time               `db:"started_at"`
	EndedAt   *time.Time              `db:"ended_at"`
	UrgedAt   *time.Time              `db:"urged_at"`
	Urges     int                     `db:"urges"`
	Seq       int                     `db:"seq"`
	Round     int                     `db:"round"`
}

// find returns a case; lock is "for update" or nothing.
func find(ctx context.Context, tx *tenant.Tx, id uuid.UUID, lock string) (c Case, err error) {
	var r caseRow
	err = tx.Get(ctx, &r, `
		select id, kind, subject_id, title, hash, unit_id, definition, steps, to_jsonb(excluded) as excluded,
		       state, step, started_by, started_at, ended_at, urged_at, urges, seq,
		       1 + (select count(*) from approval_cases o
		             where o.kind = c.kind and o.subject_id = c.subject_id and o.started_at < c.started_at) as round
		  from approval_cases c
		 where id = $1 `+lock, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return c, ErrCaseNotFound
	}
	return Case{
		ID: r.ID, Kind: r.Kind, Subject: r.Subject, Title: r.Title, Hash: r.Hash, Unit: r.Unit, Version: r.Version,
		Definition: r.Steps.V, State: r.State, Step: r.Step, StartedBy: r.StartedBy, StartedAt: r.StartedAt,
		EndedAt: r.EndedAt, UrgedAt: r.UrgedAt, Urges: r.Urges, Round: r.Round, excluded: r.Excluded.V, seq: r.Seq,
	}, err
}

func (c Case) insert(ctx context.Context, tx *tenant.Tx) error {
	excluded := c.excluded
	if excluded == nil {
		excluded = []uuid.UUID{}
	}
	_, err := tx.Exec(ctx, `
		insert into approval_cases (id, kind, subject_id, title, hash, unit_id, definition, steps, excluded,
		                            state, step, started_by, started_at, seq)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		c.ID, c.Kind, c.Subject, c.Title, c.Hash, c.Unit, c.Version, tenant.JSON(c.Definition), tenant.Array(excluded),
		c.State, c.Step, c.StartedBy, c.StartedAt, c.seq)
	if tenant.Constraint(err) == "approval_cases_open_uq" {
		return ErrAlreadyOpen
	}
	return err
}

// update writes the standing down. The row is locked by whoever calls it.
func (c Case) update(ctx context.Context, tx *tenant.Tx) error {
	_, err := tx.Exec(ctx, `
		update approval_cases
		   set state = $2, step = $3, ended_at = $4, urged_at = $5, urges = $6, seq = $7
		 where id = $1`,
		c.ID, c.State, c.Step, c.EndedAt, c.UrgedAt, c.Urges, c.seq)
	return err
}

func (c Case) append(ctx context.Context, tx *tenant.Tx, e event) error {
	checks, opened := e.Checks.V, e.Opened.V
	if checks == nil {
		checks = []string{}
	}
	if opened == nil {
		opened = []uuid.UUID{}
	}
	_, err := tx.Exec(ctx, `
		insert into approval_events (id, case_id, seq, at, member_id, action, step, task_id, opinion, reason, checks, opened)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		tenant.NewID(), c.ID, e.Seq, e.At, e.Member, e.Action.String(), e.Step, e.Task, e.Opinion, e.Reason,
		tenant.Array(checks), tenant.Array(opened))
	return err
}

// eventsOf returns the events of a case in order.
func eventsOf(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (es []event, err error) {
	err = tx.Select(ctx, &es, `
		select seq, at, member_id, action, step, task_id, opinion, reason, to_jsonb(checks) as checks, to_jsonb(opened) as opened
		  from approval_events
		 where case_id = $1
		 order by seq`, id)
	return es, err
}
