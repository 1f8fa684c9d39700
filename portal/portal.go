// Package portal lays out the desktop: what waits for a person, what they have
// not read, what they wrote, where the news is, in one call and one
// transaction.
package portal

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"hetu/approval"
	"hetu/feature"
	"hetu/message"
	"hetu/office/publish"
	"hetu/rbac"
	"hetu/tenant"
)

// shown is how many entries each list of the desktop has at most.
const shown = 8

// fresh is how long an item that somebody has not read counts as unread.
const fresh = 90 * 24 * time.Hour

// Tasks are what waits for a person's decision.
type Tasks interface {
	// Todo returns the actor's open tasks, what is due first at the top.
	Todo(ctx context.Context, tx *tenant.Tx, limit int) ([]approval.Task, error)
	// Counts returns how much there is of what the actor deals with.
	Counts(ctx context.Context, tx *tenant.Tx) (approval.Counts, error)
}

// A Person is somebody by their name then.
type Person struct {
	ID   uuid.UUID `db:"id" json:"id"`
	Name string    `db:"name" json:"name"`
}

// An Item is an item as the desktop shows it.
type Item struct {
	ID             uuid.UUID  `db:"id" json:"id"`
	ColumnID       uuid.UUID  `db:"column_id" json:"column_id"`
	ColumnName     string     `db:"column_name" json:"column_name"`
	Kind           string     `db:"kind" json:"kind" enum:"news,notice,announcement,briefing"`
	State          string     `db:"state" json:"state" enum:"draft,review,approved,published,withdrawn"`
	Title          string     `db:"title" json:"title"`
	Drafter        Person     `db:"drafter" json:"drafter"`
	DepartmentName string     `db:"department_name" json:"department_name"`
	CreatedAt      time.Time  `db:"created_at" json:"created_at"`
	SubmittedAt    *time.Time `db:"submitted_at" json:"submitted_at"`
	PublishedAt    *time.Time `db:"published_at" json:"published_at"`
	Read           bool       `db:"read" json:"read"`
	ReadCount      int        `db:"read_count" json:"read_count"`
	Version        int        `db:"version" json:"version"`
}

// A Column is a column the actor may read.
type Column struct {
	ID              uuid.UUID  `db:"id" json:"id"`
	Name            string     `db:"name" json:"name"`
	LastPublishedAt *time.Time `db:"last_published_at" json:"last_published_at"`
	Unread          int        `db:"unread" json:"unread"`
}

// Counts are the numbers beside the menu.
type Counts struct {
	Todo     int `json:"todo"`     // tasks that wait for the actor
	Unread   int `json:"unread"`   // items of the last 90 days
	Approved int `json:"approved"` // items the actor may publish now
	Inbox    int `json:"inbox"`    // envelopes nobody has received yet
}

// A Desktop is what a person sees first.
type Desktop struct {
	Todo    []approval.Task    `json:"todo"`
	Reading []Item             `json:"reading"`
	Mine    []Item             `json:"mine"`
	Columns []Column           `json:"columns"`
	Counts  Counts             `json:"counts"`
	Notices []message.Received `json:"notices"`
}

// Feature is what the desktop adds to the system. What else than tasks waits
// for people is in the lists.
func Feature(tasks Tasks, lists ...List) feature.Feature {
	d := desk{tasks, lists}
	return feature.Feature{
		Name: "portal",
		Routes: []feature.Route{
			feature.GET("/portal/desktop", rbac.Member, feature.Read(d.lay)),
			feature.GET("/portal/counts", rbac.Member, feature.Read(d.load)),
		},
	}
}

type desk struct {
	tasks Tasks
	lists []List
}

