package rule

import (
	"errors"
	"fmt"
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/conf"
	"github.com/shopspring/decimal"
)

// A Deriving rule works its line out when the lines of other rules are known.
// Refs names those it needs; Derive completes the line that Score returned.
type Deriving interface {
	Rule
	Refs() []string
	Derive(l *Line, facts []Fact, staff int, brought map[string]decimal.Decimal)
}

// Formula gives the points that an expression comes to, held between a floor
// and a cap. The deeds it counts are listed in its line without points of their
// own: what a formula gives is not a sum over deeds.
//
// An expression that cannot be worked out for a unit, because it divides by
// zero or leaves the range of scores, gives no points and says why.
type Formula struct {
	Name   string
	Text   *Expression // nil: it could not be read, and gives nothing
	Target decimal.Decimal
	Base   decimal.Decimal
	Floor  *decimal.Decimal
	Cap    *decimal.Decimal
	Scale  *Scale // nil: as it stands
}

// A Scale brings what a formula gives from one weight to another, both above
// zero or To zero. Along names the rules it rests on that were brought there
// themselves: the formula is worked out with what they were.
type Scale struct {
	To, From decimal.Decimal
	Along    []string
}

// was returns what a number was before it was brought to the scale.
func (s *Scale) was(d decimal.Decimal) decimal.Decimal {
	if s.To.IsZero() {
		return d
	}
	return d.Mul(s.From).DivRound(s.To, places)
}

// Score implements Rule with one line, which has no points yet.
func (r Formula) Score(facts []Fact) []Line {
	l := Line{Part: "formula"}
	if r.Text == nil {
		return []Line{l}
	}
	s := sum{}
	switch {
	case r.Text.Uses("数值") && !r.Text.Uses("数量"):
		s = add(facts)
	case r.Text.Counts():
		s = count(facts)
	}
	l.N = s.n
	for _, p := range s.parts {
		p.share.Points = decimal.Zero
		l.Shares = append(l.Shares, p.share)
	}
	return []Line{l}
}

// Refs implements Deriving.
func (r Formula) Refs() []string {
	if r.Text == nil {
		return nil
	}
	return r.Text.Refs()
}

// Derive implements Deriving.
func (r Formula) Derive(l *Line, facts []Fact, staff int, brought map[string]decimal.Decimal) {
	if r.Text == nil {
		l.Formula = r.Name + " 公式无法读取，计 0 分"
		return
	}
	values := r.values(facts, staff, brought)
	said := fmt.Sprintf("%s：%s", r.Name, r.Text)
	if with := r.Text.with(values); with != "" {
		said += "，其中 " + with
	}
	points, err := r.Text.eval(values)
	switch {
	case errors.Is(err, errZero):
		l.Formula = said + "，除数为零，计 0 分"
		return
	case err != nil || !points.Abs().LessThan(decimal.New(1, 9)):
		l.Formula = said + "，结果超出范围，计 0 分"
		return
	}
	if r.Scale != nil {
		points = points.Mul(r.Scale.To).DivRound(r.Scale.From, places)
	}
	l.Before, l.Given = points, points
	l.Points = least(most(points, r.Floor), r.Cap)
	l.Formula = fmt.Sprintf("%s = %s 分", said, points) + bounded(*l)
}

// values are what the expression is worked out with.
func (r Formula) values(facts []Fact, staff int, brought map[string]decimal.Decimal) map[string]any {
	v := map[string]any{}
	for _, key := range r.Text.uses {
		switch key {
		case "数量":
			v[key] = decimal.Max(count(facts).value, decimal.Zero)
		case "数值":
			v[key] = add(facts).value
		case "目标":
			v[key] = r.Target
		case "基本分":
			v[key] = r.Base
		case "人数":
			v[key] = whole(staff)
		}
	}
	for _, level := range r.Text.Levels() {
		of := PerItem{Levels: []LevelPoints{{Level: level, Points: whole(1)}}}
		v[levelKey+level] = whole(max(of.Score(facts)[0].N, 0))
	}
	for _, name := range r.Text.Refs() {
		v[pointsKey+name] = brought[name]
		if r.Scale != nil && slices.Contains(r.Scale.Along, name) {
			v[pointsKey+name] = r.Scale.was(brought[name])
		}
	}
	return v
}

