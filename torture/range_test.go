package torture

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A stand is where attackers stand who do not know the product: behind it every
// place is an address of its own with one parameter. It puts what they send
// into the place, adds what the product wants besides (the session, its token,
// the origin, a key nobody has used) and hands back what the product says.
type stand struct {
	base   string
	places []place
	holes  http.Handler                      // what is open on purpose, at /hole/
	enter  func() (writer, operator *person) // signs in again whom an attack has signed out

	mu               sync.Mutex
	writer, operator *person
	entered          time.Time

	sent    atomic.Int64
	status  sync.Map // of answers: *atomic.Int64
	slowest atomic.Int64
	broken  sync.Map // place → what it said with a status of 500 or more
}

// open returns the address at which the stand stands.
func (s *stand) open(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return srv.URL
}

// address is where a place can be found, and the text that means well.
func (s *stand) address(i int) string { return fmt.Sprintf("/place/%d/?v=", i) }

func (s *stand) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var i int
	switch n, _ := fmt.Sscanf(r.URL.Path, "/place/%d/", &i); {
	case strings.HasPrefix(r.URL.Path, "/hole/"):
		s.holes.ServeHTTP(w, r)
	case n == 1 && i >= 0 && i < len(s.places):
		s.pass(w, r, s.places[i])
	default:
		http.NotFound(w, r)
	}
}

// pass sends a text to the product.
func (s *stand) pass(w http.ResponseWriter, r *http.Request, p place) {
	status, header, body, err := s.put(r.Context(), p, r.URL.Query().Get("v"))
	if err != nil {
		http.Error(w, "no request can be made of that", http.StatusBadRequest)
		return
	}
	for _, name := range []string{"Content-Type", "Location", "Content-Disposition", "Wapiti"} { // the last is a line that was broken in two
		for _, v := range header.Values(name) {
			w.Header().Add(name, v)
		}
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever has gone away misses nothing
}

// put sends a text to the product and counts what is said.
func (s *stand) put(ctx context.Context, p place, text string) (status int, h http.Header, body []byte, err error) {
	req, err := p.request(s.base, text)
	if err != nil {
		return 0, nil, nil, err
	}
	who := s.who(p.route)
	if p.in != "header" || p.name != "Cookie" {
		req.Header.Set("Cookie", who.cookie)
	}
	if strings.HasSuffix(p.path, "/sign-in") {
		req.Header.Del("Cookie")
	}
	for k, v := range map[string]string{"X-CSRF-Token": who.csrf, "Origin": s.base} {
		if req.Header.Get(k) == "" {
			req.Header.Set(k, v)
		}
	}
	if req.Header.Get("X-Forwarded-For") == "" { // one address would soon be refused at the door
		req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", rand.IntN(256), rand.IntN(256), rand.IntN(256)))
	}
	began := time.Now()
	res, err := client.Do(req.WithContext(ctx))
	if err != nil {
		return 0, nil, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err = io.ReadAll(res.Body)
	s.count(p, res.StatusCode, text, body, time.Since(began))
	if res.StatusCode == http.StatusUnauthorized && p.in != "header" && !strings.HasSuffix(p.path, "/sign-in") {
		s.lost()
	}
	return res.StatusCode, res.Header, own.ReplaceAll(body, []byte(`"request_id":""`)), err
}

// own is what differs in each refusal.
var own = regexp.MustCompile(`"request_id":"[^"]*"`)

func (s *stand) count(p place, status int, text string, body []byte, took time.Duration) {
	s.sent.Add(1)
	n, _ := s.status.LoadOrStore(status, new(atomic.Int64))
	n.(*atomic.Int64).Add(1)
	for {
		was := s.slowest.Load()
		if int64(took) <= was || s.slowest.CompareAndSwap(was, int64(took)) {
			break
		}
	}
	if status >= 500 && status != http.StatusServiceUnavailable {
		s.broken.LoadOrStore(p.String(), fmt.Sprintf("%d to %.200q: %.300s", status, text, body))
	}
}

// people are who is signed in.
func (s *stand) people() (writer, operator *person) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writer == nil {
		s.writer, s.operator = s.enter()
		s.entered = time.Now()
	}
	return s.writer, s.operator
}

func (s *stand) who(r route) *person {
	writer, operator := s.people()
	return on(r, writer, operator)
}

// lost is told that somebody was taken for nobody.
func (s *stand) lost() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.entered) > 5*time.Second {
		s.writer = nil
	}
}

// figures are how often which status was answered.
func (s *stand) figures() string {
	counts := map[int]int64{}
	s.status.Range(func(k, v any) bool { counts[k.(int)] = v.(*atomic.Int64).Load(); return true })
	return fmt.Sprintf("%d requests, answers by status %v, the slowest after %v", s.sent.Load(), counts, time.Duration(s.slowest.Load()).Round(time.Millisecond))
}

// judge fails if the product broke.
func (s *stand) judge(t *testing.T) {
	t.Helper()
	s.broken.Range(func(k, v any) bool { t.Errorf("%v = %v", k, v); return true })
}

// survey sends what means well to every place, and fails unless many take it:
// what never gets beyond the first check is not attacked.
func (s *stand) survey(t *testing.T, places []place) {
	t.Helper()
	well := 0
	for _, p := range places {
		if status, _, _, err := s.put(t.Context(), p, p.good); err == nil && status == http.StatusOK {
			well++
		}
	}
	t.Logf("%d of %d places take what means well; %s", well, len(places), s.figures())
	if well < len(places)/6 {
		t.Errorf("%d of %d places take what means well: it proves nothing", well, len(places))
	}
}
