package assess

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

	"github.com/google/uuid"

	"hetu/tenant"
)

// saveBare replaces the scores and entries of a round whose lines do not list
// what they rest on. An entry that says what it said before is left as it is:
// after one more deed hardly any of very many has changed.
func saveBare(ctx context.Context, tx *tenant.Tx, round uuid.UUID, res Result, made prepared, step stepper) error {
	had, err := marks(ctx, tx, round)
	if err != nil {
		return err
	}
	var drop []string
	var add []entryRow
	for _, row := range made.rows {
		was, there := had[row.ID]
		delete(had, row.ID)
		if there && was == *row.Mark && len(row.Deeds) == 0 {
			continue
		}
		if there {
			drop = append(drop, row.ID.String())
		}
		add = append(add, row)
	}
	for id := range had {
		drop = append(drop, id.String())
	}
	for ids := range slices.Chunk(drop, batch) {
		if _, err := tx.Exec(ctx, `delete from assess_entries where round_id = $1 and id = any ($2::uuid[])`, round, tenant.Array(ids)); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `delete from assess_scores where round_id = $1`, round); err != nil {
		return err
	}
	if err := saveScores(ctx, tx, round, res, made.list); err != nil {
		return err
	}
	n := 0
	for rows := range slices.Chunk(add, batch) {
		if err := insertBare(ctx, tx, round, res.Version.Version, rows); err != nil {
			return err
		}
		n += len(rows)
		if err := step(2*len(add)+n, 3*len(add)); err != nil {
			return err
		}
	}
	return nil
}

// A prepared is what is written of a result, made ready: what does not need the
// database is done side by side.
type prepared struct {
	digest string
	list   []string   // what the list of the round shows of each score
	rows   []entryRow // the entries, of a bare result
}

func (r *Result) prepare(round uuid.UUID) (p prepared, err error) {
	var all sync.WaitGroup
	all.Go(func() { p.digest, err = r.Digest() })
	all.Go(func() { p.list = r.shown() })
	if r.Bare {
		p.rows = make([]entryRow, 0, r.Entries())
		for _, s := range r.Scores {
			for i := range s.Lines {
				row := rowOf(round, s, i)
				row.Mark = tenant.Optional(row.mark(r.Version.Version))
				p.rows = append(p.rows, row)
			}
		}
	}
	all.Wait()
	return p, err
}

// marks returns what the entries of a round say, by their marks; the nil id for
// those that have none.
func marks(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (map[uuid.UUID]uuid.UUID, error) {
	had := map[uuid.UUID]uuid.UUID{}
	err := tx.Each(ctx, func(row tenant.Row) error {
		var id uuid.UUID
		var mark uuid.NullUUID
		err := row.Scan(&id, &mark)
		had[id] = mark.UUID
		return err
	}, `select id, mark from assess_entries where round_id = $1`, round)
	return had, err
}

// mark stands for everything an entry says.
func (r entryRow) mark(version int) uuid.UUID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\x00%d\x00%s\x00%s\x00%s\x00%d\x00%s\x00%s\x00%s",
		version, r.Seq, r.Code, r.Name, r.Part, r.N, r.Before, r.Points, r.Formula))
	return uuid.UUID(sum[:16])
}

// insertBare writes entries that rest on no deeds they name; the few others go
// the way of all.
func insertBare(ctx context.Context, tx *tenant.Tx, round uuid.UUID, version int, rows []entryRow) error {
	var named []entryRow
	var id, kind, unit, code, name, part, formula, before, points, mark []string
	var seq, n []int64
	for _, r := range rows {
		if len(r.Deeds) > 0 {
			named = append(named, r)
			continue
		}
		id, kind, unit, seq = append(id, r.ID.String()), append(kind, r.UnitKind), append(unit, r.UnitID.String()), append(seq, int64(r.Seq))
		code, name, part, formula = append(code, r.Code), append(name, r.Name), append(part, r.Part), append(formula, r.Formula)
		n, before, points, mark = append(n, int64(r.N)), append(before, r.Before), append(points, r.Points), append(mark, r.Mark.String())
	}
	if len(named) > 0 {
		if err := insert(ctx, tx, round, version, named); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `
		insert into assess_entries (id, round_id, unit_kind, unit_id, seq, rule_code, rule_name, rule_version, part,
		                            formula, n, points_before, points, mark, deed_tenants, deeds, deed_points, deed_notes)
		select id, $1, kind, unit, seq, code, name, $2, part, formula, n, before, points, mark, '{}', '{}', '{}', '{}'
		  from unnest($3::uuid[], $4::text[], $5::uuid[], $6::int[], $7::text[], $8::text[], $9::text[], $10::text[], $11::int[],
		              $12::numeric[], $13::numeric[], $14::uuid[])
		       as e (id, kind, unit, seq, code, name, part, formula, n, before, points, mark)`, round, version,
		tenant.Array(id), tenant.Array(kind), tenant.Array(unit), tenant.Array(seq), tenant.Array(code), tenant.Array(name), tenant.Array(part),
		tenant.Array(formula), tenant.Array(n), tenant.Array(before), tenant.Array(points), tenant.Array(mark))
	return err
}
