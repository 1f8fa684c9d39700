package exchange

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/tenant"
)

func TestAdoptRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, in := w.send(t, "水位通报")
	j, foreign := w.journal(t, w.hq, "参阅", "own"), w.journal(t, w.bureau, "别家刊物", "own")
	column := tenant.NewID()
	adopt := func(version int, journal uuid.UUID, column *uuid.UUID) error {
		_, err := do(w.db, w.hq, w.x.adopt, uptake{Versioned{ref{in.ID}, version}, journal, column})
		return err
	}
	steps := []struct {
		name string
		do   func() error
		want error
	}{
		{"before it was received", func() error { return adopt(1, j.ID, nil) }, ErrState},
		{"receive a version that was never", func() error { _, err := do(w.db, w.hq, receive, Versioned{ref{in.ID}, 7}); return err }, ErrStale},
		{"receive", func() error { _, err := do(w.db, w.hq, receive, Versioned{ref{in.ID}, 1}); return err }, nil},
		{"receive again", func() error { _, err := do(w.db, w.hq, receive, Versioned{ref{in.ID}, 2}); return err }, ErrState},
		{"a journal that is not there", func() error { return adopt(2, tenant.NewID(), nil) }, ErrNoJournal},
		{"another tenant's journal", func() error { return adopt(2, foreign.ID, nil) }, ErrNoJournal},
		{"a column where none is offered", func() error { return adopt(2, j.ID, &column) }, ErrNoColumns},
		{"an old version", func() error { return adopt(1, j.ID, nil) }, ErrStale},
		{"adopt", func() error { return adopt(2, j.ID, nil) }, nil},
		{"adopt again in the same journal", func() error { return adopt(3, j.ID, nil) }, ErrAdopted},
		{"decline what was adopted", func() error {
			_, err := do(w.db, w.hq, decline, refusal{Versioned{ref{in.ID}, 3}, "重复"})
			return err
		}, ErrState},
	}
	for _, s := range steps {
		if err := s.do(); !errors.Is(err, s.want) {
			t.Fatalf("%s = %v, want %v", s.name, err, s.want)
		}
	}
	var f *fault.Error
	if err := adopt(2, j.ID, nil); !errors.As(err, &f) || f.Meta["version"] != 3 || f.Meta["changed_by"] != "何承宣" {
		t.Errorf("stale = %v, want the version and who changed it", err)
	}
	var n int
	w.get(t, w.hq, &n, `select count(*) from deeds where kind = 'exchange.adopted'`)
	if n != 1 {
		t.Errorf("%d adoptions counted, want 1", n)
	}
}

func TestDecline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	out, in := w.send(t, "节日值班")
	if _, err := do(w.db, w.hq, decline, refusal{Versioned{ref{in.ID}, 1}, "与本局工作无关"}); err != nil {
		t.Fatal(err)
	}
	seen := w.page(t, w.bureau, out.ID)
	if seen.State != Declined || seen.DeclineReason != "与本局工作无关" || seen.Receipt != nil {
		t.Errorf("the sender sees %+v", seen.Envelope)
	}
	if _, err := do(w.db, w.bureau, recall, Versioned{ref{out.ID}, seen.Version}); !errors.Is(err, ErrState) {
		t.Errorf("recall what was declined = %v, want ErrState", err)
	}
}

func TestRecall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	out, in := w.send(t, "误报信息")
	if _, err := do(w.db, w.hq, receive, Versioned{ref{in.ID}, 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := do(w.db, w.bureau, recall, Versioned{ref{out.ID}, 1}); !errors.Is(err, ErrStale) {
		t.Fatalf("recall of the version before = %v, want ErrStale", err)
	}
	if _, err := do(w.db, w.bureau, recall, Versioned{ref{out.ID}, 2}); err != nil {
		t.Fatal(err)
	}
	theirs := w.page(t, w.hq, in.ID)
	if theirs.State != Recalled || theirs.BodyHTML != "" || theirs.SourcePersons.Drafter != "" || len(theirs.May) != 0 {
		t.Errorf("the receiver still sees %+v", theirs)
	}
	j := w.journal(t, w.hq, "参阅", "own")
	if _, err := do(w.db, w.hq, w.x.adopt, uptake{Versioned: Versioned{ref{in.ID}, theirs.Version}, JournalID: j.ID}); !errors.Is(err, ErrState) {
		t.Errorf("adopt what was recalled = %v, want ErrState", err)
	}
	var n int
	w.get(t, w.hq, &n, `select count(*) from audit_entries where action = 'exchange.recalled' and actor_name = '东河市河务局' and object = $1`, object(in.ID))
	if n != 1 {
		t.Errorf("the receiver's audit holds %d recalls, want 1", n)
	}
	w.get(t, w.bureau, &n, `select sum(n) from deeds where kind = 'exchange.reported'`)
	if n != 0 {
		t.Errorf("the reports add up to %d, want 0: a recall reverses the deed", n)
	}
	var item uuid.UUID
	w.get(t, w.bureau, &item, `select item from envelopes where id = $1`, out.ID)
	if _, err := do(w.db, w.bureau, w.x.report, report{ItemID: item}); err != nil {
		t.Errorf("send again what was recalled: %v", err)
	}
}
