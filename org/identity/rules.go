package identity

import (
	"context"
	"errors"
	"time"

	"hetu/feature"
	"hetu/tenant"
)

// Rules are who may come in with a password: all, or administrators only. They
// always may: a house that does not answer must not lock a tenant out.
type Rules struct {
	Passwords string `db:"passwords" json:"passwords" enum:"all,admins"`
	Version   int    `db:"version" json:"version" minimum:"0"`
}

// Standing are the rules with what they mean for the people there are.
type Standing struct {
	Rules
	Members  int `db:"members" json:"members"`   // active ones
	Unlinked int `db:"unlinked" json:"unlinked"` // of them, whom no provider that is on recognises
}

func showRules(ctx context.Context, tx *tenant.Tx, _ feature.None) (s Standing, err error) {
	err = tx.Get(ctx, &s, `
		select coalesce(r.passwords, 'all') as passwords, coalesce(r.version, 0) as version, n.members, n.unlinked
		  from (select count(*)::int as members,
		               count(*) filter (where not exists (
		                 select from identity_links l join identity_providers p on p.id = l.provider_id and p.enabled
		                  where l.member_id = m.id))::int as unlinked
		          from members m where m.state = 'active') n
		  left join identity_rules r on true`)
	return s, err
}

func setRules(ctx context.Context, tx *tenant.Tx, in Rules) (s Standing, err error) {
	if in.Passwords == "admins" {
		var on bool
		if err := tx.Get(ctx, &on, `select exists (select from identity_providers where enabled for share)`); err != nil {
			return s, err
		}
		if !on {
			return s, ErrNoWay
		}
	}
	n, err := tx.Exec(ctx, `
		insert into identity_rules (passwords, changed_by, changed_at, changed)
		select $1, $3, $4, '{passwords}' where $2 = 0
		on conflict on constraint identity_rules_pkey do nothing`, in.Passwords, in.Version, tx.Actor.Name, tx.Now)
	if err == nil && n == 0 {
		n, err = tx.Exec(ctx, `
			update identity_rules set passwords = $1, version = version + 1, changed_by = $3, changed_at = $4, changed = '{passwords}'
			 where version = $2`, in.Passwords, in.Version, tx.Actor.Name, tx.Now)
	}
	switch {
	case err != nil:
		return s, err
	case n == 0:
		return s, stale(ctx, tx)
	}
	tx.Audit("identity.rules", "identity/rules", map[string]string{"passwords": in.Passwords})
	return showRules(ctx, tx, feature.None{})
}

func stale(ctx context.Context, tx *tenant.Tx) error {
	var c struct {
		Version int          `db:"version"`
		By      string       `db:"changed_by"`
		At      time.Time    `db:"changed_at"`
		Fields  tenant.Texts `db:"changed"`
	}
	err := tx.Get(ctx, &c, `select version, changed_by, changed_at, changed from identity_rules`)
	if errors.Is(err, tenant.ErrNoRows) {
		return ErrStale
	}
	return errors.Join(ErrStale.With("version", c.Version).With("changed_by", c.By).With("changed_at", c.At).With("changed", []string(c.Fields)), err)
}

// passwordsAgain lets everybody in with a password if no provider is on any more.
func passwordsAgain(ctx context.Context, tx *tenant.Tx) error {
	n, err := tx.Exec(ctx, `
		update identity_rules set passwords = 'all', version = version + 1, changed_by = $1, changed_at = $2, changed = '{passwords}'
		 where passwords = 'admins' and not exists (select from identity_providers where enabled)`, tx.Actor.Name, tx.Now)
	if err == nil && n > 0 {
		tx.Audit("identity.rules", "identity/rules", map[string]string{"passwords": "all"})
	}
	return err
}
