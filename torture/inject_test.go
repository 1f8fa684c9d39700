package torture

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hetu/tenant/tenanttest"
)

// stage opens a server with one of everything in it, and a stand before all of
// its places; classes alone keeps one place of each class.
func stage(t *testing.T, classes bool) (*stand, string) {
	t.Helper()
	srv := serve(t, "HETU_PROXIES=127.0.0.1")
	h := settle(t, srv.base)
	operator := operate(t, srv.base)
	l := list(t)
	th := l.furnish(t, h, operator)
	s := &stand{base: srv.base, holes: doors(t), enter: func() (*person, *person) {
		h.mend(t)
		return h.enter(t, srv.base, "writer"), operate(t, srv.base)
	}}
	seen, all := map[string]bool{}, 0
	for _, r := range l.routes() {
		if disruptive[r.String()] {
			continue
		}
		for _, p := range l.places(r, th) {
			all++
			if c := p.class(); !classes || !seen[c] {
				seen[c] = true
				s.places = append(s.places, p)
			}
		}
	}
	s.places = append(s.places, headers(th)...)
	t.Logf("%d routes, %d places, %d of them tried; %d things made, %d known", len(l.routes()), all, len(s.places), th.made, len(th.ids))
	if all < 1000 {
		t.Errorf("only %d places: it proves nothing", all)
	}
	return s, s.open(t)
}

// mend opens the house again to whom an attack has shut out, as is its right: by
// passwords that are wrong, by rules for passwords.
func (h *house) mend(t *testing.T) {
	t.Helper()
	for _, q := range []string{
		`update platform.accounts set failures = 0, locked_until = null, must_change = false, password_at = now()
		  where id in (select account_id from platform.memberships where tenant_id = $1)`,
		`update members set state = 'active' where tenant_id = $1 and login = 'writer'`,
		`delete from password_rules where tenant_id = $1`,
	} {
		_, err := tenanttest.Admin(t).Exec(q, h.id)
		must(t, err)
	}
}

// headers are the places in what is read of the headers.
func headers(th *things) (ps []place) {
	read := route{method: http.MethodGet, path: "/api/publish/items"}
	write := route{method: http.MethodPost, path: "/api/message/notices/read-all"}
	for _, name := range []string{"Cookie", "User-Agent", "X-Forwarded-For", "Accept-Language", "If-None-Match", "Referer", "Authorization", "Range"} {
		ps = append(ps, place{read, "header", name, "string", "x", read.path + "?view=all", ""})
	}
	for _, name := range []string{"Idempotency-Key", "X-CSRF-Token"} {
		ps = append(ps, place{write, "header", name, "string", "x1234567", write.path, "{}"})
	}
	card := route{method: http.MethodGet, path: "/api/org/tenants/{slug}"}
	return append(ps, place{card, "path", "slug", "string", th.slug, "/api/org/tenants/" + mark, ""})
}

// An answer is what a prober sees.
type answer struct {
	status int
	body   string
	took   time.Duration
}

// A prober asks a place for its opinion of a text.
type prober func(text string) answer

const pause = 700 * time.Millisecond // that a database is asked to sleep

// sqlSaid is what only a database says.
var sqlSaid = regexp.MustCompile(`pq: |SQLSTATE|syntax error at|unterminated quoted|invalid input syntax|hetu_app|pg_catalog`)

// probe says what is wrong with a place; nothing if nothing is. What is found
// must be found twice.
func probe(ask prober, good string) string {
	if what := once(ask, good); what != "" {
		return once(ask, good)
	}
	return ""
}

func once(ask prober, good string) string {
	quote := ask(good + "'")
	if quote.status >= 500 && quote.status != http.StatusServiceUnavailable || sqlSaid.MatchString(quote.body) {
		return fmt.Sprintf("a quote is answered %d %.200s", quote.status, quote.body)
	}
	if said := ask(good + `"\`); sqlSaid.MatchString(said.body) {
		return fmt.Sprintf("a backslash is answered %d %.200s", said.status, said.body)
	}
	plain := ask(good)
	for _, pair := range [][2]string{{"' and '1'='1", "' and '1'='2"}, {" and 1=1", " and 1=2"}} {
		yes, no := ask(good+pair[0]), ask(good+pair[1])
		if yes.same(plain) && !no.same(plain) && ask(good+pair[0]).same(plain) {
			return fmt.Sprintf("%q is as good as nothing, %q is not", pair[0], pair[1])
		}
	}
	for _, wait := range []string{"'||(select pg_sleep(%g)::text)||'", "';select pg_sleep(%g)--", "(select 1 from pg_sleep(%g))"} {
		if a := ask(good + fmt.Sprintf(wait, pause.Seconds())); a.took >= pause && ask(good).took < pause/2 {
			return fmt.Sprintf("%q made it wait %v", wait, a.took)
		}
	}
	return ""
}

func (a answer) same(b answer) bool { return a.status == b.status && a.body == b.body }

// TestInjection puts what ends a literal, what is true or false and what makes a
// database wait into places of all the requests there are: a few in `make
// test`, each of them in `make torture`. The leaks must be found (IN-01, TI-08).
func TestInjection(t *testing.T) {
	s, at := stage(t, false)
	for path := range wholes {
		if probe(hole(t, at, path), "") == "" {
			t.Errorf("%s is open, and nothing was found", path)
		}
	}
	rand.Shuffle(len(s.places), func(i, j int) { s.places[i], s.places[j] = s.places[j], s.places[i] })
	s.survey(t, s.places[:size(100, len(s.places))])
	until := time.Now().Add(time.Duration(size(4, 3600)) * time.Second)
	tried := 0
	for _, p := range s.places {
		if time.Now().After(until) {
			break
		}
		tried++
		if what := probe(s.ask(t, p), p.good); what != "" {
			t.Errorf("%s: %s", p, what)
		}
	}
	s.judge(t)
	t.Logf("%d of %d places; %s", tried, len(s.places), s.figures())
	if tried < 20 {
		t.Errorf("only %d places: it proves nothing", tried)
	}
}

// ask is the prober of a place.
func (s *stand) ask(t *testing.T, p place) prober {
	return func(text string) answer {
		began := time.Now()
		status, _, body, err := s.put(t.Context(), p, text)
		if err != nil {
			return answer{} // no client could send that
		}
		return answer{status, stamp.ReplaceAllString(string(body), ""), time.Since(began)}
	}
}

// stamp is what differs in each answer of something made.
var stamp = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.+Z-]+`)

// hole is the prober of an open door.
func hole(t *testing.T, at, path string) prober {
	to, good, _ := strings.Cut(path, "=")
	return func(text string) answer {
		began := time.Now()
		res, err := client.Get(at + to + "=" + url.QueryEscape(good+text))
		must(t, err)
		body, err := io.ReadAll(res.Body)
		must(t, err)
		must(t, res.Body.Close())
		return answer{res.StatusCode, string(body), time.Since(began)}
	}
}
