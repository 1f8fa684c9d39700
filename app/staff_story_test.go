package app_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"hetu/tenant/tenanttest"
)

// list makes a workbook of people as an administrator would send one in.
func list(t *testing.T, rows ...[]any) []byte {
	t.Helper()
	book := excelize.NewFile()
	for i, r := range append([][]any{{"部门", "姓名", "登录名", "职务", "负责人"}}, rows...) {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		must(t, err)
		must(t, book.SetSheetRow("Sheet1", cell, &r))
	}
	var b bytes.Buffer
	must(t, book.Write(&b))
	return b.Bytes()
}

// staffed makes what routes of staff lead to, in the bureau, by the path before
// the parameter.
func (w *world) staffed(t *testing.T) things {
	t.Helper()
	c := w.a.chief
	taken := c.does(t, "POST /api/staff/imports?name=list.xlsx", list(t, []any{"内部督办科", "内部人员甲", "neibujia"}))
	c.does(t, "POST /api/staff/offices", fields{"office": "principal", "member_id": w.a.second.member, "basis": "内部任职文件"})
	office := c.does(t, "POST /api/staff/offices", fields{"office": "oa_admin", "member_id": w.a.plain.member})
	asked := c.does(t, "POST /api/staff/requests", fields{"act": "open", "person": "内部人员乙", "department_id": w.a.office, "reason": "内部事由"})
	p := w.hire(t, w.a, "wangmima")
	w.nobody().does(t, "POST /api/org/requests", fields{"tenant": w.a.slug, "login": "wangmima"})
	requests := c.does(t, "GET /api/org/requests?state=open", nil)
	return things{"/staff/imports": text(t, taken, "import_id"), "/staff/members": p.member.String(), "/staff/offices": text(t, office, "id"),
		"/staff/requests": text(t, asked, "id"), "/org/requests": text(t, requests, "items", 0, "id")}
}

// People come by a list, which is tried and can be taken back, and by a request
// that is approved (W24, R230, R232, R233); somebody leaves, and what only they
// could go on with is their successor's in the same act (W25, R231).
func TestStaffStory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	chief, plain := w.a.chief, w.a.plain
	good := list(t, []any{"督查室", "温如言", "", "主任", "是"}, []any{"督查室/一科", "温如言", "", "科员"})
	tries(t,
		try{w.nobody(), "POST /api/staff/imports?dry_run=true", good, 401, "tenant.no_actor"},
		try{plain, "POST /api/staff/imports?dry_run=true", good, 403, "rbac.denied"},
		try{chief, "POST /api/staff/imports", []byte("部门,姓名"), 422, "staff.file"},
		try{chief, "POST /api/staff/imports", list(t, []any{"", "温如言"}), 422, "staff.rows"},
	)
	tried := chief.does(t, "POST /api/staff/imports?dry_run=true", good)
	if text(t, tried, "people", 1, "login") != "wenruyan2" || at(t, tried, "applied") != false {
		t.Errorf("tried: %v", tried)
	}
	id := text(t, chief.does(t, "POST /api/staff/imports?name=list.xlsx", good), "import_id")
	tries(t,
		try{w.b.chief, "POST /api/staff/imports/" + id + "/undo", nil, 404, "staff.import_not_found"},
		try{w.b.chief, "POST /api/staff/imports/" + id + "/slips", nil, 404, "staff.import_not_found"},
	)
	token := text(t, chief.does(t, "POST /api/staff/imports/"+id+"/slips", nil), "items", 0, "token")
	come := w.nobody()
	tries(t,
		try{w.nobody(), "POST /api/org/activate", fields{"token": token, "password": password}, 422, "org.rules_unread"},
	)
	come.enter(t, "/api/org/activate", fields{"token": token, "password": password, "agreed": true})
	chief.fails(t, "POST /api/staff/imports/"+id+"/undo", nil, 409, "staff.import_used")
	w.requested(t)
	w.leaver(t)
}

// requested has an account opened by a request: the office asks, the system
// administrator approves, and who asked gets the login back.
func (w *world) requested(t *testing.T) {
	t.Helper()
	const requests = "/api/staff/requests"
	in := fields{"act": "open", "person": "顾如风", "department_id": w.a.office, "title": "科员", "reason": "新进人员"}
	tries(t,
		try{w.a.plain, "POST " + requests, in, 403, "rbac.denied"},
		try{w.a.chief, "POST " + requests, fields{"act": "open", "person": "顾如风", "reason": "新进人员"}, 422, "request.missing"},
	)
	asked := w.a.chief.does(t, "POST "+requests, in)
	path := requests + "/" + text(t, asked, "id")
	tries(t,
		try{w.a.plain, "GET " + path, nil, 404, "staff.request_not_found"},
		try{w.b.chief, "GET " + path, nil, 404, "staff.request_not_found"},
		try{w.a.chief, "POST " + path + "/slip", nil, 409, "staff.request_not_done"},
	)
	for _, tt := range []struct {
		name string
		by   *person
		n    int
	}{{"a member without requests", w.a.plain, 0}, {"another tenant", w.b.chief, 0}, {"who asked", w.a.chief, 1}, {"who manages people", w.a.admin, 1}} {
		if l, _ := tt.by.does(t, "GET "+requests, nil)["items"].([]any); len(l) != tt.n {
			t.Errorf("%s sees %v, want %d (R230)", tt.name, l, tt.n)
		}
	}
	tasks := w.a.admin.does(t, "GET /api/approval/tasks?state=todo", nil)
	task := "/api/approval/tasks/" + text(t, tasks, "items", 0, "id")
	page := w.a.admin.does(t, "GET "+task, nil)
	w.a.admin.does(t, "POST "+task+"/approve", fields{"checks": fields{}, "content_hash": text(t, page, "case", "content_hash")})
	slip := w.a.chief.does(t, "POST "+path+"/slip", nil)
	if text(t, slip, "login") != "gurufeng" {
		t.Errorf("slip = %v", slip)
	}
	w.nobody().enter(t, "/api/org/activate", fields{"token": slip["token"], "password": password, "agreed": true})
	w.a.chief.fails(t, "POST "+path+"/slip", nil, 409, "staff.request_not_done") // they have come
}

