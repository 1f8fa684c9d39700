package exchange

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// A Starter has pushes done that take long. Start returns the id under which
// whoever asked for it follows the work; the work calls Exchange.Deliver after
// tx has committed.
type Starter interface {
	Start(ctx context.Context, tx *tenant.Tx, push uuid.UUID, title string) (uuid.UUID, error)
}

// A Push is an item that was given to tenants below.
type Push struct {
	ID          uuid.UUID  `db:"id" json:"id"`
	ItemID      uuid.UUID  `db:"item" json:"item_id"`
	Title       string     `db:"title" json:"title"`
	Kind        string     `db:"kind" json:"kind"`
	State       string     `db:"state" json:"state" enum:"live,withdrawn"`
	Reason      string     `db:"reason" json:"reason"`
	PushedAt    time.Time  `db:"pushed_at" json:"pushed_at"`
	By          string     `db:"by_name" json:"by"`
	WithdrawnAt *time.Time `db:"withdrawn_at" json:"withdrawn_at"`
	Units       int        `db:"units" json:"units"`
	Arrived     int        `db:"arrived" json:"arrived"` // units that have or had a copy
	Readers     int        `db:"readers" json:"readers"`
	Members     int        `db:"members" json:"members"` // of the units that have a copy
	Version     int        `db:"version" json:"version"`
}

const pushColumns = `p.id, p.item, p.title, p.kind, p.state, p.reason, p.pushed_at, p.by_name, p.withdrawn_at, p.version,
	(select count(*) from push_units u where u.push_id = p.id) as units,
	(select count(*) from push_units u where u.push_id = p.id and u.state in ('sent', 'done', 'withdrawn')) as arrived,
	(select coalesce(sum(c.readers), 0) from push_units u join push_counts c on c.tenant_id = u.unit_id and c.pushed_id = u.copy_id where u.push_id = p.id) as readers,
	(select coalesce(sum(c.members), 0) from push_units u join push_counts c on c.tenant_id = u.unit_id and c.pushed_id = u.copy_id where u.push_id = p.id) as members`

var pushOrder = feature.NewOrder("-pushed_at", "p.id", func(p Push) uuid.UUID { return p.ID },
	feature.ByTime("pushed_at", "p.pushed_at", func(p Push) time.Time { return p.PushedAt }),
	feature.ByText("title", "p.title", func(p Push) string { return p.Title }),
	feature.ByWord("state", "p.state", func(p Push) string { return p.State }),
)

type pushQuery struct {
	feature.Page
	Item uuid.UUID `json:"-" query:"item"` // only those of this item
	Q    string    `json:"-" query:"q"`    // only those with this in their titles
}

// Sorts are what pushes may be sorted by.
func (pushQuery) Sorts() []string { return pushOrder.Names() }

func pushes(ctx context.Context, tx *tenant.Tx, q pushQuery) (l feature.List[Push], err error) {
	at, err := pushOrder.Read(q.Page)
	if err != nil {
		return l, err
	}
	args := feature.Args{tenant.Optional(q.Item), q.Q}
	query := `
		select ` + pushColumns + `
		  from pushes p
		 where ($1::uuid is null or p.item = $1)
		   and ($2 = '' or position(lower($2) in lower(p.title)) > 0)
		   and ` + at.After(args.Add) + ` order by ` + at.By() + ` limit ` + q.Rows()
	var rows []Push
	err = tx.Select(ctx, &rows, query, args...)
	return feature.Cut(rows, q.Size(), at.Cursor), err
}

var pushSheet = feature.Sheet{Name: feature.Text{ZH: "信息推送", EN: "Pushes"}, Columns: []feature.Column{
	{Head: feature.Text{ZH: "标题", EN: "Title"}, Path: "title"},
	{Head: feature.Text{ZH: "推送时间", EN: "Pushed"}, Path: "pushed_at", Kind: feature.Times},
	{Head: feature.Text{ZH: "推送人", EN: "By"}, Path: "by"},
	{Head: feature.Text{ZH: "状态", EN: "State"}, Path: "state", Words: map[string]feature.Text{
		"live": {ZH: "在读", EN: "Live"}, "withdrawn": {ZH: "已撤回", EN: "Withdrawn"},
	}},
	{Head: feature.Text{ZH: "单位数", EN: "Units"}, Path: "units", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "已送达", EN: "Arrived"}, Path: "arrived", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "已阅人数", EN: "Readers"}, Path: "readers", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "应阅人数", EN: "Members"}, Path: "members", Kind: feature.Numbers},
}}

