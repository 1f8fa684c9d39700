package app_test

import (
	"strings"
	"testing"
	"time"

	"hetu/console"
	"hetu/org/factor"
	"hetu/tenant/tenanttest"
)

// consoleStory: operators make tenants, and keep them out; they have a door of
// their own and see nothing within (TI-11, TI-14).
func (w *world) consoleStory(t *testing.T) {
	op := w.operator
	slug := "g" + random()[24:]
	group := fields{"name": "新河集团", "slug": slug}
	member := "m" + random()[24:]
	w.hire(t, w.a, member)
	smuggled := *w.a.chief
	smuggled.cookie = strings.Replace(smuggled.cookie, "__Host-hetu=", "__Host-hetu-op=", 1)
	inside := *op
	inside.cookie = strings.Replace(inside.cookie, "__Host-hetu-op=", "__Host-hetu=", 1)
	tries(t,
		try{w.nobody(), "GET /api/console/me", nil, 401, "tenant.no_actor"},
		try{w.a.chief, "GET /api/console/tenants", nil, 401, "tenant.no_actor"},
		try{&smuggled, "GET /api/console/tenants", nil, 401, "tenant.no_actor"},
		try{op, "GET /api/org/me", nil, 401, "tenant.no_actor"},
		try{&inside, "GET /api/publish/items", nil, 401, "tenant.no_actor"},
		try{w.nobody(), "POST /api/console/sign-in", fields{"login": "op" + random()[24:], "password": password}, 401, "console.credentials"},
		try{w.nobody(), "POST /api/console/sign-in", fields{"login": member, "password": password}, 401, "console.credentials"}, // a member's
		try{w.a.chief, "POST /api/console/groups", group, 401, "tenant.no_actor"},
		try{op, "POST /api/console/groups", fields{"name": "新河集团", "slug": "New River"}, 422, "console.slug_chars"},
		try{op, "POST /api/console/groups", fields{"name": "新河集团", "slug": "api"}, 422, "console.slug_reserved"},
		try{op, "POST /api/console/groups", fields{"name": " ", "slug": slug}, 422, "request.missing"},
	)
	made := op.does(t, "POST /api/console/groups", group)
	op.fails(t, "POST /api/console/groups", group, 409, "console.slug_taken")
	in := func(change fields) fields {
		f := fields{"group_id": made["id"], "slug": slug + "a", "name": "新河市水务局", "short_name": "新河局", "kind": "hq",
			"admin_name": "周明", "admin_login": "zhouming"}
		for k, v := range change {
			f[k] = v
		}
		return f
	}
	const tenants = "POST /api/console/tenants"
	tries(t,
		try{w.nobody(), tenants, in(nil), 401, "tenant.no_actor"},
		try{op, tenants, in(fields{"group_id": random()}), 422, "console.no_such_group"},
		try{op, tenants, in(fields{"parent_id": w.a.id}), 422, "console.no_such_parent"}, // of another group
		try{op, tenants, in(fields{"slug": w.a.slug}), 409, "console.slug_taken"},
		try{op, tenants, in(fields{"admin_login": "Zhou Ming"}), 422, "console.login_chars"},
		try{op, "GET /api/console/tenants?sort=secret", nil, 422, "request.not_a_choice"},
		try{op, "GET /api/console/tenants?state=gone", nil, 422, "request.not_a_choice"},
		try{w.a.chief, "GET /api/console/usage", nil, 401, "tenant.no_actor"},
		try{op, tenants, in(fields{"state": "active"}), 422, "request.unknown_field"},
	)
	tenant := op.does(t, tenants, in(nil))
	op.fails(t, tenants, in(nil), 409, "console.slug_taken")
	w.firstAdmin(t, slug+"a", text(t, tenant, "tenant", "id"), text(t, tenant, "link_token"))
}

