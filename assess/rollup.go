package assess

import (
	"context"
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
func workOut(ctx context.Context, tx *tenant.Tx, r Round, asOf string, keep bool, step stepper) (res Result, err error) {
	v, err := r.versionOf(ctx, tx)
	if err != nil {
		return res, err
	}
	n := len(v.Units)
	if !r.Rolled && keep {
		if r.Rolled, err = large(ctx, tx, v, r); err != nil {
			return res, err
		}
	}
	if !r.Rolled {
		g, err := gather(ctx, tx, r, asOf)
		if err == nil {
			err = step(n, 3*n)
		}
		if err != nil {
			return res, err
		}
		return g.work(), nil
	}
	to := r.To
	if asOf != "" {
		to = min(to, asOf)
	}
	adjusted, err := adjustedOf(ctx, tx, r.ID, asOf)
	if err != nil {
		return res, err
	}
	roll := &rolling{v: v, year: to[:4], keep: keep}
	if err := roll.refresh(ctx, tx); err != nil {
		return res, err
	}
	if err := step(n, 3*n); err != nil {
		return res, err
	}
	if res, err = roll.workOut(ctx, tx, r.From, to); err == nil {
		res.adjust(adjusted)
	}
	return res, err
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
		 where tenant_id = any ($1::uuid[]) and kind = any ($2::text[]) and day between $3::date and $4::date limit $5) d`,
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

// workOut works a period out from the roll-up of its year: the same lines, byte
// for byte, as from the deeds.
func (r *rolling) workOut(ctx context.Context, tx *tenant.Tx, from, to string) (Result, error) {
	w := begun(r.v, from, to, true)
	w.Seen = r.seen
	if err := r.score(ctx, tx, w); err != nil {
		return Result{}, err
	}
	return w.finish(), nil
}

// A heap is the roll-ups of one unit, by kind.
type heap struct {
	unit  int
	packs map[string][]byte
}

// score reads the roll-ups unit by unit, and has each unit scored while the next
// is read: no more than a few are in memory at a time.
func (r *rolling) score(ctx context.Context, tx *tenant.Tx, w *working) error {
	todo, failed := make(chan heap, 4), make(chan error, 1)
	readings := r.v.readings(w.From, w.To)
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for h := range todo {
				if err := w.unpack(h, readings); err != nil {
					select {
					case failed <- err:
					default:
					}
				}
			}
		})
	}
	err := r.each(ctx, tx, func(h heap) error { todo <- h; return nil })
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

// unpack scores a unit by its roll-ups.
func (w *working) unpack(h heap, readings map[string]reading) error {
	did := make(map[string][]Fact, len(h.packs))
	for kind, pack := range h.packs {
		fs, err := readings[kind].facts(pack)
		if err != nil {
			return err
		}
		did[kind] = fs
	}
	w.score(h.unit, did)
	return nil
}

// each calls fn with the roll-ups of every unit, those that have none included.
// One statement reads those of a few units, so that none of them takes long.
func (r *rolling) each(ctx context.Context, tx *tenant.Tx, fn func(heap) error) error {
	kinds := tenant.Array(r.v.kinds())
	at := 0
	for units := range slices.Chunk(r.v.Units, 50) {
		packs := make(map[Unit]map[string][]byte, len(units))
		for _, u := range units {
			packs[u.key()] = map[string][]byte{}
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
		     where year = $1::int and unit_id = any ($2::uuid[]) and kind = any ($3::text[])`, r.year, tenant.Array(unitIDs(units)), kinds)
		if err != nil {
			return err
		}
		for _, u := range units {
			h := heap{at, packs[u.key()]}
			r.freshen(&h)
			if err := fn(h); err != nil {
				return err
			}
			at++
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
func (r *rolling) freshen(h *heap) {
	for kind, pack := range r.fresh[r.v.Units[h.unit].key()] {
		h.packs[kind] = pack
	}
}

// key returns the unit without its name.
func (u Unit) key() Unit { return Unit{Kind: u.Kind, ID: u.ID} }
