package publish

import (
	"testing"

	"github.com/google/uuid"

	"hetu/attachment"
	"hetu/feature"
	"hetu/tenant/tenanttest"
)

// Who passed or returned an item goes on reading what they decided on, and only
// that; who has no part in it, and other tenants, still do not see it.
func TestWhoDecidedStillReads(t *testing.T) {
	t.Parallel()
	h := open(t)
	elsewhere := open(t)
	upload := must[uuid.UUID](t)(h.files.Put(h.as(h.drafter), tenanttest.DB(t), "汇总表.txt", []byte("内容")))
	it := h.drafts(h.column)
	it = must[Item](t)(do(h, h.drafter, h.desk.attach, addition{ID: it.ID, UploadID: upload, Name: "汇总表", Summary: "各地数字"}))
	it = h.submits(it)
	if err := h.returns(h.first, it); err != nil {
		t.Fatal(err)
	}

	for name, p := range map[string]member{"asked but not deciding": h.second, "a reader": h.reader, "the publisher": h.publisher} {
		if h.sees(p, it.ID) {
			t.Errorf("%s sees a returned draft", name)
		}
	}
	if elsewhere.sees(elsewhere.first, it.ID) {
		t.Error("another tenant sees it")
	}

	was := h.seen(h.first, it.ID)
	if was.State != "draft" || was.BodyHTML != it.BodyHTML || was.Superseded || len(was.May) != 0 {
		t.Errorf("as it is: %s %q, may %v", was.State, was.BodyHTML, was.May)
	}
	if _, err := see(h, h.first, h.desk.download, attachmentRef{it.ID, was.Attachments[0].ID}); err != nil {
		t.Errorf("its attachment: %v", err)
	}
	if _, err := see(h, h.first, h.desk.itemOffline, ref{it.ID}); err != nil {
		t.Errorf("whether it is marked: %v", err)
	}

	now := h.seen(h.drafter, it.ID)
	body, title := "<p>新写的正文，还没有交上来。</p>", "改过的标题"
	now = must[Item](t)(do(h, h.drafter, h.desk.edit, revision{ID: it.ID, BodyHTML: &body, Title: &title, Version: now.Version}))
	now = must[Item](t)(do(h, h.drafter, h.desk.detach, removal{attachmentRef{it.ID, was.Attachments[0].ID}, now.Version}))
	old := h.seen(h.first, it.ID)
	if old.BodyHTML != it.BodyHTML || old.Title != it.Title || old.ContentHash != it.ContentHash || old.Revision != it.Revision ||
		!old.Superseded || len(old.May) != 0 {
		t.Errorf("as decided on: %q %q, revision %d, superseded %v, may %v", old.Title, old.BodyHTML, old.Revision, old.Superseded, old.May)
	}
	if len(old.Attachments) != 1 || !old.Attachments[0].Gone {
		t.Errorf("its attachments = %+v", old.Attachments)
	}
	_, err := see(h, h.first, h.desk.download, attachmentRef{it.ID, was.Attachments[0].ID})
	want(t, err, attachment.ErrNotFound, "download what was taken off")
	_, err = do(h, h.first, h.desk.edit, revision{ID: it.ID, Title: &title, Version: now.Version})
	want(t, err, ErrNotFound, "edit")
	_, err = do(h, h.first, markRead, ref{it.ID})
	want(t, err, ErrNotFound, "mark as read")

	// Handed in again it is the reviewers' once more, as it is now.
	again := h.submits(now)
	if got := h.seen(h.first, it.ID); got.BodyHTML != body || got.Superseded {
		t.Errorf("in review again: %q", got.BodyHTML)
	}
	if err := h.approves(h.second, again); err != nil {
		t.Fatal(err)
	}
	must[Item](t)(do(h, h.publisher, h.desk.withdraw, withdrawal{ID: it.ID, Reason: "有误", Version: h.publishes(h.seen(h.drafter, it.ID)).Version}))
	for _, p := range []member{h.first, h.second, h.third, h.reader} {
		if h.sees(p, it.ID) {
			t.Errorf("%s sees what was withdrawn (R015)", p.Name)
		}
	}
}

