package rbac

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/tenant"
)

// What can go wrong with a tenant's own roles.
var (
	ErrRoleNotFound = fault.New(fault.NotFound, "rbac.role_not_found")
	ErrRoleName     = fault.New(fault.Conflict, "rbac.role_name_taken")
	ErrRoleBuiltin  = fault.New(fault.Conflict, "rbac.role_builtin")
	ErrRoleGranted  = fault.New(fault.Conflict, "rbac.role_granted")
	ErrRoleStale    = fault.New(fault.Conflict, "rbac.stale")
)

// A RoleSpec is a role as a tenant words it.
type RoleSpec struct {
	Name        string
	Permissions []Permission
}

func (s RoleSpec) codes() []string {
	codes := make([]string, len(s.Permissions))
	for i, p := range s.Permissions {
		codes[i] = string(p)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// AddRole makes a role of the tenant's own and audits it.
func AddRole(ctx context.Context, tx *tenant.Tx, s RoleSpec) (uuid.UUID, error) {
	id := tenant.NewID()
	_, err := tx.Exec(ctx, `
		insert into roles (id, code, name, changed_by) values ($1, $2, $3, $4)`, id, "own-"+id.String(), s.Name, tx.Actor.Name)
	if tenant.Constraint(err) == "roles_name_uq" {
		return id, ErrRoleName.On("name")
	}
	if err != nil {
		return id, err
	}
	tx.Audit("rbac.role_made", "rbac/role/"+id.String(), map[string]any{"name": s.Name, "permissions": s.codes()})
	return id, bundle(ctx, tx, id, s)
}

// EditRole replaces the name and the permissions of a role of the tenant's own,
// and makes every node read the rights of its holders again. It returns
// ErrRoleStale if the role is no longer of this version.
func EditRole(ctx context.Context, tx *tenant.Tx, id uuid.UUID, version int, s RoleSpec) error {
	was, err := own(ctx, tx, id)
	if err != nil {
		return err
	}
	fields := []string{}
	if was.Name != s.Name {
		fields = append(fields, "name")
	}
	if !slices.Equal(was.Permissions, s.codes()) {
		fields = append(fields, "permissions")
	}
	n, err := tx.Exec(ctx, `
		update roles set name = $3, version = version + 1, changed_by = $4, changed_at = $5, changed = $6
		 where id = $1 and version = $2`, id, version, s.Name, tx.Actor.Name, tx.Now, tenant.Array(fields))
	switch {
	case tenant.Constraint(err) == "roles_name_uq":
		return ErrRoleName.On("name")
	case err != nil:
		return err
	case n == 0:
		return ErrRoleStale.With("version", was.Version).With("changed_by", was.By).
			With("changed_at", was.At).With("changed", []string(was.Fields))
	}
	tx.Audit("rbac.role_changed", "rbac/role/"+id.String(), map[string]any{
		"name": s.Name, "was": was.Name, "permissions": s.codes(), "permissions_were": was.Permissions})
	return bundle(ctx, tx, id, s)
}

// DropRole removes a role of the tenant's own that nobody holds and that nothing is granted to.
func DropRole(ctx context.Context, tx *tenant.Tx, id uuid.UUID) error {
	was, err := own(ctx, tx, id)
	if err != nil {
		return err
	}
	var granted int
	if err := tx.Get(ctx, &granted, `select count(*) from grants where role_id = $1 or subject_kind = 'role' and subject_id = $1`, id); err != nil {
		return err
	}
	if granted > 0 {
		return ErrRoleGranted.With("grants", granted)
	}
	tx.Audit("rbac.role_dropped", "rbac/role/"+id.String(), map[string]any{"name": was.Name, "permissions": was.Permissions})
	_, err = tx.Exec(ctx, `delete from roles where id = $1`, id)
	return err
}

type ownRole struct {
	Name        string       `db:"name"`
	Builtin     bool         `db:"builtin"`
	Permissions tenant.Texts `db:"permissions"`
	Version     int          `db:"version"`
	By          string       `db:"changed_by"`
	At          time.Time    `db:"changed_at"`
	Fields      tenant.Texts `db:"changed"`
}

// own returns a role of the tenant's own, locked so that it cannot be granted
// meanwhile. The roles every tenant starts with stay as they are.
func own(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (r ownRole, err error) {
	err = tx.Get(ctx, &r, `
		select r.name, r.builtin, r.version, r.changed_by, r.changed_at, r.changed,
		       array(select permission from role_permissions p where p.role_id = r.id order by permission collate "C") as permissions
		  from roles r where r.id = $1 for update`, id)
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return r, ErrRoleNotFound
	case err == nil && r.Builtin:
		return r, ErrRoleBuiltin
	}
	return r, err
}

func bundle(ctx context.Context, tx *tenant.Tx, id uuid.UUID, s RoleSpec) error {
	if _, err := tx.Exec(ctx, `
		delete from role_permissions where role_id = $1 and permission <> all ($2)`, id, tenant.Array(s.codes())); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		insert into role_permissions (role_id, permission) select $1, unnest($2::text[])
		on conflict on constraint role_permissions_pkey do nothing`, id, tenant.Array(s.codes())); err != nil {
		return err
	}
	return Changed(ctx, tx)
}
