package review

import (
	"context"

	"github.com/google/uuid"

	"hetu/tenant"
)

// An Assessor is who reviews an indicator.
type Assessor struct {
	ID         uuid.UUID `db:"member_id" json:"id"`
	Name       string    `db:"name" json:"name"`
	Department string    `db:"department" json:"department"`
}

type assessorRow struct {
	Assessor
	Code    string    `db:"code"`
	Account uuid.UUID `db:"account_id"`
}

// assessors returns who reviews what of a call.
func assessors(ctx context.Context, tx *tenant.Tx, call uuid.UUID) (all []assessorRow, err error) {
	err = tx.Select(ctx, &all, `
		select code, member_id, account_id, name, department from review_assessors where call_id = $1 order by code, name, member_id`, call)
	return all, err
}

// authored are the kinds of deeds whose member is who made what was counted.
// Others, such as findings and adoptions, name who judged it.
var authored = []string{"publish.published", "exchange.reported"}

// interests are what keeps people from judging: where they belong, by any post
// and any account of theirs, and what they made themselves (AS-04).
type interests struct {
	departments map[uuid.UUID]map[uuid.UUID]bool // of members, with all above them
	tenants     map[uuid.UUID]map[uuid.UUID]bool // of accounts
	made        map[making]bool
}

type making struct {
	member, unit uuid.UUID
	kind         string
}

// interestsOf reads what keeps members of the tenant, and their accounts, from
// judging what was done from one day to another.
func interestsOf(ctx context.Context, tx *tenant.Tx, who []assessorRow, from, to string) (i interests, err error) {
	i = interests{map[uuid.UUID]map[uuid.UUID]bool{}, map[uuid.UUID]map[uuid.UUID]bool{}, map[making]bool{}}
	var members, accounts []uuid.UUID
	for _, a := range who {
		if i.departments[a.ID] == nil {
			i.departments[a.ID], i.tenants[a.Account] = map[uuid.UUID]bool{}, map[uuid.UUID]bool{}
			members, accounts = append(members, a.ID), append(accounts, a.Account)
		}
	}
	var rows []struct {
		What string    `db:"what"`
		Who  uuid.UUID `db:"who"`
		Of   uuid.UUID `db:"of"`
		Kind string    `db:"kind"`
	}
	err = tx.Select(ctx, &rows, `
		select distinct 'department' as what, p.member_id as who, above as of, '' as kind
		  from posts p join departments d on d.id = p.department_id, unnest(d.path) as above
		 where p.member_id = any ($1)
		union all
		select distinct 'tenant', a.id, t.tenant_id, ''
		  from unnest($2::uuid[]) as a (id), platform.account_tenants(a.id) t
		union all
		select distinct 'made', d.member_id, d.unit_id, d.kind
		  from deeds d
		 where d.tenant_id = app_tenant() and d.kind = any ($3) and d.unit_kind = 'department' and d.reverses is null
		   and d.day between $4::date and $5::date and d.member_id = any ($1)`,
		tenant.Array(members), tenant.Array(accounts), tenant.Array(authored), from, to)
	for _, r := range rows {
		switch r.What {
		case "department":
			i.departments[r.Who][r.Of] = true
		case "tenant":
			i.tenants[r.Who][r.Of] = true
		default:
			i.made[making{r.Who, r.Of, r.Kind}] = true
		}
	}
	return i, err
}

// refuse returns why somebody must not judge a line of a unit: they belong to
// it, they wrote its self-assessment, or they made what the line counts.
func (i interests) refuse(a assessorRow, u unitRow, l Line) error {
	switch {
	case u.Kind == "tenant" && i.tenants[a.Account][u.Unit], u.Kind == "department" && i.departments[a.ID][u.Unit]:
		return ErrOwnUnit
	case i.made[making{a.ID, u.Unit, l.Kind}]:
		return ErrOwnWork
	}
	for _, e := range u.Editors {
		if e == a.Account {
			return ErrOwnWork
		}
	}
	return nil
}

// eligible returns who may judge a line of a unit, of those assigned to it.
func (i interests) eligible(all []assessorRow, u unitRow, l Line) (may []assessorRow) {
	for _, a := range all {
		if a.Code == l.Code && i.refuse(a, u, l) == nil {
			may = append(may, a)
		}
	}
	return may
}
