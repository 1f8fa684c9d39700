package app_test

import (
	"bytes"
	"fmt"
	"testing"
)

// goal is a target as a client words it.
func goal(title, weight string, leader, department any) fields {
	return fields{"title": title, "measure": "quantity", "quantity": "120", "unit_of_measure": "公里", "weight": weight, "cadence": "month",
		"leader_id": leader, "department_id": department, "milestones": []fields{{"quarter": 4, "text": "全部完成", "value": "120"}}}
}

// heads has somebody lead a new department of the unit.
func (u unit) heads(t *testing.T, who *person, name, kind string) string {
	t.Helper()
	d := text(t, u.admin.does(t, "POST /api/org/departments", fields{"name": name, "kind": kind, "sort": 6, "parent_id": nil}), "id")
	u.admin.does(t, "POST /api/org/members/"+who.member.String()+"/posts", fields{"department_id": d, "title": "负责人", "main": false, "head": true})
	return d
}

// targeted has a department of the bureau accept a target and report on it, and
// returns the ids of both.
func (w *world) targeted(t *testing.T) (id, reported string) {
	t.Helper()
	u := w.a
	dept := u.heads(t, u.second, "节水科", "dept")
	in := goal("内部目标", "100", u.chief.member, u.office)
	in["year"], in["unit_kind"], in["unit_id"] = year, "department", dept
	id = text(t, u.chief.does(t, "POST /api/target/targets", in), "id")
	u.chief.does(t, "POST /api/target/units/"+dept+"/issue", fields{"year": year})
	p := u.second.does(t, "POST /api/target/targets/"+id+"/accept", fields{"revision": 1})
	p = u.second.does(t, "POST /api/target/targets/"+id+"/reports", fields{"period": at(t, p, "periods", 0, "period"), "value": "3", "text": "内部进展",
		"reached": true, "upload_id": u.second.upload(t, "内部.png", png)})
	return id, text(t, p, "sent", 0, "id")
}

