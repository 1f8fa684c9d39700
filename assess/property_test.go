package assess

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess/rule"
)

// A made is a scheme and a year of deeds, made up by chance and always the same
// for a seed.
type made struct {
	v        Version
	from, to string
	did      []map[string][]told // by unit
}

type dice struct{ *rand.Rand }

func (d dice) one(of ...string) string { return of[d.IntN(len(of))] }

func (d dice) points(most int) *decimal.Decimal {
	return new(decimal.New(int64(1+d.IntN(most*100)), -2))
}

func (d dice) maybe(p *decimal.Decimal) *decimal.Decimal {
	if d.IntN(2) == 0 {
		return nil
	}
	return p
}

var madeKinds = []string{"k1", "k2", "k3", Recorded}

// spec makes a rule of a type.
func (d dice) spec(kind string, i int) Spec {
	s := Spec{Code: fmt.Sprint("r", i), Name: fmt.Sprint("规则", i), Type: kind, DeedKind: d.one("k1", "k2", "k3"),
		Heading: d.one("", "A", "A1", "B"), Cap: d.maybe(d.points(40))}
	levels := []LevelPoints{{Level: "own", Points: *d.points(5)}, {Level: "upper", Points: *d.points(9)}}
	if d.IntN(3) == 0 {
		levels = append(levels, LevelPoints{Points: *d.points(2)})
	}
	grades := []rule.GradeFactor{{Grade: "优", Factor: points("1.2")}, {Grade: "良", Factor: points("0.9")}}
	switch kind {
	case perItem:
		s.Levels, s.HighestOnly = levels, d.IntN(2) == 0
	case baseTask:
		s.Task, s.BasePoints, s.Shortfall = 1+d.IntN(12), d.points(20), d.one("zero", "proportional", "deduct")
		s.ShortPoints, s.BonusPoints, s.BonusCap, s.Every = d.points(3), d.maybe(d.points(2)), nil, d.one("", "month", "quarter")
		if s.BonusPoints != nil {
			s.BonusCap = d.maybe(d.points(8))
		}
	case deduction:
		s.Levels, s.BasePoints = levels, d.maybe(d.points(30))
	case overBonus:
		s.Levels, s.Task, s.HighestOnly = levels, d.IntN(8), d.IntN(2) == 0
	case ratio:
		s.Target, s.BasePoints, s.MostRatio, s.Factor = d.points(12), d.points(20), d.maybe(new(points("1.5"))), d.maybe(new(points("0.8")))
	case steps:
		s.Table = []rule.Step{{AtLeast: points("0"), Points: points("0")}, {AtLeast: points("3"), Points: points("2.5")}, {AtLeast: points("9"), Points: points("6")}}
	case deviation:
		s.Target, s.BasePoints, s.StepPercent, s.StepPoints = d.points(10), d.points(10), d.points(30), d.points(2)
	case graded:
		s.DeedKind, s.BasePoints, s.Grades, s.Pick = Recorded, d.points(10), grades, d.one("", "lowest", "average")
	case ranked:
		s.BasePoints, s.Spread, s.Fewest = d.points(20), new(points("0.5")), d.IntN(3) == 0
		if d.IntN(2) == 0 {
			s.Levels = levels
		}
	case vetoing:
		s.Effect, s.Task = "one_grade_down", 2
	case multiplier:
		s.DeedKind, s.Grades, s.Factor = Recorded, grades, new(points("1.05"))
	case category:
		s.Of = []string{"r0", "r1"}
	}
	if d.IntN(4) == 0 && (kind == ratio || kind == deviation || kind == steps) {
		s.DeedKind, s.Measure = Recorded, "figure"
	}
	return s.normal()
}

var ruleTypes = []string{perItem, baseTask, deduction, overBonus, ratio, steps, deviation, graded, ranked, vetoing, multiplier, category}

// chance makes everything up.
func chance(seed uint64) made {
	d := dice{rand.New(rand.NewPCG(seed, 7))}
	m := made{v: Version{Scheme: id(900), Version: 3, Year: 2026, Name: "方案"}}
	m.v.Plan = Plan{Headings: []Heading{{Code: "A", Name: "甲", Weight: limit("60"), Cap: d.maybe(d.points(50))},
		{Code: "A1", Parent: "A", Name: "甲一", Weight: limit("60"), Floor: d.maybe(limit("-1"))}, {Code: "B", Name: "乙", Weight: limit("40")}},
		Classes: []Class{{"x", "一类"}, {"y", "二类"}}, Grades: []GradeLine{{"优秀", points("30")}, {"合格", points("-100")}}}
	for i := range 2 + d.IntN(4) {
		u := Unit{d.one("tenant", "department"), id(i), fmt.Sprint("单位", i)}
		x := Member{Unit: u.ID, Class: d.one("x", "y"), Staff: d.IntN(90)}
		if d.IntN(4) == 0 {
			x.Exempt = []string{"B"}
		}
		m.v.Units, m.v.Plan.Members = append(m.v.Units, u), append(m.v.Plan.Members, x)
	}
	for i := range 4 + d.IntN(9) {
		kind := d.one(ruleTypes...)
		if i < 2 {
			kind = perItem
		}
		m.v.Rules = append(m.v.Rules, d.spec(kind, i))
	}
	first := d.IntN(300)
	day := func(n int) string { return midnight(2026).AddDate(0, 0, n).Format(time.DateOnly) }
	m.from, m.to = day(first), day(first+d.IntN(365-first))
	for i := range m.v.Units {
		did := map[string][]told{}
		for _, kind := range madeKinds {
			for range d.IntN(40) {
				did[kind] = append(did[kind], d.told(kind, i, m.v))
			}
		}
		m.did = append(m.did, did)
	}
	return m
}

