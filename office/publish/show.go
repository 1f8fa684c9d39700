package publish

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/tenant"
)

// show makes an item visible to its readers, and r what it is then. It is the only way there: no other
// statement of this package makes an item published, and a test holds that
// (R032). The database checks once more that every level of review was passed
// by somebody other than the drafter, on this very content.
func show(ctx context.Context, tx *tenant.Tx, r *row) error {
	kind, unit := r.unit(tx.Actor.Tenant)
	minutes, err := took(ctx, tx, r)
	if err != nil {
		return err
	}
	did := tx.Deed(tenant.Deed{
		Kind: Published, Unit: unit, UnitKind: kind, Item: objectOf(r.ID), Title: r.Title, Content: r.ContentHash,
		WorkMinute: minutes,
	})
	n, err := tx.Exec(ctx, `
		update items
		   set state = 'published', published_at = $3, publisher_id = $4, publisher_account = $5, publisher_name = $6,
		       levels = $7, deed_id = $8, deed_unit = $9, deed_unit_kind = $10,
		       version = version + 1, touched = touched || $11, changed_by = $6, changed_at = $3
		 where id = $1 and version = $2 and state = 'approved' and approved_hash = content_hash`,
		r.ID, r.Version, tx.Now, tx.Actor.Member, tx.Actor.Account, tx.Actor.Name,
		r.ColumnLevels, did, unit, kind, marks([]string{"state"}, r.Version+1))
	switch {
	case tenant.Constraint(err) == "items_reviewed":
		return ErrNotReviewed
	case tenant.Constraint(err) == "items_signed":
		return ErrNotSigned
	case tenant.Constraint(err) == "items_online":
		return ErrOffline
	case err != nil:
		return err
	case n == 0:
		return raced(ctx, tx, r)
	}
	n, err = tx.Exec(ctx, `
		update columns set item_count = item_count + 1, last_published_at = greatest(last_published_at, $2)
		 where id = $1 and state = 'active'`, r.ColumnID, tx.Now)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrColumnDisabled
	}
	if _, err = tx.Exec(ctx, `insert into item_counts (item_id) values ($1)`, r.ID); err != nil {
		return err
	}
	if err := endSchedule(ctx, tx, r.ID, "done"); err != nil {
		return err
	}
	tx.Audit(Published, objectOf(r.ID), map[string]any{"column": r.ColumnName, "hash": r.ContentHash, "case": r.CaseID, "deed": did})
	if err := copyUpward(ctx, tx, r); err != nil {
		return err
	}
	if err := index(ctx, tx, r.ID, Terms(r.Title, plain(r.BodyHTML), r.attachmentNames())); err != nil {
		return err
	}
	me := tx.Actor.Member
	r.State, r.Version = "published", r.Version+1
	r.PublishedAt, r.PublisherID, r.PublisherName = &tx.Now, &me, tx.Actor.Name
	r.DeedID, r.DeedUnit, r.DeedUnitKind = &did, &unit, kind
	return nil
}

// after returns now, but not before the publication of r: of a transaction that
// began before it, and read r when it was committed, it is the earlier.
func (r *row) after(now time.Time) time.Time {
	if r.PublishedAt.After(now) {
		return *r.PublishedAt
	}
	return now
}

// noticed returns when somebody saw that r, which is published, has to go: now,
// if nobody says. It fails with ErrNoticed if that was before the publication or
// is yet to come (R014).
func (r *row) noticed(now time.Time, said *time.Time) (time.Time, error) {
	now = r.after(now)
	if said == nil {
		return now, nil
	}
	if said.After(now) || said.Before(*r.PublishedAt) {
		return time.Time{}, ErrNoticed
	}
	return *said, nil
}

