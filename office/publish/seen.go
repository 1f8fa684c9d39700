package publish

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"hetu/approval"
	"hetu/tenant"
)

// seen returns an item as the actor may read it: as it is if they may see it,
// or if it waits for their decision, which may have been somebody else's (R231);
// else, if they passed or returned it, as they decided on it, which they may
// read and nothing else, until it is withdrawn (R015). To everybody else it does
// not exist.
func (d *Desk) seen(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (*row, error) {
	r, err := load(ctx, tx, id)
	if err != nil || r.visible(ctx, tx.Actor.Member) {
		return r, err
	}
	if r.State == "withdrawn" {
		return nil, ErrNotFound
	}
	if asked, err := r.asks(ctx, tx); err != nil || asked {
		return r, err
	}
	hash, _, err := d.flow.Judged(ctx, tx, Kind, id)
	if errors.Is(err, approval.ErrCaseNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	r.judged = true
	if hash == r.ContentHash {
		return r, nil
	}
	return r, r.asSubmitted(ctx, tx, hash)
}

// asks reports whether the item waits for the actor's decision.
func (r *row) asks(ctx context.Context, tx *tenant.Tx) (asked bool, err error) {
	if r.CaseID == nil {
		return false, nil
	}
	err = tx.Get(ctx, &asked, `
		select exists (select from approval_tasks t join approval_cases c on c.id = t.case_id
		                where t.case_id = $1 and t.member_id = $2 and t.state = 'open' and c.state = 'open')`, *r.CaseID, tx.Actor.Member)
	return asked, err
}

// asSubmitted puts the content with the hash, which was handed in once, in the
// place of what the item says now. What was not kept is ErrNotFound.
func (r *row) asSubmitted(ctx context.Context, tx *tenant.Tx, hash string) error {
	now := r.Attachments
	err := tx.Get(ctx, r, `
		select i.content_hash, i.revision, i.column_id, i.column_name, i.kind, i.title, i.body_html, i.source, i.editor_id, i.editor_name, i.attachments,
		       `+fieldColumns+`, `+coverDigest+`, `+audienceNames+`
		  from submitted_contents i
		 where i.item_id = $1 and i.content_hash = $2`, r.ID, hash)
	if errors.Is(err, tenant.ErrNoRows) {
		return ErrNotFound
	}
	for i, a := range r.Attachments {
		_, err := (&row{Attachments: now}).pick(a.ID)
		r.Attachments[i].Gone = err != nil
	}
	if r.CoverSHA == "" { // the file has gone
		r.bare()
	}
	r.superseded, r.Reviewers = true, nil
	return err
}

// keepSubmitted keeps the item's content, as the database has it, if it is what
// was last handed in for review.
func keepSubmitted(ctx context.Context, tx *tenant.Tx, id uuid.UUID) error {
	_, err := tx.Exec(ctx, `
		insert into submitted_contents (item_id, content_hash, revision, column_id, column_name, kind, title, body_html, source,
		                                editor_id, editor_name, attachments, kept_at,
		                                cover_file, cover_alt, audience, audience_departments, event_date, valid_until)
		     select i.id, i.content_hash, i.revision, i.column_id, c.name, i.kind, i.title, i.body_html, i.source,
		            i.editor_id, i.editor_name, `+attachmentsOf+`, $2,
		            i.cover_file, i.cover_alt, i.audience, i.audience_departments, i.event_date, i.valid_until
		       from items i
		       join columns c on c.id = i.column_id
		       join approval_cases f on f.id = i.case_id and f.hash = i.content_hash
		      where i.id = $1
		on conflict on constraint submitted_contents_pkey do nothing`, id, tx.Now)
	return err
}
