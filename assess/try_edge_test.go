package assess

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"hetu/assess/rule"
	"hetu/tenant"
)

// A heading that weighs more takes what a formula gives along once, also where
// the formula is of the base points, which are scaled themselves.
func TestWhatIfAWeightScalesAFormulaOnce(t *testing.T) {
	t.Parallel()
	p := found(t, "甲")
	half, plain, sum := formulaOf("half", "基本分 / 2 + 1", ""), formulaOf("plain", "4", ""), formulaOf("sum", "得分(\"half\") × 2 - 3", "")
	half.BasePoints, half.Heading, plain.Heading, sum.Heading = limit("10"), "A", "A", "A"
	made := must(p, s.create, newScheme{Year: today().Year(), Name: "公式"})
	sc := must(p, s.edit, schemeEdit{ID: made.ID, Name: made.Name, Year: made.Year, Version: 1, Rules: []Spec{half, plain, sum},
		Units: []unitRef{{Kind: "tenant", ID: p.unit["甲"].ID}}, Plan: Plan{Headings: []Heading{{Code: "A", Name: "信息", Weight: limit("40")}, {Code: "B", Name: "其他", Weight: limit("60")}}}})
	from, to := now()
	got := must(p, s.try, tryQuery{ID: sc.ID, From: from, To: to, Code: "A", Field: "weight", Value: "60"})
	if want := "[1 甲 28.5 (19, 9.5, +0) sum 9→13.5 half 6→9 plain 4→6]"; fmt.Sprint(triedRows(got.Rows)) != want {
		t.Errorf("rows = %q\n want %s: half as much again", triedRows(got.Rows), want)
	}
}

// What was done in the year before the period says what counted already; it does
// not count itself, and neither does what was taken back.
func TestATrialCountsWhatCounts(t *testing.T) {
	t.Parallel()
	p := found(t, "甲")
	p.adopt("甲", 2, "own")
	p.move(p.hq, 3)
	p.adopt("甲", 1, "own")
	sc := p.scheme(adoption("5", "10"))
	from, to := now()
	if got := must(p, s.try, tryQuery{ID: sc.ID, From: from, To: to}); got.Facts != 1 || got.Rows[0].Total.String() != "5" {
		t.Errorf("%d deeds, %s points; want the one of today", got.Facts, got.Rows[0].Total)
	}
}

// A round that begins in the year before its scheme's is tried as it was worked
// out: nothing differs from itself.
func TestATrialBesideARoundOverTheTurnOfTheYear(t *testing.T) {
	t.Parallel()
	p := found(t, "甲")
	same := func() {
		p.write(p.ctx, func(tx *tenant.Tx) error {
			tx.Deed(tenant.Deed{Kind: "exchange.adopted", UnitKind: "tenant", Unit: p.unit["甲"].ID, Level: "own",
				Item: "exchange/envelope/" + tenant.NewID().String(), Title: "汛情快报", Content: "同一篇"})
			return nil
		})
	}
	same()
	p.unchecked(`update deeds set day = '2025-06-01', at = '2025-06-01' where tenant_id = $1`, p.hq)
	same()
	p.unchecked(`update deeds set day = '2025-12-20', at = '2025-12-20' where tenant_id = $1 and day > '2025-06-01'`, p.hq)
	sc := p.scheme(adoption("5", "10"))
	p.unchecked(`update assess_schemes set year = 2026 where id = $1`, sc.ID)
	p.unchecked(`update assess_scheme_versions set year = 2026 where scheme_id = $1`, sc.ID)
	r := must(p, openRound, newRound{SchemeID: sc.ID, Name: "跨年", From: "2025-12-01", To: "2026-11-30"})
	must(p, recompute, ref{r.ID})
	got := must(p, s.try, tryQuery{ID: sc.ID, Round: &r.ID})
	if want := "[1 甲 5 (5, 0, +0)]"; fmt.Sprint(triedRows(got.Rows)) != want {
		t.Errorf("rows = %q, want %s: the same version and the same days", triedRows(got.Rows), want)
	}
}

