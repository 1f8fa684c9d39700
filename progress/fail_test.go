package progress_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/progress"
	"hetu/progress/progresstest"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A fault that comes again however often one tries ends the work; what may pass
// is tried again, five times.
func TestHowAWorkFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err   error
		tries int
		code  string
	}{
		"a conflict":           {fault.New(fault.Conflict, "test.published"), 1, "test.published"},
		"what is not there":    {fault.New(fault.NotFound, "test.gone"), 1, "test.gone"},
		"what may pass":        {tenant.ErrUnavailable, 5, "progress.gave_up"},
		"a bug":                {errors.New("index out of range"), 5, "progress.gave_up"},
		"returns without Done": {nil, 5, "progress.gave_up"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := sit(t, func(context.Context, *tenant.DB, *progress.Task) error { return tt.err })
			id := d.start()
			for n := 1; ; n++ {
				if err := progresstest.Drain(t, d.ctx, d.works.Feature())[id]; (err != nil) != (n < tt.tries) {
					t.Fatalf("try %d: %v", n, err)
				}
				if n == tt.tries {
					break
				}
				if w := d.look(id); w.State != progress.Queued || w.Code != "" {
					t.Fatalf("after try %d: %+v, want it to wait", n, w)
				}
			}
			if w := d.look(id); w.State != progress.Failed || w.Code != tt.code || w.EndedAt == nil {
				t.Errorf("work = %+v, want it failed with %s", w, tt.code)
			}
			if got := d.notices(); len(got) != 1 || got[0] != "test.long_failed /works?work="+id.String() {
				t.Errorf("told %v, want that it failed", got)
			}
		})
	}
}

// A node that died in the midst of a work: another goes on with it, and what
// the first one still does has no effect (WF-08).
func TestAnotherNodeGoesOn(t *testing.T) {
	t.Parallel()
	var d *desk
	var id uuid.UUID
	var turns int
	d = sit(t, func(ctx context.Context, db *tenant.DB, task *progress.Task) error {
		if turns++; turns > 1 {
			if err := task.Step(ctx, db, 2, 3); err != nil {
				return err
			}
			return d.done(ctx, task)
		}
		if err := task.Step(ctx, db, 1, 3); err != nil {
			return err
		}
		d.round("progress.wake")
		if w := d.look(id); w.State != progress.Running {
			t.Errorf("a work that is alive was woken: %+v", w)
		}
		d.silent(id)
		d.round("progress.wake")
		if w := d.look(id); w.State != progress.Queued || w.Done != 1 {
			t.Errorf("a silent work = %+v, want it to wait where it was", w)
		}
		if err := progresstest.Drain(t, d.ctx, d.works.Feature())[id]; err != nil {
			t.Errorf("the second node: %v", err)
		}
		if err := task.Step(ctx, db, 3, 3); !errors.Is(err, progress.ErrLost) {
			t.Errorf("the first node's step = %v, want ErrLost", err)
		}
		if err := task.Keep(ctx, db, "a.txt", "text/plain", strings.NewReader("a")); !errors.Is(err, progress.ErrLost) {
			t.Errorf("the first node's file = %v, want ErrLost", err)
		}
		return d.done(ctx, task)
	})
	id = d.start()
	if err := progresstest.Drain(t, d.ctx, d.works.Feature())[id]; err != nil {
		t.Errorf("the first node, whose turn is over: %v, want it to let go", err)
	}
	if w := d.look(id); w.State != progress.Done || turns != 2 || len(d.notices()) != 1 {
		t.Errorf("work = %+v after %d turns with notices %v, want one end", w, turns, d.notices())
	}
	if p, err := d.store.List(t.Context(), d.a.Tenant, "", 10); err != nil || len(p.Entries) != 0 {
		t.Errorf("left in the store: %+v %v", p.Entries, err)
	}
}

