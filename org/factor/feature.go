package factor

import (
	"embed"

	"hetu/feature"
	"hetu/org"
	"hetu/rbac"
)

// Help is the permission to ask that somebody's lost second factor be taken
// away, and to confirm what another asks. It takes two who have it.
const Help rbac.Permission = "factor.help"

//go:embed migrations
var files embed.FS

// Feature is what the second factor of members adds to the system: their own
// pages, and the help of two administrators for whoever has lost theirs. House is
// the members' door.
func (d *Desk) Feature(house House) feature.Feature {
	return feature.Feature{
		Name:   "factor",
		Rights: []rbac.Right{{Permission: Help, Roles: []rbac.Role{rbac.Admin, rbac.Security}}},
		Routes: append(d.Routes("/factor/mine", rbac.Member, house),
			feature.GET("/factor/held", Help, feature.Read(listHeld)),
			feature.GET("/factor/resets", Help, feature.Read(listResets)),
			feature.POST("/factor/resets", Help, feature.Write(askReset)),
			feature.POST("/factor/resets/{id}/confirm", Help, feature.Write(confirmReset)),
			feature.POST("/factor/resets/{id}/refuse", Help, feature.Write(refuseReset)),
			feature.GET("/factor/consents", Help, feature.Read(listConsents)),
			feature.POST("/factor/consents/{id}/give", Help, feature.Write(giveConsent)),
			feature.POST("/factor/consents/{id}/refuse", Help, feature.Write(refuseConsent)),
		),
		Migrations: files,
	}
}

var _ org.Second = (*Desk)(nil)
