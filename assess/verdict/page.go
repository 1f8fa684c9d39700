package verdict

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/calendar"
	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// A Page is how the verdict of a round stands, for the tenant whose round it is.
type Page struct {
	Round      assess.Round `json:"round"`
	SchemeName string       `json:"scheme_name"`
	Graded     bool         `json:"graded"`   // the scheme has grades itself
	Grades     []string     `json:"grades"`   // the best first
	Headings   []Heading    `json:"headings"` // by which equals may be told apart
	Calendar   Calendar     `json:"calendar"` // version 0: there is none, and Defaults are what it may begin as
	Defaults   []Planned    `json:"defaults"`
	Steps      []Step       `json:"steps"`
	Permits    []Permit     `json:"permits"`
	Notice     *Notice      `json:"notice"`
	Appeals    Appeals      `json:"appeals"`
	Grading    *Grading     `json:"grading"`
	Decision   *Decision    `json:"decision"`
	Filing     *Filing      `json:"filing"`
	Acts       []Act        `json:"acts"`
}

// A Heading is one of the scheme.
type Heading struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// An Act is something to be done next, or what stands in its way.
type Act struct {
	Act  string `json:"act" enum:"notice,grade,decide,publish,freeze,file"`
	Code string `json:"code"` // of the fault it would be refused with; empty if it can be done now
}

// Appeals counts the appeals of a round.
type Appeals struct {
	Waiting  int `json:"waiting"` // for an answer
	Late     int `json:"late"`    // of these
	Accepted int `json:"accepted"`
	Rejected int `json:"rejected"`
}

// page returns how the verdict of a round stands.
func (v *Verdicts) page(ctx context.Context, tx *tenant.Tx, q ref) (p Page, err error) {
	p.Round, err = assess.FindRound(ctx, tx, q.ID)
	if err != nil {
		return p, err
	}
	s, err := assess.SchemeOf(ctx, tx, p.Round)
	if err != nil {
		return p, err
	}
	p.SchemeName, p.Graded, p.Headings = s.Name, len(s.Plan.Grades) > 0, []Heading{}
	p.Grades = []string{}
	for _, g := range s.Plan.Grades {
		p.Grades = append(p.Grades, g.Name)
	}
	for _, h := range s.Plan.Headings {
		p.Headings = append(p.Headings, Heading{h.Code, h.Name})
	}
	c, err := calendar.Load(ctx, tx)
	if err != nil {
		return p, err
	}
	p.Calendar, err = findCalendar(ctx, tx, q.ID)
	if errors.Is(err, ErrNoCalendar) {
		p.Calendar = Calendar{Share: 30, Lines: []Line{}, NoticeDays: usual.Notice, AppealDays: usual.Appeal, AnswerDays: usual.Answer, AgainDays: usual.Again}
		p.Defaults = defaults(c, day(p.Round.From), day(p.Round.To), calendar.DateOf(tx.Now), usual)
		p.Steps, p.Permits, p.Acts = []Step{}, []Permit{}, []Act{}
		return p, nil
	}
	if err != nil {
		return p, err
	}
	p.Defaults = []Planned{}
	for _, l := range p.Calendar.Lines {
		p.Grades = append(p.Grades, l.Name)
	}
	return p, v.fill(ctx, tx, &p, c)
}

// fill adds what a round with a calendar has.
func (v *Verdicts) fill(ctx context.Context, tx *tenant.Tx, p *Page, c calendar.Calendar) (err error) {
	id, today := p.Round.ID, calendar.DateOf(tx.Now)
	rows, err := stepsOf(ctx, tx, id)
	if err != nil {
		return err
	}
	p.Steps = make([]Step, len(rows))
	for i, r := range rows {
		p.Steps[i] = r.step(c, today)
	}
	if p.Permits, err = permitsOf(ctx, tx, id); err != nil {
		return err
	}
	if p.Notice, err = noticeOf(ctx, tx, id); err != nil {
		return err
	}
	if p.Appeals, err = countAppeals(ctx, tx, id, today); err != nil {
		return err
	}
	if p.Grading, err = gradingOf(ctx, tx, id, p.Calendar); err != nil {
		return err
	}
	if p.Decision, err = decisionOf(ctx, tx, id); err != nil {
		return err
	}
	if p.Filing, err = filingOf(ctx, tx, id); err != nil {
		return err
	}
	p.Acts, err = acts(ctx, tx, p.Round, p.Decision != nil)
	return err
}

