package migrate_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	_ "github.com/lib/pq"

	"hetu/migrate"
)

// empty makes a database of its own and returns its address.
func empty(t *testing.T, name string) string {
	t.Helper()
	u, err := url.Parse(os.Getenv("HETU_TEST_ADMIN_URL"))
	if err != nil || u.Host == "" {
		t.Fatal(`HETU_TEST_ADMIN_URL is not set: run the tests with "make test"`)
	}
	admin, err := sql.Open("postgres", u.String())
	if err != nil {
		t.Fatal(err)
	}
	drop := fmt.Sprintf("drop database if exists %s with (force)", name)
	for _, s := range []string{drop, "create database " + name} {
		if _, err := admin.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _, _ = admin.Exec(drop); _ = admin.Close() })
	u.Path = "/" + name
	return u.String()
}

func line(sql string) migrate.Line {
	return migrate.Line{Name: "x", Files: fstest.MapFS{"migrations/0001_x.sql": {Data: []byte("-- +goose Up\n" + sql)}}}
}

const table = `create table things (tenant_id uuid not null default app_tenant(), id uuid not null,
	constraint things_pkey primary key (tenant_id, id)); call confine('things');`

var roles = migrate.Roles{App: "hetu-test", Operator: "hetu-test", Backup: "hetu-test"}

func TestUpByThreeNodesAtOnce(t *testing.T) {
	t.Parallel()
	addr := empty(t, "hetu_test_migrate_three")
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := migrate.Up(t.Context(), addr, roles, line(table)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	db, err := sql.Open("postgres", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var n int
	if err := db.QueryRow(`select count(*) from migrations.x where version_id = 1`).Scan(&n); err != nil || n != 1 {
		t.Errorf("the file was applied %d times (%v), want once (OP-03)", n, err)
	}
}

func TestUpHasLongTextsCompressedFast(t *testing.T) {
	t.Parallel()
	addr := empty(t, "hetu_test_migrate_squeeze")
	if err := migrate.Up(t.Context(), addr, roles); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("postgres", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var best, is string
	err = db.QueryRow(`select case when 'lz4' = any (enumvals) then 'lz4' else 'pglz' end, setting from pg_settings where name = 'default_toast_compression'`).Scan(&best, &is)
	if err != nil || is != best {
		t.Errorf("default_toast_compression = %q, %v, want %q", is, err, best)
	}
}

func TestUpRefusesAnEditedFile(t *testing.T) {
	t.Parallel()
	addr := empty(t, "hetu_test_migrate_edited")
	if err := migrate.Up(t.Context(), addr, roles, line(table)); err != nil {
		t.Fatal(err)
	}
	if err := migrate.Up(t.Context(), addr, roles, line(table)); err != nil {
		t.Fatalf("the second time: %v", err)
	}
	err := migrate.Up(t.Context(), addr, roles, line(table+" -- a word more"))
	if err == nil || !strings.Contains(err.Error(), "edited") {
		t.Errorf("an edited file: %v, want a refusal", err)
	}
}

// A file that failed may be mended, and is a file like others once it was applied
// (OP-03).
func TestUpStopsAtAMistake(t *testing.T) {
	t.Parallel()
	addr := empty(t, "hetu_test_migrate_mistake")
	const mistake = "create tabel things ();"
	with := func(second string) migrate.Line {
		l := line(table)
		l.Files.(fstest.MapFS)["migrations/0002_x.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + second)} //nolint:errcheck,forcetypeassert // line made it
		return l
	}
	for range 2 {
		if err := migrate.Up(t.Context(), addr, roles, with(mistake)); err == nil {
			t.Error("a file with a mistake passed")
		}
	}
	if err := migrate.Up(t.Context(), addr, roles, with("alter table things add column name text;")); err != nil {
		t.Errorf("the file was mended: %v", err)
	}
	if err := migrate.Up(t.Context(), addr, roles, with(mistake)); err == nil || !strings.Contains(err.Error(), "edited") {
		t.Errorf("edited after that: %v, want a refusal", err)
	}
	if err := migrate.Up(t.Context(), addr, roles); err != nil {
		t.Errorf("the lines before it did not stay: %v", err)
	}
}
