package approval

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"hetu/calendar"
	"hetu/feature"
	"hetu/tenant"
)

const layout = "2006-01-02 15:04:05"

func local(t time.Time) string { return t.In(calendar.Location).Format(layout) }

// R063, R064, WF-09: four working hours from any moment, by the clock of
// Asia/Shanghai whatever the server's.
func TestDueInWorkingTime(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	tests := map[string]struct{ from, due string }{
		"over lunch":                        {"2026-03-03 10:00:00", "2026-03-03 16:00:00"},
		"from the morning's first minute":   {"2026-03-03 08:30:00", "2026-03-03 14:30:00"},
		"at lunch":                          {"2026-03-03 13:00:00", "2026-03-03 18:00:00"},
		"over the evening":                  {"2026-03-03 16:30:00", "2026-03-04 11:00:00"},
		"at night":                          {"2026-03-03 22:00:00", "2026-03-04 14:30:00"},
		"over a weekend":                    {"2026-03-06 15:00:00", "2026-03-09 09:30:00"},
		"on a Saturday":                     {"2026-03-07 11:00:00", "2026-03-09 14:30:00"},
		"over the Spring Festival":          {"2026-02-14 17:00:00", "2026-02-24 11:30:00"},
		"a Saturday made up":                {"2026-02-28 08:00:00", "2026-02-28 14:30:00"},
		"the year's last millisecond":       {"2025-12-31 23:59:59.999", "2026-01-04 14:30:00"},
		"the year's first":                  {"2026-01-01 00:00:00.000", "2026-01-04 14:30:00"},
		"the last working minute of a year": {"2025-12-31 17:59:00", "2026-01-04 14:29:00"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := o.startAt(tt.from, o.step(Any, 0))
			id := o.task(c, 0)
			o.must(o.people[0], func(ctx context.Context, tx *tenant.Tx) error {
				tx.Now = clock(t, tt.from)
				p, err := o.engine.taskPage(ctx, tx, ref{id})
				if local(p.Task.DueAt) != tt.due || p.Task.Overdue || p.Task.MinutesLeft == nil || *p.Task.MinutesLeft != 240 {
					t.Errorf("due %s, overdue %v, want %s with 240 minutes left", local(p.Task.DueAt), p.Task.Overdue, tt.due)
				}
				return err
			})
		})
	}
}

// R069: half an hour of working time before, when due, and every working day after.
func TestReminders(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	c := o.startAt("2026-03-06 14:00:00", o.step(All, 0, 1)) // a Friday; due at 18:00
	codes := []string{"approval.due_soon", "approval.due", "approval.overdue"}
	steps := []struct {
		at      string
		handler [3]int // how many of each code the handler has by then
		starter int
	}{
		{"2026-03-06 17:29:59", [3]int{0, 0, 0}, 0},
		{"2026-03-06 17:30:00", [3]int{1, 0, 0}, 0},
		{"2026-03-06 17:31:00", [3]int{1, 0, 0}, 0},
		{"2026-03-06 18:00:00", [3]int{1, 1, 0}, 1},
		{"2026-03-08 12:00:00", [3]int{1, 1, 0}, 1}, // a Sunday
		{"2026-03-09 08:31:00", [3]int{1, 1, 1}, 2},
		{"2026-03-09 16:00:00", [3]int{1, 1, 1}, 2},
		{"2026-03-10 08:31:00", [3]int{1, 1, 2}, 3},
	}
	for _, s := range steps {
		o.must(desk{ctx: o.author.ctx}, func(ctx context.Context, tx *tenant.Tx) error {
			tx.Now = clock(t, s.at)
			_, err := o.engine.remind(ctx, tx)
			return err
		})
		for _, p := range o.people {
			got := [3]int{}
			for i, code := range codes {
				got[i] = o.notices(p, code)
			}
			if got != s.handler {
				t.Errorf("%s: a handler has %v, want %v", s.at, got, s.handler)
			}
		}
		if n := o.notices(o.author, "approval.case_overdue"); n != s.starter {
			t.Errorf("%s: the starter has %d, want %d", s.at, n, s.starter)
		}
	}
	if err := o.approve(0, o.task(c, 0)); err != nil {
		t.Fatal(err)
	}
	o.must(o.author, func(ctx context.Context, tx *tenant.Tx) error {
		tx.Now = clock(t, "2026-03-11 09:00:00")
		n, err := o.engine.remind(ctx, tx)
		if n != 1 {
			t.Errorf("%d reminders after one of two has acted, want 1", n)
		}
		return err
	})
}

