package exchange

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// begun is a Starter whose works a test does itself.
type begun struct{}

func (begun) Start(context.Context, *tenant.Tx, uuid.UUID, string) (uuid.UUID, error) {
	return tenant.NewID(), nil
}

// course counts the steps of a work.
type course struct{ steps, ends int }

func (c *course) of() Course {
	return Course{
		Step: func(context.Context, int, int) error { c.steps++; return nil },
		End:  func(context.Context, *tenant.Tx, string, map[string]string) error { c.ends++; return nil },
	}
}

// push has HQ give an item to tenants, and delivers it.
func (w *world) push(t *testing.T, c Content, to ...person) (s Started, item uuid.UUID) {
	t.Helper()
	item = w.press.publish(w.hq.Tenant, c)
	g := giving{ItemID: item}
	for _, p := range to {
		g.Targets = append(g.Targets, p.Tenant)
	}
	s, err := do(w.db, w.hq, w.x.give, g)
	s = must(t, s, err)
	w.deliver(t, s)
	return s, item
}

func (w *world) deliver(t *testing.T, s Started) course {
	t.Helper()
	var c course
	if err := w.x.Deliver(w.hq, w.db, s.Push.ID, c.of()); err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) got(t *testing.T, p person) []Pushed {
	t.Helper()
	l, err := do(w.db, p, pushedList, pushedQuery{})
	return must(t, l, err).Items
}

func (w *world) readFile(p person, id, file uuid.UUID) (string, error) {
	c, err := do(w.db, p, w.x.pushedContent, fileRef{ref{id}, file})
	if err != nil {
		return "", err
	}
	body, err := c.Open(p)
	if err != nil {
		return "", err
	}
	defer func() { _ = body.Close() }()
	b, err := io.ReadAll(body)
	return string(b), err
}

func TestPush(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	item, foreign := w.press.publish(w.hq.Tenant, news("调度令")), w.press.publish(w.bureau.Tenant, news("市里的"))
	draft := w.press.publish(w.hq.Tenant, news("未发布"))
	w.press.withdraw(draft)
	to := func(ids ...uuid.UUID) Audience { return Audience{Targets: ids} }
	for _, tt := range []struct { // in order: another tenant, wrong input, success, again
		name string
		as   person
		in   giving
		want error
	}{
		{"another tenant's item", w.hq, giving{to(w.bureau.Tenant), foreign}, ErrNotFound},
		{"to a stranger", w.hq, giving{to(w.stranger.Tenant), item}, ErrNotBelow},
		{"upwards", w.bureau, giving{to(w.hq.Tenant), foreign}, ErrNotBelow},
		{"with nobody below", w.county, giving{Audience{All: true}, item}, ErrNobodyBelow},
		{"to nobody", w.hq, giving{ItemID: item}, feature.ErrMissing},
		{"what is not published", w.hq, giving{to(w.bureau.Tenant), draft}, errUnpublished},
		{"to one", w.hq, giving{to(w.bureau.Tenant), item}, nil},
		{"to the same", w.hq, giving{to(w.bureau.Tenant), item}, ErrPushed},
		{"to all: only those who lack it", w.hq, giving{Audience{All: true}, item}, nil},
	} {
		s, err := do(w.db, tt.as, w.x.give, tt.in)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s = %v, want %v", tt.name, err, tt.want)
		}
		if err == nil && (s.Push.Units != 1 || s.WorkID == uuid.Nil) {
			t.Errorf("%s: %+v", tt.name, s)
		}
	}
	if n := len(w.got(t, w.bureau)); n != 0 {
		t.Errorf("%d items are there before they are delivered", n)
	}
}

