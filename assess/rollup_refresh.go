package assess

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"

	"hetu/tenant"
)

// A rolling brings the roll-up of a year up to date for the units of a version.
// What is made anew is written down if it may be, and used in any case.
type rolling struct {
	v     Version
	year  string
	keep  bool
	only  int    // make at most so many units' anew; 0: all
	left  int    // how many units were left for later
	seen  string // the deeds it saw
	least uint64 // transaction before which nothing was new
	fresh map[Unit]map[string][]byte
	taken map[deedRef]backRef // what was taken back in the tenant itself

	other map[Unit]bool // those whose roll-up says something else than before
}

type backRef struct {
	by  uuid.UUID
	day int
}

// refresh looks for deeds that have come since the roll-up was made, and makes
// anew what they belong to. All of it is as of one moment: whatever is committed
// while it runs is of the next time.
//
// Of several that do so at a time one writes; the others use what they made.
func (r *rolling) refresh(ctx context.Context, tx *tenant.Tx) error {
	r.fresh, r.taken, r.left, r.other = map[Unit]map[string][]byte{}, nil, 0, map[Unit]bool{}
	if r.keep {
		err := tx.Get(ctx, &r.keep, `select pg_try_advisory_xact_lock(hashtextextended(concat('assess.rollup ', app_tenant(), $1::text), 0))`, r.year)
		if err != nil || r.only > 0 && !r.keep {
			return err
		}
	}
	now, err := snapshot(ctx, tx)
	if err != nil {
		return err
	}
	r.seen = now.Seen
	stale, err := r.stale(ctx, tx)
	if err != nil {
		return err
	}
	for made, i := 0, 0; i < len(r.v.Units); i++ {
		u := r.v.Units[i]
		kinds, ok := stale[u.key()]
		if !ok {
			continue
		}
		if made++; r.only > 0 && made > r.only {
			delete(stale, u.key())
			r.left++
			continue
		}
		if err := r.make(ctx, tx, u.key(), kinds); err != nil {
			return err
		}
	}
	if !r.keep {
		return nil
	}
	return r.done(ctx, tx, stale, now.Upto)
}

// A sight is what was there at one moment, and the transaction before which that
// is everything.
type sight struct {
	Seen string `db:"seen"`
	Upto uint64 `db:"upto"`
}

func snapshot(ctx context.Context, tx *tenant.Tx) (s sight, err error) {
	err = tx.Get(ctx, &s, `select s::text as seen, pg_snapshot_xmin(s)::text as upto from app_snapshot() as s`)
	return s, err
}

// stale returns what has to be made anew, by unit: the kinds of the deeds that
// have come, or nil where there is nothing yet.
func (r *rolling) stale(ctx context.Context, tx *tenant.Tx) (map[Unit][]string, error) {
	var known []struct {
		Unit
		Upto uint64 `db:"upto"`
	}
	err := tx.Select(ctx, &known, `
		select unit_kind, unit_id, '' as unit_name, upto::text as upto from assess_rolled where year = $1::int and unit_id = any ($2::uuid[])`,
		r.year, tenant.Array(unitIDs(r.v.Units)))
	if err != nil {
		return nil, err
	}
	r.least = newest
	have := make(map[Unit]bool, len(known))
	for _, k := range known {
		have[k.key()], r.least = true, min(r.least, k.Upto)
	}
	stale := map[Unit][]string{}
	for _, u := range r.v.Units {
		if !have[u.key()] {
			stale[u.key()] = nil
		}
	}
	err = tx.Each(ctx, func(row tenant.Row) error {
		var u Unit
		var kind string
		if err := row.Scan(&u.Kind, &u.ID, &kind); err != nil {
			return err
		}
		if kinds, all := stale[u]; have[u] && (!all || kinds != nil) {
			stale[u] = append(kinds, kind)
		}
		return nil
	}, staleQuery, r.year, r.year+"-01-01", r.year+"-12-31", tenant.Array(unitIDs(r.v.Units)), strconv.FormatUint(r.least, 10))
	return stale, err
}

// newest is after every transaction.
const newest = uint64(1)<<63 - 1

