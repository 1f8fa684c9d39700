package app_test

import (
	"testing"
)

// submitted makes an item of the unit's chief that waits for its review.
func (u unit) submitted(t *testing.T, column, title string) map[string]any {
	t.Helper()
	item := u.chief.does(t, "POST /api/publish/items", fields{"column_id": column, "kind": "news", "title": title, "body_html": "<p>文</p>"})
	return u.chief.does(t, "POST /api/publish/items/"+text(t, item, "id")+"/submit", fields{"online_ok": true, "version": item["version"]})
}

// taskStory: a task is its handler's; what they confirm is bound to what they
// have read (R004, R016, R026, WF-03).
func (w *world) taskStory(t *testing.T) {
	column := w.a.column(t, "审批栏目", 1)
	item := w.a.submitted(t, column, "待审一篇")
	id, task := text(t, item, "id"), "/api/approval/tasks/"+w.a.second.task(t, text(t, item, "id"))
	page := w.a.second.does(t, "GET "+task, nil)
	hash := at(t, page, "case", "content_hash")
	some := map[string]bool{"true": true, "wording": true, "safe": true}
	lied := map[string]bool{"true": true, "wording": true, "safe": true, "online": false}
	more := map[string]bool{"true": true, "wording": true, "safe": true, "online": true, "leader": true}
	approve := func(checks any, hash any) fields {
		return fields{"checks": checks, "content_hash": hash, "opinion": "同意"}
	}
	tries(t,
		try{w.nobody(), "POST " + task + "/approve", approve(confirmed, hash), 401, "tenant.no_actor"},
		try{w.a.plain, "GET " + task, nil, 404, "approval.task_not_found"},
		try{w.a.plain, "POST " + task + "/approve", approve(confirmed, hash), 404, "approval.task_not_found"},
		try{w.a.chief, "POST " + task + "/approve", approve(confirmed, hash), 404, "approval.task_not_found"}, // the drafter
		try{w.b.chief, "POST " + task + "/approve", approve(confirmed, hash), 404, "approval.task_not_found"},
		try{w.hq.chief, "GET " + task, nil, 404, "approval.task_not_found"},
		try{w.a.second, "POST " + task + "/approve", approve(some, hash), 422, "approval.check_missing"},
		try{w.a.second, "POST " + task + "/approve", approve(lied, hash), 422, "approval.check_missing"},
		try{w.a.second, "POST " + task + "/approve", approve(more, hash), 422, "request.unknown_field"},
		try{w.a.second, "POST " + task + "/approve", approve(confirmed, ""), 422, "request.too_short"},
		try{w.a.second, "POST " + task + "/approve", approve(confirmed, "00"), 409, "approval.content_changed"},
		try{w.a.second, "POST " + task + "/return", fields{"reason_code": "mood", "opinion": "不"}, 422, "request.not_a_choice"},
		try{w.a.second, "POST " + task + "/return", fields{"reason_code": "wording", "opinion": " "}, 422, "request.missing"},
	)
	// While the reviewer reads, the drafter changes the text: what was read is not what would pass.
	item = w.a.chief.does(t, "PATCH /api/publish/items/"+id, fields{"body_html": "<p>换了</p>", "version": item["version"]})
	w.a.second.fails(t, "POST "+task+"/approve", approve(confirmed, hash), 409, "approval.already_decided")
	w.a.chief.does(t, "POST /api/publish/items/"+id+"/submit", fields{"online_ok": true, "version": item["version"]})
	again := "/api/approval/tasks/" + w.a.second.task(t, id)
	tries(t,
		try{w.a.second, "POST " + again + "/approve", approve(confirmed, hash), 409, "approval.content_changed"},
		try{w.a.second, "POST " + again + "/return", fields{"reason_code": "wording", "opinion": "措辞不当"}, 200, ""},
		try{w.a.second, "POST " + again + "/return", fields{"reason_code": "wording", "opinion": "措辞不当"}, 409, "approval.already_decided"},
		try{w.a.second, "POST " + again + "/approve", approve(confirmed, hash), 409, "approval.already_decided"},
	)
	if got := w.a.chief.does(t, "GET /api/publish/items/"+id, nil); got["state"] != "draft" {
		t.Errorf("a returned item is %v, want a draft", got["state"])
	}
	found := false
	for _, it := range at(t, w.a.second.does(t, "GET /api/approval/tasks?state=done&limit=200", nil), "items").([]any) {
		found = found || at(t, it, "subject_id") == id && at(t, it, "decision") == "return"
	}
	if !found {
		t.Error("what was done is not among what is done")
	}
	tries(t,
		try{w.a.second, "GET /api/approval/tasks?state=all", nil, 422, "request.not_a_choice"},
		try{w.a.second, "GET /api/approval/tasks?after=x", nil, 422, "request.malformed"},
		try{w.nobody(), "GET /api/approval/counts", nil, 401, "tenant.no_actor"},
	)
}

