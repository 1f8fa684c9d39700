package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/app"
	"hetu/feature"
	"hetu/message/outward"
	"hetu/org/identity/wecom/wecomtest"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
	"hetu/web"
)

// undelivered is a notice of the bureau that could not be sent out.
func (w *world) undelivered(t *testing.T) string {
	t.Helper()
	var id uuid.UUID
	must(t, tenanttest.Admin(t).QueryRow(`
		insert into outward_deliveries (tenant_id, notice_id, channel, member_id, code, state, reason, due_at)
		select tenant_id, id, 'wecom', member_id, code, 'failed', 'busy', now() from notices where tenant_id = $1 limit 1
		returning notice_id`, w.a.id).Scan(&id))
	return id.String()
}

// messaged are a world with a WeCom on this machine.
func messaged(t *testing.T) (*world, *wecomtest.Server) {
	t.Helper()
	w, tl, s := newWorld(t), tools(t), wecomtest.New()
	t.Cleanup(s.Close)
	tl.Networks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	w.features = app.Features(tl)
	w.base, _ = serve(t, tl, w.features)
	for _, u := range []*unit{&w.hq, &w.a, &w.b, &w.stranger} {
		for _, p := range []*person{u.admin, u.chief, u.second, u.plain} {
			p.base = w.base
		}
	}
	return w, s
}

func asWeCom(s *wecomtest.Server) fields {
	var set []fields
	for name, value := range s.Settings() {
		set = append(set, fields{"name": name, "value": value})
	}
	return fields{"kind": "wecom", "name": "企业微信", "match": false, "secret": s.Secret, "settings": set}
}

// carries delivers what a unit has to say, as the queue would.
func (w *world) carries(t *testing.T, u unit) {
	t.Helper()
	i := slices.IndexFunc(w.features, func(f feature.Feature) bool { return f.Name == "outward" })
	ctx := tenant.As(context.Background(), tenant.Actor{Tenant: u.id, Name: "system", Request: "job"})
	must(t, w.features[i].Works[0].Run(ctx, tenanttest.DB(t), nil))
}

// scanned is what comes back from WeCom with somebody.
func scanned(t *testing.T, to, as string) url.Values {
	t.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Get(to + "&as=" + as)
	must(t, err)
	_ = res.Body.Close()
	back, err := res.Location()
	if err != nil {
		t.Fatalf("WeCom answers %d: %v", res.StatusCode, err)
	}
	return back.Query()
}

// TestWeComSignIn is the story of coming in by WeCom (R383, AN-07): set up by whoever
// may, linked, in; and nobody else.
func TestWeComSignIn(t *testing.T) {
	t.Parallel()
	w, s := messaged(t)
	s.Employ("Plain.Zhang", true)
	w.a.plain.fails(t, "POST /api/identity/providers", asWeCom(s), 403, "rbac.denied")
	inside := asWeCom(s)
	inside["settings"] = []fields{{"name": "corp_id", "value": s.Corp}, {"name": "agent_id", "value": "1"}, {"name": "api", "value": "https://169.254.169.254"}}
	w.a.admin.fails(t, "POST /api/identity/providers", inside, 422, "identity.address_refused") // IN-04
	p := w.a.admin.does(t, "POST /api/identity/providers", asWeCom(s))
	id := text(t, p, "id")
	if tested := w.a.admin.does(t, "POST /api/identity/providers/"+id+"/test", nil); tested["ok"] != true {
		t.Errorf("the test says %v", tested)
	}
	w.b.admin.fails(t, "POST /api/identity/providers/"+id+"/enable", fields{"version": p["version"]}, 404, "identity.provider_not_found")
	w.a.admin.does(t, "POST /api/identity/providers/"+id+"/enable", fields{"version": p["version"]})
	begin := fields{"tenant": w.a.slug, "provider": id}

	stranger := sets(t, browserOf(w), goesOut, begin) // WeCom knows them, and the unit does not
	stranger.wants(t, w.base, comesIn, scanned(t, stranger.url, "Plain.Zhang"), 401, "identity.no_member")
	own := sets(t, w.a.plain, "/api/identity/mine/begin", fields{"provider": id, "own_password": password})
	own.wants(t, w.base, "/api/identity/mine/finish", scanned(t, own.url, "Plain.Zhang"), 200, "")

	v := sets(t, browserOf(w), goesOut, begin)
	back := scanned(t, v.url, "plain.zhang") // WeCom does not tell capitals
	other := sets(t, browserOf(w), goesOut, begin)
	other.wants(t, w.base, comesIn, back, 401, "identity.begin_again") // another's browser
	var me struct{ Member struct{ Name string } }
	must(t, json.Unmarshal(v.wants(t, w.base, comesIn, back, 200, ""), &me))
	if me.Member.Name != "plain" {
		t.Errorf("came in as %q", me.Member.Name)
	}
	v.wants(t, w.base, comesIn, back, 401, "identity.begin_again") // again
	for _, code := range []string{"made-up", s.Outsider(), s.Code("wwother/zhang")} {
		v := sets(t, browserOf(w), goesOut, begin)
		at, err := url.Parse(v.url)
		must(t, err)
		v.wants(t, w.base, comesIn, url.Values{"state": {at.Query().Get("state")}, "code": {code}}, 401, "identity.refused")
	}
	w.a.plain.arms(t, "/api/factor/mine") // from now on WeCom is the first of two
	v = sets(t, browserOf(w), goesOut, begin)
	v.wants(t, w.base, comesIn, scanned(t, v.url, "plain.zhang"), 401, "org.second_wanted")
	w.a.admin.does(t, "POST /api/org/members/"+w.a.plain.member.String()+"/lock", fields{"reason": "离岗"})
	v = sets(t, browserOf(w), goesOut, begin)
	if res, body := v.brings(t, w.base, comesIn, scanned(t, v.url, "plain.zhang")); res.StatusCode != 401 {
		t.Errorf("locked = %d %s (AN-06)", res.StatusCode, body)
	}
}

