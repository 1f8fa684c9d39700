package publish

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// admin runs a statement past every rule.
func (h *house) admin(query string, args ...any) {
	h.t.Helper()
	if _, err := tenanttest.Admin(h.t).Exec(query, args...); err != nil {
		h.t.Fatal(err)
	}
}

// silent makes the last news of a column so many days old.
func (h *house) silent(c Column, days int) {
	h.t.Helper()
	h.admin(`update columns set last_published_at = now() - make_interval(days => $2) where id = $1`, c.ID, days)
}

// allows sets a column's interval.
func (h *house) allows(c Column, days int) Column {
	h.t.Helper()
	now := h.columnAs(h.office, c.ID)
	return must[Column](h.t)(do(h, h.office, changeColumn, columnChange{ID: c.ID, Interval: &days, Version: now.Version}))
}

// round lets the round come to the house.
func (h *house) round() error {
	ctx := tenant.As(context.Background(), tenant.Actor{Tenant: h.id, Name: "system", Request: "job:publish.watch_columns"})
	return watch(ctx, tenanttest.DB(h.t))
}

func (h *house) rounds() {
	h.t.Helper()
	if err := h.round(); err != nil {
		h.t.Fatal(err)
	}
}

// told are the codes of the notices somebody got of what begins with a word.
func (h *house) told(p member, about string) (codes []string) {
	h.t.Helper()
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		return tx.Select(ctx, &codes, `select code from notices where member_id = $1 and code like $2 || '%' order by id`, p.Member, about)
	})
	return codes
}

// A column takes over the interval above it, cuts it off with 0, and the
// Office's decisions are written down (R020, R022).
func TestInterval(t *testing.T) {
	t.Parallel()
	h := open(t)
	child := must[Column](t)(do(h, h.office, openColumn, newColumn{Name: "子", ReviewLevels: 1, ParentID: &h.column.ID}))
	none, thirty := 0, 30
	quiet := must[Column](t)(do(h, h.office, openColumn, newColumn{Name: "史料", ReviewLevels: 1, ParentID: &child.ID, Interval: &none}))
	within := func(c Column) string {
		t.Helper()
		one, listed := h.columnAs(h.office, c.ID), Column{}
		for _, l := range must[feature.List[Column]](t)(see(h, h.office, listColumns, feature.None{})).Items {
			if l.ID == c.ID {
				listed = l
			}
		}
		if !same(one.IntervalDays, listed.IntervalDays) {
			t.Errorf("%s: by itself %v, in the list %v", c.Name, one.IntervalDays, listed.IntervalDays)
		}
		if one.IntervalDays == nil {
			return "none"
		}
		return fmt.Sprint(*one.IntervalDays)
	}
	steps := []struct {
		name string
		do   func()
		want []string // column, child, quiet
	}{
		{"no rule anywhere", func() {}, []string{"none", "none", "none"}},
		{"set above", func() { h.allows(h.column, thirty) }, []string{"30", "30", "none"}},
		{"set itself", func() { h.allows(child, 7) }, []string{"30", "7", "none"}},
		{"no rule below a rule", func() { h.allows(child, noRule) }, []string{"30", "none", "none"}},
		{"as above again", func() { h.allows(child, -1); h.allows(quiet, -1) }, []string{"30", "30", "30"}},
		{"moved away", func() {
			root := uuid.Nil
			must[Column](t)(do(h, h.office, changeColumn, columnChange{ID: child.ID, ParentID: &root, Version: h.columnAs(h.office, child.ID).Version}))
		}, []string{"30", "none", "none"}},
	}
	for _, s := range steps {
		s.do()
		if got := []string{within(h.column), within(child), within(quiet)}; !slices.Equal(got, s.want) {
			t.Errorf("%s: %v, want %v", s.name, got, s.want)
		}
	}
	if n := count(h, `select count(*) from audit_entries where action = 'publish.column_changed' and detail -> 'fields' ? 'max_interval_days' and detail ->> 'interval' = '7'`); n != 1 {
		t.Errorf("%d audit entries about the interval of 7 days, want 1", n)
	}
}