// caseStory: a case is its starter's to urge, once an hour, and to take back.
func (w *world) caseStory(t *testing.T) {
	column := w.a.column(t, "催办栏目", 1)
	item := w.a.submitted(t, column, "等着审的一篇")
	path := "/api/approval/cases/" + text(t, item, "case_id")
	tries(t,
		try{w.nobody(), "GET " + path, nil, 401, "tenant.no_actor"},
		try{w.a.plain, "GET " + path, nil, 404, "approval.case_not_found"},
		try{w.b.chief, "GET " + path, nil, 404, "approval.case_not_found"},
		try{w.b.chief, "POST " + path + "/urge", nil, 404, "approval.case_not_found"},
		try{w.a.second, "GET " + path, nil, 200, ""},
		try{w.a.second, "POST " + path + "/urge", nil, 403, "approval.not_starter"},
		try{w.a.second, "POST " + path + "/withdraw", fields{"reason": "替他撤"}, 403, "approval.not_starter"},
		try{w.a.chief, "POST " + path + "/urge", fields{"times": 9}, 422, "request.unknown_field"},
		try{w.a.chief, "POST " + path + "/urge", fields{}, 200, ""},
		try{w.a.chief, "POST " + path + "/urge", fields{}, 409, "approval.urged_recently"},
		try{w.a.chief, "POST " + path + "/withdraw", fields{"reason": " "}, 422, "request.missing"},
		try{w.a.chief, "POST " + path + "/withdraw", fields{"reason": "再改改"}, 200, ""},
		try{w.a.chief, "POST " + path + "/withdraw", fields{"reason": "再改改"}, 409, "approval.already_decided"},
		try{w.a.chief, "POST " + path + "/urge", fields{}, 409, "approval.already_decided"},
	)
	if w.a.second.task(t, text(t, item, "id")) != "" {
		t.Error("a case that was taken back still waits for its reviewer")
	}
	w.lonely(t)
}

// lonely: where nobody reviews but the drafter, nothing can be submitted.
func (w *world) lonely(t *testing.T) {
	t.Helper()
	u := w.stranger
	for _, p := range []*person{u.chief, u.second} {
		for _, g := range at(t, u.admin.does(t, "GET /api/org/grants?limit=100&subject="+p.member.String(), nil), "items").([]any) {
			if at(t, g, "permission") == "publish.review" {
				u.admin.does(t, "DELETE /api/org/grants/"+text(t, g, "id"), nil)
			}
		}
	}
	column, only := u.column(t, "无人可审", 1), w.hire(t, u, "duren")
	u.give(t, column, only, "draft")
	u.give(t, column, only, "review")
	mine := only.does(t, "POST /api/publish/items", fields{"column_id": column, "kind": "news", "title": "自拟自审", "body_html": "<p>文</p>"})
	only.fails(t, "POST /api/publish/items/"+text(t, mine, "id")+"/submit", fields{"online_ok": true, "version": 1}, 409, "approval.no_reviewer")
}
