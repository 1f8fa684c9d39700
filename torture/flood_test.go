package torture

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A flood is many clients, each at an address of its own, that try passwords on
// many accounts.
type flood struct {
	base, slug string
	logins     []string
	stopping   atomic.Bool
	clients    sync.WaitGroup
	said       sync.Map // status and code: *atomic.Int64
}

// rise lets n clients begin.
func (f *flood) rise(n int) {
	for i := range n {
		f.clients.Go(func() {
			from := &net.TCPAddr{IP: net.IPv4(127, 1, byte(i>>8), byte(i&255))} //nolint:gosec // a few hundred
			transport := &http.Transport{DialContext: (&net.Dialer{LocalAddr: from, Timeout: 10 * time.Second}).DialContext}
			defer transport.CloseIdleConnections()
			c := &http.Client{Timeout: 30 * time.Second, Transport: transport}
			for !f.stopping.Load() {
				status, what := f.guess(c, f.logins[rand.IntN(len(f.logins))])
				n, _ := f.said.LoadOrStore(fmt.Sprint(status, " ", what), new(atomic.Int64))
				n.(*atomic.Int64).Add(1)
				if rand.IntN(10) == 0 {
					transport.CloseIdleConnections()
				}
			}
		})
	}
}

// guess tries a password that is wrong.
func (f *flood) guess(c *http.Client, login string) (int, string) {
	in, _ := json.Marshal(fields{"tenant": f.slug, "login": login, "password": "Wrong-" + random()})
	req, err := http.NewRequest("POST", f.base+"/api/org/sign-in", bytes.NewReader(in))
	if err != nil {
		return 0, err.Error()
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", random())
	res, err := c.Do(req)
	if err != nil {
		return 0, "no answer"
	}
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(res.Body)
	return res.StatusCode, code(body)
}

// fall ends the flood and returns how often it was answered what.
func (f *flood) fall() (said map[string]int64, all int64) {
	f.stopping.Store(true)
	f.clients.Wait()
	said = map[string]int64{}
	f.said.Range(func(k, v any) bool {
		said[k.(string)] = v.(*atomic.Int64).Load()
		all += said[k.(string)]
		return true
	})
	return said, all
}

// watch looks, until told to stop, at how many passwords the server hashes at a
// time, and returns the most.
func (s *server) watch(t *testing.T, stop <-chan struct{}) <-chan int {
	t.Helper()
	most := make(chan int, 1)
	go func() {
		n := 0
		tick := time.NewTicker(300 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				most <- n
				return
			case <-tick.C:
				res, err := client.Get(s.admin + "/debug/pprof/goroutine?debug=2")
				if err != nil {
					continue
				}
				b, _ := io.ReadAll(res.Body)
				_ = res.Body.Close()
				n = max(n, strings.Count(string(b), "argon2.deriveKey("))
			}
		}
	}()
	return most
}

// TestLoginFlood floods the door while people are at work. The flood is told no,
// or to come back; whoever is in works on, also under an account that the flood
// has locked; and no more passwords are hashed at a time than there are
// processors (AN-03, DO-05).
func TestLoginFlood(t *testing.T) {
	srv := serve(t)
	h := settle(t, srv.base)
	f := &flood{base: srv.base, slug: h.slug, logins: []string{"second", "admin"}}
	for i := range size(200, 5000) {
		f.logins = append(f.logins, fmt.Sprintf("nobody%d", i))
	}
	d := time.Duration(size(1, 45)) * time.Second
	quiet := h.feel(d)
	before, spent := srv.rests(t), srv.measure(t)
	stop := make(chan struct{})
	hashing := srv.watch(t, stop)
	for _, what := f.guess(client, "second"); what != "org.locked"; _, what = f.guess(client, "second") {
	}
	f.rise(size(10, 400))
	loud := h.feel(d)
	close(stop)
	said, all := f.fall()
	most := <-hashing
	t.Logf("flood: %d sign-ins: %v; at most %d passwords hashed at a time, %d MiB more", all, said, most, spent.grown(t)>>20)
	loud.bears(t, quiet)
	for what, n := range said {
		if what != "401 org.credentials" && what != "401 org.locked" && !strings.HasPrefix(what, "429 ") {
			t.Errorf("%d times the flood was answered %s", n, what)
		}
	}
	if whole && said["429 org.busy"] == 0 || all < int64(size(3, 1000)) {
		t.Errorf("%d sign-ins: %v: it proves nothing", all, said)
	}
	if most > runtime.NumCPU() || spent.grown(t) > int64(runtime.NumCPU())*64<<20+256<<20 {
		t.Errorf("%d passwords hashed at a time on %d processors, %d MiB", most, runtime.NumCPU(), spent.grown(t)>>20)
	}
	h.stands(t, srv)
	srv.recovers(t, before)
}

// stands fails unless whoever was in is in, who is locked is told so, and who is
// not comes in.
func (h *house) stands(t *testing.T, s *server) {
	t.Helper()
	if res, body, err := h.second.once("GET", "/api/org/me", random(), nil); err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("whose account the flood locked = %v %s, want to work on", err, body)
	}
	in := fields{"tenant": h.slug, "login": "second", "password": password}
	if _, body, err := (&person{base: s.base}).once("POST", "/api/org/sign-in", random(), in); err != nil || code(body) != "org.locked" {
		t.Errorf("a locked account, its password = %v %s", err, body)
	}
	h.enter(t, s.base, "writer")
}
