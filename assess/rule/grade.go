package rule

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// A GradeFactor is what a grade such as 优秀 multiplies points by.
type GradeFactor struct {
	Grade  string          `json:"grade" minLength:"1" maxLength:"20"`
	Factor decimal.Decimal `json:"factor" pattern:"^[0-9]{1,3}([.][0-9]{1,4})?$"`
}

// Grade gives Weight times the factor of the grade a unit was given (R8). Of
// several grades the latest counts, or the lowest, or the average of all.
// Without a known grade there are no points.
type Grade struct {
	Name    string
	Weight  decimal.Decimal
	Factors []GradeFactor
	Pick    string // "latest", "lowest", "average"; latest if empty
	Cap     *decimal.Decimal
}

// Score implements Rule with one line.
func (r Grade) Score(facts []Fact) []Line {
	l := Line{Part: "grade"}
	var given []Fact
	for _, f := range sorted(facts) {
		switch {
		case f.Before || factorOf(r.Factors, f.Level) == nil:
		case f.Reversal != uuid.Nil:
			l.Shares = append(l.Shares, Share{f.Tenant, f.ID, decimal.Zero, Reversed}, Share{f.Tenant, f.Reversal, decimal.Zero, Reversal})
		default:
			given = append(given, f)
		}
	}
	if len(given) == 0 {
		l.Formula = r.Name + " 未评定，计 0 分"
		return []Line{l}
	}
	counts := r.counting(given)
	l.N = len(counts)
	total := decimal.Zero
	for _, f := range given {
		s := Share{Tenant: f.Tenant, Deed: f.ID, Note: Lower}
		if slices.ContainsFunc(counts, func(c Fact) bool { return c.Tenant == f.Tenant && c.ID == f.ID }) {
			s.Note = ""
			s.Points = r.Weight.Mul(*factorOf(r.Factors, f.Level)).DivRound(whole(len(counts)), 16)
			total = total.Add(*factorOf(r.Factors, f.Level))
		}
		l.Before = l.Before.Add(s.Points)
		l.Shares = append(l.Shares, s)
	}
	l.Points = least(l.Before, r.Cap)
	if len(counts) == 1 {
		l.Formula = fmt.Sprintf("%s %s：%s × %s = %s 分", r.Name, counts[0].Level, r.Weight, total, l.Before) + bounded(l)
	} else {
		l.Formula = fmt.Sprintf("%s %d 次平均：%s × %s ÷ %d = %s 分", r.Name, l.N, r.Weight, total, l.N, l.Before) + bounded(l)
	}
	return []Line{l}
}

// counting returns the facts whose grades count; given is not empty.
func (r Grade) counting(given []Fact) []Fact {
	switch r.Pick {
	case "average":
		return given
	case "lowest":
		return []Fact{slices.MinFunc(given, func(a, b Fact) int { return factorOf(r.Factors, a.Level).Cmp(*factorOf(r.Factors, b.Level)) })}
	}
	return given[len(given)-1:]
}

func factorOf(all []GradeFactor, grade string) *decimal.Decimal {
	for i := range all {
		if all[i].Grade == grade {
			return &all[i].Factor
		}
	}
	return nil
}

func sorted(facts []Fact) []Fact {
	all := slices.Clone(facts)
	slices.SortFunc(all, less)
	return all
}
