package rule

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Deduction takes points off for each event by its level, beginning at Base and
// going no lower than Floor (R3). Every event counts: the same content found
// wrong twice is two events. One that was taken back takes nothing off; if it
// did so in an earlier period, that is given back.
type Deduction struct {
	Name   string
	Base   decimal.Decimal
	Levels []LevelPoints
	Floor  *decimal.Decimal // of the points; nil: zero if there is a base, none otherwise
	Cap    *decimal.Decimal // nil: none
}

// Score implements Rule with one line.
func (r Deduction) Score(facts []Fact) []Line {
	l := Line{Part: "deduction", Before: r.Base, Given: r.Base}
	price := PerItem{Levels: r.Levels}
	s, n := sum{}, make([]int, len(r.Levels))
	for _, g := range groups(apart(facts)) {
		f := g[0]
		k := price.level(f)
		if k < 0 {
			continue
		}
		w := price.worth(f).Neg()
		took := f.Reversal != uuid.Nil
		switch {
		case f.Before && took:
			s.parts, n[k] = append(s.parts, addend{Share{f.Tenant, f.Reversal, w.Neg(), Reversal}, w.Neg()}), n[k]-f.N
		case f.Before:
		case took:
			s.parts = append(s.parts, addend{Share{f.Tenant, f.ID, decimal.Zero, Reversed}, decimal.Zero},
				addend{Share{f.Tenant, f.Reversal, decimal.Zero, Reversal}, decimal.Zero})
		default:
			s.parts, n[k] = append(s.parts, addend{Share{f.Tenant, f.ID, w, ""}, w}), n[k]+f.N
		}
	}
	for _, p := range s.parts {
		l.Before, l.Shares = l.Before.Add(p.value), append(l.Shares, p.share)
	}
	for _, k := range n {
		l.N += k
	}
	l.Points = least(most(l.Before, r.floor()), r.Cap)
	l.Formula = r.formula(n, l)
	return []Line{l}
}

func (r Deduction) floor() *decimal.Decimal {
	if r.Floor == nil && r.Base.IsPositive() {
		return new(decimal.Zero)
	}
	return r.Floor
}

// apart makes every fact one of its own, whatever it is about.
func apart(facts []Fact) []Fact {
	own := make([]Fact, len(facts))
	for i, f := range facts {
		f.Content, f.Item = "", f.Tenant.String()+f.ID.String()
		own[i] = f
	}
	return own
}

func (r Deduction) formula(n []int, l Line) string {
	var terms []string
	for i, p := range r.Levels {
		if n[i] != 0 {
			terms = append(terms, fmt.Sprintf("%s%s %d 次 × %s 分", LevelName(p.Level), r.Name, n[i], p.Points))
		}
	}
	switch {
	case len(terms) == 0 && r.Base.IsZero():
		return r.Name + " 0 次，不扣分"
	case len(terms) == 0:
		return fmt.Sprintf("%s 0 次，得 %s 分", r.Name, l.Before) + bounded(l)
	case r.Base.IsZero():
		return fmt.Sprintf("扣 %s = %s 分", strings.Join(terms, " − "), l.Before) + bounded(l)
	}
	return fmt.Sprintf("%s − %s = %s 分", r.Base, strings.Join(terms, " − "), l.Before) + bounded(l)
}
