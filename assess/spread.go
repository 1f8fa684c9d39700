package assess

import (
	"context"
	"slices"

	"github.com/shopspring/decimal"

	"hetu/tenant"
)

// A Spread says how the totals of a round are distributed, class by class.
type Spread struct {
	Round Round        `json:"round"`
	Lists []SpreadList `json:"lists"`
}

// A SpreadList is one class, or all units of a kind where there are none. Mean
// and quartiles are rounded to two places.
type SpreadList struct {
	Class   string          `json:"class"` // its code; empty without classes
	Name    string          `json:"name"`  // what it is called
	Units   int             `json:"units"`
	Lowest  decimal.Decimal `json:"lowest"`
	Lower   decimal.Decimal `json:"lower"` // a quarter of the units is not above it
	Median  decimal.Decimal `json:"median"`
	Upper   decimal.Decimal `json:"upper"` // a quarter of the units is not below it
	Highest decimal.Decimal `json:"highest"`
	Mean    decimal.Decimal `json:"mean"`
	Bands   []SpreadBand    `json:"bands"` // from below to above, without gaps
	Grades  []SpreadGrade   `json:"grades"`
}

// A SpreadBand is how many units have a total from From to less than To; the
// last band holds To as well.
type SpreadBand struct {
	From decimal.Decimal `json:"from"`
	To   decimal.Decimal `json:"to"`
	N    int             `json:"n"`
}

// A SpreadGrade is how many units are in a grade.
type SpreadGrade struct {
	Grade string `json:"grade"`
	N     int    `json:"n"`
}

// A standing place: all that the distribution needs to know of a unit.
type placed struct {
	Class string          `db:"class"`
	Grade string          `db:"grade"`
	Total decimal.Decimal `db:"total"`
}

// spread returns the distribution of one kind of unit.
func spread(ctx context.Context, tx *tenant.Tx, q rankingQuery) (out Spread, err error) {
	if out.Round, err = findRound(ctx, tx, q.ID); err != nil {
		return out, err
	}
	s, _, err := findScheme(ctx, tx, out.Round.SchemeID, out.Round.SchemeVersion)
	if err != nil {
		return out, err
	}
	if q.Subject == "" {
		q.Subject = "tenant"
	}
	var all []placed
	err = tx.Select(ctx, &all, `
		select class, grade, total from assess_scores where round_id = $1 and unit_kind = $2 order by place`, q.ID, q.Subject)
	out.Lists = spreadOf(all, s.Plan)
	return out, err
}

// spreadOf puts together units that are ranked together, in the order they come.
func spreadOf(all []placed, plan Plan) []SpreadList {
	lists := []SpreadList{}
	at := map[string][]placed{}
	var order []string
	for _, p := range all {
		if len(at[p.Class]) == 0 {
			order = append(order, p.Class)
		}
		at[p.Class] = append(at[p.Class], p)
	}
	for _, class := range order {
		l := listOf(at[class])
		l.Class, l.Name, l.Grades = class, plan.className(class), gradesOf(at[class], plan)
		lists = append(lists, l)
	}
	return lists
}

// listOf works out the figures of at least one unit.
func listOf(units []placed) SpreadList {
	totals := make([]decimal.Decimal, len(units))
	for i, u := range units {
		totals[i] = u.Total
	}
	slices.SortFunc(totals, decimal.Decimal.Cmp)
	n := len(totals)
	l := SpreadList{Units: n, Lowest: totals[0], Highest: totals[n-1], Median: middle(totals)}
	l.Lower, l.Upper = l.Median, l.Median
	if n > 1 {
		l.Lower, l.Upper = middle(totals[:n/2]), middle(totals[(n+1)/2:])
	}
	l.Mean = decimal.Sum(totals[0], totals[1:]...).DivRound(decimal.NewFromInt(int64(n)), 2)
	l.Bands = bandsOf(totals)
	return l
}

// middle returns what lies in the middle of sorted values, to two places.
func middle(sorted []decimal.Decimal) decimal.Decimal {
	n := len(sorted)
	return sorted[(n-1)/2].Add(sorted[n/2]).DivRound(two, 2)
}

var two = decimal.NewFromInt(2)

// bandsOf counts sorted totals in at most ten bands whose limits are round
// numbers.
func bandsOf(sorted []decimal.Decimal) []SpreadBand {
	lowest, highest := sorted[0], sorted[len(sorted)-1]
	if lowest.Equal(highest) {
		return []SpreadBand{{lowest, highest, len(sorted)}}
	}
	width := roundWidth(highest.Sub(lowest))
	from := lowest.Div(width).Floor().Mul(width)
	var bands []SpreadBand
	for from.LessThan(highest) {
		bands = append(bands, SpreadBand{From: from, To: from.Add(width)})
		from = from.Add(width)
	}
	for _, t := range sorted {
		i := slices.IndexFunc(bands, func(b SpreadBand) bool { return t.LessThan(b.To) })
		if i < 0 {
			i = len(bands) - 1
		}
		bands[i].N++
	}
	return bands
}

// roundWidth returns the least of 1, 2 and 5, and these times any power of ten
// from a hundredth on, eight of which reach over a span.
func roundWidth(span decimal.Decimal) decimal.Decimal {
	eighth := span.DivRound(decimal.NewFromInt(8), 16)
	for power := decimal.New(1, -2); ; power = power.Shift(1) {
		for _, n := range []int64{1, 2, 5} {
			if w := power.Mul(decimal.NewFromInt(n)); w.GreaterThanOrEqual(eighth) {
				return w
			}
		}
	}
}

// gradesOf counts the grades, the best first.
func gradesOf(units []placed, plan Plan) []SpreadGrade {
	all := []SpreadGrade{}
	for _, g := range plan.Grades {
		n := 0
		for _, u := range units {
			if u.Grade == g.Name {
				n++
			}
		}
		all = append(all, SpreadGrade{g.Name, n})
	}
	return all
}
