package publish

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// lockTree lets one change of the tree happen at a time: two moves could close a
// loop.
func lockTree(ctx context.Context, tx *tenant.Tx) error {
	_, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('publish.columns ' || app_tenant()::text, 0))`)
	return err
}

func (c Column) stale(read int) error {
	return ErrStale.With("version", c.Version).With("changed_by", c.ChangedBy).
		With("changed_at", c.ChangedAt).With("changed", c.Touched.since(read))
}

func columnRaced(ctx context.Context, tx *tenant.Tx, was Column) error {
	now, err := columnOf(ctx, tx, was.ID)
	if err != nil {
		return err
	}
	if now.Version == was.Version {
		return ErrState.With("state", now.State)
	}
	return now.stale(was.Version)
}

// disable makes a column take nothing new; what it holds can still be read.
func disable(ctx context.Context, tx *tenant.Tx, in versioned) (Column, error) {
	return turn(ctx, tx, in, "active", "disabled")
}

func enable(ctx context.Context, tx *tenant.Tx, in versioned) (Column, error) {
	return turn(ctx, tx, in, "disabled", "active")
}

func turn(ctx context.Context, tx *tenant.Tx, in versioned, from, to string) (Column, error) {
	n, err := tx.Exec(ctx, `
		update columns set state = $4, version = version + 1, touched = touched || $5, changed_by = $6, changed_at = $7, merged_into = null,
		       active_since = case $4 when 'active' then $7 else active_since end
		 where id = $1 and version = $2 and state = $3`,
		in.ID, in.Version, from, to, marks([]string{"state"}, in.Version+1), tx.Actor.Name, tx.Now)
	if err != nil {
		return Column{}, err
	}
	if n == 0 {
		return Column{}, columnRaced(ctx, tx, Column{ID: in.ID, Version: in.Version})
	}
	tx.Audit("publish.column_"+to, columnObject(in.ID), map[string]string{"from": from})
	return columnOf(ctx, tx, in.ID)
}

type merging struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Into    uuid.UUID `json:"into"`
	Version int       `json:"version" minimum:"1"`
}

// merge ends a column in favour of another. What was published stays where it
// was published, because the column is part of what passed review (R033, R035);
// the other column's readers find it there too, and who opens the old one is
// shown the way. What is under way stays its drafters', who are told and choose
// a column anew. What stands first in it stands first in the other one, as far as
// there is room (see leave). Enabling the column again undoes the merge.
func merge(ctx context.Context, tx *tenant.Tx, in merging) (Column, error) {
	if err := lockTree(ctx, tx); err != nil {
		return Column{}, err
	}
	// Neither is disabled meanwhile, and nothing pinned: in the order of firstIn.
	if _, err := tx.Exec(ctx, `select from columns where id in ($1, $2) order by id <> $1 for no key update`, in.ID, in.Into); err != nil {
		return Column{}, err
	}
	c, err := columnOf(ctx, tx, in.ID)
	if err != nil {
		return c, err
	}
	to, err := columnOf(ctx, tx, in.Into)
	if errors.Is(err, ErrColumnNotFound) || err == nil && (to.ID == c.ID || to.State != "active") {
		return c, ErrColumnUnknown.On("into")
	}
	if err != nil {
		return c, err
	}
	var below bool
	if err := tx.Get(ctx, &below, `select exists (select from columns where parent_id = $1 and state = 'active')`, c.ID); err != nil {
		return c, err
	}
	if below {
		return c, ErrColumnParent
	}
	n, err := tx.Exec(ctx, `
		update columns set state = 'disabled', merged_into = $3, version = version + 1, touched = touched || $4, changed_by = $5, changed_at = $6
		 where id = $1 and version = $2 and state = 'active'`,
		c.ID, in.Version, to.ID, marks([]string{"state", "merged_into"}, in.Version+1), tx.Actor.Name, tx.Now)
	if err != nil {
		return c, err
	}
	if n == 0 {
		return c, columnRaced(ctx, tx, Column{ID: c.ID, Version: in.Version})
	}
	off, err := leave(ctx, tx, c, to)
	if err != nil {
		return c, err
	}
	// Whatever was merged into it before goes on where it goes on.
	if _, err := tx.Exec(ctx, `update columns set merged_into = $2 where merged_into = $1`, c.ID, to.ID); err != nil {
		return c, err
	}
	tx.Audit("publish.column_merged", columnObject(c.ID), map[string]any{"name": c.Name, "into": to.ID, "into_name": to.Name, "unpinned": off})
	if err := tellDrafters(ctx, tx, c, to); err != nil {
		return c, err
	}
	return columnOf(ctx, tx, c.ID)
}

// tellDrafters tells those who have something under way in a column that it goes
// on elsewhere.
func tellDrafters(ctx context.Context, tx *tenant.Tx, c, to Column) error {
	var drafters []uuid.UUID
	err := tx.Select(ctx, &drafters, `
		select distinct i.drafter_id from items i join members m on m.id = i.drafter_id and m.state = 'active'
		 where i.column_id = $1 and i.state in ('draft', 'review', 'approved') and i.drafter_id <> $2`, c.ID, tx.Actor.Member)
	if err != nil || len(drafters) == 0 {
		return err
	}
	return message.Send(ctx, tx, message.Notice{To: drafters, Code: "publish.column_merged", Href: "/publish/items?tab=mine",
		Params: map[string]string{"column": c.Name, "into": to.Name, "by": tx.Actor.Name}})
}

// going returns the columns whose items stand in one: its own and those merged
// into it.
func going(ctx context.Context, tx *tenant.Tx, id uuid.UUID) ([]uuid.UUID, error) {
	var merged []uuid.UUID
	err := tx.Select(ctx, &merged, `select id from columns where merged_into = $1 order by id`, id)
	return append([]uuid.UUID{id}, merged...), err
}

type versionedRef struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"-" query:"version"`
}

// removeColumn deletes a column that never held anything: no item in whatever state,
// no column below it, no history. Any other can only be disabled. The rights
// given on it end with it.
func removeColumn(ctx context.Context, tx *tenant.Tx, in versionedRef) (none feature.None, err error) {
	if err := lockTree(ctx, tx); err != nil {
		return none, err
	}
	c, err := columnOf(ctx, tx, in.ID)
	if err != nil {
		return none, err
	}
	if c.Version != in.Version {
		return none, c.stale(in.Version)
	}
	var grants []uuid.UUID
	if err := tx.Select(ctx, &grants, `select id from grants where scope_kind = $1 and scope_id = $2`, ScopeKind, c.ID); err != nil {
		return none, err
	}
	for _, g := range grants {
		if err := rbac.TakeBack(ctx, tx, g); err != nil {
			return none, err
		}
	}
	n, err := tx.Exec(ctx, `delete from columns where id = $1 and version = $2`, c.ID, c.Version)
	switch {
	case slices.Contains(columnKeepers, tenant.Constraint(err)):
		return none, ErrColumnUsed
	case err != nil:
		return none, err
	case n == 0:
		return none, columnRaced(ctx, tx, c)
	}
	tx.Audit("publish.column_deleted", columnObject(c.ID), map[string]any{"name": c.Name, "parent": c.ParentID})
	return none, nil
}

// columnKeepers are the constraints of what keeps a column from being deleted.
var columnKeepers = []string{"items_column_fkey", "columns_parent_fkey", "columns_merged_fkey", "column_news_column_fkey",
	"column_alerts_column_fkey", "column_days_column_fkey", "column_applications_whole"}