// firstAdmin comes in by the link, once; then the tenant is suspended.
func (w *world) firstAdmin(t *testing.T, slug, id, token string) {
	t.Helper()
	op, path := w.operator, "/api/console/tenants/"+id
	again := text(t, op.does(t, "POST "+path+"/first-admin", nil), "link_token")
	activate := func(token, password string) fields {
		return fields{"token": token, "password": password, "agreed": true}
	}
	tries(t,
		try{w.nobody(), "POST " + path + "/first-admin", nil, 401, "tenant.no_actor"},
		try{w.nobody(), "POST /api/org/activate", activate(token, password), 404, "org.link_invalid"}, // the first link has gone
		try{w.nobody(), "POST /api/org/activate", activate(again, "password"), 422, "org.password_weak"},
		try{w.nobody(), "POST /api/org/sign-in", fields{"tenant": slug, "login": "zhouming", "password": password}, 401, "org.credentials"},
	)
	admin := w.nobody()
	admin.enter(t, "/api/org/activate", activate(again, password))
	tries(t,
		try{w.nobody(), "POST /api/org/activate", activate(again, password), 404, "org.link_invalid"},
		try{op, "POST " + path + "/first-admin", nil, 409, "console.tenant_opened"},
		try{op, "POST /api/console/tenants/" + random() + "/first-admin", nil, 404, "console.tenant_not_found"},
		try{admin, "GET /api/org/members", nil, 200, ""},
		try{admin, "POST /api/publish/items", fields{"column_id": random(), "kind": "news", "title": "题"}, 403, "rbac.denied"}, // no content
	)
	suspend, resume := "POST "+path+"/suspend", "POST "+path+"/resume"
	door := fields{"tenant": slug, "login": "zhouming", "password": password}
	tries(t,
		try{w.nobody(), suspend, fields{"reason": "欠费", "version": 1}, 401, "tenant.no_actor"},
		try{admin, suspend, fields{"reason": "欠费", "version": 1}, 401, "tenant.no_actor"},
		try{op, suspend, fields{"reason": " ", "version": 1}, 422, "request.missing"},
		try{op, suspend, fields{"reason": "欠费", "version": 9}, 409, "console.stale"},
		try{op, "POST /api/console/tenants/" + random() + "/suspend", fields{"reason": "欠费", "version": 1}, 404, "console.tenant_not_found"},
		try{op, resume, fields{"version": 1}, 409, "console.wrong_state"},
	)
	now := op.does(t, suspend, fields{"reason": "欠费", "version": op.version(t, id)})
	dies(t, admin, "GET /api/org/me", "the tenant was suspended", time.Now())
	tries(t,
		try{w.nobody(), "POST /api/org/sign-in", door, 403, "org.tenant_suspended"},
		try{op, suspend, fields{"reason": "欠费", "version": now["version"]}, 409, "console.wrong_state"},
		try{op, resume, fields{"version": now["version"]}, 200, ""},
		try{admin, "GET /api/org/me", nil, 401, "tenant.no_actor"}, // the old session stays dead
		try{w.nobody(), "POST /api/org/sign-in", door, 200, ""},
	)
	acts := map[string]bool{}
	for _, a := range at(t, op.does(t, "GET /api/console/audit?limit=200", nil), "items").([]any) {
		if strings.Contains(text(t, a, "object"), id) {
			acts[text(t, a, "action")] = true
		}
	}
	for _, want := range []string{"console.tenant_made", "console.link_made", "console.tenant_suspended", "console.tenant_active"} {
		if !acts[want] {
			t.Errorf("the operators' audit lacks %s: %v", want, acts)
		}
	}
}

// version is what the console knows a tenant at.
func (p *person) version(t *testing.T, id string) any {
	t.Helper()
	return at(t, p.does(t, "GET /api/console/tenants/"+id, nil), "tenant", "version")
}

// TestOperatorFirstPassword: who comes in with the password that `hetu operator
// create` prints replaces it before anything else, and sets a second factor up
// after that; once they have, nobody asks again (R243).
func TestOperatorFirstPassword(t *testing.T) {
	t.Parallel()
	one, two := asking(t, factor.Admins)
	login := "op" + random()[24:]
	first, err := console.InviteOperator(t.Context(), tenanttest.Operators(t), login, "新运维员")
	must(t, err)
	p := &person{base: one, name: "operator"}
	p.enter(t, "/api/console/sign-in", fields{"login": login, "password": first})
	if me := p.does(t, "GET /api/console/me", nil); me["must_change_password"] != true || me["second_factor_needed"] != true {
		t.Errorf("me = %v", me)
	}
	change := "POST /api/console/password"
	tries(t,
		try{&person{base: one, name: "nobody"}, change, fields{"old": first, "new": password}, 401, "tenant.no_actor"},
		try{p, "GET /api/console/tenants", nil, 403, "org.must_change_password"},
		try{p, "POST /api/console/groups", fields{"slug": "x", "name": "x"}, 403, "org.must_change_password"},
		try{p, "POST /api/console/factor/totp/begin", fields{"password": first}, 403, "org.must_change_password"},
		try{p, change, fields{"old": first, "new": "password"}, 422, "org.password_weak"},
		try{p, change, fields{"old": first, "new": first}, 422, "org.password_same"},
	)
	res, body := p.send(t, "POST", "/api/console/password", fields{"old": first, "new": password}, nil)
	if res.StatusCode != 200 || len(res.Cookies()) != 1 {
		t.Fatalf("changing = %d %s", res.StatusCode, body)
	}
	p.fails(t, "GET /api/console/me", nil, 401, "tenant.no_actor") // the session it was done in
	back := &person{base: two, name: "operator"}
	back.fails(t, "POST /api/console/sign-in", fields{"login": login, "password": first}, 401, "console.credentials")
	back.enter(t, "/api/console/sign-in", fields{"login": login, "password": password})
	if me := back.does(t, "GET /api/console/me", nil); me["must_change_password"] != false {
		t.Errorf("after it, me = %v", me)
	}
	back.fails(t, "GET /api/console/tenants", nil, 403, "org.second_factor_needed")
	begun := back.does(t, "POST /api/console/factor/totp/begin", fields{"password": password})
	if text(t, begun, "secret") == "" {
		t.Errorf("setting a second factor up begins with %v", begun)
	}
}
