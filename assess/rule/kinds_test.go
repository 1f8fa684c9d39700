package rule

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// event makes the n-th fact of a level, in January 2026 by the hour.
func event(n int, level string) Fact {
	return Fact{ID: id(n), Item: fmt.Sprint("item", n), Level: level, N: 1, At: time.Date(2026, 1, 1, n, 0, 0, 0, shanghai)}
}

func events(levels ...string) []Fact {
	var fs []Fact
	for i, l := range levels {
		fs = append(fs, event(i, l))
	}
	return fs
}

func back(f Fact) Fact { f.Reversal = id(900); return f }

func earlier(f Fact) Fact { f.Before = true; return f }

// want is what one line must come to, worked out by hand.
type want struct {
	n              int
	before, points string
	text           string
}

func (w want) check(t *testing.T, l Line) {
	t.Helper()
	if l.N != w.n || l.Before.String() != w.before || l.Points.String() != w.points || l.Formula != w.text {
		t.Errorf("line = %d, %s, %s, %q\nwant   %d, %s, %s, %q", l.N, l.Before, l.Points, l.Formula, w.n, w.before, w.points, w.text)
	}
	if sum := sumOf(l.Shares).Add(l.Given); !sum.Equal(l.Before) {
		t.Errorf("the shares and what is given sum up to %s, want %s", sum, l.Before)
	}
}

