package rbac

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"hetu/tenant"
)

// A Guard answers what members may do, from memory.
type Guard struct {
	db      *tenant.DB
	changes *tenant.Changes
	loading sync.Map // tenant → *sync.Mutex, so that a tenant is loaded once at a time

	mu      sync.Mutex // held to drop, and to keep what was loaded unless something was dropped meanwhile
	drops   uint64
	tenants *lru.Cache[uuid.UUID, *policy]
}

// policy is one tenant's rights as they were when they were loaded.
type policy struct {
	enforcer *casbin.SyncedEnforcer
	withheld map[uuid.UUID][]withheld // from members, by sanctions in force
	turns    time.Time                // when a grant or a sanction begins or ends next; zero: none does

	mu      sync.Mutex
	members map[uuid.UUID]*Rights
}

// NewGuard returns a Guard that keeps the rights of up to tenants tenants.
func NewGuard(db *tenant.DB, tenants int) (*Guard, error) {
	cache, err := lru.New[uuid.UUID, *policy](tenants)
	if err != nil {
		return nil, fmt.Errorf("rbac: %w", err)
	}
	g := &Guard{db: db, tenants: cache}
	g.changes = tenant.NewChanges(db, func(c tenant.Change) {
		if c.Kind == "rights" || c == (tenant.Change{}) {
			g.Drop(c.Subject)
		}
	})
	return g, nil
}

// Rights returns what the actor of ctx may do. An error means nothing is
// allowed.
func (g *Guard) Rights(ctx context.Context) (*Rights, error) {
	a, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	if err := g.changes.Fresh(ctx); err != nil {
		return nil, fmt.Errorf("rbac: %w", err)
	}
	p, err := g.policy(ctx, a.Tenant)
	if err != nil {
		return nil, fmt.Errorf("rbac: load: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if r, ok := p.members[a.Member]; ok {
		return r, nil
	}
	r, err := compile(p.enforcer, a.Member)
	if err != nil {
		return nil, err
	}
	r.withhold(p.withheld[a.Member])
	p.members[a.Member] = r
	return r, nil
}

// Drop forgets the rights of a tenant, or of every tenant if id is nil: what a
// listener calls when rights changed, and when it may have missed that.
func (g *Guard) Drop(id uuid.UUID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.drops++
	if id == uuid.Nil {
		g.tenants.Purge()
		return
	}
	g.tenants.Remove(id)
}

func (g *Guard) policy(ctx context.Context, id uuid.UUID) (*policy, error) {
	if p, ok := g.tenants.Get(id); ok && p.holds() {
		return p, nil
	}
	l, _ := g.loading.LoadOrStore(id, &sync.Mutex{})
	l.(*sync.Mutex).Lock()
	defer l.(*sync.Mutex).Unlock()
	if p, ok := g.tenants.Get(id); ok && p.holds() {
		return p, nil
	}
	g.mu.Lock()
	drops := g.drops
	g.mu.Unlock()
	var p *policy
	err := g.db.Read(ctx, func(tx *tenant.Tx) (err error) {
		p, err = load(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if drops == g.drops { // else it may have changed while it was being read
		g.tenants.Add(id, p)
	}
	return p, nil
}

// holds reports whether the policy is still that of its moment: what has an end
// ends on every node by itself.
func (p *policy) holds() bool { return p.turns.IsZero() || time.Now().Before(p.turns) }

// load builds the tenant's enforcer. A grant that has run out is left out; its
// end is also a change of rights, made by the round that takes it back.
func load(ctx context.Context, tx *tenant.Tx) (*policy, error) {
	m, err := model.NewModelFromString(modelConf)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	e, err := casbin.NewSyncedEnforcer(m)
	if err != nil {
		return nil, err
	}
	e.EnableAutoSave(false)
	var rules []struct{ Sub, Obj, Act string }
	err = tx.Select(ctx, &rules, `
		select g.subject_kind || ':' || g.subject_id as sub,
		       case g.scope_kind when '' then '*' else g.scope_id::text end as obj,
		       coalesce(g.permission, rp.permission) as act
		  from grants g
		  left join role_permissions rp on rp.role_id = g.role_id
		 where (g.until is null or g.until > now())
		   and coalesce(g.permission, rp.permission) is not null
		 group by 1, 2, 3`)
	if err != nil {
		return nil, err
	}
	ps := make([][]string, len(rules))
	for i, r := range rules {
		ps[i] = []string{r.Sub, r.Obj, r.Act}
	}
	if _, err := e.AddPolicies(ps); err != nil {
		return nil, err
	}
	var members []struct{ Member, Subject string }
	err = tx.Select(ctx, &members, `
		select case when member_id = $1 then 'everyone:' else 'member:' end || member_id as member, subject_kind || ':' || subject_id as subject
		  from bearers`, uuid.Nil)
	if err != nil {
		return nil, err
	}
	gs := make([][]string, len(members))
	for i, s := range members {
		gs[i] = []string{s.Member, s.Subject}
	}
	if _, err := e.AddGroupingPolicies(gs); err != nil {
		return nil, err
	}
	p := &policy{enforcer: e, members: map[uuid.UUID]*Rights{}}
	return p, p.restrain(ctx, tx)
}

const everyone = "everyone:00000000-0000-0000-0000-000000000000"

// compile asks the enforcer once for all a member may do.
func compile(e *casbin.SyncedEnforcer, member uuid.UUID) (*Rights, error) {
	r := Fixed()
	for _, sub := range []string{"member:" + member.String(), everyone} {
		rules, err := e.GetImplicitPermissionsForUser(sub)
		if err != nil {
			return nil, fmt.Errorf("rbac: compile: %w", err)
		}
		for _, rule := range rules {
			p := Permission(rule[2])
			if rule[1] == "*" {
				r.everywhere[p] = true
				continue
			}
			node, err := uuid.Parse(rule[1])
			if err != nil {
				return nil, fmt.Errorf("rbac: compile: %w", err)
			}
			r.scopes[p] = append(r.scopes[p], node)
		}
	}
	return r, nil
}
