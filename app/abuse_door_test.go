package app_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/org"
	"hetu/rbac"
	"hetu/tenant/tenanttest"
)

// elsewhere sends the session of somebody who is signed in everywhere but in
// the cookie: nobody comes in by it. Then it asks for streams and for another
// protocol, from a page of another site: nothing goes on talking, and there are
// no more answers than without.
func (a assault) elsewhere(t *testing.T) {
	nobody := &person{base: a.base, name: "nobody"}
	talk := map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Accept": "text/event-stream", "Origin": "http://evil.test"}
	for _, d := range a.doors {
		if d.Needs == rbac.Anyone {
			continue
		}
		name, token, _ := strings.Cut(d.who.cookie, "=")
		var in any = a.body(d)
		if d.Endpoint.Streams && d.Endpoint.Changes {
			in = []byte("x")
		}
		if !d.Endpoint.Changes {
			in = nil
		}
		query := "?token=" + token + "&access_token=" + token + "&session=" + token + "&auth=" + token + "&" + name + "=" + token + "&csrf=" + d.who.csrf
		for how, h := range map[string]map[string]string{
			"in the address": nil,
			"in headers":     {"X-Session": token, "X-Auth-Token": token, "X-Access-Token": token, name: token},
			"as a program's": {"Authorization": "Bearer " + token},
			"as a password":  {"Authorization": "Basic " + token},
			"as a protocol":  {"Sec-WebSocket-Protocol": token, "Connection": "Upgrade", "Upgrade": "websocket"},
		} {
			if res, body := nobody.send(t, d.Method, "/api"+d.path+query, in, h); res.StatusCode != 401 {
				t.Errorf("%s with a session %s = %d %.200s, want 401", d, how, res.StatusCode, body)
			}
		}
		if d.Endpoint.Changes {
			continue
		}
		was, _ := d.who.send(t, "GET", "/api"+d.path, nil, nil)
		is, _ := d.who.send(t, "GET", "/api"+d.path, nil, talk)
		if is.StatusCode == http.StatusSwitchingProtocols || is.StatusCode != was.StatusCode || strings.Contains(is.Header.Get("Content-Type"), "event-stream") {
			t.Errorf("%s asked to stream = %d %s, without %d", d, is.StatusCode, is.Header.Get("Content-Type"), was.StatusCode)
		}
	}
}

// TestSessionsRunOut: a session that nobody used for half an hour, and one that
// is twelve hours old, are dead (AN-02, AN-10).
func TestSessionsRunOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for p, change := range map[*person]string{
		w.a.plain:  `seen_at = now() - interval '30 minutes 1 second'`,
		w.a.second: `created_at = now() - interval '12 hours 1 second'`,
	} {
		p.does(t, "GET /api/org/me", nil)
		_, token, _ := strings.Cut(p.cookie, "=")
		res, err := tenanttest.Admin(t).Exec(`update platform.sessions set `+change+` where token_hash = $1`, org.TokenHash(token))
		must(t, err)
		if n, _ := res.RowsAffected(); n != 1 {
			t.Fatalf("%d sessions were made old", n)
		}
		w.sessions.Drop()
		p.fails(t, "GET /api/org/me", nil, 401, "tenant.no_actor")
		p.fails(t, "GET /api/org/me", nil, 401, "tenant.no_actor") // asking does not wake it
	}
}

