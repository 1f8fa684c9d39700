package factor

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
)

// What can go wrong with taking a second factor away from somebody.
var (
	ErrNoReset = fault.New(fault.NotFound, "factor.reset_not_found")
	ErrOpen    = fault.New(fault.Conflict, "factor.reset_open")
	ErrDecided = fault.New(fault.Conflict, "factor.reset_decided")
	ErrOther   = fault.New(fault.Forbidden, "factor.another_decides")
)

// A Reset is the wish of one administrator that a member's second factor be
// taken away, on which another decides. It is void after a day. Of an account of
// several units the others are asked to consent first: then it is void after
// three, and once that is over.
type Reset struct {
	ID         uuid.UUID  `db:"id" json:"id"`
	Member     uuid.UUID  `db:"member_id" json:"member_id"`
	Name       string     `db:"name" json:"name"`
	Login      string     `db:"login" json:"login"`
	Reason     string     `db:"reason" json:"reason"`
	State      string     `db:"state" json:"state" enum:"open,confirmed,refused,void"`
	AskedBy    string     `db:"asked_by" json:"asked_by"`
	AskedAt    time.Time  `db:"asked_at" json:"asked_at"`
	DecidedBy  string     `db:"decided_by" json:"decided_by"`
	DecidedAt  *time.Time `db:"decided_at" json:"decided_at"`
	MayConfirm bool       `db:"may_confirm" json:"may_confirm"`
	Units      *int       `db:"units" json:"units"`   // other units of the account that are asked; null: it has none
	Given      *int       `db:"given" json:"given"`   // of these, how many have consented
	Closed     *int       `db:"closed" json:"closed"` // of those that have not: operators answer for them
	Over       string     `db:"over" json:"over"`     // why the others' consent is not to be had: a refusal in words

	Reset  *uuid.UUID `db:"reset_id" json:"-"`
	Sought string     `db:"sought" json:"-"`
}

// stands is how long a wish waits for the other person.
const stands = `case when r.reset_id is null then interval '1 day' else interval '3 days' end`

// void says that a wish is none any more.
const void = `(r.asked_at < now() - ` + stands + ` or c.state in ('refused', 'ended'))`

const ofOthers = ` left join platform.consents_mine('` + org.ResetSecond + `') c on c.id = r.reset_id`

const resetRows = `
	select r.id, r.member_id, m.name, m.login, r.reason, a.name as asked_by, r.asked_at, coalesce(o.name, '') as decided_by, r.decided_at,
	       case when r.state = 'open' and ` + void + ` then 'void' else r.state end as state,
	       r.state = 'open' and not coalesce(` + void + `, false) and coalesce(c.state = 'ready', true) and $1 not in (r.asked_by, r.member_id) as may_confirm,
	       c.units, c.given, c.closed, coalesce(c.reason, '') as over, r.reset_id, coalesce(c.state, '') as sought
	  from factor_resets r
	  join members m on m.id = r.member_id
	  join members a on a.id = r.asked_by
	  left join members o on o.id = r.decided_by` + ofOthers

// listResets returns the wishes of the last year, the latest first.
func listResets(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[Reset], err error) {
	l.Items = []Reset{}
	err = tx.Select(ctx, &l.Items, resetRows+`
		 where r.asked_at > now() - interval '1 year' order by r.asked_at desc, r.id desc limit 100`, tx.Actor.Member)
	return l, err
}

type resetWish struct {
	Member uuid.UUID `json:"member_id"`
	Reason string    `json:"reason" minLength:"1" maxLength:"200"`
}

// askReset asks that the second factor of a member be taken away.
func askReset(ctx context.Context, tx *tenant.Tx, in resetWish) (r Reset, err error) {
	if err := feature.Trim(&in.Reason, "reason", 200); err != nil {
		return r, err
	}
	if in.Member == tx.Actor.Member {
		return r, org.ErrSelf
	}
	var m struct {
		Name   string       `db:"name"`
		Ways   tenant.Texts `db:"ways"`
		Shared bool         `db:"shared"`
	}
	err = tx.Get(ctx, &m, `
		select m.name, w.ways, w.shared from members m join platform.second_ways() w on w.member_id = m.id where m.id = $1`, in.Member)
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return r, org.ErrNoMember
	case err != nil:
		return r, err
	case len(m.Ways) == 0:
		return r, ErrNone
	}
	if _, err := tx.Exec(ctx, `
		update factor_resets set state = 'void'
		 where state = 'open' and id in (select r.id from factor_resets r`+ofOthers+` where r.member_id = $1 and r.state = 'open' and `+void+`)`, in.Member); err != nil {
		return r, err
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `insert into factor_resets (id, member_id, reason, asked_by) values ($1, $2, $3, $4)`,
		id, in.Member, in.Reason, tx.Actor.Member)
	if tenant.Constraint(err) == "factor_resets_open_uq" {
		return r, ErrOpen
	}
	if err == nil && m.Shared {
		err = seek(ctx, tx, id, in)
	}
	if err != nil {
		return r, err
	}
	tx.Audit("factor.reset_asked", "org/member/"+in.Member.String(), map[string]string{"name": m.Name, "reset": id.String()})
	return r, tx.Get(ctx, &r, resetRows+` where r.id = $2`, tx.Actor.Member, id)
}

