package verdict

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess"
	"hetu/calendar"
	"hetu/fault"
	"hetu/rbac"
	"hetu/tenant"
)

// A Step is what has to be done by whom and until when.
type Step struct {
	Step        string        `json:"step" enum:"target,progress,self,review,events,notice,appeal,answer,grade,decide,publish,freeze,file"`
	Due         calendar.Date `json:"due"`
	Planned     calendar.Date `json:"planned"` // before anybody allowed it to be late
	Remind      int           `json:"remind"`  // so many working days before, the responsible person is reminded
	Responsible Person        `json:"responsible"`
	Leader      Person        `json:"leader"` // who is told when it is late
	State       string        `json:"state" enum:"ahead,soon,late,done"`
	Left        int           `json:"left"` // working days until it is due; below zero: since
	Note        string        `json:"note"`
	DoneAt      *time.Time    `json:"done_at"`
	DoneBy      string        `json:"done_by"`
}

type stepRow struct {
	RoundID     uuid.UUID     `db:"round_id"`
	Step        string        `db:"step"`
	Due         calendar.Date `db:"-"`
	DueText     string        `db:"due"`
	PlannedText string        `db:"planned"`
	Remind      int           `db:"remind"`
	RespID      uuid.UUID     `db:"responsible_id"`
	RespName    string        `db:"responsible_name"`
	LeadID      uuid.UUID     `db:"leader_id"`
	LeadName    string        `db:"leader_name"`
	Note        string        `db:"note"`
	DoneAt      *time.Time    `db:"done_at"`
	DoneBy      string        `db:"done_by"`
	RemindedAt  *time.Time    `db:"reminded_at"`
	EscalatedAt *time.Time    `db:"escalated_at"`
}

const stepColumns = `round_id, step, to_char(due, 'YYYY-MM-DD') as due, to_char(planned, 'YYYY-MM-DD') as planned, remind, responsible_id,
	responsible_name, leader_id, leader_name, note, done_at, done_by, reminded_at, escalated_at`

func (r stepRow) step(c calendar.Calendar, today calendar.Date) Step {
	s := Step{Step: r.Step, Due: day(r.DueText), Planned: day(r.PlannedText), Remind: r.Remind, Responsible: Person{r.RespID, r.RespName},
		Leader: Person{r.LeadID, r.LeadName}, Note: r.Note, DoneAt: r.DoneAt, DoneBy: r.DoneBy, State: "done"}
	if s.DoneAt != nil {
		return s
	}
	s.Left = left(c, today, s.Due)
	switch {
	case s.Left < 0:
		s.State = "late"
	case s.Left <= s.Remind:
		s.State = "soon"
	default:
		s.State = "ahead"
	}
	return s
}

// day reads a day that the database wrote.
func day(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		return calendar.Date{}
	}
	return d
}

// A Line is a grade and the total from which a unit is in it.
type Line struct {
	Name    string          `db:"name" json:"name" minLength:"1" maxLength:"20"`
	AtLeast decimal.Decimal `json:"at_least" pattern:"^-?[0-9]{1,6}([.][0-9]{1,4})?$"`
}

// A Calendar says how the verdict of a round comes about. Days are working days.
type Calendar struct {
	Share      int    `json:"share"`   // per cent of a class, at most, in the first grade; at least one unit
	Heading    string `json:"heading"` // the code of the one whose points decide between equals; empty: none
	Lines      []Line `json:"lines"`   // of a scheme that has no grades itself
	NoticeDays int    `json:"notice_days"`
	AppealDays int    `json:"appeal_days"`
	AnswerDays int    `json:"answer_days"`
	AgainDays  int    `json:"again_days"`
	Version    int    `json:"version"` // 0: there is none yet
}

