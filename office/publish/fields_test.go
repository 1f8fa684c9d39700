package publish

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/attachment"
	"hetu/calendar"
	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
	"hetu/wordcheck"
)

func pictureOf(t testing.TB, width int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (h *house) sends(p member, name string, what []byte) *uuid.UUID {
	h.t.Helper()
	id := must[uuid.UUID](h.t)(h.files.Put(h.as(p), tenanttest.DB(h.t), name, what))
	return &id
}

func (h *house) covers(it Item, in covering) (Item, error) {
	h.t.Helper()
	in.ID, in.Version = it.ID, it.Version
	return do(h, h.drafter, h.desk.setCover, in)
}

// revises changes the fields of an item of the drafter's.
func (h *house) revises(it Item, f FieldSpec) (Item, error) {
	h.t.Helper()
	return do(h, h.drafter, h.desk.edit, revision{ID: it.ID, Version: it.Version, FieldSpec: f})
}

func (h *house) days(n int) string {
	h.t.Helper()
	var day string
	h.write(h.office, func(_ context.Context, tx *tenant.Tx) error {
		day = calendar.DateOf(tx.Now).Add(n).String()
		return nil
	})
	return day
}

// listed reports whether p has the item in a list.
func (h *house) inList(p member, q Query, id uuid.UUID) bool {
	h.t.Helper()
	l := must[feature.List[Line]](h.t)(see(h, p, List, q))
	return slices.ContainsFunc(l.Items, func(i Line) bool { return i.ID == id })
}

func (h *house) discovers(p member, expired bool, id uuid.UUID) bool {
	h.t.Helper()
	l := must[feature.List[Found]](h.t)(see(h, p, Find, Search{Text: "汛前检查", Expired: expired}))
	return slices.ContainsFunc(l.Items, func(i Found) bool { return i.ID == id })
}

func (h *house) unread(p member) (n int) {
	h.t.Helper()
	for _, c := range must[feature.List[Column]](h.t)(see(h, p, listColumns, feature.None{})).Items {
		n += c.Unread
	}
	return n
}

// UP-03, R033: the picture of an item is one by its content, has words for who
// cannot see it, which are checked, and is shown to whoever may read the item.
func TestCover(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.drafts(h.column)
	pic := h.sends(h.drafter, "现场.png", pictureOf(t, 2))
	_, err := do(h, h.first, h.desk.setCover, covering{ID: it.ID, UploadID: h.sends(h.first, "x.png", pictureOf(t, 9)), Alt: "图", Version: it.Version})
	want(t, err, ErrNotFound, "a picture for another's draft")
	_, err = h.covers(it, covering{UploadID: pic, Alt: " "})
	want(t, err, ErrCoverAlt, "a picture without words")
	_, err = h.covers(it, covering{Alt: "现场照片"})
	want(t, err, ErrNoCover, "words without a picture")
	_, err = h.covers(it, covering{UploadID: h.sends(h.drafter, "表.txt", []byte("不是图片\n")), Alt: "现场照片"})
	want(t, err, ErrCoverType, "a text as a picture")
	stranger := open(t)
	_, err = do(stranger, stranger.drafter, stranger.desk.setCover, covering{ID: it.ID, Alt: "图", UploadID: pic, Version: it.Version})
	want(t, err, ErrNotFound, "a picture for an item of another tenant")
	before := it.ContentHash
	it = must[Item](t)(h.covers(it, covering{UploadID: pic, Alt: "河道现场照片"}))
	if it.Cover == nil || it.Cover.Alt != "河道现场照片" || it.Cover.AttachmentID != nil || it.ContentHash == before || len(it.Attachments) != 0 {
		t.Fatalf("cover = %+v, hash %s", it.Cover, it.ContentHash)
	}
	if c := must[Item](t)(h.covers(it, covering{Alt: "河道现场"})); c.Cover.ID != it.Cover.ID || c.Cover.Alt != "河道现场" || c.ContentHash == it.ContentHash {
		t.Errorf("other words: %+v", c.Cover)
	} else {
		it = c
	}
	if _, err := see(h, h.reader, h.desk.showCover, ref{it.ID}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a reader gets the picture of a draft: %v", err)
	}
	it = h.submits(it)
	for name, sql := range map[string]string{
		"cover": `update items set cover_alt = '别的' where id = $1`, "audience": `update items set audience = 'all' where id = $1`,
		"event date": `update items set event_date = '2020-01-01' where id = $1`, "validity": `update items set valid_until = '2999-01-01' where id = $1`,
		"origin": `update items set origin_id = id, origin_title = 'x' where id = $1`,
	} {
		err := h.try(h.office, func(ctx context.Context, tx *tenant.Tx) error { _, err := tx.Exec(ctx, sql, it.ID); return err })
		if tenant.Constraint(err) != "items_changed_after_submission" {
			t.Errorf("after submission the %s changes: %v", name, err)
		}
	}
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	it = h.publishes(h.seen(h.drafter, it.ID))
	c := must[feature.Content](t)(see(h, h.reader, h.desk.showCover, ref{it.ID}))
	body, err := c.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if got, _ := io.ReadAll(body); !bytes.Equal(got, pictureOf(t, 2)) || c.Headers["Content-Type"] != "image/png" || c.Headers["X-Content-Type-Options"] != "nosniff" {
		t.Errorf("the picture came as %d bytes of %v", len(got), c.Headers)
	}
	l := must[feature.List[Line]](t)(see(h, h.reader, List, Query{}))
	if len(l.Items) != 1 || l.Items[0].Cover == nil {
		t.Errorf("the list shows %+v", l.Items)
	}
}

// An attachment may be the picture; taken off, it is neither. Another picture,
// and a deleted draft, leave no file behind.
func TestCoverOfAnAttachment(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.drafts(h.column)
	it = must[Item](t)(do(h, h.drafter, h.desk.attach, addition{ID: it.ID, UploadID: *h.sends(h.drafter, "图.png", pictureOf(t, 3)), Name: "图", Summary: "现场"}))
	it = h.attaches(it)
	picture, text := it.Attachments[0].ID, it.Attachments[1].ID
	_, err := h.covers(it, covering{AttachmentID: &text, Alt: "表"})
	want(t, err, ErrCoverType, "a text attachment as a picture")
	nobody := uuid.New()
	_, err = h.covers(it, covering{AttachmentID: &nobody, Alt: "表"})
	want(t, err, attachment.ErrNotFound, "no attachment of the item")
	it = must[Item](t)(h.covers(it, covering{AttachmentID: &picture, Alt: "现场"}))
	if it.Cover.AttachmentID == nil || *it.Cover.AttachmentID != picture {
		t.Fatalf("cover = %+v", it.Cover)
	}
	it = must[Item](t)(do(h, h.drafter, h.desk.detach, removal{attachmentRef{it.ID, picture}, it.Version}))
	if it.Cover != nil {
		t.Error("the attachment is gone and still the picture")
	}
	files := `select count(*) from files where owner = $1`
	it = must[Item](t)(h.covers(it, covering{UploadID: h.sends(h.drafter, "一.png", pictureOf(t, 4)), Alt: "一"}))
	it = must[Item](t)(h.covers(it, covering{UploadID: h.sends(h.drafter, "二.png", pictureOf(t, 5)), Alt: "二"}))
	if n := count(h, files, objectOf(it.ID)); n != 2 {
		t.Errorf("%d files, want the text and one picture", n)
	}
	_, err = do(h, h.drafter, h.desk.dropCover, versionedQuery{it.ID, it.Version - 1})
	want(t, err, ErrStale, "dropped from an older version")
	it = must[Item](t)(do(h, h.drafter, h.desk.dropCover, versionedQuery{it.ID, it.Version}))
	_, err = do(h, h.drafter, h.desk.dropCover, versionedQuery{it.ID, it.Version})
	want(t, err, ErrNoCover, "dropped again")
	it = must[Item](t)(h.covers(it, covering{UploadID: h.sends(h.drafter, "三.png", pictureOf(t, 6)), Alt: "三"}))
	must[feature.None](t)(do(h, h.drafter, h.desk.remove, ref{it.ID}))
	if n := count(h, files, objectOf(it.ID)); n != 0 {
		t.Errorf("a deleted draft leaves %d files", n)
	}
}

// R031, WF-07: the words of a picture are checked before review, and a picture
// that must not be put online is not.
func TestWF07CoverIsChecked(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := must[Item](t)(h.covers(h.drafts(h.column), covering{UploadID: h.sends(h.drafter, "图.png", pictureOf(t, 7)), Alt: "绝密照片"}))
	if parts := must[*row](t)(rowOf(h, it.ID)).parts(); !slices.Contains(parts, wordcheck.Part{Name: "cover", Text: "绝密照片"}) {
		t.Errorf("the word check does not look at the picture's words: %v", parts)
	}
	sum := must[*row](t)(rowOf(h, it.ID)).CoverSHA
	must[OfflineMark](t)(do(h, h.office, h.desk.markOffline, newMark{Title: "内部照片", Reason: "涉密", Files: []OfflineFile{{Name: "图.png", SHA256: sum}}}))
	_, err := do(h, h.drafter, h.desk.submit, submission{ID: it.ID, OnlineOK: true, Version: it.Version})
	want(t, err, ErrOffline, "handing in a marked picture")
	other := h.drafts(h.column)
	_, err = h.covers(other, covering{UploadID: h.sends(h.drafter, "同.png", pictureOf(t, 7)), Alt: "同一张"})
	want(t, err, ErrOffline, "a marked picture for another item")
	err = h.try(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `update items set cover_file = (select cover_file from items where id = $2), cover_alt = 'x' where id = $1`, other.ID, it.ID)
		return err
	})
	if tenant.Constraint(err) != "items_online" {
		t.Errorf("the database takes a marked picture: %v", err)
	}
}

