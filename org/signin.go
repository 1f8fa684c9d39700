package org

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// signIn is what somebody types who wants in.
type signIn struct {
	Tenant   string `json:"tenant" minLength:"1" maxLength:"64"`
	Login    string `json:"login" minLength:"1" maxLength:"64"`
	Password string `json:"password" minLength:"1" maxLength:"128"`
}

// card is what a sign-in page may know of a tenant.
type card struct {
	ID        uuid.UUID `db:"id" json:"-"`
	Slug      string    `db:"slug" json:"slug"`
	Name      string    `db:"name" json:"name"`
	ShortName string    `db:"short_name" json:"short_name"`
	Kind      string    `db:"kind" json:"kind"`
	State     string    `db:"state" json:"-"`
}

type bySlug struct {
	Slug string `json:"-" path:"slug"`
}

func tenantBySlug(ctx context.Context, db *tenant.DB, slug string) (c card, err error) {
	err = db.Public(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &c, `
			select id, slug, name, short_name, kind, state from platform.tenant_by_slug($1)`, strings.ToLower(strings.TrimSpace(slug)))
	})
	if errors.Is(err, tenant.ErrNoRows) {
		return c, ErrNoTenant
	}
	return c, err
}

func (h *house) look(ctx context.Context, d feature.Deps, _ *feature.Client, in bySlug) (card, error) {
	return tenantBySlug(ctx, d.DB, in.Slug)
}

func (h *house) signIn(ctx context.Context, d feature.Deps, cl *feature.Client, in signIn) (Me, error) {
	return h.enter(ctx, d, cl, func(by browser) (entry, error) { return h.admit(ctx, d.DB, by, in) })
}

// A browser is where a request came from.
type browser struct {
	ip, agent string
	token     string // of the session it has had until now, if any
}

// An entry is a session that has begun. Its token leaves in the cookie only.
type entry struct {
	actor      tenant.Actor
	token      string
	mustChange bool
	second     string    // the second factor that was shown; empty: none
	provider   uuid.UUID // who recognised them; the nil id: they gave a password
}

// enter gives the browser the session that begin began, and returns who it
// belongs to.
func (h *house) enter(ctx context.Context, d feature.Deps, cl *feature.Client, begin func(browser) (entry, error)) (Me, error) {
	e, err := begin(browser{cl.IP, clip(cl.UserAgent, 300), cl.Token})
	if err != nil {
		return Me{}, err
	}
	cl.SetSession(feature.SessionCookie, e.token)
	return h.me(tenant.As(ctx, e.actor), d.DB, Identity{MustChange: e.mustChange, CSRF: CSRF(e.token), Second: e.second})
}

func clip(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
}

// candidate is the account a login belongs to; all but the login is empty if
// it is nobody's.
type candidate struct {
	Member      uuid.UUID  `db:"id"`
	Account     uuid.UUID  `db:"account_id"`
	Name        string     `db:"name"`
	Hash        string     `db:"password_hash"`
	MustChange  bool       `db:"must_change"`
	LockedUntil *time.Time `db:"locked_until"`
	Login       string     `db:"login"`
	Demanded    bool       `db:"demanded"` // must_change whatever the age of the password

	second string  // what was shown besides, if anything
	house  Arrival // if it was another house that recognised them
}

// admit begins a session for whoever knows a password. The password is
// compared outside any transaction. A wrong password and a login nobody has are
// answered alike, in the same time, and are counted alike (AN-03, AN-04). At an
// address that is refused, only whoever came in from it before is asked at all.
func (h *house) admit(ctx context.Context, db *tenant.DB, by browser, in signIn) (e entry, err error) {
	wait, err := Members.Wait(ctx, db, by.ip)
	if err != nil {
		return e, err
	}
	t, err := tenantBySlug(ctx, db, in.Tenant)
	switch {
	case errors.Is(err, ErrNoTenant):
		return e, h.astray(ctx, db, by, in.Password, wait)
	case err != nil:
		return e, err
	case t.State != "active":
		return e, ErrSuspended
	}
	ctx = tenant.As(ctx, tenant.Actor{Tenant: t.ID, IP: by.ip, Request: tenant.Request(ctx)})
	c, err := findCandidate(ctx, db, strings.ToLower(strings.TrimSpace(in.Login)))
	if err == nil && wait > 0 {
		err = c.knownAt(ctx, db, by.ip, wait)
	}
	if err != nil {
		return e, err
	}
	barred, err := h.barred(ctx, db, c.Member)
	if err != nil {
		return e, err
	}
	ok, err := h.Passwords.Prove(ctx, in.Password, c.Hash, c.LockedUntil)
	if err != nil {
		return e, err
	}
	if ok && !barred {
		return h.further(ctx, db, by, c, byPassword)
	}
	err = h.fail(ctx, db, c)
	if barred && errors.Is(err, ErrCredentials) {
		err = ErrPasswordOff // to a right one too, or it would tell that it is right
	}
	if wait > 0 && fault.Of(err).Kind == fault.Unauthenticated {
		err = Away(wait) // as to everybody else there
	}
	return e, err
}

