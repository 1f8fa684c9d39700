package publish

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/exchange"
	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

const secretText = "市里第三次办公会议纪要：原则同意机构调整方案。"

func digestOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func (h *house) marks(p member, in newMark) OfflineMark {
	h.t.Helper()
	in.Title, in.Reason = "第三次办公会议纪要", "会议要求不上网"
	return must[OfflineMark](h.t)(do(h, p, h.desk.markOffline, in))
}

func (h *house) writes(body string) Item {
	h.t.Helper()
	return must[Item](h.t)(do(h, h.drafter, h.desk.create, draft{ColumnID: h.column.ID, Kind: "news", Title: "纪要", BodyHTML: body}))
}

func (h *house) kept(p member, q offlineQuery) []OfflineMark {
	h.t.Helper()
	return must[feature.List[OfflineMark]](h.t)(see(h, p, listOffline, q)).Items
}

// R017, R018, W04: whoever drafts marks a document of whatever kind; only the
// Office lifts the mark, with a reason.
func TestR017WhoMarksAndLifts(t *testing.T) {
	t.Parallel()
	h, foreign := open(t), open(t)
	_, err := do(h, h.reader, h.desk.markOffline, newMark{Title: "纪要", Reason: "会议要求", Text: secretText})
	want(t, err, rbac.ErrDenied, "mark as somebody who drafts nothing")
	theirs := foreign.drafts(foreign.column)
	mine := h.writes("<p>" + secretText + "</p>")
	for name, tt := range map[string]struct {
		in   newMark
		want error
	}{
		"an item of another tenant": {newMark{Title: "x", Reason: "x", ItemID: &theirs.ID}, ErrNotFound},
		"no title":                  {newMark{Title: " ", Reason: "x", Text: secretText}, ErrTitleMissing},
		"no reason":                 {newMark{Title: "x", Reason: " ", Text: secretText}, ErrReasonMissing},
		"nothing to know it by":     {newMark{Title: "x", Reason: "x"}, ErrOfflineNothing},
		"a text like any other":     {newMark{Title: "x", Reason: "x", Text: "请阅。"}, ErrOfflineShort},
		"no digest":                 {newMark{Title: "x", Reason: "x", Files: []OfflineFile{{"a", strings.Repeat("z", 64)}}}, ErrOfflineDigest},
	} {
		_, err := do(h, h.drafter, h.desk.markOffline, tt.in)
		want(t, err, tt.want, name)
	}
	m := h.marks(h.drafter, newMark{ItemID: &mine.ID, Files: []OfflineFile{{"纪要.docx", digestOf("纪要")}}})
	if m.State != "marked" || !m.Text || !slices.Equal(m.Files, []string{"纪要.docx"}) || m.MarkedBy.ID != h.drafter.Member || len(m.May) != 0 {
		t.Errorf("marked = %+v", m)
	}
	if n := count(h, `select count(*) from notices where member_id = $1 and code = 'publish.offline_marked'`, h.office.Member); n != 1 {
		t.Errorf("the Office got %d notices, want 1 (R019)", n)
	}
	for _, r := range h.desk.Feature().Routes {
		if strings.HasSuffix(r.Path, "/lift") && r.Needs != Manage {
			t.Errorf("%s needs %s, want %s", r.Path, r.Needs, Manage)
		}
	}
	_, err = do(foreign, foreign.office, liftOffline, lifting{ID: m.ID, Reason: "x", Version: 1})
	want(t, err, ErrOfflineNotFound, "lift another tenant's")
	_, err = do(h, h.office, liftOffline, lifting{ID: m.ID, Reason: " ", Version: 1})
	want(t, err, ErrReasonMissing, "lift without a reason")
	_, err = do(h, h.office, liftOffline, lifting{ID: m.ID, Reason: "已公开", Version: 7})
	want(t, err, ErrStale, "lift another version")
	m = must[OfflineMark](t)(do(h, h.office, liftOffline, lifting{ID: m.ID, Reason: "已公开", Version: 1}))
	if m.State != "lifted" || m.LiftedBy == nil || m.LiftedBy.ID != h.office.Member || m.LiftReason != "已公开" || m.LiftedAt == nil {
		t.Errorf("lifted = %+v", m)
	}
	_, err = do(h, h.office, liftOffline, lifting{ID: m.ID, Reason: "已公开", Version: 1})
	want(t, err, ErrOfflineLifted, "lift again")
}

