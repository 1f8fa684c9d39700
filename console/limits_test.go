package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"

	"hetu/console/template"
	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func ptr[T any](v T) *T { return &v }

// A plan is set whole, and only by who has seen the last one.
func TestPlan(t *testing.T) {
	t.Parallel()
	ctx, _ := operator(t)
	x, _ := made(t, group(t).ID, uuid.Nil)
	set := func(e planEdit) (Plan, error) {
		if err := e.Validate(); err != nil {
			return Plan{}, err
		}
		return operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (Plan, error) { return setPlan(ctx, tx, e) })
	}
	full := Limits{Off: []string{"assess", "assess"}, Seats: ptr(80), Bytes: ptr(int64(50 << 30)), ExpiresOn: "2027-12-31", Note: " 合同 "}
	for name, tt := range map[string]struct {
		edit  planEdit
		want  error
		field string
	}{
		"no such tenant":       {planEdit{ID: uuid.New(), Limits: full}, ErrNoTenant, ""},
		"no such module":       {planEdit{ID: x.ID, Limits: Limits{Off: []string{"org"}}}, ErrModule, "off"},
		"no such day":          {planEdit{ID: x.ID, Limits: Limits{ExpiresOn: "2027-02-30"}}, feature.ErrMalformed, "expires_on"},
		"no such year":         {planEdit{ID: x.ID, Limits: Limits{ExpiresOn: "0000-01-01"}}, feature.ErrMalformed, "expires_on"},
		"a version of nothing": {planEdit{ID: x.ID, Limits: full, Version: 3}, ErrPlanStale, ""},
	} {
		if _, err := set(tt.edit); !errors.Is(err, tt.want) || fault.Of(err).Field != tt.field {
			t.Errorf("%s = %v on %q, want %v on %q", name, err, fault.Of(err).Field, tt.want, tt.field)
		}
	}
	p, err := set(planEdit{ID: x.ID, Limits: full})
	if err != nil || p.Version != 1 || *p.Seats != 80 || p.ExpiresOn != "2027-12-31" || !slices.Equal([]string(p.Off), []string{"assess"}) || p.Note != "合同" {
		t.Fatalf("set = %+v %v", p, err)
	}
	if _, err := set(planEdit{ID: x.ID, Limits: full}); !errors.Is(err, ErrPlanStale) || fault.Of(err).Meta["version"] != 1 {
		t.Errorf("set by who has not seen it = %v", err)
	}
	p, err = set(planEdit{ID: x.ID, Version: 1})
	if err != nil || p.Seats != nil || p.Bytes != nil || p.ExpiresOn != "" || len(p.Off) != 0 || p.Version != 2 {
		t.Errorf("without limits = %+v %v", p, err)
	}
}

// A tenant is closed, or left reading; from either it is let go again (TI-11).
func TestSuspensionKinds(t *testing.T) {
	t.Parallel()
	ctx, _ := operator(t)
	x, _ := made(t, group(t).ID, uuid.Nil)
	do := func(kind string, version int) (Tenant, error) {
		return operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (Tenant, error) {
			if kind == "resume" {
				return resume(ctx, tx, resumption{x.ID, version})
			}
			return suspend(ctx, tx, suspension{ID: x.ID, Reason: "欠费", Kind: kind, Version: version})
		})
	}
	version := x.Version
	for i, step := range []struct {
		kind, state string
		want        error
	}{
		{"resume", "", ErrState}, {"read_only", "read_only", nil}, {"read_only", "", ErrState}, {"closed", "suspended", nil}, {"read_only", "", ErrState},
		{"resume", "active", nil}, {"closed", "suspended", nil}, {"resume", "active", nil}, {"read_only", "read_only", nil}, {"resume", "active", nil},
	} {
		got, err := do(step.kind, version)
		if !errors.Is(err, step.want) || step.want == nil && (err != nil || got.State != step.state) {
			t.Fatalf("step %d, %s = %s %v, want %s %v", i, step.kind, got.State, err, step.state, step.want)
		}
		if err == nil {
			version = got.Version
		}
	}
	if _, err := do("read_only", 1); !errors.Is(err, ErrStale) {
		t.Errorf("an old version = %v, want ErrStale", err)
	}
}

