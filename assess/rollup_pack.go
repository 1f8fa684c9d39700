package assess

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
)

// A told is a deed as the roll-up tells it: a fact, the day it counts on and,
// if it was taken back in the same year, by what and on which day. Days are
// counted from the first of the year.
type told struct {
	Fact
	day  int
	back int
}

// midnight is the beginning of the first day of a year, as the deeds have days.
func midnight(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, shanghai) }

// dayOf counts the days from the first of the year of a roll-up.
func dayOf(year int, at time.Time) int {
	since := at.Sub(midnight(year))
	n := int(since / (24 * time.Hour))
	if since < 0 && since%(24*time.Hour) != 0 {
		n--
	}
	return n
}

// packFirst begins every packed roll-up and says how the rest is laid out.
const packFirst = 1

// pack makes the roll-up of what one unit did of one kind in a year. It depends
// on nothing but the deeds.
//
// In the order they were done, it counts those one after the other that differ
// in nothing a rule can see: day, level, and how many each counts for. What more
// can be said of stands by itself, in its place: content or items that came more
// than once, what was taken back, what was entered by hand.
func packDeeds(kind string, year int, all []told) []byte {
	slices.SortFunc(all, func(a, b told) int {
		return cmp.Or(a.At.Compare(b.At), bytes.Compare(a.Tenant[:], b.Tenant[:]), bytes.Compare(a.ID[:], b.ID[:]))
	})
	seen := make(map[sameKey]int, len(all))
	for i := range all {
		seen[keyOf(all[i].Fact)]++
	}
	p := packing{levels: map[string]int{}}
	for i := range all {
		t := &all[i]
		on := dayOf(year, t.At)
		if kind == Recorded || t.N < 1 || t.Reversal != uuid.Nil || seen[keyOf(t.Fact)] > 1 {
			p.alone(t, on)
			continue
		}
		p.count(run{t.day, on, p.level(t.Level), t.N})
	}
	p.flush()
	out := binary.AppendUvarint([]byte{packFirst}, uint64(len(p.names)))
	for _, n := range p.names {
		out = appendText(out, n)
	}
	return append(out, p.out...)
}

// A sameKey is what makes two deeds the same to a rule: their content, or their
// item where the content is not known.
type sameKey struct{ content, item string }

func keyOf(f Fact) sameKey {
	if f.Content != "" {
		return sameKey{content: f.Content}
	}
	return sameKey{item: f.Item}
}

// A run is deeds that differ in nothing.
type run struct{ day, on, level, n int }

// A packing writes a roll-up. In it a deed or a run begins with how many days it
// is after the one before, and a bit that says which of the two it is.
type packing struct {
	out    []byte
	levels map[string]int
	names  []string
	last   int // day
	at     run
	times  int
}

func (p *packing) level(name string) int {
	i, ok := p.levels[name]
	if !ok {
		i = len(p.names)
		p.levels[name], p.names = i, append(p.names, name)
	}
	return i
}

func (p *packing) count(r run) {
	if p.times > 0 && p.at == r {
		p.times++
		return
	}
	p.flush()
	p.at, p.times = r, 1
}

func (p *packing) head(day, on int, alone uint64) {
	p.out = binary.AppendUvarint(p.out, zigzag(day-p.last)<<2|b2u(on != day)<<1|alone)
	if on != day {
		p.out = binary.AppendUvarint(p.out, zigzag(on-day))
	}
	p.last = day
}

func (p *packing) flush() {
	if p.times == 0 {
		return
	}
	p.head(p.at.day, p.at.on, 0)
	for _, n := range []int{p.at.level, p.at.n, p.times} {
		p.out = binary.AppendUvarint(p.out, uint64(n)) //nolint:gosec // none is negative
	}
	p.times = 0
}

func (p *packing) alone(t *told, on int) {
	p.flush()
	p.head(t.day, on, 1)
	p.out = binary.AppendUvarint(p.out, uint64(p.level(t.Level))) //nolint:gosec // an index
	p.out = binary.AppendUvarint(p.out, zigzag(t.N))
	p.out = append(append(p.out, t.Tenant[:]...), t.ID[:]...)
	p.out = appendText(appendText(p.out, t.Item), t.Content)
	p.out = binary.AppendUvarint(p.out, b2u(t.Reversal != uuid.Nil))
	if t.Reversal != uuid.Nil {
		p.out = binary.AppendUvarint(append(p.out, t.Reversal[:]...), zigzag(t.back))
	}
}

func appendText(to []byte, s string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(s))), s...)
}

// zigzag makes small numbers of either sign small ones without.
func zigzag(n int) uint64 { return uint64(n<<1) ^ uint64(n>>63) } //nolint:gosec // bits

func unzigzag(u uint64) int { return int(u>>1) ^ -int(u&1) } //nolint:gosec // bits

