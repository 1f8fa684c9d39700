package app_test

import (
	"bytes"
	"fmt"
	"mime"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// workbook fetches a list as a workbook and returns its rows.
func (p *person) workbook(t *testing.T, path, language string) (rows [][]string, name string) {
	t.Helper()
	res, body := p.send(t, "GET", path, nil, map[string]string{"Accept-Language": language})
	if res.StatusCode != 200 || !strings.Contains(res.Header.Get("Content-Type"), "spreadsheetml") {
		t.Fatalf("%s: GET %s = %d %s %s", p.name, path, res.StatusCode, res.Header.Get("Content-Type"), body)
	}
	f, err := excelize.OpenReader(bytes.NewReader(body))
	must(t, err)
	defer func() { _ = f.Close() }()
	rows, err = f.GetRows(f.GetSheetName(0))
	must(t, err)
	_, params, err := mime.ParseMediaType(res.Header.Get("Content-Disposition"))
	must(t, err)
	return rows, params["filename"]
}

// TestTables is UI4 over HTTP: a list is sorted by the keys it allows and by no
// other, and can be had as a workbook by whoever may read it, with what they may
// read and nothing else; that somebody took it is written down.
func TestTables(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	col := w.a.column(t, "平安水务", 1)
	for _, title := range []string{"值班安排", "安全检查", "防汛会议"} {
		w.a.publish(t, col, title)
	}
	w.b.publish(t, w.b.column(t, "平安水务", 1), "邻局信息")
	const items = "/api/publish/items?view=all"
	tries(t,
		try{w.nobody(), "GET " + items + "&sort=title", nil, 401, "tenant.no_actor"},
		try{w.nobody(), "GET " + items + "&format=xlsx", nil, 401, "tenant.no_actor"},
		try{w.a.plain, "GET " + items + "&format=xlsx", nil, 403, "rbac.denied"},
		try{w.a.plain, "GET /api/org/members?format=xlsx", nil, 403, "rbac.denied"},
		try{w.a.chief, "GET " + items + "&sort=body_text", nil, 422, "request.not_a_choice"},
		try{w.a.chief, "GET " + items + "&sort=--title", nil, 422, "request.not_a_choice"},
		try{w.a.chief, "GET /api/message/notices?sort=at", nil, 422, "request.not_a_choice"}, // a list that is not sorted
		try{w.a.chief, "GET " + items + "&after=x", nil, 422, "request.malformed"},
		try{w.a.chief, "GET " + items + "&format=csv", nil, 422, "request.not_a_choice"},
		try{w.a.chief, "GET " + items + "&format=xlsx&sort=secret", nil, 422, "request.not_a_choice"},
	)
	var got []string
	after := ""
	for range 3 {
		l := w.a.chief.does(t, "GET "+items+"&sort=title&limit=1&after="+after, nil)
		got = append(got, text(t, l, "items", 0, "title"))
		after = url.QueryEscape(text(t, l, "next"))
		if len(got) == 1 {
			w.a.chief.fails(t, "GET "+items+"&sort=-title&after="+after, nil, 422, "request.malformed")
			w.a.chief.fails(t, "GET "+items+"&after="+after, nil, 422, "request.malformed")
		}
	}
	if fmt.Sprint(got) != "[安全检查 防汛会议 值班安排]" || after != "" {
		t.Errorf("by title: %v, then %q", got, after)
	}
	w.exports(t)
}

func (w *world) exports(t *testing.T) {
	t.Helper()
	titles := func(rows [][]string) (all []string) {
		for _, r := range rows[1:] {
			all = append(all, r[0])
		}
		return all
	}
	rows, name := w.a.chief.workbook(t, "/api/publish/items?view=all&sort=-title&format=xlsx&limit=1&after=ignored", "zh-CN")
	if fmt.Sprint(titles(rows)) != "[值班安排 防汛会议 安全检查]" || rows[0][0] != "标题" || rows[1][3] != "已发布" {
		t.Errorf("the workbook = %v", rows)
	}
	if !strings.HasPrefix(name, "信息 20") || !strings.HasSuffix(name, ".xlsx") {
		t.Errorf("its name = %q", name)
	}
	rows, name = w.a.chief.workbook(t, "/api/publish/items?view=all&q="+url.QueryEscape("防汛")+"&format=xlsx", "en-GB,en;q=0.9")
	if fmt.Sprint(titles(rows)) != "[防汛会议]" || rows[0][0] != "Title" || !strings.HasPrefix(name, "Items 20") {
		t.Errorf("narrowed, in English = %v %q", rows, name)
	}
	rows, _ = w.a.plain.workbook(t, "/api/publish/items?view=mine&format=xlsx", "zh")
	if len(rows) != 1 {
		t.Errorf("of somebody who wrote nothing: %v", rows)
	}
	for _, path := range []string{"/api/approval/tasks?state=done", "/api/exchange/outbox?", "/api/exchange/inbox?", "/api/org/members?", "/api/org/grants?"} {
		rows, _ := w.a.chief.workbook(t, path+"&format=xlsx&lang=en", "zh")
		if len(rows) < 1 || len(rows[0]) < 3 || strings.ContainsAny(strings.Join(rows[0], ""), "标题姓名对象") {
			t.Errorf("%s = %v", path, rows)
		}
	}
	entries := w.a.chief.does(t, "GET /api/audit/entries?object=publish/items", nil)
	found := fmt.Sprint(at(t, entries, "items"))
	for _, want := range []string{"publish.exported", "rows:3", "view:all", "sort:-title", "q:…"} {
		if !strings.Contains(found, want) {
			t.Errorf("the audit does not say %s: %s", want, found)
		}
	}
	if strings.Contains(found, "防汛") {
		t.Errorf("the audit holds what was looked for: %s", found)
	}
}
