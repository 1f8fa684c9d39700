package message

import (
	"embed"

	"hetu/feature"
	"hetu/rbac"
)

//go:embed migrations
var files embed.FS

// Feature is what notices to a person add to the system.
func Feature() feature.Feature {
	return feature.Feature{
		Name: "message",
		Routes: []feature.Route{
			feature.GET("/message/notices", rbac.Member, feature.Read(List)),
			feature.POST("/message/notices/{id}/read", rbac.Member, feature.Write(read)),
			feature.POST("/message/notices/read-all", rbac.Member, feature.Write(readAll)),
			feature.GET("/message/count", rbac.Member, feature.Read(count)),
		},
		Migrations: files,
	}
}
