package assess

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// recalled works a round out from what the units came to by themselves the time
// before, those of chance anew: as a round is after some deeds.
func (m made) recalled(t *testing.T, d *rand.Rand) string {
	t.Helper()
	readings := m.v.readings(m.from, m.to)
	packs := make([]map[string][]byte, len(m.did))
	for i, did := range m.did {
		packs[i] = map[string][]byte{}
		for kind, ts := range did {
			if slices.Contains(m.v.kinds(), kind) {
				packs[i][kind] = packDeeds(kind, 2026, ts)
			}
		}
	}
	give := func(w *working, h heap, m *memory) {
		if err := w.take(h, readings, m); err != nil {
			t.Fatal(err)
		}
	}
	first, mem := begun(m.v, m.from, m.to, true), &memory{}
	for i := range packs {
		give(first, heap{unit: i, packs: packs[i]}, mem)
	}
	again := begun(m.v, m.from, m.to, true)
	for _, kept := range mem.made {
		if d.IntN(3) == 0 {
			give(again, heap{unit: kept.unit, packs: packs[kept.unit]}, nil)
			continue
		}
		give(again, heap{unit: kept.unit, lines: kept.lines}, nil)
		later := map[string][]byte{}
		for _, kind := range again.laterKinds() {
			if p, ok := packs[kept.unit][kind]; ok {
				later[kind] = p
			}
		}
		give(again, heap{unit: kept.unit, packs: later, later: true}, nil)
	}
	res := again.finish()
	return res.prepare().digest
}

// R310: what is remembered of the units gives the same bytes as the deeds,
// whatever the scheme, and so do the two ways a digest is made.
func TestWhatIsRememberedGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		m := chance(seed)
		if seed%3 == 0 {
			m.v.Rules = append(m.v.Rules, Spec{Code: "f", Name: "公式", Type: formula, DeedKind: "k1", Formula: "数量 * 2"})
		}
		_, want := m.result(t)
		if got := m.recalled(t, rand.New(rand.NewPCG(seed, 3))); got != want {
			t.Fatalf("seed %d: %s from what is remembered, %s from the deeds", seed, got, want)
		}
	}
}

