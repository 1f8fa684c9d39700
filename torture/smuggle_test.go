package torture

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A disguise is what goes over a connection: bytes in which a request is
// hidden, and how many answers may come.
type disguise struct {
	name, raw string
	most      int // answers; the hidden request must not be among them
}

// A smuggler knows the requests it wraps.
type smuggler struct {
	host, cookie, csrf, slug string
}

const sign = `"idle_minutes"` // stands in the answer to the hidden request only

// hidden is a request nobody may get an answer to.
func (s smuggler) hidden() string {
	return "GET /api/org/me HTTP/1.1\r\nHost: " + s.host + "\r\nCookie: " + s.cookie + "\r\n\r\n"
}

// line is the first line and the host of an open request that succeeds.
func (s smuggler) line(method, path string) string {
	return method + " " + path + " HTTP/1.1\r\nHost: " + s.host + "\r\n"
}

func (s smuggler) get() string  { return s.line("GET", "/livez") }
func (s smuggler) card() string { return s.line("GET", "/api/org/tenants/"+s.slug) }

// post is one that succeeds, whatever its body is, as long as it is JSON.
func (s smuggler) post() string {
	return s.line("POST", "/api/message/notices/read-all") + "Cookie: " + s.cookie + "\r\nX-CSRF-Token: " + s.csrf +
		"\r\nContent-Type: application/json\r\nIdempotency-Key: " + random() + "\r\n"
}

func chunk(body string) string { return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body) }
func length(n int) string      { return fmt.Sprintf("Content-Length: %d\r\n", n) }

