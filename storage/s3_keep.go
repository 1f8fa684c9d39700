package storage

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/minio/minio-go/v7"
)

// locked reports whether the store refused because it has to keep a version. It
// has no code for that. The retention may have ended by the time we ask.
func locked(err error) bool {
	said := strings.ToLower(minio.ToErrorResponse(err).Message)
	return strings.Contains(said, "worm") || strings.Contains(said, "object lock")
}

// Delete removes one version. The store refuses what it has to keep; only then
// do we ask why.
func (b *bucket) Delete(ctx context.Context, ref Ref) error {
	if err := ref.check(); err != nil {
		return err
	}
	err := b.core.RemoveObject(ctx, b.name, ref.Key, minio.RemoveObjectOptions{VersionID: ref.Version})
	if err == nil {
		return nil
	}
	o, why := b.Stat(ctx, ref)
	switch {
	case errors.Is(why, ErrNotFound):
		return nil
	case why == nil && o.LegalHold:
		return ErrHeld
	case why == nil && (time.Now().Before(o.RetainUntil) || !o.RetainUntil.IsZero() && locked(err)):
		return ErrRetained
	}
	return b.classify(err)
}

// SetRetention leaves the last word to the store: compliance mode does not
// shorten. We look first only to say which fault it is.
func (b *bucket) SetRetention(ctx context.Context, ref Ref, until time.Time) error {
	until = whole(until)
	o, err := b.Stat(ctx, ref)
	switch {
	case err != nil:
		return err
	case until.Before(o.RetainUntil):
		return ErrShortened
	case !until.After(time.Now()):
		return ErrRetention
	}
	mode := minio.Compliance
	err = b.core.PutObjectRetention(ctx, b.name, ref.Key, minio.PutObjectRetentionOptions{
		Mode: &mode, RetainUntilDate: &until, VersionID: ref.Version,
	})
	if code := minio.ToErrorResponse(err).StatusCode; code == http.StatusForbidden {
		return ErrShortened // somebody extended it further meanwhile
	}
	return b.classify(err)
}

func (b *bucket) SetLegalHold(ctx context.Context, ref Ref, on bool) error {
	if err := ref.check(); err != nil {
		return err
	}
	status := minio.LegalHoldDisabled
	if on {
		status = minio.LegalHoldEnabled
	}
	return b.classify(b.core.PutObjectLegalHold(ctx, b.name, ref.Key, minio.PutObjectLegalHoldOptions{
		Status: &status, VersionID: ref.Version,
	}))
}

// List goes by key: the store starts after all versions of the cursor, so a
// page ends where a key does.
func (b *bucket) List(ctx context.Context, tenant uuid.UUID, after string, limit int) (page Page, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	limit = max(limit, 1)
	for o := range b.core.ListObjectsIter(ctx, b.name, minio.ListObjectsOptions{
		Prefix: prefix(tenant) + "/", Recursive: true, WithVersions: true, StartAfter: after, MaxKeys: min(limit+1, 1000),
	}) {
		if o.Err != nil {
			return Page{}, b.classify(o.Err)
		}
		ref := Ref{Tenant: tenant, Key: o.Key, Version: o.VersionID}
		if o.IsDeleteMarker || ref.check() != nil || strings.Compare(o.Key, after) <= 0 {
			continue
		}
		if n := len(page.Entries); n >= limit && page.Entries[n-1].Key != o.Key {
			page.Next = page.Entries[n-1].Key
			return page, nil
		}
		page.Entries = append(page.Entries, Entry{Ref: ref, Size: o.Size, CreatedAt: o.LastModified.UTC()})
	}
	return page, ctx.Err()
}

func (b *bucket) Usage(ctx context.Context, tenant uuid.UUID) (Usage, error) {
	return usage(ctx, b, tenant)
}

// Ping asks for the bucket.
func (b *bucket) Ping(ctx context.Context) error {
	ok, err := b.core.BucketExists(ctx, b.name)
	if err == nil && !ok {
		err = errors.New("storage: bucket " + b.name + " is gone")
		return unavailable(err)
	}
	return b.classify(err)
}

// Sweep has nothing to do: an object is sent in one piece, so a store has it or
// not, and the local spool has no names.
func (b *bucket) Sweep(context.Context) (int, error) { return 0, nil }
