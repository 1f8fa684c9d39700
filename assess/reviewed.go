package assess

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/progress"
	"hetu/tenant"
)

// A Basis is what people who look at a round's lines themselves start from.
type Basis struct {
	Round  Round
	Scheme Scheme // at the version of the round
}

// BasisOf returns the basis of a round that can still be adjusted:
// ErrRoundNotFound, ErrRoundClosed or ErrNotComputed otherwise.
func BasisOf(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (b Basis, err error) {
	if b.Round, err = adjustable(ctx, tx, round); err != nil {
		return b, err
	}
	b.Scheme, _, err = findScheme(ctx, tx, b.Round.SchemeID, b.Round.SchemeVersion)
	return b, err
}

// Scores reports whether a rule scores a unit: one under a heading that does not
// apply to it, does not.
func (b Basis) Scores(unit Unit, rule Spec) bool {
	return !b.Scheme.Plan.exempts(b.Scheme.Plan.members()[unit.ID], rule.Heading)
}

// HeadingOf returns the heading a rule stands under; the zero Heading if none.
func (b Basis) HeadingOf(rule Spec) (h Heading) {
	if at := b.Scheme.Plan.heading(rule.Heading); at != nil {
		h = *at
	}
	return h
}

// Judged reports whether people can put a value of their own beside what the
// rule gives: not for what only has an effect on other lines or on the grade.
func (s Spec) Judged() bool { return s.Type != vetoing && s.Type != multiplier && s.Type != category }

// Measured reports whether figures are entered for the rule, by hand or by
// something that works them out.
func (s Spec) Measured() bool { return s.DeedKind == Recorded && s.Measure == "figure" }

// A Place is a line of a round: a unit and the code of a rule.
type Place struct {
	UnitKind string    `db:"unit_kind"`
	UnitID   uuid.UUID `db:"unit_id"`
	Rule     string    `db:"rule_code"`
}

// SystemPoints returns what the rules give for the lines of a round, without
// adjustments. A line that is not there has no points.
func SystemPoints(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (map[Place]decimal.Decimal, error) {
	var rows []struct {
		Place
		Points decimal.Decimal `db:"points"`
	}
	err := tx.Select(ctx, &rows, `
		select unit_kind, unit_id, rule_code, sum(points) as points from assess_entries
		 where round_id = $1 and strpos(part, ':') = 0 group by unit_kind, unit_id, rule_code`, round)
	all := make(map[Place]decimal.Decimal, len(rows))
	for _, r := range rows {
		all[r.Place] = r.Points
	}
	return all, err
}

// CorrectedLines are the lines of a round that have a correction, or one that
// waits for a second person. A line is corrected once at a time.
func CorrectedLines(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (map[Place]bool, error) {
	var rows []Place
	err := tx.Select(ctx, &rows, `
		select unit_kind, unit_id, rule_code from assess_adjustments
		 where round_id = $1 and type = 'correction' and state in ('proposed', 'confirmed') and not reversed and reverses is null`, round)
	all := make(map[Place]bool, len(rows))
	for _, p := range rows {
		all[p] = true
	}
	return all, err
}

// A Judge is one of the people who decided a value.
type Judge struct {
	Member, Account uuid.UUID
	Name            string
}

// A Reviewed is the value of a line that two people stand for who had looked at
// it. Nothing of the system's is overwritten: it becomes a confirmed correction.
type Reviewed struct {
	Round    uuid.UUID
	Unit     Unit
	Rule     string // its code
	RuleName string
	Value    decimal.Decimal
	Reason   string
	Proof    string // the address of the page that shows what it rests on
	First    Judge
	Second   Judge // another person
}

// Keep writes the correction down, and returns its id; nil if the value is the
// system's. ErrCorrected if the line has a correction already, ErrSamePerson if
// the two are one, ErrRoundClosed if the round is closed: it is not before the
// transaction ends. Afterwards the round has to be worked out: Recompute.
func (r Reviewed) Keep(ctx context.Context, tx *tenant.Tx) (*uuid.UUID, error) {
	if r.First.Member == r.Second.Member || r.First.Account == r.Second.Account {
		return nil, ErrSamePerson
	}
	if err := holdRound(ctx, tx, r.Round, false); err != nil {
		return nil, err
	}
	if _, err := adjustable(ctx, tx, r.Round); err != nil {
		return nil, err
	}
	row := adjustmentRow{UnitKind: r.Unit.Kind, UnitID: r.Unit.ID, Adjustment: Adjustment{RoundID: r.Round, RuleCode: r.Rule}}
	_, is, err := system(ctx, tx, row)
	if err != nil && !errors.Is(err, ErrRuleNotFound) { // a rule may have brought no line
		return nil, err
	}
	if r.Value.Equal(is) {
		return nil, nil //nolint:nilnil // no correction is what comes of it
	}
	id := tenant.NewID()
	name := r.RuleName + "（复核）"
	_, err = tx.Exec(ctx, `
		insert into assess_adjustments (id, round_id, unit_kind, unit_id, unit_name, type, rule_code, rule_name, points, system_points,
		                                corrected_points, title, reason, proof_url, by_id, by_account, by_name, at)
		     values ($1, $2, $3, $4, $5, 'correction', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		id, r.Round, r.Unit.Kind, r.Unit.ID, r.Unit.Name, r.Rule, name, r.Value.Sub(is), is, r.Value, r.RuleName, r.Reason, r.Proof,
		r.First.Member, r.First.Account, r.First.Name, tx.Now)
	if tenant.Constraint(err) == "assess_adjustments_line_uq" {
		return nil, ErrCorrected.With("unit", r.Unit.Name).With("rule", r.RuleName)
	}
	if err != nil {
		return nil, err
	}
	deed := tx.Deed(tenant.Deed{Kind: "assess.adjusted", Member: r.Second.Member, Unit: r.Unit.ID, UnitKind: r.Unit.Kind, Item: adjustmentOf(id), Title: name})
	_, err = tx.Exec(ctx, `
		update assess_adjustments
		   set state = 'confirmed', deed_id = $2, decided_id = $3, decided_account = $4, decided_name = $5, decided_at = $6,
		       decided_day = ($6::timestamptz at time zone 'Asia/Shanghai')::date
		 where id = $1 and state = 'proposed'`, id, deed, r.Second.Member, r.Second.Account, r.Second.Name, tx.Now)
	tx.Audit("assess.line_reviewed", adjustmentOf(id), map[string]any{"round": r.Round, "unit": r.Unit.ID, "rule": r.Rule, "points": r.Value.Sub(is)})
	return &id, err
}

// Recompute has a round worked out by works once tx commits, and returns the id
// of the work. ErrRoundClosed, progress.ErrRunning.
func Recompute(ctx context.Context, tx *tenant.Tx, works *progress.Works, round uuid.UUID) (uuid.UUID, error) {
	s, err := long{works: works}.recompute(ctx, tx, ref{round})
	return s.WorkID, err
}

// A Rating is a figure that was worked out from what others gave a unit.
type Rating struct {
	Scheme uuid.UUID
	Rule   string // the code of a rule that is Measured
	Unit   Unit
	Figure decimal.Decimal
	Title  string
}

// Enter records the figure for its rule, like one that is entered by hand, and
// returns the id of its deed. Whoever has it recorded has not chosen it, so
// that they may belong to the unit.
func (r Rating) Enter(ctx context.Context, tx *tenant.Tx) (uuid.UUID, error) {
	s, _, err := findScheme(ctx, tx, r.Scheme, 0)
	if err != nil {
		return uuid.Nil, err
	}
	spec, err := s.byHand(r.Rule)
	switch {
	case err != nil:
		return uuid.Nil, err
	case s.State != "active":
		return uuid.Nil, ErrNotActive
	}
	level := r.Figure.String()
	if err := spec.takes(level); err != nil {
		return uuid.Nil, err
	}
	id := tx.Deed(tenant.Deed{Kind: Recorded, Unit: r.Unit.ID, UnitKind: r.Unit.Kind, Level: level, Title: r.Title,
		Item: fmt.Sprintf("%s%s", recordOf(s.ID, spec.Code), tenant.NewID())})
	tx.Audit("assess.recorded", "assess/scheme/"+s.ID.String(), map[string]any{"record": id, "rule": spec.Code, "unit": r.Unit.ID, "level": level, "n": 1})
	return id, nil
}

// Look shows the item of a deed of a tenant below, which that tenant points to
// as evidence. It leaves the same record as a sample, which that tenant can
// read. ErrSampleGone if it is no item that stands published.
func Look(ctx context.Context, tx *tenant.Tx, subject, deed uuid.UUID) (out Sampled, err error) {
	var d struct {
		Item  string `db:"item"`
		Title string `db:"title"`
	}
	err = tx.Get(ctx, &d, `select item, title from deeds where tenant_id = $1 and id = $2 and tenant_id <> app_tenant()`, subject, deed)
	if errors.Is(err, tenant.ErrNoRows) {
		return out, ErrDeedNotFound
	}
	item := itemOf(d.Item, d.Title)
	if err == nil && item.Kind != "publish/item" {
		err = ErrSampleGone
	}
	if err != nil {
		return out, err
	}
	return open(ctx, tx, subject, newSample{Deed: deed}, item)
}
