package publish

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// leads says whether somebody is the head of their department.
func (h *house) leads(p member, head bool) {
	h.t.Helper()
	h.write(p, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `update posts set head = $2 where member_id = $1 and main`, p.Member, head)
		return err
	})
}

func (h *house) asks(p member, in newApplication) Application {
	h.t.Helper()
	return must[Application](h.t)(do(h, p, applyFor, in))
}

func told(h *house, p member, code string) int {
	h.t.Helper()
	return count(h, `select count(*) from notices where member_id = $1 and code = $2`, p.Member, code)
}

// R023: a department's head or publisher applies, nobody else; nothing changes
// by it, and the Office is told.
func TestR023Apply(t *testing.T) {
	t.Parallel()
	h, foreign := open(t), open(t)
	h.leads(h.reader, true)
	h.leads(h.drafter, false)
	h.leads(h.publisher, false)
	in := newApplication{Reason: "防汛信息没有去处", Wish: Wish{Name: "防汛动态"}}
	nobody := uuid.New()
	for _, tt := range []struct {
		name string
		by   member
		in   newApplication
		want error
	}{
		{"who neither heads nor publishes", h.drafter, in, ErrNotForDepartment},
		{"for a department one does not belong to", h.reader, newApplication{DepartmentID: &h.drafter.dept, Reason: "理由", Wish: in.Wish}, ErrNotForDepartment},
		{"for another tenant's department", h.reader, newApplication{DepartmentID: &foreign.drafter.dept, Reason: "理由", Wish: in.Wish}, ErrNotForDepartment},
		{"about another department's column", h.reader, newApplication{ColumnID: &h.column.ID, Reason: "理由", Wish: in.Wish}, ErrNotItsColumn},
		{"about another tenant's column", h.reader, newApplication{ColumnID: &foreign.column.ID, Reason: "理由", Wish: in.Wish}, ErrColumnUnknown},
		{"below another tenant's column", h.reader, newApplication{Reason: "理由", Wish: Wish{Name: "新", ParentID: &foreign.column.ID}}, ErrColumnUnknown},
		{"with nobody we know", h.reader, newApplication{Reason: "理由", Wish: Wish{Name: "新", People: []Appointee{{Right: "draft", MemberID: nobody}}}}, ErrPerson},
		{"with another tenant's people", h.reader, newApplication{Reason: "理由", Wish: Wish{Name: "新", People: []Appointee{{Right: "draft", MemberID: foreign.drafter.Member}}}}, ErrPerson},
		{"without a reason", h.reader, newApplication{Reason: " ", Wish: in.Wish}, ErrReasonMissing},
		{"without a name", h.reader, newApplication{Reason: "理由"}, ErrNameMissing},
		{"of a kind there is not", h.reader, newApplication{Reason: "理由", Wish: Wish{Name: "新", Kinds: []string{"poem"}}}, feature.ErrChoice},
		{"that asks for nothing", h.reader, newApplication{ColumnID: &h.other.ID, Reason: "理由"}, ErrNothingAsked},
	} {
		_, err := do(h, tt.by, applyFor, tt.in)
		want(t, err, tt.want, tt.name)
	}
	before := count(h, `select count(*) from columns`)
	a := h.asks(h.reader, in)
	if a.State != "waiting" || a.Kind != "open" || a.DepartmentID != h.reader.dept || !slices.Equal(a.May, []string{"withdraw"}) {
		t.Errorf("applied: %+v", a)
	}
	h.asks(h.publisher, in) // a publisher may as well
	if after := count(h, `select count(*) from columns`); after != before {
		t.Errorf("%d columns by applying, were %d", after, before)
	}
	if n := told(h, h.office, "publish.column_applied"); n != 2 {
		t.Errorf("the Office was told %d times, want 2", n)
	}
	mine := must[feature.List[Application]](t)(see(h, h.reader, listApplications, applicationQuery{}))
	waits := must[feature.List[Application]](t)(see(h, h.office, listApplications, applicationQuery{View: "waiting"}))
	none := must[feature.List[Application]](t)(see(h, h.drafter, listApplications, applicationQuery{View: "all"}))
	if len(mine.Items) != 1 || len(waits.Items) != 2 || len(none.Items) != 0 || !slices.Equal(waits.Items[0].May, []string{"decide"}) {
		t.Errorf("mine %d, waiting %d, of a stranger %d", len(mine.Items), len(waits.Items), len(none.Items))
	}
	h.write(h.reader, func(ctx context.Context, tx *tenant.Tx) error { // who heads two speaks for the one whose column it is
		_, err := tx.Exec(ctx, `insert into posts (id, member_id, department_id, title, main, head) values ($1, $2, $3, '处长', false, true)`, tenant.NewID(), h.reader.Member, h.drafter.dept)
		return err
	})
	if b := h.asks(h.reader, newApplication{ColumnID: &h.column.ID, Reason: "改名", Wish: Wish{Name: "工作要闻"}}); b.DepartmentID != h.drafter.dept {
		t.Errorf("about a column of the other department: %+v", b)
	}
	_, err := see(h, h.drafter, showApplication, ref{a.ID})
	want(t, err, ErrApplicationNotFound, "look at another's")
	_, err = see(foreign, foreign.office, showApplication, ref{a.ID})
	want(t, err, ErrApplicationNotFound, "look from another tenant")
}

