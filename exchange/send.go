package exchange

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/job"
	"hetu/tenant"
)

// A Target is a tenant that this one may report to.
type Target struct {
	ID       uuid.UUID `db:"id" json:"id"`
	Name     string    `db:"name" json:"name"`
	Relation string    `db:"relation" json:"relation" enum:"parent,ancestor"`
}

// reach lists the active tenants above this one, the nearest first.
func reach(ctx context.Context, tx *tenant.Tx) (ts []Target, err error) {
	err = tx.Select(ctx, &ts, `
		select k.id, k.name, case when k.id = me.parent_id then 'parent' else 'ancestor' end as relation
		  from platform.kin() k, (select parent_id from platform.kin() where relation = 'self') me
		 where k.relation = 'ancestor' and k.state = 'active'
		 order by k.depth desc`)
	return ts, err
}

func targets(ctx context.Context, tx *tenant.Tx, _ feature.None) (feature.List[Target], error) {
	ts, err := reach(ctx, tx)
	return feature.Cut(ts, len(ts), nil), err
}

// answerDeed is the deed of a report that was asked for; it knows whether it
// came in time.
const answerDeed = "exchange.solicited_answer"

// A report sends a published item to a tenant above, the nearest if none is
// named.
type report struct {
	ItemID  uuid.UUID  `json:"item_id"`
	To      *uuid.UUID `json:"to,omitempty"`
	Note    string     `json:"note,omitempty" maxLength:"500"`
	AskedID *uuid.UUID `json:"asked_id,omitempty"` // what it answers; it goes to who asked
}

func (x *Exchange) report(ctx context.Context, tx *tenant.Tx, r report) (e Envelope, err error) {
	var asked Asked
	if r.AskedID != nil {
		if asked, err = answering(ctx, tx, *r.AskedID); err != nil {
			return e, err
		}
		if r.To != nil && *r.To != asked.Peer.ID {
			return e, ErrNotATarget.On("to")
		}
		r.To = &asked.Peer.ID
	}
	to, err := r.target(ctx, tx)
	if err != nil {
		return e, err
	}
	c, err := x.source.Sendable(ctx, tx, r.ItemID)
	if err != nil {
		return e, err
	}
	c.Subject, c.PublishedAt = r.ItemID, c.PublishedAt.UTC().Truncate(time.Microsecond)
	unit, kind, err := c.unit(ctx, tx)
	if err != nil {
		return e, err
	}
	id := tenant.NewID()
	deed := tx.Deed(tenant.Deed{Kind: "exchange.reported", Unit: unit, UnitKind: kind, Item: object(id), Title: c.Title, Content: c.ContentHash})
	var second uuid.UUID
	if r.AskedID != nil {
		second = tx.Deed(tenant.Deed{Kind: answerDeed, Unit: unit, UnitKind: kind, Item: object(id), Title: c.Title,
			Content: c.ContentHash, Late: asked.lateAt(tx.Now)})
	}
	_, err = tx.Exec(ctx, `
		insert into envelopes (id, direction, peer_id, peer_name, peer_envelope, item, content, hash, note, sent_at, sent_by, deed_id, deed_unit,
		                       deed_unit_kind, changed_by, changed_at, asked, ask_deed)
		     values           ($1, 'out',     $2,      $3,        $4,            $5,   $6,      $7,   $8,   $9,      $10,     $11,     $12,
		                       $13,            $14,        $9,         $15,   $16)`,
		id, to.ID, to.Name, tenant.NewID(), r.ItemID, tenant.JSON(c), c.Hash(tx.Actor.Tenant, to.ID, r.Note), r.Note, tx.Now,
		tx.Actor.Member, deed, unit, kind, tx.Actor.Name, r.AskedID, tenant.Optional(second))
	if err == nil {
		err = deliver(ctx, tx, id, c)
	}
	if err == nil && r.AskedID != nil {
		err = asked.fulfil(ctx, tx, id)
	}
	switch tenant.Constraint(err) {
	case "envelopes_sent_once_uq":
		return e, ErrSent
	case "envelopes_content_size":
		return e, ErrTooLarge.With("max", MaxContent)
	case "exchange_not_a_target":
		return e, ErrNotATarget.On("to")
	}
	if err != nil {
		return e, err
	}
	tx.Audit("exchange.reported", object(id), map[string]any{"item": r.ItemID, "to": to.ID, "content_hash": c.ContentHash})
	w, err := find(ctx, tx, id)
	return w.Envelope, err
}

