package app_test

import (
	"testing"
	"time"

	"hetu/tenant/tenanttest"
)

// onTrial makes one of everything of a trial run in the bureau, which is on trial
// from then on.
func (w *world) onTrial(t *testing.T) things {
	t.Helper()
	c := w.a.chief
	now := time.Now().In(time.FixedZone("", 8*3600))
	run := c.does(t, "POST /api/trial/runs", fields{"name": "内部试运行", "starts_on": now.Format(time.DateOnly)})
	id := text(t, run, "id")
	c.does(t, "POST /api/trial/runs/"+id+"/departments", fields{"departments": []any{w.a.office}})
	c.does(t, "POST /api/trial/runs/"+id+"/start", fields{"version": run["version"]})
	improvement := c.does(t, "POST /api/trial/runs/"+id+"/improvements", fields{"title": "内部改进", "owner_id": c.member, "due_on": now.Format(time.DateOnly)})
	feedback := w.a.plain.does(t, "POST /api/trial/feedback", fields{"kind": "problem", "to": "it", "title": "内部问题", "body": "内部情况"})
	question := c.does(t, "POST /api/trial/questions", fields{"question": "内部疑问", "answer": "内部答复"})
	hole := w.a.plain.does(t, "POST /api/trial/vulnerabilities", fields{"kind": "fault", "title": "内部故障", "detail": "内部情况", "found_at": now.Add(-time.Hour).Format(time.RFC3339)})
	training := text(t, c.does(t, "POST /api/trial/trainings", fields{"batch": "staff", "title": "内部培训", "place": "会议室",
		"starts_at": now.Add(time.Hour).Format(time.RFC3339), "ends_at": now.Add(2 * time.Hour).Format(time.RFC3339)}), "training", "id")
	held := c.does(t, "POST /api/trial/trainings/"+training+"/materials", fields{"upload_id": c.upload(t, "讲义.png", png)})
	return things{"/trial/runs": id, "/trial/improvements": text(t, improvement, "id"), "/trial/feedback": text(t, feedback, "feedback", "id"),
		"/trial/questions": text(t, question, "id"), "/trial/vulnerabilities": text(t, hole, "id"),
		"/trial/trainings": training, "/trial/trainings/{id}/materials": text(t, held, "materials", 0, "id")}
}

// TestTrialRun tells a trial run to its decision as it is used: who may not, who
// is another tenant's, what goes wrong, what it comes to (W47, R316, R320, R322, R323,
// R366: whoever tries the system is bound by the same rules).
func TestTrialRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nobody := &person{base: w.base, name: "nobody"}
	chief, second, plain := w.a.chief, w.a.second, w.a.plain
	day := time.Now().In(time.FixedZone("", 8*3600)).Format(time.DateOnly)
	plan := fields{"name": "试运行", "starts_on": day, "modules": []any{"信息发布"}}
	const runs = "POST /api/trial/runs"
	nobody.fails(t, runs, plan, 401, "tenant.no_actor")
	plain.fails(t, runs, plan, 403, "rbac.denied")
	chief.fails(t, runs, fields{"name": "试运行", "starts_on": "2020-01-01"}, 422, "trial.day_past")
	run := chief.does(t, runs, plan)
	one := runs + "/" + text(t, run, "id")
	w.b.chief.fails(t, one+"/start", fields{"version": 1}, 404, "trial.not_found")
	chief.fails(t, one+"/start", fields{"version": 1}, 409, "trial.nobody_takes_part")
	chief.does(t, one+"/departments", fields{"departments": []any{w.a.office}})
	chief.does(t, one+"/start", fields{"version": 1})
	chief.fails(t, one+"/start", fields{"version": 1}, 409, "trial.stale")

	asked := plain.does(t, "POST /api/trial/feedback", fields{"kind": "suggestion", "to": "it", "title": "增加导出", "body": "列表可以导出"})
	waits := second.does(t, "GET /api/portal/counts", nil)
	if !waitsFor(waits, "trial.answer") {
		t.Errorf("nothing waits for who answers: %v", waits)
	}
	feedback := "POST /api/trial/feedback/" + text(t, asked, "feedback", "id")
	w.b.chief.fails(t, feedback+"/answer", fields{"text": "好", "outcome": "adopted", "version": 1}, 404, "trial.not_found")
	plain.fails(t, feedback+"/answer", fields{"text": "好", "outcome": "adopted", "version": 1}, 403, "trial.own_feedback")
	second.does(t, feedback+"/answer", fields{"text": "下一版增加", "outcome": "adopted", "version": 1})
	plain.does(t, feedback+"/close", fields{"version": 2})

	chief.fails(t, one+"/decision", fields{"outcome": "formal", "reason": "同意", "decided_on": day, "version": 2}, 409, "trial.not_evaluated")
	chief.does(t, one+"/evaluations", fields{"body": "使用正常，建议推广", "version": 2})
	chief.fails(t, one+"/decision", fields{"outcome": "formal", "reason": "同意", "decided_on": day, "version": 3}, 403, "trial.same_person")
	plain.fails(t, one+"/decision", fields{"outcome": "formal", "reason": "同意", "decided_on": day, "version": 3}, 403, "trial.not_yours")
	second.does(t, one+"/decision", fields{"outcome": "formal", "reason": "同意", "decided_on": day, "version": 3})
	second.fails(t, one+"/decision", fields{"outcome": "stopped", "reason": "反悔", "decided_on": day, "version": 4}, 409, "trial.wrong_state")
	if s := plain.does(t, "GET /api/trial", nil); s["phase"] != "formal" {
		t.Errorf("afterwards: %v", s)
	}
	var n int
	must(t, tenanttest.Admin(t).QueryRow(`select count(*) from deeds where tenant_id = $1 and kind like 'trial.%' and trial`, w.a.id).Scan(&n))
	if n != 3 { // submitted, closed, adopted: all while on trial
		t.Errorf("%d deeds are marked", n)
	}
}

func waitsFor(counts fields, code string) bool {
	all, _ := counts["waiting"].([]any)
	for _, x := range all {
		if w, ok := x.(map[string]any); ok && w["code"] == code {
			return true
		}
	}
	return false
}
