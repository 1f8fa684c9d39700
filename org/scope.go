package org

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// ScopeKind is what a department is called as the node a right holds on: who
// has Manage on one is its administrator (R268, R269).
const ScopeKind = "department"

// Manages returns rbac.ErrDenied unless the actor manages the member: everybody,
// or the department of every post the member has. Whoever administers the tenant
// is managed by nobody who does not, and ErrNoMember is for whom there is not.
func Manages(ctx context.Context, tx *tenant.Tx, member uuid.UUID) error {
	r := rbac.From(ctx)
	if r.Everywhere(Manage) {
		return nil
	}
	var m struct{ There, Within, Above bool }
	err := tx.Get(ctx, &m, `
		select exists (select from members where id = $1) as there,
		       coalesce((select bool_and(d.path && $2::uuid[]) from posts p join departments d on d.id = p.department_id where p.member_id = $1), false) as within,
		       exists (select from held h where h.member_id = $1 and h.scope_kind = '' and h.permission = any ($3)) as above`,
		member, tenant.Array(r.Scopes(Manage)), tenant.Array(codes(Powers)))
	switch {
	case err != nil:
		return err
	case !m.There:
		return ErrNoMember
	case !m.Within || m.Above:
		return errors.Join(rbac.ErrDenied, errors.New(string(Manage)))
	}
	return nil
}

// ManagesIn returns rbac.ErrDenied unless the actor manages people everywhere,
// or in the department. Nil is above the roots. Of a department there is not it
// returns ErrNoDepartment.
func ManagesIn(ctx context.Context, tx *tenant.Tx, department *uuid.UUID) error {
	if rbac.From(ctx).Everywhere(Manage) {
		return nil
	}
	way, err := path(ctx, tx, department)
	if err != nil {
		return err
	}
	return rbac.Require(ctx, Manage, way)
}

// managesBelow returns rbac.ErrDenied unless the actor manages the department
// above the one with this way: its own is not the administrator's to change.
func managesBelow(ctx context.Context, way Path) error {
	return rbac.Require(ctx, Manage, way[:max(len(way)-1, 0)])
}

// managesThere is ManagesIn for a department that stands in the input.
func managesThere(ctx context.Context, tx *tenant.Tx, department *uuid.UUID, field string) error {
	err := ManagesIn(ctx, tx, department)
	if errors.Is(err, ErrNoDepartment) {
		return ErrNoSubject.On(field)
	}
	return err
}

func addDepartment(ctx context.Context, tx *tenant.Tx, n NewDepartment) (d Department, err error) {
	if err := managesThere(ctx, tx, n.ParentID, "parent_id"); err != nil {
		return d, err
	}
	return AddDepartment(ctx, tx, n)
}

// managesPost returns whose post it is, or what keeps the actor from changing it.
func managesPost(ctx context.Context, tx *tenant.Tx, post uuid.UUID) error {
	var member uuid.UUID
	err := tx.Get(ctx, &member, `select member_id from posts where id = $1`, post)
	if errors.Is(err, tenant.ErrNoRows) {
		return ErrNoPost
	}
	if err != nil {
		return err
	}
	return Manages(ctx, tx, member)
}

// A Leaving says what keeps a member from leaving: what only they can go on with
// and nobody has been given. What they answer for ends with it.
type Leaving func(ctx context.Context, tx *tenant.Tx, member uuid.UUID) error

// letGo lets a member leave who has nothing left to hand over.
func (h *house) letGo(ctx context.Context, tx *tenant.Tx, in because) (none feature.None, err error) {
	if err := Manages(ctx, tx, in.ID); err != nil {
		return none, err
	}
	if h.Leaving != nil && in.ID != tx.Actor.Member {
		if err := h.Leaving(ctx, tx, in.ID); err != nil {
			return none, err
		}
	}
	return leaveMember(ctx, tx, in)
}

// ErrNotAsked means that nobody's password is replaced without their request.
var ErrNotAsked = fault.New(fault.Conflict, "org.reset_not_asked")
