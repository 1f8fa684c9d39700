// Package verdict is what becomes of a round of the assessment: the dates of
// its steps, the public notice of the result, appeals against single lines,
// grades by line and quota, the decision of a meeting, and the filing.
//
// It begins with a calendar. A round without one is published, closed and
// frozen as its scorers see fit; one that has a calendar goes through every step
// in its order, each by the person named for it and in its time. What is late
// needs a permit that says who allowed it and why.
//
// A tenant writes its own rows only. What concerns a unit is shown to its
// tenant; an appeal is the unit's own row, shown to whoever gave the notice.
package verdict

import (
	"context"
	"embed"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/rbac"
	"hetu/storage"
	"hetu/tenant"
)

//go:embed migrations
var migrations embed.FS

// What one may do here.
const (
	Manage rbac.Permission = "verdict.manage" // calendars, permits, notices, gradings, filing
	View   rbac.Permission = "verdict.view"   // how a round of one's tenant stands
	Answer rbac.Permission = "verdict.answer" // appeals
	Decide rbac.Permission = "verdict.decide" // write down what a meeting decided
	Own    rbac.Permission = "verdict.own"    // see notices about one's own unit, and appeal
)

// What can go wrong with calendars and permits.
var (
	ErrNoCalendar = fault.New(fault.NotFound, "verdict.no_calendar")
	ErrStale      = fault.New(fault.Conflict, "verdict.stale")
	ErrLate       = fault.New(fault.Conflict, "verdict.late") // with step and due
	ErrDone       = fault.New(fault.Conflict, "verdict.step_done")
	ErrPublished  = fault.New(fault.Conflict, "verdict.round_published")
	ErrDecided    = fault.New(fault.Conflict, "verdict.decided")

	ErrNotResponsible = fault.New(fault.Forbidden, "verdict.not_responsible")
	ErrOwnPermit      = fault.New(fault.Forbidden, "verdict.own_permit") // one's own lateness is allowed by another

	ErrStep       = fault.New(fault.Invalid, "verdict.step_unknown") // unknown here, or twice
	ErrByItself   = fault.New(fault.Invalid, "verdict.step_by_itself")
	ErrStepMissed = fault.New(fault.Invalid, "verdict.step_missing") // with step
	ErrDay        = fault.New(fault.Invalid, "verdict.day_malformed")
	ErrOffDay     = fault.New(fault.Invalid, "verdict.day_off") // with next
	ErrPast       = fault.New(fault.Invalid, "verdict.day_past")
	ErrOrder      = fault.New(fault.Invalid, "verdict.day_order") // before the step before
	ErrPerson     = fault.New(fault.Invalid, "verdict.person_may_not")
	ErrLeader     = fault.New(fault.Invalid, "verdict.leader_same")
	ErrHeading    = fault.New(fault.Invalid, "verdict.heading_unknown")
	ErrLines      = fault.New(fault.Invalid, "verdict.grade_lines")
	ErrUntil      = fault.New(fault.Invalid, "verdict.until_too_early")
	ErrUnit       = fault.New(fault.Invalid, "verdict.unit_unknown")
)

// What can go wrong with notices and appeals.
var (
	ErrNoNotice       = fault.New(fault.NotFound, "verdict.notice_not_found")
	ErrAppealNotFound = fault.New(fault.NotFound, "verdict.appeal_not_found")
	ErrRoundRunning   = fault.New(fault.Conflict, "verdict.round_running")
	ErrNoticeOpen     = fault.New(fault.Conflict, "verdict.notice_open") // with until
	ErrNoticeNeeded   = fault.New(fault.Conflict, "verdict.notice_missing")
	ErrNoticeOld      = fault.New(fault.Conflict, "verdict.notice_replaced")
	ErrAppealLate     = fault.New(fault.Conflict, "verdict.appeal_late") // with until
	ErrAppealed       = fault.New(fault.Conflict, "verdict.appealed")
	ErrWithdrawn      = fault.New(fault.Conflict, "verdict.appeal_withdrawn")
	ErrAnswered       = fault.New(fault.Conflict, "verdict.appeal_answered")
	ErrNotAnswered    = fault.New(fault.Conflict, "verdict.appeal_open")
	ErrFinal          = fault.New(fault.Conflict, "verdict.appeal_final")
	ErrAppealsOpen    = fault.New(fault.Conflict, "verdict.appeals_open")   // with n
	ErrUnmet          = fault.New(fault.Conflict, "verdict.accepted_unmet") // with n
	ErrAssessedIt     = fault.New(fault.Forbidden, "verdict.assessed_it")   // who had a part in the line
	ErrSameAnswerer   = fault.New(fault.Forbidden, "verdict.same_answerer")
	ErrLine           = fault.New(fault.Invalid, "verdict.line_unknown")
	ErrLineFixed      = fault.New(fault.Invalid, "verdict.line_follows") // it follows from other lines
	ErrEvidence       = fault.New(fault.Invalid, "verdict.evidence_missing")
	ErrURL            = fault.New(fault.Invalid, "verdict.url_malformed")
	ErrCorrected      = fault.New(fault.Invalid, "verdict.corrected_missing")
)

// What can go wrong with gradings, decisions and filings.
var (
	ErrNoGrading     = fault.New(fault.Conflict, "verdict.grading_missing")
	ErrGradingOld    = fault.New(fault.Conflict, "verdict.grading_old") // the result or the proposal has changed since
	ErrTies          = fault.New(fault.Conflict, "verdict.ties_open")
	ErrUndecided     = fault.New(fault.Conflict, "verdict.undecided")
	ErrNotFrozen     = fault.New(fault.Conflict, "verdict.not_frozen")
	ErrFiled         = fault.New(fault.Conflict, "verdict.filed")
	ErrNumber        = fault.New(fault.Conflict, "verdict.number_taken")
	ErrSamePerson    = fault.New(fault.Forbidden, "verdict.same_person") // who proposed does not write down the decision
	ErrPick          = fault.New(fault.Invalid, "verdict.pick_wrong")    // not one of the equals, or too many
	ErrHeld          = fault.New(fault.Invalid, "verdict.held_on")       // before the notice ended, or ahead
	ErrGrade         = fault.New(fault.Invalid, "verdict.grade_unknown")
	ErrAboveLine     = fault.New(fault.Invalid, "verdict.grade_above_line")
	ErrQuota         = fault.New(fault.Invalid, "verdict.quota_exceeded") // with class, most
	ErrChangeTwice   = fault.New(fault.Invalid, "verdict.change_twice")
	ErrChangeNothing = fault.New(fault.Invalid, "verdict.change_nothing")
)

// Deps are what verdicts are made with.
type Deps struct {
	Store storage.Store // of the evidence of appeals

	// Assessors, if set, reports whether the account assessed a line of a
	// unit's score in a way this package does not know of, such as a review.
	Assessors func(ctx context.Context, tx *tenant.Tx, round, unit uuid.UUID, rule string, account uuid.UUID) (bool, error)
}

// Verdicts are the endpoints of verdicts.
type Verdicts struct{ d Deps }

// New returns Verdicts.
func New(d Deps) *Verdicts { return &Verdicts{d} }

type ref struct {
	ID uuid.UUID `json:"-" path:"id"`
}

// A Person is somebody by their name then.
type Person struct {
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name"`
}

func roundOf(id uuid.UUID) string  { return "assess/round/" + id.String() }
func appealOf(id uuid.UUID) string { return "verdict/appeal/" + id.String() }
