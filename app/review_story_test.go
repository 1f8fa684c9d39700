package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// judging makes a scheme with a rule for figures and a computed round of it.
func (w *world) judging(t *testing.T, u unit, units ...fields) (round string) {
	t.Helper()
	scheme := text(t, u.chief.does(t, "POST /api/assess/schemes", fields{"year": year, "name": "复核用方案"}), "id")
	s := u.chief.does(t, "PUT /api/assess/schemes/"+scheme, fields{"name": "复核用方案", "year": year, "version": 1, "units": units, "rules": []any{
		fields{"code": "news", "name": "发布", "type": "per_item", "deed_kind": "publish.published", "levels": []any{fields{"level": "", "points": "1"}}, "cap": "20"},
		fields{"code": "rated", "name": "测评", "type": "ratio", "deed_kind": "assess.recorded", "measure": "figure", "target": "100", "base_points": "10"}}})
	u.chief.does(t, "POST /api/assess/schemes/"+scheme+"/activate", fields{"version": s["version"]})
	round = text(t, u.chief.does(t, "POST /api/assess/rounds", fields{"scheme_id": scheme, "name": "复核轮次", "from": fmt.Sprintf("%d-01-01", year), "to": fmt.Sprintf("%d-12-31", year)}), "id")
	w.recomputes(t, u, "/api/assess/rounds/"+round)
	return round
}

// rated opens a poll of a round that the chief alone answers.
func rated(t *testing.T, u unit, round string) (poll, ticket string) {
	t.Helper()
	poll = text(t, u.chief.does(t, "POST /api/review/polls", fields{"round_id": round, "rule_code": "rated", "name": "内部测评", "due_day": fmt.Sprintf("%d-12-31", year), "most": "100",
		"groups": []any{fields{"code": "g", "name": "领导", "weight": "100"}}, "raters": []any{fields{"group": "g", "member": u.chief.member}}}), "id")
	return poll, text(t, u.chief.does(t, "GET /api/review/tickets", nil), "items", 0, "id")
}

// reviewed makes a call of the bureau's own departments, with what one of them
// submitted and a poll, for the walk.
func (w *world) reviewed(t *testing.T) things {
	t.Helper()
	c := w.a.chief
	round := w.judging(t, w.a, fields{"kind": "department", "id": w.a.office})
	call := text(t, c.does(t, "POST /api/review/calls", fields{"round_id": round, "name": "内部自评", "gap": "1", "codes": []any{"news"}}), "id")
	form := text(t, c.does(t, "GET /api/review/forms", nil), "items", 0, "id")
	file := text(t, c.does(t, "POST /api/review/forms/"+form+"/files", fields{"upload_id": c.upload(t, "佐证.png", png)}), "id")
	c.does(t, "PUT /api/review/forms/"+form, fields{"version": 0, "answers": []any{fields{"code": "news", "points": "1", "evidence": []any{fields{"kind": "file", "id": file}}}}})
	c.does(t, "POST /api/review/forms/"+form+"/submit", fields{"version": 1})
	poll, ticket := rated(t, w.a, round)
	return things{"/review/calls": call, "/review/units": form, "/review/units/{id}/files": file, "/review/forms": form, "/review/forms/{id}/files": file,
		"/review/polls": poll, "/review/tickets": ticket}
}

