package publish

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"hetu/tenant"
)

// Drafts returns how many drafts lie with a member, who alone can go on with them.
func Drafts(ctx context.Context, tx *tenant.Tx, member uuid.UUID) (n int, err error) {
	err = tx.Get(ctx, &n, `select count(*) from items where drafter_id = $1 and state = 'draft'`, member)
	return n, err
}

// PassDrafts makes the drafts of somebody who has left those of another, who can
// be told by their account: they go on writing, and are its author from then on
// (R231). It returns how many went; none to whoever has not come yet.
func PassDrafts(ctx context.Context, tx *tenant.Tx, from, to uuid.UUID) (n int, err error) {
	var heir struct {
		Account uuid.UUID `db:"account_id"`
		Name    string    `db:"name"`
	}
	err = tx.Get(ctx, &heir, `select account_id, name from members where id = $1 and state in ('active', 'invited') and account_id is not null`, to)
	if errors.Is(err, tenant.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var ids []uuid.UUID
	if err := tx.Select(ctx, &ids, `
		   update items
		      set drafter_id = $2, drafter_account = $3, drafter_name = $4, version = version + 1, changed_by = $5, changed_at = $6
		    where drafter_id = $1 and state = 'draft'
		returning id`, from, to, heir.Account, heir.Name, tx.Actor.Name, tx.Now); err != nil {
		return 0, err
	}
	for _, id := range ids {
		tx.Audit("publish.draft_passed", objectOf(id), map[string]uuid.UUID{"from": from, "to": to})
	}
	return len(ids), nil
}
