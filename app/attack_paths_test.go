package app_test

import (
	"slices"
	"strings"
	"testing"

	"hetu/rbac"
)

// variants are ways to write a path that some servers take for the path.
func variants(path string) map[string]string {
	cut := strings.LastIndex(path, "/")
	head, tail := path[:cut], path[cut+1:]
	return map[string]string{
		"a slash at its end":      path + "/",
		"two slashes at its end":  path + "//",
		"two slashes before":      "/" + path,
		"two slashes within":      head + "//" + tail,
		"a dot":                   head + "/./" + tail,
		"up and down again":       head + "/x/../" + tail,
		"up, after a parameter":   head + "/x/..;/" + tail,
		"up, encoded":             head + "/x/%2e%2e/" + tail,
		"a parameter":             path + ";a=b",
		"a parameter within":      head + ";a=b/" + tail,
		"a slash, encoded":        head + "%2f" + tail,
		"a slash, encoded twice":  head + "%252f" + tail,
		"a backslash":             head + "%5c" + tail,
		"a NUL":                   path + "%00",
		"a NUL and an ending":     path + "%00.css",
		"an ending":               path + ".css",
		"another ending":          path + ".json",
		"a letter, encoded":       "/%61" + strings.TrimPrefix(path, "/a"),
		"upper case":              strings.ToUpper(path),
		"one upper letter":        "/Api" + strings.TrimPrefix(path, "/api"),
		"a space":                 path + "%20",
		"a tab":                   path + "%09",
		"a line":                  path + "%0a",
		"a question, encoded":     path + "%3f",
		"a number sign":           path + "%23",
		"bytes that are no text":  path + "%ff",
		"two bytes for one slash": head + "%c0%af" + tail,
	}
}

// glued are the variants that make one part of a path out of two: on a shorter
// route, which may be open, that is an id that is none.
var glued = map[string]bool{"a slash, encoded": true, "a slash, encoded twice": true, "a backslash": true, "two bytes for one slash": true}

// paths asks for what is nearly every route there is, as nobody, as somebody
// without the right, and as somebody who may: none of it may open what the
// route itself keeps shut, nor do what it would not.
func (a assault) paths(t *testing.T) {
	has := a.rights(t, a.a, a.a.plain)
	nobody := &person{base: a.base, name: "nobody"}
	for _, d := range a.doors {
		if d.Needs == rbac.Anyone {
			continue
		}
		var in any = a.body(d)
		if d.Endpoint.Streams && d.Endpoint.Changes {
			in = []byte("x")
		}
		canonical := 0
		if !d.Endpoint.Changes {
			in = nil
			res, _ := d.who.send(t, d.Method, "/api"+d.path, nil, nil)
			canonical = res.StatusCode
		}
		for how, path := range variants("/api" + d.path) {
			a.stays(t, nobody, d, how, path, in, 401, 404)
			if d.Needs != rbac.Member && d.Needs != rbac.Operator && !has.Has(d.Needs) {
				want := []int{403, 404}
				if glued[how] {
					want = append(want, 422)
				}
				a.stays(t, a.a.plain, d, how, path, in, want...)
			}
			if !d.Endpoint.Changes {
				a.stays(t, d.who, d, how, path, in, canonical, 404, 422)
			}
		}
	}
}

// stays asks and must be answered with one of the statuses.
func (a assault) stays(t *testing.T, p *person, d door, how, path string, in any, want ...int) {
	t.Helper()
	res, body := p.send(t, d.Method, path, in, nil)
	if !slices.Contains(want, res.StatusCode) {
		t.Errorf("%s, %s: %s %s = %d %.200s, want one of %v", p.name, how, d.Method, path, res.StatusCode, body, want)
	}
}

// overrides sends headers by which a proxy tells some servers another path or
// method than the one it asks for.
func (a assault) overrides(t *testing.T) {
	item := "/api/publish/items/" + a.ids["/publish/items"]
	nobody := &person{base: a.base, name: "nobody"}
	door := "/api/org/tenants/" + a.a.slug
	_, plain := nobody.send(t, "GET", door, nil, nil)
	_, shown := a.a.chief.send(t, "GET", item, nil, nil)
	for _, h := range []string{"X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Forwarded-Path", "X-Original-URI", "X-Forwarded-Uri", "Base-Url"} {
		res, body := nobody.send(t, "GET", door, nil, map[string]string{h: item})
		if res.StatusCode != 200 || string(body) != string(plain) {
			t.Errorf("%s at an open door = %d %s, want what it says without", h, res.StatusCode, body)
		}
		if res, body := nobody.send(t, "GET", item, nil, map[string]string{h: door}); res.StatusCode != 401 {
			t.Errorf("%s at a shut door = %d %s, want 401", h, res.StatusCode, body)
		}
	}
	for _, h := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
		res, body := a.a.chief.send(t, "GET", item+"?_method=DELETE", nil, map[string]string{h: "DELETE"})
		if res.StatusCode != 200 || string(body) != string(shown) {
			t.Errorf("%s made a GET %d %s", h, res.StatusCode, body)
		}
	}
	for _, h := range []string{"X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP"} { // AN-03: no proxy is known
		res, body := nobody.send(t, "GET", item, nil, map[string]string{h: "127.0.0.1", "X-User": "admin", "Authorization": "Bearer x"})
		if res.StatusCode != 401 {
			t.Errorf("%s = %d %s, want 401", h, res.StatusCode, body)
		}
	}
	for _, method := range []string{"HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "Post"} {
		if res, body := nobody.send(t, method, item, nil, nil); !slices.Contains([]int{400, 401, 404, 405, 501}, res.StatusCode) {
			t.Errorf("%s = %d %s, want a refusal", method, res.StatusCode, body)
		}
	}
}

// reads asks for everything there is to read, as everybody, with and without
// the parameters of lists.
func (a assault) reads(t *testing.T) {
	nobody := &person{base: a.base, name: "nobody"}
	everybody := []*person{nobody, a.operator}
	for _, u := range []unit{a.a, a.hq, a.b, a.stranger} {
		everybody = append(everybody, u.admin, u.chief, u.second, u.plain)
	}
	seen := map[int]int{}
	for _, d := range a.doors {
		if d.Endpoint.Changes {
			continue
		}
		for _, p := range everybody {
			for _, query := range []string{"", "?limit=200&view=all&q=a&state=done&unread=true"} {
				res, body := p.send(t, "GET", "/api"+d.path+query, nil, nil)
				if seen[res.StatusCode]++; res.StatusCode >= 500 {
					t.Errorf("%s: %s%s = %d %s", p.name, d, query, res.StatusCode, body)
				}
			}
		}
	}
	if seen[200] < 300 || seen[404] < 50 {
		t.Errorf("the crawl saw %v: it proves nothing", seen)
	}
}