// R023, W03: the consent is the column: both at once, with the people's rights,
// and whoever applied is told. It happens once.
func TestR023Consent(t *testing.T) {
	t.Parallel()
	h, foreign := open(t), open(t)
	h.leads(h.reader, true)
	a := h.asks(h.reader, newApplication{Reason: "防汛信息没有去处", Wish: Wish{
		Name: "防汛动态", ParentID: &h.column.ID, Purpose: "汛情和防汛工作", ReviewLevels: 2, Kinds: []string{"notice", "news"},
		People: []Appointee{{Right: "draft", MemberID: h.reader.Member}, {Right: "publish", MemberID: h.publisher.Member}}}})
	_, err := do(foreign, foreign.office, consent, consenting{ID: a.ID, Version: a.Version})
	want(t, err, ErrApplicationNotFound, "another tenant's Office")
	_, err = do(h, h.office, consent, consenting{ID: a.ID, Version: a.Version + 1})
	want(t, err, ErrStale, "an old version")

	done := must[Application](t)(do(h, h.office, consent, consenting{ID: a.ID, Version: a.Version}))
	if done.State != "consented" || done.Amended || done.ColumnID == nil || done.DecidedName != "办公室主任" || done.DecidedAt == nil {
		t.Fatalf("consented: %+v", done)
	}
	c := h.columnAs(h.reader, *done.ColumnID)
	if c.Name != "防汛动态" || c.ReviewLevels != 2 || c.Purpose != "汛情和防汛工作" || !slices.Equal(c.Rules.Kinds, []string{"news", "notice"}) ||
		c.DepartmentID == nil || *c.DepartmentID != h.reader.dept || !slices.Contains(c.May, "draft") {
		t.Errorf("the column: %+v", c)
	}
	if told(h, h.reader, "publish.application_consented") != 1 {
		t.Error("the applicant was not told")
	}
	_, err = do(h, h.office, consent, consenting{ID: a.ID, Version: done.Version})
	want(t, err, ErrApplicationDecided, "consent again")
	_, err = do(h, h.office, refuse, refusing{ID: a.ID, Reason: "不行", Version: done.Version})
	want(t, err, ErrApplicationDecided, "refuse what was consented to")

	// A consent that cannot be carried out is none.
	b := h.asks(h.reader, newApplication{Reason: "再要一个", Wish: Wish{Name: "防汛动态", ParentID: &h.column.ID}})
	_, err = do(h, h.office, consent, consenting{ID: b.ID, Version: b.Version})
	want(t, err, ErrColumnTaken, "consent to a name that is taken")
	if now := must[Application](t)(see(h, h.office, showApplication, ref{b.ID})); now.State != "waiting" {
		t.Errorf("after a consent that failed: %s", now.State)
	}
}

