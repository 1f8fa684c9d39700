package publish

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/tenant"
)

// What can go wrong with what must not be put online.
var (
	ErrOffline         = fault.New(fault.Conflict, "publish.offline") // meta: title, reference, marked_by, file
	ErrOfflineNotFound = fault.New(fault.NotFound, "publish.offline_not_found")
	ErrOfflineLifted   = fault.New(fault.Conflict, "publish.offline_lifted")
	ErrOfflineNothing  = fault.New(fault.Invalid, "publish.offline_nothing").On("text")     // neither a text nor a file
	ErrOfflineShort    = fault.New(fault.Invalid, "publish.offline_too_short").On("text")   // meta: min
	ErrOfflineDigest   = fault.New(fault.Invalid, "publish.offline_bad_digest").On("files") // not a SHA-256
)

// An Offline knows documents that must not be put online (不上网, R017, R018).
// Whatever keeps documents says so of its own; the Desk asks all of them before
// anything is attached, handed in, adopted or published (WF-07).
type Offline interface {
	// Marked returns a marked document that has one of the hashes, or nil if
	// there is none: of its text, as TextHash makes it, or of one of its files,
	// the SHA-256 of the bytes in hex.
	Marked(ctx context.Context, tx *tenant.Tx, hashes []string) (*OfflineDocument, error)
}

// An OfflineDocument is what the refusal says of a marked document.
type OfflineDocument struct {
	Title     string `db:"title"`
	Reference string `db:"reference"` // its number; may be empty
	MarkedBy  string `db:"marked_name"`
	File      string `db:"file"` // the name of the file that is the same; empty if it is the text
}

// Asks has the desk ask o too about what must not be put online.
func (d *Desk) Asks(o Offline) { d.offline = append(d.offline, o) }

// register is the Office's list of marks.
type register struct{}

func (register) Marked(ctx context.Context, tx *tenant.Tx, hashes []string) (*OfflineDocument, error) {
	var found OfflineDocument
	err := tx.Get(ctx, &found, `
		select m.title, m.reference, m.marked_name, h.name as file
		  from offline_hashes h
		  join offline_marks m on m.id = h.mark_id
		 where h.hash = any ($1) and m.state = 'marked'
		 order by m.id, h.hash limit 1`, tenant.Array(hashes))
	if errors.Is(err, tenant.ErrNoRows) {
		return nil, nil
	}
	return &found, err
}

// online refuses an item whose text or one of whose files is that of a document
// marked 不上网.
func (d *Desk) online(ctx context.Context, tx *tenant.Tx, r *row) error {
	hashes := []string{textHash(plain(r.BodyHTML))}
	for _, a := range r.Attachments {
		hashes = append(hashes, a.SHA256)
	}
	if r.CoverSHA != "" {
		hashes = append(hashes, r.CoverSHA)
	}
	return d.unmarked(ctx, tx, hashes...)
}

// unmarked refuses what has one of the hashes of a marked document. Until tx ends
// no other is marked: whoever marks one sees what tx made of it.
func (d *Desk) unmarked(ctx context.Context, tx *tenant.Tx, hashes ...string) error {
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock_shared(hashtextextended('publish.offline ' || app_tenant()::text, 0))`); err != nil {
		return err
	}
	for _, o := range append([]Offline{register{}}, d.offline...) {
		found, err := o.Marked(ctx, tx, hashes)
		if err != nil {
			return err
		}
		if found != nil {
			return ErrOffline.With("title", found.Title).With("reference", found.Reference).With("marked_by", found.MarkedBy).With("file", found.File)
		}
	}
	return nil
}

// minMarked is how many letters, characters and digits a text must have to be
// known again: a greeting is nobody's document.
const minMarked = 12

// TextHash is what a document's text, without markup, is known by: the SHA-256
// of its letters, characters and digits in hex, whatever stands between them and
// however wide they are written. Ok is false of a text too short to be known by.
func TextHash(text string) (hash string, ok bool) {
	return textHash(text), len([]rune(essence(text))) >= minMarked
}

func textHash(text string) string {
	sum := sha256.Sum256([]byte(essence(text)))
	return hex.EncodeToString(sum[:])
}

// essence is a text without what a copy of it may lose or gain.
func essence(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' { // full width
			r -= '！' - '!'
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// An OfflineFile is a file that must not be put online.
type OfflineFile struct {
	Name   string `json:"name" maxLength:"255"`
	SHA256 string `json:"sha256" minLength:"64" maxLength:"64"` // of its bytes, in hex
}

// A known is one hash of a marked document.
type known struct{ hash, kind, name string }

// hashes returns what the document is known by.
func (in newMark) hashes() (all []known, err error) {
	if text := plain(clean(in.Text)); text != "" {
		hash, ok := TextHash(text)
		if !ok {
			return nil, ErrOfflineShort.With("min", minMarked)
		}
		all = append(all, known{hash, "text", ""})
	}
	for _, f := range in.Files {
		sum := strings.ToLower(f.SHA256)
		if raw, err := hex.DecodeString(sum); err != nil || len(raw) != sha256.Size {
			return nil, ErrOfflineDigest
		}
		all = append(all, known{sum, "file", line(f.Name)})
	}
	return all, nil
}

// hashesOf returns what an item is known by, as a document.
func hashesOf(r *row) (all []known) {
	if hash, ok := TextHash(plain(r.BodyHTML)); ok {
		all = append(all, known{hash, "text", ""})
	}
	for _, a := range r.Attachments {
		all = append(all, known{a.SHA256, "file", a.FileName})
	}
	if r.CoverSHA != "" {
		all = append(all, known{r.CoverSHA, "file", coverName})
	}
	return all
}

// mark writes down what a document is known by, once nobody is about to put one
// online who asked before.
func mark(ctx context.Context, tx *tenant.Tx, id uuid.UUID, all []known) error {
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('publish.offline ' || app_tenant()::text, 0))`); err != nil {
		return err
	}
	for _, k := range all {
		_, err := tx.Exec(ctx, `
			insert into offline_hashes (mark_id, hash, kind, name) values ($1, $2, $3, $4)
			on conflict on constraint offline_hashes_pkey do nothing`, id, k.hash, k.kind, k.name)
		if err != nil {
			return err
		}
	}
	return nil
}
