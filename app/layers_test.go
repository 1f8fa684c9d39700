package app_test

import (
	"go/build"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rings are the packages of the module, innermost first. A package imports only
// from rings inside its own.
var rings = [][]string{
	{"fault"},
	{"tenant"},
	{"migrate"},
	{"rbac", "storage", "job", "vault"},
	{"feature"},
	{"org", "calendar", "message", "audit", "wordcheck", "preview"},
	{"approval", "attachment", "exchange", "progress"}, // what people submit things to
	{"office"},
	{"portal", "assess", "console", "relocation"},
	{"deploy", "web"},
	{"app"},
	{"demo", "bench", "torture"},
	{"cmd"},
}

// only says which packages may import a library: everybody else goes through them.
var only = map[string][]string{
	"github.com/gofiber/fiber":   {"feature", "app", "bench"},
	"github.com/casbin/":         {"rbac"},
	"github.com/lib/pq":          {"tenant", "migrate", "deploy", "bench"},
	"github.com/jmoiron/sqlx":    {"tenant", "migrate", "bench"},
	"github.com/minio/":          {"storage"},
	"github.com/riverqueue/":     {"job", "migrate"},
	"github.com/danielgtaylor/":  {"feature"},
	"github.com/valyala/":        {"feature", "app", "bench"},
	"github.com/prometheus/":     {"app"},
	"github.com/alexedwards/":    {"org"},
	"github.com/go-webauthn/":    {"org"},
	"github.com/pquerna/":        {"org"},
	"github.com/coreos/":         {"org"},
	"github.com/go-ldap/":        {"org"},
	"golang.org/x/oauth2":        {"org"},
	"github.com/xuri/":           {"assess", "console", "feature", "wordcheck", "preview", "org"},
	"github.com/signintech/":     {"assess"},
	"github.com/microcosm-cc/":   {"office"},
	"github.com/gabriel-vasile/": {"storage"},
}

func TestLayers(t *testing.T) {
	t.Parallel()
	ring := func(pkg string) int {
		top, _, _ := strings.Cut(pkg, "/")
		i := slices.IndexFunc(rings, func(r []string) bool { return slices.Contains(r, top) })
		if i < 0 {
			t.Errorf("%s stands in no ring", pkg)
		}
		return i
	}
	each(t, func(dir string, p *build.Package) {
		from, _, _ := strings.Cut(dir, "/")
		for _, imp := range p.Imports {
			if imp == "database/sql" && !slices.Contains([]string{"tenant", "migrate", "job", "deploy", "bench", "org"}, from) {
				t.Errorf("%s imports %s: statements run in transactions of tenant", dir, imp)
			}
			for lib, users := range only {
				if strings.HasPrefix(imp, lib) && !slices.Contains(users, from) {
					t.Errorf("%s imports %s, which is for %v", dir, imp, users)
				}
			}
			to, ok := strings.CutPrefix(imp, "hetu/")
			if !ok {
				continue
			}
			if top, _, _ := strings.Cut(to, "/"); top == from && from != "office" {
				continue
			}
			if ring(to) >= ring(dir) && to != dir {
				t.Errorf("%s imports %s, which is not inside its ring", dir, to)
			}
		}
	})
}

// TestOnlyJobOpensTheTransaction holds that Tx.Std is used by the queue alone.
func TestOnlyJobOpensTheTransaction(t *testing.T) {
	t.Parallel()
	each(t, func(dir string, p *build.Package) {
		for _, f := range p.GoFiles {
			body, err := os.ReadFile(filepath.Join("..", dir, f))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(body), ".Std()") && dir != "job" && dir != "tenant" {
				t.Errorf("%s/%s takes a transaction out of its tenant", dir, f)
			}
		}
	})
}

// TestSizes holds that a file is read in one go and a package says what it is for.
func TestSizes(t *testing.T) {
	t.Parallel()
	each(t, func(dir string, p *build.Package) {
		if p.Doc == "" {
			t.Errorf("%s does not say what it is for", dir)
		}
		for _, f := range p.GoFiles {
			body, err := os.ReadFile(filepath.Join("..", dir, f))
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(body), "\n"); n > 400 {
				t.Errorf("%s/%s has %d lines", dir, f, n)
			}
		}
	})
}

func each(t *testing.T, fn func(dir string, p *build.Package)) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(".."), ".", func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if strings.HasPrefix(d.Name(), ".") && dir != "." || d.Name() == "node_modules" || d.Name() == "data" || d.Name() == "testdata" {
			return fs.SkipDir
		}
		p, err := build.Default.ImportDir(filepath.Join("..", dir), build.ImportComment)
		if err != nil {
			return nil // no Go files
		}
		fn(dir, p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
