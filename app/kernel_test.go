package app_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"hetu/app"
	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

const probeWrite rbac.Permission = "probe.write"

type code struct {
	Code string `json:"code" minLength:"1" maxLength:"20"`
}

type echo struct {
	Tenant string `json:"tenant"`
	N      int    `json:"n"`
}

// probe is a feature made to try the kernel: it keeps its things in the roles
// table.
func probe() feature.Feature {
	create := func(ctx context.Context, tx *tenant.Tx, in code) (echo, error) {
		_, err := tx.Exec(ctx, `insert into roles (id, code, name) values ($1, $2, '试' || $2)`, tenant.NewID(), in.Code)
		if tenant.Constraint(err) == "roles_code_uq" {
			return echo{}, fault.New(fault.Conflict, "probe.taken").On("code")
		}
		tx.Audit("probe.created", "probe/"+in.Code, nil)
		return echo{Tenant: tx.Actor.Tenant.String(), N: 1}, err
	}
	count := func(ctx context.Context, tx *tenant.Tx, _ feature.None) (e echo, err error) {
		e.Tenant = tx.Actor.Tenant.String()
		return e, tx.Get(ctx, &e.N, `select count(*) from roles where name like '试%'`)
	}
	take := func(_ context.Context, _ *tenant.DB, _ feature.None, r io.Reader) (e echo, err error) {
		n, err := io.Copy(io.Discard, r)
		return echo{N: int(n)}, err
	}
	return feature.Feature{
		Name:   "probe",
		Rights: []rbac.Right{{Permission: probeWrite}},
		Routes: []feature.Route{
			feature.GET("/probe/things", rbac.Member, feature.Read(count)),
			feature.POST("/probe/things", probeWrite, feature.Write(create)),
			feature.POST("/probe/silent", rbac.Member, feature.Write(func(context.Context, *tenant.Tx, feature.None) (feature.None, error) {
				return feature.None{}, nil
			})),
			feature.GET("/probe/boom", rbac.Member, feature.Read(func(context.Context, *tenant.Tx, feature.None) (feature.None, error) {
				return feature.None{}, errors.New("select secret from table")
			})),
			feature.GET("/probe/late", rbac.Member, feature.Read(func(context.Context, *tenant.Tx, feature.None) (feature.None, error) {
				return feature.None{}, fiber.ErrRequestTimeout // what the server says of a connection on which nothing came
			})),
			feature.GET("/probe/panic", rbac.Member, feature.Read(func(context.Context, *tenant.Tx, feature.None) (feature.None, error) {
				panic("secret of the panic")
			})),
			feature.PUT("/probe/bytes", rbac.Member, feature.Receive(4<<20, take)),
		},
	}
}

// doors are people with fixed tokens, for tests of what lies behind the door.
type doors map[string]app.Identity

func (d doors) Identify(_ context.Context, token string) (app.Identity, error) {
	if who, ok := d[token]; ok {
		return who, nil
	}
	return app.Identity{}, tenant.ErrNoActor
}

type site struct {
	srv             *fiber.App
	tenant, another uuid.UUID
}

func probeSite(t *testing.T, more ...func(*app.Parts)) site {
	t.Helper()
	db := tenanttest.DB(t)
	guard, err := rbac.NewGuard(db, 8)
	if err != nil {
		t.Fatal(err)
	}
	ctx, writer := tenanttest.Actor(t)
	_, member := tenanttest.As(t, writer.Tenant)
	_, stranger := tenanttest.Actor(t)
	_, fresh := tenanttest.As(t, writer.Tenant)
	err = db.Write(ctx, func(tx *tenant.Tx) error {
		_, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: writer.Member, Permission: probeWrite})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	parts := app.Parts{
		Deps: feature.Deps{DB: db, Operators: tenanttest.Operators(t)}, Guard: guard, Features: []feature.Feature{probe()},
		Hosts: []string{"hetu.test", "127.0.0.1"}, Version: "test", Ready: db.Ping, Metrics: app.NewMetrics(), Operators: doors{},
		Members: doors{"writer": {Actor: writer, CSRF: "c"}, "member": {Actor: member, CSRF: "c"},
			"stranger": {Actor: stranger, CSRF: "c"}, "fresh": {Actor: fresh, CSRF: "c", MustChange: true}},
	}
	for _, m := range more {
		m(&parts)
	}
	srv, err := app.NewServer(parts)
	if err != nil {
		t.Fatal(err)
	}
	return site{srv: srv, tenant: writer.Tenant, another: stranger.Tenant}
}

// listen opens a real port for what no client library would send, and returns
// its address.
func (s site) listen(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.srv.Listener(ln) }()
	t.Cleanup(func() { _ = s.srv.ShutdownWithTimeout(time.Second) })
	return ln.Addr().String()
}