// A server that slept through the due time says so once, and does not pretend
// it is soon.
func TestRemindersMissed(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	o.startAt("2026-03-03 08:30:00", o.step(Any, 0))
	for _, at := range []string{"2026-03-04 10:00:00", "2026-03-05 10:00:00"} {
		o.must(o.author, func(ctx context.Context, tx *tenant.Tx) error {
			tx.Now = clock(t, at)
			_, err := o.engine.remind(ctx, tx)
			return err
		})
	}
	p := o.people[0]
	if a, b, c := o.notices(p, "approval.due_soon"), o.notices(p, "approval.due"), o.notices(p, "approval.overdue"); a != 0 || b != 1 || c != 1 {
		t.Errorf("%d soon, %d due, %d overdue; want 0, 1, 1", a, b, c)
	}
}

// Two nodes that make the round at once send each reminder once.
func TestRemindersOfTwoNodes(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	for range 20 {
		o.startAt("2025-03-03 08:30:00", o.step(Any, 0))
	}
	round := func() error {
		return o.try(o.author, func(ctx context.Context, tx *tenant.Tx) error {
			_, err := o.engine.remind(ctx, tx)
			return err
		})
	}
	for _, err := range atOnce(round, round, round, round) {
		if err != nil {
			t.Error(err)
		}
	}
	if n := o.notices(o.people[0], "approval.due"); n != 20 {
		t.Errorf("%d reminders of 20 tasks", n)
	}
}

// A change of the calendar moves what is open, in the transaction of the
// change, and the case says so.
func TestCalendarChangeRecomputes(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	open := o.startAt("2026-03-06 15:00:00", o.step(Any, 0, 1))
	before := o.startAt("2026-03-03 08:30:00", o.step(Any, 0))
	done := o.startAt("2026-03-06 15:00:00", o.step(Any, 1))
	if err := o.approve(1, o.task(done, 1)); err != nil {
		t.Fatal(err)
	}
	o.putYear(t, 2026, `{"days":[{"date":"2026-03-09","off":true,"name":"停电"}],"version":0}`)
	dues := func(c Case) (all []string) {
		o.must(o.author, func(ctx context.Context, tx *tenant.Tx) error {
			var ts []time.Time
			err := tx.Select(ctx, &ts, `select due_at from approval_tasks where case_id = $1`, c.ID)
			for _, d := range ts {
				all = append(all, local(d))
			}
			return err
		})
		return all
	}
	for _, tt := range []struct {
		name   string
		c      Case
		dues   []string
		events int
	}{
		{"open over the new day off", open, []string{"2026-03-10 09:30:00", "2026-03-10 09:30:00"}, 1},
		{"due before it", before, []string{"2026-03-03 14:30:00"}, 0},
		{"done", done, []string{"2026-03-09 09:30:00"}, 0},
	} {
		if got := dues(tt.c); !slices.Equal(got, tt.dues) {
			t.Errorf("%s: due %v, want %v", tt.name, got, tt.dues)
		}
		o.find(tt.c)
		if n := o.count(`select count(*) from approval_events where case_id = $1 and action = 'recompute'`, tt.c.ID); n != tt.events {
			t.Errorf("%s: %d events say so, want %d", tt.name, n, tt.events)
		}
	}
	if n := o.count(`select count(*) from approval_tasks where state = 'open' and calendar <> 1`); n != 0 {
		t.Errorf("%d open tasks rest on the old calendar", n)
	}
	if n := o.count(`select count(*) from audit_entries where action = 'approval.recomputed'`); n != 1 {
		t.Errorf("%d audit rows, want 1", n)
	}
	wantErr(t, o.approve(0, o.task(open, 0)), nil)
}

