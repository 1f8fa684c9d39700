package app_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// assessStory: a scheme, a round, a result, and who sees it (R302, R306, R310,
// AS-04, IN-03).
func (w *world) assessStory(t *testing.T) {
	const schemes = "POST /api/assess/schemes"
	hq := w.hq.chief
	in := fields{"year": year, "name": "年度考核"}
	tries(t,
		try{w.nobody(), schemes, in, 401, "tenant.no_actor"},
		try{w.hq.plain, schemes, in, 403, "rbac.denied"},
		try{hq, schemes, fields{"year": 1999, "name": "年度考核"}, 422, "request.out_of_range"},
		try{hq, schemes, fields{"year": year, "name": ""}, 422, "request.too_short"},
		try{hq, schemes, fields{"year": year, "name": " \u3000"}, 422, "request.missing"},
		try{hq, schemes, fields{"year": year, "name": "年度考核", "state": "active"}, 422, "request.unknown_field"},
	)
	scheme := text(t, hq.does(t, schemes, in), "id")
	hq.fails(t, schemes, in, 409, "assess.name_taken")
	path := "/api/assess/schemes/" + scheme
	rule := func(change fields) fields {
		r := fields{"code": "n", "name": "上报", "type": "per_item", "deed_kind": "exchange.reported", "levels": []any{fields{"level": "", "points": "2"}}}
		for k, v := range change {
			r[k] = v
		}
		return fields{"name": "年度考核", "year": year, "version": 1, "rules": []any{r},
			"units": []any{fields{"kind": "tenant", "id": w.a.id}, fields{"kind": "tenant", "id": w.b.id}}}
	}
	points := func(p string) fields { return fields{"levels": []any{fields{"level": "", "points": p}}} }
	foreign := rule(nil)
	foreign["units"] = []any{fields{"kind": "tenant", "id": w.stranger.id}}
	double := rule(nil)
	double["units"] = []any{fields{"kind": "tenant", "id": w.a.id}, fields{"kind": "tenant", "id": w.a.id}}
	put := "PUT " + path
	tries(t,
		try{w.hq.plain, put, rule(nil), 403, "rbac.denied"},
		try{w.a.chief, put, fields{"name": "年度考核", "year": year, "version": 1, "units": []any{}, "rules": []any{}}, 404, "assess.scheme_not_found"},
		try{w.a.chief, "GET " + path, nil, 404, "assess.scheme_not_found"},
		try{hq, put, foreign, 422, "assess.unit_unknown"},
		try{hq, put, double, 422, "assess.unit_twice"},
		try{hq, put, rule(fields{"deed_kind": "no.such"}), 422, "assess.deed_kind_unknown"},
		try{hq, put, rule(fields{"levels": []any{}}), 422, "assess.levels_missing"},
		try{hq, put, rule(fields{"type": "base_task", "task": 0}), 422, "assess.task_missing"},
		try{hq, put, rule(points("1e9")), 422, "request.malformed"}, // a number that could never be written out
		try{hq, put, rule(points("1e999999999")), 422, "request.malformed"},
		try{hq, put, rule(points("-1")), 422, "request.malformed"},
		try{hq, put, rule(points("1.23456")), 422, "request.malformed"},
		try{hq, put, rule(points("9999999")), 422, "request.malformed"},
		try{hq, "POST " + path + "/activate", fields{"version": 1}, 422, "assess.units_missing"},
		try{hq, put, rule(nil), 200, ""},
		try{hq, put, rule(nil), 409, "assess.stale"},
		try{w.a.chief, "POST " + path + "/activate", fields{"version": 2}, 404, "assess.scheme_not_found"},
		try{hq, "POST " + path + "/activate", fields{"version": 2}, 200, ""},
		try{hq, "POST " + path + "/activate", fields{"version": 2}, 409, "assess.scheme_not_draft"},
	)
	w.scored(t, scheme)
}

