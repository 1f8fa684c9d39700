package assess

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/assess/rule"
	"hetu/fault"
	"hetu/feature"
)

// plain is a rule of a point for each item of a kind, under a heading.
func plain(code, heading string) Spec {
	return Spec{Code: code, Name: "规则" + code, Type: perItem, DeedKind: code, Heading: heading, Levels: []LevelPoints{{Points: points("1")}}}
}

// did says how many items of the kinds a, b, c … a unit brought.
func did(n ...int) map[string][]Fact {
	m := map[string][]Fact{}
	for k, n := range n {
		kind := string(rune('a' + k))
		for i := range n {
			m[kind] = append(m[kind], Fact{ID: id(1000*k + i), Item: fmt.Sprint(kind, i), N: 1, At: time.Unix(int64(i), 0)})
		}
	}
	return m
}

// worked works out what units with these deeds get, in the order of the list.
func worked(p Plan, rules []Spec, units ...map[string][]Fact) []Score {
	v := Version{Rules: rules, Plan: p}
	for i := range units {
		v.Units = append(v.Units, Unit{"tenant", id(i), fmt.Sprint("单位", i)})
	}
	return work(v, "2026-01-01", "2026-12-31", units).Scores
}

func scoresOf(all []Score) (out []string) {
	for _, s := range all {
		out = append(out, fmt.Sprintf("%s%s %d %s", s.Unit.Name, s.Class, s.Rank, s.Total))
	}
	return out
}

func TestHeadingsHoldTheirCaps(t *testing.T) {
	t.Parallel()
	p := Plan{Headings: []Heading{
		{Code: "info", Name: "政务信息", Weight: limit("60"), Cap: limit("10")},
		{Code: "info1", Parent: "info", Name: "报送", Weight: limit("60"), Cap: limit("8")},
		{Code: "work", Name: "业务", Weight: limit("40"), Floor: limit("2")},
		{Code: "plus", Name: "加分", Kind: "bonus", Cap: limit("3")},
	}}
	rules := []Spec{plain("a", "info1"), plain("b", "info"), plain("c", "work"), plain("d", "plus")}
	// a 9 → 8 under info1, with b 5 → 13, of which 10 count; c 1 → 2; d 7 → 3.
	s := worked(p, rules, did(9, 5, 1, 7))[0]
	if s.Total.String() != "15" {
		t.Errorf("total = %s, want 10 + 2 + 3", s.Total)
	}
	var formulas []string
	for _, l := range s.Lines[4:] {
		formulas = append(formulas, l.Rule.Code+" "+l.Points.String()+" "+l.Formula)
	}
	want := []string{"info1 -1 报送合计 9 分，最高 8 分", "info -3 政务信息合计 13 分，最高 10 分", "work 1 业务合计 1 分，最低 2 分", "plus -4 加分合计 7 分，最高 3 分"}
	if !slices.Equal(formulas, want) {
		t.Errorf("lines = %q\n want %q", formulas, want)
	}
}

// N1: what does not apply to a unit is left out of what its points are divided
// by.
func TestApplicableTotal(t *testing.T) {
	t.Parallel()
	p := Plan{Headings: []Heading{
		{Code: "A", Name: "业务", Weight: limit("70")}, {Code: "A1", Parent: "A", Name: "河道", Weight: limit("50")}, {Code: "A2", Parent: "A", Name: "水库", Weight: limit("20")},
		{Code: "B", Name: "党建", Weight: limit("30")}, {Code: "C", Name: "加分", Kind: "bonus"},
	}, Members: []Member{{Unit: id(1), Exempt: []string{"A2"}}, {Unit: id(2), Exempt: []string{"A", "A2"}}}}
	rules := []Spec{plain("a", "A1"), plain("b", "A2"), plain("c", "B"), plain("d", "C")}
	got := scoresOf(worked(p, rules, did(30, 10, 20, 5), did(30, 10, 20, 5), did(30, 10, 20, 5)))
	// 0: 30+10+20 and 5; 1: (30+20)·100/80 and 5; 2: 20·100/30 and 5.
	if want := []string{"单位2 1 71.67", "单位1 2 67.5", "单位0 3 65"}; !slices.Equal(got, want) {
		t.Errorf("scores = %q, want %q", got, want)
	}
	s := worked(p, rules, did(), did(30, 10, 20, 5))[0]
	if l := s.Lines[len(s.Lines)-1]; l.Formula != "水库不适用，适用总分 80 分：50 × 100 ÷ 80 = 62.5 分" || l.Points.String() != "12.5" {
		t.Errorf("line = %s %q", l.Points, l.Formula)
	}
}

