package attend

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// An office is a tenant with people and sessions, made for one test.
type office struct {
	t   *testing.T
	db  *tenant.DB
	ctx context.Context
	id  uuid.UUID
}

func newOffice(t *testing.T) *office {
	t.Helper()
	id := tenanttest.Tenant(t, uuid.Nil, "云岭局")
	return &office{t, tenanttest.DB(t), tenant.As(context.Background(), tenant.Actor{Tenant: id, Name: "系统"}), id}
}

func (o *office) sql(query string, args ...any) {
	o.t.Helper()
	if _, err := tenanttest.Admin(o.t).Exec(query, args...); err != nil {
		o.t.Fatal(err)
	}
}

// person is a member with a department of their own.
func (o *office) person(name string) (member, account, department uuid.UUID) {
	o.t.Helper()
	ctx, a := tenanttest.As(o.t, o.id)
	return a.Member, a.Account, tenanttest.Member(o.t, ctx, name)
}

// session is one of a member, from one time of the day to another.
func (o *office) session(member, account uuid.UUID, day calendar.Date, from, to string) {
	o.t.Helper()
	id := tenant.NewID()
	o.sql(`insert into platform.accounts (id, name, password_hash) values ($1, '甲', '') on conflict do nothing`, account)
	o.sql(`insert into platform.sessions (id, token_hash, account_id, tenant_id, member_id, ip, user_agent, created_at, seen_at)
		values ($1, $2, $3, $4, $5, '', '', $6::timestamp at time zone 'Asia/Shanghai', $7::timestamp at time zone 'Asia/Shanghai')`,
		id, []byte(id.String()), account, o.id, member, day.String()+" "+from, day.String()+" "+to)
}

