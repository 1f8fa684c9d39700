package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"hetu/app"
	"hetu/org/factor"
	"hetu/tenant/tenanttest"
)

// asking starts two nodes that demand a second factor of whoever the demand
// says, and share a key.
func asking(t *testing.T, demand factor.Demand) (one, two string) {
	t.Helper()
	first, second := tools(t), tools(t)
	first.Factor.Demand = demand
	second.Factor = first.Factor
	one, _ = serve(t, first, app.Features(first))
	two, _ = serve(t, second, app.Features(second))
	return one, two
}

// An app is an authenticator app, with what the person has noted.
type authenticator struct {
	secret   string
	recovery []string
}

func (a authenticator) code(t *testing.T, later time.Duration) string {
	t.Helper()
	code, err := totp.GenerateCode(a.secret, time.Now().Add(later))
	must(t, err)
	return code
}

// arms sets an authenticator app up for whoever is signed in; base is
// "/api/factor/mine" or that of the operators.
func (p *person) arms(t *testing.T, base string) (a authenticator) {
	t.Helper()
	begun := p.does(t, "POST "+base+"/totp/begin", fields{"password": password})
	a.secret = text(t, begun, "secret")
	res, body := p.send(t, "POST", base+"/totp", fields{"ticket": begun["ticket"], "code": a.code(t, 0)}, nil)
	var made factor.Enrolled
	if res.StatusCode != 200 {
		t.Fatalf("%s: setting up = %d %s", p.name, res.StatusCode, body)
	}
	must(t, json.Unmarshal(body, &made))
	p.csrf, a.recovery = made.CSRF, made.Recovery
	for _, c := range res.Cookies() {
		p.cookie = c.Name + "=" + c.Value
	}
	return a
}

// asked signs in with the password and returns the ticket for the second factor.
func (p *person) asked(t *testing.T, path string, in fields) string {
	t.Helper()
	res, body := (&person{base: p.base, name: p.name}).send(t, "POST", path, in, nil)
	return ticketOf(t, res, body)
}

// ticketOf returns the ticket of an answer that asks for more and lets nobody in.
func ticketOf(t *testing.T, res *http.Response, body []byte) string {
	t.Helper()
	var said struct {
		Code string
		Meta struct {
			Ticket string
			Ways   []string
		}
	}
	must(t, json.Unmarshal(body, &said))
	if res.StatusCode != 401 || said.Code != "org.second_wanted" || said.Meta.Ticket == "" || len(res.Cookies()) > 0 {
		t.Fatalf("the first proof alone = %d %s with %d cookies", res.StatusCode, body, len(res.Cookies()))
	}
	return said.Meta.Ticket
}

// TestSecondFactor is the story of a code (R355): set up with the password only, asked
// for after it, worth one sign-in, replaced by a recovery code once (AN-09); the
// password alone opens nothing (AN-01, AN-06).
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := asking(t, factor.Off)
	door := fields{"tenant": w.a.slug, "login": "plain", "password": password}
	plain, elsewhere := &person{base: one, name: "plain"}, &person{base: two, name: "plain"}
	plain.enter(t, "/api/org/sign-in", door)
	elsewhere.enter(t, "/api/org/sign-in", door)
	(&person{base: one, name: "nobody"}).fails(t, "GET /api/factor/mine", nil, 401, "tenant.no_actor")
	plain.fails(t, "POST /api/factor/mine/totp/begin", fields{"password": "Wrong-1234"}, 422, "org.password_wrong")
	plain.fails(t, "POST /api/factor/mine/recovery", fields{"password": password}, 409, "factor.not_set_up")
	begun := plain.does(t, "POST /api/factor/mine/totp/begin", fields{"password": password})
	plain.fails(t, "POST /api/factor/mine/totp", fields{"ticket": begun["ticket"], "code": "000000"}, 422, "factor.code_wrong")
	w.a.chief.on(one).fails(t, "POST /api/factor/mine/totp", fields{"ticket": begun["ticket"], "code": authenticator{secret: text(t, begun, "secret")}.code(t, 0)}, 409, "factor.begin_again")
	a := plain.arms(t, "/api/factor/mine")
	if len(a.recovery) != 10 || len(slices.Compact(slices.Sorted(slices.Values(a.recovery)))) != 10 {
		t.Errorf("recovery codes %v, want ten", a.recovery)
	}
	elsewhere.fails(t, "GET /api/org/me", nil, 401, "tenant.no_actor") // had shown nothing
	me := plain.does(t, "GET /api/org/me", nil)
	if text(t, me, "second_factor", "shown") != "totp" {
		t.Errorf("the session goes on with %v", me["second_factor"])
	}
	ticket := plain.asked(t, "/api/org/sign-in", door)
	skips := &person{base: one, name: "skips", cookie: "__Host-hetu=" + ticket[:40], csrf: "x"}
	skips.fails(t, "GET /api/org/me", nil, 401, "tenant.no_actor") // AN-09: by calling the next route
	further := func(ticket, way, code string) fields { return fields{"ticket": ticket, "way": way, "code": code} }
	const path = "/api/org/sign-in/second"
	again := &person{base: two, name: "plain"}
	again.fails(t, "POST "+path, further("no-ticket", "totp", a.code(t, 0)), 401, "org.ticket_void")
	again.fails(t, "POST "+path, further(text(t, begun, "ticket"), "totp", a.code(t, 0)), 401, "org.ticket_void") // one for setting up
	again.fails(t, "POST "+path, further(ticket, "totp", a.code(t, 0)), 401, "org.second_wrong")                  // AN-09: an old code
	again.fails(t, "POST "+path, further(ticket, "recovery", "abcd-efgh-jkmn-pqrs"), 401, "org.second_wrong")
	again.enter(t, path, further(ticket, "totp", a.code(t, 30*time.Second)))
	again.does(t, "GET /api/factor/mine", nil)
	again.fails(t, "POST "+path, further(ticket, "recovery", a.recovery[0]), 401, "org.ticket_void") // used
	spare := &person{base: one, name: "plain"}
	spare.enter(t, path, further(plain.asked(t, "/api/org/sign-in", door), "recovery", strings.ToUpper(a.recovery[0])))
	if left := at(t, spare.does(t, "GET /api/factor/mine", nil), "recovery_left"); left != 9.0 {
		t.Errorf("%v recovery codes are left, want 9", left)
	}
	spare.fails(t, "POST "+path, further(plain.asked(t, "/api/org/sign-in", door), "recovery", a.recovery[0]), 401, "org.second_wrong")
	pending := plain.asked(t, "/api/org/sign-in", door)
	spare.does(t, "POST /api/org/password", fields{"old": password, "new": "Bridge+1949x"})
	again.fails(t, "POST "+path, further(pending, "recovery", a.recovery[1]), 401, "org.ticket_void") // AN-06: pending
	w.keeps(t, a)
}

