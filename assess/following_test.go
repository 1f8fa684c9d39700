package assess

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/progress"
	"hetu/progress/progresstest"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A node follows the rounds of one headquarters, of many that are tested at the
// same time.
type node struct {
	*following
	p *place
}

func (p *place) node(before ...Gate) node { return node{newFollowing(before), p} }

// turn has the node look and do what is due. It reports whether anything was.
func (n node) turn() bool {
	n.p.t.Helper()
	if err := n.look(context.Background(), n.p.db); err != nil {
		n.p.t.Fatal(err)
	}
	for id := range n.due {
		if id != n.p.hq {
			delete(n.due, id)
		}
	}
	due, there := n.due[n.p.hq]
	if !there {
		return false
	}
	due.after = time.Time{}
	n.due[n.p.hq] = due
	if err := n.work(context.Background(), n.p.db); err != nil {
		n.p.t.Fatal(err)
	}
	return true
}

// quiet fails the test if anything is left to do.
func (n node) quiet(why string) {
	n.p.t.Helper()
	for range 20 { // a transaction of another test may keep what is past in sight
		if !n.turn() {
			return
		}
	}
	if _, due := n.due[n.p.hq]; due {
		n.p.t.Errorf("%s: there always is something to do", why)
	}
}

// follows fails the test unless the round says what its deeds do.
func (p *place) follows(r Round, why string) {
	p.t.Helper()
	now := must(p, findRound, r.ID)
	if c := must(p, check, ref{r.ID}); !c.Same {
		p.t.Errorf("%s: the round has not followed: %+v", why, c)
	}
	if now.Version != r.Version || now.State != "open" {
		p.t.Errorf("%s: version %d and %s, want %d and open", why, now.Version, now.State, r.Version)
	}
	p.sound(r)
}

// An open round follows what is done, by itself, in the tenants below and in the
// tenant itself; whether it is large or not. Nothing is written that is not new.
func TestADeedIsFollowed(t *testing.T) {
	t.Parallel()
	for name, rolled := range map[string]bool{"large": true, "small": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, sc := busy(t)
			r := p.round(sc, "一")
			if rolled {
				p.roll(r)
			}
			n := p.node()
			n.turn()
			if now := must(p, findRound, r.ID); now.Digest != "" {
				t.Error("a round follows that nobody has had worked out")
			}
			must(p, recompute, ref{r.ID})
			r = must(p, findRound, r.ID)
			n.quiet("at first")
			for why, act := range map[string]func(){
				"what it did itself":  func() { p.adopt("乙", 1, "upper") },
				"what was done below": func() { p.report("丙", 2) },
				"what was entered": func() {
					must(p, enter, newRecord{ID: sc.ID, Rule: "hand", Unit: p.unit["丙"].ID, Level: "优", Title: "督查"})
				},
				"what was done, and more": func() { p.report("甲", 1); p.adopt("甲", 1, "own"); p.report("乙", 1) },
			} {
				before := must(p, findRound, r.ID)
				act()
				if !n.turn() {
					t.Errorf("%s: nobody noticed", why)
				}
				p.follows(r, why)
				if now := must(p, findRound, r.ID); now.Digest == before.Digest || !now.ComputedAt.After(*before.ComputedAt) {
					t.Errorf("%s: it is as it was", why)
				}
			}
			n.quiet("at the end")
			was := must(p, findRound, r.ID)
			p.write(p.as("甲"), func(tx *tenant.Tx) error { // counts nowhere
				tx.Deed(tenant.Deed{Kind: "org.signed_in", Unit: tenant.NewID(), Item: "x", Title: "x"})
				return nil
			})
			n.quiet("after what counts nowhere")
			if now := must(p, findRound, r.ID); now.Digest != was.Digest || !now.ComputedAt.Equal(*was.ComputedAt) {
				t.Error("it was written again, although nothing is other than it was")
			}
			var by []string
			err := p.db.Read(p.ctx, func(tx *tenant.Tx) error {
				by = nil
				return tx.Select(p.ctx, &by, `select actor_name from audit_entries where action = 'assess.round_computed' order by id`)
			})
			if err != nil || len(by) != 5 || by[4] != "system" {
				t.Errorf("audit = %q %v, want the first by a person and four by the system", by, err)
			}
		})
	}
}

// What was published or closed does not follow, and what a gate holds does not.
func TestWhatDoesNotFollow(t *testing.T) {
	t.Parallel()
	errHeld := fault.New(fault.Conflict, "assess.test_held")
	for name, tt := range map[string]struct {
		gate Gate
		act  func(p *place, r Round)
	}{
		"published": {act: func(p *place, r Round) { must(p, publish, publication{ID: r.ID}) }},
		"held by a gate": {act: func(*place, Round) {}, gate: func(_ context.Context, _ *tenant.Tx, _ uuid.UUID, act string) error {
			if act != "recompute" {
				t.Errorf("the gate was asked about %s", act)
			}
			return errHeld
		}},
		"of days that are past": {act: func(p *place, r Round) { p.yesterday(r); must(p, recompute, ref{r.ID}) }},
		"suspended": {act: func(p *place, _ Round) {
			p.unchecked(`update platform.tenants set state = 'suspended' where id = $1`, p.hq)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := found(t, "甲", "乙")
			r := p.scored()
			n := p.node()
			if tt.gate != nil {
				n = p.node(tt.gate)
			}
			tt.act(p, r)
			n.quiet("before")
			was := must(p, findRound, r.ID)
			p.adopt("甲", 1, "own")
			n.turn()
			if now := must(p, findRound, r.ID); !reflect.DeepEqual(now.Digest, was.Digest) || now.State != was.State || now.Version != was.Version {
				t.Errorf("round = %+v, want it as it was: %+v", now, was)
			}
		})
	}
}

