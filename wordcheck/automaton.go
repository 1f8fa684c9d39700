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

	// Almost every step of a text is one to nowhere and then one from the first
	// state. These two are small enough to stay close to the processor.
	maybe []uint64 // a bit for each of keys: what has none is not in the table
	roots []root   // where words begin, by character
	down  int      // shift for roots

	fail []int32 // where to go on when nothing follows
	word []int32 // the word that ends here, or -1
	next []int32 // the nearest state on the way of fail where a word ends, or 0

	longest int // in characters
}

// A root is a step from the first state.
type root struct {
	by rune
	to int32 // 0: empty
}

// build makes the automaton of words, which are not empty.
func build(words [][]rune) *automaton {
	edges := 1
	for _, w := range words {
		edges += len(w)
	}
	size := 1 << bits.Len(uint(2*edges)) //nolint:gosec // positive
	a := &automaton{keys: make([]uint64, size), to: make([]int32, size), shift: 64 - bits.TrailingZeros(uint(size))}
	a.maybe = make([]uint64, max(1, size/16)) // four to eight bits for each key
	parent, by, depth := a.tree(words, edges)
	a.enter(parent, by)
	a.link(parent, by, byDepth(depth))
	return a
}

// enter makes the shortcuts.
func (a *automaton) enter(parent []int32, by []rune) {
	n := 0
	for s := 1; s < len(parent); s++ {
		h := key(parent[s], by[s]) * spread >> (a.shift - 2)
		a.maybe[h>>6] |= 1 << (h & 63)
		if parent[s] == 0 {
			n++
		}
	}
	size := 1 << bits.Len(uint(2*n)) //nolint:gosec // positive
	a.roots, a.down = make([]root, size), 64-bits.TrailingZeros(uint(size))
	for s := int32(1); int(s) < len(parent); s++ {
		if parent[s] == 0 {
			i := a.root(by[s])
			a.roots[i] = root{by[s], s}
		}
	}
}

// root returns where the step from the first state by r stands, or would.
func (a *automaton) root(r rune) uint64 {
	mask := uint64(len(a.roots) - 1)               //nolint:gosec // there is one at least
	i := uint64(uint32(r)) * spread >> a.down      //nolint:gosec // not negative
	for a.roots[i].to != 0 && a.roots[i].by != r { // half of them are empty
		i = (i + 1) & mask
	}
	return i
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

// spread makes a hash of a number by its upper bits (Fibonacci hashing).
const spread = 0x9e3779b97f4a7c15

func key(s int32, r rune) uint64 {
	return uint64(s+1)<<32 | uint64(uint32(r)) //nolint:gosec // neither is negative
}

// slot returns where (s, r) stands, or would.
func (a *automaton) slot(s int32, r rune) uint64 {
	k := key(s, r)
	mask := uint64(len(a.keys) - 1) //nolint:gosec // there is one at least
	i := k * spread >> a.shift
	for a.keys[i] != 0 && a.keys[i] != k {
		i = (i + 1) & mask
	}
	return i
}

// step returns the state after r.
func (a *automaton) step(s int32, r rune) int32 {
	for s != 0 {
		if h := key(s, r) * spread >> (a.shift - 2); a.maybe[h>>6]&(1<<(h&63)) != 0 {
			if i := a.slot(s, r); a.keys[i] != 0 {
				return a.to[i]
			}
		}
		s = a.fail[s]
	}
	return a.roots[a.root(r)].to
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
func (a *automaton) weight() int {
	return 12*len(a.keys) + 8*len(a.maybe) + 8*len(a.roots) + 12*len(a.fail)
}
