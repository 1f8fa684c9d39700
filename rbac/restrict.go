package rbac

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/tenant"
)

// What can go wrong with a sanction.
var (
	ErrRestrictionNotFound = fault.New(fault.NotFound, "rbac.restriction_not_found")
	ErrRestrictionOver     = fault.New(fault.Conflict, "rbac.restriction_over")
)

// A Restriction is a sanction: what a member may not do for a time, whatever
// they were given (R270).
type Restriction struct {
	ID          uuid.UUID    `db:"id" json:"id"`
	Member      uuid.UUID    `db:"member_id" json:"member_id"`
	Permissions tenant.Texts `db:"permissions" json:"permissions"` // none: all of them
	StartsAt    time.Time    `db:"starts_at" json:"starts_at"`
	EndsAt      time.Time    `db:"ends_at" json:"ends_at"`
	Reason      string       `db:"reason" json:"reason"`
	Basis       string       `db:"basis" json:"basis"` // the decision it carries out
	ImposedBy   uuid.UUID    `db:"imposed_by" json:"imposed_by"`
	ImposedAt   time.Time    `db:"imposed_at" json:"imposed_at"`
	LiftedBy    *uuid.UUID   `db:"lifted_by" json:"lifted_by"`
	LiftedAt    *time.Time   `db:"lifted_at" json:"lifted_at"`
	LiftReason  string       `db:"lift_reason" json:"lift_reason"`
}

const restrictionColumns = `x.id, x.member_id, x.permissions, x.starts_at, x.ends_at, x.reason, x.basis, x.imposed_by, x.imposed_at, x.lifted_by, x.lifted_at, x.lift_reason`

// A NewRestriction is a sanction to be imposed by the actor.
type NewRestriction struct {
	Member           uuid.UUID
	Permissions      []Permission // none: all of them
	StartsAt, EndsAt time.Time
	Reason, Basis    string
}

// Restrict imposes a sanction and makes it known to every node when the
// transaction commits. It begins and ends by itself. It audits itself.
func Restrict(ctx context.Context, tx *tenant.Tx, n NewRestriction) (r Restriction, err error) {
	codes := RoleSpec{Permissions: n.Permissions}.codes()
	err = tx.Get(ctx, &r, `
		with x as (
		  insert into restrictions (id, member_id, permissions, starts_at, ends_at, reason, basis, imposed_by, imposed_at)
		       values              ($1, $2,        $3,          $4,        $5,      $6,     $7,    $8,         $9)
		    returning *)
		select `+restrictionColumns+` from x`,
		tenant.NewID(), n.Member, tenant.Array(codes), n.StartsAt, n.EndsAt, n.Reason, n.Basis, tx.Actor.Member, tx.Now)
	if err != nil {
		return r, err
	}
	tx.Audit("rbac.restricted", r.object(), r)
	return r, Changed(ctx, tx)
}

func (r Restriction) object() string { return "rbac/restriction/" + r.ID.String() }

// Lift ends a sanction before its time and audits it. It returns
// ErrRestrictionOver if it has ended.
func Lift(ctx context.Context, tx *tenant.Tx, id uuid.UUID, reason string) (r Restriction, err error) {
	err = tx.Get(ctx, &r, `
		with x as (
		  update restrictions set lifted_by = $2, lifted_at = $3, lift_reason = $4
		   where id = $1 and lifted_at is null and ends_at > $3
		  returning *)
		select `+restrictionColumns+` from x`, id, tx.Actor.Member, tx.Now, reason)
	if errors.Is(err, tenant.ErrNoRows) {
		if _, err := FindRestriction(ctx, tx, id); err != nil {
			return r, err
		}
		return r, ErrRestrictionOver
	}
	if err != nil {
		return r, err
	}
	tx.Audit("rbac.restriction_lifted", r.object(), r)
	return r, Changed(ctx, tx)
}

