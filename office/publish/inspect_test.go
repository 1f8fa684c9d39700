package publish

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A visit is an inspection on its way, with the people of a house.
type visit struct {
	*house
	inspector member
	page      InspectionPage
}

// thisYear asks for an inspection of everything published lately.
func thisYear(inspectors ...member) newInspection {
	today := calendar.DateOf(time.Now())
	in := newInspection{Name: "季度检查", From: today.Add(-300).String(), To: today.String(), Checklist: "格式、字词、时效"}
	for _, p := range inspectors {
		in.Inspectors = append(in.Inspectors, p.Member)
	}
	return in
}

// inspects publishes two items of a department and one of another and opens an
// inspection of them.
func inspects(t *testing.T) *visit {
	t.Helper()
	v := &visit{house: open(t)}
	v.inspector = v.joins("检查员")
	v.may(v.drafter, "draft", v.other)
	v.may(v.publisher, "publish", v.other)
	v.may(v.first, "review", v.other)
	v.named(v.column, "甲", "x")
	v.named(v.column, "乙", "x")
	v.named(v.other, "丙", "x")
	n := must[Inspection](t)(do(v.house, v.office, openInspection, thisYear(v.inspector, v.third)))
	v.look(n.ID)
	return v
}

func (v *visit) look(id uuid.UUID) {
	v.t.Helper()
	v.page = must[InspectionPage](v.t)(see(v.house, v.office, inspection, ref{id}))
}

func (v *visit) drawn(p member, q drawnQuery) (titles []string, byTitle map[string]Drawn) {
	v.t.Helper()
	q.ID = v.page.ID
	byTitle = map[string]Drawn{}
	for _, d := range must[feature.List[Drawn]](v.t)(see(v.house, p, listDrawn, q)).Items {
		titles, byTitle[d.Title] = append(titles, d.Title), d
	}
	return titles, byTitle
}

func (v *visit) lot(title string) lotRef {
	v.t.Helper()
	_, by := v.drawn(v.office, drawnQuery{})
	return lotRef{v.page.ID, by[title].ItemID}
}

func (v *visit) records(title, class, severity string) Finding {
	v.t.Helper()
	at := v.lot(title)
	return must[Finding](v.t)(do(v.house, v.inspector, record, newFinding{ID: at.ID, Item: at.Item, Class: class, Severity: severity, Text: "第二段有错字"}))
}

func (v *visit) passes(titles ...string) {
	v.t.Helper()
	for _, title := range titles {
		must[feature.None](v.t)(do(v.house, v.inspector, passItem, v.lot(title)))
	}
}

func (v *visit) answers(p member, f Finding, accept bool) (Finding, error) {
	v.t.Helper()
	return do(v.house, p, replyTo, reply{ID: f.ID, Accept: accept, Reason: "该处系引用原文", Version: f.Version})
}

func (v *visit) decides(f Finding, decision string) (Finding, error) {
	v.t.Helper()
	return do(v.house, v.inspector, decide, verdict{ID: f.ID, Decision: decision, Note: "已核对", Version: f.Version})
}

// W06 step 1: what an inspection must say before it begins.
func TestOpenInspection(t *testing.T) {
	t.Parallel()
	h, foreign := open(t), open(t)
	h.named(h.column, "甲", "x")
	today := calendar.DateOf(time.Now())
	change := func(fn func(*newInspection)) newInspection { in := thisYear(h.third); fn(&in); return in }
	for name, tt := range map[string]struct {
		in   newInspection
		want error
	}{
		"ok":                          {thisYear(h.third), nil},
		"an inspector twice":          {thisYear(h.third, h.third), nil},
		"no name":                     {change(func(n *newInspection) { n.Name = "\t " }), ErrNameMissing},
		"no period":                   {change(func(n *newInspection) { n.From = "" }), feature.ErrMalformed},
		"a day there is not":          {change(func(n *newInspection) { n.To = "2026-13-01" }), feature.ErrMalformed},
		"ends before it begins":       {change(func(n *newInspection) { n.To = "2001-01-01" }), ErrPeriod},
		"nothing was published":       {change(func(n *newInspection) { n.From, n.To = "2001-01-01", "2001-12-31" }), ErrInspectionEmpty},
		"nothing of that department":  {change(func(n *newInspection) { n.Departments = []uuid.UUID{h.reader.dept} }), ErrInspectionEmpty},
		"an unknown department":       {change(func(n *newInspection) { n.Departments = []uuid.UUID{uuid.New()} }), ErrDepartment},
		"another tenant's department": {change(func(n *newInspection) { n.Departments = []uuid.UUID{foreign.drafter.dept} }), ErrDepartment},
		"another tenant's column":     {change(func(n *newInspection) { n.Columns = []uuid.UUID{foreign.column.ID} }), ErrColumnUnknown},
		"another tenant's inspector":  {thisYear(foreign.third), ErrInspector},
		"until today, of one column":  {change(func(n *newInspection) { n.From, n.Columns = today.String(), []uuid.UUID{h.column.ID} }), nil},
	} {
		n, err := do(h, h.office, openInspection, tt.in)
		want(t, err, tt.want, name)
		if err == nil && (n.State != "open" || n.Items != 1 || n.Version != 1) {
			t.Errorf("%s: %+v", name, n)
		}
	}
	if got := h.told(h.third, "publish.inspection"); len(got) != 3 {
		t.Errorf("the inspector was told %v", got)
	}
}

