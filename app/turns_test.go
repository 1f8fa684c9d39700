package app_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"hetu/app"
	"hetu/fault"
)

// DO-04, F17: of one tenant's requests some are worked on, some wait, and the
// others are told when to come back; another tenant does not notice.
func TestTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turns := &app.Turns{Most: 2, Waiting: 1, Patience: 30 * time.Second}
		mine, another := uuid.New(), uuid.New()
		refused := func(what string) {
			t.Helper()
			_, err := turns.Take(t.Context(), mine)
			if f := fault.Of(err); f.Kind != fault.Unavailable || f.Code != "request.busy" || f.Meta["retry_after"] != 30 {
				t.Errorf("%s = %v, want request.busy that says when to come back", what, err)
			}
		}
		take := func(tenant uuid.UUID) func() {
			t.Helper()
			back, err := turns.Take(t.Context(), tenant)
			if err != nil {
				t.Fatal(err)
			}
			return back
		}
		first, second := take(mine), take(mine)
		var third func()
		go func() { third = take(mine) }()
		synctest.Wait()
		if third != nil {
			t.Fatal("three at a time, where two are let in")
		}
		refused("one more than may wait")
		take(another)()
		first()
		synctest.Wait()
		if third == nil {
			t.Fatal("nobody let in who waited")
		}
		began := time.Now()
		refused("one who waited too long")
		if waited := time.Since(began); waited != turns.Patience {
			t.Errorf("waited %v, want %v", waited, turns.Patience)
		}
		second()
		third()
		take(mine)()
		take(mine)()
		take(mine)() // no turn was lost on the way
	})
}

// Without a number nobody is held back.
func TestNoTurns(t *testing.T) {
	t.Parallel()
	for _, turns := range []*app.Turns{nil, {}} {
		for range 100 {
			if _, err := turns.Take(t.Context(), uuid.Nil); err != nil {
				t.Fatal(err)
			}
		}
	}
}
