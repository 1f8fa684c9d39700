package org

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// to is a grant to one person.
func to(id uuid.UUID) NewGrant { return NewGrant{SubjectKind: "member", SubjectID: &id} }

// TestThreeAdministrators holds AU-05 from the first day of a tenant on: the
// first administrator looks after people and gives rights; appointing a security
// administrator ends that, once there is an auditor; and from then on nobody gets
// two of the three, in whatever way, nor is the last one of any of them lost.
func TestThreeAdministrators(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	security, auditor, lina := b.member(t, "security", b.desk), b.member(t, "auditor", b.desk), b.member(t, "lina", b.desk)
	role := func(g NewGrant, r rbac.Role) NewGrant { g.RoleID = b.role(t, r); return g }
	may := func(a tenant.Actor, p rbac.Permission) bool { return rbac.From(b.as(t, a)).Everywhere(p) }

	if !may(b.admin, Manage) || !may(b.admin, Grant) || may(b.admin, Powers[2]) {
		t.Fatal("the first administrator looks after people and gives rights, and does not audit")
	}
	if _, err := b.giving(t, b.ctx, role(to(security.Member), rbac.Security)); !errors.Is(err, ErrAuditorFirst) {
		t.Fatalf("handing over before there is an auditor = %v, want ErrAuditorFirst", err)
	}
	if _, err := b.giving(t, b.ctx, role(to(auditor.Member), rbac.Auditor)); err != nil {
		t.Fatal(err)
	}
	if _, err := b.giving(t, b.ctx, role(to(security.Member), rbac.Security)); err != nil {
		t.Fatal(err)
	}
	if may(b.admin, Grant) || !may(b.admin, Manage) || !may(security, Grant) || may(security, Manage) || may(security, Powers[2]) || !may(auditor, Powers[2]) {
		t.Fatal("after handing over, each has one power and no other")
	}
	apart(t, b, security, auditor, lina)
	last(t, b, security, auditor)
}

