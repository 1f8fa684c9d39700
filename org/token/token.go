// Package token lets programs act for a member: with a token that says what it
// may at most, for how long, and whether it may change anything.
//
// A token never does more than its member could at that moment, and never what is
// a person's own: signing in, passwords, second factors, tokens. It is dead with
// the password it was made under, with the membership, and with its day.
package token

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
)

// What can go wrong here.
var (
	ErrNoToken = fault.New(fault.NotFound, "token.not_found")
	ErrBeyond  = fault.New(fault.Invalid, "token.beyond_own").On("permissions")
	ErrDays    = fault.New(fault.Invalid, "token.days").On("days")
	ErrMany    = fault.New(fault.Conflict, "token.too_many")
	ErrNotHere = fault.New(fault.Forbidden, "token.not_here")
	ErrReads   = fault.New(fault.Forbidden, "token.read_only")
	ErrScope   = fault.New(fault.Forbidden, "token.out_of_scope")
)

// Prefix begins every token, so that one that lies about is recognised.
const Prefix = "hetu_"

const (
	most    = 20  // living tokens of one member
	longest = 366 // days a token lives
)

// Find is how sessions made of tokens are found (see org.SessionsOf): as alive
// only while member, account and tenant are.
func Find(db *tenant.DB) org.Finder {
	return func(ctx context.Context, hash []byte) (who org.Identity, err error) {
		var row struct {
			ID       uuid.UUID    `db:"id"`
			Account  uuid.UUID    `db:"account_id"`
			Tenant   uuid.UUID    `db:"tenant_id"`
			Member   uuid.UUID    `db:"member_id"`
			Person   string       `db:"person"`
			Name     string       `db:"name"`
			Allowed  tenant.Texts `db:"permissions"`
			ReadOnly bool         `db:"read_only"`
		}
		err = db.Public(ctx, func(tx *tenant.Tx) error {
			return tx.Get(ctx, &row, `
				select id, account_id, tenant_id, member_id, person, name, permissions, read_only from platform.token_find($1)`, hash)
		})
		limits := &org.Limits{ReadOnly: row.ReadOnly}
		for _, p := range row.Allowed {
			limits.Permissions = append(limits.Permissions, rbac.Permission(p))
		}
		return org.Identity{Limits: limits, Actor: tenant.Actor{Tenant: row.Tenant, Member: row.Member, Account: row.Account,
			Session: row.ID, Name: row.Person + " · " + row.Name}}, err
	}
}

// A Token is what is known of a token besides itself.
type Token struct {
	ID          uuid.UUID    `db:"id" json:"id"`
	Member      uuid.UUID    `db:"member_id" json:"member_id"`
	Person      string       `db:"person" json:"person"`
	Name        string       `db:"name" json:"name"`
	Permissions tenant.Texts `db:"permissions" json:"permissions"`
	ReadOnly    bool         `db:"read_only" json:"read_only"`
	CreatedAt   time.Time    `db:"created_at" json:"created_at"`
	ExpiresAt   time.Time    `db:"expires_at" json:"expires_at"`
	UsedAt      *time.Time   `db:"used_at" json:"used_at"`
	EndedAt     *time.Time   `db:"ended_at" json:"ended_at"`
	EndedWhy    string       `db:"ended_why" json:"ended_why" enum:",self,admin,password,second,member"`
	Alive       bool         `db:"alive" json:"alive"`
}

const tokenRows = `
	select k.id, k.member_id, m.name as person, k.name, k.permissions, k.read_only, k.created_at, k.expires_at, k.used_at,
	       k.ended_at, k.ended_why, k.ended_at is null and k.expires_at > now() as alive
	  from platform.token_list($1) k join members m on m.id = k.member_id
	 order by alive desc, k.created_at desc, k.id desc limit 500`

func listMine(ctx context.Context, tx *tenant.Tx, _ feature.None) (feature.List[Token], error) {
	return listOf(ctx, tx, &tx.Actor.Member)
}

// listAll lists the tokens of everybody, for whoever looks after people.
func listAll(ctx context.Context, tx *tenant.Tx, _ feature.None) (feature.List[Token], error) {
	return listOf(ctx, tx, nil)
}

func listOf(ctx context.Context, tx *tenant.Tx, member *uuid.UUID) (l feature.List[Token], err error) {
	l.Items = []Token{}
	return l, tx.Select(ctx, &l.Items, tokenRows, member)
}

