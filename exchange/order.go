package exchange

import (
	"time"

	"github.com/google/uuid"

	"hetu/feature"
)

// order is by what envelopes may be sorted: what was sent last comes first.
var order = feature.NewOrder("-sent_at", "e.id", func(e Envelope) uuid.UUID { return e.ID },
	feature.ByTime("sent_at", "e.sent_at", func(e Envelope) time.Time { return e.SentAt }),
	feature.ByTimeOrNull("received_at", "e.received_at", func(e Envelope) *time.Time { return e.ReceivedAt }),
	feature.ByText("title", "e.title", func(e Envelope) string { return e.Title }),
	feature.ByText("peer", "e.peer_name", func(e Envelope) string { return e.Peer.Name }),
	feature.ByWord("kind", "e.kind", func(e Envelope) string { return e.Kind }),
	feature.ByWord("state", "e.state", func(e Envelope) string { return e.State }),
)

// sheet is a box as a workbook; peer is what it calls the other side.
func sheet(name, peer feature.Text) feature.Sheet {
	return feature.Sheet{Name: name, Columns: []feature.Column{
		{Head: feature.Text{ZH: "标题", EN: "Title"}, Path: "title"},
		{Head: peer, Path: "peer.name"},
		{Head: feature.Text{ZH: "类别", EN: "Kind"}, Path: "kind", Words: map[string]feature.Text{
			"news": {ZH: "动态信息", EN: "News"}, "notice": {ZH: "通知", EN: "Notice"},
			"announcement": {ZH: "公告", EN: "Announcement"}, "briefing": {ZH: "简报", EN: "Briefing"},
		}},
		{Head: feature.Text{ZH: "状态", EN: "State"}, Path: "state", Words: map[string]feature.Text{
			Sent: {ZH: "已报送", EN: "Sent"}, Received: {ZH: "已签收", EN: "Received"}, Adopted: {ZH: "已采用", EN: "Adopted"},
			Declined: {ZH: "未采用", EN: "Declined"}, Recalled: {ZH: "已撤回", EN: "Recalled"},
		}},
		{Head: feature.Text{ZH: "报送时间", EN: "Sent"}, Path: "sent_at", Kind: feature.Times},
		{Head: feature.Text{ZH: "签收时间", EN: "Received"}, Path: "received_at", Kind: feature.Times},
		{Head: feature.Text{ZH: "采用刊物", EN: "Journals"}, Path: "adoptions.journal_name"},
		{Head: feature.Text{ZH: "报送说明", EN: "Note"}, Path: "note"},
		{Head: feature.Text{ZH: "不采用原因", EN: "Reason for declining"}, Path: "decline_reason"},
		{Head: feature.Text{ZH: "回执", EN: "Receipt"}, Path: "receipt"},
		{Head: feature.Text{ZH: "内容摘要值", EN: "Content hash"}, Path: "content_hash"},
	}}
}

var (
	outSheet = sheet(feature.Text{ZH: "报送记录", EN: "Outbox"}, feature.Text{ZH: "报送至", EN: "To"})
	inSheet  = sheet(feature.Text{ZH: "收到的报送", EN: "Inbox"}, feature.Text{ZH: "来自", EN: "From"})
)
