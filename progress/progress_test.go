package progress_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/progress"
	"hetu/progress/progresstest"
	"hetu/storage"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A desk is a member who asks for works, and what does them.
type desk struct {
	t     *testing.T
	db    *tenant.DB
	ctx   context.Context
	a     tenant.Actor
	works *progress.Works
	store storage.Store
}

// sit makes a desk whose works of the kind "test.long" are done by run.
func sit(t *testing.T, run func(ctx context.Context, db *tenant.DB, task *progress.Task) error) *desk {
	t.Helper()
	store, err := storage.Open(t.Context(), storage.Config{Driver: "fs", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, db: tenanttest.DB(t), works: progress.New(store), store: store}
	d.ctx, d.a = tenanttest.Actor(t)
	tenanttest.Member(t, d.ctx, "林知远")
	d.works.Offer(progress.Kind{Name: "test.long", Run: run})
	return d
}

// colleague returns the context of another member of the same tenant.
func (d *desk) colleague() context.Context {
	ctx, _ := tenanttest.As(d.t, d.a.Tenant)
	tenanttest.Member(d.t, ctx, "周清和")
	return ctx
}

func (d *desk) order(ctx context.Context, o progress.Order) (id uuid.UUID, err error) {
	o.Kind, o.Title = "test.long", "全年"
	err = d.db.Write(ctx, func(tx *tenant.Tx) (err error) {
		id, err = d.works.Start(ctx, tx, o)
		return err
	})
	return id, err
}

func (d *desk) start() uuid.UUID {
	d.t.Helper()
	id, err := d.order(d.ctx, progress.Order{Subject: "test/thing/1", Args: map[string]int{"n": 3}, Alone: true})
	if err != nil {
		d.t.Fatal(err)
	}
	return id
}

// call sends a request to a route of the feature through its own function.
func call[In, Out any](ctx context.Context, d *desk, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) (out Out, err error) {
	err = d.db.Write(ctx, func(tx *tenant.Tx) (err error) {
		out, err = fn(ctx, tx, in)
		return err
	})
	return out, err
}

func (d *desk) look(id uuid.UUID) progress.Work {
	d.t.Helper()
	w, err := call(d.ctx, d, progress.Look, progress.Ref{ID: id})
	if err != nil {
		d.t.Fatal(err)
	}
	return w
}

// notices returns the codes and addresses of what the desk's member was told.
func (d *desk) notices() (all []string) {
	d.t.Helper()
	err := d.db.Read(d.ctx, func(tx *tenant.Tx) error {
		all = nil
		return tx.Select(d.ctx, &all, `select code || ' ' || href from notices where member_id = $1 order by id`, d.a.Member)
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return all
}

// silent makes it long ago that a work gave a sign of life.
func (d *desk) silent(id uuid.UUID) {
	d.t.Helper()
	if _, err := tenanttest.Admin(d.t).Exec(`update works set beat_at = beat_at - interval '1 hour' where id = $1`, id); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) round(name string) {
	d.t.Helper()
	for _, r := range d.works.Feature().Rounds {
		if r.Name == name {
			if err := r.Run(tenant.As(d.ctx, tenant.Actor{Tenant: d.a.Tenant, Name: "system"}), d.db); err != nil {
				d.t.Fatal(err)
			}
			return
		}
	}
	d.t.Fatalf("there is no round %s", name)
}

func (d *desk) done(ctx context.Context, task *progress.Task) error {
	return d.db.Write(ctx, func(tx *tenant.Tx) error {
		return task.Done(ctx, tx, "/things/1", progress.Facts{"n": "3"})
	})
}

func TestFeature(t *testing.T) {
	t.Parallel()
	if err := feature.Check(progress.New(nil).Feature()); err != nil {
		t.Fatal(err)
	}
}

// UI7: long work shows progress, and ends in a message with the result to open.
func TestAWorkShowsItsProgressAndEndsInANotice(t *testing.T) {
	t.Parallel()
	var d *desk
	var id uuid.UUID
	var seen progress.Work
	var by tenant.Actor
	d = sit(t, func(ctx context.Context, db *tenant.DB, task *progress.Task) error {
		var in struct{ N int }
		if err := task.Args(&in); err != nil {
			return err
		}
		if err := task.Step(ctx, db, 1, in.N); err != nil {
			return err
		}
		seen = d.look(id)
		by, _ = tenant.From(ctx)
		return d.done(ctx, task)
	})
	id = d.start()
	if w := d.look(id); w.State != progress.Queued || w.StartedAt != nil || w.Title != "全年" {
		t.Errorf("before = %+v, want it queued", w)
	}
	if err := progresstest.Drain(t, d.ctx, d.works.Feature())[id]; err != nil {
		t.Fatal(err)
	}
	if seen.State != progress.Running || seen.Done != 1 || seen.Total != 3 || seen.StartedAt == nil {
		t.Errorf("in between = %+v, want 1 of 3", seen)
	}
	if by.Member != d.a.Member || by.Name != "林知远" {
		t.Errorf("done by %+v, want on behalf of who asked", by)
	}
	if w := d.look(id); w.State != progress.Done || w.Done != 3 || w.Href != "/things/1" || w.Facts["n"] != "3" || w.EndedAt == nil || w.File != nil {
		t.Errorf("at the end = %+v", w)
	}
	if got := d.notices(); len(got) != 1 || got[0] != "test.long_done /things/1" {
		t.Errorf("told %v, want the end with a link to the result", got)
	}
	if ends := progresstest.Drain(t, d.ctx, d.works.Feature()); len(ends) != 0 {
		t.Errorf("what has ended waits again: %v", ends)
	}
}

// A start that failed leaves neither a work nor a place in the queue.
func TestAFailedStartLeavesNoPhantom(t *testing.T) {
	t.Parallel()
	d := sit(t, func(context.Context, *tenant.DB, *progress.Task) error { return nil })
	boom := errors.New("boom")
	queued := func() (n int) {
		if err := tenanttest.Admin(t).QueryRow(`select count(*) from river.river_job where args->>'tenant' = $1`, d.a.Tenant.String()).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	err := d.db.Write(d.ctx, func(tx *tenant.Tx) error {
		if _, err := d.works.Start(d.ctx, tx, progress.Order{Kind: "test.long", Title: "全年"}); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) || queued() != 0 {
		t.Errorf("err = %v, %d in the queue, want none", err, queued())
	}
	if l, err := call(d.ctx, d, progress.List, progress.Query{}); err != nil || len(l.Items) != 0 {
		t.Errorf("works = %+v %v, want none", l.Items, err)
	}
	if _, err := d.order(d.ctx, progress.Order{}); err != nil || queued() != 1 {
		t.Errorf("a good start: %v, %d in the queue, want 1", err, queued())
	}
	if err := d.db.Write(d.ctx, func(tx *tenant.Tx) error {
		_, err := d.works.Start(d.ctx, tx, progress.Order{Kind: "test.other", Title: "x"})
		return err
	}); err == nil {
		t.Error("a kind nobody offers was started")
	}
}

func TestOnlyOnesOwnWorks(t *testing.T) {
	t.Parallel()
	d := sit(t, func(context.Context, *tenant.DB, *progress.Task) error { return nil })
	colleague := d.colleague()
	stranger, _ := tenanttest.Actor(t)
	id := d.start()
	for who, ctx := range map[string]context.Context{"a colleague": colleague, "another tenant": stranger} {
		if _, err := call(ctx, d, progress.Look, progress.Ref{ID: id}); !errors.Is(err, progress.ErrNotFound) {
			t.Errorf("%s looks: %v, want ErrNotFound", who, err)
		}
		if _, err := call(ctx, d, progress.Stop, progress.Ref{ID: id}); !errors.Is(err, progress.ErrNotFound) {
			t.Errorf("%s stops: %v, want ErrNotFound", who, err)
		}
		if _, err := call(ctx, d, d.works.Content, progress.Ref{ID: id}); !errors.Is(err, progress.ErrNotFound) {
			t.Errorf("%s downloads: %v, want ErrNotFound", who, err)
		}
		if l, err := call(ctx, d, progress.List, progress.Query{}); err != nil || len(l.Items) != 0 {
			t.Errorf("%s lists %+v %v", who, l.Items, err)
		}
	}
	if err := (progress.Query{Page: feature.Page{After: "x"}}).Validate(); !errors.Is(err, feature.ErrMalformed) {
		t.Errorf("cursor x: %v", err)
	}
	if err := (progress.Query{State: "x"}).Validate(); !errors.Is(err, progress.ErrState) {
		t.Errorf("state x: %v", err)
	}
	second, err := d.order(d.ctx, progress.Order{Subject: "test/thing/2"})
	if err != nil {
		t.Fatal(err)
	}
	first, err := call(d.ctx, d, progress.List, progress.Query{Page: feature.Page{Limit: 1}})
	if err != nil || len(first.Items) != 1 || first.Items[0].ID != second || first.Next == "" {
		t.Fatalf("first page = %+v %v, want the newest", first, err)
	}
	rest, err := call(d.ctx, d, progress.List, progress.Query{Page: feature.Page{Limit: 1, After: first.Next}})
	if err != nil || len(rest.Items) != 1 || rest.Items[0].ID != id || rest.Next != "" {
		t.Errorf("second page = %+v %v", rest, err)
	}
	about, err := call(d.ctx, d, progress.List, progress.Query{Subject: "test/thing/1", State: "open"})
	if err != nil || len(about.Items) != 1 || about.Items[0].ID != id {
		t.Errorf("about the first thing: %+v %v", about, err)
	}
}

// Of what must be alone there is one at a time for a subject; of the rest one
// for each member.
func TestTheSameIsNotUnderWayTwice(t *testing.T) {
	t.Parallel()
	d := sit(t, func(context.Context, *tenant.DB, *progress.Task) error { return nil })
	colleague := d.colleague()
	alone, each := progress.Order{Subject: "test/thing/1", Alone: true}, progress.Order{Subject: "test/thing/2"}
	own, err := d.order(d.ctx, alone)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		ctx context.Context
		o   progress.Order
		id  any // of the one that runs
	}{
		"mine again":     {d.ctx, alone, own},
		"a colleague's":  {colleague, alone, nil},
		"own, per head":  {d.ctx, each, "free"},
		"another's head": {colleague, each, "free"},
	} {
		_, err := d.order(tt.ctx, tt.o)
		if tt.id == "free" {
			if err != nil {
				t.Errorf("%s: %v, want it started", name, err)
			}
			continue
		}
		if !errors.Is(err, progress.ErrRunning) || fault.Of(err).Meta["work_id"] != tt.id {
			t.Errorf("%s: %v %v, want ErrRunning with %v", name, err, fault.Of(err).Meta, tt.id)
		}
	}
	if _, err := call(d.ctx, d, progress.Stop, progress.Ref{ID: own}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.order(colleague, alone); err != nil {
		t.Errorf("after the end: %v, want it free", err)
	}
}

func TestAWorkIsStopped(t *testing.T) {
	t.Parallel()
	var d *desk
	var id uuid.UUID
	d = sit(t, func(ctx context.Context, db *tenant.DB, task *progress.Task) error {
		if w, err := call(d.ctx, d, progress.Stop, progress.Ref{ID: id}); err != nil || !w.Stopping || w.State != progress.Running {
			t.Errorf("asked to stop: %+v %v", w, err)
		}
		if err := task.Step(ctx, db, 1, 2); err != nil {
			return err
		}
		return d.done(ctx, task)
	})
	id = d.start()
	if err := progresstest.Drain(t, d.ctx, d.works.Feature())[id]; err != nil {
		t.Fatal(err)
	}
	if w := d.look(id); w.State != progress.Stopped || w.EndedAt == nil || w.Stopping {
		t.Errorf("work = %+v, want it stopped at its next step", w)
	}
	if _, err := call(d.ctx, d, progress.Stop, progress.Ref{ID: id}); !errors.Is(err, progress.ErrEnded) {
		t.Errorf("once more: %v, want ErrEnded", err)
	}
	waiting := d.start()
	if w, err := call(d.ctx, d, progress.Stop, progress.Ref{ID: waiting}); err != nil || w.State != progress.Stopped {
		t.Errorf("one that waits: %+v %v, want it stopped at once", w, err)
	}
	if ends := progresstest.Drain(t, d.ctx, d.works.Feature()); len(ends) != 0 {
		t.Errorf("what was stopped was done: %v", ends)
	}
}

// What takes long and cannot say how far it is gives signs of life; whoever has
// lost the turn learns of it, and what it was putting into the store goes.
func TestSignsOfLife(t *testing.T) {
	t.Parallel()
	for name, long := range map[string]func(context.Context, *tenant.DB, *progress.Task) error{
		"said": func(ctx context.Context, db *tenant.DB, task *progress.Task) error { return task.Beat(ctx, db) },
		"by what is kept": func(ctx context.Context, db *tenant.DB, task *progress.Task) error {
			return task.Keep(ctx, db, "a.txt", "text/plain", strings.NewReader("a"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var d *desk
			var id uuid.UUID
			d = sit(t, func(ctx context.Context, db *tenant.DB, task *progress.Task) error {
				d.silent(id)
				if err := long(ctx, db, task); err != nil {
					return err
				}
				d.round("progress.wake")
				return d.done(ctx, task)
			})
			id = d.start()
			if err := progresstest.Drain(t, d.ctx, d.works.Feature())[id]; err != nil {
				t.Error(err)
			}
			if w := d.look(id); w.State != progress.Done {
				t.Errorf("work = %+v, want it done at once", w)
			}
			d.works = progress.New(d.store)
			d.works.Offer(progress.Kind{Name: "test.long", Run: func(ctx context.Context, db *tenant.DB, task *progress.Task) error {
				if _, err := tenanttest.Admin(t).Exec(`update works set turn = null, state = 'queued' where id = $1`, id); err != nil {
					return err
				}
				if err := long(ctx, db, task); !errors.Is(err, progress.ErrLost) {
					t.Errorf("without a turn = %v, want ErrLost", err)
				}
				return progress.ErrLost
			}})
			id = d.start()
			if err := progresstest.Drain(t, d.ctx, d.works.Feature())[id]; err != nil {
				t.Error(err)
			}
			kept := 0
			if name != "said" {
				kept = 1 // of the first one
			}
			if p, err := d.store.List(t.Context(), d.a.Tenant, "", 10); err != nil || len(p.Entries) != kept {
				t.Errorf("in the store: %+v %v, want %d", p.Entries, err, kept)
			}
		})
	}
}
