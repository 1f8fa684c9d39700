package org

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// A Member is a person as a tenant knows them.
type Member struct {
	ID      uuid.UUID `db:"id" json:"id"`
	Name    string    `db:"name" json:"name"`
	Login   string    `db:"login" json:"login"`
	State   string    `db:"state" json:"state" enum:"invited,active,locked,left"`
	Kind    string    `db:"kind" json:"kind" enum:"staff,external"`
	Until   *string   `db:"until" json:"until"` // the last day of somebody who is here for a time (R240)
	Posts   []Post    `db:"-" json:"posts"`
	Version int       `db:"version" json:"version"`
}

const memberColumns = `m.id, m.name, m.login, m.state, m.kind, m.until::text as until, m.version`

type memberQuery struct {
	feature.Page
	Department *uuid.UUID `json:"-" query:"department"`
	Q          string     `json:"-" query:"q"`
}

// memberList asks for the members of a tenant.
type memberList struct{ memberQuery }

// Sorts are what members may be sorted by.
func (memberList) Sorts() []string { return memberOrder.Names() }

// listMembers lists the members the actor manages.
func listMembers(ctx context.Context, tx *tenant.Tx, in memberList) (l feature.List[Member], err error) {
	at, err := memberOrder.Read(in.Page)
	if err != nil {
		return l, err
	}
	r := rbac.From(ctx)
	args := feature.Args{in.Department, in.Q, r.Everywhere(Manage), tenant.Array(r.Scopes(Manage))}
	query := `
		select ` + memberColumns + `
		  from members m
		 where ($1::uuid is null or exists (
		         select from posts p join departments d on d.id = p.department_id
		          where p.member_id = m.id and $1 = any (d.path)))
		   and ($2 = '' or strpos(m.name, $2) > 0 or strpos(m.login, lower($2)) > 0)
		   and ($3 or exists (select from posts p join departments d on d.id = p.department_id
		                       where p.member_id = m.id and d.path && $4::uuid[]))
		   and ` + at.After(args.Add) + ` order by ` + at.By() + ` limit ` + in.Rows()
	var ms []Member
	if err = tx.Select(ctx, &ms, query, args...); err != nil {
		return l, err
	}
	l = feature.Cut(ms, in.Size(), at.Cursor)
	return l, withPosts(ctx, tx, l.Items)
}

// cursor reads where a list goes on: after the row with this id.
func cursor(after string) (*uuid.UUID, error) {
	if after == "" {
		return nil, nil
	}
	id, err := uuid.Parse(after)
	if err != nil {
		return nil, feature.ErrMalformed.On("after")
	}
	return &id, nil
}

