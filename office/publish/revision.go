package publish

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// ErrRevisionNotFound means that an item never had this revision, or that its
// revisions are not the actor's to see.
var ErrRevisionNotFound = fault.New(fault.NotFound, "publish.revision_not_found")

// A sitting is one person's saves, none later than sittingGap after the one
// before and all within sittingMost: they are one revision.
const (
	sittingGap  = 10 * time.Minute
	sittingMost = 30 * time.Minute
)

// A RevisionRow is a revision of an item as a list shows it.
type RevisionRow struct {
	Number       int        `json:"number"`
	Author       Person     `json:"author"`
	BeganAt      time.Time  `json:"began_at"`
	SavedAt      time.Time  `json:"saved_at"`
	Fields       []string   `json:"fields"` // in which it differs from the one before; none of the first
	RestoredFrom *int       `json:"restored_from"`
	Current      bool       `json:"current"`                                                   // what the item says now
	Outcome      string     `json:"outcome" enum:"none,open,approved,returned,withdrawn,void"` // of the last case it was handed in with
	HandedAt     *time.Time `json:"handed_at"`                                                 // to which it was
	Decided      bool       `json:"decided"`                                                   // the actor passed or returned it
}

// A RevisionText is a revision with all it says.
type RevisionText struct {
	RevisionRow
	Title       string       `json:"title"`
	BodyHTML    string       `json:"body_html"`
	Values      []Field      `json:"values"`
	Attachments []Attachment `json:"attachments"`
}

// kept is a revision as the database has it.
type kept struct {
	Number       int                 `db:"number"`
	AuthorID     uuid.UUID           `db:"author_id"`
	AuthorName   string              `db:"author_name"`
	BeganAt      time.Time           `db:"began_at"`
	SavedAt      time.Time           `db:"saved_at"`
	RestoredFrom *int                `db:"restored_from"`
	Fields       tenant.Texts        `db:"fields"`
	Hash         string              `db:"content_hash"`
	Content      tenant.Doc[content] `db:"content"`
}

const keptColumns = `v.number, v.author_id, v.author_name, v.began_at, v.saved_at, v.restored_from, v.fields, v.content_hash`

// revised returns an item whose revisions the actor may see.
func revised(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (*row, error) {
	r, err := find(ctx, tx, id)
	if err == nil && !r.revisable(ctx, tx.Actor.Member) {
		return nil, ErrRevisionNotFound
	}
	return r, err
}

// revisable reports whether the actor may see what the item has been: whoever
// may see it on its way to its readers, and nobody who only reads it.
func (r *row) revisable(ctx context.Context, me uuid.UUID) bool {
	if r.judged || !r.visible(ctx, me) {
		return false
	}
	return may(ctx, Inspect) || r.DrafterID == me || r.EditorID != nil && *r.EditorID == me || r.PublisherID != nil && *r.PublisherID == me ||
		on(ctx, Review, r.ColumnPath) || on(ctx, Sign, r.ColumnPath) || on(ctx, Publish, r.ColumnPath)
}

// now is what the item says as the last of its revisions.
func (r *row) now() kept {
	k := kept{Number: r.Revision, AuthorID: r.DrafterID, AuthorName: r.DrafterName, BeganAt: r.CreatedAt, SavedAt: r.ChangedAt,
		RestoredFrom: r.RestoredFrom, Fields: tenant.Texts{}, Hash: r.ContentHash, Content: tenant.Doc[content]{V: r.content()}}
	if r.WrittenID != nil {
		k.AuthorID, k.AuthorName = *r.WrittenID, r.WrittenName
	}
	if r.WrittenFrom != nil && r.WrittenAt != nil {
		k.BeganAt, k.SavedAt = *r.WrittenFrom, *r.WrittenAt
	}
	return k
}

// A save is what a change does to the revisions of an item.
type save struct {
	number int
	from   time.Time // when the revision it belongs to began
	keep   *kept     // the revision that it ends
}

// saved says whether a change of the item goes into the revision it has or
// begins another: one that somebody was handed for review, or that was brought
// back, or brings one back, never becomes another text.
func (r *row) saved(ctx context.Context, tx *tenant.Tx) (save, error) {
	now := r.now()
	handed := r.State != "draft"
	if r.CaseID != nil && !handed {
		err := tx.Get(ctx, &handed, `select exists (select from approval_cases where kind = $1 and subject_id = $2 and hash = $3)`,
			Kind, r.ID, r.ContentHash)
		if err != nil {
			return save{}, err
		}
	}
	if !handed && r.RestoredFrom == nil && r.bringing == nil && now.AuthorID == tx.Actor.Member &&
		tx.Now.Sub(now.SavedAt) < sittingGap && tx.Now.Sub(now.BeganAt) < sittingMost {
		return save{number: r.Revision, from: now.BeganAt}, nil
	}
	was, err := load(ctx, tx, r.ID) // r says something else by now
	if err != nil {
		return save{}, err
	}
	now = was.now()
	return save{number: r.Revision + 1, from: tx.Now, keep: &now}, nil
}

// end keeps the revision that the save ended. The item has been changed before,
// at the version it was read at, so nobody else keeps it.
func (s save) end(ctx context.Context, tx *tenant.Tx, item uuid.UUID) error {
	if s.keep == nil {
		return nil
	}
	k := *s.keep
	if err := k.compared(ctx, tx, item); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		insert into item_revisions (item_id, number, author_id, author_name, began_at, saved_at, restored_from, fields, content, content_hash, kept_at)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		item, k.Number, k.AuthorID, k.AuthorName, k.BeganAt, k.SavedAt, k.RestoredFrom, k.Fields, k.Content, k.Hash, tx.Now)
	return err
}

