package publish

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"hetu/attachment"
	"hetu/feature"
	"hetu/preview"
	"hetu/tenant"
)

// An addition attaches what was uploaded. A name and a summary of the content
// are mandatory (R029).
type addition struct {
	ID       uuid.UUID `json:"-" path:"id"`
	UploadID uuid.UUID `json:"upload_id"`
	Name     string    `json:"name" maxLength:"80"`
	Summary  string    `json:"summary" maxLength:"200"`
}

// Validate returns the first thing missing.
func (a *addition) Validate() error {
	a.Name, a.Summary = line(a.Name), line(a.Summary)
	switch {
	case a.Name == "":
		return ErrNameMissing
	case a.Summary == "":
		return ErrSummaryMissing
	}
	return nil
}

// attach makes an upload of the actor's an attachment of their item.
func (d *Desk) attach(ctx context.Context, tx *tenant.Tx, in addition) (Item, error) {
	r, err := drafted(ctx, tx, in.ID)
	if err != nil {
		return Item{}, err
	}
	if len(r.Attachments) >= maxAttachments {
		return Item{}, ErrTooManyFiles.With("max", maxAttachments)
	}
	f, err := attachment.Claim(ctx, tx, in.UploadID, objectOf(r.ID))
	if err != nil {
		return Item{}, err
	}
	if err := d.unmarked(ctx, tx, f.SHA256.String()); err != nil {
		return Item{}, err
	}
	a := attached{Attachment{ID: tenant.NewID(), Name: in.Name, Summary: in.Summary, FileName: f.Name}, f.ID, f.SHA256.String()}
	r.Attachments = append(r.Attachments, a)
	// As they will be read: the clock of another node may have run ahead.
	slices.SortFunc(r.Attachments, func(a, b attached) int { return slices.Compare(a.ID[:], b.ID[:]) })
	if err := d.change(ctx, tx, r, []string{"attachments"}); err != nil {
		return Item{}, err
	}
	if err := insertAttachment(ctx, tx, r.ID, a); err != nil {
		return Item{}, err
	}
	tx.Audit("publish.attached", objectOf(r.ID), map[string]any{"attachment": a.ID, "file": f.ID, "sha256": a.SHA256})
	return d.answer(ctx, tx, r.ID)
}

func insertAttachment(ctx context.Context, tx *tenant.Tx, item uuid.UUID, a attached) error {
	_, err := tx.Exec(ctx, `
		insert into item_attachments (id, item_id, file_id, name, summary) values ($1, $2, $3, $4, $5)`,
		a.ID, item, a.FileID, a.Name, a.Summary)
	if tenant.Constraint(err) == "items_online" {
		return ErrOffline
	}
	return err
}

type attachmentRef struct {
	ID         uuid.UUID `json:"-" path:"id"`
	Attachment uuid.UUID `json:"-" path:"attachment"`
}

type removal struct {
	attachmentRef
	Version int `json:"-" query:"version"`
}

// pick returns which of the item's attachments is meant.
func (r *row) pick(id uuid.UUID) (int, error) {
	i := slices.IndexFunc(r.Attachments, func(a attached) bool { return a.ID == id })
	if i < 0 {
		return 0, attachment.ErrNotFound
	}
	return i, nil
}

// detach takes an attachment away from an item of the actor's.
func (d *Desk) detach(ctx context.Context, tx *tenant.Tx, in removal) (Item, error) {
	r, err := drafted(ctx, tx, in.ID)
	if err != nil {
		return Item{}, err
	}
	if in.Version != r.Version {
		return Item{}, r.stale(in.Version)
	}
	i, err := r.pick(in.Attachment)
	if err != nil {
		return Item{}, err
	}
	a := r.Attachments[i]
	changed := []string{"attachments"}
	if r.CoverFile != nil && *r.CoverFile == a.FileID {
		r.bare()
		changed = append(changed, "cover")
	}
	r.Attachments = slices.Delete(r.Attachments, i, i+1)
	if err := d.change(ctx, tx, r, changed); err != nil {
		return Item{}, err
	}
	if _, err := tx.Exec(ctx, `delete from item_attachments where id = $1`, a.ID); err != nil {
		return Item{}, err
	}
	if err := attachment.Release(ctx, tx, a.FileID, objectOf(r.ID)); err != nil {
		return Item{}, err
	}
	tx.Audit("publish.detached", objectOf(r.ID), map[string]any{"attachment": a.ID, "sha256": a.SHA256})
	return d.answer(ctx, tx, r.ID)
}

// download streams an attachment to whoever may read its item.
func (d *Desk) download(ctx context.Context, tx *tenant.Tx, in attachmentRef) (feature.Content, error) {
	r, err := d.seen(ctx, tx, in.ID)
	if err != nil {
		return feature.Content{}, err
	}
	i, err := r.pick(in.Attachment)
	if err != nil {
		return feature.Content{}, err
	}
	f, err := attachment.Find(ctx, tx, r.Attachments[i].FileID)
	if err != nil {
		return feature.Content{}, err
	}
	return d.files.Content(f, f.Name), nil
}

// preview shows what stands in an attachment to whoever may download it.
func (d *Desk) preview(ctx context.Context, tx *tenant.Tx, in attachmentRef) (func(context.Context) (preview.View, error), error) {
	c, err := d.download(ctx, tx, in)
	return preview.Of(c), err
}
