package assess

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

const (
	benchUnits = 1_000
	benchDeeds = 100_000
)

// BenchmarkWork scores 1,000 units with 100,000 deeds in memory.
func BenchmarkWork(b *testing.B) {
	v := Version{Rules: []Spec{adoption("5", "10"), {Code: "task", Name: "任务", Type: baseTask, DeedKind: "exchange.adopted",
		Task: 36, BasePoints: limit("50"), Shortfall: "proportional", BonusPoints: limit("0.5")}}}
	did := make(facts, benchUnits)
	for i := range benchUnits {
		v.Units = append(v.Units, Unit{"tenant", tenant.NewID(), fmt.Sprint("单位", i)})
		did[i] = map[string][]Fact{"exchange.adopted": many(benchDeeds/benchUnits, "own")}
	}
	b.ReportAllocs()
	for b.Loop() {
		res := work(v, "2026-01-01", "2026-12-31", did)
		if _, err := res.Digest(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRecompute is the whole of POST …/recompute: read the deeds of 1,000
// tenants below, score them, replace the entries and what they rest on.
func BenchmarkRecompute(b *testing.B) {
	p := found(b)
	admin := tenanttest.Admin(b)
	plant(b, admin, p.hq)
	v := Scheme{ID: tenant.NewID(), Year: today().Year(), Name: "一", Version: 1, Rules: []Spec{adoption("5", "10")}}
	p.write(p.ctx, func(tx *tenant.Tx) error {
		all, err := s.candidates(p.ctx, tx, struct{}{})
		if err != nil {
			return err
		}
		v.Units = all.Items
		if _, err := tx.Exec(p.ctx, `insert into assess_schemes (id, year, name, state) values ($1, $2, $3, 'active')`, v.ID, v.Year, v.Name); err != nil {
			return err
		}
		return keep(p.ctx, tx, v)
	})
	round := must(p, openRound, newRound{v.ID, "一", today().Format(time.DateOnly), today().Format(time.DateOnly)})
	for b.Loop() {
		if c := must(p, recompute, ref{round.ID}); c.Entries != benchUnits {
			b.Fatalf("%d entries, want %d", c.Entries, benchUnits)
		}
	}
}

// plant makes the tenants below hq and the deeds of hq that credit them.
func plant(b *testing.B, admin *sql.DB, hq uuid.UUID) {
	b.Helper()
	for _, stmt := range []string{`
		insert into platform.tenants (id, group_id, parent_id, path, slug, name, short_name, kind)
		select t.id, h.group_id, h.id, h.path || t.id, 'b' || left(replace(t.id::text, '-', ''), 28), '单位' || i, '单位' || i, 'bureau'
		  from platform.tenants h, lateral (select gen_random_uuid() as id, i from generate_series(1, ` + fmt.Sprint(benchUnits) + `) i) t
		 where h.id = $1`, `
		insert into deeds (tenant_id, id, kind, unit_kind, unit_id, item, title, level, content, n)
		select $1, gen_random_uuid(), 'exchange.adopted', 'tenant', t.id, 'exchange/envelope/' || gen_random_uuid(), '汛情快报',
		       case when i % 10 = 0 then 'upper' else 'own' end, gen_random_uuid(), 1
		  from platform.tenants t, generate_series(1, ` + fmt.Sprint(benchDeeds/benchUnits) + `) i
		 where t.parent_id = $1`,
	} {
		if _, err := admin.Exec(stmt, hq); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := admin.Exec(`analyze deeds`); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkRolled scores 1,000 units by sixty rules from roll-ups of a million
// deeds, and makes ready what is written of it: all but the database's part.
func BenchmarkRolled(b *testing.B) {
	v := Version{Scheme: id(1), Version: 1, Year: 2026, Plan: Plan{
		Headings: []Heading{{Code: "A", Name: "甲", Weight: limit("50"), Cap: limit("9000")}, {Code: "B", Name: "乙", Weight: limit("50"), Cap: limit("9000")}},
		Classes:  []Class{{"x", "一类"}, {"y", "二类"}}}}
	for i := range 60 {
		s := adoption("0.5", "1.25")
		s.Code, s.DeedKind, s.Heading = fmt.Sprintf("r%02d", i), fmt.Sprint("k", i), []string{"A", "B"}[i%2]
		if i%6 == 5 {
			s = Spec{Code: s.Code, Name: s.Name, Type: baseTask, DeedKind: s.DeedKind, Heading: s.Heading, Task: 2, BasePoints: limit("3"), Shortfall: "proportional", Every: "month"}
		}
		v.Rules = append(v.Rules, s)
	}
	packs := make([]map[string][]byte, benchUnits)
	for i := range packs {
		v.Units = append(v.Units, Unit{"tenant", id(i), fmt.Sprint("单位", i)})
		v.Plan.Members = append(v.Plan.Members, Member{Unit: id(i), Class: []string{"x", "y"}[i%2]})
		packs[i] = map[string][]byte{}
		for k := range 60 {
			var all []told
			for n := range 17 {
				t := told{day: (n*21 + i + k) % 360, Fact: Fact{ID: id(n), Item: fmt.Sprint(n), Level: []string{"own", "upper"}[n%2], N: 1}}
				t.At = midnight(2026).Add(time.Duration(t.day) * 24 * time.Hour)
				all = append(all, t)
			}
			packs[i][fmt.Sprint("k", k)] = packDeeds("k", 2026, all)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		w := begun(v, "2026-01-01", "2026-12-31", true)
		for i := range packs {
			if err := w.take(heap{unit: i, packs: packs[i]}, v.readings(w.From, w.To), nil); err != nil {
				b.Fatal(err)
			}
		}
		res := w.finish()
		res.prepare()
	}
}
