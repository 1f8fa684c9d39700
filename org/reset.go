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

// What can go wrong with requests for another password.
var (
	ErrNoRequest = fault.New(fault.NotFound, "org.request_not_found")
	ErrAnswered  = fault.New(fault.Conflict, "org.request_answered")
	ErrReused    = fault.New(fault.Invalid, "org.password_reused")
	ErrUnread    = fault.New(fault.Invalid, "org.rules_unread")
)

// Edition is which rules of use are acknowledged now (R244, R350); another text
// is another edition, and asks again.
const Edition = 1

// A PasswordRequest is somebody's own wish for another password.
type PasswordRequest struct {
	ID         uuid.UUID  `db:"id" json:"id"`
	Member     uuid.UUID  `db:"member_id" json:"member_id"`
	Name       string     `db:"name" json:"name"`
	Login      string     `db:"login" json:"login"`
	Department string     `db:"department" json:"department"`
	How        string     `db:"how" json:"how" enum:"page,person,phone,written"`
	Stolen     bool       `db:"stolen" json:"stolen"`
	Note       string     `db:"note" json:"note"`
	IP         string     `db:"ip" json:"ip"`
	State      string     `db:"state" json:"state" enum:"open,granted,refused"`
	Reason     string     `db:"reason" json:"reason"`
	At         time.Time  `db:"at" json:"at"`
	DecidedBy  string     `db:"decided_by" json:"decided_by"`
	DecidedAt  *time.Time `db:"decided_at" json:"decided_at"`
	Reset      *uuid.UUID `db:"reset_id" json:"-"`
	Sought     *Sought    `db:"-" json:"consent"` // of the other units the account belongs to; null: not asked for
}

const requestRows = `
	select r.id, r.member_id, m.name, m.login, coalesce(d.name, '') as department, r.how, r.stolen, r.note, r.ip, r.state,
	       r.reason, r.at, r.decided_by, r.decided_at, r.reset_id
	  from password_requests r
	  join members m on m.id = r.member_id
	  left join posts p on p.member_id = m.id and p.main
	  left join departments d on d.id = p.department_id`

type requestQuery struct {
	feature.Page
	State string `json:"-" query:"state"`
}

// Validate refuses states there are not.
func (q requestQuery) Validate() error {
	switch q.State {
	case "", "open", "granted", "refused":
		return nil
	}
	return feature.ErrChoice.On("state")
}

func listRequests(ctx context.Context, tx *tenant.Tx, q requestQuery) (l feature.List[PasswordRequest], err error) {
	after, err := cursor(q.After)
	if err != nil {
		return l, err
	}
	r := rbac.From(ctx)
	var rows []PasswordRequest
	err = tx.Select(ctx, &rows, requestRows+`
		 where ($1 = '' or r.state = $1) and ($2::uuid is null or r.id < $2) and ($3 or d.path && $4::uuid[])
		 order by r.id desc limit $5`, q.State, after, r.Everywhere(Manage), tenant.Array(r.Scopes(Manage)), q.Size()+1)
	if err != nil {
		return l, err
	}
	l = feature.Cut(rows, q.Size(), func(r PasswordRequest) string { return r.ID.String() })
	all, err := SoughtFor(ctx, tx, ResetPassword)
	for i, r := range l.Items {
		if r.Reset == nil {
			continue
		}
		if s, ok := all[*r.Reset]; ok {
			l.Items[i].Sought = &s
		}
	}
	return l, err
}

// forgotten is what somebody says at the door who cannot come in.
type forgotten struct {
	Tenant string `json:"tenant" minLength:"1" maxLength:"64"`
	Login  string `json:"login" minLength:"1" maxLength:"64"`
	Stolen bool   `json:"stolen,omitempty"`
	Note   string `json:"note,omitempty" maxLength:"200"`
}

// askReset stores that somebody wants another password (R249). Whether there is
// such a person is answered to nobody, and asking counts at the address like a
// sign-in that failed (AN-03, AN-04).
func (h *house) askReset(ctx context.Context, d feature.Deps, cl *feature.Client, in forgotten) (none feature.None, err error) {
	wait, err := Members.Wait(ctx, d.DB, cl.IP)
	if err != nil {
		return none, err
	}
	if wait > 0 {
		return none, Away(wait)
	}
	t, err := tenantBySlug(ctx, d.DB, in.Tenant)
	if errors.Is(err, ErrNoTenant) {
		return none, d.DB.Public(ctx, func(tx *tenant.Tx) error {
			_, err := Members.Failed(ctx, tx, cl.IP)
			return err
		})
	}
	if err != nil {
		return none, err
	}
	ctx = tenant.As(ctx, tenant.Actor{Tenant: t.ID, IP: cl.IP, Request: tenant.Request(ctx)})
	return none, d.DB.Write(ctx, func(tx *tenant.Tx) error {
		if _, err := Members.Failed(ctx, tx, cl.IP); err != nil {
			return err
		}
		id := tenant.NewID()
		n, err := tx.Exec(ctx, `
			insert into password_requests (id, member_id, how, stolen, note, ip)
			select $1, id, 'page', $3, $4, $5 from members where login = $2 and state in ('active', 'locked') and account_id is not null
			on conflict (tenant_id, member_id) where state = 'open' do nothing`,
			id, strings.ToLower(strings.TrimSpace(in.Login)), in.Stolen, strings.TrimSpace(in.Note), cl.IP)
		if err != nil || n == 0 {
			return err
		}
		tx.Audit("org.reset_asked", "org/request/"+id.String(), map[string]bool{"stolen": in.Stolen})
		return h.tellAdministrators(ctx, tx, "org.reset_asked", "/org/accounts", map[string]string{"login": in.Login})
	})
}

