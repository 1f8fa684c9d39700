package publish

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/tenant"
)

// Rules are what holds in a column. Of what it does not set itself, the same
// holds as in the column above it.
type Rules struct {
	Kinds     tenant.Texts `db:"kinds" json:"kinds"`           // that may be drafted here
	Sign      bool         `db:"sign" json:"sign"`             // the supervising leader signs off after the reviews (R034)
	NamedFrom *string      `db:"named_from" json:"named_from"` // YYYY-MM-DD: from then on an item names its responsible editor too (R011); null: no such rule
	Comments  bool         `db:"comments" json:"comments"`     // readers may comment
	Receipts  bool         `db:"receipts" json:"receipts"`     // readers confirm that they have read
	AllStaff  bool         `db:"all_staff" json:"all_staff"`   // it is meant for everybody
}

// Sets are what a column sets itself. Null, and no kinds: as above it.
type Sets struct {
	Kinds     tenant.Texts `db:"kinds" json:"kinds"`
	Sign      *bool        `db:"sign" json:"sign"`
	NamedFrom *string      `db:"named_from" json:"named_from"`
	Comments  *bool        `db:"comments" json:"comments"`
	Receipts  *bool        `db:"receipts" json:"receipts"`
	AllStaff  *bool        `db:"all_staff" json:"all_staff"`
}

const setColumns = `c.kinds as "sets.kinds", c.sign as "sets.sign", c.named_from::text as "sets.named_from", c.comments as "sets.comments",
	c.receipts as "sets.receipts", c.all_staff as "sets.all_staff"`

// allKinds are the kinds of items there are, in the order in which they are shown.
var allKinds = []string{"news", "notice", "announcement", "briefing"}

// below returns what holds in a column that sets this, under one with these rules.
func (s Sets) below(r Rules) Rules {
	if len(s.Kinds) > 0 {
		r.Kinds = s.Kinds
	}
	for _, f := range []struct {
		at  *bool
		own *bool
	}{{&r.Sign, s.Sign}, {&r.Comments, s.Comments}, {&r.Receipts, s.Receipts}, {&r.AllStaff, s.AllStaff}} {
		if f.own != nil {
			*f.at = *f.own
		}
	}
	if s.NamedFrom != nil {
		r.NamedFrom = s.NamedFrom
	}
	return r
}

// ruled are the rules of columns, as far as is known from the top of the tree
// downward.
type ruled map[uuid.UUID]Rules

// of returns what holds in a column. The column above must have been asked for
// before.
func (v ruled) of(c Column) Rules {
	r := Rules{Kinds: allKinds}
	if c.ParentID != nil {
		r = v[*c.ParentID]
	}
	v[c.ID] = c.Sets.below(r)
	return v[c.ID]
}

// rulesOf returns what holds in the column with this path.
func rulesOf(ctx context.Context, tx *tenant.Tx, path []uuid.UUID) (r Rules, err error) {
	err = tx.Get(ctx, &r, `
		select kinds, sign, named_from::text as named_from, comments, receipts, all_staff from column_rules($1)`, tenant.Array(path))
	return r, err
}

// A ruleSpec is what the Office sets in a column, all of it at once. What is
// absent, empty or "inherit" is as above it.
type ruleSpec struct {
	Kinds     []string `json:"kinds,omitempty" maxItems:"4"`
	Sign      string   `json:"sign,omitempty" enum:"inherit,on,off"`
	NamedFrom string   `json:"named_from,omitempty" maxLength:"10"` // YYYY-MM-DD
	Comments  string   `json:"comments,omitempty" enum:"inherit,on,off"`
	Receipts  string   `json:"receipts,omitempty" enum:"inherit,on,off"`
	AllStaff  string   `json:"all_staff,omitempty" enum:"inherit,on,off"`
}

// sets reads the spec, or returns what is wrong with it.
func (s *ruleSpec) sets() (v Sets, err error) {
	if s == nil {
		return v, nil
	}
	if v.Kinds, err = kindsOf(s.Kinds, "rules.kinds"); err != nil {
		return v, err
	}
	if s.NamedFrom != "" {
		if _, err := calendar.ParseDate(s.NamedFrom); err != nil {
			return v, feature.ErrMalformed.On("rules.named_from")
		}
		v.NamedFrom = &s.NamedFrom
	}
	v.Sign, v.Comments, v.Receipts, v.AllStaff = switched(s.Sign), switched(s.Comments), switched(s.Receipts), switched(s.AllStaff)
	return v, nil
}

// kindsOf returns kinds in their order and each once; nil if there are none.
func kindsOf(kinds []string, field string) (tenant.Texts, error) {
	var sorted tenant.Texts
	for _, k := range kinds {
		if !slices.Contains(allKinds, k) {
			return nil, feature.ErrChoice.On(field)
		}
	}
	for _, k := range allKinds {
		if slices.Contains(kinds, k) {
			sorted = append(sorted, k)
		}
	}
	return sorted, nil
}

