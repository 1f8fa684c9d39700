package publish

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strconv"
)

// A digest hashes fields so that no two lists of fields look the same: each is
// preceded by its length.
type digest struct{ h hash.Hash }

func (d digest) text(fields ...string) {
	var n [8]byte
	for _, f := range fields {
		binary.BigEndian.PutUint64(n[:], uint64(len(f)))
		_, _ = d.h.Write(n[:])
		_, _ = d.h.Write([]byte(f))
	}
}

// contentColumns are what hash needs of an item i.
const contentColumns = `i.title, i.body_html, i.kind, i.column_id, i.source, i.editor_id, ` + fieldColumns + `, ` + coverDigest + `, ` + attachmentsOf + ` as attachments`

// hash returns the SHA-256 of everything a reader of the item relies on: what a
// review is a review of (WF-03). What it takes in, revisions keep: see content.
func (r *row) hash() string {
	d := digest{sha256.New()}
	editor := ""
	if r.EditorID != nil {
		editor = r.EditorID.String()
	}
	d.text("hetu.item.v1", r.Title, r.BodyHTML, r.Kind, r.ColumnID.String(), r.Source, editor, strconv.Itoa(len(r.Attachments)))
	for _, a := range r.Attachments {
		d.text(a.SHA256, a.Name, a.Summary, a.FileName)
	}
	r.digest(d)
	return hex.EncodeToString(d.h.Sum(nil))
}
