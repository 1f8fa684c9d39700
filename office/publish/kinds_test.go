package publish

import (
	"testing"

	"github.com/google/uuid"

	"hetu/rbac"
)

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

// W05: an announcement is written for whom it is meant, reviewed, and released by
// who publishes for the column; those it is meant for may comment on it where the
// column lets them, and nobody else hears of it.
func TestAnnouncement(t *testing.T) {
	t.Parallel()
	h := open(t)
	other := h.joins("别处的人")
	departments := "departments"
	it := must[Item](t)(do(h, h.drafter, h.desk.create, draft{ColumnID: h.column.ID, Kind: "announcement", Title: "停水公告", BodyHTML: "<p>周六检修停水</p>"}))
	it = h.submits(must[Item](t)(h.revises(it, FieldSpec{Audience: &departments, Departments: []uuid.UUID{h.reader.dept}})))
	_, err := do(h, h.publisher, h.desk.publish, versioned{it.ID, it.Version})
	want(t, err, ErrState, "released before it was reviewed")
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	it = h.seen(h.publisher, it.ID)
	_, err = do(h, h.reader, h.desk.publish, versioned{it.ID, it.Version})
	want(t, err, rbac.ErrDenied, "released by a reader")
	it = h.publishes(it)
	if !h.sees(h.reader, it.ID) || h.sees(other, it.ID) {
		t.Errorf("read by whom it is meant for: %v, by others: %v", h.sees(h.reader, it.ID), h.sees(other, it.ID))
	}
	_, err = do(h, h.reader, comment, newComment{ID: it.ID, Text: "收到"})
	want(t, err, ErrNoComments, "where the column takes no comments")
	h.rules(h.column, ruleSpec{Comments: "on"})
	must[Comment](t)(do(h, h.reader, comment, newComment{ID: it.ID, Text: "收到"}))
	_, err = do(h, other, comment, newComment{ID: it.ID, Text: "收到"})
	want(t, err, ErrNotFound, "by whom it is not meant for")
}
