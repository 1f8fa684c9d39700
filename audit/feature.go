package audit

import (
	"embed"

	"hetu/feature"
	"hetu/job"
	"hetu/rbac"
)

// Read is the permission to look into the audit.
const Read rbac.Permission = "audit.read"

//go:embed migrations
var files embed.FS

// Feature is what the audit adds to the system. Words are what actions are called
// where the audit is exported; an action that has none stands there as it is.
// The notary notes how far the chains go.
func Feature(words map[string]feature.Text, notary *Notary) feature.Feature {
	return feature.Feature{
		Name:   "audit",
		Rights: []rbac.Right{{Permission: Read, Roles: []rbac.Role{rbac.Auditor}}},
		Routes: []feature.Route{
			feature.GET("/audit/entries", Read, feature.Read(list)).Sheet(sheetOf(words)).Recorded(looked),
			feature.GET("/audit/statistics", Read, feature.Read(statistics)).Recorded(looked),
			feature.GET("/audit/export", Read, feature.Deliver(exporter{sheetOf(words), notary}.export)),
			feature.GET("/audit/names", Read, feature.Read(names)),
			feature.GET("/audit/actions", Read, feature.Read(actions)),
			feature.GET("/audit/seals", Read, feature.Read(seals)),
			feature.GET("/audit/state", Read, feature.Read(state)),
			feature.GET("/audit/notes", Read, feature.Read(listNotes)),
		},
		Rounds:     []job.Round{Round(), notary.Round()},
		Migrations: files,
	}
}

func sheetOf(words map[string]feature.Text) feature.Sheet {
	return feature.Sheet{Name: feature.Text{ZH: "审计记录", EN: "Audit records"}, Columns: []feature.Column{
		{Head: feature.Text{ZH: "时间", EN: "Time"}, Path: "at", Kind: feature.Times},
		{Head: feature.Text{ZH: "人员", EN: "Person"}, Path: "name"},
		{Head: feature.Text{ZH: "操作", EN: "Action"}, Path: "action", Words: words},
		{Head: feature.Text{ZH: "对象", EN: "Object"}, Path: "object"},
		{Head: feature.Text{ZH: "来源地址", EN: "Address"}, Path: "ip"},
		{Head: feature.Text{ZH: "请求标识", EN: "Request"}, Path: "request"},
	}}
}
