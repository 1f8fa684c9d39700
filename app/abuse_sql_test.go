package app_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// TestNoContext asks every table without saying for whom: nobody's connection,
// one that has just served somebody, and the operators' (TI-06).
func TestNoContext(t *testing.T) {
	t.Parallel()
	admin := tenanttest.Admin(t)
	tables := texts(t, admin, tenantTables)
	if len(tables) < 40 {
		t.Fatalf("only %d tables", len(tables))
	}
	for who, role := range map[string]string{"the application": "hetu_app", "the operators": "hetu_operator"} {
		db, err := sql.Open("postgres", tenanttest.URL(t, role))
		must(t, err)
		db.SetMaxOpenConns(1)
		for _, used := range []bool{false, true} {
			if used { // what is left of somebody's setting is '', not null
				tx, err := db.Begin()
				must(t, err)
				_, err = tx.Exec(`set local app.tenant_id = '` + uuid.NewString() + `'`)
				must(t, err)
				must(t, tx.Rollback())
			}
			for _, table := range tables {
				var n int
				if err := db.QueryRow(`select count(*) from ` + table).Scan(&n); err == nil && n > 0 {
					t.Errorf("%s see %d rows of %s", who, n, table)
				}
				for _, stmt := range []string{
					"insert into %s select * from %[1]s", "insert into %s (tenant_id) values (gen_random_uuid())", "update %s set tenant_id = tenant_id",
					"delete from %s", "truncate %s", "select 1 from %s for update", "copy %s to program 'cat >/dev/null'", "copy (select * from %s) to '/dev/null'", "lock %s",
				} {
					res, err := db.Exec(fmt.Sprintf(stmt, table))
					if err != nil {
						continue
					}
					if n, _ := res.RowsAffected(); n > 0 || strings.HasPrefix(stmt, "truncate") || strings.HasPrefix(stmt, "copy") {
						t.Errorf("%s: "+stmt+" touched %d rows", who, table, n)
					}
				}
			}
		}
		must(t, db.Close())
	}
}

// others is what stands in another tenant's row.
const others = "CNRYB"

// refusedSQL is what an attacker would run who got text into a statement, and
// the database refuses with the rights of the application. B stands for the
// other tenant.
var refusedSQL = map[string][]string{
	"the setting, by its function":     {`select set_config('app.tenant_id', 'B', true)`},
	"the setting, within a condition":  {`select name from roles where set_config('app.tenant_id', 'B', true) <> ''`},
	"the setting, in a second command": {`select 1; set local app.tenant_id = 'B'`},
	"the setting, as XML of a query":   {`select query_to_xml('set local app.tenant_id = ''B''', true, true, '')::text`},
	"the setting, within that":         {`select query_to_xml('select set_config(''app.tenant_id'', ''B'', true)', true, true, '')::text`},
	"no tenant":                        {`reset all`, `select name from roles`},
	"no row security":                  {`set local row_security = off`, `select name from roles`},
	"the owner's role":                 {`set local role hetu_owner`},
	"the backup's role":                {`set local role hetu_backup`},
	"another session":                  {`set local session authorization hetu_owner`},
	"no triggers":                      {`set local session_replication_role = replica`},
	"a program":                        {`copy (select 1) to program 'id'`},
	"a file":                           {`select pg_read_file('/etc/passwd')`},
	"a file, as a large object":        {`select lo_import('/etc/passwd')::text`},
	"a directory":                      {`select pg_ls_dir('/')`},
	"everybody's passwords":            {`select password_hash from platform.accounts`},
	"everybody's sessions":             {`select encode(token_hash, 'hex') from platform.sessions`},
	"the server's passwords":           {`select rolpassword from pg_authid`},
	"a function of one's own":          {`create function public.f() returns int language sql as 'select 1'`},
	"a function on the side":           {`create function pg_temp.f() returns int language sql as 'select 1'`},
	"a table of one's own":             {`create temp table mine as select 1`},
	"a view":                           {`create view public.v as select name from roles`},
	"an extension":                     {`create extension dblink`},
	"row security taken off":           {`alter table roles disable row level security`},
	"the policy taken away":            {`drop policy tenant on roles`},
	"the audit rewritten":              {`update audit_entries set actor_name = 'x'`},
	"the audit emptied":                {`truncate audit_entries`},
}

// boundedSQL is what the database runs, within the tenant.
var boundedSQL = map[string]string{
	"a condition that is always true": `select name from roles where '' = '' or true`,
	"a union":                         `select name from roles union all select name from roles`,
	"another tenant, by name":         `select name from roles where tenant_id = 'B'`,
	"a join with everything":          `select o.name from roles r cross join deeds d right join roles o on true`,
	"everything as XML":               `select table_to_xml('roles', true, true, '')::text`,
	"a query within":                  `select query_to_xml('select name from roles', true, true, '')::text`,
	"statistics":                      `select most_common_vals::text from pg_stats where tablename = 'roles' and most_common_vals is not null`,
}

// TestInjected runs both kinds in one tenant's transaction: no other tenant's
// row comes of it, and nothing from outside (TI-08, AU-03).
func TestInjected(t *testing.T) {
	t.Parallel()
	db := tenanttest.DB(t)
	ctx, _ := tenanttest.Actor(t)
	theirs, b := tenanttest.Actor(t)
	for word, at := range map[string]context.Context{"mine": ctx, others: theirs} {
		must(t, db.Write(at, func(tx *tenant.Tx) error {
			_, err := tx.Exec(at, `insert into roles (id, code, name) values ($1, $2, $2)`, tenant.NewID(), word)
			return err
		}))
	}
	run := func(stmts ...string) (said string, err error) {
		err = db.Write(ctx, func(tx *tenant.Tx) error {
			var rows []string
			for _, s := range stmts {
				if err := tx.Select(ctx, &rows, strings.ReplaceAll(s, "'B'", "'"+b.Tenant.String()+"'")); err != nil {
					return err
				}
			}
			said = strings.Join(rows, " ")
			return errNoEffect
		})
		return said, err
	}
	for name, stmts := range refusedSQL {
		t.Run(name, func(t *testing.T) {
			said, err := run(stmts...)
			e, ok := errors.AsType[*pq.Error](err)
			if !ok || !slices.Contains(refusals, e.Code) {
				t.Errorf("it is answered %q, %v", said, err)
			}
		})
	}
	for name, stmt := range boundedSQL {
		t.Run(name, func(t *testing.T) {
			said, err := run(stmt)
			if !errors.Is(err, errNoEffect) || strings.Contains(said, others) {
				t.Errorf("it is answered %q, %v", said, err)
			}
		})
	}
}

// refusals: not permitted; two commands in one; no such setting; no valid id,
// which is what is left of a setting taken away; not within a query.
var refusals = []pq.ErrorCode{"42501", "42601", "42704", "22P02", "0A000"}

var errNoEffect = errors.New("the transaction has no effect")
