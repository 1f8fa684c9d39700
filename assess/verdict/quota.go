package verdict

import (
	"cmp"
	"slices"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess"
)

// A placed is a unit with the grades there are and the one its total brings it,
// after what vetoes do to that.
type placed struct {
	assess.Standpoint
	names []string // of the grades, the best first
	at    int      // the grade by line; the place of its name
}

func (p placed) line() string { return p.names[p.at] }

// A GradeRow is one unit in a grading.
type GradeRow struct {
	Unit       assess.Unit     `json:"unit"`
	Class      string          `json:"class"` // its code
	ClassName  string          `json:"class_name"`
	Rank       int             `json:"rank"`
	Total      decimal.Decimal `json:"total"`
	Heading    decimal.Decimal `json:"heading"`    // points under the heading that decides between equals
	Deductions decimal.Decimal `json:"deductions"` // what was taken off, above zero
	ByLine     string          `json:"by_line"`    // the grade by its total and vetoes
	Grade      string          `json:"grade"`
	Why        string          `json:"why" enum:"line,quota,heading,deductions,chosen,tie,changed"`
	Reason     string          `json:"reason"` // of a choice among equals, or of a change
}

// A Tie is equals at the limit of a class: so many of them have a place.
type Tie struct {
	Kind  string      `json:"kind" enum:"tenant,department"`
	Class string      `json:"class"`
	Units []uuid.UUID `json:"units"`
	Take  int         `json:"take"`
}

// A Pick chooses who of equals gets the places there are.
type Pick struct {
	Units  []uuid.UUID `json:"units" maxItems:"1000"`
	Reason string      `json:"reason" minLength:"1" maxLength:"500"`
}

// most is how many units of a class of n may be in the first grade: share per
// cent, rounded down, and at least one.
func most(n, share int) int { return max(1, n*share/100) }

// quota grades the units of all classes: everybody by the line of their total,
// and of those in the first grade no more than share per cent of the class. The
// higher total comes first; of equals the one with more points under the
// heading, then the one with fewer deductions; who is equal even then, and
// neither all nor none of whom have a place, waits for a choice with a reason.
// The others of the first grade are in the second.
func quota(units []placed, share int, picks []Pick) (rows []GradeRow, ties []Tie, used int) {
	ties = []Tie{}
	for _, class := range classesOf(units) {
		limit := most(len(class), share)
		first := slices.DeleteFunc(slices.Clone(class), func(p placed) bool { return p.at != 0 })
		slices.SortStableFunc(first, before)
		got, tie, n := seats(first, limit, picks)
		used += n
		if tie != nil {
			tie.Kind, tie.Class = class[0].Unit.Kind, class[0].Class
			ties = append(ties, *tie)
		}
		for _, p := range class {
			rows = append(rows, p.row(got[p.Unit.ID]))
		}
	}
	return rows, ties, used
}

// A seat is whether a unit by line in the first grade stays in it, and why.
type seat struct {
	in          bool
	why, reason string
}

// seats gives the places of one class.
func seats(first []placed, limit int, picks []Pick) (got map[uuid.UUID]seat, tie *Tie, used int) {
	got = map[uuid.UUID]seat{}
	for i, p := range first {
		got[p.Unit.ID] = seat{in: i < limit, why: reasonAt(first, i, limit)}
	}
	if len(first) <= limit || before(first[limit-1], first[limit]) != 0 {
		return got, nil, 0
	}
	from, to := limit-1, limit+1
	for from > 0 && before(first[from-1], first[limit]) == 0 {
		from--
	}
	for to < len(first) && before(first[limit], first[to]) == 0 {
		to++
	}
	equals, take := first[from:to], limit-from
	ids := make([]uuid.UUID, len(equals))
	for i, p := range equals {
		ids[i] = p.Unit.ID
	}
	for _, p := range picks {
		if len(p.Units) != take || slices.ContainsFunc(p.Units, func(u uuid.UUID) bool { return !slices.Contains(ids, u) }) || twice(p.Units) {
			continue
		}
		for _, id := range ids {
			got[id] = seat{slices.Contains(p.Units, id), "chosen", p.Reason}
		}
		return got, nil, 1
	}
	for _, id := range ids {
		got[id] = seat{false, "tie", ""}
	}
	return got, &Tie{Units: ids, Take: take}, 0
}

func twice(ids []uuid.UUID) bool {
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			return true
		}
	}
	return false
}

// before orders units of one class; 0 are equals.
func before(a, b placed) int {
	return cmp.Or(b.Total.Cmp(a.Total), b.Heading.Cmp(a.Heading), a.Deductions.Cmp(b.Deductions))
}

// reasonAt says what decided about the unit at a place: its total, or what tells
// equals apart on the two sides of the limit.
func reasonAt(first []placed, i, limit int) string {
	if len(first) <= limit {
		return "line"
	}
	in, out := first[limit-1], first[limit]
	if !in.Total.Equal(out.Total) || !first[i].Total.Equal(in.Total) {
		if i < limit {
			return "line"
		}
		return "quota"
	}
	if !in.Heading.Equal(out.Heading) {
		return "heading"
	}
	return "deductions"
}

func (p placed) row(s seat) GradeRow {
	r := GradeRow{Unit: p.Unit, Class: p.Class, ClassName: p.ClassName, Rank: p.Rank, Total: p.Total, Heading: p.Heading,
		Deductions: p.Deductions, ByLine: p.line(), Grade: p.line(), Why: "line"}
	if p.at == 0 {
		r.Why, r.Reason = s.why, s.reason
		if !s.in {
			r.Grade = p.names[min(1, len(p.names)-1)]
		}
	}
	return r
}

// classesOf puts together the units that are graded together.
func classesOf(units []placed) (all [][]placed) {
	type key struct{ kind, class string }
	at := map[key]int{}
	for _, u := range units {
		k := key{u.Unit.Kind, u.Class}
		if _, ok := at[k]; !ok {
			at[k] = len(all)
			all = append(all, nil)
		}
		all[at[k]] = append(all[at[k]], u)
	}
	return all
}

// byLine returns the grade of a total by lines, and what vetoes do to it as an
// edition has them.
func byLine(total decimal.Decimal, lines []Line, effects []string, e assess.Edition) int {
	last := len(lines) - 1
	at := slices.IndexFunc(lines, func(l Line) bool { return total.GreaterThanOrEqual(l.AtLeast) })
	if at < 0 {
		at = last
	}
	return e.Lowered(at, last, effects)
}
