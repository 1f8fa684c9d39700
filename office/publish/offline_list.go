package publish

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// An OfflineMark says that a document must not be put online. It holds until
// the Office lifts it, with a reason (W04).
type OfflineMark struct {
	ID         uuid.UUID    `json:"id"`
	Title      string       `json:"title"`
	Reference  string       `json:"reference"` // the document's number
	Reason     string       `json:"reason"`
	State      string       `json:"state" enum:"marked,lifted"`
	Text       bool         `json:"text"`  // it is known by its text
	Files      []string     `json:"files"` // and by these files
	MarkedBy   Person       `json:"marked_by"`
	MarkedAt   time.Time    `json:"marked_at"`
	LiftedBy   *Person      `json:"lifted_by"`
	LiftedAt   *time.Time   `json:"lifted_at"`
	LiftReason string       `json:"lift_reason"`
	Online     []OnlineItem `json:"online"` // published items that carry it all the same, 20 at most: they were there before the mark
	May        []string     `json:"may" enum:"lift"`
	Version    int          `json:"version"`
}

// An OnlineItem is a published item that carries a marked document.
type OnlineItem struct {
	ID    uuid.UUID `json:"id"`
	Title string    `json:"title"`
}

type markRow struct {
	ID         uuid.UUID               `db:"id"`
	Title      string                  `db:"title"`
	Reference  string                  `db:"reference"`
	Reason     string                  `db:"reason"`
	State      string                  `db:"state"`
	Text       bool                    `db:"text"`
	Files      tenant.Texts            `db:"files"`
	MarkedID   uuid.UUID               `db:"marked_id"`
	MarkedName string                  `db:"marked_name"`
	MarkedAt   time.Time               `db:"marked_at"`
	LiftedID   *uuid.UUID              `db:"lifted_id"`
	LiftedName string                  `db:"lifted_name"`
	LiftedAt   *time.Time              `db:"lifted_at"`
	LiftReason string                  `db:"lift_reason"`
	Online     tenant.Rows[OnlineItem] `db:"online"`
	Version    int                     `db:"version"`
}

const markColumns = `
	m.id, m.title, m.reference, m.reason, m.state, m.marked_id, m.marked_name, m.marked_at, m.lifted_id, m.lifted_name, m.lifted_at,
	m.lift_reason, m.version,
	exists (select from offline_hashes h where h.mark_id = m.id and h.kind = 'text') as text,
	array(select h.name from offline_hashes h where h.mark_id = m.id and h.kind = 'file' order by h.name, h.hash) as files,
	coalesce((select jsonb_agg(jsonb_build_object('id', x.id, 'title', x.title))
	            from (select i.id, i.title from offline_hashes h join items i on i.text_hash = h.hash and i.state = 'published'
	                   where h.mark_id = m.id and m.state = 'marked'
	                   union
	                  select i.id, i.title from offline_hashes h join files f on f.sha256 = decode(h.hash, 'hex')
	                    join item_attachments a on a.file_id = f.id join items i on i.id = a.item_id and i.state = 'published'
	                   where h.mark_id = m.id and m.state = 'marked'
	                   union
	                  select i.id, i.title from offline_hashes h join files f on f.sha256 = decode(h.hash, 'hex')
	                    join items i on i.cover_file = f.id and i.state = 'published'
	                   where h.mark_id = m.id and m.state = 'marked'
	                   limit 20) x), '[]') as online`

func (r markRow) mark(ctx context.Context) OfflineMark {
	m := OfflineMark{
		ID: r.ID, Title: r.Title, Reference: r.Reference, Reason: r.Reason, State: r.State, Text: r.Text, Files: r.Files,
		MarkedBy: Person{r.MarkedID, r.MarkedName}, MarkedAt: r.MarkedAt, LiftedBy: person(r.LiftedID, r.LiftedName), LiftedAt: r.LiftedAt,
		LiftReason: r.LiftReason, Online: []OnlineItem{}, May: []string{}, Version: r.Version,
	}
	m.Online = append(m.Online, r.Online...)
	if m.Files == nil {
		m.Files = []string{}
	}
	if r.State == "marked" && may(ctx, Manage) {
		m.May = append(m.May, "lift")
	}
	return m
}

