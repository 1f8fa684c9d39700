package assess

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/feature"
	"hetu/tenant"
)

// A Trend is what the units of a list earned month by month, before caps: in a
// round and in those of its scheme that went before it and do not overlap.
type Trend struct {
	Months []string    `json:"months"` // "2026-03", without gaps
	Rounds []string    `json:"rounds"` // the names of the rounds it is made of, the first one first
	Rows   []TrendLine `json:"rows"`   // in the order of the ranking
}

// A TrendLine is one unit's way through the months of a trend.
type TrendLine struct {
	Unit   Unit              `json:"unit"`
	Points []decimal.Decimal `json:"points"` // by month
	N      []int             `json:"n"`      // deeds by month
}

// trend sums the deeds of every entry up by the month they were done in. What
// belongs to a round although it was done before it counts in its first month.
func trend(ctx context.Context, tx *tenant.Tx, q rankingQuery) (out Trend, err error) {
	out = Trend{Months: []string{}, Rounds: []string{}, Rows: []TrendLine{}}
	r, err := findRound(ctx, tx, q.ID)
	if err != nil {
		return out, err
	}
	if q.Subject == "" {
		q.Subject = "tenant"
	}
	way, err := before(ctx, tx, r)
	if err != nil {
		return out, err
	}
	for i := len(way) - 1; i >= 0; i-- {
		out.Rounds = append(out.Rounds, way[i].Name)
	}
	out.Months = months(way[len(way)-1].From, min(r.To, tx.Now.In(shanghai).Format(time.DateOnly)))
	var units []Unit
	err = tx.Select(ctx, &units, `
		select unit_kind, unit_id, unit_name from assess_scores where round_id = $1 and unit_kind = $2 order by place`, q.ID, q.Subject)
	if err != nil {
		return out, err
	}
	err = out.fill(ctx, tx, units, ids(way), q.Subject)
	for _, w := range way {
		if w.Rolled && err == nil {
			err = out.fillRolled(ctx, tx, w)
		}
	}
	return out, err
}

func (t *Trend) fill(ctx context.Context, tx *tenant.Tx, units []Unit, rounds []string, kind string) error {
	line, month := map[uuid.UUID]int{}, map[string]int{}
	for i, m := range t.Months {
		month[m] = i
	}
	for i, u := range units {
		line[u.ID] = i
		t.Rows = append(t.Rows, TrendLine{u, make([]decimal.Decimal, len(t.Months)), make([]int, len(t.Months))})
	}
	var got []struct {
		Unit   uuid.UUID       `db:"unit_id"`
		Month  string          `db:"month"`
		Points decimal.Decimal `db:"points"`
		N      int             `db:"n"`
	}
	err := tx.Select(ctx, &got, `
		select e.unit_id, `+monthOf+` as month, sum(x.points) as points, count(distinct d.id) as n
		  from `+monthly+`
		 where r.id = any ($1::uuid[]) and e.unit_kind = $2
		 group by e.unit_id, month`, tenant.Array(rounds), kind)
	for _, g := range got {
		i, known := line[g.Unit] // it may have been a unit of an earlier round only
		j, within := month[g.Month]
		if known && within {
			t.Rows[i].Points[j], t.Rows[i].N[j] = g.Points, g.N
		}
	}
	return err
}

const (
	monthly = `assess_rounds r
		  join assess_entries e on e.round_id = r.id
		 cross join lateral unnest(e.deed_tenants, e.deeds, e.deed_points, e.deed_notes) as x (tenant, deed, points, note)
		  join deeds d on d.tenant_id = x.tenant and d.id = x.deed`
	monthOf = `to_char(greatest(d.day, r.from_day), 'YYYY-MM')`
)

// before returns a round and those of its scheme that were computed and lead up
// to it, the last one first: none overlaps another.
func before(ctx context.Context, tx *tenant.Tx, r Round) ([]Round, error) {
	var all []Round
	err := tx.Select(ctx, &all, `
		select `+roundColumns+` from assess_rounds
		 where scheme_id = $1 and digest <> '' and to_day < $2::date
		 order by assess_rounds.to_day desc, assess_rounds.from_day, id`, r.SchemeID, r.From)
	way := []Round{r}
	for _, a := range all {
		if a.To < way[len(way)-1].From {
			way = append(way, a)
		}
	}
	return way, err
}

func ids(rounds []Round) []string {
	all := make([]string, len(rounds))
	for i, r := range rounds {
		all[i] = r.ID.String()
	}
	return all
}

