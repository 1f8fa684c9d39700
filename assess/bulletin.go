package assess

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/attachment"
	"hetu/fault"
	"hetu/feature"
	"hetu/progress"
	"hetu/tenant"
)

const bulletinWork = "assess.bulletin"

// What can go wrong with bulletins.
var (
	ErrBulletinNotFound = fault.New(fault.NotFound, "assess.bulletin_not_found")
	ErrBulletinIssued   = fault.New(fault.Conflict, "assess.bulletin_issued")
	ErrPlaceholder      = fault.New(fault.Invalid, "assess.placeholder_unknown") // with the name
)

// A Bulletin tells the units how a round came out (考核情况通报). While it is a
// draft, its text has placeholders that show what the round says now; once it
// is issued, it never changes, whatever becomes of the round.
type Bulletin struct {
	ID        uuid.UUID  `db:"id" json:"id"`
	RoundID   uuid.UUID  `db:"round_id" json:"round_id"`
	RoundName string     `db:"round_name" json:"round_name"`
	Title     string     `db:"title" json:"title"`
	State     string     `db:"state" json:"state" enum:"draft,issued"`
	Version   int        `db:"version" json:"version"`
	ByName    string     `db:"by_name" json:"by_name"` // who changed it last
	At        time.Time  `db:"at" json:"at"`
	Digest    string     `db:"digest" json:"digest"` // SHA-256 of its blocks; empty until it is issued
	IssuedBy  string     `db:"issued_by" json:"issued_by"`
	IssuedAt  *time.Time `db:"issued_at" json:"issued_at"`
	Reach
}

const bulletinColumns = `b.id, b.round_id, (select r.name from assess_rounds r where r.id = b.round_id) as round_name, b.title, b.state,
	b.version, b.by_name, b.at, b.digest, b.issued_by, b.issued_at, ` + reachColumns

// A BulletinPage is a bulletin with its text, and what that comes to.
type BulletinPage struct {
	Bulletin
	Text         string        `json:"text"`         // with placeholders
	Blocks       []Block       `json:"blocks"`       // as it is read
	Placeholders []Placeholder `json:"placeholders"` // there are; none once it is issued
}

type bulletinRow struct {
	Bulletin
	Text   string        `db:"body"`
	Blocks *doc[[]Block] `db:"blocks"`
	Docx   *uuid.UUID    `db:"docx_id"`
	PDF    *uuid.UUID    `db:"pdf_id"`
}

func findBulletin(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (b bulletinRow, err error) {
	err = tx.Get(ctx, &b, `select `+bulletinColumns+`, b.body, b.blocks, b.docx_id, b.pdf_id from assess_bulletins b`+ofBulletin+` where b.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrBulletinNotFound
	}
	return b, err
}

func bulletinOf(id uuid.UUID) string { return "assess/bulletin/" + id.String() }

// page returns the bulletin as it is read.
func (b bulletinRow) page(ctx context.Context, tx *tenant.Tx) (p BulletinPage, err error) {
	p = BulletinPage{Bulletin: b.Bulletin, Text: b.Text, Placeholders: []Placeholder{}}
	if b.State == "issued" {
		p.Blocks = b.Blocks.V
		return p, nil
	}
	now, err := sayingOf(ctx, tx, b.RoundID)
	if err != nil {
		return p, err
	}
	p.Placeholders = now.names()
	p.Blocks, err = now.blocks(b.Text)
	return p, err
}

type bulletinList struct {
	feature.Page
	Round *uuid.UUID `json:"-" query:"round"`
}

// Validate checks the cursor.
func (q bulletinList) Validate() error { return cursor(q.Page) }

// bulletins lists them, the newest first.
func bulletins(ctx context.Context, tx *tenant.Tx, q bulletinList) (l feature.List[Bulletin], err error) {
	var rows []Bulletin
	err = tx.Select(ctx, &rows, `
		select `+bulletinColumns+` from assess_bulletins b`+ofBulletin+`
		 where ($1 = '' or b.id < nullif($1, '')::uuid) and ($2::uuid is null or b.round_id = $2)
		 order by b.id desc limit $3`, q.After, q.Round, q.Size()+1)
	return feature.Cut(rows, q.Size(), func(b Bulletin) string { return b.ID.String() }), err
}

func bulletin(ctx context.Context, tx *tenant.Tx, q ref) (p BulletinPage, err error) {
	b, err := findBulletin(ctx, tx, q.ID)
	if err != nil {
		return p, err
	}
	return b.page(ctx, tx)
}

type newBulletin struct {
	Round uuid.UUID `json:"round_id"`
	Title string    `json:"title" minLength:"1" maxLength:"120"`
}

// Validate refuses a title of nothing but spaces.
func (in *newBulletin) Validate() error { return feature.Trim(&in.Title, "title", 120) }

// draftBulletin begins a bulletin about a round that was worked out, with the
// text of the one issued last, or the one that comes with the product.
func draftBulletin(ctx context.Context, tx *tenant.Tx, in newBulletin) (p BulletinPage, err error) {
	r, err := findRound(ctx, tx, in.Round)
	switch {
	case err != nil:
		return p, err
	case r.Digest == "":
		return p, ErrNotComputed
	}
	text := bulletinTemplate
	err = tx.Get(ctx, &text, `select body from assess_bulletins where state = 'issued' order by issued_at desc, id desc limit 1`)
	if err != nil && !errors.Is(err, tenant.ErrNoRows) {
		return p, err
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into assess_bulletins (id, round_id, title, body, by_name, at) values ($1, $2, $3, $4, $5, $6)`,
		id, r.ID, in.Title, text, tx.Actor.Name, tx.Now)
	if err != nil {
		return p, err
	}
	tx.Audit("assess.bulletin_drafted", bulletinOf(id), map[string]any{"round": r.ID, "title": in.Title})
	return bulletin(ctx, tx, ref{id})
}

type bulletinEdit struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Title   string    `json:"title" minLength:"1" maxLength:"120"`
	Text    string    `json:"text" minLength:"1" maxLength:"20000"`
	Version int       `json:"version"`
}

