package rule

import (
	"fmt"

	"github.com/shopspring/decimal"
)

// Bonus gives points for the items beyond the first Over of a period, by their
// level, up to a cap of its own (R4). Items count as PerItem counts them, in the
// order of their time.
type Bonus struct {
	PerItem
	Over int
}

// Score implements Rule with one line.
func (r Bonus) Score(facts []Fact) []Line {
	l := r.PerItem.Score(facts)[0]
	l.Part = "bonus"
	if r.Over == 0 {
		return []Line{l}
	}
	left := r.Over
	n := 0
	taken := decimal.Zero
	for i, s := range l.Shares {
		switch {
		case s.Note != "" || !s.Points.IsPositive():
		case left > 0:
			left--
			taken = taken.Add(s.Points)
			l.Shares[i].Points, l.Shares[i].Note = decimal.Zero, Within
		default:
			n++
		}
	}
	counted := l.N
	l.N, l.Before = n, l.Before.Sub(taken)
	l.Points = least(l.Before, r.Cap)
	l.Formula = fmt.Sprintf("%s %d 条，超过 %d 条的 %d 条加 %s 分", r.Name, counted, r.Over, n, l.Before) + bounded(l)
	return []Line{l}
}
