package assess

import (
	"context"
	"strconv"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/feature"
	"hetu/tenant"
)

type heatQuery struct {
	feature.Page
	ID      uuid.UUID `json:"-" path:"id"`
	Subject string    `json:"-" query:"subject"` // tenant or department; tenant if empty
	Class   string    `json:"-" query:"class"`   // the code of one class; all if empty
}

// Validate checks the subject and the cursor.
func (q heatQuery) Validate() error {
	if err := (rankingQuery{Subject: q.Subject}).Validate(); err != nil {
		return err
	}
	if _, err := q.from(); err != nil {
		return feature.ErrMalformed.On("after")
	}
	return nil
}

func (q heatQuery) from() (int, error) {
	if q.After == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(q.After, 10, 32)
	return int(n), err
}

// A Heat is units by rules, each cell coloured by how the unit stands among
// those of its class.
type Heat struct {
	Round   Round      `json:"round"`
	Rules   []HeatRule `json:"rules"`
	Classes []Class    `json:"classes"`
	Items   []HeatRow  `json:"items"`
	Next    string     `json:"next"`
}

// A HeatRule is a column of a heat map.
type HeatRule struct {
	Code  string `json:"code"`
	Name  string `json:"name"`
	Group string `json:"group"` // what the heading it stands under is called
}

// A HeatRow is one unit.
type HeatRow struct {
	Unit  Unit            `json:"unit"`
	Rank  int             `json:"rank"`
	Class string          `json:"class"` // its code
	Total decimal.Decimal `json:"total"`
	Cells []HeatCell      `json:"cells"` // by rule; those that do not apply to it are missing
}

// A HeatCell is what a rule brought a unit. Its band says how many of those of
// its class that have more or less have less: 0 is none, 4 all; where all have
// the same it is 2.
type HeatCell struct {
	Rule   string          `json:"rule"`
	Points decimal.Decimal `json:"points"`
	N      int             `json:"n"`
	Band   int             `json:"band"`
	Entry  uuid.UUID       `json:"entry"`
}

// heat returns part of the heat map of a round, best units first.
func heat(ctx context.Context, tx *tenant.Tx, q heatQuery) (out Heat, err error) {
	if out.Round, err = findRound(ctx, tx, q.ID); err != nil {
		return out, err
	}
	s, _, err := findScheme(ctx, tx, out.Round.SchemeID, out.Round.SchemeVersion)
	if err != nil {
		return out, err
	}
	out.Rules, out.Classes = []HeatRule{}, append([]Class{}, s.Plan.Classes...)
	for _, r := range s.Rules {
		out.Rules = append(out.Rules, HeatRule{r.Code, r.Name, s.Plan.headingName(r.Heading)})
	}
	if q.Subject == "" {
		q.Subject = "tenant"
	}
	from, err := q.from()
	if err != nil {
		return out, feature.ErrMalformed.On("after")
	}
	var got []struct {
		Unit
		Place int             `db:"place"`
		Rank  int             `db:"rank"`
		Class string          `db:"class"`
		Total decimal.Decimal `db:"total"`
	}
	err = tx.Select(ctx, &got, `
		select unit_kind, unit_id, unit_name, place, rank, class, total from assess_scores
		 where round_id = $1 and unit_kind = $2 and ($3 = '' or class = $3) and place > $4
		 order by place limit $5`, q.ID, q.Subject, q.Class, from, q.Size()+1)
	if err != nil {
		return out, err
	}
	rows := make([]HeatRow, len(got))
	places := make(map[uuid.UUID]int, len(got))
	for i, g := range got {
		places[g.ID] = g.Place
		rows[i] = HeatRow{g.Unit, g.Rank, g.Class, g.Total, []HeatCell{}}
	}
	page := feature.Cut(rows, q.Size(), func(r HeatRow) string { return strconv.Itoa(places[r.Unit.ID]) })
	out.Items, out.Next = page.Items, page.Next
	return out, out.fill(ctx, tx, q, s.Plan)
}

// fill reads the cells of the rows.
func (h *Heat) fill(ctx context.Context, tx *tenant.Tx, q heatQuery, plan Plan) error {
	classes := map[uuid.UUID]string{}
	for _, m := range plan.Members {
		classes[m.Unit] = m.Class
	}
	at, ids := make(map[uuid.UUID]int, len(h.Items)), make([]string, len(h.Items))
	for i, r := range h.Items {
		at[r.Unit.ID], ids[i] = i, r.Unit.ID.String()
	}
	var cells []struct {
		Unit   uuid.UUID       `db:"unit_id"`
		Rule   string          `db:"rule_code"`
		Points decimal.Decimal `db:"points"`
		N      int             `db:"n"`
		Band   int             `db:"band"`
		Entry  uuid.UUID       `db:"entry"`
	}
	err := tx.Select(ctx, &cells, heatSQL, q.ID, q.Subject, tenant.Array(ids), tenant.JSON(classes))
	for _, c := range cells {
		r := &h.Items[at[c.Unit]]
		r.Cells = append(r.Cells, HeatCell{c.Rule, c.Points, c.N, c.Band, c.Entry})
	}
	return err
}

// The colours come from all units of a class, whatever part of the list is
// asked for. Ranks are whole numbers: nothing of it is a score. There is no join
// in it: a plan made for a small round must do for a large one too.
const heatSQL = `
	with l as (
	  select unit_id, rule_code, min(seq) as seq, sum(points) as points, max(n) as n, (array_agg(id order by seq))[1] as entry,
	         $4::jsonb ->> unit_id::text as class
	    from assess_entries
	   where round_id = $1 and unit_kind = $2
	   group by unit_id, rule_code),
	c as (
	  select l.*, rank() over (partition by class, rule_code order by points) - 1 as below,
	         rank() over (partition by class, rule_code order by points desc) - 1 as above
	    from l)
	select unit_id, rule_code, points, n, entry,
	       case when below + above = 0 then 2 else (8 * below + below + above) / (2 * (below + above)) end as band
	  from c where unit_id = any ($3::uuid[])
	 order by unit_id, seq`