// Validate refuses a title or a text of nothing but spaces.
func (in *bulletinEdit) Validate() error {
	if err := feature.Trim(&in.Title, "title", 120); err != nil {
		return err
	}
	return feature.Trim(&in.Text, "text", 20_000)
}

// editBulletin changes a draft. A placeholder nobody knows is refused.
func editBulletin(ctx context.Context, tx *tenant.Tx, in bulletinEdit) (p BulletinPage, err error) {
	b, err := findBulletin(ctx, tx, in.ID)
	if err != nil {
		return p, err
	}
	now, err := sayingOf(ctx, tx, b.RoundID)
	if err != nil {
		return p, err
	}
	if _, err := now.blocks(in.Text); err != nil {
		return p, err
	}
	n, err := tx.Exec(ctx, `
		update assess_bulletins set title = $3, body = $4, by_name = $5, at = $6, version = version + 1
		 where id = $1 and version = $2 and state = 'draft'`, in.ID, in.Version, in.Title, in.Text, tx.Actor.Name, tx.Now)
	if err != nil {
		return p, err
	}
	if n == 0 {
		return p, b.refusal(in)
	}
	tx.Audit("assess.bulletin_changed", bulletinOf(in.ID), map[string]any{"version": in.Version + 1})
	return bulletin(ctx, tx, ref{in.ID})
}

// refusal says why a bulletin could not be changed.
func (b bulletinRow) refusal(in bulletinEdit) error {
	if b.State == "issued" {
		return ErrBulletinIssued
	}
	changed := []string{}
	if b.Title != in.Title {
		changed = append(changed, "title")
	}
	if b.Text != in.Text {
		changed = append(changed, "text")
	}
	return ErrStale.With("version", b.Version).With("changed_by", b.ByName).With("changed_at", b.At).With("changed", changed)
}

type bulletinDrop struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"-" query:"version"`
}

// dropBulletin removes a draft.
func dropBulletin(ctx context.Context, tx *tenant.Tx, in bulletinDrop) (feature.None, error) {
	b, err := findBulletin(ctx, tx, in.ID)
	if err != nil {
		return feature.None{}, err
	}
	n, err := tx.Exec(ctx, `delete from assess_bulletins where id = $1 and version = $2 and state = 'draft'`, in.ID, in.Version)
	if err == nil && n == 0 {
		err = b.refusal(bulletinEdit{Title: b.Title, Text: b.Text})
	}
	tx.Audit("assess.bulletin_dropped", bulletinOf(in.ID), map[string]any{"round": b.RoundID, "title": b.Title})
	return feature.None{}, err
}

// A press makes documents of bulletins and keeps them.
type press struct {
	long
	files *attachment.Attachments
}

func (p press) offer() {
	p.works.Offer(progress.Kind{Name: bulletinWork, Run: p.doIssue}, progress.Kind{Name: sheetsWork, Run: doSheets})
}

type bulletinAct struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"version"`
}

type bulletinOrder struct {
	ID      uuid.UUID `json:"id"`
	Version int       `json:"version"`
}

// issue has a draft issued: the documents made of it are kept, and it never
// changes again.
func (p press) issue(ctx context.Context, tx *tenant.Tx, in bulletinAct) (s Started, err error) {
	b, err := findBulletin(ctx, tx, in.ID)
	switch {
	case err != nil:
		return s, err
	case b.State == "issued", b.Version != in.Version:
		return s, b.refusal(bulletinEdit{})
	}
	if _, err := b.page(ctx, tx); err != nil {
		return s, err
	}
	s.WorkID, err = p.works.Start(ctx, tx, progress.Order{Kind: bulletinWork, Alone: true, Title: b.Title,
		Subject: bulletinOf(b.ID), Args: bulletinOrder{b.ID, b.Version}})
	return s, err
}
