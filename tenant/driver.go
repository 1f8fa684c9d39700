package tenant

import (
	"container/list"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/lib/pq"
)

// maxStatements bounds the prepared statements one connection keeps.
const maxStatements = 512

// A connector opens connections that begin a transaction and enter its tenant
// in one message, and that keep their statements prepared: planning under row
// security is half of what a small query costs.
type connector struct{ pq *pq.Connector }

func (c connector) Driver() driver.Driver { return c.pq.Driver() }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.pq.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := inner.(pqConn)
	if !ok {
		_ = inner.Close()
		return nil, fmt.Errorf("tenant: %T lacks what a connection needs", inner)
	}
	return &conn{pqConn: full, stmts: map[string]*list.Element{}, recent: list.New()}, nil
}

// pqConn is what lib/pq's connection implements and the wrapper passes on.
type pqConn interface {
	driver.Conn
	driver.Tx
	driver.QueryerContext
	driver.ExecerContext
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
	driver.NamedValueChecker
}

// conn is a connection on which nothing runs outside a transaction that a DB
// began: lib/pq repeats an autocommit statement when the connection breaks
// after the server has executed it.
type conn struct {
	pqConn
	stmts  map[string]*list.Element // by query text
	recent *list.List               // of *prepared, most recently used first
	inTx   bool
	lost   bool // nobody knows any more what the server's next bytes belong to
}

type prepared struct {
	query string
	stmt  pqStmt
}

type pqStmt interface {
	driver.Stmt
	driver.StmtQueryContext
	driver.StmtExecContext
}

var errOutside = errors.New("tenant: statement outside a transaction of tenant.DB")

// entry is what BeginTx finds in the context: how to begin, and where to put
// the database's time.
type entry struct {
	sql string
	now time.Time
}

type entryKey struct{}

func (c *conn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	e, ok := ctx.Value(entryKey{}).(*entry)
	if !ok {
		return nil, errOutside
	}
	began, err := c.pqConn.QueryContext(ctx, e.sql, nil)
	if err != nil {
		return nil, c.doubt(err)
	}
	var now [1]driver.Value
	err = began.Next(now[:])
	if cerr := began.Close(); err == nil {
		err = cerr
	}
	if c.doubt(err) != nil {
		return nil, errors.Join(err, tx{c}.Rollback())
	}
	if e.now, ok = now[0].(time.Time); !ok {
		return nil, errors.Join(fmt.Errorf("tenant: begin returned %T", now[0]), c.pqConn.Rollback())
	}
	c.inTx = true
	return tx{c}, nil
}

// tx delegates to lib/pq's own Commit, which tells an aborted transaction from
// a committed one.
type tx struct{ c *conn }

func (t tx) Commit() error   { return t.end(t.c.pqConn.Commit) }
func (t tx) Rollback() error { return t.end(t.c.pqConn.Rollback) }

func (t tx) end(with func() error) error {
	t.c.inTx = false
	if t.c.lost {
		return driver.ErrBadConn
	}
	return with()
}

// IsValid and ResetSession keep a connection that is lost out of the pool.
func (c *conn) IsValid() bool { return !c.lost && c.pqConn.IsValid() }

func (c *conn) ResetSession(ctx context.Context) error {
	if c.lost {
		return driver.ErrBadConn
	}
	return c.pqConn.ResetSession(ctx)
}

// doubt gives the connection up unless the statement went well or failed by what
// the server said of it. lib/pq leaves the rest of a message that it does not
// want to read (an error of more than 30,000 bytes: a value that is none of a
// type is repeated in it whole) where the next answer should begin, and may wait
// for ever for what it takes that to be.
func (c *conn) doubt(err error) error {
	var said *pq.Error
	if err != nil && !errors.As(err, &said) {
		c.lost = true
	}
	return err
}

// rows are what a statement answers.
type rows struct {
	driver.Rows
	c *conn
}

func (r rows) Next(into []driver.Value) error {
	err := r.Rows.Next(into)
	if err != nil && err != io.EOF { //nolint:errorlint // as database/sql asks
		_ = r.c.doubt(err)
	}
	return err
}

// Close reads what is left, unless nobody knows what that is.
func (r rows) Close() error {
	if r.c.lost {
		return driver.ErrBadConn
	}
	return r.c.doubt(r.Rows.Close())
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	found, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, c.forget(err)
	}
	return rows{found, c}, nil
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	res, err := s.ExecContext(ctx, args)
	return res, c.forget(err)
}

// prepare returns the statement for query, preparing it on first use.
func (c *conn) prepare(ctx context.Context, query string) (pqStmt, error) {
	if !c.inTx {
		return nil, errOutside
	}
	if el, ok := c.stmts[query]; ok {
		c.recent.MoveToFront(el)
		return el.Value.(*prepared).stmt, nil
	}
	s, err := c.pqConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, c.doubt(err)
	}
	full, ok := s.(pqStmt)
	if !ok {
		return nil, fmt.Errorf("tenant: %T lacks what a statement needs", s)
	}
	for c.recent.Len() >= maxStatements {
		c.drop(c.recent.Back())
	}
	c.stmts[query] = c.recent.PushFront(&prepared{query, full})
	return full, nil
}

func (c *conn) drop(el *list.Element) {
	p := c.recent.Remove(el).(*prepared)
	delete(c.stmts, p.query)
	_ = p.stmt.Close() // a failure to close means a broken connection, which its next use reports
}

// errStalePlan is what a transaction ends in when a statement was prepared
// against an older schema; DB.run starts it once more.
var errStalePlan = errors.New("tenant: the schema changed under a prepared statement")

// forget empties the cache when err says that a prepared statement no longer
// fits the schema.
func (c *conn) forget(err error) error {
	var e *pq.Error
	if !errors.As(c.doubt(err), &e) {
		return err
	}
	if e.Code == "26000" || e.Code == "0A000" && strings.Contains(e.Message, "cached plan") {
		c.stmts, c.recent = map[string]*list.Element{}, list.New()
		return errors.Join(errStalePlan, err)
	}
	return err
}
