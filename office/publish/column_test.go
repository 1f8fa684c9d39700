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

func (h *house) path(id uuid.UUID) []uuid.UUID {
	h.t.Helper()
	var c Column
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) (err error) { c, err = columnOf(ctx, tx, id); return err })
	return c.Path
}

func TestOpenColumn(t *testing.T) {
	t.Parallel()
	h, foreign := open(t), open(t)
	none, nobody := uuid.Nil, uuid.New()
	for name, tt := range map[string]struct {
		in   newColumn
		want error
	}{
		"ok":                       {newColumn{Name: "一", ReviewLevels: 1}, nil},
		"below another":            {newColumn{Name: "二", ReviewLevels: 5, ParentID: &h.column.ID}, nil},
		"the zero id is no parent": {newColumn{Name: "三", ReviewLevels: 1, ParentID: &none, DepartmentID: &none}, nil},
		"name taken":               {newColumn{Name: "工作动态", ReviewLevels: 1}, ErrColumnTaken},
		"name taken, with spaces":  {newColumn{Name: " 工作动态\n", ReviewLevels: 1}, ErrColumnTaken},
		"free below another":       {newColumn{Name: "工作动态", ReviewLevels: 1, ParentID: &h.other.ID}, nil},
		"no name":                  {newColumn{Name: "  ", ReviewLevels: 1}, ErrNameMissing},
		"unknown parent":           {newColumn{Name: "四", ReviewLevels: 1, ParentID: &nobody}, ErrColumnUnknown},
		"another tenant's parent":  {newColumn{Name: "五", ReviewLevels: 1, ParentID: &foreign.column.ID}, ErrColumnUnknown},
		"unknown department":       {newColumn{Name: "六", ReviewLevels: 1, DepartmentID: &nobody}, ErrDepartment},
		"another tenant's":         {newColumn{Name: "七", ReviewLevels: 1, DepartmentID: &foreign.drafter.dept}, ErrDepartment},
	} {
		c, err := do(h, h.office, openColumn, tt.in)
		want(t, err, tt.want, name)
		if err == nil && (c.State != "active" || !slices.Contains(c.May, "manage") || c.Version != 1) {
			t.Errorf("%s: %+v", name, c)
		}
	}
	parent := h.column
	for depth := 2; depth <= maxDepth; depth++ {
		parent = must[Column](t)(do(h, h.office, openColumn, newColumn{Name: "下级", ReviewLevels: 1, ParentID: &parent.ID}))
	}
	_, err := do(h, h.office, openColumn, newColumn{Name: "再下级", ReviewLevels: 1, ParentID: &parent.ID})
	want(t, err, ErrColumnDeep, "one level too deep")
}

// Moving a column moves what is below it, and with it the rights that reach it.
func TestMoveColumn(t *testing.T) {
	t.Parallel()
	h := open(t)
	child := must[Column](t)(do(h, h.office, openColumn, newColumn{Name: "子", ReviewLevels: 1, ParentID: &h.column.ID}))
	leaf := must[Column](t)(do(h, h.office, openColumn, newColumn{Name: "孙", ReviewLevels: 1, ParentID: &child.ID}))
	if _, err := do(h, h.drafter, h.desk.create, draft{ColumnID: leaf.ID, Kind: "news", Title: "题"}); err != nil {
		t.Errorf("a right on a column does not reach below it: %v", err)
	}
	_, err := do(h, h.office, changeColumn, columnChange{ID: h.column.ID, ParentID: &leaf.ID, Version: h.column.Version})
	want(t, err, ErrColumnLoop, "move below itself")

	moved := must[Column](t)(do(h, h.office, changeColumn, columnChange{ID: child.ID, ParentID: &h.other.ID, Version: child.Version}))
	if *moved.ParentID != h.other.ID || !slices.Equal(h.path(leaf.ID), []uuid.UUID{h.other.ID, child.ID, leaf.ID}) {
		t.Errorf("after the move: parent %v, path of the leaf %v", moved.ParentID, h.path(leaf.ID))
	}
	_, err = do(h, h.drafter, h.desk.create, draft{ColumnID: leaf.ID, Kind: "news", Title: "题"})
	want(t, err, rbac.ErrDenied, "draft in what was moved away")

	root := uuid.Nil
	must[Column](t)(do(h, h.office, changeColumn, columnChange{ID: child.ID, ParentID: &root, Version: moved.Version}))
	if got := h.path(leaf.ID); !slices.Equal(got, []uuid.UUID{child.ID, leaf.ID}) {
		t.Errorf("path of the leaf = %v", got)
	}
}

