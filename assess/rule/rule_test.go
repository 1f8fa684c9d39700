package rule

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// text is v as it would be written down.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func points(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func limit(s string) *decimal.Decimal {
	d := points(s)
	return &d
}

// id makes the n-th of some ids, always the same.
func id(n int) uuid.UUID { return uuid.NewSHA1(uuid.NameSpaceOID, []byte(fmt.Sprint(n))) }

// many makes n facts of different items at a level.
func many(n int, level string) []Fact {
	fs := make([]Fact, n)
	for i := range fs {
		name := fmt.Sprint(level, i)
		fs[i] = Fact{ID: uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)), Item: name, Content: name, Level: level, N: 1, At: time.Unix(int64(i), 0)}
	}
	return fs
}

func own5upper10(change func(*PerItem)) PerItem {
	r := PerItem{Name: "采用", Levels: []LevelPoints{{"own", points("5")}, {"upper", points("10")}}}
	if change != nil {
		change(&r)
	}
	return r
}

func TestPerItem(t *testing.T) {
	t.Parallel()
	twice := []Fact{ // one item taken by an own journal and by an upper one
		{ID: id(1), Item: "a", Content: "x", Level: "own", N: 1, At: time.Unix(1, 0)},
		{ID: id(2), Item: "a", Content: "x", Level: "upper", N: 1, At: time.Unix(2, 0)},
	}
	copied := append(twice[:1:1], Fact{ID: id(3), Item: "b", Content: "x", Level: "own", N: 1, At: time.Unix(3, 0)})
	taken := []Fact{{ID: id(1), Item: "a", Level: "own", N: 1, Reversal: id(9)}}
	takenLater := []Fact{{ID: id(1), Item: "a", Level: "own", N: 1, Before: true, Reversal: id(9)}}
	again := append(taken[:1:1], Fact{ID: id(4), Item: "b", Level: "own", N: 1, At: time.Unix(5, 0)})

	for name, tt := range map[string]struct {
		rule   PerItem
		facts  []Fact
		n      int
		before string
		points string
		text   string
	}{
		"own and upper": {own5upper10(nil), append(many(35, "own"), many(3, "upper")...), 38, "205", "205",
			"本级采用 35 条 × 5 分 + 上级采用 3 条 × 10 分 = 205 分"},
		"nothing":         {own5upper10(nil), nil, 0, "0", "0", "采用 0 条，计 0 分"},
		"unscored level":  {own5upper10(nil), many(3, "county"), 0, "0", "0", "采用 0 条，计 0 分"},
		"any other level": {PerItem{Name: "发布", Levels: []LevelPoints{{"", points("0.5")}}}, many(3, "own"), 3, "1.5", "1.5", "发布 3 条 × 0.5 分 = 1.5 分"},
		"just the cap":    {own5upper10(func(r *PerItem) { r.Cap = limit("15") }), many(3, "own"), 3, "15", "15", "本级采用 3 条 × 5 分 = 15 分"},
		"over the cap":    {own5upper10(func(r *PerItem) { r.Cap = limit("12.5") }), many(3, "own"), 3, "15", "12.5", "本级采用 3 条 × 5 分 = 15 分，最高 12.5 分，计 12.5 分"},
		"cumulative (R12)": {own5upper10(nil), twice, 2, "15", "15",
			"本级采用 1 条 × 5 分 + 上级采用 1 条 × 10 分 = 15 分"},
		"highest only (R12)": {own5upper10(func(r *PerItem) { r.HighestOnly = true }), twice, 1, "10", "10",
			"上级采用 1 条 × 10 分 = 10 分（同一信息只按最高一次计）"},
		"a copy counts once (AS-03)":   {own5upper10(nil), copied, 1, "5", "5", "本级采用 1 条 × 5 分 = 5 分"},
		"taken back in the period":     {own5upper10(nil), taken, 0, "0", "0", "采用 0 条，计 0 分"},
		"taken back after it counted":  {own5upper10(nil), takenLater, -1, "-5", "-5", "本级采用 -1 条 × 5 分 = -5 分"},
		"taken back and put out again": {own5upper10(nil), again, 1, "5", "5", "本级采用 1 条 × 5 分 = 5 分"},
		"counted already before":       {own5upper10(nil), []Fact{{ID: id(1), Item: "a", Content: "x", Level: "own", N: 1, Before: true}, copied[1]}, 0, "0", "0", "采用 0 条，计 0 分"},
		"a better one displaces it": {own5upper10(func(r *PerItem) { r.HighestOnly = true }),
			[]Fact{{ID: id(1), Item: "a", Content: "x", Level: "own", N: 1, Before: true}, twice[1]}, 0, "5", "5",
			"本级采用 -1 条 × 5 分 + 上级采用 1 条 × 10 分 = 5 分（同一信息只按最高一次计）"},
	} {
		t.Run(name, func(t *testing.T) {
			l := tt.rule.Score(tt.facts)[0]
			if l.N != tt.n || l.Before.String() != tt.before || l.Points.String() != tt.points || l.Formula != tt.text {
				t.Errorf("Score = %d, %s, %s, %q\n want %d, %s, %s, %q", l.N, l.Before, l.Points, l.Formula, tt.n, tt.before, tt.points, tt.text)
			}
			if sum := sumOf(l.Shares); !sum.Equal(l.Before) {
				t.Errorf("the shares sum up to %s, want %s", sum, l.Before)
			}
		})
	}
}

