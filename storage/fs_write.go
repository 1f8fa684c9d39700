package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/google/uuid"
)

// Put writes content and sidecar under tmp, forces both to the disk and renames
// them into place together.
func (d *disk) Put(ctx context.Context, tenant uuid.UUID, r io.Reader, o PutOptions) (Object, error) {
	if tenant == uuid.Nil {
		return Object{}, errors.New("storage: put without a tenant")
	}
	if err := o.settle(d.now()); err != nil {
		return Object{}, err
	}
	t, err := d.scratch()
	if err != nil {
		return Object{}, err
	}
	defer t.discard() //nolint:errcheck // a sweep takes what stays
	in := newIntake(ctx, r, o)
	if err := d.writeData(t.file("data"), in); err != nil {
		return Object{}, err
	}
	m := meta{
		Size: in.n, SHA256: in.digest(), Type: o.Type, CreatedAt: d.now().UTC(),
		RetainUntil: o.RetainUntil, LegalHold: o.LegalHold,
	}
	if err := d.writeMeta(t.file("meta"), m); err != nil {
		return Object{}, err
	}
	ref := Ref{Tenant: tenant, Key: newKey(tenant), Version: random(16)}
	if err := t.place(d.path(ref)); err != nil {
		return Object{}, err
	}
	return m.object(ref), nil
}

func (d *disk) writeData(path string, in *intake) error {
	return d.writeFile(path, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		if broken := in.broken(); broken != nil {
			return broken
		}
		return wrote(err)
	})
}

func (d *disk) writeMeta(path string, m meta) error {
	b, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("storage: %w", err)
	}
	return d.writeFile(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return wrote(err)
	})
}

// writeFile makes a file, lets do write it and forces it to the disk.
func (d *disk) writeFile(path string, do func(io.Writer) error) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o400)
	if err != nil {
		return wrote(err)
	}
	defer func() { err = errors.Join(err, wrote(f.Close())) }()
	if err := do(d.write(f)); err != nil {
		return err
	}
	return wrote(f.Sync())
}

// wrote classifies what became of a write.
func wrote(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return unavailable(err)
}

// A scratch is a directory under tmp, locked while it is in use.
type scratch struct {
	path string
	lock *os.File
}

// scratch makes one. The lock on tmp closes the gap between making and locking
// in which a sweep would take it for abandoned.
func (d *disk) scratch() (t scratch, err error) {
	err = d.inTmp(func() error {
		t.path = filepath.Join(d.tmp(), random(16))
		if err := os.Mkdir(t.path, 0o700); err != nil {
			return wrote(err)
		}
		if t.lock, err = os.Open(t.path); err != nil {
			return wrote(err)
		}
		return wrote(syscall.Flock(int(t.lock.Fd()), syscall.LOCK_EX))
	})
	if err != nil && t.path != "" {
		err = errors.Join(err, t.discard())
	}
	return t, err
}

func (d *disk) inTmp(do func() error) error {
	tmp, err := os.Open(d.tmp())
	if err != nil {
		return unavailable(err)
	}
	defer tmp.Close() //nolint:errcheck // nothing was written through it
	if err := syscall.Flock(int(tmp.Fd()), syscall.LOCK_EX); err != nil {
		return unavailable(err)
	}
	return do()
}

func (t scratch) file(name string) string { return filepath.Join(t.path, name) }

// place renames the scratch into place for good. The directories above are made
// durable first, the name itself last: when place returns, so is the object.
func (t scratch) place(path string) error {
	if err := syncDir(t.path); err != nil {
		return err
	}
	shelf := filepath.Dir(path)
	if err := os.MkdirAll(shelf, 0o700); err != nil {
		return wrote(err)
	}
	for _, dir := range []string{filepath.Dir(filepath.Dir(shelf)), filepath.Dir(shelf)} {
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	if err := os.Rename(t.path, path); err != nil {
		return wrote(err)
	}
	if err := syncDir(shelf); err != nil {
		// The name may not survive a power cut: take it back and say so.
		return errors.Join(err, remove(path))
	}
	return nil
}

// discard gives the scratch back, with all that is still in it.
func (t scratch) discard() error {
	if t.lock != nil {
		defer t.lock.Close() //nolint:errcheck // nothing was written through it
	}
	return remove(t.path)
}

func remove(path string) error {
	if err := os.RemoveAll(path); err != nil {
		return unavailable(err)
	}
	return nil
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return wrote(err)
	}
	defer f.Close() //nolint:errcheck // nothing was written through it
	return wrote(f.Sync())
}

// Sweep removes what no living writer holds.
func (d *disk) Sweep(ctx context.Context) (n int, err error) {
	err = d.inTmp(func() error {
		left, err := os.ReadDir(d.tmp())
		if err != nil {
			return unavailable(err)
		}
		for _, e := range left {
			if err := ctx.Err(); err != nil {
				return err
			}
			removed, err := sweepOne(filepath.Join(d.tmp(), e.Name()))
			if err != nil {
				return err
			}
			if removed {
				n++
			}
		}
		return nil
	})
	return n, err
}

func sweepOne(path string) (removed bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil // placed or discarded meanwhile
	}
	if err != nil {
		return false, unavailable(err)
	}
	defer f.Close() //nolint:errcheck // nothing was written through it
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return false, nil // somebody writes there
	}
	return true, remove(path)
}
