package approval

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
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

// task is the row as the engine deals with it.
func (r taskRow) task(member uuid.UUID) task {
	return task{ID: r.ID, Case: r.CaseID, Step: r.Step, Member: member, State: r.State, ArrivedAt: r.ArrivedAt, DueAt: r.DueAt}
}

const taskRows = `
	select t.id, t.case_id, c.kind, c.subject_id, c.title, t.step, c.steps -> 'steps' -> (t.step - 1) ->> 'name' as step_name,
	       c.started_by, m.name as starter_name, t.arrived_at, t.due_at, t.state, t.decision, t.decided_at
	  from approval_tasks t
	  join approval_cases c on c.id = t.case_id
	  join members m on m.id = c.started_by
	 where t.member_id = $1 `

// shown are rows with what depends on the time: one look at the calendar for
// all, if any is open.
func (e *Engine) shown(ctx context.Context, tx *tenant.Tx, rows []taskRow) ([]Task, error) {
	tasks := make([]Task, len(rows))
	var days calendar.Calendar
	if slices.ContainsFunc(rows, func(r taskRow) bool { return r.State == "open" }) {
		var err error
		if days, err = e.deps.Calendar(ctx, tx); err != nil {
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
			left := int(days.WorkTime(tx.Now, r.DueAt) / time.Minute)
			t.Overdue, t.MinutesLeft = tx.Now.After(r.DueAt), &left
		}
		tasks[i] = t
	}
	return tasks, nil
}

// Todo returns the actor's open tasks, what is due first at the top, up to
// limit of them.
func (e *Engine) Todo(ctx context.Context, tx *tenant.Tx, limit int) ([]Task, error) {
	var rows []taskRow
	err := tx.Select(ctx, &rows, taskRows+`and t.state = 'open' order by t.due_at, t.id limit `+strconv.Itoa(limit), tx.Actor.Member)
	if err != nil {
		return nil, err
	}
	return e.shown(ctx, tx, rows)
}

type tasksQuery struct {
	feature.Page
	State string `json:"-" query:"state"`
}

// Validate refuses states there are not.
func (q tasksQuery) Validate() error {
	if q.State != "" && q.State != "todo" && q.State != "done" {
		return feature.ErrChoice.On("state")
	}
	return nil
}

// Sorts are what tasks may be sorted by.
func (tasksQuery) Sorts() []string { return todoOrder.Names() }

// tasks lists the actor's tasks: what is due first, or what was done last, if
// not asked for in another order.
func (e *Engine) tasks(ctx context.Context, tx *tenant.Tx, q tasksQuery) (l feature.List[Task], err error) {
	order, state := todoOrder, `and t.state = 'open'`
	if q.State == "done" {
		order, state = doneOrder, `and t.state = 'decided'`
	}
	at, err := order.Read(q.Page)
	if err != nil {
		return l, err
	}
	args := feature.Args{tx.Actor.Member}
	query := taskRows + state + ` and ` + at.After(args.Add) + ` order by ` + at.By() + ` limit ` + q.Rows()
	var rows []taskRow
	if err := tx.Select(ctx, &rows, query, args...); err != nil {
		return l, err
	}
	tasks, err := e.shown(ctx, tx, rows)
	return feature.Cut(tasks, q.Size(), at.Cursor), err
}

// Counts are how much there is of what a person deals with.
type Counts struct {
	Todo    int `db:"todo" json:"todo"`       // tasks to do
	Done    int `db:"done" json:"done"`       // tasks done
	Started int `db:"started" json:"started"` // cases they started, whatever became of them
}

// Counts returns the actor's.
func (e *Engine) Counts(ctx context.Context, tx *tenant.Tx) (c Counts, err error) {
	err = tx.Get(ctx, &c, `
		select (select count(*) from approval_tasks where member_id = $1 and state = 'open') as todo,
		       (select count(*) from approval_tasks where member_id = $1 and state = 'decided') as done,
		       (select count(*) from approval_cases where started_by = $1) as started`,
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
	r, err := findTask(ctx, tx, q.ID)
	if err != nil {
		return p, err
	}
	c, err := find(ctx, tx, r.CaseID, "")
	if err != nil {
		return p, err
	}
	events, err := eventsOf(ctx, tx, c.ID)
	if err != nil {
		return p, err
	}
	return e.pageOf(ctx, tx, r, c, events)
}

// pageOf is the page of a task of the actor's in a case to which this happened.
func (e *Engine) pageOf(ctx context.Context, tx *tenant.Tx, r taskRow, c Case, events []event) (p TaskPage, err error) {
	tasks, err := e.shown(ctx, tx, []taskRow{r})
	if err != nil {
		return p, err
	}
	p = TaskPage{Task: tasks[0], Checks: e.kinds[c.Kind].Checks, May: []string{}}
	if p.Checks == nil {
		p.Checks = []string{}
	}
	if p.Case, err = e.casePage(ctx, tx, c, events); err != nil {
		return p, err
	}
	s, err := fold(c.Definition.Steps, events)
	if err != nil {
		return p, err
	}
	t := r.task(tx.Actor.Member)
	for _, op := range []operation{approve, giveBack} {
		r, ok := rules[op][s.state]
		if ok && c.permit(tx.Actor, s, r.by, move{op: op, task: &t}) == nil {
			p.May = append(p.May, op.String())
		}
	}
	return p, nil
}
