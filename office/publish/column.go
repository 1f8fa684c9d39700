package publish

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/rbac"
	"hetu/tenant"
)

// A Column is a place where items are published, as the actor sees it.
type Column struct {
	ID              uuid.UUID  `db:"id" json:"id"`
	ParentID        *uuid.UUID `db:"parent_id" json:"parent_id"`
	Path            tenant.IDs `db:"path" json:"-"`
	Name            string     `db:"name" json:"name"`
	Kind            string     `db:"kind" json:"kind" enum:"general,news,notice,announcement,briefing"` // what it chiefly holds
	Sort            int        `db:"sort" json:"sort"`
	State           string     `db:"state" json:"state" enum:"active,disabled"`
	DepartmentID    *uuid.UUID `db:"department_id" json:"department_id"`
	DepartmentName  string     `db:"department_name" json:"department_name"`
	ReviewLevels    int        `db:"review_levels" json:"review_levels"`
	MaxIntervalDays *int       `db:"max_interval_days" json:"max_interval_days"` // calendar days without news it sets itself: null as above it, 0 no rule
	IntervalDays    *int       `db:"interval_days" json:"interval_days"`         // what that comes to; null: no rule (R020)
	LastPublishedAt *time.Time `db:"last_published_at" json:"last_published_at"`
	Unread          int        `db:"unread" json:"unread"` // published within 90 days and not read by the actor
	ItemCount       int        `db:"item_count" json:"item_count"`
	May             []string   `db:"-" json:"may" enum:"read,draft,review,sign,publish,manage"`
	Purpose         string     `db:"purpose" json:"purpose"`
	MergedInto      *uuid.UUID `db:"merged_into" json:"merged_into"` // the column that goes on in its place
	MergedName      string     `db:"merged_name" json:"merged_name"`
	Sets            Sets       `db:"sets" json:"sets"` // what it sets itself
	Rules           Rules      `db:"-" json:"rules"`   // what holds in it
	Version         int        `db:"version" json:"version"`
	Touched         touched    `db:"touched" json:"-"`
	ChangedBy       string     `db:"changed_by" json:"-"`
	ChangedAt       time.Time  `db:"changed_at" json:"-"`
}

const columnColumns = `c.id, c.parent_id, c.path, c.name, c.kind, c.sort, c.state, c.department_id,
	coalesce((select d.name from departments d where d.id = c.department_id), '') as department_name,
	c.purpose, c.merged_into, coalesce((select m.name from columns m where m.id = c.merged_into), '') as merged_name, ` + setColumns + `,
	c.review_levels, c.max_interval_days, c.last_published_at, c.item_count, c.version, c.touched, c.changed_by, c.changed_at`

// Columns lists the columns in which the actor may do something, in the order
// of the tree's siblings.
func Columns(ctx context.Context, tx *tenant.Tx) ([]Column, error) {
	var all []Column
	err := tx.Select(ctx, &all, `
		select `+columnColumns+`, coalesce(u.n, 0) as unread
		  from columns c
		  left join (select i.column_id, count(*) as n from items i
		              where i.state = 'published' and i.published_at > $2
		                and not exists (select from item_reads r where r.item_id = i.id and r.member_id = $1)
		                and `+Meant+` and `+Current+`
		              group by i.column_id) u on u.column_id = c.id
		 order by cardinality(c.path), c.sort, c.name, c.id`, tx.Actor.Member, tx.Now.Add(-unreadFor))
	if err != nil {
		return nil, err
	}
	seen := []Column{}
	within, holding := intervals{}, ruled{}
	for _, c := range all {
		c.IntervalDays = within.of(c.ID, c.ParentID, c.MaxIntervalDays)
		c.Rules = holding.of(c)
		if c.judge(ctx); len(c.May) > 0 {
			seen = append(seen, c)
		}
	}
	return seen, nil
}

// judge fills in what the actor may do in the column.
func (c *Column) judge(ctx context.Context) {
	c.May = []string{}
	if c.Sets.Kinds == nil {
		c.Sets.Kinds = tenant.Texts{}
	}
	for _, p := range scoped {
		if on(ctx, p.permission, c.Path) {
			c.May = append(c.May, p.right)
		}
	}
	if may(ctx, Manage) {
		c.May = append(c.May, "manage")
	}
	if !slices.Contains(c.May, "read") {
		c.Unread = 0
		if may(ctx, Inspect) {
			c.May = append([]string{"read"}, c.May...)
		}
	}
}

// scoped are the rights that can be held on a column.
var scoped = []struct {
	right      string
	permission rbac.Permission
}{{"read", Read}, {"draft", Draft}, {"review", Review}, {"sign", Sign}, {"publish", Publish}}