func findMember(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (m Member, err error) {
	err = tx.Get(ctx, &m, `select `+memberColumns+` from members m where m.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return m, ErrNoMember
	}
	if err != nil {
		return m, err
	}
	one := []Member{m}
	err = withPosts(ctx, tx, one)
	return one[0], err
}

// NewMember is a member to be made. With a Hash of a password they know they
// are at once active; MustChange makes them choose another first.
type NewMember struct {
	Login, Name  string
	DepartmentID uuid.UUID
	Title        string
	Head         bool
	Hash         string
	MustChange   bool
	Kind         string // "external" for who is not staff (R240); "staff" if empty
	Until        string // the last day of an external, YYYY-MM-DD; without end if empty
}

// AddMember makes a member with an account of their own and a main post, and
// returns the member's id.
func AddMember(ctx context.Context, tx *tenant.Tx, n NewMember) (uuid.UUID, error) {
	c := candidate{Member: tenant.NewID(), Account: tenant.NewID(), Name: n.Name}
	state := "active"
	if n.MustChange {
		state = "invited"
	}
	if err := insertMember(ctx, tx, c, n, state); err != nil {
		return uuid.Nil, err
	}
	err := account(ctx, tx, c, AdminSpec{Name: n.Name, Hash: n.Hash, mustChange: n.MustChange})
	if err != nil {
		return uuid.Nil, err
	}
	tx.Audit("org.member_made", "org/member/"+c.Member.String(), map[string]string{"login": n.Login, "name": n.Name})
	return c.Member, seat(ctx, tx, c.Member, Seat{DepartmentID: n.DepartmentID, Title: n.Title, Main: true, Head: n.Head})
}

func insertMember(ctx context.Context, tx *tenant.Tx, c candidate, n NewMember, state string) error {
	if !loginForm.MatchString(n.Login) {
		return feature.ErrMalformed.On("login")
	}
	_, err := tx.Exec(ctx, `
		insert into members (id, account_id, login, name, state, kind,                              until,              changed_by)
		     values         ($1, $2,         $3,    $4,   $5,    coalesce(nullif($6, ''), 'staff'), nullif($7, '')::date, $8)`,
		c.Member, tenant.Optional(c.Account), n.Login, c.Name, state, n.Kind, n.Until, tx.Actor.Name)
	switch tenant.Constraint(err) {
	case "members_login_uq":
		return ErrLogin.On("login")
	case "members_account_uq":
		return ErrMemberHere
	case "members_until_external":
		return ErrUntil.On("until")
	}
	return err
}

// newMember is what a client may say of a member to be made.
type newMember struct {
	Name         string    `json:"name" minLength:"1" maxLength:"50"`
	Login        string    `json:"login" minLength:"2" maxLength:"32" pattern:"^[a-z][a-z0-9._-]+$"`
	DepartmentID uuid.UUID `json:"department_id"`
	Title        string    `json:"title" maxLength:"50"`
	Head         bool      `json:"head"`
	Kind         string    `json:"kind,omitempty" enum:"staff,external"`
	Until        string    `json:"until,omitempty" format:"date"`
}

// Validate returns the first thing wrong with the member.
func (n *newMember) Validate() error {
	if n.Until != "" && n.Kind != "external" {
		return ErrUntil.On("until")
	}
	return feature.Trim(&n.Name, "name", 50)
}

type madeMember struct {
	Member   Member `json:"member"`
	Password string `json:"one_time_password"`
}

// addMember is a door and not a write because its answer, which holds a
// password, must not be kept.
func (h *house) addMember(ctx context.Context, d feature.Deps, _ *feature.Client, in newMember) (made madeMember, err error) {
	made.Password = OneTime()
	hash, err := h.Passwords.Hash(ctx, made.Password)
	if err != nil {
		return made, err
	}
	err = d.DB.Write(ctx, func(tx *tenant.Tx) error {
		if err := managesThere(ctx, tx, &in.DepartmentID, "department_id"); err != nil {
			return err
		}
		if err := Ahead(tx, in.Until); err != nil {
			return err
		}
		id, err := AddMember(ctx, tx, NewMember{Login: in.Login, Name: in.Name, DepartmentID: in.DepartmentID,
			Title: in.Title, Head: in.Head, Hash: hash, MustChange: true, Kind: in.Kind, Until: in.Until})
		if err != nil {
			return err
		}
		made.Member, err = findMember(ctx, tx, id)
		return err
	})
	return made, err
}

type because struct {
	ID     uuid.UUID `json:"-" path:"id"`
	Reason string    `json:"reason" minLength:"1" maxLength:"200"`
}

// Validate returns the first thing wrong with the reason.
func (b *because) Validate() error { return feature.Trim(&b.Reason, "reason", 200) }

func lockMember(ctx context.Context, tx *tenant.Tx, in because) (none feature.None, err error) {
	if err := Manages(ctx, tx, in.ID); err != nil {
		return none, err
	}
	if err := turn(ctx, tx, in.ID, "locked", in.Reason, "invited", "active"); err != nil {
		return none, err
	}
	if err := shut(ctx, tx, in.ID); err != nil {
		return none, err
	}
	tx.Audit("org.member_locked", "org/member/"+in.ID.String(), map[string]string{"reason": in.Reason})
	return none, anAdmin(ctx, tx)
}

// unlockMember lets somebody in again; whose last day is over, once they have
// another, or the next round would lock them again (R240).
func unlockMember(ctx context.Context, tx *tenant.Tx, in byID) (none feature.None, err error) {
	if err := Manages(ctx, tx, in.ID); err != nil {
		return none, err
	}
	m, err := findMember(ctx, tx, in.ID)
	if err != nil {
		return none, err
	}
	if Ahead(tx, m.last()) != nil {
		return none, ErrOutstayed
	}
	if err := turn(ctx, tx, in.ID, "active", "", "locked"); err != nil {
		return none, err
	}
	// Whoever has no account yet still comes by a link.
	if _, err := tx.Exec(ctx, `update members set state = 'invited' where id = $1 and account_id is null`, in.ID); err != nil {
		return none, err
	}
	tx.Audit("org.member_unlocked", "org/member/"+in.ID.String(), nil)
	_, err = tx.Exec(ctx, `select platform.membership_set($1, true)`, in.ID)
	return none, err
}

// leaveMember lets a member go for good: their posts and rights end, and the
// account, which is the person's own, is no longer one of this tenant.
func leaveMember(ctx context.Context, tx *tenant.Tx, in because) (none feature.None, err error) {
	if err := turn(ctx, tx, in.ID, "left", in.Reason, "invited", "active", "locked"); err != nil {
		return none, err
	}
	if err := shut(ctx, tx, in.ID); err != nil {
		return none, err
	}
	if err := lock(ctx, tx, "departments"); err != nil {
		return none, err
	}
	if err := resigns(ctx, tx, in.ID, nil); err != nil {
		return none, err
	}
	for _, s := range []string{
		`select platform.membership_remove($1)`,
		`update members set account_id = null where id = $1`,
		`delete from posts where member_id = $1`,
	} {
		if _, err := tx.Exec(ctx, s, in.ID); err != nil {
			return none, err
		}
	}
	if err := takeAll(ctx, tx, in.ID); err != nil {
		return none, err
	}
	tx.Audit("org.member_left", "org/member/"+in.ID.String(), map[string]string{"reason": in.Reason})
	if err := bind(ctx, tx, in.ID); err != nil {
		return none, err
	}
	return none, anAdmin(ctx, tx)
}

// turn changes the state of somebody else, if it is one of from.
func turn(ctx context.Context, tx *tenant.Tx, id uuid.UUID, to, reason string, from ...string) error {
	if id == tx.Actor.Member {
		return ErrSelf
	}
	if err := lock(ctx, tx, "admins"); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `
		update members
		   set state = $2, reason = $3, version = version + 1, changed_by = $5, changed_at = $6, changed = '{state}'
		 where id = $1 and state = any ($4)`,
		id, to, reason, tenant.Array(from), tx.Actor.Name, tx.Now)
	if err != nil || n > 0 {
		return err
	}
	m, err := findMember(ctx, tx, id)
	if err != nil {
		return err
	}
	return ErrState.With("state", m.State)
}

// shut keeps a member out from now on.
func shut(ctx context.Context, tx *tenant.Tx, id uuid.UUID) error {
	if _, err := tx.Exec(ctx, `select platform.membership_set($1, false)`, id); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `select platform.member_sessions_end($1)`, id)
	return err
}

// accountIn returns the account of somebody else who is in one of the states.
func accountIn(ctx context.Context, tx *tenant.Tx, id uuid.UUID, states ...string) (account uuid.UUID, err error) {
	if id == tx.Actor.Member {
		return account, ErrSelf
	}
	var m struct {
		State   string     `db:"state"`
		Account *uuid.UUID `db:"account_id"`
	}
	err = tx.Get(ctx, &m, `select state, account_id from members where id = $1`, id)
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return account, ErrNoMember
	case err != nil:
		return account, err
	case m.Account == nil || !slices.Contains(states, m.State):
		return account, ErrState.With("state", m.State)
	}
	return *m.Account, nil
}

type madeLink struct {
	Token string `json:"token"`
}

// linkMember makes a link by which an invited member comes with an account
// they have elsewhere, or chooses the password of a new one.
func (h *house) linkMember(ctx context.Context, d feature.Deps, _ *feature.Client, in byID) (out madeLink, err error) {
	return out, d.DB.Write(ctx, func(tx *tenant.Tx) error {
		if err := Manages(ctx, tx, in.ID); err != nil {
			return err
		}
		if in.ID == tx.Actor.Member {
			return ErrSelf
		}
		out.Token, err = Link(ctx, tx, in.ID)
		return err
	})
}
