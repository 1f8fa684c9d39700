package publish

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// What can go wrong with an application.
var (
	ErrApplicationNotFound = fault.New(fault.NotFound, "publish.application_not_found")
	ErrApplicationDecided  = fault.New(fault.Conflict, "publish.application_decided") // meta: state
	ErrNotForDepartment    = fault.New(fault.Forbidden, "publish.not_for_department") // neither its head nor its publisher
	ErrNotItsColumn        = fault.New(fault.Forbidden, "publish.not_its_column")
	ErrNothingAsked        = fault.New(fault.Invalid, "publish.nothing_asked").On("wish")
	ErrPerson              = fault.New(fault.Invalid, "publish.person_unknown").On("people")
	ErrNotApplicant        = fault.New(fault.Forbidden, "publish.not_applicant")
)

// A Wish is a column as a department would have it. For a new one the name is
// needed; of one to be changed it names what shall be otherwise.
type Wish struct {
	Name         string      `json:"name,omitempty" maxLength:"40"`
	ParentID     *uuid.UUID  `json:"parent_id,omitempty"` // the zero id: at the top
	Purpose      string      `json:"purpose,omitempty" maxLength:"500"`
	ReviewLevels int         `json:"review_levels,omitempty" minimum:"0" maximum:"5"` // 0: as it is, or one
	Kinds        []string    `json:"kinds,omitempty" maxItems:"4"`
	People       []Appointee `json:"people,omitempty" maxItems:"50"`

	// Clear names what the column shall no longer set itself: its kinds, which are
	// then those above it, or its purpose. It is for columns to be changed.
	Clear []string `json:"clear,omitempty" maxItems:"2" enum:"kinds,purpose"`
}

func (w Wish) clears(field string) bool { return slices.Contains(w.Clear, field) }

// An Appointee is somebody who shall have a right in the column.
type Appointee struct {
	Right    string    `json:"right" enum:"draft,review,sign,publish"`
	MemberID uuid.UUID `json:"member_id"`
	Name     string    `json:"name,omitempty" maxLength:"80"` // as it is known here, whatever was sent
}

