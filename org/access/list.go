package access

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
)

type requestRow struct {
	ID         uuid.UUID  `db:"id"`
	Member     uuid.UUID  `db:"member_id"`
	Name       string     `db:"name"`
	Department uuid.UUID  `db:"department_id"`
	Within     string     `db:"within"`
	Role       *uuid.UUID `db:"role_id"`
	Permission *string    `db:"permission"`
	What       string     `db:"what"`
	ScopeKind  string     `db:"scope_kind"`
	Scope      uuid.UUID  `db:"scope_id"`
	Until      *time.Time `db:"until"`
	Reason     string     `db:"reason"`
	Asked      tenant.IDs `db:"asked"`
	State      string     `db:"state"`
	Case       uuid.UUID  `db:"case_id"`
	MadeAt     time.Time  `db:"made_at"`
	EndedAt    *time.Time `db:"ended_at"`
	Ended      string     `db:"ended_reason"`
	Grant      *uuid.UUID `db:"grant_id"`
	Minutes    *int       `db:"minutes"`
}

const requestRows = `
	select q.id, q.member_id, m.name, q.department_id, d.name as within, q.role_id, q.permission, q.what, q.scope_kind, q.scope_id, q.until,
	       q.reason, q.asked, q.state, q.case_id, q.made_at, q.ended_at, q.ended_reason, q.grant_id, q.minutes
	  from access_requests q
	  join members m on m.id = q.member_id
	  join departments d on d.id = q.department_id`

func row(ctx context.Context, tx *tenant.Tx, id uuid.UUID, lock string) (r requestRow, err error) {
	if lock != "" {
		lock += " of q"
	}
	err = tx.Get(ctx, &r, requestRows+` where q.id = $1 `+lock, id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrNotFound
	}
	return r, err
}

// A Request is what somebody asked to be allowed, and what became of it.
type Request struct {
	ID         uuid.UUID  `json:"id"`
	Member     org.Ref    `json:"member"`
	Department org.Ref    `json:"department"`
	RoleID     *uuid.UUID `json:"role_id"`
	Permission string     `json:"permission"`
	What       string     `json:"what"` // the role or permission as it was called when asked for
	Scope      *Node      `json:"scope"`
	Until      *time.Time `json:"until"`
	Reason     string     `json:"reason"`
	State      string     `json:"state" enum:"open,applied,returned,withdrawn"`
	CaseID     uuid.UUID  `json:"case_id"`
	MadeAt     time.Time  `json:"made_at"`
	EndedAt    *time.Time `json:"ended_at"`
	EndReason  string     `json:"end_reason"`
	GrantID    *uuid.UUID `json:"grant_id"`
	Minutes    *int       `json:"minutes"` // working time from asking to having it (R261)
	Mine       bool       `json:"mine"`
}

// A Node is a place in a tree of the tenant: a column, a department.
type Node struct {
	Kind string    `json:"kind"`
	ID   uuid.UUID `json:"id"`
	Path []string  `json:"path"` // names from the root down; empty if it is no more
}

func (d *desk) requests(ctx context.Context, tx *tenant.Tx, rows []requestRow) ([]Request, error) {
	rs := make([]Request, len(rows))
	var nodes []*Node
	for i, r := range rows {
		rs[i] = Request{ID: r.ID, Member: org.Ref{ID: r.Member, Name: r.Name}, Department: org.Ref{ID: r.Department, Name: r.Within},
			RoleID: r.Role, What: r.What, Until: r.Until, Reason: r.Reason, State: r.State, CaseID: r.Case, MadeAt: r.MadeAt, EndedAt: r.EndedAt,
			EndReason: r.Ended, GrantID: r.Grant, Minutes: r.Minutes, Mine: r.Member == tx.Actor.Member}
		if r.Permission != nil {
			rs[i].Permission = *r.Permission
		}
		if r.ScopeKind != "" {
			rs[i].Scope = &Node{Kind: r.ScopeKind, ID: r.Scope}
			nodes = append(nodes, rs[i].Scope)
		}
	}
	return rs, d.name(ctx, tx, nodes)
}

// name names nodes, those of one tree at once.
func (d *desk) name(ctx context.Context, tx *tenant.Tx, nodes []*Node) error {
	ids := map[string][]uuid.UUID{}
	for _, n := range nodes {
		n.Path = []string{}
		ids[n.Kind] = append(ids[n.Kind], n.ID)
	}
	for kind, of := range ids {
		if d.Names[kind] == nil {
			continue
		}
		names, err := d.Names[kind](ctx, tx, of)
		if err != nil {
			return err
		}
		for _, n := range nodes {
			if n.Kind == kind && names[n.ID] != nil {
				n.Path = names[n.ID]
			}
		}
	}
	return nil
}

