package app_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/org/factor"
	"hetu/org/identity/identitytest"
	"hetu/tenant/tenanttest"
)

// whys are why sign-ins by a provider failed in a tenant, as its audit has them.
func whys(t *testing.T, u unit, provider string) map[string]bool {
	t.Helper()
	rows, err := tenanttest.Admin(t).Query(`
		select distinct detail ->> 'why' from audit_entries
		 where tenant_id = $1 and action = 'org.sign_in_failed' and detail ->> 'provider' = $2`, u.id, provider)
	must(t, err)
	defer func() { must(t, rows.Close()) }()
	all := map[string]bool{}
	for rows.Next() {
		var why string
		must(t, rows.Scan(&why))
		all[why] = true
	}
	must(t, rows.Err())
	return all
}

// TestAN07MixedTenants (TI-02): two tenants have one provider between them, as
// those of a group do, and are one client of it. What it says to one of them is
// of no use at the other.
func TestAN07MixedTenants(t *testing.T) {
	t.Parallel()
	w, other := bureaus(t, factor.Off)
	i := identitytest.NewIssuer(t, returns)
	const name = "集团统一认证"
	ofA, ofB := provided(t, w.a, i, name), provided(t, w.b, i, name)
	links(t, w.a.plain, i, ofA, "u-1")
	links(t, w.b.plain, i, ofB, "u-1") // the same person there
	toA := fields{"tenant": w.a.slug, "provider": ofA}
	toB := fields{"tenant": w.b.slug, "provider": ofB}

	browserOf(w).fails(t, "POST "+goesOut, fields{"tenant": w.a.slug, "provider": ofB}, 404, "identity.provider_not_found")
	browserOf(w).fails(t, "POST "+goesOut, fields{"tenant": w.b.slug, "provider": ofA}, 404, "identity.provider_not_found")
	mixed := []struct {
		what, code string
		try        func(a, b traveller) (traveller, url.Values)
	}{
		{"one's way with all that the other brings", "identity.begin_again", func(a, b traveller) (traveller, url.Values) {
			return a, i.Recognise(t, b.url, "u-1", nil)
		}},
		{"one's way and state with the other's code", "identity.refused", func(a, b traveller) (traveller, url.Values) {
			back := i.Recognise(t, a.url, "u-1", nil)
			back.Set("code", i.Recognise(t, b.url, "u-1", nil).Get("code"))
			return a, back
		}},
		{"somebody only the other has linked", "identity.no_member", func(a, _ traveller) (traveller, url.Values) {
			return a, i.Recognise(t, a.url, "u-2", nil)
		}},
	}
	links(t, w.b.chief, i, ofB, "u-2")
	for _, m := range mixed {
		v, back := m.try(sets(t, browserOf(w), goesOut, toA), sets(t, browserOf(w), goesOut, toB))
		v.wants(t, other, comesIn, back, 401, m.code)
	}
	// A link that one has begun is not finished by the other, signed in or not.
	v := sets(t, w.b.chief, "/api/identity/mine/begin", fields{"provider": ofB, "own_password": password})
	back := i.Recognise(t, v.url, "u-3", nil)
	v.person = w.a.chief
	v.wants(t, w.base, "/api/identity/mine/finish", back, 409, "identity.begin_again")

	for _, at := range []struct {
		to   fields
		unit unit
	}{{toA, w.a}, {toB, w.b}} {
		v := sets(t, browserOf(w), goesOut, at.to)
		me := string(v.wants(t, other, comesIn, i.Recognise(t, v.url, "u-1", nil), 200, ""))
		if !strings.Contains(me, at.unit.plain.member.String()) || !strings.Contains(me, at.unit.slug) {
			t.Errorf("in came %s", me)
		}
	}
	if said := whys(t, w.a, name); !said["state"] || !said["code"] || !said["identity.no_member"] {
		t.Errorf("the audit says %v", said)
	}
}

// aged is the way of a browser as it would be had it set out so long ago.
func (v traveller) aged(t *testing.T, w *world, by time.Duration) traveller {
	t.Helper()
	name, value, _ := strings.Cut(v.way, "=")
	sealed, err := base64.RawURLEncoding.DecodeString(value)
	must(t, err)
	body, err := w.key.Open(sealed, "identity/voyage")
	must(t, err)
	var way map[string]any
	must(t, json.Unmarshal(body, &way))
	until, err := time.Parse(time.RFC3339, fmt.Sprint(way["u"]))
	must(t, err)
	way["u"] = until.Add(-by)
	body, err = json.Marshal(way)
	must(t, err)
	sealed, err = w.key.Seal(body, "identity/voyage")
	must(t, err)
	v.way = name + "=" + base64.RawURLEncoding.EncodeToString(sealed)
	return v
}