// complete makes w what can be kept: cleaned, with the names of the people.
func (w *Wish) complete(ctx context.Context, tx *tenant.Tx, open bool) (err error) {
	w.Name, w.Purpose = line(w.Name), line(w.Purpose)
	if w.Kinds, err = kindsOf(w.Kinds, "kinds"); err != nil {
		return err
	}
	w.Clear = slices.Compact(slices.Sorted(slices.Values(w.Clear)))
	switch {
	case open && w.Name == "":
		return ErrNameMissing
	case open && len(w.Clear) > 0, len(w.Kinds) > 0 && w.clears("kinds"), w.Purpose != "" && w.clears("purpose"):
		return feature.ErrChoice.On("clear")
	case !open && len(w.Clear) == 0 && w.Name == "" && w.ParentID == nil && w.Purpose == "" && w.ReviewLevels == 0 && len(w.Kinds) == 0 && len(w.People) == 0:
		return ErrNothingAsked
	}
	if _, err := below(ctx, tx, w.ParentID, uuid.Nil); err != nil {
		return err
	}
	for i, p := range w.People {
		err := tx.Get(ctx, &w.People[i].Name, `select name from members where id = $1 and state <> 'left'`, p.MemberID)
		if errors.Is(err, tenant.ErrNoRows) {
			return ErrPerson
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// An Application is a department's for a new column, or for a change of one.
type Application struct {
	ID             uuid.UUID         `db:"id" json:"id"`
	Kind           string            `db:"kind" json:"kind" enum:"open,change"`
	ColumnID       *uuid.UUID        `db:"column_id" json:"column_id"` // the one to change; of a new one, once it is there
	ColumnName     string            `db:"column_name" json:"column_name"`
	DepartmentID   uuid.UUID         `db:"department_id" json:"department_id"`
	DepartmentName string            `db:"department_name" json:"department_name"`
	ApplicantID    uuid.UUID         `db:"applicant_id" json:"applicant_id"`
	ApplicantName  string            `db:"applicant_name" json:"applicant_name"`
	Reason         string            `db:"reason" json:"reason"`
	Asked          Wish              `db:"-" json:"asked"`
	Given          *Wish             `db:"-" json:"given"` // what the Office consented to
	AskedDoc       tenant.Doc[Wish]  `db:"asked" json:"-"`
	GivenDoc       tenant.Doc[*Wish] `db:"given" json:"-"`
	Amended        bool              `db:"amended" json:"amended"` // and that is not what was asked
	State          string            `db:"state" json:"state" enum:"waiting,consented,refused,withdrawn"`
	Note           string            `db:"note" json:"note"`
	DecidedName    string            `db:"decided_name" json:"decided_name"`
	DecidedAt      *time.Time        `db:"decided_at" json:"decided_at"`
	CreatedAt      time.Time         `db:"created_at" json:"created_at"`
	May            []string          `db:"-" json:"may" enum:"decide,withdraw"`
	Version        int               `db:"version" json:"version"`
	ChangedBy      string            `db:"changed_by" json:"-"`
	ChangedAt      time.Time         `db:"changed_at" json:"-"`
}

const applicationColumns = `a.id, a.kind, a.column_id, a.column_name, a.department_id, a.department_name, a.applicant_id, a.applicant_name,
	a.reason, a.asked, a.given, a.amended, a.state, a.note, a.decided_name, a.decided_at, a.created_at, a.version, a.changed_by, a.changed_at`

// applicationSeen is the condition that application a concerns the member $1:
// their own, their department's if they head it, or any if $2.
const applicationSeen = `($2 or a.applicant_id = $1 or exists (
	select from posts p where p.member_id = $1 and p.department_id = a.department_id and p.head))`

func applicationObject(id uuid.UUID) string { return "publish/application/" + id.String() }

// An applicationQuery asks for a list of applications.
type applicationQuery struct {
	feature.Page
	View string `json:"-" query:"view"` // mine (if empty), waiting or all
}

// Validate refuses a view there is not.
func (q *applicationQuery) Validate() error {
	if q.View == "" {
		q.View = "mine"
	}
	if !slices.Contains([]string{"mine", "waiting", "all"}, q.View) {
		return feature.ErrChoice.On("view")
	}
	return nil
}

var applicationOrder = feature.NewOrder("-created_at", "a.id", func(a Application) uuid.UUID { return a.ID },
	feature.ByAge("created_at", "a.id", func(a Application) uuid.UUID { return a.ID }),
	feature.ByText("column_name", "a.column_name", func(a Application) string { return a.ColumnName }),
	feature.ByText("department_name", "a.department_name", func(a Application) string { return a.DepartmentName }),
	feature.ByText("applicant_name", "a.applicant_name", func(a Application) string { return a.ApplicantName }),
	feature.ByWord("state", "a.state", func(a Application) string { return a.State }),
	feature.ByTimeOrNull("decided_at", "a.decided_at", func(a Application) *time.Time { return a.DecidedAt }),
)

// Sorts are what a list of applications may be sorted by.
func (applicationQuery) Sorts() []string { return applicationOrder.Names() }

// listApplications lists those that concern the actor.
func listApplications(ctx context.Context, tx *tenant.Tx, q applicationQuery) (l feature.List[Application], err error) {
	if err := q.Validate(); err != nil {
		return l, err
	}
	at, err := applicationOrder.Read(q.Page)
	if err != nil {
		return l, err
	}
	s := &search{args: feature.Args{tx.Actor.Member, oversees(ctx)}}
	s.add(applicationSeen)
	switch q.View {
	case "mine":
		s.add(`a.applicant_id = $1`)
	case "waiting":
		s.add(`a.state = 'waiting'`)
	}
	s.where = append(s.where, at.After(s.args.Add))
	var rows []Application
	err = tx.Select(ctx, &rows, `select `+applicationColumns+` from column_applications a
		 where `+strings.Join(s.where, " and ")+` order by `+at.By()+` limit `+q.Rows(), s.args...)
	if err != nil {
		return l, err
	}
	for i := range rows {
		rows[i].judge(ctx, tx.Actor.Member)
	}
	return feature.Cut(rows, q.Size(), at.Cursor), nil
}

// judge fills in what the actor may do with the application.
func (a *Application) judge(ctx context.Context, me uuid.UUID) {
	a.May, a.Asked, a.Given = []string{}, a.AskedDoc.V, a.GivenDoc.V
	if a.State != "waiting" {
		return
	}
	if may(ctx, Manage) {
		a.May = append(a.May, "decide")
	}
	if a.ApplicantID == me {
		a.May = append(a.May, "withdraw")
	}
}

func showApplication(ctx context.Context, tx *tenant.Tx, in ref) (Application, error) {
	return applicationOf(ctx, tx, in.ID)
}

// applicationOf returns an application the actor sees. To everybody else it does
// not exist.
func applicationOf(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (a Application, err error) {
	err = tx.Get(ctx, &a, `select `+applicationColumns+` from column_applications a where `+applicationSeen+` and a.id = $3`,
		tx.Actor.Member, oversees(ctx), id)
	if errors.Is(err, tenant.ErrNoRows) {
		return a, ErrApplicationNotFound
	}
	a.judge(ctx, tx.Actor.Member)
	return a, err
}

// A newApplication asks the Office for a column, or for another shape of one.
type newApplication struct {
	ColumnID     *uuid.UUID `json:"column_id,omitempty"`     // the one to change; absent: a new one
	DepartmentID *uuid.UUID `json:"department_id,omitempty"` // whose it is; absent: the column's if the actor may apply for it, else their main one
	Reason       string     `json:"reason" maxLength:"500"`
	Wish         Wish       `json:"wish"`
}

// Validate refuses an application without a reason.
func (n *newApplication) Validate() error {
	if n.Reason = line(n.Reason); n.Reason == "" {
		return ErrReasonMissing
	}
	return nil
}

// applyFor hands an application to the Office, which is told. Nothing changes by
// it (R023).
func applyFor(ctx context.Context, tx *tenant.Tx, in newApplication) (a Application, err error) {
	dept, err := speaksFor(ctx, tx, given(in.DepartmentID))
	if err != nil {
		return a, err
	}
	kind, called, column := "open", line(in.Wish.Name), given(in.ColumnID)
	if column != nil {
		c, err := columnOf(ctx, tx, *column)
		if errors.Is(err, ErrColumnNotFound) {
			return a, ErrColumnUnknown.On("column_id")
		}
		if err != nil {
			return a, err
		}
		if dept, err = in.of(ctx, tx, c, dept); err != nil {
			return a, err
		}
		if !same(c.DepartmentID, &dept.ID) && !on(ctx, Publish, c.Path) {
			return a, ErrNotItsColumn
		}
		kind, called = "change", c.Name
	}
	if err := in.Wish.complete(ctx, tx, kind == "open"); err != nil {
		return a, err
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into column_applications (id, kind, column_id, column_name, department_id, department_name, applicant_id, applicant_name,
		                                 reason, asked, created_at, changed_at, changed_by)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $8)`,
		id, kind, column, called, dept.ID, dept.Name, tx.Actor.Member, tx.Actor.Name, in.Reason, tenant.JSON(in.Wish), tx.Now)
	if err != nil {
		return a, err
	}
	tx.Audit("publish.column_applied", applicationObject(id), map[string]any{"kind": kind, "column": column, "name": called, "department": dept.ID})
	office, err := rbac.Holders(ctx, tx, Manage, nil)
	if err != nil {
		return a, err
	}
	if err := noticeOf(ctx, tx, "publish.column_applied", office, id, map[string]string{"column": called, "department": dept.Name, "by": tx.Actor.Name}); err != nil {
		return a, err
	}
	return applicationOf(ctx, tx, id)
}

// of returns the department an application about a column is for, if it names
// none: the column's, where the actor applies for that one too.
func (n newApplication) of(ctx context.Context, tx *tenant.Tx, c Column, dept name) (name, error) {
	if given(n.DepartmentID) != nil || c.DepartmentID == nil || *c.DepartmentID == dept.ID {
		return dept, nil
	}
	its, err := speaksFor(ctx, tx, c.DepartmentID)
	if errors.Is(err, ErrNotForDepartment) {
		return dept, nil
	}
	return its, err
}

// noticeOf sends a notice about an application to those of the members who are
// there, besides the actor.
func noticeOf(ctx context.Context, tx *tenant.Tx, code string, to []uuid.UUID, id uuid.UUID, params map[string]string) error {
	return send(ctx, tx, message.Notice{To: to, Code: code, Href: "/publish/columns?application=" + id.String(), Params: params})
}

// speaksFor returns the department for which the actor applies: one they head,
// or one they belong to and publish for.
func speaksFor(ctx context.Context, tx *tenant.Tx, wanted *uuid.UUID) (d name, err error) {
	err = tx.Get(ctx, &d, `
		select d.id, d.name, '' as department from posts p join departments d on d.id = p.department_id
		 where p.member_id = $1 and ($2::uuid is null and (p.main or p.head) or d.id = $2) and (p.head or $3)
		 order by p.head desc, p.main desc, d.sort, d.id limit 1`, tx.Actor.Member, wanted, rbac.From(ctx).Has(Publish))
	if errors.Is(err, tenant.ErrNoRows) {
		return d, ErrNotForDepartment
	}
	return d, err
}