// A decimal comes out of a memory as it went in, however long.
func TestADecimalIsRemembered(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?[0-9]{1,40}([.][0-9]{1,20})?`).Draw(t, "text")
		want := decimal.RequireFromString(text).Shift(int32(rapid.IntRange(-20, 20).Draw(t, "shift")))
		d := unpacking{in: appendDecimal(nil, want)}
		if got := d.decimal(); d.broken || len(d.in) > 0 || !got.Equal(want) || got.Exponent() != want.Exponent() || got.String() != want.String() {
			t.Fatalf("%s comes out as %s", want, got)
		}
	})
}

// A list or a memory that somebody wrote into is refused, and nothing worse.
func TestBrokenPacksAreRefused(t *testing.T) {
	t.Parallel()
	m := chance(7)
	w, mem := begun(m.v, m.from, m.to, true), &memory{}
	for i, did := range m.did {
		packs := map[string][]byte{}
		for kind, ts := range did {
			packs[kind] = packDeeds(kind, 2026, ts)
		}
		if err := w.take(heap{unit: i, packs: packs}, m.v.readings(m.from, m.to), mem); err != nil {
			t.Fatal(err)
		}
	}
	res := w.finish()
	list := res.lists()[res.Scores[0].Unit.Kind]
	d := rand.New(rand.NewPCG(1, 1))
	for range 2_000 {
		pack := bytes.Clone(mem.made[0].lines)
		pack = pack[:d.IntN(len(pack))]
		if begun(m.v, m.from, m.to, true).recall(0, pack) == nil {
			t.Fatalf("a memory of %d bytes is taken", len(pack))
		}
		cut := list[:d.IntN(len(list))]
		if l, err := openList(cut); err == nil {
			for err == nil && len(l.d.in) > 0 {
				_, err = l.parts()
			}
		}
		bent := bytes.Clone(list)
		bent[d.IntN(len(bent))] ^= byte(1 + d.IntN(255))
		if l, err := openList(bent); err == nil {
			for err == nil && len(l.d.in) > 0 {
				_, err = l.parts()
			}
		}
	}
}

// scoredRows are the places of what is remembered of a round.
func (p *place) scoredRows(r Round) map[string]string {
	return p.pairs(`select unit_id::text, ctid::text || xmin from assess_scored where round_id = $1`, r.ID)
}

// After a few deeds only the units they belong to are worked out again, and the
// result is the one from the deeds; what another program or other rules made is
// not used, and a memory can be thrown away.
func TestOnlyWhatHasChangedIsWorkedOut(t *testing.T) {
	t.Parallel()
	p, sc := busy(t)
	r := p.round(sc, "一")
	p.roll(r)
	same := func(why string) {
		t.Helper()
		if c, want := must(p, recompute, ref{r.ID}), p.fromDeeds(must(p, findRound, r.ID)); c.Digest != want {
			t.Errorf("%s: digest = %s, want %s", why, c.Digest, want)
		}
		p.sound(r)
		if c := must(p, check, ref{r.ID}); !c.Same {
			t.Errorf("%s: check = %+v", why, c)
		}
	}
	same("at first")
	before := p.scoredRows(r)
	if len(before) != len(sc.Units) {
		t.Fatalf("%d units are remembered, want %d", len(before), len(sc.Units))
	}
	p.adopt("乙", 1, "upper")
	same("after a deed")
	changed := 0
	for unit, at := range p.scoredRows(r) {
		if before[unit] != at {
			changed++
		}
	}
	if changed != 1 {
		t.Errorf("%d units were worked out again, want one", changed)
	}
	other := p.round(sc, "二") // brings the roll-up up to date for itself
	p.roll(other)
	p.report("丙", 2)
	must(p, recompute, ref{other.ID})
	same("when another round was first")
	p.unchecked(`update assess_scored set basis = gen_random_uuid(), lines = '\x00' where round_id = $1`, r.ID)
	same("made by another program")
	p.unchecked(`delete from assess_scored where round_id = $1`, r.ID)
	same("forgotten")
	p.unchecked(`delete from assess_rolled where tenant_id = $1`, p.hq)
	same("without the roll-up")
	for i := range 12 {
		d := rand.New(rand.NewPCG(uint64(i), 5))
		p.adopt([]string{"甲", "乙", "丙"}[d.IntN(3)], 1+d.IntN(2), []string{"own", "upper"}[d.IntN(2)])
		same(fmt.Sprint("step ", i))
	}
}

// A line that says the same is not written again, whether the round is large or
// not; a round from before there were marks is written whole, once.
func TestOnlyWhatIsOtherIsWritten(t *testing.T) {
	t.Parallel()
	for _, rolled := range []bool{true, false} {
		p, sc := busy(t)
		r := p.round(sc, "一")
		if rolled {
			p.roll(r)
		}
		must(p, recompute, ref{r.ID})
		kept := p.entriesOf(r)
		count := func() (same int) {
			t.Helper()
			must(p, recompute, ref{r.ID})
			p.sound(r)
			now := p.entriesOf(r)
			for id, row := range now {
				if kept[id] == row {
					same++
				}
			}
			kept = now
			return same
		}
		if n := count(); n != len(kept) {
			t.Errorf("rolled %t: nothing new, and %d of %d entries stayed", rolled, n, len(kept))
		}
		p.report("丙", 1)
		if n := count(); n == 0 || n == len(kept) {
			t.Errorf("rolled %t: a deed, and %d of %d entries stayed", rolled, n, len(kept))
		}
		p.unchecked(`update assess_scores set marks = null where round_id = $1`, r.ID)
		if n := count(); n != 0 {
			t.Errorf("rolled %t: from before, and %d entries stayed", rolled, n)
		}
		if n := count(); n != len(kept) {
			t.Errorf("rolled %t: again, and %d of %d entries stayed", rolled, n, len(kept))
		}
	}
}

// UI8: a round that was last worked out before lists were kept shows the same.
func TestAListFromBefore(t *testing.T) {
	t.Parallel()
	p, sc := busy(t)
	r := p.round(sc, "一")
	must(p, recompute, ref{r.ID})
	for _, kind := range []string{"tenant", "department"} {
		kept := tenant.JSON(must(p, rankingShown, rankingQuery{r.ID, kind}))
		var listed int
		if err := tenanttest.Admin(t).QueryRow(`select count(*) from assess_lists where round_id = $1`, r.ID).Scan(&listed); err != nil || listed != 2 {
			t.Fatalf("%d lists, %v", listed, err)
		}
		added := tenant.JSON(must(p, ranking, rankingQuery{r.ID, kind}))
		if kept != added {
			t.Errorf("kept: %s\nadded up: %s", kept, added)
		}
	}
	p.unchecked(`delete from assess_lists where round_id = $1`, r.ID)
	if got := must(p, rankingShown, rankingQuery{r.ID, ""}); got.body != nil || len(got.Rows) != 3 {
		t.Errorf("without a list = %+v", got)
	}
}
