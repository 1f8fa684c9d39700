// Package attend counts sign-ins for the assessment, for tenants that ask for
// it (R277–R287, I27, I29–I31).
//
// It is off: nothing is counted before a tenant puts a scheme into force in
// which a rule counts one of these kinds of deeds, and from the day on which no
// such scheme is in force nothing is counted any more. Being signed in says that
// somebody was there, not that they did anything; a scheme that pays for it is
// paid with sign-ins. The source asks for it, so it can be had, by a decision
// that stands in the scheme for everybody to see.
//
// What is counted is what the sessions can tell: that somebody signed in on a
// working day, was there in both halves of it, and that a department had
// somebody signed in before eight. It is counted in the evening of that very
// day; a day nobody counted in the evening is not counted later, because what
// was done is never dated back. Neither addresses nor hours are kept. Fines,
// exemptions and what is "not up to the job" (R283–R287) are decided by people
// and entered by hand.
package attend

import (
	"context"
	"embed"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/job"
	"hetu/tenant"
)

//go:embed migrations
var migrations embed.FS

// The kinds of deeds.
const (
	SignedIn = "attend.signed_in" // a person signed in on a working day
	Halves   = "attend.halves"    // a person was there in the morning and in the afternoon (R281)
	Early    = "attend.early"     // a department had somebody there before eight (R277)
)

// evening is the hour of the day from which it is counted.
const evening = 20

const why = "登录只说明人在，不说明事办了；按来源要求提供，默认不用。列入方案并启用后，才从启用之日起每个工作日晚间统计。"

// Feature is what counting sign-ins adds to the system.
func Feature() feature.Feature {
	return feature.Feature{
		Name:   "attend",
		Rounds: []job.Round{{Name: "attend.count", Every: 15 * time.Minute, Run: watch}},
		Indicators: []feature.Indicator{
			{Kind: SignedIn, Name: "工作日登录", Good: true, Note: why},
			{Kind: Halves, Name: "上下午均在线", Good: true, Note: why},
			{Kind: Early, Name: "部门八点前在线", Good: true, Note: why},
		},
		Migrations: migrations,
	}
}

// watch counts the day of one tenant when its evening has come.
func watch(ctx context.Context, db *tenant.DB) error {
	var now time.Time
	var asked bool
	err := db.Read(ctx, func(tx *tenant.Tx) (err error) {
		if now = tx.Now; now.In(calendar.Location).Hour() >= evening {
			asked, err = wanted(ctx, tx, calendar.DateOf(now))
		}
		return err
	})
	if err != nil || !asked {
		return err
	}
	return db.Write(ctx, func(tx *tenant.Tx) error { return count(ctx, tx, calendar.DateOf(now)) })
}

// wanted reports whether a day is still to be counted: a working day of the year
// of a scheme in force that counts sign-ins.
func wanted(ctx context.Context, tx *tenant.Tx, day calendar.Date) (yes bool, err error) {
	err = tx.Get(ctx, &yes, `
		select not exists (select from attend_days where day = $2::date)
		   and exists (select from assess_schemes s
		                 join assess_scheme_versions v on v.scheme_id = s.id and v.version = s.version
		                where s.state = 'active' and s.year = $1
		                  and exists (select from jsonb_array_elements(v.rules) r where r.value ->> 'deed_kind' in ($3, $4, $5)))`,
		day.Year, day.String(), SignedIn, Halves, Early)
	if err != nil || !yes {
		return false, err
	}
	c, err := calendar.Load(ctx, tx)
	return c.IsWorkday(day), err
}

// count writes down who was there on a day, once.
func count(ctx context.Context, tx *tenant.Tx, day calendar.Date) error {
	var rows []struct {
		Member     uuid.UUID `db:"member_id"`
		Department uuid.UUID `db:"department_id"`
		Name       string    `db:"name"`
		Began      int       `db:"began"`
		Early      bool      `db:"before_eight"`
		Morning    bool      `db:"morning"`
		Afternoon  bool      `db:"afternoon"`
	}
	err := tx.Select(ctx, &rows, `
		select s.member_id, p.department_id, d.name, s.began, s.before_eight, s.morning, s.afternoon
		  from platform.sign_ins($1::date) s
		  join members m on m.id = s.member_id and m.state = 'active'
		  join posts p on p.member_id = m.id and p.main
		  join departments d on d.id = p.department_id
		 order by p.department_id, s.member_id`, day.String())
	if err != nil {
		return err
	}
	early := map[uuid.UUID]bool{}
	item := func(of uuid.UUID) string { return "attend/day/" + day.String() + "/" + of.String() }
	for _, r := range rows {
		d := tenant.Deed{Kind: SignedIn, Member: r.Member, Unit: r.Department, Item: item(r.Member), Title: day.String() + " 登录"}
		if r.Began > 0 {
			tx.Deed(d)
		}
		if r.Morning && r.Afternoon {
			d.Kind, d.Title = Halves, day.String()+" 上下午均在线"
			tx.Deed(d)
		}
		if r.Early && !early[r.Department] {
			early[r.Department] = true
			tx.Deed(tenant.Deed{Kind: Early, Member: r.Member, Unit: r.Department, Item: item(r.Department), Title: day.String() + " " + r.Name + "八点前在线"})
		}
	}
	_, err = tx.Exec(ctx, `insert into attend_days (day, people, departments, at) values ($1::date, $2, $3, $4)`, day.String(), len(rows), len(early), tx.Now)
	if tenant.Constraint(err) == "attend_days_pkey" {
		return errCounted
	}
	tx.Audit("attend.counted", "attend/day/"+day.String(), map[string]any{"people": len(rows), "departments": len(early)})
	return err
}

// errCounted means that another node counted the day meanwhile.
var errCounted = errors.New("attend: the day is counted")
