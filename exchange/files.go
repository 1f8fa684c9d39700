package exchange

import (
	"context"
	"io"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/preview"
	"hetu/storage"
	"hetu/tenant"
)

// The states of an attachment's bytes at the receiver's, and of all of an
// envelope's together.
const (
	Copying = "copying"
	Ready   = "ready"
	Failed  = "failed"
)

// Why an attachment's bytes are not at the receiver's and nobody brings them.
const (
	Gone        = "gone"        // they are not there any more, or are not what was sent
	Unreachable = "unreachable" // the store did not answer, however often it was tried
)

// files returns the attachments of an envelope in the order of its content,
// with where their bytes lie in this tenant's store.
func files(ctx context.Context, tx *tenant.Tx, envelope uuid.UUID, c Content) ([]File, error) {
	return lying(ctx, tx, c, `select id, key, version, state, reason from envelope_files where envelope_id = $1`, envelope)
}

// lying is files of whatever the query selects them for.
func lying(ctx context.Context, tx *tenant.Tx, c Content, query string, of uuid.UUID) ([]File, error) {
	var rows []struct {
		ID      uuid.UUID `db:"id"`
		Key     string    `db:"key"`
		Version string    `db:"version"`
		State   string    `db:"state"`
		Reason  string    `db:"reason"`
	}
	if err := tx.Select(ctx, &rows, query, of); err != nil {
		return nil, err
	}
	fs := make([]File, len(c.Attachments))
	for i, a := range c.Attachments {
		fs[i] = File{a, Failed, Gone}
		for _, r := range rows {
			if r.ID == a.ID {
				fs[i].Key, fs[i].Version, fs[i].State, fs[i].Reason = r.Key, r.Version, r.State, r.Reason
			}
		}
	}
	return fs, nil
}

// together is the worst state of any of the files.
func together(fs []File) string {
	state := Ready
	for _, f := range fs {
		switch f.State {
		case Failed:
			return Failed
		case Copying:
			state = Copying
		}
	}
	return state
}

// lacking is the answer to who asks for bytes that are not here: they may wait for
// them, or not.
func lacking(state string) error {
	if state == Failed {
		return ErrFilesFailed
	}
	return ErrFilesNotReady.With("state", state)
}

type fileRef struct {
	ref
	Attachment uuid.UUID `json:"-" path:"attachment"`
}

// content streams an attachment: the sender's own bytes to the sender, the
// copy to the receiver.
func (x *Exchange) content(ctx context.Context, tx *tenant.Tx, q fileRef) (feature.Content, error) {
	w, err := find(ctx, tx, q.ID)
	if err != nil {
		return feature.Content{}, err
	}
	if w.withheld() {
		return feature.Content{}, ErrNotFound
	}
	fs, err := files(ctx, tx, q.ID, w.Carried.V)
	if err != nil {
		return feature.Content{}, err
	}
	for _, f := range fs {
		if f.ID != q.Attachment {
			continue
		}
		if w.Direction == In && f.State != Ready {
			return feature.Content{}, lacking(f.State)
		}
		return x.copier.Content(tx.Actor.Tenant, f.Attachment), nil
	}
	return feature.Content{}, ErrNotFound
}

// preview shows what stands in an attachment to whoever may download it.
func (x *Exchange) preview(ctx context.Context, tx *tenant.Tx, q fileRef) (func(context.Context) (preview.View, error), error) {
	c, err := x.content(ctx, tx, q)
	return preview.Of(c), err
}

// On returns a Copier on a store of objects.
func On(s storage.Store) Copier { return shelf{s} }

// shelf copies objects within one store.
type shelf struct{ store storage.Store }

// Copy reads the object with its hash checked and writes it with its hash
// checked, so that a copy is the same bytes or is not there.
func (s shelf) Copy(ctx context.Context, from uuid.UUID, a Attachment, to uuid.UUID) (string, string, error) {
	sum, err := storage.ParseDigest(a.SHA256)
	if err != nil {
		return "", "", err
	}
	body, err := s.store.Open(ctx, storage.Ref{Tenant: from, Key: a.Key, Version: a.Version}, storage.Want{SHA256: sum, Size: a.Size})
	if err != nil {
		return "", "", err
	}
	defer func() { _ = body.Close() }() // it was only read
	made, err := s.store.Put(ctx, to, body, storage.PutOptions{Size: a.Size, Type: a.Type, SHA256: sum})
	return made.Key, made.Version, err
}

// Drop deletes an object.
func (s shelf) Drop(ctx context.Context, owner uuid.UUID, key, version string) error {
	return s.store.Delete(ctx, storage.Ref{Tenant: owner, Key: key, Version: version})
}

// Content streams an object under headers that keep a browser from running it.
func (s shelf) Content(owner uuid.UUID, a Attachment) feature.Content {
	ref := storage.Ref{Tenant: owner, Key: a.Key, Version: a.Version}
	return feature.Content{
		Size:    a.Size,
		Headers: storage.Headers(storage.Object{Ref: ref, Size: a.Size, Type: a.Type}, a.FileName),
		ETag:    `"` + a.SHA256 + `"`,
		Open: func(ctx context.Context) (io.ReadCloser, error) {
			sum, err := storage.ParseDigest(a.SHA256)
			if err != nil {
				return nil, err
			}
			return s.store.Open(ctx, ref, storage.Want{SHA256: sum, Size: a.Size})
		},
	}
}
