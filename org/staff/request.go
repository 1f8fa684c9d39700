package staff

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
)

// Kind is what a request for an account is among what is approved.
const Kind = "staff.account"

// A Wanted is a request that an account be opened or closed (R230, R232).
type Wanted struct {
	ID         uuid.UUID  `db:"id" json:"id"`
	Act        string     `db:"act" json:"act" enum:"open,close"`
	Person     string     `db:"person" json:"person"`
	Department string     `db:"department" json:"department"`
	Title      string     `db:"title" json:"title"`
	Kind       string     `db:"kind" json:"kind" enum:"staff,external"`
	Until      *string    `db:"until" json:"until"`
	Wanted     string     `db:"wanted" json:"wanted"`
	Reason     string     `db:"reason" json:"reason"`
	Member     *uuid.UUID `db:"member_id" json:"member_id"`
	Login      string     `db:"login" json:"login"` // of the account, once there is one
	Come       bool       `db:"come" json:"come"`   // the person has signed in
	Successor  string     `db:"successor" json:"successor"`
	State      string     `db:"state" json:"state" enum:"review,done,returned,withdrawn"`
	Case       uuid.UUID  `db:"case_id" json:"case_id"`
	Requester  uuid.UUID  `db:"requester_id" json:"requester_id"`
	By         string     `db:"requester_name" json:"by"`
	At         time.Time  `db:"at" json:"at"`
	EndedAt    *time.Time `db:"ended_at" json:"ended_at"`
}

const wantedRows = `
	select r.id, r.act, r.person, d.name as department, r.title, r.kind, r.until::text as until, r.wanted, r.reason, r.member_id,
	       coalesce(m.login, '') as login, coalesce(m.state not in ('invited'), false) as come, coalesce(s.name, '') as successor,
	       r.state, r.case_id, r.requester_id, r.requester_name, r.at, r.ended_at
	  from staff_requests r
	  join departments d on d.id = r.department_id
	  left join members m on m.id = r.member_id
	  left join members s on s.id = r.successor_id`

type requestQuery struct{ feature.Page }

// listRequests lists the requests the actor made; who manages people sees all.
func listRequests(ctx context.Context, tx *tenant.Tx, in requestQuery) (l feature.List[Wanted], err error) {
	after, err := cursor(in.After)
	if err != nil {
		return l, err
	}
	var rows []Wanted
	err = tx.Select(ctx, &rows, wantedRows+`
		 where ($1::uuid is null or r.id < $1) and ($2 or r.requester_id = $3) order by r.id desc limit $4`,
		after, rbac.From(ctx).Everywhere(org.Manage), tx.Actor.Member, in.Size()+1)
	return feature.Cut(rows, in.Size(), func(w Wanted) string { return w.ID.String() }), err
}

