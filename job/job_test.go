package job_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/job"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

type note struct {
	ID uuid.UUID `json:"id"`
}

// seen collects what work was done for whom.
type seen struct {
	mu   sync.Mutex
	ids  map[uuid.UUID]uuid.UUID // note → tenant
	news chan struct{}
}

func (s *seen) run(ctx context.Context, _ *tenant.DB, args json.RawMessage) error {
	a, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	var n note
	if err := json.Unmarshal(args, &n); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids[n.ID] = a.Tenant
	s.news <- struct{}{}
	return nil
}

// TestLater holds that work is done if and only if its transaction committed,
// and as the tenant that asked for it (TI-13).
func TestLater(t *testing.T) {
	db := tenanttest.DB(t)
	s := &seen{ids: map[uuid.UUID]uuid.UUID{}, news: make(chan struct{}, 100)}
	var tries int
	flaky := func(ctx context.Context, db *tenant.DB, args json.RawMessage) error {
		if tries++; tries == 1 {
			return errors.New("not this time")
		}
		return s.run(ctx, db, args)
	}
	visited := make(chan uuid.UUID, 1000)
	done := make(chan struct{})
	round := job.Round{Name: "test.round", Every: time.Hour, Run: func(ctx context.Context, _ *tenant.DB) error {
		a, err := tenant.From(ctx)
		select {
		case visited <- a.Tenant:
		case <-done: // it visits the tenants of all tests, however many there are
		}
		return err
	}}
	actual := tenanttest.Tenant(t, uuid.Nil, "测试局")
	dsn, err := tenant.DSN(tenanttest.URL(t, "hetu_app"), tenant.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := job.Start(t.Context(), dsn, db, 4, []job.Work{{Name: "test.note", Run: s.run}, {Name: "test.flaky", Run: flaky}}, []job.Round{round})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { close(done) }) // before it is waited for

	ctx, a := tenanttest.Actor(t)
	kept, lost, again := tenant.NewID(), tenant.NewID(), tenant.NewID()
	boom := errors.New("boom")
	later := func(name string, id uuid.UUID, end error) {
		err := db.Write(ctx, func(tx *tenant.Tx) error {
			if err := job.Later(ctx, tx, name, note{id}, time.Time{}); err != nil {
				return err
			}
			return end
		})
		if !errors.Is(err, end) {
			t.Fatal(err)
		}
	}
	later("test.note", lost, boom)
	later("test.note", kept, nil)
	later("test.flaky", again, nil)
	deadline := time.After(time.Minute) // a process that led the jobs and ended without a word leads for another quarter of it
	for n := 0; n < 2; {
		select {
		case <-s.news:
			n++
		case <-deadline:
			t.Fatal("the work was not done in a minute")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids[kept] != a.Tenant || s.ids[again] != a.Tenant {
		t.Errorf("done for %v, want for %s", s.ids, a.Tenant)
	}
	if _, ok := s.ids[lost]; ok {
		t.Error("work of a rolled-back transaction was done")
	}
	for {
		select {
		case id := <-visited:
			if id == actual {
				return
			}
		case <-deadline:
			t.Fatal("the round did not visit the tenant")
		}
	}
}