// The round finds what a transaction wrote that had read the calendar before
// it changed, and reminds.
func TestRound(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	c := o.startAt("2025-03-07 15:00:00", o.step(Any, 0))
	o.putYear(t, 2025, `{"days":[{"date":"2025-03-10","off":true,"name":"停电"}],"version":0}`)
	o.must(o.author, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `update approval_tasks set calendar = 0, due_at = due_at - interval '1 day' where case_id = $1`, c.ID)
		return err
	})
	job := tenant.As(context.Background(), tenant.Actor{Tenant: o.author.a.Tenant, Name: "system", Request: "job:approval.watch"})
	for range 2 {
		if err := o.engine.watch(job, o.db); err != nil {
			t.Fatal(err)
		}
	}
	if n := o.count(`select count(*) from approval_tasks where calendar = 1 and due_at = $1`, clock(t, "2025-03-11 09:30:00")); n != 1 {
		t.Error("the round did not work the due time out again")
	}
	if n := o.notices(o.people[0], "approval.due"); n != 1 {
		t.Errorf("%d reminders, want 1", n)
	}
}

// putYear changes a year of the tenant's by the calendar's own endpoint, with the
// engine's hook.
func (o *office) putYear(t *testing.T, year int, body string) {
	t.Helper()
	var y calendar.YearChange
	if err := json.Unmarshal([]byte(body), &y); err != nil {
		t.Fatal(err)
	}
	y.Year = year
	o.must(o.author, func(ctx context.Context, tx *tenant.Tx) error {
		return calendar.SetYear(ctx, tx, y, o.engine.Recompute)
	})
}

