package exchange

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/storage"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// attach keeps text in p's store as an attachment.
func (w *world) attach(t *testing.T, p person, text string) Attachment {
	t.Helper()
	o, err := w.store.Put(p, p.Tenant, strings.NewReader(text), storage.PutOptions{Size: int64(len(text)), Type: "text/plain"})
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(text))
	return Attachment{ID: tenant.NewID(), Name: "附件", Summary: "说明", FileName: "巡查记录.txt", Size: o.Size, Type: o.Type,
		SHA256: hex.EncodeToString(sum[:]), Key: o.Key, Version: o.Version}
}

// sendWith reports an item with attachments and returns both sides' envelopes.
func (w *world) sendWith(t *testing.T, title string, as ...Attachment) (out, in Envelope) {
	t.Helper()
	c := news(title)
	c.Attachments = as
	e, err := do(w.db, w.bureau, w.x.report, report{ItemID: w.press.publish(w.bureau.Tenant, c)})
	out = must(t, e, err)
	return out, w.twin(t, out.ID)
}

// work runs the feature's copying as the job runner does: the tenant, nobody.
func (w *world) work(x *Exchange, envelope uuid.UUID) error {
	ctx := tenant.As(context.Background(), tenant.Actor{Tenant: w.bureau.Tenant, Name: "system"})
	args, err := json.Marshal(copyArgs{envelope})
	if err != nil {
		return err
	}
	works := x.Feature().Works
	return works[0].Run(ctx, w.db, args)
}

func (w *world) objects(t *testing.T, p person) int64 {
	t.Helper()
	u, err := w.store.Usage(p, p.Tenant)
	return must(t, u.Objects, err)
}

func (w *world) download(p person, envelope, file uuid.UUID) (string, error) {
	content, err := do(w.db, p, w.x.content, fileRef{ref{envelope}, file})
	if err != nil {
		return "", err
	}
	body, err := content.Open(p)
	if err != nil {
		return "", err
	}
	defer func() { _ = body.Close() }()
	b, err := io.ReadAll(body)
	return string(b), err
}

func TestAttachmentsAreCopied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.attach(t, w.bureau, "第一份附件"), w.attach(t, w.bureau, "第二份附件")
	out, in := w.sendWith(t, "带附件", a, b)

	var queued int
	if err := tenanttest.Admin(t).QueryRow(`select count(*) from river.river_job where args->>'name' = 'exchange.copy' and args->>'tenant' = $1 and args->'args'->>'envelope' = $2`,
		w.bureau.Tenant, out.ID).Scan(&queued); err != nil || queued != 1 {
		t.Fatalf("%d jobs queued, %v", queued, err)
	}
	if p := w.page(t, w.hq, in.ID); p.AttachmentsState != Copying || len(p.Attachments) != 2 || p.Attachments[0].Summary != "说明" {
		t.Errorf("before the copy the receiver sees %s %+v", p.AttachmentsState, p.Attachments)
	}
	if _, err := w.download(w.hq, in.ID, a.ID); !errors.Is(err, ErrFilesNotReady) {
		t.Errorf("download before the copy = %v", err)
	}
	for range 2 { // done again, nothing more happens
		if err := w.work(w.x, out.ID); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.objects(t, w.hq); n != 2 {
		t.Errorf("the receiver keeps %d objects, want 2", n)
	}
	var logged int
	w.get(t, w.bureau, &logged, `select count(*) from audit_entries where action = 'exchange.copied' and object = $1`, object(out.ID))
	if logged != 2 {
		t.Errorf("%d copies stand in the sender's audit, want 2", logged)
	}
	for _, f := range []struct{ id, text any }{{a.ID, "第一份附件"}, {b.ID, "第二份附件"}} {
		for p, envelope := range map[*person]uuid.UUID{&w.hq: in.ID, &w.bureau: out.ID} {
			if got, err := w.download(*p, envelope, f.id.(uuid.UUID)); err != nil || got != f.text {
				t.Errorf("%s downloads %q, %v", p.Name, got, err)
			}
		}
	}
	for p, envelope := range map[*person]uuid.UUID{&w.hq: in.ID, &w.bureau: out.ID} {
		if got := w.page(t, *p, envelope); got.AttachmentsState != Ready {
			t.Errorf("%s sees the attachments %s", p.Name, got.AttachmentsState)
		}
		var foreign int
		w.get(t, *p, &foreign, `select count(*) from envelope_files where key not like replace(app_tenant()::text, '-', '') || '/%'`)
		if foreign != 0 {
			t.Errorf("%d keys %s knows are not its own (UP-06)", foreign, p.Name)
		}
	}
	// The sender's object may go; the copy is the receiver's own.
	if err := w.store.Delete(w.bureau, storage.Ref{Tenant: w.bureau.Tenant, Key: a.Key, Version: a.Version}); err != nil {
		t.Fatal(err)
	}
	if got, err := w.download(w.hq, in.ID, a.ID); err != nil || got != "第一份附件" {
		t.Errorf("after the sender deleted its object: %q, %v", got, err)
	}
	if _, err := do(w.db, w.hq, w.x.content, fileRef{ref{in.ID}, tenant.NewID()}); !errors.Is(err, ErrNotFound) {
		t.Errorf("an attachment that is not there = %v", err)
	}
}

