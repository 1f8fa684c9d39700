package app_test

import (
	"strings"
	"testing"

	"hetu/tenant/tenanttest"
)

// armed makes somebody in the bureau with a second factor that another asks to
// take away, and a token of the one who asks.
func (w *world) armed(t *testing.T) (reset, token string) {
	t.Helper()
	w.a.plain.arms(t, "/api/factor/mine")
	asked := w.a.chief.does(t, "POST /api/factor/resets", fields{"member_id": w.a.plain.member, "reason": "手机遗失"})
	made := w.a.chief.does(t, "POST /api/token/mine", fields{"name": "内部报表", "permissions": []string{"member", "publish.read"}, "read_only": true, "days": 30, "password": password})
	return text(t, asked, "id"), text(t, made, "id")
}

// program returns a program that acts with a token, at no browser.
func (p *person) program(token string) *program { return &program{p.base, "Bearer " + token} }

type program struct{ base, bearer string }

func (p *program) call(t *testing.T, call string, in any) (int, string) {
	t.Helper()
	method, path, _ := strings.Cut(call, " ")
	res, body := (&person{base: p.base, name: "program"}).send(t, method, path, in, map[string]string{"Authorization": p.bearer})
	return res.StatusCode, string(body)
}

func (p *program) wants(t *testing.T, call string, in any, status int, code string) {
	t.Helper()
	if got, body := p.call(t, call, in); got != status || !strings.Contains(body, code) {
		t.Errorf("%s = %d %s, want %d %s", call, got, body, status, code)
	}
}

// TestToken is the story of a token: no more than its member, no more than it
// says, never what is a person's own, never the console.
func TestToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	chief := w.a.chief
	made := func(p *person, in fields) string {
		in["password"] = password
		return text(t, p.does(t, "POST /api/token/mine", in), "token")
	}
	ask := func(ps ...string) fields {
		return fields{"name": "每日报表", "permissions": ps, "read_only": true, "days": 30}
	}
	beyond := ask("org.manage")
	beyond["password"] = password
	w.a.plain.fails(t, "POST /api/token/mine", beyond, 422, "token.beyond_own")
	beyond["password"] = "Wrong-1234"
	chief.fails(t, "POST /api/token/mine", beyond, 422, "org.password_wrong")
	none := fields{"name": " ", "permissions": []string{"member"}, "read_only": true, "days": 30, "password": password}
	chief.fails(t, "POST /api/token/mine", none, 422, "request.missing")

	reads := chief.program(made(chief, ask("member", "publish.read", "org.manage")))
	reads.wants(t, "GET /api/org/members", nil, 200, "items")
	reads.wants(t, "GET /api/publish/columns", nil, 200, "items")
	reads.wants(t, "GET /api/audit/entries", nil, 403, "token.out_of_scope")
	reads.wants(t, "GET /api/message/notices", nil, 200, "items")
	reads.wants(t, "POST /api/org/departments", fields{"name": "督查科", "kind": "dept", "sort": 3, "parent_id": nil}, 403, "token.read_only")
	for _, own := range []string{"GET /api/org/me", "GET /api/factor/mine", "GET /api/token/mine", "GET /api/org/sessions"} {
		reads.wants(t, own, nil, 403, "token.not_here")
	}
	reads.wants(t, "POST /api/token/mine", none, 403, "token.not_here")
	reads.wants(t, "GET /api/console/tenants", nil, 401, "tenant.no_actor")
	(&program{w.base, "Bearer hetu_nonsense"}).wants(t, "GET /api/org/members", nil, 401, "tenant.no_actor")
	(&program{w.base, "Basic eDp5"}).wants(t, "GET /api/org/members", nil, 401, "tenant.no_actor")

	all := ask("org.manage")
	all["read_only"] = false
	writes := chief.program(made(chief, all))
	writes.wants(t, "GET /api/message/notices", nil, 403, "token.out_of_scope")                                                  // what every member may is a permission too
	writes.wants(t, "POST /api/org/departments", fields{"name": "督查科", "kind": "dept", "sort": 3, "parent_id": nil}, 200, "督查科") // and needs no CSRF token
	entries := chief.does(t, "GET /api/audit/entries?action=org.department_made", nil)
	if name := text(t, entries, "items", 0, "name"); !strings.Contains(name, "每日报表") {
		t.Errorf("the audit says %q did it, want the token's name", name)
	}
	var stored int
	must(t, tenanttest.Admin(t).QueryRow(`
		select count(*) from platform.tokens where encode(token_hash, 'escape') like '%hetu\_%'
		    or exists (select from audit_entries where detail::text like '%hetu\_%')`).Scan(&stored))
	if stored != 0 {
		t.Errorf("%d tokens are kept as they are", stored)
	}
	id := text(t, chief.does(t, "GET /api/token/mine", nil), "items", 0, "id")
	w.a.plain.fails(t, "DELETE /api/token/mine/"+id, nil, 404, "token.not_found")
	w.a.plain.fails(t, "DELETE /api/token/tokens/"+id, nil, 403, "rbac.denied")
	w.b.chief.fails(t, "DELETE /api/token/tokens/"+id, nil, 404, "token.not_found")
	w.a.admin.does(t, "DELETE /api/token/tokens/"+id, nil)
	chief.fails(t, "DELETE /api/token/mine/"+id, nil, 404, "token.not_found")
	w.forgets(t)
	writes.wants(t, "GET /api/org/members", nil, 401, "tenant.no_actor")
}

