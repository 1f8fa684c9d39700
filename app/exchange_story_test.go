package app_test

import (
	"testing"
)

// reportStory: a published item goes up, is signed for, adopted or declined,
// and both sides see what became of it; nobody else sees anything.
func (w *world) reportStory(t *testing.T) {
	const reports = "POST /api/exchange/reports"
	column := w.a.column(t, "上报栏目", 1)
	item := w.a.publish(t, column, "我市启动防汛四级响应")
	id, draft := item["id"], w.a.submitted(t, column, "还没发布")["id"]
	theirs := w.b.publish(t, w.b.column(t, "别局的", 1), "别局的信息")["id"]
	tries(t,
		try{w.nobody(), reports, fields{"item_id": id}, 401, "tenant.no_actor"},
		try{w.a.plain, reports, fields{"item_id": id}, 403, "rbac.denied"},
		try{w.a.chief, reports, fields{"item_id": theirs}, 404, "publish.not_found"},
		try{w.a.chief, reports, fields{"item_id": draft}, 409, "publish.wrong_state"}, // R032
		try{w.a.chief, reports, fields{"item_id": id, "to": w.b.id}, 422, "exchange.not_a_target"},
		try{w.a.chief, reports, fields{"item_id": id, "to": w.stranger.id}, 422, "exchange.not_a_target"},
		try{w.a.chief, reports, fields{"item_id": id, "to": random()}, 422, "exchange.not_a_target"},
		try{w.hq.chief, reports, fields{"item_id": w.hq.publish(t, w.hq.column(t, "厅里的", 1), "厅里的信息")["id"]}, 409, "exchange.no_target"},
		try{w.a.chief, reports, fields{"item_id": id, "content_hash": "00"}, 422, "request.unknown_field"},
	)
	sent := w.a.chief.does(t, reports, fields{"item_id": id, "note": "请采用"})
	w.a.chief.fails(t, reports, fields{"item_id": id, "note": "请采用"}, 409, "exchange.already_sent")
	out := "/api/exchange/envelopes/" + text(t, sent, "id")
	in := "/api/exchange/envelopes/" + text(t, w.hq.chief.does(t, "GET /api/exchange/inbox?q=四级响应", nil), "items", 0, "id")
	journal := text(t, w.hq.chief.does(t, "POST /api/exchange/journals", fields{"name": "每日汛情", "level": "own"}), "id")
	adopt := fields{"journal_id": journal, "version": 2}
	tries(t,
		try{w.nobody(), "GET " + in, nil, 401, "tenant.no_actor"},
		try{w.hq.plain, "POST " + in + "/receive", fields{"version": 1}, 403, "rbac.denied"},
		try{w.hq.plain, "GET " + in, nil, 404, "exchange.not_found"},
		try{w.a.chief, "GET " + in, nil, 404, "exchange.not_found"}, // each side has its own
		try{w.hq.chief, "GET " + out, nil, 404, "exchange.not_found"},
		try{w.b.chief, "GET " + out, nil, 404, "exchange.not_found"},
		try{w.stranger.chief, "GET " + in, nil, 404, "exchange.not_found"},
		try{w.b.chief, "POST " + in + "/receive", fields{"version": 1}, 404, "exchange.not_found"},
		try{w.a.chief, "POST " + out + "/receive", fields{"version": 1}, 404, "exchange.not_found"}, // not for the sender to sign
		try{w.a.chief, "POST " + out + "/adopt", adopt, 404, "exchange.not_found"},
		try{w.hq.chief, "POST " + in + "/recall", fields{"version": 1}, 404, "exchange.not_found"},
		try{w.hq.chief, "POST " + in + "/adopt", fields{"journal_id": journal, "version": 1}, 409, "exchange.wrong_state"},
		try{w.hq.chief, "POST " + in + "/receive", fields{"version": 7}, 409, "exchange.stale"},
		try{w.hq.chief, "POST " + in + "/receive", fields{"version": 1}, 200, ""},
		try{w.hq.chief, "POST " + in + "/receive", fields{"version": 2}, 409, "exchange.wrong_state"},
		try{w.hq.chief, "POST " + in + "/adopt", fields{"journal_id": random(), "version": 2}, 422, "exchange.no_such_journal"},
		try{w.hq.chief, "POST " + in + "/adopt", adopt, 200, ""},
		try{w.hq.chief, "POST " + in + "/adopt", adopt, 409, "exchange.stale"},
		try{w.hq.chief, "POST " + in + "/adopt", fields{"journal_id": journal, "version": 3}, 409, "exchange.already_adopted"},
		try{w.hq.chief, "POST " + in + "/decline", fields{"reason": "晚了", "version": 3}, 409, "exchange.wrong_state"},
		try{w.a.chief, "POST " + out + "/recall", fields{"version": 3}, 409, "exchange.wrong_state"},
	)
	got := w.a.chief.does(t, "GET "+out, nil)
	if got["state"] != "adopted" || at(t, got, "receipt_slip", "valid") != true || text(t, got, "adoptions", 0, "journal_name") != "每日汛情" {
		t.Errorf("the sender sees %v", got)
	}
	w.declined(t, column)
}

