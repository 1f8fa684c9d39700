package storage

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"hetu/fault"
)

// What a scan can end with.
var (
	ErrInfected = fault.New(fault.Invalid, "storage.infected")             // the content carries malware
	ErrUnscan   = fault.New(fault.Unavailable, "storage.scan_unavailable") // not scanned, so not ready
)

// A Verdict is what a scanner thinks of some content. Its zero value is clean.
type Verdict struct {
	Malware string // the name of what was found
}

// Err returns ErrInfected if something was found.
func (v Verdict) Err() error {
	if v.Malware == "" {
		return nil
	}
	return ErrInfected
}

// A Scanner looks for malware. Content is ready only after a Verdict without an
// error: an error, which is always ErrUnscan, means that nobody looked.
type Scanner interface {
	Scan(ctx context.Context, r io.Reader) (Verdict, error)
}

// NoScanner is for an installation without a virus scanner: it finds nothing.
type NoScanner struct{}

// Scan finds nothing and reads nothing.
func (NoScanner) Scan(context.Context, io.Reader) (Verdict, error) { return Verdict{}, nil }

// Clamd asks a ClamAV daemon, which gets the content as a stream and so needs
// no access to our files.
type Clamd struct {
	Addr    string        // host:port, or the path of a socket
	Timeout time.Duration // for a whole scan; 0: two minutes
}

// Scan sends r to the daemon and reads its verdict.
func (c Clamd) Scan(ctx context.Context, r io.Reader) (Verdict, error) {
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = 2 * time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	v, err := c.ask(ctx, r)
	if err != nil {
		return Verdict{}, fmt.Errorf("%w: %w", ErrUnscan, err)
	}
	return v, nil
}

func (c Clamd) ask(ctx context.Context, r io.Reader) (Verdict, error) {
	network := "tcp"
	if strings.HasPrefix(c.Addr, "/") {
		network = "unix"
	}
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, network, c.Addr)
	if err != nil {
		return Verdict{}, err
	}
	defer conn.Close()                                                           //nolint:errcheck // there is no more to say
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) }) //nolint:errcheck // the connection is over either way
	defer stop()

	sent := instream(conn, r)
	var source sourceError
	if errors.As(sent, &source) {
		return Verdict{}, sent
	}
	// A daemon that has seen enough answers and hangs up while we still send,
	// so its answer counts more than our error.
	reply, err := bufio.NewReader(io.LimitReader(conn, 4096)).ReadString(0)
	if err != nil {
		return Verdict{}, errors.Join(sent, err)
	}
	return verdict(strings.TrimRight(reply, "\x00\n"))
}

// sourceError marks an error of what is scanned, as opposed to the daemon's.
type sourceError struct{ error }

// instream sends r as INSTREAM wants it: pieces with their length before them,
// and an empty one at the end.
func instream(w io.Writer, r io.Reader) error {
	if _, err := io.WriteString(w, "zINSTREAM\x00"); err != nil {
		return err
	}
	buf := make([]byte, 4+block)
	for {
		n, err := r.Read(buf[4:])
		if n > 0 {
			binary.BigEndian.PutUint32(buf, uint32(n)) //nolint:gosec // at most a block
			if _, err := w.Write(buf[:4+n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			_, err = w.Write([]byte{0, 0, 0, 0})
			return err
		}
		if err != nil {
			return sourceError{err}
		}
	}
}

// verdict reads "stream: OK" or "stream: <name> FOUND"; all else is an error.
func verdict(reply string) (Verdict, error) {
	said, ok := strings.CutPrefix(reply, "stream: ")
	if name, found := strings.CutSuffix(said, " FOUND"); ok && found && name != "" {
		return Verdict{Malware: name}, nil
	}
	if ok && said == "OK" {
		return Verdict{}, nil
	}
	return Verdict{}, fmt.Errorf("clamd: %q", reply)
}
