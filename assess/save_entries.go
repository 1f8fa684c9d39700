package assess

import (
	"context"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"hetu/tenant"
)

// entryRow is an entry as the database gets it. Points are text.
type entryRow struct {
	ID       uuid.UUID   `json:"id"`
	UnitKind string      `json:"unit_kind"`
	UnitID   uuid.UUID   `json:"unit_id"`
	Seq      int         `json:"seq"`
	Code     string      `json:"rule_code"`
	Name     string      `json:"rule_name"`
	Part     string      `json:"part"`
	Formula  string      `json:"formula"`
	N        int         `json:"n"`
	Before   string      `json:"points_before"`
	Points   string      `json:"points"`
	Tenants  []uuid.UUID `json:"deed_tenants"`
	Deeds    []uuid.UUID `json:"deeds"`
	Each     []string    `json:"deed_points"`
	Notes    []string    `json:"deed_notes"`
}

func rowOf(round uuid.UUID, s Score, i int) entryRow {
	l := s.Lines[i]
	name := l.Rule.Name
	if l.Part == "bonus" {
		name += "（超额加分）"
	}
	n := len(l.Shares)
	row := entryRow{entryID(round, s, l), s.Unit.Kind, s.Unit.ID, i + 1, l.Rule.Code, name, l.Part, l.Formula, l.N,
		l.Before.String(), l.Points.String(), make([]uuid.UUID, n), make([]uuid.UUID, n), make([]string, n), make([]string, n)}
	for j, d := range l.Shares {
		row.Tenants[j], row.Deeds[j], row.Each[j], row.Notes[j] = d.Tenant, d.Deed, d.Points.String(), d.Note
	}
	return row
}

// A cargo is what one statement inserts: entries that rest on no deeds they name,
// as columns, and others.
type cargo struct {
	bare  columns
	named []entryRow
	n     int // entries
}

// insert writes the fresh lines. What the next statement inserts is made ready
// while the database is at the one before.
func (d *delta) insert(ctx context.Context, tx *tenant.Tx, round uuid.UUID, res *Result, step stepper) error {
	ready, quit := make(chan *cargo, 1), make(chan struct{})
	defer close(quit)
	go func() {
		defer close(ready)
		d.loads(round, res, func(l *cargo) bool {
			select {
			case ready <- l:
				return true
			case <-quit:
				return false
			}
		})
	}()
	n := 0
	for l := range ready {
		if err := l.bare.insert(ctx, tx, round, res.Version.Version); err != nil {
			return err
		}
		if len(l.named) > 0 {
			if err := insert(ctx, tx, round, res.Version.Version, l.named); err != nil {
				return err
			}
		}
		n += l.n
		if err := step(2*d.n+n, 3*d.n); err != nil {
			return err
		}
	}
	return nil
}

// loads makes the fresh lines ready, as much as one statement takes at a time,
// until give says that it is enough.
func (d *delta) loads(round uuid.UUID, res *Result, give func(*cargo) bool) {
	l, size := &cargo{}, 0
	for _, f := range d.fresh {
		for _, i := range f.lines {
			row := rowOf(round, res.Scores[f.score], i)
			if len(row.Deeds) > 0 {
				l.named = append(l.named, row)
			} else {
				l.bare.add(row)
			}
			l.n++
			if size += 1 + len(row.Deeds); size < batch {
				continue
			}
			if !give(l) {
				return
			}
			l, size = &cargo{}, 0
		}
	}
	if l.n > 0 {
		give(l)
	}
}

// columns are entries as arrays of the database, a column each.
type columns struct {
	n                                                                     int
	id, kind, unit, seq, code, name, part, formula, count, before, points pillar
}

func (c *columns) add(r entryRow) {
	c.n++
	c.id.plain(r.ID.String())
	c.kind.plain(r.UnitKind)
	c.unit.plain(r.UnitID.String())
	c.seq.plain(strconv.Itoa(r.Seq))
	c.code.text(r.Code)
	c.name.text(r.Name)
	c.part.text(r.Part)
	c.formula.text(r.Formula)
	c.count.plain(strconv.Itoa(r.N))
	c.before.plain(r.Before)
	c.points.plain(r.Points)
}

func (c *columns) insert(ctx context.Context, tx *tenant.Tx, round uuid.UUID, version int) error {
	if c.n == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
		insert into assess_entries (id, round_id, unit_kind, unit_id, seq, rule_code, rule_name, rule_version, part,
		                            formula, n, points_before, points, deed_tenants, deeds, deed_points, deed_notes)
		select id, $1, kind, unit, seq, code, name, $2, part, formula, n, before, points, '{}', '{}', '{}', '{}'
		  from unnest($3::uuid[], $4::text[], $5::uuid[], $6::int[], $7::text[], $8::text[], $9::text[], $10::text[], $11::int[],
		              $12::numeric[], $13::numeric[])
		       as e (id, kind, unit, seq, code, name, part, formula, n, before, points)`, round, version,
		c.id.array(), c.kind.array(), c.unit.array(), c.seq.array(), c.code.array(), c.name.array(), c.part.array(),
		c.formula.array(), c.count.array(), c.before.array(), c.points.array())
	return err
}

// A pillar is an array of the database in the making.
type pillar struct{ b []byte }

// plain adds a value that needs no quotes: a number, an id, a word.
func (c *pillar) plain(v string) { c.b = append(append(c.b, ','), v...) }

var inQuotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// text adds any text.
func (c *pillar) text(v string) {
	if strings.ContainsAny(v, `"\`) {
		v = inQuotes.Replace(v)
	}
	c.b = append(append(append(c.b, ',', '"'), v...), '"')
}

// array is the whole of it, of at least one value.
func (c *pillar) array() string { return "{" + string(c.b[1:]) + "}" }

func insert(ctx context.Context, tx *tenant.Tx, round uuid.UUID, version int, rows []entryRow) error {
	_, err := tx.Exec(ctx, `
		insert into assess_entries (id, round_id, unit_kind, unit_id, seq, rule_code, rule_name, rule_version, part,
		                            formula, n, points_before, points, deed_tenants, deeds, deed_points, deed_notes)
		select e.id, $2, e.unit_kind, e.unit_id, e.seq, e.rule_code, e.rule_name, $3, e.part,
		       e.formula, e.n, e.points_before, e.points, e.deed_tenants, e.deeds, e.deed_points, e.deed_notes
		  from json_to_recordset($1::json) as e (id uuid, unit_kind text, unit_id uuid, seq int, rule_code text,
		       rule_name text, part text, formula text, n int, points_before numeric, points numeric,
		       deed_tenants uuid[], deeds uuid[], deed_points numeric[], deed_notes text[])`,
		tenant.JSON(rows), round, version)
	return err
}
