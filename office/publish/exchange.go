package publish

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"hetu/attachment"
	"hetu/calendar"
	"hetu/exchange"
	"hetu/storage"
	"hetu/tenant"
)

// Sendable returns what may be sent of a published item that the actor sees,
// and keeps it from being withdrawn until tx ends.
func (d *Desk) Sendable(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (c exchange.Content, err error) {
	var held uuid.UUID
	err = tx.Get(ctx, &held, `select id from items where id = $1 for share`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return c, ErrNotFound
	}
	if err != nil {
		return c, err
	}
	r, err := find(ctx, tx, id)
	if err != nil {
		return c, err
	}
	if r.State != "published" {
		return c, ErrState.With("state", r.State)
	}
	c = exchange.Content{
		Kind: r.Kind, Subject: r.ID, Title: r.Title, BodyHTML: r.BodyHTML, PlainText: plain(r.BodyHTML), Source: r.Source,
		Drafter: r.DrafterName, Reviewers: []string{}, Publisher: r.PublisherName, PublishedAt: *r.PublishedAt,
		Unit: r.DepartmentName, ContentHash: r.ContentHash, Attachments: []exchange.Attachment{},
	}
	if kind, unit := r.unit(tx.Actor.Tenant); kind == "department" {
		c.UnitID = unit
	}
	for _, v := range r.Reviewers {
		c.Reviewers = append(c.Reviewers, v.Name)
	}
	for _, a := range r.Attachments {
		f, err := attachment.Find(ctx, tx, a.FileID)
		if err != nil {
			return c, err
		}
		c.Attachments = append(c.Attachments, exchange.Attachment{
			ID: a.ID, Name: a.Name, Summary: a.Summary, FileName: f.Name, Size: f.Size, Type: f.Type,
			SHA256: a.SHA256, Key: f.Key, Version: f.Version,
		})
	}
	c.EventDate = said(r.EventDate)
	return c, r.sendCover(ctx, tx, &c)
}

// sendCover has the item's picture go along: as the attachment it is, or as one
// more.
func (r *row) sendCover(ctx context.Context, tx *tenant.Tx, c *exchange.Content) error {
	cover := r.cover()
	switch {
	case cover == nil:
		return nil
	case cover.AttachmentID != nil:
		c.Cover = &exchange.Cover{Attachment: *cover.AttachmentID, Alt: cover.Alt}
		return nil
	}
	f, err := attachment.Find(ctx, tx, cover.ID)
	if err != nil {
		return err
	}
	c.Attachments = append(c.Attachments, exchange.Attachment{
		ID: cover.ID, Name: coverName, Summary: cover.Alt, FileName: f.Name, Size: f.Size, Type: f.Type,
		SHA256: r.CoverSHA, Key: f.Key, Version: f.Version,
	})
	c.Cover = &exchange.Cover{Attachment: cover.ID, Alt: cover.Alt}
	return nil
}

// coverName is what the picture of an item is called where it has to stand among
// the attachments.
const coverName = "封面图片"

// receiveCover makes an attachment that came as the picture of an item that of
// r, if it is one; and the day on which it happened that of r.
func (r *row) receiveCover(c exchange.Content) {
	if _, err := calendar.ParseDate(c.EventDate); err == nil {
		r.EventDate = &c.EventDate
	}
	if c.Cover == nil {
		return
	}
	alt := cut(line(c.Cover.Alt), 120)
	for i, a := range c.Attachments {
		if a.ID == c.Cover.Attachment && alt != "" && isPicture(a.Type, a.Size) {
			r.CoverFile, r.CoverAlt, r.CoverSHA = &r.Attachments[i].FileID, alt, a.SHA256
		}
	}
}

// Adopt takes content from another tenant into a column as a draft of the
// actor's, who must be allowed to draft there: it goes through review like any
// other item (R032).
func (d *Desk) Adopt(ctx context.Context, tx *tenant.Tx, c exchange.Content, column uuid.UUID) (uuid.UUID, error) {
	title, err := checkTitle(c.Title)
	if err != nil {
		return uuid.Nil, err
	}
	r := &row{Kind: c.Kind, Title: title, BodyHTML: clean(c.BodyHTML), Source: cut(line(or(c.Source, c.Unit)), 100)}
	if err := r.into(ctx, tx, column); err != nil {
		return uuid.Nil, err
	}
	for _, a := range c.Attachments {
		r.Attachments = append(r.Attachments, attached{
			Attachment{
				ID: tenant.NewID(), Name: cut(or(line(a.Name), a.FileName), 80),
				Summary: cut(or(line(a.Summary), title), 200), FileName: a.FileName,
			}, tenant.NewID(), a.SHA256})
	}
	if err := d.online(ctx, tx, r); err != nil {
		return uuid.Nil, err
	}
	id := tenant.NewID()
	for i, a := range c.Attachments {
		f, err := fileOf(a)
		if err != nil {
			return id, err
		}
		f.ID = r.Attachments[i].FileID
		if err := attachment.Borrow(ctx, tx, f, objectOf(id)); err != nil {
			return id, err
		}
	}
	r.ID = id
	r.receiveCover(c)
	if _, err := born(ctx, tx, r); err != nil {
		return id, err
	}
	for _, a := range r.Attachments {
		if err := insertAttachment(ctx, tx, id, a); err != nil {
			return id, err
		}
	}
	tx.Audit("publish.adopted", objectOf(id), map[string]any{"column": r.ColumnName, "from_item": c.Subject, "hash": c.ContentHash})
	return id, nil
}

// or returns the first text unless it is empty.
func or(text, instead string) string {
	if text == "" {
		return instead
	}
	return text
}

func fileOf(a exchange.Attachment) (f attachment.File, err error) {
	f = attachment.File{ID: a.ID, Name: a.FileName, Size: a.Size, Type: a.Type, Key: a.Key, Version: a.Version}
	f.SHA256, err = storage.ParseDigest(a.SHA256)
	return f, err
}