// What was done below since then, by tenant, and what the tenant itself did, by
// whom it is credited to. What takes a deed back is looked for under the kind
// of that deed. The order, and an end to the range, make the database look for
// the few that are new by their transaction, whatever it believes about how
// many there are.
const staleQuery = `
	select s.unit_kind, s.unit_id, x.kind
	  from assess_rolled s
	 cross join lateral (
	   select distinct coalesce(t.kind, d.kind) as kind
	     from (select tenant_id, kind, unit_kind, reverses from deeds
	            where tenant_id = s.unit_id and txid >= s.upto and txid < '9223372036854775807'::xid8 and day between $2::date and $3::date
	            order by tenant_id, txid limit 10000000) d
	     left join deeds t on t.tenant_id = d.tenant_id and t.id = d.reverses
	    where coalesce(t.unit_kind, d.unit_kind) <> 'tenant') x
	 where s.year = $1::int and s.unit_kind = 'tenant' and s.unit_id = any ($4::uuid[])
	union
	select s.unit_kind, s.unit_id, x.kind
	  from (select coalesce(t.unit_kind, d.unit_kind) as unit_kind, coalesce(t.unit_id, d.unit_id) as unit_id, coalesce(t.kind, d.kind) as kind, d.txid
	          from (select tenant_id, kind, unit_kind, unit_id, reverses, txid from deeds
	                 where tenant_id = app_tenant() and txid >= $5::xid8 and txid < '9223372036854775807'::xid8
	                   and day between $2::date and $3::date
	                 order by tenant_id, txid limit 10000000) d
	          left join deeds t on t.tenant_id = d.tenant_id and t.id = d.reverses) x
	  join assess_rolled s on s.year = $1::int and s.unit_kind = x.unit_kind and s.unit_id = x.unit_id and x.txid >= s.upto`

// make makes the roll-ups of a unit, those of some kinds or all.
func (r *rolling) make(ctx context.Context, tx *tenant.Tx, u Unit, kinds []string) error {
	did, err := r.deeds(ctx, tx, u, kinds)
	if err != nil {
		return err
	}
	year, _ := strconv.Atoi(r.year)
	packs := make(map[string][]byte, len(did))
	var names []string
	var counts []int64
	var days [][]byte
	for kind, all := range did {
		packs[kind] = packDeeds(kind, year, all)
		names, counts, days = append(names, kind), append(counts, int64(len(all))), append(days, packs[kind])
	}
	if !r.keep {
		r.fresh[u] = packs
		return nil
	}
	n, err := tx.Exec(ctx, `
		insert into assess_rollups as o (year, unit_kind, unit_id, kind, deeds, days)
		select $1::int, $2, $3, kind, deeds, days from unnest($4::text[], $5::int[], $6::bytea[]) as n (kind, deeds, days)
		on conflict on constraint assess_rollups_pkey do update set deeds = excluded.deeds, days = excluded.days
		 where (o.deeds, o.days) is distinct from (excluded.deeds, excluded.days)`,
		r.year, u.Kind, u.ID, tenant.Array(names), tenant.Array(counts), tenant.Array(days))
	if n > 0 || kinds == nil {
		r.other[u] = true
	}
	return err
}

// farOff is after how many transactions it is noted that nothing has come for a
// unit: until then it is looked for again, which costs less.
const farOff = 50_000

