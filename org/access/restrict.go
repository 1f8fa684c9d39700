package access

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
)

// longest is how long a sanction may last: whoever wants more decides again.
const longest = 366 * 24 * time.Hour

// A Restriction is a sanction in words.
type Restriction struct {
	rbac.Restriction
	Name       string `json:"name"`
	Login      string `json:"login"`
	Department string `json:"department"`
	By         string `json:"by"`
	Lifter     string `json:"lifter"` // empty unless it was lifted
	State      string `json:"state" enum:"ahead,running,over,lifted"`
}

// A newRestriction is a sanction to be imposed.
type newRestriction struct {
	MemberID    uuid.UUID         `json:"member_id"`
	Permissions []rbac.Permission `json:"permissions" maxItems:"200"` // none: everything (冻结); else only these (限制)
	StartsAt    *time.Time        `json:"starts_at,omitempty"`        // now if it is not said
	EndsAt      time.Time         `json:"ends_at"`
	Reason      string            `json:"reason" minLength:"1" maxLength:"500"`
	Basis       string            `json:"basis" minLength:"1" maxLength:"200"` // the decision it carries out
}

// Validate returns the first thing wrong with the sanction.
func (n *newRestriction) Validate() error {
	if err := feature.Trim(&n.Reason, "reason", 500); err != nil {
		return err
	}
	return feature.Trim(&n.Basis, "basis", 200)
}

// restrict imposes a sanction on somebody else. Nobody is left without
// administrators by it.
func (d *desk) restrict(ctx context.Context, tx *tenant.Tx, n newRestriction) (r Restriction, err error) {
	from := tx.Now
	if n.StartsAt != nil && n.StartsAt.After(tx.Now) {
		from = *n.StartsAt
	}
	switch {
	case n.MemberID == tx.Actor.Member:
		return r, ErrSelf
	case !n.EndsAt.After(from) || n.EndsAt.Sub(from) > longest:
		return r, ErrPeriod.On("ends_at")
	}
	for _, p := range n.Permissions {
		if !slices.ContainsFunc(d.Rights(), func(r rbac.Right) bool { return r.Permission == p }) {
			return r, rbac.ErrNoSuchRight.On("permissions")
		}
	}
	var there bool
	if err := tx.Get(ctx, &there, `select exists (select from members where id = $1 and state <> 'left')`, n.MemberID); err != nil {
		return r, err
	}
	if !there {
		return r, ErrNoMember.On("member_id")
	}
	made, err := rbac.Restrict(ctx, tx, rbac.NewRestriction{Member: n.MemberID, Permissions: n.Permissions, StartsAt: from,
		EndsAt: n.EndsAt, Reason: n.Reason, Basis: n.Basis})
	if err != nil {
		return r, err
	}
	if err := org.Administered(ctx, tx); err != nil {
		return r, err
	}
	if err := d.Notify(ctx, tx, told("access.restricted", made)); err != nil {
		return r, err
	}
	return worded(ctx, tx, made)
}

// told is what the person learns of a sanction. Times are as a clock in China shows
// them: they are put into sentences as they are.
func told(code string, r rbac.Restriction) Notice {
	clock := func(at time.Time) string { return at.In(china).Format("2006-01-02 15:04") }
	return Notice{To: []uuid.UUID{r.Member}, Code: code, Href: "/access", Params: map[string]string{
		"from": clock(r.StartsAt), "until": clock(r.EndsAt), "reason": r.Reason}}
}

var china = time.FixedZone("Asia/Shanghai", 8*60*60)

type lifting struct {
	ID     uuid.UUID `json:"-" path:"id"`
	Reason string    `json:"reason" minLength:"1" maxLength:"500"`
}

// Validate refuses a reason that says nothing.
func (l *lifting) Validate() error { return feature.Trim(&l.Reason, "reason", 500) }

