package app_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// private makes one of everything in the bureau and returns the ids, by the
// path before the parameter. A route with a parameter that is not here fails
// the walk: whoever adds one says what it leads to.
func (w *world) private(t *testing.T) things {
	t.Helper()
	c := w.a.chief
	column := c.does(t, "POST /api/publish/columns", map[string]any{"name": "内部栏目", "review_levels": 1, "sort": 9, "rules": map[string]any{"comments": "on", "receipts": "on"}})
	col := text(t, column, "id")
	grant := c.does(t, "POST /api/publish/columns/"+col+"/grants", map[string]any{"subject_kind": "member", "subject_id": w.a.plain.member, "right": "draft"})
	item := w.a.publish(t, col, "内部工作安排")
	id := text(t, item, "id")
	draft := w.a.write(t, col, "尚未送审")
	c.does(t, "POST /api/publish/items/"+text(t, draft, "id")+"/submit", map[string]any{"online_ok": true, "version": draft["version"]})
	tasks := w.a.second.does(t, "GET /api/approval/tasks?state=todo", nil)
	sent := c.does(t, "POST /api/exchange/reports", map[string]any{"item_id": id})
	envelope := c.does(t, "GET /api/exchange/envelopes/"+text(t, sent, "id"), nil)
	journal := c.does(t, "POST /api/exchange/journals", map[string]any{"name": "内部刊物", "level": "own", "kind": "journal"})
	dept := w.a.admin.does(t, "POST /api/org/departments", map[string]any{"name": "规划科", "kind": "dept", "sort": 3, "parent_id": nil})
	member := w.a.admin.does(t, "POST /api/org/members", map[string]any{"name": "林晚", "login": "linwan", "department_id": dept["id"], "title": "科员", "head": false})
	grants := w.a.admin.does(t, "GET /api/org/grants", nil)
	role := w.a.admin.does(t, "POST /api/org/roles", map[string]any{"name": "资料员", "permissions": []string{"publish.read"}})
	notices := c.does(t, "GET /api/message/notices", nil)
	scheme := text(t, c.does(t, "POST /api/assess/schemes", map[string]any{"year": year, "name": "本局考核"}), "id")
	round, entry, judged := w.roundOf(t, w.a, scheme)
	adjusted := c.does(t, "POST /api/assess/rounds/"+round+"/adjustments", map[string]any{"type": "bonus", "unit_id": judged, "points": "1",
		"title": "内部事项", "day": fmt.Sprintf("%d-01-01", year), "reason": "内部理由", "url": "https://example.org/"})
	works := c.does(t, "GET /api/progress/works", nil)
	bulletin := c.does(t, "POST /api/assess/bulletins", map[string]any{"round_id": round, "title": "内部通报"})
	shown := "/api/assess/bulletins/" + text(t, c.does(t, "POST /api/assess/bulletins", map[string]any{"round_id": round, "title": "内部印发的通报"}), "id")
	c.does(t, "POST "+shown+"/issue", map[string]any{"version": 1})
	w.works(t, w.a)
	c.does(t, "POST "+shown+"/show", nil)
	gazettes := c.does(t, "GET /api/assess/gazettes", nil)
	c.does(t, "POST /api/assess/rounds/"+round+"/publish", map[string]any{})
	offered := c.does(t, "POST /api/assess/schemes/"+scheme+"/offers", map[string]any{"version": 2, "binding": "recommended"})
	word := c.does(t, "POST /api/wordcheck/words", map[string]any{"word": "内部说法", "class": "wording", "level": "warn"})
	phrase := c.does(t, "POST /api/wordcheck/allowed", map[string]any{"phrase": "内部说法不一"})
	finding := w.finding(t, w.a, id)
	inspection, found := w.inspection(t, w.a, id)
	wish := c.does(t, "POST /api/publish/applications", map[string]any{"reason": "内部申请", "wish": map[string]any{"name": "申请的栏目"}})
	mark := c.does(t, "POST /api/publish/offline", map[string]any{"title": "内部纪要", "reason": "会议要求", "text": "这是一份不上网的内部会议纪要的全文"})
	down := w.upAndDown(t, id)
	takedown := w.a.plain.does(t, "POST /api/publish/items/"+id+"/takedown", map[string]any{"reason": "wrong"})
	remark := w.a.plain.does(t, "POST /api/publish/items/"+id+"/comments", map[string]any{"text": "内部评论"})
	template := c.does(t, "POST /api/publish/templates", map[string]any{"name": "内部模板", "kind": "news", "column_id": col})
	c.does(t, "POST /api/publish/rule-documents", map[string]any{"item_id": id})
	pattern := c.does(t, "POST /api/publish/patterns", map[string]any{"note": "本局栏目规则"})
	helper := w.helper(t)
	target, reported := w.targeted(t)
	asked := w.reviewed(t)
	appealed := w.appealed(t)
	tried := w.onTrial(t)
	kept := w.tenancies(t)
	armed, token := w.armed(t)
	staffed := w.staffed(t)
	house, known := w.known(t)
	undelivered := w.undelivered(t)
	wanted, withheld := w.wanted(t, at(t, member, "member", "id"))
	consents := w.consented(t)
	return things{
		"/access/requests": wanted, "/access/restrictions": withheld,
		"/staff/imports": staffed["/staff/imports"], "/staff/members": staffed["/staff/members"], "/staff/offices": staffed["/staff/offices"],
		"/staff/requests": staffed["/staff/requests"], "/org/requests": staffed["/org/requests"],
		"/onboard/applications": kept["plan"], "/glass/requests": kept["glass"], "/template/sets": kept["set"],
		"/console/lists": kept["list"], "/console/onboardings": kept["plan"], "/console/glass": kept["glass"],
		"/outward/deliveries": undelivered, "/outward/channels": "wecom", "/outward/mine": "wecom",
		"/identity/providers": house, "/identity/links": known, "/identity/mine": known, "/identity/ways": w.a.slug,
		"/org/consents": consents["/org/consents"], "/factor/consents": consents["/factor/consents"],
		"/factor/resets": armed, "/token/mine": token, "/token/tokens": token,
		"/trial/runs": tried["/trial/runs"], "/trial/improvements": tried["/trial/improvements"], "/trial/feedback": tried["/trial/feedback"],
		"/trial/questions": tried["/trial/questions"], "/trial/vulnerabilities": tried["/trial/vulnerabilities"],
		"/trial/trainings": tried["/trial/trainings"], "/trial/trainings/{id}/materials": tried["/trial/trainings/{id}/materials"],
		"/verdict/rounds": appealed["/verdict/rounds"], "/verdict/notices": appealed["/verdict/notices"],
		"/verdict/appeals": appealed["/verdict/appeals"], "/verdict/raised": appealed["/verdict/raised"],
		"/review/calls": asked["/review/calls"], "/review/units": asked["/review/units"], "/review/units/{id}/files": asked["/review/units/{id}/files"],
		"/review/forms": asked["/review/forms"], "/review/forms/{id}/files": asked["/review/forms/{id}/files"],
		"/review/polls": asked["/review/polls"], "/review/tickets": asked["/review/tickets"],
		"/target/targets": target, "/target/targets/{id}/reports": reported, "/target/units": w.a.office.String(),
		"/publish/patterns": text(t, pattern, "id"), "/publish/department-reading/helpers": helper,
		"/publish/rule-documents": id,
		"/publish/templates":      text(t, template, "id"),
		"/publish/takedowns":      text(t, takedown, "id"), "/publish/comments": text(t, remark, "id"),
		"/exchange/solicitations": down["solicitation"], "/exchange/asked": down["asked"], "/exchange/bulletins": down["bulletin"],
		"/exchange/pushes": down["push"], "/exchange/pushed": down["pushed"], "/exchange/pushed/{id}/attachments": down["file"],
		"/publish/offline":      text(t, mark, "id"),
		"/publish/applications": text(t, wish, "id"),
		"/publish/inspections":  inspection, "/publish/inspections/{id}/items": id, "/publish/findings": found,
		"/wordcheck/words": text(t, word, "id"), "/wordcheck/allowed": text(t, phrase, "id"), "/wordcheck/findings": finding, "/wordcheck/versions": "1",
		"/publish/columns": col, "/publish/columns/{id}/grants": text(t, grant, "id"),
		"/publish/items": id, "/publish/items/{id}/attachments": text(t, item, "attachments", 0, "id"), "/publish/items/{id}/revisions": "1",
		"/approval/tasks": text(t, tasks, "items", 0, "id"), "/approval/cases": text(t, tasks, "items", 0, "case_id"),
		"/exchange/envelopes": text(t, sent, "id"), "/exchange/envelopes/{id}/attachments": text(t, envelope, "attachments", 0, "id"),
		"/exchange/journals": text(t, journal, "id"), "/attachment/uploads": c.upload(t, "图.png", png),
		"/org/departments": text(t, dept, "id"), "/org/members": text(t, member, "member", "id"),
		"/org/posts": text(t, member, "member", "posts", 0, "id"), "/org/grants": text(t, grants, "items", 0, "id"), "/org/roles": text(t, role, "id"),
		"/org/sessions":    text(t, c.does(t, "GET /api/org/sessions", nil), "items", 0, "id"),
		"/message/notices": text(t, notices, "items", 0, "id"),
		"/assess/offers":   text(t, offered, "id"),
		"/assess/schemes":  scheme, "/assess/mine": round, "/assess/rounds": round, "/assess/rounds/{id}/units": w.a.office.String(), "/assess/rounds/{id}/entries": entry, "/assess/adjustments": text(t, adjusted, "id"), "/assess/bulletins": text(t, bulletin, "id"), "/assess/gazettes": text(t, gazettes, "items", 0, "id"),
		"/progress/works": text(t, works, "items", 0, "id"), "/assess/samples": w.sampled(t),
		"/org/tenants": w.a.slug, "/calendar/years": "2026", "/console/tenants": w.a.id.String(),
		"/console/sessions": text(t, w.operator.does(t, "GET /api/console/sessions", nil), "items", 0, "id"),
	}
}

