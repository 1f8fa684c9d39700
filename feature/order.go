package feature

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// An Order says by what clients may have a list sorted (UI4). It is made once,
// beside the list, and holds nothing but constants:
//
//	var order = feature.NewOrder("-sent_at", "e.id", func(e Envelope) uuid.UUID { return e.ID },
//		feature.ByTime("sent_at", "e.sent_at", func(e Envelope) time.Time { return e.SentAt }),
//		feature.ByText("title", "e.title", func(e Envelope) string { return e.Title }))
//
// The list asks it for a Place, and puts the Place's condition and order into
// its statement. Lists page by what they are sorted by and then by id, so a row
// stands once in them whatever is added meanwhile.
type Order[T any] struct {
	first string
	id    Key[T]
	keys  []Key[T]
}

// A Key is one thing a list may be sorted by. ByText and its like make one.
type Key[T any] struct {
	name, sql, cast string
	null            bool
	of              func(T) any
	read            func(string) (any, error)
}

// zh is the collation in which titles and names are sorted: Chinese by its sound.
const zh = ` collate "zh-x-icu"`

// ByText sorts by a text that is never null, as a Chinese dictionary would. Name
// is what clients call it, sql its constant expression in the list's statement,
// and of its value in a row.
func ByText[T any](name, sql string, of func(T) string) Key[T] {
	return Key[T]{name: name, sql: sql + zh, cast: "text", of: func(r T) any { return of(r) }, read: readText}
}

// ByWord sorts by a text that is never null, by its bytes: codes and logins.
func ByWord[T any](name, sql string, of func(T) string) Key[T] {
	return Key[T]{name: name, sql: sql, cast: "text", of: func(r T) any { return of(r) }, read: readText}
}

// ByTime sorts by a time that is never null.
func ByTime[T any](name, sql string, of func(T) time.Time) Key[T] {
	return Key[T]{name: name, sql: sql, cast: "timestamptz", of: func(r T) any { return of(r) }, read: readTime}
}

// ByTimeOrNull sorts by a time that may be null; rows without one stand last,
// whether the list goes up or down.
func ByTimeOrNull[T any](name, sql string, of func(T) *time.Time) Key[T] {
	return Key[T]{name: name, sql: sql, cast: "timestamptz", null: true, read: readTime, of: func(r T) any {
		if at := of(r); at != nil {
			return *at
		}
		return nil
	}}
}

// ByNumber sorts by a whole number that is never null.
func ByNumber[T any](name, sql string, of func(T) int) Key[T] {
	return Key[T]{name: name, sql: sql, cast: "bigint", of: func(r T) any { return int64(of(r)) }, read: readNumber}
}

// ByAge sorts by the id, which is to say by when a row was made.
func ByAge[T any](name, sql string, of func(T) uuid.UUID) Key[T] {
	return Key[T]{name: name, sql: sql, cast: "uuid", of: func(r T) any { return of(r) }, read: readID}
}

// NewOrder makes an order. First is the key a list has unless its client wants
// another, with a - before it if the largest comes first; id and of are the
// expression and the value of the rows' id, which decides between equals. It
// panics if first is not among the keys or two of them have one name: that is a
// mistake in the program.
func NewOrder[T any](first, id string, of func(T) uuid.UUID, keys ...Key[T]) *Order[T] {
	o := &Order[T]{first: first, id: ByAge("id", id, of), keys: keys}
	if _, ok := o.key(first); !ok {
		panic("feature: a list cannot be sorted by " + first)
	}
	names := o.Names()
	if slices.Sort(names); len(slices.Compact(names)) != len(keys) {
		panic(fmt.Sprintf("feature: a list has one key twice: %v", names))
	}
	return o
}

// Names are the keys' names in the order they were given.
func (o *Order[T]) Names() []string {
	var names []string
	for _, k := range o.keys {
		names = append(names, k.name)
	}
	return names
}

func (o *Order[T]) key(sort string) (Key[T], bool) {
	name := strings.TrimPrefix(sort, "-")
	i := slices.IndexFunc(o.keys, func(k Key[T]) bool { return k.name == name })
	if i < 0 {
		return Key[T]{}, false
	}
	return o.keys[i], true
}

// ErrCursor means that a cursor did not come from the list it was sent to, or
// came from it when it was sorted in another way.
var ErrCursor = ErrMalformed.On("after")

