package app_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/console"
	"hetu/console/onboard"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// tenancies are a list of tenants, a plan for a new unit that the bureau filed, a
// request to look into the bureau, and a template it issued.
func (w *world) tenancies(t *testing.T) map[string]string {
	t.Helper()
	slug := "l" + random()[24:]
	group := text(t, w.operator.does(t, "GET /api/console/tenants/"+w.a.id.String(), nil), "group", "id")
	list := w.operator.does(t, "POST /api/console/lists?group="+group+"&name=list.csv",
		[]byte("全称,简称,代码,类别,管理员姓名,管理员账号\n内部清单局,清单局,"+slug+",局,内部人员,neibu\n"))
	plan := w.a.chief.does(t, "POST /api/onboard/applications", planned("内部水文站"))
	set := w.a.chief.does(t, "POST /api/template/sets", fields{"name": "内部范本", "note": ""})
	request := w.operator.does(t, "POST /api/console/glass", fields{"tenant_id": w.a.id, "reason": "内部问题", "minutes": 5})
	second := w.another(t)
	second.does(t, "POST /api/console/glass/"+text(t, request, "id")+"/second", fields{"version": 1})
	return map[string]string{"list": text(t, list, "id"), "plan": text(t, plan, "id"), "set": text(t, set, "id"), "glass": text(t, request, "id")}
}

func planned(name string) fields {
	return fields{"name": name, "short_name": "水文站", "kind": "department", "slug": "h" + random()[24:], "people": 12, "head_name": "李强",
		"head_contact": "内线 8012", "admin_name": "张敏", "admin_login": "zhangmin", "cabling": "六间办公室"}
}

// another is a second operator, signed in.
func (w *world) another(t *testing.T) *person {
	t.Helper()
	login := "op" + random()[24:]
	must(t, console.CreateOperator(t.Context(), tenanttest.Operators(t), login, "运维员乙", password))
	p := w.nobody()
	p.enter(t, "/api/console/sign-in", fields{"login": login, "password": password})
	return p
}

