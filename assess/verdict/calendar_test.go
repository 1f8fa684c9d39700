package verdict

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/calendar"
	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func TestTheFeatureIsSound(t *testing.T) {
	t.Parallel()
	if err := feature.Check(New(Deps{}).Feature()); err != nil {
		t.Error(err)
	}
}

// A calendar names who does what until when, in order and on working days; what
// is late is not made to be in time by planning it anew.
func TestTheCalendar(t *testing.T) {
	t.Parallel()
	w := newWorld(t, got{"甲局", "95", "40", "0"}, got{"规划处", "85", "", ""})
	in := w.planned()
	stranger, _ := tenanttest.As(t, tenanttest.Tenant(t, uuid.Nil, "外单位"))
	refused(stranger, w, "another tenant", w.v.setCalendar, in, assess.ErrRoundNotFound, "")
	steps := func(change func([]stepIn) []stepIn) calendarIn {
		c := in
		c.Steps = change(slices.Clone(in.Steps))
		return c
	}
	saturday := calendar.DateOf(w.now()).Add(400)
	for calendar.Default().IsWorkday(saturday) {
		saturday = saturday.Add(1)
	}
	for name, tt := range map[string]struct {
		in    calendarIn
		want  *fault.Error
		field string
	}{
		"a step twice":             {steps(func(s []stepIn) []stepIn { return append(s, s[0]) }), ErrStep, "steps[8].step"},
		"a step out of its order":  {steps(func(s []stepIn) []stepIn { s[0], s[1] = s[1], s[0]; return s }), ErrStep, "steps[1].step"},
		"a day before the last":    {steps(func(s []stepIn) []stepIn { s[2].Due = "2020-01-02"; return s }), ErrOrder, "steps[2].due"},
		"no day":                   {steps(func(s []stepIn) []stepIn { s[2].Due = "2020-02-30"; return s }), ErrDay, "steps[2].due"},
		"no decision":              {steps(func(s []stepIn) []stepIn { return slices.Delete(s, 4, 5) }), ErrStepMissed, "steps"},
		"escalated to oneself":     {steps(func(s []stepIn) []stepIn { s[1].Leader = s[1].Responsible; return s }), ErrLeader, "steps[1].leader_id"},
		"a day that is over":       {steps(func(s []stepIn) []stepIn { s[0].Due = "2020-01-02"; return s }), ErrPast, "steps[0].due"},
		"a day off":                {steps(func(s []stepIn) []stepIn { s[7].Due = saturday.String(); return s }), ErrOffDay, "steps[7].due"},
		"somebody who may not see": {steps(func(s []stepIn) []stepIn { s[0].Responsible = tenant.NewID(); return s }), ErrPerson, "steps[0].responsible_id"},
		"a leader who may not see": {steps(func(s []stepIn) []stepIn { s[0].Leader = tenant.NewID(); return s }), ErrPerson, "steps[0].leader_id"},
		"no such heading":          {func() calendarIn { c := in; c.Heading = "x"; return c }(), ErrHeading, "heading"},
		"lines the scheme has":     {func() calendarIn { c := in; c.Lines = usualLines(); return c }(), ErrLines, "lines"},
	} {
		refused(w.boss, w, name, w.v.setCalendar, tt.in, tt.want, tt.field)
	}
	p := must(w.boss, w, w.v.setCalendar, in)
	if p.Calendar.Version != 1 || len(p.Steps) != 8 || p.Steps[0].Responsible.Name != "考核专员" || p.Steps[0].Leader.Name != "考核主任" || len(p.Defaults) != 0 {
		t.Errorf("calendar = %+v", p)
	}
	refused(w.boss, w, "a second first one", w.v.setCalendar, in, ErrStale, "")
	in.Version = 1
	in.Steps[7].Remind = 5
	if p = must(w.boss, w, w.v.setCalendar, in); p.Calendar.Version != 2 || p.Steps[7].Remind != 5 {
		t.Errorf("changed = %+v", p.Calendar)
	}
	refused(w.boss, w, "as it was", w.v.setCalendar, in, ErrStale, "")
	w.later(20) // the notice is late
	in.Version = 2
	refused(w.boss, w, "late made in time", w.v.setCalendar, in, ErrLate, "steps[0].due")
	w.sql(`update assess_rounds set state = 'published' where id = $1`, w.round)
	refused(w.boss, w, "of a published round", w.v.setCalendar, in, ErrPublished, "")
}

// A scheme without grades has them in its calendar.
func TestLinesOfTheCalendar(t *testing.T) {
	t.Parallel()
	w := newWorld(t, got{"甲局", "95", "", ""})
	w.plant([]got{{"甲局", "95", "", ""}}, "")
	in := w.planned()
	refused(w.boss, w, "none at all", w.v.setCalendar, in, ErrLines, "lines")
	in.Lines = []Line{{"优秀", num("90")}, {"良好", num("90")}}
	refused(w.boss, w, "not from above to below", w.v.setCalendar, in, ErrLines, "lines[1].at_least")
	in.Lines = usualLines()
	if p := must(w.boss, w, w.v.setCalendar, in); len(p.Calendar.Lines) != 4 || p.Graded || !slices.Equal(p.Grades, four) {
		t.Errorf("page = %+v", p)
	}
}