// apart tries every way to two powers.
func apart(t *testing.T, b bureau, security, auditor, lina tenant.Actor) {
	t.Helper()
	ctx := b.as(t, security)
	own, err := b.newRole(t, "人员管理", Manage)
	must(t, err)
	for name, tt := range map[string]struct {
		grant NewGrant
		want  error
	}{
		"the system administrator gives rights":      {NewGrant{SubjectKind: "member", SubjectID: &b.admin.Member, RoleID: b.role(t, rbac.Security)}, ErrExclusive},
		"the system administrator audits":            {NewGrant{SubjectKind: "member", SubjectID: &b.admin.Member, RoleID: b.role(t, rbac.Auditor)}, ErrExclusive},
		"the auditor looks after people":             {NewGrant{SubjectKind: "member", SubjectID: &auditor.Member, RoleID: b.role(t, rbac.Admin)}, ErrExclusive},
		"the auditor gives rights":                   {NewGrant{SubjectKind: "member", SubjectID: &auditor.Member, RoleID: b.role(t, rbac.Security)}, ErrExclusive},
		"the auditor gives rights, by itself":        {NewGrant{SubjectKind: "member", SubjectID: &auditor.Member, Permission: Grant}, ErrExclusive},
		"the auditor, by a role of one's own":        {NewGrant{SubjectKind: "member", SubjectID: &auditor.Member, RoleID: &own.ID}, ErrExclusive},
		"the security administrator, themself":       {NewGrant{SubjectKind: "member", SubjectID: &security.Member, RoleID: b.role(t, rbac.Admin)}, ErrOwnGrant},
		"a whole department gives rights":            {NewGrant{SubjectKind: "department", SubjectID: &b.root, Permission: Grant}, ErrPersonalRole},
		"everyone looks after people":                {NewGrant{SubjectKind: "everyone", RoleID: &own.ID}, rbac.ErrBeyondOwn},
		"somebody else becomes system administrator": {NewGrant{SubjectKind: "member", SubjectID: &lina.Member, RoleID: &own.ID}, nil},
	} {
		if _, err := b.giving(t, ctx, tt.grant); !errors.Is(err, tt.want) {
			t.Errorf("%s = %v, want %v (AU-05)", name, err, tt.want)
		}
	}
	if _, err := b.changeRole(t, own.ID, own.Version, own.Name, Manage, Grant); !errors.Is(err, ErrReserved) {
		t.Errorf("a role that bundles giving rights = %v, want ErrReserved", err)
	}
	plain, err := b.newRole(t, "资料员甲", "test.read")
	must(t, err)
	if _, err := b.giving(t, ctx, NewGrant{SubjectKind: "member", SubjectID: &auditor.Member, RoleID: &plain.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.changeRole(t, plain.ID, plain.Version, plain.Name, "test.read", Manage); !errors.Is(err, ErrExclusive) {
		t.Errorf("a power added to a role the auditor has = %v, want ErrExclusive", err)
	}
}

// last tries to lose the last one of each.
func last(t *testing.T, b bureau, security, auditor tenant.Actor) {
	t.Helper()
	ctx := b.as(t, security)
	grantOf := func(who uuid.UUID, role rbac.Role) (id uuid.UUID) {
		b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
			return tx.Get(ctx, &id, `select g.id from grants g join roles r on r.id = g.role_id where g.subject_id = $1 and r.code = $2`, who, string(role))
		})
		return id
	}
	for who, role := range map[uuid.UUID]rbac.Role{security.Member: rbac.Security, auditor.Member: rbac.Auditor} {
		err := tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error { _, err := takeBack(ctx, tx, byID{grantOf(who, role)}); return err })
		if !errors.Is(err, ErrLastAdmin) {
			t.Errorf("taking the last %s's role = %v, want ErrLastAdmin", role, err)
		}
	}
	err := b.write(t, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := lockMember(ctx, tx, because{auditor.Member, "离岗"})
		return err
	})
	if !errors.Is(err, ErrLastAdmin) {
		t.Errorf("locking the last auditor = %v, want ErrLastAdmin", err)
	}
	err = b.write(t, func(ctx context.Context, tx *tenant.Tx) error {
		if _, err := rbac.Restrict(ctx, tx, rbac.NewRestriction{Member: security.Member, StartsAt: tx.Now, EndsAt: tx.Now.Add(time.Hour), Reason: "x", Basis: "x"}); err != nil {
			return err
		}
		return Administered(ctx, tx)
	})
	if !errors.Is(err, ErrLastAdmin) {
		t.Errorf("freezing the only one who gives rights = %v, want ErrLastAdmin", err)
	}
}

