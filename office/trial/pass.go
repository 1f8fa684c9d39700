package trial

import (
	"context"

	"github.com/google/uuid"

	"hetu/message"
	"hetu/tenant"
)

// Improving returns how many improvements lie with a member.
func Improving(ctx context.Context, tx *tenant.Tx, member uuid.UUID) (n int, err error) {
	err = tx.Get(ctx, &n, `select count(*) from trial_improvements where owner_id = $1 and state in ('open', 'doing')`, member)
	return n, err
}

// PassImprovements gives one member's improvements to another, who is told of
// each: as far as they have come, and due as soon (R231). It returns how many went.
func PassImprovements(ctx context.Context, tx *tenant.Tx, from, to uuid.UUID) (n int, err error) {
	var went []struct {
		ID    uuid.UUID `db:"id"`
		Run   uuid.UUID `db:"run_id"`
		Title string    `db:"title"`
		DueOn string    `db:"due_on"`
	}
	err = tx.Select(ctx, &went, `
		   update trial_improvements
		      set owner_id = $2, version = version + 1, changed_by = $3, changed_at = $4
		    where owner_id = $1 and state in ('open', 'doing')
		returning id, run_id, title, to_char(due_on, 'YYYY-MM-DD') as due_on`, from, to, tx.Actor.Name, tx.Now)
	if err != nil {
		return 0, err
	}
	for _, i := range went {
		tx.Audit("trial.improvement_passed", runOf(i.Run), map[string]uuid.UUID{"improvement": i.ID, "from": from, "to": to})
		err := message.Send(ctx, tx, message.Notice{To: []uuid.UUID{to}, Code: "trial.improvement_given",
			Params: message.Params{"title": i.Title, "due": i.DueOn}, Href: "/trial"})
		if err != nil {
			return 0, err
		}
	}
	return len(went), nil
}
