package assess

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"

	"github.com/shopspring/decimal"
)

// What the list of a round shows of its units is kept in one piece: what each
// rule brought each unit and its light, without what is the same for all of them.

// packFirstList begins every packed list and says how the rest is laid out.
const packFirstList = 1

// colors are those of lights; the place is what is kept.
var colors = []string{"", "green", "yellow", "red"}

// lists packs the lists of a result, by the kind of unit.
func (r *Result) lists() map[string][]byte {
	out := map[string][]byte{}
	for _, kind := range []string{"tenant", "department"} {
		var rows []Row
		for i := range r.Scores {
			if r.Scores[i].Unit.Kind == kind {
				rows = append(rows, Row{Parts: r.Scores[i].parts()})
			}
		}
		if len(rows) > 0 {
			light(rows, r.Version.Rules)
			out[kind] = packList(rows)
		}
	}
	return out
}

// parts returns what each rule brought, in the order of the lines. The number of
// items is the greatest of any line: a bonus counts some of them once more.
func (s *Score) parts() []Part {
	all := make([]Part, 0, len(s.Lines))
	at := make(map[string]int, len(s.Lines))
	for i := range s.Lines {
		l := &s.Lines[i]
		i, ok := at[l.Rule.Code]
		if !ok {
			i = len(all)
			at[l.Rule.Code] = i
			all = append(all, Part{Rule: l.Rule.Code, Points: l.Points, N: l.N})
			continue
		}
		all[i].Points, all[i].N = all[i].Points.Add(l.Points), max(all[i].N, l.N)
	}
	return all
}

// packList packs the parts of rows. The basis of a light, and what it is
// measured against, are the same for a rule in the whole list.
func packList(rows []Row) []byte {
	at := map[string]int{}
	var heads, body []byte
	for _, row := range rows {
		body = binary.AppendUvarint(body, uint64(len(row.Parts)))
		for _, p := range row.Parts {
			i, ok := at[p.Rule]
			if !ok {
				i = len(at)
				at[p.Rule] = i
				heads = appendText(appendText(appendText(heads, p.Rule), p.Basis), p.Against.String())
			}
			body = binary.AppendUvarint(body, uint64(i)) //nolint:gosec // an index
			body = appendText(body, p.Points.String())
			body = binary.AppendUvarint(body, zigzag(p.N))
			body = append(body, byte(max(slices.Index(colors, p.Color), 0))) //nolint:gosec // an index
		}
	}
	out := binary.AppendUvarint([]byte{packFirstList}, uint64(len(at)))
	return append(append(out, heads...), body...)
}

// errList means that a list cannot be read: somebody wrote into the table.
var errList = errors.New("assess: the list of a round is broken")

// A listing reads a packed list, row by row.
type listing struct {
	d     unpacking // reads numbers and texts
	heads []listHead
}

type listHead struct{ rule, basis, against string }

// openList begins to read a packed list.
func openList(pack []byte) (*listing, error) {
	l := &listing{d: unpacking{in: pack}}
	if l.d.byte() != packFirstList {
		return nil, errList
	}
	for range l.d.small(1 << 16) {
		l.heads = append(l.heads, listHead{l.d.text(), l.d.text(), l.d.text()})
	}
	return l, l.err()
}

func (l *listing) err() error {
	if l.d.broken {
		return errList
	}
	return nil
}

// A listPart is a part as it is kept.
type listPart struct {
	head   int
	points string
	n      int
	color  int
}

// next calls fn with the parts of the next row.
func (l *listing) next(fn func(listPart)) error {
	for range l.d.small(1 << 16) {
		p := listPart{head: l.d.small(1 << 16), points: l.d.text(), n: unzigzag(l.d.uvarint()), color: int(l.d.byte())}
		if l.d.broken || p.head >= len(l.heads) || p.color >= len(colors) {
			return errList
		}
		fn(p)
	}
	return l.err()
}

// parts returns the parts of the next row.
func (l *listing) parts() (all []Part, err error) {
	all = []Part{}
	err = l.next(func(p listPart) {
		h := l.heads[p.head]
		points, perr := decimal.NewFromString(p.points)
		against, aerr := decimal.NewFromString(h.against)
		if perr != nil || aerr != nil {
			l.d.broken = true
		}
		all = append(all, Part{h.rule, points, p.n, Light{colors[p.color], h.basis, against}})
	})
	return all, errors.Join(err, l.err())
}

// A jsonList writes the rows of a list as JSON: what json.Marshal makes of
// their parts.
type jsonList struct {
	*listing
	before []string   // by head: what stands before the points
	after  [][]string // by head and color: what stands after the number
}

func (l *listing) json() jsonList {
	j := jsonList{listing: l}
	for _, h := range l.heads {
		j.before = append(j.before, `{"rule":`+quoted(h.rule)+`,"points":"`)
		var after []string
		for _, c := range colors {
			after = append(after, `,"color":"`+c+`","basis":`+quoted(h.basis)+`,"against":`+quoted(h.against)+`}`)
		}
		j.after = append(j.after, after)
	}
	return j
}

// appendRow appends the parts of the next row.
func (j jsonList) appendRow(b []byte) ([]byte, error) {
	b = append(b, '[')
	first := true
	err := j.next(func(p listPart) {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(append(b, j.before[p.head]...), p.points...), `","n":`...)
		b = append(appendInt(b, p.n), j.after[p.head][p.color]...)
	})
	return append(b, ']'), err
}

func quoted(s string) string {
	b, _ := json.Marshal(s) // a string always can be
	return string(b)
}
