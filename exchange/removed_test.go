package exchange

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// Those above a unit that was removed go on with what it sent, and take back
// what they asked and gave it; nothing is written for it any more.
func TestPeerRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin := tenanttest.Admin(t)
	pushed, _ := w.push(t, news("要闻"), w.bureau, w.county)
	ask := func(title string, of ...uuid.UUID) SolicitationPage {
		t.Helper()
		p, err := do(w.db, w.hq, solicit, newSolicitation{Audience: Audience{Targets: of}, Title: title, DueAt: w.now(t).Add(48 * time.Hour)})
		return must(t, p, err)
	}
	both, alone := ask("旬报", w.bureau.Tenant, w.county.Tenant), ask("月报", w.county.Tenant)
	var in [2]Envelope
	for i, title := range []string{"要采用的", "不采用的"} {
		e, err := do(w.db, w.county, w.x.report, report{ItemID: w.press.publish(w.county.Tenant, news(title)), To: &w.hq.Tenant})
		in[i] = w.twin(t, must(t, e, err).ID)
	}
	entries := func() (n int) {
		t.Helper()
		if err := admin.QueryRow(`select count(*) from audit_entries where tenant_id = $1`, w.county.Tenant).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, q := range []string{
		`delete from platform.tenants where id = $1`, `delete from envelopes where tenant_id = $1`,
		`delete from push_counts where tenant_id = $1`, `delete from pushed where tenant_id = $1`,
	} {
		if _, err := admin.Exec(q, w.county.Tenant); err != nil {
			t.Fatal(err)
		}
	}
	before := entries()

	for _, e := range in {
		if _, err := do(w.db, w.hq, receive, Versioned{ref{e.ID}, 1}); err != nil {
			t.Errorf("receive: %v", err)
		}
	}
	if _, err := do(w.db, w.hq, w.x.adopt, uptake{Versioned: Versioned{ref{in[0].ID}, 2}, JournalID: w.journal(t, w.hq, "河务信息", "own").ID}); err != nil {
		t.Errorf("adopt: %v", err)
	}
	if _, err := do(w.db, w.hq, decline, refusal{Versioned{ref{in[1].ID}, 2}, "已采用同类"}); err != nil {
		t.Errorf("decline: %v", err)
	}
	if got := w.page(t, w.hq, in[0].ID); got.State != Adopted {
		t.Errorf("the adopted envelope is %s", got.State)
	}

	if err := remind(w.hq, w.db, []byte(tenant.JSON(remindArgs{both.ID}))); err != nil {
		t.Errorf("remind: %v", err)
	}
	if _, err := do(w.db, w.hq, urge, ref{alone.ID}); !errors.Is(err, ErrNobodyOwes) {
		t.Errorf("urge a unit that is gone = %v, want ErrNobodyOwes", err)
	}
	urged, err := do(w.db, w.hq, urge, ref{both.ID})
	urged = must(t, urged, err)
	for _, p := range []SolicitationPage{urged, alone} {
		if _, err := do(w.db, w.hq, withdrawSolicitation, refusal{Versioned{ref{p.ID}, p.Version}, "不需要了"}); err != nil {
			t.Errorf("withdraw %s: %v", p.Title, err)
		}
	}
	var state string
	w.get(t, w.bureau, &state, `select state from asked where id = $1`, w.askedOf(t, w.bureau, "旬报").ID)
	if state != "withdrawn" {
		t.Errorf("what the bureau is asked is %s", state)
	}

	if _, err := do(w.db, w.hq, withdrawPush, refusal{Versioned{ref{pushed.Push.ID}, pushed.Push.Version}, "内容有误"}); err != nil {
		t.Errorf("withdraw the push: %v", err)
	}
	if l := w.got(t, w.bureau); len(l) != 0 {
		t.Errorf("the bureau still has %d", len(l))
	}
	if got := entries(); got != before {
		t.Errorf("%d entries were written for who was removed", got-before)
	}
}
