package app

import (
	"hetu/assess"
	"hetu/assess/review"
	"hetu/assess/target"
	"hetu/assess/verdict"
	"hetu/console/glass"
	"hetu/office/trial"
	"hetu/org"
	"hetu/org/factor"
	"hetu/portal"
)

// waiting are the lists in which something waits for people beside the tasks of
// approvals.
func waiting(v *verdict.Verdicts) []portal.List {
	return []portal.List{
		{Code: "trial.answer", Href: "/trial/feedback?box=handle", Count: trial.ToAnswer},
		{Code: "trial.settle", Href: "/trial/feedback", Count: trial.ToSettle},
		{Code: "trial.improve", Href: "/trial", Count: trial.ToImprove},
		{Code: "trial.backup", Href: "/trial", Count: trial.ToBackUp},
		{Code: "trial.decide", Href: "/trial", Count: trial.ToDecide},
		{Code: "target.answer", Href: "/assess/targets/mine", Count: target.ToAnswer},
		{Code: "target.report", Href: "/assess/targets/mine", Count: target.ToReport},
		{Code: "review.form", Href: "/assess/tasks", Count: review.ToFill},
		{Code: "review.queue", Href: "/assess/reviews/queue", Count: review.ToScore},
		{Code: "review.ballot", Href: "/assess/tasks", Count: review.ToRate},
		{Code: "assess.confirm", Href: "/assess", Count: assess.ToConfirm},
		{Code: "verdict.step", Href: "/assess/agenda", Count: verdict.ToDo},
		{Code: "verdict.answer", Href: "/assess/agenda", Count: v.ToAnswer},
		{Code: "org.consent", Href: "/org/accounts?view=consents", Count: org.ToConsent},
		{Code: "org.reset", Href: "/org/accounts", Count: org.ToReset},
		{Code: "factor.confirm", Href: "/org/second-factors", Count: factor.ToConfirm},
		{Code: "glass.answer", Href: "/settings/support", Count: glass.ToAnswer},
	}
}
