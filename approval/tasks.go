package approval

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// A Ref names a person.
type Ref struct {
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name"`
}

// A Task is a task as its handler sees it in a list.
type Task struct {
	ID          uuid.UUID  `json:"id"`
	CaseID      uuid.UUID  `json:"case_id"`
	Kind        string     `json:"kind"`
	SubjectID   uuid.UUID  `json:"subject_id"`
	Title       string     `json:"title"`
	Step        int        `json:"step"`
	StepName    string     `json:"step_name"`
	StartedBy   Ref        `json:"started_by"`
	ArrivedAt   time.Time  `json:"arrived_at"`
	DueAt       time.Time  `json:"due_at"`
	Overdue     bool       `json:"overdue"`      // now, or when it was decided
	MinutesLeft *int       `json:"minutes_left"` // of working time, negative when overdue; null once it is done
	Decision    string     `json:"decision"`     // "approve", "return", or empty
	DecidedAt   *time.Time `json:"decided_at"`
}

type taskRow struct {
	ID          uuid.UUID  `db:"id"`
	CaseID      uuid.UUID  `db:"case_id"`
	Kind        string     `db:"kind"`
	SubjectID   uuid.UUID  `db:"subject_id"`
	Title       string     `db:"title"`
	Step        int        `db:"step"`
	StepName    string     `db:"step_name"`
	StarterID   uuid.UUID  `db:"started_by"`
	StarterName string     `db:"starter_name"`
	ArrivedAt   time.Time  `db:"arrived_at"`
	DueAt       time.Time  `db:"due_at"`
	State       string     `db:"state"`
	Decision    string     `db:"decision"`
	DecidedAt   *time.Time `db:"decided_at"`
}

const taskRows = `
	select t.id, t.case_id, c.kind, c.subject_id, c.title, t.step, c.steps -> 'steps' -> (t.step - 1) ->> 'name' as step_name,
	       c.started_by, m.name as starter_name, t.arrived_at, t.due_at, t.state, t.decision, t.decided_at
	  from approval_tasks t
	  join approval_cases c on c.id = t.case_id
	  join members m on m.id = c.started_by
	 where t.member_id = $1 `

// shown are rows with what depends on the time: one look at the calendar for all.
func (e *Engine) shown(ctx context.Context, tx *tenant.Tx, rows []taskRow) ([]Task, error) {
	tasks := make([]Task, len(rows))
	dues := make([]time.Time, len(rows))
	for i, r := range rows {
		dues[i] = r.DueAt
	}
	var left []int
	if len(rows) > 0 {
		var err error
		if left, err = e.deps.Used(ctx, tx, tx.Now, dues...); err != nil {
			return nil, err
		}
	}
	for i, r := range rows {
		t := Task{
			ID: r.ID, CaseID: r.CaseID, Kind: r.Kind, SubjectID: r.SubjectID, Title: r.Title, Step: r.Step, StepName: r.StepName,
			StartedBy: Ref{r.StarterID, r.StarterName}, ArrivedAt: r.ArrivedAt, DueAt: r.DueAt,
			Decision: r.Decision, DecidedAt: r.DecidedAt,
		}
		switch {
		case r.DecidedAt != nil:
			t.Overdue = r.DecidedAt.After(r.DueAt)
		case r.State == "open":
			t.Overdue, t.MinutesLeft = tx.Now.After(r.DueAt), &left[i]
		}
		tasks[i] = t
	}
	return tasks, nil
}

// Todo returns the actor's open tasks, what is due first at the top, up to
// limit of them.
func (e *Engine) Todo(ctx context.Context, tx *tenant.Tx, limit int) ([]Task, error) {
	var rows []taskRow
	err := tx.Select(ctx, &rows, taskRows+`and t.state = 'open' order by t.due_at, t.id limit $2`, tx.Actor.Member, limit)
	if err != nil {
		return nil, err
	}
	return e.shown(ctx, tx, rows)
}

type tasksQuery struct {
	feature.Page
	State string `json:"-" query:"state"`
}

