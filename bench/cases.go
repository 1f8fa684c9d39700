package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// A work is one case of the load: what one unit of it does to the product and
// to the bare server. Without a bare half it is measured alone.
type work struct {
	key, name     string
	product, bare func(*worker) error
	aim           float64                                    // of product over bare; 0: none
	first         func(context.Context, *bench, *side) error // what has to be there before; nil: nothing
	warm          bool                                       // it runs a while unmeasured first; not what uses up what another case made
}

// works are the cases. Those that write hand their results on: what is created
// is submitted, what is submitted approved, what is approved published.
var works = []work{
	{key: "list", name: "一个栏目的列表（20 条）", aim: 1.6, product: listProduct, bare: listBare, warm: true},
	{key: "item", name: "一条信息", aim: 1.6, product: itemProduct, bare: itemBare, warm: true},
	{key: "todo", name: "待办列表（20 条）", product: todoProduct, bare: todoBare, warm: true},
	{key: "create", name: "新建草稿", aim: 1.4, product: createProduct, bare: createBare, warm: true},
	{key: "submit", name: "流程：送审", aim: 1.4, product: submitProduct, bare: submitBare},
	{key: "approve", name: "流程：审核通过", aim: 1.4, product: approveProduct, bare: approveBare, first: findTasks},
	{key: "publish", name: "流程：发布", aim: 1.4, product: publishProduct, bare: publishBare},
	{key: "sign-in", name: "登录", product: signInProduct},
}

func listProduct(w *worker) error {
	h := w.house()
	return w.get("/api/publish/items?column="+h.column.String(), h.drafter)
}

func listBare(w *worker) error {
	h := w.house()
	return w.get(bareURL("/list", h, h.drafter, "column", h.column.String()), nil)
}

func itemProduct(w *worker) error {
	h := w.house()
	return w.get("/api/publish/items/"+h.items[w.rnd.IntN(len(h.items))].String(), h.drafter)
}

func itemBare(w *worker) error {
	h := w.house()
	return w.get(bareURL("/item", h, h.drafter, "id", h.items[w.rnd.IntN(len(h.items))].String()), nil)
}

func todoProduct(w *worker) error { return w.get("/api/approval/tasks?state=todo", w.house().reader) }

// arrive is a first request of each of the others.
func arrive(w *worker) error {
	h := w.house()
	return errors.Join(w.get("/api/approval/counts", h.reviewer), w.get("/api/approval/counts", h.boss))
}

func todoBare(w *worker) error {
	h := w.house()
	return w.get(bareURL("/todo", h, h.reader), nil)
}

// bareURL addresses the bare server, which believes whatever it is told.
func bareURL(path string, h *house, p *person, more ...string) string {
	q := url.Values{"t": {h.id.String()}, "m": {p.member.String()}, "a": {p.account.String()}}
	for i := 0; i < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return path + "?" + q.Encode()
}

// A letter is what a draft is made of.
type letter struct {
	Column uuid.UUID `json:"column_id"`
	Kind   string    `json:"kind"`
	Title  string    `json:"title"`
	Body   string    `json:"body_html"`
}

var letters = bodies()

func (w *worker) letter(h *house) letter {
	return letter{h.column, "news", "关于做好第" + fmt.Sprint(w.rnd.IntN(1e6)) + "号水利工程建设管理工作的情况通报",
		"<p>" + strings.ReplaceAll(letters[w.rnd.IntN(len(letters))], "\n", "</p><p>") + "</p>"}
}

func createProduct(w *worker) error {
	p := piece{house: w.house()}
	if err := w.post("/api/publish/items", p.house.drafter, w.letter(p.house), &p); err != nil {
		return err
	}
	w.side.drafts.put(p)
	return nil
}

func createBare(w *worker) error {
	p := piece{house: w.house()}
	if err := w.post(bareURL("/create", p.house, p.house.drafter), nil, w.letter(p.house), &p); err != nil {
		return err
	}
	w.side.drafts.put(p)
	return nil
}

// step takes a piece from one stock, sends it on its way and puts it into
// another.
func (w *worker) step(from, to *stock, send func(*piece) error) error {
	p, err := from.take()
	if err != nil {
		return err
	}
	if err := send(&p); err != nil {
		return err
	}
	if to != nil {
		to.put(p)
	}
	return nil
}

func submitProduct(w *worker) error {
	return w.step(&w.side.drafts, &w.side.submitted, func(p *piece) error {
		in := map[string]any{"online_ok": true, "version": p.Version}
		return w.post("/api/publish/items/"+p.ID.String()+"/submit", p.house.drafter, in, p)
	})
}

func submitBare(w *worker) error {
	return w.step(&w.side.drafts, &w.side.submitted, func(p *piece) error {
		return w.post(bareURL("/submit", p.house, p.house.drafter, "id", p.ID.String()), nil, struct{}{}, p)
	})
}

// An assent is what a reviewer answers.
type assent struct {
	Checks map[string]bool `json:"checks"`
	Hash   string          `json:"content_hash"`
}

var declared = map[string]bool{"true": true, "wording": true, "safe": true, "online": true}

func approveProduct(w *worker) error {
	return w.step(&w.side.submitted, &w.side.approved, func(p *piece) error {
		p.Version++
		return w.post("/api/approval/tasks/"+p.task.String()+"/approve", p.house.reviewer, assent{declared, p.Hash}, nil)
	})
}

