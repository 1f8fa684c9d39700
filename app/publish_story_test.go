package app_test

import (
	"slices"
	"strings"
	"testing"

	"hetu/tenant/tenanttest"
)

// column opens a column in the unit and returns its id.
func (u unit) column(t *testing.T, name string, levels int) string {
	t.Helper()
	return text(t, u.chief.does(t, "POST /api/publish/columns", fields{"name": name, "review_levels": levels}), "id")
}

// give gives somebody a right in a column, waits until they have it, and
// returns the grant's path.
func (u unit) give(t *testing.T, column string, p *person, right string) string {
	t.Helper()
	path := "/api/publish/columns/" + column + "/grants"
	id := text(t, u.chief.does(t, "POST "+path, fields{"subject_kind": "member", "subject_id": p.member, "right": right}), "id")
	soon(t, p.name+" may "+right, func() bool {
		for _, c := range at(t, p.does(t, "GET /api/publish/columns", nil), "items").([]any) {
			if at(t, c, "id") == column && slices.Contains(at(t, c, "may").([]any), any(right)) {
				return true
			}
		}
		return false
	})
	return path + "/" + id
}

// columnStory: columns are the Office's, and who tries is written down (R022, R024).
func (w *world) columnStory(t *testing.T) {
	const columns = "POST /api/publish/columns"
	in := fields{"name": "督查通报", "review_levels": 2}
	tries(t,
		try{w.nobody(), columns, in, 401, "tenant.no_actor"},
		try{w.a.plain, columns, in, 403, "rbac.denied"},
		try{w.a.chief, columns, fields{"name": "督查通报", "review_levels": 2, "parent_id": w.b.column(t, "别处的栏目", 1)}, 422, "publish.column_unknown"}, // TI-04
		try{w.a.chief, columns, fields{"name": "督查通报", "review_levels": 2, "department_id": w.b.office}, 422, "publish.department_unknown"},
		try{w.a.chief, columns, fields{"name": " ", "review_levels": 2}, 422, "publish.name_missing"},
		try{w.a.chief, columns, fields{"name": "督查通报", "review_levels": 0}, 422, "request.out_of_range"},
		try{w.a.chief, columns, fields{"name": "督查通报", "review_levels": 6}, 422, "request.out_of_range"},
	)
	w.tried(t, w.a, w.a.plain, "/api/publish/columns")
	made := w.a.chief.does(t, columns, in)
	w.a.chief.fails(t, columns, in, 409, "publish.taken")
	id := text(t, made, "id")
	path := " /api/publish/columns/" + id
	tries(t,
		try{w.a.plain, "PATCH" + path, fields{"name": "改名", "version": 1}, 403, "rbac.denied"},
		try{w.b.chief, "PATCH" + path, fields{"name": "改名", "version": 1}, 404, "publish.column_not_found"},
		try{w.hq.chief, "GET" + path + "/rights", nil, 404, "publish.column_not_found"},
		try{w.a.chief, "PATCH" + path, fields{"parent_id": id, "version": 1}, 422, "publish.column_in_itself"},
		try{w.a.chief, "PATCH" + path, fields{"name": "督查专报", "version": 1}, 200, ""},
		try{w.a.chief, "PATCH" + path, fields{"name": "督查快报", "version": 1}, 409, "publish.stale"}, // WF-02
		try{w.a.plain, "POST" + path + "/disable", fields{"version": 2}, 403, "rbac.denied"},
		try{w.a.chief, "POST" + path + "/disable", fields{"version": 2}, 200, ""},
		try{w.a.chief, "POST" + path + "/disable", fields{"version": 3}, 409, "publish.wrong_state"},
		try{w.a.chief, "POST /api/publish/items", fields{"column_id": id, "kind": "news", "title": "题"}, 403, "publish.column_disabled"},
	)
	w.tried(t, w.a, w.a.plain, "/api/publish/columns/"+id)
	grants := "POST" + path + "/grants"
	tries(t,
		try{w.a.plain, grants, fields{"subject_kind": "member", "subject_id": w.a.plain.member, "right": "publish"}, 403, "rbac.denied"},
		try{w.a.chief, grants, fields{"subject_kind": "member", "subject_id": w.b.plain.member, "right": "read"}, 422, "publish.subject_unknown"},
		try{w.a.chief, grants, fields{"subject_kind": "member", "subject_id": w.a.plain.member, "right": "manage"}, 422, "request.not_a_choice"},
	)
	grant := w.a.give(t, id, w.a.plain, "read")
	tries(t,
		try{w.a.chief, grants, fields{"subject_kind": "member", "subject_id": w.a.plain.member, "right": "read"}, 409, "rbac.already_granted"},
		try{w.b.chief, "DELETE " + grant, nil, 404, "rbac.grant_not_found"},
		try{w.a.chief, "DELETE " + grant, nil, 200, ""},
		try{w.a.chief, "DELETE " + grant, nil, 404, "rbac.grant_not_found"},
	)
}