// TestReviewBetweenTenants tells how headquarters calls a bureau, the bureau
// submits, two people review it, and who may not (standards 5.4, AS-04).
func TestReviewBetweenTenants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hq, bureau := w.hq.chief, w.a.chief
	round := w.judging(t, w.hq, fields{"kind": "tenant", "id": w.a.id}, fields{"kind": "tenant", "id": w.b.id})
	day := func(n int) string {
		return time.Now().In(time.FixedZone("", 8*3600)).AddDate(0, 0, n).Format(time.DateOnly)
	}
	in := fields{"round_id": round, "name": "年度自评", "gap": "2", "codes": []any{"news"}, "due_day": day(5), "review_day": day(9)}
	const calls = "POST /api/review/calls"
	tries(t,
		try{w.nobody(), calls, in, 401, "tenant.no_actor"},
		try{w.hq.plain, calls, in, 403, "rbac.denied"},
		try{w.stranger.chief, calls, in, 404, "assess.round_not_found"},
		try{hq, calls, fields{"round_id": round, "name": "年度自评", "gap": "-1"}, 422, "request.malformed"},
		try{hq, calls, fields{"round_id": round, "name": "年度自评", "gap": "2", "codes": []any{"x"}}, 422, "review.line_unknown"},
		try{hq, calls, in, 200, ""},
		try{hq, calls, in, 409, "review.round_called"},
	)
	call := "/api/review/calls/" + text(t, hq.does(t, "GET /api/review/calls", nil), "items", 0, "id")
	form := text(t, bureau.does(t, "GET /api/review/forms", nil), "items", 0, "id")
	path := "/api/review/forms/" + form
	bare := fields{"version": 0, "answers": []any{fields{"code": "news", "points": "15"}}}
	tries(t,
		try{w.a.plain, "PUT " + path, bare, 403, "rbac.denied"},
		try{w.b.chief, "PUT " + path, bare, 404, "review.form_not_found"},
		try{hq, "GET " + path, nil, 404, "review.form_not_found"},
		try{bureau, "GET /api/review/units/" + form, nil, 404, "review.unit_not_found"},
		try{bureau, "PUT " + path, bare, 200, ""},
		try{bureau, "POST " + path + "/submit", fields{"version": 1}, 422, "review.evidence_missing"},
	)
	file := text(t, bureau.does(t, "POST "+path+"/files", fields{"upload_id": bureau.upload(t, "佐证.png", png)}), "id")
	bureau.does(t, "PUT "+path, fields{"version": 1, "answers": []any{fields{"code": "news", "points": "15", "evidence": []any{fields{"kind": "file", "id": file}}}}})
	tries(t,
		try{bureau, "POST " + path + "/submit", fields{"version": 2}, 200, ""},
		try{bureau, "POST " + path + "/submit", fields{"version": 2}, 409, "review.submitted"},
		try{w.b.chief, "GET " + path + "/files/" + file, nil, 404, "review.form_not_found"},
		try{w.hq.plain, "GET /api/review/units/" + form + "/files/" + file, nil, 404, "review.unit_not_found"},
		try{hq, "PUT " + call + "/assessors", fields{"codes": []any{"news"}, "members": []any{w.hq.second.member, w.hq.plain.member}, "version": 1}, 200, ""},
		try{bureau, "GET " + call, nil, 404, "review.call_not_found"},
		try{hq, "POST " + call + "/start", fields{"version": 2}, 200, ""},
		try{hq, "POST /api/review/units/" + form + "/scores", fields{"code": "news", "points": "1", "version": 0}, 404, "review.unit_not_found"},
		try{w.hq.plain, "POST /api/review/units/" + form + "/scores", fields{"code": "news", "points": "1", "version": 0}, 422, "review.reason_missing"},
		try{w.hq.plain, "POST /api/review/units/" + form + "/scores", fields{"code": "news", "points": "3", "reason": "只认三条", "version": 0}, 200, ""},
		try{w.hq.second, "POST /api/review/units/" + form + "/scores", fields{"code": "news", "points": "4", "reason": "认四条", "version": 0}, 200, ""},
		try{w.hq.second, "POST /api/review/units/" + form + "/scores", fields{"code": "news", "points": "5", "reason": "认五条", "version": 0}, 409, "review.stale"},
		try{hq, "GET /api/review/units/" + form, nil, 200, ""},
		try{hq, "POST " + call + "/close", fields{"version": 3}, 409, "review.lines_open"},
	)
	if s := fmt.Sprint(hq.does(t, "GET /api/review/units/"+form, nil)); !strings.Contains(s, "value:3.5") {
		t.Errorf("the value is not the mean of 3 and 4: %s", s)
	}
	if _, body := w.hq.plain.send(t, "GET", "/api/review/units/"+form+"/files/"+file, nil, nil); string(body) != string(png) {
		t.Error("who reviews does not see the evidence")
	}
	if s := fmt.Sprint(bureau.does(t, "GET "+path, nil)); strings.Contains(s, w.hq.plain.member.String()) || strings.Contains(s, "只认三条") {
		t.Errorf("the bureau is told who reviews it: %s", s)
	}
}
