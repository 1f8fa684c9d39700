package org

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// An AdminSpec is the first administrator of a tenant: a password, or its hash
// if it is known already (see Hash).
type AdminSpec struct {
	Login, Name string
	Password    string
	Hash        string

	account    uuid.UUID // the account they have; a new one is made if nil
	mustChange bool
}

// A Seeder gives a new tenant what every feature needs from the start.
type Seeder func(context.Context, *tenant.Tx) error

// OpenTenant opens a tenant without a link, for commands and demonstrations: it
// makes the root department and the office, the first administrator and what
// seed adds, in one transaction. It returns the administrator's member id, or
// ErrOpened if the tenant has been opened before.
func OpenTenant(ctx context.Context, db *tenant.DB, tenantID uuid.UUID, admin AdminSpec, seed Seeder) (uuid.UUID, error) {
	if admin.Hash == "" {
		if err := CheckPassword(admin.Password, admin.Login); err != nil {
			return uuid.Nil, err
		}
		hash, err := Hash(admin.Password)
		if err != nil {
			return uuid.Nil, err
		}
		admin.Hash = hash
	}
	if !loginForm.MatchString(admin.Login) {
		return uuid.Nil, feature.ErrMalformed.On("login")
	}
	c := candidate{Member: tenant.NewID(), Account: tenant.NewID(), Name: admin.Name}
	ctx = tenant.As(ctx, tenant.Actor{Tenant: tenantID, Member: c.Member, Account: c.Account, Name: admin.Name, Request: "open"})
	return c.Member, db.Write(ctx, func(tx *tenant.Tx) error { return open(ctx, tx, c, admin, seed) })
}

// open makes c the first administrator of the tenant of the transaction.
func open(ctx context.Context, tx *tenant.Tx, c candidate, admin AdminSpec, seed Seeder) error {
	var t struct {
		ShortName string `db:"short_name"`
		Opened    bool   `db:"opened"`
	}
	if err := lock(ctx, tx, "open"); err != nil {
		return err
	}
	err := tx.Get(ctx, &t, `
		select short_name, exists (select from departments) as opened from platform.kin() where relation = 'self'`)
	if err != nil {
		return fmt.Errorf("org: open: %w", err)
	}
	if t.Opened {
		return ErrOpened
	}
	root, office := tenant.NewID(), tenant.NewID()
	if _, err := tx.Exec(ctx, `
		insert into departments (id, parent_id, path, name, kind, sort)
		     values ($1, null, array[$1]::uuid[], $3, 'dept', 0), ($2, $1, array[$1, $2]::uuid[], '办公室', 'office', 10)`,
		root, office, t.ShortName); err != nil {
		return err
	}
	if err := seed(ctx, tx); err != nil {
		return err
	}
	if err := account(ctx, tx, c, admin); err != nil {
		return err
	}
	if err := insertMember(ctx, tx, c, NewMember{Login: admin.Login}, "active"); err != nil {
		return err
	}
	if err := seat(ctx, tx, c.Member, Seat{DepartmentID: office, Title: "系统管理员", Main: true}); err != nil {
		return err
	}
	for _, role := range []rbac.Role{rbac.Admin, rbac.Office} {
		if err := Appoint(ctx, tx, c.Member, role); err != nil {
			return err
		}
	}
	// Until a security administrator is appointed the first one gives rights, too:
	// somebody has to begin (AU-05, see retire).
	if _, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: c.Member, Permission: Grant}); err != nil {
		return err
	}
	tx.Audit("org.opened", "org/department/"+root.String(), map[string]string{"name": t.ShortName, "login": admin.Login})
	_, err = tx.Exec(ctx, `select platform.tenant_opened()`)
	return err
}

// Appoint gives a member a built-in role everywhere in the tenant, whoever asks.
// Routes use grants, which ask who may give what.
func Appoint(ctx context.Context, tx *tenant.Tx, member uuid.UUID, role rbac.Role) error {
	id, err := rbac.RoleID(ctx, tx, role)
	if err != nil {
		return err
	}
	_, err = rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: member, RoleID: &id})
	return err
}

// lock makes transactions that change the same thing of the tenant take turns.
func lock(ctx context.Context, tx *tenant.Tx, what string) error {
	_, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('org/' || $1 || app_tenant()::text, 0))`, what)
	return err
}
