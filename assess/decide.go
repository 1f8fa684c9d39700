package assess

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/attachment"
	"hetu/feature"
	"hetu/message"
	"hetu/progress"
	"hetu/tenant"
)

// judging are the endpoints of what a second person does about a proposal.
type judging struct {
	long  long
	files *attachment.Attachments // hand out the proof
}

type reasoned struct {
	ID     uuid.UUID `json:"-" path:"id"`
	Reason string    `json:"reason" minLength:"1" maxLength:"500"`
}

// Validate refuses a reason of nothing but spaces.
func (in *reasoned) Validate() error { return feature.Trim(&in.Reason, "reason", 500) }

// A Confirmed is a confirmed adjustment and the work that counts it.
type Confirmed struct {
	Adjustment Adjustment `json:"adjustment"`
	WorkID     uuid.UUID  `json:"work_id"`
}

// confirm makes a proposal count, and has the round worked out with it.
func (j judging) confirm(ctx context.Context, tx *tenant.Tx, q ref) (c Confirmed, err error) {
	if c.Adjustment, err = confirm(ctx, tx, q); err != nil {
		return c, err
	}
	r, err := findRound(ctx, tx, c.Adjustment.RoundID)
	if err != nil {
		return c, err
	}
	s, err := j.long.start(ctx, tx, r, progress.Order{Kind: recomputeWork, Alone: true})
	c.WorkID = s.WorkID
	return c, err
}

// confirm makes a proposal count: not one's own, not about one's own unit, and
// only if what the rules give still is what the proposer saw.
func confirm(ctx context.Context, tx *tenant.Tx, q ref) (a Adjustment, err error) {
	row, err := judged(ctx, tx, q.ID)
	if err != nil {
		return a, err
	}
	if row.Type == correction && row.Reverses == nil {
		switch _, is, err := system(ctx, tx, row); {
		case err != nil:
			return a, err
		case !is.Equal(*row.System):
			return a, ErrOutdated.With("system", is)
		}
	}
	d := tenant.Deed{Kind: "assess.adjusted", Unit: row.UnitID, UnitKind: row.UnitKind, Item: adjustmentOf(row.ID), Title: row.RuleName}
	if row.Reverses != nil {
		first, err := findAdjustment(ctx, tx, *row.Reverses)
		if err != nil {
			return a, err
		}
		if n, err := tx.Exec(ctx, `update assess_adjustments set reversed = true where id = $1 and not reversed`, first.ID); err != nil || n == 0 {
			return a, errors.Join(err, ErrReversed)
		}
		d.Reverses = *first.Deed
	}
	return row.decide(ctx, tx, "confirmed", "", tenant.Optional(tx.Deed(d)))
}

// reject ends a proposal without effect.
func reject(ctx context.Context, tx *tenant.Tx, in reasoned) (a Adjustment, err error) {
	row, err := judged(ctx, tx, in.ID)
	if err != nil {
		return a, err
	}
	return row.decide(ctx, tx, "rejected", in.Reason, nil)
}

// withdraw takes back one's own proposal that nobody has decided yet.
func withdraw(ctx context.Context, tx *tenant.Tx, q ref) (a Adjustment, err error) {
	row, err := undecided(ctx, tx, q.ID)
	switch {
	case err != nil:
		return a, err
	case row.ByID != tx.Actor.Member:
		return a, ErrNotProposer
	}
	return row.decide(ctx, tx, "withdrawn", "", nil)
}

// reverse proposes to take back what was confirmed. It too counts when another
// has confirmed it, as a line of its own with the points negated.
func reverse(ctx context.Context, tx *tenant.Tx, in reasoned) (a Adjustment, err error) {
	first, err := findAdjustment(ctx, tx, in.ID)
	switch {
	case err != nil:
		return a, err
	case first.State != "confirmed":
		return a, ErrUnsettled
	case first.Reversed, first.Reverses != nil:
		return a, ErrReversed
	}
	if err := holdRound(ctx, tx, first.RoundID, false); err != nil {
		return a, err
	}
	if _, err := adjustable(ctx, tx, first.RoundID); err != nil {
		return a, err
	}
	if err := disinterested(ctx, tx, first.UnitKind, first.UnitID); err != nil {
		return a, err
	}
	row := first
	row.ID, row.Reverses, row.Points, row.Reason = tenant.NewID(), &first.ID, first.Points.Neg(), in.Reason
	row.URL, row.FileID, row.FileName, row.Digest = "", nil, "", ""
	row.RuleName = "撤销 " + first.RuleName
	return row.add(ctx, tx)
}

