package review

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// shownTo finds a unit for who may see a file of it, and for nobody else.
func shownTo(ctx context.Context, tx *tenant.Tx, id, file uuid.UUID) (unitRow, error) {
	u, err := unitOf(ctx, tx, id)
	if err != nil {
		return u, err
	}
	ok, err := looksAt(ctx, tx, u, file)
	if err == nil && !ok {
		err = ErrUnitNotFound
	}
	return u, err
}

// looksAt reports whether the actor may see a file of a unit: they manage the
// review, or are assigned to a line that rests on it and have nothing to do
// with the unit.
func looksAt(ctx context.Context, tx *tenant.Tx, u unitRow, file uuid.UUID) (bool, error) {
	if rbac.From(ctx).Has(Manage) {
		return true, nil
	}
	all, err := assessors(ctx, tx, u.Call)
	if err != nil {
		return false, err
	}
	i, err := interestsOf(ctx, tx, all, u.From, u.To)
	if err != nil {
		return false, err
	}
	for _, a := range u.Answers {
		if !slices.ContainsFunc(a.Evidence, func(e kept) bool { return e.ID == file }) {
			continue
		}
		l, _ := find(u.Lines, a.Code)
		if slices.ContainsFunc(i.eligible(all, u, l), func(x assessorRow) bool { return x.ID == tx.Actor.Member }) {
			return true, nil
		}
	}
	return false, nil
}

type assignment struct {
	ID      uuid.UUID   `json:"-" path:"id"`
	Codes   []string    `json:"codes" minItems:"1" maxItems:"300"`
	Members []uuid.UUID `json:"members" maxItems:"20"`
	Version int         `json:"version"`
}

// assign says who reviews indicators, in place of whoever did. Who has given
// points already stays.
func assign(ctx context.Context, tx *tenant.Tx, in assignment) (p Page, err error) {
	if err := hold(ctx, tx, in.ID, true); err != nil {
		return p, err
	}
	c, err := findCall(ctx, tx, in.ID)
	if err != nil {
		return p, err
	}
	if err := c.at(in.Version, "open", "reviewing"); err != nil {
		return p, err
	}
	for _, code := range in.Codes {
		if _, ok := find(c.Lines, code); !ok {
			return p, ErrCode.On("codes")
		}
	}
	n := len(slices.Compact(slices.SortedFunc(slices.Values(in.Members), func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })))
	if c.State == "reviewing" && n < enough {
		return p, ErrFew.On("members")
	}
	var known int
	err = tx.Get(ctx, &known, `select count(*) from members where id = any ($1) and state = 'active' and account_id is not null`, tenant.Array(in.Members))
	switch {
	case err != nil:
		return p, err
	case known != n:
		return p, ErrPerson.On("members")
	}
	if err := c.replace(ctx, tx, in); err != nil {
		return p, err
	}
	tx.Audit("review.assigned", object(c.ID), map[string]any{"lines": in.Codes, "members": in.Members})
	return callPage(ctx, tx, ref{in.ID})
}