func TestReversalIsANegativeShare(t *testing.T) {
	t.Parallel()
	l := own5upper10(nil).Score([]Fact{{ID: id(1), Item: "a", Level: "own", N: 1, Reversal: id(9)}})[0]
	want := []Share{{Deed: id(1), Points: points("5"), Note: Reversed}, {Deed: id(9), Points: points("-5"), Note: Reversal}}
	if text(l.Shares) != text(want) {
		t.Errorf("shares = %s, want %s (AS-03)", text(l.Shares), text(want))
	}
}

func TestBaseTask(t *testing.T) {
	t.Parallel()
	// The numbers of A-1: 36 items = 50 points; each more +0.5, at most 10.
	rule := func(change func(*BaseTask)) BaseTask {
		r := BaseTask{Name: "报送", Task: 36, Base: points("50"), Bonus: points("0.5"), BonusCap: limit("10")}
		if change != nil {
			change(&r)
		}
		return r
	}
	for name, tt := range map[string]struct {
		rule        BaseTask
		n           int
		base, bonus string
		text        string
	}{
		"met":          {rule(nil), 36, "50", "0", "报送 36 条，完成任务 36 条，得基本分 50 分"},
		"one short":    {rule(nil), 35, "0", "0", "报送 35 条，未完成任务 36 条，得 0 分"},
		"none":         {rule(func(r *BaseTask) { r.Proportional = true }), 0, "0", "0", "报送 0 条，任务 36 条，按比例 50 × 0 ÷ 36 = 0 分"},
		"proportional": {rule(func(r *BaseTask) { r.Proportional = true }), 30, "41.6666666666666667", "0", "报送 30 条，任务 36 条，按比例 50 × 30 ÷ 36 = 41.6666666666666667 分"},
		"four more":    {rule(nil), 40, "50", "2", "报送 40 条，完成任务 36 条，得基本分 50 分"},
		"just the cap": {rule(nil), 56, "50", "10", "报送 56 条，完成任务 36 条，得基本分 50 分"},
		"over the cap": {rule(nil), 57, "50", "10", "报送 57 条，完成任务 36 条，得基本分 50 分"},
		"cap of both":  {rule(func(r *BaseTask) { r.Cap = limit("52") }), 56, "50", "2", "报送 56 条，完成任务 36 条，得基本分 50 分"},
		"cap on base":  {rule(func(r *BaseTask) { r.Cap = limit("45") }), 56, "45", "0", "报送 56 条，完成任务 36 条，得基本分 50 分，最高 45 分，计 45 分"},
	} {
		t.Run(name, func(t *testing.T) {
			ls := tt.rule.Score(many(tt.n, "own"))
			if got := [2]string{ls[0].Points.String(), ls[1].Points.String()}; got != [2]string{tt.base, tt.bonus} || ls[0].Formula != tt.text {
				t.Errorf("Score = %v %q\n want [%s %s] %q", got, ls[0].Formula, tt.base, tt.bonus, tt.text)
			}
			for _, l := range ls {
				if sum := sumOf(l.Shares); !sum.Equal(l.Before) {
					t.Errorf("%s: the shares sum up to %s, want %s", l.Part, sum, l.Before)
				}
			}
		})
	}
	over := rule(nil).Score(many(57, "own"))[1]
	if want := "超额 21 条 × 0.5 分 = 10.5 分，最高 10 分，计 10 分"; over.Formula != want || over.N != 21 || len(over.Shares) != 21 {
		t.Errorf("bonus = %q on %d deeds, want %q on 21", over.Formula, len(over.Shares), want)
	}
}

