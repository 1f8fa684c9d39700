package message

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/job"
	"hetu/tenant"
)

const columns = `id, code, params, href, at, read_at`

// Send writes each notice for everyone it is to, and for each way out of the house
// by which the tenant lets notices of its kind go. It takes effect when tx commits.
// Nobody to send one to is not an error.
func Send(ctx context.Context, tx *tenant.Tx, notices ...Notice) error {
	var ids, members []uuid.UUID
	var codes, params, hrefs []string
	for _, n := range notices {
		if n.Params == nil {
			n.Params = Params{}
		}
		text, err := json.Marshal(n.Params)
		if err != nil {
			return err
		}
		seen := map[uuid.UUID]bool{uuid.Nil: true}
		for _, m := range n.To {
			if !seen[m] {
				seen[m] = true
				ids, members = append(ids, tenant.NewID()), append(members, m)
				codes, params, hrefs = append(codes, n.Code), append(params, string(text)), append(hrefs, n.Href)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var going int
	err := tx.Get(ctx, &going, `
		with told as (
		  insert into notices (id, member_id, code, params, href, at)
		  select t.id, t.member, t.code, t.params, t.href, $6
		    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::text[]) as t (id, member, code, params, href)
		  returning id, member_id, code
		), going as (
		  insert into outward_deliveries (notice_id, channel, member_id, code, due_at)
		  select t.id, c.channel, t.member_id, t.code, $6
		    from told t join outward_channels c on c.is_on and split_part(t.code, '.', 1) = any(c.kinds)
		  returning 1
		)
		select count(*) from going`,
		tenant.Array(ids), tenant.Array(members), tenant.Array(codes), tenant.Array(params), tenant.Array(hrefs), tx.Now)
	if err == nil && going > 0 {
		err = job.Later(ctx, tx, Deliver, nil, time.Time{})
	}
	return err
}

// Deliver is the work that hands over what a tenant lets out of the house (see
// hetu/message/outward).
const Deliver = "outward.deliver"

// A Query asks for the actor's notices.
type Query struct {
	feature.Page
	Unread bool `json:"-" query:"unread"` // only those not read yet
}

// Validate refuses a cursor that did not come from a list of notices.
func (q Query) Validate() error {
	if _, err := uuid.Parse(q.After); q.After != "" && err != nil {
		return ErrAfter
	}
	return nil
}

// List returns the actor's notices, newest first.
func List(ctx context.Context, tx *tenant.Tx, q Query) (l feature.List[Received], err error) {
	var after *uuid.UUID
	if q.After != "" {
		id, err := uuid.Parse(q.After)
		if err != nil {
			return l, ErrAfter
		}
		after = &id
	}
	var rows []Received
	query := `
		select ` + columns + `
		  from notices
		 where member_id = $1
		   and ($2::uuid is null or id < $2)
		 order by id desc
		 limit ` + q.Rows()
	if q.Unread {
		query = `
		select ` + columns + `
		  from notices
		 where member_id = $1
		   and read_at is null
		   and ($2::uuid is null or id < $2)
		 order by id desc
		 limit ` + q.Rows()
	}
	if err := tx.Select(ctx, &rows, query, tx.Actor.Member, after); err != nil {
		return l, err
	}
	return feature.Cut(rows, q.Size(), func(n Received) string { return n.ID.String() }), nil
}

// Unread returns how many notices the actor has not read.
func Unread(ctx context.Context, tx *tenant.Tx) (n int, err error) {
	err = tx.Get(ctx, &n, `select count(*) from notices where member_id = $1 and read_at is null`, tx.Actor.Member)
	return n, err
}

type ref struct {
	ID uuid.UUID `json:"-" path:"id"`
}

// read marks one of the actor's notices; the first time counts.
func read(ctx context.Context, tx *tenant.Tx, q ref) (n Received, err error) {
	err = tx.Get(ctx, &n, `
		   update notices
		      set read_at = coalesce(read_at, $3)
		    where id = $1
		      and member_id = $2
		returning `+columns,
		q.ID, tx.Actor.Member, tx.Now)
	if errors.Is(err, tenant.ErrNoRows) {
		return n, ErrNotFound
	}
	if err != nil {
		return n, err
	}
	tx.Audit("message.read", "message/notice/"+n.ID.String(), map[string]string{"code": n.Code})
	return n, nil
}

// A Marked says how many notices were marked as read.
type Marked struct {
	Read int64 `json:"read"`
}

func readAll(ctx context.Context, tx *tenant.Tx, _ feature.None) (m Marked, err error) {
	m.Read, err = tx.Exec(ctx, `
		update notices
		   set read_at = $2
		 where member_id = $1
		   and read_at is null`, tx.Actor.Member, tx.Now)
	if err != nil {
		return m, err
	}
	tx.Audit("message.read_all", "message/notices", m)
	return m, nil
}

// A Count is how many notices wait to be read.
type Count struct {
	Unread int `json:"unread"`
}

func count(ctx context.Context, tx *tenant.Tx, _ feature.None) (c Count, err error) {
	c.Unread, err = Unread(ctx, tx)
	return c, err
}
