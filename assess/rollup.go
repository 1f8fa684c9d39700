package assess

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"hetu/tenant"
)

// keepDeeds is how many deeds a round may rest on and still list in its lines
// what each of them is worth. One of more is worked out from the daily roll-up,
// and says so when a line is opened.
const keepDeeds = 100_000

// workOut works a round out as it stands at the end of the day asOf, or now if
// that is empty, without keeping the result. A round of very many deeds is
// worked out from the roll-up, which is brought up to date first; keep says
// whether that may be written down. Having read everything is a third of the way.
func workOut(ctx context.Context, tx *tenant.Tx, r Round, asOf string, keep bool, step stepper) (Result, error) {
	return effort{asOf: asOf, keep: keep, step: step}.workOut(ctx, tx, r)
}

// An effort is how a round is worked out.
type effort struct {
	asOf string // the end of that day; now if empty
	keep bool   // what helps to do it the next time may be written down
	news bool   // not at all if nothing has come since: errNoNews, or errBusy
	step stepper
}

var (
	errNoNews = errors.New("assess: nothing has come since the round was worked out")
	errBusy   = errors.New("assess: another is at the roll-up")
)

func (e effort) workOut(ctx context.Context, tx *tenant.Tx, r Round) (res Result, err error) {
	v, err := r.versionOf(ctx, tx)
	if err != nil {
		return res, err
	}
	if e.news && !r.Rolled {
		if err := r.news(ctx, tx, v); err != nil {
			return res, err
		}
	}
	if !r.Rolled && e.keep {
		if r.Rolled, err = large(ctx, tx, v, r); err != nil {
			return res, err
		}
	}
	if r.Rolled {
		return e.rolled(ctx, tx, r, v)
	}
	seen, err := snapshot(ctx, tx)
	if err != nil {
		return res, err
	}
	g, err := gather(ctx, tx, r, e.asOf)
	if err == nil {
		err = e.step(len(v.Units), 3*len(v.Units))
	}
	if err != nil {
		return res, err
	}
	res = g.work()
	res.Seen = seen.Seen // or a little more
	return res, nil
}

// rolled works a round out from the roll-up.
func (e effort) rolled(ctx context.Context, tx *tenant.Tx, r Round, v Version) (res Result, err error) {
	to := r.To
	if e.asOf != "" {
		to = min(to, e.asOf)
	}
	adjusted, err := adjustedOf(ctx, tx, r.ID, e.asOf)
	if err != nil {
		return res, err
	}
	roll := &rolling{v: v, year: to[:4], keep: e.keep}
	if err := roll.refresh(ctx, tx); err != nil {
		return res, err
	}
	var m *memory
	if roll.keep {
		m = remember(r.ID, v, r.From, to)
	}
	if e.news {
		if err := roll.news(ctx, tx, m); err != nil {
			return res, err
		}
	}
	if err := e.step(len(v.Units), 3*len(v.Units)); err != nil {
		return res, err
	}
	w, err := roll.workOut(ctx, tx, r.From, to, m)
	if err != nil {
		return res, err
	}
	if m == nil {
		res = w.finish()
		res.adjust(adjusted)
		return res, nil
	}
	var rest sync.WaitGroup // while the database is at what is remembered
	rest.Go(func() {
		res = w.finish()
		res.adjust(adjusted)
		made := res.prepare()
		res.made = &made
	})
	err = m.keep(ctx, tx, roll)
	rest.Wait()
	return res, err
}

// news returns errNoNews if the roll-up says nothing that the memory of a round
// does not rest on, and errBusy if another is making it anew.
func (r *rolling) news(ctx context.Context, tx *tenant.Tx, m *memory) error {
	if m == nil {
		return errBusy
	}
	n, err := m.holds(ctx, tx, r.year)
	if err == nil && n == len(r.v.Units) {
		err = errNoNews
	}
	return err
}