// clones adds published items to a column past every rule, like copies, and
// leaves the planner's statistics alone, which other tests look at.
func (h *house) clones(it Item, c Column, n int) {
	h.t.Helper()
	h.admin(fmt.Sprintf(`begin; set local session_replication_role = replica;
		insert into items (tenant_id, id, column_id, kind, state, title, drafter_id, drafter_account, drafter_name, content_hash, case_id,
		                   approved_hash, approved_at, levels, publisher_id, publisher_account, publisher_name, published_at, deed_id, deed_unit)
		select tenant_id, gen_random_uuid(), '%s', kind, state, '题 ' || n, drafter_id, drafter_account, drafter_name, content_hash, case_id,
		       approved_hash, approved_at, levels, publisher_id, publisher_account, publisher_name, published_at, deed_id, deed_unit
		  from items, generate_series(1, %d) as n where id = '%s'; commit`, c.ID, n, it.ID))
}

// W06 step 2: the sample follows from the stored seed alone, is of each unit,
// and is fixed from then on.
func TestDraw(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.named(h.column, "题 0", "x")
	h.clones(it, h.column, 60)
	h.clones(it, h.other, 60)
	h.admin(`begin; set local session_replication_role = replica; update items set deed_unit = '` + h.reader.dept.String() + `' where column_id = '` + h.other.ID.String() + `'; commit`)
	lots := func(id uuid.UUID) (ids []uuid.UUID) {
		h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
			return tx.Select(ctx, &ids, `select item_id from inspection_items where inspection_id = $1 order by position`, id)
		})
		return ids
	}
	in := thisYear(h.third)
	in.Sample = 5
	first := must[Inspection](t)(do(h, h.office, openInspection, in))
	drawn := lots(first.ID)
	if n := count(h, `select count(distinct unit_id) from inspection_items where inspection_id = $1`, first.ID); len(drawn) != 10 || n != 2 || first.Items != 10 {
		t.Fatalf("%d items of %d units were drawn, want 5 of each of two", len(drawn), n)
	}
	page := must[InspectionPage](t)(see(h, h.office, inspection, ref{first.ID}))
	copied := func(ctx context.Context, tx *tenant.Tx, seed string) uuid.UUID {
		id := tenant.NewID()
		if _, err := tx.Exec(ctx, `
			insert into inspections (id, name, from_day, to_day, subjects, sample, seed, items, opened_by, opened_by_name, opened_at)
			select $2, name, from_day, to_day, subjects, sample, $3, 0, opened_by, opened_by_name, opened_at from inspections where id = $1`, first.ID, id, seed); err != nil {
			t.Fatal(err)
		}
		return id
	}
	again := func(seed string) (ids []uuid.UUID) {
		var id uuid.UUID
		err := h.try(h.office, func(ctx context.Context, tx *tenant.Tx) error {
			id = copied(ctx, tx, seed)
			_, err := draw(ctx, tx, id, seed, in)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return lots(id)
	}
	if got := again(page.Seed); !slices.Equal(got, drawn) {
		t.Errorf("the same seed drew %v, want %v", got, drawn)
	}
	if slices.Equal(again("00000000000000000000000000000001"), again("00000000000000000000000000000002")) {
		t.Error("two seeds drew the same items")
	}
	h.clones(it, h.column, 20)
	if got := lots(first.ID); !slices.Equal(got, drawn) {
		t.Error("what was published later changed the list")
	}
	in.Sample = 0
	h.clones(it, h.column, maxInspected)
	_, err := do(h, h.office, openInspection, in)
	want(t, err, ErrInspectionLarge, "more than can be looked at")
	err = h.try(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		id := copied(ctx, tx, page.Seed)
		_, err := draw(ctx, tx, id, page.Seed, in)
		var n int
		if err := tx.Get(ctx, &n, `select count(*) from inspection_items where inspection_id = $1`, id); err != nil || n > maxInspected+1 {
			t.Errorf("%d items were written down before it was refused (%v)", n, err)
		}
		return err
	})
	want(t, err, ErrInspectionLarge, "many more")
}

