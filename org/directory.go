package org

import (
	"context"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// A Person is a member as colleagues look them up.
type Person struct {
	ID         uuid.UUID `db:"id" json:"id"`
	Name       string    `db:"name" json:"name"`
	Department string    `db:"department" json:"department"`
	Title      string    `db:"title" json:"title"`
}

func directory(ctx context.Context, tx *tenant.Tx, in memberQuery) (l feature.List[Person], err error) {
	after, err := cursor(in.After)
	if err != nil {
		return l, err
	}
	var ps []Person
	err = tx.Select(ctx, &ps, `
		select m.id, m.name, coalesce(d.name, '') as department, coalesce(p.title, '') as title
		  from members m
		  left join posts p on p.member_id = m.id and p.main
		  left join departments d on d.id = p.department_id
		 where m.state in ('invited', 'active')
		   and ($1::uuid is null or m.login > (select login from members where id = $1))
		   and ($2::uuid is null or exists (
		         select from posts q join departments e on e.id = q.department_id
		          where q.member_id = m.id and $2 = any (e.path)))
		   and ($3 = '' or strpos(m.name, $3) > 0 or strpos(m.login, lower($3)) > 0)
		 order by m.login
		 limit $4`, after, in.Department, in.Q, in.Size()+1)
	return feature.Cut(ps, in.Size(), func(p Person) string { return p.ID.String() }), err
}
