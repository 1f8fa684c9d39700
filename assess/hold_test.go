package assess

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/assess/rule"
	"hetu/fault"
	"hetu/progress"
	"hetu/progress/progresstest"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

var errHeld = fault.New(fault.Conflict, "assess.test_held")

// hasty calls an endpoint that waits for nobody who is at the same round.
func hasty[In, Out any](p *place, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) error {
	return errOf(do(p.ctx, p.db, func(ctx context.Context, tx *tenant.Tx, in In) (out Out, err error) {
		if _, err := tx.Exec(ctx, `set local lock_timeout = '100ms'`); err != nil {
			return out, err
		}
		return fn(ctx, tx, in)
	}, in))
}

// AS-04: a round is not closed past a proposal that is being made, nor is one
// made in a round that is being closed: nobody could decide about it any more.
func TestAProposalAndTheClosing(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	r := p.scored()
	p.yesterday(r)
	must(p, recompute, ref{r.ID})
	must(p, publish, publication{ID: r.ID})
	r = must(p, findRound, r.ID)
	var made Adjustment
	p.write(p.ctx, func(tx *tenant.Tx) (err error) {
		if made, err = propose(p.ctx, tx, p.event(r, "甲", bonus, "1")); err != nil {
			return err
		}
		if err := hasty(p, closeRound, ref{r.ID}); err == nil {
			t.Error("it was closed past a proposal that was being made")
		}
		return nil
	})
	if _, err := do(p.ctx, p.db, closeRound, ref{r.ID}); !errors.Is(err, ErrUndecided) {
		t.Errorf("closing = %v, want ErrUndecided", err)
	}
	must(p.second(), confirm, ref{made.ID})
	must(p, recompute, ref{r.ID})
	must(p, publish, publication{ID: r.ID})
	p.write(p.ctx, func(tx *tenant.Tx) error {
		if _, err := closeRound(p.ctx, tx, ref{r.ID}); err != nil {
			return err
		}
		for name, err := range map[string]error{
			"proposed": hasty(p, propose, p.corrects(r, "甲", "5")), "taken back": hasty(p, reverse, reasoned{made.ID, "有误"}),
		} {
			if err == nil {
				t.Errorf("something was %s while it was closed", name)
			}
		}
		return nil
	})
	if _, err := do(p.ctx, p.db, propose, p.corrects(r, "甲", "5")); !errors.Is(err, ErrRoundClosed) {
		t.Errorf("proposing = %v, want ErrRoundClosed", err)
	}
}

// A work that was ordered before a meeting decided changes nothing after it.
func TestTheGatesStandBeforeTheWork(t *testing.T) {
	t.Parallel()
	p := found(t, "甲")
	p.adopt("甲", 1, "own")
	decided := false
	l, _ := p.longWorksIn(func(_ context.Context, _ *tenant.Tx, _ uuid.UUID, act string) error {
		if act != "recompute" {
			t.Errorf("the gate was asked about %s", act)
		}
		if decided {
			return errHeld
		}
		return nil
	})
	round := p.round(p.scheme(adoption("5", "10")), "一")
	must(p, recompute, ref{round.ID})
	p.adopt("甲", 1, "own")
	asked := must(p, l.recompute, ref{round.ID})
	before := must(p, findRound, round.ID)
	decided = true
	if err := progresstest.Drain(t, p.ctx, l.works.Feature())[asked.WorkID]; err != nil {
		t.Fatal(err)
	}
	if e := p.ended(asked.WorkID); e.State != progress.Failed || e.Code != errHeld.Code {
		t.Errorf("work = %+v, want it failed with %s", e, errHeld.Code)
	}
	if after := must(p, findRound, round.ID); after.Digest != before.Digest || after.Version != before.Version {
		t.Errorf("round = %+v, want it untouched: %+v", after, before)
	}
	decided = false
	again := must(p, l.recompute, ref{round.ID})
	if err := progresstest.Drain(t, p.ctx, l.works.Feature())[again.WorkID]; err != nil {
		t.Fatal(err)
	}
	if after := must(p, findRound, round.ID); after.Digest == before.Digest {
		t.Error("it was not worked out when it might be")
	}
}

// A round that follows does not overtake a meeting that decides while it is being
// worked out; what it had worked out by then is not taken for done.
func TestFollowingDoesNotOvertakeAGate(t *testing.T) {
	t.Parallel()
	for name, rolled := range map[string]bool{"large": true, "small": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, sc := busy(t)
			r := p.round(sc, "一")
			if rolled {
				p.roll(r)
			}
			must(p, recompute, ref{r.ID})
			asked, allowed := 0, 1<<30
			n := p.node(func(context.Context, *tenant.Tx, uuid.UUID, string) error {
				if asked++; asked > allowed {
					return errHeld
				}
				return nil
			})
			n.quiet("at first")
			r = must(p, findRound, r.ID)
			p.adopt("乙", 1, "upper")
			asked, allowed = 0, 1 // decided once the work has begun
			n.turn()
			if now := must(p, findRound, r.ID); now.Digest != r.Digest {
				t.Error("it was changed although a gate stood before it by then")
			}
			allowed = 1 << 30
			if !n.turn() {
				t.Error("what could not be done is forgotten")
			}
			p.follows(r, "allowed again")
		})
	}
}