// news returns errNoNews if there is no deed that could count in a round and had
// not been seen when it was worked out. What was done afterwards does not count
// in it, nor does what is taken back then.
func (r Round) news(ctx context.Context, tx *tenant.Tx, v Version) error {
	var some bool
	err := tx.Get(ctx, &some, `
		select $2::text is null or exists (
		  select from deeds
		   where tenant_id = any ($1::uuid[]) and txid >= pg_snapshot_xmin($2::pg_snapshot) and txid < '9223372036854775807'::xid8
		     and not pg_visible_in_snapshot(txid, $2::pg_snapshot) and day between $3::date and $4::date)`,
		tenant.Array(newAccounts(tx.Actor.Tenant, v.Units).tenants), r.Seen, begin(v, r.From), r.To)
	if err == nil && !some {
		err = errNoNews
	}
	return err
}

// versionOf returns what the scheme of the round says at the version it names.
func (r Round) versionOf(ctx context.Context, tx *tenant.Tx) (Version, error) {
	s, _, err := findScheme(ctx, tx, r.SchemeID, r.SchemeVersion)
	return Version{Scheme: s.ID, Version: s.Version, Year: s.Year, Name: s.Name, Units: s.Units, Rules: s.Rules, Plan: s.Plan}, err
}

// large reports whether a round rests on so many deeds that it is worked out
// from the roll-up. A roll-up is of one year, so one that looks back further
// never is.
func large(ctx context.Context, tx *tenant.Tx, v Version, r Round) (bool, error) {
	if begin(v, r.From)[:4] != r.To[:4] {
		return false, nil
	}
	var n int
	err := tx.Get(ctx, &n, `
		select count(*) from (select from deeds
		 where tenant_id = any ($1::uuid[]) and kind = any ($2::text[]) and day between $3::date and $4::date and not trial limit $5) d`,
		tenant.Array(newAccounts(tx.Actor.Tenant, v.Units).tenants), tenant.Array(v.kinds()), begin(v, r.From), r.To, keepDeeds+1)
	return n > keepDeeds, err
}

// kinds returns the kinds of deeds that the rules count.
func (v Version) kinds() []string {
	var kinds []string
	for _, r := range v.Rules {
		if r.DeedKind != "" && !slices.Contains(kinds, r.DeedKind) {
			kinds = append(kinds, r.DeedKind)
		}
	}
	return kinds
}

// readings returns how closely the roll-up of each kind has to be read: as
// closely as the rule that looks closest. Rules that only count how many of
// each level there are, in whatever order, need sums.
func (v Version) readings(from, to string) map[string]reading {
	year, _ := strconv.Atoi(to[:4])
	begun := midnight(year)
	day := func(s string) int {
		t, _ := time.ParseInLocation(time.DateOnly, s, shanghai)
		return dayOf(year, t)
	}
	all := map[string]reading{}
	for _, r := range v.Rules {
		x, ok := all[r.DeedKind]
		if !ok {
			x = reading{year: begun, from: day(from), to: day(to)}
		}
		switch r.Type {
		case perItem, deduction, ranked, vetoing, category:
		case baseTask:
			x.monthly = x.monthly || r.Every != "" && r.Every != "year"
		case overBonus:
			x.singly = x.singly || r.Task > 0
		case ratio, steps, deviation:
			x.singly = x.singly || r.Measure == "figure"
		default:
			x.singly = true
		}
		all[r.DeedKind] = x
	}
	return all
}

// workOut works the units of a period out from the roll-up of its year, each by
// itself: the same lines, byte for byte, as from the deeds. What m says of units
// is used, and what they come to is added to it; nil: everything is worked out.
func (r *rolling) workOut(ctx context.Context, tx *tenant.Tx, from, to string, m *memory) (*working, error) {
	w := begun(r.v, from, to, true)
	w.Seen = r.seen
	return w, r.score(ctx, tx, w, m)
}

// A heap is what is to be worked out of one unit: its roll-ups, by kind, or what
// it came to the last time.
type heap struct {
	unit  int
	packs map[string][]byte
	lines []byte
	later bool // only what is asked for again at the end
}

