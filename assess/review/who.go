package review

import (
	"context"

	"github.com/google/uuid"

	"hetu/tenant"
)

// Assessed reports whether the account gave a line of a unit's score a value in
// a review of the round: whoever did leaves an appeal against it to others.
func Assessed(ctx context.Context, tx *tenant.Tx, round, unit uuid.UUID, rule string, account uuid.UUID) (did bool, err error) {
	err = tx.Get(ctx, &did, `
		select exists (select from review_scores s
		                 join review_units u on u.id = s.unit_row
		                 join review_calls c on c.id = u.call_id
		                where c.round_id = $1 and u.unit_id = $2 and s.code = $3 and s.account_id = $4)`, round, unit, rule, account)
	return did, err
}
