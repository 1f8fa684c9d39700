package publish

import (
	"context"
	"slices"
	"testing"

	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// alone opens an inspection whose only inspector is v.inspector.
func inspectsAlone(t *testing.T) *visit {
	t.Helper()
	v := inspects(t)
	v.look(must[Inspection](t)(do(v.house, v.office, openInspection, thisYear(v.inspector))).ID)
	return v
}

// leaves lets p go, as org does.
func (h *house) leaves(p member) {
	h.t.Helper()
	h.admin(`update members set state = 'left', account_id = null where tenant_id = $1 and id = $2`, h.id, p.Member)
}

func (v *visit) settles(p member, f Finding, decision string) (Finding, error) {
	v.t.Helper()
	return do(v.house, p, decide, verdict{ID: f.ID, Decision: decision, Note: "经复核", Version: f.Version})
}

// W06: of an objection that no inspector is there to decide, one who leads
// inspections does, who is not of the unit; as long as an inspector is there it is
// theirs.
func TestObjectionOfWhoseInspectorHasLeft(t *testing.T) {
	t.Parallel()
	v := inspectsAlone(t)
	lead := v.joins("另一位主任")
	v.gives(lead, "office")
	v.gives(v.drafter, "office") // who leads, too, and is of the unit
	f := must[Finding](t)(v.answers(v.drafter, v.records("甲", "wording", "minor"), false))
	g := v.records("乙", "format", "minor")
	c := v.records("丙", "slow", "minor")
	_, err := v.settles(v.office, f, "drop")
	want(t, err, ErrNotInspector, "the Office, while the inspector is there")
	v.leaves(v.inspector)

	_, err = v.settles(v.drafter, f, "drop")
	want(t, err, ErrNotInspector, "one of the unit that objected, who leads inspections")
	_, err = v.settles(v.auditor, f, "drop")
	want(t, err, ErrNotInspector, "who only looks")
	_, by := v.drawn(v.office, drawnQuery{})
	if may := by["甲"].Findings[0].May; !slices.Equal(may, []string{"decide"}) {
		t.Errorf("the Office may %v", may)
	}
	g = must[Finding](t)(v.answers(v.drafter, g, false))
	if got := v.told(lead, "publish.finding_objected"); len(got) != 1 {
		t.Errorf("who leads inspections was told %v", got)
	}
	if f = must[Finding](t)(v.settles(v.office, f, "drop")); f.State != "dropped" || f.DecidedBy != v.office.Name {
		t.Errorf("settled = %+v", f)
	}
	g = must[Finding](t)(v.settles(lead, g, "uphold"))
	g = must[Finding](t)(do(v.house, v.drafter, correct, correction{ID: g.ID, Text: "已更正", Version: g.Version}))
	if g = must[Finding](t)(v.settles(v.office, g, "confirm")); g.State != "confirmed" {
		t.Errorf("confirmed = %+v", g)
	}
	must[Finding](t)(v.answers(v.reader, c, true))
	n := count(v.house, `select count(*) from audit_entries where action in ('publish.finding_dropped', 'publish.finding_upheld', 'publish.finding_confirmed') and detail ->> 'inspector' = 'false'`)
	if n != 3 {
		t.Errorf("%d decisions are written down as not an inspector's, want 3", n)
	}
	if _, err := do(v.house, v.office, closeInspection, versioned{v.page.ID, v.page.Version}); err != nil {
		t.Errorf("close = %v", err)
	}
}

// Another inspector comes in the place of one, by who leads inspections: they go
// on with all of it, but decide nothing about their own unit.
func TestInspectorInThePlaceOfAnother(t *testing.T) {
	t.Parallel()
	v, foreign := inspectsAlone(t), open(t)
	colleague, fresh := v.joins("同处室"), v.joins("接替者")
	v.write(v.office, func(ctx context.Context, tx *tenant.Tx) error {
		tx.Audit("test", "test", nil)
		_, err := tx.Exec(ctx, `insert into subjects (member_id, department_id) values ($1, $2)`, colleague.Member, v.drafter.dept)
		return err
	})
	f := must[Finding](t)(v.answers(v.drafter, v.records("甲", "wording", "minor"), false))
	names := func(p member, who, of member, version int) (InspectionPage, error) {
		return do(v.house, p, nameInspector, succession{v.page.ID, who.Member, of.Member, version})
	}
	v.leaves(v.inspector)
	v.look(v.page.ID)
	if len(v.page.Inspectors) != 1 || !v.page.Inspectors[0].Gone || !slices.Contains(v.page.May, "name") {
		t.Errorf("page = %+v, %v", v.page.Inspectors, v.page.May)
	}
	for name, tt := range map[string]struct {
		who, of member
		version int
		want    error
	}{
		"another tenant's":               {foreign.third, v.inspector, 1, ErrInspector},
		"who has left":                   {v.inspector, v.third, 1, ErrInspector},
		"in the place of no inspector":   {fresh, v.second, 1, ErrInspector},
		"in their own place":             {v.inspector, v.inspector, 1, ErrInspector},
		"of the unit that objected":      {colleague, v.inspector, 1, ErrInspectorOfUnit},
		"who objected":                   {v.drafter, v.inspector, 1, ErrInspectorOfUnit},
		"as of an inspection long since": {fresh, v.inspector, 7, ErrStale},
	} {
		_, err := names(v.office, tt.who, tt.of, tt.version)
		want(t, err, tt.want, name)
	}
	_, err := do(foreign, foreign.office, nameInspector, succession{v.page.ID, foreign.third.Member, v.inspector.Member, 1})
	want(t, err, ErrInspectionNotFound, "another tenant")

	db, ctx := tenanttest.DB(t), v.as(v.office)
	name := func(who member) func() error {
		return func() error {
			return doAs(ctx, db, nameInspector, succession{v.page.ID, who.Member, v.inspector.Member, 1})
		}
	}
	errs := race(name(fresh), name(fresh))
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("named twice at once = %v, want one", errs)
	}
	v.look(v.page.ID)
	if len(v.page.Inspectors) != 1 || v.page.Inspectors[0].ID != fresh.Member || v.page.Inspectors[0].Gone {
		t.Errorf("inspectors = %+v", v.page.Inspectors)
	}
	if got := v.told(fresh, "publish.inspection_opened"); len(got) != 1 {
		t.Errorf("who was named was told %v", got)
	}
	if n := count(v.house, `select count(*) from audit_entries where action = 'publish.inspector_named' and object = $1`, inspectionObject(v.page.ID)); n != 1 {
		t.Errorf("%d entries in the audit", n)
	}
	_, err = v.settles(v.office, f, "drop")
	want(t, err, ErrNotInspector, "the Office, now that an inspector is there")
	must[Finding](t)(v.settles(fresh, f, "drop"))
	must[feature.None](t)(do(v.house, fresh, passItem, v.lot("乙")))

	// Nothing waits now: anybody may come; about their own unit they decide nothing.
	must[InspectionPage](t)(names(v.office, colleague, fresh, v.page.Version))
	_, err = do(v.house, fresh, passItem, v.lot("丙"))
	want(t, err, ErrInspectionNotFound, "who was replaced")
	at := v.lot("乙")
	g := must[Finding](t)(do(v.house, colleague, record, newFinding{ID: at.ID, Item: at.Item, Class: "format", Severity: "minor", Text: "缺落款"}))
	g = must[Finding](t)(v.answers(v.drafter, g, false))
	_, err = v.settles(colleague, g, "drop")
	want(t, err, ErrNotInspector, "an inspector who came later, about their own unit")
	must[Finding](t)(v.settles(v.office, g, "drop"))
}

