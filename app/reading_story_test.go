package app_test

import (
	"testing"

	"hetu/office/publish"
	"hetu/tenant/tenanttest"
)

// TestReadingStory: readers say what they think of an item and that they have
// taken note of it; who answers for it sees who has not; who cannot take it down
// asks the information centre, which does that and nothing else (R003, R013,
// R014, R037, R038, W02).
func TestReadingStory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	chief, plain := w.a.chief, w.a.plain
	column := text(t, chief.does(t, "POST /api/publish/columns", fields{
		"name": "政务公开", "review_levels": 1, "sort": 1, "rules": fields{"comments": "on", "receipts": "on"}}), "id")
	item := w.a.publish(t, column, "供水管网检修安排")
	path := "/api/publish/items/" + text(t, item, "id")
	tries(t,
		try{w.nobody(), "GET " + path + "/reading", nil, 401, "tenant.no_actor"},
		try{plain, "GET " + path + "/readers", nil, 403, "rbac.denied"},
		try{plain, "POST " + path + "/remind", fields{}, 403, "rbac.denied"},
		try{plain, "POST " + path + "/pin", fields{"until": "2030-01-01"}, 403, "rbac.denied"},
		try{w.b.chief, "GET " + path + "/readers", nil, 404, "publish.not_found"},
		try{w.b.chief, "POST " + path + "/comments", fields{"text": "看看"}, 404, "publish.not_found"},
		try{plain, "POST " + path + "/comments", fields{"text": " "}, 422, "publish.text_missing"},
		try{chief, "POST " + path + "/pin", fields{"until": "2001-01-01"}, 422, "publish.pin_until"},
		try{chief, "GET " + path + "/readers?state=half", nil, 422, "request.not_a_choice"},
		try{plain, "POST " + path + "/comments", fields{"text": "请注意西区"}, 200, ""},
		try{plain, "POST " + path + "/confirm", fields{}, 200, ""},
		try{chief, "POST " + path + "/remind", fields{}, 200, ""},
		try{chief, "POST " + path + "/remind", fields{}, 409, "publish.reminded_recently"},
	)
	read := chief.does(t, "GET "+path+"/readers?state=confirmed", nil)
	if text(t, read, "items", 0, "name") != "plain" || len(at(t, read, "items").([]any)) != 1 {
		t.Errorf("who confirmed = %v", read)
	}
	if n := at(t, chief.does(t, "GET "+path+"/reading", nil), "total", "audience"); n.(float64) < 3 {
		t.Errorf("the audience is %v", n)
	}
	w.removal(t, path)
	tries(t,
		try{plain, "GET " + path + "/comments", nil, 404, "publish.not_found"},
	)
}

// removal has plain ask for the removal of an item, and the administrator do it.
func (w *world) removal(t *testing.T, path string) {
	t.Helper()
	chief, plain, admin := w.a.chief, w.a.plain, w.a.admin
	ask := fields{"reason": "confidential", "note": "含内部电话"}
	tries(t,
		try{w.nobody(), "POST " + path + "/takedown", ask, 401, "tenant.no_actor"},
		try{w.b.plain, "POST " + path + "/takedown", ask, 404, "publish.not_found"},
		try{chief, "POST " + path + "/takedown", ask, 409, "publish.takedown_yourself"},
		try{plain, "POST " + path + "/takedown", fields{"reason": "dislike"}, 422, "request.not_a_choice"},
		try{plain, "POST " + path + "/takedown", fields{"reason": "other"}, 422, "publish.note_missing"},
		try{plain, "POST " + path + "/takedown", ask, 200, ""},
		try{plain, "POST " + path + "/takedown", ask, 409, "publish.takedown_open"},
	)
	k := text(t, admin.does(t, "GET /api/publish/takedowns?state=open", nil), "items", 0, "id")
	one := "/api/publish/takedowns/" + k
	tries(t,
		try{plain, "POST " + one + "/remove", fields{"version": 1}, 403, "rbac.denied"},
		try{w.b.admin, "POST " + one + "/remove", fields{"version": 1}, 404, "publish.takedown_not_found"},
		try{admin, "POST " + one + "/refuse", fields{"answer": " ", "version": 1}, 422, "publish.answer_missing"},
		try{admin, "POST " + one + "/remove", fields{"version": 1}, 200, ""},
		try{admin, "POST " + one + "/remove", fields{"version": 1}, 409, "publish.takedown_decided"},
	)
	if got := plain.does(t, "GET "+one, nil); got["state"] != "removed" || got["decided_name"] != "管理员" || at(t, got, "minutes").(float64) < 0 {
		t.Errorf("the request = %v", got)
	}
	if code := text(t, plain.does(t, "GET /api/message/notices", nil), "items", 0, "code"); code != "publish.takedown_removed" {
		t.Errorf("the requester's last notice is %s", code)
	}
	var n int
	must(t, tenanttest.Admin(t).QueryRow(`select count(*) from deeds where tenant_id = $1 and kind = $2 and level = 'confidential'`, w.a.id, publish.TakenDown).Scan(&n))
	if n != 1 {
		t.Errorf("%d deeds of the removal, want 1 (I12)", n)
	}
}
