package publish

import (
	"strings"
	"time"
	"unicode"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// A Span is a run of text that both revisions have, or one of them.
type Span struct {
	Op   string `json:"op" enum:"same,added,removed"`
	Text string `json:"text"`
}

// A Block is a paragraph, a heading, a point of a list or a row of a table, and
// what became of it. The cells of a row have a tab between them. Format: it
// says the same and looks otherwise.
type Block struct {
	Op    string `json:"op" enum:"same,added,removed,changed,format"`
	Kind  string `json:"kind" enum:"text,h1,h2,h3,h4,point,row,quote,rule"`
	Spans []Span `json:"spans"`
}

const (
	diffTime   = 300 * time.Millisecond // for all of a comparison: what is left then is told coarsely
	diffBlocks = 5000                   // in either text, or it is compared as one
	diffTokens = 8000                   // in either block, or it is replaced as a whole
	diffPairs  = 1600                   // pairs of blocks that are tried on each other
	alike      = 0.4                    // from which on two blocks are one that was changed
)

// A differ compares within a time.
type differ struct{ until time.Time }

func newDiffer() differ { return differ{time.Now().Add(diffTime)} } // of the machine, not of business

// runes compares two texts of letters. Out of time they are different
// altogether.
func (d differ) runes(a, b []rune, tidy bool) []diffmatchpatch.Diff {
	left := time.Until(d.until)
	if left <= 0 || len(a) > diffTokens || len(b) > diffTokens {
		return []diffmatchpatch.Diff{{Type: diffmatchpatch.DiffDelete, Text: string(a)}, {Type: diffmatchpatch.DiffInsert, Text: string(b)}}
	}
	dmp := diffmatchpatch.New()
	dmp.DiffTimeout = left
	diffs := dmp.DiffMainRunes(a, b, false)
	if tidy {
		diffs = dmp.DiffCleanupSemantic(diffs)
	}
	return diffs
}

// An alphabet stands for each of some texts by one letter: a text of one
// character by itself, so that the library knows a space when it sees one,
// and the others by letters that are nobody's.
type alphabet struct {
	of    map[string]rune
	texts map[rune]string
}

const nobodys = 0xF0000

func newAlphabet() alphabet { return alphabet{map[string]rune{}, map[rune]string{}} }

func (a alphabet) letters(texts []string) []rune {
	rs := make([]rune, 0, len(texts))
	for _, t := range texts {
		r := []rune(t)
		if len(r) != 1 || r[0] >= nobodys {
			if _, ok := a.of[t]; !ok {
				a.of[t] = rune(nobodys + len(a.of)) //nolint:gosec // as many as a block has tokens
				a.texts[a.of[t]] = t
			}
			rs = append(rs, a.of[t])
			continue
		}
		rs = append(rs, r[0])
	}
	return rs
}

func (a alphabet) text(letters string) string {
	var b strings.Builder
	for _, r := range letters {
		if t, ok := a.texts[r]; ok {
			b.WriteString(t)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

var opNames = map[diffmatchpatch.Operation]string{
	diffmatchpatch.DiffEqual: "same", diffmatchpatch.DiffInsert: "added", diffmatchpatch.DiffDelete: "removed",
}

// text compares two lines of text by words, Chinese by characters. The spans of
// a, without what was added, are a, and without what was removed, b.
func (d differ) text(a, b string) []Span {
	abc := newAlphabet()
	spans := []Span{}
	for _, p := range d.runes(abc.letters(tokens(a)), abc.letters(tokens(b)), true) {
		if p.Text != "" {
			spans = append(spans, Span{opNames[p.Type], abc.text(p.Text)})
		}
	}
	return spans
}

// tokens cuts a text into words of letters and digits, and single characters of
// everything else. Each Chinese character is a word.
func tokens(s string) (list []string) {
	from := -1
	for i, r := range s {
		wordy := (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)) && !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
		if wordy {
			if from < 0 {
				from = i
			}
			continue
		}
		if from >= 0 {
			list = append(list, s[from:i])
			from = -1
		}
		list = append(list, string(r))
	}
	if from >= 0 {
		list = append(list, s[from:])
	}
	return list
}

// blocks compares two formatted texts: block by block, and what was changed
// within blocks by words.
func (d differ) blocks(a, b []block) []Block {
	abc := newAlphabet()
	keys := func(bs []block) []string {
		list := make([]string, len(bs))
		for i, x := range bs {
			list[i] = x.kind + "\x00" + x.html // two characters at least
		}
		return list
	}
	if len(a) > diffBlocks || len(b) > diffBlocks {
		a, b = joined(a), joined(b)
	}
	out := []Block{}
	var gone, come []block
	flush := func() {
		out = append(out, d.replaced(gone, come)...)
		gone, come = nil, nil
	}
	for _, p := range d.runes(abc.letters(keys(a)), abc.letters(keys(b)), false) {
		n := len([]rune(p.Text))
		switch p.Type {
		case diffmatchpatch.DiffDelete:
			gone, a = append(gone, a[:n]...), a[n:]
		case diffmatchpatch.DiffInsert:
			come, b = append(come, b[:n]...), b[n:]
		default:
			flush()
			for _, x := range b[:n] {
				out = append(out, x.as("same"))
			}
			a, b = a[n:], b[n:]
		}
	}
	flush()
	return out
}

// replaced tells which of the blocks that went became which of those that came.
func (d differ) replaced(gone, come []block) (out []Block) {
	for _, p := range d.paired(gone, come) {
		switch {
		case p.from < 0:
			out = append(out, come[p.to].as("added"))
		case p.to < 0:
			out = append(out, gone[p.from].as("removed"))
		case gone[p.from].text == come[p.to].text:
			out = append(out, come[p.to].as("format"))
		default:
			out = append(out, Block{"changed", come[p.to].kind, d.text(gone[p.from].text, come[p.to].text)})
		}
	}
	return out
}

// A pair is a block and what became of it; -1: nothing, or it is new.
type pair struct{ from, to int }

// inTurn pairs the first with the first, the second with the second, and so on.
func inTurn(gone, come []block) (pairs []pair) {
	for i := range max(len(gone), len(come)) {
		p := pair{-1, -1}
		if i < len(gone) {
			p.from = i
		}
		if i < len(come) {
			p.to = i
		}
		pairs = append(pairs, p)
	}
	return pairs
}

// paired pairs blocks in their order so that they are most alike together; if
// they are too many for that, or out of time, in turn.
func (d differ) paired(gone, come []block) (pairs []pair) {
	if len(gone)*len(come) > diffPairs {
		return inTurn(gone, come)
	}
	// best[i][j] is how alike what comes from i and j on can be.
	best := make([][]float64, len(gone)+1)
	like := make([][]float64, len(gone))
	for i := range best {
		best[i] = make([]float64, len(come)+1)
	}
	for i := len(gone) - 1; i >= 0; i-- {
		if time.Until(d.until) <= 0 {
			return inTurn(gone, come)
		}
		like[i] = make([]float64, len(come))
		for j := len(come) - 1; j >= 0; j-- {
			like[i][j] = likeness(gone[i], come[j])
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if like[i][j] >= alike {
				best[i][j] = max(best[i][j], best[i+1][j+1]+like[i][j])
			}
		}
	}
	i, j := 0, 0
	for i < len(gone) && j < len(come) {
		switch {
		case like[i][j] >= alike && best[i][j] == best[i+1][j+1]+like[i][j]:
			pairs = append(pairs, pair{i, j})
			i, j = i+1, j+1
		case best[i][j] == best[i+1][j]:
			pairs = append(pairs, pair{i, -1})
			i++
		default:
			pairs = append(pairs, pair{-1, j})
			j++
		}
	}
	for ; i < len(gone); i++ {
		pairs = append(pairs, pair{i, -1})
	}
	for ; j < len(come); j++ {
		pairs = append(pairs, pair{-1, j})
	}
	return pairs
}

// likeness is the share of their words that two blocks have in common, of their
// first two hundred.
func likeness(a, b block) float64 {
	const most = 200
	x, y := a.words[:min(most, len(a.words))], b.words[:min(most, len(b.words))]
	if len(x)+len(y) == 0 {
		return 1
	}
	n := map[string]int{}
	for _, w := range x {
		n[w]++
	}
	common := 0
	for _, w := range y {
		if n[w] > 0 {
			n[w]--
			common++
		}
	}
	return 2 * float64(common) / float64(len(x)+len(y))
}
