package rule

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"
)

// Rank gives points by a unit's place among the units of its class (R9, N5).
// What is counted is the points its levels are worth, or the number of items
// where there are no levels. Equals share a place, and the next counts them all.
//
// With a table, a place gets the points of the last step that begins at it or
// before it; without one, the first gets Weight and the last Weight × (1 −
// Spread), the others in equal distances.
type Rank struct {
	Name   string
	Levels []LevelPoints
	Weight decimal.Decimal
	Spread decimal.Decimal // 0 to 1
	Table  []Step          // AtLeast is a place
	Fewest bool            // the unit with least is the first
	Cap    *decimal.Decimal
}

// Score implements Rule with one line, which has no points yet.
func (r Rank) Score(facts []Fact) []Line {
	l := Line{Part: "rank"}
	if len(r.Levels) > 0 {
		got := PerItem{Name: r.Name, Levels: r.Levels}.Score(facts)[0]
		l.N, l.Value, l.Shares = got.N, got.Before, got.Shares
	} else {
		s := count(facts)
		l.N, l.Value = s.n, s.value
		l.Shares = s.shares(func(v decimal.Decimal) decimal.Decimal { return v })
	}
	for i := range l.Shares {
		l.Shares[i].Points = decimal.Zero // a place is not made of deeds
	}
	return []Line{l}
}

// Compare implements Comparing.
func (r Rank) Compare(of []Compared) {
	values := make([]decimal.Decimal, len(of))
	for i, c := range of {
		values[i] = c.Line.Value
	}
	places := placesOf(values, r.Fewest)
	for i, c := range of {
		l := c.Line
		l.Before = r.points(places[i], len(of))
		l.Given = l.Before
		l.Points = least(l.Before, r.Cap)
		l.Formula = fmt.Sprintf("%s %s，本类 %d 个单位中第 %d，计 %s 分", r.Name, l.Value, len(of), places[i], l.Before) + bounded(*l)
	}
}

func (r Rank) points(place, of int) decimal.Decimal {
	if len(r.Table) > 0 {
		return Steps{Table: r.Table}.points(whole(place))
	}
	return byPlace(r.Weight, r.Spread, place, of)
}

// byPlace is W·(1−(r−1)/(N−1)·d).
func byPlace(weight, spread decimal.Decimal, place, of int) decimal.Decimal {
	if of < 2 {
		return weight
	}
	lost := weight.Mul(spread).Mul(whole(place-1)).DivRound(whole(of-1), 16)
	return weight.Sub(lost)
}

// placesOf returns the place of each value, from 1, the greatest first.
func placesOf(values []decimal.Decimal, fewest bool) []int {
	in := slices.Clone(values)
	slices.SortFunc(in, func(a, b decimal.Decimal) int {
		if fewest {
			return a.Cmp(b)
		}
		return b.Cmp(a)
	})
	places := make([]int, len(values))
	for i, v := range values {
		places[i] = 1 + slices.IndexFunc(in, v.Equal)
	}
	return places
}
