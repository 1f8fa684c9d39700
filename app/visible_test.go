package app_test

import (
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// TestWF04NothingShowsTheUnreviewed tries every route that changes anything and
// every piece of later work there is, whoever adds it and whenever, on items
// that have not passed: none of it may make one visible (R032, WF-04). It knows
// no route by name; a new one is tried without anybody remembering.
func TestWF04NothingShowsTheUnreviewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := sneak{world: w, ids: w.private(t), shapes: describe(t, w.features), admin: tenanttest.Admin(t)}
	s.column = text(t, w.a.chief.does(t, "POST /api/publish/columns", fields{"name": "未审稿件", "review_levels": 1, "sort": 20}), "id")
	late := func(f feature.Feature) bool {
		return slices.Contains([]string{"org", "console", "access", "factor", "token", "identity", "staff"}, f.Name)
	} // these take away what we try with
	tried := 0
	for _, f := range w.features {
		if !late(f) {
			tried += s.routes(t, f)
		}
	}
	s.works(t)
	s.statements(t)

	s.late = true
	// The same eyes see an item that has passed, so that seeing none means something.
	shown := w.a.publish(t, s.column, "审核通过的信息")
	if id := text(t, shown, "id"); len(s.visible(t, id)) != 3 {
		t.Errorf("what was published is seen in %v, want three places", s.visible(t, id))
	}
	for _, f := range w.features {
		if late(f) {
			tried += s.routes(t, f)
		}
	}
	if tried < 80 {
		t.Errorf("only %d ways were tried", tried)
	}
}

// A sneak tries to get an item before its readers past its review.
type sneak struct {
	*world
	ids    things
	shapes shapes
	column string
	admin  *sql.DB
	late   bool // who looks may have been put out by now: only what is shown counts
}

// items are one that is a draft and one whose review has only begun.
func (s sneak) items(t *testing.T) map[string]map[string]any {
	t.Helper()
	draft := s.a.write(t, s.column, "没有送审的稿件")
	// It was handed in, changed and handed in again: its first revision can be brought back.
	open := s.a.write(t, s.column, "正在审核的稿件")
	at := "/api/publish/items/" + text(t, open, "id")
	open = s.a.chief.does(t, "POST "+at+"/submit", fields{"online_ok": true, "version": open["version"]})
	open = s.a.chief.does(t, "PATCH "+at, fields{"title": "再次送审的稿件", "version": open["version"]})
	s.a.chief.does(t, "POST "+at+"/submit", fields{"online_ok": true, "version": open["version"]})
	return map[string]map[string]any{"draft": draft, "review": s.a.chief.does(t, "GET "+at, nil)}
}

// visible says where an item stands before readers.
func (s sneak) visible(t *testing.T, ids ...string) (where []string) {
	t.Helper()
	for name, query := range map[string]string{
		"its state": `select count(*) from items where id = any ($1) and state in ('published', 'withdrawn')`,
		"a copy":    `select count(*) from published_copies where item_id = any ($1)`,
	} {
		var n int
		must(t, s.admin.QueryRow(query, pq.Array(ids)).Scan(&n))
		if n > 0 {
			where = append(where, name)
		}
	}
	for _, id := range ids {
		if res, _ := s.a.plain.send(t, "GET", "/api/publish/items/"+id, nil, nil); res.StatusCode == 200 || res.StatusCode != 404 && !s.late {
			where = append(where, "a reader's page")
		}
	}
	slices.Sort(where)
	return where
}

// unpassed counts what is published anywhere without a review of that very
// content by somebody other than its drafter: copies of an item included.
func (s sneak) unpassed(t *testing.T) (n int) {
	t.Helper()
	must(t, s.admin.QueryRow(`
		select count(*) from items i
		 where i.tenant_id = any ($1) and i.state = 'published'
		   and not exists (select from item_reviews r
		                    where r.tenant_id = i.tenant_id and r.item_id = i.id and r.case_id = i.case_id
		                      and r.content_hash = i.content_hash and r.account_id <> i.drafter_account)`,
		pq.Array([]uuid.UUID{s.a.id, s.b.id, s.hq.id})).Scan(&n))
	return n
}

