package console

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/org"
	"hetu/tenant"
)

// NewSessions returns the sessions of operators, remembering up to size of
// them. db is opened as the operators' role.
func NewSessions(db *tenant.DB, size int) (*org.Sessions, error) {
	return org.SessionsOf(func(ctx context.Context, hash []byte) (org.Identity, error) {
		var row struct {
			ID         uuid.UUID `db:"id"`
			OperatorID uuid.UUID `db:"operator_id"`
			Name       string    `db:"name"`
			Second     string    `db:"second"`
			MustChange bool      `db:"must_change"`
		}
		err := db.Public(ctx, func(tx *tenant.Tx) error {
			if err := tx.Get(ctx, &row, `
				select s.id, s.operator_id, o.name, s.second, o.must_change
				  from platform.operator_sessions s join platform.operators o on o.id = s.operator_id
				 where s.token_hash = $1 and s.ended_at is null
				   and s.seen_at > now() - interval '30 minutes' and s.created_at > now() - interval '12 hours'`, hash); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `
				update platform.operator_sessions set seen_at = now()
				 where id = $1 and seen_at < now() - interval '1 minute'`, row.ID)
			return err
		})
		return org.Identity{MustChange: row.MustChange, Second: row.Second, Actor: tenant.Actor{Operator: row.OperatorID, Session: row.ID, Name: row.Name}}, err
	}, size)
}

type signIn struct {
	Login    string `json:"login" minLength:"1" maxLength:"64"`
	Password string `json:"password" minLength:"1" maxLength:"128"`
}

// Me is what an operator may know of themself.
type Me struct {
	Operator Operator `json:"operator"`
	CSRF     string   `json:"csrf"`

	// MustChange says that nothing else works before the password, which somebody
	// else knows, has been changed.
	MustChange bool `json:"must_change_password"`

	// SecondNeeded says that nothing else works before a second factor has been set up.
	SecondNeeded bool `json:"second_factor_needed"`
}

// An Operator runs the platform.
type Operator struct {
	ID    uuid.UUID `db:"id" json:"id"`
	Name  string    `db:"name" json:"name"`
	Login string    `db:"login" json:"login"`
}

// candidate is the operator a login belongs to; all but the login is empty if
// it is nobody's.
type candidate struct {
	Operator
	Hash        string     `db:"password_hash"`
	MustChange  bool       `db:"must_change"`
	LockedUntil *time.Time `db:"locked_until"`
}

func (d *desk) signIn(ctx context.Context, deps feature.Deps, cl *feature.Client, in signIn) (Me, error) {
	me, token, err := d.admit(ctx, deps.Operators, browser{cl.IP, cl.UserAgent, cl.Token}, in)
	if err != nil {
		return Me{}, err
	}
	me.SecondNeeded = d.Second != nil && d.Second.Demands(nil)
	cl.SetSession(feature.OperatorCookie, token)
	return me, nil
}

// A browser is where a request came from.
type browser struct {
	ip, agent string
	token     string // of the session it has had until now, if any
}

// admit begins a session for an operator who knows their password, and ends the
// one the browser has had. As at the members' door, a login nobody has is
// answered, timed and counted like a wrong password, and an address from which
// too many sign-ins fail is refused but to whom it knows (AN-03, AN-04).
func (d *desk) admit(ctx context.Context, db *tenant.DB, by browser, in signIn) (me Me, token string, err error) {
	wait, err := org.Operators.Wait(ctx, db, by.ip)
	if err != nil {
		return me, "", err
	}
	c := candidate{}
	login := strings.ToLower(strings.TrimSpace(in.Login))
	err = db.Public(ctx, func(tx *tenant.Tx) error {
		if err := c.find(ctx, tx, login); err != nil || wait == 0 {
			return err
		}
		return c.knownAt(ctx, tx, by.ip, wait)
	})
	if err != nil {
		return me, "", err
	}
	ok, err := d.Passwords.Prove(ctx, in.Password, c.Hash, c.LockedUntil)
	if err != nil {
		return me, "", err
	}
	if !ok {
		return me, "", fail(ctx, db, by.ip, c)
	}
	if d.Second != nil {
		claim := org.Claim{Account: c.ID, How: "password", Stamp: org.Stamp(c.Hash)}
		if err := d.Second.Ask(ctx, db, claim); err != nil {
			return me, "", err
		}
	}
	return begin(ctx, db, by, c)
}

