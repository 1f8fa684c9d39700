package app_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
)

// owned are names of what only the server says: columns of the tables behind
// the routes, and what elsewhere has opened doors.
var owned = []string{
	"id", "state", "tenant_id", "author_id", "drafter_id", "member_id", "account_id", "publisher_id", "published_at",
	"approved_hash", "content_hash", "version", "created_at", "score", "points", "deed_id", "case_id", "is_admin", "permissions",
	"must_change", "password_hash", "granted_by", "__proto__",
}

// spellings are the ways to write a name that a lenient decoder takes for the
// same.
func spellings(name string) []string {
	parts := strings.Split(name, "_")
	for i, p := range parts {
		if p != "" {
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return []string{name, strings.ToUpper(name), strings.Join(parts, "")}
}

// serverFields adds each of them to each body, in three spellings.
func (a assault) serverFields(t *testing.T) {
	a.changes(t, func(t *testing.T, d door) {
		for _, name := range owned {
			for _, key := range spellings(name) {
				in := a.body(d)
				if _, its := in[key]; its {
					continue
				}
				in[key] = random()
				d.refused(t, d.path, in, nil, 422, "request.unknown_field", "request.field_twice")
			}
		}
	})
	inside := map[string]any{
		"/publish/columns/" + a.ids["/publish/columns"]: map[string]any{"version": 1, "path": []string{random()}},
		"/calendar/years/2026": map[string]any{"version": 0, "days": []any{
			map[string]any{"date": "2026-03-02", "off": true, "name": "调休", "tenant_id": random()}}},
		"/calendar/hours": map[string]any{"version": 0, "ranges": []any{
			map[string]any{"from": "08:30", "to": "12:00", "Tenant_ID": random()}}},
		"/assess/schemes/" + a.ids["/assess/schemes"]: map[string]any{"name": "考核", "year": year, "version": 1, "rules": []any{},
			"units": []any{map[string]any{"kind": "tenant", "id": a.a.id, "total": "100"}}},
	}
	for path, in := range inside {
		method := "PUT"
		if strings.Contains(path, "columns") {
			method = "PATCH"
		}
		a.a.chief.fails(t, method+" /api"+path, in, 422, "request.unknown_field")
	}
}

// twice writes each name of each body a second time, in both spellings: what a
// checker that keeps the first and a handler that keeps the last would see
// differently.
func (a assault) twice(t *testing.T) {
	a.changes(t, func(t *testing.T, d door) {
		in := a.body(d)
		for name, v := range in {
			value, err := json.Marshal(v)
			must(t, err)
			for _, again := range []string{name, strings.ToUpper(name)} {
				rest := maps.Clone(in)
				delete(rest, name)
				others, err := json.Marshal(rest)
				must(t, err)
				body := `{"` + name + `":` + string(value) + `,"` + again + `":` + string(value)
				if len(rest) > 0 {
					body += "," + strings.TrimPrefix(string(others), "{")
				} else {
					body += "}"
				}
				d.refused(t, d.path, body, nil, 422, "request.field_twice")
			}
		}
	})
}

// unmeant sends what a page of another site could make a browser send, and
// what a client sends that forgot its key.
func (a assault) unmeant(t *testing.T) {
	headers := func(k, v string) map[string]string { return map[string]string{k: v} }
	for _, d := range a.doors {
		if !d.Endpoint.Changes {
			continue
		}
		var in any = a.body(d)
		if d.Endpoint.Streams {
			in = []byte("x")
		}
		for _, key := range []string{"", "short", strings.Repeat("k", 65)} {
			d.refused(t, d.path, in, headers("Idempotency-Key", key), 422, "request.idempotency_missing")
		}
		for _, origin := range []string{"http://evil.test", "null", "https://127.0.0.1.evil.test", "http://127.0.0.1:1", "file://", "%"} {
			d.refused(t, d.path, in, headers("Origin", origin), 403, "request.cross_site")
		}
		for _, site := range []string{"cross-site", "same-site"} {
			d.refused(t, d.path, in, headers("Sec-Fetch-Site", site), 403, "request.cross_site")
		}
		for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
			d.refused(t, d.path, in, headers("Content-Type", kind), 415, "request.content_type")
		}
		if d.who.cookie == "" {
			continue
		}
		for _, token := range []string{"", "x", a.a.second.csrf + "x", a.stranger.chief.csrf} {
			d.refused(t, d.path, in, headers("X-CSRF-Token", token), 403, "request.csrf")
		}
	}
}
