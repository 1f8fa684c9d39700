package publish

import "testing"

// R036, R010: news, notices, announcements and briefings are published, each
// the same way and with the same named persons; nothing else is a kind.
func TestKinds(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, kind := range []string{"news", "notice", "announcement", "briefing"} {
		it := must[Item](t)(do(h, h.drafter, h.desk.create, draft{
			ColumnID: h.column.ID, Kind: kind, Title: "关于" + kind, BodyHTML: "<p>正文</p>",
		}))
		it = h.submits(it)
		if _, err := do(h, h.publisher, h.desk.publish, versioned{it.ID, it.Version}); err == nil {
			t.Errorf("a %s was published before anybody reviewed it", kind)
		}
		if err := h.approves(h.first, it); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		it = h.publishes(h.seen(h.publisher, it.ID))
		page := h.seen(h.reader, it.ID)
		if page.Kind != kind || page.Drafter.Name == "" || len(page.Reviewers) != 1 || page.Publisher == nil {
			t.Errorf("the page of a %s: kind %s, drafter %q, %d reviewers, publisher %v", kind, page.Kind, page.Drafter.Name, len(page.Reviewers), page.Publisher)
		}
	}
}
