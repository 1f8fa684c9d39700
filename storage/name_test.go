package storage_test

import (
	"errors"
	"mime"
	"strings"
	"testing"

	"hetu/storage"
)

func TestCleanName(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"a.pdf", "关于印发《督查办法》的通知（2026）.docx", "报告.v1.2.docx", "第一季度 100%完成.xlsx", "a.docx.pdf", "100%10月.txt",
		"葛󠄀某.pdf", "a-b_c+d=e,f;g'h(1)[2]{3}&@#$^!~`.pdf", strings.Repeat("a", 251) + ".pdf", "数据", "a.jsp",
	} {
		if err := storage.CleanName(good); err != nil {
			t.Errorf("CleanName(%q) = %v", good, err)
		}
	}
	for what, bad := range map[string]string{
		"empty": "", "too long": strings.Repeat("a", 252) + ".pdf", "too long in Chinese": strings.Repeat("长", 85) + ".pdf",
		"slash": "a/b.pdf", "backslash": `a\b.pdf`, "climbing": "..", "climbing away": "../../a.pdf", "UNC": `\\host\a.pdf`,
		"drive": "C:a.pdf", "stream": "a.pdf::$DATA", "hidden": ".htaccess", "trailing dot": "a.pdf.", "trailing space": "a.pdf ",
		"wide trailing space": "a.pdf　", "leading space": " a.pdf", "NUL": "a.jsp\x00.pdf", "escaped NUL": "a.jsp%00.pdf",
		"escaped dots": "%2e%2E%2fa.pdf", "escaped twice": "%252e%252e.pdf", "overlong dots": "..%c0%af.pdf",
		"line break": "a\r\nX: 1.pdf", "line separator": "a\u2028.pdf", "escape": "a\x1b[31m.pdf", "C1 control": "a\u0085.pdf",
		"right to left": "a\u202efdp.exe", "isolate": "a\u2066b.pdf", "zero width": "a\u200b.pdf", "byte order mark": "\ufeffa.pdf",
		"invalid UTF-8": "a\xff.pdf", "replacement": "a\ufffd.pdf", "noncharacter": "a\uffff.pdf",
		"double extension": "a.jsp.pdf", "spaced double extension": "a.jsp .pdf", "double, upper case": "a.PHP5.jpg",
		"device": "CON.pdf", "device with a space": "nul .txt", "quote": `a".pdf`, "wildcard": "a*.pdf",
	} {
		if err := storage.CleanName(bad); !errors.Is(err, storage.ErrName) {
			t.Errorf("%s: CleanName(%q) = %v, want %v", what, bad, err, storage.ErrName)
		}
	}
}

// UP-03, IN-06: one header each, safe for any name and any stored type.
func TestHeaders(t *testing.T) {
	t.Parallel()
	for media, want := range map[string]string{
		"application/pdf": "application/pdf", "image/png": "image/png",
		"text/html": "application/octet-stream", "image/svg+xml": "application/octet-stream", "": "application/octet-stream",
		"text/plain\r\nX: 1": "application/octet-stream", "application/xml": "application/octet-stream",
	} {
		h := storage.Headers(storage.Object{Type: media}, "a.pdf")
		for name, want := range map[string]string{
			"Content-Type": want, "X-Content-Type-Options": "nosniff",
			"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "private, no-store",
		} {
			if h[name] != want {
				t.Errorf("type %q: %s = %q, want %q", media, name, h[name], want)
			}
		}
	}
	for name, want := range map[string]string{
		"a.pdf": "a.pdf", "通知 (1).pdf": "通知 (1).pdf", "100%+'~.pdf": "100%+'~.pdf",
		"a\r\nSet-Cookie: x.pdf": "download", `a";filename="b.exe`: "download", "": "download",
	} {
		h := storage.Headers(storage.Object{}, name)["Content-Disposition"]
		kind, params, err := mime.ParseMediaType(strings.Replace(h, `filename="`, `fallback="`, 1))
		if err != nil || kind != "attachment" || params["filename"] != want {
			t.Errorf("name %q: %s reads as %q %q, %v, want %q", name, h, kind, params["filename"], err, want)
		}
		if strings.ContainsFunc(h, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("name %q: %q is not plain ASCII", name, h)
		}
	}
}

func FuzzHeaders(f *testing.F) {
	f.Add("a.pdf")
	f.Add("通知\r\n\".pdf")
	f.Fuzz(func(t *testing.T, name string) {
		h := storage.Headers(storage.Object{}, name)["Content-Disposition"]
		if strings.ContainsFunc(h, func(r rune) bool { return r < ' ' || r > '~' }) || strings.Count(h, `"`) != 2 {
			t.Errorf("name %q: %q", name, h)
		}
		_, params, err := mime.ParseMediaType(strings.Replace(h, `filename="`, `fallback="`, 1))
		if err != nil || storage.CleanName(name) == nil && params["filename"] != name {
			t.Errorf("name %q reads as %q, %v", name, params["filename"], err)
		}
	})
}
