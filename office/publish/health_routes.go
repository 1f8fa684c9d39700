package publish

import (
	"hetu/feature"
	"hetu/rbac"
)

// looking are the routes of health and inspections. Who may see and do what
// there follows from the data: the Office's decisions need its right, all else
// asks who one is to the column, the inspection or the item.
func (d *Desk) looking() []feature.Route {
	const inspections, findings = "/publish/inspections", "/publish/findings"
	return []feature.Route{
		feature.GET("/publish/health", rbac.Member, feature.Read(d.health)),

		feature.GET(inspections, rbac.Member, feature.Read(listInspections)),
		feature.POST(inspections, Manage, feature.Write(openInspection)),
		feature.GET(inspections+"/{id}", rbac.Member, feature.Read(inspection)),
		feature.POST(inspections+"/{id}/close", Manage, feature.Write(closeInspection)),
		feature.GET("/publish/rule-documents", rbac.Member, feature.Read(ruleDocuments)),
		feature.POST("/publish/rule-documents", Manage, feature.Write(nameRuleDocument)),
		feature.DELETE("/publish/rule-documents/{id}", Manage, feature.Write(dropRuleDocument)),
		feature.POST(inspections+"/{id}/inspectors", Manage, feature.Write(nameInspector)),
		feature.POST(inspections+"/{id}/cancel", Manage, feature.Write(cancelInspection)),
		feature.GET(inspections+"/{id}/items", rbac.Member, feature.Read(listDrawn)).Sheet(drawnSheet),
		feature.POST(inspections+"/{id}/items/{item}/pass", rbac.Member, feature.Write(passItem)),
		feature.POST(inspections+"/{id}/items/{item}/findings", rbac.Member, feature.Write(record)),

		feature.GET(findings, rbac.Member, feature.Read(listFindings)).Sheet(findingSheet),
		feature.POST(findings+"/{id}/reply", rbac.Member, feature.Write(replyTo)),
		feature.POST(findings+"/{id}/correct", rbac.Member, feature.Write(correct)),
		feature.POST(findings+"/{id}/decide", rbac.Member, feature.Write(decide)),
		feature.DELETE(findings+"/{id}", rbac.Member, feature.Write(retract)),
	}
}

// looked are the kinds of deeds of health and inspections.
var looked = []feature.Indicator{
	{Kind: ColumnFresh, Name: "栏目按期更新（天）", Good: true},
	{Kind: ResponsibleNamed, Name: "部门责任人员齐备（个·月）", Good: true},
	{Kind: ResponsibleNobody, Name: "部门责任人员缺失（个·月）"},
	{Kind: OwnRules, Name: "自有信息发布制度（月）", Good: true},
	{Kind: ColumnStale, Name: "栏目逾期未更新（天）"},
	{Kind: FindingFormat, Name: "检查发现格式不规范"},
	{Kind: FindingWording, Name: "检查发现字词不准确"},
	{Kind: FindingSlow, Name: "检查发现更新时间长"},
	{Kind: Inspected, Name: "信息检查评比等次", Good: true},
}

var (
	classWords = map[string]feature.Text{"format": {ZH: "格式不规范", EN: "Format"}, "wording": {ZH: "字词不准确", EN: "Wording"},
		"slow": {ZH: "更新时间长", EN: "Slow"}, "other": {ZH: "其他", EN: "Other"}}
	severityWords = map[string]feature.Text{"minor": {ZH: "轻微", EN: "Minor"}, "normal": {ZH: "一般", EN: "Normal"}, "grave": {ZH: "严重", EN: "Grave"}}
	stateWords    = map[string]feature.Text{"open": {ZH: "待答复", EN: "Awaiting reply"}, "accepted": {ZH: "已认可", EN: "Accepted"},
		"objected": {ZH: "有异议", EN: "Objected"}, "upheld": {ZH: "维持", EN: "Upheld"}, "dropped": {ZH: "已撤销", EN: "Dropped"},
		"corrected": {ZH: "已整改", EN: "Corrected"}, "confirmed": {ZH: "整改已确认", EN: "Confirmed"}}
)

var drawnSheet = feature.Sheet{Name: feature.Text{ZH: "检查清单", EN: "Inspected items"}, Columns: []feature.Column{
	{Head: feature.Text{ZH: "序号", EN: "No."}, Path: "position", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "标题", EN: "Title"}, Path: "title"},
	{Head: feature.Text{ZH: "栏目", EN: "Column"}, Path: "column_name"},
	{Head: feature.Text{ZH: "部门", EN: "Department"}, Path: "unit.name"},
	{Head: feature.Text{ZH: "发布时间", EN: "Published"}, Path: "published_at", Kind: feature.Times},
	{Head: feature.Text{ZH: "检查人", EN: "Inspected by"}, Path: "inspected_by"},
	{Head: feature.Text{ZH: "问题类别", EN: "Class"}, Path: "findings.class", Words: classWords},
	{Head: feature.Text{ZH: "程度", EN: "Severity"}, Path: "findings.severity", Words: severityWords},
	{Head: feature.Text{ZH: "问题", EN: "Finding"}, Path: "findings.text"},
	{Head: feature.Text{ZH: "状态", EN: "State"}, Path: "findings.state", Words: stateWords},
}}

var findingSheet = feature.Sheet{Name: feature.Text{ZH: "检查发现", EN: "Findings"}, Columns: []feature.Column{
	{Head: feature.Text{ZH: "检查", EN: "Inspection"}, Path: "inspection_name"},
	{Head: feature.Text{ZH: "信息", EN: "Item"}, Path: "item_title"},
	{Head: feature.Text{ZH: "部门", EN: "Department"}, Path: "unit_name"},
	{Head: feature.Text{ZH: "类别", EN: "Class"}, Path: "class", Words: classWords},
	{Head: feature.Text{ZH: "程度", EN: "Severity"}, Path: "severity", Words: severityWords},
	{Head: feature.Text{ZH: "问题", EN: "Finding"}, Path: "text"},
	{Head: feature.Text{ZH: "状态", EN: "State"}, Path: "state", Words: stateWords},
	{Head: feature.Text{ZH: "答复", EN: "Reply"}, Path: "reply"},
	{Head: feature.Text{ZH: "整改情况", EN: "Correction"}, Path: "correction"},
	{Head: feature.Text{ZH: "提出时间", EN: "Recorded"}, Path: "recorded_at", Kind: feature.Times},
}}
