package app_test

import (
	"testing"
	"time"

	"hetu/tenant/tenanttest"
)

func today() string { return time.Now().In(time.FixedZone("", 8*3600)).Format(time.DateOnly) }

func in(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }

// upAndDown makes one of everything that goes down from the bureau, or came
// down to it from the headquarters.
func (w *world) upAndDown(t *testing.T, item string) map[string]string {
	t.Helper()
	a, hq := w.a.chief, w.hq.chief
	tenanttest.Tenant(t, w.a.id, "云岭县水务局")
	made := map[string]string{}
	due := in(72 * time.Hour)
	made["solicitation"] = text(t, a.does(t, "POST /api/exchange/solicitations", fields{"title": "内部约稿", "due_at": due, "all": true}), "id")
	hq.does(t, "POST /api/exchange/solicitations", fields{"title": "约稿", "due_at": due, "targets": []any{w.a.id}})
	made["asked"] = text(t, a.does(t, "GET /api/exchange/asked", nil), "items", 0, "id")
	made["bulletin"] = text(t, a.does(t, "POST /api/exchange/bulletins", fields{"title": "内部通报", "from": today(), "to": today()}), "id")
	made["push"] = text(t, a.does(t, "POST /api/exchange/pushes", fields{"item_id": item, "all": true}), "push", "id")
	given := w.hq.publish(t, w.hq.column(t, "厅内要闻", 1), "致各市局")
	hq.does(t, "POST /api/exchange/pushes", fields{"item_id": given["id"], "targets": []any{w.a.id}})
	w.works(t, w.hq)
	made["pushed"] = text(t, a.does(t, "GET /api/exchange/pushed", nil), "items", 0, "id")
	made["file"] = text(t, a.does(t, "GET /api/exchange/pushed/"+made["pushed"], nil), "attachments", 0, "id")
	return made
}

// TestUpAndDown is the story of what goes down and comes up: the headquarters
// ask for a report and get it, adopt it, record what a leader wrote, issue a
// bulletin, and give an item to the bureaus that is gone from all of them with
// its withdrawal (R015, R240, AZ-01, TI-02).
func TestUpAndDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked := w.askStory(t)
	w.instructStory(t, asked)
	w.bulletinStory(t)
	w.pushStory(t)
}

// askStory returns the report's path at the headquarters and at the bureau.
func (w *world) askStory(t *testing.T) [2]string {
	const ask = "POST /api/exchange/solicitations"
	body := fields{"title": "春灌用水情况", "text": "请附数据", "kind": "专报", "due_at": in(48 * time.Hour), "targets": []any{w.a.id, w.b.id}}
	with := func(k string, v any) fields {
		f := fields{}
		for key, value := range body {
			f[key] = value
		}
		f[k] = v
		return f
	}
	tries(t,
		try{w.nobody(), ask, body, 401, "tenant.no_actor"},
		try{w.hq.plain, ask, body, 403, "rbac.denied"},
		try{w.hq.chief, ask, with("targets", []any{w.stranger.id}), 422, "exchange.not_below"},
		try{w.hq.chief, ask, with("targets", []any{random()}), 422, "exchange.not_below"},
		try{w.hq.chief, ask, with("targets", []any{}), 422, "request.missing"},
		try{w.hq.chief, ask, with("due_at", in(-time.Hour)), 422, "exchange.due_past"},
		try{w.hq.chief, ask, with("state", "open"), 422, "request.unknown_field"},
		try{w.a.chief, ask, with("targets", []any{w.hq.id}), 422, "exchange.not_below"},
	)
	made := w.hq.chief.does(t, ask, body)
	page := "/api/exchange/solicitations/" + text(t, made, "id")
	mine := "/api/exchange/asked/" + text(t, w.a.chief.does(t, "GET /api/exchange/asked?state=owing", nil), "items", 0, "id")
	item := w.a.publish(t, w.a.column(t, "上报", 1), "云岭春灌用水")
	answer := fields{"item_id": item["id"], "asked_id": text(t, w.a.chief.does(t, "GET "+mine, nil), "id")}
	tries(t,
		try{w.a.chief, "GET " + page, nil, 404, "exchange.no_solicitation"},
		try{w.stranger.chief, "GET " + mine, nil, 404, "exchange.no_solicitation"},
		try{w.a.plain, "GET " + mine, nil, 403, "rbac.denied"},
		try{w.b.chief, "POST /api/exchange/reports", fields{"item_id": item["id"], "asked_id": answer["asked_id"]}, 422, "exchange.not_waited_for"},
		try{w.a.chief, "POST " + page + "/urge", nil, 404, "exchange.no_solicitation"},
		try{w.hq.chief, "POST " + page + "/urge", nil, 200, ""},
		try{w.hq.chief, "POST " + page + "/urge", nil, 409, "exchange.urged_recently"},
		try{w.a.chief, "POST /api/exchange/reports", answer, 200, ""},
		try{w.a.chief, "POST /api/exchange/reports", answer, 409, "exchange.answered"},
	)
	got := w.hq.chief.does(t, "GET "+page, nil)
	if at(t, got, "on_time") != 1.0 || at(t, got, "waiting") != 1.0 {
		t.Errorf("the headquarters see %v", got)
	}
	out := text(t, w.a.chief.does(t, "GET "+mine, nil), "envelope_id")
	for _, u := range at(t, got, "answers").([]any) {
		if text(t, u, "state") == "on_time" {
			return [2]string{"/api/exchange/envelopes/" + text(t, u, "envelope_id"), "/api/exchange/envelopes/" + out}
		}
	}
	t.Fatal("no answer leads to its report")
	return [2]string{}
}