// A PushUnit is a unit that was given an item, and how many there have read it:
// never who.
type PushUnit struct {
	Unit    Peer       `db:"unit" json:"unit"`
	State   string     `db:"state" json:"state" enum:"waiting,sent,done,failed,withdrawn"`
	Readers int        `db:"readers" json:"readers"`
	Members int        `db:"members" json:"members"`
	At      *time.Time `db:"at" json:"at"` // of the count

	Lacks bool `db:"lacks" json:"-"` // what it was given
}

// A PushPage is a push with its units.
type PushPage struct {
	Push
	May   []string   `json:"may" enum:"deliver,withdraw"`
	Items []PushUnit `json:"items"`
	Next  string     `json:"next"` // always empty: all units stand on one page
}

type pushRef struct {
	feature.Page
	ID uuid.UUID `json:"-" path:"id"`
}

func findPush(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (p Push, err error) {
	err = tx.Get(ctx, &p, `select `+pushColumns+` from pushes p where p.id = $1`, id)
	return p, missing(err, ErrNoPush)
}

func push(ctx context.Context, tx *tenant.Tx, q pushRef) (PushPage, error) {
	p, err := findPush(ctx, tx, q.ID)
	if err != nil {
		return PushPage{}, err
	}
	page := PushPage{Push: p, May: []string{}, Items: []PushUnit{}}
	if p.State == "live" {
		page.May = append(page.May, "withdraw")
	}
	err = tx.Select(ctx, &page.Items, `
		select u.unit_id as "unit.id", u.unit_name as "unit.name", u.state, coalesce(c.readers, 0) as readers, coalesce(c.members, 0) as members, c.at, `+undelivered+` as lacks
		  from push_units u left join push_counts c on c.tenant_id = u.unit_id and c.pushed_id = u.copy_id
		 where u.push_id = $1
		 order by u.unit_name, u.unit_id`, q.ID)
	for _, u := range page.Items {
		if p.State == "live" && u.Lacks {
			page.May = append(page.May, "deliver")
			break
		}
	}
	return page, err
}

var pushUnitSheet = feature.Sheet{Name: feature.Text{ZH: "阅读情况", EN: "Readers by unit"}, Columns: []feature.Column{
	{Head: feature.Text{ZH: "单位", EN: "Unit"}, Path: "unit.name"},
	{Head: feature.Text{ZH: "状态", EN: "State"}, Path: "state", Words: map[string]feature.Text{
		"waiting": {ZH: "待送达", EN: "Waiting"}, "sent": {ZH: "附件传送中", EN: "Files on the way"}, "done": {ZH: "已送达", EN: "Arrived"},
		"failed": {ZH: "未送达", EN: "Not delivered"}, "withdrawn": {ZH: "已撤回", EN: "Withdrawn"},
	}},
	{Head: feature.Text{ZH: "已阅人数", EN: "Readers"}, Path: "readers", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "应阅人数", EN: "Members"}, Path: "members", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "统计时间", EN: "Counted"}, Path: "at", Kind: feature.Times},
}}

// A Giving gives a published item to tenants below.
type giving struct {
	Audience
	ItemID uuid.UUID `json:"item_id"`
}

// Validate refuses nobody.
func (g giving) Validate() error { return g.Audience.Validate() }

// A Started is a push and the work that delivers it.
type Started struct {
	Push   Push      `json:"push"`
	WorkID uuid.UUID `json:"work_id"`
}

