package assess

import "hetu/feature"

// views are the endpoints of what is looked at: the year, units side by side,
// documents; and of what the units see while a round is running.
func views(p press) []feature.Route {
	p.offer()
	return []feature.Route{
		feature.GET("/assess/year", View, feature.Read(yearPage)),
		feature.GET("/assess/rounds/{id}/compare", View, feature.Read(compare)),
		feature.GET("/assess/rounds/{id}/heat", View, feature.Read(heat)),
		feature.GET("/assess/rounds/{id}/spread", View, feature.Read(spread)),
		feature.GET("/assess/rounds/{id}/paper", View, feature.Stream(paperOf)),
		feature.POST("/assess/rounds/{id}/sheets", View, feature.Write(p.sheets)),
		feature.POST("/assess/rounds/{id}/live", Manage, feature.Write(show)),

		feature.POST("/assess/samples", View, feature.Write(sample)),
		feature.GET("/assess/samples", Own, feature.Read(samples)),
		feature.POST("/assess/samples/{id}/noticed", Own, feature.Write(notice)),
		feature.GET("/assess/mine", Own, feature.Read(mine)),
		feature.GET("/assess/mine/{id}", Own, feature.Read(mineIn)),
		feature.GET("/assess/standings", Own, feature.Read(standings)),

		feature.GET("/assess/bulletins", View, feature.Read(bulletins)),
		feature.POST("/assess/bulletins", Manage, feature.Write(draftBulletin)),
		feature.GET("/assess/bulletins/{id}", View, feature.Read(bulletin)),
		feature.PUT("/assess/bulletins/{id}", Manage, feature.Write(editBulletin)),
		feature.DELETE("/assess/bulletins/{id}", Manage, feature.Write(dropBulletin)),
		feature.POST("/assess/bulletins/{id}/issue", Manage, feature.Write(p.issue)),
		feature.GET("/assess/bulletins/{id}/file", View, feature.Stream(p.file)),
		feature.POST("/assess/bulletins/{id}/show", Manage, feature.Write(reveal)),
		feature.POST("/assess/bulletins/{id}/conceal", Manage, feature.Write(conceal)),
		feature.GET("/assess/gazettes", Own, feature.Read(gazettes)),
		feature.GET("/assess/gazettes/{id}", Own, feature.Read(gazette)),
		feature.GET("/assess/gazettes/{id}/file", Own, feature.Stream(p.gazetteFile)),
	}
}
