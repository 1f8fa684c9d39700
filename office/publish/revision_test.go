package publish

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// later makes it as long ago as the interval that the item was last saved.
func (h *house) later(it Item, interval string) {
	h.t.Helper()
	_, err := tenanttest.Admin(h.t).Exec(`
		update items set written_from = written_from - $2::interval, written_at = written_at - $2::interval where id = $1`, it.ID, interval)
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) edits(it Item, change revision) Item {
	h.t.Helper()
	change.ID, change.Version = it.ID, it.Version
	return must[Item](h.t)(do(h, h.drafter, h.desk.edit, change))
}

func (h *house) says(it Item, title string) Item { return h.edits(it, revision{Title: &title}) }

func (h *house) revisions(p member, id uuid.UUID) []RevisionRow {
	h.t.Helper()
	return must[feature.List[RevisionRow]](h.t)(see(h, p, h.desk.revisions, revisionQuery{ID: id})).Items
}

func (h *house) text(p member, id uuid.UUID, number int) RevisionText {
	h.t.Helper()
	return must[RevisionText](h.t)(see(h, p, h.desk.revisionText, revisionRef{id, number}))
}

// R007, R156: what an item has been is kept, a sitting's saves as one.
func TestRevisionsOfSittings(t *testing.T) {
	t.Parallel()
	h := open(t)
	for name, c := range map[string]struct {
		between func(it Item) Item
		numbers []int
	}{
		"saved again at once":              {func(it Item) Item { return it }, []int{1}},
		"nine minutes later":               {func(it Item) Item { h.later(it, "9 minutes"); return it }, []int{1}},
		"ten minutes later":                {func(it Item) Item { h.later(it, "10 minutes"); return it }, []int{2, 1}},
		"for half an hour without a pause": {h.forHalfAnHour, []int{2, 1}},
		"after it was handed in":           {func(it Item) Item { return h.submits(it) }, []int{2, 1}},
		"after it was handed in and recalled": {func(it Item) Item {
			it = h.submits(it)
			if err := h.recalls(h.drafter, it); err != nil {
				t.Fatal(err)
			}
			return h.seen(h.drafter, it.ID)
		}, []int{2, 1}},
		"after it was returned": {func(it Item) Item {
			it = h.submits(it)
			if err := h.returns(h.first, it); err != nil {
				t.Fatal(err)
			}
			return h.seen(h.drafter, it.ID)
		}, []int{2, 1}},
		"somebody else before": {func(it Item) Item {
			_, err := tenanttest.Admin(t).Exec(`update items set written_id = $2, written_name = '别人' where id = $1`, it.ID, h.office.Member)
			must[any](t)(nil, err)
			return it
		}, []int{2, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			was := h.drafts(h.column)
			now := h.says(c.between(was), "改过的标题")
			rows := h.revisions(h.drafter, was.ID)
			var numbers []int
			for _, v := range rows {
				numbers = append(numbers, v.Number)
			}
			if !slices.Equal(numbers, c.numbers) || now.Revision != c.numbers[0] {
				t.Fatalf("revisions %v and the item says %d, want %v", numbers, now.Revision, c.numbers)
			}
			if !rows[0].Current || rows[0].Author.ID != h.drafter.Member {
				t.Errorf("the newest: %+v", rows[0])
			}
			if len(rows) > 1 {
				if old := h.text(h.drafter, was.ID, 1); old.Title != was.Title || old.BodyHTML != was.BodyHTML || old.Current {
					t.Errorf("the first says %q %q", old.Title, old.BodyHTML)
				}
				if !slices.Equal(rows[0].Fields, []string{"title"}) || len(rows[1].Fields) != 0 {
					t.Errorf("changed: %v and %v", rows[0].Fields, rows[1].Fields)
				}
			}
		})
	}
}

// forHalfAnHour saves every eight minutes.
func (h *house) forHalfAnHour(it Item) Item {
	for _, title := range []string{"一", "二", "三", "四"} {
		h.later(it, "8 minutes")
		if it.Revision == 1 && title != "四" {
			it = h.says(it, title)
		}
	}
	_, err := tenanttest.Admin(h.t).Exec(`update items set title = '全市开展汛前检查' where id = $1`, it.ID)
	must[any](h.t)(nil, err)
	return h.seen(h.drafter, it.ID)
}

