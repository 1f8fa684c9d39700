package org

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"hetu/rbac"
	"hetu/tenant"
)

// NewToken returns a secret of 256 random bits: the token of a session or of a
// one-time link. Only its TokenHash is ever stored.
func NewToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// TokenHash is what is stored of a token.
func TokenHash(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

// CSRF is what a request that changes something must carry beside the cookie
// with the token: bound to the session, and useless to whoever reads it.
func CSRF(token string) string {
	mac := hmac.New(sha256.New, []byte(token))
	_, _ = mac.Write([]byte("csrf"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Identity is who a session token belongs to.
type Identity struct {
	Actor      tenant.Actor
	MustChange bool    // the password, before anything else
	CSRF       string  // what a request that changes something must carry
	Second     string  // which second factor was shown; empty: none
	Limits     *Limits // of a program with a token; nil: a person at a browser
}

// Limits are what a token is for at most.
type Limits struct {
	Permissions []rbac.Permission // rbac.Member among them if it may do what every member may
	ReadOnly    bool
}

// A Finder looks a session up by the hash of its token; its Identity needs no
// CSRF. It returns tenant.ErrNoRows if there is no such session alive.
type Finder func(ctx context.Context, hash []byte) (Identity, error)

const (
	// trust is how long a node believes what it last read of a session nobody
	// tells it the changes of. A session that is ended is dead on every node
	// within two seconds; half a second is left for the read itself.
	trust = 1500 * time.Millisecond

	// remember is how long a session is not looked up again although nothing has
	// changed. The lookup is what keeps it alive in the database: by so much
	// sooner than after its thirty minutes may somebody who does nothing be
	// signed out.
	remember = 3 * time.Minute

	// longest is how long a session lives at all; platform.session_find holds it.
	longest = 12 * time.Hour

	// lookups is how many sessions are looked up at a time: whoever makes tokens
	// up keeps no more connections than that from those who are in (DO-05).
	lookups = 4
)

// Sessions tell whose a session token is, from memory where they can: as long
// as nothing has changed if they are told of changes (see tenant.Changes), for
// a second and a half if not. The zero value is unusable. It is safe for
// concurrent use.
type Sessions struct {
	find    Finder
	looking chan struct{}   // full: as many as may are being looked up
	changes *tenant.Changes // nil: of these sessions no changes are noted

	mu    sync.Mutex // held to forget, and to remember unless something was forgotten meanwhile
	drops uint64
	known *lru.Cache[[sha256.Size]byte, known]
}

type known struct {
	Identity
	until time.Time
}

// NewSessions returns the sessions of members, remembering up to size of them.
func NewSessions(db *tenant.DB, size int) (*Sessions, error) {
	s, err := SessionsOf(memberSessions(db), size)
	if err == nil {
		s.changes = tenant.NewChanges(db, s.heard)
	}
	return s, err
}

// SessionsOf returns the sessions that find finds, remembering up to size of
// them.
func SessionsOf(find Finder, size int) (*Sessions, error) {
	cache, err := lru.New[[sha256.Size]byte, known](size)
	if err != nil {
		return nil, fmt.Errorf("org: sessions: %w", err)
	}
	return &Sessions{find: find, looking: make(chan struct{}, lookups), known: cache}, nil
}

// Identify returns whose token it is, or tenant.ErrNoActor if it is nobody's.
// The actor carries no request and no address: those are the caller's to add.
func (s *Sessions) Identify(ctx context.Context, token string) (Identity, error) {
	if token == "" || len(token) > 64 {
		return Identity{}, tenant.ErrNoActor
	}
	if s.changes != nil {
		if err := s.changes.Fresh(ctx); err != nil {
			return Identity{}, fmt.Errorf("org: session: %w", err)
		}
	}
	key := sha256.Sum256([]byte(token))
	began := time.Now()
	if k, ok := s.known.Get(key); ok && began.Before(k.until) {
		return k.Identity, nil
	}
	s.mu.Lock()
	drops := s.drops
	s.mu.Unlock()
	who, err := s.look(ctx, key[:])
	if errors.Is(err, tenant.ErrNoRows) {
		if s.known.Contains(key) { // else it is made up: that costs the others nothing
			s.forget(func(k [sha256.Size]byte, _ known) bool { return k == key })
		}
		return Identity{}, tenant.ErrNoActor
	}
	if err != nil {
		return Identity{}, fmt.Errorf("org: session: %w", err)
	}
	who.CSRF = CSRF(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	if drops == s.drops { // else it may have ended while it was being read
		s.known.Add(key, known{who, s.until(who.Actor.Session, began)})
	}
	return who, nil
}

// look finds a session when it is its turn.
func (s *Sessions) look(ctx context.Context, hash []byte) (Identity, error) {
	select {
	case s.looking <- struct{}{}:
	case <-ctx.Done():
		return Identity{}, ctx.Err()
	}
	defer func() { <-s.looking }()
	return s.find(ctx, hash)
}

// until returns when a session that was found is looked up again: not after its
// longest life. Its id tells when it began.
func (s *Sessions) until(session uuid.UUID, now time.Time) time.Time {
	if s.changes == nil {
		return now.Add(trust)
	}
	if session.Version() != 7 {
		return now
	}
	at := now.Add(remember)
	if end := time.Unix(session.Time().UnixTime()).Add(longest); end.Before(at) {
		return end
	}
	return at
}

// Forget forgets the sessions of whoever has this token, one of which has just
// been begun, changed or ended on this node. Of whoever is nobody here there is
// nothing to forget, and nothing is looked through for them (DO-05).
func (s *Sessions) Forget(token string) {
	key := sha256.Sum256([]byte(token))
	mine, _ := s.known.Peek(key)
	account := mine.Actor.Account
	if account == uuid.Nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if token != "" {
			s.drops++ // it may be looked up just now
		}
		s.known.Remove(key)
		return
	}
	s.forget(func(k [sha256.Size]byte, other known) bool {
		return k == key || other.Actor.Account == account
	})
}

// Hear is what a listener calls when a session has ended somewhere, and when it
// may have missed that: what has changed is asked for before the next answer.
func (s *Sessions) Hear() {
	if s.changes != nil {
		s.changes.Hurry()
		return
	}
	s.Drop()
}

// Drop forgets every session.
func (s *Sessions) Drop() { s.heard(tenant.Change{}) }

func (s *Sessions) heard(c tenant.Change) {
	s.forget(func(_ [sha256.Size]byte, k known) bool {
		switch c.Kind {
		case "":
			return true
		case "account":
			return k.Actor.Account == c.Subject
		case "tenant":
			return k.Actor.Tenant == c.Subject
		}
		return false
	})
}

func (s *Sessions) forget(which func([sha256.Size]byte, known) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drops++
	for _, key := range s.known.Keys() {
		if k, ok := s.known.Peek(key); ok && which(key, k) {
			s.known.Remove(key)
		}
	}
}

func memberSessions(db *tenant.DB) Finder {
	return func(ctx context.Context, hash []byte) (who Identity, err error) {
		var row struct {
			ID         uuid.UUID `db:"id"`
			AccountID  uuid.UUID `db:"account_id"`
			TenantID   uuid.UUID `db:"tenant_id"`
			MemberID   uuid.UUID `db:"member_id"`
			Name       string    `db:"name"`
			MustChange bool      `db:"must_change"`
			Second     string    `db:"second"`
		}
		err = db.Public(ctx, func(tx *tenant.Tx) error {
			return tx.Get(ctx, &row, `
				select id, account_id, tenant_id, member_id, name, must_change, platform.session_second(id) as second
				  from platform.session_find($1)`, hash)
		})
		return Identity{MustChange: row.MustChange, Second: row.Second, Actor: tenant.Actor{
			Tenant: row.TenantID, Member: row.MemberID, Account: row.AccountID, Session: row.ID, Name: row.Name}}, err
	}
}
