package storage

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"
)

// settle fills what o leaves open and refuses what cannot be put.
func (o *PutOptions) settle(now time.Time) error {
	if o.MaxSize <= 0 || o.MaxSize > MaxObject {
		o.MaxSize = MaxObject
	}
	if o.Type == "" {
		o.Type = "application/octet-stream"
	}
	switch {
	case o.Size > o.MaxSize:
		return tooLarge(o.MaxSize)
	case o.Size < -1:
		return ErrSize
	case !typeForm.MatchString(o.Type):
		return ErrType
	case !o.RetainUntil.IsZero() && !o.RetainUntil.After(now):
		return ErrRetention
	}
	o.RetainUntil = whole(o.RetainUntil)
	return nil
}

func tooLarge(limit int64) error { return ErrTooLarge.With("max", limit) }

// whole rounds a time up to the next second, the grain of S3, so that what is
// kept is kept no shorter than asked.
func whole(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	if u := t.UTC().Truncate(time.Second); !u.Equal(t) {
		return u.Add(time.Second)
	}
	return t.UTC()
}

// An intake reads what is being put, once: it counts, hashes and stops at the
// first byte too many. It keeps its own error, so that a driver can tell a
// source that broke from a disk that did.
type intake struct {
	ctx context.Context
	r   io.Reader
	o   PutOptions
	sum hash.Hash
	n   int64
	err error // why it ended; nil while it has not
}

func newIntake(ctx context.Context, r io.Reader, o PutOptions) *intake {
	return &intake{ctx: ctx, r: r, o: o, sum: sha256.New()}
}

func (in *intake) Read(p []byte) (int, error) {
	if in.err != nil {
		return 0, in.err
	}
	if err := in.ctx.Err(); err != nil {
		return 0, in.fail(err)
	}
	n, err := in.r.Read(p)
	in.sum.Write(p[:n])
	in.n += int64(n)
	switch {
	case in.n > in.o.MaxSize:
		return 0, in.fail(tooLarge(in.o.MaxSize))
	case in.o.Size >= 0 && in.n > in.o.Size:
		return 0, in.fail(ErrSize)
	case errors.Is(err, io.EOF):
		return n, in.fail(in.close())
	case err != nil:
		return n, in.fail(fmt.Errorf("storage: reading what to put: %w", err))
	}
	return n, nil
}

// close judges the whole: io.EOF is the good end.
func (in *intake) close() error {
	switch {
	case in.o.Size >= 0 && in.n != in.o.Size:
		return ErrSize
	case !in.o.SHA256.IsZero() && in.digest() != in.o.SHA256:
		return ErrHash
	}
	return io.EOF
}

func (in *intake) fail(err error) error {
	in.err = err
	return err
}

// broken returns the intake's own error, if it ended with one.
func (in *intake) broken() error {
	if in.err == nil || errors.Is(in.err, io.EOF) {
		return nil
	}
	return in.err
}

func (in *intake) digest() (d Digest) {
	in.sum.Sum(d[:0])
	return d
}

// block is how much a verifier withholds until it has seen the end.
const block = 32 << 10

// A verifier delivers exactly the bytes wanted. It is always a block ahead of
// its reader, and gives the last one only when the digest of the whole has been
// found right; otherwise an error takes its place.
type verifier struct {
	r     io.Reader
	want  Want
	wrong func(cause error) error // what it means that the bytes are others
	broke func(cause error) error // what it means that r failed

	sum        hash.Hash
	n          int64  // bytes read from r
	held       []byte // read, and not yet to be given
	out, spare []byte // being given; free to read into
	done       bool
	err        error
}

func newVerifier(r io.Reader, want Want, wrong, broke func(error) error) *verifier {
	return &verifier{
		r: r, want: want, wrong: wrong, broke: broke, sum: sha256.New(),
		held: make([]byte, 0, block), spare: make([]byte, block),
	}
}

func (v *verifier) Read(p []byte) (int, error) {
	for len(v.out) == 0 {
		switch {
		case v.err != nil:
			return 0, v.err
		case v.done:
			v.err = io.EOF
		default:
			v.fill()
		}
	}
	n := copy(p, v.out)
	v.out = v.out[n:]
	return n, nil
}

// fill releases the block that was held and holds the one after it.
func (v *verifier) fill() {
	buf := v.spare[:block]
	n, ended, err := full(v.r, buf)
	v.sum.Write(buf[:n])
	v.n += int64(n)
	switch {
	case v.n > v.want.Size:
		v.err = v.wrong(fmt.Errorf("more than %d bytes", v.want.Size))
	case err != nil:
		v.err = v.broke(err)
	case ended:
		if v.err = v.judge(); v.err == nil {
			v.done, v.out = true, append(v.held, buf[:n]...)
		}
	default:
		v.out, v.held, v.spare = v.held, buf, v.held
	}
}

// full reads until buf is full, the end, or an error, and tells the three
// apart: a connection that was cut also says "unexpected EOF".
func full(r io.Reader, buf []byte) (n int, ended bool, err error) {
	for n < len(buf) {
		m, err := r.Read(buf[n:])
		n += m
		if errors.Is(err, io.EOF) {
			return n, true, nil
		}
		if err != nil {
			return n, false, err
		}
	}
	return n, false, nil
}

func (v *verifier) judge() error {
	if v.n != v.want.Size {
		return v.wrong(fmt.Errorf("%d bytes, want %d", v.n, v.want.Size))
	}
	if got := Digest(v.sum.Sum(nil)); got != v.want.SHA256 {
		return v.wrong(fmt.Errorf("digest %s, want %s", got, v.want.SHA256))
	}
	return nil
}

// A content is a verified reader and what has to be closed after it.
type content struct {
	*verifier
	io.Closer
}

// damaged says that the store holds other bytes than were put.
func damaged(ref Ref) func(error) error {
	return func(cause error) error {
		return fmt.Errorf("%w: %s: %w", ErrIntegrity, ref.Key, cause)
	}
}

// unavailable says that the store did not do what it was asked, and why. A
// caller who gave up is no fault of the store.
func unavailable(cause error) error {
	if errors.Is(cause, context.Canceled) {
		return cause
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, cause)
}