// A node that is told to stop gives the work back, and that is no failed try.
func TestANodeThatStopsGivesTheWorkBack(t *testing.T) {
	t.Parallel()
	stopping, halt := context.WithCancel(t.Context())
	d := sit(t, func(ctx context.Context, _ *tenant.DB, _ *progress.Task) error {
		halt()
		return ctx.Err()
	})
	id := d.start()
	a, _ := tenant.From(d.ctx)
	if err := progresstest.Drain(t, tenant.As(stopping, a), d.works.Feature())[id]; !errors.Is(err, context.Canceled) {
		t.Errorf("run = %v, want what made it stop", err)
	}
	var tries int
	if err := tenanttest.Admin(t).QueryRow(`select tries from works where id = $1`, id).Scan(&tries); err != nil {
		t.Fatal(err)
	}
	if w := d.look(id); w.State != progress.Queued || tries != 0 {
		t.Errorf("work = %+v after %d tries, want it to wait as if untried", w, tries)
	}
}

func TestAFileIsKeptForItsTime(t *testing.T) {
	t.Parallel()
	var d *desk
	d = sit(t, func(ctx context.Context, db *tenant.DB, task *progress.Task) error {
		for _, body := range []string{"draft", "whole"} {
			if err := task.Keep(ctx, db, "依据.txt", "text/plain", strings.NewReader(body)); err != nil {
				return err
			}
		}
		return d.done(ctx, task)
	})
	id := d.start()
	if _, err := call(d.ctx, d, d.works.Content, progress.Ref{ID: id}); !errors.Is(err, progress.ErrFileGone) {
		t.Errorf("before it is made: %v, want ErrFileGone", err)
	}
	if err := progresstest.Drain(t, d.ctx, d.works.Feature())[id]; err != nil {
		t.Fatal(err)
	}
	w := d.look(id)
	if w.File == nil || w.File.Name != "依据.txt" || w.File.Size != 5 || w.File.Until.Sub(*w.EndedAt) != 7*24*time.Hour {
		t.Fatalf("file = %+v", w.File)
	}
	c, err := call(d.ctx, d, d.works.Content, progress.Ref{ID: id})
	if err != nil || !strings.HasPrefix(c.Headers["Content-Disposition"], "attachment") {
		t.Fatalf("content = %+v %v", c, err)
	}
	body, err := c.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(body); err != nil || string(b) != "whole" {
		t.Errorf("body = %q %v, want the last one", b, err)
	}
	_ = body.Close()
	count := func() int {
		p, err := d.store.List(t.Context(), d.a.Tenant, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(p.Entries)
	}
	if n := count(); n != 1 {
		t.Errorf("%d objects, want 1: the draft is gone", n)
	}
	d.round("progress.tidy")
	if n := count(); n != 1 {
		t.Errorf("%d objects after tidying within its time, want 1", n)
	}
	d.past(id, 8)
	if _, err := call(d.ctx, d, d.works.Content, progress.Ref{ID: id}); !errors.Is(err, progress.ErrFileGone) || d.look(id).File != nil {
		t.Errorf("after its time: %v %+v", err, d.look(id).File)
	}
	d.round("progress.tidy")
	if n := count(); n != 0 {
		t.Errorf("%d objects after its time, want 0", n)
	}
	d.past(id, 100)
	d.round("progress.tidy")
	if _, err := call(d.ctx, d, progress.Look, progress.Ref{ID: id}); !errors.Is(err, progress.ErrNotFound) {
		t.Errorf("after a hundred days: %v, want it forgotten", err)
	}
}

// past makes it some days ago that a work ended.
func (d *desk) past(id uuid.UUID, days int) {
	d.t.Helper()
	_, err := tenanttest.Admin(d.t).Exec(`
		update works set ended_at = ended_at - make_interval(days => $2), file_until = file_until - make_interval(days => $2) where id = $1`, id, days)
	if err != nil {
		d.t.Fatal(err)
	}
}

// The queue holds ids and nothing else (TI-13).
func TestTheQueueHoldsAnID(t *testing.T) {
	t.Parallel()
	d := sit(t, func(context.Context, *tenant.DB, *progress.Task) error { return nil })
	id := d.start()
	var raw string
	err := tenanttest.Admin(t).QueryRow(`select args->>'args' from river.river_job where args->>'tenant' = $1 and args->>'name' = 'progress.run'`,
		d.a.Tenant.String()).Scan(&raw)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(raw), &got); err != nil || len(got) != 1 || got["id"] != id.String() {
		t.Errorf("queue = %s %v, want the id alone", raw, err)
	}
}
