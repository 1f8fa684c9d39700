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
		Place int                   `db:"place"`
		Rank  int                   `db:"rank"`
		Class string                `db:"class"`
		Total decimal.Decimal       `db:"total"`
		Cells tenant.Rows[HeatCell] `db:"cells"`
	}
	err = tx.Select(ctx, &got, heatSQL, q.ID, q.Subject, q.Class, from, q.Size()+1)
	rows := make([]HeatRow, len(got))
	places := make(map[uuid.UUID]int, len(got))
	for i, g := range got {
		places[g.ID] = g.Place
		rows[i] = HeatRow{g.Unit, g.Rank, g.Class, g.Total, append([]HeatCell{}, g.Cells...)}
	}
	page := feature.Cut(rows, q.Size(), func(r HeatRow) string { return strconv.Itoa(places[r.Unit.ID]) })
	out.Items, out.Next = page.Items, page.Next
	return out, err
}

// The colours come from all units of a class, whatever part of the list is
// asked for. Places are whole numbers: nothing of it is a score.
const heatSQL = `
	with l as (
	  select e.unit_id, e.rule_code, min(e.seq) as seq, sum(e.points) as points, max(e.n) as n, (array_agg(e.id order by e.seq))[1] as entry
	    from assess_entries e
	   where e.round_id = $1 and e.unit_kind = $2
	   group by e.unit_id, e.rule_code),
	c as (
	  select l.*, rank() over (partition by s.class, l.rule_code order by l.points) - 1 as below,
	         rank() over (partition by s.class, l.rule_code order by l.points desc) - 1 as above
	    from l
	    join assess_scores s on s.round_id = $1 and s.unit_kind = $2 and s.unit_id = l.unit_id)
	select s.unit_kind, s.unit_id, s.unit_name, s.place, s.rank, s.class, s.total,
	       (select jsonb_agg(jsonb_build_object('rule', c.rule_code, 'points', c.points::text, 'n', c.n, 'entry', c.entry,
	                 'band', case when c.below + c.above = 0 then 2 else (8 * c.below + c.below + c.above) / (2 * (c.below + c.above)) end) order by c.seq)
	          from c where c.unit_id = s.unit_id) as cells
	  from assess_scores s
	 where s.round_id = $1 and s.unit_kind = $2 and ($3 = '' or s.class = $3) and s.place > $4
	 order by s.place limit $5`
