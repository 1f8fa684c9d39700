package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"hetu/office/publish"
	"hetu/tenant"
)

// A corpus is a tenant with very many published items, made of words that are
// as unevenly common as those of a language.
type corpus struct {
	house      *house
	department uuid.UUID
	words      []string // the most common first
	n          int
	now        time.Time
	deep       string // a cursor half-way down
}

const (
	vocabulary = 20000
	bodyWords  = 60
	corpusAge  = 10 * 365 * 24 * time.Hour
)

// newCorpus makes the words; two characters each, some three.
func newCorpus(h *house, n int) *corpus {
	l := &corpus{house: h, n: n, now: time.Now()}
	r := rand.New(rand.NewPCG(1, 2))        //nolint:gosec // texts, not secrets
	some := rand.NewZipf(r, 1.05, 40, 2999) // characters are unevenly common too
	var han []rune
	for c := range rune(3000) {
		han = append(han, 0x4E00+c)
	}
	seen := map[string]bool{}
	for len(l.words) < vocabulary {
		w := string([]rune{han[some.Uint64()], han[some.Uint64()]})
		if len(l.words)%5 == 4 {
			w += string(han[some.Uint64()])
		}
		if !seen[w] {
			seen[w] = true
			l.words = append(l.words, w)
		}
	}
	return l
}

// text returns title and body of the i-th item: always the same.
func (l *corpus) text(i int) (title, body string) {
	r := rand.New(rand.NewPCG(3, uint64(i))) //nolint:gosec // texts, not secrets
	some := rand.NewZipf(r, 1.08, 20, vocabulary-1)
	word := func() string { return l.words[some.Uint64()] }
	var b strings.Builder
	for k := range bodyWords {
		b.WriteString(word())
		if k%5 == 4 {
			b.WriteString("，")
		}
	}
	return "关于" + word() + word() + word() + fmt.Sprintf("第%d号的通知", i), b.String() + "。"
}

func (l *corpus) at(i int) time.Time {
	return l.now.Add(-time.Duration(float64(corpusAge) * float64(i) / float64(l.n)))
}

