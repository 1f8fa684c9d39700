package feature

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
)

// The time a server has to write is for each piece of a file: a client that
// takes it slowly gets the whole, one that stops taking it does not.
func TestSlowClient(t *testing.T) {
	t.Parallel()
	const patience = 400 * time.Millisecond
	file := bytes.Repeat([]byte("年度总结"), 2<<20) // 24 MiB: far more than what the kernel keeps for a connection
	closed := make(chan struct{}, 2)
	address := listen(t, fiber.Config{WriteTimeout: patience, DisableStartupMessage: true}, Content{
		Size: int64(len(file)),
		Open: func(context.Context) (io.ReadCloser, error) { return &noted{bytes.NewReader(file), closed}, nil },
	})
	t.Run("slow", func(t *testing.T) {
		res := fetch(t, address)
		began, sum, pace := time.Now(), sha256.New(), time.NewTicker(3*patience/48)
		defer pace.Stop()
		for {
			n, err := io.CopyN(sum, res.Body, 1<<19)
			if errors.Is(err, io.EOF) && n == 0 {
				break
			}
			if err != nil && !errors.Is(err, io.EOF) {
				t.Fatalf("after %v: %v", time.Since(began), err)
			}
			<-pace.C
		}
		if took := time.Since(began); took < 2*patience {
			t.Errorf("it took %v: no test of patience", took)
		}
		if want := sha256.Sum256(file); !bytes.Equal(sum.Sum(nil), want[:]) {
			t.Error("not the file")
		}
		<-closed
	})
	t.Run("stopped", func(t *testing.T) {
		res := fetch(t, address)
		<-closed // the server has given up, though we have not
		if _, err := io.Copy(io.Discard, res.Body); err == nil {
			t.Error("the whole came through")
		}
	})
}

// noted says when it is closed.
type noted struct {
	*bytes.Reader
	closed chan struct{}
}

func (n *noted) Close() error {
	n.closed <- struct{}{}
	return nil
}

func (n *noted) WriteTo(io.Writer) (int64, error) { return 0, fmt.Errorf("not by way of the reader") }

// listen serves content on loopback and returns its address.
func listen(t *testing.T, config fiber.Config, content Content) string {
	t.Helper()
	app := fiber.New(config)
	app.Get("/", func(c *fiber.Ctx) error { return content.send(c) })
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- app.Listener(ln) }()
	t.Cleanup(func() {
		if err := app.ShutdownWithTimeout(5 * time.Second); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "http://" + ln.Addr().String()
}

// fetch asks for a file over a connection that holds little of it.
func fetch(t *testing.T, address string) *http.Response {
	t.Helper()
	tr := &http.Transport{DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, to)
		if err == nil {
			err = c.(*net.TCPConn).SetReadBuffer(64 << 10)
		}
		return c, err
	}}
	t.Cleanup(tr.CloseIdleConnections)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Client{Transport: tr}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}
