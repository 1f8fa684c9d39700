// Package rule holds the kinds of rules a scheme of assessment is made of. A
// rule turns what one unit did into lines of its score; it knows nothing of
// schemes, rounds or the database, and works in exact decimals.
package rule

import (
	"bytes"
	"cmp"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// A Rule turns what one unit did into lines of its score. It depends on
// nothing but the rule and the facts, and not on their order. In the lines of
// one rule, the points of the shares and what is given without any deed sum up
// to the points before caps.
type Rule interface {
	Score(facts []Fact) []Line
}

// A Comparing rule measures units against one another. Score gives the line of
// a unit its Value and no points yet; Compare then gives points to the lines of
// all units of a class, whatever order they come in.
type Comparing interface {
	Rule
	Compare(of []Compared)
}

// A Compared is one unit among those of its class.
type Compared struct {
	Line  *Line
	Staff int // how many work there; zero if nobody said
}

// A Fact is a deed as a rule sees it: of the rule's kind, to the account of
// one unit, not after the period.
type Fact struct {
	Tenant, ID uuid.UUID // the deed: its tenant and its id there
	Item       string    // what it was done to
	Level      string    // "own", "upper"; empty if it has none
	Content    string    // hash of the content; empty if it has none
	N          int       // how many it counts for
	At         time.Time
	Before     bool      // it was done before the period, and counted then
	Reversal   uuid.UUID // the deed that took it back in the period; nil if none did
}

func (f Fact) stood() bool  { return f.Before }
func (f Fact) stands() bool { return f.Reversal == uuid.Nil }

// less orders facts by when they were done, and those of one moment by what
// they are.
func less(a, b Fact) int {
	return cmp.Or(a.At.Compare(b.At), bytes.Compare(a.Tenant[:], b.Tenant[:]), bytes.Compare(a.ID[:], b.ID[:]))
}

// A Line is one line of a unit's score.
type Line struct {
	Part    string          // which part of the rule: "items", "base", "bonus", "deduction", …
	N       int             // how many items it counts
	Before  decimal.Decimal // points before caps
	Points  decimal.Decimal // points, exact: only a total is rounded
	Formula string          // how they come about, for people
	Given   decimal.Decimal // the points before caps that no deed brought
	Value   decimal.Decimal // what is compared, in lines of a Comparing rule
	Shares  []Share
}

// A Share is what one deed is worth in a line.
type Share struct {
	Tenant uuid.UUID
	Deed   uuid.UUID
	Points decimal.Decimal
	Note   string // why it is worth nothing, or less than one might expect; empty if it simply counts
}

// Notes of shares.
const (
	Duplicate = "duplicate" // the same content counts under another item
	Lower     = "lower"     // only the highest of an item counts
	Reversed  = "reversed"  // it was taken back
	Reversal  = "reversal"  // it takes another back
	Within    = "within"    // it is one of those that earn no bonus yet
)

// groups sorts facts by time and puts together those that are about the same
// content, or the same item where the content is not known. Within a unit such
// a group counts once (AS-03).
func groups(facts []Fact) [][]Fact {
	type key struct{ content, item string }
	at := make(map[key]int, len(facts))
	in := sorted(facts)
	of, sizes := make([]int, len(in)), make([]int, 0, len(in))
	for i, f := range in {
		k := key{content: f.Content}
		if f.Content == "" {
			k.item = f.Item
		}
		g, ok := at[k]
		if !ok {
			g = len(sizes)
			at[k], sizes = g, append(sizes, 0)
		}
		of[i], sizes[g] = g, sizes[g]+1
	}
	gs := make([][]Fact, len(sizes))
	if len(gs) == len(in) { // each by itself, as they stand
		for i := range in {
			gs[i] = in[i : i+1 : i+1]
		}
		return gs
	}
	for i, f := range in {
		if g := of[i]; gs[g] == nil {
			gs[g] = make([]Fact, 0, sizes[g])
		}
		gs[of[i]] = append(gs[of[i]], f)
	}
	return gs
}

// Bare returns a rule that gives the same lines without their shares: for
// whoever does not keep them.
func Bare(r Rule) Rule {
	switch r := r.(type) {
	case PerItem:
		r.bare = true
		return r
	case BaseTask:
		r.bare = true
		return r
	case Periodic:
		r.bare = true
		return r
	case Normal:
		r.bare = true
		return r
	}
	return r
}

// why explains a fact that does not count although it stands.
func why(f Fact, counts bool, counted string) string {
	switch {
	case counts:
		return ""
	case f.Item == counted:
		return Lower
	}
	return Duplicate
}

// least returns the lesser of points and limit; a nil limit limits nothing.
func least(points decimal.Decimal, limit *decimal.Decimal) decimal.Decimal {
	if limit != nil && limit.LessThan(points) {
		return *limit
	}
	return points
}

// most returns the greater of points and floor; a nil floor holds nothing up.
func most(points decimal.Decimal, floor *decimal.Decimal) decimal.Decimal {
	if floor != nil && floor.GreaterThan(points) {
		return *floor
	}
	return points
}

func whole(n int) decimal.Decimal { return decimal.NewFromInt(int64(n)) }
