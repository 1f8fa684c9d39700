package app_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"hetu/assess"
	"hetu/assess/verdict"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// ended makes a round of last year of a unit that is worked out, over the
// units given, and gives it a calendar; it returns the round's address and id.
func (w *world) ended(t *testing.T, u unit, name string, units ...fields) (round, id string) {
	t.Helper()
	c := u.chief
	scheme := text(t, c.does(t, "POST /api/assess/schemes", fields{"year": year - 1, "name": name}), "id")
	put := c.does(t, "PUT /api/assess/schemes/"+scheme, fields{"name": name, "year": year - 1, "version": 1, "units": units,
		"rules": []fields{{"code": "news", "name": "发布", "type": "per_item", "deed_kind": "publish.published", "levels": []fields{{"level": "", "points": "1"}}}}})
	c.does(t, "POST /api/assess/schemes/"+scheme+"/activate", fields{"version": put["version"]})
	id = text(t, c.does(t, "POST /api/assess/rounds", fields{"scheme_id": scheme, "name": "全年", "from": fmt.Sprintf("%d-01-01", year-1), "to": fmt.Sprintf("%d-12-31", year-1)}), "id")
	w.recomputes(t, u, "/api/assess/rounds/"+id)
	return "/api/verdict/rounds/" + id, id
}

// dated is the usual calendar of a round, with long times.
func (w *world) dated(t *testing.T, u unit, round string) fields {
	t.Helper()
	page := u.chief.does(t, "GET "+round, nil)
	var steps []fields
	for _, d := range at(t, page, "defaults").([]any) {
		steps = append(steps, fields{"step": text(t, d, "step"), "due": text(t, d, "due"), "remind": 1, "responsible_id": u.chief.member, "leader_id": u.second.member})
	}
	return fields{"steps": steps, "share": 50, "notice_days": 5, "appeal_days": 5, "answer_days": 10, "again_days": 5, "version": 0,
		"lines": []fields{{"name": "优秀", "at_least": "0"}, {"name": "合格", "at_least": "-10"}}}
}

// passes lets days go by for the verdicts of a unit: everything they date has
// it so many days earlier, but what is due.
func (u unit) passes(t *testing.T, days int) {
	t.Helper()
	for _, s := range []string{
		`update verdict_notices set opened_on = opened_on - $2::int, until = until - $2::int, appeal_by = appeal_by - $2::int where tenant_id = $1`,
		`update verdict_answers set again_by = again_by - $2::int where tenant_id = $1`,
	} {
		_, err := tenanttest.Admin(t).Exec(s, u.id, days)
		must(t, err)
	}
}

// tells does what time brings to the verdicts of a unit.
func (w *world) tells(t *testing.T, u unit) {
	t.Helper()
	for _, f := range w.features {
		if f.Name == "verdict" {
			must(t, f.Rounds[0].Run(tenant.As(context.Background(), tenant.Actor{Tenant: u.id, Name: "系统"}), tenanttest.DB(t)))
		}
	}
}

// appealed makes a round of the bureau with a notice and an appeal, for the walk.
func (w *world) appealed(t *testing.T) things {
	t.Helper()
	round, id := w.ended(t, w.a, "定档考核", fields{"kind": "department", "id": w.a.office})
	w.a.chief.does(t, "PUT "+round+"/calendar", w.dated(t, w.a, round))
	notice := text(t, w.a.chief.does(t, "POST "+round+"/notice", nil), "notice", "id")
	shown := w.a.chief.does(t, "GET /api/verdict/notices/"+notice, nil)
	raised := w.a.chief.does(t, "POST /api/verdict/notices/"+notice+"/appeals", fields{"unit_id": w.a.office,
		"entry_id": text(t, shown, "items", 0, "lines", 0, "id"), "reason": "内部理由", "url": "https://example.org/", "upload_id": w.a.chief.upload(t, "据.png", png)})
	return things{"/verdict/rounds": id, "/verdict/notices": notice, "/verdict/appeals": text(t, raised, "id"), "/verdict/raised": text(t, raised, "id")}
}

