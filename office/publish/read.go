package publish

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// What can go wrong with who has read what.
var (
	ErrNoReceipts       = fault.New(fault.Conflict, "publish.no_receipts")       // its column does not ask for it
	ErrRemindedRecently = fault.New(fault.Conflict, "publish.reminded_recently") // meta: until, by
	ErrNobodyToRemind   = fault.New(fault.Conflict, "publish.nobody_to_remind")
	ErrNotHead          = fault.New(fault.Forbidden, "publish.not_head")
)

// audience begins a statement with the members who are expected to read an
// item in the column with the path $1 at the moment $2: all who may, and are there.
const audience = `
	with granted as materialized (
	  select distinct h.member_id from held h
	   where h.permission = 'publish.read' and (h.scope_kind = '' or h.scope_id = any ($1)) and (h.until is null or h.until > $2)),
	audience as (
	  select m.id, m.name from members m
	   where m.state = 'active'
	     and (exists (select from granted g where g.member_id = '00000000-0000-0000-0000-000000000000')
	       or m.id in (select g.member_id from granted g)))`

// A reach says whose reading of an item the actor may look into.
type reach struct {
	all         bool
	departments tenant.IDs // into whose reading the actor may look, if not all
}

// readersOf returns how far the actor may see who has read the item (R037):
// wholly those who answer for it, who publish in its column, who head the
// department it is of, and who inspect; whoever heads another department, or was
// let look into its reading, sees that department.
func (r *row) readersOf(ctx context.Context, tx *tenant.Tx) (far reach, err error) {
	me, mine := tx.Actor.Member, rbac.From(ctx)
	if oversees(ctx) || mine.Everywhere(Readers) || r.DrafterID == me || r.PublisherID != nil && *r.PublisherID == me || on(ctx, Publish, r.ColumnPath) {
		return reach{all: true}, nil
	}
	var rows []struct {
		ID  uuid.UUID `db:"id"`
		Led bool      `db:"led"`
	}
	err = tx.Select(ctx, &rows, `
		select d.id, exists (select from posts p where p.member_id = $1 and p.department_id = d.id and p.head) as led
		  from departments d where `+watches+` order by d.id`, me, false, tenant.Array(mine.Scopes(Readers)))
	for _, d := range rows {
		far.departments = append(far.departments, d.ID)
		of := r.DepartmentID != nil && *r.DepartmentID == d.ID || r.ColumnUnit != nil && *r.ColumnUnit == d.ID
		far.all = far.all || d.Led && of
	}
	return far, err
}

// narrowed returns the departments a question about readers is narrowed to:
// nil if to none.
func (f reach) narrowed(asked *uuid.UUID) (any, error) {
	switch {
	case f.all && asked == nil:
		return nil, nil
	case f.all || asked != nil && slices.Contains(f.departments, *asked):
		return tenant.Array([]uuid.UUID{*asked}), nil
	case asked != nil || len(f.departments) == 0:
		return nil, rbac.ErrDenied
	}
	return tenant.Array(f.departments), nil
}

// A Reader is somebody who is expected to read an item.
type Reader struct {
	ID             uuid.UUID  `db:"id" json:"id"`
	Name           string     `db:"name" json:"name"`
	DepartmentID   *uuid.UUID `db:"department_id" json:"department_id"` // their main one
	DepartmentName string     `db:"department_name" json:"department_name"`
	ReadAt         *time.Time `db:"read_at" json:"read_at"`           // when they first opened it
	ConfirmedAt    *time.Time `db:"confirmed_at" json:"confirmed_at"` // when they said that they have taken note of it
}

type readerQuery struct {
	feature.Page
	ID         uuid.UUID  `json:"-" path:"id"`
	State      string     `json:"-" query:"state"` // read, unread, confirmed, unconfirmed; all if empty
	Department *uuid.UUID `json:"-" query:"department"`
}

// Validate refuses a state there is not.
func (q *readerQuery) Validate() error {
	if _, ok := readerStates[q.State]; !ok {
		return feature.ErrChoice.On("state")
	}
	return nil
}

var readerStates = map[string]string{"": "true", "read": "r.read_at is not null", "unread": "r.read_at is null",
	"confirmed": "v.at is not null", "unconfirmed": "v.at is null"}

var readerOrder = feature.NewOrder("department_name", "m.id", func(r Reader) uuid.UUID { return r.ID },
	feature.ByText("department_name", "coalesce(d.name, '')", func(r Reader) string { return r.DepartmentName }),
	feature.ByText("name", "m.name", func(r Reader) string { return r.Name }),
	feature.ByTimeOrNull("read_at", "r.read_at", func(r Reader) *time.Time { return r.ReadAt }),
	feature.ByTimeOrNull("confirmed_at", "v.at", func(r Reader) *time.Time { return r.ConfirmedAt }),
)

// Sorts are what a list of readers may be sorted by.
func (readerQuery) Sorts() []string { return readerOrder.Names() }

// readersFrom joins the audience m of item $3 with what became of it: readings r, receipts v.
const readersFrom = ` from audience m
	left join posts p on p.member_id = m.id and p.main
	left join departments d on d.id = p.department_id
	left join item_reads r on r.item_id = $3 and r.member_id = m.id
	left join item_receipts v on v.item_id = $3 and v.member_id = m.id`

// inDepartments narrows an audience m to the departments $4, and all below them.
const inDepartments = meantFor + ` and ($4::uuid[] is null or exists (select from subjects s where s.member_id = m.id and s.department_id = any ($4)))`

