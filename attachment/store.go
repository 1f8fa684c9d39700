package attachment

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/storage"
	"hetu/tenant"
)

// enter begins the scan of an upload as turn, unless another is at it. It does
// not wait for the disk: should a crash undo it, the upload is open as before
// and its bytes are there, and nobody has been told anything.
func enter(ctx context.Context, tx *tenant.Tx, id, turn uuid.UUID) error {
	n, err := tx.Exec(ctx, `
		update uploads set state = 'scanning', turn = $2, since = $3
		 where id = $1 and (state = 'open' or state = 'scanning' and since < $4)`,
		id, turn, tx.Now, tx.Now.Add(-patience))
	if err = one(n, err); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `set local synchronous_commit to off`); err != nil {
		return err
	}
	return resumeLater(ctx, tx, retry{id, turn}, patience+time.Minute) // should we die
}

// leave gives up a scan that could not be made, to be tried again: soon at
// first, then less and less often.
func leave(ctx context.Context, tx *tenant.Tx, id, turn uuid.UUID) error {
	var began time.Time
	err := tx.Get(ctx, &began, `
		update uploads set state = 'open' where id = $1 and state = 'scanning' and turn = $2 returning created_at`, id, turn)
	if errors.Is(err, tenant.ErrNoRows) {
		return ErrBusy
	}
	if err != nil {
		return err
	}
	wait := min(max(tx.Now.Sub(began)/4, 10*time.Second), 30*time.Minute)
	return resumeLater(ctx, tx, retry{id, turn}, wait)
}

// refused ends an upload we do not take.
func refused(ctx context.Context, tx *tenant.Tx, u upload, turn uuid.UUID, why string) error {
	n, err := tx.Exec(ctx, `
		update uploads set state = 'refused', reason = $3 where id = $1 and state = 'scanning' and turn = $2`,
		u.ID, turn, why)
	tx.Audit("attachment.refused", object(u.ID), map[string]string{"name": u.Name, "reason": why})
	return one(n, err)
}

// ready writes down where the bytes of an upload are.
func ready(ctx context.Context, tx *tenant.Tx, u upload, turn uuid.UUID, e ending) error {
	n, err := tx.Exec(ctx, `
		update uploads set state = 'ready', type = $3, sha256 = $4, key = $5, version = $6
		 where id = $1 and state = 'scanning' and turn = $2`,
		u.ID, turn, e.format.Type, e.object.SHA256, e.object.Key, e.object.Version)
	tx.Audit("attachment.ready", object(u.ID), map[string]any{"name": u.Name, "type": e.format.Type, "sha256": e.object.SHA256.String()})
	return one(n, err)
}

// one makes sure that it is still our turn.
func one(n int64, err error) error {
	if err == nil && n != 1 {
		return ErrBusy
	}
	return err
}

// refusals are what can be wrong with a file, in the store's words and ours.
var refusals = []struct{ theirs, ours *fault.Error }{
	{storage.ErrRefused, ErrTypeRefused},
	{storage.ErrMismatch, ErrTypeMismatch},
	{storage.ErrBomb, ErrBomb},
	{storage.ErrInfected, ErrInfected},
	{storage.ErrHash, ErrDigest},
	{storage.ErrName, ErrName},
	{storage.ErrEmpty, ErrTypeRefused},
}

// refusal returns what is wrong with a file for good, or nil if err is none or
// says that something could not be done now.
func refusal(err error) *fault.Error {
	for _, r := range refusals {
		if errors.Is(err, r.theirs) {
			return r.ours
		}
	}
	return nil
}

// arrival says what is wrong with a piece in our own words.
func arrival(err error) error {
	switch {
	case errors.Is(err, storage.ErrOffset):
		return ErrOffset.With("offset", fault.Of(err).Meta["offset"])
	case errors.Is(err, storage.ErrTooLarge):
		return ErrSize
	}
	return err
}
