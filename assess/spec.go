package assess

import (
	"strings"

	"github.com/shopspring/decimal"

	"hetu/assess/rule"
)

// The types of rules.
const (
	perItem    = "per_item"   // points per item by level
	baseTask   = "base_task"  // base points for a task
	deduction  = "deduction"  // points off per event
	overBonus  = "bonus"      // points on top, with a cap of their own
	ratio      = "ratio"      // the ratio to a target
	steps      = "steps"      // a table of steps
	deviation  = "deviation"  // steps above and below a target
	graded     = "grade"      // a factor by grade
	ranked     = "rank"       // by the place in the class
	vetoing    = "veto"       // an effect on the grade
	multiplier = "multiplier" // times a factor
	category   = "category"   // only the highest of several rules
	formula    = "formula"    // what an expression comes to
)

// A Spec is a rule as it is written in a scheme. Which of the fields from
// Levels on have a meaning depends on Type.
type Spec struct {
	Code     string `json:"code" minLength:"1" maxLength:"32"` // unlike any other of the scheme
	Name     string `json:"name" minLength:"1" maxLength:"40"`
	Type     string `json:"type" enum:"per_item,base_task,deduction,bonus,ratio,steps,deviation,grade,rank,veto,multiplier,category,formula"`
	DeedKind string `json:"deed_kind" maxLength:"60"`                    // one an indicator offers; empty where nothing is counted
	Heading  string `json:"heading,omitempty" maxLength:"32"`            // the code of the one it stands under
	Measure  string `json:"measure,omitempty" enum:"count,figure"`       // count if empty
	Every    string `json:"every,omitempty" enum:"year,month,quarter"`   // of a task; year if empty
	Pick     string `json:"pick,omitempty" enum:"latest,lowest,average"` // of several grades

	Levels      []LevelPoints `json:"levels,omitempty" maxItems:"20"`
	HighestOnly bool          `json:"highest_only,omitempty"`

	Task        int              `json:"task,omitempty" minimum:"0" maximum:"100000"`
	BasePoints  *decimal.Decimal `json:"base_points,omitempty" pattern:"^[0-9]{1,6}([.][0-9]{1,4})?$"`
	Shortfall   string           `json:"shortfall,omitempty" enum:"zero,proportional,deduct"` // zero if empty
	ShortPoints *decimal.Decimal `json:"short_points,omitempty" pattern:"^[0-9]{1,6}([.][0-9]{1,4})?$"`
	BonusPoints *decimal.Decimal `json:"bonus_points,omitempty" pattern:"^[0-9]{1,6}([.][0-9]{1,4})?$"`
	BonusCap    *decimal.Decimal `json:"bonus_cap,omitempty" pattern:"^[0-9]{1,6}([.][0-9]{1,4})?$"`

	Target      *decimal.Decimal   `json:"target,omitempty" pattern:"^[0-9]{1,12}([.][0-9]{1,4})?$"`
	MostRatio   *decimal.Decimal   `json:"most_ratio,omitempty" pattern:"^[0-9]{1,2}([.][0-9]{1,4})?$"`
	Factor      *decimal.Decimal   `json:"factor,omitempty" pattern:"^[0-9]{1,3}([.][0-9]{1,4})?$"` // when a target is missed; of a multiplier
	Table       []rule.Step        `json:"table,omitempty" maxItems:"50"`
	StepPercent *decimal.Decimal   `json:"step_percent,omitempty" pattern:"^[0-9]{1,3}([.][0-9]{1,4})?$"`
	StepPoints  *decimal.Decimal   `json:"step_points,omitempty" pattern:"^[0-9]{1,6}([.][0-9]{1,4})?$"`
	DownCap     *decimal.Decimal   `json:"down_cap,omitempty" pattern:"^[0-9]{1,6}([.][0-9]{1,4})?$"`
	Grades      []rule.GradeFactor `json:"grades,omitempty" maxItems:"20"`
	Spread      *decimal.Decimal   `json:"spread,omitempty" pattern:"^(0([.][0-9]{1,4})?|1)$"`
	Fewest      bool               `json:"fewest,omitempty"` // the unit with least is the first
	Effect      string             `json:"effect,omitempty" enum:"no_excellent,one_grade_down,fail"`
	Of          []string           `json:"of,omitempty" maxItems:"100"` // codes of rules and headings; of all, if empty
	ByClass     []ClassValue       `json:"by_class,omitempty" maxItems:"20"`
	Norm        *rule.Norm         `json:"norm,omitempty"`
	Formula     string             `json:"formula,omitempty" maxLength:"500"`

	Floor *decimal.Decimal `json:"floor,omitempty" pattern:"^-?[0-9]{1,6}([.][0-9]{1,4})?$"`
	Cap   *decimal.Decimal `json:"cap,omitempty" pattern:"^[0-9]{1,6}([.][0-9]{1,4})?$"`

	scale *rule.Scale // of a formula that is tried with another weight; it is never kept
}

