package rule

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// figures are facts with a figure each, as entered by hand.
func figures(values ...string) []Fact { return events(values...) }

// derived is the line of a formula for facts, staff of 9, and what others
// brought.
func derived(t *testing.T, r Formula, source string, facts []Fact, brought map[string]string) Line {
	t.Helper()
	e, err := Compile(source)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	r.Name, r.Text = "绩效", e
	l := r.Score(facts)[0]
	others := map[string]decimal.Decimal{}
	for name, p := range brought {
		others[name] = points(p)
	}
	r.Derive(&l, facts, 9, others)
	if sum := sumOf(l.Shares).Add(l.Given); !sum.Equal(l.Before) {
		t.Errorf("%s: the shares and what is given sum up to %s, want %s", source, sum, l.Before)
	}
	return l
}

func TestFormula(t *testing.T) {
	t.Parallel()
	two := append(many(3, "own"), many(2, "upper")...)
	for name, tt := range map[string]struct {
		source  string
		rule    Formula
		facts   []Fact
		brought map[string]string
		points  string
		text    string
	}{
		"a number": {"12.5", Formula{}, nil, nil, "12.5", "绩效：12.5 = 12.5 分"},
		"a count, and a number exactly as it is written": {"数量 * 0.1 + 0.2", Formula{}, many(1, "own"), nil, "0.3", "绩效：数量 * 0.1 + 0.2，其中 数量 1 = 0.3 分"},
		"levels":                               {"本级 * 5 + 上级 * 10", Formula{}, two, nil, "35", "绩效：本级 * 5 + 上级 * 10，其中 本级 3、上级 2 = 35 分"},
		"a level by its name":                  {`级别("省级") * 3`, Formula{}, events("省级", "市级", "省级"), nil, "6", `绩效：级别("省级") * 3，其中 省级 2 = 6 分`},
		"full-width signs":                     {"（数量－１）×2÷4", Formula{}, many(3, "own"), nil, "1", "绩效：（数量－１）×2÷4，其中 数量 3 = 1 分"},
		"figures":                              {"数值 / 目标 * 基本分", Formula{Target: points("40"), Base: points("10")}, figures("10", "20.5"), nil, "7.625", "绩效：数值 / 目标 * 基本分，其中 数值 30.5、目标 40、基本分 10 = 7.625 分"},
		"staff":                                {"数量 / 人数", Formula{}, many(6, "own"), nil, "0.6666666666666667", "绩效：数量 / 人数，其中 数量 6、人数 9 = 0.6666666666666667 分"},
		"a condition":                          {"数量 >= 36 ? 50 : 50 - (36 - 数量) * 0.5", Formula{}, many(30, "own"), nil, "47", "绩效：数量 >= 36 ? 50 : 50 - (36 - 数量) * 0.5，其中 数量 30 = 47 分"},
		"若":                                    {"若(数量 ≥ 5 and not (数量 > 9)，最大(1，2，3)，最小(1，2))", Formula{}, many(5, "own"), nil, "3", "绩效：若(数量 ≥ 5 and not (数量 > 9)，最大(1，2，3)，最小(1，2))，其中 数量 5 = 3 分"},
		"what is not chosen is not worked out": {"若(目标 > 0, 数量 / 目标, 0)", Formula{}, many(5, "own"), nil, "0", "绩效：若(目标 > 0, 数量 / 目标, 0)，其中 目标 0、数量 5 = 0 分"},
		"other rules by name":                  {`信息采用 * 0.5 + 得分("督查（月）")`, Formula{}, nil, map[string]string{"信息采用": "205", "督查（月）": "-3"}, "99.5", `绩效：信息采用 * 0.5 + 得分("督查（月）")，其中 信息采用得分 205、督查（月）得分 -3 = 99.5 分`},
		"rounding":                             {"四舍五入(2.345, 2) + 取整(7.9) + 绝对值(-1.05)", Formula{}, nil, nil, "10.4", "绩效：四舍五入(2.345, 2) + 取整(7.9) + 绝对值(-1.05) = 10.4 分"},
		"a cap":                                {"数量 * 2", Formula{Cap: limit("5")}, many(3, "own"), nil, "5", "绩效：数量 * 2，其中 数量 3 = 6 分，最高 5 分，计 5 分"},
		"a floor":                              {"1 - 数量", Formula{Floor: limit("0")}, many(3, "own"), nil, "0", "绩效：1 - 数量，其中 数量 3 = -2 分，最低 0 分，计 0 分"},
		"a division by zero":                   {"数量 / 目标", Formula{}, many(3, "own"), nil, "0", "绩效：数量 / 目标，其中 数量 3、目标 0，除数为零，计 0 分"},
		"more than a score is":                 {"数量 * 999999999999", Formula{}, many(3, "own"), nil, "0", "绩效：数量 * 999999999999，其中 数量 3，结果超出范围，计 0 分"},
		"taken back":                           {"数量", Formula{}, []Fact{event(1, "own"), back(event(2, "own"))}, nil, "1", "绩效：数量，其中 数量 1 = 1 分"},
	} {
		t.Run(name, func(t *testing.T) {
			l := derived(t, tt.rule, tt.source, tt.facts, tt.brought)
			if l.Points.String() != tt.points || l.Formula != tt.text {
				t.Errorf("line = %s %q\n want %s %q", l.Points, l.Formula, tt.points, tt.text)
			}
		})
	}
	l := derived(t, Formula{}, "数量", append(many(2, "own"), many(1, "own")...), nil)
	if l.N != 2 || len(l.Shares) != 3 || l.Shares[1].Note == "" && l.Shares[2].Note == "" {
		t.Errorf("line = %+v, want every deed listed, the same content counted once", l)
	}
	none := Formula{Name: "绩效"}
	l = none.Score(nil)[0]
	none.Derive(&l, nil, 1, nil)
	if !l.Points.IsZero() || l.Formula != "绩效 公式无法读取，计 0 分" {
		t.Errorf("what cannot be read gives %+v", l)
	}
}