// astray is a sign-in to a tenant that is none.
func (h *house) astray(ctx context.Context, db *tenant.DB, by browser, password string, wait int) error {
	if wait > 0 {
		return Away(wait)
	}
	if _, err := h.Passwords.Verify(ctx, password, ""); err != nil {
		return err
	}
	err := db.Public(ctx, func(tx *tenant.Tx) error {
		_, err := Members.Failed(ctx, tx, by.ip)
		return err
	})
	if err == nil {
		err = ErrCredentials
	}
	return err
}

// knownAt returns nil if the account has come in from an address that is
// refused, and else what everybody is told there.
func (c candidate) knownAt(ctx context.Context, db *tenant.DB, ip string, wait int) error {
	var known bool
	err := db.Read(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &known, `select platform.account_known_at($1, $2)`, c.Account, ip)
	})
	if err == nil && !known {
		err = Away(wait)
	}
	return err
}

// findCandidate returns who a login belongs to, if anybody, and until when it
// is locked. LockedUntil is nil if that is over.
func findCandidate(ctx context.Context, db *tenant.DB, login string) (c candidate, err error) {
	err = db.Read(ctx, func(tx *tenant.Tx) error {
		err := tx.Get(ctx, &c, `
			select m.id, m.account_id, m.name, s.password_hash,
			       s.must_change or `+passwordForce+` and s.password_at <= now() - `+passwordLife+` as must_change,
			       case when s.locked_until > now() then s.locked_until end as locked_until
			  from members m cross join lateral platform.account_secret(m.account_id) s
			 where m.login = $1`, login)
		if errors.Is(err, tenant.ErrNoRows) {
			err = tx.Get(ctx, &c.LockedUntil, `
				select (select locked_until from login_misses where login_hash = $1 and locked_until > now())`, LoginHash(login))
		}
		return err
	})
	c.Login = login
	return c, err
}

// fail counts and records a sign-in that failed, and returns what to answer.
func (h *house) fail(ctx context.Context, db *tenant.DB, c candidate) (answer error) {
	err := db.Write(ctx, func(tx *tenant.Tx) (err error) {
		answer, err = h.missed(ctx, tx, c)
		return err
	})
	if err != nil {
		return err
	}
	return answer
}

// missed is fail in a transaction of the caller's.
func (h *house) missed(ctx context.Context, tx *tenant.Tx, c candidate) (answer, err error) {
	object := "org/login" // a login nobody has may be a password: it is not written down
	if c.Account != uuid.Nil {
		object = "org/member/" + c.Member.String()
	}
	until := c.LockedUntil
	if until == nil {
		if until, err = count(ctx, tx, c); err != nil {
			return nil, err
		}
	}
	full, err := Members.Failed(ctx, tx, tx.Actor.IP)
	tx.Audit("org.sign_in_failed", object, map[string]any{"locked_until": until, "address_refused": full})
	if err == nil && full {
		err = h.alarm(ctx, tx)
	}
	return Missed(until, ErrLocked, ErrCredentials), err
}

// count counts a failure and returns until when that locks the login; nil if
// it does not yet.
func count(ctx context.Context, tx *tenant.Tx, c candidate) (until *time.Time, err error) {
	if c.Account != uuid.Nil {
		err = tx.Get(ctx, &until, `
			select case when u > now() then u end from platform.account_failed($1) as u`, c.Account)
		return until, err
	}
	if _, err := tx.Exec(ctx, `delete from login_misses where at < now() - interval '1 day'`); err != nil {
		return nil, err
	}
	err = tx.Get(ctx, &until, `
		insert into login_misses as f (login_hash) values ($1)
		on conflict on constraint login_misses_pkey do update
		   set failures = case when f.failures >= 4 then 0 else f.failures + 1 end,
		       locked_until = case when f.failures >= 4 then now() + interval '30 minutes' end,
		       at = now()
		returning locked_until`, LoginHash(c.Login))
	return until, err
}

