package verdict

import (
	"time"

	"hetu/feature"
	"hetu/job"
	"hetu/rbac"
)

// Feature is what verdicts add to the system.
func (v *Verdicts) Feature() feature.Feature {
	return feature.Feature{
		Name: "verdict",
		Rights: []rbac.Right{
			{Permission: Manage, Roles: []rbac.Role{rbac.Evaluator}},
			{Permission: View, Roles: []rbac.Role{rbac.Evaluator, rbac.Office}},
			{Permission: Answer, Roles: []rbac.Role{rbac.Evaluator, rbac.Office}},
			{Permission: Decide, Roles: []rbac.Role{rbac.Office}},
			{Permission: Own, Roles: []rbac.Role{rbac.Office, rbac.Head}},
		},
		Routes: []feature.Route{
			feature.GET("/verdict/dues", View, feature.Read(v.dues)),
			feature.GET("/verdict/people", View, feature.Read(v.people)),
			feature.GET("/verdict/rounds/{id}", View, feature.Read(v.page)),
			feature.PUT("/verdict/rounds/{id}/calendar", Manage, feature.Write(v.setCalendar)),
			feature.POST("/verdict/rounds/{id}/done", View, feature.Write(v.done)),
			feature.POST("/verdict/rounds/{id}/permits", Manage, feature.Write(v.permit)),
			feature.POST("/verdict/rounds/{id}/notice", Manage, feature.Write(v.openNotice)),
			feature.GET("/verdict/rounds/{id}/appeals", View, feature.Read(v.appeals)),
			feature.POST("/verdict/rounds/{id}/grading", Manage, feature.Write(v.propose)),
			feature.POST("/verdict/rounds/{id}/decision", Decide, feature.Write(v.decision)),
			feature.POST("/verdict/rounds/{id}/annul", Decide, feature.Write(v.annul)),
			feature.POST("/verdict/rounds/{id}/filing", Manage, feature.Write(v.fileRound)),
			feature.POST("/verdict/appeals/{id}/answer", Answer, feature.Write(v.answer)),
			feature.GET("/verdict/appeals/{id}/file", View, feature.Stream(v.file)),

			feature.GET("/verdict/notices", Own, feature.Read(v.shown)),
			feature.GET("/verdict/notices/{id}", Own, feature.Read(v.shownIn)),
			feature.POST("/verdict/notices/{id}/appeals", Own, feature.Write(v.raise)),
			feature.POST("/verdict/raised/{id}/withdraw", Own, feature.Write(v.withdraw)),
			feature.POST("/verdict/raised/{id}/again", Own, feature.Write(v.again)),
			feature.GET("/verdict/raised/{id}/file", Own, feature.Stream(v.ownFile)),
		},
		Rounds:     []job.Round{{Name: "verdict.tell", Every: time.Minute, Run: v.tell}},
		Migrations: migrations,
	}
}
