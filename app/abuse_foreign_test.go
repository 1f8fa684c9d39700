package app_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"hetu/rbac"
	"hetu/tenant/tenanttest"
)

// named asks for everything there is to read with the name of another tenant
// wherever some server looks for one: each answer is what it is without.
func (a assault) named(t *testing.T) {
	other := a.stranger.id.String()
	query := "?tenant_id=" + other + "&tenant=" + other + "&tenantId=" + other + "&TENANT_ID=" + a.stranger.slug
	tried := 0
	for _, d := range a.doors {
		if d.Endpoint.Changes || d.Endpoint.Streams || d.Needs == rbac.Anyone || d.Needs == rbac.Operator { // operators name tenants: it is their work
			continue
		}
		tried++
		read := func(query string, headers map[string]string) (int, string) {
			res, body := d.who.send(t, "GET", "/api"+d.path+query, nil, headers)
			return res.StatusCode, volatile.ReplaceAllString(string(body), "")
		}
		was, before := read("", nil)
		is, body := read(query, map[string]string{
			"X-Tenant-Id": other, "tenant-id": other, "X-Tenant": a.stranger.slug, "X-Org-Id": other, "X-Forwarded-Host": a.stranger.slug + ".example",
			"Cookie": d.who.cookie + "; tenant=" + other + "; tenant_id=" + other,
		})
		_, after := read("", nil)
		if is != was || before == after && body != before {
			t.Errorf("%s as it is = %d %.200s, with another tenant's name = %d %.200s", d, was, before, is, body)
		}
		if strings.Contains(body, other) {
			t.Errorf("%s tells of the tenant it names: %.300s", d, body)
		}
	}
	if tried < 80 {
		t.Errorf("only %d routes were asked", tried)
	}
}

// foreign are ids of a stranger's things, one of each that is easily had.
func (w *world) foreign(t *testing.T, u unit) map[string]string {
	t.Helper()
	column := text(t, u.chief.does(t, "POST /api/publish/columns", fields{"name": "别家栏目", "review_levels": 1, "sort": 1}), "id")
	item := u.publish(t, column, "别家信息")
	id := text(t, item, "id")
	ids := map[string]string{
		"tenant": u.id.String(), "department": u.office.String(), "member": u.plain.member.String(), "column": column, "item": id,
		"attachment": text(t, item, "attachments", 0, "id"), "upload": u.chief.upload(t, "别家.png", png), "case": text(t, item, "case_id"),
		"role":    text(t, u.admin.does(t, "POST /api/org/roles", fields{"name": "别家角色", "permissions": []string{"publish.read"}}), "id"),
		"journal": text(t, u.chief.does(t, "POST /api/exchange/journals", fields{"name": "别家刊物", "level": "own", "kind": "journal"}), "id"),
		"scheme":  text(t, u.chief.does(t, "POST /api/assess/schemes", fields{"year": year, "name": "别家考核"}), "id"),
		"post":    text(t, u.admin.does(t, "GET /api/org/members?q=plain", nil), "items", 0, "posts", 0, "id"),
	}
	return ids
}

