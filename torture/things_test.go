package torture

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/console"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// things are what there is to attack: ids by the path they stand behind.
type things struct {
	ids    map[string]string
	slug   string
	spares map[string]string // ids of what may be spoilt, by the name of a field
	made   int
}

// disruptive are routes that would only end what the attack runs on.
var disruptive = map[string]bool{
	"POST /api/org/sign-out": true, "POST /api/org/password": true, "POST /api/org/switch": true, "POST /api/org/join": true,
	"DELETE /api/org/sessions/{id}": true, "POST /api/org/stolen": true, "POST /api/console/sign-out": true,
	"POST /api/console/password": true, "DELETE /api/console/sessions/{id}": true, "DELETE /api/org/grants/{id}": true,
}

// random is an id that nothing has.
func random() string { return uuid.Must(uuid.NewV7()).String() }

// fill puts ids in the place of a path's parameters.
func (th *things) fill(path string) string {
	parts := strings.Split(path, "/")
	filled := append([]string(nil), parts...)
	for i, p := range parts {
		if !strings.HasPrefix(p, "{") {
			continue
		}
		id := th.ids[strings.Join(parts[:i], "/")]
		switch {
		case id != "":
		case p == "{year}":
			id = "2026"
		case p == "{number}", p == "{version}":
			id = "1"
		case p == "{slug}":
			id = th.slug
		default:
			id = "01980000-0000-7000-8000-000000000001"
		}
		filled[i] = id
	}
	return strings.Join(filled, "/")
}

// known is a value for a field of a body or a query, by its name; leave says
// that the field is better left out.
func (th *things) known(name, kind string) (value any, leave bool) {
	if v, ok := usual[name]; ok && (kind == "string" || kind == "integer" || kind == "number") {
		return v, false
	}
	switch {
	case name == "noticed_at", name == "role_id", name == "scope_id", name == "scope_kind", name == "head", name == "replaces":
		return nil, true
	case kind == "date-time":
		return "2027-06-01T09:00:00+08:00", false
	case kind == "uuid" && th.spares[name] != "":
		return th.spares[name], false
	case kind == "uuid":
		return th.named(name), false
	case kind != "string":
		return nil, false
	case strings.HasSuffix(name, "_on"), name == "day", name == "date", name == "from", name == "to":
		return "2026-12-01", false
	case name == "login", name == "admin_login", name == "slug", name == "code":
		return "l" + random()[24:], false
	case name == "name", name == "title", name == "word", name == "phrase", name == "short_name":
		return "名" + random()[24:], false
	}
	return nil, false
}

// usual are values that nearly every field of the name takes.
var usual = map[string]any{
	"body_html": "<p>正文</p>", "subject_kind": "member", "permission": "publish.read", "sha256": strings.Repeat("0a", 32), "digest": strings.Repeat("0a", 32),
	"q": "汛情", "year": 2026, "deed_kind": "publish.published", "url": "https://example.org/", "href": "https://example.org/", "page": "/desk",
	"points": "1", "value": "1", "weight": "100", "claimed": "1", "corrected": "1", "cap": "1", "base_points": "1", "lang": "zh-CN",
	"text": "这是一份不上网的内部会议纪要的全文，写得够长", "reason": "工作需要，写得够长", "note": "说明", "opinion": "同意",
}

// named is an id of what a field is named after; nil if there is none.
func (th *things) named(field string) any {
	what := strings.TrimSuffix(field, "_id")
	for _, at := range []string{what + "s", what, what + "es"} {
		for path, id := range th.ids {
			if strings.HasSuffix(path, "/"+at) {
				return id
			}
		}
	}
	return nil
}

// furnish makes one of each thing that a request can make, as far as a sample
// of its description does, and looks up what else there is.
func (l listing) furnish(t *testing.T, h *house, operator *person) *things {
	t.Helper()
	th := &things{ids: map[string]string{}, slug: h.slug, spares: map[string]string{}}
	spare := h.writer.does(t, "POST /api/org/members", fields{"name": "林晚", "login": "linwan", "title": "科员", "head": false,
		"department_id": h.writer.does(t, "GET /api/org/departments", nil)["items"].([]any)[0].(map[string]any)["id"]})
	member, _ := spare["member"].(map[string]any)
	for _, name := range []string{"member_id", "subject_id", "editor_id", "member", "person_id", "owner_id"} {
		th.spares[name], _ = member["id"].(string)
	}
	w := work(t, h, 2, false)
	w.answers(t, 14)
	w.stop()
	th.spares["column_id"] = h.column
	for range 2 { // what was made the first time is what the second needs
		for _, r := range l.routes() {
			if r.method == http.MethodGet {
				th.look(l, r, h.writer, operator)
			}
		}
		th.ids["/api/org/members"] = th.spares["member_id"]
		th.ids["/api/console/tenants"] = tenanttest.Tenant(t, uuid.Nil, "无人集团").String()
		for _, r := range l.routes() {
			if r.method == http.MethodPost && !strings.Contains(r.path, "{") && !disruptive[r.String()] {
				th.make(l, r, h.writer, operator)
			}
		}
	}
	return th
}

// look takes the first row of a list for what leads on from it.
func (th *things) look(l listing, r route, as, operator *person) {
	var page struct{ Items []struct{ ID string } }
	path := th.fill(r.path)
	if strings.HasSuffix(r.path, "/items") {
		path += "?view=all"
	}
	if strings.HasSuffix(r.path, "/tasks") {
		path += "?state=todo"
	}
	if _, body, err := on(r, as, operator).once("GET", path, random(), nil); err == nil && json.Unmarshal(body, &page) == nil && len(page.Items) > 0 && page.Items[0].ID != "" {
		th.ids[r.path] = page.Items[0].ID
	}
}

// make sends a sample of a request that makes something, and keeps its id.
func (th *things) make(l listing, r route, as, operator *person) {
	s := l.body(r)
	if s == nil {
		return
	}
	res, body, err := on(r, as, operator).once("POST", th.fill(r.path), random(), l.sample(s, "", th.known))
	var made struct{ ID string }
	if err == nil && res.StatusCode == http.StatusOK && json.Unmarshal(body, &made) == nil && made.ID != "" {
		th.ids[r.path] = made.ID
		th.made++
	}
}

// on is who uses a route: an operator those of the console.
func on(r route, as, operator *person) *person {
	if r.part() == "console" {
		return operator
	}
	return as
}

// operate makes an operator and signs them in.
func operate(t *testing.T, base string) *person {
	t.Helper()
	login := "op" + tenant.NewID().String()[24:]
	must(t, console.CreateOperator(t.Context(), tenanttest.Operators(t), login, "运维员", password))
	p := &person{base: base}
	p.signIn(t, "/api/console/sign-in", fields{"login": login, "password": password})
	return p
}

// signIn gives the person a session.
func (p *person) signIn(t *testing.T, path string, in fields) {
	t.Helper()
	p.cookie, p.csrf = "", ""
	res, body, err := p.once("POST", path, uuid.NewString(), in)
	must(t, err)
	var me struct{ CSRF string }
	must(t, json.Unmarshal(body, &me))
	for _, c := range res.Cookies() {
		p.cookie = c.Name + "=" + c.Value
	}
	if p.csrf = me.CSRF; p.csrf == "" || p.cookie == "" {
		t.Fatalf("%v cannot sign in: %d %s", in["login"], res.StatusCode, body)
	}
}