func TestKindsOfRules(t *testing.T) {
	t.Parallel()
	one := []LevelPoints{{Level: "", Points: points("2")}}
	defects := []LevelPoints{{Level: "format", Points: points("1")}, {Level: "slow", Points: points("2.5")}}
	grades := []GradeFactor{{"优", points("1")}, {"良", points("0.8")}, {"合格", points("0.6")}, {"不合格", points("0")}}
	ladder := []Step{{points("30000"), points("90")}, {points("10000"), points("85")}, {points("0"), points("70")}, {points("-5000"), points("60")}}
	for name, tt := range map[string]struct {
		rule  Rule
		facts []Fact
		want  want
	}{
		"R2: each one missing takes half a point: 50 − 4 × 0.5": {BaseTask{Name: "报送", Task: 36, Base: points("50"), Short: points("0.5")}, many(32, "own"),
			want{32, "48", "48", "报送 32 条，任务 36 条，少 4 条：50 − 4 × 0.5 = 48 分"}},
		"R2: none at all is 50 − 18": {BaseTask{Name: "报送", Task: 36, Base: points("50"), Short: points("0.5")}, nil,
			want{0, "32", "32", "报送 0 条，任务 36 条，少 36 条：50 − 36 × 0.5 = 32 分"}},
		"R2: never below zero unless a floor says so": {BaseTask{Name: "约稿", Task: 4, Base: points("1"), Short: points("2")}, nil,
			want{0, "-7", "0", "约稿 0 条，任务 4 条，少 4 条：1 − 4 × 2 = -7 分，最低 0 分，计 0 分"}},
		"R2: down to the floor": {BaseTask{Name: "约稿", Task: 4, Short: points("2"), Floor: limit("-5")}, nil,
			want{0, "-8", "-5", "约稿 0 条，任务 4 条，少 4 条：0 − 4 × 2 = -8 分，最低 -5 分，计 -5 分"}},

		"R3: 50 − 3 × 2 per event": {Deduction{Name: "公开不及时", Base: points("50"), Levels: one}, events("", "", ""),
			want{3, "44", "44", "50 − 公开不及时 3 次 × 2 分 = 44 分"}},
		"R3: the same item twice is two events": {Deduction{Name: "问题", Levels: one}, []Fact{{ID: id(1), Item: "a", Content: "x", N: 1}, {ID: id(2), Item: "a", Content: "x", N: 1}},
			want{2, "-4", "-4", "扣 问题 2 次 × 2 分 = -4 分"}},
		"R3: by level": {Deduction{Name: "问题", Levels: defects}, events("format", "slow", "slow", "other"),
			want{3, "-6", "-6", "扣 format问题 1 次 × 1 分 − slow问题 2 次 × 2.5 分 = -6 分"}},
		"R3: a base is not lost twice": {Deduction{Name: "差错", Base: points("3"), Levels: one}, events("", ""),
			want{2, "-1", "0", "3 − 差错 2 次 × 2 分 = -1 分，最低 0 分，计 0 分"}},
		"R3: at most ten off": {Deduction{Name: "差错", Levels: one, Floor: limit("-10")}, events("", "", "", "", "", ""),
			want{6, "-12", "-10", "扣 差错 6 次 × 2 分 = -12 分，最低 -10 分，计 -10 分"}},
		"R3: taken back":                     {Deduction{Name: "差错", Levels: one}, []Fact{back(event(1, ""))}, want{0, "0", "0", "差错 0 次，不扣分"}},
		"R3: taken back after it counted":    {Deduction{Name: "差错", Levels: one}, []Fact{earlier(back(event(1, "")))}, want{-1, "2", "2", "扣 差错 -1 次 × 2 分 = 2 分"}},
		"R3: nothing happened":               {Deduction{Name: "差错", Base: points("50"), Levels: one}, nil, want{0, "50", "50", "差错 0 次，得 50 分"}},
		"R4: with its own cap":               {Bonus{PerItem: PerItem{Name: "批示", Levels: one, Cap: limit("5")}}, events("", "", ""), want{3, "6", "5", "批示 3 条 × 2 分 = 6 分，最高 5 分，计 5 分"}},
		"R4: only what exceeds two, in time": {Bonus{PerItem: PerItem{Name: "加报", Levels: one}, Over: 2}, events("", "", "", "", ""), want{3, "6", "6", "加报 5 条，超过 2 条的 3 条加 6 分"}},
		"R4: fewer than two":                 {Bonus{PerItem: PerItem{Name: "加报", Levels: one}, Over: 2}, events(""), want{0, "0", "0", "加报 1 条，超过 2 条的 0 条加 0 分"}},

		"R6: 20 × 30 ÷ 36":            {Ratio{Name: "采用", Target: points("36"), Weight: points("18")}, many(30, "own"), want{30, "15", "15", "采用 30，目标 36，18 × 30 ÷ 36 = 15 分"}},
		"R6: missed, a factor of 0.8": {Ratio{Name: "采用", Target: points("20"), Weight: points("10"), Missed: points("0.8")}, many(10, "own"), want{10, "4", "4", "采用 10，目标 20，10 × 10 ÷ 20 × 0.8（未完成） = 4 分"}},
		"R6: at most 1.2 times":       {Ratio{Name: "采用", Target: points("10"), Weight: points("10"), Most: points("1.2")}, many(15, "own"), want{15, "12", "12", "采用 15，目标 10，10 × 15 ÷ 10，按最多 1.2 倍计 = 12 分"}},
		"R6: just reached":            {Ratio{Name: "采用", Target: points("10"), Weight: points("10"), Missed: points("0.5")}, many(10, "own"), want{10, "10", "10", "采用 10，目标 10，10 × 10 ÷ 10 = 10 分"}},
		"R6: figures that were entered": {Ratio{Name: "收入", Target: points("800"), Weight: points("40"), Figures: true}, events("500.5", "99.5"),
			want{2, "30", "30", "收入 600，目标 800，40 × 600 ÷ 800 = 30 分"}},
		"R6: a figure taken back": {Ratio{Name: "收入", Target: points("800"), Weight: points("40"), Figures: true}, []Fact{back(event(1, "500")), event(2, "400")},
			want{1, "20", "20", "收入 400，目标 800，40 × 400 ÷ 800 = 20 分"}},
		"R6: what is no figure": {Ratio{Name: "收入", Target: points("800"), Weight: points("40"), Figures: true}, events("优", "1e9"),
			want{0, "0", "0", "收入 0，目标 800，40 × 0 ÷ 800 = 0 分"}},

		"R7: on a step":    {Steps{Name: "利润", Table: ladder, Figures: true}, events("10000"), want{1, "85", "85", "利润 10000，达到 10000 一档，计 85 分"}},
		"R7: between":      {Steps{Name: "利润", Table: ladder, Figures: true}, events("29999.9999"), want{1, "85", "85", "利润 29999.9999，达到 10000 一档，计 85 分"}},
		"R7: a loss":       {Steps{Name: "利润", Table: ladder, Figures: true}, events("-4999"), want{1, "60", "60", "利润 -4999，达到 -5000 一档，计 60 分"}},
		"R7: below all":    {Steps{Name: "利润", Table: ladder, Figures: true}, events("-5000.01"), want{1, "0", "0", "利润 -5000.01，未达到任何一档，计 0 分"}},
		"R7: 7% over is 2": {profit(), events("107"), want{1, "32", "32", "利润 107，超过目标 100 满 2 个 3%：30 + 2 = 32 分"}},
		"R7: at most 6":    {profit(), events("150"), want{1, "36", "36", "利润 150，超过目标 100 满 16 个 3%：30 + 6 = 36 分"}},
		"R7: 3% under":     {profit(), events("97"), want{1, "29", "29", "利润 97，低于目标 100 满 1 个 3%：30 − 1 = 29 分"}},
		"R7: 2.9% under":   {profit(), events("97.1"), want{1, "30", "30", "利润 97.1，低于目标 100 满 0 个 3%：30 + 0 = 30 分"}},
		"R7: at least −6":  {profit(), nil, want{0, "24", "24", "利润 0，低于目标 100 满 33 个 3%：30 − 6 = 24 分"}},

		"R8: the latest grade":   {Grade{Name: "党建", Weight: points("15"), Factors: grades}, events("优", "良"), want{1, "12", "12", "党建 良：15 × 0.8 = 12 分"}},
		"R8: the lowest grade":   {Grade{Name: "党建", Weight: points("15"), Factors: grades, Pick: "lowest"}, events("合格", "优"), want{1, "9", "9", "党建 合格：15 × 0.6 = 9 分"}},
		"R8: the average":        {Grade{Name: "党建", Weight: points("15"), Factors: grades, Pick: "average"}, events("优", "合格"), want{2, "12", "12", "党建 2 次平均：15 × 1.6 ÷ 2 = 12 分"}},
		"R8: not graded":         {Grade{Name: "党建", Weight: points("15"), Factors: grades}, events("甲"), want{0, "0", "0", "党建 未评定，计 0 分"}},
		"R8: a grade taken back": {Grade{Name: "党建", Weight: points("15"), Factors: grades}, []Fact{event(1, "良"), back(event(2, "不合格"))}, want{1, "12", "12", "党建 良：15 × 0.8 = 12 分"}},

		"R10: it happened":         {Veto{Name: "安全事故", Effect: Fail}, events(""), want{1, "0", "0", "安全事故 1 起，一票否决，评为最低等次"}},
		"R10: it did not":          {Veto{Name: "安全事故", Effect: Fail}, nil, want{0, "0", "0", "安全事故 0 起，不影响等次"}},
		"R10: only the second one": {Veto{Name: "通报批评", Effect: GradeDown, Events: 2}, events(""), want{1, "0", "0", "通报批评 1 起，不影响等次"}},
		"R10: taken back":          {Veto{Name: "通报批评", Effect: NoExcellent}, []Fact{back(event(1, ""))}, want{0, "0", "0", "通报批评 0 起，不影响等次"}},
	} {
		t.Run(name, func(t *testing.T) { tt.want.check(t, tt.rule.Score(tt.facts)[0]) })
	}
}

