// Package console is the platform operators' door: groups, tenants, and the
// link with which a tenant's first administrator comes in.
//
// It works over a database role of its own, which has no right to any tenant's
// table: an operator can open and suspend a tenant and cannot read it.
package console

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/org"
	"hetu/tenant"
)

// What can go wrong here.
var (
	ErrCredentials  = fault.New(fault.Unauthenticated, "console.credentials")
	ErrLocked       = fault.New(fault.Unauthenticated, "console.locked")
	ErrLogin        = fault.New(fault.Conflict, "console.login_taken")
	ErrGroupSlug    = fault.New(fault.Conflict, "console.slug_taken")
	ErrNoGroup      = fault.New(fault.Invalid, "console.no_such_group")
	ErrNoParent     = fault.New(fault.Invalid, "console.no_such_parent")
	ErrNoTenant     = fault.New(fault.NotFound, "console.tenant_not_found")
	ErrNoOperator   = fault.New(fault.NotFound, "console.operator_not_found")
	ErrStale        = fault.New(fault.Conflict, "console.stale")
	ErrState        = fault.New(fault.Conflict, "console.wrong_state")
	ErrTenantOpened = fault.New(fault.Conflict, "console.tenant_opened")
)

// unknown is the operator of what nobody who is signed in does: commands, and
// sign-ins that fail.
var unknown = uuid.Max

// commandLine returns a context in which a command acts, unless somebody does.
func commandLine(ctx context.Context) context.Context {
	if _, err := tenant.Operating(ctx); err == nil {
		return ctx
	}
	return tenant.As(ctx, tenant.Actor{Operator: unknown, Name: "command line", Request: "command"})
}

// InviteOperator makes an operator of the platform and returns a password to be
// told to them, which they replace before anything else, as members do (R243). db
// is opened as the operators' role.
func InviteOperator(ctx context.Context, db *tenant.DB, login, name string) (password string, err error) {
	password = org.OneTime()
	return password, createOperator(ctx, db, login, name, password, true)
}

// CreateOperator makes an operator who has chosen their password, by the rule of
// members' passwords (R248).
func CreateOperator(ctx context.Context, db *tenant.DB, login, name, password string) error {
	return createOperator(ctx, db, login, name, password, false)
}

func createOperator(ctx context.Context, db *tenant.DB, login, name, password string, change bool) error {
	if err := together(checkLogin(login, "login"), feature.Trim(&name, "name", 50)); err != nil {
		return err
	}
	if err := org.CheckPassword(password, login); err != nil {
		return err
	}
	hash, err := org.Hash(password)
	if err != nil {
		return err
	}
	ctx = commandLine(ctx)
	return db.Operate(ctx, func(tx *tenant.Tx) error {
		id := tenant.NewID()
		_, err := tx.Exec(ctx, `
			insert into platform.operators (id, login, name, password_hash, must_change) values ($1, $2, $3, $4, $5)`, id, login, name, hash, change)
		if tenant.Constraint(err) == "operators_login_uq" {
			return ErrLogin.On("login")
		}
		tx.Audit("console.operator_made", "console/operator/"+id.String(), map[string]string{"login": login})
		return err
	})
}

// An Act is something an operator did.
type Act struct {
	ID       uuid.UUID `db:"id" json:"id"`
	At       time.Time `db:"at" json:"at"`
	Operator string    `db:"name" json:"operator"`
	Action   string    `db:"action" json:"action"`
	Object   string    `db:"object" json:"object"`
	About    string    `db:"about" json:"object_name"` // how it is called now; empty for what has no name
	Detail   string    `db:"detail" json:"detail"`     // JSON, as text
}

var actOrder = feature.NewOrder("-at", "id", func(a Act) uuid.UUID { return a.ID },
	feature.ByAge("at", "id", func(a Act) uuid.UUID { return a.ID }))

func listActs(ctx context.Context, tx *tenant.Tx, in feature.Page) (l feature.List[Act], err error) {
	at, err := actOrder.Read(in)
	if err != nil {
		return l, err
	}
	p := args{in.Size() + 1}
	var acts []Act
	err = tx.Select(ctx, &acts, `
		select id, at, name, action, object, detail::text as detail,
		       coalesce(case when object like 'console/tenant/%'   then (select t.name from platform.tenants t where t.id = substr(object, 16)::uuid)
		                     when object like 'console/group/%'    then (select g.name from platform.groups g where g.id = substr(object, 15)::uuid)
		                     when object like 'console/operator/%' then (select o.name from platform.operators o where o.id = substr(object, 18)::uuid)
		                end, '') as about
		  from platform.operator_audit
		 where `+at.After(p.add)+`
		 order by `+at.By()+` limit $1`, p...)
	return feature.Cut(acts, in.Size(), at.Cursor), err
}

// stale says who was faster than an update of a tenant.
func stale(ctx context.Context, tx *tenant.Tx, t Tenant) error {
	var last struct {
		Name string    `db:"name"`
		At   time.Time `db:"at"`
		What string    `db:"what"`
	}
	err := tx.Get(ctx, &last, `
		select name, at, case when action = 'console.domain_set' then 'domain' else 'state' end as what
		  from platform.operator_audit
		 where object = $1 and action in ('console.tenant_active', 'console.tenant_read_only', 'console.tenant_suspended', 'console.domain_set')
		 order by id desc limit 1`, object(t.ID))
	if err != nil && !errors.Is(err, tenant.ErrNoRows) {
		return err
	}
	return ErrStale.With("version", t.Version).With("changed_by", last.Name).
		With("changed_at", last.At).With("changed", []string{last.What})
}

func object(tenantID uuid.UUID) string { return "console/tenant/" + tenantID.String() }
