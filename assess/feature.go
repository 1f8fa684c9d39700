package assess

import (
	"time"

	"hetu/attachment"
	"hetu/feature"
	"hetu/job"
	"hetu/progress"
	"hetu/rbac"
	"hetu/storage"
)

// rights are what one may do here, and which roles may from the start.
var rights = []rbac.Right{
	{Permission: Manage, Roles: []rbac.Role{rbac.Evaluator}},
	{Permission: Propose, Roles: []rbac.Role{rbac.Evaluator, rbac.Office}},
	{Permission: Confirm, Roles: []rbac.Role{rbac.Evaluator}},
	{Permission: View, Roles: []rbac.Role{rbac.Evaluator, rbac.Office}},
	{Permission: Own, Roles: []rbac.Role{rbac.Office, rbac.Head}},
}

// Feature is what the assessment adds to the system. kinds returns the kinds of
// deeds the features offer for scoring; it is asked on every use, so that it
// may be completed after this call. What takes its time is done by works; the
// packages of frozen rounds lie in store, and files hold what proves an
// adjustment. What changes a round or makes it final goes through the gates of
// the packages beside this one first.
func Feature(kinds func() []feature.Indicator, works *progress.Works, store storage.Store, files *attachment.Attachments, beside ...Beside) feature.Feature {
	s, l := schemes{kinds}, long{works: works, store: store}
	for _, b := range beside {
		if b.Gate != nil {
			l.before = append(l.before, b.Gate)
		}
		l.more = append(l.more, b.Appendix)
	}
	j := judging{l, files}
	l.offer()
	f := feature.Feature{
		Name:   "assess",
		Rights: rights,
		Routes: []feature.Route{
			feature.GET("/assess/schemes", View, feature.Read(s.list)),
			feature.POST("/assess/schemes", Manage, feature.Write(s.create)),
			feature.GET("/assess/schemes/{id}", View, feature.Read(s.get)),
			feature.PUT("/assess/schemes/{id}", Manage, feature.Write(s.edit)),
			feature.POST("/assess/schemes/{id}/activate", Manage, feature.Write(s.activate)),
			feature.POST("/assess/schemes/{id}/close", Manage, feature.Write(s.close)),
			feature.GET("/assess/schemes/{id}/versions", View, feature.Read(s.versions)),
			feature.GET("/assess/schemes/{id}/difference", View, feature.Read(s.differ)),
			feature.GET("/assess/schemes/{id}/trial", View, feature.Read(s.try)),
			feature.GET("/assess/schemes/{id}/findings", View, feature.Read(s.checks)),
			feature.POST("/assess/schemes/{id}/offers", Manage, feature.Write(offer)),
			feature.GET("/assess/offers", View, feature.Read(offers)),
			feature.GET("/assess/offers/{id}/uses", View, feature.Read(offerUses)),
			feature.POST("/assess/offers/{id}/withdraw", Manage, feature.Write(unoffer)),
			feature.GET("/assess/templates", View, feature.Read(listTemplates)),
			feature.GET("/assess/schemes/{id}/file", View, feature.Stream(schemeOut)),
			feature.POST("/assess/schemes/{id}/import", Manage, feature.Receive(maxSchemeFile, s.takeIn)),
			feature.GET("/assess/schemes/{id}/records", View, feature.Read(records)),
			feature.POST("/assess/schemes/{id}/records", Manage, feature.Write(enter)),
			feature.POST("/assess/schemes/{id}/reversals", Manage, feature.Write(unenter)),
			feature.GET("/assess/units", View, feature.Read(s.candidates)),
			feature.GET("/assess/deed-kinds", View, feature.Read(s.deedKinds)),

			feature.GET("/assess/rounds", View, feature.Read(listRounds)),
			feature.POST("/assess/rounds", Manage, feature.Write(openRound)),
			feature.POST("/assess/rounds/{id}/recompute", Manage, feature.Write(gated(l.before, "recompute", ofRound, l.recompute))),
			feature.POST("/assess/rounds/{id}/publish", Manage, feature.Write(gated(l.before, "publish", ofPublication, publish))),
			feature.POST("/assess/rounds/{id}/close", Manage, feature.Write(gated(l.before, "close", ofRound, closeRound))),
			feature.GET("/assess/rounds/{id}/check", View, feature.Read(check)),
			feature.GET("/assess/rounds/{id}/ranking", View, feature.Read(rankingShown)),
			feature.GET("/assess/rounds/{id}/trend", View, feature.Read(trend)),
			feature.GET("/assess/rounds/{id}/suspects", View, feature.Read(suspects)),
			feature.GET("/assess/rounds/{id}/units/{unit}", View, feature.Read(unitScore)),
			feature.GET("/assess/rounds/{id}/units/{unit}/deeds", View, feature.Read(monthDeeds)),
			feature.GET("/assess/rounds/{id}/entries/{entry}/deeds", View, feature.Read(entryDeeds)),
			feature.GET("/assess/rounds/{id}/export", View, feature.Stream(export)),
			feature.POST("/assess/rounds/{id}/evidence", View, feature.Write(l.evidence)),
		},
		Watches:    []job.Watch{follow(l.before)},
		Indicators: []feature.Indicator{{Kind: Recorded, Name: "人工登记", Good: true}},
		Rounds:     []job.Round{{Name: "assess.gazettes", Every: time.Minute, Run: tellGazettes}},
		Migrations: migrations,
	}
	f.Routes = append(f.Routes, second(l, j)...)
	f.Routes = append(f.Routes, views(press{l, files})...)
	return f
}

// second are the endpoints of what two people decide about scores, and of what
// is final.
func second(l long, j judging) []feature.Route {
	return []feature.Route{
		feature.POST("/assess/rounds/{id}/freeze", Manage, feature.Write(gated(l.before, "freeze", ofRound, l.freeze))),
		feature.GET("/assess/rounds/{id}/freeze", View, feature.Read(freezeOf)),
		feature.GET("/assess/rounds/{id}/package", View, feature.Stream(l.content)),
		feature.GET("/assess/rounds/{id}/units/{unit}/as-of", View, feature.Read(asOf)),

		feature.GET("/assess/rounds/{id}/adjustments", View, feature.Read(adjustments)),
		feature.POST("/assess/rounds/{id}/adjustments", Propose, feature.Write(gated(l.before, "propose", ofProposal, propose))),
		feature.POST("/assess/adjustments/{id}/confirm", Confirm, feature.Write(gated(l.before, "confirm", ofAdjustment, j.confirm))),
		feature.POST("/assess/adjustments/{id}/reject", Confirm, feature.Write(reject)),
		feature.POST("/assess/adjustments/{id}/withdraw", Propose, feature.Write(withdraw)),
		feature.POST("/assess/adjustments/{id}/reverse", Propose, feature.Write(gated(l.before, "propose", ofReason, reverse))),
		feature.GET("/assess/adjustments/{id}/proof", View, feature.Stream(j.proof)),
	}
}