// keeps holds that neither the secret nor a recovery code stands anywhere in the
// database as it is (AU-04).
func (w *world) keeps(t *testing.T, a authenticator) {
	t.Helper()
	var found int
	must(t, tenanttest.Admin(t).QueryRow(`
		select (select count(*) from platform.seconds where encode(state, 'escape') like '%' || $1 || '%')
		     + (select count(*) from audit_entries where detail::text like '%' || $1 || '%' or detail::text like '%' || $2 || '%')
		     + (select count(*) from idempotency_keys where encode(response, 'escape') like '%' || $1 || '%' or encode(response, 'escape') like '%' || $2 || '%')`,
		a.secret, a.recovery[3]).Scan(&found))
	if found != 0 {
		t.Errorf("a secret stands in %d rows", found)
	}
}

// TestOneCodeOneSignIn holds AN-09: a hundred who have the password and the same
// code, on two nodes at once, are one sign-in; and AN-03: codes that are wrong
// lock like passwords.
func TestOneCodeOneSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := asking(t, factor.Off)
	door := fields{"tenant": w.a.slug, "login": "plain", "password": password}
	plain := &person{base: one, name: "plain"}
	plain.enter(t, "/api/org/sign-in", door)
	a := plain.arms(t, "/api/factor/mine")
	code := a.code(t, 30*time.Second)
	tickets := make([]string, 100)
	for i := range tickets {
		tickets[i] = plain.asked(t, "/api/org/sign-in", door)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	answers := map[int]int{}
	for i, ticket := range tickets {
		wg.Go(func() {
			p := &person{base: []string{one, two}[i%2], name: fmt.Sprint("racer ", i)}
			res, _ := p.send(t, "POST", "/api/org/sign-in/second", fields{"ticket": ticket, "way": "totp", "code": code}, nil)
			mu.Lock()
			defer mu.Unlock()
			answers[res.StatusCode]++
		})
	}
	wg.Wait()
	if answers[200] != 1 || answers[401] != 99 {
		t.Errorf("the answers were %v, want one 200 and 99 times 401", answers)
	}
	locked := &person{base: one, name: "plain"}
	locked.fails(t, "POST /api/org/sign-in/second", fields{"ticket": tickets[0], "way": "recovery", "code": a.recovery[0]}, 401, "org.locked")
	locked.fails(t, "POST /api/org/sign-in", door, 401, "org.locked")
}

