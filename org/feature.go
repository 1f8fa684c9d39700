package org

import (
	"context"
	"embed"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/job"
	"hetu/rbac"
	"hetu/tenant"
)

//go:embed migrations
var files embed.FS

// Parts are what the people of a tenant are worked with.
type Parts struct {
	Passwords *Passwords
	Sessions  *Sessions
	Guard     *rbac.Guard
	Seed      Seeder              // what every feature gives a new tenant
	Rights    func() []rbac.Right // what can be granted
	Alarm     Alarm               // who is told of an address that is refused; nil: nobody but the audit
	Second    Second              // who asks for a second factor; nil: nobody
	Sets      func() []RoleSet    // what a role of one's own may begin with; nil: nothing
	Scopes    map[string]Naming   // how nodes are called that rights are granted on, by the kind of scope
	Leaving   Leaving             // what keeps a member from leaving; nil: nothing
	Tell      Telling             // sends notices; nil: nobody is told
	Houses    Houses              // the other ways in; nil: there are none
}

// An Alarm tells people of an address from which sign-ins fail too often.
type Alarm func(ctx context.Context, tx *tenant.Tx, address string) error

// A Telling sends a notice to members.
type Telling func(ctx context.Context, tx *tenant.Tx, to []uuid.UUID, code, href string, params map[string]string) error

// house holds the parts for the endpoints.
type house struct{ Parts }

var rights = []rbac.Right{
	{Permission: Manage, Scoped: true, Roles: []rbac.Role{rbac.Admin}}, // on a department: its administrator
	{Permission: Grant, Scoped: true, Roles: []rbac.Role{rbac.Security}},
	{Permission: Audit, Scoped: true, Roles: []rbac.Role{rbac.Admin, rbac.Security, rbac.Auditor}},
}

// Feature is what people and rights add to the system.
func Feature(p Parts) feature.Feature {
	h := &house{p}
	return feature.Feature{
		Name:       "org",
		Rights:     rights,
		Routes:     h.routes(),
		Rounds:     []job.Round{expiry(), outstayed()},
		Migrations: files,
	}
}

func (h *house) routes() []feature.Route {
	return []feature.Route{
		feature.GET("/org/tenants/{slug}", rbac.Anyone, feature.Look(h.look)),
		feature.POST("/org/sign-in", rbac.Anyone, feature.Door(h.signIn)),
		feature.POST("/org/sign-in/second", rbac.Anyone, feature.Door(h.signInFurther)),
		feature.POST("/org/activations/look", rbac.Anyone, feature.Door(h.invitation)),
		feature.POST("/org/activate", rbac.Anyone, feature.Door(h.activate)),

		feature.POST("/org/requests", rbac.Anyone, feature.Door(h.askReset)),
		feature.POST("/org/reset", rbac.Anyone, feature.Door(h.reset)),

		feature.GET("/org/me", rbac.Member, feature.Look(h.showMe)),
		feature.POST("/org/sign-out", rbac.Member, feature.Door(h.signOut)),
		feature.POST("/org/password", rbac.Member, feature.Door(h.password)),
		feature.POST("/org/stolen", rbac.Member, feature.Write(h.reportStolen)),
		feature.POST("/org/join", rbac.Member, feature.Door(h.join)),
		feature.POST("/org/switch", rbac.Member, feature.Door(h.switchTenant)),
		feature.GET("/org/sessions", rbac.Member, feature.Read(listSessions)),
		feature.DELETE("/org/sessions/{id}", rbac.Member, feature.Write(endSession)),

		feature.GET("/org/directory", rbac.Member, feature.Read(directory)),
		feature.GET("/org/departments", rbac.Member, feature.Read(listDepartments)),
		feature.POST("/org/departments", Manage, feature.Write(addDepartment)),
		feature.PATCH("/org/departments/{id}", Manage, feature.Write(editDepartment)),
		feature.DELETE("/org/departments/{id}", Manage, feature.Write(dropDepartment)),

		feature.GET("/org/members", Manage, feature.Read(listMembers)).Sheet(memberSheet),
		feature.POST("/org/members", Manage, feature.Door(h.addMember)),
		feature.PATCH("/org/members/{id}", Manage, feature.Write(editMember)),
		feature.POST("/org/members/{id}/lock", Manage, feature.Write(lockMember)),
		feature.POST("/org/members/{id}/unlock", Manage, feature.Write(unlockMember)),
		feature.POST("/org/members/{id}/leave", Manage, feature.Write(h.letGo)),
		feature.POST("/org/members/{id}/reset", Manage, feature.Door(h.resetMember)),
		feature.POST("/org/members/{id}/link", Manage, feature.Door(h.linkMember)),
		feature.POST("/org/members/{id}/posts", Manage, feature.Write(addPost)),
		feature.PATCH("/org/posts/{id}", Manage, feature.Write(editPost)),
		feature.DELETE("/org/posts/{id}", Manage, feature.Write(dropPost)),

		feature.GET("/org/logins", Manage, feature.Read(suggestLogin)),
		feature.GET("/org/requests", Manage, feature.Read(listRequests)),
		feature.POST("/org/requests/{id}/refuse", Manage, feature.Write(refuseRequest)),
		feature.GET("/org/consents", Manage, feature.Read(listConsents)),
		feature.POST("/org/consents/{id}/give", Manage, feature.Write(giveConsent)),
		feature.POST("/org/consents/{id}/refuse", Manage, feature.Write(refuseConsent)),
		feature.GET("/org/sessions/together", Manage, feature.Read(signedInTwice)),
		feature.GET("/org/password-rules", Manage, feature.Read(showRules)),
		feature.PUT("/org/password-rules", Manage, feature.Write(setRules)),

		feature.GET("/org/roles", Audit, feature.Read(listRoles)),
		feature.POST("/org/roles", Grant, feature.Write(h.addRole)),
		feature.PATCH("/org/roles/{id}", Grant, feature.Write(h.editRole)),
		feature.DELETE("/org/roles/{id}", Grant, feature.Write(dropRole)),
		feature.GET("/org/permissions", Audit, feature.Read(h.listPermissions)),
		feature.GET("/org/role-sets", Audit, feature.Read(h.roleSets)),
		feature.GET("/org/grants", Audit, feature.Read(h.listGrants)).Sheet(grantSheet),
		feature.GET("/org/grants/scopes", Audit, feature.Read(h.listScopes)),
		feature.POST("/org/grants", Grant, feature.Write(h.give)),
		feature.DELETE("/org/grants/{id}", Grant, feature.Write(takeBack)),
	}
}