// N2: each class has a ranking of its own, and its own tasks.
func TestClassesAreRankedApart(t *testing.T) {
	t.Parallel()
	p := Plan{Classes: []Class{{"county", "县区"}, {"office", "处室"}},
		Members: []Member{{Unit: id(0), Class: "office"}, {Unit: id(1), Class: "county"}, {Unit: id(2), Class: "county"}, {Unit: id(3), Class: "office"}}}
	task := Spec{Code: "a", Name: "报送", Type: baseTask, DeedKind: "a", Task: 20, BasePoints: limit("10"), ByClass: []ClassValue{{"office", points("3")}}}
	place := Spec{Code: "b", Name: "位次", Type: ranked, DeedKind: "b", BasePoints: limit("10"), Spread: limit("1")}
	got := scoresOf(worked(p, []Spec{task, place}, did(3, 1), did(19, 5), did(20, 2), did(2, 9), did(20, 1)))
	want := []string{"单位1county 1 10", "单位2county 1 10", "单位0office 1 10", "单位3office 1 10", "单位4 1 20"}
	if !slices.Equal(got, want) {
		t.Errorf("scores = %q, want %q", got, want)
	}
	places := worked(p, []Spec{task}, did(1), did(20), did(20), did(3), did(3))
	if places[2].Place != 3 || places[2].Rank != 1 || places[1].Rank != 1 || places[4].Place != 5 {
		t.Errorf("places = %+v, want one list with ranks of each class", scoresOf(places))
	}
}

func TestCategoriesMultipliersAndScale(t *testing.T) {
	t.Parallel()
	honours := Spec{Code: "z", Name: "荣誉", Type: category, Of: []string{"a", "b"}}
	times := Spec{Code: "y", Name: "难度系数", Type: multiplier, Factor: limit("1.5"), Of: []string{"c"}}
	// 3 and 5, of which 5 counts; 4 × 1.5.
	if got := worked(Plan{}, []Spec{plain("a", ""), plain("b", ""), plain("c", ""), honours, times}, did(3, 5, 4))[0]; got.Total.String() != "11" {
		t.Errorf("total = %s, want 5 + 6: %+v", got.Total, got.Lines)
	}
	p := Plan{Norm: &rule.Norm{Method: "max", Weight: limit("100")}}
	if got := scoresOf(worked(p, []Spec{plain("a", "")}, did(30), did(40), did(0))); !slices.Equal(got, []string{"单位1 1 100", "单位0 2 75", "单位2 3 0"}) {
		t.Errorf("scores = %q, want them relative to the best", got)
	}
}

func TestVetoesAndGrades(t *testing.T) {
	t.Parallel()
	p := Plan{Grades: []GradeLine{{"优秀", points("90")}, {"良好", points("80")}, {"合格", points("60")}, {"不合格", points("0")}}}
	rules := func(effect string) []Spec {
		return []Spec{plain("a", ""), {Code: "b", Name: "安全事故", Type: vetoing, DeedKind: "b", Effect: effect}}
	}
	for name, tt := range map[string]struct {
		n, events int
		effect    string
		want      string
	}{
		"just the line":        {90, 0, "fail", "优秀"},
		"one below the line":   {89, 0, "fail", "良好"},
		"below all lines":      {0, 0, "fail", "不合格"},
		"not the first":        {95, 1, "no_excellent", "良好"},
		"not the first anyway": {70, 1, "no_excellent", "合格"},
		"one down":             {85, 1, "one_grade_down", "合格"},
		"no lower than last":   {5, 1, "one_grade_down", "不合格"},
		"failed":               {95, 1, "fail", "不合格"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := worked(p, rules(tt.effect), did(tt.n, tt.events))[0].Grade; got != tt.want {
				t.Errorf("grade = %s, want %s", got, tt.want)
			}
		})
	}
	if got := worked(Plan{}, rules("fail"), did(95, 1))[0].Grade; got != "" {
		t.Errorf("grade = %q, want none without lines", got)
	}
}

