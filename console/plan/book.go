package plan

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"hetu/tenant"
)

// again is how long a node relies on what it read of a tenant although nothing
// has changed: a day ends without anybody changing anything.
const again = time.Minute

// A Book knows what holds for tenants, from memory where it can. What an operator
// changes holds on every node within two seconds. It is safe for concurrent use.
type Book struct {
	db      *tenant.DB
	changes *tenant.Changes

	mu    sync.Mutex
	drops uint64
	known *lru.Cache[uuid.UUID, page]

	hosts map[string]bool // names that are tenants' own; nil: to be read
}

type page struct {
	Standing
	at time.Time
}

// NewBook returns a Book that remembers up to size tenants.
func NewBook(db *tenant.DB, size int) (*Book, error) {
	cache, err := lru.New[uuid.UUID, page](size)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	b := &Book{db: db, known: cache}
	b.changes = tenant.NewChanges(db, b.heard)
	return b, nil
}

func (b *Book) heard(c tenant.Change) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch c.Kind {
	case "":
		b.known.Purge()
	case "tenant":
		b.known.Remove(c.Subject)
	default:
		return
	}
	b.drops++
	b.hosts = nil
}

// Of returns what holds for the tenant of ctx. Without the database it fails:
// nobody may do more because something is down.
func (b *Book) Of(ctx context.Context) (Standing, error) {
	a, err := tenant.From(ctx)
	if err != nil {
		return Standing{}, err
	}
	if err := b.changes.Fresh(ctx); err != nil {
		return Standing{}, fmt.Errorf("plan: %w", err)
	}
	now := time.Now()
	if p, ok := b.known.Get(a.Tenant); ok && now.Sub(p.at) < again {
		return p.Standing, nil
	}
	b.mu.Lock()
	drops := b.drops
	b.mu.Unlock()
	var s Standing
	err = b.db.Read(ctx, func(tx *tenant.Tx) (err error) {
		s, err = load(ctx, tx)
		return err
	})
	if err != nil && !errors.Is(err, tenant.ErrNoRows) { // a tenant on no list has no plan
		return s, fmt.Errorf("plan: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if drops == b.drops { // else it may have changed while it was being read
		b.known.Add(a.Tenant, page{s, now})
	}
	return s, nil
}

// Allow returns why the tenant of ctx may not have this route of a feature
// called; nil if it may.
func (b *Book) Allow(ctx context.Context, feature string, changes bool) error {
	if b == nil {
		return nil
	}
	s, err := b.Of(ctx)
	if err != nil {
		return errors.Join(tenant.ErrUnavailable, err)
	}
	return s.Allows(feature, changes)
}

// Host reports whether a host name is a tenant's own. All of them are read once
// and again when one has changed: names that are nobody's cost no look each.
func (b *Book) Host(ctx context.Context, name string) bool {
	if b == nil || b.changes.Fresh(ctx) != nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hosts == nil {
		var names []string
		err := b.db.Public(ctx, func(tx *tenant.Tx) error {
			names = nil
			return tx.Select(ctx, &names, `select platform.tenant_domains()`)
		})
		if err != nil {
			return false
		}
		b.hosts = make(map[string]bool, len(names))
		for _, n := range names {
			b.hosts[n] = true
		}
	}
	return b.hosts[name]
}
