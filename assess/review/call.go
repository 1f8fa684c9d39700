package review

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess"
	"hetu/calendar"
	"hetu/feature"
	"hetu/progress"
	"hetu/tenant"
)

// calls are the endpoints of who calls the units; works closes a review and
// works the round out again, and the gates say whether it may still change.
type calls struct {
	works *progress.Works
	gates []assess.Gate
}

// A Call asks the units of a round to assess themselves.
type Call struct {
	ID        uuid.UUID       `db:"id" json:"id"`
	RoundID   uuid.UUID       `db:"round_id" json:"round_id"`
	Scheme    string          `db:"scheme_name" json:"scheme_name"`
	RoundName string          `db:"round_name" json:"round_name"`
	Name      string          `db:"name" json:"name"`
	Note      string          `db:"note" json:"note"`
	State     string          `db:"state" json:"state" enum:"open,reviewing,closing,closed,cancelled"`
	Due       string          `db:"due_day" json:"due_day" format:"date"`       // of the self-assessment
	ReviewDue string          `db:"review_day" json:"review_day" format:"date"` // of the review
	Gap       decimal.Decimal `db:"gap" json:"gap"`                             // a larger difference needs a reason
	Reason    string          `db:"reason" json:"reason"`                       // why it was cancelled
	WorkID    *uuid.UUID      `db:"work_id" json:"work_id"`                     // that closes it; once it is closed, that worked the round out with what was reviewed
	ByName    string          `db:"by_name" json:"by_name"`
	At        time.Time       `db:"at" json:"at"`
	ClosedAt  *time.Time      `db:"closed_at" json:"closed_at"`
	Version   int             `db:"version" json:"version"`
}

type callRow struct {
	Call
	Lines     tenant.Rows[Line] `db:"lines"`
	ChangedBy string            `db:"changed_by"`
	ChangedAt time.Time         `db:"changed_at"`
}

const callColumns = `id, round_id, scheme_name, round_name, name, note, state, to_char(due_day, 'YYYY-MM-DD') as due_day,
	to_char(review_day, 'YYYY-MM-DD') as review_day, gap, reason, work_id, by_name, at, closed_at, version, lines, changed_by, changed_at`

