package target

import (
	"time"

	"hetu/feature"
	"hetu/job"
	"hetu/rbac"
	"hetu/storage"
)

// Feature is what targets add to the system. What shows a report lies in store.
func Feature(store storage.Store) feature.Feature {
	f := files{store}
	return feature.Feature{
		Name: "target",
		Rights: []rbac.Right{
			{Permission: Manage, Roles: []rbac.Role{rbac.Office, rbac.Evaluator}},
			{Permission: View, Roles: []rbac.Role{rbac.Office, rbac.Evaluator}},
			// Who leads the tenant accepts without it: it is for whoever they entrust with it.
			{Permission: Accept},
		},
		Routes: []feature.Route{
			feature.GET("/target/board", View, feature.Read(board)),
			feature.GET("/target/board/file", View, feature.Stream(boardFile)),
			feature.GET("/target/units", Manage, feature.Read(units)),
			feature.GET("/target/units/{unit}", View, feature.Read(sheet)),
			feature.POST("/target/units/{unit}/issue", Manage, feature.Write(issueUnit)),
			feature.GET("/target/indicators", Manage, feature.Read(indicators)),
			feature.POST("/target/copies", Manage, feature.Write(copyYear)),

			// Which targets concern a member, and who may do what to them, is decided target by target.
			feature.GET("/target/own", rbac.Member, feature.Read(own)),
			feature.GET("/target/mine", rbac.Member, feature.Read(mine)),
			feature.POST("/target/targets", rbac.Member, feature.Write(create)),
			feature.GET("/target/targets/{id}", rbac.Member, feature.Read(show)),
			feature.PUT("/target/targets/{id}", rbac.Member, feature.Write(edit)),
			feature.POST("/target/targets/{id}/reopen", rbac.Member, feature.Write(reopen)),
			feature.POST("/target/targets/{id}/drop", rbac.Member, feature.Write(drop)),
			feature.POST("/target/targets/{id}/issue", rbac.Member, feature.Write(issueParts)),
			feature.POST("/target/targets/{id}/accept", rbac.Member, feature.Write(accept)),
			feature.POST("/target/targets/{id}/return", rbac.Member, feature.Write(giveBack)),
			feature.POST("/target/targets/{id}/people", rbac.Member, feature.Write(people)),
			feature.POST("/target/targets/{id}/reports", rbac.Member, feature.Write(report)),
			feature.POST("/target/targets/{id}/permits", rbac.Member, feature.Write(permit)),
			feature.GET("/target/targets/{id}/reports/{report}/file", rbac.Member, feature.Stream(f.content)),
		},
		Rounds: []job.Round{{Name: "target.watch", Every: 30 * time.Second, Run: watch}},
		Indicators: []feature.Indicator{
			{Kind: Reported, Name: "目标进展报告", Good: true},
			{Kind: Missed, Name: "目标进展逾期未报", Good: false},
		},
		Migrations: migrations,
	}
}
