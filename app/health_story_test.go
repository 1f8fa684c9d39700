package app_test

import (
	"fmt"
	"testing"

	"hetu/tenant/tenanttest"
)

// inspection opens an inspection of what the unit published this year and has
// its second person record one finding about an item.
func (w *world) inspection(t *testing.T, u unit, item string) (inspection, finding string) {
	t.Helper()
	inspection = text(t, u.chief.does(t, "POST /api/publish/inspections", inspectedYear(u.second)), "id")
	f := u.second.does(t, "POST /api/publish/inspections/"+inspection+"/items/"+item+"/findings", fields{"class": "wording", "severity": "minor", "text": "第二段有错字"})
	return inspection, text(t, f, "id")
}

func inspectedYear(inspector *person) fields {
	return fields{"name": "年度检查", "from": fmt.Sprintf("%d-01-01", year), "to": fmt.Sprintf("%d-12-31", year), "inspectors": []any{inspector.member}}
}

// TestHealthOfColumns tells over HTTP how the Office sets what a column may go
// without news, and how a department sees where it stands (R001, R005, R006, R020).
func TestHealthOfColumns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	column := text(t, w.a.chief.does(t, "POST /api/publish/columns", fields{"name": "防汛动态", "review_levels": 1, "department_id": w.a.office}), "id")
	path := "PATCH /api/publish/columns/" + column
	tries(t,
		try{w.nobody(), path, fields{"max_interval_days": 30, "version": 1}, 401, "tenant.no_actor"},
		try{w.a.plain, path, fields{"max_interval_days": 30, "version": 1}, 403, "rbac.denied"}, // R022
		try{w.b.chief, path, fields{"max_interval_days": 30, "version": 1}, 404, "publish.column_not_found"},
		try{w.a.chief, path, fields{"max_interval_days": 4000, "version": 1}, 422, "request.out_of_range"},
		try{w.a.chief, path, fields{"max_interval_days": -2, "version": 1}, 422, "request.out_of_range"},
		try{w.a.chief, path, fields{"max_interval_days": 30, "version": 1}, 200, ""},
		try{w.a.chief, path, fields{"max_interval_days": 20, "version": 1}, 409, "publish.stale"},
		try{w.nobody(), "GET /api/publish/health", nil, 401, "tenant.no_actor"},
		try{w.a.chief, "GET /api/publish/health?weeks=500", nil, 422, "request.out_of_range"},
	)
	w.tried(t, w.a, w.a.plain, "/api/publish/columns/"+column)
	item := w.a.publish(t, column, "我市全面开展汛前检查")
	for _, p := range []*person{w.a.chief, w.a.plain} { // the Office sees all columns, the office's people their own
		all := p.does(t, "GET /api/publish/health?weeks=4", nil)
		found := false
		for _, c := range at(t, all, "columns").([]any) {
			if at(t, c, "id") == column {
				found = true
				if at(t, c, "state") != "fresh" || at(t, c, "interval_days") != 30.0 || at(t, c, "counts", 3) != 1.0 {
					t.Errorf("%s sees %v", p.name, c)
				}
			}
		}
		if !found || text(t, all, "departments", 0, "name") != "办公室" {
			t.Errorf("%s sees %v", p.name, all)
		}
	}
	if n := len(at(t, w.b.plain.does(t, "GET /api/publish/health", nil), "columns").([]any)); n != 0 {
		for _, c := range at(t, w.b.plain.does(t, "GET /api/publish/health", nil), "columns").([]any) {
			if at(t, c, "id") == column {
				t.Error("another bureau sees the column (TI-02)")
			}
		}
	}
	day := fmt.Sprintf("%d-01-01", year)
	listed := w.a.plain.does(t, "GET /api/publish/items?column="+column+"&from="+day, nil)
	if text(t, listed, "items", 0, "id") != text(t, item, "id") {
		t.Errorf("behind the cell stands %v", listed)
	}
	w.a.plain.fails(t, "GET /api/publish/items?from=2026-02-31", nil, 422, "request.malformed")
}

