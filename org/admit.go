package org

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/rbac"
	"hetu/tenant"
)

// What can go wrong when an operator acts where nobody of a tenant can.
var (
	ErrOthersDecide = fault.New(fault.Conflict, "org.others_decide")     // meta: people, who they are
	ErrNoAdmin      = fault.New(fault.Conflict, "org.not_administrator") // whoever is none is helped by one
	ErrSpeaks       = fault.New(fault.Conflict, "org.unit_speaks")       // meta: people, unless it was closed a moment ago
)

// A Stuck is an administrator who cannot come in, and whom nobody can help.
type Stuck struct {
	ID      uuid.UUID `db:"id"`
	Name    string    `db:"name"`
	Login   string    `db:"login"`
	State   string    `db:"state"`
	Account uuid.UUID `db:"account_id"`
}

// deciders are the active members who could use the permission $1 for the member
// $2 now, as Manages has it; $3 is the nil id and $4 are the powers.
const deciders = `
	with able as (
	  select h.member_id, h.scope_kind, h.scope_id from held h where h.permission = $1 and (h.until is null or h.until > now()))
	select m.id, m.name || ' (' || m.login || ')' as person from members m
	 where m.id <> $2 and m.state = 'active' and m.account_id is not null
	   and (exists (select from able h where h.member_id in (m.id, $3) and h.scope_kind = '')
	        or not exists (select from held h where h.member_id = $2 and h.scope_kind = '' and h.permission = any ($4))
	           and exists (select from posts p where p.member_id = $2)
	           and not exists (select from posts p join departments d on d.id = p.department_id
	                            where p.member_id = $2
	                              and not exists (select from able h where h.member_id in (m.id, $3) and h.scope_id = any (d.path))))
	   and not exists (select from restricted x where x.member_id = m.id and (x.permissions = '{}' or $1 = any (x.permissions)))
	   and not exists (select from password_requests r
	                    where r.member_id = m.id and r.state = 'open'
	                      and not exists (select from audit_entries e where e.member_id = m.id and e.at >= r.at)
	                      and not exists (select from platform.session_list(m.account_id)))
	 order by m.login`

// Deciders names the members besides somebody who could use p for them now, as
// "name (login)". One counts who is active, has p for everybody or, unless it is
// an administrator's, for the departments the person sits in (see Manages), not
// run out and withheld by no sanction, and is not known to stand outside as well:
// somebody for whom another password is asked, who has done nothing since and is
// signed in nowhere, does not. A lock of half an hour and a second factor that has
// still to be set up change nothing.
func Deciders(ctx context.Context, tx *tenant.Tx, p rbac.Permission, of uuid.UUID) (people []string, err error) {
	people = []string{}
	err = tx.Select(ctx, &people, `select person from (`+deciders+`) d`, string(p), of, uuid.Nil, tenant.Array(codes(Powers)))
	return people, err
}

// speakers are the deciders who may answer what another unit asks, which neither
// the person nor who asked there may.
func speakers(ctx context.Context, tx *tenant.Tx, what string, p rbac.Permission, c Consent) (people []string, err error) {
	people = []string{}
	err = tx.Select(ctx, &people, `
		select d.person from (`+deciders+`) d cross join lateral platform.consents_here($5, d.id) c where c.id = $6 and c.may`,
		string(p), c.Member, uuid.Nil, tenant.Array(codes(Powers)), what, c.ID)
	return people, err
}

// FindStuck returns the administrator with a login, if fewer than need others
// could decide by p what is to be decided for them. It is ErrNoMember for a login
// nobody has, ErrState for who is not active, ErrNoAdmin for who has none of the
// powers, and else ErrOthersDecide. It holds the administrators until tx ends.
func FindStuck(ctx context.Context, tx *tenant.Tx, login string, p rbac.Permission, need int) (s Stuck, err error) {
	if err := lock(ctx, tx, "admins"); err != nil {
		return s, err
	}
	err = tx.Get(ctx, &s, `select id, name, login, state, coalesce(account_id, $2) as account_id from members where login = $1`, login, uuid.Nil)
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return s, ErrNoMember.On("login")
	case err != nil:
		return s, err
	case s.State != "active" || s.Account == uuid.Nil:
		return s, ErrState.With("state", s.State)
	}
	administers, err := Administers(ctx, tx, s.ID)
	if err != nil {
		return s, err
	}
	if !administers {
		return s, ErrNoAdmin
	}
	people, err := Deciders(ctx, tx, p, s.ID)
	if err == nil && len(people) >= need {
		err = ErrOthersDecide.With("people", people)
	}
	return s, err
}

// An Admission is the word of an operator on the server that an administrator,
// whom nobody of the tenant can help, may choose another password.
type Admission struct {
	Login  string
	How    string // how the person asked: person, phone or written; empty if they did at the door
	Reason string
}

// An Admitted is who is let in, and by what: a link, or the consent of the other
// units of their account that is asked for first.
type Admitted struct {
	Stuck
	Sought *Sought
}

