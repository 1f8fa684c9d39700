package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	columnsOfPages = 200 // columns whose health is looked at
	unitsOfPush    = 200 // tenants an item is pushed to
	pushes         = 5
)

// A reading is what one page of a large tenant costs.
type reading struct {
	name string
	aim  float64 // CPU ms
	got  result
}

// A delivery is what pushing one item to many tenants costs, from the request
// until the last of them has it.
type delivery struct {
	units    int
	took     time.Duration
	server   float64 // CPU ms
	database float64
}

// office gives the first tenant's publisher the Office's rights as well.
const office = `
insert into grants (tenant_id, id, subject_kind, subject_id, role_id)
  select $1, pg_temp.v7(now()), 'member', $2, id from roles where tenant_id = $1 and code = 'office'`

// manyColumns gives the first tenant more columns, all with an interval, and
// spreads its items over them.
var manyColumns = []string{
	`insert into columns (tenant_id, id, path, name, kind, sort, item_count, max_interval_days)
	   select $1, u.id, array[u.id], '栏目' || u.g, 'news', u.g, 0, 7 + u.g % 30 from (select pg_temp.v7(now()) as id, g from generate_series(1, $2 - (select count(*) from columns where tenant_id = $1)) as g) u`,
	`with c as (select id, row_number() over (order by id) - 1 as n, count(*) over () as all from columns where tenant_id = $1 and $2::int > 0)
	 update items i set column_id = c.id from c, (select id, row_number() over (order by id) as n from items where tenant_id = $1) x
	  where i.tenant_id = $1 and x.id = i.id and c.n = x.n % c.all`,
}

// oneColumn puts all items of the first tenant into one column.
var oneColumn = []string{`update items set column_id = $2 where tenant_id = $1`}

// settle keeps what columns say of themselves, and what their health follows
// from, right: the days of news with their triggers, which count the weeks.
var settle = []string{`delete from column_news where tenant_id = $1`, `delete from column_weeks where tenant_id = $1`,
	`set local session_replication_role = origin`,
	`insert into column_news (tenant_id, column_id, day, n)
	   select tenant_id, column_id, (published_at at time zone 'Asia/Shanghai')::date, count(*) from items where tenant_id = $1 and state = 'published' group by 1, 2, 3`,
	`
update columns c set item_count = i.n, last_published_at = i.at
  from (select column_id, count(*) as n, max(published_at) as at from items where tenant_id = $1 and state = 'published' group by 1) i
 where c.tenant_id = $1 and c.id = i.column_id`}

// arrange changes the first tenant's rows past all triggers.
func (b *bench) arrange(ctx context.Context, with any, statements ...string) error {
	root := b.houses[0].id
	tx, err := b.admin.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, `set local session_replication_role = replica`); err != nil {
		return err
	}
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s, root, with); err != nil {
			return err
		}
	}
	for _, s := range settle {
		with := []any{root}
		if !strings.Contains(s, "$1") {
			with = nil
		}
		if _, err := tx.ExecContext(ctx, s, with...); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = b.admin.ExecContext(ctx, `vacuum analyze items, columns, column_news, column_weeks, grants`)
	return err
}

// pages measures the pages of a large tenant and nothing else.
func (b *bench) pages(ctx context.Context) ([]reading, error) {
	if err := b.fill(ctx, 1); err != nil {
		return nil, err
	}
	if err := b.start(ctx); err != nil {
		return nil, err
	}
	return b.readings(ctx)
}

// readings measures the pages of a large tenant: how its 200 columns stand, and
// a column of 10,000 items.
func (b *bench) readings(ctx context.Context) (rs []reading, err error) {
	h := b.houses[0]
	if err := b.arrange(ctx, h.boss.member, office); err != nil {
		return nil, err
	}
	if err := b.arrange(ctx, columnsOfPages, manyColumns...); err != nil {
		return nil, err
	}
	if err := b.restart(ctx, 0); err != nil {
		return nil, err
	}
	health, err := b.reading(ctx, "health", fmt.Sprintf("栏目健康页（%d 个栏目）", columnsOfPages), "/api/publish/health", h.boss)
	if err != nil {
		return nil, err
	}
	if err := b.arrange(ctx, h.column, oneColumn...); err != nil {
		return nil, err
	}
	page := "/api/publish/items?" + url.Values{"column": {h.column.String()}}.Encode()
	first, err := b.reading(ctx, "column", fmt.Sprintf("栏目页（%d 条的栏目，第一页）", itemsOfFirst), page, h.reader)
	if err != nil {
		return nil, err
	}
	next, err := b.follow(page, h.reader, 50)
	if err != nil {
		return nil, err
	}
	deep, err := b.reading(ctx, "deep", "栏目页（同上，第五十一页）", next, h.reader)
	return []reading{health, first, deep}, err
}

