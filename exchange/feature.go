package exchange

import (
	"embed"
	"time"

	"hetu/feature"
	"hetu/job"
	"hetu/rbac"
)

//go:embed migrations
var migrations embed.FS

// Feature is what the exchange adds to the system.
func (x *Exchange) Feature() feature.Feature {
	return feature.Feature{
		Name: "exchange",
		Rights: []rbac.Right{
			{Permission: Report, Roles: []rbac.Role{rbac.Publisher, rbac.Office}},
			{Permission: Receive, Roles: []rbac.Role{rbac.Office}},
			{Permission: Manage, Roles: []rbac.Role{rbac.Office}},
			{Permission: Give, Roles: []rbac.Role{rbac.Publisher, rbac.Office}},
			{Permission: Solicit, Roles: []rbac.Role{rbac.Office}},
			// A score leads to the envelope behind it, so whoever scores or audits reads it.
			{Permission: Inspect, Roles: []rbac.Role{rbac.Office, rbac.Evaluator, rbac.Auditor}},
		},
		Routes: append(x.given(),
			feature.GET("/exchange/targets", Report, feature.Read(targets)),
			feature.POST("/exchange/reports", Report, feature.Write(x.report)),
			feature.GET("/exchange/outbox", Report, feature.Read(outbox)).Sheet(outSheet),
			feature.GET("/exchange/inbox", Receive, feature.Read(inbox)).Sheet(inSheet),
			// Either side reads its own envelopes; find decides which.
			feature.GET("/exchange/envelopes/{id}", rbac.Member, feature.Read(view)),
			feature.GET("/exchange/envelopes/{id}/attachments/{attachment}/content", rbac.Member, feature.Stream(x.content)),
			feature.GET("/exchange/envelopes/{id}/attachments/{attachment}/preview", rbac.Member, feature.Afterwards(x.preview)),
			feature.POST("/exchange/envelopes/{id}/receive", Receive, feature.Write(receive)),
			feature.POST("/exchange/envelopes/{id}/adopt", Receive, feature.Write(x.adopt)),
			feature.POST("/exchange/envelopes/{id}/decline", Receive, feature.Write(decline)),
			feature.POST("/exchange/envelopes/{id}/recall", Report, feature.Write(recall)),
			feature.POST("/exchange/envelopes/{id}/copy", Report, feature.Write(copyAgain)),
			feature.POST("/exchange/envelopes/{id}/instruct", Receive, feature.Write(instruct)),
			feature.POST("/exchange/envelopes/{id}/correct", Receive, feature.Write(correct)),
			feature.GET("/exchange/below", rbac.Member, feature.Read(units)),
			feature.GET("/exchange/solicitations", Solicit, feature.Read(solicitations)).Sheet(askSheet),
			feature.POST("/exchange/solicitations", Solicit, feature.Write(solicit)),
			feature.GET("/exchange/solicitations/{id}", Solicit, feature.Read(solicitation)),
			feature.POST("/exchange/solicitations/{id}/urge", Solicit, feature.Write(urge)),
			feature.POST("/exchange/solicitations/{id}/withdraw", Solicit, feature.Write(withdrawSolicitation)),
			feature.GET("/exchange/asked", Report, feature.Read(askedList)).Sheet(askedSheet),
			feature.GET("/exchange/asked/{id}", Report, feature.Read(askedPage)),
			feature.GET("/exchange/bulletin", Receive, feature.Read(draft)).Sheet(lineSheet),
			// A bulletin that was issued is for everybody it went to.
			feature.GET("/exchange/bulletins", rbac.Member, feature.Read(bulletins)),
			feature.POST("/exchange/bulletins", Manage, feature.Write(issueBulletin)),
			feature.GET("/exchange/bulletins/{id}", rbac.Member, feature.Read(bulletin)).Sheet(lineSheet),
			feature.GET("/exchange/pushes", Give, feature.Read(pushes)).Sheet(pushSheet),
			feature.POST("/exchange/pushes", Give, feature.Write(x.give)),
			feature.GET("/exchange/pushes/{id}", Give, feature.Read(push)).Sheet(pushUnitSheet),
			feature.POST("/exchange/pushes/{id}/deliver", Give, feature.Write(x.redeliver)),
			feature.POST("/exchange/pushes/{id}/withdraw", Give, feature.Write(withdrawPush)),
			feature.GET("/exchange/journals", rbac.Member, feature.Read(journals)),
			feature.POST("/exchange/journals", Manage, feature.Write(openJournal)),
			feature.PATCH("/exchange/journals/{id}", Manage, feature.Write(changeJournal)),
		),
		Works:  []job.Work{{Name: copyWork, Run: x.copy}, {Name: remindWork, Run: remind}},
		Rounds: []job.Round{{Name: "exchange.lost", Every: 10 * time.Minute, Run: endLost}, {Name: "exchange.tell", Every: 20 * time.Second, Run: tell}},
		Indicators: []feature.Indicator{
			{Kind: "exchange.reported", Name: "信息上报", Good: true},
			{Kind: "exchange.received", Name: "上报信息被接收", Good: true},
			{Kind: "exchange.adopted", Name: "上报信息被采用", Good: true},
			{Kind: "exchange.instructed", Name: "上报信息获领导批示", Good: true},
			{Kind: answerDeed, Name: "约稿报送", Good: true},
		},
		Seed:       seed,
		Migrations: migrations,
	}
}

// given are the routes to what tenants above give: for every member.
func (x *Exchange) given() []feature.Route {
	return []feature.Route{
		feature.GET("/exchange/pushed", rbac.Member, feature.Read(pushedList)),
		feature.GET("/exchange/pushed/{id}", rbac.Member, feature.Read(pushedPage)),
		feature.POST("/exchange/pushed/{id}/read", rbac.Member, feature.Write(readPushed)),
		feature.GET("/exchange/pushed/{id}/attachments/{attachment}/content", rbac.Member, feature.Stream(x.pushedContent)),
		feature.GET("/exchange/pushed/{id}/attachments/{attachment}/preview", rbac.Member, feature.Afterwards(x.pushedPreview)),
	}
}
