package publish

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/exchange"
	"hetu/fault"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
	"hetu/wordcheck"
)

// learns puts a word into the house's dictionary.
func (h *house) learns(word, level, advice string) {
	h.t.Helper()
	err := h.calls(h.office, wordcheck.New(nil).Feature(), "POST", "/wordcheck/words",
		map[string]any{"word": word, "class": "wording", "level": level, "advice": advice})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) carries(it Item, name, summary, file string) Item {
	h.t.Helper()
	id := must[uuid.UUID](h.t)(h.files.Put(h.as(h.drafter), tenanttest.DB(h.t), file, []byte("内容"+name+file)))
	return must[Item](h.t)(do(h, h.drafter, h.desk.attach, addition{ID: it.ID, UploadID: id, Name: name, Summary: summary}))
}

// R031: a word that blocks keeps an item from being handed in, wherever in it
// it stands, and the refusal says where.
func TestR031BlockedWords(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.learns("内部底稿", "block", "不得公开")
	write := func(title, body, source string) Item {
		return must[Item](t)(do(h, h.drafter, h.desk.create, draft{ColumnID: h.column.ID, Kind: "news", Title: title, BodyHTML: body, Source: source}))
	}
	tests := map[string]struct {
		arrange  func() Item
		field    string
		from, to int
	}{
		"title":             {func() Item { return write("关于内部底稿的说明", "<p>文</p>", "") }, "title", 2, 6},
		"body over a tag":   {func() Item { return write("说明", "<p>见内<strong>部底</strong>稿</p>", "") }, "body_html", 2, 6},
		"source":            {func() Item { return write("说明", "<p>文</p>", "内部底稿") }, "source", 0, 4},
		"attachment's name": {func() Item { return h.carries(write("说明", "<p>文</p>", ""), "内部底稿", "说明", "一.txt") }, "attachment.name", 0, 4},
		"its summary": {func() Item {
			return h.carries(write("说明", "<p>文</p>", ""), "附件", "含内部底稿", "二.txt")
		}, "attachment.summary", 1, 5},
		"its file's name": {func() Item {
			return h.carries(write("说明", "<p>文</p>", ""), "附件", "说明", "内部底稿.txt")
		}, "attachment.file", 0, 4},
		"adopted from elsewhere": {func() Item {
			id := must[uuid.UUID](t)(do(h, h.drafter, func(ctx context.Context, tx *tenant.Tx, c exchange.Content) (uuid.UUID, error) {
				return h.desk.Adopt(ctx, tx, c, h.column.ID)
			}, exchange.Content{Kind: "news", Title: "兄弟单位的内部底稿", BodyHTML: "<p>文</p>"}))
			return h.seen(h.drafter, id)
		}, "title", 5, 9},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			it := tt.arrange()
			_, err := do(h, h.drafter, h.desk.submit, submission{ID: it.ID, OnlineOK: true, Version: it.Version, Words: 1})
			f := fault.Of(err)
			hits, _ := meta(err, "hits").([]wordcheck.Hit)
			if !errors.Is(err, wordcheck.ErrBlocked) || f.Field != tt.field || len(hits) != 1 || hits[0].From != tt.from || hits[0].To != tt.to || hits[0].Advice != "不得公开" {
				t.Errorf("submit: %v at %q with %+v, want it refused at %q [%d, %d)", err, f.Field, hits, tt.field, tt.from, tt.to)
			}
			if got := h.seen(h.drafter, it.ID); got.State != "draft" {
				t.Errorf("it is %s now", got.State)
			}
		})
	}
}

