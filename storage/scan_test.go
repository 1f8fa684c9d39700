package storage_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"hetu/fault"
	"hetu/storage"
	"hetu/storage/storagetest"
)

// clamd speaks INSTREAM as the daemon does: it reads pieces up to the empty
// one, or up to its limit, and answers what judge says.
func clamd(t *testing.T, network, addr string, limit int, judge func([]byte) string) string {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() }) //nolint:errcheck // a test is over
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close() //nolint:errcheck // a test is over
				if reply := instream(conn, limit, judge); reply != "" {
					io.WriteString(conn, reply+"\x00") //nolint:errcheck // the client will tell
				}
			}()
		}
	}()
	return l.Addr().String()
}

func instream(r io.Reader, limit int, judge func([]byte) string) string {
	command := make([]byte, len("zINSTREAM\x00"))
	if _, err := io.ReadFull(r, command); err != nil || string(command) != "zINSTREAM\x00" {
		return "UNKNOWN COMMAND"
	}
	var all bytes.Buffer
	for {
		var n uint32
		if err := binary.Read(r, binary.BigEndian, &n); err != nil {
			return ""
		}
		if n == 0 {
			return judge(all.Bytes())
		}
		if all.Len()+int(n) > limit {
			return "INSTREAM size limit exceeded. ERROR"
		}
		if _, err := io.CopyN(&all, r, int64(n)); err != nil {
			return ""
		}
	}
}

// R354: what a scanner says of an upload.
func TestClamd(t *testing.T) {
	t.Parallel()
	judge := func(b []byte) string {
		switch {
		case bytes.Contains(b, []byte("virus")):
			return "stream: Eicar-Signature FOUND"
		case bytes.Contains(b, []byte("break")):
			return "stream: Can't allocate memory ERROR"
		case bytes.Contains(b, []byte("silent")):
			return ""
		}
		return "stream: OK"
	}
	for name, addr := range map[string]string{
		"tcp":  clamd(t, "tcp", "127.0.0.1:0", 1<<20, judge),
		"unix": clamd(t, "unix", filepath.Join(t.TempDir(), "clamd"), 1<<20, judge),
	} {
		s := storage.Config{ClamdAddr: addr}.Scanner()
		for what, tt := range map[string]struct {
			r       io.Reader
			malware string
			want    error
		}{
			"clean":    {bytes.NewReader(storagetest.Bytes(500_000, 1)), "", nil},
			"empty":    {strings.NewReader(""), "", nil},
			"infected": {strings.NewReader("a virus"), "Eicar-Signature", nil},
			"error":    {strings.NewReader("break"), "", storage.ErrUnscan},
			"hangs up": {strings.NewReader("silent"), "", storage.ErrUnscan},
			"too long": {bytes.NewReader(storagetest.Bytes(2<<20, 1)), "", storage.ErrUnscan},
			"source":   {iotest.ErrReader(errBroken), "", storage.ErrUnscan},
		} {
			v, err := s.Scan(t.Context(), tt.r)
			if !errors.Is(err, tt.want) || tt.want == nil && err != nil || v.Malware != tt.malware {
				t.Errorf("%s, %s: Scan = %+v, %v, want %q, %v", name, what, v, err, tt.malware, tt.want)
			}
			if tt.malware != "" && !errors.Is(v.Err(), storage.ErrInfected) {
				t.Errorf("%s, %s: Err = %v", name, what, v.Err())
			}
		}
	}
}

// Whatever keeps a scan from happening, the content is not ready.
func TestClamdFailsClosed(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never says a word
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // a test is over
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx context.Context
		s   storage.Clamd
	}{
		"silent":    {t.Context(), storage.Clamd{Addr: l.Addr().String(), Timeout: 50 * time.Millisecond}},
		"absent":    {t.Context(), storage.Clamd{Addr: filepath.Join(t.TempDir(), "none")}},
		"cancelled": {cancelled, storage.Clamd{Addr: l.Addr().String()}},
	} {
		_, err := tt.s.Scan(tt.ctx, strings.NewReader("x"))
		if !errors.Is(err, storage.ErrUnscan) || fault.Of(err).Kind != fault.Unavailable {
			t.Errorf("%s: Scan = %v, want %v", name, err, storage.ErrUnscan)
		}
	}
	if v, err := (storage.Config{}).Scanner().Scan(t.Context(), nil); v.Err() != nil || err != nil {
		t.Errorf("no scanner: %+v, %v", v, err)
	}
}
