package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"hetu/app"
	"hetu/org/factor"
	"hetu/org/identity/identitytest"
	"hetu/tenant/tenanttest"
)

// known gives the bureau a provider of identities, and links a member to somebody
// there.
func (w *world) known(t *testing.T) (provider, link string) {
	t.Helper()
	p := w.a.admin.does(t, "POST /api/identity/providers", asProvider("内部统一认证", "https://login.example.cn", "hetu", "内部口令"))
	provider = text(t, p, "id")
	l := w.a.admin.does(t, "POST /api/identity/providers/"+provider+"/links", fields{"member_id": w.a.plain.member, "subject": "内部编号"})
	return provider, text(t, l, "id")
}

func asProvider(name, issuer, client, secret string) fields {
	return fields{"kind": "oidc", "name": name, "match": false, "secret": secret,
		"settings": []fields{{"name": "issuer", "value": issuer}, {"name": "client_id", "value": client}}}
}

// bureaus are a world whose servers reach providers on this machine: two of them,
// which share the database and nothing else.
func bureaus(t *testing.T, demand factor.Demand) (w *world, other string) {
	t.Helper()
	w = newWorld(t)
	first, second := tools(t), tools(t)
	first.Factor.Demand = demand
	second.Factor = first.Factor
	first.Networks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	second.Networks = first.Networks
	base, _ := serve(t, first, app.Features(first))
	other, _ = serve(t, second, app.Features(second))
	for _, u := range []*unit{&w.hq, &w.a, &w.b, &w.stranger} {
		for _, p := range []*person{u.admin, u.chief, u.second, u.plain} {
			p.base = base
		}
	}
	w.base, w.key = base, first.Factor.Key
	return w, other
}

const returns = "http://127.0.0.1/sign-in/return"

// provided gives a tenant a provider that is on.
func provided(t *testing.T, u unit, i *identitytest.Issuer, name string) string {
	t.Helper()
	p := u.admin.does(t, "POST /api/identity/providers", asProvider(name, i.URL, i.Client, i.Secret))
	p = u.admin.does(t, "POST /api/identity/providers/"+text(t, p, "id")+"/enable", fields{"version": p["version"]})
	return text(t, p, "id")
}

// A traveller is a browser on its way to a provider.
type traveller struct {
	*person
	way string // the cookie of the way
	url string // where it was sent
}

// sets sends a browser on its way.
func sets(t *testing.T, p *person, path string, in any) traveller {
	t.Helper()
	res, body := p.send(t, "POST", path, in, nil)
	if res.StatusCode != 200 {
		t.Fatalf("%s: %s = %d %s", p.name, path, res.StatusCode, body)
	}
	var to struct{ URL string }
	must(t, json.Unmarshal(body, &to))
	return traveller{p, cookieOf(t, res, "__Host-hetu-way"), to.URL}
}

func cookieOf(t *testing.T, res *http.Response, name string) string {
	t.Helper()
	for _, c := range res.Cookies() {
		if c.Name != name {
			continue
		}
		if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("the cookie %s is %q", name, c.Raw)
		}
		return c.Name + "=" + c.Value
	}
	t.Fatalf("no cookie %s", name)
	return ""
}

// brings is what comes back with a browser, to the address of a node.
func (v traveller) brings(t *testing.T, base, path string, back url.Values) (*http.Response, []byte) {
	t.Helper()
	p := *v.person
	p.base, p.cookie = base, strings.Trim(v.way+"; "+v.person.cookie, "; ")
	in := fields{"state": back.Get("state"), "code": back.Get("code")}
	for _, k := range []string{"iss", "error"} {
		if back.Get(k) != "" {
			in[k] = back.Get(k)
		}
	}
	return p.send(t, "POST", path, in, nil)
}

// wants is brings that must be answered so.
func (v traveller) wants(t *testing.T, base, path string, back url.Values, status int, code string) []byte {
	t.Helper()
	res, body := v.brings(t, base, path, back)
	if res.StatusCode != status || code != "" && !strings.Contains(string(body), fmt.Sprintf("%q", code)) {
		t.Errorf("%s = %d %s, want %d %s", path, res.StatusCode, body, status, code)
	}
	if status != 200 {
		for _, c := range res.Cookies() {
			if c.Name == "__Host-hetu" && c.Value != "" {
				t.Errorf("%s = %d, and a session", path, res.StatusCode)
			}
		}
	}
	return body
}

const (
	comesIn = "/api/identity/sign-in/finish"
	goesOut = "/api/identity/sign-in/begin"
)

func browserOf(w *world) *person { return &person{base: w.base, name: "browser"} }

// links has a member link themself to who they are at a provider.
func links(t *testing.T, p *person, i *identitytest.Issuer, provider, subject string) {
	t.Helper()
	v := sets(t, p, "/api/identity/mine/begin", fields{"provider": provider, "own_password": password})
	v.wants(t, p.base, "/api/identity/mine/finish", i.Recognise(t, v.url, subject, identitytest.Claims{"name": subject}), 200, "")
}

