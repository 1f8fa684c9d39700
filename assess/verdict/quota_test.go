package verdict

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess"
)

var four = []string{"优秀", "良好", "合格", "不合格"}

func num(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// lines are the usual ones.
func usualLines() (ls []Line) {
	for i, at := range []string{"90", "80", "60", "0"} {
		ls = append(ls, Line{four[i], num(at)})
	}
	return ls
}

// unitsOf reads "甲 95 40 2": name, total, points under the heading, deductions;
// and perhaps what a veto does.
func unitsOf(kind, class string, texts ...string) (all []placed) {
	for _, s := range texts {
		f := append(strings.Fields(s), "0", "0", "")
		u := assess.Standpoint{Unit: assess.Unit{Kind: kind, ID: uuid.NewSHA1(uuid.Nil, []byte(f[0])), Name: f[0]}, Class: class, Total: num(f[1]),
			Heading: num(f[2]), Deductions: num(f[3])}
		if f[4] != "" && f[4] != "0" {
			u.Effects = []string{f[4]}
		}
		all = append(all, placed{u, four, byLine(u.Total, usualLines(), u.Effects, assess.Severest)})
	}
	return all
}

func of(name string) uuid.UUID { return uuid.NewSHA1(uuid.Nil, []byte(name)) }

// Ten units of a class have three places in the first grade (5.4): 30 per cent,
// rounded down, at least one.
func TestQuota(t *testing.T) {
	t.Parallel()
	seven := []string{"庚 70", "辛 70", "壬 70", "癸 70", "子 70", "丑 70", "寅 50"}
	for name, tt := range map[string]struct {
		units []placed
		share int
		picks []Pick
		first string // the names in the first grade
		why   map[string]string
		ties  int
		used  int
	}{
		"by line: nobody reaches it":      {units: unitsOf("tenant", "", "甲 89.99", "乙 80"), share: 30, first: "", why: map[string]string{"甲": "line"}},
		"on the line is above it":         {units: unitsOf("tenant", "", "甲 90", "乙 80"), share: 30, first: "甲"},
		"at least one of a small class":   {units: unitsOf("tenant", "", "甲 95", "乙 94"), share: 30, first: "甲", why: map[string]string{"甲": "line", "乙": "quota"}},
		"at least one of no share at all": {units: unitsOf("tenant", "", "甲 95", "乙 94"), share: 0, first: "甲"},
		"rounded down: 3 of 10":           {units: unitsOf("tenant", "", append([]string{"甲 99", "乙 98", "丙 97"}, seven...)...), share: 30, first: "甲乙丙"},
		"rounded down: 2 of 9":            {units: unitsOf("tenant", "", append([]string{"甲 99", "乙 98", "丙 97"}, seven[1:]...)...), share: 30, first: "甲乙", why: map[string]string{"丙": "quota"}},
		"equals, by the heading": {units: unitsOf("tenant", "", "甲 95 40", "乙 95 41"), share: 30, first: "乙",
			why: map[string]string{"甲": "heading", "乙": "heading"}},
		"equals, by deductions": {units: unitsOf("tenant", "", "甲 95 40 3", "乙 95 40 2"), share: 30, first: "乙",
			why: map[string]string{"甲": "deductions", "乙": "deductions"}},
		"equals in everything wait": {units: unitsOf("tenant", "", "甲 95 40 2", "乙 95 40 2"), share: 30, first: "", ties: 1,
			why: map[string]string{"甲": "tie", "乙": "tie"}},
		"equals are chosen among, with a reason": {units: unitsOf("tenant", "", "甲 95 40 2", "乙 95 40 2"), share: 30,
			picks: []Pick{{[]uuid.UUID{of("乙")}, "承担防汛抗旱急难任务"}}, first: "乙", used: 1, why: map[string]string{"甲": "chosen"}},
		"a choice of too many is none": {units: unitsOf("tenant", "", "甲 95 40 2", "乙 95 40 2"), share: 30,
			picks: []Pick{{[]uuid.UUID{of("甲"), of("乙")}, "都好"}}, first: "", ties: 1},
		"a choice of another is none": {units: unitsOf("tenant", "", "甲 95 40 2", "乙 95 40 2", "丙 91"), share: 30,
			picks: []Pick{{[]uuid.UUID{of("丙")}, "都好"}}, first: "", ties: 1},
		"equals below the limit do not matter": {units: unitsOf("tenant", "", "甲 99", "乙 95", "丙 95"), share: 40, first: "甲"},
		"no excellent by veto": {units: unitsOf("tenant", "", "甲 99 0 0 no_excellent", "乙 95"), share: 50, first: "乙",
			why: map[string]string{"甲": "line"}},
		"classes apart": {units: append(unitsOf("tenant", "a", "甲 99", "乙 98"), unitsOf("tenant", "b", "丙 91", "丁 90")...), share: 30, first: "甲丙"},
		"kinds apart":   {units: append(unitsOf("tenant", "", "甲 99"), unitsOf("department", "", "丙 91")...), share: 30, first: "甲丙"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, ties, used := quota(tt.units, tt.share, tt.picks)
			var first string
			for _, r := range rows {
				if r.Grade == "优秀" {
					first += r.Unit.Name
				}
				if want := tt.why[r.Unit.Name]; want != "" && r.Why != want {
					t.Errorf("%s because of %s, want %s", r.Unit.Name, r.Why, want)
				}
			}
			if first != tt.first || len(ties) != tt.ties || used != tt.used || len(rows) != len(tt.units) {
				t.Errorf("first grade %q, %d ties, %d choices of %d rows; want %q, %d, %d", first, len(ties), used, len(rows), tt.first, tt.ties, tt.used)
			}
		})
	}
}