// routes tries every route of the feature that changes anything on items of
// its own: with the item in the place of every parameter, and with the things
// the parameters lead to; the item, or its column, wherever the body takes an id.
func (s sneak) routes(t *testing.T, f feature.Feature) (tried int) {
	t.Helper()
	items := map[string]map[string]any{}
	for _, r := range f.Routes {
		if !r.Endpoint.Changes || disruptive[r.Method+" "+r.Path] || r.Needs == rbac.Anyone {
			continue
		}
		tried++
		if len(items) == 0 {
			items = s.items(t)
		}
		for state, item := range items {
			id := text(t, item, "id")
			for _, path := range s.paths(r, id) {
				for _, thing := range []string{id, s.column} {
					body := s.shapes.body(r, "published", func() string { return thing })
					if m, ok := body.(map[string]any); ok {
						m["version"] = item["version"]
						if !strings.Contains(r.Path, "{") {
							delete(m, "version")
						}
					}
					for _, p := range []*person{s.who(r), s.a.second} {
						res, answer := p.send(t, r.Method, "/api"+path, body, nil)
						if res.StatusCode >= 500 {
							t.Errorf("%s %s = %d %s", r.Method, path, res.StatusCode, answer)
						}
					}
				}
			}
			if where := s.visible(t, id); len(where) > 0 {
				t.Errorf("%s %s showed an item in %s: in %v", r.Method, r.Path, state, where)
				items = map[string]map[string]any{}
			}
		}
		if n := s.unpassed(t); n > 0 {
			t.Errorf("after %s %s there are %d published items that nobody passed", r.Method, r.Path, n)
		}
		if now := s.standing(t, items); !slices.Equal(now, []string{"draft", "review"}) {
			items = map[string]map[string]any{} // the route recalled, returned or deleted it: the next gets others
		}
	}
	return tried
}

// paths are the route's paths: with the item for every parameter, and with the
// things that stand there, the item among them.
func (s sneak) paths(r feature.Route, item string) []string {
	all, _ := fill(r.Path, func(string) (string, bool) { return item, true })
	known, _ := fill(r.Path, func(prefix string) (string, bool) {
		if id, ok := s.ids[prefix]; ok && prefix != "/publish/items" {
			return id, true
		}
		return item, true
	})
	return slices.Compact([]string{all, known})
}

func (s sneak) standing(t *testing.T, items map[string]map[string]any) (states []string) {
	t.Helper()
	var ids []string
	for _, it := range items {
		ids = append(ids, text(t, it, "id"))
	}
	rows, err := s.admin.Query(`select state from items where id = any ($1) order by state`, pq.Array(ids))
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var state string
		must(t, rows.Scan(&state))
		states = append(states, state)
	}
	must(t, rows.Err())
	return states
}

// works runs every job there is, told of the item by whatever name it takes,
// and every round.
func (s sneak) works(t *testing.T) {
	t.Helper()
	items := s.items(t)
	for state, item := range items {
		id := text(t, item, "id")
		args := map[string]any{"kind": "publish.item", "version": item["version"]}
		for _, name := range []string{"id", "item", "item_id", "items", "subject", "subject_id", "object", "object_id", "envelope", "envelope_id",
			"push", "push_id", "task", "work", "column"} {
			args[name] = id
		}
		args["id"] = s.forged(t, id) // a schedule for it, had anybody been able to set one; every other id is the item
		raw, err := json.Marshal(args)
		must(t, err)
		ctx := tenant.As(t.Context(), tenant.Actor{Tenant: s.a.id, Name: "system", Request: "job"})
		for _, f := range s.features {
			for _, work := range f.Works {
				_ = work.Run(ctx, tenanttest.DB(t), raw) // whether it can do anything with that is its own affair
				if where := s.visible(t, id); len(where) > 0 {
					t.Errorf("%s showed an item in %s: in %v", work.Name, state, where)
				}
			}
			for _, round := range f.Rounds {
				_ = round.Run(ctx, tenanttest.DB(t))
				if where := s.visible(t, id); len(where) > 0 {
					t.Errorf("%s showed an item in %s: in %v", round.Name, state, where)
				}
			}
		}
	}
	if n := s.unpassed(t); n > 0 {
		t.Errorf("later work published %d items that nobody passed", n)
	}
}

