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

// hold passes the gates while the round stays as it is until the transaction
// ends: what they let through, nothing overtakes.
func (gs gates) hold(ctx context.Context, tx *tenant.Tx, round uuid.UUID, act string) error {
	if len(gs) == 0 {
		return nil
	}
	if err := holdRound(ctx, tx, round, true); err != nil {
		return err
	}
	return gs.pass(ctx, tx, round, act)
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

// A Graded is a unit with the grade that was decided for it.
type Graded struct {
	Unit  Unit
	Grade string
}

// Grade has the grades that were decided stand in place of those by line
// wherever the round is shown or printed. None: those by line stand again.
func Grade(ctx context.Context, tx *tenant.Tx, round uuid.UUID, decided []Graded) error {
	if _, err := tx.Exec(ctx, `delete from assess_grades where round_id = $1`, round); err != nil || len(decided) == 0 {
		return err
	}
	var kinds, ids, grades []string
	for _, g := range decided {
		kinds, ids, grades = append(kinds, g.Unit.Kind), append(ids, g.Unit.ID.String()), append(grades, g.Grade)
	}
	_, err := tx.Exec(ctx, `
		insert into assess_grades (round_id, unit_kind, unit_id, grade)
		select $1, u.kind, u.id, u.grade from unnest($2::text[], $3::uuid[], $4::text[]) as u (kind, id, grade)`,
		round, tenant.Array(kinds), tenant.Array(ids), tenant.Array(grades))
	return err
}

// decidedOf returns the grades that were decided, by unit without its name.
func decidedOf(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (map[Unit]string, error) {
	var rows []struct {
		Kind  string    `db:"unit_kind"`
		ID    uuid.UUID `db:"unit_id"`
		Grade string    `db:"grade"`
	}
	err := tx.Select(ctx, &rows, `select unit_kind, unit_id, grade from assess_grades where round_id = $1`, round)
	all := make(map[Unit]string, len(rows))
	for _, r := range rows {
		all[Unit{Kind: r.Kind, ID: r.ID}] = r.Grade
	}
	return all, err
}

// gradeShown is the grade of a score s: the one decided, or the one by line.
const gradeShown = `coalesce((select g.grade from assess_grades g
	where g.round_id = s.round_id and g.unit_kind = s.unit_kind and g.unit_id = s.unit_id), s.grade) as grade`
