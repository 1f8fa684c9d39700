package assess

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// invariants are what holds of the lines of a round ($1), each by what it is and
// a count of where it does not (I11).
var invariants = map[string]string{
	"a line stands once": `
		select count(*) from (select from assess_entries where round_id = $1
		  group by unit_kind, unit_id, rule_code, part, rule_version having count(*) > 1) x`,
	"what was done counts once in a line": `
		select count(*) from (select from assess_entries e cross join lateral unnest(e.deed_tenants, e.deeds) d (tenant, deed) where e.round_id = $1
		  group by e.id, d.tenant, d.deed having count(*) > 1) x`,
	"lines sum up to the score": `
		select count(*) from assess_scores s where round_id = $1 and (exact, total) <> (select coalesce(sum(points), 0), round(coalesce(sum(points), 0), 2)
		  from assess_entries e where e.round_id = s.round_id and e.unit_kind = s.unit_kind and e.unit_id = s.unit_id)`,
	"one version of the rules": `
		select count(*) from assess_entries e join assess_rounds r on r.id = e.round_id where r.id = $1 and e.rule_version <> r.scheme_version`,
}

// unsound are the invariants that do not hold of a round.
func (p *place) unsound(r Round) (broken []string) {
	p.t.Helper()
	for rule, query := range invariants {
		var bad int
		if err := tenanttest.Admin(p.t).QueryRow(query, r.ID).Scan(&bad); err != nil {
			p.t.Errorf("%s: %v (I11)", rule, err)
		}
		if bad != 0 {
			broken = append(broken, rule)
		}
	}
	slices.Sort(broken)
	return broken
}

// sound fails the test unless every invariant holds of a round (I11).
func (p *place) sound(r Round) {
	p.t.Helper()
	for _, rule := range p.unsound(r) {
		p.t.Errorf("%s: it does not (I11)", rule)
	}
}

// I11: of every result, whatever it took to come to it, each line stands once,
// each deed counts once in it, and the lines sum up to the score; where one of
// these is broken on purpose, it is found.
func TestI11(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	r := p.scored()
	p.sound(r)
	for i, kind := range []string{bonus, penalty} {
		e := p.event(r, "甲", kind, []string{"1.25", "0.005"}[i])
		e.Title += kind
		made := must(p, propose, e)
		must(p.second(), confirm, ref{made.ID})
		must(p, recompute, ref{r.ID})
		p.sound(r)
	}
	made := must(p, propose, p.corrects(r, "乙", "3"))
	must(p.second(), confirm, ref{made.ID})
	must(p, recompute, ref{r.ID})
	p.sound(r)
	back := must(p, reverse, reasoned{made.ID, "更正有误"})
	must(p.second(), confirm, ref{back.ID})
	p.adopt("乙", 2, "upper")
	for range 3 {
		must(p, recompute, ref{r.ID})
		p.sound(r)
	}
	for _, tt := range []struct{ do, undo, want string }{
		{`update assess_scores set total = total + 1 where round_id = $1`, `update assess_scores set total = total - 1 where round_id = $1`, "lines sum up to the score"},
		{`update assess_entries set points = points + 1 where round_id = $1 and seq = 1`, `update assess_entries set points = points - 1 where round_id = $1 and seq = 1`, "lines sum up to the score"},
		{`update assess_entries set rule_version = rule_version + 1 where round_id = $1`, `update assess_entries set rule_version = rule_version - 1 where round_id = $1`, "one version of the rules"},
		{`update assess_entries set deeds = deeds || deeds, deed_tenants = deed_tenants || deed_tenants, deed_points = deed_points || deed_points, deed_notes = deed_notes || deed_notes where round_id = $1`,
			`update assess_entries set deeds = deeds[1:cardinality(deeds) / 2], deed_tenants = deed_tenants[1:cardinality(deeds) / 2], deed_points = deed_points[1:cardinality(deeds) / 2], deed_notes = deed_notes[1:cardinality(deeds) / 2] where round_id = $1`, "what was done counts once in a line"},
	} {
		for _, stmt := range []string{tt.do, tt.undo} {
			if _, err := tenanttest.Admin(t).Exec(stmt, r.ID); err != nil {
				t.Fatal(err)
			}
			if got := p.unsound(r); stmt == tt.do && !slices.Contains(got, tt.want) || stmt == tt.undo && len(got) > 0 {
				t.Errorf("after %.60s: %v, want %s found", stmt, got, tt.want)
			}
		}
	}
	_, err := tenanttest.Admin(t).Exec(`
		insert into assess_entries (tenant_id, id, round_id, unit_kind, unit_id, seq, rule_code, rule_name, rule_version, part, formula, n, points_before, points, deed_tenants, deeds, deed_points, deed_notes)
		select tenant_id, gen_random_uuid(), round_id, unit_kind, unit_id, 900 + seq, rule_code, rule_name, rule_version, part, formula, 0, 0, 0, '{}', '{}', '{}', '{}' from assess_entries where round_id = $1 and seq = 1`, r.ID)
	if tenant.Constraint(err) != "assess_entries_line_uq" {
		t.Errorf("a line that stands twice = %v, want it refused by the table", err)
	}
}

