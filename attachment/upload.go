package attachment

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/google/uuid"

	"hetu/storage"
	"hetu/tenant"
)

// A begun upload tells the client where to go on and in what pieces.
type begun struct {
	ID        uuid.UUID `json:"id"`
	Offset    int64     `json:"offset"`
	ChunkSize int       `json:"chunk_size"`
}

// An announcement is what a client says about the file it is going to send.
type announcement struct {
	Name   string `json:"name" minLength:"1" maxLength:"255"`
	Size   int64  `json:"size" minimum:"1"`
	SHA256 string `json:"sha256,omitempty" maxLength:"64"`
}

// begin makes room for an upload, if its name and size will do.
func (a *Attachments) begin(ctx context.Context, tx *tenant.Tx, in announcement) (begun, error) {
	digest, err := a.judge(in)
	if err != nil {
		return begun{}, err
	}
	if a.o.Quota != nil {
		if err := a.o.Quota(ctx, tx, in.Size); err != nil {
			return begun{}, err
		}
	}
	var open int
	err = tx.Get(ctx, &open, `
		select count(*) from uploads where member_id = $1 and state in ('open', 'scanning', 'ready')`, tx.Actor.Member)
	if err != nil {
		return begun{}, err
	}
	if open >= maxOpen {
		return begun{}, ErrTooMany
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into uploads (id, member_id, name, size, announced) values ($1, $2, $3, $4, $5)`,
		id, tx.Actor.Member, in.Name, in.Size, digest)
	tx.Audit("attachment.begun", object(id), map[string]any{"name": in.Name, "size": in.Size})
	return begun{ID: id, ChunkSize: ChunkSize}, err
}

func (a *Attachments) judge(in announcement) (d storage.Digest, err error) {
	if in.Size > a.o.MaxSize {
		return d, ErrTooLarge.With("max", a.o.MaxSize)
	}
	if storage.CleanName(in.Name) != nil {
		return d, ErrName
	}
	if in.SHA256 != "" {
		if d, err = storage.ParseDigest(in.SHA256); err != nil {
			return d, ErrDigest
		}
	}
	return d, nil
}

func object(id uuid.UUID) string { return "attachment/upload/" + id.String() }

const uploadColumns = `id, name, size, announced, state`

// An upload as the server knows it.
type upload struct {
	ID        uuid.UUID      `db:"id"`
	Name      string         `db:"name"`
	Size      int64          `db:"size"`
	Announced storage.Digest `db:"announced"`
	State     string         `db:"state"`
}

type ref struct {
	ID uuid.UUID `json:"-" path:"id"`
}

// mine returns the actor's own upload; another's does not exist.
func mine(ctx context.Context, tx *tenant.Tx, q ref) (u upload, err error) {
	err = tx.Get(ctx, &u, `
		select `+uploadColumns+` from uploads where id = $1 and member_id = $2`, q.ID, tx.Actor.Member)
	if errors.Is(err, tenant.ErrNoRows) {
		return u, ErrNotFound
	}
	return u, err
}

// A progress is how far an upload has come.
type progress struct {
	ID     uuid.UUID `json:"id"`
	Offset int64     `json:"offset"`
	Size   int64     `json:"size"`
	State  string    `json:"state" enum:"open,scanning,ready,refused"`
}

func (a *Attachments) look(ctx context.Context, tx *tenant.Tx, q ref) (progress, error) {
	u, err := mine(ctx, tx, q)
	if err != nil {
		return progress{}, err
	}
	return a.progress(tx.Actor.Tenant, u)
}

func (a *Attachments) progress(of uuid.UUID, u upload) (progress, error) {
	p := progress{ID: u.ID, Offset: u.Size, Size: u.Size, State: u.State}
	if u.State == "claimed" {
		p.State = "ready"
	}
	if u.State != "open" {
		return p, nil
	}
	var err error
	p.Offset, err = a.staging.Offset(of, u.ID)
	return p, err
}

type piece struct {
	ID     uuid.UUID `json:"-" path:"id"`
	Offset int64     `json:"-" query:"offset"`
}

// take adds a piece to an upload. The last one also finishes it; if that
// failed because something was down, an empty piece at the end tries again.
func (a *Attachments) take(ctx context.Context, db *tenant.DB, in piece, r io.Reader) (progress, error) {
	actor, err := tenant.From(ctx)
	if err != nil {
		return progress{}, err
	}
	var u upload
	err = db.Read(ctx, func(tx *tenant.Tx) (err error) {
		u, err = mine(ctx, tx, ref{in.ID})
		return err
	})
	if err != nil {
		return progress{}, err
	}
	if u.State != "open" && u.State != "scanning" {
		return a.progress(actor.Tenant, u) // the answer to its last piece was lost on the way
	}
	at, err := a.staging.Append(ctx, actor.Tenant, u.ID, in.Offset, r, u.Size)
	if err != nil {
		return progress{}, arrival(err)
	}
	if at < u.Size {
		return progress{ID: u.ID, Offset: at, Size: u.Size, State: "open"}, nil
	}
	return a.finish(ctx, db, u)
}

// An ending is what a scan found out about an upload.
type ending struct {
	format storage.Format
	object storage.Object
}

// finish turns a complete upload into an object. One request does it at a
// time; if that one dies, another may take over after a while.
func (a *Attachments) finish(ctx context.Context, db *tenant.DB, u upload) (progress, error) {
	turn := tenant.NewID()
	var of uuid.UUID
	err := db.Write(ctx, func(tx *tenant.Tx) error {
		of = tx.Actor.Tenant
		return enter(ctx, tx, u.ID, turn)
	})
	if err != nil {
		return progress{}, err
	}
	e, failed := a.keep(ctx, of, u)
	verdict := refusal(failed)
	// The outcome is written down even if the client has gone.
	ctx = context.WithoutCancel(ctx)
	err = db.Write(ctx, func(tx *tenant.Tx) error {
		switch {
		case verdict != nil:
			return refused(ctx, tx, u, turn, verdict.Error())
		case failed != nil:
			return leave(ctx, tx, u.ID, turn)
		}
		return ready(ctx, tx, u, turn, e)
	})
	switch {
	case err != nil:
		return progress{}, errors.Join(err, a.forget(ctx, e.object, err))
	case verdict != nil:
		return progress{}, errors.Join(verdict, a.staging.Abort(of, u.ID))
	case failed != nil:
		return progress{}, failed
	}
	return progress{ID: u.ID, Offset: u.Size, Size: u.Size, State: "ready"}, a.staging.Abort(of, u.ID)
}

// forget removes an object whose row was not written. If nobody knows whether
// it was, the object stays.
func (a *Attachments) forget(ctx context.Context, o storage.Object, why error) error {
	if o.Key == "" || errors.Is(why, tenant.ErrUnsure) {
		return nil
	}
	return a.store.Delete(ctx, o.Ref)
}

// keep judges, scans and stores what has arrived, outside any transaction.
func (a *Attachments) keep(ctx context.Context, of uuid.UUID, u upload) (e ending, err error) {
	f, size, err := a.staging.Open(of, u.ID)
	if err != nil {
		return e, err
	}
	defer func() { _ = f.Close() }() // only read
	if size != u.Size {
		return e, storage.ErrSize
	}
	if e.format, err = a.o.Policy.Check(u.Name, f, size); err != nil {
		return e, err
	}
	verdict, err := a.o.Scanner.Scan(ctx, io.NewSectionReader(f, 0, size))
	if err == nil {
		err = verdict.Err()
	}
	if err != nil {
		return e, err
	}
	e.object, err = a.staging.Keep(ctx, a.store, f, of, u.ID, storage.PutOptions{
		Size: size, MaxSize: a.o.MaxSize, Type: e.format.Type, SHA256: u.Announced})
	return e, err
}

// Put takes a whole file that the server itself has, as an upload of the
// actor's: what an import or a demonstration brings. It obeys every rule an
// upload over the network obeys.
func (a *Attachments) Put(ctx context.Context, db *tenant.DB, name string, content []byte) (uuid.UUID, error) {
	var b begun
	err := db.Write(ctx, func(tx *tenant.Tx) (err error) {
		b, err = a.begin(ctx, tx, announcement{Name: name, Size: int64(len(content))})
		return err
	})
	if err != nil {
		return uuid.Nil, err
	}
	_, err = a.take(ctx, db, piece{ID: b.ID}, bytes.NewReader(content))
	return b.ID, err
}
