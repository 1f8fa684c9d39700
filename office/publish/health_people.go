package publish

import (
	"context"

	"github.com/google/uuid"

	"hetu/tenant"
)

// A Responsible says who answers for a department's publishing: its head
// (R005) and those who may press Publish for it (R006).
type Responsible struct {
	ID         uuid.UUID    `db:"id" json:"id"`
	Name       string       `db:"name" json:"name"`
	HeadName   string       `db:"head_name" json:"head_name"` // empty: it has none
	Publishers tenant.Texts `db:"publishers" json:"publishers"`
	Columns    int          `db:"columns" json:"columns"` // that are its own
}

// responsible lists the departments with who answers for their publishing. The
// unit itself, standing above its departments, and the leaders are no departments
// that publish.
//
// A department's publisher is named: somebody who was given the right on one
// of its columns, or one of its own people who has it there (or anywhere, if
// the department has no column yet). Authority over all columns held by people
// of other departments names nobody.
func responsible(ctx context.Context, tx *tenant.Tx) ([]Responsible, error) {
	rs := []Responsible{}
	err := tx.Select(ctx, &rs, `
		with able as (
		  select distinct h.member_id, h.scope_kind = '' as everywhere, h.scope_id
		    from held h
		   where h.permission = 'publish.publish' and (h.until is null or h.until > $1)
		     and h.member_id <> '00000000-0000-0000-0000-000000000000'),
		own as (select c.id, c.path, c.department_id from columns c where c.state = 'active'),
		named as (
		  select o.department_id, a.member_id from own o join able a on not a.everywhere and a.scope_id = any (o.path)
		  union
		  select s.department_id, a.member_id from able a join subjects s on s.member_id = a.member_id
		   where a.everywhere or not exists (select from own o where o.department_id = s.department_id))
		select d.id, d.name, coalesce((select m.name from posts p join members m on m.id = p.member_id
		                                where p.department_id = d.id and p.head and m.state = 'active'), '') as head_name,
		       coalesce((select array_agg(distinct m.name order by m.name) from named n join members m on m.id = n.member_id
		                  where n.department_id = d.id and m.state = 'active'), '{}') as publishers,
		       (select count(*) from own o where o.department_id = d.id) as columns
		  from departments d
		 where d.kind <> 'leaders'
		   and (d.parent_id is not null or not exists (select from departments b where b.parent_id = d.id))
		 order by cardinality(d.path), d.sort, d.name, d.id`, tx.Now)
	return rs, err
}
