// Package migrate brings the schema up to date: the database's roles, the
// kernel, and each feature's own line of numbered files. Forward only; a file
// that has been applied is never edited.
package migrate

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"time"

	"github.com/lib/pq"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations
var kernel embed.FS

// A Line is one feature's migrations: numbered *.sql files under migrations/.
type Line struct {
	Name  string
	Files fs.FS
}

// Roles are the passwords of the database roles that sign in. The owner of the
// schema does not sign in at all.
type Roles struct{ App, Operator, Backup string }

// Up makes the roles and applies what has not been applied, lines in the given
// order. admin is the URL of a role that may create roles. Concurrent calls
// take turns; each file is applied once.
func Up(ctx context.Context, admin string, roles Roles, lines ...Line) error {
	if err := withDB(admin, "", func(db *sql.DB) error { return settleRoles(ctx, db, roles) }); err != nil {
		return fmt.Errorf("migrate: roles: %w", err)
	}
	return withDB(admin, "hetu_owner", func(db *sql.DB) error {
		if _, err := db.ExecContext(ctx, setup); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		return alone(ctx, db, func() error { return all(ctx, db, lines) })
	})
}

// alone does something while no other node does.
func alone(ctx context.Context, db *sql.DB, do func() error) (err error) {
	l, err := lock.NewPostgresSessionLocker(lock.WithLockID(707308), lock.WithLockTimeout(1, 600))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	c, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := l.SessionLock(ctx, c); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer func() { err = errors.Join(err, l.SessionUnlock(context.WithoutCancel(ctx), c)) }()
	return do()
}

func all(ctx context.Context, db *sql.DB, lines []Line) error {
	for _, l := range append([]Line{{"kernel", kernel}}, lines...) {
		if err := apply(ctx, db, l); err != nil {
			return fmt.Errorf("migrate: %s: %w", l.Name, err)
		}
		if l.Name == "kernel" {
			if err := queue(ctx, db); err != nil {
				return fmt.Errorf("migrate: queue: %w", err)
			}
		}
	}
	return nil
}

// setup is one transaction, for one at a time: it is one message.
const setup = `
	select pg_advisory_xact_lock(707307);
	create schema if not exists migrations;
	create table if not exists migrations.checksums (
	  line text not null, file text not null, sum text not null,
	  constraint checksums_pkey primary key (line, file));
	alter table migrations.checksums add column if not exists done boolean not null default false;
	create or replace function migrations.applied() returns setof text
	language sql stable security definer set search_path = pg_catalog, pg_temp as
	  $$ select line || '/' || file || ' ' || sum from migrations.checksums where done $$;
	revoke execute on function migrations.applied() from public;
	grant usage on schema migrations to hetu_app;
	grant execute on function migrations.applied() to hetu_app;`

// Missing returns the first file of lines that is not among those applied, as
// migrations.applied() tells them, or not as it is here; none if there is no
// such file. What has been applied besides is of a newer program, and in order:
// while nodes are replaced one by one, the old one works on the new schema
// (OP-03).
func Missing(applied []string, lines ...Line) (string, error) {
	for _, l := range append([]Line{{"kernel", kernel}}, lines...) {
		if l.Files == nil {
			continue
		}
		names, err := fs.Glob(l.Files, "migrations/*.sql")
		if err != nil {
			return "", fmt.Errorf("migrate: %w", err)
		}
		for _, name := range names {
			body, err := fs.ReadFile(l.Files, name)
			if err != nil {
				return "", fmt.Errorf("migrate: %w", err)
			}
			file := l.Name + "/" + path.Base(name)
			if !slices.Contains(applied, file+" "+digest(body)) {
				return file, nil
			}
		}
	}
	return "", nil
}

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func withDB(rawURL, role string, fn func(*sql.DB) error) error {
	u, err := url.Parse(rawURL)
	if err != nil {
		return errors.New("the database address is not a URL")
	}
	q := u.Query()
	if role != "" {
		q.Set("role", role)
	}
	u.RawQuery = q.Encode()
	db, err := sql.Open("postgres", u.String())
	if err != nil {
		return err
	}
	return errors.Join(fn(db), db.Close())
}

// settleRoles makes the roles, again when another database of the cluster was
// migrated at the same moment: roles are the cluster's, and no lock that this
// database can take holds the others back.
func settleRoles(ctx context.Context, db *sql.DB, r Roles) error {
	for try := 1; ; try++ {
		err := makeRoles(ctx, db, r)
		var e *pq.Error
		if err == nil || try == 20 || !errors.As(err, &e) || !slices.Contains(raced, e.Code) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try) * 20 * time.Millisecond):
		}
	}
}

// What PostgreSQL says to the loser of a race for a row of its catalogue:
// tuple concurrently updated, duplicate object, unique violation.
var raced = []pq.ErrorCode{"XX000", "42710", "23505"}

