package app_test

import (
	"testing"
)

// calendarStory: working days and hours are the Office's.
func (w *world) calendarStory(t *testing.T) {
	const hours, days = "PUT /api/calendar/hours", "PUT /api/calendar/years/2027"
	nine := fields{"version": 0, "ranges": []any{fields{"from": "09:00", "to": "12:00"}, fields{"from": "13:30", "to": "17:00"}}}
	span := func(from, to string) fields {
		return fields{"version": 0, "ranges": []any{fields{"from": from, "to": to}, fields{"from": "11:00", "to": "17:00"}}}
	}
	day := func(dates ...string) fields {
		ds := []any{}
		for _, d := range dates {
			ds = append(ds, fields{"date": d, "off": true, "name": "节日"})
		}
		return fields{"version": 0, "days": ds}
	}
	tries(t,
		try{w.nobody(), "GET /api/calendar/hours", nil, 401, "tenant.no_actor"},
		try{w.nobody(), hours, nine, 401, "tenant.no_actor"},
		try{w.stranger.plain, hours, nine, 403, "rbac.denied"},
		try{w.stranger.plain, "GET /api/calendar/hours", nil, 200, ""},
		try{w.stranger.chief, hours, fields{"version": 0, "ranges": []any{}}, 422, "request.too_short"},
		try{w.stranger.chief, hours, span("25:00", "26:00"), 422, "request.malformed"},
		try{w.stranger.chief, hours, span("10:00", "09:00"), 422, "calendar.hours_order"},
		try{w.stranger.chief, hours, span("08:00", "12:00"), 422, "calendar.hours_overlap"},
		try{w.stranger.chief, hours, nine, 200, ""},
		try{w.stranger.chief, hours, nine, 409, "calendar.stale"},
		try{w.nobody(), days, day(), 401, "tenant.no_actor"},
		try{w.stranger.plain, days, day(), 403, "rbac.denied"},
		try{w.stranger.chief, days, day("2026-01-01"), 422, "calendar.day_outside_year"},
		try{w.stranger.chief, days, day("2027-01-01", "2027-01-01"), 422, "calendar.day_twice"},
		try{w.stranger.chief, days, day("2027-02-30"), 422, "request.malformed"},
		try{w.stranger.chief, "PUT /api/calendar/years/0", day(), 422, "calendar.year_invalid"},
		try{w.stranger.chief, "GET /api/calendar/years/x", nil, 422, "request.malformed"},
		try{w.stranger.chief, days, day("2027-01-01"), 200, ""},
		try{w.stranger.chief, days, day("2027-01-01"), 409, "calendar.stale"},
	)
	mine := w.stranger.plain.does(t, "GET /api/calendar/years/2027", nil)
	theirs := w.a.plain.does(t, "GET /api/calendar/years/2027", nil)
	if mine["known"] != true || theirs["known"] != false || len(at(t, theirs, "days").([]any)) != 0 {
		t.Errorf("a year set in one tenant is %v there and %v elsewhere", mine, theirs)
	}
}

// deskStory: notices and the desktop are one's own.
func (w *world) deskStory(t *testing.T) {
	column := w.b.column(t, "桌面栏目", 1)
	item := w.b.publish(t, column, "桌面上的一篇")
	first := text(t, w.b.chief.does(t, "GET /api/message/notices?unread=true", nil), "items", 0, "id")
	tries(t,
		try{w.nobody(), "GET /api/message/notices", nil, 401, "tenant.no_actor"},
		try{w.nobody(), "GET /api/portal/desktop", nil, 401, "tenant.no_actor"},
		try{w.nobody(), "POST /api/message/notices/read-all", fields{}, 401, "tenant.no_actor"},
		try{w.b.second, "POST /api/message/notices/" + first + "/read", fields{}, 404, "message.notice_not_found"}, // a colleague's
		try{w.a.chief, "POST /api/message/notices/" + first + "/read", fields{}, 404, "message.notice_not_found"},
		try{w.b.chief, "POST /api/message/notices/x/read", fields{}, 422, "request.malformed"},
		try{w.b.chief, "POST /api/message/notices/" + first + "/read", fields{"read_at": nil}, 422, "request.unknown_field"},
		try{w.b.chief, "GET /api/message/notices?after=x", nil, 422, "request.malformed"},
	)
	unread := func() any { return w.b.chief.does(t, "GET /api/message/count", nil)["unread"] }
	before := unread().(float64)
	w.b.chief.does(t, "POST /api/message/notices/"+first+"/read", fields{})
	w.b.chief.does(t, "POST /api/message/notices/"+first+"/read", fields{})
	if after := unread().(float64); after != before-1 {
		t.Errorf("read twice, %v unread notices are %v", before, after)
	}
	w.b.chief.does(t, "POST /api/message/notices/read-all", fields{})
	if unread() != 0.0 {
		t.Errorf("all read, and %v unread", unread())
	}
	desk := w.b.plain.does(t, "GET /api/portal/desktop", nil)
	if text(t, desk, "reading", 0, "id") != text(t, item, "id") {
		t.Errorf("a reader's desktop shows %v", desk["reading"])
	}
	w.b.plain.does(t, "POST /api/publish/items/"+text(t, item, "id")+"/read", fields{})
	if after := w.b.plain.does(t, "GET /api/portal/desktop", nil); at(t, after, "counts", "unread").(float64) != at(t, desk, "counts", "unread").(float64)-1 {
		t.Errorf("after reading, the counts are %v", after["counts"])
	}
	elsewhere := w.stranger.plain.does(t, "GET /api/portal/desktop", nil)
	if len(at(t, elsewhere, "reading").([]any)) != 0 || len(at(t, elsewhere, "mine").([]any)) != 0 {
		t.Errorf("a stranger's desktop shows %v", elsewhere)
	}
}
