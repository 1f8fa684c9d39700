package template

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/office/publish"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// rights are those of the system that the sets of these tests speak of.
func rights() []rbac.Right {
	return []rbac.Right{
		{Permission: publish.Read, Scoped: true, Roles: []rbac.Role{rbac.Staff}}, {Permission: publish.Draft, Scoped: true, Roles: []rbac.Role{rbac.Staff}},
		{Permission: publish.Review, Scoped: true, Roles: []rbac.Role{rbac.Head}}, {Permission: "exchange.report", Roles: []rbac.Role{rbac.Office}},
		{Permission: "audit.read", Roles: []rbac.Role{rbac.Auditor}},
	}
}

var all = &templates{rights}

func TestFeature(t *testing.T) {
	t.Parallel()
	if err := feature.Check(Feature(rights)); err != nil {
		t.Error(err)
	}
}

// unit is a tenant with a topmost department, and an actor with every right.
func unit(t *testing.T, above uuid.UUID, name string) (context.Context, uuid.UUID) {
	t.Helper()
	ctx, a := tenanttest.As(t, tenanttest.Tenant(t, above, name))
	do(t, ctx, func(ctx context.Context, tx *tenant.Tx, _ int) (int64, error) {
		id := tenant.NewID()
		return tx.Exec(ctx, `insert into departments (id, path, name) values ($1, array[$1]::uuid[], $2)`, id, name)
	}, 0)
	return rbac.With(ctx, rbac.Fixed(org.Manage, org.Grant, publish.Manage)), a.Tenant
}

func try[In, Out any](t *testing.T, ctx context.Context, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) (out Out, err error) {
	t.Helper()
	err = tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error { out, err = fn(ctx, tx, in); return err })
	return out, err
}

func do[In, Out any](t *testing.T, ctx context.Context, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) Out {
	t.Helper()
	out, err := try(t, ctx, fn, in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// establish sets a unit up with a set.
func establish(t *testing.T, ctx context.Context, s Set) {
	t.Helper()
	do(t, ctx, func(ctx context.Context, tx *tenant.Tx, s Set) (int, error) {
		_, made, err := all.establish(ctx, tx, s, Parts, false)
		return made, err
	}, s)
}

func told(lines []Line) string {
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "%s %s %s\n", l.State, l.Part, l.Name)
	}
	return b.String()
}

// R025: the headquarters' own set is issued, the bureau below sees what it would
// make, takes over what it chooses and keeps that as its own; nothing that was
// there changes, and nothing follows what the headquarters does later.
func TestAdopt(t *testing.T) {
	t.Parallel()
	hq, id := unit(t, uuid.Nil, "青川省水务厅")
	std, _ := builtin(Standard)
	establish(t, hq, std)
	below, _ := unit(t, id, "云岭市水务局")
	stranger, _ := unit(t, uuid.Nil, "远山集团")
	first := do(t, hq, issue, issued{Name: "厅局标准", Note: "2026"})
	if first.Version != 1 || first.Counts != (counts{6, 13, 3, 5}) {
		t.Fatalf("issued = %+v", first)
	}
	if second := do(t, hq, issue, issued{Name: "厅局标准"}); second.Version != 2 {
		t.Errorf("issued again = version %d", second.Version)
	}
	adopt := func(ctx context.Context, parts ...string) (Page, error) {
		return try(t, ctx, all.adopt, adoption{ID: first.ID, Parts: parts})
	}
	office := rbac.With(below, rbac.Fixed(publish.Manage))
	for name, tt := range map[string]struct {
		ctx   context.Context
		parts []string
		want  error
	}{
		"a part without its right": {office, []string{"columns", "departments"}, ErrDenied},
		"another group's":          {stranger, []string{"columns"}, ErrNotFound},
		"no such part":             {below, []string{"people"}, ErrPart},
		"nothing":                  {below, nil, ErrNoPart},
		"one's own":                {hq, []string{"columns"}, ErrOwn},
	} {
		if _, err := adopt(tt.ctx, tt.parts...); !errors.Is(err, tt.want) {
			t.Errorf("%s = %v, want %v", name, err, tt.want)
		}
	}
	establish(t, below, Set{Columns: []publish.PatternColumn{{Key: tenant.NewID(), Name: "通知", Kind: "general", ReviewLevels: 3}}})
	page := do(t, below, all.show, byID{first.ID})
	if s := told(page.Lines); !strings.Contains(s, "there columns 通知\n") || !strings.Contains(s, "new columns 工作动态 / 部门动态\n") ||
		!strings.Contains(s, "new departments 办公室\n") || !strings.Contains(s, "new posts 办公室 · 主任\n") || !strings.Contains(s, "new roles 信息员\n") {
		t.Errorf("the dry run says\n%s", s)
	}
	if _, err := adopt(office, "columns"); err != nil {
		t.Fatalf("the Office takes the columns over: %v", err)
	}
	page, err := adopt(below, "departments", "roles", "columns")
	if err != nil || strings.Contains(told(page.Lines), "new ") || page.AdoptedAt == nil {
		t.Errorf("adopted, and still\n%s%v", told(page.Lines), err)
	}
	kept := do(t, below, func(ctx context.Context, tx *tenant.Tx, _ int) (Set, error) { return take(ctx, tx) }, 0)
	if got := kept.counts(); got != (counts{6, 13, 3, 5}) {
		t.Errorf("the bureau has %+v", got)
	}
	for _, c := range kept.Columns {
		if c.Name == "通知" && (c.ReviewLevels != 3 || c.Kind != "general") {
			t.Errorf("what was there was changed: %+v", c)
		}
		if c.Name == "公告" && (c.ReviewLevels != 2 || c.Kind != "announcement") {
			t.Errorf("what was taken over differs: %+v", c)
		}
	}
}

