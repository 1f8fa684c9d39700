package rule

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// PerItem gives points for each item by its level. The same content counts
// once, whatever items it stands in; one item taken several times counts each
// time, or only once at the highest level if HighestOnly (R12). An item that
// counted before the period and was taken back in it counts negatively, so the
// rounds of a year sum up to the year.
type PerItem struct {
	Name        string
	Levels      []LevelPoints
	HighestOnly bool
	Cap         *decimal.Decimal // nil: none

	bare bool // its lines have no shares
}

// LevelPoints are the points of an item of a level. The level "" stands for
// every level that is not named.
type LevelPoints struct {
	Level  string          `json:"level" maxLength:"20"`
	Points decimal.Decimal `json:"points" pattern:"^[0-9]{1,6}([.][0-9]{1,4})?$"`
}

// Score implements Rule with one line.
func (r PerItem) Score(facts []Fact) []Line {
	l := Line{Part: "items"}
	n := make([]int, len(r.Levels))
	priced := make([]Fact, 0, len(facts))
	for _, f := range facts {
		if r.level(f) >= 0 {
			priced = append(priced, f)
		}
	}
	for _, g := range groups(priced) {
		if f := g[0]; len(g) == 1 && r.bare {
			r.single(&l, n, f)
			continue
		}
		then, _ := r.choose(g, Fact.stood)
		now, item := r.choose(g, Fact.stands)
		for i, f := range g {
			if then[i] {
				n[r.level(f)] -= f.N
				l.Before = l.Before.Sub(r.worth(f))
			}
			if now[i] {
				n[r.level(f)] += f.N
				l.Before = l.Before.Add(r.worth(f))
			}
			if !r.bare {
				l.Shares = append(l.Shares, r.shares(f, then[i], now[i], item)...)
			}
		}
	}
	for _, k := range n {
		l.N += k
	}
	l.Points = least(l.Before, r.Cap)
	l.Formula = r.formula(n, l)
	return []Line{l}
}

// single counts a fact that nothing else is the same as: not at all, if it
// counted before and still does.
func (r PerItem) single(l *Line, n []int, f Fact) {
	k := r.level(f)
	switch then, now := f.stood(), f.stands(); {
	case now && !then:
		n[k] += f.N
		l.Before = l.Before.Add(r.worth(f))
	case then && !now:
		n[k] -= f.N
		l.Before = l.Before.Sub(r.worth(f))
	}
}

// level returns the index of the level whose points f gets, or -1.
func (r PerItem) level(f Fact) int {
	other := -1
	for i, p := range r.Levels {
		if p.Level == f.Level {
			return i
		}
		if p.Level == "" {
			other = i
		}
	}
	return other
}

func (r PerItem) worth(f Fact) decimal.Decimal {
	return r.Levels[r.level(f)].Points.Mul(decimal.NewFromInt(int64(f.N)))
}

// choose says which facts of a group count among those that are in, and the
// item they belong to: the one that brings most, or the first of equals.
func (r PerItem) choose(g []Fact, in func(Fact) bool) (counts []bool, item string) {
	counts = make([]bool, len(g))
	best, most := -1, decimal.Zero
	sums := map[string]decimal.Decimal{}
	for i, f := range g {
		if !in(f) {
			continue
		}
		if w := r.worth(f); r.HighestOnly {
			if best < 0 || w.GreaterThan(most) {
				best, most = i, w
			}
		} else {
			sums[f.Item] = sums[f.Item].Add(w)
		}
	}
	if r.HighestOnly {
		if best >= 0 {
			counts[best], item = true, g[best].Item
		}
		return counts, item
	}
	for i, f := range g {
		if in(f) && (best < 0 || sums[f.Item].GreaterThan(most)) {
			best, most, item = i, sums[f.Item], f.Item
		}
	}
	for i, f := range g {
		counts[i] = best >= 0 && in(f) && f.Item == item
	}
	return counts, item
}

// shares lists what f adds to the line, with what took it back.
func (r PerItem) shares(f Fact, then, now bool, item string) []Share {
	w := r.worth(f)
	switch {
	case f.Reversal != uuid.Nil && !f.Before:
		return []Share{{f.Tenant, f.ID, w, Reversed}, {f.Tenant, f.Reversal, w.Neg(), Reversal}}
	case f.Reversal != uuid.Nil && then:
		return []Share{{f.Tenant, f.Reversal, w.Neg(), Reversal}}
	case f.Reversal != uuid.Nil:
		return []Share{{f.Tenant, f.Reversal, decimal.Zero, Reversal}}
	case f.Before && then && !now: // a better one of the period took its place
		return []Share{{f.Tenant, f.ID, w.Neg(), why(f, now, item)}}
	case now && !then:
		return []Share{{f.Tenant, f.ID, w, ""}}
	case f.Before:
		return nil
	}
	return []Share{{f.Tenant, f.ID, decimal.Zero, why(f, now, item)}}
}

// formula reads 本级采用 35 条 × 5 分 + 上级采用 3 条 × 10 分 = 205 分.
func (r PerItem) formula(n []int, l Line) string {
	var terms []string
	for i, p := range r.Levels {
		if n[i] != 0 {
			terms = append(terms, fmt.Sprintf("%s%s %d 条 × %s 分", LevelName(p.Level), r.Name, n[i], p.Points))
		}
	}
	if len(terms) == 0 {
		return r.Name + " 0 条，计 0 分"
	}
	s := strings.Join(terms, " + ") + " = " + l.Before.String() + " 分"
	if r.HighestOnly {
		s += "（同一信息只按最高一次计）"
	}
	return s + capped(l, r.Cap)
}

func capped(l Line, limit *decimal.Decimal) string {
	if l.Points.Equal(l.Before) {
		return ""
	}
	return fmt.Sprintf("，最高 %s 分，计 %s 分", limit, l.Points)
}

// bounded says what a cap or a floor made of the points of a line.
func bounded(l Line) string {
	switch {
	case l.Points.LessThan(l.Before):
		return fmt.Sprintf("，最高 %s 分，计 %s 分", l.Points, l.Points)
	case l.Points.GreaterThan(l.Before):
		return fmt.Sprintf("，最低 %s 分，计 %s 分", l.Points, l.Points)
	}
	return ""
}

// LevelName returns what a level is called: 本级, 上级, or its own name.
func LevelName(level string) string {
	switch level {
	case "own":
		return "本级"
	case "upper":
		return "上级"
	}
	return level
}
