package attachment

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/job"
	"hetu/storage"
	"hetu/tenant"
)

// abandoned is how long an upload may rest before it is removed, and patience
// how long a scan may take before another request may take over.
const (
	abandoned = storage.Abandoned
	patience  = 5 * time.Minute
)

// remains are what is left of a file nobody refers to any more.
type remains struct {
	Upload  uuid.UUID `json:"upload" db:"id"`
	Key     string    `json:"key" db:"key"`
	Version string    `json:"version" db:"version"`
	Kept    bool      `json:"-" db:"kept"` // its object belongs to something
}

const (
	dropWork   = "attachment.drop"
	resumeWork = "attachment.resume"
)

// A retry is an attempt to finish an upload that takes place only if nobody
// has tried since turn.
type retry struct {
	Upload uuid.UUID `json:"upload"`
	Turn   uuid.UUID `json:"turn"`
}

func resumeLater(ctx context.Context, tx *tenant.Tx, r retry, wait time.Duration) error {
	return job.Later(ctx, tx, resumeWork, r, tx.Now.Add(wait))
}

func dropLater(ctx context.Context, tx *tenant.Tx, r remains) error {
	return job.Later(ctx, tx, dropWork, r, time.Time{})
}

// drop removes bytes to which no row refers.
func (a *Attachments) drop(ctx context.Context, db *tenant.DB, args json.RawMessage) error {
	var r remains
	if err := json.Unmarshal(args, &r); err != nil {
		return err
	}
	actor, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	if r.Upload != uuid.Nil {
		if err := a.staging.Abort(actor.Tenant, r.Upload); err != nil {
			return err
		}
	}
	if r.Key == "" {
		return nil
	}
	var used bool
	err = db.Read(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &used, `select exists (select from files where key = $1 and version = $2)`, r.Key, r.Version)
	})
	if err != nil || used {
		return err
	}
	return a.store.Delete(ctx, storage.Ref{Tenant: actor.Tenant, Key: r.Key, Version: r.Version})
}

// clear gets rid of what an upload left behind. Of one that became a file that
// is at most a copy in the staging area.
func (a *Attachments) clear(ctx context.Context, tx *tenant.Tx, r remains) error {
	if r.Kept {
		return a.staging.Abort(tx.Actor.Tenant, r.Upload)
	}
	return dropLater(ctx, tx, r)
}

// resume finishes an upload that has arrived completely and was not finished:
// the store was down, or the server was killed.
func (a *Attachments) resume(ctx context.Context, db *tenant.DB, args json.RawMessage) error {
	var q retry
	if err := json.Unmarshal(args, &q); err != nil {
		return err
	}
	var u upload
	var of uuid.UUID
	err := db.Read(ctx, func(tx *tenant.Tx) error {
		of = tx.Actor.Tenant
		return tx.Get(ctx, &u, `select `+uploadColumns+` from uploads
			 where id = $1 and turn = $2 and state in ('open', 'scanning')`, q.Upload, q.Turn)
	})
	if errors.Is(err, tenant.ErrNoRows) {
		return nil // decided, removed or taken up meanwhile
	}
	if err != nil {
		return err
	}
	if at, err := a.staging.Offset(of, u.ID); err != nil || at < u.Size {
		return err // more is still to come
	}
	_, err = a.finish(ctx, db, u)
	if refusal(err) != nil || errors.Is(err, ErrBusy) {
		return nil // decided, or in other hands
	}
	return err
}

// tidy removes the tenant's uploads that nothing claimed within a day.
func (a *Attachments) tidy(ctx context.Context, db *tenant.DB) error {
	return db.Write(ctx, func(tx *tenant.Tx) error {
		var gone []remains
		err := tx.Select(ctx, &gone, `
			delete from uploads where created_at < $1
			returning id, key, version, state = 'claimed' as kept`, tx.Now.Add(-abandoned))
		if err != nil {
			return err
		}
		for _, r := range gone {
			if err := a.clear(ctx, tx, r); err != nil {
				return err
			}
		}
		if len(gone) > 0 {
			tx.Audit("attachment.tidied", "attachment/uploads", map[string]int{"n": len(gone)})
		}
		return nil
	})
}
