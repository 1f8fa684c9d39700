package tenant_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A mishap is what happens to a transaction in the middle of its work.
var mishaps = map[string]func(context.Context, context.CancelFunc, *tenant.Tx) error{
	"nothing":   func(context.Context, context.CancelFunc, *tenant.Tx) error { return nil },
	"an error":  func(context.Context, context.CancelFunc, *tenant.Tx) error { return errMishap },
	"a panic":   func(context.Context, context.CancelFunc, *tenant.Tx) error { panic("mishap") },
	"cancelled": func(_ context.Context, cancel context.CancelFunc, _ *tenant.Tx) error { cancel(); return nil },
	"cancelled while it asks": func(ctx context.Context, cancel context.CancelFunc, tx *tenant.Tx) error {
		time.AfterFunc(time.Duration(rand.IntN(2000))*time.Microsecond, cancel)
		_, err := tx.Exec(ctx, `select pg_sleep(0.002)`)
		return err
	},
	"a statement that fails": func(ctx context.Context, _ context.CancelFunc, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `select 1 / (select 0)`)
		return err
	},
	"a failure of many words": func(ctx context.Context, _ context.CancelFunc, tx *tenant.Tx) error {
		if rand.IntN(20) > 0 {
			return nil
		}
		var n int
		return tx.Get(ctx, &n, `select repeat('x', 40000)::int`)
	},
	"a failure of many words after some rows": func(ctx context.Context, _ context.CancelFunc, tx *tenant.Tx) error {
		if rand.IntN(20) > 0 {
			return nil
		}
		var ns []int
		return tx.Select(ctx, &ns, `select case when n < 900 then '1' else repeat('x', 40000) end::int from generate_series(1, 1000) n`)
	},
	"its backend killed": func(ctx context.Context, _ context.CancelFunc, tx *tenant.Tx) error {
		if rand.IntN(20) > 0 {
			return nil
		}
		_, err := tx.Exec(ctx, `select pg_terminate_backend(pg_backend_pid())`)
		return err
	},
	"a lock of the session": func(ctx context.Context, _ context.CancelFunc, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `select pg_try_advisory_xact_lock(707399)`)
		return err
	},
}

var errMishap = errors.New("mishap")

// TestConnectionsForgetWhomTheyServed has two hundred at a time work for two
// tenants over eight connections while all kinds of mishaps befall them: each
// transaction is its own tenant's and sees its rows only, one of nobody's finds
// no tenant left over, and at the end all eight connections are there
// (TI-07). HETU_CANARY says how many transactions.
func TestConnectionsForgetWhomTheyServed(t *testing.T) {
	t.Parallel()
	n := int64(20000)
	if s := os.Getenv("HETU_CANARY"); s != "" {
		var err error
		if n, err = strconv.ParseInt(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	const conns = 8
	db, err := tenant.Open(context.Background(), tenanttest.URL(t, "hetu_app"), tenant.Limits{Conns: conns})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	sides := [2]context.Context{}
	for i := range sides {
		sides[i], _ = tenanttest.Actor(t)
		word := "CNRY" + strconv.Itoa(i)
		if err := db.Write(sides[i], func(tx *tenant.Tx) error {
			_, err := tx.Exec(sides[i], `insert into roles (id, code, name) values ($1, $2, $2)`, tenant.NewID(), word)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for name := range mishaps {
		names = append(names, name)
	}
	var sent, whole, public atomic.Int64
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			for sent.Add(1) <= n {
				me := rand.IntN(2)
				if rand.IntN(10) == 0 && nobodys(t, db) {
					public.Add(1)
				}
				if one(sides[me], t, db, "CNRY"+strconv.Itoa(me), names[rand.IntN(len(names))]) {
					whole.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if whole.Load() < n/10 || public.Load() < n/100 {
		t.Errorf("%d of %d transactions ended well, %d of nobody's: it proves nothing", whole.Load(), n, public.Load())
	}
	ctx, cancel := context.WithTimeout(sides[0], 10*time.Second)
	defer cancel()
	var in sync.WaitGroup
	in.Add(conns)
	for range conns {
		wg.Go(func() {
			once := sync.OnceFunc(in.Done)
			err := db.Read(ctx, func(*tenant.Tx) error { once(); in.Wait(); return nil }) // all hold one at the same time
			once()
			if err != nil {
				t.Errorf("a connection was lost: %v", err)
			}
		})
	}
	wg.Wait()
}

// one works for a tenant, and reports whether it ended well.
func one(side context.Context, t *testing.T, db *tenant.DB, word, mishap string) (well bool) {
	ctx, cancel := context.WithCancel(side)
	defer cancel()
	defer func() { _ = recover() }()
	me, _ := tenant.From(side)
	work := db.Read
	if rand.IntN(2) == 0 {
		work = db.Write
	}
	look := func(tx *tenant.Tx) error {
		var at string
		if err := tx.Get(ctx, &at, `select current_setting('app.tenant_id')`); err != nil {
			return err
		}
		var codes []string
		if err := tx.Select(ctx, &codes, `select code from roles`); err != nil {
			return err
		}
		if at != me.Tenant.String() || strings.Join(codes, " ") != word {
			t.Errorf("after %s somebody works for %s and sees %v", mishap, at, codes)
		}
		return nil
	}
	err := work(ctx, func(tx *tenant.Tx) error {
		if err := look(tx); err != nil {
			return err
		}
		if err := mishaps[mishap](ctx, cancel, tx); err != nil {
			return err
		}
		return look(tx)
	})
	return err == nil
}

// nobodys opens a transaction that has no tenant and sees that none is left
// over from whoever had its connection before.
func nobodys(t *testing.T, db *tenant.DB) bool {
	var at string
	err := db.Public(context.Background(), func(tx *tenant.Tx) error {
		return tx.Get(context.Background(), &at, `select coalesce(current_setting('app.tenant_id', true), '')`)
	})
	if err == nil && at != "" {
		t.Errorf("a transaction of nobody's is in %s", at)
	}
	return err == nil
}
