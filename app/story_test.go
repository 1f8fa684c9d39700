package app_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"hetu/calendar"
)

// things are the ids of one unit's things, by the path that leads to them.
type things map[string]string

// png is a picture of one point.
var png, _ = hex.DecodeString("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082")

// year is the one the tests run in: deeds carry the database's time.
var year = time.Now().In(calendar.Location).Year()

// upload brings a file in and returns its upload.
func (p *person) upload(t testing.TB, name string, body []byte) string {
	t.Helper()
	sum := sha256.Sum256(body)
	up := p.does(t, "POST /api/attachment/uploads", map[string]any{"name": name, "size": len(body), "sha256": hex.EncodeToString(sum[:])})
	id := text(t, up, "id")
	out := p.does(t, fmt.Sprintf("PUT /api/attachment/uploads/%s?offset=0", id), body)
	if out["state"] != "ready" {
		t.Fatalf("the upload is %v", out)
	}
	return id
}

// write makes an item in a column, with an attachment.
func (u unit) write(t testing.TB, column, title string) map[string]any {
	t.Helper()
	item := u.chief.does(t, "POST /api/publish/items", map[string]any{
		"column_id": column, "kind": "news", "title": title, "body_html": "<p>" + title + "：各单位要落实责任，做好汛期值守。</p>"})
	id := text(t, item, "id")
	return u.chief.does(t, "POST /api/publish/items/"+id+"/attachments", map[string]any{
		"upload_id": u.chief.upload(t, title+".png", png), "name": title + "附图", "summary": "现场照片一张"})
}

// review submits an item and lets the unit's second person pass it.
func (u unit) review(t testing.TB, item map[string]any) map[string]any {
	t.Helper()
	id := text(t, item, "id")
	u.chief.does(t, "POST /api/publish/items/"+id+"/submit", map[string]any{"online_ok": true, "version": item["version"]})
	var task string
	for _, it := range at(t, u.second.does(t, "GET /api/approval/tasks?state=todo&limit=100", nil), "items").([]any) {
		if text(t, it, "subject_id") == id {
			task = text(t, it, "id")
		}
	}
	page := u.second.does(t, "GET /api/approval/tasks/"+task, nil)
	u.second.does(t, "POST /api/approval/tasks/"+task+"/approve", map[string]any{
		"opinion": "同意", "content_hash": at(t, page, "case", "content_hash"),
		"checks": map[string]bool{"true": true, "wording": true, "safe": true, "online": true}})
	return u.chief.does(t, "GET /api/publish/items/"+id, nil)
}

// publish takes an item all the way to its readers.
func (u unit) publish(t testing.TB, column, title string) map[string]any {
	t.Helper()
	item := u.review(t, u.write(t, column, title))
	return u.chief.does(t, "POST /api/publish/items/"+text(t, item, "id")+"/publish", map[string]any{"version": item["version"]})
}

// TestMainJob is the one story of Hetu over HTTP: a column is set up, an item
// drafted, reviewed and published by named people, reported upward, adopted,
// scored, and the point leads back to the item (R007–R009, R032, R302, R303).
func TestMainJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	column := text(t, w.a.chief.does(t, "POST /api/publish/columns", map[string]any{"name": "防汛动态", "review_levels": 1, "sort": 1}), "id")
	item := w.a.publish(t, column, "我市全面开展汛前检查")
	id := text(t, item, "id")
	if item["state"] != "published" || text(t, item, "reviewers", 0, "name") != "second" || text(t, item, "publisher", "name") != "chief" {
		t.Fatalf("published item = %v", item)
	}
	if got := text(t, w.a.plain.does(t, "GET /api/publish/items?view=reading&unread=true", nil), "items", 0, "id"); got != id {
		t.Errorf("the reader's first unread item is %s, want %s", got, id)
	}
	sent := w.a.chief.does(t, "POST /api/exchange/reports", map[string]any{"item_id": id, "note": "请采用"})
	envelope := text(t, w.hq.chief.does(t, "GET /api/exchange/inbox", nil), "items", 0, "id")
	got := w.hq.chief.does(t, "GET /api/exchange/envelopes/"+envelope, nil)
	if got["content_hash"] != sent["content_hash"] {
		t.Errorf("the copy's hash is %v, want %v", got["content_hash"], sent["content_hash"])
	}
	got = w.hq.chief.does(t, "POST /api/exchange/envelopes/"+envelope+"/receive", map[string]any{"version": got["version"]})
	journal := w.hq.chief.does(t, "POST /api/exchange/journals", map[string]any{"name": "水务信息", "level": "own", "kind": "journal"})
	w.hq.chief.does(t, "POST /api/exchange/envelopes/"+envelope+"/adopt", map[string]any{"journal_id": journal["id"], "version": got["version"]})
	if st := text(t, w.a.chief.does(t, "GET /api/exchange/outbox", nil), "items", 0, "state"); st != "adopted" {
		t.Errorf("the bureau sees %s, want adopted", st)
	}
	round := w.round(t)
	rows := at(t, w.hq.chief.does(t, "GET /api/assess/rounds/"+round+"/ranking?subject=tenant", nil), "rows")
	if text(t, rows, 0, "total") != "5" || text(t, rows, 0, "unit", "id") != w.a.id.String() {
		t.Fatalf("ranking = %v, want the bureau first with 5", rows)
	}
	detail := w.hq.chief.does(t, fmt.Sprintf("GET /api/assess/rounds/%s/units/%s", round, w.a.id), nil)
	entry := text(t, detail, "entries", 0, "id")
	deed := at(t, w.hq.chief.does(t, fmt.Sprintf("GET /api/assess/rounds/%s/entries/%s/deeds", round, entry), nil), "items", 0)
	if href := text(t, deed, "item", "href"); href != "/exchange/envelopes/"+envelope {
		t.Errorf("the point leads to %s, want the envelope", href)
	}
	w.a.chief.does(t, "POST /api/publish/items/"+id+"/withdraw", map[string]any{"reason": "数据有误", "version": item["version"]})
	w.a.plain.fails(t, "GET /api/publish/items/"+id, nil, 404, "publish.not_found")
}

// round makes a scheme and a round over the year, and works it out.
func (w *world) round(t testing.TB) string {
	t.Helper()
	hq := w.hq.chief
	scheme := hq.does(t, "POST /api/assess/schemes", map[string]any{"year": year, "name": "信息工作考核"})
	id := text(t, scheme, "id")
	scheme = hq.does(t, "PUT /api/assess/schemes/"+id, map[string]any{
		"name": "信息工作考核", "year": year, "version": scheme["version"],
		"units": []map[string]any{{"kind": "tenant", "id": w.a.id, "name": "云岭局"}, {"kind": "tenant", "id": w.b.id, "name": "临溪局"}},
		"rules": []map[string]any{{"code": "adopt", "name": "信息采用", "type": "per_item", "deed_kind": "exchange.adopted",
			"levels": []map[string]any{{"level": "own", "points": "5"}, {"level": "upper", "points": "10"}}}}})
	hq.does(t, "POST /api/assess/schemes/"+id+"/activate", map[string]any{"version": scheme["version"]})
	round := text(t, hq.does(t, "POST /api/assess/rounds", map[string]any{"scheme_id": id, "name": "全年", "from": fmt.Sprintf("%d-01-01", year), "to": fmt.Sprintf("%d-12-31", year)}), "id")
	w.recomputes(t, w.hq, "/api/assess/rounds/"+round)
	return round
}