// restart starts the product afresh with the given number of workers.
func (b *bench) restart(ctx context.Context, workers int) (err error) {
	if err := b.product.stop(); err != nil {
		return err
	}
	b.product, err = b.serve(ctx, workers)
	return err
}

// reading reads one page again and again.
func (b *bench) reading(ctx context.Context, key, name, path string, who *person) (r reading, err error) {
	b.say("%s", name)
	r = reading{name: name, aim: 1}
	unit := func(w *worker) error { return w.get(path, who) }
	if _, err = b.load(ctx, b.product, 2, time.Second/2, unit); err != nil { // not counted
		return r, fmt.Errorf("%s: %w", name, err)
	}
	wait := b.profiled(ctx, key, true)
	r.got, err = b.load(ctx, b.product, 2, 5*b.o.seconds, unit)
	if err = wait(err); err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return r, err
}

// follow turns n pages and returns the address of the one it comes to.
func (b *bench) follow(path string, who *person, n int) (string, error) {
	w := b.worker(b.product)
	defer w.client.CloseIdleConnections()
	at := path
	for range n {
		body, err := w.send("GET", at, who, "", nil)
		if err != nil {
			return "", err
		}
		var page struct{ Next string }
		if err := json.Unmarshal(body, &page); err != nil {
			return "", err
		}
		at = path + "&after=" + url.QueryEscape(page.Next)
	}
	return at, nil
}

// deliveries pushes items of the first tenant to the tenants below it, one
// after the other, with the jobs running.
func (b *bench) deliveries(ctx context.Context) (d delivery, err error) {
	if err := b.restart(ctx, 4); err != nil {
		return d, err
	}
	h := b.houses[0]
	var to []uuid.UUID
	for _, below := range b.houses[1:min(len(b.houses), unitsOfPush+1)] {
		to = append(to, below.id)
	}
	d.units = len(to)
	if err := b.rest(ctx); err != nil {
		return d, err
	}
	was, err := b.spent(b.product)
	if err != nil {
		return d, err
	}
	began := time.Now()
	for i := range pushes {
		if err := b.push(ctx, h, h.items[i], to); err != nil {
			return d, fmt.Errorf("push: %w", err)
		}
	}
	d.took = time.Since(began) / pushes
	now, err := b.spent(b.product)
	used := now.since(was)
	d.server, d.database = used.server.Seconds()*1000/pushes, used.database.Seconds()*1000/pushes
	return d, err
}

// rest waits until what the product does when it starts is done: until a second
// has passed in which it did next to nothing.
func (b *bench) rest(ctx context.Context) error {
	for range 120 {
		was, err := b.spent(b.product)
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
		now, err := b.spent(b.product)
		if used := now.since(was); err != nil || used.server+used.database < 60*time.Millisecond {
			return err
		}
	}
	return nil
}

// push pushes one item and waits until everybody has it.
func (b *bench) push(ctx context.Context, h *house, item uuid.UUID, to []uuid.UUID) error {
	w := b.worker(b.product)
	defer w.client.CloseIdleConnections()
	var started struct{ Push struct{ ID uuid.UUID } }
	if err := w.post("/api/exchange/pushes", h.boss, map[string]any{"item_id": item, "targets": to}, &started); err != nil {
		return err
	}
	for range 3000 {
		var done, failed int
		err := b.admin.QueryRowContext(ctx, `
			select count(*) filter (where state = 'done'), count(*) filter (where state = 'failed') from push_units where tenant_id = $1 and push_id = $2`,
			h.id, started.Push.ID).Scan(&done, &failed)
		switch {
		case err != nil:
			return err
		case failed > 0:
			return fmt.Errorf("%d of %d units did not get it", failed, len(to))
		case done == len(to):
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return fmt.Errorf("not delivered within a minute")
}

// large reports the pages and the pushes.
func (r report) large(t *strings.Builder) {
	if len(r.readings) > 0 {
		t.WriteString("\n## 大租户的页面（2 个连接）\n\n| 页面 | 次/秒 | p50 ms | p99 ms | CPU ms/次（服务器＋数据库） | 目标 |\n|---|---|---|---|---|---|\n")
	}
	for _, p := range r.readings {
		fmt.Fprintf(t, "| %s | %s | ≤ %.0f |\n", p.name, cells(p.got), p.aim)
	}
	if d := r.delivery; d.units > 0 {
		all := d.server + d.database
		fmt.Fprintf(t, "\n## 下推给 %d 个租户\n\n从提出到最后一个单位收到 %.2f 秒；CPU %.0f ms（服务器 %.0f＋数据库 %.0f），每个单位 %.2f ms。取 %d 次的平均，后台作业照常运行。\n",
			d.units, d.took.Seconds(), all, d.server, d.database, all/float64(d.units), pushes)
	}
}
