package assess

import (
	"context"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"hetu/tenant"
)

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
	Effects    []string        // of vetoes that two people decided, in the order they were proposed
}

// Stand returns where the units of a computed round stand, in the order of the
// lists. heading is the code of the one whose points are added up; none if empty.
// What was taken off is added up as an edition has it.
func Stand(ctx context.Context, tx *tenant.Tx, r Round, heading string, e Edition) ([]Standpoint, error) {
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
		                and a.state = 'confirmed' and a.reverses is null and not a.reversed order by a.id) as effects
		  from assess_scores s
		  left join (select unit_kind, unit_id, jsonb_agg(jsonb_build_object('code', rule_code, 'part', part, 'before', points_before::text, 'points', points::text)) as lines
		               from assess_entries where round_id = $1 group by unit_kind, unit_id) e
		    on e.unit_kind = s.unit_kind and e.unit_id = s.unit_id
		 where s.round_id = $1
		 order by s.unit_kind, s.place`, r.ID)
	all := make([]Standpoint, len(rows))
	for i, row := range rows {
		all[i] = Standpoint{Unit: row.Unit, Class: row.Class, Rank: row.Rank, Total: row.Total, Grade: row.Grade, Effects: row.Effects}
		all[i].weigh(s.Rules, s.Plan, row.Lines.V, heading, e)
	}
	return all, err
}

// Stand returns what Stand returns for the round of the package, from nothing
// but the package.
func (p Packed) Stand(heading string, e Edition) []Standpoint {
	all := make([]Standpoint, len(p.Result.Scores))
	for i, s := range p.Result.Scores {
		lines := make([]standing, len(s.Lines))
		for j, l := range s.Lines {
			lines[j] = standing{l.Rule.Code, l.Part, l.Before, l.Points}
		}
		all[i] = Standpoint{Unit: s.Unit, Class: s.Class, Rank: s.Rank, Total: s.Total, Grade: s.Grade, Effects: p.effects(s.Unit)}
		all[i].weigh(p.Result.Version.Rules, p.Result.Version.Plan, lines, heading, e)
	}
	return all
}

// effects are those of the vetoes that two people decided about a unit and did
// not take back. They are in the order of their ids, which tell the time.
func (p Packed) effects(u Unit) (all []string) {
	sorted := slices.Clone(p.Adjusted)
	slices.SortFunc(sorted, func(a, b Adjusted) int { return slices.Compare(a.ID[:], b.ID[:]) })
	for _, a := range sorted {
		back := slices.ContainsFunc(sorted, func(b Adjusted) bool { return b.Reverses != nil && *b.Reverses == a.ID })
		if a.Type == veto && a.UnitKind == u.Kind && a.UnitID == u.ID && a.Reverses == nil && !back {
			all = append(all, a.Effect)
		}
	}
	return all
}

// weigh adds up what decides between equals.
func (p *Standpoint) weigh(rules []Spec, plan Plan, lines []standing, heading string, e Edition) {
	p.ClassName, p.Deductions = plan.className(p.Class), taken(lines)
	if e.known() != InTurn {
		p.Deductions = missed(rules, lines)
	}
	for _, l := range lines {
		if heading != "" && plan.stands(rules, l.Code, heading) {
			p.Heading = p.Heading.Add(l.Points)
		}
	}
}

type standing struct {
	Code   string          `json:"code"`
	Part   string          `json:"part"`
	Before decimal.Decimal `json:"before"` // caps and floors
	Points decimal.Decimal `json:"points"`
}

// missed adds up what was taken off: by rules, with what was corrected of that,
// and by penalties less those taken back. Where a rule takes off base points, it
// is what is missing of those, although the line stays above zero.
func missed(rules []Spec, lines []standing) (sum decimal.Decimal) {
	off, corrected := map[string]decimal.Decimal{}, map[string]decimal.Decimal{}
	for _, l := range lines {
		switch kind, _, adjusted := strings.Cut(l.Part, ":"); {
		case kind == penalty:
			sum = sum.Sub(l.Points)
		case kind == correction:
			corrected[l.Code] = corrected[l.Code].Add(l.Points)
		case adjusted, l.Part == "limit", strings.HasPrefix(l.Code, "_"):
		default:
			off[l.Code] = off[l.Code].Add(l.off(rules))
		}
	}
	for code, by := range off {
		if by.IsPositive() || slices.ContainsFunc(rules, func(r Spec) bool { return r.Code == code && r.takesOff() }) {
			sum = sum.Add(decimal.Max(by.Sub(corrected[code]), decimal.Zero))
		}
	}
	return sum
}

// takesOff reports whether a rule takes points off those it begins with.
func (s Spec) takesOff() bool {
	return s.Type == deduction || s.Type == baseTask && s.Shortfall == "deduct"
}

// off is what a rule took off in one of its lines; a cap takes nothing off.
func (l standing) off(rules []Spec) decimal.Decimal {
	i := slices.IndexFunc(rules, func(r Spec) bool { return r.Code == l.Code })
	if i < 0 || !rules[i].takesOff() || l.Part == "bonus" {
		return decimal.Max(l.Points.Neg(), decimal.Zero)
	}
	base := or(rules[i].BasePoints)
	return decimal.Max(decimal.Min(base.Sub(l.Before), base.Sub(l.Points)), decimal.Zero)
}

// taken is missed as the first edition had it: only lines below zero, and
// penalties less those taken back.
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
func (p Plan) stands(rules []Spec, code, heading string) bool {
	for _, r := range rules {
		if r.Code == code {
			return p.under(r.Heading, heading)
		}
	}
	return p.under(code, heading)
}

// HasHeading reports whether the plan has a heading of that code.
func (p Plan) HasHeading(code string) bool { return p.heading(code) != nil }
