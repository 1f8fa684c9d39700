package demo

import (
	"fmt"

	"hetu/rbac"
)

// staff makes posts of ordinary people.
func staff(titles ...string) (ps []post) {
	for _, t := range titles {
		ps = append(ps, post{title: t})
	}
	return ps
}

// led makes the posts of a department: its head, who publishes for it, and the
// others.
func led(head, key string, others ...string) []post {
	ps := []post{{title: head, head: true, as: key + "-head"}, {title: "信息发布员", as: key + "-publisher"}}
	return append(ps, staff(others...)...)
}

// headquarters is the provincial department. It is invented, like all here.
func headquarters() unit {
	return unit{
		slug: "qc-shuiwuting", name: "青川省水务厅", short: "省水务厅", kind: "hq",
		departments: []department{
			{"厅领导", "leaders", []post{{title: "厅长", head: true, as: "chief"}, {title: "副厅长", as: "deputy"}, {title: "副厅长", as: "deputy2"}, {title: "总工程师"}}},
			{"办公室", "office", []post{
				{title: "办公室主任", head: true, as: "office-head"}, {title: "信息科科长", as: "clerk", roles: []rbac.Role{rbac.Office}},
				{title: "信息发布员", as: "office-publisher"}, {title: "考核专员", as: "evaluator", roles: []rbac.Role{rbac.Evaluator}},
				{title: "文秘科科员"}, {title: "机要员"}, {title: "综合科科员", as: "namesake"}}},
			{"规划计划处", "dept", led("处长", "plan", "副处长", "一级主任科员", "四级主任科员")},
			{"建设管理处", "dept", led("处长", "build", "副处长", "二级主任科员", "工程师")},
			{"河湖管理处", "dept", led("处长", "river", "副处长", "三级主任科员", "科员")},
			{"水资源处", "dept", led("处长", "water", "副处长", "一级主任科员", "科员")},
			{"水旱灾害防御处", "dept", led("处长", "flood", "副处长", "值班主任", "高级工程师", "科员")},
			{"人事处", "hr", append(led("处长", "staff", "副处长"), post{title: "安全审计员", as: "auditor", roles: []rbac.Role{rbac.Auditor}})},
			{"信息中心", "info", append(led("主任", "info", "系统工程师"), append([]post{{title: "网络安全工程师", as: "security"}}, staff("数据工程师")...)...)},
		},
		place: place{
			rivers: []string{"清澜河", "沧溪江", "雁溪", "松泽河", "云水河"}, reservoirs: []string{"望云水库", "龙潭坝水库", "石门峡水库", "双溪水库"},
			counties: []string{"云岭市", "沧原市", "清渠市", "临澜市", "望汀市", "石潭市", "雁洲市", "松泽市"},
			towns:    []string{"白石镇", "柳堰镇", "北渡镇", "甘泉乡"},
		},
	}
}

// bureaus are the cities below; each has its own waters.
func bureaus() (us []unit) {
	for i, b := range []struct{ slug, city, rivers, reservoirs, counties, towns string }{
		{"yunling", "云岭", "云水河 白汀河", "望云水库 观音岩水库", "平溪县 南浦区 云陂县", "白石镇 竹溪镇"},
		{"cangyuan", "沧原", "沧溪江 小沧河", "龙潭坝水库 青石水库", "沧东区 安澜县 原上县", "柳堰镇 双河镇"},
		{"qingqu", "清渠", "清澜河 槐河", "石门峡水库 清渠水库", "渠南区 柳堰县 甘棠县", "甘泉乡 红旗镇"},
		{"linlan", "临澜", "清澜河 临江河", "双溪水库 澜湖水库", "临江区 澜北县 松坪县", "北渡镇 长堤镇"},
		{"wangting", "望汀", "白汀河 芦溪", "汀源水库 芦溪水库", "汀东区 芦洲县 平沙县", "芦溪镇 沙湾镇"},
		{"shitan", "石潭", "石塘河 黑石溪", "石潭水库 响水水库", "石城区 响水县 岩口县", "响水镇 岩口镇"},
		{"yanzhou", "雁洲", "雁溪 洲头河", "雁鸣水库 大坪水库", "雁北区 洲头县 大坪县", "洲头镇 大坪镇"},
		{"songze", "松泽", "松泽河 柏溪", "松泽水库 柏溪水库", "泽园区 柏溪县 松岗县", "柏溪镇 松岗镇"},
	} {
		us = append(us, unit{
			slug: "qc-" + b.slug, name: b.city + "市水务局", short: b.city + "市水务局", kind: "bureau", above: "qc-shuiwuting",
			departments: bureauDepartments(i),
			place:       place{rivers: fields(b.rivers), reservoirs: fields(b.reservoirs), counties: fields(b.counties), towns: fields(b.towns)},
		})
	}
	return us
}

