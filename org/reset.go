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
}

const requestRows = `
	select r.id, r.member_id, m.name, m.login, coalesce(d.name, '') as department, r.how, r.stolen, r.note, r.ip, r.state,
	       r.reason, r.at, r.decided_by, r.decided_at
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
	return feature.Cut(rows, q.Size(), func(r PasswordRequest) string { return r.ID.String() }), err
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

// consent is how somebody asked who did not ask at the door.
type consent struct {
	ID   uuid.UUID `json:"-" path:"id"`
	How  string    `json:"how,omitempty" enum:"person,phone,written"`
	Note string    `json:"note,omitempty" maxLength:"200"`
}

// resetMember makes the link by which a member chooses another password, upon
// their own request alone (R251): the one that is stored, or one whose way and
// circumstances the administrator puts on record. Nobody but the member learns
// the password. It is refused for an account that has another tenant: its
// administrator's word must not open the other's doors.
func (h *house) resetMember(ctx context.Context, d feature.Deps, _ *feature.Client, in consent) (out madeLink, err error) {
	out.Token = NewToken()
	return out, d.DB.Write(ctx, func(tx *tenant.Tx) error {
		if err := Manages(ctx, tx, in.ID); err != nil {
			return err
		}
		account, err := accountIn(ctx, tx, in.ID, "invited", "active")
		if err != nil {
			return err
		}
		var request uuid.UUID
		err = tx.Get(ctx, &request, `select id from password_requests where member_id = $1 and state = 'open'`, in.ID)
		if errors.Is(err, tenant.ErrNoRows) {
			request, err = record(ctx, tx, in)
		}
		if err != nil {
			return err
		}
		m, err := findMember(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		var made bool
		if err := tx.Get(ctx, &made, `select platform.reset_create($1, $2, $3, $4, $5, $6)`,
			tenant.NewID(), TokenHash(out.Token), account, m.ID, m.Login, m.Name); err != nil {
			return err
		}
		if !made {
			return ErrShared
		}
		tx.Audit("org.reset_granted", "org/member/"+in.ID.String(), map[string]uuid.UUID{"request": request})
		return answer(ctx, tx, request, "granted", "")
	})
}

// record writes down how somebody asked for another password who did not do so
// at the door.
func record(ctx context.Context, tx *tenant.Tx, in consent) (id uuid.UUID, err error) {
	note := strings.TrimSpace(in.Note)
	switch {
	case in.How == "":
		return id, ErrNotAsked
	case note == "":
		return id, feature.ErrMissing.On("note")
	}
	id = tenant.NewID()
	_, err = tx.Exec(ctx, `insert into password_requests (id, member_id, how, note) values ($1, $2, $3, $4)`, id, in.ID, in.How, note)
	tx.Audit("org.reset_recorded", "org/request/"+id.String(), map[string]any{"member": in.ID, "how": in.How})
	return id, err
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

// refuseRequest says no to a wish for another password, and why.
func refuseRequest(ctx context.Context, tx *tenant.Tx, in because) (none feature.None, err error) {
	var member uuid.UUID
	err = tx.Get(ctx, &member, `select member_id from password_requests where id = $1`, in.ID)
	if errors.Is(err, tenant.ErrNoRows) {
		return none, ErrNoRequest
	}
	if err != nil {
		return none, err
	}
	if err := Manages(ctx, tx, member); err != nil {
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
