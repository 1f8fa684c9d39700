package verdict

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/calendar"
	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// over is a world whose notice and time for appeals are over.
func over(t *testing.T, all ...got) *world {
	t.Helper()
	w := newWorld(t, all...)
	w.set()
	w.wide()
	must(w.boss, w, w.v.openNotice, ref{w.round})
	w.later(30)
	return w
}

func (w *world) decides(changes ...Change) decisionIn {
	w.t.Helper()
	p := w.page()
	in := decisionIn{ID: w.round, Meeting: "2026 年第 3 次党组会", Number: "纪要〔2026〕3 号", HeldOn: calendar.DateOf(w.now()).String(), Chair: "厅长", Changes: changes}
	if p.Grading != nil {
		in.Grading = p.Grading.ID
	}
	return in
}

func (w *world) grades(rows []GradeRow) string {
	var all []string
	for _, r := range rows {
		all = append(all, r.Unit.Name+r.Grade)
	}
	return strings.Join(all, " ")
}

func (w *world) gate(act string) error {
	w.t.Helper()
	return w.db.Write(w.boss, func(tx *tenant.Tx) error { return Gate(w.boss, tx, w.round, act) })
}

func (w *world) gated(name, act string, want error) {
	w.t.Helper()
	if err := w.gate(act); want == nil && err != nil || want != nil && (err == nil || err.Error() != want.Error()) {
		w.t.Errorf("%s: %s = %v, want %v", name, act, err, want)
	}
}

// Grades come after the notice and every appeal, from the result as it then is.
func TestGradingWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, three()...)
	in := gradingIn{ID: w.round}
	stranger, _ := tenanttest.As(t, tenanttest.Tenant(t, uuid.Nil, "外单位"))
	refused(stranger, w, "another tenant", w.v.propose, in, assess.ErrRoundNotFound, "")
	refused(w.boss, w, "without a calendar", w.v.propose, in, ErrNoCalendar, "")
	w.set()
	w.wide()
	refused(w.boss, w, "without a notice", w.v.propose, in, ErrNoticeNeeded, "")
	n := must(w.boss, w, w.v.openNotice, ref{w.round}).Notice.ID
	refused(w.boss, w, "during the notice", w.v.propose, in, ErrNoticeOpen, "")
	one := w.of("甲局")
	a := must(one, w, w.v.raise, w.against(n, "甲局", "adopted"))
	b := must(one, w, w.v.raise, w.against(n, "甲局", "party"))
	w.later(30)
	w.sql(`update verdict_docket set due = (now() at time zone 'Asia/Shanghai')::date + 30 where tenant_id = $1`, w.hq)
	refused(w.boss, w, "with appeals that wait", w.v.propose, in, ErrAppealsOpen, "")
	w.tells(w.hq)
	w.sql(`update verdict_docket set due = (now() at time zone 'Asia/Shanghai')::date + 30 where tenant_id = $1`, w.hq)
	must(w.boss, w, w.v.answer, answerIn{ID: a.ID, Outcome: "rejected", Reasons: "无依据"})
	done := must(w.boss, w, w.v.answer, answerIn{ID: b.ID, Outcome: "accepted", Reasons: "确有一项", Corrected: "45"})
	refused(w.boss, w, "while the unit may appeal again", w.v.propose, in, ErrAppealsOpen, "")
	w.later(30)
	w.wide()
	refused(w.boss, w, "while a correction waits for a second person", w.v.propose, in, assess.ErrUndecided, "")
	w.sql(`update assess_adjustments set state = 'rejected', decided_id = $2, decided_account = $2, decided_at = now() where id = $1`, *done.Adjustment, tenant.NewID())
	refused(w.boss, w, "while what was accepted came to nothing", w.v.propose, in, ErrUnmet, "")
	w.write(w.boss, func(tx *tenant.Tx) error {
		made, err := assess.Correct(w.boss, tx, assess.Correcting{Round: w.round, Unit: w.units["甲局"].ID, Rule: "party", To: num("45"), Reason: "确有一项", Href: "/x"})
		done.Adjustment = &made.ID
		return err
	})
	w.sql(`update assess_adjustments set state = 'confirmed', deed_id = $2, decided_id = $2, decided_account = $2, decided_at = now() where id = $1`, *done.Adjustment, tenant.NewID())
	refused(w.boss, w, "before it is worked out with that", w.v.propose, in, assess.ErrNotComputed, "")
	w.scored(got{"甲局", "100", "45", "2"}, three()[1], three()[2])
	w.sql(`update verdict_steps set due = (now() at time zone 'Asia/Shanghai')::date - 1 where tenant_id = $1 and step = 'grade'`, w.hq)
	refused(w.boss, w, "late", w.v.propose, in, ErrLate, "")
	w.wide()
	p := must(w.boss, w, w.v.propose, in)
	if p.Grading == nil || p.Grading.ByName != "考核专员" || !p.Grading.Own || p.Grading.Old || w.grades(p.Grading.Rows) != "规划处优秀 甲局优秀 乙局良好" {
		t.Errorf("grading = %+v", p.Grading)
	}
	if r := p.Grading.Rows[1]; r.Heading.String() != "45" || r.Deductions.String() != "2" {
		t.Errorf("甲局 = %+v, want 45 under the heading and 2 taken off", r)
	}
	w.tells(w.hq)
	for _, s := range w.page().Steps {
		if (s.Step == notice || s.Step == appeal || s.Step == answer || s.Step == grade) != (s.State == "done") {
			t.Errorf("%s is %s", s.Step, s.State)
		}
	}
}