// months lists those from one day to another; that of from if to is before it.
func months(from, to string) []string {
	all := []string{}
	day, err := time.Parse(time.DateOnly, from[:8]+"01")
	for ; err == nil && (len(all) == 0 || day.Format(time.DateOnly) <= to); day = day.AddDate(0, 1, 0) {
		all = append(all, day.Format("2006-01"))
	}
	return all
}

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

type monthQuery struct {
	feature.Page
	ID    uuid.UUID `json:"-" path:"id"`
	Unit  uuid.UUID `json:"-" path:"unit"`
	Month string    `json:"-" query:"month"` // "2026-03"; every month if empty
}

// Validate checks the month and the cursor.
func (q monthQuery) Validate() error {
	if _, err := time.Parse("2006-01", q.Month); q.Month != "" && err != nil {
		return ErrMonth.On("month")
	}
	if _, _, _, err := q.from(); err != nil {
		return feature.ErrMalformed.On("after")
	}
	return nil
}

// from takes the cursor apart: the time of a deed, its id and its entry's.
func (q monthQuery) from() (at *time.Time, deed, entry uuid.UUID, err error) {
	if q.After == "" {
		return nil, deed, entry, nil
	}
	parts := strings.Split(q.After, "_")
	if len(parts) != 3 {
		return nil, deed, entry, feature.ErrMalformed
	}
	micro, err := strconv.ParseInt(parts[0], 10, 64)
	if err == nil {
		deed, err = uuid.Parse(parts[1])
	}
	if err == nil {
		entry, err = uuid.Parse(parts[2])
	}
	if err != nil || micro < 0 || micro > 1<<52 {
		return nil, deed, entry, feature.ErrMalformed
	}
	t := time.UnixMicro(micro)
	return &t, deed, entry, nil
}

// A MonthDeed is a deed behind a point of a trend, with the line of the score
// it counts in.
type MonthDeed struct {
	Deed
	EntryID  uuid.UUID `json:"entry_id"`
	RuleName string    `json:"rule_name"`
}

// monthDeeds lists what is behind a point of the trend of a round, in the order
// it was done.
func monthDeeds(ctx context.Context, tx *tenant.Tx, q monthQuery) (l feature.List[MonthDeed], err error) {
	l.Items = []MonthDeed{}
	r, err := findRound(ctx, tx, q.ID)
	if err != nil {
		return l, err
	}
	if err := scored(ctx, tx, q); err != nil {
		return l, err
	}
	way, err := before(ctx, tx, r)
	if err != nil {
		return l, err
	}
	at, deed, entry, err := q.from()
	if err != nil {
		return l, err
	}
	var got []monthRow
	err = tx.Select(ctx, &got, `
		select 0 as seq, d.id, d.kind, d.at, d.item, d.title, x.tenant, coalesce(m.name, '') as by_name, d.level, x.points, x.note,
		       e.id as entry_id, e.rule_name
		  from `+monthly+`
		  left join members m on m.tenant_id = d.tenant_id and m.id = d.member_id
		 where r.id = any ($1::uuid[]) and e.unit_id = $2 and ($3 = '' or `+monthOf+` = $3)
		   and ($4::timestamptz is null or (d.at, d.id, e.id) > ($4, $5, $6))
		 order by d.at, d.id, e.id limit $7`, tenant.Array(ids(way)), q.Unit, q.Month, at, deed, entry, q.Size()+1)
	if err != nil {
		return l, err
	}
	if got, err = withRolled(ctx, tx, way, q, got); err != nil {
		return l, err
	}
	page := feature.Cut(got, q.Size(), monthRow.cursor)
	rows, deeds := make([]deedRow, len(page.Items)), make([]Deed, len(page.Items))
	for i, g := range page.Items {
		rows[i], deeds[i] = g.deedRow, g.deed()
	}
	err = here(ctx, tx, rows, deeds)
	for i, g := range page.Items {
		l.Items = append(l.Items, MonthDeed{deeds[i], g.Entry, g.Rule})
	}
	l.Next = page.Next
	return l, err
}

// scored makes sure that the unit is one of the round.
func scored(ctx context.Context, tx *tenant.Tx, q monthQuery) error {
	var there bool
	err := tx.Get(ctx, &there, `select exists (select from assess_scores where round_id = $1 and unit_id = $2)`, q.ID, q.Unit)
	if err == nil && !there {
		err = ErrUnitNotFound
	}
	return err
}

type monthRow struct {
	deedRow
	Entry uuid.UUID `db:"entry_id"`
	Rule  string    `db:"rule_name"`
}

func (r monthRow) cursor() string {
	return fmt.Sprintf("%d_%s_%s", r.At.UnixMicro(), r.ID, r.Entry)
}
