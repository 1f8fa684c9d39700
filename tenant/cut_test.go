package tenant_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// wire stands between the application and PostgreSQL. When armed with a word,
// it lets the message that holds it through to the server, waits for the
// server's answer, and cuts the connection instead of passing the answer on.
type wire struct {
	addr  string
	armed atomic.Pointer[[]byte]
	cuts  atomic.Int32
}

func newWire(t *testing.T, target string) *wire {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	w := &wire{addr: ln.Addr().String()}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go w.carry(c, target)
		}
	}()
	return w
}

func (w *wire) carry(c net.Conn, target string) {
	s, err := net.Dial("tcp", target)
	if err != nil {
		_ = c.Close()
		return
	}
	end := func() { _ = c.Close(); _ = s.Close() }
	defer end()
	var cut atomic.Bool
	go func() {
		defer end()
		buf := make([]byte, 64<<10)
		for {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			if word := w.armed.Load(); word != nil && bytes.Contains(buf[:n], *word) {
				cut.Store(true)
				w.armed.Store(nil)
			}
			if _, err := s.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := s.Read(buf)
		if err != nil {
			return
		}
		if cut.Load() { // the server has done it; nobody will hear of it
			w.cuts.Add(1)
			return
		}
		if _, err := io.Copy(c, bytes.NewReader(buf[:n])); err != nil {
			return
		}
	}
}

func cutDB(t *testing.T) (*tenant.DB, *wire) {
	t.Helper()
	u, err := url.Parse(tenanttest.URL(t, "hetu_app"))
	if err != nil {
		t.Fatal(err)
	}
	w := newWire(t, u.Host)
	u.Host = w.addr
	db, err := tenant.Open(context.Background(), u.String(), tenant.Limits{Conns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db, w
}

// TestCut holds F06: when a connection breaks after the server has acted, the
// caller gets an error, nothing is done twice, and the next work succeeds.
func TestCut(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		word string // in the message after whose execution the connection is cut
		rows int    // that are there afterwards
		want error
	}{
		"after the statement":     {"cut here", 0, nil},
		"after the commit":        {"COMMIT", 1, tenant.ErrUnsure},
		"while beginning":         {"set local app.tenant_id", 0, nil},
		"after sealing the audit": {"app_seal", 0, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, w := cutDB(t)
			ctx, _ := tenanttest.Actor(t)
			act := func() error {
				return db.Write(ctx, func(tx *tenant.Tx) error {
					tx.Audit("test.did", "test/1", nil)
					tx.Answer("POST /test", "key-0001", []byte("h"), 200, []byte("{}"))
					_, err := tx.Exec(ctx, `insert into roles /* cut here */ (id, code, name) values ($1, $2, $2)`, tenant.NewID(), tenant.NewID().String())
					return err
				})
			}
			word := []byte(tt.word)
			w.armed.Store(&word)
			err := act()
			if tt.word == "set local app.tenant_id" && err == nil {
				// Nothing had been asked for yet: beginning again is safe, and done.
				tt.rows = 1
			} else if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Fatalf("err = %v, want %v", err, tt.want)
			}
			if w.cuts.Load() != 1 {
				t.Fatalf("%d cuts, want 1", w.cuts.Load())
			}
			for range 5 { // no connection is left poisoned
				if n := count(t, ctx, db, `select count(*) from roles`); n != tt.rows {
					t.Fatalf("%d rows, want %d", n, tt.rows)
				}
			}
			if tt.rows == 0 {
				return
			}
			if err := act(); !errors.Is(err, tenant.ErrReplay) {
				t.Errorf("sent again: %v, want ErrReplay", err)
			}
			if n := count(t, ctx, db, `select count(*) from roles`); n != tt.rows {
				t.Errorf("%d rows after sending again, want %d", n, tt.rows)
			}
		})
	}
}
