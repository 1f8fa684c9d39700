package staff

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A leaver goes in one act: what waits for them and what they wrote goes to the
// successor, who leads what they led; without one nothing open is left behind
// (R231, W25, I42).
func TestLeave(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	lina, linas := b.member(t, "lina", b.office, true)
	heir, _ := b.member(t, "heir", b.office, false)
	gone, _ := b.member(t, "gone", b.office, false)
	foreign, _ := other.member(t, "far", other.office, false)
	b.lots[lina.Member], b.drafts[lina.Member] = 3, 2
	leave := func(ctx context.Context, in going) (h Handed, err error) {
		err = b.write(t, ctx, func(ctx context.Context, tx *tenant.Tx) error { h, err = b.leave(ctx, tx, in); return err })
		return h, err
	}
	for name, c := range map[string]struct {
		ctx  context.Context
		in   going
		want error
	}{
		"by themself, who may not":       {linas, going{ID: gone.Member, Reason: "调出"}, rbac.ErrDenied},
		"another tenant's":               {b.ctx, going{ID: foreign.Member, Reason: "调出"}, org.ErrNoMember},
		"with things open and nobody":    {b.ctx, going{ID: lina.Member, Reason: "调出"}, ErrOpenItems},
		"to themself":                    {b.ctx, going{ID: lina.Member, Reason: "调出", Successor: &lina.Member}, ErrSuccessor},
		"to another tenant's":            {b.ctx, going{ID: lina.Member, Reason: "调出", Successor: &foreign.Member}, ErrSuccessor},
		"the administrator lets self go": {b.ctx, going{ID: b.admin.Member, Reason: "调出"}, org.ErrSelf},
	} {
		if _, err := leave(c.ctx, c.in); !errors.Is(err, c.want) {
			t.Errorf("%s = %v, want %v", name, err, c.want)
		}
	}
	if err := (&going{Reason: "调出", Inherits: true}).Validate(); fault.Of(err).Field != "successor_id" {
		t.Errorf("an inheritance to nobody = %v", err)
	}
	h, err := leave(b.ctx, going{ID: lina.Member, Reason: "退休", Successor: &heir.Member, Inherits: true})
	if err != nil {
		t.Fatal(err)
	}
	if want := []Passed{{"test.tasks", 3, 0}, {"test.drafts", 2, 0}}; !slices.Equal([]Passed(h.Lines), want) {
		t.Errorf("passed %v, want %v", h.Lines, want)
	}
	if n := b.count(t, `select count(*) from posts where member_id = $1 and head`, heir.Member); n != 1 {
		t.Error("the successor does not lead what they led")
	}
	if n := b.count(t, `select count(*) from members where id = $1 and state = 'left' and account_id is null`, lina.Member); n != 1 {
		t.Error("they have not left")
	}
	if !slices.Contains(*b.told, "staff.handed_over 1") {
		t.Errorf("told %v", *b.told)
	}
	if _, err := leave(b.ctx, going{ID: lina.Member, Reason: "退休"}); !errors.Is(err, org.ErrState) {
		t.Errorf("leaving twice = %v, want ErrState", err)
	}
	if _, err := leave(b.ctx, going{ID: gone.Member, Reason: "调出"}); err != nil {
		t.Errorf("with nothing open and nobody = %v", err)
	}
}

// What comes back to somebody who has left is handed over afterwards.
func TestHandOverOfALeaver(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	lina, _ := b.member(t, "lina", b.office, false)
	heir, _ := b.member(t, "heir", b.office, false)
	yield := func() (h Handed, err error) {
		err = b.write(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
			h, err = b.handOver(ctx, tx, yielding{lina.Member, heir.Member, "长期出差"})
			return err
		})
		return h, err
	}
	b.lots[lina.Member], b.drafts[lina.Member] = 1, 1
	h, err := yield()
	if want := []Passed{{"test.tasks", 1, 0}}; err != nil || !slices.Equal([]Passed(h.Lines), want) {
		t.Fatalf("while they are here: %v, %v; want %v: what they wrote stays theirs", h.Lines, err, want)
	}
	b.drafts[lina.Member] = 0
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error { return org.Leave(ctx, tx, lina.Member, "调出") })
	b.drafts[lina.Member] = 1 // was returned to them
	h, err = b.after(t, lina.Member, heir.Member)
	if err != nil || b.drafts[heir.Member] != 1 {
		t.Errorf("after they left: %v, %v", h.Lines, err)
	}
	var o Open
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) (err error) {
		o, err = b.showOpen(ctx, tx, byID{lina.Member})
		return err
	})
	if len(o.Done) != 2 || o.Member.State != "left" {
		t.Errorf("open = %+v", o)
	}
}