// R019: the Office sees every mark, whoever marked sees their own, nobody else any.
func TestR019List(t *testing.T) {
	t.Parallel()
	h, foreign := open(t), open(t)
	it := h.writes("<p>" + secretText + "</p>")
	it = h.carries(it, "附件", "说明", "一.txt")
	it = h.submits(it)
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	it = h.publishes(h.seen(h.drafter, it.ID))
	byText := h.marks(h.drafter, newMark{Text: secretText})
	byFile := h.marks(h.office, newMark{Files: []OfflineFile{{"一.txt", strings.ToUpper(digestOf("内容附件一.txt"))}}})
	for name, tt := range map[string]struct {
		got  []OfflineMark
		want []uuid.UUID
	}{
		"the Office":     {h.kept(h.office, offlineQuery{}), []uuid.UUID{byFile.ID, byText.ID}},
		"the auditor":    {h.kept(h.auditor, offlineQuery{State: "marked"}), []uuid.UUID{byFile.ID, byText.ID}},
		"the lifted":     {h.kept(h.office, offlineQuery{State: "lifted"}), nil},
		"by its title":   {h.kept(h.office, offlineQuery{Text: "第三次"}), []uuid.UUID{byFile.ID, byText.ID}},
		"who marked":     {h.kept(h.drafter, offlineQuery{}), []uuid.UUID{byText.ID}},
		"a reader":       {h.kept(h.reader, offlineQuery{}), nil},
		"another tenant": {foreign.kept(foreign.office, offlineQuery{}), nil},
	} {
		var ids []uuid.UUID
		for _, m := range tt.got {
			ids = append(ids, m.ID)
			if len(m.Online) != 1 || m.Online[0].ID != it.ID {
				t.Errorf("%s: online in %+v, want the item that is there already (I12)", name, m.Online)
			}
		}
		if !slices.Equal(ids, tt.want) {
			t.Errorf("%s sees %v, want %v", name, ids, tt.want)
		}
	}
}

// A cover is a file like any other: what was online before its picture was
// marked is listed, and marking an item marks its cover (R019, I12).
func TestACoverIsAFileKeptOffline(t *testing.T) {
	t.Parallel()
	h := open(t)
	picture := pictureOf(t, 23)
	it := h.submits(must[Item](t)(h.covers(h.drafts(h.column), covering{UploadID: h.sends(h.drafter, "图.png", picture), Alt: "会议现场"})))
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	it = h.publishes(h.seen(h.drafter, it.ID))
	h.marks(h.office, newMark{Files: []OfflineFile{{"图.png", digestOf(string(picture))}}})
	if got := h.kept(h.office, offlineQuery{}); len(got) != 1 || len(got[0].Online) != 1 || got[0].Online[0].ID != it.ID {
		t.Errorf("online = %+v, want the item with the picture", got)
	}
	other := must[Item](t)(h.covers(h.drafts(h.column), covering{UploadID: h.sends(h.drafter, "另.png", pictureOf(t, 24)), Alt: "现场"}))
	if m := h.marks(h.drafter, newMark{ItemID: &other.ID}); !slices.Equal(m.Files, []string{coverName}) {
		t.Errorf("the item is known by %v, want its cover", m.Files)
	}
	_, err := do(h, h.drafter, h.desk.submit, submission{ID: other.ID, OnlineOK: true, Version: h.seen(h.drafter, other.ID).Version})
	if fault.Of(err).Code != ErrOffline.Code && tenant.Constraint(err) != "items_online" {
		t.Errorf("with a marked cover handed in = %v", err)
	}
}

