package assess

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/assess/rule"
	"hetu/progress"
	"hetu/progress/progresstest"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// busy makes a headquarters where much has happened: what counts, what counts
// twice, what was taken back, what was entered by hand, in a department too.
func busy(t testing.TB) (*place, Scheme) {
	t.Helper()
	p := found(t, "甲", "乙", "丙")
	p.known()
	p.adopt("甲", 7, "own")
	p.adopt("甲", 3, "upper")
	p.adopt("乙", 4, "own")
	p.report("乙", 5)
	p.report("丙", 2)
	office := p.department("办公室")
	for _, content := range []string{"a", "b", "b", "c"} {
		p.write(p.ctx, func(tx *tenant.Tx) error { tx.Deed(deed(office, content)); return nil })
	}
	for _, unit := range []string{"甲", "丙"} {
		bureau := p.as(unit)
		p.write(bureau, func(tx *tenant.Tx) error {
			first := tx.Deed(deed(office, "same"))
			tx.Deed(deed(office, "same"))
			back := deed(office, "same")
			back.Kind, back.Reverses = "publish.withdrawn", first
			tx.Deed(back)
			return nil
		})
	}
	byHand := Spec{Code: "hand", Name: "督查", Type: graded, DeedKind: Recorded, BasePoints: limit("10"),
		Grades: []rule.GradeFactor{{Grade: "优", Factor: points("1")}, {Grade: "良", Factor: points("0.8")}}}
	sc := p.scheme(adoption("5", "10.25"), publishing(), byHand,
		Spec{Code: "task", Name: "上报任务", Type: baseTask, DeedKind: "exchange.reported", Task: 3, BasePoints: limit("10"), Shortfall: "proportional", BonusPoints: limit("0.5"), Every: "month"},
		Spec{Code: "more", Name: "超额", Type: overBonus, DeedKind: "exchange.adopted", Task: 2, Levels: []LevelPoints{{Level: "", Points: points("1")}}, Cap: limit("4")},
		Spec{Code: "place", Name: "名次", Type: ranked, DeedKind: "exchange.adopted", BasePoints: limit("6"), Spread: limit("0.5")})
	must(p, enter, newRecord{ID: sc.ID, Rule: "hand", Unit: p.unit["乙"].ID, Level: "良", Title: "季度督查"})
	must(p, enter, newRecord{ID: sc.ID, Rule: "hand", Unit: p.unit["乙"].ID, Level: "优", Title: "年终督查"})
	return p, sc
}

// roll has a round worked out from the roll-up from now on, as one of very many
// deeds is.
func (p *place) roll(r Round) {
	p.t.Helper()
	p.unchecked(`update assess_rounds set rolled = true where id = $1`, r.ID)
}

