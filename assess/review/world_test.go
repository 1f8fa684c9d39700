package review

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess"
	"hetu/assess/assesstest"
	"hetu/attachment"
	"hetu/calendar"
	"hetu/fault"
	"hetu/feature"
	"hetu/progress"
	"hetu/progress/progresstest"
	"hetu/rbac"
	"hetu/storage"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A world is a headquarters with two bureaus and two departments, a scheme and a
// round that is worked out, made for one test.
type world struct {
	assesstest.House
	t     *testing.T
	db    *tenant.DB
	hq    uuid.UUID
	units map[string]assess.Unit
	round uuid.UUID
	sch   uuid.UUID
	works *progress.Works
	calls calls
	over  bool // the round may be changed no more
	files *attachment.Attachments
	store storage.Store
	boss  context.Context // manages the review
	a, b  context.Context // two who review, of the department 复核处
	one   context.Context // who fills in and submits for 甲
}

func amount(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func amountOf(s string) *decimal.Decimal {
	d := amount(s)
	return &d
}

// day is n days from now, as the calendar has it.
func day(n int) string { return calendar.DateOf(time.Now()).Add(n).String() }

func newWorld(t *testing.T) *world {
	t.Helper()
	house := assesstest.New(t)
	w := &world{House: house, t: t, db: house.DB, hq: tenanttest.Tenant(t, uuid.Nil, "省厅"), units: map[string]assess.Unit{}}
	c := storage.Config{Driver: "fs", Dir: t.TempDir()}
	store, err := storage.Open(t.Context(), c)
	w.ok(err)
	staging, err := c.Staging()
	w.ok(err)
	w.store = store
	w.files, w.works = attachment.New(store, staging, attachment.Options{}), progress.New(store)
	assess.Feature(func() []feature.Indicator { return nil }, w.works, store, w.files)
	w.calls = calls{w.works, []assess.Gate{w.gate}}
	w.calls.offer()
	for _, name := range []string{"甲局", "乙局"} {
		w.units[name] = assess.Unit{Kind: "tenant", ID: tenanttest.Tenant(t, w.hq, name), Name: name}
	}
	root, _ := tenanttest.As(t, w.hq)
	for _, name := range []string{"规划处", "复核处"} {
		u := assess.Unit{Kind: "department", ID: tenant.NewID(), Name: name}
		w.units[name] = u
		w.write(root, func(tx *tenant.Tx) error {
			_, err := tx.Exec(root, `insert into departments (id, path, name) values ($1, array[$1]::uuid[], $2)`, u.ID, name)
			return err
		})
	}
	w.boss = rbac.With(w.member(w.hq, "管理员", w.units["复核处"].ID), rbac.Fixed(Manage))
	w.a, w.b = w.member(w.hq, "复核甲", w.units["复核处"].ID), w.member(w.hq, "复核乙", w.units["复核处"].ID)
	w.one = rbac.With(w.member(w.units["甲局"].ID, "填报人", uuid.Nil), rbac.Fixed(Fill, Submit))
	w.plan()
	return w
}

// member makes a person of a tenant, with a post in a department unless that is
// nil.
func (w *world) member(of uuid.UUID, name string, department uuid.UUID) context.Context {
	w.t.Helper()
	return w.Member(of, name, assesstest.Post{Department: department})
}

// joins makes the account of ctx's actor a member of a tenant.
func (w *world) joins(ctx context.Context, of, member uuid.UUID, name string, department uuid.UUID) {
	w.t.Helper()
	w.Joins(who(ctx).Account, of, member, name, assesstest.Post{Department: department})
}

const planted = `[
	{"code":"adopted","name":"信息采用","type":"per_item","deed_kind":"exchange.adopted","levels":[{"level":"own","points":"5"}],"cap":"20","heading":"info"},
	{"code":"published","name":"信息发布","type":"per_item","deed_kind":"publish.published","levels":[{"level":"","points":"1"}],"heading":"info"},
	{"code":"mutual","name":"民主测评","type":"ratio","deed_kind":"assess.recorded","measure":"figure","target":"100","base_points":"10"},
	{"code":"accident","name":"事故","type":"veto","deed_kind":"assess.recorded","effect":"fail"}]`

// plan puts a scheme in force and works a round of this year out: 甲局 had two
// items adopted, 规划处 published one.
func (w *world) plan() {
	w.sch, w.round = tenant.NewID(), tenant.NewID()
	year := calendar.DateOf(time.Now()).Year
	units := []assess.Unit{w.units["甲局"], w.units["乙局"], w.units["规划处"]}
	w.write(w.boss, func(tx *tenant.Tx) error {
		for range 2 {
			id := tenant.NewID().String()
			tx.Deed(tenant.Deed{Kind: "exchange.adopted", UnitKind: "tenant", Unit: w.units["甲局"].ID, Level: "own", Item: "exchange/envelope/" + id, Title: "汛情快报", Content: id})
		}
		for _, s := range []struct {
			sql  string
			args []any
		}{
			{`insert into assess_schemes (id, year, name, state) values ($1, $2, '年度考核', 'active')`, []any{w.sch, year}},
			{`insert into assess_scheme_versions (scheme_id, version, year, name, units, rules, plan, by_name)
			  values ($1, 1, $2, '年度考核', $3, $4, '{"headings":[{"code":"info","name":"政务信息","weight":"100","leader":"分管厅长","department":"复核处"}],"grades":[{"name":"优秀","at_least":"90"},{"name":"合格","at_least":"0"}]}', '测试员')`,
				[]any{w.sch, year, tenant.JSON(units), planted}},
			{`insert into assess_rounds (id, scheme_id, scheme_version, name, from_day, to_day) values ($1, $2, 1, '全年', make_date($3, 1, 1), make_date($3, 12, 31))`,
				[]any{w.round, w.sch, year}},
		} {
			if _, err := tx.Exec(w.boss, s.sql, s.args...); err != nil {
				return err
			}
		}
		return nil
	})
	w.recompute()
}

// recompute has the round worked out the way the queue does it.
func (w *world) recompute() {
	w.t.Helper()
	w.write(w.boss, func(tx *tenant.Tx) error {
		_, err := assess.Recompute(w.boss, tx, w.works, w.round)
		return err
	})
	w.drain()
}

func (w *world) drain() {
	w.t.Helper()
	for _, err := range progresstest.Drain(w.t, w.boss, w.works.Feature()) {
		w.ok(err)
	}
}

func (w *world) ok(err error) {
	w.t.Helper()
	w.OK(err)
}

func (w *world) write(ctx context.Context, fn func(*tenant.Tx) error) {
	w.t.Helper()
	w.Write(ctx, fn)
}

func (w *world) sql(query string, args ...any) {
	w.t.Helper()
	w.SQL(query, args...)
}

// A person is what somebody acts in.
type person = context.Context

func do[In, Out any](w *world, as person, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) (Out, error) {
	return assesstest.Do(as, w.db, fn, in)
}

func must[In, Out any](w *world, as person, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) Out {
	w.t.Helper()
	return assesstest.Must(as, w.House, fn, in)
}

// refused checks what an act is refused with.
func refused[In, Out any](w *world, name string, as person, fn func(context.Context, *tenant.Tx, In) (Out, error), in In, want *fault.Error, field string) {
	w.t.Helper()
	assesstest.Refused(as, w.House, name, fn, in, want, field)
}

// called makes a call of the round, due in some days.
func (w *world) called() Call {
	w.t.Helper()
	return must(w, w.boss, create, newCall{Round: w.round, Name: "年度自评", Due: day(3), ReviewDue: day(20), Gap: amount("2"), Codes: []string{"adopted", "published"}})
}

// row returns the row by which a unit was called.
func (w *world) row(c Call, unit string) UnitState {
	w.t.Helper()
	for _, u := range must(w, w.boss, callPage, ref{c.ID}).Units {
		if u.Unit.Name == unit {
			return u
		}
	}
	w.t.Fatalf("%s was not called", unit)
	return UnitState{}
}

func who(ctx context.Context) tenant.Actor {
	a, err := tenant.From(ctx)
	if err != nil {
		panic(err)
	}
	return a
}

// upload makes a file of the actor's that is ready to be claimed.
func (w *world) upload(ctx context.Context, text string) uuid.UUID {
	w.t.Helper()
	return w.Upload(ctx, w.store, "佐证.txt", text)
}
