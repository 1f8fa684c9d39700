package assess

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/tenant"
)

type yearQuery struct {
	Year int `json:"-" query:"year"` // the latest one there is a round of, else a scheme, if zero
}

// Validate checks the year.
func (q yearQuery) Validate() error {
	if q.Year != 0 && (q.Year < 2000 || q.Year > 2100) {
		return ErrYear.On("year")
	}
	return nil
}

// A YearPage is the year at a glance: who stands where, what is due.
type YearPage struct {
	Year   int        `json:"year"`
	Years  []int      `json:"years"` // the latest first
	Rounds []Round    `json:"rounds"`
	Lists  []YearList `json:"lists"` // of the latest round of each scheme that was worked out
	Due    []Due      `json:"due"`   // what is late first
}

// A YearList is the ranking of the units of one kind, or of one class of them,
// in short.
type YearList struct {
	Round   uuid.UUID       `json:"round"`
	Name    string          `json:"name"` // of the round
	Scheme  string          `json:"scheme"`
	Kind    string          `json:"kind" enum:"tenant,department"`
	Class   string          `json:"class"` // what it is called; empty without classes
	Units   int             `json:"units"`
	Median  decimal.Decimal `json:"median"`
	Highest decimal.Decimal `json:"highest"`
	Lowest  decimal.Decimal `json:"lowest"`
	First   []YearRow       `json:"first"` // at most three
	Last    []YearRow       `json:"last"`  // at most three, none of the first, the last one last
	Lights  YearLights      `json:"lights"`
	Grades  []SpreadGrade   `json:"grades"`
}

// A YearRow is one unit.
type YearRow struct {
	Unit     Unit            `json:"unit"`
	Rank     int             `json:"rank"`
	Total    decimal.Decimal `json:"total"`
	Movement *int            `json:"movement"`
	Grade    string          `json:"grade"`
	Red      int             `json:"red"` // how many of its lights are red
}

// YearLights are how many lights of the units of a list have which colour.
type YearLights struct {
	Green  int `json:"green"`
	Yellow int `json:"yellow"`
	Red    int `json:"red"`
}

// A Due is something that waits to be done.
type Due struct {
	Kind string `json:"kind" enum:"activate,compute,publish,close,freeze,confirm"`
	Name string `json:"name"` // of the scheme or the round
	N    int    `json:"n"`    // how many there are of it
	Day  string `json:"day"`  // since when it can be done; empty: it says nothing of days
	Late bool   `json:"late"` // the period it belongs to has been over for a month
	Href string `json:"href"`
}

// yearPage returns the year on one page.
func yearPage(ctx context.Context, tx *tenant.Tx, q yearQuery) (out YearPage, err error) {
	out = YearPage{Year: q.Year, Years: []int{}, Rounds: []Round{}, Lists: []YearList{}, Due: []Due{}}
	if err := tx.Select(ctx, &out.Years, `select year from assess_schemes group by year order by year desc`); err != nil {
		return out, err
	}
	if out.Year == 0 {
		err := tx.Get(ctx, &out.Year, `
			select coalesce((select max(s.year) from assess_schemes s join assess_rounds r on r.scheme_id = s.id), (select max(year) from assess_schemes), 0)`)
		if err != nil {
			return out, err
		}
	}
	err = tx.Select(ctx, &out.Rounds, `
		select `+roundColumns+` from assess_rounds
		 where scheme_id in (select id from assess_schemes where year = $1)
		 order by assess_rounds.to_day desc, assess_rounds.from_day, id desc limit 200`, out.Year)
	if err != nil {
		return out, err
	}
	if err := out.due(ctx, tx); err != nil {
		return out, err
	}
	seen := map[uuid.UUID]bool{}
	for _, r := range out.Rounds {
		if r.Digest == "" || seen[r.SchemeID] {
			continue
		}
		seen[r.SchemeID] = true
		if err := out.list(ctx, tx, r); err != nil {
			return out, err
		}
	}
	return out, nil
}

