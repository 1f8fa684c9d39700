package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"

	"hetu/fault"
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

// files returns the attachments of an envelope in the order of its content,
// with where their bytes lie in this tenant's store.
func files(ctx context.Context, tx *tenant.Tx, envelope uuid.UUID, c Content) ([]File, error) {
	return lying(ctx, tx, c, `select id, key, version, state from envelope_files where envelope_id = $1`, envelope)
}

// lying is files of whatever the query selects them for.
func lying(ctx context.Context, tx *tenant.Tx, c Content, query string, of uuid.UUID) ([]File, error) {
	var rows []struct {
		ID      uuid.UUID `db:"id"`
		Key     string    `db:"key"`
		Version string    `db:"version"`
		State   string    `db:"state"`
	}
	if err := tx.Select(ctx, &rows, query, of); err != nil {
		return nil, err
	}
	fs := make([]File, len(c.Attachments))
	for i, a := range c.Attachments {
		fs[i] = File{a, Failed}
		for _, r := range rows {
			if r.ID == a.ID {
				fs[i].Key, fs[i].Version, fs[i].State = r.Key, r.Version, r.State
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
			return feature.Content{}, ErrFilesNotReady.With("state", f.State)
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

// copyWork is the name of the work that copies an envelope's attachments.
const copyWork = "exchange.copy"

type copyArgs struct {
	Envelope uuid.UUID `json:"envelope"`
}

// copy puts the attachments of one envelope the tenant sent into the
// receiver's store. Bytes move outside any transaction. Done twice, the second
// copy is removed again.
func (x *Exchange) copy(ctx context.Context, db *tenant.DB, raw json.RawMessage) error {
	var args copyArgs
	if err := json.Unmarshal(raw, &args); err != nil {
		return fmt.Errorf("exchange: copy: %w", err)
	}
	a, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	var to uuid.UUID
	var waiting []Attachment
	err = db.Read(ctx, func(tx *tenant.Tx) (err error) {
		to, waiting, err = uncopied(ctx, tx, args.Envelope)
		return err
	})
	if err != nil {
		return err
	}
	var failures []error
	for _, f := range waiting {
		if err := x.copyOne(ctx, db, a.Tenant, args.Envelope, f, to); err != nil {
			failures = append(failures, fmt.Errorf("exchange: copy %s: %w", f.ID, err))
		}
	}
	return errors.Join(failures...)
}

// uncopied returns what is still to be copied of an envelope, and to whom.
// There is nothing to copy of one that was recalled or never was.
func uncopied(ctx context.Context, tx *tenant.Tx, envelope uuid.UUID) (to uuid.UUID, waiting []Attachment, err error) {
	var row struct {
		Peer    uuid.UUID           `db:"peer_id"`
		Content tenant.Doc[Content] `db:"content"`
	}
	err = tx.Get(ctx, &row, `
		select peer_id, content from envelopes where id = $1 and direction = 'out' and state <> 'recalled'`, envelope)
	if errors.Is(err, tenant.ErrNoRows) {
		return to, nil, nil
	}
	if err != nil {
		return to, nil, err
	}
	fs, err := files(ctx, tx, envelope, row.Content.V)
	for _, f := range fs {
		if f.State == Copying {
			waiting = append(waiting, f.Attachment)
		}
	}
	return row.Peer, waiting, err
}

// copyOne copies one attachment and records where the copy lies. Bytes that
// are gone or are not what was sent will never be copied; that is recorded
// too. Every other failure is worth another try.
func (x *Exchange) copyOne(ctx context.Context, db *tenant.DB, from, envelope uuid.UUID, f Attachment, to uuid.UUID) error {
	key, version, err := x.copier.Copy(ctx, from, f, to)
	if err != nil && !hopeless(err) {
		return err
	}
	if err != nil {
		key, version = "", ""
	}
	var taken bool
	err = db.Write(ctx, func(tx *tenant.Tx) error {
		if err := tx.Get(ctx, &taken, `select exchange_copied($1, $2, $3, $4)`, envelope, f.ID, key, version); err != nil {
			return err
		}
		if taken {
			tx.Audit("exchange.copied", object(envelope), map[string]any{"attachment": f.ID, "ok": key != ""})
		}
		return nil
	})
	if errors.Is(err, tenant.ErrUnsure) || key == "" || err == nil && taken {
		return err
	}
	return errors.Join(err, x.copier.Drop(ctx, to, key, version))
}

func hopeless(err error) bool {
	for _, e := range []error{storage.ErrNotFound, storage.ErrIntegrity, storage.ErrHash, storage.ErrSize, storage.ErrTooLarge} {
		if errors.Is(err, e) {
			return true
		}
	}
	return fault.Of(err).Kind == fault.NotFound
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