// What is given is a copy with its attachments, read without a review; delivered
// again, nothing more happens.
func TestPushDelivers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := news("防洪预案")
	a := w.attach(t, w.hq, "预案全文")
	c.Attachments = []Attachment{a}
	s, _ := w.push(t, c, w.bureau, w.county)
	again := w.deliver(t, s)
	if again.steps != 0 || again.ends != 1 {
		t.Errorf("done again: %+v", again)
	}
	for _, p := range []person{w.bureau, w.county} {
		l := w.got(t, p)
		if len(l) != 1 || l[0].Title != "防洪预案" || l[0].Peer.ID != w.hq.Tenant || l[0].Read {
			t.Fatalf("%s has %+v", p.Name, l)
		}
		page, err := do(w.db, p, pushedPage, ref{l[0].ID})
		page = must(t, page, err)
		if !page.Valid || page.AttachmentsState != Ready || page.SourcePersons.Publisher != "白露" || page.BodyHTML != c.BodyHTML {
			t.Errorf("%s sees %+v", p.Name, page)
		}
		if text, err := w.readFile(p, l[0].ID, a.ID); err != nil || text != "预案全文" {
			t.Errorf("%s downloads %q, %v", p.Name, text, err)
		}
		if n := w.objects(t, p); n != 1 {
			t.Errorf("%s keeps %d objects, want 1", p.Name, n)
		}
		for _, other := range []person{w.hq, w.stranger} {
			if _, err := do(w.db, other, pushedPage, ref{l[0].ID}); !errors.Is(err, ErrNoPush) {
				t.Errorf("%s reads the copy of %s: %v", other.Name, p.Name, err)
			}
			if _, err := w.readFile(other, l[0].ID, a.ID); !errors.Is(err, ErrNoPush) {
				t.Errorf("%s downloads from the copy of %s: %v", other.Name, p.Name, err)
			}
		}
	}
	if _, err := do(w.db, w.bureau, push, pushRef{ID: s.Push.ID}); !errors.Is(err, ErrNoPush) {
		t.Errorf("a unit reads HQ's row: %v", err)
	}
	// A unit that was suspended meanwhile keeps nobody else from it.
	item := w.press.publish(w.hq.Tenant, news("后来的"))
	s, err := do(w.db, w.hq, w.x.give, giving{Audience{All: true}, item})
	s = must(t, s, err)
	if _, err := tenanttest.Admin(t).Exec(`update platform.tenants set state = 'suspended' where id = $1`, w.bureau.Tenant); err != nil {
		t.Fatal(err)
	}
	w.deliver(t, s)
	p, err := do(w.db, w.hq, push, pushRef{ID: s.Push.ID})
	for _, u := range must(t, p, err).Items {
		if want := map[uuid.UUID]string{w.bureau.Tenant: "failed", w.county.Tenant: "done"}[u.Unit.ID]; u.State != want {
			t.Errorf("%s is %s, want %s", u.Unit.Name, u.State, want)
		}
	}
}

// What was stopped, or could not be delivered, goes on.
func TestPushGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, err := do(w.db, w.hq, w.x.give, giving{Audience{All: true}, w.press.publish(w.hq.Tenant, news("接着送"))})
	s = must(t, s, err)
	stop := errors.New("stopped")
	err = w.x.Deliver(w.hq, w.db, s.Push.ID, Course{Step: func(context.Context, int, int) error { return stop }})
	if !errors.Is(err, stop) {
		t.Fatalf("a work that is stopped = %v", err)
	}
	if n := len(w.got(t, w.bureau)) + len(w.got(t, w.county)); n != 1 {
		t.Fatalf("%d copies when it was stopped, want 1", n)
	}
	for _, tt := range []struct {
		name string
		as   person
		want error
	}{
		{"another tenant's", w.bureau, ErrNoPush},
		{"one's own", w.hq, nil},
	} {
		if _, err := do(w.db, tt.as, w.x.redeliver, ref{s.Push.ID}); !errors.Is(err, tt.want) {
			t.Errorf("%s = %v, want %v", tt.name, err, tt.want)
		}
	}
	if got := w.deliver(t, s); got.steps != 1 {
		t.Errorf("%d units were left, want 1", got.steps)
	}
	if _, err := do(w.db, w.hq, w.x.redeliver, ref{s.Push.ID}); !errors.Is(err, ErrPushed) {
		t.Errorf("when all have it = %v", err)
	}
}

