package approval

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// node opens a pool of its own, as another node of the server has.
func node(t *testing.T) *tenant.DB {
	t.Helper()
	db, err := tenant.Open(context.Background(), tenanttest.URL(t, "hetu_app"), tenant.Limits{Conns: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// atOnce runs every fn at the same moment and returns what each answered.
func atOnce(fns ...func() error) []error {
	errs := make([]error, len(fns))
	var ready, done sync.WaitGroup
	ready.Add(len(fns))
	for i, fn := range fns {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			errs[i] = fn()
		})
	}
	done.Wait()
	return errs
}

// winners counts who won, and holds every loser to a Conflict.
func winners(t *testing.T, errs []error) (n int) {
	t.Helper()
	for _, err := range errs {
		switch {
		case err == nil:
			n++
		case fault.Of(err).Kind != fault.Conflict:
			t.Errorf("a loser got %v, want a Conflict", err)
		}
	}
	return n
}

// WF-01: 100 tasks, two nodes, eight clients each, all deciding the same task
// at once: one decision, one opinion, one audit row, one deed, one next task.
func TestWF01OneDecisionPerTask(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	nodes := []*tenant.DB{node(t), node(t)}
	const tasks = 100
	cases := make([]Case, tasks)
	for i := range cases {
		cases[i] = o.start(o.paper(), o.step(Any, 0), o.step(Any, 1))
	}
	p := o.people[0]
	for _, c := range cases {
		id := o.task(c, 0)
		var clients []func() error
		for i := range 16 {
			clients = append(clients, func() error {
				return nodes[i%2].Write(p.ctx, func(tx *tenant.Tx) (err error) {
					if i < 8 {
						_, err = o.engine.approve(p.ctx, tx, approval{ID: id, Checks: yes, ContentHash: "h1"})
					} else {
						_, err = o.engine.giveBack(p.ctx, tx, giving{id, "wording", "请修改"})
					}
					return err
				})
			})
		}
		rand.Shuffle(len(clients), func(i, j int) { clients[i], clients[j] = clients[j], clients[i] })
		if n := winners(t, atOnce(clients...)); n != 1 {
			t.Fatalf("%d of 16 decided one task", n)
		}
		now := o.find(c)
		next := o.count(`select count(*) from approval_tasks where case_id = $1 and step = 2`, c.ID)
		if (now.State == Open) != (next == 1) || next > 1 {
			t.Errorf("case is %s with %d next tasks", now.State, next)
		}
	}
	for what, query := range map[string]string{
		"decided tasks": `select count(*) from approval_tasks where state = 'decided'`,
		"events":        `select count(*) from approval_events where action in ('approve', 'return')`,
		"audit rows":    `select count(*) from audit_entries where action in ('approval.approved', 'approval.returned')`,
		"deeds":         `select count(*) from deeds where kind = 'approval.decided'`,
	} {
		if n := o.count(query); n != tasks {
			t.Errorf("%d %s, want %d", n, what, tasks)
		}
	}
}

// WF-10: five people of a countersign vote at once, and one of them a hundred
// times: each vote counts once and the next step is made once.
func TestWF10Countersign(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 6)
	for range 10 {
		c := o.start(o.paper(), o.step(All, 0, 1, 2, 3, 4), o.step(Any, 5))
		var votes []func() error
		for i := range 5 {
			id := o.task(c, i)
			votes = append(votes, func() error { return o.approve(i, id) })
		}
		if n := winners(t, atOnce(votes...)); n != 5 {
			t.Errorf("%d of 5 votes counted", n)
		}
		now := o.find(c)
		if next := o.count(`select count(*) from approval_tasks where case_id = $1 and step = 2`, c.ID); now.Step != 2 || next != 1 {
			t.Errorf("after five votes: step %d, %d next tasks", now.Step, next)
		}
	}
	c := o.start(o.paper(), o.step(All, 0, 1), o.step(Any, 5))
	id := o.task(c, 0)
	again := make([]func() error, 100)
	for i := range again {
		again[i] = func() error { return o.approve(0, id) }
	}
	if n := winners(t, atOnce(again...)); n != 1 {
		t.Errorf("%d of 100 votes of one person counted", n)
	}
	if now := o.find(c); now.Step != 1 || now.State != Open {
		t.Errorf("one of two has voted: step %d, %s", now.Step, now.State)
	}
}

