package review

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/fault"
	"hetu/progress"
	"hetu/tenant"
)

const closeWork = "review.close"

// together is how many units of a review are closed in one transaction.
const together = 10

// offer says what long works there are.
func (c calls) offer() { c.works.Offer(progress.Kind{Name: closeWork, Run: c.doClose}) }

// pass refuses an act that would change a round which may be changed no more.
func (c calls) pass(ctx context.Context, tx *tenant.Tx, round uuid.UUID) error {
	for _, g := range c.gates {
		if err := g(ctx, tx, round, "confirm"); err != nil {
			return err
		}
	}
	return nil
}

// A closing is the work of closing a review, as it was ordered. Account is that
// of who ordered it: the second person of what was settled.
type closing struct {
	Call    uuid.UUID `json:"call"`
	Account uuid.UUID `json:"account"`
}

// end has a review closed all of whose lines are agreed on or settled. Whatever
// could stand in the way is found before anything is changed.
func (c calls) end(ctx context.Context, tx *tenant.Tx, in act) (p Page, err error) {
	if err := hold(ctx, tx, in.ID, true); err != nil {
		return p, err
	}
	row, err := findCall(ctx, tx, in.ID)
	if err == nil {
		err = c.pass(ctx, tx, row.RoundID)
	}
	if err == nil {
		err = row.at(in.Version, "reviewing", "closing")
	}
	if err != nil {
		return p, err
	}
	r, err := load(ctx, tx, in.ID, nil)
	if err != nil {
		return p, err
	}
	if err := r.complete(); err != nil {
		return p, err
	}
	if err := r.closable(ctx, tx); err != nil {
		return p, err
	}
	work, err := c.works.Start(ctx, tx, progress.Order{Kind: closeWork, Title: row.Scheme + " " + row.Name, Subject: object(row.ID),
		Args: closing{row.ID, tx.Actor.Account}, Alone: true})
	if err != nil {
		return p, err
	}
	if err := row.move(ctx, tx, `state = 'closing', work_id = $5`, work); err != nil {
		return p, err
	}
	tx.Audit("review.closing", object(row.ID), map[string]any{"round": row.RoundID, "units": len(r.units), "work": work})
	return callPage(ctx, tx, ref{in.ID})
}

// complete returns that lines are neither agreed on nor settled, and the first
// of them.
func (r review) complete() error {
	var open int
	var first *fault.Error
	for _, u := range r.units {
		for _, l := range u.Lines {
			if j := r.judge(u, l); j.Value == nil {
				if open++; open == 1 {
					first = ErrLinesOpen.With("unit", u.Name).With("line", l.Name)
				}
			}
		}
	}
	if first == nil {
		return nil
	}
	return first.With("n", open)
}

