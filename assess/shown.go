package assess

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/tenant"
)

// A shownRow is a row of a ranking as it is kept. The first one has the list of
// what stands in all of them; nobody has it in a round that was last worked out
// before there were such lists.
type shownRow struct {
	Unit
	Rank     int             `db:"rank"`
	Total    decimal.Decimal `db:"total"`
	Movement *int            `db:"movement"`
	Class    string          `db:"class"`
	Grade    string          `db:"grade"`
	List     []byte          `db:"list"`
}

// shownRows reads the rows of one kind of unit, and the list of their parts: nil
// if there is none.
func shownRows(ctx context.Context, tx *tenant.Tx, round uuid.UUID, kind string) (got []shownRow, list *listing, err error) {
	err = tx.Select(ctx, &got, `
		select s.unit_kind, s.unit_id, s.unit_name, s.rank, s.total, s.class, `+gradeShown+`, p.rank - s.rank as movement, l.parts as list
		  from assess_rounds r
		  join assess_scores s on s.round_id = r.id
		  left join assess_lists l on l.round_id = r.id and l.unit_kind = s.unit_kind and s.place = 1
		  left join assess_scores p on p.unit_kind = s.unit_kind and p.unit_id = s.unit_id and p.round_id = (`+previousRound+`)
		 where r.id = $1 and s.unit_kind = $2
		 order by s.place`, round, kind)
	if err == nil && len(got) > 0 && got[0].List != nil {
		list, err = openList(got[0].List)
	}
	return got, list, err
}

func (g shownRow) row() Row {
	return Row{Rank: g.Rank, Unit: g.Unit, Total: g.Total, Movement: g.Movement, Class: g.Class, Grade: g.Grade}
}

// rows returns the ranking of one kind of unit: as it was when the round was
// worked out, with its lights, or added up from the lines.
func rows(ctx context.Context, tx *tenant.Tx, round uuid.UUID, kind string) ([]Row, error) {
	got, list, err := shownRows(ctx, tx, round, kind)
	if err != nil || list == nil {
		all, aerr := addedRows(ctx, tx, round, kind)
		if err == nil {
			err = aerr
		}
		return all, err
	}
	out := make([]Row, len(got))
	for i, g := range got {
		out[i] = g.row()
		if out[i].Parts, err = list.parts(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// JSON is the ranking, if it was made of what is kept: of a thousand units and
// sixty rules, no part is ever a value of its own. Else nil.
func (r Ranking) JSON() []byte { return r.body }

// MarshalJSON writes the ranking.
func (r Ranking) MarshalJSON() ([]byte, error) {
	if r.body != nil {
		return r.body, nil
	}
	type ranking Ranking // without this method
	return json.Marshal(ranking(r))
}

// rankingShown returns the list of a round as ranking does, and as it was when
// the round was worked out.
func rankingShown(ctx context.Context, tx *tenant.Tx, q rankingQuery) (out Ranking, err error) {
	if out.Round, err = findRound(ctx, tx, q.ID); err != nil {
		return out, err
	}
	kind := q.Subject
	if kind == "" {
		kind = "tenant"
	}
	got, list, err := shownRows(ctx, tx, q.ID, kind)
	switch {
	case err != nil:
		return out, err
	case list == nil:
		return ranking(ctx, tx, q)
	}
	head, err := json.Marshal(out.Round)
	if err != nil {
		return out, err
	}
	b := append(append(append(make([]byte, 0, 16*len(got[0].List)+256*len(got)), `{"round":`...), head...), `,"rows":[`...)
	j := list.json()
	for i, g := range got {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = j.appendRow(g.appendHead(b)); err != nil {
			return out, err
		}
		b = g.appendTail(b)
	}
	out.body = append(b, "]}"...)
	return out, nil
}

// appendHead appends what stands before the parts of a row.
func (g *shownRow) appendHead(b []byte) []byte {
	b = appendInt(append(b, `{"rank":`...), g.Rank)
	b = append(append(append(b, `,"unit":{"kind":"`...), g.Kind...), `","id":"`...)
	b = append(append(b, g.ID.String()...), `","name":`...)
	b = append(b, quoted(g.Name)...)
	return append(append(append(b, `},"total":"`...), g.Total.String()...), `","parts":`...)
}

// appendTail appends what stands after them.
func (g *shownRow) appendTail(b []byte) []byte {
	b = append(b, `,"movement":`...)
	if g.Movement != nil {
		b = appendInt(b, *g.Movement)
	} else {
		b = append(b, "null"...)
	}
	if g.Class != "" {
		b = append(append(b, `,"class":`...), quoted(g.Class)...)
	}
	if g.Grade != "" {
		b = append(append(b, `,"grade":`...), quoted(g.Grade)...)
	}
	return append(b, '}')
}

func appendInt(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) }
