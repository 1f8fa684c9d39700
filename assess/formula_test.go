package assess

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hetu/fault"
)

// formulaOf is a rule that gives what an expression comes to, of deeds of a
// kind.
func formulaOf(code, expression, kind string) Spec {
	return Spec{Code: code, Name: "公式" + code, Type: formula, DeedKind: kind, Formula: expression}
}

func TestFormulaRulesAreRefused(t *testing.T) {
	t.Parallel()
	const adopted = "exchange.adopted"
	news := Spec{Code: "news", Name: "信息采用", Type: perItem, DeedKind: adopted, Levels: []LevelPoints{{Points: points("1")}}}
	twin := news
	twin.Code = "twin"
	times := Spec{Code: "times", Name: "难度", Type: multiplier, Factor: limit("1.2")}
	for name, tt := range map[string]struct {
		rules []Spec
		want  *fault.Error
		field string
	}{
		"empty":                    {[]Spec{formulaOf("f", "", adopted)}, ErrFormula, "formula"},
		"not to be read":           {[]Spec{formulaOf("f", "数量 *", adopted)}, ErrFormulaSyntax, "formula"},
		"a loop":                   {[]Spec{formulaOf("f", "sum(1..9)", adopted)}, ErrFormulaPart, "formula"},
		"a condition":              {[]Spec{formulaOf("f", "数量 > 3", adopted)}, ErrFormulaType, "formula"},
		"too fine a number":        {[]Spec{formulaOf("f", "数量 * 0.00001", adopted)}, ErrFormulaNumber, "formula"},
		"too long":                 {[]Spec{formulaOf("f", strings.Repeat("1+", 300)+"1", "")}, ErrFormulaSize, "formula"},
		"a rule there is not":      {[]Spec{formulaOf("f", "信息采用 * 2", "")}, ErrFormulaName, "formula"},
		"one of two of that name":  {[]Spec{formulaOf("f", "信息采用 * 2", ""), news, twin}, ErrFormulaName, "formula"},
		"itself":                   {[]Spec{formulaOf("f", "公式f + 1", "")}, ErrFormulaOrder, "formula"},
		"a later formula":          {[]Spec{formulaOf("f", "公式g + 1", ""), formulaOf("g", "1", "")}, ErrFormulaOrder, "formula"},
		"a later multiplier":       {[]Spec{formulaOf("f", "难度 + 1", ""), times}, ErrFormulaOrder, "formula"},
		"counting nothing":         {[]Spec{formulaOf("f", "数量 * 2", "")}, ErrKindUnknown, "deed_kind"},
		"a target nobody set":      {[]Spec{formulaOf("f", "数量 / 目标", adopted)}, ErrTarget, "target"},
		"base points nobody set":   {[]Spec{formulaOf("f", "基本分 / 2", "")}, ErrBase, "base_points"},
		"a later rule of its own":  {[]Spec{formulaOf("f", "信息采用 * 2", ""), news}, nil, ""},
		"an earlier formula":       {[]Spec{formulaOf("g", "1", ""), formulaOf("f", `得分("公式g") + g`, "")}, nil, ""},
		"what is not good counted": {[]Spec{formulaOf("f", "0 - 数量", "publish.withdrawn")}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := checkRules(tt.rules, Plan{}, s.offered())
			if tt.want == nil {
				if err != nil {
					t.Errorf("err = %v, want none", err)
				}
				return
			}
			wantFault(t, err, tt.want, "rules[0]."+tt.field)
		})
	}
	err := checkRules([]Spec{formulaOf("f", "信息 * 2", "")}, Plan{}, s.offered())
	if f := fault.Of(err); f.Meta["near"] != "信息" {
		t.Errorf("meta = %v, want what it is about", f.Meta)
	}
}

