package publish

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// unreviewed is I6: what is visible, or was, without every level of review its
// column asked for, reviewed by its drafter, or with another content than
// passed.
const unreviewed = `
	select i.id::text from items i
	 where i.state in ('published', 'withdrawn')
	   and (i.approved_hash <> i.content_hash
	        or exists (select from generate_series(1, i.levels) as l
	                    where not exists (select from item_reviews r
	                                       where r.item_id = i.id and r.case_id = i.case_id and r.level = l
	                                         and r.content_hash = i.content_hash and r.account_id <> i.drafter_account)))`

// uncounted are columns whose figures are not those of their items, and items
// whose deeds do not add up to whether they are visible.
const uncounted = `
	select 'column ' || c.id from columns c
	 where c.item_count <> (select count(*) from items i where i.column_id = c.id and i.state = 'published')
	    or c.last_published_at is distinct from (select max(i.published_at) from items i where i.column_id = c.id and i.state = 'published')
	union all
	select 'item ' || i.id from items i
	 where (i.state = 'published')::int <> coalesce((select sum(d.n) from deeds d where d.item = 'publish/item/' || i.id and d.kind = 'publish.published'), 0)`

func (h *house) holds(t interface {
	Helper()
	Errorf(string, ...any)
}) {
	t.Helper()
	for name, query := range map[string]string{"I6": unreviewed, "figures": uncounted} {
		var broken []string
		h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error { return tx.Select(ctx, &broken, query) })
		if len(broken) > 0 {
			t.Errorf("%s does not hold for %v", name, broken)
		}
	}
}

// race runs all at once and returns what came of each.
func race(all ...func() error) []error {
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, fn := range all {
		wg.Go(func() { errs[i] = fn() })
	}
	wg.Wait()
	return errs
}

// doAs is do with rights worked out beforehand, so that only the call races.
func doAs[In, Out any](ctx context.Context, db *tenant.DB, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) error {
	return db.Write(ctx, func(tx *tenant.Tx) error {
		_, err := fn(ctx, tx, in)
		return err
	})
}

// WF-06: of publishing twice and of withdrawing twice one succeeds; of editing
// and publishing one succeeds; the figures fit whatever the order was.
func TestRaces(t *testing.T) {
	t.Parallel()
	h := open(t)
	db := tenanttest.DB(t)
	drafter, publisher, office := h.as(h.drafter), h.as(h.publisher), h.as(h.office)
	title := "换了标题"
	for range 10 {
		it := h.reviewed(h.column)
		publish := func() error { return doAs(publisher, db, h.desk.publish, versioned{it.ID, it.Version}) }
		edit := func() error {
			return doAs(drafter, db, h.desk.edit, revision{ID: it.ID, Title: &title, Version: it.Version})
		}
		errs := race(publish, edit, publish, edit)
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case !errors.Is(err, ErrState) && !errors.Is(err, ErrStale) && !errors.Is(err, ErrNotFound):
				t.Fatalf("publish against edit: %v", err)
			}
		}
		if won != 1 {
			t.Errorf("publish against edit: %d succeeded: %v", won, errs)
		}
		now := h.seen(h.drafter, it.ID)
		if (now.State == "published") != (errs[0] == nil || errs[2] == nil) {
			t.Errorf("%v, and the item is %s", errs, now.State)
		}
		if now.State != "published" {
			continue
		}
		out := withdrawal{ID: it.ID, Reason: "错", Version: now.Version}
		errs = race(
			func() error { return doAs(drafter, db, h.desk.withdraw, out) },
			func() error { return doAs(office, db, h.desk.withdraw, out) },
			func() error { return doAs(publisher, db, h.desk.withdraw, out) })
		won = 0
		for _, err := range errs {
			if err == nil {
				won++
			}
		}
		if won != 1 || h.sees(h.reader, it.ID) {
			t.Errorf("withdraw: %d succeeded: %v", won, errs)
		}
	}
	h.holds(t)
}