// The state follows from calendar days alone: at the interval a column is due,
// the day after it is stale (R020).
func TestStateOfAColumn(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 20, 0, 30, 0, 0, calendar.Location)
	ten, one := 10, 1
	for name, tt := range map[string]struct {
		last     time.Time
		interval *int
		want     string
		share    int
	}{
		"today":                    {now.Add(-20 * time.Minute), &ten, fresh, 0},
		"a minute before midnight": {now.Add(-31 * time.Minute), &one, due, 100},
		"four days":                {now.AddDate(0, 0, -4), &ten, fresh, 40},
		"five days":                {now.AddDate(0, 0, -5), &ten, half, 50},
		"eight days":               {now.AddDate(0, 0, -8), &ten, due, 80},
		"the last day":             {now.AddDate(0, 0, -10), &ten, due, 100},
		"one day too long":         {now.AddDate(0, 0, -11), &ten, stale, 110},
		"no rule":                  {now.AddDate(-3, 0, 0), nil, free, 0},
		"never":                    {time.Time{}, &ten, blank, 200},
		"never, and no rule":       {time.Time{}, nil, blank, 0},
	} {
		p := pulse{Interval: tt.interval, CreatedAt: now.AddDate(0, 0, -20)}
		if !tt.last.IsZero() {
			p.LastAt = &tt.last
		}
		if got := p.state(now); got != tt.want || p.share(now) != tt.share {
			t.Errorf("%s: %s with %d%%, want %s with %d%%", name, got, p.share(now), tt.want, tt.share)
		}
	}
}

func (h *house) health(p member) map[string]ColumnHealth {
	h.t.Helper()
	q := healthQuery{}
	if err := q.Validate(); err != nil {
		h.t.Fatal(err)
	}
	by := map[string]ColumnHealth{}
	for _, c := range must[Health](h.t)(see(h, p, h.desk.health, q)).Columns {
		by[c.Name] = c
	}
	return by
}

// R001, R020: whoever inspects sees every column that takes news, a department
// those that are its own; a column that only holds others is not judged.
func TestHealth(t *testing.T) {
	t.Parallel()
	h := open(t)
	shelf := h.opens("专题", 1, nil)
	must[Column](t)(do(h, h.office, openColumn, newColumn{Name: "节水", ReviewLevels: 1, ParentID: &shelf.ID}))
	off := h.opens("旧栏目", 1, nil)
	must[Column](t)(do(h, h.office, disable, versioned{off.ID, off.Version}))
	h.named(h.column, "甲", "x")
	gone := h.named(h.column, "乙", "x")
	h.allows(h.column, 10)
	for name, tt := range map[string]struct {
		who  member
		want []string
	}{
		"the Office":                     {h.office, []string{"工作动态", "节水", "财务公开"}},
		"an auditor":                     {h.auditor, []string{"工作动态", "节水", "财务公开"}},
		"the column's department":        {h.drafter, []string{"工作动态"}},
		"another department":             {h.reader, []string{"财务公开"}},
		"whose department has no column": {h.second, []string{}},
	} {
		got := []string{}
		for c := range h.health(tt.who) {
			got = append(got, c)
		}
		if slices.Sort(got); !slices.Equal(got, tt.want) {
			t.Errorf("%s sees %v, want %v", name, got, tt.want)
		}
	}
	c := h.health(h.drafter)["工作动态"]
	if c.State != fresh || c.Days != 0 || *c.IntervalDays != 10 || len(c.Counts) != 26 || c.Counts[25] != 2 || len(c.StaleWeeks) != 0 {
		t.Errorf("published today: %+v", c)
	}
	h.withdraws(gone)
	if n := h.health(h.drafter)["工作动态"].Counts[25]; n != 1 {
		t.Errorf("after a withdrawal %d items are counted, want 1", n)
	}
	if other := h.health(h.office)["财务公开"]; other.State != blank || other.LastDay != "" {
		t.Errorf("without any item: %+v", other)
	}
	for name, weeks := range map[string]int{"too few": -1, "too many": 105} {
		q := healthQuery{Weeks: weeks}
		want(t, q.Validate(), feature.ErrRange, name)
	}
}

// The heat map shows the weeks at whose end a column had been silent too long.
func TestStaleWeeks(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.admin(`update columns set created_at = now() - interval '300 days' where id = $1`, h.column.ID)
	h.allows(h.column, 10)
	today := calendar.DateOf(time.Now())
	monday := today.Add(-(int(today.Weekday()) + 6) % 7)
	for _, d := range []calendar.Date{monday.Add(-7 * 30), monday.Add(-7 * 4), monday.Add(-7*4 + 1)} {
		h.admin(`insert into column_news (tenant_id, column_id, day, n) values ($1, $2, $3, 3)`, h.id, h.column.ID, d.String())
	}
	h.admin(`update columns set last_published_at = $2 where id = $1`, h.column.ID, monday.Add(-7*4+1).At(600))
	c := h.health(h.office)["工作动态"]
	var wanted []int
	for w := range 26 {
		if end := min(7*w+6, daysBetween(monday.Add(-7*25), today)); w < 21 || w > 21 && end-(7*21+1) > 10 {
			wanted = append(wanted, w)
		}
	}
	if c.Counts[21] != 6 || c.Counts[20] != 0 || !slices.Equal(c.StaleWeeks, wanted) {
		t.Errorf("counts %v, stale weeks %v, want %v", c.Counts, c.StaleWeeks, wanted)
	}
	if c.State != stale {
		t.Errorf("state = %s", c.State)
	}
}

