package app

import (
	"hetu/assess"
	"hetu/assess/review"
	"hetu/assess/target"
	"hetu/assess/verdict"
	"hetu/portal"
)

// waiting are the lists in which something waits for people beside the tasks of
// approvals.
func waiting(v *verdict.Verdicts) []portal.List {
	return []portal.List{
		{Code: "target.answer", Href: "/assess/targets/mine", Count: target.ToAnswer},
		{Code: "target.report", Href: "/assess/targets/mine", Count: target.ToReport},
		{Code: "review.form", Href: "/assess/tasks", Count: review.ToFill},
		{Code: "review.queue", Href: "/assess/reviews/queue", Count: review.ToScore},
		{Code: "review.ballot", Href: "/assess/tasks", Count: review.ToRate},
		{Code: "assess.confirm", Href: "/assess", Count: assess.ToConfirm},
		{Code: "verdict.step", Href: "/assess/agenda", Count: verdict.ToDo},
		{Code: "verdict.answer", Href: "/assess/agenda", Count: v.ToAnswer},
	}
}
