package app_test

import (
	"archive/zip"
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"

	"hetu/rbac"
	"hetu/tenant/tenanttest"
)

// TestSameNames: what one tenant calls its things is free in every other: there
// is no name, number or file by which it could be found that somebody else has
// it too (TI-09).
func TestSameNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	open := func(u unit) (statuses []int, what []string) {
		do := func(p *person, call string, in any) []byte {
			method, path, _ := strings.Cut(call, " ")
			res, body := p.send(t, method, path, in, nil)
			statuses, what = append(statuses, res.StatusCode), append(what, call+" "+volatile.ReplaceAllString(string(body), ""))
			return body
		}
		do(u.admin, "POST /api/org/departments", fields{"name": "同名科", "kind": "dept", "sort": 3, "parent_id": nil})
		do(u.admin, "POST /api/org/members", fields{"name": "同名人", "login": "tongming", "department_id": u.office, "title": "", "head": false})
		do(u.admin, "POST /api/org/roles", fields{"name": "同名角色", "permissions": []string{"publish.read"}})
		col := do(u.chief, "POST /api/publish/columns", fields{"name": "同名栏目", "review_levels": 1})
		do(u.chief, "POST /api/exchange/journals", fields{"name": "同名刊物", "level": "own", "kind": "journal"})
		do(u.chief, "POST /api/assess/schemes", fields{"year": year, "name": "同名考核"})
		do(u.chief, "POST /api/wordcheck/words", fields{"word": "同名词语", "class": "wording", "level": "warn"})
		do(u.chief, "POST /api/wordcheck/allowed", fields{"phrase": "同名词语不一"})
		do(u.chief, "POST /api/template/sets", fields{"name": "同名范本", "note": ""})
		do(u.chief, "POST /api/publish/offline", fields{"title": "同名纪要", "reason": "会议要求", "text": "这是一份两家都有的会议纪要的全文"})
		do(u.chief, "POST /api/token/mine", fields{"name": "同名令牌", "permissions": []string{"member"}, "read_only": true, "days": 30, "password": password})
		var c struct{ ID string }
		if json.Unmarshal(col, &c) == nil && c.ID != "" {
			do(u.chief, "POST /api/publish/items", fields{"column_id": c.ID, "kind": "news", "title": "同名信息", "body_html": "<p>同样的正文</p>"})
		}
		u.chief.upload(t, "同名.png", png)
		return statuses, what
	}
	for _, u := range []unit{w.a, w.stranger, w.b} {
		statuses, what := open(u)
		for i, s := range statuses {
			if s != 200 {
				t.Errorf("%s: %d %s", u.slug, s, what[i])
			}
		}
	}
	taken := 0
	statuses, _ := open(w.a)
	for _, s := range statuses {
		if s == http.StatusConflict {
			taken++
		}
	}
	if taken < 4 {
		t.Errorf("only %d names are taken the second time: it proves nothing", taken)
	}
}

