package app_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// runs does a unit's work of a name at once, as the queue would.
func (w *world) runs(t *testing.T, u unit, name string) {
	t.Helper()
	ctx := tenant.As(t.Context(), tenant.Actor{Tenant: u.id, Name: "system", Request: "job:" + name})
	for _, f := range w.features {
		for _, work := range f.Works {
			if work.Name == name {
				must(t, work.Run(ctx, tenanttest.DB(t), json.RawMessage(`{}`)))
				return
			}
		}
	}
	t.Fatalf("no feature does %s", name)
}

// finding makes the item one in which a word of the unit's dictionary stands.
func (w *world) finding(t *testing.T, u unit, item string) string {
	t.Helper()
	w.runs(t, u, "wordcheck.stock")
	title := text(t, u.chief.does(t, "GET /api/publish/items/"+item, nil), "title")
	u.chief.does(t, "POST /api/wordcheck/words", fields{"word": title, "class": "other", "level": "hint"})
	w.runs(t, u, "wordcheck.stock")
	return text(t, u.chief.does(t, "GET /api/wordcheck/findings?state=open&level=hint", nil), "items", 0, "id")
}

// TestWordcheckStory: the Office keeps the words of its unit; whoever writes is
// told what stands in a text, and what is published is looked at again when the
// words have changed (R031, AZ-01, TI-02).
func TestWordcheckStory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	word := fields{"word": "汛情通爆", "class": "typo", "level": "block", "advice": "汛情通报"}
	chief, plain := w.a.chief, w.a.plain
	tries(t,
		try{w.nobody(), "GET /api/wordcheck/words", nil, 401, "tenant.no_actor"},
		try{plain, "GET /api/wordcheck/words", nil, 403, "rbac.denied"},
		try{plain, "POST /api/wordcheck/words", word, 403, "rbac.denied"},
		try{plain, "POST /api/wordcheck/import?dry_run=true", []byte("词"), 403, "rbac.denied"},
		try{chief, "POST /api/wordcheck/words", fields{"word": "", "class": "typo", "level": "block"}, 422, "request.too_short"},
		try{chief, "POST /api/wordcheck/words", fields{"word": "· ·", "class": "typo", "level": "block"}, 422, "wordcheck.word"},
		try{chief, "POST /api/wordcheck/words", fields{"word": "词", "class": "x", "level": "block"}, 422, "request.not_a_choice"},
		try{chief, "POST /api/wordcheck/words", word, 200, ""},
		try{chief, "POST /api/wordcheck/words", fields{"word": "汛情 通爆", "class": "typo", "level": "warn"}, 409, "wordcheck.taken"},
	)
	made := at(t, chief.does(t, "GET /api/wordcheck/words?q=通爆", nil), "items", 0).(map[string]any)
	path := "/api/wordcheck/words/" + text(t, made, "id")
	change := fields{"word": "汛情通爆", "class": "typo", "level": "warn", "advice": "汛情通报", "version": 1}
	tries(t,
		try{plain, "PATCH " + path, change, 403, "rbac.denied"},
		try{w.b.chief, "PATCH " + path, change, 404, "wordcheck.not_found"},
		try{w.b.chief, "DELETE " + path + "?version=1", nil, 404, "wordcheck.not_found"},
		try{chief, "PATCH " + path, fields{"word": "汛情通爆", "class": "typo", "level": "block", "version": 7}, 409, "wordcheck.stale"},
		try{chief, "PATCH " + path, change, 200, ""},
		try{chief, "PATCH " + path, change, 409, "wordcheck.stale"},
	)
	w.checks(t)
	w.imports(t)
	w.stock(t)
}

// checks: everybody may ask what the dictionary of their unit says of a text,
// and nothing is kept of it.
func (w *world) checks(t *testing.T) {
	t.Helper()
	in := fields{"parts": []fields{{"name": "title", "text": "今日汛 情通爆"}, {"name": "body_html", "text": "<p>大<b>部</b>份</p>", "html": true}}}
	var before, after int
	count := `select (select count(*) from audit_entries where tenant_id = $1) + (select count(*) from idempotency_keys where tenant_id = $1)`
	must(t, tenanttest.Admin(t).QueryRow(count, w.a.id).Scan(&before))
	r := w.a.plain.does(t, "POST /api/wordcheck/check", in)
	must(t, tenanttest.Admin(t).QueryRow(count, w.a.id).Scan(&after))
	if before != after {
		t.Errorf("a check left %d rows", after-before)
	}
	if at(t, r, "warns") != 2.0 || text(t, r, "hits", 0, "part") != "title" || at(t, r, "hits", 0, "from") != 2.0 || at(t, r, "hits", 0, "to") != 7.0 ||
		text(t, r, "hits", 0, "advice") != "汛情通报" || text(t, r, "hits", 1, "word") != "部份" {
		t.Errorf("check = %v", r)
	}
	if r := w.b.plain.does(t, "POST /api/wordcheck/check", in); at(t, r, "warns") != 1.0 {
		t.Errorf("another tenant's check = %v", r)
	}
	tries(t,
		try{w.nobody(), "POST /api/wordcheck/check", in, 401, "tenant.no_actor"},
		try{w.a.plain, "POST /api/wordcheck/check", fields{"parts": []fields{}}, 422, "request.too_short"},
	)
}

