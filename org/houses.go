package org

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// What can go wrong where there are other ways in than a password.
var (
	// ErrPasswordOff means that the tenant takes passwords of its administrators
	// only. It is the answer to a right password and to a wrong one alike.
	ErrPasswordOff = fault.New(fault.Forbidden, "org.password_off")
	// ErrElsewhere means that somebody was recognised by a house of one tenant: that
	// opens no other.
	ErrElsewhere = fault.New(fault.Forbidden, "org.provider_elsewhere")
)

// Houses are the other ways in, as the door asks about them (see
// hetu/org/identity).
type Houses interface {
	// Receive returns nil if an arrival may come in at this moment, and writes down
	// that they do; ErrTicket if their provider or their link is gone.
	Receive(ctx context.Context, tx *tenant.Tx, a Arrival) error
	// NoPassword reports whether a member may not come in with a password. The nil
	// id is of somebody the tenant does not know.
	NoPassword(ctx context.Context, tx *tenant.Tx, member uuid.UUID) (bool, error)
}

// An Arrival is a member who has been recognised by another house: a provider of
// identities, a directory.
type Arrival struct {
	Tenant, Member uuid.UUID
	How            string    // the kind of house: "oidc", "ldap"
	Provider       uuid.UUID // which one; the session ends with it, and opens no other tenant
	Name           string    // what the tenant calls it
	Second         string    // the second factor they showed there, if it is to count; empty: ours is asked for
	Login          string    // under which failures were counted, see Try; empty: none
}

// Admit begins a session for an arrival, or returns ErrSecond with a ticket for
// POST /org/sign-in/second. Whoever may not come in with a password may not come
// in so either: ErrCredentials, ErrLocked (AN-06).
func (d *Door) Admit(ctx context.Context, deps feature.Deps, cl *feature.Client, a Arrival) (Me, error) {
	return d.h.enter(ctx, deps, cl, func(by browser) (e entry, err error) {
		there := tenant.As(ctx, tenant.Actor{Tenant: a.Tenant, IP: by.ip, Request: tenant.Request(ctx)})
		c, err := d.h.arriving(there, deps.DB, a)
		if errors.Is(err, ErrTicket) {
			err = ErrCredentials
		}
		if err != nil {
			return e, err
		}
		if c.LockedUntil != nil {
			return e, ErrLocked.With("until", c.LockedUntil)
		}
		if a.Second != "" {
			c.second = a.Second
			return begin(there, deps.DB, by, c, "org.signed_in", d.h.received(c))
		}
		return d.h.further(there, deps.DB, by, c, a.How)
	})
}

// arriving is the candidate that an arrival is; ErrTicket if they are no member
// any more. A password that is of no use to them does not have to be changed for
// its age.
func (h *house) arriving(ctx context.Context, db *tenant.DB, a Arrival) (candidate, error) {
	c, err := memberCandidate(ctx, db, a.Member)
	if err != nil {
		return c, err
	}
	c.house = a
	useless, err := h.barred(ctx, db, c.Member)
	if useless {
		c.MustChange = c.Demanded
	}
	return c, err
}

// received returns what is done in the transaction in which an arrival comes in:
// whatever has changed since they were recognised counts.
func (h *house) received(c candidate) func(context.Context, *tenant.Tx) error {
	return func(ctx context.Context, tx *tenant.Tx) error {
		var until *time.Time
		err := tx.Get(ctx, &until, `
			select (select s.locked_until from platform.account_secret($1) s where s.locked_until > now())`, c.Account)
		if err == nil && until != nil {
			err = ErrLocked.With("until", until)
		}
		if err == nil && c.house.Login != "" {
			err = forgive(ctx, tx, c.house.Login)
		}
		if err != nil || h.Houses == nil || c.house.Provider == uuid.Nil {
			return err
		}
		if err := h.Houses.Receive(ctx, tx, c.house); err != nil {
			return err
		}
		if !c.MustChange || c.Demanded {
			return nil
		}
		_, err = tx.Exec(ctx, `select case when `+passwordForce+` then platform.account_aged($1, `+passwordLife+`) end`, c.Account)
		return err
	}
}

// forgive forgets the failures under a login of another house, unless they have
// locked it meanwhile.
func forgive(ctx context.Context, tx *tenant.Tx, login string) error {
	_, err := tx.Exec(ctx, `
		delete from login_misses where login_hash = $1 and (locked_until is null or locked_until <= now())`, LoginHash(login))
	if err != nil {
		return err
	}
	until, err := lockedUntil(ctx, tx, login)
	if err == nil && until != nil {
		err = ErrLocked.With("until", until)
	}
	return err
}

