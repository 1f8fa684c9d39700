package org

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// What can go wrong with what several units have to consent to.
var (
	ErrNoConsent       = fault.New(fault.NotFound, "org.consent_not_found")
	ErrConsentOver     = fault.New(fault.Conflict, "org.consent_over")
	ErrConsentAnswered = fault.New(fault.Conflict, "org.consent_answered")
	ErrConsentAsker    = fault.New(fault.Forbidden, "org.consent_another") // who asked, in another unit
	ErrConsentsOpen    = fault.New(fault.Conflict, "org.consents_open")    // asked for already, and not all have answered
	ErrSoughtElsewhere = fault.New(fault.Conflict, "org.reset_elsewhere")  // another unit asks for the same
)

// What a reset is of, for which the other units of an account are asked (R249).
const (
	ResetPassword = "password"
	ResetSecond   = "second"
)

// Sought is how far the consent of the other units is that a unit asked for: how
// many they are and not which.
type Sought struct {
	ID     uuid.UUID `db:"id" json:"id"`
	Member uuid.UUID `db:"member_id" json:"-"`
	State  string    `db:"state" json:"state" enum:"open,ready,refused,ended"`
	Why    string    `db:"why" json:"why" enum:",expired,withdrawn,signed_in,password,second,membership,done"` // it ended
	Reason string    `db:"reason" json:"reason"`                                                               // of a refusal
	Units  int       `db:"units" json:"units"`
	Given  int       `db:"given" json:"given"`
	Closed int       `db:"closed" json:"closed"` // of those that have not answered: operators answer for them (see Speak)
	Until  time.Time `db:"until" json:"until"`
}

// Seek asks the other units of a member's account to consent to a reset, upon
// the person's request as it was put on record: ErrConsentsOpen if that is asked
// already, ErrSoughtElsewhere if another unit does, ErrShared if there are no
// others. An actor who is no member is an operator (see Admit).
func Seek(ctx context.Context, tx *tenant.Tx, what string, member uuid.UUID, how, note string) (s Sought, err error) {
	id := tenant.NewID()
	var is string
	if err := tx.Get(ctx, &is, `select platform.consents_ask($1, $2, $3, $4, $5, $6)`, id, what, member, tenant.Optional(tx.Actor.Member), how, note); err != nil {
		return s, err
	}
	all, err := SoughtFor(ctx, tx, what)
	if err != nil {
		return s, err
	}
	switch is {
	case "asked":
		s = all[id]
		tx.Audit("org.consent_sought", "org/member/"+member.String(), map[string]any{"what": what, "reset": id, "units": s.Units})
		return s, nil
	case "open":
		err = ErrConsentsOpen
		for _, s := range all {
			if s.Member == member && (s.State == "open" || s.State == "ready") {
				err = ErrConsentsOpen.With("units", s.Units).With("given", s.Given)
			}
		}
		return s, err
	case "elsewhere":
		return s, ErrSoughtElsewhere
	}
	return s, ErrShared
}

// SoughtFor returns what the unit asked the others for in the last year, by id.
func SoughtFor(ctx context.Context, tx *tenant.Tx, what string) (map[uuid.UUID]Sought, error) {
	var rows []Sought
	if err := tx.Select(ctx, &rows, `select id, member_id, state, why, reason, units, given, closed, until from platform.consents_mine($1)`, what); err != nil {
		return nil, err
	}
	all := map[uuid.UUID]Sought{}
	for _, s := range rows {
		all[s.ID] = s
	}
	return all, nil
}

// Unseek takes back what the unit asked the others for, if it is open.
func Unseek(ctx context.Context, tx *tenant.Tx, reset *uuid.UUID) error {
	if reset == nil {
		return nil
	}
	var was bool
	err := tx.Get(ctx, &was, `select platform.consents_withdraw($1)`, *reset)
	if err == nil && was {
		tx.Audit("org.consent_withdrawn", "org/reset/"+reset.String(), nil)
	}
	return err
}

// A Consent is what another unit asks of this one for a person of both, and what
// this one said. Of the other unit it tells the name alone.
type Consent struct {
	ID         uuid.UUID  `db:"id" json:"id"`
	Member     uuid.UUID  `db:"member_id" json:"member_id"`
	Name       string     `db:"name" json:"name"`
	Login      string     `db:"login" json:"login"`
	Department string     `db:"department" json:"department"`
	Unit       string     `db:"unit" json:"unit"`
	How        string     `db:"how" json:"how" enum:",page,person,phone,written"` // how the person asked there
	Note       string     `db:"note" json:"note"`
	AskedAt    time.Time  `db:"asked_at" json:"asked_at"`
	Until      time.Time  `db:"until" json:"until"`
	State      string     `db:"state" json:"state" enum:"open,given,refused,over"`
	AnswerHow  string     `db:"answer_how" json:"answer_how" enum:",person,phone,written"` // how the person was asked here
	AnswerNote string     `db:"answer_note" json:"answer_note"`                            // in which words; why it was refused
	DecidedBy  string     `db:"decided_by" json:"decided_by"`
	DecidedAt  *time.Time `db:"decided_at" json:"decided_at"`
	May        bool       `db:"may" json:"may_answer"`
}

