package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess"
	"hetu/assess/rule"
	"hetu/tenant"
)

// A year is a round of very many deeds: a tenant scores those below it by sixty
// indicators over a year that is not over yet.
type year struct {
	hq     *house
	deeds  int
	units  []assess.Unit
	kinds  []string
	first  time.Time // the beginning of the year
	scheme uuid.UUID
	rounds []uuid.UUID
	disk   float64 // MiB the deeds take, indexes included
}

const (
	indicators = 60
	mostUnits  = 1000
)

// shanghai is where the days of deeds begin.
var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

func newYear(hq *house, deeds, units int) *year {
	now := time.Now().In(shanghai)
	y := &year{hq: hq, deeds: deeds, first: time.Date(now.Year(), 1, 1, 0, 0, 0, 0, shanghai), scheme: tenant.NewID()}
	if units == 0 {
		units = min(mostUnits, max(deeds/1000, 10))
	}
	for i := range units {
		y.units = append(y.units, assess.Unit{Kind: "tenant", ID: tenant.NewID(), Name: fmt.Sprintf("第%d考核单位", i+1)})
	}
	for i := range indicators {
		y.kinds = append(y.kinds, fmt.Sprintf("bench.k%02d", i))
	}
	return y
}

// fill writes the units, their deeds and the scheme, past all triggers. The
// units are suspended: what the rounds of a thousand new tenants cost is not what
// is measured. Half of
// the kinds of deeds are the tenant's own, by which it credits those below, and
// half are theirs. Two in a hundred have the content of another, one in two
// hundred is taken back. Indexes are built at the end: it is quicker.
func (y *year) fill(ctx context.Context, b *bench) error {
	b.say("filling %d deeds of %d units", y.deeds, len(y.units))
	do := func(query string, args ...any) error {
		_, err := b.admin.ExecContext(ctx, query, args...)
		return err
	}
	for _, s := range []string{`set session_replication_role = replica`, `set synchronous_commit = off`, `set maintenance_work_mem = '1GB'`, `set max_parallel_maintenance_workers = 4`,
		`create temp table bench_units (i int primary key, id uuid)`,
		`drop index deeds_kind_ix, deeds_unit_ix, deeds_item_ix, deeds_txid_ix`} {
		if err := do(s); err != nil {
			return err
		}
	}
	for i, u := range y.units {
		if err := do(`insert into bench_units values ($1, $2)`, i, u.ID); err != nil {
			return err
		}
	}
	if err := do(yearUnits, y.hq.id); err != nil {
		return err
	}
	const part = 500_000
	span := time.Since(y.first).Seconds()
	for from := 0; from < y.deeds; from += part {
		if err := do(yearDeeds, y.hq.id, from, min(from+part, y.deeds)-1, len(y.units), indicators, y.first, span/float64(y.deeds)); err != nil {
			return err
		}
		if from/part%4 == 3 {
			b.say("%d deeds", from+part)
		}
	}
	if err := do(yearBack, y.hq.id, y.deeds/200, y.deeds); err != nil {
		return err
	}
	b.say("their indexes")
	for _, s := range []string{
		`create index deeds_kind_ix on deeds (tenant_id, kind, day)`, `create index deeds_unit_ix on deeds (tenant_id, unit_id, kind, day)`,
		`create index deeds_item_ix on deeds (tenant_id, item)`, `create index deeds_txid_ix on deeds (tenant_id, txid) where txid is not null`,
		`set session_replication_role = origin`, `vacuum analyze deeds`, `checkpoint`} {
		if err := do(s); err != nil {
			return err
		}
	}
	if err := y.rules(do); err != nil {
		return err
	}
	return b.admin.QueryRowContext(ctx, `select pg_total_relation_size('deeds') / 1048576.0`).Scan(&y.disk)
}

const (
	yearUnits = `
		insert into platform.tenants (id, group_id, parent_id, path, slug, name, short_name, kind, state, opened_at)
		select u.id, h.group_id, h.id, array[h.id, u.id], 'scored-' || u.i, '第' || u.i + 1 || '考核单位', '单位' || u.i + 1, 'bureau', 'suspended', now()
		  from bench_units u join platform.tenants h on h.id = $1`
	yearDeeds = `
		insert into deeds (tenant_id, id, kind, unit_kind, unit_id, item, title, level, content, n, at, day, txid)
		select case when g.k < $5::int / 2 then $1::uuid else u.id end, lpad(to_hex(g.i), 32, '0')::uuid, 'bench.k' || lpad(g.k::text, 2, '0'),
		       case when g.k < $5::int / 2 then 'tenant' else 'department' end, u.id, 'publish/item/' || lpad(to_hex(g.i), 32, '0')::uuid,
		       '关于做好第' || g.i || '号工作的情况通报', case when g.i % 7 = 0 then 'upper' else 'own' end,
		       encode(sha256((case when g.turn % 50 = 49 then g.i - $4::int * $5::int else g.i end)::text::bytea), 'hex'),
		       1, g.at, (g.at at time zone 'Asia/Shanghai')::date, '3'
		  from (select i, (i / $4::int) % $5::int as k, i / ($4::int * $5::int) as turn, $6::timestamptz + make_interval(secs => i * $7::float8) as at
		          from generate_series($2::int, $3::int) as i) g
		  join bench_units u on u.i = g.i % $4::int`
	yearBack = `
		insert into deeds (tenant_id, id, kind, unit_kind, unit_id, item, title, n, reverses, at, day, txid)
		select d.tenant_id, gen_random_uuid(), 'bench.back', d.unit_kind, d.unit_id, d.item, '撤销', -1, d.id, d.at, d.day, '3'
		  from generate_series(1, $2::int) g
		  join deeds d on d.id = lpad(to_hex(g * ($3::int / $2::int) - 1), 32, '0')::uuid
		   and d.tenant_id in (select $1::uuid union all select id from bench_units)`
)

