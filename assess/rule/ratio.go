package rule

import (
	"fmt"

	"github.com/shopspring/decimal"
)

// Ratio gives Weight in the ratio of what was reached to the target: at most
// Most times the weight, and Missed times the ratio where the target was missed
// (R6, N3). It never goes below zero.
type Ratio struct {
	Name    string
	Target  decimal.Decimal // > 0
	Weight  decimal.Decimal
	Most    decimal.Decimal // zero: 1
	Missed  decimal.Decimal // zero: 1
	Figures bool            // figures that were entered count, not how many deeds there are
	Cap     *decimal.Decimal
}

// Score implements Rule with one line.
func (r Ratio) Score(facts []Fact) []Line {
	s := measured(facts, r.Figures)
	l := Line{Part: "ratio", N: s.n, Before: r.points(s.value), Value: s.value}
	l.Points = least(l.Before, r.Cap)
	l.Shares = s.shares(r.points)
	l.Formula = fmt.Sprintf("%s %s，目标 %s，%s × %s ÷ %s", r.Name, s.value, r.Target, r.Weight, s.value, r.Target)
	switch {
	case s.value.LessThan(r.Target) && !r.missed().Equal(decimal.NewFromInt(1)):
		l.Formula += fmt.Sprintf(" × %s（未完成）", r.missed())
	case s.value.GreaterThan(r.Target.Mul(r.most())):
		l.Formula += fmt.Sprintf("，按最多 %s 倍计", r.most())
	}
	l.Formula += fmt.Sprintf(" = %s 分", l.Before) + bounded(l)
	return []Line{l}
}

func (r Ratio) most() decimal.Decimal   { return orOne(r.Most) }
func (r Ratio) missed() decimal.Decimal { return orOne(r.Missed) }

func orOne(d decimal.Decimal) decimal.Decimal {
	if d.IsZero() {
		return decimal.NewFromInt(1)
	}
	return d
}

// Sixteen places, as in BaseTask: more than any rounding of a total can see.
func (r Ratio) points(v decimal.Decimal) decimal.Decimal {
	v = decimal.Max(v, decimal.Zero)
	factor := decimal.NewFromInt(1)
	if v.LessThan(r.Target) {
		factor = r.missed()
	}
	v = decimal.Min(v, r.Target.Mul(r.most()))
	return r.Weight.Mul(v).Mul(factor).DivRound(r.Target, 16)
}