// Equals at the limit are chosen among by a person, with a reason: not one of
// their own.
func TestChoosingAmongEquals(t *testing.T) {
	t.Parallel()
	w := over(t, got{"甲局", "95", "40", "2"}, got{"乙局", "95", "40", "2"}, got{"丙局", "70", "", ""})
	p := must(w.boss, w, w.v.propose, gradingIn{ID: w.round})
	if len(p.Grading.Ties) != 1 || len(p.Grading.Ties[0].Units) != 2 || p.Grading.Ties[0].Take != 1 {
		t.Fatalf("ties = %+v", p.Grading.Ties)
	}
	refused(w.chair, w, "deciding with equals left", w.v.decision, w.decides(), ErrTies, "")
	pick := func(reason string, units ...string) gradingIn {
		in := gradingIn{ID: w.round, Picks: []Pick{{Reason: reason}}}
		for _, u := range units {
			in.Picks[0].Units = append(in.Picks[0].Units, w.units[u].ID)
		}
		return in
	}
	refused(w.boss, w, "somebody else", w.v.propose, pick("好", "丙局"), ErrPick, "picks")
	refused(w.boss, w, "both", w.v.propose, pick("好", "甲局", "乙局"), ErrPick, "picks")
	refused(w.boss, w, "without a reason", w.v.propose, pick(" ", "甲局"), feature.ErrMissing, "picks")
	insider := w.may(w.member(w.hq, "挂职", w.office), Manage, View)
	w.joins(account(insider), w.units["乙局"].ID, tenant.NewID(), "挂职", uuid.Nil)
	refused(insider, w, "by one of theirs", w.v.propose, pick("好", "甲局"), assess.ErrOwnUnit, "")
	p = must(w.boss, w, w.v.propose, pick("承担防汛急难任务", "乙局"))
	if len(p.Grading.Ties) != 0 || w.grades(p.Grading.Rows) != "甲局良好 乙局优秀 丙局合格" || p.Grading.Rows[1].Reason != "承担防汛急难任务" {
		t.Errorf("chosen = %+v", p.Grading)
	}
}

