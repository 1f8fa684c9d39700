package publish

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"hetu/exchange"
	"hetu/tenant"
)

// The picture and the day of an item travel with a report, under its hash, and
// come out as those of the draft that adopts it; a picture that is none does not.
func TestCoverAndDayTravel(t *testing.T) {
	t.Parallel()
	h := open(t)
	day := h.days(-2)
	it := must[Item](t)(h.covers(h.attaches(h.drafts(h.column)), covering{UploadID: h.sends(h.drafter, "图.png", pictureOf(t, 2)), Alt: "堤防现场"}))
	it = h.submits(must[Item](t)(h.revises(it, FieldSpec{EventDate: &day})))
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	it = h.publishes(h.seen(h.drafter, it.ID))
	var c exchange.Content
	h.write(h.publisher, func(ctx context.Context, tx *tenant.Tx) (err error) {
		c, err = h.desk.Sendable(ctx, tx, it.ID)
		tx.Audit("test.sent", objectOf(it.ID), nil)
		return err
	})
	var copied struct {
		Day string `db:"event_date"`
		Alt string `db:"cover_alt"`
	}
	h.write(h.publisher, func(ctx context.Context, tx *tenant.Tx) error {
		tx.Audit("test.looked", objectOf(it.ID), nil)
		return tx.Get(ctx, &copied, `select event_date::text, cover_alt from published_copies where item_id = $1`, it.ID)
	})
	if copied.Day != day || copied.Alt != "堤防现场" {
		t.Errorf("those above read of %q and %q", copied.Day, copied.Alt)
	}
	if c.EventDate != day || c.Cover == nil || c.Cover.Alt != "堤防现场" || len(c.Attachments) != 2 || c.Attachments[1].ID != c.Cover.Attachment || c.Attachments[1].Type != "image/png" {
		t.Fatalf("sent = %+v, cover %+v", c, c.Cover)
	}
	sum, bare := c.Hash(h.id, h.id, ""), c
	bare.Cover, bare.EventDate = nil, ""
	if sum == bare.Hash(h.id, h.id, "") {
		t.Error("the envelope's hash does not cover them")
	}
	h.may(h.reader, "draft", h.other)
	adopt := func(c exchange.Content) Item {
		id := must[uuid.UUID](t)(do(h, h.reader, func(ctx context.Context, tx *tenant.Tx, c exchange.Content) (uuid.UUID, error) {
			return h.desk.Adopt(ctx, tx, c, h.other.ID)
		}, c))
		return h.seen(h.reader, id)
	}
	got := adopt(c)
	if got.State != "draft" || got.EventDate == nil || *got.EventDate != day || got.Cover == nil || got.Cover.Alt != "堤防现场" || got.Cover.AttachmentID == nil || len(got.Attachments) != 2 {
		t.Errorf("adopted = %+v", got)
	}
	if now := must[string](t)(see(h, h.reader, h.desk.current, got.ID)); now != got.ContentHash {
		t.Error("the draft's hash is not that of its content")
	}
	c.Cover = &exchange.Cover{Attachment: c.Attachments[0].ID, Alt: "其实是一张表"}
	if got := adopt(c); got.Cover != nil {
		t.Errorf("a text came out as a picture: %+v", got.Cover)
	}
}
