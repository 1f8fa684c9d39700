package verdict

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/assess/assesstest"
	"hetu/calendar"
	"hetu/fault"
	"hetu/rbac"
	"hetu/storage"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A world is a headquarters with bureaus below it and departments, and a round
// of last year that is worked out, made for one test.
type world struct {
	assesstest.House
	t      *testing.T
	db     *tenant.DB
	v      *Verdicts
	hq     uuid.UUID
	units  map[string]assess.Unit
	scheme uuid.UUID
	round  uuid.UUID
	office uuid.UUID       // the department of those who judge
	boss   context.Context // manages
	second context.Context // another who does
	chair  context.Context // writes decisions down
	did    func(rule string) bool
}

// A got is what one unit got: 采用 as the rest, beside 党建.
type got struct{ name, total, party, off string }

const rulesOf = `[
	{"code":"adopted","name":"信息采用","type":"per_item","deed_kind":"exchange.adopted","levels":[{"level":"own","points":"5"}],"heading":"info"},
	{"code":"party","name":"党的建设","type":"per_item","deed_kind":"assess.recorded","levels":[{"level":"","points":"1"}],"heading":"core"},
	{"code":"off","name":"扣分事项","type":"deduction","deed_kind":"assess.recorded","levels":[{"level":"","points":"1"}],"heading":"info"}]`

const planOf = `{"headings":[{"code":"info","name":"政务信息","weight":"60"},{"code":"core","name":"重点任务","weight":"40"}]`

const gradesOf = `,"grades":[{"name":"优秀","at_least":"90"},{"name":"良好","at_least":"80"},{"name":"合格","at_least":"60"},{"name":"不合格","at_least":"0"}]`

func (w *world) ok(err error) {
	w.t.Helper()
	w.OK(err)
}

// newWorld makes the world; a name that ends in 处 is a department's.
func newWorld(t *testing.T, all ...got) *world {
	t.Helper()
	house := assesstest.New(t)
	w := &world{House: house, t: t, db: house.DB, hq: tenanttest.Tenant(t, uuid.Nil, "省厅"), units: map[string]assess.Unit{}, did: func(string) bool { return false }}
	store, err := storage.Open(t.Context(), storage.Config{Driver: "fs", Dir: t.TempDir()})
	w.ok(err)
	w.v = New(Deps{Store: store, Assessors: func(_ context.Context, _ *tenant.Tx, _, _ uuid.UUID, rule string, _ uuid.UUID) (bool, error) {
		return w.did(rule), nil
	}})
	root, _ := tenanttest.As(t, w.hq)
	department := func(name string) uuid.UUID {
		id := tenant.NewID()
		w.write(root, func(tx *tenant.Tx) error {
			_, err := tx.Exec(root, `insert into departments (id, path, name) values ($1, array[$1]::uuid[], $2)`, id, name)
			return err
		})
		return id
	}
	w.office = department("考核办")
	for _, g := range all {
		u := assess.Unit{Kind: "tenant", Name: g.name}
		if r := []rune(g.name); r[len(r)-1] == '处' {
			u.Kind, u.ID = "department", department(g.name)
		} else {
			u.ID = tenanttest.Tenant(t, w.hq, g.name)
		}
		w.units[g.name] = u
	}
	w.boss = w.may(w.member(w.hq, "考核专员", w.office), Manage, View, Answer, assess.Propose)
	w.second = w.may(w.member(w.hq, "考核主任", w.office), Manage, View, Answer, assess.Propose)
	w.chair = w.may(w.member(w.hq, "办公室主任", w.office), Decide, View)
	w.plant(all, gradesOf)
	return w
}

// member makes a person of a tenant, with a post in a department unless that is nil.
func (w *world) member(tenantID uuid.UUID, name string, department uuid.UUID) context.Context {
	w.t.Helper()
	return w.Member(tenantID, name, w.at(department))
}

// at is a post in a department: all but those who judge head theirs.
func (w *world) at(department uuid.UUID) assesstest.Post {
	return assesstest.Post{Department: department, Head: department != w.office}
}

// joins makes an account a member of a tenant.
func (w *world) joins(account, tenantID, member uuid.UUID, name string, department uuid.UUID) {
	w.t.Helper()
	w.Joins(account, tenantID, member, name, w.at(department))
}