// R020: nothing is expected of a column that is disabled; its silence begins
// anew when it is enabled again.
func TestEnabledAgain(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.named(h.column, "甲", "x")
	h.allows(h.column, 10)
	h.admin(`update columns set created_at = now() - interval '300 days', last_published_at = now() - interval '200 days' where id = $1`, h.column.ID)
	h.admin(`update column_news set day = current_date - 200 where column_id = $1`, h.column.ID)
	if c := h.health(h.office)["工作动态"]; c.State != stale || c.Days != 200 {
		t.Fatalf("silent for 200 days: %+v", c)
	}
	version := count(h, `select version from columns where id = $1`, h.column.ID)
	c := must[Column](t)(do(h, h.office, disable, versioned{h.column.ID, version}))
	must[Column](t)(do(h, h.office, enable, versioned{c.ID, c.Version}))
	again := h.health(h.office)["工作动态"]
	if again.State != fresh || again.Days != 0 || slices.Contains(again.StaleWeeks, 25) || !slices.Contains(again.StaleWeeks, 20) {
		t.Errorf("enabled again: %+v", again)
	}
}

// R005, R006: a department answers by its head and by a named publisher.
// Authority over everything held elsewhere names nobody for it.
func TestResponsible(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.gives(h.third, "publisher") // everywhere: names a publisher for the own department only
	h.admin(`update posts set head = false where tenant_id = $1 and member_id = $2`, h.id, h.first.Member)
	got := map[string]Responsible{}
	for _, r := range must[Health](t)(see(h, h.office, h.desk.health, healthQuery{Weeks: 4})).Departments {
		got[r.Name] = r
	}
	for name, tt := range map[string]struct {
		head       string
		publishers []string
	}{
		"拟稿人处": {"拟稿人", []string{"发布员"}}, // granted on its column
		"读者处":  {"读者", nil},              // its column has no publisher
		"一审处":  {"", nil},
		"三审处":  {"三审", []string{"三审"}},
		"发布员处": {"发布员", []string{"发布员"}}, // no column of its own; its man publishes elsewhere
	} {
		r, ok := got[name]
		if !ok || r.HeadName != tt.head || !slices.Equal(r.Publishers, tt.publishers) {
			t.Errorf("%s: %+v, want head %q and publishers %q", name, r, tt.head, tt.publishers)
		}
	}
	if rs := must[Health](t)(see(h, h.reader, h.desk.health, healthQuery{Weeks: 4})).Departments; len(rs) != 1 || rs[0].Name != "读者处" {
		t.Errorf("a reader sees the people of %+v", rs)
	}
}

// R020: each level of a silence is told once to the department's head and
// publishers, the last to the Office too, whatever rounds there are.
func TestAlerts(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.allows(h.column, 10)
	h.named(h.column, "甲", "x")
	own := h.joins("处内发布员")
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `insert into subjects (member_id, department_id) values ($1, $2)`, own.Member, h.drafter.dept)
		return err
	})
	h.may(own, "publish", h.column)
	for _, s := range []struct {
		name                  string
		days                  int
		head, publisher, boss []string
	}{
		{"fresh", 4, nil, nil, nil},
		{"half", 5, []string{"half"}, []string{"half"}, nil},
		{"four fifths", 9, []string{"due"}, []string{"due"}, nil},
		{"the end", 10, []string{"end"}, []string{"end"}, []string{"end"}},
	} {
		h.admin(`update columns set last_published_at = $2 where id = $1`, h.column.ID, time.Now().AddDate(0, 0, -s.days))
		h.admin(`update column_alerts set since = (select last_published_at from columns where id = $1) where column_id = $1`, h.column.ID) // the same silence
		before := map[uuid.UUID]int{}
		for _, p := range []member{h.drafter, own, h.office, h.publisher} {
			before[p.Member] = len(h.told(p, "publish.column_"))
		}
		for _, err := range race(h.round, h.round, h.round) {
			if err != nil {
				t.Fatal(err)
			}
		}
		for who, wanted := range map[*member][]string{&h.drafter: s.head, &own: s.publisher, &h.office: s.boss, &h.publisher: nil} {
			news := h.told(*who, "publish.column_")[before[who.Member]:]
			if len(news) != len(wanted) || len(news) == 1 && news[0] != "publish.column_"+wanted[0] {
				t.Errorf("%s: %s was told %v, want %v", s.name, who.Name, news, wanted)
			}
		}
	}
	h.publishes(h.reviewed(h.column))
	h.rounds()
	before := len(h.told(h.drafter, "publish.column_"))
	h.silent(h.column, 8) // a new silence, already four fifths over: one notice, not two
	h.rounds()
	h.rounds()
	if news := h.told(h.drafter, "publish.column_")[before:]; !slices.Equal(news, []string{"publish.column_due"}) {
		t.Errorf("in the new silence: %v", news)
	}
}

