package audit

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"hetu/tenant"
)

// What can be wrong with an entry or a seal.
const (
	Changed  = "changed"  // the entry is not what was sealed
	Removed  = "removed"  // the entry was sealed and is gone
	Inserted = "inserted" // the entry was not there when its time was sealed
	Broken   = "seal"     // the seal itself was changed or taken away
)

// A Bad is the first thing wrong with a tenant's audit.
type Bad struct {
	Kind string    `json:"kind" enum:"changed,removed,inserted,seal"`
	ID   uuid.UUID `json:"id"`  // the entry; nil for a seal
	At   time.Time `json:"at"`  // when the entry says it was, or, if it is gone, its id does
	Seq  int64     `json:"seq"` // the seal that tells; 0 for an entry no seal covers yet
}

// A Report is what Verify found. Head is worth noting somewhere else: a later
// report of the same chain contains it.
type Report struct {
	Seals    int64     `json:"seals"`
	Entries  int       `json:"entries"`  // that are sealed and as they were
	Sealed   time.Time `json:"sealed"`   // the newest of them
	Unsealed int       `json:"unsealed"` // newer ones
	Head     string    `json:"head"`     // hash of the last seal, hexadecimal
	First    *Bad      `json:"first_bad,omitempty"`
}

// slack is how much older than what was sealed before it an entry may say it
// is: a transaction that lasts has its beginning for its time.
const slack = time.Hour

// Verify checks the whole audit of the tenant of ctx, seal by seal, and stops
// at the first thing that is wrong. Only being unable to check is an error.
func Verify(ctx context.Context, db *tenant.DB) (Report, error) {
	actor, err := tenant.From(ctx)
	if err != nil {
		return Report{}, err
	}
	v := verifier{tenant: actor.Tenant, last: before(actor.Tenant)}
	for {
		if err := v.all(ctx, db); err != nil || v.report.First != nil {
			return v.report, err
		}
		err := db.Read(ctx, func(tx *tenant.Tx) error { return v.rest(ctx, tx) })
		if errors.Is(err, errGrown) {
			continue
		}
		if err != nil {
			err = fmt.Errorf("audit: verify: %w", err)
		}
		return v.report, err
	}
}

// errGrown means that a seal was set since the last one was checked.
var errGrown = errors.New("audit: the chain has grown meanwhile")

// all checks the seals there are from here on.
func (v *verifier) all(ctx context.Context, db *tenant.DB) error {
	for more := true; more && v.report.First == nil; {
		err := db.Read(ctx, func(tx *tenant.Tx) (err error) {
			more, err = v.seal(ctx, tx)
			return err
		})
		if err != nil {
			return fmt.Errorf("audit: verify: %w", err)
		}
	}
	return nil
}

type verifier struct {
	tenant uuid.UUID
	last   seal // the last one that was right
	report Report
	buf    bytes.Buffer
}

func (v *verifier) bad(kind string, id uuid.UUID, at time.Time, seq int64) {
	if v.report.First == nil {
		v.report.First = &Bad{kind, id, at, seq}
	}
}

