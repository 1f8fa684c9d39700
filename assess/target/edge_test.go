package target

import (
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"hetu/calendar"
	"hetu/rbac"
	"hetu/tenant"
)

// A unit that is renamed in the middle of setting its year stays one unit on the
// board, by the name it has now.
func TestBoardOfARenamedUnit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := func(u person, title, weight string) {
		in := w.of(w.says(title, weight))
		in.UnitKind, in.UnitID = "department", u.dept
		must(w, w.setter, create, in)
	}
	w.admin(`update departments set name = '河湖处' where id = $1`, w.river.dept)
	w.admin(`update departments set name = '水保处' where id = $1`, w.deputy.dept)
	of(w.river, "一", "40")
	of(w.deputy, "二", "100")
	w.admin(`update departments set name = '综合处' where id = $1`, w.river.dept)
	of(w.river, "三", "60")
	b := must(w, w.setter, board, yearQuery{w.today.Year})
	var got []string
	for _, u := range b.Units {
		got = append(got, u.Unit.Name+" "+u.Sum.String()+" "+strconv.Itoa(len(u.Targets)))
	}
	if want := []string{"水保处 100 1", "综合处 100 2"}; !slices.Equal(got, want) {
		t.Errorf("the board has %q, want %q", got, want)
	}
	if s := must(w, w.setter, sheet, sheetQuery{w.river.dept, w.today.Year}); s.Sum.String() != b.Units[1].Sum.String() {
		t.Errorf("the sheet sums up to %s", s.Sum)
	}
}

// The year is brought forward in what a target says; a number that has the same
// digits in it is a number.
func TestCopyLeavesNumbersAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	is, next := strconv.Itoa(w.today.Year), strconv.Itoa(w.today.Year+1)
	d := w.says(is+"年度河道治理", "100")
	d.Standard = "到" + is + "年底投资" + is + "0万元，惠及1" + is + "户，" + is + "-12-31前验收，占比0." + is
	d.Milestones[0].Text = is + "年6月完成" + is + "5米"
	must(w, w.setter, create, w.of(d))
	must(w, w.setter, copyYear, copying{From: w.today.Year, To: w.today.Year + 1})
	s := must(w, w.setter, sheet, sheetQuery{w.unit, w.today.Year + 1})
	got := s.Targets[0].Spec
	for _, tt := range []struct{ is, want string }{
		{got.Title, next + "年度河道治理"},
		{got.Standard, "到" + next + "年底投资" + is + "0万元，惠及1" + is + "户，" + next + "-12-31前验收，占比0." + is},
		{got.Milestones[0].Text, next + "年6月完成" + is + "5米"},
	} {
		if tt.is != tt.want {
			t.Errorf("copied as %s\nwant      %s", tt.is, tt.want)
		}
	}
}

// Two people who bring the year forward at the same moment bring each target
// forward once.
func TestCopyTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	year := copying{From: w.today.Year, To: w.today.Year + 1}
	for range 8 {
		must(w, w.setter, create, w.of(w.says("治理河道", "10")))
	}
	var made atomic.Int64
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			c, err := do(w, w.setter, copyYear, year)
			if err != nil {
				t.Error(err)
			}
			made.Add(int64(c.Made))
		})
	}
	all.Wait()
	if made.Load() != 8 {
		t.Errorf("copied %d of 8", made.Load())
	}
}

// What is due in January about December is among what its reporter owes in the
// new year, as the desktop counts it; what of last year can be reported no more
// is not.
func TestOwedOverTheTurnOfTheYear(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.taken("跨年上报")
	period := w.overdue(p, -3)
	w.admin(`update targets set year = year - 1 where id = $1`, p.ID)
	w.admin(`update target_issues set year = year - 1 where target_id = $1`, p.ID)
	m := must(w, w.clerk, mine, yearQuery{w.today.Year})
	if len(m.Owed) != 1 || m.Owed[0].Period != period || m.Owed[0].Target.ID != p.ID || !m.Owed[0].Open {
		t.Errorf("owed = %+v, want %s", m.Owed, period)
	}
	if len(m.Targets) != 0 {
		t.Errorf("targets of another year = %+v", m.Targets)
	}
	w.overdue(p, 2)
	w.watches(w.unit)
	if m := must(w, w.clerk, mine, yearQuery{w.today.Year}); len(m.Owed) != 0 {
		t.Errorf("owed of last year, though nothing can be reported = %+v", m.Owed)
	}
	if m := must(w, w.clerk, mine, yearQuery{w.today.Year - 1}); len(m.Owed) != 1 || m.Owed[0].Open || !m.Owed[0].Overdue {
		t.Errorf("owed in its own year = %+v, want it overdue", m.Owed)
	}
	must(w, w.setter, permit, newPermit{p.ID, period, w.today.Add(1).String(), "汛情抢险"})
	if m := must(w, w.clerk, mine, yearQuery{w.today.Year}); len(m.Owed) != 1 || !m.Owed[0].Open {
		t.Errorf("owed once it may be late = %+v", m.Owed)
	}
}

