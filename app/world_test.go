package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"hetu/app"
	"hetu/console"
	"hetu/console/plan"
	"hetu/feature"
	"hetu/org"
	"hetu/org/factor"
	"hetu/org/identity/wecom"
	"hetu/org/token"
	"hetu/rbac"
	"hetu/storage"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
	"hetu/vault"
)

const password = "Rain&River-2026"

// A world is a real server with every feature, two groups and their people: a
// headquarters with two bureaus below it, and a stranger in a group of its own.
type world struct {
	base     string
	features []feature.Feature
	hq, a, b unit
	stranger unit
	operator *person
	guard    *rbac.Guard
	sessions *org.Sessions // of members
	programs *org.Sessions
	key      vault.Key // of a world of bureaus: seals what browsers carry
}

// A unit is a tenant with people of it, signed in.
type unit struct {
	id     uuid.UUID
	slug   string
	admin  *person // system administrator
	chief  *person // every permission there is, everywhere
	second *person // the same, so that there is somebody to review
	plain  *person // none but what everyone has
	office uuid.UUID
}

// A person is somebody at a browser of their own.
type person struct {
	base, name, cookie, csrf string
	member                   uuid.UUID
}

var quick = argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

func tools(t *testing.T) app.Tools {
	t.Helper()
	db, ops := tenanttest.DB(t), tenanttest.Operators(t)
	cfg := storage.Config{Driver: "fs", Dir: t.TempDir()}
	store, err := storage.Open(t.Context(), cfg)
	must(t, err)
	staging, err := cfg.Staging()
	must(t, err)
	passwords := org.NewPasswords(quick, 100)
	sessions, err := org.NewSessions(db, 1000)
	must(t, err)
	operators, err := console.NewSessions(ops, 100)
	must(t, err)
	programs, err := org.SessionsOf(token.Find(db), 100)
	must(t, err)
	guard, err := rbac.NewGuard(db, 100)
	must(t, err)
	plans, err := plan.NewBook(db, 100)
	must(t, err)
	return app.Tools{Store: store, Plans: plans, Staging: staging, Scanner: storage.NoScanner{}, Passwords: passwords,
		Sessions: sessions, Operators: operators, Programs: programs, Guard: guard,
		WeCom: wecom.NewTokens(db, vault.Fresh()), Factor: factor.Options{Key: vault.Fresh(), Site: "http://127.0.0.1"}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// serve starts one node of the installation and returns its address.
func serve(t *testing.T, tl app.Tools, features []feature.Feature) (string, *fiber.App) {
	t.Helper()
	srv, err := app.NewServer(app.Parts{
		Deps:  feature.Deps{DB: tenanttest.DB(t), Operators: tenanttest.Operators(t)},
		Guard: tl.Guard, Plans: tl.Plans, Members: tl.Sessions, Operators: tl.Operators, Tokens: tl.Programs, Factor: tl.Factor, Features: features,
		Hosts: []string{"127.0.0.1"}, Version: "test", Ready: tenanttest.DB(t).Ping,
	})
	must(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	go func() { _ = srv.Listener(ln) }()
	t.Cleanup(func() { _ = srv.ShutdownWithTimeout(time.Second) })
	return "http://" + ln.Addr().String(), srv
}

func newWorld(t *testing.T) *world {
	t.Helper()
	tl := tools(t)
	w := &world{features: app.Features(tl), guard: tl.Guard, sessions: tl.Sessions, programs: tl.Programs}
	w.base, _ = serve(t, tl, w.features)
	hash, err := argon2id.CreateHash(password, &quick)
	must(t, err)
	hq := tenanttest.Tenant(t, uuid.Nil, "青川省水务厅")
	w.hq = w.open(t, hq, hash)
	w.a = w.open(t, tenanttest.Tenant(t, hq, "云岭市水务局"), hash)
	w.b = w.open(t, tenanttest.Tenant(t, hq, "临溪市水务局"), hash)
	w.stranger = w.open(t, tenanttest.Tenant(t, uuid.Nil, "远山集团"), hash)
	login := "op" + tenant.NewID().String()[24:]
	must(t, console.CreateOperator(t.Context(), tenanttest.Operators(t), login, "运维员", password))
	w.operator = &person{base: w.base, name: "operator"}
	w.operator.enter(t, "/api/console/sign-in", map[string]any{"login": login, "password": password})
	return w
}

func (w *world) open(t *testing.T, id uuid.UUID, hash string) unit {
	t.Helper()
	u := unit{id: id}
	db := tenanttest.DB(t)
	must(t, tenanttest.Admin(t).QueryRow(`select slug from platform.tenants where id = $1`, id).Scan(&u.slug))
	seed := func(ctx context.Context, tx *tenant.Tx) error { return app.Seed(ctx, tx, w.features) }
	admin, err := org.OpenTenant(t.Context(), db, id, org.AdminSpec{Login: "admin", Name: "管理员", Hash: hash}, seed)
	must(t, err)
	ctx := tenant.As(t.Context(), tenant.Actor{Tenant: id, Member: admin, Name: "管理员", Request: "test"})
	members := map[string]uuid.UUID{"admin": admin}
	must(t, db.Write(ctx, func(tx *tenant.Tx) error {
		if err := tx.Get(ctx, &u.office, `select id from departments where kind = 'office'`); err != nil {
			return err
		}
		for _, login := range []string{"chief", "second", "plain"} {
			m, err := org.AddMember(ctx, tx, org.NewMember{Login: login, Name: login, Hash: hash, DepartmentID: u.office, Title: "科员"})
			if err != nil {
				return err
			}
			members[login] = m
			if login == "plain" {
				continue
			}
			for _, r := range app.Rights(w.features) {
				if _, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: m, Permission: r.Permission}); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	for login, p := range map[string]**person{"admin": &u.admin, "chief": &u.chief, "second": &u.second, "plain": &u.plain} {
		*p = &person{base: w.base, name: u.slug + "/" + login, member: members[login]}
		(*p).enter(t, "/api/org/sign-in", map[string]any{"tenant": u.slug, "login": login, "password": password})
	}
	return u
}

// enter signs the person in.
func (p *person) enter(t testing.TB, path string, in any) {
	t.Helper()
	res, body := p.send(t, "POST", path, in, nil)
	if res.StatusCode != 200 {
		t.Fatalf("%s cannot sign in: %d %s", p.name, res.StatusCode, body)
	}
	var me struct{ CSRF string }
	must(t.(*testing.T), json.Unmarshal(body, &me))
	p.csrf = me.CSRF
	for _, c := range res.Cookies() {
		p.cookie = c.Name + "=" + c.Value
	}
}

var client = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32}}

// send sends a request as the person's browser would.
func (p *person) send(t testing.TB, method, path string, in any, headers map[string]string) (*http.Response, []byte) {
	t.Helper()
	var body io.Reader = http.NoBody
	kind := "application/json"
	switch in := in.(type) {
	case nil:
	case []byte:
		body, kind = bytes.NewReader(in), "application/octet-stream"
	case string:
		body = strings.NewReader(in)
	default:
		b, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, p.base+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Idempotency-Key", uuid.NewString())
	req.Header.Set("X-CSRF-Token", p.csrf)
	if p.cookie != "" {
		req.Header.Set("Cookie", p.cookie)
	}
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, answer
}

// does sends a request that must succeed and returns what it was answered.
func (p *person) does(t testing.TB, call string, in any) map[string]any {
	t.Helper()
	method, path, _ := strings.Cut(call, " ")
	res, body := p.send(t, method, path, in, nil)
	if res.StatusCode != 200 {
		t.Fatalf("%s: %s %v = %d %s", p.name, call, in, res.StatusCode, body)
	}
	out := map[string]any{}
	if err := json.Unmarshal(body, &out); err != nil {
		t.Fatalf("%s: %s: %v", call, body, err)
	}
	return out
}

// fails sends a request that must fail with this status and code.
func (p *person) fails(t testing.TB, call string, in any, status int, code string) {
	t.Helper()
	method, path, _ := strings.Cut(call, " ")
	res, body := p.send(t, method, path, in, nil)
	if res.StatusCode != status || !strings.Contains(string(body), fmt.Sprintf("%q", code)) {
		t.Errorf("%s: %s = %d %s, want %d %s", p.name, call, res.StatusCode, body, status, code)
	}
}

// at returns what stands at a path of names and indexes in an answer.
func at(t testing.TB, v any, path ...any) any {
	t.Helper()
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("no %q in %v", p, v)
			}
			v = m[p]
		case int:
			l, ok := v.([]any)
			if !ok || p >= len(l) {
				t.Fatalf("no [%d] in %v", p, v)
			}
			v = l[p]
		}
	}
	return v
}

func text(t testing.TB, v any, path ...any) string {
	t.Helper()
	s, ok := at(t, v, path...).(string)
	if !ok {
		t.Fatalf("no text at %v of %v", path, v)
	}
	return s
}
