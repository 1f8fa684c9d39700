package app_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"hetu/app"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

var update = flag.Bool("update", false, "write the reviewed files anew")

const rightsFile = "testdata/rights.txt"

// TestRightsTable holds the reviewed table in which every permission names
// every role (AZ-01): declared here, seeded into a tenant, and asked of the
// guard for a member who has that role and no other.
func TestRightsTable(t *testing.T) {
	t.Parallel()
	features := app.Features(app.Tools{})
	declared := table(declares(app.Rights(features)))
	if *update {
		must(t, os.MkdirAll("testdata", 0o755))
		must(t, os.WriteFile(rightsFile, []byte(declared), 0o644))
	}
	reviewed, err := os.ReadFile(rightsFile)
	must(t, err)
	if declared != string(reviewed) {
		t.Errorf("the rights differ from the reviewed table; look at the change, then run this test with -update\n%s", declared)
	}

	ctx, _ := tenanttest.Actor(t)
	a, err := tenant.From(ctx)
	must(t, err)
	db := tenanttest.DB(t)
	holders := map[rbac.Role]tenant.Actor{}
	must(t, db.Write(ctx, func(tx *tenant.Tx) error {
		if err := rbac.Seed(ctx, tx, app.Rights(features)); err != nil {
			return err
		}
		for _, role := range rbac.Roles {
			id, err := rbac.RoleID(ctx, tx, role)
			if err != nil {
				return err
			}
			who := tenant.Actor{Tenant: a.Tenant, Member: tenant.NewID()}
			holders[role] = who
			if _, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: who.Member, RoleID: &id}); err != nil {
				return err
			}
		}
		return nil
	}))
	guard, err := rbac.NewGuard(db, 1)
	must(t, err)
	asked := table(func(p rbac.Permission, role rbac.Role) bool {
		rights, err := guard.Rights(tenant.As(ctx, holders[role]))
		must(t, err)
		return rights.Has(p)
	})
	// Everyone is staff: what staff may do, every role may.
	if want := table(func(p rbac.Permission, role rbac.Role) bool {
		has := declares(app.Rights(features))
		return has(p, role) || has(p, rbac.Staff)
	}); asked != want {
		t.Errorf("the guard decides\n%s\nwant\n%s", asked, want)
	}
}

// declares answers whether a role has a permission from the start.
func declares(rights []rbac.Right) func(rbac.Permission, rbac.Role) bool {
	return func(p rbac.Permission, role rbac.Role) bool {
		i := slices.IndexFunc(rights, func(r rbac.Right) bool { return r.Permission == p })
		return i >= 0 && slices.Contains(rights[i].Roles, role)
	}
}

// table prints every permission with every role.
func table(has func(rbac.Permission, rbac.Role) bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-22s", "")
	for _, role := range rbac.Roles {
		fmt.Fprintf(&b, "%-10s", role)
	}
	b.WriteString("\n")
	rights := app.Rights(app.Features(app.Tools{}))
	slices.SortFunc(rights, func(x, y rbac.Right) int { return strings.Compare(string(x.Permission), string(y.Permission)) })
	for _, r := range rights {
		fmt.Fprintf(&b, "%-22s", r.Permission)
		for _, role := range rbac.Roles {
			mark := "-"
			if has(r.Permission, role) {
				mark = "yes"
			}
			fmt.Fprintf(&b, "%-10s", mark)
		}
		b.WriteString("\n")
	}
	return b.String()
}