func approveBare(w *worker) error {
	return w.step(&w.side.submitted, &w.side.approved, func(p *piece) error {
		p.Version++
		return w.post(bareURL("/approve", p.house, p.house.reviewer, "id", p.task.String()), nil, assent{declared, p.Hash}, nil)
	})
}

func publishProduct(w *worker) error {
	return w.step(&w.side.approved, nil, func(p *piece) error {
		in := map[string]any{"version": p.Version}
		return w.post("/api/publish/items/"+p.ID.String()+"/publish", p.house.boss, in, nil)
	})
}

func publishBare(w *worker) error {
	return w.step(&w.side.approved, nil, func(p *piece) error {
		return w.post(bareURL("/publish", p.house, p.house.boss, "id", p.ID.String()), nil, struct{}{}, nil)
	})
}

func signInProduct(w *worker) error {
	in := map[string]string{"tenant": w.house().slug, "login": "u" + fmt.Sprint(5+w.rnd.IntN(6)), "password": password}
	return w.post("/api/org/sign-in", nil, in, nil)
}

// findTasks looks up the reviewers' tasks for what has been submitted.
func findTasks(ctx context.Context, b *bench, s *side) error {
	rows, err := b.admin.QueryContext(ctx, `
		select c.subject_id, t.id from approval_tasks t join approval_cases c on c.tenant_id = t.tenant_id and c.id = t.case_id
		 where t.state = 'open'`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	tasks := map[uuid.UUID]uuid.UUID{}
	for rows.Next() {
		var item, task uuid.UUID
		if err := rows.Scan(&item, &task); err != nil {
			return err
		}
		tasks[item] = task
	}
	for i, p := range s.submitted.pieces {
		s.submitted.pieces[i].task = tasks[p.ID]
	}
	return rows.Err()
}

// fewest is how many rounds there are however long they take.
const fewest = 3

// scale measures every case with n tenants.
func (b *bench) scale(ctx context.Context, n int, until time.Time) (s scale, err error) {
	s = scale{tenants: n, sides: map[string][2][]result{}}
	if err := b.fill(ctx, n); err != nil {
		return s, err
	}
	if b.product == nil {
		if err := b.start(ctx); err != nil {
			return s, err
		}
	}
	// The first submission of a tenant writes down how it is reviewed: once, and
	// not what is measured.
	if err := b.touch(ctx, b.product, listProduct, itemProduct, todoProduct, arrive, createProduct, submitProduct); err != nil {
		return s, err
	}
	if err := b.touch(ctx, b.bare, listBare, itemBare, todoBare, createBare, submitBare); err != nil {
		return s, err
	}
	for round := range b.o.rounds {
		if round >= fewest && time.Now().After(until) {
			b.say("no time for more rounds")
			break
		}
		b.say("%d tenants, round %d", n, round+1)
		for _, k := range works {
			if b.o.cases != "" && !slices.Contains(strings.Split(b.o.cases, ","), k.key) {
				continue
			}
			if k.bare == nil && round >= fewest { // one result is as good as ten where nothing is compared
				continue
			}
			if err := b.measure(ctx, &s, k, round); err != nil {
				return s, fmt.Errorf("%s: %w", k.key, err)
			}
		}
	}
	return s, nil
}

// measure gives both sides of a case their turn.
func (b *bench) measure(ctx context.Context, s *scale, k work, round int) error {
	got := s.sides[k.key]
	for i, half := range []func(*worker) error{k.product, k.bare} {
		if half == nil {
			continue
		}
		at := []*side{b.product, b.bare}[i]
		if k.first != nil {
			if err := k.first(ctx, b, at); err != nil {
				return err
			}
		}
		if round == 0 && k.warm { // statements get prepared, caches filled
			if _, err := b.load(ctx, at, b.o.conns, time.Second, half); err != nil {
				return err
			}
		}
		wait := b.profiled(ctx, k.key, i == 0 && round == 0)
		r, err := b.load(ctx, at, b.o.conns, b.o.seconds, half)
		if err := wait(err); err != nil {
			return err
		}
		got[i] = append(got[i], r)
	}
	s.sides[k.key] = got
	return nil
}

// touch does something once in every tenant.
func (b *bench) touch(ctx context.Context, s *side, units ...func(*worker) error) error {
	w := b.worker(s)
	defer w.client.CloseIdleConnections()
	for i := range b.houses {
		w.houses = b.houses[i : i+1]
		for _, unit := range units {
			if err := errors.Join(unit(w), ctx.Err()); err != nil {
				return err
			}
		}
	}
	return nil
}

// profiled takes a CPU profile of the product while a case runs.
func (b *bench) profiled(ctx context.Context, key string, wanted bool) func(error) error {
	if b.o.profile == "" || !wanted {
		return func(err error) error { return err }
	}
	done := make(chan error, 1)
	go func() {
		done <- fetch(ctx, fmt.Sprintf("%s/debug/pprof/profile?seconds=%d", b.product.admin, max(1, int(b.o.seconds.Seconds()))),
			filepath.Join(b.o.profile, key+".pprof"))
	}()
	return func(err error) error {
		if perr := <-done; err == nil {
			err = perr
		}
		return err
	}
}