// Who may see the draft sees what it has been; a mere reader never does, nor
// anybody of another tenant (AZ-01).
func TestRevisionsAreNotForReaders(t *testing.T) {
	t.Parallel()
	h, elsewhere := open(t), open(t)
	h.may(h.reader, "read", h.column)
	it := h.drafts(h.column)
	h.later(it, "1 hour")
	it = h.edits(it, revision{EditorID: &h.second.Member})
	editor := h.joins("责任编辑")
	h.later(it, "1 hour")
	it = h.edits(it, revision{EditorID: &editor.Member})
	all := map[string]member{"drafter": h.drafter, "editor": editor, "reviewer": h.first, "publisher": h.publisher, "inspector": h.auditor, "reader": h.reader}
	check := func(state string, sees ...string) {
		t.Helper()
		_, err := see(elsewhere, elsewhere.office, elsewhere.desk.revisions, revisionQuery{ID: it.ID})
		want(t, err, ErrNotFound, state+": another tenant")
		for who, p := range all {
			_, list := see(h, p, h.desk.revisions, revisionQuery{ID: it.ID})
			_, text := see(h, p, h.desk.revisionText, revisionRef{it.ID, 1})
			_, diff := see(h, p, h.desk.compare, comparing{revisionRef{it.ID, 2}, 1})
			for _, err := range []error{list, text, diff} {
				refused := errors.Is(err, ErrNotFound) || errors.Is(err, ErrRevisionNotFound)
				if slices.Contains(sees, who) != (err == nil) || err != nil && !refused {
					t.Errorf("%s, %s: %v", state, who, err)
				}
			}
		}
	}
	check("draft", "drafter", "editor", "inspector")
	it = h.submits(it)
	check("review", "drafter", "editor", "inspector", "reviewer", "publisher")
	if err := h.returns(h.first, it); err != nil {
		t.Fatal(err)
	}
	check("returned", "drafter", "editor", "inspector")
	it = h.submits(h.seen(h.drafter, it.ID))
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	it = h.publishes(h.seen(h.drafter, it.ID))
	check("published", "drafter", "editor", "inspector", "reviewer", "publisher")
	if !h.sees(h.reader, it.ID) {
		t.Error("the reader does not even see the item")
	}
}

// What a reviewer returned is found again, to see what has changed since (R007).
func TestWhatChangedSinceTheReturn(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.submits(h.drafts(h.column))
	if err := h.returns(h.first, it); err != nil {
		t.Fatal(err)
	}
	it = h.says(h.seen(h.drafter, it.ID), "全市开展汛期检查")
	h.submits(it)
	rows := h.revisions(h.first, it.ID)
	if len(rows) != 2 || rows[1].Outcome != "returned" || !rows[1].Decided || rows[0].Outcome != "open" || rows[0].Decided {
		t.Fatalf("rows: %+v", rows)
	}
	if other := h.revisions(h.second, it.ID); other[1].Decided {
		t.Error("another reviewer is said to have returned it")
	}
	c := must[Comparison](t)(see(h, h.first, h.desk.compare, comparing{revisionRef{it.ID, rows[0].Number}, rows[1].Number}))
	if got := shown(c.Title); got != "全市开展汛-前-+期+检查" || !slices.Equal(c.Fields, []string{"title"}) || c.Blocks[0].Op != "same" {
		t.Errorf("%s %v %v", got, c.Fields, c.Blocks)
	}
}