func (w *world) instructStory(t *testing.T, report [2]string) {
	hq, in := w.hq.chief, report[0]
	said := fields{"leader": "周副厅长", "text": "请各市局借鉴。", "on": today(), "version": 2}
	hq.does(t, "POST "+in+"/receive", fields{"version": 1})
	hq.fails(t, "POST "+in+"/instruct", said, 409, "exchange.wrong_state")
	journal := text(t, hq.does(t, "POST /api/exchange/journals", fields{"name": "水务信息", "level": "own"}), "id")
	hq.does(t, "POST "+in+"/adopt", fields{"journal_id": journal, "version": 2})
	said["version"] = 3
	tries(t,
		try{w.hq.plain, "POST " + in + "/instruct", said, 403, "rbac.denied"},
		try{w.a.chief, "POST " + in + "/instruct", said, 404, "exchange.not_found"},
		try{w.a.chief, "POST " + report[1] + "/instruct", said, 404, "exchange.not_found"}, // not for the sender to say
		try{hq, "POST " + in + "/instruct", fields{"leader": "周副厅长", "text": "好", "on": "2999-01-01", "version": 3}, 422, "exchange.day_ahead"},
		try{hq, "POST " + in + "/instruct", said, 200, ""},
		try{hq, "POST " + in + "/instruct", said, 409, "exchange.stale"},
	)
	if got := w.a.chief.does(t, "GET "+report[1], nil); text(t, got, "instructions", 0, "leader") != "周副厅长" || text(t, got, "solicitation", "title") != "春灌用水情况" {
		t.Errorf("the bureau sees %v", got)
	}
	better := fields{"instruction_id": text(t, hq.does(t, "GET "+in, nil), "correctable", 0), "leader": "周副厅长", "text": "请各市局学习借鉴。", "on": today(),
		"reason": "漏字", "version": 4}
	tries(t,
		try{w.hq.plain, "POST " + in + "/correct", better, 403, "rbac.denied"},
		try{w.hq.admin, "POST " + in + "/correct", better, 403, "rbac.denied"}, // who did not record it
		try{w.a.chief, "POST " + in + "/correct", better, 404, "exchange.not_found"},
		try{w.a.chief, "POST " + report[1] + "/correct", better, 404, "exchange.not_found"},
		try{hq, "POST " + in + "/correct", better, 200, ""},
		try{hq, "POST " + in + "/correct", better, 422, "exchange.instruction_same"},
	)
	if got := w.a.chief.does(t, "GET "+report[1], nil); text(t, got, "instructions", 0, "text") != "请各市局学习借鉴。" ||
		text(t, got, "instructions", 0, "reason") != "漏字" || len(at(t, got, "instructions", 0, "before").([]any)) != 0 {
		t.Errorf("the bureau sees %v", got)
	}
}