// score reads the roll-ups unit by unit, and has each unit scored while the next
// is read: no more than a few are in memory at a time.
func (r *rolling) score(ctx context.Context, tx *tenant.Tx, w *working, m *memory) error {
	todo, failed := make(chan heap, 4), make(chan error, 1)
	readings := r.v.readings(w.From, w.To)
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for h := range todo {
				if err := w.take(h, readings, m); err != nil {
					select {
					case failed <- err:
					default:
					}
				}
			}
		})
	}
	err := r.feed(ctx, tx, w, m, func(h heap) error { todo <- h; return nil })
	close(todo)
	all.Wait()
	if err != nil {
		return err
	}
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// feed calls fn with what is to be done for every unit: first of those of which
// something is remembered, then of the others.
func (r *rolling) feed(ctx context.Context, tx *tenant.Tx, w *working, m *memory, fn func(heap) error) error {
	known := make([]bool, len(r.v.Units))
	if m != nil {
		var err error
		if known, err = m.recall(ctx, tx, r, fn); err != nil {
			return err
		}
	}
	var old, rest []int
	for i, is := range known {
		if is {
			old = append(old, i)
		} else {
			rest = append(rest, i)
		}
	}
	if kinds := w.laterKinds(); len(kinds) > 0 && len(old) > 0 {
		err := r.each(ctx, tx, old, kinds, func(h heap) error { h.later = true; return fn(h) })
		if err != nil {
			return err
		}
	}
	return r.each(ctx, tx, rest, r.v.kinds(), fn)
}

// laterKinds are the kinds of deeds that are asked for again when all lines of a
// unit are there.
func (w *working) laterKinds() (kinds []string) {
	for _, made := range w.made {
		for i, r := range made {
			if k := w.Version.Rules[i].DeedKind; k != "" && isLater(r) && !slices.Contains(kinds, k) {
				kinds = append(kinds, k)
			}
		}
	}
	return kinds
}

// take does what is to be done for a unit.
func (w *working) take(h heap, readings map[string]reading, m *memory) error {
	if h.lines != nil {
		return w.recall(h.unit, h.lines)
	}
	did := make(map[string][]Fact, len(h.packs))
	for kind, pack := range h.packs {
		fs, err := readings[kind].facts(pack)
		if err != nil {
			return err
		}
		did[kind] = fs
	}
	if h.later {
		w.later[h.unit] = did
		return nil
	}
	w.score(h.unit, did)
	if m != nil {
		m.add(h.unit, w.pack(h.unit))
	}
	return nil
}

// all are the places of all units.
func (r *rolling) all() []int {
	at := make([]int, len(r.v.Units))
	for i := range at {
		at[i] = i
	}
	return at
}

// each calls fn with the roll-ups of some kinds of some units, those that have
// none included. One statement reads those of a few units, so that none of them
// takes long.
func (r *rolling) each(ctx context.Context, tx *tenant.Tx, units []int, kinds []string, fn func(heap) error) error {
	for part := range slices.Chunk(units, 50) {
		packs := make(map[Unit]map[string][]byte, len(part))
		ids := make([]string, len(part))
		for i, at := range part {
			u := r.v.Units[at]
			packs[u.key()], ids[i] = map[string][]byte{}, u.ID.String()
		}
		err := tx.Each(ctx, func(row tenant.Row) error {
			var u Unit
			var kind string
			var days []byte
			err := row.Scan(&u.Kind, &u.ID, &kind, &days)
			if of, ok := packs[u]; ok {
				of[kind] = days
			}
			return err
		}, `select unit_kind, unit_id, kind, days from assess_rollups
		     where year = $1::int and unit_id = any ($2::uuid[]) and kind = any ($3::text[])`, r.year, tenant.Array(ids), tenant.Array(kinds))
		if err != nil {
			return err
		}
		for _, at := range part {
			h := heap{unit: at, packs: packs[r.v.Units[at].key()]}
			r.freshen(&h, kinds)
			if err := fn(h); err != nil {
				return err
			}
		}
	}
	return nil
}

func unitIDs(units []Unit) []string {
	ids := make([]string, len(units))
	for i, u := range units {
		ids[i] = u.ID.String()
	}
	return ids
}

// freshen puts the roll-ups in that are newer than those kept.
func (r *rolling) freshen(h *heap, kinds []string) {
	for kind, pack := range r.fresh[r.v.Units[h.unit].key()] {
		if slices.Contains(kinds, kind) {
			h.packs[kind] = pack
		}
	}
}

// key returns the unit without its name.
func (u Unit) key() Unit { return Unit{Kind: u.Kind, ID: u.ID} }
