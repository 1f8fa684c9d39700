package review

import (
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// notices are the codes a person was told, in order.
func (w *world) notices(ctx context.Context) (codes []string) {
	w.t.Helper()
	rows, err := tenanttest.Admin(w.t).Query(`select code from notices where tenant_id = $1 and member_id = $2 and code like 'review.%' order by id`, who(ctx).Tenant, who(ctx).Member)
	w.ok(err)
	defer rows.Close() //nolint:errcheck // only read
	for rows.Next() {
		var c string
		w.ok(rows.Scan(&c))
		codes = append(codes, c)
	}
	w.ok(rows.Err())
	return codes
}

// round runs the round of a tenant the way the queue does: twice, so that
// whatever is told twice shows.
func (w *world) rounds(of uuid.UUID) {
	w.t.Helper()
	ctx := tenant.As(context.Background(), tenant.Actor{Tenant: of, Name: "system", Request: "round"})
	for range 2 {
		w.ok(remind(ctx, w.db))
	}
}

func (w *world) may(ctx context.Context, p rbac.Permission) {
	w.t.Helper()
	w.write(ctx, func(tx *tenant.Tx) error {
		_, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: who(ctx).Member, Permission: p})
		return err
	})
}

// People are told once what they are called to do, that it is soon due, and who
// leads them when it is overdue (standards 5.4: reminders before, escalation
// after).
func TestReminding(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.may(w.boss, Manage)
	w.may(w.one, Fill)
	leader := w.member(w.units["甲局"].ID, "局长", uuid.Nil)
	w.write(leader, func(tx *tenant.Tx) error {
		id := tenant.NewID()
		if _, err := tx.Exec(leader, `insert into departments (id, path, name, kind) values ($1, array[$1]::uuid[], '局领导', 'leaders')`, id); err != nil {
			return err
		}
		_, err := tx.Exec(leader, `insert into posts (id, member_id, department_id, title, head) values ($1, $2, $3, '局长', true)`, tenant.NewID(), who(leader).Member, id)
		return err
	})
	planner := w.member(w.hq, "规划处的人", w.units["规划处"].ID)
	c := w.called()
	w.late(c, day(60), day(80))
	bureau := w.units["甲局"].ID
	w.rounds(bureau)
	w.rounds(w.hq)
	w.late(c, day(1), day(80))
	w.rounds(bureau)
	w.late(c, day(-1), day(80))
	w.rounds(bureau)
	w.rounds(w.hq)
	if got, want := w.notices(w.one), []string{"review.form_asked", "review.form_due", "review.form_overdue"}; !slices.Equal(got, want) {
		t.Errorf("the unit is told %v, want %v", got, want)
	}
	if got, want := w.notices(leader), []string{"review.form_overdue"}; !slices.Equal(got, want) {
		t.Errorf("who leads it is told %v, want %v", got, want)
	}
	if got, want := w.notices(planner), []string{"review.form_asked", "review.form_overdue"}; !slices.Equal(got, want) {
		t.Errorf("the department is told %v, want %v", got, want)
	}
	if got := w.notices(w.boss); !slices.Equal(got, []string{"review.unit_overdue", "review.unit_overdue", "review.unit_overdue"}) {
		t.Errorf("who manages it is told %v, want each unit once", got)
	}

	p := w.assigned(c, w.a, w.b)
	must(w, w.boss, w.calls.start, act{c.ID, p.Version})
	w.late(c, day(-2), day(0))
	w.rounds(w.hq)
	w.late(c, day(-2), day(-1))
	w.rounds(w.hq)
	if got, want := w.notices(w.a), []string{"review.queue", "review.queue_due", "review.queue_overdue"}; !slices.Equal(got, want) {
		t.Errorf("who reviews is told %v, want %v", got, want)
	}
	late := slices.DeleteFunc(w.notices(w.boss), func(c string) bool { return c != "review.assessor_overdue" })
	if len(late) != 2 {
		t.Errorf("who manages it is told of %d people who are late, want 2", len(late))
	}
}

// Who is asked to rate is told, and no more once they have answered.
func TestRemindingRaters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.may(w.one, Submit)
	must(w, w.boss, ask, w.asks())
	must(w, w.a, vote, w.ballot(w.ticket(w.a), map[string]string{"甲局": "90", "乙局": "80", "规划处": "70"}))
	w.rounds(w.hq)
	w.rounds(w.units["甲局"].ID)
	if got := w.notices(w.a); len(got) != 0 {
		t.Errorf("who has answered is told %v", got)
	}
	want := []string{"review.ballot_asked", "review.ballot_due"}
	if got := w.notices(w.b); !slices.Equal(got, want) {
		t.Errorf("the other is told %v, want %v", got, want)
	}
	if got := w.notices(w.one); !slices.Equal(got, want) {
		t.Errorf("the unit is told %v, want %v", got, want)
	}
}
