package torture

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// modules are the attacks of wapiti that are made on a parameter, each for so
// long at most.
const (
	modules    = "sql,blindsql,xss,permanentxss,exec,file,crlf,redirect,ssrf,xxe"
	eachModule = 3 * time.Minute
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
		"--max-attack-time", fmt.Sprint(eachModule.Seconds()), "-t", "8", "--endpoint", srv.URL+"/", "--flush-session", "--no-bugreport", "-v", "0",
		"--store-session", filepath.Join(dir, "session"), "--store-config", filepath.Join(dir, "config"), "-f", "json", "-o", report)
	said := speak(t, cmd, filepath.Join(dir, "said"))
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
		h.behind.ServeHTTP(w, r)
		return
	}
	h.mu.Unlock()
}