// target returns who is reported to. A tenant that is no target is answered
// the same, whether there is one or not.
func (r report) target(ctx context.Context, tx *tenant.Tx) (Target, error) {
	ts, err := reach(ctx, tx)
	if err != nil {
		return Target{}, err
	}
	if r.To == nil {
		if len(ts) == 0 {
			return Target{}, ErrNoTarget
		}
		return ts[0], nil
	}
	for _, t := range ts {
		if t.ID == *r.To {
			return t, nil
		}
	}
	return Target{}, ErrNotATarget.On("to")
}

// unit is to whose account a report goes: the department that published the
// item, else the actor's main one, else the tenant as a whole.
func (c Content) unit(ctx context.Context, tx *tenant.Tx) (id uuid.UUID, kind string, err error) {
	if c.UnitID != uuid.Nil {
		return c.UnitID, "department", nil
	}
	err = tx.Get(ctx, &id, `select department_id from posts where member_id = $1 and main`, tx.Actor.Member)
	if errors.Is(err, tenant.ErrNoRows) {
		return tx.Actor.Tenant, "tenant", nil
	}
	return id, "department", err
}

// deliver has the database write the receiver's copy, and asks for the bytes
// of the attachments to follow.
func deliver(ctx context.Context, tx *tenant.Tx, id uuid.UUID, c Content) error {
	for _, a := range c.Attachments {
		_, err := tx.Exec(ctx, `insert into envelope_files (envelope_id, id, key, version) values ($1, $2, $3, $4)`,
			id, a.ID, a.Key, a.Version)
		if err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `select exchange_deliver($1)`, id); err != nil {
		return err
	}
	if len(c.Attachments) == 0 {
		return nil
	}
	return job.Later(ctx, tx, copyWork, copyArgs{id}, time.Time{})
}

// Versioned names an envelope and the version of it that was seen.
type Versioned struct {
	ref
	Version int `json:"version" minimum:"1"`
}

// recall takes an envelope back that the receiver has not decided on, and
// reverses the deed.
func recall(ctx context.Context, tx *tenant.Tx, q Versioned) (e Envelope, err error) {
	w, err := find(ctx, tx, q.ID)
	if err != nil {
		return e, err
	}
	if w.Direction != Out {
		return e, ErrNotFound
	}
	var done bool
	if err := tx.Get(ctx, &done, `select exchange_recall($1, $2, $3)`, q.ID, q.Version, tx.Actor.Name); err != nil {
		return e, err
	}
	if !done {
		return e, lost(ctx, tx, q.ID, Out, q.Version)
	}
	var d struct {
		ID     uuid.UUID  `db:"deed_id"`
		Unit   uuid.UUID  `db:"deed_unit"`
		Kind   string     `db:"deed_unit_kind"`
		Second *uuid.UUID `db:"ask_deed"`
	}
	if err := tx.Get(ctx, &d, `select deed_id, deed_unit, deed_unit_kind, ask_deed from envelopes where id = $1`, q.ID); err != nil {
		return e, err
	}
	if d.Second != nil {
		if err := unfulfil(ctx, tx, q.ID); err != nil {
			return e, err
		}
		tx.Deed(tenant.Deed{Kind: answerDeed, Unit: d.Unit, UnitKind: d.Kind, Item: object(q.ID), Title: w.Title,
			Content: w.ContentHash, Reverses: *d.Second})
	}
	tx.Deed(tenant.Deed{Kind: "exchange.reported", Unit: d.Unit, UnitKind: d.Kind, Item: object(q.ID), Title: w.Title,
		Content: w.ContentHash, Reverses: d.ID})
	tx.Audit("exchange.recalled", object(q.ID), map[string]any{"to": w.Peer.ID, "was": w.State})
	w, err = find(ctx, tx, q.ID)
	return w.Envelope, err
}

// lost says why a change found no row to change: there is none, somebody was
// faster, or the state does not allow it.
func lost(ctx context.Context, tx *tenant.Tx, id uuid.UUID, direction string, seen int) error {
	var now struct {
		State   string    `db:"state"`
		Version int       `db:"version"`
		By      string    `db:"changed_by"`
		At      time.Time `db:"changed_at"`
	}
	err := tx.Get(ctx, &now, `select state, version, changed_by, changed_at from envelopes where id = $1 and direction = $2`, id, direction)
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return ErrNotFound
	case err != nil:
		return err
	case now.Version != seen:
		return ErrStale.With("version", now.Version).With("changed_by", now.By).With("changed_at", now.At).With("changed", []string{"state"})
	}
	return ErrState.With("state", now.State)
}

func object(id uuid.UUID) string { return "exchange/envelope/" + id.String() }
