package assess

import (
	"testing"

	"github.com/google/uuid"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// What a unit does while it is on trial is not scored, by whichever way a round
// is worked out (I01, R309, R316): neither what it did nor what it is credited with;
// and it does not count later either.
func TestTrialIsNotScored(t *testing.T) {
	t.Parallel()
	p := found(t, "甲局", "乙局")
	sc := p.scheme(adoption("2", "5"), Spec{Code: "news", Name: "发布", Type: perItem, DeedKind: "publish.published", Levels: []LevelPoints{{Points: points("1")}}})
	publishes := func(unit string) {
		ctx := p.as(unit)
		p.write(ctx, func(tx *tenant.Tx) error {
			tx.Deed(tenant.Deed{Kind: "publish.published", Unit: uuid.New(), Item: "publish/item/" + tenant.NewID().String(), Title: "一条"})
			return nil
		})
	}
	phase := func(unit, phase string) {
		t.Helper()
		admin, run := tenanttest.Admin(t), tenant.NewID()
		_, err := admin.Exec(`
			insert into trial_runs (tenant_id, id, name, state, starts_on, ends_on, begun_at, by_name, at, changed_by, changed_at)
			     values ($1, $2, '试运行', 'stopped', (now() at time zone 'Asia/Shanghai')::date, (now() at time zone 'Asia/Shanghai')::date, now(), '', now(), '', now())`, p.unit[unit].ID, run)
		if err == nil {
			_, err = admin.Exec(`
				insert into trial_phases (tenant_id, phase, run_id, run_name, ends_on, since) values ($1, $2, $3, '试运行', (now() at time zone 'Asia/Shanghai')::date, now())
				on conflict on constraint trial_phases_pkey do update set phase = excluded.phase`, p.unit[unit].ID, phase, run)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	all := func() {
		p.adopt("甲局", 1, "own")
		p.adopt("乙局", 1, "own")
		publishes("甲局")
		publishes("乙局")
	}
	all()
	phase("甲局", "trial")
	all()
	phase("甲局", "formal")
	all()
	for name, rolled := range map[string]bool{"deed by deed": false, "rolled up": true} {
		r := p.round(sc, name)
		if _, err := tenanttest.Admin(t).Exec(`update assess_rounds set rolled = $2 where id = $1`, r.ID, rolled); err != nil {
			t.Fatal(err)
		}
		if got := p.totals(r, "tenant"); got["甲局"] != "6" || got["乙局"] != "9" {
			t.Errorf("%s: %v, want 6 without the trial and 9", name, got)
		}
	}
}
