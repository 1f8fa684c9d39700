package rule

import (
	"fmt"

	"github.com/shopspring/decimal"
)

// A Step of a table: what is at least AtLeast gets Points.
type Step struct {
	AtLeast decimal.Decimal `json:"at_least" pattern:"^-?[0-9]{1,12}([.][0-9]{1,4})?$"`
	Points  decimal.Decimal `json:"points" pattern:"^-?[0-9]{1,6}([.][0-9]{1,4})?$"`
}

// Steps gives the points of the highest step that was reached; what is below
// all of them gets none (R7).
type Steps struct {
	Name    string
	Table   []Step
	Figures bool
	Cap     *decimal.Decimal
}

// Score implements Rule with one line.
func (r Steps) Score(facts []Fact) []Line {
	s := measured(facts, r.Figures)
	l := Line{Part: "steps", N: s.n, Before: r.points(s.value), Given: r.points(decimal.Zero), Value: s.value}
	l.Points = least(l.Before, r.Cap)
	l.Shares = s.shares(r.points)
	if i := reached(r.Table, s.value); i >= 0 {
		l.Formula = fmt.Sprintf("%s %s，达到 %s 一档，计 %s 分", r.Name, s.value, r.Table[i].AtLeast, l.Before) + bounded(l)
	} else {
		l.Formula = fmt.Sprintf("%s %s，未达到任何一档，计 0 分", r.Name, s.value)
	}
	return []Line{l}
}

func (r Steps) points(v decimal.Decimal) decimal.Decimal {
	if i := reached(r.Table, v); i >= 0 {
		return r.Table[i].Points
	}
	return decimal.Zero
}

// reached returns the index of the highest step that v reaches, or -1.
func reached(table []Step, v decimal.Decimal) int {
	best := -1
	for i, s := range table {
		if v.GreaterThanOrEqual(s.AtLeast) && (best < 0 || s.AtLeast.GreaterThan(table[best].AtLeast)) {
			best = i
		}
	}
	return best
}

// Deviation gives base points for reaching the target; each whole step by which
// the target is exceeded or missed, a step being Percent of it, adds or takes
// Points, up to Up and down to Down (R7 for figures such as profit). What is
// left of a step does not count.
type Deviation struct {
	Name    string
	Base    decimal.Decimal
	Target  decimal.Decimal // > 0
	Percent decimal.Decimal // > 0
	Points  decimal.Decimal
	Up      *decimal.Decimal // most that is added; nil: no limit
	Down    *decimal.Decimal // most that is taken; nil: down to zero points
	Figures bool
	Cap     *decimal.Decimal
}

// Score implements Rule with one line.
func (r Deviation) Score(facts []Fact) []Line {
	s := measured(facts, r.Figures)
	l := Line{Part: "steps", N: s.n, Before: r.points(s.value), Given: r.points(decimal.Zero), Value: s.value}
	l.Points = least(l.Before, r.Cap)
	l.Shares = s.shares(r.points)
	by := r.whole(s.value)
	word := "超过"
	if s.value.LessThan(r.Target) {
		word = "低于"
	}
	l.Formula = fmt.Sprintf("%s %s，%s目标 %s 满 %s 个 %s%%：%s %s = %s 分", r.Name, s.value, word, r.Target,
		by.Abs(), r.Percent, r.Base, signed(l.Before.Sub(r.Base)), l.Before) + bounded(l)
	return []Line{l}
}

func signed(d decimal.Decimal) string {
	if d.IsNegative() {
		return "− " + d.Neg().String()
	}
	return "+ " + d.String()
}

// whole returns how many whole steps v is from the target, with its sign.
func (r Deviation) whole(v decimal.Decimal) decimal.Decimal {
	step := r.Target.Mul(r.Percent) // a hundred steps
	steps, _ := v.Sub(r.Target).Shift(2).QuoRem(step, 0)
	return steps
}

func (r Deviation) points(v decimal.Decimal) decimal.Decimal {
	by := r.whole(v).Mul(r.Points)
	if by.IsPositive() {
		return r.Base.Add(least(by, r.Up))
	}
	down := r.Base
	if r.Down != nil {
		down = *r.Down
	}
	return r.Base.Sub(decimal.Min(by.Neg(), down))
}
