package exchange

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"

	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// gives lets p hold permission, so that p is told what its holders are.
func (w *world) gives(t *testing.T, p person, permission rbac.Permission) {
	t.Helper()
	if err := w.db.Write(p, func(tx *tenant.Tx) error {
		_, err := rbac.Give(p, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: p.Member, Permission: permission})
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// round runs one of the feature's rounds for p's tenant.
func (w *world) round(t *testing.T, p person, name string) {
	t.Helper()
	for _, r := range w.x.Feature().Rounds {
		if r.Name == name {
			if err := r.Run(tenant.As(context.Background(), tenant.Actor{Tenant: p.Tenant, Name: "system"}), w.db); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("no round %s", name)
}

// queued returns how many works of an envelope's copying are still to be done.
func (w *world) queued(t *testing.T, envelope uuid.UUID) (n int) {
	t.Helper()
	if err := tenanttest.Admin(t).QueryRow(`
		select count(*) from river.river_job where args->>'name' = 'exchange.copy' and args->'args'->>'envelope' = $1
		   and state in ('available', 'pending', 'retryable', 'running', 'scheduled')`, envelope).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// discard ends the works of an envelope's copying as the queue does after the
// last of twenty tries.
func (w *world) discard(t *testing.T, envelope uuid.UUID) {
	t.Helper()
	if _, err := tenanttest.Admin(t).Exec(`
		update river.river_job set state = 'discarded', finalized_at = now(), attempt = max_attempts
		 where args->>'name' = 'exchange.copy' and args->'args'->>'envelope' = $1`, envelope); err != nil {
		t.Fatal(err)
	}
}

// filesNews returns what p was told about attachments.
func (w *world) filesNews(t *testing.T, p person) []string {
	t.Helper()
	w.round(t, p, "exchange.tell")
	var got []string
	err := w.db.Read(p, func(tx *tenant.Tx) error {
		return tx.Select(p, &got, `select code || ' ' || (params->>'title') || ' ' || (params->>'peer') from notices where member_id = $1 and code like 'exchange.files%' order by id`, p.Member)
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// What was tried as often as work is does not stay on its way for ever: both
// sides see that it failed and why, are told once, and the sender has it tried
// again.
func TestCopyGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.gives(t, w.hq, Receive)
	a := w.attach(t, w.bureau, "送不到的附件")
	out, in := w.sendWith(t, "存储久坏", a)
	c := &faulty{Copier: On(w.store), down: true}
	w.x = New(w.press, c, nil, begun{})
	sides := map[*person]uuid.UUID{&w.hq: in.ID, &w.bureau: out.ID}
	stand := func(state, reason string) {
		t.Helper()
		for p, id := range sides {
			got := w.page(t, *p, id)
			if got.AttachmentsState != state || got.Attachments[0].State != state || got.Attachments[0].Reason != reason {
				t.Errorf("%s sees %s, and %+v, want %s %q", p.Name, got.AttachmentsState, got.Attachments[0], state, reason)
			}
			if may := slices.Contains(got.May, "copy"); may != (state == Failed && p == &w.bureau) {
				t.Errorf("%s, %s: may copy %t", p.Name, state, may)
			}
		}
	}
	said := func(p person, want ...string) {
		t.Helper()
		for range 2 {
			if got := w.filesNews(t, p); !slices.Equal(got, want) {
				t.Errorf("%s was told %q, want %q", p.Name, got, want)
			}
		}
	}
	logged := func(action string, want int) {
		t.Helper()
		for p, id := range sides {
			var n int
			if w.get(t, *p, &n, `select count(*) from audit_entries where action = $1 and object = $2`, action, object(id)); n != want {
				t.Errorf("%s: %d entries %s, want %d", p.Name, n, action, want)
			}
		}
	}
	if err := w.work(w.x, out.ID); err == nil {
		t.Fatal("the store is down")
	}
	w.round(t, w.bureau, "exchange.lost") // there is work that will try again
	stand(Copying, "")
	if _, err := do(w.db, w.bureau, copyAgain, ref{out.ID}); !errors.Is(err, ErrFilesNotFailed) {
		t.Errorf("again while it is tried = %v", err)
	}
	w.discard(t, out.ID)
	for range 2 {
		for _, p := range []person{w.stranger, w.hq, w.bureau} {
			w.round(t, p, "exchange.lost")
		}
	}
	stand(Failed, Unreachable)
	logged("exchange.files_failed", 1)
	said(w.hq, "exchange.files_failed 存储久坏 东河市河务局")
	said(w.bureau, "exchange.files_failed 存储久坏 清河省河务局")
	if _, err := w.download(w.hq, in.ID, a.ID); !errors.Is(err, ErrFilesFailed) {
		t.Errorf("download of what failed = %v", err)
	}

	for name, tt := range map[string]struct {
		who person
		id  uuid.UUID
	}{"the receiver": {w.hq, in.ID}, "another tenant": {w.stranger, out.ID}, "nobody's": {w.bureau, tenant.NewID()}} {
		if _, err := do(w.db, tt.who, copyAgain, ref{tt.id}); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s has it tried again: %v", name, err)
		}
	}
	errs := make([]error, 2)
	var both sync.WaitGroup
	for i := range errs {
		both.Go(func() { _, errs[i] = do(w.db, w.bureau, copyAgain, ref{out.ID}) })
	}
	both.Wait()
	if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), ErrFilesNotFailed) {
		t.Errorf("asked for again twice at once = %v", errs)
	}
	if n := w.queued(t, out.ID); n != 1 {
		t.Errorf("%d works were asked for, want 1", n)
	}
	w.round(t, w.bureau, "exchange.lost")
	stand(Copying, "")
	logged("exchange.files_again", 1)
	c.down = false
	for range 2 {
		if err := w.work(w.x, out.ID); err != nil {
			t.Fatal(err)
		}
	}
	stand(Ready, "")
	said(w.hq, "exchange.files_failed 存储久坏 东河市河务局", "exchange.files_arrived 存储久坏 东河市河务局")
	said(w.bureau, "exchange.files_failed 存储久坏 清河省河务局", "exchange.files_arrived 存储久坏 清河省河务局")
	if got, err := w.download(w.hq, in.ID, a.ID); err != nil || got != "送不到的附件" {
		t.Errorf("in the end: %q, %v", got, err)
	}
	if _, err := do(w.db, w.bureau, copyAgain, ref{out.ID}); !errors.Is(err, ErrFilesNotFailed) {
		t.Errorf("again after it came = %v", err)
	}
}

// What came at once is no news; what was recalled is neither tried again nor told
// of; what was asked for again since it was looked at is not lost.
func TestCopyAgainMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.gives(t, w.hq, Receive)
	a := w.attach(t, w.bureau, "附件")
	smooth, _ := w.sendWith(t, "一次送到", a)
	if err := w.work(w.x, smooth.ID); err != nil {
		t.Fatal(err)
	}
	out, _ := w.sendWith(t, "先坏后收回", a)
	w.discard(t, out.ID)
	var lost []lostCopy
	err := w.db.Read(w.bureau, func(tx *tenant.Tx) (err error) {
		lost, err = lostCopies(w.bureau, tx)
		return err
	})
	if err != nil || len(lost) != 1 || lost[0].Envelope != out.ID {
		t.Fatalf("lost = %v, %v", lost, err)
	}
	w.round(t, w.bureau, "exchange.lost")
	if _, err := do(w.db, w.bureau, copyAgain, ref{out.ID}); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := w.db.Write(w.bureau, func(tx *tenant.Tx) error {
		return tx.Get(w.bureau, &n, `select exchange_copy_lost($1, $2)`, out.ID, lost[0].Seen)
	}); err != nil || n != 0 {
		t.Errorf("what was asked for again is lost: %d, %v", n, err)
	}
	w.discard(t, out.ID)
	w.round(t, w.bureau, "exchange.lost")
	if _, err := do(w.db, w.bureau, recall, Versioned{ref{out.ID}, 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := do(w.db, w.bureau, copyAgain, ref{out.ID}); !errors.Is(err, ErrState) {
		t.Errorf("again after it was recalled = %v", err)
	}
	if p := w.page(t, w.bureau, out.ID); slices.Contains(p.May, "copy") {
		t.Errorf("of what was recalled the sender may %v", p.May)
	}
	for _, p := range []person{w.hq, w.bureau} {
		if got := w.filesNews(t, p); len(got) != 0 {
			t.Errorf("%s was told %q", p.Name, got)
		}
	}
}