// may gives a person rights: for the request, and by grants, for those who are
// looked for by what they may do.
func (w *world) may(ctx context.Context, ps ...rbac.Permission) context.Context {
	w.t.Helper()
	a, err := tenant.From(ctx)
	w.ok(err)
	w.write(ctx, func(tx *tenant.Tx) error {
		for _, p := range ps {
			_, err := tx.Exec(ctx, `
				insert into grants (id, subject_kind, subject_id, permission) values ($1, 'member', $2, $3)`, tenant.NewID(), a.Member, string(p))
			if err != nil {
				return err
			}
		}
		return nil
	})
	return rbac.With(ctx, rbac.Fixed(ps...))
}

// of returns a person of a unit who may appeal.
func (w *world) of(unit string) context.Context {
	w.t.Helper()
	u := w.units[unit]
	if u.Kind == "department" {
		return w.may(w.member(w.hq, unit+"处长", u.ID), Own)
	}
	return w.may(w.member(u.ID, unit+"办公室主任", uuid.Nil), Own)
}

func who(ctx context.Context) uuid.UUID {
	a, err := tenant.From(ctx)
	if err != nil {
		return uuid.Nil
	}
	return a.Member
}

func (w *world) sql(query string, args ...any) {
	w.t.Helper()
	w.SQL(query, args...)
}

func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	w.ok(tenanttest.Admin(w.t).QueryRow(query, args...).Scan(&n))
	return n
}

func (w *world) write(ctx context.Context, fn func(*tenant.Tx) error) {
	w.t.Helper()
	w.Write(ctx, fn)
}

// plant puts a scheme in force and a round of last year that is worked out.
func (w *world) plant(all []got, grades string) {
	w.t.Helper()
	w.scheme, w.round = tenant.NewID(), tenant.NewID()
	year := calendar.DateOf(time.Now()).Year - 1
	var units []assess.Unit
	for _, g := range all {
		units = append(units, w.units[g.name])
	}
	w.write(w.boss, func(tx *tenant.Tx) error {
		for _, s := range []struct {
			sql  string
			args []any
		}{
			{`insert into assess_schemes (id, year, name, state) values ($1, $2, $3, 'active')`, []any{w.scheme, year, "考核" + w.scheme.String()}},
			{`insert into assess_scheme_versions (scheme_id, version, year, name, units, rules, plan, by_name) values ($1, 1, $2, '年度考核', $3, $4, $5, '测试员')`,
				[]any{w.scheme, year, tenant.JSON(units), rulesOf, planOf + grades + "}"}},
			{`insert into assess_rounds (id, scheme_id, scheme_version, name, from_day, to_day) values ($1, $2, 1, '全年', make_date($3, 1, 1), make_date($3, 12, 31))`,
				[]any{w.round, w.scheme, year}},
		} {
			if _, err := tx.Exec(w.boss, s.sql, s.args...); err != nil {
				return err
			}
		}
		return nil
	})
	w.scored(all...)
}

// scored makes the round worked out with these scores, instead of what it had.
func (w *world) scored(all ...got) {
	w.t.Helper()
	w.write(w.boss, func(tx *tenant.Tx) error {
		for _, table := range []string{"assess_entries", "assess_scores"} {
			if _, err := tx.Exec(w.boss, `delete from `+table+` where round_id = $1`, w.round); err != nil {
				return err
			}
		}
		for i, g := range all {
			if err := w.score(tx, i, g); err != nil {
				return err
			}
		}
		_, err := tx.Exec(w.boss, `update assess_rounds set digest = $2, computed_at = $3, version = version + 1 where id = $1`, w.round, tenant.NewID().String(), tx.Now)
		return err
	})
}

func (w *world) score(tx *tenant.Tx, i int, g got) error {
	u, total := w.units[g.name], num(g.total)
	party, off := num("0"), num("0")
	if g.party != "" {
		party = num(g.party)
	}
	if g.off != "" {
		off = num(g.off)
	}
	grade := four[byLine(total, usualLines(), nil, assess.Severest)]
	_, err := tx.Exec(w.boss, `
		insert into assess_scores (round_id, unit_kind, unit_id, unit_name, place, rank, total, exact, grade) values ($1, $2, $3, $4, $5, $5, $6, $6, $7)`,
		w.round, u.Kind, u.ID, u.Name, i+1, total, grade)
	for seq, l := range []struct{ code, name, points string }{
		{"adopted", "信息采用", total.Sub(party).Add(off).String()}, {"party", "党的建设", party.String()}, {"off", "扣分事项", off.Neg().String()}} {
		if err == nil {
			_, err = tx.Exec(w.boss, `
				insert into assess_entries (id, round_id, unit_kind, unit_id, seq, rule_code, rule_name, rule_version, part, formula, n, points_before, points,
				                            deed_tenants, deeds, deed_points, deed_notes)
				     values ($1, $2, $3, $4, $5, $6, $7, 1, '', '计算式', 1, $8, $8, '{}', '{}', '{}', '{}')`,
				entryOf(w.round, u.ID, l.code), w.round, u.Kind, u.ID, seq+1, l.code, l.name, l.points)
		}
	}
	return err
}

