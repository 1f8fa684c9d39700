package review

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess"
	"hetu/feature"
	"hetu/tenant"
)

// A Task is a line of a unit that the reader reviews.
type Task struct {
	Key       string          `json:"key"` // of the list
	UnitID    uuid.UUID       `json:"unit_id"`
	Unit      assess.Unit     `json:"unit"`
	Call      uuid.UUID       `json:"call_id"`
	CallName  string          `json:"call_name"`
	Due       string          `json:"due_day" format:"date"`
	Permit    *string         `json:"permit_until"`
	Gap       decimal.Decimal `json:"gap"`
	Line      Line            `json:"line"`
	Submitted bool            `json:"submitted"` // the unit has assessed itself
	Answer    Answer          `json:"answer"`
	System    decimal.Decimal `json:"system"`
	Mine      *Mine           `json:"mine"`    // what the reader gave; null: nothing yet
	Decided   bool            `json:"decided"` // it can be changed no more
}

// Mine is what the reader gave a line.
type Mine struct {
	Points  decimal.Decimal `json:"points"`
	Reason  string          `json:"reason"`
	At      time.Time       `json:"at"`
	Version int             `json:"version"`
}

// A Queue is the lines the reader reviews, and how many there are.
type Queue struct {
	Items []Task `json:"items"`
	Next  string `json:"next"`
	Todo  int    `json:"todo"`
	Done  int    `json:"done"`
}

type queueQuery struct {
	feature.Page
	State string     `json:"-" query:"state"` // todo or done; all if empty
	Call  *uuid.UUID `json:"-" query:"call"`  // only of this one
}

// Validate refuses a state there is not, and a cursor that is none.
func (q queueQuery) Validate() error {
	if id, _, ok := strings.Cut(q.After, "."); q.After != "" && (!ok || uuid.Validate(id) != nil) {
		return feature.ErrMalformed.On("after")
	}
	if !slices.Contains([]string{"", "todo", "done"}, q.State) {
		return feature.ErrChoice.On("state")
	}
	return nil
}

// queue lists the lines the actor reviews: those of units they have nothing to
// do with, once the unit has submitted or its time is over. What others gave is
// not in it.
func queue(ctx context.Context, tx *tenant.Tx, q queueQuery) (out Queue, err error) {
	var ids []uuid.UUID
	err = tx.Select(ctx, &ids, `
		select c.id from review_calls c
		 where c.state = 'reviewing' and ($2::uuid is null or c.id = $2)
		   and exists (select from review_assessors a where a.call_id = c.id and a.member_id = $1)
		 order by c.review_day, c.id`, tx.Actor.Member, q.Call)
	var all []Task
	for _, id := range ids {
		if err != nil {
			return out, err
		}
		var r review
		if r, err = load(ctx, tx, id, nil); err == nil {
			var more []Task
			more, err = r.tasks(ctx, tx)
			all = append(all, more...)
		}
	}
	if err != nil {
		return out, err
	}
	var shown []Task
	// Where the page begins is looked for in the whole list: the line it goes on
	// after may have been given points meanwhile.
	begin := 1 + slices.IndexFunc(all, func(t Task) bool { return t.Key == q.After })
	for i, t := range all {
		if t.Mine == nil {
			out.Todo++
		} else {
			out.Done++
		}
		if i >= begin && (q.State == "" || (q.State == "done") == (t.Mine != nil)) {
			shown = append(shown, t)
		}
	}
	l := feature.Cut(shown, q.Size(), func(t Task) string { return t.Key })
	out.Items, out.Next = l.Items, l.Next
	return out, nil
}

// tasks are the lines of a review that the actor reviews.
func (r review) tasks(ctx context.Context, tx *tenant.Tx) (all []Task, err error) {
	permits, err := permitsOf(ctx, tx, r.call.ID)
	if err != nil {
		return nil, err
	}
	for _, u := range r.units {
		if !u.submitted() && u.open(today(tx)) {
			continue
		}
		for _, l := range u.Lines {
			for _, a := range r.interests.eligible(r.assessors, u, l) {
				if a.ID == tx.Actor.Member {
					all = append(all, r.task(u, l, a, permits[a.ID]))
				}
			}
		}
	}
	return all, nil
}

