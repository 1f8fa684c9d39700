package app_test

import (
	"slices"
	"testing"

	"hetu/tenant/tenanttest"
)

// TestColumnApplications tells W03 over HTTP: a department applies, the Office
// consents, and nobody else comes to a column (R022, R023, R024, AZ-08).
func TestColumnApplications(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.columnAttempts(t)
	w.columnApplied(t)
	w.columnPlaces(t)
	w.elsewhere(t)
}

// TestR025Patterns tells over HTTP how the rules of the tenant above become a
// bureau's own copy, and how that is taken further (R025).
func TestR025Patterns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const patterns, units = "/api/publish/patterns", "GET /api/publish/pattern-units"
	top := w.hq.chief.does(t, "POST /api/publish/columns", fields{"name": "厅局要闻", "review_levels": 2, "purpose": "反映重点工作", "rules": fields{"sign": "on"}})
	note := fields{"note": "统一审核级数"}
	tries(t,
		try{w.nobody(), "POST " + patterns, note, 401, "tenant.no_actor"},
		try{w.hq.plain, "POST " + patterns, note, 403, "rbac.denied"},
		try{w.hq.plain, "GET /api/publish/pattern-draft", nil, 403, "rbac.denied"},
		try{w.hq.plain, units, nil, 403, "rbac.denied"},
		try{w.hq.chief, "POST " + patterns, fields{"note": " "}, 422, "request.missing"},
		try{w.hq.chief, "GET " + patterns + "?sort=note", nil, 422, "request.not_a_choice"},
	)
	v1 := text(t, w.hq.chief.does(t, "POST "+patterns, note), "id")
	path := patterns + "/" + v1
	tries(t,
		try{w.hq.chief, "POST " + patterns, note, 409, "publish.pattern_same"},
		try{w.nobody(), "GET " + path + "/plan", nil, 401, "tenant.no_actor"},
		try{w.a.plain, "GET " + patterns, nil, 403, "rbac.denied"},
		try{w.a.plain, "GET " + path + "/plan", nil, 403, "rbac.denied"},
		try{w.a.plain, "POST " + path + "/adopt", fields{"choices": []fields{}}, 403, "rbac.denied"},
		try{w.stranger.chief, "GET " + path, nil, 404, "publish.pattern_not_found"},
		try{w.stranger.chief, "GET " + path + "/plan", nil, 404, "publish.pattern_not_found"},
		try{w.stranger.chief, "POST " + path + "/adopt", fields{"choices": []fields{}}, 404, "publish.pattern_not_found"},
		try{w.a.chief, "POST " + path + "/adopt", fields{"choices": []fields{{"key": w.a.id, "take": "make"}}}, 422, "publish.pattern_column_unknown"},
		try{w.a.chief, "POST " + path + "/adopt", fields{"choices": []fields{{"key": top["id"], "take": "delete"}}}, 422, "request.not_a_choice"},
	)
	if l := w.b.chief.does(t, "GET "+patterns, nil); text(t, l, "items", 0, "id") != v1 {
		t.Errorf("a bureau sees %v", l)
	}
	step := func(in map[string]any) map[string]any {
		for _, s := range at(t, in, "items").([]any) {
			if text(t, s, "theirs", "key") == top["id"] {
				return s.(map[string]any)
			}
		}
		t.Fatal("the column is not in the plan")
		return nil
	}
	if s := step(w.a.chief.does(t, "GET "+path+"/plan", nil)); s["state"] != "new" {
		t.Errorf("the dry run: %v", s)
	}
	adopt := fields{"choices": []fields{{"key": top["id"], "take": "make"}}}
	tries(t, try{w.a.chief, "POST " + path + "/adopt", adopt, 200, ""}, try{w.a.chief, "POST " + path + "/adopt", adopt, 409, "publish.pattern_choice"})
	copied := text(t, step(w.a.chief.does(t, "GET "+path+"/plan", nil)), "ours", "key")
	if c := w.a.chief.does(t, "POST /api/publish/columns/"+copied+"/disable", fields{"version": 1}); c["name"] != "厅局要闻" || at(t, c, "rules", "sign") != true {
		t.Errorf("the bureau's own copy: %v", c)
	}
	w.a.chief.does(t, "POST /api/publish/columns/"+copied+"/enable", fields{"version": 2})
	w.patternMovesOn(t, v1, text(t, top, "id"), copied)
}

