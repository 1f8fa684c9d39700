package target

import (
	"context"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// most is how many things a round deals with in one transaction.
const most = 200

// watch tells the people of one tenant what became of targets, reminds them of
// reports that are due within a week, and notes those that did not come. It runs
// as their tenant, because nobody writes into another one. Done again, nothing
// more happens.
func watch(ctx context.Context, db *tenant.DB) error {
	for _, step := range []func(context.Context, *tenant.Tx) (int, error){excuse, miss, tellIssues, tellAnswers, remind, escalate, urgeAnswer, unanswered} {
		for n := most; n == most; {
			var there bool
			err := db.Read(ctx, func(tx *tenant.Tx) error {
				return tx.Get(ctx, &there, `select exists (select from target_issues) or exists (select from target_dues)`)
			})
			if err != nil || !there {
				return err
			}
			err = db.Write(ctx, func(tx *tenant.Tx) (err error) {
				n, err = step(ctx, tx)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// news is something about a target that somebody has to be told.
type news struct {
	About   string     `db:"about"`
	ID      uuid.UUID  `db:"target_id"`
	Setter  uuid.UUID  `db:"setter_id"`
	Subject uuid.UUID  `db:"subject_id"`
	Title   string     `db:"title"`
	Unit    string     `db:"unit_name"`
	Kind    string     `db:"unit_kind"`
	UnitID  uuid.UUID  `db:"unit_id"`
	Period  string     `db:"period"`
	DueOn   string     `db:"due_on"`
	Code    string     `db:"code"`
	By      string     `db:"by_name"`
	To      *uuid.UUID `db:"to_id"`
	Other   *uuid.UUID `db:"other_id"`
	Dept    *uuid.UUID `db:"department_id"`
}

func (n news) notice(to ...uuid.UUID) message.Notice {
	return message.Notice{To: to, Code: "target." + n.Code, Href: "/assess/targets/" + n.ID.String(),
		Params: message.Params{"title": n.Title, "unit": n.Unit, "period": n.Period, "due": n.DueOn, "by": n.By}}
}

// told remembers that people were told of n; false if they have been already.
func (n news) told(ctx context.Context, tx *tenant.Tx) (bool, error) {
	k, err := tx.Exec(ctx, `insert into target_told (about, at) values ($1, $2) on conflict on constraint target_told_pkey do nothing`, n.About, tx.Now)
	return k == 1, err
}

func (n news) send(ctx context.Context, tx *tenant.Tx, to ...uuid.UUID) error {
	fresh, err := n.told(ctx, tx)
	if err != nil || !fresh {
		return err
	}
	return message.Send(ctx, tx, n.notice(to...))
}

// tellIssues tells whoever is to answer what was set, changed or withdrawn.
func tellIssues(ctx context.Context, tx *tenant.Tx) (int, error) {
	var all []news
	err := tx.Select(ctx, &all, `
		select i.tenant_id || ' ' || i.target_id || ' issued ' || i.revision as about, i.target_id, i.tenant_id as setter_id, i.subject_id,
		       i.spec ->> 'title' as title, i.unit_name, i.unit_kind, i.unit_id, '' as period, '' as due_on, i.by_name,
		       case when i.withdrawn then 'withdrawn' when i.revision > 1 then 'reissued' else 'issued' end as code, null as to_id, null as other_id, null as department_id
		  from target_issues i
		 where i.subject_id = app_tenant()
		   and not exists (select from target_told o where o.about = i.tenant_id || ' ' || i.target_id || ' issued ' || i.revision)
		 order by i.at, i.target_id limit $1`, most)
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

// heads are who answers for the unit. Where nobody leads it, whoever sets
// targets there sees to it.
func (n news) heads(ctx context.Context, tx *tenant.Tx) (to []uuid.UUID, err error) {
	switch n.Kind {
	case "member":
		return []uuid.UUID{n.UnitID}, nil
	case "department":
		err = tx.Select(ctx, &to, `select p.member_id from posts p where p.department_id = $1 and p.head`, n.UnitID)
	default:
		to, err = n.accepting(ctx, tx)
	}
	if err == nil && len(to) == 0 {
		to, err = rbac.Holders(ctx, tx, Manage, nil)
	}
	return to, err
}

// accepting are who may accept for the tenant.
func (n news) accepting(ctx context.Context, tx *tenant.Tx) (to []uuid.UUID, err error) {
	if to, err = rbac.Holders(ctx, tx, Accept, nil); err != nil {
		return to, err
	}
	err = tx.Select(ctx, &to, `select p.member_id from posts p join departments d on d.id = p.department_id where p.head and d.kind = 'leaders'`)
	return to, err
}

// tellAnswers tells who issued a target what was answered.
func tellAnswers(ctx context.Context, tx *tenant.Tx) (int, error) {
	var all []news
	err := tx.Select(ctx, &all, `
		select a.tenant_id || ' ' || a.target_id || ' answered ' || a.revision as about, a.target_id, a.setter_id, a.tenant_id as subject_id,
		       i.spec ->> 'title' as title, i.unit_name, i.unit_kind, i.unit_id, '' as period, '' as due_on, a.by_name, a.answer as code, i.by_id as to_id,
		       null as other_id, null as department_id
		  from target_answers a
		  join target_issues i on i.tenant_id = a.setter_id and i.target_id = a.target_id and i.revision = a.revision and i.subject_id = a.tenant_id
		 where a.setter_id = app_tenant()
		   and not exists (select from target_told o where o.about = a.tenant_id || ' ' || a.target_id || ' answered ' || a.revision)
		 order by a.at, a.target_id limit $1`, most)
	if err != nil {
		return 0, err
	}
	for _, n := range all {
		if err := n.send(ctx, tx, *n.To); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// duesOf are the reports owed, with the targets they are about and who answers
// for them. What was withdrawn owes nothing any more.
const duesOf = `
	  from target_dues d
	  join target_duties u on u.tenant_id = d.tenant_id and u.target_id = d.target_id and u.setter_id = d.setter_id
	  join lateral (select l.spec ->> 'title' as title, l.spec, l.by_id, l.withdrawn, l.unit_name, l.unit_kind, l.unit_id from target_issues l
	                 where l.tenant_id = d.setter_id and l.target_id = d.target_id and l.subject_id = d.tenant_id
	                 order by l.revision desc limit 1) i on not i.withdrawn
	 where d.reported_at is null `

const dueColumns = `d.target_id, d.setter_id, d.tenant_id as subject_id, i.title, i.unit_name, i.unit_kind, i.unit_id, d.period,
	to_char(d.due_on, 'YYYY-MM-DD') as due_on, '' as by_name, u.department_id, `

// remind tells reporters, once, of what is due within a week.
func remind(ctx context.Context, tx *tenant.Tx) (int, error) {
	today := calendar.DateOf(tx.Now)
	var all []news
	err := tx.Select(ctx, &all, `
		select `+dueColumns+`'' as about, 'due' as code, u.reporter_id as to_id, null as other_id`+duesOf+`
		   and d.tenant_id = app_tenant() and d.missed_at is null and d.reminded_at is null and d.due_on between $1::date and $2::date
		 order by d.due_on, d.target_id limit $3`, today.String(), today.Add(soon).String(), most)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	for _, n := range all {
		if _, err := tx.Exec(ctx, `update target_dues set reminded_at = $3 where target_id = $1 and period = $2 and tenant_id = app_tenant()`, n.ID, n.Period, tx.Now); err != nil {
			return 0, err
		}
		if err := message.Send(ctx, tx, n.notice(*n.To)); err != nil {
			return 0, err
		}
	}
	tx.Audit("target.reminded", "target/dues", map[string]any{"n": len(all)})
	return len(all), nil
}

// miss notes what did not come by its day, unless it was permitted to be late:
// as a deed, and to its reporter and the leader responsible where it is carried
// out.
func miss(ctx context.Context, tx *tenant.Tx) (int, error) {
	today := calendar.DateOf(tx.Now).String()
	var all []news
	err := tx.Select(ctx, &all, `
		select `+dueColumns+`'' as about, 'missed' as code, u.reporter_id as to_id, u.leader_id as other_id`+duesOf+`
		   and d.tenant_id = app_tenant() and d.missed_at is null and d.due_on < $1::date
		   and not exists (select from target_permits p where p.tenant_id = d.setter_id and p.subject_id = d.tenant_id and p.target_id = d.target_id
		                      and p.period = d.period and p.until >= $1::date)
		 order by d.due_on, d.target_id limit $2`, today, most)
	if err != nil {
		return 0, err
	}
	for _, n := range all {
		k, err := tx.Exec(ctx, `
			update target_dues set missed_at = $3 where target_id = $1 and period = $2 and tenant_id = app_tenant() and missed_at is null and reported_at is null`,
			n.ID, n.Period, tx.Now)
		if err != nil {
			return 0, err
		}
		if k == 0 { // reported meanwhile
			continue
		}
		tx.Deed(n.row().deed(Missed, n.Period, *n.Dept, true))
		tx.Audit("target.missed", object(n.ID), map[string]any{"period": n.Period, "due": n.DueOn})
		to := []uuid.UUID{*n.To}
		if n.Other != nil {
			to = append(to, *n.Other)
		}
		if err := message.Send(ctx, tx, n.notice(to...)); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// missedAs is what those above are told of once; once more if it was excused and
// missed again.
const missedAs = `d.tenant_id || ' ' || d.target_id || ' missed ' || d.period || case when d.excused_at is null then '' else ' again' end`

// escalate tells the leader responsible on the side of the setter, or else who
// issued the target, that a report did not come.
func escalate(ctx context.Context, tx *tenant.Tx) (int, error) {
	var all []news
	err := tx.Select(ctx, &all, `
		select `+dueColumns+``+missedAs+` as about, 'escalated' as code,
		       coalesce((i.spec ->> 'leader_id')::uuid, i.by_id) as to_id, case when d.setter_id = d.tenant_id then u.leader_id end as other_id`+duesOf+`
		   and d.setter_id = app_tenant() and d.missed_at is not null
		   and not exists (select from target_told o where o.about = `+missedAs+`)
		 order by d.due_on, d.target_id limit $1`, most)
	if err != nil {
		return 0, err
	}
	for _, n := range all {
		to := []uuid.UUID{*n.To}
		if n.Other != nil && *n.Other == *n.To { // told when it was missed
			to = nil
		}
		if err := n.send(ctx, tx, to...); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}
