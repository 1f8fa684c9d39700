package console

import (
	"context"
	"crypto/subtle"
	"errors"
	"strings"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/org"
	"hetu/tenant"
)

func (d *desk) signInFurther(ctx context.Context, deps feature.Deps, cl *feature.Client, in org.Proof) (Me, error) {
	me, token, err := d.show(ctx, deps.Operators, browser{cl.IP, cl.UserAgent, cl.Token}, in)
	if err != nil {
		return Me{}, err
	}
	cl.SetSession(feature.OperatorCookie, token)
	return me, nil
}

// show begins a session for an operator who shows a second factor beside a
// ticket. As at the members' door a wrong one is counted in the transaction that
// looks at it, and the operator is held meanwhile (AN-03, AN-09).
func (d *desk) show(ctx context.Context, db *tenant.DB, by browser, in org.Proof) (me Me, token string, err error) {
	if d.Second == nil {
		return me, "", org.ErrTicket
	}
	claim, err := d.Second.Read(in.Ticket)
	if err != nil {
		return me, "", err
	}
	c, err := claimed(ctx, db, by.ip, claim)
	if err != nil {
		return me, "", err
	}
	if c.LockedUntil != nil {
		return me, "", fail(ctx, db, by.ip, c)
	}
	var wrong error
	ctx = tenant.As(ctx, tenant.Actor{Operator: unknown, IP: by.ip, Request: tenant.Request(ctx)})
	err = db.Operate(ctx, func(tx *tenant.Tx) error {
		wrong = nil
		way, err := d.Second.Check(ctx, tx, claim, in)
		if errors.Is(err, org.ErrSecondWrong) {
			wrong, err = missed(ctx, tx, c)
			return err
		}
		if err != nil {
			return err
		}
		tx.Actor.Operator, tx.Actor.Name, tx.Actor.Session = c.ID, c.Name, tenant.NewID()
		me, token, err = begun(ctx, tx, by, c, way)
		return err
	})
	if err == nil && wrong != nil {
		err = wrong
		if errors.Is(err, ErrCredentials) {
			err = org.ErrSecondWrong
		}
	}
	return me, token, err
}

// claimed returns the operator a claim is of, as long as the password it rests
// on is theirs.
func claimed(ctx context.Context, db *tenant.DB, ip string, claim org.Claim) (c candidate, err error) {
	wait, err := org.Operators.Wait(ctx, db, ip)
	if err != nil {
		return c, err
	}
	err = db.Public(ctx, func(tx *tenant.Tx) error {
		err := tx.Get(ctx, &c, `
			select id, name, login, password_hash, must_change, case when locked_until > now() then locked_until end as locked_until
			  from platform.operators where id = $1`, claim.Account)
		if err != nil || wait == 0 {
			return err
		}
		return c.knownAt(ctx, tx, ip, wait)
	})
	if errors.Is(err, tenant.ErrNoRows) || err == nil && subtle.ConstantTimeCompare(org.Stamp(c.Hash), claim.Stamp) != 1 {
		err = org.ErrTicket
	}
	return c, err
}

// shown returns which second factor was shown in the session the browser has.
func (d *desk) shown(ctx context.Context, by browser) (string, error) {
	who, err := d.Sessions.Identify(ctx, by.token)
	if errors.Is(err, tenant.ErrNoActor) {
		return "", nil
	}
	return who.Second, err
}

// Confirm returns nil if the password is that of the operator of ctx, and else
// org.ErrOldPassword on the field "password". See factor.House.
func (d *desk) Confirm(ctx context.Context, deps feature.Deps, cl *feature.Client, password string) error {
	_, err := d.prove(ctx, deps.Operators, cl.IP, password)
	if errors.Is(err, org.ErrOldPassword) {
		err = org.ErrOldPassword.On("password")
	}
	return err
}

// Renew begins the operator's session anew as one in which a second factor was
// shown, in one transaction with first. See factor.House.
func (d *desk) Renew(ctx context.Context, deps feature.Deps, cl *feature.Client, way string, alone bool, first func(context.Context, *tenant.Tx) error) (csrf string, err error) {
	by, token := browser{cl.IP, cl.UserAgent, cl.Token}, org.NewToken()
	err = deps.Operators.Operate(ctx, func(tx *tenant.Tx) error {
		if err := first(ctx, tx); err != nil {
			return err
		}
		if alone {
			if _, err := endSessions(ctx, tx, tx.Actor.Operator, nil); err != nil {
				return err
			}
		} else if err := closeSession(ctx, tx, by.token); err != nil {
			return err
		}
		tx.Actor.Session = tenant.NewID()
		return insertSession(ctx, tx, by, token, way)
	})
	if err != nil {
		return "", err
	}
	d.Sessions.Drop()
	cl.SetSession(feature.OperatorCookie, token)
	return org.CSRF(token), nil
}

// ResetOperator gives an operator who forgot the password another to be told to
// them, which they replace before anything else, and ends their sessions. A
// second factor they have is still asked for. It is a command on the server, as
// ForgetFactor. db is opened as the operators' role.
func ResetOperator(ctx context.Context, db *tenant.DB, login string) (password string, err error) {
	password = org.OneTime()
	hash, err := org.Hash(password)
	if err != nil {
		return "", err
	}
	ctx = commandLine(ctx)
	return password, db.Operate(ctx, func(tx *tenant.Tx) error {
		var id uuid.UUID
		err := tx.Get(ctx, &id, `
			update platform.operators set password_hash = $2, must_change = true, failures = 0, locked_until = null
			 where login = $1 returning id`, strings.ToLower(strings.TrimSpace(login)), hash)
		if errors.Is(err, tenant.ErrNoRows) {
			return ErrNoOperator
		}
		if err != nil {
			return err
		}
		tx.Audit("console.password_reset", "console/operator/"+id.String(), map[string]string{"login": login})
		_, err = endSessions(ctx, tx, id, nil)
		return err
	})
}

// ForgetFactor takes the second factor of an operator away and ends their
// sessions: for one who has lost it, and the recovery codes too. It is a command on
// the server: whoever may give it could change the row as well. db is opened as the
// operators' role.
func ForgetFactor(ctx context.Context, db *tenant.DB, login string) error {
	ctx = commandLine(ctx)
	return db.Operate(ctx, func(tx *tenant.Tx) error {
		var id uuid.UUID
		err := tx.Get(ctx, &id, `select id from platform.operators where login = $1`, strings.ToLower(strings.TrimSpace(login)))
		if errors.Is(err, tenant.ErrNoRows) {
			return ErrNoOperator
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `
			update platform.operator_seconds set ways = '{}', state = '', version = version + 1, changed_at = now()
			 where operator_id = $1`, id); err != nil {
			return err
		}
		tx.Audit("console.factor_forgotten", "console/operator/"+id.String(), map[string]string{"login": login})
		_, err = endSessions(ctx, tx, id, nil)
		return err
	})
}