type call struct {
	as, call, body string
	headers        map[string]string
	status         int
	contains       string
}

func (s site) do(t *testing.T, c call) (*http.Response, string) {
	t.Helper()
	method, path, _ := strings.Cut(c.call, " ")
	req, err := http.NewRequest(method, "http://hetu.test"+path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", uuid.NewString())
	req.Header.Set("X-CSRF-Token", "c")
	if c.as != "" {
		req.Header.Set("Cookie", feature.SessionCookie+"="+c.as)
	}
	for k, v := range c.headers {
		if v == "" {
			req.Header.Del(k)
		} else if k == "Host" {
			req.Host = v
		} else {
			req.Header.Set(k, v)
		}
	}
	res, err := s.srv.Test(req, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if c.status != 0 && (res.StatusCode != c.status || !strings.Contains(string(body), c.contains)) {
		t.Errorf("%s as %q = %d %s, want %d %s", c.call, c.as, res.StatusCode, body, c.status, c.contains)
	}
	return res, string(body)
}

func TestRequestsAreCheckedBeforeTheyReachAFeature(t *testing.T) {
	t.Parallel()
	s := probeSite(t)
	h := func(kv ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return m
	}
	const post, ok = "POST /api/probe/things", `{"code":"a"}`
	for _, c := range []call{
		{"", post, ok, nil, 401, `tenant.no_actor`},
		{"nobody", post, ok, nil, 401, `tenant.no_actor`},
		{"member", post, ok, nil, 403, `rbac.denied`},
		{"fresh", "GET /api/probe/things", "", nil, 403, `org.must_change_password`},
		{"writer", post, ok, h("X-CSRF-Token", "x"), 403, `request.csrf`},
		{"writer", post, ok, h("X-CSRF-Token", ""), 403, `request.csrf`},
		{"writer", post, ok, h("Origin", "http://evil.test"), 403, `request.cross_site`},
		{"writer", post, ok, h("Origin", "null"), 403, `request.cross_site`},
		{"writer", post, ok, h("Sec-Fetch-Site", "cross-site"), 403, `request.cross_site`},
		{"writer", post, ok, h("Sec-Fetch-Site", "same-site"), 403, `request.cross_site`}, // AN-08: a sibling's page
		{"writer", post, ok, h("Idempotency-Key", ""), 422, `"field":"Idempotency-Key"`},
		{"writer", post, ok, h("Content-Type", "text/plain"), 415, `request.content_type`},
		{"writer", post, ok, h("Content-Encoding", "gzip"), 415, `request.content_encoding`}, // DO-01
		{"writer", post, ok, h("Host", "evil.test"), 404, `request.unknown_host`},
		{"writer", post, `{"code":""}`, nil, 422, `"field":"code"`},
		{"writer", post, `{"code":"` + strings.Repeat("a", 2<<20) + `"}`, nil, 413, `request.too_large`},
		{"writer", post, ok, nil, 200, `"n":1`},
		{"writer", post, ok, nil, 409, `probe.taken`},
		{"writer", "POST /api/probe/silent", ``, nil, 500, `"code":"internal"`}, // a change without an audit row
		{"writer", "GET /api/probe/things", ``, nil, 200, `"n":1`},
		{"stranger", "GET /api/probe/things", ``, nil, 200, `"n":0`},
		{"writer", "GET /api/probe/boom", ``, nil, 500, `"code":"internal"`},
		{"writer", "GET /api/probe/late", ``, nil, 408, `"code":"request.silent"`},
		{"writer", "GET /api/probe/panic", ``, nil, 500, `"code":"internal"`},
		{"writer", "GET /api/probe/things/", ``, nil, 404, `no_such_route`}, // AN-11
		{"writer", "GET /API/probe/things", ``, nil, 404, `no_such_route`},
		{"writer", "GET /api/PROBE/things", ``, nil, 404, `no_such_route`},
		{"writer", "GET /api//probe/things", ``, nil, 404, `no_such_route`},
		{"writer", "DELETE /api/probe/things", ``, nil, 404, `no_such_route`},
		{"writer", "GET /debug/pprof/", ``, nil, 404, `no_such_route`}, // OP-04
		{"writer", "GET /metrics", ``, nil, 404, `no_such_route`},
		{"", "GET /livez", ``, nil, 200, `ok`},
		{"", "GET /readyz", ``, nil, 200, `ok`},
		{"", "GET /api/openapi.json", ``, nil, 200, `"openapi":"3.1.0"`},
	} {
		res, body := s.do(t, c)
		if strings.Contains(body, "secret") {
			t.Errorf("%s tells a secret: %s", c.call, body)
		}
		for k, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"} {
			if got := res.Header.Get(k); got != want {
				t.Errorf("%s: %s = %q, want %q", c.call, k, got, want)
			}
		}
		if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "script-src 'self' 'unsafe") {
			t.Errorf("%s: policy %q", c.call, csp)
		}
	}
}

