package rbac_test

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

const (
	see    rbac.Permission = "x.see"
	change rbac.Permission = "x.change"
)

func seed(t *testing.T, ctx context.Context) {
	t.Helper()
	do(t, ctx, func(tx *tenant.Tx) error {
		return rbac.Seed(ctx, tx, []rbac.Right{{Permission: see, Roles: []rbac.Role{rbac.Staff}}, {Permission: change, Roles: []rbac.Role{rbac.Office}}})
	})
}

func do(t *testing.T, ctx context.Context, fn func(*tenant.Tx) error) {
	t.Helper()
	if err := tenanttest.DB(t).Write(ctx, fn); err != nil {
		t.Fatal(err)
	}
}

func guard(t *testing.T) *rbac.Guard {
	t.Helper()
	g, err := rbac.NewGuard(tenanttest.DB(t), 8)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func rights(ctx context.Context, t *testing.T, g *rbac.Guard) *rbac.Rights {
	t.Helper()
	r, err := g.Rights(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRights(t *testing.T) {
	t.Parallel()
	column, below, dept := tenant.NewID(), tenant.NewID(), tenant.NewID()
	path := []uuid.UUID{column, below}
	tests := map[string]struct {
		give func(context.Context, *tenant.Tx, tenant.Actor) error
		want map[string]bool
	}{
		"a stranger to every role": {nil, map[string]bool{"see": true, "change": false, "on": false}},
		"a role everywhere": {func(ctx context.Context, tx *tenant.Tx, a tenant.Actor) error {
			role, err := rbac.RoleID(ctx, tx, rbac.Office)
			if err != nil {
				return err
			}
			_, err = rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: a.Member, RoleID: &role})
			return err
		}, map[string]bool{"see": true, "change": true, "on": true, "elsewhere": true}},
		"a permission on a node and below": {func(ctx context.Context, tx *tenant.Tx, a tenant.Actor) error {
			_, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: a.Member, Permission: change, ScopeKind: "column", ScopeID: &column})
			return err
		}, map[string]bool{"see": true, "change": true, "on": true, "elsewhere": false}},
		"through a department": {func(ctx context.Context, tx *tenant.Tx, a tenant.Actor) error {
			if err := rbac.Bind(ctx, tx, a.Member, []uuid.UUID{dept}); err != nil {
				return err
			}
			_, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "department", SubjectID: dept, Permission: change})
			return err
		}, map[string]bool{"change": true, "elsewhere": true}},
		"a grant that has run out": {func(ctx context.Context, tx *tenant.Tx, a tenant.Actor) error {
			past := tx.Now.Add(-time.Second)
			_, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: a.Member, Permission: change, Until: &past})
			return err
		}, map[string]bool{"change": false}},
		"somebody else's grant": {func(ctx context.Context, tx *tenant.Tx, _ tenant.Actor) error {
			_, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: tenant.NewID(), Permission: change})
			return err
		}, map[string]bool{"change": false}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, a := tenanttest.Actor(t)
			seed(t, ctx)
			if tt.give != nil {
				do(t, ctx, func(tx *tenant.Tx) error { return tt.give(ctx, tx, a) })
			}
			r := rights(ctx, t, guard(t))
			got := map[string]bool{"see": r.Has(see), "change": r.Has(change), "on": r.On(change, path), "elsewhere": r.On(change, []uuid.UUID{below})}
			for what, want := range tt.want {
				if got[what] != want {
					t.Errorf("%s = %v, want %v", what, got[what], want)
				}
			}
		})
	}
}

// TestRevocationOnTwoNodes holds AZ-03 and G12: whatever a node missed, a right
// taken away is gone within two seconds on each.
func TestRevocationOnTwoNodes(t *testing.T) {
	t.Parallel()
	for name, listening := range map[string]bool{"with notices": true, "with the notices lost": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, a := tenanttest.Actor(t)
			seed(t, ctx)
			one, two := guard(t), guard(t)
			if listening {
				stop, cancel := context.WithCancel(context.Background())
				t.Cleanup(cancel)
				for _, g := range []*rbac.Guard{one, two} {
					err := tenant.Listen(stop, tenanttest.URL(t, "hetu_app"), map[string]func(string){
						"hetu_rights": func(p string) { id, _ := uuid.Parse(p); g.Drop(id) }})
					if err != nil {
						t.Fatal(err)
					}
				}
			}
			var id uuid.UUID
			do(t, ctx, func(tx *tenant.Tx) error {
				g, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: a.Member, Permission: change})
				id = g.ID
				return err
			})
			for _, g := range []*rbac.Guard{one, two} {
				if !rights(ctx, t, g).Has(change) {
					t.Fatal("the right is not there to begin with")
				}
			}
			do(t, ctx, func(tx *tenant.Tx) error { return rbac.TakeBack(ctx, tx, id) })
			deadline := time.Now().Add(2 * time.Second)
			for _, g := range []*rbac.Guard{one, two} {
				for rights(ctx, t, g).Has(change) {
					if time.Now().After(deadline) {
						t.Fatal("the right is still there after two seconds")
					}
				}
			}
		})
	}
}

