package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"hetu/fault"
)

// Abandoned is how long an upload may rest before Staging.Sweep removes it.
const Abandoned = 24 * time.Hour

// ErrOffset says that an upload stands elsewhere, or is being written by
// another request. Its meta says where: offset.
var ErrOffset = fault.New(fault.Conflict, "storage.offset")

// Staging keeps uploads in progress on this node until they are complete. What
// has arrived is the length of a file, so a client that lost its connection
// asks for the offset and goes on. It is safe for concurrent use.
type Staging struct {
	dir  string
	sums *lru.Cache[string, measured] // of uploads whose every piece this process has forced to the disk
}

// NewStaging keeps uploads in dir, which is made if it is missing.
func NewStaging(dir string) (*Staging, error) {
	dir = filepath.Join(dir, "uploads")
	sums, err := lru.New[string, measured](measuredMost)
	if err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	return &Staging{dir, sums}, private(dir)
}

// path is hex all through.
func (s *Staging) path(tenant, id uuid.UUID) string {
	return filepath.Join(s.dir, prefix(tenant), prefix(id))
}

// Offset returns how many bytes of an upload have arrived: 0 if none have.
func (s *Staging) Offset(tenant, id uuid.UUID) (int64, error) {
	info, err := os.Stat(s.path(tenant, id))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil
	case err != nil:
		return 0, unavailable(err)
	}
	return info.Size(), nil
}

// Append adds what r delivers to an upload that stands at offset, and returns
// where it stands then, also beside an error. The first piece goes to offset 0.
// It fails with ErrOffset if the upload stands elsewhere, with ErrTooLarge if
// it would grow beyond limit bytes and with ErrFull if there is no room; the
// last two leave it as it was. What came before r broke is kept.
func (s *Staging) Append(ctx context.Context, tenant, id uuid.UUID, offset int64, r io.Reader, limit int64) (int64, error) {
	f, err := s.enter(tenant, id, offset)
	if err != nil {
		return 0, err
	}
	defer f.Close() //nolint:errcheck // it has been synced
	busy := lock(f)
	defer unlock(f)
	info, err := f.Stat()
	switch {
	case err != nil:
		return 0, unavailable(err)
	case !s.current(f, tenant, id):
		return 0, ErrOffset.With("offset", int64(0)) // swept or finished since we opened it
	case busy != nil || info.Size() != offset:
		return info.Size(), ErrOffset.With("offset", info.Size())
	case sealed(info):
		return offset, nothing(ctx, r, limit)
	}
	return s.extend(ctx, f, s.path(tenant, id), info, r, limit)
}

// nothing makes sure that r brings nothing more for an upload that a store has
// already adopted: its bytes may no longer change.
func nothing(ctx context.Context, r io.Reader, limit int64) error {
	in := newIntake(ctx, r, PutOptions{Size: -1, MaxSize: 1})
	n, err := in.Read(make([]byte, 1))
	if n > 0 {
		return tooLarge(limit)
	}
	if broken := in.broken(); broken != nil {
		return broken
	}
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// enter opens an upload for writing, and makes it if this is its first piece.
func (s *Staging) enter(tenant, id uuid.UUID, offset int64) (*os.File, error) {
	flag := os.O_RDWR
	if offset == 0 {
		flag |= os.O_CREATE
		if err := private(filepath.Dir(s.path(tenant, id))); err != nil {
			return nil, wrote(err)
		}
	}
	f, err := os.OpenFile(s.path(tenant, id), flag, 0o600)
	if errors.Is(err, fs.ErrPermission) {
		f, err = os.Open(s.path(tenant, id)) // a store has adopted it: see sealed
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrOffset.With("offset", int64(0))
	}
	return f, wrote(err)
}

// lock keeps other requests from writing to an upload. It fails at once if one
// does.
func lock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// unlock ends what lock began, if it did. Closing f would not be enough: a
// program that is just being started has f open too until it is running, and
// the lock would last as long.
func unlock(f *os.File) {
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) // closing it ends what is left
}

