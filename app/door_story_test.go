package app_test

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"hetu/app"
	"hetu/console"
	"hetu/feature"
	"hetu/tenant/tenanttest"
)

// behind starts a node that stands behind a proxy on this machine, which tells
// it where requests come from.
func behind(t *testing.T, tl app.Tools) string {
	t.Helper()
	srv, err := app.NewServer(app.Parts{
		Deps:  feature.Deps{DB: tenanttest.DB(t), Operators: tenanttest.Operators(t)},
		Guard: tl.Guard, Members: tl.Sessions, Operators: tl.Operators, Features: app.Features(tl),
		Hosts: []string{"127.0.0.1"}, Proxies: []string{"127.0.0.0/8", "10.9.8.7"}, Version: "test", Ready: tenanttest.DB(t).Ping,
	})
	must(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	go func() { _ = srv.Listener(ln) }()
	t.Cleanup(func() { _ = srv.ShutdownWithTimeout(time.Second) })
	return "http://" + ln.Addr().String()
}

// somewhere returns an address of documentation that no other test has.
func somewhere() string {
	var b [4]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("2001:db8:%x:%x::7", uint16(b[0])<<8|uint16(b[1]), uint16(b[2])<<8|uint16(b[3]))
}

// TestSprayedFromOneAddress holds AN-03 on two nodes: one password tried on many
// accounts is refused after a while with a time to wait, on both nodes and at
// both doors; a client that writes addresses of its own before that of the
// proxy changes nothing by it; elsewhere nobody notices.
func TestSprayedFromOneAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := &person{base: behind(t, tools(t)), name: "sprayer"}, &person{base: behind(t, tools(t)), name: "sprayer"}
	ip := somewhere()
	guess := func(p *person, i int, from string) (int, string, string) {
		res, body := p.send(t, "POST", "/api/org/sign-in", fields{"tenant": w.a.slug, "login": fmt.Sprintf("clerk%d", i), "password": "Spring-2026"},
			map[string]string{"X-Forwarded-For": from})
		return res.StatusCode, res.Header.Get("Retry-After"), string(body)
	}
	refused := 0
	for i := 0; refused == 0 && i < 100; i++ {
		p := []*person{one, two}[i%2]
		status, wait, body := guess(p, i, "198.51.100."+strconv.Itoa(i)+", "+ip+", 10.9.8.7") // as a chain of two proxies says it
		if status == 429 {
			refused = i
			if n, err := strconv.Atoi(wait); err != nil || n < 1 || n > 10 || !strings.Contains(body, `"org.address_refused"`) {
				t.Errorf("refused with Retry-After %q: %s", wait, body)
			}
		}
	}
	if refused < 55 {
		t.Fatalf("refused after %d guesses, want some sixty", refused)
	}
	right := fields{"tenant": w.a.slug, "login": "plain", "password": password}
	for name, tt := range map[string]struct {
		path, from string
		in         fields
		want       int
	}{
		"the right password, there":         {"/api/org/sign-in", ip, right, 429},
		"with an address of one's own":      {"/api/org/sign-in", "198.51.100.9, " + ip, right, 429},
		"with nonsense":                     {"/api/org/sign-in", "x, " + ip, right, 429},
		"at the operators' door":            {"/api/console/sign-in", ip, fields{"login": "nobody-at-all", "password": password}, 429},
		"from elsewhere":                    {"/api/org/sign-in", somewhere(), right, 200},
		"the address only in front of ours": {"/api/org/sign-in", ip + ", " + somewhere(), right, 200},
	} {
		p := &person{base: two.base, name: name}
		if res, body := p.send(t, "POST", tt.path, tt.in, map[string]string{"X-Forwarded-For": tt.from}); res.StatusCode != tt.want {
			t.Errorf("%s = %d %s, want %d", name, res.StatusCode, body, tt.want)
		}
	}
	w.alarmed(t, ip)
}

// alarmed holds that those who read the audit of the unit, and nobody else, find
// one notice of the address that is refused, which leads to the entry (AN-03).
func (w *world) alarmed(t *testing.T, ip string) {
	t.Helper()
	network := netip.PrefixFrom(netip.MustParseAddr(ip), 64).Masked().String()
	for p, want := range map[*person]int{w.a.chief: 1, w.a.second: 1, w.a.plain: 0, w.a.admin: 0, w.b.chief: 0, w.hq.chief: 0} {
		var alarms []any
		for _, n := range at(t, p.does(t, "GET /api/message/notices?limit=200", nil), "items").([]any) {
			if text(t, n, "code") == "org.alarm" {
				alarms = append(alarms, n)
			}
		}
		if len(alarms) != want {
			t.Fatalf("%s has %d alarms, want %d", p.name, len(alarms), want)
		}
		for _, n := range alarms {
			if text(t, n, "params", "address") != network || text(t, n, "href") != "/audit?action=org.alarm" || at(t, n, "read_at") != nil {
				t.Errorf("%s is told %v, want of %s", p.name, n, network)
			}
		}
	}
	if got := at(t, w.a.chief.does(t, "GET /api/audit/entries?action=org.alarm", nil), "items").([]any); len(got) != 1 {
		t.Errorf("the notice leads to %d entries, want 1", len(got))
	}
}

// TestOperatorSignsInAnew: the operator's browser has one session, the last
// (AN-01), and a member's session in the same browser is left alone.
func TestOperatorSignsInAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	login := "op" + random()[24:]
	must(t, console.CreateOperator(t.Context(), tenanttest.Operators(t), login, "运维员", password))
	door := fields{"login": login, "password": password}
	first := &person{base: w.base, name: "operator"}
	first.enter(t, "/api/console/sign-in", door)
	first.does(t, "GET /api/console/me", nil)
	second := &person{base: w.base, name: "operator", cookie: first.cookie + "; " + w.a.plain.cookie}
	second.enter(t, "/api/console/sign-in", door)
	second.does(t, "GET /api/console/me", nil)
	w.a.plain.does(t, "GET /api/org/me", nil)
	first.fails(t, "GET /api/console/me", nil, 401, "tenant.no_actor")
}
