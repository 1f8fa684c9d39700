package app_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant/tenanttest"
)

// hostile are texts that end a literal, a pattern, a header, a line or the
// patience of whoever takes them for what they are not.
var hostile = []string{
	`'`, `"`, `'; drop table items; --`, `' or '1'='1`, `$1`, `\`, `\'`, `%`, `_%_`, `%s%n{{.}}${7*7}`, `../../../../etc/passwd`,
	"a\r\nSet-Cookie: x=y", "\u202Egpj.exe", "👩‍👩‍👧‍👦🏴", "\ufeff\u2028\u2029", "{0,1}", "NaN", "null", `{"$ne":1}`, "<script>alert(1)</script>",
	"10000000000", "-1", "1e9", strings.Repeat("长", 34000), strings.Repeat("%", 1000),
}

// unfit are values no field is made for.
var unfit = []string{
	`null`, `true`, `-1`, `0.5`, `1000000000`, `2147483648`, `9223372036854775807`, `9223372036854775808`, `1e400`, `1e-400`, `-0`, `[]`, `{}`,
	`"\u0000"`, `"\ud800"`, "\"\xff\xfe\"", `{"a":{"a":{"a":{}}}}`, `[[[[[[[[]]]]]]]]`,
}

// TestHostileText puts hostile text into every parameter of every path, every
// parameter of every query, every field of every body and the headers that are
// read. Whatever is made of it, the server answers, and says nothing of what is
// behind it (IN-01, DO-03, DO-04).
func TestHostileText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := &liar{world: w, ids: w.private(t), shapes: describe(t, w.features), admin: tenanttest.Admin(t)}
	x.ids["/console/tenants"] = tenanttest.Tenant(t, [16]byte{}, "无人集团").String()
	x.draft = text(t, w.a.write(t, x.ids["/publish/columns"], "草稿"), "id")
	for _, s := range x.shapes.Components.Schemas {
		s.filled()
	}
	for _, f := range w.features {
		for _, r := range f.Routes {
			x.path(t, r)
			x.query(t, r)
			if r.Endpoint.Changes && !r.Endpoint.Streams && !disruptive[r.Method+" "+r.Path] && r.Path != "/console/sign-out" {
				x.body(t, r)
			}
		}
	}
	x.headers(t)
	if x.sent < 3000 || x.through < 300 {
		t.Errorf("%d requests, %d of them answered with 200: it proves nothing", x.sent, x.through)
	}
	t.Logf("%d requests, %d answered with 200", x.sent, x.through)
}

type liar struct {
	*world
	admin         *sql.DB
	ids           things
	shapes        shapes
	draft         string
	sent, through int
}

// filled makes every list in a sample body have something in it.
func (s *shape) filled() {
	if s == nil {
		return
	}
	if s.Items != nil {
		s.MinItems = max(s.MinItems, 1)
	}
	s.Items.filled()
	for _, p := range s.Properties {
		p.filled()
	}
}

// shoot sends one request and judges what comes back.
func (x *liar) shoot(t *testing.T, r feature.Route, path string, in any, headers map[string]string) int {
	t.Helper()
	who := x.who(r)
	if strings.HasPrefix(r.Path, "/approval/tasks/") {
		who = x.a.second
	}
	began := time.Now()
	res, body := who.send(t, r.Method, "/api"+path, in, headers)
	x.sent++
	if res.StatusCode == 200 {
		x.through++
	}
	endless := res.StatusCode >= 400 && len(body) > 64<<10
	if res.StatusCode >= 500 || endless || secrets.Match(body) || time.Since(began) > 10*time.Second {
		t.Errorf("%s %.150s %.150v %v = %d, %d bytes %.300s after %s", r.Method, path, in, headers, res.StatusCode, len(body), body, time.Since(began))
	}
	return res.StatusCode
}

func (x *liar) path(t *testing.T, r feature.Route) {
	for i, p := range strings.Split(r.Path, "/") {
		if !strings.HasPrefix(p, "{") {
			continue
		}
		path, _ := fill(r.Path, func(prefix string) (string, bool) { return x.ids[prefix], true })
		parts := strings.Split(path, "/")
		for _, text := range append([]string{"%00", "%ff%fe", "00000000-0000-0000-0000-000000000000", "{" + x.draft + "}", "urn:uuid:" + x.draft}, hostile...) {
			if len(text) > 2000 { // a longer path is refused by the server that parses it
				text = text[:1998]
			}
			parts[i] = text
			if !strings.HasPrefix(text, "%") || len(text) > 8 || len(text) < 3 {
				parts[i] = url.PathEscape(text)
			}
			var in any
			if r.Endpoint.Changes {
				in = x.sample(t, r)
			}
			if s := x.shoot(t, r, strings.Join(parts, "/"), in, nil); s == 200 && r.Method != "GET" && !strings.Contains(text, x.draft) {
				t.Errorf("%s %s did something to %q", r.Method, r.Path, text)
			}
		}
	}
}