func (w *world) bulletinStory(t *testing.T) {
	const issue = "POST /api/exchange/bulletins"
	body := fields{"title": "信息采用通报", "from": today(), "to": today()}
	tries(t,
		try{w.hq.plain, "GET /api/exchange/bulletin", nil, 403, "rbac.denied"},
		try{w.hq.plain, issue, body, 403, "rbac.denied"},
		try{w.hq.chief, "GET /api/exchange/bulletin?from=2026-02-30&to=2026-03-01", nil, 422, "request.malformed"},
		try{w.hq.chief, issue, fields{"title": " ", "from": today(), "to": today()}, 422, "request.missing"},
	)
	issued := w.hq.chief.does(t, issue, body)
	path := "/api/exchange/bulletins/" + text(t, issued, "id")
	copied := "/api/exchange/bulletins/" + text(t, w.a.plain.does(t, "GET /api/exchange/bulletins", nil), "items", 0, "id")
	w.hq.chief.fails(t, "GET "+copied, nil, 404, "exchange.no_bulletin")
	w.a.chief.fails(t, "GET "+path, nil, 404, "exchange.no_bulletin")
	got := w.a.plain.does(t, "GET "+copied, nil)
	if at(t, got, "valid") != true || text(t, got, "items", 0, "unit", "name") != "云岭市水务局" || at(t, got, "items", 0, "adopted") != 1.0 ||
		text(t, got, "items", 0, "rate") != "100.0" || at(t, got, "items", 0, "instructed") != 1.0 {
		t.Errorf("the bureau sees %v", got)
	}
	res, book := w.a.plain.send(t, "GET", copied+"?format=xlsx", nil, nil)
	if res.StatusCode != 200 || len(book) < 100 || string(book[:2]) != "PK" {
		t.Errorf("the workbook = %d", res.StatusCode)
	}
}

func (w *world) pushStory(t *testing.T) {
	const give = "POST /api/exchange/pushes"
	item := w.hq.publish(t, w.hq.column(t, "厅内要闻", 1), "关于防汛值班的通知")
	body := fields{"item_id": item["id"], "all": true}
	tries(t,
		try{w.nobody(), give, body, 401, "tenant.no_actor"},
		try{w.hq.plain, give, body, 403, "rbac.denied"},
		try{w.a.chief, give, fields{"item_id": item["id"], "targets": []any{w.b.id}}, 422, "exchange.not_below"},
		try{w.hq.chief, give, fields{"item_id": random(), "all": true}, 404, "publish.not_found"},
		try{w.hq.chief, give, fields{"item_id": w.hq.submitted(t, w.hq.column(t, "待审", 1), "还没发布")["id"], "all": true}, 409, "publish.wrong_state"}, // R032
	)
	started := w.hq.chief.does(t, give, body)
	push := "/api/exchange/pushes/" + text(t, started, "push", "id")
	w.works(t, w.hq)
	if end := w.hq.chief.does(t, "GET /api/progress/works/"+text(t, started, "work_id"), nil); end["state"] != "done" {
		t.Errorf("the work ended as %v", end)
	}
	w.hq.chief.fails(t, give, body, 409, "exchange.pushed_already")
	var copies []string
	for _, u := range []unit{w.a, w.b} {
		id := "/api/exchange/pushed/" + text(t, u.plain.does(t, "GET /api/exchange/pushed?unread=true", nil), "items", 0, "id")
		u.plain.does(t, "POST "+id+"/read", nil)
		copies = append(copies, id)
	}
	w.a.chief.fails(t, "GET "+copies[1], nil, 404, "exchange.no_push") // each has its own
	got := w.hq.chief.does(t, "GET "+push, nil)
	if at(t, got, "readers") != 2.0 || at(t, got, "items", 0, "readers") != 1.0 {
		t.Errorf("the headquarters see %v", got)
	}
	w.hq.chief.does(t, "POST /api/publish/items/"+text(t, item, "id")+"/withdraw", fields{"reason": "有误", "version": item["version"]})
	for i, u := range []unit{w.a, w.b} {
		u.plain.fails(t, "GET "+copies[i], nil, 404, "exchange.no_push") // R015
		if l := at(t, u.plain.does(t, "GET /api/exchange/pushed", nil), "items").([]any); len(l) != 0 {
			t.Errorf("%s still lists %v", u.slug, l)
		}
	}
	if got := w.hq.chief.does(t, "GET "+push, nil); got["state"] != "withdrawn" || got["reason"] != "有误" {
		t.Errorf("the push is %v", got)
	}
}
