package trial

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

func (w *world) report(kind, to string) Feedback {
	w.t.Helper()
	return does(w.clerk, w, submit, newFeedback{Kind: kind, To: to, Title: "打不开附件", Body: "点了没有反应", Page: "/publish/items"}).Feedback
}

func at(f Feedback, add int) Versioned { return Versioned{f.ID, f.Version + add} }

// Feedback reaches the head of the department or those who support (R319, R320,
// R321), is answered by them and nobody else, and closed by whoever asked; heads
// see what their people report (R337, W35).
func TestFeedback(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fails(w.clerk, w, submit, newFeedback{Kind: "problem", To: "it", Title: " ", Body: "x"}, feature.ErrMissing, "title")
	for _, page := range []string{"https://example.org/", "//example.org", "/search?q=x", `/\example.org`} {
		fails(w.clerk, w, submit, newFeedback{Kind: "problem", To: "it", Title: "x", Body: "x", Page: page}, ErrPage, "page")
	}
	f := w.report("problem", "head")
	if f.To != "head" || f.DueOn <= w.today(2) || f.Department != "业务一组" {
		t.Errorf("%+v", f)
	}
	if n := w.count(`select count(*) from notices where code = 'trial.feedback_arrived' and member_id = $1`, who(w.head)); n != 1 {
		t.Errorf("the head was told %d times", n)
	}
	for name, tt := range map[string]struct {
		ctx context.Context
		n   int
		may []string
	}{
		"head":   {w.head, 1, []string{"answer", "forward", "send"}},
		"clerk":  {w.clerk, 0, []string{"say"}},
		"keeper": {w.keeper, 0, []string{}},
		"office": {w.office, 0, []string{}},
	} {
		p, l := does(tt.ctx, w, getFeedback, ref{f.ID}), does(tt.ctx, w, listFeedback, feedbackList{Box: "handle"})
		if !slices.Equal(p.May, tt.may) || len(l.Items) != tt.n {
			t.Errorf("%s may %v and has %d to handle", name, p.May, len(l.Items))
		}
	}
	fails(w.chief, w, getFeedback, ref{f.ID}, ErrNotFound, "") // leads another department
	fails(w.above, w, getFeedback, ref{f.ID}, ErrNotFound, "")
	fails(w.keeper, w, answer, answering{at(f, 0), "已修复", "fixed"}, ErrNotYours, "")
	fails(w.clerk, w, answer, answering{at(f, 0), "已修复", "fixed"}, ErrOwn, "")
	fails(w.head, w, answer, answering{at(f, 0), " ", "fixed"}, feature.ErrMissing, "text")
	fails(w.clerk, w, shut, at(f, 0), ErrState, "")

	does(w.head, w, forward, forwarding{at(f, 0), "请信息中心处理"})
	fails(w.head, w, answer, answering{at(f, 1), "已修复", "fixed"}, ErrNotYours, "")
	does(w.keeper, w, send, sending{at(f, 1), "HT-2071", "已转开发单位"}) // R317
	does(w.keeper, w, answer, answering{at(f, 2), "请清除缓存再试", "explained"})
	fails(w.keeper, w, answer, answering{at(f, 2), "再答", "fixed"}, ErrStale, "")
	fails(w.keeper, w, shut, at(f, 3), ErrNotYours, "")
	p := does(w.clerk, w, say, saying{at(f, 3), "还是打不开"})
	if p.Feedback.State != "open" || p.Feedback.VendorRef != "HT-2071" {
		t.Errorf("%+v", p.Feedback)
	}
	does(w.keeper, w, answer, answering{at(f, 4), "新版本已修复", "fixed"})
	p = does(w.clerk, w, shut, at(f, 5))
	var acts []string
	for _, s := range p.Steps {
		acts = append(acts, s.Action)
	}
	if p.Feedback.State != "closed" || !slices.Equal(acts, []string{"submitted", "forwarded", "sent_out", "answered", "said", "answered", "closed"}) {
		t.Errorf("%s: %v", p.Feedback.State, acts)
	}
	fails(w.clerk, w, say, saying{at(f, 6), "又坏了"}, ErrState, "")
	// I46, I47: of who asked, and of who answered.
	for kind, unit := range map[string]string{Submitted: "业务一组", Closed: "信息中心"} {
		if n := w.count(`select count(*) from deeds where kind = $1 and unit_id = $2 and item = $3`, kind, w.depts[unit], feedbackOf(f.ID)); n != 1 {
			t.Errorf("%d deeds %s of %s", n, kind, unit)
		}
	}
}