func (d *desk) find(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (r Request, err error) {
	one, err := row(ctx, tx, id, "")
	if err != nil {
		return r, err
	}
	rs, err := d.requests(ctx, tx, []requestRow{one})
	if err != nil {
		return r, err
	}
	return rs[0], nil
}

type byID struct {
	ID uuid.UUID `json:"-" path:"id"`
}

// show returns a request to who asked, to who may be asked to agree, and to who
// sees them all. To everybody else there is none.
func (d *desk) show(ctx context.Context, tx *tenant.Tx, in byID) (r Request, err error) {
	one, err := row(ctx, tx, in.ID, "")
	if err != nil {
		return r, err
	}
	me := tx.Actor.Member
	if one.Member != me && !slices.Contains(one.Asked, me) && !rbac.From(ctx).Has(View) {
		return r, ErrNotFound
	}
	rs, err := d.requests(ctx, tx, []requestRow{one})
	if err != nil {
		return r, err
	}
	return rs[0], nil
}

type requestQuery struct {
	feature.Page
	All   bool   `json:"-" query:"all"` // those of everybody; only for who sees them
	State string `json:"-" query:"state"`
}

// Validate refuses states there are not and cursors that are none.
func (q requestQuery) Validate() error {
	if q.State != "" && q.State != "open" && q.State != "applied" && q.State != "returned" && q.State != "withdrawn" {
		return feature.ErrChoice.On("state")
	}
	return idCursor(q.After)
}

func idCursor(after string) error {
	if _, err := uuid.Parse(after); after != "" && err != nil {
		return feature.ErrMalformed.On("after")
	}
	return nil
}

func afterID(after string) *uuid.UUID {
	if id, err := uuid.Parse(after); err == nil {
		return &id
	}
	return nil
}

func (d *desk) list(ctx context.Context, tx *tenant.Tx, q requestQuery) (l feature.List[Request], err error) {
	if q.All {
		if err := rbac.Require(ctx, View, nil); err != nil {
			return l, err
		}
	}
	var rows []requestRow
	if err := tx.Select(ctx, &rows, requestRows+`
		 where ($1 or q.member_id = $2) and ($3 = '' or q.state = $3) and ($4::uuid is null or q.id < $4)
		 order by q.id desc limit $5`, q.All, tx.Actor.Member, q.State, afterID(q.After), q.Size()+1); err != nil {
		return l, err
	}
	page := feature.Cut(rows, q.Size(), func(r requestRow) string { return r.ID.String() })
	l.Next = page.Next
	l.Items, err = d.requests(ctx, tx, page.Items)
	return l, err
}

// A Choice is something that can be asked for.
type Choice struct {
	RoleID      *uuid.UUID   `db:"id" json:"role_id"` // null for a single permission
	Name        string       `db:"name" json:"name"`  // of the role; empty for a permission, which the web app names
	Permissions tenant.Texts `db:"permissions" json:"permissions"`
	Scoped      bool         `json:"scoped"` // may be asked for on a node
	Held        bool         `json:"held"`   // who looks has it everywhere
}

// choices lists what the actor may ask for: everything that makes nobody an
// administrator.
func (d *desk) choices(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[Choice], err error) {
	var roles []Choice
	if err := tx.Select(ctx, &roles, `
		select r.id, r.name, array(select permission from role_permissions p where p.role_id = r.id order by 1) as permissions
		  from roles r order by r.builtin desc, r.id`); err != nil {
		return l, err
	}
	open := map[rbac.Permission]rbac.Right{}
	for _, r := range d.Rights() {
		if !slices.Contains(org.Powers, r.Permission) && !org.Reserved(r) {
			open[r.Permission] = r
			roles = append(roles, Choice{Permissions: tenant.Texts{string(r.Permission)}})
		}
	}
	l.Items = []Choice{}
	have := rbac.From(ctx)
	for _, c := range roles {
		c.Scoped, c.Held = true, true
		asked := len(c.Permissions) > 0
		for _, code := range c.Permissions {
			r, ok := open[rbac.Permission(code)]
			asked = asked && ok
			c.Scoped, c.Held = c.Scoped && r.Scoped, c.Held && have.Everywhere(rbac.Permission(code))
		}
		if asked {
			l.Items = append(l.Items, c)
		}
	}
	return l, nil
}
