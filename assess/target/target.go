// Package target sets the targets of a year and follows them: from above to
// units, from units to their departments, from departments to persons (目标分解).
//
// What is set is issued, and accepted or returned by whoever carries it out; a
// target from above is carried out by another tenant. Each side writes rows of
// its own and shows them to the other. An accepted target asks for a report of
// progress every month or quarter, due on a working day of whoever carries it
// out; a report that came and one that did not are deeds, which the assessment
// may score. After its day a report is taken only by a recorded permission.
package target

import (
	"embed"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
)

//go:embed migrations
var migrations embed.FS

// What one may do here, beside what heads of departments, leaders and reporters
// may do about the targets that concern them.
const (
	Manage rbac.Permission = "target.manage" // set and issue targets
	View   rbac.Permission = "target.view"   // see every unit's targets and how they stand
	Accept rbac.Permission = "target.accept" // accept or return, for the tenant, what those above set
)

// The kinds of deeds.
const (
	Reported = "target.reported" // a report of progress came; late or in time
	Missed   = "target.missed"   // none came by its day
)

// What can go wrong here.
var (
	ErrNotFound     = fault.New(fault.NotFound, "target.not_found")
	ErrUnitNotFound = fault.New(fault.NotFound, "target.unit_not_found")
	ErrNoFile       = fault.New(fault.NotFound, "target.file_not_found")

	ErrNotYours    = fault.New(fault.Forbidden, "target.not_yours")    // others may do this to it
	ErrNotHead     = fault.New(fault.Forbidden, "target.not_head")     // the head of the unit answers, the person for oneself
	ErrNotReporter = fault.New(fault.Forbidden, "target.not_reporter") // whoever was named reports, or the head of the department
	ErrSamePerson  = fault.New(fault.Forbidden, "target.same_person")  // nobody accepts what they issued, nor lets themself be late

	ErrStale      = fault.New(fault.Conflict, "target.stale")
	ErrIssued     = fault.New(fault.Conflict, "target.issued_already") // to be reopened first
	ErrNotIssued  = fault.New(fault.Conflict, "target.not_issued")
	ErrAnswered   = fault.New(fault.Conflict, "target.answered")   // this revision
	ErrSuperseded = fault.New(fault.Conflict, "target.superseded") // by another revision; meta: revision
	ErrUnaccepted = fault.New(fault.Conflict, "target.not_accepted")
	ErrWithdrawn  = fault.New(fault.Conflict, "target.is_withdrawn")
	ErrNothing    = fault.New(fault.Conflict, "target.nothing_to_issue")
	ErrWeights    = fault.New(fault.Conflict, "target.weights_sum") // meta: sum
	ErrIncomplete = fault.New(fault.Conflict, "target.incomplete")  // meta: title, missing
	ErrOverdue    = fault.New(fault.Conflict, "target.overdue")     // and no permission; meta: due
	ErrReported   = fault.New(fault.Conflict, "target.reported_already")
	ErrNoParts    = fault.New(fault.Conflict, "target.no_parts") // a person's target is the last

	ErrUnit      = fault.New(fault.Invalid, "target.unit_unknown") // none of those it can be set for
	ErrLeader    = fault.New(fault.Invalid, "target.leader_unknown")
	ErrDept      = fault.New(fault.Invalid, "target.department_unknown")
	ErrPerson    = fault.New(fault.Invalid, "target.person_unknown")
	ErrIndicator = fault.New(fault.Invalid, "target.indicator_unknown")
	ErrWeight    = fault.New(fault.Invalid, "target.weight_out_of_range")
	ErrQuantity  = fault.New(fault.Invalid, "target.quantity_missing")
	ErrMeasured  = fault.New(fault.Invalid, "target.unit_of_measure_missing")
	ErrQuarter   = fault.New(fault.Invalid, "target.quarter_twice")
	ErrPeriod    = fault.New(fault.Invalid, "target.period_unknown")
	ErrAhead     = fault.New(fault.Invalid, "target.period_ahead")
	ErrValue     = fault.New(fault.Invalid, "target.value_missing")
	ErrEvidence  = fault.New(fault.Invalid, "target.evidence_missing") // what is said to be reached is shown
	ErrUntil     = fault.New(fault.Invalid, "target.until_past")
	ErrYears     = fault.New(fault.Invalid, "target.same_year")
	ErrDay       = fault.New(fault.Invalid, "target.day_malformed")
)

// The measures of targets.
const (
	quantity  = "quantity"
	milestone = "milestone"
)

// The states of a target.
const (
	draft     = "draft"
	issued    = "issued"
	accepted  = "accepted"
	returned  = "returned"
	withdrawn = "withdrawn"
)

