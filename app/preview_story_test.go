package app_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// previewStory: what stands in an attachment is shown to whoever may download
// it, as data that nothing in a file can turn into a page, and to nobody once the
// item is withdrawn (R029, UP-03).
func (w *world) previewStory(t *testing.T) {
	column := w.a.column(t, "预览栏目", 1)
	book := excelize.NewFile()
	must(t, book.SetSheetRow("Sheet1", "A1", &[]any{"<script>alert(1)</script>", 12}))
	var sheet bytes.Buffer
	must(t, book.Write(&sheet))
	item := text(t, w.a.chief.does(t, "POST /api/publish/items", fields{"column_id": column, "kind": "news", "title": "有表格", "body_html": "<p>文</p>"}), "id")
	var made fields
	for _, f := range []struct {
		name string
		body []byte
	}{{"表.xlsx", sheet.Bytes()}, {"图.png", png}, {"文.txt", []byte("第一行\n<b>第二行</b>")}, {"报告.pdf", []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")}} {
		made = w.a.chief.does(t, "POST /api/publish/items/"+item+"/attachments", fields{"upload_id": w.a.chief.upload(t, f.name, f.body), "name": f.name, "summary": "附"})
	}
	of := func(i int) string {
		return "/api/publish/items/" + item + "/attachments/" + text(t, made, "attachments", i, "id") + "/preview"
	}
	tries(t,
		try{w.nobody(), "GET " + of(0), nil, 401, "tenant.no_actor"},
		try{w.a.plain, "GET " + of(0), nil, 404, "publish.not_found"}, // a draft is its drafter's
		try{w.b.chief, "GET " + of(0), nil, 404, "publish.not_found"},
		try{w.hq.chief, "GET " + of(0), nil, 404, "publish.not_found"},
		try{w.a.chief, "GET " + strings.Replace(of(0), text(t, made, "attachments", 0, "id"), item, 1), nil, 404, "attachment.not_found"},
	)
	shown := w.a.chief.does(t, "GET "+of(0), nil)
	if shown["kind"] != "sheets" || text(t, shown, "parts", 0, "blocks", 0, "rows", 0, "cells", 0, "runs", 0, "text") != "<script>alert(1)</script>" {
		t.Errorf("the sheet is %v", shown)
	}
	res, _ := w.a.chief.send(t, "GET", of(0), nil, nil)
	for h, want := range map[string]string{"Content-Type": "application/json", "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"} {
		if got := res.Header.Get(h); got != want {
			t.Errorf("%s = %q, want %q (UP-03)", h, got, want)
		}
	}
	if shown := w.a.chief.does(t, "GET "+of(1), nil); shown["kind"] != "image" || at(t, shown, "width") != 1.0 {
		t.Errorf("the picture is %v", shown)
	}
	if shown := w.a.chief.does(t, "GET "+of(2), nil); shown["kind"] != "text" || shown["text"] != "第一行\n<b>第二行</b>" {
		t.Errorf("the text is %v", shown)
	}
	if shown := w.a.chief.does(t, "GET "+of(3), nil); shown["kind"] != "pdf" {
		t.Errorf("the PDF is %v", shown)
	}
	w.previewGone(t, column)
}

// previewGone: what was withdrawn has no preview for those who read it.
func (w *world) previewGone(t *testing.T, column string) {
	t.Helper()
	item := w.a.publish(t, column, "将要撤下")
	id := text(t, item, "id")
	path := "GET /api/publish/items/" + id + "/attachments/" + text(t, item, "attachments", 0, "id") + "/preview"
	if shown := w.a.plain.does(t, path, nil); shown["kind"] != "image" {
		t.Errorf("a reader sees %v", shown)
	}
	w.a.chief.does(t, "POST /api/publish/items/"+id+"/withdraw", fields{"reason": "数字有误", "version": w.a.chief.does(t, "GET /api/publish/items/"+id, nil)["version"]})
	w.a.plain.fails(t, path, nil, 404, "publish.not_found")
	w.a.plain.fails(t, strings.TrimSuffix(path, "preview")+"content", nil, 404, "publish.not_found")
}
