package job_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"hetu/job"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A watch looks again and again, never twice at a time, whether or not it fails
// or breaks, and no more once the node has stopped.
func TestWatch(t *testing.T) {
	t.Parallel()
	db := tenanttest.DB(t)
	dsn, err := tenant.DSN(tenanttest.URL(t, "hetu_app"), tenant.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var looks, at atomic.Int32
	enough := make(chan struct{}, 100)
	w := job.Watch{Name: "test.watch", Every: time.Millisecond, Run: func(ctx context.Context, got *tenant.DB) error {
		if at.Add(1) != 1 {
			t.Error("it looks twice at a time")
		}
		defer at.Add(-1)
		if got != db || ctx.Err() != nil {
			t.Errorf("it is given %v and a context that says %v", got, ctx.Err())
		}
		switch n := looks.Add(1); {
		case n == 1:
			return errors.New("not this time")
		case n == 2:
			panic("broken")
		case n >= 4 && len(enough) < cap(enough):
			enough <- struct{}{}
		}
		return nil
	}}
	r, err := job.Start(t.Context(), dsn, db, 1, nil, nil, w)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-enough:
	case <-time.After(20 * time.Second):
		t.Errorf("it has looked %d times in 20 seconds", looks.Load())
	}
	if err := r.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	n := looks.Load()
	for range 100 {
		if looks.Load() != n || at.Load() != 0 {
			t.Fatal("it looks although the node has stopped")
		}
	}
}
