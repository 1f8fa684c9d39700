package target

import (
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/tenant"
)

// watches runs the round of a tenant twice.
func (w *world) watches(of uuid.UUID) {
	w.t.Helper()
	ctx := tenant.As(context.Background(), tenant.Actor{Tenant: of, Name: "system", Request: "job:target.watch"})
	for range 2 {
		if err := watch(ctx, w.db); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) notices(to person) (codes []string) {
	w.t.Helper()
	err := w.db.Read(to, func(tx *tenant.Tx) error {
		return tx.Select(to, &codes, `select code from notices where member_id = $1 order by id`, to.Member)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return codes
}

// People are told once of what concerns them: what is issued, what was answered,
// what is due within a week, and what did not come; the last two sides up.
func TestWatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.issued("亮灯督办")
	w.watches(w.unit)
	if got := w.notices(w.chief); !slices.Equal(got, []string{"target.issued"}) {
		t.Errorf("the chief is told %v", got)
	}
	must(w, w.chief, accept, acceptance{ID: p.ID, Revision: 1, Crew: Crew{LeaderID: &w.chief.Member, DepartmentID: &w.flood.dept, ReporterID: &w.clerk.Member}})
	w.watches(w.hq)
	if got := w.notices(w.setter); !slices.Equal(got, []string{"target.accepted"}) {
		t.Errorf("the setter is told %v", got)
	}
	full := must(w, w.chief, show, ref{p.ID})
	first := w.overdue(full, -8)
	before := len(w.notices(w.clerk))
	w.watches(w.unit)
	if got := w.notices(w.clerk); len(got) != before {
		t.Errorf("eight days before, the reporter is told %v", got)
	}
	w.overdue(full, -7)
	w.watches(w.unit)
	if got := w.notices(w.clerk); !slices.Equal(got, []string{"target.due"}) {
		t.Errorf("seven days before, the reporter is told %v", got)
	}
	w.overdue(full, 0)
	w.watches(w.unit)
	if n := w.count(`select count(*) from target_dues where missed_at is not null and target_id = $1`, p.ID); n != 0 {
		t.Error("missed on the very day it is due")
	}
	w.overdue(full, 1)
	w.watches(w.hq) // before the unit has noticed, nobody above is told
	w.watches(w.unit)
	w.watches(w.hq)
	for _, tt := range []struct {
		who  person
		want []string
	}{
		{w.clerk, []string{"target.due", "target.missed"}},
		{w.chief, []string{"target.issued", "target.missed"}},
		{w.deputy, []string{"target.escalated"}},
		{w.setter, []string{"target.accepted"}},
		{w.flood, nil},
	} {
		if got := w.notices(tt.who); !slices.Equal(got, tt.want) {
			t.Errorf("%s is told %v, want %v", tt.who.Name, got, tt.want)
		}
	}
	if n := w.count(`select count(*) from deeds where tenant_id = $1 and kind = $2 and n = 1 and level = 'upper' and member_id = $3`, w.unit, Missed, w.clerk.Member); n != 1 {
		t.Errorf("%d deeds of missing it, want 1", n)
	}
	must(w, w.setter, permit, newPermit{p.ID, first, w.today.String(), "允许补报"})
	must(w, w.clerk, report, newReport{ID: p.ID, Period: first, Value: some2("9"), Text: "补报"})
	if got := must(w, w.setter, show, ref{p.ID}); got.Missed != 0 || !got.Periods[0].Late || got.Periods[0].ExcusedAt == nil {
		t.Errorf("what was permitted afterwards still counts as missed: %+v", got.Periods[0])
	}
}

// What is issued is answered within five working days: after three whoever is to
// answer is reminded, after five who issued it and its leader are told.
func TestAnswerIsUrged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.issued("等待签收")
	if p.Until == nil || *p.Until <= w.today.String() {
		t.Fatalf("to be answered by %v", p.Until)
	}
	ago := func(workdays int) {
		day, _ := calendar.Default().AddWorkdays(w.today, -workdays)
		w.admin(`update target_issues set at = $2 where target_id = $1`, p.ID, day.At(12*60))
		w.watches(w.unit)
		w.watches(w.hq)
	}
	for _, tt := range []struct {
		days                  int
		chief, setter, deputy []string
	}{
		{2, []string{"target.issued"}, nil, nil},
		{3, []string{"target.issued", "target.answer_due"}, nil, nil},
		{5, []string{"target.issued", "target.answer_due"}, nil, nil},
		{6, []string{"target.issued", "target.answer_due"}, []string{"target.unanswered"}, []string{"target.unanswered"}},
	} {
		ago(tt.days)
		if c, s, d := w.notices(w.chief), w.notices(w.setter), w.notices(w.deputy); !slices.Equal(c, tt.chief) || !slices.Equal(s, tt.setter) || !slices.Equal(d, tt.deputy) {
			t.Errorf("after %d working days they are told %v, %v, %v", tt.days, c, s, d)
		}
	}
}

// What may be late is not missed yet, and what was withdrawn owes nothing.
func TestNotMissed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.taken("允许")
	first := w.overdue(p, 1)
	must(w, w.setter, permit, newPermit{p.ID, first, w.today.Add(3).String(), "等验收"})
	w.watches(w.unit)
	if n := w.count(`select count(*) from deeds where tenant_id = $1 and kind = $2`, w.unit, Missed); n != 0 {
		t.Error("missed, though it may be late")
	}
	w.admin(`update target_permits set until = $2 where target_id = $1`, p.ID, w.today.Add(-1).String())
	v := must(w, w.setter, show, ref{p.ID}).Version
	must(w, w.setter, reopen, because{p.ID, v, "取消"})
	must(w, w.setter, drop, because{p.ID, v + 1, "取消"})
	w.watches(w.unit)
	if n := w.count(`select count(*) from deeds where tenant_id = $1 and kind = $2`, w.unit, Missed); n != 0 {
		t.Error("missed, though it was withdrawn")
	}
	_, err := do(w, w.clerk, report, newReport{ID: p.ID, Period: first, Value: some2("1"), Text: "x"})
	wants(t, "reporting what was withdrawn", err, ErrWithdrawn)
	if got := w.notices(w.chief); !slices.Contains(got, "target.withdrawn") {
		t.Errorf("the chief is told %v", got)
	}
}