func rowOf(h *house, id uuid.UUID) (r *row, err error) {
	err = h.try(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		r, err = load(ctx, tx, id)
		return err
	})
	return r, err
}

// For whom an item is meant narrows who reads it and what counts as unread, and
// nothing else: who answers for it and who inspects still see it.
func TestAudience(t *testing.T) {
	t.Parallel()
	h := open(t)
	departments, all := "departments", "all"
	it := h.drafts(h.column)
	for name, c := range map[string]struct {
		f    FieldSpec
		want error
	}{
		"no departments":       {FieldSpec{Audience: &departments}, ErrAudienceEmpty},
		"a department unknown": {FieldSpec{Audience: &departments, Departments: []uuid.UUID{uuid.New()}}, ErrAudience},
		"another tenant's":     {FieldSpec{Audience: &departments, Departments: []uuid.UUID{open(t).reader.dept}}, ErrAudience},
		"all staff where the column's rule does not say so": {FieldSpec{Audience: &all}, ErrAudienceAll},
	} {
		_, err := h.revises(it, c.f)
		want(t, err, c.want, name)
	}
	other := h.joins("别处的人")
	it = must[Item](t)(h.revises(it, FieldSpec{Audience: &departments, Departments: []uuid.UUID{h.reader.dept, h.reader.dept}}))
	if it.Audience != "departments" || len(it.Departments) != 1 || it.Departments[0].ID != h.reader.dept {
		t.Fatalf("audience = %s %v", it.Audience, it.Departments)
	}
	it = h.submits(it)
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	it = h.publishes(h.seen(h.drafter, it.ID))
	for _, c := range []struct {
		who                  string
		p                    member
		sees, lists, unreads bool
	}{
		{"of the department", h.reader, true, true, true}, {"of another", other, false, false, false},
		{"the drafter", h.drafter, true, true, false}, {"the publisher", h.publisher, true, true, false},
		{"the reviewer, by its address", h.first, true, false, false}, {"who inspects", h.auditor, true, true, false},
	} {
		if got := h.sees(c.p, it.ID); got != c.sees {
			t.Errorf("%s sees it: %v", c.who, got)
		}
		if got := h.inList(c.p, Query{}, it.ID); got != c.lists {
			t.Errorf("%s has it in the list: %v", c.who, got)
		}
		if got := h.discovers(c.p, false, it.ID); got != c.lists {
			t.Errorf("%s finds it: %v", c.who, got)
		}
		if got := h.inList(c.p, Query{Unread: true}, it.ID); got != c.unreads {
			t.Errorf("%s has it unread: %v", c.who, got)
		}
		if got := h.unread(c.p) == 1; got != c.unreads {
			t.Errorf("%s counts it unread: %v", c.who, got)
		}
	}
	l := must[feature.List[Reader]](t)(see(h, h.publisher, listReaders, readerQuery{ID: it.ID}))
	if len(l.Items) != 1 || l.Items[0].ID != h.reader.Member {
		t.Errorf("expected to read it: %+v", l.Items)
	}
	_, err := do(h, other, markRead, ref{it.ID})
	want(t, err, ErrNotFound, "reading what is meant for others")
}

