package demo

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// The two published score tables come out row by row, in the ranking, in the
// export and under every point, from items that really went through the product.
func TestTables(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]string{"t1": "T1_zhalantun_2023Q1", "t2": "T2_huolinguole_2018_01_02"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := tableOf(t, key)
			dir := demoDir(t)
			if name == "t2" {
				interrupt(t, dir, name)
			}
			d := start(t, dir, name)
			d.compare(t, want)
			d.receipts(t)
			d.clockIsGone(t)
			kept := read(t, filepath.Join(dir, name, "demo.json"))
			d.end(t)

			again := start(t, dir, name)
			if strings.Contains(again.out.String(), "正在") || !bytes.Equal(kept, read(t, filepath.Join(dir, name, "demo.json"))) {
				t.Error("the second start began anew")
			}
			again.compare(t, want)
			again.end(t)
			if name == "t1" {
				moved(t, dir, again.out, want)
			}
		})
	}
}

// interrupt starts a demonstration and ends it as soon as something is there.
func interrupt(t *testing.T, dir, name string) {
	t.Helper()
	d := launch(t, dir, name)
	d.await(t, "就位")
	d.cancel()
	if err := <-d.ended; !errors.Is(err, ErrInterrupted) || strings.Count(d.out.String(), "已停止") != 1 {
		t.Errorf("an interrupted start ends with %v\n%s", err, d.out)
	}
	if _, err := os.Stat(filepath.Join(dir, name, "demo.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an interrupted start left %v", err)
	}
}

// A demonstration is one that runs.
type demonstration struct {
	dir    string
	out    *screen
	base   string
	cancel context.CancelFunc
	ended  chan error
}

// screen is what the demonstration writes on.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
	news chan struct{}
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.news <- struct{}{}:
	default:
	}
	return s.text.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func launch(t *testing.T, dir, name string) *demonstration {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	d := &demonstration{dir: filepath.Join(dir, name), out: &screen{news: make(chan struct{}, 1)}, cancel: cancel, ended: make(chan error, 1)}
	d.base = "http://" + free(t)
	go func() {
		d.ended <- Run(ctx, Options{Dir: dir, Case: name, Listen: strings.TrimPrefix(d.base, "http://"), Out: d.out, Fast: true})
	}()
	return d
}

// await waits until text stands on the screen.
func (d *demonstration) await(t *testing.T, text string) {
	t.Helper()
	late := time.After(2 * time.Minute)
	for !strings.Contains(d.out.String(), text) {
		select {
		case <-d.out.news:
		case err := <-d.ended:
			d.ended <- err
			t.Fatalf("it ended before it said %q: %v\n%s", text, err, d.out)
		case <-late:
			d.cancel()
			t.Fatalf("it never said %q: %v\n%s", text, <-d.ended, d.out)
		}
	}
}

func start(t *testing.T, dir, name string) *demonstration {
	t.Helper()
	d := launch(t, dir, name)
	d.await(t, "Ctrl-C")
	return d
}

func (d *demonstration) end(t *testing.T) {
	t.Helper()
	d.cancel()
	if err := <-d.ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// as signs in as whoever plays a role, the way the greeting says.
func (d *demonstration) as(t *testing.T, role string) *visit {
	t.Helper()
	s, err := Options{Dir: d.dir}.load()
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range s.SignIns {
		if strings.HasPrefix(in.Role, role) {
			slug := strings.TrimPrefix(in.Door, "/sign-in?t=")
			if !strings.Contains(d.out.String(), in.Login) || !strings.Contains(d.out.String(), in.Password) {
				t.Errorf("the greeting does not say how to sign in as %s", role)
			}
			return &visit{site: newSite(d.base), tenant: slug, login: in.Login, password: in.Password}
		}
	}
	t.Fatalf("nobody is a %s", role)
	return nil
}

func get(t *testing.T, v *visit, path string, out any) {
	t.Helper()
	if err := v.get(t.Context(), path, out); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func free(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// demoDir is a directory the database's user can enter, as t.TempDir is not
// when root runs the tests.
func demoDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hetu-demo-test-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// Whoever looks in while all is being made is told so; then the same listener
// serves the product.
func TestWait(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	leave, err := wait(ln)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Timeout: 5 * time.Second}
	status := func() int {
		res, err := client.Get("http://" + ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	if got := status(); got != http.StatusServiceUnavailable {
		t.Errorf("while it waits: %d", got)
	}
	if err := leave(); err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.NotFoundHandler()}
	go srv.Serve(ln) //nolint:errcheck // it is closed
	defer srv.Close()
	if got := status(); got != http.StatusNotFound {
		t.Errorf("afterwards: %d", got)
	}
}
