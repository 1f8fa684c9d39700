package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/approval"
	"hetu/feature"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

type submission struct {
	ID       uuid.UUID `json:"-" path:"id"`
	OnlineOK bool      `json:"online_ok"` // the drafter declares it fit to be put online (R016)
	Version  int       `json:"version" minimum:"1"`
	Words    int       `json:"words_version,omitempty"` // of the dictionary whose warnings the drafter has seen and confirms (R031)
}

// Validate refuses a submission without the declaration.
func (s *submission) Validate() error {
	if !s.OnlineOK {
		return ErrOnline
	}
	return nil
}

// submit hands a draft to the people who review in its column.
func (d *Desk) submit(ctx context.Context, tx *tenant.Tx, in submission) (Item, error) {
	r, err := drafted(ctx, tx, in.ID)
	if err != nil {
		return Item{}, err
	}
	switch {
	case r.State != "draft":
		return Item{}, ErrState.With("state", r.State)
	case r.Version != in.Version:
		return Item{}, r.stale(in.Version)
	case r.ColumnState != "active":
		return Item{}, ErrColumnDisabled
	case plain(r.BodyHTML) == "" && len(r.Attachments) == 0:
		return Item{}, ErrBodyMissing // R028
	case r.hash() != r.ContentHash:
		return Item{}, ErrContentChanged
	}
	rules, err := r.fits(ctx, tx)
	if err != nil {
		return Item{}, err
	}
	if err := d.online(ctx, tx, r); err != nil {
		return Item{}, err
	}
	words, err := r.worded(ctx, tx, in.Words)
	if err != nil {
		return Item{}, err
	}
	id := tenant.NewID()
	n, err := tx.Exec(ctx, `
		update items set state = 'review', submitted_at = $3, case_id = $6, version = version + 1,
		       words_version = $7, words_warns = $8, words_hash = $9, text_hash = $10,
		       touched = touched || $4, changed_by = $5, changed_at = $3
		 where id = $1 and version = $2 and state = 'draft'`,
		r.ID, r.Version, tx.Now, marks([]string{"state"}, r.Version+1), tx.Actor.Name, id,
		words.Version, words.Warns, r.ContentHash, textHash(plain(r.BodyHTML)))
	if err != nil {
		return Item{}, err
	}
	if n == 0 {
		return Item{}, raced(ctx, tx, r)
	}
	if err := d.begin(ctx, tx, r, rules, id); err != nil {
		return Item{}, err
	}
	r.State, r.SubmittedAt, r.CaseID, r.Version = "review", &tx.Now, &id, r.Version+1
	tx.Audit("publish.submitted", objectOf(r.ID), map[string]any{"case": id, "revision": r.Revision, "hash": r.ContentHash, "online_ok": true,
		"words_version": words.Version, "words_confirmed": words.Warns})
	return r.item(ctx, tx.Actor.Member), nil
}

// begin starts the case of an item under that id: as many steps as its column has levels,
// each put to those who review there, and the sign-off if the rules ask for it.
// The flow sees to it that nobody passes two levels and the drafter none (R008, WF-05).
func (d *Desk) begin(ctx context.Context, tx *tenant.Tx, r *row, rules Rules, id uuid.UUID) error {
	people, err := rbac.Holders(ctx, tx, Review, r.ColumnPath)
	if err != nil {
		return err
	}
	var flow approval.Definition
	for level := 1; level <= r.ColumnLevels; level++ {
		flow.Steps = append(flow.Steps, approval.Step{
			Name: stepName(level, r.ColumnLevels), Mode: approval.Any, WorkMinutes: reviewMinutes,
			People: people[:min(len(people), approval.MaxPeople)],
		})
	}
	if err := signedOff(ctx, tx, r, rules, &flow); err != nil {
		return err
	}
	_, unit := r.unit(tx.Actor.Tenant)
	_, err = d.flow.Start(ctx, tx, approval.Submission{
		Case: id, Kind: Kind, Subject: r.ID, Title: r.Title, Hash: r.ContentHash, Unit: unit,
		Definition: flow, ExcludeAccounts: []uuid.UUID{r.DrafterAccount},
	})
	return err
}

// stepName is how a level is called where people see it.
func stepName(level, of int) string {
	if of == 1 {
		return "审核"
	}
	return []string{"一级审核", "二级审核", "三级审核", "四级审核", "五级审核"}[level-1]
}