// What a proportional score is rounded to must be what the exact fraction is
// rounded to: sixteen places in between must not show.
func TestProportionRoundsLikeTheExactFraction(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"50", "16.6667", "0.0001", "99.995", "33.33"} {
		exact, _ := new(big.Rat).SetString(base)
		for task := 1; task <= 400; task += 7 {
			for n := 0; n < task; n += 3 {
				r := BaseTask{Task: task, Base: points(base), Proportional: true}
				got := r.base(nil, n).Points.Round(2)
				want := new(big.Rat).Mul(exact, big.NewRat(int64(n), int64(task)))
				cents := new(big.Rat).Add(new(big.Rat).Mul(want, big.NewRat(100, 1)), big.NewRat(1, 2)) // half up
				floor := new(big.Int).Quo(cents.Num(), cents.Denom())
				if got.String() != decimal.NewFromBigInt(floor, -2).String() {
					t.Fatalf("%s × %d ÷ %d = %s, want %s", base, n, task, got, decimal.NewFromBigInt(floor, -2))
				}
			}
		}
	}
}

// The decimals must be exact and round half up once; floats are neither.
func TestDecimalIsExact(t *testing.T) {
	t.Parallel()
	sum := decimal.Zero
	for range 100_000 {
		sum = sum.Add(points("0.1"))
	}
	if sum.String() != "10000" {
		t.Errorf("100000 × 0.1 added up = %s, want 10000", sum)
	}
	for in, want := range map[string]string{"1.005": "1.01", "2.675": "2.68", "1.00499999999999999": "1", "0.125": "0.13", "999999.995": "1000000"} {
		if got := points(in).Round(2).String(); got != want {
			t.Errorf("%s rounds to %s, want %s", in, got, want)
		}
	}
}

func sumOf(shares []Share) (sum decimal.Decimal) {
	for _, s := range shares {
		sum = sum.Add(s.Points)
	}
	return sum
}

// drawFacts makes facts that meet often: few items, contents and times.
func drawFacts(t *rapid.T) []Fact {
	n := rapid.IntRange(0, 24).Draw(t, "n")
	fs := make([]Fact, n)
	for i := range fs {
		fs[i] = Fact{
			ID: id(i), Item: fmt.Sprint("item", rapid.IntRange(0, 5).Draw(t, "item")),
			Content: rapid.SampledFrom([]string{"", "x", "y", "z"}).Draw(t, "content"),
			Level:   rapid.SampledFrom([]string{"own", "upper", "", "county"}).Draw(t, "level"),
			N:       rapid.IntRange(1, 3).Draw(t, "count"), At: time.Unix(int64(rapid.IntRange(0, 4).Draw(t, "at")), 0),
			Before: rapid.IntRange(0, 3).Draw(t, "before") == 0,
		}
		if rapid.IntRange(0, 3).Draw(t, "taken back") == 0 {
			fs[i].Reversal = id(1000 + i)
		}
	}
	return fs
}

func drawRule(t *rapid.T) Rule {
	var ceiling *decimal.Decimal
	if rapid.Bool().Draw(t, "capped") {
		ceiling = limit(rapid.SampledFrom([]string{"0", "7.5", "33.3333"}).Draw(t, "cap"))
	}
	if rapid.Bool().Draw(t, "per item") {
		return PerItem{Name: "采用", HighestOnly: rapid.Bool().Draw(t, "highest"), Cap: ceiling,
			Levels: []LevelPoints{{"own", points("2.5")}, {"upper", points("10.0001")}, {"", points("0.3")}}}
	}
	return BaseTask{Name: "报送", Task: rapid.IntRange(1, 9).Draw(t, "task"), Base: points("10"), Cap: ceiling,
		Proportional: rapid.Bool().Draw(t, "proportional"), Bonus: points(rapid.SampledFrom([]string{"0", "0.7"}).Draw(t, "bonus")), BonusCap: limit("2")}
}

