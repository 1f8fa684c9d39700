package assess

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"hetu/tenant"
)

// A behind is one line of a round, and how what it rests on is found: listed in
// its entry, or looked up among the deeds that the round has seen.
type behind struct {
	round Round
	entry uuid.UUID
	unit  Unit
	code  string
	part  string
	named bool // it is listed
}

// openEntry returns a line of a round.
func openEntry(ctx context.Context, tx *tenant.Tx, round *uuid.UUID, entry uuid.UUID) (b behind, err error) {
	var e struct {
		Round uuid.UUID `db:"round_id"`
		Kind  string    `db:"unit_kind"`
		Unit  uuid.UUID `db:"unit_id"`
		Code  string    `db:"rule_code"`
		Part  string    `db:"part"`
		Named bool      `db:"named"`
	}
	err = tx.Get(ctx, &e, `
		select round_id, unit_kind, unit_id, rule_code, part, cardinality(deeds) > 0 as named
		  from assess_entries where id = $1 and ($2::uuid is null or round_id = $2)`, entry, round)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrEntryNotFound
	}
	if err != nil {
		return b, err
	}
	b = behind{entry: entry, unit: Unit{Kind: e.Kind, ID: e.Unit}, code: e.Code, part: e.Part}
	b.round, err = findRound(ctx, tx, e.Round)
	b.named = e.Named || !b.round.Rolled
	return b, err
}

// shares looks up what each deed is worth in a line whose entry does not list
// them: by the same rule, from the same deeds.
func (b behind) shares(ctx context.Context, tx *tenant.Tx) ([]Share, error) {
	roll, err := b.round.rolling(ctx, tx)
	if err != nil {
		return nil, err
	}
	return b.sharesBy(ctx, tx, roll)
}

func (b behind) sharesBy(ctx context.Context, tx *tenant.Tx, roll *rolling) ([]Share, error) {
	lines, err := b.round.linesOf(ctx, tx, roll, b.unit, b.code)
	for _, l := range lines {
		if l.Part == b.part {
			return l.Shares, err
		}
	}
	return nil, err
}

// rolling returns what reads the deeds that the round has seen.
func (r Round) rolling(ctx context.Context, tx *tenant.Tx) (*rolling, error) {
	v, err := r.versionOf(ctx, tx)
	roll := &rolling{v: v, year: r.To[:4]}
	if r.Seen != nil {
		roll.seen = *r.Seen
	}
	return roll, err
}

// linesOf works out the lines of one unit by one rule from the deeds that the
// round has seen. A line that is compared with those of others has its deeds,
// but no points of its own.
func (r Round) linesOf(ctx context.Context, tx *tenant.Tx, roll *rolling, u Unit, code string) ([]Line, error) {
	v := roll.v
	at := slices.IndexFunc(v.Rules, func(s Spec) bool { return s.Code == code })
	if at < 0 || v.Rules[at].DeedKind == "" || r.Seen == nil {
		return nil, nil
	}
	spec := v.Rules[at]
	did, err := roll.deeds(ctx, tx, u.key(), []string{spec.DeedKind})
	if err != nil {
		return nil, err
	}
	x := v.readings(r.From, r.To)[spec.DeedKind]
	facts := map[string][]Fact{}
	for _, t := range did[spec.DeedKind] {
		if f, ok := t.in(x.from, x.to); ok {
			facts[spec.DeedKind] = append(facts[spec.DeedKind], f)
		}
	}
	return spec.in(v.Plan.members()[u.ID].Class, r.From, r.To).Score(v.factsOf(spec, facts)), nil
}

// in returns the deed as a fact of a period, both days included: nothing, if it
// was done after it, or taken back before it.
func (t told) in(from, to int) (Fact, bool) {
	f := t.Fact
	f.Before = t.day < from
	switch {
	case t.day > to, f.Reversal != uuid.Nil && t.back < from:
		return f, false
	case f.Reversal != uuid.Nil && t.back > to:
		f.Reversal = uuid.Nil
	}
	return f, true
}

