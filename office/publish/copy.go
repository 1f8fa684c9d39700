package publish

import (
	"context"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/tenant"
)

// A copying makes a new draft of what another item says.
type copying struct {
	ID       uuid.UUID  `json:"-" path:"id"`
	ColumnID *uuid.UUID `json:"column_id,omitempty"` // where it goes; where the other is if absent
}

// copyItem makes a draft of the actor's own from an item they may read, with its
// attachments: it goes through review like any other (R032, WF-04), and what
// must not be put online is not copied either (WF-07). Its responsible editor,
// and a validity that is over, do not come along.
func (d *Desk) copyItem(ctx context.Context, tx *tenant.Tx, in copying) (it Item, err error) {
	from, err := find(ctx, tx, in.ID)
	if err != nil {
		return it, err
	}
	r := &row{Kind: from.Kind, Title: from.Title, BodyHTML: from.BodyHTML, Source: from.Source, OriginID: &from.ID, OriginTitle: from.Title}
	r.Audience, r.Departments, r.EventDate, r.CoverAlt, r.CoverSHA = from.Audience, from.Departments, from.EventDate, from.CoverAlt, from.CoverSHA
	if from.holds(calendar.DateOf(tx.Now)) == nil {
		r.ValidUntil = from.ValidUntil
	}
	column := from.ColumnID
	if given(in.ColumnID) != nil {
		column = *in.ColumnID
	}
	if err := r.into(ctx, tx, column); err != nil {
		return it, err
	}
	if err := d.online(ctx, tx, from); err != nil {
		return it, err
	}
	rules, err := rulesOf(ctx, tx, r.ColumnPath)
	if err != nil {
		return it, err
	}
	if r.addressed(ctx, tx, rules) != nil {
		r.Audience, r.Departments = "readers", nil
	}
	if it.ID, err = d.bearCopy(ctx, tx, r, from); err != nil {
		return it, err
	}
	tx.Audit("publish.copied", objectOf(it.ID), map[string]any{"from": from.ID, "from_hash": from.ContentHash, "column": r.ColumnName})
	return d.answer(ctx, tx, it.ID)
}

// bearCopy inserts r with the files of from, whose bytes they go on sharing.
func (d *Desk) bearCopy(ctx context.Context, tx *tenant.Tx, r, from *row) (uuid.UUID, error) {
	id := tenant.NewID()
	own := from.ownCover()
	for _, a := range from.Attachments {
		was := a.FileID
		file, err := borrowFile(ctx, tx, was, id)
		if err != nil {
			return id, err
		}
		if a.ID, a.FileID = tenant.NewID(), file; from.CoverFile != nil && *from.CoverFile == was {
			r.CoverFile = &a.FileID
		}
		r.Attachments = append(r.Attachments, a)
	}
	if own != nil {
		file, err := borrowFile(ctx, tx, *own, id)
		if err != nil {
			return id, err
		}
		r.CoverFile = &file
	}
	r.ID = id
	if _, err := born(ctx, tx, r); err != nil {
		return id, err
	}
	for _, a := range r.Attachments {
		if err := insertAttachment(ctx, tx, id, a); err != nil {
			return id, err
		}
	}
	return id, nil
}

// describe writes down of a draft just born what else it says, and where it is
// from.
func (r *row) describe(ctx context.Context, tx *tenant.Tx, id uuid.UUID) error {
	args := append([]any{id, r.OriginID, r.OriginTitle}, r.fields.columns()...)
	_, err := tx.Exec(ctx, `
		update items set origin_id = $2, origin_title = $3, cover_file = $4, cover_alt = $5, audience = $6, audience_departments = $7,
		       event_date = $8::date, valid_until = $9::date
		 where id = $1 and state = 'draft'`, args...)
	if tenant.Constraint(err) == "items_online" {
		return ErrOffline
	}
	return err
}

// origin is the item that r was copied from, to those whose business r is
// beyond reading it: what it was called may be nobody else's.
func (r *row) origin(ctx context.Context, me uuid.UUID) *Person {
	if r.OriginID == nil || r.judged {
		return nil
	}
	if r.DrafterID == me || may(ctx, Inspect) || r.EditorID != nil && *r.EditorID == me || r.PublisherID != nil && *r.PublisherID == me ||
		on(ctx, Review, r.ColumnPath) || on(ctx, Publish, r.ColumnPath) {
		return &Person{*r.OriginID, r.OriginTitle}
	}
	return nil
}
