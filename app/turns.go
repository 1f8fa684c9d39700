package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
)

// errBusy means that the tenant asks for more at a time than it is given; meta
// says when to come back.
var errBusy = fault.New(fault.Unavailable, "request.busy")

// Turns see to it that what one tenant asks for does not keep the others
// waiting: so many of its requests are worked on at a time, some more wait for
// their turn, and the rest are told to come back (DO-04, F17). Nor does what one
// of its people asks for keep the colleagues waiting: the next turn goes to
// whoever has the fewest, and a quarter of those who may wait are never all the
// same (DO-02). The zero value holds nobody back.
type Turns struct {
	Most     int           // worked on at a time; none are held back if zero
	Waiting  int           // that may wait
	Patience time.Duration // how long

	mu    sync.Mutex
	lines map[uuid.UUID]*line
}

// A line is those of one tenant who are worked on or wait.
type line struct {
	busy  map[uuid.UUID]int // how many of whose are worked on
	in    int               // all of those
	queue []*waiter         // in the order in which they came
}

type waiter struct {
	who  uuid.UUID
	turn chan struct{} // closed when it has come
}

// Take waits for a turn of the tenant's, or of whoever else has the id, and
// returns what gives it back. Who asks is one of those who share the turns;
// uuid.Nil if they are not told apart. It returns errBusy if too many wait, or
// if it has waited for long enough.
func (t *Turns) Take(ctx context.Context, tenant, who uuid.UUID) (back func(), err error) {
	if t == nil || t.Most == 0 {
		return func() {}, nil
	}
	w, err := t.join(tenant, who)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, t.Patience)
	defer cancel()
	select {
	case <-w.turn:
	case <-ctx.Done():
		if !t.gaveUp(tenant, w) {
			return nil, t.busy()
		}
	}
	return func() { t.leave(tenant, who) }, nil
}

// join lets somebody in, or has them wait.
func (t *Turns) join(tenant, who uuid.UUID) (*waiter, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[tenant]
	if l == nil {
		l = &line{busy: map[uuid.UUID]int{}}
	}
	if l.in == t.Most && (len(l.queue) >= t.Waiting || who != uuid.Nil && l.waiting(who) >= t.Waiting-t.Waiting/4) {
		return nil, t.busy()
	}
	if t.lines == nil {
		t.lines = map[uuid.UUID]*line{}
	}
	t.lines[tenant] = l
	w := &waiter{who, make(chan struct{})}
	l.queue = append(l.queue, w)
	l.next(t.Most)
	return w, nil
}

func (l *line) waiting(who uuid.UUID) (n int) {
	for _, w := range l.queue {
		if w.who == who {
			n++
		}
	}
	return n
}

// next gives out what turns there are: each to whoever of those that wait has
// the fewest, and of these to who came first.
func (l *line) next(most int) {
	for l.in < most && len(l.queue) > 0 {
		at := 0
		for i, w := range l.queue {
			if l.busy[w.who] < l.busy[l.queue[at].who] {
				at = i
			}
		}
		w := l.queue[at]
		l.queue = slices.Delete(l.queue, at, at+1)
		l.in++
		l.busy[w.who]++
		close(w.turn)
	}
}

// gaveUp takes somebody out who waited, and reports whether their turn has come
// meanwhile.
func (t *Turns) gaveUp(tenant uuid.UUID, w *waiter) (came bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[tenant]
	at := slices.Index(l.queue, w)
	if at < 0 {
		return true
	}
	l.queue = slices.Delete(l.queue, at, at+1)
	return false
}

func (t *Turns) leave(tenant, who uuid.UUID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[tenant]
	l.in--
	if l.busy[who]--; l.busy[who] == 0 {
		delete(l.busy, who)
	}
	l.next(t.Most)
	if l.in == 0 {
		delete(t.lines, tenant)
	}
}

func (t *Turns) busy() error {
	return errBusy.With("retry_after", max(1, int(t.Patience/time.Second)))
}