func switched(s string) *bool {
	if s != "on" && s != "off" {
		return nil
	}
	on := s == "on"
	return &on
}

// kinds lets the kinds be a parameter: null if there are none.
func (s Sets) kinds() any {
	if len(s.Kinds) == 0 {
		return nil
	}
	return s.Kinds
}

// replace makes v what the column sets and returns the names of what that
// changed.
func (s *Sets) replace(v Sets) (fields []string) {
	changed := map[string]bool{
		"kinds": !slices.Equal(s.Kinds, v.Kinds), "sign": !same(s.Sign, v.Sign), "named_from": !same(s.NamedFrom, v.NamedFrom),
		"comments": !same(s.Comments, v.Comments), "receipts": !same(s.Receipts, v.Receipts), "all_staff": !same(s.AllStaff, v.AllStaff),
	}
	for _, f := range []string{"kinds", "sign", "named_from", "comments", "receipts", "all_staff"} {
		if changed[f] {
			fields = append(fields, f)
		}
	}
	*s = v
	return fields
}

// takes returns ErrKind unless items of the kind may be drafted where r holds.
func (r Rules) takes(kind string) error {
	if !slices.Contains(r.Kinds, kind) {
		return ErrKind.On("kind").With("kinds", []string(r.Kinds))
	}
	return nil
}

// named returns ErrEditorMissing if by today an item has to name its
// responsible editor and does not.
func (r Rules) named(editor *uuid.UUID, today calendar.Date) error {
	if r.NamedFrom != nil && editor == nil && today.String() >= *r.NamedFrom {
		return ErrEditorMissing.With("since", *r.NamedFrom)
	}
	return nil
}

// fits returns the rules of the item's column, and what of them keeps it from
// being handed in for review there, or published.
func (r *row) fits(ctx context.Context, tx *tenant.Tx) (Rules, error) {
	rules, err := rulesOf(ctx, tx, r.ColumnPath)
	if err != nil {
		return rules, err
	}
	if r.State == "draft" {
		if err := rules.takes(r.Kind); err != nil {
			return rules, err
		}
	}
	if err := rules.named(r.EditorID, calendar.DateOf(tx.Now)); err != nil {
		return rules, err
	}
	return rules, r.filled(ctx, tx, rules)
}

// takesKind returns ErrKind unless the item's column takes its kind.
func (r *row) takesKind(ctx context.Context, tx *tenant.Tx) error {
	rules, err := rulesOf(ctx, tx, r.ColumnPath)
	if err != nil {
		return err
	}
	return rules.takes(r.Kind)
}

// Naming says how a column keeps to the rule that items name their responsible
// editor, counted over what its readers see today.
type Naming struct {
	Since    *string `json:"since"`  // null: there is no such rule
	Kept     int     `json:"kept"`   // published since then with one
	Broken   int     `json:"broken"` // and without: published there is nothing that breaks it but by a date set afterwards
	Earlier  int     `json:"earlier"`
	Reviewed bool    `json:"reviewed"` // all of them name their drafter, their reviewers and their publisher (R009)
}

// naming counts for one column. What was published before the rule took effect
// is no violation of it (R011).
func naming(ctx context.Context, tx *tenant.Tx, in ref) (n Naming, err error) {
	c, err := columnOf(ctx, tx, in.ID)
	if err != nil {
		return n, err
	}
	if !slices.Contains(c.May, "read") && !slices.Contains(c.May, "manage") {
		return n, ErrColumnNotFound
	}
	n.Since = c.Rules.NamedFrom
	var counted struct {
		Kept    int  `db:"kept"`
		Broken  int  `db:"broken"`
		Earlier int  `db:"earlier"`
		Named   bool `db:"named"`
	}
	err = tx.Get(ctx, &counted, `
		select count(*) filter (where i.editor_id is not null and i.published_at >= s.at) as kept,
		       count(*) filter (where i.editor_id is null and i.published_at >= s.at) as broken,
		       count(*) filter (where i.published_at < s.at) as earlier,
		       coalesce(bool_and(i.drafter_name <> '' and i.publisher_name <> '' and exists (
		         select from item_reviews r where r.item_id = i.id and r.case_id = i.case_id)), true) as named
		  from items i, (select coalesce($2::date::timestamp at time zone 'Asia/Shanghai', 'infinity') as at) s
		 where i.column_id = $1 and i.state = 'published'`, c.ID, n.Since)
	n.Kept, n.Broken, n.Earlier, n.Reviewed = counted.Kept, counted.Broken, counted.Earlier, counted.Named
	return n, err
}