// entryOf is the id of a unit's line, the same each time.
func entryOf(round, unit uuid.UUID, code string) uuid.UUID {
	return uuid.NewSHA1(round, []byte(unit.String()+code))
}

// later lets days go by: everything with a day has it so many days earlier.
func (w *world) later(days int) {
	w.t.Helper()
	for _, s := range []string{
		`update verdict_steps set due = due - $2::int, planned = planned - $2::int where tenant_id = $1`,
		`update verdict_notices set opened_on = opened_on - $2::int, until = until - $2::int, appeal_by = appeal_by - $2::int where tenant_id = $1`,
		`update verdict_docket set due = due - $2::int where tenant_id = $1`,
		`update verdict_answers set again_by = again_by - $2::int where tenant_id = $1`,
		`update verdict_leaves set until = until - $2::int where tenant_id = $1`,
	} {
		w.sql(s, w.hq, days)
	}
}

// wide gives every step so much time that tests may let days go by.
func (w *world) wide() { w.sql(`update verdict_steps set due = due + 200 where tenant_id = $1`, w.hq) }

// planned is the usual calendar of the round, with the boss responsible.
func (w *world) planned() calendarIn {
	w.t.Helper()
	p := w.page()
	in := calendarIn{ID: w.round, Share: 30, Heading: "core", NoticeDays: 5, AppealDays: 5, AnswerDays: 10, AgainDays: 5, Version: p.Calendar.Version}
	for _, d := range p.Defaults {
		in.Steps = append(in.Steps, stepIn{d.Step, d.Due.String(), 2, who(w.boss), who(w.second)})
	}
	return in
}

func (w *world) page() Page {
	w.t.Helper()
	return must(w.boss, w, w.v.page, ref{w.round})
}

// set gives the round its usual calendar.
func (w *world) set() Page {
	w.t.Helper()
	return must(w.boss, w, w.v.setCalendar, w.planned())
}

// do calls an endpoint in a transaction of its own.
func do[In, Out any](ctx context.Context, w *world, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) (Out, error) {
	return assesstest.Do(ctx, w.db, fn, in)
}

func must[In, Out any](ctx context.Context, w *world, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) Out {
	w.t.Helper()
	return assesstest.Must(ctx, w.House, fn, in)
}

// refused checks that an endpoint refuses with a fault, on a field.
func refused[In, Out any](ctx context.Context, w *world, name string, fn func(context.Context, *tenant.Tx, In) (Out, error), in In, want *fault.Error, field string) {
	w.t.Helper()
	assesstest.Refused(ctx, w.House, name, fn, in, want, field)
}

// tells runs what time brings for a tenant.
func (w *world) tells(tenantID uuid.UUID) {
	w.t.Helper()
	w.ok(w.v.tell(tenant.As(context.Background(), tenant.Actor{Tenant: tenantID, Name: "系统"}), w.db))
}

// told counts the notices of a code that a person got.
func (w *world) told(ctx context.Context, code string) int {
	w.t.Helper()
	return w.count(`select count(*) from notices where member_id = $1 and code = $2`, who(ctx), code)
}

// proof is an upload of a person, as it is when it was scanned.
func (w *world) proof(ctx context.Context, content string) uuid.UUID {
	w.t.Helper()
	return w.Upload(ctx, w.v.d.Store, "依据.txt", content)
}

// now is the database's time.
func (w *world) now() (at time.Time) {
	w.t.Helper()
	w.ok(tenanttest.Admin(w.t).QueryRow(`select now()`).Scan(&at))
	return at
}

// twin is the same natural person as another member of the headquarters.
func (w *world) twin(ctx context.Context) context.Context {
	w.t.Helper()
	a, err := tenant.From(ctx)
	w.ok(err)
	a.Member = tenant.NewID()
	return rbac.With(tenant.As(context.Background(), a), rbac.From(ctx))
}

func faultOf(err error) *fault.Error { return fault.Of(err) }
