package assess

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// publish.published, by 5 points.
func publishing() Spec {
	return Spec{Code: "published", Name: "发布", Type: perItem, DeedKind: "publish.published", Levels: []LevelPoints{{Level: "", Points: points("5")}}}
}

func deed(unit Unit, content string) tenant.Deed {
	return tenant.Deed{Kind: "publish.published", Unit: unit.ID, UnitKind: unit.Kind, Item: "publish/item/" + tenant.NewID().String(), Title: "开工", Content: content}
}

func TestWhoseAccountADeedGoesTo(t *testing.T) {
	t.Parallel()
	p := found(t, "甲市局", "乙市局")
	office := p.department("办公室")
	county := Unit{"tenant", tenanttest.Tenant(t, p.unit["甲市局"].ID, "丙县局"), "丙县局"}
	inside := Unit{"department", tenant.NewID(), ""} // a department of 甲市局
	for _, act := range []struct {
		ctx  context.Context
		deed tenant.Deed
	}{
		{p.ctx, deed(office, "1")},
		{p.ctx, deed(Unit{Kind: "department", ID: tenant.NewID()}, "2")}, // a department that is not scored
		{p.ctx, deed(p.unit["乙市局"], "3")},                                // the headquarters credits a tenant
		{p.as("甲市局"), deed(inside, "4")},                                 // its own, shown upward
		{p.as("甲市局"), deed(inside, "5")},
		{p.as("甲市局"), deed(county, "6")},              // it credits the tenant below it: not its own merit
		{p.as("甲市局"), deed(p.unit["乙市局"], "7")},       // it cannot credit its neighbour
		{p.as("甲市局"), deed(p.unit["甲市局"], "8")},       // nor itself
		{p.as("甲市局"), deed(office, "9")},              // for a department id of another tenant: counts for 甲市局, which did it
		{tenanttestAs(t, county), deed(county, "10")}, // what the county did is not 甲市局's
	} {
		p.write(act.ctx, func(tx *tenant.Tx) error { tx.Deed(act.deed); return nil })
	}
	round := p.round(p.scheme(publishing()), "一")
	got := p.totals(round, "tenant")
	if want := map[string]string{"甲市局": "15", "乙市局": "5"}; !reflect.DeepEqual(got, want) {
		t.Errorf("tenants = %v, want %v", got, want)
	}
	if got, want := p.totals(round, "department"), map[string]string{"办公室": "5"}; !reflect.DeepEqual(got, want) {
		t.Errorf("departments = %v, want %v: ranked apart (R302)", got, want)
	}
}

func tenanttestAs(t *testing.T, u Unit) context.Context {
	ctx, _ := tenanttest.As(t, u.ID)
	return ctx
}

func TestReversalTakesPointsBack(t *testing.T) {
	t.Parallel()
	p := found(t, "甲市局")
	office := p.department("办公室")
	var first uuid.UUID
	p.write(p.ctx, func(tx *tenant.Tx) error {
		first = tx.Deed(deed(office, "a"))
		tx.Deed(deed(office, "b"))
		return nil
	})
	sc := p.scheme(publishing())
	round := p.round(sc, "一")
	if got := p.totals(round, "department")["办公室"]; got != "10" {
		t.Fatalf("before: %s, want 10", got)
	}
	p.write(p.ctx, func(tx *tenant.Tx) error {
		d := deed(office, "")
		d.Kind, d.Reverses = "publish.withdrawn", first // whatever the act of taking back is called
		tx.Deed(d)
		return nil
	})
	if got := p.totals(round, "department")["办公室"]; got != "5" {
		t.Errorf("after the reversal: %s, want 5 (AS-03)", got)
	}
	entry := must(p, unitScore, unitQuery{round.ID, office.ID}).Entries[0]
	var seen []string
	for _, d := range must(p, entryDeeds, deedQuery{ID: round.ID, Entry: entry.ID}).Items {
		seen = append(seen, d.Points.String()+d.Note)
	}
	if want := []string{"5reversed", "-5reversal", "5"}; !slices.Equal(seen, want) {
		t.Errorf("deeds = %v, want %v: a negative entry, never a change", seen, want)
	}
	// The same withdrawal, seen from a period the item was not published in.
	p.move(p.hq, 1)
	if _, err := tenanttest.Admin(t).Exec(`update deeds set day = day + 1 where reverses = $1`, first); err != nil {
		t.Fatal(err)
	}
	second := p.round(sc, "二")
	if got := p.totals(second, "department")["办公室"]; got != "-5" {
		t.Errorf("the period of the withdrawal: %s, want -5", got)
	}
	// Put out again in a third, it counts once more: over the year, once.
	p.yesterday(second)
	p.write(p.ctx, func(tx *tenant.Tx) error { tx.Deed(deed(office, "a")); return nil })
	if got := p.totals(p.round(sc, "三"), "department")["办公室"]; got != "5" {
		t.Errorf("the period it was put out again in: %s, want 5", got)
	}
}

