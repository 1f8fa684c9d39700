// Package review lets the units of a round assess themselves, has what they say
// reviewed by people who have nothing to do with them, and lets others rate
// them.
//
// A tenant calls the units of a round; each unit writes and submits in its own
// tenant what it gives itself, with evidence; two or more people of the caller
// give each line points without seeing each other's. What they agree on becomes
// the value of the line, beside the system's. Who was asked to rate stays
// unknown to the units, and nobody is shown who gave what.
package review

import (
	"embed"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess"
	"hetu/calendar"
	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

//go:embed migrations
var migrations embed.FS

// What one may do here. Whoever is assigned to a line or asked to rate needs no
// right of their own.
const (
	Manage rbac.Permission = "review.manage" // calls, assessors, permits, polls
	Fill   rbac.Permission = "review.fill"   // the unit's self-assessment
	Submit rbac.Permission = "review.submit" // and send it; rate for the unit
)

// What can go wrong here.
var (
	ErrCallNotFound   = fault.New(fault.NotFound, "review.call_not_found")
	ErrUnitNotFound   = fault.New(fault.NotFound, "review.unit_not_found")
	ErrFormNotFound   = fault.New(fault.NotFound, "review.form_not_found")
	ErrFileNotFound   = fault.New(fault.NotFound, "review.file_not_found")
	ErrPollNotFound   = fault.New(fault.NotFound, "review.poll_not_found")
	ErrTicketNotFound = fault.New(fault.NotFound, "review.ticket_not_found")

	ErrOwnUnit     = fault.New(fault.Forbidden, "review.own_unit")    // by any post or account
	ErrOwnWork     = fault.New(fault.Forbidden, "review.own_work")    // they wrote what is reviewed
	ErrSamePerson  = fault.New(fault.Forbidden, "review.same_person") // who settled a line does not confirm it
	ErrNotAssessor = fault.New(fault.Forbidden, "review.not_assessor")

	ErrCalled     = fault.New(fault.Conflict, "review.round_called")
	ErrStale      = fault.New(fault.Conflict, "review.stale")
	ErrState      = fault.New(fault.Conflict, "review.wrong_state")
	ErrOverdue    = fault.New(fault.Conflict, "review.overdue") // needs a permit
	ErrSubmitted  = fault.New(fault.Conflict, "review.submitted")
	ErrUnsent     = fault.New(fault.Conflict, "review.not_submitted")
	ErrWaiting    = fault.New(fault.Conflict, "review.self_waiting") // the unit still has time
	ErrScored     = fault.New(fault.Conflict, "review.scored")
	ErrDecided    = fault.New(fault.Conflict, "review.line_decided")
	ErrUndisputed = fault.New(fault.Conflict, "review.line_not_disputed")
	ErrLinesOpen  = fault.New(fault.Conflict, "review.lines_open") // meta: n
	ErrFew        = fault.New(fault.Conflict, "review.too_few_assessors")
	ErrPolled     = fault.New(fault.Conflict, "review.rule_polled")
	ErrGiven      = fault.New(fault.Conflict, "review.ballot_given")
	ErrPollOpen   = fault.New(fault.Conflict, "review.poll_running")
	ErrPollLate   = fault.New(fault.Conflict, "review.poll_late") // meta: until, the last day of the round

	ErrDay        = fault.New(fault.Invalid, "review.day_malformed")
	ErrPast       = fault.New(fault.Invalid, "review.day_past")
	ErrOrder      = fault.New(fault.Invalid, "review.days_reversed")
	ErrAfterRound = fault.New(fault.Invalid, "review.day_after_round")
	ErrCode       = fault.New(fault.Invalid, "review.line_unknown")
	ErrCodeTwice  = fault.New(fault.Invalid, "review.line_twice")
	ErrPerson     = fault.New(fault.Invalid, "review.person_unknown")
	ErrEvidence   = fault.New(fault.Invalid, "review.evidence_missing") // no evidence, no score
	ErrNoEvidence = fault.New(fault.Invalid, "review.evidence_unknown")
	ErrNothing    = fault.New(fault.Invalid, "review.nothing_answered")
	ErrMost       = fault.New(fault.Invalid, "review.points_above_most")
	ErrReason     = fault.New(fault.Invalid, "review.reason_missing") // of a difference
	ErrFigure     = fault.New(fault.Invalid, "review.rule_not_measured")
	ErrWeights    = fault.New(fault.Invalid, "review.weights_sum")
	ErrNoRaters   = fault.New(fault.Invalid, "review.raters_missing")
	ErrMarks      = fault.New(fault.Invalid, "review.marks_incomplete")
)

// A Line is an indicator as it was when the call was made.
type Line struct {
	Code       string           `json:"code"`
	Name       string           `json:"name"`
	Heading    string           `json:"heading"` // what it stands under; empty: nothing
	Most       *decimal.Decimal `json:"most"`    // points; null: the scheme sets no limit
	Kind       string           `json:"kind"`    // of the deeds it counts
	Leader     string           `json:"leader"`
	Department string           `json:"department"` // the responsible one, which scores its own column
}

// lineOf takes a rule down as a line.
func lineOf(b assess.Basis, s assess.Spec) Line {
	h := b.HeadingOf(s)
	return Line{Code: s.Code, Name: s.Name, Heading: h.Name, Most: s.Cap, Kind: s.DeedKind, Leader: h.Leader, Department: h.Department}
}

func find(lines []Line, code string) (Line, bool) {
	for _, l := range lines {
		if l.Code == code {
			return l, true
		}
	}
	return Line{}, false
}

type ref struct {
	ID uuid.UUID `json:"-" path:"id"`
}

type act struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"version"`
}

type reasoned struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"version"`
	Reason  string    `json:"reason" minLength:"1" maxLength:"500"`
}

// Validate refuses a reason of nothing but spaces.
func (in *reasoned) Validate() error { return feature.Trim(&in.Reason, "reason", 500) }

// today is the day it is for everybody concerned.
func today(tx *tenant.Tx) string { return calendar.DateOf(tx.Now).String() }

// dated reads a day that is not over.
func dated(tx *tenant.Tx, day, field string) (calendar.Date, error) {
	d, err := calendar.ParseDate(day)
	switch {
	case err != nil:
		return d, ErrDay.On(field)
	case d.String() < today(tx):
		return d, ErrPast.On(field)
	}
	return d, nil
}

// stale says what stands where somebody meant to change something older.
func stale(version int, by string, at time.Time) error {
	return ErrStale.With("version", version).With("changed_by", by).With("changed_at", at).With("changed", []string{"state"})
}