func (x *liar) query(t *testing.T, r feature.Route) {
	path, _ := fill(r.Path, func(prefix string) (string, bool) { return x.ids[prefix], true })
	var in any
	if r.Endpoint.Streams && r.Endpoint.Changes {
		in = []byte("x")
	}
	for _, name := range x.shapes.queries(r) {
		for _, text := range hostile {
			if len(text) > 2000 {
				text = text[:1998]
			}
			x.shoot(t, r, path+"?"+name+"="+url.QueryEscape(text), in, nil)
		}
		for _, raw := range []string{"%00", "%ff", "%c0%af", "%", "a&" + name + "=b", "", "999999999999999999999", "-2147483649", "%2500"} {
			x.shoot(t, r, path+"?"+name+"="+raw, in, nil)
		}
		x.shoot(t, r, path+"?"+name+"[999999999]=1&"+name+"[a][b]=1", in, nil) // DO-03
		x.shoot(t, r, path+"?"+strings.Repeat(name+"=1&", 500), in, nil)
	}
}

// body replaces each value of a body that would do by one that does not.
func (x *liar) body(t *testing.T, r feature.Route) {
	path, _ := fill(r.Path, func(prefix string) (string, bool) { return x.ids[prefix], true })
	if (r.Method == "PATCH" || strings.HasSuffix(r.Path, "/attachments")) && strings.HasPrefix(r.Path, "/publish/items") {
		path = strings.Replace(path, x.ids["/publish/items"], x.draft, 1)
	}
	in := x.sample(t, r)
	for i := range leaves(in) {
		l := leaves(in)[i]
		_, isText := l.value.(string)
		for _, v := range values(isText) {
			leaves(in)[i].put("@@")
			body, err := json.Marshal(in)
			must(t, err)
			leaves(in)[i].put(l.value)
			status := x.shoot(t, r, path, strings.Replace(string(body), `"@@"`, v, 1), nil)
			if v == `"\u0000"` && status != 422 {
				t.Errorf("%s %s: a NUL in %s = %d, want 422", r.Method, r.Path, l.name, status)
			}
			if status == 200 { // it has another version now, and a name that is taken
				in = x.sample(t, r)
			}
		}
	}
	for _, raw := range []string{"", "[]", "null", `"x"`, "1", "{", `{"a":}`, "\xff\xfe", `{"":1}`, `{"a":1}{"a":1}`, "{}{}",
		strings.Repeat(`{"a":`, 5000), "{" + strings.Repeat(" ", 1000) + "}"} {
		x.shoot(t, r, path, raw, nil)
	}
}

// values are what to put in the place of a text, or of anything else, as JSON.
func values(isText bool) []string {
	vs := append([]string{strings.Repeat("[", 10000)}, unfit...)
	if !isText {
		return append(vs, `"'"`, `"1"`, "["+strings.Repeat("1,", 100000)+"1]")
	}
	for _, text := range hostile {
		b, _ := json.Marshal(text) // a text always can be
		vs = append(vs, string(b))
	}
	return vs
}

// headers go where text goes: into rows, keys and logs.
func (x *liar) headers(t *testing.T) {
	column := feature.Route{Method: "POST", Path: "/publish/columns", Needs: "publish.manage"}
	door := feature.Route{Method: "POST", Path: "/org/sign-in", Needs: rbac.Anyone}
	for i, text := range []string{"\xff\xfe\xff\xfe\xff\xfe\xff\xfe", "'; drop table items; --", "%00%00%00%00", strings.Repeat("k", 64), "\u202E\u202E\u202E\u202E", "a\tb\tc\td\te"} {
		in := map[string]any{"name": fmt.Sprint("标题", i), "review_levels": 1}
		x.shoot(t, column, column.Path, in, map[string]string{"Idempotency-Key": text})
		x.shoot(t, column, column.Path, in, map[string]string{"X-CSRF-Token": text, "Cookie": feature.SessionCookie + "=" + text})
		x.shoot(t, column, column.Path, in, map[string]string{"Content-Type": "application/json; charset=" + text, "Accept": text, "Accept-Language": text})
		in = map[string]any{"tenant": x.a.slug, "login": "second", "password": password} // plain has a second factor
		if s := x.shoot(t, door, door.Path, in, map[string]string{"User-Agent": text + strings.Repeat("长", 1000), "Referer": text}); s != 200 {
			_, why := x.who(door).send(t, "POST", "/api/org/sign-in", in, nil)
			t.Errorf("a browser that calls itself %q cannot sign in: %d %s", text, s, why)
		}
	}
}