// 全员 is for columns whose rule says so, at the time it is handed in too.
func TestAudienceAll(t *testing.T) {
	t.Parallel()
	h := open(t)
	all := "all"
	c := must[Column](t)(do(h, h.office, changeColumn, columnChange{ID: h.column.ID, Version: h.column.Version, Rules: &ruleSpec{AllStaff: "on"}}))
	it := must[Item](t)(h.revises(h.drafts(h.column), FieldSpec{Audience: &all}))
	if it.Audience != "all" {
		t.Fatal(it.Audience)
	}
	must[Column](t)(do(h, h.office, changeColumn, columnChange{ID: h.column.ID, Version: c.Version, Rules: &ruleSpec{AllStaff: "off"}}))
	_, err := do(h, h.drafter, h.desk.submit, submission{ID: it.ID, OnlineOK: true, Version: it.Version})
	want(t, err, ErrAudienceAll, "handed in after the rule was taken back")
}

// News is of what has happened; what is over is not published.
func TestDays(t *testing.T) {
	t.Parallel()
	h := open(t)
	bad, tomorrow, yesterday, today, none, notice := "2026-02-30", h.days(1), h.days(-1), h.days(0), "", "notice"
	it := h.drafts(h.column)
	_, err := h.revises(it, FieldSpec{EventDate: &bad})
	want(t, err, feature.ErrMalformed, "no such day")
	_, err = h.revises(it, FieldSpec{ValidUntil: &bad})
	want(t, err, feature.ErrMalformed, "no such day")
	_, err = h.revises(it, FieldSpec{EventDate: &tomorrow})
	want(t, err, ErrEventFuture, "news of tomorrow")
	n := must[Item](t)(do(h, h.drafter, h.desk.edit, revision{ID: it.ID, Version: it.Version, Kind: &notice, FieldSpec: FieldSpec{EventDate: &tomorrow}}))
	news := "news"
	_, err = do(h, h.drafter, h.desk.edit, revision{ID: it.ID, Version: n.Version, Kind: &news})
	want(t, err, ErrEventFuture, "a notice of tomorrow made news")
	it = must[Item](t)(h.revises(n, FieldSpec{EventDate: &yesterday, ValidUntil: &yesterday}))
	if *it.EventDate != yesterday || *it.ValidUntil != yesterday {
		t.Fatalf("days = %v %v", it.EventDate, it.ValidUntil)
	}
	_, err = do(h, h.drafter, h.desk.submit, submission{ID: it.ID, OnlineOK: true, Version: it.Version})
	want(t, err, ErrValidPast, "handed in when it is over")
	same := must[Item](t)(h.revises(it, FieldSpec{EventDate: &yesterday}))
	if same.Version != it.Version {
		t.Error("saving what is there is a change")
	}
	it = must[Item](t)(h.revises(it, FieldSpec{EventDate: &none, ValidUntil: &today}))
	if it.EventDate != nil {
		t.Error("the day stays")
	}
	h.submits(it)
}