// Validate refuses states and cursors there are not.
func (q tasksQuery) Validate() error {
	if q.State != "" && q.State != "todo" && q.State != "done" {
		return feature.ErrChoice.On("state")
	}
	_, err := parseMark(q.After)
	return err
}

// tasks lists the actor's tasks: what is due first, or what was done last.
func (e *Engine) tasks(ctx context.Context, tx *tenant.Tx, q tasksQuery) (l feature.List[Task], err error) {
	after, err := parseMark(q.After)
	if err != nil {
		return l, err
	}
	query := taskRows + `
		   and t.state = 'open'
		   and ($2::timestamptz is null or (t.due_at, t.id) > ($2, $3))
		 order by t.due_at, t.id
		 limit $4`
	at := func(t Task) *time.Time { return &t.DueAt }
	if q.State == "done" {
		query = taskRows + `
		   and t.state = 'decided'
		   and ($2::timestamptz is null or (t.decided_at, t.id) < ($2, $3))
		 order by t.decided_at desc, t.id desc
		 limit $4`
		at = func(t Task) *time.Time { return t.DecidedAt }
	}
	var rows []taskRow
	if err := tx.Select(ctx, &rows, query, tx.Actor.Member, after.At, after.ID, q.Size()+1); err != nil {
		return l, err
	}
	tasks, err := e.shown(ctx, tx, rows)
	return feature.Cut(tasks, q.Size(), func(t Task) string { return mark{at(t), t.ID}.String() }), err
}

// Counts are how much there is of what a person deals with.
type Counts struct {
	Todo    int `db:"todo" json:"todo"`       // tasks to do
	Done    int `db:"done" json:"done"`       // tasks done
	Started int `db:"started" json:"started"` // open cases of theirs
	ToRead  int `db:"to_read" json:"to_read"` // notices about cases not read yet
}

// Counts returns the actor's.
func (e *Engine) Counts(ctx context.Context, tx *tenant.Tx) (c Counts, err error) {
	err = tx.Get(ctx, &c, `
		select (select count(*) from approval_tasks where member_id = $1 and state = 'open') as todo,
		       (select count(*) from approval_tasks where member_id = $1 and state = 'decided') as done,
		       (select count(*) from approval_cases where started_by = $1 and state = 'open') as started,
		       (select count(*) from notices where member_id = $1 and read_at is null and code like 'approval.%') as to_read`,
		tx.Actor.Member)
	return c, err
}

// A TaskPage is all an approval page shows without a click (UI6).
type TaskPage struct {
	Task   Task     `json:"task"`
	Case   CasePage `json:"case"`
	Checks []string `json:"checks"` // what has to be confirmed to approve
	May    []string `json:"may"`    // "approve", "return": what this person may do now
}

type ref struct {
	ID uuid.UUID `json:"-" path:"id"`
}

func (e *Engine) taskPage(ctx context.Context, tx *tenant.Tx, q ref) (p TaskPage, err error) {
	t, err := findTask(ctx, tx, q.ID)
	if err != nil {
		return p, err
	}
	var rows []taskRow
	if err := tx.Select(ctx, &rows, taskRows+`and t.id = $2`, tx.Actor.Member, q.ID); err != nil {
		return p, err
	}
	tasks, err := e.shown(ctx, tx, rows)
	if err != nil {
		return p, err
	}
	c, err := find(ctx, tx, t.Case, "")
	if err != nil {
		return p, err
	}
	p = TaskPage{Task: tasks[0], Checks: e.kinds[c.Kind].Checks, May: []string{}}
	if p.Checks == nil {
		p.Checks = []string{}
	}
	if p.Case, err = e.casePage(ctx, tx, c); err != nil {
		return p, err
	}
	events, err := eventsOf(ctx, tx, c.ID)
	if err != nil {
		return p, err
	}
	s, err := fold(c.Definition.Steps, events)
	if err != nil {
		return p, err
	}
	for _, op := range []operation{approve, giveBack} {
		r, ok := rules[op][s.state]
		if ok && c.permit(tx.Actor, s, r.by, move{op: op, task: &t}) == nil {
			p.May = append(p.May, op.String())
		}
	}
	return p, nil
}
