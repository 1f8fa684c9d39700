package target

import (
	"context"

	"github.com/google/uuid"

	"hetu/tenant"
)

// Answering returns for how many targets a member answers: leads or reports.
func Answering(ctx context.Context, tx *tenant.Tx, member uuid.UUID) (n int, err error) {
	err = tx.Get(ctx, &n, `select count(*) from target_duties where leader_id = $1 or reporter_id = $1`, member)
	return n, err
}

// PassDuties lets another answer for the targets one member answers for (R231).
// It returns for how many.
func PassDuties(ctx context.Context, tx *tenant.Tx, from, to uuid.UUID) (n int, err error) {
	var ids []uuid.UUID
	err = tx.Select(ctx, &ids, `
		   update target_duties d
		      set leader_id = case when d.leader_id = $1 then m.id else d.leader_id end,
		          leader_name = case when d.leader_id = $1 then m.name else d.leader_name end,
		          reporter_id = case when d.reporter_id = $1 then m.id else d.reporter_id end,
		          reporter_account = case when d.reporter_id = $1 then m.account_id else d.reporter_account end,
		          reporter_name = case when d.reporter_id = $1 then m.name else d.reporter_name end,
		          version = d.version + 1, changed_by = $3, changed_at = $4
		     from members m
		    where m.id = $2 and m.state in ('active', 'invited') and (d.leader_id = $1 or d.reporter_id = $1)
		returning d.target_id`, from, to, tx.Actor.Name, tx.Now)
	for _, id := range ids {
		tx.Audit("target.duty_passed", "target/target/"+id.String(), map[string]uuid.UUID{"from": from, "to": to})
	}
	return len(ids), err
}
