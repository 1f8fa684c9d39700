package assess

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess/rule"
	"hetu/fault"
)

// What can be wrong with a plan.
var (
	ErrParent   = fault.New(fault.Invalid, "assess.heading_parent") // unknown, or below itself
	ErrWeights  = fault.New(fault.Invalid, "assess.weights_sum")    // with sum and wanted
	ErrMember   = fault.New(fault.Invalid, "assess.member_unknown") // no unit of the scheme
	ErrExempt   = fault.New(fault.Invalid, "assess.exempt_from_all")
	ErrLine     = fault.New(fault.Invalid, "assess.grade_lines")     // not from above to below
	ErrQuarter  = fault.New(fault.Invalid, "assess.milestone_twice") // or of no quarter
	ErrNoGrades = fault.New(fault.Invalid, "assess.grades_missing_for_veto")
)

// A Plan is what a scheme says beside its units and its rules. The zero value
// says nothing: units are ranked by kind and points simply add up.
type Plan struct {
	Sum      *decimal.Decimal `json:"sum,omitempty" pattern:"^[0-9]{1,6}([.][0-9]{1,4})?$"` // what the weights add up to; 100 if missing
	Headings []Heading        `json:"headings,omitempty" maxItems:"200"`
	Classes  []Class          `json:"classes,omitempty" maxItems:"20"`
	Members  []Member         `json:"members,omitempty" maxItems:"5000"`
	Norm     *rule.Norm       `json:"norm,omitempty"` // of the totals of a class
	Grades   []GradeLine      `json:"grades,omitempty" maxItems:"10"`
}

// A Heading is what rules stand under, in a tree. The weights of the basic ones
// at the top add up to the sum of the plan, those below one to its weight. What
// stands under a bonus or deduction has no weight.
type Heading struct {
	Code       string           `json:"code" minLength:"1" maxLength:"32"` // unlike any other of the scheme, rules included
	Parent     string           `json:"parent,omitempty" maxLength:"32"`
	Name       string           `json:"name" minLength:"1" maxLength:"60"`
	Kind       string           `json:"kind,omitempty" enum:"basic,bonus,deduction"` // basic if empty
	Weight     *decimal.Decimal `json:"weight,omitempty" pattern:"^[0-9]{1,6}([.][0-9]{1,4})?$"`
	Cap        *decimal.Decimal `json:"cap,omitempty" pattern:"^[0-9]{1,6}([.][0-9]{1,4})?$"`
	Floor      *decimal.Decimal `json:"floor,omitempty" pattern:"^-?[0-9]{1,6}([.][0-9]{1,4})?$"`
	Leader     string           `json:"leader,omitempty" maxLength:"40"`     // who is responsible
	Department string           `json:"department,omitempty" maxLength:"60"` // which department is
	Assisting  string           `json:"assisting,omitempty" maxLength:"120"` // which ones help it
	Milestones []Milestone      `json:"milestones,omitempty" maxItems:"4"`   // of the year, one a quarter
}

// A Milestone is what is to be reached by the end of a quarter. It brings no
// points by itself.
type Milestone struct {
	Quarter int    `json:"quarter" minimum:"1" maximum:"4"`
	Text    string `json:"text" minLength:"1" maxLength:"120"`
}

// milestone returns what is to be reached in a quarter; empty if nothing is.
func (h Heading) milestone(quarter int) string {
	for _, m := range h.Milestones {
		if m.Quarter == quarter {
			return m.Text
		}
	}
	return ""
}

func (h Heading) basic() bool { return h.Kind == "" || h.Kind == "basic" }

// A Class is units that are alike, and ranked among themselves (N2).
type Class struct {
	Code string `json:"code" minLength:"1" maxLength:"32"`
	Name string `json:"name" minLength:"1" maxLength:"40"`
}