// wanted has somebody of the bureau ask for a right, once there is somebody to
// agree, and withholds one from a member.
func (w *world) wanted(t *testing.T, member any) (request, restriction string) {
	t.Helper()
	post := at(t, w.a.admin.does(t, "GET /api/org/members?q=chief", nil), "items", 0, "posts", 0)
	w.a.admin.does(t, "PATCH /api/org/posts/"+text(t, post, "id"), map[string]any{"title": "主任", "main": true, "head": true, "version": at(t, post, "version")})
	asked := w.a.plain.does(t, "POST /api/access/requests", map[string]any{"permission": "publish.draft", "reason": "内部值班"})
	held := w.a.chief.does(t, "POST /api/access/restrictions", map[string]any{"member_id": member, "permissions": []string{"publish.read"},
		"ends_at": time.Now().Add(time.Hour).UTC().Format(time.RFC3339), "reason": "内部处理", "basis": "内部文号"})
	return text(t, asked, "id"), text(t, held, "id")
}

// roundOf scores the unit's own office by what it published, and a department
// that nobody belongs to.
func (w *world) roundOf(t *testing.T, u unit, scheme string) (round, entry, judged string) {
	t.Helper()
	judged = text(t, u.admin.does(t, "POST /api/org/departments", map[string]any{"name": "监察科", "kind": "dept", "sort": 8, "parent_id": nil}), "id")
	s := u.chief.does(t, "PUT /api/assess/schemes/"+scheme, map[string]any{
		"name": "本局考核", "year": year, "version": 1,
		"units": []map[string]any{{"kind": "department", "id": u.office, "name": "办公室"}, {"kind": "department", "id": judged}},
		"rules": []map[string]any{{"code": "news", "name": "发布", "type": "per_item", "deed_kind": "publish.published",
			"levels": []map[string]any{{"level": "", "points": "1"}}}}})
	u.chief.does(t, "POST /api/assess/schemes/"+scheme+"/activate", map[string]any{"version": s["version"]})
	round = text(t, u.chief.does(t, "POST /api/assess/rounds", map[string]any{"scheme_id": scheme, "name": "全年", "from": fmt.Sprintf("%d-01-01", year), "to": fmt.Sprintf("%d-12-31", year)}), "id")
	w.recomputes(t, u, "/api/assess/rounds/"+round)
	detail := u.chief.does(t, "GET /api/assess/rounds/"+round+"/units/"+u.office.String(), nil)
	return round, text(t, detail, "entries", 0, "id"), judged
}

