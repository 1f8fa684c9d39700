package approval

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/message"
	"hetu/tenant"
)

// firstReminder returns when the handler of a task due then is first reminded:
// half an hour of working time before, or when it is due if that is sooner than
// now. The count tells the two apart.
func firstReminder(days calendar.Calendar, due, now time.Time) (at time.Time, reminders int) {
	if at, _ = days.AddWorkTime(due, -beforeDue); at.After(now) {
		return at, 0
	}
	return due, 1
}

// nextDay returns the first working minute after today.
func (e *Engine) nextDay(ctx context.Context, tx *tenant.Tx) (time.Time, error) {
	days, err := e.deps.Calendar(ctx, tx)
	if err != nil {
		return time.Time{}, err
	}
	at, _ := days.AddWorkTime(calendar.DateOf(tx.Now).Add(1).At(0), time.Minute)
	return at, nil
}

// reminding is how many reminders one transaction sends.
const reminding = 200

// watch is the round of a tenant: it works out again what rests on an older
// calendar and reminds people of what is due.
func (e *Engine) watch(ctx context.Context, db *tenant.DB) error {
	var late, old bool
	err := db.Read(ctx, func(tx *tenant.Tx) (err error) {
		late, old, err = e.look(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	if old {
		if err := db.Write(ctx, func(tx *tenant.Tx) error { return e.Recompute(ctx, tx) }); err != nil {
			return err
		}
	}
	for late {
		err := db.Write(ctx, func(tx *tenant.Tx) error {
			n, err := e.remind(ctx, tx)
			late = n == reminding
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// look reports whether a reminder is due, and whether a due time rests on an
// older calendar than today's.
func (e *Engine) look(ctx context.Context, tx *tenant.Tx) (late, old bool, err error) {
	days, err := e.deps.Calendar(ctx, tx)
	if err != nil {
		return false, false, err
	}
	var is struct{ Late, Old bool }
	err = tx.Get(ctx, &is, `
		select exists (select from approval_tasks where state = 'open' and remind_at <= $1) as late,
		       exists (select from approval_tasks where state = 'open' and calendar <> $2) as old`, tx.Now, days.Version)
	return is.Late, is.Old, err
}

type reminder struct {
	task
	Kind      string    `db:"kind"`
	Title     string    `db:"title"`
	StepName  string    `db:"step_name"`
	StartedBy uuid.UUID `db:"started_by"`
	Reminders int       `db:"reminders"`
}

// remind sends the reminders that are due, up to reminding of them, and returns
// how many. The row decides: on two nodes at once each is sent once.
func (e *Engine) remind(ctx context.Context, tx *tenant.Tx) (int, error) {
	var rs []reminder
	err := tx.Select(ctx, &rs, `
		select t.id, t.case_id, t.step, t.member_id, t.state, t.arrived_at, t.due_at, t.reminders,
		       c.kind, c.title, c.started_by, c.steps -> 'steps' -> (t.step - 1) ->> 'name' as step_name
		  from approval_tasks t
		  join approval_cases c on c.id = t.case_id
		 where t.state = 'open' and t.remind_at <= $1
		 order by t.remind_at, t.id
		 limit $2
		   for update of t skip locked`, tx.Now, reminding)
	if err != nil || len(rs) == 0 {
		return 0, err
	}
	tomorrow, err := e.nextDay(ctx, tx)
	if err != nil {
		return 0, err
	}
	told := map[uuid.UUID]bool{} // cases whose starter has been told
	for _, r := range rs {
		code, next, reminders := r.stage(tx.Now, tomorrow)
		if err := e.send(ctx, tx, r, code, r.Member, taskPath(r.ID)); err != nil {
			return 0, err
		}
		if code != dueSoon && !told[r.Case] {
			told[r.Case] = true
			if err := e.send(ctx, tx, r, caseOverdue, r.StartedBy, casePath(r.Case)); err != nil {
				return 0, err
			}
		}
		if _, err := tx.Exec(ctx, `
			update approval_tasks set remind_at = $2, reminders = $3 where id = $1`, r.ID, next, reminders); err != nil {
			return 0, err
		}
	}
	return len(rs), nil
}

// The codes of reminders.
const (
	dueSoon     = "approval.due_soon"
	dueNow      = "approval.due"
	overdue     = "approval.overdue"
	caseOverdue = "approval.case_overdue"
)

// stage returns what to say now, when to speak again, and how many reminders
// there will have been: one before the task is due, the second when it is, the
// others after. Those that were missed are not made up for.
func (r reminder) stage(now, tomorrow time.Time) (code string, next time.Time, reminders int) {
	switch {
	case now.Before(r.DueAt):
		return dueSoon, r.DueAt, 1
	case r.Reminders <= 1:
		return dueNow, tomorrow, 2
	}
	return overdue, tomorrow, r.Reminders + 1
}

func (e *Engine) send(ctx context.Context, tx *tenant.Tx, r reminder, code string, to uuid.UUID, href string) error {
	return e.deps.Notify(ctx, tx, message.Notice{
		To: []uuid.UUID{to}, Code: code, Href: href,
		Params: map[string]string{
			"kind": r.Kind, "title": r.Title, "step_name": r.StepName, "due_at": r.DueAt.Format(time.RFC3339),
		},
	})
}

// Recompute works out the due times of all open tasks again, after the tenant's
// calendar has changed, and says so in the cases whose due times moved. It
// takes every such case, in the order of their ids.
func (e *Engine) Recompute(ctx context.Context, tx *tenant.Tx) error {
	days, err := e.deps.Calendar(ctx, tx)
	if err != nil {
		return err
	}
	var cases []uuid.UUID
	err = tx.Select(ctx, &cases, `
		select id from approval_cases
		 where state = 'open'
		   and id in (select case_id from approval_tasks where state = 'open' and calendar <> $1)
		 order by id
		   for update`, days.Version)
	if err != nil || len(cases) == 0 {
		return err
	}
	moved, n, err := e.reschedule(ctx, tx, cases, days)
	if err != nil {
		return err
	}
	ids := make([]uuid.UUID, len(moved))
	for i := range ids {
		ids[i] = tenant.NewID()
	}
	if _, err := tx.Exec(ctx, `
		with c as (
		  update approval_cases set seq = seq + 1 where id = any ($2)
		  returning id, seq, step)
		insert into approval_events (id, case_id, seq, at, member_id, action, step)
		select m.event, c.id, c.seq, $3, $4, $5, c.step
		  from unnest($1::uuid[], $2::uuid[]) as m (event, id)
		  join c on c.id = m.id`,
		tenant.Array(ids), tenant.Array(moved), tx.Now, tenant.Optional(tx.Actor.Member), reckon.String()); err != nil {
		return err
	}
	tx.Audit("approval.recomputed", "approval/cases", map[string]int{"cases": len(moved), "tasks": n, "calendar": int(days.Version)})
	return nil
}

// reschedule gives the open tasks of the cases, which are locked, their due
// times by the calendar of now. It returns the cases where one moved, and how
// many tasks did.
func (e *Engine) reschedule(ctx context.Context, tx *tenant.Tx, cases []uuid.UUID, days calendar.Calendar) (moved []uuid.UUID, n int, err error) {
	var groups []struct {
		ArrivedAt   time.Time `db:"arrived_at"`
		WorkMinutes int       `db:"work_minutes"`
	}
	err = tx.Select(ctx, &groups, `
		select distinct arrived_at, work_minutes from approval_tasks
		 where state = 'open' and calendar <> $1 and case_id = any ($2)`, days.Version, tenant.Array(cases))
	if err != nil {
		return nil, 0, err
	}
	seen := map[uuid.UUID]bool{}
	for _, g := range groups {
		due, _ := days.AddWorkTime(g.ArrivedAt, time.Duration(g.WorkMinutes)*time.Minute)
		remind, reminders := firstReminder(days, due, tx.Now)
		var changed []uuid.UUID
		// Where the due time stays, so does what people have been reminded of.
		err = tx.Select(ctx, &changed, `
			with t as (
			  select id, case_id, due_at from approval_tasks
			   where state = 'open' and calendar <> $1 and case_id = any ($2)
			     and arrived_at = $3 and work_minutes = $4),
			u as (
			  update approval_tasks a
			     set calendar = $1, due_at = $5,
			         remind_at = case when a.due_at = $5 then a.remind_at else $6 end,
			         reminders = case when a.due_at = $5 then a.reminders else $7 end
			    from t where a.id = t.id)
			select case_id from t where due_at <> $5`,
			days.Version, tenant.Array(cases), g.ArrivedAt, g.WorkMinutes, due, remind, reminders)
		if err != nil {
			return nil, 0, err
		}
		n += len(changed)
		for _, id := range changed {
			if !seen[id] {
				seen[id] = true
				moved = append(moved, id)
			}
		}
	}
	return moved, n, nil
}
