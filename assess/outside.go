package assess

import (
	"context"
	"strings"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/tenant"
)

// What the packages beside this one, which deal with the course of a year, ask
// of a round and do to it. Each says who may; these functions do not.

// A Gate may refuse an act on a round: "recompute", "propose", "confirm",
// "publish", "close" or "freeze". It runs first, in the transaction of the act.
type Gate func(ctx context.Context, tx *tenant.Tx, round uuid.UUID, act string) error

// gates are all that stand before acts on rounds.
type gates []Gate

func (gs gates) pass(ctx context.Context, tx *tenant.Tx, round uuid.UUID, act string) error {
	for _, g := range gs {
		if err := g(ctx, tx, round, act); err != nil {
			return err
		}
	}
	return nil
}

// gated is fn behind the gates; round says of which round an input is.
func gated[In, Out any](gs gates, act string, round func(context.Context, *tenant.Tx, In) (uuid.UUID, error),
	fn func(context.Context, *tenant.Tx, In) (Out, error)) func(context.Context, *tenant.Tx, In) (Out, error) {
	return func(ctx context.Context, tx *tenant.Tx, in In) (out Out, err error) {
		if len(gs) == 0 {
			return fn(ctx, tx, in)
		}
		id, err := round(ctx, tx, in)
		if err == nil {
			err = gs.pass(ctx, tx, id, act)
		}
		if err != nil {
			return out, err
		}
		return fn(ctx, tx, in)
	}
}

func ofRound(_ context.Context, _ *tenant.Tx, q ref) (uuid.UUID, error) { return q.ID, nil }

func ofPublication(_ context.Context, _ *tenant.Tx, q publication) (uuid.UUID, error) {
	return q.ID, nil
}

func ofProposal(_ context.Context, _ *tenant.Tx, q proposal) (uuid.UUID, error) { return q.ID, nil }

// ofAdjustment and ofReason are the rounds of adjustments.
func ofAdjustment(ctx context.Context, tx *tenant.Tx, q ref) (uuid.UUID, error) {
	a, err := findAdjustment(ctx, tx, q.ID)
	return a.RoundID, err
}

func ofReason(ctx context.Context, tx *tenant.Tx, q reasoned) (uuid.UUID, error) {
	a, err := findAdjustment(ctx, tx, q.ID)
	return a.RoundID, err
}

