package console

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// pages reads a list to its end, size rows at a time.
func pages[T any](t *testing.T, size int, get func(feature.Page) (feature.List[T], error)) (all []T) {
	t.Helper()
	for after := ""; ; {
		l, err := get(feature.Page{Limit: size, After: after})
		if err != nil {
			t.Fatal(err)
		}
		if len(l.Items) > size {
			t.Fatalf("a page of %d rows, want %d at most", len(l.Items), size)
		}
		if all = append(all, l.Items...); l.Next == "" {
			return all
		}
		after = l.Next
	}
}

// A forest is a group with tenants in it, made in this order:
// 0 root; 1 and 2 below it; 3 below 1; 4 another root; 5 below 2.
func forest(t *testing.T) (Group, []Tenant) {
	t.Helper()
	g := group(t)
	var ts []Tenant
	for i, parent := range []int{-1, 0, 0, 1, -1, 2} {
		n := newTenant(g.ID, uuid.Nil)
		n.Name = []string{"总公司", "白沙公司", "北港公司", "港务处", "安城公司", "船务处"}[i]
		if parent >= 0 {
			n.ParentID = &ts[parent].ID
		}
		x, _, err := CreateTenant(context.Background(), tenanttest.Operators(t), n)
		if err != nil {
			t.Fatal(err)
		}
		ts = append(ts, x)
	}
	return g, ts
}

// The console's lists come in pages, in every order, whole (DO-04).
func TestTenantPages(t *testing.T) {
	t.Parallel()
	ctx, _ := operator(t)
	g, ts := forest(t)
	other, _ := made(t, group(t).ID, uuid.Nil)
	exec(t, tenanttest.Admin(t), `update platform.tenants set state = 'suspended' where id = $1`, ts[3].ID)
	exec(t, tenanttest.Admin(t), `update platform.tenants set opened_at = now() where id = $1`, ts[0].ID)
	list := func(q tenantQuery) ([]Tenant, error) {
		l, err := operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (feature.List[Tenant], error) { return listTenants(ctx, tx, q) })
		return l.Items, err
	}
	tests := map[string]struct {
		q    tenantQuery
		want []int
	}{
		"as a tree":         {tenantQuery{}, []int{0, 1, 3, 2, 5, 4}},
		"by name":           {tenantQuery{Page: feature.Page{Sort: "name"}}, []int{4, 1, 2, 5, 3, 0}}, // by its sound
		"by name, downward": {tenantQuery{Page: feature.Page{Sort: "-name"}}, []int{0, 3, 5, 2, 1, 4}},
		"the newest first":  {tenantQuery{Page: feature.Page{Sort: "-created_at"}}, []int{5, 4, 3, 2, 1, 0}},
		"by name's part":    {tenantQuery{words: words{Q: "务处"}}, []int{3, 5}},
		"by address":        {tenantQuery{words: words{Q: strings.ToUpper(ts[4].Slug)}}, []int{4}},
		"suspended ones":    {tenantQuery{State: "suspended"}, []int{3}},
		"active ones":       {tenantQuery{State: "active"}, []int{0, 1, 2, 5, 4}},
		"nobody came yet":   {tenantQuery{State: "waiting"}, []int{1, 3, 2, 5, 4}},
		"nothing found":     {tenantQuery{words: words{Q: "%"}}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, size := range []int{1, 4, 200} {
				got := pages(t, size, func(p feature.Page) (feature.List[Tenant], error) {
					q := tt.q
					q.Group, q.Limit, q.After = &g.ID, p.Limit, p.After
					return operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (feature.List[Tenant], error) { return listTenants(ctx, tx, q) })
				})
				var which []int
				for _, x := range got {
					which = append(which, slices.IndexFunc(ts, func(y Tenant) bool { return y.ID == x.ID }))
				}
				if !slices.Equal(which, tt.want) {
					t.Errorf("%d at a time = %v, want %v", size, which, tt.want)
				}
			}
		})
	}
	all, err := list(tenantQuery{Page: feature.Page{Sort: "-created_at", Limit: 200}})
	if err != nil || !slices.ContainsFunc(all, func(x Tenant) bool { return x.ID == other.ID }) {
		t.Errorf("without a group the others are missing: %v", err)
	}
	for _, bad := range []feature.Page{{After: "x"}, {After: uuid.NewString()}} {
		if _, err := list(tenantQuery{Page: bad}); !errors.Is(err, feature.ErrMalformed) {
			t.Errorf("%+v = %v, want ErrMalformed", bad, err)
		}
	}
	if err := (&tenantQuery{State: "gone"}).Validate(); !errors.Is(err, feature.ErrChoice) {
		t.Errorf("a state there is not = %v, want ErrChoice", err)
	}
	if err := (&tenantQuery{words: words{Q: strings.Repeat("长", 101)}}).Validate(); !errors.Is(err, feature.ErrLong) {
		t.Errorf("a long search = %v, want ErrLong", err)
	}
}