// R031: a word that warns has to be confirmed, by somebody who has seen what the
// dictionary says now; those who review see the same.
func TestR031WarningsAreConfirmed(t *testing.T) {
	t.Parallel()
	h, foreign := open(t), open(t)
	h.learns("立即", "warn", "尽快")
	it := h.drafts(h.column) // its body says 立即
	look := func(p member) (ItemWords, error) { return see(h, p, h.desk.lookWords, ref{it.ID}) }

	_, err := see(foreign, foreign.office, foreign.desk.lookWords, ref{it.ID})
	want(t, err, ErrNotFound, "another tenant looks")
	_, err = look(h.reader)
	want(t, err, ErrNotFound, "a reader looks at a draft")
	w := must[ItemWords](t)(look(h.drafter))
	if w.Warns != 1 || w.Submitted != nil || len(w.Texts) != 1 || w.Texts[0].Part != "body_html" || len(w.Texts[0].Hits) != 1 ||
		string([]rune(w.Texts[0].Text)[w.Texts[0].Hits[0].From:w.Texts[0].Hits[0].To]) != "立即" || w.Texts[0].Hits[0].Advice != "尽快" {
		t.Fatalf("the drafter sees %+v", w)
	}
	for _, confirmed := range []int{0, w.Version - 1, w.Version + 1} {
		_, err = do(h, h.drafter, h.desk.submit, submission{ID: it.ID, OnlineOK: true, Version: it.Version, Words: confirmed})
		want(t, err, wordcheck.ErrUnconfirmed, "submit")
		if meta(err, "version") != w.Version {
			t.Errorf("confirming %d: the refusal names version %v, want %d", confirmed, meta(err, "version"), w.Version)
		}
	}
	h.learns("全市", "hint", "本市")
	_, err = do(h, h.drafter, h.desk.submit, submission{ID: it.ID, OnlineOK: true, Version: it.Version, Words: w.Version})
	want(t, err, wordcheck.ErrUnconfirmed, "submit what was confirmed of an older dictionary")
	w = must[ItemWords](t)(look(h.drafter))
	it = must[Item](t)(do(h, h.drafter, h.desk.submit, submission{ID: it.ID, OnlineOK: true, Version: it.Version, Words: w.Version}))

	seen := must[ItemWords](t)(look(h.first))
	if it.State != "review" || seen.Warns != 1 || seen.Hints != 1 || seen.Submitted == nil || *seen.Submitted != w.Version {
		t.Errorf("%s; the reviewer sees %+v, want the hits and version %d", it.State, seen, w.Version)
	}
	if n := count(h, `select count(*) from items where id = $1 and words_version = $2 and words_warns = 1 and words_hash = content_hash`, it.ID, w.Version); n != 1 {
		t.Error("what was confirmed is not kept with the item")
	}
	if err := h.returns(h.first, it); err != nil {
		t.Fatal(err)
	}
	it = h.seen(h.drafter, it.ID)
	_, err = do(h, h.drafter, h.desk.submit, submission{ID: it.ID, OnlineOK: true, Version: it.Version})
	want(t, err, wordcheck.ErrUnconfirmed, "submit again without confirming again")
	it = must[Item](t)(do(h, h.drafter, h.desk.submit, submission{ID: it.ID, OnlineOK: true, Version: it.Version, Words: w.Version}))
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	it = h.publishes(h.seen(h.drafter, it.ID))
	_, err = look(h.reader)
	want(t, err, rbac.ErrDenied, "a reader asks about what is published")
}

// R031: no statement hands in what was not checked, or changes what the check said.
func TestR031DatabaseRefusesTheUnchecked(t *testing.T) {
	t.Parallel()
	h := open(t)
	draft, review := h.drafts(h.column), h.submits(h.drafts(h.column))
	for name, tt := range map[string]struct {
		it  Item
		sql string
	}{
		"hand in unchecked":       {draft, `update items set state = 'review' where id = $1`},
		"checked as it once was":  {draft, `update items set state = 'review', words_version = 1, text_hash = 'x', words_hash = repeat('0', 64) where id = $1`},
		"forget what it was like": {review, `update items set words_version = 9 where id = $1`},
		"forget its text":         {review, `update items set text_hash = 'x' where id = $1`},
	} {
		err := h.try(h.office, func(ctx context.Context, tx *tenant.Tx) error { _, err := tx.Exec(ctx, tt.sql, tt.it.ID); return err })
		if got := tenant.Constraint(err); got != "items_checked" {
			t.Errorf("%s: broke %q (%v), want items_checked", name, got, err)
		}
	}
}

// R031: the check of what is published reads what the drafter's check reads: where
// an item is from and what its files are called, too.
func TestR031StockReadsSourcesAndFileNames(t *testing.T) {
	t.Parallel()
	h := open(t)
	file := "部份统计.txt"
	it := h.submits(h.carries(h.drafts(h.column), "统计表", "各县情况", file))
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	h.publishes(h.seen(h.drafter, it.ID))
	var parts []wordcheck.Part
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		docs, _, err := stock(ctx, tx, "")
		for _, d := range docs {
			parts = append(parts, d.Parts...)
		}
		return err
	})
	for _, p := range []wordcheck.Part{{Name: "source", Text: "防汛办"}, {Name: "attachment.file", Text: file}} {
		if !slices.Contains(parts, p) {
			t.Errorf("the check does not read %+v: %+v", p, parts)
		}
	}
}