// A ClassValue is the task, target or factor of the units of a class.
type ClassValue struct {
	Class string          `json:"class" minLength:"1" maxLength:"32"`
	Value decimal.Decimal `json:"value" pattern:"^[0-9]{1,12}([.][0-9]{1,4})?$"`
}

// in returns what the spec says as a Rule for the units of a class, in the
// period of the days from to to.
func (s Spec) in(class, from, to string) rule.Rule {
	items := rule.PerItem{Name: s.Name, Levels: s.Levels, HighestOnly: s.HighestOnly, Cap: s.Cap}
	figures := s.Measure == "figure"
	switch s.Type {
	case perItem:
		if s.Norm != nil {
			return rule.Normal{PerItem: items, Norm: *s.Norm}
		}
		return items
	case deduction:
		return rule.Deduction{Name: s.Name, Base: or(s.BasePoints), Levels: s.Levels, Floor: s.Floor, Cap: s.Cap}
	case overBonus:
		return rule.Bonus{PerItem: items, Over: s.Task}
	case ratio:
		return rule.Ratio{Name: s.Name, Target: s.of(class, or(s.Target)), Weight: or(s.BasePoints), Most: or(s.MostRatio),
			Missed: or(s.Factor), Figures: figures, Cap: s.Cap}
	case steps:
		return rule.Steps{Name: s.Name, Table: s.Table, Figures: figures, Cap: s.Cap}
	case deviation:
		return rule.Deviation{Name: s.Name, Base: or(s.BasePoints), Target: s.of(class, or(s.Target)), Percent: or(s.StepPercent),
			Points: or(s.StepPoints), Up: s.BonusCap, Down: s.DownCap, Figures: figures, Cap: s.Cap}
	case graded:
		return rule.Grade{Name: s.Name, Weight: or(s.BasePoints), Factors: s.Grades, Pick: s.Pick, Cap: s.Cap}
	case ranked:
		return rule.Rank{Name: s.Name, Levels: s.Levels, Weight: or(s.BasePoints), Spread: or(s.Spread), Table: s.Table, Fewest: s.Fewest, Cap: s.Cap}
	case vetoing:
		return rule.Veto{Name: s.Name, Effect: s.Effect, Events: s.Task}
	case multiplier:
		return rule.Multiplier{Name: s.Name, Factor: s.of(class, or(s.Factor)), Factors: s.Grades}
	case category:
		return rule.Category{Name: s.Name}
	case formula:
		text, _ := rule.Compile(s.Formula) // read when it was saved; what cannot be read gives nothing, and its line says so
		return rule.Formula{Name: s.Name, Text: text, Target: s.of(class, or(s.Target)), Base: or(s.BasePoints), Floor: s.Floor, Cap: s.Cap, Scale: s.scale}
	}
	return s.task(class, from, to)
}

