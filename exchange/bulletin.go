package exchange

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// A Bulletin says what the units below reported in some days and what was made
// of it (信息采用通报). Once issued it is never changed.
type Bulletin struct {
	ID        uuid.UUID `db:"id" json:"id"`
	Direction string    `db:"direction" json:"direction" enum:"out,in"` // out: issued here
	Issuer    Peer      `db:"issuer" json:"issuer"`
	Title     string    `db:"title" json:"title"`
	From      string    `db:"from_day" json:"from" format:"date"`
	To        string    `db:"to_day" json:"to" format:"date"`
	Hash      string    `db:"hash" json:"hash"`
	IssuedAt  time.Time `db:"issued_at" json:"issued_at"`
	IssuedBy  string    `db:"issued_by" json:"issued_by"`
}

const bulletinColumns = `b.id, b.direction, b.peer_id as "issuer.id", b.peer_name as "issuer.name", b.title, b.from_day::text, b.to_day::text,
	b.hash, b.issued_at, b.issued_by`

var bulletinOrder = feature.NewOrder("-issued_at", "b.id", func(b Bulletin) uuid.UUID { return b.ID },
	feature.ByTime("issued_at", "b.issued_at", func(b Bulletin) time.Time { return b.IssuedAt }),
	feature.ByText("title", "b.title", func(b Bulletin) string { return b.Title }),
)

type bulletinQuery struct {
	feature.Page
}

// Sorts are what bulletins may be sorted by.
func (bulletinQuery) Sorts() []string { return bulletinOrder.Names() }

// bulletins lists those issued here and those that came from above.
func bulletins(ctx context.Context, tx *tenant.Tx, q bulletinQuery) (l feature.List[Bulletin], err error) {
	at, err := bulletinOrder.Read(q.Page)
	if err != nil {
		return l, err
	}
	args := feature.Args{}
	query := `select ` + bulletinColumns + ` from bulletins b where ` + at.After(args.Add) + ` order by ` + at.By() + ` limit ` + q.Rows()
	var rows []Bulletin
	err = tx.Select(ctx, &rows, query, args...)
	return feature.Cut(rows, q.Size(), at.Cursor), err
}

// A BulletinPage is an issued bulletin with its figures.
type BulletinPage struct {
	Bulletin
	Valid bool   `json:"valid"` // the figures are those that were issued
	Total Line   `json:"total"`
	Items []Line `json:"items"`
	Next  string `json:"next"` // always empty: all lines stand on one page
}

type bulletinRef struct {
	feature.Page
	ID uuid.UUID `json:"-" path:"id"`
}

func bulletin(ctx context.Context, tx *tenant.Tx, q bulletinRef) (p BulletinPage, err error) {
	var row struct {
		Bulletin
		Figures tenant.Doc[Figures] `db:"figures"`
	}
	err = tx.Get(ctx, &row, `select `+bulletinColumns+`, b.figures from bulletins b where b.id = $1`, q.ID)
	if err != nil {
		return p, missing(err, ErrNoBulletin)
	}
	f := row.Figures.V.shown()
	return BulletinPage{Bulletin: row.Bulletin, Valid: row.sum(row.Figures.V) == row.Hash, Total: f.Total, Items: f.Lines}, nil
}

// sum is the hash of a bulletin, as its issuer and every unit that has a copy
// work it out.
func (b Bulletin) sum(f Figures) string {
	d := newDigest("hetu.bulletin.v1")
	d.text(b.Issuer.ID.String(), b.Issuer.Name, b.Title, b.From, b.To, instant(b.IssuedAt), b.IssuedBy, tenant.JSON(f))
	return d.String()
}

// period is some days, both ends included.
type period struct {
	From string `json:"-" query:"from"`
	To   string `json:"-" query:"to"`
}

// bounds are when the first day begins and when the last one has ended.
func bounds(from, to string) (first, end time.Time, err error) {
	first, err = time.ParseInLocation(time.DateOnly, from, china)
	if err != nil {
		return first, end, feature.ErrMalformed.On("from")
	}
	last, err := time.ParseInLocation(time.DateOnly, to, china)
	switch {
	case err != nil:
		return first, end, feature.ErrMalformed.On("to")
	case last.Before(first):
		return first, end, feature.ErrRange.On("to")
	case last.Sub(first) > 366*24*time.Hour:
		return first, end, feature.ErrRange.On("from")
	}
	return first, last.AddDate(0, 0, 1), nil
}

