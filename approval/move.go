package approval

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/message"
	"hetu/tenant"
)

// move is the one transition function. It takes the case's row, so that of
// several who act at once one is first and the others see what it did; asks the
// table whether the operation can be done; appends the event; and lets the
// consequences follow, all in the caller's transaction.
//
// It returns the case as it stands afterwards and everything that happened to it.
func (e *Engine) move(ctx context.Context, tx *tenant.Tx, id uuid.UUID, m move) (c Case, events []event, err error) {
	if c, err = find(ctx, tx, id, "for update"); err != nil {
		return c, nil, err
	}
	if _, ok := e.kinds[c.Kind]; !ok {
		return c, nil, fmt.Errorf("approval: no feature has the kind %q", c.Kind)
	}
	if events, err = eventsOf(ctx, tx, id); err != nil {
		return c, nil, err
	}
	was, err := fold(c.Definition.Steps, events)
	if err != nil {
		return c, nil, err
	}
	r, ok := rules[m.op][was.state]
	if !ok {
		return c, nil, ErrOver.With("state", was.state)
	}
	if err := c.permit(tx.Actor, was, r.by, m); err != nil {
		return c, nil, err
	}
	for _, guard := range r.needs {
		if err := guard(ctx, tx, e, c, m); err != nil {
			return c, nil, err
		}
	}
	ev, now, err := c.next(ctx, tx, was, m)
	if err != nil {
		return c, nil, err
	}
	err = e.apply(ctx, tx, &c, r, m, ev, was, now)
	return c, append(events, ev), err
}

// permit checks whose move it is.
func (c Case) permit(a tenant.Actor, s standing, by party, m move) error {
	switch by {
	case handler:
		if slices.Contains(c.excluded, a.Account) {
			return ErrOwnWork
		}
		if m.task.Step != s.step || !s.waitsFor(m.task.Member) {
			return ErrOver.With("state", s.state)
		}
	case starter:
		if c.StartedBy != a.Member {
			return ErrNotStarter
		}
	}
	return nil
}

// next returns the event of a move and where it leads. If it completes a step
// that is not the last, the event opens the next one.
func (c Case) next(ctx context.Context, tx *tenant.Tx, was standing, m move) (ev event, now standing, err error) {
	ev = event{
		Seq: c.seq + 1, At: tx.Now, Member: tenant.Optional(tx.Actor.Member), Action: m.op, Step: was.step,
		Opinion: m.opinion, Reason: m.reason,
	}
	if m.task != nil {
		ev.Task = &m.task.ID
	}
	for name := range m.checks {
		ev.Checks.V = append(ev.Checks.V, name)
	}
	slices.Sort(ev.Checks.V)
	if now, err = was.after(c.Definition.Steps, ev); err != nil || now.step == was.step {
		return ev, now, err
	}
	if ev.Opened.V, err = c.ask(ctx, tx, now.step, now.approvers()); err != nil {
		return ev, now, err
	}
	now, err = was.after(c.Definition.Steps, ev)
	return ev, now, err
}

// apply writes what a move changes.
func (e *Engine) apply(ctx context.Context, tx *tenant.Tx, c *Case, r rule, m move, ev event, was, now standing) error {
	if err := c.append(ctx, tx, ev); err != nil {
		return err
	}
	if m.task != nil {
		if err := e.decide(ctx, tx, *c, m); err != nil {
			return err
		}
	}
	handlers, err := c.leave(ctx, tx, r, was, now)
	if err != nil {
		return err
	}
	c.State, c.Step, c.seq = now.state, now.step, ev.Seq
	if now.state != Open && c.EndedAt == nil {
		c.EndedAt = &ev.At
	}
	if m.op == urge {
		c.UrgedAt, c.Urges = &ev.At, c.Urges+1
	}
	if err := c.update(ctx, tx); err != nil {
		return err
	}
	if now.step != was.step {
		if err := e.open(ctx, tx, *c, now.asked); err != nil {
			return err
		}
	}
	tx.Audit(r.audit, c.object(), c.detail(m))
	if now.state != was.state || r.to == was.state {
		if err := e.tell(ctx, tx, *c, r, m, handlers, was.approvers()); err != nil {
			return err
		}
	}
	return e.decided(ctx, tx, *c, m, was, now)
}

// leave closes the tasks of a step the case has left, and returns those who
// had one and those of a step it stays at, if they are told.
func (c Case) leave(ctx context.Context, tx *tenant.Tx, r rule, was, now standing) ([]task, error) {
	switch {
	case now.state != Open || now.step != was.step:
		return closeTasks(ctx, tx, c.ID)
	case r.tell&toHandlers != 0:
		return waiting(ctx, tx, c.ID)
	}
	return nil, nil
}

// decided tells the feature whose kind it is that a case has come to its end.
func (e *Engine) decided(ctx context.Context, tx *tenant.Tx, c Case, m move, was, now standing) error {
	if was.state != Open || now.state == Open || now.state == Void {
		return nil
	}
	return e.kinds[c.Kind].Decided(ctx, tx, feature.Decision{
		Case: c.ID, Subject: c.Subject, Hash: c.Hash, Outcome: string(now.state), Reason: m.reason, Passed: now.passed,
	})
}

