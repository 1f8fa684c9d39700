package publish

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/tenant"
)

// Withdrawn returns which of the items were withdrawn, and when.
func Withdrawn(ctx context.Context, tx *tenant.Tx, items []uuid.UUID) (map[uuid.UUID]time.Time, error) {
	gone := map[uuid.UUID]time.Time{}
	if len(items) == 0 {
		return gone, nil
	}
	return gone, tx.Each(ctx, func(r tenant.Row) error {
		var id uuid.UUID
		var at time.Time
		err := r.Scan(&id, &at)
		gone[id] = at
		return err
	}, `select id, withdrawn_at from items where id = any($1) and state = 'withdrawn'`, tenant.Array(items))
}
