package publish

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// ScopeKind is what a grant on a column names as its scope.
const ScopeKind = "column"

// A Holder is somebody who has a right in a column, and why.
type Holder struct {
	MemberID   uuid.UUID   `json:"member_id"` // the zero id: everybody
	Name       string      `json:"name"`
	Department string      `json:"department"`
	Right      string      `json:"right" enum:"read,draft,review,sign,publish"`
	Why        []string    `json:"why"`    // one sentence per grant
	Grants     []uuid.UUID `json:"grants"` // those given on this very column, which can be taken back here
	Reasons    []Ground    `json:"reasons"`
}

// A Ground is one grant that gives somebody a right in a column.
type Ground struct {
	GrantID     uuid.UUID  `json:"grant_id"`
	SubjectKind string     `json:"subject_kind" enum:"member,department,everyone"`
	SubjectName string     `json:"subject_name"` // of the department it was given to
	RoleName    string     `json:"role_name"`    // empty: the right by itself
	ColumnID    *uuid.UUID `json:"column_id"`    // where in the tree it was given; null: for all columns
	ColumnName  string     `json:"column_name"`
	By          string     `json:"by"` // empty: it came with the system
	At          time.Time  `json:"at"`
	Until       *time.Time `json:"until"`
}

func groundOf(r rbac.Reason, names map[uuid.UUID]name) Ground {
	g := Ground{GrantID: r.GrantID, SubjectKind: r.SubjectKind, RoleName: r.RoleName, ColumnID: tenant.Optional(r.ScopeID), At: r.GrantedAt, Until: r.Until}
	if g.ColumnID != nil {
		g.ColumnName = names[r.ScopeID].Name
	}
	if r.SubjectKind == "department" {
		g.SubjectName = names[r.SubjectID].Name
	}
	if r.GrantedBy != nil {
		g.By = names[*r.GrantedBy].Name
	}
	return g
}

// holders answers who may do what in a column, and why.
func holders(ctx context.Context, tx *tenant.Tx, in ref) (l feature.List[Holder], err error) {
	c, err := columnOf(ctx, tx, in.ID)
	if err != nil {
		return l, err
	}
	ps := make([]rbac.Permission, len(scoped))
	for i, s := range scoped {
		ps[i] = s.permission
	}
	reasons, err := rbac.Why(ctx, tx, ps, c.Path)
	if err != nil {
		return l, err
	}
	names, err := named(ctx, tx, c, reasons)
	if err != nil {
		return l, err
	}
	l.Items = []Holder{}
	for _, r := range reasons {
		right := strings.TrimPrefix(r.Permission, "publish.")
		i := slices.IndexFunc(l.Items, func(h Holder) bool { return h.MemberID == r.MemberID && h.Right == right })
		if i < 0 {
			n := names[r.MemberID]
			l.Items = append(l.Items, Holder{MemberID: r.MemberID, Name: n.Name, Department: n.Department, Right: right, Grants: []uuid.UUID{}})
			i = len(l.Items) - 1
		}
		h := &l.Items[i]
		h.Why, h.Reasons = append(h.Why, why(r, names)), append(h.Reasons, groundOf(r, names))
		if r.ScopeID == c.ID {
			h.Grants = append(h.Grants, r.GrantID)
		}
	}
	return l, nil
}

// why words a grant: to whom it was given, as what, and on what.
func why(r rbac.Reason, names map[uuid.UUID]name) string {
	to := map[string]string{"member": "本人", "everyone": "全体人员"}[r.SubjectKind]
	if r.SubjectKind == "department" {
		to = "部门“" + names[r.SubjectID].Name + "”"
	}
	where := "全单位"
	if r.ScopeID != uuid.Nil {
		where = "栏目“" + names[r.ScopeID].Name + "”"
	}
	what := "单项授权"
	if r.RoleName != "" {
		what = "角色“" + r.RoleName + "”"
	}
	return to + "," + what + "," + where
}

type name struct {
	ID         uuid.UUID `db:"id"`
	Name       string    `db:"name"`
	Department string    `db:"department"`
}

// named returns what the members, departments and columns of the reasons are called.
func named(ctx context.Context, tx *tenant.Tx, c Column, reasons []rbac.Reason) (map[uuid.UUID]name, error) {
	all := slices.Clone([]uuid.UUID(c.Path))
	for _, r := range reasons {
		all = append(all, r.MemberID, r.SubjectID)
		if r.GrantedBy != nil {
			all = append(all, *r.GrantedBy)
		}
	}
	var rows []name
	err := tx.Select(ctx, &rows, `
		select m.id, m.name, coalesce(d.name, '') as department
		  from members m
		  left join posts p on p.member_id = m.id and p.main
		  left join departments d on d.id = p.department_id
		 where m.id = any ($1)
		union all
		select d.id, d.name, '' from departments d where d.id = any ($1)
		union all
		select c.id, c.name, '' from columns c where c.id = any ($1)`, tenant.Array(all))
	names := map[uuid.UUID]name{uuid.Nil: {Name: "全体人员"}}
	for _, n := range rows {
		names[n.ID] = n
	}
	return names, err
}

// A columnGrant gives somebody a right on a column and all below it.
type columnGrant struct {
	ID          uuid.UUID `json:"-" path:"id"`
	SubjectKind string    `json:"subject_kind" enum:"member,department,everyone"`
	SubjectID   uuid.UUID `json:"subject_id,omitempty"` // absent for everyone
	Right       string    `json:"right" enum:"read,draft,review,sign,publish"`
}

func grant(ctx context.Context, tx *tenant.Tx, in columnGrant) (rbac.Grant, error) {
	c, err := columnOf(ctx, tx, in.ID)
	if err != nil {
		return rbac.Grant{}, err
	}
	var known bool
	err = tx.Get(ctx, &known, `
		select case $1::text
		         when 'member' then exists (select from members where id = $2 and state <> 'left')
		         when 'department' then exists (select from departments where id = $2)
		         else true end`, in.SubjectKind, in.SubjectID)
	if err != nil {
		return rbac.Grant{}, err
	}
	if !known {
		return rbac.Grant{}, ErrSubject
	}
	return rbac.Give(ctx, tx, rbac.NewGrant{
		SubjectKind: in.SubjectKind, SubjectID: in.SubjectID, Permission: rbac.Permission("publish." + in.Right),
		ScopeKind: ScopeKind, ScopeID: &c.ID,
	})
}

type grantRef struct {
	ID    uuid.UUID `json:"-" path:"id"`
	Grant uuid.UUID `json:"-" path:"grant"`
}

// revoke takes a grant back that was given on this column, and no other.
func revoke(ctx context.Context, tx *tenant.Tx, in grantRef) (none feature.None, err error) {
	var here bool
	err = tx.Get(ctx, &here, `
		select exists (select from grants where id = $1 and scope_kind = $2 and scope_id = $3)`, in.Grant, ScopeKind, in.ID)
	if err != nil {
		return none, err
	}
	if !here {
		return none, rbac.ErrGrantNotFound
	}
	return none, rbac.TakeBack(ctx, tx, in.Grant)
}