// public are routes whose parameter names nothing that belongs to a tenant.
var public = map[string]bool{"/org/tenants/{slug}": true, "/identity/ways/{slug}": true, "/outward/channels/{channel}": true, "/outward/channels/{channel}/test": true, "/outward/channels/{channel}/retry": true, "/outward/mine/{channel}": true,
	"/calendar/years/{year}": true, "/wordcheck/versions/{version}/changes": true}

var secrets = regexp.MustCompile(`(?i)pq:|sqlstate|panic|goroutine|\.go:\d+|select .* from`)

// TestEveryRouteAsEverybody walks every route there is (AZ-01, TI-02, TI-14):
// nobody is asked who they are; a member without the right is refused; and for
// a member of another tenant with every right, for a sibling bureau, and for
// the headquarters above, a thing of the bureau is exactly as missing as one
// that never was.
func TestEveryRouteAsEverybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.private(t)
	shapes := describe(t, w.features)
	var routes int
	for _, f := range w.features {
		for _, r := range f.Routes {
			routes++
			t.Run(r.Method+" "+r.Path, func(t *testing.T) {
				path, ok := fill(r.Path, func(prefix string) (string, bool) { id, ok := ids[prefix]; return id, ok })
				if !ok {
					t.Fatal("the walk does not know what its parameter leads to")
				}
				w.asNobody(t, shapes, r, path)
				w.withoutTheRight(t, shapes, r, path)
				if strings.Contains(r.Path, "{") && !public[r.Path] && r.Needs != rbac.Operator {
					w.fromOutside(t, shapes, r, path)
				}
			})
		}
	}
	if routes < 80 {
		t.Errorf("only %d routes were walked", routes)
	}
}

