package target

import (
	"context"
	"slices"
	"testing"

	"github.com/xuri/excelize/v2"

	"hetu/tenant"
)

// missed counts the deeds of reports that did not come, and what they sum up to.
func (w *world) missed() (n, sum int) {
	w.t.Helper()
	return w.count(`select count(*) from deeds where tenant_id = $1 and kind = $2`, w.unit, Missed),
		w.count(`select coalesce(sum(n), 0) from deeds where tenant_id = $1 and kind = $2`, w.unit, Missed)
}

// AS-03: a permit after the day takes back, by a negative deed, that a report
// did not come; it is owed again, and missed anew when the permit is over.
func TestPermitTakesTheMissBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.taken("汛前检查")
	first := w.overdue(p, 1)
	w.watches(w.unit)
	w.watches(w.hq)
	if n, sum := w.missed(); n != 1 || sum != 1 {
		t.Fatalf("%d deeds of sum %d, want it missed", n, sum)
	}
	if n := must(w, w.clerk, toReport, struct{}{}); n != 0 {
		t.Errorf("%d to report, though it may not be late", n)
	}
	must(w, w.setter, permit, newPermit{p.ID, first, w.today.Add(2).String(), "汛情抢险"})
	w.watches(w.unit)
	if n, sum := w.missed(); n != 2 || sum != 0 {
		t.Errorf("%d deeds of sum %d, want the miss and what takes it back", n, sum)
	}
	got := must(w, w.setter, show, ref{p.ID})
	if got.Missed != 0 || got.Periods[0].MissedAt != nil || got.Periods[0].ExcusedAt == nil {
		t.Errorf("period = %+v, want it excused", got.Periods[0])
	}
	if !slices.Contains(w.notices(w.clerk), "target.excused") {
		t.Errorf("the reporter is told %v", w.notices(w.clerk))
	}
	if n := must(w, w.clerk, toReport, struct{}{}); n != 1 {
		t.Errorf("%d to report, want 1", n)
	}

	w.admin(`update target_permits set until = $2 where target_id = $1`, p.ID, w.today.Add(-1).String())
	w.watches(w.unit)
	w.watches(w.hq)
	if n, sum := w.missed(); n != 3 || sum != 1 {
		t.Errorf("%d deeds of sum %d, want it missed again", n, sum)
	}
	var told int
	for _, code := range w.notices(w.deputy) {
		if code == "target.escalated" {
			told++
		}
	}
	if told != 2 {
		t.Errorf("the leader was told %d times, want of both", told)
	}

	must(w, w.setter, permit, newPermit{p.ID, first, w.today.String(), "再次准许"})
	must(w, w.clerk, report, newReport{ID: p.ID, Period: first, Value: some2("9"), Text: "补报"})
	w.watches(w.unit)
	if n, sum := w.missed(); n != 4 || sum != 0 {
		t.Errorf("reported before anybody watched: %d deeds of sum %d", n, sum)
	}
	if late := w.count(`select count(*) from deeds where tenant_id = $1 and kind = $2 and late`, w.unit, Reported); late != 1 {
		t.Errorf("%d late reports, want 1: it was permitted, and late", late)
	}
}

// toReport and toAnswer are the boxes as endpoints.
func toReport(ctx context.Context, tx *tenant.Tx, _ struct{}) (n int, err error) {
	n, _, err = ToReport(ctx, tx)
	return n, err
}

func toAnswer(ctx context.Context, tx *tenant.Tx, _ struct{}) (n int, err error) {
	n, _, err = ToAnswer(ctx, tx)
	return n, err
}

// What waits for a person is counted: what they are to answer, what they are to
// report, and nothing of others (UI5).
func TestBoxes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.issued("河道保洁")
	for _, tt := range []struct {
		who          person
		answer, owed int
	}{{w.chief, 1, 0}, {w.office, 0, 0}, {w.flood, 0, 0}, {w.setter, 0, 0}, {w.other, 0, 0}} {
		if a, r := must(w, tt.who, toAnswer, struct{}{}), must(w, tt.who, toReport, struct{}{}); a != tt.answer || r != tt.owed {
			t.Errorf("%s: %d to answer, %d to report; want %d and %d", tt.who.Name, a, r, tt.answer, tt.owed)
		}
	}
	if m := must(w, w.chief, mine, yearQuery{w.today.Year}); len(m.Answer) != 1 {
		t.Errorf("the list has %d", len(m.Answer))
	}
	must(w, w.chief, accept, acceptance{ID: p.ID, Revision: 1, Crew: Crew{LeaderID: &w.chief.Member, DepartmentID: &w.flood.dept, ReporterID: &w.clerk.Member}})
	full := must(w, w.chief, show, ref{p.ID})
	w.overdue(full, -8)
	if n := must(w, w.clerk, toReport, struct{}{}); n != 0 {
		t.Errorf("eight days before: %d to report", n)
	}
	w.overdue(full, -7)
	if a, r := must(w, w.chief, toAnswer, struct{}{}), must(w, w.clerk, toReport, struct{}{}); a != 0 || r != 1 {
		t.Errorf("accepted, a week before: %d to answer, %d to report", a, r)
	}
	v := must(w, w.setter, show, ref{p.ID}).Version
	must(w, w.setter, reopen, because{p.ID, v, "取消"})
	must(w, w.setter, drop, because{p.ID, v + 1, "取消"})
	if n := must(w, w.clerk, toReport, struct{}{}); n != 0 {
		t.Errorf("what was withdrawn is owed: %d", n)
	}
}

// book reads the board as a workbook.
func (w *world) book(as person) *excelize.File {
	w.t.Helper()
	body, err := must(w, as, boardFile, yearQuery{w.today.Year}).Open(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	f, err := excelize.OpenReader(body)
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// The board as a workbook has what the board has, and text is never a formula
// (IN-03).
func TestBoardFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.taken("=1+1 河道")
	f := w.book(w.setter)
	rows, err := f.GetRows("目标")
	if err != nil || len(rows) != 2 || rows[1][1] != "云岭局" || rows[1][2] != "=1+1 河道" || rows[1][5] != "100" || rows[1][9] != "已签收" || rows[1][14] != "科员" {
		t.Errorf("rows = %q %v", rows, err)
	}
	if formula, err := f.GetCellFormula("目标", "C2"); formula != "" || err != nil {
		t.Errorf("the title became the formula %q %v", formula, err)
	}
	if rows, err := w.book(w.other).GetRows("目标"); err != nil || len(rows) != 1 {
		t.Errorf("another tenant's board has %q %v", rows, err)
	}
	if owed, err := f.GetRows("欠报"); err != nil || len(owed) == 0 {
		t.Errorf("owed = %q %v", owed, err)
	}
}
