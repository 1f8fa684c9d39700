package publish

import (
	"slices"
	"strings"
	"unicode"
)

// A folded text is a text as it is compared: in small letters of usual width,
// every run of spaces one space, and none beside a Chinese character, where it
// means nothing and often comes from a change of font.
type folded struct {
	runes []rune
	at    []int // where each stands in the text, in characters
}

func fold(s string) folded {
	f := folded{runes: make([]rune, 0, len(s)), at: make([]int, 0, len(s))}
	i, space := 0, -1
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = i
		default:
			if last := len(f.runes) - 1; space >= 0 && last >= 0 && !unicode.Is(unicode.Han, r) && !unicode.Is(unicode.Han, f.runes[last]) {
				f.runes, f.at = append(f.runes, ' '), append(f.at, space)
			}
			f.runes, f.at, space = append(f.runes, unicode.ToLower(usualWidth(r))), append(f.at, i), -1
		}
		i++
	}
	return f
}

// usualWidth returns a character of double width as the usual one.
func usualWidth(r rune) rune {
	if r >= '\uFF01' && r <= '\uFF5E' {
		return r - '\uFF01' + '!'
	}
	return r
}

// worded reports whether a character is part of a word.
func worded(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) }

// A stretch is a part of a text, in characters: from (inclusive) to (exclusive).
type stretch struct{ from, to int }

// find returns where a folded word stands in the text, at most n times.
func (f folded) find(word []rune, n int) (found []stretch) {
	for i := 0; len(word) > 0 && i+len(word) <= len(f.runes) && len(found) < n; {
		if !slices.Equal(f.runes[i:i+len(word)], word) {
			i++
			continue
		}
		found = append(found, stretch{f.at[i], f.at[i+len(word)-1] + 1})
		i += len(word)
	}
	return found
}

// maxTerms is how many different terms an item is found by: far more than a
// text of the greatest length has, and far less than a row can hold.
const maxTerms = 50_000

// Terms returns what an item with that title, text and names of attachments is
// found by: every two characters that stand beside each other in a word, be
// they Chinese or not, and the last character of each word. So whatever a word
// contains can be looked for. Those of the title stand there once more, marked
// as such.
func Terms(title, text string, names []string) []string {
	seen := map[string]bool{}
	var terms []string
	add := func(mark, s string) {
		fold(s).pairs(func(pair string) {
			if pair = mark + pair; !seen[pair] && len(terms) < maxTerms {
				seen[pair] = true
				terms = append(terms, pair)
			}
		})
	}
	add(inTitle, title)
	add("", title)
	for _, n := range names {
		add("", n)
	}
	add("", text)
	return terms
}

// inTitle marks the terms of titles.
const inTitle = "="

// pairs tells of every pair of characters inside a word, and of the last
// character of each word alone.
func (f folded) pairs(tell func(string)) {
	for i, r := range f.runes {
		switch {
		case !worded(r):
		case i+1 < len(f.runes) && worded(f.runes[i+1]):
			tell(string(f.runes[i : i+2]))
		default:
			tell(string(r))
		}
	}
}

// wantedTerms returns the terms that every text with the folded word in it has. A
// character that stands alone is the beginning of a pair, or a last one: it
// ends with an asterisk.
func wantedTerms(mark string, word []rune) (terms []string) {
	f := folded{runes: word}
	for i, r := range word {
		last := i+1 == len(word) || !worded(word[i+1])
		switch alone := i == 0 || !worded(word[i-1]); {
		case !worded(r), last && !alone:
		case last && i+1 == len(word):
			terms = append(terms, mark+string(r)+"*")
		case last: // a sign follows, so that it ends its word
			terms = append(terms, mark+string(r))
		default:
			terms = append(terms, mark+string(f.runes[i:i+2]))
		}
	}
	return terms
}

// phrased are what holds a phrase together, and what ends it.
var phrased = map[rune]rune{'"': '"', '＂': '＂', '“': '”', '「': '」'}

// searchWords takes a query apart: at spaces, except inside quotation marks. Words
// come folded; those without a letter or a number are left out, as there is
// nothing to look them up by.
func searchWords(query string) (found [][]rune) {
	var word strings.Builder
	var until rune
	end := func() {
		if w := fold(word.String()).runes; slices.ContainsFunc(w, worded) {
			found = append(found, w)
		}
		word.Reset()
	}
	for _, r := range query {
		closing, opens := phrased[r]
		switch {
		case until != 0 && r == until:
			until = 0
			end()
		case until == 0 && opens:
			until = closing
			end()
		case until == 0 && unicode.IsSpace(r):
			end()
		default:
			word.WriteRune(r)
		}
	}
	end()
	return found
}