// offlineQuery asks for marks: all for those who oversee, else one's own.
type offlineQuery struct {
	feature.Page
	State string `json:"-" query:"state"` // marked or lifted; both if empty
	Text  string `json:"-" query:"q"`     // in the title or the number
}

// Validate refuses a state there is not.
func (q *offlineQuery) Validate() error {
	if utf8.RuneCountInString(q.Text) > 200 {
		return feature.ErrLong.On("q")
	}
	switch q.State {
	case "", "marked", "lifted":
		return nil
	}
	return feature.ErrChoice.On("state")
}

// Sorts are what the marks may be sorted by.
func (offlineQuery) Sorts() []string { return markOrder.Names() }

var markOrder = feature.NewOrder("-marked_at", "m.id", func(r markRow) uuid.UUID { return r.ID },
	feature.ByTime("marked_at", "m.marked_at", func(r markRow) time.Time { return r.MarkedAt }),
	feature.ByText("title", "m.title", func(r markRow) string { return r.Title }),
	feature.ByText("marked_by", "m.marked_name", func(r markRow) string { return r.MarkedName }))

// listOffline is the Office's list of documents to be kept offline (R019).
func listOffline(ctx context.Context, tx *tenant.Tx, q offlineQuery) (l feature.List[OfflineMark], err error) {
	at, err := markOrder.Read(q.Page)
	if err != nil {
		return l, err
	}
	s := &search{}
	if !may(ctx, Inspect) && !may(ctx, Manage) {
		s.add(`m.marked_id = ?`, tx.Actor.Member)
	}
	if q.State != "" {
		s.add(`m.state = ?`, q.State)
	}
	if text := line(q.Text); text != "" {
		s.add(`(m.title ilike ? or m.reference ilike ?)`, pattern(text), pattern(text))
	}
	s.where = append(s.where, at.After(s.args.Add))
	var rows []markRow
	err = tx.Select(ctx, &rows, `select `+markColumns+` from offline_marks m where `+strings.Join(s.where, " and ")+
		` order by `+at.By()+` limit `+q.Rows(), s.args...)
	if err != nil {
		return l, err
	}
	cut := feature.Cut(rows, q.Size(), at.Cursor)
	l.Next, l.Items = cut.Next, make([]OfflineMark, len(cut.Items))
	for i, r := range cut.Items {
		l.Items[i] = r.mark(ctx)
	}
	return l, nil
}

var offlineSheet = feature.Sheet{Name: feature.Text{ZH: "不上网清单", EN: "Kept offline"}, Columns: []feature.Column{
	{Head: feature.Text{ZH: "文件标题", EN: "Document"}, Path: "title"},
	{Head: feature.Text{ZH: "文号", EN: "Number"}, Path: "reference"},
	{Head: feature.Text{ZH: "理由", EN: "Reason"}, Path: "reason"},
	{Head: feature.Text{ZH: "状态", EN: "State"}, Path: "state", Words: map[string]feature.Text{
		"marked": {ZH: "不上网", EN: "Offline"}, "lifted": {ZH: "已解除", EN: "Lifted"}}},
	{Head: feature.Text{ZH: "标记人", EN: "Marked by"}, Path: "marked_by.name"},
	{Head: feature.Text{ZH: "标记时间", EN: "Marked"}, Path: "marked_at", Kind: feature.Times},
	{Head: feature.Text{ZH: "文件", EN: "Files"}, Path: "files"},
	{Head: feature.Text{ZH: "仍在网上的信息", EN: "Items still online"}, Path: "online.title"},
	{Head: feature.Text{ZH: "解除人", EN: "Lifted by"}, Path: "lifted_by.name"},
	{Head: feature.Text{ZH: "解除时间", EN: "Lifted"}, Path: "lifted_at", Kind: feature.Times},
	{Head: feature.Text{ZH: "解除理由", EN: "Lifted because"}, Path: "lift_reason"},
}}

// A newMark marks a document by its text, its files, or both; or an item as it
// stands, by its text and its attachments.
type newMark struct {
	Title     string        `json:"title"`
	Reference string        `json:"reference,omitempty" maxLength:"80"`
	Reason    string        `json:"reason" maxLength:"200"`
	Text      string        `json:"text,omitempty" maxLength:"200000"`
	Files     []OfflineFile `json:"files,omitempty" maxItems:"50"`
	ItemID    *uuid.UUID    `json:"item_id,omitempty"`
}