// scored works a round out and shows it.
func (w *world) scored(t *testing.T, scheme string) {
	t.Helper()
	const rounds = "POST /api/assess/rounds"
	hq := w.hq.chief
	item := w.a.publish(t, w.a.column(t, "考核栏目", 1), "=1+1")
	w.a.chief.does(t, "POST /api/exchange/reports", fields{"item_id": item["id"]})
	day := func(d string) string { return fmt.Sprintf("%d-%s", year, d) }
	in := fields{"scheme_id": scheme, "name": "上半年", "from": day("01-01"), "to": day("12-31")}
	tries(t,
		try{w.nobody(), rounds, in, 401, "tenant.no_actor"},
		try{w.hq.plain, rounds, in, 403, "rbac.denied"},
		try{w.a.chief, rounds, in, 404, "assess.scheme_not_found"},
		try{hq, rounds, fields{"scheme_id": scheme, "name": "反", "from": day("12-31"), "to": day("01-01")}, 422, "assess.period_reversed"},
		try{hq, rounds, fields{"scheme_id": scheme, "name": "早", "from": "1999-01-01", "to": "1999-12-31"}, 422, "assess.period_outside_year"},
		try{hq, rounds, fields{"scheme_id": scheme, "name": " ", "from": day("01-01"), "to": day("12-31")}, 422, "request.missing"},
		try{hq, rounds, fields{"scheme_id": scheme, "name": "错", "from": day("02-30"), "to": day("12-31")}, 422, "request.malformed"},
	)
	round := "/api/assess/rounds/" + text(t, hq.does(t, rounds, in), "id")
	tries(t,
		try{hq, rounds, in, 409, "assess.name_taken"},
		try{hq, "POST " + round + "/publish", fields{}, 409, "assess.round_not_computed"},
		try{w.hq.plain, "POST " + round + "/recompute", nil, 403, "rbac.denied"},
		try{w.a.chief, "POST " + round + "/recompute", nil, 404, "assess.round_not_found"},
	)
	w.recomputes(t, w.hq, round)
	tries(t,
		try{w.a.chief, "GET " + round + "/ranking?subject=tenant", nil, 404, "assess.round_not_found"}, // AS-04
		try{w.a.chief, "GET " + round + "/export", nil, 404, "assess.round_not_found"},
		try{w.a.chief, strings.Replace("GET "+round, "rounds", "mine", 1), nil, 404, "assess.round_not_found"}, // not published yet
		try{hq, "GET " + round + "/ranking?subject=people", nil, 422, "assess.subject_unknown"},
		try{hq, "GET " + round + "/units/" + w.stranger.id.String(), nil, 404, "assess.unit_not_found"},
		try{hq, "POST " + round + "/close", nil, 409, "assess.round_not_published"},
		try{hq, "POST " + round + "/publish", fields{"audience": "world"}, 422, "request.not_a_choice"},
		try{hq, "POST " + round + "/publish", fields{}, 200, ""},
		try{hq, "POST " + round + "/publish", fields{}, 409, "assess.round_published"},
		try{hq, "POST " + round + "/close", nil, 409, "assess.round_running"},
		try{w.a.chief, strings.Replace("GET "+round, "rounds", "mine", 1), nil, 200, ""},
		try{w.stranger.chief, strings.Replace("GET "+round, "rounds", "mine", 1), nil, 404, "assess.round_not_found"},
	)
	if got := hq.does(t, "GET "+round+"/check", nil); got["same"] != true {
		t.Errorf("worked out again it is %v (R310)", got)
	}
	mine := at(t, w.a.chief.does(t, strings.Replace("GET "+round, "rounds", "mine", 1), nil), "items").([]any)
	if len(mine) != 1 || text(t, mine[0], "unit", "id") != w.a.id.String() {
		t.Errorf("a bureau sees %v, want only itself", mine)
	}
	res, body := hq.send(t, "GET", round+"/export", nil, nil)
	if res.StatusCode != 200 || !bytes.HasPrefix(body, []byte("PK")) || !strings.Contains(res.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the export = %d %q", res.StatusCode, res.Header.Get("Content-Disposition"))
	}
	w.evidence(t, round)
	w.later(t, round, item)
}

// later: what happens after publication opens the round again and does not
// change what was shown (AS-03).
func (w *world) later(t *testing.T, round string, item map[string]any) {
	t.Helper()
	total := func(p *person, call string, path ...any) string { return text(t, p.does(t, call, nil), path...) }
	mine := strings.Replace("GET "+round, "rounds", "mine", 1)
	before := total(w.a.chief, mine, "items", 0, "total")
	for _, e := range at(t, w.a.chief.does(t, "GET /api/exchange/outbox?state=sent&limit=200", nil), "items").([]any) {
		if text(t, e, "title") == text(t, item, "title") {
			w.a.chief.does(t, "POST /api/exchange/envelopes/"+text(t, e, "id")+"/recall", fields{"version": at(t, e, "version")})
		}
	}
	w.recomputes(t, w.hq, round)
	if after := total(w.a.chief, mine, "items", 0, "total"); after != before {
		t.Errorf("what was published has changed from %s to %s", before, after)
	}
	if got := w.hq.chief.does(t, "GET "+round+"/ranking?subject=tenant", nil); at(t, got, "round", "state") != "open" {
		t.Errorf("a round that came out different is %v, want open", at(t, got, "round", "state"))
	}
}