// W06 step 3, R026: only inspectors record, and nobody about what they wrote
// or published, under whatever account they have (WF-05).
func TestInspectItems(t *testing.T) {
	t.Parallel()
	v := inspects(t)
	at := v.lot("甲")
	finding := newFinding{ID: at.ID, Item: at.Item, Class: "wording", Severity: "minor", Text: "错字"}
	for name, tt := range map[string]struct {
		who  member
		want error
	}{
		"a member it does not concern": {v.second, ErrInspectionNotFound},
		"the Office is no inspector":   {v.office, ErrNotInspector},
		"a member of the department":   {v.drafter, ErrNotInspector},
	} {
		_, err := do(v.house, tt.who, record, finding)
		want(t, err, tt.want, name)
		_, err = do(v.house, tt.who, passItem, at)
		want(t, err, tt.want, name+", to pass it")
	}
	_, err := do(v.house, v.inspector, passItem, lotRef{v.page.ID, uuid.New()})
	want(t, err, ErrNotFound, "an item that was not drawn")
	empty := newFinding{ID: at.ID, Item: at.Item, Class: "wording", Severity: "minor", Text: " \n"}
	_, err = do(v.house, v.inspector, record, empty)
	want(t, err, ErrTextMissing, "a finding that says nothing")

	v.passes("甲")
	_, err = do(v.house, v.inspector, passItem, at)
	want(t, err, ErrItemInspected, "pass it again")
	f := v.records("甲", "format", "normal") // a second look may still find something
	if f.State != "open" || f.Points != 15 || f.RecordedBy != "检查员" || !slices.Contains(f.May, "retract") {
		t.Errorf("finding = %+v", f)
	}
	if got := v.told(v.drafter, "publish.finding_recorded"); len(got) != 1 {
		t.Errorf("the drafter was told %v", got)
	}

	own := must[Inspection](t)(do(v.house, v.office, openInspection, thisYear(v.drafter, v.publisher, v.inspector)))
	for _, p := range []member{v.drafter, v.publisher} {
		_, err := do(v.house, p, passItem, lotRef{own.ID, at.Item})
		want(t, err, ErrOwnItem, p.Name+" inspects their own item")
	}
	second := v.joins("第二账号")
	v.admin(`update members set account_id = null where tenant_id = $1 and id = $2`, v.id, v.drafter.Member)
	second.Account = v.drafter.Account
	v.admin(`update members set account_id = $3 where tenant_id = $1 and id = $2`, v.id, second.Member, second.Account)
	third := must[Inspection](t)(do(v.house, v.office, openInspection, thisYear(second)))
	_, err = do(v.house, second, passItem, lotRef{third.ID, at.Item})
	want(t, err, ErrOwnItem, "the drafter's second membership")
}

