package app_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"hetu/app"
	"hetu/rbac"
)

// TestRoutesAreWhatTheyTouch: the permission that a route asks for is one of
// the feature whose address it has, so that nobody opens one thing with the
// right to another (AZ-07).
func TestRoutesAreWhatTheyTouch(t *testing.T) {
	t.Parallel()
	declared := map[rbac.Permission]bool{}
	features := app.Features(app.Tools{})
	for _, r := range app.Rights(features) {
		declared[r.Permission] = true
	}
	for _, f := range features {
		for _, r := range f.Routes {
			at, _, _ := strings.Cut(strings.TrimPrefix(r.Path, "/"), "/")
			switch {
			case r.Needs == "":
				t.Errorf("%s %s needs nothing", r.Method, r.Path)
			case strings.ContainsAny(string(r.Needs), "*?/"):
				t.Errorf("%s %s: %s is a pattern", r.Method, r.Path, r.Needs)
			case r.Needs == rbac.Anyone, r.Needs == rbac.Member:
			case r.Needs == rbac.Operator:
				if at != "console" {
					t.Errorf("%s %s is the operators', outside the console", r.Method, r.Path)
				}
			case !declared[r.Needs]:
				t.Errorf("%s %s: nobody declares %s", r.Method, r.Path, r.Needs)
			default:
				if of, _, _ := strings.Cut(string(r.Needs), "."); of != at {
					t.Errorf("%s %s asks for %s", r.Method, r.Path, r.Needs)
				}
			}
		}
	}
}

// hidden are columns and expressions that no list may be sorted or cut by.
var hidden = []string{"password_hash", "account_id", "tenant_id", "drafter_id", "mobile", "-mobile", "email", "secret", "assessor_id", "reviewer", "member_id",
	"detail", "ip", "token_hash", "1", "id;select", "(select 1)", "case when 1=1 then id end", "id desc", "title,secret", "../id", "ID", "\u0000", "-"}

// TestSortedByWhatIsShown: a list is sorted by what it says it can be sorted by
// and by nothing else, and no parameter it does not know cuts, groups or widens
// it: nobody learns a field by the order rows come in (AZ-05).
func TestSortedByWhatIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := &liar{world: w, ids: w.private(t), shapes: describe(t, w.features)}
	sorted := 0
	for _, f := range w.features {
		for _, r := range f.Routes {
			names := x.shapes.queries(r)
			if r.Method != "GET" || !slices.Contains(names, "sort") || r.Path == "/audit/export" {
				continue
			}
			path, _ := fill(r.Path, func(prefix string) (string, bool) { return x.ids[prefix], true })
			ask := func(query string) (int, string) {
				for name, v := range map[string]string{"q": "工作", "by": "day", "permission": "publish.read"} {
					if needed := map[string]string{"/publish/search": "q", "/audit/statistics": "by", "/access/explain": "permission"}[r.Path]; needed == name {
						query += "&" + name + "=" + url.QueryEscape(v)
					}
				}
				res, body := x.who(r).send(t, "GET", "/api"+path+"?limit=5"+query, nil, nil)
				return res.StatusCode, volatile.ReplaceAllString(string(body), "")
			}
			status, before := ask("")
			if status != 200 {
				continue
			}
			sorted++
			for _, h := range hidden {
				if status, body := ask("&sort=" + url.QueryEscape(h)); status != 422 || !strings.Contains(body, `"sort"`) {
					t.Errorf("%s sorted by %q = %d %.200s", r.Path, h, status, body)
				}
			}
			if status, body := ask("&group=mobile&group_by=mobile&filter=mobile&fields=password_hash&expand=secret&include=*&order=mobile&mobile=138&password_hash=%25"); status != 422 && (status != 200 || body != before && !strings.HasPrefix(r.Path, "/audit/")) {
				t.Errorf("%s with parameters it does not have = %d %.200s", r.Path, status, body)
			}
		}
	}
	if sorted < 25 {
		t.Errorf("only %d lists were sorted: it proves nothing", sorted)
	}
}

