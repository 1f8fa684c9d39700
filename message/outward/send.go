package outward

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/job"
	"hetu/message"
	"hetu/tenant"
)

// deliver is the work: it packs what is due and hands over what is packed. It may
// be called at any time, on several nodes at once, and be cut short anywhere.
func (h *House) deliver(ctx context.Context, db *tenant.DB, _ json.RawMessage) error {
	var failed []error
	for _, c := range h.Channels {
		failed = append(failed, h.carry(ctx, db, c))
	}
	return errors.Join(failed...)
}

// longest is how long one piece of work goes on before it lets others have a turn.
const longest = 3 * time.Minute

func (h *House) carry(ctx context.Context, db *tenant.DB, c Channel) error {
	end := time.Now().Add(longest) // of this machine's patience, not of business
	for {
		n, err := h.pack(ctx, db, c)
		if err != nil {
			return err
		}
		if n < many {
			break
		}
	}
	for first := true; time.Now().Before(end); first = false {
		more, err := h.hand(ctx, db, c, first)
		if err != nil || !more {
			return err
		}
	}
	return db.Write(ctx, func(tx *tenant.Tx) error { return job.Later(ctx, tx, message.Deliver, nil, time.Time{}) })
}

// A parcelRow is a parcel that is being handed over.
type parcelRow struct {
	ID       uuid.UUID    `db:"id"`
	Title    string       `db:"title"`
	Body     string       `db:"body"`
	Href     string       `db:"href"`
	To       tenant.Texts `db:"addresses"`
	Members  tenant.IDs   `db:"members"`
	Attempts int          `db:"attempts"`
	TriedAt  time.Time    `db:"tried_at"`
	MadeAt   time.Time    `db:"created_at"`
	holder   uuid.UUID
	slug     string // of the tenant
}

// hand hands one parcel over; false if there is none to hand over now. Whoever hands
// over the first of several asks to be called again when their time is over, in case
// they do not live to write down what became of them.
func (h *House) hand(ctx context.Context, db *tenant.DB, c Channel, first bool) (more bool, err error) {
	var p *parcelRow
	var line Line
	err = db.Write(ctx, func(tx *tenant.Tx) (err error) {
		more, line = false, nil
		if p, err = claim(ctx, tx, c.Name()); err != nil || p == nil {
			return err
		}
		more = true
		if line, err = h.last(ctx, tx, c, p); err == nil && first {
			err = job.Later(ctx, tx, message.Deliver, nil, tx.Now.Add(held+10*time.Second))
		}
		return err
	})
	if err != nil || line == nil {
		return more, err
	}
	receipt, sent := line.Send(ctx, Parcel{Title: p.Title, Body: p.Body, Link: h.link(p.slug, p.Href), To: p.To})
	// What became of it is written down even if the work has been called off meanwhile.
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer done()
	err = db.Write(ctx, func(tx *tenant.Tx) error {
		if sent == nil {
			return arrived(ctx, tx, c.Name(), p, receipt)
		}
		return missed(ctx, tx, c.Name(), p, failureOf(sent))
	})
	return more, err
}

// claim takes the next parcel that nobody else is handing over; nil if there is
// none, or nothing goes out just now.
func claim(ctx context.Context, tx *tenant.Tx, channel string) (*parcelRow, error) {
	s, err := stand(ctx, tx, channel)
	if err != nil || !s.Active {
		return nil, err
	}
	if rest := s.rests(tx.Now); !rest.IsZero() {
		return nil, nil //nolint:nilnil // there is nothing to do, and that is no error
	}
	p := &parcelRow{holder: tenant.NewID(), slug: s.Slug}
	err = tx.Get(ctx, p, `
		   update outward_parcels
		      set held_until = $2::timestamptz + $3::interval, holder = $4, attempts = attempts + 1, tried_at = coalesce(tried_at, $2)
		    where id = (select id from outward_parcels
		                 where channel = $1 and state = 'open' and next_at <= $2 and (held_until is null or held_until < $2)
		                 order by next_at, id limit 1 for update skip locked)
		returning id, title, body, href, addresses, members, attempts, tried_at, created_at`, channel, tx.Now, held.String(), p.holder)
	if errors.Is(err, tenant.ErrNoRows) {
		return nil, nil //nolint:nilnil // see above
	}
	return p, err
}