func findCall(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (c callRow, err error) {
	err = tx.Get(ctx, &c, `select `+callColumns+` from review_calls where id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrCallNotFound
	}
	return c, err
}

// hold keeps a call as it is until the transaction ends: those who score or
// settle share it; whoever closes, sends back or assigns has it alone, and sees
// what they did.
func hold(ctx context.Context, tx *tenant.Tx, id uuid.UUID, alone bool) error {
	query := `select from review_calls where id = $1 for share`
	if alone {
		query = `select from review_calls where id = $1 for update`
	}
	_, err := tx.Exec(ctx, query, id)
	return err
}

// held returns a unit of a call that is held.
func held(ctx context.Context, tx *tenant.Tx, id uuid.UUID, alone bool) (u unitRow, err error) {
	if u, err = unitOf(ctx, tx, id); err != nil {
		return u, err
	}
	if err = hold(ctx, tx, u.Call, alone); err != nil {
		return u, err
	}
	return unitOf(ctx, tx, id) // as those left it who were at it
}

// at refuses a call that is not as somebody saw it, or in none of states.
func (c callRow) at(version int, states ...string) error {
	switch {
	case c.Version != version:
		return stale(c.Version, c.ChangedBy, c.ChangedAt)
	case !slices.Contains(states, c.State):
		return ErrState.With("state", c.State)
	}
	return nil
}

// move changes the state of a call that is as c says, once.
func (c callRow) move(ctx context.Context, tx *tenant.Tx, set string, args ...any) error {
	n, err := tx.Exec(ctx, `
		update review_calls set version = version + 1, changed_by = $3, changed_at = $4, `+set+` where id = $1 and version = $2`,
		append([]any{c.ID, c.Version, tx.Actor.Name, tx.Now}, args...)...)
	if err == nil && n == 0 {
		err = stale(c.Version+1, "", tx.Now)
	}
	return err
}

func object(id uuid.UUID) string { return "review/call/" + id.String() }

type newCall struct {
	Round     uuid.UUID       `json:"round_id"`
	Name      string          `json:"name" minLength:"1" maxLength:"80"`
	Note      string          `json:"note,omitempty" maxLength:"2000"`
	Due       string          `json:"due_day,omitempty" maxLength:"10"`    // 10 December of the round's year if empty
	ReviewDue string          `json:"review_day,omitempty" maxLength:"10"` // 31 December if empty
	Gap       decimal.Decimal `json:"gap" pattern:"^[0-9]{1,6}([.][0-9]{1,4})?$"`
	Codes     []string        `json:"codes,omitempty" maxItems:"300"` // the indicators; all that people can judge, if empty
}

// Validate refuses a name of nothing but spaces.
func (in *newCall) Validate() error { return feature.Trim(&in.Name, "name", 80) }

// create calls all units of a round. The indicators are taken down as they are
// in the version of the scheme the round is worked out by.
func create(ctx context.Context, tx *tenant.Tx, in newCall) (c Call, err error) {
	b, err := assess.BasisOf(ctx, tx, in.Round)
	if err != nil {
		return c, err
	}
	lines, err := chosen(b, in.Codes)
	if err != nil {
		return c, err
	}
	due, review, err := in.days(ctx, tx, b.Round.To)
	if err != nil {
		return c, err
	}
	var row callRow
	err = tx.Get(ctx, &row, `
		insert into review_calls (id, round_id, scheme_name, round_name, name, note, due_day, review_day, gap, lines, by_id, by_name, at, changed_by, changed_at)
		     values ($1, $2, $3, $4, $5, $6, $7::date, $8::date, $9, $10, $11, $12, $13, $12, $13)
		  returning `+callColumns,
		tenant.NewID(), b.Round.ID, b.Scheme.Name, b.Round.Name, in.Name, in.Note, due, review, in.Gap, tenant.JSON(lines),
		tx.Actor.Member, tx.Actor.Name, tx.Now)
	if tenant.Constraint(err) == "review_calls_round_uq" {
		return c, ErrCalled.On("round_id")
	}
	if err != nil {
		return c, err
	}
	tx.Audit("review.called", object(row.ID), map[string]any{"round": row.RoundID, "units": len(b.Scheme.Units), "lines": len(lines), "due": due})
	return row.Call, row.invite(ctx, tx, b)
}

// chosen are the lines of the codes, in the order of the scheme.
func chosen(b assess.Basis, codes []string) (lines []Line, err error) {
	for i, code := range codes {
		if slices.Contains(codes[:i], code) {
			return nil, ErrCodeTwice.On(fmt.Sprintf("codes[%d]", i))
		}
		if !slices.ContainsFunc(b.Scheme.Rules, func(s assess.Spec) bool { return s.Code == code && s.Judged() }) {
			return nil, ErrCode.On(fmt.Sprintf("codes[%d]", i))
		}
	}
	for _, s := range b.Scheme.Rules {
		if s.Judged() && (len(codes) == 0 || slices.Contains(codes, s.Code)) {
			lines = append(lines, lineOf(b, s))
		}
	}
	if len(lines) == 0 {
		return nil, ErrCode.On("codes")
	}
	return lines, nil
}

// days are when the self-assessment and the review are due: what was asked for,
// or 10 and 31 December of the year the round ends in; where that is over, ten
// and another fifteen working days from now. A term ends on a working day.
func (in newCall) days(ctx context.Context, tx *tenant.Tx, to string) (due, review string, err error) {
	cal, err := calendar.Load(ctx, tx)
	if err != nil {
		return "", "", err
	}
	end, err := calendar.ParseDate(to)
	if err != nil {
		return "", "", err
	}
	now := calendar.DateOf(tx.Now)
	pick := func(asked, field string, usual, later calendar.Date) (calendar.Date, error) {
		if asked != "" {
			return dated(tx, asked, field)
		}
		if usual.Compare(later) < 0 {
			usual = later
		}
		d, _ := cal.AddWorkdays(usual, 0)
		return d, nil
	}
	soon, _ := cal.AddWorkdays(now, 10)
	usual := calendar.On(end.Year, time.December, 10)
	if usual.Compare(now) >= 0 {
		soon = usual
	}
	first, err := pick(in.Due, "due_day", usual, soon)
	if err != nil {
		return "", "", err
	}
	then, _ := cal.AddWorkdays(first, 15)
	if last := calendar.On(end.Year, time.December, 31); last.Compare(first) > 0 {
		then = last
	}
	second, err := pick(in.ReviewDue, "review_day", then, then)
	if err == nil && second.Compare(first) < 0 {
		err = ErrOrder.On("review_day")
	}
	return first.String(), second.String(), err
}

// invite writes a row for every unit, which shows it to the unit's tenant.
func (c callRow) invite(ctx context.Context, tx *tenant.Tx, b assess.Basis) error {
	var caller string
	if err := tx.Get(ctx, &caller, `select name from platform.kin() where relation = 'self'`); err != nil {
		return err
	}
	type invited struct {
		ID      uuid.UUID `json:"id"`
		Kind    string    `json:"unit_kind"`
		Unit    uuid.UUID `json:"unit_id"`
		Name    string    `json:"unit_name"`
		Subject uuid.UUID `json:"subject_tenant_id"`
		Seq     int       `json:"seq"`
		Lines   []Line    `json:"lines"`
	}
	var rows []invited
	for i, u := range b.Scheme.Units {
		r := invited{tenant.NewID(), u.Kind, u.ID, u.Name, tx.Actor.Tenant, i, []Line{}}
		if u.Kind == "tenant" {
			r.Subject = u.ID
		}
		for _, s := range b.Scheme.Rules {
			if l, ok := find(c.Lines, s.Code); ok && b.Scores(u, s) {
				r.Lines = append(r.Lines, l)
			}
		}
		if len(r.Lines) > 0 {
			rows = append(rows, r)
		}
	}
	_, err := tx.Exec(ctx, `
		insert into review_units (id, call_id, subject_tenant_id, unit_kind, unit_id, unit_name, seq, lines, caller_name, call_name, note,
		                          scheme_name, round_name, from_day, to_day, due_day)
		select u.id, $1, u.subject_tenant_id, u.unit_kind, u.unit_id, u.unit_name, u.seq, u.lines, $3, $4, $5, $6, $7, $8::date, $9::date, $10::date
		  from jsonb_to_recordset($2::jsonb) as u (id uuid, subject_tenant_id uuid, unit_kind text, unit_id uuid, unit_name text, seq int, lines jsonb)`,
		c.ID, tenant.JSON(rows), caller, c.Name, c.Note, c.Scheme, c.RoundName, b.Round.From, b.Round.To, c.Due)
	return err
}

type callList struct {
	feature.Page
	Round *uuid.UUID `json:"-" query:"round"` // only those of this one
}

// Validate checks the cursor.
func (q callList) Validate() error { return cursor(q.Page) }

func cursor(p feature.Page) error {
	if p.After == "" {
		return nil
	}
	if _, err := uuid.Parse(p.After); err != nil {
		return feature.ErrMalformed.On("after")
	}
	return nil
}

func listCalls(ctx context.Context, tx *tenant.Tx, q callList) (l feature.List[Call], err error) {
	var rows []callRow
	err = tx.Select(ctx, &rows, `
		select `+callColumns+` from review_calls
		 where ($1 = '' or id < nullif($1, '')::uuid) and ($2::uuid is null or round_id = $2)
		 order by id desc limit $3`, q.After, q.Round, q.Size()+1)
	all := make([]Call, len(rows))
	for i, r := range rows {
		all[i] = r.Call
	}
	return feature.Cut(all, q.Size(), func(c Call) string { return c.ID.String() }), err
}

// over reports whether the round of the call is closed: nothing can come of its
// review any more.
func (c callRow) over(ctx context.Context, tx *tenant.Tx) (bool, error) {
	r, err := assess.FindRound(ctx, tx, c.RoundID)
	return r.State == "closed", err
}

// cancel ends a call that should not have been made, while nothing is reviewed,
// or of which nothing can come any more. What was closed of it stays closed.
func cancel(ctx context.Context, tx *tenant.Tx, in reasoned) (c Call, err error) {
	row, err := findCall(ctx, tx, in.ID)
	states := []string{"open"}
	if err == nil {
		var over bool
		if over, err = row.over(ctx, tx); over {
			states = append(states, "reviewing")
		}
	}
	if err == nil {
		err = row.at(in.Version, states...)
	}
	if err == nil {
		err = row.move(ctx, tx, `state = 'cancelled', reason = $5`, in.Reason)
	}
	if err == nil {
		_, err = tx.Exec(ctx, `update review_units set state = 'cancelled', version = version + 1 where call_id = $1 and state = 'open'`, row.ID)
	}
	if err != nil {
		return c, err
	}
	tx.Audit("review.cancelled", object(row.ID), map[string]any{"reason": in.Reason})
	row, err = findCall(ctx, tx, in.ID)
	return row.Call, err
}
