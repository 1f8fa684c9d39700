package org

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// A link is a one-time link as its token finds it.
type link struct {
	TenantID   uuid.UUID  `db:"tenant_id"`
	TenantName string     `db:"tenant_name"`
	State      string     `db:"tenant_state"`
	Kind       string     `db:"kind"` // "first_admin" or "join"
	MemberID   *uuid.UUID `db:"member_id"`
	Login      string     `db:"login"`
	Name       string     `db:"name"`

	hash []byte
}

type linkToken struct {
	Token string `json:"token" minLength:"1" maxLength:"64"`
}

// invitation is what the holder of a link may know of it.
type invitation struct {
	Kind       string `json:"kind" enum:"first_admin,join,reset"`
	TenantName string `json:"tenant_name"`
	Login      string `json:"login"`
	Name       string `json:"name"`
	Existing   bool   `json:"existing_account"` // the browser is signed in: that account can take the membership
	Unread     bool   `json:"rules_unread"`     // the rules of use have still to be acknowledged (R244, R350)
}

func findLink(ctx context.Context, db *tenant.DB, token string) (l link, err error) {
	l.hash = TokenHash(token)
	err = db.Public(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &l, `
			select tenant_id, tenant_name, tenant_state, kind, member_id, login, name from platform.activation_find($1)`, l.hash)
	})
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return l, ErrLink
	case err == nil && l.State != "active":
		return l, ErrSuspended
	}
	return l, err
}

func (h *house) invitation(ctx context.Context, d feature.Deps, cl *feature.Client, in linkToken) (invitation, error) {
	l, err := findLink(ctx, d.DB, in.Token)
	if err != nil {
		return invitation{}, err
	}
	_, err = h.Sessions.Identify(ctx, cl.Token)
	if err != nil && !errors.Is(err, tenant.ErrNoActor) {
		return invitation{}, err
	}
	news, uerr := l.unread(ctx, d.DB, cl.IP)
	return invitation{l.Kind, l.TenantName, l.Login, l.Name, err == nil, news}, uerr
}

// unread reports whether who comes by the link has still to read the rules.
func (l link) unread(ctx context.Context, db *tenant.DB, ip string) (is bool, err error) {
	if l.MemberID == nil {
		return true, nil
	}
	err = db.Read(l.there(ctx, ip), func(tx *tenant.Tx) error { is, err = unread(ctx, tx, *l.MemberID); return err })
	return is, err
}

// there is the context of the member the link is for.
func (l link) there(ctx context.Context, ip string) context.Context {
	return tenant.As(ctx, tenant.Actor{Tenant: l.TenantID, Member: *l.MemberID, Name: l.Name, IP: ip, Request: tenant.Request(ctx)})
}

type activation struct {
	Token    string `json:"token" minLength:"1" maxLength:"64"`
	Password string `json:"password" minLength:"1" maxLength:"128"`
	Agreed   bool   `json:"agreed,omitempty"` // the rules of use have been read (R244, R350); of a new account it is demanded
}

func (h *house) activate(ctx context.Context, d feature.Deps, cl *feature.Client, in activation) (Me, error) {
	return h.enter(ctx, d, cl, func(by browser) (entry, error) { return h.arrive(ctx, d.DB, by, in) })
}

// arrive uses a link up for somebody who came without a session: the password
// becomes that of a new account. Somebody who is signed in gives the password
// they have and comes as who they are, so that a link somebody else sent
// cannot quietly make another person of them.
func (h *house) arrive(ctx context.Context, db *tenant.DB, by browser, in activation) (e entry, err error) {
	l, err := findLink(ctx, db, in.Token)
	if err != nil {
		return e, err
	}
	who, err := h.Sessions.Identify(ctx, by.token)
	if err == nil {
		who.Actor.IP, who.Actor.Request = by.ip, tenant.Request(ctx)
		return h.confirm(tenant.As(ctx, who.Actor), db, by, l, in.Password)
	}
	if !errors.Is(err, tenant.ErrNoActor) {
		return e, err
	}
	if l.Kind == "reset" {
		return e, ErrLink
	}
	if err := CheckPassword(in.Password, l.Login); err != nil {
		return e, ErrWeakPassword.On("password")
	}
	if !in.Agreed {
		return e, ErrUnread.On("agreed")
	}
	hash, err := h.Passwords.Hash(ctx, in.Password)
	if err != nil {
		return e, err
	}
	return h.use(ctx, db, by, l, AdminSpec{Login: l.Login, Name: l.Name, Hash: hash})
}