// An expression has no loops, lists, texts, variables, floats and functions but
// its own, and says what is wrong near where.
func TestExpressionsAreRefused(t *testing.T) {
	t.Parallel()
	for source, want := range map[string][2]string{
		"":                              {BadSyntax, ""},
		"数量 +":                          {BadSyntax, "+"},
		"(数量":                           {BadSyntax, "量"},
		"数量 > 3":                        {BadType, ">"},
		"若(数量, 1, 2)":                   {BadType, "数量"},
		"若(数量 > 1, 1, 2 > 1)":           {BadType, ">"},
		"取整(数量 > 1)":                    {BadType, ">"},
		"取整(若(数量 > 1, 1 > 2, 2 > 1))":   {BadType, "若"},
		"not 数量":                        {BadType, "数量"},
		"1e3":                           {BadNumber, "1e3"},
		"0x10":                          {BadNumber, "0x10"},
		"1_000":                         {BadNumber, "1_000"},
		"0.12345":                       {BadNumber, "0.12345"},
		"1234567890123":                 {BadNumber, "1234567890123"},
		"2 ** 3":                        {BadPart, "**"},
		"2 ^ 3":                         {BadPart, "^"},
		"5 % 2":                         {BadPart, "%"},
		`"text"`:                        {BadPart, `"text"`},
		"[1, 2]":                        {BadPart, ""},
		"{}":                            {BadPart, ""},
		"nil":                           {BadPart, "nil"},
		"true":                          {BadPart, "true"},
		"1..9":                          {BadPart, ".."},
		"sum(1..9)":                     {BadPart, ""},
		"filter([1], # > 0)":            {BadPart, ""},
		"let a = 1; a":                  {BadPart, ""},
		"1; 2":                          {BadPart, ""},
		"len(数量)":                       {BadPart, ""},
		"now()":                         {BadPart, ""},
		"$env":                          {"", ""},
		"数量.长度":                         {BadPart, ""},
		"最大()":                          {BadPart, "最大"},
		"四舍五入(1)":                       {BadPart, "四舍五入"},
		"负(1)":                          {BadPart, "负"},
		`得分(数量)`:                        {BadType, "数量"},
		`得分("甲" + "乙")`:                 {BadType, "+"},
		strings.Repeat("1+", 250) + "1": {BadSize, ""},
	} {
		_, err := Compile(source)
		wrong := new(ExpressionError)
		if want[0] == "" { // a name like any other: of no rule
			if e, err := Compile(source); err != nil || len(e.Refs()) != 1 {
				t.Errorf("%q = %v", source, err)
			}
			continue
		}
		if !errors.As(err, &wrong) || wrong.Kind != want[0] || want[1] != "" && !strings.Contains(wrong.Near, want[1]) {
			t.Errorf("%q = %v, want %s near %q", source, err, want[0], want[1])
		}
	}
}

