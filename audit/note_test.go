package audit

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"hetu/feature"
	"hetu/storage"
	"hetu/tenant"
)

func newNotary(t *testing.T) *Notary {
	t.Helper()
	store, err := storage.Open(t.Context(), storage.Config{Driver: "fs", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	key, err := LoadKey(filepath.Join(t.TempDir(), "audit.key"))
	if err != nil {
		t.Fatal(err)
	}
	return &Notary{Store: store, Key: key, Grace: time.Nanosecond}
}

func (d diary) note(t *testing.T, y *Notary) {
	t.Helper()
	if err := y.Note(d.ctx, d.db); err != nil {
		t.Fatal(err)
	}
}

func (d diary) check(t *testing.T, y *Notary) Noted {
	t.Helper()
	r, err := y.Check(d.ctx, d.db)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (d diary) notes(t *testing.T) []Noting {
	t.Helper()
	var l feature.List[Noting]
	err := d.db.Read(d.ctx, func(tx *tenant.Tx) (err error) { l, err = listNotes(d.ctx, tx, feature.Page{}); return err })
	if err != nil {
		t.Fatal(err)
	}
	return l.Items
}

// A note is made when the chain has grown, once, however many nodes make it,
// and being made is no reason for the next (AU-02).
func TestNote(t *testing.T) {
	t.Parallel()
	d, y := newDiary(t), newNotary(t)
	d.note(t, y)
	if n := len(d.notes(t)); n != 0 {
		t.Errorf("of an empty chain there are %d notes", n)
	}
	d.write(t, 12)
	d.seal(t, 5)
	var nodes sync.WaitGroup
	for range 4 {
		nodes.Go(func() {
			if err := y.Note(d.ctx, d.db); err != nil {
				t.Error(err)
			}
		})
	}
	nodes.Wait()
	d.seal(t, 5)
	d.note(t, y)
	if ns := d.notes(t); len(ns) != 1 || !ns[0].Same || ns[0].RetainUntil.Before(time.Now().AddDate(NotesKept, 0, -1)) {
		t.Fatalf("notes: %+v, want one", ns)
	}
	d.write(t, 1)
	d.seal(t, 5)
	d.note(t, y)
	if r := d.check(t, y); r.Notes != 2 || r.First != nil {
		t.Errorf("an honest chain: %+v", r)
	}
	if r := d.verify(t); r.First != nil {
		t.Errorf("an honest chain: %+v", r)
	}
	page, err := y.Store.List(t.Context(), d.id, "", 10)
	if err != nil || len(page.Entries) < 2 {
		t.Fatalf("the store has %d notes, %v", len(page.Entries), err)
	}
	for _, e := range page.Entries {
		if err := y.Store.Delete(t.Context(), e.Ref); !errors.Is(err, storage.ErrRetained) {
			t.Errorf("a note can be deleted: %v", err)
		}
	}
	none := Notary{Store: y.Store}
	if err := none.Note(d.ctx, d.db); err != nil || len(d.notes(t)) != 2 {
		t.Errorf("without a key: %v", err)
	}
}

// TestForgery is what an attacker does who may do everything in the database:
// the tables contradict themselves in nothing, but the notes tell.
func TestForgery(t *testing.T) {
	t.Parallel()
	const every = ` where tenant_id = $1`
	anew := func(t *testing.T, d diary) {
		t.Helper()
		d.tamper(t, `delete from audit_seals`+every)
		d.tamper(t, `delete from audit_entries where tenant_id = $1 and action = 'audit.sealed'`)
		d.tamper(t, `update audit_entries set action = 'x'`+every)
		d.seal(t, 10)
		if r := d.verify(t); r.First != nil {
			t.Fatalf("the forgery is clumsy: %+v", r.First)
		}
	}
	for name, tt := range map[string]struct {
		do   func(t *testing.T, d diary, y *Notary)
		kind string
	}{
		"the chain written anew": {func(t *testing.T, d diary, _ *Notary) { anew(t, d) }, Rewritten},
		"the chain written anew, the notes' rows too": {func(t *testing.T, d diary, _ *Notary) {
			d.tamper(t, `delete from audit_notes`+every)
			anew(t, d)
		}, NoteGone},
		"the chain written anew, and noted anew with a stolen key": {func(t *testing.T, d diary, y *Notary) {
			d.tamper(t, `delete from audit_notes`+every)
			anew(t, d)
			d.note(t, y)
		}, NoteGone},
		"the newest entries gone with their seals": {func(t *testing.T, d diary, _ *Notary) {
			const last = `(select max(seq) from audit_seals where tenant_id = $1)`
			d.tamper(t, `delete from audit_entries where tenant_id = $1 and txid > (select upto from audit_seals where tenant_id = $1 and seq = `+last+` - 1)
			               and not (action = 'audit.sealed' and (detail ->> 'seq')::bigint = `+last+` - 1)`)
			d.tamper(t, `delete from audit_seals where tenant_id = $1 and seq = `+last)
			if r := d.verify(t); r.First != nil {
				t.Fatalf("the forgery is clumsy: %+v", r.First)
			}
		}, Rewritten},
		"the newest note's row gone": {func(t *testing.T, d diary, _ *Notary) {
			d.tamper(t, `delete from audit_notes where tenant_id = $1 and n = 3`)
		}, NoteGone},
		"a note's row gone in between": {func(t *testing.T, d diary, _ *Notary) {
			d.tamper(t, `delete from audit_notes where tenant_id = $1 and n = 2`)
		}, NoteGone},
		"a note's row that names another seal": {func(t *testing.T, d diary, _ *Notary) {
			d.tamper(t, `update audit_notes set seal = seal - 1 where tenant_id = $1 and n = 2`)
		}, NoteFalse},
		"a note's row that names other bytes": {func(t *testing.T, d diary, _ *Notary) {
			d.tamper(t, `update audit_notes set sha256 = repeat('a', 64) where tenant_id = $1 and n = 2`)
		}, NoteFalse},
		"a note's row that names another note": {func(t *testing.T, d diary, _ *Notary) {
			d.tamper(t, `update audit_notes a set object_key = b.object_key, object_version = b.object_version, sha256 = b.sha256, size = b.size
			               from audit_notes b where a.tenant_id = $1 and b.tenant_id = $1 and a.n = 3 and b.n = 2`)
		}, NoteFalse},
		"a note that somebody else signed": {func(t *testing.T, d diary, y *Notary) {
			d.write(t, 1)
			d.seal(t, 10)
			own := y.Key
			y.Key, _ = LoadKey(filepath.Join(t.TempDir(), "other.key"))
			d.note(t, y)
			y.Key = own
		}, NoteFalse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, y := newDiary(t), newNotary(t)
			for range 3 {
				d.write(t, 8)
				d.seal(t, 10)
				d.note(t, y)
			}
			if r := d.check(t, y); r.First != nil || r.Notes != 3 {
				t.Fatalf("before: %+v", r)
			}
			tt.do(t, d, y)
			if r := d.check(t, y); r.First == nil || r.First.Kind != tt.kind {
				t.Errorf("found %+v, want %s (AU-02)", r.First, tt.kind)
			}
		})
	}
}

// A key that was replaced is still believed for what it signed, if we say so
// (OP-06).
func TestKeys(t *testing.T) {
	t.Parallel()
	d, y := newDiary(t), newNotary(t)
	for range 2 {
		d.write(t, 3)
		d.seal(t, 10)
		d.note(t, y)
		y.Trusted = append(y.Trusted, y.Key.Public())
		y.Key, _ = LoadKey(filepath.Join(t.TempDir(), "audit.key"))
	}
	if r := d.check(t, y); r.First != nil || r.Notes != 2 {
		t.Errorf("with the old keys: %+v", r)
	}
	y.Trusted = nil
	if r := d.check(t, y); r.First == nil || r.First.Kind != NoteFalse {
		t.Errorf("without them: %+v", r)
	}

	file := filepath.Join(t.TempDir(), "new", "audit.key")
	keys := make([]Key, 8)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			var err error
			if keys[i], err = LoadKey(file); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, k := range keys {
		if !k.Valid() || k.Public() != keys[0].Public() {
			t.Fatal("who starts at the same time gets another key")
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode() != fs.FileMode(0o600) {
		t.Errorf("the key's file is %v, %v", info.Mode(), err)
	}
	for _, text := range []string{"", "x", "AAAA"} {
		if _, err := ParseKey(text); !errors.Is(err, ErrKey) {
			t.Errorf("ParseKey(%q) = %v", text, err)
		}
	}
}
