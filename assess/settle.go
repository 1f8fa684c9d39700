package assess

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"hetu/assess/rule"
)

// The codes of lines that no rule and no heading brings.
const (
	applicableCode = "_applicable"
	normCode       = "_norm"
)

// settle does what needs all the lines of a unit: formulas, categories and
// multipliers in the order of the rules, the caps and floors of headings from below to above,
// and what a part that does not apply is divided by. Each is a line of its own,
// so that the lines always sum up to the total.
func (p Plan) settle(s *Score, rules []Spec, made []rule.Rule, m Member, did map[string][]Fact, v Version) {
	for i := range rules {
		if p.exempts(m, rules[i].Heading) || !isLater(made[i]) {
			continue
		}
		r := rules[i]
		switch a := made[i].(type) {
		case rule.Adjusting:
			by, why := a.Adjust(v.factsOf(r, did), s.brought(r.Of, rules, p))
			if why != "" {
				s.more(r, r.Type, by, why)
			}
		case rule.Deriving:
			s.derive(r, a, v.factsOf(r, did), m.Staff, rules, p)
		}
	}
	depth := slices.Clone(p.Headings)
	slices.SortStableFunc(depth, func(a, b Heading) int { return p.depth(b.Code) - p.depth(a.Code) })
	for _, h := range depth {
		if h.Cap == nil && h.Floor == nil || p.exempts(m, h.Code) {
			continue
		}
		sum := s.under(h.Code, p)
		held := sum
		if h.Cap != nil {
			held = decimal.Min(held, *h.Cap)
		}
		word := "最高"
		if h.Floor != nil && held.LessThan(*h.Floor) {
			held, word = *h.Floor, "最低"
		}
		if !held.Equal(sum) {
			s.more(Spec{Code: h.Code, Name: h.Name, Heading: h.Parent}, "limit", held.Sub(sum),
				fmt.Sprintf("%s合计 %s 分，%s %s 分", h.Name, sum, word, held))
		}
	}
	p.divide(s, m)
}

// divide makes what a unit got of what applies to it the same part of the whole.
func (p Plan) divide(s *Score, m Member) {
	_, whole := p.weights("")
	part := p.applicable(m)
	if len(m.Exempt) == 0 || part.Equal(whole) || !part.IsPositive() {
		return
	}
	var got decimal.Decimal
	var names []string
	for _, h := range p.Headings {
		if h.Parent == "" && h.basic() {
			got = got.Add(s.under(h.Code, p))
		}
		if slices.Contains(m.Exempt, h.Code) {
			names = append(names, h.Name)
		}
	}
	by := got.Mul(whole.Sub(part)).DivRound(part, 16)
	s.more(Spec{Code: applicableCode, Name: "适用总分折算"}, "applicable", by,
		fmt.Sprintf("%s不适用，适用总分 %s 分：%s × %s ÷ %s = %s 分", strings.Join(names, "、"), part, got, whole, part, got.Add(by)))
}

// depth is how many headings stand above one.
func (p Plan) depth(code string) (n int) {
	for h := p.heading(code); h != nil && n <= len(p.Headings); h = p.heading(h.Parent) {
		n++
	}
	return n
}

// more adds a line that no deed brings.
func (s *Score) more(of Spec, part string, by decimal.Decimal, why string) {
	s.Lines = append(s.Lines, Entry{&of, Line{Part: part, Before: by, Points: by, Given: by, Formula: why}})
	s.Exact = s.Exact.Add(by)
}

// under sums up the lines under a heading. The line that limits a heading
// stands under it, not beside it.
func (s *Score) under(code string, p Plan) (sum decimal.Decimal) {
	for _, l := range s.Lines {
		if l.Rule.Code == code || p.under(l.Rule.Heading, code) {
			sum = sum.Add(l.Points)
		}
	}
	return sum
}

// brought returns what the rules and headings of the codes brought; every rule,
// if there are no codes.
func (s *Score) brought(codes []string, rules []Spec, p Plan) (all []rule.Brought) {
	if len(codes) == 0 {
		for _, r := range rules {
			codes = append(codes, r.Code)
		}
	}
	for _, code := range codes {
		b := rule.Brought{Code: code, Points: s.under(code, p)}
		if h := p.heading(code); h != nil {
			b.Name = h.Name
		}
		for _, r := range rules {
			if r.Code == code {
				b.Name = r.Name
			}
		}
		all = append(all, b)
	}
	return all
}

// normalise brings the totals of each class to one scale.
func (p Plan) normalise(scores []Score) {
	if p.Norm == nil {
		return
	}
	staff := p.members()
	for _, class := range classesOf(scores) {
		values, people := make([]decimal.Decimal, len(class)), make([]int, len(class))
		for i, s := range class {
			values[i], people[i] = s.Exact, staff[s.Unit.ID].Staff
		}
		for i, n := range p.Norm.Scale(values, people) {
			class[i].more(Spec{Code: normCode, Name: "同类折算"}, "norm", n.Points.Sub(class[i].Exact), n.Formula)
		}
	}
}

// classesOf puts together the scores of units that are ranked together, in the
// order they stand in.
func classesOf(scores []Score) (all [][]*Score) {
	type key struct{ kind, class string }
	at := map[key]int{}
	for i := range scores {
		s := &scores[i]
		k := key{s.Unit.Kind, s.Class}
		if _, ok := at[k]; !ok {
			at[k] = len(all)
			all = append(all, nil)
		}
		all[at[k]] = append(all[at[k]], s)
	}
	return all
}

// grade gives the scores their grades: by the lines of the plan, and then by
// the vetoes as an edition has them. Without lines there are no grades.
func (p Plan) grade(scores []Score, e Edition) {
	if len(p.Grades) == 0 {
		return
	}
	last := len(p.Grades) - 1
	for i := range scores {
		s := &scores[i]
		at := slices.IndexFunc(p.Grades, func(g GradeLine) bool { return s.Total.GreaterThanOrEqual(g.AtLeast) })
		if at < 0 {
			at = last
		}
		s.Grade = p.Grades[e.Lowered(at, last, s.Effects)].Name
	}
}
