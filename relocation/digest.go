package relocation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/storage"
	"hetu/tenant"
)

// A place is where an object lies, and what it is.
type place struct {
	Key         string         `json:"key"`
	Version     string         `json:"version"`
	SHA256      storage.Digest `json:"sha256"`
	Size        int64          `json:"size"`
	Type        string         `json:"type"`
	RetainUntil *time.Time     `json:"retain_until,omitempty"`
	LegalHold   bool           `json:"legal_hold,omitempty"`
	Entry       string         `json:"entry,omitempty"` // its file in the parcel
}

func placeOf(o storage.Object) place {
	p := place{Key: o.Key, Version: o.Version, SHA256: o.SHA256, Size: o.Size, Type: o.Type, LegalHold: o.LegalHold}
	if !o.RetainUntil.IsZero() {
		until := o.RetainUntil.UTC()
		p.RetainUntil = &until
	}
	return p
}

// line says what the object is, and not where it lies.
func (p place) line() string {
	until := ""
	if p.RetainUntil != nil {
		until = p.RetainUntil.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("%s %d %s %s %t\n", p.SHA256, p.Size, p.Type, until, p.LegalHold)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// objectsOf measures a set of objects.
func objectsOf(ps []place) (o Objects) {
	lines := make([]string, 0, len(ps))
	for _, p := range ps {
		lines = append(lines, p.line())
		o.Count, o.Bytes = o.Count+1, o.Bytes+p.Size
	}
	slices.Sort(lines)
	o.SHA256 = digest([]byte(strings.Join(lines, "")))
	return o
}

// objects returns all objects of a tenant.
func objects(ctx context.Context, store storage.Store, id uuid.UUID) (ps []place, err error) {
	for after := ""; ; {
		page, err := store.List(ctx, id, after, 500)
		if err != nil {
			return nil, err
		}
		for _, e := range page.Entries {
			o, err := store.Stat(ctx, e.Ref)
			if err != nil {
				return nil, fmt.Errorf("relocation: %s: %w", e.Key, err)
			}
			ps = append(ps, placeOf(o))
		}
		if after = page.Next; after == "" {
			return ps, nil
		}
	}
}

// address finds the keys of objects in the JSON of a row.
var address = regexp.MustCompile(`"[0-9a-f]{32}/[0-9a-f]{64}"`)

// rename puts other addresses into the JSON of a row. One that nobody knows is
// left as it is: the object was gone before.
func rename(row string, to func(key string) (from, other place, ok bool)) string {
	for _, quoted := range slices.Compact(address.FindAllString(row, -1)) {
		from, other, ok := to(quoted[1 : len(quoted)-1])
		if !ok {
			continue
		}
		row = strings.ReplaceAll(row, quoted, `"`+other.Key+`"`)
		row = strings.ReplaceAll(row, `"`+from.Version+`"`, `"`+other.Version+`"`)
	}
	return row
}

// A gauge measures the rows of a table with their objects named by digest.
type gauge struct {
	places map[string]place
	sum    hash.Hash
	rows   int
}

func newGauge(ps []place) *gauge {
	g := &gauge{places: map[string]place{}, sum: sha256.New()}
	for _, p := range ps {
		g.places[p.Key] = p
	}
	return g
}

func (g *gauge) add(row string) {
	row = rename(row, func(key string) (from, other place, ok bool) {
		p, ok := g.places[key]
		return p, place{Key: "object " + p.SHA256.String(), Version: "as stored"}, ok
	})
	g.rows++
	_, _ = g.sum.Write([]byte(row)) // a hash never fails
	_, _ = g.sum.Write([]byte{'\n'})
}

// take returns what was measured and begins anew.
func (g *gauge) take(name string) Table {
	t := Table{Name: name, Rows: g.rows, SHA256: hex.EncodeToString(g.sum.Sum(nil))}
	g.sum.Reset()
	g.rows = 0
	return t
}

// rows calls fn with each row of the tenant as JSON, in the order of keys.
func rows(ctx context.Context, tx *tenant.Tx, t stored, id uuid.UUID, fn func(row string) error) error {
	return tx.Each(ctx, func(r tenant.Row) error {
		var row string
		if err := r.Scan(&row); err != nil {
			return err
		}
		return fn(row)
	}, fmt.Sprintf(`select to_jsonb(r)::text from (select %s from %s where %s = $1 order by %s) r`,
		t.Columns, t.Quoted, t.Whose, t.Key), id)
}

// measure returns the digests of all tables of the tenant that go along.
func measure(ctx context.Context, tx *tenant.Tx, id uuid.UUID, ts []stored, ps []place) (all []Table, err error) {
	g := newGauge(ps)
	for _, t := range ts {
		err := rows(ctx, tx, t, id, func(row string) error { g.add(row); return nil })
		if err != nil {
			return nil, fmt.Errorf("relocation: %s: %w", t.Name, err)
		}
		all = append(all, g.take(t.Name))
	}
	return all, nil
}

// differing returns the first table that is not the same in both, "" if none.
func differing(a, b []Table) string {
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			return b[i].Name
		case i >= len(b) || a[i] != b[i]:
			return a[i].Name
		}
	}
	return ""
}
