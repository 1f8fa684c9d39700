package publish

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// ErrHelper means that somebody shall look after a department's reading who is
// not there, or heads it anyway.
var ErrHelper = fault.New(fault.Invalid, "publish.helper_unknown").On("member_id")

// A ReadDepartment is a department into whose reading the actor may look (R037).
type ReadDepartment struct {
	ID      uuid.UUID    `json:"id"`
	Name    string       `json:"name"`
	Names   bool         `json:"names"`   // the actor says who else may
	Helpers []ReadHelper `json:"helpers"` // who may besides its head; empty unless the actor says so
}

// A ReadHelper is somebody whom its head lets look into a department's reading.
type ReadHelper struct {
	ID       uuid.UUID  `db:"id" json:"id"` // of the grant
	MemberID uuid.UUID  `db:"member_id" json:"member_id"`
	Name     string     `db:"name" json:"name"`
	Until    *time.Time `db:"until" json:"until"`
	GivenBy  string     `db:"given_by" json:"given_by"`
	Scope    uuid.UUID  `db:"scope_id" json:"-"`
}

// watches narrows departments d to those into whose reading the member $1 may
// look, who has the right everywhere if $2, or in the departments $3.
const watches = `($2::bool or d.path && $3::uuid[] or exists (select from posts p where p.member_id = $1 and p.department_id = d.id and p.head))`

// watching are the arguments of watches.
func watching(ctx context.Context, tx *tenant.Tx) []any {
	mine := rbac.From(ctx)
	return []any{tx.Actor.Member, oversees(ctx) || mine.Everywhere(Readers), tenant.Array(mine.Scopes(Readers))}
}

// readDepartments lists the departments into whose reading the actor may look,
// those they head first.
func readDepartments(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[ReadDepartment], err error) {
	l.Items = []ReadDepartment{}
	var rows []struct {
		ID   uuid.UUID `db:"id"`
		Name string    `db:"name"`
		Led  bool      `db:"led"`
	}
	err = tx.Select(ctx, &rows, `
		select d.id, d.name, exists (select from posts p where p.member_id = $1 and p.department_id = d.id and p.head) as led
		  from departments d where `+watches+` order by led desc, cardinality(d.path), d.sort, d.name, d.id`, watching(ctx, tx)...)
	if err != nil {
		return l, err
	}
	ids := []uuid.UUID{}
	for _, r := range rows {
		l.Items = append(l.Items, ReadDepartment{r.ID, r.Name, r.Led || may(ctx, Manage), []ReadHelper{}})
		ids = append(ids, r.ID)
	}
	var helpers []ReadHelper
	err = tx.Select(ctx, &helpers, `
		select g.id, m.id as member_id, m.name, g.until, g.scope_id, coalesce((select b.name from members b where b.id = g.granted_by), '') as given_by
		  from grants g join members m on m.id = g.subject_id
		 where g.subject_kind = 'member' and g.permission = 'publish.readers' and g.scope_id = any ($1) and (g.until is null or g.until > $2)
		 order by m.name, g.id`, tenant.Array(ids), tx.Now)
	for _, h := range helpers {
		for i := range l.Items {
			if d := &l.Items[i]; d.ID == h.Scope && d.Names {
				d.Helpers = append(d.Helpers, h)
			}
		}
	}
	return l, err
}

// names returns ErrNotHead unless the actor says who may look into the
// department's reading: its head, and the Office.
func names(ctx context.Context, tx *tenant.Tx, department uuid.UUID) error {
	var at struct{ There, Led bool }
	err := tx.Get(ctx, &at, `
		select exists (select from departments where id = $1) as there,
		       exists (select from posts where department_id = $1 and member_id = $2 and head) as led`, department, tx.Actor.Member)
	switch {
	case err != nil:
		return err
	case !at.There:
		return ErrDepartment
	case !at.Led && !may(ctx, Manage):
		return ErrNotHead
	}
	return nil
}

type newReadHelper struct {
	DepartmentID uuid.UUID  `json:"department_id"`
	MemberID     uuid.UUID  `json:"member_id"`
	Until        *time.Time `json:"until,omitempty"`
}

// nameHelper lets somebody look into a department's reading: who of it has read
// what, and remind them.
func nameHelper(ctx context.Context, tx *tenant.Tx, in newReadHelper) (l feature.List[ReadDepartment], err error) {
	if err := names(ctx, tx, in.DepartmentID); err != nil {
		return l, err
	}
	var known bool
	err = tx.Get(ctx, &known, `
		select exists (select from members m where m.id = $1 and m.state <> 'left')
		   and not exists (select from posts p where p.department_id = $2 and p.member_id = $1 and p.head)`, in.MemberID, in.DepartmentID)
	switch {
	case err != nil:
		return l, err
	case !known:
		return l, ErrHelper
	case in.Until != nil && !in.Until.After(tx.Now):
		return l, feature.ErrRange.On("until")
	}
	_, err = rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: in.MemberID, Permission: Readers,
		ScopeKind: "department", ScopeID: &in.DepartmentID, Until: in.Until})
	if err != nil {
		return l, err
	}
	return readDepartments(ctx, tx, feature.None{})
}

// dropHelper takes that back.
func dropHelper(ctx context.Context, tx *tenant.Tx, in ref) (l feature.List[ReadDepartment], err error) {
	var department uuid.UUID
	err = tx.Get(ctx, &department, `select scope_id from grants where id = $1 and permission = $2 and scope_kind = 'department'`, in.ID, string(Readers))
	if errors.Is(err, tenant.ErrNoRows) {
		return l, rbac.ErrGrantNotFound
	}
	if err != nil {
		return l, err
	}
	if err := names(ctx, tx, department); err != nil {
		return l, err
	}
	if err := rbac.TakeBack(ctx, tx, in.ID); err != nil {
		return l, err
	}
	return readDepartments(ctx, tx, feature.None{})
}
