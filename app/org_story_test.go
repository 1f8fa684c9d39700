package app_test

import (
	"strings"
	"testing"
	"time"
)

func (w *world) newMemberStory(t *testing.T) {
	admin, plain, members := w.a.admin, w.a.plain, "POST /api/org/members"
	hire := func(change fields) fields {
		in := fields{"name": "沈青", "login": "shenqing", "department_id": w.a.office, "title": "科员", "head": false}
		for k, v := range change {
			in[k] = v
		}
		return in
	}
	theirs := "/api/org/members/" + plain.member.String()
	tries(t,
		try{w.nobody(), members, hire(nil), 401, "tenant.no_actor"},
		try{plain, members, hire(nil), 403, "rbac.denied"},
		try{w.b.chief, "PATCH " + theirs, fields{"name": "别名", "version": 1}, 404, "org.member_not_found"},
		try{w.b.chief, "POST " + theirs + "/lock", fields{"reason": "试"}, 404, "org.member_not_found"},
		try{w.b.chief, "POST " + theirs + "/reset", fields{}, 404, "org.member_not_found"},
		try{w.hq.chief, "POST " + theirs + "/link", nil, 404, "org.member_not_found"},
		try{admin, members, hire(fields{"department_id": w.b.office}), 422, "org.no_such_subject"},
		try{admin, members, hire(fields{"login": "Shen Qing"}), 422, "request.malformed"},
		try{admin, members, hire(fields{"name": ""}), 422, "request.too_short"},
		try{admin, members, hire(fields{"name": "  "}), 422, "request.missing"},
		try{admin, members, hire(fields{"name": strings.Repeat("长", 51)}), 422, "request.too_long"},
		try{admin, members, hire(fields{"state": "active"}), 422, "request.unknown_field"},
	)
	made := admin.does(t, members, hire(nil))
	admin.fails(t, members, hire(nil), 409, "org.login_taken")
	once := text(t, made, "one_time_password")
	p := w.nobody()
	p.enter(t, "/api/org/sign-in", fields{"tenant": w.a.slug, "login": "shenqing", "password": once})
	me := p.does(t, "GET /api/org/me", nil)
	if me["must_change_password"] != true {
		t.Errorf("me = %v, want that the password must be changed", me)
	}
	const change = "POST /api/org/password"
	tries(t,
		try{p, "GET /api/publish/items", nil, 403, "org.must_change_password"},
		try{p, "POST /api/attachment/uploads", fields{"name": "a.png", "size": 1}, 403, "org.must_change_password"},
		try{w.nobody(), change, fields{"old": once, "new": password}, 401, "tenant.no_actor"},
		try{p, change, fields{"old": once, "new": "12345678"}, 422, "org.password_weak"}, // R248
		try{p, change, fields{"old": once, "new": "shenqing-2026!"}, 422, "org.password_weak"},
		try{p, change, fields{"old": "wrong", "new": password}, 422, "org.password_wrong"},
		try{p, change, fields{"old": once, "new": once}, 422, "org.password_same"},
	)
	old := *p
	p.fails(t, change, fields{"old": once, "new": password}, 422, "org.rules_unread") // R244, R350
	p.renew(t, "POST", "/api/org/password", fields{"old": once, "new": password, "agreed": true})
	if p.cookie == old.cookie {
		t.Error("the session outlived the password (AN-06)")
	}
	tries(t,
		try{&old, "GET /api/org/me", nil, 401, "tenant.no_actor"},
		try{p, "GET /api/publish/items", nil, 200, ""},
		try{w.nobody(), "POST /api/org/sign-in", fields{"tenant": w.a.slug, "login": "shenqing", "password": once}, 401, "org.credentials"},
	)
	version := at(t, made, "member", "version").(float64)
	edit := "PATCH /api/org/members/" + text(t, made, "member", "id")
	tries(t,
		try{admin, edit, fields{"name": "沈青青", "version": version + 7}, 409, "org.stale"},
		try{admin, edit, fields{"name": "沈青青", "version": version}, 200, ""},
		try{admin, edit, fields{"name": "沈青青", "version": version}, 409, "org.stale"},
		try{admin, "POST /api/org/members/" + admin.member.String() + "/lock", fields{"reason": "自己"}, 409, "org.own_account"},
	)
}

// lockStory: five wrong passwords lock a door, whether somebody lives behind
// it or not, and nobody can tell which (AN-03, AN-04).
func (w *world) lockStory(t *testing.T) {
	w.hire(t, w.a, "suolian")
	enter := func(login, password string) try {
		return try{w.nobody(), "POST /api/org/sign-in", fields{"tenant": w.a.slug, "login": login, "password": password}, 401, "org.credentials"}
	}
	bodies := map[string][]string{}
	for _, login := range []string{"suolian", "meiyouren"} {
		for i := range 7 {
			code, given := "org.credentials", "Wrong-2026!"
			if i >= 4 {
				code = "org.locked"
			}
			if i == 6 {
				given = password // the right one does not help
			}
			x := enter(login, given)
			res, body := x.who.send(t, "POST", "/api/org/sign-in", x.in, map[string]string{"X-Forwarded-For": random()})
			if res.StatusCode != 401 || !strings.Contains(string(body), code) || len(res.Cookies()) > 0 {
				t.Errorf("%s, failure %d = %d %s, want 401 %s", login, i+1, res.StatusCode, body, code)
			}
			bodies[login] = append(bodies[login], until.ReplaceAllString(volatile.ReplaceAllString(string(body), ""), ""))
		}
	}
	for i := range 7 {
		if a, b := bodies["suolian"][i], bodies["meiyouren"][i]; a != b {
			t.Errorf("failure %d tells who lives there: %s, but %s", i+1, a, b)
		}
	}
	tries(t,
		try{w.nobody(), "POST /api/org/sign-in", fields{"tenant": "no-such-tenant", "login": "plain", "password": password}, 401, "org.credentials"},
		try{w.nobody(), "POST /api/org/sign-in", fields{"tenant": w.b.slug, "login": "suolian", "password": password}, 401, "org.credentials"},
		try{w.nobody(), "POST /api/org/sign-in", fields{"tenant": w.a.slug, "login": "", "password": password}, 422, "request.too_short"},
	)
	w.cookies(t)
}

