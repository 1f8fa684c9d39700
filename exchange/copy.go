package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/job"
	"hetu/storage"
	"hetu/tenant"
)

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

// endLost ends the copying for which there is no work any more: it was tried as
// often as work is, or whoever did it the last time did not come back. What waits
// for ever says so. One that cannot be ended keeps none of the others.
func endLost(ctx context.Context, db *tenant.DB) error {
	var lost []lostCopy
	err := db.Read(ctx, func(tx *tenant.Tx) (err error) {
		lost, err = lostCopies(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	var failures []error
	for _, l := range lost {
		failures = append(failures, db.Write(ctx, func(tx *tenant.Tx) error {
			var files int
			if err := tx.Get(ctx, &files, `select exchange_copy_lost($1, $2)`, l.Envelope, l.Seen); err != nil {
				return err
			}
			if files > 0 {
				tx.Audit("exchange.files_failed", object(l.Envelope), map[string]any{"files": files, "reason": Unreachable})
			}
			return nil
		}))
	}
	return errors.Join(failures...)
}

// lostCopy is an envelope of which something is still to be copied, and when that
// was last asked for.
type lostCopy struct {
	Envelope uuid.UUID `db:"id"`
	Seen     time.Time `db:"seen"`
}

// lostCopies returns the envelopes whose attachments nobody copies any more. What
// there is to copy is asked before who copies it, so that none is taken for lost
// whose work begins or ends meanwhile.
func lostCopies(ctx context.Context, tx *tenant.Tx) (lost []lostCopy, err error) {
	err = tx.Select(ctx, &lost, `
		select e.id, coalesce(max(f.again_at), 'epoch') as seen
		  from envelope_files f join envelopes e on e.id = f.envelope_id
		 where f.state = 'copying' and e.direction = 'out' and e.state <> 'recalled'
		 group by e.id order by e.id`)
	if err != nil || len(lost) == 0 {
		return nil, err
	}
	works, err := job.Unfinished(ctx, tx, copyWork)
	if err != nil {
		return nil, err
	}
	under := map[uuid.UUID]bool{}
	for _, raw := range works {
		var args copyArgs
		if err := json.Unmarshal(raw, &args); err != nil {
			return nil, fmt.Errorf("exchange: copy: %w", err)
		}
		under[args.Envelope] = true
	}
	return slices.DeleteFunc(lost, func(l lostCopy) bool { return under[l.Envelope] }), nil
}

// copyAgain has the attachments of an envelope that failed copied again. One that
// is asked for already is not asked for twice.
func copyAgain(ctx context.Context, tx *tenant.Tx, q ref) (p Page, err error) {
	w, err := find(ctx, tx, q.ID)
	switch {
	case err != nil:
		return p, err
	case w.Direction != Out:
		return p, ErrNotFound
	case w.State == Recalled:
		return p, ErrState.With("state", w.State)
	}
	var files int
	if err := tx.Get(ctx, &files, `select exchange_copy_again($1)`, q.ID); err != nil {
		return p, err
	}
	if files == 0 {
		return p, ErrFilesNotFailed
	}
	if err := job.Later(ctx, tx, copyWork, copyArgs{q.ID}, time.Time{}); err != nil {
		return p, err
	}
	tx.Audit("exchange.files_again", object(q.ID), map[string]any{"to": w.Peer.ID, "files": files})
	return view(ctx, tx, q)
}
