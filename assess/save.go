package assess

import (
	"bytes"
	"context"
	"slices"

	"github.com/google/uuid"

	"hetu/tenant"
)

// batch bounds what one statement inserts, in entries and the deeds they rest
// on: each must end well within the statement time-out.
const batch = 10_000

// save makes res the scores and entries of a round, and returns the units of
// which it wrote any line. An entry that says what it said before is left as it
// is: after one more deed hardly any of very many has changed.
func save(ctx context.Context, tx *tenant.Tx, round uuid.UUID, res Result, made prepared, step stepper) (changed []uuid.UUID, err error) {
	had, err := savedScores(ctx, tx, round)
	if err != nil {
		return nil, err
	}
	changed = []uuid.UUID{} // none is not nobody knows which
	var d delta
	for i := range res.Scores {
		s := &res.Scores[i]
		now := savedOf(s, made.marks[i])
		was, there := had[s.Unit.key()]
		delete(had, s.Unit.key())
		if there && was.same(now) {
			continue
		}
		if there {
			d.old = append(d.old, s.Unit)
		}
		d.scores = append(d.scores, now)
		if d.lines(i, s.Unit, was.marks, now.marks, there) {
			changed = append(changed, s.Unit.ID)
		}
	}
	for u := range had {
		d.old, d.gone = append(d.old, u), append(d.gone, u)
	}
	if err := d.drop(ctx, tx, round); err != nil {
		return nil, err
	}
	if err := d.insertScores(ctx, tx, round); err != nil {
		return nil, err
	}
	if err := saveLists(ctx, tx, round, made.lists); err != nil {
		return nil, err
	}
	return changed, d.insert(ctx, tx, round, &res, step)
}

// A savedScore is a score as its row has it.
type savedScore struct {
	unit                       Unit
	place, rank                int
	total, exact, class, grade string
	marks                      []byte
}

func savedOf(s *Score, marks []byte) savedScore {
	return savedScore{s.Unit, s.Place, s.Rank, s.Total.String(), s.Exact.String(), s.Class, s.Grade, marks}
}

// same reports whether two rows say the same, their lines included.
func (s savedScore) same(o savedScore) bool {
	return s.unit == o.unit && s.place == o.place && s.rank == o.rank && s.total == o.total && s.exact == o.exact &&
		s.class == o.class && s.grade == o.grade && bytes.Equal(s.marks, o.marks)
}

