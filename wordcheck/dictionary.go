package wordcheck

import (
	"cmp"
	"slices"
	"sort"
)

// An Entry is a word of a dictionary.
type Entry struct {
	Word   string
	Class  string
	Level  string
	Advice string
}

// A Dictionary is one version of a tenant's words. It is immutable, and safe
// for concurrent use.
type Dictionary struct {
	Version int

	entries []Entry // of words; an index beyond them is of an allowed phrase
	lengths []int
	auto    *automaton
}

// NewDictionary builds a dictionary. Of two words that count as the same the
// first stands; one of which nothing is left is left out.
func NewDictionary(version int, words []Entry, allowed []string) *Dictionary {
	d := &Dictionary{Version: version}
	var runes [][]rune
	for _, w := range words {
		if r := normalise(w.Word).runes; len(r) > 0 && len(r) <= MaxRunes {
			d.entries, runes = append(d.entries, w), append(runes, r)
		}
	}
	seen := map[string]bool{}
	for _, r := range runes {
		seen[string(r)] = true
	}
	for _, p := range allowed {
		// A phrase that is a word itself would only switch it off: who wants
		// that removes the word.
		if r := normalise(p).runes; len(r) > 0 && len(r) <= MaxRunes && !seen[string(r)] {
			runes = append(runes, r)
		}
	}
	for _, r := range runes {
		d.lengths = append(d.lengths, len(r))
	}
	d.auto = build(runes)
	return d
}

// Check finds the words in the parts. A word inside an allowed phrase does not
// count; of words that overlap the longest does, and of equally long ones the
// first.
func (d *Dictionary) Check(parts []Part) Result {
	var l list
	if len(d.entries) == 0 {
		parts = nil
	}
	for _, p := range parts {
		t := normalise(p.Text)
		d.find(t, func(m match) {
			e := d.entries[m.word]
			l.add(Hit{Part: p.Name, From: int(t.at[m.from]), To: int(t.at[m.to-1]) + 1, Word: e.Word, Class: e.Class, Level: e.Level, Advice: e.Advice})
		})
	}
	return l.result(d.Version)
}

// A list collects hits. It keeps MaxHits of each level, so that a text full of
// hints does not hide what blocks it.
type list struct {
	n     int
	count map[string]int
	kept  map[string][]placed
}

type placed struct {
	Hit
	n int
}

func (l *list) add(h Hit) {
	if l.count == nil {
		l.count, l.kept = map[string]int{}, map[string][]placed{}
	}
	l.n++
	l.count[h.Level]++
	if len(l.kept[h.Level]) < MaxHits {
		l.kept[h.Level] = append(l.kept[h.Level], placed{h, l.n})
	}
}

// result lists the weightiest hits in the order of the texts.
func (l *list) result(version int) Result {
	var all []placed
	for _, level := range Levels {
		all = append(all, l.kept[level]...)
	}
	all = all[:min(len(all), MaxHits)]
	slices.SortFunc(all, func(x, y placed) int { return cmp.Compare(x.n, y.n) })
	r := Result{Version: version, Hits: make([]Hit, len(all)), Blocks: l.count[Block], Warns: l.count[Warn], Hints: l.count[Hint]}
	for i, h := range all {
		r.Hits[i] = h.Hit
	}
	return r
}

// A match is a word or an allowed phrase at a place, [from, to) of a normal.
type match struct{ from, to, word int }

// batchMost is how many matches are weighed against each other at most: a text
// made of nothing but words is cut into stretches of that many.
const batchMost = 1 << 13

// find calls hit with every match that counts, in the order of the text.
func (d *Dictionary) find(t normal, hit func(match)) {
	b := batch{d: d, t: t}
	d.auto.each(t.runes, func(word, end int) {
		if len(b.all) > 0 && (end-d.auto.longest >= b.end || len(b.all) >= batchMost) {
			b.settle(hit)
		}
		if m := (match{end - d.lengths[word], end, word}); t.whole(m.from, m.to) {
			b.all, b.end = append(b.all, m), end
		}
	})
	b.settle(hit)
}

// A batch holds matches that may overlap each other and nothing after them.
type batch struct {
	d     *Dictionary
	t     normal
	all   []match
	end   int    // of the last
	taken []bool // places of the text that belong to a hit
}

// settle decides which of the matches are hits.
func (b *batch) settle(hit func(match)) {
	words, phrases := b.all[:0:0], []match(nil)
	for _, m := range b.all {
		if m.word < len(b.d.entries) {
			words = append(words, m)
		} else {
			phrases = append(phrases, m)
		}
	}
	b.all = b.all[:0]
	words = outside(words, phrases)
	if len(words) == 0 {
		return
	}
	if b.taken == nil {
		b.taken = make([]bool, len(b.t.runes))
	}
	slices.SortFunc(words, func(x, y match) int {
		return cmp.Or(cmp.Compare(y.to-y.from, x.to-x.from), cmp.Compare(x.from, y.from))
	})
	hits := words[:0]
	for _, m := range words {
		if b.taken[m.from] || b.taken[m.to-1] { // what is taken is no shorter, so an end of it shows
			continue
		}
		for i := m.from; i < m.to; i++ {
			b.taken[i] = true
		}
		hits = append(hits, m)
	}
	slices.SortFunc(hits, func(x, y match) int { return cmp.Compare(x.from, y.from) })
	for _, m := range hits {
		hit(m)
	}
}

// outside returns the words that do not stand inside a phrase.
func outside(words, phrases []match) []match {
	if len(phrases) == 0 {
		return words
	}
	slices.SortFunc(phrases, func(x, y match) int { return cmp.Compare(x.from, y.from) })
	for i := 1; i < len(phrases); i++ { // how far those that began reach
		phrases[i].to = max(phrases[i].to, phrases[i-1].to)
	}
	return slices.DeleteFunc(words, func(m match) bool {
		n := sort.Search(len(phrases), func(i int) bool { return phrases[i].from > m.from })
		return n > 0 && phrases[n-1].to >= m.to
	})
}
