package assess

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"slices"
	"sync"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/tenant"
)

// A memory is what the units of a round came to, each by itself, when it was
// last worked out. What of it rests on the roll-up as it is now, on the same
// rules and days and on the same program, is not worked out again.
type memory struct {
	round uuid.UUID
	basis uuid.UUID // the rules, the days and the program

	mu   sync.Mutex
	made []memo // this time
}

type memo struct {
	unit  int
	lines []byte
}

// program is what the running program is known by: whatever is changed in how
// scores are worked out, it is another.
var program = sync.OnceValue(func() string {
	name, err := os.Executable()
	if err != nil {
		return tenant.NewID().String() // nothing that was made by any other is used
	}
	f, err := os.Open(name) //nolint:gosec // the program itself
	if err != nil {
		return tenant.NewID().String()
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return tenant.NewID().String()
	}
	return hex.EncodeToString(h.Sum(nil))
})

func remember(round uuid.UUID, v Version, from, to string) *memory {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d\x00%s\x00%s", program(), v.Scheme, v.Version, from, to))
	return &memory{round: round, basis: uuid.UUID(sum[:16])}
}

// holding are the rows of a memory that still hold.
const holding = `
	  from assess_scored s
	  join assess_rolled r on r.year = $3::int and r.unit_kind = s.unit_kind and r.unit_id = s.unit_id and r.made = s.made
	 where s.round_id = $1 and s.basis = $2`

// holds returns how many units need not be worked out again.
func (m *memory) holds(ctx context.Context, tx *tenant.Tx, year string) (n int, err error) {
	err = tx.Get(ctx, &n, `select count(*)`+holding, m.round, m.basis, year)
	return n, err
}

// recall calls fn with what is remembered of every unit of which that holds, and
// returns which ones these are, by their places.
func (m *memory) recall(ctx context.Context, tx *tenant.Tx, r *rolling, fn func(heap) error) (known []bool, err error) {
	known = make([]bool, len(r.v.Units))
	at := make(map[Unit]int, len(r.v.Units))
	for i, u := range r.v.Units {
		at[u.key()] = i
	}
	err = tx.Each(ctx, func(row tenant.Row) error {
		var u Unit
		var lines []byte
		if err := row.Scan(&u.Kind, &u.ID, &lines); err != nil {
			return err
		}
		i, ok := at[u]
		if !ok {
			return nil
		}
		known[i] = true
		return fn(heap{unit: i, lines: lines})
	}, `select s.unit_kind, s.unit_id, s.lines`+holding, m.round, m.basis, r.year)
	return known, err
}

// add remembers what a unit came to.
func (m *memory) add(unit int, lines []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.made = append(m.made, memo{unit, lines})
}

// keep writes down what was worked out this time, and forgets what rested on
// something else.
func (m *memory) keep(ctx context.Context, tx *tenant.Tx, r *rolling) error {
	if _, err := tx.Exec(ctx, `delete from assess_scored where round_id = $1 and basis <> $2`, m.round, m.basis); err != nil {
		return err
	}
	for {
		n := m.pending()
		if n == 0 {
			return nil
		}
		if err := m.write(ctx, tx, r, min(n, 200)); err != nil {
			return err
		}
	}
}

// forget removes what is remembered of a round that is not worked out again: so
// there is at most a row for every unit of a round that is not closed.
func forget(ctx context.Context, tx *tenant.Tx, round uuid.UUID) error {
	_, err := tx.Exec(ctx, `delete from assess_scored where round_id = $1`, round)
	return err
}

// kept is how many units are written down at a time while others are worked out.
const kept = 10

func (m *memory) pending() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.made)
}