// A column nobody of whose department publishes is told to whom may.
func TestAlertWithoutPublisher(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.allows(h.column, 10)
	h.silent(h.column, 6)
	h.rounds()
	if got := h.told(h.publisher, "publish.column_"); !slices.Equal(got, []string{"publish.column_half"}) {
		t.Errorf("the publisher was told %v", got)
	}
}

// I03, I04: a day of a column is one deed, however often the round comes.
func TestDaysAreDeeds(t *testing.T) {
	t.Parallel()
	h := open(t)
	ours, blankNew, blankOld, free := h.opens("要闻", 1, nil), h.opens("新栏目", 1, nil), h.opens("老栏目", 1, &h.reader.dept), h.opens("资料", 1, nil)
	for _, c := range []Column{h.column, ours, blankNew, blankOld} {
		h.allows(c, 10)
	}
	h.silent(h.column, 10)
	h.silent(ours, 11)
	h.silent(free, 500)
	h.admin(`update columns set created_at = now() - interval '40 days' where id = $1`, blankOld.ID)
	for _, err := range race(h.round, h.round) {
		if err != nil {
			t.Fatal(err)
		}
	}
	h.silent(h.column, 20) // the day has been written
	h.rounds()
	type did struct {
		Kind string    `db:"kind"`
		Of   string    `db:"unit_kind"`
		Unit uuid.UUID `db:"unit_id"`
		Item string    `db:"item"`
		N    int       `db:"n"`
	}
	var got []did
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		return tx.Select(ctx, &got, `select kind, unit_kind, unit_id, item, n from deeds where kind like 'publish.column%' order by title`)
	})
	wanted := []did{
		{ColumnFresh, "department", h.drafter.dept, columnObject(h.column.ID), 1},
		{ColumnStale, "department", h.reader.dept, columnObject(blankOld.ID), 1},
		{ColumnStale, "tenant", h.id, columnObject(ours.ID), 1},
	}
	for _, w := range wanted {
		if !slices.Contains(got, w) {
			t.Errorf("%+v is missing", w)
		}
	}
	if len(got) != len(wanted) {
		t.Errorf("deeds = %+v", got)
	}
	// Two days of a column are two things for the assessment, not one twice.
	if n := count(h, `select count(distinct content) from deeds where kind like 'publish.column%' and content <> ''`); n != 3 {
		t.Errorf("%d different contents, want 3", n)
	}
}

// I05: the deed of a publication says how long it took since the draft, in
// working time.
func TestPublicationDelay(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.reviewed(h.column)
	h.admin(`update items set created_at = now() - interval '14 days' where id = $1`, it.ID)
	it = h.publishes(it)
	var used []int
	var minutes int
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) (err error) {
		if used, err = calendar.Used(ctx, tx, it.CreatedAt, *it.PublishedAt); err != nil {
			return err
		}
		return tx.Get(ctx, &minutes, `select work_minutes from deeds where kind = $1 and item = $2`, Published, objectOf(it.ID))
	})
	if minutes != used[0] || minutes < 5*60 {
		t.Errorf("the deed says %d minutes, the calendar %d", minutes, used[0])
	}
}

// A cell of the heat map opens the items behind it.
func TestListOfDays(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.named(h.column, "甲", "x")
	today := calendar.DateOf(time.Now())
	for name, tt := range map[string]struct {
		from, to string
		want     int
	}{
		"today":           {today.String(), today.String(), 1},
		"since yesterday": {today.Add(-1).String(), "", 1},
		"until yesterday": {"", today.Add(-1).String(), 0},
		"from tomorrow":   {today.Add(1).String(), "", 0},
	} {
		if got := h.lists(h.reader, Query{Column: &h.column.ID, From: tt.from, To: tt.to}); len(got) != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	q := Query{From: "2026-02-30"}
	want(t, q.Validate(), feature.ErrMalformed, "a day there is not")
}