// scheme puts one into force in which a rule counts a kind of deeds.
func (o *office) scheme(year int, kind, state string) {
	o.t.Helper()
	err := o.db.Write(o.ctx, func(tx *tenant.Tx) error {
		tx.Audit("test.planted", "test", nil)
		id := tenant.NewID()
		if _, err := tx.Exec(o.ctx, `insert into assess_schemes (id, year, name, state) values ($1, $2, $3, $4)`, id, year, "考核"+id.String(), state); err != nil {
			return err
		}
		_, err := tx.Exec(o.ctx, `
			insert into assess_scheme_versions (scheme_id, version, year, name, units, rules, plan, by_name) values ($1, 1, $2, '考核', '[]', $3, '{}', '甲')`,
			id, year, tenant.JSON([]map[string]string{{"code": "a", "name": "登录", "deed_kind": kind}}))
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) wants(day calendar.Date) (yes bool) {
	o.t.Helper()
	if err := o.db.Read(o.ctx, func(tx *tenant.Tx) (err error) { yes, err = wanted(o.ctx, tx, day); return err }); err != nil {
		o.t.Fatal(err)
	}
	return yes
}

func (o *office) counts(day calendar.Date) error {
	return o.db.Write(o.ctx, func(tx *tenant.Tx) error { return count(o.ctx, tx, day) })
}

// deeds are what was written down, kind by kind and whose.
func (o *office) deeds() (all []string) {
	o.t.Helper()
	err := o.db.Read(o.ctx, func(tx *tenant.Tx) error {
		return tx.Select(o.ctx, &all, `
			select d.kind || ' ' || m.name from deeds d join members m on m.id = d.member_id
			 where d.tenant_id = app_tenant() and d.kind like 'attend.%' order by 1`)
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return all
}

// monday is a working day long past, so that nothing else is on it.
var monday = calendar.On(2026, time.March, 9)

// R277–R287 are off: a day is counted only in a tenant that has a scheme in
// force which counts it, on a working day, and once.
func TestNothingIsCountedUnasked(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	if o.wants(monday) {
		t.Error("with no scheme at all")
	}
	o.scheme(2026, "publish.published", "active")
	o.scheme(2026, SignedIn, "draft")
	o.scheme(2025, SignedIn, "active")
	if o.wants(monday) {
		t.Error("with schemes that do not count it, are no more than drafts, or of another year")
	}
	o.scheme(2026, Early, "active")
	if !o.wants(monday) || o.wants(monday.Add(-1)) {
		t.Error("a working day is not counted, or a Sunday is")
	}
	if newOffice(t).wants(monday) {
		t.Error("in another tenant")
	}
	if err := o.counts(monday); err != nil {
		t.Fatal(err)
	}
	if o.wants(monday) {
		t.Error("a day that was counted is counted again")
	}
	if err := o.counts(monday); !errors.Is(err, errCounted) {
		t.Errorf("counted by two nodes = %v, want errCounted", err)
	}
}

// R277, R281: what counts is what the sessions tell of that day and no other.
func TestWhoWasThere(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, p := range []struct {
		name     string
		day      calendar.Date
		sessions [][2]string
	}{
		{"早到全天", monday, [][2]string{{"07:40", "17:30"}}},
		{"八点整", monday, [][2]string{{"08:00", "08:20"}}},
		{"两段", monday, [][2]string{{"08:30", "09:00"}, {"14:00", "14:05"}}},
		{"夜里", monday, [][2]string{{"00:10", "00:40"}}},
		{"前一天", monday.Add(-1), [][2]string{{"09:00", "10:00"}}},
		{"后一天", monday.Add(1), [][2]string{{"07:00", "18:00"}}},
		{"没有登录", monday, nil},
	} {
		member, account, _ := o.person(p.name)
		for _, s := range p.sessions {
			o.session(member, account, p.day, s[0], s[1])
		}
	}
	left, account, _ := o.person("已离开")
	o.session(left, account, monday, "08:30", "09:30")
	o.sql(`update members set state = 'left' where id = $1`, left)
	other := newOffice(t)
	stranger, theirs, _ := other.person("外单位")
	other.session(stranger, theirs, monday, "07:30", "18:00")

	if err := o.counts(monday); err != nil {
		t.Fatal(err)
	}
	want := []string{"attend.early 早到全天", "attend.halves 两段", "attend.halves 早到全天",
		"attend.signed_in 两段", "attend.signed_in 八点整", "attend.signed_in 夜里", "attend.signed_in 早到全天"}
	got := o.deeds()
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("deeds = %v, want %v", got, want)
	}
	var units int
	if err := tenanttest.Admin(t).QueryRow(`
		select count(*) from deeds d where d.tenant_id = $1 and d.kind like 'attend.%'
		   and (d.unit_kind <> 'department' or d.day <> (now() at time zone 'Asia/Shanghai')::date)`, o.id).Scan(&units); err != nil || units != 0 {
		t.Errorf("%d deeds go to something else than a department, or are dated back, %v", units, err)
	}
}

// In the evening and not before: at noon nothing is counted that the afternoon
// may still bring.
func TestWatch(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.scheme(calendar.DateOf(time.Now()).Year, SignedIn, "active")
	if err := watch(o.ctx, o.db); err != nil {
		t.Fatal(err)
	}
	var now time.Time
	var counted int
	if err := tenanttest.Admin(t).QueryRow(`select now(), (select count(*) from attend_days where tenant_id = $1)`, o.id).Scan(&now, &counted); err != nil {
		t.Fatal(err)
	}
	local := now.In(calendar.Location)
	due := local.Hour() >= evening && calendar.Default().IsWorkday(calendar.DateOf(now))
	if edge := local.Minute() == 0 && local.Second() < 30; !edge && (counted == 1) != due {
		t.Errorf("at %s: %d days counted", local.Format("15:04"), counted)
	}
	if err := watch(o.ctx, o.db); err != nil {
		t.Errorf("again = %v", err)
	}
}

func TestFeatureIsConsistent(t *testing.T) {
	t.Parallel()
	f := Feature()
	if err := feature.Check(f); err != nil {
		t.Fatal(err)
	}
	for _, i := range f.Indicators {
		if i.Note == "" {
			t.Errorf("%s does not say why it is off", i.Kind)
		}
	}
}
