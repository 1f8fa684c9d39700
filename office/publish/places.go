package publish

import (
	"context"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// A Place says where a department publishes its work news (R021).
type Place struct {
	ID     uuid.UUID    `db:"id" json:"id"`
	Name   string       `db:"name" json:"name"`
	Own    tenant.Texts `db:"own" json:"own"`       // columns that are its own
	Shared tenant.Texts `db:"shared" json:"shared"` // others in which somebody of it may draft
}

// places lists the departments, as responsible does, with where each publishes
// its work news: in columns that take news and are open.
func places(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[Place], err error) {
	l.Items = []Place{}
	err = tx.Select(ctx, &l.Items, `
		with news as (
		  select c.id, c.path, c.name, c.department_id from columns c, column_rules(c.path) r where c.state = 'active' and 'news' = any (r.kinds)),
		able as (
		  select distinct s.department_id, h.scope_id
		    from held h
		    join subjects s on s.member_id = h.member_id and (h.subject_kind <> 'department' or s.department_id = h.subject_id)
		   where h.permission = 'publish.draft' and h.scope_kind <> '' and (h.until is null or h.until > $1))
		select d.id, d.name,
		       coalesce((select array_agg(n.name order by n.name) from news n where n.department_id = d.id), '{}') as own,
		       coalesce((select array_agg(distinct n.name order by n.name) from news n join able a on a.department_id = d.id and a.scope_id = any (n.path)
		                  where n.department_id is distinct from d.id), '{}') as shared
		  from departments d
		 where d.kind <> 'leaders'
		   and (d.parent_id is not null or not exists (select from departments b where b.parent_id = d.id))
		 order by cardinality(d.path), d.sort, d.name, d.id`, tx.Now)
	return l, err
}

// Opened says how many columns were opened.
type Opened struct {
	Columns int `json:"columns"`
}

// openPlaces opens a column for the work news of each department that has no
// place for it, below the departments' news if the tenant still has that. Its
// people draft there and its head reviews; the Office names the publisher.
func openPlaces(ctx context.Context, tx *tenant.Tx, _ feature.None) (o Opened, err error) {
	if err := lockTree(ctx, tx); err != nil {
		return o, err
	}
	all, err := places(ctx, tx, feature.None{})
	if err != nil {
		return o, err
	}
	var above []uuid.UUID
	if err := tx.Select(ctx, &above, `select id from columns where name = $1 and state = 'active' order by cardinality(path), id limit 1`, departmentNews); err != nil {
		return o, err
	}
	for i, p := range all.Items {
		if len(p.Own) > 0 || len(p.Shared) > 0 {
			continue
		}
		in := newColumn{Name: cut(p.Name, 40), Kind: "news", DepartmentID: &p.ID, ReviewLevels: 1, Sort: i, Rules: &ruleSpec{Kinds: []string{"news"}}}
		if len(above) > 0 {
			in.ParentID = &above[0]
		}
		c, err := openColumn(ctx, tx, in)
		if err != nil {
			return o, err
		}
		if err := staff(ctx, tx, c, p.ID); err != nil {
			return o, err
		}
		o.Columns++
	}
	tx.Audit("publish.places_opened", "publish/columns", o)
	return o, nil
}

// departmentNews is what a new tenant's column for its departments' news is called.
const departmentNews = "部门动态"

// staff lets a department's people draft in a column, and its head review.
func staff(ctx context.Context, tx *tenant.Tx, c Column, department uuid.UUID) error {
	if _, err := grant(ctx, tx, columnGrant{ID: c.ID, SubjectKind: "department", SubjectID: department, Right: "draft"}); err != nil {
		return err
	}
	var heads []uuid.UUID
	err := tx.Select(ctx, &heads, `
		select p.member_id from posts p join members m on m.id = p.member_id and m.state <> 'left' where p.department_id = $1 and p.head`, department)
	if err != nil {
		return err
	}
	for _, head := range heads {
		_, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: head, Permission: Review, ScopeKind: ScopeKind, ScopeID: &c.ID})
		if err != nil {
			return err
		}
	}
	return nil
}
