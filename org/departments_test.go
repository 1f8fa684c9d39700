package org

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func deps(t *testing.T) feature.Deps { t.Helper(); return feature.Deps{DB: tenanttest.DB(t)} }

func TestAddDepartment(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	b.department(t, b.root, "财务处")
	deepest := b.root
	for i := range maxDepth - 1 {
		deepest = b.department(t, deepest, fmt.Sprint("第", i, "级"))
	}
	tests := map[string]struct {
		in    NewDepartment
		want  error
		field string
	}{
		"another tenant's parent": {NewDepartment{ParentID: &other.root, Name: "一处", Kind: "dept"}, ErrNoSubject, "parent_id"},
		"no such parent":          {NewDepartment{ParentID: tenant.Optional(uuid.New()), Name: "一处", Kind: "dept"}, ErrNoSubject, "parent_id"},
		"name taken":              {NewDepartment{ParentID: &b.root, Name: "财务处", Kind: "dept"}, ErrDepartmentName, "name"},
		"too deep":                {NewDepartment{ParentID: &deepest, Name: "一处", Kind: "dept"}, ErrDeep, "parent_id"},
		"name taken elsewhere":    {NewDepartment{ParentID: &b.desk, Name: "财务处", Kind: "dept"}, nil, ""},
		"a root":                  {NewDepartment{Name: "青盐公司", Kind: "dept"}, nil, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := b.write(t, func(ctx context.Context, tx *tenant.Tx) error {
				_, err := AddDepartment(ctx, tx, tt.in)
				return err
			})
			if !errors.Is(err, tt.want) || tt.want != nil && fault.Of(err).Field != tt.field {
				t.Errorf("AddDepartment = %v on %q, want %v on %q", err, fault.Of(err).Field, tt.want, tt.field)
			}
		})
	}
	for name, in := range map[string]NewDepartment{"no name": {}, "only space": {Name: " \u3000"}} {
		if err := in.Validate(); !errors.Is(err, feature.ErrMissing) {
			t.Errorf("%s: %v, want feature.ErrMissing", name, err)
		}
	}
}

func TestEditDepartment(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	a := b.department(t, b.root, "甲处")
	below := b.department(t, a, "甲一科")
	second := b.department(t, b.root, "乙处")
	lina := b.member(t, "lina", below)
	edit := func(e departmentEdit) (d Department, err error) {
		err = b.write(t, func(ctx context.Context, tx *tenant.Tx) error {
			d, err = editDepartment(ctx, tx, e)
			return err
		})
		return d, err
	}
	to := func(id uuid.UUID, parent uuid.UUID, name string, version int) departmentEdit {
		return departmentEdit{ID: id, NewDepartment: NewDepartment{ParentID: tenant.Optional(parent), Name: name, Kind: "dept"}, Version: version}
	}
	for name, tt := range map[string]struct {
		e    departmentEdit
		want error
	}{
		"another tenant's":     {to(other.desk, b.root, "丙处", 1), ErrNoDepartment},
		"below itself":         {to(a, below, "甲处", 1), ErrCycle},
		"itself as its parent": {to(a, a, "甲处", 1), ErrCycle},
		"under a foreign one":  {to(a, other.root, "甲处", 1), ErrNoSubject},
		"a name that is taken": {to(a, b.root, "乙处", 1), ErrDepartmentName},
	} {
		if _, err := edit(tt.e); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	d, err := edit(to(a, second, "甲处", 1))
	if err != nil || d.Version != 2 || deref(d.ParentID) != second {
		t.Fatalf("moved: %+v %v", d, err)
	}
	_, err = edit(to(a, b.root, "甲处", 1))
	if f := fault.Of(err); !errors.Is(err, ErrStale) || f.Meta["version"] != 2 || f.Meta["changed_by"] != b.admin.Name || fmt.Sprint(f.Meta["changed"]) != "[parent_id]" {
		t.Errorf("stale: %v %v", err, f.Meta)
	}
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		var p Path
		if err := tx.Get(ctx, &p, `select path from departments where id = $1`, below); err != nil {
			return err
		}
		if fmt.Sprint(p) != fmt.Sprint(Path{b.root, second, a, below}) {
			t.Errorf("path below = %v", p)
		}
		var bound bool
		err := tx.Get(ctx, &bound, `select exists (select from subjects where member_id = $1 and department_id = $2)`, lina.Member, second)
		if !bound {
			t.Error("a member of a moved department does not belong to the one above")
		}
		return err
	})
}

func TestDropDepartment(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	used, empty := b.department(t, b.root, "甲处"), b.department(t, b.root, "乙处")
	b.member(t, "lina", used)
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "department", SubjectID: empty, Permission: "test.write"})
		return err
	})
	for name, tt := range map[string]struct {
		id   uuid.UUID
		want error
	}{
		"another tenant's": {other.desk, ErrNoDepartment},
		"with people":      {used, ErrDepartmentUsed},
		"with others":      {b.root, ErrDepartmentUsed},
		"empty":            {empty, nil},
	} {
		if err := drop(t, b, tt.id); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	if err := drop(t, b, empty); !errors.Is(err, ErrNoDepartment) {
		t.Errorf("again: %v, want ErrNoDepartment", err)
	}
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		gs, err := rbac.Grants(ctx, tx, rbac.Search{Subject: &empty, Limit: 10})
		if len(gs) != 0 {
			t.Errorf("%d grants are left of a department that is gone", len(gs))
		}
		return err
	})
}

func drop(t *testing.T, b bureau, id uuid.UUID) error {
	t.Helper()
	return b.write(t, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := dropDepartment(ctx, tx, byID{id})
		return err
	})
}

func TestListDepartments(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	b.member(t, "lina", b.desk)
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		l, err := listDepartments(ctx, tx, feature.None{})
		if len(l.Items) != 2 || l.Items[0].ID != b.root || l.Items[1].MemberCount != 2 || l.Items[1].HeadID != nil {
			t.Errorf("departments = %+v", l.Items)
		}
		return err
	})
}

// TestDepartmentsAreBounded holds DO-04: the tree is listed in one piece, so it
// cannot grow without end.
func TestDepartmentsAreBounded(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	if _, err := tenanttest.Admin(t).Exec(`
		insert into departments (tenant_id, id, parent_id, path, name)
		select $1, g.id, $2, array[$2, g.id], '第' || g.i || '科'
		  from (select gen_random_uuid() as id, i from generate_series(1, 1997) i) g`, b.id, b.root); err != nil {
		t.Fatal(err)
	}
	last := b.department(t, b.root, "最后一科")
	add := func() error {
		return b.write(t, func(ctx context.Context, tx *tenant.Tx) error {
			_, err := AddDepartment(ctx, tx, NewDepartment{ParentID: &b.root, Name: "多出来的科", Kind: "dept"})
			return err
		})
	}
	if err := add(); !errors.Is(err, ErrFull) || fault.Of(err).Meta["most"] != 2000 {
		t.Errorf("the two thousand and first = %v, want ErrFull", err)
	}
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		l, err := listDepartments(ctx, tx, struct{}{})
		if len(l.Items) != 2000 || l.Next != "" {
			t.Errorf("%d departments are listed, want all 2000 at once", len(l.Items))
		}
		return err
	})
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := dropDepartment(ctx, tx, byID{last})
		return err
	})
	if err := add(); err != nil {
		t.Errorf("after another went = %v", err)
	}
}
