package assess

import (
	"fmt"

	"github.com/shopspring/decimal"

	"hetu/fault"
	"hetu/feature"
)

// The types of rules.
const (
	perItem  = "per_item"
	baseTask = "base_task"
)

// A Spec is a rule as it is written in a scheme. Which of the fields from
// Levels on have a meaning depends on Type.
type Spec struct {
	Code     string `json:"code" minLength:"1" maxLength:"32"` // unlike any other of the scheme
	Name     string `json:"name" minLength:"1" maxLength:"40"`
	Type     string `json:"type" enum:"per_item,base_task"`
	DeedKind string `json:"deed_kind" minLength:"1" maxLength:"60"` // one an indicator offers

	Levels      []LevelPoints `json:"levels,omitempty" maxItems:"20"`
	HighestOnly bool          `json:"highest_only,omitempty"`

	Task        int              `json:"task,omitempty" minimum:"0" maximum:"100000"`
	BasePoints  *decimal.Decimal `json:"base_points,omitempty" pattern:"^[0-9]{1,6}([.][0-9]{1,4})?$"`
	Shortfall   string           `json:"shortfall,omitempty" enum:"zero,proportional"` // zero if empty
	BonusPoints *decimal.Decimal `json:"bonus_points,omitempty" pattern:"^[0-9]{1,6}([.][0-9]{1,4})?$"`
	BonusCap    *decimal.Decimal `json:"bonus_cap,omitempty" pattern:"^[0-9]{1,6}([.][0-9]{1,4})?$"`

	Cap *decimal.Decimal `json:"cap,omitempty" pattern:"^[0-9]{1,6}([.][0-9]{1,4})?$"`
}

// Rule returns what the spec says as a Rule.
func (s Spec) Rule() Rule {
	if s.Type == perItem {
		return PerItem{Name: s.Name, Levels: s.Levels, HighestOnly: s.HighestOnly, Cap: s.Cap}
	}
	r := BaseTask{Name: s.Name, Task: s.Task, Proportional: s.Shortfall == "proportional", BonusCap: s.BonusCap, Cap: s.Cap}
	if s.BasePoints != nil {
		r.Base = *s.BasePoints
	}
	if s.BonusPoints != nil {
		r.Bonus = *s.BonusPoints
	}
	return r
}

// normal returns the spec without the fields its type gives no meaning to.
func (s Spec) normal() Spec {
	if s.Type == perItem {
		s.Task, s.BasePoints, s.Shortfall, s.BonusPoints, s.BonusCap = 0, nil, "", nil, nil
		return s
	}
	s.Levels, s.HighestOnly = nil, false
	if s.Shortfall == "" {
		s.Shortfall = "zero"
	}
	return s
}

// checkRules returns the first thing wrong with rules, at its field.
func checkRules(rules []Spec, kinds map[string]feature.Indicator) error {
	codes := map[string]bool{}
	for i, r := range rules {
		on := func(f *fault.Error, field string) error { return f.On(fmt.Sprintf("rules[%d].%s", i, field)) }
		if codes[r.Code] {
			return on(ErrCodeTwice, "code")
		}
		codes[r.Code] = true
		switch kind, ok := kinds[r.DeedKind]; {
		case !ok:
			return on(ErrKindUnknown, "deed_kind")
		case !kind.Good: // more of it would earn more points
			return on(ErrKindBad, "deed_kind")
		}
		if err := r.check(on); err != nil {
			return err
		}
	}
	return nil
}

func (s Spec) check(on func(*fault.Error, string) error) error {
	seen := map[string]bool{}
	for j, l := range s.Levels {
		field := fmt.Sprintf("levels[%d].", j)
		if seen[l.Level] {
			return on(ErrLevelTwice, field+"level")
		}
		seen[l.Level] = true
		if !sane(&l.Points) {
			return on(ErrPoints, field+"points")
		}
	}
	for _, p := range []struct {
		field  string
		points *decimal.Decimal
	}{{"base_points", s.BasePoints}, {"bonus_points", s.BonusPoints}, {"bonus_cap", s.BonusCap}, {"cap", s.Cap}} {
		if !sane(p.points) {
			return on(ErrPoints, p.field)
		}
	}
	switch {
	case s.Type == perItem && len(s.Levels) == 0:
		return on(ErrLevels, "levels")
	case s.Type == baseTask && s.Task < 1:
		return on(ErrTask, "task")
	case s.Type == baseTask && s.BasePoints == nil:
		return on(ErrBase, "base_points")
	case s.Type == baseTask && s.BonusCap != nil && s.BonusPoints == nil:
		return on(ErrBonusCap, "bonus_cap")
	}
	return nil
}

// sane reports whether points may stand in a rule: not negative, below a
// million, at most four places.
func sane(points *decimal.Decimal) bool {
	return points == nil || !points.IsNegative() && points.Exponent() >= -4 && points.Exponent() <= 0 &&
		points.LessThan(decimal.New(1, 6))
}
