package org

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"hetu/rbac"
	"hetu/tenant"
)

// heldPowers are the powers that persons have without a node and without anybody
// else having them too: one row each.
const heldPowers = `
	select distinct g.subject_id as member_id, p.permission, g.until
	  from grants g
	  left join role_permissions rp on rp.role_id = g.role_id
	  cross join lateral (select coalesce(g.permission, rp.permission) as permission) p
	 where g.subject_kind = 'member' and g.scope_kind = '' and (g.until is null or g.until > now())`

// exclusive keeps the three administrators apart: each power is given to a
// person, and to nobody who has another one (AU-05). What is bound to a
// department is no power.
func exclusive(ctx context.Context, tx *tenant.Tx, ps []rbac.Permission, g NewGrant) error {
	mine := powersIn(ps)
	switch {
	case len(mine) == 0 || g.ScopeKind != "":
		return nil
	case g.SubjectKind != "member":
		return ErrPersonalRole.On("subject_kind")
	case len(mine) > 1:
		return ErrExclusive
	}
	if err := lock(ctx, tx, "admins"); err != nil {
		return err
	}
	var other bool
	err := tx.Get(ctx, &other, `
		with h as (`+heldPowers+`)
		select exists (select from h where member_id = $1 and permission = any ($2) and permission <> $3)`,
		deref(g.SubjectID), tenant.Array(codes(Powers)), string(mine[0]))
	if err == nil && other {
		err = ErrExclusive
	}
	return err
}

func powersIn(ps []rbac.Permission) (mine []rbac.Permission) {
	for _, p := range ps {
		if slices.Contains(Powers, p) {
			mine = append(mine, p)
		}
	}
	return mine
}

func codes(ps []rbac.Permission) []string {
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = string(p)
	}
	return out
}

// retire ends what the first administrator could do besides administering: from
// the moment somebody else gives rights, whoever has two powers has that one no
// longer. Who takes over must be able to come in, or nobody could go on; and the
// auditor is there before, so that from the first day all three watch each other.
func retire(ctx context.Context, tx *tenant.Tx, ps []rbac.Permission, g NewGrant) error {
	if g.SubjectKind != "member" || g.ScopeKind != "" || g.Until != nil || !slices.Contains(ps, Grant) {
		return nil
	}
	var state string
	if err := tx.Get(ctx, &state, `select state from members where id = $1`, deref(g.SubjectID)); err != nil {
		return err
	}
	if state != "active" {
		return ErrState.With("state", state)
	}
	var before struct {
		Both    tenant.IDs `db:"both"`
		Audited bool       `db:"audited"`
	}
	if err := tx.Get(ctx, &before, `
		with h as (`+heldPowers+`)
		select array(select g.id from grants g
		              where g.subject_kind = 'member' and g.scope_kind = '' and g.permission = $1
		                and exists (select from h where h.member_id = g.subject_id and h.permission = any ($2) and h.permission <> $1)) as both,
		       exists (select from h join members m on m.id = h.member_id where h.permission = $3 and h.until is null and m.state = 'active') as audited`,
		string(Grant), tenant.Array(codes(Powers)), string(Powers[2])); err != nil {
		return err
	}
	if len(before.Both) > 0 && !before.Audited {
		return ErrAuditorFirst
	}
	return takeEach(ctx, tx, `select id from grants where id = any ($1)`, tenant.Array([]uuid.UUID(before.Both)))
}

// Administers reports whether a member has one of the powers now.
func Administers(ctx context.Context, tx *tenant.Tx, member uuid.UUID) (is bool, err error) {
	err = tx.Get(ctx, &is, `
		with h as (`+heldPowers+`) select exists (select from h where member_id = $1 and permission = any ($2))`,
		member, tenant.Array(codes(Powers)))
	return is, err
}

// Administered is anAdmin, for what else takes administrators away: one after the
// other, or each would count on the one the other takes.
func Administered(ctx context.Context, tx *tenant.Tx) error {
	if err := lock(ctx, tx, "admins"); err != nil {
		return err
	}
	return anAdmin(ctx, tx)
}