func total(lines []Line) (sum decimal.Decimal) {
	for _, l := range lines {
		sum = sum.Add(l.Points)
	}
	return sum
}

func TestRulesProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rule, fs := drawRule(t), drawFacts(t)
		lines := rule.Score(fs)
		shuffled := append([]Fact(nil), fs...)
		rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)).Shuffle(len(shuffled), func(i, j int) {
			shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
		})
		if a, b := text(lines), text(rule.Score(shuffled)); a != b {
			t.Fatalf("the order of the deeds matters:\n%s\n%s", a, b)
		}
		for _, l := range lines {
			if !sumOf(l.Shares).Equal(l.Before) {
				t.Fatalf("%s: shares sum up to %s, want %s", l.Part, sumOf(l.Shares), l.Before)
			}
			if l.Points.GreaterThan(l.Before) {
				t.Fatalf("a cap raised %s to %s", l.Before, l.Points)
			}
		}
		got := total(lines)
		checkBounds(t, rule, fs, got)
		more := Fact{ID: id(5000), Item: "item9", Content: "w", Level: "own", N: 1, At: time.Unix(2, 0)}
		if after := total(rule.Score(append(fs[:len(fs):len(fs)], more))); after.LessThan(got) {
			t.Fatalf("a good deed lowered %s to %s", got, after)
		}
		checkCopy(t, rule, fs, got)
	})
}

func checkBounds(t *rapid.T, rule Rule, fs []Fact, got decimal.Decimal) {
	var ceiling *decimal.Decimal
	floor := true // nothing counted before that could be taken away
	switch r := rule.(type) {
	case PerItem:
		ceiling = r.Cap
		for _, f := range fs {
			floor = floor && !f.Before
		}
	case BaseTask:
		ceiling = r.Cap
	}
	if ceiling != nil && got.GreaterThan(*ceiling) {
		t.Fatalf("%s exceeds the cap %s", got, ceiling)
	}
	if floor && got.IsNegative() {
		t.Fatalf("%s is below zero", got)
	}
}

// checkCopy holds that the content of a deed that stands, put out once more
// under another item, adds nothing (AS-03).
func checkCopy(t *rapid.T, rule Rule, fs []Fact, got decimal.Decimal) {
	for _, f := range fs {
		if f.Content == "" || !f.stands() {
			continue
		}
		f.ID, f.Item, f.At, f.Before = id(7000), "copied", time.Unix(9, 0), false
		if after := total(rule.Score(append(fs[:len(fs):len(fs)], f))); !after.Equal(got) {
			t.Fatalf("a copy changed %s to %s", got, after)
		}
	}
}

// The rounds of a year sum up to the year, whatever is taken back when.
func TestPeriodsSumUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := own5upper10(func(r *PerItem) { r.HighestOnly = rapid.Bool().Draw(t, "highest") })
		var year, first, second []Fact
		for i, f := range drawFacts(t) {
			done := rapid.IntRange(1, 10).Draw(t, "done")
			f.Before, f.Reversal, f.At = false, uuid.Nil, time.Unix(int64(done), 0)
			back := 99
			if rapid.Bool().Draw(t, "taken back") {
				back = rapid.IntRange(done, 10).Draw(t, "when")
			}
			at := func(before, taken bool) Fact {
				g := f
				if g.Before = before; taken {
					g.Reversal = id(1000 + i)
				}
				return g
			}
			year = append(year, at(false, back <= 10))
			if done <= 5 {
				first = append(first, at(false, back <= 5))
			}
			if back > 5 {
				second = append(second, at(done <= 5, back <= 10))
			}
		}
		whole, sum := total(r.Score(year)), total(r.Score(first)).Add(total(r.Score(second)))
		if !whole.Equal(sum) {
			t.Fatalf("the halves sum up to %s, the year is %s", sum, whole)
		}
	})
}