// list adds the lists of one round.
func (p *YearPage) list(ctx context.Context, tx *tenant.Tx, r Round) error {
	s, _, err := findScheme(ctx, tx, r.SchemeID, r.SchemeVersion)
	if err != nil {
		return err
	}
	for _, kind := range []string{"tenant", "department"} {
		all, err := rows(ctx, tx, r.ID, kind)
		if err != nil {
			return err
		}
		light(all, s.Rules)
		for len(all) > 0 {
			n := slices.IndexFunc(all, func(x Row) bool { return x.Class != all[0].Class })
			if n < 0 {
				n = len(all)
			}
			l := yearList(all[:n], s.Plan)
			l.Round, l.Name, l.Scheme, l.Kind = r.ID, r.Name, s.Name, kind
			p.Lists = append(p.Lists, l)
			all = all[n:]
		}
	}
	return nil
}

// yearList puts the units of one class in short, the first one first.
func yearList(all []Row, plan Plan) YearList {
	units := make([]placed, len(all))
	short := make([]YearRow, len(all))
	l := YearList{Class: plan.className(all[0].Class), Units: len(all)}
	for i, r := range all {
		units[i] = placed{r.Class, r.Grade, r.Total}
		short[i] = YearRow{Unit: r.Unit, Rank: r.Rank, Total: r.Total, Movement: r.Movement, Grade: r.Grade}
		for _, part := range r.Parts {
			switch part.Color {
			case "green":
				l.Lights.Green++
			case "yellow":
				l.Lights.Yellow++
			case "red":
				l.Lights.Red++
				short[i].Red++
			}
		}
	}
	s := listOf(units)
	l.Median, l.Highest, l.Lowest, l.Grades = s.Median, s.Highest, s.Lowest, gradesOf(units, plan)
	l.First = short[:min(3, len(short))]
	l.Last = short[max(len(l.First), len(short)-3):]
	return l
}

// due says what waits: of the rounds by where they stand, of the schemes that
// are drafts, and of what a second person has to confirm.
func (p *YearPage) due(ctx context.Context, tx *tenant.Tx) error {
	today := tx.Now.In(shanghai)
	month := today.AddDate(0, -1, 0).Format(time.DateOnly)
	for _, r := range p.Rounds {
		d := Due{Name: r.Name, N: 1, Day: r.To, Late: r.To < month, Href: "/assess/rounds/" + r.ID.String()}
		switch over := r.To < today.Format(time.DateOnly); {
		case r.Digest == "":
			d.Kind = "compute"
		case r.State == "open" && over:
			d.Kind = "publish"
		case r.State == "published" && over:
			d.Kind = "close"
		case r.State == "closed" && r.FrozenAt == nil:
			d.Kind = "freeze"
		default:
			continue
		}
		p.Due = append(p.Due, d)
	}
	var waiting []struct {
		Kind string    `db:"kind"`
		ID   uuid.UUID `db:"id"`
		Name string    `db:"name"`
		N    int       `db:"n"`
		Day  string    `db:"day"`
	}
	err := tx.Select(ctx, &waiting, `
		select 'confirm' as kind, r.id, r.name, count(*) as n, to_char(min(a.at) at time zone 'Asia/Shanghai', 'YYYY-MM-DD') as day
		  from assess_adjustments a
		  join assess_rounds r on r.id = a.round_id
		  join assess_schemes s on s.id = r.scheme_id
		 where a.state = 'proposed' and s.year = $1
		 group by r.id, r.name
		union all
		select 'activate', id, name, 1, '' from assess_schemes where state = 'draft' and year = $1
		 order by kind, day, id`, p.Year)
	for _, w := range waiting {
		d := Due{Kind: w.Kind, Name: w.Name, N: w.N, Day: w.Day, Late: w.Day != "" && w.Day < month, Href: "/assess/rounds/" + w.ID.String()}
		if w.Kind == "activate" {
			d.Href = "/assess/schemes/" + w.ID.String()
		}
		p.Due = append(p.Due, d)
	}
	slices.SortStableFunc(p.Due, func(a, b Due) int { return cmp.Or(late(b)-late(a), cmp.Compare(a.Day, b.Day)) })
	return err
}

// late is 1 for what is, 0 for the rest.
func late(d Due) int {
	if d.Late {
		return 1
	}
	return 0
}
