package console

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/org"
	"hetu/tenant"
)

// A Page is a tenant with what an operator who takes it on must know: how its
// first administrator gets in, and how much it holds.
type Page struct {
	Tenant  Tenant        `json:"tenant"`
	Group   Group         `json:"group"`
	Admin   firstAdmin    `json:"first_admin"`
	Reason  string        `json:"reason"` // why it is suspended
	History []Measurement `json:"usage"`  // of its last ninety days, the oldest first
}

// firstAdmin is who was asked to be a tenant's first administrator, and what
// became of the link.
type firstAdmin struct {
	Login     string     `db:"login" json:"login"`
	Name      string     `db:"name" json:"name"`
	Link      string     `db:"link" json:"link" enum:"used,waiting,expired"`
	Links     int        `db:"links" json:"links"` // how many were made
	MadeAt    time.Time  `db:"created_at" json:"made_at"`
	ExpiresAt time.Time  `db:"expires_at" json:"expires_at"`
	OpenedAt  *time.Time `db:"opened_at" json:"opened_at"` // when they came
}

func showTenant(ctx context.Context, tx *tenant.Tx, in byID) (p Page, err error) {
	if p.Tenant, err = find(ctx, tx, in.ID); err != nil {
		return p, err
	}
	err = tx.Get(ctx, &p.Group, `
		select g.id, g.name, g.slug, (select count(*) from platform.tenants t where t.group_id = g.id) as tenant_count
		  from platform.groups g where g.id = $1`, p.Tenant.GroupID)
	if err != nil {
		return p, err
	}
	if err := tx.Get(ctx, &p.Reason, `select reason from platform.tenants where id = $1`, in.ID); err != nil {
		return p, err
	}
	err = tx.Get(ctx, &p.Admin, `
		select a.login, a.name, a.created_at, a.expires_at, t.opened_at, count(*) over () as links,
		       case when t.opened_at is not null then 'used' when a.expires_at > now() then 'waiting' else 'expired' end as link
		  from platform.activations a join platform.tenants t on t.id = a.tenant_id
		 where a.tenant_id = $1 and a.kind = 'first_admin'
		 order by a.id desc limit 1`, in.ID)
	if err != nil && !errors.Is(err, tenant.ErrNoRows) { // a tenant that came without a link has none
		return p, err
	}
	p.History, err = history(ctx, tx, in.ID)
	return p, err
}

// invite makes the link of a tenant's first administrator, good for a week. An
// earlier one is good for nothing from now on.
func invite(ctx context.Context, tx *tenant.Tx, id uuid.UUID, login, name string) (token string, err error) {
	if _, err := tx.Exec(ctx, `
		update platform.activations set used_at = now()
		 where tenant_id = $1 and kind = 'first_admin' and used_at is null`, id); err != nil {
		return "", err
	}
	token = org.NewToken()
	_, err = tx.Exec(ctx, `
		insert into platform.activations (id, token_hash, tenant_id, kind, login, name, expires_at)
		values ($1, $2, $3, 'first_admin', $4, $5, now() + interval '7 days')`,
		tenant.NewID(), org.TokenHash(token), id, login, name)
	return token, err
}

type madeLink struct {
	Token string `json:"link_token"`
}

type byID struct {
	ID uuid.UUID `json:"-" path:"id"`
}

// inviteAgain makes the link anew for a tenant nobody has come to.
func inviteAgain(ctx context.Context, d feature.Deps, _ *feature.Client, in byID) (out madeLink, err error) {
	err = d.Operators.Operate(ctx, func(tx *tenant.Tx) error {
		t, err := find(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		if t.Opened {
			return ErrTenantOpened
		}
		var who struct{ Login, Name string }
		err = tx.Get(ctx, &who, `
			select login, name from platform.activations
			 where tenant_id = $1 and kind = 'first_admin' order by id desc limit 1`, in.ID)
		if err != nil {
			return err
		}
		tx.Audit("console.link_made", object(in.ID), who)
		out.Token, err = invite(ctx, tx, in.ID, who.Login, who.Name)
		return err
	})
	return out, err
}
