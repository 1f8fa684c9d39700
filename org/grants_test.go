package org

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func (b bureau) role(t *testing.T, r rbac.Role) *uuid.UUID {
	t.Helper()
	var id uuid.UUID
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) (err error) {
		id, err = rbac.RoleID(ctx, tx, r)
		return err
	})
	return &id
}

func (b bureau) giving(t *testing.T, ctx context.Context, g NewGrant) (row GrantRow, err error) {
	t.Helper()
	err = tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error {
		row, err = b.give(ctx, tx, g)
		return err
	})
	return row, err
}

// A giving is what the administrator tries to give.
type giving struct {
	grant func() NewGrant
	want  error
}

func givings(t *testing.T, b, other bureau, lina, auditor tenant.Actor) map[string]giving {
	t.Helper()
	node, past := uuid.New(), time.Now().Add(-time.Hour)
	to := func(id uuid.UUID) NewGrant { return NewGrant{SubjectKind: "member", SubjectID: &id} }
	return map[string]giving{
		"what one holds": {func() NewGrant { g := to(lina.Member); g.Permission = "test.write"; return g }, nil},
		"on a node": {func() NewGrant {
			g := to(lina.Member)
			g.Permission, g.ScopeKind, g.ScopeID = "test.write", "column", &node
			return g
		}, nil},
		"what one does not hold": {func() NewGrant { g := to(lina.Member); g.Permission = "test.judge"; return g }, rbac.ErrBeyondOwn},
		"a built-in role":        {func() NewGrant { g := to(lina.Member); g.RoleID = b.role(t, rbac.Evaluator); return g }, nil},
		"to oneself":             {func() NewGrant { g := to(b.admin.Member); g.Permission = "test.write"; return g }, ErrOwnGrant},
		"a role to one's own department": {func() NewGrant {
			return NewGrant{SubjectKind: "department", SubjectID: &b.desk, RoleID: b.role(t, rbac.Evaluator)}
		}, rbac.ErrBeyondOwn},
		"a role to everyone":           {func() NewGrant { return NewGrant{SubjectKind: "everyone", RoleID: b.role(t, rbac.Evaluator)} }, rbac.ErrBeyondOwn},
		"a permission nobody declared": {func() NewGrant { g := to(lina.Member); g.Permission = "test.*"; return g }, rbac.ErrNoSuchRight},
		"another tenant's role":        {func() NewGrant { g := to(lina.Member); g.RoleID = other.role(t, rbac.Staff); return g }, rbac.ErrNoSuchRole},
		"another tenant's member":      {func() NewGrant { g := to(other.admin.Member); g.Permission = "test.write"; return g }, ErrNoSubject},
		"another tenant's department": {func() NewGrant {
			return NewGrant{SubjectKind: "department", SubjectID: &other.desk, Permission: "test.write"}
		}, ErrNoSubject},
		"not meant for nodes": {func() NewGrant {
			g := to(lina.Member)
			g.Permission, g.ScopeKind, g.ScopeID = Manage, "column", &node
			return g
		}, rbac.ErrNotScoped},
		"a role not meant for nodes": {func() NewGrant {
			g := to(lina.Member)
			g.RoleID, g.ScopeKind, g.ScopeID = b.role(t, rbac.Admin), "column", &node
			return g
		}, rbac.ErrNotScoped},
		"until the past": {func() NewGrant { g := to(lina.Member); g.Permission, g.Until = "test.write", &past; return g }, ErrUntil},
		"the administrator's to many": {func() NewGrant {
			return NewGrant{SubjectKind: "department", SubjectID: &b.root, RoleID: b.role(t, rbac.Admin)}
		}, ErrPersonalRole},
		"the administrator audits": {func() NewGrant { g := to(auditor.Member); g.RoleID = b.role(t, rbac.Admin); return g }, ErrExclusive},
	}
}

func TestGive(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	lina, auditor := b.member(t, "lina", b.department(t, b.root, "财务处")), b.member(t, "auditor", b.desk)
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error { return Appoint(ctx, tx, auditor.Member, rbac.Auditor) })
	for name, tt := range givings(t, b, other, lina, auditor) {
		t.Run(name, func(t *testing.T) {
			g := tt.grant()
			if err := g.Validate(); err != nil {
				t.Fatal(err)
			}
			row, err := b.giving(t, b.ctx, g)
			if !errors.Is(err, tt.want) {
				t.Fatalf("give = %v, want %v", err, tt.want)
			}
			if err == nil && (row.Subject.Name != "人lina" || row.GrantedBy != b.admin.Name || (row.Scope == nil) != (g.ScopeID == nil)) {
				t.Errorf("row = %+v", row)
			}
		})
	}
	again := NewGrant{SubjectKind: "member", SubjectID: &lina.Member, RoleID: b.role(t, rbac.Evaluator)}
	if _, err := b.giving(t, b.ctx, again); !errors.Is(err, rbac.ErrGranted) {
		t.Errorf("again = %v, want ErrGranted", err)
	}
	if !rbac.From(b.as(t, lina)).Everywhere("test.judge") {
		t.Error("the evaluator may not judge")
	}
}

