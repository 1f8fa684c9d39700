package org

import (
	"context"
	"embed"

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
	Scopes    map[string]Naming   // how nodes are called that rights are granted on, by the kind of scope
}

// An Alarm tells people of an address from which sign-ins fail too often.
type Alarm func(ctx context.Context, tx *tenant.Tx, address string) error

// house holds the parts for the endpoints.
type house struct{ Parts }

// Feature is what people and rights add to the system.
func Feature(p Parts) feature.Feature {
	h := &house{p}
	return feature.Feature{
		Name: "org",
		Rights: []rbac.Right{
			{Permission: Manage, Roles: []rbac.Role{rbac.Admin}},
			{Permission: Grant, Roles: []rbac.Role{rbac.Admin}},
			{Permission: Audit, Roles: []rbac.Role{rbac.Admin, rbac.Auditor}},
		},
		Routes: []feature.Route{
			feature.GET("/org/tenants/{slug}", rbac.Anyone, feature.Look(h.look)),
			feature.POST("/org/sign-in", rbac.Anyone, feature.Door(h.signIn)),
			feature.POST("/org/activations/look", rbac.Anyone, feature.Door(h.invitation)),
			feature.POST("/org/activate", rbac.Anyone, feature.Door(h.activate)),

			feature.GET("/org/me", rbac.Member, feature.Look(h.showMe)),
			feature.POST("/org/sign-out", rbac.Member, feature.Door(h.signOut)),
			feature.POST("/org/password", rbac.Member, feature.Door(h.password)),
			feature.POST("/org/join", rbac.Member, feature.Door(h.join)),
			feature.POST("/org/switch", rbac.Member, feature.Door(h.switchTenant)),
			feature.GET("/org/sessions", rbac.Member, feature.Read(listSessions)),
			feature.DELETE("/org/sessions/{id}", rbac.Member, feature.Write(endSession)),

			feature.GET("/org/directory", rbac.Member, feature.Read(directory)),
			feature.GET("/org/departments", rbac.Member, feature.Read(listDepartments)),
			feature.POST("/org/departments", Manage, feature.Write(AddDepartment)),
			feature.PATCH("/org/departments/{id}", Manage, feature.Write(editDepartment)),
			feature.DELETE("/org/departments/{id}", Manage, feature.Write(dropDepartment)),

			feature.GET("/org/members", Manage, feature.Read(listMembers)).Sheet(memberSheet),
			feature.POST("/org/members", Manage, feature.Door(h.addMember)),
			feature.PATCH("/org/members/{id}", Manage, feature.Write(editMember)),
			feature.POST("/org/members/{id}/lock", Manage, feature.Write(lockMember)),
			feature.POST("/org/members/{id}/unlock", Manage, feature.Write(unlockMember)),
			feature.POST("/org/members/{id}/leave", Manage, feature.Write(leaveMember)),
			feature.POST("/org/members/{id}/reset", Manage, feature.Door(h.resetMember)),
			feature.POST("/org/members/{id}/link", Manage, feature.Door(h.linkMember)),
			feature.POST("/org/members/{id}/posts", Manage, feature.Write(addPost)),
			feature.PATCH("/org/posts/{id}", Manage, feature.Write(editPost)),
			feature.DELETE("/org/posts/{id}", Manage, feature.Write(dropPost)),

			feature.GET("/org/roles", Audit, feature.Read(listRoles)),
			feature.POST("/org/roles", Grant, feature.Write(h.addRole)),
			feature.PATCH("/org/roles/{id}", Grant, feature.Write(h.editRole)),
			feature.DELETE("/org/roles/{id}", Grant, feature.Write(dropRole)),
			feature.GET("/org/permissions", Audit, feature.Read(h.listPermissions)),
			feature.GET("/org/grants", Audit, feature.Read(h.listGrants)).Sheet(grantSheet),
			feature.GET("/org/grants/scopes", Audit, feature.Read(h.listScopes)),
			feature.POST("/org/grants", Grant, feature.Write(h.give)),
			feature.DELETE("/org/grants/{id}", Grant, feature.Write(takeBack)),
		},
		Rounds:     []job.Round{expiry()},
		Migrations: files,
	}
}
