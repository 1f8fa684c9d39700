package preview

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// A style is what a paragraph of it is, as far as it is shown.
type style struct {
	outline    int // level of a heading, or 0
	align      string
	num, level string // the list it counts in
	based      string
}

// readStyles reads what styles there are.
func readStyles(k *pack) (map[string]style, error) {
	all := map[string]style{}
	err := k.walk("word/styles.xml", func(w *walker) error {
		return w.each(func(xml.StartElement) error {
			return w.each(func(el xml.StartElement) error {
				if el.Name.Local != "style" || attr(el, "type") != "paragraph" || len(all) >= maxEntries {
					return w.skip()
				}
				s, err := readStyle(w)
				all[attr(el, "styleId")] = s
				return err
			})
		})
	})
	for id, s := range all {
		for up, n := all[s.based], 0; n < 8; up, n = all[up.based], n+1 {
			if s.outline == 0 {
				s.outline = up.outline
			}
			if s.align == "" {
				s.align = up.align
			}
			if s.num == "" {
				s.num, s.level = up.num, up.level
			}
		}
		all[id] = s
	}
	return all, err
}

func readStyle(w *walker) (s style, err error) {
	var p paragraph
	err = w.each(func(el xml.StartElement) error {
		switch el.Name.Local {
		case "name":
			s.outline = heading(attr(el, "val"))
		case "basedOn":
			s.based = attr(el, "val")
		case "pPr":
			return p.properties(w, el)
		}
		return w.skip()
	})
	if p.outline > 0 {
		s.outline = p.outline
	}
	s.align, s.num, s.level = p.align, p.num, p.level
	return s, err
}

// heading is the level that a style's name says, or 0. Programs of every
// language keep these names in English.
func heading(name string) int {
	name = strings.ToLower(name)
	if name == "title" {
		return 1
	}
	if n, ok := strings.CutPrefix(name, "heading "); ok {
		return min(number(n), 9)
	}
	return 0
}

// A level is how one level of a list is counted.
type level struct {
	format, text string
	start        int
	digits       bool // whatever the levels above are counted in
}

// lists are how the lists of a document are counted, and how far they have come.
type lists struct {
	kinds  map[string]map[int]level // by the id of the kind
	kind   map[string]string        // of a list
	counts map[string]*[9]int
}

func readLists(k *pack) (lists, error) {
	l := lists{map[string]map[int]level{}, map[string]string{}, map[string]*[9]int{}}
	err := k.walk("word/numbering.xml", func(w *walker) error {
		return w.each(func(xml.StartElement) error {
			return w.each(func(el xml.StartElement) error {
				switch {
				case len(l.kinds)+len(l.kind) >= maxEntries:
				case el.Name.Local == "abstractNum":
					levels, err := readLevels(w)
					l.kinds[attr(el, "abstractNumId")] = levels
					return err
				case el.Name.Local == "num":
					return w.each(func(in xml.StartElement) error {
						if in.Name.Local == "abstractNumId" {
							l.kind[attr(el, "numId")] = attr(in, "val")
						}
						return w.skip()
					})
				}
				return w.skip()
			})
		})
	})
	return l, err
}

func readLevels(w *walker) (map[int]level, error) {
	levels := map[int]level{}
	err := w.each(func(el xml.StartElement) error {
		if el.Name.Local != "lvl" {
			return w.skip()
		}
		v := level{start: 1}
		err := w.each(func(in xml.StartElement) error {
			switch val := attr(in, "val"); in.Name.Local {
			case "start":
				v.start = number(val)
			case "numFmt":
				v.format = val
			case "isLgl":
				v.digits = val != "0" && val != "false"
			case "lvlText":
				v.text = val[:min(len(val), 64)]
			}
			return w.skip()
		})
		levels[number(attr(el, "ilvl"))] = v
		return err
	})
	return levels, err
}

// label counts one on and returns what stands before the paragraph; nothing if
// it is in no list.
func (l lists) label(num, at string) string {
	kind := l.kind[num]
	levels := l.kinds[kind]
	depth := min(number(at), 8)
	v, ok := levels[depth]
	if !ok || v.format == "none" {
		return ""
	}
	if v.format == "bullet" {
		return "•"
	}
	counts := l.counts[kind]
	if counts == nil {
		counts = &[9]int{}
		l.counts[kind] = counts
	}
	counts[depth]++
	clear(counts[depth+1:])
	out := v.text
	for i := range depth + 1 {
		place := "%" + strconv.Itoa(i+1)
		if strings.Contains(out, place) {
			format := levels[i].format
			if v.digits {
				format = "decimal"
			}
			out = strings.ReplaceAll(out, place, spoken(format, levels[i].start+max(1, counts[i])-1))
		}
	}
	return out
}

// spoken writes a number as a list of the format does.
func spoken(format string, n int) string {
	switch format {
	case "chineseCounting", "chineseCountingThousand", "ideographDigital", "japaneseCounting", "taiwaneseCountingThousand":
		return chinese(n)
	case "lowerLetter":
		return letter(n, 'a')
	case "upperLetter":
		return letter(n, 'A')
	case "lowerRoman":
		return strings.ToLower(roman(n))
	case "upperRoman":
		return roman(n)
	case "decimalEnclosedCircle", "decimalEnclosedCircleChinese":
		if n >= 1 && n <= 20 {
			return string(rune('①' + n - 1))
		}
	}
	return strconv.Itoa(n)
}

// chinese writes 1 to 99 in Chinese, and anything else in digits.
func chinese(n int) string {
	digits := []rune("〇一二三四五六七八九")
	if n < 1 || n > 99 {
		return strconv.Itoa(n)
	}
	s := ""
	if n >= 20 {
		s = string(digits[n/10])
	}
	if n >= 10 {
		s += "十"
	}
	if n%10 > 0 {
		s += string(digits[n%10])
	}
	return s
}

func letter(n int, first rune) string {
	if n < 1 || n > 26 {
		return strconv.Itoa(n)
	}
	return string(first + rune(n) - 1)
}

func roman(n int) string {
	if n < 1 || n > 3999 {
		return strconv.Itoa(n)
	}
	var b strings.Builder
	for _, r := range []struct {
		n int
		s string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= r.n; n -= r.n {
			b.WriteString(r.s)
		}
	}
	return b.String()
}
