package verdict

import (
	"slices"
	"testing"

	"github.com/google/uuid"
)

// Whoever has to answer is told of every appeal, and its receipt is on record,
// although somebody was answering another one when it came in.
func TestAnAppealArrivesWhileAnotherIsAnswered(t *testing.T) {
	t.Parallel()
	w, n := noticed(t)
	first := must(w.of("甲局"), w, w.v.raise, w.against(n, "甲局", "adopted"))
	second := must(w.of("乙局"), w, w.v.raise, w.against(n, "乙局", "party"))
	must(w.boss, w, w.v.answer, answerIn{ID: first.ID, Outcome: "rejected", Reasons: "无依据"})
	w.tells(w.hq)
	if n := w.told(w.boss, "verdict.appeal_arrived"); n != 2 {
		t.Errorf("told of %d appeals, want both", n)
	}
	for _, a := range []Raised{first, second} {
		if n := w.count(`select count(*) from audit_entries where object = $1 and action = 'verdict.appeal_received'`, appealOf(a.ID)); n != 1 {
			t.Errorf("%s: %d receipts on record", a.Line, n)
		}
	}
}

// However many appeals there are, a list goes on where it ended, in the order they
// came in, and through those that were answered meanwhile.
func TestAppealsGoOn(t *testing.T) {
	t.Parallel()
	w, n := noticed(t)
	var raised, got []uuid.UUID
	for _, unit := range []string{"甲局", "乙局"} {
		for _, code := range []string{"adopted", "party", "off"} {
			raised = append(raised, must(w.of(unit), w, w.v.raise, w.against(n, unit, code)).ID)
		}
	}
	q := appealList{ID: w.round, State: "waiting"}
	q.Limit = 2
	for {
		l := must(w.boss, w, w.v.appeals, q)
		for _, a := range l.Items {
			got = append(got, a.ID)
		}
		if q.After = l.Next; q.After == "" || len(got) > len(raised) {
			break
		}
		must(w.boss, w, w.v.answer, answerIn{ID: l.Items[1].ID, Outcome: "rejected", Reasons: "无依据"})
	}
	if !slices.Equal(got, raised) {
		t.Errorf("page by page %v, want %v", got, raised)
	}
}
