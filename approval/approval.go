// Package approval carries what somebody submits through the steps of a flow:
// who is asked at each step, by when in working time, what each of them said, and
// what became of it.
//
// A Definition says what the steps are. A Case carries one subject, by id and by
// the hash of its content, through its own copy of them. A task is one person's
// part in one step. Every operation appends an event; the state of a case is
// what its events add up to. All operations go through one transition function
// and one table (operation × state), which is where an operation is added.
package approval

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
)

// What can go wrong here.
var (
	ErrTaskNotFound = fault.New(fault.NotFound, "approval.task_not_found")
	ErrCaseNotFound = fault.New(fault.NotFound, "approval.case_not_found")
	ErrDefinition   = fault.New(fault.Invalid, "approval.definition_invalid")
	ErrNoReviewer   = fault.New(fault.Conflict, "approval.no_reviewer")     // meta: step, step_name
	ErrAlreadyOpen  = fault.New(fault.Conflict, "approval.already_open")    // the subject is in a case
	ErrOver         = fault.New(fault.Conflict, "approval.already_decided") // meta: state
	ErrContent      = fault.New(fault.Conflict, "approval.content_changed") // meta: content_hash of the case
	ErrUrged        = fault.New(fault.Conflict, "approval.urged_recently")  // meta: until
	ErrCheck        = fault.New(fault.Invalid, "approval.check_missing")
	ErrOwnWork      = fault.New(fault.Forbidden, "approval.own_work")
	ErrNotStarter   = fault.New(fault.Forbidden, "approval.not_starter")
)

// A State is where a case stands.
type State string

// The states of a case. Only an Open one has tasks to do.
const (
	Open      State = "open"
	Approved  State = "approved"
	Returned  State = "returned"
	Withdrawn State = "withdrawn"
	Void      State = "void" // the content changed afterwards; what was approved no longer exists
)

// A Mode says when a step has passed.
type Mode string

// The modes of a step.
const (
	Any Mode = "any" // 或签: the first to act decides
	All Mode = "all" // 会签: everyone has to approve; one return ends the case
)

// Bounds of a definition.
const (
	MaxSteps       = 20
	MaxPeople      = 200
	DefaultMinutes = 240 // four working hours, R063
)

// A Step is one stage of a flow.
type Step struct {
	Name        string      `json:"name"`
	Mode        Mode        `json:"mode"`         // Any if empty
	WorkMinutes int         `json:"work_minutes"` // working time each person has; DefaultMinutes if zero
	People      []uuid.UUID `json:"people"`       // members who may be asked
}

// A Definition is a flow. It is kept per kind under a version that never
// changes; the same definition has the same version.
type Definition struct {
	Steps []Step `json:"steps"`

	// Repeat lets a person approve more than one step of a case. As a rule each
	// step is passed by somebody else.
	Repeat bool `json:"repeat,omitempty"`
}

// complete returns d with its defaults filled in, or ErrDefinition at what is
// wrong with it.
func (d Definition) complete() (Definition, error) {
	if len(d.Steps) == 0 || len(d.Steps) > MaxSteps {
		return d, ErrDefinition.On("steps")
	}
	steps := make([]Step, len(d.Steps))
	for i, s := range d.Steps {
		field := fmt.Sprintf("steps[%d].", i)
		if s.Mode == "" {
			s.Mode = Any
		}
		if s.WorkMinutes == 0 {
			s.WorkMinutes = DefaultMinutes
		}
		switch {
		case s.Mode != Any && s.Mode != All:
			return d, ErrDefinition.On(field + "mode")
		case s.WorkMinutes < 0 || s.WorkMinutes > 100_000:
			return d, ErrDefinition.On(field + "work_minutes")
		case len(s.People) > MaxPeople:
			return d, ErrDefinition.On(field + "people")
		}
		s.People = append([]uuid.UUID{}, s.People...)
		steps[i] = s
	}
	d.Steps = steps
	return d, nil
}

// A Submission is what is handed in for approval.
type Submission struct {
	Case       uuid.UUID // the id the case shall have; a new one if zero
	Kind       string    // one of the features' approval kinds: "publish.item"
	Subject    uuid.UUID // what it is about
	Title      string    // how it is called in people's lists
	Hash       string    // of the content to be decided on
	Unit       uuid.UUID // the department it comes from
	Definition Definition

	// ExcludeAccounts are the natural persons whose own work it is: they are
	// never asked, whichever of their accounts' members they act as. Who submits
	// it is always one of them.
	ExcludeAccounts []uuid.UUID
}

// A Case is a submission on its way or at its end.
type Case struct {
	ID         uuid.UUID
	Kind       string
	Subject    uuid.UUID
	Title      string
	Hash       string // of the content it is about; an approval of anything else is refused
	Unit       uuid.UUID
	Version    int // of its definition
	Definition Definition
	State      State
	Step       int // where it stands or ended; the first step is 1
	StartedBy  uuid.UUID
	StartedAt  time.Time
	EndedAt    *time.Time
	UrgedAt    *time.Time
	Urges      int
	Round      int // which case of its subject it is, as Find returns it; the first is 1

	excluded []uuid.UUID
	seq      int
}
