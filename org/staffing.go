package org

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/job"
	"hetu/rbac"
	"hetu/tenant"
)

// ErrCome means that a member has come meanwhile, or that something refers to
// them: they leave like anybody else.
var ErrCome = fault.New(fault.Conflict, "org.member_come")

// Invite makes a member without an account: they choose a password of their own
// by the link that Link makes. Hash and MustChange of n have no meaning here.
func Invite(ctx context.Context, tx *tenant.Tx, n NewMember) (uuid.UUID, error) {
	c := candidate{Member: tenant.NewID(), Name: n.Name}
	if err := insertMember(ctx, tx, c, n, "invited"); err != nil {
		return uuid.Nil, err
	}
	tx.Audit("org.member_made", "org/member/"+c.Member.String(), map[string]string{"login": n.Login, "name": n.Name})
	return c.Member, seat(ctx, tx, c.Member, Seat{DepartmentID: n.DepartmentID, Title: n.Title, Main: true, Head: n.Head})
}

// Link makes the link by which an invited member comes: with the account they
// have elsewhere, or with a password for a new one. Links made before are dead.
// It returns ErrState for whoever has come already.
func Link(ctx context.Context, tx *tenant.Tx, member uuid.UUID) (token string, err error) {
	m, err := findMember(ctx, tx, member)
	switch {
	case err != nil:
		return "", err
	case m.State != "invited":
		return "", ErrState.With("state", m.State)
	}
	token = NewToken()
	if _, err := tx.Exec(ctx, `select platform.links_end($1)`, member); err != nil {
		return "", err
	}
	tx.Audit("org.link_made", "org/member/"+member.String(), nil)
	_, err = tx.Exec(ctx, `select platform.activation_create($1, $2, $3, $4, $5)`,
		tenant.NewID(), TokenHash(token), m.ID, m.Login, m.Name)
	return token, err
}

// Uninvite takes back that a member was invited: they were never here. It
// returns ErrCome for whoever has come, or stands somewhere already.
func Uninvite(ctx context.Context, tx *tenant.Tx, member uuid.UUID) error {
	var name string
	err := tx.Get(ctx, &name, `select name from members where id = $1 and state = 'invited' and account_id is null for update`, member)
	if errors.Is(err, tenant.ErrNoRows) {
		return ErrCome
	}
	if err != nil {
		return err
	}
	if err := takeAll(ctx, tx, member); err != nil {
		return err
	}
	if err := resigns(ctx, tx, member, nil); err != nil {
		return err
	}
	for _, s := range []string{`select platform.links_end($1)`, `delete from posts where member_id = $1`} {
		if _, err := tx.Exec(ctx, s, member); err != nil {
			return err
		}
	}
	if err := bind(ctx, tx, member); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `delete from members where id = $1`, member)
	if tenant.Constraint(err) != "" {
		return ErrCome.With("name", name)
	}
	tx.Audit("org.member_uninvited", "org/member/"+member.String(), map[string]string{"name": name})
	return err
}

// Ahead returns ErrUntil on the field "until" if a day, the last of somebody who
// is here for a time, is over. None is ahead.
func Ahead(tx *tenant.Tx, until string) error {
	if until != "" && until < tx.Now.In(china).Format(time.DateOnly) {
		return ErrUntil.On("until")
	}
	return nil
}

var china = time.FixedZone("Asia/Shanghai", 8*60*60)

// Leave lets a member go for good, as leaving does, whoever asks.
func Leave(ctx context.Context, tx *tenant.Tx, member uuid.UUID, reason string) error {
	_, err := leaveMember(ctx, tx, because{member, reason})
	return err
}

// DropDepartment ends a department, whoever asks; ErrDepartmentUsed if anything
// stands in it.
func DropDepartment(ctx context.Context, tx *tenant.Tx, id uuid.UUID) error {
	return endDepartment(ctx, tx, id)
}

// Move gives a member another main post and ends those of their posts that are
// named: one act. It returns ErrPostTaken if they are in that department
// already, and ErrNoPost for a post that is not theirs.
func Move(ctx context.Context, tx *tenant.Tx, member uuid.UUID, to Seat, end []uuid.UUID) error {
	if err := lock(ctx, tx, "departments"); err != nil {
		return err
	}
	m, err := findMember(ctx, tx, member)
	switch {
	case err != nil:
		return err
	case m.State == "left":
		return ErrState.With("state", m.State)
	}
	if member == tx.Actor.Member {
		if err := carriesNoGrant(ctx, tx, to.DepartmentID, to.Title); err != nil {
			return err
		}
	}
	to.Main = true
	if err := seat(ctx, tx, member, to); err != nil {
		return err
	}
	if end == nil {
		end = []uuid.UUID{}
	}
	if err := resigns(ctx, tx, member, end); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `delete from posts where member_id = $1 and id = any ($2) and not main`, member, tenant.Array(end))
	switch {
	case err != nil:
		return err
	case int(n) != len(end):
		return ErrNoPost
	}
	tx.Audit("org.transferred", "org/member/"+member.String(), map[string]any{"to": to, "ended": n})
	return bind(ctx, tx, member)
}

// Inherit gives the posts one member leads departments by to another: who leads
// there from now on. A department in which the other has no post yet gives them
// one; nobody gives themself one that rights come with. It returns how many
// departments that are.
func Inherit(ctx context.Context, tx *tenant.Tx, from, to uuid.UUID) (n int, err error) {
	if err := lock(ctx, tx, "departments"); err != nil {
		return 0, err
	}
	var led []struct {
		Department uuid.UUID `db:"department_id"`
		Title      string    `db:"title"`
	}
	if err := tx.Select(ctx, &led, `select department_id, title from posts where member_id = $1 and head order by id`, from); err != nil {
		return 0, err
	}
	for _, p := range led {
		if _, err := tx.Exec(ctx, `update posts set head = false, version = version + 1 where department_id = $1 and head`, p.Department); err != nil {
			return n, err
		}
		changed, err := tx.Exec(ctx, `update posts set head = true, version = version + 1 where department_id = $1 and member_id = $2`, p.Department, to)
		if err == nil && changed == 0 && to == tx.Actor.Member {
			err = carriesNoGrant(ctx, tx, p.Department, p.Title)
		}
		if err == nil && changed == 0 {
			err = sit(ctx, tx, to, Seat{DepartmentID: p.Department, Title: p.Title, Head: true})
		}
		if err != nil {
			return n, err
		}
		headChanged(tx, p.Department, &from, &to)
		n++
	}
	return n, nil
}

// outstayed keeps out whoever was here for a time only, from the day after their
// last (R240).
func outstayed() job.Round {
	return job.Round{Name: "org.outstayed", Every: 10 * time.Minute, Run: func(ctx context.Context, db *tenant.DB) error {
		return db.Write(ctx, func(tx *tenant.Tx) error {
			var gone []uuid.UUID
			if err := tx.Select(ctx, &gone, `
				update members
				   set state = 'locked', reason = '使用期限已到', version = version + 1, changed_by = '', changed_at = $1, changed = '{state}'
				 where until < ($1 at time zone 'Asia/Shanghai')::date and state in ('invited', 'active')
				returning id`, tx.Now); err != nil {
				return err
			}
			for _, id := range gone {
				if err := shut(ctx, tx, id); err != nil {
					return err
				}
				tx.Audit("org.member_outstayed", "org/member/"+id.String(), nil)
			}
			return nil
		})
	}}
}

// Administrators are the members who manage everybody, for notices to them.
func Administrators(ctx context.Context, tx *tenant.Tx) ([]uuid.UUID, error) {
	return rbac.Holders(ctx, tx, Manage, nil)
}
