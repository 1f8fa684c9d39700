package assess

import (
	"fmt"
	"iter"
	"slices"

	"github.com/shopspring/decimal"

	"hetu/fault"
	"hetu/feature"
)

// What can be wrong with a rule, beside what the first ones share.
var (
	ErrCodeReserved = fault.New(fault.Invalid, "assess.code_reserved") // codes that begin with _ are the system's
	ErrTarget       = fault.New(fault.Invalid, "assess.target_missing")
	ErrTable        = fault.New(fault.Invalid, "assess.table_missing")
	ErrStepTwice    = fault.New(fault.Invalid, "assess.step_twice")
	ErrStep         = fault.New(fault.Invalid, "assess.step_missing")
	ErrGrades       = fault.New(fault.Invalid, "assess.grades_missing")
	ErrGradeTwice   = fault.New(fault.Invalid, "assess.grade_twice")
	ErrFactor       = fault.New(fault.Invalid, "assess.factor_missing")
	ErrEffect       = fault.New(fault.Invalid, "assess.effect_missing")
	ErrShort        = fault.New(fault.Invalid, "assess.short_points_missing")
	ErrOf           = fault.New(fault.Invalid, "assess.of_unknown")
	ErrOfFew        = fault.New(fault.Invalid, "assess.of_too_few")
	ErrOfTwice      = fault.New(fault.Invalid, "assess.of_twice") // or with a heading it stands under
	ErrClass        = fault.New(fault.Invalid, "assess.class_unknown")
	ErrClassTwice   = fault.New(fault.Invalid, "assess.class_twice")
	ErrWhole        = fault.New(fault.Invalid, "assess.not_whole")
	ErrHeading      = fault.New(fault.Invalid, "assess.heading_unknown")
	ErrFloor        = fault.New(fault.Invalid, "assess.floor_above_cap")
)

// A refuser returns the fault at a field of what is checked.
type refuser func(f *fault.Error, field string) error

// checkRules returns the first thing wrong with rules, at its field.
func checkRules(rules []Spec, plan Plan, kinds map[string]feature.Indicator) error {
	for err := range wrongRules(rules, plan, kinds) {
		return err
	}
	return nil
}

// wrongRules goes through the first thing wrong with each rule.
func wrongRules(rules []Spec, plan Plan, kinds map[string]feature.Indicator) iter.Seq[error] {
	codes := map[string]int{}
	for i, r := range slices.Backward(rules) {
		codes[r.Code] = i
	}
	for _, h := range plan.Headings {
		codes[h.Code] = -1
	}
	return func(yield func(error) bool) {
		for i, r := range rules {
			on := func(f *fault.Error, field string) error { return f.On(fmt.Sprintf("rules[%d].%s", i, field)) }
			err := r.named(i, codes, plan, on)
			for _, check := range []func() error{
				func() error { return r.counted(kinds, on) },
				func() error { return r.check(on) },
				func() error { return r.classes(plan, on) },
				func() error { return r.once(rules, plan, on) },
				func() error { return r.expression(i, rules, on) },
			} {
				if err == nil {
					err = check()
				}
			}
			if err != nil && !yield(err) {
				return
			}
		}
	}
}

// named checks the codes in the i-th rule: its own, and those of others.
// codes are the first places of all there are.
func (s Spec) named(i int, codes map[string]int, plan Plan, on refuser) error {
	switch {
	case codes[s.Code] != i:
		return on(ErrCodeTwice, "code")
	case s.Code != "" && s.Code[0] == '_':
		return on(ErrCodeReserved, "code")
	case s.Heading != "" && plan.heading(s.Heading) == nil:
		return on(ErrHeading, "heading")
	}
	for j, code := range s.Of {
		if _, ok := codes[code]; !ok || code == s.Code {
			return on(ErrOf, fmt.Sprintf("of[%d]", j))
		}
	}
	return nil
}

// once refuses to take the same points twice: a rule or a heading that is named
// again, or beside a heading it stands under.
func (s Spec) once(rules []Spec, plan Plan, on refuser) error {
	if s.Type != multiplier && s.Type != category {
		return nil
	}
	for j, code := range s.Of {
		for _, other := range s.Of[:j] {
			if code == other || plan.stands(rules, code, other) || plan.stands(rules, other, code) {
				return on(ErrOfTwice, fmt.Sprintf("of[%d]", j))
			}
		}
	}
	return nil
}

// counted checks what a rule counts: more of what is not good earns nothing,
// but may take points away or be asked how little of it there is.
func (s Spec) counted(kinds map[string]feature.Indicator, on refuser) error {
	if s.DeedKind == "" && (s.Type == category || s.Type == multiplier && len(s.Grades) == 0 || s.Type == formula && !s.countsDeeds()) {
		return nil
	}
	kind, ok := kinds[s.DeedKind]
	if !ok {
		return on(ErrKindUnknown, "deed_kind")
	}
	switch s.Type {
	case deduction, vetoing, steps, graded, multiplier, category, formula:
		return nil
	case ranked:
		if s.Fewest {
			return nil
		}
	}
	if !kind.Good { // more of it would earn more points
		return on(ErrKindBad, "deed_kind")
	}
	return nil
}

func (s Spec) check(on refuser) error {
	for _, check := range []func(refuser) error{s.tables, s.ranges, s.present} {
		if err := check(on); err != nil {
			return err
		}
	}
	if s.Floor != nil && s.Cap != nil && s.Floor.GreaterThan(*s.Cap) {
		return on(ErrFloor, "floor")
	}
	return nil
}