// patternMovesOn: another version follows, and the bureau takes it over; the
// issuer sees who is at which version, and not what it made of it.
func (w *world) patternMovesOn(t *testing.T, v1, key, copied string) {
	t.Helper()
	const patterns, units = "/api/publish/patterns", "GET /api/publish/pattern-units"
	w.hq.chief.does(t, "PATCH /api/publish/columns/"+key, fields{"review_levels": 3, "version": 1})
	v2 := text(t, w.hq.chief.does(t, "POST "+patterns, fields{"note": "改为三级审核"}), "id")
	path := patterns + "/" + v2
	take := func(version int) fields {
		return fields{"choices": []fields{{"key": key, "take": "take", "version": version}}}
	}
	tries(t,
		try{w.a.chief, "POST " + patterns + "/" + v1 + "/adopt", take(3), 409, "publish.pattern_old"},
		try{w.a.chief, "POST " + path + "/adopt", take(2), 409, "publish.stale"},
		try{w.a.chief, "POST " + path + "/adopt", take(3), 200, ""},
		try{w.hq.chief, "GET /api/publish/columns/" + copied + "/rights", nil, 404, "publish.column_not_found"},
	)
	list := w.hq.chief.does(t, units+"?sort=-version&limit=1", nil)
	if text(t, list, "items", 0, "id") != w.a.id.String() || at(t, list, "items", 0, "version") != float64(2) || list["next"] == "" {
		t.Errorf("who adopted: %v", list)
	}
	if l := w.a.chief.does(t, units, nil); len(at(t, l, "items").([]any)) != 0 {
		t.Errorf("a bureau sees %v", l)
	}
}

// columnAttempts: every way to a column is refused to who is not the Office; the
// log and the deeds know, and not more often than once a minute (R024, I13).
func (w *world) columnAttempts(t *testing.T) {
	t.Helper()
	p := w.hire(t, w.a, "shitu")
	id := w.a.column(t, "固定栏目", 1)
	path := " /api/publish/columns/" + id
	for range 5 {
		tries(t,
			try{p, "POST /api/publish/columns", fields{"name": "私设栏目", "review_levels": 1}, 403, "rbac.denied"},
			try{p, "PATCH" + path, fields{"name": "改名", "version": 1}, 403, "rbac.denied"},
			try{p, "PATCH" + path, fields{"sort": 3, "version": 1}, 403, "rbac.denied"},
			try{p, "POST" + path + "/merge", fields{"into": id, "version": 1}, 403, "rbac.denied"},
			try{p, "POST" + path + "/disable", fields{"version": 1}, 403, "rbac.denied"},
			try{p, "DELETE" + path + "?version=1", nil, 403, "rbac.denied"},
		)
	}
	w.tried(t, w.a, p, "/api/publish/columns")
	w.tried(t, w.a, p, "/api/publish/columns/"+id)
	var rows, deeds int
	admin := tenanttest.Admin(t)
	must(t, admin.QueryRow(`select count(*) from audit_entries where tenant_id = $1 and member_id = $2 and action = 'refused'`, w.a.id, p.member).Scan(&rows))
	must(t, admin.QueryRow(`select count(*) from deeds where tenant_id = $1 and member_id = $2 and kind = 'publish.column_attempt' and unit_id = $3`, w.a.id, p.member, w.a.office).Scan(&deeds))
	if rows < 5 || rows > 10 || deeds < 1 || deeds > 2 { // a minute may have begun meanwhile
		t.Errorf("30 attempts left %d rows and %d deeds", rows, deeds)
	}
}

// columnApplied: who may apply, who may decide, and what that does.
func (w *world) columnApplied(t *testing.T) {
	t.Helper()
	const apply = "POST /api/publish/applications"
	p, q := w.hire(t, w.a, "shenqing"), w.hire(t, w.a, "pangren")
	w.a.give(t, w.a.column(t, "本处旧栏目", 1), p, "publish")
	in := fields{"reason": "没有地方发布河湖信息", "wish": fields{"name": "河湖动态", "review_levels": 2, "kinds": []string{"news"},
		"people": []fields{{"right": "draft", "member_id": p.member}}}}
	tries(t,
		try{w.nobody(), apply, in, 401, "tenant.no_actor"},
		try{q, apply, in, 403, "publish.not_for_department"},
		try{p, apply, fields{"reason": " ", "wish": fields{"name": "河湖动态"}}, 422, "publish.reason_missing"},
		try{p, apply, fields{"reason": "理由", "wish": fields{"name": "河湖动态", "parent_id": w.b.column(t, "别局的", 1)}}, 422, "publish.column_unknown"},
	)
	made := p.does(t, apply, in)
	id := text(t, made, "id")
	path := " /api/publish/applications/" + id
	tries(t,
		try{q, "GET" + path, nil, 404, "publish.application_not_found"},
		try{w.b.chief, "GET" + path, nil, 404, "publish.application_not_found"},
		try{w.hq.chief, "POST" + path + "/consent", fields{"version": 1}, 404, "publish.application_not_found"},
		try{p, "POST" + path + "/consent", fields{"version": 1}, 403, "rbac.denied"},
		try{w.a.chief, "POST" + path + "/refuse", fields{"reason": "", "version": 1}, 422, "publish.reason_missing"},
		try{w.a.chief, "POST" + path + "/consent", fields{"version": 2}, 409, "publish.stale"},
		try{w.a.chief, "POST" + path + "/consent", fields{"version": 1}, 200, ""},
		try{w.a.chief, "POST" + path + "/consent", fields{"version": 2}, 409, "publish.application_decided"},
		try{p, "POST" + path + "/withdraw", fields{"version": 2}, 409, "publish.application_decided"},
	)
	column := text(t, p.does(t, "GET"+path, nil), "column_id")
	soon(t, "the applicant may draft", func() bool {
		res, _ := p.send(t, "POST", "/api/publish/items", fields{"column_id": column, "kind": "news", "title": "巡河"}, nil)
		return res.StatusCode == 200
	})
	p.fails(t, "POST /api/publish/items", fields{"column_id": column, "kind": "notice", "title": "巡河"}, 422, "publish.kind_not_here")
	notices := p.does(t, "GET /api/message/notices", nil)
	if text(t, notices, "items", 0, "code") != "publish.application_consented" {
		t.Errorf("the applicant was told %v", notices)
	}
}

