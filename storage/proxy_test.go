package storage_test

import (
	"bytes"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"hetu/storage"
	"hetu/storage/storagetest"
)

// A proxy stands between us and the store, and can do what networks do.
type proxy struct {
	*httptest.Server
	requests atomic.Int64
	change   atomic.Pointer[func([]byte) []byte] // what happens to an answer
	cut      atomic.Int64                        // cut requests after so many bytes; 0: never
	mute     atomic.Pointer[chan struct{}]       // hold every request until closed
}

func newProxy(t *testing.T, to storagetest.Server) *proxy {
	target := &url.URL{Scheme: "http", Host: to.Endpoint}
	p := &proxy{}
	forward := &httputil.ReverseProxy{
		ErrorLog: log.New(io.Discard, "", 0), // it tells of what we do to it
		// The signature covers the host, so it stays as it came.
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host },
		ModifyResponse: func(r *http.Response) error {
			if f := p.change.Load(); f != nil && r.Request.Method == http.MethodGet {
				b, err := io.ReadAll(r.Body)
				if err != nil {
					return err
				}
				r.Body = io.NopCloser(bytes.NewReader((*f)(b)))
			}
			return nil
		},
	}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.requests.Add(1)
		if hold := p.mute.Load(); hold != nil {
			<-*hold
		}
		if n := p.cut.Load(); n > 0 && r.Method == http.MethodPut {
			r.Body = io.NopCloser(io.MultiReader(io.LimitReader(r.Body, n), hangup{w}))
		}
		forward.ServeHTTP(w, r)
	}))
	p.Config.ErrorLog = forward.ErrorLog
	p.Start()
	t.Cleanup(p.Close)
	return p
}

// hangup closes the client's connection when it is read.
type hangup struct{ w http.ResponseWriter }

func (h hangup) Read([]byte) (int, error) {
	conn, _, err := http.NewResponseController(h.w).Hijack()
	if err != nil {
		return 0, err
	}
	conn.Close() //nolint:errcheck // a test is over
	return 0, errors.New("cut")
}

func (p *proxy) config(c storage.Config) storage.Config {
	c.Endpoint = strings.TrimPrefix(p.URL, "http://")
	return c
}
