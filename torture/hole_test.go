package torture

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"hetu/tenant/tenanttest"
)

// leaks are the handlers that are open on purpose, to the very database that the
// product works on: whoever attacks must find each of them, or has shown
// nothing about the product. They run as the application's role, which sees no
// row of anybody without a tenant.
func leaks(t *testing.T) http.Handler {
	t.Helper()
	db, err := sql.Open("postgres", tenanttest.URL(t, "hetu_app"))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	const names = `(values (1, '汛情'), (2, '旱情')) as c(id, name)`
	mux := http.NewServeMux()
	mux.HandleFunc("/hole/boolean/", func(w http.ResponseWriter, r *http.Request) {
		var n int
		if db.QueryRow(`select count(*) from `+names+` where name = '`+r.FormValue("v")+`'`).Scan(&n) != nil || n == 0 {
			_, _ = io.WriteString(w, "nothing")
			return
		}
		_, _ = io.WriteString(w, "there it is, and this is what it says")
	})
	mux.HandleFunc("/hole/error/", func(w http.ResponseWriter, r *http.Request) {
		if _, err := db.Exec(`select from ` + names + ` where name = '` + r.FormValue("v") + `'`); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(w, "well")
	})
	mux.HandleFunc("/hole/time/", func(w http.ResponseWriter, r *http.Request) { // several statements in one, and nothing is said
		_, _ = db.Exec(`select from ` + names + ` where name = '` + r.FormValue("v") + `'`)
		_, _ = io.WriteString(w, "well")
	})
	mux.HandleFunc("/hole/rows/", func(w http.ResponseWriter, r *http.Request) {
		rows, err := db.Query(`select id, name from ` + names + ` where id = ` + r.FormValue("v"))
		if err != nil {
			_, _ = io.WriteString(w, "none")
			return
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var id, name sql.NullString
			if rows.Scan(&id, &name) == nil {
				_, _ = fmt.Fprintf(w, "<li>%s %s</li>", id.String, name.String)
			}
		}
		_ = rows.Err()
	})
	return mux
}

// wholes are where each kind of leak is, and what sqlmap calls it.
var wholes = map[string]string{
	"/hole/boolean/?v=汛情": "B", "/hole/error/?v=汛情": "E", "/hole/time/?v=汛情": "S", "/hole/rows/?v=1": "U",
}

// doors are open besides: to scripts, files, commands, other servers. Nothing is
// executed here: what a shell or a parser would answer is what is answered.
func doors(t *testing.T) http.Handler {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/", leaks(t))
	mux.HandleFunc("/hole/script/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, "<html><body><p>%s</p></body></html>", r.FormValue("v"))
	})
	mux.HandleFunc("/hole/file/", func(w http.ResponseWriter, r *http.Request) {
		b, err := os.ReadFile(filepath.Join("/", strings.TrimPrefix(r.FormValue("v"), "file://")))
		if err != nil {
			b = []byte("no such file")
		}
		_, _ = w.Write(b)
	})
	mux.HandleFunc("/hole/command/", func(w http.ResponseWriter, r *http.Request) {
		if shell.MatchString(r.FormValue("v")) {
			_, _ = io.WriteString(w, "PATH=/usr/bin\nPWD=/\nHOME=/\nUSER=nobody\n")
		}
	})
	mux.HandleFunc("/hole/elsewhere/", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Location"] = []string{r.FormValue("v")}
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("/hole/line/", func(w http.ResponseWriter, r *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack() // net/http would not send it
		if err != nil {
			return
		}
		_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\nX-Name: %s\r\n\r\nwell", r.FormValue("v"))
		_ = c.Close()
	})
	mux.HandleFunc("/hole/fetch/", func(w http.ResponseWriter, r *http.Request) {
		if res, err := near.Get(r.FormValue("v")); err == nil {
			_, _ = io.Copy(w, res.Body)
			_ = res.Body.Close()
		}
	})
	mux.HandleFunc("/hole/entity/", func(w http.ResponseWriter, r *http.Request) {
		if m := entity.FindStringSubmatch(r.FormValue("v")); m != nil {
			b, _ := os.ReadFile(m[1]) // none: nothing
			_, _ = w.Write(b)
		}
	})
	return mux
}

// entity is an entity that is a file.
var entity = regexp.MustCompile(`<!ENTITY \w+ SYSTEM "file://(/[^"]+)">`)

// near fetches from this machine only.
var near = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
	if host, _, err := net.SplitHostPort(address); err != nil || host != "127.0.0.1" {
		return nil, fmt.Errorf("%s is not here", address)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}}}

// shell is a text that would have a shell run env.
var shell = regexp.MustCompile(`^[a-z]?[;&|\n` + "`" + `]+\s*env\b`)
