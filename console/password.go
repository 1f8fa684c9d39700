package console

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/org"
	"hetu/tenant"
)

type newPassword struct {
	Old string `json:"old" minLength:"1" maxLength:"128"`
	New string `json:"new" minLength:"1" maxLength:"128"`
}

func (d *desk) password(ctx context.Context, deps feature.Deps, cl *feature.Client, in newPassword) (feature.None, error) {
	token, err := d.changePassword(ctx, deps.Operators, browser{cl.IP, cl.UserAgent, cl.Token}, in)
	if err != nil {
		return feature.None{}, err
	}
	d.Sessions.Drop()
	cl.SetSession(feature.OperatorCookie, token)
	return feature.None{}, nil
}

// changePassword replaces the operator's own password and begins a new session,
// the only one left (AN-06). The new one obeys the rule of members' passwords
// (R248); a wrong old one counts like one at the door (AN-03).
func (d *desk) changePassword(ctx context.Context, db *tenant.DB, by browser, in newPassword) (token string, err error) {
	c, err := d.prove(ctx, db, by.ip, in.Old)
	if err != nil {
		return "", err
	}
	if err := org.CheckPassword(in.New, c.Login); err != nil {
		return "", org.ErrWeakPassword.On("new")
	}
	if in.New == in.Old {
		return "", org.ErrSamePassword.On("new")
	}
	hash, err := d.Passwords.Hash(ctx, in.New)
	if err != nil {
		return "", err
	}
	second, err := d.shown(ctx, by)
	if err != nil {
		return "", err
	}
	token = org.NewToken()
	return token, db.Operate(ctx, func(tx *tenant.Tx) error {
		n, err := tx.Exec(ctx, `
			update platform.operators set password_hash = $2, must_change = false, failures = 0, locked_until = null
			 where id = $1 and password_hash = $3`, c.ID, hash, c.Hash)
		if err == nil && n == 0 { // changed elsewhere meanwhile
			err = org.ErrOldPassword.On("old")
		}
		if err != nil {
			return err
		}
		if _, err := endSessions(ctx, tx, c.ID, nil); err != nil {
			return err
		}
		tx.Actor.Session = tenant.NewID()
		tx.Audit("console.password_changed", "console/operator/"+c.ID.String(), map[string]string{"session": tx.Actor.Session.String()})
		return insertSession(ctx, tx, by, token, second)
	})
}

// prove returns the operator of ctx if the password is theirs.
func (d *desk) prove(ctx context.Context, db *tenant.DB, ip, password string) (c candidate, err error) {
	err = db.Operate(ctx, func(tx *tenant.Tx) error {
		var login string
		if err := tx.Get(ctx, &login, `select login from platform.operators where id = $1`, tx.Actor.Operator); err != nil {
			return err
		}
		return c.find(ctx, tx, login)
	})
	if err != nil {
		return c, err
	}
	ok, err := d.Passwords.Prove(ctx, password, c.Hash, c.LockedUntil)
	if err != nil || ok {
		return c, err
	}
	err = fail(ctx, db, ip, c)
	if errors.Is(err, ErrCredentials) {
		err = org.ErrOldPassword.On("old")
	}
	return c, err
}

// listSessions returns where the operator is signed in, the last used first.
func listSessions(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[org.Session], err error) {
	l.Items = []org.Session{}
	err = tx.Select(ctx, &l.Items, `
		select id, created_at, seen_at, ip, user_agent, id = $2 as current
		  from platform.operator_sessions
		 where operator_id = $1 and ended_at is null
		   and seen_at > now() - interval '30 minutes' and created_at > now() - interval '12 hours'
		 order by seen_at desc, id desc`, tx.Actor.Operator, tx.Actor.Session)
	return l, err
}

// endSession ends one of the operator's own sessions, on whatever machine.
func endSession(ctx context.Context, tx *tenant.Tx, in byID) (feature.None, error) {
	n, err := endSessions(ctx, tx, tx.Actor.Operator, &in.ID)
	if err == nil && n == 0 {
		err = org.ErrNoSession
	}
	tx.Audit("console.session_ended", "console/session/"+in.ID.String(), nil)
	return feature.None{}, err
}

// endSessions ends one or, if only is nil, all sessions of an operator and tells
// every node.
func endSessions(ctx context.Context, tx *tenant.Tx, operator uuid.UUID, only *uuid.UUID) (int64, error) {
	n, err := tx.Exec(ctx, `
		update platform.operator_sessions set ended_at = now()
		 where operator_id = $1 and ended_at is null and ($2::uuid is null or id = $2)`, operator, only)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `select pg_notify('hetu_sessions', '')`)
	return n, err
}
