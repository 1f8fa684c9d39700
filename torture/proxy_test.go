package torture

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// A gateway stands between the people and the server and does what a network
// or a careless server would.
type gateway struct {
	to      string
	loses   bool // every third answer to a write
	hurries bool // mutant: says that an item is published before asking whether it is
	writes  atomic.Int64
	lost    atomic.Int64
}

// open returns the address at which the gateway stands.
func (g *gateway) open(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(g)
	t.Cleanup(s.Close)
	return s.URL
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	out, err := http.NewRequest(r.Method, g.to+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	out.Header, out.GetBody = r.Header.Clone(), nil
	out.Header.Del("Connection")
	if g.hurries && strings.HasSuffix(r.URL.Path, "/publish") {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"state":"published"}`) // the mutant does not look
		go func() {
			if res, err := client.Do(out); err == nil {
				_ = res.Body.Close()
			}
		}()
		return
	}
	res, err := client.Do(out)
	if err != nil {
		panic(http.ErrAbortHandler) // the connection breaks for the client as it did for us
	}
	defer func() { _ = res.Body.Close() }()
	if g.loses && r.Method != http.MethodGet && g.writes.Add(1)%3 == 0 {
		g.lost.Add(1)
		panic(http.ErrAbortHandler) // it is done, and nobody hears of it
	}
	for k, v := range res.Header {
		w.Header()[k] = v
	}
	w.WriteHeader(res.StatusCode)
	_, _ = io.Copy(w, res.Body)
}
