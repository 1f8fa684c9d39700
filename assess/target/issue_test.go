package target

import (
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// The weights of a unit's targets add up to 100 when they are issued, and each
// says everything it must.
func TestIssueChecksWeights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := unitYear{w.unit, w.today.Year}
	try := func(name string, want *fault.Error) {
		t.Helper()
		_, err := do(w, w.setter, issueUnit, all)
		wants(t, name, err, want)
	}
	_, err := do(w, w.other, issueUnit, all)
	wants(t, "another tenant's", err, ErrUnitNotFound)
	try("nothing", ErrNothing)
	a := must(w, w.setter, create, w.of(w.says("甲", "60")))
	try("60 of 100", ErrWeights)
	b := must(w, w.setter, create, w.of(w.says("乙", "40.01")))
	try("100.01 of 100", ErrWeights)
	d := w.says("乙", "40")
	for _, tt := range []struct {
		lacks string
		take  func(*Draft)
	}{
		{"quantity", func(d *Draft) { d.Quantity = nil }},
		{"leader_id", func(d *Draft) { d.LeaderID = nil }},
		{"department_id", func(d *Draft) { d.DepartmentID = nil }},
		{"milestones", func(d *Draft) { d.Milestones = nil }},
	} {
		d := d
		tt.take(&d)
		b = must(w, w.setter, edit, change{Draft: d, ID: b.ID, Version: b.Version})
		_, err := do(w, w.setter, issueUnit, all)
		wants(t, "without "+tt.lacks, err, ErrIncomplete)
		if got := fault.Of(err).Meta["missing"]; got != tt.lacks {
			t.Errorf("missing = %v, want %s", got, tt.lacks)
		}
	}
	b = must(w, w.setter, edit, change{Draft: d, ID: b.ID, Version: b.Version})
	s := must(w, w.setter, issueUnit, all)
	if s.Sum.String() != "100" || s.Drafts != 0 || len(s.Targets) != 2 || s.Targets[0].State != issued || s.Targets[0].Revision != 1 {
		t.Errorf("issued = %+v", s)
	}
	try("again", ErrNothing)
	must(w, w.setter, reopen, because{a.ID, 2, "调整"})
	must(w, w.setter, edit, change{Draft: w.says("甲", "50"), ID: a.ID, Version: 3})
	try("changed so that it is 90", ErrWeights)
	if n := w.count(`select count(*) from target_issues where tenant_id = $1`, w.hq); n != 2 {
		t.Errorf("%d revisions were issued, want 2", n)
	}
}

// The head of the unit answers, once for each revision; what is returned with a
// reason is changed and issued again.
func TestAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.issued("治理河道")
	got := must(w, w.chief, show, ref{p.ID})
	if got.State != issued || !got.Carried || got.Setter.Name != "省厅" || got.Version != 0 {
		t.Errorf("the chief sees %+v", got.Target)
	}
	for _, tt := range []struct {
		name string
		as   person
		in   sendBack
		want *fault.Error
	}{
		{"another tenant", w.other, sendBack{p.ID, 1, "多"}, ErrNotFound},
		{"who is not concerned", w.clerk, sendBack{p.ID, 1, "多"}, ErrNotFound},
		{"who does not lead", w.office, sendBack{p.ID, 1, "多"}, ErrNotHead},
		{"who set it", w.setter, sendBack{p.ID, 1, "多"}, ErrNotHead},
		{"for no reason", w.chief, sendBack{p.ID, 1, " "}, feature.ErrMissing},
		{"a revision that never was", w.chief, sendBack{p.ID, 2, "多"}, ErrSuperseded},
		{"the head", w.chief, sendBack{p.ID, 1, "数量过高，去年为 80 公里"}, nil},
		{"again", w.chief, sendBack{p.ID, 1, "多"}, ErrAnswered},
	} {
		_, err := do(w, tt.as, giveBack, tt.in)
		wants(t, "return by "+tt.name, err, tt.want)
	}
	back := must(w, w.setter, show, ref{p.ID})
	if back.State != returned || back.Note != "数量过高，去年为 80 公里" || back.AnsweredBy != "局长" {
		t.Fatalf("the setter sees %+v", back.Target)
	}
	d := w.says("治理河道", "100")
	d.Quantity = some2("90")
	must(w, w.setter, edit, change{Draft: d, ID: p.ID, Version: back.Version})
	must(w, w.setter, issueUnit, unitYear{w.unit, w.today.Year})
	_, err := do(w, w.chief, accept, acceptance{ID: p.ID, Revision: 1})
	wants(t, "accepting the old revision", err, ErrSuperseded)
	_, err = do(w, w.chief, accept, acceptance{ID: p.ID, Revision: 2, Crew: Crew{ReporterID: &w.river.Member}})
	wants(t, "reported by another tenant's", err, ErrPerson, "reporter_id")
	_, err = do(w, w.chief, accept, acceptance{ID: p.ID, Revision: 2, Crew: Crew{DepartmentID: &w.river.dept}})
	wants(t, "for another tenant's department", err, ErrDept, "department_id")
	must(w, w.chief, accept, acceptance{ID: p.ID, Revision: 2})
	up := must(w, w.setter, show, ref{p.ID})
	if up.State != accepted || up.Duty == nil || up.Duty.Reporter.Name != "局长" || up.Dues != 13-int(w.today.Month) || up.Light == none || len(up.History) != 2 {
		t.Errorf("accepted = %+v", up)
	}
	_, err = do(w, w.chief, accept, acceptance{ID: p.ID, Revision: 2})
	wants(t, "accepting again", err, ErrAnswered)
}

