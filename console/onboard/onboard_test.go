package onboard

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func TestFeature(t *testing.T) {
	t.Parallel()
	if err := feature.Check(Feature()); err != nil {
		t.Error(err)
	}
}

func unit(t *testing.T, above uuid.UUID, name string) (context.Context, tenant.Actor) {
	t.Helper()
	ctx, a := tenanttest.As(t, tenanttest.Tenant(t, above, name))
	tenanttest.Member(t, ctx, "周明")
	return ctx, a
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

func exec(t *testing.T, stmt string, args ...any) {
	t.Helper()
	if _, err := tenanttest.Admin(t).Exec(stmt, args...); err != nil {
		t.Fatal(err)
	}
}

func number(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	if err := tenanttest.Admin(t).QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func draft() Draft {
	return Draft{Name: "云岭市水文站", ShortName: "水文站", Kind: "department", Slug: "hydro", People: 12, HeadName: "李强", HeadContact: "内线 8012",
		AdminName: "张敏", AdminLogin: "zhangmin", FittingOn: "2027-03-01", Cabling: "办公室六间，每间两个信息点"}
}

// R339, R341: a plan is filed, with the day the rooms are fitted out and what
// cables they need, and three working days begin to run (R340).
func TestFile(t *testing.T) {
	t.Parallel()
	hq, a := unit(t, uuid.Nil, "青川省水务厅")
	for name, tt := range map[string]struct {
		change func(*Draft)
		want   error
		field  string
	}{
		"no name":            {func(d *Draft) { d.Name = " " }, feature.ErrMissing, "name"},
		"no such day":        {func(d *Draft) { d.FittingOn = "2027-02-30" }, feature.ErrMalformed, "fitting_on"},
		"wanted in the past": {func(d *Draft) { d.WantedOn = "2020-01-01" }, ErrDay, "wanted_on"},
	} {
		d := draft()
		tt.change(&d)
		err := d.Validate()
		if err == nil {
			_, err = try(t, hq, file, d)
		}
		if !errors.Is(err, tt.want) || fault.Of(err).Field != tt.field {
			t.Errorf("%s = %v on %q, want %v on %q", name, err, fault.Of(err).Field, tt.want, tt.field)
		}
	}
	got := do(t, hq, file, draft())
	var due calendar.Date
	err := tenanttest.DB(t).Read(hq, func(tx *tenant.Tx) error {
		cal, err := calendar.Load(hq, tx)
		due, _ = cal.AddWorkdays(calendar.DateOf(got.FiledAt), 3)
		return err
	})
	if err != nil || got.State != "filed" || got.DueOn != due.String() || *got.FittingOn != "2027-03-01" || got.Cabling == "" || got.FiledBy != a.Name || got.WantedOn != nil {
		t.Errorf("filed = %+v %v, due %s", got, err, due)
	}
	stranger, _ := unit(t, uuid.Nil, "远山集团")
	if _, err := try(t, stranger, show, byID{got.ID}); !errors.Is(err, ErrNotFound) {
		t.Errorf("another tenant sees it: %v", err)
	}
	if _, err := try(t, stranger, withdraw, withdrawal{got.ID, 1}); !errors.Is(err, ErrNotFound) {
		t.Errorf("another tenant takes it back: %v", err)
	}
	if _, err := try(t, hq, withdraw, withdrawal{got.ID, 2}); !errors.Is(err, ErrState) {
		t.Errorf("an old version taken back: %v", err)
	}
	if gone := do(t, hq, withdraw, withdrawal{got.ID, 1}); gone.State != "withdrawn" {
		t.Errorf("taken back = %s", gone.State)
	}
	if _, err := try(t, hq, withdraw, withdrawal{got.ID, 2}); !errors.Is(err, ErrState) {
		t.Errorf("taken back twice: %v", err)
	}
}

const steps = `[{"code":"environment","text":"","done_at":"2026-01-01T00:00:00Z","done_by":"运维"},{"code":"training","text":"","done_at":null,"done_by":""},
	{"code":"structure","text":"","done_at":null,"done_by":""},{"code":"administrators","text":"","done_at":null,"done_by":""}]`

// done are the codes of the steps that are done.
func done(a *Application) (codes []string) {
	for _, s := range a.Steps {
		if s.DoneAt != nil {
			codes = append(codes, s.Code)
		}
	}
	return codes
}

// R342, R343, R346: the new unit does its own steps, which are its structure and
// its three administrators, and can do no other.
func TestOwnSteps(t *testing.T) {
	t.Parallel()
	hq, a := unit(t, uuid.Nil, "青川省水务厅")
	plan := do(t, hq, file, draft())
	below, b := unit(t, a.Tenant, "云岭市水文站")
	if m := do(t, below, mine, feature.None{}); m.Application != nil || m.Structure.Members != 1 {
		t.Errorf("before it is accepted = %+v", m)
	}
	exec(t, `update platform.onboardings set state = 'accepted', tenant_id = $2, steps = $3 where id = $1`, plan.ID, b.Tenant, steps)
	stranger, s := unit(t, uuid.Nil, "远山集团")
	three := func(m uuid.UUID) Naming { return Naming{Department: b.Member, Document: b.Member, HR: m} }
	if _, err := try(t, below, name, three(s.Member)); !errors.Is(err, ErrMember) || fault.Of(err).Field != "hr" {
		t.Errorf("somebody of another tenant named: %v", err)
	}
	do(t, stranger, name, Naming{s.Member, s.Member, s.Member}) // of a unit that came in by no plan: nothing happens to this one
	if m := do(t, below, mine, feature.None{}); len(done(m.Application)) != 1 {
		t.Errorf("done before anything was: %v", done(m.Application))
	}
	m := do(t, below, name, three(b.Member))
	if len(m.Administrators) != 3 || fmt.Sprint(done(m.Application)) != "[environment administrators]" {
		t.Errorf("named = %+v, done %v", m.Administrators, done(m.Application))
	}
	do(t, below, func(ctx context.Context, tx *tenant.Tx, _ int) (bool, error) {
		return true, mark(ctx, tx, "training", "自己")
	}, 0)
	if m = do(t, below, mine, feature.None{}); fmt.Sprint(done(m.Application)) != "[environment administrators]" {
		t.Errorf("the unit ticked a step of the operators: %v", done(m.Application))
	}
	if err := Tell(below, tenanttest.DB(t)); err != nil {
		t.Fatal(err)
	}
	if m = do(t, below, mine, feature.None{}); m.Structure.Enough || len(done(m.Application)) != 2 {
		t.Errorf("one department and one person are enough: %+v", m)
	}
	for i := range 3 {
		do(t, below, func(ctx context.Context, tx *tenant.Tx, _ int) (int64, error) {
			d, p := tenant.NewID(), tenant.NewID()
			for _, s := range []struct {
				stmt string
				args []any
			}{
				{`insert into departments (id, parent_id, path, name) select $1, id, path || $1::uuid, $2 from departments where parent_id is null limit 1`, []any{d, fmt.Sprintf("%d科", i)}},
				{`insert into members (id, login, name) values ($1, $2, '员')`, []any{p, "p" + p.String()[24:]}},
				{`insert into posts (id, member_id, department_id, title) values ($1, $2, $3, '科员')`, []any{tenant.NewID(), p, d}},
				{`insert into columns (id, path, name, kind, sort, review_levels, created_at, changed_at) values ($1, array[$1]::uuid[], $2, 'general', 1, 1, now(), now())`, []any{tenant.NewID(), fmt.Sprintf("栏目%d", i)}},
			} {
				if _, err := tx.Exec(ctx, s.stmt, s.args...); err != nil {
					return 0, err
				}
			}
			return 0, nil
		}, 0)
	}
	for range 2 {
		if err := Tell(below, tenanttest.DB(t)); err != nil {
			t.Fatal(err)
		}
	}
	if m = do(t, below, mine, feature.None{}); !m.Structure.Enough || fmt.Sprint(done(m.Application)) != "[environment structure administrators]" {
		t.Errorf("with a structure = %+v, done %v", m.Structure, done(m.Application))
	}
	if _, err := try(t, below, notice, feature.None{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a notice before it is live: %v", err)
	}
}

// R344, R345, I54: whoever filed a plan is told what became of it, once; a unit
// that is made ready is one deed, late or not; when it goes live all its people
// are told where to sign in.
func TestTell(t *testing.T) {
	t.Parallel()
	hq, a := unit(t, uuid.Nil, "青川省水务厅")
	plan := do(t, hq, file, draft())
	below, b := unit(t, a.Tenant, "云岭市水文站")
	tell := func(ctx context.Context) {
		t.Helper()
		for range 2 {
			if err := Tell(ctx, tenanttest.DB(t)); err != nil {
				t.Fatal(err)
			}
		}
	}
	told := func(id uuid.UUID, code string) int {
		return number(t, `select count(*) from notices where tenant_id = $1 and code = $2`, id, code)
	}
	deeds := func() int {
		return number(t, `select count(*) from deeds where tenant_id = $1 and kind = 'onboard.ready' and late`, a.Tenant)
	}
	tell(hq)
	exec(t, `update platform.onboardings set state = 'accepted', tenant_id = $2, steps = $3 where id = $1`, plan.ID, b.Tenant, steps)
	tell(hq)
	if n := told(a.Tenant, "onboard.accepted"); n != 1 || deeds() != 0 {
		t.Errorf("told %d times that it was accepted, %d deeds", n, deeds())
	}
	exec(t, `update platform.onboardings set state = 'ready', ready_at = now(), late = true where id = $1`, plan.ID)
	tell(hq)
	tell(below)
	exec(t, `update platform.onboardings set state = 'live', live_at = now(), notice = '{"address":"https://oa.example.org","functions":"信息发布","guide":"帮助","contacts":"内线 8000"}' where id = $1`, plan.ID)
	tell(hq)
	tell(below)
	if told(a.Tenant, "onboard.ready") != 1 || told(a.Tenant, "onboard.live") != 1 || deeds() != 1 {
		t.Errorf("ready told %d, live %d, %d deeds", told(a.Tenant, "onboard.ready"), told(a.Tenant, "onboard.live"), deeds())
	}
	if n := told(b.Tenant, "onboard.welcome"); n != 1 {
		t.Errorf("the one person of the new unit was told %d times", n)
	}
	if n := do(t, below, notice, feature.None{}); n.Address != "https://oa.example.org" || n.Contacts != "内线 8000" {
		t.Errorf("the notice says %+v", n)
	}
	if _, err := try(t, hq, notice, feature.None{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("the unit above has a notice of its own: %v", err)
	}
}