// Feedback to a head who is none any more goes on with those who support as soon as
// something is said (R320).
func TestHeadless(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.report("problem", "head")
	w.sql(`update posts set head = false where tenant_id = $1 and member_id = $2`, w.bureau, who(w.head))
	if p := does(w.clerk, w, say, saying{at(f, 0), "还没有人答复"}); p.Feedback.To != "it" {
		t.Errorf("it waits for %s", p.Feedback.To)
	}
	if l := does(w.keeper, w, listFeedback, feedbackList{Box: "handle"}); len(l.Items) != 1 {
		t.Errorf("the keeper has %d to handle", len(l.Items))
	}
	does(w.keeper, w, answer, answering{at(f, 1), "已修复", "fixed"})
}

// While a sanction keeps the only head from acting, or nobody leads any more, it
// waits for those who support; and where nobody supports, for whoever manages
// runs: it always waits for somebody (R320).
func TestFeedbackReachesSomebody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	was := w.report("problem", "head")
	if n := w.waits(w.keeper, ToAnswer); n != 0 {
		t.Errorf("%d wait for the keeper while somebody leads", n)
	}
	w.sql(`insert into restrictions (tenant_id, id, member_id, starts_at, ends_at, reason, basis, imposed_by) values ($1, $2, $3, now(), now() + interval '9 days', '违规', '文号', $4)`,
		w.bureau, tenant.NewID(), who(w.head), who(w.office))
	if n := w.waits(w.keeper, ToAnswer); n != 1 {
		t.Errorf("%d wait for the keeper once the head may not act, want 1", n)
	}
	if f := w.report("question", "head"); f.To != "it" {
		t.Errorf("a new one waits for %s", f.To)
	}
	does(w.keeper, w, answer, answering{at(was, 0), "已修复", "fixed"})

	manager := rbac.With(w.office, rbac.Fixed(Manage))
	fails(manager, w, answer, answering{at(w.report("problem", "it"), 0), "我来答", "explained"}, ErrNotYours, "")
	w.sql(`delete from grants where tenant_id = $1 and permission = $2`, w.bureau, string(Support))
	told := w.count(`select count(*) from notices where code = 'trial.feedback_arrived' and member_id = $1`, who(w.office))
	f := w.report("problem", "it")
	if n := w.count(`select count(*) from notices where code = 'trial.feedback_arrived' and member_id = $1`, who(w.office)); n != told+1 {
		t.Errorf("who manages runs was told %d times, want once", n-told)
	}
	if n := w.waits(manager, ToAnswer); n != 3 {
		t.Errorf("%d wait for who manages runs where nobody supports, want 3", n)
	}
	does(manager, w, answer, answering{at(f, 0), "已修复", "fixed"})
}

// A head's own feedback goes to whoever else leads above, or to those who
// support; a suggestion taken up is a deed of its department (I46); what nobody
// answers in time is late (I47).
func TestSuggestion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := does(w.head, w, submit, newFeedback{Kind: "suggestion", To: "head", Title: "列表能导出", Body: "请增加导出"}).Feedback
	if f.To != "it" {
		t.Errorf("it went to %s", f.To)
	}
	fails(w.keeper, w, forward, forwarding{at(f, 0), ""}, ErrNobody, "")
	w.sql(`update trial_feedback set due_on = (now() at time zone 'Asia/Shanghai')::date - 3, at = at - interval '10 days' where id = $1`, f.ID)
	if l := does(w.office, w, listFeedback, feedbackList{Box: "all", State: "open", Kind: "suggestion"}); len(l.Items) != 1 || !l.Items[0].Late {
		t.Errorf("%+v", l.Items)
	}
	p := does(w.keeper, w, answer, answering{at(f, 0), "下一版增加", "adopted"})
	if !p.Feedback.Late || p.Feedback.Minutes < 60 {
		t.Errorf("late %v after %d minutes", p.Feedback.Late, p.Feedback.Minutes)
	}
	// Nobody objects: after five working days it is closed (R320).
	w.ok(watch(w.office, w.db))
	if n := w.count(`select count(*) from trial_feedback where id = $1 and state = 'answered'`, f.ID); n != 1 {
		t.Error("closed at once")
	}
	w.sql(`update trial_feedback set answered_at = now() - interval '20 days' where id = $1`, f.ID)
	w.ok(watch(w.system(), w.db))
	w.ok(watch(w.system(), w.db))
	if n := w.count(`select count(*) from deeds where kind = $1 and late and work_minutes > 60 and item = $2`, Closed, feedbackOf(f.ID)); n != 1 {
		t.Errorf("%d closings", n)
	}
	if n := w.count(`select count(*) from deeds where kind = $1 and unit_id = $2`, Adopted, w.depts["业务科"]); n != 1 {
		t.Errorf("%d adoptions", n)
	}
	w.report("question", "it")
	q := w.report("problem", "it")
	does(w.keeper, w, answer, answering{at(q, 0), "已修复", "fixed"})
	for _, tt := range []struct {
		name           string
		ctx            context.Context
		answer, settle int
	}{{"keeper", w.keeper, 1, 0}, {"clerk", w.clerk, 0, 1}, {"head", w.head, 0, 0}, {"chief", w.chief, 0, 0}} {
		if n := w.waits(tt.ctx, ToAnswer); n != tt.answer {
			t.Errorf("%d wait for an answer of the %s", n, tt.name)
		}
		if n := w.waits(tt.ctx, ToSettle); n != tt.settle {
			t.Errorf("%d wait for the word of the %s", n, tt.name)
		}
	}
}

