package audit

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"hetu/storage"
	"hetu/tenant"
)

// What can be wrong between the notes and the chain.
const (
	Rewritten = "rewritten" // the chain is not the one that was noted
	NoteGone  = "note_gone" // a note lies in the store, or should, and its row or it is gone
	NoteFalse = "note"      // what lies in the store is not what was noted, or nobody we trust signed it
)

// A Noted is what Check found of a tenant's notes.
type Noted struct {
	Notes int64     `json:"notes"`
	At    time.Time `json:"at"` // of the newest
	First *Bad      `json:"first_bad,omitempty"`
}

// Check compares the notes of the tenant of ctx, as they lie in the store, with
// its chain, and stops at the first thing that is wrong. It goes through all of
// the tenant's objects: one that is a note and has no row is what somebody
// wanted forgotten. Verify has to find the chain whole, too.
func (y *Notary) Check(ctx context.Context, db *tenant.DB) (Noted, error) {
	actor, err := tenant.From(ctx)
	if err != nil {
		return Noted{}, err
	}
	c := checker{y: y, tenant: actor.Tenant, known: map[string]bool{}}
	for more := true; more && c.report.First == nil; {
		if more, err = c.next(ctx, db); err != nil {
			return c.report, fmt.Errorf("audit: check: %w", err)
		}
	}
	if c.report.First == nil {
		if err := c.forgotten(ctx); err != nil {
			return c.report, fmt.Errorf("audit: check: %w", err)
		}
	}
	return c.report, nil
}

type checker struct {
	y      *Notary
	tenant uuid.UUID
	last   noted
	known  map[string]bool // keys that rows name
	report Noted
}

func (c *checker) bad(kind string, at time.Time, seq int64) {
	c.report.First = &Bad{Kind: kind, At: at, Seq: seq}
}

// next checks the next note. It reports whether there was one.
func (c *checker) next(ctx context.Context, db *tenant.DB) (more bool, err error) {
	var row noted
	var hash []byte
	err = db.Read(ctx, func(tx *tenant.Tx) error {
		err := tx.Get(ctx, &row, `select `+notedColumns+` from audit_notes where n > $1 order by n limit 1`, c.last.N)
		if err != nil {
			return err
		}
		err = tx.Get(ctx, &hash, `select hash from audit_seals where seq = $1`, row.Seal)
		if errors.Is(err, tenant.ErrNoRows) {
			return nil
		}
		return err
	})
	if errors.Is(err, tenant.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if row.N != c.last.N+1 {
		c.bad(NoteGone, c.last.At, c.last.Seal)
		return false, nil
	}
	n, ok, err := c.open(ctx, row)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		c.bad(NoteGone, row.At, row.Seal)
		return false, nil
	case errors.Is(err, storage.ErrIntegrity):
		ok = false
	case err != nil:
		return false, err
	}
	switch {
	case !ok || n.N != row.N || n.Previous != c.last.SHA256 || n.Seal != row.Seal:
		c.bad(NoteFalse, row.At, row.Seal)
	case n.Head != hex.EncodeToString(hash):
		c.bad(Rewritten, n.UptoAt, n.Seal)
	default:
		c.last, c.known[row.Key] = row, true
		c.report.Notes, c.report.At = n.N, n.At
	}
	return c.report.First == nil, nil
}

func (c *checker) open(ctx context.Context, row noted) (Note, bool, error) {
	var want storage.Want
	if err := want.SHA256.UnmarshalText([]byte(row.SHA256)); err != nil || want.SHA256.IsZero() {
		return Note{}, false, nil //nolint:nilerr // a row that says no digest says something false
	}
	want.Size = row.Size
	return c.y.read(ctx, storage.Ref{Tenant: c.tenant, Key: row.Key, Version: row.Version}, want)
}

// forgotten looks for notes in the store that go further than the rows do.
func (c *checker) forgotten(ctx context.Context) error {
	for after := ""; ; {
		page, err := c.y.Store.List(ctx, c.tenant, after, 500)
		if err != nil {
			return err
		}
		for _, e := range page.Entries {
			if e.Size > maxPaper || c.known[e.Key] {
				continue
			}
			o, err := c.y.Store.Stat(ctx, e.Ref)
			if errors.Is(err, storage.ErrNotFound) {
				continue // it went meanwhile
			}
			if err != nil {
				return err
			}
			if o.Type != "application/json" {
				continue
			}
			n, ok, err := c.y.read(ctx, e.Ref, o.Want())
			if err != nil && !errors.Is(err, storage.ErrNotFound) && !errors.Is(err, storage.ErrIntegrity) {
				return err
			}
			if ok && n.N > c.last.N && time.Since(o.CreatedAt) > cmp.Or(c.y.Grace, time.Minute) { // younger: its row is still to come
				c.bad(NoteGone, n.At, n.Seal)
				return nil
			}
		}
		if after = page.Next; after == "" {
			return nil
		}
	}
}
