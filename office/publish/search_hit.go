package publish

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

const (
	hitBefore = 30  // characters shown before the first word found
	hitLength = 140 // of the part shown
	maxMarks  = 20  // of one text
)

// check reports whether a candidate has every word, and shows where.
func (s *hunt) check(r *foundRow) (f Found, ok bool) {
	s.title, s.text = s.title.refold(r.Title), s.text.refold(r.BodyText)
	names := make([]folded, len(r.Names))
	for i, n := range r.Names {
		names[i] = fold(n)
	}
	var inTitle, inText []stretch
	var inName map[int][]stretch
	for _, w := range s.words {
		t := s.title.find(w, maxMarks)
		inTitle = append(inTitle, t...)
		found := len(t) > 0
		if s.q.In != "title" {
			b := s.text.find(w, maxMarks)
			inText = append(inText, b...)
			found = found || len(b) > 0
			for i, n := range names {
				if a := n.find(w, maxMarks); len(a) > 0 {
					if inName == nil {
						inName = map[int][]stretch{}
					}
					inName[i], found = append(inName[i], a...), true
				}
			}
		}
		if !found {
			return f, false
		}
	}
	f = Found{
		ID: r.ID, ColumnID: r.ColumnID, ColumnName: r.ColumnName, Kind: r.Kind, Title: r.Title,
		DepartmentID: r.DepartmentID, DepartmentName: r.DepartmentName, PublishedAt: r.PublishedAt, Expired: r.Expired,
		TitleMarks: marksIn(inTitle, 0, utf8.RuneCountInString(r.Title), 0), Hit: hitIn(r.BodyText, inText),
	}
	for i, n := range r.Names {
		if spans, has := inName[i]; has && len(inText) == 0 {
			f.Hit = Hit{Where: "attachment", Text: n, Marks: marksIn(spans, 0, len([]rune(n)), 0)}
			break
		}
	}
	return f, true
}

// hitIn returns the part of a text around the first of the spans.
func hitIn(text string, spans []stretch) Hit {
	from := 0
	if len(spans) > 0 {
		from = max(0, slices.MinFunc(spans, func(a, b stretch) int { return cmp.Compare(a.from, b.from) }).from-hitBefore)
	}
	rest := text[bytesOf(text, from):]
	n := bytesOf(rest, hitLength)
	shown, shift := rest[:n], -from
	to := from + utf8.RuneCountInString(shown)
	if from > 0 {
		shown, shift = "…"+shown, shift+1
	}
	if n < len(rest) {
		shown += "…"
	}
	return Hit{Where: "text", Text: shown, Marks: marksIn(spans, from, to, shift)}
}

// bytesOf returns how many bytes the first n characters of a text take.
func bytesOf(text string, n int) int {
	for at := range text {
		if n == 0 {
			return at
		}
		n--
	}
	return len(text)
}

// marksIn returns the spans between from and to, in order and without overlaps,
// moved by shift.
func marksIn(spans []stretch, from, to, shift int) []Mark {
	spans = slices.SortedFunc(slices.Values(spans), func(a, b stretch) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	marks := []Mark{}
	for _, p := range spans {
		m := Mark{max(p.from, from) + shift, min(p.to, to) + shift}
		if last := len(marks) - 1; last >= 0 && m.From <= marks[last].To {
			marks[last].To = max(marks[last].To, m.To)
			continue
		}
		if m.From < m.To && len(marks) < maxMarks {
			marks = append(marks, m)
		}
	}
	return marks
}
