package assess

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func TestPublishing(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	p.adopt("甲", 2, "own")
	sc := p.scheme(adoption("5", "10"))
	round := p.round(sc, "一")
	bureau := p.as("甲")
	if _, err := do(p.ctx, p.db, publish, publication{ID: round.ID}); !errors.Is(err, ErrNotComputed) {
		t.Errorf("publishing before computing = %v, want ErrNotComputed", err)
	}
	must(p, recompute, ref{round.ID})
	if l, err := do(bureau, p.db, mine, mineList{}); err != nil || len(l.Items) != 0 {
		t.Errorf("mine before publishing = %+v %v, want nothing (AS-04)", l, err)
	}
	if _, err := do(p.ctx, p.db, closeRound, ref{round.ID}); !errors.Is(err, ErrNotPublished) {
		t.Errorf("closing before publishing = %v, want ErrNotPublished", err)
	}
	must(p, publish, publication{ID: round.ID})
	if _, err := do(p.ctx, p.db, publish, publication{ID: round.ID}); !errors.Is(err, ErrPublished) {
		t.Errorf("publishing again = %v, want ErrPublished", err)
	}

	l, err := do(bureau, p.db, mine, mineList{})
	if err != nil || len(l.Items) != 1 || l.Items[0].Total.String() != "10" || *l.Items[0].Rank != 1 || l.Items[0].Round.Name != "一" {
		t.Fatalf("mine = %+v %v, want 10 points at rank 1 (R306)", l, err)
	}
	d, err := do(bureau, p.db, mineIn, ref{round.ID})
	if err != nil || len(d.Items[0].Ranking) != 2 || d.Items[0].Ranking[1].Unit.Name != "乙" || d.Items[0].Entries[0].Formula == "" {
		t.Errorf("one round = %+v %v, want entries and the ranking", d, err)
	}
	if strings.Contains(tenant.JSON(d), "测试员") {
		t.Error("a bureau can read who did the scoring (AS-04)")
	}

	// New facts: it is open again, and what was published stays shown.
	p.adopt("甲", 1, "own")
	if same := must(p, check, ref{round.ID}); same.Same {
		t.Error("check does not see a new fact")
	}
	must(p, recompute, ref{round.ID})
	if l, err = do(bureau, p.db, mine, mineList{}); err != nil || l.Items[0].Total.String() != "10" {
		t.Errorf("mine after recomputing = %+v %v, want 10 until it is published anew", l, err)
	}
	if r := must(p, publish, publication{ID: round.ID, Audience: "own"}); r.State != "published" {
		t.Errorf("state = %s", r.State)
	}
	d, err = do(bureau, p.db, mineIn, ref{round.ID})
	if err != nil || d.Items[0].Total.String() != "15" || d.Items[0].Rank != nil || len(d.Items[0].Ranking) != 0 {
		t.Errorf("own score only = %+v %v, want 15 and no ranking", d, err)
	}
}

func TestClosing(t *testing.T) {
	t.Parallel()
	p := found(t, "甲")
	p.adopt("甲", 2, "own")
	round := p.round(p.scheme(adoption("5", "10")), "一")
	first := must(p, recompute, ref{round.ID})
	must(p, publish, publication{ID: round.ID})
	if _, err := do(p.ctx, p.db, closeRound, ref{round.ID}); !errors.Is(err, ErrRunning) {
		t.Errorf("closing before the period is over = %v, want ErrRunning", err)
	}
	p.yesterday(round)
	p.adopt("甲", 1, "own") // after the period
	if got := must(p, recompute, ref{round.ID}); got.Digest == first.Digest {
		t.Error("the digest does not name the period")
	}
	must(p, publish, publication{ID: round.ID})
	late := p.planted(round, "甲")
	if _, err := do(p.ctx, p.db, closeRound, ref{round.ID}); !errors.Is(err, ErrChanged) {
		t.Errorf("closing what comes out different = %v, want ErrChanged", err)
	}
	late()
	if r := must(p, closeRound, ref{round.ID}); r.State != "closed" {
		t.Errorf("state = %s, want closed", r.State)
	}
	for name, err := range map[string]error{
		"recompute": errOf(do(p.ctx, p.db, recompute, ref{round.ID})),
		"publish":   errOf(do(p.ctx, p.db, publish, publication{ID: round.ID})),
		"close":     errOf(do(p.ctx, p.db, closeRound, ref{round.ID})),
	} {
		if !errors.Is(err, ErrRoundClosed) {
			t.Errorf("%s of a closed round = %v, want ErrRoundClosed (AS-04)", name, err)
		}
	}
	if c := must(p, check, ref{round.ID}); !c.Same {
		t.Errorf("check of a closed round = %+v, want the same (AS-02)", c)
	}
}