// planStory: what an operator limits, the tenant is told in words and kept to; a
// tenant that is read only reads (TI-11), and its administrator sees the plan.
func (w *world) planStory(t *testing.T) {
	op, u := w.operator, w.b
	path := "/api/console/tenants/" + u.id.String()
	limits := func(change fields) fields {
		f := fields{"off": []string{}, "seats": nil, "bytes": nil, "expires_on": "", "note": "", "version": 0}
		for k, v := range change {
			f[k] = v
		}
		return f
	}
	tries(t,
		try{w.nobody(), "PUT " + path + "/plan", limits(nil), 401, "tenant.no_actor"},
		try{u.admin, "PUT " + path + "/plan", limits(nil), 401, "tenant.no_actor"},
		try{op, "PUT /api/console/tenants/" + random() + "/plan", limits(nil), 404, "console.tenant_not_found"},
		try{op, "PUT " + path + "/plan", limits(fields{"off": []string{"org"}}), 422, "console.no_such_module"},
		try{op, "PUT " + path + "/plan", limits(fields{"seats": 0}), 422, "request.out_of_range"},
		try{u.plain, "GET /api/plan", nil, 403, "rbac.denied"},
	)
	op.does(t, "PUT "+path+"/plan", limits(fields{"off": []string{"assess"}, "seats": 6, "bytes": 100000}))
	op.fails(t, "PUT "+path+"/plan", limits(nil), 409, "console.plan_stale")
	soon(t, "a module is off", func() bool {
		r, _ := u.chief.send(t, "GET", "/api/assess/schemes", nil, nil)
		return r.StatusCode == 403
	})
	sheet := u.admin.does(t, "GET /api/plan", nil)
	if at(t, sheet, "seats") != float64(6) || at(t, sheet, "members") != float64(5) || at(t, sheet, "bytes") != float64(100000) {
		t.Errorf("the tenant's administrator is told %v", sheet)
	}
	hired := func(login string) fields {
		return fields{"name": "新人", "login": login, "department_id": u.office, "title": "科员", "head": false}
	}
	tries(t,
		try{u.chief, "GET /api/assess/schemes", nil, 403, "plan.module_off"},
		try{u.chief, "GET /api/review/calls", nil, 403, "plan.module_off"},
		try{u.chief, "GET /api/publish/columns", nil, 200, ""},
		try{u.chief, "POST /api/attachment/uploads", fields{"name": "a.pdf", "size": 100001}, 409, "plan.storage_full"},
		try{u.chief, "POST /api/attachment/uploads", fields{"name": "a.pdf", "size": 1000}, 200, ""},
		try{u.admin, "POST /api/org/members", hired("fifth"), 200, ""},
		try{u.admin, "POST /api/org/members", hired("sixth"), 409, "plan.seats_full"},
		try{w.a.chief, "GET /api/assess/schemes", nil, 200, ""}, // another tenant has everything
	)
	op.does(t, "PUT "+path+"/plan", limits(fields{"expires_on": "2020-01-01", "version": 1}))
	column := fields{"name": "到期后的栏目", "review_levels": 1, "sort": 9}
	soon(t, "the last day is over", func() bool {
		r, b := u.chief.send(t, "POST", "/api/publish/columns", column, nil)
		return r.StatusCode == 403 && strings.Contains(string(b), "plan.expired")
	})
	u.chief.does(t, "GET /api/assess/schemes", nil)
	op.does(t, "PUT "+path+"/plan", limits(fields{"version": 2}))
	now := op.does(t, "POST "+path+"/suspend", fields{"reason": "对账", "kind": "read_only", "version": op.version(t, u.id.String())})
	soon(t, "it is read only", func() bool {
		r, b := u.chief.send(t, "POST", "/api/publish/columns", column, nil)
		return r.StatusCode == 403 && strings.Contains(string(b), "plan.read_only")
	})
	tries(t,
		try{u.chief, "GET /api/publish/columns", nil, 200, ""},
		try{u.plain, "GET /api/plan/mine", nil, 200, ""},
		try{u.admin, "POST /api/glass/requests/" + random() + "/close", nil, 404, "glass.not_found"}, // operators can be shut out all the same (TI-14)
		try{u.plain, "POST /api/org/stolen", fields{"note": " "}, 422, "request.missing"},            // so can whoever took one's account (R246)
		try{u.plain, "DELETE /api/token/mine/" + random(), nil, 404, "token.not_found"},
		try{w.nobody(), "POST /api/org/sign-in", fields{"tenant": u.slug, "login": "plain", "password": password}, 200, ""},
		try{op, "POST " + path + "/resume", fields{"version": now["version"]}, 200, ""},
	)
	soon(t, "it works again", func() bool {
		r, _ := u.chief.send(t, "POST", "/api/publish/columns", column, nil)
		return r.StatusCode == 200 || r.StatusCode == 409
	})
	w.domainStory(t)
}

// domainStory: a tenant is found by a host name of its own; whoever comes by it
// is nobody else for that (TI-01).
func (w *world) domainStory(t *testing.T) {
	t.Helper()
	op, name := w.operator, "oa-"+w.b.slug+".example.org"
	by := func(p *person, path string) (int, string) {
		req, err := http.NewRequest("GET", p.base+path, http.NoBody)
		must(t, err)
		req.Host = name
		if p.cookie != "" {
			req.Header.Set("Cookie", p.cookie)
		}
		res, err := client.Do(req)
		must(t, err)
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		must(t, err)
		return res.StatusCode, string(body)
	}
	if status, _ := by(w.nobody(), "/api/plan/here"); status != 404 {
		t.Errorf("a name of nobody's = %d, want 404", status)
	}
	op.does(t, "PUT /api/console/tenants/"+w.b.id.String()+"/domain", fields{"domain": name, "version": op.version(t, w.b.id.String())})
	soon(t, "the name is known", func() bool { _, body := by(w.nobody(), "/api/plan/here"); return strings.Contains(body, w.b.slug) })
	_, here := by(w.a.chief, "/api/org/me")
	if me := w.a.chief.does(t, "GET /api/org/me", nil); !strings.Contains(here, text(t, me, "tenant", "id")) {
		t.Errorf("by another's name somebody is %s", here)
	}
}