// Read returns the place in the list that a page begins at. What the list
// cannot be sorted by is an ErrChoice on "sort"; a cursor of another list, of
// another sort or of nonsense is an ErrCursor.
func (o *Order[T]) Read(p Page) (Place[T], error) {
	sort := p.Sort
	if sort == "" {
		sort = o.first
	}
	k, ok := o.key(sort)
	if !ok {
		return Place[T]{}, ErrChoice.On("sort").With("choices", o.Names())
	}
	at := Place[T]{order: o, key: k, sort: sort, down: strings.HasPrefix(sort, "-")}
	if p.After == "" {
		return at, nil
	}
	return at, at.read(p.After)
}

// Args are the parameters of a statement that is put together.
type Args []any

// Add adds a parameter and returns what stands for it: "$3".
func (a *Args) Add(v any) string {
	*a = append(*a, v)
	return "$" + strconv.Itoa(len(*a))
}

// A Place is where in a sorted list a page begins.
type Place[T any] struct {
	order *Order[T]
	key   Key[T]
	sort  string
	down  bool

	inside bool      // not at the beginning, but after a row
	value  any       // of that row's key; nil is null
	id     uuid.UUID // of that row
}

// mark is a cursor before it is encoded: the sort it belongs to, and the value
// and the id of the last row.
type mark struct {
	Sort  string    `json:"s"`
	Value *string   `json:"v"`
	ID    uuid.UUID `json:"i"`
}

// longest cursor that is looked at; titles and names are shorter than 1,000 bytes.
const longest = 4096

func (p *Place[T]) read(cursor string) error {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(cursor) > longest {
		return ErrCursor
	}
	var m mark
	if err := json.Unmarshal(raw, &m); err != nil || m.Sort != p.sort || m.Value == nil && !p.key.null {
		return ErrCursor
	}
	if m.Value != nil {
		if p.value, err = p.key.read(*m.Value); err != nil {
			return ErrCursor
		}
	}
	p.inside, p.id = true, m.ID
	return nil
}

// Last returns the value of the key and the id of the row that the place comes
// after, for statements that cannot use After; ok is false at the beginning.
func (p Place[T]) Last() (value any, id uuid.UUID, ok bool) { return p.value, p.id, p.inside }

// Cursor is the cursor of a page that ends with row; it is what Cut asks for.
func (p Place[T]) Cursor(row T) string {
	m := mark{Sort: p.sort, ID: p.order.id.of(row).(uuid.UUID)}
	if v := p.key.of(row); v != nil {
		text := plain(v)
		m.Value = &text
	}
	raw, err := json.Marshal(m)
	if err != nil {
		panic(err) // it is made of texts and an id
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// By is what stands after "order by".
func (p Place[T]) By() string {
	dir, nulls := "", ""
	if p.down {
		dir = " desc"
	}
	if p.key.null {
		nulls = " nulls last"
	}
	if p.alone() {
		return p.key.sql + dir
	}
	return p.key.sql + dir + nulls + ", " + p.order.id.sql + dir
}

// alone reports whether the key is the id itself, which needs no second one.
func (p Place[T]) alone() bool { return p.key.sql == p.order.id.sql }

// After is the condition that leaves what follows the place; arg adds a
// parameter to the statement, as Args.Add does. At the beginning of the list it is "true".
func (p Place[T]) After(arg func(any) string) string {
	if !p.inside {
		return "true"
	}
	beyond := ">"
	if p.down {
		beyond = "<"
	}
	key, id := p.key.sql, p.order.id.sql
	last := func() string { return arg(p.id) + "::uuid" }
	switch {
	case p.alone():
		return fmt.Sprintf("%s %s %s", id, beyond, last())
	case p.value == nil:
		return fmt.Sprintf("(%s is null and %s %s %s)", key, id, beyond, last())
	}
	v := arg(p.value) + "::" + p.key.cast
	if !p.key.null {
		return fmt.Sprintf("(%s, %s) %s (%s, %s)", key, id, beyond, v, last())
	}
	return fmt.Sprintf("((%s, %s) %s (%s, %s) or %s is null)", key, id, beyond, v, last(), key)
}

func plain(v any) string {
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case int64:
		return strconv.FormatInt(v, 10)
	default:
		return fmt.Sprint(v) // a text or an id
	}
}

func readText(s string) (any, error) {
	if !clean(s) {
		return nil, errNotText
	}
	return s, nil
}

func readNumber(s string) (any, error) { return strconv.ParseInt(s, 10, 64) }

func readID(s string) (any, error) { return uuid.Parse(s) }

func readTime(s string) (any, error) {
	at, err := time.Parse(time.RFC3339Nano, s)
	if err == nil && (at.Year() < 1 || at.Year() > 9999) {
		err = errNotText
	}
	return at, err
}
