package staff

import (
	"embed"

	"hetu/feature"
	"hetu/rbac"
)

//go:embed migrations
var files embed.FS

// Feature is what staff adds to the system.
func (s *Staff) Feature() feature.Feature {
	return feature.Feature{
		Name: "staff",
		Rights: []rbac.Right{
			{Permission: Manage, Roles: []rbac.Role{rbac.Admin}},
			{Permission: Request, Roles: []rbac.Role{rbac.Head}},
		},
		Routes: []feature.Route{
			feature.POST("/staff/imports", Manage, feature.Receive(maxFile, receive)),
			feature.GET("/staff/imports", Manage, feature.Read(listImports)),
			feature.GET("/staff/imports/template", Manage, feature.Stream(template)),
			feature.POST("/staff/imports/{id}/undo", Manage, feature.Write(undo)),
			feature.POST("/staff/imports/{id}/slips", Manage, feature.Door(slips)),

			// Whom somebody may let go or move is decided member by member (org.Manages).
			feature.GET("/staff/members/{id}/open", rbac.Member, feature.Read(s.showOpen)),
			feature.POST("/staff/members/{id}/leave", rbac.Member, feature.Write(s.leave)),
			feature.POST("/staff/members/{id}/transfer", rbac.Member, feature.Write(s.transfer)),
			feature.POST("/staff/members/{id}/handover", rbac.Member, feature.Write(s.handOver)),
			feature.GET("/staff/handovers", Manage, feature.Read(listHandovers)).Sheet(handoverSheet),

			feature.GET("/staff/requests", rbac.Member, feature.Read(listRequests)), // all to who manages people, else one's own
			feature.POST("/staff/requests", Request, feature.Write(s.ask)),
			feature.GET("/staff/requests/{id}", rbac.Member, feature.Read(showRequest)),
			feature.POST("/staff/requests/{id}/slip", rbac.Member, feature.Door(slipOf)),

			feature.GET("/staff/offices", rbac.Member, feature.Read(listOffices)),
			feature.POST("/staff/offices", Manage, feature.Write(s.name)),
			feature.POST("/staff/offices/{id}/decide", rbac.Member, feature.Write(s.decide)),
			feature.POST("/staff/offices/{id}/end", Manage, feature.Write(endOffice)),

			feature.GET("/staff/book", rbac.Member, feature.Read(book)).Sheet(bookSheet),
			feature.GET("/staff/card", rbac.Member, feature.Read(showCard)),
			feature.PUT("/staff/card", rbac.Member, feature.Write(setCard)),
			feature.GET("/staff/book-rules", rbac.Member, feature.Read(showBookRules)),
			feature.PUT("/staff/book-rules", Manage, feature.Write(setBookRules)),
			feature.GET("/staff/register", Manage, feature.Read(register)),
		},
		Approvals:  []feature.Approval{{Kind: Kind, Current: currentRequest, Decided: s.decided}},
		Migrations: files,
	}
}