// current is the hash of what an item's content is now, worked out from the
// content itself.
func (d *Desk) current(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (string, error) {
	var r row
	err := tx.Get(ctx, &r, `select `+contentColumns+` from items i where i.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return "", ErrNotFound
	}
	return r.hash(), err
}

// decided takes over what became of an item's case.
func (d *Desk) decided(ctx context.Context, tx *tenant.Tx, c feature.Decision) error {
	switch c.Outcome {
	case "approved":
		return d.pass(ctx, tx, c)
	case "returned", "withdrawn":
		return back(ctx, tx, c)
	}
	return fmt.Errorf("publish: a case ended as %q", c.Outcome)
}

// back makes an item a draft again whose case was returned or recalled.
func back(ctx context.Context, tx *tenant.Tx, c feature.Decision) error {
	n, err := tx.Exec(ctx, `
		update items set state = 'draft', version = version + 1, touched = touched || jsonb_build_object('state', version + 1),
		       changed_by = $3, changed_at = $4
		 where id = $1 and case_id = $2 and state = 'review'`,
		c.Subject, c.Case, tx.Actor.Name, tx.Now)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrState
	}
	tx.Audit("publish."+c.Outcome, objectOf(c.Subject), map[string]any{"case": c.Case, "reason": c.Reason})
	if c.Outcome == "returned" {
		return countReturn(ctx, tx, c)
	}
	return nil
}

// pass writes down who passed the item at which level and makes it ready to be
// published.
func (d *Desk) pass(ctx context.Context, tx *tenant.Tx, c feature.Decision) error {
	var r row
	err := tx.Get(ctx, &r, `
		   update items i
		      set state = 'approved', approved_hash = $3, approved_at = $4, version = i.version + 1,
		          touched = i.touched || jsonb_build_object('state', i.version + 1), changed_by = $5, changed_at = $4
		     from columns c
		    where i.id = $1 and i.case_id = $2 and i.state = 'review' and i.content_hash = $3 and c.id = i.column_id
		returning i.id, i.title, i.drafter_id, c.name as column_name, c.path as column_path`,
		c.Subject, c.Case, c.Hash, tx.Now, tx.Actor.Name)
	if errors.Is(err, tenant.ErrNoRows) {
		return ErrContentChanged
	}
	if err != nil {
		return err
	}
	if err := writeReviews(ctx, tx, c); err != nil {
		return err
	}
	tx.Audit("publish.approved", objectOf(c.Subject), map[string]any{"case": c.Case, "levels": len(c.Passed), "hash": c.Hash})
	return tellPublishers(ctx, tx, &r)
}

// writeReviews writes down what the case recorded of those who passed it.
func writeReviews(ctx context.Context, tx *tenant.Tx, c feature.Decision) error {
	n, err := tx.Exec(ctx, `
		insert into item_reviews (item_id, case_id, level, member_id, account_id, name, at, checks, content_hash, step)
		     select $1, $2, e.step, m.id, m.account_id, m.name, e.at, e.checks, $3,
		            case when k.steps -> 'steps' -> (e.step - 1) ->> 'name' = $4 then 'sign' else 'review' end
		       from approval_events e
		       join approval_cases k on k.id = e.case_id
		       join members m on m.id = e.member_id
		      where e.case_id = $2 and e.action = 'approve'`, c.Subject, c.Case, c.Hash, signStep)
	if err == nil && n != int64(len(c.Passed)) {
		return fmt.Errorf("publish: %d reviews written of %d", n, len(c.Passed))
	}
	return err
}

// tellPublishers tells those who may publish an item that it waits for them;
// all but its drafter, who is told that it has passed.
func tellPublishers(ctx context.Context, tx *tenant.Tx, r *row) error {
	to, err := rbac.Holders(ctx, tx, Publish, r.ColumnPath)
	if err != nil {
		return err
	}
	to = slices.DeleteFunc(to, func(id uuid.UUID) bool { return id == r.DrafterID })
	return tell(ctx, tx, r, "publish.to_publish", to)
}

// tell sends a notice about an item to those of the members who are there,
// besides the actor.
func tell(ctx context.Context, tx *tenant.Tx, r *row, code string, to []uuid.UUID) error {
	return send(ctx, tx, message.Notice{
		To: to, Code: code, Href: "/publish/items/" + r.ID.String(),
		Params: map[string]string{"title": r.Title, "column": r.ColumnName, "by": tx.Actor.Name},
	})
}

// send sends a notice to those it is to who are there, besides the actor.
func send(ctx context.Context, tx *tenant.Tx, n message.Notice) (err error) {
	if n.To, err = present(ctx, tx, n.To); err != nil {
		return err
	}
	return message.Send(ctx, tx, n)
}

// present narrows members to those who are there, besides the actor.
func present(ctx context.Context, tx *tenant.Tx, members []uuid.UUID) (there []uuid.UUID, err error) {
	if !slices.ContainsFunc(members, func(id uuid.UUID) bool { return id != tx.Actor.Member }) {
		return nil, nil
	}
	err = tx.Select(ctx, &there, `select id from members where id = any ($1) and id <> $2 and state = 'active'`,
		tenant.Array(members), tx.Actor.Member)
	return there, err
}

type versioned struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"version" minimum:"1"`
}

// publishable returns an item that the actor may publish now: it has passed and
// is still what passed. A version of zero is whatever version it has.
func (d *Desk) publishable(ctx context.Context, tx *tenant.Tx, id uuid.UUID, version int) (*row, error) {
	r, err := load(ctx, tx, id) // of the own tenant: who may not publish there is refused, and that is recorded (AZ-08)
	if err != nil {
		return nil, err
	}
	if err := rbac.Require(ctx, Publish, r.ColumnPath); err != nil {
		return nil, err
	}
	switch {
	case !r.visible(ctx, tx.Actor.Member):
		return nil, ErrNotFound
	case r.State == "approved" && r.ColumnState != "active":
		return nil, ErrColumnDisabled
	case r.State != "approved":
		return nil, ErrState.With("state", r.State)
	case version != 0 && r.Version != version:
		return nil, r.stale(version)
	case r.ApprovedHash == nil || r.hash() != *r.ApprovedHash:
		return nil, ErrContentChanged
	}
	if _, err := r.fits(ctx, tx); err != nil {
		return nil, err
	}
	return r, d.online(ctx, tx, r)
}

// publish makes an item visible that has passed, if it is still what passed.
func (d *Desk) publish(ctx context.Context, tx *tenant.Tx, in versioned) (Item, error) {
	r, err := d.publishable(ctx, tx, in.ID, in.Version)
	if err != nil {
		return Item{}, err
	}
	if err := show(ctx, tx, r); err != nil {
		return Item{}, err
	}
	if err := tell(ctx, tx, r, Published, []uuid.UUID{r.DrafterID}); err != nil {
		return Item{}, err
	}
	return r.item(ctx, tx.Actor.Member), nil
}

type withdrawal struct {
	ID        uuid.UUID  `json:"-" path:"id"`
	Reason    string     `json:"reason" maxLength:"200"`
	NoticedAt *time.Time `json:"noticed_at,omitempty"`                                                        // when somebody saw that it has to go; now if absent (R014)
	Class     string     `json:"class,omitempty" enum:"mistake,unsuitable,wrong,confidential,unlawful,other"` // of the reason; other if absent (I10, I12)
	Version   int        `json:"version" minimum:"1"`
}

// Validate refuses a withdrawal without a reason.
func (w *withdrawal) Validate() error {
	if w.Class == "" {
		w.Class = "other"
	}
	if w.Reason = line(w.Reason); w.Reason == "" {
		return ErrReasonMissing
	}
	return nil
}

// withdraw takes a published item down at once (R012).
func (d *Desk) withdraw(ctx context.Context, tx *tenant.Tx, in withdrawal) (Item, error) {
	r, err := find(ctx, tx, in.ID)
	if err != nil {
		return Item{}, err
	}
	switch {
	case !r.withdrawable(ctx, tx.Actor.Member):
		return Item{}, rbac.ErrDenied
	case r.State != "published":
		return Item{}, ErrState.With("state", r.State)
	case r.Version != in.Version:
		return Item{}, r.stale(in.Version)
	}
	noticed, err := r.noticed(tx.Now, in.NoticedAt)
	if err != nil {
		return Item{}, err
	}
	if err := hide(ctx, tx, r, takedown{in.Reason, noticed, in.Class}); err != nil {
		return Item{}, err
	}
	if err := tell(ctx, tx, r, "publish.withdrawn", []uuid.UUID{r.DrafterID, *r.PublisherID}); err != nil {
		return Item{}, err
	}
	return r.item(ctx, tx.Actor.Member), nil
}
