package identity

import (
	"context"
	"embed"

	"hetu/feature"
	"hetu/org"
	"hetu/rbac"
	"hetu/vault"
)

// Manage is the permission to say which houses recognise a tenant's people, and
// who is who there. It belongs to whoever looks after people and their passwords.
const Manage rbac.Permission = "identity.manage"

//go:embed migrations
var files embed.FS

// Options are what a House is made with.
type Options struct {
	Key   vault.Key // seals secrets and what browsers carry
	Site  string    // the address people come to
	Kinds []Kind
	Tell  org.Telling // tells members what was done for them; nil: nobody is told
}

// A House knows by which providers the people of each tenant come in. It is safe
// for concurrent use.
type House struct {
	Options
	kinds map[string]Kind
	door  Door
}

var _ org.Houses = (*House)(nil)

// New returns a House of these kinds.
func New(o Options) *House {
	h := &House{Options: o, kinds: map[string]Kind{}}
	for _, k := range o.Kinds {
		h.kinds[k.About().Name] = k
	}
	return h
}

// A Door is where people come in (see org.Door).
type Door interface {
	Admit(ctx context.Context, deps feature.Deps, cl *feature.Client, a org.Arrival) (org.Me, error)
	Confirm(ctx context.Context, deps feature.Deps, cl *feature.Client, password string) error
	Free(ctx context.Context, deps feature.Deps, cl *feature.Client, t org.Try) error
	Missed(ctx context.Context, deps feature.Deps, cl *feature.Client, t org.Try) error
	Lost(ctx context.Context, deps feature.Deps, cl *feature.Client) error
}

// Feature is what other ways in add to the system.
func (h *House) Feature(door Door) feature.Feature {
	h.door = door
	return feature.Feature{
		Name:   "identity",
		Rights: []rbac.Right{{Permission: Manage, Roles: []rbac.Role{rbac.Admin}}},
		Routes: []feature.Route{
			feature.GET("/identity/ways/{slug}", rbac.Anyone, feature.Look(h.ways)),
			feature.POST("/identity/sign-in/begin", rbac.Anyone, feature.Door(h.beginSignIn)),
			feature.POST("/identity/sign-in/finish", rbac.Anyone, feature.Door(h.finishSignIn)),
			feature.POST("/identity/sign-in/password", rbac.Anyone, feature.Door(h.askSignIn)),

			feature.GET("/identity/mine", rbac.Member, feature.Read(h.mine)),
			feature.POST("/identity/mine/begin", rbac.Member, feature.Door(h.beginLink)),
			feature.POST("/identity/mine/finish", rbac.Member, feature.Door(h.finishLink)),
			feature.POST("/identity/mine/password", rbac.Member, feature.Door(h.askLink)),
			feature.DELETE("/identity/mine/{id}", rbac.Member, feature.Write(h.unlinkMine)),

			feature.GET("/identity/kinds", Manage, feature.Read(h.listKinds)),
			feature.GET("/identity/providers", Manage, feature.Read(h.listProviders)),
			feature.POST("/identity/providers", Manage, feature.Write(h.addProvider)),
			feature.PATCH("/identity/providers/{id}", Manage, feature.Write(h.editProvider)),
			feature.POST("/identity/providers/{id}/enable", Manage, feature.Write(h.enable)),
			feature.POST("/identity/providers/{id}/disable", Manage, feature.Write(h.disable)),
			feature.DELETE("/identity/providers/{id}", Manage, feature.Write(h.dropProvider)),
			feature.POST("/identity/providers/{id}/test", Manage, feature.Door(h.test)),
			feature.GET("/identity/providers/{id}/links", Manage, feature.Read(listLinks)),
			feature.POST("/identity/providers/{id}/links", Manage, feature.Write(h.addLink)),
			feature.DELETE("/identity/links/{id}", Manage, feature.Write(dropLink)),
			feature.GET("/identity/rules", Manage, feature.Read(showRules)),
			feature.PUT("/identity/rules", Manage, feature.Write(setRules)),
		},
		Migrations: files,
	}
}
