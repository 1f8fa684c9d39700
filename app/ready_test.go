package app_test

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hetu/app"
)

// However many want to know at the same moment, what the server depends on is
// asked once (DO-05).
func TestReadyIsAskedOnce(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	again := make(chan struct{}, 100)
	srv, err := app.NewServer(app.Parts{Version: "test", Hosts: []string{"hetu.test"}, Ready: func(context.Context) error {
		if asked.Add(1) > 1 {
			again <- struct{}{}
			return nil
		}
		select {
		case <-again: // somebody else asks, too
		case <-time.After(300 * time.Millisecond):
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			req, err := http.NewRequest(http.MethodGet, "http://hetu.test/readyz", http.NoBody)
			if err != nil {
				t.Error(err)
				return
			}
			res, err := srv.Test(req, -1)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = res.Body.Close() }()
			if res.StatusCode != 200 {
				t.Errorf("it answers %d", res.StatusCode)
			}
		})
	}
	all.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
}