// acts says what can be done next, and what stands in the way of it.
func acts(ctx context.Context, tx *tenant.Tx, r assess.Round, decided bool) ([]Act, error) {
	all := []Act{}
	put := func(act string, err error) error {
		if err == nil {
			all = append(all, Act{Act: act})
			return nil
		}
		if f := fault.Of(err); f.Kind != fault.Internal {
			all = append(all, Act{act, f.Code})
			return nil
		}
		return err
	}
	if !decided {
		for _, a := range []struct {
			act string
			may func() error
		}{
			{notice, func() error { _, err := mayNotice(ctx, tx, r); return err }},
			{grade, func() error { return mayGrade(ctx, tx, r) }},
			{decide, func() error { _, err := mayDecide(ctx, tx, r); return err }},
		} {
			if err := put(a.act, a.may()); err != nil {
				return nil, err
			}
		}
		return all, nil
	}
	return all, put(file, mayFile(ctx, tx, r))
}

type doneIn struct {
	ID   uuid.UUID `json:"-" path:"id"`
	Step string    `json:"step" enum:"target,progress,self,review,events"`
	Note string    `json:"note" minLength:"1" maxLength:"500"`
}

// Validate refuses a note of nothing but spaces.
func (in *doneIn) Validate() error { return feature.Trim(&in.Note, "note", 500) }

// done takes the word of the responsible person, or of the leader, that a step
// people do by hand is done.
func (v *Verdicts) done(ctx context.Context, tx *tenant.Tx, in doneIn) (p Page, err error) {
	s, err := findStep(ctx, tx, in.ID, in.Step)
	if err != nil {
		return p, err
	}
	if tx.Actor.Member != s.RespID && tx.Actor.Member != s.LeadID {
		return p, ErrNotResponsible
	}
	if err := s.inTime(tx.Now); err != nil {
		return p, err
	}
	if err := finish(ctx, tx, in.ID, in.Step, in.Note); err != nil {
		return p, err
	}
	return v.page(ctx, tx, ref{in.ID})
}

func findStep(ctx context.Context, tx *tenant.Tx, round uuid.UUID, step string) (s stepRow, err error) {
	if _, err := assess.FindRound(ctx, tx, round); err != nil {
		return s, err
	}
	err = tx.Get(ctx, &s, `select `+stepColumns+` from verdict_steps where round_id = $1 and step = $2`, round, step)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrNoCalendar
	}
	return s, err
}

// inTime refuses what is late.
func (s stepRow) inTime(now time.Time) error {
	if calendar.DateOf(now).Compare(day(s.DueText)) > 0 {
		return ErrLate.With("step", s.Step).With("due", s.DueText)
	}
	return nil
}

// finish marks a step as done, once.
func finish(ctx context.Context, tx *tenant.Tx, round uuid.UUID, step, note string) error {
	by := tx.Actor.Name
	if tx.Actor.Member == uuid.Nil { // time did it
		by = ""
	}
	n, err := tx.Exec(ctx, `
		update verdict_steps set done_at = $3, done_by = $4, note = $5 where round_id = $1 and step = $2 and done_at is null`,
		round, step, tx.Now, by, note)
	if err == nil && n == 0 {
		err = ErrDone
	}
	tx.Audit("verdict.step_done", roundOf(round), map[string]string{"step": step})
	return err
}

// finishAgain is finish for a step that may have been done before.
func finishAgain(ctx context.Context, tx *tenant.Tx, round uuid.UUID, step string) error {
	if err := finish(ctx, tx, round, step, ""); err != nil && !errors.Is(err, ErrDone) {
		return err
	}
	return nil
}

// onTime refuses a step that is late, of a round that has a calendar.
func onTime(ctx context.Context, tx *tenant.Tx, round uuid.UUID, step string) error {
	s, err := findStep(ctx, tx, round, step)
	if err != nil {
		return err
	}
	return s.inTime(tx.Now)
}
