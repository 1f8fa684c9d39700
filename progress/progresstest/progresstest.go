// Package progresstest does for tests what the queue does in an installation.
package progresstest

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// Drain does the works of the context's tenant that wait, one after the other,
// the way the feature progress does them, and returns how each of them turned
// out, by its id.
func Drain(t testing.TB, ctx context.Context, progress feature.Feature) map[uuid.UUID]error {
	t.Helper()
	db := tenanttest.DB(t)
	a, err := tenant.From(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var ids []uuid.UUID
	err = db.Read(ctx, func(tx *tenant.Tx) error {
		ids = nil
		return tx.Select(ctx, &ids, `select id from works where state = 'queued' order by id`)
	})
	if err != nil {
		t.Fatal(err)
	}
	queue := tenant.As(ctx, tenant.Actor{Tenant: a.Tenant, Name: "system", Request: "job:progress.run"})
	run := progress.Works[0].Run
	ends := map[uuid.UUID]error{}
	for _, id := range ids {
		ends[id] = run(queue, db, []byte(tenant.JSON(map[string]any{"id": id})))
	}
	return ends
}
