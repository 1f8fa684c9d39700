package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"hetu/app"
	"hetu/feature"
)

// queries are the names of the parameters a route takes in its query.
func (s shapes) queries(r feature.Route) (names []string) {
	for _, p := range parameters["/api"+r.Path][strings.ToLower(r.Method)].Parameters {
		if p.In == "query" {
			names = append(names, p.Name)
		}
	}
	return names
}

var parameters = described(app.Features(app.Tools{}))

type parameterized struct {
	Parameters []struct{ Name, In string } `json:"parameters"`
}

func described(features []feature.Feature) map[string]map[string]parameterized {
	var d struct {
		Paths map[string]map[string]parameterized `json:"paths"`
	}
	raw, err := json.Marshal(feature.OpenAPI(app.Version, features...))
	if err == nil {
		err = json.Unmarshal(raw, &d)
	}
	if err != nil {
		panic(err)
	}
	return d.Paths
}

// sample is a body that the route would take, as far as the descriptions and
// the world's things can tell.
func (x *liar) sample(t *testing.T, r feature.Route) map[string]any {
	t.Helper()
	m, _ := x.shapes.body(r, same, random).(map[string]any)
	if m == nil {
		return map[string]any{}
	}
	known := map[string]any{
		"slug": "s" + random()[24:], "login": "l" + random()[24:], "admin_login": "chief", "sha256": strings.Repeat("0a", 32),
		"column_id": x.ids["/publish/columns"], "item_id": x.ids["/publish/items"], "journal_id": x.ids["/exchange/journals"],
		"department_id": x.ids["/org/departments"], "subject_id": x.a.plain.member, "scheme_id": x.ids["/assess/schemes"],
		"editor_id": x.a.plain.member, "year": year, "token": random(), "name": "名" + random()[24:], "title": "题" + random()[24:],
		"body_html": "<p>正文</p>", "online_ok": true, "size": 64, "sort": 3, "deed_kind": "publish.published", "code": "c",
		"subject_kind": "member", "date": fmt.Sprintf("%d-03-02", year), "noticed_at": nil, "until": nil, "to": nil, "role_id": nil, "scope_id": nil,
		"scope_kind": nil, "parent_id": nil, "permission": "publish.read", "version": x.version(r),
	}
	if strings.HasPrefix(r.Path, "/assess/rounds") {
		known["from"], known["to"] = fmt.Sprintf("%d-01-01", year), fmt.Sprintf("%d-12-31", year)
	}
	if r.Path == "/calendar/hours" {
		known["from"], known["to"] = "08:30", "12:00"
	}
	if r.Path == "/org/grants" {
		known["subject_id"] = x.a.second.member
	}
	overlay(m, known)
	return m
}

// overlay puts what is known in the place of what was made up, and takes out
// what is known to be better left out.
func overlay(v any, known map[string]any) {
	switch v := v.(type) {
	case map[string]any:
		for name := range maps.Clone(v) {
			k, ok := known[name]
			switch {
			case ok && k == nil:
				delete(v, name)
			case ok:
				v[name] = k
			default:
				overlay(v[name], known)
			}
		}
	case []any:
		for _, e := range v {
			overlay(e, known)
		}
	}
}

// version is the one that the thing a route leads to has now.
func (x *liar) version(r feature.Route) int {
	tables := map[string]string{"/publish/items": "items", "/publish/columns": "columns", "/org/departments": "departments", "/org/members": "members",
		"/exchange/envelopes": "envelopes", "/exchange/journals": "journals", "/assess/schemes": "assess_schemes", "/console/tenants": "platform.tenants"}
	prefix, _, _ := strings.Cut(r.Path, "/{")
	table, ok := tables[prefix]
	if !ok {
		return 0
	}
	id := x.ids[prefix]
	if table == "items" && r.Method == "PATCH" {
		id = x.draft
	}
	v := 0
	_ = x.admin.QueryRow(`select version from `+table+` where id = $1`, id).Scan(&v) // none: 0 is as good
	return v
}

// A leaf is one value of a body that is neither a list nor an object.
type leaf struct {
	name  string
	value any
	put   func(any)
}

// leaves are all of them, in an order that is always the same; lists and
// objects count as leaves too.
func leaves(v any) (ls []leaf) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			ls = append(ls, leaf{k, v[k], func(n any) { v[k] = n }})
			ls = append(ls, leaves(v[k])...)
		}
	case []any:
		for i := range v {
			ls = append(ls, leaf{fmt.Sprint(i), v[i], func(n any) { v[i] = n }})
			ls = append(ls, leaves(v[i])...)
		}
	}
	return ls
}