// tried looks for the entry about somebody's refused attempt (R024).
func (w *world) tried(t *testing.T, u unit, p *person, object string) {
	t.Helper()
	var n int
	must(t, tenanttest.Admin(t).QueryRow(`
		select count(*) from audit_entries where tenant_id = $1 and member_id = $2 and action = 'refused' and object = $3
		   and detail ->> 'code' = 'rbac.denied'`, u.id, p.member, object).Scan(&n))
	if n == 0 {
		t.Errorf("%s was refused at %s, and the audit does not know", p.name, object)
	}
}

// draftStory: people draft where they may, and say what has to be said (R002, R027).
func (w *world) draftStory(t *testing.T) {
	const items = "POST /api/publish/items"
	p := w.hire(t, w.a, "nigao")
	own, other := w.a.column(t, "本科室栏目", 1), w.a.column(t, "别科室栏目", 1)
	in := func(column, title string) fields {
		return fields{"column_id": column, "kind": "news", "title": title, "body_html": "<p>正文</p>"}
	}
	tries(t,
		try{w.nobody(), items, in(own, "题"), 401, "tenant.no_actor"},
		try{p, items, in(own, "题"), 403, "rbac.denied"},
	)
	w.a.give(t, own, p, "draft")
	foreign := w.b.column(t, "别局栏目", 1)
	tries(t,
		try{p, items, in(other, "题"), 403, "rbac.denied"}, // R002
		try{p, items, in(foreign, "题"), 422, "publish.column_unknown"},
		try{p, items, in(own, ""), 422, "publish.title_missing"}, // R027
		try{p, items, in(own, " \u3000\t"), 422, "publish.title_missing"},
		try{p, items, in(own, strings.Repeat("题", 81)), 422, "publish.title_too_long"},
		try{p, items, fields{"column_id": own, "kind": "poem", "title": "题"}, 422, "request.not_a_choice"},
		try{p, items, fields{"column_id": own, "kind": "news", "title": "题", "editor_id": w.b.plain.member}, 422, "publish.editor_unknown"},
		try{p, items, fields{"column_id": own, "kind": "news", "title": "题", "state": "published"}, 422, "request.unknown_field"}, // WF-04
	)
	w.tried(t, w.a, p, "/api/publish/items")
	item := p.does(t, items, in(own, strings.Repeat("题", 80)))
	path := " /api/publish/items/" + text(t, item, "id")
	tries(t,
		try{w.a.plain, "GET" + path, nil, 404, "publish.not_found"}, // a draft is its drafter's
		try{w.b.chief, "GET" + path, nil, 404, "publish.not_found"},
		try{w.hq.chief, "GET" + path, nil, 404, "publish.not_found"}, // TI-14
		try{w.b.chief, "PATCH" + path, fields{"title": "改", "version": 1}, 404, "publish.not_found"},
		try{w.a.chief, "PATCH" + path, fields{"title": "改", "version": 1}, 403, "publish.not_drafter"},
		try{w.a.chief, "DELETE" + path, nil, 403, "publish.not_drafter"},
		try{p, "PATCH" + path, fields{"column_id": other, "version": 1}, 403, "rbac.denied"},
		try{p, "PATCH" + path, fields{"title": "改过的题", "version": 1}, 200, ""},
		try{p, "PATCH" + path, fields{"title": "又改", "version": 1}, 409, "publish.stale"},
		try{p, "POST" + path + "/submit", fields{"online_ok": false, "version": 2}, 422, "publish.online_not_confirmed"}, // R016
		try{p, "POST" + path + "/submit", fields{"version": 2}, 422, "request.missing"},
		try{p, "POST" + path + "/publish", fields{"version": 2}, 403, "rbac.denied"},
		try{w.a.chief, "POST" + path + "/publish", fields{"version": 2}, 409, "publish.wrong_state"}, // R032
		try{p, "DELETE" + path, nil, 200, ""},
		try{p, "DELETE" + path, nil, 404, "publish.not_found"},
	)
}

