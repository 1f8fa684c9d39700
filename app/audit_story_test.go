package app_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"hetu/audit"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A clerk does things over HTTP and remembers under which requests.
type clerk struct {
	*world
	column   string
	n        int
	requests []string
}

// acts sends a request that changes something, which must succeed.
func (c *clerk) acts(t *testing.T, p *person, method, path string, in any) {
	t.Helper()
	res, _ := p.send(t, method, "/api"+path, in, nil)
	if res.StatusCode != 200 {
		t.Fatalf("%s: %s %s = %d", p.name, method, path, res.StatusCode)
	}
	c.requests = append(c.requests, res.Header.Get("X-Request-Id"))
}

// deeds are what the clerk does at random.
var deeds = []func(*clerk, *testing.T){
	func(c *clerk, t *testing.T) {
		c.acts(t, c.a.chief, "POST", "/publish/columns", fields{"name": fmt.Sprint("栏", c.n), "review_levels": 1})
	},
	func(c *clerk, t *testing.T) {
		c.acts(t, c.a.admin, "POST", "/org/departments", fields{"name": fmt.Sprint("科", c.n), "kind": "dept", "sort": 1, "parent_id": nil})
	},
	func(c *clerk, t *testing.T) {
		c.acts(t, c.a.admin, "POST", "/org/members", fields{"name": "人", "login": fmt.Sprint("r", c.n), "department_id": c.a.office, "title": "", "head": false})
	},
	func(c *clerk, t *testing.T) {
		c.acts(t, c.a.chief, "POST", "/exchange/journals", fields{"name": fmt.Sprint("刊", c.n), "level": "own"})
	},
	func(c *clerk, t *testing.T) {
		c.acts(t, c.a.chief, "POST", "/assess/schemes", fields{"name": fmt.Sprint("案", c.n), "year": year})
	},
	func(c *clerk, t *testing.T) {
		days := fields{"version": 0, "days": []any{fields{"date": fmt.Sprint(2027+c.n%70, "-03-02"), "off": true, "name": "日"}}}
		path := fmt.Sprint("/calendar/years/", 2027+c.n%70)
		days["version"] = c.a.chief.does(t, "GET /api"+path, nil)["version"]
		c.acts(t, c.a.chief, "PUT", path, days)
	},
	func(c *clerk, t *testing.T) {
		c.acts(t, c.nobody(), "POST", "/org/sign-in", fields{"tenant": c.a.slug, "login": "plain", "password": password})
	},
	func(c *clerk, t *testing.T) {
		up := c.a.chief.does(t, "POST /api/attachment/uploads", fields{"name": "图.png", "size": len(png)})
		c.acts(t, c.a.chief, "PUT", "/attachment/uploads/"+text(t, up, "id")+"?offset=0", png)
	},
	func(c *clerk, t *testing.T) { c.acts(t, c.a.chief, "POST", "/message/notices/read-all", fields{}) },
	(*clerk).flow,
}

// flow takes an item through its whole life.
func (c *clerk) flow(t *testing.T) {
	chief, second := c.a.chief, c.a.second
	item := chief.does(t, "POST /api/publish/items", fields{"column_id": c.column, "kind": "news", "title": fmt.Sprint("信息", c.n), "body_html": "<p>文</p>"})
	id := text(t, item, "id")
	path := "/publish/items/" + id
	version := func() any { return chief.does(t, "GET /api"+path, nil)["version"] }
	c.acts(t, chief, "PATCH", path, fields{"title": fmt.Sprint("新信息", c.n), "version": 1})
	c.acts(t, chief, "POST", path+"/submit", fields{"online_ok": true, "version": 2})
	task := second.task(t, id)
	hash := at(t, second.does(t, "GET /api/approval/tasks/"+task, nil), "case", "content_hash")
	c.acts(t, second, "POST", "/approval/tasks/"+task+"/approve", fields{"content_hash": hash, "checks": confirmed})
	c.acts(t, chief, "POST", path+"/publish", fields{"version": version()})
	c.acts(t, c.a.plain, "POST", path+"/read", fields{})
	c.acts(t, chief, "POST", "/exchange/reports", fields{"item_id": id})
	c.acts(t, chief, "POST", path+"/withdraw", fields{"reason": "误发", "version": version()})
}

// TestEveryWriteIsAudited does three hundred things over HTTP, in any order:
// each has left an entry under its own request, and the audit of the tenant
// verifies (I8, AU-01).
func TestEveryWriteIsAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := &clerk{world: w, column: w.a.column(t, "审计栏目", 1)}
	for len(c.requests) < 300 {
		c.n++
		deeds[rand.IntN(len(deeds))](c, t)
	}
	admin := tenanttest.Admin(t)
	for _, request := range texts(t, admin, `
		select r from unnest($1::text[]) r
		 where not exists (select from audit_entries where tenant_id = $2 and request = r and action <> 'refused')`, pq.Array(c.requests), w.a.id) {
		t.Errorf("request %s changed something and the audit does not know", request)
	}
	var entries int
	must(t, admin.QueryRow(`select count(*) from audit_entries where tenant_id = $1`, w.a.id).Scan(&entries))
	if entries < len(c.requests) {
		t.Errorf("%d entries for %d changes", entries, len(c.requests))
	}
	for _, id := range []uuid.UUID{w.a.id, w.hq.id, w.b.id} {
		ctx := tenant.As(t.Context(), tenant.Actor{Tenant: id, Request: "test"})
		must(t, audit.Round().Run(ctx, tenanttest.DB(t)))
		report, err := audit.Verify(ctx, tenanttest.DB(t))
		must(t, err)
		if report.First != nil {
			t.Errorf("the audit does not verify: %+v", report.First)
		}
		if id == w.a.id && report.Entries+report.Unsealed < len(c.requests) {
			t.Errorf("%d entries sealed and %d not, of %d changes", report.Entries, report.Unsealed, len(c.requests))
		}
	}
}