// waits counts a list of the portal.
func (w *world) waits(ctx context.Context, count func(context.Context, *tenant.Tx) (int, string, error)) (n int) {
	w.t.Helper()
	w.ok(w.db.Read(ctx, func(tx *tenant.Tx) (err error) {
		n, _, err = count(ctx, tx)
		return err
	}))
	return n
}

// Faults and vulnerabilities are registered with finder, time and outcome (R359,
// R360, W34); who used one is put down once (I56). Nobody else reads of them.
func TestVulnerabilities(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var v Vulnerability
	hour := func(h int) (at newVulnerability) {
		at = newVulnerability{Kind: "vulnerability", Title: "可以看到他人草稿", Detail: "改地址里的编号即可"}
		w.ok(w.db.Read(w.clerk, func(tx *tenant.Tx) error { at.FoundAt = tx.Now.Add(time.Duration(h) * time.Hour); return nil }))
		return at
	}
	fails(w.clerk, w, register, hour(1), ErrFuture, "found_at")
	v = does(w.clerk, w, register, hour(-2))
	for _, ctx := range []context.Context{w.office, w.head, w.above} {
		fails(ctx, w, getVulnerability, ref{v.ID}, ErrNotFound, "")
		if l := does(ctx, w, listVulnerabilities, vulnerabilityList{}); len(l.Items) != 0 {
			t.Errorf("it is read by somebody else: %+v", l.Items)
		}
	}
	if n := w.count(`select count(*) from notices where code = 'trial.fault_reported' and member_id = $1 and not params::text like '%草稿%'`, who(w.keeper)); n != 1 {
		t.Errorf("the keeper was told %d times", n)
	}
	if n := w.count(`select count(*) from deeds where kind = $1 and title like '%草稿%'`, Found); n != 0 {
		t.Error("a deed tells what the hole is")
	}
	in := treatment{Versioned{v.ID, v.Version}, "repaired", "high", "", nil}
	fails(w.keeper, w, treat, in, ErrOutcome, "outcome")
	culprit := tenant.NewID()
	in.State, in.ExploitedBy = "repairing", &culprit
	fails(w.keeper, w, treat, in, ErrPerson, "exploited_by")
	culprit = who(w.head)
	v = does(w.keeper, w, treat, in)
	in.Versioned, in.State = Versioned{v.ID, v.Version}, "reported" // after all nobody is at it
	v = does(w.keeper, w, treat, in)
	if n := w.count(`select count(*) from notices where code = 'trial.fault_reported' and member_id = $1`, who(w.clerk)); n != 0 {
		t.Error("the finder is told that somebody has found something")
	}
	in.Versioned, in.State, in.Outcome = Versioned{v.ID, v.Version}, "repaired", "已修复并核对全部编号"
	v = does(w.keeper, w, treat, in)
	if v.State != "repaired" || v.RepairedAt == nil || !v.Exploited || v.Finder != "冯办事员" {
		t.Errorf("%+v", v)
	}
	fails(w.keeper, w, treat, in, ErrStale, "")
	if n := w.count(`select count(*) from deeds where kind = $1 and member_id = $2 and unit_id = $3`, Exploited, culprit, w.depts["业务科"]); n != 1 {
		t.Errorf("%d violations", n)
	}
	if own := does(w.clerk, w, getVulnerability, ref{v.ID}); own.Outcome == "" {
		t.Error("the finder does not see the outcome")
	}
	if n := w.count(`select count(*) from notices where code = 'trial.fault_repaired' and member_id = $1`, who(w.clerk)); n != 1 {
		t.Errorf("the finder was told %d times", n)
	}
}

