package publish

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"hetu/attachment"
	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// What can go wrong with the picture of an item.
var (
	ErrCoverAlt   = fault.New(fault.Invalid, "publish.cover_alt_missing").On("alt")
	ErrCoverType  = fault.New(fault.Invalid, "publish.cover_type")      // no picture, by its content; meta: types
	ErrCoverLarge = fault.New(fault.Invalid, "publish.cover_too_large") // meta: max
	ErrNoCover    = fault.New(fault.Conflict, "publish.no_cover")
)

// coverTypes are the pictures every browser shows; types are decided by content
// when a file arrives.
var coverTypes = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// maxCover is how large the picture of an item may be, in bytes: a list shows
// twenty of them.
const maxCover = 5 << 20

// A Cover is the picture of an item, to be had at …/cover.
type Cover struct {
	ID           uuid.UUID  `json:"id"` // another for another picture
	Alt          string     `json:"alt"`
	AttachmentID *uuid.UUID `json:"attachment_id"` // null: none of its attachments, or in a list
}

// cover returns the item's picture as it is shown, nil if there is none.
func (r *row) cover() *Cover {
	if r.CoverFile == nil {
		return nil
	}
	c := &Cover{ID: *r.CoverFile, Alt: r.CoverAlt}
	if i := slices.IndexFunc(r.Attachments, func(a attached) bool { return a.FileID == *r.CoverFile }); i >= 0 {
		c.AttachmentID = &r.Attachments[i].ID
	}
	return c
}

// covering makes an upload or an attachment the item's picture, or, if neither
// is named, changes what its picture says to who cannot see it.
type covering struct {
	ID           uuid.UUID  `json:"-" path:"id"`
	UploadID     *uuid.UUID `json:"upload_id,omitempty"`
	AttachmentID *uuid.UUID `json:"attachment_id,omitempty"`
	Alt          string     `json:"alt" maxLength:"120"`
	Version      int        `json:"version" minimum:"1"`
}

// Validate refuses a picture without words, and two at once.
func (c *covering) Validate() error {
	c.Alt = line(c.Alt)
	switch {
	case c.Alt == "":
		return ErrCoverAlt
	case c.UploadID != nil && c.AttachmentID != nil:
		return feature.ErrChoice.On("attachment_id")
	}
	return nil
}

// setCover gives an item of the actor's its picture. The picture and the words
// that it has already are no change (R033).
func (d *Desk) setCover(ctx context.Context, tx *tenant.Tx, in covering) (Item, error) {
	r, err := drafted(ctx, tx, in.ID)
	if err != nil {
		return Item{}, err
	}
	if r.Version != in.Version {
		return Item{}, r.stale(in.Version)
	}
	was := r.ownCover()
	f, err := r.picture(ctx, tx, in)
	if err != nil {
		return Item{}, err
	}
	if err := d.unmarked(ctx, tx, f.SHA256.String()); err != nil {
		return Item{}, err
	}
	tx.Audit("publish.cover_set", objectOf(r.ID), map[string]any{"file": f.ID, "sha256": f.SHA256.String()})
	if r.CoverFile != nil && r.CoverSHA == f.SHA256.String() && r.CoverAlt == in.Alt {
		if in.UploadID != nil { // it has these bytes already
			err = attachment.Release(ctx, tx, f.ID, objectOf(r.ID))
		}
		return r.item(ctx, tx.Actor.Member), err // giving it what it has undoes no review
	}
	if was != nil && *was == f.ID {
		was = nil
	}
	r.CoverFile, r.CoverSHA, r.CoverAlt = &f.ID, f.SHA256.String(), in.Alt
	if err := d.recover(ctx, tx, r, was); err != nil {
		return Item{}, err
	}
	return d.answer(ctx, tx, r.ID)
}

// picture returns the file that shall be the item's picture.
func (r *row) picture(ctx context.Context, tx *tenant.Tx, in covering) (f attachment.File, err error) {
	field := "upload_id"
	switch {
	case in.UploadID != nil:
		f, err = attachment.Claim(ctx, tx, *in.UploadID, objectOf(r.ID))
	case in.AttachmentID != nil:
		field = "attachment_id"
		i, missing := r.pick(*in.AttachmentID)
		if missing != nil {
			return f, missing
		}
		f, err = attachment.Find(ctx, tx, r.Attachments[i].FileID)
	case r.CoverFile == nil:
		return f, ErrNoCover
	default:
		f, err = attachment.Find(ctx, tx, *r.CoverFile)
	}
	switch {
	case err != nil:
		return f, err
	case !slices.Contains(coverTypes, f.Type):
		return f, ErrCoverType.On(field).With("types", coverTypes)
	case f.Size > maxCover:
		return f, ErrCoverLarge.On(field).With("max", maxCover)
	}
	return f, nil
}

// ownCover is the file of a picture that is none of the item's attachments.
func (r *row) ownCover() *uuid.UUID {
	if c := r.cover(); c != nil && c.AttachmentID == nil {
		return r.CoverFile
	}
	return nil
}

// recover writes down that the item has another picture, or none, and gives up
// the file of the one it had, unless a revision keeps it.
func (d *Desk) recover(ctx context.Context, tx *tenant.Tx, r *row, was *uuid.UUID) error {
	if err := d.change(ctx, tx, r, []string{"cover"}); err != nil {
		return err
	}
	if was == nil {
		return nil
	}
	return giveUp(ctx, tx, r.ID, *was)
}

// bare takes the picture off r.
func (r *row) bare() { r.CoverFile, r.CoverSHA, r.CoverAlt = nil, "", "" }

type versionedQuery struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"-" query:"version"`
}

// dropCover takes the picture off an item of the actor's.
func (d *Desk) dropCover(ctx context.Context, tx *tenant.Tx, in versionedQuery) (Item, error) {
	r, err := drafted(ctx, tx, in.ID)
	if err != nil {
		return Item{}, err
	}
	switch {
	case r.Version != in.Version:
		return Item{}, r.stale(in.Version)
	case r.CoverFile == nil:
		return Item{}, ErrNoCover
	}
	was := r.ownCover()
	r.bare()
	if err := d.recover(ctx, tx, r, was); err != nil {
		return Item{}, err
	}
	tx.Audit("publish.cover_dropped", objectOf(r.ID), nil)
	return d.answer(ctx, tx, r.ID)
}

// showCover streams the item's picture to whoever may read the item.
func (d *Desk) showCover(ctx context.Context, tx *tenant.Tx, in ref) (feature.Content, error) {
	r, err := d.seen(ctx, tx, in.ID)
	if err != nil {
		return feature.Content{}, err
	}
	if r.CoverFile == nil {
		return feature.Content{}, attachment.ErrNotFound
	}
	f, err := attachment.Find(ctx, tx, *r.CoverFile)
	if err != nil {
		return feature.Content{}, err
	}
	return d.files.Content(f, f.Name), nil
}

// isPicture reports whether a file that came from elsewhere may be a cover.
func isPicture(media string, size int64) bool {
	return slices.Contains(coverTypes, media) && size <= maxCover
}

// borrowFile makes a file of the tenant also one of the item's, whose bytes
// belong to what it was copied from.
func borrowFile(ctx context.Context, tx *tenant.Tx, file, item uuid.UUID) (uuid.UUID, error) {
	f, err := attachment.Find(ctx, tx, file)
	if err != nil {
		return uuid.Nil, err
	}
	f.ID = tenant.NewID()
	return f.ID, attachment.Borrow(ctx, tx, f, objectOf(item))
}
