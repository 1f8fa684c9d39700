package review

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// hasty does fn in a transaction that waits for nobody.
func (w *world) hasty(ctx context.Context, fn func(*tenant.Tx) error) error {
	return w.db.Write(ctx, func(tx *tenant.Tx) error {
		if _, err := tx.Exec(ctx, `set local lock_timeout = '100ms'`); err != nil {
			return err
		}
		return fn(tx)
	})
}

// AS-04: a self-assessment is not sent back past somebody who is just giving
// points for it.
func TestScoringWhileItIsSentBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.begun("10")
	u := w.row(p.Call, "甲局")
	back := sendBack{ID: u.ID, Version: u.Version, Reason: "缺材料", Until: day(5)}
	w.write(w.a, func(tx *tenant.Tx) error {
		if _, err := score(w.a, tx, newScore{ID: u.ID, Code: "adopted", Points: amount("10")}); err != nil {
			return err
		}
		if err := w.hasty(w.boss, func(tx *tenant.Tx) error { _, err := giveBack(w.boss, tx, back); return err }); err == nil {
			t.Error("it was sent back while points were given for it")
		}
		return nil
	})
	refused(w, "sent back after", w.boss, giveBack, back, ErrScored, "")
}

// Nobody is replaced who is just giving points.
func TestScoringWhileOthersAreAssigned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.begun("10")
	c := w.member(w.hq, "复核丙", w.units["复核处"].ID)
	in := assignment{ID: p.ID, Codes: both, Version: p.Version, Members: []uuid.UUID{who(w.b).Member, who(c).Member}}
	ended := make(chan error, 1)
	w.write(w.a, func(tx *tenant.Tx) error {
		if _, err := score(w.a, tx, newScore{ID: w.row(p.Call, "甲局").ID, Code: "adopted", Points: amount("10")}); err != nil {
			return err
		}
		go func() {
			_, err := do(w, w.boss, assign, in)
			ended <- err
		}()
		for waits := false; !waits; { // until the other is in its way, or has not waited
			select {
			case err := <-ended:
				ended <- err
				waits = true
			default:
				w.ok(tenanttest.Admin(t).QueryRow(`
					select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%review_calls%')`).Scan(&waits))
			}
		}
		return nil
	})
	if err := <-ended; !errors.Is(err, ErrScored) {
		t.Errorf("assigning others = %v, want ErrScored", err)
	}
}

// What is being written is sent as it is then, or not at all: nobody is told
// that something was sent that was not.
func TestSubmittingWhileItIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.called()
	f := must(w, w.one, save, w.answered(c, "9"))
	more := w.answered(c, "8")
	more.Version = f.Version
	w.write(w.one, func(tx *tenant.Tx) error {
		if _, err := save(w.one, tx, more); err != nil {
			return err
		}
		if err := w.hasty(w.one, func(tx *tenant.Tx) error { _, err := submit(w.one, tx, sending{f.ID, f.Version}); return err }); err == nil {
			t.Error("what had just been overwritten was sent")
		}
		return nil
	})
	refused(w, "what was overwritten", w.one, submit, sending{f.ID, f.Version}, ErrStale, "")
	must(w, w.one, submit, sending{f.ID, f.Version + 1})
}