// forgets waits for as long as a node may believe what it last read of a token.
func (w *world) forgets(t *testing.T) { t.Helper(); w.programs.Drop() }

// TestTokenIsDeadWithItsReason holds AN-06 and TI-11: what a token was given on
// ends it, for good.
func TestTokenIsDeadWithItsReason(t *testing.T) {
	t.Parallel()
	admin := tenanttest.Admin(t)
	for name, end := range map[string]func(*testing.T, *world, *person){
		"another password (AN-06)": func(t *testing.T, _ *world, p *person) {
			p.does(t, "POST /api/org/password", fields{"old": password, "new": "Bridge+1949x"})
		},
		"the member is locked (AN-06)": func(t *testing.T, w *world, p *person) {
			w.a.admin.does(t, "POST /api/org/members/"+p.member.String()+"/lock", fields{"reason": "离岗"})
			w.forgets(t)
			w.a.admin.does(t, "POST /api/org/members/"+p.member.String()+"/unlock", fields{})
		},
		"the last second factor is taken away": func(t *testing.T, _ *world, p *person) {
			p.arms(t, "/api/factor/mine")
			p.does(t, "POST /api/factor/mine/totp/remove", fields{"password": password})
		},
		"its day is over": func(t *testing.T, _ *world, p *person) {
			_, err := admin.Exec(`update platform.tokens set expires_at = now() where member_id = $1`, p.member)
			must(t, err)
		},
		"the tenant is suspended (TI-11)": func(t *testing.T, w *world, _ *person) {
			_, err := admin.Exec(`update platform.tenants set state = 'suspended' where id = $1`, w.a.id)
			must(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p := w.a.second
			made := p.does(t, "POST /api/token/mine", fields{"name": "巡检", "permissions": []string{"member", "publish.read"}, "read_only": true, "days": 1, "password": password})
			prog := p.program(text(t, made, "token"))
			prog.wants(t, "GET /api/publish/columns", nil, 200, "items")
			end(t, w, p)
			w.forgets(t)
			prog.wants(t, "GET /api/publish/columns", nil, 401, "tenant.no_actor")
		})
	}
}

// TestTokenFollowsRights: what the member may no longer do, their token may no
// longer do either (AN-06).
func TestTokenFollowsRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.a.second
	made := p.does(t, "POST /api/token/mine", fields{"name": "巡检", "permissions": []string{"wordcheck.manage"}, "read_only": true, "days": 1, "password": password})
	prog := p.program(text(t, made, "token"))
	prog.wants(t, "GET /api/wordcheck/words", nil, 200, "items")
	_, err := tenanttest.Admin(t).Exec(`delete from grants where subject_id = $1 and permission = 'wordcheck.manage'`, p.member)
	must(t, err)
	w.guard.Drop(w.a.id)
	prog.wants(t, "GET /api/wordcheck/words", nil, 403, "rbac.denied")
}
