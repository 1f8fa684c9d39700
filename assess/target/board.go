package target

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/calendar"
	"hetu/feature"
	"hetu/tenant"
)

type yearQuery struct {
	Year int `json:"-" query:"year"`
}

// Validate refuses a year nobody sets targets for.
func (q yearQuery) Validate() error { return checkYear(q.Year) }

func checkYear(year int) error {
	if year < 2000 || year > 2100 {
		return feature.ErrRange.On("year")
	}
	return nil
}

// A Sheet is the targets of a unit's year, as whoever sets them sees it.
type Sheet struct {
	Unit    Unit            `json:"unit"`
	Year    int             `json:"year"`
	Sum     decimal.Decimal `json:"sum"`    // of the weights
	Drafts  int             `json:"drafts"` // to be issued
	Light   string          `json:"light" enum:"none,green,yellow,red"`
	Targets []Target        `json:"targets"`
}

func (s *Sheet) add(t Target) {
	s.Targets = append(s.Targets, t)
	if t.State == withdrawn {
		return
	}
	s.Sum = s.Sum.Add(t.Spec.Weight)
	if t.State == draft {
		s.Drafts++
	}
	if slices.Index(lights, t.Light) > slices.Index(lights, s.Light) {
		s.Light = t.Light
	}
}

// lights are the lights from the one that matters least to the one that
// matters most.
var lights = []string{none, green, yellow, red}

type sheetQuery struct {
	Unit uuid.UUID `json:"-" path:"unit"`
	Year int       `json:"-" query:"year"`
}

// Validate refuses a year nobody sets targets for.
func (q sheetQuery) Validate() error { return checkYear(q.Year) }

// unitOf returns a unit that targets can be set for, or that has some.
func unitOf(ctx context.Context, tx *tenant.Tx, id uuid.UUID, year int) (u Unit, err error) {
	us, err := candidates(ctx, tx)
	if err != nil {
		return u, err
	}
	for _, u := range us {
		if u.ID == id {
			return u, nil
		}
	}
	err = tx.Get(ctx, &u, `
		select unit_kind as kind, unit_id as id, unit_name as name from targets
		 where unit_id = $1 and year = $2 and parent_id is null order by id desc limit 1`, id, year)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrUnitNotFound
	}
	return u, err
}

// sheet shows the targets of a unit's year.
func sheet(ctx context.Context, tx *tenant.Tx, q sheetQuery) (s Sheet, err error) {
	u, err := unitOf(ctx, tx, q.Unit, q.Year)
	if err != nil {
		return s, err
	}
	s = Sheet{Unit: u, Year: q.Year, Light: none, Targets: []Target{}}
	rows, err := some(ctx, tx, `t.setter_id = $1 and t.year = $2 and t.unit_id = $3 and t.parent_id is null order by t.id`, tx.Actor.Tenant, q.Year, q.Unit)
	for _, r := range rows {
		s.add(r.shown(tx))
	}
	return s, err
}

// A Board is a year on one page: every unit with its targets and their lights.
type Board struct {
	Year  int       `json:"year"`
	Years []int     `json:"years"` // those there are targets for
	Units []Sheet   `json:"units"`
	Owed  []Owed    `json:"owed"` // reports that are owed within a month, or should have come, the first 200
	All   Tally     `json:"all"`
	At    time.Time `json:"at"`
}

// A Tally counts the targets of a year by state and light.
type Tally struct {
	Targets  int `json:"targets"`
	Draft    int `json:"draft"`
	Waiting  int `json:"waiting"` // for an answer
	Returned int `json:"returned"`
	Accepted int `json:"accepted"`
	Green    int `json:"green"`
	Yellow   int `json:"yellow"`
	Red      int `json:"red"`
}

func (n *Tally) add(t Target) {
	if t.State == withdrawn {
		return
	}
	n.Targets++
	for _, c := range []struct {
		is bool
		n  *int
	}{
		{t.State == draft, &n.Draft}, {t.State == issued, &n.Waiting}, {t.State == returned, &n.Returned}, {t.State == accepted, &n.Accepted},
		{t.Light == green, &n.Green}, {t.Light == yellow, &n.Yellow}, {t.Light == red, &n.Red},
	} {
		if c.is {
			*c.n++
		}
	}
}

