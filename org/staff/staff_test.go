package staff

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

	"hetu/fault"
	"hetu/feature"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A bureau is a tenant with departments, an administrator and some people.
type bureau struct {
	*Staff
	ctx    context.Context // in which the administrator acts
	admin  tenant.Actor
	office uuid.UUID
	told   *[]string
	lots   map[uuid.UUID]int // what lies with whom, of the one estate there is
	drafts map[uuid.UUID]int
	asked  *[]Submission
}

func newBureau(t *testing.T) bureau {
	t.Helper()
	root := tenanttest.Tenant(t, uuid.Nil, "青盐")
	b := bureau{told: &[]string{}, lots: map[uuid.UUID]int{}, drafts: map[uuid.UUID]int{}, asked: &[]Submission{}}
	estate := func(kind string, last bool, of map[uuid.UUID]int) Estate {
		return Estate{Kind: kind, Last: last,
			Open: func(_ context.Context, _ *tenant.Tx, m uuid.UUID) (int, error) { return of[m], nil },
			Pass: func(ctx context.Context, tx *tenant.Tx, from, to uuid.UUID) (n int, err error) {
				var left bool
				if err := tx.Get(ctx, &left, `select state = 'left' from members where id = $1`, from); err != nil {
					return 0, err
				}
				if left != last {
					return 0, fmt.Errorf("%s was passed on while left is %v", kind, left)
				}
				n = of[from]
				of[to] += n
				of[from] = 0
				return n, nil
			}}
	}
	b.Staff = New(Parts{
		Estates: []Estate{estate("test.tasks", false, b.lots), estate("test.drafts", true, b.drafts)},
		Tell: func(_ context.Context, _ *tenant.Tx, to []uuid.UUID, code, _ string, _ map[string]string) error {
			*b.told = append(*b.told, fmt.Sprint(code, " ", len(to)))
			return nil
		},
		Submit: func(_ context.Context, _ *tenant.Tx, s Submission) error {
			*b.asked = append(*b.asked, s)
			return nil
		},
	})
	hash, err := org.Hash("Salt&Sea-2026")
	if err != nil {
		t.Fatal(err)
	}
	seed := func(ctx context.Context, tx *tenant.Tx) error {
		return rbac.Seed(ctx, tx, []rbac.Right{{Permission: org.Manage, Scoped: true, Roles: []rbac.Role{rbac.Admin}}})
	}
	member, err := org.OpenTenant(context.Background(), tenanttest.DB(t), root, org.AdminSpec{Login: "admin", Name: "管小理", Hash: hash}, seed)
	if err != nil {
		t.Fatal(err)
	}
	b.admin = tenant.Actor{Tenant: root, Member: member, Account: tenant.NewID(), Name: "管小理", Request: "test"}
	b.ctx = rbac.With(tenant.As(context.Background(), b.admin), rbac.Fixed(org.Manage, Manage, Request))
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		return tx.Get(ctx, &b.office, `select id from departments where kind = 'office'`)
	})
	return b
}

func (b bureau) read(t *testing.T, ctx context.Context, fn func(context.Context, *tenant.Tx) error) {
	t.Helper()
	if err := tenanttest.DB(t).Read(ctx, func(tx *tenant.Tx) error { return fn(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
}

func (b bureau) write(t *testing.T, ctx context.Context, fn func(context.Context, *tenant.Tx) error) error {
	t.Helper()
	return tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error { return fn(ctx, tx) })
}

func (b bureau) must(t *testing.T, fn func(context.Context, *tenant.Tx) error) {
	t.Helper()
	if err := b.write(t, b.ctx, fn); err != nil {
		t.Fatal(err)
	}
}

// member makes an active member, and returns them with a context in which they
// act with no rights.
func (b bureau) member(t *testing.T, login string, department uuid.UUID, head bool) (tenant.Actor, context.Context) {
	t.Helper()
	a := tenant.Actor{Tenant: b.admin.Tenant, Name: "人" + login, Request: "test"}
	b.must(t, func(ctx context.Context, tx *tenant.Tx) (err error) {
		a.Member, err = org.AddMember(ctx, tx, org.NewMember{Login: login, Name: a.Name, DepartmentID: department, Head: head, Hash: "$argon2id$none"})
		if err != nil {
			return err
		}
		return tx.Get(ctx, &a.Account, `select account_id from members where id = $1`, a.Member)
	})
	return a, rbac.With(tenant.As(context.Background(), a), rbac.Fixed())
}

func (b bureau) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error { return tx.Get(ctx, &n, query, args...) })
	return n
}

