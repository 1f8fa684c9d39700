package publish

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/tenant"
)

// Returned is the deed of an item that a reviewer returned, by its reason
// (I16): it goes to the account of the unit that would have published it.
const Returned = "publish.returned"

// countReturn counts a return, by its reason (R030, R031).
func countReturn(ctx context.Context, tx *tenant.Tx, c feature.Decision) error {
	r, err := load(ctx, tx, c.Subject)
	if err != nil {
		return err
	}
	kind, unit := r.unit(tx.Actor.Tenant)
	tx.Deed(tenant.Deed{
		Kind: Returned, Member: r.DrafterID, Unit: unit, UnitKind: kind, Item: objectOf(r.ID), Title: r.Title, Level: c.Reason, Content: c.Hash,
	})
	return nil
}

// A Returns line says how often reviewers returned items, and why. Of the
// whole and of a department Base counts what was submitted; of a reviewer, what
// they decided.
type Returns struct {
	ID         *uuid.UUID `db:"id" json:"id"`     // of the department or the reviewer; null: the whole unit
	Name       string     `db:"name" json:"name"` // empty: the whole unit
	Base       int        `db:"base" json:"base"`
	Returned   int        `db:"returned" json:"returned"`
	Format     int        `db:"format" json:"format"`
	Wording    int        `db:"wording" json:"wording"`
	False      int        `db:"false" json:"false"`           // untrue or misleading (R031)
	Irrelevant int        `db:"irrelevant" json:"irrelevant"` // not work-related (R030)
	Unlawful   int        `db:"unlawful" json:"unlawful"`
	Other      int        `db:"other" json:"other"`
}

// returnsQuery asks for returns in a time, of the submissions or decisions then.
type returnsQuery struct {
	feature.Page
	By   string `json:"-" query:"by"`   // department (if empty), reviewer or total
	From string `json:"-" query:"from"` // on this day or later
	To   string `json:"-" query:"to"`   // on this day or earlier
}

// Validate refuses a view there is not, and days that are none.
func (q *returnsQuery) Validate() error {
	if q.After != "" {
		return feature.ErrCursor // it is one page
	}
	switch q.By {
	case "", "department", "reviewer", "total":
		return checkDays(q.From, q.To)
	}
	return feature.ErrChoice.On("by")
}

const byReason = `count(*) filter (where x.reason = 'format') as format, count(*) filter (where x.reason = 'wording') as wording,
	count(*) filter (where x.reason = 'false') as "false", count(*) filter (where x.reason = 'irrelevant') as irrelevant,
	count(*) filter (where x.reason = 'unlawful') as unlawful, count(*) filter (where x.reason = 'other') as other`

// The submissions of a time with what became of them, and the decisions.
const (
	submitted = `
		select c.unit_id, case when c.state = 'returned'
		                       then (select e.reason from approval_events e where e.case_id = c.id and e.action = 'return' order by e.seq desc limit 1)
		                  end as reason
		  from approval_cases c
		 where c.kind = $1 and ($2::timestamptz is null or c.started_at >= $2) and ($3::timestamptz is null or c.started_at < $3)`
	decidedIn = `
		select e.member_id, case when e.action = 'return' then e.reason end as reason
		  from approval_events e
		  join approval_cases c on c.id = e.case_id
		 where c.kind = $1 and e.action in ('approve', 'return') and ($2::timestamptz is null or e.at >= $2) and ($3::timestamptz is null or e.at < $3)`
)

// mostReturns is how many departments or reviewers the page has.
const mostReturns = 1000

// listReturns counts what reviewers returned (R030, R031, I16), in one page.
func listReturns(ctx context.Context, tx *tenant.Tx, q returnsQuery) (l feature.List[Returns], err error) {
	from, to := between(q.From, q.To)
	statement := `select d.id, coalesce(d.name, '') as name, count(*) as base, count(x.reason) as returned, ` + byReason + `
		from (` + submitted + `) x left join departments d on d.id = x.unit_id group by d.id, d.name`
	switch q.By {
	case "reviewer":
		statement = `select m.id, m.name, count(*) as base, count(x.reason) as returned, ` + byReason + `
			from (` + decidedIn + `) x join members m on m.id = x.member_id group by m.id, m.name`
	case "total":
		statement = `select null::uuid as id, '' as name, count(*) as base, count(x.reason) as returned, ` + byReason + ` from (` + submitted + `) x`
	}
	err = tx.Select(ctx, &l.Items, statement+` order by returned desc, base desc, id limit $4`, Kind, from, to, mostReturns)
	if l.Items == nil {
		l.Items = []Returns{}
	}
	return l, err
}

// between turns days in China into the moments between which they lie; an empty
// day is no bound. They have been looked at.
func between(from, to string) (begin, end *time.Time) {
	if d, err := calendar.ParseDate(from); err == nil {
		at := d.At(0)
		begin = &at
	}
	if d, err := calendar.ParseDate(to); err == nil {
		at := d.Add(1).At(0)
		end = &at
	}
	return begin, end
}

var returnsSheet = feature.Sheet{Name: feature.Text{ZH: "审核退回统计", EN: "Returns"}, Columns: []feature.Column{
	{Head: feature.Text{ZH: "部门或审核人", EN: "Department or reviewer"}, Path: "name"},
	{Head: feature.Text{ZH: "送审（审核）数", EN: "Submitted or decided"}, Path: "base", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "退回数", EN: "Returned"}, Path: "returned", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "格式不规范", EN: "Format"}, Path: "format", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "文字错误", EN: "Wording"}, Path: "wording", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "虚假、误导", EN: "False or misleading"}, Path: "false", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "与工作无关", EN: "Not work-related"}, Path: "irrelevant", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "违法违规", EN: "Unlawful"}, Path: "unlawful", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "其他", EN: "Other"}, Path: "other", Kind: feature.Numbers},
}}
