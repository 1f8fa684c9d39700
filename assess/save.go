package assess

import (
	"context"

	"github.com/google/uuid"

	"hetu/tenant"
)

// batch bounds what one statement inserts, in entries and the deeds they rest
// on: each must end well within the statement time-out.
const batch = 10_000

// save replaces the scores and entries of a round.
func save(ctx context.Context, tx *tenant.Tx, round uuid.UUID, res Result, made prepared, step stepper) error {
	if res.Bare {
		return saveBare(ctx, tx, round, res, made, step)
	}
	for _, stmt := range []string{
		`delete from assess_entries where round_id = $1`,
		`delete from assess_scores where round_id = $1`,
	} {
		if _, err := tx.Exec(ctx, stmt, round); err != nil {
			return err
		}
	}
	if err := saveScores(ctx, tx, round, res, made.list); err != nil {
		return err
	}
	return saveEntries(ctx, tx, round, res, step)
}

func saveScores(ctx context.Context, tx *tenant.Tx, round uuid.UUID, res Result, parts []string) error {
	var kind, id, name, total, exact, class, grade []string
	var place, rank []int64
	for _, s := range res.Scores {
		kind, id, name = append(kind, s.Unit.Kind), append(id, s.Unit.ID.String()), append(name, s.Unit.Name)
		place, rank = append(place, int64(s.Place)), append(rank, int64(s.Rank))
		total, exact = append(total, s.Total.String()), append(exact, s.Exact.String())
		class, grade = append(class, s.Class), append(grade, s.Grade)
	}
	_, err := tx.Exec(ctx, `
		insert into assess_scores (round_id, unit_kind, unit_id, unit_name, place, rank, total, exact, class, grade, parts)
		select $1, kind, id, name, place, rank, total, exact, class, grade, parts
		  from unnest($2::text[], $3::uuid[], $4::text[], $5::int[], $6::int[], $7::numeric[], $8::numeric[], $9::text[], $10::text[], $11::json[])
		       as s (kind, id, name, place, rank, total, exact, class, grade, parts)`, round, tenant.Array(kind), tenant.Array(id),
		tenant.Array(name), tenant.Array(place), tenant.Array(rank), tenant.Array(total), tenant.Array(exact), tenant.Array(class), tenant.Array(grade), tenant.Array(parts))
	return err
}

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
	Mark     *uuid.UUID  `json:"mark"` // of an entry that is left as it is if it says the same again
}

func rowOf(round uuid.UUID, s Score, i int) entryRow {
	l := s.Lines[i]
	name := l.Rule.Name
	if l.Part == "bonus" {
		name += "（超额加分）"
	}
	n := len(l.Shares)
	row := entryRow{entryID(round, s, l), s.Unit.Kind, s.Unit.ID, i + 1, l.Rule.Code, name, l.Part, l.Formula, l.N,
		l.Before.String(), l.Points.String(), make([]uuid.UUID, n), make([]uuid.UUID, n), make([]string, n), make([]string, n), nil}
	for j, d := range l.Shares {
		row.Tenants[j], row.Deeds[j], row.Each[j], row.Notes[j] = d.Tenant, d.Deed, d.Points.String(), d.Note
	}
	return row
}

func saveEntries(ctx context.Context, tx *tenant.Tx, round uuid.UUID, res Result, step stepper) error {
	var rows []entryRow
	size, units := 0, len(res.Scores)
	for k, s := range res.Scores {
		for i := range s.Lines {
			rows = append(rows, rowOf(round, s, i))
			if size += 1 + len(s.Lines[i].Shares); size < batch {
				continue
			}
			if err := insert(ctx, tx, round, res.Version.Version, rows); err != nil {
				return err
			}
			if err := step(2*units+k, 3*units); err != nil {
				return err
			}
			rows, size = nil, 0
		}
	}
	return insert(ctx, tx, round, res.Version.Version, rows)
}

func insert(ctx context.Context, tx *tenant.Tx, round uuid.UUID, version int, rows []entryRow) error {
	_, err := tx.Exec(ctx, `
		insert into assess_entries (id, round_id, unit_kind, unit_id, seq, rule_code, rule_name, rule_version, part,
		                            formula, n, points_before, points, deed_tenants, deeds, deed_points, deed_notes, mark)
		select e.id, $2, e.unit_kind, e.unit_id, e.seq, e.rule_code, e.rule_name, $3, e.part,
		       e.formula, e.n, e.points_before, e.points, e.deed_tenants, e.deeds, e.deed_points, e.deed_notes, e.mark
		  from json_to_recordset($1::json) as e (id uuid, unit_kind text, unit_id uuid, seq int, rule_code text,
		       rule_name text, part text, formula text, n int, points_before numeric, points numeric,
		       deed_tenants uuid[], deeds uuid[], deed_points numeric[], deed_notes text[], mark uuid)`,
		tenant.JSON(append([]entryRow{}, rows...)), round, version)
	return err
}
