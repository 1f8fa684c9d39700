package publish

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func titles(l feature.List[Line]) (ts []string) {
	for _, i := range l.Items {
		ts = append(ts, i.Title)
	}
	return ts
}

// named makes a published item with that title.
func (h *house) named(c Column, title, body string) Item {
	h.t.Helper()
	it := must[Item](h.t)(do(h, h.drafter, h.desk.create, draft{ColumnID: c.ID, Kind: "notice", Title: title, BodyHTML: "<p>" + body + "</p>"}))
	it = h.submits(it)
	if err := h.approves(h.first, it); err != nil {
		h.t.Fatal(err)
	}
	return h.publishes(h.seen(h.drafter, it.ID))
}

func (h *house) lists(p member, q Query) []string {
	h.t.Helper()
	if err := q.Validate(); err != nil {
		h.t.Fatal(err)
	}
	return titles(must[feature.List[Line]](h.t)(see(h, p, List, q)))
}

func TestLists(t *testing.T) {
	t.Parallel()
	h := open(t)
	child := must[Column](t)(do(h, h.office, openColumn, newColumn{Name: "下级", ReviewLevels: 1, ParentID: &h.column.ID}))
	a := h.named(h.column, "甲 100%完成", "平安水利")
	h.named(child, "乙_二", "节水行动")
	h.named(h.column, "丙", "平安水利")
	h.withdraws(h.named(h.column, "撤", "平安水利"))
	mine := h.drafts(h.column)
	if _, err := do(h, h.reader, markRead, ref{a.ID}); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		who  member
		q    Query
		want []string
	}{
		"reading, newest first":         {h.reader, Query{}, []string{"丙", "乙_二", "甲 100%完成"}},
		"one column":                    {h.reader, Query{Column: &h.column.ID}, []string{"丙", "甲 100%完成"}},
		"unread":                        {h.reader, Query{Unread: true}, []string{"丙", "乙_二"}},
		"unread by another":             {h.first, Query{Unread: true, Column: &h.column.ID}, []string{"丙", "甲 100%完成"}},
		"a word of the body":            {h.reader, Query{Text: "平安"}, []string{"丙", "甲 100%完成"}},
		"a percent sign is itself":      {h.reader, Query{Text: "100%完"}, []string{"甲 100%完成"}},
		"an underscore is itself":       {h.reader, Query{Text: "乙_"}, []string{"乙_二"}},
		"nothing matches anything":      {h.reader, Query{Text: "%"}, []string{"甲 100%完成"}},
		"mine, also what was withdrawn": {h.drafter, Query{View: "mine"}, []string{mine.Title, "撤", "丙", "乙_二", "甲 100%完成"}},
		"nothing of mine":               {h.reader, Query{View: "mine"}, nil},
		"all (R001)":                    {h.office, Query{View: "all"}, []string{mine.Title, "撤", "丙", "乙_二", "甲 100%完成"}},
		"all of a column":               {h.auditor, Query{View: "all", Column: &child.ID}, []string{"乙_二"}},
		"nothing to publish":            {h.publisher, Query{View: "approved"}, nil},
	} {
		if got := h.lists(tt.who, tt.q); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	passed := h.reviewed(h.column)
	if got := h.lists(h.publisher, Query{View: "approved"}); !slices.Equal(got, []string{passed.Title}) {
		t.Errorf("to be published: %q", got)
	}
	must[Column](t)(do(h, h.office, disable, versioned{h.column.ID, h.columnAs(h.office, h.column.ID).Version}))
	if got := h.lists(h.publisher, Query{View: "approved"}); len(got) != 0 {
		t.Errorf("in a column that takes nothing new nothing is to be published, and %q is (UI5)", got)
	}
	_, err := see(h, h.reader, List, Query{View: "all"})
	want(t, err, rbac.ErrDenied, "all, by a reader")
	for name, q := range map[string]Query{
		"a view there is not":   {View: "secret"},
		"a cursor of nonsense":  {View: "mine", Page: feature.Page{After: "x"}},
		"another view's cursor": {Page: feature.Page{After: uuid.NewString()}},
		"a time and no id":      {Page: feature.Page{After: "2026-01-02T15:04:05.000000Z_"}},
	} {
		if _, err := see(h, h.reader, List, q); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// Reading can be narrowed to columns: then nothing else is listed, counted or found.
func TestReadingIsARight(t *testing.T) {
	t.Parallel()
	h := open(t)
	a := h.named(h.column, "甲", "x")
	ctx := rbac.With(tenant.As(context.Background(), h.reader.Actor), rbac.FixedOn(h.other.ID, Read))
	err := tenanttest.DB(t).Read(ctx, func(tx *tenant.Tx) error {
		l, err := List(ctx, tx, Query{Column: &h.column.ID})
		if err != nil || len(l.Items) != 0 {
			t.Errorf("listed %v, %v", titles(l), err)
		}
		cs, err := Columns(ctx, tx)
		if err != nil || len(cs) != 1 || cs[0].ID != h.other.ID {
			t.Errorf("columns = %+v, %v", cs, err)
		}
		_, err = h.desk.look(ctx, tx, ref{a.ID})
		want(t, err, ErrNotFound, "look")
		_, err = h.desk.download(ctx, tx, attachmentRef{a.ID, uuid.New()})
		want(t, err, ErrNotFound, "download")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// copies adds n published items like it to a column, at the same instant and
// past every rule.
func (h *house) copies(it Item, c Column, n int) {
	h.t.Helper()
	admin, err := tenanttest.Admin(h.t).Begin()
	if err != nil {
		h.t.Fatal(err)
	}
	for _, s := range []string{`set local session_replication_role = replica`, fmt.Sprintf(`
		insert into items (tenant_id, id, column_id, kind, state, title, drafter_id, drafter_account, drafter_name, content_hash, case_id,
		                   approved_hash, approved_at, levels, publisher_id, publisher_account, publisher_name, published_at, deed_id, deed_unit)
		select tenant_id, gen_random_uuid(), '%s', kind, state, '题 ' || n, drafter_id, drafter_account, drafter_name, content_hash, case_id,
		       approved_hash, approved_at, levels, publisher_id, publisher_account, publisher_name, published_at, deed_id, deed_unit
		  from items, generate_series(1, %d) as n where id = '%s'`, c.ID, n, it.ID), `analyze items, columns`} {
		if _, err := admin.Exec(s); err != nil {
			h.t.Fatal(err)
		}
	}
	if err := admin.Commit(); err != nil {
		h.t.Fatal(err)
	}
}

// reassign makes somebody the drafter of what is not in a column, past every rule.
func (h *house) reassign(p member, but Column) {
	h.t.Helper()
	admin, err := tenanttest.Admin(h.t).Begin()
	if err != nil {
		h.t.Fatal(err)
	}
	for _, s := range []string{`set local session_replication_role = replica`, fmt.Sprintf(`
		update items set drafter_id = '%s' where tenant_id = (select tenant_id from columns where id = '%s') and column_id <> '%s'`,
		p.Member, but.ID, but.ID), `analyze items`} {
		if _, err := admin.Exec(s); err != nil {
			h.t.Fatal(err)
		}
	}
	if err := admin.Commit(); err != nil {
		h.t.Fatal(err)
	}
}

// Pages follow each other without a gap or an overlap, though items came at the
// same instant.
func TestPages(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.named(h.column, "题 0", "x")
	h.copies(it, h.column, 44)
	for view, who := range map[string]member{"reading": h.reader, "mine": h.drafter, "all": h.office} {
		seen := map[string]bool{}
		q, pages := Query{View: view, Page: feature.Page{Limit: 10}}, 0
		for {
			l := must[feature.List[Line]](t)(see(h, who, List, q))
			for _, title := range titles(l) {
				if seen[title] {
					t.Errorf("%s: %q stands twice", view, title)
				}
				seen[title] = true
			}
			if pages++; l.Next == "" || pages > 10 {
				break
			}
			q.After = l.Next
		}
		if len(seen) != 45 || pages != 5 {
			t.Errorf("%s: %d items on %d pages, want 45 on 5", view, len(seen), pages)
		}
	}
}

// The list of a column and the unread of everybody walk an index under row
// security, instead of reading the tenant's items.
func TestListsWalkAnIndex(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.named(h.column, "题 0", "x")
	for i := range 5 {
		h.copies(it, h.opens(fmt.Sprint("栏目", i), 1, nil), 500)
	}
	h.copies(it, h.column, 500)
	h.reassign(h.reader, h.column) // else every index leads to the drafter's
	for index, q := range map[string]Query{
		"items_column_list_ix": {View: "reading", Column: &h.column.ID},
		"items_published_ix":   {View: "reading"},
		"items_drafter_ix":     {View: "mine"},
	} {
		var plan []string
		// The drafter of them all: for who drafted nothing, any plan will do.
		h.write(h.drafter, func(ctx context.Context, tx *tenant.Tx) error {
			at, err := q.order().Read(q.Page)
			if err != nil {
				return err
			}
			query, args, err := q.sql(ctx, tx, at)
			if err != nil {
				return err
			}
			return tx.Select(ctx, &plan, `explain `+query, args...)
		})
		all := strings.Join(plan, "\n")
		if !strings.Contains(all, index) || strings.Contains(all, "Sort") {
			t.Errorf("the plan does not walk %s:\n%s", index, all)
		}
	}
}