// knownAt returns nil if the operator has come in from an address that is
// refused, and else what everybody is told there.
func (c *candidate) knownAt(ctx context.Context, tx *tenant.Tx, ip string, wait int) error {
	var known bool
	err := tx.Get(ctx, &known, `
		select exists (select from platform.operator_sessions
		                where operator_id = $1 and ip = $2 and created_at > now() - interval '30 days')`, c.ID, ip)
	if err == nil && !known {
		err = org.Away(wait)
	}
	return err
}

// begin begins a session for c and ends the one the browser has had.
func begin(ctx context.Context, db *tenant.DB, by browser, c candidate) (me Me, token string, err error) {
	ctx = tenant.As(ctx, tenant.Actor{Operator: c.ID, Session: tenant.NewID(), Name: c.Name, IP: by.ip, Request: tenant.Request(ctx)})
	err = db.Operate(ctx, func(tx *tenant.Tx) (err error) {
		me, token, err = begun(ctx, tx, by, c, "")
		return err
	})
	return me, token, err
}

// begun is begin in a transaction of the caller's, whose actor is c with a new
// session; second is the second factor that was shown, if any.
func begun(ctx context.Context, tx *tenant.Tx, by browser, c candidate, second string) (me Me, token string, err error) {
	token = org.NewToken()
	me = Me{Operator: c.Operator, CSRF: org.CSRF(token), MustChange: c.MustChange}
	n, err := tx.Exec(ctx, `
		update platform.operators set failures = 0, locked_until = null
		 where id = $1 and (locked_until is null or locked_until <= now())`, c.ID)
	if err == nil && n == 0 { // locked while the password was being compared
		err = ErrLocked
	}
	if err != nil {
		return me, "", err
	}
	said := map[string]string{"session": tx.Actor.Session.String()}
	if second != "" {
		said["second"] = second
	}
	tx.Audit("console.signed_in", "console/operator/"+c.ID.String(), said)
	if err := closeSession(ctx, tx, by.token); err != nil {
		return me, "", err
	}
	return me, token, insertSession(ctx, tx, by, token, second)
}

// insertSession writes down the session of the actor.
func insertSession(ctx context.Context, tx *tenant.Tx, by browser, token, second string) error {
	_, err := tx.Exec(ctx, `
		insert into platform.operator_sessions (id, token_hash, operator_id, ip, user_agent, second) values ($1, $2, $3, $4, $5, $6)`,
		tx.Actor.Session, org.TokenHash(token), tx.Actor.Operator, by.ip, strings.ToValidUTF8(by.agent[:min(len(by.agent), 300)], ""), second)
	return err
}

// find looks an operator up, and until when their login is locked.
func (c *candidate) find(ctx context.Context, tx *tenant.Tx, login string) error {
	err := tx.Get(ctx, c, `
		select id, name, login, password_hash, must_change, case when locked_until > now() then locked_until end as locked_until
		  from platform.operators where login = $1`, login)
	if !errors.Is(err, tenant.ErrNoRows) {
		return err
	}
	c.Login = login
	return tx.Get(ctx, &c.LockedUntil, `
		select (select locked_until from platform.operator_misses where login_hash = $1 and locked_until > now())`, org.LoginHash(login))
}