// TestForeignThings puts the ids of another tenant's things into every field of
// every body that holds an id: nothing of it is taken up anywhere (TI-04).
func TestForeignThings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := &liar{world: w, ids: w.private(t), shapes: describe(t, w.features), admin: tenanttest.Admin(t)}
	x.draft = text(t, w.a.write(t, x.ids["/publish/columns"], "草稿"), "id")
	for _, s := range x.shapes.Components.Schemas {
		s.filled()
	}
	theirs := w.foreign(t, w.stranger)
	before := w.holding(t, theirs)
	places, sent, reached := 0, 0, 0
	for _, f := range w.features {
		for _, r := range f.Routes {
			if !r.Endpoint.Changes || r.Endpoint.Streams || r.Needs == rbac.Operator || r.Needs == rbac.Anyone || disruptive[r.Method+" "+r.Path] {
				continue
			}
			path, _ := fill(r.Path, func(prefix string) (string, bool) { return x.ids[prefix], true })
			in := x.sample(t, r)
			for i, l := range leaves(in) {
				if _, err := uuid.Parse(fmt.Sprint(l.value)); err != nil {
					continue
				}
				places++
				for what, id := range theirs {
					in = x.sample(t, r)
					ls := leaves(in)
					if i >= len(ls) || ls[i].name != l.name {
						break // a sample with another choice in it has other fields
					}
					ls[i].put(id)
					sent++
					who := x.who(r)
					if strings.HasPrefix(r.Path, "/approval/tasks/") {
						who = x.a.second
					}
					res, body := who.send(t, r.Method, "/api"+path, in, nil)
					if res.StatusCode == 200 || res.StatusCode >= 500 {
						t.Errorf("%s %s is given another tenant's %s as %s: %d %.200s", r.Method, r.Path, what, l.name, res.StatusCode, body)
					}
					if strings.Contains(string(body), id) {
						t.Errorf("%s %s says again another tenant's %s: %.200s", r.Method, r.Path, what, body)
					}
					if !strings.Contains(string(body), `"code":"request.`) {
						reached++
					}
				}
			}
		}
	}
	if places < 60 || reached < sent/4 {
		t.Errorf("%d fields with an id were tried, %d of %d requests got as far as a feature: it proves nothing", places, reached, sent)
	}
	for where, n := range w.holding(t, theirs) {
		if n > before[where] {
			t.Errorf("%s holds %d ids of another tenant's things", where, n-before[where])
		}
	}
	t.Logf("%d requests at %d fields, %d as far as a feature", sent, places, reached)
}

// holding counts rows of the bureau's in which one of the ids stands. What was
// tried may be recorded.
func (w *world) holding(t *testing.T, ids map[string]string) map[string]int {
	t.Helper()
	admin, held := tenanttest.Admin(t), map[string]int{}
	var all []string
	for _, id := range ids {
		all = append(all, "%"+id+"%")
	}
	for _, table := range texts(t, admin, tenantTables) {
		if table == "audit_entries" {
			continue
		}
		var n int
		must(t, admin.QueryRow(`select count(*) from `+table+` t where tenant_id = $1 and to_jsonb(t)::text like any ($2)`, w.a.id, pq.Array(all)).Scan(&n))
		held[table] = n
	}
	return held
}

// TestForeignKeys has the database itself point a row of one tenant at what is
// another's, past row security: the keys refuse, and as they refuse what never
// was (TI-04).
func TestForeignKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.private(t)
	w.foreign(t, w.stranger)
	admin := tenanttest.Admin(t)
	refused := 0
	for _, k := range texts(t, admin, `
		select format('%s|%s|%s|%s|%s', conname, k.conrelid::regclass, k.confrelid::regclass, x.attname, y.attname)
		  from pg_constraint k
		  cross join lateral unnest(k.conkey, k.confkey) u (a, b)
		  join pg_attribute x on x.attrelid = k.conrelid and x.attnum = u.a
		  join pg_attribute y on y.attrelid = k.confrelid and y.attnum = u.b
		 where k.contype = 'f' and k.connamespace = 'public'::regnamespace and cardinality(k.conkey) = 2 and x.attname <> 'tenant_id'
		   and format_type(x.atttypid, null) = 'uuid'`) {
		p := strings.Split(k, "|")
		id := uuid.NewString()
		err := admin.QueryRow(fmt.Sprintf(`select %s from %s where tenant_id = $1 limit 1`, p[4], p[2]), w.stranger.id).Scan(&id)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			t.Fatal(err)
		}
		tx, err := admin.Begin()
		must(t, err)
		res, err := tx.Exec(fmt.Sprintf(`update %s set %s = $1 where tenant_id = $2 and ctid in (select ctid from %[1]s where tenant_id = $2 limit 1)`, p[1], p[3]), id, w.a.id)
		if err == nil {
			if n, _ := res.RowsAffected(); n > 0 {
				if _, err = tx.Exec(`set constraints all immediate`); err == nil {
					t.Errorf("%s lets a row point at another tenant's", p[0])
				}
			}
		}
		if e, ok := errors.AsType[*pq.Error](err); ok && e.Code == "23503" {
			refused++
		}
		must(t, tx.Rollback())
	}
	if refused < 40 {
		t.Errorf("only %d keys were put to it", refused)
	}
	t.Logf("%d keys refused", refused)
}