// confirm takes the membership for the actor of ctx, who repeats their password.
func (h *house) confirm(ctx context.Context, db *tenant.DB, by browser, l link, password string) (e entry, err error) {
	actor, err := tenant.From(ctx)
	if err != nil {
		return e, err
	}
	var login string
	err = db.Read(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &login, `select login from members where id = $1`, actor.Member)
	})
	if err != nil {
		return e, err
	}
	if _, err := h.prove(ctx, db, login, password); err != nil {
		if errors.Is(err, ErrOldPassword) {
			err = ErrOldPassword.On("password")
		}
		return e, err
	}
	return h.use(ctx, db, by, l, AdminSpec{Login: l.Login, Name: actor.Name, account: actor.Account})
}

func (h *house) join(ctx context.Context, d feature.Deps, cl *feature.Client, in linkToken) (Me, error) {
	return h.enter(ctx, d, cl, func(by browser) (entry, error) { return h.take(ctx, d.DB, by, in.Token) })
}

// take uses a link up for the actor of ctx.
func (h *house) take(ctx context.Context, db *tenant.DB, by browser, token string) (e entry, err error) {
	actor, err := tenant.From(ctx)
	if err == nil {
		err = stays(ctx, db)
	}
	if err != nil {
		return e, err
	}
	l, err := findLink(ctx, db, token)
	if err != nil {
		return e, err
	}
	return h.use(ctx, db, by, l, AdminSpec{Login: l.Login, Name: actor.Name, account: actor.Account})
}

// use uses a link up and begins a session in its tenant: all in one
// transaction, so that a link that was used has had its effect.
func (h *house) use(ctx context.Context, db *tenant.DB, by browser, l link, who AdminSpec) (entry, error) {
	if l.Kind == "reset" {
		return entry{}, ErrLink
	}
	c := candidate{Member: tenant.NewID(), Account: who.account, Name: who.Name}
	if c.Account != uuid.Nil {
		var err error
		if c.second, err = h.shown(ctx, by); err != nil {
			return entry{}, err
		}
	}
	if c.Account == uuid.Nil {
		c.Account = tenant.NewID()
	}
	if l.MemberID != nil {
		c.Member = *l.MemberID
	}
	there := tenant.As(ctx, tenant.Actor{Tenant: l.TenantID, IP: by.ip, Request: tenant.Request(ctx)})
	return begin(there, db, by, c, "org.activated", func(ctx context.Context, tx *tenant.Tx) error {
		var used bool
		if err := tx.Get(ctx, &used, `select platform.activation_use($1)`, l.hash); err != nil {
			return err
		}
		if !used {
			return ErrLink
		}
		if l.Kind == "first_admin" {
			if err := open(ctx, tx, c, who, h.Seed); err != nil {
				return err
			}
		} else if err := settle(ctx, tx, c, who); err != nil {
			return err
		}
		if who.account != uuid.Nil {
			return nil
		}
		return acknowledge(ctx, tx, c.Member)
	})
}

// settle gives an invited member the account they came with, in place of the
// one that was made for them.
func settle(ctx context.Context, tx *tenant.Tx, c candidate, who AdminSpec) error {
	n, err := tx.Exec(ctx, `
		update members set account_id = $2, state = 'active' where id = $1 and state = 'invited'`, c.Member, c.Account)
	if tenant.Constraint(err) == "members_account_uq" {
		return ErrMemberHere
	}
	if err == nil && n == 0 {
		err = ErrLink
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `select platform.membership_remove($1)`, c.Member); err != nil {
		return err
	}
	return account(ctx, tx, c, who)
}

// account makes c a member of the tenant, with a new account unless who has one.
func account(ctx context.Context, tx *tenant.Tx, c candidate, who AdminSpec) error {
	if who.account == uuid.Nil {
		if _, err := tx.Exec(ctx, `select platform.account_create($1, $2, $3, $4)`,
			c.Account, who.Name, who.Hash, who.mustChange); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `select platform.membership_add($1, $2)`, c.Account, c.Member)
	if tenant.Constraint(err) == "memberships_pkey" {
		return ErrMemberHere
	}
	return err
}
