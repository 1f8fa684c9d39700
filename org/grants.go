package org

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/job"
	"hetu/rbac"
	"hetu/tenant"
)

// NewGrant says what to give to whom: a role or one permission, everywhere or
// on one node of a tree.
type NewGrant struct {
	SubjectKind string          `json:"subject_kind" enum:"member,department,everyone,role,post"` // to a role or a post, one permission
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
// to somebody else, any role as a whole: appointing people is what the system
// administrator is for, and the content itself they do not get. What no role may
// bundle they cannot give either way (see reserved).
func (h *house) give(ctx context.Context, tx *tenant.Tx, g NewGrant) (row GrantRow, err error) {
	permissions, err := h.bundle(ctx, tx, g)
	if err != nil {
		return row, err
	}
	if g.Until != nil && !g.Until.After(tx.Now) {
		return row, ErrUntil.On("until")
	}
	own, err := covers(ctx, tx, g)
	appoints := g.RoleID != nil && g.ScopeKind == "" && !own && rbac.From(ctx).Everywhere(Grant)
	switch {
	case err != nil:
		return row, err
	case own && g.SubjectKind == "member":
		return row, ErrOwnGrant
	case !appoints && !holds(ctx, permissions, g):
		return row, rbac.ErrBeyondOwn
	}
	if err := delegated(ctx, tx, g.SubjectKind, deref(g.SubjectID), permissions); err != nil {
		return row, err
	}
	if err := exclusive(ctx, tx, permissions, g); err != nil {
		return row, err
	}
	made, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: g.SubjectKind, SubjectID: deref(g.SubjectID), RoleID: g.RoleID,
		Permission: g.Permission, ScopeKind: g.ScopeKind, ScopeID: g.ScopeID, Until: g.Until})
	if err != nil {
		return row, err
	}
	if err := retire(ctx, tx, permissions, g); err != nil {
		return row, err
	}
	rows, err := h.named(ctx, tx, []rbac.Grant{made})
	if err != nil {
		return row, err
	}
	return rows[0], nil
}

// bundle returns the permissions g gives. On a node only what is meant for nodes
// can be given, and people and rights only on departments.
func (h *house) bundle(ctx context.Context, tx *tenant.Tx, g NewGrant) (ps []rbac.Permission, err error) {
	declared := map[rbac.Permission]bool{}
	for _, r := range h.Rights() {
		declared[r.Permission] = r.Scoped
	}
	if g.RoleID == nil {
		if _, known := declared[g.Permission]; !known {
			return nil, rbac.ErrNoSuchRight.On("permission")
		}
		ps = []rbac.Permission{g.Permission}
	} else {
		role, err := findRole(ctx, tx, *g.RoleID)
		if errors.Is(err, rbac.ErrRoleNotFound) {
			return nil, rbac.ErrNoSuchRole.On("role_id")
		}
		if err != nil {
			return nil, err
		}
		for _, p := range role.Permissions {
			ps = append(ps, rbac.Permission(p))
		}
	}
	for _, p := range ps {
		if g.ScopeKind != "" && (!declared[p] || strings.HasPrefix(string(p), "org.") && g.ScopeKind != "department") {
			return nil, rbac.ErrNotScoped.On("scope_id")
		}
	}
	return ps, nil
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
	case "role", "post":
		err = tx.Get(ctx, &s, `
			select exists (select from roles where id = $1 and $2 = 'role') or exists (select from duties where id = $1 and $2 = 'post') as there,
			       exists (select from bearers where subject_kind = $2 and subject_id = $1 and member_id in ($3, $4)) as own`,
			id, g.SubjectKind, tx.Actor.Member, uuid.Nil)
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

func takeBack(ctx context.Context, tx *tenant.Tx, in byID) (none feature.None, err error) {
	if err := lock(ctx, tx, "admins"); err != nil {
		return none, err
	}
	was, ps, err := given(ctx, tx, in.ID)
	if err != nil {
		return none, err
	}
	if err := delegated(ctx, tx, was.SubjectKind, was.SubjectID, ps); err != nil {
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

// expiry takes grants back that have run out, which makes every node forget
// them.
func expiry() job.Round {
	return job.Round{Name: "org.expiry", Every: time.Minute, Run: func(ctx context.Context, db *tenant.DB) error {
		return db.Write(ctx, func(tx *tenant.Tx) error {
			return takeEach(ctx, tx, `select id from grants where until <= now() limit 500`)
		})
	}}
}