// Whatever is capped, divided, multiplied and graded: the lines sum up to the
// total, and the order of units does not matter.
func TestLinesSumUpToTheTotal(t *testing.T) {
	t.Parallel()
	p := Plan{Headings: []Heading{{Code: "A", Name: "甲", Weight: limit("60"), Cap: limit("7")}, {Code: "B", Name: "乙", Weight: limit("40"), Floor: limit("1")}},
		Members: []Member{{Unit: id(1), Exempt: []string{"B"}}, {Unit: id(2), Staff: 9}}, Norm: &rule.Norm{Method: "per_head"}}
	rules := []Spec{plain("a", "A"), plain("b", "B"), {Code: "c", Name: "倍", Type: multiplier, Factor: limit("1.3333"), Of: []string{"B"}}}
	for _, s := range worked(p, rules, did(9, 0), did(5, 3), did(2, 8)) {
		sum := points("0")
		for _, l := range s.Lines {
			sum = sum.Add(l.Points)
		}
		if !sum.Equal(s.Exact) {
			t.Errorf("%s: the lines sum up to %s, want %s", s.Unit.Name, sum, s.Exact)
		}
	}
}

// What a category or a multiplier takes into account, it takes once.
func TestTheSamePointsAreNotTakenTwice(t *testing.T) {
	t.Parallel()
	plan := Plan{Headings: []Heading{{Code: "A", Name: "甲"}, {Code: "A1", Parent: "A", Name: "甲一"}, {Code: "B", Name: "乙"}}}
	kinds := map[string]feature.Indicator{"a": {Kind: "a", Good: true}, "b": {Kind: "b", Good: true}}
	for name, tt := range map[string]struct {
		of   []string
		want *fault.Error
	}{
		"a rule twice":              {[]string{"a", "a"}, ErrOfTwice},
		"a heading twice":           {[]string{"A", "A"}, ErrOfTwice},
		"with its heading":          {[]string{"a", "A1"}, ErrOfTwice},
		"after its heading":         {[]string{"A1", "a"}, ErrOfTwice},
		"with one further above":    {[]string{"A", "a"}, ErrOfTwice},
		"a heading below another":   {[]string{"A1", "A"}, ErrOfTwice},
		"two rules":                 {[]string{"a", "b"}, nil},
		"two headings":              {[]string{"A", "B"}, nil},
		"a rule, another's heading": {[]string{"b", "A"}, nil},
	} {
		for _, r := range []Spec{{Code: "z", Name: "只计最高", Type: category, Of: tt.of}, {Code: "z", Name: "系数", Type: multiplier, Factor: limit("2"), Of: tt.of}} {
			err := checkRules([]Spec{plain("a", "A1"), plain("b", "B"), r}, plan, kinds)
			if tt.want == nil && err != nil || tt.want != nil && (!errors.Is(err, tt.want) || fault.Of(err).Field != "rules[2].of[1]") {
				t.Errorf("%s, %s = %v, want %v", r.Type, name, err, tt.want)
			}
		}
	}
}

