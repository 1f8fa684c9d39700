package feature

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gofiber/fiber/v2"

	"hetu/fault"
)

// source is a content that finds out only at its end that it is damaged.
type source struct {
	io.Reader
	damaged bool
	closed  bool
}

var errDamaged = errors.New("not what was written")

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if errors.Is(err, io.EOF) && s.damaged {
		err = errDamaged
	}
	return n, err
}

func (s *source) Close() error {
	s.closed = true
	return nil
}

// TestRange: one range of bytes is sent as asked for (RFC 9110 §14), of the
// state that the client has in mind, and headers that keep a browser from
// running it stay (UP-03).
func TestRange(t *testing.T) {
	t.Parallel()
	body := bytes.Repeat([]byte("0123456789abcdef"), 10_000) // more than is withheld
	n := len(body)
	for name, tt := range map[string]struct {
		spec, state string
		status      int
		from, to    int
		said        string
	}{
		"none":                      {"", "", 200, 0, n, ""},
		"from the start":            {"bytes=0-99", "", 206, 0, 100, "bytes 0-99/160000"},
		"one byte":                  {"bytes=0-0", "", 206, 0, 1, "bytes 0-0/160000"},
		"to the end":                {"bytes=150000-", "", 206, 150_000, n, "bytes 150000-159999/160000"},
		"the last":                  {"bytes=-5", "", 206, n - 5, n, "bytes 159995-159999/160000"},
		"the last, more than all":   {"bytes=-999999", "", 200, 0, n, ""},
		"beyond the end":            {"bytes=100-999999", "", 206, 100, n, "bytes 100-159999/160000"},
		"long":                      {"bytes=7-130000", "", 206, 7, 130_001, "bytes 7-130000/160000"},
		"all":                       {"bytes=0-", "", 200, 0, n, ""},
		"this state":                {"bytes=5-6", `"v1"`, 206, 5, 7, "bytes 5-6/160000"},
		"another state":             {"bytes=5-6", `"v0"`, 200, 0, n, ""},
		"after the end":             {"bytes=160000-", "", 416, 0, 0, "bytes */160000"},
		"the last none":             {"bytes=-0", "", 416, 0, 0, "bytes */160000"},
		"several: all of it":        {"bytes=0-1,5-6", "", 200, 0, n, ""},
		"backwards: all of it":      {"bytes=9-5", "", 200, 0, n, ""},
		"another unit: all of it":   {"items=0-5", "", 200, 0, n, ""},
		"no number: all of it":      {"bytes=a-b", "", 200, 0, n, ""},
		"no dash: all of it":        {"bytes=5", "", 200, 0, n, ""},
		"a huge number: all of it":  {"bytes=9999999999999999999999-", "", 200, 0, n, ""},
		"a sign: all of it":         {"bytes=+1-5", "", 200, 0, n, ""},
		"several dashes: all of it": {"bytes=1--5", "", 200, 0, n, ""},
	} {
		t.Run(name, func(t *testing.T) {
			src := &source{Reader: bytes.NewReader(body)}
			res, got, err := serve(t, Content{Size: int64(n), ETag: `"v1"`, Headers: map[string]string{"X-Content-Type-Options": "nosniff"},
				Open: func(context.Context) (io.ReadCloser, error) { return src, nil }}, tt.spec, tt.state)
			if err != nil || res.StatusCode != tt.status || res.Header.Get("Content-Range") != tt.said {
				t.Fatalf("= %d, %q, %v, want %d, %q", res.StatusCode, res.Header.Get("Content-Range"), err, tt.status, tt.said)
			}
			if tt.status == 416 {
				return
			}
			if !bytes.Equal(got, body[tt.from:tt.to]) {
				t.Errorf("%d bytes, want those from %d to %d", len(got), tt.from, tt.to)
			}
			if res.Header.Get("ETag") != `"v1"` || res.Header.Get("Accept-Ranges") != "bytes" || res.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("headers = %v", res.Header)
			}
			if !src.closed {
				t.Error("the content was not closed")
			}
		})
	}
}

// A content without a state, or of unknown size, is sent whole.
func TestRangeOnlyWithState(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]Content{"no state": {Size: 5}, "no size": {Size: -1, ETag: `"v"`}} {
		c.Open = func(context.Context) (io.ReadCloser, error) {
			return &source{Reader: bytes.NewReader([]byte("hello"))}, nil
		}
		res, got, err := serve(t, c, "bytes=0-1", "")
		if err != nil || res.StatusCode != 200 || string(got) != "hello" || res.Header.Get("Accept-Ranges") != "" {
			t.Errorf("%s: = %d %q, %v", name, res.StatusCode, got, err)
		}
	}
}

// F11: the end of a part of damaged content is not sent.
func TestRangeOfDamaged(t *testing.T) {
	t.Parallel()
	body := bytes.Repeat([]byte("x"), 200_000)
	for _, spec := range []string{"bytes=0-9", "bytes=0-100000", "bytes=100000-"} {
		src := &source{Reader: bytes.NewReader(body), damaged: true}
		_, got, err := serve(t, Content{Size: int64(len(body)), ETag: `"v"`,
			Open: func(context.Context) (io.ReadCloser, error) { return src, nil }}, spec, "")
		if err == nil {
			t.Errorf("%s: %d bytes came through whole", spec, len(got))
		}
	}
}

// serve sends content as the server does and reads the answer.
func serve(t *testing.T, content Content, spec, state string) (*http.Response, []byte, error) {
	t.Helper()
	app := fiber.New(fiber.Config{ErrorHandler: func(c *fiber.Ctx, err error) error {
		if f := fault.Of(err); f.Kind == fault.Range {
			return c.SendStatus(fiber.StatusRequestedRangeNotSatisfiable)
		}
		return fiber.DefaultErrorHandler(c, err)
	}})
	app.Get("/", func(c *fiber.Ctx) error { return content.send(c) })
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	if spec != "" {
		req.Header.Set("Range", spec)
	}
	if state != "" {
		req.Header.Set("If-Range", state)
	}
	res, err := app.Test(req, -1)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	return res, b, err
}
