package app_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hetu/feature"
	"hetu/progress/progresstest"
	"hetu/tenant"
)

// works does the long works of a unit that wait, as the queue would.
func (w *world) works(t testing.TB, u unit) {
	t.Helper()
	i := slices.IndexFunc(w.features, func(f feature.Feature) bool { return f.Name == "progress" })
	ctx := tenant.As(context.Background(), tenant.Actor{Tenant: u.id})
	for id, err := range progresstest.Drain(t, ctx, w.features[i]) {
		if err != nil {
			t.Errorf("work %s: %v", id, err)
		}
	}
}

// recomputes has the unit's chief ask for a round to be worked out, and waits
// for the end of it.
func (w *world) recomputes(t testing.TB, u unit, round string) {
	t.Helper()
	asked := text(t, u.chief.does(t, "POST "+round+"/recompute", nil), "work_id")
	w.works(t, u)
	if end := u.chief.does(t, "GET /api/progress/works/"+asked, nil); end["state"] != "done" {
		t.Errorf("the work ended as %v", end)
	}
}

// evidence: the long export is asked for, found again, fetched by who asked for
// it and by nobody else, and can be stopped (UI7).
func (w *world) evidence(t *testing.T, round string) {
	t.Helper()
	hq, ask := w.hq.chief, "POST "+round+"/evidence"
	tries(t,
		try{w.nobody(), ask, nil, 401, "tenant.no_actor"},
		try{w.hq.plain, ask, nil, 403, "rbac.denied"},
		try{w.a.chief, ask, nil, 404, "assess.round_not_found"},
	)
	work := "/api/progress/works/" + text(t, hq.does(t, ask, nil), "work_id")
	tries(t,
		try{hq, ask, nil, 409, "progress.running"},
		try{w.hq.second, "GET " + work, nil, 404, "progress.work_not_found"}, // a colleague with every right
		try{w.a.chief, "GET " + work, nil, 404, "progress.work_not_found"},
		try{w.hq.second, "POST " + work + "/stop", nil, 404, "progress.work_not_found"},
		try{hq, "GET " + work + "/content", nil, 404, "progress.file_gone"},
		try{hq, "GET /api/progress/works?state=all", nil, 422, "progress.state_unknown"},
	)
	subject := strings.TrimPrefix(strings.Replace(round, "rounds", "round", 1), "/api/")
	found := hq.does(t, "GET /api/progress/works?state=open&subject="+subject, nil)
	if got := at(t, found, "items").([]any); len(got) != 1 || text(t, got[0], "state") != "queued" {
		t.Errorf("under way about the round: %v", got)
	}
	w.works(t, w.hq)
	end := hq.does(t, "GET "+work, nil)
	if end["state"] != "done" || !strings.HasSuffix(text(t, end, "file", "name"), ".xlsx") {
		t.Fatalf("the work ended as %v", end)
	}
	res, body := hq.send(t, "GET", work+"/content", nil, nil)
	if res.StatusCode != 200 || !bytes.HasPrefix(body, []byte("PK")) || !strings.Contains(res.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the file = %d %q", res.StatusCode, res.Header.Get("Content-Disposition"))
	}
	notice := hq.does(t, "GET /api/message/notices", nil)
	if text(t, notice, "items", 0, "code") != "assess.evidence_done" {
		t.Errorf("the newest notice is %v", at(t, notice, "items", 0))
	}
	tries(t,
		try{w.hq.second, "GET " + work + "/content", nil, 404, "progress.work_not_found"},
		try{hq, "POST " + work + "/stop", nil, 409, "progress.ended"},
	)
	other := "/api/progress/works/" + text(t, hq.does(t, ask, nil), "work_id")
	if got := hq.does(t, "POST "+other+"/stop", nil); got["state"] != "stopped" {
		t.Errorf("one that waited is %v", got)
	}
}

// sampled has the headquarters look into an item of the bureau, and returns the
// id by which the bureau knows of it.
func (w *world) sampled(t *testing.T) string {
	t.Helper()
	hq := w.hq.chief
	scheme := text(t, hq.does(t, "POST /api/assess/schemes", fields{"year": year, "name": "抽查"}), "id")
	s := hq.does(t, "PUT /api/assess/schemes/"+scheme, fields{"name": "抽查", "year": year, "version": 1,
		"units": []any{fields{"kind": "tenant", "id": w.a.id}},
		"rules": []any{fields{"code": "news", "name": "发布", "type": "per_item", "deed_kind": "publish.published",
			"levels": []any{fields{"level": "", "points": "1"}}}}})
	hq.does(t, "POST /api/assess/schemes/"+scheme+"/activate", fields{"version": s["version"]})
	round := "/api/assess/rounds/" + text(t, hq.does(t, "POST /api/assess/rounds", fields{"scheme_id": scheme, "name": "全年",
		"from": fmt.Sprintf("%d-01-01", year), "to": fmt.Sprintf("%d-12-31", year)}), "id")
	w.recomputes(t, w.hq, round)
	entry := text(t, hq.does(t, "GET "+round+"/units/"+w.a.id.String(), nil), "entries", 0, "id")
	deed := text(t, hq.does(t, "GET "+round+"/entries/"+entry+"/deeds", nil), "items", 0, "id")
	hq.does(t, "POST /api/assess/samples", fields{"entry_id": entry, "deed_id": deed})
	return text(t, w.a.chief.does(t, "GET /api/assess/samples", nil), "items", 0, "id")
}
