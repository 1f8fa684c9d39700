package audit

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"hetu/job"
	"hetu/storage"
	"hetu/tenant"
)

// NotesKept is for how many years a note cannot be deleted from the store.
const NotesKept = 3

// A Notary notes how far the chains of the tenants go, where nobody can take it
// back: in the object store, under retention, signed. With the notes Check
// tells what the tables alone cannot: that the newest entries are gone together
// with their seals, or that the whole chain was written anew.
type Notary struct {
	Store   storage.Store
	Key     Key
	Trusted []string // public halves of keys that signed before, in base64

	Grace time.Duration // how old a note in the store must be for its row to be missed; a minute if zero
}

// A Note says how far a chain went.
type Note struct {
	Tenant   uuid.UUID `json:"tenant"`
	N        int64     `json:"n"` // counted from 1
	Seal     int64     `json:"seal"`
	Head     string    `json:"head"`    // hash of the seal, hexadecimal
	Entries  int64     `json:"entries"` // that are sealed
	UptoAt   time.Time `json:"sealed_up_to"`
	Previous string    `json:"previous"` // SHA-256 of the note before it, as it lies in the store; empty for the first
	At       time.Time `json:"at"`
}

// A paper is a note as it lies in the store: the bytes that were signed, as
// text, and the signature.
type paper struct {
	Note      string `json:"note"`
	PublicKey string `json:"public_key"`
	Signature string `json:"signature"`
}

// A noted is the row of a note.
type noted struct {
	N       int64     `db:"n"`
	Seal    int64     `db:"seal"`
	Head    string    `db:"head"`
	SHA256  string    `db:"sha256"`
	Size    int64     `db:"size"`
	Key     string    `db:"object_key"`
	Version string    `db:"object_version"`
	At      time.Time `db:"at"`
}

const notedColumns = `n, seal, head, sha256, size, object_key, object_version, at`

// Round is the work of making notes, once an hour for each tenant.
func (y *Notary) Round() job.Round {
	return job.Round{Name: "audit.note", Every: time.Hour, Run: y.Note}
}

// Note makes a note of the tenant of ctx if its chain has grown since the last
// one. Of several nodes that do it at once one succeeds, and the others leave
// an object behind that says the same.
func (y *Notary) Note(ctx context.Context, db *tenant.DB) error {
	if y == nil || !y.Key.Valid() {
		return nil
	}
	n, due, err := nextNote(ctx, db)
	if err != nil || !due {
		return err
	}
	body, err := y.paper(n)
	if err != nil {
		return err
	}
	until := n.At.AddDate(NotesKept, 0, 0).Truncate(time.Second)
	o, err := y.Store.Put(ctx, n.Tenant, bytes.NewReader(body), storage.PutOptions{Size: int64(len(body)), Type: "application/json", RetainUntil: until})
	if err != nil {
		return fmt.Errorf("audit: note: %w", err)
	}
	return db.Write(ctx, func(tx *tenant.Tx) error {
		added, err := tx.Exec(ctx, `
			insert into audit_notes (n, seal, head, sha256, size, object_key, object_version, retain_until, at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict on constraint audit_notes_pkey do nothing`,
			n.N, n.Seal, n.Head, o.SHA256.String(), o.Size, o.Key, o.Version, until, n.At)
		if err == nil && added == 1 {
			tx.Audit(noting, fmt.Sprintf("audit/note/%d", n.N), map[string]any{"seal": n.Seal, "sha256": o.SHA256.String(), "retain_until": until})
		}
		return err
	})
}

// nextNote returns what there is to be noted.
func nextNote(ctx context.Context, db *tenant.DB) (n Note, due bool, err error) {
	err = db.Read(ctx, func(tx *tenant.Tx) error {
		last, err := lastSeal(ctx, tx)
		if err != nil {
			return err
		}
		var prev noted
		err = tx.Get(ctx, &prev, `select `+notedColumns+` from audit_notes order by n desc limit 1`)
		if err != nil && !errors.Is(err, tenant.ErrNoRows) {
			return err
		}
		if due = last.Seq > prev.Seal; !due {
			return nil
		}
		n = Note{Tenant: tx.Actor.Tenant, N: prev.N + 1, Seal: last.Seq, Head: hex.EncodeToString(last.Hash),
			UptoAt: last.UptoAt.UTC(), Previous: prev.SHA256, At: tx.Now.UTC()}
		return tx.Get(ctx, &n.Entries, `select coalesce(sum(n), 0) from audit_seals`)
	})
	return n, due, err
}

func (y *Notary) paper(n Note) ([]byte, error) {
	text, err := json.Marshal(n)
	if err != nil {
		return nil, err
	}
	return json.Marshal(paper{string(text), y.Key.Public(), y.Key.Sign("audit note", text)})
}

// maxPaper is how long a note may be, in bytes.
const maxPaper = 4 << 10

// read opens a note in the store and checks who signed it.
func (y *Notary) read(ctx context.Context, ref storage.Ref, want storage.Want) (n Note, ok bool, err error) {
	if want.Size > maxPaper {
		return n, false, nil
	}
	r, err := y.Store.Open(ctx, ref, want)
	if err != nil {
		return n, false, err
	}
	b, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		return n, false, err
	}
	var p paper
	if json.Unmarshal(b, &p) != nil || !y.trusts(p.PublicKey) || !Signed(p.PublicKey, "audit note", []byte(p.Note), p.Signature) {
		return n, false, nil
	}
	err = json.Unmarshal([]byte(p.Note), &n)
	return n, err == nil && n.Tenant == ref.Tenant, nil
}

func (y *Notary) trusts(public string) bool {
	if y.Key.Valid() && public == y.Key.Public() {
		return true
	}
	for _, t := range y.Trusted {
		if t == public {
			return true
		}
	}
	return false
}
