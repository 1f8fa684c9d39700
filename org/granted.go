package org

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// A GrantRow is a right somebody was given, in words.
type GrantRow struct {
	ID         uuid.UUID   `json:"id"`
	Subject    subject     `json:"subject"`
	RoleID     *uuid.UUID  `json:"role_id"`
	RoleName   string      `json:"role_name"`
	Permission string      `json:"permission"`
	Scope      *grantScope `json:"scope"` // null: everywhere
	Until      *time.Time  `json:"until"`
	GrantedBy  string      `json:"granted_by"`
	GrantedAt  time.Time   `json:"granted_at"`
	CaseID     *uuid.UUID  `json:"case_id"` // the approval it was given by, if it was asked for
}

// A subject is to whom a right is given. Login and Within tell namesakes apart.
type subject struct {
	Kind   string    `db:"kind" json:"kind" enum:"member,department,everyone,role,post"`
	ID     uuid.UUID `db:"id" json:"id"`
	Name   string    `db:"name" json:"name"`
	Login  string    `db:"login" json:"login"`   // of a member
	Within string    `db:"within" json:"within"` // a member's main department; the departments above one; a post's department
}

// A grantScope is a node of a tree on which, and below which, a right holds.
type grantScope struct {
	Kind string    `db:"kind" json:"kind"`
	ID   uuid.UUID `db:"id" json:"id"`
	Name string    `json:"name"` // empty if the node is no more
	Path []string  `json:"path"` // the names from the root of its tree down to its own
}

// Naming returns the names of nodes of one tree by their ids, each with those
// above it, the root's first. Of a node that is not there it returns none.
type Naming func(ctx context.Context, tx *tenant.Tx, ids []uuid.UUID) (map[uuid.UUID][]string, error)

type grantQuery struct {
	feature.Page
	Subject    *uuid.UUID `json:"-" query:"subject"`
	Scope      *uuid.UUID `json:"-" query:"scope"` // the nil id: everywhere
	Permission string     `json:"-" query:"permission" maxLength:"64"`
}

func (h *house) listGrants(ctx context.Context, tx *tenant.Tx, in grantQuery) (l feature.List[GrantRow], err error) {
	after, err := cursor(in.After)
	if err != nil {
		return l, err
	}
	within, err := own(ctx, tx, Audit)
	if err != nil {
		return l, err
	}
	gs, err := rbac.Grants(ctx, tx, rbac.Search{Within: within, Subject: in.Subject, Scope: in.Scope,
		Permission: rbac.Permission(in.Permission), After: after, Limit: in.Size() + 1})
	if err != nil {
		return l, err
	}
	page := feature.Cut(gs, in.Size(), func(g rbac.Grant) string { return g.ID.String() })
	l.Next = page.Next
	l.Items, err = h.named(ctx, tx, page.Items)
	return l, err
}

// listScopes lists the nodes on which anything is granted.
func (h *house) listScopes(ctx context.Context, tx *tenant.Tx, in feature.Page) (l feature.List[grantScope], err error) {
	after, err := cursor(in.After)
	if err != nil {
		return l, err
	}
	if within, err := own(ctx, tx, Audit); err != nil || within != nil {
		l.Items = []grantScope{} // of a department's people the list itself tells
		return l, err
	}
	var scopes []grantScope
	if err := tx.Select(ctx, &scopes, `
		select distinct scope_kind as kind, scope_id as id from grants
		 where scope_kind <> '' and ($1::uuid is null or scope_id > $1) order by scope_id limit $2`, after, in.Size()+1); err != nil {
		return l, err
	}
	l = feature.Cut(scopes, in.Size(), func(s grantScope) string { return s.ID.String() })
	nodes := make([]*grantScope, len(l.Items))
	for i := range l.Items {
		nodes[i] = &l.Items[i]
	}
	return l, h.nameScopes(ctx, tx, nodes)
}

