package assess

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	"github.com/google/uuid"

	"hetu/attachment"
	"hetu/feature"
	"hetu/progress"
	"hetu/tenant"
)

// doIssue makes the documents, keeps them as attachments, and issues the
// bulletin with them.
func (p press) doIssue(ctx context.Context, db *tenant.DB, t *progress.Task) error {
	var o bulletinOrder
	if err := t.Args(&o); err != nil {
		return err
	}
	var page BulletinPage
	err := db.Read(ctx, func(tx *tenant.Tx) error {
		b, err := findBulletin(ctx, tx, o.ID)
		switch {
		case err != nil:
			return err
		case b.State == "issued", b.Version != o.Version:
			return b.refusal(bulletinEdit{})
		}
		page, err = b.page(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	docx, err := p.keep(ctx, db, page, ".docx", writeDocx)
	if err != nil {
		return err
	}
	pdf, err := p.keep(ctx, db, page, ".pdf", writeBulletin)
	if err != nil {
		return err
	}
	return db.Write(ctx, func(tx *tenant.Tx) error {
		sum, err := issued(ctx, tx, o, page.Blocks, docx, pdf)
		if err != nil {
			return err
		}
		return t.Done(ctx, tx, "/assess/bulletins/"+o.ID.String(), progress.Facts{"digest": sum})
	})
}

// keep makes a document and takes it in as an upload.
func (p press) keep(ctx context.Context, db *tenant.DB, page BulletinPage, ending string, write func(io.Writer, string, []Block) error) (uuid.UUID, error) {
	var b bytes.Buffer
	if err := write(&b, page.Title, page.Blocks); err != nil {
		return uuid.Nil, err
	}
	return p.files.Put(ctx, db, page.Title+ending, b.Bytes())
}

// issued makes the uploads files of the bulletin and issues it, once.
func issued(ctx context.Context, tx *tenant.Tx, o bulletinOrder, blocks []Block, docx, pdf uuid.UUID) (sum string, err error) {
	var files [2]attachment.File
	for i, upload := range []uuid.UUID{docx, pdf} {
		if files[i], err = attachment.Claim(ctx, tx, upload, bulletinOf(o.ID)); err != nil {
			return "", err
		}
	}
	h := sha256.Sum256([]byte(tenant.JSON(blocks)))
	sum = hex.EncodeToString(h[:])
	n, err := tx.Exec(ctx, `
		update assess_bulletins
		   set state = 'issued', blocks = $3, digest = $4, docx_id = $5, pdf_id = $6, issued_by = $7, issued_at = $8, version = version + 1
		 where id = $1 and version = $2 and state = 'draft'`,
		o.ID, o.Version, tenant.JSON(blocks), sum, files[0].ID, files[1].ID, tx.Actor.Name, tx.Now)
	if err == nil && n == 0 {
		b, err := findBulletin(ctx, tx, o.ID)
		return "", errors.Join(err, b.refusal(bulletinEdit{}))
	}
	tx.Audit("assess.bulletin_issued", bulletinOf(o.ID), map[string]any{
		"digest": sum, "docx": files[0].SHA256.String(), "pdf": files[1].SHA256.String()})
	return sum, err
}

type bulletinFile struct {
	ID uuid.UUID `json:"-" path:"id"`
	As string    `json:"-" query:"as"` // docx or pdf
}

// Validate checks the kind of document.
func (q bulletinFile) Validate() error {
	if q.As != "docx" && q.As != "pdf" {
		return ErrPaper.On("as")
	}
	return nil
}

// file sends a bulletin as a document: the one that was kept when it was
// issued, or of a draft, one of how it reads now.
func (p press) file(ctx context.Context, tx *tenant.Tx, q bulletinFile) (c feature.Content, err error) {
	b, err := findBulletin(ctx, tx, q.ID)
	if err != nil {
		return c, err
	}
	if b.State == "issued" {
		id := b.Docx
		if q.As == "pdf" {
			id = b.PDF
		}
		f, err := attachment.Find(ctx, tx, *id)
		return p.files.Content(f, f.Name), err
	}
	page, err := b.page(ctx, tx)
	if err != nil {
		return c, err
	}
	if q.As == "pdf" {
		return feature.Document(b.Title+"（草稿）.pdf", pdfType, func(w io.Writer) error { return writeBulletin(w, b.Title, page.Blocks) }), nil
	}
	return feature.Document(b.Title+"（草稿）.docx", docxType, func(w io.Writer) error { return writeDocx(w, b.Title, page.Blocks) }), nil
}

// writeBulletin writes the blocks of a bulletin as a PDF of A4 pages.
func writeBulletin(w io.Writer, title string, blocks []Block) error {
	d, err := newPrinting(title, 210, 297, 37, 26, 35, 28)
	if err != nil {
		return err
	}
	d.page()
	for i, b := range blocks {
		if i+1 < len(blocks) && b.Kind != "table" && blocks[i+1].Kind == "table" {
			d.need(40) // what stands above a table stays with it
		}
		b.lay(d)
	}
	d.number()
	return d.pdf(w)
}

// lay writes one block below what is there.
func (b Block) lay(d *printing) {
	switch b.Kind {
	case "title":
		d.para(b.Text, 22, centred, 0)
		d.skip(2)
	case "subtitle":
		d.para(b.Text, 14, centred, 0)
		d.skip(4)
	case "heading":
		d.skip(2)
		d.need(24)
		d.para(b.Text, 16, toLeft, 0)
	case "right":
		d.para(b.Text, 14, toRight, 0)
	case "table":
		t := pdfTable{size: 11, rows: b.Rows}
		for i, h := range b.Head {
			c := pdfColumn{head: h, how: centred}
			if b.wide(i) {
				c.how = toLeft
			} else {
				c.width = max(18, d.face.width(h, 11)+2*cellPad+1)
			}
			t.columns = append(t.columns, c)
		}
		d.table(t)
		d.skip(3)
	default:
		d.para("　　"+b.Text, 14, toLeft, 0)
	}
}

// wide reports whether a column of a table holds words and not figures.
func (b Block) wide(column int) bool {
	for _, r := range b.Rows {
		if len([]rune(r[column])) > 7 {
			return true
		}
	}
	h := b.Head[column]
	return h == "单位" || h == "指标" || h == "事项"
}
