package approval

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// A CasePage is a case as those who take part in it see it.
type CasePage struct {
	ID          uuid.UUID   `json:"id"`
	Kind        string      `json:"kind"`
	SubjectID   uuid.UUID   `json:"subject_id"`
	Title       string      `json:"title"`
	ContentHash string      `json:"content_hash"` // of what was submitted
	State       State       `json:"state" enum:"open,approved,returned,withdrawn,void"`
	Step        int         `json:"step"`
	StartedBy   Ref         `json:"started_by"`
	StartedAt   time.Time   `json:"started_at"`
	EndedAt     *time.Time  `json:"ended_at"`
	Urges       int         `json:"urges"`
	Steps       []CaseStep  `json:"steps"`
	Events      []CaseEvent `json:"events"`
	Round       int         `json:"round"`   // which case of its subject it is; the first is 1
	Earlier     []Round     `json:"earlier"` // the cases of the same subject before it, oldest first (UI6)
	May         []string    `json:"may"`     // "withdraw", "urge": what this person may do now
}

// A CaseStep is one stage of the route as it is drawn.
type CaseStep struct {
	Name   string       `json:"name"`
	Mode   Mode         `json:"mode" enum:"any,all"`
	State  string       `json:"state" enum:"done,open,ahead"`
	People []StepPerson `json:"people"` // who was asked; of a step ahead, who may be
	DueAt  *time.Time   `json:"due_at"`
}

// A StepPerson is somebody at a step, and what they decided if they have.
type StepPerson struct {
	ID        uuid.UUID  `json:"id"`
	Name      string     `json:"name"`
	Decision  string     `json:"decision"`
	DecidedAt *time.Time `json:"decided_at"`
}

// A CaseEvent is one line of the history.
type CaseEvent struct {
	At      time.Time `json:"at"`
	By      *Ref      `json:"by"` // null for what the system did
	Action  string    `json:"action" enum:"start,approve,return,withdraw,urge,void,recompute,pass"`
	Step    *int      `json:"step"`
	Opinion string    `json:"opinion"`
	Reason  string    `json:"reason"`
	Checks  []string  `json:"checks"`
}

// casePage puts the page of a case together to which this happened: in two
// statements besides the case's own, and a third if it is not its subject's first.
func (e *Engine) casePage(ctx context.Context, tx *tenant.Tx, c Case, events []event) (p CasePage, err error) {
	var asked []struct {
		Step      int        `db:"step"`
		Member    uuid.UUID  `db:"member_id"`
		State     string     `db:"state"`
		DueAt     time.Time  `db:"due_at"`
		Decision  string     `db:"decision"`
		DecidedAt *time.Time `db:"decided_at"`
	}
	err = tx.Select(ctx, &asked, `
		select step, member_id, state, due_at, decision, decided_at
		  from approval_tasks
		 where case_id = $1
		 order by step, decided_at nulls last, member_id`, c.ID)
	if err != nil {
		return p, err
	}
	before, err := c.earlier(ctx, tx)
	if err != nil {
		return p, err
	}
	names, err := c.names(ctx, tx, append(slices.Clone(events), eventsIn(before)...))
	if err != nil {
		return p, err
	}
	p = CasePage{
		ID: c.ID, Kind: c.Kind, SubjectID: c.Subject, Title: c.Title, ContentHash: c.Hash, State: c.State, Step: c.Step,
		StartedBy: Ref{c.StartedBy, names[c.StartedBy]}, StartedAt: c.StartedAt, EndedAt: c.EndedAt, Urges: c.Urges,
		Events: history(events, names), Round: c.Round, Earlier: rounds(before, names), May: c.may(tx),
	}
	for _, s := range c.Definition.Steps {
		p.Steps = append(p.Steps, CaseStep{Name: s.Name, Mode: s.Mode, State: "ahead", People: []StepPerson{}})
	}
	for _, a := range asked {
		s := &p.Steps[a.Step-1]
		s.People = append(s.People, StepPerson{a.Member, names[a.Member], a.Decision, a.DecidedAt})
		s.DueAt = &a.DueAt
		switch {
		case a.Step == c.Step && c.State == Open:
			s.State = "open"
		case a.Decision != "":
			s.State = "done"
		}
	}
	for i, s := range c.Definition.Steps {
		if len(p.Steps[i].People) == 0 {
			for _, m := range s.People {
				p.Steps[i].People = append(p.Steps[i].People, StepPerson{ID: m, Name: names[m]})
			}
		}
	}
	return p, nil
}

func history(events []event, names map[uuid.UUID]string) []CaseEvent {
	lines := make([]CaseEvent, len(events))
	for i, e := range events {
		lines[i] = CaseEvent{At: e.At, Action: e.Action.String(), Opinion: e.Opinion, Reason: e.Reason, Checks: e.Checks.V}
		if e.Member != nil {
			lines[i].By = &Ref{*e.Member, names[*e.Member]}
		}
		if e.Step > 0 {
			lines[i].Step = &e.Step
		}
	}
	return lines
}

