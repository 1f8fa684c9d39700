package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"hetu/app"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/wordcheck"
)

// A house is a tenant with the people the load acts as.
type house struct {
	id       uuid.UUID
	slug     string
	column   uuid.UUID // where everything happens
	drafter  *person
	reviewer *person
	boss     *person // publishes
	reader   *person // has twenty tasks to do
	items    []uuid.UUID
}

// A person is somebody signed in.
type person struct {
	account, member uuid.UUID
	cookie, csrf    string
}

const (
	columnsOfFirst = 20    // of the first tenant; the others have one
	itemsOfFirst   = 10000 // published
	itemsOfOthers  = 200
	tasksToDo      = 20
	password       = "Rain&River-2026"
)

// prepare makes what every tenant is filled from.
func (b *bench) prepare(ctx context.Context) (err error) {
	if b.hash, err = org.NewPasswords(org.Strength, 1).Hash(ctx, password); err != nil {
		return err
	}
	if _, err := b.admin.ExecContext(ctx, fillTables); err != nil {
		return err
	}
	for _, text := range bodies() {
		if _, err := b.admin.ExecContext(ctx, `insert into texts (html, plain) values ($1, $2)`,
			"<p>"+strings.ReplaceAll(text, "\n", "</p><p>")+"</p>", strings.ReplaceAll(text, "\n", " ")); err != nil {
			return err
		}
	}
	for _, r := range rbac.Roles {
		if _, err := b.admin.ExecContext(ctx, `insert into role_list values ($1, $2)`, string(r), rbac.Names[r]); err != nil {
			return err
		}
	}
	for _, r := range app.Rights(app.Features(app.Tools{})) {
		for _, role := range r.Roles {
			if _, err := b.admin.ExecContext(ctx, `insert into right_list values ($1, $2)`, string(role), string(r.Permission)); err != nil {
				return err
			}
		}
	}
	return nil
}

// fill adds tenants until there are n. Everything is written as the superuser
// and without triggers, which would refuse an item that was not a draft first.
func (b *bench) fill(ctx context.Context, n int) error {
	b.say("filling %d tenants", n)
	from := len(b.houses)
	tx, err := b.admin.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, `set local session_replication_role = replica; truncate fresh, fresh_people, fresh_columns`); err != nil {
		return err
	}
	for i := from; i < n; i++ {
		h := &house{id: tenant.NewID(), slug: fmt.Sprintf("unit-%d", i+1)}
		b.houses = append(b.houses, h)
		items := itemsOfOthers
		if i == 0 {
			items = itemsOfFirst
		}
		if _, err := tx.ExecContext(ctx, `insert into fresh values ($1, $2, $3, $4, $5, $6)`,
			i+1, h.id, h.slug, b.houses[0].id, tenant.NewID(), items); err != nil {
			return err
		}
		if err := h.people(ctx, tx, i+1); err != nil {
			return err
		}
		if err := h.columns(ctx, tx, i == 0); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, strings.ReplaceAll(fillRows, "{hash}", strings.ReplaceAll(b.hash, "'", "''"))); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if err := b.words(ctx, from == 0); err != nil {
		return err
	}
	b.say("vacuum, checkpoint")
	for _, s := range []string{`vacuum analyze`, `checkpoint`} {
		if _, err := b.admin.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return b.pick(ctx, from)
}

// words gives the tenants in fresh the dictionary that a tenant begins with.
func (b *bench) words(ctx context.Context, first bool) error {
	root := b.houses[0].id
	if first {
		db, err := tenant.Open(ctx, b.roleURL("hetu_app"), tenant.Limits{Conns: 1})
		if err != nil {
			return err
		}
		defer func() { _ = db.Close() }()
		as := tenant.As(ctx, tenant.Actor{Tenant: root, Name: "bench", Request: "fill"})
		if err := db.Write(as, func(tx *tenant.Tx) error { return wordcheck.New(nil).Feature().Seed(as, tx) }); err != nil {
			return err
		}
	}
	for _, q := range fillWords {
		if _, err := b.admin.ExecContext(ctx, q, root); err != nil {
			return err
		}
	}
	return nil
}

// people are ten; the first four are those the load acts as.
func (h *house) people(ctx context.Context, tx *sql.Tx, n int) error {
	for i := range 10 {
		token := rand.Text() + rand.Text()
		p := &person{account: tenant.NewID(), member: tenant.NewID(), cookie: token, csrf: org.CSRF(token)}
		if i < 4 {
			*[]**person{&h.drafter, &h.reviewer, &h.boss, &h.reader}[i] = p
		}
		if _, err := tx.ExecContext(ctx, `insert into fresh_people values ($1, $2, $3, $4, $5)`,
			n, i+1, p.account, p.member, org.TokenHash(token)); err != nil {
			return err
		}
	}
	return nil
}

func (h *house) columns(ctx context.Context, tx *sql.Tx, first bool) error {
	n := 1
	if first {
		n = columnsOfFirst
	}
	for i := range n {
		id := tenant.NewID()
		if i == 0 {
			h.column = id
		}
		if _, err := tx.ExecContext(ctx, `insert into fresh_columns values ($1, $2, $3)`, h.id, i, id); err != nil {
			return err
		}
	}
	return nil
}

// pick finds out which items the load may ask for: forty of each new tenant.
func (b *bench) pick(ctx context.Context, from int) error {
	for _, h := range b.houses[from:] {
		if err := h.choose(ctx, b.admin); err != nil {
			return err
		}
	}
	return nil
}

func (h *house) choose(ctx context.Context, admin *sql.DB) error {
	rows, err := admin.QueryContext(ctx, `
		select id from items where tenant_id = $1 and state = 'published' order by content_hash limit 40`, h.id)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id uuid.UUID
		if err := rows.Scan(&id); err != nil {
			return err
		}
		h.items = append(h.items, id)
	}
	return rows.Err()
}

// bodies are texts as they are published: four to six hundred characters, one
// to two kilobytes.
func bodies() []string {
	sentences := []string{
		"日前，市水务局组织召开汛前工作会议，对今年防汛备汛任务逐项作出安排。",
		"会议要求各科室对照清单查漏补缺，把隐患排查、物资储备和值班值守落实到人。",
		"三座中型水库的闸门启闭设备已全部检修完毕，水情测报系统运行正常。",
		"沿河各乡镇同步开展清淤疏浚，累计清理河道二十七公里，拆除碍洪构筑物四处。",
		"供水管网改造二期工程进展顺利，老城区六个片区的水压和水质明显改善。",
		"下一步，将继续推进节水型单位创建，完善用水计划管理和超计划累进加价制度。",
		"与会同志围绕基层反映的灌溉用水调度问题进行了讨论，提出了可行的办法。",
		"局主要负责同志强调，要把群众的事情办实，做到件件有回音、事事有着落。",
		"办公室将于每月底汇总各单位进展情况，并在本栏目公布。",
		"有关责任单位应当按照时间节点报送材料，逾期未报的将予以通报。",
		"监测数据显示，主要断面水质达标率较上年同期提高了两个百分点。",
	}
	var texts []string
	for i := range 64 {
		var t strings.Builder
		for k := 0; t.Len() < 1200+i*10; k++ {
			t.WriteString(sentences[(i*5+k*(i%7+1))%len(sentences)])
			if k%4 == 3 {
				t.WriteByte('\n')
			}
		}
		texts = append(texts, strings.TrimSpace(t.String()))
	}
	return texts
}