// An Owed is a report that is owed.
type Owed struct {
	Target  Named  `json:"target"`
	Unit    Unit   `json:"unit"`
	Period  string `json:"period"`
	DueOn   string `json:"due_on" format:"date"`
	Overdue bool   `json:"overdue"`
	Open    bool   `json:"open"`   // it may be reported now
	Leader  string `json:"leader"` // of the setter, who is told when it does not come
	Report  string `json:"reporter"`
}

// board shows what the tenant set for its departments and the tenants below. A
// unit has the name it has now, whatever its targets were set under.
func board(ctx context.Context, tx *tenant.Tx, q yearQuery) (b Board, err error) {
	b = Board{Year: q.Year, Years: []int{}, Units: []Sheet{}, Owed: []Owed{}, At: tx.Now}
	if err := tx.Select(ctx, &b.Years, `select distinct year from targets where parent_id is null order by year desc`); err != nil {
		return b, err
	}
	rows, err := some(ctx, tx, `t.setter_id = $1 and t.year = $2 and t.parent_id is null
		order by t.unit_kind desc, first_value(t.unit_name) over (partition by t.unit_id order by t.id desc) collate "zh-x-icu", t.unit_id, t.id`, tx.Actor.Tenant, q.Year)
	if err != nil {
		return b, err
	}
	us, err := candidates(ctx, tx)
	if err != nil {
		return b, err
	}
	for i := range rows {
		r := &rows[i]
		if at := slices.IndexFunc(us, func(u Unit) bool { return u.ID == r.UnitID }); at >= 0 {
			r.UnitName = us[at].Name
		}
		t := r.shown(tx)
		if n := len(b.Units); n == 0 || b.Units[n-1].Unit.ID != t.Unit.ID {
			b.Units = append(b.Units, Sheet{Unit: t.Unit, Year: q.Year, Light: none, Targets: []Target{}})
		}
		b.Units[len(b.Units)-1].add(t)
		b.All.add(t)
	}
	b.Owed, err = owed(ctx, tx, rows)
	return b, err
}

// owed lists the reports about the targets that are owed within a month.
func owed(ctx context.Context, tx *tenant.Tx, rows []row) ([]Owed, error) {
	all := []Owed{}
	of := map[uuid.UUID]row{}
	ids := make([]uuid.UUID, 0, len(rows))
	for _, r := range rows {
		if r.DutyVersion != nil && r.state() != withdrawn {
			of[r.ID], ids = r, append(ids, r.ID)
		}
	}
	var dues []struct {
		Target uuid.UUID `db:"target_id"`
		Period string    `db:"period"`
		DueOn  string    `db:"due_on"`
		Open   bool      `db:"open"`
	}
	today := calendar.DateOf(tx.Now)
	err := tx.Select(ctx, &dues, `
		select d.target_id, d.period, to_char(d.due_on, 'YYYY-MM-DD') as due_on,
		       d.starts_on <= $2::date and (d.missed_at is null and d.due_on >= $2::date or `+permittedOn+`) as open
		  from target_dues d
		 where d.target_id = any ($1) and d.setter_id = any ($3) and d.reported_at is null and d.due_on <= $4::date
		 order by d.due_on, d.target_id, d.period limit 200`, tenant.Array(ids), today.String(), tenant.Array(setters(rows)), today.Add(31).String())
	for _, d := range dues {
		r := of[d.Target]
		all = append(all, Owed{Target: Named{r.ID, r.Spec.V.Title}, Unit: Unit{r.UnitKind, r.UnitID, r.UnitName}, Period: d.Period, DueOn: d.DueOn,
			Overdue: d.DueOn < today.String(), Open: d.Open, Leader: r.Spec.V.Leader, Report: *r.Reporter})
	}
	return all, err
}

func setters(rows []row) []uuid.UUID {
	ids := []uuid.UUID{}
	for _, r := range rows {
		if !slices.Contains(ids, r.Setter) {
			ids = append(ids, r.Setter)
		}
	}
	return ids
}

// A Node is a target with the parts it was broken down into.
type Node struct {
	Target Target `json:"target"`
	Parts  []Node `json:"parts"`
	May    bool   `json:"may"` // it waits for the reader's answer
}

// A Tree is what a reader's tenant, and the departments the reader leads, have
// to carry out.
type Tree struct {
	Year  int    `json:"year"`
	Nodes []Node `json:"nodes"`
	All   Tally  `json:"all"`
}