func (r review) task(u unitRow, l Line, a assessorRow, permit *string) Task {
	t := Task{Key: strings.Join([]string{u.ID.String(), l.Code}, "."), UnitID: u.ID, Unit: u.unit(), Call: r.call.ID, CallName: r.call.Name,
		Due: r.call.ReviewDue, Permit: permit, Gap: r.call.Gap, Line: l, Submitted: u.submitted(), Answer: u.self(l.Code).shown(),
		System: r.system[u.place(l.Code)]}
	if g := r.gave(u, l, a.ID); g != nil {
		t.Mine = &Mine{g.Points, g.Reason, g.At, g.Version}
	}
	_, t.Decided = r.outcomes[cell{u.ID, l.Code}]
	return t
}

type newScore struct {
	ID      uuid.UUID       `json:"-" path:"id"` // the row of the unit
	Code    string          `json:"code" minLength:"1" maxLength:"32"`
	Points  decimal.Decimal `json:"points" pattern:"^-?[0-9]{1,6}([.][0-9]{1,4})?$"`
	Reason  string          `json:"reason,omitempty" maxLength:"1000"`
	Version int             `json:"version"` // of what one gave before; 0 if nothing
}

// score gives a line of a unit points. It is refused to whoever is not assigned,
// belongs to the unit or made what is reviewed; a difference above the limit of
// the call, from the unit's own points or from the system's, needs a reason.
func score(ctx context.Context, tx *tenant.Tx, in newScore) (t Task, err error) {
	u, err := held(ctx, tx, in.ID, false)
	if err != nil {
		return t, err
	}
	r, err := load(ctx, tx, u.Call, &u)
	if err != nil {
		return t, err
	}
	permits, err := permitsOf(ctx, tx, u.Call)
	if err != nil {
		return t, err
	}
	l, a, err := r.mayScore(tx, u, in, permits)
	if err != nil {
		return t, err
	}
	self := u.self(l.Code).Points
	if err := r.justified(in, self, r.system[u.place(l.Code)]); err != nil {
		return t, err
	}
	n, err := tx.Exec(ctx, `
		insert into review_scores as s (unit_row, code, member_id, account_id, name, submission, self_points, system_points, points, reason, late, at)
		     select $1, $2, $3, $4, $5, $6, $7::numeric, $8::numeric, $9::numeric, $10, $11, $12
		      where $13 = 0 or exists (select from review_scores where unit_row = $1 and code = $2 and member_id = $3)
		on conflict on constraint review_scores_pkey do update
		   set submission = excluded.submission, self_points = excluded.self_points, system_points = excluded.system_points, points = excluded.points,
		       reason = excluded.reason, late = excluded.late, at = excluded.at, version = s.version + 1
		 where s.version = $13`,
		u.ID, l.Code, a.ID, a.Account, a.Name, u.count(), self, r.system[u.place(l.Code)], in.Points, in.Reason, today(tx) > r.call.ReviewDue, tx.Now, in.Version)
	switch {
	case tenant.Constraint(err) == "review_scores_under_way":
		return t, ErrState
	case err != nil:
		return t, err
	case n == 0:
		return t, stale(in.Version+1, a.Name, tx.Now)
	}
	tx.Audit("review.scored", object(u.Call), map[string]any{"unit": u.Unit, "line": l.Code, "submission": u.count(), "points": in.Points})
	if err := r.read(ctx, tx); err != nil {
		return t, err
	}
	return r.task(u, l, a, permits[a.ID]), nil
}

// count is which submission counts; 0: none.
func (u unitRow) count() int {
	if u.submitted() {
		return u.N
	}
	return 0
}