// A step that people do by hand is done when the person named for it says so, in
// time; what is late needs a permit that somebody else gave.
func TestStepsAndPermits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, got{"甲局", "95", "40", "0"}, got{"规划处", "85", "", ""})
	in := w.planned()
	today := calendar.DateOf(w.now())
	due, _ := calendar.Default().AddWorkdays(today, 0)
	in.Steps = append([]stepIn{{review, due.String(), 2, who(w.boss), who(w.second)}}, in.Steps...)
	must(w.boss, w, w.v.setCalendar, in)
	done := doneIn{w.round, review, "两名考核人员已逐项复核"}
	refused(w.chair, w, "by another", w.v.done, done, ErrNotResponsible, "")
	refused(w.boss, w, "of a step there is not", w.v.done, doneIn{w.round, self, "x"}, ErrNoCalendar, "")
	refused(w.boss, w, "saying nothing", w.v.done, doneIn{w.round, review, "  "}, feature.ErrMissing, "note")
	w.later(10)
	refused(w.boss, w, "late", w.v.done, done, ErrLate, "")

	until, _ := calendar.Default().AddWorkdays(today, 3)
	permit := permitIn{ID: w.round, Step: review, Until: until.String(), Reason: "汛期应急，复核人员外出"}
	refused(w.boss, w, "by whoever is late", w.v.permit, permit, ErrOwnPermit, "")
	twin := w.twin(w.boss)
	refused(twin, w, "by the same person under another name", w.v.permit, permit, ErrOwnPermit, "")
	early := permit
	early.Until = today.Add(-11).String()
	refused(w.second, w, "until before", w.v.permit, early, ErrUntil, "until")
	nothing := permit
	nothing.Reason = " "
	refused(w.second, w, "without a reason", w.v.permit, nothing, feature.ErrMissing, "reason")
	p := must(w.second, w, w.v.permit, permit)
	if s := p.Steps[0]; s.Due != until || s.Planned == until || s.State == "late" || len(p.Permits) != 1 || p.Permits[0].ByName != "考核主任" {
		t.Errorf("permitted = %+v %+v", s, p.Permits)
	}
	if p = must(w.boss, w, w.v.done, done); p.Steps[0].State != "done" || p.Steps[0].DoneBy != "考核专员" {
		t.Errorf("done = %+v", p.Steps[0])
	}
	refused(w.boss, w, "twice", w.v.done, done, ErrDone, "")
	refused(w.second, w, "a permit for what is done", w.v.permit, permit, ErrDone, "")
	refused(w.second, w, "for one unit, of another step", w.v.permit, permitIn{ID: w.round, Step: decide, Unit: &w.round, Until: until.String(), Reason: "x"}, ErrStep, "step")
	if n := w.count(`select count(*) from audit_entries where tenant_id = $1 and action in ('verdict.permitted', 'verdict.step_done')`, w.hq); n != 2 {
		t.Errorf("%d audit rows, want 2", n)
	}
}

// What is due is told once to who is responsible, and what is late once to the
// leader as well.
func TestRemindingAndEscalating(t *testing.T) {
	t.Parallel()
	w := newWorld(t, got{"甲局", "95", "40", "0"})
	in := w.planned()
	for i := range in.Steps {
		in.Steps[i].Remind = 0
	}
	in.Steps[0].Remind = 30
	must(w.boss, w, w.v.setCalendar, in)
	for range 2 {
		w.tells(w.hq)
	}
	if n, m := w.told(w.boss, "verdict.step_due"), w.told(w.second, "verdict.step_due"); n != 1 || m != 0 {
		t.Errorf("reminded %d and %d times, want the responsible person once", n, m)
	}
	w.sql(`update verdict_steps set due = due - 30 where tenant_id = $1 and step = 'notice'`, w.hq)
	for range 2 {
		w.tells(w.hq)
	}
	if n, m := w.told(w.boss, "verdict.step_late"), w.told(w.second, "verdict.step_late"); n != 1 || m != 1 {
		t.Errorf("told of lateness %d and %d times, want both once", n, m)
	}
	l := must(w.boss, w, w.v.dues, feature.None{})
	if len(l.Items) != 8 || !l.Items[0].Mine || l.Items[0].Step.Step != notice || l.Items[0].State != "late" {
		t.Errorf("dues = %+v", l.Items)
	}
	people := must(w.boss, w, w.v.people, feature.None{})
	if len(people.Items) != 3 {
		t.Errorf("people = %+v, want the three who may see", people.Items)
	}
	var all []string
	err := w.db.Write(w.boss, func(tx *tenant.Tx) error {
		return tx.Select(w.boss, &all, `select action from audit_entries where action = 'verdict.step_escalated'`)
	})
	if err != nil || len(all) != 1 || errors.Is(err, ErrLate) {
		t.Errorf("escalations on record = %v %v", all, err)
	}
}