// AS-01: killed at any step of working a round out, it leaves what was there;
// done again, every line stands once and sums up.
func TestAS01KilledWhileWorkingOut(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	r := p.scored()
	made := must(p, propose, p.event(r, "甲", bonus, "1"))
	must(p.second(), confirm, ref{made.ID})
	killed := errors.New("killed")
	for at := range 4 {
		p.adopt("甲", 1, "own")
		before := must(p, findRound, r.ID)
		var steps int
		work := func(ctx context.Context, tx *tenant.Tx, q ref) (computed, error) {
			return rework(ctx, tx, order{q.ID, before.Version}, func(int, int) error {
				if steps++; steps > at {
					return killed
				}
				return nil
			})
		}
		_, err := do(p.ctx, p.db, work, ref{r.ID})
		if at < 3 && !errors.Is(err, killed) {
			t.Fatalf("killed at step %d: %v", at, err)
		}
		if after := must(p, findRound, r.ID); err != nil && after.Digest != before.Digest {
			t.Errorf("killed at step %d, it has another result", at)
		}
		p.sound(r)
	}
	if got := p.totals(r, "tenant"); got["甲"] != "31" || got["乙"] != "5" {
		t.Errorf("totals = %v, want 6 × 5 + 1 and 5", got)
	}
	p.sound(r)
}

// AS-03: an item put out twice, by the same person or another, copied across
// bureaus, taken back and put out again counts once for each bureau, on the day
// it was done and no other.
func TestAS03CountedOnce(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	office := p.department("办公室")
	bureau, neighbour := p.as("甲"), p.as("乙")
	for _, ctx := range []context.Context{bureau, bureau, p.as("甲"), neighbour, neighbour} { // the same text each time
		p.write(ctx, func(tx *tenant.Tx) error { tx.Deed(deed(office, "same")); return nil })
	}
	p.write(bureau, func(tx *tenant.Tx) error {
		again := deed(office, "other")
		first := tx.Deed(again)
		back := deed(office, "")
		back.Kind, back.Reverses = "publish.withdrawn", first
		tx.Deed(back)
		tx.Deed(deed(office, "other"))
		return nil
	})
	r := p.round(p.scheme(publishing()), "一")
	if got := p.totals(r, "tenant"); got["甲"] != "10" || got["乙"] != "5" {
		t.Errorf("totals = %v, want 10 and 5", got)
	}
	p.sound(r)
	var elsewhen int
	err := tenanttest.Admin(t).QueryRow(`select count(*) from deeds where tenant_id = $1 and (day <> $2 or at > now() or at < now() - interval '1 hour')`,
		p.unit["甲"].ID, today().Format(time.DateOnly)).Scan(&elsewhen)
	if err != nil || elsewhen != 0 {
		t.Errorf("%d deeds have another day than the one they were done on, %v", elsewhen, err)
	}
}

// AS-05: a scheme changed after the period changes nothing of a frozen round,
// neither here nor in its package.
func TestAS05RulesChangedLater(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	r := p.closed()
	f, b := p.frozen(p.longWorks(), r)
	sc := must(p, s.get, ref{r.SchemeID})
	edit := schemeEdit{ID: sc.ID, Name: sc.Name, Year: sc.Year, Version: sc.Version, Rules: []Spec{adoption("99", "99")}}
	for _, u := range sc.Units {
		edit.Units = append(edit.Units, unitRef{Kind: u.Kind, ID: u.ID})
	}
	must(p, s.edit, edit)
	if c := must(p, check, ref{r.ID}); !c.Same || c.Digest != f.Digest {
		t.Errorf("check = %+v, want it by the version stored with the round", c)
	}
	if c := recheckBytes(t, b); c.Difference != "" || c.Again != f.Digest {
		t.Errorf("the package = %+v", c)
	}
	p.sound(r)
}