// TestAdministratorsShowMore: whoever administers, and every operator, gets no
// further than setting a second factor up; from the moment they administer.
func TestAdministratorsShowMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, _ := asking(t, factor.Admins)
	const needed = "org.second_factor_needed"
	admin, plain := w.a.admin.on(one), w.a.plain.on(one)
	plain.does(t, "GET /api/approval/counts", nil)
	me := admin.does(t, "GET /api/org/me", nil)
	if at(t, me, "second_factor", "needed") != true {
		t.Errorf("the administrator's second factor: %v", me["second_factor"])
	}
	for _, call := range []string{"GET /api/org/members", "GET /api/approval/counts", "DELETE /api/org/sessions/" + random()} {
		admin.fails(t, call, nil, 403, needed)
	}
	admin.arms(t, "/api/factor/mine")
	admin.does(t, "GET /api/org/members", nil)
	admin.fails(t, "POST /api/factor/mine/totp/remove", fields{"password": password}, 409, "factor.last_one")
	plain.arms(t, "/api/factor/mine") // may, and may take it away again
	plain.does(t, "POST /api/factor/mine/totp/remove", fields{"password": password})
	w.a.plain.csrf, w.a.plain.cookie = plain.csrf, plain.cookie

	op := w.operator.on(one)
	op.fails(t, "GET /api/console/tenants", nil, 403, needed)
	if at(t, op.does(t, "GET /api/console/me", nil), "second_factor_needed") != true {
		t.Error("the operator is not told to set one up")
	}
	a := op.arms(t, "/api/console/factor")
	op.does(t, "GET /api/console/tenants", nil)
	op.fails(t, "POST /api/console/factor/totp/remove", fields{"password": password}, 409, "factor.last_one")
	var login string
	must(t, tenanttest.Admin(t).QueryRow(`select o.login from platform.operators o join platform.operator_seconds s on s.operator_id = o.id where $1 = o.id::text`,
		text(t, op.does(t, "GET /api/console/me", nil), "operator", "id")).Scan(&login))
	door := fields{"login": login, "password": password}
	ticket := op.asked(t, "/api/console/sign-in", door)
	next := &person{base: one, name: "operator"}
	next.fails(t, "POST /api/org/sign-in/second", fields{"ticket": ticket, "way": "recovery", "code": a.recovery[0]}, 401, "org.ticket_void") // the other door's
	next.fails(t, "POST /api/console/sign-in/second", fields{"ticket": ticket, "way": "totp", "code": a.code(t, 0)}, 401, "org.second_wrong")
	next.enter(t, "/api/console/sign-in/second", fields{"ticket": ticket, "way": "recovery", "code": a.recovery[0]})
	next.does(t, "GET /api/console/tenants", nil)
}

// TestLostFactor: what is lost is taken away by two persons, neither of them the
// one who lost it, and everything that rested on it is dead.
func TestLostFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain := w.a.plain
	ask := fields{"member_id": plain.member, "reason": "手机遗失，已当面核实"}
	const resets = "/api/factor/resets"
	plain.fails(t, "POST "+resets, ask, 403, "rbac.denied")
	w.b.chief.fails(t, "POST "+resets, ask, 404, "org.member_not_found")
	w.a.admin.fails(t, "POST "+resets, fields{"member_id": w.a.admin.member, "reason": "x"}, 409, "org.own_account")
	w.a.admin.fails(t, "POST "+resets, fields{"member_id": plain.member, "reason": " "}, 422, "request.missing")
	w.a.admin.fails(t, "POST "+resets, ask, 409, "factor.not_set_up")
	plain.arms(t, "/api/factor/mine")
	id := text(t, w.a.admin.does(t, "POST "+resets, ask), "id")
	w.a.admin.fails(t, "POST "+resets, ask, 409, "factor.reset_open")
	w.b.chief.fails(t, "POST "+resets+"/"+id+"/confirm", fields{}, 404, "factor.reset_not_found")
	w.a.admin.fails(t, "POST "+resets+"/"+id+"/confirm", fields{}, 403, "factor.another_decides")
	w.a.second.does(t, "POST "+resets+"/"+id+"/refuse", fields{})
	w.a.second.fails(t, "POST "+resets+"/"+id+"/confirm", fields{}, 409, "factor.reset_decided")
	id = text(t, w.a.admin.does(t, "POST "+resets, ask), "id")
	held := w.a.second.does(t, "GET /api/factor/held", nil)
	if len(at(t, held, "items").([]any)) != 1 {
		t.Errorf("who has a second factor: %v", held)
	}
	for p, want := range map[*person]bool{w.a.second: true, w.a.admin: false, plain: false, w.b.chief: false} {
		if _, body := p.send(t, "GET", "/api/portal/counts", nil, nil); strings.Contains(string(body), `"factor.confirm"`) != want {
			t.Errorf("%s is told that a confirmation waits: %s, want %v", p.name, body, want)
		}
	}
	w.a.second.does(t, "POST "+resets+"/"+id+"/confirm", fields{})
	w.sessions.Drop() // what a notice would have the node do
	plain.fails(t, "GET /api/org/me", nil, 401, "tenant.no_actor")
	plain.enter(t, "/api/org/sign-in", fields{"tenant": w.a.slug, "login": "plain", "password": password})
	if at(t, plain.does(t, "GET /api/factor/mine", nil), "totp") != false {
		t.Error("the lost factor is still asked for")
	}
}