// TestAN07Replays: what was good once, or a while ago, is good no more; and of
// many who bring the same at the same time one comes in.
func TestAN07Replays(t *testing.T) {
	t.Parallel()
	w, other := bureaus(t, factor.Off)
	i := identitytest.NewIssuer(t, returns)
	const name = "统一认证"
	id := provided(t, w.a, i, name)
	links(t, w.a.plain, i, id, "u-1")
	begin := fields{"tenant": w.a.slug, "provider": id}

	var nonce any
	i.Lie = func(c identitytest.Claims) string { // an ID token of earlier, shown again
		if nonce == nil {
			nonce = c["nonce"]
		}
		c["nonce"] = nonce
		return "RS256"
	}
	v := sets(t, browserOf(w), goesOut, begin)
	v.wants(t, w.base, comesIn, i.Recognise(t, v.url, "u-1", nil), 200, "")
	v = sets(t, browserOf(w), goesOut, begin)
	v.wants(t, w.base, comesIn, i.Recognise(t, v.url, "u-1", nil), 401, "identity.refused")
	i.Lie = nil

	v = sets(t, browserOf(w), goesOut, begin) // guessing at the state uses the way up
	back := i.Recognise(t, v.url, "u-1", nil)
	v.wants(t, w.base, comesIn, url.Values{"state": {strings.Repeat("0", 64)}, "code": back["code"]}, 401, "identity.begin_again")
	v.wants(t, other, comesIn, back, 401, "identity.begin_again")

	v = sets(t, browserOf(w), goesOut, begin)
	back = i.Recognise(t, v.url, "u-1", nil)
	v.aged(t, w, 11*time.Minute).wants(t, w.base, comesIn, back, 401, "identity.begin_again")
	v = sets(t, browserOf(w), goesOut, begin)
	v.aged(t, w, 9*time.Minute).wants(t, w.base, comesIn, i.Recognise(t, v.url, "u-1", nil), 200, "")

	v = sets(t, browserOf(w), goesOut, begin)
	back = i.Recognise(t, v.url, "u-1", nil)
	var all sync.WaitGroup
	in := make(chan int, 16)
	for n := range cap(in) {
		all.Go(func() {
			res, _ := v.brings(t, []string{w.base, other}[n%2], comesIn, back)
			in <- res.StatusCode
		})
	}
	all.Wait()
	close(in)
	got := map[int]int{}
	for status := range in {
		got[status]++
	}
	if got[200] != 1 || got[401] != cap(in)-1 {
		t.Errorf("of %d at once came %v", cap(in), got)
	}
	if said := whys(t, w.a, name); !said["nonce"] || !said["state"] || !said["used_before"] || !said["too_late"] {
		t.Errorf("the audit says %v", said)
	}
}

// TestAN07Return: where the browser comes back to is the installation's own
// address, whatever a request says; nobody is sent on from there by the server.
func TestAN07Return(t *testing.T) {
	t.Parallel()
	w, _ := bureaus(t, factor.Off)
	i := identitytest.NewIssuer(t, returns)
	id := provided(t, w.a, i, "统一认证")
	links(t, w.a.plain, i, id, "u-1")
	const evil = "evil.example"
	begin := fields{"tenant": w.a.slug, "provider": id}
	for _, field := range []string{"redirect_uri", "next", "return_to"} {
		browserOf(w).fails(t, "POST "+goesOut, fields{"tenant": w.a.slug, "provider": id, field: "https://" + evil}, 422, "request.unknown_field")
		browserOf(w).fails(t, "POST "+comesIn, fields{"state": "x", "code": "y", field: "https://" + evil}, 422, "request.unknown_field")
	}
	res, body := browserOf(w).send(t, "POST", goesOut, begin, map[string]string{"X-Forwarded-Host": evil, "X-Forwarded-Proto": "https",
		"X-Original-Host": evil, "Forwarded": "host=" + evil, "Referer": "https://" + evil + "/", "X-Forwarded-Prefix": "//" + evil})
	var to struct{ URL string }
	must(t, json.Unmarshal(body, &to))
	if res.StatusCode != 200 || strings.Contains(to.URL, evil) {
		t.Fatalf("through a proxy that lies: %d %s", res.StatusCode, body)
	}
	v := traveller{browserOf(w), cookieOf(t, res, "__Host-hetu-way"), to.URL}
	back := i.Recognise(t, v.url, "u-1", nil) // fails for another redirect_uri, with whatever suffix
	back.Set("next", "https://"+evil)
	answer, in := v.brings(t, w.base, comesIn, back)
	if answer.StatusCode != 200 || answer.Header.Get("Location") != "" || strings.Contains(string(in), evil) {
		t.Errorf("in by it: %d %v %s", answer.StatusCode, answer.Header, in)
	}
	req, err := http.NewRequest("POST", w.base+goesOut, strings.NewReader("{}"))
	must(t, err)
	req.Host = evil
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", uuid.NewString())
	under, err := client.Do(req)
	must(t, err)
	must(t, under.Body.Close())
	if under.StatusCode != 404 {
		t.Errorf("under another's name the server answers %d, want 404", under.StatusCode)
	}
}
