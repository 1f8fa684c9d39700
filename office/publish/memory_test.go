package publish

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// written is anything as it is answered.
func (h *house) written(v any) string {
	h.t.Helper()
	return string(must[[]byte](h.t)(json.Marshal(v)))
}

// sameAsRead holds that what a node remembers of how the columns stand is what
// it would read, to everybody.
func (h *house) sameAsRead(after string, node *Desk) {
	h.t.Helper()
	for who, p := range map[string]member{"reader": h.reader, "drafter": h.drafter, "publisher": h.publisher, "office": h.office, "auditor": h.auditor} {
		got := must[Health](h.t)(see(h, p, node.health, healthQuery{Weeks: 8}))
		want := must[Health](h.t)(see(h, p, New(h.engine, h.files).health, healthQuery{Weeks: 8}))
		text := h.written(got)
		if b := got.JSON(); b != nil {
			text = string(b)
		}
		if b := h.written(want); text != b {
			h.t.Fatalf("after %s, the columns' health to the %s is remembered as\n%s\nand is\n%s", after, who, text, b)
		}
	}
}

// TestRemembersExactly: whatever is changed, and by whom, a node that had read
// it before answers what it would read now (R020, R005, R006).
func TestRemembersExactly(t *testing.T) {
	t.Parallel()
	h := open(t)
	node := New(h.engine, h.files) // another than the one that writes
	as := func(p member) func(string, ...any) {
		return func(query string, args ...any) {
			h.write(p, func(ctx context.Context, tx *tenant.Tx) error { _, err := tx.Exec(ctx, query, args...); return err })
		}
	}
	office := as(h.office)
	var items []Item
	for range 5 {
		items = append(items, h.publishes(h.reviewed(h.column)))
	}
	h.sameAsRead("nothing", node)
	var grant rbac.Grant
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"a reading", func() { must[feature.None](t)(do(h, h.reader, markRead, ref{items[0].ID})) }},
		{"a withdrawal", func() { items[4] = h.withdraws(items[4]) }},
		{"another of an older page", func() { items[1] = h.withdraws(items[1]) }},
		{"a publication", func() { items = append(items, h.publishes(h.reviewed(h.column))) }},
		{"another name of the column", func() { office(`update columns set name = '要闻' where id = $1`, h.column.ID) }},
		{"a rule", func() { h.allows(h.column, 3) }},
		{"another department's column", func() { office(`update columns set department_id = $2 where id = $1`, h.other.ID, h.first.dept) }},
		{"another name of a department", func() { office(`update departments set name = '新名称' where id = $1`, h.first.dept) }},
		{"another name of a person", func() { office(`update members set name = '改名者' where id = $1`, h.publisher.Member) }},
		{"somebody who left", func() { office(`update members set state = 'left' where id = $1`, h.third.Member) }},
		{"a head who is none any more", func() { office(`update posts set head = false where member_id = $1`, h.first.Member) }},
		{"a new publisher", func() { h.may(h.second, "publish", h.other) }},
		{"a publisher for an hour", func() {
			h.write(h.office, func(ctx context.Context, tx *tenant.Tx) (err error) {
				until := tx.Now.Add(time.Hour)
				grant, err = rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: h.reader.Member, Permission: Publish, ScopeKind: ScopeKind, ScopeID: &h.other.ID, Until: &until})
				return err
			})
		}},
		{"that right taken back", func() {
			h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error { return rbac.TakeBack(ctx, tx, grant.ID) })
		}},
		{"a reader who moved to another department", func() {
			h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
				return rbac.Bind(ctx, tx, h.reader.Member, []uuid.UUID{h.drafter.dept})
			})
		}},
		{"a column below", func() {
			must[Column](t)(do(h, h.office, openColumn, newColumn{Name: "下级", ReviewLevels: 1, ParentID: &h.column.ID}))
		}},
		{"what is meant for one department", func() {
			it := h.drafts(h.column)
			to := "departments"
			it = must[Item](t)(h.revises(it, FieldSpec{Audience: &to, Departments: []uuid.UUID{h.second.dept}}))
			h.publishes(h.approvedAs(it))
		}},
		{"a disabled column", func() {
			c := h.columnAs(h.office, h.other.ID)
			must[Column](t)(do(h, h.office, disable, versioned{c.ID, c.Version}))
		}},
		{"nobody who reads", func() { h.closes() }},
	} {
		step.do()
		h.sameAsRead(step.name, node)
		h.sameAsRead(step.name+", again", node)
	}
	if h.notes() == 0 {
		t.Error("nothing was noted")
	}
}

