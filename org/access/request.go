package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
)

// A newRequest is what somebody asks to be allowed: a role or one permission,
// everywhere or on one node.
type newRequest struct {
	RoleID     *uuid.UUID      `json:"role_id,omitempty"`
	Permission rbac.Permission `json:"permission,omitempty" maxLength:"64"`
	ScopeKind  string          `json:"scope_kind,omitempty" enum:"column,department"`
	ScopeID    *uuid.UUID      `json:"scope_id,omitempty"`
	Until      *time.Time      `json:"until,omitempty"`
	Reason     string          `json:"reason" minLength:"1" maxLength:"500"` // what of one's work needs it (R264)
}

// Validate returns the first thing wrong with the request.
func (n *newRequest) Validate() error {
	switch {
	case (n.RoleID == nil) == (n.Permission == ""):
		return feature.ErrMissing.On("role_id")
	case (n.ScopeKind == "") != (n.ScopeID == nil):
		return feature.ErrMissing.On("scope_id")
	}
	return feature.Trim(&n.Reason, "reason", 500)
}

// ask hands a request in.
func (d *desk) ask(ctx context.Context, tx *tenant.Tx, n newRequest) (r Request, err error) {
	if n.Until != nil && !n.Until.After(tx.Now) {
		return r, org.ErrUntil.On("until")
	}
	if n.Until != nil {
		to := n.Until.Truncate(time.Second)
		n.Until = &to
	}
	t, err := d.thing(ctx, tx, n)
	if err != nil {
		return r, err
	}
	has, err := given(ctx, tx, tx.Actor.Member, n)
	if err != nil {
		return r, err
	}
	if held(ctx, t) && !has.shorter(n) {
		return r, ErrHeld
	}
	at, err := org.MainDepartment(ctx, tx, tx.Actor.Member)
	if err != nil {
		return r, err
	}
	steps, err := d.steps(ctx, tx, at)
	if err != nil {
		return r, err
	}
	var asked []uuid.UUID
	for _, s := range steps {
		asked = append(asked, s.People...)
	}
	id := tenant.NewID()
	hash := t.hash(tx.Actor.Member, n)
	c, err := d.Start(ctx, tx, Submission{Subject: id, Title: t.title(), Hash: hash, Unit: at.ID, Steps: steps})
	if err != nil {
		return r, err
	}
	_, err = tx.Exec(ctx, `
		insert into access_requests (id, member_id, department_id, role_id, permission, what, scope_kind, scope_id, until, reason, hash, asked, case_id, made_at)
		     values ($1, $2, $3, $4, nullif($5, ''), $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		id, tx.Actor.Member, at.ID, n.RoleID, string(n.Permission), t.name, n.ScopeKind, deref(n.ScopeID), n.Until, n.Reason, hash,
		tenant.Array(asked), c, tx.Now)
	if tenant.Constraint(err) == "access_requests_open_uq" {
		return r, ErrOpen
	}
	if err != nil {
		return r, err
	}
	tx.Audit("access.asked", object(id), map[string]any{"name": t.name, "role": n.RoleID, "permission": n.Permission, "scope": n.ScopeID, "until": n.Until, "case": c})
	return d.find(ctx, tx, id)
}

func object(id uuid.UUID) string { return "access/request/" + id.String() }

func deref(id *uuid.UUID) uuid.UUID {
	if id == nil {
		return uuid.Nil
	}
	return *id
}

// A thing is what is asked for.
type thing struct {
	name        string
	permissions []rbac.Permission
	node        []string // its names from the root down; empty: everywhere
	path        []uuid.UUID
}

func (t thing) title() string {
	if len(t.node) == 0 {
		return "权限申请：" + t.name
	}
	return "权限申请：" + t.name + "（" + strings.Join(t.node, " / ") + "）"
}

// hash is what the people who agree agree to: what is given, with all a role
// bundles at the time.
func (t thing) hash(to uuid.UUID, n newRequest) string {
	until := ""
	if n.Until != nil {
		until = n.Until.UTC().Format(time.RFC3339)
	}
	sum := sha256.Sum256([]byte(tenant.JSON([]any{to, n.RoleID, n.Permission, t.permissions, n.ScopeKind, deref(n.ScopeID), until, n.Reason})))
	return hex.EncodeToString(sum[:])
}

// thing returns what is asked for, or what is wrong with asking for it.
func (d *desk) thing(ctx context.Context, tx *tenant.Tx, n newRequest) (t thing, err error) {
	if n.RoleID != nil {
		if t, err = role(ctx, tx, *n.RoleID); err != nil {
			return t, err
		}
	} else {
		t = thing{name: string(n.Permission), permissions: []rbac.Permission{n.Permission}}
		if word := d.Words()[t.name]; word != "" {
			t.name = word
		}
	}
	field := "permission"
	if n.RoleID != nil {
		field = "role_id"
	}
	for _, p := range t.permissions {
		i := slices.IndexFunc(d.Rights(), func(r rbac.Right) bool { return r.Permission == p })
		switch {
		case i < 0:
			return t, rbac.ErrNoSuchRight.On(field)
		case slices.Contains(org.Powers, p) || org.Reserved(d.Rights()[i]):
			return t, ErrAppointed.On(field)
		case n.ScopeKind != "" && !d.Rights()[i].Scoped:
			return t, rbac.ErrNotScoped.On("scope_id")
		}
	}
	if n.ScopeKind == "" {
		return t, nil
	}
	t.path, t.node, err = d.node(ctx, tx, n.ScopeKind, *n.ScopeID)
	return t, err
}

func role(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (t thing, err error) {
	var r struct {
		Name        string       `db:"name"`
		Permissions tenant.Texts `db:"permissions"`
	}
	err = tx.Get(ctx, &r, `
		select r.name, array(select permission from role_permissions p where p.role_id = r.id order by permission collate "C") as permissions
		  from roles r where r.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return t, rbac.ErrNoSuchRole.On("role_id")
	}
	t.name = r.Name
	for _, p := range r.Permissions {
		t.permissions = append(t.permissions, rbac.Permission(p))
	}
	return t, err
}

