package publish

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/attachment"
	"hetu/exchange"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

const fileText = "附件的内容\n"

func (h *house) uploads(p member) uuid.UUID {
	h.t.Helper()
	return must[uuid.UUID](h.t)(h.files.Put(h.as(p), tenanttest.DB(h.t), "统计表.txt", []byte(fileText)))
}

func (h *house) attaches(it Item) Item {
	h.t.Helper()
	return must[Item](h.t)(do(h, h.drafter, h.desk.attach, addition{ID: it.ID, UploadID: h.uploads(h.drafter), Name: "统计表", Summary: "各县检查情况"}))
}

func (h *house) downloads(p member, it Item) (string, error) {
	h.t.Helper()
	c, err := see(h, p, h.desk.download, attachmentRef{it.ID, it.Attachments[0].ID})
	if err != nil {
		return "", err
	}
	body, err := c.Open(context.Background())
	if err != nil {
		h.t.Fatal(err)
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(b), nil
}

// R029: an attachment without a name or a summary does not exist; UP-05: only
// one's own upload, and once.
func TestAttach(t *testing.T) {
	t.Parallel()
	h := open(t)
	it, second := h.drafts(h.column), h.drafts(h.column)
	mine, theirs := h.uploads(h.drafter), h.uploads(h.reader)
	published := h.publishes(h.reviewed(h.column))
	for _, tt := range []struct {
		name string
		who  member
		in   addition
		want error
	}{
		{"no name", h.drafter, addition{it.ID, mine, " ", "说明"}, ErrNameMissing},
		{"no summary", h.drafter, addition{it.ID, mine, "表", "\n"}, ErrSummaryMissing},
		{"another's upload", h.drafter, addition{it.ID, theirs, "表", "说明"}, attachment.ErrNotFound},
		{"no upload", h.drafter, addition{it.ID, uuid.New(), "表", "说明"}, attachment.ErrNotFound},
		{"another's draft", h.reader, addition{it.ID, theirs, "表", "说明"}, ErrNotFound},
		{"what is published", h.drafter, addition{published.ID, mine, "表", "说明"}, ErrState},
		{"ok", h.drafter, addition{it.ID, mine, "表", "说明"}, nil},
		{"the same upload again", h.drafter, addition{it.ID, mine, "表", "说明"}, attachment.ErrClaimed},
		{"the same upload elsewhere", h.drafter, addition{second.ID, mine, "表", "说明"}, attachment.ErrClaimed},
	} {
		_, err := do(h, tt.who, h.desk.attach, tt.in)
		want(t, err, tt.want, tt.name)
	}
	got := h.seen(h.drafter, it.ID)
	if len(got.Attachments) != 1 || got.Attachments[0].Name != "表" || got.Attachments[0].FileName != "统计表.txt" || got.Attachments[0].Type != "text/plain" {
		t.Errorf("attachments = %+v", got.Attachments)
	}
	if len(h.seen(h.drafter, published.ID).Attachments) != 0 {
		t.Error("the published item changed")
	}
	for range maxAttachments - 1 {
		got = h.attaches(got)
	}
	_, err := do(h, h.drafter, h.desk.attach, addition{it.ID, h.uploads(h.drafter), "表", "说明"})
	want(t, err, ErrTooManyFiles, "one too many")
}

// What was attached first may have the greater id, where one node's clock is
// ahead of another's: what is handed in is all the same what was written down (WF-03).
func TestAttachOnANodeBehind(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.attaches(h.drafts(h.column))
	if _, err := tenanttest.Admin(t).Exec(`update item_attachments set id = 'ffffffff-ffff-7fff-bfff-ffffffffffff' where item_id = $1`, it.ID); err != nil {
		t.Fatal(err)
	}
	it = must[Item](t)(do(h, h.drafter, h.desk.attach, addition{ID: it.ID, UploadID: h.uploads(h.drafter), Name: "说明", Summary: "后来附上的"}))
	h.submits(it)
}

// An attachment is seen by whoever sees its item, and by nobody else (UP-05,
// R015).
func TestDownload(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.attaches(h.drafts(h.column))
	for who, may := range map[*member]bool{&h.drafter: true, &h.auditor: true, &h.reader: false, &h.first: false} {
		got, err := h.downloads(*who, it)
		if may && got != fileText || !may && !errors.Is(err, ErrNotFound) {
			t.Errorf("a draft's, by %s: %q, %v", who.Name, got, err)
		}
	}
	it = h.submits(it)
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	it = h.publishes(h.seen(h.drafter, it.ID))
	if got, err := h.downloads(h.reader, it); got != fileText {
		t.Errorf("a published item's: %q, %v", got, err)
	}
	other := h.publishes(h.reviewed(h.column))
	_, err := see(h, h.reader, h.desk.download, attachmentRef{other.ID, it.Attachments[0].ID})
	want(t, err, attachment.ErrNotFound, "through another item")
	h.withdraws(it)
	_, err = h.downloads(h.reader, it)
	want(t, err, ErrNotFound, "a withdrawn item's")
	if got, err := h.downloads(h.auditor, it); got != fileText {
		t.Errorf("a withdrawn item's, by the auditor: %q, %v", got, err)
	}
}

func TestDetachAndDelete(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.attaches(h.attaches(h.drafts(h.column)))
	gone := it.Attachments[0].ID
	_, err := do(h, h.drafter, h.desk.detach, removal{attachmentRef{it.ID, gone}, it.Version - 1})
	want(t, err, ErrStale, "an old version")
	now := must[Item](t)(do(h, h.drafter, h.desk.detach, removal{attachmentRef{it.ID, gone}, it.Version}))
	if len(now.Attachments) != 1 || now.Attachments[0].ID == gone || now.ContentHash == it.ContentHash {
		t.Errorf("attachments = %+v", now.Attachments)
	}
	_, err = do(h, h.drafter, h.desk.detach, removal{attachmentRef{it.ID, gone}, now.Version})
	want(t, err, attachment.ErrNotFound, "again")
	_, err = do(h, h.auditor, h.desk.remove, ref{it.ID})
	want(t, err, ErrNotDrafter, "delete another's draft")
	if _, err := do(h, h.drafter, h.desk.remove, ref{it.ID}); err != nil {
		t.Fatal(err)
	}
	if h.sees(h.drafter, it.ID) || count(h, `select count(*) from files where owner = $1`, objectOf(it.ID)) != 0 {
		t.Error("the draft or its files are left")
	}
	approved := h.reviewed(h.column)
	_, err = do(h, h.drafter, h.desk.remove, ref{approved.ID})
	want(t, err, ErrState, "delete what has passed")
	// What passed once and was changed is a draft like any other.
	title := "换了标题"
	must[Item](t)(do(h, h.drafter, h.desk.edit, revision{ID: approved.ID, Title: &title, Version: approved.Version}))
	if _, err := do(h, h.drafter, h.desk.remove, ref{approved.ID}); err != nil {
		t.Errorf("delete a draft that had passed: %v", err)
	}
}

// Only what is published may be sent to another tenant, as it was published.
func TestSendable(t *testing.T) {
	t.Parallel()
	h := open(t)
	for name, it := range map[string]Item{"draft": h.drafts(h.column), "review": h.submits(h.drafts(h.column)), "approved": h.reviewed(h.column)} {
		_, err := do(h, h.drafter, sendable(h), it.ID)
		want(t, err, ErrState, name)
	}
	it := h.submits(h.attaches(h.drafts(h.column)))
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	it = h.publishes(h.seen(h.drafter, it.ID))
	c := must[exchange.Content](t)(do(h, h.reader, sendable(h), it.ID))
	if c.Title != it.Title || c.ContentHash != it.ContentHash || c.Drafter != "拟稿人" || !slices.Equal(c.Reviewers, []string{"一审"}) ||
		c.Publisher != "发布员" || c.UnitID != h.drafter.dept || len(c.Attachments) != 1 || c.Attachments[0].Key == "" || len(c.Attachments[0].SHA256) != 64 {
		t.Errorf("content = %+v", c)
	}
	h.withdraws(it)
	_, err := do(h, h.drafter, sendable(h), it.ID)
	want(t, err, ErrState, "withdrawn")
}

func sendable(h *house) func(context.Context, *tenant.Tx, uuid.UUID) (exchange.Content, error) {
	return func(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (exchange.Content, error) {
		tx.Audit("test.sent", "test", nil)
		return h.desk.Sendable(ctx, tx, id)
	}
}

// R032: what comes from another tenant is a draft: it is reviewed like any
// other, and giving it up leaves the bytes to the envelope.
func TestAdopt(t *testing.T) {
	t.Parallel()
	h := open(t)
	key := strings.ReplaceAll(h.id.String(), "-", "") + "/" + strings.Repeat("ab", 32)
	c := exchange.Content{
		Kind: "news", Subject: uuid.New(), Title: "基层来稿", BodyHTML: `<p>正文<script>alert(1)</script></p>`, Unit: "某市局办公室",
		Attachments: []exchange.Attachment{{ID: uuid.New(), Name: strings.Repeat("长", 90), Summary: "说明", FileName: "a.txt", Size: 3, Type: "text/plain",
			SHA256: strings.Repeat("cd", 32), Key: key, Version: "v1"}},
	}
	adopt := func(p member, col uuid.UUID) (id uuid.UUID, err error) {
		err = h.try(p, func(ctx context.Context, tx *tenant.Tx) (err error) {
			id, err = h.desk.Adopt(ctx, tx, c, col)
			return err
		})
		return id, err
	}
	_, err := adopt(h.drafter, h.other.ID)
	want(t, err, rbac.ErrDenied, "into another's column")
	_, err = adopt(h.drafter, uuid.New())
	want(t, err, ErrColumnUnknown, "into no column")
	id := must[uuid.UUID](t)(adopt(h.drafter, h.column.ID))
	it := h.seen(h.drafter, id)
	if it.State != "draft" || it.BodyHTML != "<p>正文</p>" || it.Source != "某市局办公室" || it.Drafter.ID != h.drafter.Member || len(it.Attachments) != 1 {
		t.Fatalf("adopted = %+v", it)
	}
	must[uuid.UUID](t)(adopt(h.drafter, h.column.ID)) // twice, from two journals: two drafts of the same bytes
	it = h.submits(it)                                // its hash is that of its content
	if err := h.recalls(h.drafter, it); err != nil {
		t.Fatal(err)
	}
	if _, err := do(h, h.drafter, h.desk.remove, ref{id}); err != nil {
		t.Fatal(err)
	}
	var jobs int
	if err := tenanttest.Admin(t).QueryRow(`select count(*) from river.river_job where args->>'tenant' = $1 and args->>'name' = 'attachment.drop'`,
		h.id.String()).Scan(&jobs); err != nil || jobs != 0 {
		t.Errorf("%d jobs would drop the envelope's bytes, %v", jobs, err)
	}
}
