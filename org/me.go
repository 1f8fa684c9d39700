package org

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// Me is what somebody who is signed in may know of themself.
type Me struct {
	Account     Ref               `json:"account"`
	Member      myself            `json:"member"`
	Tenant      home              `json:"tenant"`
	Departments []myDepartment    `json:"departments"`
	Permissions []rbac.Permission `json:"permissions"`
	MustChange  bool              `json:"must_change_password"`
	CSRF        string            `json:"csrf"`
	Tenants     []myTenant        `json:"tenants"`
	IdleMinutes int               `json:"idle_minutes"`
	Second      secondState       `json:"second_factor"`

	// PasswordDays is how many days are left until another password is demanded
	// (R247); 0 if that is so at the next sign-in. Where the tenant only advises
	// it, PasswordForced is false.
	PasswordDays   int  `json:"password_days"`
	PasswordForced bool `json:"password_forced"`

	// Unread is whether the rules of use have still to be acknowledged (R244, R350).
	Unread bool `json:"rules_unread"`
}

type myself struct {
	ID    uuid.UUID `db:"id" json:"id"`
	Name  string    `db:"name" json:"name"`
	Login string    `db:"login" json:"login"`
}

type home struct {
	ID        uuid.UUID `json:"id"`
	Slug      string    `json:"slug"`
	Name      string    `json:"name"`
	ShortName string    `json:"short_name"`
	Kind      string    `json:"kind"`
	Path      []Ref     `json:"path"` // the tenants above it and itself, the root first
}

type myDepartment struct {
	ID    uuid.UUID `db:"id" json:"id"`
	Name  string    `db:"name" json:"name"`
	Title string    `db:"title" json:"title"`
	Main  bool      `db:"main" json:"main"`
	Head  bool      `db:"head" json:"head"`
}

type myTenant struct {
	ID      uuid.UUID `db:"tenant_id" json:"id"`
	Slug    string    `db:"slug" json:"slug"`
	Name    string    `db:"name" json:"name"`
	Current bool      `db:"current" json:"current"`
}

// idleMinutes is how long a session lives without a request; platform.session_find
// holds it.
const idleMinutes = 30

func (h *house) showMe(ctx context.Context, d feature.Deps, cl *feature.Client, _ feature.None) (Me, error) {
	who, err := h.Sessions.Identify(ctx, cl.Token)
	if err != nil {
		return Me{}, err
	}
	return h.me(ctx, d.DB, who)
}

// me describes the actor of ctx.
func (h *house) me(ctx context.Context, db *tenant.DB, who Identity) (m Me, err error) {
	rights, err := h.Guard.Rights(ctx)
	if err != nil {
		return m, err
	}
	m = Me{Second: secondState{who.Second, h.Second != nil && who.Second == "" && h.Second.Demands(rights)}, MustChange: who.MustChange, CSRF: who.CSRF, IdleMinutes: idleMinutes,
		Permissions: rights.List(), Departments: []myDepartment{}, Tenants: []myTenant{}}
	if m.Permissions == nil {
		m.Permissions = []rbac.Permission{}
	}
	err = db.Read(ctx, func(tx *tenant.Tx) error {
		m.Account = Ref{tx.Actor.Account, tx.Actor.Name}
		if err := tx.Get(ctx, &m.Member, `select id, name, login from members where id = $1`, tx.Actor.Member); err != nil {
			return err
		}
		if err := tx.Select(ctx, &m.Departments, `
			select d.id, d.name, p.title, p.main, p.head
			  from posts p join departments d on d.id = p.department_id
			 where p.member_id = $1
			 order by p.main desc, d.sort, d.id`, tx.Actor.Member); err != nil {
			return err
		}
		if err := tx.Select(ctx, &m.Tenants, `
			select tenant_id, slug, name, tenant_id = app_tenant() as current from platform.account_tenants($1)`,
			tx.Actor.Account); err != nil {
			return err
		}
		if err := tx.Get(ctx, &m.PasswordDays, `
			select greatest(0, ceil(extract(epoch from password_at + `+passwordLife+` - now()) / 86400))::int
			  from platform.account_secret($1)`, tx.Actor.Account); err != nil {
			return err
		}
		if err := tx.Get(ctx, &m.PasswordForced, `select `+passwordForce); err != nil {
			return err
		}
		var err error
		if m.Unread, err = unread(ctx, tx, tx.Actor.Member); err != nil {
			return err
		}
		return where(ctx, tx, &m.Tenant)
	})
	return m, err
}

// where describes the tenant of the transaction.
func where(ctx context.Context, tx *tenant.Tx, h *home) error {
	var above []Relative
	err := tx.Select(ctx, &above, `
		select id, parent_id, slug, name, short_name, kind, state, depth, relation
		  from platform.kin() where relation <> 'descendant' order by depth`)
	for _, t := range above {
		h.Path = append(h.Path, Ref{t.ID, t.ShortName})
		if t.Relation == "self" {
			h.ID, h.Slug, h.Name, h.ShortName, h.Kind = t.ID, t.Slug, t.Name, t.ShortName, t.Kind
		}
	}
	return err
}

