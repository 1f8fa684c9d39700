package org

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func (b bureau) newRole(t *testing.T, name string, ps ...rbac.Permission) (row RoleRow, err error) {
	t.Helper()
	err = b.write(t, func(ctx context.Context, tx *tenant.Tx) error {
		row, err = b.addRole(ctx, tx, NewRole{name, ps})
		return err
	})
	return row, err
}

func (b bureau) changeRole(t *testing.T, id uuid.UUID, version int, name string, ps ...rbac.Permission) (row RoleRow, err error) {
	t.Helper()
	err = b.write(t, func(ctx context.Context, tx *tenant.Tx) error {
		row, err = b.editRole(ctx, tx, roleEdit{id, NewRole{name, ps}, version})
		return err
	})
	return row, err
}

func (b bureau) endRole(t *testing.T, id uuid.UUID) error {
	t.Helper()
	return b.write(t, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := dropRole(ctx, tx, byID{id})
		return err
	})
}

func TestAddRole(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	for name, tt := range map[string]struct {
		role NewRole
		want error
		on   string
	}{
		"a permission nobody declared": {NewRole{"资料员", []rbac.Permission{"test.*"}}, rbac.ErrNoSuchRight, "permissions"},
		"the auditor's alone":          {NewRole{"资料员", []rbac.Permission{Manage, "test.watch"}}, ErrReserved, "permissions"},
		"a name that is taken":         {NewRole{rbac.Names[rbac.Admin], []rbac.Permission{Manage}}, rbac.ErrRoleName, "name"},
	} {
		if _, err := b.newRole(t, tt.role.Name, tt.role.Permissions...); !errors.Is(err, tt.want) || fault.Of(err).Field != tt.on {
			t.Errorf("%s = %v on %q, want %v", name, err, fault.Of(err).Field, tt.want)
		}
	}
	if err := (&NewRole{Name: "资料员"}).Validate(); fault.Of(err).Field != "permissions" {
		t.Errorf("nothing bundled = %v, want a fault on permissions", err)
	}
	row, err := b.newRole(t, "资料员", "test.write", "test.read", "test.read")
	if err != nil || row.Builtin || row.Version != 1 || !slices.Equal(row.Permissions, []string{"test.read", "test.write"}) {
		t.Errorf("role = %+v %v", row, err)
	}
	if _, err := tenanttest.Admin(t).Exec(`
		insert into roles (tenant_id, id, code, name) select $1, gen_random_uuid(), 'x' || i, '角色' || i from generate_series(1, 192) i`, b.id); err != nil {
		t.Fatal(err)
	}
	if _, err := b.newRole(t, "多出来的", Manage); !errors.Is(err, ErrManyRoles) {
		t.Errorf("the two hundred and first = %v, want ErrManyRoles (DO-04)", err)
	}
}

// TestEditRole changes a role while somebody holds it: their rights follow.
func TestEditRole(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	lina := b.member(t, "lina", b.desk)
	row, err := b.newRole(t, "资料员", "test.write")
	must(t, err)
	taken, err := b.newRole(t, "联络员", "test.read")
	must(t, err)
	if _, err := other.changeRole(t, row.ID, 1, "资料员", Manage); !errors.Is(err, rbac.ErrRoleNotFound) {
		t.Errorf("another tenant's = %v, want ErrRoleNotFound", err)
	}
	if _, err := b.changeRole(t, *b.role(t, rbac.Admin), 1, "超级管理员", Manage); !errors.Is(err, rbac.ErrRoleBuiltin) {
		t.Errorf("a built-in role = %v, want ErrRoleBuiltin", err)
	}
	if _, err := b.changeRole(t, row.ID, 1, taken.Name, "test.write"); !errors.Is(err, rbac.ErrRoleName) {
		t.Errorf("a name that is taken = %v, want ErrRoleName", err)
	}
	// The administrator does not hold test.judge: they may appoint somebody to it
	// by a role as a whole, and not themself.
	if _, err := b.giving(t, b.ctx, NewGrant{SubjectKind: "member", SubjectID: &lina.Member, RoleID: &row.ID}); err != nil {
		t.Fatal(err)
	}
	got, err := b.changeRole(t, row.ID, 1, "档案资料员", "test.judge")
	if err != nil || got.Name != "档案资料员" || got.Version != 2 || got.Grants != 1 {
		t.Fatalf("role = %+v %v", got, err)
	}
	if r := rbac.From(b.as(t, lina)); !r.Has("test.judge") || r.Has("test.write") {
		t.Errorf("lina may %v, want what the role bundles now", r.List())
	}
	if _, err := b.changeRole(t, row.ID, 1, "资料员", "test.write"); !errors.Is(err, rbac.ErrRoleStale) || fault.Of(err).Meta["changed_by"] != b.admin.Name {
		t.Errorf("from an old page = %v, want ErrRoleStale", err)
	}
	if err := b.endRole(t, row.ID); !errors.Is(err, rbac.ErrRoleGranted) || fault.Of(err).Meta["grants"] != 1 {
		t.Errorf("dropping it while granted = %v, want ErrRoleGranted", err)
	}
	for action, want := range map[string]int{"rbac.role_made": 2, "rbac.role_changed": 1, "rbac.role_dropped": 0} {
		if n := audited(t, b, action); n != want {
			t.Errorf("%d %s in the audit, want %d", n, action, want)
		}
	}
}

