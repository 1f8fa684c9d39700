package assess

import (
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"hetu/assess/rule"
)

// shorts are the lines of a rule as the database knows them.
func shorts(s Spec, all []rule.Line) []shortLine {
	short := make([]shortLine, len(all))
	for i, l := range all {
		short[i] = shortLine{s.Code, l.Part, l.N, l.Before, l.Points}
	}
	return short
}

// brings makes n facts of a level, each about something of its own.
func brings(from, n int, level string) (all []Fact) {
	for k := range n {
		all = append(all, Fact{ID: id(from + k), Item: fmt.Sprint("x/", from+k), Level: level, N: 1, At: time.Date(2026, 3, 1, 0, 0, from+k, 0, shanghai)})
	}
	return all
}

func drawSpec(t *rapid.T) Spec {
	most := rapid.SampledFrom([]*decimal.Decimal{nil, limit("20"), limit("12.5")}).Draw(t, "cap")
	levels := []LevelPoints{{Level: "own", Points: points("2")}, {Level: "upper", Points: points("7.5")}, {Level: "", Points: points("0.5")}}
	return rapid.SampledFrom([]Spec{
		{Type: perItem, Levels: levels, Cap: most},
		{Type: perItem, Levels: levels, Cap: most, HighestOnly: true},
		{Type: baseTask, Task: 6, BasePoints: limit("30"), Shortfall: "zero", Cap: most},
		{Type: baseTask, Task: 6, BasePoints: limit("30"), Shortfall: "proportional", BonusPoints: limit("0.5"), BonusCap: limit("2")},
		{Type: baseTask, Task: 9, BasePoints: limit("10"), Shortfall: "deduct", ShortPoints: limit("2"), BonusPoints: limit("1")},
		{Type: deduction, BasePoints: limit("10"), Levels: levels},
		{Type: overBonus, Levels: levels, Cap: most, Task: rapid.IntRange(0, 3).Draw(t, "over")},
		{Type: ratio, Target: limit("7"), BasePoints: limit("30"), MostRatio: limit("1.2"), Factor: limit("0.8"), Cap: most},
		{Type: steps, Table: []rule.Step{{AtLeast: points("3"), Points: points("5")}, {AtLeast: points("8"), Points: points("9")}}, Cap: most},
		{Type: steps, Table: []rule.Step{{AtLeast: points("0"), Points: points("9")}, {AtLeast: points("2"), Points: points("4")}}}, // more is worse
		{Type: deviation, Target: limit("8"), BasePoints: limit("20"), StepPercent: limit("25"), StepPoints: limit("2"), BonusCap: limit("5"), Cap: most},
		{Type: ratio, Measure: "figure", Target: limit("7"), BasePoints: limit("30")},
		{Type: ranked, BasePoints: limit("30")},
	}).Draw(t, "spec")
}

// What is said to lie ahead is what comes, exactly: the number of items it names
// brings the points it names and one fewer brings nothing; after the top, more
// changes nothing.
func TestAheadKeepsItsPromise(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSpec(t)
		s.Code = "r"
		r := s.in("", "2026-01-01", "2026-12-31")
		var had []Fact
		for i, level := range []string{"own", "upper", "other"} {
			had = append(had, brings(1000*(i+1), rapid.IntRange(0, 9).Draw(t, level), level)...)
		}
		score := func(more int, level string) decimal.Decimal {
			return pointsOf(r.Score(append(had[:len(had):len(had)], brings(9000, more, level)...)))
		}
		now := score(0, "")
		for _, a := range aheadOf(Version{Rules: []Spec{s}}, Member{}, shorts(s, r.Score(had))) {
			level := a.Level
			if level == "" {
				level = "other"
			}
			switch {
			case a.State == "full":
				for _, l := range []string{"own", "upper", "other"} {
					if got := score(3, l); got.GreaterThan(now) {
						t.Fatalf("%s: full at %s, and three more of %q make it %s", s.Type, now, l, got)
					}
				}
				continue
			case !score(a.More, level).Sub(now).Equal(a.Points) || a.Points.IsZero():
				t.Fatalf("%s: %d more of %q bring %s, promised %s", s.Type, a.More, level, score(a.More, level).Sub(now), a.Points)
			case a.State == "open" && !score(a.More-1, level).Equal(now):
				t.Fatalf("%s: %d more bring points already", s.Type, a.More-1)
			}
			if a.Top != nil && (!score(*a.Top, level).Equal(score(*a.Top+3, level)) || score(*a.Top-1, level).Equal(score(*a.Top, level))) {
				t.Fatalf("%s: %d more of %q are not where it ends", s.Type, *a.Top, level)
			}
		}
	})
}

