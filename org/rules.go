package org

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// PasswordRules are how old a password may become in a tenant, and what happens
// then: another is demanded at the next sign-in, or only advised (R247).
type PasswordRules struct {
	Days    int  `db:"days" json:"days" minimum:"30" maximum:"365"`
	Force   bool `db:"force" json:"force"`
	Version int  `db:"version" json:"version" minimum:"0"`
}

// A tenant that has said nothing has the three months of the seed (N17) and
// demands another.
const (
	passwordLife  = `coalesce((select make_interval(days => r.days) from password_rules r), interval '90 days')`
	passwordForce = `coalesce((select r.force from password_rules r), true)`
)

func showRules(ctx context.Context, tx *tenant.Tx, _ feature.None) (r PasswordRules, err error) {
	err = tx.Get(ctx, &r, `select days, force, version from password_rules`)
	if errors.Is(err, tenant.ErrNoRows) {
		return PasswordRules{Days: 90, Force: true}, nil
	}
	return r, err
}

// setRules is for whoever manages everybody.
func setRules(ctx context.Context, tx *tenant.Tx, in PasswordRules) (r PasswordRules, err error) {
	if err := rbac.Require(ctx, Manage, nil); err != nil {
		return r, err
	}
	n, err := tx.Exec(ctx, `
		insert into password_rules (days, force, changed_by, changed_at, changed)
		select $1, $2, $4, $5, '{days,force}' where $3 = 0
		on conflict on constraint password_rules_pkey do nothing`, in.Days, in.Force, in.Version, tx.Actor.Name, tx.Now)
	if err == nil && n == 0 {
		n, err = tx.Exec(ctx, `
			update password_rules set days = $1, force = $2, version = version + 1, changed_by = $4, changed_at = $5, changed = '{days,force}'
			 where version = $3`, in.Days, in.Force, in.Version, tx.Actor.Name, tx.Now)
	}
	switch {
	case err != nil:
		return r, err
	case n == 0:
		var c change
		if err := tx.Get(ctx, &c, `select version, changed_by, changed_at, changed from password_rules`); err != nil {
			return r, errors.Join(ErrStale, err)
		}
		return r, c.stale()
	}
	tx.Audit("org.password_rules", "org/rules", map[string]any{"days": in.Days, "force": in.Force})
	return showRules(ctx, tx, feature.None{})
}

// acknowledge writes down that the actor has read by what rules the account is
// used, and that it is theirs alone (R244, R350).
func acknowledge(ctx context.Context, tx *tenant.Tx, member uuid.UUID) error {
	n, err := tx.Exec(ctx, `
		insert into acknowledgements (member_id, edition, ip) values ($1, $2, $3)
		on conflict on constraint acknowledgements_pkey do nothing`, member, Edition, tx.Actor.IP)
	if err == nil && n > 0 {
		tx.Audit("org.rules_acknowledged", "org/member/"+member.String(), map[string]int{"edition": Edition})
	}
	return err
}

// unread reports whether a member still has to read the rules of use.
func unread(ctx context.Context, tx *tenant.Tx, member uuid.UUID) (is bool, err error) {
	err = tx.Get(ctx, &is, `select not exists (select from acknowledgements where member_id = $1 and edition = $2)`, member, Edition)
	return is, err
}

// stolen is what somebody says who fears for their account.
type stolen struct {
	Note string `json:"note" minLength:"1" maxLength:"200"`
}

// Validate returns the first thing wrong with the report.
func (s *stolen) Validate() error { return feature.Trim(&s.Note, "note", 200) }

// reportStolen locks the actor's own account and ends all of its sessions at
// once, whoever has them, and makes its password worthless (R246). An administrator opens it again, after a look
// at what was done with it; the wish for another password is stored with it.
// The only administrator cannot lock the tenant out.
func (h *house) reportStolen(ctx context.Context, tx *tenant.Tx, in stolen) (none feature.None, err error) {
	me := tx.Actor.Member
	if err := lock(ctx, tx, "admins"); err != nil {
		return none, err
	}
	n, err := tx.Exec(ctx, `
		update members set state = 'locked', reason = '本人报告账号可能被盗用', version = version + 1, changed_by = $2, changed_at = $3, changed = '{state}'
		 where id = $1 and state = 'active'`, me, tx.Actor.Name, tx.Now)
	if err != nil {
		return none, err
	}
	if n == 0 {
		return none, ErrState
	}
	if err := anAdmin(ctx, tx); err != nil {
		return none, err
	}
	id := tenant.NewID()
	if _, err := tx.Exec(ctx, `
		insert into password_requests (id, member_id, how, stolen, note, ip) values ($1, $2, 'page', true, $3, $4)
		on conflict (tenant_id, member_id) where state = 'open' do update set stolen = true, note = excluded.note`,
		id, me, in.Note, tx.Actor.IP); err != nil {
		return none, err
	}
	// The password that somebody may know is nobody's from now on.
	for _, s := range []string{`select platform.account_password($1, $2, false)`, `select platform.session_end($1, null, null) where $2 <> ''`} {
		if _, err := tx.Exec(ctx, s, tx.Actor.Account, h.Passwords.nobody); err != nil {
			return none, err
		}
	}
	tx.Audit("org.account_stolen", "org/member/"+me.String(), nil)
	if err := shut(ctx, tx, me); err != nil {
		return none, err
	}
	return none, h.tellAdministrators(ctx, tx, "org.account_stolen", "/org/accounts", map[string]string{"name": tx.Actor.Name})
}

// A Together is a member who is signed in from several addresses at once, which
// an account that is lent looks like (R245).
type Together struct {
	ID         uuid.UUID `json:"id"`
	Name       string    `json:"name"`
	Login      string    `json:"login"`
	Department string    `json:"department"`
	Places     []atPlace `json:"places"`
}

type atPlace struct {
	IP        string    `json:"ip"`
	UserAgent string    `json:"user_agent"`
	Since     time.Time `json:"since"`
	Seen      time.Time `json:"seen"`
}

// signedInTwice lists who is signed in from several addresses now: of five
// hundred sessions, the first.
func signedInTwice(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[Together], err error) {
	l.Items = []Together{}
	if err := rbac.Require(ctx, Manage, nil); err != nil {
		return l, err
	}
	var rows []struct {
		Member     uuid.UUID `db:"member_id"`
		Name       string    `db:"name"`
		Login      string    `db:"login"`
		Department string    `db:"department"`
		IP         string    `db:"ip"`
		UserAgent  string    `db:"user_agent"`
		Since      time.Time `db:"created_at"`
		Seen       time.Time `db:"seen_at"`
	}
	if err := tx.Select(ctx, &rows, `
		select t.member_id, m.name, m.login, coalesce(d.name, '') as department, t.ip, t.user_agent, t.created_at, t.seen_at
		  from platform.sessions_together() t
		  join members m on m.id = t.member_id
		  left join posts p on p.member_id = m.id and p.main
		  left join departments d on d.id = p.department_id
		 order by m.login, t.created_at`); err != nil {
		return l, err
	}
	for _, r := range rows {
		last := len(l.Items) - 1
		if last < 0 || l.Items[last].ID != r.Member {
			l.Items = append(l.Items, Together{ID: r.Member, Name: r.Name, Login: r.Login, Department: r.Department, Places: []atPlace{}})
			last++
		}
		l.Items[last].Places = append(l.Items[last].Places, atPlace{r.IP, r.UserAgent, r.Since, r.Seen})
	}
	return l, nil
}