// rules writes the scheme, two rounds of it over the year so far, and whoever
// runs them.
func (y *year) rules(do func(string, ...any) error) error {
	var plan assess.Plan
	for i, name := range []string{"日常工作", "重点任务", "改革创新", "自身建设"} {
		weight, limit := decimal.NewFromInt(25), decimal.NewFromInt(100_000)
		plan.Headings = append(plan.Headings, assess.Heading{Code: fmt.Sprint("H", i), Name: name, Weight: &weight, Cap: &limit})
		plan.Classes = append(plan.Classes, assess.Class{Code: fmt.Sprint("C", i), Name: fmt.Sprintf("第%d类", i+1)})
	}
	for i, u := range y.units {
		plan.Members = append(plan.Members, assess.Member{Unit: u.ID, Class: fmt.Sprint("C", i%4), Staff: 20 + i%80})
	}
	var rules []assess.Spec
	for i, kind := range y.kinds {
		rules = append(rules, indicator(i, kind))
	}
	text := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return string(b)
	}
	at := y.first.Year()
	if err := do(`insert into assess_schemes (tenant_id, id, year, name, state) values ($1, $2, $3, '年度目标考核', 'active')`, y.hq.id, y.scheme, at); err != nil {
		return err
	}
	if err := do(`insert into assess_scheme_versions (tenant_id, scheme_id, version, year, name, units, rules, plan, by_name)
		values ($1, $2, 1, $3, '年度目标考核', $4, $5, $6, '')`, y.hq.id, y.scheme, at, text(y.units), text(rules), text(plan)); err != nil {
		return err
	}
	for _, name := range []string{"全年", "全年再算"} {
		y.rounds = append(y.rounds, tenant.NewID())
		if err := do(`insert into assess_rounds (tenant_id, id, scheme_id, scheme_version, name, from_day, to_day)
			values ($1, $2, $3, 1, $4, make_date($5, 1, 1), make_date($5, 12, 31))`, y.hq.id, y.rounds[len(y.rounds)-1], y.scheme, name, at); err != nil {
			return err
		}
	}
	return do(`insert into grants (tenant_id, id, subject_kind, subject_id, role_id)
		select $1, gen_random_uuid(), 'member', $2, id from roles where tenant_id = $1 and code = 'evaluator'`, y.hq.id, y.hq.boss.member)
}

// indicator is one of the sixty rules: most count by level, the others are of
// every type that counts.
func indicator(i int, kind string) assess.Spec {
	num := func(s string) *decimal.Decimal {
		d := decimal.RequireFromString(s)
		return &d
	}
	s := assess.Spec{Code: fmt.Sprintf("R%02d", i), Name: fmt.Sprintf("指标%d", i+1), Type: "per_item", DeedKind: kind, Heading: fmt.Sprint("H", i%4), Cap: num("5000"),
		Levels: []assess.LevelPoints{{Level: "own", Points: *num("0.5")}, {Level: "upper", Points: *num("1.25")}}}
	switch i % 10 {
	case 4:
		s.Type, s.Task, s.BasePoints, s.Shortfall, s.Every = "base_task", 10, num("3"), "proportional", "month"
	case 5:
		s.Type, s.BasePoints = "deduction", num("500")
	case 6:
		s.Type, s.Target, s.BasePoints = "ratio", num("160"), num("20")
	case 7:
		s.Type, s.Table = "steps", []rule.Step{{AtLeast: *num("0"), Points: *num("0")}, {AtLeast: *num("100"), Points: *num("5")}, {AtLeast: *num("200"), Points: *num("10")}}
	case 8:
		s.Type, s.Task, s.BasePoints, s.Shortfall, s.BonusPoints, s.BonusCap = "base_task", 150, num("10"), "proportional", num("0.1"), num("5")
	case 9:
		if i == 59 {
			s.Type, s.BasePoints, s.Spread = "rank", num("10"), num("0.5")
		}
		if i == 49 {
			s.Type, s.Task = "bonus", 20
		}
	}
	return s
}

// deed has a unit do one more thing, as the product would write it.
func (y *year) deed(ctx context.Context, b *bench, n int) error {
	u := y.units[n%len(y.units)]
	_, err := b.admin.ExecContext(ctx, `
		insert into deeds (tenant_id, id, kind, unit_kind, unit_id, item, title, level, content, n)
		values ($1, $2, $3, 'department', $1, $4, '又一件', 'own', $4, 1)`, u.ID, tenant.NewID(), y.kinds[len(y.kinds)/2+n], "publish/item/"+tenant.NewID().String())
	return err
}

func (y *year) path(round int, more ...string) string {
	return "/api/assess/rounds/" + y.rounds[round].String() + strings.Join(more, "")
}