// The Office may consent with changes, or refuse with a reason; what was asked
// stays to be read beside what was given.
func TestR023ConsentWithChanges(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.leads(h.drafter, true)
	a := h.asks(h.drafter, newApplication{ColumnID: &h.column.ID, Reason: "改名并加一级审核", Wish: Wish{Name: "本局动态", ReviewLevels: 3}})
	if a.Kind != "change" {
		t.Fatalf("kind %s", a.Kind)
	}
	done := must[Application](t)(do(h, h.office, consent, consenting{ID: a.ID, Version: a.Version, Note: "两级足够", Given: &Wish{Name: "本局动态", ReviewLevels: 2}}))
	if !done.Amended || done.Asked.ReviewLevels != 3 || done.Given.ReviewLevels != 2 || done.Note != "两级足够" {
		t.Errorf("consented with changes: %+v", done)
	}
	if c := h.columnAs(h.office, h.column.ID); c.Name != "本局动态" || c.ReviewLevels != 2 {
		t.Errorf("the column: %+v", c)
	}
	if told(h, h.drafter, "publish.application_amended") != 1 {
		t.Error("the applicant was not told of the changes")
	}
	b := h.asks(h.drafter, newApplication{ColumnID: &h.column.ID, Reason: "再改回去", Wish: Wish{Name: "工作动态"}})
	_, err := do(h, h.office, refuse, refusing{ID: b.ID, Reason: " ", Version: b.Version})
	want(t, err, ErrReasonMissing, "refuse without a reason")
	no := must[Application](t)(do(h, h.office, refuse, refusing{ID: b.ID, Reason: "刚刚改过", Version: b.Version}))
	if no.State != "refused" || no.Note != "刚刚改过" || told(h, h.drafter, "publish.application_refused") != 1 {
		t.Errorf("refused: %+v", no)
	}
	if c := h.columnAs(h.office, h.column.ID); c.Name != "本局动态" {
		t.Errorf("a refusal renamed the column to %s", c.Name)
	}
	d := h.asks(h.drafter, newApplication{ColumnID: &h.column.ID, Reason: "算了", Wish: Wish{Name: "动态"}})
	_, err = do(h, h.office, withdrawApplication, versioned{d.ID, d.Version})
	want(t, err, ErrNotApplicant, "withdraw another's")
	if off := must[Application](t)(do(h, h.drafter, withdrawApplication, versioned{d.ID, d.Version})); off.State != "withdrawn" {
		t.Errorf("withdrawn: %s", off.State)
	}
	_, err = do(h, h.office, consent, consenting{ID: d.ID, Version: d.Version})
	want(t, err, ErrApplicationDecided, "consent to what was withdrawn")
}

// Two who decide at once decide once.
func TestConsentRace(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.leads(h.reader, true)
	db, ctx := tenanttest.DB(t), h.as(h.office)
	for range 5 {
		a := h.asks(h.reader, newApplication{Reason: "理由", Wish: Wish{Name: uuid.NewString()[:8]}})
		errs := race(
			func() error { return doAs(ctx, db, consent, consenting{ID: a.ID, Version: 1}) },
			func() error { return doAs(ctx, db, refuse, refusing{ID: a.ID, Reason: "不同意", Version: 1}) })
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), ErrApplicationDecided) {
			t.Errorf("errors = %v, want one ErrApplicationDecided", errs)
		}
		made := count(h, `select count(*) from columns where name = $1`, a.Asked.Name)
		if (made == 1) != (errs[0] == nil) {
			t.Errorf("%d columns after %v", made, errs)
		}
	}
}

