package verdict

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// tell does what time brings, as one tenant: enters the appeals that came in,
// marks what is over, reminds of what is due, tells the leader of what is late,
// and tells the people of the units what was shown to their tenant.
func (v *Verdicts) tell(ctx context.Context, db *tenant.DB) error {
	var busy struct {
		Rounds bool `db:"rounds"`
		Shown  bool `db:"shown"`
	}
	err := db.Read(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &busy, `
			select exists (select from verdict_steps where done_at is null) as rounds,
			       exists (select from verdict_shown where subject_tenant_id = app_tenant()) as shown`)
	})
	if err != nil || !busy.Rounds && !busy.Shown {
		return err
	}
	return db.Write(ctx, func(tx *tenant.Tx) error {
		if busy.Rounds {
			if err := tellRounds(ctx, tx); err != nil {
				return err
			}
		}
		if busy.Shown {
			return tellUnits(ctx, tx)
		}
		return nil
	})
}

func tellRounds(ctx context.Context, tx *tenant.Tx) error {
	if err := passed(ctx, tx); err != nil {
		return err
	}
	c, err := calendar.Load(ctx, tx)
	if err != nil {
		return err
	}
	if err := tellArrived(ctx, tx); err != nil {
		return err
	}
	if err := tellSteps(ctx, tx, c); err != nil {
		return err
	}
	return tellDocket(ctx, tx, c)
}

// passed marks the steps that end by themselves: a notice and the time for
// appeals when their days are over, answers when every appeal has one, and the
// freeze when the round is frozen.
func passed(ctx context.Context, tx *tenant.Tx) error {
	var over []struct {
		Round uuid.UUID `db:"round_id"`
		Step  string    `db:"step"`
	}
	err := tx.Select(ctx, &over, `
		select s.round_id, s.step
		  from verdict_steps s
		  join assess_rounds r on r.id = s.round_id
		 cross join lateral (select max(n.until) as until, max(n.appeal_by) as appeal_by from verdict_notices n
		                      where n.tenant_id = app_tenant() and n.round_id = s.round_id) n
		 where s.done_at is null and (
		       s.step = 'notice' and n.until < $1::date
		    or s.step = 'appeal' and n.appeal_by < $1::date
		    or s.step = 'freeze' and r.frozen_at is not null
		    or s.step = 'answer' and n.appeal_by < $1::date
		       and not exists (select from verdict_docket d join verdict_appeals a on a.id = d.appeal_id
		                        where d.round_id = s.round_id and d.outcome = '' and a.withdrawn_at is null))
		 order by s.round_id, s.step`, calendar.DateOf(tx.Now).String())
	if err != nil {
		return err
	}
	for _, o := range over {
		if err := finishAgain(ctx, tx, o.Round, o.Step); err != nil {
			return err
		}
	}
	return nil
}

func pageOf(round uuid.UUID) string { return "/assess/rounds/" + round.String() + "/verdict" }

// tellArrived enters new appeals and tells whoever is responsible for answers.
func tellArrived(ctx context.Context, tx *tenant.Tx) error {
	came, err := dock(ctx, tx)
	if err != nil {
		return err
	}
	var notices []message.Notice
	for _, a := range came {
		s, err := findStep(ctx, tx, a.Round, answer)
		if err != nil {
			return err
		}
		notices = append(notices, message.Notice{To: []uuid.UUID{s.RespID}, Code: "verdict.appeal_arrived", Href: pageOf(a.Round),
			Params: message.Params{"unit": a.UnitName, "line": a.Line, "due": a.Due}})
		tx.Audit("verdict.appeal_received", appealOf(a.ID), map[string]any{"unit": a.Unit, "due": a.Due, "level": a.Level})
	}
	return message.Send(ctx, tx, notices...)
}