// forged is a schedule that is due, by somebody who may publish, for an item that nobody passed.
func (s sneak) forged(t *testing.T, item string) (id string) {
	t.Helper()
	must(t, s.admin.QueryRow(`
		insert into item_schedules (tenant_id, id, item_id, at, case_id, content_hash, publisher_id, publisher_account, publisher_name, set_at)
		select i.tenant_id, gen_random_uuid(), i.id, now() - interval '1 minute', coalesce(i.case_id, i.id), i.content_hash, m.id, m.account_id, m.name,
		       now() - interval '1 hour'
		  from items i join members m on m.tenant_id = i.tenant_id and m.id = $2 where i.id = $1
		returning id`, item, s.a.chief.member).Scan(&id))
	return id
}

// TestWF04ScheduleAndCopy tries the two ways that begin with an item that has
// passed: what was scheduled is not published when it is no more what passed, and
// a copy of what is published is a draft like any other (R032, WF-04).
func TestWF04ScheduleAndCopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := sneak{world: w, admin: tenanttest.Admin(t)}
	chief := w.a.chief
	s.column = text(t, chief.does(t, "POST /api/publish/columns", fields{"name": "定时发布", "review_levels": 1, "sort": 21}), "id")
	shown := w.a.publish(t, s.column, "已发布的信息")
	copied := chief.does(t, "POST /api/publish/items/"+text(t, shown, "id")+"/copy", fields{})
	if copied["state"] != "draft" || text(t, copied, "origin", "id") != text(t, shown, "id") {
		t.Fatalf("the copy of what is published: %v", copied)
	}
	id := text(t, copied, "id")
	for _, how := range []string{"POST /publish", "PUT /schedule"} {
		method, path, _ := strings.Cut(how, " ")
		body := fields{"version": copied["version"]}
		if path == "/schedule" {
			body["at"] = time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		}
		if res, answer := chief.send(t, method, "/api/publish/items/"+id+path, body, nil); res.StatusCode != 409 {
			t.Errorf("%s on a copy = %d %s, want 409", how, res.StatusCode, answer)
		}
	}
	if where := s.visible(t, id); len(where) > 0 {
		t.Errorf("a copy is seen in %v", where)
	}
}

// statements tries what our own database role may say.
func (s sneak) statements(t *testing.T) {
	t.Helper()
	for state, item := range s.items(t) {
		id := text(t, item, "id")
		for _, sql := range []string{
			`update items set state = 'published' where id = $1`,
			`update items set state = 'published', case_id = coalesce(case_id, id), approved_hash = content_hash, approved_at = now(), levels = 1,
			        published_at = now(), publisher_id = drafter_id, publisher_account = drafter_account, publisher_name = 'x', deed_id = id, deed_unit = id,
			        words_version = 0, words_hash = content_hash, text_hash = 'x' where id = $1`,
			`insert into items select (jsonb_populate_record(i, jsonb_build_object('id', gen_random_uuid(), 'state', 'published'))).* from items i where id = $1`,
		} {
			ctx := tenant.As(t.Context(), tenant.Actor{Tenant: s.a.id, Name: "system", Request: "sql"})
			err := tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error { _, err := tx.Exec(ctx, sql, id); return err })
			if err == nil {
				t.Errorf("the database did to an item in %s: %s", state, sql)
			}
		}
		if where := s.visible(t, id); len(where) > 0 {
			t.Errorf("an item in %s is seen in %v", state, where)
		}
	}
}
