package tenant

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"hetu/fault"
)

// Limits bound what one node asks of the database. The zero value is usable.
type Limits struct {
	Conns     int           // open connections; 16 if zero
	Statement time.Duration // statement_timeout; 5 s if zero
	Lock      time.Duration // lock_timeout; 2 s if zero
	IdleInTx  time.Duration // idle_in_transaction_session_timeout; 15 s if zero
}

// A DB runs transactions on behalf of the actor in the context. It is the only
// way to the tenants' tables.
type DB struct {
	pool *sqlx.DB
	own  func(Change) // hears of what this node itself has changed; nil: nobody does
}

// Committed has fn hear of every change that a transaction of db said it makes
// (Tx.Changes), when it has been committed and before its caller knows: so what
// a node itself has changed, its next request sees. Call it before db is used.
func (db *DB) Committed(fn func(Change)) { db.own = fn }

// Open connects to the database at rawURL, which must name an explicit sslmode
// and a role that neither owns tables nor bypasses row security (see
// CheckRole).
func Open(ctx context.Context, rawURL string, l Limits) (*DB, error) {
	dsn, err := DSN(rawURL, l)
	if err != nil {
		return nil, err
	}
	c, err := pq.NewConnector(dsn)
	if err != nil {
		return nil, fmt.Errorf("tenant: %w", err)
	}
	pool := sqlx.NewDb(sql.OpenDB(connector{c}), "postgres")
	n := cmp(l.Conns, 16)
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	pool.SetConnMaxLifetime(30 * time.Minute)
	db := &DB{pool: pool}
	if err := db.Ping(ctx); err != nil {
		_ = pool.Close()
		return nil, err
	}
	return db, nil
}

// DSN completes a database URL with what every connection of ours carries:
// binary parameters, which a transaction pooler needs to keep clients apart,
// and the time-outs.
func DSN(rawURL string, l Limits) (string, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return "", errors.New("tenant: the database address is not a URL")
	}
	q := u.Query()
	if q.Get("sslmode") == "" {
		return "", errors.New("tenant: the database address must say its sslmode")
	}
	ms := func(d, or time.Duration) string { return fmt.Sprint(cmp(d, or).Milliseconds()) }
	q.Set("binary_parameters", "yes")
	q.Set("timezone", "Asia/Shanghai")
	q.Set("statement_timeout", ms(l.Statement, 5*time.Second))
	q.Set("lock_timeout", ms(l.Lock, 2*time.Second))
	q.Set("idle_in_transaction_session_timeout", ms(l.IdleInTx, 15*time.Second))
	u.RawQuery = q.Encode()
	return u.String(), nil
}

func cmp[T comparable](v, or T) T {
	var zero T
	if v == zero {
		return or
	}
	return v
}

// Close closes the connections.
func (db *DB) Close() error { return db.pool.Close() }

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	return db.Public(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, `select 1`)
		return err
	})
}

// Read runs fn in a read-only transaction of the actor's tenant.
func (db *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	return db.enter(ctx, "begin read only", fn)
}

// Write runs fn in a transaction of the actor's tenant and commits it if fn
// returns nil, together with what fn recorded (see Tx.Audit and Tx.Deed). Keep
// network calls outside it: a transaction holds a connection. A transaction
// that lost to another (serialization, deadlock) is begun again, at most three
// times, so fn must not change anything but the database and its own results.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	return db.enter(ctx, "begin", fn)
}

func (db *DB) enter(ctx context.Context, begin string, fn func(*Tx) error) error {
	actor, err := From(ctx)
	if err != nil {
		return err
	}
	// A UUID prints as hexadecimal and dashes: nothing in it can end the literal.
	return db.retry(ctx, begin+"; set local app.tenant_id = '"+actor.Tenant.String()+"'; select now()", actor, fn)
}

// Operate runs fn in a transaction of the operator in the context. The DB must
// have been opened as the operators' database role, which has no right to any
// tenant's table.
func (db *DB) Operate(ctx context.Context, fn func(*Tx) error) error {
	actor, err := Operating(ctx)
	if err != nil {
		return err
	}
	return db.retry(ctx, "begin; select now()", actor, fn)
}

// Public runs fn in a transaction that has no tenant: the tables of tenants
// fail loudly in it, and it reaches only the functions made for callers who
// have not been identified yet, such as those of sign-in.
func (db *DB) Public(ctx context.Context, fn func(*Tx) error) error {
	actor, _ := From(ctx) // there may be none: that is what Public is for
	actor.Tenant = uuid.Nil
	return db.retry(ctx, "begin; select now()", actor, fn)
}

// Snapshot runs fn once, in a transaction of no tenant that reads everything as
// it was at one instant. It is for whoever keeps the whole installation.
func (db *DB) Snapshot(ctx context.Context, fn func(*Tx) error) error {
	actor, _ := From(ctx)
	actor.Tenant = uuid.Nil
	return unavailable(db.run(ctx, "begin isolation level repeatable read read only; select now()", actor, fn))
}