// TestSharedURLs: two tenants ask the same addresses in turn, each naming what
// the other has seen as what it knows: nobody is answered with the other's, or
// told that theirs still holds (TI-10).
func TestSharedURLs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sides := []side{{w.a, "CNRYA"}, {w.stranger, "CNRYB"}}
	for _, s := range sides {
		column := text(t, s.unit.chief.does(t, "POST /api/publish/columns", fields{"name": s.word + "栏", "review_levels": 1, "sort": 1}), "id")
		for i := range 3 {
			s.unit.publish(t, column, fmt.Sprintf("%s信息%d", s.word, i))
		}
	}
	var paths []string
	for _, f := range w.features {
		for _, r := range f.Routes {
			if r.Method == "GET" && !strings.Contains(r.Path, "{") && r.Needs != rbac.Operator && !r.Endpoint.Streams {
				paths = append(paths, r.Path, r.Path+"?limit=5", r.Path+"?view=all&q=信息")
			}
		}
	}
	var mu sync.Mutex
	words, tags := 0, map[string]string{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 500 {
				path, me := paths[rand.IntN(len(paths))], rand.IntN(2)
				mu.Lock()
				known := tags[path]
				mu.Unlock()
				if known == "" {
					known = "*"
				}
				res, body := sides[me].unit.chief.send(t, "GET", "/api"+path, nil, map[string]string{"If-None-Match": known, "If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT"})
				if res.StatusCode == http.StatusNotModified || strings.Contains(string(body), sides[1-me].word) {
					t.Errorf("%s of %s = %d %.300s", path, sides[me].word, res.StatusCode, body)
				}
				if got := res.Header.Get("Cache-Control"); got != "private, no-store" {
					t.Errorf("%s: Cache-Control = %q", path, got)
				}
				mu.Lock()
				if tag := res.Header.Get("ETag"); tag != "" {
					tags[path] = tag
				}
				if strings.Contains(string(body), sides[me].word) {
					words++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if words < 50 {
		t.Errorf("only %d answers held anything of their own: it proves nothing", words)
	}
}

// TestJobsOfAnother runs what is to be done later for one tenant as if another
// had asked for it: a job names ids, and they lead nowhere from there. What is
// said on the channels nodes hear is a wake-up that anybody may send, and no
// more (TI-13).
func TestJobsOfAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.private(t)
	runs := map[string]func(string, json.RawMessage) error{}
	for _, f := range w.features {
		for _, k := range f.Works {
			runs[k.Name] = func(as string, args json.RawMessage) error { return k.Run(jobOf(t, as), tenanttest.DB(t), args) }
		}
	}
	admin := tenanttest.Admin(t)
	kinds := map[string]bool{}
	before := w.prints(t)
	for _, row := range texts(t, admin, `select args::text from river.river_job where kind = 'work' and args ->> 'tenant' = $1`, w.a.id.String()) {
		var job struct {
			Name string
			Args json.RawMessage
		}
		must(t, json.Unmarshal([]byte(row), &job))
		run := runs[job.Name]
		if run == nil {
			t.Fatalf("nobody does %s", job.Name)
		}
		kinds[job.Name] = true
		if err := run(w.stranger.id.String(), job.Args); err != nil {
			t.Logf("%s as another tenant: %v", job.Name, err)
		}
	}
	after := w.prints(t)
	for table, want := range before {
		if got := after[table]; got != want {
			t.Errorf("%s has changed: %s, before %s", table, got, want)
		}
	}
	if len(kinds) < 3 {
		t.Errorf("only %v were tried: it proves nothing", kinds)
	}
	c := newCluster(t)
	app, err := sql.Open("postgres", tenanttest.URL(t, "hetu_app"))
	must(t, err)
	defer func() { _ = app.Close() }()
	for _, payload := range []string{"", "x", c.a.id.String(), c.stranger.id.String(), `{"tenant":"` + c.b.id.String() + `","member":"` + c.a.plain.member.String() + `"}`, strings.Repeat("9", 7000)} {
		for _, channel := range []string{"hetu_rights", "hetu_sessions"} {
			_, err := app.Exec(`select pg_notify($1, $2)`, channel, payload)
			must(t, err)
		}
		for _, base := range c.nodes {
			if s := c.a.plain.on(base).status(t, "GET /api/org/members"); s != 403 {
				t.Errorf("after a notice %.40q somebody without the right = %d", payload, s)
			}
			if s := c.a.chief.on(base).status(t, "GET /api/org/members"); s != 200 {
				t.Errorf("after a notice %.40q somebody with the right = %d", payload, s)
			}
		}
	}
}

// unfolded is an answer with whatever is packed into it: a workbook, a package,
// a document are archives.
func unfolded(body []byte) string {
	if !bytes.HasPrefix(body, []byte("PK")) {
		return string(body)
	}
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return string(body)
	}
	var b strings.Builder
	for _, f := range z.File {
		b.WriteString(f.Name + "\n")
		if r, err := f.Open(); err == nil {
			_, _ = io.Copy(&b, io.LimitReader(r, 16<<20))
			_ = r.Close()
		}
	}
	return b.String()
}

// TestExportsHoldOnesOwn takes every list out as a workbook, as two tenants: in
// what is packed into them stands nothing of the other, and what is their own
// does (TI-03).
func TestExportsHoldOnesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sides := []side{{w.a, "CNRYA"}, {w.stranger, "CNRYB"}}
	for _, s := range sides {
		column := text(t, s.unit.chief.does(t, "POST /api/publish/columns", fields{"name": s.word + "栏", "review_levels": 1, "sort": 1}), "id")
		s.unit.publish(t, column, s.word+"信息")
	}
	books, words := 0, 0
	for _, f := range w.features {
		for _, r := range f.Routes {
			if r.Method != "GET" || strings.Contains(r.Path, "{") || r.Needs == rbac.Operator {
				continue
			}
			for me, s := range sides {
				for _, query := range []string{"?format=xlsx&lang=zh", "?format=xlsx&lang=zh&view=all", "?format=json&by=action", "?format=xlsx&lang=zh&by=action"} {
					_, body := s.unit.chief.send(t, "GET", "/api"+r.Path+query, nil, nil)
					if !bytes.HasPrefix(body, []byte("PK")) {
						continue
					}
					books++
					whole := unfolded(body)
					if strings.Contains(whole, sides[1-me].word) {
						t.Errorf("%s%s of %s holds what is not theirs", r.Path, query, s.word)
					}
					if strings.Contains(whole, s.word) {
						words++
					}
				}
			}
		}
	}
	if books < 20 || words < 4 {
		t.Errorf("%d workbooks, %d of them with anything of their own: it proves nothing", books, words)
	}
	t.Logf("%d workbooks, %d with something of their own", books, words)
}