// W06 step 4: the unit accepts or objects, the inspector decides, the unit
// corrects, the inspector confirms. No step is skipped or taken twice.
func TestFindingWay(t *testing.T) {
	t.Parallel()
	v := inspects(t)
	f := v.records("甲", "wording", "minor")
	_, err := v.answers(v.second, f, true)
	want(t, err, ErrFindingNotFound, "a stranger")
	_, err = v.answers(v.office, f, true)
	want(t, err, rbac.ErrDenied, "the Office, which is not the unit")
	_, err = do(v.house, v.drafter, replyTo, reply{ID: f.ID, Version: f.Version})
	want(t, err, ErrReasonMissing, "an objection without a reason")
	_, err = do(v.house, v.drafter, correct, correction{ID: f.ID, Text: "已改", Version: f.Version})
	want(t, err, ErrState, "correct before the reply")
	_, err = v.decides(f, "drop")
	want(t, err, ErrState, "decide before an objection")

	objected := must[Finding](t)(v.answers(v.drafter, f, false))
	if objected.State != "objected" || objected.RepliedBy != "拟稿人" {
		t.Errorf("objected = %+v", objected)
	}
	_, err = v.answers(v.drafter, f, true)
	want(t, err, ErrStale, "reply to what has changed")
	_, err = v.answers(v.drafter, objected, true)
	want(t, err, ErrState, "reply again")
	_, err = do(v.house, v.drafter, decide, verdict{ID: f.ID, Decision: "drop", Version: objected.Version})
	want(t, err, ErrNotInspector, "the unit decides its own objection")
	bare := verdict{ID: f.ID, Decision: "uphold", Version: objected.Version}
	_, err = do(v.house, v.inspector, decide, bare)
	want(t, err, ErrReasonMissing, "uphold without a word")
	_, err = v.decides(objected, "confirm")
	want(t, err, ErrState, "confirm what was not corrected")

	upheld := must[Finding](t)(v.decides(objected, "uphold"))
	corrected := must[Finding](t)(do(v.house, v.drafter, correct, correction{ID: f.ID, Text: "已更正并重新发布", Version: upheld.Version}))
	again := must[Finding](t)(v.decides(corrected, "again"))
	if again.State != "upheld" {
		t.Errorf("a correction that is not enough: %s", again.State)
	}
	corrected = must[Finding](t)(do(v.house, v.drafter, correct, correction{ID: f.ID, Text: "已全部更正", Version: again.Version}))
	done := must[Finding](t)(v.decides(corrected, "confirm"))
	if done.State != "confirmed" || done.Correction != "已全部更正" || len(done.May) != 0 {
		t.Errorf("confirmed = %+v", done)
	}
	if got := v.told(v.drafter, "publish.finding_"); !slices.Equal(got, []string{"publish.finding_recorded", "publish.finding_upheld", "publish.finding_upheld", "publish.finding_confirmed"}) {
		t.Errorf("the drafter was told %v", got)
	}

	g := v.records("丙", "slow", "grave")
	g = must[Finding](t)(v.answers(v.reader, g, false)) // any of the department's people may speak for it
	if g = must[Finding](t)(v.decides(g, "drop")); g.State != "dropped" {
		t.Errorf("dropped = %+v", g)
	}
	r := v.records("乙", "other", "minor")
	_, err = do(v.house, v.third, retract, findingRef{r.ID, r.Version})
	want(t, err, ErrNotInspector, "another inspector retracts it")
	if _, err := do(v.house, v.inspector, retract, findingRef{r.ID, r.Version}); err != nil {
		t.Error(err)
	}
	_, err = do(v.house, v.inspector, retract, findingRef{r.ID, r.Version})
	want(t, err, ErrFindingNotFound, "retract it again")
}

// Two replies at once: one is taken, the other is told what has changed (WF-02).
func TestRepliesRace(t *testing.T) {
	t.Parallel()
	v := inspects(t)
	f, db, ctx := v.records("甲", "wording", "minor"), tenanttest.DB(t), v.as(v.drafter)
	say := func(accept bool) func() error {
		return func() error {
			return doAs(ctx, db, replyTo, reply{ID: f.ID, Accept: accept, Reason: "理由", Version: f.Version})
		}
	}
	errs := race(say(true), say(false))
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("errors = %v, want one", errs)
	}
	for _, err := range errs {
		if err != nil {
			want(t, err, ErrStale, "the later reply")
		}
	}
}

