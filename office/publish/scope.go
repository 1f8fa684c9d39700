package publish

import (
	"context"

	"github.com/google/uuid"

	"hetu/tenant"
)

// ScopeNames returns the names of columns by their ids, each with those above
// it, the root's first: what a grant on a column is called. A column that is not
// there has none.
func ScopeNames(ctx context.Context, tx *tenant.Tx, ids []uuid.UUID) (map[uuid.UUID][]string, error) {
	var rows []struct {
		ID    uuid.UUID    `db:"id"`
		Names tenant.Texts `db:"names"`
	}
	err := tx.Select(ctx, &rows, `
		select c.id, array(select a.name from columns a where a.id = any (c.path) order by cardinality(a.path)) as names
		  from columns c where c.id = any ($1)`, tenant.Array(ids))
	names := make(map[uuid.UUID][]string, len(rows))
	for _, r := range rows {
		names[r.ID] = r.Names
	}
	return names, err
}
