// Package audit makes what was recorded tamper-evident, and shows it to the
// auditor. The kernel writes the entries, in the transactions they tell of;
// nothing else reads them.
//
// Once a minute a seal is set over the entries of the transactions that have
// ended since the last one. A seal names every entry it covers with the hash of
// its content, in order, and the seal before it, so that Verify can name the
// first entry that was changed, removed or slipped in. Setting a seal is itself
// an entry, which the next seal covers.
//
// Two things cannot be told from the tables alone: that the newest entries
// vanished together with their seals, and that somebody who may do everything
// wrote the whole chain anew. So once an hour the Notary notes in the object
// store, signed and under retention, how far the chain went.
package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// batch is how many entries a seal covers, and a few more if one transaction
// made them: it is never cut in two.
const batch = 5000

// sealed is the action of the entry that says a seal was set.
const sealed = "audit.sealed"

// noting is the action of the entry that says a note was made.
const noting = "audit.noted"

// ours are the actions of the audit itself: no reason for another seal.
const ours = `'` + sealed + `', '` + noting + `'`

// looked is the action of the entry that says somebody read the audit (AU-04). It
// is sealed like any other, and listed only where it is asked for: else whoever
// looks sees their own looking first.
const looked = "audit.looked"

// A row is an entry as it is hashed.
type row struct {
	ID      uuid.UUID  `db:"id"`
	Txid    xid        `db:"txid"`
	At      time.Time  `db:"at"`
	Member  *uuid.UUID `db:"member_id"`
	Name    string     `db:"actor_name"`
	Action  string     `db:"action"`
	Object  string     `db:"object"`
	Detail  string     `db:"detail"` // as PostgreSQL prints jsonb
	Request string     `db:"request"`
	IP      string     `db:"ip"`
}

const rowColumns = `id, txid::text as txid, at, member_id, actor_name, action, object, detail::text as detail, request, ip`

// sum is the hash of the row's content: every field with its length before it,
// so that no text can pass for two. It uses buf for working space.
func (r *row) sum(in uuid.UUID, buf *bytes.Buffer) [sha256.Size]byte {
	buf.Reset()
	number := func(n uint64) { buf.Write(binary.BigEndian.AppendUint64(nil, n)) }
	text := func(s string) { number(uint64(len(s))); buf.WriteString(s) }
	buf.Write(in[:])
	buf.Write(r.ID[:])
	number(uint64(r.Txid))
	number(uint64(r.At.UnixMicro())) //nolint:gosec // a bijection is all that is asked
	if r.Member != nil {
		buf.WriteByte(1)
		buf.Write(r.Member[:])
	} else {
		buf.WriteByte(0)
	}
	for _, s := range []string{r.Name, r.Action, r.Object, r.Detail, r.Request, r.IP} {
		text(s)
	}
	return sha256.Sum256(buf.Bytes())
}

// An xid is the number of a transaction. It grows for as long as a database
// lives.
type xid uint64

// Scan reads an xid8 that was cast to text.
func (x *xid) Scan(src any) error {
	_, err := fmt.Sscan(fmt.Sprintf("%s", src), (*uint64)(x))
	return err
}

// parameter is the xid as a query takes it: cast it to xid8.
func (x xid) parameter() string { return fmt.Sprint(uint64(x)) }

// A seal covers the entries of the transactions after that of the seal before
// it, up to and with Upto.
type seal struct {
	Seq    int64     `db:"seq"`
	Upto   xid       `db:"upto"`
	UptoAt time.Time `db:"upto_at"` // of its newest entry
	N      int       `db:"n"`
	Rows   []byte    `db:"rows"` // id and hash of each entry, in the order of transaction and id
	Prev   []byte    `db:"prev"`
	Hash   []byte    `db:"hash"`
}

const sealColumns = `seq, upto::text as upto, upto_at, n, rows, prev, hash`

// item is how long what a seal says of one entry is.
const item = 16 + sha256.Size

// sum is what the seal's hash must be.
func (s *seal) sum() []byte {
	h := sha256.New()
	var b []byte
	b = binary.BigEndian.AppendUint64(b, uint64(s.Seq)) //nolint:gosec // a bijection is all that is asked
	b = binary.BigEndian.AppendUint64(b, uint64(s.Upto))
	b = binary.BigEndian.AppendUint64(b, uint64(s.UptoAt.UnixMicro())) //nolint:gosec // likewise
	b = binary.BigEndian.AppendUint64(b, uint64(s.N))                  //nolint:gosec // likewise
	_, _ = h.Write(s.Prev)
	_, _ = h.Write(b)
	_, _ = h.Write(s.Rows)
	return h.Sum(nil)
}

// before is the seal before the first one of a tenant.
func before(in uuid.UUID) seal {
	h := sha256.Sum256(append([]byte("hetu audit "), in[:]...))
	return seal{Hash: h[:]}
}

func object(seq int64) string { return fmt.Sprintf("audit/seal/%d", seq) }

// sealing is what the entry about a seal says.
type sealing struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"` // hexadecimal
	N    int    `json:"n"`
}
