package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// What an event that vetoes does to a unit's grade.
const (
	NoExcellent = "no_excellent"   // it cannot be in the first grade
	GradeDown   = "one_grade_down" // one grade lower
	Fail        = "fail"           // the last grade
)

// Veto brings no points: if there are at least Events events, it has its effect
// on the grade of the unit (R10).
type Veto struct {
	Name   string
	Effect string
	Events int // 1 if zero
}

// Score implements Rule with one line of no points. Its N is how many events
// stand.
func (r Veto) Score(facts []Fact) []Line {
	l := Line{Part: "veto"}
	for _, f := range sorted(apart(facts)) {
		switch {
		case f.Before:
		case f.Reversal != uuid.Nil:
			l.Shares = append(l.Shares, Share{f.Tenant, f.ID, decimal.Zero, Reversed}, Share{f.Tenant, f.Reversal, decimal.Zero, Reversal})
		default:
			l.N += f.N
			l.Shares = append(l.Shares, Share{Tenant: f.Tenant, Deed: f.ID})
		}
	}
	l.Formula = fmt.Sprintf("%s %d 起", r.Name, l.N)
	if r.Holds(l) {
		l.Formula += "，" + effects[r.Effect]
	} else {
		l.Formula += "，不影响等次"
	}
	return []Line{l}
}

// Holds reports whether the veto of a line that Score returned has its effect.
func (r Veto) Holds(l Line) bool { return l.N >= max(r.Events, 1) }

var effects = map[string]string{NoExcellent: "不得评为最高等次", GradeDown: "等次下降一档", Fail: "一票否决，评为最低等次"}

// A Brought is what one rule brought a unit.
type Brought struct {
	Code, Name string
	Points     decimal.Decimal
}

// An Adjusting rule changes what others brought. Adjust returns by how much,
// and why; an empty text means there is nothing to say.
type Adjusting interface {
	Rule
	Adjust(facts []Fact, of []Brought) (by decimal.Decimal, why string)
}

// Multiplier multiplies what others brought by a factor (R11): the one of the
// latest grade the unit was given, if there is one, or Factor.
type Multiplier struct {
	Name    string
	Factor  decimal.Decimal // zero: 1
	Factors []GradeFactor
}

// Score implements Rule with no line: there is nothing to multiply yet.
func (Multiplier) Score([]Fact) []Line { return nil }

// Adjust implements Adjusting.
func (r Multiplier) Adjust(facts []Fact, of []Brought) (decimal.Decimal, string) {
	factor, grade := orOne(r.Factor), ""
	for _, f := range sorted(facts) {
		if g := factorOf(r.Factors, f.Level); g != nil && !f.Before && f.stands() {
			factor, grade = *g, f.Level+" "
		}
	}
	sum := totalOf(of)
	by := sum.Mul(factor.Sub(decimal.NewFromInt(1)))
	return by, fmt.Sprintf("%s %s%s：%s × %s = %s 分", r.Name, grade, factor, sum, factor, sum.Add(by))
}

// Category lets only the highest of several rules count (R12).
type Category struct{ Name string }

// Score implements Rule with no line.
func (Category) Score([]Fact) []Line { return nil }

// Adjust implements Adjusting.
func (r Category) Adjust(_ []Fact, of []Brought) (decimal.Decimal, string) {
	var got []Brought
	for _, b := range of {
		if b.Points.IsPositive() {
			got = append(got, b)
		}
	}
	if len(got) < 2 {
		return decimal.Zero, ""
	}
	top := slices.MaxFunc(got, func(a, b Brought) int { return a.Points.Cmp(b.Points) })
	var lost []string
	for _, b := range got {
		if b.Code != top.Code {
			lost = append(lost, b.Name+" "+b.Points.String()+" 分")
		}
	}
	return top.Points.Sub(totalOf(got)), fmt.Sprintf("%s：只计最高的%s %s 分，不再计%s", r.Name, top.Name, top.Points, strings.Join(lost, "、"))
}

func totalOf(of []Brought) decimal.Decimal {
	sum := decimal.Zero
	for _, b := range of {
		sum = sum.Add(b.Points)
	}
	return sum
}
