package rule

import (
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// A sum is what facts come to: how many, or how much.
type sum struct {
	value decimal.Decimal
	n     int
	parts []addend
	least *decimal.Decimal // what it does not go below on the way; nil: nothing
}

// An addend is what one deed adds to a sum, or takes from it.
type addend struct {
	share Share
	value decimal.Decimal
}

// count counts facts, each content once.
func count(facts []Fact) sum {
	all, n := steps(facts)
	s := sum{value: whole(n), n: n, least: new(decimal.Zero)}
	for _, st := range all {
		s.parts = append(s.parts, addend{st.share, whole(st.n)})
	}
	return s
}

// add adds up the figures that were entered, as their levels have them. What
// was taken back adds nothing; what was taken back after it counted before is
// subtracted.
func add(facts []Fact) (s sum) {
	for _, f := range sorted(facts) {
		v, ok := f.Figure()
		took := f.Reversal != uuid.Nil
		switch {
		case !ok || f.Before && !took:
			continue
		case f.Before:
			s.parts = append(s.parts, addend{Share{Tenant: f.Tenant, Deed: f.Reversal, Note: Reversal}, v.Neg()})
			s.value, s.n = s.value.Sub(v), s.n-1
		case took:
			s.parts = append(s.parts, addend{Share{Tenant: f.Tenant, Deed: f.ID, Note: Reversed}, decimal.Zero},
				addend{Share{Tenant: f.Tenant, Deed: f.Reversal, Note: Reversal}, decimal.Zero})
		default:
			s.parts = append(s.parts, addend{Share{Tenant: f.Tenant, Deed: f.ID}, v})
			s.value, s.n = s.value.Add(v), s.n+1
		}
	}
	return s
}

// Figure returns the figure a fact stands for; false if its level is none.
// Figures have at most four places and are below 10^12 either way.
func (f Fact) Figure() (decimal.Decimal, bool) {
	if len(f.Level) > 20 {
		return decimal.Zero, false
	}
	v, err := decimal.NewFromString(f.Level)
	return v, err == nil && v.Exponent() >= -4 && v.Exponent() <= 0 && v.Abs().LessThan(decimal.New(1, 12))
}

// measured returns what facts come to: as figures, or as a count.
func measured(facts []Fact, figures bool) sum {
	if figures {
		return add(facts)
	}
	return count(facts)
}

// shares gives every deed what it changes in the points of the sum so far, so
// that the shares and what is given for nothing sum up to the points of it.
func (s sum) shares(points func(decimal.Decimal) decimal.Decimal) (all []Share) {
	at, had := decimal.Zero, points(decimal.Zero)
	for _, p := range s.parts {
		at = at.Add(p.value)
		has := points(most(at, s.least))
		p.share.Points = has.Sub(had)
		had = has
		all = append(all, p.share)
	}
	return all
}
