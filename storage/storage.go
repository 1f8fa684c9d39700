// Package storage keeps objects, the bytes behind attachments and archives, by
// tenant.
//
// An object is written once and never changed. Its key is made here, from
// random bytes, so that nobody can name, guess or overwrite one and no two
// tenants share any (UP-02, UP-06). What was written is recorded by the caller
// as a Ref, a size and a digest; Open wants all three back and never lets a
// whole file pass that is not the one recorded (AR-02, F11).
//
// Two drivers keep the same promises: fs, a directory on one node, and s3, any
// S3 store with versions and object lock. No URL to the store ever leaves the
// server (UP-07).
package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
)

// MaxObject is the largest object any driver takes, in bytes: what S3 accepts
// in one piece, so that an upload is there completely or not at all.
const MaxObject = 5 << 30

// What can go wrong with an object.
var (
	ErrNotFound    = fault.New(fault.NotFound, "storage.not_found")           // no such object of this tenant
	ErrTooLarge    = fault.New(fault.Invalid, "storage.too_large")            // more bytes than MaxSize; meta: max
	ErrSize        = fault.New(fault.Invalid, "storage.size")                 // not as many bytes as announced
	ErrHash        = fault.New(fault.Invalid, "storage.hash")                 // not the bytes that were announced
	ErrType        = fault.New(fault.Invalid, "storage.type")                 // not a media type
	ErrRetention   = fault.New(fault.Invalid, "storage.retention")            // a retention that ends in the past
	ErrRetained    = fault.New(fault.Conflict, "storage.retained")            // kept until its time: not to be deleted
	ErrHeld        = fault.New(fault.Conflict, "storage.held")                // under legal hold: not to be deleted
	ErrShortened   = fault.New(fault.Conflict, "storage.retention_shortened") // a retention may only grow
	ErrIntegrity   = fault.New(fault.Internal, "storage.integrity")           // the stored bytes are not what was written
	ErrFull        = fault.New(fault.Unavailable, "storage.full")             // no room; nothing was kept
	ErrUnavailable = fault.New(fault.Unavailable, "storage.unavailable")      // the store does not answer
)

// A Ref names one version of one object of one tenant. A Ref whose key is not
// its tenant's names nothing.
type Ref struct {
	Tenant  uuid.UUID
	Key     string
	Version string
}

// An Object is what the store knows of one version.
type Object struct {
	Ref
	Size        int64     // bytes
	SHA256      Digest    // of the content
	Type        string    // media type, as given to Put
	RetainUntil time.Time // not deletable before; zero: no retention
	LegalHold   bool      // not deletable while set
	CreatedAt   time.Time // roughly: a business time is the caller's to record
}

// Want returns what Open has to deliver for the object.
func (o Object) Want() Want { return Want{SHA256: o.SHA256, Size: o.Size} }

// A Want is what the caller recorded of an object when it was put: the bytes
// that Open must deliver and no others.
type Want struct {
	SHA256 Digest
	Size   int64
}

// PutOptions say what is being put. Size is required: -1 if unknown.
type PutOptions struct {
	Size        int64     // bytes announced, or -1; others than these: ErrSize
	MaxSize     int64     // bytes allowed; 0: MaxObject
	Type        string    // media type; "": application/octet-stream
	SHA256      Digest    // digest announced; zero: none. Other bytes: ErrHash
	RetainUntil time.Time // whole seconds; zero: no retention
	LegalHold   bool
}

// An Entry is an object as a listing shows it.
type Entry struct {
	Ref
	Size      int64
	CreatedAt time.Time
}

// A Page is a part of a listing, in the order of keys. Next is the cursor of
// the following page, empty on the last one.
type Page struct {
	Entries []Entry
	Next    string
}

// A Usage is how much a tenant keeps.
type Usage struct {
	Objects int64
	Bytes   int64
}