// A Draft is a bulletin as it would be issued now.
type Draft struct {
	From  string `json:"from" format:"date"`
	To    string `json:"to" format:"date"`
	Total Line   `json:"total"`
	Items []Line `json:"items"`
	Next  string `json:"next"` // always empty
}

type draftQuery struct {
	feature.Page
	period
}

// draft works out the figures of some days as they are now; the current month
// if no days are named.
func draft(ctx context.Context, tx *tenant.Tx, q draftQuery) (d Draft, err error) {
	if q.From == "" && q.To == "" {
		today := tx.Now.In(china)
		q.From, q.To = today.AddDate(0, 0, 1-today.Day()).Format(time.DateOnly), day(today)
	}
	first, end, err := bounds(q.From, q.To)
	if err != nil {
		return d, err
	}
	f, err := figures(ctx, tx, first, end)
	f = f.shown()
	return Draft{From: q.From, To: q.To, Total: f.Total, Items: f.Lines}, err
}

type issue struct {
	Title string `json:"title" minLength:"1" maxLength:"120"`
	From  string `json:"from" format:"date"`
	To    string `json:"to" format:"date"`
}

// Validate refuses a title of nothing but spaces.
func (n *issue) Validate() error { return feature.Trim(&n.Title, "title", 120) }

// issueBulletin keeps the figures as they are now and sends them to every unit
// below. Days that have not begun cannot be issued: they have no figures yet.
func issueBulletin(ctx context.Context, tx *tenant.Tx, n issue) (p BulletinPage, err error) {
	first, end, err := bounds(n.From, n.To)
	if err != nil {
		return p, err
	}
	if n.To > day(tx.Now) {
		return p, ErrDayAhead.On("to")
	}
	f, err := figures(ctx, tx, first, end)
	if err != nil {
		return p, err
	}
	b := Bulletin{ID: tenant.NewID(), Issuer: Peer{ID: tx.Actor.Tenant}, Title: n.Title, From: n.From, To: n.To,
		IssuedAt: tx.Now, IssuedBy: tx.Actor.Name}
	if err := tx.Get(ctx, &b.Issuer.Name, `select name from platform.kin() where relation = 'self'`); err != nil {
		return p, err
	}
	b.Hash = b.sum(f)
	_, err = tx.Exec(ctx, `
		insert into bulletins (id, direction, peer_id, peer_name, origin, title, from_day, to_day, figures, hash, issued_at, issued_by)
		     values           ($1, 'out',     $2,      $3,        $1,     $4,    $5,       $6,     $7,      $8,   $9,        $10)`,
		b.ID, b.Issuer.ID, b.Issuer.Name, b.Title, b.From, b.To, tenant.JSON(f), b.Hash, tx.Now, b.IssuedBy)
	if err != nil {
		return p, err
	}
	var units int
	if err := tx.Get(ctx, &units, `select exchange_circulate($1)`, b.ID); err != nil {
		return p, err
	}
	tx.Audit("exchange.bulletin_issued", "exchange/bulletin/"+b.ID.String(),
		map[string]any{"from": n.From, "to": n.To, "hash": b.Hash, "units": units})
	return bulletin(ctx, tx, bulletinRef{ID: b.ID})
}

// lineSheet is a bulletin as a workbook.
var lineSheet = feature.Sheet{Name: feature.Text{ZH: "信息采用通报", EN: "Bulletin of adoptions"}, Columns: []feature.Column{
	{Head: feature.Text{ZH: "单位", EN: "Unit"}, Path: "unit.name"},
	{Head: feature.Text{ZH: "报送", EN: "Sent"}, Path: "sent", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "签收", EN: "Received"}, Path: "received", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "采用", EN: "Adopted"}, Path: "adopted", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "采用率（%）", EN: "Rate (%)"}, Path: "rate", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "本级刊物（篇次）", EN: "Own journals"}, Path: "own", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "上级刊物（篇次）", EN: "Journals above"}, Path: "upper", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "采用刊物", EN: "Journals"}, Path: "journals.text"},
	{Head: feature.Text{ZH: "未采用", EN: "Declined"}, Path: "declined", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "领导批示", EN: "Instructed"}, Path: "instructed", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "约稿", EN: "Asked"}, Path: "asked", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "按时", EN: "On time"}, Path: "on_time", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "迟报", EN: "Late"}, Path: "late", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "未报", EN: "Not yet"}, Path: "owing", Kind: feature.Numbers},
}}
