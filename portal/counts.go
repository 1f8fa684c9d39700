package portal

import (
	"context"

	"hetu/exchange"
	"hetu/feature"
	"hetu/office/publish"
	"hetu/rbac"
	"hetu/tenant"
)

// Boxes are how much there is in each of the lists a person works through, as
// those lists count it (UI5): what waits and what is new beside the menu, the
// rest where they stand.
type Boxes struct {
	Todo     int `json:"todo"`                 // 待办: tasks that wait for the actor
	Done     int `json:"done"`                 // 已办: tasks the actor decided
	Started  int `json:"started"`              // 我发起: cases the actor started
	ToRead   int `db:"to_read" json:"to_read"` // 待阅: items of the last 90 days the actor may read and has not
	Read     int `db:"read" json:"read"`       // 已阅: items the actor may read and has
	Approved int `json:"approved"`             // items the actor may publish now
	Inbox    int `json:"inbox"`                // envelopes nobody has received yet
}

// boxes counts them.
func (d desk) boxes(ctx context.Context, tx *tenant.Tx, _ feature.None) (b Boxes, err error) {
	r := rbac.From(ctx)
	err = tx.Get(ctx, &b, `
		select (select count(*)
		          from items i
		          join columns c on c.id = i.column_id
		         where i.state = 'published'
		           and i.published_at > $2
		           and ($3 or c.path && $4::uuid[])
		           and `+publish.Meant+` and `+publish.Current+`
		           and not exists (select from item_reads d where d.item_id = i.id and d.member_id = $1)) as to_read,
		       (select count(*)
		          from item_reads d
		          join items i on i.id = d.item_id
		          join columns c on c.id = i.column_id
		         where d.member_id = $1
		           and i.state = 'published'
		           and ($5 or `+publish.MeantOrOwn+`) and `+publish.Current+`
		           and ($3 or c.path && $4::uuid[])) as read`,
		tx.Actor.Member, tx.Now.Add(-fresh), r.Everywhere(publish.Read), tenant.Array(r.Scopes(publish.Read)), r.Everywhere(publish.Inspect))
	if err != nil {
		return b, err
	}
	own, err := d.tasks.Counts(ctx, tx)
	if err != nil {
		return b, err
	}
	b.Todo, b.Done, b.Started = own.Todo, own.Done, own.Started
	b.Approved, b.Inbox, err = ready(ctx, tx)
	return b, err
}

// ready counts what waits for whoever may publish and whoever receives.
func ready(ctx context.Context, tx *tenant.Tx) (approved, inbox int, err error) {
	r := rbac.From(ctx)
	if r.Has(publish.Publish) {
		err = tx.Get(ctx, &approved, `
			select count(*)
			  from items i
			  join columns c on c.id = i.column_id
			 where i.state = 'approved'
			   and c.state = 'active'
			   and ($1 or c.path && $2::uuid[])`, r.Everywhere(publish.Publish), tenant.Array(r.Scopes(publish.Publish)))
	}
	if err == nil && r.Has(exchange.Receive) {
		inbox, err = exchange.Waiting(ctx, tx)
	}
	return approved, inbox, err
}