// profit is the rule of order 22, annex 2, with a target of 100.
func profit() Deviation {
	return Deviation{Name: "利润", Base: points("30"), Target: points("100"), Percent: points("3"), Points: points("1"), Up: limit("6"), Down: limit("6"), Figures: true}
}

// months makes as many facts in each month of 2026 as it is told.
func months(each ...int) []Fact {
	var fs []Fact
	for m, n := range each {
		for i := range n {
			fs = append(fs, Fact{ID: id(100*m + i), Item: fmt.Sprint(m, "/", i), N: 1, At: time.Date(2026, time.Month(m+1), 1+i, 0, 0, 0, 0, shanghai)})
		}
	}
	return fs
}

func TestPeriodic(t *testing.T) {
	t.Parallel()
	weibo := Periodic{BaseTask{Name: "微博", Task: 4, Base: points("20"), Short: points("1"), Bonus: points("0.5"), BonusCap: limit("10")}, Spans("month", "2026-01-01", "2026-03-31")}
	lines := weibo.Score(months(4, 1, 6)) // February lacks 3, March has 2 more
	want{11, "17", "17", "微博 11 条，每期任务 4 条，共少 3 条：20 − 3 × 1 = 17 分（2月少 3 条）"}.check(t, lines[0])
	want{2, "1", "1", "超额 2 条 × 0.5 分 = 1 分（3月多 2 条）"}.check(t, lines[1])

	none := weibo
	none.Task = 10 // 30 are missing of 20 points
	want{0, "-10", "0", "微博 0 条，每期任务 10 条，共少 30 条：20 − 30 × 1 = -10 分（1月少 10 条，2月少 10 条，3月少 10 条），最低 0 分，计 0 分"}.check(t, none.Score(nil)[0])

	monthly := Periodic{BaseTask{Name: "短信息", Task: 8, Base: points("10")}, Spans("month", "2026-01-01", "2026-03-31")}
	want{24, "20", "20", "短信息 24 条，每期任务 8 条，各期合计 20 分（1月 8 条得 10 分，2月 7 条得 0 分，3月 9 条得 10 分）"}.check(t, monthly.Score(months(8, 7, 9))[0])

	quarter := Periodic{BaseTask{Name: "长信息", Task: 1, Base: points("5"), Cap: limit("8")}, Spans("quarter", "2026-01-01", "2026-06-30")}
	want{2, "10", "8", "长信息 2 条，每期任务 1 条，各期合计 10 分（第1季度 1 条得 5 分，第2季度 1 条得 5 分），最高 8 分，计 8 分"}.check(t, quarter.Score(months(1, 0, 0, 0, 1))[0])
}

