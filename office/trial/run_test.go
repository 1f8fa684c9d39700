package trial

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/tenant"
)

// A run is planned for a month unless somebody says otherwise (R312), on a day
// (R313), for modules (R335), and begins with whoever takes part (R314, R255).
func TestPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	day := w.today(1)
	fails(w.office, w, create, Plan{Name: " ", StartsOn: day}, feature.ErrMissing, "name")
	fails(w.office, w, create, Plan{Name: "试运行", StartsOn: "2026-02-30"}, feature.ErrMalformed, "starts_on")
	fails(w.office, w, create, Plan{Name: "试运行", StartsOn: w.today(-1)}, ErrPast, "starts_on")
	fails(w.office, w, create, Plan{Name: "试运行", StartsOn: day, EndsOn: w.today(0)}, ErrDays, "ends_on")
	fails(w.office, w, create, Plan{Name: "试运行", StartsOn: day, EndsOn: w.today(400)}, ErrLong, "ends_on")
	fails(w.office, w, create, Plan{Name: "试运行", StartsOn: day, Modules: []string{"公告", " 公告"}}, ErrTwice, "modules")

	r := does(w.office, w, create, Plan{Name: "试运行", StartsOn: day, Modules: []string{"公告", "通知", "日志", "流程"}})
	from, err := calendar.ParseDate(day)
	w.ok(err)
	if want := calendar.On(from.Year, from.Month+1, from.Day).Add(-1).String(); r.EndsOn != want || r.State != planned {
		t.Errorf("a run from %s ends on %s and is %s, want %s", day, r.EndsOn, r.State, want)
	}
	fails(w.above, w, getRun, ref{r.ID}, ErrNotFound, "") // another tenant's
	fails(w.clerk, w, getRun, ref{r.ID}, ErrNotYours, "")
	fails(w.office, w, start, Versioned{r.ID, r.Version}, ErrEarly, "")
	fails(w.office, w, edit, replan{Versioned{r.ID, r.Version + 1}, Plan{Name: "改", StartsOn: day}}, ErrStale, "")
	r = does(w.office, w, edit, replan{Versioned{r.ID, r.Version}, Plan{Name: "OA试运行", StartsOn: w.today(0), DualTrack: true}})
	if r.Name != "OA试运行" || !r.DualTrack || len(r.Modules) != 0 {
		t.Errorf("%+v", r)
	}
	fails(w.office, w, start, Versioned{r.ID, r.Version}, ErrNobody, "")
	fails(w.office, w, cancel, reasoned{Versioned{r.ID, r.Version}, " "}, feature.ErrMissing, "reason")
	if r = does(w.office, w, cancel, reasoned{Versioned{r.ID, r.Version}, "改期"}); r.State != cancelled {
		t.Errorf("it is %s", r.State)
	}
	fails(w.office, w, start, Versioned{r.ID, r.Version}, ErrState, "")
}

