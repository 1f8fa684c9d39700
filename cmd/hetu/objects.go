package main

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"hetu/app"
	"hetu/attachment"
	"hetu/tenant"
)

type doctorObjects struct {
	Delete bool          `help:"Delete the orphans, except what is retained or held."`
	Grace  time.Duration `default:"24h" help:"How long an object must have lain there; an hour at least."`
}

// Run looks for objects in the store that no row names, tenant by tenant,
// suspended ones too.
func (d doctorObjects) Run(ctx context.Context) error {
	return withNode(ctx, func(n *app.Node) error {
		all, err := tenants(ctx, n.Operator)
		if err != nil {
			return err
		}
		for _, t := range all {
			as := tenant.As(ctx, tenant.Actor{Tenant: t.ID, Name: "doctor", Request: "doctor:objects"})
			o, err := attachment.FindOrphans(as, n.DB, n.Store, d.Grace, d.Delete)
			if err != nil {
				return fmt.Errorf("%s: %w", t.Slug, err)
			}
			fmt.Printf("%s\torphans %d\tbytes %d\ttoo young to tell %d\tremoved %d\tkept by law %d\n", t.Slug, o.Objects, o.Bytes, o.Young, o.Removed, o.Kept)
		}
		return nil
	})
}

// A unit is a tenant to go through.
type unit struct {
	ID   uuid.UUID `db:"id"`
	Slug string    `db:"slug"`
}

// tenants returns all tenants, suspended ones too. db is opened as the operators' role.
func tenants(ctx context.Context, db *tenant.DB) (all []unit, err error) {
	ctx = tenant.As(ctx, tenant.Actor{Operator: commandLine, Name: "command line", Request: "command"})
	err = db.Operate(ctx, func(tx *tenant.Tx) error {
		return tx.Select(ctx, &all, `select id, slug from platform.tenants order by slug`)
	})
	return all, err
}

// commandLine stands for whoever has a shell on the server, as in console.
var commandLine = uuid.Max