// known are the disguises that servers and proxies have been taken in by.
func (s smuggler) known() []disguise {
	hid := s.hidden()
	ended := "0\r\n\r\n"
	long := strings.Repeat("x", 8192)
	ds := []disguise{
		{"CL.0: a body nobody reads", s.get() + length(len(hid)) + "\r\n" + hid, 1},
		{"CL.0: a long body nobody reads", s.get() + length(len(long)+len(hid)) + "\r\n" + long + hid, 1},
		{"CL.0: a card with a long body", s.card() + length(len(long)+len(hid)) + "\r\n" + long + hid, 1},
		{"CL.0: a page with a long body", s.line("GET", "/sign-in") + length(len(long)+len(hid)) + "\r\n" + long + hid, 1},
		{"CL.0: HEAD", s.line("HEAD", "/livez") + length(len(long)+len(hid)) + "\r\n" + long + hid, 1},
		{"CL.0: chunks nobody reads", s.get() + "Transfer-Encoding: chunked\r\n\r\n" + chunk(hid), 1},
		{"CL.0: a route that is none", s.line("GET", "/api/none") + length(len(long)+len(hid)) + "\r\n" + long + hid, 1},
		{"CL.0: a body in another's place", s.line("OPTIONS", "/livez") + length(len(long)+len(hid)) + "\r\n" + long + hid, 1},
		{"TE with a length, which says all", s.post() + length(len(ended)+len(hid)) + "Transfer-Encoding: chunked\r\n\r\n" + ended + hid, 1},
		{"a length with TE, in that order", s.post() + "Transfer-Encoding: chunked\r\n" + length(len(ended)+len(hid)) + "\r\n" + ended + hid, 1},
		{"TE.CL: chunks longer than the length", s.post() + length(4) + "Transfer-Encoding: chunked\r\n\r\n" + chunk(hid), 1},
		{"CL.TE on a request nobody reads", s.get() + length(len(ended)+len(hid)) + "Transfer-Encoding: chunked\r\n\r\n" + ended + hid, 1},
		{"two lengths", s.post() + length(2) + length(2+len(hid)) + "\r\n{}" + hid, 1},
		{"two equal lengths", s.post() + length(2+len(hid)) + length(2+len(hid)) + "\r\n{}" + hid, 1},
		{"a list of lengths", s.post() + fmt.Sprintf("Content-Length: 2, %d\r\n", 2+len(hid)) + "\r\n{}" + hid, 1},
		{"two hosts", s.get() + "Host: evil.test\r\n\r\n" + hid, 1},
		{"an oversized header", s.get() + "X-Long: " + strings.Repeat("x", 60000) + "\r\n\r\n" + hid, 1},
		{"ten thousand headers", s.get() + strings.Repeat("X-A: b\r\n", 10000) + "\r\n" + hid, 1},
		{"after an error: a body left", s.line("POST", "/api/publish/items") + "Content-Type: application/json\r\n" + length(len(long)+len(hid)) + "\r\n" + long + hid, 1},
		{"after an error: a body refused", s.post() + "Content-Encoding: gzip\r\n" + length(len(long)+len(hid)) + "\r\n" + long + hid, 1},
		{"after an error: too long a body", s.post() + length(64<<20) + "\r\n" + long + hid, 1},
		{"after an error: chunks left", s.line("POST", "/api/publish/items") + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(hid), 1},
		{"after an error: broken chunks", s.post() + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n" + hid, 1},
		{"HTTP/1.0, kept alive, in chunks", strings.Replace(s.post(), "HTTP/1.1", "HTTP/1.0", 1) + "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + ended + hid, 1},
		{"HTTP/1.0 that is not kept", strings.Replace(s.get(), "HTTP/1.1", "HTTP/1.0", 1) + "\r\n" + hid, 1},
		{"HTTP/0.9", "GET /livez\r\n\r\n" + hid, 1},
		{"an upgrade", s.get() + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n" + length(len(long)+len(hid)) + "\r\n" + long + hid, 1},
		{"a body that waits to be asked for", s.get() + "Expect: 100-continue\r\n" + length(len(long)+len(hid)) + "\r\n" + long + hid, 2},
	}
	for _, head := range []string{s.post(), s.get()} {
		for _, te := range codings {
			ds = append(ds, disguise{fmt.Sprintf("TE %q", te), head + length(len(ended)+len(hid)) + te + "\r\n" + ended + hid, 1},
				disguise{fmt.Sprintf("TE %q alone", te), head + te + "\r\n" + ended + hid, 2})
		}
		for _, cl := range []string{"Content-Length: +%d\r\n", "Content-Length: -%d\r\n", "Content-Length: 0x%x\r\n", "Content-Length: %d.0\r\n", "Content-Length : %d\r\n",
			"Content-Length:\r\n %d\r\n", "Content-Length: %d\n", "Content_Length: %d\r\nContent-Length: x\r\n", " Content-Length: %d\r\n", "X: y\r\n Content-Length: %d\r\n",
			"X: y\nContent-Length: %d\r\n", "Content-Length: \v%d\r\n", "Content-Length: %d\x00\r\n"} {
			ds = append(ds, disguise{fmt.Sprintf("CL %q", cl), head + fmt.Sprintf(cl, len(long)+len(hid)) + "\r\n" + long + hid, 1})
		}
	}
	for _, body := range []string{"2;a=b\n{}\r\n0\r\n\r\n", "2;a\r\n{}\r\n0;\n\r\n", "2;\n{}\n0\n\n", "0x2\r\n{}\r\n0\r\n\r\n", "+2\r\n{}\r\n0\r\n\r\n",
		"2\n{}\n0\n\n", "2\r\n{}0\r\n\r\n", "2\r\n{}XX0\r\n\r\n", "10000000000000002\r\n{}\r\n0\r\n\r\n", "2\r\n{}\r\n0\r\nHost: evil.test\r\nContent-Length: 9\r\n"} {
		ds = append(ds, disguise{fmt.Sprintf("chunks %q", body), s.post() + "Transfer-Encoding: chunked\r\n\r\n" + body + hid, 1})
	}
	return ds
}

// codings are Transfer-Encoding lines that not everybody reads as the same.
var codings = []string{
	"Transfer-Encoding : chunked\r\n", "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: identity, chunked\r\n",
	"Transfer-Encoding: identity\r\n", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
	"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", "Transfer-Encoding:\r\n chunked\r\n",
	"Transfer-Encoding: \vchunked\r\n", "Transfer-Encoding: chunked\v\r\n", "Transfer-Encoding: \"chunked\"\r\n",
	"Transfer-Encoding: gzip, chunked\r\n", "Transfer_Encoding: chunked\r\n", "X: y\nTransfer-Encoding: chunked\r\n", "X: y\r\n Transfer-Encoding: chunked\r\n",
	"X: y\rTransfer-Encoding: chunked\r\n", "\x00Transfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\n", "Transfer-Encoding\r\n: chunked\r\n", "Transfer-Encoding: chun\x00ked\r\n",
}

// over sends bytes and returns all that comes back until the other side ends or
// nothing more comes.
func over(address string, raw []byte) (string, error) {
	c, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(15 * time.Second))
	go func() {
		_, _ = c.Write(raw) // the other side may have heard enough
		_ = c.(*net.TCPConn).CloseWrite()
	}()
	answer, _ := io.ReadAll(c) // a reset is as good as an end
	return string(answer), nil
}

// answers counts the answers in what came back.
func answers(said, method string) (n int) {
	r := bufio.NewReader(strings.NewReader(said))
	for {
		res, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			return n
		}
		n++
		_, _ = io.Copy(io.Discard, res.Body)
		method = http.MethodGet
	}
}

// try says what is wrong with how a disguise was answered; nothing if nothing is.
func (d disguise) try(address string) string {
	said, err := over(address, []byte(d.raw))
	method, _, _ := strings.Cut(d.raw, " ")
	switch n := answers(said, method); {
	case err != nil:
		return err.Error()
	case strings.Contains(said, sign):
		return fmt.Sprintf("the hidden request was answered: %.200s", said)
	case n > d.most:
		return fmt.Sprintf("%d answers, at most %d may come: %.200s", n, d.most, said)
	}
	return ""
}

// TestSmuggledRequests hides a request in the body, the framing or the headers
// of another, in every way that servers and proxies have been taken in by and in
// random ones. Whoever stands before the server may see one request where it
// sees two: then the second would be somebody else's (AN-11, DO-03).
func TestSmuggledRequests(t *testing.T) {
	srv := serve(t)
	h := settle(t, srv.base)
	s := smuggler{"127.0.0.1:" + srv.port, h.writer.cookie, h.writer.csrf, h.slug}
	if said, err := over(s.host, []byte(s.hidden())); err != nil || !strings.Contains(said, sign) {
		t.Fatalf("the hidden request alone = %v %s", err, said)
	}
	if said, err := over(s.host, []byte(s.post()+length(2)+"\r\n{}"+s.hidden())); err != nil || answers(said, "POST") != 2 {
		t.Fatalf("two requests that mean well = %v %s", err, said)
	}
	for _, d := range s.known() {
		if what := d.try(s.host); what != "" {
			t.Errorf("%s: %s", d.name, what)
		}
	}
	lax := relaxed(t)
	caught := 0
	for _, d := range s.known() {
		if d.try(lax) != "" {
			caught++
		}
	}
	if caught < 20 {
		t.Errorf("a server that reads no bodies was caught %d times: the drill sees nothing", caught)
	}
	n := size(150, 20000)
	for range n {
		raw := s.random()
		if what := (disguise{raw: raw, most: 1}).try(s.host); what != "" {
			t.Errorf("%.300q: %s", raw, what)
		}
	}
	s.targets(t)
	t.Logf("%d known disguises and %d random ones; the lax server was caught by %d", len(s.known()), n, caught)
}

// random hides the request where one of two readings of the framing finds it,
// or plainly in the body.
func (s smuggler) random() string {
	pick := func(from ...string) string { return from[rand.IntN(len(from))] }
	hid, ended := s.hidden(), "0\r\n\r\n"
	pad := strings.Repeat("x", rand.IntN(3)*rand.IntN(9000))
	head := pick(s.get(), s.card(), s.post(), s.line("GET", "/"), s.line("HEAD", "/livez"), s.line("POST", "/api/org/sign-in"), s.line("DELETE", "/api/org/sessions/"+random()))
	for range rand.IntN(3) {
		head += pick("X-A: b\r\n", "Connection: keep-alive\r\n", "Connection: close, Content-Length\r\n", "Accept: */*\r\n", "TE: trailers\r\n", "Trailer: Host\r\n", "X:\r\n", "Pragma: \t x \r\n")
	}
	switch rand.IntN(4) {
	case 0:
		return head + length(len(pad)+len(hid)) + "\r\n" + pad + hid
	case 1:
		return head + "Transfer-Encoding: chunked\r\n\r\n" + chunk(pad+hid)
	case 2:
		te := pick(codings...)
		if rand.IntN(2) == 0 {
			te = "Transfer-Encoding: chunked\r\n"
		}
		return head + te + length(len(ended)+len(hid)) + "\r\n" + ended + hid
	}
	te := []byte("Transfer-Encoding: chunked\r\n")
	te[rand.IntN(len(te))] = byte(rand.IntN(256)) //nolint:gosec // any byte
	if bytes.EqualFold(te, []byte("Transfer-Encoding: chunked\r\n")) {
		te = []byte(codings[0])
	}
	return head + string(te) + length(len(ended)+len(hid)) + "\r\n" + ended + hid
}

// targets names two hosts in one request: the target's and the header's. Whoever
// stands before the server may go by the other one.
func (s smuggler) targets(t *testing.T) {
	t.Helper()
	path := "/api/org/tenants/" + s.slug
	for target, want := range map[string]string{
		path: " 200 ", "http://" + s.host + path: " 200 ", "http://evil.test" + path: " 404 ", "https://evil.test:443" + path: " 404 ",
		"http://" + s.host + "@evil.test" + path: " 404 ", "//evil.test" + path: " 404 ", "http://evil.test#@" + s.host + path: " 404 ",
	} {
		said, err := over(s.host, []byte(s.line("GET", target)+"\r\n"))
		if first, _, _ := strings.Cut(said, "\r\n"); err != nil || !strings.Contains(first+" ", want) && (want != " 404 " || !strings.Contains(first, " 422 ")) {
			t.Errorf("GET %s = %v %s, want%s", target, err, first, want)
		}
	}
	for _, host := range []string{"evil.test", s.host + "@evil.test", s.host + ".evil.test", "evil.test, " + s.host, s.host + "/", ""} {
		for _, target := range []string{path, "http://" + s.host + path} {
			said, err := over(s.host, []byte("GET "+target+" HTTP/1.1\r\nHost: "+host+"\r\n\r\n"))
			if err != nil || strings.Contains(said, " 200 ") {
				t.Errorf("GET %s of %q = %v %.500s", target, host, err, said)
			}
		}
	}
}

// relaxed is the mutant: a server that reads no bodies and takes every line
// that looks like one for the first of a request.
func relaxed(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { must(t, ln.Close()) })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				said := ""
				for lines := bufio.NewScanner(c); lines.Scan(); {
					line := strings.TrimSuffix(lines.Text(), "\r")
					switch {
					case strings.Contains(line, "GET /api/org/me HTTP/1."):
						said = sign
					case strings.Contains(line, " HTTP/1."):
						said = "well"
					case line == "" && said != "":
						_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(said), said)
						said = ""
					}
				}
			}()
		}
	}()
	return ln.Addr().String()
}