// WF-02: of two who save at once one is told that the other has.
func TestEditsDoNotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	h := open(t)
	db, ctx := tenanttest.DB(t), h.as(h.drafter)
	for range 10 {
		it := h.drafts(h.column)
		var saves []func() error
		for i := range 4 {
			title := fmt.Sprint("标题", i)
			saves = append(saves, func() error {
				return doAs(ctx, db, h.desk.edit, revision{ID: it.ID, Title: &title, Version: it.Version})
			})
		}
		won := 0
		for _, err := range race(saves...) {
			if err == nil {
				won++
			} else if !errors.Is(err, ErrStale) {
				t.Error(err)
			}
		}
		if now := h.seen(h.drafter, it.ID); won != 1 || now.Version != it.Version+1 {
			t.Errorf("%d saves succeeded and the version is %d", won, now.Version)
		}
	}
}

// WF-06: somebody waits to withdraw what is being published. Once the
// withdrawal is confirmed, no read succeeds.
func TestPublishAgainstWithdraw(t *testing.T) {
	t.Parallel()
	h := open(t)
	db := tenanttest.DB(t)
	drafter, publisher, reader := h.as(h.drafter), h.as(h.publisher), h.as(h.reader)
	for range 10 {
		it := h.reviewed(h.column)
		out := withdrawal{ID: it.ID, Reason: "错", Version: it.Version + 1}
		errs := race(
			func() error { return doAs(publisher, db, h.desk.publish, versioned{it.ID, it.Version}) },
			func() error {
				err := ErrState
				for errors.Is(err, ErrState) {
					if now := doAs(drafter, db, h.desk.withdraw, out); now == nil {
						break
					} else if !errors.As(now, &err) || !errors.Is(err, ErrState) {
						return now
					}
				}
				return doAs(reader, db, h.desk.download, attachmentRef{ID: it.ID})
			})
		if errs[0] != nil || !errors.Is(errs[1], ErrNotFound) {
			t.Fatalf("publish: %v; reading after the withdrawal: %v, want ErrNotFound", errs[0], errs[1])
		}
		if h.sees(h.reader, it.ID) {
			t.Error("readers see what was withdrawn")
		}
	}
	h.holds(t)
}

// WF-06: what somebody began before the publication, and does after it, is done
// at the earliest then (R014).
func TestBegunBeforePublication(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		who func(*house) member
		do  func(ctx context.Context, tx *tenant.Tx, h *house, it Item) error
		sql string
	}{
		"a withdrawal": {func(h *house) member { return h.drafter }, func(ctx context.Context, tx *tenant.Tx, h *house, it Item) error {
			_, err := h.desk.withdraw(ctx, tx, withdrawal{ID: it.ID, Reason: "错", Version: it.Version + 1})
			return err
		}, `select published_at = noticed_at and published_at = withdrawn_at and withdraw_minutes = 0 from items where id = $1`},
		"a request": {func(h *house) member { return h.reader }, func(ctx context.Context, tx *tenant.Tx, h *house, it Item) error {
			_, err := requestTakedown(ctx, tx, newTakedown{ID: it.ID, Reason: "wrong"})
			return err
		}, `select i.published_at = k.noticed_at and i.published_at = k.requested_at from takedown_requests k join items i on i.id = k.item_id where i.id = $1`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			db, ctx := tenanttest.DB(t), h.as(tt.who(h))
			it := h.reviewed(h.column)
			err := db.Write(ctx, func(tx *tenant.Tx) error {
				if err := doAs(h.as(h.publisher), db, h.desk.publish, versioned{it.ID, it.Version}); err != nil {
					return err
				}
				return tt.do(ctx, tx, h, it)
			})
			if err != nil {
				t.Fatalf("= %v", err)
			}
			var right bool
			if err := db.Read(ctx, func(tx *tenant.Tx) error { return tx.Get(ctx, &right, tt.sql, it.ID) }); err != nil || !right {
				t.Errorf("the times fit = %v, %v", right, err)
			}
		})
	}
}

// Readers who come at once are each counted once.
func TestReadersAreCountedOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	db := tenanttest.DB(t)
	it := h.publishes(h.reviewed(h.column))
	var calls []func() error
	for _, p := range []member{h.reader, h.first, h.second, h.office} {
		ctx := h.as(p)
		for range 3 {
			calls = append(calls, func() error { return doAs(ctx, db, markRead, ref{it.ID}) })
		}
	}
	for _, err := range race(calls...) {
		if err != nil {
			t.Error(err)
		}
	}
	if got := h.seen(h.reader, it.ID); got.ReadCount != 4 || !got.Read {
		t.Errorf("read by %d, by me: %v; want 4 and true", got.ReadCount, got.Read)
	}
	if c := h.columnAs(h.reader, h.column.ID); c.Unread != 0 {
		t.Errorf("%d unread, want 0", c.Unread)
	}
	if c := h.columnAs(h.third, h.column.ID); c.Unread != 1 {
		t.Errorf("%d unread for another, want 1", c.Unread)
	}
}

