package review

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess"
	"hetu/tenant"
)

// enough is how many people must look at a line.
const enough = 2

// A Given is what one assessor gave a line.
type Given struct {
	Name   string          `db:"name" json:"name"`
	Points decimal.Decimal `db:"points" json:"points"`
	Reason string          `db:"reason" json:"reason"`
	Late   bool            `db:"late" json:"late"`
	At     time.Time       `db:"at" json:"at"`
}

type givenRow struct {
	Given
	Unit    uuid.UUID `db:"unit_row"`
	Code    string    `db:"code"`
	Member  uuid.UUID `db:"member_id"`
	Account uuid.UUID `db:"account_id"`
	Version int       `db:"version"`
}

// An outcome is a line that was decided.
type outcome struct {
	Unit       uuid.UUID       `db:"unit_row"`
	Code       string          `db:"code"`
	How        string          `db:"how"`
	Points     decimal.Decimal `db:"points"`
	Reason     string          `db:"reason"`
	By         uuid.UUID       `db:"by_id"`
	Account    uuid.UUID       `db:"by_account"`
	Name       string          `db:"by_name"`
	Adjustment *uuid.UUID      `db:"adjustment_id"`
}

type cell struct {
	unit uuid.UUID
	code string
}

// A review is all there is about the lines of a call.
type review struct {
	call      callRow
	units     []unitRow
	assessors []assessorRow
	interests interests
	given     map[cell][]givenRow
	outcomes  map[cell]outcome
	system    map[assess.Place]decimal.Decimal
}

// load reads a call with everything about it; of one unit only, if that is not
// nil.
func load(ctx context.Context, tx *tenant.Tx, call uuid.UUID, unit *unitRow) (r review, err error) {
	if r.call, err = findCall(ctx, tx, call); err != nil {
		return r, err
	}
	if unit != nil {
		r.units = []unitRow{*unit}
	} else if r.units, err = unitsOf(ctx, tx, call); err != nil {
		return r, err
	}
	if r.assessors, err = assessors(ctx, tx, call); err != nil {
		return r, err
	}
	if len(r.units) > 0 {
		if r.interests, err = interestsOf(ctx, tx, r.assessors, r.units[0].From, r.units[0].To); err != nil {
			return r, err
		}
	}
	if err = r.read(ctx, tx); err != nil {
		return r, err
	}
	r.system, err = assess.SystemPoints(ctx, tx, r.call.RoundID)
	return r, err
}

// read reads what was given and what was decided.
func (r *review) read(ctx context.Context, tx *tenant.Tx) error {
	var given []givenRow
	var decided []outcome
	r.given, r.outcomes = map[cell][]givenRow{}, map[cell]outcome{}
	ids := make([]uuid.UUID, len(r.units))
	for i, u := range r.units {
		ids[i] = u.ID
	}
	err := tx.Select(ctx, &given, `
		select unit_row, code, member_id, account_id, name, points, reason, late, at, version from review_scores
		 where unit_row = any ($1) order by at, member_id`, tenant.Array(ids))
	if err != nil {
		return err
	}
	for _, g := range given {
		at := cell{g.Unit, g.Code}
		r.given[at] = append(r.given[at], g)
	}
	err = tx.Select(ctx, &decided, `
		select unit_row, code, how, points, reason, by_id, by_account, by_name, adjustment_id from review_outcomes where unit_row = any ($1)`,
		tenant.Array(ids))
	for _, o := range decided {
		r.outcomes[cell{o.Unit, o.Code}] = o
	}
	return err
}

// A Judgement is how a line of a unit stands.
type Judgement struct {
	Code     string           `json:"code"`
	Name     string           `json:"name"`
	Heading  string           `json:"heading"`
	Most     *decimal.Decimal `json:"most"`
	Answer   Answer           `json:"answer"` // of the unit
	System   decimal.Decimal  `json:"system"` // what the rules give
	Given    []Given          `json:"given"`
	Wanted   int              `json:"wanted"` // how many look at it
	State    string           `json:"state" enum:"short,waiting,agreed,disputed,settled"`
	Value    *decimal.Decimal `json:"value"` // what the review comes to; null: not yet
	Reason   string           `json:"reason"`
	ByName   string           `json:"by_name"`   // who settled it
	Adjusted bool             `json:"corrected"` // it became a correction of the round
}

// judge says how a line of a unit stands: settled, or by what was given. Fewer
// than two who may look at it is short; it waits for each of them; a difference larger than the call
// allows is disputed; else it is the mean, rounded once, half up.
func (r review) judge(u unitRow, l Line) Judgement {
	at := cell{u.ID, l.Code}
	j := Judgement{Code: l.Code, Name: l.Name, Heading: l.Heading, Most: l.Most, Answer: u.self(l.Code).shown(), System: r.system[u.place(l.Code)],
		Given: []Given{}, Wanted: len(r.interests.eligible(r.assessors, u, l)), State: "waiting"}
	for _, g := range r.given[at] {
		j.Given = append(j.Given, g.Given)
	}
	if o, ok := r.outcomes[at]; ok {
		j.State, j.Value, j.Reason, j.ByName, j.Adjusted = "settled", &o.Points, o.Reason, o.Name, o.Adjustment != nil
		if o.How == "agreed" {
			j.State, j.ByName = "agreed", ""
		}
		return j
	}
	switch {
	case j.Wanted < enough && len(j.Given) < enough:
		j.State = "short"
	case len(j.Given) < max(j.Wanted, enough), r.owes(u, l):
	case spread(j.Given).GreaterThan(r.call.Gap):
		j.State = "disputed"
	default:
		v := mean(j.Given)
		j.State, j.Value = "agreed", &v
	}
	return j
}

// owes reports whether somebody who may look at a line has not given it points:
// who gave some and may not any more does not stand for them.
func (r review) owes(u unitRow, l Line) bool {
	return slices.ContainsFunc(r.interests.eligible(r.assessors, u, l), func(a assessorRow) bool { return r.gave(u, l, a.ID) == nil })
}

func spread(all []Given) decimal.Decimal {
	least, most := all[0].Points, all[0].Points
	for _, g := range all {
		least, most = decimal.Min(least, g.Points), decimal.Max(most, g.Points)
	}
	return most.Sub(least)
}

func mean(all []Given) decimal.Decimal {
	sum := decimal.Zero
	for _, g := range all {
		sum = sum.Add(g.Points)
	}
	return sum.DivRound(decimal.NewFromInt(int64(len(all))), 2)
}
