package console

import (
	"context"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// A suspension keeps a tenant from working, in one of two ways: closed, nobody
// comes in; read_only, its people come in and change nothing.
type suspension struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Reason  string    `json:"reason" minLength:"1" maxLength:"200"`
	Kind    string    `json:"kind,omitempty" enum:"closed,read_only"` // closed unless said
	Version int       `json:"version" minimum:"1"`
}

// Validate returns the first thing wrong with the suspension.
func (s *suspension) Validate() error { return feature.Trim(&s.Reason, "reason", 200) }

// suspend keeps a tenant's people out from now on and ends their sessions, or
// leaves them reading. A tenant that is read only can still be closed.
func suspend(ctx context.Context, tx *tenant.Tx, in suspension) (Tenant, error) {
	if in.Kind == "read_only" {
		return turn(ctx, tx, in.ID, in.Version, "read_only", in.Reason, `read_only = true`, `state = 'active' and not read_only`)
	}
	t, err := turn(ctx, tx, in.ID, in.Version, "suspended", in.Reason, `state = 'suspended'`, `state = 'active'`)
	if err != nil {
		return t, err
	}
	_, err = tx.Exec(ctx, `select platform.tenant_sessions_end($1)`, in.ID)
	return t, err
}

type resumption struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"version" minimum:"1"`
}

// resume lets a tenant work again, in whichever way it was kept from it.
func resume(ctx context.Context, tx *tenant.Tx, in resumption) (Tenant, error) {
	return turn(ctx, tx, in.ID, in.Version, "active", "", `state = 'active', read_only = false`, `(state = 'suspended' or read_only)`)
}

func turn(ctx context.Context, tx *tenant.Tx, id uuid.UUID, version int, to, reason, set, from string) (t Tenant, err error) {
	n, err := tx.Exec(ctx, `
		update platform.tenants set `+set+`, reason = $3, version = version + 1
		 where id = $1 and version = $2 and `+from, id, version, reason)
	if err != nil {
		return t, err
	}
	if t, err = find(ctx, tx, id); err != nil {
		return t, err
	}
	switch {
	case n > 0:
		tx.Audit("console.tenant_"+to, object(id), map[string]string{"reason": reason})
		return t, nil
	case t.Version != version:
		return t, stale(ctx, tx, t)
	}
	return t, ErrState.With("state", t.State)
}
