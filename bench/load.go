package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/valyala/fasthttp"
)

// A worker is one connection of the load.
type worker struct {
	houses []*house
	side   *side
	client *fasthttp.HostClient
	rnd    *rand.Rand
	took   []time.Duration
}

// errSpent ends a case early: what it works on has run out.
var errSpent = errors.New("nothing left to work on")

// A result is what one side of one case cost.
type result struct {
	n        int
	seconds  float64
	p50, p95 time.Duration
	p99      time.Duration
	server   float64 // CPU ms per request
	database float64
}

func (r result) rate() float64  { return float64(r.n) / r.seconds }
func (r result) total() float64 { return r.server + r.database }

// load runs one unit of work again and again on all connections for a while
// and returns what the requests cost.
func (b *bench) load(ctx context.Context, s *side, conns int, d time.Duration, unit func(*worker) error) (r result, err error) {
	for len(s.workers) < conns {
		s.workers = append(s.workers, b.worker(s))
	}
	workers := s.workers[:conns]
	for _, w := range workers {
		w.took, w.houses = nil, b.houses
	}
	was, err := b.spent(s)
	if err != nil {
		return r, err
	}
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	began := time.Now()
	failed := make([]error, conns)
	var all sync.WaitGroup
	for i, w := range workers {
		all.Go(func() {
			for ctx.Err() == nil && failed[i] == nil {
				failed[i] = unit(w)
			}
		})
	}
	all.Wait()
	r.seconds = time.Since(began).Seconds()
	now, err := b.spent(s)
	if err != nil {
		return r, err
	}
	for _, err := range failed {
		if err != nil && !errors.Is(err, errSpent) {
			return r, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	var took []time.Duration
	for _, w := range workers {
		took = append(took, w.took...)
	}
	if len(took) == 0 {
		return r, fmt.Errorf("%s: not one request", s.name)
	}
	slices.Sort(took)
	r.n, r.p50, r.p95, r.p99 = len(took), took[len(took)/2], took[len(took)*95/100], took[len(took)*99/100]
	used := now.since(was)
	perRequest := func(d time.Duration) float64 { return d.Seconds() * 1000 / float64(r.n) }
	r.server, r.database = perRequest(used.server), perRequest(used.database)
	return r, nil
}

func (b *bench) worker(s *side) *worker {
	return &worker{houses: b.houses, side: s, rnd: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), //nolint:gosec // a load, not a secret
		client: &fasthttp.HostClient{Addr: s.address, MaxConns: 1, ReadTimeout: 20 * time.Second, WriteTimeout: 20 * time.Second,
			MaxIdemponentCallAttempts: 1, DisablePathNormalizing: true, ReadBufferSize: 16 << 10}}
}

func (b *bench) spent(s *side) (usage, error) {
	var backend int
	if err := b.admin.QueryRow(`select pg_backend_pid()`).Scan(&backend); err != nil {
		return usage{}, err
	}
	st, err := readStat(backend)
	if err != nil {
		return usage{}, err
	}
	return spent(s.cmd.Process.Pid, st.parent)
}

// house returns any tenant.
func (w *worker) house() *house { return w.houses[w.rnd.IntN(len(w.houses))] }

// send sends one request and returns the body of its answer, which must be a
// 200. Only the time until the answer counts, not what we do with it.
func (w *worker) send(method, path string, p *person, kind string, body []byte) ([]byte, error) {
	req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(res)
	req.Header.SetMethod(method)
	req.SetRequestURI("http://" + w.side.address + path)
	if p != nil {
		req.Header.Set("Cookie", "__Host-hetu="+p.cookie)
	}
	if method != fasthttp.MethodGet {
		req.Header.Set("Idempotency-Key", uuid.NewString())
		req.Header.SetContentType(kind)
		req.SetBodyRaw(body)
		if p != nil {
			req.Header.Set("X-CSRF-Token", p.csrf)
		}
	}
	began := time.Now()
	if err := w.client.Do(req, res); err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	w.took = append(w.took, time.Since(began))
	if res.StatusCode() != fasthttp.StatusOK {
		return nil, fmt.Errorf("%s %s: %d: %.300s", method, path, res.StatusCode(), res.Body())
	}
	return slices.Clone(res.Body()), nil
}

const (
	jsonType  = "application/json"
	bytesType = "application/octet-stream"
)

func (w *worker) get(path string, p *person) error {
	_, err := w.send(fasthttp.MethodGet, path, p, "", nil)
	return err
}

// post sends v and reads the answer into out, if it is not nil.
func (w *worker) post(path string, p *person, v, out any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	answer, err := w.send(fasthttp.MethodPost, path, p, jsonType, body)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

// A piece is an item on its way, and who can move it on.
type piece struct {
	house   *house
	ID      uuid.UUID `json:"id"`
	Version int       `json:"version"`
	Hash    string    `json:"content_hash"`
	task    uuid.UUID
}

// A stock is what one case leaves for the next.
type stock struct {
	mu     sync.Mutex
	pieces []piece
}

func (s *stock) put(p piece) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pieces = append(s.pieces, p)
}

// take returns a piece, or errSpent.
func (s *stock) take() (p piece, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pieces) == 0 {
		return p, errSpent
	}
	p = s.pieces[len(s.pieces)-1]
	s.pieces = s.pieces[:len(s.pieces)-1]
	return p, nil
}
