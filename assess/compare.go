package assess

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/fault"
	"hetu/tenant"
)

// ErrSides means that fewer than two or more than eight units were asked to be
// laid side by side.
var ErrSides = fault.New(fault.Invalid, "assess.sides")

// sides is how many units are laid side by side at most.
const sides = 8

type compareQuery struct {
	ID    uuid.UUID `json:"-" path:"id"`
	Units string    `json:"-" query:"units"` // two to eight ids, with commas between them
}

// Validate checks the ids.
func (q compareQuery) Validate() error {
	_, err := q.units()
	return err
}

func (q compareQuery) units() ([]string, error) {
	var all []string
	for part := range strings.SplitSeq(q.Units, ",") {
		if part == "" {
			continue
		}
		id, err := uuid.Parse(part)
		switch {
		case err != nil:
			return nil, ErrUnitUnknown.On("units")
		case slices.Contains(all, id.String()):
			return nil, ErrUnitTwice.On("units")
		}
		all = append(all, id.String())
	}
	if len(all) < 2 || len(all) > sides {
		return nil, ErrSides.On("units")
	}
	return all, nil
}

// A Comparison is some units of a round side by side, in the order they were
// asked for.
type Comparison struct {
	Round Round      `json:"round"`
	Sides []Side     `json:"sides"`
	Lines []SideLine `json:"lines"` // in the order of the rules, then what no rule brought
}

// A Side is one of the units that are compared.
type Side struct {
	Unit     Unit            `json:"unit"`
	Rank     int             `json:"rank"`
	Units    int             `json:"units"` // how many are ranked with it
	Class    string          `json:"class"` // what its class is called; empty without classes
	Grade    string          `json:"grade"`
	Total    decimal.Decimal `json:"total"`
	Movement *int            `json:"movement"`
}

// A SideLine is what one rule brought each of them.
type SideLine struct {
	Rule   string          `json:"rule"` // its code
	Name   string          `json:"name"`
	Group  string          `json:"group"`  // what the heading it stands under is called
	Cells  []SideCell      `json:"cells"`  // by side
	Spread decimal.Decimal `json:"spread"` // between the most and the least
}

// A SideCell is what a rule brought one unit, exact.
type SideCell struct {
	Entry  *uuid.UUID      `json:"entry"` // null: the unit has no such line
	Points decimal.Decimal `json:"points"`
	N      int             `json:"n"`
	Best   bool            `json:"best"` // none has more, and not all have the same
}

// compare lays some units of a round side by side, rule by rule.
func compare(ctx context.Context, tx *tenant.Tx, q compareQuery) (out Comparison, err error) {
	if out.Round, err = findRound(ctx, tx, q.ID); err != nil {
		return out, err
	}
	s, _, err := findScheme(ctx, tx, out.Round.SchemeID, out.Round.SchemeVersion)
	if err != nil {
		return out, err
	}
	asked, err := q.units()
	if err != nil {
		return out, err
	}
	at, err := out.side(ctx, tx, s.Plan, asked)
	if err != nil {
		return out, err
	}
	lines, err := linesOf(ctx, tx, q.ID, asked)
	if err != nil {
		return out, err
	}
	out.fill(lines, at, s)
	return out, nil
}

