package torture

import (
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// modules are the attacks of wapiti that are made on a parameter, each for so
// long at most. What takes longer than patience is taken for a database that
// sleeps: it must be less than the five seconds after which ours is woken.
const (
	modules    = "sql,blindsql,xss,permanentxss,exec,file,crlf,redirect,ssrf,xxe"
	eachModule = 8 * time.Minute
	patience   = 3 * time.Second
)

// TestWapiti lets wapiti loose on one place of each class where any text may
// stand. It must find what is open on purpose, and nothing else (IN-01).
func TestWapiti(t *testing.T) {
	if !whole {
		return // TestInjection does, without a foreign tool
	}
	program := foreign(t, "wapiti")
	s, _ := stage(t, true)
	seen := map[string]bool{}
	s.places = slices.DeleteFunc(s.places, func(p place) bool {
		class := strings.Join([]string{p.part(), p.in, p.name}, " ")
		was := seen[class]
		seen[class] = true
		return was || p.kind != "string"
	})
	began := time.Now()
	holes := []string{"/hole/error/?v=1", "/hole/time/?v=1", "/hole/script/?v=1", "/hole/file/?v=1", "/hole/command/?v=1", "/hole/elsewhere/?v=1", "/hole/line/?v=1", "/hole/fetch/?v=1", "/hole/entity/?v=1"}
	found := wapiti(t, program, holes, doors(t))
	for _, hole := range holes {
		if path, _, _ := strings.Cut(hole, "?"); !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, path) }) {
			t.Errorf("%s is open, and was not found: %v", path, found)
		}
	}
	t.Logf("control: %v", found)
	var links []string
	for i, p := range s.places {
		links = append(links, s.address(i)+url.QueryEscape(p.good))
	}
	rand.Shuffle(len(links), func(i, j int) { links[i], links[j] = links[j], links[i] }) // if time is short, it is not always the same who are left out
	found = wapiti(t, program, links, s)
	for _, f := range found {
		t.Errorf("wapiti found %s", f)
	}
	s.judge(t)
	t.Logf("wapiti: %d places in %v, %d findings; %s", len(s.places), time.Since(began).Round(time.Second), len(found), s.figures())
}

// wapiti lets it loose on the links of one page and returns what it found, each
// with where.
func wapiti(t *testing.T, program string, links []string, behind http.Handler) (found []string) {
	t.Helper()
	home := &homepage{links: links, behind: behind, calls: map[string]map[string][]fields{}}
	srv := httptest.NewServer(home)
	defer srv.Close()
	dir, err := os.MkdirTemp(ground.dir, "wapiti-")
	must(t, err)
	report := filepath.Join(dir, "report.json")
	cmd := exec.Command(program, "-u", srv.URL+"/", "-m", modules, "--scope", "domain", "-d", "1", "--max-links-per-page", "100000", "-S", "paranoid",
		"--max-attack-time", fmt.Sprint(eachModule.Seconds()), "-t", fmt.Sprint(patience.Seconds()), "--endpoint", srv.URL+"/", "--flush-session", "--no-bugreport", "-v", "1",
		"--store-session", filepath.Join(dir, "session"), "--store-config", filepath.Join(dir, "config"), "-f", "json", "-o", report)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	said := speak(t, cmd, filepath.Join(dir, "said"))
	t.Logf("pages by module: %s", reach(said))
	b, err := os.ReadFile(report)
	if err != nil {
		t.Fatalf("wapiti wrote no report: %v: %s", err, tail(said))
	}
	var r struct {
		Vulnerabilities, Anomalies map[string][]struct{ Path, Parameter, Info string }
	}
	must(t, json.Unmarshal(b, &r))
	for _, of := range []map[string][]struct{ Path, Parameter, Info string }{r.Vulnerabilities, r.Anomalies} {
		for kind, rows := range of {
			for _, row := range rows {
				found = append(found, kind+": "+row.Path+" "+row.Info)
			}
		}
	}
	if n := home.visits(); n < len(links) {
		t.Errorf("wapiti followed %d of %d links: %s", n, len(links), tail(said))
	}
	return found
}

// reach says how many pages each module got through, and which ran out of time.
func reach(said string) string {
	var parts []string
	for _, part := range strings.Split(said, "Launching module ")[1:] {
		name, _, _ := strings.Cut(part, "\n")
		if n := strings.Count(part, "\n[+] "); n > 0 { // some do not say
			name += fmt.Sprint(" ", n)
		}
		if strings.Contains(part, "Max attack time was reached") {
			name += " (out of time)"
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, ", ")
}

// meant is what wapiti means by a text. It escapes a line break twice, and has
// PostgreSQL sleep where there must be something true or false: as they are,
// neither would find a hole.
func meant(text string) string {
	if once, err := url.QueryUnescape(text); err == nil && strings.Contains(text, "%0D%0A") {
		text = once
	}
	return sleeps.ReplaceAllString(text, "$0 is null")
}

var sleeps = regexp.MustCompile(`\bpg_sleep\(\d+\)`)

// A homepage leads to what is to be attacked, and is where whoever can be made
// to call somebody calls.
type homepage struct {
	links  []string
	behind http.Handler

	mu    sync.Mutex
	seen  map[string]bool
	calls map[string]map[string][]fields // by the number of a page and a parameter
}

func (h *homepage) visits() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.seen)
}

func (h *homepage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	part := strings.Split(r.URL.Path, "/")
	switch {
	case r.URL.Path == "/":
		w.Header().Set("Content-Type", "text/html")
		for _, l := range h.links {
			_, _ = fmt.Fprintf(w, "<a href=\"%s\">here</a>\n", html.EscapeString(l))
		}
	case part[1] == "ssrf" && len(part) > 4:
		if h.calls[part[3]] == nil {
			h.calls[part[3]] = map[string][]fields{}
		}
		h.calls[part[3]][part[4]] = append(h.calls[part[3]][part[4]], fields{"url": r.URL.String(), "date": "2026-01-01", "ip": "127.0.0.1", "method": r.Method, "size": 0})
	case part[1] == "get_ssrf.php":
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(h.calls)
	case part[1] == "get_xxe.php":
		_, _ = w.Write([]byte("{}")) // what is read out is read out at once
	default:
		if h.seen == nil {
			h.seen = map[string]bool{}
		}
		h.seen[r.URL.Path] = true
		h.mu.Unlock()
		q := r.URL.Query()
		q.Set("v", meant(q.Get("v")))
		r.URL.RawQuery = q.Encode()
		h.behind.ServeHTTP(w, r)
		return
	}
	h.mu.Unlock()
}
