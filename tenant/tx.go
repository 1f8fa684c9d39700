package tenant

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"hetu/fault"
)

// A Tx is a transaction confined to one tenant. Its queries need no tenant_id:
// the database filters what they read and fills in what they insert.
type Tx struct {
	Actor Actor
	Now   time.Time // the database's time, one instant for the whole transaction

	tx      *sqlx.Tx
	audits  []audit
	deeds   []deed
	changes []Change
	reply   *reply
}

// ErrNoRows is what Get returns when nothing matched. Stores replace it with
// their own not-found fault.
var ErrNoRows = fault.New(fault.NotFound, "tenant.no_rows")

// Get scans the one row the query returns into dst, or returns ErrNoRows.
func (tx *Tx) Get(ctx context.Context, dst any, query string, args ...any) error {
	err := tx.tx.GetContext(ctx, dst, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNoRows
	}
	return err
}

// Select appends every row the query returns to the slice dst points at.
func (tx *Tx) Select(ctx context.Context, dst any, query string, args ...any) error {
	return tx.tx.SelectContext(ctx, dst, query, args...)
}

// Exec runs a statement and returns how many rows it changed.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := tx.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Each calls fn with every row the query returns, without keeping them: for
// results that do not fit in memory. Row has the methods of database/sql.Rows
// that read one row.
func (tx *Tx) Each(ctx context.Context, fn func(Row) error, query string, args ...any) error {
	rows, err := tx.tx.QueryxContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// A Row is the current row of Tx.Each.
type Row interface {
	Scan(dst ...any) error
	StructScan(dst any) error
}

// Std returns the transaction in the form package job needs to enqueue work in
// it. Nothing else may use it; a test of app holds that.
func (tx *Tx) Std() *sql.Tx { return tx.tx.Tx }

// Array lets a slice be a parameter: where id = any($1).
func Array(slice any) any { return pq.Array(slice) }

// JSON lets v be a parameter of type json or jsonb. It panics if v cannot be
// marshalled, which is a mistake in the program.
func JSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Constraint returns the name of the constraint err says was violated, or "".
// Every constraint has a name, so a store can tell which rule it broke.
func Constraint(err error) string {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return e.Constraint
	}
	return ""
}

type audit struct {
	ID     uuid.UUID       `json:"id"`
	Action string          `json:"action"`
	Object string          `json:"object"`
	Detail json.RawMessage `json:"detail"`
}

// Audit records that the actor did action to object ("publish/item/<id>").
// Detail says what changed, by names and ids and never by content; it must
// marshal to JSON, and nil stands for nothing to say. The row is written when the transaction commits and only
// then.
func (tx *Tx) Audit(action, object string, detail any) {
	if detail == nil {
		detail = struct{}{}
	}
	tx.audits = append(tx.audits, audit{NewID(), action, object, json.RawMessage(JSON(detail))})
}

// Changes says that the transaction changes what nodes remember: see
// DB.Committed. Other nodes learn of it from the database.
func (tx *Tx) Changes(c Change) { tx.changes = append(tx.changes, c) }

// A Deed is something a person did that may be counted or scored: in the
// transaction of the act, at the database's time, never edited. A correction
// is a second deed that names the first in Reverses.
type Deed struct {
	Kind       string    // "publish.published"; an indicator of a feature names it
	Member     uuid.UUID // who did it; the actor if nil
	Unit       uuid.UUID // the department, or the tenant below, to whose account it goes
	UnitKind   string    // "department" or "tenant"; "department" if empty
	Item       string    // what it was done to: "publish/item/<id>"
	Title      string    // how the item is called where the deed is shown
	Level      string    // of what rank: "own", "upper"; empty if that has no meaning
	Content    string    // hash of the content, so that the same thing counts once
	Late       bool      // after its deadline
	WorkMinute int       // working time it took, in minutes
	Count      int       // how many; 1 if zero
	Reverses   uuid.UUID // the deed this one takes back
}

type deed struct {
	ID       uuid.UUID  `json:"id"`
	Kind     string     `json:"kind"`
	Member   *uuid.UUID `json:"member_id"`
	Unit     uuid.UUID  `json:"unit_id"`
	UnitKind string     `json:"unit_kind"`
	Item     string     `json:"item"`
	Title    string     `json:"title"`
	Level    string     `json:"level"`
	Content  string     `json:"content"`
	Late     bool       `json:"late"`
	Minutes  int        `json:"work_minutes"`
	Count    int        `json:"n"`
	Reverses *uuid.UUID `json:"reverses"`
}

// Deed records d with the transaction and returns its id.
func (tx *Tx) Deed(d Deed) uuid.UUID {
	id := NewID()
	member := cmp(d.Member, tx.Actor.Member)
	n := cmp(d.Count, 1)
	if d.Reverses != uuid.Nil {
		n = -n
	}
	tx.deeds = append(tx.deeds, deed{
		ID: id, Kind: d.Kind, Member: Optional(member), Unit: d.Unit, UnitKind: cmp(d.UnitKind, "department"),
		Item: d.Item, Title: d.Title, Level: d.Level, Content: d.Content, Late: d.Late, Minutes: d.WorkMinute,
		Count: n, Reverses: Optional(d.Reverses),
	})
	return id
}

// Optional returns nil for the nil id: what a nullable column holds.
func Optional(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

// ErrNoAudit means a request changed something and recorded nothing. It is a
// mistake in the program and the change does not happen.
var ErrNoAudit = errors.New("tenant: a change without an audit row")

// seal writes what the transaction recorded, in one statement, just before it
// commits.
func (tx *Tx) seal(ctx context.Context) error {
	if tx.reply == nil && len(tx.audits) == 0 && len(tx.deeds) == 0 {
		return nil
	}
	if tx.reply != nil && len(tx.audits) == 0 {
		return fmt.Errorf("%w: %s", ErrNoAudit, tx.reply.route)
	}
	r := tx.reply
	if r == nil {
		r = &reply{}
	}
	var fresh bool
	if tx.Actor.Operator != uuid.Nil {
		return tx.sealOperator(ctx, r)
	}
	err := tx.Get(ctx, &fresh, `select app_seal($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		Optional(tx.Actor.Member), tx.Actor.Name, tx.Actor.Request, tx.Actor.IP,
		tx.auditJSON(), tx.deedJSON(), nullText(r.key), r.hash, r.status, r.body)
	return sealed(fresh, err)
}

func (tx *Tx) sealOperator(ctx context.Context, r *reply) error {
	var fresh bool
	err := tx.Get(ctx, &fresh, `select platform.operator_seal($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		tx.Actor.Operator, tx.Actor.Name, tx.Actor.Request, tx.Actor.IP, tx.auditJSON(),
		nullText(r.key), r.hash, r.status, r.body)
	return sealed(fresh, err)
}

func sealed(fresh bool, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("tenant: seal: %w", err)
	case !fresh:
		return ErrReplay
	}
	return nil
}

func (tx *Tx) auditJSON() string { return JSON(tx.audits) }

func (tx *Tx) deedJSON() *string {
	if len(tx.deeds) == 0 {
		return nil
	}
	s := JSON(tx.deeds)
	return &s
}

func nullText(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
