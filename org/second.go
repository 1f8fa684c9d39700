package org

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// What can go wrong between the first proof of who somebody is and the second.
var (
	// ErrSecond means that the first proof was right and another is wanted. Its meta
	// has the ticket to come back with, the ways there are, and what a passkey is to sign.
	ErrSecond      = fault.New(fault.Unauthenticated, "org.second_wanted")
	ErrSecondWrong = fault.New(fault.Unauthenticated, "org.second_wrong")
	ErrTicket      = fault.New(fault.Unauthenticated, "org.ticket_void")
)

// A Claim is what somebody has proved of who they are, and by what.
type Claim struct {
	Tenant  uuid.UUID `json:"t,omitzero"`
	Member  uuid.UUID `json:"m,omitzero"`
	Account uuid.UUID `json:"a"` // or the operator, at their door
	How     string    `json:"h"` // the first proof: "password", or the kind of another house
	Stamp   []byte    `json:"s"` // of what the proof rests on: a claim is void once that has changed

	Provider uuid.UUID `json:"p,omitzero"`  // the other house
	Name     string    `json:"n,omitempty"` // what the tenant calls it
	Login    string    `json:"l,omitempty"` // under which failures were counted there
}

// A Proof is what somebody shows besides: by one of the ways "totp", "passkey"
// and "recovery".
type Proof struct {
	Ticket  string `json:"ticket" minLength:"1" maxLength:"8192"`
	Way     string `json:"way" enum:"totp,passkey,recovery"`
	Code    string `json:"code,omitempty" maxLength:"64"`       // of totp and recovery
	Passkey string `json:"passkey,omitempty" maxLength:"16384"` // the answer of the authenticator, as JSON
}

// A Second asks for the second factor (see hetu/org/factor).
type Second interface {
	// Ask returns nil if the account of a claim has no second factor, and else
	// ErrSecond with all that is needed to show it.
	Ask(ctx context.Context, db *tenant.DB, c Claim) error
	// Read returns the claim of a ticket, or ErrTicket.
	Read(ticket string) (Claim, error)
	// Check returns how the proof shows the claim: the way, which it uses up. In one
	// transaction with what follows from it. ErrSecondWrong, ErrTicket.
	Check(ctx context.Context, tx *tenant.Tx, c Claim, p Proof) (way string, err error)
	// Demands reports whether who has these rights is let in with a second factor only.
	Demands(r *rbac.Rights) bool
}

// secondState is what Me says of the second factor.
type secondState struct {
	Shown  string `json:"shown"`  // the way it was shown in this session; empty if it was not
	Needed bool   `json:"needed"` // nothing else works before one has been set up
}

// Stamp is what a claim that rests on a password carries of it: its hash's hash.
func Stamp(passwordHash string) []byte {
	h := sha256.Sum256([]byte("stamp\n" + passwordHash))
	return h[:16]
}

// further begins a session for c, unless a second factor is wanted first.
func (h *house) further(ctx context.Context, db *tenant.DB, by browser, c candidate, how string) (entry, error) {
	if h.Second != nil {
		at, err := tenant.From(ctx)
		if err != nil {
			return entry{}, err
		}
		err = h.Second.Ask(ctx, db, Claim{Tenant: at.Tenant, Member: c.Member, Account: c.Account, How: how, Stamp: Stamp(c.Hash),
			Provider: c.house.Provider, Name: c.house.Name, Login: c.house.Login})
		if err != nil {
			return entry{}, err
		}
	}
	first := passed(c)
	if how != byPassword {
		first = h.received(c)
	}
	return begin(ctx, db, by, c, "org.signed_in", first)
}

// passed forgets an account's failures, unless it was locked or got another
// password while the one it had was being compared, and demands another password
// of it if its own is too old.
func passed(c candidate) func(context.Context, *tenant.Tx) error {
	account := c.Account
	return func(ctx context.Context, tx *tenant.Tx) error {
		var ok, aged bool
		err := tx.Get(ctx, &ok, `select platform.account_passed($1)`, account)
		if err == nil && !ok {
			err = ErrLocked
		}
		if err != nil {
			return err
		}
		var hash string // the account is held by now
		if err := tx.Get(ctx, &hash, `select password_hash from platform.account_secret($1)`, account); err != nil {
			return err
		}
		if hash != c.Hash {
			return ErrCredentials
		}
		if err := tx.Get(ctx, &aged, `select case when `+passwordForce+` then platform.account_aged($1, `+passwordLife+`) else false end`, account); err != nil {
			return err
		}
		if aged {
			tx.Audit("org.password_aged", "org/member/"+tx.Actor.Member.String(), nil)
		}
		return nil
	}
}

// byPassword is how most people come in.
const byPassword = "password"

func (h *house) signInFurther(ctx context.Context, d feature.Deps, cl *feature.Client, in Proof) (Me, error) {
	return h.enter(ctx, d, cl, func(by browser) (entry, error) { return h.show(ctx, d.DB, by, in) })
}

