package org

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/job"
	"hetu/rbac"
	"hetu/tenant"
)

// A RoleRow is a role with what it bundles.
type RoleRow struct {
	ID          uuid.UUID    `db:"id" json:"id"`
	Code        string       `db:"code" json:"code"`
	Name        string       `db:"name" json:"name"`
	Builtin     bool         `db:"builtin" json:"builtin"`
	Permissions tenant.Texts `db:"permissions" json:"permissions"`
}

const roleRows = `
	select r.id, r.code, r.name, r.builtin,
	       array(select permission from role_permissions p where p.role_id = r.id order by 1) as permissions
	  from roles r`

func listRoles(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[RoleRow], err error) {
	l.Items = []RoleRow{}
	err = tx.Select(ctx, &l.Items, roleRows+` order by r.builtin desc, r.id`)
	return l, err
}

// A PermissionRow is a permission that can be granted.
type PermissionRow struct {
	Code   rbac.Permission `json:"code"`
	Scoped bool            `json:"scoped"`
}

func (h *house) listPermissions(context.Context, *tenant.Tx, feature.None) (l feature.List[PermissionRow], err error) {
	l.Items = []PermissionRow{}
	for _, r := range h.Rights() {
		l.Items = append(l.Items, PermissionRow{r.Permission, r.Scoped})
	}
	return l, nil
}

// A GrantRow is a right somebody was given, with names.
type GrantRow struct {
	ID         uuid.UUID   `json:"id"`
	Subject    subject     `json:"subject"`
	RoleID     *uuid.UUID  `json:"role_id"`
	RoleName   string      `json:"role_name"`
	Permission string      `json:"permission"`
	Scope      *grantScope `json:"scope"`
	Until      *time.Time  `json:"until"`
	GrantedBy  string      `json:"granted_by"`
	GrantedAt  time.Time   `json:"granted_at"`
}

type subject struct {
	Kind string    `json:"kind" enum:"member,department,everyone"`
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name"`
}

type grantScope struct {
	Kind string    `json:"kind"`
	ID   uuid.UUID `json:"id"`
}

type grantQuery struct {
	Subject *uuid.UUID `json:"-" query:"subject"`
	Scope   *uuid.UUID `json:"-" query:"scope"`
}

func listGrants(ctx context.Context, tx *tenant.Tx, in grantQuery) (l feature.List[GrantRow], err error) {
	gs, err := rbac.Grants(ctx, tx, in.Subject, in.Scope)
	if err != nil {
		return l, err
	}
	l.Items, err = named(ctx, tx, gs)
	return l, err
}

// named adds the names of the people and departments to grants.
func named(ctx context.Context, tx *tenant.Tx, gs []rbac.Grant) ([]GrantRow, error) {
	var ids []uuid.UUID
	for _, g := range gs {
		ids = append(ids, g.SubjectID, deref(g.GrantedBy))
	}
	var names []Ref
	if err := tx.Select(ctx, &names, `
		select id, name from members where id = any ($1) union all select id, name from departments where id = any ($1)`,
		tenant.Array(ids)); err != nil {
		return nil, err
	}
	by := map[uuid.UUID]string{}
	for _, n := range names {
		by[n.ID] = n.Name
	}
	rows := make([]GrantRow, len(gs))
	for i, g := range gs {
		rows[i] = GrantRow{ID: g.ID, Subject: subject{g.SubjectKind, g.SubjectID, by[g.SubjectID]}, RoleID: g.RoleID,
			RoleName: g.RoleName, Permission: g.Permission, Until: g.Until, GrantedBy: by[deref(g.GrantedBy)], GrantedAt: g.GrantedAt}
		if g.ScopeKind != "" {
			rows[i].Scope = &grantScope{g.ScopeKind, g.ScopeID}
		}
	}
	return rows, nil
}

