package app

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/semaphore"

	"hetu/fault"
)

// errBusy means that the tenant asks for more at a time than it is given; meta
// says when to come back.
var errBusy = fault.New(fault.Unavailable, "request.busy")

// Turns see to it that what one tenant asks for does not keep the others
// waiting: so many of its requests are worked on at a time, some more wait for
// their turn in the order in which they came, and the rest are told to come
// back (DO-04, F17).
type Turns struct {
	Most     int           // worked on at a time; none are held back if zero
	Waiting  int           // that may wait
	Patience time.Duration // how long

	mu    sync.Mutex
	lines map[uuid.UUID]*line
}

// A line is those of one tenant who are worked on or wait.
type line struct {
	turns *semaphore.Weighted
	in    int
}

// Take waits for a turn of the tenant's, or of whoever else has the id, and returns what gives it back.
func (t *Turns) Take(ctx context.Context, tenant uuid.UUID) (back func(), err error) {
	if t == nil || t.Most == 0 {
		return func() {}, nil
	}
	l, err := t.join(tenant)
	if err != nil {
		return nil, err
	}
	if !l.turns.TryAcquire(1) {
		ctx, cancel := context.WithTimeout(ctx, t.Patience)
		defer cancel()
		if l.turns.Acquire(ctx, 1) != nil {
			t.leave(tenant, l)
			return nil, t.busy()
		}
	}
	return func() {
		l.turns.Release(1)
		t.leave(tenant, l)
	}, nil
}

func (t *Turns) join(tenant uuid.UUID) (*line, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[tenant]
	if l == nil {
		l = &line{turns: semaphore.NewWeighted(int64(t.Most))}
		if t.lines == nil {
			t.lines = map[uuid.UUID]*line{}
		}
		t.lines[tenant] = l
	}
	if l.in == t.Most+t.Waiting {
		return nil, t.busy()
	}
	l.in++
	return l, nil
}

func (t *Turns) leave(tenant uuid.UUID, l *line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l.in--; l.in == 0 {
		delete(t.lines, tenant)
	}
}

func (t *Turns) busy() error {
	return errBusy.With("retry_after", max(1, int(t.Patience/time.Second)))
}