// current reports whether f is still the upload of that name.
func (s *Staging) current(f *os.File, tenant, id uuid.UUID) bool {
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	now, err := os.Stat(s.path(tenant, id))
	return err == nil && os.SameFile(mine, now)
}

// extend appends what fits, and takes back what must not stay. The digest goes
// on from where the piece before left it.
func (s *Staging) extend(ctx context.Context, f *os.File, path string, was fs.FileInfo, r io.Reader, limit int64) (int64, error) {
	offset := was.Size()
	in := newIntake(ctx, r, PutOptions{Size: -1, MaxSize: limit - offset})
	sum, known := s.sumOf(path, was)
	if known {
		in.sum = sum
	}
	s.sums.Remove(path) // whatever happens now, it is no longer of these bytes
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return offset, unavailable(err)
	}
	n, err := io.Copy(f, in)
	broken := in.broken()
	switch {
	case errors.Is(broken, ErrTooLarge):
		return offset, errors.Join(tooLarge(limit), wrote(f.Truncate(offset)))
	case broken == nil && err != nil:
		return offset, errors.Join(wrote(err), wrote(f.Truncate(offset)))
	}
	if err := wrote(f.Sync()); err != nil {
		return offset + n, errors.Join(broken, err)
	}
	if known && in.n == n {
		s.remember(path, f, in.sum)
	}
	return offset + n, broken
}

// Open opens an upload for reading, to detect its type and to scan it. The
// caller closes it.
func (s *Staging) Open(tenant, id uuid.UUID) (f *os.File, size int64, err error) {
	f, err = os.Open(s.path(tenant, id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, ErrNotFound
	}
	if err != nil {
		return nil, 0, unavailable(err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close() //nolint:errcheck // nothing was written through it
		return nil, 0, unavailable(err)
	}
	return f, info.Size(), nil
}

// Finish puts a complete upload into a store and forgets it here. o.Size is how
// long it has to be by now (-1: as long as it is); another length is ErrSize.
// After an error the upload is still here and Finish may be called again.
func (s *Staging) Finish(ctx context.Context, to Store, tenant, id uuid.UUID, o PutOptions) (Object, error) {
	f, size, err := s.Open(tenant, id)
	if err != nil {
		return Object{}, err
	}
	defer f.Close() //nolint:errcheck // nothing was written through it
	if lock(f) != nil {
		return Object{}, ErrOffset.With("offset", size)
	}
	defer unlock(f)
	if o.Size >= 0 && o.Size != size {
		return Object{}, ErrSize
	}
	object, err := s.Keep(ctx, to, f, tenant, id, o)
	if err != nil {
		return Object{}, fmt.Errorf("finish upload %s: %w", id, err)
	}
	return object, s.Abort(tenant, id)
}

// Abort forgets an upload. One that is not there is no error.
func (s *Staging) Abort(tenant, id uuid.UUID) error {
	s.sums.Remove(s.path(tenant, id))
	if err := os.Remove(s.path(tenant, id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unavailable(err)
	}
	return nil
}

// Forget forgets all uploads of a tenant.
func (s *Staging) Forget(tenant uuid.UUID) error {
	if err := os.RemoveAll(filepath.Join(s.dir, prefix(tenant))); err != nil {
		return unavailable(err)
	}
	return nil
}

// Sweep forgets the uploads that have not grown since before, and returns how
// many those were. Call it with Abandoned before now.
func (s *Staging) Sweep(ctx context.Context, before time.Time) (n int, err error) {
	err = filepath.WalkDir(s.dir, func(path string, e fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // finished or aborted meanwhile
		}
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil || !info.ModTime().Before(before) {
			return nil
		}
		removed, err := sweepOne(path)
		if removed {
			n++
		}
		return err
	})
	if err != nil {
		return n, unavailable(err)
	}
	return n, nil
}