// What can go wrong while an expression is worked out.
var (
	errZero     = errors.New("rule: division by zero")
	errRange    = errors.New("rule: out of range")
	errNoNumber = errors.New("rule: no number")
)

// most that a number on the way may be, and the places that are kept.
const (
	magnitude = 18
	places    = 16
)

// operators makes known what expressions calculate with: decimals alone.
func operators(c *conf.Config) {
	for name, fn := range map[string]func(a, b decimal.Decimal) (decimal.Decimal, error){
		"+": func(a, b decimal.Decimal) (decimal.Decimal, error) { return held(a.Add(b)) },
		"-": func(a, b decimal.Decimal) (decimal.Decimal, error) { return held(a.Sub(b)) },
		"*": func(a, b decimal.Decimal) (decimal.Decimal, error) { return held(a.Mul(b)) },
		"/": func(a, b decimal.Decimal) (decimal.Decimal, error) {
			if b.IsZero() {
				return b, errZero
			}
			return held(a.DivRound(b, places))
		},
		"最大": func(a, b decimal.Decimal) (decimal.Decimal, error) { return decimal.Max(a, b), nil },
		"最小": func(a, b decimal.Decimal) (decimal.Decimal, error) { return decimal.Min(a, b), nil },
		"四舍五入": func(a, b decimal.Decimal) (decimal.Decimal, error) {
			if !b.IsInteger() || b.IsNegative() || b.GreaterThan(decimal.NewFromInt(places)) {
				return a, errRange
			}
			return a.Round(int32(b.IntPart())), nil //nolint:gosec // between 0 and 16
		},
	} {
		expr.Function(name, func(args ...any) (any, error) {
			a, b, err := two(args)
			if err != nil {
				return nil, err
			}
			return fn(a, b)
		}, new(func(decimal.Decimal, decimal.Decimal) decimal.Decimal))(c)
	}
	for name, fn := range map[string]func(decimal.Decimal) decimal.Decimal{
		"负": decimal.Decimal.Neg, "绝对值": decimal.Decimal.Abs,
		"取整": func(a decimal.Decimal) decimal.Decimal { return a.Truncate(0) },
	} {
		expr.Function(name, func(args ...any) (any, error) {
			if a, ok := args[0].(decimal.Decimal); ok {
				return fn(a), nil
			}
			return nil, errNoNumber
		}, new(func(decimal.Decimal) decimal.Decimal))(c)
	}
	comparisons(c)
}

func comparisons(c *conf.Config) {
	for name, holds := range map[string]func(cmp int) bool{
		"<": func(n int) bool { return n < 0 }, "<=": func(n int) bool { return n <= 0 },
		">": func(n int) bool { return n > 0 }, ">=": func(n int) bool { return n >= 0 },
		"==": func(n int) bool { return n == 0 }, "!=": func(n int) bool { return n != 0 },
	} {
		expr.Function(name, func(args ...any) (any, error) {
			a, b, err := two(args)
			return err == nil && holds(a.Cmp(b)), err
		}, new(func(decimal.Decimal, decimal.Decimal) bool))(c)
	}
}

func two(args []any) (a, b decimal.Decimal, err error) {
	a, x := args[0].(decimal.Decimal)
	b, y := args[1].(decimal.Decimal)
	if !x || !y {
		return a, b, errNoNumber
	}
	return a, b, nil
}

// held keeps a number within what scores are made of.
func held(d decimal.Decimal) (decimal.Decimal, error) {
	if d.Exponent() < -places {
		d = d.Round(places)
	}
	if !d.Abs().LessThan(decimal.New(1, magnitude)) {
		return d, errRange
	}
	return d, nil
}