func TestDomain(t *testing.T) {
	t.Parallel()
	ctx, o := operator(t)
	o.Name = "运维 " + o.Login
	ctx = tenant.As(ctx, tenant.Actor{Operator: o.ID, Name: o.Name, Request: "test"})
	g := group(t)
	x, _ := made(t, g.ID, uuid.Nil)
	y, _ := made(t, g.ID, x.ID)
	name := x.Slug + ".example.org"
	set := func(id uuid.UUID, domain string, version int) (Tenant, error) {
		e := domainEdit{id, domain, version}
		if err := e.Validate(); err != nil {
			return Tenant{}, err
		}
		return operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (Tenant, error) { return setDomain(ctx, tx, e) })
	}
	for _, bad := range []string{"localhost", "10.0.0.1", "oa_1.example.org", "-a.example.org", "a..b", "https://a.b", "a.b:443", strings.Repeat("a.", 60) + "b"} {
		if _, err := set(x.ID, bad, 1); !errors.Is(err, ErrDomain) || fault.Of(err).Field != "domain" {
			t.Errorf("%s = %v, want ErrDomain", bad, err)
		}
	}
	got, err := set(x.ID, " "+strings.ToUpper(name), x.Version)
	if err != nil || got.Domain != name {
		t.Fatalf("set = %q %v", got.Domain, err)
	}
	if _, err := set(y.ID, name, y.Version); !errors.Is(err, ErrDomainTaken) {
		t.Errorf("another's = %v, want ErrDomainTaken", err)
	}
	other, _ := operator(t)
	if _, err := operate(t, other, func(ctx context.Context, tx *tenant.Tx) (Plan, error) {
		return setPlan(ctx, tx, planEdit{ID: x.ID})
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := operate(t, other, func(ctx context.Context, tx *tenant.Tx) (Tenant, error) {
		return suspend(ctx, tx, suspension{ID: y.ID, Reason: "欠费", Version: y.Version})
	}); err != nil {
		t.Fatal(err)
	}
	_, err = set(x.ID, "", x.Version)
	if m := fault.Of(err).Meta; !errors.Is(err, ErrStale) || m["changed_by"] != o.Name || fmt.Sprint(m["changed"]) != "[domain]" {
		t.Errorf("an old version = %v %v, want ErrStale by %s", err, m, o.Name)
	}
	_, err = set(y.ID, "", y.Version)
	if m := fault.Of(err).Meta; !errors.Is(err, ErrStale) || fmt.Sprint(m["changed"]) != "[state]" {
		t.Errorf("an old version = %v %v, want ErrStale of its state", err, m)
	}
	if got, err = set(x.ID, "", got.Version); err != nil || got.Domain != "" {
		t.Errorf("taken back = %q %v", got.Domain, err)
	}
}

// workbook makes a list of rows under the usual heads.
func workbook(t *testing.T, rows ...[]any) []byte {
	t.Helper()
	book := excelize.NewFile()
	head := []any{"全称", "简称", "代码*", "类别", "上级代码", "管理员姓名", "管理员账号", "人数上限", "空间（GB）", "到期日", "停用模块", "域名"}
	for i, row := range append([][]any{head}, rows...) {
		if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func bring(t *testing.T, ctx context.Context, group uuid.UUID, content []byte) (Roll, error) {
	t.Helper()
	return bringList(ctx, tenanttest.Operators(t), brought{Group: group, Name: "单位.xlsx"}, bytes.NewReader(content))
}

// A list is looked through first: every row that cannot become a tenant is named
// with what is wrong in which cell, and nothing is made.
func TestListDryRun(t *testing.T) {
	t.Parallel()
	ctx, _ := operator(t)
	g := group(t)
	root, _ := made(t, g.ID, uuid.Nil)
	elsewhere, _ := made(t, group(t).ID, uuid.Nil)
	s := slug()
	content := workbook(t,
		[]any{"云岭市水务局", "云岭局", s + "a", "厅局", root.Slug, "张敏", "zhangmin", 80, 50, "2027/12/31", "考核、wordcheck", ""},
		[]any{"云岭市水文站", "水文站", s + "b", "子公司", s + "a", "李强", "liqiang", "", "", 46752, "", ""},
		[]any{"", "", "", "", "", "", "", "", "", "", "", ""},
		[]any{"", "无名", "Bad_Slug", "村", "", "王", "9x", "多", "-1", "明年", "飞行", "localhost"},
		[]any{"重复局", "重复", s + "a", "局", "nowhere", "赵一", "zhaoyi", "", "", "", "", ""},
		[]any{"占用局", "占用", root.Slug, "局", elsewhere.Slug, "钱二", "qianer", "", "", "", "", ""},
	)
	r, err := bring(t, ctx, g.ID, content)
	if err != nil || r.Total != 5 || r.Faulty != 3 || r.State != "checked" || r.Done != 0 {
		t.Fatalf("brought = %+v %v", r, err)
	}
	rows, err := operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (feature.List[Entry], error) {
		return listEntries(ctx, tx, entryQuery{ID: r.ID})
	})
	if err != nil || len(rows.Items) != 5 {
		t.Fatalf("%d rows, %v", len(rows.Items), err)
	}
	first, second := rows.Items[0], rows.Items[1]
	if first.Row != 2 || *first.Seats != 80 || *first.Bytes != 50<<30 || first.ExpiresOn != "2027-12-31" || !slices.Equal(first.Off, []string{"assess", "wordcheck"}) ||
		*first.ParentID != root.ID || first.Kind != "bureau" {
		t.Errorf("the first row = %+v", first)
	}
	if *second.ParentID != first.ID || second.ExpiresOn != "2027-12-31" || second.Row != 3 {
		t.Errorf("below one further up = %+v", second)
	}
	want := map[int]map[string]string{
		5: {"name": "request.missing", "slug": "console.slug_chars", "kind": "request.not_a_choice", "admin_login": "console.login_start", "seats": "console.list_number",
			"bytes": "console.list_number", "expires_on": "console.list_day", "off": "console.no_such_module", "domain": "console.domain_malformed"},
		6: {"slug": "console.list_twice", "parent_slug": "console.list_parent_unknown"},
		7: {"slug": "console.slug_taken", "parent_slug": "console.list_parent_unknown"},
	}
	for _, e := range rows.Items[2:] {
		got := map[string]string{}
		for _, f := range e.Faults {
			got[f.Field] = f.Code
		}
		if fmt.Sprint(got) != fmt.Sprint(want[e.Row]) {
			t.Errorf("row %d: %v, want %v", e.Row, got, want[e.Row])
		}
	}
	if _, err := operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (Roll, error) { return startList(ctx, tx, byVersion{r.ID, 1}) }); !errors.Is(err, ErrListFaults) {
		t.Errorf("started with faults = %v, want ErrListFaults", err)
	}
	var n int
	if err := tenanttest.Admin(t).QueryRow(`select count(*) from platform.tenants where slug like $1`, s+"%").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d tenants were made by looking, %v", n, err)
	}
}