// A draft is kept once, when what was handed in is first changed; a draft that
// never was is not kept at all.
func TestKeptOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.drafts(h.column)
	write := func(body string) {
		t.Helper()
		it = must[Item](t)(do(h, h.drafter, h.desk.edit, revision{ID: it.ID, BodyHTML: &body, Version: it.Version}))
	}
	kept := func() int { return count(h, `select count(*) from submitted_contents where item_id = $1`, it.ID) }
	write("<p>一</p>")
	if n := kept(); n != 0 {
		t.Errorf("%d contents kept of a draft nobody has seen", n)
	}
	it = h.submits(it)
	if n := kept(); n != 0 {
		t.Errorf("%d contents kept of what is still there", n)
	}
	for _, body := range []string{"<p>二</p>", "<p>三</p>"} {
		write(body)
		if n := kept(); n != 1 {
			t.Errorf("%d contents kept, want the one handed in", n)
		}
	}
	must[feature.None](t)(do(h, h.drafter, h.desk.remove, ref{it.ID}))
	if n := kept(); n != 0 {
		t.Error("a deleted draft left its text behind")
	}
}

// One event, one notice to a person: the drafter who may publish is told that
// the item has passed, and not once more that it waits for a publisher.
func TestOneNoticeForOneEvent(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.may(h.drafter, "publish", h.column)
	it := h.submits(h.drafts(h.column))
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	told := func(p member, code string) int {
		return count(h, `select count(*) from notices where member_id = $1 and code = $2`, p.Member, code)
	}
	if n := count(h, `select count(*) from notices where member_id = $1`, h.drafter.Member); n != 1 || told(h.drafter, "approval.approved") != 1 {
		t.Errorf("the drafter got %d notices, %d of the approval", n, told(h.drafter, "approval.approved"))
	}
	if told(h.publisher, "publish.to_publish") != 1 {
		t.Error("the other publisher was not told")
	}
	it = must[Item](t)(do(h, h.drafter, h.desk.publish, versioned{it.ID, h.seen(h.drafter, it.ID).Version}))
	must[Item](t)(do(h, h.office, h.desk.withdraw, withdrawal{ID: it.ID, Reason: "有误", Version: it.Version}))
	if n := told(h.drafter, "publish.withdrawn"); n != 1 {
		t.Errorf("who drafted and published it got %d notices of its withdrawal", n)
	}
}

// The answer to a step is the item as it is then, without reading it again.
func TestAnswersSayWhatThereIs(t *testing.T) {
	t.Parallel()
	h := open(t)
	same := func(doing string, p member, got Item) {
		t.Helper()
		now := h.seen(p, got.ID)
		for name, pair := range map[string][2]any{
			"state": {got.State, now.State}, "version": {got.Version, now.Version}, "case": {*got.CaseID, *now.CaseID},
			"reviewers": {len(got.Reviewers), len(now.Reviewers)}, "publisher": {got.Publisher == nil, now.Publisher == nil},
			"withdrawn by": {got.WithdrawnBy == nil, now.WithdrawnBy == nil}, "reason": {got.WithdrawReason, now.WithdrawReason},
			"hash": {got.ContentHash, now.ContentHash}, "may": {len(got.May), len(now.May)},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %s is answered as %v and is %v", doing, name, pair[0], pair[1])
			}
		}
		if (got.PublishedAt == nil) != (now.PublishedAt == nil) || got.PublishedAt != nil && !got.PublishedAt.Equal(*now.PublishedAt) ||
			!got.SubmittedAt.Equal(*now.SubmittedAt) {
			t.Errorf("%s: times differ", doing)
		}
	}
	it := h.submits(h.drafts(h.column))
	same("submit", h.drafter, it)
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	it = h.publishes(h.seen(h.drafter, it.ID))
	same("publish", h.publisher, it)
	it = must[Item](t)(do(h, h.publisher, h.desk.withdraw, withdrawal{ID: it.ID, Reason: "有误", Version: it.Version}))
	same("withdraw", h.publisher, it)
}

// 已阅: what a member has read, of what they may read.
func TestListOfWhatWasRead(t *testing.T) {
	t.Parallel()
	h := open(t)
	one, two := h.publishes(h.reviewed(h.column)), h.publishes(h.reviewed(h.column))
	list := func(p member, q Query) feature.List[Line] { return must[feature.List[Line]](t)(see(h, p, List, q)) }
	must[feature.None](t)(do(h, h.auditor, markRead, ref{one.ID}))
	if l := list(h.auditor, Query{Read: true}); len(l.Items) != 1 || l.Items[0].ID != one.ID || !l.Items[0].Read {
		t.Errorf("read: %d items", len(l.Items))
	}
	if l := list(h.auditor, Query{Unread: true}); len(l.Items) != 1 || l.Items[0].ID != two.ID {
		t.Errorf("unread: %d items", len(l.Items))
	}
	if l := list(h.drafter, Query{Read: true}); len(l.Items) != 0 {
		t.Error("what one reads another has read")
	}
}
