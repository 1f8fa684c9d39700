package target

import (
	"context"

	"hetu/calendar"
	"hetu/tenant"
)

// ToAnswer counts the targets of this year that wait for the actor's answer, as
// the page of what is the actor's own lists them.
func ToAnswer(ctx context.Context, tx *tenant.Tx) (n int, _ string, err error) {
	who, err := reads(ctx, tx)
	if err != nil {
		return 0, "", err
	}
	err = tx.Get(ctx, &n, `
		select count(*)
		  from target_issues i
		 where i.subject_id = app_tenant() and i.year = $5 and not i.withdrawn and i.by_account <> $2
		   and case i.unit_kind when 'tenant' then $3 when 'department' then i.unit_id = any ($4) else i.unit_id = $1 end
		   and not exists (select from target_issues l where l.tenant_id = i.tenant_id and l.target_id = i.target_id and l.revision > i.revision)
		   and not exists (select from target_answers a where a.tenant_id = i.subject_id and a.target_id = i.target_id and a.revision = i.revision and a.setter_id = i.tenant_id)
		   and not exists (select from targets t where t.tenant_id = i.tenant_id and t.id = i.target_id and t.state <> 'issued')`,
		who.member, tx.Actor.Account, who.accept, tenant.Array(who.heads), calendar.DateOf(tx.Now).Year)
	return n, "", err
}

// ToReport counts the reports the actor owes within a week, and those that did
// not come and may be made good.
func ToReport(ctx context.Context, tx *tenant.Tx) (n int, _ string, err error) {
	today := calendar.DateOf(tx.Now)
	err = tx.Get(ctx, &n, `
		select count(*)`+duesOf+`
		   and d.tenant_id = app_tenant() and u.reporter_id = $1 and d.starts_on <= $2::date
		   and (d.missed_at is null and d.due_on between $2::date and $3::date or `+permittedOn+`)`,
		tx.Actor.Member, today.String(), today.Add(soon).String())
	return n, "", err
}

// permittedOn is that the report d is due to bring may be late on a day ($2).
const permittedOn = `exists (select from target_permits p where p.tenant_id = d.setter_id and p.subject_id = d.tenant_id and p.target_id = d.target_id
		                      and p.period = d.period and p.until >= $2::date)`
