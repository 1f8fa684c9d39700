// Package assesstest is what the tests of the packages beside the assessment
// begin with: people of tenants, and calling an endpoint as one of them.
package assesstest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/storage"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A House is the tenants of one test.
type House struct {
	T  testing.TB
	DB *tenant.DB
}

// New returns a house of the tests' database.
func New(t testing.TB) House {
	t.Helper()
	return House{t, tenanttest.DB(t)}
}

// OK fails the test for an error.
func (h House) OK(err error) {
	h.T.Helper()
	if err != nil {
		h.T.Fatal(err)
	}
}

// Write does fn in a transaction of the context's tenant.
func (h House) Write(ctx context.Context, fn func(*tenant.Tx) error) {
	h.T.Helper()
	h.OK(h.DB.Write(ctx, fn))
}

// SQL does what no application may.
func (h House) SQL(query string, args ...any) {
	h.T.Helper()
	_, err := tenanttest.Admin(h.T).Exec(query, args...)
	h.OK(err)
}

// A Post is where somebody works; the zero Post is nowhere.
type Post struct {
	Department uuid.UUID
	Head       bool
}

// Member makes a person of a tenant.
func (h House) Member(of uuid.UUID, name string, at Post) context.Context {
	h.T.Helper()
	ctx, a := tenanttest.As(h.T, of)
	a.Name = name
	h.Joins(a.Account, of, a.Member, name, at)
	return tenant.As(ctx, a)
}

// Joins makes an account a member of a tenant.
func (h House) Joins(account, of, member uuid.UUID, name string, at Post) {
	h.T.Helper()
	h.SQL(`with a as (insert into platform.accounts (id, name, password_hash) values ($1, $4, '') on conflict do nothing)
	       insert into platform.memberships (account_id, tenant_id, member_id) values ($1, $2, $3)`, account, of, member, name)
	ctx := tenant.As(context.Background(), tenant.Actor{Tenant: of, Member: member, Account: account, Name: name})
	h.Write(ctx, func(tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `insert into members (id, account_id, login, name) values ($1, $2, $3, $4)`, member, account, "u"+member.String()[24:], name)
		if err == nil && at.Department != uuid.Nil {
			_, err = tx.Exec(ctx, `insert into posts (id, member_id, department_id, title, main, head) values ($1, $2, $3, '科员', true, $4)`,
				tenant.NewID(), member, at.Department, at.Head)
		}
		return err
	})
}

// Upload is a file a person has sent, as it is when it was scanned.
func (h House) Upload(ctx context.Context, store storage.Store, name, content string) uuid.UUID {
	h.T.Helper()
	a, err := tenant.From(ctx)
	h.OK(err)
	o, err := store.Put(ctx, a.Tenant, strings.NewReader(content), storage.PutOptions{Size: int64(len(content)), Type: "text/plain"})
	h.OK(err)
	id := tenant.NewID()
	h.SQL(`insert into uploads (tenant_id, id, member_id, name, size, type, sha256, key, version, state)
		values ($1, $2, $3, $4, $5, 'text/plain', decode($6, 'hex'), $7, $8, 'ready')`,
		a.Tenant, id, a.Member, name, len(content), o.SHA256.String(), o.Key, o.Version)
	return id
}

// Do calls an endpoint in a transaction of its own, after its input has looked
// at itself.
func Do[In, Out any](ctx context.Context, db *tenant.DB, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) (out Out, err error) {
	if v, ok := any(&in).(interface{ Validate() error }); ok {
		if err := v.Validate(); err != nil {
			return out, err
		}
	}
	err = db.Write(ctx, func(tx *tenant.Tx) (err error) {
		out, err = fn(ctx, tx, in)
		return err
	})
	return out, err
}

// Must is Do that has to go well.
func Must[In, Out any](ctx context.Context, h House, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) Out {
	h.T.Helper()
	out, err := Do(ctx, h.DB, fn, in)
	h.OK(err)
	return out
}

// Refused checks that an endpoint refuses with a fault, on a field.
func Refused[In, Out any](ctx context.Context, h House, name string, fn func(context.Context, *tenant.Tx, In) (Out, error), in In, want *fault.Error, field string) {
	h.T.Helper()
	_, err := Do(ctx, h.DB, fn, in)
	if !errors.Is(err, want) || fault.Of(err).Field != field {
		h.T.Errorf("%s = %v on %q, want %v on %q", name, err, fault.Of(err).Field, want, field)
	}
}
