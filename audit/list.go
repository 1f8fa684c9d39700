package audit

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// A Record is an entry as the auditor sees it.
type Record struct {
	ID       uuid.UUID       `db:"id" json:"id"`
	At       time.Time       `db:"at" json:"at"`
	MemberID *uuid.UUID      `db:"member_id" json:"member_id"` // nil for the system and for who was not known
	Name     string          `db:"actor_name" json:"name"`
	Action   string          `db:"action" json:"action"`
	Object   string          `db:"object" json:"object"`
	Detail   json.RawMessage `db:"detail" json:"detail"`
	Request  string          `db:"request" json:"request"`
	IP       string          `db:"ip" json:"ip"`
}

var order = feature.NewOrder("-at", "id", func(r Record) uuid.UUID { return r.ID },
	feature.ByTime("at", "at", func(r Record) time.Time { return r.At }))

type query struct {
	feature.Page
	Object string     `json:"-" query:"object"` // that thing and what is below it: "publish/item" is every item
	Member *uuid.UUID `json:"-" query:"member"`
	Action string     `json:"-" query:"action"` // "publish.edited", or "publish" for all of the feature's
	From   string     `json:"-" query:"from"`   // a day, in China's time; the first one
	To     string     `json:"-" query:"to"`     // the last one
	Q      string     `json:"-" query:"q"`      // part of a name, of an object or of an address
	Who    string     `json:"-" query:"who"`    // "system": only what no member did
	IP     string     `json:"-" query:"ip"`     // from this address and no other; "none": from none
}

// What a query says of those who are nobody, and came from nowhere.
const (
	bySystem  = "system"
	noAddress = "none"
)

// Sorts are by what entries may be sorted.
func (query) Sorts() []string { return order.Names() }

// Validate returns the first thing wrong with the query.
func (q *query) Validate() error {
	for _, day := range []struct{ field, text string }{{"from", q.From}, {"to", q.To}} {
		if _, err := time.Parse(time.DateOnly, day.text); day.text != "" && err != nil {
			return feature.ErrMalformed.On(day.field)
		}
	}
	q.Q = strings.TrimSpace(q.Q)
	switch {
	case len(q.Q) > 300:
		return feature.ErrLong.On("q")
	case q.Who != "" && q.Who != bySystem:
		return feature.ErrChoice.On("who")
	case len(q.IP) > 100:
		return feature.ErrLong.On("ip")
	}
	return nil
}

// where is the condition of the query; arg adds a parameter to the statement.
func (q query) where(arg func(any) string) string {
	var b strings.Builder
	switch {
	case q.Object == "" && q.Action != sealed && q.Action != noting && q.Action != looked && q.Action != "audit":
		b.WriteString(`action not in (` + ours + `, '` + looked + `')`)
	case q.Object == "" && q.Action == "audit":
		b.WriteString(`action not in (` + ours + `)`)
	default:
		b.WriteString(`true`)
	}
	if q.Object != "" {
		p := arg(q.Object)
		b.WriteString(` and (object = ` + p + ` or starts_with(object, ` + p + ` || '/'))`)
	}
	if q.Member != nil {
		b.WriteString(` and member_id = ` + arg(*q.Member))
	}
	if q.Who == bySystem {
		b.WriteString(` and member_id is null`)
	}
	if q.IP != "" {
		b.WriteString(` and ip = case ` + arg(q.IP) + `::text when '` + noAddress + `' then '' else ` + arg(q.IP) + ` end`)
	}
	if q.Action != "" {
		p := arg(q.Action)
		b.WriteString(` and (action = ` + p + ` or starts_with(action, ` + p + ` || '.'))`)
	}
	if q.From != "" {
		b.WriteString(` and at >= ` + arg(q.From) + `::date::timestamp at time zone 'Asia/Shanghai'`)
	}
	if q.To != "" {
		b.WriteString(` and at < (` + arg(q.To) + `::date + 1)::timestamp at time zone 'Asia/Shanghai'`)
	}
	if q.Q != "" {
		p := arg(q.Q)
		b.WriteString(` and (position(lower(` + p + `) in lower(actor_name)) > 0 or position(` + p + ` in object) > 0 or position(` + p + ` in ip) > 0)`)
	}
	return b.String()
}

// list returns entries, the newest first unless asked otherwise. Those about
// seals are left out unless asked for by their object or action.
func list(ctx context.Context, tx *tenant.Tx, in query) (l feature.List[Record], err error) {
	at, err := order.Read(in.Page)
	if err != nil {
		return l, err
	}
	args := []any{in.Size() + 1}
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	var rs []Record
	err = tx.Select(ctx, &rs, `
		select id, at, member_id, actor_name, action, object, detail, request, ip
		  from audit_entries
		 where `+in.where(arg)+` and `+at.After(arg)+`
		 order by `+at.By()+` limit $1`, args...)
	return feature.Cut(rs, in.Size(), at.Cursor), err
}

