package relocation

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"hetu/org"
	"hetu/tenant"
)

// Admit gives a member of a tenant that came without passwords a one-time one,
// so that somebody can let the others in. It returns ErrNoTenant if the tenant
// has no active member with that login.
func (h House) Admit(ctx context.Context, id uuid.UUID, login string) (password string, err error) {
	password = org.OneTime()
	hash, err := org.Hash(password)
	if err != nil {
		return "", err
	}
	err = h.DB.Write(tenant.As(ctx, tenant.Actor{Tenant: id, Name: "command line", Request: "command"}), func(tx *tenant.Tx) error {
		var m struct {
			Member  uuid.UUID `db:"id"`
			Account uuid.UUID `db:"account_id"`
		}
		err := tx.Get(ctx, &m, `select id, account_id from members where login = $1 and state = 'active' and account_id is not null`, login)
		if errors.Is(err, tenant.ErrNoRows) {
			return ErrNoTenant
		}
		if err != nil {
			return err
		}
		tx.Audit("relocation.admitted", "org/member/"+m.Member.String(), nil)
		var ok bool
		err = tx.Get(ctx, &ok, `select platform.account_reset($1, $2)`, m.Account, hash)
		if err == nil && !ok {
			err = ErrNoTenant
		}
		return err
	})
	return password, err
}