// mayScore returns the line and the actor as one who reviews it, or why they
// may not give it points now.
func (r review) mayScore(tx *tenant.Tx, u unitRow, in newScore, permits map[uuid.UUID]*string) (l Line, a assessorRow, err error) {
	i := slices.IndexFunc(r.assessors, func(a assessorRow) bool { return a.ID == tx.Actor.Member && a.Code == in.Code })
	if i < 0 {
		if !slices.ContainsFunc(r.assessors, func(a assessorRow) bool { return a.ID == tx.Actor.Member }) {
			return l, a, ErrUnitNotFound // it is nothing of theirs
		}
		return l, a, ErrNotAssessor
	}
	l, ok := find(u.Lines, in.Code)
	if !ok {
		return l, a, ErrCode.On("code")
	}
	a = r.assessors[i]
	if err := r.interests.refuse(a, u, l); err != nil {
		return l, a, err
	}
	_, decided := r.outcomes[cell{u.ID, l.Code}]
	until := permits[a.ID]
	switch day := today(tx); {
	case r.call.State != "reviewing":
		return l, a, ErrState.With("state", r.call.State)
	case decided:
		return l, a, ErrDecided
	case !u.submitted() && u.open(day):
		return l, a, ErrWaiting
	case day > r.call.ReviewDue && (until == nil || day > *until):
		return l, a, ErrOverdue.With("due", r.call.ReviewDue)
	case l.Most != nil && in.Points.GreaterThan(*l.Most):
		return l, a, ErrMost.On("points").With("most", *l.Most)
	}
	return l, a, nil
}

// justified asks for a reason where points differ by more than the call allows.
func (r review) justified(in newScore, self *decimal.Decimal, system decimal.Decimal) error {
	far := in.Points.Sub(system).Abs().GreaterThan(r.call.Gap) || self != nil && in.Points.Sub(*self).Abs().GreaterThan(r.call.Gap)
	if far && strings.TrimSpace(in.Reason) == "" {
		return ErrReason.On("reason").With("gap", r.call.Gap)
	}
	return nil
}

type settlement struct {
	ID     uuid.UUID       `json:"-" path:"id"` // the row of the unit
	Code   string          `json:"code" minLength:"1" maxLength:"32"`
	Points decimal.Decimal `json:"points" pattern:"^-?[0-9]{1,6}([.][0-9]{1,4})?$"`
	Reason string          `json:"reason" minLength:"1" maxLength:"500"`
}

// Validate refuses a reason of nothing but spaces.
func (in *settlement) Validate() error { return feature.Trim(&in.Reason, "reason", 500) }

// settle decides a line on which those who reviewed it differ by more than the
// call allows. Whoever closes the review is another person.
func settle(ctx context.Context, tx *tenant.Tx, in settlement) (p UnitPage, err error) {
	u, err := held(ctx, tx, in.ID, false)
	if err != nil {
		return p, err
	}
	r, err := load(ctx, tx, u.Call, &u)
	if err != nil {
		return p, err
	}
	l, ok := find(u.Lines, in.Code)
	switch {
	case !ok:
		return p, ErrCode.On("code")
	case r.call.State != "reviewing":
		return p, ErrState.With("state", r.call.State)
	case l.Most != nil && in.Points.GreaterThan(*l.Most):
		return p, ErrMost.On("points").With("most", *l.Most)
	}
	if err := apart(ctx, tx, u, l); err != nil {
		return p, err
	}
	switch r.judge(u, l).State {
	case "disputed":
	case "settled":
		return p, ErrDecided
	default:
		return p, ErrUndisputed
	}
	_, err = tx.Exec(ctx, `
		insert into review_outcomes (unit_row, code, how, points, reason, by_id, by_account, by_name, at)
		     values ($1, $2, 'settled', $3, $4, $5, $6, $7, $8)`,
		u.ID, l.Code, in.Points, in.Reason, tx.Actor.Member, tx.Actor.Account, tx.Actor.Name, tx.Now)
	if tenant.Constraint(err) == "review_outcomes_pkey" {
		return p, ErrDecided
	}
	if err != nil {
		return p, err
	}
	tx.Audit("review.settled", object(u.Call), map[string]any{"unit": u.Unit, "line": l.Code, "points": in.Points, "reason": in.Reason})
	return unitPage(ctx, tx, ref{in.ID})
}

// apart refuses an actor who has something to do with a line of a unit.
func apart(ctx context.Context, tx *tenant.Tx, u unitRow, l Line) error {
	me := assessorRow{Assessor: Assessor{ID: tx.Actor.Member, Name: tx.Actor.Name}, Code: l.Code, Account: tx.Actor.Account}
	i, err := interestsOf(ctx, tx, []assessorRow{me}, u.From, u.To)
	return errors.Join(err, i.refuse(me, u, l))
}