// A tenant says where in the tree it stands: paging loses nothing.
func TestTenantPath(t *testing.T) {
	t.Parallel()
	_, ts := forest(t)
	for i, want := range []string{"", "0", "0", "0 1", "", "0 2"} {
		var got []string
		for _, a := range ts[i].Path {
			at := slices.IndexFunc(ts, func(x Tenant) bool { return x.ID == a.ID })
			got = append(got, string(rune('0'+at)))
			if a.Name != ts[at].ShortName {
				t.Errorf("called %q, want %q", a.Name, ts[at].ShortName)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("path of %d = %v, want %s", i, got, want)
		}
	}
}

func TestGroupPages(t *testing.T) {
	t.Parallel()
	ctx, _ := operator(t)
	mark := slug()
	var gs []Group
	for _, name := range []string{"中原", "安宁", "北原"} {
		g, err := CreateGroup(context.Background(), tenanttest.Operators(t), NewGroup{Name: name + mark, Slug: slug()})
		if err != nil {
			t.Fatal(err)
		}
		gs = append(gs, g)
	}
	made(t, gs[1].ID, uuid.Nil)
	for sort, want := range map[string][]int{"": {0, 1, 2}, "-created": {2, 1, 0}, "name": {1, 2, 0}} {
		got := pages(t, 2, func(p feature.Page) (feature.List[Group], error) {
			p.Sort = sort
			return operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (feature.List[Group], error) {
				return listGroups(ctx, tx, groupQuery{p, words{mark}})
			})
		})
		var which []int
		for _, g := range got {
			which = append(which, slices.IndexFunc(gs, func(x Group) bool { return x.ID == g.ID }))
			if g.ID == gs[1].ID && g.TenantCount != 1 {
				t.Errorf("%d tenants, want 1", g.TenantCount)
			}
		}
		if !slices.Equal(which, want) {
			t.Errorf("by %q = %v, want %v", sort, which, want)
		}
	}
	if _, err := CreateGroup(context.Background(), tenanttest.Operators(t), NewGroup{Name: "另一个", Slug: gs[0].Slug}); !errors.Is(err, ErrGroupSlug) {
		t.Errorf("a group's slug again = %v, want ErrGroupSlug", err)
	}
}

// The operators' record names what it is about.
func TestActs(t *testing.T) {
	t.Parallel()
	ctx, _ := operator(t)
	x, _ := made(t, group(t).ID, uuid.Nil)
	if _, err := operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (Tenant, error) {
		return suspend(ctx, tx, suspension{ID: x.ID, Reason: "欠费", Version: 1})
	}); err != nil {
		t.Fatal(err)
	}
	acts := pages(t, 200, func(p feature.Page) (feature.List[Act], error) {
		return operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (feature.List[Act], error) { return listActs(ctx, tx, p) })
	})
	var about []string
	for i, a := range acts {
		if i > 0 && a.ID.String() > acts[i-1].ID.String() {
			t.Fatal("not the newest first")
		}
		if a.Object == object(x.ID) {
			about = append(about, a.Action+" "+a.About)
		}
	}
	if want := []string{"console.tenant_suspended " + x.Name, "console.tenant_made " + x.Name}; !slices.Equal(about, want) {
		t.Errorf("acts = %v, want %v", about, want)
	}
}
