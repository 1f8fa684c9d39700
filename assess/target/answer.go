package target

import (
	"context"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/tenant"
)

// Crew are those who answer for a target where it is carried out. Who is
// missing is filled in: whoever accepts reports, for their main department.
type Crew struct {
	LeaderID     *uuid.UUID `json:"leader_id,omitempty"`
	DepartmentID *uuid.UUID `json:"department_id,omitempty"`
	ReporterID   *uuid.UUID `json:"reporter_id,omitempty"`
}

type acceptance struct {
	Crew
	ID       uuid.UUID `json:"-" path:"id"`
	Revision int       `json:"revision"`
}

// accept takes a revision of a target on: the head of the unit does, or the
// person it is for, and never who issued it. From then on reports are due.
func accept(ctx context.Context, tx *tenant.Tx, in acceptance) (p Page, err error) {
	r, err := answerable(ctx, tx, in.ID, in.Revision)
	if err != nil {
		return p, err
	}
	if err := r.answer(ctx, tx, accepted, ""); err != nil {
		return p, err
	}
	if err := r.man(ctx, tx, in.Crew); err != nil {
		return p, err
	}
	if err := r.plan(ctx, tx); err != nil {
		return p, err
	}
	tx.Audit("target.accepted", object(r.ID), map[string]any{"revision": r.Revision, "setter": r.Setter})
	return again(ctx, tx, r.ID)
}

type sendBack struct {
	ID       uuid.UUID `json:"-" path:"id"`
	Revision int       `json:"revision"`
	Reason   string    `json:"reason" minLength:"1" maxLength:"500"`
}

// Validate refuses a reason of nothing but spaces.
func (in *sendBack) Validate() error { return feature.Trim(&in.Reason, "reason", 500) }

// giveBack returns a revision to its setter, who may change and issue it again.
func giveBack(ctx context.Context, tx *tenant.Tx, in sendBack) (p Page, err error) {
	r, err := answerable(ctx, tx, in.ID, in.Revision)
	if err != nil {
		return p, err
	}
	if err := r.answer(ctx, tx, returned, in.Reason); err != nil {
		return p, err
	}
	tx.Audit("target.returned", object(r.ID), map[string]any{"revision": r.Revision, "setter": r.Setter})
	return again(ctx, tx, r.ID)
}

// answerable returns a target whose revision waits for the actor's answer.
func answerable(ctx context.Context, tx *tenant.Tx, id uuid.UUID, revision int) (r row, err error) {
	r, who, err := find(ctx, tx, id)
	switch {
	case err != nil:
		return r, err
	case !r.carried(tx) || !who.answers(r):
		return r, ErrNotHead
	case r.State == withdrawn:
		return r, ErrWithdrawn
	case r.State == draft:
		return r, ErrNotIssued
	case r.Revision != revision:
		return r, ErrSuperseded.With("revision", r.Revision)
	case r.Answer != nil:
		return r, ErrAnswered
	case same(r.IssuedAcc, tx.Actor.Account):
		return r, ErrSamePerson
	}
	return r, nil
}