// after hands over for somebody who has left; tasks there are none any more.
func (b bureau) after(t *testing.T, from, to uuid.UUID) (h Handed, err error) {
	t.Helper()
	s := New(Parts{Estates: b.Estates[1:], Tell: b.Tell})
	err = b.write(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		h, err = s.handOver(ctx, tx, yielding{from, to, "离岗后交接"})
		return err
	})
	return h, err
}

// A transfer is one act: the new main post, the end of the old ones, and the
// hand-over (R231).
func TestTransfer(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	lina, _ := b.member(t, "lina", b.office, false)
	heir, _ := b.member(t, "heir", b.office, false)
	var to org.Department
	b.must(t, func(ctx context.Context, tx *tenant.Tx) (err error) {
		to, err = org.AddDepartment(ctx, tx, org.NewDepartment{Name: "督查室", Kind: "dept"})
		return err
	})
	b.lots[lina.Member], b.drafts[lina.Member] = 2, 1
	var old uuid.UUID
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		return tx.Get(ctx, &old, `select id from posts where member_id = $1`, lina.Member)
	})
	move := func(in moving) (h Handed, err error) {
		in.ID, in.Reason = lina.Member, "轮岗"
		err = b.write(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error { h, err = b.transfer(ctx, tx, in); return err })
		return h, err
	}
	for name, c := range map[string]struct {
		in   moving
		want error
	}{
		"to nowhere":                       {moving{Department: uuid.New()}, org.ErrNoSubject},
		"to where they are":                {moving{Department: b.office}, org.ErrPostTaken},
		"ending a post that is not theirs": {moving{Department: to.ID, End: []uuid.UUID{uuid.New()}}, org.ErrNoPost},
	} {
		if _, err := move(c.in); !errors.Is(err, c.want) {
			t.Errorf("%s = %v, want %v", name, err, c.want)
		}
	}
	if b.lots[heir.Member] != 0 {
		t.Fatal("a transfer that failed handed over")
	}
	h, err := move(moving{Department: to.ID, Title: "主任", Head: true, End: []uuid.UUID{old}, Successor: &heir.Member})
	if err != nil || len(h.Lines) != 1 || b.lots[heir.Member] != 2 || b.drafts[lina.Member] != 1 {
		t.Fatalf("%+v, %v: tasks go, drafts stay", h, err)
	}
	if n := b.count(t, `select count(*) from posts where member_id = $1 and department_id = $2 and main and head and title = '主任'`, lina.Member, to.ID); n != 1 {
		t.Error("they have no main post there")
	}
	if n := b.count(t, `select count(*) from posts where id = $1`, old); n != 0 {
		t.Error("the old post has not ended")
	}
}