// Bytes that are gone, or that are not those that were sent, are never
// delivered; both sides are told.
func TestBadBytes(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*testing.T, *world, Attachment) Attachment{
		"gone": func(t *testing.T, w *world, a Attachment) Attachment {
			if err := w.store.Delete(w.bureau, storage.Ref{Tenant: w.bureau.Tenant, Key: a.Key, Version: a.Version}); err != nil {
				t.Fatal(err)
			}
			return a
		},
		"changed on disk": func(t *testing.T, w *world, a Attachment) Attachment { w.flip(t, "原来的字节"); return a },
		"another tenant's object": func(t *testing.T, w *world, a Attachment) Attachment {
			foreign := w.attach(t, w.stranger, "原来的字节")
			a.Key, a.Version = foreign.Key, foreign.Version
			return a
		},
		"another hash": func(_ *testing.T, _ *world, a Attachment) Attachment {
			a.SHA256 = strings.Repeat("ab", 32)
			return a
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a := spoil(t, w, w.attach(t, w.bureau, "原来的字节"))
			out, in := w.sendWith(t, "坏附件", a)
			if err := w.work(w.x, out.ID); err != nil {
				t.Fatalf("hopeless work must not be tried again: %v", err)
			}
			for p, envelope := range map[*person]uuid.UUID{&w.hq: in.ID, &w.bureau: out.ID} {
				if got := w.page(t, *p, envelope); got.AttachmentsState != Failed || got.Attachments[0].Reason != Gone {
					t.Errorf("%s sees the attachments %s %+v, want failed and gone", p.Name, got.AttachmentsState, got.Attachments)
				}
			}
			if n := w.objects(t, w.hq); n != 0 {
				t.Errorf("the receiver keeps %d objects", n)
			}
		})
	}
}

// flip changes a byte of the one stored file that holds text.
func (w *world) flip(t *testing.T, text string) {
	t.Helper()
	done := 0
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path) //nolint:gosec // below the test's own directory
		if err != nil || string(b) != text {
			return err
		}
		done++
		b[0] ^= 1
		return errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, b, 0o600))
	})
	if err != nil || done != 1 {
		t.Fatalf("flipped %d files, %v", done, err)
	}
}

// faulty is a Copier whose store does not answer while down.
type faulty struct {
	Copier
	down  bool
	calls int
	gate  func()
}

func (f *faulty) Copy(ctx context.Context, from uuid.UUID, a Attachment, to uuid.UUID) (string, string, error) {
	f.calls++
	if f.down {
		return "", "", storage.ErrUnavailable
	}
	key, version, err := f.Copier.Copy(ctx, from, a, to)
	if f.gate != nil {
		f.gate()
	}
	return key, version, err
}

func TestStoreDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.attach(t, w.bureau, "稍后再试")
	out, in := w.sendWith(t, "存储故障", a)
	c := &faulty{Copier: On(w.store), down: true}
	x := New(w.press, c, nil, begun{})
	if err := w.work(x, out.ID); fault.Of(err).Kind != fault.Unavailable {
		t.Fatalf("work while the store is down = %v, want Unavailable: the queue tries again (F08)", err)
	}
	if p := w.page(t, w.hq, in.ID); p.AttachmentsState != Copying {
		t.Errorf("meanwhile the attachments are %s", p.AttachmentsState)
	}
	c.down = false
	if err := w.work(x, out.ID); err != nil {
		t.Fatal(err)
	}
	if p := w.page(t, w.hq, in.ID); p.AttachmentsState != Ready {
		t.Errorf("afterwards the attachments are %s", p.AttachmentsState)
	}
}

