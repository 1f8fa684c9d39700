package torture

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A drip is a client that takes its time: it sends what it has to say, then a
// byte now and then, and reads as slowly.
type drip struct {
	name   string
	n      int
	opens  string
	bytes  string // one after the other, over and over
	reads  int    // bytes a second; none: whatever comes
	within time.Duration
}

// A trickle is a connection of a drip.
type trickle struct {
	conn   net.Conn
	began  time.Time
	closed atomic.Int64 // after how long, by the server; 0: it is not
}

// pour opens all the connections of a drip and keeps them going.
func (d drip) pour(t *testing.T, address string, stop <-chan struct{}) (ts []*trickle) {
	t.Helper()
	for range d.n {
		c, err := (&net.Dialer{Timeout: 10 * time.Second}).Dial("tcp", address)
		must(t, err)
		if d.reads > 0 {
			must(t, c.(*net.TCPConn).SetReadBuffer(4096))
		}
		tr := &trickle{conn: c, began: time.Now()}
		ts = append(ts, tr)
		_, err = io.WriteString(c, d.opens)
		must(t, err)
		go tr.read(d.reads, stop)
	}
	if d.bytes != "" {
		go d.drop(ts, stop)
	}
	return ts
}

// drop sends a byte on each connection once a second.
func (d drip) drop(ts []*trickle, stop <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		case <-tick.C:
			for _, tr := range ts {
				_, _ = io.WriteString(tr.conn, d.bytes[i%len(d.bytes):i%len(d.bytes)+1]) // closed: that is what is wanted
			}
		}
	}
}

// read reads until the server closes the connection.
func (tr *trickle) read(slowly int, stop <-chan struct{}) {
	buf := make([]byte, 4096)
	if slowly > 0 {
		buf = buf[:slowly]
	}
	for {
		_, err := tr.conn.Read(buf)
		if err != nil {
			tr.closed.Store(int64(time.Since(tr.began)))
			return
		}
		if slowly > 0 {
			select {
			case <-stop:
				return
			case <-time.After(time.Second):
			}
		}
	}
}

// TestSlowClients keeps thousands of connections busy with nearly nothing:
// headers and bodies that come a byte at a time, downloads nobody reads,
// connections on which nothing happens. Others work on as before, the server
// ends what takes too long, and keeps nothing of it (DO-02).
func TestSlowClients(t *testing.T) {
	srv := serve(t)
	h := settle(t, srv.base)
	address := "127.0.0.1:" + srv.port
	d := time.Duration(size(1, 20)) * time.Second
	file := h.large(t)
	quiet := h.feel(d)
	before, spent := srv.rests(t), srv.measure(t)
	post := func(p *person, path string) string {
		return "POST " + path + " HTTP/1.1\r\nHost: " + address + "\r\nContent-Type: application/json\r\nContent-Length: 100000\r\nIdempotency-Key: " + random() +
			"\r\nCookie: " + p.cookie + "\r\nX-CSRF-Token: " + p.csrf + "\r\n\r\n{" + strings.Repeat(" ", 9000) // what comes at once is read before anybody is asked
	}
	drips := []drip{
		{"idle", size(100, 2000), "", "", 0, 15 * time.Second},
		{"slow headers", size(50, 500), "GET /livez HTTP/1.1\r\nHost: " + address + "\r\nX-Slow: ", "x", 0, 15 * time.Second},
		{"slow lines", size(20, 200), "GET /livez HTTP/1.1\r\nHost: " + address + "\r\n", "X: y\r\n", 0, 15 * time.Second},
		{"slow bodies of nobody", size(20, 200), post(&person{}, "/api/org/sign-in"), " ", 0, 20 * time.Second},
		{"slow bodies of somebody", size(20, 200), post(h.second, "/api/publish/items"), " ", 0, 40 * time.Second},
		{"slow readers of a file", size(10, 60), "GET " + file + " HTTP/1.1\r\nHost: " + address + "\r\nCookie: " + h.second.cookie + "\r\n\r\n", "", 200, 0},
		{"slow readers of pages", size(10, 60), strings.Repeat("GET /api/publish/items?view=all&limit=200 HTTP/1.1\r\nHost: "+address+"\r\nCookie: "+h.second.cookie+"\r\n\r\n", 50), "", 100, 0},
	}
	stop := make(chan struct{})
	all := map[string][]*trickle{}
	for _, dr := range drips {
		all[dr.name] = dr.pour(t, address, stop)
	}
	t.Logf("at the height of it %d goroutines", srv.gauge(t, "go_goroutines"))
	loud := h.feel(d * 3)
	loud.bears(t, quiet)
	t.Logf("%d MiB more than before", spent.grown(t)>>20)
	if spent.grown(t) > 384<<20 {
		t.Errorf("the server grew by %d MiB", spent.grown(t)>>20)
	}
	for _, dr := range drips {
		dr.ended(t, all[dr.name])
	}
	close(stop)
	for _, ts := range all {
		for _, tr := range ts {
			_ = tr.conn.Close()
		}
	}
	srv.recovers(t, before)
}

// ended fails unless the server has closed the connections in time. A minute is
// long in `make test`: there nobody waits.
func (d drip) ended(t *testing.T, ts []*trickle) {
	t.Helper()
	open, last := 0, time.Duration(0)
	for _, tr := range ts {
		after := time.Duration(tr.closed.Load())
		if after == 0 {
			open++
		}
		last = max(last, after)
	}
	t.Logf("%s: %d connections, %d still open, the last closed after %v", d.name, len(ts), open, last.Round(time.Millisecond))
	if whole && d.within > 0 && (open > 0 || last > d.within) {
		t.Errorf("%s: %d still open, the last closed after %v, want within %v", d.name, open, last, d.within)
	}
}

// large is the address of a file of some megabytes that second may read.
func (h *house) large(t *testing.T) string {
	t.Helper()
	item := h.writer.does(t, "POST /api/publish/items", fields{"column_id": h.column, "kind": "news", "title": "大附件", "body_html": "<p>文</p>"})["id"].(string)
	noise := io.LimitReader(rand.NewChaCha8([32]byte{2}), 12<<20)
	body := archive(t, part{"[Content_Types].xml", strings.NewReader("<Types/>")}, part{"word/document.xml", strings.NewReader("<w:document/>")}, part{"word/media/noise", noise})
	status, said := h.writer.bring(t, "大.docx", body)
	if status != http.StatusOK {
		t.Fatalf("a large file = %d %s", status, said)
	}
	var up struct{ ID string }
	must(t, json.Unmarshal([]byte(said), &up))
	made := h.writer.does(t, "POST /api/publish/items/"+item+"/attachments", fields{"upload_id": up.ID, "name": "大附件", "summary": "附"})
	list := made["attachments"].([]any)
	path := fmt.Sprintf("/api/publish/items/%s/attachments/%s/content", item, list[len(list)-1].(map[string]any)["id"])
	res, got, err := h.second.once("GET", path, random(), nil)
	if err != nil || res.StatusCode != http.StatusOK || !bytes.Equal(got, body) {
		t.Fatalf("GET %s = %v %d, %d bytes", path, err, res.StatusCode, len(got))
	}
	return path
}
