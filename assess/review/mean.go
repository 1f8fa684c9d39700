package review

import (
	"math/big"
	"slices"

	"github.com/shopspring/decimal"
)

// A Group is people who rate together: what they give counts with its weight.
type Group struct {
	Code   string          `json:"code" minLength:"1" maxLength:"32"`
	Name   string          `json:"name" minLength:"1" maxLength:"40"`
	Weight decimal.Decimal `json:"weight" pattern:"^[0-9]{1,3}([.][0-9]{1,4})?$"` // those of all groups add up to 100
	Drop   int             `json:"drop,omitempty" minimum:"0" maximum:"5"`        // how many of the highest, and of the lowest, are left out
}

// trimmed is the mean of marks without the highest and the lowest, exactly. Of
// few marks so many are left out that one is left at least. Nil of none.
func trimmed(marks []decimal.Decimal, drop int) *big.Rat {
	n := len(marks)
	if n == 0 {
		return nil
	}
	sorted := slices.SortedFunc(slices.Values(marks), func(a, b decimal.Decimal) int { return a.Cmp(b) })
	drop = min(drop, (n-1)/2)
	sum := new(big.Rat)
	for _, m := range sorted[drop : n-drop] {
		sum.Add(sum, m.Rat())
	}
	return sum.Quo(sum, big.NewRat(int64(n-2*drop), 1))
}

// weighted is what a unit gets of what the groups gave it: the mean of each by
// its weight. A group that gave it nothing, such as the unit's own, has no
// part; its weight goes to the others. It is rounded once, half up, to two
// places. False if nobody gave it anything.
func weighted(groups []Group, marks map[string][]decimal.Decimal) (decimal.Decimal, bool) {
	sum, weights := new(big.Rat), new(big.Rat)
	for _, g := range groups {
		m := trimmed(marks[g.Code], g.Drop)
		if m == nil {
			continue
		}
		sum.Add(sum, m.Mul(m, g.Weight.Rat()))
		weights.Add(weights, g.Weight.Rat())
	}
	if weights.Sign() == 0 {
		return decimal.Zero, false
	}
	return rounded(sum.Quo(sum, weights)), true
}

// rounded is a number that is not negative, to two places, half up.
func rounded(r *big.Rat) decimal.Decimal {
	cents := new(big.Rat).Add(new(big.Rat).Mul(r, big.NewRat(100, 1)), big.NewRat(1, 2))
	return decimal.NewFromBigInt(new(big.Int).Quo(cents.Num(), cents.Denom()), -2)
}