// The tenant's settings: contacts (R336), the rollout group (R334), questions
// (R331), and reminders of secrecy, regularly and once each time (R368).
func TestSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	head := who(w.head)
	in := newSettings{EveryDays: 30, Contacts: []Contact{{Topic: "操作问题", MemberID: &head, Phone: "8213"}, {Topic: "网络", Name: "运维值班", Phone: "119"}},
		Group: []GroupMember{{MemberID: head, Part: "leader"}}}
	bad := in
	bad.Group = append(bad.Group, bad.Group...)
	fails(w.keeper, w, setSettings, bad, ErrTwice, "group[1].member_id")
	bad.Group = []GroupMember{{MemberID: tenant.NewID(), Part: "leader"}}
	fails(w.keeper, w, setSettings, bad, ErrPerson, "group[0].member_id")
	bad = in
	bad.Contacts = []Contact{in.Contacts[0], {Topic: "网络", MemberID: ptr(tenant.NewID())}}
	fails(w.keeper, w, setSettings, bad, ErrPerson, "contacts[1].member_id")
	bad.Contacts = []Contact{{Topic: "网络"}}
	fails(w.keeper, w, setSettings, bad, feature.ErrMissing, "contacts[0].name")
	s := does(w.keeper, w, setSettings, in)
	fails(w.keeper, w, setSettings, in, ErrStale, "")
	st := does(w.clerk, w, standing, feature.None{})
	if len(st.Contacts) != 2 || st.Contacts[0].Name != "王科长" || len(st.Group) != 1 || st.Group[0].Name != "王科长" {
		t.Errorf("%+v", st)
	}
	told := func() int {
		return w.count(`select count(*) from notices where tenant_id = $1 and code like 'trial.secrecy%'`, w.bureau)
	}
	w.ok(watch(w.system(), w.db))
	if told() != 0 {
		t.Error("reminded on the first day")
	}
	w.sql(`update trial_settings set reminded_at = now() - interval '30 days' where tenant_id = $1`, w.bureau)
	w.ok(watch(w.system(), w.db))
	w.ok(watch(w.system(), w.db))
	if told() != 6 {
		t.Errorf("%d reminders, want one for each", told())
	}
	in.Version, in.EveryDays = s.Version, 0
	does(w.keeper, w, setSettings, in)
	w.sql(`update trial_settings set reminded_at = now() - interval '300 days' where tenant_id = $1`, w.bureau)
	w.ok(watch(w.system(), w.db))
	if told() != 6 {
		t.Error("reminded though nobody is to be")
	}

	q := does(w.keeper, w, addQuestion, QA{"怎样撤回稿件", "在稿件页面点“撤稿”", "/publish/mine"})
	fails(w.above, w, editQuestion, requestion{Versioned{q.ID, 1}, QA{"x", "y", ""}}, ErrNotFound, "")
	fails(w.keeper, w, editQuestion, requestion{Versioned{q.ID, 2}, QA{"x", "y", ""}}, ErrStale, "")
	q = does(w.keeper, w, editQuestion, requestion{Versioned{q.ID, 1}, QA{"怎样撤回稿件", "点“撤稿”，说明原因", ""}})
	if l := does(w.clerk, w, listQuestions, questionList{Q: "原因"}); len(l.Items) != 1 || l.Items[0].Version != 2 {
		t.Errorf("%+v", l.Items)
	}
	does(w.keeper, w, dropQuestion, dropping{q.ID, 2})
	fails(w.keeper, w, dropQuestion, dropping{q.ID, 2}, ErrNotFound, "")
}

// Those who manage runs are told once that one is to begin, and that one ends.
func TestRunReminders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := does(w.office, w, create, Plan{Name: "试运行", StartsOn: w.today(0), EndsOn: w.today(2)})
	count := func(code string) int {
		return w.count(`select count(*) from notices where tenant_id = $1 and code = $2`, w.bureau, code)
	}
	w.ok(watch(w.system(), w.db))
	w.ok(watch(w.system(), w.db))
	if count("trial.run_begins") != 2 {
		t.Errorf("%d were told that it begins", count("trial.run_begins"))
	}
	does(w.office, w, bring, bringIn{ID: r.ID, Departments: []uuid.UUID{w.depts["业务科"]}})
	does(w.office, w, start, Versioned{r.ID, r.Version})
	w.ok(watch(w.system(), w.db))
	w.ok(watch(w.system(), w.db))
	if count("trial.run_ends") != 2 {
		t.Errorf("%d were told that it ends", count("trial.run_ends"))
	}
}

// system is the context a round runs in: a tenant and no member.
func (w *world) system() context.Context {
	return tenant.As(w.t.Context(), tenant.Actor{Tenant: w.bureau})
}
