package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"hetu/org"
	"hetu/tenant"
)

// Sessions tell the gate whose a member's token is, from memory as long as
// nothing has changed (see tenant.Changes): with a thousand tenants the same
// person hardly comes twice within the second and a half for which org trusts
// what it read. It is safe for concurrent use.
type Sessions struct {
	db      *tenant.DB
	changes *tenant.Changes

	mu    sync.Mutex // held to forget, and to remember unless something was forgotten meanwhile
	drops uint64
	known *lru.Cache[[sha256.Size]byte, remembered]
}

type remembered struct {
	Identity
	until time.Time
}

const (
	// remember is how long a session is not looked up again. The lookup is what
	// keeps it alive in the database: by so much sooner than after its thirty
	// minutes may somebody who does nothing be signed out.
	remember = 3 * time.Minute

	// longest is how long a session lives at all; platform.session_find holds it.
	longest = 12 * time.Hour
)

// NewSessions returns Sessions that remember up to size of them.
func NewSessions(db *tenant.DB, size int) (*Sessions, error) {
	known, err := lru.New[[sha256.Size]byte, remembered](size)
	if err != nil {
		return nil, fmt.Errorf("app: sessions: %w", err)
	}
	s := &Sessions{db: db, known: known}
	s.changes = tenant.NewChanges(db, s.heard)
	return s, nil
}

// Identify returns whose token it is, or tenant.ErrNoActor if it is nobody's.
func (s *Sessions) Identify(ctx context.Context, token string) (Identity, error) {
	if token == "" || len(token) > 64 {
		return Identity{}, tenant.ErrNoActor
	}
	if err := s.changes.Fresh(ctx); err != nil {
		return Identity{}, fmt.Errorf("app: session: %w", err)
	}
	key := sha256.Sum256([]byte(token))
	began := time.Now()
	if r, ok := s.known.Get(key); ok && began.Before(r.until) {
		return r.Identity, nil
	}
	s.mu.Lock()
	drops := s.drops
	s.mu.Unlock()
	who, err := s.find(ctx, key)
	if errors.Is(err, tenant.ErrNoRows) {
		s.forget(func(k [sha256.Size]byte, _ remembered) bool { return k == key })
		return Identity{}, tenant.ErrNoActor
	}
	if err != nil {
		return Identity{}, fmt.Errorf("app: session: %w", err)
	}
	who.CSRF = org.CSRF(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	if drops == s.drops { // else it may have ended while it was being read
		s.known.Add(key, remembered{who, until(who.Actor.Session, began)})
	}
	return who, nil
}

// until returns when a session that was found is looked up again: within three
// minutes, and not after its longest life. Its id tells when it began.
func until(session uuid.UUID, now time.Time) time.Time {
	at := now.Add(remember)
	if session.Version() != 7 {
		return now
	}
	if end := time.Unix(session.Time().UnixTime()).Add(longest); end.Before(at) {
		return end
	}
	return at
}

func (s *Sessions) find(ctx context.Context, hash [sha256.Size]byte) (who Identity, err error) {
	var row struct {
		ID         uuid.UUID `db:"id"`
		AccountID  uuid.UUID `db:"account_id"`
		TenantID   uuid.UUID `db:"tenant_id"`
		MemberID   uuid.UUID `db:"member_id"`
		Name       string    `db:"name"`
		MustChange bool      `db:"must_change"`
	}
	err = s.db.Public(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &row, `
			select id, account_id, tenant_id, member_id, name, must_change from platform.session_find($1)`, hash[:])
	})
	return Identity{MustChange: row.MustChange, Actor: tenant.Actor{
		Tenant: row.TenantID, Member: row.MemberID, Account: row.AccountID, Session: row.ID, Name: row.Name}}, err
}

// Forget forgets the sessions of whoever has this token, one of which has just
// been begun, changed or ended on this node.
func (s *Sessions) Forget(token string) {
	key := sha256.Sum256([]byte(token))
	r, ok := s.known.Peek(key)
	s.forget(func(k [sha256.Size]byte, other remembered) bool {
		return k == key || ok && other.Actor.Account == r.Actor.Account
	})
}

// Hear makes the next request ask what has changed: what a listener calls when
// a session has ended somewhere, and when it may have missed that.
func (s *Sessions) Hear() { s.changes.Hurry() }

func (s *Sessions) heard(c tenant.Change) {
	s.forget(func(_ [sha256.Size]byte, r remembered) bool {
		switch c.Kind {
		case "":
			return true
		case "account":
			return r.Actor.Account == c.Subject
		case "tenant":
			return r.Actor.Tenant == c.Subject
		}
		return false
	})
}

func (s *Sessions) forget(which func([sha256.Size]byte, remembered) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drops++
	for _, k := range s.known.Keys() {
		if r, ok := s.known.Peek(k); ok && which(k, r) {
			s.known.Remove(k)
		}
	}
}
