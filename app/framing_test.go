package app_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/app"
)

// A framed request is bytes on a connection, and what the server makes of them.
type framed struct {
	name, raw string
	status    int
	code      string // what the refusal is called
	goes      bool   // the connection serves the next request too
}

const following = "GET /livez HTTP/1.1\r\nHost: hetu.test\r\nX-Is: next\r\n\r\n"

// exchanged sends the bytes and another request after them, and returns all the
// answers with what they say.
func exchanged(t *testing.T, address, raw string) (answers []*http.Response, bodies []string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	must(t, err)
	defer func() { _ = c.Close() }()
	must(t, c.SetDeadline(time.Now().Add(20*time.Second)))
	go func() {
		_, _ = io.WriteString(c, raw+following) // the server may have heard enough
		_ = c.(*net.TCPConn).CloseWrite()
	}()
	for in := bufio.NewReader(c); ; {
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return answers, bodies // the end, or a reset, which is as good
		}
		b, err := io.ReadAll(res.Body)
		must(t, err)
		must(t, res.Body.Close())
		answers, bodies = append(answers, res), append(bodies, string(b))
	}
}

// padded is a body of more than the server reads before it asks anybody.
func padded(code string) string {
	return fmt.Sprintf(`{"code":%q%s}`, code, strings.Repeat(" ", 20000))
}

func sized(body string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body) }

func chunks(body string) string { return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body) }

// framings are what is taken, what is refused, and what is answered on a
// connection that then ends.
func framings() []framed {
	get := func(target, host string) string { return "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" }
	send := func(call, kind string) string {
		return call + " HTTP/1.1\r\nHost: hetu.test\r\nCookie: __Host-hetu=writer\r\nX-CSRF-Token: c\r\nContent-Type: " + kind + "\r\nIdempotency-Key: " + uuid.NewString() + "\r\n"
	}
	post := func() string { return send("POST /api/probe/things", "application/json") }
	put := func() string { return send("PUT /api/probe/bytes", "application/octet-stream") }
	const small, live, inChunks, refused = `{"code":"small"}`, "/livez", "Transfer-Encoding: chunked\r\n", "request.framing"
	long := strings.Repeat("x", 20000)
	return []framed{
		{"no body", get(live, "hetu.test") + "\r\n", 200, "", true},
		{"the same host in both places", get("http://HETU.test"+live, "hetu.test") + "\r\n", 200, "", true},
		{"a body of a length", post() + sized(`{"code":"one"}`), 200, "", true},
		{"a long body", post() + sized(padded("two")), 200, "", true},
		{"a body in chunks", post() + inChunks + "\r\n" + chunks(`{"code":"three"}`), 200, "", true},
		{"a long body in chunks", post() + "transfer-encoding:  CHUNKED \r\n\r\n" + chunks(padded("four")), 200, "", true},
		{"bytes that are all read", put() + sized(long), 200, "", true},
		{"bytes in chunks that are all read", put() + inChunks + "\r\n" + chunks(long), 200, "", true},

		{"a line that ends with LF alone", get(live, "hetu.test") + "X-A: b\nX-B: c\r\n\r\n", 422, refused, false},
		{"a line that goes on in the next", get(live, "hetu.test") + "X-A: b\r\n c\r\n\r\n", 422, refused, false},
		{"a line that goes on after a tab", get(live, "hetu.test") + "X-A: b\r\n\tc\r\n\r\n", 422, refused, false},
		{"a length and chunks", post() + inChunks + sized("0\r\n\r\n"), 422, refused, false},
		{"chunks of chunks", post() + "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunks(small), 422, "request.malformed", false},
		{"chunks twice", post() + inChunks + inChunks + "\r\n" + chunks(small), 422, refused, false},
		{"chunks before there were any", strings.Replace(post(), "HTTP/1.1", "HTTP/1.0", 1) + inChunks + "\r\n" + chunks(small), 422, refused, false},
		{"a target of another host", get("http://evil.test"+live, "hetu.test") + "\r\n", 422, refused, false},
		{"a host of another target", get("http://hetu.test"+live, "evil.test") + "\r\n", 422, refused, false},
		{"a host with a name before it", get(live, "evil@hetu.test") + "\r\n", 422, refused, false},
		{"a host with a path", get(live, "hetu.test/x") + "\r\n", 422, "request.malformed", false},
		{"two hosts in a line", get(live, "hetu.test,evil.test") + "\r\n", 422, refused, false},

		{"a long body nobody reads", get(live, "hetu.test") + sized(long), 200, "", false},
		{"chunks nobody reads", get(live, "hetu.test") + inChunks + "\r\n" + chunks(long), 200, "", false},
		{"a long body of nobody", strings.Replace(post(), "=writer", "=nobody", 1) + sized(padded("five")), 401, "tenant.no_actor", false},
		{"a long body to nowhere", send("POST /api/none", "application/json") + sized(padded("six")), 404, "request.no_such_route", false},
		{"bytes that are too many", put() + sized(strings.Repeat("x", 4<<20+1)), 413, "request.too_large", false},
	}
}

// AN-11, DO-03: what two readers may take for different requests is refused and
// ends the connection, and so does an answer to what was not read to its end;
// all the others may follow one another.
func TestFraming(t *testing.T) {
	t.Parallel()
	address := probeSite(t).listen(t)
	for _, f := range framings() {
		answers, bodies := exchanged(t, address, f.raw)
		if len(answers) == 0 || answers[0].StatusCode != f.status || !strings.Contains(bodies[0], f.code) {
			t.Errorf("%s: answered %v %.300q, want %d %s", f.name, answers, bodies, f.status, f.code)
			continue
		}
		if goes := len(answers) == 2 && bodies[1] == "ok"; goes != f.goes || goes == answers[0].Close || len(answers) > 2 {
			t.Errorf("%s: %d answers, the first closes: %v; want the next request answered: %v", f.name, len(answers), answers[0].Close, f.goes)
		}
	}
}

// A sender sends long bodies to a site where each member may send one at a time
// and each tenant has one turn.
type sender struct {
	site
	address string
	n       int
}

// long sends one that comes at once, and returns what is answered.
func (s *sender) long(t *testing.T, as string) (int, string) {
	t.Helper()
	s.n++
	res, body := s.do(t, call{as: as, call: "POST /api/probe/things", body: padded(fmt.Sprint("whole", s.n))})
	return res.StatusCode, body
}

// until sends them until one is answered so.
func (s *sender) until(t *testing.T, status int) (body string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	got := 0
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); <-tick.C {
		if got, body = s.long(t, "writer"); got == status {
			return body
		}
	}
	t.Fatalf("a long body = %d %s, want %d", got, body, status)
	return ""
}