// A Session is a sign-in that is alive.
type Session struct {
	ID        uuid.UUID `db:"id" json:"id"`
	CreatedAt time.Time `db:"created_at" json:"created_at"`
	LastSeen  time.Time `db:"seen_at" json:"last_seen"`
	IP        string    `db:"ip" json:"ip"`
	UserAgent string    `db:"user_agent" json:"user_agent"`
	Current   bool      `db:"current" json:"current"`
}

func listSessions(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[Session], err error) {
	l.Items = []Session{}
	err = tx.Select(ctx, &l.Items, `
		select id, created_at, seen_at, ip, user_agent, id = $2 as current from platform.session_list($1)`,
		tx.Actor.Account, tx.Actor.Session)
	return l, err
}

// endSession ends one of the actor's own sessions, on whatever machine it is.
func endSession(ctx context.Context, tx *tenant.Tx, in byID) (feature.None, error) {
	var ended int
	err := tx.Get(ctx, &ended, `select platform.session_end($1, $2, null)`, tx.Actor.Account, in.ID)
	if err == nil && ended == 0 {
		err = ErrNoSession
	}
	tx.Audit("org.session_ended", "org/session/"+in.ID.String(), nil)
	return feature.None{}, err
}

type byID struct {
	ID uuid.UUID `json:"-" path:"id"`
}

type newPassword struct {
	Old string `json:"old" minLength:"1" maxLength:"128"`
	New string `json:"new" minLength:"1" maxLength:"128"`

	// Agreed says that the rules of use have been read: of whoever has not said so
	// before and must choose a password of their own, it is demanded.
	Agreed bool `json:"agreed,omitempty"`
}

func (h *house) password(ctx context.Context, d feature.Deps, cl *feature.Client, in newPassword) (feature.None, error) {
	e, err := h.changePassword(ctx, d.DB, browser{cl.IP, clip(cl.UserAgent, 300), cl.Token}, in)
	if err != nil {
		return feature.None{}, err
	}
	cl.SetSession(feature.SessionCookie, e.token)
	return feature.None{}, nil
}

// changePassword replaces the actor's password and begins a new session, the
// only one left (AN-06).
func (h *house) changePassword(ctx context.Context, db *tenant.DB, by browser, in newPassword) (e entry, err error) {
	actor, err := tenant.From(ctx)
	if err != nil {
		return e, err
	}
	var login string
	var news bool
	err = db.Read(ctx, func(tx *tenant.Tx) (err error) {
		if news, err = unread(ctx, tx, actor.Member); err != nil {
			return err
		}
		return tx.Get(ctx, &login, `select login from members where id = $1`, actor.Member)
	})
	if err != nil {
		return e, err
	}
	c, err := h.prove(ctx, db, login, in.Old)
	if err != nil {
		return e, err
	}
	if err := CheckPassword(in.New, login); err != nil {
		return e, ErrWeakPassword.On("new")
	}
	if in.New == in.Old {
		return e, ErrSamePassword.On("new")
	}
	if news && c.MustChange && !in.Agreed {
		return e, ErrUnread.On("agreed")
	}
	if err := h.fresh(ctx, db, c, in.New); err != nil {
		return e, atNew(err)
	}
	hash, err := h.Passwords.Hash(ctx, in.New)
	if err != nil {
		return e, err
	}
	if c.second, err = h.shown(ctx, by); err != nil {
		return e, err
	}
	if c.house.Provider, err = cameBy(ctx, db); err != nil {
		return e, err
	}
	c.MustChange, c.Name = false, actor.Name
	return begin(ctx, db, by, c, "org.password_changed", func(ctx context.Context, tx *tenant.Tx) error {
		if _, err := tx.Exec(ctx, `select platform.account_password($1, $2, false)`, c.Account, hash); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `select platform.session_end($1, null, null)`, c.Account); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update members set state = 'active' where id = $1 and state = 'invited'`, c.Member); err != nil || !in.Agreed {
			return err
		}
		return acknowledge(ctx, tx, c.Member)
	})
}

// atNew is the fault of a password that was had before, at its field.
func atNew(err error) error {
	if errors.Is(err, ErrReused) {
		return ErrReused.On("new")
	}
	return err
}

// prove returns the candidate behind a login if the password is theirs. A wrong
// one counts like one at the door.
func (h *house) prove(ctx context.Context, db *tenant.DB, login, password string) (candidate, error) {
	c, err := findCandidate(ctx, db, login)
	if err != nil {
		return c, err
	}
	ok, err := h.Passwords.Prove(ctx, password, c.Hash, c.LockedUntil)
	if ok || err != nil {
		return c, err
	}
	err = h.fail(ctx, db, c)
	if errors.Is(err, ErrCredentials) {
		err = ErrOldPassword.On("old")
	}
	return c, err
}
