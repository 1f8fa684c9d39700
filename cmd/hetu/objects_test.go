package main

import (
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/tenant/tenanttest"
)

// Whoever checks an installation goes through every tenant: one that is suspended
// is where something would be hidden (AU-02).
func TestTenantsAreAll(t *testing.T) {
	t.Parallel()
	open, shut := tenanttest.Tenant(t, uuid.Nil, "云岭市水务局"), tenanttest.Tenant(t, uuid.Nil, "临溪市水务局")
	if _, err := tenanttest.Admin(t).Exec(`update platform.tenants set state = 'suspended' where id = $1`, shut); err != nil {
		t.Fatal(err)
	}
	all, err := tenants(context.Background(), tenanttest.Operators(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []uuid.UUID{open, shut} {
		if !slices.ContainsFunc(all, func(u unit) bool { return u.ID == id }) {
			t.Errorf("%s is left out", id)
		}
	}
}