// write writes n of what was worked out this time down, if there is so much.
func (m *memory) write(ctx context.Context, tx *tenant.Tx, r *rolling, n int) error {
	if m == nil || m.pending() < n {
		return nil
	}
	m.mu.Lock()
	part := slices.Clone(m.made[:n])
	m.made = slices.Delete(m.made, 0, n)
	m.mu.Unlock()
	slices.SortFunc(part, func(a, b memo) int { return a.unit - b.unit })
	var kinds, ids []string
	var lines [][]byte
	for _, p := range part {
		u := r.v.Units[p.unit]
		kinds, ids, lines = append(kinds, u.Kind), append(ids, u.ID.String()), append(lines, p.lines)
	}
	_, err := tx.Exec(ctx, `
		insert into assess_scored (round_id, unit_kind, unit_id, made, basis, lines)
		select $1, n.kind, n.id, r.made, $2, n.lines
		  from unnest($4::text[], $5::uuid[], $6::bytea[]) as n (kind, id, lines)
		  join assess_rolled r on r.year = $3::int and r.unit_kind = n.kind and r.unit_id = n.id
		on conflict on constraint assess_scored_pkey do update set made = excluded.made, basis = excluded.basis, lines = excluded.lines`,
		m.round, m.basis, r.year, tenant.Array(kinds), tenant.Array(ids), tenant.Array(lines))
	return err
}

// errScored means that what is remembered cannot be read: somebody wrote into
// the table.
var errScored = errors.New("assess: what a unit came to is broken")

// scoredFirst begins every packed score and says how the rest is laid out.
const scoredFirst = 1

// pack packs the lines of a unit as they are before units are compared.
func (w *working) pack(unit int) []byte {
	s := &w.Scores[unit]
	b := make([]byte, 0, 128*len(s.Lines)+16)
	b = binary.AppendUvarint(append(b, scoredFirst), uint64(len(s.Lines)))
	for i := range s.Lines {
		l := &s.Lines[i]
		b = binary.AppendUvarint(b, uint64(w.places[l.Rule])) //nolint:gosec // an index
		b = appendText(b, l.Part)
		b = binary.AppendUvarint(b, zigzag(l.N))
		for _, d := range [...]decimal.Decimal{l.Before, l.Points, l.Given, l.Value} {
			b = appendDecimal(b, d)
		}
		b = appendText(b, l.Formula)
	}
	return b
}

// recall makes the lines of a unit again that pack packed, and what they mean
// for its grade.
func (w *working) recall(unit int, pack []byte) error {
	d := unpacking{in: pack, whole: string(pack)}
	if d.byte() != scoredFirst {
		return errScored
	}
	u := w.Version.Units[unit]
	s := Score{Unit: u, Class: w.members[u.ID].Class}
	n := d.small(1 << 20)
	if d.broken {
		return errScored
	}
	s.Lines = make([]Entry, 0, min(n, len(pack))+8)
	made := w.made[s.Class]
	for range n {
		at := d.small(1 << 20)
		l := Line{Part: d.text(), N: unzigzag(d.uvarint())}
		l.Before, l.Points, l.Given, l.Value = d.decimal(), d.decimal(), d.decimal(), d.decimal()
		l.Formula = d.text()
		if d.broken || at >= len(made) {
			return errScored
		}
		s.add(made[at], Entry{&w.Version.Rules[at], l})
	}
	w.Scores[unit] = s
	return nil
}

// appendDecimal appends a decimal so that it comes out as it was, the places
// after the point included.
func appendDecimal(b []byte, d decimal.Decimal) []byte {
	exp := zigzag(int(d.Exponent()))
	if d.IsZero() {
		return binary.AppendUvarint(binary.AppendUvarint(b, exp<<1), 0)
	}
	if c := d.Coefficient(); !c.IsInt64() {
		text, _ := c.GobEncode() // never fails
		return appendText(binary.AppendUvarint(b, exp<<1|1), string(text))
	}
	return binary.AppendUvarint(binary.AppendUvarint(b, exp<<1), zigzag(int(d.CoefficientInt64())))
}

func (d *unpacking) decimal() decimal.Decimal {
	head := d.uvarint()
	exp := int32(unzigzag(head >> 1)) //nolint:gosec // it was one
	if head&1 == 0 {
		n := unzigzag(d.uvarint())
		if n == 0 && exp == 0 {
			return decimal.Decimal{}
		}
		return decimal.New(int64(n), exp)
	}
	c := new(big.Int)
	if c.GobDecode([]byte(d.text())) != nil {
		d.broken = true
	}
	return decimal.NewFromBigInt(c, exp)
}