// columnPlaces: every department gets a place for its work news (R021).
func (w *world) columnPlaces(t *testing.T) {
	t.Helper()
	dept := text(t, w.a.admin.does(t, "POST /api/org/departments", fields{"name": "水保科", "kind": "dept", "sort": 4, "parent_id": nil}), "id")
	tries(t,
		try{w.a.plain, "GET /api/publish/places", nil, 403, "rbac.denied"},
		try{w.a.plain, "POST /api/publish/places", nil, 403, "rbac.denied"},
	)
	w.a.chief.does(t, "POST /api/publish/places", nil)
	again := w.a.chief.does(t, "POST /api/publish/places", nil)
	if n := at(t, again, "columns"); n != float64(0) {
		t.Errorf("opened again: %v", n)
	}
	for _, p := range at(t, w.a.chief.does(t, "GET /api/publish/places", nil), "items").([]any) {
		if at(t, p, "id") == dept && len(at(t, p, "own").([]any)) != 1 {
			t.Errorf("the department's place: %v", p)
		}
	}
}

// elsewhere: a publisher of one column in another, and where a column was
// disabled meanwhile (AZ-08).
func (w *world) elsewhere(t *testing.T) {
	t.Helper()
	p := w.hire(t, w.a, "fabu")
	own, other := w.a.column(t, "甲处栏目", 1), w.a.column(t, "乙处栏目", 1)
	grant := w.a.give(t, own, p, "publish")
	approved := func(column string) map[string]any {
		id := text(t, w.a.review(t, w.a.write(t, column, "待发布的信息")), "id")
		return w.a.chief.does(t, "GET /api/publish/items/"+id, nil)
	}
	there, here := approved(other), approved(own)
	refused := func(item map[string]any, code string) {
		t.Helper()
		path := "/api/publish/items/" + text(t, item, "id")
		p.fails(t, "POST "+path+"/publish", fields{"version": item["version"]}, 403, code)
		var n int
		must(t, tenanttest.Admin(t).QueryRow(`select count(*) from audit_entries where tenant_id = $1 and member_id = $2 and action = 'refused'
			and object = $3 and detail ->> 'code' = $4`, w.a.id, p.member, path+"/publish", code).Scan(&n))
		now := w.a.chief.does(t, "GET "+path, nil)
		if n == 0 || now["state"] != "approved" || now["content_hash"] != item["content_hash"] || now["version"] != item["version"] {
			t.Errorf("%s: %d rows; %v, version %v", code, n, now["state"], now["version"])
		}
	}
	refused(there, "rbac.denied")
	c := w.a.chief.does(t, "POST /api/publish/columns/"+own+"/disable", fields{"version": 1})
	refused(here, "publish.column_disabled")
	w.a.chief.does(t, "POST /api/publish/columns/"+own+"/enable", fields{"version": c["version"]})
	w.a.chief.does(t, "DELETE "+grant, nil) // transferred: the right goes
	soon(t, "the right is gone", func() bool {
		for _, c := range at(t, p.does(t, "GET /api/publish/columns", nil), "items").([]any) {
			if at(t, c, "id") == own {
				return !slices.Contains(at(t, c, "may").([]any), any("publish"))
			}
		}
		return true
	})
	refused(here, "rbac.denied")
}