// answer writes down what is said to the revision, once.
func (r row) answer(ctx context.Context, tx *tenant.Tx, answer, reason string) error {
	_, err := tx.Exec(ctx, `
		insert into target_answers (target_id, revision, setter_id, answer, reason, by_id, by_account, by_name, at)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r.ID, r.Revision, r.Setter, answer, reason, tx.Actor.Member, tx.Actor.Account, tx.Actor.Name, tx.Now)
	if tenant.Constraint(err) == "target_answers_pkey" {
		return ErrAnswered
	}
	return err
}

// man names who answers for r. A person's target has that person for its
// reporter and nobody else.
func (r row) man(ctx context.Context, tx *tenant.Tx, c Crew) error {
	var d struct {
		Leader     string     `db:"leader"`
		Department string     `db:"department"`
		Reporter   string     `db:"reporter"`
		Account    *uuid.UUID `db:"account_id"`
	}
	if err := r.fill(ctx, tx, &c); err != nil {
		return err
	}
	if c.LeaderID != nil {
		if err := name(ctx, tx, &d.Leader, `select name from members where id = $1 and state = 'active'`, *c.LeaderID, ErrLeader.On("leader_id")); err != nil {
			return err
		}
	}
	if err := name(ctx, tx, &d.Reporter, `select name from members where id = $1 and state = 'active'`, *c.ReporterID, ErrPerson.On("reporter_id")); err != nil {
		return err
	}
	if c.DepartmentID == nil {
		return ErrDept.On("department_id")
	}
	if err := name(ctx, tx, &d.Department, `select name from departments where id = $1`, *c.DepartmentID, ErrDept.On("department_id")); err != nil {
		return err
	}
	if err := tx.Get(ctx, &d.Account, `select account_id from members where id = $1`, *c.ReporterID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		insert into target_duties as d (target_id, setter_id, leader_id, leader_name, department_id, department_name, reporter_id, reporter_account,
		                                reporter_name, changed_by, changed_at)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		on conflict on constraint target_duties_pkey do update
		   set leader_id = excluded.leader_id, leader_name = excluded.leader_name, department_id = excluded.department_id,
		       department_name = excluded.department_name, reporter_id = excluded.reporter_id, reporter_account = excluded.reporter_account,
		       reporter_name = excluded.reporter_name, version = d.version + 1, changed_by = excluded.changed_by, changed_at = excluded.changed_at
		 where d.setter_id = excluded.setter_id`,
		r.ID, r.Setter, c.LeaderID, d.Leader, *c.DepartmentID, d.Department, *c.ReporterID, d.Account, d.Reporter, tx.Actor.Name, tx.Now)
	return err
}

// fill puts into c whom nobody named: those named before, and else who accepts.
func (r row) fill(ctx context.Context, tx *tenant.Tx, c *Crew) error {
	or := func(id **uuid.UUID, others ...*uuid.UUID) {
		for _, o := range others {
			if *id == nil {
				*id = o
			}
		}
	}
	switch r.UnitKind {
	case "member":
		c.ReporterID = &r.UnitID
	case "department":
		c.DepartmentID = &r.UnitID
	}
	or(&c.LeaderID, r.LeaderID)
	or(&c.ReporterID, r.ReporterID, &tx.Actor.Member)
	or(&c.DepartmentID, r.DeptID)
	if r.own(tx) {
		or(&c.LeaderID, r.Spec.V.LeaderID)
	}
	if c.DepartmentID != nil {
		return nil
	}
	var main []uuid.UUID
	err := tx.Select(ctx, &main, `select department_id from posts where member_id = $1 and main`, *c.ReporterID)
	if err == nil && len(main) == 1 {
		c.DepartmentID = &main[0]
	}
	return err
}

