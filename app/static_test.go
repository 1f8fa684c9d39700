package app_test

import (
	"compress/gzip"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gofiber/fiber/v2"

	"hetu/app"
)

// The browser app is served whole, compressed to who takes it so and plain to
// who does not, again and again, and nothing else of the disk is (UI11).
func TestStatic(t *testing.T) {
	t.Parallel()
	script, picture := strings.Repeat("let 水 = 1;\n", 500), "\x89PNG\r\n\x1a\n"+strings.Repeat("\x00\x01", 9)
	page, err := app.Static(fstest.MapFS{
		"index.html":    {Data: []byte("<!doctype html><title>河图</title>")},
		"assets/a-1.js": {Data: []byte(script)},
		"icon.png":      {Data: []byte(picture)},
	})
	must(t, err)
	server := fiber.New(fiber.Config{ErrorHandler: func(c *fiber.Ctx, _ error) error { return c.SendStatus(fiber.StatusNotFound) }})
	server.Use(page)
	for name, tt := range map[string]struct {
		method, path, accept, encoding string
		status                         int
		body                           string
		zipped                         bool
	}{
		"a script, compressed":          {"GET", "/assets/a-1.js", "*/*", "gzip", 200, script, true},
		"a script, plain":               {"GET", "/assets/a-1.js", "*/*", "", 200, script, false},
		"what cannot be made smaller":   {"GET", "/icon.png", "*/*", "gzip", 200, picture, false},
		"its head alone":                {"HEAD", "/icon.png", "*/*", "", 200, "", false},
		"a page that the app knows":     {"GET", "/publish/items", "text/html", "", 200, "<!doctype html><title>河图</title>", false},
		"no page, to who wants no page": {"GET", "/publish/items", "application/json", "", 404, "", false},
		"a file there is not":           {"GET", "/assets/b.js", "text/html", "", 404, "", false},
		"a way out":                     {"GET", "/assets/../static_test.go", "*/*", "", 404, "", false},
	} {
		for range 2 {
			r := httptest.NewRequest(tt.method, tt.path, nil)
			r.Header.Set("Accept", tt.accept)
			r.Header.Set("Accept-Encoding", tt.encoding)
			res, err := server.Test(r)
			must(t, err)
			var in io.Reader = res.Body
			if got := res.Header.Get("Content-Encoding") == "gzip"; got != tt.zipped {
				t.Fatalf("%s: compressed = %v", name, got)
			}
			if tt.zipped {
				in, err = gzip.NewReader(res.Body)
				must(t, err)
			}
			body, err := io.ReadAll(in)
			must(t, err)
			if res.StatusCode != tt.status || tt.status == 200 && string(body) != tt.body {
				t.Errorf("%s: %d with %d bytes, want %d with %d", name, res.StatusCode, len(body), tt.status, len(tt.body))
			}
			if tag := res.Header.Get("ETag"); tt.status == 200 {
				r.Header.Set("If-None-Match", tag)
				if res, err := server.Test(r); err != nil || tag == "" || res.StatusCode != fiber.StatusNotModified {
					t.Errorf("%s, asked again with %s: %d, %v", name, tag, res.StatusCode, err)
				}
			}
		}
	}
}
