package console

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// A Tenant is what an operator sees of a tenant: that it is there, and whether
// its first administrator has come.
type Tenant struct {
	ID        uuid.UUID          `db:"id" json:"id"`
	GroupID   uuid.UUID          `db:"group_id" json:"group_id"`
	ParentID  *uuid.UUID         `db:"parent_id" json:"parent_id"`
	Path      tenant.Rows[above] `db:"above" json:"path"` // the tenants above it, the root first
	Slug      string             `db:"slug" json:"slug"`
	Name      string             `db:"name" json:"name"`
	ShortName string             `db:"short_name" json:"short_name"`
	Kind      string             `db:"kind" json:"kind" enum:"hq,bureau,subsidiary,department"`
	State     string             `db:"state" json:"state" enum:"active,read_only,suspended"`
	Domain    string             `db:"domain" json:"domain"`          // a host name of its own; empty: none
	Depth     int                `db:"depth" json:"depth"`            // 1 for the root of the group
	Opened    bool               `db:"opened" json:"admin_activated"` // its first administrator has come
	Link      string             `db:"link" json:"link" enum:"used,waiting,expired"`
	CreatedAt time.Time          `db:"created_at" json:"created_at"`
	Version   int                `db:"version" json:"version"`
}

// above is a tenant above another.
type above struct {
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name"` // the short one
}

// standing is the state of a tenant t: closed, or open for reading only, or open.
const standing = `case when t.state = 'suspended' then 'suspended' when t.read_only then 'read_only' else 'active' end`

// tenantRows are tenants t with l, the newest link of the first administrator.
const tenantRows = `
	select t.id, t.group_id, t.parent_id, t.slug, t.name, t.short_name, t.kind, ` + standing + ` as state,
	       coalesce(t.domain, '') as domain, cardinality(t.path) as depth,
	       t.opened_at is not null as opened, t.created_at, t.version,
	       case when t.opened_at is not null then 'used' when l.expires_at > now() then 'waiting' else 'expired' end as link,
	       (select jsonb_agg(jsonb_build_object('id', p.id, 'name', p.short_name) order by cardinality(p.path))
	          from platform.tenants p where p.id = any (t.path) and p.id <> t.id) as above
	  from platform.tenants t
	  left join lateral (select a.expires_at from platform.activations a
	                      where a.tenant_id = t.id and a.kind = 'first_admin' order by a.id desc limit 1) l on true`

// tenantOrder are the orders of the tenants. The usual one is that of the tree:
// an id grows with time and has always the same length, so the place of a
// tenant begins with that of the one above it, and each comes before those below
// it, on whatever page.
var tenantOrder = feature.NewOrder("tree", "t.id", func(t Tenant) uuid.UUID { return t.ID },
	feature.ByWord("tree", "t.group_id::text || array_to_string(t.path, '')", Tenant.place),
	feature.ByText("name", "t.name", func(t Tenant) string { return t.Name }),
	feature.ByWord("slug", "t.slug", func(t Tenant) string { return t.Slug }),
	feature.ByTime("created_at", "t.created_at", func(t Tenant) time.Time { return t.CreatedAt }))

func (t Tenant) place() string {
	place := t.GroupID.String()
	for _, a := range t.Path {
		place += a.ID.String()
	}
	return place + t.ID.String()
}

type tenantQuery struct {
	feature.Page
	words
	Group *uuid.UUID `json:"-" query:"group"`
	State string     `json:"-" query:"state"` // active, read_only, suspended, or waiting for its first administrator
}

// Sorts are by what tenants may be sorted.
func (tenantQuery) Sorts() []string { return tenantOrder.Names() }

// Validate returns the first thing wrong with the query.
func (q *tenantQuery) Validate() error {
	if !slices.Contains([]string{"", "active", "read_only", "suspended", "waiting"}, q.State) {
		return feature.ErrChoice.On("state")
	}
	return q.check()
}

func listTenants(ctx context.Context, tx *tenant.Tx, in tenantQuery) (l feature.List[Tenant], err error) {
	at, err := tenantOrder.Read(in.Page)
	if err != nil {
		return l, err
	}
	p := args{in.Size() + 1, in.Q, in.Group, in.State}
	var rows []Tenant
	err = tx.Select(ctx, &rows, tenantRows+`
		 where ($2 = '' or position(lower($2) in lower(t.name)) > 0 or position(lower($2) in lower(t.short_name)) > 0
		        or position(lower($2) in t.slug) > 0)
		   and ($3::uuid is null or t.group_id = $3)
		   and ($4 = '' or `+standing+` = $4 or $4 = 'waiting' and t.opened_at is null)
		   and `+at.After(p.add)+`
		 order by `+at.By()+` limit $1`, p...)
	return feature.Cut(rows, in.Size(), at.Cursor), err
}

func find(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (t Tenant, err error) {
	err = tx.Get(ctx, &t, tenantRows+` where t.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return t, ErrNoTenant
	}
	return t, err
}

// NewTenant is a tenant to be made, and who is to be its first administrator.
type NewTenant struct {
	GroupID    uuid.UUID  `json:"group_id"`
	ParentID   *uuid.UUID `json:"parent_id,omitempty" nullable:"true"` // in the same group; none for the root
	Slug       string     `json:"slug" maxLength:"100"`                // 3 to 32 of a-z, 0-9 and -; begins with a letter
	Name       string     `json:"name" maxLength:"100"`
	ShortName  string     `json:"short_name" maxLength:"100"` // 30 at most
	Kind       string     `json:"kind" enum:"hq,bureau,subsidiary,department"`
	AdminName  string     `json:"admin_name" maxLength:"100"`  // 50 at most
	AdminLogin string     `json:"admin_login" maxLength:"100"` // 2 to 32 of a-z, 0-9, . _ and -; begins with a letter
}

// Validate returns the first thing wrong with the tenant, with all of it beside.
func (n *NewTenant) Validate() error {
	return together(feature.Trim(&n.Name, "name", 100), feature.Trim(&n.ShortName, "short_name", 30), checkSlug(n.Slug, "slug"),
		feature.Trim(&n.AdminName, "admin_name", 50), checkLogin(n.AdminLogin, "admin_login"))
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
	if err := putTenant(ctx, tx, id, n); err != nil {
		return t, "", err
	}
	if token, err = invite(ctx, tx, id, n.AdminLogin, n.AdminName); err != nil {
		return t, "", err
	}
	t, err = find(ctx, tx, id)
	return t, token, err
}

// putTenant puts a tenant with this id into the tree of its group.
func putTenant(ctx context.Context, tx *tenant.Tx, id uuid.UUID, n NewTenant) error {
	made, err := tx.Exec(ctx, `
		insert into platform.tenants (id, group_id, parent_id, path, slug, name, short_name, kind)
		select $1, g.id, p.id, coalesce(p.path, '{}') || $1::uuid, $4, $5, $6, $7
		  from platform.groups g
		  left join platform.tenants p on p.id = $3 and p.group_id = g.id
		 where g.id = $2 and ($3::uuid is null or p.id is not null)`,
		id, n.GroupID, n.ParentID, n.Slug, n.Name, n.ShortName, n.Kind)
	switch {
	case tenant.Constraint(err) == "tenants_slug_uq":
		return ErrGroupSlug.On("slug")
	case err != nil:
		return err
	case made == 0:
		return misplaced(ctx, tx, n)
	}
	tx.Audit("console.tenant_made", object(id), n)
	return nil
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