// Whoever was invited and never came takes nothing over: nobody could go on.
func TestHandOverToNobody(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	auditor, absent := b.member(t, "auditor", b.desk), b.member(t, "absent", b.desk)
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error {
		if err := Appoint(ctx, tx, auditor.Member, rbac.Auditor); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update members set state = 'invited' where id = $1`, absent.Member)
		return err
	})
	g := NewGrant{SubjectKind: "member", SubjectID: &absent.Member, RoleID: b.role(t, rbac.Security)}
	if _, err := b.giving(t, b.ctx, g); !errors.Is(err, ErrState) {
		t.Errorf("appointing somebody who never came = %v, want ErrState", err)
	}
	if !rbac.From(b.as(t, b.admin)).Everywhere(Grant) {
		t.Error("the first administrator has lost what nobody took over")
	}
}

// TestDelegated holds R269, R272 and AZ-04: whoever gives rights in a department
// gives what they have themself to whoever is in it, and nothing else to nobody
// else; and sees and takes back no more.
func TestDelegated(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	dept := b.department(t, b.root, "财务处")
	below := b.department(t, dept, "会计科")
	clerk, inside, deep, outside := b.member(t, "clerk", dept), b.member(t, "inside", dept), b.member(t, "deep", below), b.member(t, "outside", b.desk)
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error {
		for _, g := range []rbac.NewGrant{
			{Permission: Grant, ScopeKind: "department", ScopeID: &dept}, {Permission: Audit, ScopeKind: "department", ScopeID: &dept}, {Permission: "test.write"},
		} {
			g.SubjectKind, g.SubjectID = "member", clerk.Member
			if _, err := rbac.Give(ctx, tx, g); err != nil {
				return err
			}
		}
		return nil
	})
	ctx := b.as(t, clerk)
	write := func(g NewGrant) NewGrant { g.Permission = "test.write"; return g }
	judge := func(g NewGrant) NewGrant { g.RoleID = b.role(t, rbac.Evaluator); return g }
	for name, tt := range map[string]struct {
		grant NewGrant
		want  error
	}{
		"somebody of the department":      {write(to(inside.Member)), nil},
		"somebody of one below":           {write(to(deep.Member)), nil},
		"one below as a whole":            {NewGrant{SubjectKind: "department", SubjectID: &below, Permission: "test.write"}, nil},
		"somebody of another":             {write(to(outside.Member)), ErrOutside},
		"another as a whole":              {NewGrant{SubjectKind: "department", SubjectID: &b.desk, Permission: "test.write"}, ErrOutside},
		"the one above":                   {NewGrant{SubjectKind: "department", SubjectID: &b.root, Permission: "test.write"}, ErrOutside},
		"everyone":                        {NewGrant{SubjectKind: "everyone", Permission: "test.write"}, ErrOutside},
		"what they do not have":           {NewGrant{SubjectKind: "member", SubjectID: &inside.Member, Permission: "test.judge"}, rbac.ErrBeyondOwn},
		"a role with what they lack":      {judge(to(inside.Member)), rbac.ErrBeyondOwn},
		"an administrator":                {NewGrant{SubjectKind: "member", SubjectID: &inside.Member, RoleID: b.role(t, rbac.Admin)}, rbac.ErrBeyondOwn},
		"giving rights there, by another": {NewGrant{SubjectKind: "member", SubjectID: &inside.Member, Permission: Grant, ScopeKind: "department", ScopeID: &dept}, rbac.ErrBeyondOwn},
		"themself":                        {write(to(clerk.Member)), ErrOwnGrant},
	} {
		if _, err := b.giving(t, ctx, tt.grant); !errors.Is(err, tt.want) {
			t.Errorf("%s = %v, want %v", name, err, tt.want)
		}
	}
	theirs, err := b.giving(t, b.ctx, write(to(outside.Member)))
	must(t, err)
	higher, err := b.giving(t, b.ctx, judge(to(inside.Member)))
	must(t, err)
	take := func(id uuid.UUID) error {
		return tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error { _, err := takeBack(ctx, tx, byID{id}); return err })
	}
	if err := take(theirs.ID); !errors.Is(err, ErrOutside) {
		t.Errorf("taking back in another department = %v, want ErrOutside", err)
	}
	if err := take(higher.ID); !errors.Is(err, rbac.ErrBeyondOwn) {
		t.Errorf("taking back what one has not = %v, want ErrBeyondOwn", err)
	}
	plain, err := b.newRole(t, "会计", "test.read")
	must(t, err)
	for name, do := range map[string]func(*tenant.Tx) error{
		"making a role": func(tx *tenant.Tx) error {
			_, err := b.addRole(ctx, tx, NewRole{"自设", []rbac.Permission{"test.read"}})
			return err
		},
		"changing a role": func(tx *tenant.Tx) error {
			_, err := b.editRole(ctx, tx, roleEdit{plain.ID, NewRole{"会计", []rbac.Permission{"test.write"}}, 1})
			return err
		},
		"dropping a role": func(tx *tenant.Tx) error { _, err := dropRole(ctx, tx, byID{plain.ID}); return err },
	} {
		if err := tenanttest.DB(t).Write(ctx, do); !errors.Is(err, rbac.ErrDenied) {
			t.Errorf("%s, which is the whole tenant's = %v, want ErrDenied", name, err)
		}
	}
	b.read(t, ctx, func(ctx context.Context, tx *tenant.Tx) error {
		l, err := b.listGrants(ctx, tx, grantQuery{})
		for _, g := range l.Items {
			if g.Subject.ID == outside.Member || g.Subject.ID == b.admin.Member || g.Subject.Kind == "everyone" {
				t.Errorf("a department's administrator sees a grant to %s %s", g.Subject.Kind, g.Subject.Name)
			}
		}
		if len(l.Items) < 5 {
			t.Errorf("%d grants in the department, want at least 5", len(l.Items))
		}
		return err
	})
}