// TestOIDC is the story of a tenant's own provider: not permitted, another
// tenant's, wrong input, set up, linked by the member, and in by it - at whichever
// node the browser comes back to.
func TestOIDC(t *testing.T) {
	t.Parallel()
	w, other := bureaus(t, factor.Off)
	i := identitytest.NewIssuer(t, returns)
	in := asProvider("统一认证", i.URL, i.Client, i.Secret)
	w.a.plain.fails(t, "POST /api/identity/providers", in, 403, "rbac.denied")
	w.a.plain.fails(t, "GET /api/identity/providers", nil, 403, "rbac.denied")
	for name, tt := range map[string]struct {
		change      fields
		code, field string
	}{
		"no issuer":          {fields{"settings": []fields{{"name": "client_id", "value": "x"}}}, "request.missing", "settings.issuer"},
		"a file":             {fields{"settings": []fields{{"name": "issuer", "value": "file:///etc/passwd"}, {"name": "client_id", "value": "x"}}}, "identity.address_refused", "settings.issuer"},
		"the cloud's own":    {fields{"settings": []fields{{"name": "issuer", "value": "http://169.254.169.254"}, {"name": "client_id", "value": "x"}}}, "identity.address_refused", "settings.issuer"},
		"an unknown setting": {fields{"settings": []fields{{"name": "proxy", "value": "x"}}}, "identity.setting_unknown", "settings.proxy"},
		"an unknown kind":    {fields{"kind": "saml"}, "request.not_a_choice", "kind"},
		"no name":            {fields{"name": " "}, "request.missing", "name"},
	} {
		wrong := fields{}
		for _, m := range []fields{in, tt.change} {
			for k, v := range m {
				wrong[k] = v
			}
		}
		res, body := w.a.admin.send(t, "POST", "/api/identity/providers", wrong, nil)
		if res.StatusCode != 422 || !strings.Contains(string(body), tt.code) || !strings.Contains(string(body), fmt.Sprintf(`"field":%q`, tt.field)) {
			t.Errorf("%s = %d %s", name, res.StatusCode, body)
		}
	}
	p := w.a.admin.does(t, "POST /api/identity/providers", in)
	id := text(t, p, "id")
	w.a.admin.fails(t, "POST /api/identity/providers", in, 409, "identity.name_taken")
	if all := fmt.Sprint(w.a.admin.does(t, "GET /api/identity/providers", nil)); strings.Contains(all, i.Secret) || !strings.Contains(all, returns) {
		t.Errorf("the list shows the secret, or not where to come back to: %s", all)
	}
	if tested := w.a.admin.does(t, "POST /api/identity/providers/"+id+"/test", nil); tested["ok"] != true {
		t.Errorf("test = %v", tested)
	}
	w.b.admin.fails(t, "POST /api/identity/providers/"+id+"/enable", fields{"version": 1}, 404, "identity.provider_not_found")
	begin := fields{"tenant": w.a.slug, "provider": id}
	browserOf(w).fails(t, "POST "+goesOut, begin, 404, "identity.provider_not_found") // it is off
	w.a.admin.fails(t, "POST /api/identity/providers/"+id+"/enable", fields{"version": 7}, 409, "identity.stale")
	p = w.a.admin.does(t, "POST /api/identity/providers/"+id+"/enable", fields{"version": 1})
	w.a.admin.fails(t, "POST /api/identity/providers/"+id+"/enable", fields{"version": p["version"]}, 409, "identity.wrong_state")

	ways := browserOf(w).does(t, "GET /api/identity/ways/"+w.a.slug, nil)
	if len(at(t, ways, "items").([]any)) != 1 || at(t, ways, "items", 0, "name") != "统一认证" || strings.Contains(fmt.Sprint(ways), "127.0.0.1") {
		t.Errorf("the sign-in page is told %v", ways)
	}
	if ways := browserOf(w).does(t, "GET /api/identity/ways/"+w.b.slug, nil); len(at(t, ways, "items").([]any)) != 0 {
		t.Errorf("that of another tenant %v", ways)
	}
	browserOf(w).fails(t, "POST "+goesOut, fields{"tenant": w.b.slug, "provider": id}, 404, "identity.provider_not_found")

	v := sets(t, browserOf(w), goesOut, begin) // nobody has linked anything yet
	v.wants(t, other, comesIn, i.Recognise(t, v.url, "u-1", identitytest.Claims{"preferred_username": "plain", "email": "plain@example.cn", "email_verified": true}), 401, "identity.no_member")

	w.a.plain.fails(t, "POST /api/identity/mine/begin", fields{"provider": id, "own_password": "wrong"}, 422, "org.password_wrong")
	links(t, w.a.plain, i, id, "u-1")
	mine := w.a.plain.does(t, "GET /api/identity/mine", nil)
	if at(t, mine, "items", 0, "label") != "u-1" || at(t, mine, "items", 0, "made") != "self" {
		t.Errorf("mine = %v", mine)
	}
	v = sets(t, w.a.chief, "/api/identity/mine/begin", fields{"provider": id, "own_password": password})
	v.wants(t, w.base, "/api/identity/mine/finish", i.Recognise(t, v.url, "u-1", nil), 409, "identity.subject_taken")

	for _, node := range []string{w.base, other} {
		v = sets(t, browserOf(w), goesOut, begin)
		back := i.Recognise(t, v.url, "u-1", nil)
		body := v.wants(t, node, comesIn, back, 200, "")
		if !strings.Contains(string(body), w.a.plain.member.String()) {
			t.Errorf("in came %s", body)
		}
		v.wants(t, other, comesIn, back, 401, "identity.begin_again") // AN-07: once more, with everything
	}
	var n int
	must(t, tenanttest.Admin(t).QueryRow(`select count(*) from audit_entries where tenant_id = $1 and action = 'org.signed_in' and detail ->> 'provider' = '统一认证'`, w.a.id).Scan(&n))
	if n != 2 {
		t.Errorf("%d sign-ins are audited with the provider's name, want 2", n)
	}
}

