package review

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/attachment"
	"hetu/feature"
	"hetu/tenant"
)

func formObject(id uuid.UUID) string { return "review/form/" + id.String() }

// look returns evidence as it is kept: a file of the form, or a deed of the
// unit's own in the period.
func (u unitRow) look(ctx context.Context, tx *tenant.Tx, e newEvidence) (k kept, err error) {
	if e.Kind == "file" {
		return u.file(ctx, tx, e.ID)
	}
	var d deedRow
	err = tx.Get(ctx, &d, deedQuery+` and d.id = $4`, u.Kind, u.Unit, tenant.Array([]string{u.From, u.To}), e.ID)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrNoEvidence
	}
	return kept{Evidence: d.evidence()}, err
}

func (u unitRow) file(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (k kept, err error) {
	var there bool
	err = tx.Get(ctx, &there, `select exists (select from files where id = $1 and owner = $2)`, id, formObject(u.ID))
	if err == nil && !there {
		err = ErrNoEvidence
	}
	if err != nil {
		return k, err
	}
	f, err := attachment.Find(ctx, tx, id)
	return kept{Evidence{Kind: "file", ID: f.ID, Name: f.Name, Size: f.Size, Type: f.Type, SHA256: f.SHA256.String()}, f.Key, f.Version}, err
}

type deedRow struct {
	ID    uuid.UUID `db:"id"`
	Title string    `db:"title"`
	Item  string    `db:"item"`
	At    time.Time `db:"at"`
}

func (d deedRow) evidence() Evidence {
	return Evidence{Kind: "deed", ID: d.ID, Name: d.Title, Item: d.Item, At: &d.At}
}

// deedQuery finds deeds of a unit's own in a period that stand: of a tenant, all
// it did; of a department, what goes to its account.
const deedQuery = `
	select d.id, d.title, d.item, d.at from deeds d
	 where d.tenant_id = app_tenant() and d.reverses is null and not d.trial and ($1 = 'tenant' or d.unit_kind = 'department' and d.unit_id = $2)
	   and d.day between ($3::text[])[1]::date and ($3::text[])[2]::date
	   and not exists (select from deeds b where b.tenant_id = d.tenant_id and b.reverses = d.id)`

type deedsQuery struct {
	feature.Page
	ID   uuid.UUID `json:"-" path:"id"`
	Code string    `json:"-" query:"code"` // of the line; what it counts comes first
	Q    string    `json:"-" query:"q"`    // only those with this in their titles
}

// Validate checks the cursor.
func (q deedsQuery) Validate() error { return cursor(q.Page) }

// A Proof is something a unit did that it can point to.
type Proof struct {
	ID    uuid.UUID `json:"id"`
	Title string    `json:"title"`
	Item  string    `json:"item"`
	At    time.Time `json:"at"`
}

// proofs lists what the unit did of the kind a line counts; what it published
// and reported, where the line counts nothing that it does itself.
func proofs(ctx context.Context, tx *tenant.Tx, q deedsQuery) (l feature.List[Proof], err error) {
	u, err := own(ctx, tx, q.ID)
	if err != nil {
		return l, err
	}
	kinds := append([]string{}, authored...)
	if line, ok := find(u.Lines, q.Code); ok && line.Kind != "" {
		var some bool
		err = tx.Get(ctx, &some, `select exists (`+deedQuery+` and d.kind = $4)`, u.Kind, u.Unit, tenant.Array([]string{u.From, u.To}), line.Kind)
		if some {
			kinds = []string{line.Kind}
		}
	}
	if err != nil {
		return l, err
	}
	var rows []deedRow
	err = tx.Select(ctx, &rows, deedQuery+` and d.kind = any ($4) and ($5 = '' or position(lower($5) in lower(d.title)) > 0)
		   and ($6 = '' or d.id < nullif($6, '')::uuid) order by d.id desc limit $7`,
		u.Kind, u.Unit, tenant.Array([]string{u.From, u.To}), tenant.Array(kinds), q.Q, q.After, q.Size()+1)
	all := make([]Proof, len(rows))
	for i, d := range rows {
		all[i] = Proof(d)
	}
	return feature.Cut(all, q.Size(), func(p Proof) string { return p.ID.String() }), err
}

type newFile struct {
	ID     uuid.UUID `json:"-" path:"id"`
	Upload uuid.UUID `json:"upload_id"`
}

// attach makes an upload a file of the form. It is evidence once an answer
// names it.
func attach(ctx context.Context, tx *tenant.Tx, in newFile) (e Evidence, err error) {
	u, err := own(ctx, tx, in.ID)
	if err == nil {
		err = u.writable(today(tx))
	}
	if err != nil {
		return e, err
	}
	f, err := attachment.Claim(ctx, tx, in.Upload, formObject(u.ID))
	if err != nil {
		return e, err
	}
	tx.Audit("review.evidence_added", formObject(u.ID), map[string]any{"file": f.ID, "name": f.Name, "sha256": f.SHA256.String()})
	return Evidence{Kind: "file", ID: f.ID, Name: f.Name, Size: f.Size, Type: f.Type, SHA256: f.SHA256.String()}, nil
}

// file sends a file of a form of the actor's own unit.
func (h handing) file(ctx context.Context, tx *tenant.Tx, q fileRef) (c feature.Content, err error) {
	u, err := own(ctx, tx, q.ID)
	if err != nil {
		return c, err
	}
	if _, err := u.file(ctx, tx, q.File); err != nil {
		return c, ErrFileNotFound
	}
	f, err := attachment.Find(ctx, tx, q.File)
	return h.files.Content(f, f.Name), err
}

type newLook struct {
	ID   uuid.UUID `json:"-" path:"id"`
	Deed uuid.UUID `json:"deed"`
}

// openItem shows an item a unit below pointed to, to who reviews or manages the
// review. The look is recorded, and the unit can see it.
func openItem(ctx context.Context, tx *tenant.Tx, in newLook) (s assess.Sampled, err error) {
	u, err := shownTo(ctx, tx, in.ID, in.Deed)
	if err != nil {
		return s, err
	}
	for _, a := range u.Answers {
		for _, e := range a.Evidence {
			if e.Kind == "deed" && e.ID == in.Deed {
				return assess.Look(ctx, tx, u.Subject, in.Deed)
			}
		}
	}
	return s, ErrFileNotFound
}
