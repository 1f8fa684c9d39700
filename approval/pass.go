package approval

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"hetu/message"
	"hetu/tenant"
)

// Waiting returns how many tasks wait for a member.
func (e *Engine) Waiting(ctx context.Context, tx *tenant.Tx, member uuid.UUID) (n int, err error) {
	err = tx.Get(ctx, &n, `select count(*) from approval_tasks where member_id = $1 and state = 'open'`, member)
	return n, err
}

// PassOn puts what waits for one member to another, who goes on where the first
// stood: as long there, and due as soon (R231). A case stays where it is that the
// other may not decide: their own work, one they have approved a step of, one
// that would have nobody left for a later step. It returns how many went.
func (e *Engine) PassOn(ctx context.Context, tx *tenant.Tx, from, to uuid.UUID) (n int, err error) {
	var h heir
	err = tx.Get(ctx, &h, `
		select m.id, m.name, m.account_id, f.id as before_id, f.name as before_name
		  from members m, members f
		 where m.id = $2 and f.id = $1 and m.state in ('active', 'invited')`, from, to)
	if errors.Is(err, tenant.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var ids []uuid.UUID
	if err := tx.Select(ctx, &ids, `select case_id from approval_tasks where member_id = $1 and state = 'open' order by case_id`, from); err != nil {
		return 0, err
	}
	for _, id := range ids {
		went, err := e.passCase(ctx, tx, id, h)
		if err != nil {
			return n, err
		}
		if went {
			n++
		}
	}
	return n, nil
}

// An heir goes on in the place of somebody else.
type heir struct {
	ID         uuid.UUID  `db:"id"`
	Name       string     `db:"name"`
	Account    *uuid.UUID `db:"account_id"`
	Before     uuid.UUID  `db:"before_id"`
	BeforeName string     `db:"before_name"`
}

// passCase puts the one's part in a case to the other, and reports whether it did.
func (e *Engine) passCase(ctx context.Context, tx *tenant.Tx, id uuid.UUID, h heir) (bool, error) {
	c, err := find(ctx, tx, id, "for update")
	if err != nil {
		return false, err
	}
	events, err := eventsOf(ctx, tx, id)
	if err != nil {
		return false, err
	}
	was, err := fold(c.Definition.Steps, events)
	if err != nil || was.state != Open || !was.waitsFor(h.Before) || slices.Contains(was.approvers(), h.ID) {
		return false, err
	}
	c.Definition = c.Definition.inherited(was.step, h)
	people, err := c.ask(ctx, tx, was.step, was.approvers())
	switch {
	case errors.Is(err, ErrNoReviewer):
		return false, nil
	case err != nil:
		return false, err
	case !slices.Contains(people, h.ID):
		return false, nil
	}
	ev := event{Seq: c.seq + 1, At: tx.Now, Member: tenant.Optional(tx.Actor.Member), Action: pass, Step: was.step,
		Opinion: h.BeforeName + " → " + h.Name, Opened: tenant.Doc[[]uuid.UUID]{V: replaced(was.asked, h)}}
	if _, err := was.after(c.Definition.Steps, ev); err != nil {
		return false, err
	}
	if err := c.append(ctx, tx, ev); err != nil {
		return false, err
	}
	if _, err := tx.Exec(ctx, `update approval_cases set seq = $2, steps = $3 where id = $1`, c.ID, ev.Seq, tenant.JSON(c.Definition)); err != nil {
		return false, err
	}
	tx.Audit(rules[pass][Open].audit, c.object(), map[string]any{"from": h.Before, "to": h.ID, "step": was.step})
	return true, e.passTask(ctx, tx, c, h)
}

// passTask closes the task of the one and gives the other theirs.
func (e *Engine) passTask(ctx context.Context, tx *tenant.Tx, c Case, h heir) error {
	var task uuid.UUID
	err := tx.Get(ctx, &task, `
		with was as (
		  update approval_tasks set state = 'closed' where case_id = $1 and step = $2 and member_id = $3 and state = 'open'
		  returning *)
		insert into approval_tasks as t (id, case_id, step, member_id, state, arrived_at, work_minutes, due_at, calendar, remind_at, reminders)
		select $5, case_id, step, $4, 'open', arrived_at, work_minutes, due_at, calendar, remind_at, reminders from was
		on conflict on constraint approval_tasks_uq do update set state = 'open' where t.state in ('open', 'closed')
		returning t.id`, c.ID, c.Step, h.Before, h.ID, tenant.NewID())
	if err != nil {
		return err
	}
	return e.deps.Notify(ctx, tx, message.Notice{To: []uuid.UUID{h.ID}, Code: "approval.task_passed", Href: taskPath(task),
		Params: c.params(tx, map[string]string{"from": h.BeforeName})})
}

// inherited is the definition with the heir in the other's place from a step on.
func (d Definition) inherited(step int, h heir) Definition {
	steps := slices.Clone(d.Steps)
	for i := step - 1; i < len(steps); i++ {
		steps[i].People = replaced(steps[i].People, h)
	}
	d.Steps = steps
	return d
}

// replaced puts the heir where the other stood; once, if they stand there both.
func replaced(people []uuid.UUID, h heir) []uuid.UUID {
	out := []uuid.UUID{}
	for _, p := range people {
		if p == h.Before {
			p = h.ID
		}
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}