// FindRound returns a round of the tenant, or ErrRoundNotFound.
func FindRound(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (Round, error) {
	return findRound(ctx, tx, id)
}

// SchemeOf returns the scheme of a round, as it stood at the version the round
// is worked out by.
func SchemeOf(ctx context.Context, tx *tenant.Tx, r Round) (Scheme, error) {
	s, _, err := findScheme(ctx, tx, r.SchemeID, r.SchemeVersion)
	return s, err
}

// Settled returns ErrUndecided while an adjustment of the round waits for a
// second person.
func Settled(ctx context.Context, tx *tenant.Tx, round uuid.UUID) error {
	return settled(ctx, tx, round)
}

// Disinterested returns ErrOwnUnit if the actor belongs to the unit, by whatever
// post or membership of the same natural person (AS-04).
func Disinterested(ctx context.Context, tx *tenant.Tx, kind string, unit uuid.UUID) error {
	return disinterested(ctx, tx, kind, unit)
}

// Assessed reports whether the account had a part in a line of a unit's score:
// entered what the rule counts, or proposed or decided an adjustment of it.
func Assessed(ctx context.Context, tx *tenant.Tx, r Round, kind string, unit uuid.UUID, rule string, account uuid.UUID) (did bool, err error) {
	err = tx.Get(ctx, &did, `
		select exists (select from assess_adjustments
		                where round_id = $1 and unit_kind = $2 and unit_id = $3 and rule_code = $4 and $5 in (by_account, decided_account))
		    or exists (select from deeds d join members m on m.id = d.member_id
		                where d.tenant_id = app_tenant() and d.kind = $6 and d.unit_kind = $2 and d.unit_id = $3
		                  and starts_with(d.item, $7) and m.account_id = $5)`,
		r.ID, kind, unit, rule, account, Recorded, recordOf(r.SchemeID, rule))
	return did, err
}

// Correct proposes that a line of a unit be corrected, as the actor: another
// has to confirm it. href is where the proof stands: a page of this system, or
// an address.
func Correct(ctx context.Context, tx *tenant.Tx, c Correcting) (Adjustment, error) {
	return propose(ctx, tx, proposal{ID: c.Round, Type: correction, Unit: c.Unit, Rule: c.Rule, Corrected: c.To.String(), Reason: c.Reason,
		URL: c.Href, Upload: c.Upload})
}

// A Correcting is a correction to be proposed.
type Correcting struct {
	Round, Unit uuid.UUID
	Rule        string
	To          decimal.Decimal
	Reason      string
	Href        string
	Upload      *uuid.UUID
}

// Reverse proposes to take a confirmed adjustment back, as the actor.
func Reverse(ctx context.Context, tx *tenant.Tx, adjustment uuid.UUID, reason string) (Adjustment, error) {
	return reverse(ctx, tx, reasoned{adjustment, reason})
}

// AdjustmentOf returns the adjustment that a part of a line is, if it is one.
func AdjustmentOf(part string) (id uuid.UUID, ok bool) {
	_, name, found := strings.Cut(part, ":")
	if !found {
		return id, false
	}
	id, err := uuid.Parse(name)
	return id, err == nil
}

// A Standpoint is a unit's place in a round, with what decides between equals.
type Standpoint struct {
	Unit       Unit
	Class      string // its code
	ClassName  string
	Rank       int
	Total      decimal.Decimal
	Grade      string          // by line and vetoes; empty where the scheme has no grades
	Heading    decimal.Decimal // points under the heading asked for
	Deductions decimal.Decimal // what was taken off by rules and penalties, above zero
	Effects    []string        // of vetoes that two people decided
}

// Stand returns where the units of a computed round stand, in the order of the
// lists. heading is the code of the one whose points are added up; none if empty.
func Stand(ctx context.Context, tx *tenant.Tx, r Round, heading string) ([]Standpoint, error) {
	s, err := SchemeOf(ctx, tx, r)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Unit
		Rank    int             `db:"rank"`
		Total   decimal.Decimal `db:"total"`
		Class   string          `db:"class"`
		Grade   string          `db:"grade"`
		Lines   doc[[]standing] `db:"lines"`
		Effects tenant.Texts    `db:"effects"`
	}
	err = tx.Select(ctx, &rows, `
		select s.unit_kind, s.unit_id, s.unit_name, s.rank, s.total, s.class, s.grade, coalesce(e.lines, '[]') as lines,
		       array(select a.effect from assess_adjustments a
		              where a.round_id = $1 and a.unit_kind = s.unit_kind and a.unit_id = s.unit_id and a.type = 'veto'
		                and a.state = 'confirmed' and a.reverses is null and not a.reversed) as effects
		  from assess_scores s
		  left join (select unit_kind, unit_id, jsonb_agg(jsonb_build_object('code', rule_code, 'part', part, 'points', points::text)) as lines
		               from assess_entries where round_id = $1 group by unit_kind, unit_id) e
		    on e.unit_kind = s.unit_kind and e.unit_id = s.unit_id
		 where s.round_id = $1
		 order by s.unit_kind, s.place`, r.ID)
	all := make([]Standpoint, len(rows))
	for i, row := range rows {
		all[i] = Standpoint{Unit: row.Unit, Class: row.Class, ClassName: s.Plan.className(row.Class), Rank: row.Rank, Total: row.Total,
			Grade: row.Grade, Effects: row.Effects, Deductions: taken(row.Lines.V)}
		for _, l := range row.Lines.V {
			if heading != "" && s.stands(l.Code, heading) {
				all[i].Heading = all[i].Heading.Add(l.Points)
			}
		}
	}
	return all, err
}

type standing struct {
	Code   string          `json:"code"`
	Part   string          `json:"part"`
	Points decimal.Decimal `json:"points"`
}

// taken adds up what was taken off: lines of rules below zero, and penalties
// less those taken back.
func taken(lines []standing) (sum decimal.Decimal) {
	for _, l := range lines {
		kind, _, adjusted := strings.Cut(l.Part, ":")
		switch {
		case adjusted && kind == penalty, !adjusted && l.Points.IsNegative() && l.Part != "limit" && !strings.HasPrefix(l.Code, "_"):
			sum = sum.Sub(l.Points)
		}
	}
	return sum
}

// stands reports whether a line of that code, a rule's or a heading's, stands
// under the heading.
func (s Scheme) stands(code, heading string) bool {
	for _, r := range s.Rules {
		if r.Code == code {
			return s.Plan.under(r.Heading, heading)
		}
	}
	return s.Plan.under(code, heading)
}

// HasHeading reports whether the plan has a heading of that code.
func (p Plan) HasHeading(code string) bool { return p.heading(code) != nil }