// TestAYearIsDecided tells how a round goes from its notice to the file: shown
// to the bureaus, appealed against, corrected by two people, graded by line and
// quota, decided, published, closed, frozen and filed (R308, AS-04, 5.4).
func TestAYearIsDecided(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hq, second, bureau := w.hq.chief, w.hq.second, w.a.chief
	round, id := w.ended(t, w.hq, "目标考核", fields{"kind": "tenant", "id": w.a.id}, fields{"kind": "tenant", "id": w.b.id})
	dates := w.dated(t, w.hq, round)
	tries(t,
		try{w.nobody(), "PUT " + round + "/calendar", dates, 401, "tenant.no_actor"},
		try{w.hq.plain, "PUT " + round + "/calendar", dates, 403, "rbac.denied"},
		try{bureau, "PUT " + round + "/calendar", dates, 404, "assess.round_not_found"},
		try{hq, "PUT " + round + "/calendar", but(dates, "notice_days", 4), 422, "request.out_of_range"},
		try{hq, "PUT " + round + "/calendar", but(dates, "lines", []fields{}), 422, "verdict.grade_lines"},
	)
	hq.does(t, "PUT "+round+"/calendar", dates)
	free := "/api/assess/rounds/" + id
	tries(t,
		try{hq, "POST " + free + "/publish", fields{}, 409, "verdict.undecided"},
		try{hq, "POST " + round + "/grading", fields{"picks": []any{}}, 409, "verdict.notice_missing"},
	)
	notice := "/api/verdict/notices/" + text(t, hq.does(t, "POST "+round+"/notice", nil), "notice", "id")
	w.tells(t, w.a)
	if got := text(t, bureau.does(t, "GET /api/message/notices", nil), "items", 0, "code"); got != "verdict.notice_shown" {
		t.Errorf("the bureau was told %s", got)
	}
	line := text(t, bureau.does(t, "GET "+notice, nil), "items", 0, "lines", 0, "id")
	in := fields{"unit_id": w.a.id, "entry_id": line, "claimed": "5", "reason": "五条信息没有计入", "url": "https://example.org/5"}
	tries(t,
		try{w.a.plain, "POST " + notice + "/appeals", in, 403, "rbac.denied"},
		try{w.stranger.chief, "POST " + notice + "/appeals", in, 404, "verdict.notice_not_found"},
		try{w.b.chief, "POST " + notice + "/appeals", in, 404, "verdict.notice_not_found"},
		try{bureau, "POST " + notice + "/appeals", but(in, "url", ""), 422, "verdict.evidence_missing"},
	)
	appeal := "/api/verdict/appeals/" + text(t, bureau.does(t, "POST "+notice+"/appeals", but(in, "upload_id", bureau.upload(t, "据.png", png))), "id")
	if res, body := hq.send(t, "GET", appeal+"/file", nil, nil); res.StatusCode != 200 || string(body) != string(png) {
		t.Errorf("the evidence above = %d, %d bytes", res.StatusCode, len(body))
	}
	yes := fields{"outcome": "accepted", "reasons": "核实无误", "corrected": "5"}
	tries(t,
		try{bureau, "POST " + appeal + "/answer", yes, 404, "verdict.appeal_not_found"},
		try{hq, "POST " + appeal + "/answer", but(yes, "corrected", ""), 422, "verdict.corrected_missing"},
	)
	adjustment := text(t, hq.does(t, "POST "+appeal+"/answer", yes), "adjustment_id")
	tries(t,
		try{hq, "POST " + appeal + "/answer", yes, 409, "verdict.appeal_answered"},
		try{hq, "POST /api/assess/adjustments/" + adjustment + "/confirm", nil, 403, "assess.same_person"},
	)
	second.does(t, "POST /api/assess/adjustments/"+adjustment+"/confirm", nil)
	w.works(t, w.hq)
	if shown, _ := bureau.send(t, "GET", notice, nil, nil); shown.StatusCode != 200 {
		t.Errorf("the notice afterwards = %d", shown.StatusCode)
	}
	w.hq.passes(t, 30)
	tries(t, try{hq, "POST " + round + "/decision", fields{"grading_id": adjustment, "meeting": "党组会", "held_on": "2020-01-01", "chair": "厅长"}, 409, "verdict.grading_missing"})
	graded := hq.does(t, "POST "+round+"/grading", fields{"picks": []any{}})
	if first := text(t, graded, "grading", "rows", 0, "unit", "name"); first != "云岭市水务局" || text(t, graded, "grading", "rows", 0, "grade") != "优秀" ||
		text(t, graded, "grading", "rows", 1, "grade") != "合格" {
		t.Errorf("grading = %v", graded["grading"])
	}
	w.decided(t, round, free, notice, text(t, graded, "grading", "id"))
}

// decided is the rest of it: from the decision to the file.
func (w *world) decided(t *testing.T, round, free, notice, grading string) {
	t.Helper()
	hq, second, bureau := w.hq.chief, w.hq.second, w.a.chief
	in := fields{"grading_id": grading, "meeting": "第 3 次党组会", "held_on": text(t, hq.does(t, "GET "+round, nil), "notice", "at")[:10], "chair": "厅长"}
	filing := fields{"number": "KH-2026-01", "place": "综合档案室", "keep": "permanent"}
	tries(t,
		try{hq, "POST " + round + "/decision", in, 403, "verdict.same_person"}, // AS-04
		try{second, "POST " + round + "/decision", but(in, "held_on", "2020-01-01"), 422, "verdict.held_on"},
	)
	second.does(t, "POST "+round+"/decision", in)
	tries(t,
		try{hq, "POST " + free + "/recompute", nil, 409, "verdict.decided"},
		try{hq, "POST " + free + "/close", nil, 409, "assess.round_not_published"},
	)
	hq.does(t, "POST "+free+"/publish", fields{})
	if got := bureau.does(t, "GET "+notice, nil); text(t, got, "items", 0, "decided", "grade") != "优秀" {
		t.Errorf("what the bureau sees of it = %v", got)
	}
	hq.does(t, "POST "+free+"/close", nil)
	tries(t, try{hq, "POST " + round + "/filing", filing, 409, "verdict.not_frozen"})
	hq.does(t, "POST "+free+"/freeze", nil)
	w.works(t, w.hq)
	end := hq.does(t, "POST "+round+"/filing", filing)
	if text(t, end, "filing", "number") != "KH-2026-01" || text(t, end, "filing", "package") == "" {
		t.Errorf("filing = %v", end["filing"])
	}
	tries(t, try{hq, "POST " + round + "/filing", filing, 409, "verdict.filed"})
	_, body := hq.send(t, "GET", free+"/package", nil, nil) // R310: how it came to its grades is in the package
	c, err := assess.Recheck(bytes.NewReader(body), int64(len(body)), verdict.Beside().Appendix)
	if err != nil || c.Difference != "" || c.Said["decision"] != text(t, end, "filing", "decision") || c.Said["appeals"] != "1" {
		t.Errorf("the package worked out again = %+v %v", c, err)
	}
}