// imports: bad rows are named and nothing is taken; a dry run changes nothing.
func (w *world) imports(t *testing.T) {
	t.Helper()
	chief := w.a.chief
	version := func() any { return at(t, chief.does(t, "GET /api/wordcheck/dictionary", nil), "version") }
	was := version()
	bad := []byte("词语,类别,级别\n好词,其他,提示\n坏词,没有,提示\n")
	r := chief.does(t, "POST /api/wordcheck/import?dry_run=true", bad)
	if at(t, r, "added") != 1.0 || at(t, r, "bad", 0, "row") != 3.0 || text(t, r, "bad", 0, "field") != "class" || r["applied"] != false {
		t.Errorf("dry run = %v", r)
	}
	tries(t,
		try{chief, "POST /api/wordcheck/import", bad, 422, "wordcheck.rows_bad"},
		try{chief, "POST /api/wordcheck/import", []byte{'P', 'K', 3, 4, 0}, 422, "wordcheck.file_unreadable"},
	)
	if got := chief.announces(t, "/api/wordcheck/import", 9<<20); !strings.HasPrefix(got, "HTTP/1.1 413 ") {
		t.Errorf("a file of 9 MiB: %s, want 413", got)
	}
	if version() != was {
		t.Error("what was refused made a version")
	}
	for range 2 { // the second changes nothing
		chief.does(t, "POST /api/wordcheck/import", []byte("好词,其他,提示\n"))
	}
	if v := version().(float64); v != was.(float64)+1 {
		t.Errorf("version %v after %v", v, was)
	}
	v := chief.does(t, "GET /api/wordcheck/versions?limit=1", nil)
	if text(t, v, "items", 0, "action") != "imported" || text(t, v, "items", 0, "by") != "chief" {
		t.Errorf("versions = %v", v)
	}
}

// stock: a published item is found, leads to its page, and is settled by
// somebody who may; taken down, it is found no more.
func (w *world) stock(t *testing.T) {
	t.Helper()
	column := w.a.column(t, "词库栏目", 1)
	item := w.a.publish(t, column, "防汛值守不松懈")
	id := text(t, item, "id")
	finding := w.finding(t, w.a, id)
	path := "/api/wordcheck/findings/" + finding
	got := at(t, w.a.chief.does(t, "GET /api/wordcheck/findings?state=open", nil), "items", 0)
	if text(t, got, "href") != "/publish/items/"+id || text(t, got, "kind") != "publish.item" || !strings.Contains(fmt.Sprint(at(t, got, "words")), "防汛值守不松懈") {
		t.Errorf("finding = %v", got)
	}
	settle := fields{"state": "ignored", "version": at(t, got, "version")}
	tries(t,
		try{w.a.plain, "PATCH " + path, settle, 403, "rbac.denied"},
		try{w.b.chief, "PATCH " + path, settle, 404, "wordcheck.not_found"},
		try{w.a.chief, "PATCH " + path, fields{"state": "fixed", "version": 1}, 422, "request.not_a_choice"},
		try{w.a.chief, "PATCH " + path, settle, 200, ""},
		try{w.a.chief, "PATCH " + path, settle, 409, "wordcheck.stale"},
		try{w.a.chief, "GET /api/wordcheck/findings?after=" + uuid.NewString() + "x", nil, 422, "request.malformed"},
	)
	w.a.chief.does(t, "POST /api/publish/items/"+id+"/withdraw", fields{"reason": "数据有误", "version": item["version"]})
	w.a.chief.does(t, "POST /api/wordcheck/recheck", fields{})
	w.runs(t, w.a, "wordcheck.stock")
	for state, want := range map[string]int{"ignored": 0, "fixed": 1} {
		if l := at(t, w.a.chief.does(t, "GET /api/wordcheck/findings?state="+state, nil), "items").([]any); len(l) != want {
			t.Errorf("once taken down, %d findings are %s, want %d: %v", len(l), state, want, l)
		}
	}
}

// announces says that a body of so many bytes is coming, sends as much of it as
// the server reads before it judges, and returns the line the answer begins
// with: who sends it all races with the server's closing of the connection.
func (p *person) announces(t *testing.T, path string, size int) string {
	t.Helper()
	u, err := url.Parse(p.base)
	must(t, err)
	c, err := net.Dial("tcp", u.Host)
	must(t, err)
	defer func() { _ = c.Close() }()
	_, err = fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n"+
		"Idempotency-Key: %s\r\nX-CSRF-Token: %s\r\nCookie: %s\r\n\r\n", path, u.Host, size, uuid.NewString(), p.csrf, p.cookie)
	must(t, err)
	_, err = c.Write(make([]byte, 8<<10))
	must(t, err)
	line, err := bufio.NewReader(c).ReadString('\n')
	must(t, err)
	return line
}
