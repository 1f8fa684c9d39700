package publish

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"hetu/attachment"
	"hetu/feature"
)

// shownCover is the picture of an item as the actor gets it; nil: there is none.
func (h *house) shownCover(p member, it Item) []byte {
	h.t.Helper()
	c, err := see(h, p, h.desk.showCover, ref{it.ID})
	if err != nil {
		want(h.t, err, attachment.ErrNotFound, "no picture")
		return nil
	}
	body := must[io.ReadCloser](h.t)(c.Open(h.t.Context()))
	defer body.Close()
	return must[[]byte](h.t)(io.ReadAll(body))
}

// R007, R033: the picture comes back with the revision that had it, as do its
// words and having none; nobody else's revision brings one, and what nothing
// keeps any more leaves no file behind.
func TestR033RestoreCover(t *testing.T) {
	t.Parallel()
	h, elsewhere := open(t), open(t)
	it := h.drafts(h.column)
	h.later(it, "1 hour")
	bare := it.ContentHash
	it = must[Item](t)(h.covers(it, covering{UploadID: h.sends(h.drafter, "一.png", pictureOf(t, 4)), Alt: "第一张"}))
	first := it.ContentHash
	h.later(it, "1 hour")
	it = must[Item](t)(h.covers(it, covering{UploadID: h.sends(h.drafter, "错.png", pictureOf(t, 5)), Alt: "选错的"}))
	it = must[Item](t)(h.covers(it, covering{UploadID: h.sends(h.drafter, "二.png", pictureOf(t, 6)), Alt: "第二张"}))
	h.later(it, "1 hour")
	it = must[Item](t)(do(h, h.drafter, h.desk.dropCover, versionedQuery{it.ID, it.Version}))
	files := `select count(*) from files where owner = $1`
	if n := count(h, files, objectOf(it.ID)); n != 2 || it.Revision != 4 || h.shownCover(h.drafter, it) != nil {
		t.Fatalf("%d files, want those of the revisions 2 and 3 and not what a sitting threw away; revision %d", n, it.Revision)
	}
	bring := func(number int) Item {
		t.Helper()
		h.later(it, "1 hour")
		return must[Item](t)(do(h, h.drafter, h.desk.restore, restoration{revisionRef{it.ID, number}, it.Version}))
	}
	_, err := do(h, h.reader, h.desk.restore, restoration{revisionRef{it.ID, 2}, it.Version})
	want(t, err, ErrNotFound, "who does not see it")
	_, err = do(elsewhere, elsewhere.drafter, elsewhere.desk.restore, restoration{revisionRef{it.ID, 2}, it.Version})
	want(t, err, ErrNotFound, "another tenant")
	for _, c := range []struct {
		number int
		hash   string
		side   int // of the picture; 0: none
		alt    string
	}{{2, first, 4, "第一张"}, {1, bare, 0, ""}, {3, "", 6, "第二张"}, {2, first, 4, "第一张"}, {2, first, 4, "第一张"}} {
		was := it
		it = bring(c.number)
		var picture []byte
		alt := ""
		if c.side > 0 {
			picture = pictureOf(t, c.side)
		}
		if it.Cover != nil {
			alt = it.Cover.Alt
		}
		if got := h.shownCover(h.drafter, it); !bytes.Equal(got, picture) || alt != c.alt || c.hash != "" && it.ContentHash != c.hash {
			t.Errorf("revision %d came back with %q of %d bytes, hash %v", c.number, alt, len(got), it.ContentHash == c.hash)
		}
		if same := was.ContentHash == it.ContentHash; same != (was.Version == it.Version) {
			t.Errorf("revision %d: brought back again at version %d after %d", c.number, it.Version, was.Version)
		}
	}
	if n := count(h, files, objectOf(it.ID)); n != 2 {
		t.Errorf("%d files after all that, want 2", n)
	}
	must[feature.None](t)(do(h, h.drafter, h.desk.remove, ref{it.ID}))
	if n := count(h, files, objectOf(it.ID)); n != 0 {
		t.Errorf("a deleted draft leaves %d files", n)
	}
}