// fromDeeds is the digest a round has when it is worked out from the deeds, in
// the form of one worked out from the roll-up.
func (p *place) fromDeeds(r Round) (digest string) {
	p.t.Helper()
	err := p.db.Read(p.ctx, func(tx *tenant.Tx) error {
		g, err := gather(p.ctx, tx, r, "")
		if err != nil {
			return err
		}
		g.Bare = true
		res := g.work()
		digest, err = res.Digest()
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return digest
}

// behindAll lists, for every line of every unit, the deeds it rests on.
func (p *place) behindAll(r Round) (all []string) {
	p.t.Helper()
	for _, u := range p.unit {
		for _, e := range must(p, unitScore, unitQuery{r.ID, u.ID}).Entries {
			q := deedQuery{ID: r.ID, Entry: e.ID}
			for n := 0; ; n++ {
				q.Limit = 3
				page := must(p, entryDeeds, q)
				for _, d := range page.Items {
					all = append(all, fmt.Sprint(e.ID, e.RuleCode, " ", e.Formula, e.Points, n, d.ID, d.Points, d.Note, d.ByName, d.Item))
				}
				if q.After = page.Next; q.After == "" {
					break
				}
			}
		}
	}
	slices.Sort(all)
	return all
}

// R303, R310: a round worked out from the roll-up has the lines it has when it
// is worked out from the deeds, and each line opens the same deeds, although it
// does not list them.
func TestARolledRoundIsTheSame(t *testing.T) {
	t.Parallel()
	p, sc := busy(t)
	r := p.round(sc, "一")
	must(p, recompute, ref{r.ID})
	made := must(p, propose, p.event(r, "甲", bonus, "1"))
	must(p.second(), confirm, ref{made.ID})
	must(p, recompute, ref{r.ID})
	listed := p.behindAll(r)
	way := must(p, trend, rankingQuery{r.ID, "tenant"})
	month := must(p, monthDeeds, monthQuery{ID: r.ID, Unit: p.unit["甲"].ID})
	if len(listed) < 40 {
		t.Fatalf("%d deeds behind the lines, want more", len(listed))
	}
	p.roll(r)
	want := p.fromDeeds(must(p, findRound, r.ID))
	c := must(p, recompute, ref{r.ID})
	if c.Digest != want {
		t.Errorf("digest = %s, want %s", c.Digest, want)
	}
	p.sound(r)
	if got := p.behindAll(r); !slices.Equal(got, listed) {
		t.Errorf("behind the lines =\n%q, want\n%q", got, listed)
	}
	if got := must(p, trend, rankingQuery{r.ID, "tenant"}); tenant.JSON(got) != tenant.JSON(way) {
		t.Errorf("trend = %+v, want %+v", got, way)
	}
	if got := must(p, monthDeeds, monthQuery{ID: r.ID, Unit: p.unit["甲"].ID}); tenant.JSON(got) != tenant.JSON(month) || len(got.Items) < 12 {
		t.Errorf("behind the month = %+v, want %+v", got, month)
	}
	shown, added := must(p, rankingShown, rankingQuery{r.ID, ""}), must(p, ranking, rankingQuery{r.ID, ""})
	var a, b any
	if err := errors.Join(json.Unmarshal([]byte(tenant.JSON(shown)), &a), json.Unmarshal([]byte(tenant.JSON(added)), &b)); err != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("the list shows %v, want %v; %v", a, b, err)
	}
	var lists int
	if err := tenanttest.Admin(t).QueryRow(`select count(*) from assess_entries where round_id = $1 and cardinality(deeds) > 0`, r.ID).Scan(&lists); err != nil || lists != 1 {
		t.Errorf("%d entries list their deeds, %v; want the bonus alone", lists, err)
	}
	if c := must(p, check, ref{r.ID}); !c.Same {
		t.Errorf("check = %+v", c)
	}
	if again := must(p, recompute, ref{r.ID}); again != c {
		t.Errorf("again = %+v, want %+v", again, c)
	}
}

// What has come since changes nothing of what a line opens, until the round is
// worked out again; then only what it concerns is made anew.
func TestARolledRoundKeepsUp(t *testing.T) {
	t.Parallel()
	p, sc := busy(t)
	r := p.round(sc, "一")
	p.roll(r)
	must(p, recompute, ref{r.ID})
	opened := p.behindAll(r)
	kept := p.entriesOf(r)
	p.adopt("乙", 1, "upper")
	p.report("丙", 1)
	must(p, enter, newRecord{ID: sc.ID, Rule: "hand", Unit: p.unit["丙"].ID, Level: "优", Title: "督查"})
	if got := p.behindAll(r); !slices.Equal(got, opened) {
		t.Error("a line opens deeds that it does not count")
	}
	if c := must(p, check, ref{r.ID}); c.Same {
		t.Error("the check does not see the new deeds")
	}
	before := p.rollups()
	if c, want := must(p, recompute, ref{r.ID}), p.fromDeeds(must(p, findRound, r.ID)); c.Digest != want {
		t.Errorf("digest = %s, want %s", c.Digest, want)
	}
	p.sound(r)
	changed := 0
	for key, at := range p.rollups() {
		if before[key] != at {
			changed++
		}
	}
	if changed != 3 {
		t.Errorf("%d roll-ups were written, want three: a kind of each deed's unit", changed)
	}
	stayed := 0
	for id, row := range p.entriesOf(r) {
		if kept[id] == row {
			stayed++
		}
	}
	if stayed == 0 || stayed == len(kept) {
		t.Errorf("%d of %d entries stayed as they were", stayed, len(kept))
	}
}

// entriesOf are the places of the rows of a round's entries.
func (p *place) entriesOf(r Round) map[string]string {
	return p.pairs(`select id::text, ctid::text || xmin from assess_entries where round_id = $1`, r.ID)
}

// rollups are the places of the rows of the tenant's roll-ups.
func (p *place) rollups() map[string]string {
	return p.pairs(`select unit_id || kind, ctid::text || xmin from assess_rollups where tenant_id = $1`, p.hq)
}

func (p *place) pairs(query string, args ...any) map[string]string {
	p.t.Helper()
	rows, err := tenanttest.Admin(p.t).Query(query, args...)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	all := map[string]string{}
	for rows.Next() {
		var k, v string
		if err := rows.Scan(&k, &v); err != nil {
			p.t.Fatal(err)
		}
		all[k] = v
	}
	if err := rows.Err(); err != nil {
		p.t.Fatal(err)
	}
	return all
}

// late does a deed in a transaction that has begun and stays open until commit is
// called.
func (p *place) late(unit string) (commit func()) {
	p.t.Helper()
	bureau := p.as(unit)
	began, goOn, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- p.db.Write(bureau, func(tx *tenant.Tx) error {
			_, err := tx.Exec(bureau, `insert into deeds (id, kind, unit_kind, unit_id, item, title, content, n)
				values ($1, 'exchange.reported', 'department', $1, 'exchange/envelope/late', '水情', 'late', 1)`, tenant.NewID())
			close(began)
			<-goOn
			return err
		})
	}()
	<-began
	return func() {
		p.t.Helper()
		close(goOn)
		if err := <-done; err != nil {
			p.t.Fatal(err)
		}
	}
}