func TestListRefused(t *testing.T) {
	t.Parallel()
	ctx, _ := operator(t)
	g := group(t)
	one := []any{"云岭市水务局", "云岭局", slug(), "局", "", "张敏", "zhangmin"}
	for name, tt := range map[string]struct {
		group   uuid.UUID
		content []byte
		want    error
	}{
		"no workbook":       {g.ID, []byte("PK\x03\x04nonsense"), ErrListFile},
		"bytes":             {g.ID, []byte{0xff, 0xfe, 0}, ErrListFile},
		"nothing":           {g.ID, nil, ErrListEmpty},
		"only heads":        {g.ID, workbook(t), ErrListEmpty},
		"without the codes": {g.ID, []byte("全称,简称,类别,管理员姓名,管理员账号\n甲,乙,局,丙,bing"), ErrListHead},
		"no such group":     {uuid.New(), workbook(t, one), ErrNoGroup},
	} {
		if _, err := bring(t, ctx, tt.group, tt.content); !errors.Is(err, tt.want) {
			t.Errorf("%s = %v, want %v", name, err, tt.want)
		}
	}
	wrong := brought{Group: g.ID, Template: ptr(uuid.New())}
	if _, err := bringList(ctx, tenanttest.Operators(t), wrong, bytes.NewReader(workbook(t, one))); !errors.Is(err, template.ErrUnusable) {
		t.Errorf("no such template = %v, want ErrUnusable", err)
	}
}