// A scheme goes through a workbook with what its weights add up to and with how
// totals are brought to one scale; a workbook that says neither leaves them.
func TestAWorkbookKeepsTheWholePlan(t *testing.T) {
	t.Parallel()
	p := found(t, "甲")
	r := adoption("5", "10")
	r.Heading = "A"
	made := must(p, s.create, newScheme{Year: today().Year(), Name: "千分制"})
	sc := must(p, s.edit, schemeEdit{ID: made.ID, Name: made.Name, Year: made.Year, Version: 1, Rules: []Spec{r},
		Units: []unitRef{{Kind: "tenant", ID: p.unit["甲"].ID}},
		Plan:  Plan{Sum: limit("1000"), Norm: &rule.Norm{Method: "max", Weight: limit("100")}, Headings: []Heading{{Code: "A", Name: "信息", Weight: limit("1000")}}}})
	file, err := sc.file().workbook()
	if err != nil {
		t.Fatal(err)
	}
	rep, err := s.takeIn(p.ctx, p.db, schemeIn{ID: sc.ID, Version: sc.Version}, bytes.NewReader(file))
	if err != nil {
		t.Fatalf("taking in what went out = %v %v", err, rep.Bad)
	}
	if got := must(p, s.get, ref{sc.ID}); tenant.JSON(got.Plan) != tenant.JSON(sc.Plan) {
		t.Errorf("the plan came through as\n%s\nwant\n%s", tenant.JSON(got.Plan), tenant.JSON(sc.Plan))
	}
	other := must(p, s.create, newScheme{Year: today().Year(), Name: "别处 " + time.Now().String()})
	if _, err := s.takeIn(p.ctx, p.db, schemeIn{ID: other.ID, Version: other.Version}, bytes.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	if got := must(p, s.get, ref{other.ID}); tenant.JSON(got.Plan) != tenant.JSON(sc.Plan) {
		t.Errorf("elsewhere the plan is\n%s\nwant\n%s", tenant.JSON(got.Plan), tenant.JSON(sc.Plan))
	}
	x, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if err := x.DeleteSheet(planSheet.name); err != nil {
		t.Fatal(err)
	}
	var without bytes.Buffer
	if err := x.Write(&without); err != nil {
		t.Fatal(err)
	}
	if _, err := s.takeIn(p.ctx, p.db, schemeIn{ID: sc.ID, Version: sc.Version + 1}, &without); err != nil {
		t.Fatal(err)
	}
	if got := must(p, s.get, ref{sc.ID}); tenant.JSON(got.Plan) != tenant.JSON(sc.Plan) {
		t.Errorf("after a workbook that says nothing of totals the plan is\n%s\nwant\n%s", tenant.JSON(got.Plan), tenant.JSON(sc.Plan))
	}
}

// Levels in a workbook, and where one asks what if, are named as people call
// them or by their codes.
func TestLevelsAreReadByTheirNames(t *testing.T) {
	t.Parallel()
	p := found(t, "甲")
	p.adopt("甲", 2, "own")
	sc := p.scheme(adoption("5", "10"))
	from, to := now()
	got := must(p, s.try, tryQuery{ID: sc.ID, From: from, To: to, Code: "adopted", Field: "levels", Value: "本级=6；upper=20；省级=30"})
	if want := "[1 甲 12 (10, 2, +0) adopted 10→12]"; fmt.Sprint(triedRows(got.Rows)) != want {
		t.Errorf("rows = %q, want %s", triedRows(got.Rows), want)
	}
	var r Spec
	if err := r.set("levels", "本级=5；上级＝10；省级=20"); err != nil || tenant.JSON(r.Levels) != tenant.JSON([]LevelPoints{
		{Level: "own", Points: points("5")}, {Level: "upper", Points: points("10")}, {Level: "省级", Points: points("20")}}) {
		t.Errorf("read %s %v", tenant.JSON(r.Levels), err)
	}
}

// A scale without a weight of its own is one of 100, and weighs more with its
// heading; in a workbook its spread is not taken for a weight.
func TestAScaleWithoutAWeight(t *testing.T) {
	t.Parallel()
	p := found(t, "甲")
	p.adopt("甲", 2, "own")
	r := adoption("5", "10")
	r.Heading, r.Norm = "A", &rule.Norm{Method: "max"}
	made := must(p, s.create, newScheme{Year: today().Year(), Name: "折算"})
	sc := must(p, s.edit, schemeEdit{ID: made.ID, Name: made.Name, Year: made.Year, Version: 1, Rules: []Spec{r}, Units: []unitRef{{Kind: "tenant", ID: p.unit["甲"].ID}},
		Plan: Plan{Headings: []Heading{{Code: "A", Name: "信息", Weight: limit("40")}, {Code: "B", Name: "其他", Weight: limit("60")}}}})
	from, to := now()
	got := must(p, s.try, tryQuery{ID: sc.ID, From: from, To: to, Code: "A", Field: "weight", Value: "60"})
	if want := "[1 甲 150 (100, 50, +0) adopted 100→150]"; fmt.Sprint(triedRows(got.Rows)) != want {
		t.Errorf("rows = %q, want %s", triedRows(got.Rows), want)
	}
	for _, n := range []rule.Norm{{Method: "rank", Spread: limit("0.3")}, {Method: "rank", Weight: limit("40")}, {Method: "max"}, {Method: "rank", Weight: limit("40"), Spread: limit("0.3")}} {
		var back Spec
		if text := normColumn.get(&Spec{Norm: &n}); !normColumn.set(&back, text) || tenant.JSON(back.Norm) != tenant.JSON(n) {
			t.Errorf("%s came through %q as %s", tenant.JSON(n), text, tenant.JSON(back.Norm))
		}
	}
}

// Two departments of one name, under different ones, come through a workbook of
// their own draft each as itself; another draft is told that the name says too
// little, and neither is taken for the other.
func TestDepartmentsOfOneNameInAWorkbook(t *testing.T) {
	t.Parallel()
	p := found(t)
	a, b := p.department("规划处"), p.department("河湖处")
	var twins []Unit
	for _, above := range []Unit{a, b} {
		u := Unit{"department", tenant.NewID(), "综合科"}
		p.write(p.ctx, func(tx *tenant.Tx) error {
			_, err := tx.Exec(p.ctx, `insert into departments (id, parent_id, path, name) values ($1, $2, array[$2, $1]::uuid[], '综合科')`, u.ID, above.ID)
			return err
		})
		twins = append(twins, u)
	}
	made := must(p, s.create, newScheme{Year: today().Year(), Name: "同名"})
	edit := schemeEdit{ID: made.ID, Name: made.Name, Year: made.Year, Version: 1, Rules: []Spec{adoption("5", "10")}}
	for i, u := range twins {
		edit.Units = append(edit.Units, unitRef{Kind: u.Kind, ID: u.ID})
		edit.Plan.Members = append(edit.Plan.Members, Member{Unit: u.ID, Staff: 10 + i})
	}
	sc := must(p, s.edit, edit)
	file, err := sc.file().workbook()
	if err != nil {
		t.Fatal(err)
	}
	if rep, err := s.takeIn(p.ctx, p.db, schemeIn{ID: sc.ID, Version: sc.Version}, bytes.NewReader(file)); err != nil {
		t.Fatalf("%v %v", err, rep.Bad)
	}
	if got := must(p, s.get, ref{sc.ID}); tenant.JSON(got.Units) != tenant.JSON(sc.Units) || tenant.JSON(got.Plan) != tenant.JSON(sc.Plan) {
		t.Errorf("came through as %s %s", tenant.JSON(got.Units), tenant.JSON(got.Plan))
	}
	other := must(p, s.create, newScheme{Year: today().Year(), Name: "另一份"})
	rep, err := s.takeIn(p.ctx, p.db, schemeIn{ID: other.ID, DryRun: true}, bytes.NewReader(file))
	if err != nil || fmt.Sprint(rep.Bad) != "[考核对象:2.name assess.unit_name_several 考核对象:3.name assess.unit_name_several]" {
		t.Errorf("elsewhere = %v %v", rep.Bad, err)
	}
}
