package publish

import (
	"fmt"
	"slices"
	"testing"

	"hetu/feature"
	"hetu/tenant/tenanttest"
)

// pages lists all of a query, a few at a time.
func (h *house) pages(p member, q Query, few int) (all []Line) {
	h.t.Helper()
	q.Limit = few
	for range 50 {
		l := must[feature.List[Line]](h.t)(see(h, p, List, q))
		all = append(all, l.Items...)
		if q.After = l.Next; l.Next == "" {
			return all
		}
	}
	h.t.Fatal("the list does not end")
	return nil
}

// TestSorted holds that items come in the order asked for, Chinese by its sound
// and what has no time last, whole and without repetition over all pages (UI4).
func TestSorted(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, title := range []string{"值班", "安全", "防汛", "防汛"} {
		h.named(h.column, title, "x")
	}
	h.drafts(h.column) // never published
	for sort, want := range map[string][]string{
		"title":        {"安全", "防汛", "防汛", "值班"},
		"-title":       {"值班", "防汛", "防汛", "安全"},
		"":             {"防汛", "防汛", "安全", "值班"}, // the newest first
		"published_at": {"值班", "安全", "防汛", "防汛"},
	} {
		var got []string
		for _, l := range h.pages(h.reader, Query{Page: feature.Page{Sort: sort}}, 1) {
			got = append(got, l.Title)
		}
		if !slices.Equal(got, want) {
			t.Errorf("by %q: %v, want %v", sort, got, want)
		}
	}
	for _, key := range workingOrder.Names() {
		for _, sort := range []string{key, "-" + key} {
			q := Query{View: "all", Page: feature.Page{Sort: sort}}
			one, few := h.pages(h.office, q, 200), h.pages(h.office, q, 2)
			if len(one) != 5 || fmt.Sprint(ids(one)) != fmt.Sprint(ids(few)) {
				t.Errorf("by %s: in pages %v, at once %v", sort, ids(few), ids(one))
			}
			if key == "published_at" && few[4].PublishedAt != nil {
				t.Errorf("by %s: what was never published does not stand last", sort)
			}
		}
	}
	_, err := see(h, h.reader, List, Query{Page: feature.Page{Sort: "body_text"}})
	want(t, err, feature.ErrChoice, "a key there is not")
	l := must[feature.List[Line]](t)(see(h, h.reader, List, Query{Page: feature.Page{Sort: "title", Limit: 1}}))
	_, err = see(h, h.reader, List, Query{Page: feature.Page{Sort: "-title", After: l.Next}})
	want(t, err, feature.ErrCursor, "another order's cursor")
}

func ids(ls []Line) (all []string) {
	for _, l := range ls {
		all = append(all, l.ID.String())
	}
	return all
}

// TestColumnsAreBounded holds that the tree of columns, which is always read
// whole, does not grow without end (DO-04).
func TestColumnsAreBounded(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, err := tenanttest.Admin(t).Exec(`
		insert into columns (tenant_id, id, path, name, kind, sort, review_levels, created_at, changed_at, changed_by)
		select c.tenant_id, x.id, array[x.id], '栏目 ' || x.n, c.kind, 0, 1, c.created_at, c.changed_at, c.changed_by
		  from columns c, (select gen_random_uuid() as id, n from generate_series(1, $2 - (select count(*) from columns where tenant_id = $1)::int) as n) x
		 where c.id = $3 and c.tenant_id = $1`, h.office.Tenant, MostColumns, h.column.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = do(h, h.office, openColumn, newColumn{Name: "再一个", ReviewLevels: 1})
	want(t, err, ErrColumnsFull, "one more")
}