// TestTenantCannotBeNamed holds TI-01: nothing in a request but its session
// says which tenant it is for.
func TestTenantCannotBeNamed(t *testing.T) {
	t.Parallel()
	s := probeSite(t)
	other := s.another.String()
	for name, c := range map[string]call{
		"header":       {headers: map[string]string{"X-Tenant-Id": other, "tenant-id": other}},
		"query":        {call: "?tenant_id=" + other + "&tenant=" + other},
		"cookie":       {headers: map[string]string{"Cookie": "__Host-hetu=writer; tenant=" + other}},
		"forwarded":    {headers: map[string]string{"X-Forwarded-Host": other + ".example", "X-Original-URL": "/api/probe/boom"}},
		"other method": {headers: map[string]string{"X-HTTP-Method-Override": "POST"}},
	} {
		t.Run(name, func(t *testing.T) {
			s.do(t, call{as: "writer", call: "GET /api/probe/things" + c.call, headers: c.headers, status: 200, contains: s.tenant.String()})
		})
	}
}

// TestRepetition holds WF-08.
func TestRepetition(t *testing.T) {
	t.Parallel()
	s := probeSite(t)
	key := map[string]string{"Idempotency-Key": uuid.NewString()}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			s.do(t, call{"writer", "POST /api/probe/things", `{"code":"once"}`, key, 200, `"n":1`})
		})
	}
	wg.Wait()
	s.do(t, call{"writer", "GET /api/probe/things", "", nil, 200, `"n":1`})
	s.do(t, call{"writer", "POST /api/probe/things", `{"code":"other"}`, key, 422, `request.idempotency_reused`})
	s.do(t, call{"writer", "GET /api/probe/things", "", nil, 200, `"n":1`})
}

func TestBytesAreCounted(t *testing.T) {
	t.Parallel()
	s := probeSite(t)
	octets := map[string]string{"Content-Type": "application/octet-stream"}
	s.do(t, call{"writer", "PUT /api/probe/bytes", strings.Repeat("x", 3<<20), octets, 200, `"n":3145728`})
	s.do(t, call{"writer", "PUT /api/probe/bytes", strings.Repeat("x", 5<<20), octets, 413, `request.too_large`})
	s.do(t, call{"writer", "PUT /api/probe/bytes", "x", nil, 415, `request.content_type`})
}

// TestSmuggling sends what no client library would. Whatever the server makes
// of a request, the one hidden behind it must never be answered.
func TestSmuggling(t *testing.T) {
	t.Parallel()
	s := probeSite(t)
	address := s.listen(t)
	const hidden = "GET /api/probe/things HTTP/1.1\r\nHost: hetu.test\r\nCookie: __Host-hetu=writer\r\n\r\n"
	const head = "POST /api/probe/things HTTP/1.1\r\nHost: hetu.test\r\nContent-Type: application/json\r\n"
	for name, raw := range map[string]string{
		"length and chunks":       head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"two lengths":             head + "Content-Length: 0\r\nContent-Length: 5\r\n\r\nxxxxx" + hidden,
		"two equal lengths":       head + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nxxxxx" + hidden,
		"two hosts":               "GET /api/probe/things HTTP/1.1\r\nHost: hetu.test\r\nHost: evil.test\r\n\r\n" + hidden,
		"chunked, but spaced":     head + "Transfer-Encoding : chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n" + hidden,
		"chunked, but not last":   head + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + hidden,
		"a length that is signed": head + "Content-Length: +5\r\n\r\nxxxxx" + hidden,
		"a refused body left":     head + "Content-Length: 3000000\r\n\r\n" + strings.Repeat("x", 100) + "\r\n" + hidden,
		"a compressed body left":  head + "Content-Encoding: gzip\r\nContent-Length: 3000000\r\n\r\n" + strings.Repeat("x", 20000) + hidden,
	} {
		t.Run(name, func(t *testing.T) {
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			_ = c.SetDeadline(time.Now().Add(5 * time.Second))
			if _, err := io.WriteString(c, raw); err != nil {
				t.Fatal(err)
			}
			_ = c.(*net.TCPConn).CloseWrite()
			answer, _ := io.ReadAll(c) // a reset is as good as an end
			if strings.Contains(string(answer), `"tenant":`) || strings.Contains(string(answer), "HTTP/1.1 200") {
				t.Errorf("the hidden request was answered:\n%s", answer)
			}
		})
	}
}
