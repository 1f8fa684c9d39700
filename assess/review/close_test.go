package review

import (
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/fault"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

var errLate = fault.New(fault.Conflict, "test.decided")

// gate refuses to change the round once it is over, as after a decision.
func (w *world) gate(_ context.Context, _ *tenant.Tx, round uuid.UUID, act string) error {
	if w.over && round == w.round && act == "confirm" {
		return errLate
	}
	return nil
}

// A round on which a meeting has decided is reviewed no more: that is said when
// the review is begun or closed, not when the round is worked out.
func TestClosingAfterTheDecision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.called()
	f := must(w, w.one, save, w.answered(c, "9"))
	must(w, w.one, submit, sending{f.ID, f.Version})
	p := w.assigned(c, w.a, w.b)
	w.over = true
	refused(w, "begun", w.boss, w.calls.start, act{c.ID, p.Version}, errLate, "")
	w.over = false
	p = must(w, w.boss, w.calls.start, act{c.ID, p.Version})
	w.scores(p, "9", "9")
	w.over = true
	refused(w, "closed", w.boss, w.calls.end, act{p.ID, p.Version}, errLate, "")
	if got := must(w, w.boss, callPage, ref{p.ID}); got.State != "reviewing" || got.WorkID != nil {
		t.Errorf("call = %+v", got.Call)
	}
}

// What comes in between while a review is closed puts it back under way, with
// what was closed closed; then it goes on from there (AS-01).
func TestClosingIsInterrupted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.begun("9")
	w.scores(p, "9", "9")
	must(w, w.boss, w.calls.end, act{p.ID, p.Version})
	w.over = true
	work := must(w, w.boss, callPage, ref{p.ID}).WorkID
	w.drain()
	var code string
	w.ok(tenanttest.Admin(t).QueryRow(`select code from works where id = $1 and state = 'failed'`, work).Scan(&code))
	got := must(w, w.boss, callPage, ref{p.ID})
	if code != errLate.Code || got.State != "reviewing" {
		t.Fatalf("work failed with %q, call = %+v; want it under way", code, got.Call)
	}
	w.over = false
	w.write(w.boss, func(tx *tenant.Tx) error { // one unit was closed before the node died
		tx.Audit("test.closed", "test", nil)
		r, err := load(w.boss, tx, p.ID, nil)
		if err != nil {
			return err
		}
		return r.close(w.boss, tx, r.units[:1], assess.Judge{Member: who(w.boss).Member, Account: who(w.boss).Account, Name: "管理员"})
	})
	must(w, w.boss, w.calls.end, act{p.ID, got.Version})
	w.drain()
	w.drain()
	got = must(w, w.boss, callPage, ref{p.ID})
	var outcomes, corrections int
	w.ok(tenanttest.Admin(t).QueryRow(`
		select count(*), count(adjustment_id) from review_outcomes o join review_units u on u.tenant_id = o.tenant_id and u.id = o.unit_row where u.call_id = $1`, p.ID).Scan(&outcomes, &corrections))
	lines := 0
	for _, u := range got.Units {
		lines += u.Lines
	}
	if got.State != "closed" || outcomes != lines || corrections != 1 {
		t.Errorf("call = %s with %d outcomes of %d lines and %d corrections", got.State, outcomes, lines, corrections)
	}
	var total string
	w.ok(tenanttest.Admin(t).QueryRow(`select total from assess_scores where round_id = $1 and unit_id = $2`, w.round, w.units["甲局"].ID).Scan(&total))
	if total != "9" {
		t.Errorf("total = %s, want 9", total)
	}
}

// A node that is told to stop asking for a person's stop leaves the review under
// way.
func TestClosingIsStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.begun("9")
	w.scores(p, "9", "9")
	must(w, w.boss, w.calls.end, act{p.ID, p.Version})
	w.sql(`update works set stop = true where id = $1`, must(w, w.boss, callPage, ref{p.ID}).WorkID)
	w.drain()
	got := must(w, w.boss, callPage, ref{p.ID})
	if got.State == "closed" || len(got.May) == 0 {
		t.Errorf("call = %+v may %v, want that it can be closed again", got.Call, got.May)
	}
	must(w, w.boss, w.calls.end, act{p.ID, got.Version})
	w.drain()
	if got := must(w, w.boss, callPage, ref{p.ID}); got.State != "closed" {
		t.Errorf("call = %+v", got.Call)
	}
}

// A round that was closed while its review was being closed keeps the result it
// was closed with: nothing is corrected in it any more, and the work says why.
func TestTheRoundIsClosedFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.begun("9")
	w.scores(p, "9", "9")
	must(w, w.boss, w.calls.end, act{p.ID, p.Version})
	work := must(w, w.boss, callPage, ref{p.ID}).WorkID
	w.sql(`update assess_rounds set state = 'closed', audience = 'own', published_at = now(), closed_at = now() where id = $1`, w.round)
	w.drain()
	var code string
	var n int
	w.ok(tenanttest.Admin(t).QueryRow(`select code, (select count(*) from assess_adjustments where round_id = $2) from works where id = $1`, work, w.round).Scan(&code, &n))
	got := must(w, w.boss, callPage, ref{p.ID})
	if code != assess.ErrRoundClosed.Code || n != 0 || got.State != "reviewing" || !slices.Equal(got.May, []string{"cancel"}) {
		t.Errorf("work ended with %q and %d corrections, call = %+v, which may %v", code, n, got.Call, got.May)
	}
	if c := must(w, w.boss, cancel, reasoned{p.ID, got.Version, "轮次已归档"}); c.State != "cancelled" {
		t.Errorf("call = %+v, want that a review that can come to no end is given up", c)
	}
	if got := must(w, w.boss, callPage, ref{p.ID}); len(got.May) != 0 {
		t.Errorf("given up, it may %v", got.May)
	}
}