// A list is made whole, once, by however many nodes; its links are made when
// they are asked for and replace each other.
func TestListMade(t *testing.T) {
	t.Parallel()
	ctx, _ := operator(t)
	g := group(t)
	s := slug()
	var rows [][]any
	for i := range piece + 20 {
		above := s + "0"
		if i == 0 {
			above = ""
		}
		rows = append(rows, []any{fmt.Sprintf("第%d局", i), fmt.Sprintf("%d局", i), fmt.Sprintf("%s%d", s, i), "局", above, "张敏", "zhangmin", 10 + i})
	}
	r, err := bring(t, ctx, g.ID, workbook(t, rows...))
	if err != nil || r.Faulty != 0 {
		t.Fatalf("brought = %+v %v", r, err)
	}
	if _, err := operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (Roll, error) {
		return startList(ctx, tx, byVersion{r.ID, r.Version})
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (Roll, error) {
		return startList(ctx, tx, byVersion{r.ID, r.Version})
	}); !errors.Is(err, ErrListState) {
		t.Errorf("started twice = %v, want ErrListState", err)
	}
	errs := make(chan error, 3)
	for range 3 {
		go func() { errs <- MakeLists(context.Background(), tenanttest.Operators(t)) }()
	}
	for range 3 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if err := MakeLists(context.Background(), tenanttest.Operators(t)); err != nil { // whoever lost a turn
		t.Fatal(err)
	}
	r, err = operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (Roll, error) { return findRoll(ctx, tx, r.ID) })
	if err != nil || r.State != "done" || r.Done != piece+20 {
		t.Fatalf("made = %+v %v", r, err)
	}
	var n, seats int
	err = tenanttest.Admin(t).QueryRow(`
		select count(*), sum(p.seats) from platform.tenants t join platform.plans p on p.tenant_id = t.id where t.group_id = $1`, g.ID).Scan(&n, &seats)
	if err != nil || n != piece+20 || seats != (piece+20)*10+(piece+19)*(piece+20)/2 {
		t.Errorf("%d tenants with %d seats, %v", n, seats, err)
	}
	links := func() feature.List[Invitation] {
		l, err := listLinks(ctx, feature.Deps{Operators: tenanttest.Operators(t)}, nil, byID{r.ID})
		if err != nil || len(l.Items) != piece+20 {
			t.Fatalf("%d links, %v", len(l.Items), err)
		}
		return l
	}
	before := links()
	now := links()
	if found(t, before.Items[3].Token) || !found(t, now.Items[3].Token) {
		t.Error("links made anew do not replace those before")
	}
}

// A row that has become impossible stops the list, and says which it is.
func TestListOvertaken(t *testing.T) {
	t.Parallel()
	ctx, _ := operator(t)
	g := group(t)
	s := slug()
	r, err := bring(t, ctx, g.ID, workbook(t, []any{"甲局", "甲", s, "局", "", "张敏", "zhangmin"}))
	if err != nil {
		t.Fatal(err)
	}
	n := newTenant(g.ID, uuid.Nil)
	n.Slug = s
	if _, _, err := CreateTenant(ctx, tenanttest.Operators(t), n); err != nil {
		t.Fatal(err)
	}
	if _, err := operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (Roll, error) {
		return startList(ctx, tx, byVersion{r.ID, r.Version})
	}); err != nil {
		t.Fatal(err)
	}
	if err := MakeLists(context.Background(), tenanttest.Operators(t)); err != nil {
		t.Fatal(err)
	}
	r, err = operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (Roll, error) { return findRoll(ctx, tx, r.ID) })
	if err != nil || r.State != "failed" || r.Code != "2:slug:console.slug_taken" {
		t.Errorf("overtaken = %+v %v", r, err)
	}
	if _, err := operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (Roll, error) {
		return dropList(ctx, tx, byVersion{r.ID, r.Version})
	}); err != nil {
		t.Errorf("dropped = %v", err)
	}
}
