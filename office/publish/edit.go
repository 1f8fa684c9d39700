package publish

import (
	"context"
	"errors"
	"slices"
	"unicode/utf8"

	"github.com/google/uuid"

	"hetu/attachment"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// A draft is what a drafter writes down first.
type draft struct {
	ColumnID uuid.UUID  `json:"column_id"`
	Kind     string     `json:"kind" enum:"news,notice,announcement,briefing"`
	Title    string     `json:"title"`
	BodyHTML string     `json:"body_html,omitempty" maxLength:"200000"`
	Source   string     `json:"source,omitempty" maxLength:"100"`
	EditorID *uuid.UUID `json:"editor_id,omitempty"`
	FieldSpec
	TemplateID *uuid.UUID `json:"template_id,omitempty"` // what the Office wrote for it stands where the body is empty
}

// maxTitle is how long a title may be, in characters (R027).
const maxTitle = 80

// checkTitle returns a title as one line, or what is wrong with it.
func checkTitle(title string) (string, error) {
	title = line(title)
	switch {
	case title == "":
		return "", ErrTitleMissing
	case utf8.RuneCountInString(title) > maxTitle:
		return "", ErrTitleLong.With("max", maxTitle)
	}
	return title, nil
}

type ref struct {
	ID uuid.UUID `json:"-" path:"id"`
}

// create writes a draft down as the actor's.
func (d *Desk) create(ctx context.Context, tx *tenant.Tx, in draft) (it Item, err error) {
	r := &row{Kind: in.Kind, Source: line(in.Source), BodyHTML: clean(in.BodyHTML)}
	if r.Title, err = checkTitle(in.Title); err != nil {
		return it, err
	}
	if err := r.into(ctx, tx, in.ColumnID); err != nil {
		return it, err
	}
	if err := r.edited(ctx, tx, in.EditorID); err != nil {
		return it, err
	}
	if err := r.begun(ctx, tx, in); err != nil {
		return it, err
	}
	id, err := born(ctx, tx, r)
	if err != nil {
		return it, err
	}
	tx.Audit("publish.drafted", objectOf(id), map[string]any{"column": r.ColumnName, "kind": r.Kind})
	return d.answer(ctx, tx, id)
}

// born inserts r as a draft of the actor's and returns its id.
func born(ctx context.Context, tx *tenant.Tx, r *row) (uuid.UUID, error) {
	var dept struct {
		ID   *uuid.UUID `db:"id"`
		Name string     `db:"name"`
	}
	err := tx.Get(ctx, &dept, `
		select d.id, d.name from posts p join departments d on d.id = p.department_id where p.member_id = $1 and p.main`,
		tx.Actor.Member)
	if err != nil && !errors.Is(err, tenant.ErrNoRows) {
		return uuid.Nil, err
	}
	id := r.ID
	if id == uuid.Nil {
		id = tenant.NewID()
	}
	_, err = tx.Exec(ctx, `
		insert into items (id, column_id, kind, title, body_html, body_text, source, editor_id, editor_name,
		                   drafter_id, drafter_account, drafter_name, department_id, department_name,
		                   content_hash, created_at, changed_at, changed_by)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, $12)`,
		id, r.ColumnID, r.Kind, r.Title, r.BodyHTML, plain(r.BodyHTML), r.Source, r.EditorID, r.EditorName,
		tx.Actor.Member, tx.Actor.Account, tx.Actor.Name, dept.ID, dept.Name, r.hash(), tx.Now)
	if err != nil || !r.fields.set() && r.OriginID == nil {
		return id, err
	}
	return id, r.describe(ctx, tx, id)
}

// into puts the item into a column in which the actor may draft (R002).
func (r *row) into(ctx context.Context, tx *tenant.Tx, id uuid.UUID) error {
	c, err := columnOf(ctx, tx, id)
	if errors.Is(err, ErrColumnNotFound) {
		return ErrColumnUnknown.On("column_id")
	}
	if err != nil {
		return err
	}
	if err := rbac.Require(ctx, Draft, c.Path); err != nil {
		return err
	}
	if c.State != "active" {
		return ErrColumnDisabled.On("column_id")
	}
	if err := c.Rules.takes(r.Kind); err != nil {
		return err
	}
	r.ColumnID, r.ColumnName, r.ColumnPath = c.ID, c.Name, c.Path
	return nil
}

// edited names the responsible editor; nil or the zero id means there is none.
func (r *row) edited(ctx context.Context, tx *tenant.Tx, id *uuid.UUID) error {
	r.EditorID, r.EditorName = nil, ""
	if id == nil || *id == uuid.Nil {
		return nil
	}
	err := tx.Get(ctx, &r.EditorName, `select name from members where id = $1 and state <> 'left'`, *id)
	if errors.Is(err, tenant.ErrNoRows) {
		return ErrEditor
	}
	r.EditorID = id
	return err
}

// answer returns the item as the request's answer.
func (d *Desk) answer(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (Item, error) {
	r, err := load(ctx, tx, id)
	if err != nil {
		return Item{}, err
	}
	return r.item(ctx, tx.Actor.Member), nil
}

// A revision changes what it names. The zero editor id means that there shall
// be none.
type revision struct {
	ID       uuid.UUID  `json:"-" path:"id"`
	ColumnID *uuid.UUID `json:"column_id,omitempty"`
	Kind     *string    `json:"kind,omitempty" enum:"news,notice,announcement,briefing"`
	Title    *string    `json:"title,omitempty"`
	BodyHTML *string    `json:"body_html,omitempty" maxLength:"200000"`
	Source   *string    `json:"source,omitempty" maxLength:"100"`
	EditorID *uuid.UUID `json:"editor_id,omitempty"`
	FieldSpec
	Version int `json:"version" minimum:"1"`
}

// edit changes an item that is not published. If it was under review or had
// passed, that counts no longer and it is a draft again (R033).
func (d *Desk) edit(ctx context.Context, tx *tenant.Tx, in revision) (Item, error) {
	r, err := drafted(ctx, tx, in.ID)
	if err != nil {
		return Item{}, err
	}
	if r.Version != in.Version {
		return Item{}, r.stale(in.Version)
	}
	fields, err := r.apply(ctx, tx, in)
	if err != nil {
		return Item{}, err
	}
	tx.Audit("publish.edited", objectOf(r.ID), map[string]any{"fields": fields, "version": r.Version + min(1, len(fields))})
	if len(fields) == 0 {
		return r.item(ctx, tx.Actor.Member), nil // saving what is there already undoes no review
	}
	if err := d.change(ctx, tx, r, fields); err != nil {
		return Item{}, err
	}
	return d.answer(ctx, tx, r.ID)
}

// drafted returns an item whose content the actor may change now: their own, in
// a column they may draft in, not published.
func drafted(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (*row, error) {
	r, err := find(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if r.DrafterID != tx.Actor.Member {
		return nil, ErrNotDrafter
	}
	if err := rbac.Require(ctx, Draft, r.ColumnPath); err != nil {
		return nil, err
	}
	if !slices.Contains(editable, r.State) {
		return nil, ErrState.With("state", r.State)
	}
	return r, nil
}

// apply takes over what the revision names and returns what that changed.
func (r *row) apply(ctx context.Context, tx *tenant.Tx, in revision) (fields []string, err error) {
	fields = []string{}
	set := func(field string, at *string, to string) {
		if *at != to {
			*at = to
			fields = append(fields, field)
		}
	}
	if in.Title != nil {
		title, err := checkTitle(*in.Title)
		if err != nil {
			return nil, err
		}
		set("title", &r.Title, title)
	}
	if in.BodyHTML != nil {
		set("body_html", &r.BodyHTML, clean(*in.BodyHTML))
	}
	if in.Kind != nil {
		set("kind", &r.Kind, *in.Kind)
	}
	if in.Source != nil {
		set("source", &r.Source, line(*in.Source))
	}
	if in.ColumnID != nil && *in.ColumnID != r.ColumnID {
		if err := r.into(ctx, tx, *in.ColumnID); err != nil {
			return nil, err
		}
		fields = append(fields, "column_id")
	}
	if slices.Contains(fields, "kind") && !slices.Contains(fields, "column_id") {
		if err := r.takesKind(ctx, tx); err != nil {
			return nil, err
		}
	}
	if was := r.EditorID; in.EditorID != nil {
		if err := r.edited(ctx, tx, in.EditorID); err != nil {
			return nil, err
		}
		if (was == nil) != (r.EditorID == nil) || was != nil && *was != *r.EditorID {
			fields = append(fields, "editor_id")
		}
	}
	more, err := r.take(in.FieldSpec)
	if err != nil {
		return nil, err
	}
	fields = append(fields, more...)
	return fields, r.sayable(ctx, tx, fields)
}

// change writes the content of r down, in its revision or as the next, and makes
// it a draft. The case goes first: an approval takes case and item in that order.
func (d *Desk) change(ctx context.Context, tx *tenant.Tx, r *row, fields []string) error {
	if r.State != "draft" {
		if err := d.flow.Void(ctx, tx, Kind, r.ID, "edited"); err != nil {
			return err
		}
	}
	if r.CaseID != nil {
		if err := keepSubmitted(ctx, tx, r.ID); err != nil {
			return err
		}
	}
	save, err := r.saved(ctx, tx)
	if err != nil {
		return err
	}
	args := []any{r.ID, r.Version, r.ColumnID, r.Kind, r.Title, r.BodyHTML, plain(r.BodyHTML), r.Source, r.EditorID,
		r.EditorName, r.hash(), marks(append(fields, stateIf(r)...), r.Version+1), tx.Actor.Name, tx.Now,
		save.number, tx.Actor.Member, save.from, r.bringing}
	n, err := tx.Exec(ctx, `
		update items
		   set column_id = $3, kind = $4, title = $5, body_html = $6, body_text = $7, source = $8, editor_id = $9,
		       editor_name = $10, content_hash = $11, state = 'draft', approved_hash = null, approved_at = null,
		       revision = $15, written_id = $16, written_name = $13, written_from = $17, written_at = $14, restored_from = $18,
		       version = version + 1, touched = touched || $12, changed_by = $13, changed_at = $14,
		       cover_file = $19, cover_alt = $20, audience = $21, audience_departments = $22, event_date = $23::date, valid_until = $24::date
		 where id = $1 and version = $2 and state in ('draft', 'review', 'approved')`, append(args, r.fields.columns()...)...)
	if err != nil {
		return err
	}
	if n == 0 {
		return raced(ctx, tx, r)
	}
	return save.end(ctx, tx, r.ID)
}

// stateIf names the state among what changed, if a change takes it back.
func stateIf(r *row) []string {
	if r.State == "draft" {
		return nil
	}
	return []string{"state"}
}

// raced says what became of an item since r was read.
func raced(ctx context.Context, tx *tenant.Tx, r *row) error {
	now, err := load(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	if now.State != r.State {
		return ErrState.With("state", now.State)
	}
	return now.stale(r.Version)
}

// remove deletes a draft with its attachments.
func (d *Desk) remove(ctx context.Context, tx *tenant.Tx, in ref) (none feature.None, err error) {
	r, err := find(ctx, tx, in.ID)
	if err != nil {
		return none, err
	}
	switch {
	case r.DrafterID != tx.Actor.Member:
		return none, ErrNotDrafter
	case r.State != "draft":
		return none, ErrState.With("state", r.State)
	}
	pictures, err := r.ownPictures(ctx, tx)
	if err != nil {
		return none, err
	}
	// The row first: whoever else is at the item waits for it, or we for them.
	if n, err := tx.Exec(ctx, `update items set version = version + 1, cover_file = null, cover_alt = '' where id = $1 and version = $2 and state = 'draft'`, r.ID, r.Version); err != nil || n == 0 {
		return none, errors.Join(err, raced(ctx, tx, r))
	}
	for _, a := range r.Attachments {
		if _, err := tx.Exec(ctx, `delete from item_attachments where id = $1`, a.ID); err != nil {
			return none, err
		}
		if err := attachment.Release(ctx, tx, a.FileID, objectOf(r.ID)); err != nil {
			return none, err
		}
	}
	if err := r.release(ctx, tx, pictures); err != nil {
		return none, err
	}
	_, err = tx.Exec(ctx, `delete from items where id = $1`, r.ID)
	tx.Audit("publish.deleted", objectOf(r.ID), map[string]any{"column": r.ColumnName})
	return none, err
}
