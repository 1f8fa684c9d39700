package assess

import (
	"context"
	"errors"
	"strconv"

	"github.com/google/uuid"

	"hetu/progress"
	"hetu/storage"
	"hetu/tenant"
)

// The long works of the assessment.
const (
	recomputeWork = "assess.recompute"
	evidenceWork  = "assess.evidence"
)

// long are the endpoints of what takes its time.
type long struct {
	works  *progress.Works
	store  storage.Store // of the packages of frozen rounds
	more   []Appendix    // beside the result, in those packages
	before gates         // of what a work changes
}

// A Started is a long work that was asked for.
type Started struct {
	WorkID uuid.UUID `json:"work_id"`
}

// an order of work on a round, as it stood when it was given.
type order struct {
	Round   uuid.UUID `json:"round"`
	Version int       `json:"version"`
}

// offer says what long works there are.
func (l long) offer() {
	l.works.Offer(
		progress.Kind{Name: recomputeWork, Run: l.doRecompute},
		progress.Kind{Name: evidenceWork, Run: doEvidence},
		progress.Kind{Name: freezeWork, Run: l.doFreeze},
	)
}

// recompute has a round worked out. At most one such work per round is under
// way; a closed round refuses.
func (l long) recompute(ctx context.Context, tx *tenant.Tx, q ref) (s Started, err error) {
	r, err := findRound(ctx, tx, q.ID)
	if err != nil {
		return s, err
	}
	if r.State == "closed" {
		return s, ErrRoundClosed
	}
	return l.start(ctx, tx, r, progress.Order{Kind: recomputeWork, Alone: true})
}

// evidence has a workbook made of a round with every deed that every line of
// every score rests on.
func (l long) evidence(ctx context.Context, tx *tenant.Tx, q ref) (s Started, err error) {
	r, err := findRound(ctx, tx, q.ID)
	if err != nil {
		return s, err
	}
	if r.Digest == "" {
		return s, ErrNotComputed
	}
	return l.start(ctx, tx, r, progress.Order{Kind: evidenceWork})
}

func (l long) start(ctx context.Context, tx *tenant.Tx, r Round, o progress.Order) (s Started, err error) {
	sc, _, err := findScheme(ctx, tx, r.SchemeID, r.SchemeVersion)
	if err != nil {
		return s, err
	}
	o.Title, o.Subject, o.Args = sc.Name+" "+r.Name, subjectOf(r.ID), order{r.ID, r.Version}
	s.WorkID, err = l.works.Start(ctx, tx, o)
	return s, err
}

func subjectOf(round uuid.UUID) string { return "assess/round/" + round.String() }

// doRecompute works the round out and keeps the result, in one transaction. The
// gates stand before that, too: since it was ordered a meeting may have decided.
func (l long) doRecompute(ctx context.Context, db *tenant.DB, t *progress.Task) error {
	var o order
	if err := t.Args(&o); err != nil {
		return err
	}
	step := func(done, total int) error { return t.Step(ctx, db, done, total) }
	if err := rollUp(ctx, db, o.Round, step); err != nil {
		return err
	}
	var err error
	for range 3 { // it may be worked out by itself meanwhile
		err = db.Write(ctx, func(tx *tenant.Tx) error {
			c, err := rework(ctx, tx, o, step, l.before...)
			if err != nil {
				return err
			}
			return t.Done(ctx, tx, "/assess/rounds/"+o.Round.String(),
				progress.Facts{"entries": strconv.Itoa(c.Entries), "digest": c.Digest})
		})
		if !errors.Is(err, ErrStale) {
			break
		}
	}
	return err
}

// rollUp brings the roll-up that a round is worked out from up to date, a few
// units at a time: what is done of it stays done, whatever becomes of the work.
func rollUp(ctx context.Context, db *tenant.DB, round uuid.UUID, step stepper) error {
	for before, left, big := 0, 1, false; left > 0; {
		err := db.Write(ctx, func(tx *tenant.Tx) error {
			left = 0
			r, err := findRound(ctx, tx, round)
			if err != nil || r.State == "closed" {
				return err
			}
			v, err := r.versionOf(ctx, tx)
			if big = big || r.Rolled; err == nil && !big {
				big, err = large(ctx, tx, v, r)
			}
			if err != nil || !big {
				return err
			}
			roll := rolling{v: v, year: r.To[:4], keep: true, only: 20}
			err = roll.refresh(ctx, tx)
			left = roll.left
			return err
		})
		if err != nil {
			return err
		}
		if before = max(before, left); left > 0 {
			if err := step(before-left, 3*before); err != nil {
				return err
			}
		}
	}
	return nil
}

// A stepper hears that done of total parts are done; its error ends the work.
type stepper func(done, total int) error

// rework works a round out and replaces what it had, if the round still is as
// it was ordered, or has only been worked out by itself since (see following). A
// published round whose result comes out different is open again: what was
// published stays shown until it is published anew. A closed one refuses.
func rework(ctx context.Context, tx *tenant.Tx, o order, step stepper, before ...Gate) (c computed, err error) {
	r, err := findRound(ctx, tx, o.Round)
	switch {
	case err != nil:
		return c, err
	case r.State == "closed":
		return c, ErrRoundClosed
	case r.Version != o.Version && r.State == "published":
		return c, ErrPublished
	case r.Version != o.Version:
		return c, ErrStale.With("version", r.Version)
	}
	res, err := compute(ctx, tx, r, true, step)
	if err == nil {
		err = gates(before).hold(ctx, tx, o.Round, "recompute")
	}
	if err != nil {
		return c, err
	}
	return replace(ctx, tx, r, res, step)
}

// still is a stepper nobody listens to.
func still(int, int) error { return nil }