// cookies: a session is the server's to name, and its cookie is safe (AN-01, AN-02).
func (w *world) cookies(t *testing.T) {
	t.Helper()
	const chosen = "__Host-hetu=chosen-by-somebody-else-chosen-by-somebody"
	p := &person{base: w.base, name: "fixed", cookie: chosen}
	res, _ := p.send(t, "POST", "/api/org/sign-in", fields{"tenant": w.a.slug, "login": "plain", "password": password}, nil)
	if res.StatusCode != 200 || len(res.Cookies()) != 1 {
		t.Fatalf("sign-in = %d with %d cookies", res.StatusCode, len(res.Cookies()))
	}
	raw, c := res.Header.Get("Set-Cookie"), res.Cookies()[0]
	if c.Name != "__Host-hetu" || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 || !c.Expires.Equal(time.Time{}) ||
		!strings.Contains(raw, "SameSite=Lax") || len(c.Value) < 43 || strings.Contains(chosen, c.Value) {
		t.Errorf("the cookie is %q", raw)
	}
	p.fails(t, "GET /api/org/me", nil, 401, "tenant.no_actor")
	p.cookie = c.Name + "=" + c.Value
	before := p.cookie
	res, _ = p.send(t, "POST", "/api/org/sign-in", fields{"tenant": w.a.slug, "login": "plain", "password": password}, nil)
	if after := res.Cookies()[0]; before == after.Name+"="+after.Value {
		t.Error("signing in again keeps the session (AN-01)")
	}
	p.fails(t, "GET /api/org/me", nil, 401, "tenant.no_actor")
}

// joinStory: one person works in two tenants with one account, and is in one
// of them at a time.
func (w *world) joinStory(t *testing.T) {
	p := w.hire(t, w.a, "liangjia")
	made := w.b.admin.does(t, "POST /api/org/members", fields{"name": "两家", "login": "liangjia", "department_id": w.b.office, "title": "", "head": false})
	link := "POST /api/org/members/" + text(t, made, "member", "id") + "/link"
	tries(t,
		try{w.nobody(), link, nil, 401, "tenant.no_actor"},
		try{w.b.plain, link, nil, 403, "rbac.denied"},
		try{w.a.admin, link, nil, 404, "org.member_not_found"},
	)
	token := text(t, w.b.admin.does(t, link, nil), "token")
	join := fields{"token": token}
	tries(t,
		try{w.nobody(), "POST /api/org/activations/look", fields{"token": token + "x"}, 404, "org.link_invalid"},
		try{w.nobody(), "POST /api/org/activations/look", join, 200, ""},
		try{w.nobody(), "POST /api/org/join", join, 401, "tenant.no_actor"},
		try{p, "POST /api/org/join", fields{"token": ""}, 422, "request.too_short"},
		try{p, "POST /api/org/join", fields{"token": random()}, 404, "org.link_invalid"},
		try{p, "POST /api/org/switch", fields{"tenant_id": w.b.id}, 404, "org.not_a_member_there"}, // TI-12
	)
	old := *p
	me := p.renew(t, "POST", "/api/org/join", join)
	if text(t, me, "tenant", "slug") != w.b.slug || len(at(t, me, "tenants").([]any)) != 2 {
		t.Errorf("after joining, me = %v", me)
	}
	tries(t,
		try{&old, "GET /api/org/me", nil, 401, "tenant.no_actor"},
		try{p, "POST /api/org/join", join, 404, "org.link_invalid"}, // once is once
		try{w.stranger.plain, "POST /api/org/join", join, 404, "org.link_invalid"},
		try{p, "POST /api/org/switch", fields{"tenant_id": w.stranger.id}, 404, "org.not_a_member_there"},
		try{p, "POST /api/org/switch", fields{"tenant_id": w.hq.id}, 404, "org.not_a_member_there"},
	)
	if me = p.renew(t, "POST", "/api/org/switch", fields{"tenant_id": w.a.id}); text(t, me, "tenant", "slug") != w.a.slug {
		t.Errorf("after switching, me = %v", me)
	}
	reset := "POST /api/org/members/" + p.member.String() + "/reset"
	if out := w.a.admin.does(t, reset, fields{"how": "person", "note": "本人到场"}); text(t, out, "token") != "" || at(t, out, "consent", "state") != "open" {
		t.Errorf("a reset by one unit of two = %v, want that the other is asked", out)
	}
	w.a.admin.does(t, "POST /api/org/members/"+p.member.String()+"/lock", fields{"reason": "调离"})
	dies(t, p, "GET /api/org/me", "the member was locked", time.Now())
	tries(t,
		try{w.nobody(), "POST /api/org/sign-in", fields{"tenant": w.a.slug, "login": "liangjia", "password": password}, 401, "org.credentials"},
		try{w.nobody(), "POST /api/org/sign-in", fields{"tenant": w.b.slug, "login": "liangjia", "password": password}, 200, ""},
	)
}
