package exchange

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// A digest hashes fields so that no two lists of fields look the same: each is
// preceded by its length.
type digest struct{ h hash.Hash }

func newDigest(purpose string) digest {
	d := digest{sha256.New()}
	d.text(purpose)
	return d
}

func (d digest) text(fields ...string) {
	var n [8]byte
	for _, f := range fields {
		binary.BigEndian.PutUint64(n[:], uint64(len(f)))
		d.h.Write(n[:])      //nolint:errcheck // a hash never fails
		d.h.Write([]byte(f)) //nolint:errcheck // a hash never fails
	}
}

func (d digest) String() string { return hex.EncodeToString(d.h.Sum(nil)) }

// instant is how a time is hashed: as the database keeps it, to the
// microsecond, whatever the zone.
func instant(t time.Time) string {
	return t.UTC().Truncate(time.Microsecond).Format("2006-01-02T15:04:05.000000Z")
}

// Hash returns the SHA-256 of everything an envelope carries from sender to
// receiver, in hex. Both sides work it out from their own row.
func (c Content) Hash(sender, receiver uuid.UUID, note string) string {
	d := newDigest("hetu.envelope.v1")
	d.text(sender.String(), receiver.String(), note, c.Kind, c.Subject.String(), c.Title, c.BodyHTML, c.PlainText,
		c.Source, c.Drafter, strconv.Itoa(len(c.Reviewers)))
	d.text(c.Reviewers...)
	d.text(c.Publisher, instant(c.PublishedAt), c.Unit, c.ContentHash, strconv.Itoa(len(c.Attachments)))
	for _, a := range c.Attachments {
		d.text(a.ID.String(), a.Name, a.Summary, a.FileName, strconv.FormatInt(a.Size, 10), a.Type, a.SHA256)
	}
	if c.EventDate != "" { // what is absent adds nothing: what was sent before there was any keeps its hash
		d.text("event_date", c.EventDate)
	}
	if c.Cover != nil {
		d.text("cover", c.Cover.Attachment.String(), c.Cover.Alt)
	}
	return d.String()
}

// A Receipt is the receiver's word that it has an envelope, shown to both.
type Receipt struct {
	Hash         string    `json:"hash"` // of the envelope
	Receiver     uuid.UUID `json:"receiver"`
	ReceiverName string    `json:"receiver_name"`
	By           string    `json:"by"`
	At           time.Time `json:"at"`
	Digest       string    `json:"digest"` // SHA-256 of all of the above
}

// sign completes the receipt with its digest.
func (r Receipt) sign() Receipt {
	r.Digest = r.sum()
	return r
}

// Valid reports whether the receipt is for the envelope with this hash and
// nothing in it was changed.
func (r Receipt) Valid(hash string) bool { return r.Hash == hash && r.Digest == r.sum() }

func (r Receipt) sum() string {
	d := newDigest("hetu.receipt.v1")
	d.text(r.Hash, r.Receiver.String(), r.ReceiverName, r.By, instant(r.At))
	return d.String()
}
