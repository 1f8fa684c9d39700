package assess

import (
	"context"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"hetu/tenant"
)

// load reads the deeds that count for the units of v in one pass over all
// units: those of the period, and those of the year before it, which decide
// whether the same content has counted already.
//
// To a department's account go the tenant's own deeds for it. To the account
// of a tenant below go the tenant's own deeds that credit it, such as
// adoptions, and what that tenant did itself and is shown upward; but not what
// it did to credit tenants below itself, such as adopting their items.
func load(ctx context.Context, tx *tenant.Tx, v Version, from, to string) (facts, error) {
	a := newAccounts(tx.Actor.Tenant, v.Units)
	var kinds []string
	for _, r := range v.Rules {
		if !slices.Contains(kinds, r.DeedKind) {
			kinds = append(kinds, r.DeedKind)
		}
	}
	err := tx.Each(ctx, a.read, loadQuery, tenant.Array(a.tenants), tenant.Array(kinds), begin(v, from), from, to)
	a.takeBack()
	return a.did, err
}

// Deeds first, but not those done on trial, which count nowhere (I01); then what
// takes deeds back, whatever it is called. There is no
// join in it: a plan made for a small tenant must do for a large one too.
const loadQuery = `
	select kind, tenant_id, id, unit_kind, unit_id, item, level, content, n, at, day < $4::date, reverses
	  from deeds
	 where tenant_id = any ($1::uuid[]) and kind = any ($2::text[]) and day between $3::date and $5::date and reverses is null and not trial
	union all
	select kind, tenant_id, id, unit_kind, unit_id, item, level, content, n, at, day < $4::date, reverses
	  from deeds
	 where tenant_id = any ($1::uuid[]) and day between $3::date and $5::date and reverses is not null`

// accounts sorts deeds by the unit and the kind they count for.
type accounts struct {
	own     uuid.UUID
	units   map[Unit]int // by kind and id
	tenants []string     // whose deeds matter
	did     facts
	taken   map[deedRef]taking // what was taken back
}

type deedRef struct{ tenant, id uuid.UUID }

type taking struct {
	by     uuid.UUID
	before bool // the period
}

func newAccounts(own uuid.UUID, units []Unit) *accounts {
	a := &accounts{own: own, units: make(map[Unit]int, len(units)), tenants: []string{own.String()},
		did: make(facts, len(units)), taken: map[deedRef]taking{}}
	for i, u := range units {
		a.units[Unit{Kind: u.Kind, ID: u.ID}] = i
		a.did[i] = map[string][]Fact{}
		if u.Kind == "tenant" {
			a.tenants = append(a.tenants, u.ID.String())
		}
	}
	return a
}

// read takes one row of loadQuery.
func (a *accounts) read(row tenant.Row) error {
	var kind string
	var f Fact
	var unit Unit
	var reverses uuid.NullUUID
	err := row.Scan(&kind, &f.Tenant, &f.ID, &unit.Kind, &unit.ID, &f.Item, &f.Level, &f.Content, &f.N, &f.At, &f.Before, &reverses)
	if err != nil {
		return err
	}
	if reverses.Valid {
		a.taken[deedRef{f.Tenant, reverses.UUID}] = taking{f.ID, f.Before}
		return nil
	}
	if f.Tenant != a.own {
		if unit.Kind == "tenant" {
			return nil // it credits somebody below
		}
		unit = Unit{Kind: "tenant", ID: f.Tenant}
	}
	if i, ok := a.units[unit]; ok {
		a.did[i][kind] = append(a.did[i][kind], f)
	}
	return nil
}

// takeBack marks what was taken back in the period, and leaves out what was
// taken back before it and so has no effect in it.
func (a *accounts) takeBack() {
	if len(a.taken) == 0 {
		return
	}
	for _, byKind := range a.did {
		for kind, fs := range byKind {
			for i := range fs {
				if t := a.taken[deedRef{fs[i].Tenant, fs[i].ID}]; !t.before {
					fs[i].Reversal = t.by
				}
			}
			byKind[kind] = slices.DeleteFunc(fs, func(f Fact) bool { return a.taken[deedRef{f.Tenant, f.ID}].before })
		}
	}
}

// begin returns the day from which deeds matter: the beginning of the scheme's
// year, or of the period if that is earlier.
func begin(v Version, from string) string {
	return min(strconv.Itoa(v.Year)+"-01-01", from)
}
