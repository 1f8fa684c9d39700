// Package staff is what happens to the people of a tenant besides their daily
// work: they come by a list or by a request, move, leave and hand over, are named
// to answer for something, and are found in the address book.
//
// What only one person can go on with lies in other features. Each says how much
// of it there is and how it is passed on (Estate); app puts the list together.
package staff

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
)

// The permissions of staff.
const (
	Manage  rbac.Permission = "staff.manage"  // lists, registers, offices, the address book
	Request rbac.Permission = "staff.request" // asks for accounts
)

// What can go wrong here.
var (
	ErrFile        = fault.New(fault.Invalid, "staff.file") // meta: why
	ErrRows        = fault.New(fault.Invalid, "staff.rows") // meta: faults
	ErrNoImport    = fault.New(fault.NotFound, "staff.import_not_found")
	ErrUndone      = fault.New(fault.Conflict, "staff.import_undone")
	ErrUsed        = fault.New(fault.Conflict, "staff.import_used") // meta: names
	ErrOpenItems   = fault.New(fault.Conflict, "staff.open_items")  // meta: n
	ErrSuccessor   = fault.New(fault.Invalid, "staff.successor")
	ErrNoRequest   = fault.New(fault.NotFound, "staff.request_not_found")
	ErrRequestOpen = fault.New(fault.Conflict, "staff.request_open")
	ErrNotYet      = fault.New(fault.Conflict, "staff.request_not_done")
	ErrNoOffice    = fault.New(fault.NotFound, "staff.office_not_found")
	ErrNamed       = fault.New(fault.Conflict, "staff.office_named")
	ErrDecided     = fault.New(fault.Conflict, "staff.office_decided")
	ErrPrincipal   = fault.New(fault.Conflict, "staff.no_principal")
	ErrNotDecider  = fault.New(fault.Forbidden, "staff.not_decider")
	ErrNoCard      = fault.New(fault.NotFound, "org.member_not_found")
	ErrStale       = fault.New(fault.Conflict, "staff.stale")
)

// An Estate is one sort of things that only one person can go on with.
type Estate struct {
	Kind string // "approval.tasks"

	// Last says that it can be passed on only once its owner has left: what
	// somebody wrote stays theirs as long as they are here.
	Last bool

	Open func(ctx context.Context, tx *tenant.Tx, member uuid.UUID) (int, error)
	Pass func(ctx context.Context, tx *tenant.Tx, from, to uuid.UUID) (int, error) // how many went
}

// A Submission is a request handed in for approval.
type Submission struct {
	Case, Subject, Unit uuid.UUID
	Title, Hash         string
	Heads               []uuid.UUID // of the department, the first step; none: there is no such step
	Managers            []uuid.UUID // who set accounts up, the last step
}

// Parts are what staff is worked with.
type Parts struct {
	Estates []Estate
	Alone   func(ctx context.Context, tx *tenant.Tx, member uuid.UUID) ([]Alone, error) // nil: nobody is told
	Submit  func(context.Context, *tenant.Tx, Submission) error
	Tell    org.Telling
}

// A Staff serves the people of a tenant.
type Staff struct{ Parts }

// New returns a Staff made of its parts. With no parts it can be listed and
// described.
func New(p Parts) *Staff { return &Staff{p} }

// Leaving returns ErrOpenItems if a member has anything only they can go on
// with: whoever lets them go says who takes over (R231).
func (s *Staff) Leaving(ctx context.Context, tx *tenant.Tx, member uuid.UUID) error {
	lines, err := s.open(ctx, tx, member)
	if err != nil {
		return err
	}
	n := 0
	for _, l := range lines {
		n += l.N
	}
	if n > 0 {
		return ErrOpenItems.With("n", n)
	}
	return nil
}

// Going is Leaving for whoever is let go without a hand-over, which ends their
// offices, too.
func (s *Staff) Going(ctx context.Context, tx *tenant.Tx, member uuid.UUID) error {
	if err := s.Leaving(ctx, tx, member); err != nil {
		return err
	}
	return endAll(ctx, tx, member)
}

// tell sends a notice to somebody else than the actor.
func (s *Staff) tell(ctx context.Context, tx *tenant.Tx, to []uuid.UUID, code, href string, params map[string]string) error {
	var others []uuid.UUID
	for _, id := range to {
		if id != tx.Actor.Member && id != uuid.Nil {
			others = append(others, id)
		}
	}
	if s.Tell == nil || len(others) == 0 {
		return nil
	}
	return s.Tell(ctx, tx, others, code, href, params)
}

// A person names a member and where they work.
type person struct {
	ID         uuid.UUID `db:"id" json:"id"`
	Name       string    `db:"name" json:"name"`
	State      string    `db:"state" json:"state" enum:"invited,active,locked,left"`
	Department string    `db:"department" json:"department"`
	Title      string    `db:"title" json:"title"`
}

// personOf returns a member, or org.ErrNoMember.
func personOf(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (p person, err error) {
	var rows []person
	err = tx.Select(ctx, &rows, `
		select m.id, m.name, m.state, coalesce(d.name, '') as department, coalesce(p.title, '') as title
		  from members m
		  left join posts p on p.member_id = m.id and p.main
		  left join departments d on d.id = p.department_id
		 where m.id = $1`, id)
	if err == nil && len(rows) == 0 {
		err = org.ErrNoMember
	}
	if err != nil {
		return p, err
	}
	return rows[0], nil
}

// cursor reads where a list that runs backwards by id goes on.
func cursor(after string) (*uuid.UUID, error) {
	if after == "" {
		return nil, nil
	}
	id, err := uuid.Parse(after)
	if err != nil {
		return nil, feature.ErrMalformed.On("after")
	}
	return &id, nil
}

var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

type byID struct {
	ID uuid.UUID `json:"-" path:"id"`
}
