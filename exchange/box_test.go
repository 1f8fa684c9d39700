package exchange

import (
	"errors"
	"maps"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// Another tenant's envelope does not exist, whatever one may do in one's own;
// neither does one's own on the side one has no right to (TI-02).
func TestNotOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	out, in := w.send(t, "内部情况")
	j := w.journal(t, w.stranger, "刊物", "own")
	calls := map[string]func(p person, id uuid.UUID) error{
		"view":    func(p person, id uuid.UUID) error { _, err := do(w.db, p, view, ref{id}); return err },
		"receive": func(p person, id uuid.UUID) error { _, err := do(w.db, p, receive, Versioned{ref{id}, 1}); return err },
		"adopt": func(p person, id uuid.UUID) error {
			_, err := do(w.db, p, w.x.adopt, uptake{Versioned: Versioned{ref{id}, 1}, JournalID: j.ID})
			return err
		},
		"decline": func(p person, id uuid.UUID) error {
			_, err := do(w.db, p, decline, refusal{Versioned{ref{id}, 1}, "无"})
			return err
		},
		"recall": func(p person, id uuid.UUID) error { _, err := do(w.db, p, recall, Versioned{ref{id}, 1}); return err },
		"content": func(p person, id uuid.UUID) error {
			_, err := do(w.db, p, w.x.content, fileRef{ref{id}, id})
			return err
		},
	}
	for name, call := range calls {
		for _, p := range []person{w.stranger, w.county} {
			for _, id := range []uuid.UUID{out.ID, in.ID, tenant.NewID()} {
				if err := call(p, id); !errors.Is(err, ErrNotFound) {
					t.Errorf("%s as %s = %v, want ErrNotFound", name, p.Name, err)
				}
			}
		}
		if err := call(w.hq, out.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s of the sender's row by the receiver = %v, want ErrNotFound", name, err)
		}
		if err := call(w.bureau, in.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s of the receiver's row by the sender = %v, want ErrNotFound", name, err)
		}
	}
	for _, name := range []string{"receive", "adopt", "decline"} {
		if err := calls[name](w.bureau, out.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s one's own report = %v, want ErrNotFound", name, err)
		}
	}
	reader := person{rbac.With(w.hq.Context, rbac.Fixed(Report)), w.hq.Actor, w.hq.dept}
	if err := calls["view"](reader, in.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("view without exchange.receive = %v, want ErrNotFound", err)
	}
	scorer := person{rbac.With(w.hq.Context, rbac.Fixed(Inspect)), w.hq.Actor, w.hq.dept}
	if err := calls["view"](scorer, in.ID); err != nil {
		t.Errorf("view with exchange.inspect = %v", err)
	}
	if p := w.page(t, w.hq, in.ID); p.State != Sent || p.Version != 1 {
		t.Errorf("after all that the envelope is %+v", p.Envelope)
	}
}

func TestBoxes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	titles := map[string]bool{}
	for _, title := range []string{"一", "二", "三%", "四", "五"} {
		w.send(t, title)
		titles[title] = true
	}
	seen, after := map[string]bool{}, ""
	for range titles {
		l, err := do(w.db, w.hq, inbox, box{Page: feature.Page{Limit: 2, After: after}})
		for _, e := range must(t, l, err).Items {
			if seen[e.Title] {
				t.Errorf("%s came twice", e.Title)
			}
			seen[e.Title] = true
		}
		if after = l.Next; after == "" {
			break
		}
	}
	if !maps.Equal(seen, titles) {
		t.Errorf("the inbox lists %v", seen)
	}
	for name, tt := range map[string]struct {
		b    box
		want int
	}{
		"by title":           {box{Q: "三%"}, 1},
		"a wildcard is text": {box{Q: "%"}, 1},
		"by state":           {box{State: Sent}, 5},
		"by another state":   {box{State: Adopted}, 0},
	} {
		l, err := do(w.db, w.hq, inbox, tt.b)
		if got := len(must(t, l, err).Items); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
	for _, b := range []box{{State: "lost"}, {Page: feature.Page{After: "x"}}, {Page: feature.Page{After: "2026-01-01T00:00:00Z_x"}}} {
		if _, err := do(w.db, w.hq, inbox, b); fault.Of(err).Kind != fault.Invalid {
			t.Errorf("%+v = %v, want Invalid", b, err)
		}
	}
	if l, err := do(w.db, w.bureau, outbox, box{}); err != nil || len(l.Items) != 5 {
		t.Errorf("the outbox lists %d, %v", len(l.Items), err)
	}
	if l, err := do(w.db, w.bureau, inbox, box{}); err != nil || len(l.Items) != 0 {
		t.Errorf("the sender's inbox lists %d, %v", len(l.Items), err)
	}
	var n int
	err := w.db.Read(w.hq, func(tx *tenant.Tx) (err error) { n, err = Waiting(w.hq, tx); return err })
	if err != nil || n != 5 {
		t.Errorf("Waiting = %d, %v", n, err)
	}
}