// While a target is reworded within the tenant, the revision that was issued
// stands: it is reported by what that asks for, and stands as that says.
func TestTheLastRevisionStandsWhileItIsReworded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := w.of(w.says("河湖治理", "100"))
	in.UnitKind, in.UnitID = "department", w.river.dept
	p := must(w, w.setter, create, in)
	must(w, w.setter, issueUnit, unitYear{w.river.dept, w.today.Year})
	p = must(w, w.river, accept, acceptance{ID: p.ID, Revision: 1})
	must(w, w.setter, reopen, because{p.ID, p.Version, "改为节点"})
	d := w.says("改写中", "100")
	d.Measure, d.Quantity, d.Of = milestone, nil, ""
	d.Milestones = []Milestone{{Quarter: 4, Text: "完成"}}
	must(w, w.setter, edit, change{Draft: d, ID: p.ID, Version: p.Version + 1})
	_, err := do(w, w.river, report, newReport{ID: p.ID, Period: p.Periods[0].Period, Text: "没有数"})
	wants(t, "a report without what was asked for", err, ErrValue, "value")
	got := must(w, w.river, report, newReport{ID: p.ID, Period: p.Periods[0].Period, Value: some2("130"), Text: "完成"})
	if v := got.Sent[0].Value; v == nil || v.String() != "130" {
		t.Errorf("the value reported is %v, want 130", v)
	}
	if got.Light == red {
		t.Error("it stands by what is not issued yet")
	}
	if n := w.count(`select count(*) from deeds where tenant_id = $1 and kind = $2 and title like '河湖治理%'`, w.hq, Reported); n != 1 {
		t.Errorf("%d deeds by the title that was issued, want 1", n)
	}
}

// What is being reworded waits for nobody's answer, and nobody is urged.
func TestWhatIsReopenedIsNotUrged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := w.of(w.says("重新议定", "100"))
	in.UnitKind, in.UnitID = "department", w.river.dept
	p := must(w, w.setter, create, in)
	must(w, w.setter, issueUnit, unitYear{w.river.dept, w.today.Year})
	must(w, w.setter, reopen, because{p.ID, p.Version + 1, "再议"})
	day, _ := calendar.Default().AddWorkdays(w.today, -9)
	w.admin(`update target_issues set at = $2 where target_id = $1`, p.ID, day.At(12*60))
	w.watches(w.hq)
	if got := w.notices(w.river); slices.Contains(got, "target.answer_due") {
		t.Errorf("the head is told %v", got)
	}
	if got := w.notices(w.setter); slices.Contains(got, "target.unanswered") {
		t.Errorf("the setter is told %v", got)
	}
}

// Whatever day something was issued on, a Saturday too, whoever is to answer is
// reminded on the third working day after it, and its setter told once the fifth
// is over.
func TestDaysToAnswerFromAWeekend(t *testing.T) {
	t.Parallel()
	c := calendar.Default()
	for i := range 40 {
		issued := calendar.On(2026, 3, 1+i)
		third, _ := c.AddWorkdays(issued, urgeDays)
		fifth, _ := c.AddWorkdays(issued, answerDays)
		for j := range 20 {
			today := issued.Add(j)
			if got, want := issued.Compare(urgedBefore(c, today)) < 0, third.Compare(today) <= 0; got != want {
				t.Errorf("issued on %s: reminded by %s: %t", issued, today, got)
			}
			if got, want := issued.Compare(overBefore(c, today)) < 0, fifth.Compare(today) < 0; got != want {
				t.Errorf("issued on %s: over by %s: %t", issued, today, got)
			}
		}
	}
}

// The reason of one revision is not said of the next, which follows a return.
func TestAReasonIsOfItsRevision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.issued("治理河道")
	p = must(w, w.setter, reopen, because{p.ID, p.Version, "任务调整"})
	must(w, w.setter, issueUnit, unitYear{w.unit, w.today.Year})
	must(w, w.chief, giveBack, sendBack{p.ID, 2, "目标偏高"})
	p = must(w, w.setter, show, ref{p.ID})
	must(w, w.setter, edit, change{Draft: w.says("治理河道", "100"), ID: p.ID, Version: p.Version})
	must(w, w.setter, issueUnit, unitYear{w.unit, w.today.Year})
	got := must(w, w.chief, show, ref{p.ID}).History
	if len(got) != 3 || got[0].Note != "" || got[1].Note != "任务调整" || got[1].Reason != "目标偏高" {
		t.Errorf("history = %+v", got)
	}
}

// Where nobody leads a department, whoever sets targets there is reminded that
// one waits for an answer, as they are told that it was issued.
func TestADepartmentWithoutAHeadIsUrged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := w.of(w.says("无人签收", "100"))
	in.UnitKind, in.UnitID = "department", w.river.dept
	p := must(w, w.setter, create, in)
	must(w, w.setter, issueUnit, unitYear{w.river.dept, w.today.Year})
	w.admin(`update posts set head = false where member_id = $1`, w.river.Member)
	if err := w.db.Write(w.setter, func(tx *tenant.Tx) error {
		_, err := rbac.Give(w.setter, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: w.deputy.Member, Permission: Manage})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	day, _ := calendar.Default().AddWorkdays(w.today, -4)
	w.admin(`update target_issues set at = $2 where target_id = $1`, p.ID, day.At(12*60))
	w.watches(w.hq)
	if got := w.notices(w.deputy); !slices.Equal(got, []string{"target.issued", "target.answer_due"}) {
		t.Errorf("who sets targets there is told %v", got)
	}
}