// The last inspector who leaves hands the inspection over; one of several does not
// have to (R231).
func TestInspectionsOfALeaver(t *testing.T) {
	t.Parallel()
	v := inspectsAlone(t)
	must[Finding](t)(v.answers(v.drafter, v.records("甲", "wording", "minor"), false))
	alone := func(p member) (n int) {
		v.write(v.office, func(ctx context.Context, tx *tenant.Tx) (err error) {
			tx.Audit("test", "test", nil)
			n, err = Inspections(ctx, tx, p.Member)
			return err
		})
		return n
	}
	pass := func(from, to member) (n int) {
		v.write(v.office, func(ctx context.Context, tx *tenant.Tx) (err error) {
			tx.Audit("test", "test", nil)
			n, err = PassInspections(ctx, tx, from.Member, to.Member)
			return err
		})
		return n
	}
	// They are one of two in the inspection there was before.
	if a, b := alone(v.inspector), alone(v.third); a != 1 || b != 0 {
		t.Fatalf("%d and %d inspections have nobody else, want 1 and 0", a, b)
	}
	if n := pass(v.inspector, v.drafter); n != 0 || alone(v.inspector) != 1 {
		t.Errorf("%d went to the unit that objected", n)
	}
	v.look(v.page.ID)
	if v.page.Version != 1 {
		t.Errorf("what did not go is version %d", v.page.Version)
	}
	if n := pass(v.inspector, v.second); n != 1 || alone(v.inspector) != 0 || alone(v.second) != 1 {
		t.Errorf("%d went, %d are left, %d are the heir's", n, alone(v.inspector), alone(v.second))
	}
	if n := pass(v.inspector, v.second); n != 0 {
		t.Errorf("%d went again", n)
	}
	v.look(v.page.ID)
	if v.page.Version != 2 || len(v.page.Inspectors) != 1 || v.page.Inspectors[0].ID != v.second.Member {
		t.Errorf("page = %d %+v", v.page.Version, v.page.Inspectors)
	}
	if _, err := do(v.house, v.office, cancelInspection, cancellation{v.page.ID, "重复", 2}); err != nil {
		t.Fatal(err)
	}
	if n := alone(v.second); n != 0 {
		t.Errorf("%d inspections that have ended are to be handed over", n)
	}
}
