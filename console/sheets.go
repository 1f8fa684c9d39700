package console

import "hetu/feature"

// What the operators' lists look like as workbooks.

var (
	states = map[string]feature.Text{"active": {ZH: "正常", EN: "Active"}, "read_only": {ZH: "只读", EN: "Read only"}, "suspended": {ZH: "已停用", EN: "Suspended"}}
	kinds  = map[string]feature.Text{"hq": {ZH: "总部", EN: "Headquarters"}, "bureau": {ZH: "分支机构", EN: "Bureau"},
		"subsidiary": {ZH: "子公司", EN: "Subsidiary"}, "department": {ZH: "部门", EN: "Department"}}
	links = map[string]feature.Text{"used": {ZH: "已启用", EN: "In use"}, "waiting": {ZH: "待启用", EN: "Waiting"}, "expired": {ZH: "链接已过期", EN: "Link expired"}}
)

var tenantSheet = feature.Sheet{
	Name: feature.Text{ZH: "单位", EN: "Tenants"},
	Columns: []feature.Column{
		{Head: feature.Text{ZH: "全称", EN: "Name"}, Path: "name"},
		{Head: feature.Text{ZH: "简称", EN: "Short name"}, Path: "short_name"},
		{Head: feature.Text{ZH: "上级单位", EN: "Above"}, Path: "path.name"},
		{Head: feature.Text{ZH: "代码", EN: "Code"}, Path: "slug"},
		{Head: feature.Text{ZH: "类别", EN: "Kind"}, Path: "kind", Words: kinds},
		{Head: feature.Text{ZH: "状态", EN: "State"}, Path: "state", Words: states},
		{Head: feature.Text{ZH: "首位管理员", EN: "First administrator"}, Path: "link", Words: links},
		{Head: feature.Text{ZH: "建立时间", EN: "Made"}, Path: "created_at", Kind: feature.Times},
	},
}

var usageSheet = feature.Sheet{
	Name: feature.Text{ZH: "容量与用量", EN: "Usage"},
	Columns: []feature.Column{
		{Head: feature.Text{ZH: "单位", EN: "Tenant"}, Path: "name"},
		{Head: feature.Text{ZH: "状态", EN: "State"}, Path: "state", Words: states},
		{Head: feature.Text{ZH: "人员", EN: "Members"}, Path: "members", Kind: feature.Numbers},
		{Head: feature.Text{ZH: "信息", EN: "Items"}, Path: "items", Kind: feature.Numbers},
		{Head: feature.Text{ZH: "附件", EN: "Files"}, Path: "files", Kind: feature.Numbers},
		{Head: feature.Text{ZH: "附件字节数", EN: "Bytes"}, Path: "bytes", Kind: feature.Numbers},
		{Head: feature.Text{ZH: "最近使用日期", EN: "Last active"}, Path: "active_on"},
		{Head: feature.Text{ZH: "统计时间", EN: "Measured"}, Path: "measured_at", Kind: feature.Times},
	},
}

var actSheet = feature.Sheet{
	Name: feature.Text{ZH: "操作记录", EN: "Operator acts"},
	Columns: []feature.Column{
		{Head: feature.Text{ZH: "时间", EN: "Time"}, Path: "at", Kind: feature.Times},
		{Head: feature.Text{ZH: "操作人", EN: "Operator"}, Path: "operator"},
		{Head: feature.Text{ZH: "操作", EN: "Action"}, Path: "action"},
		{Head: feature.Text{ZH: "对象", EN: "Object"}, Path: "object_name"},
		{Head: feature.Text{ZH: "说明", EN: "Detail"}, Path: "detail"},
	},
}