// makeRoles creates the roles and gives the schema to its owner. A role that
// exists gets the given password, so that passwords can be changed by running
// this again; an empty password leaves it as it is.
func makeRoles(ctx context.Context, db *sql.DB, r Roles) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	stmts := []string{`select pg_advisory_xact_lock(707306)`}
	for _, role := range []struct{ name, attrs, password string }{
		{"hetu_owner", "nologin", ""},
		{"hetu_app", "login", r.App},
		{"hetu_operator", "login", r.Operator},
		{"hetu_backup", "login bypassrls", r.Backup},
	} {
		stmts = append(stmts, fmt.Sprintf(
			`do $$ begin if not exists (select from pg_roles where rolname = '%[1]s') then create role %[1]s %[2]s; end if; end $$`,
			role.name, role.attrs))
		if role.password != "" {
			stmts = append(stmts, fmt.Sprintf(`alter role %s password %s`, role.name, pq.QuoteLiteral(role.password)))
		}
	}
	stmts = append(stmts,
		`do $$ begin if not pg_has_role(current_user, 'hetu_owner', 'member') then execute format('grant hetu_owner to %I', current_user); end if; end $$`,
		`do $$ begin execute format('grant create on database %I to hetu_owner', current_database());
		   execute format('revoke temporary on database %I from public', current_database()); end $$`,
		squeeze,
		unsettable,
		`revoke create on schema public from public`,
		`grant usage, create on schema public to hetu_owner`)
	for _, s := range stmts {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// squeeze has long texts compressed by LZ4, where the server was built with it
// and whoever migrates may say so: on the answer of a request it takes a
// fifteenth of the time of what is used otherwise.
const squeeze = `do $$ begin
	if exists (select from pg_settings where name = 'default_toast_compression' and 'lz4' = any (enumvals)) then
		execute format('alter database %I set default_toast_compression = ''lz4''', current_database());
	end if;
exception when insufficient_privilege then null;
end $$`

// unsettable takes from everybody but the schema's owner and the backup the one
// function by which a query could change the tenant of the transaction it runs
// in (TI-08): a statement that does so cannot stand inside another, and two in
// one message are refused for whoever prepares theirs. Only a superuser can
// take it away; where there is none, parameters are the only wall.
const unsettable = `do $$ begin
	if has_function_privilege('public', 'pg_catalog.set_config(text, text, boolean)', 'execute') then
		grant execute on function pg_catalog.set_config(text, text, boolean) to hetu_owner, hetu_backup;
		revoke execute on function pg_catalog.set_config(text, text, boolean) from public;
	end if;
exception when insufficient_privilege then null;
end $$`

func apply(ctx context.Context, db *sql.DB, l Line) error {
	if l.Files == nil {
		return nil
	}
	files, err := fs.Sub(l.Files, "migrations")
	if err != nil {
		return err
	}
	if err := unchanged(ctx, db, l.Name, files); err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithTableName("migrations."+l.Name), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return errors.Join(err, forget(ctx, db, p, l.Name))
	}
	if err := unchanged(ctx, db, l.Name, files); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `update migrations.checksums set done = true where line = $1 and not done`, l.Name)
	return err
}

// unchanged records the checksum of every file and reports the first file that
// is not what it was when it was applied.
func unchanged(ctx context.Context, db *sql.DB, line string, files fs.FS) error {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return err
	}
	for _, name := range names {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		is := digest(body)
		var was string
		err = db.QueryRowContext(ctx, `
			insert into migrations.checksums as c (line, file, sum) values ($1, $2, $3)
			on conflict on constraint checksums_pkey do update set sum = c.sum
			returning sum`, line, name, is).Scan(&was)
		if err != nil {
			return err
		}
		if was != is {
			return fmt.Errorf("%s was edited after it was applied", name)
		}
	}
	return nil
}

// forget takes back the checksums of files that were not applied after all: one
// that failed may still be mended.
func forget(ctx context.Context, db *sql.DB, p *goose.Provider, line string) error {
	files, err := p.Status(ctx)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.State != goose.StatePending {
			continue
		}
		if _, err := db.ExecContext(ctx, `delete from migrations.checksums where line = $1 and file = $2 and not done`, line, path.Base(f.Source.Path)); err != nil {
			return err
		}
	}
	return nil
}

// queue brings River's tables up to date, in a schema of their own.
func queue(ctx context.Context, db *sql.DB) error {
	m, err := rivermigrate.New(riverdatabasesql.New(db), &rivermigrate.Config{Schema: "river"})
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `
		grant select, insert, update, delete on all tables in schema river to hetu_app;
		grant usage on all sequences in schema river to hetu_app;
		grant execute on all functions in schema river to hetu_app`)
	return err
}