// A deed whose transaction began before a round was worked out and commits
// after it is counted the next time, and not shown before.
func TestALateCommitIsNotMissed(t *testing.T) {
	t.Parallel()
	p, sc := busy(t)
	r := p.round(sc, "一")
	p.roll(r)
	must(p, recompute, ref{r.ID})
	commit := p.late("丙")
	p.report("甲", 1) // a later transaction that commits first
	first := must(p, recompute, ref{r.ID})
	opened := p.behindAll(r)
	commit()
	if got := p.behindAll(r); !slices.Equal(got, opened) {
		t.Error("a line opens a deed that had not been committed when it was worked out")
	}
	second := must(p, recompute, ref{r.ID})
	if want := p.fromDeeds(must(p, findRound, r.ID)); second.Digest != want || second.Digest == first.Digest {
		t.Errorf("digest = %s after %s, want %s", second.Digest, first.Digest, want)
	}
}

// The work builds the roll-up a few units at a time; what is done of it stays.
func TestTheRollUpIsBuiltInParts(t *testing.T) {
	t.Parallel()
	p, sc := busy(t)
	l := p.longWorks()
	r := p.round(sc, "一")
	p.roll(r)
	killed := errors.New("killed")
	v := Version{Units: sc.Units, Rules: sc.Rules}
	half := func(ctx context.Context, tx *tenant.Tx, _ struct{}) (int, error) {
		roll := rolling{v: v, year: r.To[:4], keep: true, only: 2}
		return roll.left, errors.Join(roll.refresh(ctx, tx), nil)
	}
	must(p, half, struct{}{})
	if n := len(p.pairs(`select unit_id::text, '' from assess_rolled where tenant_id = $1`, p.hq)); n != 2 {
		t.Errorf("%d units are rolled up, want two", n)
	}
	if err := rollUp(p.ctx, p.db, r.ID, func(int, int) error { return killed }); err != nil {
		t.Fatal(err) // two more are one part
	}
	asked := must(p, l.recompute, ref{r.ID})
	if err := progresstest.Drain(t, p.ctx, l.works.Feature())[asked.WorkID]; err != nil {
		t.Fatal(err)
	}
	if e := p.ended(asked.WorkID); e.State != progress.Done || e.Facts["digest"] != p.fromDeeds(must(p, findRound, r.ID)) {
		t.Errorf("work = %+v", e)
	}
}

