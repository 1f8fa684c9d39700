package publish

import (
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant/tenanttest"
)

// The lock tells two windows of each other, binds nobody and never strands: who
// closes the browser is forgotten after two minutes.
func TestLock(t *testing.T) {
	t.Parallel()
	h, elsewhere := open(t), open(t)
	it := h.drafts(h.column)
	a, b := uuid.New(), uuid.New()
	lock := func(p member, window uuid.UUID, take bool) (Lock, error) {
		return do(h, p, acquire, holdOn{ID: it.ID, Window: window, Take: take, Word: " 我在办公室 \n接着改 "})
	}
	look := func(window uuid.UUID) Lock {
		t.Helper()
		return must[Lock](t)(see(h, h.drafter, lockOf, windowRef{it.ID, window}))
	}
	lapses := func() {
		_, err := tenanttest.Admin(t).Exec(`update item_locks set since = since - interval '1 hour', until = now() where item_id = $1`, it.ID)
		must[any](t)(nil, err)
	}
	_, err := lock(h.reader, a, false)
	want(t, err, ErrNotFound, "who does not see it")
	_, err = lock(h.office, a, true)
	want(t, err, ErrNotDrafter, "who may not change it")
	_, err = do(elsewhere, elsewhere.drafter, acquire, holdOn{ID: it.ID, Window: a})
	want(t, err, ErrNotFound, "another tenant")
	_, err = see(h, h.reader, lockOf, windowRef{it.ID, a})
	want(t, err, ErrNotFound, "who does not see it looks")
	if l := look(a); l.Held != "no" {
		t.Errorf("before anybody: %+v", l)
	}

	first := must[Lock](t)(lock(h.drafter, a, false))
	if first.Held != "here" || first.By.ID != h.drafter.Member || !first.Until.Equal(first.Since.Add(lease)) {
		t.Errorf("the first: %+v", first)
	}
	if l := must[Lock](t)(lock(h.drafter, a, false)); l.Held != "here" || !l.Since.Equal(*first.Since) || !l.Until.After(*first.Until) {
		t.Errorf("renewed: %+v after %+v", l, first)
	}
	_, err = lock(h.drafter, b, false)
	want(t, err, ErrLocked, "a second window")
	if meta(err, "by") != h.drafter.Name || meta(err, "since") == nil {
		t.Errorf("the second window is not told who: %v", err)
	}
	if l := look(b); l.Held != "elsewhere" || l.Taken != nil {
		t.Errorf("the second window sees %+v", l)
	}
	h.says(it, "版本才是真正的把关") // WF-02: saving asks for the version, not for the lock

	if l := must[Lock](t)(lock(h.drafter, b, true)); l.Held != "here" || l.Taken != nil {
		t.Errorf("taken over: %+v", l)
	}
	if l := look(a); l.Held != "elsewhere" || l.Taken == nil || l.Taken.Word != "我在办公室 接着改" || l.Taken.By.ID != h.drafter.Member {
		t.Errorf("who had it sees %+v", l)
	}
	must[feature.None](t)(do(h, h.drafter, release, windowRef{it.ID, a})) // closes late
	if l := look(b); l.Held != "here" {
		t.Errorf("it was given up by who does not have it: %+v", l)
	}
	lapses()
	if l := look(a); l.Held != "no" {
		t.Errorf("a closed browser still has it: %+v", l)
	}
	if l := must[Lock](t)(lock(h.drafter, a, false)); l.Held != "here" || !l.Since.After(*first.Since) || l.Taken != nil {
		t.Errorf("after it lapsed: %+v", l)
	}
	must[feature.None](t)(do(h, h.drafter, release, windowRef{it.ID, a}))
	if l := must[Lock](t)(lock(h.drafter, b, false)); l.Held != "here" {
		t.Errorf("after it was given up: %+v", l)
	}

	it = h.publishes(h.reviewed(h.column))
	_, err = lock(h.drafter, a, false)
	want(t, err, ErrState, "what is published")
}