// A Member is what the plan says of one unit.
type Member struct {
	Unit   uuid.UUID `json:"unit"`
	Class  string    `json:"class,omitempty" maxLength:"32"`
	Staff  int       `json:"staff,omitempty" minimum:"0" maximum:"1000000"`
	Exempt []string  `json:"exempt,omitempty" maxItems:"200"` // codes of headings that do not apply to it (N1)
}

// A GradeLine is a grade and the total from which a unit is in it.
type GradeLine struct {
	Name    string          `json:"name" minLength:"1" maxLength:"20"`
	AtLeast decimal.Decimal `json:"at_least" pattern:"^-?[0-9]{1,6}([.][0-9]{1,4})?$"`
}

func (p Plan) heading(code string) *Heading {
	for i := range p.Headings {
		if p.Headings[i].Code == code {
			return &p.Headings[i]
		}
	}
	return nil
}

func (p Plan) hasClass(code string) bool { return p.classAt(code) >= 0 }

// classAt returns the place of a class; -1 if there is none of that code.
func (p Plan) classAt(code string) int {
	return slices.IndexFunc(p.Classes, func(c Class) bool { return c.Code == code })
}

// className returns what a class is called; its code, if there is none of that.
func (p Plan) className(code string) string {
	if i := p.classAt(code); i >= 0 {
		return p.Classes[i].Name
	}
	return code
}

func (p Plan) sum() decimal.Decimal {
	if p.Sum == nil {
		return decimal.NewFromInt(100)
	}
	return *p.Sum
}

// members returns what is said of units, by unit.
func (p Plan) members() map[uuid.UUID]Member {
	m := make(map[uuid.UUID]Member, len(p.Members))
	for _, x := range p.Members {
		m[x.Unit] = x
	}
	return m
}

// under reports whether a heading is another or stands below it.
func (p Plan) under(code, top string) bool {
	for n := 0; code != "" && n <= len(p.Headings); n++ {
		if code == top {
			return true
		}
		h := p.heading(code)
		if h == nil {
			return false
		}
		code = h.Parent
	}
	return false
}

// exempts reports whether what stands under a heading does not apply to m.
func (p Plan) exempts(m Member, code string) bool {
	return slices.ContainsFunc(m.Exempt, func(e string) bool { return p.under(code, e) })
}

// check returns the first thing wrong with the plan of a scheme of units. The
// weights are checked only where they must be complete.
func (p Plan) check(units []Unit) error {
	if err := p.checkHeadings(); err != nil {
		return err
	}
	for i, c := range p.Classes {
		if p.classAt(c.Code) < i {
			return ErrClassTwice.On(fmt.Sprintf("plan.classes[%d].code", i))
		}
	}
	seen := map[uuid.UUID]bool{}
	for i, m := range p.Members {
		on := func(f *fault.Error, field string) error { return f.On(fmt.Sprintf("plan.members[%d].%s", i, field)) }
		switch {
		case seen[m.Unit]:
			return on(ErrUnitTwice, "unit")
		case !slices.ContainsFunc(units, func(u Unit) bool { return u.ID == m.Unit }):
			return on(ErrMember, "unit")
		case m.Class != "" && !p.hasClass(m.Class):
			return on(ErrClass, "class")
		}
		seen[m.Unit] = true
		for j, code := range m.Exempt {
			if p.heading(code) == nil {
				return on(ErrHeading, fmt.Sprintf("exempt[%d]", j))
			}
		}
		if len(m.Exempt) > 0 && !p.applicable(m).IsPositive() {
			return on(ErrExempt, "exempt")
		}
	}
	return p.checkScale()
}