func (db *DB) retry(ctx context.Context, begin string, actor Actor, fn func(*Tx) error) error {
	for tries := 1; ; tries++ {
		err := db.run(ctx, begin, actor, fn)
		if err == nil || tries == 3 || !again(err) {
			return unavailable(err)
		}
	}
}

func (db *DB) run(ctx context.Context, begin string, actor Actor, fn func(*Tx) error) error {
	e := &entry{sql: begin}
	inner, err := db.pool.BeginTxx(context.WithValue(ctx, entryKey{}, e), nil)
	if err != nil {
		return fmt.Errorf("tenant: begin: %w", err)
	}
	defer func() { _ = inner.Rollback() }() // no effect once committed
	tx := &Tx{Actor: actor, Now: e.now, tx: inner}
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.seal(ctx); err != nil {
		return err
	}
	if err := inner.Commit(); err != nil {
		// Nobody can tell whether it took effect: never begin it again.
		return fmt.Errorf("%w: tenant: commit: %w", ErrUnsure, err)
	}
	for _, c := range tx.changes {
		if db.own != nil {
			db.own(c)
		}
	}
	return nil
}

// ErrUnsure means the connection broke while a transaction was being
// committed: it may or may not have taken effect. A client finds out by
// sending the same request with the same idempotency key.
var ErrUnsure = fault.New(fault.Unavailable, "tenant.commit_unsure")

// ErrUnavailable means the database cannot serve us now.
var ErrUnavailable = fault.New(fault.Unavailable, "tenant.unavailable")

// again reports whether a transaction that ended in err, before its commit, may
// simply be begun again.
func again(err error) bool {
	if errors.Is(err, ErrUnsure) {
		return false
	}
	if errors.Is(err, errStalePlan) {
		return true
	}
	e, ok := errors.AsType[*pq.Error](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

// unavailable classifies what says that the database, and not the request, is
// at fault.
func unavailable(err error) error {
	if errors.Is(err, ErrUnsure) {
		return err
	}
	e, ok := errors.AsType[*pq.Error](err)
	if !ok {
		if _, gone := errors.AsType[*net.OpError](err); gone || errors.Is(err, driver.ErrBadConn) {
			return fmt.Errorf("%w: %w", ErrUnavailable, err) // nobody answers there
		}
		return err
	}
	if e.Code == ruled {
		return ruling(e)
	}
	switch e.Code.Class() {
	case "08", "53", "57": // connection, resources, operator intervention (also: statement_timeout)
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if e.Code == "55P03" { // lock_timeout
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// ruled is the state with which the database itself says that a rule of the
// product is broken: its message is the code of a fault of kind Conflict, its
// detail, if any, the fault's meta as JSON. It is for rules that must hold
// whichever way a row comes, such as how many people a tenant may have.
const ruled = "HT409"

func ruling(e *pq.Error) error {
	f := fault.New(fault.Conflict, e.Message)
	meta := map[string]any{}
	if json.Unmarshal([]byte(e.Detail), &meta) == nil {
		for k, v := range meta {
			f = f.With(k, v)
		}
	}
	return f
}

// skew is how far the clocks of a server and of its database may be apart.
const skew = time.Minute

// CheckClock returns an error if now, which is the time of this machine, is more
// than a minute away from that of the database: sessions, tokens and second
// factors would be judged by the one and made by the other.
func (db *DB) CheckClock(ctx context.Context, now time.Time) error {
	began := time.Now()
	var there time.Time
	if err := db.Public(ctx, func(tx *Tx) error { there = tx.Now; return nil }); err != nil {
		return fmt.Errorf("tenant: check clock: %w", err)
	}
	if off := there.Sub(now).Abs() - time.Since(began); off > skew {
		return fmt.Errorf("tenant: the server does not start while its clock and that of the database are %s apart", off.Round(time.Second))
	}
	return nil
}

// CheckRole returns an error unless the role of the connection is powerless:
// it must not be a superuser, bypass row security, own a table, or be able to
// create anything.
func (db *DB) CheckRole(ctx context.Context) error {
	var faults []string
	err := db.Public(ctx, func(tx *Tx) error {
		return tx.Select(ctx, &faults, `
			select 'superuser'           from pg_roles where rolname = current_user and rolsuper
			union all
			select 'bypasses row security' from pg_roles where rolname = current_user and rolbypassrls
			union all
			select 'may create roles or databases' from pg_roles
			 where rolname = current_user and (rolcreaterole or rolcreatedb or rolreplication)
			union all
			select 'owns ' || oid::regclass from pg_class where relowner = current_user::regrole
			union all
			select 'may create in schema ' || nspname from pg_namespace
			 where has_schema_privilege(oid, 'create') and nspname !~ '^pg_temp'
			union all
			select 'is a member of ' || rolname from pg_roles
			 where rolname <> current_user and pg_has_role(current_user, oid, 'member')`)
	})
	if err != nil {
		return fmt.Errorf("tenant: check role: %w", err)
	}
	if len(faults) > 0 {
		return fmt.Errorf("tenant: the server does not start as this database role: it %s", faults[0])
	}
	return nil
}