// A Store keeps objects by tenant. Every method is safe for concurrent use.
// Every method fails with ErrUnavailable when the store does not answer, and
// with ErrNotFound for a Ref that is malformed, absent or another tenant's.
type Store interface {
	// Put writes what r delivers as a new object, completely or not at all,
	// however it was interrupted. Only a reply lost on the way from an s3
	// store can leave an object behind that nobody knows: a whole one, which
	// the caller's search for orphans finds in List. An error of r comes back
	// as it is, wrapped.
	Put(ctx context.Context, tenant uuid.UUID, r io.Reader, o PutOptions) (Object, error)

	// Open returns the content of an object. The reader withholds the end of
	// the content until it has been checked: if the bytes are not those
	// wanted, the last Read returns ErrIntegrity instead of the last block and
	// io.EOF. Who streams to a client must break the connection then. A Want
	// without a digest is refused. ErrNotFound for what the caller recorded
	// and never deleted is a loss, to be alarmed like ErrIntegrity.
	Open(ctx context.Context, ref Ref, want Want) (io.ReadCloser, error)

	// Stat returns what the store knows of an object, without its content.
	Stat(ctx context.Context, ref Ref) (Object, error)

	// Delete removes one version for good. One of this tenant that is not
	// there is gone already, which is no error. It fails with ErrRetained or
	// ErrHeld.
	Delete(ctx context.Context, ref Ref) error

	// List returns up to limit of the tenant's objects whose keys follow the
	// cursor after ("": from the start). One page may exceed the limit to
	// keep the versions of a key together.
	List(ctx context.Context, tenant uuid.UUID, after string, limit int) (Page, error)

	// SetRetention keeps an object until then, in compliance mode: nobody can
	// shorten it afterwards (ErrShortened), only extend it (AR-01).
	SetRetention(ctx context.Context, ref Ref, until time.Time) error

	// SetLegalHold puts an object under legal hold or takes it from there.
	SetLegalHold(ctx context.Context, ref Ref, on bool) error

	// Usage counts the tenant's objects. It reads the whole listing: call it
	// from a job, not from a request.
	Usage(ctx context.Context, tenant uuid.UUID) (Usage, error)

	// Ping reports whether the store can be used.
	Ping(ctx context.Context) error

	// Sweep removes what interrupted writes left behind and returns how many
	// pieces that were. It never touches an object or a write in progress, so
	// a schedule may call it at any time.
	Sweep(ctx context.Context) (int, error)
}

// A Config says where objects are kept.
type Config struct {
	Driver     string // "fs" or "s3"
	Dir        string // fs: the directory of the objects
	Endpoint   string // s3: host:port
	AccessKey  string // s3
	SecretKey  string // s3
	Bucket     string // s3: made if it is missing; one without object lock is refused
	TLS        bool   // s3: https
	Region     string // s3; "": us-east-1
	StagingDir string // local room for uploads in progress; fs: "" means under Dir
	ClamdAddr  string // virus scanner, host:port or socket path; "": none
}

// Open opens the store c describes, sweeps what a crash left behind and makes
// sure that it can be used. An s3 store is guarded: see Guard.
func Open(ctx context.Context, c Config) (Store, error) {
	switch c.Driver {
	case "fs":
		return openFS(ctx, c.Dir)
	case "s3":
		s, err := openS3(ctx, c)
		if err != nil {
			return nil, err
		}
		return Guard(s, DefaultLimits), nil
	}
	return nil, fmt.Errorf("storage: unknown driver %q: want fs or s3", c.Driver)
}

// Staging opens the staging area of the configuration.
func (c Config) Staging() (*Staging, error) {
	switch {
	case c.StagingDir != "":
		return NewStaging(c.StagingDir)
	case c.Driver == "fs" && c.Dir != "":
		return NewStaging(filepath.Join(c.Dir, "staging"))
	}
	return nil, errors.New("storage: no staging directory configured")
}

// Scanner returns the virus scanner of the configuration.
func (c Config) Scanner() Scanner {
	if c.ClamdAddr == "" {
		return NoScanner{}
	}
	return Clamd{Addr: c.ClamdAddr}
}

// private makes a directory that only the server may enter.
func private(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("storage: %w", err)
	}
	return nil
}
