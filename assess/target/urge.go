package target

import (
	"context"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/tenant"
)

// What is issued is answered within answerDays working days; urgeDays after it
// was issued, whoever is to answer is reminded.
const (
	answerDays = 5
	urgeDays   = 3
)

// answerBy is the day until which what was issued is to be answered, by the
// working days of the tenant that looks.
func (r row) answerBy(ctx context.Context, tx *tenant.Tx) (*string, error) {
	if r.IssuedAt == nil || r.state() != issued {
		return nil, nil
	}
	c, err := calendar.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	due, _ := c.AddWorkdays(calendar.DateOf(*r.IssuedAt), answerDays)
	day := due.String()
	return &day, nil
}

// urgedBefore is the day before which something was issued if whoever is to
// answer is reminded of it by today: urgeDays working days have come since.
func urgedBefore(c calendar.Calendar, today calendar.Date) calendar.Date {
	d, _ := c.AddWorkdays(today.Add(1), -urgeDays)
	return d
}

// overBefore is the day before which something was issued if the last day to
// answer it is over today.
func overBefore(c calendar.Calendar, today calendar.Date) calendar.Date {
	d, _ := c.AddWorkdays(today, -answerDays)
	return d
}

// waiting reads what was issued to, or by, the tenant before a day, and waits
// for an answer nobody has been urged about. What the tenant itself is rewording
// cannot be answered.
func waiting(ctx context.Context, tx *tenant.Tx, before func(calendar.Calendar, calendar.Date) calendar.Date, which, what string) (all []news, err error) {
	c, err := calendar.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	err = tx.Select(ctx, &all, `
		select i.tenant_id || ' ' || i.target_id || $3 || i.revision as about, i.target_id, i.tenant_id as setter_id, i.subject_id,
		       i.spec ->> 'title' as title, i.unit_name, i.unit_kind, i.unit_id, '' as period, '' as due_on, i.by_name, $4::text as code,
		       i.by_id as to_id, (i.spec ->> 'leader_id')::uuid as other_id, null as department_id
		  from target_issues i
		 where `+which+` = app_tenant() and not i.withdrawn and (i.at at time zone 'Asia/Shanghai')::date < $1::date
		   and not exists (select from target_issues l where l.tenant_id = i.tenant_id and l.target_id = i.target_id and l.revision > i.revision)
		   and not exists (select from target_answers a where a.tenant_id = i.subject_id and a.target_id = i.target_id and a.revision = i.revision and a.setter_id = i.tenant_id)
		   and not exists (select from targets t where t.tenant_id = i.tenant_id and t.id = i.target_id and t.state <> 'issued')
		   and not exists (select from target_told o where o.about = i.tenant_id || ' ' || i.target_id || $3 || i.revision)
		 order by i.at, i.target_id limit $2`, before(c, calendar.DateOf(tx.Now)).String(), most, " "+what+" ", what)
	return all, err
}

// urgeAnswer reminds whoever is to answer what was issued to the tenant.
func urgeAnswer(ctx context.Context, tx *tenant.Tx) (int, error) {
	all, err := waiting(ctx, tx, urgedBefore, "i.subject_id", "answer_due")
	if err != nil {
		return 0, err
	}
	for _, n := range all {
		to, err := n.heads(ctx, tx)
		if err == nil {
			err = n.send(ctx, tx, to...)
		}
		if err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// unanswered tells who issued a target, and the leader responsible, that its day
// has passed without an answer.
func unanswered(ctx context.Context, tx *tenant.Tx) (int, error) {
	all, err := waiting(ctx, tx, overBefore, "i.tenant_id", "unanswered")
	if err != nil {
		return 0, err
	}
	for _, n := range all {
		to := append([]uuid.UUID{}, *n.To)
		if n.Other != nil {
			to = append(to, *n.Other)
		}
		if err := n.send(ctx, tx, to...); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}
