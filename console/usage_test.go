package console

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// TestMeasure: a tenant counts itself, and the operators read the numbers and
// nothing that was counted (UI8, TI-14).
func TestMeasure(t *testing.T) {
	t.Parallel()
	op, _ := operator(t)
	g := group(t)
	big, _ := made(t, g.ID, uuid.Nil)
	small, _ := made(t, g.ID, big.ID)
	never, _ := made(t, g.ID, big.ID)
	admin := tenanttest.Admin(t)
	for _, id := range []uuid.UUID{big.ID, small.ID} {
		open(t, id)
	}
	ctx, me := tenanttest.As(t, big.ID)
	tenanttest.Member(t, ctx, "林晚")
	for i, size := range []int{3000, 500} {
		exec(t, admin, `
			insert into files (tenant_id, id, owner, name, size, type, sha256, key, version, borrowed)
			values ($1::uuid, $2, 'x/y', 'f', $3, 'text/plain', sha256($4), replace($1::uuid::text, '-', '') || '/' || encode(sha256($4), 'hex'), 'v', $5)`,
			big.ID, tenant.NewID(), size, []byte{byte(i)}, i == 1)
	}
	if err := tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error {
		tx.Audit("test.did", "test/1", nil)
		return nil
	}); err != nil || me.Member == uuid.Nil {
		t.Fatal(err)
	}
	for _, id := range []uuid.UUID{big.ID, small.ID, big.ID} { // again the same day: one row
		if err := Measure(tenant.As(context.Background(), tenant.Actor{Tenant: id, Request: "test"}), tenanttest.DB(t)); err != nil {
			t.Fatal(err)
		}
	}
	list := func(p feature.Page) (feature.List[Usage], error) {
		return operate(t, op, func(ctx context.Context, tx *tenant.Tx) (feature.List[Usage], error) {
			return listUsage(ctx, tx, usageQuery{Page: p, Group: &g.ID})
		})
	}
	us := pages(t, 2, list)
	if len(us) != 3 || us[0].ID != big.ID {
		t.Fatalf("usage = %+v, want who holds most first", us)
	}
	if u := us[0]; u.Members != 2 || u.Items != 0 || u.Files != 2 || u.Bytes != 3000 || u.Day == "" || u.ActiveOn != u.Day || u.MeasuredAt == nil {
		t.Errorf("usage = %+v; borrowed bytes are another's", u)
	}
	i := slices.IndexFunc(us, func(u Usage) bool { return u.ID == never.ID })
	if i < 0 || us[i].Day != "" || us[i].MeasuredAt != nil {
		t.Errorf("a tenant that was never measured = %+v", us)
	}
	for sort, first := range map[string]uuid.UUID{"-members": big.ID, "bytes": small.ID, "active_on": never.ID, "-files": big.ID, "-items": never.ID} {
		l, err := list(feature.Page{Sort: sort, Limit: 1})
		if err != nil || len(l.Items) != 1 || l.Items[0].ID != first {
			t.Errorf("by %s = %+v %v, want %s", sort, l.Items, err, first)
		}
	}
	exec(t, admin, `insert into platform.tenant_usage (tenant_id, day, members, items, files, bytes) values ($1, '2026-01-05', 1, 0, 0, 0)`, big.ID)
	page, err := operate(t, op, func(ctx context.Context, tx *tenant.Tx) (Page, error) { return showTenant(ctx, tx, byID{big.ID}) })
	if err != nil || len(page.History) != 2 || page.History[0].Day != "2026-01-05" {
		t.Errorf("history = %+v %v, want two days, the oldest first", page.History, err)
	}
}

// A tenant writes its own numbers: it says for whom nowhere.
func TestMeasureIsOfOneself(t *testing.T) {
	t.Parallel()
	x, _ := made(t, group(t).ID, uuid.Nil)
	ctx, _ := tenanttest.As(t, x.ID)
	for name, stmt := range map[string]string{
		"read":   `select 1 from platform.tenant_usage`,
		"insert": `insert into platform.tenant_usage (tenant_id, day, members, items, files, bytes) values (gen_random_uuid(), '2026-01-05', 1, 0, 0, 0)`,
	} {
		err := tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error { _, err := tx.Exec(ctx, stmt); return err })
		var state interface{ SQLState() string }
		if !errors.As(err, &state) || state.SQLState() != "42501" {
			t.Errorf("%s = %v, want 42501", name, err)
		}
	}
}

// The page of a tenant says what became of its first administrator's link.
func TestOnboarding(t *testing.T) {
	t.Parallel()
	ctx, _ := operator(t)
	x, _ := made(t, group(t).ID, uuid.Nil)
	show := func(id uuid.UUID) (Page, error) {
		return operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (Page, error) { return showTenant(ctx, tx, byID{id}) })
	}
	looks := func(state string, links int) {
		t.Helper()
		p, err := show(x.ID)
		if err != nil || p.Admin.Link != state || p.Tenant.Link != state || p.Admin.Links != links || p.Admin.Login != "chief" {
			t.Errorf("page = %+v %v, want %s with %d links", p.Admin, err, state, links)
		}
	}
	if _, err := show(uuid.New()); !errors.Is(err, ErrNoTenant) {
		t.Errorf("no such tenant = %v, want ErrNoTenant", err)
	}
	looks("waiting", 1)
	exec(t, tenanttest.Admin(t), `update platform.activations set expires_at = now() - interval '1 minute' where tenant_id = $1`, x.ID)
	looks("expired", 1)
	if _, err := inviteAgain(ctx, feature.Deps{Operators: tenanttest.Operators(t)}, nil, byID{x.ID}); err != nil {
		t.Fatal(err)
	}
	looks("waiting", 2)
	open(t, x.ID)
	looks("used", 2)
	if p, err := show(x.ID); err != nil || p.Admin.OpenedAt == nil {
		t.Errorf("opened at %v %v", p.Admin.OpenedAt, err)
	}
}
