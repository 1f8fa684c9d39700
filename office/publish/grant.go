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
	MemberID   uuid.UUID   `json:"member_id"` // the zero id: everybody; of a role or post that nobody has, its own
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
	SubjectKind string     `json:"subject_kind" enum:"member,department,everyone,role,post"`
	SubjectName string     `json:"subject_name"` // of the department, role or post it was given to
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
	if r.SubjectKind != "member" && r.SubjectKind != "everyone" {
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
	vacant, err := unborne(ctx, tx, c)
	if err != nil {
		return l, err
	}
	reasons = append(reasons, vacant...)
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

// unborne returns what was granted on this very column to a department, role or
// post that nobody is in: nobody has the right, but it waits for the next one.
func unborne(ctx context.Context, tx *tenant.Tx, c Column) (rs []rbac.Reason, err error) {
	err = tx.Select(ctx, &rs, `
		select g.id as grant_id, g.subject_id as member_id, g.permission, g.subject_kind, g.subject_id, '' as role_name,
		       g.scope_id, g.granted_by, g.granted_at, g.until
		  from grants g
		 where g.scope_id = $1 and g.permission is not null and (g.until is null or g.until > $2)
		   and g.subject_kind in ('department', 'role', 'post')
		   and not exists (select from bearers b where b.subject_kind = g.subject_kind and b.subject_id = g.subject_id)
		 order by g.permission, g.id`, c.ID, tx.Now)
	return rs, err
}

// why words a grant: to whom it was given, as what, and on what.
func why(r rbac.Reason, names map[uuid.UUID]name) string {
	to := map[string]string{"member": "本人", "everyone": "全体人员"}[r.SubjectKind]
	if kind := map[string]string{"department": "部门", "role": "角色", "post": "岗位"}[r.SubjectKind]; kind != "" {
		to = kind + "“" + names[r.SubjectID].Name + "”"
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

// named returns what the members, departments, roles, posts and columns of the reasons are called.
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
		select r.id, r.name, '' from roles r where r.id = any ($1)
		union all
		select u.id, d.name || ' ' || u.title, '' from duties u join departments d on d.id = u.department_id where u.id = any ($1)
		union all
		select c.id, c.name, '' from columns c where c.id = any ($1)`, tenant.Array(all))
	names := map[uuid.UUID]name{uuid.Nil: {Name: "全体人员"}}
	for _, n := range rows {
		names[n.ID] = n
	}
	return names, err
}

// A columnGrant gives somebody a right on a column and all below it. What is
// given to a role or a post is given to whoever has it, as long as they have it.
type columnGrant struct {
	ID          uuid.UUID `json:"-" path:"id"`
	SubjectKind string    `json:"subject_kind" enum:"member,department,everyone,role,post"`
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
		         when 'role' then exists (select from roles where id = $2)
		         when 'post' then exists (select from duties where id = $2)
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

// A GrantSubject is a role or a post that a right may be given to.
type GrantSubject struct {
	Kind    string    `db:"kind" json:"kind" enum:"role,post"`
	ID      uuid.UUID `db:"id" json:"id"`
	Name    string    `db:"name" json:"name"`
	Within  string    `db:"within" json:"within"`   // of a post: its department
	Holders int       `db:"holders" json:"holders"` // how many have it now
}

type subjectQuery struct {
	Kind string `json:"-" query:"kind" enum:"role,post"`
	Q    string `json:"-" query:"q" maxLength:"40"` // part of its name
}

// maxSubjects is how many roles or posts are offered to choose from at once.
const maxSubjects = 50

// grantSubjects lists roles, or posts, that a right may be given to.
func grantSubjects(ctx context.Context, tx *tenant.Tx, q subjectQuery) (l feature.List[GrantSubject], err error) {
	l.Items = []GrantSubject{}
	err = tx.Select(ctx, &l.Items, `
		with s as (
		  select 'role' as kind, r.id, r.name, '' as within, 0 as depth, case when r.builtin then 0 else 1 end as sort from roles r
		  union all
		  select 'post', u.id, u.title, d.name, cardinality(d.path), d.sort from duties u join departments d on d.id = u.department_id)
		select s.kind, s.id, s.name, s.within,
		       (select count(*) from members m where m.state <> 'left' and exists (
		          select from bearers b where b.subject_kind = s.kind and b.subject_id = s.id and b.member_id in (m.id, $4))) as holders
		  from s where s.kind = $1 and position(lower($2) in lower(s.within || ' ' || s.name)) > 0
		 order by s.depth, s.sort, s.within, s.name, s.id limit $3`, q.Kind, q.Q, maxSubjects, uuid.Nil)
	return l, err
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
