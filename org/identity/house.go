package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/org"
	"hetu/tenant"
)

// ErrSecretAgain means that a provider has moved to another house: its secret has
// to be entered for that one.
var ErrSecretAgain = fault.New(fault.Invalid, "identity.secret_again").On("secret")

// ErrOwnLink means that who administers is let in by a link of their own making
// only.
var ErrOwnLink = fault.New(fault.Unauthenticated, "identity.own_link_needed")

// row is a provider as the database has it.
type row struct {
	ID      uuid.UUID            `db:"id"`
	Kind    string               `db:"kind"`
	Name    string               `db:"name"`
	Enabled bool                 `db:"enabled"`
	Match   bool                 `db:"match"`
	Stored  tenant.Doc[Settings] `db:"settings"`
	Sealed  []byte               `db:"secret"`
	Version int                  `db:"version"`
}

const rows = `select id, kind, name, enabled, match, settings, secret, version from identity_providers`

// open returns the provider with its secret.
func (h *House) open(r row, at uuid.UUID) (Provider, error) {
	p := Provider{ID: r.ID, Tenant: at, Kind: r.Kind, Name: r.Name, Settings: r.Stored.V, Match: r.Match, Version: r.Version}
	if len(r.Sealed) == 0 {
		return p, nil
	}
	secret, err := h.Key.Open(r.Sealed, about(at, r.ID))
	if err != nil {
		return p, fmt.Errorf("identity: the secret of provider %s: %w", r.ID, err)
	}
	p.Secret = string(secret)
	return p, nil
}

// provider returns a provider of a kind there is: only if it is on, where that is
// asked for. ErrNoProvider.
func (h *House) provider(ctx context.Context, tx *tenant.Tx, id uuid.UUID, on bool) (Provider, error) {
	var r row
	err := tx.Get(ctx, &r, rows+` where id = $1 and (enabled or not $2)`, id, on)
	if errors.Is(err, tenant.ErrNoRows) {
		return Provider{}, ErrNoProvider
	}
	if err != nil {
		return Provider{}, err
	}
	if _, ok := h.kinds[r.Kind]; !ok {
		return Provider{}, ErrNoProvider
	}
	return h.open(r, tx.Actor.Tenant)
}

// taken is a provider that is going to be changed.
type taken struct {
	Provider
	enabled bool
}

// take returns a provider for whoever has read this version and is going to
// change it, one after the other. ErrNoProvider, ErrStale.
func (h *House) take(ctx context.Context, tx *tenant.Tx, id uuid.UUID, version int) (t taken, err error) {
	var r struct {
		row
		By      string       `db:"changed_by"`
		At      tenant.Texts `db:"changed"`
		Changed string       `db:"changed_at"`
	}
	err = tx.Get(ctx, &r, `
		select id, kind, name, enabled, match, settings, secret, version, changed_by, changed, to_json(changed_at) #>> '{}' as changed_at
		  from identity_providers where id = $1 for update`, id)
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return t, ErrNoProvider
	case err != nil:
		return t, err
	case r.Version != version:
		return t, ErrStale.With("version", r.Version).With("changed_by", r.By).With("changed_at", r.Changed).With("changed", []string(r.At))
	}
	t.enabled = r.Enabled
	t.Provider, err = h.open(r.row, tx.Actor.Tenant)
	return t, err
}

// Enabled returns the providers of a kind that are on in the tenant of the
// transaction, with their secrets.
func (h *House) Enabled(ctx context.Context, tx *tenant.Tx, kind string) (ps []Provider, err error) {
	var rs []row
	if err := tx.Select(ctx, &rs, rows+` where kind = $1 and enabled order by created_at, id`, kind); err != nil {
		return nil, err
	}
	for _, r := range rs {
		p, err := h.open(r, tx.Actor.Tenant)
		if err != nil {
			return nil, err
		}
		ps = append(ps, p)
	}
	return ps, nil
}

// Subjects returns what a provider calls those of the members who are active and
// linked.
func (h *House) Subjects(ctx context.Context, tx *tenant.Tx, provider uuid.UUID, members []uuid.UUID) (map[uuid.UUID]string, error) {
	var ls []struct {
		Member  uuid.UUID `db:"member_id"`
		Subject string    `db:"subject"`
	}
	err := tx.Select(ctx, &ls, `
		select l.member_id, l.subject from identity_links l join members m on m.id = l.member_id
		 where l.provider_id = $1 and l.member_id = any ($2) and m.state = 'active'`, provider, tenant.Array(members))
	known := make(map[uuid.UUID]string, len(ls))
	for _, l := range ls {
		known[l.Member] = l.Subject
	}
	return known, err
}

// Receive returns nil if an arrival may come in at this moment, and writes down
// that they do. See org.Houses.
func (h *House) Receive(ctx context.Context, tx *tenant.Tx, a org.Arrival) error {
	var made string
	err := tx.Get(ctx, &made, `
		update identity_links l set used_at = $3
		  from identity_providers p
		 where p.id = l.provider_id and p.enabled and l.provider_id = $1 and l.member_id = $2
		returning l.made`, a.Provider, a.Member, tx.Now)
	if errors.Is(err, tenant.ErrNoRows) {
		return org.ErrTicket
	}
	if err != nil || made == "self" {
		return err
	}
	administers, err := org.Administers(ctx, tx, a.Member)
	if err == nil && administers {
		err = ErrOwnLink
	}
	return err
}

// NoPassword reports whether a member may not come in with a password. See
// org.Houses.
func (h *House) NoPassword(ctx context.Context, tx *tenant.Tx, member uuid.UUID) (bool, error) {
	var off bool
	err := tx.Get(ctx, &off, `select exists (select from identity_rules where passwords = 'admins')`)
	if err != nil || !off {
		return false, err
	}
	administers, err := org.Administers(ctx, tx, member)
	return !administers, err
}

// why returns the code of the audit for an error at the door.
func why(err error) string {
	if r, ok := errors.AsType[refusal](err); ok {
		return r.why
	}
	return fault.Of(err).Code
}

// step returns where a test failed, in a word; empty if it did not.
func step(err error) string {
	if err == nil {
		return ""
	}
	if r, ok := errors.AsType[refusal](err); ok {
		return r.why
	}
	if s, ok := fault.Of(err).Meta["step"].(string); ok {
		return s
	}
	return "unreachable"
}