// TestAN07 is what comes back that was not sent out so: refused, and audited with
// the provider's name wherever there is a tenant to do so in.
func TestAN07(t *testing.T) {
	t.Parallel()
	w, other := bureaus(t, factor.Off)
	i, j := identitytest.NewIssuer(t, returns), identitytest.NewIssuer(t, returns)
	mine, second, foreign := provided(t, w.a, i, "统一认证"), provided(t, w.a, j, "备用认证"), provided(t, w.b, j, "别处的认证")
	links(t, w.a.plain, i, mine, "u-1")
	begin := fields{"tenant": w.a.slug, "provider": mine}
	for name, try := range map[string]func(v traveller, back url.Values) (traveller, url.Values){
		"another state": func(v traveller, back url.Values) (traveller, url.Values) {
			back.Set("state", strings.Repeat("0", 64))
			return v, back
		},
		"the state of another browser": func(v traveller, back url.Values) (traveller, url.Values) {
			return v, i.Recognise(t, sets(t, browserOf(w), goesOut, begin).url, "u-1", nil)
		},
		"no cookie": func(v traveller, back url.Values) (traveller, url.Values) {
			v.way = ""
			return v, back
		},
		"a cookie of one's own making": func(v traveller, back url.Values) (traveller, url.Values) {
			v.way = v.way[:len(v.way)-8] + "AAAAAAAA"
			return v, back
		},
		"the code of another provider of the tenant": func(v traveller, back url.Values) (traveller, url.Values) {
			o := sets(t, browserOf(w), goesOut, fields{"tenant": w.a.slug, "provider": second})
			back.Set("code", j.Recognise(t, o.url, "u-1", nil).Get("code"))
			return v, back
		},
		"a way to another tenant's provider": func(v traveller, back url.Values) (traveller, url.Values) {
			o := sets(t, browserOf(w), goesOut, fields{"tenant": w.b.slug, "provider": foreign})
			return o, j.Recognise(t, o.url, "u-1", nil)
		},
		"no": func(v traveller, back url.Values) (traveller, url.Values) {
			return v, url.Values{"state": back["state"], "error": {"access_denied"}}
		},
		"the same subject at another provider": func(v traveller, back url.Values) (traveller, url.Values) {
			o := sets(t, browserOf(w), goesOut, fields{"tenant": w.a.slug, "provider": second})
			return o, j.Recognise(t, o.url, "u-1", nil)
		},
		"a way that was for linking": func(v traveller, back url.Values) (traveller, url.Values) {
			o := sets(t, w.a.plain, "/api/identity/mine/begin", fields{"provider": mine, "own_password": password})
			o.person = browserOf(w)
			return o, i.Recognise(t, o.url, "u-1", nil)
		},
	} {
		v := sets(t, browserOf(w), goesOut, begin)
		v, back := try(v, i.Recognise(t, v.url, "u-1", nil))
		res, body := v.brings(t, other, comesIn, back)
		if res.StatusCode != 401 || strings.Contains(res.Header.Get("Set-Cookie"), "__Host-hetu=") {
			t.Errorf("%s = %d %s", name, res.StatusCode, body)
		}
	}
	// A link goes to who set out, in the session they did so in, and to nobody else.
	v := sets(t, w.a.plain, "/api/identity/mine/begin", fields{"provider": second, "own_password": password})
	v.person = w.a.chief
	v.wants(t, w.base, "/api/identity/mine/finish", j.Recognise(t, v.url, "u-9", nil), 409, "identity.begin_again")
	v = sets(t, browserOf(w), goesOut, begin)
	v.person = w.a.chief
	v.wants(t, w.base, "/api/identity/mine/finish", i.Recognise(t, v.url, "u-9", nil), 409, "identity.begin_again")

	var audited int
	must(t, tenanttest.Admin(t).QueryRow(`
		select count(distinct detail ->> 'why') from audit_entries where tenant_id = $1 and action = 'org.sign_in_failed' and detail ->> 'provider' <> ''`, w.a.id).Scan(&audited))
	if audited < 4 {
		t.Errorf("%d kinds of failures are audited with the provider's name", audited)
	}
}
