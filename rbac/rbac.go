// Package rbac decides whether an actor may do a thing. Casbin is its engine
// and no other package imports it.
//
// Rights are loaded per tenant on first use and compiled per member, so that a
// request costs a map lookup. They are dropped on every node when they change:
// the granting transaction notifies, and what has been committed since is asked
// for at most every second and a half (see tenant.Changes), so that a missed
// notice cannot leave a stale right.
package rbac

import (
	"context"
	"embed"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
)

// A Permission names one thing an actor may do: "publish.review". The part
// before the dot is the feature that declares it.
type Permission string

const (
	// Anyone is what a route needs that serves callers who have not signed in.
	Anyone Permission = "anyone"
	// Member is the permission every signed-in member of a tenant has.
	Member Permission = "member"
	// Operator is the permission of the platform's operators, and of nobody else.
	Operator Permission = "operator"
)

// What can go wrong here.
var (
	ErrDenied        = fault.New(fault.Forbidden, "rbac.denied")
	ErrNoSuchRight   = fault.New(fault.Invalid, "rbac.no_such_permission")
	ErrNoSuchRole    = fault.New(fault.Invalid, "rbac.no_such_role")
	ErrNotScoped     = fault.New(fault.Invalid, "rbac.not_scoped")
	ErrGranted       = fault.New(fault.Conflict, "rbac.already_granted")
	ErrGrantNotFound = fault.New(fault.NotFound, "rbac.grant_not_found")
	ErrBeyondOwn     = fault.New(fault.Forbidden, "rbac.beyond_own_rights")
	ErrFrozen        = fault.New(fault.Forbidden, "rbac.frozen") // meta: until
)

// A Role is a bundle every tenant starts with. Tenants may add their own.
type Role string

// The roles every tenant starts with.
const (
	Admin     Role = "admin"     // 系统管理员: people, no rights and no content
	Security  Role = "security"  // 安全管理员: rights and sanctions
	Office    Role = "office"    // 办公室: columns, inspection, receiving
	Head      Role = "head"      // 部门负责人: reviews
	Publisher Role = "publisher" // 信息发布员: publishes
	Staff     Role = "staff"     // 工作人员: drafts, given to everyone
	Evaluator Role = "evaluator" // 考核管理员: schemes and rounds
	Auditor   Role = "auditor"   // 安全审计员: reads everything, changes nothing
)

// Roles are the roles every tenant starts with, in the order of the rights table.
var Roles = []Role{Admin, Security, Office, Head, Publisher, Staff, Evaluator, Auditor}

// Names are the Chinese names of the roles a tenant starts with.
var Names = map[Role]string{
	Admin: "系统管理员", Security: "安全管理员", Office: "办公室", Head: "部门负责人", Publisher: "信息发布员",
	Staff: "工作人员", Evaluator: "考核管理员", Auditor: "安全审计员",
}

// A Right declares a permission: who has it in a new tenant, and whether it can
// be bound to a node of a tree of the tenant.
type Right struct {
	Permission Permission
	Scoped     bool   // may be granted on one node, such as a column, and all below it
	Roles      []Role // the roles that have it in a new tenant; all others do not
}

//go:embed migrations
var files embed.FS

// Migrations are the tables of rights.
var Migrations = files

//go:embed model.conf
var modelConf string

// Rights are what one member may do, compiled. The zero value allows nothing.
type Rights struct {
	everywhere map[Permission]bool
	scopes     map[Permission][]uuid.UUID
	frozen     *time.Time               // until when nothing may be done at all
	withheld   map[Permission]time.Time // until when what
}

// Frozen returns until when a sanction takes everything the member may do, or
// nil if none does (R270).
func (r *Rights) Frozen() *time.Time {
	if r == nil {
		return nil
	}
	return r.frozen
}

// Denial is the fault for whoever lacks p: ErrFrozen if a sanction withholds it.
func (r *Rights) Denial(p Permission) error {
	if r != nil {
		if r.frozen != nil {
			return ErrFrozen.With("until", *r.frozen)
		}
		if until, ok := r.withheld[p]; ok {
			return ErrFrozen.With("until", until).With("permission", string(p))
		}
	}
	return ErrDenied.With("permission", string(p))
}

// Has reports whether the member has p somewhere: everywhere, or on at least
// one node.
func (r *Rights) Has(p Permission) bool {
	return r != nil && (r.everywhere[p] || len(r.scopes[p]) > 0)
}

// Everywhere reports whether the member has p without being bound to a node.
func (r *Rights) Everywhere(p Permission) bool { return r != nil && r.everywhere[p] }

// Scopes returns the nodes on which, and below which, the member has p. It is
// empty for a member who has p everywhere; ask Everywhere first. Never nil, so
// that it can be a parameter of a query: where path && $1.
func (r *Rights) Scopes(p Permission) []uuid.UUID {
	if r == nil || r.scopes[p] == nil {
		return []uuid.UUID{}
	}
	return r.scopes[p]
}

// On reports whether the member has p on a node, given the node's path: its
// ancestors and itself.
func (r *Rights) On(p Permission, path []uuid.UUID) bool {
	if r.Everywhere(p) {
		return true
	}
	for _, s := range r.Scopes(p) {
		if slices.Contains(path, s) {
			return true
		}
	}
	return false
}

// List returns every permission the member has somewhere, sorted.
func (r *Rights) List() []Permission {
	var ps []Permission
	if r == nil {
		return ps
	}
	for p := range r.everywhere {
		ps = append(ps, p)
	}
	for p := range r.scopes {
		if !r.everywhere[p] {
			ps = append(ps, p)
		}
	}
	slices.Sort(ps)
	return ps
}

// Only returns the rights as far as they are among ps: what a program may that
// acts for somebody with a token.
func (r *Rights) Only(ps []Permission) *Rights {
	few := Fixed()
	if r == nil {
		return few
	}
	few.frozen, few.withheld = r.frozen, r.withheld
	for _, p := range ps {
		if r.everywhere[p] {
			few.everywhere[p] = true
		}
		if nodes := r.scopes[p]; len(nodes) > 0 {
			few.scopes[p] = nodes
		}
	}
	return few
}

type rightsKey struct{}

// With returns a context that carries the actor's rights. Besides tests, only
// the session middleware calls it.
func With(ctx context.Context, r *Rights) context.Context {
	return context.WithValue(ctx, rightsKey{}, r)
}

// From returns the rights of ctx: none if it carries none.
func From(ctx context.Context) *Rights {
	r, _ := ctx.Value(rightsKey{}).(*Rights)
	return r
}

// Fixed returns rights made of permissions held everywhere; for tests and for
// jobs that act for the whole tenant.
func Fixed(ps ...Permission) *Rights {
	r := &Rights{everywhere: map[Permission]bool{}, scopes: map[Permission][]uuid.UUID{}}
	for _, p := range ps {
		r.everywhere[p] = true
	}
	return r
}

// FixedOn returns rights that hold on one node and below it; for tests.
func FixedOn(node uuid.UUID, ps ...Permission) *Rights {
	r := Fixed()
	for _, p := range ps {
		r.scopes[p] = []uuid.UUID{node}
	}
	return r
}

// Require returns ErrDenied unless ctx has p on the node with this path.
func Require(ctx context.Context, p Permission, path []uuid.UUID) error {
	if From(ctx).On(p, path) {
		return nil
	}
	return errors.Join(ErrDenied, errors.New(string(p)))
}
