package publish

import (
	"context"
	"slices"
	"testing"
	"time"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// meanwhile runs fn in a transaction of its own and returns once that has ended
// or waits for another. What it returns waits for the end and says how it was.
func meanwhile(t *testing.T, ctx context.Context, fn func(*tenant.Tx) error) func() error {
	t.Helper()
	pids, done := make(chan int, 1), make(chan struct{})
	var failed error
	go func() {
		defer close(done)
		failed = tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error {
			var pid int
			if err := tx.Get(ctx, &pid, `select pg_backend_pid()`); err != nil {
				return err
			}
			select {
			case pids <- pid:
			default: // begun again: it is known already that it waited
			}
			return fn(tx)
		})
	}()
	end := func() error { <-done; return failed }
	var pid int
	select {
	case pid = <-pids:
	case <-done:
		return end
	}
	for {
		select {
		case <-done:
			return end
		default:
		}
		var waits bool
		if err := tenanttest.Admin(t).QueryRow(`select exists (select from pg_locks where pid = $1 and not granted)`, pid).Scan(&waits); err != nil {
			t.Fatal(err)
		}
		if waits {
			return end
		}
	}
}

// A column opened below one that is being moved lies below it where that ends
// up: rights and rules come down its path (R022).
func TestOpenedBelowWhatIsMoved(t *testing.T) {
	t.Parallel()
	h := open(t)
	office, version := h.as(h.office), h.columnAs(h.office, h.column.ID).Version
	var made Column
	var end func() error
	err := tenanttest.DB(t).Write(office, func(tx *tenant.Tx) error {
		if _, err := changeColumn(office, tx, columnChange{ID: h.column.ID, ParentID: &h.other.ID, Version: version}); err != nil {
			return err
		}
		end = meanwhile(t, office, func(tx *tenant.Tx) (err error) {
			made, err = openColumn(office, tx, newColumn{Name: "下级栏目", Kind: "general", ReviewLevels: 1, ParentID: &h.column.ID})
			return err
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	if want := (tenant.IDs{h.other.ID, h.column.ID, made.ID}); !slices.Equal(made.Path, want) {
		t.Errorf("its path is %v, want %v", made.Path, want)
	}
}

// What is withdrawn while something else is published leaves the column with the
// figures of both, however long ago it was published (R014, R020).
func TestWithdrawnWhileAnotherIsPublished(t *testing.T) {
	t.Parallel()
	h := open(t)
	old, fresh := h.publishes(h.reviewed(h.column)), h.reviewed(h.column)
	admin, err := tenanttest.Admin(t).Begin()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{`set local session_replication_role = replica`,
		`update items set published_at = published_at - interval '400 days' where id = '` + old.ID.String() + `'`} {
		if _, err := admin.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := admin.Commit(); err != nil {
		t.Fatal(err)
	}
	publisher, drafter := h.as(h.publisher), h.as(h.drafter)
	var end func() error
	err = tenanttest.DB(t).Write(publisher, func(tx *tenant.Tx) error {
		if _, err := h.desk.publish(publisher, tx, versioned{fresh.ID, fresh.Version}); err != nil {
			return err
		}
		end = meanwhile(t, drafter, func(tx *tenant.Tx) error {
			_, err := h.desk.withdraw(drafter, tx, withdrawal{ID: old.ID, Reason: "过时", Class: "other", Version: old.Version})
			return err
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	h.holds(t)
}

// Who schedules what is being published at this moment learns that it is, and no
// schedule waits for what is over (WF-08).
func TestScheduledWhilePublished(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.reviewed(h.column)
	publisher := h.as(h.publisher)
	var end func() error
	err := tenanttest.DB(t).Write(publisher, func(tx *tenant.Tx) error {
		if _, err := h.desk.publish(publisher, tx, versioned{it.ID, it.Version}); err != nil {
			return err
		}
		end = meanwhile(t, publisher, func(tx *tenant.Tx) error {
			_, err := h.desk.setSchedule(publisher, tx, scheduling{ID: it.ID, At: tx.Now.Add(time.Hour), Version: it.Version})
			return err
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want(t, end(), ErrState, "schedule what has been published meanwhile")
	if n := count(h, `select count(*) from item_schedules where item_id = $1`, it.ID); n != 0 {
		t.Errorf("%d schedules of what is published", n)
	}
}

// Who takes a finding back while its unit replies learns of the reply (WF-02).
func TestRetractedWhileReplied(t *testing.T) {
	t.Parallel()
	v := inspects(t)
	f := v.records("甲", "wording", "minor")
	drafter, inspector := v.as(v.drafter), v.as(v.inspector)
	var end func() error
	err := tenanttest.DB(t).Write(drafter, func(tx *tenant.Tx) error {
		if _, err := replyTo(drafter, tx, reply{ID: f.ID, Accept: true, Version: f.Version}); err != nil {
			return err
		}
		end = meanwhile(t, inspector, func(tx *tenant.Tx) error {
			_, err := retract(inspector, tx, findingRef{f.ID, f.Version})
			return err
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = end()
	want(t, err, ErrStale, "retract what has been replied to meanwhile")
	if meta(err, "version") != f.Version+1 || meta(err, "changed_by") != "拟稿人" {
		t.Errorf("told version %v by %v, want the reply", meta(err, "version"), meta(err, "changed_by"))
	}
}