// sheet makes a workbook of rows.
func sheet(t *testing.T, rows ...[]any) []byte {
	t.Helper()
	book := excelize.NewFile()
	for i, r := range rows {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			t.Fatal(err)
		}
		if err := book.SetSheetRow("Sheet1", cell, &r); err != nil {
			t.Fatal(err)
		}
	}
	var buf bytes.Buffer
	if err := book.Write(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

var titles = []any{"部门", "姓名", "登录名", "职务", "负责人", "类别", "使用期限"}

func (b bureau) takes(t *testing.T, dry bool, rows ...[]any) (Report, error) {
	t.Helper()
	return receive(b.ctx, tenanttest.DB(t), importing{DryRun: dry, Name: "名单.xlsx"}, bytes.NewReader(sheet(t, append([][]any{titles}, rows...)...)))
}

func TestFeature(t *testing.T) {
	t.Parallel()
	if err := feature.Check(New(Parts{}).Feature()); err != nil {
		t.Error(err)
	}
}

// A list is tried before it is taken in, names the rows it cannot take, and is
// taken whole or not at all (W24, R230, R242).
func TestImport(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	b.member(t, "taken", b.office, true)
	before := b.count(t, `select count(*) from members`)
	rep, err := b.takes(t, true,
		[]any{"办公室/秘书科", "张三", "", "科长", "是"},
		[]any{"办公室/秘书科", "张三", "", "科员"}, // twice
		[]any{"办公室/秘书科", "", "", "科员"},   // nobody
		[]any{"", "李四"},                                  // nowhere
		[]any{"办公室", "王五", "taken"},                      // somebody else's login
		[]any{"办公室", "赵六", "6", "", "是"},                 // no login; the office has a head
		[]any{"督查室", "钱七", "", "", "也许"},                 // neither yes nor no
		[]any{"督查室", "孙八", "", "", "", "临时工"},            // no kind
		[]any{"督查室", "周九", "", "", "", "", "2031-02-30"}, // no day
	)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range rep.Faults {
		got = append(got, fmt.Sprint(f.Row, f.Column, " ", f.Code))
	}
	want := []string{"3姓名 twice", "4姓名 missing", "5部门 missing", "6登录名 taken", "7登录名 form", "7负责人 head_taken", "8负责人 unknown", "9类别 unknown", "10使用期限 form"}
	if !slices.Equal(got, want) || rep.FaultCount != len(want) {
		t.Errorf("faults = %v,\nwant %v", got, want)
	}
	if !slices.Equal(rep.Departments, []string{"青盐/办公室/秘书科", "青盐/督查室"}) {
		t.Errorf("departments = %v", rep.Departments)
	}
	if _, err := b.takes(t, false, []any{"办公室", "王五", "taken"}); !errors.Is(err, ErrRows) {
		t.Errorf("a list with faults = %v, want ErrRows", err)
	}
	if n := b.count(t, `select count(*) from members`); n != before {
		t.Errorf("a dry run and a refusal made %d members", n-before)
	}
	for name, content := range map[string][]byte{"no workbook": []byte("姓名,部门"), "no headings": sheet(t, []any{"甲", "乙"}), "nothing": sheet(t, titles)} {
		if _, err := receive(b.ctx, tenanttest.DB(t), importing{}, bytes.NewReader(content)); !errors.Is(err, ErrFile) {
			t.Errorf("%s = %v, want ErrFile", name, err)
		}
	}
}

// What was taken in is there once, comes by links of their own, and can be taken
// back as long as nobody of it has come.
func TestImportAndUndo(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	rows := [][]any{
		{"办公室/秘书科", "张三", "", "科长", "是"}, {"办公室/秘书科", "张三", "zhang.san.b", "科员"},
		{"青盐/督查室", "李四", "", "科员"}, {"信息中心", "驻场一", "", "工程师", "", "其他人员", "2099/12/31"},
	}
	departments, members := b.count(t, `select count(*) from departments`), b.count(t, `select count(*) from members`)
	rep, err := b.takes(t, false, rows...)
	if err != nil || !rep.Applied || rep.Import == nil {
		t.Fatalf("%+v, %v", rep, err)
	}
	if n := b.count(t, `select count(*) from members where login = any ('{zhangsan,zhang.san.b,lisi,zhuchangyi}') and state = 'invited' and account_id is null`); n != 4 {
		t.Errorf("%d of the four were made", n)
	}
	if p := rep.People[len(rep.People)-1]; p.Kind != "external" || p.Until != "2099-12-31" || rep.People[0].Kind != "staff" {
		t.Errorf("the report says %+v, want an external with an end (R240)", rep.People)
	}
	if n := b.count(t, `select count(*) from members where kind = 'external' and until = '2099-12-31'`); n != 1 {
		t.Errorf("%d externals with an end (R240)", n)
	}
	again, err := b.takes(t, false, rows...)
	if err != nil || again.Import != nil || again.There != 4 {
		t.Errorf("the same list again = %+v, %v; want that nothing happens", again, err)
	}
	l, err := slips(b.ctx, feature.Deps{DB: tenanttest.DB(t)}, nil, byID{*rep.Import})
	if err != nil || len(l.Items) != 4 || l.Items[0].Token == "" {
		t.Fatalf("slips = %+v, %v", l, err)
	}
	un := func(x bureau, id uuid.UUID) error {
		return x.write(t, x.ctx, func(ctx context.Context, tx *tenant.Tx) error { _, err := undo(ctx, tx, byID{id}); return err })
	}
	if err := un(other, *rep.Import); !errors.Is(err, ErrNoImport) {
		t.Errorf("another tenant's list = %v, want ErrNoImport", err)
	}
	if err := un(b, *rep.Import); err != nil {
		t.Fatal(err)
	}
	if err := un(b, *rep.Import); !errors.Is(err, ErrUndone) {
		t.Errorf("undone twice = %v, want ErrUndone", err)
	}
	if d, m := b.count(t, `select count(*) from departments`), b.count(t, `select count(*) from members`); d != departments || m != members {
		t.Errorf("after it was taken back there are %d departments and %d members, before %d and %d", d, m, departments, members)
	}
	if _, err := slips(b.ctx, feature.Deps{DB: tenanttest.DB(t)}, nil, byID{*rep.Import}); !errors.Is(err, ErrUndone) {
		t.Errorf("links for who was taken back = %v, want ErrUndone", err)
	}
	if rep, err = b.takes(t, false, rows...); err != nil {
		t.Fatal(err)
	}
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error {
		tx.Audit("test", "test", nil)
		_, err := tx.Exec(ctx, `update members set state = 'active' where login = 'lisi'`)
		return err
	})
	if err := un(b, *rep.Import); !errors.Is(err, ErrUsed) || !strings.Contains(fmt.Sprint(fault.Of(err).Meta), "李四") {
		t.Errorf("somebody has come = %v, want ErrUsed with the name", err)
	}
	if n := b.count(t, `select count(*) from members where login = 'zhangsan'`); n != 1 {
		t.Error("half of the list was taken back")
	}
}