// lift ends a sanction before its time; nobody lifts their own.
func (d *desk) lift(ctx context.Context, tx *tenant.Tx, l lifting) (r Restriction, err error) {
	was, err := rbac.FindRestriction(ctx, tx, l.ID)
	if err != nil {
		return r, err
	}
	if was.Member == tx.Actor.Member {
		return r, ErrSelf
	}
	now, err := rbac.Lift(ctx, tx, l.ID, l.Reason)
	if err != nil {
		return r, err
	}
	if err := d.Notify(ctx, tx, told("access.lifted", now)); err != nil {
		return r, err
	}
	return worded(ctx, tx, now)
}

func worded(ctx context.Context, tx *tenant.Tx, r rbac.Restriction) (Restriction, error) {
	rs, err := wordAll(ctx, tx, []rbac.Restriction{r})
	if err != nil {
		return Restriction{}, err
	}
	return rs[0], nil
}

func wordAll(ctx context.Context, tx *tenant.Tx, rs []rbac.Restriction) ([]Restriction, error) {
	ids := []uuid.UUID{}
	for _, r := range rs {
		ids = append(ids, r.Member, r.ImposedBy, deref(r.LiftedBy))
	}
	by, err := people(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Restriction, len(rs))
	for i, r := range rs {
		who := by[r.Member]
		out[i] = Restriction{Restriction: r, Name: who.Name, Login: who.Login, Department: who.Department, By: by[r.ImposedBy].Name,
			Lifter: by[deref(r.LiftedBy)].Name, State: stateOf(r, tx.Now)}
	}
	return out, nil
}

func stateOf(r rbac.Restriction, now time.Time) string {
	switch {
	case r.LiftedAt != nil:
		return "lifted"
	case !now.Before(r.EndsAt):
		return "over"
	case now.Before(r.StartsAt):
		return "ahead"
	}
	return "running"
}

type restrictionQuery struct {
	feature.Page
	Member *uuid.UUID `json:"-" query:"member"`
	Open   bool       `json:"-" query:"open"` // those running or ahead
}

// Validate refuses a cursor that is none.
func (q restrictionQuery) Validate() error { return idCursor(q.After) }

func restrictions(ctx context.Context, tx *tenant.Tx, q restrictionQuery) (l feature.List[Restriction], err error) {
	rs, err := rbac.Restrictions(ctx, tx, q.Member, afterID(q.After), q.Open, q.Size()+1)
	if err != nil {
		return l, err
	}
	page := feature.Cut(rs, q.Size(), func(r rbac.Restriction) string { return r.ID.String() })
	l.Next = page.Next
	l.Items, err = wordAll(ctx, tx, page.Items)
	return l, err
}

// over tells those whose sanction has run out. That it has, nobody has to do:
// every node knows its end.
func (d *desk) over(ctx context.Context, db *tenant.DB) error {
	return db.Write(ctx, func(tx *tenant.Tx) error {
		rs, err := rbac.RestrictionsOver(ctx, tx)
		if err != nil {
			return err
		}
		for _, r := range rs {
			if err := d.Notify(ctx, tx, told("access.restriction_over", r)); err != nil {
				return err
			}
		}
		return nil
	})
}

// A Person is somebody with what tells namesakes apart.
type Person struct {
	ID         uuid.UUID `db:"id" json:"id"`
	Name       string    `db:"name" json:"name"`
	Login      string    `db:"login" json:"login"`
	Department string    `db:"department" json:"department"` // the main one
	State      string    `db:"state" json:"state"`
}

func people(ctx context.Context, tx *tenant.Tx, ids []uuid.UUID) (map[uuid.UUID]Person, error) {
	var rows []Person
	err := tx.Select(ctx, &rows, `
		select m.id, m.name, m.login, m.state, coalesce(d.name, '') as department
		  from members m
		  left join posts p on p.member_id = m.id and p.main
		  left join departments d on d.id = p.department_id
		 where m.id = any ($1)`, tenant.Array(ids))
	by := make(map[uuid.UUID]Person, len(rows))
	for _, r := range rows {
		by[r.ID] = r
	}
	return by, err
}

func words(ps []rbac.Permission) []string {
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = string(p)
	}
	return out
}