// fail counts and records a sign-in that failed, and returns what to answer.
func fail(ctx context.Context, db *tenant.DB, ip string, c candidate) (answer error) {
	ctx = tenant.As(ctx, tenant.Actor{Operator: unknown, IP: ip, Request: tenant.Request(ctx)})
	err := db.Operate(ctx, func(tx *tenant.Tx) (err error) {
		answer, err = missed(ctx, tx, c)
		return err
	})
	if err != nil {
		return err
	}
	return answer
}

// missed is fail in a transaction of the caller's.
func missed(ctx context.Context, tx *tenant.Tx, c candidate) (answer, err error) {
	until, about := c.LockedUntil, "console/operator" // a login nobody has may be a password: it is not written down
	if c.ID != uuid.Nil {
		about += "/" + c.ID.String()
	}
	if until == nil {
		if until, err = count(ctx, tx, c); err != nil {
			return nil, err
		}
	}
	full, err := org.Operators.Failed(ctx, tx, tx.Actor.IP)
	tx.Audit("console.sign_in_failed", about, map[string]any{"locked_until": until, "address_refused": full})
	return org.Missed(until, ErrLocked, ErrCredentials), err
}

// count counts a failure and returns until when that locks the login; the fifth
// does, for half an hour.
func count(ctx context.Context, tx *tenant.Tx, c candidate) (until *time.Time, err error) {
	if c.ID != uuid.Nil {
		err = tx.Get(ctx, &until, `
			update platform.operators
			   set failures = case when failures >= 4 then 0 else failures + 1 end,
			       locked_until = case when failures >= 4 then now() + interval '30 minutes' else locked_until end
			 where id = $1
			returning case when locked_until > now() then locked_until end`, c.ID)
		return until, err
	}
	if _, err := tx.Exec(ctx, `delete from platform.operator_misses where at < now() - interval '1 day'`); err != nil {
		return nil, err
	}
	err = tx.Get(ctx, &until, `
		insert into platform.operator_misses as f (login_hash) values ($1)
		on conflict on constraint operator_misses_pkey do update
		   set failures = case when f.failures >= 4 then 0 else f.failures + 1 end,
		       locked_until = case when f.failures >= 4 then now() + interval '30 minutes' end,
		       at = now()
		returning locked_until`, org.LoginHash(c.Login))
	return until, err
}

func (d *desk) signOut(ctx context.Context, deps feature.Deps, cl *feature.Client, _ feature.None) (feature.None, error) {
	if err := end(ctx, deps.Operators, cl.Token); err != nil {
		return feature.None{}, err
	}
	cl.SetSession(feature.OperatorCookie, "")
	return feature.None{}, nil
}

// end ends the session with this token and tells every node.
func end(ctx context.Context, db *tenant.DB, token string) error {
	return db.Operate(ctx, func(tx *tenant.Tx) error {
		tx.Audit("console.signed_out", "console/operator/"+tx.Actor.Operator.String(), nil)
		return closeSession(ctx, tx, token)
	})
}

// closeSession ends the session with this token, if it is one: who has the
// token may.
func closeSession(ctx context.Context, tx *tenant.Tx, token string) error {
	n, err := tx.Exec(ctx, `
		update platform.operator_sessions set ended_at = now() where token_hash = $1 and ended_at is null`, org.TokenHash(token))
	if err != nil || n == 0 {
		return err
	}
	_, err = tx.Exec(ctx, `select pg_notify('hetu_sessions', '')`)
	return err
}

func (d *desk) me(ctx context.Context, deps feature.Deps, cl *feature.Client, _ feature.None) (me Me, err error) {
	who, err := d.Sessions.Identify(ctx, cl.Token)
	if err != nil {
		return me, err
	}
	me.CSRF, me.MustChange = who.CSRF, who.MustChange
	me.SecondNeeded = d.Second != nil && who.Second == "" && d.Second.Demands(nil)
	err = deps.Operators.Operate(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &me.Operator, `select id, name, login from platform.operators where id = $1`, tx.Actor.Operator)
	})
	return me, err
}