// Nobody accepts for a unit what they issued themselves, under whichever
// membership.
func TestSamePersonDoesNotAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.issued("自设自签")
	w.admin(`update target_issues set by_account = $1 where target_id = $2`, w.chief.Account, p.ID)
	for name, err := range map[string]error{
		"accept": errOf(do(w, w.chief, accept, acceptance{ID: p.ID, Revision: 1})),
		"return": errOf(do(w, w.chief, giveBack, sendBack{p.ID, 1, "多"})),
	} {
		wants(t, name, err, ErrSamePerson)
	}
}

func errOf[T any](_ T, err error) error { return err }

// A unit breaks its target down to departments, and these to persons; each
// accepts its part, and the parts share the target.
func TestBreakDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	part := func(parent uuid.UUID, kind string, id uuid.UUID, d Draft) newTarget {
		return newTarget{Draft: d, Year: 2001, UnitKind: kind, UnitID: id, ParentID: &parent}
	}
	top := w.issued("治理河道")
	_, err := do(w, w.office, create, part(top.ID, "department", w.flood.dept, w.inside("防洪堤", "100")))
	wants(t, "before it is accepted", err, ErrUnaccepted)
	must(w, w.chief, accept, acceptance{ID: top.ID, Revision: 1, Crew: Crew{DepartmentID: &w.office.dept, ReporterID: &w.office.Member}})
	for _, tt := range []struct {
		name  string
		as    person
		kind  string
		id    uuid.UUID
		want  *fault.Error
		field string
	}{
		{"another tenant", w.other, "department", w.other.dept, ErrNotFound, ""},
		{"its setter", w.setter, "department", w.river.dept, ErrNotYours, ""},
		{"who has no part in it", w.clerk, "department", w.flood.dept, ErrNotFound, ""},
		{"for another tenant's department", w.office, "department", w.river.dept, ErrUnit, "unit_id"},
		{"for a tenant", w.office, "tenant", w.unit, ErrUnit, "unit_id"},
		{"for a person of nowhere", w.office, "member", w.river.Member, ErrUnit, "unit_id"},
	} {
		_, err := do(w, tt.as, create, part(top.ID, tt.kind, tt.id, w.inside("防洪堤", "60")))
		wants(t, tt.name, err, tt.want, tt.field)
	}
	a := must(w, w.chief, create, part(top.ID, "department", w.flood.dept, w.inside("防洪堤", "60")))
	if a.Year != w.today.Year || a.Parent == nil || a.Parent.Name != "治理河道" {
		t.Errorf("the part = %+v", a)
	}
	_, err = do(w, w.office, issueParts, ref{top.ID})
	wants(t, "parts that are 60 of 100", err, ErrWeights)
	b := must(w, w.office, create, part(top.ID, "member", w.office.Member, w.inside("验收", "40")))
	_, err = do(w, w.flood, issueParts, ref{top.ID})
	wants(t, "by who does not break it down", err, ErrNotFound)
	if p := must(w, w.office, issueParts, ref{top.ID}); len(p.Pieces) != 2 || p.Pieces[0].State != issued {
		t.Errorf("pieces = %+v", p.Pieces)
	}
	_, err = do(w, w.office, accept, acceptance{ID: b.ID, Revision: 1})
	wants(t, "accepting what one issued", err, ErrSamePerson)
	_, err = do(w, w.clerk, accept, acceptance{ID: a.ID, Revision: 1})
	wants(t, "a department's by who does not head it", err, ErrNotFound)
	got := must(w, w.flood, accept, acceptance{ID: a.ID, Revision: 1})
	if got.Duty.Department.ID != w.flood.dept || got.Duty.Leader.Name != "局长" {
		t.Errorf("duty = %+v", got.Duty)
	}

	// The department breaks its part down to a person of its own.
	_, err = do(w, w.flood, create, part(a.ID, "member", w.office.Member, w.inside("巡堤", "100")))
	wants(t, "a person of another department", err, ErrUnit, "unit_id")
	_, err = do(w, w.flood, create, part(a.ID, "department", w.flood.dept, w.inside("巡堤", "100")))
	wants(t, "the department itself", err, ErrUnit, "unit_id")
	c := must(w, w.flood, create, part(a.ID, "member", w.clerk.Member, w.inside("巡堤", "100")))
	must(w, w.flood, issueParts, ref{a.ID})
	must(w, w.clerk, accept, acceptance{ID: c.ID, Revision: 1})
	_, err = do(w, w.flood, create, part(c.ID, "member", w.clerk.Member, w.inside("再分", "100")))
	wants(t, "a part of a person's", err, ErrNoParts)

	tree := must(w, w.chief, own, yearQuery{w.today.Year})
	if len(tree.Nodes) != 1 || len(tree.Nodes[0].Parts) != 2 {
		t.Fatalf("the chief's tree = %+v", tree)
	}
	dept := tree.Nodes[0].Parts[0]
	if dept.Target.ID != a.ID {
		dept = tree.Nodes[0].Parts[1]
	}
	if len(dept.Parts) != 1 || dept.Parts[0].Target.State != accepted || tree.All.Targets != 4 {
		t.Errorf("the department's part = %+v of %+v", dept, tree.All)
	}
	if clerk := must(w, w.clerk, own, yearQuery{w.today.Year}); len(clerk.Nodes) != 1 || clerk.Nodes[0].Target.ID != c.ID {
		t.Errorf("the clerk's tree = %+v", clerk)
	}
	if p := must(w, w.setter, show, ref{top.ID}); len(p.Pieces) != 0 {
		t.Errorf("headquarters is shown what the bureau makes of it: %+v", p.Pieces)
	}
	_, err = do(w, w.setter, show, ref{a.ID})
	wants(t, "headquarters looks into a part", err, ErrNotFound)
}

