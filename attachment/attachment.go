// Package attachment takes in the files that people attach to their work, and
// hands them out again.
//
// A file arrives in pieces that can be resumed; what it is, is decided by its
// content; it is scanned and put into the object store before anything may
// refer to it. Then the thing it is attached to claims it, once, in its own
// transaction. Who may read a file is decided by that thing and never here.
package attachment

import (
	"context"
	"embed"
	"errors"
	"io"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/storage"
	"hetu/tenant"
)

// What can go wrong with an upload.
var (
	ErrNotFound     = fault.New(fault.NotFound, "attachment.not_found")
	ErrTooLarge     = fault.New(fault.Invalid, "attachment.too_large").On("size")
	ErrSize         = fault.New(fault.Invalid, "attachment.size").On("size")
	ErrName         = fault.New(fault.Invalid, "attachment.name").On("name")
	ErrDigest       = fault.New(fault.Invalid, "attachment.sha256").On("sha256")
	ErrTypeRefused  = fault.New(fault.Invalid, "attachment.type_refused")
	ErrTypeMismatch = fault.New(fault.Invalid, "attachment.type_mismatch")
	ErrBomb         = fault.New(fault.Invalid, "attachment.bomb")
	ErrInfected     = fault.New(fault.Invalid, "attachment.infected")
	ErrOffset       = fault.New(fault.Conflict, "attachment.offset") // meta: offset
	ErrBusy         = fault.New(fault.Conflict, "attachment.busy")   // being scanned
	ErrNotReady     = fault.New(fault.Conflict, "attachment.not_ready")
	ErrClaimed      = fault.New(fault.Conflict, "attachment.claimed")
	ErrTooMany      = fault.New(fault.TooMany, "attachment.too_many_open")
)

// DefaultMaxSize is the largest file taken unless configured otherwise.
const DefaultMaxSize = 200 << 20

// ChunkSize is the most that one request may bring, in bytes.
const ChunkSize = 8 << 20

// maxOpen is how many uploads one member may have under way.
const maxOpen = 50

// Options are what an installation decides. The zero value is usable.
type Options struct {
	MaxSize int64           // bytes of one file; DefaultMaxSize if zero
	Policy  storage.Policy  // which formats are taken
	Scanner storage.Scanner // looks for malware; none if nil

	// Quota, if set, refuses an upload of size bytes that the tenant has no
	// room for.
	Quota func(ctx context.Context, tx *tenant.Tx, size int64) error
}

// Attachments takes files in and hands them out.
type Attachments struct {
	store   storage.Store
	staging *storage.Staging
	o       Options
}

// New returns Attachments that keep uploads under way in staging and complete
// ones in store.
func New(store storage.Store, staging *storage.Staging, o Options) *Attachments {
	if o.MaxSize == 0 {
		o.MaxSize = DefaultMaxSize
	}
	if o.Scanner == nil {
		o.Scanner = storage.NoScanner{}
	}
	return &Attachments{store: store, staging: staging, o: o}
}

//go:embed migrations
var files embed.FS

// A File is a file that belongs to something.
type File struct {
	ID      uuid.UUID      `db:"id" json:"id"`
	Name    string         `db:"name" json:"name"` // as the uploader called it
	Size    int64          `db:"size" json:"size"`
	Type    string         `db:"type" json:"type"` // by its content, from the allow-list
	SHA256  storage.Digest `db:"sha256" json:"sha256"`
	Key     string         `db:"key" json:"-"`
	Version string         `db:"version" json:"-"`

	tenant uuid.UUID
}

const columns = `id, name, size, type, sha256, key, version`

func (f File) ref() storage.Ref {
	return storage.Ref{Tenant: f.tenant, Key: f.Key, Version: f.Version}
}

// Claim makes the actor's own upload a file of owner ("publish/item/<id>").
// Somebody else's upload does not exist (ErrNotFound); one that is not ready
// is ErrNotReady, and one that belongs to something already is ErrClaimed
// (UP-05).
func Claim(ctx context.Context, tx *tenant.Tx, upload uuid.UUID, owner string) (File, error) {
	var f File
	err := tx.Get(ctx, &f, `
		with u as (
		  update uploads set state = 'claimed'
		   where id = $1 and member_id = $2 and state = 'ready'
		  returning id, name, size, type, sha256, key, version, member_id)
		insert into files (id, owner, name, size, type, sha256, key, version, member_id)
		     select id, $3, name, size, type, sha256, key, version, member_id from u
		  returning `+columns,
		upload, tx.Actor.Member, owner)
	if errors.Is(err, tenant.ErrNoRows) {
		return f, unclaimable(ctx, tx, upload)
	}
	f.tenant = tx.Actor.Tenant
	return f, err
}

func unclaimable(ctx context.Context, tx *tenant.Tx, upload uuid.UUID) error {
	var state string
	err := tx.Get(ctx, &state, `select state from uploads where id = $1 and member_id = $2`, upload, tx.Actor.Member)
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return ErrNotFound
	case err != nil:
		return err
	case state == "claimed":
		return ErrClaimed
	}
	return ErrNotReady
}

// Find returns a file of the tenant, or ErrNotFound. The caller has decided
// that the actor may see it.
func Find(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (f File, err error) {
	err = tx.Get(ctx, &f, `select `+columns+` from files where id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return f, ErrNotFound
	}
	f.tenant = tx.Actor.Tenant
	return f, err
}

// Borrow makes f a file of owner whose bytes belong to something else of the
// tenant, such as an envelope, which must outlast it: giving it up leaves them.
func Borrow(ctx context.Context, tx *tenant.Tx, f File, owner string) error {
	_, err := tx.Exec(ctx, `
		insert into files (id, owner, name, size, type, sha256, key, version, borrowed)
		     values       ($1, $2,    $3,   $4,   $5,   $6,     $7,  $8,      true)`,
		f.ID, owner, f.Name, f.Size, f.Type, f.SHA256, f.Key, f.Version)
	return err
}

// Release gives up owner's file: its row at once, its bytes once tx has
// committed. A file of another owner is ErrNotFound.
func Release(ctx context.Context, tx *tenant.Tx, id uuid.UUID, owner string) error {
	var r remains
	err := tx.Get(ctx, &r, `delete from files where id = $1 and owner = $2 returning key, version, borrowed as kept`, id, owner)
	if errors.Is(err, tenant.ErrNoRows) {
		return ErrNotFound
	}
	if err != nil || r.Kept {
		return err
	}
	return dropLater(ctx, tx, r)
}

// Of returns f, which the tenant owner described in a row that it shows to the
// actor's tenant, as a file of that tenant. The caller has read that row.
func Of(owner uuid.UUID, f File) File {
	f.tenant = owner
	return f
}

// Content returns the bytes of a file, to be sent under displayName with
// headers that keep a browser from running them (UP-03).
func (a *Attachments) Content(f File, displayName string) feature.Content {
	object := storage.Object{Ref: f.ref(), Size: f.Size, SHA256: f.SHA256, Type: f.Type}
	return feature.Content{
		Size:    f.Size,
		Headers: storage.Headers(object, displayName),
		ETag:    `"` + f.SHA256.String() + `"`,
		Open: func(ctx context.Context) (io.ReadCloser, error) {
			return a.store.Open(ctx, object.Ref, object.Want())
		},
	}
}
