package progress

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/job"
	"hetu/tenant"
)

// run does the work the queue names, unless it has ended or another is at it.
func (w *Works) run(ctx context.Context, db *tenant.DB, args json.RawMessage) error {
	var q turnOf
	if err := json.Unmarshal(args, &q); err != nil {
		return err
	}
	t, err := w.begin(ctx, db, q.ID)
	if err != nil || t == nil {
		return err
	}
	actor, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	actor.Member = t.member
	if actor.Name, err = nameOf(ctx, db, t.member); err != nil {
		return err
	}
	ctx = tenant.As(ctx, actor)
	kind, ok := w.kinds[t.kind]
	if !ok {
		err = fmt.Errorf("%w: %s", job.ErrUnknown, t.kind)
	} else {
		err = kind.Run(ctx, db, t)
	}
	return t.settle(ctx, db, err)
}

func nameOf(ctx context.Context, db *tenant.DB, member uuid.UUID) (name string, err error) {
	err = db.Read(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &name, `select name from members where id = $1`, member)
	})
	return name, err
}

type begun struct {
	Kind    string    `db:"kind"`
	Title   string    `db:"title"`
	Subject string    `db:"subject"`
	Member  uuid.UUID `db:"member_id"`
	Args    string    `db:"args"`
	Tries   int       `db:"tries"`
	Stop    bool      `db:"stop"`
}

// begin takes a work that waits into one's hands; nil if there is nothing to do.
func (w *Works) begin(ctx context.Context, db *tenant.DB, id uuid.UUID) (t *Task, err error) {
	err = db.Write(ctx, func(tx *tenant.Tx) error {
		t = nil
		turn := tenant.NewID()
		var b begun
		err := tx.Get(ctx, &b, `
			   update works
			      set state = 'running', turn = $2, tries = tries + 1, started_at = coalesce(started_at, $3), beat_at = $3
			    where id = $1 and state = 'queued'
			returning kind, title, subject, member_id, args, tries, stop`, id, turn, tx.Now)
		if errors.Is(err, tenant.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		got := &Task{ID: id, Subject: b.Subject, works: w, kind: b.Kind, title: b.Title, member: b.Member,
			args: json.RawMessage(b.Args), turn: turn, tries: b.Tries}
		switch {
		case b.Stop:
			return got.stopped(ctx, tx)
		case b.Tries > attempts: // each time the node died of it, or with it
			return got.fail(ctx, tx, ErrGaveUp.Code)
		}
		t = got
		return nil
	})
	return t, err
}

// settle writes down how a turn ended that did not end the work itself.
func (t *Task) settle(ctx context.Context, db *tenant.DB, err error) error {
	if errors.Is(err, ErrLost) || errors.Is(err, tenant.ErrUnsure) {
		return nil // another sees to it, or the database knows how it ended and wake will
	}
	gone := ctx.Err() // the node stops, or the work took longer than a job may
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	f := fault.Of(err)
	switch {
	case err == nil:
		err = db.Read(ctx, func(tx *tenant.Tx) error { return t.ended(ctx, tx) })
		if err == nil {
			return nil
		}
	case errors.Is(err, ErrStopped):
		return db.Write(ctx, func(tx *tenant.Tx) error { return t.stopped(ctx, tx) })
	case hopeless(f):
		slog.InfoContext(ctx, "work failed", "kind", t.kind, "work", t.ID, "code", f.Code)
		return db.Write(ctx, func(tx *tenant.Tx) error { return t.fail(ctx, tx, f.Code) })
	}
	if t.tries >= attempts && gone == nil {
		slog.ErrorContext(ctx, "work given up", "kind", t.kind, "work", t.ID, "tries", t.tries, "err", err)
		code := ErrGaveUp.Code
		return db.Write(ctx, func(tx *tenant.Tx) error { return t.fail(ctx, tx, code) })
	}
	return errors.Join(err, db.Write(ctx, func(tx *tenant.Tx) error { return t.again(ctx, tx, gone) }))
}

// hopeless faults come again however often one tries.
func hopeless(f *fault.Error) bool {
	switch f.Kind {
	case fault.Invalid, fault.Forbidden, fault.NotFound, fault.Conflict, fault.TooLarge, fault.Unsupported:
		return true
	}
	return false
}

// errUnended means that a kind's Run returned without Done. It is a mistake in
// the program.
var errUnended = errors.New("progress: a work that has neither failed nor ended")

func (t *Task) ended(ctx context.Context, tx *tenant.Tx) error {
	var open bool
	err := tx.Get(ctx, &open, `
		select exists (select from works where id = $1 and turn = $2 and state = 'running')`, t.ID, t.turn)
	if err == nil && open {
		err = fmt.Errorf("%w: %s", errUnended, t.kind)
	}
	return err
}

// again has the work wait for its next turn. A node that stopped in the midst
// of it does not count as a try.
func (t *Task) again(ctx context.Context, tx *tenant.Tx, gone error) error {
	tries := t.tries
	if errors.Is(gone, context.Canceled) {
		tries--
	}
	_, err := tx.Exec(ctx, `
		update works set state = 'queued', turn = null, tries = $3, beat_at = $4
		 where id = $1 and turn = $2 and state = 'running'`, t.ID, t.turn, tries, tx.Now)
	return err
}

func (t *Task) stopped(ctx context.Context, tx *tenant.Tx) error {
	n, err := tx.Exec(ctx, `
		update works set state = 'stopped', ended_at = $3::timestamptz, file_until = case when file_key <> '' then $3::timestamptz end
		 where id = $1 and turn = $2 and state = 'running'`, t.ID, t.turn, tx.Now)
	if n > 0 {
		tx.Audit("progress.stopped", object(t.ID), map[string]string{"kind": t.kind})
	}
	return err
}

// wake looks after works whose node has died, or whose place in the queue is
// lost: they wait for a turn again.
func (w *Works) wake(ctx context.Context, db *tenant.DB) error {
	return db.Write(ctx, func(tx *tenant.Tx) error {
		var ids []uuid.UUID
		err := tx.Select(ctx, &ids, `
			   update works set state = 'queued', turn = null, beat_at = $1
			    where state in ('queued', 'running') and beat_at < $2
			returning id`, tx.Now, tx.Now.Add(-silence))
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := job.Later(ctx, tx, runWork, turnOf{id}, time.Time{}); err != nil {
				return err
			}
			tx.Audit("progress.woken", object(id), nil)
		}
		return nil
	})
}
