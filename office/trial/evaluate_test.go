package trial

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// An evaluation joins what people said with what they did (R322); the decision
// upon it is made by another and is what ends the trial (R323, R316).
func TestDecision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := names(kindsOf)
	r := w.begun(false, "业务科")
	v := func(add int) Versioned { return Versioned{r.ID, r.Version + add} }
	fails(w.clerk, w, decide, newDecision{v(0), "formal", "好用", w.today(0), ""}, ErrNotYours, "")
	fails(w.above, w, decide, newDecision{v(0), "formal", "好用", w.today(0), ""}, ErrNotFound, "")
	fails(w.chief, w, decide, newDecision{v(0), "formal", "好用", w.today(0), ""}, ErrUnevaluated, "")
	fails(w.office, w, n.evaluate, newEvaluation{v(0), "  "}, feature.ErrMissing, "body")
	p := does(w.office, w, n.evaluate, newEvaluation{v(0), "两周内全部科室开始使用"})
	if len(p.Evaluations) != 1 || p.Evaluations[0].Figures.Users != 2 {
		t.Fatalf("%+v", p.Evaluations)
	}
	for who, ctx := range map[int]context.Context{1: w.chief, 0: w.office} {
		if n := w.waits(ctx, ToDecide); n != who {
			t.Errorf("%d wait for a decision, want %d", n, who)
		}
	}
	both := rbac.With(w.office, rbac.Fixed(everything...))
	fails(both, w, decide, newDecision{v(1), "formal", "好用", w.today(0), ""}, ErrSamePerson, "")
	fails(w.chief, w, decide, newDecision{v(1), "formal", "好用", w.today(1), ""}, ErrFuture, "decided_on")
	fails(w.chief, w, decide, newDecision{v(1), "formal", "好用", w.today(-9), ""}, ErrDays, "decided_on")
	fails(w.chief, w, decide, newDecision{v(1), "extended", "再看", w.today(0), ""}, ErrUntil, "until")
	fails(w.chief, w, decide, newDecision{v(1), "formal", "好用", w.today(0), w.today(9)}, ErrUntil, "until")
	fails(w.chief, w, decide, newDecision{v(1), "extended", "再看", w.today(0), w.today(3)}, ErrDays, "until")
	fails(w.chief, w, decide, newDecision{v(1), "extended", "再看", w.today(0), w.today(300)}, ErrLong, "until")
	fails(w.chief, w, decide, newDecision{v(0), "formal", "好用", w.today(0), ""}, ErrStale, "")

	p = does(w.chief, w, decide, newDecision{v(1), "extended", "财务科还没有用上", w.today(0), w.today(60)})
	if p.Run.State != running || p.Run.EndsOn != w.today(60) || len(p.Decisions) != 1 {
		t.Errorf("extended: %+v", p.Run)
	}
	fails(w.chief, w, decide, newDecision{v(2), "formal", "好用", w.today(0), ""}, ErrUnevaluated, "") // anew
	does(w.second, w, n.evaluate, newEvaluation{v(2), "财务科已经使用"})
	p = does(w.chief, w, decide, newDecision{v(3), "formal", "同意正式运行", w.today(0), ""})
	if p.Run.State != formal || p.Run.EndedAt == nil || len(p.Changes) != 2 || p.Changes[1].Phase != formal || p.Changes[1].Reason != "同意正式运行" {
		t.Errorf("formal: %+v %+v", p.Run, p.Changes)
	}
	fails(w.chief, w, decide, newDecision{v(4), "stopped", "算了", w.today(0), ""}, ErrState, "")
	if s := does(w.clerk, w, standing, feature.None{}); s.Phase != formal || s.Run != nil {
		t.Errorf("afterwards: %+v", s)
	}
	if n := w.count(`select count(*) from notices where tenant_id = $1 and code = 'trial.decided_formal'`, w.bureau); n != 2 {
		t.Errorf("%d people were told", n)
	}

	// A tenant that has gone over does not take what it does out of scoring by
	// trying something else.
	next := w.begun(false, "财务科", "办公室")
	if !next.Scored {
		t.Error("a trial after formal operation is not scored")
	}
	id := w.deed(w.clerk, tenant.Deed{Kind: "publish.published", Unit: w.depts["业务科"], Item: "publish/item/1", Title: "一条"})
	if n := w.count(`select count(*) from deeds where id = $1 and trial`, id); n != 0 {
		t.Error("and what is done in it is marked")
	}
}

