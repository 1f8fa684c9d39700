package tenant

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// A Change is something that makes untrue what a node may remember. The zero
// Change stands for all of them: forget everything.
type Change struct {
	Kind    string // "account", "tenant" or "rights"
	Subject uuid.UUID
}

// recheck is how long a node relies on what it last heard. A session that is
// ended and a right that is taken away are gone on every node within two
// seconds (G12); half a second is left for the look itself.
const recheck = 1500 * time.Millisecond

// kept is how long a node may be away and still be told all it has missed. The
// database keeps changes for twice as long.
const kept = 30 * time.Minute

// Changes tell a node what to forget of what it remembers of sessions and
// rights. One look for all of them, at most every second and a half, takes the
// place of asking for each session and each tenant again. Nothing is lost by a
// missed notice: the database itself says what has been committed since.
type Changes struct {
	db     *DB
	forget func(Change)
	looked atomic.Int64 // when the last look began, since start; 0: never
	hurry  atomic.Bool  // do not wait for the next one

	mu     sync.Mutex
	upto   *string   // transaction before which everything has been seen
	at     time.Time // the database's time then
	failed error     // how the last look ended, if not well
	ended  time.Time // when that was
}

// pause is how long nobody looks again after a look has failed: those who wait
// for their turn are not to find out one after the other.
const pause = 250 * time.Millisecond

// start is what looks are timed from, by the monotonic clock.
var start = time.Now()

// NewChanges returns Changes that call forget, one at a time, with each change
// that has been committed. A change may come more than once.
func NewChanges(db *DB, forget func(Change)) *Changes { return &Changes{db: db, forget: forget} }

// Fresh returns once everything has been forgotten that was committed up to a
// second and a half ago. Whoever remembers calls it before relying on their
// memory, and before reading what they are going to remember. An error means
// that nothing remembered may be relied on.
func (c *Changes) Fresh(ctx context.Context) error {
	if c.fresh() {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fresh() { // somebody else has looked meanwhile
		return nil
	}
	if c.failed != nil && time.Since(c.ended) < pause {
		return c.failed
	}
	c.hurry.Store(false) // a notice that comes from now on may be of what this look does not see
	began := time.Since(start)
	if err := c.look(ctx); err != nil {
		c.hurry.Store(true)
		err = fmt.Errorf("tenant: changes: %w", err)
		if ctx.Err() == nil { // else it says nothing about the database
			c.failed, c.ended = err, time.Now()
		}
		return err
	}
	c.failed = nil
	c.looked.Store(int64(began))
	return nil
}

// Hurry makes the next Fresh look again: what a listener calls that was told of
// a change.
func (c *Changes) Hurry() { c.hurry.Store(true) }

func (c *Changes) fresh() bool {
	if c.hurry.Load() {
		return false
	}
	at := time.Duration(c.looked.Load())
	return at != 0 && time.Since(start)-at < recheck
}

func (c *Changes) look(ctx context.Context) error {
	var rows []struct {
		Upto    string     `db:"upto"`
		Kind    *string    `db:"kind"`
		Subject *uuid.UUID `db:"subject"`
	}
	var now time.Time
	err := c.db.Public(ctx, func(tx *Tx) error {
		rows, now = nil, tx.Now
		return tx.Select(ctx, &rows, `select upto, kind, subject from platform.changes_since($1)`, c.upto)
	})
	if err != nil {
		return err
	}
	if c.upto == nil || now.Sub(c.at) > kept {
		c.forget(Change{})
	}
	for _, r := range rows {
		c.upto, c.at = &r.Upto, now
		if r.Kind != nil && r.Subject != nil {
			c.forget(Change{*r.Kind, *r.Subject})
		}
	}
	return nil
}
