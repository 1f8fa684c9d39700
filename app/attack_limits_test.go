package app_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"hetu/tenant/tenanttest"
)

// crowd makes 250 more rows like one that is there.
var crowd = map[string]string{
	"/message/notices": `insert into notices select (jsonb_populate_record(n, jsonb_build_object('id', gen_random_uuid()))).*
		from notices n, generate_series(1, 250) where n.id = $1`,
	"/publish/items": `insert into items select (jsonb_populate_record(i, jsonb_build_object('id', gen_random_uuid()))).*
		from items i, generate_series(1, 250) where i.id = $1`,
	"/org/members": `insert into members select (jsonb_populate_record(m, jsonb_build_object('id', gen_random_uuid(), 'login', 'crowd' || g,
		'account_id', gen_random_uuid()))).* from members m, generate_series(1, 250) g where m.id = $1`,
}

// TestListsAreBounded asks for more than there may be in one answer, and then
// for all of it, page by page: each row comes once (DO-04).
func TestListsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := &liar{world: w, ids: w.private(t), shapes: describe(t, w.features), admin: tenanttest.Admin(t)}
	published := x.ids["/publish/items"]
	if _, err := x.admin.Exec(`update posts set head = true where member_id = $1 and main`, w.a.chief.member); err != nil {
		t.Fatal(err) // who heads no department has no list of what it reads
	}
	x.ids["/publish/items"] = text(t, w.a.write(t, x.ids["/publish/columns"], "草稿"), "id") // no item is born published
	for prefix, query := range crowd {
		if _, err := x.admin.Exec(query, x.ids[prefix]); err != nil {
			t.Fatalf("%s: %v", prefix, err)
		}
	}
	lists, full := 0, 0
	for _, f := range w.features {
		for _, r := range f.Routes {
			if r.Method != "GET" || !slices.Contains(x.shapes.queries(r), "limit") {
				continue
			}
			path, _ := fill(r.Path, func(prefix string) (string, bool) { return x.ids[prefix], true })
			switch r.Path {
			case "/publish/items/{id}/readers": // there are none of a draft
				path = strings.Replace(path, x.ids["/publish/items"], published, 1)
			case "/publish/search":
				path += "?q=" + url.QueryEscape("工作")
			case "/audit/statistics":
				path += "?by=day"
			case "/audit/export":
				continue // a file, not a list
			case "/access/explain":
				path += "?permission=publish.read"
			}
			ask := "?limit="
			if strings.Contains(path, "?") {
				ask = "&limit="
			}
			lists++
			for _, limit := range []string{"200", "201", "1000000000", "2147483647"} {
				items, _ := w.who(r).page(t, path+ask+limit)
				if len(items) > 200 {
					t.Errorf("%s?limit=%s has %d rows", r.Path, limit, len(items))
				}
				if limit == "200" && len(items) == 200 {
					full++
				}
			}
			if items, _ := w.who(r).page(t, path+ask+"-7"); len(items) > 20 {
				t.Errorf("%s?limit=-7 has %d rows", r.Path, len(items))
			}
		}
	}
	if lists < 12 || full < 3 {
		t.Errorf("%d lists, %d of them longer than a page: it proves nothing", lists, full)
	}
	for path, most := range map[string]int{"/message/notices?limit=40": 250, "/publish/items?view=all&limit=40": 250,
		"/org/members?limit=40": 250, "/audit/entries?limit=90": 50, "/org/directory?limit=40": 4} {
		w.a.chief.all(t, path, most)
	}
}

// page returns the rows of a list and where it goes on.
func (p *person) page(t *testing.T, path string) (rows []json.RawMessage, next string) {
	t.Helper()
	res, body := p.send(t, "GET", "/api"+path, nil, nil)
	var l struct {
		Items []json.RawMessage
		Next  string
	}
	if err := json.Unmarshal(body, &l); err != nil || res.StatusCode != 200 {
		t.Errorf("GET %s = %d %.200s", path, res.StatusCode, body)
	}
	return l.Items, l.Next
}

// all walks a list to its end.
func (p *person) all(t *testing.T, path string, least int) {
	t.Helper()
	seen := map[string]bool{}
	for next, pages := "", 0; pages == 0 || next != ""; pages++ {
		rows, on := p.page(t, path+"&after="+next)
		for _, row := range rows {
			var r struct{ ID string }
			must(t, json.Unmarshal(row, &r))
			if seen[r.ID] {
				t.Errorf("%s: %s comes twice", path, r.ID)
			}
			seen[r.ID] = true
		}
		if next = on; pages > 100 {
			t.Fatal(fmt.Sprint(path, " has no end"))
		}
	}
	if len(seen) < least {
		t.Errorf("%s: %d rows were seen, want at least %d", path, len(seen), least)
	}
}
