package publish

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A folded text is a text as it is compared: in small letters of usual width,
// every run of spaces one space, and none beside a Chinese character, where it
// means nothing and often comes from a change of font.
type folded struct {
	runes []rune
	at    []int32 // where each stands in the text, in characters
}

func fold(s string) folded {
	n := utf8.RuneCountInString(s)
	return folded{runes: make([]rune, 0, n), at: make([]int32, 0, n)}.refold(s)
}

// refold folds another text where this one was, which is gone then.
func (f folded) refold(s string) folded {
	f.runes, f.at = f.runes[:0], f.at[:0]
	i, space := int32(-1), int32(-1)
	for _, r := range s {
		i++
		if r < 0x4e00 || r > 0x9fff { // most of a Chinese text stays what it is
			if unicode.IsSpace(r) {
				space = i
				continue
			}
			if last := len(f.runes) - 1; space >= 0 && last >= 0 && !han(r) && !han(f.runes[last]) {
				f.runes, f.at = append(f.runes, ' '), append(f.at, space)
			}
			r = unicode.ToLower(usualWidth(r))
		}
		f.runes, f.at, space = append(f.runes, r), append(f.at, i), -1
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

// han reports whether a character is Chinese.
func han(r rune) bool { return r >= 0x4e00 && r <= 0x9fff || r >= 0x2e80 && unicode.Is(unicode.Han, r) }

// worded reports whether a character is part of a word.
func worded(r rune) bool {
	return han(r) || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

// A stretch is a part of a text, in characters: from (inclusive) to (exclusive).
type stretch struct{ from, to int }

// find returns where a folded word stands in the text, at most n times.
func (f folded) find(word []rune, n int) (found []stretch) {
	for i := 0; len(word) > 0 && i+len(word) <= len(f.runes) && len(found) < n; {
		if f.runes[i] != word[0] || !slices.Equal(f.runes[i:i+len(word)], word) {
			i++
			continue
		}
		found = append(found, stretch{int(f.at[i]), int(f.at[i+len(word)-1]) + 1})
		i += len(word)
	}
	return found
}

// maxTerms is how many different terms an item is found by: far more than a
// text of the greatest length has, and far less than a row can hold.
const maxTerms = 50_000

// Terms returns what an item with that title, text and names of attachments is
// found by: every two characters that stand beside each other in a word, be
// they Chinese or not, the last character of each word, and every Chinese
// character, and every number of two digits or more, marked as such. So whatever
// a word contains can be looked for. Those of the title stand there once more,
// marked as such.
func Terms(title, text string, names []string) []string {
	seen := map[string]bool{}
	var terms []string
	add := func(mark, s string) {
		fold(s).pieces(func(piece string) {
			if piece = mark + piece; !seen[piece] && len(terms) < maxTerms {
				seen[piece] = true
				terms = append(terms, piece)
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

// Marks of terms.
const (
	inTitle  = "=" // it stands in the title
	isNumber = "#" // it is a whole number, with no digit on either side
)

// maxDigits is how long a number is looked up as a whole.
const maxDigits = 40

// number returns the end of the number that begins at i, and whether it is
// looked up as a whole; i if none begins there.
func (f folded) number(i int) (end int, whole bool) {
	end = i
	if i > 0 && digit(f.runes[i-1]) {
		return i, false
	}
	for end < len(f.runes) && digit(f.runes[end]) {
		end++
	}
	return end, end-i >= 2 && end-i <= maxDigits
}

func digit(r rune) bool { return r >= '0' && r <= '9' }

// pieces tells of every pair of characters inside a word, of the last character
// of each word alone, of every Chinese character alone, and of every number.
func (f folded) pieces(tell func(string)) {
	for i, r := range f.runes {
		if end, whole := f.number(i); whole {
			tell(isNumber + string(f.runes[i:end]))
		}
		if !worded(r) {
			continue
		}
		pair := i+1 < len(f.runes) && worded(f.runes[i+1])
		if pair {
			tell(string(f.runes[i : i+2]))
		}
		if !pair || han(r) {
			tell(string(r))
		}
	}
}

// wantedTerms returns the terms that every text with the folded word in it has. A
// letter that stands alone is the beginning of a pair, or a last one: it ends
// with an asterisk. A number that does not begin or end the word is whole in the
// text, too: few texts have it, and very many its pairs of digits.
func wantedTerms(mark string, word []rune) (terms []string) {
	f := folded{runes: word}
	inside := 0 // a number until there
	for i, r := range word {
		if end, whole := f.number(i); whole && i > 0 && end < len(word) {
			terms, inside = append(terms, mark+isNumber+string(word[i:end])), end
		}
		if i+1 < inside {
			continue
		}
		last := i+1 == len(word) || !worded(word[i+1])
		switch alone := i == 0 || !worded(word[i-1]); {
		case !worded(r), last && !alone:
		case last && i+1 == len(word) && !han(r):
			terms = append(terms, mark+string(r)+"*")
		case last: // a sign follows, so that it ends its word; or it stands alone everywhere
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