// tellSteps reminds of what is due soon, and tells leaders of what is late: once
// each.
func tellSteps(ctx context.Context, tx *tenant.Tx, c calendar.Calendar) error {
	var rows []struct {
		stepRow
		Name string `db:"round_name"`
	}
	err := tx.Select(ctx, &rows, `
		select `+stepColumns+`, (select r.name from assess_rounds r where r.id = round_id) as round_name
		  from verdict_steps
		 where done_at is null and (reminded_at is null or escalated_at is null) and due <= $1::date + 60
		 order by due, round_id, step`, calendar.DateOf(tx.Now).String())
	if err != nil {
		return err
	}
	var notices []message.Notice
	for _, r := range rows {
		s := r.step(c, calendar.DateOf(tx.Now))
		code, column, to := "verdict.step_due", "reminded_at", []uuid.UUID{r.RespID}
		switch {
		case s.State == "late" && r.EscalatedAt == nil:
			code, column, to = "verdict.step_late", "escalated_at", []uuid.UUID{r.RespID, r.LeadID}
		case s.State != "soon" || r.RemindedAt != nil:
			continue
		}
		_, err := tx.Exec(ctx, `update verdict_steps set `+column+` = $3 where round_id = $1 and step = $2`, r.RoundID, r.Step, tx.Now)
		if err != nil {
			return err
		}
		if column == "escalated_at" {
			tx.Audit("verdict.step_escalated", roundOf(r.RoundID), map[string]any{"step": r.Step, "due": r.DueText, "to": r.LeadID})
		}
		notices = append(notices, message.Notice{To: to, Code: code, Href: pageOf(r.RoundID),
			Params: message.Params{"round": r.Name, "step": names[r.Step], "due": r.DueText, "who": r.RespName}})
	}
	return message.Send(ctx, tx, notices...)
}

// soon is how many working days before an appeal has to be answered, or can no
// longer be raised, people are reminded.
const soon = 2

// tellDocket reminds of appeals that wait for an answer, and tells the leader of
// those that are late.
func tellDocket(ctx context.Context, tx *tenant.Tx, c calendar.Calendar) error {
	var rows []struct {
		Appeal    uuid.UUID  `db:"appeal_id"`
		Round     uuid.UUID  `db:"round_id"`
		Due       string     `db:"due"`
		Unit      string     `db:"unit_name"`
		Line      string     `db:"line"`
		Resp      uuid.UUID  `db:"responsible_id"`
		Leader    uuid.UUID  `db:"leader_id"`
		Reminded  *time.Time `db:"reminded_at"`
		Escalated *time.Time `db:"escalated_at"`
	}
	err := tx.Select(ctx, &rows, `
		select d.appeal_id, d.round_id, to_char(d.due, 'YYYY-MM-DD') as due, a.unit_name, a.line, s.responsible_id, s.leader_id,
		       d.reminded_at, d.escalated_at
		  from verdict_docket d
		  join verdict_appeals a on a.id = d.appeal_id
		  join verdict_steps s on s.round_id = d.round_id and s.step = 'answer'
		 where d.outcome = '' and a.withdrawn_at is null and (d.reminded_at is null or d.escalated_at is null)
		 order by d.due, d.appeal_id`)
	if err != nil {
		return err
	}
	var notices []message.Notice
	for _, r := range rows {
		n := left(c, calendar.DateOf(tx.Now), day(r.Due))
		code, column, to := "verdict.answer_due", "reminded_at", []uuid.UUID{r.Resp}
		switch {
		case n < 0 && r.Escalated == nil:
			code, column, to = "verdict.answer_late", "escalated_at", []uuid.UUID{r.Resp, r.Leader}
		case n < 0 || n > soon || r.Reminded != nil:
			continue
		}
		if _, err := tx.Exec(ctx, `update verdict_docket set `+column+` = $2 where appeal_id = $1`, r.Appeal, tx.Now); err != nil {
			return err
		}
		if column == "escalated_at" {
			tx.Audit("verdict.answer_escalated", appealOf(r.Appeal), map[string]any{"due": r.Due, "to": r.Leader})
		}
		notices = append(notices, message.Notice{To: to, Code: code, Href: pageOf(r.Round), Params: message.Params{"unit": r.Unit, "line": r.Line, "due": r.Due}})
	}
	return message.Send(ctx, tx, notices...)
}

