package console

import (
	"embed"
	"slices"

	"hetu/console/glass"
	"hetu/console/template"
	"hetu/feature"
	"hetu/job"
	"hetu/org"
	"hetu/org/factor"
	"hetu/rbac"
)

//go:embed migrations
var files embed.FS

// Parts are what the operators' door is made of.
type Parts struct {
	Passwords *org.Passwords
	Sessions  *org.Sessions // of operators, see NewSessions
	Second    *factor.Desk  // of operators; nil: there is no second factor
}

// desk holds the parts for the endpoints.
type desk struct{ Parts }

// Feature is what the operators' door adds to the system.
func Feature(p Parts) feature.Feature {
	d := &desk{p}
	var factors []feature.Route
	if p.Second != nil {
		factors = p.Second.Routes("/console/factor", rbac.Operator, d)
	}
	return feature.Feature{
		Name: "console",
		Routes: slices.Concat([]feature.Route{
			feature.POST("/console/sign-in", rbac.Anyone, feature.Door(d.signIn)),
			feature.POST("/console/sign-in/second", rbac.Anyone, feature.Door(d.signInFurther)),
			feature.POST("/console/sign-out", rbac.Operator, feature.Door(d.signOut)),
			feature.GET("/console/me", rbac.Operator, feature.Look(d.me)),
			feature.POST("/console/password", rbac.Operator, feature.Door(d.password)),
			feature.GET("/console/sessions", rbac.Operator, feature.OperatorRead(listSessions)),
			feature.DELETE("/console/sessions/{id}", rbac.Operator, feature.OperatorWrite(endSession)),
			feature.GET("/console/groups", rbac.Operator, feature.OperatorRead(listGroups)),
			feature.POST("/console/groups", rbac.Operator, feature.OperatorWrite(addGroup)),
			feature.GET("/console/tenants", rbac.Operator, feature.OperatorRead(listTenants)).Sheet(tenantSheet),
			feature.POST("/console/tenants", rbac.Operator, feature.Door(addTenantDoor)),
			feature.GET("/console/tenants/{id}", rbac.Operator, feature.OperatorRead(showTenant)),
			feature.POST("/console/tenants/{id}/suspend", rbac.Operator, feature.OperatorWrite(suspend)),
			feature.POST("/console/tenants/{id}/resume", rbac.Operator, feature.OperatorWrite(resume)),
			feature.POST("/console/tenants/{id}/first-admin", rbac.Operator, feature.Door(inviteAgain)),
			feature.GET("/console/usage", rbac.Operator, feature.OperatorRead(listUsage)).Sheet(usageSheet),
			feature.GET("/console/audit", rbac.Operator, feature.OperatorRead(listActs)).Sheet(actSheet),
			feature.GET("/console/tenants/{id}/plan", rbac.Operator, feature.OperatorRead(showPlan)),
			feature.PUT("/console/tenants/{id}/plan", rbac.Operator, feature.OperatorWrite(setPlan)),
			feature.PUT("/console/tenants/{id}/domain", rbac.Operator, feature.OperatorWrite(setDomain)),
		}, d.listRoutes(), onboardingRoutes(), glass.Routes(), template.Routes(), factors),
		Rounds:     []job.Round{MeasureRound()},
		Migrations: files,
	}
}