// R015: from the moment a withdrawal is answered no copy is read: not in the
// list, not by its address, not its attachments; whether the push was withdrawn
// or its item was.
func TestR015WithdrawnEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, way := range []string{"the push", "the item"} {
		c := news("要撤的 " + way)
		a := w.attach(t, w.hq, "附件")
		c.Attachments = []Attachment{a}
		s, item := w.push(t, c, w.bureau, w.county)
		copies := map[*person]uuid.UUID{}
		for _, p := range []*person{&w.bureau, &w.county} {
			copies[p] = w.got(t, *p)[0].ID
		}
		if way == "the item" {
			if err := w.db.Write(w.hq, func(tx *tenant.Tx) error {
				_, err := tx.Exec(w.hq, `select exchange_unpush($1, '内容有误', '何承宣')`, item)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		} else {
			for _, tt := range []struct {
				name    string
				as      person
				version int
				want    error
			}{
				{"another tenant's", w.bureau, 1, ErrNoPush},
				{"an old version", w.hq, 7, ErrStale},
				{"one's own", w.hq, 1, nil},
				{"again", w.hq, 2, ErrState},
			} {
				if _, err := do(w.db, tt.as, withdrawPush, refusal{Versioned{ref{s.Push.ID}, tt.version}, "内容有误"}); !errors.Is(err, tt.want) {
					t.Errorf("withdraw %s = %v, want %v", tt.name, err, tt.want)
				}
			}
		}
		for p, id := range copies {
			if l := w.got(t, *p); len(l) != 0 {
				t.Errorf("%s: %s still lists it", way, p.Name)
			}
			if _, err := do(w.db, *p, pushedPage, ref{id}); !errors.Is(err, ErrNoPush) {
				t.Errorf("%s: %s still reads it: %v", way, p.Name, err)
			}
			if _, err := w.readFile(*p, id, a.ID); !errors.Is(err, ErrNoPush) {
				t.Errorf("%s: %s still downloads it: %v", way, p.Name, err)
			}
			if _, err := do(w.db, *p, readPushed, ref{id}); !errors.Is(err, ErrNoPush) {
				t.Errorf("%s: %s still counts as a reader: %v", way, p.Name, err)
			}
		}
		w.deliver(t, s) // what is left of the work does nothing
		if len(w.got(t, w.bureau)) != 0 {
			t.Errorf("%s: delivered after it was withdrawn", way)
		}
	}
}

// A push that is being delivered while it is withdrawn is nowhere afterwards.
func TestWithdrawAgainstDeliver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 12 {
		item := w.press.publish(w.hq.Tenant, news("赛跑 "+tenant.NewID().String()))
		s, err := do(w.db, w.hq, w.x.give, giving{Audience{All: true}, item})
		s = must(t, s, err)
		var both sync.WaitGroup
		both.Go(func() {
			var c course
			if err := w.x.Deliver(w.hq, w.db, s.Push.ID, c.of()); err != nil {
				t.Errorf("deliver: %v", err)
			}
		})
		both.Go(func() {
			if _, err := do(w.db, w.hq, withdrawPush, refusal{Versioned{ref{s.Push.ID}, 1}, "撤"}); err != nil {
				t.Errorf("withdraw: %v", err)
			}
		})
		both.Wait()
		if a, b := len(w.got(t, w.bureau)), len(w.got(t, w.county)); a+b != 0 {
			t.Fatalf("%d and %d copies are left", a, b)
		}
	}
}