func findRequest(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (w Wanted, err error) {
	err = tx.Get(ctx, &w, wantedRows+` where r.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrNoRequest
	}
	return w, err
}

// concerns reports whether a request is the actor's to see: who made it, who
// manages people, and who is asked about it.
func (w Wanted) concerns(ctx context.Context, tx *tenant.Tx) (yes bool, err error) {
	if w.Requester == tx.Actor.Member || rbac.From(ctx).Everywhere(org.Manage) {
		return true, nil
	}
	err = tx.Get(ctx, &yes, `select exists (select from approval_tasks where case_id = $1 and member_id = $2)`, w.Case, tx.Actor.Member)
	return yes, err
}

func showRequest(ctx context.Context, tx *tenant.Tx, in byID) (w Wanted, err error) {
	if w, err = findRequest(ctx, tx, in.ID); err != nil {
		return w, err
	}
	yes, err := w.concerns(ctx, tx)
	if err == nil && !yes {
		err = ErrNoRequest
	}
	return w, err
}

// asking is a request to be made.
type asking struct {
	Act        string     `json:"act" enum:"open,close"`
	Person     string     `json:"person,omitempty" maxLength:"50"` // whose account is to be opened
	Department *uuid.UUID `json:"department_id,omitempty"`
	Title      string     `json:"title,omitempty" maxLength:"50"`
	Kind       string     `json:"kind,omitempty" enum:"staff,external"`
	Until      string     `json:"until,omitempty" format:"date"`
	Wanted     string     `json:"wanted,omitempty" maxLength:"200"`
	Member     *uuid.UUID `json:"member_id,omitempty"` // whose account is to be closed
	Successor  *uuid.UUID `json:"successor_id,omitempty"`
	Reason     string     `json:"reason" minLength:"1" maxLength:"200"`
}

// Validate returns the first thing wrong with the request.
func (a *asking) Validate() error {
	a.Person, a.Title, a.Wanted = strings.TrimSpace(a.Person), strings.TrimSpace(a.Title), strings.TrimSpace(a.Wanted)
	switch {
	case a.Act == "open" && a.Person == "":
		return feature.ErrMissing.On("person")
	case a.Act == "open" && a.Department == nil:
		return feature.ErrMissing.On("department_id")
	case a.Act == "close" && a.Member == nil:
		return feature.ErrMissing.On("member_id")
	case a.Until != "" && a.Kind != "external":
		return org.ErrUntil.On("until")
	}
	return feature.Trim(&a.Reason, "reason", 200)
}

// ask hands a request in: the head of the department agrees, if that is not who
// asks and no sanction keeps them from acting, and whoever sets accounts up decides; with that it is done (W24, W25).
func (s *Staff) ask(ctx context.Context, tx *tenant.Tx, in asking) (w Wanted, err error) {
	id, c := tenant.NewID(), tenant.NewID()
	if err := org.Ahead(tx, in.Until); err != nil {
		return w, err
	}
	if in.Act == "close" {
		if err := about(ctx, tx, &in); err != nil {
			return w, err
		}
	}
	if in.Kind == "" {
		in.Kind = "staff"
	}
	sum := sha256.Sum256([]byte(tenant.JSON(in)))
	hash := hex.EncodeToString(sum[:])
	_, err = tx.Exec(ctx, `
		insert into staff_requests (id, act, person, department_id, title, kind, until, wanted, reason, member_id, successor_id, hash, case_id,
		                            requester_id, requester_name, at)
		values ($1, $2, $3, $4, $5, $6, nullif($7, '')::date, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		id, in.Act, in.Person, in.Department, in.Title, in.Kind, in.Until, in.Wanted, in.Reason, in.Member, in.Successor, hash, c,
		tx.Actor.Member, tx.Actor.Name, tx.Now)
	switch tenant.Constraint(err) {
	case "staff_requests_department_fkey":
		return w, org.ErrNoSubject.On("department_id")
	case "staff_requests_member_fkey":
		return w, org.ErrNoSubject.On("member_id")
	case "staff_requests_successor_fkey":
		return w, org.ErrNoSubject.On("successor_id")
	case "staff_requests_closing_uq":
		return w, ErrRequestOpen
	}
	if err != nil {
		return w, err
	}
	sub := Submission{Case: c, Subject: id, Unit: *in.Department, Title: title(in), Hash: hash}
	if err := tx.Select(ctx, &sub.Heads, `
		select p.member_id from posts p join members m on m.id = p.member_id
		 where p.department_id = $1 and p.head and p.member_id <> $2 and m.state = 'active' and p.member_id is distinct from $3
		   and not exists (select from restricted x where x.member_id = m.id and x.permissions = '{}')`,
		in.Department, tx.Actor.Member, in.Member); err != nil {
		return w, err
	}
	if sub.Managers, err = org.Administrators(ctx, tx); err != nil {
		return w, err
	}
	tx.Audit("staff.asked", objectOf("request", id), map[string]any{"act": in.Act, "department": in.Department, "member": in.Member})
	if err := s.Submit(ctx, tx, sub); err != nil {
		return w, err
	}
	return findRequest(ctx, tx, id)
}

// title is what a request is called in the lists of those who decide.
func title(in asking) string {
	if in.Act == "close" {
		return "注销账号：" + in.Person
	}
	return "开通账号：" + in.Person
}

// about fills in whose account is to be closed, and looks at who takes over.
func about(ctx context.Context, tx *tenant.Tx, in *asking) error {
	who, err := personOf(ctx, tx, *in.Member)
	if errors.Is(err, org.ErrNoMember) || err == nil && who.State == "left" {
		return org.ErrNoSubject.On("member_id")
	}
	if err != nil {
		return err
	}
	in.Person, in.Title = who.Name, who.Title
	var main []uuid.UUID
	if err := tx.Select(ctx, &main, `select department_id from posts where member_id = $1 and main`, who.ID); err != nil {
		return err
	}
	if len(main) == 0 {
		return org.ErrNoSubject.On("member_id")
	}
	in.Department = &main[0]
	if in.Successor == nil {
		return nil
	}
	heir, err := personOf(ctx, tx, *in.Successor)
	if err != nil || heir.State != "active" || heir.ID == who.ID {
		return ErrSuccessor.On("successor_id")
	}
	return nil
}

// currentRequest returns what a request says; it is never changed.
func currentRequest(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (hash string, err error) {
	err = tx.Get(ctx, &hash, `select hash from staff_requests where id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrNoRequest
	}
	return hash, err
}

// decided does what was approved, in the transaction that approves it, and tells
// who asked: what was applied, and how long that took, is on record (R261).
func (s *Staff) decided(ctx context.Context, tx *tenant.Tx, d feature.Decision) error {
	w, err := findRequest(ctx, tx, d.Subject)
	if err != nil {
		return err
	}
	state := d.Outcome
	if state == "approved" {
		state = "done"
	}
	n, err := tx.Exec(ctx, `update staff_requests set state = $2, ended_at = $3 where id = $1 and state = 'review'`, w.ID, state, tx.Now)
	if err != nil || n == 0 {
		return err
	}
	if state == "done" {
		if err := s.carryOut(ctx, tx, w); err != nil {
			return err
		}
	}
	tx.Audit("staff.request_"+state, objectOf("request", w.ID), map[string]any{"act": w.Act, "minutes": int(tx.Now.Sub(w.At).Minutes())})
	return s.tell(ctx, tx, []uuid.UUID{w.Requester}, "staff.request_"+state, "/org/requests?request="+w.ID.String(),
		map[string]string{"person": w.Person, "act": w.Act})
}

// carryOut opens or closes the account.
func (s *Staff) carryOut(ctx context.Context, tx *tenant.Tx, w Wanted) error {
	var r struct {
		Department uuid.UUID  `db:"department_id"`
		Successor  *uuid.UUID `db:"successor_id"`
	}
	if err := tx.Get(ctx, &r, `select department_id, successor_id from staff_requests where id = $1`, w.ID); err != nil {
		return err
	}
	if w.Act == "close" {
		_, err := s.depart(ctx, tx, going{ID: *w.Member, Reason: w.Reason, Successor: r.Successor})
		return err
	}
	login, err := org.FreeLogin(ctx, tx, w.Person, nil)
	if err != nil {
		return err
	}
	if login == "" {
		login = "u" + strings.ReplaceAll(w.ID.String()[24:], "-", "")
	}
	n := org.NewMember{Login: login, Name: w.Person, DepartmentID: r.Department, Title: w.Title, Kind: w.Kind}
	if w.Until != nil {
		n.Until = *w.Until
	}
	member, err := org.Invite(ctx, tx, n)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update staff_requests set member_id = $2 where id = $1`, w.ID, member)
	return err
}

// slipOf gives who asked what the person needs to come in: the login and a link
// that works once (R233). It can be had again until they have come.
func slipOf(ctx context.Context, d feature.Deps, _ *feature.Client, in byID) (out Slip, err error) {
	err = d.DB.Write(ctx, func(tx *tenant.Tx) error {
		w, err := findRequest(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		if w.Requester != tx.Actor.Member && !rbac.From(ctx).Everywhere(org.Manage) {
			return ErrNoRequest
		}
		if w.Act != "open" || w.State != "done" || w.Member == nil || w.Come {
			return ErrNotYet
		}
		out = Slip{Name: w.Person, Login: w.Login, Department: w.Department}
		tx.Audit("staff.slip_made", objectOf("request", w.ID), nil)
		out.Token, err = org.Link(ctx, tx, *w.Member)
		return err
	})
	return out, err
}
