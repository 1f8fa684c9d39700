package trial

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/fault"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A world is a bureau below a headquarters: its leaders, its office, a business
// department with a section below it, and those who keep the system.
type world struct {
	t      *testing.T
	db     *tenant.DB
	hq     uuid.UUID
	bureau uuid.UUID
	depts  map[string]uuid.UUID

	chief  context.Context // leads the bureau
	office context.Context // manages runs, answers feedback
	second context.Context // does too
	head   context.Context // of the business department
	clerk  context.Context // in the section below it
	keeper context.Context // answers feedback, keeps the register
	above  context.Context // of the headquarters, with every right there
}

var everything = []rbac.Permission{Manage, Decide, Support, Secure}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, db: tenanttest.DB(t), hq: tenanttest.Tenant(t, uuid.Nil, "省厅"), depts: map[string]uuid.UUID{}}
	w.bureau = tenanttest.Tenant(t, w.hq, "江州局")
	w.department("局领导", "leaders", "")
	w.department("办公室", "office", "")
	w.department("业务科", "dept", "")
	w.department("业务一组", "dept", "业务科")
	w.department("信息中心", "info", "")
	w.department("财务科", "dept", "")
	w.chief = w.may(w.member("周局长", "局领导", true))
	w.office = w.may(w.member("吴主任", "办公室", true), Manage, Support)
	w.second = w.may(w.member("郑秘书", "办公室", false), Manage, Support)
	w.head = w.may(w.member("王科长", "业务科", true))
	w.clerk = w.may(w.member("冯办事员", "业务一组", false))
	w.keeper = w.may(w.member("陈工", "信息中心", false), Support, Secure)
	above, _ := tenanttest.As(t, w.hq)
	tenanttest.Member(t, above, "省厅办公室")
	w.above = rbac.With(above, rbac.Fixed(everything...))
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) sql(query string, args ...any) {
	w.t.Helper()
	_, err := tenanttest.Admin(w.t).Exec(query, args...)
	w.ok(err)
}

// count asks as the superuser.
func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	w.ok(tenanttest.Admin(w.t).QueryRow(query, args...).Scan(&n))
	return n
}

func (w *world) department(name, kind, under string) {
	w.t.Helper()
	id := tenant.NewID()
	w.depts[name] = id
	w.sql(`insert into departments (tenant_id, id, parent_id, path, name, kind)
	       values ($1, $2, nullif($3, '')::uuid, array_remove(array[nullif($3, '')::uuid, $2], null), $4, $5)`,
		w.bureau, id, text(w.depts[under]), name, kind)
}

func text(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return id.String()
}

func (w *world) member(name, department string, head bool) context.Context {
	w.t.Helper()
	ctx, a := tenanttest.As(w.t, w.bureau)
	a.Name = name
	w.sql(`insert into members (tenant_id, id, account_id, login, name) values ($1, $2, $3, $4, $5)`,
		w.bureau, a.Member, a.Account, "u"+a.Member.String()[24:], name)
	w.sql(`insert into posts (tenant_id, id, member_id, department_id, title, main, head) values ($1, $2, $3, $4, '科员', true, $5)`,
		w.bureau, tenant.NewID(), a.Member, w.depts[department], head)
	return tenant.As(ctx, a)
}

// may gives rights: for the request, and by grants for whoever is looked for by
// what they may do.
func (w *world) may(ctx context.Context, ps ...rbac.Permission) context.Context {
	w.t.Helper()
	for _, p := range ps {
		w.sql(`insert into grants (tenant_id, id, subject_kind, subject_id, permission) values ($1, $2, 'member', $3, $4)`,
			w.bureau, tenant.NewID(), who(ctx), string(p))
	}
	return rbac.With(ctx, rbac.Fixed(ps...))
}

func who(ctx context.Context) uuid.UUID {
	a, err := tenant.From(ctx)
	if err != nil {
		return uuid.Nil
	}
	return a.Member
}

// call calls an endpoint as a request does: the input is validated first.
func call[In, Out any](ctx context.Context, w *world, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) (out Out, err error) {
	w.t.Helper()
	if v, ok := any(&in).(interface{ Validate() error }); ok {
		if err := v.Validate(); err != nil {
			return out, err
		}
	}
	err = w.db.Write(ctx, func(tx *tenant.Tx) (err error) {
		out, err = fn(ctx, tx, in)
		return err
	})
	return out, err
}

// does is call where nothing may go wrong.
func does[In, Out any](ctx context.Context, w *world, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) Out {
	w.t.Helper()
	out, err := call(ctx, w, fn, in)
	w.ok(err)
	return out
}

// fails calls and compares what went wrong.
func fails[In, Out any](ctx context.Context, w *world, fn func(context.Context, *tenant.Tx, In) (Out, error), in In, want *fault.Error, field string) {
	w.t.Helper()
	_, err := call(ctx, w, fn, in)
	if !errors.Is(err, want) || fault.Of(err).Field != field {
		w.t.Errorf("got %v at %q, want %v at %q", err, fault.Of(err).Field, want, field)
	}
}

func (w *world) today(days int) string {
	w.t.Helper()
	var now time.Time
	w.ok(w.db.Read(w.office, func(tx *tenant.Tx) error { now = tx.Now; return nil }))
	return calendar.DateOf(now).Add(days).String()
}

// deed writes a deed as somebody and returns its id.
func (w *world) deed(ctx context.Context, d tenant.Deed) (id uuid.UUID) {
	w.t.Helper()
	w.ok(w.db.Write(ctx, func(tx *tenant.Tx) error {
		id = tx.Deed(d)
		return nil
	}))
	return id
}

// begun makes a run of departments that has begun.
func (w *world) begun(dual bool, departments ...string) Run {
	w.t.Helper()
	r := does(w.office, w, create, Plan{Name: "办公系统试运行", StartsOn: w.today(0), Modules: []string{"信息发布", "流程审批"}, DualTrack: dual})
	var ids []uuid.UUID
	for _, d := range departments {
		ids = append(ids, w.depts[d])
	}
	does(w.office, w, bring, bringIn{ID: r.ID, Departments: ids})
	return does(w.office, w, start, Versioned{r.ID, r.Version}).Run
}

func kindsOf(kind string) string { return "名：" + kind }