// named words grants: to whom, and on what.
func (h *house) named(ctx context.Context, tx *tenant.Tx, gs []rbac.Grant) ([]GrantRow, error) {
	ids := []uuid.UUID{}
	for _, g := range gs {
		ids = append(ids, g.SubjectID, deref(g.GrantedBy))
	}
	by, err := subjects(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	rows := make([]GrantRow, len(gs))
	var scopes []*grantScope
	for i, g := range gs {
		to := by[g.SubjectID]
		to.Kind, to.ID = g.SubjectKind, g.SubjectID
		rows[i] = GrantRow{ID: g.ID, Subject: to, RoleID: g.RoleID, RoleName: g.RoleName, Permission: g.Permission,
			Until: g.Until, GrantedBy: by[deref(g.GrantedBy)].Name, GrantedAt: g.GrantedAt, CaseID: g.Case}
		if g.ScopeKind != "" {
			rows[i].Scope = &grantScope{Kind: g.ScopeKind, ID: g.ScopeID}
			scopes = append(scopes, rows[i].Scope)
		}
	}
	return rows, h.nameScopes(ctx, tx, scopes)
}

// subjects returns members, departments, roles and posts by their ids.
func subjects(ctx context.Context, tx *tenant.Tx, ids []uuid.UUID) (map[uuid.UUID]subject, error) {
	var rows []subject
	if err := tx.Select(ctx, &rows, `
		select 'member' as kind, m.id, m.name, m.login, coalesce(d.name, '') as within
		  from members m
		  left join posts p on p.member_id = m.id and p.main
		  left join departments d on d.id = p.department_id
		 where m.id = any ($1)
		union all
		select 'role', r.id, r.name, '', '' from roles r where r.id = any ($1)
		union all
		select 'post', u.id, u.title, '', d.name from duties u join departments d on d.id = u.department_id where u.id = any ($1)`,
		tenant.Array(ids)); err != nil {
		return nil, err
	}
	departments, err := departmentNames(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	by := make(map[uuid.UUID]subject, len(rows)+len(departments))
	for _, r := range rows {
		by[r.ID] = r
	}
	for id, path := range departments {
		last := len(path) - 1
		by[id] = subject{ID: id, Name: path[last], Within: strings.Join(path[:last], " / ")}
	}
	return by, nil
}

// nameScopes names nodes, those of one tree at once.
func (h *house) nameScopes(ctx context.Context, tx *tenant.Tx, scopes []*grantScope) error {
	ids := map[string][]uuid.UUID{}
	for _, s := range scopes {
		s.Path = []string{}
		ids[s.Kind] = append(ids[s.Kind], s.ID)
	}
	for kind, of := range ids {
		name := h.Scopes[kind]
		if kind == "department" {
			name = departmentNames
		}
		if name == nil {
			continue
		}
		names, err := name(ctx, tx, of)
		if err != nil {
			return err
		}
		for _, s := range scopes {
			if path := names[s.ID]; s.Kind == kind && len(path) > 0 {
				s.Path, s.Name = path, path[len(path)-1]
			}
		}
	}
	return nil
}

var departmentNames = TreeNames("departments")

// TreeNames is the Naming of a table of a tree: of rows with an id, a name and a
// path of ids from the root down to themselves.
func TreeNames(table string) Naming {
	query := `
		select n.id, array(select a.name from ` + table + ` a where a.id = any (n.path) order by cardinality(a.path)) as names
		  from ` + table + ` n where n.id = any ($1)`
	return func(ctx context.Context, tx *tenant.Tx, ids []uuid.UUID) (map[uuid.UUID][]string, error) {
		var rows []struct {
			ID    uuid.UUID    `db:"id"`
			Names tenant.Texts `db:"names"`
		}
		err := tx.Select(ctx, &rows, query, tenant.Array(ids))
		names := make(map[uuid.UUID][]string, len(rows))
		for _, r := range rows {
			names[r.ID] = r.Names
		}
		return names, err
	}
}

// TreePath returns the ids of a node of a table of a tree and of those above it,
// the root's first; none if there is no such node.
func TreePath(table string) func(context.Context, *tenant.Tx, uuid.UUID) ([]uuid.UUID, error) {
	return func(ctx context.Context, tx *tenant.Tx, id uuid.UUID) ([]uuid.UUID, error) {
		var path Path
		err := tx.Get(ctx, &path, `select coalesce((select path from `+table+` where id = $1), '{}')`, id)
		return path, err
	}
}