// lay puts the desktop together. Every part is its own statement on its own
// index; what the actor may not see is left out by the statement.
func (d desk) lay(ctx context.Context, tx *tenant.Tx, _ feature.None) (top Desktop, err error) {
	for _, part := range []struct {
		name string
		fill func() error
	}{
		{"todo", func() (err error) { top.Todo, err = d.tasks.Todo(ctx, tx, shown); return err }},
		{"counts", func() (err error) { top.Counts, err = d.counts(ctx, tx); return err }},
		{"reading", func() (err error) { top.Reading, err = reading(ctx, tx); return err }},
		{"mine", func() (err error) { top.Mine, err = mine(ctx, tx); return err }},
		{"columns", func() (err error) { top.Columns, top.Counts.Unread, err = columns(ctx, tx); return err }},
		{"notices", func() (err error) { top.Notices, err = notices(ctx, tx); return err }},
	} {
		if err := part.fill(); err != nil {
			return Desktop{}, fmt.Errorf("portal: %s: %w", part.name, err)
		}
	}
	if top.Todo == nil {
		top.Todo = []approval.Task{}
	}
	return top, nil
}

const itemColumns = `i.id, i.column_id, c.name as column_name, i.kind, i.state, i.title, i.drafter_id as "drafter.id",
	i.drafter_name as "drafter.name", i.department_name, i.created_at, i.submitted_at, i.published_at, i.version,
	coalesce((select n.reads from item_counts n where n.item_id = i.id), 0) as read_count`

// reading are the newest published items the actor may read and has not.
func reading(ctx context.Context, tx *tenant.Tx) ([]Item, error) {
	items := []Item{}
	r := rbac.From(ctx)
	err := tx.Select(ctx, &items, `
		select `+itemColumns+`, false as read
		  from items i
		  join columns c on c.id = i.column_id
		 where i.state = 'published'
		   and i.published_at > $2
		   and ($3 or c.path && $4::uuid[])
		   and `+publish.Meant+` and `+publish.Current+`
		   and not exists (select from item_reads d where d.item_id = i.id and d.member_id = $1)
		 order by i.published_at desc, i.id desc
		 limit `+strconv.Itoa(shown), tx.Actor.Member, tx.Now.Add(-fresh), r.Everywhere(publish.Read), tenant.Array(r.Scopes(publish.Read)))
	return items, err
}

// mine are the items the actor drafted last.
func mine(ctx context.Context, tx *tenant.Tx) ([]Item, error) {
	items := []Item{}
	err := tx.Select(ctx, &items, `
		select `+itemColumns+`,
		       exists (select from item_reads d where d.item_id = i.id and d.member_id = $1) as read
		  from items i
		  join columns c on c.id = i.column_id
		 where i.drafter_id = $1
		 order by i.id desc
		 limit `+strconv.Itoa(shown), tx.Actor.Member)
	return items, err
}

// columns are the columns the actor may read, the one with the latest news
// first, and how many items they have not read in all of them.
func columns(ctx context.Context, tx *tenant.Tx) (cs []Column, unread int, err error) {
	cs = []Column{}
	r := rbac.From(ctx)
	err = tx.Select(ctx, &cs, `
		select c.id, c.name, c.last_published_at, coalesce(u.n, 0) as unread
		  from columns c
		  left join (
		    select i.column_id, count(*) as n
		      from items i
		     where i.state = 'published'
		       and i.published_at > $2
		       and `+publish.Meant+` and `+publish.Current+`
		       and not exists (select from item_reads d where d.item_id = i.id and d.member_id = $1)
		     group by i.column_id) u on u.column_id = c.id
		 where (c.state = 'active' or u.n > 0)
		   and ($3 or c.path && $4::uuid[])
		 order by c.last_published_at desc nulls last, c.sort, c.name`,
		tx.Actor.Member, tx.Now.Add(-fresh), r.Everywhere(publish.Read), tenant.Array(r.Scopes(publish.Read)))
	for _, c := range cs {
		unread += c.Unread
	}
	return cs, unread, err
}

// counts are the numbers that do not come with a list.
func (d desk) counts(ctx context.Context, tx *tenant.Tx) (c Counts, err error) {
	own, err := d.tasks.Counts(ctx, tx)
	if err != nil {
		return c, err
	}
	c.Todo = own.Todo
	c.Approved, c.Inbox, err = ready(ctx, tx)
	return c, err
}

// notices are the newest the actor has not read.
func notices(ctx context.Context, tx *tenant.Tx) ([]message.Received, error) {
	l, err := message.List(ctx, tx, message.Query{Page: feature.Page{Limit: shown}, Unread: true})
	return l.Items, err
}
