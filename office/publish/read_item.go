package publish

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// A ReadCount counts who is expected to read an item, and who has.
type ReadCount struct {
	ID        *uuid.UUID `db:"id" json:"id"` // of the department; null: of none
	Name      string     `db:"name" json:"name"`
	Audience  int        `db:"audience" json:"audience"`
	Read      int        `db:"read" json:"read"`
	Confirmed int        `db:"confirmed" json:"confirmed"`
}

// A Reading is what an item is to its readers, and to the actor among them.
type Reading struct {
	Receipts     bool        `json:"receipts"`     // its column asks readers to confirm that they have taken note
	ConfirmedAt  *time.Time  `json:"confirmed_at"` // when the actor did
	Comments     bool        `json:"comments"`     // its column lets readers comment
	CommentCount int         `json:"comment_count"`
	PinnedUntil  string      `json:"pinned_until" format:"date"` // empty: it is not pinned
	Total        *ReadCount  `json:"total"`                      // null: the actor may not look into who has read it
	Departments  []ReadCount `json:"departments"`                // the same by main department
	RemindedAt   *time.Time  `json:"reminded_at"`
	RemindedBy   string      `json:"reminded_by"`
	RequestID    *uuid.UUID  `json:"request_id"` // the actor's open request to take it down
	May          []string    `json:"may" enum:"readers,remind,confirm,comment,pin,unpin,takedown,order"`
}

// reading shows what an item is to its readers.
func reading(ctx context.Context, tx *tenant.Tx, in ref) (g Reading, err error) {
	g.Departments, g.May = []ReadCount{}, []string{}
	r, err := find(ctx, tx, in.ID)
	if err != nil {
		return g, err
	}
	rules, err := rulesOf(ctx, tx, r.ColumnPath)
	if err != nil {
		return g, err
	}
	g.Receipts, g.Comments = rules.Receipts, rules.Comments
	var mine struct {
		ConfirmedAt *time.Time `db:"confirmed_at"`
		Comments    int        `db:"comments"`
		Pinned      string     `db:"pinned"`
		RemindedAt  *time.Time `db:"reminded_at"`
		RemindedBy  string     `db:"reminded_by"`
		Request     *uuid.UUID `db:"request"`
	}
	err = tx.Get(ctx, &mine, `
		select (select v.at from item_receipts v where v.item_id = $1 and v.member_id = $2) as confirmed_at,
		       (select count(*) from item_comments k where k.item_id = $1 and k.state = 'shown') as comments,
		       coalesce((select p.until::text from column_pins p where p.item_id = $1 and p.until >= $3::date), '') as pinned,
		       (select m.at from item_reminders m where m.item_id = $1) as reminded_at,
		       coalesce((select m.by_name from item_reminders m where m.item_id = $1), '') as reminded_by,
		       (select k.id from takedown_requests k where k.item_id = $1 and k.requested_id = $2 and k.state = 'open') as request`,
		r.ID, tx.Actor.Member, calendar.DateOf(tx.Now).String())
	if err != nil {
		return g, err
	}
	g.ConfirmedAt, g.RequestID = mine.ConfirmedAt, mine.Request
	if r.State == "published" {
		g.CommentCount, g.PinnedUntil = mine.Comments, mine.Pinned
	}
	far, err := r.readersOf(ctx, tx)
	if err != nil || r.PublishedAt == nil {
		return g, err
	}
	if within, denied := far.narrowed(nil); denied == nil {
		g.RemindedAt, g.RemindedBy = mine.RemindedAt, mine.RemindedBy
		if err := g.count(ctx, tx, r, within); err != nil {
			return g, err
		}
	}
	arranges, err := r.arranges(ctx, tx)
	g.judge(ctx, r, tx.Actor.Member, arranges)
	return g, err
}

// count fills in who has read the item, of the departments within.
func (g *Reading) count(ctx context.Context, tx *tenant.Tx, r *row, within any) error {
	err := tx.Select(ctx, &g.Departments, audience+`
		select d.id, coalesce(d.name, '') as name, count(*) as audience, count(r.read_at) as read, count(v.at) as confirmed`+readersFrom+`
		 where `+inDepartments+` group by d.id, d.name, d.path, d.sort order by d.path is null, cardinality(d.path), d.sort, d.name, d.id`,
		tenant.Array(r.ColumnPath), tx.Now, r.ID, within)
	g.Total = &ReadCount{}
	for _, d := range g.Departments {
		g.Total.Audience, g.Total.Read, g.Total.Confirmed = g.Total.Audience+d.Audience, g.Total.Read+d.Read, g.Total.Confirmed+d.Confirmed
	}
	return err
}

// judge fills in what the actor may do.
func (g *Reading) judge(ctx context.Context, r *row, me uuid.UUID, arranges bool) {
	there := r.State == "published"
	asks := there && g.RequestID == nil && !r.withdrawable(ctx, me)
	for _, rule := range []struct {
		name string
		ok   bool
	}{
		{"readers", g.Total != nil},
		{"remind", there && g.Total != nil},
		{"confirm", there && g.Receipts && g.ConfirmedAt == nil},
		{"comment", there && g.Comments && r.ColumnState == "active"},
		{"pin", there && arranges},
		{"unpin", there && arranges && g.PinnedUntil != ""},
		{"takedown", asks && !may(ctx, Inspect)},
		{"order", asks && may(ctx, Inspect)},
	} {
		if rule.ok {
			g.May = append(g.May, rule.name)
		}
	}
}