// Nobody gives themself rights by adding them to a role they hold; and what is
// given on nodes bundles only what is meant for nodes.
func TestEditOwnRole(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	lina := b.member(t, "lina", b.desk)
	given := func(kind string, id uuid.UUID, node *uuid.UUID) RoleRow {
		row, err := b.newRole(t, "角色"+kind+fmt.Sprint(node != nil), "test.read")
		must(t, err)
		g := rbac.NewGrant{SubjectKind: kind, SubjectID: id, RoleID: &row.ID}
		if node != nil {
			g.ScopeKind, g.ScopeID = "column", node
		}
		b.must(t, func(ctx context.Context, tx *tenant.Tx) error { _, err := rbac.Give(ctx, tx, g); return err })
		return row
	}
	for name, tt := range map[string]struct {
		role RoleRow
		add  rbac.Permission
		want error
	}{
		"one's own":                   {given("member", b.admin.Member, nil), "test.judge", ErrOwnGrant},
		"one's department's":          {given("department", b.root, nil), "test.judge", ErrOwnGrant},
		"everyone's":                  {given("everyone", uuid.Nil, nil), "test.judge", ErrOwnGrant},
		"on a node, not meant for it": {given("member", lina.Member, &b.root), "test.judge", rbac.ErrNotScoped},
	} {
		if _, err := b.changeRole(t, tt.role.ID, 1, tt.role.Name, "test.read", tt.add); !errors.Is(err, tt.want) || fault.Of(err).Field != "permissions" {
			t.Errorf("%s = %v, want %v on permissions", name, err, tt.want)
		}
		if _, err := b.changeRole(t, tt.role.ID, 1, tt.role.Name+"改", "test.read"); err != nil {
			t.Errorf("%s, another name = %v", name, err)
		}
	}
}

func TestDropRole(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	row, err := b.newRole(t, "临时角色", "test.read")
	must(t, err)
	for _, tt := range []struct {
		name string
		of   bureau
		id   uuid.UUID
		want error
	}{
		{"another tenant's", other, row.ID, rbac.ErrRoleNotFound},
		{"a built-in one", b, *b.role(t, rbac.Evaluator), rbac.ErrRoleBuiltin},
		{"one's own", b, row.ID, nil},
		{"again", b, row.ID, rbac.ErrRoleNotFound},
	} {
		if err := tt.of.endRole(t, tt.id); !errors.Is(err, tt.want) {
			t.Errorf("%s = %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestGrantsInWords holds the page of grants: who, told apart from a namesake,
// what, and on which node, page by page and narrowed.
func TestGrantsInWords(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	lina, namesake := b.member(t, "lina", b.desk), b.member(t, "lina2", b.desk)
	if _, err := tenanttest.Admin(t).Exec(`update members set name = '李娜' where tenant_id = $1 and login like 'lina%'`, b.id); err != nil {
		t.Fatal(err)
	}
	column := uuid.New()
	give := func(g NewGrant) {
		_, err := b.giving(t, b.ctx, g)
		must(t, err)
	}
	give(NewGrant{SubjectKind: "member", SubjectID: &lina.Member, Permission: "test.write", ScopeKind: "column", ScopeID: &column})
	give(NewGrant{SubjectKind: "member", SubjectID: &namesake.Member, Permission: "test.write", ScopeKind: "department", ScopeID: &b.desk})
	give(NewGrant{SubjectKind: "department", SubjectID: &b.desk, Permission: "test.write"})
	list := func(q grantQuery) (l []GrantRow) {
		t.Helper()
		for {
			b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
				page, err := b.listGrants(ctx, tx, q)
				if len(page.Items) > q.Size() {
					t.Errorf("%d on a page of %d", len(page.Items), q.Size())
				}
				l, q.After = append(l, page.Items...), page.Next
				return err
			})
			if q.After == "" {
				return l
			}
		}
	}
	all := list(grantQuery{})
	one := grantQuery{}
	one.Limit = 1
	if paged := list(one); len(all) != 7 || len(paged) != 7 || paged[6].ID != all[6].ID {
		t.Fatalf("%d grants, %d one by one, want 7 in the same order", len(all), len(paged))
	}
	first := list(grantQuery{Subject: &lina.Member})
	if len(first) != 1 || first[0].Subject.Login != "lina" || first[0].Subject.Within != "办公室" || first[0].Subject.Name != "李娜" ||
		first[0].Scope == nil || first[0].Scope.Name != "部门动态" || len(first[0].Scope.Path) != 2 {
		t.Errorf("grants of one = %+v", first)
	}
	everywhere := uuid.Nil
	for name, tt := range map[string]struct {
		q    grantQuery
		want int
	}{
		"of the department":           {grantQuery{Subject: &b.desk}, 1},
		"on the column":               {grantQuery{Scope: &column}, 1},
		"everywhere":                  {grantQuery{Scope: &everywhere}, 5},
		"of one permission":           {grantQuery{Permission: "test.write"}, 4}, // three and the office's role
		"of one only a role bundles":  {grantQuery{Permission: "test.read"}, 1},
		"of one permission somewhere": {grantQuery{Permission: "test.write", Scope: &b.desk}, 1},
		"of one nobody has":           {grantQuery{Permission: "test.judge"}, 0},
	} {
		if got := list(tt.q); len(got) != tt.want {
			t.Errorf("%s: %d grants, want %d", name, len(got), tt.want)
		}
	}
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		l, err := b.listScopes(ctx, tx, one.Page)
		if len(l.Items) != 1 || l.Next == "" || l.Items[0].Name == "" {
			t.Errorf("scopes = %+v", l)
		}
		if _, bad := b.listGrants(ctx, tx, grantQuery{Page: feature.Page{After: "nonsense"}}); fault.Of(bad).Field != "after" {
			t.Errorf("a cursor that is none = %v, want a fault on after", bad)
		}
		return err
	})
}
