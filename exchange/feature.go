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
			// A score leads to the envelope behind it, so whoever scores or audits reads it.
			{Permission: Inspect, Roles: []rbac.Role{rbac.Office, rbac.Evaluator, rbac.Auditor}},
		},
		Routes: []feature.Route{
			feature.GET("/exchange/targets", Report, feature.Read(targets)),
			feature.POST("/exchange/reports", Report, feature.Write(x.report)),
			feature.GET("/exchange/outbox", Report, feature.Read(outbox)).Sheet(outSheet),
			feature.GET("/exchange/inbox", Receive, feature.Read(inbox)).Sheet(inSheet),
			// Either side reads its own envelopes; find decides which.
			feature.GET("/exchange/envelopes/{id}", rbac.Member, feature.Read(view)),
			feature.GET("/exchange/envelopes/{id}/attachments/{attachment}/content", rbac.Member, feature.Stream(x.content)),
			feature.POST("/exchange/envelopes/{id}/receive", Receive, feature.Write(receive)),
			feature.POST("/exchange/envelopes/{id}/adopt", Receive, feature.Write(x.adopt)),
			feature.POST("/exchange/envelopes/{id}/decline", Receive, feature.Write(decline)),
			feature.POST("/exchange/envelopes/{id}/recall", Report, feature.Write(recall)),
			feature.GET("/exchange/journals", rbac.Member, feature.Read(journals)),
			feature.POST("/exchange/journals", Manage, feature.Write(openJournal)),
			feature.PATCH("/exchange/journals/{id}", Manage, feature.Write(changeJournal)),
		},
		Works:  []job.Work{{Name: copyWork, Run: x.copy}},
		Rounds: []job.Round{{Name: "exchange.tell", Every: 20 * time.Second, Run: tell}},
		Indicators: []feature.Indicator{
			{Kind: "exchange.reported", Name: "信息上报", Good: true},
			{Kind: "exchange.received", Name: "上报信息被接收", Good: true},
			{Kind: "exchange.adopted", Name: "上报信息被采用", Good: true},
		},
		Seed:       seed,
		Migrations: migrations,
	}
}