// begin begins a session for c in the tenant of ctx, in one transaction with
// first, and ends the one the browser has had.
func begin(ctx context.Context, db *tenant.DB, by browser, c candidate, how string, first func(context.Context, *tenant.Tx) error) (e entry, err error) {
	at, err := tenant.From(ctx)
	if err != nil {
		return e, err
	}
	e = newEntry(at, by, c)
	ctx = tenant.As(ctx, e.actor)
	err = db.Write(ctx, func(tx *tenant.Tx) error {
		if err := first(ctx, tx); err != nil {
			return err
		}
		tx.Audit(how, "org/member/"+c.Member.String(), e.noted(c))
		return start(ctx, tx, by, e)
	})
	return e, err
}

// newEntry is a session of c that nobody has heard of yet, where at is.
func newEntry(at tenant.Actor, by browser, c candidate) entry {
	return entry{token: NewToken(), mustChange: c.MustChange, second: c.second, provider: c.house.Provider, actor: tenant.Actor{
		Tenant: at.Tenant, Member: c.Member, Account: c.Account, Session: tenant.NewID(), Name: c.Name, IP: by.ip, Request: at.Request}}
}

// noted is what the audit says of a session besides whose it is.
func (e entry) noted(c candidate) map[string]string {
	detail := map[string]string{"session": e.actor.Session.String()}
	for key, value := range map[string]string{"second": e.second, "provider": c.house.Name, "how": c.house.How} {
		if value != "" {
			detail[key] = value
		}
	}
	return detail
}

// start writes the session down and ends the browser's last one.
func start(ctx context.Context, tx *tenant.Tx, by browser, e entry) error {
	if by.token != "" {
		if _, err := tx.Exec(ctx, `select platform.session_close($1)`, TokenHash(by.token)); err != nil {
			return err
		}
	}
	var began bool
	err := tx.Get(ctx, &began, `select platform.session_start($1, $2, $3, $4, $5, $6, $7)`,
		e.actor.Session, TokenHash(e.token), e.actor.Account, e.actor.Tenant, e.actor.Member, by.ip, by.agent)
	if err == nil && !began { // the tenant was suspended or the member locked a moment ago
		err = ErrCredentials
	}
	if err == nil && e.second != "" {
		_, err = tx.Exec(ctx, `select platform.session_shown($1, $2)`, e.actor.Session, e.second)
	}
	if err == nil && e.provider != uuid.Nil {
		_, err = tx.Exec(ctx, `select platform.session_came($1, $2)`, e.actor.Session, e.provider)
	}
	return err
}

func (h *house) signOut(ctx context.Context, d feature.Deps, cl *feature.Client, _ feature.None) (feature.None, error) {
	err := d.DB.Write(ctx, func(tx *tenant.Tx) error {
		tx.Audit("org.signed_out", "org/member/"+tx.Actor.Member.String(), nil)
		_, err := tx.Exec(ctx, `select platform.session_close($1)`, TokenHash(cl.Token))
		return err
	})
	if err != nil {
		return feature.None{}, err
	}
	cl.SetSession(feature.SessionCookie, "")
	return feature.None{}, nil
}

type switchTo struct {
	TenantID uuid.UUID `json:"tenant_id"`
}

func (h *house) switchTenant(ctx context.Context, d feature.Deps, cl *feature.Client, in switchTo) (Me, error) {
	return h.enter(ctx, d, cl, func(by browser) (entry, error) { return h.move(ctx, d.DB, by, in.TenantID) })
}

// move begins a session of the same account in another of its tenants.
func (h *house) move(ctx context.Context, db *tenant.DB, by browser, to uuid.UUID) (e entry, err error) {
	var c candidate
	from, err := tenant.From(ctx)
	if err == nil {
		err = stays(ctx, db)
	}
	if err != nil {
		return e, err
	}
	err = db.Write(ctx, func(tx *tenant.Tx) error {
		tx.Audit("org.switched", "org/tenant/"+to.String(), nil)
		return tx.Get(ctx, &c, `
			select m.member_id as id, $1::uuid as account_id, s.must_change
			  from platform.account_tenants($1) m cross join lateral platform.account_secret($1) s
			 where m.tenant_id = $2`, from.Account, to)
	})
	if errors.Is(err, tenant.ErrNoRows) {
		return e, ErrNotYourPlace
	}
	if err != nil {
		return e, err
	}
	if c.second, err = h.shown(ctx, by); err != nil {
		return e, err
	}
	c.Name = from.Name
	there := tenant.As(ctx, tenant.Actor{Tenant: to, Request: from.Request})
	barred, err := h.barred(there, db, c.Member)
	if err == nil && barred {
		err = ErrPasswordOff
	}
	if err != nil {
		return e, err
	}
	return begin(there, db, by, c, "org.signed_in", func(context.Context, *tenant.Tx) error { return nil })
}

var loginForm = regexp.MustCompile(`^[a-z][a-z0-9._-]{1,31}$`)
