package publish

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/microcosm-cc/bluemonday"

	"hetu/tenant"
)

// hostile are ways to make a page run, load or show something (IN-02).
var hostile = []string{
	`&#1;<a href="&#1;javascript:x">x</a>`, "<a title=\"&#x200e;\x01\">&#0;&#31;</a>",
	`<script>alert(1)</script>`, `<ScRiPt src=//x>`, `<img src=x onerror=alert(1)>`, `<svg/onload=alert(1)>`,
	`<a href="javascript:alert(1)">x</a>`, `<a href="java&Tab;script:alert(1)">x</a>`, "<a href=\"java\nscript:alert(1)\">x</a>",
	`<a href="&#x6a;avascript:alert(1)">x</a>`, `<a href="data:text/html,<script>alert(1)</script>">x</a>`,
	`<a href="//evil.example/x">x</a>`, `<a href="vbscript:x">x</a>`, `<p style="background:url(javascript:alert(1))">x</p>`,
	`<p onclick=alert(1)>x</p>`, `<iframe src=x></iframe>`, `<object data=x></object>`, `<embed src=x>`, `<form action=x><input></form>`,
	`<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>`, `<noscript><p title="</noscript><img src=x onerror=alert(1)>">`,
	`<svg><style><img src=x onerror=alert(1)></style></svg>`, `<style>*{x:expression(alert(1))}</style>`, `<base href=//x>`,
	`<meta http-equiv=refresh content="0;url=//x">`, `<link rel=stylesheet href=//x>`, `<table background="javascript:alert(1)"><tr><td>x</td></tr></table>`,
	`<td colspan="2 onload=alert(1)">x</td>`, `<details open ontoggle=alert(1)>`, `<template><script>alert(1)</script></template>`,
	`<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>`, `<<script>alert(1)//<</script>`, `<a href="ſcript:alert(1)">x</a>`,
	`<a href="ｊavascript:alert(1)">x</a>`, `<xmp><img src=x onerror=alert(1)></xmp>`, `<![CDATA[<script>alert(1)</script>]]>`,
	"<p>\x00<scr\x00ipt>alert(1)</scr\x00ipt></p>", `<a href='http://x" onmouseover="alert(1)'>x</a>`, `<!--><img src=x onerror=alert(1)>-->`,
}

// runs is what must not be left: an element or attribute we do not take, or an
// address that is not of the three kinds.
var runs = []*regexp.Regexp{
	regexp.MustCompile(`(?i)<\s*/?\s*(script|img|svg|math|iframe|object|embed|form|input|style|base|meta|link|template|details|noscript|xmp)`),
	regexp.MustCompile(`(?i)<[a-z0-9]+[^>"]*("[^"]*"[^>"]*)*\s(on[a-z]+|style|background|srcdoc|data)\s*=`),
	regexp.MustCompile(`(?i)href="(?:[^hm]|h[^t]|m[^a])`),
	regexp.MustCompile(`[\x00-\x08\x0e-\x1f]`),
}

// noMarkup is what the sanitiser's own makers take for text.
var noMarkup = func() *bluemonday.Policy {
	p := bluemonday.StrictPolicy()
	p.AddSpaceWhenStrippingTag(true)
	return p
}()

func settles(t *testing.T, in string) {
	t.Helper()
	out := clean(in)
	for _, r := range runs {
		if found := r.FindString(out); found != "" {
			t.Errorf("clean(%q) = %q, which holds %q", in, out, found)
		}
	}
	if got, want := plain(out), line(html.UnescapeString(noMarkup.Sanitize(out))); got != want {
		t.Errorf("plain(%q) = %q, want what is left without any tag: %q", out, got, want)
	}
	if again := clean(out); again != out {
		t.Errorf("clean is not idempotent: %q → %q → %q", in, out, again)
	}
}