// begin sends the first half of one.
func (s *sender) begin(t *testing.T, body string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.address)
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	must(t, c.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = fmt.Fprintf(c, "POST /api/probe/things HTTP/1.1\r\nHost: hetu.test\r\nCookie: __Host-hetu=writer\r\nX-CSRF-Token: c\r\nContent-Type: application/json\r\n"+
		"Idempotency-Key: %s\r\nContent-Length: %d\r\n\r\n%s", uuid.NewString(), len(body), body[:len(body)/2])
	must(t, err)
	return c
}

// DO-02: who sends a body slowly keeps no turn from anybody meanwhile, and
// sends only so many at a time; what was sent to its end is worked on.
func TestSlowBodiesKeepNoTurn(t *testing.T) {
	t.Parallel()
	s := &sender{site: probeSite(t, func(p *app.Parts) {
		p.Requests = &app.Turns{Most: 1, Waiting: 8, Patience: time.Second}
		p.Bodies = &app.Turns{Most: 1, Waiting: 1, Patience: time.Second}
	})}
	s.address = s.listen(t)
	body := padded("slow")
	slow := s.begin(t, body)
	if said := s.until(t, 503); !strings.Contains(said, "request.busy") || !strings.Contains(said, `"retry_after":1`) {
		t.Errorf("one long body more than at a time = %s", said)
	}
	octets := map[string]string{"Content-Type": "application/octet-stream"}
	for _, c := range []call{
		{as: "member", call: "GET /api/probe/things", status: 200, contains: `"n":`},           // a colleague reads
		{as: "member", call: "POST /api/probe/things", body: padded("mine"), status: 403},      // whose long body is read, and then denied
		{as: "writer", call: "POST /api/probe/things", body: `{"code":"short"}`, status: 200},  // oneself, in short
		{as: "writer", call: "PUT /api/probe/bytes", body: body, headers: octets, status: 200}, // or in bytes
	} {
		s.do(t, c)
	}
	_, err := io.WriteString(slow, body[len(body)/2:])
	must(t, err)
	res, err := http.ReadResponse(bufio.NewReader(slow), nil)
	must(t, err)
	must(t, res.Body.Close())
	if res.StatusCode != 200 {
		t.Errorf("sent slowly, but to its end = %d", res.StatusCode)
	}
	s.until(t, 200)

	broken := s.begin(t, body)
	s.until(t, 503)
	must(t, broken.Close())
	s.until(t, 200) // who breaks off keeps nothing
}
