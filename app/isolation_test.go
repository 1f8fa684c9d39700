package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/lib/pq"

	"hetu/app"
	"hetu/migrate"
	"hetu/tenant"
)

const (
	tenantA = "aaaaaaaa-0000-7000-8000-00000000000a"
	tenantB = "bbbbbbbb-0000-7000-8000-00000000000b"
)

// sandbox migrates a database of its own, in which a test may break things.
func sandbox(t *testing.T, name string) *sql.DB {
	t.Helper()
	u, err := url.Parse(os.Getenv("HETU_TEST_ADMIN_URL"))
	if err != nil || u.Host == "" {
		t.Fatal(`HETU_TEST_ADMIN_URL is not set: run the tests with "make test"`)
	}
	admin, err := sql.Open("postgres", u.String())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"drop database if exists %s with (force)", "create database %s"} {
		if _, err := admin.Exec(fmt.Sprintf(s, pq.QuoteIdentifier(name))); err != nil {
			t.Fatal(err)
		}
	}
	u.Path = "/" + name
	if err := migrate.Up(t.Context(), u.String(), migrate.Roles{App: "hetu-test", Operator: "hetu-test", Backup: "hetu-test"}, app.Lines()...); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("postgres", u.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = db.Close()
		_, _ = admin.Exec("drop database if exists " + pq.QuoteIdentifier(name) + " with (force)")
		_ = admin.Close()
	})
	return db
}