// Departments are brought in step by step (R315); those below come along; people
// take part by name (R255). The tenant enters its trial phase with the start (R316).
func TestStepByStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := does(w.office, w, create, Plan{Name: "试运行", StartsOn: w.today(0)})
	fails(w.office, w, bring, bringIn{ID: r.ID, Departments: []uuid.UUID{tenant.NewID()}}, ErrDepartment, "departments")
	fails(w.office, w, bring, bringIn{ID: r.ID, Departments: []uuid.UUID{w.depts["业务科"], w.depts["业务科"]}}, ErrTwice, "departments")
	does(w.office, w, bring, bringIn{ID: r.ID, Departments: []uuid.UUID{w.depts["业务科"], w.depts["财务科"]}})
	does(w.office, w, leave, takeOut{r.ID, w.depts["财务科"]})
	p := does(w.office, w, start, Versioned{r.ID, r.Version})
	if p.Run.State != running || p.Run.Users != 2 || len(p.Pilots) != 1 || len(p.Changes) != 1 || p.Changes[0].Was != formal || p.Changes[0].Phase != "trial" {
		t.Fatalf("%+v", p)
	}
	if n := w.count(`select count(*) from notices where tenant_id = $1 and code = 'trial.started'`, w.bureau); n != 2 {
		t.Errorf("%d people were told, want the head and the clerk", n)
	}
	s := does(w.clerk, w, standing, feature.None{})
	if s.Phase != "trial" || s.Run == nil || !s.TakesPart || len(s.May) != 0 {
		t.Errorf("the clerk: %+v", s)
	}
	if s := does(w.chief, w, standing, feature.None{}); s.TakesPart || !slices.Equal(s.May, []string{"decide"}) {
		t.Errorf("the chief: %+v", s)
	}
	p = does(w.office, w, bring, bringIn{ID: r.ID, Departments: []uuid.UUID{w.depts["信息中心"], w.depts["财务科"]}})
	if p.Run.Users != 3 || len(p.Pilots) != 3 || p.Pilots[2].From != w.today(0) {
		t.Errorf("later: %+v", p.Pilots)
	}
	type person = struct {
		ID   uuid.UUID `json:"id"`
		Part string    `json:"part" enum:"leader,core,user"`
	}
	at := func() Versioned { return Versioned{r.ID, p.Run.Version} }
	fails(w.office, w, invite, participants{at(), []person{{who(w.chief), "leader"}, {tenant.NewID(), "core"}}}, ErrPerson, "people[1].id")
	old := at()
	p = does(w.office, w, invite, participants{at(), []person{{who(w.chief), "leader"}, {who(w.clerk), "core"}}})
	fails(w.office, w, invite, participants{old, []person{{who(w.chief), "leader"}}}, ErrStale, "") // another named people meanwhile
	if p.Run.Users != 4 || len(p.People) != 2 || p.People[0].Part != "leader" {
		t.Errorf("by name: %+v", p.People)
	}
	if p = does(w.office, w, invite, participants{Versioned: at()}); p.Run.Users != 3 {
		t.Errorf("%d take part", p.Run.Users)
	}
	p = does(w.office, w, leave, takeOut{r.ID, w.depts["业务科"]})
	if p.Run.Users != 1 || p.Pilots[0].LeftOn == "" {
		t.Errorf("left: %+v", p.Pilots)
	}
	fails(w.office, w, leave, takeOut{r.ID, w.depts["业务科"]}, ErrDepartment, "department_id")

	again := does(w.office, w, create, Plan{Name: "又一次", StartsOn: w.today(0)})
	does(w.office, w, bring, bringIn{ID: again.ID, Departments: []uuid.UUID{w.depts["业务科"]}})
	fails(w.office, w, start, Versioned{again.ID, again.Version}, ErrAnother, "")
	fails(w.office, w, edit, replan{Versioned{r.ID, p.Run.Version}, Plan{Name: "延长", StartsOn: r.StartsOn, EndsOn: w.today(60)}}, ErrState, "ends_on")
	fails(w.office, w, cancel, reasoned{Versioned{r.ID, p.Run.Version}, "不办了"}, ErrState, "")
}

// What is done in the trial phase is marked where it is recorded and stays so;
// what takes back another is as that was (I01, R316).
func TestTrialDeeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own := tenant.Deed{Kind: "publish.published", Unit: w.depts["业务科"], Item: "publish/item/" + tenant.NewID().String(), Title: "防汛工作"}
	credit := tenant.Deed{Kind: "exchange.adopted", Unit: w.bureau, UnitKind: "tenant", Item: "exchange/envelope/" + tenant.NewID().String(), Title: "采用"}
	marked := func(what string, id uuid.UUID, want int) {
		t.Helper()
		if n := w.count(`select count(*) from deeds where id = $1 and trial`, id); n != want {
			t.Errorf("%s: %d marked, want %d", what, n, want)
		}
	}
	before := w.deed(w.clerk, own)
	marked("before", before, 0)
	r := w.begun(false, "业务科")
	during := w.deed(w.clerk, own)
	marked("during", during, 1)
	marked("what the headquarters credits it with", w.deed(w.above, credit), 1)
	credit.Unit = tenant.NewID()
	marked("what it credits somebody else with", w.deed(w.above, credit), 0)
	other := tenant.Deed{Kind: own.Kind, Unit: tenant.NewID(), Item: own.Item, Title: own.Title}
	marked("what the headquarters does itself", w.deed(w.above, other), 0)
	takeBack := own
	takeBack.Reverses = before
	marked("taking back what counted", w.deed(w.clerk, takeBack), 0)
	err := w.db.Write(w.clerk, func(tx *tenant.Tx) error {
		_, err := tx.Exec(w.clerk, `insert into deeds (id, kind, unit_kind, unit_id, item, title, n, trial) values ($1, 'k', 'department', $1, 'i', '', 1, false)`, tenant.NewID())
		return err
	})
	if err == nil {
		t.Error("somebody says themselves that a deed counts")
	}

	does(w.office, w, names(kindsOf).evaluate, newEvaluation{Versioned{r.ID, r.Version}, "使用情况良好"})
	does(w.chief, w, decide, newDecision{Versioned{r.ID, r.Version + 1}, "formal", "正式推广", w.today(0), ""})
	marked("after", w.deed(w.clerk, own), 0)
	takeBack.Reverses = during
	marked("taking back what did not", w.deed(w.clerk, takeBack), 1)

	l := does(w.above, w, below, feature.None{})
	if len(l.Items) != 1 || l.Items[0].ID != w.bureau || l.Items[0].Phase != formal {
		t.Errorf("the headquarters sees %+v", l.Items)
	}
	if l := does(w.office, w, below, feature.None{}); len(l.Items) != 0 {
		t.Errorf("the bureau sees %+v", l.Items)
	}
}