// A trial that ends without formal operation leaves the tenant on trial.
func TestStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.begun(false, "业务科")
	does(w.office, w, names(kindsOf).evaluate, newEvaluation{Versioned{r.ID, r.Version}, "问题较多"})
	p := does(w.chief, w, decide, newDecision{Versioned{r.ID, r.Version + 1}, "stopped", "暂不推广", w.today(0), ""})
	if s := does(w.clerk, w, standing, feature.None{}); p.Run.State != stopped || s.Phase != "trial" {
		t.Errorf("%s, %s", p.Run.State, s.Phase)
	}
}

// The figures count who did something, on how many days, what, and what people
// reported and compared (R322, R318): nothing is invented.
func TestFigures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.begun(false, "业务科", "财务科")
	n := names(kindsOf)
	fails(w.clerk, w, n.figures, ref{r.ID}, ErrNotYours, "")
	f := does(w.office, w, n.figures, ref{r.ID})
	if f.Users != 2 || f.Active != 0 || f.ActiveDays != 0 || f.Days != 1 || len(f.Deeds) != 0 || len(f.Departments) != 2 {
		t.Errorf("at first: %+v", f)
	}
	fails(w.keeper, w, compare, newComparison{r.ID, "发文审批", 120, 30, "better", ""}, ErrNotTrying, "")
	does(w.clerk, w, compare, newComparison{r.ID, "发文审批", 120, 30, "better", "不用跑腿"})
	fails(w.clerk, w, compare, newComparison{r.ID, " 发文审批 ", 100, 30, "better", ""}, ErrCompared, "task")
	fails(w.clerk, w, compare, newComparison{r.ID, "  ", 100, 30, "better", ""}, feature.ErrMissing, "task")
	does(w.head, w, compare, newComparison{r.ID, "发文审批", 60, 60, "same", ""})
	does(w.head, w, compare, newComparison{r.ID, "会议通知", 10, 20, "worse", ""})
	does(w.clerk, w, submit, newFeedback{Kind: "problem", To: "head", Title: "打不开附件", Body: "点了没有反应"})
	w.deed(w.clerk, tenant.Deed{Kind: "publish.published", Unit: w.depts["业务科"], Item: "publish/item/1", Title: "一条"})
	f = does(w.office, w, n.figures, ref{r.ID})
	if f.Active != 2 || f.ActiveDays != 2 || len(f.Weeks) != 1 || f.Weeks[0].Active != 2 || f.Feedback.Problems != 1 || f.Feedback.Open != 1 {
		t.Errorf("later: %+v", f)
	}
	if len(f.Deeds) != 2 || f.Deeds[0].Name != "名："+f.Deeds[0].Kind || f.Deeds[0].N != 1 {
		t.Errorf("deeds: %+v", f.Deeds)
	}
	if d := f.Departments[0]; d.Name != "业务科" || d.Users != 2 || d.Active != 2 || d.ActiveDays != 2 || d.Feedback != 1 {
		t.Errorf("departments: %+v", f.Departments)
	}
	c := f.Compared
	if c.N != 3 || c.Better != 1 || c.Same != 1 || c.Worse != 1 || len(c.Tasks) != 2 || c.Tasks[0] != (TaskFigure{"发文审批", 2, 60, 30, 1, 1, 0}) {
		t.Errorf("compared: %+v", c)
	}
	own := does(w.clerk, w, comparisons, comparisonList{ID: r.ID, Mine: true})
	if len(own.Items) != 1 {
		t.Errorf("own: %+v", own.Items)
	}
	fails(w.clerk, w, comparisons, comparisonList{ID: r.ID}, ErrNotYours, "")
	users := does(w.chief, w, listUsers, userList{ID: r.ID})
	if len(users.Items) != 2 || users.Items[0].Days != 1 {
		t.Errorf("users: %+v", users.Items)
	}
}

