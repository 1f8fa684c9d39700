package app_test

import (
	"regexp"
	"testing"
)

// until takes out of an answer when a lock ends.
var until = regexp.MustCompile(`"until":"[^"]*"`)

// grantStory: who may give what to whom (AZ-04, TI-04, AU-05).
func (w *world) grantStory(t *testing.T) {
	const grants = "POST /api/org/grants"
	admin, chief := w.a.admin, w.a.chief
	roles := func(u unit) map[string]string {
		ids := map[string]string{}
		for _, r := range at(t, u.admin.does(t, "GET /api/org/roles", nil), "items").([]any) {
			ids[text(t, r, "code")] = text(t, r, "id")
		}
		return ids
	}
	mine, theirs := roles(w.a), roles(w.b)
	foreign := text(t, w.b.admin.does(t, "GET /api/org/grants", nil), "items", 0, "id")
	to := func(p *person, more fields) fields {
		in := fields{"subject_kind": "member", "subject_id": p.member}
		for k, v := range more {
			in[k] = v
		}
		return in
	}
	read := fields{"permission": "org.manage"}
	tries(t,
		try{w.nobody(), grants, to(w.a.plain, read), 401, "tenant.no_actor"},
		try{w.a.plain, grants, to(w.a.plain, read), 403, "rbac.denied"},
		try{w.b.admin, "DELETE /api/org/grants/" + text(t, admin.does(t, "GET /api/org/grants", nil), "items", 0, "id"), nil, 404, "rbac.grant_not_found"},
		try{admin, "DELETE /api/org/grants/" + foreign, nil, 404, "rbac.grant_not_found"},
		try{admin, grants, to(w.b.plain, read), 422, "org.no_such_subject"},
		try{admin, grants, to(w.a.plain, fields{"role_id": theirs["admin"]}), 422, "rbac.no_such_role"},
		try{admin, grants, to(w.a.plain, fields{"permission": "*"}), 422, "rbac.no_such_permission"},
		try{admin, grants, to(w.a.plain, fields{"permission": "platform.operator"}), 422, "rbac.no_such_permission"},
		try{admin, grants, to(w.a.plain, fields{"permission": "org.manage", "scope_kind": "column", "scope_id": random()}), 422, "rbac.not_scoped"},
		try{admin, grants, to(w.a.plain, nil), 422, "request.missing"},
		try{admin, grants, to(w.a.plain, fields{"permission": "org.manage", "until": "2020-01-01T00:00:00Z"}), 422, "org.until_past"},
		try{admin, grants, to(w.a.plain, fields{"permission": "publish.publish"}), 403, "rbac.beyond_own_rights"},
		try{admin, grants, to(admin, fields{"permission": "org.manage"}), 403, "org.own_grant"},
		try{admin, grants, to(admin, fields{"role_id": mine["publisher"]}), 403, "org.own_grant"},
		try{chief, grants, to(chief, fields{"permission": "org.manage"}), 403, "org.own_grant"},
	)
	made := admin.does(t, grants, to(w.a.plain, read))
	admin.fails(t, grants, to(w.a.plain, read), 409, "rbac.already_granted")
	soon(t, "a right is given", func() bool { return w.a.plain.status(t, "GET /api/org/members") == 200 })
	take := "DELETE /api/org/grants/" + text(t, made, "id")
	tries(t,
		try{admin, take, nil, 200, ""},
		try{admin, take, nil, 404, "rbac.grant_not_found"},
	)
	soon(t, "a right is taken back", func() bool { return w.a.plain.status(t, "GET /api/org/members") == 403 })
	for _, g := range at(t, admin.does(t, "GET /api/org/grants?subject="+admin.member.String(), nil), "items").([]any) {
		if at(t, g, "role_id") == mine["admin"] {
			admin.fails(t, "DELETE /api/org/grants/"+text(t, g, "id"), nil, 409, "org.last_admin")
		}
	}
}

func (w *world) departmentStory(t *testing.T) {
	const departments = "POST /api/org/departments"
	admin := w.a.admin
	in := fields{"name": "督查科", "kind": "dept", "sort": 7, "parent_id": w.a.office}
	with := func(k string, v any) fields {
		out := fields{}
		for name, old := range in {
			out[name] = old
		}
		out[k] = v
		return out
	}
	tries(t,
		try{w.nobody(), departments, in, 401, "tenant.no_actor"},
		try{w.a.plain, departments, in, 403, "rbac.denied"},
		try{admin, departments, with("parent_id", w.b.office), 422, "org.no_such_subject"}, // TI-04
		try{admin, departments, with("kind", "board"), 422, "request.not_a_choice"},
		try{admin, departments, with("sort", -1), 422, "request.out_of_range"},
		try{admin, departments, with("head_id", random()), 422, "request.unknown_field"},
	)
	d := admin.does(t, departments, in)
	id := text(t, d, "id")
	admin.fails(t, departments, in, 409, "org.department_taken")
	edit, post := "PATCH /api/org/departments/"+id, "POST /api/org/members/"+w.a.plain.member.String()+"/posts"
	tries(t,
		try{w.b.admin, edit, with("version", 1), 404, "org.department_not_found"},
		try{w.b.admin, "DELETE /api/org/departments/" + id, nil, 404, "org.department_not_found"},
		try{admin, edit, with("version", 9), 409, "org.stale"},
		try{admin, "PATCH /api/org/departments/" + w.a.office.String(), fields{"name": "办公室", "kind": "office", "sort": 0, "parent_id": id, "version": 1}, 422, "org.department_cycle"},
		try{w.a.plain, post, fields{"department_id": id, "title": "", "main": false, "head": true}, 403, "rbac.denied"},
		try{w.b.admin, post, fields{"department_id": w.b.office, "title": "", "main": false, "head": true}, 404, "org.member_not_found"},
		try{admin, post, fields{"department_id": w.b.office, "title": "", "main": false, "head": true}, 422, "org.no_such_subject"},
		try{admin, post, fields{"department_id": id, "title": "副科长", "main": false, "head": true}, 200, ""},
		try{admin, post, fields{"department_id": id, "title": "副科长", "main": false, "head": false}, 409, "org.post_taken"},
		try{admin, "DELETE /api/org/departments/" + id, nil, 409, "org.department_in_use"},
	)
	for _, p := range at(t, w.a.plain.does(t, "GET /api/org/me", nil), "departments").([]any) {
		if text(t, p, "id") == id && at(t, p, "head") != true {
			t.Errorf("the post is %v, want a head's", p)
		}
	}
}