// watched returns an item that has had readers, and whose of them the actor may look into.
func watched(ctx context.Context, tx *tenant.Tx, id uuid.UUID, department *uuid.UUID) (r *row, in any, err error) {
	if r, err = find(ctx, tx, id); err != nil {
		return r, nil, err
	}
	far, err := r.readersOf(ctx, tx)
	if err != nil {
		return r, nil, err
	}
	if in, err = far.narrowed(given(department)); err != nil {
		return r, nil, err
	}
	if r.PublishedAt == nil {
		return r, nil, ErrState.With("state", r.State)
	}
	return r, in, nil
}

// listReaders lists who is expected to read an item, and who has.
func listReaders(ctx context.Context, tx *tenant.Tx, q readerQuery) (l feature.List[Reader], err error) {
	if err := q.Validate(); err != nil {
		return l, err
	}
	at, err := readerOrder.Read(q.Page)
	if err != nil {
		return l, err
	}
	r, in, err := watched(ctx, tx, q.ID, q.Department)
	if err != nil {
		return l, err
	}
	args := feature.Args{tenant.Array(r.ColumnPath), tx.Now, r.ID, in}
	where := strings.Join([]string{inDepartments, readerStates[q.State], at.After(args.Add)}, " and ")
	var rows []Reader
	err = tx.Select(ctx, &rows, audience+`
		select m.id, m.name, d.id as department_id, coalesce(d.name, '') as department_name, r.read_at, v.at as confirmed_at`+readersFrom+`
		 where `+where+` order by `+at.By()+` limit `+q.Rows(), args...)
	return feature.Cut(rows, q.Size(), at.Cursor), err
}

// readerSheet is a list of readers as a workbook.
var readerSheet = feature.Sheet{Name: feature.Text{ZH: "阅读情况", EN: "Readers"}, Columns: []feature.Column{
	{Head: feature.Text{ZH: "姓名", EN: "Name"}, Path: "name"},
	{Head: feature.Text{ZH: "部门", EN: "Department"}, Path: "department_name"},
	{Head: feature.Text{ZH: "阅读时间", EN: "Opened"}, Path: "read_at", Kind: feature.Times},
	{Head: feature.Text{ZH: "确认已阅知", EN: "Acknowledged"}, Path: "confirmed_at", Kind: feature.Times},
}}

// confirmRead notes that the actor says to have taken note of an item (已阅知),
// where its column asks for that. Doing it again changes nothing.
func confirmRead(ctx context.Context, tx *tenant.Tx, in ref) (none feature.None, err error) {
	if none, err = markRead(ctx, tx, in); err != nil {
		return none, err
	}
	r, err := find(ctx, tx, in.ID)
	if err != nil {
		return none, err
	}
	rules, err := rulesOf(ctx, tx, r.ColumnPath)
	if err != nil {
		return none, err
	}
	if !rules.Receipts {
		return none, ErrNoReceipts
	}
	_, err = tx.Exec(ctx, `
		insert into item_receipts (item_id, member_id, at) values ($1, $2, $3)
		on conflict on constraint item_receipts_pkey do nothing`, r.ID, tx.Actor.Member, tx.Now)
	tx.Audit("publish.read_confirmed", objectOf(r.ID), map[string]any{"revision": r.Revision, "hash": r.ContentHash})
	return none, err
}

type reminding struct {
	ID         uuid.UUID  `json:"-" path:"id"`
	Department *uuid.UUID `json:"department_id,omitempty"` // only its people
}

// Reminded says how many were reminded.
type Reminded struct {
	Told int `json:"told"`
}

// remindersApart is how far apart the reminders of one item are.
const remindersApart = time.Hour

// remind tells those who have not read an item yet, or have not confirmed that
// they have where its column asks for it, to do so; once an hour for each item.
func remind(ctx context.Context, tx *tenant.Tx, in reminding) (done Reminded, err error) {
	r, within, err := watched(ctx, tx, in.ID, in.Department)
	if err != nil {
		return done, err
	}
	if r.State != "published" {
		return done, ErrState.With("state", r.State)
	}
	rules, err := rulesOf(ctx, tx, r.ColumnPath)
	if err != nil {
		return done, err
	}
	missing := readerStates["unread"]
	if rules.Receipts {
		missing = readerStates["unconfirmed"]
	}
	var to []uuid.UUID
	err = tx.Select(ctx, &to, audience+` select m.id`+readersFrom+` where `+inDepartments+` and `+missing+` and m.id <> $5 and m.id <> $6 order by m.id`,
		tenant.Array(r.ColumnPath), tx.Now, r.ID, within, tx.Actor.Member, r.DrafterID)
	if err != nil {
		return done, err
	}
	if len(to) == 0 {
		return done, ErrNobodyToRemind
	}
	n, err := tx.Exec(ctx, `
		insert into item_reminders as m (item_id, at, by_name, told) values ($1, $2, $3, $4)
		on conflict on constraint item_reminders_pkey do update set at = excluded.at, by_name = excluded.by_name, told = excluded.told
		      where m.at <= $5`, r.ID, tx.Now, tx.Actor.Name, len(to), tx.Now.Add(-remindersApart))
	if err != nil {
		return done, err
	}
	if n == 0 {
		var last lastReminder
		if err := tx.Get(ctx, &last, `select at, by_name from item_reminders where item_id = $1`, r.ID); err != nil {
			return done, err
		}
		return done, ErrRemindedRecently.With("until", last.At.Add(remindersApart)).With("by", last.By)
	}
	tx.Audit("publish.reminded", objectOf(r.ID), map[string]any{"told": len(to), "department": in.Department})
	return Reminded{len(to)}, tell(ctx, tx, r, "publish.read_reminder", to)
}

type lastReminder struct {
	At time.Time `db:"at"`
	By string    `db:"by_name"`
}
