package storage

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
)

// List walks the shelves of a tenant in order; the names on a shelf sort as
// their keys do.
func (d *disk) List(ctx context.Context, tenant uuid.UUID, after string, limit int) (Page, error) {
	var page Page
	root := filepath.Join(d.objects(), prefix(tenant))
	shelves, err := names(root)
	if err != nil {
		return page, err
	}
	last := strings.TrimPrefix(after, prefix(tenant)+"/")
	for _, shelf := range shelves {
		if shelf < last[:min(2, len(last))] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return Page{}, err
		}
		full, err := d.shelf(&page, filepath.Join(root, shelf), tenant, last, limit)
		if err != nil || full {
			return page, err
		}
	}
	return page, nil
}

// shelf adds what lies on one shelf after last, and reports whether the page
// is full and more is to come.
func (d *disk) shelf(page *Page, dir string, tenant uuid.UUID, last string, limit int) (full bool, err error) {
	objects, err := names(dir)
	if err != nil {
		return false, err
	}
	for _, name := range objects {
		key, version, _ := strings.Cut(name, ".")
		if key <= last {
			continue
		}
		if n := len(page.Entries); n >= max(limit, 1) {
			page.Next = page.Entries[n-1].Key
			return true, nil
		}
		info, err := os.Stat(filepath.Join(dir, name, "data"))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted while we were looking, or damaged: a listing says what can be read
		}
		if err != nil {
			return false, unavailable(err)
		}
		page.Entries = append(page.Entries, Entry{
			Ref:  Ref{Tenant: tenant, Key: prefix(tenant) + "/" + key, Version: version},
			Size: info.Size(), CreatedAt: info.ModTime().UTC(),
		})
	}
	return false, nil
}

// names lists a directory in order; one that is not there is empty.
func names(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unavailable(err)
	}
	all := make([]string, len(entries))
	for i, e := range entries {
		all[i] = e.Name()
	}
	return all, nil
}
