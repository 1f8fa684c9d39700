package rule

import "github.com/shopspring/decimal"

// At returns the lines for a number of items, without the deeds they rest on.
func (r BaseTask) At(n int) []Line {
	base := r.base(nil, n)
	if r.Bonus.IsZero() {
		return []Line{base}
	}
	return []Line{base, r.bonus(nil, n, base.Points)}
}

// A Measuring rule gives points by how much there is of something.
type Measuring interface {
	Rule
	Worth(v decimal.Decimal) decimal.Decimal // before caps
	Rises() bool                             // more never brings fewer points
}

// Worth implements Measuring.
func (r Ratio) Worth(v decimal.Decimal) decimal.Decimal { return r.points(v) }

// Worth implements Measuring.
func (r Steps) Worth(v decimal.Decimal) decimal.Decimal { return r.points(v) }

// Worth implements Measuring.
func (r Deviation) Worth(v decimal.Decimal) decimal.Decimal { return r.points(v) }

// Rises reports whether more never brings fewer points.
func (r Ratio) Rises() bool { return !r.missed().GreaterThan(decimal.NewFromInt(1)) }

// Rises reports whether a higher step never brings fewer points, nor the lowest
// fewer than none.
func (r Steps) Rises() bool {
	for _, a := range r.Table {
		if a.Points.IsNegative() && !a.AtLeast.IsNegative() {
			return false
		}
		for _, b := range r.Table {
			if a.AtLeast.LessThan(b.AtLeast) && a.Points.GreaterThan(b.Points) {
				return false
			}
		}
	}
	return true
}

// Rises reports that more never brings fewer points.
func (r Deviation) Rises() bool { return true }

// Held returns points as the floor and the cap let them be.
func (r Deduction) Held(points decimal.Decimal) decimal.Decimal {
	return least(most(points, r.floor()), r.Cap)
}
