package console

import (
	"context"
	"errors"

	"hetu/tenant"
)

// GroupBySlug finds a group for a command, or returns ErrNoGroup.
func GroupBySlug(ctx context.Context, db *tenant.DB, slug string) (g Group, err error) {
	ctx = commandLine(ctx)
	err = db.Operate(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &g, `
			select g.id, g.name, g.slug, (select count(*) from platform.tenants t where t.group_id = g.id) as tenant_count
			  from platform.groups g where g.slug = $1`, slug)
	})
	if errors.Is(err, tenant.ErrNoRows) {
		return g, ErrNoGroup
	}
	return g, err
}

// TenantBySlug finds a tenant for a command, or returns ErrNoTenant.
func TenantBySlug(ctx context.Context, db *tenant.DB, slug string) (t Tenant, err error) {
	ctx = commandLine(ctx)
	err = db.Operate(ctx, func(tx *tenant.Tx) error { return tx.Get(ctx, &t, tenantRows+` where t.slug = $1`, slug) })
	if errors.Is(err, tenant.ErrNoRows) {
		return t, ErrNoTenant
	}
	return t, err
}
