package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant/tenanttest"
)

// An assault is a world with one of everything in it, and every way into it.
type assault struct {
	*world
	ids    things
	shapes shapes
	doors  []door
}

// A door is a route with its path filled in and somebody who may use it.
type door struct {
	feature.Route
	path string // below /api
	who  *person
}

func (d door) String() string { return d.Method + " " + d.Path }

// TestAttacks tries what an attacker tries on every route there is. None of it
// may change anything, so all of it shares one world, and the world is
// compared with what it was before (AN-08, AN-10, AN-11, AZ-02, TI-01).
func TestAttacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := assault{world: w, ids: w.private(t), shapes: describe(t, w.features)}
	a.doors = a.open(t)
	before := a.world.prints(t)
	t.Run("TI-01 a tenant that is named", a.named)
	t.Run("AZ-02 a field that is the server's", a.serverFields)
	t.Run("AZ-02 a field that stands twice", a.twice)
	t.Run("AN-08 a request nobody meant to send", a.unmeant)
	t.Run("AN-11 a path that is nearly right", a.paths)
	t.Run("AN-11 a header that names another path", a.overrides)
	t.Run("AN-08 every page there is to read", a.reads)
	t.Run("AN-10 a session that is not in a cookie", a.elsewhere)
	after := a.prints(t)
	for table, want := range before {
		if got := after[table]; got != want {
			t.Errorf("%s has changed: %s, before %s", table, got, want)
		}
	}
}

// open returns every route as a door.
func (a assault) open(t *testing.T) (ds []door) {
	t.Helper()
	for _, f := range a.features {
		for _, r := range f.Routes {
			path, ok := fill(r.Path, func(prefix string) (string, bool) { id, ok := a.ids[prefix]; return id, ok })
			if !ok {
				t.Fatalf("nobody knows what the parameter of %s leads to", r.Path)
			}
			if strings.HasPrefix(r.Path, "/approval/tasks/") {
				ds = append(ds, door{r, path, a.a.second})
				continue
			}
			ds = append(ds, door{r, path, a.who(r)})
		}
	}
	return ds
}

// who is somebody who may use the route.
func (w *world) who(r feature.Route) *person {
	switch r.Needs {
	case rbac.Operator:
		return w.operator
	case rbac.Anyone:
		return &person{base: w.base, name: "nobody"}
	}
	return w.a.chief
}

// changes calls fn with every door that changes something by JSON.
func (a assault) changes(t *testing.T, fn func(*testing.T, door)) {
	t.Helper()
	n := 0
	for _, d := range a.doors {
		if d.Endpoint.Changes && !d.Endpoint.Streams {
			n++
			fn(t, d)
		}
	}
	if n < 50 {
		t.Errorf("only %d routes that change something were tried", n)
	}
}

// body is a body that fits the door.
func (a assault) body(d door) map[string]any {
	m, _ := a.shapes.body(d.Route, same, random).(map[string]any)
	if m == nil {
		m = map[string]any{}
	}
	return m
}

// refused sends a request that must be refused with the status and one of the
// codes.
func (d door) refused(t *testing.T, path string, in any, headers map[string]string, status int, codes ...string) {
	t.Helper()
	res, body := d.who.send(t, d.Method, "/api"+path, in, headers)
	known := false
	for _, c := range codes {
		known = known || strings.Contains(string(body), fmt.Sprintf("%q", c))
	}
	if res.StatusCode != status || !known {
		t.Errorf("%s with %.200v %v = %d %s, want %d %v", d, in, headers, res.StatusCode, body, status, codes)
	}
}

// prints are how many rows of the world's tenants each table holds, and a hash
// of all that stands in them but when a session was last seen.
func (w *world) prints(t *testing.T) map[string]string {
	t.Helper()
	tenants := pq.Array([]uuid.UUID{w.hq.id, w.a.id, w.b.id, w.stranger.id})
	admin := tenanttest.Admin(t)
	const own = `tenant_id = any($1)`
	where := map[string]string{
		"platform.tenants": `id = any($1)`, "platform.sessions": own, "platform.activations": own, "platform.memberships": own,
		"platform.groups":   `id in (select group_id from platform.tenants where id = any($1))`,
		"platform.accounts": `id in (select account_id from platform.memberships where tenant_id = any($1))`,
		"river.river_job":   `args ->> 'tenant' = any($1::text[])`,
	}
	for _, table := range texts(t, admin, tenantTables) {
		where[table] = own
	}
	where["audit_entries"] = own + ` and action not in ('refused', 'audit.looked', 'access.looked')` // that somebody tried is written down, and who saw what is sensitive (R024, AU-04)
	where["deeds"] = own + ` and kind <> 'publish.column_attempt'`
	prints := map[string]string{}
	for table, cond := range where {
		var n int
		var sum string
		row := `to_jsonb(t) - 'seen_at'`
		if table == "river.river_job" { // a job that was there before may run meanwhile
			row = `jsonb_build_array(t.id, t.kind, t.args)`
		}
		must(t, admin.QueryRow(`
			select count(*), md5(coalesce(string_agg(x, '' order by x), ''))
			  from (select md5((`+row+`)::text) as x from `+table+` t where `+cond+`) s`, tenants).Scan(&n, &sum))
		prints[table] = fmt.Sprint(n, " ", sum)
	}
	if len(prints) < 40 {
		t.Fatalf("only %d tables are watched", len(prints))
	}
	return prints
}