func errOf[T any](_ T, err error) error { return err }

// yesterday makes a round, and the deeds done so far, be of yesterday.
func (p *place) yesterday(r Round) {
	p.t.Helper()
	p.move(p.hq, 1)
	if _, err := tenanttest.Admin(p.t).Exec(`update assess_rounds set from_day = from_day - 1, to_day = to_day - 1 where id = $1`, r.ID); err != nil {
		p.t.Fatal(err)
	}
}

// planted forges a deed on the day of a round and returns what removes it.
func (p *place) planted(r Round, unit string) (remove func()) {
	p.t.Helper()
	admin, id := tenanttest.Admin(p.t), tenant.NewID()
	if _, err := admin.Exec(`
		insert into deeds (tenant_id, id, kind, unit_kind, unit_id, item, title, level, n, day)
		select tenant_id, $2, 'exchange.adopted', 'tenant', $3, 'exchange/envelope/x', '补录', 'own', 1, to_day from assess_rounds where id = $1`,
		r.ID, id, p.unit[unit].ID); err != nil {
		p.t.Fatal(err)
	}
	return func() {
		if _, err := admin.Exec(`delete from deeds where id = $1`, id); err != nil {
			p.t.Fatal(err)
		}
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	p := found(t, "=1+1", "乙")
	p.adopt("=1+1", 3, "own")
	sc := p.scheme(Spec{Code: "a", Name: "=cmd()", Type: baseTask, DeedKind: "exchange.adopted", Task: 7, BasePoints: limit("50"), Shortfall: "proportional"})
	round := p.round(sc, "@轮")
	must(p, recompute, ref{round.ID})
	read := func() []byte {
		c := must(p, export, ref{round.ID})
		body, err := c.Open(p.ctx)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(body); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	first := read()
	if !bytes.Equal(first, read()) {
		t.Error("the same result makes another file (AS-02)")
	}
	f, err := excelize.OpenReader(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.GetSheetList(); !slices.Equal(got, []string{"排名", "明细"}) {
		t.Errorf("sheets = %v", got)
	}
	for cell, want := range map[string]struct {
		value string
		text  bool
	}{
		"排名!C3": {"=1+1", true}, "排名!F2": {"=cmd()", true}, "排名!B1": {"@轮", true},
		"排名!D3": {"21.43", false}, "排名!B3": {"1", false}, "明细!G2": {"21.4285714285714286", false}, "明细!B2": {"=1+1", true},
	} {
		sheet, at, _ := strings.Cut(cell, "!")
		got, err := f.GetCellValue(sheet, at, excelize.Options{RawCellValue: true})
		if err != nil || got != want.value {
			t.Errorf("%s = %q %v, want %q", cell, got, err, want.value)
		}
		typ, err := f.GetCellType(sheet, at)
		isText := typ == excelize.CellTypeSharedString || typ == excelize.CellTypeInlineString
		if err != nil || isText != want.text {
			t.Errorf("%s has type %v %v, text: want %v", cell, typ, err, want.text)
		}
		if formula, err := f.GetCellFormula(sheet, at); err != nil || formula != "" {
			t.Errorf("%s is the formula %q %v (IN-03)", cell, formula, err)
		}
	}
}