// R156, R029: fields and attachments are compared too, and a body is text.
func TestComparison(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.drafts(h.column)
	upload := must[uuid.UUID](t)(h.files.Put(h.as(h.drafter), tenanttest.DB(t), "名单.txt", []byte("名单")))
	h.later(it, "1 hour")
	it = must[Item](t)(do(h, h.drafter, h.desk.attach, addition{ID: it.ID, UploadID: upload, Name: "检查名单", Summary: "各县"}))
	h.later(it, "1 hour")
	body, kind, source := "<p>各单位<strong>迅速</strong>行动。</p><p>&lt;script&gt;alert(1)&lt;/script&gt;</p>", "briefing", "水利站"
	it = h.edits(it, revision{BodyHTML: &body, Kind: &kind, Source: &source, EditorID: &h.reader.Member})
	h.later(it, "1 hour")
	it = must[Item](t)(do(h, h.drafter, h.desk.detach, removal{attachmentRef{it.ID, it.Attachments[0].ID}, it.Version}))
	compare := func(since, number int) Comparison {
		return must[Comparison](t)(see(h, h.drafter, h.desk.compare, comparing{revisionRef{it.ID, number}, since}))
	}
	if c := compare(1, 2); !slices.Equal(c.Fields, []string{"attachments"}) || c.Attachments[0].Op != "added" {
		t.Errorf("1 → 2: %+v", c)
	}
	c := compare(2, 3)
	if !slices.Equal(c.Fields, []string{"body_html", "kind", "source", "editor_id"}) || len(c.Values) != 3 || c.Values[2].To.Text != "读者" || c.Values[2].From.Value != "" {
		t.Errorf("2 → 3: %v %+v", c.Fields, c.Values)
	}
	if got := shown(c.Blocks[0].Spans); got != "各单位-立即-+迅速+行动。" || c.Blocks[1].Op != "added" || c.Blocks[1].Spans[0].Text != "<script>alert(1)</script>" {
		t.Errorf("blocks: %+v", c.Blocks)
	}
	if c := compare(0, 4); c.From.Number != 3 || c.Attachments[0].Op != "removed" {
		t.Errorf("the one before: %+v", c)
	}
	if c := compare(4, 1); len(c.Values) != 3 || c.From.Number != 4 { // backwards too
		t.Errorf("4 → 1: %+v", c)
	}
	if c := compare(3, 3); len(c.Fields) != 0 {
		t.Errorf("with itself: %v", c.Fields)
	}
	if old := h.text(h.drafter, it.ID, 3); len(old.Attachments) != 1 || !old.Attachments[0].Gone {
		t.Errorf("its file is gone: %+v", old.Attachments)
	}
	for _, n := range []int{-1, 0, 5, 1 << 40} {
		_, err := see(h, h.drafter, h.desk.compare, comparing{revisionRef{it.ID, n}, 1})
		want(t, err, ErrRevisionNotFound, "a revision that never was")
		_, err = see(h, h.drafter, h.desk.revisionText, revisionRef{it.ID, n})
		want(t, err, ErrRevisionNotFound, "a revision that never was")
	}
	for _, after := range []string{"x", "-1", "99", "99999999999999999999"} {
		_, err := see(h, h.drafter, h.desk.revisions, revisionQuery{ID: it.ID, Page: feature.Page{After: after}})
		want(t, err, feature.ErrCursor, "a cursor of nothing")
	}
	one := must[feature.List[RevisionRow]](t)(see(h, h.drafter, h.desk.revisions, revisionQuery{ID: it.ID, Page: feature.Page{Limit: 3}}))
	two := must[feature.List[RevisionRow]](t)(see(h, h.drafter, h.desk.revisions, revisionQuery{ID: it.ID, Page: feature.Page{Limit: 3, After: one.Next}}))
	if len(one.Items) != 3 || len(two.Items) != 1 || two.Items[0].Number != 1 || two.Next != "" {
		t.Errorf("pages of %d and %d", len(one.Items), len(two.Items))
	}
}