// An Action is something that was done at least once.
type Action struct {
	Action string `db:"action" json:"action"`
}

// actions lists what was ever done in the tenant, in the order of the codes. It
// steps through an index from one to the next and reads no entry.
func actions(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[Action], err error) {
	l.Items = []Action{}
	err = tx.Select(ctx, &l.Items, `
		with recursive a as (
		  (select action from audit_entries order by action limit 1)
		  union all
		  select (select e.action from audit_entries e where e.action > a.action order by e.action limit 1) from a where a.action is not null)
		select action from a where action is not null and action not in (`+ours+`)`)
	return l, err
}

// number reads the cursor of a list that is counted.
func number(cursor string) (*int64, error) {
	if cursor == "" {
		return nil, nil //nolint:nilnil // from the start
	}
	n, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil {
		return nil, feature.ErrCursor
	}
	return &n, nil
}

// A Sealing is a seal as the auditor sees it.
type Sealing struct {
	Seq    int64     `db:"seq" json:"seq"`
	At     time.Time `db:"at" json:"at"`           // when it was set
	UptoAt time.Time `db:"upto_at" json:"upto_at"` // of the newest entry it covers
	N      int       `db:"n" json:"n"`             // entries it covers
	Hash   string    `db:"hash" json:"hash"`       // hexadecimal
	Linked bool      `db:"linked" json:"linked"`   // it names the seal before it as that is now
}

// seals lists the seals, the newest first.
func seals(ctx context.Context, tx *tenant.Tx, in feature.Page) (l feature.List[Sealing], err error) {
	after, err := number(in.After)
	if err != nil {
		return l, err
	}
	var rows []Sealing
	err = tx.Select(ctx, &rows, `
		select s.seq, s.at, s.upto_at, s.n, encode(s.hash, 'hex') as hash,
		       case when s.seq = 1 then s.prev = $3 else coalesce(s.prev = p.hash, false) end as linked
		  from audit_seals s left join audit_seals p on p.seq = s.seq - 1
		 where $1::bigint is null or s.seq < $1
		 order by s.seq desc limit $2`, after, in.Size()+1, before(tx.Actor.Tenant).Hash)
	return feature.Cut(rows, in.Size(), func(s Sealing) string { return strconv.FormatInt(s.Seq, 10) }), err
}

// A Noting is a note as the auditor sees it.
type Noting struct {
	N           int64     `db:"n" json:"n"`
	At          time.Time `db:"at" json:"at"`
	Seal        int64     `db:"seal" json:"seal"`     // the newest one then
	Head        string    `db:"head" json:"head"`     // its hash then, hexadecimal
	SHA256      string    `db:"sha256" json:"sha256"` // of the note in the store
	RetainUntil time.Time `db:"retain_until" json:"retain_until"`
	Same        bool      `db:"same" json:"same"` // the seal still has that hash
}

// listNotes lists the notes, the newest first. Whether they are still in the
// store, and say so, hetu doctor audit tells.
func listNotes(ctx context.Context, tx *tenant.Tx, in feature.Page) (l feature.List[Noting], err error) {
	after, err := number(in.After)
	if err != nil {
		return l, err
	}
	var rows []Noting
	err = tx.Select(ctx, &rows, `
		select o.n, o.at, o.seal, o.head, o.sha256, o.retain_until, coalesce(encode(s.hash, 'hex') = o.head, false) as same
		  from audit_notes o left join audit_seals s on s.seq = o.seal
		 where $1::bigint is null or o.n < $1
		 order by o.n desc limit $2`, after, in.Size()+1)
	return feature.Cut(rows, in.Size(), func(n Noting) string { return strconv.FormatInt(n.N, 10) }), err
}

// A State is how far the audit is sealed.
type State struct {
	Seals    int64      `db:"seals" json:"seals"`
	SealedAt *time.Time `db:"sealed_at" json:"sealed_at"` // of the newest entry a seal covers
	Unsealed int        `db:"unsealed" json:"unsealed"`   // entries newer than that
	Head     string     `db:"head" json:"head"`           // hash of the last seal
}

func state(ctx context.Context, tx *tenant.Tx, _ feature.None) (s State, err error) {
	err = tx.Get(ctx, &s, `
		with l as (select seq, upto, upto_at, hash from audit_seals order by seq desc limit 1)
		select coalesce((select seq from l), 0) as seals, (select upto_at from l) as sealed_at,
		       coalesce((select encode(hash, 'hex') from l), '') as head,
		       (select count(*) from audit_entries
		         where txid > coalesce((select upto from l), '0') and action not in (`+ours+`)) as unsealed`)
	return s, err
}
