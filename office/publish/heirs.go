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
// be told by their account: they go on writing, and are its author from then on;
// what stands there already stays the words of who wrote it (R231). It returns how many went; none to whoever has not come yet.
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
		      set drafter_id = $2, drafter_account = $3, drafter_name = $4, version = version + 1, changed_by = $5, changed_at = $6,
		          written_id = coalesce(written_id, drafter_id), written_name = case when written_id is null then drafter_name else written_name end
		    where drafter_id = $1 and state = 'draft'
		returning id`, from, to, heir.Account, heir.Name, tx.Actor.Name, tx.Now); err != nil {
		return 0, err
	}
	for _, id := range ids {
		tx.Audit("publish.draft_passed", objectOf(id), map[string]uuid.UUID{"from": from, "to": to})
	}
	return len(ids), nil
}

// An Orphan is a column in which nobody else may do what a member does.
type Orphan struct {
	Column string `db:"name"`
	Right  string `db:"permission"` // Review or Publish
}

// Orphans lists the columns that would have nobody to review in them, or to
// publish, without a member: their rights end when they leave, and somebody else
// has to be given them (R022).
func Orphans(ctx context.Context, tx *tenant.Tx, member uuid.UUID) (os []Orphan, err error) {
	const of = `select from held h where h.permission = p.permission and (h.scope_kind = '' or h.scope_id = any (c.path)) and (h.until is null or h.until > now())`
	err = tx.Select(ctx, &os, `
		select c.name, p.permission from columns c cross join (values ($2), ($3)) as p (permission)
		 where c.state = 'active' and exists (`+of+` and h.member_id = $1) and not exists (`+of+` and h.member_id <> $1)
		 order by p.permission desc, c.path, c.id limit 100`, member, string(Review), string(Publish))
	return os, err
}