// own shows the targets of the reader's tenant from above and of its
// departments, with what they were broken down into: those that concern the
// reader, who may not see the others.
func own(ctx context.Context, tx *tenant.Tx, q yearQuery) (tree Tree, err error) {
	who, err := reads(ctx, tx)
	if err != nil {
		return tree, err
	}
	rows, err := some(ctx, tx, `t.subject_id = $1 and t.year = $2 and t.state <> 'withdrawn' and t.revision + case when t.parent_id is null then 0 else 1 end > 0
		order by t.unit_kind desc, t.unit_name, t.id`, tx.Actor.Tenant, q.Year)
	if err != nil {
		return tree, err
	}
	under, by := map[uuid.UUID][]row{}, map[uuid.UUID]row{}
	for _, r := range rows {
		by[r.ID] = r
		if r.Parent != nil {
			under[*r.Parent] = append(under[*r.Parent], r)
		}
	}
	tree = Tree{Year: q.Year, Nodes: []Node{}}
	var grow func(r row, seen bool) []Node
	grow = func(r row, seen bool) (ns []Node) {
		seen = seen || who.concerned(tx, r)
		n := Node{Target: r.shown(tx), Parts: []Node{}, May: r.state() == issued && who.answers(r) && !same(r.IssuedAcc, tx.Actor.Account)}
		parts := []Node{}
		for _, p := range under[r.ID] {
			parts = append(parts, grow(p, seen && who.splits(r))...)
		}
		if !seen { // its parts may concern the reader nevertheless
			return parts
		}
		tree.All.add(n.Target)
		n.Parts = parts
		return []Node{n}
	}
	for _, r := range rows {
		if _, there := by[parentOf(r)]; !there {
			tree.Nodes = append(tree.Nodes, grow(r, false)...)
		}
	}
	return tree, nil
}

func parentOf(r row) uuid.UUID {
	if r.Parent == nil {
		return uuid.Nil
	}
	return *r.Parent
}

// A Mine is what the reader has to do about targets.
type Mine struct {
	Year    int      `json:"year"`
	Targets []Target `json:"targets"` // the reader reports on, or answers for
	Answer  []Target `json:"answer"`  // wait for the reader's answer
	Owed    []Owed   `json:"owed"`    // reports the reader owes within a month; this year, those of last year, too, that may be reported still
}

// mine shows what waits for the reader: to be answered, and to be reported.
// What is due in January is about the year before.
func mine(ctx context.Context, tx *tenant.Tx, q yearQuery) (m Mine, err error) {
	who, err := reads(ctx, tx)
	if err != nil {
		return m, err
	}
	first := q.Year
	if first == calendar.DateOf(tx.Now).Year {
		first--
	}
	rows, err := some(ctx, tx, `t.subject_id = $1 and t.year between $5 and $2 and t.state <> 'withdrawn' and t.revision > 0
		and (d.reporter_id = $3 or d.department_id = any ($4) or d.leader_id = $3 or t.unit_id = $3 or t.unit_id = any ($4) or t.unit_kind = 'tenant')
		order by n.due_on nulls last, t.id`, tx.Actor.Tenant, q.Year, who.member, tenant.Array(who.heads), first)
	if err != nil {
		return m, err
	}
	m = Mine{Year: q.Year, Targets: []Target{}, Answer: []Target{}}
	var reporting []row
	past := map[uuid.UUID]bool{}
	for _, r := range rows {
		if r.ReporterID != nil && *r.ReporterID == who.member {
			reporting = append(reporting, r)
		}
		if past[r.ID] = r.Year != q.Year; past[r.ID] {
			continue
		}
		t := r.shown(tx)
		if r.state() == issued && who.answers(r) && !same(r.IssuedAcc, tx.Actor.Account) {
			m.Answer = append(m.Answer, t)
		}
		if who.reports(r) || r.LeaderID != nil && *r.LeaderID == who.member {
			m.Targets = append(m.Targets, t)
		}
	}
	m.Owed, err = owed(ctx, tx, reporting)
	m.Owed = slices.DeleteFunc(m.Owed, func(o Owed) bool { return past[o.Target.ID] && !o.Open })
	return m, err
}

func units(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[Unit], err error) {
	us, err := candidates(ctx, tx)
	return feature.List[Unit]{Items: append([]Unit{}, us...)}, err
}

func indicators(ctx context.Context, tx *tenant.Tx, q yearQuery) (l feature.List[Indicator], err error) {
	all, err := indicatorsOf(ctx, tx, q.Year)
	return feature.List[Indicator]{Items: append([]Indicator{}, all...)}, err
}
