package exchange

import (
	"context"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// A move takes an envelope that came in from some states to another.
type move struct {
	from   []string
	to     string
	slip   *Receipt
	reason string
}

// apply changes the row if it is still the version the actor saw.
func (m move) apply(ctx context.Context, tx *tenant.Tx, q Versioned) error {
	var slip *string
	if m.slip != nil {
		s := tenant.JSON(m.slip)
		slip = &s
	}
	n, err := tx.Exec(ctx, `
		update envelopes
		   set state = $4, receipt = coalesce($5::jsonb, receipt), decline_reason = $6, version = version + 1, untold = false,
		       received_at = case when $5::jsonb is null then received_at else $7 end, changed_by = $8, changed_at = $7
		 where id = $1 and direction = 'in' and version = $2 and state = any ($3)`,
		q.ID, q.Version, tenant.Array(m.from), m.to, slip, m.reason, tx.Now, tx.Actor.Name)
	if err == nil && n == 0 {
		return lost(ctx, tx, q.ID, In, q.Version)
	}
	return err
}

// intact returns an envelope that came in, if its content is still what its
// hash says.
func intact(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (whole, error) {
	w, err := find(ctx, tx, id)
	switch {
	case err != nil:
		return w, err
	case w.Direction != In:
		return w, ErrNotFound
	case w.Carried.V.Hash(w.Peer.ID, tx.Actor.Tenant, w.Note) != w.Hash:
		return w, ErrTampered
	}
	return w, nil
}

// answer carries the envelope's new state to its sender. A sender who knows no
// envelope with this hash did not send it.
func answer(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (Envelope, error) {
	_, err := tx.Exec(ctx, `select exchange_answer($1)`, id)
	if tenant.Constraint(err) == "exchange_unknown_to_sender" {
		return Envelope{}, ErrTampered
	}
	if err != nil {
		return Envelope{}, err
	}
	w, err := find(ctx, tx, id)
	return w.Envelope, err
}

// receive signs for an envelope.
func receive(ctx context.Context, tx *tenant.Tx, q Versioned) (e Envelope, err error) {
	w, err := intact(ctx, tx, q.ID)
	if err != nil {
		return e, err
	}
	slip := Receipt{Hash: w.Hash, Receiver: tx.Actor.Tenant, By: tx.Actor.Name, At: tx.Now.UTC()}
	if err := tx.Get(ctx, &slip.ReceiverName, `select name from platform.kin() where relation = 'self'`); err != nil {
		return e, err
	}
	slip = slip.sign()
	if err := (move{from: []string{Sent}, to: Received, slip: &slip}).apply(ctx, tx, q); err != nil {
		return e, err
	}
	tx.Deed(tenant.Deed{Kind: "exchange.received", Unit: w.Peer.ID, UnitKind: "tenant", Item: object(q.ID), Title: w.Title, Content: w.ContentHash})
	tx.Audit("exchange.received", object(q.ID), map[string]any{"from": w.Peer.ID, "hash": w.Hash, "receipt": slip.Digest})
	return answer(ctx, tx, q.ID)
}

// An uptake takes an envelope into a journal and, if a column is named, into
// that column too.
type uptake struct {
	Versioned
	JournalID uuid.UUID  `json:"journal_id"`
	ColumnID  *uuid.UUID `json:"column_id,omitempty"`
}

func (x *Exchange) adopt(ctx context.Context, tx *tenant.Tx, q uptake) (e Envelope, err error) {
	w, err := intact(ctx, tx, q.ID)
	if err != nil {
		return e, err
	}
	if err := (move{from: []string{Received, Adopted}, to: Adopted}).apply(ctx, tx, q.Versioned); err != nil {
		return e, err
	}
	item, err := x.sinkInto(ctx, tx, w, q.ColumnID)
	if err != nil {
		return e, err
	}
	var j Journal
	err = tx.Get(ctx, &j, `
		with j as (select `+journalColumns+` from journals where id = $2),
		     a as (insert into adoptions (id, envelope_id, journal_id, journal_name, level, column_id, item_id, by_id, by_name, at)
		           select $3, $1, j.id, j.name, j.level, $4, $5, $6, $7, $8 from j)
		select `+journalColumns+` from j`,
		q.ID, q.JournalID, tenant.NewID(), q.ColumnID, item, tenant.Optional(tx.Actor.Member), tx.Actor.Name, tx.Now)
	if tenant.Constraint(err) == "adoptions_once_uq" {
		return e, ErrAdopted.On("journal_id")
	}
	if err != nil {
		return e, missing(err, ErrNoJournal.On("journal_id"))
	}
	tx.Deed(tenant.Deed{Kind: "exchange.adopted", Unit: w.Peer.ID, UnitKind: "tenant", Item: object(q.ID), Title: w.Title,
		Level: j.Level, Content: w.ContentHash})
	tx.Audit("exchange.adopted", object(q.ID), map[string]any{"from": w.Peer.ID, "journal": j.ID, "level": j.Level, "column": q.ColumnID})
	return answer(ctx, tx, q.ID)
}

// sinkInto makes an item of the envelope in one of the tenant's columns, if one
// is named.
func (x *Exchange) sinkInto(ctx context.Context, tx *tenant.Tx, w whole, column *uuid.UUID) (*uuid.UUID, error) {
	if column == nil {
		return nil, nil
	}
	if x.sink == nil {
		return nil, ErrNoColumns.On("column_id")
	}
	c := w.Carried.V
	fs, err := files(ctx, tx, w.ID, c)
	if err != nil {
		return nil, err
	}
	if state := together(fs); state != Ready {
		return nil, lacking(state)
	}
	for i, f := range fs {
		c.Attachments[i] = f.Attachment
	}
	item, err := x.sink.Adopt(ctx, tx, c, *column)
	return &item, err
}

// A refusal declines an envelope.
type refusal struct {
	Versioned
	Reason string `json:"reason" minLength:"1" maxLength:"500"`
}

// Validate refuses a reason of nothing but spaces.
func (r *refusal) Validate() error { return feature.Trim(&r.Reason, "reason", 500) }

func decline(ctx context.Context, tx *tenant.Tx, q refusal) (e Envelope, err error) {
	w, err := intact(ctx, tx, q.ID)
	if err != nil {
		return e, err
	}
	if err := (move{from: []string{Sent, Received}, to: Declined, reason: q.Reason}).apply(ctx, tx, q.Versioned); err != nil {
		return e, err
	}
	tx.Audit("exchange.declined", object(q.ID), map[string]any{"from": w.Peer.ID})
	return answer(ctx, tx, q.ID)
}