// A worker that lost its lease copies a second time: that copy goes again
// (F13, F14).
func TestSecondCopyIsDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.attach(t, w.bureau, "两个工人")
	out, in := w.sendWith(t, "重复执行", a)
	var once sync.Once
	c := &faulty{Copier: On(w.store)}
	c.gate = func() {
		once.Do(func() {
			if err := w.work(w.x, out.ID); err != nil {
				t.Errorf("the other worker: %v", err)
			}
		})
	}
	if err := w.work(New(w.press, c, nil, begun{}), out.ID); err != nil {
		t.Fatal(err)
	}
	if n := w.objects(t, w.hq); n != 1 {
		t.Errorf("the receiver keeps %d objects, want 1", n)
	}
	if got, err := w.download(w.hq, in.ID, a.ID); err != nil || got != "两个工人" {
		t.Errorf("download = %q, %v", got, err)
	}
}

func TestRecalledBeforeTheCopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.attach(t, w.bureau, "收回的附件")
	out, in := w.sendWith(t, "收回", a)
	late, lateIn := w.sendWith(t, "复制时收回", a)
	if _, err := do(w.db, w.bureau, recall, Versioned{ref{out.ID}, 1}); err != nil {
		t.Fatal(err)
	}
	c := &faulty{Copier: On(w.store), gate: func() {
		if _, err := do(w.db, w.bureau, recall, Versioned{ref{late.ID}, 1}); err != nil {
			t.Errorf("recall while copying: %v", err)
		}
	}}
	for _, id := range []uuid.UUID{out.ID, late.ID} {
		if err := w.work(New(w.press, c, nil, begun{}), id); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.objects(t, w.hq); n != 0 || c.calls != 1 {
		t.Errorf("the receiver keeps %d objects after %d copies, want 0 after 1", n, c.calls)
	}
	for _, id := range []uuid.UUID{in.ID, lateIn.ID} {
		if _, err := do(w.db, w.hq, w.x.content, fileRef{ref{id}, a.ID}); !errors.Is(err, ErrNotFound) {
			t.Errorf("content of a recalled envelope = %v, want ErrNotFound", err)
		}
	}
}

// shelfOf is a Sink that remembers what it was given.
type shelfOf struct {
	got Content
	err error
}

func (s *shelfOf) Adopt(_ context.Context, tx *tenant.Tx, c Content, column uuid.UUID) (uuid.UUID, error) {
	s.got = c
	return column, s.err
}

// Adopted content reaches a column only with its attachments, under the
// receiver's own keys.
func TestAdoptIntoColumn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sink := &shelfOf{}
	x := New(w.press, On(w.store), sink, begun{})
	j := w.journal(t, w.hq, "栏目采用", "own")
	a := w.attach(t, w.bureau, "入栏附件")
	out, in := w.sendWith(t, "采用入栏", a)
	column := tenant.NewID()
	if _, err := do(w.db, w.hq, receive, Versioned{ref{in.ID}, 1}); err != nil {
		t.Fatal(err)
	}
	take := uptake{Versioned: Versioned{ref{in.ID}, 2}, JournalID: j.ID, ColumnID: &column}
	if _, err := do(w.db, w.hq, x.adopt, take); !errors.Is(err, ErrFilesNotReady) {
		t.Fatalf("before the copy = %v, want ErrFilesNotReady", err)
	}
	if err := w.work(x, out.ID); err != nil {
		t.Fatal(err)
	}
	sink.err = ErrNotFound
	if _, err := do(w.db, w.hq, x.adopt, take); !errors.Is(err, ErrNotFound) {
		t.Fatalf("a column that refuses = %v, want its refusal", err)
	}
	sink.err = nil
	e, err := do(w.db, w.hq, x.adopt, take)
	e = must(t, e, err)
	mine := strings.ReplaceAll(w.hq.Tenant.String(), "-", "") + "/"
	if f := sink.got.Attachments; sink.got.Title != "采用入栏" || len(f) != 1 || !strings.HasPrefix(f[0].Key, mine) || f[0].SHA256 != a.SHA256 {
		t.Errorf("the column got %+v", sink.got)
	}
	if len(e.Adoptions) != 1 || *e.Adoptions[0].ColumnID != column {
		t.Errorf("adoptions = %+v", e.Adoptions)
	}
}