// closable refuses an actor who settled a line, or has something to do with one
// that was settled, and a line that was corrected by other means.
func (r review) closable(ctx context.Context, tx *tenant.Tx) error {
	corrected, err := assess.CorrectedLines(ctx, tx, r.call.RoundID)
	if err != nil {
		return err
	}
	for _, u := range r.left() {
		for _, l := range u.Lines {
			j := r.judge(u, l)
			if corrected[u.place(l.Code)] && !j.Value.Equal(j.System) {
				return assess.ErrCorrected.With("unit", u.Name).With("rule", l.Name)
			}
			o, settled := r.outcomes[cell{u.ID, l.Code}]
			if !settled {
				continue
			}
			if o.By == tx.Actor.Member || o.Account == tx.Actor.Account {
				return ErrSamePerson.With("unit", u.Name).With("line", l.Name)
			}
			if err := apart(ctx, tx, u, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// left are the units that are not closed yet.
func (r review) left() (us []unitRow) {
	for _, u := range r.units {
		if u.State == "open" {
			us = append(us, u)
		}
	}
	return us
}

// doClose closes a review, some units at a time: what is done of it stays done.
// Where the value is not the system's it becomes a correction of the round: of
// those who agreed, the first two stand for it; what was settled, the one who
// settled it and who ordered the closing, who is another. Each unit is shown
// what came of its lines, and the round is worked out. If it can never be done,
// the review is under way again.
func (c calls) doClose(ctx context.Context, db *tenant.DB, t *progress.Task) error {
	var o closing
	if err := t.Args(&o); err != nil {
		return err
	}
	err := c.closeAll(ctx, db, t, o)
	if f := fault.Of(err); err == nil || errors.Is(err, progress.ErrLost) || f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		return err
	}
	return errors.Join(err, db.Write(ctx, func(tx *tenant.Tx) error {
		n, err := tx.Exec(ctx, `
			update review_calls set state = 'reviewing', version = version + 1, changed_by = $2, changed_at = $3 where id = $1 and state = 'closing'`,
			o.Call, tx.Actor.Name, tx.Now)
		if n > 0 {
			tx.Audit("review.not_closed", object(o.Call), nil)
		}
		return err
	}))
}

func (c calls) closeAll(ctx context.Context, db *tenant.DB, t *progress.Task, o closing) error {
	var r review
	err := db.Read(ctx, func(tx *tenant.Tx) (err error) { r, err = load(ctx, tx, o.Call, nil); return err })
	if err == nil {
		err = r.complete() // somebody may look at a line since it was ordered
	}
	if err != nil {
		return err
	}
	left := r.left()
	for done := 0; done < len(left); done += together {
		if err := t.Step(ctx, db, len(r.units)-len(left)+done, len(r.units)); err != nil {
			return err
		}
		some := left[done:min(done+together, len(left))]
		err := db.Write(ctx, func(tx *tenant.Tx) error {
			if err := c.goesOn(ctx, tx, r); err != nil {
				return err
			}
			tx.Audit("review.units_closed", object(o.Call), map[string]any{"n": len(some)})
			return r.close(ctx, tx, some, assess.Judge{Member: tx.Actor.Member, Account: o.Account, Name: tx.Actor.Name})
		})
		if err != nil {
			return err
		}
	}
	return db.Write(ctx, func(tx *tenant.Tx) error {
		if err := c.goesOn(ctx, tx, r); err != nil {
			return err
		}
		return c.finish(ctx, tx, r, t)
	})
}

// goesOn refuses when the review is not being closed any more, or may not be.
func (c calls) goesOn(ctx context.Context, tx *tenant.Tx, r review) error {
	row, err := findCall(ctx, tx, r.call.ID)
	switch {
	case err != nil:
		return err
	case row.State != "closing":
		return ErrState.With("state", row.State)
	}
	return c.pass(ctx, tx, row.RoundID)
}

// close keeps the outcomes of the lines of some units, and shows each its own.
func (r review) close(ctx context.Context, tx *tenant.Tx, us []unitRow, by assess.Judge) error {
	for _, u := range us {
		results := []Result{}
		for _, l := range u.Lines {
			j := r.judge(u, l)
			if err := r.keep(ctx, tx, u, l, j, by); err != nil {
				return err
			}
			results = append(results, Result{l.Code, l.Name, j.Answer.Points, j.System, *j.Value, r.why(u, l, j)})
		}
		_, err := tx.Exec(ctx, `update review_units set state = 'closed', result = $2, version = version + 1 where id = $1 and state = 'open'`, u.ID, tenant.JSON(results))
		if err != nil {
			return err
		}
	}
	return nil
}

// errBusy is why a work waits for its next turn: the round is being worked out,
// perhaps without the last corrections.
var errBusy = errors.New("review: the round is being worked out")

// finish ends a review all of whose units are closed.
func (c calls) finish(ctx context.Context, tx *tenant.Tx, r review, t *progress.Task) error {
	var n struct {
		Lines     int `db:"lines"`
		Corrected int `db:"corrected"`
	}
	err := tx.Get(ctx, &n, `
		select count(*) as lines, count(o.adjustment_id) as corrected
		  from review_outcomes o join review_units u on u.id = o.unit_row where u.call_id = $1`, r.call.ID)
	if err != nil {
		return err
	}
	var work *uuid.UUID
	if n.Corrected > 0 {
		id, err := assess.Recompute(ctx, tx, c.works, r.call.RoundID)
		if errors.Is(err, progress.ErrRunning) {
			return errBusy
		}
		if err != nil {
			return err
		}
		work = &id
	}
	k, err := tx.Exec(ctx, `
		update review_calls set state = 'closed', closed_at = $3, work_id = $2, version = version + 1, changed_by = $4, changed_at = $3
		 where id = $1 and state = 'closing'`, r.call.ID, work, tx.Now, tx.Actor.Name)
	if err == nil && k == 0 {
		err = ErrState
	}
	if err != nil {
		return err
	}
	tx.Audit("review.closed", object(r.call.ID), map[string]any{"round": r.call.RoundID, "lines": n.Lines, "corrected": n.Corrected})
	return t.Done(ctx, tx, "/assess/reviews/"+r.call.ID.String(), progress.Facts{"lines": strconv.Itoa(n.Lines), "corrected": strconv.Itoa(n.Corrected)})
}

// keep writes the outcome of a line down, and what it changes in the round.
func (r review) keep(ctx context.Context, tx *tenant.Tx, u unitRow, l Line, j Judgement, by assess.Judge) error {
	at := cell{u.ID, l.Code}
	v := assess.Reviewed{Round: r.call.RoundID, Unit: u.unit(), Rule: l.Code, RuleName: l.Name, Value: *j.Value, Reason: r.said(u, l, j),
		Proof: fmt.Sprintf("/assess/reviews/%s/units/%s", r.call.ID, u.ID)}
	o, settled := r.outcomes[at]
	if settled {
		v.First, v.Second = assess.Judge{Member: o.By, Account: o.Account, Name: o.Name}, by
	} else {
		g := r.given[at]
		v.First, v.Second = g[0].judge(), g[1].judge()
	}
	id, err := v.Keep(ctx, tx)
	if err != nil {
		return err
	}
	if settled {
		_, err = tx.Exec(ctx, `update review_outcomes set adjustment_id = $3 where unit_row = $1 and code = $2`, u.ID, l.Code, id)
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into review_outcomes (unit_row, code, how, points, reason, by_id, by_account, by_name, at, adjustment_id)
		     values ($1, $2, 'agreed', $3, '', $4, $5, $6, $7, $8)`,
		u.ID, l.Code, *j.Value, v.First.Member, v.First.Account, v.First.Name, tx.Now, id)
	if tenant.Constraint(err) == "review_outcomes_pkey" {
		err = ErrDecided
	}
	return err
}

func (g givenRow) judge() assess.Judge {
	return assess.Judge{Member: g.Member, Account: g.Account, Name: g.Name}
}

// said reads 自评 9 分，复核 2 人（8、9），自评材料 1a2b…：图片不清.
func (r review) said(u unitRow, l Line, j Judgement) string {
	self := "未自评"
	if j.Answer.Points != nil {
		self = "自评 " + j.Answer.Points.String() + " 分"
	}
	var points []string
	for _, g := range j.Given {
		points = append(points, g.Points.String())
	}
	s := fmt.Sprintf("%s，%d 人复核（%s 分）", self, len(j.Given), strings.Join(points, "、"))
	if u.submitted() {
		s += "，自评材料校验值 " + u.Digest[:16]
	}
	if why := r.why(u, l, j); why != "" {
		s += "：" + why
	}
	return cut(s, 500)
}

// why is what a unit is told of the reasons: those given for the line, without
// who gave them.
func (r review) why(u unitRow, l Line, j Judgement) string {
	if j.Reason != "" {
		return j.Reason
	}
	var all []string
	for _, g := range r.given[cell{u.ID, l.Code}] {
		if g.Reason != "" {
			all = append(all, g.Reason)
		}
	}
	return strings.Join(all, "；")
}

// cut returns the first characters of a text.
func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}