func lockedUntil(ctx context.Context, tx *tenant.Tx, login string) (until *time.Time, err error) {
	err = tx.Get(ctx, &until, `
		select (select locked_until from login_misses where login_hash = $1 and locked_until > now())`, LoginHash(login))
	return until, err
}

// barred reports whether a member may not come in with a password.
func (h *house) barred(ctx context.Context, db *tenant.DB, member uuid.UUID) (is bool, err error) {
	if h.Houses == nil {
		return false, nil
	}
	err = db.Read(ctx, func(tx *tenant.Tx) error {
		is, err = h.Houses.NoPassword(ctx, tx, member)
		return err
	})
	return is, err
}

// cameBy returns by which provider the session of the actor began; the nil id
// for none. Sessions that follow from it keep that.
func cameBy(ctx context.Context, db *tenant.DB) (provider uuid.UUID, err error) {
	err = db.Read(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &provider, `select coalesce(platform.session_house($1), $2)`, tx.Actor.Session, uuid.Nil)
	})
	return provider, err
}

// stays returns ErrElsewhere if the actor was recognised by a house of the tenant
// they are in.
func stays(ctx context.Context, db *tenant.DB) error {
	provider, err := cameBy(ctx, db)
	if err == nil && provider != uuid.Nil {
		err = ErrElsewhere
	}
	return err
}

// A Try is somebody who wants to be recognised by another house.
type Try struct {
	Tenant   uuid.UUID
	Member   uuid.UUID // who they seem to be; the nil id: nobody is known
	Login    string    // what failures are counted under besides the address; empty: nothing
	Provider string    // what the tenant calls the house
	Why      string    // what went wrong, in a word; for the audit
}

// Free returns nil if a try may be made, and else what a password would be
// answered: the address is refused, unless the member has come in from it before,
// or the login is locked (AN-03).
func (d *Door) Free(ctx context.Context, deps feature.Deps, cl *feature.Client, t Try) error {
	wait, err := Members.Wait(ctx, deps.DB, cl.IP)
	if err != nil {
		return err
	}
	ctx = tenant.As(ctx, tenant.Actor{Tenant: t.Tenant, IP: cl.IP, Request: tenant.Request(ctx)})
	if wait > 0 {
		c, err := memberCandidate(ctx, deps.DB, t.Member)
		if errors.Is(err, ErrTicket) {
			return Away(wait)
		}
		if err == nil {
			err = c.knownAt(ctx, deps.DB, cl.IP, wait)
		}
		if err != nil {
			return err
		}
	}
	if t.Login == "" {
		return nil
	}
	var until *time.Time
	err = deps.DB.Read(ctx, func(tx *tenant.Tx) error {
		until, err = lockedUntil(ctx, tx, t.Login)
		return err
	})
	if err == nil && until != nil {
		t.Why = "locked"
		err = d.Missed(ctx, deps, cl, t)
	}
	return err
}

// Missed counts and records a try that failed, like a sign-in with a wrong
// password, and returns what to answer: ErrLocked or ErrCredentials.
func (d *Door) Missed(ctx context.Context, deps feature.Deps, cl *feature.Client, t Try) (answer error) {
	ctx = tenant.As(ctx, tenant.Actor{Tenant: t.Tenant, IP: cl.IP, Request: tenant.Request(ctx)})
	err := deps.DB.Write(ctx, func(tx *tenant.Tx) (err error) {
		var until *time.Time
		if t.Login != "" {
			if until, err = lockedUntil(ctx, tx, t.Login); err == nil && until == nil {
				until, err = count(ctx, tx, candidate{Login: t.Login})
			}
			if err != nil {
				return err
			}
		}
		object := "org/login"
		if t.Member != uuid.Nil {
			object = "org/member/" + t.Member.String()
		}
		full, err := Members.Failed(ctx, tx, cl.IP)
		tx.Audit("org.sign_in_failed", object, map[string]any{"locked_until": until, "address_refused": full, "provider": t.Provider, "why": t.Why})
		if err == nil && full {
			err = d.h.alarm(ctx, tx)
		}
		answer = Missed(until, ErrLocked, ErrCredentials)
		return err
	})
	if err != nil {
		return err
	}
	return answer
}

// Lost counts what failed for somebody of whom not even the tenant is known.
func (d *Door) Lost(ctx context.Context, deps feature.Deps, cl *feature.Client) error {
	return deps.DB.Public(ctx, func(tx *tenant.Tx) error {
		_, err := Members.Failed(ctx, tx, cl.IP)
		return err
	})
}
