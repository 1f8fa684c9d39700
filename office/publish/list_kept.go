package publish

import (
	"context"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// keptPages is how much a node remembers of pages of columns, in bytes.
const keptPages = 4 << 20

// pageOf is what is asked for when somebody leafs through a column on a day.
type pageOf struct {
	tenant, column uuid.UUID
	from, to       string
	expired        bool
	page           feature.Page
	day            calendar.Date
}

// A columnPage is a page of a column as everybody has it who reads it: without
// what is different from reader to reader.
type columnPage struct {
	path   tenant.IDs // of the column
	rows   []row
	next   string
	ids    string // of the rows, as a parameter
	narrow bool   // it is not the same for all: some of it is meant for some departments only, or it has parts
}

// list answers List, from memory where a page of a column is asked for that has
// been read before and still holds.
func (d *Desk) list(ctx context.Context, tx *tenant.Tx, q Query) (l feature.List[Line], err error) {
	if err := q.Validate(); err != nil {
		return l, err
	}
	if q.View != "reading" || q.Column == nil || q.Unread || q.Read || line(q.Text) != "" {
		return List(ctx, tx, q)
	}
	key := pageOf{tx.Actor.Tenant, *q.Column, q.From, q.To, q.Expired, q.Page, calendar.DateOf(tx.Now)}
	e, known := d.pages.find(key, tx.Now)
	switch {
	case known && e.value.narrow:
		return List(ctx, tx, q)
	case !known:
		return d.freshPage(ctx, tx, q, key)
	}
	mine, err := e.value.read(ctx, tx)
	switch {
	case err != nil:
		return l, err
	case mine.State != e.state:
		return d.freshPage(ctx, tx, q, key)
	}
	return e.value.list(ctx, tx.Actor.Member, mine), nil
}

// freshPage reads a page of a column for everybody and remembers it.
func (d *Desk) freshPage(ctx context.Context, tx *tenant.Tx, q Query, key pageOf) (l feature.List[Line], err error) {
	state, err := stateOf(ctx, tx)
	if err != nil {
		return l, err
	}
	p, err := q.columnPage(ctx, tx)
	if err != nil {
		return l, err
	}
	if len(p.rows) > 0 || p.narrow {
		d.pages.put(key, entry[columnPage]{state, tx.Now, keptUntil(tx.Now), 512 + 1500*len(p.rows), p}, keptPages)
	}
	if p.narrow {
		return List(ctx, tx, q)
	}
	return p.list(ctx, tx.Actor.Member, readerOf{}), nil
}

// columnPage reads a page as nobody's in particular, and with it what it is to the
// actor.
func (q Query) columnPage(ctx context.Context, tx *tenant.Tx) (p columnPage, err error) {
	at, err := q.order().Read(q.Page)
	if err != nil {
		return p, err
	}
	in, err := going(ctx, tx, *q.Column)
	if err != nil || len(in) > 1 {
		return columnPage{narrow: true}, err
	}
	s := &search{args: feature.Args{tx.Actor.Member}}
	s.add(`i.state = 'published'`)
	s.add(`i.column_id = ?`, in[0])
	s.published(q.From, q.To)
	if !q.Expired {
		s.add(Current)
	}
	s.where = append(s.where, at.After(s.args.Add))
	most := s.args.Add(q.Size() + 1)
	p.rows = make([]row, 0, q.Size()+1)
	err = tx.Select(ctx, &p.rows, `select `+lineColumns+` from items i join columns c on c.id = i.column_id
		 where `+strings.Join(s.where, " and ")+` order by `+at.By()+` limit `+most, s.args...)
	if err != nil {
		return p, err
	}
	for _, r := range p.rows {
		p.narrow = p.narrow || r.Audience == "departments"
	}
	if p.narrow {
		return columnPage{narrow: true}, nil
	}
	cut := feature.Cut(p.rows, q.Size(), at.Cursor)
	p.rows, p.next = cut.Items, cut.Next
	if len(p.rows) > 0 {
		p.path = p.rows[0].ColumnPath
	}
	ids := make([]string, len(p.rows))
	for i, r := range p.rows {
		ids[i] = r.ID.String()
	}
	p.ids = "{" + strings.Join(ids, ",") + "}"
	return p, nil
}

// A readerOf is what a page is to a reader, and in what state it is that. The
// zero value: what was read with the page.
type readerOf struct {
	State       string       `db:"state"`
	Read        tenant.IDs   `db:"read"`        // of its items
	Counts      tenant.Texts `db:"counts"`      // how many have read each
	Departments tenant.IDs   `db:"departments"` // the reader's
}

// read reads what the page is to the actor.
func (p *columnPage) read(ctx context.Context, tx *tenant.Tx) (mine readerOf, err error) {
	err = tx.Get(ctx, &mine, `
		select platform.columns_state() as state,
		       array(select r.item_id from item_reads r where r.member_id = $1 and r.item_id = any ($2::uuid[])) as read,
		       array(select coalesce((select n.reads from item_counts n where n.item_id = u.id), 0)::text
		               from unnest($2::uuid[]) with ordinality u (id, at) order by u.at) as counts,
		       array(select s.department_id from subjects s where s.member_id = $1) as departments`, tx.Actor.Member, p.ids)
	return mine, err
}

// list is the page as the actor sees it.
func (p *columnPage) list(ctx context.Context, me uuid.UUID, mine readerOf) feature.List[Line] {
	l := feature.List[Line]{Items: []Line{}}
	if !rbac.From(ctx).On(Read, p.path) {
		return l
	}
	read := make(map[uuid.UUID]bool, len(mine.Read))
	for _, id := range mine.Read {
		read[id] = true
	}
	l.Items, l.Next = make([]Line, len(p.rows)), p.next
	for i, r := range p.rows {
		if mine.State != "" {
			r.Read, r.Own = read[r.ID], false
			r.ReadCount, _ = strconv.Atoi(mine.Counts[i])
			for _, d := range mine.Departments {
				r.Own = r.Own || r.DepartmentID != nil && *r.DepartmentID == d
			}
		}
		l.Items[i] = r.line(ctx, me)
	}
	return l
}
