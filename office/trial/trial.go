// Package trial takes an organisation from trying the system to working with it
// (试运行): a trial run with its departments and people, what they report and
// suggest, their training, the evaluation and the decision on it.
//
// What is done while a tenant is in its trial phase is marked where it is
// recorded, so that whoever scores leaves it out; the phase itself changes only
// by the start of a run and by a recorded decision. Beside the runs stand what
// goes on after them: feedback, answers to common questions, whom to ask, the
// register of faults and vulnerabilities, reminders of secrecy.
package trial

import (
	"context"
	"embed"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

//go:embed migrations
var migrations embed.FS

// What one may do here, beside what every member may.
const (
	Manage  rbac.Permission = "trial.manage"  // plans and evaluates trial runs
	Decide  rbac.Permission = "trial.decide"  // decides on a run, beside who leads the tenant
	Support rbac.Permission = "trial.support" // answers feedback, holds training, keeps questions and contacts
	Secure  rbac.Permission = "trial.secure"  // keeps the register of faults and vulnerabilities
)

// The kinds of deeds.
const (
	Submitted = "trial.feedback_submitted" // I46
	Adopted   = "trial.feedback_adopted"   // I46: a suggestion was taken up
	Closed    = "trial.feedback_closed"    // I47: with the working time the answer took
	Trained   = "trial.trained"            // I45
	Found     = "trial.fault_reported"     // I56
	Exploited = "trial.fault_exploited"    // I56: a violation
)

// What can go wrong here.
var (
	ErrNotFound = fault.New(fault.NotFound, "trial.not_found")

	ErrNotYours   = fault.New(fault.Forbidden, "trial.not_yours")   // others may do this to it
	ErrSamePerson = fault.New(fault.Forbidden, "trial.same_person") // who evaluated a run does not decide on it
	ErrOwn        = fault.New(fault.Forbidden, "trial.own_feedback")

	ErrStale       = fault.New(fault.Conflict, "trial.stale")
	ErrState       = fault.New(fault.Conflict, "trial.wrong_state") // meta: state
	ErrAnother     = fault.New(fault.Conflict, "trial.another_runs")
	ErrNobody      = fault.New(fault.Conflict, "trial.nobody_takes_part")
	ErrEarly       = fault.New(fault.Conflict, "trial.before_its_day") // meta: day
	ErrNotTrying   = fault.New(fault.Conflict, "trial.not_a_trial_user")
	ErrUnevaluated = fault.New(fault.Conflict, "trial.not_evaluated")
	ErrPaperFirst  = fault.New(fault.Conflict, "trial.paper_before_electronic") // R086
	ErrSingleTrack = fault.New(fault.Conflict, "trial.not_dual_track")
	ErrPapered     = fault.New(fault.Conflict, "trial.paper_recorded")
	ErrBatches     = fault.New(fault.Conflict, "trial.leaders_first") // R326
	ErrAudience    = fault.New(fault.Conflict, "trial.no_audience")
	ErrCompared    = fault.New(fault.Conflict, "trial.compared_already")
	ErrOpenPlaces  = fault.New(fault.Conflict, "trial.attendance_open") // meta: n

	ErrDays       = fault.New(fault.Invalid, "trial.days_out_of_order")
	ErrLong       = fault.New(fault.Invalid, "trial.too_long")
	ErrPast       = fault.New(fault.Invalid, "trial.day_past")
	ErrFuture     = fault.New(fault.Invalid, "trial.day_ahead")
	ErrDepartment = fault.New(fault.Invalid, "trial.department_unknown")
	ErrPerson     = fault.New(fault.Invalid, "trial.person_unknown")
	ErrTwice      = fault.New(fault.Invalid, "trial.twice")
	ErrPage       = fault.New(fault.Invalid, "trial.page_malformed")
	ErrUntil      = fault.New(fault.Invalid, "trial.until_missing")
	ErrOutcome    = fault.New(fault.Invalid, "trial.outcome_missing")
	ErrDigest     = fault.New(fault.Invalid, "trial.digest_malformed")
)

// A Named is a person or a department with its name.
type Named struct {
	ID   uuid.UUID `db:"id" json:"id"`
	Name string    `db:"name" json:"name"`
}

type ref struct {
	ID uuid.UUID `json:"-" path:"id"`
}

// A Versioned names a row and how it was when somebody read it.
type Versioned struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"version"`
}

type reasoned struct {
	Versioned
	Reason string `json:"reason" minLength:"1" maxLength:"500"`
}

// Validate refuses a reason of nothing but spaces.
func (in *reasoned) Validate() error { return feature.Trim(&in.Reason, "reason", 500) }

func runOf(id uuid.UUID) string      { return "trial/run/" + id.String() }
func feedbackOf(id uuid.UUID) string { return "trial/feedback/" + id.String() }
func trainingOf(id uuid.UUID) string { return "trial/training/" + id.String() }

// A Mark is who changed a row last, and when.
type Mark struct {
	Version   int       `db:"version" json:"version"`
	ChangedBy string    `db:"changed_by" json:"-"`
	ChangedAt time.Time `db:"changed_at" json:"-"`
}

// at refuses to change a row that somebody else has changed since it was read.
func (m Mark) at(version int) error {
	if m.Version == version {
		return nil
	}
	return ErrStale.With("version", m.Version).With("changed_by", m.ChangedBy).With("changed_at", m.ChangedAt).With("changed", []string{})
}

// move changes a row of a table that is as m says, once. The arguments of set
// begin at $5.
func (m Mark) move(ctx context.Context, tx *tenant.Tx, table string, id uuid.UUID, set string, args ...any) error {
	n, err := tx.Exec(ctx, `update `+table+` set version = version + 1, changed_by = $3, changed_at = $4, `+set+` where id = $1 and version = $2`,
		append([]any{id, m.Version, tx.Actor.Name, tx.Now}, args...)...)
	if err == nil && n == 0 {
		err = ErrStale.With("version", m.Version+1)
	}
	return err
}

// missing replaces what says that there is no row.
func missing(err, instead error) error {
	if errors.Is(err, tenant.ErrNoRows) {
		return instead
	}
	return err
}

// dated reads a day at a field.
func dated(s, field string) (calendar.Date, error) {
	d, err := calendar.ParseDate(s)
	if err != nil {
		return d, feature.ErrMalformed.On(field)
	}
	return d, nil
}

func today(tx *tenant.Tx) string { return calendar.DateOf(tx.Now).String() }

func cursor(p feature.Page) error {
	if _, err := uuid.Parse(p.After); p.After != "" && err != nil {
		return feature.ErrMalformed.On("after")
	}
	return nil
}

// people refuses ids that are no active members, or stand twice; # in field stands
// for the number of the one that is in the way.
func people(ctx context.Context, tx *tenant.Tx, ids []uuid.UUID, field string) error {
	return all(ctx, tx, ids, `select id from members where id = any ($1::uuid[]) and state = 'active'`, ErrPerson, field)
}

func departments(ctx context.Context, tx *tenant.Tx, ids []uuid.UUID, field string) error {
	return all(ctx, tx, ids, `select id from departments where id = any ($1::uuid[])`, ErrDepartment, field)
}

// all refuses ids that the query does not find, or that stand twice: see people.
// The ids are its $1, args begin at $2.
func all(ctx context.Context, tx *tenant.Tx, ids []uuid.UUID, query string, unknown *fault.Error, field string, args ...any) error {
	at := func(i int) string { return strings.Replace(field, "#", strconv.Itoa(i), 1) }
	seen := make(map[uuid.UUID]bool, len(ids))
	for i, id := range ids {
		if seen[id] {
			return ErrTwice.On(at(i))
		}
		seen[id] = true
	}
	if len(ids) == 0 {
		return nil
	}
	var found []uuid.UUID
	if err := tx.Select(ctx, &found, query, append([]any{tenant.Array(ids)}, args...)...); err != nil {
		return err
	}
	for i, id := range ids {
		if !slices.Contains(found, id) {
			return unknown.On(at(i))
		}
	}
	return nil
}

// homes are the departments in which people have their main posts: whose account
// their deeds go to. Who has none is missing.
func homes(ctx context.Context, tx *tenant.Tx, members ...uuid.UUID) (map[uuid.UUID]uuid.UUID, error) {
	var rows []struct {
		Member     uuid.UUID `db:"member_id"`
		Department uuid.UUID `db:"department_id"`
	}
	err := tx.Select(ctx, &rows, `
		select distinct on (member_id) member_id, department_id from posts where member_id = any ($1::uuid[])
		 order by member_id, main desc, created_at, id`, tenant.Array(members))
	of := make(map[uuid.UUID]uuid.UUID, len(rows))
	for _, r := range rows {
		of[r.Member] = r.Department
	}
	return of, err
}

// leads reports whether the actor leads the tenant: heads its leaders' department.
func leads(ctx context.Context, tx *tenant.Tx) (yes bool, err error) {
	err = tx.Get(ctx, &yes, `
		select exists (select from posts p join departments d on d.id = p.department_id
		                where p.member_id = $1 and p.head and d.kind = 'leaders')`, tx.Actor.Member)
	return yes, err
}