func texts(t *testing.T, db interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, query string, args ...any) (out []string) {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

const tenantTables = `
	select c.relname from pg_class c
	 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1`

// literals are values of each type a column may have.
var literals = map[string]string{
	"uuid": "gen_random_uuid()", "text": "'x' || md5(random()::text)", "int4": "1", "int8": "1", "int2": "1", "bool": "false",
	"timestamptz": "now()", "date": "current_date", "jsonb": "'{}'", "json": "'{}'", "bytea": `'\x00'`, "_uuid": "'{}'::uuid[]", "_text": "'{}'::text[]",
	"numeric": "1", "xid8": "pg_current_xact_id()", "pg_snapshot": "pg_current_snapshot()", "tsvector": "''::tsvector", "time": "'08:00'", "_int4": "'{}'::int[]", "_int2": "'{}'::smallint[]", "_numeric": "'{}'::numeric[]",
}

// An insertion writes a row into a table.
type insertion struct {
	any     string // of the tenant that is filled in
	granted string // by the application's role where it may name some columns only, not the tenant; else empty
}

// plant puts one row of each tenant into every table, without the rules that
// make rows sensible: only the rules that keep tenants apart are on trial.
func plant(t *testing.T, db *sql.DB, tables []string) map[string]insertion {
	t.Helper()
	insert := map[string]insertion{}
	for _, s := range texts(t, db, `
		select format('alter table %s drop constraint %I', conrelid::regclass, conname) from pg_constraint
		 where connamespace = 'public'::regnamespace and contype in ('c', 'f') order by contype desc`) {
		mustExec(t, db, s)
	}
	for _, s := range texts(t, db, `
		select format('drop trigger %I on %s', tgname, tgrelid::regclass) from pg_trigger
		 where not tgisinternal and tgrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)`) {
		mustExec(t, db, s)
	}
	for _, table := range tables {
		var cols, vals, own, ownVals []string
		for _, c := range texts(t, db, `
			select column_name || ' ' || udt_name || ' ' || (has_column_privilege('hetu_app', table_name::text, column_name::text, 'insert')
			       and not has_table_privilege('hetu_app', table_name::text, 'insert'))::text from information_schema.columns
			 where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER' and column_name <> 'tenant_id'
			   and is_identity = 'NO'`, table) {
			name, typ, _ := strings.Cut(c, " ")
			typ, granted, _ := strings.Cut(typ, " ")
			if literals[typ] == "" {
				t.Fatalf("no literal for type %s of %s.%s", typ, table, name)
			}
			cols, vals = append(cols, name), append(vals, literals[typ])
			if granted == "true" {
				own, ownVals = append(own, name), append(ownVals, literals[typ])
			}
		}
		in := insertion{any: fmt.Sprintf("insert into %s (tenant_id, %s) values ('%%s', %s)", table, strings.Join(cols, ", "), strings.Join(vals, ", "))}
		if len(own) > 0 {
			in.granted = fmt.Sprintf("insert into %s (%s) values (%s)", table, strings.Join(own, ", "), strings.Join(ownVals, ", "))
		}
		insert[table] = in
		for _, tenant := range []string{tenantA, tenantB} {
			mustExec(t, db, fmt.Sprintf(in.any, tenant))
		}
	}
	return insert
}

func mustExec(t *testing.T, db *sql.DB, stmt string) {
	t.Helper()
	if _, err := db.Exec(stmt); err != nil {
		t.Fatalf("%s: %v", stmt, err)
	}
}

// leaks returns every way in which a role working for tenant A gets at, or
// loses, rows it should not. mutate is applied first and undone with the rest.
func leaks(t *testing.T, db *sql.DB, table string, insert insertion, mutate string) []string {
	t.Helper()
	var found []string
	type try struct {
		role, stmt, right string
		want              int64 // rows; -1: must fail
	}
	tries := []try{
		{"hetu_app", "select from " + table, "select", 1},
		{"hetu_owner", "select from " + table, "", 1}, // forced: the owner is confined too
		{"hetu_app", fmt.Sprintf("update %s set tenant_id = '%s'", table, tenantA), "update", 1},
		{"hetu_app", fmt.Sprintf("update %s set tenant_id = '%s'", table, tenantB), "update", -1},
		{"hetu_app", "delete from " + table, "delete", 1},
		{"hetu_app", fmt.Sprintf(insert.any, tenantB), "insert", -1},
		{"hetu_app", fmt.Sprintf(insert.any, tenantA), "insert", 1},
		{"hetu_owner", fmt.Sprintf(insert.any, tenantB), "", -1}, // what only functions write is confined too
	}
	if insert.granted != "" {
		tries = append(tries, try{"hetu_app", insert.granted, "", 1}, try{"hetu_app", fmt.Sprintf(insert.any, tenantB), "", -1})
	}
	for _, x := range tries {
		n, err := attempt(t, db, mutate, x.role, x.right, table, x.stmt)
		switch {
		case n == skipped:
		case x.want < 0 && (err == nil || !strings.Contains(err.Error(), "42501")):
			found = append(found, fmt.Sprintf("%s was not refused by policy: %s (%v)", x.role, x.stmt, err))
		case x.right == "insert" && tenant.Constraint(err) != "" && strings.Contains(err.Error(), "23505"):
			// The policy let it pass; only the row already planted is in its way.
		case x.want >= 0 && (err != nil || n != x.want):
			found = append(found, fmt.Sprintf("%s: %s touched %d rows (%v), want %d", x.role, x.stmt, n, err, x.want))
		}
	}
	return found
}

const skipped = -2

func attempt(t *testing.T, db *sql.DB, mutate, role, right, table, stmt string) (int64, error) {
	t.Helper()
	ctx := context.Background()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if mutate != "" {
		if _, err := tx.Exec(mutate); err != nil {
			t.Fatalf("%s: %v", mutate, err)
		}
	}
	if right != "" && texts(t, tx, `select has_table_privilege($1, $2, $3)::text`, role, table, right)[0] == "false" {
		return skipped, nil
	}
	for _, s := range []string{"set local role " + role, "set local app.tenant_id = '" + tenantA + "'"} {
		if _, err := tx.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	res, err := tx.Exec(stmt)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return n, err
}

// TestIsolation tries every table as tenant A, and TestIsolation's own checks
// by breaking every policy in four ways: each mutant must be noticed (G2).
func TestIsolation(t *testing.T) {
	t.Parallel()
	db := sandbox(t, "hetu_test_mutants")
	tables := texts(t, db, tenantTables)
	if len(tables) < 10 {
		t.Fatalf("only %d tables: the catalogue was not read", len(tables))
	}
	insert := plant(t, db, tables)
	for _, table := range tables {
		for _, leak := range leaks(t, db, table, insert[table], "") {
			t.Errorf("%s: %s", table, leak)
		}
	}
	mutants := texts(t, db, `
		select tablename || '|' || format('drop policy %I on %I', policyname, tablename) from pg_policies where schemaname = 'public'
		union all
		select tablename || '|' || format('alter policy %I on %I using (true)', policyname, tablename) from pg_policies where schemaname = 'public' and qual is not null
		union all
		select tablename || '|' || format('alter policy %I on %I with check (true)', policyname, tablename) from pg_policies where schemaname = 'public' and with_check is not null
		union all
		select relname || '|' || format('alter table %I no force row level security', relname) from pg_class
		 where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')`)
	if len(mutants) < 3*len(tables) {
		t.Fatalf("%d mutants of %d tables", len(mutants), len(tables))
	}
	slices.Sort(mutants)
	for _, m := range mutants {
		table, stmt, _ := strings.Cut(m, "|")
		if len(leaks(t, db, table, insert[table], stmt)) == 0 {
			t.Errorf("nobody noticed: %s", stmt)
		}
	}
	t.Logf("%d mutants of %d tables, all noticed", len(mutants), len(tables))
}