// However deep and long, an expression is compiled and worked out in no time:
// it has at most five hundred characters and nothing that repeats (IN-05).
func TestExpressionsAreBounded(t *testing.T) {
	t.Parallel()
	for _, source := range []string{strings.Repeat("(", 10000) + "1" + strings.Repeat(")", 10000), strings.Repeat("若(1>0,", 10000), strings.Repeat("9", 1<<20)} {
		wrong := new(ExpressionError)
		began := time.Now()
		if _, err := Compile(source); !errors.As(err, &wrong) || time.Since(began) > time.Second {
			t.Errorf("%.20s… = %v after %v, want a refusal at once", source, err, time.Since(began))
		}
	}
	for _, source := range []string{strings.Repeat("(", 240) + "1" + strings.Repeat(")", 240), strings.Repeat("-", 490) + "1",
		"1" + strings.Repeat("/3", 240), strings.Repeat("9*", 240) + "9", strings.Repeat("若(1>0,1,", 40) + "1" + strings.Repeat(")", 40)} {
		e, err := Compile(source)
		if err != nil {
			t.Errorf("%.20s…: %v", source, err)
			continue
		}
		if d, err := e.eval(map[string]any{}); err == nil && (d.Exponent() < -places || d.NumDigits() > magnitude+places+1) {
			t.Errorf("%.20s… = %s", source, d)
		}
	}
}

// What a formula gives depends on what was done and not on the order it comes
// in, and never leaves its floor and cap.
func TestFormulasDoNotDependOnOrder(t *testing.T) {
	t.Parallel()
	e, err := Compile("若(数量 > 3, 本级 * 1.5 + 上级 / 7, 数量) - 数值 / 3")
	if err != nil {
		t.Fatal(err)
	}
	r := Formula{Name: "绩效", Text: e, Floor: limit("-2"), Cap: limit("9")}
	rapid.Check(t, func(t *rapid.T) {
		facts := drawFacts(t)
		a := r.Score(facts)[0]
		r.Derive(&a, facts, 3, nil)
		shuffled := append([]Fact{}, facts...)
		rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		b := r.Score(shuffled)[0]
		r.Derive(&b, shuffled, 3, nil)
		if text(a) != text(b) {
			t.Fatalf("%s\nin another order %s", text(a), text(b))
		}
		if a.Points.LessThan(*r.Floor) || a.Points.GreaterThan(*r.Cap) {
			t.Fatalf("%s is outside %s to %s", a.Points, r.Floor, r.Cap)
		}
	})
}

// The examples of the guide are read as they stand there.
func TestExpressionsOfTheGuide(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"若（数量 ≥ 36，50，50 － （36 － 数量） × 0.5）": "33.5",
		"数量 ＞ 2 ？ 四舍五入（数量 ÷ 7，2） ： 0":        "0.43",
		`级别（"own"） ＋ 得分（“信息采用（月）”）`:          "10",
	} {
		l := derived(t, Formula{}, source, many(3, "own"), map[string]string{"信息采用（月）": "7"})
		if l.Points.String() != want {
			t.Errorf("%s = %s, want %s", source, l.Points, want)
		}
	}
}