// WF-07: a picture that must not go online by now, and one that went with its
// attachment, do not come back; the text does, and the picture stays as it is.
func TestWF07CoverStaysAway(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := must[Item](t)(h.covers(h.drafts(h.column), covering{UploadID: h.sends(h.drafter, "密.png", pictureOf(t, 8)), Alt: "内部"}))
	marked := must[*row](t)(rowOf(h, it.ID)).CoverSHA
	h.later(it, "1 hour")
	it = must[Item](t)(do(h, h.drafter, h.desk.attach, addition{ID: it.ID, UploadID: *h.sends(h.drafter, "图.png", pictureOf(t, 9)), Name: "图", Summary: "现场"}))
	it = must[Item](t)(h.covers(it, covering{AttachmentID: &it.Attachments[0].ID, Alt: "现场"}))
	h.later(it, "1 hour")
	it = must[Item](t)(do(h, h.drafter, h.desk.detach, removal{attachmentRef{it.ID, it.Attachments[0].ID}, it.Version}))
	h.later(it, "1 hour")
	it = must[Item](t)(h.covers(it, covering{UploadID: h.sends(h.drafter, "公开.png", pictureOf(t, 10)), Alt: "公开"}))
	h.later(it, "1 hour")
	it = h.says(it, "另一个标题")
	must[OfflineMark](t)(do(h, h.office, h.desk.markOffline, newMark{Title: "内部照片", Reason: "涉密", Files: []OfflineFile{{Name: "密.png", SHA256: marked}}}))
	for _, number := range []int{1, 2} {
		h.later(it, "1 hour")
		it = must[Item](t)(do(h, h.drafter, h.desk.restore, restoration{revisionRef{it.ID, number}, it.Version}))
		if it.Cover == nil || it.Cover.Alt != "公开" || it.Title == "另一个标题" || !bytes.Equal(h.shownCover(h.drafter, it), pictureOf(t, 10)) {
			t.Errorf("revision %d: %q with %+v", number, it.Title, it.Cover)
		}
		it = h.says(it, "另一个标题")
	}
	numbers := []int{}
	for _, v := range h.revisions(h.drafter, it.ID) {
		if slices.Contains(v.Fields, "cover") {
			numbers = append(numbers, v.Number)
		}
	}
	if !slices.Equal(numbers, []int{4, 3, 2}) {
		t.Errorf("the picture changed in the revisions %v", numbers)
	}
}

// R033, R007: giving an item the picture it has, with the words it has, is no
// change, wherever the picture comes from: nothing that passed is undone, and no
// second file is left.
func TestR033SameCoverUndoesNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := must[Item](t)(h.covers(h.drafts(h.column), covering{UploadID: h.sends(h.drafter, "一.png", pictureOf(t, 4)), Alt: "现场"}))
	it = must[Item](t)(do(h, h.drafter, h.desk.attach, addition{ID: it.ID, UploadID: *h.sends(h.drafter, "同.png", pictureOf(t, 4)), Name: "图", Summary: "现场"}))
	it = h.submits(it)
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	was := h.seen(h.drafter, it.ID)
	files := `select count(*) from files where owner = $1`
	before := count(h, files, objectOf(it.ID))
	for name, in := range map[string]covering{
		"its words again":          {Alt: " 现场 "},
		"the picture sent again":   {UploadID: h.sends(h.drafter, "又.png", pictureOf(t, 4)), Alt: "现场"},
		"the same as attached too": {AttachmentID: &was.Attachments[0].ID, Alt: "现场"},
	} {
		it = must[Item](t)(h.covers(was, in))
		if it.State != "approved" || it.Version != was.Version || it.ContentHash != was.ContentHash || it.Cover == nil || *it.Cover != *was.Cover {
			t.Errorf("%s: %s at version %d with %+v, want nothing changed", name, it.State, it.Version, it.Cover)
		}
		if n := count(h, files, objectOf(it.ID)); n != before {
			t.Errorf("%s: %d files, want %d", name, n, before)
		}
	}
	if it = must[Item](t)(h.covers(was, covering{Alt: "别的"})); it.State != "draft" {
		t.Errorf("other words leave it %s", it.State)
	}
}