// names returns the names of everyone who has to do with a case.
func (c Case) names(ctx context.Context, tx *tenant.Tx, events []event) (map[uuid.UUID]string, error) {
	ids := []uuid.UUID{c.StartedBy}
	for _, s := range c.Definition.Steps {
		ids = append(ids, s.People...)
	}
	for _, e := range events {
		if e.Member != nil {
			ids = append(ids, *e.Member)
		}
	}
	var rows []struct {
		ID   uuid.UUID `db:"id"`
		Name string    `db:"name"`
	}
	err := tx.Select(ctx, &rows, `select id, name from members where id = any ($1)`, tenant.Array(ids))
	names := make(map[uuid.UUID]string, len(rows))
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, err
}

// may returns what the actor may do with the case besides a task's decision.
func (c Case) may(tx *tenant.Tx) []string {
	ops := []string{}
	for _, op := range []operation{withdraw, urge} {
		r, ok := rules[op][c.State]
		if !ok || c.permit(tx.Actor, standing{}, r.by, move{op: op}) != nil {
			continue
		}
		if op == urge && notUrged(context.Background(), tx, nil, c, move{}) != nil {
			continue
		}
		ops = append(ops, op.String())
	}
	return ops
}

// visible returns a case to those who take part in it: who started it and who
// was asked. To everybody else it does not exist.
func (e *Engine) visible(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (c Case, err error) {
	if c, err = find(ctx, tx, id, ""); err != nil || c.StartedBy == tx.Actor.Member {
		return c, err
	}
	var asked bool
	err = tx.Get(ctx, &asked, `
		select exists (select from approval_tasks where case_id = $1 and member_id = $2)`, id, tx.Actor.Member)
	if err == nil && !asked {
		err = ErrCaseNotFound
	}
	return c, err
}

func (e *Engine) showCase(ctx context.Context, tx *tenant.Tx, q ref) (p CasePage, err error) {
	c, err := e.visible(ctx, tx, q.ID)
	if err != nil {
		return p, err
	}
	events, err := eventsOf(ctx, tx, c.ID)
	if err != nil {
		return p, err
	}
	return e.casePage(ctx, tx, c, events)
}

// A CaseRow is a case in a list.
type CaseRow struct {
	ID        uuid.UUID  `json:"id"`
	Kind      string     `json:"kind"`
	SubjectID uuid.UUID  `json:"subject_id"`
	Title     string     `json:"title"`
	State     State      `json:"state" enum:"open,approved,returned,withdrawn,void"`
	Step      int        `json:"step"`
	StepName  string     `json:"step_name"`
	StartedBy Ref        `json:"started_by"`
	StartedAt time.Time  `json:"started_at"`
	EndedAt   *time.Time `json:"ended_at"`
	DueAt     *time.Time `json:"due_at"` // of the open step
	Overdue   bool       `json:"overdue"`
	Urges     int        `json:"urges"`
}

type casesQuery struct {
	feature.Page
	Mine bool `json:"-" query:"mine"` // those I started; else those I was asked in
}

// Validate refuses a cursor that did not come from this list.
func (q casesQuery) Validate() error {
	if _, err := uuid.Parse(q.After); q.After != "" && err != nil {
		return ErrAfter
	}
	return nil
}

// cases lists the actor's cases, newest first.
func (e *Engine) cases(ctx context.Context, tx *tenant.Tx, q casesQuery) (l feature.List[CaseRow], err error) {
	var after *uuid.UUID
	if id, err := uuid.Parse(q.After); err == nil {
		after = &id
	}
	whose := `c.started_by = $1`
	if !q.Mine {
		whose = `c.id in (select case_id from approval_tasks where member_id = $1)`
	}
	var rows []struct {
		caseRow
		StepName string     `db:"step_name"`
		Starter  string     `db:"starter_name"`
		DueAt    *time.Time `db:"due_at"`
	}
	err = tx.Select(ctx, &rows, `
		select c.id, c.kind, c.subject_id, c.title, c.state, c.step, c.started_by, c.started_at, c.ended_at, c.urges,
		       c.steps -> 'steps' -> (c.step - 1) ->> 'name' as step_name, m.name as starter_name,
		       (select min(t.due_at) from approval_tasks t where t.case_id = c.id and t.state = 'open') as due_at
		  from approval_cases c
		  join members m on m.id = c.started_by
		 where `+whose+`
		   and ($2::uuid is null or c.id < $2)
		 order by c.id desc
		 limit $3`, tx.Actor.Member, after, q.Size()+1)
	if err != nil {
		return l, err
	}
	items := make([]CaseRow, len(rows))
	for i, r := range rows {
		items[i] = CaseRow{
			ID: r.ID, Kind: r.Kind, SubjectID: r.Subject, Title: r.Title, State: r.State, Step: r.Step, StepName: r.StepName,
			StartedBy: Ref{r.StartedBy, r.Starter}, StartedAt: r.StartedAt, EndedAt: r.EndedAt,
			DueAt: r.DueAt, Overdue: r.DueAt != nil && tx.Now.After(*r.DueAt), Urges: r.Urges,
		}
	}
	return feature.Cut(items, q.Size(), func(c CaseRow) string { return c.ID.String() }), nil
}