// A formula rests on its deeds and on what other rules brought, before the caps
// of headings and in the order of the rules.
func TestFormulasWorkOnWhatOthersBrought(t *testing.T) {
	t.Parallel()
	p := Plan{Headings: []Heading{{Code: "A", Name: "信息", Weight: limit("100"), Cap: limit("20")}}, Members: []Member{{Unit: id(1), Staff: 4, Exempt: nil}},
		Classes: []Class{{"c", "县区"}}}
	p.Members[0].Class = "c"
	f := formulaOf("f", "若(规则a > 目标, 规则a / 2, 0) + 数量 * 人数", "b")
	f.Heading, f.Target, f.ByClass = "A", limit("9"), []ClassValue{{"c", points("3")}}
	rules := []Spec{plain("a", "A"), f, formulaOf("g", `得分("公式f") * 10`, ""), {Code: "x", Name: "难度", Type: multiplier, Factor: limit("2"), Of: []string{"g"}}}
	got := worked(p, rules, did(8, 2), did(8, 2))
	// 0: a 8, not above 9: f 0 + 2×0; 1: a 8 above 3: 4 + 2×4 = 12, 8+12 = 20; g 120, twice.
	if want := []string{"单位1c 1 260", "单位0 1 8"}; !slices.Equal(scoresOf(got), want) {
		t.Fatalf("scores = %q, want %q", scoresOf(got), want)
	}
	var lines []string
	for _, l := range got[0].Lines {
		lines = append(lines, fmt.Sprint(l.Rule.Code, " ", l.N, " ", l.Points, " ", l.Formula))
	}
	want := []string{"a 8 8 规则a 8 条 × 1 分 = 8 分", "f 2 12 公式f：若(规则a > 目标, 规则a / 2, 0) + 数量 * 人数，其中 规则a得分 8、目标 3、数量 2、人数 4 = 12 分",
		`g 0 120 公式g：得分("公式f") * 10，其中 公式f得分 12 = 120 分`, "x 0 120 难度 2：120 × 2 = 240 分"}
	if !slices.Equal(lines, want) {
		t.Errorf("lines = %q\n want %q", lines, want)
	}
	if n := len(got[0].Lines[1].Shares); n != 2 {
		t.Errorf("the formula lists %d deeds, want the 2 it counts", n)
	}
	exempt := Plan{Headings: []Heading{{Code: "A", Name: "信息", Weight: limit("60")}, {Code: "B", Name: "其他", Weight: limit("40")}}, Members: []Member{{Unit: id(0), Exempt: []string{"A"}}}}
	f.ByClass = nil
	if got := worked(exempt, []Spec{plain("a", "B"), f}, did(8, 2)); len(got[0].Lines) != 2 || got[0].Exact.String() != "20" {
		t.Errorf("exempt = %+v, want 8 × 100 ÷ 40 and no formula", got)
	}
}

// A scheme with a formula comes through the database, a workbook and a round
// (R310), and its line opens the deeds it counts (R303).
func TestARoundWithAFormula(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	p.adopt("甲", 3, "own")
	p.adopt("甲", 1, "upper")
	p.adopt("乙", 2, "own")
	rule := formulaOf("f", "（本级 × 5 + 上级 × 10）÷ 3", "exchange.adopted")
	sc := p.scheme(rule)
	if sc.Rules[0].Formula != rule.Formula || sc.Rules[0].Levels != nil {
		t.Errorf("kept = %+v, want the formula as it was written", sc.Rules[0])
	}
	round := p.round(sc, "一")
	if got := p.totals(round, "tenant"); got["甲"] != "8.33" || got["乙"] != "3.33" {
		t.Errorf("totals = %v, want (15+10)÷3 and 10÷3, rounded once", got)
	}
	score := must(p, unitScore, unitQuery{round.ID, p.unit["甲"].ID})
	deeds := must(p, entryDeeds, deedQuery{ID: round.ID, Entry: score.Entries[0].ID})
	if len(deeds.Items) != 4 || score.Exact.String() != "8.3333333333333333" {
		t.Errorf("%d deeds behind %s, want 4", len(deeds.Items), score.Exact)
	}
	b, err := sc.file().workbook()
	if err != nil {
		t.Fatal(err)
	}
	if x, err := readIn(b); err != nil || x.report.BadCount > 0 || x.file.Rules[0].Formula != rule.Formula || x.file.Rules[0].Type != formula {
		t.Errorf("through a workbook: %v %+v", err, x)
	}
}

// Who answers for a heading, and what is to be reached by when, comes through a
// workbook; a quarter stands there once.
func TestMilestones(t *testing.T) {
	t.Parallel()
	h := Heading{Code: "A", Name: "河道治理", Weight: limit("100"), Leader: "秦岳", Department: "工程处", Assisting: "财务处、办公室",
		Milestones: []Milestone{{1, "方案批复"}, {3, "主体完工"}}}
	f := Scheme{Year: 2026, Name: "一", Rules: []Spec{plain("exchange.adopted", "A")}, Plan: Plan{Headings: []Heading{h}}}.file()
	b, err := f.workbook()
	if err != nil {
		t.Fatal(err)
	}
	x, err := readIn(b)
	if err != nil || x.report.BadCount > 0 || fmt.Sprint(x.file.Plan.Headings[0].Milestones) != "[{1 方案批复} {3 主体完工}]" || x.file.Plan.Headings[0].Assisting != h.Assisting {
		t.Errorf("came through as %+v %v", x.file.Plan.Headings, err)
	}
	for _, wrong := range [][]Milestone{{{1, "甲"}, {1, "乙"}}, {{5, "甲"}}} {
		h.Milestones = wrong
		at := len(wrong) - 1
		wantFault(t, Plan{Headings: []Heading{h}}.check(nil), ErrQuarter, fmt.Sprintf("plan.headings[0].milestones[%d].quarter", at))
	}
}
