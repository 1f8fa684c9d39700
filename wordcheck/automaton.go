package wordcheck

import "math/bits"

// An automaton finds all of a set of words in one pass over a text (Aho and
// Corasick, 1975). It is immutable once built.
//
// The tree of the words lies in one table from (state, character) to state:
// as fast as rows of an array and as large as the words.
type automaton struct {
	keys  []uint64 // (state+1)<<32 | character; 0: empty
	to    []int32
	shift int

	fail []int32 // where to go on when nothing follows
	word []int32 // the word that ends here, or -1
	next []int32 // the nearest state on the way of fail where a word ends, or 0

	longest int // in characters
}

// build makes the automaton of words, which are not empty.
func build(words [][]rune) *automaton {
	edges := 1
	for _, w := range words {
		edges += len(w)
	}
	size := 1 << bits.Len(uint(2*edges)) //nolint:gosec // positive
	a := &automaton{keys: make([]uint64, size), to: make([]int32, size), shift: 64 - bits.TrailingZeros(uint(size))}
	parent, by, depth := a.tree(words, edges)
	a.link(parent, by, byDepth(depth))
	return a
}

// tree enters the words and returns of each state where it comes from, by
// which character, and how deep it lies.
func (a *automaton) tree(words [][]rune, edges int) (parent []int32, by []rune, depth []int) {
	parent, by, depth = make([]int32, 1, edges), make([]rune, 1, edges), make([]int, 1, edges)
	a.word = append(make([]int32, 0, edges), -1)
	for i, w := range words {
		var s int32
		for d, r := range w {
			slot := a.slot(s, r)
			if a.keys[slot] == 0 {
				a.keys[slot], a.to[slot] = key(s, r), int32(len(parent)) //nolint:gosec // MaxWords of MaxRunes fit
				parent, by, depth = append(parent, s), append(by, r), append(depth, d+1)
				a.word = append(a.word, -1)
			}
			s = a.to[slot]
		}
		if a.word[s] < 0 {
			a.word[s] = int32(i) //nolint:gosec // MaxWords
		}
		a.longest = max(a.longest, len(w))
	}
	return parent, by, depth
}

// link works out where each state goes on, the shallow ones first.
func (a *automaton) link(parent []int32, by []rune, order []int32) {
	a.fail, a.next = make([]int32, len(parent)), make([]int32, len(parent))
	for _, s := range order {
		if parent[s] != 0 {
			a.fail[s] = a.step(a.fail[parent[s]], by[s])
		}
		if f := a.fail[s]; a.word[f] >= 0 {
			a.next[s] = f
		} else {
			a.next[s] = a.next[f]
		}
	}
}

// byDepth returns the states but the first in the order of their depth.
func byDepth(depth []int) []int32 {
	var count [MaxRunes + 2]int
	for _, d := range depth[1:] {
		count[d+1]++
	}
	for d := 1; d < len(count); d++ {
		count[d] += count[d-1]
	}
	order := make([]int32, len(depth)-1)
	for s, d := range depth[1:] {
		order[count[d]] = int32(s + 1) //nolint:gosec // see tree
		count[d]++
	}
	return order
}

func key(s int32, r rune) uint64 {
	return uint64(s+1)<<32 | uint64(uint32(r)) //nolint:gosec // neither is negative
}

// slot returns where (s, r) stands, or would.
func (a *automaton) slot(s int32, r rune) uint64 {
	k := key(s, r)
	mask := uint64(len(a.keys) - 1) //nolint:gosec // there is one at least
	i := k * 0x9e3779b97f4a7c15 >> a.shift
	for a.keys[i] != 0 && a.keys[i] != k {
		i = (i + 1) & mask
	}
	return i
}

// step returns the state after r.
func (a *automaton) step(s int32, r rune) int32 {
	for {
		if i := a.slot(s, r); a.keys[i] != 0 {
			return a.to[i]
		}
		if s == 0 {
			return 0
		}
		s = a.fail[s]
	}
}

// each calls found with every word that stands in the text and where it ends,
// in the order of their ends and the longest of an end first.
func (a *automaton) each(text []rune, found func(word, end int)) {
	var s int32
	for i, r := range text {
		s = a.step(s, r)
		at := s
		if a.word[at] < 0 {
			at = a.next[at]
		}
		for ; at != 0; at = a.next[at] {
			found(int(a.word[at]), i+1)
		}
	}
}

// weight is how much memory it takes, in bytes, roughly.
func (a *automaton) weight() int { return 12*len(a.keys) + 12*len(a.fail) }