// pass lets somebody approve the task they have about an item.
func (p *person) pass(t *testing.T, item string) {
	t.Helper()
	task := p.task(t, item)
	hash := at(t, p.does(t, "GET /api/approval/tasks/"+task, nil), "case", "content_hash")
	p.does(t, "POST /api/approval/tasks/"+task+"/approve", fields{"content_hash": hash, "checks": confirmed})
}

var confirmed = map[string]bool{"true": true, "wording": true, "safe": true, "online": true}

// task returns the open task somebody has about an item, or nothing.
func (p *person) task(t *testing.T, item string) string {
	t.Helper()
	for _, it := range at(t, p.does(t, "GET /api/approval/tasks?state=todo&limit=200", nil), "items").([]any) {
		if text(t, it, "subject_id") == item {
			return text(t, it, "id")
		}
	}
	return ""
}

// publicationStory: nothing is visible that has not passed every level, by
// named people, as it is (R007, R008, R009, R032, R033, R035, WF-03, WF-05).
func (w *world) publicationStory(t *testing.T) {
	drafter, first, second := w.hire(t, w.a, "caogao"), w.hire(t, w.a, "yishen"), w.hire(t, w.a, "ershen")
	column := w.a.column(t, "两级审核", 2)
	w.a.give(t, column, drafter, "draft")
	w.a.give(t, column, drafter, "review") // and yet not of their own
	w.a.give(t, column, drafter, "publish")
	w.a.give(t, column, first, "review")
	w.a.give(t, column, second, "review")
	item := drafter.does(t, "POST /api/publish/items", fields{"column_id": column, "kind": "notice", "title": "汛期值班安排", "body_html": "<p>值班</p>"})
	id := text(t, item, "id")
	path, publish := " /api/publish/items/"+id, "POST /api/publish/items/"+id+"/publish"
	item = drafter.does(t, "POST"+path+"/submit", fields{"online_ok": true, "version": 1})
	if drafter.task(t, id) != "" {
		t.Error("the drafter is asked to review their own work (WF-05)")
	}
	drafter.fails(t, publish, fields{"version": item["version"]}, 409, "publish.wrong_state")
	first.pass(t, id)
	drafter.fails(t, publish, fields{"version": item["version"]}, 409, "publish.wrong_state") // one level of two (R008)
	if first.task(t, id) != "" {
		t.Error("one person is asked to pass both levels (R008)")
	}
	second.pass(t, id)
	item = drafter.does(t, "GET"+path, nil)
	if item["state"] != "approved" {
		t.Fatalf("after two levels the item is %v", item["state"])
	}
	w.a.plain.fails(t, "GET"+path, nil, 404, "publish.not_found")
	// An edit voids what has passed (R033, WF-03).
	item = drafter.does(t, "PATCH"+path, fields{"body_html": "<p>值班，另一版</p>", "version": item["version"]})
	if item["state"] != "draft" || len(at(t, item, "reviewers").([]any)) != 0 {
		t.Errorf("edited after approval, the item is %v by %v", item["state"], item["reviewers"])
	}
	drafter.fails(t, publish, fields{"version": item["version"]}, 409, "publish.wrong_state")
	item = drafter.does(t, "POST"+path+"/submit", fields{"online_ok": true, "version": item["version"]})
	drafter.fails(t, "POST"+path+"/submit", fields{"online_ok": true, "version": item["version"]}, 409, "publish.wrong_state")
	second.pass(t, id)
	first.pass(t, id)
	item = drafter.does(t, "GET"+path, nil)
	tries(t,
		try{w.nobody(), publish, fields{"version": item["version"]}, 401, "tenant.no_actor"},
		try{first, publish, fields{"version": item["version"]}, 403, "rbac.denied"},
		try{w.b.chief, publish, fields{"version": item["version"]}, 404, "publish.not_found"},
		try{w.a.second, publish, fields{"version": 1}, 409, "publish.stale"},
	)
	item = w.a.second.does(t, publish, fields{"version": item["version"]})
	w.a.second.fails(t, publish, fields{"version": item["version"]}, 409, "publish.wrong_state")
	shown := w.a.plain.does(t, "GET"+path, nil)
	if text(t, shown, "drafter", "name") != "新人caogao" || len(at(t, shown, "reviewers").([]any)) != 2 || text(t, shown, "publisher", "name") != "second" {
		t.Errorf("the published page names %v, %v, %v (R007, R009)", shown["drafter"], shown["reviewers"], shown["publisher"])
	}
	version := item["version"]
	tries(t,
		try{drafter, "PATCH" + path, fields{"title": "改", "version": version}, 409, "publish.wrong_state"}, // R035
		try{drafter, "DELETE" + path, nil, 409, "publish.wrong_state"},
		try{drafter, "PATCH" + path, fields{"drafter_id": first.member, "version": version}, 422, "request.unknown_field"},
		try{drafter, "POST" + path + "/submit", fields{"online_ok": true, "version": version}, 409, "publish.wrong_state"},
		try{drafter, "POST" + path + "/attachments", fields{"upload_id": drafter.upload(t, "a.png", png), "name": "图", "summary": "图"}, 409, "publish.wrong_state"},
	)
}