// task is the rule of a task, for the whole period or each part of it.
func (s Spec) task(class, from, to string) rule.Rule {
	r := rule.BaseTask{Name: s.Name, Task: int(s.of(class, decimal.NewFromInt(int64(s.Task))).IntPart()), Base: or(s.BasePoints),
		Proportional: s.Shortfall == "proportional", Floor: s.Floor, Bonus: or(s.BonusPoints), BonusCap: s.BonusCap, Cap: s.Cap}
	if s.Shortfall == "deduct" {
		r.Short = or(s.ShortPoints)
	}
	if s.Every == "" || s.Every == "year" {
		return r
	}
	return rule.Periodic{BaseTask: r, Spans: rule.Spans(s.Every, from, to)}
}

// of returns the value of a class, or what holds for all.
func (s Spec) of(class string, all decimal.Decimal) decimal.Decimal {
	for _, c := range s.ByClass {
		if c.Class == class {
			return c.Value
		}
	}
	return all
}

func or(d *decimal.Decimal) decimal.Decimal {
	if d == nil {
		return decimal.Zero
	}
	return *d
}

// normal returns the spec without the fields its type gives no meaning to.
func (s Spec) normal() Spec {
	n := Spec{Code: s.Code, Name: s.Name, Type: s.Type, DeedKind: s.DeedKind, Heading: s.Heading, Cap: s.Cap}
	switch s.Type {
	case perItem:
		n.Levels, n.HighestOnly, n.Norm = s.Levels, s.HighestOnly, s.Norm
	case deduction:
		n.Levels, n.BasePoints, n.Floor = s.Levels, s.BasePoints, s.Floor
	case overBonus:
		n.Levels, n.HighestOnly, n.Task = s.Levels, s.HighestOnly, s.Task
	case ratio:
		n.Target, n.BasePoints, n.MostRatio, n.Factor, n.Measure, n.ByClass = s.Target, s.BasePoints, s.MostRatio, s.Factor, s.Measure, s.ByClass
	case steps:
		n.Table, n.Measure = s.Table, s.Measure
	case deviation:
		n.Target, n.BasePoints, n.StepPercent, n.StepPoints, n.Measure, n.ByClass = s.Target, s.BasePoints, s.StepPercent, s.StepPoints, s.Measure, s.ByClass
		n.BonusCap, n.DownCap = s.BonusCap, s.DownCap
	case graded:
		n.BasePoints, n.Grades, n.Pick = s.BasePoints, s.Grades, s.Pick
	case ranked:
		n.Levels, n.BasePoints, n.Spread, n.Table, n.Fewest = s.Levels, s.BasePoints, s.Spread, s.Table, s.Fewest
	case vetoing:
		n.Effect, n.Task, n.Cap = s.Effect, s.Task, nil
	case multiplier:
		n.Factor, n.Grades, n.Of, n.ByClass, n.Cap = s.Factor, s.Grades, s.Of, s.ByClass, nil
	case category:
		n.DeedKind, n.Of, n.Cap = "", s.Of, nil
	case formula:
		n.Formula, n.Target, n.BasePoints, n.ByClass, n.Floor = strings.TrimSpace(s.Formula), s.Target, s.BasePoints, s.ByClass, s.Floor
		if e, err := rule.Compile(n.Formula); err == nil && e.Uses("数值") {
			n.Measure = "figure"
		}
	default:
		n.Task, n.BasePoints, n.Shortfall, n.ShortPoints, n.Floor = s.Task, s.BasePoints, s.Shortfall, s.ShortPoints, s.Floor
		n.BonusPoints, n.BonusCap, n.Every, n.ByClass = s.BonusPoints, s.BonusCap, s.Every, s.ByClass
		if n.Shortfall == "" {
			n.Shortfall = "zero"
		}
		if n.Shortfall != "deduct" {
			n.ShortPoints, n.Floor = nil, nil
		}
	}
	return n
}