func TestEveryPointOpensItsItem(t *testing.T) {
	t.Parallel()
	p := found(t, "甲市局")
	dept := tenanttest.Member(t, p.ctx, "王芳")
	p.unit["王芳处"] = Unit{"department", dept, "王芳处"}
	own := deed(p.unit["王芳处"], "a")
	envelope := "exchange/envelope/" + tenant.NewID().String()
	p.write(p.ctx, func(tx *tenant.Tx) error {
		tx.Deed(own)
		tx.Deed(tenant.Deed{Kind: "publish.published", UnitKind: "tenant", Unit: p.unit["甲市局"].ID, Item: envelope, Title: "水情"})
		return nil
	})
	theirs := deed(Unit{ID: tenant.NewID(), Kind: "department"}, "c")
	p.write(p.as("甲市局"), func(tx *tenant.Tx) error { tx.Deed(theirs); return nil })
	round := p.round(p.scheme(publishing()), "一")
	must(p, recompute, ref{round.ID})

	find := func(u Unit) []Deed {
		entry := must(p, unitScore, unitQuery{round.ID, u.ID}).Entries[0]
		return must(p, entryDeeds, deedQuery{ID: round.ID, Entry: entry.ID}).Items
	}
	mine := find(p.unit["王芳处"])
	if len(mine) != 1 || mine[0].Item.Href != "/publish/items/"+own.Item[len("publish/item/"):] || mine[0].ByName != "王芳" || mine[0].Item.Title != "开工" {
		t.Errorf("own item = %+v, want a link to it and who did it (R303)", mine)
	}
	below := find(p.unit["甲市局"])
	if len(below) != 2 || below[0].Item.Href != "/exchange/envelopes/"+envelope[len("exchange/envelope/"):] {
		t.Fatalf("envelope = %+v, want a link to it", below)
	}
	if d := below[1]; d.Item.Href != "" || d.Item.Note != "elsewhere" || d.Item.Title != "开工" || d.ByName != "" {
		t.Errorf("another tenant's item = %+v, want its title and no link", d)
	}
	entry := must(p, unitScore, unitQuery{round.ID, p.unit["甲市局"].ID}).Entries[0].ID
	page := must(p, entryDeeds, deedQuery{Page: feature.Page{Limit: 1}, ID: round.ID, Entry: entry})
	rest := must(p, entryDeeds, deedQuery{Page: feature.Page{Limit: 1, After: page.Next}, ID: round.ID, Entry: entry})
	if len(page.Items) != 1 || len(rest.Items) != 1 || rest.Next != "" || rest.Items[0].ID != below[1].ID {
		t.Errorf("pages = %+v then %+v", page, rest)
	}
	if _, err := do(p.ctx, p.db, entryDeeds, deedQuery{ID: tenant.NewID(), Entry: entry}); !errors.Is(err, ErrEntryNotFound) {
		t.Errorf("an entry of another round = %v, want ErrEntryNotFound", err)
	}
}

// I11, AS-02, R310: worked out again, a round gives the same bytes.
func TestRecomputingGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	p := found(t, "甲市局", "乙市局", "丙市局")
	for name := range p.unit {
		p.adopt(name, 12, "own")
		p.adopt(name, 3, "upper")
	}
	sc := p.scheme(adoption("5", "10"), Spec{Code: "task", Name: "采用任务", Type: baseTask, DeedKind: "exchange.adopted", Task: 7,
		BasePoints: limit("50"), BonusPoints: limit("0.5"), BonusCap: limit("3"), Shortfall: "proportional"})
	round := p.round(sc, "一")
	first := must(p, recompute, ref{round.ID})
	unit := p.unit["甲市局"].ID
	page := func() string { // but for when it was worked out
		s := must(p, unitScore, unitQuery{round.ID, unit})
		s.Round = Round{}
		return tenant.JSON(s)
	}
	shown := page()
	for range 3 {
		if again := must(p, recompute, ref{round.ID}); again != first {
			t.Fatalf("recompute = %+v, want %+v", again, first)
		}
	}
	if again := page(); again != shown {
		t.Errorf("the page changed, addresses of entries included:\n%s\n%s", shown, again)
	}
	if c := must(p, check, ref{round.ID}); !c.Same || c.Digest != first.Digest {
		t.Errorf("check = %+v, want the same digest", c)
	}

	v := Version{Scheme: sc.ID, Version: sc.Version, Year: sc.Year, Name: sc.Name, Units: sc.Units, Rules: sc.Rules}
	var did facts
	p.write(p.ctx, func(tx *tenant.Tx) (err error) { did, err = load(p.ctx, tx, v, round.From, round.To); return err })
	var want bytes.Buffer
	res := work(v, round.From, round.To, did)
	if err := res.Canonical(&want); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		r := rand.New(rand.NewPCG(uint64(i), 11))
		for _, byKind := range did {
			for _, fs := range byKind {
				r.Shuffle(len(fs), func(i, j int) { fs[i], fs[j] = fs[j], fs[i] })
			}
		}
		var got bytes.Buffer
		res := work(v, round.From, round.To, did)
		if err := res.Canonical(&got); err != nil || !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Fatalf("order %d gives other bytes: %v", i, err)
		}
		if d, err := res.Digest(); err != nil || d != first.Digest {
			t.Fatalf("order %d gives digest %s: %v", i, d, err)
		}
	}
}

