package exchange

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"hetu/storage"
	"hetu/tenant/tenanttest"
)

// turns makes a tenant "active" or "suspended".
func turns(t *testing.T, p person, state string) {
	t.Helper()
	if _, err := tenanttest.Admin(t).Exec(`update platform.tenants set state = $2 where id = $1`, p.Tenant, state); err != nil {
		t.Fatal(err)
	}
}

// states are those of a push's units.
func (w *world) states(t *testing.T, id uuid.UUID) map[uuid.UUID]string {
	t.Helper()
	p, err := do(w.db, w.hq, push, pushRef{ID: id})
	got := map[uuid.UUID]string{}
	for _, u := range must(t, p, err).Items {
		got[u.Unit.ID] = u.State
	}
	return got
}

// A unit to which an item could not be delivered, or that was suspended when it
// was given, has it by the next push to it, once, whichever push goes on then.
func TestPushedAgainAfterAFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	item := w.press.publish(w.hq.Tenant, news("再送一次"))
	everyone := giving{Audience{All: true}, item}
	first, err := do(w.db, w.hq, w.x.give, everyone)
	first = must(t, first, err)
	turns(t, w.county, "suspended")
	w.deliver(t, first)
	if got := w.states(t, first.Push.ID); got[w.county.Tenant] != "failed" || got[w.bureau.Tenant] != "done" {
		t.Fatalf("after the first: %v", got)
	}
	if _, err := do(w.db, w.hq, w.x.give, everyone); !errors.Is(err, ErrPushed) {
		t.Errorf("again while it is suspended: %v, want ErrPushed", err)
	}
	turns(t, w.county, "active")
	second, err := do(w.db, w.hq, w.x.give, everyone)
	second = must(t, second, err)
	if second.Push.Units != 1 {
		t.Errorf("the second goes to %d units, want the one that lacks it", second.Push.Units)
	}
	if _, err := do(w.db, w.hq, w.x.redeliver, ref{first.Push.ID}); !errors.Is(err, ErrPushed) {
		t.Errorf("the first goes on though the second is on its way: %v", err)
	}
	w.deliver(t, second)
	w.deliver(t, first)
	p, err := do(w.db, w.hq, push, pushRef{ID: first.Push.ID})
	if p = must(t, p, err); len(p.May) != 1 || p.May[0] != "withdraw" {
		t.Errorf("the first may %v", p.May)
	}
	for _, u := range []person{w.bureau, w.county} {
		if n := len(w.got(t, u)); n != 1 {
			t.Errorf("%s has it %d times", u.Name, n)
		}
	}
	if _, err := do(w.db, w.hq, w.x.give, everyone); !errors.Is(err, ErrPushed) {
		t.Errorf("a third time: %v, want ErrPushed", err)
	}
}

// A delivery cut short by a suspension leaves a copy, which goes on and is
// withdrawn like any other (R015).
func TestR015CutShort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := news("传了一半")
	c.Attachments = []Attachment{w.attach(t, w.hq, "附件")}
	item := w.press.publish(w.hq.Tenant, c)
	s, err := do(w.db, w.hq, w.x.give, giving{Audience{Targets: []uuid.UUID{w.bureau.Tenant}}, item})
	s = must(t, s, err)
	x := New(w.press, &faulty{Copier: On(w.store), down: true}, nil, begun{})
	var steps course
	if err := x.Deliver(w.hq, w.db, s.Push.ID, steps.of()); !errors.Is(err, storage.ErrUnavailable) {
		t.Fatalf("the store is down: %v", err)
	}
	turns(t, w.bureau, "suspended")
	w.deliver(t, s)
	turns(t, w.bureau, "active")
	if got := w.states(t, s.Push.ID)[w.bureau.Tenant]; got != "sent" || len(w.got(t, w.bureau)) != 1 {
		t.Fatalf("cut short, it is %s", got)
	}
	if _, err := do(w.db, w.hq, w.x.give, giving{Audience{All: true}, item}); err != nil { // the county alone lacks it
		t.Fatal(err)
	}
	if _, err := do(w.db, w.hq, withdrawPush, refusal{Versioned{ref{s.Push.ID}, 1}, "内容有误"}); err != nil {
		t.Fatal(err)
	}
	if n := len(w.got(t, w.bureau)); n != 0 {
		t.Errorf("%d copies are read after the withdrawal", n)
	}
}

// A unit whose copy cannot be made now keeps nobody else from theirs, and the
// work is tried again.
func TestOneStoreDownKeepsNobodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := news("一家的存储坏了")
	c.Attachments = []Attachment{w.attach(t, w.hq, "附件")}
	s, err := do(w.db, w.hq, w.x.give, giving{Audience{All: true}, w.press.publish(w.hq.Tenant, c)})
	s = must(t, s, err)
	for _, broken := range []person{w.bureau, w.county} {
		x := New(w.press, downFor{On(w.store), broken.Tenant}, nil, begun{})
		var steps course
		if err := x.Deliver(w.hq, w.db, s.Push.ID, steps.of()); broken.Tenant == w.bureau.Tenant && (!errors.Is(err, storage.ErrUnavailable) || steps.ends != 0 || steps.steps != 1) {
			t.Errorf("the first time: %v with %+v", err, steps)
		}
	}
	if got := w.states(t, s.Push.ID); got[w.bureau.Tenant] != "done" || got[w.county.Tenant] != "done" {
		t.Errorf("in the end: %v", got)
	}
}

// downFor is a Copier to whose copies one tenant's store is closed.
type downFor struct {
	Copier
	to uuid.UUID
}

func (d downFor) Copy(ctx context.Context, from uuid.UUID, a Attachment, to uuid.UUID) (string, string, error) {
	if to == d.to {
		return "", "", storage.ErrUnavailable
	}
	return d.Copier.Copy(ctx, from, a, to)
}

// Two works that deliver the same push deliver all of it, each unit once: one
// that finds a unit served by the other goes on with the next.
func TestTwoWorksDeliverAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, err := do(w.db, w.hq, w.x.give, giving{Audience{All: true}, w.press.publish(w.hq.Tenant, news("两个一起送"))})
	s = must(t, s, err)
	var inner course
	first := true
	err = w.x.Deliver(w.hq, w.db, s.Push.ID, Course{Step: func(context.Context, int, int) error {
		if !first {
			return nil
		}
		first = false
		// The other work does all and the first goes on with what it set out with.
		return w.x.Deliver(w.hq, w.db, s.Push.ID, Course{Step: func(context.Context, int, int) error { return nil }, End: inner.of().End})
	}, End: inner.of().End})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []person{w.bureau, w.county} {
		if n := len(w.got(t, u)); n != 1 {
			t.Errorf("%s has it %d times", u.Name, n)
		}
	}
	var done int
	w.get(t, w.hq, &done, `select count(*) from audit_entries where action = 'exchange.push_done' and object = $1`, pushing(s.Push.ID))
	if done != 2 || inner.ends != 2 {
		t.Errorf("%d deliveries recorded in %d works, want 2 in 2", done, inner.ends)
	}
}