// Who cannot be asked about may nothing (AZ-03).
func TestDatabaseGoneMeansDenied(t *testing.T) {
	t.Parallel()
	db, err := tenant.Open(context.Background(), tenanttest.URL(t, "hetu_app"), tenant.Limits{Conns: 1})
	if err != nil {
		t.Fatal(err)
	}
	g, err := rbac.NewGuard(db, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, _ := tenanttest.Actor(t)
	if r, err := g.Rights(ctx); err == nil || r.Has(see) {
		t.Errorf("Rights = %v, %v; want an error and nothing allowed", r, err)
	}
}

func TestGiveRefuses(t *testing.T) {
	t.Parallel()
	ctx, a := tenanttest.Actor(t)
	seed(t, ctx)
	node, nobody := tenant.NewID(), tenant.NewID()
	tests := map[string]struct {
		grant rbac.NewGrant
		want  error
	}{
		"nothing":                 {rbac.NewGrant{SubjectKind: "member", SubjectID: a.Member}, rbac.ErrNoSuchRight},
		"a role and a permission": {rbac.NewGrant{SubjectKind: "member", SubjectID: a.Member, Permission: see, RoleID: &nobody}, rbac.ErrNoSuchRight},
		"a role that is not ours": {rbac.NewGrant{SubjectKind: "member", SubjectID: a.Member, RoleID: &nobody}, rbac.ErrNoSuchRole},
		"a node of no kind":       {rbac.NewGrant{SubjectKind: "member", SubjectID: a.Member, Permission: see, ScopeID: &node}, rbac.ErrNotScoped},
		"to an unknown kind":      {rbac.NewGrant{SubjectKind: "robot", SubjectID: a.Member, Permission: see}, rbac.ErrNoSuchRight},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error { _, err := rbac.Give(ctx, tx, tt.grant); return err })
			if !errors.Is(err, tt.want) {
				t.Errorf("Give = %v, want %v", err, tt.want)
			}
		})
	}
	do(t, ctx, func(tx *tenant.Tx) error {
		_, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: a.Member, Permission: change})
		return err
	})
	err := tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error {
		_, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: a.Member, Permission: change})
		return err
	})
	if !errors.Is(err, rbac.ErrGranted) {
		t.Errorf("the same grant again = %v, want ErrGranted", err)
	}
	other, _ := tenanttest.Actor(t)
	err = tenanttest.DB(t).Write(other, func(tx *tenant.Tx) error { return rbac.TakeBack(other, tx, node) })
	if !errors.Is(err, rbac.ErrGrantNotFound) {
		t.Errorf("taking back another tenant's grant = %v, want ErrGrantNotFound", err)
	}
}

func TestHoldersAndWhy(t *testing.T) {
	t.Parallel()
	ctx, a := tenanttest.Actor(t)
	seed(t, ctx)
	dept, colleague, column := tenant.NewID(), tenant.NewID(), tenant.NewID()
	do(t, ctx, func(tx *tenant.Tx) error {
		if err := rbac.Bind(ctx, tx, colleague, []uuid.UUID{dept}); err != nil {
			return err
		}
		for _, g := range []rbac.NewGrant{
			{SubjectKind: "member", SubjectID: a.Member, Permission: change},
			{SubjectKind: "department", SubjectID: dept, Permission: change, ScopeKind: "column", ScopeID: &column},
		} {
			if _, err := rbac.Give(ctx, tx, g); err != nil {
				return err
			}
		}
		here, err := rbac.Holders(ctx, tx, change, []uuid.UUID{column})
		if err != nil {
			return err
		}
		elsewhere, err := rbac.Holders(ctx, tx, change, []uuid.UUID{tenant.NewID()})
		if err != nil {
			return err
		}
		if len(here) != 2 || len(elsewhere) != 1 || elsewhere[0] != a.Member {
			t.Errorf("holders here %v, elsewhere %v; want both, and %s", here, elsewhere, a.Member)
		}
		why, err := rbac.Why(ctx, tx, []rbac.Permission{change}, []uuid.UUID{column})
		if len(why) != 2 {
			t.Errorf("why = %+v, want both grants", why)
		}
		return err
	})
}

func BenchmarkRights(b *testing.B) {
	ctx, _ := tenanttest.Actor(b)
	g, err := rbac.NewGuard(tenanttest.DB(b), 8)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r, err := g.Rights(ctx)
		if err != nil {
			b.Fatal(err)
		}
		if r.Has(change) {
			b.Fatal("allowed")
		}
	}
}
