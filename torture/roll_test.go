package torture

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A switchboard stands before several nodes as a proxy does: what one does not
// take, or breaks off, goes to the next under the key it came with.
type switchboard struct {
	nodes  []*server
	turn   atomic.Int64
	passed atomic.Int64 // on to the next node

	mu     sync.Mutex
	failed []string // answers that say that the server could not
}

// open returns the address at which the switchboard stands.
func (b *switchboard) open(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(b)
	t.Cleanup(s.Close)
	return s.URL
}

func (b *switchboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	first := int(b.turn.Add(1))
	for i := range b.nodes {
		res, said, err := b.ask(b.nodes[(first+i)%len(b.nodes)], r, body)
		if err != nil {
			b.passed.Add(1)
			continue
		}
		if res.StatusCode >= 500 {
			b.fails(res.Status + " " + r.Method + " " + r.URL.Path + " " + string(said))
		}
		for k, v := range res.Header {
			w.Header()[k] = v
		}
		w.Header().Del("Connection")
		w.WriteHeader(res.StatusCode)
		_, _ = w.Write(said)
		return
	}
	b.fails("no node takes " + r.Method + " " + r.URL.Path)
	w.WriteHeader(http.StatusBadGateway)
}

func (b *switchboard) fails(how string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failed = append(b.failed, how)
}

// ask has one node answer.
func (b *switchboard) ask(s *server, r *http.Request, body []byte) (*http.Response, []byte, error) {
	out, err := http.NewRequest(r.Method, s.base+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	out.Header, out.GetBody = r.Header.Clone(), nil // whoever sends it again is us
	out.Header.Del("Connection")
	res, err := client.Do(out)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	said, err := io.ReadAll(res.Body)
	return res, said, err
}

// retire has a node end what it is at, and fails unless it does so well.
func (s *server) retire(t *testing.T) {
	t.Helper()
	must(t, s.cmd.Process.Signal(syscall.SIGTERM))
	patience := time.NewTimer(time.Minute)
	defer patience.Stop()
	select {
	case <-s.ended:
	case <-patience.C:
		t.Fatal("the node does not end")
	}
	if !s.cmd.ProcessState.Success() {
		t.Errorf("the node ended with %v", s.cmd.ProcessState)
	}
}

// TestNodesReplaced replaces two nodes in turn, again and again, while people
// publish, each time with the step before it that brings the schema up to date:
// nobody is refused or has to send anything again, and what was acknowledged is
// there, once (OP-03).
func TestNodesReplaced(t *testing.T) {
	b := &switchboard{nodes: []*server{serve(t), serve(t)}}
	l := work(t, settle(t, b.open(t)), workers, false)
	n := size(2, 40)
	for i := range n {
		s := b.nodes[i%2]
		l.answers(t, 20+rand.IntN(60))
		s.retire(t)
		l.answers(t, 20) // of the other one
		s.env = append(s.env, "HETU_OWNER_URL="+ground.cluster.URL(database), "HETU_BACKUP_PASSWORD=hetu-test")
		s.hetu(t, "migrate")
		s.start(t)
	}
	l.answers(t, 50)
	l.stop()
	c := l.count(t)
	if len(b.failed) > 0 || l.retries.Load() > 0 || c.lost > 0 || c.doubled > 0 || len(c.torn) > 0 || len(l.broken) > 0 {
		t.Errorf("%d acknowledged: %d lost, %d doubled, %d sent again; failed: %v; torn: %v; broken: %v", c.acknowledged, c.lost, c.doubled, l.retries.Load(), b.failed, c.torn, l.broken)
	}
	if c.acknowledged < n || b.passed.Load() == 0 {
		t.Errorf("%d acknowledged, %d requests passed on: it proves nothing", c.acknowledged, b.passed.Load())
	}
	t.Logf("%d nodes replaced, %d items acknowledged, %d requests passed on to the other node, none failed", n, c.acknowledged, b.passed.Load())
	b.nodes[0].hetu(t, "doctor", "audit")
}
