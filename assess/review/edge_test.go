package review

import (
	"slices"
	"testing"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// Whoever gave a line points and belongs to its unit since then does not stand
// for one who may look at it and has not.
func TestALineWaitsForAllWhoMayLookAtIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.called()
	third := w.member(w.hq, "复核丙", w.units["复核处"].ID)
	p := w.assigned(c, w.a, w.b, third)
	must(w, w.boss, w.calls.start, act{c.ID, p.Version})
	w.late(c, day(-1), day(20))
	u := w.row(c, "规划处")
	for _, who := range []person{w.a, third} {
		must(w, who, score, newScore{ID: u.ID, Code: "published", Points: amount("1")})
	}
	w.write(third, func(tx *tenant.Tx) error {
		_, err := tx.Exec(third, `insert into posts (id, member_id, department_id, title) values ($1, $2, $3, '兼职')`, tenant.NewID(), who(third).Member, w.units["规划处"].ID)
		return err
	})
	j := func() Judgement {
		all := must(w, w.boss, unitPage, ref{u.ID}).Lines
		return all[slices.IndexFunc(all, func(j Judgement) bool { return j.Code == "published" })]
	}
	if got := j(); got.State != "waiting" || got.Value != nil {
		t.Errorf("before the second who may look at it has: %s, %v", got.State, got.Value)
	}
	must(w, w.b, score, newScore{ID: u.ID, Code: "published", Points: amount("1")})
	if got := j(); got.State != "agreed" || got.Value == nil {
		t.Errorf("after all have: %s, %v", got.State, got.Value)
	}
}

// Whoever manages the review is told again when a unit was allowed to be late
// and did not come by then either.
func TestAUnitThatIsLateOnceMoreIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.may(w.boss, Manage)
	c := w.called()
	w.late(c, day(-5), day(20))
	told := func() (n int) {
		for _, code := range w.notices(w.boss) {
			if code == "review.unit_overdue" {
				n++
			}
		}
		return n
	}
	w.rounds(w.hq)
	if n := told(); n != 3 {
		t.Fatalf("told %d times, want of each unit", n)
	}
	unit := w.row(c, "甲局").ID
	must(w, w.boss, permit, newPermit{ID: c.ID, Unit: &unit, Until: day(2), Reason: "防汛"})
	w.rounds(w.hq)
	w.sql(`update review_permits set until = $2::date where unit_row = $1`, unit, day(-1))
	w.rounds(w.hq)
	if n := told(); n != 4 {
		t.Errorf("told %d times, want once more of the one unit", n)
	}
}

// Somebody who may look at a line since its review was ordered to be closed, and
// has not, puts it under way again.
func TestWhoMayLookAtALineChangesWhileTheReviewIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	third := w.member(w.hq, "规划处的人", w.units["规划处"].ID)
	c := w.called()
	p := w.assigned(c, w.a, w.b, third)
	p = must(w, w.boss, w.calls.start, act{c.ID, p.Version})
	w.scores(p, "10", "10")
	for _, x := range must(w, third, queue, queueQuery{State: "todo"}).Items {
		must(w, third, score, newScore{ID: x.UnitID, Code: x.Line.Code, Points: x.System})
	}
	must(w, w.boss, w.calls.end, act{p.ID, p.Version})
	work := must(w, w.boss, callPage, ref{p.ID}).WorkID
	w.sql(`update posts set department_id = $1, head = false where member_id = $2`, w.units["复核处"].ID, who(third).Member)
	w.drain()
	var code string
	w.ok(tenanttest.Admin(t).QueryRow(`select code from works where id = $1 and state = 'failed'`, work).Scan(&code))
	if got := must(w, w.boss, callPage, ref{p.ID}); code != ErrLinesOpen.Code || got.State != "reviewing" {
		t.Errorf("work ended with %q, call = %s; want it under way", code, got.State)
	}
}

// A ballot of another tenant that is being given while the poll is ended is
// counted, and one that comes after is refused: none is taken and then lost.
func TestBallotWhileThePollEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := must(w, w.boss, ask, w.asks())
	w.sql(`update assess_rounds set to_day = $2::date where id = $1`, w.round, day(0)) // nobody need be waited for
	mine, late := w.ticket(w.one), w.ticket(w.a)
	ended := make(chan error, 1)
	w.write(w.one, func(tx *tenant.Tx) error {
		var pid int
		if err := tx.Get(w.one, &pid, `select pg_backend_pid()`); err != nil {
			return err
		}
		if _, err := vote(w.one, tx, w.ballot(mine, map[string]string{"乙局": "80", "规划处": "70"})); err != nil {
			return err
		}
		go func() {
			_, err := do(w, w.boss, shut, pollEnd{p.ID, p.Version})
			ended <- err
		}()
		for waits := false; !waits; {
			select {
			case err := <-ended:
				t.Errorf("the poll was ended without waiting: %v", err)
				ended <- err
				return nil
			default:
			}
			if err := tenanttest.Admin(t).QueryRow(`select exists (select from pg_locks where not granted and $1 = any (pg_blocking_pids(pid)))`, pid).Scan(&waits); err != nil {
				return err
			}
		}
		return nil
	})
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if p = must(w, w.boss, getPoll, ref{p.ID}); p.Results[1].Marks != 1 || p.Answered != 1 {
		t.Errorf("ended with %+v, want the ballot that was given", p)
	}
	refused(w, "after the end", w.a, vote, w.ballot(late, map[string]string{"甲局": "90", "乙局": "80", "规划处": "70"}), ErrState, "")
}