// R024, I13: every attempt is refused; it is recorded, and cannot be used to
// fill the log.
func TestR024Attempts(t *testing.T) {
	t.Parallel()
	h := open(t)
	attempt := func(p member, route string, at uuid.UUID) {
		h.write(p, func(ctx context.Context, tx *tenant.Tx) error {
			return attempted(ctx, tx, feature.Refusal{Route: route, Path: "/api/publish/columns/" + at.String(), Code: "rbac.denied",
				Param: func(string) string { return at.String() }})
		})
	}
	deeds := func(p member) int {
		return count(h, `select count(*) from deeds where kind = $1 and member_id = $2 and unit_id = $3 and unit_kind = 'department'`, ColumnAttempt, p.Member, p.dept)
	}
	rows := func(p member) int {
		return count(h, `select count(*) from audit_entries where action = 'refused' and member_id = $1`, p.Member)
	}
	for range 20 {
		attempt(h.drafter, "PATCH /publish/columns/{id}", h.column.ID)
	}
	attempt(h.drafter, "DELETE /publish/columns/{id}", uuid.New()) // a thing there is not
	attempt(h.reader, "POST /publish/columns", uuid.Nil)
	if deeds(h.drafter) != 1 || rows(h.drafter) != 2 || deeds(h.reader) != 1 || rows(h.reader) != 1 {
		t.Errorf("the drafter: %d deeds, %d rows; the reader: %d, %d", deeds(h.drafter), rows(h.drafter), deeds(h.reader), rows(h.reader))
	}
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		tx.Now = tx.Now.Add(2 * attemptsApart)
		return attempted(tenant.As(ctx, h.drafter.Actor), tx, feature.Refusal{Route: "POST /publish/columns", Code: "publish.wrong", Param: func(string) string { return "" }})
	})
	if deeds(h.office) != 0 {
		t.Error("the Office is counted as attempting what it may do")
	}
}

// A column that ends in favour of another: what was published stays what it was
// and is found there; what is under way is its drafter's to place anew.
func TestR022Merge(t *testing.T) {
	t.Parallel()
	h, foreign := open(t), open(t)
	shown, begun := h.publishes(h.reviewed(h.column)), h.drafts(h.column)
	version := h.columnAs(h.office, h.column.ID).Version
	child := must[Column](t)(do(h, h.office, openColumn, newColumn{Name: "子栏目", ReviewLevels: 1, ParentID: &h.column.ID}))
	for name, tt := range map[string]struct {
		in   merging
		want error
	}{
		"into itself":           {merging{h.column.ID, h.column.ID, version}, ErrColumnUnknown},
		"into another tenant's": {merging{h.column.ID, foreign.column.ID, version}, ErrColumnUnknown},
		"another tenant's":      {merging{foreign.column.ID, h.other.ID, 1}, ErrColumnNotFound},
		"with columns below it": {merging{h.column.ID, h.other.ID, version}, ErrColumnParent},
	} {
		_, err := do(h, h.office, merge, tt.in)
		want(t, err, tt.want, name)
	}
	must[Column](t)(do(h, h.office, disable, versioned{child.ID, child.Version}))
	_, err := do(h, h.office, merge, merging{h.column.ID, h.other.ID, version + 1})
	want(t, err, ErrStale, "an old version")
	gone := must[Column](t)(do(h, h.office, merge, merging{h.column.ID, h.other.ID, version}))
	if gone.State != "disabled" || gone.MergedInto == nil || *gone.MergedInto != h.other.ID || gone.MergedName != h.other.Name {
		t.Errorf("merged: %+v", gone)
	}
	l := must[feature.List[Line]](t)(see(h, h.reader, List, Query{View: "reading", Column: &h.other.ID}))
	if len(l.Items) != 1 || l.Items[0].ID != shown.ID || l.Items[0].ColumnName != h.column.Name {
		t.Errorf("the other column's list: %+v", l.Items)
	}
	if got := h.finds(h.reader, Search{Text: shown.Title, Column: &h.other.ID}); len(got) != 1 {
		t.Errorf("looked for in the other column: %q", got)
	}
	if got := h.finds(h.reader, Search{Text: shown.Title, Column: &child.ID}); len(got) != 0 {
		t.Errorf("looked for in a third column: %q", got)
	}
	if now := h.seen(h.reader, shown.ID); now.ContentHash != shown.ContentHash || now.ColumnID != h.column.ID {
		t.Error("merging changed what was published (R035)")
	}
	_, err = do(h, h.drafter, h.desk.submit, submission{ID: begun.ID, OnlineOK: true, Version: begun.Version})
	want(t, err, ErrColumnDisabled, "submit there")
	if told(h, h.drafter, "publish.column_merged") != 1 {
		t.Error("the drafter was not told")
	}
	back := must[Column](t)(do(h, h.office, enable, versioned{h.column.ID, gone.Version}))
	if back.State != "active" || back.MergedInto != nil {
		t.Errorf("enabled again: %+v", back)
	}
}