// WF-07: what is marked is refused on every way to a column: handed in however
// it is formatted, attached, adopted from elsewhere, published after it had
// passed, and by a statement of our own database role. Lifted, it goes.
func TestWF07MarkedStaysOffline(t *testing.T) {
	t.Parallel()
	h := open(t)
	content := "会议纪要原件"
	put := func() uuid.UUID {
		return must[uuid.UUID](t)(h.files.Put(h.as(h.drafter), tenanttest.DB(t), "别名.txt", []byte(content)))
	}
	attach := func(it Item) error {
		_, err := do(h, h.drafter, h.desk.attach, addition{ID: it.ID, UploadID: put(), Name: "附件", Summary: "说明"})
		return err
	}
	adopt := func(c exchange.Content) error {
		c.Kind, c.Title = "news", "兄弟单位纪要"
		_, err := do(h, h.drafter, func(ctx context.Context, tx *tenant.Tx, c exchange.Content) (uuid.UUID, error) {
			return h.desk.Adopt(ctx, tx, c, h.column.ID)
		}, c)
		return err
	}
	body := "<p>" + secretText + "</p>"
	formatted := "<p><strong>市里第三次办公会议纪要</strong></p><ul><li>原则同意，机构调整方案</li></ul>"
	carrying := h.writes("<p>见附件</p>")
	if err := attach(carrying); err != nil {
		t.Fatal(err)
	}
	carrying = h.seen(h.drafter, carrying.ID)
	passed := h.submits(h.writes(body))
	if err := h.approves(h.first, passed); err != nil {
		t.Fatal(err)
	}
	passed = h.seen(h.drafter, passed.ID)
	m := h.marks(h.drafter, newMark{Text: secretText, Files: []OfflineFile{{"纪要.txt", digestOf(content)}}})

	ways := map[string]func() error{
		"handed in":                func() error { return h.hands(h.writes(body)) },
		"handed in, formatted":     func() error { return h.hands(h.writes(formatted)) },
		"attached before the mark": func() error { return h.hands(carrying) },
		"attached":                 func() error { return attach(h.writes("<p>见附件</p>")) },
		"adopted, its text":        func() error { return adopt(exchange.Content{BodyHTML: body}) },
		"adopted, as an attachment": func() error {
			return adopt(exchange.Content{BodyHTML: "<p>文</p>", Attachments: []exchange.Attachment{{ID: uuid.New(), Name: "x", FileName: "x", SHA256: digestOf(content)}}})
		},
		"published after it passed": func() error {
			_, err := do(h, h.publisher, h.desk.publish, versioned{passed.ID, passed.Version})
			return err
		},
		"a statement that publishes": func() error { return h.publishesBySQL(passed) },
		"a statement that attaches": func() error {
			return h.try(h.office, func(ctx context.Context, tx *tenant.Tx) error {
				it, file := h.writes("<p>文</p>"), uuid.Nil
				if err := tx.Get(ctx, &file, `select file_id from item_attachments where item_id = $1`, carrying.ID); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, `insert into item_attachments (id, item_id, file_id, name, summary) values (gen_random_uuid(), $1, $2, 'x', 'x')`, it.ID, file)
				return err
			})
		},
	}
	for name, way := range ways {
		if err := way(); fault.Of(err).Code != ErrOffline.Code && tenant.Constraint(err) != "items_online" {
			t.Errorf("%s: %v, want %v", name, err, ErrOffline)
		}
	}
	if h.sees(h.reader, passed.ID) {
		t.Error("readers see it")
	}
	must[OfflineMark](t)(do(h, h.office, liftOffline, lifting{ID: m.ID, Reason: "已经公开", Version: m.Version}))
	for _, name := range []string{"handed in", "attached", "published after it passed"} {
		if err := ways[name](); err != nil {
			t.Errorf("lifted, %s: %v", name, err)
		}
	}
}

func (h *house) hands(it Item) error {
	h.t.Helper()
	_, err := do(h, h.drafter, h.desk.submit, submission{ID: it.ID, OnlineOK: true, Version: it.Version})
	return err
}

func (h *house) publishesBySQL(it Item) error {
	return h.try(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `update items set state = 'published', levels = 1, published_at = now(), publisher_id = drafter_id,
			publisher_account = drafter_account, publisher_name = 'x', deed_id = id, deed_unit = id where id = $1`, it.ID)
		return err
	})
}

// A shelf of documents that knows one of them as marked, by its text.
type shelved string

func (m shelved) Marked(_ context.Context, _ *tenant.Tx, hashes []string) (*OfflineDocument, error) {
	if hash, ok := TextHash(string(m)); ok && slices.Contains(hashes, hash) {
		return &OfflineDocument{Title: "会议纪要", Reference: "纪要〔2026〕3号", MarkedBy: "拟稿人"}, nil
	}
	return nil, nil
}