// Two moves at once cannot close a loop.
func TestMovesTakeTurns(t *testing.T) {
	t.Parallel()
	h := open(t)
	db, ctx := tenanttest.DB(t), h.as(h.office)
	for range 8 {
		a, b := h.opens(uuid.NewString()[:8], 1, nil), h.opens(uuid.NewString()[:8], 1, nil)
		errs := race(
			func() error { return doAs(ctx, db, changeColumn, columnChange{ID: a.ID, ParentID: &b.ID, Version: 1}) },
			func() error { return doAs(ctx, db, changeColumn, columnChange{ID: b.ID, ParentID: &a.ID, Version: 1}) })
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), ErrColumnLoop) {
			t.Errorf("errors = %v, want one ErrColumnLoop", errs)
		}
	}
}

func TestChangeColumn(t *testing.T) {
	t.Parallel()
	h := open(t)
	name, three := "要闻", 3
	now := must[Column](t)(do(h, h.office, changeColumn, columnChange{ID: h.column.ID, Name: &name, Version: 1}))
	if now.Name != name || now.Version != 2 {
		t.Errorf("renamed = %+v", now)
	}
	now = must[Column](t)(do(h, h.office, changeColumn, columnChange{ID: h.column.ID, ReviewLevels: &three, Version: 2}))
	_, err := do(h, h.office, changeColumn, columnChange{ID: h.column.ID, Name: &name, Version: 2})
	if changed, _ := meta(err, "changed").([]string); !errors.Is(err, ErrStale) || !slices.Equal(changed, []string{"review_levels"}) || meta(err, "changed_by") != "办公室主任" {
		t.Errorf("an old version: %v, changed %v by %v", err, changed, meta(err, "changed_by"))
	}
	none := uuid.Nil
	now = must[Column](t)(do(h, h.office, changeColumn, columnChange{ID: h.column.ID, DepartmentID: &none, Version: now.Version}))
	if now.DepartmentID != nil {
		t.Error("the zero id did not take the department away")
	}
}

// A disabled column takes nothing new and keeps what it has (AZ-08).
func TestDisabledColumn(t *testing.T) {
	t.Parallel()
	h := open(t)
	shown, ready, begun := h.publishes(h.reviewed(h.column)), h.reviewed(h.column), h.drafts(h.column)
	version := h.columnAs(h.office, h.column.ID).Version
	off := must[Column](t)(do(h, h.office, disable, versioned{h.column.ID, version}))
	if off.State != "disabled" {
		t.Fatalf("state = %s", off.State)
	}
	_, err := do(h, h.office, disable, versioned{h.column.ID, off.Version})
	want(t, err, ErrState, "disable again")
	_, err = do(h, h.drafter, h.desk.create, draft{ColumnID: h.column.ID, Kind: "news", Title: "题"})
	want(t, err, ErrColumnDisabled, "draft")
	_, err = do(h, h.drafter, h.desk.submit, submission{ID: begun.ID, OnlineOK: true, Version: begun.Version})
	want(t, err, ErrColumnDisabled, "submit")
	_, err = do(h, h.publisher, h.desk.publish, versioned{ready.ID, ready.Version})
	want(t, err, ErrColumnDisabled, "publish")
	if !h.sees(h.reader, shown.ID) {
		t.Error("what was published there cannot be read")
	}
	if got := h.seen(h.drafter, begun.ID); !slices.Equal(got.May, []string{"edit", "copy", "delete"}) {
		t.Errorf("may = %v", got.May)
	}
	on := must[Column](t)(do(h, h.office, enable, versioned{h.column.ID, off.Version}))
	if on.State != "active" {
		t.Errorf("state = %s", on.State)
	}
	h.publishes(ready)
	h.holds(t)
}

