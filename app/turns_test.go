package app_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"hetu/app"
	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
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
			_, err := turns.Take(t.Context(), mine, uuid.Nil)
			if f := fault.Of(err); f.Kind != fault.Unavailable || f.Code != "request.busy" || f.Meta["retry_after"] != 30 {
				t.Errorf("%s = %v, want request.busy that says when to come back", what, err)
			}
		}
		take := func(tenant uuid.UUID) func() {
			t.Helper()
			back, err := turns.Take(t.Context(), tenant, uuid.Nil)
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

// DO-02: however much one of a tenant's people asks for at a time, a colleague who
// comes later has the next turn, and finds a place to wait.
func TestTurnsAreShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turns := &app.Turns{Most: 2, Waiting: 8, Patience: 30 * time.Second}
		tenant, greedy, one, other := uuid.New(), uuid.New(), uuid.New(), uuid.New()
		let := make(chan string, 16)
		var backs []func()
		ask := func(name string, who uuid.UUID) {
			t.Helper()
			go func() {
				back, err := turns.Take(t.Context(), tenant, who)
				if err != nil {
					let <- name + " refused"
					return
				}
				backs = append(backs, back)
				let <- name
			}()
			synctest.Wait()
		}
		came := func(want ...string) {
			t.Helper()
			synctest.Wait()
			for _, w := range want {
				select {
				case got := <-let:
					if got != w {
						t.Errorf("%s came, want %s", got, w)
					}
				default:
					t.Errorf("nobody came, want %s", w)
				}
			}
			if len(let) > 0 {
				t.Errorf("%s came as well", <-let)
			}
		}
		back := func(i int) { backs[i](); synctest.Wait() }
		for range 8 {
			ask("greedy", greedy)
		}
		came("greedy", "greedy") // six wait, as many as may
		ask("greedy", greedy)
		came("greedy refused")
		ask("one", one)
		ask("other", other)
		came()
		ask("third", uuid.New())
		came("third refused") // eight wait
		back(0)
		came("one")
		back(1)
		came("greedy") // it has none now, and came first
		back(2)
		came("other")
		back(3)
		came("greedy") // nobody else is left
	})
}

// Without a number nobody is held back.
func TestNoTurns(t *testing.T) {
	t.Parallel()
	for _, turns := range []*app.Turns{nil, {}} {
		for range 100 {
			if _, err := turns.Take(t.Context(), uuid.Nil, uuid.Nil); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// DO-04: a package that is put together in memory waits for its turn like a list
// as a workbook, and those who look meanwhile do not.
func TestPackagesTakeTurns(t *testing.T) {
	t.Parallel()
	begun, goes := make(chan struct{}), make(chan struct{})
	heavy := feature.Feature{Name: "heavy", Routes: []feature.Route{
		feature.GET("/heavy/records", rbac.Member, feature.Deliver(func(context.Context, *tenant.DB, feature.None) (feature.Content, error) {
			close(begun) // a second one would panic
			<-goes
			return feature.Made("records.zip", "application/zip", []byte("records")), nil
		})),
	}}
	s := probeSite(t, func(p *app.Parts) {
		p.Features, p.Exports = append(p.Features, heavy), &app.Turns{Most: 1, Waiting: 0, Patience: time.Second}
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.do(t, call{"member", "GET /api/heavy/records", ``, nil, 200, `records`})
	}()
	<-begun
	s.do(t, call{"writer", "GET /api/heavy/records", ``, nil, 503, `request.busy`})
	s.do(t, call{"writer", "GET /api/probe/things", ``, nil, 200, `"n":`})
	close(goes)
	<-done
}
