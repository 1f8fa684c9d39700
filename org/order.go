package org

import (
	"github.com/google/uuid"

	"hetu/feature"
)

// memberOrder is by what the members of a tenant may be sorted.
var memberOrder = feature.NewOrder("login", "m.id", func(m Member) uuid.UUID { return m.ID },
	feature.ByWord("login", "m.login", func(m Member) string { return m.Login }),
	feature.ByText("name", "m.name", func(m Member) string { return m.Name }),
	feature.ByWord("state", "m.state", func(m Member) string { return m.State }),
	feature.ByAge("created_at", "m.id", func(m Member) uuid.UUID { return m.ID }),
)

var memberSheet = feature.Sheet{
	Name: feature.Text{ZH: "人员", EN: "Members"},
	Columns: []feature.Column{
		{Head: feature.Text{ZH: "姓名", EN: "Name"}, Path: "name"},
		{Head: feature.Text{ZH: "登录名", EN: "Login"}, Path: "login"},
		{Head: feature.Text{ZH: "状态", EN: "State"}, Path: "state", Words: map[string]feature.Text{
			"invited": {ZH: "待启用", EN: "Invited"}, "active": {ZH: "正常", EN: "Active"},
			"locked": {ZH: "已停用", EN: "Locked"}, "left": {ZH: "已离开", EN: "Left"},
		}},
		{Head: feature.Text{ZH: "部门", EN: "Departments"}, Path: "posts.department_name"},
		{Head: feature.Text{ZH: "职务", EN: "Titles"}, Path: "posts.title"},
	},
}

var grantSheet = feature.Sheet{
	Name: feature.Text{ZH: "授权", EN: "Grants"},
	Columns: []feature.Column{
		{Head: feature.Text{ZH: "对象类别", EN: "To a"}, Path: "subject.kind", Words: map[string]feature.Text{
			"member": {ZH: "个人", EN: "Person"}, "department": {ZH: "部门", EN: "Department"}, "everyone": {ZH: "全体成员", EN: "Everyone"},
			"role": {ZH: "角色", EN: "Role"}, "post": {ZH: "岗位", EN: "Post"},
		}},
		{Head: feature.Text{ZH: "对象", EN: "Who"}, Path: "subject.name"},
		{Head: feature.Text{ZH: "登录名", EN: "Login"}, Path: "subject.login"},
		{Head: feature.Text{ZH: "所在部门", EN: "Within"}, Path: "subject.within"},
		{Head: feature.Text{ZH: "角色", EN: "Role"}, Path: "role_name"},
		{Head: feature.Text{ZH: "权限", EN: "Permission"}, Path: "permission"},
		{Head: feature.Text{ZH: "范围类别", EN: "On a"}, Path: "scope.kind", Words: map[string]feature.Text{
			"column": {ZH: "栏目", EN: "Column"}, "department": {ZH: "部门", EN: "Department"},
		}},
		{Head: feature.Text{ZH: "范围", EN: "On"}, Path: "scope.name"},
		{Head: feature.Text{ZH: "有效期至", EN: "Until"}, Path: "until", Kind: feature.Times},
		{Head: feature.Text{ZH: "授权人", EN: "Granted by"}, Path: "granted_by"},
		{Head: feature.Text{ZH: "授权时间", EN: "Granted"}, Path: "granted_at", Kind: feature.Times},
	},
}
