package app_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// dial opens a connection to the world's server that ends with the test.
func (w *world) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(w.base, "http://"))
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestTooMuchOfEverything sends what has no end: headers, parameters, cookies,
// fields, brackets. It is refused at once and the connection lives or dies, and
// the server goes on (DO-03).
func TestTooMuchOfEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	many := func(n int, f func(int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(f(i))
		}
		return b.String()
	}
	post := func(kind, body string) string {
		return fmt.Sprintf("POST /api/publish/items HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: %s\r\nX-CSRF-Token: %s\r\nIdempotency-Key: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
			w.a.chief.cookie, w.a.chief.csrf, random(), kind, len(body), body)
	}
	get := func(path, headers string) string {
		return "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: " + w.a.chief.cookie + "\r\n" + headers + "\r\n"
	}
	const form, json_ = "application/x-www-form-urlencoded", "application/json"
	for name, raw := range map[string]string{
		"a hundred thousand headers":     get("/api/org/me", many(100000, func(i int) string { return "X-" + strconv.Itoa(i) + ": a\r\n" })),
		"one header of a megabyte":       get("/api/org/me", "X-A: "+strings.Repeat("a", 1<<20)+"\r\n"),
		"a thousand cookies":             get("/api/org/me", "Cookie: "+many(1000, func(i int) string { return fmt.Sprintf("c%d=%d; ", i, i) })+"\r\n"),
		"a long address":                 get("/api/org/members?q="+strings.Repeat("a", 100000), ""),
		"a thousand steps down":          get("/api"+strings.Repeat("/a", 1000), ""),
		"a thousand equal parameters":    get("/api/org/members?"+many(1000, func(int) string { return "q=a&" }), ""),
		"an index without end":           post(form, "a[999999999]=1"),
		"an index within an index":       post(form, "a"+strings.Repeat("[0]", 10000)+"=1"),
		"a hundred thousand form fields": post(form, many(100000, func(i int) string { return fmt.Sprintf("a%d=1&", i) })),
		"a hundred thousand fields":      post(json_, "{"+many(100000, func(i int) string { return fmt.Sprintf(`"a%d":1,`, i) })+`"z":1}`),
		"a list of a list of a list":     post(json_, `{"title":`+strings.Repeat("[", 300000)),
		"an object in an object":         post(json_, strings.Repeat(`{"a":`, 100000)),
		"a text that does not end":       post(json_, `{"title":"`+strings.Repeat("a", 900000)),
		"a number of half a megabyte":    post(json_, `{"review_levels":`+strings.Repeat("9", 500000)+`}`),
	} {
		t.Run(name, func(t *testing.T) {
			c := w.dial(t)
			_ = c.SetDeadline(time.Now().Add(20 * time.Second))
			began := time.Now()
			go func() { _, _ = io.WriteString(c, raw) }()
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			took := time.Since(began)
			if err == nil {
				_ = res.Body.Close()
			}
			if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() || err == nil && (res.StatusCode < 400 || res.StatusCode >= 500) && !fine[name] {
				t.Errorf("= %v %v", res, err)
			}
			if took > 3*time.Second {
				t.Errorf("refused after %v", took)
			}
			w.a.plain.does(t, "GET /api/org/me", nil)
		})
	}
}

// fine are those that may be answered: more of the same changes nothing.
var fine = map[string]bool{"a thousand equal parameters": true}