// TestNoLongerRead: somebody may read a column, reads, and then may not any
// more. Every old address, list and hit is as missing to them as what never
// was, within two seconds (AZ-06).
func TestNoLongerRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin, chief, plain := w.a.admin, w.a.chief, w.a.plain
	for _, g := range at(t, admin.does(t, "GET /api/org/grants?limit=200", nil), "items").([]any) {
		if text(t, g, "subject", "kind") == "everyone" {
			admin.does(t, "DELETE /api/org/grants/"+text(t, g, "id"), nil)
		}
	}
	const word = "渐渐看不到的信息"
	column := text(t, chief.does(t, "POST /api/publish/columns", fields{"name": "内部栏目", "review_levels": 1, "rules": fields{"comments": "on", "receipts": "on"}}), "id")
	item := w.a.publish(t, column, word)
	ids := things{"/publish/items": text(t, item, "id"), "/publish/items/{id}/attachments": text(t, item, "attachments", 0, "id"), "/publish/items/{id}/revisions": "1", "/publish/columns": column}
	none := things{"/publish/items": random(), "/publish/items/{id}/attachments": ids["/publish/items/{id}/attachments"], "/publish/items/{id}/revisions": "1", "/publish/columns": random()}
	var paths [][2]string
	var lists []string
	for _, f := range w.features {
		for _, r := range f.Routes {
			if r.Method != "GET" || r.Needs == rbac.Anyone || r.Needs == rbac.Operator {
				continue
			}
			path, ok := fill(r.Path, func(prefix string) (string, bool) { id, ok := ids[prefix]; return id, ok })
			void, _ := fill(r.Path, func(prefix string) (string, bool) { id, ok := none[prefix]; return id, ok })
			switch {
			case ok && strings.HasPrefix(r.Path, "/publish/items/{"):
				paths = append(paths, [2]string{path, void})
			case ok && path == r.Path:
				lists = append(lists, path, path+"?q="+url.QueryEscape(word), path+"?view=reading&limit=200")
			}
		}
	}
	ask := func(p *person, path string) (int, string) {
		res, body := p.send(t, "GET", "/api"+path, nil, nil)
		return res.StatusCode, volatile.ReplaceAllString(string(body), "")
	}
	may := func() (pages, hits int) {
		for _, p := range paths {
			if status, _ := ask(plain, p[0]); status == 200 {
				pages++
			}
		}
		for _, l := range lists {
			if _, body := ask(plain, l); strings.Contains(body, word) {
				hits++
			}
		}
		return pages, hits
	}
	soon(t, "who may read nothing reads nothing", func() bool { return plain.status(t, "GET /api/publish/items/"+ids["/publish/items"]) == 404 })
	if pages, hits := may(); pages+hits > 0 {
		t.Fatalf("who may read nothing has %d pages and %d hits", pages, hits)
	}
	grant := text(t, chief.does(t, "POST /api/publish/columns/"+column+"/grants", fields{"subject_kind": "member", "subject_id": plain.member, "right": "read"}), "id")
	soon(t, "who was given the right reads", func() bool { return plain.status(t, "GET /api/publish/items/"+ids["/publish/items"]) == 200 })
	plain.does(t, "POST /api/publish/items/"+ids["/publish/items"]+"/read", fields{})
	chief.does(t, "POST /api/publish/items/"+ids["/publish/items"]+"/comments", fields{"text": "请各处室落实"})
	if pages, hits := may(); pages < 3 || hits < 3 {
		t.Fatalf("who may read has %d pages and %d hits: it proves nothing", pages, hits)
	}
	chief.does(t, "DELETE /api/publish/columns/"+column+"/grants/"+grant, nil)
	soon(t, "who lost it does not read", func() bool { return plain.status(t, "GET /api/publish/items/"+ids["/publish/items"]) == 404 })
	for _, p := range paths {
		status, body := ask(plain, p[0])
		want, void := ask(plain, p[1])
		if body, void = strings.ReplaceAll(body, p[0], ""), strings.ReplaceAll(void, p[1], ""); status < 400 || status != want || body != void {
			t.Errorf("%s = %d %.200s, but what never was = %d %.200s", p[0], status, body, want, void)
		}
	}
	for _, l := range lists {
		if _, body := ask(plain, l); strings.Contains(body, word) {
			t.Errorf("%s still names it: %.300s", l, body)
		}
	}
	for _, call := range []string{"/read", "/comments", "/takedown"} {
		res, body := plain.send(t, "POST", "/api/publish/items/"+ids["/publish/items"]+call, map[string]fields{"/read": {}, "/comments": {"text": "在吗"}, "/takedown": {"reason": "wrong"}}[call], nil)
		if res.StatusCode != 404 && res.StatusCode != 403 {
			t.Errorf("%s = %d %s", call, res.StatusCode, body)
		}
	}
}
