package publish

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// A Query asks for a list of items.
type Query struct {
	feature.Page
	View   string     `json:"-" query:"view"` // reading (if empty), mine, approved or all
	Column *uuid.UUID `json:"-" query:"column"`
	Unread bool       `json:"-" query:"unread"` // only of the last 90 days, and not read by the actor
	Text   string     `json:"-" query:"q"`      // in the title or the body
	Read   bool       `json:"-" query:"read"`   // only what the actor has read
	From   string     `json:"-" query:"from"`   // published on this day or later
	To     string     `json:"-" query:"to"`     // published on this day or earlier

	Expired bool `json:"-" query:"expired"` // of what is to be read, also what does not hold any more
}

// Validate refuses a view there is not.
func (q *Query) Validate() error {
	if q.View == "" {
		q.View = "reading"
	}
	if utf8.RuneCountInString(q.Text) > 200 {
		return feature.ErrLong.On("q")
	}
	switch q.View {
	case "reading", "mine", "approved", "all":
		return checkDays(q.From, q.To)
	}
	return feature.ErrChoice.On("view")
}

// A search is a query on its way to SQL: conditions, all of them constants, and
// their parameters.
type search struct {
	where []string
	args  feature.Args
}

// add adds a condition; each ? in it stands for the next argument.
func (s *search) add(condition string, args ...any) {
	for _, a := range args {
		condition = strings.Replace(condition, "?", s.args.Add(a), 1)
	}
	s.where = append(s.where, condition)
}

// within narrows to the columns on which the actor has p.
func (s *search) within(ctx context.Context, p rbac.Permission) {
	if r := rbac.From(ctx); !r.Everywhere(p) {
		s.add(`c.path && ?::uuid[]`, tenant.Array(r.Scopes(p)))
	}
}

// List returns the items of a view: what is published in the columns the actor
// reads, newest first; or else what was drafted last first. It is one
// statement.
func List(ctx context.Context, tx *tenant.Tx, q Query) (l feature.List[Line], err error) {
	if err := q.Validate(); err != nil {
		return l, err
	}
	at, err := q.order().Read(q.Page)
	if err != nil {
		return l, err
	}
	query, args, err := q.sql(ctx, tx, at)
	if err != nil {
		return l, err
	}
	rows := make([]row, 0, q.Size()+1)
	if err := tx.Select(ctx, &rows, query, args...); err != nil {
		return l, err
	}
	cut := feature.Cut(rows, q.Size(), at.Cursor)
	l.Next, l.Items = cut.Next, make([]Line, len(cut.Items))
	for i := range cut.Items {
		l.Items[i] = cut.Items[i].line(ctx, tx.Actor.Member)
	}
	return l, nil
}

// sql returns the statement of a query: one row more than its page.
func (q Query) sql(ctx context.Context, tx *tenant.Tx, at feature.Place[row]) (query string, args []any, err error) {
	s := &search{args: feature.Args{tx.Actor.Member}}
	if err := s.view(ctx, q.View); err != nil {
		return "", nil, err
	}
	if q.Column != nil {
		in, err := going(ctx, tx, *q.Column)
		if err != nil {
			return "", nil, err
		}
		if len(in) == 1 { // the index of a column's list serves one column
			s.add(`i.column_id = ?`, in[0])
		} else {
			s.add(`i.column_id = any (?::uuid[])`, tenant.Array(in))
		}
	}
	s.published(q.From, q.To)
	if q.View == "reading" && !q.Expired || q.Unread {
		s.add(Current)
	}
	if q.Unread {
		s.add(Meant)
		s.add(`i.state = 'published' and i.published_at > ?`, tx.Now.Add(-unreadFor))
		s.add(`not exists (select from item_reads r where r.item_id = i.id and r.member_id = $1)`)
	}
	if q.Read {
		s.add(`exists (select from item_reads r where r.item_id = i.id and r.member_id = $1)`)
	}
	if err := s.having(ctx, tx, line(q.Text), q.View); err != nil {
		return "", nil, err
	}
	s.where = append(s.where, at.After(s.args.Add))
	return `select ` + lineColumns + ` from items i join columns c on c.id = i.column_id
		 where ` + strings.Join(s.where, " and ") + ` order by ` + at.By() + ` limit ` + q.Rows(), s.args, nil
}

// view says which items belong to a view.
func (s *search) view(ctx context.Context, view string) error {
	switch view {
	case "reading":
		s.add(`i.state = 'published'`)
		s.within(ctx, Read)
		if !may(ctx, Inspect) {
			s.add(MeantOrOwn)
		}
	case "mine":
		s.add(`i.drafter_id = $1`)
	case "approved":
		s.add(`i.state = 'approved' and c.state = 'active'`)
		s.within(ctx, Publish)
	case "all":
		s.add(`true`)
		return rbac.Require(ctx, Inspect, nil)
	}
	return nil
}

// maxHaving is how many items are looked up by their words. Where there are
// more, a page of them is found soon by going through the list.
const maxHaving = 2000

// having narrows to items with the text in their title or body. Of those that
// are published the words' index says which may have it; the others are few.
func (s *search) having(ctx context.Context, tx *tenant.Tx, text, view string) error {
	if text == "" {
		return nil
	}
	s.add(`(i.title ilike ? or i.body_text ilike ?)`, pattern(text), pattern(text))
	terms := []string{}
	for _, w := range searchWords(text) {
		terms = append(terms, wantedTerms("", w)...)
	}
	if len(terms) == 0 || view != "reading" && view != "all" {
		return nil
	}
	var ids *tenant.IDs
	if err := tx.Get(ctx, &ids, `select platform.item_having($1, $2)`, tenant.Array(terms), maxHaving); err != nil || ids == nil {
		return err
	}
	if view == "reading" {
		s.add(`i.id = any (?::uuid[])`, *ids)
	} else {
		s.add(`(i.id = any (?::uuid[]) or i.state in ('draft', 'review', 'approved', 'withdrawn'))`, *ids)
	}
	return nil
}

// pattern makes text one that like looks for literally.
func pattern(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

// look returns one item.
func (d *Desk) look(ctx context.Context, tx *tenant.Tx, in ref) (Item, error) {
	r, err := d.seen(ctx, tx, in.ID)
	if err != nil {
		return Item{}, err
	}
	return r.item(ctx, tx.Actor.Member), nil
}

// markRead notes that the actor has read an item. Doing it again changes nothing.
func markRead(ctx context.Context, tx *tenant.Tx, in ref) (none feature.None, err error) {
	r, err := find(ctx, tx, in.ID)
	if err != nil {
		return none, err
	}
	if r.State != "published" {
		return none, ErrState.With("state", r.State)
	}
	_, err = tx.Exec(ctx, `
		with fresh as (
		  insert into item_reads (item_id, member_id, read_at) values ($1, $2, $3)
		  on conflict on constraint item_reads_pkey do nothing
		  returning item_id)
		update item_counts n set reads = n.reads + 1 from fresh where n.item_id = fresh.item_id`,
		r.ID, tx.Actor.Member, tx.Now)
	tx.Audit("publish.read", objectOf(r.ID), map[string]int{"revision": r.Revision})
	return none, err
}
