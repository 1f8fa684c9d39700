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

// A Group is one customer: a tree of tenants.
type Group struct {
	ID          uuid.UUID `db:"id" json:"id"`
	Name        string    `db:"name" json:"name"`
	Slug        string    `db:"slug" json:"slug"`
	TenantCount int       `db:"tenant_count" json:"tenant_count"`
}

// NewGroup is a group to be made.
type NewGroup struct {
	Name string `json:"name" minLength:"1" maxLength:"100"`
	Slug string `json:"slug" pattern:"^[a-z][a-z0-9-]{1,30}[a-z0-9]$"`
}

// Validate returns the first thing wrong with the group.
func (g *NewGroup) Validate() error {
	if !slugForm.MatchString(g.Slug) {
		return feature.ErrMalformed.On("slug")
	}
	return feature.Trim(&g.Name, "name", 100)
}

func listGroups(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[Group], err error) {
	l.Items = []Group{}
	err = tx.Select(ctx, &l.Items, `
		select g.id, g.name, g.slug, (select count(*) from platform.tenants t where t.group_id = g.id) as tenant_count
		  from platform.groups g order by g.id`)
	return l, err
}

func addGroup(ctx context.Context, tx *tenant.Tx, n NewGroup) (Group, error) {
	g := Group{ID: tenant.NewID(), Name: n.Name, Slug: n.Slug}
	_, err := tx.Exec(ctx, `insert into platform.groups (id, slug, name) values ($1, $2, $3)`, g.ID, g.Slug, g.Name)
	if tenant.Constraint(err) == "groups_slug_uq" {
		return g, ErrGroupSlug.On("slug")
	}
	tx.Audit("console.group_made", "console/group/"+g.ID.String(), n)
	return g, err
}

// CreateGroup makes a group, for commands. db is opened as the operators' role.
func CreateGroup(ctx context.Context, db *tenant.DB, n NewGroup) (g Group, err error) {
	if err := n.Validate(); err != nil {
		return g, err
	}
	ctx = commandLine(ctx)
	err = db.Operate(ctx, func(tx *tenant.Tx) error {
		g, err = addGroup(ctx, tx, n)
		return err
	})
	return g, err
}

// A Tenant is what an operator sees of a tenant: that it is there.
type Tenant struct {
	ID        uuid.UUID  `db:"id" json:"id"`
	GroupID   uuid.UUID  `db:"group_id" json:"group_id"`
	ParentID  *uuid.UUID `db:"parent_id" json:"parent_id"`
	Slug      string     `db:"slug" json:"slug"`
	Name      string     `db:"name" json:"name"`
	ShortName string     `db:"short_name" json:"short_name"`
	Kind      string     `db:"kind" json:"kind" enum:"hq,bureau,subsidiary,department"`
	State     string     `db:"state" json:"state" enum:"active,suspended"`
	Depth     int        `db:"depth" json:"depth"`            // 1 for the root of the group
	Opened    bool       `db:"opened" json:"admin_activated"` // its first administrator has come
	CreatedAt time.Time  `db:"created_at" json:"created_at"`
	Version   int        `db:"version" json:"version"`
}

const tenantRows = `
	select id, group_id, parent_id, slug, name, short_name, kind, state, cardinality(path) as depth,
	       opened_at is not null as opened, created_at, version
	  from platform.tenants`

type tenantQuery struct {
	Group *uuid.UUID `json:"-" query:"group"`
}

func listTenants(ctx context.Context, tx *tenant.Tx, in tenantQuery) (l feature.List[Tenant], err error) {
	l.Items = []Tenant{}
	err = tx.Select(ctx, &l.Items, tenantRows+` where $1::uuid is null or group_id = $1 order by group_id, path`, in.Group)
	return l, err
}