// What is done at midnight in China belongs to the month that begins then.
func TestSpansAreOfTheCalendarOfChina(t *testing.T) {
	t.Parallel()
	spans := Spans("month", "2026-01-31", "2026-02-28")
	f := []Fact{{ID: id(1), At: time.Date(2026, 1, 31, 16, 0, 0, 0, time.UTC), N: 1}, {ID: id(2), At: time.Date(2026, 1, 31, 15, 59, 59, 0, time.UTC), N: 1}}
	in := Periodic{Spans: spans}.within(f)
	if len(spans) != 2 || len(in[0]) != 1 || in[1][0].ID != id(1) {
		t.Errorf("spans = %+v", spans)
	}
}

// compared scores units that brought so many items, and compares them.
func compared(r Comparing, staff []int, n ...int) []Line {
	lines := make([]Line, len(n))
	of := make([]Compared, len(n))
	for i := range n {
		lines[i] = r.Score(many(n[i], "own"))[0]
		of[i] = Compared{Line: &lines[i]}
		if staff != nil {
			of[i].Staff = staff[i]
		}
	}
	r.Compare(of)
	return lines
}

func pointsOf(lines []Line) (all []string) {
	for _, l := range lines {
		all = append(all, l.Points.String())
	}
	return all
}

func TestComparing(t *testing.T) {
	t.Parallel()
	items := PerItem{Name: "采用", Levels: []LevelPoints{{Level: "own", Points: points("1")}}}
	norm := func(n Norm) Comparing { return Normal{items, n} }
	for name, tt := range map[string]struct {
		rule  Comparing
		staff []int
		n     []int
		want  []string
		first string
	}{
		"R9 N5: 100·(1−(r−1)/4·0.5), equals share a place": {Rank{Name: "采用", Weight: points("100"), Spread: points("0.5")}, nil, []int{9, 7, 7, 3, 1},
			[]string{"100", "87.5", "87.5", "62.5", "50"}, "采用 9，本类 5 个单位中第 1，计 100 分"},
		"R9: a table of places":        {Rank{Name: "实绩", Table: []Step{{points("1"), points("50")}, {points("2"), points("30")}, {points("4"), points("20")}}}, nil, []int{1, 9, 8, 7}, []string{"20", "50", "30", "30"}, "实绩 1，本类 4 个单位中第 4，计 20 分"},
		"R9: the one with least first": {Rank{Name: "退稿", Weight: points("10"), Spread: points("1"), Fewest: true}, nil, []int{0, 5, 2}, []string{"10", "0", "5"}, "退稿 0，本类 3 个单位中第 1，计 10 分"},
		"R9: alone":                    {Rank{Name: "采用", Weight: points("10"), Spread: points("1")}, nil, []int{0}, []string{"10"}, "采用 0，本类 1 个单位中第 1，计 10 分"},
		"N4: to the most":              {norm(Norm{Method: "max", Weight: limit("40")}), nil, []int{8, 4, 0}, []string{"40", "20", "0"}, "本级采用 8 条 × 1 分 = 8 分；40 × 8 ÷ 8（本类最高）= 40 分"},
		"N4: nobody has any":           {norm(Norm{Method: "max", Weight: limit("40")}), nil, []int{0, 0}, []string{"0", "0"}, "采用 0 条，计 0 分；本类最高 0，计 0 分"},
		// The ninth of ten is 9: the outlier of 90 gets no more than the weight.
		"N4: one outlier":       {norm(Norm{Method: "p90", Weight: limit("9")}), nil, []int{90, 9, 8, 7, 6, 5, 4, 3, 2, 1}, []string{"9", "9", "8", "7", "6", "5", "4", "3", "2", "1"}, "本级采用 90 条 × 1 分 = 90 分；9 × 90 ÷ 9（本类九成位）= 9 分"},
		"N5: rank":              {norm(Norm{Method: "rank", Weight: limit("20"), Spread: limit("0.2")}), nil, []int{3, 2, 1}, []string{"20", "18", "16"}, "本级采用 3 条 × 1 分 = 3 分；本类 3 个单位中第 1，折 20 分"},
		"N6: 2 and 6 are one σ": {norm(Norm{Method: "z"}), nil, []int{2, 6}, []string{"70", "90"}, "本级采用 2 条 × 1 分 = 2 分；均值 4、标准差 2，标准分 70，折 70 分"},
		"N6: never below 60":    {norm(Norm{Method: "z"}), nil, []int{0, 10, 10, 10, 10, 10, 10, 10, 10, 10}, []string{"60", "83.3333333333333333", "83.3333333333333333", "83.3333333333333333", "83.3333333333333333", "83.3333333333333333", "83.3333333333333333", "83.3333333333333333", "83.3333333333333333", "83.3333333333333333"}, "本级采用 0 条，计 0 分"},
		"N6: all alike":         {norm(Norm{Method: "z", Weight: limit("50")}), nil, []int{4, 4}, []string{"40", "40"}, "本级采用 4 条 × 1 分 = 4 分；均值 4、标准差 0，标准分 80，折 40 分"},
		"N7: by √staff":         {norm(Norm{Method: "per_head"}), []int{16, 4, 0}, []int{12, 12, 12}, []string{"3", "6", "12"}, "本级采用 12 条 × 1 分 = 12 分；12 ÷ √16 = 3 分"},
		"N7: to the best":       {norm(Norm{Method: "per_head", Weight: limit("10")}), []int{16, 4}, []int{12, 12}, []string{"5", "10"}, "本级采用 12 条 × 1 分 = 12 分；12 ÷ √16 = 3；10 × 3 ÷ 6（本类人均最高）= 5 分"},
	} {
		t.Run(name, func(t *testing.T) {
			got := compared(tt.rule, tt.staff, tt.n...)
			if text(pointsOf(got)) != text(tt.want) {
				t.Errorf("points = %v, want %v", pointsOf(got), tt.want)
			}
			if name != "N6: never below 60" && got[0].Formula != tt.first {
				t.Errorf("formula = %q\n   want %q", got[0].Formula, tt.first)
			}
		})
	}
}