// A meeting decides what another person proposed; it lifts nobody above the line
// and exceeds no quota. Then the result is not changed any more, and is
// published, closed, frozen and filed.
func TestDeciding(t *testing.T) {
	t.Parallel()
	w := over(t, got{"甲局", "95", "40", "2"}, got{"乙局", "92", "38", "0"}, got{"丙局", "85", "", ""}, got{"规划处", "91", "36", "0"})
	stranger, _ := tenanttest.As(t, tenanttest.Tenant(t, uuid.Nil, "外单位"))
	refused(stranger, w, "another tenant", w.v.decision, w.decides(), assess.ErrRoundNotFound, "")
	refused(w.chair, w, "without a proposal", w.v.decision, w.decides(), ErrNoGrading, "")
	for _, act := range []string{"publish", "close", "freeze"} {
		w.gated("before the decision", act, ErrUndecided)
	}
	for _, act := range []string{"recompute", "propose", "confirm"} {
		w.gated("before the decision", act, nil)
	}
	must(w.boss, w, w.v.propose, gradingIn{ID: w.round})
	old := w.decides()
	must(w.boss, w, w.v.propose, gradingIn{ID: w.round})
	refused(w.chair, w, "on another proposal", w.v.decision, old, ErrGradingOld, "")
	refused(w.boss, w, "by who proposed", w.v.decision, w.decides(), ErrSamePerson, "")
	refused(w.twin(w.boss), w, "by the same person under another name", w.v.decision, w.decides(), ErrSamePerson, "")
	id := func(u string) uuid.UUID { return w.units[u].ID }
	for name, tt := range map[string]struct {
		in    func(*decisionIn)
		want  error
		field string
	}{
		"ahead":                   {func(d *decisionIn) { d.HeldOn = "2999-01-01" }, ErrHeld, "held_on"},
		"before the notice ended": {func(d *decisionIn) { d.HeldOn = w.page().Notice.Until }, ErrHeld, "held_on"},
		"no meeting":              {func(d *decisionIn) { d.Meeting = " " }, feature.ErrMissing, "meeting"},
		"no such unit":            {func(d *decisionIn) { d.Changes = []Change{{tenant.NewID(), "良好", "x"}} }, ErrUnit, "changes[0].unit_id"},
		"no such grade":           {func(d *decisionIn) { d.Changes = []Change{{id("甲局"), "极好", "x"}} }, ErrGrade, "changes[0].grade"},
		"nothing":                 {func(d *decisionIn) { d.Changes = []Change{{id("甲局"), "优秀", "x"}} }, ErrChangeNothing, "changes[0].grade"},
		"above the line":          {func(d *decisionIn) { d.Changes = []Change{{id("丙局"), "优秀", "x"}} }, ErrAboveLine, "changes[0].grade"},
		"beyond the quota":        {func(d *decisionIn) { d.Changes = []Change{{id("乙局"), "优秀", "x"}} }, ErrQuota, "changes"},
		"twice": {func(d *decisionIn) {
			d.Changes = []Change{{id("甲局"), "良好", "x"}, {id("甲局"), "合格", "x"}}
		}, ErrChangeTwice, "changes[1].unit_id"},
		"without a reason": {func(d *decisionIn) { d.Changes = []Change{{id("甲局"), "良好", " "}} }, feature.ErrMissing, "changes[0].reason"},
	} {
		in := w.decides()
		tt.in(&in)
		refused(w.chair, w, name, w.v.decision, in, faultOf(tt.want), tt.field)
	}
	p := must(w.chair, w, w.v.decision, w.decides(Change{id("甲局"), "良好", "迟报重大险情"}, Change{id("乙局"), "优秀", "递补"}))
	if p.Decision == nil || w.grades(p.Decision.Rows) != "规划处优秀 甲局良好 乙局优秀 丙局良好" || p.Decision.Digest != digestOf([]byte(tenant.JSON(p.Decision.Rows))) {
		t.Fatalf("decision = %+v", p.Decision)
	}
	shows := func(want int) {
		t.Helper()
		if n := w.count(`select count(*) from assess_grades where round_id = $1 and (unit_id, grade) in (($2, '良好'), ($3, '优秀'))`, w.round, id("甲局"), id("乙局")); n != want {
			t.Errorf("the round shows %d of the changed grades, want %d", n, want)
		}
	}
	shows(2)
	refused(w.chair, w, "deciding twice", w.v.decision, w.decides(), ErrDecided, "")
	refused(w.boss, w, "grading after it", w.v.propose, gradingIn{ID: w.round}, ErrDecided, "")
	refused(w.boss, w, "a notice after it", w.v.openNotice, ref{w.round}, ErrDecided, "")
	for _, act := range []string{"recompute", "propose", "confirm"} {
		w.gated("after the decision", act, ErrDecided)
	}
	must(w.chair, w, w.v.annul, annulIn{w.round, "复核"})
	shows(0)
	p = must(w.chair, w, w.v.decision, w.decides(Change{id("甲局"), "良好", "迟报重大险情"}, Change{id("乙局"), "优秀", "递补"}))
	shows(2)
	w.file(p)
}