// HR asks, and what is approved is done at once: the account is there, and who
// asked gets what the person needs to come in (W24, R230, R233); a leaver goes
// with a successor (W25, R232).
func TestRequests(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	head, heads := b.member(t, "head", b.office, true)
	_, plain := b.member(t, "plain", b.office, false)
	hr, asks := b.member(t, "hr", b.office, false)
	ask := func(in asking) (w Wanted, err error) {
		if err := in.Validate(); err != nil {
			return w, err
		}
		err = b.write(t, asks, func(ctx context.Context, tx *tenant.Tx) error { w, err = b.ask(ctx, tx, in); return err })
		return w, err
	}
	nowhere := uuid.New()
	for name, c := range map[string]struct {
		in    asking
		field string
	}{
		"nobody":            {asking{Act: "open", Department: &b.office, Reason: "新进"}, "person"},
		"nowhere":           {asking{Act: "open", Person: "张三", Reason: "新进"}, "department_id"},
		"elsewhere":         {asking{Act: "open", Person: "张三", Department: &nowhere, Reason: "新进"}, "department_id"},
		"staff with an end": {asking{Act: "open", Person: "张三", Department: &b.office, Until: "2030-01-01", Reason: "新进"}, "until"},
		"no reason":         {asking{Act: "open", Person: "张三", Department: &b.office}, "reason"},
		"closing of nobody": {asking{Act: "close", Member: &other.admin.Member, Reason: "退休"}, "member_id"},
		"to themself":       {asking{Act: "close", Member: &head.Member, Successor: &head.Member, Reason: "退休"}, "successor_id"},
	} {
		if _, err := ask(c.in); fault.Of(err).Field != c.field {
			t.Errorf("%s = %v, want a fault at %s", name, err, c.field)
		}
	}
	w, err := ask(asking{Act: "open", Person: "张三", Department: &b.office, Title: "科员", Reason: "新进人员", Wanted: "部门动态拟稿"})
	if err != nil {
		t.Fatal(err)
	}
	sub := (*b.asked)[len(*b.asked)-1]
	if sub.Subject != w.ID || !slices.Contains(sub.Heads, head.Member) || !slices.Contains(sub.Managers, b.admin.Member) || sub.Title != "开通账号：张三" {
		t.Errorf("submitted %+v", sub)
	}
	slip := func(ctx context.Context) (Slip, error) {
		return slipOf(ctx, feature.Deps{DB: tenanttest.DB(t)}, nil, byID{w.ID})
	}
	if _, err := slip(asks); !errors.Is(err, ErrNotYet) {
		t.Errorf("before it is approved = %v, want ErrNotYet", err)
	}
	decide := func(id uuid.UUID, outcome string) error {
		return b.write(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
			return b.decided(ctx, tx, feature.Decision{Subject: id, Outcome: outcome})
		})
	}
	if err := decide(w.ID, "approved"); err != nil {
		t.Fatal(err)
	}
	for name, ctx := range map[string]context.Context{"a colleague": plain, "the head": heads, "another tenant": other.ctx} {
		if _, err := slip(ctx); !errors.Is(err, ErrNoRequest) {
			t.Errorf("%s asks for the login = %v, want ErrNoRequest", name, err)
		}
	}
	s, err := slip(asks)
	if err != nil || s.Login != "zhangsan" || s.Token == "" {
		t.Errorf("slip = %+v, %v", s, err)
	}
	if n := b.count(t, `select count(*) from staff_requests where id = $1 and state = 'done' and ended_at is not null`, w.ID); n != 1 {
		t.Error("the request is not done")
	}
	b.lots[head.Member] = 4
	c, err := ask(asking{Act: "close", Member: &head.Member, Successor: &hr.Member, Reason: "退休"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ask(asking{Act: "close", Member: &head.Member, Reason: "退休"}); !errors.Is(err, ErrRequestOpen) {
		t.Errorf("a second request = %v, want ErrRequestOpen", err)
	}
	if err := decide(c.ID, "approved"); err != nil {
		t.Fatal(err)
	}
	if b.lots[hr.Member] != 4 || b.count(t, `select count(*) from members where id = $1 and state = 'left'`, head.Member) != 1 {
		t.Error("the leaver is still there, or what was theirs")
	}
	back, err := ask(asking{Act: "open", Person: "李四", Department: &b.office, Reason: "新进"})
	if err != nil {
		t.Fatal(err)
	}
	if err := decide(back.ID, "returned"); err != nil || b.count(t, `select count(*) from members where name = '李四'`) != 0 {
		t.Errorf("what was returned was done, %v", err)
	}
}

// A head whom a sanction keeps from acting is no step of a request (R270).
func TestRequestPastAFrozenHead(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	head, _ := b.member(t, "head", b.office, true)
	_, asks := b.member(t, "clerk", b.office, false)
	heads := func() []uuid.UUID {
		t.Helper()
		if err := b.write(t, asks, func(ctx context.Context, tx *tenant.Tx) error {
			_, err := b.ask(ctx, tx, asking{Act: "open", Person: "张三", Department: &b.office, Reason: "新进"})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return (*b.asked)[len(*b.asked)-1].Heads
	}
	if h := heads(); !slices.Equal(h, []uuid.UUID{head.Member}) {
		t.Errorf("%v are asked first", h)
	}
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := rbac.Restrict(ctx, tx, rbac.NewRestriction{Member: head.Member, StartsAt: tx.Now, EndsAt: tx.Now.Add(48 * time.Hour), Reason: "违规", Basis: "文号"})
		return err
	})
	if h := heads(); len(h) != 0 {
		t.Errorf("%v are asked first although they may not act", h)
	}
}
