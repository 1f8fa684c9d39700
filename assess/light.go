package assess

import (
	"slices"

	"github.com/shopspring/decimal"
)

// A Light says how a unit does by one rule.
//
// A rule with a task is measured by the number of items against the task; any
// other by points against the median of the units in the list. What reaches
// that is green, what reaches three fifths of it is yellow, less is red.
type Light struct {
	Color   string          `json:"color" enum:"green,yellow,red"`
	Basis   string          `json:"basis" enum:"task,median"`
	Against decimal.Decimal `json:"against"` // the task, or the median
}

// light gives the parts of the rows of one list their lights.
func light(rows []Row, rules []Spec) {
	by := make(map[string][]*Part, len(rules))
	for i := range rows {
		for j := range rows[i].Parts {
			p := &rows[i].Parts[j]
			by[p.Rule] = append(by[p.Rule], p)
		}
	}
	for i := range rules {
		rule := &rules[i]
		parts := by[rule.Code]
		if rule.Type == baseTask && len(rule.ByClass) == 0 && (rule.Every == "" || rule.Every == "year") {
			task := decimal.NewFromInt(int64(rule.Task))
			thrice := task.Mul(three)
			for _, p := range parts {
				p.Light = Light{color(decimal.NewFromInt(int64(p.N)), task, thrice), "task", task}
			}
			continue
		}
		m := median(parts)
		thrice := m.Mul(three)
		for _, p := range parts {
			p.Light = Light{color(p.Points, m, thrice), "median", m}
		}
	}
}

var three, five = decimal.NewFromInt(3), decimal.NewFromInt(5)

// color is that of what is measured against something, of which thrice is three
// times as much.
func color(is, against, thrice decimal.Decimal) string {
	switch {
	case is.GreaterThanOrEqual(against):
		return "green"
	case is.Mul(five).GreaterThanOrEqual(thrice):
		return "yellow"
	}
	return "red"
}

// median returns the middle of the points, or what lies between the two in the
// middle; zero of none.
func median(parts []*Part) decimal.Decimal {
	if len(parts) == 0 {
		return decimal.Zero
	}
	ps := make([]decimal.Decimal, len(parts))
	for i, p := range parts {
		ps[i] = p.Points
	}
	slices.SortFunc(ps, decimal.Decimal.Cmp)
	return ps[(len(ps)-1)/2].Add(ps[len(ps)/2]).Div(decimal.NewFromInt(2))
}