// undecided returns a proposal of a round that is not closed, and keeps the
// round from being closed until the transaction ends.
func undecided(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (row adjustmentRow, err error) {
	if row, err = findAdjustment(ctx, tx, id); err != nil {
		return row, err
	}
	var state string
	if err = tx.Get(ctx, &state, `select state from assess_rounds where id = $1 for update`, row.RoundID); err != nil {
		return row, err
	}
	switch {
	case row.State != "proposed":
		return row, ErrDecided
	case state == "closed":
		return row, ErrRoundClosed
	}
	return row, nil
}

// judged returns a proposal that the actor may decide about.
func judged(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (row adjustmentRow, err error) {
	row, err = undecided(ctx, tx, id)
	switch {
	case err != nil:
		return row, err
	case row.ByID == tx.Actor.Member, row.ByAccount == tx.Actor.Account:
		return row, ErrSamePerson
	}
	return row, disinterested(ctx, tx, row.UnitKind, row.UnitID)
}

// decide ends a proposal, once.
func (r adjustmentRow) decide(ctx context.Context, tx *tenant.Tx, state, note string, deed *uuid.UUID) (a Adjustment, err error) {
	var after adjustmentRow
	err = tx.Get(ctx, &after, `
		   update assess_adjustments
		      set state = $2, note = $3, deed_id = $4, decided_id = $5, decided_account = $6, decided_name = $7, decided_at = $8,
		          decided_day = ($8::timestamptz at time zone 'Asia/Shanghai')::date
		    where id = $1 and state = 'proposed'
		returning `+adjustmentColumns, r.ID, state, note, deed, tx.Actor.Member, tx.Actor.Account, tx.Actor.Name, tx.Now)
	if errors.Is(err, tenant.ErrNoRows) {
		return a, ErrDecided
	}
	if err != nil {
		return a, err
	}
	if err := dispute(ctx, tx, after); err != nil {
		return a, err
	}
	tx.Audit("assess.adjustment_"+state, adjustmentOf(r.ID), map[string]any{"round": r.RoundID, "unit": r.UnitID, "points": r.Points})
	if state != "withdrawn" {
		err = message.Send(ctx, tx, r.notice(state, r.ByID))
	}
	return after.shown(tx.Actor), err
}

// settled refuses while proposals of a round wait for a second person.
func settled(ctx context.Context, tx *tenant.Tx, round uuid.UUID) error {
	var open int
	err := tx.Get(ctx, &open, `select count(*) from assess_adjustments where round_id = $1 and state = 'proposed'`, round)
	if err == nil && open > 0 {
		err = ErrUndecided.With("n", open)
	}
	return err
}

// proof sends the file that shows what an adjustment says.
func (j judging) proof(ctx context.Context, tx *tenant.Tx, q ref) (c feature.Content, err error) {
	row, err := findAdjustment(ctx, tx, q.ID)
	switch {
	case err != nil:
		return c, err
	case row.FileID == nil:
		return c, ErrAdjustmentNotFound
	}
	f, err := attachment.Find(ctx, tx, *row.FileID)
	if err != nil {
		return c, err
	}
	return j.files.Content(f, f.Name), nil
}

type dayQuery struct {
	ID   uuid.UUID `json:"-" path:"id"`
	Unit uuid.UUID `json:"-" path:"unit"`
	Day  string    `json:"-" query:"day"`
}

// Validate checks the day.
func (q dayQuery) Validate() error {
	if _, err := time.Parse(time.DateOnly, q.Day); err != nil {
		return ErrDay.On("day")
	}
	return nil
}

// asOf works out what a unit's score was at the end of a past day: by what had
// been done until then, and what had been confirmed. It keeps nothing.
func asOf(ctx context.Context, tx *tenant.Tx, q dayQuery) (out UnitScore, err error) {
	r, err := findRound(ctx, tx, q.ID)
	switch {
	case err != nil:
		return out, err
	case q.Day < r.From:
		return out, ErrPeriod.On("day")
	case q.Day > tx.Now.In(shanghai).Format(time.DateOnly):
		return out, ErrFuture.On("day")
	}
	res, err := workOut(ctx, tx, r, q.Day, false, still)
	if err != nil {
		return out, err
	}
	var class string
	for _, s := range res.Scores {
		if s.Unit.ID != q.Unit {
			continue
		}
		class = s.Class
		out = UnitScore{Class: res.Version.Plan.className(s.Class), Grade: s.Grade,
			Round: r, SchemeName: res.Version.Name, Unit: s.Unit, Rank: s.Rank, Total: s.Total, Exact: s.Exact, Entries: []UnitLine{}}
		for i, l := range s.Lines {
			e := rowOf(r.ID, s, i)
			out.Entries = append(out.Entries, UnitLine{ID: e.ID, RuleCode: e.Code, RuleName: e.Name, Formula: e.Formula, N: e.N,
				Before: l.Before, Points: l.Points, RuleVersion: res.Version.Version})
		}
	}
	for _, s := range res.Scores {
		if s.Unit.Kind == out.Unit.Kind && s.Class == class {
			out.Units++
		}
	}
	if out.Unit.ID == uuid.Nil {
		err = ErrUnitNotFound
	}
	return out, err
}
