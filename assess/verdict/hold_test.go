package verdict

import (
	"context"
	"testing"

	"hetu/assess"
	"hetu/calendar"
	"hetu/tenant"
)

// hasty does fn in a transaction that waits for nobody who is at the same round.
func (w *world) hasty(ctx context.Context, fn func(*tenant.Tx) error) error {
	return w.db.Write(ctx, func(tx *tenant.Tx) error {
		if _, err := tx.Exec(ctx, `set local lock_timeout = '100ms'`); err != nil {
			return err
		}
		return fn(tx)
	})
}

// A meeting decides on a result in which everything is that two people decided.
func TestWhatWasConfirmedIsWorkedOutBeforeTheDecision(t *testing.T) {
	t.Parallel()
	w := over(t, three()...)
	must(w.boss, w, w.v.propose, gradingIn{ID: w.round})
	w.write(w.boss, func(tx *tenant.Tx) error {
		_, err := assess.Correct(w.boss, tx, assess.Correcting{Round: w.round, Unit: w.units["甲局"].ID, Rule: "party", To: num("30"), Reason: "多计", Href: "/x"})
		return err
	})
	refused(w.chair, w, "while it waits for a second person", w.v.decision, w.decides(), assess.ErrUndecided, "")
	w.sql(`update assess_adjustments set state = 'confirmed', deed_id = $2, decided_id = $2, decided_account = $2, decided_at = now() where round_id = $1`, w.round, tenant.NewID())
	refused(w.chair, w, "before it is worked out", w.v.decision, w.decides(), assess.ErrNotComputed, "")
	for _, a := range w.page().Acts {
		if a.Act == decide && a.Code != assess.ErrNotComputed.Code {
			t.Errorf("the page says %+v", a)
		}
	}
	w.scored(got{"甲局", "85", "30", "2"}, three()[1], three()[2])
	refused(w.chair, w, "on grades from before", w.v.decision, w.decides(), ErrGradingOld, "")
	must(w.boss, w, w.v.propose, gradingIn{ID: w.round})
	must(w.chair, w, w.v.decision, w.decides())
}

// Whoever publishes on a decision that is being annulled waits, and is refused.
func TestNobodyPublishesPastAnAnnulment(t *testing.T) {
	t.Parallel()
	w := over(t, three()...)
	must(w.boss, w, w.v.propose, gradingIn{ID: w.round})
	must(w.chair, w, w.v.decision, w.decides())
	w.write(w.chair, func(tx *tenant.Tx) error {
		if _, err := w.v.annul(w.chair, tx, annulIn{w.round, "笔误"}); err != nil {
			return err
		}
		if err := w.hasty(w.boss, func(tx *tenant.Tx) error { return Gate(w.boss, tx, w.round, "publish") }); err == nil {
			t.Error("it was published on a decision that was being annulled")
		}
		return nil
	})
	w.gated("annulled", "publish", ErrUndecided)
}

// What a notice shows is the result it names: meanwhile nobody changes that.
func TestANoticeHoldsTheRound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, three()...)
	w.set()
	w.wide()
	w.write(w.boss, func(tx *tenant.Tx) error {
		if _, err := w.v.openNotice(w.boss, tx, ref{w.round}); err != nil {
			return err
		}
		if err := w.hasty(w.boss, func(tx *tenant.Tx) error {
			_, err := tx.Exec(w.boss, `update assess_rounds set digest = 'other' where id = $1`, w.round)
			return err
		}); err == nil {
			t.Error("the round was worked out while its result was being shown")
		}
		return nil
	})
}

// Who was allowed to appeal late still may: grades and the decision wait for that.
func TestALateAppealIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := over(t, three()...)
	must(w.boss, w, w.v.propose, gradingIn{ID: w.round})
	until, _ := calendar.Default().AddWorkdays(calendar.DateOf(w.now()), 3)
	unit := w.units["甲局"].ID
	must(w.second, w, w.v.permit, permitIn{ID: w.round, Step: appeal, Unit: &unit, Until: until.String(), Reason: "通信中断"})
	refused(w.boss, w, "grading", w.v.propose, gradingIn{ID: w.round}, ErrNoticeOpen, "")
	refused(w.chair, w, "deciding", w.v.decision, w.decides(), ErrNoticeOpen, "")
	w.later(10)
	must(w.chair, w, w.v.decision, w.decides())
}
