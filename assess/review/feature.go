package review

import (
	"context"
	"time"

	"hetu/assess"
	"hetu/attachment"
	"hetu/feature"
	"hetu/job"
	"hetu/progress"
	"hetu/rbac"
)

// Feature is what self-assessment, review and ratings add to the system. Files
// hold the evidence; works close a review, and work a round out with what was
// reviewed, as long as the gates let it change.
func Feature(files *attachment.Attachments, works *progress.Works, before ...assess.Gate) feature.Feature {
	c, h := calls{works, before}, handing{files}
	c.offer()
	return feature.Feature{
		Name: "review",
		Rights: []rbac.Right{
			{Permission: Manage, Roles: []rbac.Role{rbac.Evaluator}},
			{Permission: Fill, Roles: []rbac.Role{rbac.Office, rbac.Head}},
			{Permission: Submit, Roles: []rbac.Role{rbac.Office, rbac.Head}},
		},
		Routes: []feature.Route{
			feature.GET("/review/calls", Manage, feature.Read(listCalls)),
			feature.POST("/review/calls", Manage, feature.Write(create)),
			feature.GET("/review/calls/{id}", Manage, feature.Read(callPage)),
			feature.PUT("/review/calls/{id}/assessors", Manage, feature.Write(assign)),
			feature.POST("/review/calls/{id}/start", Manage, feature.Write(c.start)),
			feature.POST("/review/calls/{id}/permits", Manage, feature.Write(permit)),
			feature.POST("/review/calls/{id}/close", Manage, feature.Write(c.end)),
			feature.POST("/review/calls/{id}/cancel", Manage, feature.Write(cancel)),
			feature.GET("/review/units/{id}", Manage, feature.Read(unitPage)),
			feature.POST("/review/units/{id}/return", Manage, feature.Write(giveBack)),
			feature.POST("/review/units/{id}/settle", Manage, feature.Write(settle)),

			// Whoever is assigned to a line reviews it; there is nothing in
			// these for anybody else.
			feature.GET("/review/queue", rbac.Member, feature.Read(queue)),
			feature.POST("/review/units/{id}/scores", rbac.Member, feature.Write(score)),
			feature.GET("/review/units/{id}/files/{file}", rbac.Member, feature.Stream(h.evidence)),
			feature.POST("/review/units/{id}/looks", rbac.Member, feature.Write(openItem)),

			feature.GET("/review/forms", Fill, feature.Read(listForms)),
			feature.GET("/review/forms/{id}", Fill, feature.Read(form)),
			feature.PUT("/review/forms/{id}", Fill, feature.Write(save)),
			feature.GET("/review/forms/{id}/deeds", Fill, feature.Read(proofs)),
			feature.POST("/review/forms/{id}/files", Fill, feature.Write(attach)),
			feature.GET("/review/forms/{id}/files/{file}", Fill, feature.Stream(h.file)),
			feature.POST("/review/forms/{id}/submit", Submit, feature.Write(submit)),

			feature.GET("/review/polls", Manage, feature.Read(listPolls)),
			feature.POST("/review/polls", Manage, feature.Write(ask)),
			feature.GET("/review/polls/{id}", Manage, feature.Read(getPoll)),
			feature.POST("/review/polls/{id}/put-off", Manage, feature.Write(putOff)),
			feature.POST("/review/polls/{id}/close", Manage, feature.Write(shut)),
			feature.POST("/review/polls/{id}/cancel", Manage, feature.Write(drop)),
			feature.GET("/review/tickets", rbac.Member, feature.Read(listTickets)),
			feature.GET("/review/tickets/{id}", rbac.Member, feature.Read(getTicket)),
			feature.POST("/review/tickets/{id}/ballot", rbac.Member, feature.Write(vote)),
		},
		Rounds:     []job.Round{{Name: "review.remind", Every: 10 * time.Minute, Run: remind}},
		Migrations: migrations,
	}
}

func maySubmit(ctx context.Context) bool { return rbac.From(ctx).Has(Submit) }