// A veto does what it says, whatever the total is.
func TestByLine(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		total   string
		effects []string
		want    string
	}{
		"on a line":                 {"80", nil, "良好"},
		"below all":                 {"-3", nil, "不合格"},
		"no excellent":              {"95", []string{"no_excellent"}, "良好"},
		"no excellent, lower":       {"70", []string{"no_excellent"}, "合格"},
		"one down":                  {"95", []string{"one_grade_down"}, "良好"},
		"one down twice":            {"95", []string{"one_grade_down", "one_grade_down"}, "合格"},
		"nothing below the last":    {"10", []string{"one_grade_down"}, "不合格"},
		"in whatever order":         {"95", []string{"one_grade_down", "no_excellent"}, "合格"},
		"in whatever other order":   {"95", []string{"no_excellent", "one_grade_down"}, "合格"},
		"the severest before":       {"95", []string{"fail", "no_excellent"}, "不合格"},
		"fail":                      {"95", []string{"fail"}, "不合格"},
		"the total is not rounded":  {"89.9999", nil, "良好"},
		"a point has four decimals": {"90.0001", nil, "优秀"},
	} {
		if got := four[byLine(num(tt.total), usualLines(), tt.effects, assess.Severest)]; got != tt.want {
			t.Errorf("%s: %s is %s, want %s", name, tt.total, got, tt.want)
		}
	}
}

// Whatever the totals: no class has more in the first grade than its places,
// nobody is in it below the line or below one who is not, and the order in which
// the units come does not matter.
func TestQuotaHolds(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(4, 18))
	for range 500 {
		var units []placed
		n, share := 1+rnd.IntN(20), rnd.IntN(101)
		for i := range n {
			text := []string{string(rune('a' + i)), decimal.New(int64(8800+50*rnd.IntN(12)), -2).String(), decimal.NewFromInt(int64(rnd.IntN(3))).String(),
				decimal.NewFromInt(int64(rnd.IntN(2))).String()}
			units = append(units, unitsOf("tenant", string(rune('x'+rnd.IntN(2))), strings.Join(text, " "))...)
		}
		rows, ties, _ := quota(units, share, nil)
		mixed := slices.Clone(units)
		rnd.Shuffle(n, func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		again, ties2, _ := quota(mixed, share, nil)
		grades := map[uuid.UUID]string{}
		for _, r := range again {
			grades[r.Unit.ID] = r.Grade + r.Why
		}
		size, first := map[string]int{}, map[string]int{}
		for _, r := range rows {
			size[r.Class]++
			if r.Grade == "优秀" {
				first[r.Class]++
			}
			if grades[r.Unit.ID] != r.Grade+r.Why || len(ties) != len(ties2) {
				t.Fatalf("in another order %s is %s and not %s", r.Unit.Name, grades[r.Unit.ID], r.Grade+r.Why)
			}
			if r.Grade == "优秀" && r.Total.LessThan(num("90")) {
				t.Fatalf("%+v is below the line", r)
			}
			for _, o := range rows {
				if o.Class == r.Class && r.Grade == "优秀" && o.Grade != "优秀" && o.Why != "tie" && o.Total.GreaterThan(r.Total) {
					t.Fatalf("%+v stands above %+v", o, r)
				}
			}
		}
		for class, got := range first {
			if got > most(size[class], share) {
				t.Fatalf("%d of %d in the first grade at %d per cent", got, size[class], share)
			}
		}
	}
}
