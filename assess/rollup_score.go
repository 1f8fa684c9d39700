package assess

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"

	"hetu/tenant"
)

// workOut works the units of a period out from the roll-up of its year, each by
// itself: the same lines, byte for byte, as from the deeds. What m says of units
// is used, and what they come to is added to it; nil: everything is worked out.
func (r *rolling) workOut(ctx context.Context, tx *tenant.Tx, from, to string, m *memory) (*working, error) {
	w := begun(r.v, from, to, true)
	w.Seen = r.seen
	return w, r.score(ctx, tx, w, m)
}

// A heap is what is to be worked out of one unit: its roll-ups, by kind, or what
// it came to the last time.
type heap struct {
	unit  int
	packs map[string][]byte
	lines []byte
	later bool // only what is asked for again at the end
}

// atOnce is how many units' roll-ups are read at a time, while those before them
// are worked out: some three megabytes in the largest tenants.
const atOnce = 25

// score reads the roll-ups unit by unit, and has each unit scored while the next
// is read: no more than a few are in memory at a time. While it would only wait
// for that, it writes down what units have come to.
func (r *rolling) score(ctx context.Context, tx *tenant.Tx, w *working, m *memory) error {
	todo, failed := make(chan heap, 2*atOnce), make(chan error, 1)
	readings := r.v.readings(w.From, w.To)
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for h := range todo {
				if err := unbroken(func() error { return w.take(h, readings, m) }); err != nil {
					select {
					case failed <- err:
					default:
					}
				}
			}
		})
	}
	err := r.feed(ctx, tx, w, m, func(h heap) error {
		if len(todo) > atOnce && h.lines == nil { // else its rows are still being read
			if err := m.write(ctx, tx, r, kept); err != nil {
				return err
			}
		}
		todo <- h
		return nil
	})
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

// errBroken means that scoring panicked: the program is broken, or what it reads.
var errBroken = errors.New("assess: scoring panicked")

// unbroken calls fn, and makes an error of its panic. Beside the goroutine of
// whoever waits, a panic would end the program, and with it everybody's work.
func unbroken(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %v\n%s", errBroken, v, debug.Stack())
		}
	}()
	return fn()
}

// feed calls fn with what is to be done for every unit: first of those of which
// something is remembered, then of the others.
func (r *rolling) feed(ctx context.Context, tx *tenant.Tx, w *working, m *memory, fn func(heap) error) error {
	known := make([]bool, len(r.v.Units))
	if m != nil {
		var err error
		if known, err = m.recall(ctx, tx, r, fn); err != nil {
			return err
		}
	}
	var old, rest []int
	for i, is := range known {
		if is {
			old = append(old, i)
		} else {
			rest = append(rest, i)
		}
	}
	if kinds := w.laterKinds(); len(kinds) > 0 && len(old) > 0 {
		err := r.each(ctx, tx, old, kinds, func(h heap) error { h.later = true; return fn(h) })
		if err != nil {
			return err
		}
	}
	return r.each(ctx, tx, rest, r.v.kinds(), fn)
}

// laterKinds are the kinds of deeds that are asked for again when all lines of a
// unit are there.
func (w *working) laterKinds() (kinds []string) {
	for _, made := range w.made {
		for i, r := range made {
			if k := w.Version.Rules[i].DeedKind; k != "" && isLater(r) && !slices.Contains(kinds, k) {
				kinds = append(kinds, k)
			}
		}
	}
	return kinds
}

// take does what is to be done for a unit.
func (w *working) take(h heap, readings map[string]reading, m *memory) error {
	if h.lines != nil {
		return w.recall(h.unit, h.lines)
	}
	did := make(map[string][]Fact, len(h.packs))
	for kind, pack := range h.packs {
		fs, err := readings[kind].facts(pack)
		if err != nil {
			return err
		}
		did[kind] = fs
	}
	if h.later {
		w.later[h.unit] = did
		return nil
	}
	w.score(h.unit, did)
	if m != nil {
		m.add(h.unit, w.pack(h.unit))
	}
	return nil
}

// all are the places of all units.
func (r *rolling) all() []int {
	at := make([]int, len(r.v.Units))
	for i := range at {
		at[i] = i
	}
	return at
}

// each calls fn with the roll-ups of some kinds of some units, those that have
// none included. One statement reads those of a few units, so that none of them
// takes long.
func (r *rolling) each(ctx context.Context, tx *tenant.Tx, units []int, kinds []string, fn func(heap) error) error {
	for part := range slices.Chunk(units, atOnce) {
		packs := make(map[Unit]map[string][]byte, len(part))
		ids := make([]string, len(part))
		for i, at := range part {
			u := r.v.Units[at]
			packs[u.key()], ids[i] = map[string][]byte{}, u.ID.String()
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
		     where year = $1::int and unit_id = any ($2::uuid[]) and kind = any ($3::text[])`, r.year, tenant.Array(ids), tenant.Array(kinds))
		if err != nil {
			return err
		}
		for _, at := range part {
			h := heap{unit: at, packs: packs[r.v.Units[at].key()]}
			r.freshen(&h, kinds)
			if err := fn(h); err != nil {
				return err
			}
		}
	}
	return nil
}

// freshen puts the roll-ups in that are newer than those kept.
func (r *rolling) freshen(h *heap, kinds []string) {
	for kind, pack := range r.fresh[r.v.Units[h.unit].key()] {
		if slices.Contains(kinds, kind) {
			h.packs[kind] = pack
		}
	}
}

// key returns the unit without its name.
func (u Unit) key() Unit { return Unit{Kind: u.Kind, ID: u.ID} }

func unitIDs(units []Unit) []string {
	ids := make([]string, len(units))
	for i, u := range units {
		ids[i] = u.ID.String()
	}
	return ids
}
