package review

import (
	"context"

	"github.com/google/uuid"

	"hetu/rbac"
	"hetu/tenant"
)

// ToFill counts the self-assessments of the actor's own units that can still be
// written and sent, for whoever may.
func ToFill(ctx context.Context, tx *tenant.Tx) (n int, href string, err error) {
	if r := rbac.From(ctx); !r.Has(Fill) && !r.Has(Submit) {
		return 0, "", nil
	}
	var ids []uuid.UUID
	err = tx.Select(ctx, &ids, `select f.id from (`+unitQuery+ours+` and u.state = 'open') f
		 where f.n <= f.returned and (f.due_day >= $2 or f.permit >= $2) order by f.id`, tx.Actor.Member, today(tx))
	if len(ids) == 1 {
		href = "/assess/self/" + ids[0].String()
	}
	return len(ids), href, err
}

// ToRate counts the ballots the actor has not given yet.
func ToRate(ctx context.Context, tx *tenant.Tx) (n int, href string, err error) {
	var ids []uuid.UUID
	err = tx.Select(ctx, &ids, `select f.id from (`+ticketQuery+mineTickets+`) f where f.state = 'open' and f.at is null and f.due_day >= $3 order by f.id`,
		tx.Actor.Member, maySubmit(ctx), today(tx))
	if len(ids) == 1 {
		href = "/assess/ballots/" + ids[0].String()
	}
	return len(ids), href, err
}

// ToScore counts the lines that wait for the actor in the queue of what they
// review. It reads less than the queue does, and comes to the same.
func ToScore(ctx context.Context, tx *tenant.Tx) (n int, _ string, err error) {
	var rows []struct {
		Call    uuid.UUID  `db:"call_id"`
		From    string     `db:"from_day"`
		To      string     `db:"to_day"`
		Kind    string     `db:"unit_kind"`
		Unit    uuid.UUID  `db:"unit_id"`
		Code    string     `db:"code"`
		Counts  string     `db:"counts"`
		Account uuid.UUID  `db:"account_id"`
		Editors tenant.IDs `db:"editors"`
	}
	err = tx.Select(ctx, &rows, `
		select c.id as call_id, to_char(u.from_day, 'YYYY-MM-DD') as from_day, to_char(u.to_day, 'YYYY-MM-DD') as to_day, u.unit_kind, u.unit_id,
		       a.code, l.value ->> 'kind' as counts, a.account_id, coalesce(s.editors, '{}') as editors
		  from review_assessors a
		  join review_calls c on c.id = a.call_id and c.state = 'reviewing'
		  join review_units u on u.call_id = c.id and u.tenant_id = app_tenant()
		 cross join lateral jsonb_array_elements(u.lines) l
		  left join lateral (select x.n, x.editors from review_submissions x
		                      where x.tenant_id = u.subject_tenant_id and x.caller_id = u.tenant_id and x.form_id = u.id
		                      order by x.n desc limit 1) s on true
		 where a.member_id = $1 and l.value ->> 'code' = a.code
		   and (coalesce(s.n, 0) > u.returned
		     or u.due_day < $2::date and not exists (select from review_permits p where p.tenant_id = u.tenant_id and p.unit_row = u.id and p.until >= $2::date))
		   and not exists (select from review_scores g where g.unit_row = u.id and g.code = a.code and g.member_id = $1)
		 order by c.id`, tx.Actor.Member, today(tx))
	var of uuid.UUID
	var own interests
	for _, r := range rows {
		if err != nil {
			return 0, "", err
		}
		me := assessorRow{Assessor: Assessor{ID: tx.Actor.Member}, Code: r.Code, Account: r.Account}
		if of != r.Call {
			of = r.Call
			if own, err = interestsOf(ctx, tx, []assessorRow{me}, r.From, r.To); err != nil {
				return 0, "", err
			}
		}
		if own.refuse(me, unitRow{Kind: r.Kind, Unit: r.Unit, Editors: r.Editors}, Line{Code: r.Code, Kind: r.Counts}) == nil {
			n++
		}
	}
	return n, "", err
}
