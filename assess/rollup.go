package assess

import (
	"context"
	"errors"
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
	if r.Digest == "" {
		r.Edition = present
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
	w.Edition = r.Edition.known()
	if m == nil {
		res = w.finish()
		res.adjust(adjusted)
		return res, nil
	}
	var rest sync.WaitGroup // while the database is at what is remembered
	var broke error
	rest.Go(func() {
		broke = unbroken(func() error {
			res = w.finish()
			res.adjust(adjusted)
			made := res.prepare()
			res.made = &made
			return nil
		})
	})
	err = m.keep(ctx, tx, roll)
	rest.Wait()
	return res, errors.Join(err, broke)
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