// withdrawalStory: what is withdrawn is gone for its readers, at once, and not
// for those who answer for it (R012, R014, R015).
func (w *world) withdrawalStory(t *testing.T) {
	column := w.a.column(t, "撤稿栏目", 1)
	item := w.a.publish(t, column, "数字有误的简报")
	path := " /api/publish/items/" + text(t, item, "id")
	file := path + "/attachments/" + text(t, item, "attachments", 0, "id") + "/content"
	if s := w.a.plain.status(t, "GET"+file); s != 200 {
		t.Errorf("a reader gets %d for an attachment", s)
	}
	in := func(reason string, version any) fields { return fields{"reason": reason, "version": version} }
	tries(t,
		try{w.a.plain, "POST" + path + "/read", fields{}, 200, ""},
		try{w.nobody(), "POST" + path + "/withdraw", in("误发", item["version"]), 401, "tenant.no_actor"},
		try{w.a.plain, "POST" + path + "/withdraw", in("误发", item["version"]), 403, "rbac.denied"},
		try{w.b.chief, "POST" + path + "/withdraw", in("误发", item["version"]), 404, "publish.not_found"},
		try{w.hq.chief, "POST" + path + "/withdraw", in("误发", item["version"]), 404, "publish.not_found"},
		try{w.a.chief, "POST" + path + "/withdraw", in(" ", item["version"]), 422, "publish.reason_missing"},
		try{w.a.chief, "POST" + path + "/withdraw", in("误发", 1), 409, "publish.stale"},
		try{w.a.chief, "POST" + path + "/withdraw", fields{"reason": "误发", "version": item["version"], "noticed_at": "2099-01-01T00:00:00Z"}, 422, "publish.noticed_out_of_range"},
	)
	gone := w.a.chief.does(t, "POST"+path+"/withdraw", in("误发", item["version"]))
	tries(t,
		try{w.a.chief, "POST" + path + "/withdraw", in("误发", gone["version"]), 409, "publish.wrong_state"},
		try{w.a.plain, "GET" + path, nil, 404, "publish.not_found"},
		try{w.a.plain, "GET" + file, nil, 404, "publish.not_found"}, // AZ-06
		try{w.a.plain, "POST" + path + "/read", fields{}, 404, "publish.not_found"},
		try{w.a.chief, "POST /api/exchange/reports", fields{"item_id": item["id"]}, 409, "publish.wrong_state"},
	)
	kept := w.a.chief.does(t, "GET"+path, nil)
	if kept["withdraw_reason"] != "误发" || kept["withdrawn_at"] == nil || kept["withdraw_minutes"] == nil || text(t, kept, "withdrawn_by", "name") != "chief" {
		t.Errorf("of the withdrawal is kept: %v", kept)
	}
}