// An inspected unit sees what concerns it and nothing of the others; another
// tenant sees nothing.
func TestInspectionIsSeenByItsUnits(t *testing.T) {
	t.Parallel()
	v, foreign := inspects(t), open(t)
	v.records("甲", "wording", "minor")
	v.records("丙", "slow", "normal")
	for name, tt := range map[string]struct {
		who   member
		items []string
		mine  int
	}{
		"the Office":         {v.office, []string{"甲", "乙", "丙"}, 0},
		"an auditor":         {v.auditor, []string{"甲", "乙", "丙"}, 0},
		"an inspector":       {v.inspector, []string{"甲", "乙", "丙"}, 0},
		"the department":     {v.drafter, []string{"甲", "乙"}, 2}, // who also drafted 丙
		"another department": {v.reader, []string{"丙"}, 1},
	} {
		got, _ := v.drawn(tt.who, drawnQuery{})
		slices.Sort(got)
		slices.Sort(tt.items)
		if !slices.Equal(got, tt.items) {
			t.Errorf("%s sees %v, want %v", name, got, tt.items)
		}
		if fs := must[feature.List[Finding]](t)(see(v.house, tt.who, listFindings, findingQuery{})).Items; len(fs) != tt.mine {
			t.Errorf("%s has %d findings, want %d", name, len(fs), tt.mine)
		}
	}
	p := must[InspectionPage](t)(see(v.house, v.reader, inspection, ref{v.page.ID}))
	if len(p.Results) != 1 || p.Results[0].UnitName != "读者处" || len(p.Units) != 1 || p.Seed != "" || len(p.May) != 0 {
		t.Errorf("a unit sees of the others: %+v", p)
	}
	for who, h := range map[*member]*house{&v.second: v.house, &foreign.office: foreign, &foreign.auditor: foreign} {
		_, err := see(h, *who, inspection, ref{v.page.ID})
		want(t, err, ErrInspectionNotFound, who.Name)
		_, err = see(h, *who, listDrawn, drawnQuery{ID: v.page.ID})
		want(t, err, ErrInspectionNotFound, who.Name)
	}
	for name, tt := range map[string]struct {
		q    drawnQuery
		want []string
	}{
		"not yet looked at": {drawnQuery{State: "todo"}, []string{"乙"}},
		"by class":          {drawnQuery{Found: "slow"}, []string{"丙"}},
		"by unit":           {drawnQuery{Unit: &v.reader.dept, State: "done"}, []string{"丙"}},
	} {
		if got, _ := v.drawn(v.office, tt.q); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	first := must[feature.List[Drawn]](t)(see(v.house, v.office, listDrawn, drawnQuery{ID: v.page.ID, Page: feature.Page{Limit: 2}}))
	rest := must[feature.List[Drawn]](t)(see(v.house, v.office, listDrawn, drawnQuery{ID: v.page.ID, Page: feature.Page{After: first.Next}}))
	if len(first.Items) != 2 || len(rest.Items) != 1 || rest.Items[0].Position != 3 {
		t.Errorf("pages of %d and %d items", len(first.Items), len(rest.Items))
	}
}

// W06 steps 5 and 6, R301, R307: closing needs every item inspected and every
// objection decided; then the results stand, are counted, each class of finding as
// a deed of its own, and nothing changes.
func TestCloseInspection(t *testing.T) {
	t.Parallel()
	v := inspects(t)
	closing := func() error {
		_, err := do(v.house, v.office, closeInspection, versioned{v.page.ID, v.page.Version})
		return err
	}
	a, b := v.records("甲", "wording", "minor"), v.records("甲", "format", "grave")
	c := v.records("丙", "slow", "normal")
	dropped := v.records("丙", "wording", "grave")
	v.records("丙", "other", "minor")
	err := closing()
	if want(t, err, ErrItemsLeft, "close with an item left"); meta(err, "left") != 1 {
		t.Errorf("left = %v, want 1", meta(err, "left"))
	}
	v.passes("乙")
	dropped = must[Finding](t)(v.answers(v.reader, dropped, false))
	want(t, closing(), ErrObjections, "close with an open objection")
	must[Finding](t)(v.decides(dropped, "drop"))
	_, err = do(v.house, v.office, closeInspection, versioned{v.page.ID, 7})
	want(t, err, ErrStale, "an old version")
	if n := count(v.house, `select count(*) from deeds where kind like 'publish.finding%' or kind = 'publish.inspection'`); n != 0 {
		t.Fatalf("%d deeds of an open inspection", n)
	}
	if err := closing(); err != nil {
		t.Fatal(err)
	}
	want(t, closing(), ErrInspectionEnded, "close again")
	v.look(v.page.ID)
	by := map[string]Result{}
	for _, r := range v.page.Results {
		by[r.UnitName] = r
	}
	// 甲 55, 乙 100 → 77.50; 丙 100-15-5 = 80.
	for name, w := range map[string]Result{
		"拟稿人处": {UnitKind: "department", UnitID: v.drafter.dept, UnitName: "拟稿人处", Items: 2, Format: 1, Wording: 1, Score: "77.50", Grade: "fair"},
		"读者处":  {UnitKind: "department", UnitID: v.reader.dept, UnitName: "读者处", Items: 1, Slow: 1, Other: 1, Score: "80.00", Grade: "good"},
	} {
		if by[name] != w {
			t.Errorf("result = %+v, want %+v", by[name], w)
		}
	}
	type did struct {
		Kind  string    `db:"kind"`
		Unit  uuid.UUID `db:"unit_id"`
		Item  string    `db:"item"`
		Level string    `db:"level"`
	}
	var got []did
	v.write(v.office, func(ctx context.Context, tx *tenant.Tx) error {
		return tx.Select(ctx, &got, `select kind, unit_id, item, level from deeds where kind like 'publish.finding%' or kind = 'publish.inspection'`)
	})
	wanted := []did{
		{FindingWording, v.drafter.dept, objectOf(a.ItemID), "minor"}, {FindingFormat, v.drafter.dept, objectOf(b.ItemID), "grave"},
		{FindingSlow, v.reader.dept, objectOf(c.ItemID), "normal"},
		{Inspected, v.drafter.dept, inspectionObject(v.page.ID), "fair"}, {Inspected, v.reader.dept, inspectionObject(v.page.ID), "good"},
	}
	for _, w := range wanted {
		if !slices.Contains(got, w) {
			t.Errorf("%+v is missing", w)
		}
	}
	if len(got) != len(wanted) {
		t.Errorf("deeds = %+v", got)
	}
	for name, fn := range map[string]func() error{
		"record": func() error { _, err := do(v.house, v.inspector, passItem, v.lot("甲")); return err },
		"reply":  func() error { _, err := v.answers(v.drafter, a, true); return err },
		"retract": func() error {
			_, err := do(v.house, v.inspector, retract, findingRef{a.ID, a.Version})
			return err
		},
		"cancel": func() error {
			_, err := do(v.house, v.office, cancelInspection, cancellation{v.page.ID, "重复", v.page.Version})
			return err
		},
	} {
		want(t, fn(), ErrInspectionEnded, name+" after it was closed")
	}
	if got := v.told(v.drafter, "publish.inspection_closed"); len(got) != 1 {
		t.Errorf("the unit's head was told %v", got)
	}
}

// Nothing of a cancelled inspection counts.
func TestCancelInspection(t *testing.T) {
	t.Parallel()
	v := inspects(t)
	v.records("甲", "wording", "minor")
	none := cancellation{ID: v.page.ID, Reason: " ", Version: 1}
	_, err := do(v.house, v.office, cancelInspection, none)
	want(t, err, ErrReasonMissing, "without a reason")
	p := must[InspectionPage](t)(do(v.house, v.office, cancelInspection, cancellation{v.page.ID, "范围有误，重新组织", 1}))
	if p.State != "cancelled" || p.Reason != "范围有误，重新组织" || len(p.Results) != 0 || len(p.May) != 0 {
		t.Errorf("cancelled = %+v", p)
	}
	if n := count(v.house, `select count(*) from deeds where kind like 'publish.finding%' or kind = 'publish.inspection'`); n != 0 {
		t.Errorf("%d deeds", n)
	}
	if fs := must[feature.List[Finding]](t)(see(v.house, v.drafter, listFindings, findingQuery{})).Items; len(fs) != 0 {
		t.Errorf("findings of a cancelled inspection are shown: %v", fs)
	}
}

// What the database itself refuses, whatever the code does.
func TestInspectionIsHeldByTheDatabase(t *testing.T) {
	t.Parallel()
	v := inspects(t)
	v.records("甲", "wording", "minor")
	for constraint, statement := range map[string]string{
		"inspection_items_not_own":      `update inspection_items set inspected_at = now(), inspected_account = authors[1] where inspection_id = $1`,
		"inspection_findings_two_sides": `update inspection_findings set replied_account = recorded_account where inspection_id = $1`,
		"inspections_ended":             `update inspections set state = 'closed' where id = $1`,
	} {
		err := v.try(v.office, func(ctx context.Context, tx *tenant.Tx) error {
			_, err := tx.Exec(ctx, statement, v.page.ID)
			return err
		})
		if got := tenant.Constraint(err); got != constraint {
			t.Errorf("%v broke %q, want %s", err, got, constraint)
		}
	}
	err := v.try(v.office, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `update inspection_results set score = 100 where inspection_id = $1`, v.page.ID)
		return err
	})
	if err == nil {
		t.Error("results can be changed")
	}
}