// savedScores reads the scores of a round as they are.
func savedScores(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (map[Unit]savedScore, error) {
	had := map[Unit]savedScore{}
	err := tx.Each(ctx, func(row tenant.Row) error {
		var s savedScore
		err := row.Scan(&s.unit.Kind, &s.unit.ID, &s.unit.Name, &s.place, &s.rank, &s.total, &s.exact, &s.class, &s.grade, &s.marks)
		had[s.unit.key()] = s
		return err
	}, `select unit_kind, unit_id, unit_name, place, rank, total::text, exact::text, class, grade, marks
	      from assess_scores where round_id = $1`, round)
	return had, err
}

// A delta is what has to be written so that a round says what it came to.
type delta struct {
	old    []Unit // whose score goes
	gone   []Unit // all of whose lines go
	stale  []lineRef
	scores []savedScore
	fresh  []fresh
	n      int // lines to be written
}

// A lineRef is the place of a line among those of a unit, from 1.
type lineRef struct {
	unit Unit
	seq  int
}

// fresh are the lines to be written of one score: all of them, or some.
type fresh struct {
	score int
	lines []int
}

// lines finds the lines of a unit that have to be written, and what they replace.
// It reports whether there is anything to do.
func (d *delta) lines(score int, u Unit, was, now []byte, there bool) bool {
	var add, drop []int
	for i := range max(len(was), len(now)) / marked {
		at := func(marks []byte) []byte { return marks[min(i*marked, len(marks)):min((i+1)*marked, len(marks))] }
		if bytes.Equal(at(was), at(now)) {
			continue
		}
		if i < len(was)/marked {
			drop = append(drop, i+1)
		}
		if i < len(now)/marked {
			add = append(add, i)
		}
	}
	switch {
	case there && (was == nil || 2*len(drop) > len(was)/marked): // nobody knows what they said; or most have changed
		d.gone = append(d.gone, u)
		add = add[:0]
		for i := range len(now) / marked {
			add = append(add, i)
		}
	default:
		for _, seq := range drop {
			d.stale = append(d.stale, lineRef{u, seq})
		}
	}
	if len(add) > 0 {
		d.fresh, d.n = append(d.fresh, fresh{score, add}), d.n+len(add)
	}
	return len(add)+len(drop) > 0
}

// drop removes what is replaced.
func (d *delta) drop(ctx context.Context, tx *tenant.Tx, round uuid.UUID) error {
	for units := range slices.Chunk(d.gone, 100) {
		kinds, ids := columnsOf(units)
		if _, err := tx.Exec(ctx, `
			delete from assess_entries e using unnest($2::text[], $3::uuid[]) as u (kind, id)
			 where e.round_id = $1 and e.unit_kind = u.kind and e.unit_id = u.id`, round, kinds, ids); err != nil {
			return err
		}
	}
	for lines := range slices.Chunk(d.stale, 2_000) {
		units, seqs := make([]Unit, len(lines)), make([]int64, len(lines))
		for i, l := range lines {
			units[i], seqs[i] = l.unit, int64(l.seq)
		}
		kinds, ids := columnsOf(units)
		if _, err := tx.Exec(ctx, `
			delete from assess_entries e using unnest($2::text[], $3::uuid[], $4::int[]) as l (kind, id, seq)
			 where e.round_id = $1 and e.unit_kind = l.kind and e.unit_id = l.id and e.seq = l.seq`, round, kinds, ids, tenant.Array(seqs)); err != nil {
			return err
		}
	}
	for units := range slices.Chunk(d.old, 1_000) {
		kinds, ids := columnsOf(units)
		if _, err := tx.Exec(ctx, `
			delete from assess_scores s using unnest($2::text[], $3::uuid[]) as u (kind, id)
			 where s.round_id = $1 and s.unit_kind = u.kind and s.unit_id = u.id`, round, kinds, ids); err != nil {
			return err
		}
	}
	return nil
}

// columnsOf are units as two parameters: their kinds and their ids.
func columnsOf(units []Unit) (kinds, ids any) {
	var k, i []string
	for _, u := range units {
		k, i = append(k, u.Kind), append(i, u.ID.String())
	}
	return tenant.Array(k), tenant.Array(i)
}

func (d *delta) insertScores(ctx context.Context, tx *tenant.Tx, round uuid.UUID) error {
	for part := range slices.Chunk(d.scores, 1_000) {
		var kind, id, name, total, exact, class, grade []string
		var place, rank []int64
		var marks [][]byte
		for _, s := range part {
			kind, id, name = append(kind, s.unit.Kind), append(id, s.unit.ID.String()), append(name, s.unit.Name)
			place, rank, marks = append(place, int64(s.place)), append(rank, int64(s.rank)), append(marks, s.marks)
			total, exact = append(total, s.total), append(exact, s.exact)
			class, grade = append(class, s.class), append(grade, s.grade)
		}
		_, err := tx.Exec(ctx, `
			insert into assess_scores (round_id, unit_kind, unit_id, unit_name, place, rank, total, exact, class, grade, marks)
			select $1, kind, id, name, place, rank, total, exact, class, grade, marks
			  from unnest($2::text[], $3::uuid[], $4::text[], $5::int[], $6::int[], $7::numeric[], $8::numeric[], $9::text[], $10::text[], $11::bytea[])
			       as s (kind, id, name, place, rank, total, exact, class, grade, marks)`, round, tenant.Array(kind), tenant.Array(id),
			tenant.Array(name), tenant.Array(place), tenant.Array(rank), tenant.Array(total), tenant.Array(exact), tenant.Array(class),
			tenant.Array(grade), tenant.Array(marks))
		if err != nil {
			return err
		}
	}
	return nil
}

// saveLists keeps what the lists of a round show.
func saveLists(ctx context.Context, tx *tenant.Tx, round uuid.UUID, lists map[string][]byte) error {
	for _, kind := range []string{"department", "tenant"} {
		var err error
		if list, ok := lists[kind]; ok {
			_, err = tx.Exec(ctx, `
				insert into assess_lists as o (round_id, unit_kind, parts) values ($1, $2, $3)
				on conflict on constraint assess_lists_pkey do update set parts = excluded.parts where o.parts <> excluded.parts`, round, kind, list)
		} else {
			_, err = tx.Exec(ctx, `delete from assess_lists where round_id = $1 and unit_kind = $2`, round, kind)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
