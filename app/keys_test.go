package app_test

import (
	"context"
	"testing"

	"hetu/app"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// TestKeysAreFreeAgain holds the end of WF-08: after 24 hours a key is free,
// and its answer is forgotten by the next round.
func TestKeysAreFreeAgain(t *testing.T) {
	t.Parallel()
	db, admin := tenanttest.DB(t), tenanttest.Admin(t)
	ctx, a := tenanttest.Actor(t)
	answer := func(hash string) error {
		return db.Write(ctx, func(tx *tenant.Tx) error {
			tx.Audit("test.did", "test/1", nil)
			tx.Answer("POST /test", "key-0001", []byte(hash), 200, []byte(hash))
			return nil
		})
	}
	age := func(interval string) {
		if _, err := admin.Exec(`update idempotency_keys set at = now() - $2::interval where tenant_id = $1`, a.Tenant, interval); err != nil {
			t.Fatal(err)
		}
	}
	forget := func() {
		for _, r := range app.KernelRounds() {
			must(t, r.Run(tenant.As(context.Background(), tenant.Actor{Tenant: a.Tenant}), db))
		}
	}
	left := func() (n int) {
		must(t, admin.QueryRow(`select count(*) from idempotency_keys where tenant_id = $1`, a.Tenant).Scan(&n))
		return n
	}
	must(t, answer("one"))
	age("23 hours")
	forget()
	if err := answer("two"); err == nil || left() != 1 {
		t.Errorf("within a day: err = %v with %d keys, want a replay and the key kept", err, left())
	}
	age("25 hours")
	must(t, answer("two"))
	age("25 hours")
	forget()
	if n := left(); n != 0 {
		t.Errorf("%d answers are kept after a day", n)
	}
}