func TestAdjusting(t *testing.T) {
	t.Parallel()
	of := []Brought{{"a", "省级荣誉", points("3")}, {"b", "国家级荣誉", points("5")}, {"c", "市级荣誉", points("0")}}
	difficulty := []GradeFactor{{"一类", points("1.2")}, {"二类", points("1.1")}}
	for name, tt := range map[string]struct {
		rule  Adjusting
		facts []Fact
		by    string
		why   string
	}{
		"R11: a factor":               {Multiplier{Name: "难度系数", Factor: points("1.1")}, nil, "0.8", "难度系数 1.1：8 × 1.1 = 8.8 分"},
		"R11: by the latest grade":    {Multiplier{Name: "难度系数", Factors: difficulty}, events("二类", "一类"), "1.6", "难度系数 一类 1.2：8 × 1.2 = 9.6 分"},
		"R11: no grade":               {Multiplier{Name: "难度系数", Factors: difficulty}, nil, "0", "难度系数 1：8 × 1 = 8 分"},
		"R12: only the highest":       {Category{"荣誉加分"}, nil, "-3", "荣誉加分：只计最高的国家级荣誉 5 分，不再计省级荣誉 3 分"},
		"R12: nothing to choose from": {Category{"荣誉加分"}, nil, "0", ""},
	} {
		t.Run(name, func(t *testing.T) {
			brought := of
			if tt.why == "" {
				brought = of[1:]
			}
			if by, why := tt.rule.Adjust(tt.facts, brought); by.String() != tt.by || why != tt.why {
				t.Errorf("Adjust = %s, %q\n  want %s, %q", by, why, tt.by, tt.why)
			}
		})
	}
}