// R017: whatever keeps documents is asked as well.
func TestR017DocumentsAreAsked(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.desk.Asks(shelved(secretText))
	err := h.hands(h.writes("<p>" + secretText + "</p>"))
	if fault.Of(err).Code != ErrOffline.Code || meta(err, "reference") != "纪要〔2026〕3号" {
		t.Errorf("hand in: %v %v", err, fault.Of(err).Meta)
	}
	if err := h.hands(h.writes("<p>另一件事，与纪要没有关系的普通消息。</p>")); err != nil {
		t.Error(err)
	}
}

func TestEssence(t *testing.T) {
	t.Parallel()
	base := textHash("机构调整方案 A1，第3次会议")
	for name, tt := range map[string]struct {
		text string
		same bool
	}{
		"other spaces and marks": {" 机构调整方案（a1）第 3 次会议。", true},
		"full width":             {"机构调整方案Ａ１第３次会议", true},
		"another number":         {"机构调整方案 A1，第4次会议", false},
		"more of it":             {"机构调整方案 A1，第3次会议纪要", false},
	} {
		if same := textHash(tt.text) == base; same != tt.same {
			t.Errorf("%s: the same: %v, want %v", name, same, tt.same)
		}
	}
}

// WF-07: what is marked while it is being published is not there unnoticed: the
// one that comes later knows of the other.
func TestWF07MarkedWhileItIsPublished(t *testing.T) {
	t.Parallel()
	h := open(t)
	mark, publisher := h.as(h.drafter), h.as(h.publisher)
	ready := func() Item {
		it := h.submits(h.writes("<p>" + secretText + "</p>"))
		if err := h.approves(h.first, it); err != nil {
			t.Fatal(err)
		}
		return h.seen(h.drafter, it.ID)
	}
	var end func() error
	var told OfflineMark
	first, second := ready(), ready()
	in := newMark{Title: "会议纪要", Reason: "不上网", Text: secretText}
	h.write(h.publisher, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := h.desk.publish(ctx, tx, versioned{first.ID, first.Version})
		end = meanwhile(t, mark, func(tx *tenant.Tx) (err error) {
			told, err = h.desk.markOffline(mark, tx, in)
			return err
		})
		return err
	})
	if err := end(); err != nil || len(told.Online) != 1 {
		t.Errorf("marked while it was published: %v online, %v", told.Online, err)
	}
	must[OfflineMark](t)(do(h, h.office, liftOffline, lifting{ID: told.ID, Reason: "已经公开", Version: told.Version}))
	h.write(h.drafter, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := h.desk.markOffline(ctx, tx, in)
		end = meanwhile(t, publisher, func(tx *tenant.Tx) error {
			_, err := h.desk.publish(publisher, tx, versioned{second.ID, second.Version})
			return err
		})
		return err
	})
	if err := end(); fault.Of(err).Code != ErrOffline.Code {
		t.Errorf("published while it was marked: %v, want %v", err, ErrOffline)
	}
}

// A title is found however long it is: characters are counted, not bytes.
func TestSearchedByAWholeTitle(t *testing.T) {
	t.Parallel()
	h := open(t)
	title := strings.Repeat("关于印发防汛", 13)
	m := must[OfflineMark](t)(do(h, h.drafter, h.desk.markOffline, newMark{Title: title, Reason: "不上网", Text: secretText}))
	asked := offlineQuery{Text: title}
	if err := asked.Validate(); err != nil {
		t.Errorf("the list of what is marked: %v", err)
	}
	if got := h.kept(h.office, asked); len(got) != 1 || got[0].ID != m.ID {
		t.Errorf("found %+v", got)
	}
	it := h.named(h.column, title, "x")
	q := Query{View: "all", Text: title}
	if err := q.Validate(); err != nil {
		t.Errorf("the list of items: %v", err)
	}
	if l := must[feature.List[Line]](t)(see(h, h.office, List, q)); len(l.Items) != 1 || l.Items[0].ID != it.ID {
		t.Errorf("found %+v", l.Items)
	}
	long := Query{Text: strings.Repeat("长", 201)}
	want(t, long.Validate(), feature.ErrLong, "longer than a search may be")
}