// node returns where a node stands and how it is called.
func (d *desk) node(ctx context.Context, tx *tenant.Tx, kind string, id uuid.UUID) (path []uuid.UUID, names []string, err error) {
	find, name := d.Paths[kind], d.Names[kind]
	if find == nil || name == nil {
		return nil, nil, ErrNoScope.On("scope_kind")
	}
	if path, err = find(ctx, tx, id); err != nil {
		return nil, nil, err
	}
	if len(path) == 0 {
		return nil, nil, ErrNoScope.On("scope_id")
	}
	of, err := name(ctx, tx, []uuid.UUID{id})
	return path, of[id], err
}

// held reports whether the actor has all of it already.
func held(ctx context.Context, t thing) bool {
	have := rbac.From(ctx)
	for _, p := range t.permissions {
		if len(t.path) == 0 && !have.Everywhere(p) || !have.On(p, t.path) {
			return false
		}
	}
	return len(t.permissions) > 0
}

// steps are who has to agree: the head of the department, or of the nearest one
// above that has one who is not who asks and whom no sanction keeps from acting;
// then whoever approves rights. Where there is one person for both, they agree
// once; of whoever leads and has nobody above, and where nobody who leads may act,
// those who approve decide.
func (d *desk) steps(ctx context.Context, tx *tenant.Tx, at org.Place) ([]Step, error) {
	approvers, err := rbac.Holders(ctx, tx, Approve, nil)
	if err != nil {
		return nil, err
	}
	me := tx.Actor.Member
	approvers = slices.DeleteFunc(approvers, func(id uuid.UUID) bool { return id == me })
	if len(approvers) == 0 {
		return nil, ErrNobody
	}
	heads, led, err := leading(ctx, tx, at, me)
	if err != nil {
		return nil, err
	}
	approve := Step{Name: "主管批准", People: approvers}
	switch {
	case len(heads) == 0 && !led:
		return nil, ErrNoHead
	case len(heads) == 0:
		return []Step{approve}, nil
	}
	others := slices.DeleteFunc(slices.Clone(approvers), func(id uuid.UUID) bool { return id == heads[0] })
	if len(others) == 0 {
		return []Step{{Name: "部门负责人同意并批准", People: heads[:1]}}, nil
	}
	approve.People = others
	return []Step{{Name: "部门负责人同意", People: heads[:1]}, approve}, nil
}

// leading returns who leads the department or one above it, is somebody else than
// me and may act, the nearest first; and whether anybody leads at all.
func leading(ctx context.Context, tx *tenant.Tx, at org.Place, me uuid.UUID) (heads []uuid.UUID, led bool, err error) {
	var rows []struct {
		Member uuid.UUID `db:"member_id"`
		Frozen bool      `db:"frozen"`
	}
	err = tx.Select(ctx, &rows, `
		select p.member_id, exists (select from restricted x where x.member_id = p.member_id and x.permissions = '{}') as frozen
		  from posts p join departments d on d.id = p.department_id join members m on m.id = p.member_id
		 where p.head and d.id = any ($1) and m.state in ('active', 'invited')
		 order by cardinality(d.path) desc`, tenant.Array([]uuid.UUID(at.Path)))
	for _, r := range rows {
		if r.Member != me && !r.Frozen {
			heads = append(heads, r.Member)
		}
	}
	return heads, len(rows) > 0, err
}
