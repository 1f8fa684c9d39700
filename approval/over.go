package approval

import (
	"context"

	"github.com/google/uuid"

	"hetu/tenant"
)

// Over returns which of the tasks are not open any more: somebody has decided them,
// or they were closed without.
func Over(ctx context.Context, tx *tenant.Tx, tasks []uuid.UUID) (over []uuid.UUID, err error) {
	if len(tasks) == 0 {
		return nil, nil
	}
	return over, tx.Select(ctx, &over, `select id from approval_tasks where id = any($1) and state <> 'open'`, tenant.Array(tasks))
}