// Any of several may decide, and one does.
func TestAnyOfSeveralAtOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 6)
	for range 20 {
		c := o.start(o.paper(), o.step(Any, 0, 1, 2, 3, 4), o.step(Any, 5))
		var votes []func() error
		for i := range 5 {
			id := o.task(c, i)
			votes = append(votes, func() error { return o.approve(i, id) })
		}
		if n := winners(t, atOnce(votes...)); n != 1 {
			t.Errorf("%d of 5 decided", n)
		}
		if now := o.find(c); now.Step != 2 {
			t.Errorf("step %d, want 2", now.Step)
		}
	}
}

// A withdrawal, an edit and an approval at the same moment: one order, and the
// feature is told of the end once.
func TestWithdrawVoidAndApproveAtOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	ends := map[State]int{}
	for range 60 {
		paper := o.paper()
		c := o.start(paper, o.step(Any, 0))
		id := o.task(c, 0)
		errs := atOnce(
			func() error { return o.approve(0, id) },
			func() error { return o.withdraw(o.author, c) },
			func() error { return o.void(paper) },
		)
		if n := winners(t, errs[:2]); n > 1 {
			t.Errorf("%d of approve and withdraw succeeded", n)
		}
		if errs[2] != nil {
			t.Errorf("void = %v", errs[2])
		}
		now := o.find(c)
		ends[now.State]++
		if now.State != Void && now.State != Withdrawn {
			t.Errorf("the case is %s after its content changed", now.State)
		}
		told := o.count(`select count(*) from audit_entries where action = 'test.decided' and object = $1`, "test/paper/"+paper.String())
		if ended := errs[0] == nil || errs[1] == nil; ended != (told == 1) || told > 1 {
			t.Errorf("the feature was told %d times; approve %v, withdraw %v", told, errs[0], errs[1])
		}
	}
	if len(ends) == 1 {
		t.Logf("only one order was seen: %v", ends)
	}
}

// A subject is in one case at a time, however many submit it.
func TestStartAtOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	paper := o.paper()
	fns := make([]func() error, 8)
	for i := range fns {
		fns[i] = func() error {
			return o.try(o.author, func(ctx context.Context, tx *tenant.Tx) error {
				_, err := o.engine.Start(ctx, tx, o.submission(paper, o.step(Any, 0)))
				return err
			})
		}
	}
	if n := winners(t, atOnce(fns...)); n != 1 {
		t.Errorf("%d of 8 started", n)
	}
}

// Whatever people try in whatever order, the row of a case says what its events
// add up to, and what the table does not allow does not happen.
func TestRandomWalk(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 4)
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	for range 40 {
		paper := o.paper()
		c := o.start(paper, o.step(Any, 0, 1), o.step(All, 1, 2, 3), o.step(Any, 0, 1, 2, 3))
		for range 8 {
			before := o.find(c)
			person := r.IntN(4)
			id := o.task(c, person)
			var err error
			switch r.IntN(8) {
			case 0:
				err = o.withdraw(o.author, c)
			case 1:
				err = o.void(paper)
			case 2:
				err = o.giveBack(person, orNew(id))
			default:
				err = o.approve(person, orNew(id))
			}
			after := o.find(c)
			if err != nil && (after.State != before.State || after.Step != before.Step) {
				t.Errorf("seed %d: %v, and the case went from %s to %s", seed, err, before.State, after.State)
			}
			if f := fault.Of(err); err != nil && f.Kind == fault.Internal {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if before.State != Open && after.State != before.State && after.State != Void {
				t.Errorf("seed %d: a case that was %s became %s", seed, before.State, after.State)
			}
		}
	}
	n := o.count(`
		select count(*) from (
		  select from approval_events where action = 'approve' group by case_id, member_id having count(*) > 1) as twice`)
	if n != 0 {
		t.Errorf("seed %d: %d people approved two steps of one case", seed, n)
	}
}

func orNew(id uuid.UUID) uuid.UUID {
	if id == uuid.Nil {
		return tenant.NewID()
	}
	return id
}

// The feature whose kind it is can refuse: then nothing has happened.
func TestDecidedCanRefuse(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	c := o.start(o.paper(), o.step(Any, 0))
	id := o.task(c, 0)
	o.refuse = errors.New("boom")
	if err := o.approve(0, id); !errors.Is(err, o.refuse) {
		t.Fatalf("approve = %v, want the feature's refusal", err)
	}
	if now := o.find(c); now.State != Open || o.task(c, 0) != id {
		t.Errorf("after a refusal the case is %s", now.State)
	}
	o.refuse = nil
	if err := o.approve(0, id); err != nil {
		t.Errorf("approve again = %v", err)
	}
}