// AS-01, R310: a thousand times worked out, each time killed at some step
// before, delivered twice after, and with the deeds in another order: it is the
// same, and every line stands once.
func TestAS01AThousandRecomputations(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	for range 3 { // what was delivered twice has the same content
		for _, content := range []string{"a", "b", "c"} {
			p.write(p.ctx, func(tx *tenant.Tx) error {
				tx.Deed(tenant.Deed{Kind: "exchange.adopted", UnitKind: "tenant", Unit: p.unit["甲"].ID, Level: "own", Item: "i" + tenant.NewID().String(), Title: "水情", Content: content})
				return nil
			})
		}
	}
	r := p.round(p.scheme(adoption("5", "10"), Spec{Code: "task", Name: "任务", Type: baseTask, DeedKind: "exchange.adopted", Task: 7,
		BasePoints: limit("10"), Shortfall: "proportional"}), "一")
	killed := errors.New("killed")
	luck := rand.New(rand.NewPCG(4, 4))
	for _, rolled := range []bool{false, true} {
		if rolled {
			p.roll(r)
		}
		want := must(p, recompute, ref{r.ID})
		for n := range 500 {
			at := must(p, findRound, r.ID)
			steps := luck.IntN(3)
			dying := func(ctx context.Context, tx *tenant.Tx, q ref) (computed, error) {
				return rework(ctx, tx, order{q.ID, at.Version}, func(int, int) error {
					if steps--; steps < 0 {
						return killed
					}
					return nil
				})
			}
			if _, err := do(p.ctx, p.db, dying, ref{r.ID}); !errors.Is(err, killed) {
				t.Fatalf("%d: %v, want it killed", n, err)
			}
			if got := must(p, recompute, ref{r.ID}); got != want {
				t.Fatalf("%d: %+v, want %+v", n, got, want)
			}
			again := func(ctx context.Context, tx *tenant.Tx, q ref) (computed, error) {
				return rework(ctx, tx, order{q.ID, at.Version}, still)
			}
			if _, err := do(p.ctx, p.db, again, ref{r.ID}); !errors.Is(err, ErrStale) {
				t.Fatalf("%d: delivered twice = %v, want ErrStale", n, err)
			}
		}
		p.sound(r)
	}
	if got := p.totals(r, "tenant"); got["甲"] != "19.29" || got["乙"] != "0" {
		t.Errorf("totals = %v, want 3 × 5 + 10 × 3 ÷ 7 and 0", got)
	}
}

// AS-04: nobody enters anything for a unit they belong to; what is final is not
// changed, nor is what a score rests on, by anybody.
func TestAS04NoHandOnOnesOwn(t *testing.T) {
	t.Parallel()
	p := found(t, "甲")
	p.known()
	inside := p.second()
	dept := tenanttest.Member(t, inside.ctx, "李强")
	p.unit["李强处"] = Unit{"department", dept, "李强处"}
	sc := p.scheme(Spec{Code: "hand", Name: "督查", Type: perItem, DeedKind: Recorded, Levels: []LevelPoints{{Level: "", Points: points("1")}}})
	entry := newRecord{ID: sc.ID, Rule: "hand", Unit: dept, Title: "督查一次"}
	if _, err := do(inside.ctx, p.db, enter, entry); !errors.Is(err, ErrOwnUnit) {
		t.Errorf("entering for one's own = %v, want ErrOwnUnit", err)
	}
	made := must(p, enter, entry)
	if _, err := do(inside.ctx, p.db, unenter, takeBack{ID: sc.ID, Record: made.ID, Reason: "误"}); !errors.Is(err, ErrOwnUnit) {
		t.Errorf("taking back for one's own = %v, want ErrOwnUnit", err)
	}
	r := p.round(sc, "一")
	p.yesterday(r)
	must(p, recompute, ref{r.ID})
	must(p, publish, publication{ID: r.ID})
	must(p, closeRound, ref{r.ID})
	for name, err := range map[string]error{
		"working it out": errOf(do(p.ctx, p.db, recompute, ref{r.ID})),
		"an event":       errOf(do(p.ctx, p.db, propose, p.event(r, "甲", bonus, "1"))),
	} {
		if !errors.Is(err, ErrRoundClosed) {
			t.Errorf("%s after closing = %v, want ErrRoundClosed", name, err)
		}
	}
	for _, query := range []string{`update deeds set title = '另一件', content = 'x' where id = $1`, `delete from deeds where id = $1`} {
		err := p.db.Write(p.ctx, func(tx *tenant.Tx) error { _, err := tx.Exec(p.ctx, query, made.ID); return err })
		if err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s = %v, want the database to refuse it", query, err)
		}
	}
}
