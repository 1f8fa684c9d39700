package app_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// uploadStory: what a file is, is decided by what is in it (UP-01, UP-02).
func (w *world) uploadStory(t *testing.T) {
	const uploads = "POST /api/attachment/uploads"
	in := func(name string, size int) fields { return fields{"name": name, "size": size} }
	tries(t,
		try{w.nobody(), uploads, in("a.png", 1), 401, "tenant.no_actor"},
		try{w.a.plain, uploads, in("", 1), 422, "request.too_short"},
		try{w.a.plain, uploads, in("a.png", 0), 422, "request.out_of_range"},
		try{w.a.plain, uploads, in("a.png", 1<<30), 422, "attachment.too_large"},
		try{w.a.plain, uploads, fields{"name": "a.png", "size": 1, "sha256": "zz"}, 422, "attachment.sha256"},
		try{w.a.plain, uploads, fields{"name": "a.png", "size": 1, "type": "text/html"}, 422, "request.unknown_field"},
	)
	for _, name := range []string{"../a.png", "..\\a.png", "a/b.png", "a\u202Egnp.exe", "a.png ", "a.png.", "a.jsp.png", "con\tcat.png", ".", ".."} {
		w.a.plain.fails(t, uploads, in(name, len(png)), 422, "attachment.name")
	}
	pdf := []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
	for _, f := range []struct {
		name, code string
		body       []byte
	}{
		{"a.html", "attachment.type_refused", []byte("<!doctype html><script>alert(1)</script>")},
		{"a.svg", "attachment.type_refused", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)},
		{"a.xml", "attachment.type_refused", []byte(`<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>`)},
		{"a.exe", "attachment.type_refused", []byte("MZ\x90\x00" + strings.Repeat("\x00", 100))},
		{"a.sh", "attachment.type_refused", []byte("#!/bin/sh\nrm -rf /\n")},
		{"a.png", "attachment.type_mismatch", pdf},
		{"a.pdf", "attachment.type_mismatch", png},
		{"a.gif", "attachment.type_refused", []byte("GIF89a/*" + strings.Repeat("\x00", 20) + "*/=1;<script>alert(1)</script>")},
		{"b.png", "attachment.type_refused", append(bytes.Clone(png), archive(t)...)},
	} {
		up := w.a.plain.does(t, uploads, in(f.name, len(f.body)))
		put := fmt.Sprintf("PUT /api/attachment/uploads/%s?offset=0", text(t, up, "id"))
		w.a.plain.fails(t, put, f.body, 422, f.code)
		if got := w.a.plain.does(t, "GET /api/attachment/uploads/"+text(t, up, "id"), nil); got["state"] != "refused" {
			t.Errorf("%s is %v", f.name, got["state"])
		}
	}
	w.pieces(t)
}

// archive is a real one with a script in it.
func archive(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("a.js")
	must(t, err)
	_, err = f.Write([]byte("alert(1)"))
	must(t, err)
	must(t, z.Close())
	return b.Bytes()
}

// pieces: a file comes in pieces, in order, from one person, as announced.
func (w *world) pieces(t *testing.T) {
	t.Helper()
	up := text(t, w.a.plain.does(t, "POST /api/attachment/uploads", fields{"name": "现场.png", "size": len(png)}), "id")
	path := "/api/attachment/uploads/" + up
	tries(t,
		try{w.nobody(), "PUT " + path + "?offset=0", png, 401, "tenant.no_actor"},
		try{w.a.chief, "PUT " + path + "?offset=0", png, 404, "attachment.not_found"}, // somebody else's
		try{w.b.chief, "PUT " + path + "?offset=0", png, 404, "attachment.not_found"},
		try{w.b.chief, "GET " + path, nil, 404, "attachment.not_found"},
		try{w.a.plain, "PUT " + path + "?offset=5", png[5:], 409, "attachment.offset"},
		try{w.a.plain, "PUT " + path + "?offset=-1", png, 409, "attachment.offset"},
		try{w.a.plain, "PUT " + path + "?offset=x", png, 422, "request.malformed"},
		try{w.a.plain, "PUT " + path + "?offset=0", append(bytes.Clone(png), 0), 422, "attachment.size"},
		try{w.a.plain, "PUT " + path + "?offset=0", png[:5], 200, ""},
		try{w.a.plain, "PUT " + path + "?offset=0", png[:5], 409, "attachment.offset"},
		try{w.a.plain, "PUT " + path + "?offset=5", png[5:], 200, ""},
		try{w.a.plain, "PUT " + path + "?offset=5", png[5:], 200, ""}, // the answer was lost, and it is sent again
	)
	up = text(t, w.a.plain.does(t, "POST /api/attachment/uploads", fields{"name": "b.png", "size": len(png), "sha256": strings.Repeat("0a", 32)}), "id")
	w.a.plain.fails(t, "PUT /api/attachment/uploads/"+up+"?offset=0", png, 422, "attachment.sha256")
}

