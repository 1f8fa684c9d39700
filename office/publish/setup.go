package publish

import (
	"context"

	"github.com/google/uuid"

	"hetu/tenant"
)

// Setup returns the open columns of the tenant with all that holds in them, each
// after the one above it: what a template takes over. There are at most MostColumns.
func Setup(ctx context.Context, tx *tenant.Tx) ([]PatternColumn, error) {
	cs := []PatternColumn{}
	err := tx.Select(ctx, &cs, `
		select `+ruleColumns+` from columns c
		 where not exists (select from columns up where up.id = any (c.path) and up.state <> 'active')
		 order by cardinality(c.path), c.sort, c.name, c.id`)
	return cs, err
}

// Establish makes those of the columns that are not there yet, by their names in
// the tree, and leaves those that are as they are. It returns for each whether it
// was made; with dry set, whether it would be, and makes none. A column must come
// after the one above it. Who calls it has asked who may (R022).
func Establish(ctx context.Context, tx *tenant.Tx, cs []PatternColumn, dry bool) (made []bool, err error) {
	if err := lockTree(ctx, tx); err != nil && !dry {
		return nil, err
	}
	var rows []struct {
		ID     uuid.UUID  `db:"id"`
		Parent *uuid.UUID `db:"parent_id"`
		Name   string     `db:"name"`
	}
	if err := tx.Select(ctx, &rows, `select id, parent_id, name from columns`); err != nil {
		return nil, err
	}
	named := map[place]uuid.UUID{}
	for _, r := range rows {
		named[placeOf(r.Parent, r.Name)] = r.ID
	}
	here := map[uuid.UUID]uuid.UUID{} // by the template's key; the nil id: would be made
	made = make([]bool, len(cs))
	for i, c := range cs {
		parent, fresh := uuid.Nil, false
		if c.ParentKey != nil {
			parent = here[*c.ParentKey]
			fresh = parent == uuid.Nil
		}
		if id, there := named[place{parent, c.Name}]; there && !fresh {
			here[c.Key] = id
			continue
		}
		made[i] = true
		if dry {
			continue
		}
		col, err := openColumn(ctx, tx, c.opened(parent))
		if err != nil {
			return nil, err
		}
		here[c.Key] = col.ID
	}
	return made, nil
}