// compared fills in where the revision differs from the one kept before it.
func (k *kept) compared(ctx context.Context, tx *tenant.Tx, item uuid.UUID) error {
	var old kept
	err := tx.Get(ctx, &old, `
		select `+keptColumns+`, v.content from item_revisions v where v.item_id = $1 and v.number < $2 order by v.number desc limit 1`, item, k.Number)
	if errors.Is(err, tenant.ErrNoRows) {
		return nil
	}
	k.Fields = k.Content.V.since(old.Content.V)
	return err
}

type revisionQuery struct {
	feature.Page
	ID uuid.UUID `json:"-" path:"id"`
}

// revisions lists what an item has been, the newest first.
func (d *Desk) revisions(ctx context.Context, tx *tenant.Tx, q revisionQuery) (l feature.List[RevisionRow], err error) {
	r, err := revised(ctx, tx, q.ID)
	if err != nil {
		return l, err
	}
	before := r.Revision
	var rows []kept
	if q.After != "" {
		if before, err = strconv.Atoi(q.After); err != nil || before < 1 || before > r.Revision {
			return l, feature.ErrCursor
		}
	} else {
		now := r.now()
		if err := now.compared(ctx, tx, r.ID); err != nil {
			return l, err
		}
		rows = append(rows, now)
	}
	var older []kept
	err = tx.Select(ctx, &older, `
		select `+keptColumns+` from item_revisions v where v.item_id = $1 and v.number < $2 order by v.number desc limit $3`,
		r.ID, before, q.Size()+1)
	if err != nil {
		return l, err
	}
	rows = append(rows, older...)
	out, err := rowsOf(ctx, tx, r, rows)
	return feature.Cut(out, q.Size(), func(v RevisionRow) string { return strconv.Itoa(v.Number) }), err
}

// rowsOf returns revisions of an item with what became of them in review.
func rowsOf(ctx context.Context, tx *tenant.Tx, r *row, all []kept) ([]RevisionRow, error) {
	hashes := []string{}
	for _, k := range all {
		hashes = append(hashes, k.Hash)
	}
	var cases []struct {
		Hash    string    `db:"hash"`
		State   string    `db:"state"`
		At      time.Time `db:"started_at"`
		Decided bool      `db:"decided"`
	}
	err := tx.Select(ctx, &cases, `
		select c.hash, c.state, c.started_at,
		       exists (select from approval_tasks t where t.case_id = c.id and t.member_id = $4 and t.state = 'decided') as decided
		  from approval_cases c where c.kind = $1 and c.subject_id = $2 and c.hash = any ($3) order by c.started_at`,
		Kind, r.ID, tenant.Array(hashes), tx.Actor.Member)
	rows := []RevisionRow{}
	for _, k := range all {
		v := RevisionRow{Number: k.Number, Author: Person{k.AuthorID, k.AuthorName}, BeganAt: k.BeganAt, SavedAt: k.SavedAt,
			Fields: k.Fields, RestoredFrom: k.RestoredFrom, Current: k.Number == r.Revision, Outcome: "none"}
		for _, c := range cases {
			if c.Hash == k.Hash {
				v.Outcome, v.HandedAt, v.Decided = c.State, &c.At, v.Decided || c.Decided
			}
		}
		rows = append(rows, v)
	}
	return rows, err
}