// TestInspection tells W06 over HTTP: opened, drawn, looked at, answered,
// corrected, closed; and its results are deeds (R026, R300, R301).
func TestInspection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	column := w.a.column(t, "工作要闻", 1)
	item := text(t, w.a.publish(t, column, "全市开展节水宣传"), "id")
	const inspections = "POST /api/publish/inspections"
	in := inspectedYear(w.a.second)
	with := func(key string, v any) fields {
		out := fields{}
		for k, old := range in {
			out[k] = old
		}
		out[key] = v
		return out
	}
	tries(t,
		try{w.nobody(), inspections, in, 401, "tenant.no_actor"},
		try{w.a.plain, inspections, in, 403, "rbac.denied"},
		try{w.a.chief, inspections, inspectedYear(w.b.second), 422, "publish.inspector_unknown"}, // TI-04
		try{w.a.chief, inspections, with("columns", []any{w.b.column(t, "别局栏目", 1)}), 422, "publish.column_unknown"},
		try{w.a.chief, inspections, with("to", fmt.Sprintf("%d-01-01", year-1)), 422, "publish.period_ends_before_it_begins"},
		try{w.a.chief, inspections, with("from", "2026-02-31"), 422, "request.malformed"},
		try{w.a.chief, inspections, with("inspectors", []any{}), 422, "request.too_short"},
		try{w.a.chief, inspections, with("seed", "1"), 422, "request.unknown_field"},
		try{w.b.chief, inspections, inspectedYear(w.b.second), 422, "publish.inspection_empty"},
	)
	w.tried(t, w.a, w.a.plain, "/api/publish/inspections")
	n := w.a.chief.does(t, inspections, in)
	path := " /api/publish/inspections/" + text(t, n, "id")
	record, finding := "POST"+path+"/items/"+item+"/findings", fields{"class": "wording", "severity": "grave", "text": "标题有错字"}
	name := "POST" + path + "/inspectors"
	succeeds := func(who, of *person) fields {
		return fields{"member_id": who.member, "in_place_of": of.member, "version": 1}
	}
	tries(t,
		try{w.nobody(), record, finding, 401, "tenant.no_actor"},
		try{w.a.plain, record, finding, 403, "publish.not_inspector"},
		try{w.a.chief, record, finding, 403, "publish.not_inspector"}, // whose own item it is, besides
		try{w.b.chief, record, finding, 404, "publish.inspection_not_found"},
		try{w.hq.chief, "GET" + path, nil, 404, "publish.inspection_not_found"}, // TI-14
		try{w.a.second, record, fields{"class": "beauty", "severity": "grave", "text": "题"}, 422, "request.not_a_choice"},
		try{w.a.second, record, fields{"class": "wording", "severity": "grave", "text": " "}, 422, "publish.text_missing"},
		try{w.a.chief, "POST" + path + "/close", fields{"version": 1}, 409, "publish.inspection_items_left"},
		try{w.nobody(), name, in, 401, "tenant.no_actor"},
		try{w.a.plain, name, in, 403, "rbac.denied"},
		try{w.b.chief, name, succeeds(w.a.plain, w.a.second), 404, "publish.inspection_not_found"},
		try{w.a.chief, name, succeeds(w.b.second, w.a.second), 422, "publish.inspector_unknown"}, // TI-04
		try{w.a.chief, name, succeeds(w.a.plain, w.a.plain), 422, "publish.inspector_unknown"},
	)
	f := w.a.second.does(t, record, finding)
	answer := " /api/publish/findings/" + text(t, f, "id")
	tries(t,
		try{w.nobody(), "POST" + answer + "/reply", fields{"accept": true, "version": 1}, 401, "tenant.no_actor"},
		try{w.b.chief, "POST" + answer + "/reply", fields{"accept": true, "version": 1}, 404, "publish.finding_not_found"},
		try{w.a.second, "POST" + answer + "/reply", fields{"accept": true, "version": 1}, 403, "publish.own_finding_answered"},
		try{w.a.chief, "POST" + answer + "/reply", fields{"accept": false, "version": 1}, 422, "publish.reason_missing"},
		try{w.a.chief, "POST" + answer + "/reply", fields{"accept": true, "version": 1}, 200, ""},
		try{w.a.chief, "POST" + answer + "/reply", fields{"accept": true, "version": 1}, 409, "publish.stale"},
		try{w.a.chief, "POST" + answer + "/reply", fields{"accept": true, "version": 2}, 409, "publish.wrong_state"},
		try{w.a.chief, "POST" + answer + "/correct", fields{"text": "已更正", "version": 2}, 200, ""},
		try{w.a.chief, "POST" + answer + "/decide", fields{"decision": "confirm", "version": 3}, 403, "publish.not_inspector"},
		try{w.a.second, "POST" + answer + "/decide", fields{"decision": "confirm", "version": 3}, 200, ""},
		try{w.a.second, "DELETE" + answer + "?version=4", nil, 409, "publish.wrong_state"},
		try{w.a.plain, "POST" + path + "/close", fields{"version": 1}, 403, "rbac.denied"},
		try{w.a.chief, "POST" + path + "/close", fields{"version": 9}, 409, "publish.stale"},
	)
	if mine := w.a.plain.does(t, "GET /api/publish/findings", nil); text(t, mine, "items", 0, "state") != "confirmed" {
		t.Errorf("the office's people see %v", mine)
	}
	p := w.a.chief.does(t, "POST"+path+"/close", fields{"version": 1})
	if text(t, p, "results", 0, "score") != "60.00" || text(t, p, "results", 0, "grade") != "fair" || p["state"] != "closed" {
		t.Errorf("closed with %v", p["results"])
	}
	w.a.chief.fails(t, "POST"+path+"/close", fields{"version": 2}, 409, "publish.inspection_ended")
	w.a.second.fails(t, record, finding, 409, "publish.inspection_ended")
	var wording, graded int
	must(t, tenanttest.Admin(t).QueryRow(`
		select count(*) filter (where kind = 'publish.finding_wording' and item = $2), count(*) filter (where kind = 'publish.inspection' and level = 'fair')
		  from deeds where tenant_id = $1`, w.a.id, "publish/item/"+item).Scan(&wording, &graded))
	if wording != 1 || graded != 1 {
		t.Errorf("%d deeds of the finding and %d of the result, want one of each", wording, graded)
	}
}