// tables checks what a rule lists.
func (s Spec) tables(on refuser) error {
	seen := map[string]bool{}
	for j, l := range s.Levels {
		if seen[l.Level] {
			return on(ErrLevelTwice, fmt.Sprintf("levels[%d].level", j))
		}
		seen[l.Level] = true
		if !sane(&l.Points) {
			return on(ErrPoints, fmt.Sprintf("levels[%d].points", j))
		}
	}
	at := map[string]bool{}
	for j, t := range s.Table {
		switch key := t.AtLeast.String(); {
		case !fine(t.AtLeast, 12):
			return on(ErrPoints, fmt.Sprintf("table[%d].at_least", j))
		case at[key]:
			return on(ErrStepTwice, fmt.Sprintf("table[%d].at_least", j))
		case !fine(t.Points, 6):
			return on(ErrPoints, fmt.Sprintf("table[%d].points", j))
		default:
			at[key] = true
		}
	}
	grades := map[string]bool{}
	for j, g := range s.Grades {
		if grades[g.Grade] {
			return on(ErrGradeTwice, fmt.Sprintf("grades[%d].grade", j))
		}
		grades[g.Grade] = true
		if !sane(&g.Factor) {
			return on(ErrPoints, fmt.Sprintf("grades[%d].factor", j))
		}
	}
	return nil
}

// ranges checks the size of what is written.
func (s Spec) ranges(on refuser) error {
	for _, p := range []struct {
		field  string
		points *decimal.Decimal
	}{{"base_points", s.BasePoints}, {"short_points", s.ShortPoints}, {"bonus_points", s.BonusPoints}, {"bonus_cap", s.BonusCap},
		{"most_ratio", s.MostRatio}, {"factor", s.Factor}, {"step_percent", s.StepPercent}, {"step_points", s.StepPoints},
		{"down_cap", s.DownCap}, {"spread", s.Spread}, {"cap", s.Cap}} {
		if !sane(p.points) {
			return on(ErrPoints, p.field)
		}
	}
	switch one := decimal.NewFromInt(1); {
	case s.Target != nil && (!fine(*s.Target, 12) || s.Target.IsNegative()):
		return on(ErrPoints, "target")
	case s.Floor != nil && !fine(*s.Floor, 6):
		return on(ErrPoints, "floor")
	case s.Spread != nil && s.Spread.GreaterThan(one):
		return on(ErrPoints, "spread")
	case s.Norm != nil && !sane(s.Norm.Weight):
		return on(ErrPoints, "norm.weight")
	case s.Norm != nil && (!sane(s.Norm.Spread) || s.Norm.Spread != nil && s.Norm.Spread.GreaterThan(one)):
		return on(ErrPoints, "norm.spread")
	}
	return nil
}

// A need is a field a type of rule cannot do without.
type need struct {
	lacks bool
	fault *fault.Error
	field string
}

// present checks that a rule has what its type needs.
func (s Spec) present(on refuser) error {
	levels := need{len(s.Levels) == 0, ErrLevels, "levels"}
	base := need{s.BasePoints == nil, ErrBase, "base_points"}
	task := need{s.Task < 1, ErrTask, "task"}
	target := need{s.Target == nil || !s.Target.IsPositive(), ErrTarget, "target"}
	grades := need{len(s.Grades) == 0, ErrGrades, "grades"}
	needs := map[string][]need{
		perItem:   {levels},
		baseTask:  {task, base, {s.BonusCap != nil && s.BonusPoints == nil, ErrBonusCap, "bonus_cap"}, {s.Shortfall == "deduct" && !positive(s.ShortPoints), ErrShort, "short_points"}},
		deduction: {levels},
		overBonus: {levels},
		ratio:     {target, base},
		steps:     {{len(s.Table) == 0, ErrTable, "table"}},
		deviation: {target, base, {!positive(s.StepPercent), ErrStep, "step_percent"}, {!positive(s.StepPoints), ErrStep, "step_points"}},
		graded:    {base, grades},
		ranked:    {{s.BasePoints == nil && len(s.Table) == 0, ErrBase, "base_points"}},
		vetoing:   {{s.Effect == "", ErrEffect, "effect"}},
		multiplier: {{s.Factor == nil && len(s.Grades) == 0 && len(s.ByClass) == 0, ErrFactor, "factor"},
			{s.Factor != nil && !s.Factor.IsPositive(), ErrFactor, "factor"}},
		category: {{len(s.Of) < 2, ErrOfFew, "of"}},
	}
	for _, n := range needs[s.Type] {
		if n.lacks {
			return on(n.fault, n.field)
		}
	}
	return nil
}

// classes checks what a rule says of single classes.
func (s Spec) classes(plan Plan, on refuser) error {
	seen := map[string]bool{}
	for j, c := range s.ByClass {
		field := fmt.Sprintf("by_class[%d].", j)
		switch {
		case !plan.hasClass(c.Class):
			return on(ErrClass, field+"class")
		case seen[c.Class]:
			return on(ErrClassTwice, field+"class")
		case !fine(c.Value, 12) || !c.Value.IsPositive():
			return on(ErrPoints, field+"value")
		case s.Type == baseTask && (!c.Value.IsInteger() || c.Value.GreaterThan(decimal.NewFromInt(100_000))):
			return on(ErrWhole, field+"value")
		}
		seen[c.Class] = true
	}
	return nil
}

func positive(d *decimal.Decimal) bool { return d != nil && d.IsPositive() }

// sane reports whether points may stand in a rule: not negative, below a
// million, at most four places.
func sane(points *decimal.Decimal) bool {
	return points == nil || !points.IsNegative() && fine(*points, 6)
}

// fine reports whether a number has at most four places and is below
// 10^digits either way.
func fine(d decimal.Decimal, digits int32) bool {
	return d.Exponent() >= -4 && d.Exponent() <= 0 && d.Abs().LessThan(decimal.New(1, digits))
}
