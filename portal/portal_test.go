package portal

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/approval"
	"hetu/calendar"
	"hetu/exchange"
	"hetu/feature"
	"hetu/office/publish"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// office is a tenant with one member and what a test plants for them.
type office struct {
	t     *testing.T
	ctx   context.Context
	actor tenant.Actor
	admin *sql.DB
}

func newOffice(t *testing.T) office {
	t.Helper()
	ctx, a := tenanttest.Actor(t)
	tenanttest.Member(t, ctx, "苏映河")
	return office{t, ctx, a, tenanttest.Admin(t)}
}

// plant writes rows past every rule but the shape of the tables.
func (o office) plant(query string, args ...any) {
	o.t.Helper()
	c, err := o.admin.Conn(o.ctx)
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	tx, err := c.BeginTx(o.ctx, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, s := range []string{`set local session_replication_role = replica`, `set local app.tenant_id = '` + o.actor.Tenant.String() + `'`} {
		if _, err := tx.ExecContext(o.ctx, s); err != nil {
			o.t.Fatal(err)
		}
	}
	if _, err := tx.ExecContext(o.ctx, query, args...); err != nil {
		o.t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		o.t.Fatal(err)
	}
}

func (o office) column(name string, above ...uuid.UUID) uuid.UUID {
	id := tenant.NewID()
	path := append(slices.Clone(above), id)
	o.plant(`insert into columns (id, path, name, last_published_at) values ($1, $2, $3, now())`, id, tenant.Array(path), name)
	return id
}

// item plants an item in a state, published so many days ago.
func (o office) item(column uuid.UUID, state, title string, drafter uuid.UUID, days int) uuid.UUID {
	id := tenant.NewID()
	o.plant(`
		insert into items (id, column_id, kind, state, title, drafter_id, drafter_account, drafter_name, content_hash, case_id,
		                   approved_hash, approved_at, levels, publisher_id, publisher_account, publisher_name, published_at, deed_id, deed_unit,
		                   withdrawn_at, withdrawn_id, withdraw_reason, withdraw_minutes, noticed_at)
		     select        $1, $2, 'news', $3, $4, $5, $5, '苏映河', repeat('a', 64), $1,
		                   repeat('a', 64), now(), 1, $5, $5, '白露', now() - $6 * interval '1 day', $1, $1, w.at, w.at_id, coalesce(w.why, ''), w.minutes, w.at
		       from (select 1) as one left join (select now() as at, $5::uuid as at_id, '有误' as why, 1 as minutes) as w on $3 = 'withdrawn'`,
		id, column, state, title, drafter, days)
	return id
}

func (o office) lay(ps *rbac.Rights) Desktop {
	o.t.Helper()
	db, ctx := tenanttest.DB(o.t), rbac.With(o.ctx, ps)
	engine := approval.New(approval.Deps{Calendar: calendar.Load})
	var top Desktop
	err := db.Read(ctx, func(tx *tenant.Tx) (err error) {
		top, err = desk{tasks: engine}.lay(ctx, tx, feature.None{})
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return top
}

func (o office) count(ps *rbac.Rights) (b Boxes) {
	o.t.Helper()
	db, ctx := tenanttest.DB(o.t), rbac.With(o.ctx, ps)
	err := db.Read(ctx, func(tx *tenant.Tx) (err error) {
		b, err = desk{tasks: approval.New(approval.Deps{})}.boxes(ctx, tx, feature.None{})
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return b
}

// UI5: every box counts what its list lists, of what the actor may read.
func TestBoxes(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	me, somebody := o.actor.Member, tenant.NewID()
	news, secret := o.column("工作动态"), o.column("内部栏目")
	read := []uuid.UUID{
		o.item(news, "published", "读过", somebody, 1), o.item(news, "published", "早就读过", somebody, 200),
		o.item(secret, "published", "内部读过", somebody, 1), o.item(news, "withdrawn", "读过又撤下", somebody, 1),
	}
	for _, id := range read {
		o.plant(`insert into item_reads (item_id, member_id) values ($1, $2), ($1, $3)`, id, me, somebody)
	}
	o.item(news, "published", "没读", somebody, 1)
	other := o.item(secret, "published", "内部没读", somebody, 1)
	o.plant(`insert into item_reads (item_id, member_id) values ($1, $2)`, other, somebody)
	o.item(news, "published", "没读而太久", somebody, 91)
	o.item(news, "approved", "待发", somebody, 0)
	task := func(id uuid.UUID, state, decision string, starter uuid.UUID) {
		o.plant(`insert into approval_cases (id, kind, subject_id, title, hash, unit_id, definition, steps, excluded, state, step, started_by, started_at, ended_at, seq)
			values ($1, 'publish.item', $1, '甲', 'h', $1, 1, '{"steps":[{"name":"审核"}]}', '{}', $3, 1, $2, now(), case when $3 <> 'open' then now() end, 1)`, id, starter, state)
		o.plant(`insert into approval_tasks (id, case_id, step, member_id, state, arrived_at, work_minutes, due_at, calendar, remind_at, decision, decided_at)
			values ($1, $1, 1, $2, case when $3 = '' then 'open' else 'decided' end, now(), 240, now(), 1, now(), $3, case when $3 <> '' then now() end)`, id, me, decision)
	}
	task(tenant.NewID(), "open", "", somebody)
	task(tenant.NewID(), "approved", "approve", somebody)
	task(tenant.NewID(), "returned", "return", me)

	for _, tt := range []struct {
		name   string
		rights *rbac.Rights
		want   Boxes
	}{
		{"who may read nothing", rbac.Fixed(), Boxes{Todo: 1, Done: 2, Started: 1}},
		{"who reads one column", rbac.FixedOn(news, publish.Read), Boxes{Todo: 1, Done: 2, Started: 1, ToRead: 1, Read: 2}},
		{"who reads all and publishes", rbac.Fixed(publish.Read, publish.Publish), Boxes{Todo: 1, Done: 2, Started: 1, ToRead: 2, Read: 3, Approved: 1}},
	} {
		if got := o.count(tt.rights); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
		if top := o.lay(tt.rights); top.Counts.Unread != tt.want.ToRead {
			t.Errorf("%s: the desktop says %d to read, the box %d", tt.name, top.Counts.Unread, tt.want.ToRead)
		}
		for box, q := range map[string]publish.Query{"to read": {Unread: true}, "read": {Read: true}} {
			ctx := rbac.With(o.ctx, tt.rights)
			err := tenanttest.DB(t).Read(ctx, func(tx *tenant.Tx) error {
				l, err := publish.List(ctx, tx, q)
				if n := map[string]int{"to read": tt.want.ToRead, "read": tt.want.Read}[box]; len(l.Items) != n {
					t.Errorf("%s: the list of what is %s has %d, the box %d", tt.name, box, len(l.Items), n)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := newOffice(t).count(rbac.Fixed(publish.Read, publish.Publish, exchange.Receive)); got != (Boxes{}) {
		t.Errorf("another tenant's boxes are %+v", got)
	}
}

func titles(items []Item) string {
	var ts []string
	for _, i := range items {
		ts = append(ts, i.Title)
	}
	return strings.Join(ts, " ")
}

func TestDesktop(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	somebody, me := tenant.NewID(), o.actor.Member
	news := o.column("工作动态")
	below, secret, closed := o.column("防汛简报", news), o.column("内部栏目"), o.column("停用栏目")
	o.plant(`update columns set state = 'disabled' where id = $1`, closed)
	o.item(news, "published", "三天前", somebody, 3)
	o.item(below, "published", "昨天", somebody, 1)
	o.item(secret, "published", "内部", somebody, 2)
	o.item(news, "published", "太久", somebody, 91)
	o.item(news, "withdrawn", "已撤", somebody, 1)
	o.item(news, "review", "在审", somebody, 1)
	o.item(below, "approved", "待发", somebody, 1)
	o.item(secret, "approved", "内部待发", somebody, 1)
	o.item(closed, "approved", "停用待发", somebody, 1)
	seen := o.item(news, "published", "读过", me, 1)
	o.item(secret, "draft", "我的草稿", me, 0)
	o.plant(`insert into item_reads (item_id, member_id) values ($1, $2)`, seen, me)
	o.plant(`insert into item_counts (item_id, reads) values ($1, 7)`, seen)
	o.plant(`insert into approval_cases (id, kind, subject_id, title, hash, unit_id, definition, steps, excluded, state, step, started_by, started_at, seq)
		values ($1, 'publish.item', $1, '在审', 'h', $1, 1, '{"steps":[{"name":"审核"}]}', '{}', 'open', 1, $2, now(), 1)`, seen, me)
	o.plant(`insert into approval_tasks (id, case_id, step, member_id, state, arrived_at, work_minutes, due_at, calendar, remind_at)
		values ($1, $2, 1, $3, 'open', now(), 240, now(), 1, now()), ($4, $2, 1, $5, 'open', now(), 240, now(), 1, now())`,
		tenant.NewID(), seen, me, tenant.NewID(), somebody)
	o.plant(`insert into notices (id, member_id, code, params, at, read_at)
		values ($1, $2, 'exchange.arrived', '{}', now(), null), ($3, $2, 'exchange.arrived', '{}', now(), now()), ($4, $5, 'exchange.arrived', '{}', now(), null)`,
		tenant.NewID(), me, tenant.NewID(), tenant.NewID(), somebody)
	for state, direction := range map[string]string{"sent": "in", "received": "in", "adopted": "out"} {
		o.plant(`insert into envelopes (id, direction, peer_id, peer_name, peer_envelope, item, content, hash, sent_at, state)
			values ($1, $2, $1, '东河局', $1, $1, '{"title":"x","kind":"news","content_hash":"y"}', repeat('a', 64), now(), $3)`,
			tenant.NewID(), direction, state)
	}

	for _, tt := range []struct {
		name             string
		rights           *rbac.Rights
		reading, columns string
		counts           Counts
	}{
		{"who may do nothing", rbac.Fixed(), "", "", Counts{Todo: 1}},
		{"who reads everything", rbac.Fixed(publish.Read), "昨天 内部 三天前", "内部栏目:1 防汛简报:1 工作动态:1", Counts{Todo: 1, Unread: 3}},
		{"who reads one column and below it", rbac.FixedOn(news, publish.Read), "昨天 三天前", "防汛简报:1 工作动态:1", Counts{Todo: 1, Unread: 2}},
		{"who publishes below one column", rbac.FixedOn(news, publish.Publish), "", "", Counts{Todo: 1, Approved: 1}},
		{"who publishes everywhere", rbac.Fixed(publish.Publish), "", "", Counts{Todo: 1, Approved: 2}},
		{"who receives", rbac.Fixed(exchange.Receive), "", "", Counts{Todo: 1, Inbox: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			top := o.lay(tt.rights)
			if got := titles(top.Reading); got != tt.reading {
				t.Errorf("reading = %s, want %s", got, tt.reading)
			}
			var cs []string
			for _, c := range top.Columns {
				cs = append(cs, fmt.Sprintf("%s:%d", c.Name, c.Unread))
			}
			slices.Sort(cs)
			want := strings.Fields(tt.columns)
			slices.Sort(want)
			if !slices.Equal(cs, want) {
				t.Errorf("columns = %v, want %v", cs, want)
			}
			if top.Counts != tt.counts {
				t.Errorf("counts = %+v, want %+v", top.Counts, tt.counts)
			}
			if got := titles(top.Mine); got != "我的草稿 读过" || !top.Mine[1].Read || top.Mine[1].ReadCount != 7 {
				t.Errorf("mine = %+v", top.Mine)
			}
			if len(top.Todo) != 1 || top.Todo[0].Title != "在审" || top.Todo[0].MinutesLeft == nil || *top.Todo[0].MinutesLeft > 0 || // it is due by now
				len(top.Notices) != 1 {
				t.Errorf("todo = %+v, notices = %+v", top.Todo, top.Notices)
			}
		})
	}
	foreign := newOffice(t).lay(rbac.Fixed(publish.Read, publish.Publish, exchange.Receive))
	b, err := json.Marshal(foreign)
	if want := `{"todo":[],"reading":[],"mine":[],"columns":[],"counts":{"todo":0,"unread":0,"approved":0,"inbox":0},"notices":[]}`; err != nil || string(b) != want {
		t.Errorf("another tenant's desktop is %s, %v", b, err)
	}
}

// A list is cut, a count is not.
func TestDesktopIsShort(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	column := o.column("工作动态")
	for i := range shown + 3 {
		o.item(column, "published", fmt.Sprintf("第%02d篇", i), o.actor.Member, i)
	}
	top := o.lay(rbac.Fixed(publish.Read))
	if len(top.Reading) != shown || len(top.Mine) != shown || top.Counts.Unread != shown+3 || top.Columns[0].Unread != shown+3 {
		t.Errorf("%d to read, %d mine, %d unread", len(top.Reading), len(top.Mine), top.Counts.Unread)
	}
	if top.Reading[0].Title != "第00篇" {
		t.Errorf("the newest is %s", top.Reading[0].Title)
	}
}

func TestFeatureIsConsistent(t *testing.T) {
	t.Parallel()
	f := Feature(approval.New(approval.Deps{}))
	if err := feature.Check(f); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/api/portal/desktop", "/api/portal/counts"} {
		if doc := feature.OpenAPI("test", f); doc.Paths[path] == nil {
			t.Errorf("no route %s", path)
		}
	}
}
