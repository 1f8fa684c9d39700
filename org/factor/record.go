package factor

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/org"
	"hetu/tenant"
)

// A record is all that one person has set up.
type record struct {
	TOTP     *totpKey  `json:"totp,omitempty"`
	Passkeys []passkey `json:"passkeys,omitempty"`
	Recovery []string  `json:"recovery,omitempty"` // hashes of the codes that are left
	Spent    []spent   `json:"spent,omitempty"`    // tickets that have been used and are not over yet

	holder  uuid.UUID
	version int
}

// A spent ticket opens nothing again.
type spent struct {
	ID    uuid.UUID `json:"id"`
	Until time.Time `json:"until"`
}

// ways are the ways there are to show the second factor; none if there is none:
// a recovery code stands in for another way and is none by itself.
func (s *record) ways() []string {
	var ways []string
	if len(s.Passkeys) > 0 {
		ways = append(ways, "passkey")
	}
	if s.TOTP != nil {
		ways = append(ways, "totp")
	}
	if len(ways) > 0 && len(s.Recovery) > 0 {
		ways = append(ways, "recovery")
	}
	return ways
}

// look reads the record of a holder, an empty one if there is none.
func (d *Desk) look(ctx context.Context, tx *tenant.Tx, holder uuid.UUID) (*record, error) {
	return d.read(ctx, tx, d.realm.look, holder)
}

// take is look for whoever is going to put the record back: nobody else has it
// until the transaction ends.
func (d *Desk) take(ctx context.Context, tx *tenant.Tx, holder uuid.UUID) (*record, error) {
	return d.read(ctx, tx, d.realm.take, holder)
}

func (d *Desk) read(ctx context.Context, tx *tenant.Tx, query string, holder uuid.UUID) (*record, error) {
	s := &record{holder: holder}
	var row struct {
		Ways    tenant.Texts `db:"ways"`
		State   []byte       `db:"state"`
		Version int          `db:"version"`
	}
	err := tx.Get(ctx, &row, query, holder)
	if errors.Is(err, tenant.ErrNoRows) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	s.version = row.Version
	if len(row.Ways) == 0 {
		return s, nil
	}
	plain, err := d.Key.Open(row.State, d.about(holder))
	if err == nil {
		err = json.Unmarshal(plain, s)
	}
	if err != nil {
		return nil, fmt.Errorf("factor: record of %s: %w", holder, err)
	}
	return s, nil
}

// put replaces the record of a holder. Who was not the first to do so since it
// was read has shown nothing: org.ErrTicket (AN-09).
func (d *Desk) put(ctx context.Context, tx *tenant.Tx, s *record) error {
	ways, sealed := s.ways(), []byte{}
	if len(ways) > 0 {
		plain, err := json.Marshal(s)
		if err != nil {
			return fmt.Errorf("factor: %w", err)
		}
		if sealed, err = d.Key.Seal(plain, d.about(s.holder)); err != nil {
			return err
		}
	} else {
		ways = []string{}
	}
	var first bool
	err := tx.Get(ctx, &first, d.realm.put, s.holder, s.version, tenant.Array(ways), sealed)
	if err == nil && !first {
		err = org.ErrTicket
	}
	return err
}

func (d *Desk) about(holder uuid.UUID) string { return d.realm.name + "/" + holder.String() }

// lives is how long a ticket is good for.
const lives = 5 * time.Minute

// A ticket is what lies between two steps: of signing in, or of setting up.
type ticket struct {
	ID    uuid.UUID       `json:"id"`
	Until time.Time       `json:"until"`
	Claim org.Claim       `json:"claim"`
	TOTP  string          `json:"totp,omitempty"` // the secret that is being set up
	Auth  json.RawMessage `json:"auth,omitempty"` // what a passkey is asked, as the library remembers it
}

func (t ticket) over(now time.Time) bool { return now.After(t.Until) }

// seal returns a ticket as it leaves the house. What says what it is for: one
// for setting up does not sign anybody in.
func (d *Desk) seal(t ticket, what string) (string, error) {
	plain, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("factor: %w", err)
	}
	sealed, err := d.Key.Seal(plain, d.realm.name+"/"+what)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

func (d *Desk) unseal(text, what string) (t ticket, err error) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return t, err
	}
	plain, err := d.Key.Open(sealed, d.realm.name+"/"+what)
	if err != nil {
		return t, err
	}
	return t, json.Unmarshal(plain, &t)
}

const entrance = "entrance"

// open opens a ticket for signing in.
func (d *Desk) open(text string) (ticket, error) {
	t, err := d.unseal(text, entrance)
	if err != nil {
		return t, org.ErrTicket
	}
	return t, nil
}

// Read returns the claim of a ticket, or org.ErrTicket. Whether it is over is
// seen when it is used.
func (d *Desk) Read(text string) (org.Claim, error) {
	t, err := d.open(text)
	return t.Claim, err
}

// ask returns org.ErrSecond with a ticket for a claim.
func (d *Desk) ask(c org.Claim, s *record, now time.Time) (asked, err error) {
	t := ticket{ID: tenant.NewID(), Until: now.Add(lives), Claim: c}
	answer := org.ErrSecond.With("ways", s.ways())
	if len(s.Passkeys) > 0 && d.site != nil {
		options, auth, err := d.challenge(s)
		if err != nil {
			return nil, err
		}
		t.Auth, answer = auth, answer.With("passkey", options)
	}
	text, err := d.seal(t, entrance)
	return answer.With("ticket", text), err
}

// spend notes that a ticket is used; false if it was before.
func (s *record) spend(t ticket, now time.Time) bool {
	s.Spent = slices.DeleteFunc(s.Spent, func(x spent) bool { return now.After(x.Until) })
	if slices.ContainsFunc(s.Spent, func(x spent) bool { return x.ID == t.ID }) {
		return false
	}
	s.Spent = append(s.Spent, spent{t.ID, t.Until})
	return true
}
