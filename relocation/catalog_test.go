package relocation

import (
	"context"
	"errors"
	"slices"
	"testing"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// Of every table that has rows of tenants somebody has decided whether it goes
// along; and no decision is about a table that is not there.
func TestEveryTableIsDecided(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	owner, err := tenant.Open(ctx, tenanttest.URL(t, ""), tenant.Limits{Conns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = owner.Close() }()
	var all []stored
	err = owner.Public(ctx, func(tx *tenant.Tx) error {
		all, err = tables(ctx, tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range all {
		names = append(names, s.Name)
		goes, err := s.goes()
		if err != nil {
			t.Errorf("%s: goes along, or is left out? %v", s.Name, err)
		}
		if goes && (s.Key == "" || s.Columns == "") {
			t.Errorf("%s has no primary key to be ordered by", s.Name)
		}
	}
	var about []string // tables whose rows name a tenant, by whatever column
	err = owner.Public(ctx, func(tx *tenant.Tx) error {
		return tx.Select(ctx, &about, `
			select distinct n.nspname || '.' || c.relname from pg_constraint k
			  join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
			 where k.contype = 'f' and k.confrelid = 'platform.tenants'::regclass and k.conrelid <> k.confrelid`)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range about {
		if !slices.Contains(names, name) {
			t.Errorf("%s names tenants, and nobody has decided whether it goes along", name)
		}
	}
	for name := range carried {
		if !slices.Contains(names, name) {
			t.Errorf("%s is carried and not there", name)
		}
	}
	for name := range leftOut {
		if !slices.Contains(names, name) {
			t.Errorf("%s is left out and not there", name)
		}
	}
	if _, err := (stored{Name: "platform.new", Schema: "platform"}).goes(); !errors.Is(err, ErrUndecided) {
		t.Errorf("a table nobody has thought of: %v", err)
	}
}

// Where an object lies is replaced wherever a row says it, and nothing else is.
func TestRename(t *testing.T) {
	t.Parallel()
	key := func(c byte) string {
		b := make([]byte, 97)
		for i := range b {
			b[i] = c
		}
		b[32] = '/'
		return string(b)
	}
	a, b := place{Key: key('a'), Version: "v-a"}, place{Key: key('b'), Version: "v-b"}
	for name, tt := range map[string]struct{ row, want string }{
		"a column":      {`{"file_key": "` + a.Key + `", "file_version": "v-a"}`, `{"file_key": "` + b.Key + `", "file_version": "v-b"}`},
		"within a list": {`[{"k": "` + a.Key + `"}, {"k": "` + a.Key + `"}]`, `[{"k": "` + b.Key + `"}, {"k": "` + b.Key + `"}]`},
		"unknown":       {`{"file_key": "` + key('c') + `"}`, `{"file_key": "` + key('c') + `"}`},
		"in a sentence": {`{"text": "see ` + a.Key + `"}`, `{"text": "see ` + a.Key + `"}`},
		"only text":     {`{"file_version": "v-a"}`, `{"file_version": "v-a"}`},
	} {
		got := rename(tt.row, func(k string) (from, other place, ok bool) { return a, b, k == a.Key })
		if got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}
