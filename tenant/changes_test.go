package tenant_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// An ear remembers what it was told to forget.
type ear struct {
	*tenant.Changes
	mu    sync.Mutex
	heard []tenant.Change
}

func listen(t *testing.T) *ear {
	t.Helper()
	e := &ear{}
	e.Changes = tenant.NewChanges(tenanttest.DB(t), func(c tenant.Change) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.heard = append(e.heard, c)
	})
	e.look(t)
	return e
}

// look asks now, without waiting for the next time.
func (e *ear) look(t *testing.T) {
	t.Helper()
	e.Hurry()
	if err := e.Fresh(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func (e *ear) has(kind string, id uuid.UUID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Contains(e.heard, tenant.Change{Kind: kind, Subject: id})
}

// TestChangesMissNothing holds that a look finds what was committed since the
// last one, in whatever order transactions began and ended.
func TestChangesMissNothing(t *testing.T) {
	t.Parallel()
	e := listen(t)
	if !slices.Contains(e.heard, tenant.Change{}) {
		t.Error("the first look did not say to forget everything")
	}
	slow, quick := tenanttest.Tenant(t, uuid.Nil, "慢"), tenanttest.Tenant(t, uuid.Nil, "快")
	const suspend = `update platform.tenants set state = 'suspended' where id = $1`
	admin := tenanttest.Admin(t)
	late, err := admin.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = late.Rollback() }()
	if _, err := late.Exec(suspend, slow); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec(suspend, quick); err != nil {
		t.Fatal(err)
	}
	if e.look(t); !e.has("tenant", quick) || e.has("tenant", slow) {
		t.Fatal("the look does not see what is committed, or sees what is not")
	}
	if err := late.Commit(); err != nil {
		t.Fatal(err)
	}
	if e.look(t); !e.has("tenant", slow) {
		t.Error("what began before the last look and ended after it was missed")
	}
}

// TestChangesWithoutNotices holds G12: nobody told us, and still we know within
// two seconds.
func TestChangesWithoutNotices(t *testing.T) {
	t.Parallel()
	e := listen(t)
	id := tenanttest.Tenant(t, uuid.Nil, "云岭市水务局")
	if _, err := tenanttest.Admin(t).Exec(`update platform.tenants set state = 'suspended' where id = $1`, id); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(2 * time.Second); !e.has("tenant", id); {
		if err := e.Fresh(context.Background()); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatal("not heard of after two seconds")
		}
	}
}

// TestChangesFailClosed holds that without the database nothing remembered may
// be relied on.
func TestChangesFailClosed(t *testing.T) {
	t.Parallel()
	db, err := tenant.Open(context.Background(), tenanttest.URL(t, "hetu_app"), tenant.Limits{Conns: 1})
	if err != nil {
		t.Fatal(err)
	}
	c := tenant.NewChanges(db, func(tenant.Change) {})
	if err := c.Fresh(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	c.Hurry()
	for range 2 {
		if err := c.Fresh(context.Background()); err == nil {
			t.Error("fresh, with no database to ask")
		}
	}
}