// What fails is not hidden by another round that somebody else is at.
func TestABusyRoundHidesNoFailure(t *testing.T) {
	t.Parallel()
	p, sc := busy(t)
	large, broken := p.round(sc, "一"), p.round(sc, "二")
	p.roll(large)
	errTest := errors.New("broken")
	n := p.node(func(_ context.Context, _ *tenant.Tx, round uuid.UUID, _ string) error {
		if round == broken.ID {
			return errTest
		}
		return nil
	})
	must(p, recompute, ref{large.ID})
	must(p, recompute, ref{broken.ID})
	p.adopt("甲", 1, "own")
	ctx := tenant.As(context.Background(), tenant.Actor{Tenant: p.hq, Name: "system"})
	p.write(p.ctx, func(tx *tenant.Tx) error {
		_, err := tx.Exec(p.ctx, `select pg_advisory_xact_lock(hashtextextended(concat('assess.rollup ', app_tenant(), $1::text), 0))`, large.To[:4])
		if err != nil {
			return err
		}
		if err := n.rounds(ctx, p.db); !errors.Is(err, errTest) || isBusy(err) {
			t.Errorf("following = %v, want what is broken", err)
		}
		return nil
	})
	n.before = nil
	if err := n.rounds(ctx, p.db); err != nil {
		t.Error(err)
	}
}

// A broken rule panics in a goroutine of its own: that is an error of the round,
// and not the end of the program.
func TestAPanicIsAnError(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	r := p.round(p.scheme(adoption("5", "10")), "一")
	err := p.db.Read(p.ctx, func(tx *tenant.Tx) error {
		v, err := r.versionOf(p.ctx, tx)
		if err != nil {
			return err
		}
		w := begun(v, r.From, r.To, true)
		w.made[""][0] = breaking{}
		return (&rolling{v: v, year: r.To[:4]}).score(p.ctx, tx, w, nil)
	})
	if !errors.Is(err, errBroken) {
		t.Errorf("err = %v, want errBroken", err)
	}
}

type breaking struct{ rule.Rule }

func (breaking) Score([]Fact) []Line { panic("broken") }

// Two people dispute two lines of one unit at the same time, and one disputes a
// line while the round is worked out: the unit sees every line that is disputed,
// whoever was first.
func TestDisputesAtTheSameTime(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	p.known()
	p.adopt("甲", 2, "own")
	second := adoption("1", "2")
	second.Code, second.Name = "again", "再计"
	r := p.round(p.scheme(adoption("5", "10"), second), "一")
	must(p, recompute, ref{r.ID})
	must(p, show, showing{r.ID, "own"})
	disputed := func() (all []string) {
		for _, n := range p.now("甲") {
			for _, d := range n.Disputed {
				all = append(all, d.Rule)
			}
		}
		slices.Sort(all)
		return all
	}
	other := p.corrects(r, "甲", "1")
	other.Rule = "again"
	var later Adjustment
	p.during(func(tx *tenant.Tx) error {
		_, err := propose(p.ctx, tx, p.corrects(r, "甲", "5"))
		return err
	}, func() (err error) {
		later, err = do(p.ctx, p.db, propose, other)
		return err
	})
	if got := disputed(); !slices.Equal(got, []string{"adopted", "again"}) {
		t.Errorf("after two proposals disputed = %q, want both", got)
	}
	must(p.second(), reject, reasoned{later.ID, "没有重复"})
	if got := disputed(); !slices.Equal(got, []string{"adopted"}) {
		t.Errorf("after one was taken back disputed = %q", got)
	}
	p.adopt("甲", 1, "own")
	p.during(func(tx *tenant.Tx) error {
		_, err := propose(p.ctx, tx, other)
		return err
	}, func() error { return errOf(do(p.ctx, p.db, recompute, ref{r.ID})) })
	if got := disputed(); !slices.Equal(got, []string{"adopted", "again"}) {
		t.Errorf("worked out while it was proposed, disputed = %q, want both", got)
	}
}

// during does first in a transaction, and second in another one that begins
// while the first is not ended: it goes on until it waits for the first.
func (p *place) during(first func(*tenant.Tx) error, second func() error) {
	p.t.Helper()
	done := make(chan error, 1)
	p.write(p.ctx, func(tx *tenant.Tx) error {
		var pid int
		err := tx.Get(p.ctx, &pid, `select pg_backend_pid()`)
		if err == nil {
			err = first(tx)
		}
		if err != nil {
			return err
		}
		go func() { done <- second() }()
		for waits := false; !waits; {
			select {
			case err := <-done:
				p.t.Errorf("it did not wait: %v", err)
				done <- err
				return nil
			default:
			}
			if err := tenanttest.Admin(p.t).QueryRow(`select exists (select from pg_locks where not granted and $1 = any (pg_blocking_pids(pid)))`, pid).Scan(&waits); err != nil {
				return err
			}
		}
		return nil
	})
	if err := <-done; err != nil {
		p.t.Fatal(err)
	}
}