func bureauDepartments(i int) []department {
	ds := []department{
		{"局领导", "leaders", []post{{title: "局长", head: true, as: "chief"}, {title: "副局长", as: "deputy"}}},
		{"办公室", "office", []post{{title: "办公室主任", head: true, as: "office-head", roles: []rbac.Role{rbac.Office}},
			{title: "信息员", as: "publisher", roles: []rbac.Role{rbac.Publisher}}}},
		{"河湖与水资源科", "dept", []post{{title: "科长", head: true}, {title: "科员", as: "river"}}},
		{"工程与防汛科", "dept", []post{{title: "科长", head: true}, {title: "科员", as: "flood"}}},
	}
	if i == 0 { // it evaluates its own departments
		ds[1].posts[0].roles = append(ds[1].posts[0].roles, rbac.Evaluator)
	}
	if i%2 == 0 { // the larger cities have one more
		ds[3].posts = append(ds[3].posts, post{title: "工程师"})
	}
	return ds
}

// A desk is where items of a kind are written: in which column, by whom, about
// what, and how many in a year.
type desk struct {
	column, kind string
	drafters     []*member
	reviewers    []*member
	publisher    *member
	topics       []topic
	n            int
	now          []fate // what has begun when the story ends; something or other if nil
}

// headquartersColumns are the columns of headquarters, beside those every
// tenant begins with: twenty in all.
func headquartersColumns(h *house) []column {
	head, out, office := h.head("办公室"), h.who("office-publisher"), "办公室"
	cs := []column{
		{name: "部门动态", department: office, interval: 45, rules: map[string]any{"comments": "on"}},
		{name: "本级要闻", department: office, levels: 2, interval: 21, draft: []string{office}, review: []*member{head, h.who("deputy")}, publish: []*member{out}},
		{name: "基层动态", department: office, interval: 10, draft: []string{office}, review: []*member{head}, publish: []*member{out}},
		{name: "通知", department: office, interval: 30, draft: []string{office, "人事处", "信息中心"}, review: []*member{head}, publish: []*member{out},
			rules: map[string]any{"receipts": "on", "all_staff": "on"}},
		{name: "公告", department: office, draft: []string{office}, review: []*member{head}, publish: []*member{out}},
		{name: "工作简报", department: office, interval: 45, draft: []string{office}, review: []*member{head}, publish: []*member{out}},
		{name: "政策法规", department: "规划计划处", interval: 120, draft: []string{"规划计划处", "水资源处"}, review: []*member{h.who("plan-head")}, publish: []*member{h.who("plan-publisher")}},
	}
	for _, d := range []struct{ name, above, department, key string }{
		{"规划计划", "部门动态", "规划计划处", "plan"}, {"建设管理", "部门动态", "建设管理处", "build"}, {"河湖管理", "部门动态", "河湖管理处", "river"},
		{"水资源管理", "部门动态", "水资源处", "water"}, {"防汛抗旱", "部门动态", "水旱灾害防御处", "flood"}, {"人事教育", "部门动态", "人事处", "staff"},
		{"数字水务", "部门动态", "信息中心", "info"}, {"专题专栏", "", office, "office"}, {"河湖长制", "专题专栏", "河湖管理处", "river"},
		{"节水行动", "专题专栏", "水资源处", "water"}, {"调研参考", "", office, "office"},
	} {
		cs = append(cs, column{name: d.name, above: d.above, kind: "news", department: d.department, draft: []string{d.department},
			review: []*member{h.who(d.key + "-head")}, publish: []*member{h.who(d.key + "-publisher")}})
	}
	return cs
}

