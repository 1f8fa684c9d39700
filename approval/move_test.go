package approval

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// R004, R008, R016, WF-03: what an approval needs.
func TestApproveNeeds(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	paper := o.paper()
	c := o.start(paper, o.step(Any, 0), o.step(Any, 1))
	id := o.task(c, 0)
	elsewhere, _ := tenanttest.Actor(t)
	me, colleague, stranger := o.people[0], o.people[1], desk{ctx: elsewhere}
	tests := []struct {
		name  string
		as    desk
		in    approval
		hash  string // of the paper now
		want  error
		field string
	}{
		{"a colleague's task", colleague, approval{ID: id, Checks: yes, ContentHash: "h1"}, "h1", ErrTaskNotFound, ""},
		{"another tenant's task", stranger, approval{ID: id, Checks: yes, ContentHash: "h1"}, "h1", ErrTaskNotFound, ""},
		{"no such task", me, approval{ID: tenant.NewID(), Checks: yes, ContentHash: "h1"}, "h1", ErrTaskNotFound, ""},
		{"nothing confirmed", me, approval{ID: id, ContentHash: "h1"}, "h1", ErrCheck, "checks.true"},
		{"one not confirmed", me, approval{ID: id, Checks: map[string]bool{"true": true, "wording": false}, ContentHash: "h1"}, "h1", ErrCheck, "checks.wording"},
		{"a check nobody asked for", me, approval{ID: id, Checks: map[string]bool{"true": true, "wording": true, "x": true}, ContentHash: "h1"}, "h1", feature.ErrUnknown, "checks.x"},
		{"another content than was submitted", me, approval{ID: id, Checks: yes, ContentHash: "h2"}, "h1", ErrContent, ""},
		{"content that changed meanwhile", me, approval{ID: id, Checks: yes, ContentHash: "h1"}, "h2", ErrContent, ""},
		{"the new content", me, approval{ID: id, Checks: yes, ContentHash: "h2"}, "h2", ErrContent, ""},
		{"ok", me, approval{ID: id, Checks: yes, ContentHash: "h1", Opinion: " 同意 "}, "h1", nil, ""},
		{"again", me, approval{ID: id, Checks: yes, ContentHash: "h1"}, "h1", ErrOver, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o.edit(paper, tt.hash)
			err := o.try(tt.as, func(ctx context.Context, tx *tenant.Tx) error {
				_, err := o.engine.approve(ctx, tx, tt.in)
				return err
			})
			wantErr(t, err, tt.want)
			if tt.field != "" && metaField(err) != tt.field {
				t.Errorf("field = %q, want %q", metaField(err), tt.field)
			}
			wantStep := 1
			if tt.want == nil || tt.name == "again" {
				wantStep = 2
			}
			if now := o.find(c); now.Step != wantStep || now.State != Open {
				t.Errorf("the case is %s at %d, want open at %d", now.State, now.Step, wantStep)
			}
		})
	}
	if err := o.approve(1, o.task(c, 1)); err != nil {
		t.Fatal(err)
	}
	if now := o.find(c); now.State != Approved || now.EndedAt == nil {
		t.Errorf("the case is %s", now.State)
	}
	if n := o.notices(o.author, "approval.approved"); n != 1 {
		t.Errorf("the author got %d notices of approval, want 1 (R050)", n)
	}
}

// WF-05: the author does not approve, by account, however the task came to them.
func TestWF05OwnWork(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	// The second person's account is not known yet when the paper is submitted,
	// and turns out to be the author's: a task that was planted or delegated.
	alias := o.people[1]
	o.must(alias, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `update members set account_id = null where id = $1`, alias.a.Member)
		return err
	})
	c := o.start(o.paper(), o.step(Any, 0, 1))
	alias.a.Account = o.author.a.Account
	alias.ctx = tenant.As(context.Background(), alias.a)
	o.people[1] = alias
	id := o.task(c, 1)
	wantErr(t, o.approve(1, id), ErrOwnWork)
	wantErr(t, o.giveBack(1, id), ErrOwnWork)
	o.must(alias, func(ctx context.Context, tx *tenant.Tx) error {
		p, err := o.engine.taskPage(ctx, tx, ref{id})
		if len(p.May) != 0 {
			t.Errorf("the page offers %v", p.May)
		}
		return err
	})
	if now := o.find(c); now.State != Open {
		t.Errorf("the case is %s", now.State)
	}
}

// R030, R031: a return has a reason that is counted, an opinion, and ends the case.
func TestReturn(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 3)
	c := o.start(o.paper(), o.step(All, 0, 1), o.step(Any, 2))
	if err := (giving{Opinion: " \t"}).Validate(); err == nil {
		t.Error("an opinion of blanks passed")
	}
	if err := o.approve(0, o.task(c, 0)); err != nil {
		t.Fatal(err)
	}
	second := o.task(c, 1)
	if err := o.giveBack(1, second); err != nil {
		t.Fatal(err)
	}
	if now := o.find(c); now.State != Returned || now.Step != 1 {
		t.Errorf("the case is %s at %d", now.State, now.Step)
	}
	wantErr(t, o.giveBack(1, second), ErrOver)
	wantErr(t, o.withdraw(o.author, c), ErrOver)
	if n := o.count(`select count(*) from approval_events where action = 'return' and reason = 'wording' and opinion = '标题不通顺'`); n != 1 {
		t.Errorf("%d returns with their reason, want 1", n)
	}
	if n := o.notices(o.author, "approval.returned"); n != 1 {
		t.Errorf("the author got %d notices, want 1", n)
	}
	if n := o.count(`select count(*) from audit_entries where action like 'approval.%' and detail::text like '%标题%'`); n != 0 {
		t.Errorf("the audit holds an opinion or a title (%d rows)", n)
	}
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	paper := o.paper()
	c := o.start(paper, o.step(Any, 0))
	id := o.task(c, 0)
	elsewhere, _ := tenanttest.Actor(t)
	wantErr(t, o.withdraw(o.people[1], c), ErrCaseNotFound)
	wantErr(t, o.withdraw(desk{ctx: elsewhere}, c), ErrCaseNotFound)
	wantErr(t, o.withdraw(o.people[0], c), ErrNotStarter)
	wantErr(t, o.withdraw(o.author, c), nil)
	wantErr(t, o.withdraw(o.author, c), ErrOver)
	wantErr(t, o.approve(0, id), ErrOver)
	if now := o.find(c); now.State != Withdrawn {
		t.Errorf("the case is %s", now.State)
	}
	if n := o.notices(o.people[0], "approval.withdrawn"); n != 1 {
		t.Errorf("the handler got %d notices, want 1", n)
	}
	if again := o.start(paper, o.step(Any, 0)); again.State != Open {
		t.Errorf("submitted again it is %s", again.State)
	}
}