// anAdmin returns ErrLastAdmin unless there is a system administrator who can come
// in, and somebody who can give rights, both without end and
// under no sanction that takes it; and once the administrators are apart, an
// auditor.
func anAdmin(ctx context.Context, tx *tenant.Tx) error {
	var missing []string
	err := tx.Select(ctx, &missing, `
		with h as (`+heldPowers+`),
		apart as (select not exists (select from h where permission = any ($1) group by member_id having count(distinct permission) > 1) as so)
		select p from unnest($1::text[]) as p
		 where (p <> $2 or (select so from apart))
		   and not exists (
		         select from h join members m on m.id = h.member_id
		          where h.permission = p and h.until is null and m.state = 'active'
		            and (p <> $3 or exists (select from grants g join roles r on r.id = g.role_id
		                                     where g.subject_kind = 'member' and g.subject_id = m.id and g.scope_kind = '' and g.until is null and r.code = $4))
		            and not exists (select from restrictions x
		                             where x.member_id = m.id and x.lifted_at is null and x.ends_at > now()
		                               and (x.permissions = '{}' or p = any (x.permissions))))`,
		tenant.Array(codes(Powers)), string(Powers[2]), string(Manage), string(rbac.Admin))
	if err == nil && len(missing) > 0 {
		err = ErrLastAdmin.With("permission", missing[0])
	}
	return err
}

// delegated keeps whoever gives rights in a department only to those who are in
// it, and to what they have themself: no powers (R269, R272, AZ-04).
func delegated(ctx context.Context, tx *tenant.Tx, kind string, subject uuid.UUID, ps []rbac.Permission) error {
	have := rbac.From(ctx)
	if have == nil || have.Everywhere(Grant) || !have.Has(Grant) { // the route has asked for it; works have none
		return nil
	}
	if len(powersIn(ps)) > 0 {
		return rbac.ErrBeyondOwn
	}
	for _, p := range ps {
		if !have.Has(p) {
			return rbac.ErrBeyondOwn
		}
	}
	in := map[string]string{
		"member":     `select exists (select from subjects where member_id = $1 and department_id = any ($2))`,
		"department": `select exists (select from departments where id = $1 and path && $2)`,
		"post":       `select exists (select from duties u join departments d on d.id = u.department_id where u.id = $1 and d.path && $2)`,
	}[kind]
	if in == "" {
		return ErrOutside
	}
	var inside bool
	err := tx.Get(ctx, &inside, in, subject, tenant.Array(have.Scopes(Grant)))
	if err == nil && !inside {
		err = ErrOutside
	}
	return err
}

// given returns a grant and the permissions it gives.
func given(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (g rbac.Grant, ps []rbac.Permission, err error) {
	var rows []string
	err = tx.Get(ctx, &g, `select id, subject_kind, subject_id from grants where id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return g, nil, rbac.ErrGrantNotFound
	}
	if err != nil {
		return g, nil, err
	}
	err = tx.Select(ctx, &rows, `
		select coalesce(g.permission, rp.permission) from grants g
		  left join role_permissions rp on rp.role_id = g.role_id
		 where g.id = $1 and coalesce(g.permission, rp.permission) is not null`, id)
	for _, p := range rows {
		ps = append(ps, rbac.Permission(p))
	}
	return g, ps, err
}

// own returns the departments in which the actor gives rights and those below
// them, with the posts in them; nil for whoever does so everywhere.
func own(ctx context.Context, tx *tenant.Tx, p rbac.Permission) ([]uuid.UUID, error) {
	have := rbac.From(ctx)
	if have == nil || have.Everywhere(p) || !have.Has(p) {
		return nil, nil
	}
	ids := []uuid.UUID{}
	err := tx.Select(ctx, &ids, `
		select id from departments where path && $1
		union all
		select u.id from duties u join departments d on d.id = u.department_id where d.path && $1`, tenant.Array(have.Scopes(p)))
	return ids, err
}