// told makes a deed: some of the same content, some taken back, some of another
// day than the moment they were done at.
func (d dice) told(kind string, unit int, v Version) told {
	n := d.Uint64()
	t := told{day: d.IntN(365), Fact: Fact{Tenant: id(500 + d.IntN(2)), ID: id(int(n >> 2)), Item: fmt.Sprint("i", d.IntN(90)), Level: d.one("own", "own", "upper", "other"), N: 1}}
	t.At = midnight(2026).Add(time.Duration(t.day)*24*time.Hour + time.Duration(d.IntN(86_400))*time.Second)
	if d.IntN(20) == 0 {
		t.At = t.At.Add(-48 * time.Hour)
	}
	if d.IntN(3) > 0 {
		t.Content = fmt.Sprint("c", d.IntN(120))
	}
	if d.IntN(9) == 0 {
		t.N = 1 + d.IntN(5)
	}
	if d.IntN(8) == 0 {
		t.Reversal, t.back = id(int(n>>3)+1), min(t.day+d.IntN(90), 364)
	}
	if kind == Recorded {
		t.Item = recordOf(v.Scheme, v.Rules[d.IntN(len(v.Rules))].Code) + fmt.Sprint(n)
		t.Level = d.one("优", "良", "3.25", "-1", "own")
	}
	_ = unit
	return t
}

// facts are what the rules see of it.
func (m made) facts() facts {
	all := make(facts, len(m.did))
	for i, did := range m.did {
		all[i] = map[string][]Fact{}
		for kind, ts := range did {
			x := m.v.readings(m.from, m.to)[kind]
			if x.year.IsZero() {
				continue // no rule counts it
			}
			for _, t := range ts {
				if f, ok := t.in(x.from, x.to); ok {
					all[i][kind] = append(all[i][kind], f)
				}
			}
		}
	}
	return all
}

// shuffled gives the deeds another order.
func (m made) shuffled(r *rand.Rand) made {
	n := m
	n.did = nil
	for _, did := range m.did {
		mixed := map[string][]told{}
		for kind, ts := range did {
			mixed[kind] = slices.Clone(ts)
			r.Shuffle(len(ts), func(i, j int) { mixed[kind][i], mixed[kind][j] = mixed[kind][j], mixed[kind][i] })
		}
		n.did = append(n.did, mixed)
	}
	return n
}

// result works it out from the deeds.
func (m made) result(t *testing.T) (Result, string) {
	t.Helper()
	res := work(m.v, m.from, m.to, m.facts())
	res.Bare = true
	digest, err := res.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return res, digest
}

// rolled works it out from roll-ups.
func (m made) rolled(t *testing.T) string {
	t.Helper()
	w := begun(m.v, m.from, m.to, true)
	for i, did := range m.did {
		packs := map[string][]byte{}
		for kind, ts := range did {
			if slices.Contains(m.v.kinds(), kind) {
				packs[kind] = packDeeds(kind, 2026, ts)
			}
		}
		if err := w.take(heap{unit: i, packs: packs}, m.v.readings(m.from, m.to), nil); err != nil {
			t.Fatal(err)
		}
	}
	res := w.finish()
	digest, err := res.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

// R310: whatever the scheme and the deeds, a round worked out from the daily
// roll-up is the round worked out from the deeds, byte for byte.
func TestRollUpGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(600) {
		m := chance(seed)
		_, want := m.result(t)
		if got := m.rolled(t); got != want {
			t.Fatalf("seed %d, %s to %s: %s from the roll-up, %s from the deeds", seed, m.from, m.to, got, want)
		}
	}
}