// file annuls the decision once, decides anew, and goes on to the filing.
func (w *world) file(p Page) {
	w.t.Helper()
	refused(w.chair, w, "annulling without a reason", w.v.annul, annulIn{w.round, " "}, feature.ErrMissing, "reason")
	if got := must(w.chair, w, w.v.annul, annulIn{w.round, "笔误"}); got.Decision != nil {
		w.t.Errorf("annulled = %+v", got.Decision)
	}
	refused(w.chair, w, "annulling twice", w.v.annul, annulIn{w.round, "笔误"}, ErrUndecided, "")
	if n := w.count(`select count(*) from verdict_decisions where tenant_id = $1 and annul_reason = '笔误'`, w.hq); n != 1 {
		w.t.Error("the annulled decision is not kept")
	}
	w.gated("annulled", "publish", ErrUndecided)
	must(w.chair, w, w.v.decision, w.decides())
	refused(w.boss, w, "filing what is not frozen", w.v.fileRound, filingIn{w.round, "2026-KH-001", "综合档案室", "30"}, ErrNotFrozen, "")
	w.gated("decided", "publish", nil)
	one := w.of("甲局")
	s := must(one, w, w.v.shown, shownList{}).Items[0]
	if s.Decided == nil || s.Decided.Grade != "优秀" || s.Decided.Meeting != p.Decision.Meeting {
		w.t.Errorf("shown when published = %+v", s.Decided)
	}
	w.tells(w.units["甲局"].ID)
	if w.told(one, "verdict.grade_shown") != 1 {
		w.t.Error("the unit was not told its grade")
	}
	w.sql(`update assess_rounds set state = 'closed', closed_at = now(), frozen_at = now() where id = $1`, w.round)
	w.sql(`insert into assess_freezes (tenant_id, round_id, digest, sha256, size, deeds, package_key, package_version, retain_until, by_id, by_name, at)
	       values ($1, $2, 'd', 'abc', 1, 0, 'k', 'v', now(), $1, 'x', now())`, w.hq, w.round)
	w.gated("closed", "close", nil)
	w.gated("closed", "freeze", nil)
	in := filingIn{w.round, "2026-KH-001", "综合档案室", "30"}
	if got := must(w.boss, w, w.v.fileRound, in); got.Filing == nil || got.Filing.Package != "abc" || got.Filing.Decision == "" {
		w.t.Errorf("filed = %+v", got.Filing)
	}
	refused(w.boss, w, "filing twice", w.v.fileRound, in, ErrFiled, "")
	for _, s := range w.page().Steps {
		if s.Step != appeal && s.Step != notice && s.Step != answer && s.State != "done" {
			w.t.Errorf("%s is %s when all is filed", s.Step, s.State)
		}
	}
	if _, err := tenanttest.Admin(w.t).Exec(`update verdict_decisions set chair = 'x' where tenant_id = $1`, w.hq); err == nil {
		w.t.Error("a decision can be rewritten")
	}
}

// A round without a calendar is as free as ever, and a late publication needs a
// permit.
func TestTheGate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, three()...)
	for _, act := range []string{"recompute", "propose", "confirm", "publish", "close", "freeze"} {
		w.gated("without a calendar", act, nil)
	}
	v := over(t, three()...)
	must(v.boss, v, v.v.propose, gradingIn{ID: v.round})
	must(v.chair, v, v.v.decision, v.decides())
	v.sql(`update verdict_steps set due = (now() at time zone 'Asia/Shanghai')::date - 1 where tenant_id = $1 and step = 'publish'`, v.hq)
	v.gated("late", "publish", ErrLate)
	until, _ := calendar.Default().AddWorkdays(calendar.DateOf(v.now()), 3)
	must(v.second, v, v.v.permit, permitIn{ID: v.round, Step: publish, Until: until.String(), Reason: "等待上级批复"})
	v.gated("permitted", "publish", nil)
	v.scored(three()...)
	v.gated("of another result", "publish", ErrGradingOld)
}

// Two who decide, grade or open a notice at once: one does.
func TestOneOfTwo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, three()...)
	w.set()
	w.wide()
	if n := both(w, func(ctx context.Context) error { _, err := do(ctx, w, w.v.openNotice, ref{w.round}); return err }, []context.Context{w.boss, w.second}); n != 1 {
		t.Errorf("%d notices were opened at once, want 1", n)
	}
	w.later(30)
	must(w.boss, w, w.v.propose, gradingIn{ID: w.round})
	in := w.decides()
	if n := both(w, func(ctx context.Context) error { _, err := do(ctx, w, w.v.decision, in); return err }, []context.Context{w.chair, w.second}); n != 1 {
		t.Errorf("%d decisions were written down at once, want 1", n)
	}
}

func both(w *world, fn func(context.Context) error, people []context.Context) (done int) {
	w.t.Helper()
	errs := make(chan error, 2)
	for _, ctx := range people {
		go func() { errs <- fn(ctx) }()
	}
	for range 2 {
		if err := <-errs; err == nil {
			done++
		}
	}
	return done
}