// show begins a session for whoever shows a second factor beside a ticket. The
// factor is looked at, and a wrong one counted like a wrong password, in one
// transaction that holds the account: guesses made side by side come one after
// the other, and the fifth locks (AN-03, AN-09).
func (h *house) show(ctx context.Context, db *tenant.DB, by browser, in Proof) (e entry, err error) {
	if h.Second == nil {
		return e, ErrTicket
	}
	claim, err := h.Second.Read(in.Ticket)
	if err != nil {
		return e, err
	}
	ctx = tenant.As(ctx, tenant.Actor{Tenant: claim.Tenant, IP: by.ip, Request: tenant.Request(ctx)})
	c, err := h.claimant(ctx, db, claim)
	if err != nil {
		return e, err
	}
	wait, err := Members.Wait(ctx, db, by.ip)
	if err == nil && wait > 0 {
		err = c.knownAt(ctx, db, by.ip, wait)
	}
	if err != nil {
		return e, err
	}
	if c.Account != claim.Account || subtle.ConstantTimeCompare(Stamp(c.Hash), claim.Stamp) != 1 {
		return e, ErrTicket // the password has changed since, or the person is another (AN-06)
	}
	if c.LockedUntil != nil {
		return e, h.fail(ctx, db, c)
	}
	var missed error
	err = db.Write(ctx, func(tx *tenant.Tx) error {
		e, missed = newEntry(tx.Actor, by, c), nil
		way, err := h.Second.Check(ctx, tx, claim, in)
		if errors.Is(err, ErrSecondWrong) {
			missed, err = h.missed(ctx, tx, c)
			return err
		}
		if err == nil {
			err = h.firstProof(claim, c)(ctx, tx)
		}
		if err != nil {
			return err
		}
		e.second, tx.Actor = way, e.actor
		tx.Audit("org.signed_in", "org/member/"+c.Member.String(), e.noted(c))
		return start(ctx, tx, by, e)
	})
	if err == nil && missed != nil {
		err = missed
		if errors.Is(err, ErrCredentials) {
			err = ErrSecondWrong
		}
	}
	return e, err
}

// claimant is the candidate that a claim is of; ErrTicket if they are none any
// more.
func (h *house) claimant(ctx context.Context, db *tenant.DB, claim Claim) (candidate, error) {
	if claim.How == byPassword {
		return memberCandidate(ctx, db, claim.Member)
	}
	return h.arriving(ctx, db, Arrival{Tenant: claim.Tenant, Member: claim.Member, How: claim.How, Provider: claim.Provider, Name: claim.Name, Login: claim.Login})
}

// firstProof returns what follows from the first proof of a claim, once the
// second has been shown: it must still be one.
func (h *house) firstProof(claim Claim, c candidate) func(context.Context, *tenant.Tx) error {
	if claim.How != byPassword {
		return h.received(c)
	}
	return func(ctx context.Context, tx *tenant.Tx) error {
		if h.Houses != nil {
			off, err := h.Houses.NoPassword(ctx, tx, c.Member)
			if err != nil {
				return err
			}
			if off {
				return ErrPasswordOff
			}
		}
		return passed(c)(ctx, tx)
	}
}

// memberCandidate is the candidate that a member is; ErrTicket if they are none
// any more.
func memberCandidate(ctx context.Context, db *tenant.DB, member uuid.UUID) (c candidate, err error) {
	err = db.Read(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &c, `
			select m.id, m.account_id, m.name, m.login, s.password_hash, s.must_change as demanded,
			       s.must_change or `+passwordForce+` and s.password_at <= now() - `+passwordLife+` as must_change,
			       case when s.locked_until > now() then s.locked_until end as locked_until
			  from members m cross join lateral platform.account_secret(m.account_id) s
			 where m.id = $1`, member)
	})
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrTicket
	}
	return c, err
}

// shown returns which second factor was shown in the session the browser has: a
// session that follows from it keeps that.
func (h *house) shown(ctx context.Context, by browser) (string, error) {
	who, err := h.Sessions.Identify(ctx, by.token)
	if errors.Is(err, tenant.ErrNoActor) {
		return "", nil
	}
	return who.Second, err
}

// A Door is the door of members as other ways to prove who one is use it. Its
// zero value opens to nobody.
type Door struct{ h *house }

// NewDoor returns the door of what Feature was made of.
func NewDoor(p Parts) *Door { return &Door{&house{p}} }

// Confirm returns nil if the password is that of the actor of ctx. A wrong one
// counts like one at the door: ErrOldPassword on the field "password".
func (d *Door) Confirm(ctx context.Context, deps feature.Deps, _ *feature.Client, password string) error {
	actor, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	var login string
	err = deps.DB.Read(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &login, `select login from members where id = $1`, actor.Member)
	})
	if err == nil {
		_, err = d.h.prove(ctx, deps.DB, login, password)
	}
	if errors.Is(err, ErrOldPassword) {
		err = ErrOldPassword.On("password")
	}
	return err
}

// Renew begins the actor's session anew as one in which a second factor was
// shown, in one transaction with first, and returns the token for requests that
// change something. With alone every other session of the account ends.
func (d *Door) Renew(ctx context.Context, deps feature.Deps, cl *feature.Client, way string, alone bool, first func(context.Context, *tenant.Tx) error) (csrf string, err error) {
	actor, err := tenant.From(ctx)
	if err != nil {
		return "", err
	}
	by := browser{cl.IP, clip(cl.UserAgent, 300), cl.Token}
	c := candidate{Member: actor.Member, Account: actor.Account, Name: actor.Name, second: way}
	if c.house.Provider, err = cameBy(ctx, deps.DB); err != nil {
		return "", err
	}
	e, err := begin(ctx, deps.DB, by, c, "org.session_renewed", func(ctx context.Context, tx *tenant.Tx) error {
		if err := first(ctx, tx); err != nil || !alone {
			return err
		}
		_, err := tx.Exec(ctx, `select platform.session_end($1, null, null)`, c.Account)
		return err
	})
	if err != nil {
		return "", err
	}
	cl.SetSession(feature.SessionCookie, e.token)
	return CSRF(e.token), nil
}
