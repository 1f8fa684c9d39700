package verdict

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/tenant"
)

// That all answers may be late holds for every appeal that waits, and is given
// by nobody whose own unit it is about.
func TestAPermitForAllAnswers(t *testing.T) {
	t.Parallel()
	w, n := noticed(t)
	a := must(w.of("甲局"), w, w.v.raise, w.against(n, "甲局", "adopted"))
	b := must(w.of("规划处"), w, w.v.raise, w.against(n, "规划处", "adopted"))
	w.tells(w.hq)
	w.sql(`update verdict_docket set due = (now() at time zone 'Asia/Shanghai')::date - 1 where tenant_id = $1`, w.hq)
	no := answerIn{ID: a.ID, Outcome: "rejected", Reasons: "两条均为重复报送"}
	refused(w.boss, w, "late", w.v.answer, no, ErrLate, "")
	steps := w.page().Steps
	until := steps[slices.IndexFunc(steps, func(s Step) bool { return s.Step == answer })].Due.Add(1).String()
	all := permitIn{ID: w.round, Step: answer, Until: until, Reason: "集中核实"}
	insider := w.may(w.member(w.hq, "挂职干部", w.office), Manage, View)
	w.joins(account(insider), w.units["甲局"].ID, tenant.NewID(), "挂职干部", uuid.Nil)
	refused(insider, w, "by one of a unit that appealed", w.v.permit, all, assess.ErrOwnUnit, "")
	must(w.second, w, w.v.permit, all)
	must(w.boss, w, w.v.answer, no)
	if n := w.count(`select count(*) from verdict_docket where appeal_id = $1 and due = $2::date`, b.ID, until); n != 1 {
		t.Error("the other appeal is to be answered by its old day")
	}
}
