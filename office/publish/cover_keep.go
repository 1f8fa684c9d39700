package publish

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"hetu/attachment"
	"hetu/fault"
	"hetu/tenant"
)

// A coverKept is the picture of a content: a revision keeps the file of one that
// is none of the item's attachments for as long as there is the item.
type coverKept struct {
	File uuid.UUID `json:"file"`
	SHA  string    `json:"sha256"`
	Alt  string    `json:"alt"`
}

// kept is the picture that an item has now; nil: none.
func (f *fields) kept() *coverKept {
	if f.CoverFile == nil {
		return nil
	}
	return &coverKept{*f.CoverFile, f.CoverSHA, f.CoverAlt}
}

// picture is that of a content. Of what was kept before pictures were, only
// their digests are known.
func (c content) picture() *coverKept {
	f := c.field("cover")
	if c.Cover != nil || len(f.Value) < 64 {
		return c.Cover
	}
	return &coverKept{SHA: f.Value[:64], Alt: f.Text}
}

// bringCover gives r the picture that a content of it had, or none if it had
// none, and reports whether that is another. A picture whose file is gone with
// its attachment, or that must not go online, does not come back: r keeps what
// it has.
func (d *Desk) bringCover(ctx context.Context, tx *tenant.Tx, r *row, was *coverKept) (changed bool, err error) {
	if was == nil {
		changed = r.CoverFile != nil
		r.bare()
		return changed, nil
	}
	file, err := r.fileOf(ctx, tx, *was)
	if err != nil || file == uuid.Nil {
		return false, err
	}
	if err := d.unmarked(ctx, tx, was.SHA); err != nil {
		if fault.Of(err).Code == ErrOffline.Code {
			err = nil
		}
		return false, err
	}
	if now := r.kept(); now != nil && now.SHA == was.SHA && now.Alt == was.Alt {
		return false, nil
	}
	r.CoverFile, r.CoverSHA, r.CoverAlt = &file, was.SHA, was.Alt
	return true, nil
}

// fileOf returns the file of r's that is the picture; the nil id if there is
// none any more.
func (r *row) fileOf(ctx context.Context, tx *tenant.Tx, was coverKept) (uuid.UUID, error) {
	if now := r.kept(); now != nil && now.SHA == was.SHA {
		return now.File, nil
	}
	if i := slices.IndexFunc(r.Attachments, func(a attached) bool { return a.SHA256 == was.SHA }); i >= 0 {
		return r.Attachments[i].FileID, nil
	}
	var there bool
	err := tx.Get(ctx, &there, `select exists (select from files where id = $1 and owner = $2 and encode(sha256, 'hex') = $3)`, was.File, objectOf(r.ID), was.SHA)
	if err != nil || !there {
		return uuid.Nil, err
	}
	return was.File, nil
}

// giveUp releases a file that was the item's picture, unless one of its
// revisions has it.
func giveUp(ctx context.Context, tx *tenant.Tx, item, file uuid.UUID) error {
	var kept bool
	err := tx.Get(ctx, &kept, `select exists (select from item_revisions v where v.item_id = $1 and v.content->'cover'->>'file' = $2::text)`, item, file)
	if err != nil || kept {
		return err
	}
	return attachment.Release(ctx, tx, file, objectOf(item))
}

// ownPictures are the files of the pictures that the item has or once had and
// that are none of its attachments.
func (r *row) ownPictures(ctx context.Context, tx *tenant.Tx) (files []uuid.UUID, err error) {
	err = tx.Select(ctx, &files, `
		select f.id from files f
		 where f.owner = $2 and f.id in (select (v.content->'cover'->>'file')::uuid from item_revisions v where v.item_id = $1)
		   and not exists (select from item_attachments a where a.item_id = $1 and a.file_id = f.id)`, r.ID, objectOf(r.ID))
	if own := r.ownCover(); err == nil && own != nil && !slices.Contains(files, *own) {
		files = append(files, *own)
	}
	return files, err
}

// release gives up files of the item's.
func (r *row) release(ctx context.Context, tx *tenant.Tx, files []uuid.UUID) (err error) {
	for _, f := range files {
		err = errors.Join(err, attachment.Release(ctx, tx, f, objectOf(r.ID)))
	}
	return err
}
