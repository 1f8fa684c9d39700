package console

import (
	"context"

	"github.com/google/uuid"

	"hetu/feature"
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
	Name string `json:"name" maxLength:"100"`
	Slug string `json:"slug" maxLength:"100"` // 3 to 32 of a-z, 0-9 and -; begins with a letter
}

// Validate returns the first thing wrong with the group, with all of it beside.
func (g *NewGroup) Validate() error {
	return together(feature.Trim(&g.Name, "name", 100), checkSlug(g.Slug, "slug"))
}

var groupOrder = feature.NewOrder("created", "g.id", func(g Group) uuid.UUID { return g.ID },
	feature.ByAge("created", "g.id", func(g Group) uuid.UUID { return g.ID }),
	feature.ByText("name", "g.name", func(g Group) string { return g.Name }),
	feature.ByWord("slug", "g.slug", func(g Group) string { return g.Slug }))

type groupQuery struct {
	feature.Page
	words
}

// Sorts are by what groups may be sorted.
func (groupQuery) Sorts() []string { return groupOrder.Names() }

// Validate returns the first thing wrong with the query.
func (q *groupQuery) Validate() error { return q.check() }

func listGroups(ctx context.Context, tx *tenant.Tx, in groupQuery) (l feature.List[Group], err error) {
	at, err := groupOrder.Read(in.Page)
	if err != nil {
		return l, err
	}
	p := args{in.Size() + 1, in.Q}
	var rows []Group
	err = tx.Select(ctx, &rows, `
		select g.id, g.name, g.slug, (select count(*) from platform.tenants t where t.group_id = g.id) as tenant_count
		  from platform.groups g
		 where ($2 = '' or position(lower($2) in lower(g.name)) > 0 or position(lower($2) in g.slug) > 0)
		   and `+at.After(p.add)+`
		 order by `+at.By()+` limit $1`, p...)
	return feature.Cut(rows, in.Size(), at.Cursor), err
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