type revisionRef struct {
	ID     uuid.UUID `json:"-" path:"id"`
	Number int       `json:"-" path:"number"`
}

// at returns what the item said in a revision.
func (r *row) at(ctx context.Context, tx *tenant.Tx, number int) (k kept, err error) {
	switch {
	case number == r.Revision:
		k = r.now()
		return k, k.compared(ctx, tx, r.ID)
	case number < 1 || number > r.Revision:
		return k, ErrRevisionNotFound
	}
	err = tx.Get(ctx, &k, `select `+keptColumns+`, v.content from item_revisions v where v.item_id = $1 and v.number = $2`, r.ID, number)
	if errors.Is(err, tenant.ErrNoRows) {
		return k, ErrRevisionNotFound
	}
	return k, err
}

// revisionText shows one revision.
func (d *Desk) revisionText(ctx context.Context, tx *tenant.Tx, in revisionRef) (v RevisionText, err error) {
	r, err := revised(ctx, tx, in.ID)
	if err != nil {
		return v, err
	}
	k, err := r.at(ctx, tx, in.Number)
	if err != nil {
		return v, err
	}
	rows, err := rowsOf(ctx, tx, r, []kept{k})
	if err != nil {
		return v, err
	}
	c := k.Content.V
	v = RevisionText{RevisionRow: rows[0], Title: c.Title, BodyHTML: clean(c.BodyHTML), Values: c.Fields, Attachments: []Attachment{}}
	for _, a := range c.Attachments {
		a.Gone = !slices.ContainsFunc(r.Attachments, func(now attached) bool { return now.ID == a.ID })
		v.Attachments = append(v.Attachments, a.Attachment)
	}
	return v, nil
}

type restoration struct {
	revisionRef
	Version int `json:"version" minimum:"1"`
}

// restore makes a draft of what the item said in an older revision: a change
// like any other, by who may change it, which takes it out of its review and
// never to its readers (R033, WF-04). A kind that its column does not take, an
// editor who is not there any more and a picture that must not go online do not
// come back.
func (d *Desk) restore(ctx context.Context, tx *tenant.Tx, in restoration) (Item, error) {
	r, err := drafted(ctx, tx, in.ID)
	if err != nil {
		return Item{}, err
	}
	if r.Version != in.Version {
		return Item{}, r.stale(in.Version)
	}
	old, err := r.at(ctx, tx, in.Number)
	if err != nil {
		return Item{}, err
	}
	next, fields, err := r.brought(ctx, tx, old.Content.V.bring())
	if err != nil {
		return Item{}, err
	}
	if changed, err := d.bringCover(ctx, tx, next, old.Content.V.picture()); err != nil {
		return Item{}, err
	} else if changed {
		fields = append(fields, "cover")
	}
	tx.Audit("publish.restored", objectOf(r.ID), map[string]any{"from": in.Number, "fields": fields, "revision": r.Revision + min(1, len(fields))})
	if len(fields) == 0 {
		return r.item(ctx, tx.Actor.Member), nil
	}
	next.bringing = &in.Number
	if err := d.change(ctx, tx, next, fields); err != nil {
		return Item{}, err
	}
	return d.answer(ctx, tx, r.ID)
}

// brought applies what can come back.
func (r *row) brought(ctx context.Context, tx *tenant.Tx, in revision) (*row, []string, error) {
	for {
		next := *r
		fields, err := next.apply(ctx, tx, in)
		switch {
		case errors.Is(err, ErrKind) && in.Kind != nil:
			in.Kind = nil
		case errors.Is(err, ErrEditor) && in.EditorID != nil:
			in.EditorID = nil
		default:
			return &next, fields, err
		}
	}
}
