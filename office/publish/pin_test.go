package publish

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

func (h *house) pins(p member, it Item) {
	h.t.Helper()
	day := time.Now().In(time.FixedZone("", 8*3600)).AddDate(0, 0, 7).Format(time.DateOnly)
	must[Pin](h.t)(do(h, p, pin, pinning{it.ID, day}))
}

// first3 is what stands first in a column, as p sees it.
func (h *house) first3(p member, c Column) (ids []uuid.UUID) {
	h.t.Helper()
	for _, l := range must[feature.List[Line]](h.t)(see(h, p, listPins, ref{c.ID})).Items {
		ids = append(ids, l.ID)
	}
	return ids
}

// R022: what stood first in a column that is merged stands first in the other, in
// the order in which it was pinned and while there is room; what is taken off for
// want of it is recorded. Whoever arranges the other column arranges it too.
func TestR022MergedPins(t *testing.T) {
	t.Parallel()
	h := open(t)
	third := h.opens("第三栏目", 1, nil)
	for _, c := range []Column{h.other, third} {
		for p, right := range map[member]string{h.drafter: "draft", h.first: "review", h.publisher: "publish"} {
			h.may(p, right, c)
		}
	}
	made := func(c Column) Item { t.Helper(); return h.publishes(h.reviewed(c)) }
	arranger := h.joins("第三栏目发布员")
	h.may(arranger, "publish", third)
	a := []Item{made(h.column), made(h.column), made(h.column)}
	b := []Item{made(h.other), made(h.other)}
	c := made(third)
	for _, it := range []Item{a[0], b[0], a[1], c, b[1], a[2]} {
		h.pins(h.office, it)
	}
	ids := func(of ...Item) (ids []uuid.UUID) {
		for _, it := range of {
			ids = append(ids, it.ID)
		}
		return ids
	}
	merges := func(from, to Column) Column {
		t.Helper()
		return must[Column](t)(do(h, h.office, merge, merging{from.ID, to.ID, h.columnAs(h.office, from.ID).Version}))
	}
	off := `select count(*) from audit_entries where action = 'publish.unpinned' and object = $1 and detail->>'into' = $2`
	gone := merges(h.column, h.other) // two stand there: one comes along
	if got := h.first3(h.reader, h.other); !slices.Equal(got, ids(a[2], b[1], b[0])) {
		t.Errorf("first after the merge: %v, want %v", got, ids(a[2], b[1], b[0]))
	}
	for i, it := range a {
		if n := count(h, off, objectOf(it.ID), h.other.ID.String()); n != map[bool]int{true: 1}[i < 2] {
			t.Errorf("%d: recorded %d times as taken off", i, n)
		}
	}
	_, err := do(h, h.office, pin, pinning{a[0].ID, time.Now().In(time.FixedZone("", 8*3600)).Format(time.DateOnly)})
	want(t, err, ErrPinsFull, "a fourth where three stand")
	_, err = do(h, arranger, unpin, ref{a[2].ID})
	want(t, err, rbac.ErrDenied, "who publishes in a third column")
	merges(h.other, third) // one stands there: two of the three come along
	if got := h.first3(h.reader, third); !slices.Equal(got, ids(a[2], b[1], c)) {
		t.Errorf("first after the second merge: %v, want %v", got, ids(a[2], b[1], c))
	}
	if g := must[Reading](t)(see(h, arranger, reading, ref{a[2].ID})); !slices.Contains(g.May, "unpin") {
		t.Errorf("who arranges where it stands may %v", g.May)
	}
	must[feature.None](t)(do(h, arranger, unpin, ref{a[2].ID}))
	h.pins(arranger, a[0])
	if got := h.first3(h.reader, third); !slices.Equal(got, ids(a[0], b[1], c)) {
		t.Errorf("first as arranged there: %v, want %v", got, ids(a[0], b[1], c))
	}
	must[Column](t)(do(h, h.office, enable, versioned{h.column.ID, h.columnAs(h.office, gone.ID).Version}))
	if got, rest := h.first3(h.reader, h.column), h.first3(h.reader, third); !slices.Equal(got, ids(a[0])) || !slices.Equal(rest, ids(b[1], c)) {
		t.Errorf("after the merge was undone: %v and %v", got, rest)
	}
}

// R022: one pins in a column while it is merged into another where three stand:
// never more than three do.
func TestR022PinMeetsMerge(t *testing.T) {
	t.Parallel()
	h := open(t)
	for p, right := range map[member]string{h.drafter: "draft", h.first: "review", h.publisher: "publish"} {
		h.may(p, right, h.other)
	}
	for range 3 {
		h.pins(h.office, h.publishes(h.reviewed(h.other)))
	}
	it := h.publishes(h.reviewed(h.column))
	version := h.columnAs(h.office, h.column.ID).Version
	day := time.Now().In(time.FixedZone("", 8*3600)).Format(time.DateOnly)
	errs := race(
		func() error { _, err := do(h, h.office, merge, merging{h.column.ID, h.other.ID, version}); return err },
		func() error { _, err := do(h, h.publisher, pin, pinning{it.ID, day}); return err })
	if errs[0] != nil {
		t.Fatal(errs[0])
	}
	if errs[1] != nil {
		want(t, errs[1], ErrPinsFull, "pin what has been merged")
	}
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		var n int
		err := tx.Get(ctx, &n, `select count(*) from column_pins`)
		if n != 3 {
			t.Errorf("%d stand first, want 3", n)
		}
		return err
	})
}