// Consents returns what other units ask of this one for the people the actor
// manages by the permission, what waits first.
func Consents(ctx context.Context, tx *tenant.Tx, what string, by rbac.Permission) (l feature.List[Consent], err error) {
	l.Items = []Consent{}
	r := rbac.From(ctx)
	err = tx.Select(ctx, &l.Items, `
		select c.id, c.member_id, m.name, m.login, coalesce(d.name, '') as department, c.unit, c.how, c.note, c.asked_at, c.until, c.state,
		       c.answer_how, c.answer_note, c.decided_by, c.decided_at, c.may
		  from platform.consents_here($1, $2) c
		  join members m on m.id = c.member_id
		  left join posts p on p.member_id = m.id and p.main
		  left join departments d on d.id = p.department_id
		 where $3 or d.path && $4::uuid[]
		 order by c.state = 'open' desc, c.asked_at desc, c.id limit 100`,
		what, tx.Actor.Member, r.Everywhere(by), tenant.Array(r.Scopes(by)))
	return l, err
}

func listConsents(ctx context.Context, tx *tenant.Tx, _ feature.None) (feature.List[Consent], error) {
	return Consents(ctx, tx, ResetPassword, Manage)
}

// ToConsent counts what other units wait for this one's word about.
func ToConsent(ctx context.Context, tx *tenant.Tx) (n int, href string, err error) {
	if !rbac.From(ctx).Has(Manage) {
		return 0, "", nil
	}
	l, err := Consents(ctx, tx, ResetPassword, Manage)
	return Open(l.Items), "", err
}

// Open counts the consents that wait for the actor.
func Open(cs []Consent) (n int) {
	for _, c := range cs {
		if c.May {
			n++
		}
	}
	return n
}

// ToReset counts the requests to which all other units have consented.
func ToReset(ctx context.Context, tx *tenant.Tx) (n int, href string, err error) {
	r := rbac.From(ctx)
	if !r.Has(Manage) {
		return 0, "", nil
	}
	err = tx.Get(ctx, &n, `
		select count(*) from password_requests r
		  join platform.consents_mine($1) c on c.id = r.reset_id and c.state = 'ready'
		  left join posts p on p.member_id = r.member_id and p.main
		  left join departments d on d.id = p.department_id
		 where r.state = 'open' and r.member_id <> $2 and ($3 or d.path && $4::uuid[])`,
		ResetPassword, tx.Actor.Member, r.Everywhere(Manage), tenant.Array(r.Scopes(Manage)))
	return n, "", err
}

// An Answer is this unit's consent, with how the person was asked here.
type Answer struct {
	ID   uuid.UUID `json:"-" path:"id"`
	How  string    `json:"how" enum:"person,phone,written"`
	Note string    `json:"note" minLength:"1" maxLength:"200"`
}

// Validate returns the first thing wrong with the answer.
func (a *Answer) Validate() error { return feature.Trim(&a.Note, "note", 200) }

func giveConsent(ctx context.Context, tx *tenant.Tx, in Answer) (feature.None, error) {
	return feature.None{}, Say(ctx, tx, ResetPassword, in, true)
}

func refuseConsent(ctx context.Context, tx *tenant.Tx, in because) (feature.None, error) {
	return feature.None{}, Say(ctx, tx, ResetPassword, Answer{ID: in.ID, Note: in.Reason}, false)
}

// Say gives this unit's word on what another asks, once and for all; with yes
// not set the note says why it refuses. The person it is about and who asked
// for it are refused: ErrSelf, ErrConsentAsker.
func Say(ctx context.Context, tx *tenant.Tx, what string, a Answer, yes bool) error {
	var member uuid.UUID
	err := tx.Get(ctx, &member, `select member_id from platform.consents_here($1, $2) where id = $3`, what, tx.Actor.Member, a.ID)
	if errors.Is(err, tenant.ErrNoRows) {
		return ErrNoConsent
	}
	if err != nil {
		return err
	}
	if what == ResetPassword {
		if err := Manages(ctx, tx, member); err != nil {
			return err
		}
	}
	var is string
	if err := tx.Get(ctx, &is, `select platform.consents_answer($1, $2, $3, $4, $5, $6)`,
		a.ID, tx.Actor.Member, tx.Actor.Name, yes, a.How, strings.TrimSpace(a.Note)); err != nil {
		return err
	}
	if err := refusedWord(is); err != nil {
		return err
	}
	detail := map[string]any{"what": what, "reset": a.ID}
	if yes {
		detail["how"] = a.How
		tx.Audit("org.consent_given", "org/member/"+member.String(), detail)
		return nil
	}
	detail["reason"] = a.Note
	tx.Audit("org.consent_refused", "org/member/"+member.String(), detail)
	return nil
}

// refusedWord returns why the database did not take a unit's word; nil if it did.
func refusedWord(is string) error {
	switch is {
	case "none":
		return ErrNoConsent
	case "over":
		return ErrConsentOver
	case "answered":
		return ErrConsentAnswered
	case "self":
		return ErrSelf
	case "asker":
		return ErrConsentAsker
	}
	return nil
}