type handOver struct {
	Crew
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"version"` // of the duty
}

// people names others to answer for a target that has been accepted.
func people(ctx context.Context, tx *tenant.Tx, in handOver) (p Page, err error) {
	r, who, err := find(ctx, tx, in.ID)
	switch {
	case err != nil:
		return p, err
	case !r.carried(tx) || !who.answers(r) && !who.manage:
		return p, ErrNotHead
	case r.DutyVersion == nil:
		return p, ErrUnaccepted
	case r.State == withdrawn:
		return p, ErrWithdrawn
	}
	var now struct {
		Version int    `db:"version"`
		By      string `db:"changed_by"`
	}
	if err := tx.Get(ctx, &now, `select version, changed_by from target_duties where target_id = $1 for update`, r.ID); err != nil {
		return p, err
	}
	if now.Version != in.Version {
		return p, ErrStale.With("version", now.Version).With("changed_by", now.By).With("changed_at", tx.Now).With("changed", []string{"people"})
	}
	if err := r.man(ctx, tx, in.Crew); err != nil {
		return p, err
	}
	tx.Audit("target.people_named", object(r.ID), map[string]any{"leader": in.LeaderID, "department": in.DepartmentID, "reporter": in.ReporterID})
	return again(ctx, tx, r.ID)
}

// plan writes down the reports that are due for r from now on. Those that have
// been reported or missed stay as they are.
func (r row) plan(ctx context.Context, tx *tenant.Tx) error {
	c, err := calendar.Load(ctx, tx)
	if err != nil {
		return err
	}
	var keys, starts, ends, dues []string
	var unsure []bool
	for _, p := range periods(r.Year, r.Spec.V.Cadence, calendar.DateOf(tx.Now)) {
		due, provisional := dueOn(c, p.end, r.Spec.V.DueDay)
		keys, starts, ends = append(keys, p.key), append(starts, p.start.String()), append(ends, p.end.String())
		dues, unsure = append(dues, due.String()), append(unsure, provisional)
	}
	if _, err := tx.Exec(ctx, `
		delete from target_dues where target_id = $1 and setter_id = $2 and reported_at is null and missed_at is null
		   and ends_on >= $4::date and not period = any ($3)`,
		r.ID, r.Setter, tenant.Array(keys), calendar.DateOf(tx.Now).String()); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into target_dues as d (target_id, setter_id, period, starts_on, ends_on, due_day, due_on, provisional)
		     select $1, $2, p.period, p.starts::date, p.ends::date, $3, p.due::date, p.unsure
		       from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::bool[]) as p (period, starts, ends, due, unsure)
		on conflict on constraint target_dues_pkey do update
		   set due_day = excluded.due_day, due_on = excluded.due_on, provisional = excluded.provisional
		 where d.reported_at is null and d.missed_at is null and d.setter_id = excluded.setter_id`,
		r.ID, r.Setter, r.Spec.V.DueDay, tenant.Array(keys), tenant.Array(starts), tenant.Array(ends), tenant.Array(dues), tenant.Array(unsure))
	return err
}

// Recompute works out anew when reports are due that are still owed, by the
// tenant's calendar as it is now: a calendar.Hook.
func Recompute(ctx context.Context, tx *tenant.Tx) error {
	var open []struct {
		Target uuid.UUID `db:"target_id"`
		Period string    `db:"period"`
		EndsOn string    `db:"ends_on"`
		Day    int       `db:"due_day"`
	}
	err := tx.Select(ctx, &open, `
		select target_id, period, to_char(ends_on, 'YYYY-MM-DD') as ends_on, due_day
		  from target_dues where tenant_id = app_tenant() and reported_at is null and missed_at is null`)
	if err != nil || len(open) == 0 {
		return err
	}
	c, err := calendar.Load(ctx, tx)
	if err != nil {
		return err
	}
	var ids []uuid.UUID
	var keys, dues []string
	var unsure []bool
	for _, o := range open {
		end, err := calendar.ParseDate(o.EndsOn)
		if err != nil {
			return err
		}
		due, provisional := dueOn(c, end, o.Day)
		ids, keys, dues, unsure = append(ids, o.Target), append(keys, o.Period), append(dues, due.String()), append(unsure, provisional)
	}
	n, err := tx.Exec(ctx, `
		update target_dues d set due_on = x.due::date, provisional = x.unsure
		  from unnest($1::uuid[], $2::text[], $3::text[], $4::bool[]) as x (target, period, due, unsure)
		 where d.tenant_id = app_tenant() and d.target_id = x.target and d.period = x.period and (d.due_on, d.provisional) is distinct from (x.due::date, x.unsure)`,
		tenant.Array(ids), tenant.Array(keys), tenant.Array(dues), tenant.Array(unsure))
	if n > 0 {
		tx.Audit("target.dues_recomputed", "target/dues", map[string]any{"n": n})
	}
	return err
}