// Others are named to answer for a target by who accepted it.
func TestHandOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.taken("河湖清四乱")
	in := handOver{ID: p.ID, Version: 1, Crew: Crew{ReporterID: &w.flood.Member}}
	for _, tt := range []struct {
		name string
		as   person
		in   handOver
		want *fault.Error
	}{
		{"another tenant", w.other, in, ErrNotFound},
		{"who reports", w.clerk, in, ErrNotHead},
		{"who set it", w.setter, in, ErrNotHead},
		{"an old version", w.chief, handOver{ID: p.ID, Version: 9}, ErrStale},
		{"the head", w.chief, in, nil},
		{"again", w.chief, in, ErrStale},
	} {
		got, err := do(w, tt.as, people, tt.in)
		wants(t, tt.name, err, tt.want)
		if err == nil && (got.Duty.Reporter.ID != w.flood.Member || got.Duty.Leader == nil || got.Duty.Leader.ID != w.chief.Member) {
			t.Errorf("duty = %+v", got.Duty)
		}
	}
}

// Rows of a tenant that does not stand above are not shown, whatever they say,
// and an answer of a tenant that was not asked changes nothing (TI-03).
func TestForgedTargets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.issued("真目标")
	forged := tenant.NewID()
	err := w.db.Write(w.other, func(tx *tenant.Tx) error {
		for _, s := range []struct {
			query string
			args  []any
		}{
			{`insert into targets (id, year, unit_kind, unit_id, unit_name, subject_id, spec, state, revision, changed_by, changed_at)
				values ($1, $2, 'tenant', $3, '云岭局', $3, '{"title":"假目标","weight":"100"}', 'issued', 1, '邻居', now())`, []any{forged, w.today.Year, w.unit}},
			{`insert into target_issues (target_id, revision, year, unit_kind, unit_id, unit_name, subject_id, spec, by_id, by_account, by_name, at)
				values ($1, 1, $2, 'tenant', $3, '云岭局', $3, '{"title":"假目标","weight":"100"}', $4, $4, '邻居', now())`, []any{forged, w.today.Year, w.unit, w.other.Member}},
			{`insert into target_answers (target_id, revision, setter_id, answer, by_id, by_account, by_name, at)
				values ($1, 1, $2, 'accepted', $3, $3, '邻居', now())`, []any{p.ID, w.hq, w.other.Member}},
			{`insert into target_permits (id, target_id, subject_id, period, until, reason, by_id, by_account, by_name, at)
				values ($1, $1, $2, '2026-01', '2099-01-01', '假', $3, $3, '邻居', now())`, []any{forged, w.unit, w.other.Member}},
		} {
			if _, err := tx.Exec(w.other, s.query, s.args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = do(w, w.chief, show, ref{forged})
	wants(t, "a sibling's target", err, ErrNotFound)
	if got := must(w, w.setter, show, ref{p.ID}); got.State != issued {
		t.Errorf("a sibling's answer made it %s", got.State)
	}
	for _, q := range []string{`update target_issues set note = 'x'`, `delete from target_issues`, `update target_answers set answer = 'returned', reason = 'x'`,
		`update target_reports set body = 'x'`, `update target_permits set until = '2099-01-01'`, `delete from target_told`} {
		if err := w.db.Write(w.setter, func(tx *tenant.Tx) error { _, err := tx.Exec(w.setter, q); return err }); err == nil {
			t.Errorf("the application may %s", q)
		}
	}
}
