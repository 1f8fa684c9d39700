package assess

import (
	"github.com/shopspring/decimal"

	"hetu/assess/rule"
)

// An Ahead says what more of something would bring a unit by one rule, beyond
// what it has: exactly that, if nothing else happens and what it brings is new.
type Ahead struct {
	Rule   string          `json:"rule"` // its code
	Name   string          `json:"name"`
	Level  string          `json:"level"`                         // of what would be brought; empty if levels do not matter
	State  string          `json:"state" enum:"open,full,threat"` // full: no more of it counts; threat: each one takes points away
	More   int             `json:"more"`                          // how many of it bring the next points
	Points decimal.Decimal `json:"points"`                        // what these bring
	Top    *int            `json:"top"`                           // after how many no more of it counts; null: there is no end
	Held   string          `json:"held"`                          // the heading whose own cap keeps the points from counting; empty if none does
}

// far is how many items are looked ahead for an end of what counts.
const far = 1 << 20

// aheadOf returns what the next points would take, for every rule of which that
// can be said by itself: not where units are compared with one another, where a
// figure or a grade decides, or where each month is judged alone.
func aheadOf(v Version, m Member, lines []shortLine) []Ahead {
	all := []Ahead{}
	for _, s := range v.Rules {
		if v.Plan.exempts(m, s.Heading) {
			continue
		}
		held := heldBy(v.Plan, s.Heading, lines)
		for _, a := range s.ahead(m.Class, ofRule(lines, s.Code)) {
			a.Rule, a.Name, a.Held = s.Code, s.Name, held
			all = append(all, a)
		}
	}
	return all
}

// A shortLine is what is known of a line of a score without the deeds it rests on.
type shortLine struct {
	Code   string          `db:"rule_code"`
	Part   string          `db:"part"`
	N      int             `db:"n"`
	Before decimal.Decimal `db:"points_before"`
	Points decimal.Decimal `db:"points"`
}

func ofRule(lines []shortLine, code string) map[string]shortLine {
	mine := map[string]shortLine{}
	for _, l := range lines {
		if l.Code == code {
			mine[l.Part] = l
		}
	}
	return mine
}

// heldBy returns the name of the heading, the nearest first, whose cap takes
// points away that its rules brought.
func heldBy(p Plan, code string, lines []shortLine) string {
	for n := 0; code != "" && n <= len(p.Headings); n++ {
		h := p.heading(code)
		if h == nil {
			return ""
		}
		if l, ok := ofRule(lines, code)["limit"]; ok && l.Points.IsNegative() {
			return h.Name
		}
		code = h.Parent
	}
	return ""
}

// ahead returns what more of each level would bring, by the lines the rule has.
func (s Spec) ahead(class string, lines map[string]shortLine) []Ahead {
	switch s.Type {
	case perItem:
		if s.Norm == nil {
			return s.levelsAhead(lines["items"])
		}
	case deduction:
		return s.threats(lines["deduction"])
	case baseTask:
		if l, ok := lines["base"]; ok && (s.Every == "" || s.Every == "year") {
			task := s.in(class, "", "").(rule.BaseTask) //nolint:errcheck,forcetypeassert // a task of the whole period is one
			return []Ahead{climb(l.N, func(n int) decimal.Decimal { return pointsOf(task.At(n)) })}
		}
	case overBonus:
		return s.bonusAhead(lines["bonus"])
	case ratio, steps, deviation:
		return s.measureAhead(class, lines)
	}
	return nil
}

// levelsAhead is for points per item: each level by itself.
func (s Spec) levelsAhead(l shortLine) []Ahead {
	var all []Ahead
	for _, p := range s.Levels {
		if p.Points.IsPositive() {
			a := climb(0, func(n int) decimal.Decimal {
				return capped(l.Before.Add(p.Points.Mul(decimal.NewFromInt(int64(n)))), s.Cap)
			})
			a.Level = p.Level
			all = append(all, a)
		}
	}
	return full(all)
}

// bonusAhead is for items beyond a number of them. How many of those within it
// there are is not known from the line where none is beyond it.
func (s Spec) bonusAhead(l shortLine) []Ahead {
	if s.Task > 0 && l.N == 0 {
		return nil
	}
	return s.levelsAhead(l)
}

// threats say what each event would take away.
func (s Spec) threats(l shortLine) []Ahead {
	r := s.in("", "", "").(rule.Deduction) //nolint:errcheck,forcetypeassert // the type was asked for
	var all []Ahead
	for _, p := range s.Levels {
		lost := r.Held(l.Before.Sub(p.Points)).Sub(r.Held(l.Before))
		if lost.IsNegative() {
			all = append(all, Ahead{Level: p.Level, State: "threat", More: 1, Points: lost})
		}
	}
	return all
}

// measureAhead is for rules that measure how many there are.
func (s Spec) measureAhead(class string, lines map[string]shortLine) []Ahead {
	r, ok := s.in(class, "", "").(rule.Measuring)
	if !ok || s.Measure == "figure" || !r.Rises() {
		return nil
	}
	for _, l := range lines {
		return []Ahead{climb(l.N, func(n int) decimal.Decimal { return capped(r.Worth(decimal.NewFromInt(int64(n))), s.Cap) })}
	}
	return nil
}

// climb finds by how many more than n the points rise, and where they end. The
// points never fall as the number grows.
func climb(n int, points func(int) decimal.Decimal) Ahead {
	now, top := points(n), points(n+far)
	if !top.GreaterThan(now) {
		return Ahead{State: "full", Top: new(int)}
	}
	a := Ahead{State: "open", More: firstOf(func(k int) bool { return points(n + k).GreaterThan(now) })}
	a.Points = points(n + a.More).Sub(now)
	if points(n + 2*far).Equal(top) {
		k := firstOf(func(k int) bool { return points(n + k).Equal(top) })
		a.Top = &k
	}
	return a
}

// firstOf returns the least number from 1 to far for which ok holds, which it
// then does for all that are greater.
func firstOf(ok func(int) bool) int {
	low, high := 0, 1 // not ok, perhaps ok
	for !ok(high) && high < far {
		low, high = high, 2*high
	}
	for high-low > 1 {
		if mid := (low + high) / 2; ok(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	return high
}

// full makes one of several that are all full.
func full(all []Ahead) []Ahead {
	for _, a := range all {
		if a.State != "full" {
			return all
		}
	}
	if len(all) > 0 {
		all = []Ahead{{State: "full", Top: new(int)}}
	}
	return all
}

func capped(points decimal.Decimal, limit *decimal.Decimal) decimal.Decimal {
	if limit != nil && limit.LessThan(points) {
		return *limit
	}
	return points
}

func pointsOf(lines []rule.Line) (sum decimal.Decimal) {
	for _, l := range lines {
		sum = sum.Add(l.Points)
	}
	return sum
}