func b2u(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// errRollup means that a roll-up cannot be read: somebody wrote into the table.
var errRollup = errors.New("assess: a roll-up is broken")

// A reading says of what days, and how closely, a roll-up is read.
type reading struct {
	year     time.Time // its beginning
	from, to int       // days, both included
	singly   bool      // one fact for each deed: for rules to which their order matters
	monthly  bool      // or one for each month and level; else one for each level
}

// facts returns what a roll-up says as rules see it. Unless singly is asked for,
// deeds of one level, and month, that differ in nothing else are one fact that
// counts for all of them; rules to which order does not matter give the same
// for them. Deeds before the period that nothing else can be said of change
// nothing in it and are left out.
//
// The facts of counted deeds have ids and items that are none, unlike each
// other; the times of all have the right day and order, and no more.
func (r reading) facts(pack []byte) ([]Fact, error) {
	d := unpacking{reading: r, in: pack}
	return d.all()
}

// A toldOf is what a roll-up says of a fact, or of what took one back, beside
// what rules see of it.
type toldOf struct {
	month string // "2026-03"
	deeds int    // how many it stands for
}

// read returns the facts, and more of each by its id.
func (r reading) read(pack []byte) ([]Fact, map[uuid.UUID]toldOf, error) {
	d := unpacking{reading: r, in: pack, of: map[uuid.UUID]toldOf{}}
	fs, err := d.all()
	return fs, d.of, err
}

func (d *unpacking) all() ([]Fact, error) {
	if d.byte() != packFirst {
		return nil, errRollup
	}
	for range d.small(1 << 16) {
		d.names = append(d.names, d.text())
	}
	for len(d.in) > 0 && !d.broken {
		d.element()
	}
	if d.broken {
		return nil, errRollup
	}
	return d.out, nil
}

// A summed is where in the facts the sum of a month and level is.
type summed struct{ month, level, at int }

type unpacking struct {
	reading
	in     []byte
	whole  string // what in was a part of, if texts are to be cut from it
	broken bool
	names  []string
	last   int
	seq    int
	out    []Fact
	sums   []summed
	of     map[uuid.UUID]toldOf // nil: nobody asks
}

func (d *unpacking) element() {
	head := d.uvarint()
	day := d.last + unzigzag(head>>2)
	on := day
	if head&2 != 0 {
		on += unzigzag(d.uvarint())
	}
	d.last = day
	level := d.small(1 << 16)
	if level >= len(d.names) {
		d.in, d.broken = nil, true
		return
	}
	if head&1 != 0 {
		d.alone(day, on, d.names[level])
		return
	}
	n, times := d.small(1<<31), d.small(1<<31)
	switch {
	case d.broken || day < d.from || day > d.to:
	case d.singly:
		for range times {
			d.tell(d.add(on, Fact{Level: d.names[level], N: n}), day, 1)
		}
	default:
		i := d.sum(on, level)
		d.out[i].N += n * times
		d.tell(d.out[i].ID, day, times)
	}
}

// sum returns the place of the fact that counts for the deeds of a level, and
// of a month where those are told apart.
func (d *unpacking) sum(on, level int) int {
	k := summed{level: level}
	if d.monthly {
		y, m, _ := d.year.Add(time.Duration(on) * 24 * time.Hour).Date()
		k.month = 12*y + int(m)
	}
	for i := len(d.sums) - 1; i >= 0; i-- { // the last ones are of the same month
		if s := d.sums[i]; s.month == k.month && s.level == k.level {
			return s.at
		}
	}
	k.at = len(d.out)
	d.sums = append(d.sums, k)
	d.add(on, Fact{Level: d.names[level]})
	return k.at
}

// alone reads a deed that stands by itself. What was taken back before the
// period has no effect in it; what is taken back after it, still stands.
func (d *unpacking) alone(day, on int, level string) {
	f := Fact{Level: level, N: unzigzag(d.uvarint()), Before: day < d.from}
	f.Tenant, f.ID = d.id(), d.id()
	f.Item, f.Content = d.text(), d.text()
	back := d.to + 1
	if d.byte() == 1 {
		f.Reversal = d.id()
		back = unzigzag(d.uvarint())
	}
	if d.broken || day > d.to || back < d.from {
		return
	}
	if back > d.to {
		f.Reversal = uuid.Nil
	}
	d.tell(d.add(on, f), day, 1)
	if f.Reversal != uuid.Nil {
		d.tell(f.Reversal, back, 1)
	}
}

// tell notes more of a fact, if anybody asks.
func (d *unpacking) tell(id uuid.UUID, day, deeds int) {
	if d.of != nil {
		d.of[id] = toldOf{d.year.Add(time.Duration(day) * 24 * time.Hour).Format("2006-01"), d.of[id].deeds + deeds}
	}
}

// add appends a fact with a time of its day that comes after all before it.
func (d *unpacking) add(on int, f Fact) uuid.UUID {
	d.seq++
	f.At = d.year.Add(time.Duration(on)*24*time.Hour + time.Duration(d.seq)*time.Microsecond)
	if f.ID == uuid.Nil {
		binary.BigEndian.PutUint64(f.ID[8:], uint64(d.seq)) //nolint:gosec // positive
		f.Item = "\x00" + string(f.ID[8:])
	}
	d.out = append(d.out, f)
	return f.ID
}

func (d *unpacking) uvarint() uint64 {
	v, n := binary.Uvarint(d.in)
	if n <= 0 {
		d.in, d.broken = nil, true
		return 0
	}
	d.in = d.in[n:]
	return v
}

// small reads a number that is not above most.
func (d *unpacking) small(most uint64) int {
	v := d.uvarint()
	if v > most {
		d.in, d.broken = nil, true
		return 0
	}
	return int(v) //nolint:gosec // bounded
}

func (d *unpacking) take(n int) []byte {
	if n > len(d.in) {
		d.in, d.broken = nil, true
		return make([]byte, n)
	}
	b := d.in[:n]
	d.in = d.in[n:]
	return b
}

func (d *unpacking) byte() byte    { return d.take(1)[0] }
func (d *unpacking) id() uuid.UUID { return uuid.UUID(d.take(16)) }

func (d *unpacking) text() string {
	b := d.take(d.small(1 << 20))
	if end := len(d.whole) - len(d.in); d.whole != "" && !d.broken {
		return d.whole[end-len(b) : end]
	}
	return string(b)
}
