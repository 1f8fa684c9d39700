package assess

import (
	"errors"
	"slices"

	"github.com/shopspring/decimal"

	"hetu/assess/rule"
	"hetu/fault"
)

// What can be wrong with a formula; near is the place of it.
var (
	ErrFormula       = fault.New(fault.Invalid, "assess.formula_missing")
	ErrFormulaSyntax = fault.New(fault.Invalid, "assess.formula_syntax")
	ErrFormulaPart   = fault.New(fault.Invalid, "assess.formula_part")
	ErrFormulaType   = fault.New(fault.Invalid, "assess.formula_type")
	ErrFormulaNumber = fault.New(fault.Invalid, "assess.formula_number")
	ErrFormulaSize   = fault.New(fault.Invalid, "assess.formula_size")
	ErrFormulaName   = fault.New(fault.Invalid, "assess.formula_name")  // of no rule, or of several
	ErrFormulaOrder  = fault.New(fault.Invalid, "assess.formula_order") // of a rule worked out later
)

var formulaFaults = map[string]*fault.Error{rule.BadSyntax: ErrFormulaSyntax, rule.BadPart: ErrFormulaPart, rule.BadType: ErrFormulaType,
	rule.BadNumber: ErrFormulaNumber, rule.BadSize: ErrFormulaSize}

// countsDeeds reports whether the formula of a rule needs deeds to count. One
// that cannot be read does not: it is found wrong for what it is.
func (s Spec) countsDeeds() bool {
	e, err := rule.Compile(s.Formula)
	return err == nil && e.Counts()
}

// asksFor reports whether the formula of a rule counts what is of a level.
func (s Spec) asksFor(level string) bool {
	e, err := rule.Compile(s.Formula)
	return err == nil && slices.Contains(e.Levels(), level)
}

// expression checks the formula of the i-th rule: that it can be read, that it
// names rules there are and that are worked out before it, and that what it
// names of its own rule is there.
func (s Spec) expression(i int, rules []Spec, on refuser) error {
	if s.Type != formula {
		return nil
	}
	if s.Formula == "" {
		return on(ErrFormula, "formula")
	}
	e, err := rule.Compile(s.Formula)
	if wrong := new(rule.ExpressionError); errors.As(err, &wrong) {
		return on(formulaFaults[wrong.Kind].With("near", wrong.Near), "formula")
	}
	for _, name := range e.Refs() {
		at, n := named(name, rules)
		switch {
		case n != 1:
			return on(ErrFormulaName.With("near", name), "formula")
		case at == i, at > i && later(rules[at]):
			return on(ErrFormulaOrder.With("near", name), "formula")
		}
	}
	switch {
	case e.Uses("目标") && s.Target == nil && len(s.ByClass) == 0:
		return on(ErrTarget, "target")
	case e.Uses("基本分") && s.BasePoints == nil:
		return on(ErrBase, "base_points")
	}
	return nil
}

// later reports whether a rule is worked out in its turn after all others.
func later(s Spec) bool { return s.Type == formula || s.Type == multiplier || s.Type == category }

// named finds the rule of a name, or else of a code: where the first one is and
// how many there are.
func named(name string, rules []Spec) (at, n int) {
	at = -1
	for _, is := range []func(Spec) bool{func(s Spec) bool { return s.Name == name }, func(s Spec) bool { return s.Code == name }} {
		for i, s := range rules {
			if is(s) {
				if n++; n == 1 {
					at = i
				}
			}
		}
		if n > 0 {
			return at, n
		}
	}
	return at, n
}

// derive completes the line of a rule that rests on what others brought.
func (s *Score) derive(r Spec, d rule.Deriving, did []Fact, staff int, rules []Spec, p Plan) {
	i := slices.IndexFunc(s.Lines, func(l Entry) bool { return l.Rule.Code == r.Code })
	if i < 0 {
		return
	}
	brought := map[string]decimal.Decimal{}
	for _, name := range d.Refs() {
		if at, _ := named(name, rules); at >= 0 {
			brought[name] = s.under(rules[at].Code, p)
		}
	}
	l := &s.Lines[i].Line
	d.Derive(l, did, staff, brought)
	s.Exact = s.Exact.Add(l.Points)
}