// same is the text that every request of the walk carries, so that two
// answers can be compared.
const same = "walk"

func (w *world) call(t *testing.T, s shapes, p *person, r feature.Route, path string) (int, string) {
	t.Helper()
	const fixed = "018f3a5e-0000-7000-8000-000000000001"
	if r.Method == "PUT" && r.Endpoint.Streams {
		path += "?offset=0"
	}
	res, body := p.send(t, r.Method, "/api"+path, s.body(r, same, func() string { return fixed }), nil)
	if res.StatusCode >= 500 {
		t.Errorf("%s: %s %s = %d %s", p.name, r.Method, path, res.StatusCode, body)
	}
	if secrets.Match(body) {
		t.Errorf("%s: %s %s tells what it should not: %s", p.name, r.Method, path, body)
	}
	return res.StatusCode, volatile.ReplaceAllString(string(body), "")
}

var volatile = regexp.MustCompile(`"request_id":"[^"]*"`)

func (w *world) asNobody(t *testing.T, s shapes, r feature.Route, path string) {
	t.Helper()
	nobody := &person{base: w.base, name: "nobody"}
	if r.Needs == rbac.Anyone {
		if status, body := w.call(t, s, nobody, r, path); status == 403 {
			t.Errorf("nobody is refused at a door for everybody: %s", body)
		}
		return
	}
	wrong := w.operator // whose cookie is another one
	if r.Needs == rbac.Operator {
		wrong = w.a.chief
	}
	for _, p := range []*person{nobody, wrong} {
		if status, body := w.call(t, s, p, r, path); status != 401 {
			t.Errorf("%s = %d %s, want 401", p.name, status, body)
		}
	}
}

func (w *world) withoutTheRight(t *testing.T, s shapes, r feature.Route, path string) {
	t.Helper()
	if r.Needs == rbac.Anyone || r.Needs == rbac.Member || r.Needs == rbac.Operator {
		return
	}
	rights := w.rights(t, w.a, w.a.plain)
	if rights.Has(r.Needs) {
		return
	}
	if status, body := w.call(t, s, w.a.plain, r, path); status != 403 || !strings.Contains(body, "rbac.denied") {
		t.Errorf("without %s = %d %s, want 403", r.Needs, status, body)
	}
}

func (w *world) rights(t *testing.T, u unit, p *person) *rbac.Rights {
	t.Helper()
	g, err := rbac.NewGuard(tenanttest.DB(t), 1)
	must(t, err)
	r, err := g.Rights(tenant.As(context.Background(), tenant.Actor{Tenant: u.id, Member: p.member}))
	must(t, err)
	return r
}

func (w *world) fromOutside(t *testing.T, s shapes, r feature.Route, path string) {
	t.Helper()
	missing, _ := fill(r.Path, func(prefix string) (string, bool) {
		if strings.HasSuffix(prefix, "/revisions") { // of whatever it is, it had a first
			return "1", true
		}
		return "018f3a5e-0000-7000-8000-00000000dead", true
	})
	for _, p := range []*person{w.stranger.chief, w.b.chief, w.hq.chief} {
		status, body := w.call(t, s, p, r, path)
		want, void := w.call(t, s, p, r, missing)
		body, void = strings.ReplaceAll(body, path, ""), strings.ReplaceAll(void, missing, "")
		if status != want || body != void {
			t.Errorf("%s: = %d %s, but what never was = %d %s", p.name, status, body, want, void)
		}
		if status < 400 {
			t.Errorf("%s: = %d %s, want a refusal", p.name, status, body)
		}
	}
}