// done notes up to where the roll-ups are complete: those that were made, and
// now and then those for which nothing has come. One that says something else
// than before gets another name.
func (r *rolling) done(ctx context.Context, tx *tenant.Tx, stale map[Unit][]string, upto uint64) error {
	var same, other [2][]string // kinds and ids
	for _, u := range r.v.Units {
		switch _, was := stale[u.key()]; {
		case r.other[u.key()]:
			other[0], other[1] = append(other[0], u.Kind), append(other[1], u.ID.String())
		case was, r.only == 0 && upto-min(r.least, upto) > farOff: // else it may still be one of those left for later
			same[0], same[1] = append(same[0], u.Kind), append(same[1], u.ID.String())
		}
	}
	if len(same[0]) > 0 {
		_, err := tx.Exec(ctx, `
			update assess_rolled o set upto = $4::xid8 from unnest($2::text[], $3::uuid[]) as u (kind, id)
			 where o.year = $1::int and o.unit_kind = u.kind and o.unit_id = u.id`,
			r.year, tenant.Array(same[0]), tenant.Array(same[1]), strconv.FormatUint(upto, 10))
		if err != nil {
			return err
		}
	}
	if len(other[0]) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
		insert into assess_rolled as o (year, unit_kind, unit_id, upto, made)
		select $1::int, kind, id, $4::xid8, $5 from unnest($2::text[], $3::uuid[]) as u (kind, id) order by kind, id
		on conflict on constraint assess_rolled_pkey do update set upto = excluded.upto, made = excluded.made`,
		r.year, tenant.Array(other[0]), tenant.Array(other[1]), strconv.FormatUint(upto, 10), tenant.NewID())
	return err
}

// deeds reads what one unit did in the year, by kind: of some kinds, or of all
// if kinds is nil. Whose account a deed goes to is said at load.
func (r *rolling) deeds(ctx context.Context, tx *tenant.Tx, u Unit, kinds []string) (map[string][]told, error) {
	if r.taken == nil {
		r.taken = map[deedRef]backRef{}
		if err := r.takings(ctx, tx, tx.Actor.Tenant); err != nil {
			return nil, err
		}
	}
	if u.Kind == "tenant" {
		if err := r.takings(ctx, tx, u.ID); err != nil {
			return nil, err
		}
	}
	did := map[string][]told{}
	read := func(row tenant.Row) error {
		var kind string
		var t told
		var day time.Time
		err := row.Scan(&kind, &t.Tenant, &t.ID, &t.Item, &t.Level, &t.Content, &t.N, &t.At, &day)
		if err != nil {
			return err
		}
		t.day = day.YearDay() - 1
		if b, ok := r.taken[deedRef{t.Tenant, t.ID}]; ok {
			t.Reversal, t.back = b.by, b.day
		}
		did[kind] = append(did[kind], t)
		return nil
	}
	args := []any{u.ID, r.year + "-01-01", r.year + "-12-31", r.seen}
	where := ""
	if kinds != nil {
		where, args = ` and kind = any ($5::text[])`, append(args, tenant.Array(kinds))
	}
	for _, whose := range accountOf[u.Kind] {
		if err := tx.Each(ctx, read, deedsSeen+whose+where, args...); err != nil {
			return nil, err
		}
	}
	return did, nil
}

// deedsSeen reads deeds that were there at one moment.
const deedsSeen = `
	select kind, tenant_id, id, item, level, content, n, at, day from deeds
	 where day between $2::date and $3::date and reverses is null and not trial
	   and (txid is null or pg_visible_in_snapshot(txid, $4::pg_snapshot))`

// accountOf are the deeds that go to the account of a unit, as load has them:
// what credits it, and what a tenant below did itself.
var accountOf = map[string][]string{
	"department": {` and tenant_id = app_tenant() and unit_id = $1 and unit_kind = 'department'`},
	"tenant":     {` and tenant_id = app_tenant() and unit_id = $1 and unit_kind = 'tenant'`, ` and tenant_id = $1 and unit_kind <> 'tenant'`},
}

// takings reads what was taken back in a tenant in the year.
func (r *rolling) takings(ctx context.Context, tx *tenant.Tx, of uuid.UUID) error {
	return tx.Each(ctx, func(row tenant.Row) error {
		var first, by uuid.UUID
		var day time.Time
		if err := row.Scan(&first, &by, &day); err != nil {
			return err
		}
		r.taken[deedRef{of, first}] = backRef{by, day.YearDay() - 1}
		return nil
	}, `select reverses, id, day from deeds where tenant_id = $1 and reverses is not null and day between $2::date and $3::date
	       and (txid is null or pg_visible_in_snapshot(txid, $4::pg_snapshot))`,
		of, r.year+"-01-01", r.year+"-12-31", r.seen)
}
