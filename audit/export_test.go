package audit

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

func (d diary) take(t *testing.T, y *Notary, q exportQuery) (string, error) {
	t.Helper()
	if err := q.Validate(); err != nil {
		return "", err
	}
	c, err := exporter{sheetOf(nil), y}.export(d.ctx, d.db, q)
	if err != nil {
		return "", err
	}
	r, err := c.Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r)
	if err != nil || int64(len(body)) != c.Size || c.Headers["Content-Type"] != "application/zip" {
		t.Fatalf("%d bytes of %d, %v", len(body), c.Size, err)
	}
	file := filepath.Join(t.TempDir(), "audit.zip")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return file, nil
}

// repack writes the package anew with one of its files changed.
func repack(t *testing.T, file string, change func(name string, body []byte) []byte) string {
	t.Helper()
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if body = change(f.Name, body); body == nil {
			continue
		}
		to, err := w.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	forged := filepath.Join(t.TempDir(), "forged.zip")
	if err := os.WriteFile(forged, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return forged
}

// TestExport takes a part of the audit out, signed, and finds whatever was done to
// the file since; that it was taken stands in the audit with its digest (AU-04).
func TestExport(t *testing.T) {
	t.Parallel()
	d, other, y := newDiary(t), newDiary(t), newNotary(t)
	d.write(t, 12)
	other.write(t, 3)
	d.seal(t, 10)
	if _, err := d.take(t, y, exportQuery{Format: "csv"}); fault.Of(err).Field != "format" {
		t.Errorf("a format there is not = %v", err)
	}
	if _, err := d.take(t, &Notary{Store: y.Store}, exportQuery{Format: "json"}); !errors.Is(err, ErrUnarmed) {
		t.Errorf("without a key = %v, want ErrUnarmed", err)
	}
	if _, err := d.take(t, nil, exportQuery{Format: "json"}); !errors.Is(err, ErrUnarmed) {
		t.Errorf("without a notary = %v, want ErrUnarmed", err)
	}
	file, err := d.take(t, y, exportQuery{Format: "json", query: query{Object: "test/thing/1"}})
	if err != nil {
		t.Fatal(err)
	}
	key := y.Key.Public()
	e, err := CheckExport(file, "x", key)
	if err != nil || e.Tenant != d.id || e.Records != 4 || e.Filter["object"] != "test/thing/1" || e.Seal == 0 || e.Head == "" || e.First == nil {
		t.Fatalf("export = %+v %v", e, err)
	}
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := z.Open(e.File)
	if err != nil {
		t.Fatal(err)
	}
	var rows []taken
	if err := json.NewDecoder(r).Decode(&rows); err != nil || len(rows) != 4 || rows[0].Object != "test/thing/1" || rows[0].At.After(rows[3].At) {
		t.Errorf("records = %+v %v, want four, oldest first", rows, err)
	}
	_, _ = r.Close(), z.Close()
	var noted struct{ Action, Detail string }
	err = d.db.Read(d.ctx, func(tx *tenant.Tx) error {
		return tx.Get(d.ctx, &noted, `select action, detail::text as detail from audit_entries where action = 'audit.export_signed' order by at desc limit 1`)
	})
	if err != nil || !strings.Contains(noted.Detail, e.SHA256) {
		t.Errorf("the audit says %+v %v, want the digest of what was taken", noted, err)
	}
	forgeries(t, y, file, e)
	sheet, err := d.take(t, y, exportQuery{Format: "xlsx"})
	if err != nil {
		t.Fatal(err)
	}
	if e, err := CheckExport(sheet, key); err != nil || e.File != "records.xlsx" || e.Records < 12 {
		t.Errorf("workbook = %+v %v", e, err)
	}
	empty, err := d.take(t, y, exportQuery{Format: "json", query: query{Object: "nothing"}})
	if err != nil {
		t.Fatal(err)
	}
	if e, err := CheckExport(empty, key); err != nil || e.Records != 0 {
		t.Errorf("of nothing = %+v %v", e, err)
	}
}

func forgeries(t *testing.T, y *Notary, file string, e Export) {
	t.Helper()
	stranger := newNotary(t)
	key := y.Key.Public()
	for name, tt := range map[string]struct {
		change func(name string, body []byte) []byte
		want   error
	}{
		"a record changed": {func(name string, body []byte) []byte {
			return bytes.Replace(body, []byte("test.did"), []byte("test.not"), 1)
		}, ErrAltered},
		"a record left out": {func(name string, body []byte) []byte {
			if name == e.File {
				return body[:len(body)/2]
			}
			return body
		}, ErrAltered},
		"the records gone": {func(name string, body []byte) []byte {
			if name == e.File {
				return nil
			}
			return body
		}, ErrAltered},
		"the manifest gone": {func(name string, body []byte) []byte {
			if name == manifestName {
				return nil
			}
			return body
		}, ErrNoExport},
		"another person in the manifest": {func(name string, body []byte) []byte {
			return bytes.Replace(body, []byte("测试员"), []byte("别的人"), 1)
		}, ErrUnsigned},
		"signed by somebody else": {func(name string, body []byte) []byte {
			if name != manifestName {
				return body
			}
			var s signedExport
			if err := json.Unmarshal(body, &s); err != nil {
				t.Fatal(err)
			}
			s.PublicKey, s.Signature = stranger.Key.Public(), stranger.Key.Sign(signedKind, []byte(s.Manifest))
			out, _ := json.Marshal(s)
			return out
		}, ErrUnsigned},
		"a note's signature": {func(name string, body []byte) []byte {
			if name != manifestName {
				return body
			}
			var s signedExport
			if err := json.Unmarshal(body, &s); err != nil {
				t.Fatal(err)
			}
			s.Signature = y.Key.Sign("audit note", []byte(s.Manifest))
			out, _ := json.Marshal(s)
			return out
		}, ErrUnsigned},
	} {
		if _, err := CheckExport(repack(t, file, tt.change), key); !errors.Is(err, tt.want) {
			t.Errorf("%s = %v, want %v", name, err, tt.want)
		}
	}
	plain := filepath.Join(t.TempDir(), "x.zip")
	if err := os.WriteFile(plain, []byte("no zip"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := CheckExport(plain, key); !errors.Is(err, ErrNoExport) {
		t.Errorf("any file = %v, want ErrNoExport", err)
	}
}

// counts asks for statistics that can be asked for.
func (d diary) counts(t testing.TB, q statQuery) (s Statistics) {
	t.Helper()
	if err := q.Validate(); err != nil {
		t.Fatal(err)
	}
	if err := d.db.Read(d.ctx, func(tx *tenant.Tx) (err error) { s, err = statistics(d.ctx, tx, q); return err }); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestStatistics counts by person, action, day and address, within a time.
func TestStatistics(t *testing.T) {
	t.Parallel()
	d, other := newDiary(t), newDiary(t)
	d.write(t, 5)
	other.write(t, 2)
	d.tamper(t, `insert into audit_entries (tenant_id, id, at, actor_name, action, object, detail, request, ip)
		values ($1, $2, now() - interval '40 days', '旧人', 'test.long_ago', 'x', '{}', '', '10.0.0.1')`, uuid.New())
	count := func(q statQuery) Statistics { t.Helper(); return d.counts(t, q) }
	today := time.Now().In(time.FixedZone("", 8*60*60)).Format(time.DateOnly)
	for by, want := range map[string]Tally{
		"action": {Key: "test.did", N: 5}, "address": {Key: "127.0.0.1", N: 5}, "day": {Key: today, N: 5}, "person": {Name: "测试员", N: 5},
	} {
		s := count(statQuery{By: by})
		if s.Total != 5 || s.Kinds != 1 || len(s.Items) != 1 || s.To != today || s.Items[0].N != want.N || s.Items[0].Name != want.Name ||
			want.Key != "" && s.Items[0].Key != want.Key || s.Items[0].Last.Before(s.Items[0].First) {
			t.Errorf("by %s = %+v, want %+v", by, s, want)
		}
	}
	if s := count(statQuery{By: "action", query: query{From: "2020-01-01", To: "2020-12-31"}}); s.Total != 0 || len(s.Items) != 0 {
		t.Errorf("of another year = %+v", s)
	}
	for _, by := range []string{"action", "day"} { // without a last day it is today
		q := statQuery{By: by, query: query{From: "2000-01-01"}}
		err := d.db.Read(d.ctx, func(tx *tenant.Tx) error { _, err := statistics(d.ctx, tx, q); return err })
		if !errors.Is(err, feature.ErrMalformed) || fault.Of(err).Field != "from" {
			t.Errorf("by %s over all years up to today = %v, want a refusal at from (DO-04)", by, err)
		}
	}
	ago := time.Now().AddDate(0, 0, -60).Format(time.DateOnly)
	if s := count(statQuery{By: "action", query: query{From: ago}}); s.Total != 6 || s.Kinds != 2 || s.Items[0].Key != "test.did" {
		t.Errorf("of sixty days = %+v", s)
	}
	for name, q := range map[string]statQuery{
		"by nothing": {}, "by what there is not": {By: "ip"}, "over years": {By: "day", query: query{From: "2020-01-01", To: "2026-01-01"}},
		"backwards": {By: "day", query: query{From: "2026-02-01", To: "2026-01-01"}},
	} {
		if err := q.Validate(); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// TestAStatisticOpensWhatItCounts: the entries that the key of each line asks for
// are as many as the line says, those of the system and of no address included.
func TestAStatisticOpensWhatItCounts(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	d.write(t, 3)
	for _, e := range []struct{ name, ip string }{{"系统", ""}, {"系统", ""}, {"127.0.0.1", "127.0.0.11"}, {"未知", "10.127.0.0.1"}} {
		d.tamper(t, `insert into audit_entries (tenant_id, id, at, actor_name, action, object, detail, request, ip)
			values ($1, $2, now(), $3, 'test.by_itself', 'x/127.0.0.1', '{}', '', $4)`, uuid.New(), e.name, e.ip)
	}
	for by, ask := range map[string]func(string) query{
		"action": func(key string) query { return query{Action: key} },
		"day":    func(key string) query { return query{From: key, To: key} },
		"address": func(key string) query {
			if key == "" {
				key = noAddress
			}
			return query{IP: key}
		},
		"person": func(key string) query {
			if key == "" {
				return query{Who: bySystem}
			}
			id := uuid.MustParse(key)
			return query{Member: &id}
		},
	} {
		for _, x := range d.counts(t, statQuery{By: by}).Items {
			q := ask(x.Key)
			if err := q.Validate(); err != nil {
				t.Fatal(err)
			}
			var l feature.List[Record]
			err := d.db.Read(d.ctx, func(tx *tenant.Tx) (err error) { l, err = list(d.ctx, tx, q); return err })
			if err != nil || len(l.Items) != x.N {
				t.Errorf("by %s, %q counts %d and opens %d, %v", by, x.Key, x.N, len(l.Items), err)
			}
		}
	}
	if q := (query{Who: "x"}); !errors.Is(q.Validate(), feature.ErrChoice) {
		t.Error("entries by whom there is not can be asked for")
	}
}

// Readings of the audit are entries, sealed like others and listed where they are
// asked for (AU-04).
func TestReadingsListed(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	d.write(t, 2)
	err := d.db.Write(d.ctx, func(tx *tenant.Tx) error { tx.Audit(looked, "audit/entries", nil); return nil })
	if err != nil {
		t.Fatal(err)
	}
	d.seal(t, 10)
	for action, want := range map[string]int{"": 2, looked: 1, "audit": 1, "test": 2} {
		var l feature.List[Record]
		err := d.db.Read(d.ctx, func(tx *tenant.Tx) (err error) { l, err = list(d.ctx, tx, query{Action: action}); return err })
		if err != nil || len(l.Items) != want {
			t.Errorf("action %q: %d entries %v, want %d", action, len(l.Items), err, want)
		}
	}
	if r := d.verify(t); r.First != nil || r.Entries < 3 {
		t.Errorf("verify = %+v", r)
	}
}