func find(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (t Tenant, err error) {
	err = tx.Get(ctx, &t, tenantRows+` where id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return t, ErrNoTenant
	}
	return t, err
}

// NewTenant is a tenant to be made, and who is to be its first administrator.
type NewTenant struct {
	GroupID    uuid.UUID  `json:"group_id"`
	ParentID   *uuid.UUID `json:"parent_id,omitempty" nullable:"true"` // in the same group; none for the root
	Slug       string     `json:"slug" pattern:"^[a-z][a-z0-9-]{1,30}[a-z0-9]$"`
	Name       string     `json:"name" minLength:"1" maxLength:"100"`
	ShortName  string     `json:"short_name" minLength:"1" maxLength:"30"`
	Kind       string     `json:"kind" enum:"hq,bureau,subsidiary,department"`
	AdminName  string     `json:"admin_name" minLength:"1" maxLength:"50"`
	AdminLogin string     `json:"admin_login" pattern:"^[a-z][a-z0-9._-]{1,31}$"`
}

// Validate returns the first thing wrong with the tenant.
func (n *NewTenant) Validate() error {
	if !slugForm.MatchString(n.Slug) {
		return feature.ErrMalformed.On("slug")
	}
	if !loginForm.MatchString(n.AdminLogin) {
		return feature.ErrMalformed.On("admin_login")
	}
	return errors.Join(feature.Trim(&n.Name, "name", 100), feature.Trim(&n.ShortName, "short_name", 30), feature.Trim(&n.AdminName, "admin_name", 50))
}

// CreateTenant makes a tenant, for commands and demonstrations. It returns the
// token of the link with which its first administrator comes in. db is opened
// as the operators' role.
func CreateTenant(ctx context.Context, db *tenant.DB, n NewTenant) (t Tenant, token string, err error) {
	if err := n.Validate(); err != nil {
		return t, "", err
	}
	ctx = commandLine(ctx)
	err = db.Operate(ctx, func(tx *tenant.Tx) error {
		t, token, err = addTenant(ctx, tx, n)
		return err
	})
	return t, token, err
}

func addTenant(ctx context.Context, tx *tenant.Tx, n NewTenant) (t Tenant, token string, err error) {
	id := tenant.NewID()
	made, err := tx.Exec(ctx, `
		insert into platform.tenants (id, group_id, parent_id, path, slug, name, short_name, kind)
		select $1, g.id, p.id, coalesce(p.path, '{}') || $1::uuid, $4, $5, $6, $7
		  from platform.groups g
		  left join platform.tenants p on p.id = $3 and p.group_id = g.id
		 where g.id = $2 and ($3::uuid is null or p.id is not null)`,
		id, n.GroupID, n.ParentID, n.Slug, n.Name, n.ShortName, n.Kind)
	switch {
	case tenant.Constraint(err) == "tenants_slug_uq":
		return t, "", ErrGroupSlug.On("slug")
	case err != nil:
		return t, "", err
	case made == 0:
		return t, "", misplaced(ctx, tx, n)
	}
	tx.Audit("console.tenant_made", object(id), n)
	if token, err = invite(ctx, tx, id, n.AdminLogin, n.AdminName); err != nil {
		return t, "", err
	}
	t, err = find(ctx, tx, id)
	return t, token, err
}

// misplaced says why a tenant could not be put where it should have been.
func misplaced(ctx context.Context, tx *tenant.Tx, n NewTenant) error {
	var there bool
	err := tx.Get(ctx, &there, `select exists (select from platform.groups where id = $1)`, n.GroupID)
	switch {
	case err != nil:
		return err
	case !there:
		return ErrNoGroup.On("group_id")
	}
	return ErrNoParent.On("parent_id")
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

type madeTenant struct {
	Tenant Tenant `json:"tenant"`
	Token  string `json:"link_token"`
}

// addTenantDoor is a door and not a write because its answer, which holds the
// token of a link, must not be kept.
func addTenantDoor(ctx context.Context, d feature.Deps, _ *feature.Client, n NewTenant) (made madeTenant, err error) {
	made.Tenant, made.Token, err = CreateTenant(ctx, d.Operators, n)
	return made, err
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

type suspension struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Reason  string    `json:"reason" minLength:"1" maxLength:"200"`
	Version int       `json:"version" minimum:"1"`
}

// Validate returns the first thing wrong with the suspension.
func (s *suspension) Validate() error { return feature.Trim(&s.Reason, "reason", 200) }

// suspend keeps a tenant's people out from now on and ends their sessions.
func suspend(ctx context.Context, tx *tenant.Tx, in suspension) (Tenant, error) {
	t, err := turn(ctx, tx, in.ID, in.Version, "active", "suspended", in.Reason)
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

func resume(ctx context.Context, tx *tenant.Tx, in resumption) (Tenant, error) {
	return turn(ctx, tx, in.ID, in.Version, "suspended", "active", "")
}

func turn(ctx context.Context, tx *tenant.Tx, id uuid.UUID, version int, from, to, reason string) (t Tenant, err error) {
	n, err := tx.Exec(ctx, `
		update platform.tenants set state = $4, reason = $5, version = version + 1
		 where id = $1 and version = $2 and state = $3`, id, version, from, to, reason)
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