// claimStory: an upload becomes part of one thing of its owner's, once, and is
// read by whoever may read that thing (UP-03, UP-05, UP-06, R029).
func (w *world) claimStory(t *testing.T) {
	column := w.a.column(t, "附件栏目", 1)
	draft := func(p *person, column, title string) string {
		return text(t, p.does(t, "POST /api/publish/items", fields{"column_id": column, "kind": "news", "title": title, "body_html": "<p>文</p>"}), "id")
	}
	item, another := draft(w.a.chief, column, "有附件"), draft(w.a.chief, column, "另一篇")
	up, theirs := w.a.chief.upload(t, "图 一.png", png), w.a.second.upload(t, "c.png", png)
	open := text(t, w.a.chief.does(t, "POST /api/attachment/uploads", fields{"name": "d.png", "size": 9}), "id")
	attach := func(item string) string { return "POST /api/publish/items/" + item + "/attachments" }
	in := func(up, name, summary string) fields {
		return fields{"upload_id": up, "name": name, "summary": summary}
	}
	published := text(t, w.a.publish(t, column, "已经发布"), "id")
	tries(t,
		try{w.nobody(), attach(item), in(up, "图", "图"), 401, "tenant.no_actor"},
		try{w.a.second, attach(item), in(theirs, "图", "图"), 403, "publish.not_drafter"}, // seen, because they inspect
		try{w.b.chief, attach(item), in(up, "图", "图"), 404, "publish.not_found"},
		try{w.a.chief, attach(published), in(up, "图", "图"), 409, "publish.wrong_state"},
		try{w.a.chief, attach(item), in(theirs, "图", "图"), 404, "attachment.not_found"},
		try{w.a.chief, attach(item), in(w.b.chief.upload(t, "e.png", png), "图", "图"), 404, "attachment.not_found"}, // UP-06
		try{w.a.chief, attach(item), in(open, "图", "图"), 409, "attachment.not_ready"},
		try{w.a.chief, attach(item), in(up, "", "图"), 422, "publish.name_missing"}, // R029
		try{w.a.chief, attach(item), in(up, "图", " "), 422, "publish.summary_missing"},
	)
	made := w.a.chief.does(t, attach(item), in(up, "附图", "一张图"))
	tries(t,
		try{w.a.chief, attach(item), in(up, "附图", "一张图"), 409, "attachment.claimed"},
		try{w.a.chief, attach(another), in(up, "附图", "一张图"), 409, "attachment.claimed"},
	)
	file := "/api/publish/items/" + item + "/attachments/" + text(t, made, "attachments", 0, "id")
	tries(t,
		try{w.nobody(), "GET " + file + "/content", nil, 401, "tenant.no_actor"},
		try{w.a.plain, "GET " + file + "/content", nil, 404, "publish.not_found"},
		try{w.b.chief, "GET " + file + "/content", nil, 404, "publish.not_found"},
		try{w.a.chief, "GET " + strings.Replace(file, item, another, 1) + "/content", nil, 404, "attachment.not_found"},
		try{w.a.chief, "DELETE " + file + "?version=1", nil, 409, "publish.stale"},
	)
	res, body := w.a.chief.send(t, "GET", file+"/content", nil, nil)
	if res.StatusCode != 200 || !bytes.Equal(body, png) {
		t.Errorf("the attachment = %d, %d bytes", res.StatusCode, len(body))
	}
	for h, want := range map[string]string{"Content-Type": "image/png", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "private, no-store"} {
		if got := res.Header.Get(h); got != want {
			t.Errorf("%s = %q, want %q (UP-03)", h, got, want)
		}
	}
	if d := res.Header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment;") || !strings.Contains(d, "filename*=UTF-8''%E5%9B%BE%20%E4%B8%80.png") {
		t.Errorf("Content-Disposition = %q", d)
	}
	tries(t,
		try{w.a.chief, fmt.Sprintf("DELETE %s?version=%v", file, made["version"]), nil, 200, ""},
		try{w.a.chief, "GET " + file + "/content", nil, 404, "attachment.not_found"},
	)
}
