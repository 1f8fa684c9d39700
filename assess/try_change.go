package assess

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"hetu/assess/rule"
	"hetu/fault"
	"hetu/feature"
)

// remembered is a rule that gives the lines it gave before for the same facts.
type remembered struct {
	rule.Rule
	lines map[*Fact][]Line // by the first of the facts: those of a unit and a kind are one list
}

// Score implements rule.Rule.
func (r remembered) Score(facts []Fact) []Line {
	if len(facts) == 0 {
		return r.Rule.Score(facts)
	}
	l, ok := r.lines[&facts[0]]
	if !ok {
		l = r.Rule.Score(facts)
		for i := range l {
			l[i].Shares = nil
		}
		r.lines[&facts[0]] = l
	}
	return slices.Clone(l)
}

// remember has the rules that are the same on both sides, most of them, work
// out once what each unit gets by itself.
func (p trial) remember(w *working) {
	for class, rules := range w.made {
		for i, r := range rules {
			switch r.(type) {
			case rule.Comparing, rule.Adjusting, rule.Deriving, rule.Veto:
				continue
			}
			spec := w.Version.Rules[i]
			if spec.DeedKind == Recorded {
				continue
			}
			key := class + "\x00" + spec.Code + "\x00" + spec.DeedKind
			k, ok := p.known[key]
			if !ok || !reflect.DeepEqual(k.Rule, r) {
				k = remembered{r, map[*Fact][]Line{}}
				p.known[key] = k
			}
			rules[i] = k
		}
	}
}

// shifts lists what the rules bring differently, the most first.
func shifts(is, was map[string]amount) []PartShift {
	all := []PartShift{}
	codes := maps.Clone(was)
	maps.Copy(codes, is)
	for code, a := range codes {
		s := PartShift{Code: code, Name: a.name, Is: is[code].points, Was: was[code].points}
		if s.Change = s.Is.Sub(s.Was); !s.Change.IsZero() {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b PartShift) int {
		return cmp.Or(b.Change.Abs().Cmp(a.Change.Abs()), cmp.Compare(a.Code, b.Code))
	})
	return all
}

// tally adds what a rule changes for a unit to what it changes for all.
func tally(rules map[string]*RuleShift, s PartShift) {
	r := rules[s.Code]
	if r == nil {
		r = &RuleShift{Code: s.Code, Name: s.Name}
		rules[s.Code] = r
	}
	r.Change, r.moved = r.Change.Add(s.Change), r.moved.Add(s.Change.Abs())
	if s.Change.IsPositive() {
		r.Up++
	} else {
		r.Down++
	}
}

// triable are the fields of a rule one may ask “what if” about.
var triable = []string{"levels", "task", "base_points", "short_points", "bonus_points", "bonus_cap", "target", "most_ratio", "factor",
	"table", "step_percent", "step_points", "down_cap", "grades", "spread", "formula", "floor", "cap"}

// changed returns the version with one thing different: a field of a rule, or
// the weight, cap or floor of a heading. A heading that weighs more or less
// takes the points of the rules under it along in proportion. v itself is left
// as it is.
func (v Version) changed(code, field, value string, kinds map[string]feature.Indicator) (Version, error) {
	out := v
	out.Rules, out.Plan.Headings = slices.Clone(v.Rules), slices.Clone(v.Plan.Headings)
	value = strings.TrimSpace(value)
	if i := slices.IndexFunc(out.Rules, func(s Spec) bool { return s.Code == code }); i >= 0 {
		if err := out.Rules[i].set(field, value); err != nil {
			return v, err
		}
		return out, onValue(checkRules(out.Rules, out.Plan, kinds))
	}
	i := slices.IndexFunc(out.Plan.Headings, func(h Heading) bool { return h.Code == code })
	if i < 0 {
		return v, ErrOf.On("code")
	}
	h := &out.Plan.Headings[i]
	d, ok := decimalOf(value)
	if value != "" && (!ok || !fine(d, 6)) {
		return v, ErrTryValue.On("value")
	}
	to := &d
	if value == "" {
		to = nil
	}
	switch field {
	case "cap":
		h.Cap = to
	case "floor":
		h.Floor = to
	case "weight":
		if !positive(h.Weight) || to == nil || to.IsNegative() {
			return v, ErrTryValue.On("value")
		}
		out.scale(code, *to, *h.Weight)
		h.Weight = to
	default:
		return v, ErrTryField.On("field")
	}
	if err := out.Plan.check(out.Units); err != nil {
		return v, onValue(err)
	}
	return out, onValue(checkRules(out.Rules, out.Plan, kinds))
}

