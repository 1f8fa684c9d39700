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

// recheck is how long a node trusts the version it last read. A revocation is
// effective on every node within two seconds (G12); half a second is left for
// the read itself.
const recheck = 1500 * time.Millisecond

// A Guard answers what members may do, from memory.
type Guard struct {
	db      *tenant.DB
	tenants *lru.Cache[uuid.UUID, *policy]
	loading sync.Map // tenant → *sync.Mutex, so that a tenant is loaded once at a time
}

// policy is one tenant's rights as loaded at one version.
type policy struct {
	version  int64
	enforcer *casbin.SyncedEnforcer

	mu      sync.Mutex
	checked time.Time // when the version was last compared, by the monotonic clock
	members map[uuid.UUID]*Rights
}

// NewGuard returns a Guard that keeps the rights of up to tenants tenants.
func NewGuard(db *tenant.DB, tenants int) (*Guard, error) {
	cache, err := lru.New[uuid.UUID, *policy](tenants)
	if err != nil {
		return nil, fmt.Errorf("rbac: %w", err)
	}
	return &Guard{db: db, tenants: cache}, nil
}

// Rights returns what the actor of ctx may do. An error means nothing is
// allowed.
func (g *Guard) Rights(ctx context.Context) (*Rights, error) {
	a, err := tenant.From(ctx)
	if err != nil {
		return nil, err
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
	p.members[a.Member] = r
	return r, nil
}

// Drop forgets the rights of a tenant, or of every tenant if id is nil: what a
// listener calls when rights changed, and when it may have missed that.
func (g *Guard) Drop(id uuid.UUID) {
	if id == uuid.Nil {
		g.tenants.Purge()
		return
	}
	g.tenants.Remove(id)
}

func (g *Guard) policy(ctx context.Context, id uuid.UUID) (*policy, error) {
	if p, ok := g.tenants.Get(id); ok && p.fresh() {
		return p, nil
	}
	l, _ := g.loading.LoadOrStore(id, &sync.Mutex{})
	l.(*sync.Mutex).Lock()
	defer l.(*sync.Mutex).Unlock()
	p, ok := g.tenants.Get(id)
	if ok && p.fresh() {
		return p, nil
	}
	began := time.Now()
	var fresh *policy
	err := g.db.Read(ctx, func(tx *tenant.Tx) error {
		v, err := version(ctx, tx)
		if err != nil || ok && v == p.version {
			return err
		}
		fresh, err = load(ctx, tx, v)
		return err
	})
	if err != nil {
		return nil, err
	}
	if fresh == nil {
		fresh = p
	}
	fresh.mu.Lock()
	fresh.checked = began
	fresh.mu.Unlock()
	g.tenants.Add(id, fresh)
	return fresh, nil
}

func (p *policy) fresh() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.checked) < recheck
}

func version(ctx context.Context, tx *tenant.Tx) (v int64, err error) {
	err = tx.Get(ctx, &v, `select coalesce((select version from rights_versions), 0)`)
	return v, err
}

// load builds the tenant's enforcer. A grant that has run out is left out; its
// end is also a change of version, made by the job that watches for it.
func load(ctx context.Context, tx *tenant.Tx, v int64) (*policy, error) {
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
		select 'member:' || member_id as member, 'department:' || department_id as subject from subjects`)
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
	return &policy{version: v, enforcer: e, members: map[uuid.UUID]*Rights{}}, nil
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
