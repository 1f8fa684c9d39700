package app_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hetu/feature"
	"hetu/rbac"
)

// disruptive are routes that would only end the sessions the scan runs on.
var disruptive = map[string]bool{
	"POST /org/sign-out": true, "POST /org/password": true, "POST /org/switch": true, "POST /org/join": true,
	"POST /org/sign-in": true, "DELETE /org/sessions/{id}": true, "POST /org/members/{id}/lock": true,
	"POST /org/members/{id}/leave": true, "POST /org/members/{id}/reset": true, "DELETE /org/grants/{id}": true,
	"POST /org/stolen": true, "POST /org/reset": true, "POST /org/requests": true, "POST /staff/members/{id}/leave": true,
	"POST /org/activate": true, "POST /org/activations/look": true, "POST /org/members": true,
	"POST /console/password":        true, // wrong ones lock the operator
	"DELETE /console/sessions/{id}": true,
}

// TestCanary sends random requests as people of two tenants and looks for the
// words of the other one in every byte that comes back (TI-03, G1). HETU_CANARY
// says how many, HETU_CANARY_WORKERS how many at a time; `make torture` sends
// two million, eight at a time: the million that no tenant may see a byte of
// another in, twice. It ends in time for what it found to be read.
func TestCanary(t *testing.T) {
	t.Parallel()
	n, workers := number(t, "HETU_CANARY", 20000), number(t, "HETU_CANARY_WORKERS", 8)
	w := newWorld(t)
	ids := w.private(t)
	shapes := describe(t, w.features)
	sides := []side{{w.a, "CNRYA"}, {w.stranger, "CNRYB"}}
	for _, s := range sides {
		column := text(t, s.unit.chief.does(t, "POST /api/publish/columns", map[string]any{"name": s.word + "栏", "review_levels": 1, "sort": 1}), "id")
		for i := range 5 {
			s.unit.publish(t, column, fmt.Sprintf("%s信息%d", s.word, i))
		}
	}
	pool := gather(t, ids, sides)
	var routes []feature.Route
	for _, f := range w.features {
		for _, r := range f.Routes {
			if !disruptive[r.Method+" "+r.Path] && r.Needs != rbac.Operator {
				routes = append(routes, r)
			}
		}
	}
	began := time.Now()
	sent, ok := fire(t, n, workers, func() bool {
		me := rand.IntN(2)
		return sides[me].shoot(t, shapes, routes[rand.IntN(len(routes))], pool, sides[1-me].word)
	})
	if sent < n {
		t.Errorf("only %d of %d requests were sent before the time was up", sent, n)
	}
	if ok < sent/20 {
		t.Errorf("only %d of %d requests got anywhere: the scan proves nothing", ok, sent)
	}
	t.Logf("%d requests by %d workers, %d answered with 200; %.0f requests/s", sent, workers, ok, float64(sent)/time.Since(began).Seconds())
}

// fire has so many workers send n requests, as long as there is time, and
// returns how many were sent and how many of them got anywhere.
func fire(t *testing.T, n, workers int, shoot func() bool) (sent, ok int) {
	t.Helper()
	until, limited := t.Deadline()
	var begun, ended, well atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range workers {
		wg.Go(func() {
			for begun.Add(1) <= int64(n) && (!limited || time.Until(until) > time.Minute) {
				if shoot() {
					well.Add(1)
				}
				if i := ended.Add(1); i%100000 == 0 {
					t.Logf("%d requests, %d of them answered with 200, in %v", i, well.Load(), time.Since(began).Round(time.Second))
				}
			}
		})
	}
	wg.Wait()
	return int(ended.Load()), int(well.Load())
}

// number is what the environment says, or else what we say.
func number(t *testing.T, name string, or int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return or
	}
	n, err := strconv.Atoi(s)
	must(t, err)
	return n
}

type side struct {
	unit unit
	word string // stands in every text of this tenant
}

// gather returns ids of both tenants' things.
func gather(t *testing.T, ids things, sides []side) []string {
	t.Helper()
	var pool []string
	for _, id := range ids {
		pool = append(pool, id)
	}
	for _, s := range sides {
		for _, list := range []string{"/api/publish/columns", "/api/publish/items?view=all&limit=100", "/api/approval/tasks?state=todo", "/api/org/departments", "/api/org/directory"} {
			for _, it := range at(t, s.unit.chief.does(t, "GET "+list, nil), "items").([]any) {
				pool = append(pool, text(t, it, "id"))
			}
		}
	}
	return pool
}

func (s side) shoot(t *testing.T, sh shapes, r feature.Route, pool []string, foreign string) bool {
	pick := func() string {
		if rand.IntN(20) == 0 {
			return random()
		}
		return pool[rand.IntN(len(pool))]
	}
	path, _ := fill(r.Path, func(string) (string, bool) { return pick(), true })
	p := []*person{s.unit.chief, s.unit.second, s.unit.plain, s.unit.admin}[rand.IntN(4)]
	query := []string{"", "", "?limit=200", "?view=all&limit=200", "?q=信息", "?state=done", "?offset=0", "?format=xlsx&lang=zh"}[rand.IntN(8)]
	res, body := p.send(t, r.Method, "/api"+path+query, sh.body(r, s.word+strconv.Itoa(rand.IntN(1e6)), pick), nil)
	if strings.Contains(unfolded(body), foreign) {
		t.Errorf("%s: %s %s%s holds %s: %s", p.name, r.Method, path, query, foreign, body)
	}
	if res.StatusCode >= 500 && res.StatusCode != 503 {
		t.Errorf("%s: %s %s%s = %d %s", p.name, r.Method, path, query, res.StatusCode, body)
	}
	return res.StatusCode == 200
}