// approvedAs hands in and passes an item.
func (h *house) approvedAs(it Item) Item {
	h.t.Helper()
	it = h.submits(it)
	if err := h.approves(h.first, it); err != nil {
		h.t.Fatal(err)
	}
	return h.seen(h.drafter, it.ID)
}

// R015, WF-06: no page that is answered after a withdrawal was has the item.
func TestR015PagesForgetAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	db := tenanttest.DB(t)
	reader, publisher := h.as(h.reader), h.as(h.publisher)
	var items []Item
	for range 12 {
		items = append(items, h.publishes(h.reviewed(h.column)))
	}
	var gone sync.Map
	var done atomic.Bool
	var failed []error
	var readers sync.WaitGroup
	var mu sync.Mutex
	for range 6 {
		readers.Go(func() {
			for !done.Load() {
				before := map[any]bool{}
				gone.Range(func(id, _ any) bool { before[id] = true; return true })
				err := db.Read(reader, func(tx *tenant.Tx) error {
					l, err := List(reader, tx, Query{Column: &h.column.ID})
					for _, it := range l.Items {
						if before[it.ID] {
							err = errors.Join(err, errors.New(it.ID.String()+" is read after it was withdrawn"))
						}
					}
					return err
				})
				if err != nil {
					mu.Lock()
					failed = append(failed, err)
					mu.Unlock()
					return
				}
			}
		})
	}
	for _, it := range items {
		if err := doAs(publisher, db, h.desk.withdraw, withdrawal{ID: it.ID, Reason: "错", Version: it.Version}); err != nil {
			t.Error(err)
		}
		gone.Store(it.ID, true)
	}
	done.Store(true)
	readers.Wait()
	if len(failed) > 0 {
		t.Error(failed[0])
	}
	if l := must[feature.List[Line]](t)(see(h, h.reader, List, Query{Column: &h.column.ID})); len(l.Items) != 0 {
		t.Errorf("%d items are left", len(l.Items))
	}
}

// What is remembered is bounded, ends with its time and is another tenant's never.
func TestMemory(t *testing.T) {
	t.Parallel()
	var m memory[int, string]
	now := time.Date(2026, 3, 2, 23, 55, 0, 0, time.FixedZone("", 8*3600))
	for i := range 100 {
		m.put(i, entry[string]{"s", now, now.Add(time.Minute), 10, "v"}, 95)
		m.put(i, entry[string]{"s", now, now.Add(time.Minute), 10, "v"}, 95)
	}
	if len(m.by) != 9 || m.bytes != 90 {
		t.Errorf("%d entries of %d bytes", len(m.by), m.bytes)
	}
	for name, tt := range map[string]struct {
		key  int
		at   time.Time
		want bool
	}{"now": {99, now, true}, "before it was read": {99, now.Add(-1), false}, "when its time is over": {99, now.Add(time.Minute), false}, "another": {100, now, false}} {
		if _, ok := m.find(tt.key, tt.at); ok != tt.want {
			t.Errorf("%s: %v", name, ok)
		}
	}
	if until := keptUntil(now); until.Sub(now) != 5*time.Minute {
		t.Errorf("until %s, past the end of the day", until)
	}
	h, elsewhere := open(t), open(t)
	node := New(h.engine, h.files)
	h.publishes(h.reviewed(h.column))
	must[Health](t)(see(h, h.office, node.health, healthQuery{Weeks: 4}))
	if n := must[Health](t)(see(elsewhere, elsewhere.office, node.health, healthQuery{Weeks: 4})); slices.ContainsFunc(n.Columns, func(c ColumnHealth) bool { return c.ID == h.column.ID }) {
		t.Error("another tenant's health")
	}
}