// AS-01, R310: a thousand times worked out with the deeds in another order each
// time, from the deeds and from the roll-up, it is the same.
func TestAS01AThousandOrders(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for seed := range uint64(50) {
		m := chance(seed)
		_, want := m.result(t)
		for range 20 {
			n := m.shuffled(r)
			if _, got := n.result(t); got != want {
				t.Fatalf("seed %d: another order gives another result", seed)
			}
			if got := n.rolled(t); got != want {
				t.Fatalf("seed %d: another order gives another roll-up", seed)
			}
		}
	}
}

// AS-05: the lines of every unit sum up to its score, exactly; what no deed gave
// and what the deeds gave sum up to each line; caps hold, of rules and of
// headings, and so do floors.
func TestAS05PartsSumUpAndLimitsHold(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		m := chance(seed)
		res, _ := m.result(t)
		for _, s := range res.Scores {
			sum := decimal.Zero
			byRule := map[string]decimal.Decimal{}
			for _, l := range s.Lines {
				sum = sum.Add(l.Points)
				byRule[l.Rule.Code] = byRule[l.Rule.Code].Add(l.Points)
				parts := l.Given
				for _, d := range l.Shares {
					parts = parts.Add(d.Points)
				}
				if !parts.Equal(l.Before) {
					t.Errorf("seed %d, %s %s/%s: the deeds and what is given sum up to %s, want %s", seed, s.Unit.Name, l.Rule.Code, l.Part, parts, l.Before)
				}
			}
			if !sum.Equal(s.Exact) || !s.Total.Equal(s.Exact.Round(2)) {
				t.Errorf("seed %d, %s: the lines sum up to %s, the score says %s and %s", seed, s.Unit.Name, sum, s.Exact, s.Total)
			}
			for _, r := range m.v.Rules {
				if r.Cap != nil && byRule[r.Code].GreaterThan(*r.Cap) {
					t.Errorf("seed %d, %s %s: %s is above the cap %s", seed, s.Unit.Name, r.Code, byRule[r.Code], r.Cap)
				}
			}
			for _, h := range m.v.Plan.Headings {
				of := s.under(h.Code, m.v.Plan)
				if h.Cap != nil && of.GreaterThan(*h.Cap) || h.Floor != nil && of.LessThan(*h.Floor) && !m.v.Plan.exempts(m.v.Plan.members()[s.Unit.ID], h.Code) {
					t.Errorf("seed %d, %s: %s under %s is beyond its limits", seed, s.Unit.Name, of, h.Code)
				}
			}
		}
	}
}

// One more good deed never lowers the score of who did it, unless a rule says
// that more of its kind costs points.
func TestAGoodDeedNeverHurts(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		m := chance(seed)
		d := dice{rand.New(rand.NewPCG(seed, 11))}
		m.v.Rules = slices.DeleteFunc(m.v.Rules, func(s Spec) bool {
			switch s.Type {
			case deduction, vetoing, graded, multiplier, category:
				return true // this one says so
			}
			return s.Fewest || s.Measure == "figure"
		})
		before, _ := m.result(t)
		unit := d.IntN(len(m.v.Units))
		x := m.v.readings(m.from, m.to)["k1"]
		deed := told{day: x.from + d.IntN(x.to-x.from+1), Fact: Fact{Tenant: id(500), ID: uuid.New(), Item: "new", Content: "new", Level: d.one("own", "upper"), N: 1}}
		deed.At = midnight(2026).Add(time.Duration(deed.day)*24*time.Hour + time.Duration(d.IntN(86_400))*time.Second)
		for _, kind := range []string{"k1", "k2", "k3"} {
			m.did[unit][kind] = append(m.did[unit][kind], deed)
			after, _ := m.result(t)
			was, is := scoreOf(before, m.v.Units[unit]), scoreOf(after, m.v.Units[unit])
			if is.LessThan(was) {
				t.Fatalf("seed %d, %s: %s after one more, %s before", seed, kind, is, was)
			}
			before = after
		}
	}
}

func scoreOf(r Result, u Unit) decimal.Decimal {
	for _, s := range r.Scores {
		if s.Unit == u {
			return s.Exact
		}
	}
	return decimal.New(-1, 9)
}

// A roll-up that somebody wrote into is refused, wherever it was changed.
func TestABrokenRollUpIsRefused(t *testing.T) {
	t.Parallel()
	m := chance(3)
	pack := packDeeds("k1", 2026, m.did[0]["k1"])
	x := reading{year: midnight(2026), to: 364}
	if fs, err := x.facts(pack); err != nil || len(fs) == 0 {
		t.Fatalf("%d facts, %v", len(fs), err)
	}
	for n := range len(pack) {
		_, _ = x.facts(pack[:n]) // never panics
		bad := slices.Clone(pack)
		bad[n] ^= 0xff
		_, _ = x.facts(bad)
	}
	for _, bad := range [][]byte{nil, {0}, {9, 0}, pack[:len(pack)-1]} {
		if _, err := x.facts(bad); err == nil {
			t.Errorf("%x is read", bad)
		}
	}
}
