package storage

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
)

// Limits are how long a Guard waits and when it stops trying.
type Limits struct {
	Call     time.Duration // a call without content
	Stall    time.Duration // content that does not move, in either direction
	Failures int           // failures in a row before it stops trying
	Rest     time.Duration // how long it does not try
}

// DefaultLimits suit a store on the same network.
var DefaultLimits = Limits{Call: 5 * time.Second, Stall: 20 * time.Second, Failures: 5, Rest: 5 * time.Second}

// Guard keeps a store that is down or slow from holding up its callers (F08).
// It gives up calls and contents that do not move with ErrUnavailable. After
// some failures in a row it answers so at once, and lets one call in every Rest
// through to see whether the store is back.
func Guard(s Store, l Limits) Store { return &guard{store: s, limits: l} }

type guard struct {
	store  Store
	limits Limits

	mu       sync.Mutex
	failures int
	retry    time.Time // when the next call may try, once failures have reached the limit
}

// enter reports whether a call may try the store.
func (g *guard) enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.failures < g.limits.Failures {
		return nil
	}
	if time.Now().Before(g.retry) {
		return ErrUnavailable
	}
	g.retry = time.Now().Add(g.limits.Rest) // this one tries; the others wait for it
	return nil
}

// leave counts the outcome of a call. A store that is full still reads, and a
// caller who went away, or had no time, says nothing about it.
func (g *guard) leave(caller context.Context, err error) {
	if caller.Err() != nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case errors.Is(err, ErrUnavailable):
		g.failures++
		g.retry = time.Now().Add(g.limits.Rest)
	case err == nil || fault.Of(err).Kind != fault.Internal:
		g.failures = 0
	}
}

// call runs do with a limit on its time.
func (g *guard) call(ctx context.Context, do func(context.Context) error) error {
	if err := g.enter(); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, g.limits.Call)
	defer cancel()
	err := do(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		err = unavailable(limited.Err())
	}
	g.leave(ctx, err)
	return err
}

func (g *guard) Put(caller context.Context, tenant uuid.UUID, r io.Reader, o PutOptions) (Object, error) {
	if err := g.enter(); err != nil {
		return Object{}, err
	}
	ctx, watch := newWatch(caller, g.limits.Stall)
	defer watch.cancel(nil)
	watch.start()
	// The clock stands while the source is read: only the store is timed.
	object, err := g.store.Put(ctx, tenant, reader(func(p []byte) (int, error) {
		watch.stop()
		defer watch.start()
		return r.Read(p)
	}), o)
	err = watch.explain(err)
	g.leave(caller, err)
	return object, err
}

func (g *guard) Open(caller context.Context, ref Ref, want Want) (io.ReadCloser, error) {
	if err := g.enter(); err != nil {
		return nil, err
	}
	ctx, watch := newWatch(caller, g.limits.Stall)
	watch.start()
	body, err := g.store.Open(ctx, ref, want)
	watch.stop()
	err = watch.explain(err)
	g.leave(caller, err)
	if err != nil {
		watch.cancel(nil)
		return nil, err
	}
	return &watched{caller: caller, body: body, watch: watch, guard: g}, nil
}

// A watched content runs the clock only while it waits for the store.
type watched struct {
	caller context.Context
	body   io.ReadCloser
	watch  *watch
	guard  *guard
}

func (w *watched) Read(p []byte) (int, error) {
	w.watch.start()
	n, err := w.body.Read(p)
	w.watch.stop()
	err = w.watch.explain(err)
	if errors.Is(err, ErrUnavailable) {
		w.guard.leave(w.caller, err)
	}
	return n, err
}

func (w *watched) Close() error {
	w.watch.stop()
	defer w.watch.cancel(nil)
	return w.body.Close()
}

// A reader is a function that reads.
type reader func([]byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }

// A watch ends a context when its clock has run without a break for too long.
type watch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	limit  time.Duration
	timer  *time.Timer
}

var errStalled = errors.New("stalled")

func newWatch(ctx context.Context, limit time.Duration) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{ctx: ctx, cancel: cancel, limit: limit}
	w.timer = time.AfterFunc(limit, func() { cancel(errStalled) })
	w.timer.Stop()
	return ctx, w
}

func (w *watch) start() { w.timer.Reset(w.limit) }
func (w *watch) stop()  { w.timer.Stop() }

// explain says that the store is to blame when it was the watch that ended the
// work.
func (w *watch) explain(err error) error {
	if err != nil && !errors.Is(err, io.EOF) && errors.Is(context.Cause(w.ctx), errStalled) {
		return unavailable(errStalled)
	}
	return err
}

func (g *guard) Stat(ctx context.Context, ref Ref) (o Object, err error) {
	err = g.call(ctx, func(ctx context.Context) error {
		o, err = g.store.Stat(ctx, ref)
		return err
	})
	return o, err
}

func (g *guard) Delete(ctx context.Context, ref Ref) error {
	return g.call(ctx, func(ctx context.Context) error { return g.store.Delete(ctx, ref) })
}

func (g *guard) List(ctx context.Context, tenant uuid.UUID, after string, limit int) (p Page, err error) {
	err = g.call(ctx, func(ctx context.Context) error {
		p, err = g.store.List(ctx, tenant, after, limit)
		return err
	})
	return p, err
}

func (g *guard) SetRetention(ctx context.Context, ref Ref, until time.Time) error {
	return g.call(ctx, func(ctx context.Context) error { return g.store.SetRetention(ctx, ref, until) })
}

func (g *guard) SetLegalHold(ctx context.Context, ref Ref, on bool) error {
	return g.call(ctx, func(ctx context.Context) error { return g.store.SetLegalHold(ctx, ref, on) })
}

// Usage times each page and not the whole.
func (g *guard) Usage(ctx context.Context, tenant uuid.UUID) (Usage, error) {
	return usage(ctx, g, tenant)
}

func (g *guard) Ping(ctx context.Context) error { return g.call(ctx, g.store.Ping) }

func (g *guard) Sweep(ctx context.Context) (n int, err error) {
	err = g.call(ctx, func(ctx context.Context) error {
		n, err = g.store.Sweep(ctx)
		return err
	})
	return n, err
}