func drawKind(t *rapid.T) Rule {
	levels := []LevelPoints{{Level: "own", Points: points("2.5")}, {Level: "", Points: points("0.3")}}
	return rapid.SampledFrom([]Rule{
		Deduction{Name: "差错", Base: points("5"), Levels: levels, Floor: limit("-3")},
		Bonus{PerItem: PerItem{Name: "加分", Levels: levels, Cap: limit("6")}, Over: 2},
		Ratio{Name: "比例", Target: points("7"), Weight: points("10"), Most: points("1.2"), Missed: points("0.8")},
		Steps{Name: "档", Table: []Step{{points("0"), points("1")}, {points("3"), points("4")}, {points("6"), points("9")}}},
		Deviation{Name: "偏离", Base: points("30"), Target: points("6"), Percent: points("7"), Points: points("1.3"), Up: limit("6"), Down: limit("6")},
		BaseTask{Name: "任务", Task: 5, Base: points("10"), Short: points("1.5"), Floor: limit("-2"), Bonus: points("0.7"), BonusCap: limit("2")},
		Periodic{BaseTask{Name: "月", Task: 2, Base: points("10"), Short: points("1.5"), Bonus: points("0.7")}, Spans("month", "1970-01-01", "1970-02-28")},
	}).Draw(t, "rule")
}

// Of every rule: the order of the deeds does not matter, the parts sum up to
// the whole, and a good deed lowers a score only where a rule takes points off.
func TestKindsProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, fs := drawKind(t), drawFacts(t)
		lines := r.Score(fs)
		shuffled := append([]Fact(nil), fs...)
		rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)).Shuffle(len(shuffled), func(i, j int) {
			shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
		})
		if a, b := text(lines), text(r.Score(shuffled)); a != b {
			t.Fatalf("the order of the deeds matters:\n%s\n%s", a, b)
		}
		for _, l := range lines {
			if sum := sumOf(l.Shares).Add(l.Given); !sum.Equal(l.Before) {
				t.Fatalf("%s: %s and what is given sum up to %s, want %s", r, l.Part, sum, l.Before)
			}
		}
		more := Fact{ID: id(5000), Item: "item9", Content: "w", Level: "own", N: 1, At: time.Unix(2, 0)}
		after := total(r.Score(append(fs[:len(fs):len(fs)], more)))
		if _, off := r.(Deduction); !off && after.LessThan(total(lines)) {
			t.Fatalf("a good deed lowered %s to %s", total(lines), after)
		}
	})
}

// A root is cut off, so that its square never exceeds what it is the root of.
func TestRootIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := decimal.New(rapid.Int64Range(0, 1<<50).Draw(t, "d"), -4)
		r := root(d)
		if next := r.Add(decimal.New(1, -16)); r.Mul(r).GreaterThan(d) || !next.Mul(next).GreaterThan(d) {
			t.Fatalf("√%s = %s", d, r)
		}
	})
}