// NewGrant says what to give to whom: a role or one permission, everywhere or
// on one node of a tree.
type NewGrant struct {
	SubjectKind string          `json:"subject_kind" enum:"member,department,everyone"`
	SubjectID   *uuid.UUID      `json:"subject_id,omitempty"`
	RoleID      *uuid.UUID      `json:"role_id,omitempty"`
	Permission  rbac.Permission `json:"permission,omitempty" maxLength:"64"`
	ScopeKind   string          `json:"scope_kind,omitempty" enum:"column,department"`
	ScopeID     *uuid.UUID      `json:"scope_id,omitempty"`
	Until       *time.Time      `json:"until,omitempty"`
}

// Validate returns the first thing wrong with the grant.
func (g *NewGrant) Validate() error {
	switch {
	case (g.RoleID == nil) == (g.Permission == ""):
		return feature.ErrMissing.On("role_id")
	case g.SubjectKind != "everyone" && g.SubjectID == nil:
		return feature.ErrMissing.On("subject_id")
	case (g.ScopeKind == "") != (g.ScopeID == nil):
		return feature.ErrMissing.On("scope_id")
	}
	return nil
}

// give gives a right on behalf of the actor, who may give what they hold and,
// to somebody else, any built-in role as a whole: appointing people is what
// the system administrator is for, and the content itself they do not get.
func (h *house) give(ctx context.Context, tx *tenant.Tx, g NewGrant) (row GrantRow, err error) {
	role, permissions, err := h.bundle(ctx, tx, g)
	if err != nil {
		return row, err
	}
	if g.Until != nil && !g.Until.After(tx.Now) {
		return row, ErrUntil.On("until")
	}
	own, err := covers(ctx, tx, g)
	appoints := role.Builtin && g.ScopeKind == "" && !own
	switch {
	case err != nil:
		return row, err
	case own && g.SubjectKind == "member":
		return row, ErrOwnGrant
	case !appoints && !holds(ctx, permissions, g):
		return row, rbac.ErrBeyondOwn
	}
	if err := exclusive(ctx, tx, role, g); err != nil {
		return row, err
	}
	made, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: g.SubjectKind, SubjectID: deref(g.SubjectID), RoleID: g.RoleID,
		Permission: g.Permission, ScopeKind: g.ScopeKind, ScopeID: g.ScopeID, Until: g.Until})
	if err != nil {
		return row, err
	}
	rows, err := named(ctx, tx, []rbac.Grant{made})
	if err != nil {
		return row, err
	}
	return rows[0], nil
}

// bundle returns the permissions g gives, and the role if it gives one. On a
// node only what is meant for nodes can be given.
func (h *house) bundle(ctx context.Context, tx *tenant.Tx, g NewGrant) (role RoleRow, ps []rbac.Permission, err error) {
	declared := map[rbac.Permission]bool{}
	for _, r := range h.Rights() {
		declared[r.Permission] = r.Scoped
	}
	if g.RoleID == nil {
		if _, known := declared[g.Permission]; !known {
			return role, nil, rbac.ErrNoSuchRight.On("permission")
		}
		ps = []rbac.Permission{g.Permission}
	} else {
		err = tx.Get(ctx, &role, roleRows+` where r.id = $1`, *g.RoleID)
		if errors.Is(err, tenant.ErrNoRows) {
			return role, nil, rbac.ErrNoSuchRole.On("role_id")
		}
		if err != nil {
			return role, nil, err
		}
		for _, p := range role.Permissions {
			ps = append(ps, rbac.Permission(p))
		}
	}
	for _, p := range ps {
		if g.ScopeKind != "" && !declared[p] {
			return role, nil, rbac.ErrNotScoped.On("scope_id")
		}
	}
	return role, ps, nil
}

