package assess

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/shopspring/decimal"

	"hetu/tenant"
)

// shown returns, for each score, what the list of the round shows of it: what
// each rule brought, with its light.
func (r *Result) shown() []string {
	out := make([]string, len(r.Scores))
	for _, kind := range []string{"tenant", "department"} {
		var rows []Row
		var at []int
		for i, s := range r.Scores {
			if s.Unit.Kind == kind {
				rows, at = append(rows, Row{Parts: s.parts()}), append(at, i)
			}
		}
		light(rows, r.Version.Rules)
		for i, row := range rows {
			out[at[i]] = string(appendParts(nil, row.Parts))
		}
	}
	return out
}

// appendParts appends parts as JSON: what json.Marshal makes of them.
func appendParts(b []byte, parts []Part) []byte {
	b = append(b, '[')
	for i, p := range parts {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(appendString(append(b, `{"rule":`...), p.Rule), `,"points":"`...), p.Points.String()...)
		b = strconv.AppendInt(append(b, `","n":`...), int64(p.N), 10)
		b = append(append(append(b, `,"color":"`...), p.Color...), `","basis":"`...)
		b = append(append(append(b, p.Basis...), `","against":"`...), p.Against.String()...)
		b = append(b, `"}`...)
	}
	return append(b, ']')
}

// parts returns what each rule brought, in the order of the lines. The number of
// items is the greatest of any line: a bonus counts some of them once more.
func (s Score) parts() []Part {
	all := []Part{}
	at := map[string]int{}
	for _, l := range s.Lines {
		i, ok := at[l.Rule.Code]
		if !ok {
			i = len(all)
			at[l.Rule.Code] = i
			all = append(all, Part{Rule: l.Rule.Code, Points: decimal.Zero, N: l.N})
		}
		all[i].Points, all[i].N = all[i].Points.Add(l.Points), max(all[i].N, l.N)
	}
	return all
}

// A shownRow is a row of a ranking as it is kept.
type shownRow struct {
	Unit
	Rank     int             `db:"rank"`
	Total    decimal.Decimal `db:"total"`
	Movement *int            `db:"movement"`
	Class    string          `db:"class"`
	Grade    string          `db:"grade"`
	Parts    *string         `db:"parts"`
}

// rankingShown returns the list of a round as ranking does, and as it was when
// the round was worked out: of a thousand units and sixty rules, nothing is
// added up again.
func rankingShown(ctx context.Context, tx *tenant.Tx, q rankingQuery) (out Ranking, err error) {
	if out.Round, err = findRound(ctx, tx, q.ID); err != nil {
		return out, err
	}
	kind := q.Subject
	if kind == "" {
		kind = "tenant"
	}
	var got []shownRow
	err = tx.Select(ctx, &got, `
		select s.unit_kind, s.unit_id, s.unit_name, s.rank, s.total, s.class, s.grade, p.rank - s.rank as movement, s.parts::text as parts
		  from assess_rounds r
		  join assess_scores s on s.round_id = r.id
		  left join assess_scores p on p.unit_kind = s.unit_kind and p.unit_id = s.unit_id and p.round_id = (`+previousRound+`)
		 where r.id = $1 and s.unit_kind = $2
		 order by s.place`, q.ID, kind)
	if err != nil {
		return out, err
	}
	out.Rows = make([]Row, len(got))
	for i, g := range got {
		if g.Parts == nil { // it was worked out before that was kept
			return ranking(ctx, tx, q)
		}
		out.Rows[i] = Row{Rank: g.Rank, Unit: g.Unit, Total: g.Total, Movement: g.Movement, Class: g.Class, Grade: g.Grade, kept: json.RawMessage(*g.Parts)}
	}
	return out, nil
}

// MarshalJSON writes the row; what is kept of its parts as it is.
func (r Row) MarshalJSON() ([]byte, error) {
	type row Row // without this method
	if r.kept == nil {
		return json.Marshal(row(r))
	}
	head, err := json.Marshal(struct {
		Rank     int             `json:"rank"`
		Unit     Unit            `json:"unit"`
		Total    decimal.Decimal `json:"total"`
		Movement *int            `json:"movement"`
		Class    string          `json:"class,omitempty"`
		Grade    string          `json:"grade,omitempty"`
	}{r.Rank, r.Unit, r.Total, r.Movement, r.Class, r.Grade})
	out := append(make([]byte, 0, len(head)+len(r.kept)+12), head[:len(head)-1]...)
	out = append(append(out, `,"parts":`...), r.kept...)
	return append(out, '}'), errors.Join(err)
}