func TestAheadSaysWhatItCannotKnow(t *testing.T) {
	t.Parallel()
	plan := Plan{Headings: []Heading{{Code: "a", Name: "政务信息", Cap: limit("10")}, {Code: "b", Name: "信息报送", Parent: "a"}}}
	items := adoption("5", "10")
	items.Heading = "b"
	line := shortLine{Code: "adopted", Part: "items", N: 3, Before: points("15"), Points: points("15")}
	for name, tt := range map[string]struct {
		spec  Spec
		plan  Plan
		m     Member
		lines []shortLine
		want  string
	}{
		"two levels":                        {items, Plan{}, Member{}, []shortLine{line}, "own open 1 5 nil |upper open 1 10 nil |"},
		"the heading is full":               {items, plan, Member{}, []shortLine{line, {Code: "a", Part: "limit", Points: points("-5")}}, "own open 1 5 nil 政务信息|upper open 1 10 nil 政务信息|"},
		"it does not apply":                 {items, plan, Member{Exempt: []string{"a"}}, []shortLine{line}, ""},
		"nothing was worked out":            {Spec{Code: "t", Type: baseTask, Task: 3, BasePoints: limit("1")}, Plan{}, Member{}, nil, ""},
		"each month is judged alone":        {Spec{Code: "t", Type: baseTask, Every: "month", Task: 3, BasePoints: limit("1")}, Plan{}, Member{}, []shortLine{{Code: "t", Part: "base"}}, ""},
		"within what earns no bonus":        {Spec{Code: "t", Type: overBonus, Task: 3, Levels: items.Levels}, Plan{}, Member{}, []shortLine{{Code: "t", Part: "bonus"}}, ""},
		"a target that counts double below": {Spec{Code: "t", Type: ratio, Target: limit("3"), BasePoints: limit("1"), Factor: limit("2")}, Plan{}, Member{}, []shortLine{{Code: "t", Part: "ratio"}}, ""},
		"a deduction at its floor":          {Spec{Code: "t", Type: deduction, BasePoints: limit("4"), Levels: []LevelPoints{{Points: points("2")}}}, Plan{}, Member{}, []shortLine{{Code: "t", Part: "deduction", Before: points("-2")}}, ""},
		"a deduction":                       {Spec{Code: "t", Type: deduction, BasePoints: limit("4"), Levels: []LevelPoints{{Points: points("3")}}}, Plan{}, Member{}, []shortLine{{Code: "t", Part: "deduction", Before: points("1")}}, " threat 1 -1 nil |"},
		"full":                              {Spec{Code: "t", Type: perItem, Cap: limit("4"), Levels: items.Levels}, Plan{}, Member{}, []shortLine{{Code: "t", Part: "items", Before: points("5"), Points: points("4")}}, " full 0 0 0 |"},
	} {
		var got string
		for _, a := range aheadOf(Version{Rules: []Spec{tt.spec}, Plan: tt.plan}, tt.m, tt.lines) {
			top := "nil"
			if a.Top != nil {
				top = fmt.Sprint(*a.Top)
			}
			got += fmt.Sprintf("%s %s %d %s %s %s|", a.Level, a.State, a.More, a.Points, top, a.Held)
		}
		if got != tt.want {
			t.Errorf("%s = %q, want %q", name, got, tt.want)
		}
	}
}