// decide closes the handler's own task and writes the deed: who, how much
// working time it took, and whether it was late (R063). It counts for the
// handler's department.
func (e *Engine) decide(ctx context.Context, tx *tenant.Tx, c Case, m move) error {
	days, err := e.deps.Calendar(ctx, tx)
	if err != nil {
		return err
	}
	var done struct {
		Due  time.Time `db:"due_at"`
		Unit uuid.UUID `db:"unit"`
	}
	err = tx.Get(ctx, &done, `
		   update approval_tasks t
		      set state = 'decided', decision = $2, decided_at = $3
		    where id = $1 and state = 'open'
		returning due_at, coalesce((select p.department_id from posts p where p.member_id = t.member_id and p.main), $4) as unit`,
		m.task.ID, m.op.String(), tx.Now, c.Unit)
	if errors.Is(err, tenant.ErrNoRows) {
		return ErrOver.With("state", c.State)
	}
	if err != nil {
		return err
	}
	tx.Deed(tenant.Deed{
		Kind: "approval.decided", Member: m.task.Member, Unit: done.Unit,
		Item:  strings.Replace(c.Kind, ".", "/", 1) + "/" + c.Subject.String(),
		Title: c.Title, WorkMinute: int(days.WorkTime(m.task.ArrivedAt, tx.Now) / time.Minute), Late: tx.Now.After(done.Due),
	})
	return nil
}

// beforeDue is how much working time before a task is due its handler is reminded.
const beforeDue = 30 * time.Minute

// open puts the case's current step to people: their tasks, due in working
// time, and a notice to each.
func (e *Engine) open(ctx context.Context, tx *tenant.Tx, c Case, people []uuid.UUID) error {
	minutes := c.Definition.Steps[c.Step-1].WorkMinutes
	days, err := e.deps.Calendar(ctx, tx)
	if err != nil {
		return err
	}
	due, _ := days.AddWorkTime(tx.Now, time.Duration(minutes)*time.Minute)
	remind, reminders := firstReminder(days, due, tx.Now)
	ids := make([]uuid.UUID, len(people))
	for i := range ids {
		ids[i] = tenant.NewID()
	}
	if _, err := tx.Exec(ctx, `
		insert into approval_tasks (id, case_id, step, member_id, state, arrived_at, work_minutes, due_at, calendar, remind_at, reminders)
		select t.id, $3, $4, t.member, 'open', $5, $6, $7, $8, $9, $10
		  from unnest($1::uuid[], $2::uuid[]) as t (id, member)`,
		tenant.Array(ids), tenant.Array(people), c.ID, c.Step, tx.Now, minutes, due, days.Version, remind, reminders); err != nil {
		return err
	}
	notices := make([]message.Notice, len(people))
	params := c.params(tx, map[string]string{"due_at": due.Format(time.RFC3339)})
	for i, member := range people {
		notices[i] = message.Notice{To: []uuid.UUID{member}, Code: "approval.task_arrived", Href: taskPath(ids[i]), Params: params}
	}
	return e.deps.Notify(ctx, tx, notices...)
}

// tell sends the notices of a rule, to everyone but whose doing it was.
func (e *Engine) tell(ctx context.Context, tx *tenant.Tx, c Case, r rule, m move, handlers []task, approvers []uuid.UUID) error {
	params := c.params(tx, map[string]string{"reason": m.reason})
	var to []uuid.UUID
	var notices []message.Notice
	if r.tell&toStarter != 0 {
		to = append(to, c.StartedBy)
	}
	if r.tell&toApprovers != 0 {
		to = append(to, approvers...)
	}
	if r.tell&toHandlers != 0 {
		for _, t := range handlers {
			if c.State != Open {
				to = append(to, t.Member)
				continue
			}
			notices = append(notices, message.Notice{To: []uuid.UUID{t.Member}, Code: r.notice, Params: params, Href: taskPath(t.ID)})
		}
	}
	to = slices.DeleteFunc(to, func(id uuid.UUID) bool { return id == tx.Actor.Member })
	return e.deps.Notify(ctx, tx, append(notices, message.Notice{To: to, Code: r.notice, Params: params, Href: casePath(c.ID)})...)
}

func taskPath(id uuid.UUID) string { return "/approval/tasks/" + id.String() }
func casePath(id uuid.UUID) string { return "/approval/cases/" + id.String() }

func (c Case) object() string { return "approval/case/" + c.ID.String() }

// detail is what the audit says of a move: names and ids, no opinion.
func (c Case) detail(m move) map[string]any {
	d := map[string]any{"kind": c.Kind, "subject": c.Subject, "step": c.Step, "state": c.State}
	if m.task != nil {
		d["task"] = m.task.ID
	}
	if m.op == giveBack {
		d["reason"] = m.reason
	}
	return d
}

// params are what every notice about a case says, and more.
func (c Case) params(tx *tenant.Tx, more map[string]string) map[string]string {
	p := map[string]string{
		"kind": c.Kind, "title": c.Title, "by": tx.Actor.Name, "step_name": c.Definition.Steps[c.Step-1].Name,
	}
	for k, v := range more {
		if v != "" {
			p[k] = v
		}
	}
	return p
}
