package assess

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"hetu/rbac"
	"hetu/tenant"
)

// ToConfirm counts the adjustments that wait for a second person who may be the
// actor: not their own, and not about a unit of theirs.
func ToConfirm(ctx context.Context, tx *tenant.Tx) (n int, href string, err error) {
	if !rbac.From(ctx).Has(Confirm) {
		return 0, "", nil
	}
	var rows []struct {
		Round uuid.UUID `db:"round_id"`
		Kind  string    `db:"unit_kind"`
		Unit  uuid.UUID `db:"unit_id"`
		N     int       `db:"n"`
	}
	err = tx.Select(ctx, &rows, `
		select a.round_id, a.unit_kind, a.unit_id, count(*) as n
		  from assess_adjustments a join assess_rounds r on r.id = a.round_id
		 where a.state = 'proposed' and r.state <> 'closed' and a.by_id <> $1 and a.by_account <> $2
		 group by a.round_id, a.unit_kind, a.unit_id order by a.round_id limit 200`, tx.Actor.Member, tx.Actor.Account)
	rounds := map[uuid.UUID]bool{}
	for _, r := range rows {
		switch err := disinterested(ctx, tx, r.Kind, r.Unit); {
		case errors.Is(err, ErrOwnUnit):
			continue
		case err != nil:
			return 0, "", err
		}
		n += r.N
		rounds[r.Round] = true
		href = "/assess/rounds/" + r.Round.String()
	}
	if len(rounds) > 1 {
		href = ""
	}
	return n, href, err
}