// tellAdministrators sends a notice to those who manage everybody.
func (h *house) tellAdministrators(ctx context.Context, tx *tenant.Tx, code, href string, params map[string]string) error {
	if h.Tell == nil {
		return nil
	}
	to, err := Administrators(ctx, tx)
	if err != nil || len(to) == 0 {
		return err
	}
	return h.Tell(ctx, tx, to, code, href, params)
}

// asking is how somebody asked who did not ask at the door.
type asking struct {
	ID   uuid.UUID `json:"-" path:"id"`
	How  string    `json:"how,omitempty" enum:"person,phone,written"`
	Note string    `json:"note,omitempty" maxLength:"200"`
}

// A madeReset is a link, or that the other units have been asked.
type madeReset struct {
	Token  string  `json:"token"`   // empty: the consent of the other units is waited for
	Sought *Sought `json:"consent"` // of the other units; null: the link is made
}

// resetMember makes the link by which a member chooses another password, upon
// their own request alone (R251): the one that is stored, or one whose way and
// circumstances the administrator puts on record. Nobody but the member learns
// the password. Of an account that has other tenants the administrators of each
// are asked first, and once all have consented this makes the link: the word of
// one must not open the doors of another.
func (h *house) resetMember(ctx context.Context, d feature.Deps, _ *feature.Client, in asking) (out madeReset, err error) {
	token := NewToken()
	err = d.DB.Write(ctx, func(tx *tenant.Tx) error {
		out = madeReset{}
		if err := Manages(ctx, tx, in.ID); err != nil {
			return err
		}
		account, err := accountIn(ctx, tx, in.ID, "invited", "active")
		if err != nil {
			return err
		}
		r, err := stored(ctx, tx, in)
		if err != nil {
			return err
		}
		m, err := findMember(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		if out, err = handOut(ctx, tx, Stuck{ID: m.ID, Name: m.Name, Login: m.Login, Account: account}, r, token); err != nil || out.Token == "" {
			return err
		}
		tx.Audit("org.reset_granted", "org/member/"+in.ID.String(), map[string]uuid.UUID{"request": r.ID})
		return nil
	})
	return out, err
}

// handOut makes the link for which a request asks and closes the request, or asks
// the other units of the account first.
func handOut(ctx context.Context, tx *tenant.Tx, who Stuck, r PasswordRequest, token string) (out madeReset, err error) {
	var made bool
	if err := tx.Get(ctx, &made, `select platform.reset_create($1, $2, $3, $4, $5, $6)`,
		tenant.NewID(), TokenHash(token), who.Account, who.ID, who.Login, who.Name); err != nil {
		return out, err
	}
	if !made {
		s, err := Seek(ctx, tx, ResetPassword, who.ID, r.How, r.Note)
		if err != nil {
			return out, err
		}
		_, err = tx.Exec(ctx, `update password_requests set reset_id = $2 where id = $1 and state = 'open'`, r.ID, s.ID)
		return madeReset{Sought: &s}, err
	}
	return madeReset{Token: token}, answer(ctx, tx, r.ID, "granted", "")
}

// stored returns the member's open request, which it puts on record if they did
// not ask at the door.
func stored(ctx context.Context, tx *tenant.Tx, in asking) (r PasswordRequest, err error) {
	const open = `select id, how, note from password_requests where member_id = $1 and state = 'open'`
	err = tx.Get(ctx, &r, open, in.ID)
	if errors.Is(err, tenant.ErrNoRows) {
		if err := record(ctx, tx, in); err != nil {
			return r, err
		}
		err = tx.Get(ctx, &r, open, in.ID) // which somebody else may have put there at the same time
	}
	return r, err
}

// record writes down how somebody asked for another password who did not do so
// at the door.
func record(ctx context.Context, tx *tenant.Tx, in asking) error {
	note := strings.TrimSpace(in.Note)
	switch {
	case in.How == "":
		return ErrNotAsked
	case note == "":
		return feature.ErrMissing.On("note")
	}
	id := tenant.NewID()
	n, err := tx.Exec(ctx, `
		insert into password_requests (id, member_id, how, note) values ($1, $2, $3, $4)
		on conflict (tenant_id, member_id) where state = 'open' do nothing`, id, in.ID, in.How, note)
	if err == nil && n > 0 {
		tx.Audit("org.reset_recorded", "org/request/"+id.String(), map[string]any{"member": in.ID, "how": in.How})
	}
	return err
}

// answer closes a request, which is open.
func answer(ctx context.Context, tx *tenant.Tx, id uuid.UUID, state, reason string) error {
	n, err := tx.Exec(ctx, `
		update password_requests set state = $2, reason = $3, decided_by = $4, decided_at = $5 where id = $1 and state = 'open'`,
		id, state, reason, tx.Actor.Name, tx.Now)
	if err == nil && n == 0 {
		err = ErrAnswered
	}
	return err
}

// refuseRequest says no to a wish for another password, and why. What other units
// were asked for it is taken back.
func refuseRequest(ctx context.Context, tx *tenant.Tx, in because) (none feature.None, err error) {
	var r PasswordRequest
	err = tx.Get(ctx, &r, `select member_id, reset_id from password_requests where id = $1`, in.ID)
	if errors.Is(err, tenant.ErrNoRows) {
		return none, ErrNoRequest
	}
	if err != nil {
		return none, err
	}
	if err := Manages(ctx, tx, r.Member); err != nil {
		return none, err
	}
	if err := Unseek(ctx, tx, r.Reset); err != nil {
		return none, err
	}
	tx.Audit("org.reset_refused", "org/request/"+in.ID.String(), map[string]string{"reason": in.Reason})
	return none, answer(ctx, tx, in.ID, "refused", in.Reason)
}

// choose is the new password of whoever holds a link for it.
type choose struct {
	Token    string `json:"token" minLength:"1" maxLength:"64"`
	Password string `json:"password" minLength:"1" maxLength:"128"`
	Agreed   bool   `json:"agreed,omitempty"` // the rules of use have been read; demanded of whoever has not said so before
}

// reset uses a link up: the password is the person's own choice, every session
// ends, and they sign in with it like anybody. Who comes for the first time so
// acknowledges the rules of use like anybody, too (R244, R350).
func (h *house) reset(ctx context.Context, d feature.Deps, cl *feature.Client, in choose) (none feature.None, err error) {
	l, err := findLink(ctx, d.DB, in.Token)
	if err != nil {
		return none, err
	}
	if l.Kind != "reset" || l.MemberID == nil {
		return none, ErrLink
	}
	if err := CheckPassword(in.Password, l.Login); err != nil {
		return none, ErrWeakPassword.On("password")
	}
	news, err := l.unread(ctx, d.DB, cl.IP)
	if err != nil {
		return none, err
	}
	if news && !in.Agreed {
		return none, ErrUnread.On("agreed")
	}
	there := l.there(ctx, cl.IP)
	c, err := findCandidate(there, d.DB, l.Login)
	if err != nil {
		return none, err
	}
	if err := h.fresh(there, d.DB, c, in.Password); err != nil {
		return none, err
	}
	hash, err := h.Passwords.Hash(ctx, in.Password)
	if err != nil {
		return none, err
	}
	return none, d.DB.Write(there, func(tx *tenant.Tx) error {
		var used bool
		if err := tx.Get(there, &used, `select platform.activation_use($1)`, l.hash); err != nil {
			return err
		}
		if !used || c.Account == uuid.Nil {
			return ErrLink
		}
		for _, s := range []string{`select platform.account_password($1, $2, false)`, `select platform.session_end($1, null, null) where $2 <> ''`,
			`update members set state = 'active' where account_id = $1 and state = 'invited' and $2 <> ''`} { // with that they have come
			if _, err := tx.Exec(there, s, c.Account, hash); err != nil {
				return err
			}
		}
		tx.Audit("org.password_reset", "org/member/"+l.MemberID.String(), nil)
		if in.Agreed {
			return acknowledge(there, tx, *l.MemberID)
		}
		return nil
	})
}

// fresh returns ErrReused if a password is the account's own or one of the four
// before it.
func (h *house) fresh(ctx context.Context, db *tenant.DB, c candidate, password string) error {
	var past []string
	if err := db.Read(ctx, func(tx *tenant.Tx) error {
		return tx.Select(ctx, &past, `select platform.account_past($1)`, c.Account)
	}); err != nil {
		return err
	}
	for _, hash := range append(past, c.Hash) {
		same, err := h.Passwords.Verify(ctx, password, hash)
		if err != nil {
			return err
		}
		if same {
			return ErrReused.On("password")
		}
	}
	return nil
}