func columnOf(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (c Column, err error) {
	err = tx.Get(ctx, &c, `select `+columnColumns+`, `+intervalDays+` from columns c where c.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return c, ErrColumnNotFound
	}
	if err != nil {
		return c, err
	}
	c.judge(ctx)
	c.Rules, err = rulesOf(ctx, tx, c.Path)
	return c, err
}

// A newColumn is what the Office decides about a column it opens.
type newColumn struct {
	ParentID     *uuid.UUID `json:"parent_id,omitempty"`
	Name         string     `json:"name" maxLength:"40"`
	Kind         string     `json:"kind,omitempty" enum:"general,news,notice,announcement,briefing"`
	DepartmentID *uuid.UUID `json:"department_id,omitempty"`
	ReviewLevels int        `json:"review_levels" minimum:"1" maximum:"5"`
	Sort         int        `json:"sort,omitempty" minimum:"0" maximum:"100000"`
	Interval     *int       `json:"max_interval_days,omitempty" minimum:"-1" maximum:"3660"` // 0: no rule; -1 or absent: as the column above
	Purpose      string     `json:"purpose,omitempty" maxLength:"500"`
	Rules        *ruleSpec  `json:"rules,omitempty"` // absent: all as the column above
}

// Validate refuses a column without a name.
func (n *newColumn) Validate() error {
	if n.Name = line(n.Name); n.Name == "" {
		return ErrNameMissing
	}
	if n.Kind == "" {
		n.Kind = "general"
	}
	n.Purpose = line(n.Purpose)
	return nil
}

// maxDepth is how deep the tree of columns goes.
const maxDepth = 6

// MostColumns is how many columns a tenant opens: the tree is read whole, without
// pages (DO-04).
const MostColumns = 1000

func openColumn(ctx context.Context, tx *tenant.Tx, in newColumn) (Column, error) {
	if err := lockTree(ctx, tx); err != nil { // the one above it is not moved meanwhile
		return Column{}, err
	}
	id := tenant.NewID()
	path, err := below(ctx, tx, in.ParentID, id)
	if err != nil {
		return Column{}, err
	}
	var there int
	if err = tx.Get(ctx, &there, `select count(*) from columns`); err != nil {
		return Column{}, err
	}
	if there >= MostColumns {
		return Column{}, ErrColumnsFull.With("most", MostColumns)
	}
	sets, err := in.Rules.sets()
	if err != nil {
		return Column{}, err
	}
	_, err = tx.Exec(ctx, `
		insert into columns (id, parent_id, path, name, kind, sort, department_id, review_levels, created_at, changed_at, changed_by, max_interval_days,
		                     purpose, kinds, sign, named_from, comments, receipts, all_staff)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		id, given(in.ParentID), tenant.Array(path), in.Name, in.Kind, in.Sort, given(in.DepartmentID), in.ReviewLevels, tx.Now, tx.Actor.Name, interval(in.Interval),
		in.Purpose, sets.kinds(), sets.Sign, sets.NamedFrom, sets.Comments, sets.Receipts, sets.AllStaff)
	if err != nil {
		return Column{}, columnFault(err)
	}
	tx.Audit("publish.column_opened", columnObject(id), map[string]any{
		"name": in.Name, "parent": in.ParentID, "levels": in.ReviewLevels, "interval": interval(in.Interval), "sets": sets})
	return columnOf(ctx, tx, id)
}

func columnObject(id uuid.UUID) string { return "publish/column/" + id.String() }

// given returns nil for the zero id, by which a client says "none".
func given(id *uuid.UUID) *uuid.UUID {
	if id == nil || *id == uuid.Nil {
		return nil
	}
	return id
}

// below returns the path of a column under parent.
func below(ctx context.Context, tx *tenant.Tx, parent *uuid.UUID, id uuid.UUID) ([]uuid.UUID, error) {
	if given(parent) == nil {
		return []uuid.UUID{id}, nil
	}
	p, err := columnOf(ctx, tx, *parent)
	switch {
	case errors.Is(err, ErrColumnNotFound):
		return nil, ErrColumnUnknown.On("parent_id")
	case err != nil:
		return nil, err
	case slices.Contains(p.Path, id):
		return nil, ErrColumnLoop
	case len(p.Path) >= maxDepth:
		return nil, ErrColumnDeep
	}
	return append(slices.Clone([]uuid.UUID(p.Path)), id), nil
}

func columnFault(err error) error {
	switch tenant.Constraint(err) {
	case "columns_name_uq":
		return ErrColumnTaken
	case "columns_department_fkey":
		return ErrDepartment
	case "columns_path_own":
		return ErrColumnDeep
	}
	return err
}

// A columnChange changes what it names. The zero id means none: no parent, no
// department.
type columnChange struct {
	ID           uuid.UUID  `json:"-" path:"id"`
	ParentID     *uuid.UUID `json:"parent_id,omitempty"`
	Name         *string    `json:"name,omitempty" maxLength:"40"`
	Kind         *string    `json:"kind,omitempty" enum:"general,news,notice,announcement,briefing"`
	DepartmentID *uuid.UUID `json:"department_id,omitempty"`
	ReviewLevels *int       `json:"review_levels,omitempty" minimum:"1" maximum:"5"`
	Sort         *int       `json:"sort,omitempty" minimum:"0" maximum:"100000"`
	Interval     *int       `json:"max_interval_days,omitempty" minimum:"-1" maximum:"3660"` // 0: no rule; -1: as the column above
	Purpose      *string    `json:"purpose,omitempty" maxLength:"500"`
	Rules        *ruleSpec  `json:"rules,omitempty"` // all of them at once
	Version      int        `json:"version" minimum:"1"`
}

// changeColumn changes a column. Moving it moves what is below it, and the
// rights that reach it from above are those above its new place.
func changeColumn(ctx context.Context, tx *tenant.Tx, in columnChange) (Column, error) {
	if err := lockTree(ctx, tx); err != nil {
		return Column{}, err
	}
	c, err := columnOf(ctx, tx, in.ID)
	if err != nil {
		return c, err
	}
	if c.Version != in.Version {
		return c, c.stale(in.Version)
	}
	was := c
	fields, err := c.apply(in)
	if err != nil {
		return c, err
	}
	if slices.Contains(fields, "parent_id") {
		if c.Path, err = below(ctx, tx, c.ParentID, c.ID); err != nil {
			return c, err
		}
	}
	n, err := tx.Exec(ctx, `
		update columns
		   set parent_id = $3, name = $4, kind = $5, department_id = $6, review_levels = $7, sort = $8, path = $9,
		       version = version + 1, touched = touched || $10, changed_by = $11, changed_at = $12, max_interval_days = $13,
		       purpose = $14, kinds = $15, sign = $16, named_from = $17, comments = $18, receipts = $19, all_staff = $20
		 where id = $1 and version = $2`,
		c.ID, c.Version, c.ParentID, c.Name, c.Kind, c.DepartmentID, c.ReviewLevels, c.Sort, c.Path,
		marks(fields, c.Version+1), tx.Actor.Name, tx.Now, c.MaxIntervalDays,
		c.Purpose, c.Sets.kinds(), c.Sets.Sign, c.Sets.NamedFrom, c.Sets.Comments, c.Sets.Receipts, c.Sets.AllStaff)
	if err != nil {
		return c, columnFault(err)
	}
	if n == 0 {
		return c, columnRaced(ctx, tx, c)
	}
	if !slices.Equal(was.Path, c.Path) {
		if err := moveBelow(ctx, tx, was, c); err != nil {
			return c, err
		}
	}
	tx.Audit("publish.column_changed", columnObject(c.ID), map[string]any{
		"fields": fields, "name": c.Name, "parent": c.ParentID, "department": c.DepartmentID, "levels": c.ReviewLevels, "sort": c.Sort, "interval": c.MaxIntervalDays, "sets": c.Sets})
	return columnOf(ctx, tx, c.ID)
}

// moveBelow gives everything below a moved column its new path.
func moveBelow(ctx context.Context, tx *tenant.Tx, was, now Column) error {
	_, err := tx.Exec(ctx, `
		update columns set path = $2::uuid[] || path[$3 + 1:] where path @> array[$1::uuid] and id <> $1`,
		now.ID, now.Path, len(was.Path))
	if err != nil {
		return columnFault(err)
	}
	return rbac.Changed(ctx, tx)
}

// apply takes over what the change names and returns what that changed.
func (c *Column) apply(in columnChange) (fields []string, err error) {
	fields = []string{}
	if in.Name != nil {
		name := line(*in.Name)
		if name == "" {
			return nil, ErrNameMissing
		}
		if name != c.Name {
			c.Name, fields = name, append(fields, "name")
		}
	}
	if in.Kind != nil && *in.Kind != c.Kind {
		c.Kind, fields = *in.Kind, append(fields, "kind")
	}
	if in.ReviewLevels != nil && *in.ReviewLevels != c.ReviewLevels {
		c.ReviewLevels, fields = *in.ReviewLevels, append(fields, "review_levels")
	}
	if in.Sort != nil && *in.Sort != c.Sort {
		c.Sort, fields = *in.Sort, append(fields, "sort")
	}
	if in.ParentID != nil && !same(given(in.ParentID), c.ParentID) {
		c.ParentID, fields = given(in.ParentID), append(fields, "parent_id")
	}
	if in.DepartmentID != nil && !same(given(in.DepartmentID), c.DepartmentID) {
		c.DepartmentID, fields = given(in.DepartmentID), append(fields, "department_id")
	}
	if days := interval(in.Interval); in.Interval != nil && !same(days, c.MaxIntervalDays) {
		c.MaxIntervalDays, fields = days, append(fields, "max_interval_days")
	}
	if in.Purpose != nil && line(*in.Purpose) != c.Purpose {
		c.Purpose, fields = line(*in.Purpose), append(fields, "purpose")
	}
	if in.Rules != nil {
		sets, err := in.Rules.sets()
		if err != nil {
			return nil, err
		}
		fields = append(fields, c.Sets.replace(sets)...)
	}
	return fields, nil
}

func same[T comparable](a, b *T) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}