// notes is how many transactions have noted that they changed something.
func (h *house) notes() (n int) {
	h.t.Helper()
	if err := tenanttest.Admin(h.t).QueryRow(`select count(*) from platform.column_notes where tenant_id = $1`, h.id).Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

// Old notes are taken away, never the last one, and a node that asks after that
// reads anew.
func TestNotesSettle(t *testing.T) {
	t.Parallel()
	h := open(t)
	settled := func() (n int) {
		h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
			return tx.Get(ctx, &n, `select platform.columns_settled()`)
		})
		return n
	}
	if n := settled(); n != 0 {
		t.Errorf("%d notes of this hour were taken away", n)
	}
	all := h.notes()
	h.admin(`update platform.column_notes set at = at - interval '2 hours' where tenant_id = $1`, h.id)
	if n := settled(); n != all-1 {
		t.Errorf("%d of %d old notes were taken away, want all but the last", n, all)
	}
	if n := settled(); n != 0 || h.notes() != 1 {
		t.Errorf("then %d more", n)
	}
	err := h.try(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `delete from platform.column_notes`)
		return err
	})
	if err == nil {
		t.Error("our role takes notes away itself")
	}
}

// A list narrowed to a text lists what it did before the words' index helped: what
// has the text literally, indexed or not, however common its words are.
func TestListByWords(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.named(h.column, "GB 50201—2014 第３条", "全市防汛检查")
	h.named(h.column, "Gb 5020 说明", "防汛 检查")
	fresh := h.named(h.column, "未入索引", "防汛检查")
	h.admin(`update platform.item_terms set terms = null where item_id = $1`, fresh.ID)
	draft := h.drafts(h.column) // 全市开展汛前检查
	h.withdraws(h.named(h.column, "撤下的", "防汛检查"))
	for name, tt := range map[string]struct {
		view, text string
		want       []string
	}{
		"a phrase":              {"reading", "防汛检查", []string{"未入索引", "GB 50201—2014 第３条"}},
		"with its space":        {"reading", "防汛 检查", []string{"Gb 5020 说明"}},
		"letters of any case":   {"reading", "gb 5020", []string{"Gb 5020 说明", "GB 50201—2014 第３条"}},
		"part of a number":      {"reading", "0201", []string{"GB 50201—2014 第３条"}},
		"one letter":            {"reading", "g", []string{"Gb 5020 说明", "GB 50201—2014 第３条"}},
		"one character":         {"reading", "索", []string{"未入索引"}},
		"only a sign":           {"reading", "—", []string{"GB 50201—2014 第３条"}},
		"width is itself":       {"reading", "第3条", nil},
		"nothing has it":        {"reading", "水库", nil},
		"all, whatever state":   {"all", "检查", []string{"撤下的", draft.Title, "未入索引", "Gb 5020 说明", "GB 50201—2014 第３条"}},
		"all, and nothing else": {"all", "汛前", []string{draft.Title}},
	} {
		if got := h.lists(map[string]member{"reading": h.reader, "all": h.office}[tt.view], Query{View: tt.view, Text: tt.text}); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	h.write(h.reader, func(ctx context.Context, tx *tenant.Tx) error {
		for most, want := range map[int]bool{3: true, 2: false} {
			var ids *tenant.IDs
			if err := tx.Get(ctx, &ids, `select platform.item_having('{防汛}', $1)`, most); err != nil || (ids != nil) != want {
				t.Errorf("at most %d: %v, %v", most, ids, err)
			}
		}
		return nil
	})
	other := open(t)
	if got := other.lists(other.reader, Query{Text: "防汛"}); len(got) != 0 {
		t.Errorf("another tenant lists %q", got)
	}
}