// What does not hold any more leaves the lists of what is to be read and the
// counts, and is there by its address and for who asks for it (已过期).
func TestExpired(t *testing.T) {
	t.Parallel()
	h := open(t)
	today := h.days(0)
	it := h.submits(must[Item](t)(h.revises(h.drafts(h.column), FieldSpec{ValidUntil: &today})))
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	it = h.publishes(h.seen(h.drafter, it.ID))
	if it = h.seen(h.reader, it.ID); it.Expired || !h.inList(h.reader, Query{}, it.ID) || h.unread(h.reader) != 1 {
		t.Fatal("over before its last day is")
	}
	db := tenanttest.Admin(t)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{`set local session_replication_role = replica`, `update items set valid_until = valid_until - 1 where id = '` + it.ID.String() + `'`} {
		if _, err := tx.Exec(sql); err != nil { // as if it were tomorrow
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if !h.seen(h.reader, it.ID).Expired {
		t.Error("its page does not say that it is over")
	}
	for name, c := range map[string]struct{ got, want bool }{
		"the list": {h.inList(h.reader, Query{}, it.ID), false}, "the list with what is over": {h.inList(h.reader, Query{Expired: true}, it.ID), true},
		"what is unread": {h.inList(h.reader, Query{Unread: true, Expired: true}, it.ID), false}, "the count": {h.unread(h.reader) == 1, false},
		"the search": {h.discovers(h.reader, false, it.ID), false}, "the search with what is over": {h.discovers(h.reader, true, it.ID), true},
	} {
		if c.got != c.want {
			t.Errorf("in %s: %v", name, c.got)
		}
	}
}

// Hashes of items that say nothing more are what they were before there was
// more to say, and no two items that say different things have the same.
func TestHashOfFields(t *testing.T) {
	t.Parallel()
	file, dept, day := uuid.New(), uuid.New(), "2026-11-01"
	plainRow := row{Title: "题", BodyHTML: "<p>文</p>", Kind: "news", Source: "本局"}
	if was := "b73fda35f184f48fa36e4d5e48415ee3559a9a9482bfb43369cb748be22bb75b"; plainRow.hash() != was {
		t.Errorf("an item of before hashes to %s", plainRow.hash())
	}
	seen := map[string]string{plainRow.hash(): "nothing"}
	for name, f := range map[string]fields{
		"readers": {}, "cover": {CoverFile: &file, CoverSHA: "ab", CoverAlt: "图"}, "other words": {CoverFile: &file, CoverSHA: "ab", CoverAlt: "画"},
		"all": {Audience: "all"}, "departments": {Audience: "departments", Departments: tenant.IDs{dept}},
		"event": {EventDate: &day}, "valid": {ValidUntil: &day}, "both": {EventDate: &day, ValidUntil: &day},
	} {
		r := plainRow
		r.fields = f
		was, there := seen[r.hash()]
		if name == "readers" && was != "nothing" || name != "readers" && there {
			t.Errorf("%s hashes like %s", name, was)
		}
		seen[r.hash()] = name
	}
	explicit := plainRow
	explicit.Audience = "readers"
	if explicit.hash() != plainRow.hash() {
		t.Error("the audience every item had changes its hash")
	}
}