// Who gave it learns how many read it, unit by unit, and has no way to who.
func TestReadersByUnit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.push(t, news("通知"), w.bureau, w.county)
	second := w.bureau.Actor
	second.Member = uuid.New()
	if err := tell(tenant.As(context.Background(), tenant.Actor{Tenant: w.county.Tenant, Name: "system"}), w.db); err != nil {
		t.Fatal(err)
	}
	id := w.got(t, w.bureau)[0].ID
	for _, p := range []person{w.bureau, w.bureau, {tenant.As(w.bureau, second), second, w.bureau.dept}} {
		if _, err := do(w.db, p, readPushed, ref{id}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := do(w.db, w.stranger, readPushed, ref{id}); !errors.Is(err, ErrNoPush) {
		t.Errorf("a stranger reads it: %v", err)
	}
	p, err := do(w.db, w.hq, push, pushRef{ID: s.Push.ID})
	p = must(t, p, err)
	for _, u := range p.Items {
		want := map[uuid.UUID][2]int{w.bureau.Tenant: {2, 1}, w.county.Tenant: {0, 1}}[u.Unit.ID]
		if got := [2]int{u.Readers, u.Members}; got != want {
			t.Errorf("%s: %v readers and members, want %v", u.Unit.Name, got, want)
		}
	}
	var persons int
	w.get(t, w.hq, &persons, `select count(*) from pushed_reads`)
	if persons != 0 {
		t.Errorf("HQ sees %d readers by name", persons)
	}
	if l, err := do(w.db, w.bureau, pushedList, pushedQuery{Unread: true}); err != nil || len(l.Items) != 0 {
		t.Errorf("what was read is unread: %v", err)
	}
}

// Whatever ids the application's role calls the functions with, nothing is given
// to who does not stand below, nor withdrawn by who did not give it (TI-03).
func TestForgedPushes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := news("真推送")
	a := w.attach(t, w.hq, "附件")
	c.Attachments = []Attachment{a}
	s, item := w.push(t, c, w.bureau)
	forge := func(as person, unit uuid.UUID) uuid.UUID {
		id := tenant.NewID()
		err := w.db.Write(as, func(tx *tenant.Tx) error {
			_, err := tx.Exec(as, `insert into pushes (id, item, content, hash, pushed_at, by_name) values ($1, $2, $3, $4, now(), '冒名')`,
				id, tenant.NewID(), tenant.JSON(c), c.Hash(as.Tenant, as.Tenant, ""))
			if err == nil {
				_, err = tx.Exec(as, `insert into push_units (push_id, unit_id, unit_name, copy_id, item) values ($1, $2, 'x', $3, $4)`,
					id, unit, tenant.NewID(), tenant.NewID())
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	for _, tt := range []struct {
		name  string
		as    person
		query string
		args  []any
		want  string
	}{
		{"another's push", w.stranger, `select exchange_push($1, $2)`, []any{s.Push.ID, w.bureau.Tenant}, "exchange_not_live"},
		{"to a unit it was not for", w.hq, `select exchange_push($1, $2)`, []any{s.Push.ID, w.county.Tenant}, "exchange_not_live"},
		{"upwards", w.bureau, `select exchange_push($1, $2)`, []any{forge(w.bureau, w.hq.Tenant), w.hq.Tenant}, "exchange_not_below"},
		{"to a stranger", w.hq, `select exchange_push($1, $2)`, []any{forge(w.hq, w.stranger.Tenant), w.stranger.Tenant}, "exchange_not_below"},
		{"a file of another's", w.stranger, `select exchange_push_file($1, $2, $3, 'x', '')`, []any{s.Push.ID, w.bureau.Tenant, a.ID}, ""},
		{"withdraw another's push", w.bureau, `select exchange_unpush($1, 'x', 'x')`, []any{s.Push.ID}, ""},
		{"withdraw another's item", w.stranger, `select exchange_unpush($1, 'x', 'x')`, []any{item}, ""},
	} {
		if err := w.try(t, tt.as, tt.query, tt.args...); tenant.Constraint(err) != tt.want {
			t.Errorf("%s = %v, want %q", tt.name, err, tt.want)
		}
	}
	l := w.got(t, w.bureau)
	if len(l) != 1 || len(w.got(t, w.hq))+len(w.got(t, w.stranger)) != 0 {
		t.Errorf("after all that the bureau has %d", len(l))
	}
	open := giving{Audience{Targets: []uuid.UUID{w.county.Tenant}}, item}
	fresh, err := do(w.db, w.hq, w.x.give, open)
	fresh = must(t, fresh, err)
	if err := w.try(t, w.hq, `select exchange_push($1, $2)`, fresh.Push.ID, w.county.Tenant); err != nil {
		t.Fatal(err)
	}
	if err := w.try(t, w.hq, `select exchange_push_file($1, $2, $3, $4, '')`, fresh.Push.ID, w.county.Tenant, a.ID, a.Key); tenant.Constraint(err) != "exchange_foreign_key" {
		t.Errorf("a key of HQ's own = %v", err)
	}
	for _, q := range []string{
		`update pushes set state = 'live'`, `update pushed set state = 'live'`, `update pushed_files set key = 'x'`,
		`update push_units set unit_id = gen_random_uuid()`, `delete from pushed_reads`,
	} {
		if err := w.try(t, w.bureau, q); err == nil {
			t.Errorf("the application may %s", q)
		}
	}
}
