package access

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// A Reason is one grant that gives somebody a right, in words.
type Reason struct {
	GrantID    uuid.UUID  `db:"grant_id" json:"grant_id"`
	Permission string     `db:"permission" json:"permission"`
	Kind       string     `db:"subject_kind" json:"kind" enum:"member,department,everyone,role,post"` // to what it was given
	To         string     `db:"to_name" json:"to"`                                                    // how that is called; empty for a person and for everyone
	Role       string     `db:"role_name" json:"role"`                                                // empty if the permission was given by itself
	Scope      *Node      `db:"-" json:"scope"`                                                       // null: everywhere
	By         string     `db:"by_name" json:"by"`                                                    // empty: it came with the tenant
	At         time.Time  `db:"granted_at" json:"at"`
	Until      *time.Time `db:"until" json:"until"`
	CaseID     *uuid.UUID `db:"case_id" json:"case_id"` // the approval it was given by
	Here       bool       `db:"here" json:"here"`       // it holds on the node that was asked about
}

type reasonRow struct {
	Reason
	Member    uuid.UUID `db:"member_id"`
	ScopeKind string    `db:"scope_kind"`
	ScopeID   uuid.UUID `db:"scope_id"`
}

// reasons returns what gives members ($1, the nil id is everyone) permissions
// ($2; none: all), and whether on the node of a path ($3).
func (d *desk) reasons(ctx context.Context, tx *tenant.Tx, members []uuid.UUID, ps []string, path []uuid.UUID) (map[uuid.UUID][]Reason, error) {
	var rows []reasonRow
	if err := tx.Select(ctx, &rows, `
		with who as (
		  select m as member_id, 'member' as kind, m as subject_id from unnest($1::uuid[]) as m
		  union all
		  select m, 'everyone', m from unnest($1::uuid[]) as m where m = '00000000-0000-0000-0000-000000000000'
		  union all
		  select b.member_id, b.subject_kind, b.subject_id from bearers b where b.member_id = any ($1)),
		h as materialized (
		  select w.member_id, g.id as grant_id, coalesce(g.permission, rp.permission) as permission, g.subject_kind, g.subject_id, g.role_id,
		         g.scope_kind, g.scope_id, g.granted_at, g.granted_by, g.until, g.case_id
		    from who w
		    join grants g on g.subject_kind = w.kind and g.subject_id = w.subject_id
		    left join role_permissions rp on rp.role_id = g.role_id
		   where g.until is null or g.until > now())
		select h.member_id, h.grant_id, h.permission, h.subject_kind, h.scope_kind, h.scope_id, h.granted_at, h.until, h.case_id,
		       coalesce(r.name, '') as role_name, coalesce(b.name, '') as by_name,
		       coalesce(d.name, o.name, ud.name || ' ' || u.title, '') as to_name,
		       h.scope_kind = '' or h.scope_id = any ($3) as here
		  from h
		  left join roles r on r.id = h.role_id
		  left join members b on b.id = h.granted_by
		  left join departments d on h.subject_kind = 'department' and d.id = h.subject_id
		  left join roles o on h.subject_kind = 'role' and o.id = h.subject_id
		  left join duties u on h.subject_kind = 'post' and u.id = h.subject_id
		  left join departments ud on ud.id = u.department_id
		 where h.permission is not null
		   and (cardinality($2::text[]) = 0 or h.permission = any ($2))
		 order by h.permission, h.granted_at, h.grant_id
		 limit 5000`, tenant.Array(members), tenant.Array(append([]string{}, ps...)), tenant.Array(append([]uuid.UUID{}, path...))); err != nil {
		return nil, err
	}
	var nodes []*Node
	for i := range rows {
		if rows[i].ScopeKind != "" {
			rows[i].Scope = &Node{Kind: rows[i].ScopeKind, ID: rows[i].ScopeID}
			nodes = append(nodes, rows[i].Scope)
		}
	}
	by := map[uuid.UUID][]Reason{}
	for _, r := range rows {
		by[r.Member] = append(by[r.Member], r.Reason)
	}
	return by, d.name(ctx, tx, nodes)
}

type explainQuery struct {
	feature.Page
	Permission rbac.Permission `json:"-" query:"permission" maxLength:"64"`
	ScopeKind  string          `json:"-" query:"scope_kind" maxLength:"20"`
	ScopeID    *uuid.UUID      `json:"-" query:"scope"`
	Member     *uuid.UUID      `json:"-" query:"member"`
}

// Validate returns the first thing wrong with the question.
func (q explainQuery) Validate() error {
	switch {
	case q.Permission == "":
		return feature.ErrMissing.On("permission")
	case (q.ScopeKind == "") != (q.ScopeID == nil):
		return feature.ErrMissing.On("scope")
	}
	return idCursor(q.After)
}

// An Explained is one person's answer: whether they may, and why.
type Explained struct {
	Person
	May      bool       `json:"may"`
	Reasons  []Reason   `json:"reasons"`  // what gives it to them here, besides what everyone has
	Others   []Reason   `json:"others"`   // what gives it to them on other nodes
	Withheld *time.Time `json:"withheld"` // until when a sanction takes it
}

// An Explanation answers who may do a thing, and why.
type Explanation struct {
	Permission rbac.Permission `json:"permission"`
	Scope      *Node           `json:"scope"`    // null: everywhere
	Everyone   []Reason        `json:"everyone"` // what gives it to all; then Items are those to whom something else gives it, too
	Items      []Explained     `json:"items"`
	Next       string          `json:"next"`
}

