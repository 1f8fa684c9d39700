package approval

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"hetu/tenant"
)

// UI6: what comes back after a return or a withdrawal shows what was said
// before: every earlier case of the subject, oldest first, and nothing of a
// later one or of another subject.
func TestRounds(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 3)
	paper := o.paper()
	first := o.start(paper, o.step(Any, 0), o.step(Any, 1))
	firstTask := o.task(first, 0)
	wantErr(t, o.approve(0, firstTask), nil)
	wantErr(t, o.giveBack(1, o.task(first, 1)), nil)
	second := o.start(paper, o.step(Any, 0, 1))
	wantErr(t, o.withdraw(o.author, second), nil)
	third := o.start(paper, o.step(Any, 2))
	o.start(o.paper(), o.step(Any, 2)) // another subject's

	id := o.task(third, 2)
	page := func(ctx context.Context, tx *tenant.Tx) (CasePage, error) {
		p, err := o.engine.taskPage(ctx, tx, ref{id})
		return p.Case, err
	}
	check := func(name string, p CasePage) {
		t.Helper()
		if p.Round != 3 || len(p.Earlier) != 2 {
			t.Fatalf("%s: round %d after %d", name, p.Round, len(p.Earlier))
		}
		one, two := p.Earlier[0], p.Earlier[1]
		if one.Round != 1 || one.CaseID != first.ID || one.State != Returned || one.EndedAt == nil || len(one.Events) != 3 {
			t.Errorf("%s: round 1 = %+v", name, one)
		}
		back := one.Events[2]
		if back.Action != "return" || back.By.Name != "乙君" || back.Opinion != "标题不通顺" || back.Reason != "wording" || back.At.IsZero() {
			t.Errorf("%s: the return reads %+v", name, back)
		}
		if two.Round != 2 || two.CaseID != second.ID || two.State != Withdrawn || len(two.Events) != 2 || two.Events[1].By.Name != "作者" {
			t.Errorf("%s: round 2 = %+v", name, two)
		}
	}
	o.must(o.people[2], func(ctx context.Context, tx *tenant.Tx) error {
		p, err := page(ctx, tx)
		if err == nil {
			check("the reviewer's task", p)
		}
		return err
	})
	o.must(o.author, func(ctx context.Context, tx *tenant.Tx) error {
		p, err := o.engine.showCase(ctx, tx, ref{third.ID})
		if err == nil {
			check("the starter's case", p)
		}
		return err
	})
	o.must(o.people[2], func(ctx context.Context, tx *tenant.Tx) error {
		p, err := o.engine.approve(ctx, tx, approval{ID: id, Checks: yes, ContentHash: "h1"})
		if err == nil {
			check("the answer to a decision", p.Case)
		}
		return err
	})
	o.must(o.people[0], func(ctx context.Context, tx *tenant.Tx) error {
		p, err := o.engine.taskPage(ctx, tx, ref{firstTask})
		if p.Case.Round != 1 || p.Case.Earlier == nil || len(p.Case.Earlier) != 0 {
			t.Errorf("the first round shows %d earlier ones", len(p.Case.Earlier))
		}
		_, none := o.engine.showCase(ctx, tx, ref{third.ID})
		wantErr(t, none, ErrCaseNotFound)
		return err
	})
}

// Judged finds what somebody last decided on; who was only asked has decided on
// nothing, and another tenant's subject does not exist.
func TestJudged(t *testing.T) {
	t.Parallel()
	o, elsewhere := newOffice(t, 2), newOffice(t, 1)
	paper := o.paper()
	judged := func(d desk, subject uuid.UUID) (hash string, id uuid.UUID, err error) {
		err = o.try(d, func(ctx context.Context, tx *tenant.Tx) (err error) {
			hash, id, err = o.engine.Judged(ctx, tx, "test.paper", subject)
			return err
		})
		return hash, id, err
	}
	c := o.start(paper, o.step(Any, 0, 1))
	_, _, err := judged(o.people[0], paper)
	wantErr(t, err, ErrCaseNotFound)
	wantErr(t, o.giveBack(0, o.task(c, 0)), nil)
	_, _, err = judged(elsewhere.people[0], paper)
	wantErr(t, err, ErrCaseNotFound)
	_, _, err = judged(o.people[1], paper)
	wantErr(t, err, ErrCaseNotFound)
	hash, id, err := judged(o.people[0], paper)
	if err != nil || hash != "h1" || id != c.ID {
		t.Errorf("judged %s of %s, %v", hash, id, err)
	}
}