// TestWeComMessages is the story of a task that reaches its handler in WeCom (R383):
// what may leave is decided, a title leaves, and what is done does not.
func TestWeComMessages(t *testing.T) {
	t.Parallel()
	w, s := messaged(t)
	s.Employ("second", true)
	const channel = "/api/outward/channels/wecom"
	on := fields{"on": true, "wording": "title", "kinds": []string{"approval"}, "version": 0}
	w.a.plain.fails(t, "PUT "+channel, on, 403, "rbac.denied")
	w.a.admin.fails(t, "PUT "+channel, on, 409, "outward.not_set_up")
	w.a.admin.fails(t, "PUT /api/outward/channels/pigeon", on, 404, "outward.channel_not_found")
	p := w.a.admin.does(t, "POST /api/identity/providers", asWeCom(s))
	id := text(t, p, "id")
	w.a.admin.does(t, "POST /api/identity/providers/"+id+"/enable", fields{"version": p["version"]})
	w.a.admin.fails(t, "PUT "+channel, fields{"on": true, "wording": "all", "kinds": []string{}, "version": 0}, 422, "request.not_a_choice")
	w.a.admin.fails(t, "PUT "+channel, fields{"on": true, "wording": "title", "kinds": []string{"gossip"}, "version": 0}, 422, "outward.kind_unknown")
	w.a.admin.does(t, "PUT "+channel, on)
	w.a.admin.fails(t, "PUT "+channel, on, 409, "outward.stale")
	w.a.admin.fails(t, "POST "+channel+"/test", nil, 409, "outward.no_link")

	own := sets(t, w.a.second, "/api/identity/mine/begin", fields{"provider": id, "own_password": password})
	own.wants(t, w.base, "/api/identity/mine/finish", scanned(t, own.url, "second"), 200, "")
	w.a.second.does(t, "POST "+channel+"/test", nil)
	if box := s.Got("second"); len(box) != 1 || !strings.Contains(box[0].Description, "测试") {
		t.Fatalf("the test is %v", box)
	}

	col := text(t, w.a.chief.does(t, "POST /api/publish/columns", fields{"name": "防汛", "review_levels": 1, "sort": 9}), "id")
	hand := func(title string) string {
		item := w.a.write(t, col, title)
		w.a.chief.does(t, "POST /api/publish/items/"+text(t, item, "id")+"/submit", fields{"online_ok": true, "version": item["version"]})
		return text(t, item, "id")
	}
	hand("城区内涝处置方案")
	gone := hand("尚未定稿的方案")
	for _, it := range at(t, w.a.chief.does(t, "GET /api/approval/cases?mine=true", nil), "items").([]any) {
		if text(t, it, "subject_id") == gone {
			w.a.chief.does(t, "POST /api/approval/cases/"+text(t, it, "id")+"/withdraw", fields{"reason": "再改"})
		}
	}
	w.a.second.does(t, "PUT /api/outward/mine/wecom", fields{"mode": "all", "quiet": false, "version": 0})
	w.carries(t, w.a)
	w.carries(t, w.a)
	var told []string
	for _, m := range s.Got("second")[1:] {
		told = append(told, m.Description)
		if m.Title != "审批" || !strings.Contains(m.Link, "/open?t="+w.a.slug) || strings.Contains(m.Description, "落实责任") {
			t.Errorf("sent %+v", m)
		}
	}
	all := strings.Join(told, "\n")
	if strings.Count(all, "《城区内涝处置方案》等待您办理") != 1 || strings.Contains(all, "《尚未定稿的方案》等待您办理") {
		t.Errorf("sent %q", all)
	}
	log := w.a.admin.does(t, "GET /api/outward/deliveries?limit=100", nil)
	if text := fmt.Sprint(log); strings.Contains(text, "内涝") || !strings.Contains(text, "reason:over") {
		t.Errorf("the log is %s", text)
	}
	w.a.plain.fails(t, "GET /api/outward/deliveries", nil, 403, "rbac.denied")
	if items := at(t, w.b.admin.does(t, "GET /api/outward/deliveries", nil), "items").([]any); len(items) != 0 {
		t.Errorf("another bureau sees %v", items)
	}
}

// TestOutwardWords: of everything a notice may name somebody has decided whether it
// leaves the house, and every kind of notice has a name (R357, R368).
func TestOutwardWords(t *testing.T) {
	t.Parallel()
	inside := []string{"reason", "note", "answer", "text", "address", "login", "label"}
	place := regexp.MustCompile(`\{(\w+)\}`)
	for _, locale := range []string{"zh-CN", "en"} {
		kinds := web.Words(locale, "outward.kind.")
		for code, word := range web.Words(locale, "notice.") {
			kind, _, dotted := strings.Cut(code, ".")
			if !dotted {
				continue
			}
			if kinds[kind] == "" {
				t.Errorf("%s: outward.kind.%s has no words", locale, kind)
			}
			for _, m := range place.FindAllStringSubmatch(word, -1) {
				if outward.Shows(m[1]) == slices.Contains(inside, m[1]) {
					t.Errorf("notice.%s names {%s}: does it leave the house? Say so in message/outward/words.go, or here", code, m[1])
				}
			}
		}
	}
}