// AS-01: a node that is killed while a round follows leaves it as it was; it, or
// another that has just started and knows nothing, does it then. A deed that is
// committed late is followed late.
func TestAS01FollowingIsKilled(t *testing.T) {
	t.Parallel()
	p, sc := busy(t)
	r := p.round(sc, "一")
	p.roll(r)
	must(p, recompute, ref{r.ID})
	r = must(p, findRound, r.ID)
	killed, alive := errors.New("killed"), true
	n := p.node(func(context.Context, *tenant.Tx, uuid.UUID, string) error {
		if alive {
			return nil
		}
		return killed
	})
	n.quiet("at first")
	p.adopt("甲", 1, "own")
	alive = false
	if err := n.look(t.Context(), p.db); err != nil {
		t.Fatal(err)
	}
	for id := range n.due {
		if id != p.hq {
			delete(n.due, id)
		}
	}
	n.due[p.hq] = pending{}
	if err := n.work(t.Context(), p.db); !errors.Is(err, killed) {
		t.Fatalf("killed = %v", err)
	}
	if now := must(p, findRound, r.ID); now.Digest != r.Digest {
		t.Error("it was killed and has another result")
	}
	if _, due := n.due[p.hq]; !due {
		t.Error("what failed is forgotten")
	}
	p.node().turn() // another node, just started
	p.follows(r, "another node")
	alive = true
	n.turn()
	p.follows(r, "the first one again")

	commit := p.late("丙")
	p.report("甲", 1)
	n.turn()
	p.follows(r, "before the late one")
	was := must(p, findRound, r.ID)
	n.turn()
	commit()
	if !n.turn() {
		t.Error("nobody noticed the late one")
	}
	p.follows(r, "after the late one")
	if now := must(p, findRound, r.ID); now.Digest == was.Digest {
		t.Error("the late one does not count")
	}
}

// Two nodes at a time, and somebody who asks for it: it is done once, and who
// asked is not told that another was first.
func TestSeveralFollowAtATime(t *testing.T) {
	t.Parallel()
	p, sc := busy(t)
	l := p.longWorks()
	r := p.round(sc, "一")
	p.roll(r)
	must(p, recompute, ref{r.ID})
	r = must(p, findRound, r.ID)
	nodes := []node{p.node(), p.node()}
	for _, n := range nodes {
		n.quiet("at first")
	}
	for range 5 {
		p.adopt("甲", 1, "own")
		p.report("丙", 1)
		asked := must(p, l.recompute, ref{r.ID})
		var all sync.WaitGroup
		for _, n := range nodes {
			all.Go(func() { n.turn() })
		}
		all.Go(func() {
			if err := progresstest.Drain(t, p.ctx, l.works.Feature())[asked.WorkID]; err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		if e := p.ended(asked.WorkID); e.State != progress.Done {
			t.Errorf("who asked got %+v", e)
		}
		r.Version++
		for _, n := range nodes {
			n.quiet("after")
		}
		p.follows(r, "all of them")
	}
}

// R306: what the units see of a running round follows too: the lines of those
// that have changed, and everybody's place. It is what they would see if all of
// it were written anew.
func TestStandingsFollow(t *testing.T) {
	t.Parallel()
	for _, live := range []string{"ranking", "own"} {
		p, sc := busy(t)
		r := p.round(sc, "一")
		must(p, recompute, ref{r.ID})
		must(p, show, showing{r.ID, live})
		n := p.node()
		n.quiet("at first")
		see := func() (all any) {
			t.Helper()
			var seen [][]NowStanding
			for _, unit := range []string{"甲", "乙", "丙"} {
				l, err := do(p.as(unit), p.db, standings, feature.None{})
				if err != nil || len(l.Items) != 1 {
					t.Fatalf("%s sees %+v %v", unit, l.Items, err)
				}
				l.Items[0].ComputedAt = time.Time{}
				seen = append(seen, l.Items)
			}
			if err := json.Unmarshal([]byte(tenant.JSON(seen)), &all); err != nil {
				t.Fatal(err)
			}
			return all
		}
		before := see()
		for range 3 {
			p.adopt("丙", 2, "upper")
			n.turn()
			got := see()
			if reflect.DeepEqual(got, before) {
				t.Errorf("%s: they see what they saw", live)
			}
			p.unchecked(`delete from assess_standings where round_id = $1`, r.ID)
			must(p, recompute, ref{r.ID})
			if want := see(); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: they see\n%v, want\n%v", live, got, want)
			}
			before = got
		}
		var lists int
		if err := tenanttest.Admin(t).QueryRow(`select count(*) from assess_shown where round_id = $1 and live`, r.ID).Scan(&lists); err != nil ||
			lists != map[string]int{"ranking": 2, "own": 0}[live] { // tenants and departments
			t.Errorf("%s: %d lists are kept, %v", live, lists, err)
		}
	}
}
