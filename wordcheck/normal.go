package wordcheck

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A normal is a text as words are looked for in it: full width made half,
// letters in lower case, and without what people put between the characters of
// a word to hide it or to make it look wide. Traditional characters stay what
// they are.
type normal struct {
	runes []rune
	at    []int32 // the place of each in the text, in characters
}

// gap stands where separators stood between two digits: 1.10 is not 110. It is
// a control that no word may hold, and that a database can.
const gap rune = 0x1f

// separators may stand between the characters of a word.
const separators = "·•・‧∙●*-‐‑‒–—_~^|/\\.'`\u20e3"

// normalise reads a text. A line break ends every word.
func normalise(s string) normal {
	n := utf8.RuneCountInString(s) // a gap takes the place of a separator: it is enough
	t := normal{make([]rune, n), make([]int32, n)}
	k, parted := 0, false
	i := int32(-1)
	for _, r := range s {
		i++
		if r < 0x3400 || r > 0x9fff { // most of a Chinese text stays what it is
			if r = fold(r); separates(r) {
				parted = true
				continue
			}
			if parted && k > 0 && digit(r) && digit(t.runes[k-1]) {
				t.runes[k], t.at[k] = gap, i-1
				k++
			}
		}
		parted = false
		t.runes[k], t.at[k] = r, i
		k++
	}
	t.runes, t.at = t.runes[:k], t.at[:k]
	return t
}

// fold maps one character to the one it counts as.
func fold(r rune) rune {
	switch {
	case r < 'A':
		return r
	case r <= 'Z':
		return r + 'a' - 'A'
	case r < 0x80, r >= 0x3400 && r <= 0x9fff: // most of a Chinese text
		return r
	case r >= 0xff01 && r <= 0xff5e:
		return fold(r - 0xfee0)
	}
	return unicode.ToLower(r)
}

func separates(r rune) bool {
	switch {
	case r >= 0x3400 && r <= 0x9fff, r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '\n':
		return false
	case r == ' ', r == '\t', r == 0x3000:
		return true
	case r == ',', r == '.', r == 0x3001, r == 0x3002: // the next most common
		return r == '.'
	}
	return strings.ContainsRune(separators, r) || unicode.In(r, unicode.Zs, unicode.Cf, unicode.Variation_Selector)
}

func digit(r rune) bool { return '0' <= r && r <= '9' }

func alnum(r rune) bool { return digit(r) || 'a' <= r && r <= 'z' }

// whole reports whether [from, to) does not cut a Latin word or a number in
// two: "ai" does not stand in "mail".
func (t normal) whole(from, to int) bool {
	return !t.joined(from-1) && !t.joined(to-1)
}

// joined reports whether the characters i and i+1 are of one Latin word.
func (t normal) joined(i int) bool {
	return i >= 0 && i+1 < len(t.runes) && alnum(t.runes[i]) && alnum(t.runes[i+1]) && t.at[i+1] == t.at[i]+1
}

// norm returns a word as it is compared; empty if nothing of it is left.
func norm(word string) string { return string(normalise(word).runes) }
