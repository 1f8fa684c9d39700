package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"hetu/tenant"
)

// A Watch looks again and again, on every node that works the queue off, for
// what has been committed anywhere and is to be acted on soon. It belongs to no
// tenant. Run is never called twice at a time on one node, but on several nodes
// it is: what it does must bear that, and being cut short. What it knows is its
// own, and may be lost at any time.
type Watch struct {
	Name  string        // "assess.following"
	Every time.Duration // the rest between two looks
	Run   func(ctx context.Context, db *tenant.DB) error
}

// watching are the watches of a node.
type watching struct {
	stop context.CancelFunc
	all  sync.WaitGroup
}

func watch(ctx context.Context, db *tenant.DB, watches []Watch) *watching {
	ctx, stop := context.WithCancel(ctx)
	w := &watching{stop: stop}
	for _, one := range watches {
		w.all.Go(func() { one.keep(ctx, db) })
	}
	return w
}

// keep looks until ctx is done. After a look that failed the rest is longer.
func (w Watch) keep(ctx context.Context, db *tenant.DB) {
	rest := time.NewTimer(w.Every)
	defer rest.Stop()
	for failed := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-rest.C:
		}
		err := w.look(ctx, db)
		if err != nil && ctx.Err() == nil {
			failed = min(failed+1, 6)
			slog.WarnContext(ctx, "watch failed", "watch", w.Name, "err", err)
		} else {
			failed = 0
		}
		rest.Reset(w.Every << failed)
	}
}

// errPanic means that a watch is broken. It is tried again.
var errPanic = errors.New("job: a watch panicked")

func (w Watch) look(ctx context.Context, db *tenant.DB) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %v\n%s", errPanic, v, debug.Stack())
		}
	}()
	return w.Run(ctx, db)
}

func (w *watching) end() {
	w.stop()
	w.all.Wait()
}