// Validate returns the first thing missing.
func (in *newMark) Validate() (err error) {
	in.Reference, in.Reason = line(in.Reference), line(in.Reason)
	if in.Title, err = checkTitle(in.Title); err != nil {
		return err
	}
	if in.Reason == "" {
		return ErrReasonMissing
	}
	return nil
}

// markOffline marks a document. Whoever drafts or reviews may, and the Office,
// which is told.
func (d *Desk) markOffline(ctx context.Context, tx *tenant.Tx, in newMark) (m OfflineMark, err error) {
	if !mayMark(ctx) {
		return m, rbac.ErrDenied
	}
	all, err := in.hashes()
	if err != nil {
		return m, err
	}
	if in.ItemID != nil {
		r, err := find(ctx, tx, *in.ItemID)
		if err != nil {
			return m, err
		}
		if handled, err := r.handled(ctx, tx); err != nil || !handled {
			return m, orDenied(err)
		}
		all = append(all, hashesOf(r)...)
	}
	if len(all) == 0 {
		return m, ErrOfflineNothing
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into offline_marks (id, title, reference, reason, marked_id, marked_name, marked_at) values ($1, $2, $3, $4, $5, $6, $7)`,
		id, in.Title, in.Reference, in.Reason, tx.Actor.Member, tx.Actor.Name, tx.Now)
	if err != nil {
		return m, err
	}
	if err := mark(ctx, tx, id, all); err != nil {
		return m, err
	}
	tx.Audit("publish.offline_marked", "publish/offline/"+id.String(), map[string]any{"hashes": len(all), "item": in.ItemID})
	office, err := rbac.Holders(ctx, tx, Manage, nil)
	if err != nil {
		return m, err
	}
	if err := tellMarked(ctx, tx, "publish.offline_marked", in.Title, in.Reason, office); err != nil {
		return m, err
	}
	return markByID(ctx, tx, id)
}

func tellMarked(ctx context.Context, tx *tenant.Tx, code, title, reason string, to []uuid.UUID) error {
	return send(ctx, tx, message.Notice{
		To: to, Code: code, Href: "/publish/offline", Params: map[string]string{"title": title, "by": tx.Actor.Name, "reason": reason},
	})
}

func markByID(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (m OfflineMark, err error) {
	var r markRow
	err = tx.Get(ctx, &r, `select `+markColumns+` from offline_marks m where m.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return m, ErrOfflineNotFound
	}
	return r.mark(ctx), err
}

type lifting struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Reason  string    `json:"reason" maxLength:"200"`
	Version int       `json:"version" minimum:"1"`
}

// Validate refuses a lifting without a reason.
func (l *lifting) Validate() error {
	if l.Reason = line(l.Reason); l.Reason == "" {
		return ErrReasonMissing
	}
	return nil
}

// liftOffline lets a document go online after all.
func liftOffline(ctx context.Context, tx *tenant.Tx, in lifting) (m OfflineMark, err error) {
	n, err := tx.Exec(ctx, `
		update offline_marks set state = 'lifted', lifted_id = $3, lifted_name = $4, lifted_at = $5, lift_reason = $6, version = version + 1
		 where id = $1 and version = $2 and state = 'marked'`, in.ID, in.Version, tx.Actor.Member, tx.Actor.Name, tx.Now, in.Reason)
	if err != nil {
		return m, err
	}
	if m, err = markByID(ctx, tx, in.ID); err != nil {
		return m, err
	}
	switch {
	case n == 0 && m.State != "marked":
		return m, ErrOfflineLifted
	case n == 0:
		return m, ErrStale.With("version", m.Version).With("changed_by", m.MarkedBy.Name).With("changed_at", m.MarkedAt).With("changed", []string{"state"})
	}
	tx.Audit("publish.offline_lifted", "publish/offline/"+in.ID.String(), map[string]any{"reason": in.Reason})
	return m, tellMarked(ctx, tx, "publish.offline_lifted", m.Title, in.Reason, []uuid.UUID{m.MarkedBy.ID})
}