// covers reports whether the actor is among those g is given to. It returns a
// fault if there is no such subject.
func covers(ctx context.Context, tx *tenant.Tx, g NewGrant) (bool, error) {
	var s struct{ There, Own bool }
	var err error
	switch id := deref(g.SubjectID); g.SubjectKind {
	case "member":
		s.Own = id == tx.Actor.Member
		err = tx.Get(ctx, &s.There, `select exists (select from members where id = $1 and state <> 'left')`, id)
	case "department":
		err = tx.Get(ctx, &s, `
			select exists (select from departments where id = $1) as there,
			       exists (select from subjects where department_id = $1 and member_id = $2) as own`, id, tx.Actor.Member)
	default:
		s.There, s.Own = true, true
	}
	if err == nil && !s.There {
		err = ErrNoSubject.On("subject_id")
	}
	return s.Own, err
}

// holds reports whether the actor has every permission everywhere, or on the
// node of g.
func holds(ctx context.Context, ps []rbac.Permission, g NewGrant) bool {
	have := rbac.From(ctx)
	for _, p := range ps {
		here := g.ScopeID != nil && slices.Contains(have.Scopes(p), *g.ScopeID)
		if !here && !have.Everywhere(p) {
			return false
		}
	}
	return true
}

// exclusive keeps the administrator and the auditor apart: each is a person,
// and never the same one (AU-05).
func exclusive(ctx context.Context, tx *tenant.Tx, role RoleRow, g NewGrant) error {
	apart := map[string]string{string(rbac.Admin): string(rbac.Auditor), string(rbac.Auditor): string(rbac.Admin)}
	other := apart[role.Code]
	if other == "" || !role.Builtin {
		return nil
	}
	if g.SubjectKind != "member" {
		return ErrPersonalRole.On("subject_kind")
	}
	if err := lock(ctx, tx, "admins"); err != nil {
		return err
	}
	var has bool
	err := tx.Get(ctx, &has, `
		select exists (select from grants g join roles r on r.id = g.role_id
		                where g.subject_kind = 'member' and g.subject_id = $1 and r.code = $2)`, *g.SubjectID, other)
	if err == nil && has {
		err = ErrExclusive
	}
	return err
}

func takeBack(ctx context.Context, tx *tenant.Tx, in byID) (none feature.None, err error) {
	if err := lock(ctx, tx, "admins"); err != nil {
		return none, err
	}
	if err := rbac.TakeBack(ctx, tx, in.ID); err != nil {
		return none, err
	}
	return none, anAdmin(ctx, tx)
}

// takeAll ends every grant that was given to one member.
func takeAll(ctx context.Context, tx *tenant.Tx, member uuid.UUID) error {
	return takeEach(ctx, tx, `select id from grants where subject_kind = 'member' and subject_id = $1`, member)
}

func takeEach(ctx context.Context, tx *tenant.Tx, query string, args ...any) error {
	var ids []uuid.UUID
	if err := tx.Select(ctx, &ids, query, args...); err != nil {
		return err
	}
	for _, id := range ids {
		if err := rbac.TakeBack(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// anAdmin returns ErrLastAdmin unless somebody who can come in has the role of
// the administrator without end.
func anAdmin(ctx context.Context, tx *tenant.Tx) error {
	var left bool
	err := tx.Get(ctx, &left, `
		select exists (
		  select from grants g
		    join roles r on r.id = g.role_id
		    join members m on m.id = g.subject_id
		   where g.subject_kind = 'member' and g.until is null and g.scope_kind = ''
		     and r.code = $1 and m.state = 'active')`, string(rbac.Admin))
	if err == nil && !left {
		err = ErrLastAdmin
	}
	return err
}

// expiry takes grants back that have run out, which makes every node forget
// them.
func expiry() job.Round {
	return job.Round{Name: "org.expiry", Every: time.Minute, Run: func(ctx context.Context, db *tenant.DB) error {
		return db.Write(ctx, func(tx *tenant.Tx) error {
			return takeEach(ctx, tx, `select id from grants where until <= now() limit 500`)
		})
	}}
}