// FindRestriction returns a sanction, or ErrRestrictionNotFound.
func FindRestriction(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (r Restriction, err error) {
	err = tx.Get(ctx, &r, `select `+restrictionColumns+` from restrictions x where x.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrRestrictionNotFound
	}
	return r, err
}

// Restrictions lists sanctions, the newest first: of one member if there is one,
// those that are in force or ahead if open, from before the one after.
func Restrictions(ctx context.Context, tx *tenant.Tx, member, after *uuid.UUID, open bool, limit int) (rs []Restriction, err error) {
	err = tx.Select(ctx, &rs, `
		select `+restrictionColumns+` from restrictions x
		 where ($1::uuid is null or x.member_id = $1)
		   and ($2::uuid is null or x.id < $2)
		   and (not $3 or x.lifted_at is null and x.ends_at > now())
		 order by x.id desc limit $4`, member, after, open, limit)
	return rs, err
}

// RestrictionsOver marks the sanctions whose time has run out since the last
// call, audits that, and returns them.
func RestrictionsOver(ctx context.Context, tx *tenant.Tx) (rs []Restriction, err error) {
	err = tx.Select(ctx, &rs, `
		with x as (
		  update restrictions set over = true
		   where lifted_at is null and not over and ends_at <= now()
		  returning *)
		select `+restrictionColumns+` from x order by x.id`)
	for _, r := range rs {
		tx.Audit("rbac.restriction_ended", r.object(), r)
	}
	return rs, err
}

// withheld is what one sanction in force takes from a member.
type withheld struct {
	permissions []string // none: all of them
	until       time.Time
}

// restrain reads what is withheld from whom, and when the next grant or sanction
// begins or ends.
func (p *policy) restrain(ctx context.Context, tx *tenant.Tx) error {
	read := time.Now()
	var rows []struct {
		Member      uuid.UUID    `db:"member_id"`
		Permissions tenant.Texts `db:"permissions"`
		EndsAt      time.Time    `db:"ends_at"`
	}
	if err := tx.Select(ctx, &rows, `select member_id, permissions, ends_at from restricted`); err != nil {
		return err
	}
	p.withheld = map[uuid.UUID][]withheld{}
	for _, r := range rows {
		p.withheld[r.Member] = append(p.withheld[r.Member], withheld{r.Permissions, r.EndsAt})
	}
	var next *time.Time
	err := tx.Get(ctx, &next, `
		select min(at) from (
		  select until as at from grants where until > now()
		  union all
		  select unnest(array[starts_at, ends_at]) from restrictions where lifted_at is null and ends_at > now()) t
		 where at > now()`)
	if err == nil && next != nil {
		p.turns = read.Add(next.Sub(tx.Now))
	}
	return err
}

// withhold takes away what the sanctions withhold.
func (r *Rights) withhold(from []withheld) {
	for _, w := range from {
		if len(w.permissions) == 0 {
			if r.frozen == nil || r.frozen.Before(w.until) {
				r.frozen = &w.until
			}
			continue
		}
		for _, code := range w.permissions {
			p := Permission(code)
			if r.withheld == nil {
				r.withheld = map[Permission]time.Time{}
			}
			if r.withheld[p].Before(w.until) {
				r.withheld[p] = w.until
			}
			delete(r.everywhere, p)
			delete(r.scopes, p)
		}
	}
	if r.frozen != nil {
		clear(r.everywhere)
		clear(r.scopes)
	}
}

// Withheld reports whether a sanction in force takes p from the member, and
// until when.
func Withheld(rs []Restriction, p Permission, at time.Time) *time.Time {
	var until *time.Time
	for _, r := range rs {
		if r.LiftedAt == nil && !at.Before(r.StartsAt) && at.Before(r.EndsAt) && (len(r.Permissions) == 0 || slices.Contains(r.Permissions, string(p))) {
			if until == nil || until.Before(r.EndsAt) {
				until = &r.EndsAt
			}
		}
	}
	return until
}