// Admit is what resetMember is, done by an operator in a transaction of the
// tenant, for an administrator besides whom nobody manages everybody (see
// FindStuck): upon the person's own request (R251), with the same link that is
// good for a day and once, and only after the other units of the account have
// consented (R249). Token is what the link is made of.
func Admit(ctx context.Context, tx *tenant.Tx, in Admission, token string) (a Admitted, err error) {
	if a.Stuck, err = FindStuck(ctx, tx, in.Login, Manage, 1); err != nil {
		return a, err
	}
	r, err := stored(ctx, tx, asking{a.ID, in.How, in.Reason})
	if err != nil {
		return a, err
	}
	out, err := handOut(ctx, tx, a.Stuck, r, token)
	if err != nil {
		return a, err
	}
	a.Sought = out.Sought
	a.Record(tx, ResetPassword, in.Reason)
	return a, nil
}

// Record writes into the tenant's audit what an operator did for somebody, and why.
func (a Admitted) Record(tx *tenant.Tx, what, reason string) {
	detail := map[string]any{"what": what, "login": a.Login, "reason": reason}
	if a.Sought != nil {
		detail["reset"] = a.Sought.ID
		tx.Audit("org.admission_asked", "org/member/"+a.ID.String(), detail)
		return
	}
	tx.Audit("org.admitted", "org/member/"+a.ID.String(), detail)
}

// An Unheard is what another unit asks of this one and nobody of this one can
// answer.
type Unheard struct {
	Consent
	What string `db:"-"` // ResetPassword or ResetSecond
}

// Unanswered returns what other units ask of the tenant that an operator may
// answer now: all that is open while the tenant is closed, and else what is about
// or from the only ones who could (see Speak). Of a tenant that has been removed it
// returns tenant.ErrNoRows.
func Unanswered(ctx context.Context, tx *tenant.Tx, help rbac.Permission) (all []Unheard, err error) {
	closed, err := isClosed(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, of := range []struct {
		what string
		p    rbac.Permission
	}{{ResetPassword, Manage}, {ResetSecond, help}} {
		var open []Consent
		err := tx.Select(ctx, &open, `
			select c.id, c.member_id, m.name, m.login, c.unit, c.how, c.note, c.asked_at, c.until, c.state
			  from platform.consents_here($1, null) c join members m on m.id = c.member_id
			 where c.state = 'open' order by c.asked_at, c.id`, of.what)
		if err != nil {
			return nil, err
		}
		for _, c := range open {
			people, err := speakers(ctx, tx, of.what, of.p, c)
			if err != nil {
				return nil, err
			}
			if closed || len(people) == 0 {
				all = append(all, Unheard{c, of.what})
			}
		}
	}
	return all, nil
}

func isClosed(ctx context.Context, tx *tenant.Tx) (is bool, err error) {
	err = tx.Get(ctx, &is, `select state <> 'active' from platform.kin() where relation = 'self'`)
	return is, err
}

// A Word is what an operator answers for a tenant.
type Word struct {
	What   string // ResetPassword or ResetSecond
	Login  string // of the person, in the tenant
	How    string // how the person was asked: person, phone or written; nothing if it is refused
	Reason string
	Yes    bool
}

// Speak answers another unit in the name of the tenant of tx, in which nobody
// can: it is closed, or nobody of it could answer by p besides the person and who
// asked (see Deciders). Two sides have so spoken still, the unit that asks and who keeps the
// platform, and a tenant that is closed is not passed over: its doors would be
// opened by another's word alone on the day it works again (R249). ErrSpeaks if
// it can answer itself, also from a moment ago on; else as Say.
func Speak(ctx context.Context, tx *tenant.Tx, p rbac.Permission, w Word) (c Consent, err error) {
	if err := lock(ctx, tx, "admins"); err != nil {
		return c, err
	}
	err = tx.Get(ctx, &c, `
		select c.id, c.member_id, m.name, m.login, c.unit
		  from platform.consents_here($1, null) c join members m on m.id = c.member_id
		 where m.login = $2 order by c.state = 'open' desc, c.asked_at desc limit 1`, w.What, w.Login)
	if errors.Is(err, tenant.ErrNoRows) {
		return c, ErrNoConsent
	}
	if err != nil {
		return c, err
	}
	people, err := speakers(ctx, tx, w.What, p, c)
	if err != nil {
		return c, err
	}
	var is string
	if err := tx.Get(ctx, &is, `select platform.consents_speak($1, $2, $3, $4, $5, $6)`,
		c.ID, tx.Actor.Name, w.Yes, w.How, w.Reason, len(people) == 0); err != nil {
		return c, err
	}
	if is == "speaks" {
		return c, ErrSpeaks.With("people", people)
	}
	if err := refusedWord(is); err != nil {
		return c, err
	}
	tx.Audit("org.consent_spoken", "org/member/"+c.Member.String(),
		map[string]any{"what": w.What, "reset": c.ID, "yes": w.Yes, "how": w.How, "reason": w.Reason})
	return c, nil
}