// headquartersDesks are where headquarters writes.
func headquartersDesks(h *house) []desk {
	head, out, office := h.head("办公室"), h.who("office-publisher"), h.in("办公室")
	ds := []desk{
		{"本级要闻", "news", office, []*member{head, h.who("deputy")}, out, []topic{chiefTopic}, 24, []fate{leftReview, published}},
		{"通知", "notice", append(h.in("人事处"), office...), []*member{head}, out, []topic{noticeTopic, staffTopic}, 16, nil},
		{"工作简报", "briefing", office, []*member{head}, out, []topic{briefTopic}, 11, nil},
		{"公告", "announcement", office, []*member{head}, out, []topic{publicTopic}, 4, nil},
		{"调研参考", "news", office, []*member{head}, out, []topic{studyTopic}, 5, nil},
		{"政策法规", "announcement", h.in("规划计划处"), []*member{h.who("plan-head")}, h.who("plan-publisher"), []topic{policyTopic}, 4, nil},
	}
	for _, d := range []struct {
		column, department, key string
		topics                  []topic
		n                       int
	}{
		{"规划计划", "规划计划处", "plan", []topic{planTopic}, 10}, {"建设管理", "建设管理处", "build", []topic{buildTopic, safetyTopic}, 14},
		{"河湖管理", "河湖管理处", "river", []topic{riverTopic}, 10}, {"河湖长制", "河湖管理处", "river", []topic{riverTopic}, 7},
		{"水资源管理", "水资源处", "water", []topic{waterTopic}, 10}, {"节水行动", "水资源处", "water", []topic{waterTopic}, 5},
		{"防汛抗旱", "水旱灾害防御处", "flood", []topic{floodTopic, droughtTopic, safetyTopic}, 15},
		{"人事教育", "人事处", "staff", []topic{learnTopic, staffTopic}, 8}, {"数字水务", "信息中心", "info", []topic{infoTopic}, 9},
	} {
		ds = append(ds, desk{d.column, "news", h.in(d.department), []*member{h.who(d.key + "-head")}, h.who(d.key + "-publisher"), d.topics, d.n, nil})
		if d.key == "flood" {
			ds[len(ds)-1].now = []fate{published, leftApproved, leftReview, leftReturned, leftReview}
		}
	}
	return ds
}

// bureauColumns gives the columns every tenant begins with to a bureau's people.
func bureauColumns(h *house) (cs []column) {
	head, out := h.head("办公室"), h.who("publisher")
	for _, name := range []string{"本级要闻", "部门动态", "通知"} {
		cs = append(cs, column{name: name, department: "办公室", draft: []string{"*"}, review: []*member{head, h.who("deputy")}, publish: []*member{out}})
	}
	return cs
}

func bureauDesks(h *house, n int) []desk {
	out, head := h.who("publisher"), h.head("办公室")
	water, flood := h.in("河湖与水资源科"), h.in("工程与防汛科")
	return []desk{
		{"部门动态", "news", water, []*member{head}, out, []topic{riverTopic, waterTopic, supplyTopic}, n * 3 / 8, []fate{published, leftApproved, leftReview}},
		{"部门动态", "news", flood, []*member{h.who("deputy")}, out, []topic{floodTopic, droughtTopic, buildTopic, safetyTopic}, n * 3 / 8, []fate{published, leftReview}},
		{"本级要闻", "news", []*member{out, water[0]}, []*member{h.who("deputy")}, out, []topic{learnTopic, infoTopic, buildTopic}, n - n*3/8*2 - n/8, []fate{leftDraft}},
		{"通知", "notice", []*member{out}, []*member{head}, out, []topic{noticeTopic}, n / 8, nil},
	}
}

// leaders names those who lead, as items mention them.
func (h *house) leaders(department string) (names []string) {
	for _, m := range h.members {
		if m.department == department {
			names = append(names, fmt.Sprintf("%s%s", m.title, m.name))
		}
	}
	return names
}