// Whoever has a right on one node only may give it on that node only.
func TestGiveOnOwnNode(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	lina := b.member(t, "lina", b.desk)
	mine, other := uuid.New(), uuid.New()
	ctx := rbac.With(b.ctx, rbac.FixedOn(mine, "test.write"))
	for name, tt := range map[string]struct {
		node uuid.UUID
		want error
	}{"the node": {mine, nil}, "another node": {other, rbac.ErrBeyondOwn}} {
		g := NewGrant{SubjectKind: "member", SubjectID: &lina.Member, Permission: "test.write", ScopeKind: "column", ScopeID: &tt.node}
		if _, err := b.giving(t, ctx, g); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func TestNewGrantValidate(t *testing.T) {
	t.Parallel()
	id := uuid.New()
	for name, g := range map[string]NewGrant{
		"nothing given":       {SubjectKind: "everyone"},
		"role and permission": {SubjectKind: "everyone", RoleID: &id, Permission: "a.b"},
		"nobody":              {SubjectKind: "member", Permission: "a.b"},
		"half a scope":        {SubjectKind: "everyone", Permission: "a.b", ScopeKind: "column"},
		"the other half":      {SubjectKind: "everyone", Permission: "a.b", ScopeID: &id},
	} {
		if err := g.Validate(); !errors.Is(err, feature.ErrMissing) {
			t.Errorf("%s: %v, want feature.ErrMissing", name, err)
		}
	}
}

func TestTakeBack(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	lina := b.member(t, "lina", b.desk)
	soon := time.Now().Add(time.Hour)
	row, err := b.giving(t, b.ctx, NewGrant{SubjectKind: "member", SubjectID: &lina.Member, Permission: Manage, Until: &soon})
	if err != nil {
		t.Fatal(err)
	}
	take := func(of bureau) error {
		return of.write(t, func(ctx context.Context, tx *tenant.Tx) error {
			_, err := takeBack(ctx, tx, byID{row.ID})
			return err
		})
	}
	if err := take(other); !errors.Is(err, rbac.ErrGrantNotFound) {
		t.Errorf("from another tenant = %v, want ErrGrantNotFound", err)
	}
	if err := take(b); err != nil {
		t.Fatal(err)
	}
	if err := take(b); !errors.Is(err, rbac.ErrGrantNotFound) {
		t.Errorf("again = %v, want ErrGrantNotFound", err)
	}
}

func TestGrantsRunOut(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	lina := b.member(t, "lina", b.desk)
	soon := time.Now().Add(time.Hour)
	if _, err := b.giving(t, b.ctx, NewGrant{SubjectKind: "member", SubjectID: &lina.Member, Permission: Manage, Until: &soon}); err != nil {
		t.Fatal(err)
	}
	job := tenant.As(context.Background(), tenant.Actor{Tenant: b.id, Name: "system"})
	if err := expiry().Run(job, tenanttest.DB(t)); err != nil {
		t.Fatal(err)
	}
	if !rbac.From(b.as(t, lina)).Has(Manage) {
		t.Fatal("a grant ended early")
	}
	if _, err := tenanttest.Admin(t).Exec(`update grants set until = now() - interval '1 second' where tenant_id = $1 and subject_id = $2`, b.id, lina.Member); err != nil {
		t.Fatal(err)
	}
	if err := expiry().Run(job, tenanttest.DB(t)); err != nil {
		t.Fatal(err)
	}
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		gs, err := rbac.Grants(ctx, tx, rbac.Search{Subject: &lina.Member, Limit: 10})
		if len(gs) != 0 {
			t.Errorf("%d grants that have run out are left", len(gs))
		}
		return err
	})
	if n := audited(t, b, "rbac.revoked"); n != 1 {
		t.Errorf("%d ends are in the audit, want 1", n)
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		roles, err := listRoles(ctx, tx, struct{}{})
		if err != nil {
			return err
		}
		if len(roles.Items) != len(rbac.Roles) || len(roles.Items[0].Permissions) != 2 {
			t.Errorf("roles = %+v", roles.Items)
		}
		ps, err := b.listPermissions(ctx, tx, struct{}{})
		if err != nil || len(ps.Items) != len(declared) {
			t.Errorf("permissions = %+v %v", ps.Items, err)
		}
		gs, err := b.listGrants(ctx, tx, grantQuery{})
		if len(gs.Items) != 4 {
			t.Errorf("%d grants, want 4: the administrator's three and everyone's", len(gs.Items))
		}
		return err
	})
}
