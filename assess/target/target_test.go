package target

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/calendar"
	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A person is a member of a tenant, in a department of their own which they head.
type person struct {
	context.Context
	tenant.Actor
	dept uuid.UUID
}

// A world is a headquarters with two bureaus below it, and a stranger.
type world struct {
	t     *testing.T
	db    *tenant.DB
	hq    uuid.UUID
	unit  uuid.UUID
	today calendar.Date

	setter person // sets targets at headquarters
	deputy person // leads there
	river  person // heads a department there
	chief  person // leads the bureau
	office person // sets targets in it
	flood  person // heads a department in it
	clerk  person // works in that department and heads none
	other  person // of the other bureau, with every right
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, db: tenanttest.DB(t), hq: tenanttest.Tenant(t, uuid.Nil, "省厅")}
	w.unit = tenanttest.Tenant(t, w.hq, "云岭局")
	w.setter, w.deputy, w.river = w.person(w.hq, "韩目标", Manage), w.person(w.hq, "副厅长"), w.person(w.hq, "河湖处长")
	w.chief, w.office, w.flood = w.person(w.unit, "局长"), w.person(w.unit, "办公室主任", Manage), w.person(w.unit, "防汛科长")
	w.clerk = w.person(w.unit, "科员")
	w.admin(`update departments set kind = 'leaders' where id = $1`, w.chief.dept)
	w.admin(`update posts set department_id = $1, head = false where member_id = $2`, w.flood.dept, w.clerk.Member)
	w.clerk.dept = w.flood.dept
	w.other = w.person(tenanttest.Tenant(t, w.hq, "沧原局"), "邻居", Manage, View, Accept)
	w.today = calendar.DateOf(w.now())
	return w
}

func (w *world) person(of uuid.UUID, name string, rights ...rbac.Permission) person {
	w.t.Helper()
	ctx, a := tenanttest.As(w.t, of)
	a.Name = name
	ctx = tenant.As(ctx, a)
	dept := tenanttest.Member(w.t, ctx, name)
	return person{rbac.With(ctx, rbac.Fixed(rights...)), a, dept}
}

