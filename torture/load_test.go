package torture

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"

	"hetu/app"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

const password = "Rain&River-2026"

// A house is a tenant with somebody who writes and somebody who reviews.
type house struct {
	id             uuid.UUID
	slug, column   string
	writer, second *person
}

// A person is a browser that does not give up: what got no answer is sent
// again, under the same key unless it forgets them.
type person struct {
	base, cookie, csrf string
	load               *load
}

type fields map[string]any

// settle opens a tenant whose people work at base.
func settle(t *testing.T, base string) *house {
	t.Helper()
	h := &house{id: tenanttest.Tenant(t, uuid.Nil, "青川省水务厅")}
	must(t, tenanttest.Admin(t).QueryRow(`select slug from platform.tenants where id = $1`, h.id).Scan(&h.slug))
	hash, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	must(t, err)
	features := app.Features(app.Tools{})
	db := tenanttest.DB(t)
	admin, err := org.OpenTenant(t.Context(), db, h.id, org.AdminSpec{Login: "admin", Name: "管理员", Hash: hash},
		func(ctx context.Context, tx *tenant.Tx) error { return app.Seed(ctx, tx, features) })
	must(t, err)
	ctx := tenant.As(t.Context(), tenant.Actor{Tenant: h.id, Member: admin, Name: "管理员", Request: "test"})
	must(t, db.Write(ctx, func(tx *tenant.Tx) error {
		var office uuid.UUID
		if err := tx.Get(ctx, &office, `select id from departments where kind = 'office'`); err != nil {
			return err
		}
		for _, login := range []string{"writer", "second"} {
			m, err := org.AddMember(ctx, tx, org.NewMember{Login: login, Name: login, Hash: hash, DepartmentID: office, Title: "科员"})
			if err != nil {
				return err
			}
			for _, r := range app.Rights(features) {
				if _, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: m, Permission: r.Permission}); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	h.writer, h.second = h.enter(t, base, "writer"), h.enter(t, base, "second")
	h.column = h.writer.does(t, "POST /api/publish/columns", fields{"name": "汛情快报", "review_levels": 1})["id"].(string)
	return h
}

func (h *house) enter(t *testing.T, base, login string) *person {
	t.Helper()
	p := &person{base: base}
	res, body, err := p.once("POST", "/api/org/sign-in", uuid.NewString(), fields{"tenant": h.slug, "login": login, "password": password})
	must(t, err)
	var me struct{ CSRF string }
	must(t, json.Unmarshal(body, &me))
	for _, c := range res.Cookies() {
		p.cookie = c.Name + "=" + c.Value
	}
	if p.csrf = me.CSRF; p.csrf == "" || p.cookie == "" {
		t.Fatalf("%s cannot sign in: %d %s", login, res.StatusCode, body)
	}
	return p
}

var client = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32}}

func (p *person) once(method, path, key string, in any) (*http.Response, []byte, error) {
	kind, body := "application/octet-stream", []byte(nil)
	if raw, ok := in.([]byte); ok {
		body = raw
	} else if in != nil {
		kind = "application/json"
		var err error
		if body, err = json.Marshal(in); err != nil {
			return nil, nil, err
		}
	}
	req, err := http.NewRequest(method, p.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	req.GetBody = nil // whoever sends it again is us
	for k, v := range map[string]string{"Content-Type": kind, "Idempotency-Key": key, "X-CSRF-Token": p.csrf, "Cookie": p.cookie} {
		if v != "" {
			req.Header.Set(k, v)
		}
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	return res, answer, err
}

// does sends what must succeed at once.
func (p *person) does(t *testing.T, call string, in any) map[string]any {
	t.Helper()
	method, path, _ := strings.Cut(call, " ")
	res, body, err := p.once(method, path, uuid.NewString(), in)
	must(t, err)
	out := map[string]any{}
	if err := json.Unmarshal(body, &out); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s = %d %s", call, res.StatusCode, body)
	}
	return out
}

// A load is people of one tenant who publish one item after the other, each
// all by themselves, until told to stop; then each ends what they began.
type load struct {
	house    *house
	token    string // begins the title of everything
	forgets  bool   // mutant: a request that is sent again has another key
	beat     chan struct{}
	stopping atomic.Bool // nothing more is begun
	left     atomic.Bool // nor ended
	workers  sync.WaitGroup
	db       *sql.DB // as the superuser

	retries, replays atomic.Int64
	mu               sync.Mutex
	acknowledged     []string // titles whose publication was answered
	broken           []string // what went on as it should not
}

// work lets n people begin.
func work(t *testing.T, h *house, n int, forgets bool) *load {
	t.Helper()
	l := &load{house: h, token: tenant.NewID().String()[24:], forgets: forgets, beat: make(chan struct{}, 1000), db: tenanttest.Admin(t)}
	t.Cleanup(func() {
		l.left.Store(true) // the server may be gone for good
		l.stop()
	})
	for i := range n {
		l.workers.Go(func() {
			w := &worker{load: l, writer: *h.writer, second: *h.second}
			w.writer.load, w.second.load = l, l
			for j := 0; !l.stopping.Load(); j++ {
				title := fmt.Sprintf("%s第%d-%d号", l.token, i, j)
				if err := w.publish(title); err != nil {
					l.mu.Lock()
					l.broken = append(l.broken, title+": "+err.Error())
					l.mu.Unlock()
				}
			}
		})
	}
	return l
}

// answers waits until n more requests have been answered.
func (l *load) answers(t *testing.T, n int) {
	t.Helper()
	patience := time.NewTimer(time.Minute)
	defer patience.Stop()
	for len(l.beat) > 0 {
		<-l.beat
	}
	for range n {
		select {
		case <-l.beat:
			patience.Reset(time.Minute)
		case <-patience.C:
			t.Fatal("nobody is answered any more")
		}
	}
}

// stop lets everybody end what they are at.
func (l *load) stop() {
	l.stopping.Store(true)
	l.workers.Wait()
}

type worker struct {
	load           *load
	writer, second person
}

// publish takes one item the whole way: drafted, submitted, approved,
// published. It is acknowledged when the last of it is answered.
func (w *worker) publish(title string) error {
	var item struct {
		ID      string
		Version int
		State   string
	}
	if err := w.writer.insists("POST", "/api/publish/items", fields{"column_id": w.load.house.column, "kind": "news", "title": title, "body_html": "<p>正文</p>"}, &item); err != nil {
		return err
	}
	path := "/api/publish/items/" + item.ID
	if err := w.writer.insists("POST", path+"/submit", fields{"online_ok": true, "version": item.Version}, &item); err != nil {
		return err
	}
	if err := w.approve(item.ID); err != nil {
		return err
	}
	if err := w.writer.insists("GET", path, nil, &item); err != nil {
		return err
	}
	if err := w.writer.insists("POST", path+"/publish", fields{"version": item.Version}, &item); err != nil {
		return err
	}
	w.load.mu.Lock()
	defer w.load.mu.Unlock()
	w.load.acknowledged = append(w.load.acknowledged, title)
	return nil
}

func (w *worker) approve(item string) error {
	var todo struct {
		Items []struct {
			ID      string
			Subject string `json:"subject_id"`
		}
	}
	if err := w.second.insists("GET", "/api/approval/tasks?state=todo&limit=200", nil, &todo); err != nil {
		return err
	}
	for _, it := range todo.Items {
		if it.Subject != item {
			continue
		}
		var page struct {
			Case struct {
				Hash string `json:"content_hash"`
			}
		}
		if err := w.second.insists("GET", "/api/approval/tasks/"+it.ID, nil, &page); err != nil {
			return err
		}
		return w.second.insists("POST", "/api/approval/tasks/"+it.ID+"/approve", fields{"opinion": "同意", "content_hash": page.Case.Hash,
			"checks": map[string]bool{"true": true, "wording": true, "safe": true, "online": true}}, nil)
	}
	return fmt.Errorf("nobody is asked to review %s", item)
}

// insists sends a request until it is answered by anything but "not now".
func (p *person) insists(method, path string, in, out any) error {
	key := uuid.NewString()
	pause := time.NewTicker(10 * time.Millisecond)
	defer pause.Stop()
	for until := time.Now().Add(2 * time.Minute); ; <-pause.C {
		res, body, err := p.once(method, path, key, in)
		switch {
		case time.Now().After(until), p.load.left.Load():
			return fmt.Errorf("%s %s: no answer: %w %s", method, path, err, body)
		case err != nil || res.StatusCode == http.StatusServiceUnavailable:
			p.load.retries.Add(1)
			if p.load.forgets {
				key = uuid.NewString()
			}
			continue
		case res.StatusCode != http.StatusOK:
			return fmt.Errorf("%s %s = %d %s", method, path, res.StatusCode, body)
		}
		if res.Header.Get("Idempotent-Replay") != "" {
			p.load.replays.Add(1)
		}
		select {
		case p.load.beat <- struct{}{}:
		default: // nobody counts
		}
		if out == nil {
			return nil
		}
		return json.Unmarshal(body, out)
	}
}