// UI6: the page shows the route, the history, the time left and what may be done.
func TestPages(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 4)
	c := o.start(o.paper(), o.step(All, 0, 1), o.step(Any, 2))
	if err := o.approve(0, o.task(c, 0)); err != nil {
		t.Fatal(err)
	}
	second := o.task(c, 1)
	o.must(o.people[1], func(ctx context.Context, tx *tenant.Tx) error {
		p, err := o.engine.taskPage(ctx, tx, ref{second})
		if err != nil {
			return err
		}
		s := p.Case.Steps
		if !slices.Equal(p.May, []string{"approve", "return"}) || !slices.Equal(p.Checks, []string{"true", "wording"}) {
			t.Errorf("may %v, checks %v", p.May, p.Checks)
		}
		if len(s) != 2 || s[0].State != "open" || s[1].State != "ahead" || len(s[0].People) != 2 || s[0].People[0].Decision != "approve" ||
			s[0].People[0].Name != "甲君" || s[0].DueAt == nil || s[1].People[0].Name != "丙君" || s[1].DueAt != nil {
			t.Errorf("steps = %+v", s)
		}
		e := p.Case.Events
		if len(e) != 2 || e[0].Action != "start" || e[0].By.Name != "作者" || e[1].Opinion != "同意" || *e[1].Step != 1 {
			t.Errorf("events = %+v", e)
		}
		if p.Case.ContentHash != "h1" || p.Task.StartedBy.Name != "作者" || p.Task.StepName != "审核" || len(p.Case.May) != 0 {
			t.Errorf("page = %+v", p)
		}
		return nil
	})
	show := func(d desk) (p CasePage, err error) {
		err = o.try(d, func(ctx context.Context, tx *tenant.Tx) (err error) {
			p, err = o.engine.showCase(ctx, tx, ref{c.ID})
			return err
		})
		return p, err
	}
	p, err := show(o.author)
	if err != nil || !slices.Equal(p.May, []string{"withdraw", "urge"}) {
		t.Errorf("the starter may %v, %v", p.May, err)
	}
	_, err = show(o.people[3])
	wantErr(t, err, ErrCaseNotFound)
	wantErr(t, o.giveBack(1, second), nil)
	p, err = show(o.people[0])
	if err != nil || p.State != Returned || p.Steps[0].State != "done" || p.Steps[1].State != "ahead" || len(p.May) != 0 {
		t.Errorf("after the return: %+v, %v", p, err)
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	for _, at := range []string{"2025-03-05 09:00:00", "2025-03-03 09:00:00", "2025-03-04 09:00:00", "2025-03-03 09:00:00", "2025-03-06 09:00:00"} {
		o.startAt(at, o.step(Any, 0))
	}
	list := func(state string) (all []Task) {
		q := tasksQuery{feature.Page{Limit: 2}, state}
		for {
			var l feature.List[Task]
			o.must(o.people[0], func(ctx context.Context, tx *tenant.Tx) (err error) {
				l, err = o.engine.tasks(ctx, tx, q)
				return err
			})
			all = append(all, l.Items...)
			if q.After = l.Next; l.Next == "" {
				return all
			}
			if err := q.Validate(); err != nil {
				t.Fatal(err)
			}
		}
	}
	todo := list("")
	if len(todo) != 5 || !slices.IsSortedFunc(todo, func(a, b Task) int { return a.DueAt.Compare(b.DueAt) }) {
		t.Errorf("%d to do, want 5 in the order in which they are due", len(todo))
	}
	for _, task := range todo[:3] {
		if !task.Overdue || *task.MinutesLeft >= 0 {
			t.Errorf("a task due %s is not overdue", local(task.DueAt))
		}
		wantErr(t, o.approve(0, task.ID), nil)
	}
	done := list("done")
	if len(done) != 3 || done[0].ID != todo[2].ID || done[2].Decision != "approve" || done[0].MinutesLeft != nil || !done[0].Overdue {
		t.Errorf("done = %+v", done)
	}
	if left := list("todo"); len(left) != 2 {
		t.Errorf("%d left, want 2", len(left))
	}
	o.must(o.people[0], func(ctx context.Context, tx *tenant.Tx) error {
		top, err := o.engine.Todo(ctx, tx, 1)
		if len(top) != 1 || top[0].ID != todo[3].ID {
			t.Errorf("Todo(1) = %+v", top)
		}
		c, cerr := o.engine.Counts(ctx, tx)
		if c != (Counts{Todo: 2, Done: 3}) {
			t.Errorf("handler's counts = %+v", c)
		}
		return errors.Join(err, cerr)
	})
	o.must(o.author, func(ctx context.Context, tx *tenant.Tx) error {
		c, err := o.engine.Counts(ctx, tx)
		if c != (Counts{Started: 5}) {
			t.Errorf("author's counts = %+v", c)
		}
		return err
	})
	for whose, want := range map[bool]int{true: 5, false: 0} {
		got := 0
		q := casesQuery{feature.Page{Limit: 2}, whose}
		for {
			var l feature.List[CaseRow]
			o.must(o.author, func(ctx context.Context, tx *tenant.Tx) (err error) {
				l, err = o.engine.cases(ctx, tx, q)
				return err
			})
			got += len(l.Items)
			if q.After = l.Next; l.Next == "" {
				break
			}
		}
		if got != want {
			t.Errorf("mine=%v: %d cases, want %d", whose, got, want)
		}
	}
	for _, bad := range []string{"x", ".", "zz.zz", "-1." + tenant.NewID().String(), "zzzzzzzzzzzzz." + tenant.NewID().String()} {
		err := o.try(o.people[0], func(ctx context.Context, tx *tenant.Tx) error {
			_, err := o.engine.tasks(ctx, tx, tasksQuery{Page: feature.Page{After: bad}})
			return err
		})
		wantErr(t, err, ErrAfter)
	}
	if err := (tasksQuery{State: "all"}).Validate(); err == nil {
		t.Error("state all passed")
	}
}
