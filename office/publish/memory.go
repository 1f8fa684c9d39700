package publish

import (
	"context"
	"sync"
	"time"

	"hetu/calendar"
	"hetu/tenant"
)

// keptFor is how long a node remembers what it has read of a tenant at most: the
// notes it is compared with are there for an hour.
const keptFor = 10 * time.Minute

// A memory remembers what was read of tenants, by what was asked. What it
// remembers holds as long as the state is the same that the database told before
// it was read (see stateOf), and until its time is over. Its zero value
// remembers nothing.
type memory[K comparable, V any] struct {
	mu    sync.Mutex
	by    map[K]entry[V]
	bytes int
}

type entry[V any] struct {
	state string
	at    time.Time // when it was read
	until time.Time // from when on it does not hold any more
	bytes int       // about how much memory it takes
	value V
}

// find returns what was read last, if its time is not over. Whether it holds, its
// state says.
func (k *memory[K, V]) find(key K, now time.Time) (entry[V], bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	e, ok := k.by[key]
	return e, ok && !now.Before(e.at) && now.Before(e.until)
}

// put remembers an entry and forgets others, whichever, if they are more than so
// many bytes together.
func (k *memory[K, V]) put(key K, e entry[V], most int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.by == nil {
		k.by = map[K]entry[V]{}
	}
	k.drop(key)
	for other := range k.by {
		if k.bytes+e.bytes <= most {
			break
		}
		k.drop(other)
	}
	k.by[key] = e
	k.bytes += e.bytes
}

func (k *memory[K, V]) drop(key K) {
	k.bytes -= k.by[key].bytes
	delete(k.by, key)
}

// stateOf returns what changes whenever anything is changed of the actor's tenant
// that stands in its columns, of their tree, its departments, people and rights.
// What is read after it may be newer than it says, but never older.
func stateOf(ctx context.Context, tx *tenant.Tx) (state string, err error) {
	err = tx.Get(ctx, &state, `select platform.columns_state()`)
	return state, err
}

// keptUntil is when what was read now stops to hold by itself: the day ends, or
// it has been remembered for long enough.
func keptUntil(now time.Time) time.Time {
	midnight := calendar.DateOf(now).Add(1).At(0)
	if t := now.Add(keptFor); t.Before(midnight) {
		return t
	}
	return midnight
}
