package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"
)

// A disk keeps objects in a directory:
//
//	objects/<tenant>/<first two of key>/<key>.<version>/{data,meta}
//	tmp/…                                                what is being written
//
// An object is written under tmp and renamed into place as a whole, so that it
// is either not there or complete (F10). A rename cannot replace a directory
// that is not empty, so that nothing can be overwritten. Who writes in tmp
// holds a lock on his piece; Sweep removes the pieces nobody holds.
type disk struct {
	dir   string
	now   func() time.Time
	write func(*os.File) io.Writer // tests make the disk full here
}

// A meta is the sidecar of an object.
type meta struct {
	Size        int64     `json:"size"`
	SHA256      Digest    `json:"sha256"`
	Type        string    `json:"type"`
	CreatedAt   time.Time `json:"created_at"`
	RetainUntil time.Time `json:"retain_until,omitzero"`
	LegalHold   bool      `json:"legal_hold,omitempty"`
}

func (m meta) object(ref Ref) Object {
	return Object{
		Ref: ref, Size: m.Size, SHA256: m.SHA256, Type: m.Type, CreatedAt: m.CreatedAt,
		RetainUntil: m.RetainUntil, LegalHold: m.LegalHold,
	}
}

func openFS(ctx context.Context, dir string) (*disk, error) {
	if dir == "" {
		return nil, errors.New("storage: no directory configured")
	}
	d := &disk{dir: dir, now: time.Now, write: func(f *os.File) io.Writer { return f }}
	for _, sub := range []string{d.objects(), d.tmp()} {
		if err := private(sub); err != nil {
			return nil, err
		}
	}
	if err := syncDir(dir); err != nil {
		return nil, err
	}
	_, err := d.Sweep(ctx)
	return d, err
}

func (d *disk) objects() string { return filepath.Join(d.dir, "objects") }
func (d *disk) tmp() string     { return filepath.Join(d.dir, "tmp") }

// path is where an object is. The Ref has been checked: every part of the path
// is hex or of versionForm, which knows no slash.
func (d *disk) path(ref Ref) string {
	tenant, key, _ := strings.Cut(ref.Key, "/")
	return filepath.Join(d.objects(), tenant, key[:2], key+"."+ref.Version)
}

func (d *disk) Open(ctx context.Context, ref Ref, want Want) (io.ReadCloser, error) {
	if err := ref.check(); err != nil {
		return nil, err
	}
	if want.SHA256.IsZero() {
		return nil, fmt.Errorf("storage: open %s: no digest to check against", ref.Key)
	}
	f, err := os.Open(filepath.Join(d.path(ref), "data"))
	if err != nil {
		return nil, d.missing(ref, err)
	}
	info, err := f.Stat()
	if err == nil && info.Size() != want.Size {
		err = damaged(ref)(fmt.Errorf("%d bytes, want %d", info.Size(), want.Size))
	}
	if err != nil {
		f.Close() //nolint:errcheck // nothing was written through it
		return nil, err
	}
	r := &patient{ctx: ctx, r: f}
	return content{newVerifier(r, want, damaged(ref), unavailable), f}, nil
}

// missing tells an object that is not there from one that lost its content.
func (d *disk) missing(ref Ref, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return unavailable(err)
	}
	if _, gone := os.Stat(d.path(ref)); gone == nil {
		return damaged(ref)(err)
	}
	return ErrNotFound
}

// A patient reader reads until its context ends.
type patient struct {
	ctx context.Context
	r   io.Reader
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}

func (d *disk) Stat(_ context.Context, ref Ref) (Object, error) {
	if err := ref.check(); err != nil {
		return Object{}, err
	}
	m, err := d.meta(ref)
	return m.object(ref), err
}

func (d *disk) meta(ref Ref) (m meta, err error) {
	b, err := os.ReadFile(filepath.Join(d.path(ref), "meta"))
	if err != nil {
		return m, d.missing(ref, err)
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, damaged(ref)(err)
	}
	return m, nil
}

// locked calls do while no one else changes or deletes the object.
func (d *disk) locked(ref Ref, do func(m meta) error) error {
	if err := ref.check(); err != nil {
		return err
	}
	dir, err := os.Open(d.path(ref))
	if err != nil {
		return d.missing(ref, err)
	}
	defer dir.Close() //nolint:errcheck // nothing was written through it
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX); err != nil {
		return unavailable(err)
	}
	m, err := d.meta(ref) // read under the lock: it may have gone while we waited
	if err != nil {
		return err
	}
	return do(m)
}

func (d *disk) Delete(_ context.Context, ref Ref) error {
	if err := ref.check(); err != nil {
		return err
	}
	err := d.locked(ref, func(m meta) error {
		if err := m.deletable(d.now()); err != nil {
			return err
		}
		away := filepath.Join(d.tmp(), "deleted-"+random(8))
		if err := os.Rename(d.path(ref), away); err != nil {
			return unavailable(err)
		}
		if err := syncDir(filepath.Dir(d.path(ref))); err != nil {
			return err
		}
		return remove(away)
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

func (m meta) deletable(now time.Time) error {
	switch {
	case m.LegalHold:
		return ErrHeld
	case now.Before(m.RetainUntil):
		return ErrRetained
	}
	return nil
}

func (d *disk) SetRetention(_ context.Context, ref Ref, until time.Time) error {
	until = whole(until)
	return d.locked(ref, func(m meta) error {
		switch {
		case until.Before(m.RetainUntil):
			return ErrShortened
		case !until.After(d.now()):
			return ErrRetention
		}
		m.RetainUntil = until
		return d.rewrite(ref, m)
	})
}

func (d *disk) SetLegalHold(_ context.Context, ref Ref, on bool) error {
	return d.locked(ref, func(m meta) error {
		m.LegalHold = on
		return d.rewrite(ref, m)
	})
}

// rewrite replaces the sidecar, whole or not at all.
func (d *disk) rewrite(ref Ref, m meta) error {
	t, err := d.scratch()
	if err != nil {
		return err
	}
	defer t.discard() //nolint:errcheck // a sweep takes what stays
	if err := d.writeMeta(t.file("meta"), m); err != nil {
		return err
	}
	if err := os.Rename(t.file("meta"), filepath.Join(d.path(ref), "meta")); err != nil {
		return unavailable(err)
	}
	return syncDir(d.path(ref))
}

func (d *disk) Usage(ctx context.Context, tenant uuid.UUID) (Usage, error) {
	return usage(ctx, d, tenant)
}

// usage adds up a tenant's listing.
func usage(ctx context.Context, s Store, tenant uuid.UUID) (u Usage, err error) {
	for after := ""; ; {
		page, err := s.List(ctx, tenant, after, 1000)
		if err != nil {
			return Usage{}, err
		}
		for _, e := range page.Entries {
			u.Objects++
			u.Bytes += e.Size
		}
		if after = page.Next; after == "" {
			return u, nil
		}
	}
}

// Ping writes, so that a disk gone read-only is noticed.
func (d *disk) Ping(context.Context) error {
	t, err := d.scratch()
	if err != nil {
		return err
	}
	return t.discard()
}
