package torture

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A pulse is how people at work are answered: how long each answer took, and
// what was answered otherwise than it should have been.
type pulse struct {
	took   []time.Duration
	failed []string
}

// feel has four people work for a while, each as fast as a quick human with
// several windows: twenty requests a second.
func (h *house) feel(d time.Duration) (p pulse) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	until := time.Now().Add(d)
	for i := range 4 {
		wg.Go(func() {
			beat := time.NewTicker(50 * time.Millisecond)
			defer beat.Stop()
			for n := i; time.Now().Before(until); n++ {
				began := time.Now()
				what := h.work(n)
				mu.Lock()
				p.took = append(p.took, time.Since(began))
				if what != "" {
					p.failed = append(p.failed, what)
				}
				mu.Unlock()
				<-beat.C
			}
		})
	}
	wg.Wait()
	return p
}

// work is one request of somebody's day, and what went wrong with it.
func (h *house) work(n int) string {
	method, path, in := "GET", []string{"/api/portal/desktop", "/api/publish/items?view=all", "/api/org/me", "/api/approval/tasks?state=todo"}[n%4], any(nil)
	if n%8 == 7 {
		method, path, in = "POST", "/api/publish/items", fields{"column_id": h.column, "kind": "news", "title": fmt.Sprint("巡堤第", n, "次"), "body_html": "<p>正文</p>"}
	}
	res, body, err := h.writer.once(method, path, random(), in)
	switch {
	case err != nil:
		return fmt.Sprintf("%s %s: %v", method, path, err)
	case res.StatusCode != http.StatusOK:
		return fmt.Sprintf("%s %s = %d %s", method, path, res.StatusCode, body)
	}
	return ""
}

// at is what so many in a hundred are answered within.
func (p pulse) at(percent int) time.Duration {
	if len(p.took) == 0 {
		return 0
	}
	slices.Sort(p.took)
	return p.took[min(len(p.took)*percent/100, len(p.took)-1)]
}

func (p pulse) String() string {
	return fmt.Sprintf("%d requests, p50 %v, p99 %v", len(p.took), p.at(50).Round(time.Millisecond), p.at(99).Round(time.Millisecond))
}

// bears fails unless everybody was served and, in `make torture`, hardly more
// slowly than in quiet times: three times the p99, and a quarter of a second.
func (p pulse) bears(t *testing.T, quiet pulse) {
	t.Helper()
	if len(p.failed) > 0 || len(p.took) == 0 {
		t.Errorf("%d of %d requests of others failed: %s", len(p.failed), len(p.took), p.failed[:min(len(p.failed), 3)])
	}
	most := 3*quiet.at(99) + 250*time.Millisecond
	if whole && p.at(99) > most {
		t.Errorf("others: %v, more than the %v allowed after %v in quiet", p, most, quiet)
	}
	t.Logf("others: %v; in quiet: %v", p, quiet)
}

// gauge reads one number from the server's metrics.
func (s *server) gauge(t *testing.T, name string) int64 {
	t.Helper()
	res, err := client.Get(s.admin + "/metrics")
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	must(t, err)
	_, rest, ok := strings.Cut(string(b), "\n"+name+" ")
	line, _, _ := strings.Cut(rest, "\n")
	v, err := strconv.ParseFloat(line, 64)
	if !ok || err != nil {
		t.Fatalf("%s = %q", name, line)
	}
	return int64(v)
}

// profile reads a profile as text.
func (s *server) profile(t *testing.T, name string) string {
	t.Helper()
	res, err := client.Get(s.admin + "/debug/pprof/" + name)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	must(t, err)
	return string(b)
}

// A footprint is what a server that rests keeps.
type footprint struct{ goroutines, heap int64 }

func (s *server) rests(t *testing.T) footprint {
	t.Helper()
	s.profile(t, "heap?gc=1")
	return footprint{s.gauge(t, "go_goroutines"), s.gauge(t, "go_memstats_heap_inuse_bytes")}
}

// recovers fails unless the server comes back to what it kept before.
func (s *server) recovers(t *testing.T, before footprint) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var now footprint
	for until := time.Now().Add(20 * time.Second); time.Now().Before(until); <-tick.C {
		client.CloseIdleConnections()
		if now = s.rests(t); now.goroutines <= before.goroutines+25 && now.heap <= before.heap+32<<20 {
			t.Logf("afterwards %d goroutines (before %d), %d MiB of heap (before %d)", now.goroutines, before.goroutines, now.heap>>20, before.heap>>20)
			return
		}
	}
	t.Errorf("the server keeps %d goroutines and %d MiB, before it were %d and %d", now.goroutines, now.heap>>20, before.goroutines, before.heap>>20)
}

// code is what a problem is called.
func code(body []byte) string {
	var p struct{ Code string }
	_ = json.Unmarshal(body, &p) // none: no code
	return p.Code
}