// What a run shows to need work is somebody's, by a day (R324).
func TestImprovements(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.begun(false, "业务科")
	fails(w.above, w, improve, newImprovement{ID: r.ID, Title: "附件预览", OwnerID: who(w.keeper), DueOn: w.today(5)}, ErrNotFound, "")
	fails(w.office, w, improve, newImprovement{ID: r.ID, Title: "附件预览", OwnerID: tenant.NewID(), DueOn: w.today(5)}, ErrPerson, "owner_id")
	fails(w.office, w, improve, newImprovement{ID: r.ID, Title: "附件预览", OwnerID: who(w.keeper), DueOn: w.today(-1)}, ErrPast, "due_on")
	f := does(w.clerk, w, submit, newFeedback{Kind: "problem", To: "it", Title: "打不开附件", Body: "点了没有反应"}).Feedback
	missing := tenant.NewID()
	fails(w.office, w, improve, newImprovement{ID: r.ID, Title: "附件预览", OwnerID: who(w.keeper), DueOn: w.today(5), Feedback: &missing}, ErrNotFound, "")
	i := does(w.office, w, improve, newImprovement{ID: r.ID, Title: "附件预览", OwnerID: who(w.keeper), DueOn: w.today(5), Feedback: &f.ID})
	fails(w.clerk, w, progress, improved{Versioned{i.ID, i.Version}, "done", ""}, ErrNotFound, "")
	fails(w.keeper, w, progress, improved{Versioned{i.ID, i.Version}, "dropped", ""}, ErrNotYours, "")
	i = does(w.keeper, w, progress, improved{Versioned{i.ID, i.Version}, "doing", "已定位"})
	if n := w.waits(w.keeper, ToImprove); n != 1 {
		t.Errorf("%d improvements wait", n)
	}
	fails(w.keeper, w, progress, improved{Versioned{i.ID, i.Version - 1}, "done", ""}, ErrStale, "")
	i = does(w.keeper, w, progress, improved{Versioned{i.ID, i.Version}, "done", "已修复"})
	if l := does(w.keeper, w, ownImprovements, feature.None{}); len(l.Items) != 1 || l.Items[0].State != "done" || l.Items[0].Note != "已修复" {
		t.Errorf("%+v", l.Items)
	}
	if p := does(w.chief, w, getRun, ref{r.ID}); len(p.Improvements) != 1 || p.Improvements[0].Owner != "陈工" {
		t.Errorf("%+v", p.Improvements)
	}
}

// Paper follows the electronic original and never goes before it (R084, R085, R086).
func TestDualTrack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sql(`insert into approval_definitions (tenant_id, kind, version, hash, body) values ($1, 'k', 1, 'h', '{}')`, w.bureau)
	r := w.begun(true, "业务科")
	file := func(state string) uuid.UUID {
		id := tenant.NewID()
		w.sql(`insert into approval_cases (tenant_id, id, kind, subject_id, title, hash, unit_id, definition, steps, excluded, state, step, started_by, started_at, ended_at, seq)
		       values ($1, $2, 'k', $2, '请示', 'h', $3, 1, '[]', '{}', $4, 1, $5, now(), case when $4 <> 'open' then now() end, 1)`,
			w.bureau, id, w.depts["业务科"], state, who(w.clerk))
		return id
	}
	open, approved := file("open"), file("approved")
	fails(w.above, w, paper, newPaper{r.ID, approved, ""}, ErrNotFound, "")
	fails(w.office, w, paper, newPaper{r.ID, tenant.NewID(), ""}, ErrPaperFirst, "") // R086: there is no electronic one
	fails(w.office, w, paper, newPaper{r.ID, open, ""}, ErrPaperFirst, "")           // R086: it is not approved
	p := does(w.office, w, paper, newPaper{r.ID, approved, "已存档"})
	if p.PaperAt == nil || p.Note != "已存档" {
		t.Errorf("%+v", p)
	}
	fails(w.office, w, paper, newPaper{r.ID, approved, ""}, ErrPapered, "")
	l := does(w.office, w, papers, paperList{ID: r.ID}) // R084
	if len(l.Items) != 2 || (l.Items[0].PaperAt == nil) == (l.Items[1].PaperAt == nil) {
		t.Errorf("%+v", l.Items)
	}
	does(w.office, w, edit, replan{Versioned{r.ID, r.Version}, Plan{Name: r.Name, StartsOn: r.StartsOn, EndsOn: r.EndsOn}})
	fails(w.office, w, paper, newPaper{r.ID, approved, ""}, ErrSingleTrack, "")
}