func (c callRow) replace(ctx context.Context, tx *tenant.Tx, in assignment) error {
	var busy bool
	err := tx.Get(ctx, &busy, `
		select exists (select from review_scores s join review_units u on u.tenant_id = s.tenant_id and u.id = s.unit_row
		                where u.call_id = $1 and s.code = any ($2) and s.member_id <> all ($3))`,
		c.ID, tenant.Array(in.Codes), tenant.Array(slices.Concat([]uuid.UUID{}, in.Members)))
	if err == nil && busy {
		err = ErrScored.On("members")
	}
	if err == nil {
		err = c.move(ctx, tx, `state = state`)
	}
	if err == nil {
		_, err = tx.Exec(ctx, `delete from review_assessors where call_id = $1 and code = any ($2)`, c.ID, tenant.Array(in.Codes))
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into review_assessors (call_id, code, member_id, account_id, name, department, by_name, at)
		select $1, code, m.id, m.account_id, m.name, coalesce((
		         select d.name from posts p join departments d on d.id = p.department_id where p.member_id = m.id order by p.main desc, d.name limit 1), ''), $4, $5
		  from members m, unnest($2::text[]) as code
		 where m.id = any ($3)`, c.ID, tenant.Array(in.Codes), tenant.Array(in.Members), tx.Actor.Name, tx.Now)
	return err
}

// start begins the review: every line of every unit has two people at least who
// may look at it. They are told.
func (c calls) start(ctx context.Context, tx *tenant.Tx, in act) (p Page, err error) {
	r, err := load(ctx, tx, in.ID, nil)
	if err != nil {
		return p, err
	}
	if err := c.pass(ctx, tx, r.call.RoundID); err != nil {
		return p, err
	}
	if err := r.call.at(in.Version, "open"); err != nil {
		return p, err
	}
	for _, u := range r.units {
		for _, l := range u.Lines {
			if len(r.interests.eligible(r.assessors, u, l)) < enough {
				return p, ErrFew.With("unit", u.Name).With("line", l.Name)
			}
		}
	}
	if err := r.call.move(ctx, tx, `state = 'reviewing', started_at = $5`, tx.Now); err != nil {
		return p, err
	}
	tx.Audit("review.started", object(r.call.ID), map[string]any{"units": len(r.units), "assessors": len(r.assessors)})
	var to []uuid.UUID
	for _, a := range r.assessors {
		to = append(to, a.ID)
	}
	err = message.Send(ctx, tx, message.Notice{To: to, Code: "review.queue", Href: "/assess/reviews/queue",
		Params: message.Params{"name": r.call.Name, "due": r.call.ReviewDue}})
	if err != nil {
		return p, err
	}
	return callPage(ctx, tx, ref{in.ID})
}

type newPermit struct {
	ID     uuid.UUID  `json:"-" path:"id"`
	Unit   *uuid.UUID `json:"unit,omitempty"`   // the row of a unit that may submit late
	Member *uuid.UUID `json:"member,omitempty"` // or who may review late
	Until  string     `json:"until" format:"date"`
	Reason string     `json:"reason" minLength:"1" maxLength:"500"`
}

// Validate refuses a reason of nothing but spaces, and a permit for nobody.
func (in *newPermit) Validate() error {
	if (in.Unit == nil) == (in.Member == nil) {
		return feature.ErrMissing.On("unit")
	}
	return feature.Trim(&in.Reason, "reason", 500)
}

// permit records that a unit may submit late, or a person review late. Nothing
// else lets them.
func permit(ctx context.Context, tx *tenant.Tx, in newPermit) (p Page, err error) {
	c, err := findCall(ctx, tx, in.ID)
	if err != nil {
		return p, err
	}
	if err := c.at(c.Version, "open", "reviewing"); err != nil {
		return p, err
	}
	if _, err := dated(tx, in.Until, "until"); err != nil {
		return p, err
	}
	subject := tx.Actor.Tenant
	if in.Unit != nil {
		u, err := unitOf(ctx, tx, *in.Unit)
		if errors.Is(err, ErrUnitNotFound) || err == nil && u.Call != c.ID {
			return p, ErrUnitNotFound.On("unit")
		}
		if err != nil {
			return p, err
		}
		subject = u.Subject
	} else if ok, err := reviews(ctx, tx, c.ID, *in.Member); err != nil || !ok {
		return p, errors.Join(err, ErrPerson.On("member"))
	}
	_, err = tx.Exec(ctx, `
		insert into review_permits (id, call_id, unit_row, member_id, subject_tenant_id, until, reason, by_id, by_name, at)
		     values ($1, $2, $3, $4, $5, $6::date, $7, $8, $9, $10)`,
		tenant.NewID(), c.ID, in.Unit, in.Member, subject, in.Until, in.Reason, tx.Actor.Member, tx.Actor.Name, tx.Now)
	if err != nil {
		return p, err
	}
	tx.Audit("review.permitted", object(c.ID), map[string]any{"unit": in.Unit, "member": in.Member, "until": in.Until, "reason": in.Reason})
	return callPage(ctx, tx, ref{in.ID})
}

func reviews(ctx context.Context, tx *tenant.Tx, call, member uuid.UUID) (ok bool, err error) {
	err = tx.Get(ctx, &ok, `select exists (select from review_assessors where call_id = $1 and member_id = $2)`, call, member)
	return ok, err
}

type sendBack struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"version"`
	Reason  string    `json:"reason" minLength:"1" maxLength:"500"`
	Until   string    `json:"until" format:"date"`
}

// Validate refuses a reason of nothing but spaces.
func (in *sendBack) Validate() error { return feature.Trim(&in.Reason, "reason", 500) }

// giveBack sends a self-assessment back to its unit, which may submit another
// until a day. Once somebody has given points, it stays.
func giveBack(ctx context.Context, tx *tenant.Tx, in sendBack) (p UnitPage, err error) {
	u, err := held(ctx, tx, in.ID, true)
	if err != nil {
		return p, err
	}
	c, err := findCall(ctx, tx, u.Call)
	switch {
	case err != nil:
		return p, err
	case u.Version != in.Version:
		return p, stale(u.Version, c.ChangedBy, c.ChangedAt)
	case !u.submitted():
		return p, ErrUnsent
	}
	if err := c.at(c.Version, "open", "reviewing"); err != nil {
		return p, err
	}
	if _, err := dated(tx, in.Until, "until"); err != nil {
		return p, err
	}
	n, err := tx.Exec(ctx, `
		update review_units u set returned = $3, return_reason = $4, version = version + 1
		 where id = $1 and version = $2 and not exists (select from review_scores s where s.unit_row = u.id)`, u.ID, u.Version, u.N, in.Reason)
	if err != nil {
		return p, err
	}
	if n == 0 {
		return p, ErrScored
	}
	_, err = tx.Exec(ctx, `
		insert into review_permits (id, call_id, unit_row, subject_tenant_id, until, reason, by_id, by_name, at)
		     values ($1, $2, $3, $4, $5::date, $6, $7, $8, $9)`,
		tenant.NewID(), c.ID, u.ID, u.Subject, in.Until, in.Reason, tx.Actor.Member, tx.Actor.Name, tx.Now)
	if err != nil {
		return p, err
	}
	tx.Audit("review.sent_back", object(c.ID), map[string]any{"unit": u.Unit, "submission": u.N, "until": in.Until, "reason": in.Reason})
	return unitPage(ctx, tx, ref{in.ID})
}
