package exchange

import (
	"context"
	"slices"
	"testing"
	"time"

	"hetu/rbac"
	"hetu/tenant"
)

// Those below are told, once, of what is asked, said and given from above.
func TestTellBelow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.db.Write(w.bureau, func(tx *tenant.Tx) error {
		_, err := rbac.Give(w.bureau, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: w.bureau.Member, Permission: Report})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	system := tenant.As(context.Background(), tenant.Actor{Tenant: w.bureau.Tenant, Name: "system"})
	told := func() (got []string) {
		t.Helper()
		for range 2 {
			if err := tell(system, w.db); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.db.Read(w.bureau, func(tx *tenant.Tx) error {
			return tx.Select(w.bureau, &got, `select code || ' ' || (params->>'title') from notices where member_id = $1 order by id`, w.bureau.Member)
		}); err != nil {
			t.Fatal(err)
		}
		return got
	}
	p, _ := w.ask(t, "旬报", 30*time.Hour)
	want := []string{"exchange.solicited 旬报"}
	for _, step := range []struct {
		do   func() error
		code string
	}{
		{func() error { _, err := do(w.db, w.hq, urge, ref{p.ID}); return err }, "exchange.solicitation_urged 旬报"},
		{func() error { return remind(w.hq, w.db, []byte(tenant.JSON(remindArgs{p.ID}))) }, "exchange.solicitation_due 旬报"},
		{func() error {
			_, err := do(w.db, w.hq, withdrawSolicitation, refusal{Versioned{ref{p.ID}, 2}, "不需要了"})
			return err
		}, "exchange.solicitation_withdrawn 旬报"},
		{func() error {
			today := day(w.now(t))
			_, err := do(w.db, w.hq, issueBulletin, issue{"月报", today, today})
			return err
		}, "exchange.bulletin 月报"},
		{func() error { w.push(t, news("要闻"), w.bureau); return nil }, "exchange.pushed 要闻"},
	} {
		if got := told(); !slices.Equal(got, want) {
			t.Errorf("told %q, want %q", got, want)
		}
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		want = append(want, step.code)
	}
	if got := told(); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}