// WF-04: whatever people do to items in whatever order, nothing is visible that
// has not passed (I6), and the figures fit.
func TestRandomWalk(t *testing.T) {
	t.Parallel()
	h := open(t)
	two := 2
	twice := must[Column](t)(do(h, h.office, openColumn, newColumn{Name: "两级审核", ReviewLevels: two}))
	for p, right := range map[*member]string{&h.drafter: "draft", &h.first: "review", &h.second: "review", &h.third: "review", &h.publisher: "publish"} {
		h.may(*p, right, twice)
	}
	rapid.Check(t, func(rt *rapid.T) {
		var items []Item
		for range rapid.IntRange(5, 25).Draw(rt, "steps") {
			if len(items) == 0 || rapid.IntRange(0, 5).Draw(rt, "new") == 0 {
				c := rapid.SampledFrom([]Column{h.column, twice}).Draw(rt, "column")
				items = append(items, h.drafts(c))
				continue
			}
			i := rapid.IntRange(0, len(items)-1).Draw(rt, "item")
			h.stray(rt, items[i], twice)
			if r, err := see(h, h.auditor, h.desk.look, ref{items[i].ID}); err == nil {
				items[i] = r
			}
		}
		h.holds(rt)
	})
	for _, state := range []string{"published", "withdrawn", "approved", "review"} {
		if n := count(h, `select count(*) from items where state = $1`, state); n < 5 {
			t.Errorf("the walks left %d items %s: they prove little", n, state)
		}
	}
}

// stray has anybody do anything to an item; what may not be done is refused.
func (h *house) stray(rt *rapid.T, it Item, other Column) {
	people := []member{h.drafter, h.first, h.second, h.third, h.publisher, h.office, h.reader}
	p := rapid.SampledFrom(people).Draw(rt, "who")
	right := map[string]member{"review": rapid.SampledFrom(people[1:4]).Draw(rt, "reviewer"), "approved": h.publisher, "published": h.publisher, "draft": h.drafter}
	if q, ok := right[it.State]; ok && rapid.IntRange(0, 3).Draw(rt, "stranger") > 0 {
		p = q // mostly somebody who may, or nothing would ever be published
	}
	title := fmt.Sprint("标题", rapid.IntRange(0, 3).Draw(rt, "title"))
	acts := map[string]func() error{
		"submit": func() error {
			_, err := do(h, h.drafter, h.desk.submit, submission{ID: it.ID, OnlineOK: true, Version: it.Version})
			return err
		},
		"edit": func() error {
			_, err := do(h, p, h.desk.edit, revision{ID: it.ID, Title: &title, Version: it.Version})
			return err
		},
		"move": func() error {
			_, err := do(h, p, h.desk.edit, revision{ID: it.ID, ColumnID: &other.ID, Version: it.Version})
			return err
		},
		"approve": func() error { return h.approves(p, it) },
		"return":  func() error { return h.returns(p, it) },
		"publish": func() error { _, err := do(h, p, h.desk.publish, versioned{it.ID, it.Version}); return err },
		"withdraw": func() error {
			_, err := do(h, p, h.desk.withdraw, withdrawal{ID: it.ID, Reason: "错", Version: it.Version})
			return err
		},
		"delete": func() error { _, err := do(h, p, h.desk.remove, ref{it.ID}); return err },
		"read":   func() error { _, err := do(h, p, markRead, ref{it.ID}); return err },
		"recall": func() error {
			if it.CaseID == nil {
				return nil
			}
			return h.recalls(p, it)
		},
	}
	forward := map[string]string{"draft": "submit", "review": "approve", "approved": "publish", "published": "withdraw", "withdrawn": "publish"}
	names := slices.Sorted(maps.Keys(acts))
	name := rapid.SampledFrom(append(names, slices.Repeat([]string{forward[it.State]}, 2*len(names))...)).Draw(rt, "act")
	if err := acts[name](); err != nil && internal(err) {
		rt.Fatalf("%s by %s of %s (%s): %v", name, p.Name, it.ID, it.State, err)
	}
}