// side reads the units that were asked for, and returns their places.
func (c *Comparison) side(ctx context.Context, tx *tenant.Tx, plan Plan, asked []string) (map[uuid.UUID]int, error) {
	var got []struct {
		Unit
		Rank     int             `db:"rank"`
		Units    int             `db:"units"`
		Class    string          `db:"class"`
		Grade    string          `db:"grade"`
		Total    decimal.Decimal `db:"total"`
		Movement *int            `db:"movement"`
	}
	err := tx.Select(ctx, &got, `
		select s.unit_kind, s.unit_id, s.unit_name, s.rank, s.total, s.class, `+gradeShown+`, p.rank - s.rank as movement,
		       (select count(*) from assess_scores o
		         where o.round_id = s.round_id and o.unit_kind = s.unit_kind and o.class = s.class) as units
		  from assess_rounds r
		  join assess_scores s on s.round_id = r.id
		  left join assess_scores p on p.unit_kind = s.unit_kind and p.unit_id = s.unit_id and p.round_id = (`+previousRound+`)
		 where r.id = $1 and s.unit_id = any ($2::uuid[])
		 order by array_position($2::uuid[], s.unit_id)`, c.Round.ID, tenant.Array(asked))
	if err != nil {
		return nil, err
	}
	if len(got) != len(asked) {
		return nil, ErrUnitUnknown.On("units")
	}
	at := map[uuid.UUID]int{}
	for i, g := range got {
		at[g.ID] = i
		c.Sides = append(c.Sides, Side{g.Unit, g.Rank, g.Units, plan.className(g.Class), g.Grade, g.Total, g.Movement})
	}
	return at, nil
}

// A ruleLine is what one rule brought one unit, with all its lines together.
type ruleLine struct {
	Unit   uuid.UUID       `db:"unit_id"`
	Code   string          `db:"rule_code"`
	Name   string          `db:"rule_name"`
	Seq    int             `db:"seq"`
	Points decimal.Decimal `db:"points"`
	N      int             `db:"n"`
	Entry  uuid.UUID       `db:"entry"`
}

func linesOf(ctx context.Context, tx *tenant.Tx, round uuid.UUID, units []string) (all []ruleLine, err error) {
	err = tx.Select(ctx, &all, `
		select unit_id, rule_code, (array_agg(rule_name order by seq))[1] as rule_name, min(seq) as seq, sum(points) as points,
		       max(n) as n, (array_agg(id order by seq))[1] as entry
		  from assess_entries
		 where round_id = $1 and unit_id = any ($2::uuid[])
		 group by unit_id, rule_code
		 order by seq, rule_code, unit_id`, round, tenant.Array(units))
	return all, err
}

// fill puts the lines into their cells.
func (c *Comparison) fill(lines []ruleLine, at map[uuid.UUID]int, s Scheme) {
	place := map[string]int{}
	for _, r := range s.Rules {
		place[r.Code] = len(c.Lines)
		c.Lines = append(c.Lines, SideLine{Rule: r.Code, Name: r.Name, Group: s.Plan.headingName(r.Heading), Cells: make([]SideCell, len(c.Sides))})
	}
	for _, l := range lines {
		i, known := place[l.Code]
		if !known {
			i = len(c.Lines)
			place[l.Code] = i
			c.Lines = append(c.Lines, SideLine{Rule: l.Code, Name: otherName(l), Cells: make([]SideCell, len(c.Sides))})
		}
		c.Lines[i].Cells[at[l.Unit]] = SideCell{Entry: &l.Entry, Points: l.Points, N: l.N}
	}
	c.Lines = slices.DeleteFunc(c.Lines, func(l SideLine) bool {
		return !slices.ContainsFunc(l.Cells, func(c SideCell) bool { return c.Entry != nil })
	})
	for i := range c.Lines {
		c.Lines[i].weigh()
	}
}

// weigh says who is best and how far apart they are.
func (l *SideLine) weigh() {
	points := make([]decimal.Decimal, len(l.Cells))
	for i, c := range l.Cells {
		points[i] = c.Points
	}
	most, least := decimal.Max(points[0], points[1:]...), decimal.Min(points[0], points[1:]...)
	l.Spread = most.Sub(least)
	for i := range l.Cells {
		l.Cells[i].Best = l.Cells[i].Entry != nil && l.Spread.IsPositive() && l.Cells[i].Points.Equal(most)
	}
}

// headingName is what a heading is called; empty if there is none of that code.
func (p Plan) headingName(code string) string {
	if h := p.heading(code); h != nil {
		return h.Name
	}
	return ""
}

// otherName is what a line is called that no rule brought.
func otherName(l ruleLine) string {
	if l.Code == eventRule {
		return "加分、扣分和否决事项"
	}
	return l.Name
}
