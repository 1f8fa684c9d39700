package approval

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"hetu/tenant"
)

// pass hands what waits for one person to another, as the system does, and
// returns how many tasks went.
func (o *office) pass(from, to int) (n int) {
	o.t.Helper()
	o.must(o.author, func(ctx context.Context, tx *tenant.Tx) (err error) {
		n, err = o.engine.PassOn(ctx, tx, o.people[from].a.Member, o.people[to].a.Member)
		return err
	})
	return n
}

// What waits for somebody goes to their successor, who stands in their place in
// the steps ahead too; what the successor may not decide stays (R231).
func TestPassOn(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 5)
	one := o.start(o.paper(), o.step(Any, 0), o.step(Any, 0, 2)) // two, when 0 has decided the first
	due := o.count(`select count(*) from approval_tasks where case_id = $1 and state = 'open'`, one.ID)
	if n := o.pass(0, 1); n != 1 || due != 1 {
		t.Fatalf("%d of %d went", n, due)
	}
	if o.task(one, 0) != uuid.Nil || o.task(one, 1) == uuid.Nil {
		t.Error("the task is still the other's")
	}
	if n := o.count(`
		select count(*) from approval_tasks a join approval_tasks b on b.case_id = a.case_id and b.step = a.step
		 where a.case_id = $1 and a.member_id = $2 and b.member_id = $3 and b.due_at = a.due_at and b.arrived_at = a.arrived_at`,
		one.ID, o.people[0].a.Member, o.people[1].a.Member); n != 1 {
		t.Error("the successor has other times than the one before")
	}
	if n := o.notices(o.people[1], "approval.task_passed"); n != 1 {
		t.Errorf("%d notices", n)
	}
	o.find(one)
	if err := o.approve(1, o.task(one, 1)); err != nil {
		t.Fatal(err)
	}
	if now := o.find(one); now.Step != 2 || o.task(one, 2) == uuid.Nil {
		t.Errorf("the case stands at %d", now.Step)
	}
	if n := o.pass(2, 1); n != 0 {
		t.Error("one person got two steps of a case")
	}
}

// A countersignature counts who is asked after a hand-over, and each once.
func TestPassOnOfACountersignature(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 4)
	c := o.start(o.paper(), o.step(All, 0, 1))
	if n := o.pass(0, 1); n != 1 { // is asked already
		t.Fatalf("%d went", n)
	}
	o.find(c)
	if err := o.approve(1, o.task(c, 1)); err != nil {
		t.Fatal(err)
	}
	if now := o.find(c); now.State != Approved {
		t.Errorf("the case is %s: it waits for somebody who has left", now.State)
	}
}

// Back and forth, to the author, to who has approved, and to nobody.
func TestPassOnRefused(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 3)
	c := o.start(o.paper(), o.step(Any, 0))
	if a, b := o.pass(0, 1), o.pass(1, 0); a != 1 || b != 1 || o.task(c, 0) == uuid.Nil {
		t.Errorf("there %d, back %d", a, b)
	}
	o.find(c)
	o.people = append(o.people, o.author)
	if n := o.pass(0, 3); n != 0 {
		t.Error("the author got their own work (R007)")
	}
	o.must(o.author, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `update members set state = 'left' where id = $1`, o.people[2].a.Member)
		return err
	})
	if n := o.pass(0, 2); n != 0 {
		t.Error("somebody who has left got a task")
	}
	o.find(c)
}