func (p Plan) checkHeadings() error {
	if p.Sum != nil && (!sane(p.Sum) || !p.Sum.IsPositive()) {
		return ErrPoints.On("plan.sum")
	}
	for i, h := range p.Headings {
		on := func(f *fault.Error, field string) error { return f.On(fmt.Sprintf("plan.headings[%d].%s", i, field)) }
		switch first := slices.IndexFunc(p.Headings, func(o Heading) bool { return o.Code == h.Code }); {
		case first < i:
			return on(ErrCodeTwice, "code")
		case h.Code != "" && h.Code[0] == '_':
			return on(ErrCodeReserved, "code")
		case h.Parent != "" && (p.heading(h.Parent) == nil || p.under(h.Parent, h.Code)):
			return on(ErrParent, "parent")
		case !sane(h.Weight):
			return on(ErrPoints, "weight")
		case !sane(h.Cap):
			return on(ErrPoints, "cap")
		case h.Floor != nil && (!fine(*h.Floor, 6) || h.Cap != nil && h.Floor.GreaterThan(*h.Cap)):
			return on(ErrFloor, "floor")
		}
		for j, m := range h.Milestones {
			if m.Quarter < 1 || m.Quarter > 4 || slices.ContainsFunc(h.Milestones[:j], func(o Milestone) bool { return o.Quarter == m.Quarter }) {
				return on(ErrQuarter, fmt.Sprintf("milestones[%d].quarter", j))
			}
		}
	}
	return nil
}

// checkScale checks what totals are brought to.
func (p Plan) checkScale() error {
	if p.Norm != nil && (!sane(p.Norm.Weight) || !sane(p.Norm.Spread)) {
		return ErrPoints.On("plan.norm.weight")
	}
	for i, g := range p.Grades {
		if !fine(g.AtLeast, 6) {
			return ErrPoints.On(fmt.Sprintf("plan.grades[%d].at_least", i))
		}
		if i > 0 && !g.AtLeast.LessThan(p.Grades[i-1].AtLeast) {
			return ErrLine.On(fmt.Sprintf("plan.grades[%d].at_least", i))
		}
	}
	return nil
}

// complete returns what the plan of an active scheme lacks: weights that add
// up, and grades for a veto to have an effect on.
func (p Plan) complete(rules []Spec) error {
	if len(p.Grades) == 0 {
		if i := slices.IndexFunc(rules, func(s Spec) bool { return s.Type == vetoing }); i >= 0 {
			return ErrNoGrades.On(fmt.Sprintf("rules[%d].effect", i))
		}
	}
	wrong := func(at int, sum, wanted decimal.Decimal) error {
		return ErrWeights.On(fmt.Sprintf("plan.headings[%d].weight", at)).With("sum", sum.String()).With("wanted", wanted.String())
	}
	first, sum := p.weights("")
	if first >= 0 && !sum.Equal(p.sum()) {
		return wrong(first, sum, p.sum())
	}
	for _, h := range p.Headings {
		if first, sum := p.weights(h.Code); first >= 0 && h.basic() && !sum.Equal(or(h.Weight)) {
			return wrong(first, sum, or(h.Weight))
		}
	}
	return nil
}

// weights adds up the basic headings right below a parent; first is -1 if there
// are none.
func (p Plan) weights(parent string) (first int, sum decimal.Decimal) {
	first = -1
	for i, h := range p.Headings {
		if h.Parent == parent && h.basic() {
			if sum = sum.Add(or(h.Weight)); first < 0 {
				first = i
			}
		}
	}
	return first, sum
}

// applicable returns what the headings that apply to a unit weigh.
func (p Plan) applicable(m Member) decimal.Decimal {
	_, sum := p.weights("")
	for i, code := range m.Exempt {
		h := p.heading(code)
		twice := slices.ContainsFunc(m.Exempt[:i], func(e string) bool { return e == code })
		above := slices.ContainsFunc(m.Exempt, func(e string) bool { return e != code && p.under(code, e) })
		if h != nil && !twice && !above && p.counts(code) {
			sum = sum.Sub(or(h.Weight))
		}
	}
	return sum
}

// counts reports whether a heading and all above it are basic.
func (p Plan) counts(code string) bool {
	for n := 0; code != "" && n <= len(p.Headings); n++ {
		h := p.heading(code)
		if h == nil || !h.basic() {
			return false
		}
		code = h.Parent
	}
	return true
}
