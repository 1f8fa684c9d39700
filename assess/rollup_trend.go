package assess

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"

	"hetu/tenant"
)

// fillRolled adds what a round worked out from the roll-up brought the units,
// month by month: by the roll-up as it is now.
func (t *Trend) fillRolled(ctx context.Context, tx *tenant.Tx, r Round) error {
	roll, err := r.rolling(ctx, tx)
	if err != nil {
		return err
	}
	line := map[uuid.UUID]int{}
	for i, row := range t.Rows {
		line[row.Unit.ID] = i
	}
	readings := roll.v.readings(r.From, r.To)
	members := roll.v.Plan.members()
	return roll.each(ctx, tx, roll.all(), roll.v.kinds(), func(h heap) error {
		u := roll.v.Units[h.unit]
		if i, ok := line[u.ID]; ok {
			return t.addRolled(i, r, roll.v, members[u.ID], h, readings)
		}
		return nil
	})
}

// addRolled adds what one unit did. A deed that counts in several lines is
// worth something in each, and is one deed.
func (t *Trend) addRolled(row int, r Round, v Version, m Member, h heap, readings map[string]reading) error {
	did, told := map[string][]Fact{}, map[string]map[uuid.UUID]toldOf{}
	for kind, pack := range h.packs {
		x := readings[kind]
		x.monthly = true
		fs, of, err := x.read(pack)
		if err != nil {
			return err
		}
		did[kind], told[kind] = fs, of
	}
	first := r.From[:7]
	counted := map[string]map[uuid.UUID]bool{}
	for _, s := range v.Rules {
		if v.Plan.exempts(m, s.Heading) {
			continue
		}
		if counted[s.DeedKind] == nil {
			counted[s.DeedKind] = map[uuid.UUID]bool{}
		}
		for _, l := range s.in(m.Class, r.From, r.To).Score(v.factsOf(s, did)) {
			for _, d := range l.Shares {
				of := told[s.DeedKind][d.Deed]
				j := slices.Index(t.Months, max(of.month, first))
				if j < 0 {
					continue
				}
				t.Rows[row].Points[j] = t.Rows[row].Points[j].Add(d.Points)
				if !counted[s.DeedKind][d.Deed] {
					counted[s.DeedKind][d.Deed] = true
					t.Rows[row].N[j] += of.deeds
				}
			}
		}
	}
	return nil
}

// withRolled puts the deeds of rounds worked out from the roll-up among got,
// those of rounds that list theirs, and returns one page and a row.
func withRolled(ctx context.Context, tx *tenant.Tx, way []Round, q monthQuery, got []monthRow) ([]monthRow, error) {
	for _, r := range way {
		if !r.Rolled {
			continue
		}
		more, err := r.monthRows(ctx, tx, q)
		if err != nil {
			return nil, err
		}
		got = append(got, more...)
	}
	slices.SortFunc(got, func(a, b monthRow) int {
		return cmp.Or(a.At.Compare(b.At), bytes.Compare(a.ID[:], b.ID[:]), bytes.Compare(a.Entry[:], b.Entry[:]))
	})
	return got[:min(len(got), q.Size()+1)], nil
}

// monthRows looks up what is behind a month of one unit of a round whose lines
// do not list it.
func (r Round) monthRows(ctx context.Context, tx *tenant.Tx, q monthQuery) (rows []monthRow, err error) {
	roll, err := r.rolling(ctx, tx)
	if err != nil {
		return nil, err
	}
	at, deed, entry, err := q.from()
	if err != nil {
		return nil, err
	}
	var lines []struct {
		ID   uuid.UUID `db:"id"`
		Kind string    `db:"unit_kind"`
		Code string    `db:"rule_code"`
		Name string    `db:"rule_name"`
		Part string    `db:"part"`
	}
	err = tx.Select(ctx, &lines, `
		select id, unit_kind, rule_code, rule_name, part from assess_entries
		 where round_id = $1 and unit_id = $2 and cardinality(deeds) = 0`, r.ID, q.Unit)
	if err != nil {
		return nil, err
	}
	var tenants, deeds, points, notes, entries, names []string
	for _, l := range lines {
		shares, err := behind{round: r, unit: Unit{Kind: l.Kind, ID: q.Unit}, code: l.Code, part: l.Part}.sharesBy(ctx, tx, roll)
		if err != nil {
			return nil, err
		}
		for _, s := range shares {
			tenants, deeds, points = append(tenants, s.Tenant.String()), append(deeds, s.Deed.String()), append(points, s.Points.String())
			notes, entries, names = append(notes, s.Note), append(entries, l.ID.String()), append(names, l.Name)
		}
	}
	err = tx.Select(ctx, &rows, `
		select 0 as seq, d.id, d.kind, d.at, d.item, d.title, x.tenant, coalesce(m.name, '') as by_name, d.level, x.points, x.note,
		       x.entry as entry_id, x.name as rule_name
		  from assess_rounds r
		 cross join unnest($2::uuid[], $3::uuid[], $4::numeric[], $5::text[], $6::uuid[], $7::text[]) as x (tenant, deed, points, note, entry, name)
		  join deeds d on d.tenant_id = x.tenant and d.id = x.deed
		  left join members m on m.tenant_id = d.tenant_id and m.id = d.member_id
		 where r.id = $1 and ($8 = '' or `+monthOf+` = $8) and ($9::timestamptz is null or (d.at, d.id, x.entry) > ($9, $10, $11))
		 order by d.at, d.id, x.entry limit $12`, r.ID, tenant.Array(tenants), tenant.Array(deeds), tenant.Array(points), tenant.Array(notes),
		tenant.Array(entries), tenant.Array(names), q.Month, at, deed, entry, q.Size()+1)
	return rows, err
}