// last looks at a parcel once more before it goes: nil if it must not any more.
func (h *House) last(ctx context.Context, tx *tenant.Tx, c Channel, p *parcelRow) (Line, error) {
	if tx.Now.Sub(p.TriedAt) > c.Memory() {
		return nil, end(ctx, tx, p, "failed", "unsure") // it may have arrived, and would not be recognised
	}
	s, err := stand(ctx, tx, c.Name())
	if err != nil {
		return nil, err
	}
	var of Ref
	err = tx.Get(ctx, &of, `
		select d.code, n.href, n.at from outward_deliveries d join notices n on n.id = d.notice_id
		 where d.parcel_id = $1 and d.state = 'packed' limit 1`, p.ID)
	if errors.Is(err, tenant.ErrNoRows) {
		return nil, end(ctx, tx, p, "dropped", "over")
	}
	if err != nil {
		return nil, err
	}
	over, err := h.Over(ctx, tx, []Ref{of})
	if err != nil {
		return nil, err
	}
	line, err := c.Open(ctx, tx)
	switch {
	case err != nil:
		return nil, err
	case over[0]:
		return nil, end(ctx, tx, p, "dropped", "over")
	case tx.Now.Sub(p.MadeAt) > tooLate:
		return nil, end(ctx, tx, p, "dropped", "late")
	case !s.On || line == nil:
		return nil, end(ctx, tx, p, "dropped", "off")
	}
	to, err := line.Addresses(ctx, tx, p.Members)
	if err != nil {
		return nil, err
	}
	var moved []uuid.UUID
	for i, m := range p.Members {
		if to[m] != p.To[i] {
			moved = append(moved, m)
		}
	}
	if len(moved) > 0 {
		return nil, unpack(ctx, tx, p, moved)
	}
	return line, nil
}

// unpack has the rows of a parcel packed anew: those who moved are to be reached at
// another address by now, or not at all, and the old one may be another's. If the
// parcel may have arrived, those who did not move are left as they are: in another
// parcel it would not be recognised, and they would get it twice.
func unpack(ctx context.Context, tx *tenant.Tx, p *parcelRow, moved []uuid.UUID) error {
	again, state, reason := []uuid.UUID(p.Members), "dropped", "moved"
	if p.TriedAt.Before(tx.Now) {
		again, state, reason = moved, "failed", "unsure"
	}
	if _, err := tx.Exec(ctx, `
		update outward_deliveries set state = 'waiting', parcel_id = null, due_at = $2
		 where parcel_id = $1 and state = 'packed' and member_id = any ($3)`, p.ID, tx.Now, tenant.Array(again)); err != nil {
		return err
	}
	if err := end(ctx, tx, p, state, reason); err != nil {
		return err
	}
	return job.Later(ctx, tx, message.Deliver, nil, time.Time{})
}

// end closes a parcel and the rows in it. What it said is not kept. A parcel that
// somebody else has taken over meanwhile is left to them.
func end(ctx context.Context, tx *tenant.Tx, p *parcelRow, state, reason string) error {
	n, err := tx.Exec(ctx, `
		update outward_parcels
		   set state = $3, reason = $4, title = '', body = '', addresses = '{}', held_until = null, ended_at = $5
		 where id = $1 and holder = $2 and state = 'open'`, p.ID, p.holder, state, reason, tx.Now)
	if err != nil || n == 0 {
		return err
	}
	to := map[string]string{"sent": "sent", "failed": "failed", "dropped": "skipped"}[state]
	n, err = tx.Exec(ctx, `
		update outward_deliveries set state = $2, reason = $3, sent_at = case when $2 = 'sent' then $4::timestamptz end
		 where parcel_id = $1 and state = 'packed'`, p.ID, to, reason, tx.Now)
	tx.Audit("outward."+state, "outward/parcel/"+p.ID.String(), map[string]any{"people": n, "reason": reason})
	return err
}

// arrived writes down that a parcel was taken, and for whom it was not.
func arrived(ctx context.Context, tx *tenant.Tx, channel string, p *parcelRow, r Receipt) error {
	for address, reason := range r.Refused {
		_, err := tx.Exec(ctx, `
			update outward_deliveries set state = 'failed', reason = $3
			 where parcel_id = $1 and state = 'packed'
			   and member_id = (select q.members[array_position(q.addresses, $2)] from outward_parcels q where q.id = $1 and q.holder = $4)`,
			p.ID, address, reason, p.holder)
		if err != nil {
			return err
		}
	}
	if err := end(ctx, tx, p, "sent", ""); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `update outward_channels set paused_until = null, paused_for = '' where channel = $1 and paused_until is not null`, channel)
	return err
}

// missed writes down that a parcel was not taken, and when it is tried again. What
// failed for one fails for all: the channel rests as long.
func missed(ctx context.Context, tx *tenant.Tx, channel string, p *parcelRow, f *Failure) error {
	if !f.Again || p.Attempts >= attempts {
		return end(ctx, tx, p, "failed", f.Reason)
	}
	next := tx.Now.Add(max(backoff(p.Attempts), f.Rest))
	n, err := tx.Exec(ctx, `
		update outward_parcels
		   set next_at = $3, held_until = null, reason = $4, tried_at = case when $5 then null else tried_at end
		 where id = $1 and holder = $2 and state = 'open'`, p.ID, p.holder, next, f.Reason, f.Sure)
	if err != nil || n == 0 {
		return err
	}
	_, err = tx.Exec(ctx, `
		update outward_channels set paused_until = greatest(paused_until, $2), paused_for = $3 where channel = $1`, channel, next, f.Reason)
	if err == nil {
		err = job.Later(ctx, tx, message.Deliver, nil, next)
	}
	return err
}

// failureOf is what an error says of a parcel: if nothing, it may have arrived.
func failureOf(err error) *Failure {
	if f, ok := errors.AsType[*Failure](err); ok {
		return f
	}
	return &Failure{Reason: "unreachable", Again: true}
}