// declined: what is not taken goes back with a reason, and what is recalled is
// no longer shown.
func (w *world) declined(t *testing.T, column string) {
	t.Helper()
	send := func(title string) (out, in string) {
		item := w.a.publish(t, column, title)
		out = text(t, w.a.chief.does(t, "POST /api/exchange/reports", fields{"item_id": item["id"]}), "id")
		in = text(t, w.hq.chief.does(t, "GET /api/exchange/inbox?q="+title, nil), "items", 0, "id")
		return "/api/exchange/envelopes/" + out, "/api/exchange/envelopes/" + in
	}
	out, in := send("DECLINED")
	tries(t,
		try{w.hq.plain, "POST " + in + "/decline", fields{"reason": "重复", "version": 1}, 403, "rbac.denied"},
		try{w.hq.chief, "POST " + in + "/decline", fields{"reason": "", "version": 1}, 422, "request.too_short"},
		try{w.hq.chief, "POST " + in + "/decline", fields{"reason": " \u3000", "version": 1}, 422, "request.missing"},
		try{w.hq.chief, "POST " + in + "/decline", fields{"reason": "重复", "version": 1}, 200, ""},
		try{w.hq.chief, "POST " + in + "/decline", fields{"reason": "重复", "version": 2}, 409, "exchange.wrong_state"},
	)
	if got := w.a.chief.does(t, "GET "+out, nil); got["state"] != "declined" || got["decline_reason"] != "重复" {
		t.Errorf("the sender sees %v, %v", got["state"], got["decline_reason"])
	}
	out, in = send("RECALLED")
	tries(t,
		try{w.a.plain, "POST " + out + "/recall", fields{"version": 1}, 403, "rbac.denied"},
		try{w.b.chief, "POST " + out + "/recall", fields{"version": 1}, 404, "exchange.not_found"},
		try{w.a.chief, "POST " + out + "/recall", fields{"version": 9}, 409, "exchange.stale"},
		try{w.a.chief, "POST " + out + "/recall", fields{"version": 1}, 200, ""},
		try{w.a.chief, "POST " + out + "/recall", fields{"version": 2}, 409, "exchange.wrong_state"},
		try{w.hq.chief, "POST " + in + "/receive", fields{"version": 2}, 409, "exchange.wrong_state"},
	)
	if got := w.hq.chief.does(t, "GET "+in, nil); got["state"] != "recalled" || got["body_html"] != "" || len(at(t, got, "attachments").([]any)) != 0 {
		t.Errorf("of what was recalled the receiver still sees %v", got)
	}
}

func (w *world) journalStory(t *testing.T) {
	const journals = "POST /api/exchange/journals"
	in := fields{"name": "水务专报", "level": "upper", "kind": "专报"}
	tries(t,
		try{w.nobody(), journals, in, 401, "tenant.no_actor"},
		try{w.hq.plain, journals, in, 403, "rbac.denied"},
		try{w.hq.chief, journals, fields{"name": " ", "level": "own"}, 422, "request.too_short"},
		try{w.hq.chief, journals, fields{"name": "水务专报", "level": "top"}, 422, "request.not_a_choice"},
	)
	path := "PATCH /api/exchange/journals/" + text(t, w.hq.chief.does(t, journals, in), "id")
	tries(t,
		try{w.hq.chief, journals, in, 409, "exchange.journal_taken"},
		try{w.a.chief, path, fields{"name": "改名"}, 404, "exchange.not_found"},
		try{w.hq.chief, path, fields{"name": "改名", "version": 9}, 409, "exchange.stale"},
		try{w.hq.chief, path, fields{"name": "本级信息"}, 409, "exchange.journal_taken"},
		try{w.hq.chief, path, fields{"name": "改名", "version": 1}, 200, ""},
		try{w.hq.chief, path, fields{"name": "再改", "version": 1}, 409, "exchange.stale"},
	)
}