// R022: a column that never held anything can be deleted; its rights end with it.
func TestR022Delete(t *testing.T) {
	t.Parallel()
	h, foreign := open(t), open(t)
	_, err := do(h, h.office, removeColumn, versionedRef{foreign.other.ID, 1})
	want(t, err, ErrColumnNotFound, "another tenant's")
	h.drafts(h.column)
	_, err = do(h, h.office, removeColumn, versionedRef{h.column.ID, h.column.Version})
	want(t, err, ErrColumnUsed, "with a draft in it")
	_, err = do(h, h.office, removeColumn, versionedRef{h.other.ID, 7})
	want(t, err, ErrStale, "an old version")
	h.may(h.reader, "draft", h.other)
	if _, err := do(h, h.office, removeColumn, versionedRef{h.other.ID, h.other.Version}); err != nil {
		t.Fatal(err)
	}
	if n := count(h, `select count(*) from grants where scope_id = $1`, h.other.ID); n != 0 {
		t.Errorf("%d rights on what is gone", n)
	}
	_, err = do(h, h.office, removeColumn, versionedRef{h.other.ID, h.other.Version})
	want(t, err, ErrColumnNotFound, "again")
}

// R002, AZ-08: a publisher of one department in another's column; after a
// transfer; in a column disabled meanwhile. Nothing changes.
func TestAZ08(t *testing.T) {
	t.Parallel()
	h := open(t)
	ready := h.reviewed(h.column)
	other := h.joins("别处发布员")
	h.may(other, "publish", h.other)
	try := func(p member, refusal error, name string) {
		t.Helper()
		_, err := do(h, p, h.desk.publish, versioned{ready.ID, ready.Version})
		want(t, err, refusal, name)
		if now := h.seen(h.drafter, ready.ID); now.State != "approved" || now.ContentHash != ready.ContentHash || now.Version != ready.Version {
			t.Errorf("%s: %s, version %d", name, now.State, now.Version)
		}
	}
	try(other, rbac.ErrDenied, "publish in another department's column")
	g := must[rbac.Grant](t)(do(h, h.office, grant, columnGrant{ID: h.column.ID, SubjectKind: "department", SubjectID: other.dept, Right: "publish"}))
	h.write(other, func(ctx context.Context, tx *tenant.Tx) error { // to a third department
		return rbac.Bind(ctx, tx, other.Member, []uuid.UUID{h.reader.dept})
	})
	try(other, rbac.ErrDenied, "publish after a transfer, what the old department may ("+g.ID.String()+")")
	c := h.columnAs(h.office, h.column.ID)
	must[Column](t)(do(h, h.office, disable, versioned{c.ID, c.Version}))
	try(h.publisher, ErrColumnDisabled, "publish in a column disabled meanwhile")
}