// A news is what the people of a unit have not been told yet.
type news struct {
	About  string     `db:"about"`
	Code   string     `db:"code"`
	Notice uuid.UUID  `db:"notice_id"`
	Kind   string     `db:"unit_kind"`
	Unit   uuid.UUID  `db:"unit_id"`
	Name   string     `db:"unit_name"`
	Round  string     `db:"round_name"`
	What   string     `db:"what"` // the last day, the line, or the grade
	To     *uuid.UUID `db:"to_id"`
}

// newsQuery finds the notices, the last days to appeal, the answers and the
// grades shown to the tenant of which nobody was told. $1 is today, $2 the day
// from which one is reminded of the last day.
const newsQuery = `
	with shown as (
	  select s.notice_id, s.round_id, s.unit_kind, s.unit_id, s.unit_name, n.round_name, n.appeal_by
	    from verdict_shown s join verdict_notices n on n.tenant_id = s.tenant_id and n.id = s.notice_id
	   where s.subject_tenant_id = app_tenant()),
	fresh as (
	  select 'notice/' || notice_id || '/' || unit_id as about, 'verdict.notice_shown' as code, notice_id, unit_kind, unit_id, unit_name, round_name,
	         to_char(appeal_by, 'YYYY-MM-DD') as what, null::uuid as to_id
	    from shown
	  union all
	  select 'last/' || notice_id || '/' || unit_id, 'verdict.appeal_last', notice_id, unit_kind, unit_id, unit_name, round_name,
	         to_char(appeal_by, 'YYYY-MM-DD'), null
	    from shown where appeal_by between $1::date and $2::date
	  union all
	  select 'answer/' || w.appeal_id, 'verdict.appeal_' || w.outcome, a.notice_id, a.unit_kind, a.unit_id, a.unit_name, '', a.line, a.by_id
	    from verdict_answers w join verdict_appeals a on a.id = w.appeal_id and a.tenant_id = app_tenant()
	   where w.subject_tenant_id = app_tenant()
	  union all
	  select 'grade/' || g.round_id || '/' || g.unit_id, 'verdict.grade_shown', s.notice_id, g.unit_kind, g.unit_id, g.unit_name, s.round_name, g.grade, null
	    from verdict_grades g
	    join lateral (select s.notice_id, s.round_name from shown s where s.round_id = g.round_id and s.unit_id = g.unit_id
	                   order by s.notice_id desc limit 1) s on true
	   where g.subject_tenant_id = app_tenant())
	select about, code, notice_id, unit_kind, unit_id, unit_name, round_name, what, to_id
	  from fresh f
	 where not exists (select from verdict_told t where t.about = f.about)
	 order by about limit 500`

func tellUnits(ctx context.Context, tx *tenant.Tx) error {
	c, err := calendar.Load(ctx, tx)
	if err != nil {
		return err
	}
	today := calendar.DateOf(tx.Now)
	until, _ := c.AddWorkdays(today, soon)
	var all []news
	if err := tx.Select(ctx, &all, newsQuery, today.String(), until.String()); err != nil || len(all) == 0 {
		return err
	}
	office, err := rbac.Holders(ctx, tx, Own, nil)
	if err != nil {
		return err
	}
	notices := make([]message.Notice, len(all))
	for i, n := range all {
		if _, err := tx.Exec(ctx, `insert into verdict_told (about, at) values ($1, $2)`, n.About, tx.Now); err != nil {
			return err
		}
		to, err := n.audience(ctx, tx, office)
		if err != nil {
			return err
		}
		notices[i] = message.Notice{To: to, Code: n.Code, Href: "/assess/notices/" + n.Notice.String(),
			Params: message.Params{"unit": n.Name, "round": n.Round, "what": n.What}}
	}
	return message.Send(ctx, tx, notices...)
}

// audience is who is told: whoever appealed, the heads of a department, or those
// who may appeal for the tenant.
func (n news) audience(ctx context.Context, tx *tenant.Tx, office []uuid.UUID) (to []uuid.UUID, err error) {
	if n.To != nil {
		return []uuid.UUID{*n.To}, nil
	}
	if n.Kind == "tenant" {
		return office, nil
	}
	err = tx.Select(ctx, &to, `select member_id from posts where department_id = $1 and head order by member_id`, n.Unit)
	return to, err
}