// seek asks the other units of the account.
func seek(ctx context.Context, tx *tenant.Tx, id uuid.UUID, in resetWish) error {
	s, err := org.Seek(ctx, tx, org.ResetSecond, in.Member, "", in.Reason)
	if err == nil {
		_, err = tx.Exec(ctx, `update factor_resets set reset_id = $2 where id = $1 and state = 'open'`, id, s.ID)
	}
	return err
}

type byID struct {
	ID uuid.UUID `json:"-" path:"id"`
}

// confirmReset takes the second factor away: by somebody who neither asked for it nor
// has it. The person's sessions end and their tokens are dead; at the next
// sign-in they come in with the password alone and, if they need one, set a new
// factor up before anything else.
func confirmReset(ctx context.Context, tx *tenant.Tx, in byID) (r Reset, err error) {
	if r, err = decide(ctx, tx, in.ID, "confirmed"); err != nil {
		return r, err
	}
	switch r.Sought {
	case "", "ready":
	case "open":
		return r, org.ErrConsentsOpen.With("units", r.Units).With("given", r.Given)
	default:
		return r, ErrDecided
	}
	var gone bool
	if err := tx.Get(ctx, &gone, `select platform.second_forget($1)`, r.Member); err != nil {
		return r, err
	}
	if !gone {
		return r, org.ErrShared
	}
	tx.Audit("factor.reset_confirmed", "org/member/"+r.Member.String(), map[string]string{"name": r.Name, "reset": in.ID.String()})
	return r, nil
}

// refuseReset ends a wish without effect. Who asked may take it back, and with it
// what other units were asked.
func refuseReset(ctx context.Context, tx *tenant.Tx, in byID) (r Reset, err error) {
	if r, err = decide(ctx, tx, in.ID, "refused"); err != nil {
		return r, err
	}
	if err := org.Unseek(ctx, tx, r.Reset); err != nil {
		return r, err
	}
	tx.Audit("factor.reset_refused", "org/member/"+r.Member.String(), map[string]string{"name": r.Name, "reset": in.ID.String()})
	return r, nil
}

func decide(ctx context.Context, tx *tenant.Tx, id uuid.UUID, state string) (r Reset, err error) {
	n, err := tx.Exec(ctx, `
		update factor_resets r set state = $2, decided_by = $3, decided_at = now()
		 where r.id = $1 and r.state = 'open' and r.asked_at >= now() - `+stands, id, state, tx.Actor.Member)
	if tenant.Constraint(err) == "factor_resets_other" {
		return r, ErrOther
	}
	if err != nil {
		return r, err
	}
	err = tx.Get(ctx, &r, resetRows+` where r.id = $2`, tx.Actor.Member, id)
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return r, ErrNoReset
	case err == nil && n == 0:
		return r, ErrDecided
	}
	return r, err
}

// ToConfirm counts what waits for the actor: the wishes of others here, and what
// other units ask.
func ToConfirm(ctx context.Context, tx *tenant.Tx) (n int, href string, err error) {
	if !rbac.From(ctx).Has(Help) {
		return 0, "", nil
	}
	err = tx.Get(ctx, &n, `select count(*) from (`+resetRows+` where r.state = 'open') w where w.may_confirm`, tx.Actor.Member)
	if err != nil {
		return 0, "", err
	}
	l, err := listConsents(ctx, tx, feature.None{})
	return n + org.Open(l.Items), "", err
}

func listConsents(ctx context.Context, tx *tenant.Tx, _ feature.None) (feature.List[org.Consent], error) {
	return org.Consents(ctx, tx, org.ResetSecond, Help)
}

func giveConsent(ctx context.Context, tx *tenant.Tx, in org.Answer) (feature.None, error) {
	return feature.None{}, org.Say(ctx, tx, org.ResetSecond, in, true)
}

type refusal struct {
	ID     uuid.UUID `json:"-" path:"id"`
	Reason string    `json:"reason" minLength:"1" maxLength:"200"`
}

// Validate returns the first thing wrong with the refusal.
func (r *refusal) Validate() error { return feature.Trim(&r.Reason, "reason", 200) }

func refuseConsent(ctx context.Context, tx *tenant.Tx, in refusal) (feature.None, error) {
	return feature.None{}, org.Say(ctx, tx, org.ResetSecond, org.Answer{ID: in.ID, Note: in.Reason}, false)
}

// Held is which second factors a member has.
type Held struct {
	Member uuid.UUID    `db:"member_id" json:"member_id"`
	Ways   tenant.Texts `db:"ways" json:"ways"`
}

// listHeld returns the members who have a second factor, for whoever looks after
// them: which kinds, and nothing of what they are made of.
func listHeld(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[Held], err error) {
	l.Items = []Held{}
	err = tx.Select(ctx, &l.Items, `
		select member_id, ways from platform.second_ways() where cardinality(ways) > 0 order by member_id limit 5000`)
	return l, err
}
