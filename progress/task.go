package progress

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/google/uuid"

	"hetu/message"
	"hetu/storage"
	"hetu/tenant"
)

// A Task is a work in the hands of whoever does it.
type Task struct {
	ID      uuid.UUID
	Subject string

	works  *Works
	kind   string
	title  string
	member uuid.UUID
	args   json.RawMessage
	turn   uuid.UUID
	tries  int

	mu   sync.Mutex
	last time.Time // when the last step was written, by this node's clock
}

const (
	often = 150 * time.Millisecond // how much time lies between two steps that are written down
	pulse = silence / 6            // and between two beats
)

// Args reads what the order said into v.
func (t *Task) Args(v any) error { return json.Unmarshal(t.args, v) }

// Step says that done of total parts are done, in a transaction of its own: it
// needs a connection besides that of a transaction it is called in. Steps that
// follow each other closely are passed over, but for the last. It returns
// ErrStopped if the person asked for that, and ErrLost if the turn is over.
func (t *Task) Step(ctx context.Context, db *tenant.DB, done, total int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Since(t.last) < often && done < total {
		return nil
	}
	t.last = time.Now()
	return db.Write(ctx, func(tx *tenant.Tx) error {
		return t.mark(ctx, tx, `done = $3, total = $4, beat_at = $5`, done, total, tx.Now)
	})
}

// Beat says that the work is still under way where nobody can say how far it is:
// while something large is read or written. Like Step it opens a transaction of
// its own, unless something was written shortly before.
func (t *Task) Beat(ctx context.Context, db *tenant.DB) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Since(t.last) < pulse {
		return nil
	}
	t.last = time.Now()
	return db.Write(ctx, func(tx *tenant.Tx) error { return t.mark(ctx, tx, `beat_at = $3`, tx.Now) })
}

// mark writes into the row of a work as long as it is t's turn.
func (t *Task) mark(ctx context.Context, tx *tenant.Tx, set string, args ...any) error {
	var stop bool
	err := tx.Get(ctx, &stop, `update works set `+set+` where id = $1 and turn = $2 and state = 'running' returning stop`,
		append([]any{t.ID, t.turn}, args...)...)
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return ErrLost
	case err == nil && stop:
		return ErrStopped
	}
	return err
}

// A pulsing is a reader that says, while it is read, that a work is under way.
type pulsing struct {
	io.Reader
	beat func() error
}

func (p pulsing) Read(b []byte) (int, error) {
	if err := p.beat(); err != nil {
		return 0, err
	}
	return p.Reader.Read(b)
}

// Keep puts a file into the store that the person may download when the work is
// done, for seven days. It opens its own transaction; call it outside any. Of
// several files the last one stays.
func (t *Task) Keep(ctx context.Context, db *tenant.DB, name, mediaType string, r io.Reader) error {
	actor, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	r = pulsing{r, func() error { return t.Beat(ctx, db) }}
	o, err := t.works.store.Put(ctx, actor.Tenant, r, storage.PutOptions{Size: -1, Type: mediaType})
	if err != nil {
		return err
	}
	var before stored
	err = db.Write(ctx, func(tx *tenant.Tx) (err error) {
		before, err = lock(ctx, tx, t)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			update works set file_name = $2, file_type = $3, file_size = $4, file_sha256 = $5, file_key = $6, file_version = $7,
			                 file_until = $8, beat_at = $9
			 where id = $1`, t.ID, name, mediaType, o.Size, o.SHA256, o.Key, o.Version, tx.Now.Add(kept), tx.Now)
		return err
	})
	if err != nil && !errors.Is(err, tenant.ErrUnsure) { // else it may be the work's file
		return errors.Join(err, t.works.store.Delete(context.WithoutCancel(ctx), o.Ref))
	}
	if err == nil && before.Key != "" {
		err = t.works.store.Delete(ctx, before.ref(actor.Tenant))
	}
	return err
}

// stored is where the file of a work is.
type stored struct {
	ID      uuid.UUID      `db:"id"`
	Name    string         `db:"file_name"`
	Type    string         `db:"file_type"`
	Size    int64          `db:"file_size"`
	SHA256  storage.Digest `db:"file_sha256"`
	Key     string         `db:"file_key"`
	Version string         `db:"file_version"`
}

func (s stored) ref(of uuid.UUID) storage.Ref {
	return storage.Ref{Tenant: of, Key: s.Key, Version: s.Version}
}

// lock makes sure that it still is t's turn until the transaction ends.
func lock(ctx context.Context, tx *tenant.Tx, t *Task) (s stored, err error) {
	err = tx.Get(ctx, &s, `
		select id, file_name, file_type, file_size, file_sha256, file_key, file_version
		  from works where id = $1 and turn = $2 and state = 'running' for update`, t.ID, t.turn)
	if errors.Is(err, tenant.ErrNoRows) {
		return s, ErrLost
	}
	return s, err
}

// Done ends the work well, in the transaction of its last act, and tells the
// person, with a link to href: the page that shows the result, or empty if it
// is the work itself. ErrLost if the turn is over: then the transaction must
// not commit.
func (t *Task) Done(ctx context.Context, tx *tenant.Tx, href string, facts Facts) error {
	if facts == nil {
		facts = Facts{}
	}
	n, err := tx.Exec(ctx, `
		update works set state = 'done', done = greatest(done, total, 1), total = greatest(total, 1), href = $3, facts = $4, ended_at = $5,
		                 file_until = case when file_key <> '' then $6::timestamptz end
		 where id = $1 and turn = $2 and state = 'running'`, t.ID, t.turn, href, tenant.JSON(facts), tx.Now, tx.Now.Add(kept))
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrLost
	}
	tx.Audit("progress.done", object(t.ID), map[string]string{"kind": t.kind})
	return t.tell(ctx, tx, "_done", href)
}

// fail ends the work badly, and tells the person.
func (t *Task) fail(ctx context.Context, tx *tenant.Tx, code string) error {
	n, err := tx.Exec(ctx, `
		update works set state = 'failed', code = $3, ended_at = $4::timestamptz, file_until = case when file_key <> '' then $4::timestamptz end
		 where id = $1 and turn = $2 and state = 'running'`, t.ID, t.turn, code, tx.Now)
	if err != nil || n == 0 {
		return err
	}
	tx.Audit("progress.failed", object(t.ID), map[string]string{"kind": t.kind, "code": code})
	return t.tell(ctx, tx, "_failed", "")
}

// tell sends a notice "assess.recompute_done".
func (t *Task) tell(ctx context.Context, tx *tenant.Tx, end, href string) error {
	if href == "" {
		href = "/works?work=" + t.ID.String()
	}
	return message.Send(ctx, tx, message.Notice{
		To: []uuid.UUID{t.member}, Code: t.kind + end, Params: message.Params{"title": t.title}, Href: href})
}
