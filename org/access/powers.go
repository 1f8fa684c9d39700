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

// An Administration is one of the three powers and who has it.
type Administration struct {
	Power  rbac.Permission `json:"power" enum:"org.manage,org.grant,audit.read"`
	RoleID *uuid.UUID      `json:"role_id"` // what is given to appoint somebody
	People []Appointed     `json:"people"`
}

// An Appointed is somebody who has a power.
type Appointed struct {
	Person
	GrantID uuid.UUID  `db:"grant_id" json:"grant_id"`
	Since   time.Time  `db:"granted_at" json:"since"`
	By      string     `db:"granted_by" json:"by"` // empty: it came with the tenant
	Until   *time.Time `db:"until" json:"until"`
	Other   bool       `db:"other" json:"other"` // has another power, too: the first administrator, until they hand over
}

// Administrations are the three powers of a tenant.
type Administrations struct {
	Apart bool             `json:"apart"` // nobody has two, and each has somebody (AU-05)
	Items []Administration `json:"items"`
}

// administrators tells who has which power.
func administrators(ctx context.Context, tx *tenant.Tx, _ feature.None) (a Administrations, err error) {
	var rows []struct {
		Power string `db:"power"`
		Appointed
	}
	if err := tx.Select(ctx, &rows, `
		with h as (
		  select g.id as grant_id, g.subject_id as member_id, p.permission as power, g.granted_at, g.granted_by, g.until
		    from grants g
		    left join role_permissions rp on rp.role_id = g.role_id
		    cross join lateral (select coalesce(g.permission, rp.permission) as permission) p
		   where g.subject_kind = 'member' and g.scope_kind = '' and (g.until is null or g.until > now()) and p.permission = any ($1))
		select h.power, h.grant_id, h.granted_at, coalesce(b.name, '') as granted_by, h.until, m.id, m.name, m.login, m.state, coalesce(d.name, '') as department,
		       exists (select from h o where o.member_id = h.member_id and o.power <> h.power) as other
		  from h
		  join members m on m.id = h.member_id and m.state <> 'left'
		  left join members b on b.id = h.granted_by
		  left join posts p on p.member_id = m.id and p.main
		  left join departments d on d.id = p.department_id
		 order by h.granted_at, h.grant_id limit 200`, tenant.Array(words(org.Powers))); err != nil {
		return a, err
	}
	a.Apart = true
	for i, role := range []rbac.Role{rbac.Admin, rbac.Security, rbac.Auditor} {
		one := Administration{Power: org.Powers[i], People: []Appointed{}}
		id, err := rbac.RoleID(ctx, tx, role)
		switch {
		case err == nil:
			one.RoleID = &id
		case !errors.Is(err, rbac.ErrNoSuchRole):
			return a, err
		}
		for _, r := range rows {
			if r.Power == string(one.Power) {
				one.People = append(one.People, r.Appointed)
				a.Apart = a.Apart && !r.Other
			}
		}
		a.Apart = a.Apart && len(one.People) > 0
		a.Items = append(a.Items, one)
	}
	return a, nil
}