// onValue is a fault of the changed version, shown where the change is typed.
func onValue(err error) error {
	if err == nil {
		return nil
	}
	return fault.Of(err).On("value")
}

// set changes one field of the rule to what is typed, as a sheet has it; to
// nothing, if nothing is.
func (s *Spec) set(field, value string) error {
	i := slices.IndexFunc(ruleSheet.columns, func(c column[Spec]) bool { return c.field == field })
	if i < 0 || !slices.Contains(triable, field) {
		return ErrTryField.On("field")
	}
	s.clear(field)
	if !ruleSheet.columns[i].set(s, value) {
		return ErrTryValue.On("value")
	}
	return nil
}

// clear empties a field: what a sheet has several of in a cell is added to it,
// and an empty cell leaves a number as it was.
func (s *Spec) clear(field string) {
	switch field {
	case "levels":
		s.Levels = nil
	case "table":
		s.Table = nil
	case "grades":
		s.Grades = nil
	}
	if at := s.numbers()[field]; at != nil {
		*at = nil
	}
}

// numbers are the fields of a rule that hold a number.
func (s *Spec) numbers() map[string]**decimal.Decimal {
	return map[string]**decimal.Decimal{"base_points": &s.BasePoints, "short_points": &s.ShortPoints, "bonus_points": &s.BonusPoints,
		"bonus_cap": &s.BonusCap, "target": &s.Target, "most_ratio": &s.MostRatio, "factor": &s.Factor, "step_percent": &s.StepPercent,
		"step_points": &s.StepPoints, "down_cap": &s.DownCap, "spread": &s.Spread, "floor": &s.Floor, "cap": &s.Cap}
}

// yearOf is the year a day is in.
func yearOf(day string) int {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return 0
	}
	return t.Year()
}

// pointFields are the numbers of a rule that are points.
var pointFields = []string{"base_points", "short_points", "bonus_points", "bonus_cap", "step_points", "down_cap", "floor", "cap"}

// along names what a formula rests on that stands under a heading, too.
func (v *Version) along(s Spec, heading string) (names []string) {
	e, err := rule.Compile(s.Formula)
	if err != nil {
		return nil
	}
	for _, name := range e.Refs() {
		if at, _ := named(name, v.Rules); at >= 0 && v.Plan.under(v.Rules[at].Heading, heading) {
			names = append(names, name)
		}
	}
	return names
}

// scale brings the points of the rules and the caps of the headings under a
// heading to a new weight.
func (v *Version) scale(code string, to, from decimal.Decimal) {
	by := func(at **decimal.Decimal) {
		if *at != nil {
			*at = new((*at).Mul(to).DivRound(from, 4)) // as fine as a scheme may be
		}
	}
	for i := range v.Plan.Headings {
		h := &v.Plan.Headings[i]
		if !v.Plan.under(h.Code, code) {
			continue
		}
		by(&h.Cap)
		by(&h.Floor)
		if h.Code != code {
			by(&h.Weight)
		}
	}
	for i := range v.Rules {
		s := &v.Rules[i]
		if !v.Plan.under(s.Heading, code) {
			continue
		}
		s.Levels, s.Table = slices.Clone(s.Levels), slices.Clone(s.Table)
		for j := range s.Levels {
			s.Levels[j].Points = s.Levels[j].Points.Mul(to).DivRound(from, 4)
		}
		for j := range s.Table {
			s.Table[j].Points = s.Table[j].Points.Mul(to).DivRound(from, 4)
		}
		for _, f := range pointFields {
			if s.Type != formula || f != "base_points" { // a formula is of them, and scaled itself
				by(s.numbers()[f])
			}
		}
		if s.Type == formula {
			s.scale = &rule.Scale{To: to, From: from, Along: v.along(*s, code)}
		}
		if s.Norm != nil {
			n := *s.Norm
			if n.Weight == nil && n.Method != "per_head" { // it is 100
				n.Weight = new(decimal.NewFromInt(100))
			}
			by(&n.Weight)
			s.Norm = &n
		}
	}
}
