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
// taken away, on which another decides. It is void after a day.
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
}

// stands is how long a wish waits for the other person.
const stands = "1 day"

const resetRows = `
	select r.id, r.member_id, m.name, m.login, r.reason, a.name as asked_by, r.asked_at, coalesce(o.name, '') as decided_by, r.decided_at,
	       case when r.state = 'open' and r.asked_at < now() - interval '` + stands + `' then 'void' else r.state end as state,
	       r.state = 'open' and r.asked_at >= now() - interval '` + stands + `' and $1 not in (r.asked_by, r.member_id) as may_confirm
	  from factor_resets r
	  join members m on m.id = r.member_id
	  join members a on a.id = r.asked_by
	  left join members o on o.id = r.decided_by`

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
	case m.Shared:
		return r, org.ErrShared
	}
	if _, err := tx.Exec(ctx, `
		update factor_resets set state = 'void' where member_id = $1 and state = 'open' and asked_at < now() - interval '`+stands+`'`, in.Member); err != nil {
		return r, err
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `insert into factor_resets (id, member_id, reason, asked_by) values ($1, $2, $3, $4)`,
		id, in.Member, in.Reason, tx.Actor.Member)
	if tenant.Constraint(err) == "factor_resets_open_uq" {
		return r, ErrOpen
	}
	if err != nil {
		return r, err
	}
	tx.Audit("factor.reset_asked", "org/member/"+in.Member.String(), map[string]string{"name": m.Name, "reset": id.String()})
	return r, tx.Get(ctx, &r, resetRows+` where r.id = $2`, tx.Actor.Member, id)
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

// refuseReset ends a wish without effect. Who asked may take it back.
func refuseReset(ctx context.Context, tx *tenant.Tx, in byID) (r Reset, err error) {
	if r, err = decide(ctx, tx, in.ID, "refused"); err != nil {
		return r, err
	}
	tx.Audit("factor.reset_refused", "org/member/"+r.Member.String(), map[string]string{"name": r.Name, "reset": in.ID.String()})
	return r, nil
}

func decide(ctx context.Context, tx *tenant.Tx, id uuid.UUID, state string) (r Reset, err error) {
	n, err := tx.Exec(ctx, `
		update factor_resets set state = $2, decided_by = $3, decided_at = now()
		 where id = $1 and state = 'open' and asked_at >= now() - interval '`+stands+`'`, id, state, tx.Actor.Member)
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

// ToConfirm counts the wishes of others that wait for the actor's confirmation.
func ToConfirm(ctx context.Context, tx *tenant.Tx) (n int, href string, err error) {
	if !rbac.From(ctx).Has(Help) {
		return 0, "", nil
	}
	err = tx.Get(ctx, &n, `
		select count(*) from factor_resets
		 where state = 'open' and asked_at >= now() - interval '`+stands+`' and $1 not in (asked_by, member_id)`, tx.Actor.Member)
	return n, "", err
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