func findCalendar(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (c Calendar, err error) {
	var row struct {
		Share     int               `db:"share"`
		Heading   string            `db:"heading"`
		Lines     tenant.Rows[Line] `db:"lines"`
		Notice    int               `db:"notice_days"`
		Appeal    int               `db:"appeal_days"`
		Answer    int               `db:"answer_days"`
		Again     int               `db:"again_days"`
		Version   int               `db:"version"`
		ChangedBy string            `db:"changed_by"`
	}
	err = tx.Get(ctx, &row, `
		select share, heading, lines, notice_days, appeal_days, answer_days, again_days, version, changed_by
		  from verdict_calendars where round_id = $1`, round)
	if errors.Is(err, tenant.ErrNoRows) {
		return c, ErrNoCalendar
	}
	return Calendar{row.Share, row.Heading, append([]Line{}, row.Lines...), row.Notice, row.Appeal, row.Answer, row.Again, row.Version}, err
}

type stepIn struct {
	Step        string    `json:"step" enum:"target,progress,self,review,events,notice,appeal,answer,grade,decide,publish,freeze,file"`
	Due         string    `json:"due" format:"date"`
	Remind      int       `json:"remind" minimum:"0" maximum:"30"`
	Responsible uuid.UUID `json:"responsible_id"`
	Leader      uuid.UUID `json:"leader_id"`
}

type calendarIn struct {
	ID         uuid.UUID `json:"-" path:"id"`
	Steps      []stepIn  `json:"steps" maxItems:"13"`
	Share      int       `json:"share" minimum:"0" maximum:"100"`
	Heading    string    `json:"heading,omitempty" maxLength:"32"`
	Lines      []Line    `json:"lines,omitempty" maxItems:"10"`
	NoticeDays int       `json:"notice_days" minimum:"5" maximum:"30"`
	AppealDays int       `json:"appeal_days" minimum:"5" maximum:"30"`
	AnswerDays int       `json:"answer_days" minimum:"1" maximum:"30"`
	AgainDays  int       `json:"again_days" minimum:"1" maximum:"15"`
	Version    int       `json:"version" minimum:"0"`
}

// Validate returns the first thing wrong with the steps by themselves: one twice
// or out of its order, one that no verdict is without missing.
func (in calendarIn) Validate() error {
	at, due := -1, ""
	for i, s := range in.Steps {
		if _, err := calendar.ParseDate(s.Due); err != nil {
			return ErrDay.On(stepField(i, "due"))
		}
		n := slices.Index(order, s.Step)
		switch {
		case n <= at:
			return ErrStep.On(stepField(i, "step"))
		case s.Due < due:
			return ErrOrder.On(stepField(i, "due"))
		case s.Leader == s.Responsible:
			return ErrLeader.On(stepField(i, "leader_id"))
		}
		at, due = n, s.Due
	}
	for _, step := range order[len(byHand):] {
		if !slices.ContainsFunc(in.Steps, func(s stepIn) bool { return s.Step == step }) {
			return ErrStepMissed.On("steps").With("step", step)
		}
	}
	return nil
}

func stepField(i int, name string) string { return fmt.Sprintf("steps[%d].%s", i, name) }

// setCalendar gives a round its calendar, or changes it. What was done stays;
// what is late already is not made to be in time by planning it anew.
func (v *Verdicts) setCalendar(ctx context.Context, tx *tenant.Tx, in calendarIn) (p Page, err error) {
	r, err := assess.FindRound(ctx, tx, in.ID)
	if err != nil {
		return p, err
	}
	if r.State != "open" {
		return p, ErrPublished
	}
	if err := standing(ctx, tx, r.ID); err != nil {
		return p, err
	}
	if err := in.fits(ctx, tx, r); err != nil {
		return p, err
	}
	if err := in.save(ctx, tx); err != nil {
		return p, err
	}
	if err := in.saveSteps(ctx, tx); err != nil {
		return p, err
	}
	tx.Audit("verdict.calendar_set", roundOf(r.ID), map[string]any{"steps": len(in.Steps), "share": in.Share, "heading": in.Heading})
	return v.page(ctx, tx, ref{r.ID})
}

// fits checks the calendar against the scheme of the round.
func (in calendarIn) fits(ctx context.Context, tx *tenant.Tx, r assess.Round) error {
	s, err := assess.SchemeOf(ctx, tx, r)
	if err != nil {
		return err
	}
	if in.Heading != "" && !s.Plan.HasHeading(in.Heading) {
		return ErrHeading.On("heading")
	}
	if own := len(s.Plan.Grades) > 0; own != (len(in.Lines) == 0) || !own && len(in.Lines) < 2 {
		return ErrLines.On("lines")
	}
	for i, l := range in.Lines {
		if i > 0 && !l.AtLeast.LessThan(in.Lines[i-1].AtLeast) {
			return ErrLines.On(fmt.Sprintf("lines[%d].at_least", i))
		}
	}
	return nil
}

func (in calendarIn) save(ctx context.Context, tx *tenant.Tx) error {
	if in.Version == 0 {
		_, err := tx.Exec(ctx, `
			insert into verdict_calendars (round_id, share, heading, lines, notice_days, appeal_days, answer_days, again_days, changed_by, changed_at)
			     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			in.ID, in.Share, in.Heading, tenant.JSON(append([]Line{}, in.Lines...)), in.NoticeDays, in.AppealDays, in.AnswerDays, in.AgainDays, tx.Actor.Name, tx.Now)
		if tenant.Constraint(err) == "verdict_calendars_pkey" {
			return ErrStale.With("version", 1)
		}
		return err
	}
	n, err := tx.Exec(ctx, `
		update verdict_calendars
		   set share = $3, heading = $4, lines = $5, notice_days = $6, appeal_days = $7, answer_days = $8, again_days = $9,
		       version = version + 1, changed_by = $10, changed_at = $11
		 where round_id = $1 and version = $2`,
		in.ID, in.Version, in.Share, in.Heading, tenant.JSON(append([]Line{}, in.Lines...)), in.NoticeDays, in.AppealDays, in.AnswerDays, in.AgainDays,
		tx.Actor.Name, tx.Now)
	if err != nil || n > 0 {
		return err
	}
	return stale(ctx, tx, in.ID)
}

func stale(ctx context.Context, tx *tenant.Tx, round uuid.UUID) error {
	var now struct {
		Version int       `db:"version"`
		By      string    `db:"changed_by"`
		At      time.Time `db:"changed_at"`
	}
	err := tx.Get(ctx, &now, `select version, changed_by, changed_at from verdict_calendars where round_id = $1`, round)
	if errors.Is(err, tenant.ErrNoRows) {
		return ErrNoCalendar
	}
	if err != nil {
		return err
	}
	return ErrStale.With("version", now.Version).With("changed_by", now.By).With("changed_at", now.At).With("changed", []string{"steps"})
}

func (in calendarIn) saveSteps(ctx context.Context, tx *tenant.Tx) error {
	c, err := calendar.Load(ctx, tx)
	if err != nil {
		return err
	}
	was, err := stepsOf(ctx, tx, in.ID)
	if err != nil {
		return err
	}
	people, err := named(ctx, tx)
	if err != nil {
		return err
	}
	today := calendar.DateOf(tx.Now)
	for i, s := range in.Steps {
		at := slices.IndexFunc(was, func(w stepRow) bool { return w.Step == s.Step })
		on := func(f *fault.Error, field string) error { return f.On(stepField(i, field)) }
		due := day(s.Due)
		moved := at < 0 || was[at].DueText != s.Due
		switch {
		case at >= 0 && was[at].DoneAt != nil && moved:
			return on(ErrDone, "due")
		case at >= 0 && was[at].DoneAt == nil && moved && day(was[at].DueText).Compare(today) < 0:
			return on(ErrLate.With("step", s.Step).With("due", was[at].DueText), "due")
		case moved && due.Compare(today) < 0:
			return on(ErrPast, "due")
		case moved && !c.IsWorkday(due):
			next, _ := c.AddWorkdays(due, 0)
			return on(ErrOffDay.With("next", next), "due")
		case people[s.Responsible] == "":
			return on(ErrPerson, "responsible_id")
		case people[s.Leader] == "":
			return on(ErrPerson, "leader_id")
		}
		_, err := tx.Exec(ctx, `
			insert into verdict_steps (round_id, step, planned, due, remind, responsible_id, responsible_name, leader_id, leader_name)
			     values ($1, $2, $3::date, $3::date, $4, $5, $6, $7, $8)
			on conflict on constraint verdict_steps_pkey do update
			   set planned = case when verdict_steps.due = excluded.due then verdict_steps.planned else excluded.due end, due = excluded.due,
			       remind = excluded.remind, responsible_id = excluded.responsible_id, responsible_name = excluded.responsible_name,
			       leader_id = excluded.leader_id, leader_name = excluded.leader_name,
			       reminded_at = case when verdict_steps.due = excluded.due then verdict_steps.reminded_at end
			 where verdict_steps.done_at is null`,
			in.ID, s.Step, s.Due, s.Remind, s.Responsible, people[s.Responsible], s.Leader, people[s.Leader])
		if err != nil {
			return err
		}
	}
	return in.dropSteps(ctx, tx, was, today)
}

// dropSteps removes the steps that are no longer planned: none that is done or late.
func (in calendarIn) dropSteps(ctx context.Context, tx *tenant.Tx, was []stepRow, today calendar.Date) error {
	for _, w := range was {
		if slices.ContainsFunc(in.Steps, func(s stepIn) bool { return s.Step == w.Step }) {
			continue
		}
		if w.DoneAt != nil {
			return ErrDone.On("steps").With("step", w.Step)
		}
		if day(w.DueText).Compare(today) < 0 {
			return ErrLate.On("steps").With("step", w.Step).With("due", w.DueText)
		}
		if _, err := tx.Exec(ctx, `delete from verdict_steps where round_id = $1 and step = $2 and done_at is null`, in.ID, w.Step); err != nil {
			return err
		}
	}
	return nil
}

// named are the names of those who can be responsible: who may see how a round
// stands.
func named(ctx context.Context, tx *tenant.Tx) (map[uuid.UUID]string, error) {
	ids, err := rbac.Holders(ctx, tx, View, nil)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		ID   uuid.UUID `db:"id"`
		Name string    `db:"name"`
	}
	err = tx.Select(ctx, &rows, `select id, name from members where id = any ($1::uuid[])`, tenant.IDs(ids))
	people := make(map[uuid.UUID]string, len(rows))
	for _, r := range rows {
		people[r.ID] = r.Name
	}
	return people, err
}

// stepsOf returns the steps of a round in their order.
func stepsOf(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (all []stepRow, err error) {
	err = tx.Select(ctx, &all, `select `+stepColumns+` from verdict_steps where round_id = $1`, round)
	slices.SortFunc(all, func(a, b stepRow) int { return slices.Index(order, a.Step) - slices.Index(order, b.Step) })
	return all, err
}
