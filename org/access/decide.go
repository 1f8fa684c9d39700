package access

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
)

// current is the hash of what a request asks for now: a role that bundles
// something else by now is not what anybody agreed to.
func current(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (string, error) {
	r, err := row(ctx, tx, id, "")
	if err != nil {
		return "", err
	}
	n := r.asked()
	t := thing{permissions: []rbac.Permission{n.Permission}}
	if n.RoleID != nil {
		if t, err = role(ctx, tx, *n.RoleID); err != nil {
			return "", err
		}
	}
	return t.hash(r.Member, n), nil
}

func (r requestRow) asked() newRequest {
	n := newRequest{RoleID: r.Role, ScopeKind: r.ScopeKind, Until: r.Until, Reason: r.Reason}
	if r.Permission != nil {
		n.Permission = rbac.Permission(*r.Permission)
	}
	if r.ScopeKind != "" {
		n.ScopeID = &r.Scope
	}
	return n
}

// states are what a request becomes by how its case ended.
var states = map[string]string{"approved": "applied", "returned": "returned", "withdrawn": "withdrawn"}

// decided ends a request; one that was approved has its effect in the same
// transaction.
func (d *desk) decided(ctx context.Context, tx *tenant.Tx, e feature.Decision) error {
	r, err := row(ctx, tx, e.Subject, "for update")
	if errors.Is(err, ErrNotFound) && e.Outcome != "approved" {
		return nil // it went with its role or its department; its case may end
	}
	if err != nil {
		return err
	}
	state := states[e.Outcome]
	if state == "" || r.State != "open" {
		return nil
	}
	var given *uuid.UUID
	var minutes *int
	if state == "applied" {
		if given, err = d.apply(ctx, tx, r); err != nil {
			return err
		}
		m, err := d.Minutes(ctx, tx, r.MadeAt, tx.Now)
		if err != nil {
			return err
		}
		minutes = &m
		tx.Deed(tenant.Deed{Kind: "access.applied", Unit: r.Department, Item: object(r.ID), Title: r.What, WorkMinute: m})
	}
	if _, err := tx.Exec(ctx, `
		update access_requests set state = $2, ended_at = $3, ended_reason = $4, grant_id = $5, minutes = $6
		 where id = $1 and state = 'open'`, r.ID, state, tx.Now, e.Reason, given, minutes); err != nil {
		return err
	}
	tx.Audit("access."+state, object(r.ID), map[string]any{"name": r.What, "member": r.Member, "case": e.Case, "grant": given, "minutes": minutes})
	if state != "applied" {
		return nil // the approval tells who asked
	}
	watching, err := rbac.Holders(ctx, tx, org.Grant, nil)
	if err != nil {
		return err
	}
	params := map[string]string{"title": r.What, "name": r.Name}
	return d.Notify(ctx, tx,
		Notice{To: []uuid.UUID{r.Member}, Code: "access.applied", Href: "/access", Params: params},
		Notice{To: watching, Code: "access.granted", Href: "/access/requests?id=" + r.ID.String(), Params: params})
}

// apply gives what was approved. Whoever has been given it for as long meanwhile
// keeps that; whoever has it for less, or had it until some day, has it anew.
func (d *desk) apply(ctx context.Context, tx *tenant.Tx, r requestRow) (*uuid.UUID, error) {
	n := r.asked()
	if _, err := d.thing(ctx, tx, n); err != nil { // it became an administrator's, or its node is gone
		return nil, err
	}
	if n.Until != nil && !n.Until.After(tx.Now) {
		return nil, errors.Join(org.ErrUntil, errors.New("access: what was asked for has run out"))
	}
	has, err := given(ctx, tx, r.Member, n)
	if err != nil {
		return nil, err
	}
	if has != nil {
		if !has.shorter(n) {
			return nil, nil
		}
		if err := rbac.TakeBack(ctx, tx, has.ID); err != nil {
			return nil, err
		}
	}
	g, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: r.Member, RoleID: n.RoleID, Permission: n.Permission,
		ScopeKind: n.ScopeKind, ScopeID: n.ScopeID, Until: n.Until, Case: r.Case})
	return &g.ID, err
}

// A holding is a grant of the same to the person itself.
type holding struct {
	ID    uuid.UUID  `db:"id"`
	Until *time.Time `db:"until"`
}

// given returns what a member has been given of just what n asks for, be it
// over or not; nil if nothing.
func given(ctx context.Context, tx *tenant.Tx, member uuid.UUID, n newRequest) (*holding, error) {
	var permission *string
	if n.RoleID == nil {
		p := string(n.Permission)
		permission = &p
	}
	scope := uuid.Nil
	if n.ScopeID != nil {
		scope = *n.ScopeID
	}
	var h holding
	err := tx.Get(ctx, &h, `
		select id, until from grants
		 where subject_kind = 'member' and subject_id = $1 and role_id is not distinct from $2
		   and permission is not distinct from $3 and scope_kind = $4 and scope_id = $5`,
		member, n.RoleID, permission, n.ScopeKind, scope)
	if errors.Is(err, tenant.ErrNoRows) {
		return nil, nil
	}
	return &h, err
}

// shorter reports whether it ends before what n asks for does.
func (h *holding) shorter(n newRequest) bool {
	return h != nil && h.Until != nil && (n.Until == nil || h.Until.Before(*n.Until))
}