// fill writes the items and what they are found by, past all triggers, and
// builds the index at the end: in memory, or it takes very long.
func (l *corpus) fill(ctx context.Context, b *bench) error {
	b.say("filling one tenant with %d items", l.n)
	h := l.house
	if err := b.admin.QueryRowContext(ctx, `select id from departments where tenant_id = $1 limit 1`, h.id).Scan(&l.department); err != nil {
		return err
	}
	for _, s := range []string{`set session_replication_role = replica`, `set maintenance_work_mem = '3GB'`, `drop index platform.item_terms_ix`} {
		if _, err := b.admin.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	ids := make([]uuid.UUID, l.n)
	for i := range ids {
		ids[i] = tenant.NewID()
	}
	some := uuid.New()
	err := b.copyIn(ctx, l.n, pq.CopyIn("items", "tenant_id", "id", "column_id", "kind", "state", "title", "body_text", "drafter_id", "drafter_account", "drafter_name",
		"department_id", "content_hash", "case_id", "approved_hash", "approved_at", "levels", "publisher_id", "publisher_account", "publisher_name",
		"published_at", "deed_id", "deed_unit", "created_at"), func(i int) []any {
		title, body := l.text(i)
		return []any{h.id, ids[i], h.column, "notice", "published", title, body, h.drafter.member, h.drafter.account, "职员1",
			l.department, bareHash, some, bareHash, l.at(i), 1, h.boss.member, h.boss.account, "职员3", l.at(i), some, l.department, l.at(i)}
	})
	if err != nil {
		return err
	}
	b.say("their terms")
	mark := h.id.String()[31:]
	err = b.copyIn(ctx, l.n, pq.CopyInSchema("platform", "item_terms", "tenant_id", "item_id", "published_at", "column_id", "department_id", "kind", "terms"),
		func(i int) []any {
			title, body := l.text(i)
			terms := publish.Terms(title, body, nil)
			for level := range 4 { // as platform.terms_window has them
				terms = append(terms, fmt.Sprintf("/%d.%d", level, l.at(i).Unix()/86400>>(3*level)))
			}
			return []any{h.id, ids[i], l.at(i), h.column, l.department, "notice", "'" + mark + strings.Join(terms, "' '"+mark) + "'"}
		})
	if err != nil {
		return err
	}
	b.say("their index")
	for _, s := range []string{
		`create index item_terms_ix on platform.item_terms using gin (terms) with (gin_pending_list_limit = 256) where terms is not null`,
		`update platform.sessions set seen_at = now()`, // filling may have taken longer than a session idles
		`set session_replication_role = origin`, `vacuum analyze`, `checkpoint`,
	} {
		if _, err := b.admin.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// copyIn writes n rows.
func (b *bench) copyIn(ctx context.Context, n int, into string, row func(int) []any) error {
	tx, err := b.admin.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	s, err := tx.PrepareContext(ctx, into)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // what matters is said by the last call
	for i := range n {
		if _, err := s.ExecContext(ctx, row(i)...); err != nil {
			return err
		}
	}
	if _, err := s.ExecContext(ctx); err != nil {
		return err
	}
	return tx.Commit()
}

// A question is a kind of search.
type question struct {
	name string
	ask  func(*corpus, *rand.Rand) url.Values
	list bool // it asks for a page of the column that has them all
}

// aim is what it may cost, in milliseconds of CPU.
func (q question) aim() float64 {
	if q.list {
		return 1
	}
	return 2
}

// pages are what people leaf through: the column in which all the items are.
var pages = []question{
	{name: "栏目页：第一页", list: true, ask: func(l *corpus, _ *rand.Rand) url.Values { return url.Values{"column": {l.house.column.String()}} }},
	{name: "栏目页：很后的一页", list: true, ask: func(l *corpus, _ *rand.Rand) url.Values {
		return url.Values{"column": {l.house.column.String()}, "after": {l.deep}}
	}},
	{name: "栏目页：限某一年", list: true, ask: func(l *corpus, r *rand.Rand) url.Values {
		year := l.now.Year() - r.IntN(9)
		return url.Values{"column": {l.house.column.String()}, "from": {fmt.Sprintf("%d-01-01", year)}, "to": {fmt.Sprintf("%d-12-31", year)}}
	}},
}

// sink finds a cursor half-way down the column.
func (l *corpus) sink(b *bench) error {
	w := b.worker(b.product)
	defer w.client.CloseIdleConnections()
	q := url.Values{"column": {l.house.column.String()}, "to": {l.at(l.n / 2).Format(time.DateOnly)}}
	body, err := w.send("GET", "/api/publish/items?"+q.Encode(), l.house.reader, "", nil)
	if err != nil {
		return err
	}
	var page struct{ Next string }
	err = json.Unmarshal(body, &page)
	l.deep = page.Next
	return err
}

func (l *corpus) between(r *rand.Rand, from, to int) string { return l.words[from+r.IntN(to-from)] }

// questions are what people look for.
var questions = []question{
	{name: "少见的词", ask: func(l *corpus, r *rand.Rand) url.Values { return url.Values{"q": {l.between(r, 5000, vocabulary)}} }},
	{name: "一般的词", ask: func(l *corpus, r *rand.Rand) url.Values { return url.Values{"q": {l.between(r, 100, 3000)}} }},
	{name: "最常见的词", ask: func(l *corpus, r *rand.Rand) url.Values { return url.Values{"q": {l.between(r, 0, 20)}} }},
	{name: "两个词", ask: func(l *corpus, r *rand.Rand) url.Values {
		return url.Values{"q": {l.between(r, 0, 200) + " " + l.between(r, 200, 5000)}}
	}},
	{name: "标题里的一段", ask: func(l *corpus, r *rand.Rand) url.Values {
		title, _ := l.text(r.IntN(l.n))
		return url.Values{"q": {string([]rune(title)[2:7])}}
	}},
	{name: "文号", ask: func(l *corpus, r *rand.Rand) url.Values {
		return url.Values{"q": {fmt.Sprintf("第%d号", r.IntN(l.n))}}
	}},
	{name: "单字", ask: func(l *corpus, r *rand.Rand) url.Values {
		return url.Values{"q": {string([]rune(l.between(r, 0, vocabulary))[:1])}}
	}},
	{name: "一般的词，限某一年", ask: func(l *corpus, r *rand.Rand) url.Values {
		year := l.now.Year() - r.IntN(9)
		return url.Values{"q": {l.between(r, 100, 3000)}, "from": {fmt.Sprintf("%d-01-01", year)}, "to": {fmt.Sprintf("%d-12-31", year)}}
	}},
}

const mixed = "以上各种混合"

// searches fills a corpus and measures every kind of search in it.
func (b *bench) searches(ctx context.Context, n int) (asked []question, got []result, err error) {
	if b.product == nil {
		if err := b.fill(ctx, 1); err != nil {
			return nil, nil, err
		}
	}
	l := newCorpus(b.houses[0], n)
	if err := l.fill(ctx, b); err != nil {
		return nil, nil, err
	}
	if b.product == nil {
		if err := b.start(ctx); err != nil {
			return nil, nil, err
		}
	}
	if err := l.sink(b); err != nil {
		return nil, nil, err
	}
	all := append(slices.Clone(questions), question{name: mixed, ask: func(l *corpus, r *rand.Rand) url.Values {
		return questions[r.IntN(len(questions))].ask(l, r)
	}})
	for _, q := range append(all, pages...) {
		b.say("search: %s", q.name)
		unit := func(w *worker) error {
			path := "/api/publish/search?"
			if q.list {
				path = "/api/publish/items?"
			}
			return w.get(path+q.ask(l, w.rnd).Encode(), l.house.reader)
		}
		for _, d := range []time.Duration{time.Second / 2, 10 * b.o.seconds} { // the first is not counted
			wait := b.profiled(ctx, "search", d > time.Second/2 && q.name == mixed)
			r, err := b.load(ctx, b.product, 2, d, unit)
			if err = wait(err); err != nil {
				return nil, nil, fmt.Errorf("%s: %w", q.name, err)
			}
			if d > time.Second/2 {
				asked, got = append(asked, q), append(got, r)
			}
		}
	}
	return asked, got, nil
}