// R033, WF-04: an older revision comes back as a new draft and as nothing else,
// from whatever state, and by who may change the item.
func TestRestore(t *testing.T) {
	t.Parallel()
	h, elsewhere := open(t), open(t)
	it := h.drafts(h.column)
	first := it
	h.later(it, "1 hour")
	body := "<p>另一篇文字。</p>"
	it = h.edits(it, revision{BodyHTML: &body, EditorID: &h.reader.Member})
	bring := func(p member, version, number int) (Item, error) {
		return do(h, p, h.desk.restore, restoration{revisionRef{it.ID, number}, version})
	}
	_, err := bring(h.first, it.Version, 1)
	want(t, err, ErrNotFound, "who does not see it")
	_, err = bring(h.reader, it.Version, 1)
	want(t, err, ErrNotDrafter, "its editor")
	_, err = do(elsewhere, elsewhere.drafter, elsewhere.desk.restore, restoration{revisionRef{it.ID, 1}, it.Version})
	want(t, err, ErrNotFound, "another tenant")
	_, err = bring(h.drafter, it.Version, 7)
	want(t, err, ErrRevisionNotFound, "a revision that never was")
	_, err = bring(h.drafter, it.Version-1, 1)
	want(t, err, ErrStale, "who has not seen the last change (WF-02)")
	it = must[Item](t)(bring(h.drafter, it.Version, 1))
	rows := h.revisions(h.drafter, it.ID)
	if it.Title != first.Title || it.BodyHTML != first.BodyHTML || it.ContentHash != first.ContentHash || it.Revision != 3 || it.Editor != nil ||
		rows[0].RestoredFrom == nil || *rows[0].RestoredFrom != 1 || len(rows) != 3 {
		t.Fatalf("brought back: %+v, %+v", it, rows[0])
	}
	if again := must[Item](t)(bring(h.drafter, it.Version, 1)); again.Version != it.Version || again.Revision != 3 {
		t.Error("what it says already was brought back again")
	}
	if it = h.says(it, "接着写"); it.Revision != 4 {
		t.Errorf("what was brought back is overwritten: revision %d", it.Revision)
	}
	for state, arrange := range map[string]func(){
		"review":   func() { it = h.submits(it) },
		"approved": func() { it = h.submits(it); must[any](t)(nil, h.approves(h.first, it)); it = h.seen(h.drafter, it.ID) },
	} {
		arrange()
		was := it
		it = must[Item](t)(bring(h.drafter, it.Version, map[string]int{"review": 2, "approved": 1}[state]))
		if was.State != state || it.State != "draft" || len(it.Reviewers) != 0 || it.ContentHash == was.ContentHash {
			t.Errorf("from %s (%s) it came back as %s", was.State, state, it.State)
		}
		_, err := do(h, h.publisher, h.desk.publish, versioned{it.ID, it.Version})
		want(t, err, ErrNotFound, "published after it was brought back from "+state)
	}
	it = h.submits(it)
	must[any](t)(nil, h.approves(h.first, it))
	it = h.publishes(h.seen(h.drafter, it.ID))
	_, err = bring(h.drafter, it.Version, 1)
	want(t, err, ErrState, "into what is published")
}

// Of two who bring something back at once, one does (WF-02).
func TestRestoreOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.drafts(h.column)
	h.later(it, "1 hour")
	it = h.says(it, "另一个标题")
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = do(h, h.drafter, h.desk.restore, restoration{revisionRef{it.ID, 1}, it.Version})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			want(t, err, ErrStale, "the others")
		}
	}
	if rows := h.revisions(h.drafter, it.ID); won != 1 || len(rows) != 3 {
		t.Errorf("%d won, %d revisions", won, len(rows))
	}
}

// A kind that its column does not take any more, and an editor who left, stay
// away; the text comes back.
func TestRestoreWhatCanBe(t *testing.T) {
	t.Parallel()
	h := open(t)
	gone := h.joins("将要离开的人")
	kind, news, body := "briefing", "news", "<p>现在的文字</p>"
	it := h.edits(h.drafts(h.column), revision{Kind: &kind, EditorID: &gone.Member})
	h.later(it, "1 hour")
	it = h.edits(it, revision{Kind: &news, EditorID: &uuid.Nil, BodyHTML: &body})
	admin := tenanttest.Admin(t)
	_, err := admin.Exec(`update members set state = 'left' where id = $1`, gone.Member)
	must[any](t)(nil, err)
	must[Column](t)(do(h, h.office, changeColumn, columnChange{ID: h.column.ID, Version: h.column.Version, Rules: &ruleSpec{Kinds: []string{"news"}}}))
	it = must[Item](t)(do(h, h.drafter, h.desk.restore, restoration{revisionRef{it.ID, 1}, it.Version}))
	if it.Kind != "news" || it.Editor != nil || !strings.Contains(it.BodyHTML, "立即") {
		t.Errorf("brought back: %s, %v, %s", it.Kind, it.Editor, it.BodyHTML)
	}
}

// Revisions are kept for good: our database role adds them and no more, and
// they go with the draft they are of.
func TestRevisionsStay(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.drafts(h.column)
	h.later(it, "1 hour")
	it = h.says(it, "另一个标题")
	for _, sql := range []string{`update item_revisions set author_name = 'x'`, `delete from item_revisions`} {
		err := h.try(h.drafter, func(ctx context.Context, tx *tenant.Tx) error { _, err := tx.Exec(ctx, sql); return err })
		if err == nil {
			t.Errorf("our role did %s", sql)
		}
	}
	must[feature.None](t)(do(h, h.drafter, h.desk.remove, ref{it.ID}))
	if n := count(h, `select count(*) from item_revisions where item_id = $1`, it.ID); n != 0 {
		t.Errorf("%d revisions of a draft that was deleted", n)
	}
}