func TestEqualsShareARank(t *testing.T) {
	t.Parallel()
	p := found(t, "丁", "乙", "丙", "甲")
	for name, n := range map[string]int{"丁": 3, "乙": 2, "丙": 2, "甲": 1} {
		p.adopt(name, n, "own")
	}
	round := p.round(p.scheme(adoption("5", "10")), "一")
	p.totals(round, "tenant")
	var got []string
	for _, r := range must(p, ranking, rankingQuery{round.ID, "tenant"}).Rows {
		got = append(got, fmt.Sprint(r.Rank, r.Unit.Name))
	}
	if want := []string{"1丁", "2丙", "2乙", "4甲"}; !slices.Equal(got, want) {
		t.Errorf("ranking = %v, want %v", got, want)
	}
}

func TestMovement(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	p.adopt("甲", 3, "own")
	p.adopt("乙", 1, "own")
	sc := p.scheme(adoption("5", "10"))
	first := p.round(sc, "一")
	p.yesterday(first)
	p.totals(first, "tenant")
	p.adopt("乙", 9, "own")
	second := p.round(sc, "二")
	p.totals(second, "tenant")
	for i, want := range []string{"1 乙 1", "2 甲 -1"} {
		r := must(p, ranking, rankingQuery{second.ID, "tenant"}).Rows[i]
		if r.Movement == nil || fmt.Sprint(r.Rank, " ", r.Unit.Name, " ", *r.Movement) != want {
			t.Errorf("row %d = %+v, want %s", i, r, want)
		}
	}
	if r := must(p, ranking, rankingQuery{first.ID, "tenant"}).Rows[0]; r.Movement != nil {
		t.Errorf("movement in the first round = %d, want none", *r.Movement)
	}
}

func TestARoundKeepsItsRules(t *testing.T) {
	t.Parallel()
	p := found(t, "甲")
	p.adopt("甲", 2, "own")
	sc := p.scheme(adoption("5", "10"))
	old := p.round(sc, "旧")
	edit := schemeEdit{ID: sc.ID, Name: sc.Name, Year: sc.Year, Version: sc.Version,
		Units: []unitRef{{Kind: "tenant", ID: p.unit["甲"].ID}}, Rules: []Spec{adoption("7", "10")}}
	changed := must(p, s.edit, edit)
	if changed.State != "active" || changed.Version != sc.Version+1 {
		t.Errorf("editing an active scheme = %s %d, want a new version", changed.State, changed.Version)
	}
	if got := p.totals(old, "tenant")["甲"]; got != "10" {
		t.Errorf("the old round = %s, want 10: it keeps its version (AS-05)", got)
	}
	if got := p.totals(p.round(changed, "新"), "tenant")["甲"]; got != "14" {
		t.Errorf("a new round = %s, want 14", got)
	}
}

// Of many who work a round out at once, one replaces its entries; the others
// learn that they came too late.
func TestRecomputeRace(t *testing.T) {
	t.Parallel()
	p := found(t, "甲")
	p.adopt("甲", 20, "own")
	round := p.round(p.scheme(adoption("5", "10")), "一")
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { _, errs[i] = do(p.ctx, p.db, recompute, ref{round.ID}) })
	}
	wg.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else if !errors.Is(err, ErrStale) {
			t.Errorf("err = %v, want ErrStale", err)
		}
	}
	r := must(p, findRound, round.ID)
	if done == 0 || r.Version != 1+done {
		t.Errorf("%d done, version %d", done, r.Version)
	}
	if got := must(p, ranking, rankingQuery{round.ID, ""}).Rows; len(got) != 1 || got[0].Total.String() != "100" {
		t.Errorf("ranking = %+v, want 100 points once (AS-01)", got)
	}
}

// Who worked a round out from how it was must not replace what somebody has
// made of it since.
func TestReplaceIsCompareAndSet(t *testing.T) {
	t.Parallel()
	p := found(t, "甲")
	p.adopt("甲", 1, "own")
	round := p.round(p.scheme(adoption("5", "10")), "一")
	late := func(ctx context.Context, tx *tenant.Tx, r Round) (computed, error) {
		return replace(ctx, tx, r, Result{}, still)
	}
	must(p, recompute, ref{round.ID})
	if _, err := do(p.ctx, p.db, late, round); !errors.Is(err, ErrStale) {
		t.Errorf("replacing a newer result = %v, want ErrStale", err)
	}
	must(p, publish, publication{ID: round.ID})
	p.yesterday(round)
	must(p, recompute, ref{round.ID})
	must(p, publish, publication{ID: round.ID})
	must(p, closeRound, ref{round.ID})
	if _, err := do(p.ctx, p.db, late, must(p, findRound, round.ID)); !errors.Is(err, ErrRoundClosed) {
		t.Errorf("replacing a closed result = %v, want ErrRoundClosed", err)
	}
}
