package trial

import (
	"context"
	"time"

	"hetu/attachment"
	"hetu/feature"
	"hetu/job"
	"hetu/rbac"
	"hetu/tenant"
)

// Feature is what trial runs and what belongs to them add to the system. Files
// hold what trainings hand out; kinds are what deeds of all features are called.
func Feature(files *attachment.Attachments, kinds func() []feature.Indicator) feature.Feature {
	n := names(func(kind string) string {
		for _, k := range kinds() {
			if k.Kind == kind {
				return k.Name
			}
		}
		return kind
	})
	return feature.Feature{
		Name: "trial",
		Rights: []rbac.Right{
			{Permission: Manage, Roles: []rbac.Role{rbac.Office}},
			// Who leads the tenant decides without it: it is for whoever they entrust with it.
			{Permission: Decide},
			{Permission: Support, Roles: []rbac.Role{rbac.Admin, rbac.Office}},
			{Permission: Secure, Roles: []rbac.Role{rbac.Admin}},
		},
		Routes: append(append(n.runs(), feedbackRoutes()...), trainingRoutes(handing{files})...),
		Rounds: []job.Round{{Name: "trial.watch", Every: 10 * time.Minute, Run: watch}},
		Indicators: []feature.Indicator{
			{Kind: Submitted, Name: "意见反馈", Good: true},
			{Kind: Adopted, Name: "建议被采纳", Good: true},
			{Kind: Closed, Name: "反馈办结", Good: true},
			{Kind: Trained, Name: "参加培训", Good: true},
			{Kind: Found, Name: "漏洞故障报告", Good: true},
			{Kind: Exploited, Name: "利用漏洞", Good: false},
		},
		Migrations: migrations,
		Seed:       func(ctx context.Context, tx *tenant.Tx) error { return keep(ctx, tx) },
	}
}

func (n names) runs() []feature.Route {
	return []feature.Route{
		feature.GET("/trial", rbac.Member, feature.Read(standing)),
		feature.GET("/trial/below", Manage, feature.Read(below)),
		feature.GET("/trial/runs", rbac.Member, feature.Read(listSeen)),
		feature.POST("/trial/runs", Manage, feature.Write(create)),
		// Who leads the tenant sees runs and decides on them without a permission.
		feature.GET("/trial/runs/{id}", rbac.Member, feature.Read(getRun)),
		feature.GET("/trial/runs/{id}/users", rbac.Member, feature.Read(listUsers)),
		feature.GET("/trial/runs/{id}/figures", rbac.Member, feature.Read(n.figures)),
		feature.POST("/trial/runs/{id}/decision", rbac.Member, feature.Write(decide)),
		feature.PUT("/trial/runs/{id}", Manage, feature.Write(edit)),
		feature.POST("/trial/runs/{id}/start", Manage, feature.Write(start)),
		feature.POST("/trial/runs/{id}/cancel", Manage, feature.Write(cancel)),
		feature.POST("/trial/runs/{id}/departments", Manage, feature.Write(bring)),
		feature.POST("/trial/runs/{id}/departments/leave", Manage, feature.Write(leave)),
		feature.PUT("/trial/runs/{id}/people", Manage, feature.Write(invite)),
		feature.POST("/trial/runs/{id}/evaluations", Manage, feature.Write(n.evaluate)),
		feature.POST("/trial/runs/{id}/improvements", Manage, feature.Write(improve)),
		feature.GET("/trial/improvements", rbac.Member, feature.Read(ownImprovements)),
		feature.POST("/trial/improvements/{id}", rbac.Member, feature.Write(progress)),
		feature.GET("/trial/runs/{id}/comparisons", rbac.Member, feature.Read(comparisons)),
		feature.POST("/trial/runs/{id}/comparisons", rbac.Member, feature.Write(compare)),
		feature.GET("/trial/runs/{id}/papers", Manage, feature.Read(papers)),
		feature.POST("/trial/runs/{id}/papers", Manage, feature.Write(paper)),
		// Who sees the run reads them, and who supports it.
		feature.GET("/trial/runs/{id}/backups", rbac.Member, feature.Read(backups)),
		feature.POST("/trial/runs/{id}/backups", Support, feature.Write(backUp)),
	}
}

// listSeen lists runs for whoever sees them.
func listSeen(ctx context.Context, tx *tenant.Tx, q runList) (l feature.List[Run], err error) {
	if err := sees(ctx, tx); err != nil {
		return l, err
	}
	return listRuns(ctx, tx, q)
}

func feedbackRoutes() []feature.Route {
	return []feature.Route{
		// Whose a feedback is, and who answers it, is decided feedback by feedback.
		feature.GET("/trial/feedback", rbac.Member, feature.Read(listFeedback)),
		feature.POST("/trial/feedback", rbac.Member, feature.Write(submit)),
		feature.GET("/trial/feedback/{id}", rbac.Member, feature.Read(getFeedback)),
		feature.POST("/trial/feedback/{id}/answer", rbac.Member, feature.Write(answer)),
		feature.POST("/trial/feedback/{id}/say", rbac.Member, feature.Write(say)),
		feature.POST("/trial/feedback/{id}/forward", rbac.Member, feature.Write(forward)),
		feature.POST("/trial/feedback/{id}/send", rbac.Member, feature.Write(send)),
		feature.POST("/trial/feedback/{id}/close", rbac.Member, feature.Write(shut)),
		feature.GET("/trial/questions", rbac.Member, feature.Read(listQuestions)),
		feature.POST("/trial/questions", Support, feature.Write(addQuestion)),
		feature.PUT("/trial/questions/{id}", Support, feature.Write(editQuestion)),
		feature.DELETE("/trial/questions/{id}", Support, feature.Write(dropQuestion)),
		feature.GET("/trial/settings", Support, feature.Read(getSettings)),
		feature.PUT("/trial/settings", Support, feature.Write(setSettings)),
		feature.GET("/trial/vulnerabilities", rbac.Member, feature.Read(listVulnerabilities)),
		feature.POST("/trial/vulnerabilities", rbac.Member, feature.Write(register)),
		feature.GET("/trial/vulnerabilities/{id}", rbac.Member, feature.Read(getVulnerability)),
		feature.POST("/trial/vulnerabilities/{id}/treat", Secure, feature.Write(treat)),
	}
}

func trainingRoutes(h handing) []feature.Route {
	return []feature.Route{
		feature.GET("/trial/trainings", rbac.Member, feature.Read(listTrainings)),
		feature.POST("/trial/trainings", Support, feature.Write(plan)),
		feature.GET("/trial/trainings/{id}", rbac.Member, feature.Read(getTraining)),
		feature.PUT("/trial/trainings/{id}", Support, feature.Write(editTraining)),
		feature.POST("/trial/trainings/{id}/announce", Support, feature.Write(announce)),
		feature.POST("/trial/trainings/{id}/attendance", Support, feature.Write(attend)),
		feature.POST("/trial/trainings/{id}/hold", Support, feature.Write(finish)),
		feature.POST("/trial/trainings/{id}/cancel", Support, feature.Write(cancelTraining)),
		feature.POST("/trial/trainings/{id}/materials", Support, feature.Write(hand)),
		feature.GET("/trial/trainings/{id}/materials/{file}", rbac.Member, feature.Stream(h.material)),
		feature.GET("/trial/people", Support, feature.Read(listSkills)),
	}
}