// give makes a push and has it delivered. Units that have the item already, or to
// which it is on its way, are left out; those to which it could not be delivered
// are not.
func (x *Exchange) give(ctx context.Context, tx *tenant.Tx, g giving) (s Started, err error) {
	us, err := g.among(ctx, tx)
	if err != nil {
		return s, err
	}
	c, err := x.source.Sendable(ctx, tx, g.ItemID)
	if err != nil {
		return s, err
	}
	c.Subject, c.PublishedAt = g.ItemID, c.PublishedAt.UTC().Truncate(time.Microsecond)
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into pushes (id, item, content, hash, pushed_at, by_id, by_name, changed_by, changed_at)
		     values        ($1, $2,   $3,      $4,   $5,        $6,    $7,      $7,         $5)`,
		id, g.ItemID, tenant.JSON(c), c.Hash(tx.Actor.Tenant, tx.Actor.Tenant, ""), tx.Now, tenant.Optional(tx.Actor.Member), tx.Actor.Name)
	if tenant.Constraint(err) == "pushes_content_size" {
		return s, ErrTooLarge.With("max", MaxContent)
	}
	if err != nil {
		return s, err
	}
	if err := address(ctx, tx, id, g.ItemID, us); err != nil {
		return s, err
	}
	for _, a := range c.Attachments {
		if _, err := tx.Exec(ctx, `insert into push_files (push_id, id, key, version) values ($1, $2, $3, $4)`, id, a.ID, a.Key, a.Version); err != nil {
			return s, err
		}
	}
	if s.Push, err = findPush(ctx, tx, id); err != nil {
		return s, err
	}
	if s.WorkID, err = x.starter.Start(ctx, tx, id, c.Title); err != nil {
		return s, err
	}
	tx.Audit("exchange.push_started", pushing(id), map[string]any{"item": g.ItemID, "units": s.Push.Units, "content_hash": c.ContentHash})
	return s, nil
}

// address writes to whom a push goes.
func address(ctx context.Context, tx *tenant.Tx, id, item uuid.UUID, us []Subordinate) error {
	ids, names, copies := make([]uuid.UUID, len(us)), make([]string, len(us)), make([]uuid.UUID, len(us))
	for i, u := range us {
		ids[i], names[i], copies[i] = u.ID, u.Name, tenant.NewID()
	}
	n, err := tx.Exec(ctx, `
		insert into push_units (push_id, unit_id, unit_name, copy_id, item)
		     select $1, u.id, u.name, u.copy, $5 from unnest($2::uuid[], $3::text[], $4::uuid[]) as u (id, name, copy)
		on conflict (tenant_id, item, unit_id) where state not in ('withdrawn', 'failed') do nothing`,
		id, tenant.Array(ids), tenant.Array(names), tenant.Array(copies), item)
	if err == nil && n == 0 {
		return ErrPushed
	}
	return err
}

// undelivered is the condition that unit u of a push lacks what it was given, and
// was not given it by another push since.
const undelivered = `(u.state in ('waiting', 'sent') or u.state = 'failed' and not exists (
	select from push_units o where o.item = u.item and o.unit_id = u.unit_id and o.state in ('waiting', 'sent', 'done')))`

// redeliver goes on with a push that was stopped, or that units which were
// suspended could not have.
func (x *Exchange) redeliver(ctx context.Context, tx *tenant.Tx, q ref) (s Started, err error) {
	if s.Push, err = findPush(ctx, tx, q.ID); err != nil {
		return s, err
	}
	if s.Push.State != "live" {
		return s, ErrState.With("state", s.Push.State)
	}
	n, err := tx.Exec(ctx, `update push_units u set state = case state when 'failed' then 'waiting' else state end where push_id = $1 and `+undelivered, q.ID)
	switch {
	case tenant.Constraint(err) == "push_units_once_uq": // given it by another push at this moment
		return s, ErrPushed
	case err != nil:
		return s, err
	case n == 0:
		return s, ErrPushed
	}
	if s.WorkID, err = x.starter.Start(ctx, tx, q.ID, s.Push.Title); err != nil {
		return s, err
	}
	tx.Audit("exchange.push_resumed", pushing(q.ID), map[string]any{"units": n})
	return s, nil
}

// withdrawPush takes a push back: no unit can read it from the moment this is
// answered (R015).
func withdrawPush(ctx context.Context, tx *tenant.Tx, q refusal) (p PushPage, err error) {
	var now struct {
		State   string    `db:"state"`
		Version int       `db:"version"`
		By      string    `db:"changed_by"`
		At      time.Time `db:"changed_at"`
	}
	err = tx.Get(ctx, &now, `select state, version, changed_by, changed_at from pushes where id = $1`, q.ID)
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return p, ErrNoPush
	case err != nil:
		return p, err
	case now.Version != q.Version:
		return p, ErrStale.With("version", now.Version).With("changed_by", now.By).With("changed_at", now.At).With("changed", []string{"state"})
	case now.State != "live":
		return p, ErrState.With("state", now.State)
	}
	var copies int
	if err := tx.Get(ctx, &copies, `select exchange_unpush($1, $2, $3)`, q.ID, q.Reason, tx.Actor.Name); err != nil {
		return p, err
	}
	tx.Audit("exchange.push_withdrawn", pushing(q.ID), map[string]any{"copies": copies})
	return push(ctx, tx, pushRef{ID: q.ID})
}

func pushing(id uuid.UUID) string { return "exchange/push/" + id.String() }
