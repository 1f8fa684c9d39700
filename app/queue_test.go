package app_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/app"
	"hetu/feature"
	"hetu/rbac"
)

type knocking struct {
	Waits bool `json:"waits"`
}

// threshold is a feature with a door that some stand in until they may go on,
// and a card beside it.
func threshold(name string, in chan<- string, goes <-chan struct{}) feature.Feature {
	return feature.Feature{Name: name, Routes: []feature.Route{
		feature.POST("/"+name+"/in", rbac.Anyone, feature.Door(func(_ context.Context, _ feature.Deps, _ *feature.Client, k knocking) (echo, error) {
			if k.Waits {
				in <- name
				<-goes
			}
			return echo{N: 1}, nil
		})),
		feature.GET("/"+name+"/card", rbac.Anyone, feature.Look(func(context.Context, feature.Deps, *feature.Client, feature.None) (echo, error) {
			return echo{N: 1}, nil
		})),
	}}
}

// DO-05: only so many of those who are nobody yet are worked on at a time, the
// rest are told when to come back; who is in, who only looks, who comes in by
// another house and who comes in by the operators' door do not notice.
func TestQueueAtTheDoor(t *testing.T) {
	t.Parallel()
	in, goes := make(chan string), make(chan struct{})
	s := probeSite(t, func(p *app.Parts) {
		p.Door, p.OpDoor = &app.Turns{Most: 1, Patience: time.Second}, &app.Turns{Most: 1, Patience: time.Second}
		p.Features = append(p.Features, threshold("house", in, goes), threshold("identity", in, goes), threshold("console", in, goes))
	})
	const waits, not = `{"waits":true}`, `{"waits":false}`
	inside := make(chan int)
	for _, name := range []string{"house", "console"} {
		go func() {
			res, _ := s.do(t, call{call: "POST /api/" + name + "/in", body: waits})
			inside <- res.StatusCode
		}()
		if got := <-in; got != name {
			t.Fatalf("in at %s, want %s", got, name)
		}
		res, _ := s.do(t, call{call: "POST /api/" + name + "/in", body: not, status: 429, contains: `"org.busy"`})
		if after := res.Header.Get("Retry-After"); after != "2" {
			t.Errorf("come back after %q", after)
		}
	}
	for _, c := range []call{
		{call: "GET /api/house/card", status: 200},
		{call: "POST /api/identity/in", body: not, status: 200},
		{as: "member", call: "GET /api/probe/things", status: 200},
		{as: "writer", call: "POST /api/probe/things", body: `{"code":"in"}`, status: 200},
	} {
		s.do(t, c)
	}
	close(goes)
	for range 2 {
		if status := <-inside; status != 200 {
			t.Errorf("who was in = %d", status)
		}
	}
	s.do(t, call{call: "POST /api/house/in", body: not, status: 200})
	s.do(t, call{call: "POST /api/console/in", body: not, status: 200})
}

// DO-02: who knocks slowly keeps no place at the door.
func TestSlowKnockKeepsNoPlace(t *testing.T) {
	t.Parallel()
	s := probeSite(t, func(p *app.Parts) {
		p.Door, p.Bodies = &app.Turns{Most: 1, Patience: time.Second}, &app.Turns{Most: 1, Waiting: 1, Patience: time.Second}
		p.Features = append(p.Features, threshold("house", nil, nil))
	})
	address := s.listen(t)
	long := `{"waits":false` + strings.Repeat(" ", 20000) + "}"
	head := fmt.Sprintf("POST /api/house/in HTTP/1.1\r\nHost: hetu.test\r\nContent-Type: application/json\r\nIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n", uuid.NewString(), len(long))
	knock := func(body string) (int, string) {
		req, err := http.NewRequest("POST", "http://"+address+"/api/house/in", strings.NewReader(body))
		must(t, err)
		req.Host = "hetu.test"
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", uuid.NewString())
		res, err := client.Do(req)
		must(t, err)
		defer func() { _ = res.Body.Close() }()
		b, err := io.ReadAll(res.Body)
		must(t, err)
		return res.StatusCode, string(b)
	}
	slow, err := net.Dial("tcp", address)
	must(t, err)
	defer func() { _ = slow.Close() }()
	_, err = io.WriteString(slow, head+long[:10000])
	must(t, err)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	status, body := 0, ""
	for end := time.Now().Add(10 * time.Second); status != 503 && time.Now().Before(end); <-tick.C {
		status, body = knock(long) // until the slow one is being read
	}
	if status != 503 || !strings.Contains(body, "request.busy") {
		t.Fatalf("another long body from the same address = %d %s", status, body)
	}
	if status, body := knock(`{"waits":false}`); status != 200 {
		t.Errorf("while somebody knocks slowly = %d %s", status, body)
	}
}
