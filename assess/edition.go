package assess

import (
	"slices"

	"hetu/assess/rule"
)

// An Edition says how a result is worked out where it once was worked out in
// another way: every result keeps the one it was made by, so that it comes out
// again (R310, ADR 0025). Zero is the present one.
type Edition int

// The editions there are.
const (
	// InTurn: vetoes lower a grade one after the other, as they are listed, and
	// what is taken off base points does not count among deductions.
	InTurn Edition = 1
	// Severest: whatever the order of vetoes, a grade is lowered as far as any
	// order would, and deductions are all that was taken off.
	Severest Edition = 2

	present = Severest
)

// known returns the edition itself, the present one for zero.
func (e Edition) known() Edition {
	if e == 0 {
		return present
	}
	return e
}

// Lowered returns the place of the grade that the effects of vetoes leave to a
// unit whose total has the grade at a place; last is the place of the last one.
func (e Edition) Lowered(at, last int, effects []string) int {
	if e.known() != InTurn {
		effects = slices.Clone(effects)
		slices.SortStableFunc(effects, func(a, b string) int { return slices.Index(turns, a) - slices.Index(turns, b) })
	}
	for _, e := range effects {
		switch e {
		case rule.NoExcellent:
			at = max(at, min(1, last))
		case rule.GradeDown:
			at = min(at+1, last)
		case rule.Fail:
			at = last
		}
	}
	return at
}

// turns is the order of effects that lowers a grade the furthest.
var turns = []string{rule.NoExcellent, rule.GradeDown, rule.Fail}