// A DepartmentItem is an item that people of a department should read (R037).
type DepartmentItem struct {
	ID          uuid.UUID `db:"id" json:"id"`
	Title       string    `db:"title" json:"title"`
	Kind        string    `db:"kind" json:"kind" enum:"news,notice,announcement,briefing"`
	ColumnID    uuid.UUID `db:"column_id" json:"column_id"`
	ColumnName  string    `db:"column_name" json:"column_name"`
	PublishedAt time.Time `db:"published_at" json:"published_at"`
	Receipts    bool      `db:"receipts" json:"receipts"`
	Audience    int       `db:"audience" json:"audience"` // of the department
	Read        int       `db:"read" json:"read"`
	Confirmed   int       `db:"confirmed" json:"confirmed"`
}

type departmentQuery struct {
	feature.Page
	Department *uuid.UUID `json:"-" query:"department"` // the first the actor may look into if absent, rather one they head
	Unread     bool       `json:"-" query:"unread"`     // only what somebody of it has not read
}

var departmentOrder = feature.NewOrder("-published_at", "i.id", func(d DepartmentItem) uuid.UUID { return d.ID },
	feature.ByTime("published_at", "i.published_at", func(d DepartmentItem) time.Time { return d.PublishedAt }),
	feature.ByText("title", "i.title", func(d DepartmentItem) string { return d.Title }),
	feature.ByText("column_name", "c.name", func(d DepartmentItem) string { return d.ColumnName }),
)

// Sorts are what the list may be sorted by.
func (departmentQuery) Sorts() []string { return departmentOrder.Names() }

// departmentReading lists what was published in the last 90 days for people of
// a department, and how many of them have read it: to its head, to whom the head
// lets look, and to who inspects (R037).
func departmentReading(ctx context.Context, tx *tenant.Tx, q departmentQuery) (l feature.List[DepartmentItem], err error) {
	at, err := departmentOrder.Read(q.Page)
	if err != nil {
		return l, err
	}
	department, err := headed(ctx, tx, given(q.Department))
	if err != nil {
		return l, err
	}
	args := feature.Args{department, tx.Now, tx.Now.Add(-unreadFor)}
	where := at.After(args.Add)
	if q.Unread {
		where += ` and n.read < n.audience`
	}
	var rows []DepartmentItem
	err = tx.Select(ctx, &rows, `
		with staff as materialized (
		  select s.member_id as id from subjects s join members m on m.id = s.member_id where s.department_id = $1 and m.state = 'active'),
		granted as materialized (
		  select distinct t.id, h.scope_kind = '' as everywhere, h.scope_id
		    from held h
		    join staff t on h.member_id in (t.id, '00000000-0000-0000-0000-000000000000')
		   where h.permission = 'publish.read' and (h.until is null or h.until > $2))
		select i.id, i.title, i.kind, i.column_id, c.name as column_name, i.published_at, n.audience, n.read, n.confirmed,
		       (select x.receipts from column_rules(c.path) x) as receipts
		  from items i
		  join columns c on c.id = i.column_id
		  cross join lateral (
		    select count(*) as audience, count(r.read_at) as read, count(v.at) as confirmed
		      from (select distinct g.id from granted g where (g.everywhere or g.scope_id = any (c.path))
		               and (i.audience <> 'departments' or exists (select from subjects a where a.member_id = g.id and a.department_id = any (i.audience_departments)))) g
		      left join item_reads r on r.item_id = i.id and r.member_id = g.id
		      left join item_receipts v on v.item_id = i.id and v.member_id = g.id) n
		 where i.state = 'published' and i.published_at > $3 and n.audience > 0 and `+Current+` and `+strings.TrimSpace(where)+`
		 order by `+at.By()+` limit `+q.Rows(), args...)
	return feature.Cut(rows, q.Size(), at.Cursor), err
}

// headed returns the department whose reading the actor may look into: the one
// asked for, or else the first that they head or were let look into.
func headed(ctx context.Context, tx *tenant.Tx, asked *uuid.UUID) (id uuid.UUID, err error) {
	err = tx.Get(ctx, &id, `
		select d.id from departments d where `+watches+` and ($4::uuid is null or d.id = $4)
		 order by (select max(p.main::int) from posts p where p.member_id = $1 and p.department_id = d.id and p.head) desc nulls last,
		          cardinality(d.path), d.sort, d.id limit 1`, append(watching(ctx, tx), asked)...)
	if !errors.Is(err, tenant.ErrNoRows) {
		return id, err
	}
	if asked != nil && (oversees(ctx) || rbac.From(ctx).Everywhere(Readers)) {
		return id, ErrDepartment.On("department")
	}
	return id, ErrNotHead
}

// departmentSheet is the list as a workbook.
var departmentSheet = feature.Sheet{Name: feature.Text{ZH: "本部门阅读情况", EN: "Department reading"}, Columns: []feature.Column{
	{Head: feature.Text{ZH: "标题", EN: "Title"}, Path: "title"},
	{Head: feature.Text{ZH: "栏目", EN: "Column"}, Path: "column_name"},
	{Head: feature.Text{ZH: "发布时间", EN: "Published"}, Path: "published_at", Kind: feature.Times},
	{Head: feature.Text{ZH: "应读人数", EN: "Expected"}, Path: "audience", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "已读人数", EN: "Opened"}, Path: "read", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "确认已阅知人数", EN: "Acknowledged"}, Path: "confirmed", Kind: feature.Numbers},
}}