// Everybody reads; who may do what else, and why, can be asked (R006).
func TestRightsOfAColumn(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.may(h.publisher, "draft", h.column)
	l := must[feature.List[Holder]](t)(see(h, h.office, holders, ref{h.column.ID}))
	find := func(p uuid.UUID, right string) Holder {
		i := slices.IndexFunc(l.Items, func(x Holder) bool { return x.MemberID == p && x.Right == right })
		if i < 0 {
			t.Fatalf("no %s among %+v", right, l.Items)
		}
		return l.Items[i]
	}
	if all := find(uuid.Nil, "read"); all.Name != "全体人员" || len(all.Grants) != 0 || len(all.Why) != 1 {
		t.Errorf("everybody: %+v", all)
	}
	mine := find(h.publisher.Member, "publish")
	if mine.Name != "发布员" || mine.Department != "发布员处" || len(mine.Grants) != 1 || mine.Why[0] != "本人,单项授权,栏目“工作动态”" {
		t.Errorf("the publisher: %+v", mine)
	}
	find(h.publisher.Member, "draft")
	nobody := uuid.New()
	for name, in := range map[string]columnGrant{
		"unknown member":                {SubjectKind: "member", SubjectID: nobody},
		"unknown department":            {SubjectKind: "department", SubjectID: nobody},
		"a department's id as a member": {SubjectKind: "member", SubjectID: h.reader.dept},
	} {
		in.ID, in.Right = h.column.ID, "publish"
		_, err := do(h, h.office, grant, in)
		want(t, err, ErrSubject, name)
	}
	_, err := do(h, h.office, revoke, grantRef{h.other.ID, mine.Grants[0]})
	want(t, err, rbac.ErrGrantNotFound, "take back a grant of another column")
	if _, err := do(h, h.office, revoke, grantRef{h.column.ID, mine.Grants[0]}); err != nil {
		t.Fatal(err)
	}
	ready := h.reviewed(h.column)
	_, err = do(h, h.publisher, h.desk.publish, versioned{ready.ID, ready.Version})
	want(t, err, rbac.ErrDenied, "publish after the right was taken back (AZ-06)")

	if _, err := do(h, h.office, grant, columnGrant{ID: h.column.ID, SubjectKind: "department", SubjectID: h.reader.dept, Right: "publish"}); err != nil {
		t.Fatal(err)
	}
	it := h.seen(h.reader, ready.ID)
	must[Item](t)(do(h, h.reader, h.desk.publish, versioned{it.ID, it.Version}))
}

// A tenant begins with columns, once, and they are the Office's.
func TestSeed(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.write(h.office, seed) // it has columns already
	if n := count(h, `select count(*) from columns`); n != 2 {
		t.Errorf("%d columns, want 2", n)
	}
	ctx, _ := tenanttest.Actor(t)
	dept := tenanttest.Member(t, ctx, "主任")
	ctx = rbac.With(ctx, rbac.Fixed(Read))
	var cs []Column
	err := tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) (err error) {
		if _, err := tx.Exec(ctx, `update departments set kind = 'office' where id = $1`, dept); err != nil {
			return err
		}
		if err := errors.Join(seed(ctx, tx), seed(ctx, tx)); err != nil {
			return err
		}
		cs, err = Columns(ctx, tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(cs) != 9 || cs[0].Name != "工作动态" || cs[0].ReviewLevels != 1 || cs[0].DepartmentID == nil || *cs[0].DepartmentID != dept {
		t.Errorf("%d columns, the first is %+v", len(cs), cs[0])
	}
}