func (w *world) admin(query string, args ...any) {
	w.t.Helper()
	if _, err := tenanttest.Admin(w.t).Exec(query, args...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	if err := tenanttest.Admin(w.t).QueryRow(query, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// do calls an endpoint in a transaction of its own, after its input has looked
// at itself.
func do[In, Out any](w *world, as person, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) (out Out, err error) {
	for _, v := range []any{&in, in} {
		if v, ok := v.(interface{ Validate() error }); ok {
			if err := v.Validate(); err != nil {
				return out, err
			}
			break
		}
	}
	err = w.db.Write(as, func(tx *tenant.Tx) (err error) {
		out, err = fn(as, tx, in)
		return err
	})
	return out, err
}

func must[In, Out any](w *world, as person, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) Out {
	w.t.Helper()
	out, err := do(w, as, fn, in)
	if err != nil {
		w.t.Fatalf("%s: %v", as.Name, err)
	}
	return out
}

func wants(t *testing.T, name string, err error, want *fault.Error, field ...string) {
	t.Helper()
	switch {
	case want == nil && err == nil:
	case want == nil || !errors.Is(err, want):
		t.Errorf("%s = %v, want %v", name, err, want)
	case len(field) > 0 && fault.Of(err).Field != field[0]:
		t.Errorf("%s = on %q, want on %q", name, fault.Of(err).Field, field[0])
	}
}

func num(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func some2(s string) *decimal.Decimal { d := num(s); return &d }

// says is a complete target that weighs so much.
func (w *world) says(title, weight string) Draft {
	return Draft{Title: title, Measure: quantity, Quantity: some2("120"), Of: "公里", Weight: num(weight), Cadence: "month",
		LeaderID: &w.deputy.Member, DepartmentID: &w.river.dept,
		Milestones: []Milestone{{Quarter: 2, Text: "过半", Value: some2("60")}, {Quarter: 4, Text: "全部完成", Value: some2("120")}}}
}

// inside is a complete part within the bureau.
func (w *world) inside(title, weight string) Draft {
	d := w.says(title, weight)
	d.LeaderID, d.DepartmentID = &w.chief.Member, &w.flood.dept
	return d
}

// of makes a target of the year for the bureau.
func (w *world) of(d Draft) newTarget {
	return newTarget{Draft: d, Year: w.today.Year, UnitKind: "tenant", UnitID: w.unit}
}

// issued sets one target of the bureau and issues it.
func (w *world) issued(title string) Page {
	w.t.Helper()
	p := must(w, w.setter, create, w.of(w.says(title, "100")))
	must(w, w.setter, issueUnit, unitYear{w.unit, w.today.Year})
	return must(w, w.setter, show, ref{p.ID})
}

// taken is a target the bureau has accepted; its department of floods reports,
// by the clerk.
func (w *world) taken(title string) Page {
	w.t.Helper()
	p := w.issued(title)
	return must(w, w.chief, accept, acceptance{ID: p.ID, Revision: p.Revision,
		Crew: Crew{LeaderID: &w.chief.Member, DepartmentID: &w.flood.dept, ReporterID: &w.clerk.Member}})
}

func TestDraftValidate(t *testing.T) {
	t.Parallel()
	id := uuid.New()
	good := func() Draft {
		return Draft{Title: "河道整治", Measure: quantity, Quantity: some2("1"), Of: "公里", Weight: num("40"), Cadence: "month", LeaderID: &id}
	}
	for name, tt := range map[string]struct {
		change func(*Draft)
		want   *fault.Error
		field  string
	}{
		"ok":                          {func(*Draft) {}, nil, ""},
		"no title":                    {func(d *Draft) { d.Title = " " }, feature.ErrMissing, "title"},
		"weighs nothing":              {func(d *Draft) { d.Weight = decimal.Zero }, ErrWeight, "weight"},
		"weighs all":                  {func(d *Draft) { d.Weight = num("100") }, nil, ""},
		"weighs more than all":        {func(d *Draft) { d.Weight = num("100.01") }, ErrWeight, "weight"},
		"a quantity of none":          {func(d *Draft) { d.Quantity = some2("0") }, ErrQuantity, "quantity"},
		"a quantity of what":          {func(d *Draft) { d.Of = " " }, ErrMeasured, "unit_of_measure"},
		"a draft without a quantity":  {func(d *Draft) { d.Quantity, d.Of = nil, "" }, nil, ""},
		"two milestones of a quarter": {func(d *Draft) { d.Milestones = []Milestone{{Quarter: 1, Text: "甲"}, {Quarter: 1, Text: "乙"}} }, ErrQuarter, "milestones[1].quarter"},
		"a milestone of nothing":      {func(d *Draft) { d.Milestones = []Milestone{{Quarter: 1, Text: " "}} }, feature.ErrMissing, "milestones[0].text"},
	} {
		d := good()
		tt.change(&d)
		wants(t, name, d.Validate(), tt.want, tt.field)
	}
	d := good()
	d.Measure, d.Milestones = milestone, []Milestone{{Quarter: 1, Text: "甲", Value: some2("1")}}
	if err := d.Validate(); err != nil || d.Quantity != nil || d.Of != "" || d.Milestones[0].Value != nil || d.DueDay != 5 {
		t.Errorf("a milestone keeps a quantity, or is not due on the 5th: %+v %v", d, err)
	}
}

// Only who sets targets sets one, for a department or a tenant below; until it
// is issued nobody else sees it.
func TestSetTarget(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	closed := tenanttest.Tenant(t, w.hq, "停用局")
	w.admin(`update platform.tenants set state = 'suspended' where id = $1`, closed)
	for _, tt := range []struct {
		name  string
		as    person
		in    func(*newTarget)
		want  *fault.Error
		field string
	}{
		{"without the right", w.river, func(*newTarget) {}, rbac.ErrDenied, ""},
		{"of a sibling", w.other, func(*newTarget) {}, ErrUnit, "unit_id"},
		{"of who stands above", w.office, func(n *newTarget) { n.UnitID = w.hq }, ErrUnit, "unit_id"},
		{"of a suspended tenant", w.setter, func(n *newTarget) { n.UnitID = closed }, ErrUnit, "unit_id"},
		{"of another's department", w.setter, func(n *newTarget) { n.UnitKind, n.UnitID = "department", w.flood.dept }, ErrUnit, "unit_id"},
		{"of a person right away", w.setter, func(n *newTarget) { n.UnitKind, n.UnitID = "member", w.river.Member }, ErrUnit, "unit_id"},
		{"led by another tenant's", w.setter, func(n *newTarget) { n.LeaderID = &w.chief.Member }, ErrLeader, "leader_id"},
		{"by another's department", w.setter, func(n *newTarget) { n.DepartmentID = &w.flood.dept }, ErrDept, "department_id"},
		{"helped by another's", w.setter, func(n *newTarget) { n.PartnerIDs = []uuid.UUID{w.flood.dept} }, ErrDept, "partner_ids"},
		{"for no indicator", w.setter, func(n *newTarget) { n.Indicator = "x" }, ErrIndicator, "indicator"},
		{"a part of what is not there", w.setter, func(n *newTarget) { id := tenant.NewID(); n.ParentID = &id }, ErrNotFound, ""},
		{"a tenant below", w.setter, func(n *newTarget) { n.PartnerIDs = []uuid.UUID{w.river.dept} }, nil, ""},
		{"a department", w.setter, func(n *newTarget) { n.UnitKind, n.UnitID = "department", w.river.dept }, nil, ""},
	} {
		in := w.of(w.says("治理河道", "40"))
		tt.in(&in)
		p, err := do(w, tt.as, create, in)
		wants(t, tt.name, err, tt.want, tt.field)
		if err != nil {
			continue
		}
		if p.State != draft || p.Revision != 0 || p.Light != none || p.Spec.Leader != "副厅长" || p.Setter.ID != w.hq {
			t.Errorf("%s: %+v", tt.name, p.Target)
		}
		for _, who := range []person{w.chief, w.office, w.other} {
			_, err := do(w, who, show, ref{p.ID})
			wants(t, tt.name+" seen before it is issued by "+who.Name, err, ErrNotFound)
		}
	}
	if s := must(w, w.setter, sheet, sheetQuery{w.unit, w.today.Year}); s.Drafts != 1 || s.Sum.String() != "40" {
		t.Errorf("the unit's sheet = %+v", s)
	}
	_, err := do(w, w.other, sheet, sheetQuery{w.unit, w.today.Year})
	wants(t, "a sibling's sheet", err, ErrUnitNotFound)
}

// A target serves an indicator of a scheme of its year.
func TestIndicator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.db.Write(w.setter, func(tx *tenant.Tx) error {
		id := tenant.NewID()
		if _, err := tx.Exec(w.setter, `insert into assess_schemes (id, year, name) values ($1, $2, '考核')`, id, w.today.Year); err != nil {
			return err
		}
		_, err := tx.Exec(w.setter, `
			insert into assess_scheme_versions (scheme_id, version, year, name, units, rules, plan, by_name, at)
			     values ($1, 1, $2, '考核', '[]', '[{"code":"r1","name":"进展报告"}]', '{"headings":[{"code":"A","name":"重点工作"}]}', '甲', $3)`, id, w.today.Year, tx.Now)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if l := must(w, w.setter, indicators, yearQuery{w.today.Year}); len(l.Items) != 2 || l.Items[0].Name != "重点工作" || l.Items[1].Code != "r1" {
		t.Errorf("indicators = %+v", l.Items)
	}
	d := w.says("重点", "40")
	d.Indicator = "A"
	if p := must(w, w.setter, create, w.of(d)); p.Spec.IndicatorName != "重点工作" {
		t.Errorf("indicator = %+v", p.Spec)
	}
	in := w.of(d)
	in.Year--
	_, err := do(w, w.setter, create, in)
	wants(t, "of another year", err, ErrIndicator, "indicator")
}

func TestEditDropReopen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := must(w, w.setter, create, w.of(w.says("初稿", "100")))
	for _, tt := range []struct {
		name string
		as   person
		in   change
		want *fault.Error
	}{
		{"another tenant", w.other, change{Draft: w.says("改", "100"), ID: p.ID, Version: 1}, ErrNotFound},
		{"another's", w.river, change{Draft: w.says("改", "100"), ID: p.ID, Version: 1}, ErrNotYours},
		{"an old version", w.setter, change{Draft: w.says("改", "100"), ID: p.ID, Version: 7}, ErrStale},
		{"one's own", w.setter, change{Draft: w.says("改", "100"), ID: p.ID, Version: 1}, nil},
		{"again", w.setter, change{Draft: w.says("再改", "100"), ID: p.ID, Version: 1}, ErrStale},
	} {
		_, err := do(w, tt.as, edit, tt.in)
		wants(t, "edit "+tt.name, err, tt.want)
	}
	_, err := do(w, w.setter, reopen, because{p.ID, 2, "改"})
	wants(t, "reopening a draft", err, ErrNotIssued)
	must(w, w.setter, issueUnit, unitYear{w.unit, w.today.Year})
	_, err = do(w, w.setter, edit, change{Draft: w.says("改", "100"), ID: p.ID, Version: 3})
	wants(t, "editing what is issued", err, ErrIssued)
	_, err = do(w, w.setter, drop, because{p.ID, 3, "不办了"})
	wants(t, "dropping what is issued", err, ErrIssued)
	_, err = do(w, w.setter, reopen, because{p.ID, 3, " "})
	wants(t, "reopening for no reason", err, feature.ErrMissing, "reason")
	must(w, w.setter, reopen, because{p.ID, 3, "任务调整"})
	if got := must(w, w.chief, show, ref{p.ID}); got.State != issued || got.Spec.Title != "改" {
		t.Errorf("while it is revised the bureau sees %s %s", got.State, got.Spec.Title)
	}
	d, err := do(w, w.setter, drop, because{p.ID, 4, "任务取消"})
	wants(t, "dropping", err, nil)
	if got := must(w, w.chief, show, ref{p.ID}); d.State != withdrawn || got.State != withdrawn || got.Note != "任务取消" {
		t.Errorf("dropped = %+v, the bureau sees %s %s", d, got.State, got.Note)
	}
	_, err = do(w, w.setter, drop, because{p.ID, 5, "再"})
	wants(t, "dropping again", err, ErrWithdrawn)
	_, err = do(w, w.chief, accept, acceptance{ID: p.ID, Revision: 2})
	wants(t, "accepting what is withdrawn", err, ErrWithdrawn)

	gone := must(w, w.setter, create, w.of(w.says("废稿", "10")))
	if d := must(w, w.setter, drop, because{gone.ID, 1, "写错"}); d.State != "gone" {
		t.Errorf("a draft was not removed: %+v", d)
	}
	_, err = do(w, w.setter, show, ref{gone.ID})
	wants(t, "what is gone", err, ErrNotFound)
}

func (w *world) now() (at time.Time) {
	w.t.Helper()
	if err := tenanttest.Admin(w.t).QueryRow(`select now()`).Scan(&at); err != nil {
		w.t.Fatal(err)
	}
	return at
}
