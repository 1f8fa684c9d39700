package org

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

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

// Info is what is known of a session besides whose it is.
type Info struct {
	MustChange bool   // the password, before anything else
	CSRF       string // what a request that changes something must carry
}

// A Finder looks a session up by the hash of its token. It returns
// tenant.ErrNoRows if there is no such session alive.
type Finder func(ctx context.Context, hash []byte) (tenant.Actor, Info, error)

// trust is how long a node believes what it last read of a session. A session
// that is ended is dead on every node within two seconds; half a second is left
// for the read itself.
const trust = 1500 * time.Millisecond

// Sessions tells whose a session token is, from memory where it can. The zero
// value is unusable. It is safe for concurrent use.
type Sessions struct {
	find  Finder
	known *lru.Cache[[sha256.Size]byte, known]
	drops atomic.Uint64
}

type known struct {
	actor tenant.Actor
	info  Info
	at    time.Time // when the read began, by the monotonic clock
}

// NewSessions returns the sessions of members, remembering up to size of them.
func NewSessions(db *tenant.DB, size int) (*Sessions, error) {
	return SessionsOf(memberSessions(db), size)
}

// SessionsOf returns the sessions that find finds, remembering up to size of
// them.
func SessionsOf(find Finder, size int) (*Sessions, error) {
	cache, err := lru.New[[sha256.Size]byte, known](size)
	if err != nil {
		return nil, fmt.Errorf("org: sessions: %w", err)
	}
	return &Sessions{find: find, known: cache}, nil
}

// Identify returns whose token it is, or tenant.ErrNoActor if it is nobody's.
// The actor carries no request and no address: those are the caller's to add.
func (s *Sessions) Identify(ctx context.Context, token string) (tenant.Actor, Info, error) {
	if token == "" || len(token) > 64 {
		return tenant.Actor{}, Info{}, tenant.ErrNoActor
	}
	key := sha256.Sum256([]byte(token))
	if k, ok := s.known.Get(key); ok && time.Since(k.at) < trust {
		return k.actor, k.info, nil
	}
	began, drops := time.Now(), s.drops.Load()
	actor, info, err := s.find(ctx, key[:])
	if errors.Is(err, tenant.ErrNoRows) {
		s.known.Remove(key)
		return tenant.Actor{}, Info{}, tenant.ErrNoActor
	}
	if err != nil {
		return tenant.Actor{}, Info{}, fmt.Errorf("org: session: %w", err)
	}
	info.CSRF = CSRF(token)
	if drops == s.drops.Load() { // else it may have ended while it was being read
		s.known.Add(key, known{actor, info, began})
	}
	return actor, info, nil
}

// Forget forgets the session with this token, which has just been ended.
func (s *Sessions) Forget(token string) {
	s.drops.Add(1)
	s.known.Remove(sha256.Sum256([]byte(token)))
}

// Drop forgets every session: what a listener calls when one has ended, and
// when it may have missed that.
func (s *Sessions) Drop() {
	s.drops.Add(1)
	s.known.Purge()
}

func memberSessions(db *tenant.DB) Finder {
	return func(ctx context.Context, hash []byte) (actor tenant.Actor, info Info, err error) {
		var row struct {
			ID         uuid.UUID `db:"id"`
			AccountID  uuid.UUID `db:"account_id"`
			TenantID   uuid.UUID `db:"tenant_id"`
			MemberID   uuid.UUID `db:"member_id"`
			Name       string    `db:"name"`
			MustChange bool      `db:"must_change"`
		}
		err = db.Public(ctx, func(tx *tenant.Tx) error {
			return tx.Get(ctx, &row, `
				select id, account_id, tenant_id, member_id, name, must_change from platform.session_find($1)`, hash)
		})
		actor = tenant.Actor{Tenant: row.TenantID, Member: row.MemberID, Account: row.AccountID, Session: row.ID, Name: row.Name}
		return actor, Info{MustChange: row.MustChange}, err
	}
}
