package app_test

import (
	"net/url"
	"testing"
)

// TestSearch is the story of looking for what is published: a reader finds it
// by a word of its text from the moment it is published to the moment it is
// withdrawn, and nobody else's (R015, TI-02).
func TestSearch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	col, their := w.a.column(t, "防汛动态", 1), w.b.column(t, "防汛动态", 1)
	const title = "全市水库安全度汛"
	ask := func(q string, more ...string) string {
		v := url.Values{"q": {q}}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return "GET /api/publish/search?" + v.Encode()
	}
	tries(t,
		try{w.nobody(), ask("水库"), nil, 401, "tenant.no_actor"},
		try{w.a.plain, ask("水"), nil, 200, ""},
		try{w.a.plain, ask(""), nil, 422, "publish.search_empty"},
		try{w.a.plain, ask("a"), nil, 422, "publish.search_short"},
		try{w.a.plain, ask("水库", "kind", "secret"), nil, 422, "request.not_a_choice"},
		try{w.a.plain, ask("水库", "column", "1"), nil, 422, "request.malformed"},
		try{w.a.plain, ask("水库", "after", "1"), nil, 422, "request.malformed"},
	)
	finds := func(p *person, want int, request string) []any {
		t.Helper()
		items := at(t, p.does(t, request, nil), "items").([]any)
		if len(items) != want {
			t.Errorf("%s: %s finds %v, want %d", p.name, request, items, want)
		}
		return items
	}
	w.a.write(t, col, title)
	finds(w.a.chief, 0, ask(title))
	item := w.a.publish(t, col, title)
	w.b.publish(t, their, title)
	found := finds(w.a.plain, 1, ask("责任 值守"))
	if got := text(t, found, 0, "id"); got != text(t, item, "id") {
		t.Errorf("found %s, want %s", got, text(t, item, "id"))
	}
	if got := at(t, found, 0, "hit", "marks").([]any); len(got) != 2 || text(t, found, 0, "hit", "where") != "text" {
		t.Errorf("hit = %v, want the two words marked", at(t, found, 0, "hit"))
	}
	finds(w.a.plain, 1, ask("附图"))                // the attachment's name
	finds(w.a.plain, 0, ask("附图", "in", "title")) // and not the title
	finds(w.a.plain, 1, ask("水库", "column", col))
	finds(w.a.plain, 0, ask("水库", "column", their)) // another tenant's is as one that never was
	finds(w.a.plain, 0, ask("水库' or 1=1 --"))
	finds(w.b.plain, 1, ask(title))
	finds(w.hq.chief, 0, ask(title)) // above, one looks where one assesses, and not here
	finds(w.stranger.chief, 0, ask(title))
	w.a.chief.does(t, "POST /api/publish/items/"+text(t, item, "id")+"/withdraw", fields{"reason": "数据有误", "version": item["version"]})
	finds(w.a.plain, 0, ask(title))
	finds(w.a.chief, 0, ask(title))
	finds(w.b.plain, 1, ask(title))
}