// seal checks the next seal and what it covers. It reports whether there was
// one.
func (v *verifier) seal(ctx context.Context, tx *tenant.Tx) (bool, error) {
	var s seal
	err := tx.Get(ctx, &s, `select `+sealColumns+` from audit_seals where seq > $1 order by seq limit 1`, v.last.Seq)
	if errors.Is(err, tenant.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	want := v.last.Seq + 1
	if s.Seq != want || s.Upto <= v.last.Upto || !bytes.Equal(s.Prev, v.last.Hash) || !bytes.Equal(s.Hash, s.sum()) || len(s.Rows) != s.N*item {
		v.bad(Broken, uuid.Nil, v.last.UptoAt, want)
		return false, nil
	}
	found, err := v.entries(ctx, tx, v.last.Upto, s.Upto)
	if err != nil {
		return false, err
	}
	if v.compare(s, found); v.report.First != nil {
		return false, nil
	}
	v.last = s
	v.report.Seals, v.report.Sealed, v.report.Head = s.Seq, s.UptoAt, hex.EncodeToString(s.Hash)
	v.report.Entries += s.N
	return true, nil
}

// A seen is an entry that was found, and its hash.
type seen struct {
	id  uuid.UUID
	at  time.Time
	sum [32]byte
}

func (v *verifier) entries(ctx context.Context, tx *tenant.Tx, after, upto xid) (found []seen, err error) {
	err = tx.Each(ctx, func(r tenant.Row) error {
		var e row
		if err := r.Scan(&e.ID, &e.Txid, &e.At, &e.Member, &e.Name, &e.Action, &e.Object, &e.Detail, &e.Request, &e.IP); err != nil {
			return err
		}
		found = append(found, seen{e.ID, e.At, e.sum(v.tenant, &v.buf)})
		return nil
	}, `select `+rowColumns+` from audit_entries where txid > $1::xid8 and txid <= $2::xid8 order by audit_entries.txid, id`,
		after.parameter(), upto.parameter())
	return found, err
}

// compare finds the first entry that is not as the seal says.
func (v *verifier) compare(s seal, found []seen) {
	for i := range max(s.N, len(found)) {
		var was []byte
		if i < s.N {
			was = s.Rows[i*item : (i+1)*item]
		}
		switch {
		case i < len(found) && was != nil && bytes.Equal(found[i].id[:], was[:16]):
			if !bytes.Equal(found[i].sum[:], was[16:]) {
				v.bad(Changed, found[i].id, found[i].at, s.Seq)
			} else if found[i].at.Before(v.last.UptoAt.Add(-slack)) {
				v.bad(Inserted, found[i].id, found[i].at, s.Seq)
			}
		case i < len(found) && !s.names(found[i].id):
			v.bad(Inserted, found[i].id, found[i].at, s.Seq)
		case was != nil && !has(found, was[:16]):
			id := uuid.UUID(was[:16])
			v.bad(Removed, id, made(id), s.Seq)
		default: // both are there and changed places
			v.bad(Changed, found[i].id, found[i].at, s.Seq)
		}
		if v.report.First != nil {
			return
		}
	}
}

// names reports whether the seal covers an entry.
func (s *seal) names(id uuid.UUID) bool {
	for i := 0; i < len(s.Rows); i += item {
		if bytes.Equal(s.Rows[i:i+16], id[:]) {
			return true
		}
	}
	return false
}

func has(found []seen, id []byte) bool {
	for _, f := range found {
		if bytes.Equal(f.id[:], id) {
			return true
		}
	}
	return false
}

// made is when an id was made, which stands in it.
func made(id uuid.UUID) time.Time {
	sec, nsec := id.Time().UnixTime()
	return time.Unix(sec, nsec)
}

// rest checks what stands after the last seal: the entry about it, and that
// none says it is older than what was sealed before it. It returns errGrown if
// there is another seal by now.
func (v *verifier) rest(ctx context.Context, tx *tenant.Tx) error {
	v.report.Unsealed = 0
	if err := v.newest(ctx, tx); err != nil || v.report.First != nil {
		return err
	}
	return tx.Each(ctx, func(r tenant.Row) error {
		var id uuid.UUID
		var at time.Time
		if err := r.Scan(&id, &at); err != nil {
			return err
		}
		v.report.Unsealed++
		if at.Before(v.last.UptoAt.Add(-slack)) {
			v.bad(Inserted, id, at, 0)
		}
		return nil
	}, `select id, at from audit_entries where txid > $1::xid8 order by txid, id`, v.last.Upto.parameter())
}

// newest compares the last seal with the newest entry about a seal.
func (v *verifier) newest(ctx context.Context, tx *tenant.Tx) error {
	var detail string
	err := tx.Get(ctx, &detail, `
		select detail::text from audit_entries where action = $1 order by txid desc, id desc limit 1`, sealed)
	if errors.Is(err, tenant.ErrNoRows) {
		if v.last.Seq > 0 {
			v.bad(Broken, uuid.Nil, v.last.UptoAt, v.last.Seq)
		}
		return nil
	}
	if err != nil {
		return err
	}
	var said sealing
	if err := json.Unmarshal([]byte(detail), &said); err == nil && said.Seq == v.last.Seq && said.Hash == hex.EncodeToString(v.last.Hash) {
		return nil
	}
	var grown bool // an entry about a seal is there with it
	if err := tx.Get(ctx, &grown, `select exists (select from audit_seals where seq > $1)`, v.last.Seq); err != nil {
		return err
	}
	if grown {
		return errGrown
	}
	v.bad(Broken, uuid.Nil, v.last.UptoAt, max(said.Seq, v.last.Seq))
	return nil
}