// hide takes an item away from its readers, counts how long it stood there and
// takes the deed of its publication back (R012, R014, R015). The tenants above
// lose it in the same moment.
func hide(ctx context.Context, tx *tenant.Tx, r *row, why takedown) error {
	reason, noticed, now := why.reason, why.noticed, r.after(tx.Now)
	me, minutes := tx.Actor.Member, int(now.Sub(*r.PublishedAt).Minutes())
	n, err := tx.Exec(ctx, `
		update items
		   set state = 'withdrawn', withdrawn_at = $3, withdrawn_id = $4, withdrawn_name = $5, withdraw_reason = $6,
		       withdraw_minutes = $7, noticed_at = $8,
		       version = version + 1, touched = touched || $9, changed_by = $5, changed_at = $3
		 where id = $1 and version = $2 and state = 'published'`,
		r.ID, r.Version, now, tx.Actor.Member, tx.Actor.Name, reason, minutes, noticed,
		marks([]string{"state"}, r.Version+1))
	if err != nil {
		return err
	}
	if n == 0 {
		return raced(ctx, tx, r)
	}
	if _, err = tx.Exec(ctx, `delete from published_copies where item_id = $1`, r.ID); err != nil {
		return err
	}
	tx.Deed(tenant.Deed{
		Kind: Published, Member: *r.PublisherID, Unit: *r.DeedUnit, UnitKind: r.DeedUnitKind, Item: objectOf(r.ID),
		Title: r.Title, Content: r.ContentHash, Reverses: *r.DeedID,
	})
	// Ours first, and then counted: what somebody else publishes or withdraws meanwhile counts too.
	if _, err := tx.Exec(ctx, `select from columns where id = $1 for no key update`, r.ColumnID); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		update columns
		   set item_count = item_count - 1,
		       last_published_at = (select max(i.published_at) from items i where i.column_id = $1 and i.state = 'published')
		 where id = $1`, r.ColumnID)
	r.State, r.Version, r.WithdrawnAt, r.WithdrawnID, r.WithdrawnName = "withdrawn", r.Version+1, &now, &me, tx.Actor.Name
	r.WithdrawReason, r.WithdrawMinutes, r.NoticedAt = reason, &minutes, &noticed
	tx.Audit("publish.withdrawn", objectOf(r.ID), map[string]any{"reason": reason, "class": why.class, "minutes": minutes, "noticed_at": noticed})
	if err != nil {
		return err
	}
	return takenDown(ctx, tx, r, why)
}

// copyUpward writes what the tenants above may read of the item, as the actor
// publishes it.
func copyUpward(ctx context.Context, tx *tenant.Tx, r *row) error {
	type summed struct {
		Name    string `json:"name"`
		Summary string `json:"summary"`
	}
	reviewers, attachments := tenant.Texts{}, tenant.Doc[[]summed]{V: []summed{}}
	for _, v := range r.Reviewers {
		reviewers = append(reviewers, v.Name)
	}
	for _, a := range r.Attachments {
		attachments.V = append(attachments.V, summed{a.Name, a.Summary})
	}
	_, err := tx.Exec(ctx, `
		insert into published_copies (item_id, title, kind, column_name, body_html, source, drafter_name, reviewers, publisher_name,
		                              editor_name, department_name, published_at, content_hash, attachments, event_date, cover_alt)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::date, $16)`,
		r.ID, r.Title, r.Kind, r.ColumnName, r.BodyHTML, r.Source, r.DrafterName, reviewers, tx.Actor.Name,
		r.EditorName, r.DepartmentName, tx.Now, r.ContentHash, attachments, r.EventDate, r.CoverAlt)
	return err
}

// unit returns to whose account the item goes: the department whose column it
// is in, else the drafter's, else the whole tenant.
func (r *row) unit(whole uuid.UUID) (kind string, id uuid.UUID) {
	switch {
	case r.ColumnUnit != nil:
		return "department", *r.ColumnUnit
	case r.DepartmentID != nil:
		return "department", *r.DepartmentID
	}
	return "tenant", whole
}