// onboardingStory: W33, R339 to R346: from the plan that is filed to the notice
// that the new unit is live.
func (w *world) onboardingStory(t *testing.T) {
	op, file := w.operator, "POST /api/onboard/applications"
	in := planned("云岭市水文站")
	tries(t,
		try{w.nobody(), file, in, 401, "tenant.no_actor"},
		try{w.a.plain, file, in, 403, "rbac.denied"},
		try{w.a.chief, file, fields{"name": "水文站"}, 422, "request.missing"},
		try{w.nobody(), "GET /api/console/onboardings", nil, 401, "tenant.no_actor"},
		try{w.a.chief, "GET /api/console/onboardings", nil, 401, "tenant.no_actor"},
	)
	plan := w.a.chief.does(t, file, in)
	id := text(t, plan, "id")
	w.b.chief.fails(t, "GET /api/onboard/applications/"+id, nil, 404, "onboard.not_found")
	at_ := "POST /api/console/onboardings/" + id
	accepted := op.does(t, at_+"/accept", fields{"slug": in["slug"], "steps": []string{"安装客户端"}, "template_id": "018f3a5e-1000-7000-8000-000000000001", "version": 1})
	admin := w.nobody()
	admin.enter(t, "/api/org/activate", fields{"token": text(t, accepted, "link_token"), "password": password, "agreed": true})
	tries(t,
		try{w.a.chief, "POST /api/onboard/applications/" + id + "/withdraw", fields{"version": 2}, 409, "onboard.wrong_state"},
		try{admin, "GET /api/onboard/notice", nil, 404, "onboard.not_found"},
		try{op, at_ + "/ready", fields{"version": 2}, 409, "console.onboarding_steps_open"},
	)
	version := 2
	for _, code := range []string{"training", "own1"} {
		op.does(t, at_+"/step", fields{"code": code, "done": true, "version": version})
		version++
	}
	op.does(t, at_+"/ready", fields{"version": version})
	mine := admin.does(t, "GET /api/onboard/mine", nil)
	if at(t, mine, "structure", "departments").(float64) < 6 || at(t, mine, "structure", "columns").(float64) < 5 {
		t.Errorf("the template was not used: %v", at(t, mine, "structure"))
	}
	departments := at(t, admin.does(t, "GET /api/org/departments", nil), "items").([]any)
	people := []string{}
	for i, login := range []string{"jia", "yi", "bing"} {
		m := admin.does(t, "POST /api/org/members", fields{"name": "新人" + login, "login": login, "department_id": text(t, departments[i+1], "id"), "title": "科员", "head": false})
		people = append(people, text(t, m, "member", "id"))
	}
	admin.does(t, "PUT /api/onboard/administrators", fields{"department": people[0], "document": people[1], "hr": people[2]})
	tenantID := text(t, accepted, "onboarding", "tenant_id")
	must(t, onboard.Tell(jobOf(t, tenantID), tenanttest.DB(t)))
	must(t, onboard.Tell(jobOf(t, w.a.id.String()), tenanttest.DB(t)))
	shown := op.does(t, "GET /api/console/onboardings/"+id, nil)
	notice := fields{"address": "https://oa.example.org", "functions": "信息发布、报送", "guide": "帮助中心", "contacts": "信息中心 8000", "version": shown["version"]}
	op.fails(t, at_+"/live", fields{"address": "ftp://x", "functions": "a", "guide": "b", "contacts": "c", "version": shown["version"]}, 422, "request.malformed")
	op.does(t, at_+"/live", notice)
	must(t, onboard.Tell(jobOf(t, tenantID), tenanttest.DB(t)))
	if got := admin.does(t, "GET /api/onboard/notice", nil); text(t, got, "contacts") != "信息中心 8000" {
		t.Errorf("the notice says %v", got)
	}
	if n := at(t, admin.does(t, "GET /api/message/notices", nil), "items").([]any); len(n) == 0 || text(t, n[0], "code") != "onboard.welcome" {
		t.Errorf("the new unit's people are told %v", n)
	}
}

// jobOf is a context in which a job of a tenant works.
func jobOf(t *testing.T, id string) context.Context {
	t.Helper()
	return tenant.As(t.Context(), tenant.Actor{Tenant: uuid.MustParse(id), Name: "system", Request: "test"})
}