// Whatever of it is put together, nothing is left that runs, and cleaning again
// changes nothing (IN-02).
func TestCleanHostile(t *testing.T) {
	t.Parallel()
	for _, a := range hostile {
		settles(t, a)
		settles(t, "<p>正文"+a+"</p>")
		for _, b := range hostile {
			settles(t, a+b)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(settles)
}

func TestCleanKeepsWhatTheEditorWrites(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`<h2>一、总体情况</h2><p>共<strong>12</strong>处<em>隐患</em>。</p>`:                                                                            `<h2>一、总体情况</h2><p>共<strong>12</strong>处<em>隐患</em>。</p>`,
		`<ul><li><p>甲</p></li></ul><ol start="3"><li><p>乙</p></li></ol>`:                                                                     `<ul><li><p>甲</p></li></ul><ol start="3"><li><p>乙</p></li></ol>`,
		`<table style="min-width: 50px"><colgroup><col></colgroup><tbody><tr><th colspan="2" rowspan="1"><p>表</p></th></tr></tbody></table>`: `<table><tbody><tr><th colspan="2" rowspan="1"><p>表</p></th></tr></tbody></table>`,
		`<a href="https://example.org/a?b=1&amp;c=2">见此</a>`:                                                                                 `<a href="https://example.org/a?b=1&amp;c=2" rel="nofollow noreferrer noopener" target="_blank">见此</a>`,
		"  <p>a &lt; b</p>\n": `<p>a &lt; b</p>`,
		"":                    "",
	} {
		got := clean(in)
		if sortRel(got) != sortRel(want) {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
		settles(t, in)
	}
}

var rel = regexp.MustCompile(` (rel|target)="[^"]*"`)

// sortRel takes out what links are given besides their address.
func sortRel(s string) string { return rel.ReplaceAllString(s, "") }

func TestLinksTellNobodyWhereTheyCameFrom(t *testing.T) {
	t.Parallel()
	got := clean(`<a href="https://example.org/">x</a>`)
	for _, want := range []string{"nofollow", "noreferrer", "noopener"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %s", got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`<p>第一段</p><p>第二段</p>`: "第一段 第二段", `<p>a &amp;&lt;b&gt;</p>`: "a &<b>", `<p>&nbsp;</p>`: "", "": "",
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) = %q, want %q", in, got, want)
		}
	}
}

// R027: a title is there, is one line and is at most 80 characters long.
func TestTitle(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in   string
		want error
	}{
		"ok":               {"关于开展检查的通知", nil},
		"at the limit":     {strings.Repeat("题", 80), nil},
		"one too long":     {strings.Repeat("题", 81), ErrTitleLong},
		"spaces count not": {"  " + strings.Repeat("题", 80) + "\n", nil},
		"missing":          {"", ErrTitleMissing},
		"blank":            {" \t　\n", ErrTitleMissing},
	} {
		got, err := checkTitle(tt.in)
		want(t, err, tt.want, name)
		if err == nil && (strings.ContainsAny(got, "\r\n\t") || got != strings.TrimSpace(got)) {
			t.Errorf("%s: %q is not one line (IN-06)", name, got)
		}
	}
}

// What belongs to the content changes the hash, and nothing can be moved from
// one field to the next without changing it.
func TestHash(t *testing.T) {
	t.Parallel()
	base := row{Title: "甲乙", BodyHTML: "丙"}
	seen := map[string]string{base.hash(): "the base"}
	editor := base.ColumnID
	for name, r := range map[string]row{
		"title and body shifted": {Title: "甲", BodyHTML: "乙丙"},
		"kind":                   {Title: "甲乙", BodyHTML: "丙", Kind: "news"},
		"source":                 {Title: "甲乙", BodyHTML: "丙", Source: "news"},
		"editor":                 {Title: "甲乙", BodyHTML: "丙", EditorID: &editor},
		"column":                 {Title: "甲乙", BodyHTML: "丙", ColumnID: [16]byte{1}},
		"attachment":             {Title: "甲乙", BodyHTML: "丙", Attachments: tenant.Rows[attached]{{SHA256: "a"}}},
		"attachment's name":      {Title: "甲乙", BodyHTML: "丙", Attachments: tenant.Rows[attached]{{SHA256: "a", Attachment: Attachment{Name: "n"}}}},
		"attachment's summary":   {Title: "甲乙", BodyHTML: "丙", Attachments: tenant.Rows[attached]{{SHA256: "a", Attachment: Attachment{Summary: "n"}}}},
		"attachment's file":      {Title: "甲乙", BodyHTML: "丙", Attachments: tenant.Rows[attached]{{SHA256: "a", Attachment: Attachment{FileName: "n"}}}},
	} {
		hash := r.hash()
		if other, taken := seen[hash]; taken {
			t.Errorf("%s has the hash of %s", name, other)
		}
		seen[hash] = name
	}
	same := base
	same.State, same.Version, same.DrafterName = "published", 9, "谁"
	if same.hash() != base.hash() {
		t.Error("what is not content changes the hash")
	}
}