// TestTargetsBetweenTenants tells how headquarters sets a target of a bureau,
// the bureau returns and then accepts it and reports, and who may not.
func TestTargetsBetweenTenants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hq, chief := w.hq.chief, w.a.chief
	w.a.heads(t, w.a.second, "局领导", "leaders")
	in := goal("治理河道", "60", w.hq.second.member, w.hq.office)
	in["year"], in["unit_kind"], in["unit_id"] = year, "tenant", w.a.id
	tries(t,
		try{w.nobody(), "POST /api/target/targets", in, 401, "tenant.no_actor"},
		try{w.hq.plain, "POST /api/target/targets", in, 403, "rbac.denied"},
		try{w.hq.plain, "GET /api/target/board?year=2026", nil, 403, "rbac.denied"},
		try{w.b.chief, "POST /api/target/targets", in, 422, "target.unit_unknown"},
		try{hq, "POST /api/target/targets", but(in, "weight", "100.5"), 422, "target.weight_out_of_range"},
		try{hq, "POST /api/target/targets", but(in, "title", " "), 422, "request.missing"},
		try{hq, "POST /api/target/targets", but(in, "measure", "feeling"), 422, "request.not_a_choice"},
		try{hq, "GET /api/target/board?year=1", nil, 422, "request.out_of_range"},
	)
	made := hq.does(t, "POST /api/target/targets", in)
	path, issue := "/api/target/targets/"+text(t, made, "id"), "POST /api/target/units/"+w.a.id.String()+"/issue"
	tries(t,
		try{hq, issue, fields{"year": year}, 409, "target.weights_sum"},
		try{chief, "GET " + path, nil, 404, "target.not_found"}, // not issued yet
	)
	draft := goal("治理河道", "100", w.hq.second.member, w.hq.office)
	draft["version"] = made["version"]
	hq.does(t, "PUT "+path, draft)
	hq.does(t, issue, fields{"year": year})
	tries(t,
		try{hq, issue, fields{"year": year}, 409, "target.nothing_to_issue"},
		try{w.b.chief, "GET " + path, nil, 404, "target.not_found"},
		try{w.a.plain, "GET " + path, nil, 404, "target.not_found"},
		try{w.a.plain, "POST " + path + "/accept", fields{"revision": 1}, 404, "target.not_found"},
		try{hq, "POST " + path + "/accept", fields{"revision": 1}, 403, "target.not_head"},
		try{w.a.second, "POST " + path + "/accept", fields{"revision": 2}, 409, "target.superseded"},
	)
	w.a.second.does(t, "POST "+path+"/return", fields{"revision": 1, "reason": "数量过高"})
	back := hq.does(t, "GET "+path, nil)
	if back["state"] != "returned" || back["note"] != "数量过高" {
		t.Errorf("headquarters sees %v %v", back["state"], back["note"])
	}
	draft["version"] = back["version"]
	hq.does(t, "PUT "+path, draft)
	hq.does(t, issue, fields{"year": year})
	taken := w.a.second.does(t, "POST "+path+"/accept", fields{"revision": 2, "reporter_id": chief.member, "department_id": w.a.office})
	period := text(t, taken, "periods", 0, "period")
	said := fields{"period": period, "value": "12.5", "text": "完成主体工程"}
	tries(t,
		try{w.a.second, "POST " + path + "/accept", fields{"revision": 2}, 409, "target.answered"},
		try{w.b.chief, "POST " + path + "/reports", said, 404, "target.not_found"},
		try{w.a.second, "POST " + path + "/reports", said, 403, "target.not_reporter"},
		try{chief, "POST " + path + "/reports", but(said, "value", "many"), 422, "request.malformed"},
		try{chief, "POST " + path + "/reports", but(said, "reached", true), 422, "target.evidence_missing"},
		try{chief, "POST " + path + "/reports", but(said, "period", "1999-01"), 422, "target.period_unknown"},
	)
	full := chief.does(t, "POST "+path+"/reports", but(but(said, "reached", true), "upload_id", chief.upload(t, "验收单.png", png)))
	file := path + "/reports/" + text(t, full, "sent", 0, "id") + "/file"
	for _, p := range []*person{hq, chief} {
		if res, body := p.send(t, "GET", file, nil, nil); res.StatusCode != 200 || !bytes.Equal(body, png) {
			t.Errorf("%s: the file = %d, %d bytes", p.name, res.StatusCode, len(body))
		}
	}
	tries(t, try{w.b.chief, "GET " + file, nil, 404, "target.not_found"})
	board := hq.does(t, fmt.Sprintf("GET /api/target/board?year=%d", year), nil)
	if at(t, board, "units", 0, "targets", 0, "value") != "12.5" || at(t, board, "all", "accepted") != float64(1) {
		t.Errorf("the board = %v", board)
	}

	// A report about what headquarters set counts in its scheme, and leads to the target.
	scheme := text(t, hq.does(t, "POST /api/assess/schemes", fields{"year": year, "name": "目标考核"}), "id")
	put := hq.does(t, "PUT /api/assess/schemes/"+scheme, fields{"name": "目标考核", "year": year, "version": 1,
		"units": []fields{{"kind": "tenant", "id": w.a.id}, {"kind": "tenant", "id": w.b.id}},
		"rules": []fields{{"code": "told", "name": "按期报告", "type": "per_item", "deed_kind": "target.reported", "levels": []fields{{"level": "upper", "points": "2"}}}}})
	hq.does(t, "POST /api/assess/schemes/"+scheme+"/activate", fields{"version": put["version"]})
	round := "/api/assess/rounds/" + text(t, hq.does(t, "POST /api/assess/rounds", fields{"scheme_id": scheme, "name": "全年",
		"from": fmt.Sprintf("%d-01-01", year), "to": fmt.Sprintf("%d-12-31", year)}), "id")
	w.recomputes(t, w.hq, round)
	score := hq.does(t, "GET "+round+"/units/"+w.a.id.String(), nil)
	deeds := hq.does(t, "GET "+round+"/entries/"+text(t, score, "entries", 0, "id")+"/deeds", nil)
	if score["total"] != "2" || at(t, deeds, "items", 0, "item", "href") != "/assess/targets/"+text(t, made, "id") {
		t.Errorf("the score = %v, its deeds = %v", score["total"], deeds)
	}
}
