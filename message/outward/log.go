package outward

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/job"
	"hetu/message"
	"hetu/tenant"
)

// A Delivery is one notice on its way out, as those who look after the unit see it:
// whom and what kind, not what it says.
type Delivery struct {
	ID      uuid.UUID  `db:"notice_id" json:"id"`
	Channel string     `db:"channel" json:"channel"`
	Person  string     `db:"person" json:"person"`
	Kind    string     `db:"kind" json:"kind"`
	State   string     `db:"state" json:"state" enum:"waiting,packed,sent,failed,skipped"`
	Reason  string     `db:"reason" json:"reason"`
	At      time.Time  `db:"at" json:"at"`
	DueAt   *time.Time `db:"due_at" json:"due_at"` // when it goes out, or is tried again
	SentAt  *time.Time `db:"sent_at" json:"sent_at"`
	Tries   int        `db:"tries" json:"tries"`
}

// A LogQuery asks for deliveries, newest first.
type LogQuery struct {
	feature.Page
	Channel string `json:"-" query:"channel"`
	State   string `json:"-" query:"state"`
	Q       string `json:"-" query:"q"` // in the person's name
}

// Validate refuses a state there is not, and a cursor that did not come from a list.
func (q LogQuery) Validate() error {
	switch q.State {
	case "", "waiting", "packed", "sent", "failed", "skipped":
	default:
		return feature.ErrChoice.On("state")
	}
	if _, err := uuid.Parse(q.After); q.After != "" && err != nil {
		return feature.ErrMalformed.On("after")
	}
	return nil
}

func (h *House) log(ctx context.Context, tx *tenant.Tx, q LogQuery) (l feature.List[Delivery], err error) {
	if q.Channel == "" && len(h.Channels) > 0 {
		q.Channel = h.Channels[0].Name()
	}
	var after *uuid.UUID
	if q.After != "" {
		id, err := uuid.Parse(q.After)
		if err != nil {
			return l, feature.ErrMalformed.On("after")
		}
		after = &id
	}
	var rows []Delivery
	err = tx.Select(ctx, &rows, `
		select d.notice_id, d.channel, m.name as person, split_part(d.code, '.', 1) as kind, d.state,
		       case when d.state = 'packed' then coalesce(p.reason, '') else d.reason end as reason, n.at,
		       case d.state when 'waiting' then d.due_at when 'packed' then p.next_at end as due_at, d.sent_at, coalesce(p.attempts, 0) as tries
		  from outward_deliveries d
		  join notices n on n.id = d.notice_id
		  join members m on m.id = d.member_id
		  left join outward_parcels p on p.id = d.parcel_id
		 where d.channel = $1
		   and ($2 = '' or d.state = $2)
		   and ($3 = '' or position(lower($3) in lower(m.name)) > 0)
		   and ($4::uuid is null or d.notice_id < $4)
		 order by d.notice_id desc
		 limit $5`, q.Channel, q.State, q.Q, after, q.Size()+1)
	if err != nil {
		return l, err
	}
	return feature.Cut(rows, q.Size(), func(d Delivery) string { return d.ID.String() }), nil
}

type byID struct {
	ID uuid.UUID `json:"-" path:"id"`
}

// retry has a notice that failed go out after all.
func retry(ctx context.Context, tx *tenant.Tx, in byID) (feature.None, error) {
	var channel string
	err := tx.Get(ctx, &channel, `
		   update outward_deliveries set state = 'waiting', reason = '', parcel_id = null, due_at = $2
		    where notice_id = $1 and state = 'failed'
		returning channel`, in.ID, tx.Now)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrNoFailed
	}
	if err != nil {
		return feature.None{}, err
	}
	tx.Audit("outward.retried", "message/notice/"+in.ID.String(), map[string]string{"channel": channel})
	return feature.None{}, job.Later(ctx, tx, message.Deliver, nil, time.Time{})
}

// Retried says how many notices go out after all.
type Retried struct {
	Count int64 `json:"count"`
}

// retryAll is retry for all that failed on a channel and are not too old.
func (h *House) retryAll(ctx context.Context, tx *tenant.Tx, in byChannel) (r Retried, err error) {
	if _, err := h.channel(in.Channel); err != nil {
		return r, err
	}
	r.Count, err = tx.Exec(ctx, `
		update outward_deliveries d set state = 'waiting', reason = '', parcel_id = null, due_at = $2
		  from notices n
		 where d.channel = $1 and d.state = 'failed' and n.id = d.notice_id and n.at > $3`, in.Channel, tx.Now, tx.Now.Add(-tooLate))
	if err != nil {
		return r, err
	}
	tx.Audit("outward.retried", "outward/channel/"+in.Channel, r)
	return r, job.Later(ctx, tx, message.Deliver, nil, time.Time{})
}
