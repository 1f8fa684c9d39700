package assess

import (
	"slices"
	"testing"

	"hetu/tenant/tenanttest"
)

// What the units of a round came to by themselves is kept while the round may be
// worked out again, and forgotten when it is closed: its lines open the same
// deeds, it comes out again, and its package does.
func TestAClosedRoundForgets(t *testing.T) {
	t.Parallel()
	p, sc := busy(t)
	l, _ := p.longWorksIn()
	r, other := p.round(sc, "一"), p.round(sc, "二")
	p.yesterday(r)
	remembered := func(r Round) (n int) {
		if err := tenanttest.Admin(t).QueryRow(`select count(*) from assess_scored where round_id = $1`, r.ID).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, r := range []Round{r, other} {
		must(p, recompute, ref{r.ID})
		p.roll(r)
		must(p, recompute, ref{r.ID})
	}
	must(p, publish, publication{ID: r.ID})
	if n := remembered(r); n != len(sc.Units) {
		t.Errorf("published, %d of %d units are remembered", n, len(sc.Units))
	}
	behind := p.behindAll(r)
	closed := must(p, closeRound, ref{r.ID})
	if n, m := remembered(r), remembered(other); n != 0 || m != len(sc.Units) {
		t.Errorf("closed, %d units are remembered, of the other round %d of %d", n, m, len(sc.Units))
	}
	if again := p.behindAll(r); !slices.Equal(again, behind) {
		t.Errorf("the lines open other deeds than before:\n%q\n%q", again, behind)
	}
	if c := must(p, check, ref{r.ID}); !c.Same {
		t.Error("it does not come out again")
	}
	_, b := p.frozen(l, closed)
	if c := recheckBytes(t, b); c.Difference != "" {
		t.Error(c.Difference)
	}
	if n := remembered(r); n != 0 {
		t.Errorf("frozen, %d units are remembered", n)
	}
}