// AS-02: the package of a rolled round gives the round again, and names every
// deed although the round does not.
func TestAS02ARolledRoundIsFrozen(t *testing.T) {
	t.Parallel()
	p, sc := busy(t)
	r := p.round(sc, "一")
	p.roll(r)
	p.yesterday(r)
	must(p, recompute, ref{r.ID})
	must(p, publish, publication{ID: r.ID})
	r = must(p, closeRound, ref{r.ID})
	f, b := p.frozen(p.longWorks(), r)
	if c := recheckBytes(t, b); c.Difference != "" || c.Again != f.Digest || f.Digest != r.Digest || c.Deeds < 20 {
		t.Errorf("package = %+v, want the digest %s", c, r.Digest)
	}
}

// A roll-up is of its tenant: no other sees it, and no other's deeds are in it.
func TestRollUpsAreConfined(t *testing.T) {
	t.Parallel()
	p, sc := busy(t)
	r := p.round(sc, "一")
	p.roll(r)
	must(p, recompute, ref{r.ID})
	for name, ctx := range map[string]context.Context{"a tenant below": p.as("甲"), "another group": found(t).ctx} {
		var n int
		err := p.db.Read(ctx, func(tx *tenant.Tx) error {
			return tx.Get(ctx, &n, `select (select count(*) from assess_rollups) + (select count(*) from assess_rolled)`)
		})
		if err != nil || n != 0 {
			t.Errorf("%s sees %d rows, %v", name, n, err)
		}
	}
}

// Only few deeds are listed with the lines; a round of more is rolled up, but
// not one that looks back over the turn of a year.
func TestWhichRoundsAreLarge(t *testing.T) {
	t.Parallel()
	p, sc := busy(t)
	r := p.round(sc, "一")
	v := Version{Year: sc.Year, Units: sc.Units, Rules: sc.Rules}
	is := func(r Round) (big bool) {
		err := p.db.Read(p.ctx, func(tx *tenant.Tx) (err error) { big, err = large(p.ctx, tx, v, r); return err })
		if err != nil {
			t.Fatal(err)
		}
		return big
	}
	if is(r) {
		t.Error("a round of few deeds is large")
	}
	if _, err := tenanttest.Admin(t).Exec(`
		insert into deeds (tenant_id, id, kind, unit_kind, unit_id, item, title, n)
		select $1, gen_random_uuid(), 'exchange.adopted', 'tenant', $2, i::text, '', 1 from generate_series(1, $3::int) i`,
		p.hq, p.unit["甲"].ID, keepDeeds); err != nil {
		t.Fatal(err)
	}
	if !is(r) {
		t.Error("a round of very many deeds is not large")
	}
	over := r
	over.From = fmt.Sprint(sc.Year-1, "-12-31")
	if is(over) {
		t.Error("one that looks back beyond its year is")
	}
}

// AS-03: nobody puts a deed on another day, or changes or removes one.
func TestAS03NoBackDating(t *testing.T) {
	t.Parallel()
	p := found(t, "甲")
	p.adopt("甲", 1, "own")
	for name, query := range map[string]string{
		"a day":         `insert into deeds (id, kind, unit_kind, unit_id, item, title, n, day) values ($1, 'k', 'tenant', $1, 'i', '', 1, '2026-01-01')`,
		"a moment":      `insert into deeds (id, kind, unit_kind, unit_id, item, title, n, at) values ($1, 'k', 'tenant', $1, 'i', '', 1, '2026-01-01')`,
		"a transaction": `insert into deeds (id, kind, unit_kind, unit_id, item, title, n, txid) values ($1, 'k', 'tenant', $1, 'i', '', 1, '3')`,
		"changed":       `update deeds set day = '2026-01-01' where id <> $1`,
		"removed":       `delete from deeds where id <> $1`,
	} {
		err := p.db.Write(p.ctx, func(tx *tenant.Tx) error {
			_, err := tx.Exec(p.ctx, query, uuid.New())
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s: %v, want the database to refuse it", name, err)
		}
	}
}
