package token

import (
	"hetu/feature"
	"hetu/rbac"
)

// Manage is the permission to see and end the tokens of everybody.
const Manage rbac.Permission = "token.manage"

// Feature is what tokens add to the system. Their table belongs to the platform:
// whose a token is, is asked before any tenant is entered.
func Feature(house House) feature.Feature {
	d := desk{house}
	return feature.Feature{
		Name:   "token",
		Rights: []rbac.Right{{Permission: Manage, Roles: []rbac.Role{rbac.Admin, rbac.Security}}},
		Routes: []feature.Route{
			feature.GET("/token/mine", rbac.Member, feature.Read(listMine)),
			feature.POST("/token/mine", rbac.Member, feature.Door(d.make)),
			feature.DELETE("/token/mine/{id}", rbac.Member, feature.Write(endMine)),
			feature.GET("/token/tokens", Manage, feature.Read(listAll)),
			feature.DELETE("/token/tokens/{id}", Manage, feature.Write(endAny)),
		},
	}
}