// A Unit is who carries a target out: a tenant below, a department, or a person.
type Unit struct {
	Kind string    `db:"kind" json:"kind" enum:"tenant,department,member"`
	ID   uuid.UUID `db:"id" json:"id"`
	Name string    `db:"name" json:"name"`
}

// A Named is a person, a department or a unit with its name.
type Named struct {
	ID   uuid.UUID `db:"id" json:"id"`
	Name string    `db:"name" json:"name"`
}

// A Milestone is what has to be reached by the end of a quarter.
type Milestone struct {
	Quarter int              `json:"quarter" minimum:"1" maximum:"4"`
	Text    string           `json:"text" minLength:"1" maxLength:"200"`
	Value   *decimal.Decimal `json:"value,omitempty" pattern:"^[0-9]{1,12}([.][0-9]{1,4})?$"` // of a quantity, since the beginning of the year
}

// A Draft is what a target says, as a client words it. What is missing for
// issuing it may be missing in a draft.
type Draft struct {
	Title        string           `json:"title" minLength:"1" maxLength:"120"`
	Standard     string           `json:"standard,omitempty" maxLength:"2000"` // what exactly, and how it is judged
	Measure      string           `json:"measure" enum:"quantity,milestone"`
	Quantity     *decimal.Decimal `json:"quantity,omitempty" pattern:"^[0-9]{1,12}([.][0-9]{1,4})?$"`
	Of           string           `json:"unit_of_measure,omitempty" maxLength:"20"` // 公里, 万元
	Indicator    string           `json:"indicator,omitempty" maxLength:"32"`       // code of a heading or a rule of the year's scheme
	Weight       decimal.Decimal  `json:"weight" pattern:"^[0-9]{1,3}([.][0-9]{1,2})?$"`
	Cadence      string           `json:"cadence" enum:"month,quarter"`
	DueDay       int              `json:"due_day,omitempty" minimum:"1" maximum:"28"` // of the month after the period; the 5th if missing
	LeaderID     *uuid.UUID       `json:"leader_id,omitempty"`                        // who of the setter's leaders is responsible
	DepartmentID *uuid.UUID       `json:"department_id,omitempty"`                    // which of the setter's departments is
	PartnerIDs   []uuid.UUID      `json:"partner_ids,omitempty" maxItems:"20"`        // departments that help
	Milestones   []Milestone      `json:"milestones,omitempty" maxItems:"4"`
}

// Spec is what a target says, with the names things had when it was written.
type Spec struct {
	Draft
	IndicatorName string  `json:"indicator_name"`
	Leader        string  `json:"leader"`
	Department    string  `json:"department"`
	Partners      []Named `json:"partners"`
}

// Validate returns the first thing wrong with a draft.
func (d *Draft) Validate() error {
	if err := feature.Trim(&d.Title, "title", 120); err != nil {
		return err
	}
	d.Standard, d.Of, d.Indicator = strings.TrimSpace(d.Standard), strings.TrimSpace(d.Of), strings.TrimSpace(d.Indicator)
	if d.DueDay == 0 {
		d.DueDay = 5
	}
	switch {
	case !d.Weight.IsPositive() || d.Weight.GreaterThan(full):
		return ErrWeight.On("weight")
	case d.Measure == quantity && d.Quantity != nil && !d.Quantity.IsPositive():
		return ErrQuantity.On("quantity")
	case d.Measure == quantity && d.Quantity != nil && d.Of == "":
		return ErrMeasured.On("unit_of_measure")
	}
	if d.Measure == milestone {
		d.Quantity, d.Of = nil, ""
	}
	var seen [5]bool
	for i := range d.Milestones {
		m := &d.Milestones[i]
		if err := feature.Trim(&m.Text, fmt.Sprintf("milestones[%d].text", i), 200); err != nil {
			return err
		}
		if d.Measure == milestone {
			m.Value = nil
		}
		if seen[m.Quarter] {
			return ErrQuarter.On(fmt.Sprintf("milestones[%d].quarter", i))
		}
		seen[m.Quarter] = true
	}
	return nil
}

// full is what the weights of a unit's targets add up to, and those of the parts
// of one target.
var full = decimal.NewFromInt(100)

// lacks names the field that is missing for the target to be issued to a unit
// of that kind; empty if it is complete.
func (s Spec) lacks(kind string) string {
	switch {
	case s.Measure == quantity && s.Quantity == nil:
		return "quantity"
	case s.LeaderID == nil:
		return "leader_id"
	case s.DepartmentID == nil && kind != "member":
		return "department_id"
	case len(s.Milestones) == 0:
		return "milestones"
	}
	return ""
}

// short cuts a text to n characters.
func short(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