// TestLinksNameNoHost asks for another password as if from another site, through
// a proxy that lies: what is made is a token and no address, kept as a hash,
// good once and for a day at most (AN-05).
func TestLinksNameNoHost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const evil = "evil.example"
	forged := map[string]string{"X-Forwarded-Host": evil, "X-Forwarded-Proto": "http", "X-Forwarded-Server": evil, "X-Host": evil,
		"X-Original-Host": evil, "Forwarded": "host=" + evil + ";proto=http", "Referer": "https://" + evil + "/", "X-Forwarded-Prefix": "//" + evil}
	p := w.hire(t, w.a, "wangmima")
	ask := fields{"tenant": w.a.slug, "login": "wangmima"}
	res, body := w.nobody().send(t, "POST", "/api/org/requests", ask, forged)
	if res.StatusCode != 200 || strings.Contains(string(body), evil) {
		t.Errorf("asking through a proxy that lies = %d %s", res.StatusCode, body)
	}
	path := "/api/org/members/" + p.member.String() + "/reset"
	res, body = w.a.admin.send(t, "POST", path, fields{}, forged)
	if res.StatusCode != 200 || strings.Contains(string(body), evil) || strings.Contains(string(body), "http") {
		t.Fatalf("the link = %d %s, want a token", res.StatusCode, body)
	}
	first := text(t, w.a.admin.does(t, "POST "+path, fields{"how": "phone", "note": "来电"}), "token")
	token := text(t, w.a.admin.does(t, "POST "+path, fields{"how": "phone", "note": "来电"}), "token")
	req, err := http.NewRequest("POST", w.base+"/api/org/reset", strings.NewReader("{}"))
	must(t, err)
	req.Host = evil
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", uuid.NewString())
	answer, err := client.Do(req)
	must(t, err)
	must(t, answer.Body.Close())
	if answer.StatusCode != 404 {
		t.Errorf("under another's name the server answers %d, want 404", answer.StatusCode)
	}
	w.kept(t, evil, token)
	chosen := fields{"token": token, "password": "Bridge+1949x", "agreed": true}
	tries(t,
		try{w.nobody(), "POST /api/org/reset", fields{"token": first, "password": "Bridge+1949x"}, 404, "org.link_invalid"}, // the newer one took its place
		try{w.nobody(), "POST /api/org/activate", fields{"token": token, "password": "Bridge+1949x", "agreed": true}, 404, "org.link_invalid"},
		try{w.nobody(), "POST /api/org/reset", chosen, 200, ""},
		try{w.nobody(), "POST /api/org/reset", chosen, 404, "org.link_invalid"},
	)
	late := text(t, w.a.admin.does(t, "POST "+path, fields{"how": "phone", "note": "来电"}), "token")
	_, err = tenanttest.Admin(t).Exec(`update platform.activations set expires_at = now() where token_hash = $1`, org.TokenHash(late))
	must(t, err)
	w.nobody().fails(t, "POST /api/org/reset", fields{"token": late, "password": "Bridge+1950x"}, 404, "org.link_invalid")
}

// TestNobodyLetsThemselvesIn: who belongs to one tenant asks, invites and
// answers their way towards another, and a member towards rights they have not
// been given: somebody else of that tenant has to say yes (TI-12).
func TestNobodyLetsThemselvesIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	out, in, admin := w.stranger, w.a, w.a.admin
	made := admin.does(t, "POST /api/org/members", fields{"name": "受邀人", "login": "shouyao", "department_id": in.office, "title": "", "head": false})
	invited := text(t, made, "member", "id")
	link := "POST /api/org/members/" + invited + "/link"
	tries(t,
		try{out.chief, "POST /api/org/switch", fields{"tenant_id": in.id}, 404, "org.not_a_member_there"},
		try{out.admin, link, nil, 404, "org.member_not_found"},
		try{out.admin, "POST /api/org/members/" + invited + "/reset", fields{"how": "phone", "note": "x"}, 404, "org.member_not_found"},
		try{out.admin, "POST /api/org/members/" + invited + "/unlock", fields{}, 404, "org.member_not_found"},
		try{out.admin, "POST /api/org/grants", fields{"subject_kind": "member", "subject_id": in.plain.member, "permission": "publish.read"}, 422, "org.no_such_subject"},
		try{in.plain, "POST /api/org/members", fields{"name": "自己", "login": "ziji", "department_id": in.office, "title": "", "head": false}, 403, "rbac.denied"},
		try{in.plain, link, nil, 403, "rbac.denied"},
		try{in.plain, "POST /api/org/grants", fields{"subject_kind": "member", "subject_id": in.plain.member, "permission": "org.manage"}, 403, "rbac.denied"},
		try{in.chief, "POST /api/org/grants", fields{"subject_kind": "member", "subject_id": in.chief.member, "permission": "trial.manage"}, 403, "org.own_grant"},
		try{out.chief, "POST /api/console/onboardings/" + random() + "/accept", fields{"version": 1}, 401, "tenant.no_actor"}, // the operators' to say
		try{out.chief, "POST /api/org/join", fields{"token": random()}, 404, "org.link_invalid"},
	)
	token := text(t, admin.does(t, link, nil), "token")
	newer := text(t, admin.does(t, link, nil), "token")
	answers := map[int]int{}
	for _, p := range []*person{out.plain, out.second, out.chief} { // what opens a door opens it once
		res, _ := p.send(t, "POST", "/api/org/join", fields{"token": newer}, nil)
		answers[res.StatusCode]++
	}
	if answers[200] != 1 || answers[404] != 2 {
		t.Errorf("three people use one invitation: %v", answers)
	}
	w.nobody().fails(t, "POST /api/org/activate", fields{"token": token, "password": password, "agreed": true}, 404, "org.link_invalid")
	in.chief.fails(t, "POST /api/access/requests", fields{"permission": "org.manage", "reason": "自己要"}, 422, "access.appointed")
}

