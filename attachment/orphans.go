package attachment

import (
	"context"
	"errors"
	"time"

	"hetu/storage"
	"hetu/tenant"
)

// MinGrace is how long an object is left alone at least: between the moment its
// bytes are in the store and the commit of the row that names it, it looks like
// an orphan and is none.
const MinGrace = time.Hour

// Orphans are the objects of one tenant that no row names: what a reply lost on
// the way, a restore of an older database or a bug has left behind.
type Orphans struct {
	Objects, Bytes int64 // without a row and older than the grace time
	Young          int64 // without a row, but too young to tell
	Removed        int64
	Kept           int64 // to be removed, but retained or under legal hold
}

// FindOrphans goes through the store's objects of the context's tenant and
// returns those that no row has named for grace (MinGrace if that is longer).
// With remove it deletes them; what it deletes is audited first.
func FindOrphans(ctx context.Context, db *tenant.DB, store storage.Store, grace time.Duration, remove bool) (found Orphans, err error) {
	actor, err := tenant.From(ctx)
	if err != nil {
		return found, err
	}
	var now time.Time
	var columns []column
	err = db.Read(ctx, func(tx *tenant.Tx) (err error) {
		now = tx.Now
		columns, err = keyColumns(ctx, tx)
		return err
	})
	if err != nil {
		return found, err
	}
	for after := ""; ; {
		page, err := store.List(ctx, actor.Tenant, after, 500)
		if err != nil {
			return found, err
		}
		lost, err := unnamed(ctx, db, columns, page.Entries)
		if err != nil {
			return found, err
		}
		old := found.judge(lost, now.Add(-max(grace, MinGrace)))
		if remove && len(old) > 0 {
			if err := found.remove(ctx, db, store, old); err != nil {
				return found, err
			}
		}
		if after = page.Next; after == "" {
			return found, nil
		}
	}
}

// judge counts what no row names and returns what is old enough to go.
func (o *Orphans) judge(lost []storage.Entry, before time.Time) (old []storage.Entry) {
	for _, e := range lost {
		if !e.CreatedAt.Before(before) {
			o.Young++
			continue
		}
		o.Objects++
		o.Bytes += e.Size
		old = append(old, e)
	}
	return old
}

func (o *Orphans) remove(ctx context.Context, db *tenant.DB, store storage.Store, old []storage.Entry) error {
	keys := make([]string, len(old))
	for i, e := range old {
		keys[i] = e.Key
	}
	err := db.Write(ctx, func(tx *tenant.Tx) error {
		tx.Audit("attachment.orphans_removed", "attachment/objects", map[string]any{"n": len(old), "keys": keys})
		return nil
	})
	if err != nil {
		return err
	}
	for _, e := range old {
		switch err := store.Delete(ctx, e.Ref); {
		case errors.Is(err, storage.ErrRetained), errors.Is(err, storage.ErrHeld):
			o.Kept++
		case err != nil:
			return err
		default:
			o.Removed++
		}
	}
	return nil
}

// A column is one that names objects, as it is written in a statement.
type column struct {
	Table string `db:"tab"`
	Name  string `db:"col"`
}

// keyColumns finds every column that may hold the key of an object, by its
// name: a feature that keeps objects of its own need not be known here, and
// cannot be forgotten.
func keyColumns(ctx context.Context, tx *tenant.Tx) (all []column, err error) {
	err = tx.Select(ctx, &all, `
		select quote_ident(table_name) as tab, quote_ident(column_name) as col
		  from information_schema.columns
		 where table_schema = 'public' and data_type = 'text' and (column_name = 'key' or column_name like '%\_key')
		 order by 1, 2`)
	if err == nil && len(all) < 2 {
		err = errors.New("attachment: the catalogue shows no columns with keys") // never take everything for lost
	}
	return all, err
}

// unnamed returns the entries whose key stands in no column.
func unnamed(ctx context.Context, db *tenant.DB, columns []column, entries []storage.Entry) (lost []storage.Entry, err error) {
	keys := make([]string, len(entries))
	for i, e := range entries {
		keys[i] = e.Key
	}
	named := map[string]bool{}
	err = db.Read(ctx, func(tx *tenant.Tx) error {
		for _, c := range columns {
			var in []string
			if err := tx.Select(ctx, &in, `select `+c.Name+` from `+c.Table+` where `+c.Name+` = any($1)`, tenant.Array(keys)); err != nil {
				return err
			}
			for _, k := range in {
				named[k] = true
			}
		}
		return nil
	})
	for _, e := range entries {
		if !named[e.Key] {
			lost = append(lost, e)
		}
	}
	return lost, err
}
