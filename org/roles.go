package org

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"hetu/feature"
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
	Grants      int          `db:"grants" json:"grants"` // how often it is given
	Version     int          `db:"version" json:"version"`
}

const roleRows = `
	select r.id, r.code, r.name, r.builtin, r.version,
	       (select count(*) from grants g where g.role_id = r.id) as grants,
	       array(select permission from role_permissions p where p.role_id = r.id order by 1) as permissions
	  from roles r`

// maxRoles bounds the roles of a tenant, which are listed in one piece (DO-04).
const maxRoles = 200

// listRoles lists all roles of the tenant, of which there are at most maxRoles.
func listRoles(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[RoleRow], err error) {
	l.Items = []RoleRow{}
	err = tx.Select(ctx, &l.Items, roleRows+` order by r.builtin desc, r.id`)
	return l, err
}

// A PermissionRow is a permission that can be granted.
type PermissionRow struct {
	Code   rbac.Permission `json:"code"`
	Scoped bool            `json:"scoped"`

	// Reserved permissions are the auditor's or the security administrator's alone:
	// no role of one's own bundles them.
	Reserved bool `json:"reserved"`
}

func (h *house) listPermissions(context.Context, *tenant.Tx, feature.None) (l feature.List[PermissionRow], err error) {
	l.Items = []PermissionRow{}
	for _, r := range h.Rights() {
		l.Items = append(l.Items, PermissionRow{r.Permission, r.Scoped, Reserved(r)})
	}
	return l, nil
}

// NewRole is what a client may say of a role to be made.
type NewRole struct {
	Name        string            `json:"name" minLength:"1" maxLength:"40"`
	Permissions []rbac.Permission `json:"permissions" maxItems:"200"`
}

// Validate returns the first thing wrong with the role.
func (r *NewRole) Validate() error {
	if len(r.Permissions) == 0 {
		return feature.ErrMissing.On("permissions")
	}
	return feature.Trim(&r.Name, "name", 40)
}

// addRole makes a role of the tenant's own. What it bundles need not be what the
// actor holds: it is given to nobody yet.
func (h *house) addRole(ctx context.Context, tx *tenant.Tx, in NewRole) (row RoleRow, err error) {
	if err := rbac.Require(ctx, Grant, nil); err != nil { // roles are the whole tenant's
		return row, err
	}
	if err := h.bundles(in.Permissions); err != nil {
		return row, err
	}
	if err := lock(ctx, tx, "roles"); err != nil {
		return row, err
	}
	var there int
	if err := tx.Get(ctx, &there, `select count(*) from roles`); err != nil {
		return row, err
	}
	if there >= maxRoles {
		return row, ErrManyRoles.With("most", maxRoles)
	}
	id, err := rbac.AddRole(ctx, tx, rbac.RoleSpec(in))
	if err != nil {
		return row, err
	}
	return findRole(ctx, tx, id)
}

func findRole(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (row RoleRow, err error) {
	err = tx.Get(ctx, &row, roleRows+` where r.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = rbac.ErrRoleNotFound
	}
	return row, err
}

// bundles returns what is wrong with the permissions of a role of one's own.
func (h *house) bundles(ps []rbac.Permission) error {
	for _, p := range ps {
		i := slices.IndexFunc(h.Rights(), func(r rbac.Right) bool { return r.Permission == p })
		switch {
		case i < 0:
			return rbac.ErrNoSuchRight.On("permissions")
		case Reserved(h.Rights()[i]):
			return ErrReserved.On("permissions").With("permission", string(p))
		}
	}
	return nil
}

// Reserved reports whether a permission belongs to the auditor or to the security
// administrator alone: bundled with others it would let one person do a thing and
// check it (AU-05).
func Reserved(r rbac.Right) bool {
	return len(r.Roles) == 1 && (r.Roles[0] == rbac.Auditor || r.Roles[0] == rbac.Security)
}

// roleEdit replaces all of a role that may be changed.
type roleEdit struct {
	ID uuid.UUID `json:"-" path:"id"`
	NewRole
	Version int `json:"version" minimum:"1"`
}

// editRole changes a role of the tenant's own. To a role they hold themself,
// nobody adds what they do not hold already; to one that is given on nodes,
// nothing that is not meant for nodes.
func (h *house) editRole(ctx context.Context, tx *tenant.Tx, e roleEdit) (row RoleRow, err error) {
	if err := rbac.Require(ctx, Grant, nil); err != nil {
		return row, err
	}
	was, err := findRole(ctx, tx, e.ID)
	if err != nil {
		return row, err
	}
	if was.Builtin {
		return row, rbac.ErrRoleBuiltin
	}
	if err := h.bundles(e.Permissions); err != nil {
		return row, err
	}
	var given struct{ Own, Nodes bool }
	if err := tx.Get(ctx, &given, `
		select coalesce(bool_or(g.subject_kind = 'everyone' or g.subject_id = $2 or g.subject_kind = 'department' and exists (
		         select from subjects s where s.department_id = g.subject_id and s.member_id = $2)), false) as own,
		       coalesce(bool_or(g.scope_kind <> ''), false) as nodes
		  from grants g where g.role_id = $1`, e.ID, tx.Actor.Member); err != nil {
		return row, err
	}
	for _, p := range e.Permissions {
		switch {
		case slices.Contains(was.Permissions, string(p)):
		case given.Own && !rbac.From(ctx).Everywhere(p):
			return row, ErrOwnGrant.On("permissions")
		case given.Nodes && !h.scoped(p):
			return row, rbac.ErrNotScoped.On("permissions")
		case was.Grants > 0 && slices.Contains(Powers, p): // whoever has the role may have another one
			return row, ErrExclusive.On("permissions")
		}
	}
	if err := rbac.EditRole(ctx, tx, e.ID, e.Version, rbac.RoleSpec(e.NewRole)); err != nil {
		return row, err
	}
	return findRole(ctx, tx, e.ID)
}

func (h *house) scoped(p rbac.Permission) bool {
	return slices.ContainsFunc(h.Rights(), func(r rbac.Right) bool { return r.Permission == p && r.Scoped })
}

func dropRole(ctx context.Context, tx *tenant.Tx, in byID) (none feature.None, err error) {
	if err := rbac.Require(ctx, Grant, nil); err != nil {
		return none, err
	}
	return none, rbac.DropRole(ctx, tx, in.ID)
}

// A RoleSet is a bundle a tenant may begin a role of its own with.
type RoleSet struct {
	Code        string            `json:"code" enum:"full,initiation,ordinary,clerk"`
	Permissions []rbac.Permission `json:"permissions"`
}

// roleSets lists them (R257).
func (h *house) roleSets(context.Context, *tenant.Tx, feature.None) (l feature.List[RoleSet], err error) {
	l.Items = []RoleSet{}
	if h.Sets != nil {
		l.Items = h.Sets()
	}
	return l, nil
}