// kept holds that neither stands anywhere in what the bureau has: the name of
// another host, and a token as it is; and that links end within a day.
func (w *world) kept(t *testing.T, texts_ ...string) {
	t.Helper()
	admin := tenanttest.Admin(t)
	for _, s := range texts_ {
		for _, table := range append(texts(t, admin, tenantTables), "platform.activations") {
			var n int
			must(t, admin.QueryRow(`select count(*) from `+table+` t where tenant_id = $1 and (to_jsonb(t)::text like $2 or to_jsonb(t)::text like $3)`,
				w.a.id, "%"+s+"%", "%"+fmt.Sprintf("%x", s)+"%").Scan(&n))
			if n > 0 {
				t.Errorf("%s holds %q in %d rows", table, s, n)
			}
		}
	}
	var long int
	must(t, admin.QueryRow(`select count(*) from platform.activations where tenant_id = $1 and kind = 'reset' and expires_at > created_at + interval '1 day'`, w.a.id).Scan(&long))
	if long > 0 {
		t.Errorf("%d links for another password are good for longer than a day", long)
	}
}

// apart compares how long two requests take, in turns, and returns the medians.
func apart(n int, one, other func()) (a, b time.Duration) {
	took := [2][]time.Duration{}
	for range n {
		for i, do := range []func(){one, other} {
			began := time.Now()
			do()
			took[i] = append(took[i], time.Since(began))
		}
	}
	for i := range took {
		slices.Sort(took[i])
	}
	return took[0][n/2], took[1][n/2]
}

// alike holds that two requests cannot be told apart by how long they take:
// three times in a row their medians would have to differ by five milliseconds
// and a quarter.
func alike(t *testing.T, what string, n int, one, other func()) {
	t.Helper()
	var a, b time.Duration
	for range 3 {
		a, b = apart(n, one, other)
		if d := (a - b).Abs(); d < 5*time.Millisecond || d < max(a, b)/4 {
			return
		}
	}
	t.Errorf("%s: %v and %v", what, a, b)
}

// TestTakesAsLong: what is another tenant's takes as long to be missing as what
// never was (TI-02); a wrong password as long as a login nobody has, and asking
// for another password too (AN-04).
func TestTakesAsLong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	column := text(t, w.a.chief.does(t, "POST /api/publish/columns", fields{"name": "内部栏目", "review_levels": 1, "sort": 9}), "id")
	item := text(t, w.a.publish(t, column, "内部信息"), "id")
	get := func(p *person, path string, want int) func() {
		return func() {
			if res, body := p.send(t, "GET", path, nil, nil); res.StatusCode != want {
				t.Errorf("%s = %d %s", path, res.StatusCode, body)
			}
		}
	}
	alike(t, "another tenant's item, and none", 250, get(w.stranger.chief, "/api/publish/items/"+item, 404), get(w.stranger.chief, "/api/publish/items/"+random(), 404))
	alike(t, "another tenant's member, and none", 250, get(w.stranger.chief, "/api/publish/columns/"+column+"/rights", 404), get(w.stranger.chief, "/api/publish/columns/"+random()+"/rights", 404))
	post := func(path, login string, want int) func() {
		return func() {
			in := fields{"tenant": w.a.slug, "login": login}
			if strings.HasSuffix(path, "sign-in") {
				in["password"] = "Wrong-2026!"
			}
			if res, body := w.nobody().send(t, "POST", path, in, nil); res.StatusCode != want {
				t.Errorf("%s as %s = %d %s", path, login, res.StatusCode, body)
			}
		}
	}
	w.hire(t, w.a, "youren")
	alike(t, "a login somebody has, and nobody", 40, post("/api/org/sign-in", "youren", 401), post("/api/org/sign-in", "wuren", 401))
	alike(t, "another password for somebody, and nobody", 100, post("/api/org/requests", "youren", 200), post("/api/org/requests", "wuren", 200))
}