// R033: an edit after review voids the review, passed or not.
func TestVoid(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	open, passed, returned := o.paper(), o.paper(), o.paper()
	c1 := o.start(open, o.step(All, 0, 1))
	c2 := o.start(passed, o.step(Any, 0))
	c3 := o.start(returned, o.step(Any, 0))
	id := o.task(c1, 0)
	wantErr(t, o.approve(0, id), nil)
	wantErr(t, o.approve(0, o.task(c2, 0)), nil)
	wantErr(t, o.giveBack(0, o.task(c3, 0)), nil)
	for paper, c := range map[uuid.UUID]Case{open: c1, passed: c2, returned: c3} {
		was := o.find(c).State
		for range 2 { // the second time has no effect
			wantErr(t, o.void(paper), nil)
			want := Void
			if paper == returned {
				want = Returned
			}
			if now := o.find(c); now.State != want {
				t.Errorf("a case that was %s is %s, want %s", was, now.State, want)
			}
		}
	}
	wantErr(t, o.void(o.paper()), nil)
	wantErr(t, o.approve(0, id), ErrOver)
	if a, b := o.notices(o.people[0], "approval.voided"), o.notices(o.people[1], "approval.voided"); a != 2 || b != 1 {
		t.Errorf("%d and %d notices, want 2 to who approved and 1 to who was asked", a, b)
	}
	if n := o.count(`select count(*) from approval_events where action = 'void'`); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
}

// Urging is counted, at most once an hour, and reaches those who have not acted.
func TestUrge(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	c := o.start(o.paper(), o.step(All, 0, 1))
	wantErr(t, o.approve(0, o.task(c, 0)), nil)
	began := clock(t, "2026-03-03 09:00:00")
	at := func(d desk, later time.Duration) error {
		return o.try(d, func(ctx context.Context, tx *tenant.Tx) error {
			tx.Now = began.Add(later)
			_, err := o.engine.urge(ctx, tx, ref{c.ID})
			return err
		})
	}
	wantErr(t, at(o.people[0], 0), ErrNotStarter)
	wantErr(t, at(o.author, 0), nil)
	wantErr(t, at(o.author, 59*time.Minute+59*time.Second), ErrUrged)
	wantErr(t, at(o.author, time.Hour), nil)
	if now := o.find(c); now.Urges != 2 || now.State != Open {
		t.Errorf("urged %d times, %s", now.Urges, now.State)
	}
	if a, b := o.notices(o.people[0], "approval.urged"), o.notices(o.people[1], "approval.urged"); a != 0 || b != 2 {
		t.Errorf("%d and %d notices, want 0 to who has acted and 2 to who has not", a, b)
	}
	wantErr(t, o.approve(1, o.task(c, 1)), nil)
	wantErr(t, at(o.author, 3*time.Hour), ErrOver)
}

// A deed says who decided, for whose department, in how much working time.
func TestDeed(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	c := o.startAt("2026-03-06 15:00:00", o.step(Any, 0), o.step(Any, 1))
	for person, at := range []string{"2026-03-09 09:30:00", "2026-03-09 16:00:01"} {
		id := o.task(c, person)
		p := o.people[person]
		o.must(p, func(ctx context.Context, tx *tenant.Tx) error {
			tx.Now = clock(t, at)
			_, err := o.engine.approve(ctx, tx, approval{ID: id, Checks: yes, ContentHash: "h1"})
			return err
		})
	}
	var deeds []struct {
		Member  uuid.UUID `db:"member_id"`
		Unit    uuid.UUID `db:"unit_id"`
		Item    string    `db:"item"`
		Late    bool      `db:"late"`
		Minutes int       `db:"work_minutes"`
	}
	o.must(o.author, func(ctx context.Context, tx *tenant.Tx) error {
		return tx.Select(ctx, &deeds, `select member_id, unit_id, item, late, work_minutes from deeds order by id`)
	})
	want := []struct {
		late    bool
		minutes int
	}{{false, 240}, {true, 270}}
	if len(deeds) != 2 {
		t.Fatalf("%d deeds, want 2", len(deeds))
	}
	for i, d := range deeds {
		p := o.people[i]
		if d.Member != p.a.Member || d.Unit != p.unit || d.Item != "test/paper/"+c.Subject.String() || d.Late != want[i].late || d.Minutes != want[i].minutes {
			t.Errorf("deed %d = %+v, want %+v", i, d, want[i])
		}
	}
}
