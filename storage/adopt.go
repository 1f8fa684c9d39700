package storage

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/google/uuid"
)

// An adopter is a store that can take over a file that lies on its own file
// system instead of copying it.
type adopter interface {
	// adopt makes f, which lies at path, the content of a new object. The
	// caller holds a lock on f, has forced its bytes to the disk and knows
	// that o says their number and digest. errCannotAdopt means that nothing
	// was done.
	adopt(ctx context.Context, tenant uuid.UUID, f *os.File, path string, o PutOptions) (Object, error)
}

// errCannotAdopt says that the file has to be copied: it lies on another file
// system, or on one without links.
var errCannotAdopt = errors.New("storage: cannot adopt")

// Keep puts a complete upload, opened as f by Open, into a store and leaves it
// here: the caller forgets it with Abort when the object is written down.
//
// A store on the same file system adopts the file: it shares its bytes until
// Abort, and from then on the upload is sealed, so that no later piece can
// change them. It does so only with what this process received, hashed on the
// way and forced to the disk, piece by piece; anything else is read again and
// copied, as it is to a store elsewhere.
func (s *Staging) Keep(ctx context.Context, to Store, f *os.File, tenant, id uuid.UUID, o PutOptions) (Object, error) {
	info, err := f.Stat()
	if err != nil {
		return Object{}, unavailable(err)
	}
	switch {
	case o.Size < 0:
		o.Size = info.Size()
	case o.Size != info.Size():
		return Object{}, ErrSize
	}
	path := s.path(tenant, id)
	if sum, known := s.sumOf(path, info); known {
		got := Digest(sum.Sum(nil))
		if !o.SHA256.IsZero() && o.SHA256 != got {
			return Object{}, ErrHash
		}
		o.SHA256 = got
		if a, ok := to.(adopter); ok {
			object, err := s.adopted(ctx, a, f, tenant, id, o)
			if !errors.Is(err, errCannotAdopt) {
				return object, err
			}
		}
	}
	if o.SHA256.IsZero() { // announce it, so that an s3 store needs no spool
		sum := sha256.New()
		if _, err := io.Copy(sum, &patient{ctx: ctx, r: io.NewSectionReader(f, 0, o.Size)}); err != nil {
			return Object{}, unavailable(err)
		}
		o.SHA256 = Digest(sum.Sum(nil))
	}
	return to.Put(ctx, tenant, io.NewSectionReader(f, 0, o.Size), o)
}

// adopted lets a store adopt an upload while nobody else can write to it. After
// an error nobody can until the caller closes f.
func (s *Staging) adopted(ctx context.Context, a adopter, f *os.File, tenant, id uuid.UUID, o PutOptions) (Object, error) {
	if lock(f) != nil {
		return Object{}, errCannotAdopt
	}
	info, err := f.Stat()
	if err != nil || !s.current(f, tenant, id) {
		return Object{}, errCannotAdopt
	}
	path := s.path(tenant, id)
	if _, known := s.sumOf(path, info); !known { // somebody wrote to it meanwhile
		return Object{}, errCannotAdopt
	}
	object, err := a.adopt(ctx, tenant, f, path, o)
	if err == nil {
		unlock(f) // sealed by now
	}
	return object, err
}

// adopt links the file into a scratch and places that as Put does: the object
// is there completely or not at all, and the file stays where it was.
func (d *disk) adopt(ctx context.Context, tenant uuid.UUID, f *os.File, path string, o PutOptions) (Object, error) {
	if tenant == uuid.Nil {
		return Object{}, errors.New("storage: put without a tenant")
	}
	if err := o.settle(d.now()); err != nil {
		return Object{}, err
	}
	if err := ctx.Err(); err != nil {
		return Object{}, err
	}
	t, err := d.scratch()
	if err != nil {
		return Object{}, err
	}
	defer t.discard() //nolint:errcheck // a sweep takes what stays
	if err := os.Link(path, t.file("data")); err != nil {
		return Object{}, errCannotAdopt // if the disk is full, the copy says so
	}
	now := d.now().UTC()
	if err := seal(f, t.file("data"), now); err != nil {
		return Object{}, err
	}
	m := meta{Size: o.Size, SHA256: o.SHA256, Type: o.Type, CreatedAt: now, RetainUntil: o.RetainUntil, LegalHold: o.LegalHold}
	if err := d.writeMeta(t.file("meta"), m); err != nil {
		return Object{}, err
	}
	ref := Ref{Tenant: tenant, Key: newKey(tenant), Version: random(16)}
	if err := t.place(d.path(ref)); err != nil {
		return Object{}, err
	}
	return m.object(ref), nil
}

// seal gives the linked file what every object's file has: nobody writes to it,
// and its time is that of the object, which a search for orphans goes by.
func seal(f *os.File, linked string, now time.Time) error {
	mine, err := f.Stat()
	if err != nil {
		return unavailable(err)
	}
	if there, err := os.Lstat(linked); err != nil || !os.SameFile(mine, there) {
		return errCannotAdopt // another file has taken its name
	}
	if err := f.Chmod(0o400); err != nil {
		return unavailable(err)
	}
	if err := os.Chtimes(linked, now, now); err != nil {
		return wrote(err)
	}
	return wrote(f.Sync())
}

// sealed reports whether a store may have adopted an upload.
func sealed(info fs.FileInfo) bool { return info.Mode().Perm()&0o200 == 0 }

// measuredMost is how many uploads under way are remembered: a few hundred
// bytes each. One that is forgotten is copied.
const measuredMost = 4096

// A measured is the digest of the bytes of an upload as this process received
// them, and the file as it was when they had been forced to the disk.
type measured struct {
	sum  hash.Hash
	info fs.FileInfo
}

// sumOf returns the digest so far of an upload, if the file is still the one
// this process wrote. A new one has the digest of nothing.
func (s *Staging) sumOf(path string, info fs.FileInfo) (hash.Hash, bool) {
	if info.Size() == 0 {
		return sha256.New(), true
	}
	m, ok := s.sums.Get(path)
	if !ok || !os.SameFile(m.info, info) || m.info.Size() != info.Size() || !m.info.ModTime().Equal(info.ModTime()) {
		return nil, false
	}
	return m.sum, true
}

func (s *Staging) remember(path string, f *os.File, sum hash.Hash) {
	if info, err := f.Stat(); err == nil {
		s.sums.Add(path, measured{sum, info})
	}
}