func TestPlanIsRefused(t *testing.T) {
	t.Parallel()
	units := []Unit{{"tenant", id(1), "甲"}}
	good := func(change func(*Plan)) Plan {
		p := Plan{Headings: []Heading{{Code: "A", Name: "甲", Weight: limit("60")}, {Code: "A1", Parent: "A", Name: "甲一", Weight: limit("60")}, {Code: "B", Name: "乙", Weight: limit("40")}},
			Classes: []Class{{"k", "类"}}, Members: []Member{{Unit: id(1), Class: "k"}}, Grades: []GradeLine{{"优秀", points("90")}, {"合格", points("60")}}}
		change(&p)
		return p
	}
	for name, tt := range map[string]struct {
		plan  Plan
		want  *fault.Error
		field string
	}{
		"a heading twice":          {good(func(p *Plan) { p.Headings[1].Code = "A" }), ErrCodeTwice, "plan.headings[1].code"},
		"a code of the system":     {good(func(p *Plan) { p.Headings[2].Code = "_norm" }), ErrCodeReserved, "plan.headings[2].code"},
		"no such parent":           {good(func(p *Plan) { p.Headings[1].Parent = "X" }), ErrParent, "plan.headings[1].parent"},
		"below itself":             {good(func(p *Plan) { p.Headings[0].Parent = "A1" }), ErrParent, "plan.headings[0].parent"},
		"a floor above the cap":    {good(func(p *Plan) { p.Headings[0].Cap, p.Headings[0].Floor = limit("1"), limit("2") }), ErrFloor, "plan.headings[0].floor"},
		"a negative weight":        {good(func(p *Plan) { p.Headings[0].Weight = limit("-1") }), ErrPoints, "plan.headings[0].weight"},
		"a sum of nothing":         {good(func(p *Plan) { p.Sum = limit("0") }), ErrPoints, "plan.sum"},
		"a class twice":            {good(func(p *Plan) { p.Classes = append(p.Classes, Class{"k", "又"}) }), ErrClassTwice, "plan.classes[1].code"},
		"a unit twice":             {good(func(p *Plan) { p.Members = append(p.Members, p.Members[0]) }), ErrUnitTwice, "plan.members[1].unit"},
		"a unit it does not have":  {good(func(p *Plan) { p.Members[0].Unit = id(7) }), ErrMember, "plan.members[0].unit"},
		"no such class":            {good(func(p *Plan) { p.Members[0].Class = "x" }), ErrClass, "plan.members[0].class"},
		"no such heading":          {good(func(p *Plan) { p.Members[0].Exempt = []string{"x"} }), ErrHeading, "plan.members[0].exempt[0]"},
		"nothing applies":          {good(func(p *Plan) { p.Members[0].Exempt = []string{"A", "B"} }), ErrExempt, "plan.members[0].exempt"},
		"grades from below":        {good(func(p *Plan) { p.Grades[1].AtLeast = points("95") }), ErrLine, "plan.grades[1].at_least"},
		"the top lacks ten":        {good(func(p *Plan) { p.Headings[2].Weight = limit("30") }), ErrWeights, "plan.headings[0].weight"},
		"below it lacks ten":       {good(func(p *Plan) { p.Headings[1].Weight = limit("50") }), ErrWeights, "plan.headings[1].weight"},
		"all is well":              {good(func(*Plan) {}), nil, ""},
		"a sum of its own (500)":   {good(func(p *Plan) { p.Sum, p.Headings[2].Weight = limit("500"), limit("440") }), nil, ""},
		"bonus headings weigh not": {good(func(p *Plan) { p.Headings = append(p.Headings, Heading{Code: "C", Name: "丙", Kind: "bonus"}) }), nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := tt.plan.check(units)
			if err == nil {
				err = tt.plan.complete(nil)
			}
			if tt.want == nil {
				if err != nil {
					t.Errorf("err = %v, want none", err)
				}
				return
			}
			wantFault(t, err, tt.want, tt.field)
		})
	}
	if err := (Plan{}).complete([]Spec{{Type: vetoing}}); !errors.Is(err, ErrNoGrades) {
		t.Errorf("a veto without grades = %v, want ErrNoGrades", err)
	}
	if p := (Plan{Headings: []Heading{{Code: "a"}, {Code: "b", Parent: "a"}}}); p.exempts(Member{Unit: uuid.Nil, Exempt: []string{"a"}}, "b") == false || p.exempts(Member{Exempt: []string{"b"}}, "a") {
		t.Error("what stands below a heading that does not apply does not apply; what stands above does")
	}
}