// leaver lets somebody go who has a task and a draft.
func (w *world) leaver(t *testing.T) {
	t.Helper()
	leave := "POST /api/staff/members/" + w.a.second.member.String() + "/leave"
	column := text(t, w.a.chief.does(t, "POST /api/publish/columns", fields{"name": "交接栏目", "review_levels": 1, "sort": 1}), "id")
	submitted := w.a.write(t, column, "待审的稿件")
	w.a.chief.does(t, "POST /api/publish/items/"+text(t, submitted, "id")+"/submit", fields{"online_ok": true, "version": submitted["version"]})
	w.a.second.does(t, "POST /api/publish/items", fields{"column_id": column, "kind": "news", "title": "没写完的稿件"})
	tries(t,
		try{w.a.plain, leave, fields{"reason": "调出"}, 403, "rbac.denied"},
		try{w.b.chief, leave, fields{"reason": "调出"}, 404, "org.member_not_found"},
		try{w.a.admin, leave, fields{"reason": "调出"}, 409, "staff.open_items"},
		try{w.a.admin, "POST /api/org/members/" + w.a.second.member.String() + "/leave", fields{"reason": "调出"}, 409, "staff.open_items"},
		try{w.a.admin, leave, fields{"reason": "调出", "successor_id": w.b.plain.member}, 422, "staff.successor"},
	)
	w.a.admin.does(t, leave, fields{"reason": "调出", "successor_id": w.a.plain.member})
	dies(t, w.a.second, "GET /api/org/me", "they left", time.Now())
	if title := text(t, w.a.plain.does(t, "GET /api/approval/tasks?state=todo", nil), "items", 0, "title"); title != "待审的稿件" {
		t.Errorf("the successor's first task is %s", title)
	}
	if title := text(t, w.a.plain.does(t, "GET /api/publish/items?view=mine", nil), "items", 0, "title"); title != "没写完的稿件" {
		t.Errorf("the successor's draft is %s", title)
	}
}

// Another password is given upon one's own request alone, by a link only the
// person uses (R246, R249, R251).
func TestResetStory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.hire(t, w.a, "xumiao")
	reset := "POST /api/org/members/" + p.member.String() + "/reset"
	tries(t,
		try{w.a.plain, reset, fields{}, 403, "rbac.denied"},
		try{w.b.chief, reset, fields{}, 404, "org.member_not_found"},
		try{w.a.admin, reset, fields{}, 409, "org.reset_not_asked"},
		try{w.a.admin, reset, fields{"how": "phone"}, 422, "request.missing"},
		try{w.nobody(), "POST /api/org/requests", fields{"tenant": w.a.slug, "login": "nobody"}, 200, ""},
		try{w.nobody(), "POST /api/org/requests", fields{"tenant": w.a.slug, "login": "xumiao"}, 200, ""},
	)
	token := text(t, w.a.admin.does(t, reset, fields{}), "token")
	choose := func(password string) fields { return fields{"token": token, "password": password, "agreed": true} }
	if _, err := tenanttest.Admin(t).Exec(`delete from acknowledgements where member_id = $1`, p.member); err != nil { // as if by this link for the first time
		t.Fatal(err)
	}
	if look := w.nobody().does(t, "POST /api/org/activations/look", fields{"token": token}); look["rules_unread"] != true {
		t.Errorf("who has read no rules yet is shown %v", look)
	}
	tries(t,
		try{w.nobody(), "POST /api/org/reset", fields{"token": token, "password": "Another&Rain-27"}, 422, "org.rules_unread"}, // R244, R350
		try{w.nobody(), "POST /api/org/activate", fields{"token": token, "password": password, "agreed": true}, 404, "org.link_invalid"},
		try{w.nobody(), "POST /api/org/reset", choose("password"), 422, "org.password_weak"},
		try{w.nobody(), "POST /api/org/reset", choose(password), 422, "org.password_reused"},
		try{w.nobody(), "POST /api/org/reset", choose("Another&Rain-27"), 200, ""},
		try{w.nobody(), "POST /api/org/reset", choose("Another&Rain-28"), 404, "org.link_invalid"},
	)
	dies(t, p, "GET /api/org/me", "the password was replaced", time.Now())
	back := w.nobody()
	back.enter(t, "/api/org/sign-in", fields{"tenant": w.a.slug, "login": "xumiao", "password": "Another&Rain-27"})
	back.does(t, "POST /api/org/stolen", fields{"note": "有陌生登录"})
	dies(t, back, "GET /api/org/me", "the theft was reported", time.Now())
	w.nobody().fails(t, "POST /api/org/sign-in", fields{"tenant": w.a.slug, "login": "xumiao", "password": "Another&Rain-27"}, 401, "org.credentials")
}
