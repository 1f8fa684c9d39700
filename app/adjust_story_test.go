package app_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"hetu/assess"
	"hetu/tenant/tenanttest"
)

// TestAdjustingAndFreezing tells how a score is corrected by two people, and
// how a round is closed and frozen for good (AS-02, AS-04, R292, R310).
func TestAdjustingAndFreezing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hq, chief := w.hq.chief, w.a.chief
	scheme := text(t, chief.does(t, "POST /api/assess/schemes", fields{"year": year - 1, "name": "科室考核"}), "id")
	judged := text(t, w.a.admin.does(t, "POST /api/org/departments", fields{"name": "监察科", "kind": "dept", "sort": 8, "parent_id": nil}), "id")
	put := chief.does(t, "PUT /api/assess/schemes/"+scheme, fields{"name": "科室考核", "year": year - 1, "version": 1,
		"units": []fields{{"kind": "department", "id": judged}, {"kind": "department", "id": w.a.office}},
		"rules": []fields{{"code": "news", "name": "发布", "type": "per_item", "deed_kind": "publish.published", "levels": []fields{{"level": "", "points": "1"}}}}})
	chief.does(t, "POST /api/assess/schemes/"+scheme+"/activate", fields{"version": put["version"]})
	from, to := fmt.Sprintf("%d-01-01", year-1), fmt.Sprintf("%d-12-31", year-1)
	round := "/api/assess/rounds/" + text(t, chief.does(t, "POST /api/assess/rounds", fields{"scheme_id": scheme, "name": "全年", "from": from, "to": to}), "id")
	in := fields{"type": "bonus", "unit_id": judged, "points": "2.5", "title": "经验推广", "media": "水利报", "day": from, "reason": "刊发", "url": "https://example.org/1"}
	tries(t,
		try{w.nobody(), "POST " + round + "/adjustments", in, 401, "tenant.no_actor"},
		try{w.a.plain, "POST " + round + "/adjustments", in, 403, "rbac.denied"},
		try{hq, "POST " + round + "/adjustments", in, 404, "assess.round_not_found"},
		try{chief, "POST " + round + "/adjustments", in, 409, "assess.round_not_computed"},
	)
	w.recomputes(t, w.a, round)
	tries(t,
		try{chief, "POST " + round + "/adjustments", but(in, "unit_id", w.a.office), 403, "assess.own_unit"}, // AS-04
		try{chief, "POST " + round + "/adjustments", but(in, "url", "ftp://example.org"), 422, "assess.proof_url_malformed"},
		try{chief, "POST " + round + "/adjustments", but(in, "type", "gift"), 422, "request.not_a_choice"},
	)
	upload := chief.upload(t, "刊发页.png", png)
	made := "/api/assess/adjustments/" + text(t, chief.does(t, "POST "+round+"/adjustments", but(in, "upload_id", upload)), "id")
	tries(t,
		try{chief, "POST " + round + "/adjustments", in, 409, "assess.event_twice"},
		try{w.a.plain, "POST " + made + "/confirm", nil, 403, "rbac.denied"},
		try{hq, "POST " + made + "/confirm", nil, 404, "assess.adjustment_not_found"},
		try{chief, "POST " + made + "/confirm", nil, 403, "assess.same_person"}, // AS-04
		try{chief, "POST " + made + "/reject", fields{"reason": " "}, 422, "request.missing"},
		try{hq, "GET " + made + "/proof", nil, 404, "assess.adjustment_not_found"},
	)
	if res, body := chief.send(t, "GET", made+"/proof", nil, nil); res.StatusCode != 200 || !bytes.Equal(body, png) {
		t.Errorf("the proof = %d, %d bytes", res.StatusCode, len(body))
	}
	var told []string
	for _, n := range at(t, w.a.second.does(t, "GET /api/message/notices", nil), "items").([]any) {
		told = append(told, text(t, n, "code"))
	}
	if !slices.Contains(told, "assess.adjustment_proposed") {
		t.Errorf("who may confirm it was told %v", told)
	}
	w.a.second.does(t, "POST "+made+"/confirm", nil)
	w.works(t, w.a)
	if got := text(t, chief.does(t, "GET "+round+"/units/"+judged, nil), "total"); got != "2.5" {
		t.Errorf("total = %s, want 2.5", got)
	}
	if got := text(t, chief.does(t, "GET "+round+"/units/"+judged+"/as-of?day="+to, nil), "total"); got != "0" {
		t.Errorf("at the end of last year = %s, want 0: it was confirmed today", got)
	}
	chief.does(t, "POST "+round+"/publish", fields{})
	tries(t,
		try{chief, "POST " + round + "/freeze", nil, 409, "assess.round_not_closed"},
		try{chief, "POST " + round + "/close", nil, 200, ""},
		try{hq, "POST " + round + "/freeze", nil, 404, "assess.round_not_found"},
		try{w.a.plain, "POST " + round + "/freeze", nil, 403, "rbac.denied"},
		try{chief, "GET " + round + "/package", nil, 404, "assess.round_not_frozen"},
		try{chief, "POST " + round + "/freeze", nil, 200, ""},
	)
	w.works(t, w.a)
	w.frozen(t, round)
}

// but returns in with one field changed.
func but(in fields, name string, is any) fields {
	out := maps.Clone(in)
	out[name] = is
	return out
}

// frozen: the package is handed out, comes out again, and the round stays.
func (w *world) frozen(t *testing.T, round string) {
	t.Helper()
	p := w.a.chief
	f := p.does(t, "GET "+round+"/freeze", nil)
	res, body := p.send(t, "GET", round+"/package", nil, nil)
	if res.StatusCode != 200 {
		t.Fatalf("the package = %d", res.StatusCode)
	}
	c, err := assess.Recheck(bytes.NewReader(body), int64(len(body)))
	if err != nil || c.Difference != "" || c.Again != text(t, f, "digest") || c.Adjusts != 1 {
		t.Errorf("worked out again = %+v %v", c, err)
	}
	tries(t,
		try{p, "POST " + round + "/freeze", nil, 409, "assess.round_frozen"},
		try{p, "POST " + round + "/recompute", nil, 409, "assess.round_closed"},
		try{w.hq.chief, "GET " + round + "/package", nil, 404, "assess.round_not_found"},
		try{w.a.plain, "GET " + round + "/package", nil, 403, "rbac.denied"},
	)
	if _, err := tenanttest.Admin(t).Exec(`update assess_rounds set name = 'x' where id = $1`, round[len("/api/assess/rounds/"):]); err == nil {
		t.Error("a frozen round was changed")
	}
}
