package publish

import (
	"context"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// watch is the round over a tenant's columns: it tells people of silences that
// come to an end or past it, and writes down how the day and the month stand. It may run as
// often as it likes: everything it does is done once (R020, I03, I04).
func watch(ctx context.Context, db *tenant.DB) error {
	return db.Write(ctx, func(tx *tenant.Tx) error {
		if err := noteMonth(ctx, tx); err != nil {
			return err
		}
		ps, err := pulses(ctx, tx)
		if err != nil {
			return err
		}
		ps = slices.DeleteFunc(ps, func(p pulse) bool { return p.Interval == nil })
		if err := noteDay(ctx, tx, ps); err != nil {
			return err
		}
		if err := alert(ctx, tx, ps); err != nil {
			return err
		}
		var gone int
		return tx.Get(ctx, &gone, `select platform.columns_settled()`)
	})
}

// noteDay writes down for each column how it stands today, unless that has been
// done, and what the assessment may count of it. A column that never had news
// is not fresh; it is stale once it is there for longer than its interval.
func noteDay(ctx context.Context, tx *tenant.Tx, ps []pulse) error {
	today := calendar.DateOf(tx.Now).String()
	by := map[uuid.UUID]pulse{}
	var ids []uuid.UUID
	var good []bool
	var silent, within []int
	for _, p := range ps {
		if p.LastAt == nil && !p.over(tx.Now) {
			continue
		}
		by[p.ID] = p
		ids, good = append(ids, p.ID), append(good, !p.over(tx.Now))
		silent, within = append(silent, p.silent(tx.Now)), append(within, *p.Interval)
	}
	var noted []uuid.UUID
	err := tx.Select(ctx, &noted, `
		insert into column_days (column_id, day, fresh, days, interval_days)
		     select t.id, $2, t.fresh, t.days, t.within from unnest($1::uuid[], $3::bool[], $4::int[], $5::int[]) as t (id, fresh, days, within)
		on conflict on constraint column_days_pkey do nothing
		  returning column_id`, tenant.Array(ids), today, tenant.Array(good), tenant.Array(silent), tenant.Array(within))
	if err != nil || len(noted) == 0 {
		return err
	}
	overdue := 0
	for _, id := range noted {
		p, did := by[id], ColumnFresh
		if p.over(tx.Now) {
			did = ColumnStale
			overdue++
		}
		kind, unit := p.unit(tx.Actor.Tenant)
		tx.Deed(tenant.Deed{Kind: did, Unit: unit, UnitKind: kind, Item: columnObject(id), Title: p.Name, Content: columnObject(id) + "/" + today})
	}
	tx.Audit("publish.day_noted", "publish/columns", map[string]any{"day": today, "columns": len(noted), "stale": overdue})
	return nil
}

// alert tells of every silence that reached a level it had not reached before.
// If it reached several at once, it tells of the highest.
func alert(ctx context.Context, tx *tenant.Tx, ps []pulse) error {
	for _, p := range ps {
		reached := 0
		for _, level := range levels {
			if p.silent(tx.Now)*100 >= level**p.Interval {
				reached = level
			}
		}
		if reached == 0 {
			continue
		}
		var news []int
		err := tx.Select(ctx, &news, `
			insert into column_alerts (column_id, since, level, at)
			     select $1, $2, l, $3 from unnest($4::int[]) as l where l <= $5
			on conflict on constraint column_alerts_pkey do nothing
			  returning level`, p.ID, p.since(), tx.Now, tenant.Array(levels), reached)
		if err != nil {
			return err
		}
		if !slices.Contains(news, reached) {
			continue
		}
		if err := p.tell(ctx, tx, reached); err != nil {
			return err
		}
	}
	return nil
}

// notices are the codes people are told the levels by.
var notices = map[int]string{50: "publish.column_half", 80: "publish.column_due", 100: "publish.column_end"}

// tell tells those who answer for the column: its department's publishers and
// head, and at the end of the interval the Office too.
func (p pulse) tell(ctx context.Context, tx *tenant.Tx, level int) error {
	holders, err := rbac.Holders(ctx, tx, Publish, p.Path)
	if err != nil {
		return err
	}
	var office []uuid.UUID
	if level >= 100 {
		if office, err = rbac.Holders(ctx, tx, Manage, nil); err != nil {
			return err
		}
	}
	// If nobody of the department publishes there, those do who may.
	var to []uuid.UUID
	err = tx.Select(ctx, &to, `
		with own as (select member_id from subjects where department_id = $3)
		select m.id from members m
		 where m.state = 'active'
		   and (m.id = any ($2)
		     or m.id = any ($1) and (m.id in (select member_id from own) or not exists (select from own where member_id = any ($1)))
		     or exists (select from posts h where h.member_id = m.id and h.department_id = $3 and h.head))`,
		tenant.Array(holders), tenant.Array(office), p.DepartmentID)
	if err != nil {
		return err
	}
	tx.Audit("publish.column_alerted", columnObject(p.ID), map[string]any{"level": level, "since": p.since(), "told": len(to)})
	return message.Send(ctx, tx, message.Notice{
		To: to, Code: notices[level], Href: "/publish/columns/" + p.ID.String(),
		Params: map[string]string{"title": p.Name, "days": strconv.Itoa(p.silent(tx.Now)), "interval": strconv.Itoa(*p.Interval)},
	})
}
