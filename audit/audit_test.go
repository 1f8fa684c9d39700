package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A diary is a tenant with entries.
type diary struct {
	ctx   context.Context
	id    uuid.UUID
	db    *tenant.DB
	admin *sql.DB // what an attacker has who owns the database
}

func newDiary(t testing.TB) diary {
	t.Helper()
	ctx, a := tenanttest.Actor(t)
	return diary{ctx, a.Tenant, tenanttest.DB(t), tenanttest.Admin(t)}
}

// write makes n entries, each in a transaction of its own.
func (d diary) write(t testing.TB, n int) {
	t.Helper()
	for i := range n {
		err := d.db.Write(d.ctx, func(tx *tenant.Tx) error {
			tx.Audit("test.did", fmt.Sprint("test/thing/", i%3), map[string]any{"n": i, "名": "盐"})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// seal sets seals over most entries each until all are sealed. Transactions
// anywhere in the cluster may hold that up for a moment.
func (d diary) seal(t testing.TB, most int) {
	t.Helper()
	for began := time.Now(); ; {
		more, err := sealOnce(d.ctx, d.db, most)
		if err != nil {
			t.Fatal(err)
		}
		if more {
			continue
		}
		if d.state(t).Unsealed == 0 {
			return
		}
		if time.Since(began) > 30*time.Second {
			t.Fatal("entries are not sealed after half a minute")
		}
	}
}

func (d diary) state(t testing.TB) (s State) {
	t.Helper()
	err := d.db.Read(d.ctx, func(tx *tenant.Tx) (err error) { s, err = state(d.ctx, tx, feature.None{}); return err })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (d diary) verify(t testing.TB) Report {
	t.Helper()
	r, err := Verify(d.ctx, d.db)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// tamper runs a statement as an attacker; :t in it is the tenant.
func (d diary) tamper(t testing.TB, stmt string, args ...any) {
	t.Helper()
	res, err := d.admin.Exec(stmt, append([]any{d.id}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s changed nothing: %v", stmt, err)
	}
}

// entries returns the ids of the entries in the order of transactions, without
// those about seals.
func (d diary) entries(t testing.TB) (ids []uuid.UUID) {
	t.Helper()
	rows, err := d.admin.Query(`
		select id from audit_entries where tenant_id = $1 and action <> 'audit.sealed' order by txid, id`, d.id)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id uuid.UUID
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestSealAndVerify(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	if r := d.verify(t); r.First != nil || r.Seals != 0 || r.Entries != 0 {
		t.Errorf("of an empty diary: %+v", r)
	}
	d.write(t, 25)
	if r := d.verify(t); r.First != nil || r.Unsealed != 25 {
		t.Errorf("before the first seal: %+v", r)
	}
	d.seal(t, 10)
	first := d.verify(t)
	if first.First != nil || first.Seals < 3 || first.Entries < 25 || first.Sealed.IsZero() || first.Head == "" {
		t.Errorf("sealed: %+v", first)
	}
	d.seal(t, 10) // the entries about seals are no reason to set another
	if again := d.verify(t); again.Seals != first.Seals || again.Head != first.Head {
		t.Errorf("with nothing new: %+v, was %+v", again, first)
	}
	d.write(t, 1)
	d.seal(t, 10)
	if r := d.verify(t); r.First != nil || r.Seals != first.Seals+1 || r.Entries < 26+int(first.Seals) {
		t.Errorf("and one more: %+v", r)
	}
	if s := d.state(t); s.Seals != first.Seals+1 || s.Unsealed != 0 || s.SealedAt == nil {
		t.Errorf("state = %+v", s)
	}
}

// A transaction is never cut in two, however many entries it made.
func TestBigTransaction(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	err := d.db.Write(d.ctx, func(tx *tenant.Tx) error {
		for i := range 30 {
			tx.Audit("test.did", "test/many", i)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	d.write(t, 3)
	d.seal(t, 10)
	if r := d.verify(t); r.First != nil || r.Entries < 33 {
		t.Errorf("%+v", r)
	}
}

// What was begun before a seal and committed after it is in the next one.
func TestLongTransactionIsNotSkipped(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	began, end, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- d.db.Write(d.ctx, func(tx *tenant.Tx) error {
			if _, err := tx.Exec(d.ctx, `insert into roles (id, code, name) values ($1, 'x', 'x')`, tenant.NewID()); err != nil {
				return err
			}
			close(began)
			<-end
			tx.Audit("test.slow", "test/slow", nil)
			return nil
		})
	}()
	<-began
	d.write(t, 5)
	for range 3 {
		if err := Seal(d.ctx, d.db); err != nil {
			t.Fatal(err)
		}
	}
	if s := d.state(t); s.Seals != 0 || s.Unsealed != 5 {
		t.Errorf("while it runs: %+v, want nothing sealed that came after it began", s)
	}
	close(end)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	d.seal(t, batch)
	if r := d.verify(t); r.First != nil || r.Entries < 6 {
		t.Errorf("after it: %+v", r)
	}
}

// Many write while many seal: nothing is skipped, and no two nodes set the same
// seal.
func TestSealWhileWriting(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	errs := make(chan error)
	for range 4 {
		go func() {
			errs <- func() error {
				for i := range 40 {
					if err := d.db.Write(d.ctx, func(tx *tenant.Tx) error {
						tx.Audit("test.did", "test/thing", i)
						return nil
					}); err != nil {
						return err
					}
				}
				return nil
			}()
		}()
		go func() {
			errs <- func() error {
				for range 20 {
					if _, err := sealOnce(d.ctx, d.db, 7); err != nil {
						return err
					}
				}
				return nil
			}()
		}()
	}
	for range 8 {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	d.seal(t, 7)
	if r := d.verify(t); r.First != nil || r.Entries < 160 {
		t.Errorf("%+v, want 160 entries and all well", r)
	}
}

// After a restore into a cluster that counts from the beginning again, new
// entries still come after those that were sealed.
func TestRebase(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	tx, err := d.admin.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	var ahead bool
	for _, stmt := range []string{
		`set local search_path = pg_catalog`, // as that of a function which writes an entry for another tenant
		`insert into public.audit_entries (tenant_id, id, actor_name, action, object, detail, request, ip)
		 values ('` + d.id.String() + `', gen_random_uuid(), '', 'x', 'x', '{}', '', '')`,
		`set local search_path = public`,
		`insert into audit_entries (tenant_id, id, txid, actor_name, action, object, detail, request, ip)
		 values ('` + d.id.String() + `', gen_random_uuid(), (app_xid()::text::numeric + 1000000)::text::xid8, '', 'x', 'x', '{}', '', '')`,
		`call audit_rebase()`,
		`call audit_rebase()`, // again has no effect
	} {
		if _, err := tx.Exec(stmt); err != nil {
			t.Fatal(err)
		}
	}
	err = tx.QueryRow(`select app_xid() > max(txid) and app_xid()::text::numeric <= max(txid)::text::numeric + 1 from audit_entries`).Scan(&ahead)
	if err != nil || !ahead {
		t.Errorf("the next transaction comes right after the newest entry: %v %v", ahead, err)
	}
}

// R356: the log is searched by what was done, by whom, on what and when, within
// one tenant.
func TestList(t *testing.T) {
	t.Parallel()
	d, other := newDiary(t), newDiary(t)
	d.write(t, 7)
	other.write(t, 2)
	d.seal(t, 10)
	me, err := tenant.From(d.ctx)
	if err != nil {
		t.Fatal(err)
	}
	stranger, sealings := uuid.New(), int(d.state(t).Seals) // one, or more if another test held a transaction open
	get := func(q query) (l feature.List[Record], err error) {
		err = d.db.Read(d.ctx, func(tx *tenant.Tx) error { l, err = list(d.ctx, tx, q); return err })
		return l, err
	}
	var today, yesterday string
	if err := d.admin.QueryRow(`
		select d::text, (d - 1)::text from (select (now() at time zone 'Asia/Shanghai')::date as d) x`).Scan(&today, &yesterday); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		q    query
		want int
	}{
		"all":            {query{}, 7},
		"of one thing":   {query{Object: "test/thing/0"}, 3},
		"by one person":  {query{Member: &me.Member}, 7},
		"by nobody here": {query{Member: &stranger}, 0},
		"a seal":         {query{Object: "audit/seal/1"}, 1},
		"of a kind":      {query{Object: "test/thing"}, 7},
		"of half a kind": {query{Object: "test/thi"}, 0},
		"of a feature":   {query{Action: "test"}, 7},
		"of one action":  {query{Action: "test.did"}, 7},
		"of no action":   {query{Action: "test.undid"}, 0},
		"seals":          {query{Action: "audit.sealed"}, sealings},
		"from today":     {query{From: today}, 7},
		"until today":    {query{To: today}, 7},
		"only today":     {query{From: today, To: today}, 7},
		"before today":   {query{To: yesterday}, 0},
		"by a name":      {query{Q: me.Name[:6]}, 7},
		"of nobody":      {query{Q: "%"}, 0},
	} {
		l, err := get(tt.q)
		if err != nil || len(l.Items) != tt.want {
			t.Errorf("%s: %d entries %v, want %d", name, len(l.Items), err, tt.want)
		}
		if !slices.IsSortedFunc(l.Items, func(a, b Record) int { return slices.Compare(b.ID[:], a.ID[:]) }) {
			t.Errorf("%s: not the newest first", name)
		}
	}
	page, err := get(query{Page: feature.Page{Limit: 4}})
	if err != nil || len(page.Items) != 4 || page.Items[0].Name != me.Name || string(page.Items[0].Detail) == "" {
		t.Fatalf("page = %+v %v", page, err)
	}
	rest, err := get(query{Page: feature.Page{Limit: 4, After: page.Next}})
	if err != nil || len(rest.Items) != 3 || rest.Next != "" {
		t.Errorf("rest = %+v %v", rest, err)
	}
	if _, err := get(query{Page: feature.Page{After: "x"}}); !errors.Is(err, feature.ErrCursor) {
		t.Errorf("a cursor that is none = %v", err)
	}
	if err := feature.Check(Feature(nil, nil)); err != nil {
		t.Error(err)
	}
}

// BenchmarkVerify checks 50,000 entries; a million must take a minute at most
// (AU-02), so one run must stay below three seconds.
func BenchmarkVerify(b *testing.B) {
	d := newDiary(b)
	for range 10 {
		if _, err := d.admin.Exec(`
			insert into audit_entries (tenant_id, id, member_id, actor_name, action, object, detail, request, ip)
			select $1, gen_random_uuid(), gen_random_uuid(), '李娜', 'publish.published', 'publish/item/' || gen_random_uuid(),
			       '{"column": "工作动态", "version": 3}', gen_random_uuid(), '10.1.2.3' from generate_series(1, 5000)`, d.id); err != nil {
			b.Fatal(err)
		}
	}
	d.seal(b, batch)
	for b.Loop() {
		if r := d.verify(b); r.First != nil || r.Entries < 50000 {
			b.Fatalf("%+v", r)
		}
	}
}
