package publish

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// ErrLocked means that the item is open for writing in another window; meta: by,
// since, until.
var ErrLocked = fault.New(fault.Conflict, "publish.locked")

// lease is how long a window has an item that it does not ask for again. A
// closed browser holds nobody up for longer.
const lease = 2 * time.Minute

// A Lock says in which window an item is open for writing. It keeps nobody from
// saving: the version does that (WF-02). It is there so that people know.
type Lock struct {
	Held  string     `json:"held" enum:"no,here,elsewhere"`
	By    *Person    `json:"by"` // who has it
	Since *time.Time `json:"since"`
	Until *time.Time `json:"until"`
	Taken *Takeover  `json:"taken"` // from this window
}

// A Takeover says that another window has taken the lock from this one.
type Takeover struct {
	By   Person    `json:"by"`
	At   time.Time `json:"at"`
	Word string    `json:"word"`
}

// holding is a lock as the database has it.
type holding struct {
	Window uuid.UUID  `db:"window_id"`
	Member uuid.UUID  `db:"member_id"`
	Name   string     `db:"name"`
	Since  time.Time  `db:"since"`
	Until  time.Time  `db:"until"`
	From   *uuid.UUID `db:"taken_from"`
	Word   string     `db:"word"`
}

const holdingColumns = `window_id, member_id, name, since, until, taken_from, word`

func (h holding) lock(window uuid.UUID) Lock {
	l := Lock{Held: "elsewhere", By: &Person{h.Member, h.Name}, Since: &h.Since, Until: &h.Until}
	switch {
	case h.Window == window:
		l.Held = "here"
	case h.From != nil && *h.From == window:
		l.Taken = &Takeover{*l.By, h.Since, h.Word}
	}
	return l
}

type windowRef struct {
	ID     uuid.UUID `json:"-" path:"id"`
	Window uuid.UUID `json:"-" query:"window"` // which asks
}

// lockOf shows who has an item open for writing.
func lockOf(ctx context.Context, tx *tenant.Tx, in windowRef) (Lock, error) {
	if _, err := revised(ctx, tx, in.ID); err != nil {
		return Lock{}, err
	}
	var h holding
	err := tx.Get(ctx, &h, `select `+holdingColumns+` from item_locks where item_id = $1 and until > $2`, in.ID, tx.Now)
	if errors.Is(err, tenant.ErrNoRows) {
		return Lock{Held: "no"}, nil
	}
	return h.lock(in.Window), err
}

type holdOn struct {
	ID     uuid.UUID `json:"-" path:"id"`
	Window uuid.UUID `json:"window"`
	Take   bool      `json:"take,omitempty"`                 // from whoever has it
	Word   string    `json:"word,omitempty" maxLength:"200"` // to them
}

// Validate makes the word one line.
func (h *holdOn) Validate() error {
	h.Word = line(h.Word)
	return nil
}

// acquire gives the item to a window for a while, or for a while longer: if it is
// free, or taken over. Who may not change it cannot hold it either.
func acquire(ctx context.Context, tx *tenant.Tx, in holdOn) (Lock, error) {
	r, err := drafted(ctx, tx, in.ID)
	if err != nil {
		return Lock{}, err
	}
	var h holding
	err = tx.Get(ctx, &h, `
		insert into item_locks as l (item_id, window_id, member_id, name, since, until)
		     values ($1, $2, $3, $4, $5, $6)
		on conflict on constraint item_locks_pkey do update
		   set window_id = excluded.window_id, member_id = excluded.member_id, name = excluded.name, until = excluded.until,
		       since = case when l.window_id = $2 and l.until > $5 then l.since else excluded.since end,
		       taken_from = case when l.window_id = $2 then l.taken_from when l.until > $5 then l.window_id end,
		       word = case when l.window_id = $2 then l.word when l.until > $5 then $8 else '' end
		 where l.window_id = $2 or l.until <= $5 or $7
		returning `+holdingColumns,
		r.ID, in.Window, tx.Actor.Member, tx.Actor.Name, tx.Now, tx.Now.Add(lease), in.Take, in.Word)
	if errors.Is(err, tenant.ErrNoRows) {
		return Lock{}, lockedElsewhere(ctx, tx, r.ID)
	}
	tx.Audit("publish.locked", objectOf(r.ID), map[string]any{"window": in.Window, "taken": in.Take, "since": h.Since})
	return h.lock(in.Window), err
}

// lockedElsewhere says who has the item.
func lockedElsewhere(ctx context.Context, tx *tenant.Tx, item uuid.UUID) error {
	var h holding
	err := tx.Get(ctx, &h, `select `+holdingColumns+` from item_locks where item_id = $1`, item)
	if errors.Is(err, tenant.ErrNoRows) {
		return ErrLocked // given up just now
	}
	if err != nil {
		return err
	}
	return ErrLocked.With("by", h.Name).With("since", h.Since).With("until", h.Until)
}

// release gives the item up, if the window still has it.
func release(ctx context.Context, tx *tenant.Tx, in windowRef) (none feature.None, err error) {
	if _, err := find(ctx, tx, in.ID); err != nil {
		return none, err
	}
	n, err := tx.Exec(ctx, `delete from item_locks where item_id = $1 and window_id = $2 and member_id = $3`, in.ID, in.Window, tx.Actor.Member)
	tx.Audit("publish.unlocked", objectOf(in.ID), map[string]any{"window": in.Window, "held": n > 0})
	return none, err
}