// explain answers who may do a thing on a node and below it, or whether one
// person may, with every grant that gives it and every sanction that takes it.
func (d *desk) explain(ctx context.Context, tx *tenant.Tx, q explainQuery) (e Explanation, err error) {
	e = Explanation{Permission: q.Permission, Everyone: []Reason{}, Items: []Explained{}}
	known := false
	for _, r := range d.Rights() {
		known = known || r.Permission == q.Permission
	}
	if !known {
		return e, rbac.ErrNoSuchRight.On("permission")
	}
	var path []uuid.UUID
	if q.ScopeID != nil {
		e.Scope = &Node{Kind: q.ScopeKind, ID: *q.ScopeID}
		if path, e.Scope.Path, err = d.node(ctx, tx, q.ScopeKind, *q.ScopeID); err != nil {
			return e, err
		}
	}
	ids, err := d.asked(ctx, tx, q, path)
	if err != nil {
		return e, err
	}
	page := feature.Cut(ids, q.Size(), uuid.UUID.String)
	e.Next = page.Next
	why, err := d.reasons(ctx, tx, append(page.Items, uuid.Nil), []string{string(q.Permission)}, path)
	if err != nil {
		return e, err
	}
	for _, r := range why[uuid.Nil] {
		if r.Here {
			e.Everyone = append(e.Everyone, r)
		}
	}
	e.Items, err = d.answers(ctx, tx, page.Items, why, q.Permission, len(e.Everyone) > 0)
	return e, err
}

// asked returns the members the answer is about, one more than fit.
func (d *desk) asked(ctx context.Context, tx *tenant.Tx, q explainQuery, path []uuid.UUID) (ids []uuid.UUID, err error) {
	if q.Member != nil {
		err = tx.Select(ctx, &ids, `select id from members where id = $1`, *q.Member)
		if err == nil && len(ids) == 0 {
			err = ErrNoMember.On("member")
		}
		return ids, err
	}
	err = tx.Select(ctx, &ids, `
		select distinct h.member_id from held h join members m on m.id = h.member_id
		 where h.permission = $1 and m.state <> 'left'
		   and (h.scope_kind = '' or h.scope_id = any ($2))
		   and (h.until is null or h.until > now())
		   and ($3::uuid is null or h.member_id > $3)
		 order by 1 limit $4`, string(q.Permission), tenant.Array(append([]uuid.UUID{}, path...)), afterID(q.After), q.Size()+1)
	return ids, err
}

func (d *desk) answers(ctx context.Context, tx *tenant.Tx, ids []uuid.UUID, why map[uuid.UUID][]Reason, p rbac.Permission, all bool) ([]Explained, error) {
	who, err := people(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	taken, err := withheld(ctx, tx, ids, p)
	if err != nil {
		return nil, err
	}
	items := make([]Explained, len(ids))
	for i, id := range ids {
		x := Explained{Person: who[id], Reasons: []Reason{}, Others: []Reason{}, Withheld: taken[id]}
		for _, r := range why[id] {
			if r.Here {
				x.Reasons = append(x.Reasons, r)
			} else {
				x.Others = append(x.Others, r)
			}
		}
		x.May = (all || len(x.Reasons) > 0) && x.Withheld == nil && (x.State == "active" || x.State == "invited")
		items[i] = x
	}
	return items, nil
}

func withheld(ctx context.Context, tx *tenant.Tx, ids []uuid.UUID, p rbac.Permission) (map[uuid.UUID]*time.Time, error) {
	var rows []struct {
		Member uuid.UUID `db:"member_id"`
		Until  time.Time `db:"until"`
	}
	err := tx.Select(ctx, &rows, `
		select member_id, max(ends_at) as until from restricted
		 where member_id = any ($1) and (permissions = '{}' or $2 = any (permissions))
		 group by member_id`, tenant.Array(append([]uuid.UUID{}, ids...)), string(p))
	until := make(map[uuid.UUID]*time.Time, len(rows))
	for _, r := range rows {
		until[r.Member] = &r.Until
	}
	return until, err
}

// Mine is what the actor may do, why, and what is withheld from them.
type Mine struct {
	Rights       []MyRight     `json:"rights"`
	Restrictions []Restriction `json:"restrictions"` // running or ahead
}

// A MyRight is a permission and what gives it.
type MyRight struct {
	Permission string     `json:"permission"`
	Reasons    []Reason   `json:"reasons"`
	Withheld   *time.Time `json:"withheld"`
}

func (d *desk) mine(ctx context.Context, tx *tenant.Tx, _ feature.None) (m Mine, err error) {
	me := tx.Actor.Member
	rs, err := rbac.Restrictions(ctx, tx, &me, nil, true, 50)
	if err != nil {
		return m, err
	}
	if m.Restrictions, err = wordAll(ctx, tx, rs); err != nil {
		return m, err
	}
	why, err := d.reasons(ctx, tx, []uuid.UUID{me, uuid.Nil}, nil, nil)
	if err != nil {
		return m, err
	}
	by := map[string][]Reason{}
	for _, r := range append(why[me], why[uuid.Nil]...) {
		by[r.Permission] = append(by[r.Permission], r)
	}
	m.Rights = []MyRight{}
	for _, r := range d.Rights() {
		code := string(r.Permission)
		if len(by[code]) > 0 {
			m.Rights = append(m.Rights, MyRight{Permission: code, Reasons: by[code], Withheld: rbac.Withheld(rs, r.Permission, tx.Now)})
		}
	}
	return m, nil
}