// deeds returns the deeds a line rests on, those from the place after on.
func (b behind) deeds(ctx context.Context, tx *tenant.Tx, after, limit int) (got []deedRow, err error) {
	if !b.named {
		all, err := b.shares(ctx, tx)
		if err != nil {
			return nil, err
		}
		return deedsOf(ctx, tx, all, after, limit)
	}
	err = tx.Select(ctx, &got, `
		select x.seq, d.id, d.kind, d.at, d.item, d.title, x.tenant, coalesce(m.name, '') as by_name,
		       d.level, x.points, x.note
		  from (select x.tenant, x.deed, x.points, x.note, x.seq
		          from assess_entries e, unnest(e.deed_tenants, e.deeds, e.deed_points, e.deed_notes)
		               with ordinality as x (tenant, deed, points, note, seq)
		         where e.id = $1 and x.seq > $2
		         order by x.seq limit $3) x
		  join deeds d on d.tenant_id = x.tenant and d.id = x.deed
		  left join members m on m.tenant_id = d.tenant_id and m.id = d.member_id
		 order by x.seq`, b.entry, after, limit)
	return got, err
}

// deedsOf reads the deeds of shares in their order, those from the place after
// on, at most so many.
func deedsOf(ctx context.Context, tx *tenant.Tx, all []Share, after, limit int) (rows []deedRow, err error) {
	all = all[min(after, len(all)):]
	all = all[:min(limit, len(all))]
	var tenants, deeds, points, notes []string
	for _, s := range all {
		tenants, deeds = append(tenants, s.Tenant.String()), append(deeds, s.Deed.String())
		points, notes = append(points, s.Points.String()), append(notes, s.Note)
	}
	err = tx.Select(ctx, &rows, `
		select x.seq + $5::int as seq, d.id, d.kind, d.at, d.item, d.title, x.tenant, coalesce(m.name, '') as by_name, d.level, x.points, x.note
		  from unnest($1::uuid[], $2::uuid[], $3::numeric[], $4::text[]) with ordinality as x (tenant, deed, points, note, seq)
		  join deeds d on d.tenant_id = x.tenant and d.id = x.deed
		  left join members m on m.tenant_id = d.tenant_id and m.id = d.member_id
		 order by x.seq`, tenant.Array(tenants), tenant.Array(deeds), tenant.Array(points), tenant.Array(notes), after)
	return rows, err
}

// evidenceOf calls fn with every deed behind the lines of a unit, line by line.
func (r Round) evidenceOf(ctx context.Context, tx *tenant.Tx, u Unit, fn func(evidenceRow) error) error {
	roll, err := r.rolling(ctx, tx)
	if err != nil {
		return err
	}
	var entries []struct {
		Code string `db:"rule_code"`
		Name string `db:"rule_name"`
		Part string `db:"part"`
	}
	err = tx.Select(ctx, &entries, `
		select rule_code, rule_name, part from assess_entries
		 where round_id = $1 and unit_kind = $2 and unit_id = $3 and cardinality(deeds) = 0 order by seq`, r.ID, u.Kind, u.ID)
	if err != nil {
		return err
	}
	for _, e := range entries {
		shares, err := behind{round: r, unit: u, code: e.Code, part: e.Part}.sharesBy(ctx, tx, roll)
		if err != nil {
			return err
		}
		for at := 0; at < len(shares); at += batch {
			rows, err := deedsOf(ctx, tx, shares, at, batch)
			if err != nil {
				return err
			}
			for _, d := range rows {
				row := evidenceRow{Code: e.Code, Rule: e.Name, At: d.At, Title: d.Title, By: d.ByName, Level: d.Level, Points: d.Points,
					Note: d.Note, Item: d.Item, Deed: d.ID}
				if err := fn(row); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