type newToken struct {
	Name        string            `json:"name" minLength:"1" maxLength:"40"`
	Permissions []rbac.Permission `json:"permissions" minItems:"1" maxItems:"200"` // "member" among them: what every member may do
	ReadOnly    bool              `json:"read_only"`
	Days        int               `json:"days" minimum:"1" maximum:"366"`
	Password    string            `json:"password" minLength:"1" maxLength:"128"`
}

// Made is a token as it is shown this once.
type Made struct {
	ID    uuid.UUID `json:"id"`
	Token string    `json:"token"`
}

// desk holds what the endpoints work with.
type desk struct{ house House }

// House knows the passwords of members (see org.Door).
type House interface {
	Confirm(ctx context.Context, deps feature.Deps, cl *feature.Client, password string) error
}

// make makes a token for the actor, who repeats their password and gives away no
// more than they have.
func (d desk) make(ctx context.Context, deps feature.Deps, cl *feature.Client, in newToken) (m Made, err error) {
	if err := feature.Trim(&in.Name, "name", 40); err != nil {
		return m, err
	}
	if in.Days < 1 || in.Days > longest {
		return m, ErrDays
	}
	slices.Sort(in.Permissions)
	in.Permissions = slices.Compact(in.Permissions)
	for _, p := range in.Permissions {
		if p != rbac.Member && !cl.Rights.Has(p) {
			return m, ErrBeyond
		}
	}
	if err := d.house.Confirm(ctx, deps, cl, in.Password); err != nil {
		return m, err
	}
	m = Made{tenant.NewID(), Prefix + org.NewToken()}
	return m, deps.DB.Write(ctx, func(tx *tenant.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('token/' || $1::text, 0))`, tx.Actor.Member); err != nil {
			return err
		}
		var alive int
		err := tx.Get(ctx, &alive, `
			select count(*) from platform.token_list($1) where ended_at is null and expires_at > now()`, tx.Actor.Member)
		if err == nil && alive >= most {
			err = ErrMany
		}
		if err != nil {
			return err
		}
		until := tx.Now.AddDate(0, 0, in.Days)
		var made bool
		err = tx.Get(ctx, &made, `select platform.token_create($1, $2, $3, $4, $5, $6, $7, $8)`,
			m.ID, org.TokenHash(m.Token), tx.Actor.Account, tx.Actor.Member, in.Name, tenant.Array(in.Permissions), in.ReadOnly, until)
		if err == nil && !made {
			err = org.ErrCredentials
		}
		tx.Audit("token.made", "token/token/"+m.ID.String(), map[string]any{"name": in.Name, "permissions": in.Permissions, "read_only": in.ReadOnly, "until": until})
		return err
	})
}

type byID struct {
	ID uuid.UUID `json:"-" path:"id"`
}

func endMine(ctx context.Context, tx *tenant.Tx, in byID) (feature.None, error) {
	return feature.None{}, end(ctx, tx, in.ID, &tx.Actor.Member, "self")
}

// endAny ends anybody's token, for whoever looks after people.
func endAny(ctx context.Context, tx *tenant.Tx, in byID) (feature.None, error) {
	return feature.None{}, end(ctx, tx, in.ID, nil, "admin")
}

func end(ctx context.Context, tx *tenant.Tx, id uuid.UUID, member *uuid.UUID, why string) error {
	var name *string
	if err := tx.Get(ctx, &name, `select platform.token_end($1, $2, $3)`, id, member, why); err != nil {
		return err
	}
	if name == nil {
		return ErrNoToken
	}
	tx.Audit("token.ended", "token/token/"+id.String(), map[string]string{"name": *name})
	return nil
}

// own are the paths below /api of what is a person's own and no program's.
var own = []string{"/factor/", "/token/", "/org/sessions", "/org/stolen"}

// Permit returns nil if somebody with these limits may use a route, as far as the
// limits go: what their member may is another question.
func Permit(l *org.Limits, r feature.Route) error {
	switch {
	case l == nil:
		return nil
	case r.Endpoint.Doors() || slices.ContainsFunc(own, func(p string) bool { return strings.HasPrefix(r.Path, p) }):
		return ErrNotHere
	case l.ReadOnly && r.Endpoint.Changes:
		return ErrReads
	case !slices.Contains(l.Permissions, r.Needs):
		return ErrScope.With("permission", string(r.Needs))
	}
	return nil
}