// R346: a tenant is opened with the template its operators chose: its own
// departments, posts, roles and columns are there when its administrator comes,
// and opening it again makes none twice.
func TestOpen(t *testing.T) {
	t.Parallel()
	hq, id := unit(t, uuid.Nil, "青川省水务厅")
	std, _ := builtin(Standard)
	std.Roles = append(std.Roles, Role{"越权", []rbac.Permission{"audit.read", "gone.right"}})
	establish(t, hq, std)
	issued := do(t, hq, issue, issued{Name: "厅局标准"})
	for name, chosen := range map[string]struct {
		id   uuid.UUID
		want counts
	}{
		"built in": {Standard, counts{6, 13, 3, 5}}, "the headquarters'": {issued.ID, counts{6, 13, 3, 5}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, below := unit(t, id, "云岭市水务局")
			if _, err := tenanttest.Admin(t).Exec(`update platform.tenants set template_id = $2 where id = $1`, below, chosen.id); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				do(t, ctx, func(ctx context.Context, tx *tenant.Tx, _ int) (int, error) { return 0, all.open(ctx, tx) }, 0)
			}
			got := do(t, ctx, func(ctx context.Context, tx *tenant.Tx, _ int) (Set, error) { return take(ctx, tx) }, 0)
			if got.counts() != chosen.want {
				t.Errorf("opened with %+v, want %+v", got.counts(), chosen.want)
			}
		})
	}
	ctx, gone := unit(t, id, "临溪市水务局")
	for _, what := range []string{"without a template", "with one that does not exist any more"} {
		if err := tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error { return all.open(ctx, tx) }); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := tenanttest.Admin(t).Exec(`update platform.tenants set template_id = $2 where id = $1`, gone, uuid.New()); err != nil {
			t.Fatal(err)
		}
	}
}

// What a set makes is what it says it will make: departments are told apart
// whatever their names hold, and a role of which nothing is left is none.
func TestEstablishMakesWhatItSays(t *testing.T) {
	t.Parallel()
	ctx, _ := unit(t, uuid.Nil, "青川省水务厅")
	set := Set{
		Departments: []Department{{[]string{"人事处/组织部"}, "hr", 1, nil}, {[]string{"人事处"}, "hr", 2, nil}, {[]string{"人事处", "组织部"}, "dept", 3, nil}},
		Roles:       []Role{{"只看审计", []rbac.Permission{"audit.read"}}, {"信息员", []rbac.Permission{publish.Read}}},
	}
	for _, want := range []int{4, 0} {
		lines, _, err := func() (lines []Line, made int, err error) {
			err = tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error {
				lines, made, err = all.establish(ctx, tx, set, Parts, false)
				return err
			})
			return lines, made, err
		}()
		if n := strings.Count(told(lines), "new "); err != nil || n != want {
			t.Errorf("it made %d things, want %d: %v\n%s", n, want, err, told(lines))
		}
	}
	kept := do(t, ctx, func(ctx context.Context, tx *tenant.Tx, _ int) (Set, error) { return take(ctx, tx) }, 0)
	if got := kept.counts(); got.Departments != 3 || got.Roles != 1 {
		t.Errorf("there are %+v", got)
	}
}

// Operators offer what is built in, and each group its own.
func TestOffered(t *testing.T) {
	t.Parallel()
	hq, id := unit(t, uuid.Nil, "青川省水务厅")
	mine := do(t, hq, issue, issued{Name: "厅局标准"})
	ctx := tenant.As(context.Background(), tenant.Actor{Operator: tenant.NewID(), Name: "运维", Request: "test"})
	err := tenanttest.Operators(t).Operate(ctx, func(tx *tenant.Tx) error {
		l, err := listOffered(ctx, tx, offeredQuery{Group: &id})
		if err != nil || len(l.Items) != 2 || !l.Items[0].Builtin || l.Items[1].ID != mine.ID {
			t.Errorf("offered %+v %v", l.Items, err)
		}
		if err := Usable(ctx, tx, uuid.New(), mine.ID); !errors.Is(err, ErrUnusable) {
			t.Errorf("another group's = %v, want ErrUnusable", err)
		}
		return errors.Join(Usable(ctx, tx, id, mine.ID), Usable(ctx, tx, uuid.New(), Standard))
	})
	if err != nil {
		t.Error(err)
	}
}
