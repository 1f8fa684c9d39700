package message

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func write(t *testing.T, ctx context.Context, fn func(*tenant.Tx) error) {
	t.Helper()
	if err := tenanttest.DB(t).Write(ctx, fn); err != nil {
		t.Fatal(err)
	}
}

// list returns every notice of the context's actor, page by page.
func list(t *testing.T, ctx context.Context, q Query) (all []Received) {
	t.Helper()
	for {
		var l feature.List[Received]
		err := tenanttest.DB(t).Read(ctx, func(tx *tenant.Tx) (err error) {
			l, err = List(ctx, tx, q)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, l.Items...)
		if q.After = l.Next; l.Next == "" {
			return all
		}
	}
}

func unread(t *testing.T, ctx context.Context) (n int) {
	t.Helper()
	err := tenanttest.DB(t).Read(ctx, func(tx *tenant.Tx) error {
		c, err := count(ctx, tx, feature.None{})
		n = c.Unread
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestFeature(t *testing.T) {
	t.Parallel()
	if err := feature.Check(Feature()); err != nil {
		t.Fatal(err)
	}
}

func TestSend(t *testing.T) {
	t.Parallel()
	ctx, a := tenanttest.Actor(t)
	tenanttest.Member(t, ctx, "林知远")
	ctxB, b := tenanttest.As(t, a.Tenant)
	tenanttest.Member(t, ctxB, "周清和")
	tests := map[string]struct {
		notice  Notice
		toA     int
		toB     int
		refused bool
	}{
		"one person":        {Notice{To: []uuid.UUID{a.Member}, Code: "test.one", Params: map[string]string{"title": "“一”&<b>"}, Href: "/x"}, 1, 0, false},
		"two people":        {Notice{To: []uuid.UUID{a.Member, b.Member}, Code: "test.two"}, 1, 1, false},
		"a person twice":    {Notice{To: []uuid.UUID{b.Member, b.Member}, Code: "test.twice"}, 0, 1, false},
		"nobody":            {Notice{Code: "test.nobody"}, 0, 0, false},
		"the nil member":    {Notice{To: []uuid.UUID{uuid.Nil}, Code: "test.nil"}, 0, 0, false},
		"a stranger":        {Notice{To: []uuid.UUID{tenant.NewID()}, Code: "test.stranger"}, 0, 0, true},
		"code that is text": {Notice{To: []uuid.UUID{a.Member}, Code: "你好"}, 0, 0, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error { return Send(ctx, tx, tt.notice) })
			if (err != nil) != tt.refused {
				t.Fatalf("Send = %v, want refused %v", err, tt.refused)
			}
			got := func(ctx context.Context) (n int) {
				for _, r := range list(t, ctx, Query{}) {
					if r.Code == tt.notice.Code {
						n++
						if r.Href != tt.notice.Href || r.ReadAt != nil || r.At.IsZero() {
							t.Errorf("notice = %+v", r)
						}
						if !maps.Equal(r.Params, tt.notice.Params) {
							t.Errorf("params = %v, want %v", r.Params, tt.notice.Params)
						}
					}
				}
				return n
			}
			if x, y := got(ctx), got(ctxB); x != tt.toA || y != tt.toB {
				t.Errorf("arrived %d and %d, want %d and %d", x, y, tt.toA, tt.toB)
			}
		})
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	ctx, a := tenanttest.Actor(t)
	tenanttest.Member(t, ctx, "林知远")
	for range 7 {
		write(t, ctx, func(tx *tenant.Tx) error {
			return Send(ctx, tx, Notice{To: []uuid.UUID{a.Member}, Code: "test.page"})
		})
	}
	all := list(t, ctx, Query{Page: feature.Page{Limit: 3}})
	if len(all) != 7 {
		t.Fatalf("%d notices in pages of 3, want 7", len(all))
	}
	if !slices.IsSortedFunc(all, func(x, y Received) int { return slices.Compare(y.ID[:], x.ID[:]) }) {
		t.Error("not newest first")
	}
	write(t, ctx, func(tx *tenant.Tx) error { _, err := read(ctx, tx, ref{all[2].ID}); return err })
	left := list(t, ctx, Query{Unread: true, Page: feature.Page{Limit: 2}})
	if len(left) != 6 || slices.ContainsFunc(left, func(n Received) bool { return n.ID == all[2].ID }) {
		t.Errorf("%d unread, want the 6 others", len(left))
	}
	if err := (Query{Page: feature.Page{After: "x"}}).Validate(); !errors.Is(err, ErrAfter) {
		t.Errorf("cursor x: %v", err)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	ctx, a := tenanttest.Actor(t)
	tenanttest.Member(t, ctx, "林知远")
	colleague, _ := tenanttest.As(t, a.Tenant)
	tenanttest.Member(t, colleague, "周清和")
	elsewhere, _ := tenanttest.Actor(t)
	for range 3 {
		write(t, ctx, func(tx *tenant.Tx) error {
			return Send(ctx, tx, Notice{To: []uuid.UUID{a.Member}, Code: "test.read"})
		})
	}
	id := list(t, ctx, Query{})[0].ID
	steps := []struct {
		name string
		as   context.Context
		want fault.Kind
		left int
	}{
		{"a colleague's", colleague, fault.NotFound, 3},
		{"another tenant's", elsewhere, fault.NotFound, 3},
		{"mine", ctx, fault.Internal, 2},
		{"mine again", ctx, fault.Internal, 2},
	}
	for _, s := range steps {
		err := tenanttest.DB(t).Write(s.as, func(tx *tenant.Tx) error { _, err := read(s.as, tx, ref{id}); return err })
		if (err == nil) != (s.want == fault.Internal) || err != nil && fault.Of(err).Kind != s.want {
			t.Errorf("%s: %v", s.name, err)
		}
		if n := unread(t, ctx); n != s.left {
			t.Errorf("%s: %d unread, want %d", s.name, n, s.left)
		}
	}
	write(t, colleague, func(tx *tenant.Tx) error { _, err := readAll(colleague, tx, feature.None{}); return err })
	if n := unread(t, ctx); n != 2 {
		t.Errorf("a colleague's read-all left %d of mine, want 2", n)
	}
	write(t, ctx, func(tx *tenant.Tx) error {
		m, err := readAll(ctx, tx, feature.None{})
		if m.Read != 2 {
			t.Errorf("read-all marked %d, want 2", m.Read)
		}
		return err
	})
	if n := unread(t, ctx); n != 0 {
		t.Errorf("%d unread after read-all", n)
	}
}
