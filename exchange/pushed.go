package exchange

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/preview"
	"hetu/tenant"
)

// A Pushed is what a tenant above gave this one to read (上级信息).
type Pushed struct {
	ID          uuid.UUID `db:"id" json:"id"`
	Peer        Peer      `db:"peer" json:"peer"`
	Title       string    `db:"title" json:"title"`
	Kind        string    `db:"kind" json:"kind"`
	Unit        string    `db:"unit" json:"unit"` // the department that published it there
	PublishedAt time.Time `db:"published_at" json:"published_at"`
	PushedAt    time.Time `db:"pushed_at" json:"pushed_at"`
	Read        bool      `db:"read" json:"read"`
}

// The parameter $1 is the member.
const pushedColumns = `d.id, d.peer_id as "peer.id", d.peer_name as "peer.name", d.title, d.kind, d.content ->> 'unit' as unit,
	(d.content ->> 'published_at')::timestamptz as published_at, d.pushed_at,
	exists (select from pushed_reads r where r.pushed_id = d.id and r.member_id = $1) as read`

var pushedOrder = feature.NewOrder("-pushed_at", "d.id", func(p Pushed) uuid.UUID { return p.ID },
	feature.ByTime("pushed_at", "d.pushed_at", func(p Pushed) time.Time { return p.PushedAt }),
	feature.ByText("title", "d.title", func(p Pushed) string { return p.Title }),
	feature.ByText("peer", "d.peer_name", func(p Pushed) string { return p.Peer.Name }),
)

type pushedQuery struct {
	feature.Page
	Unread bool   `json:"-" query:"unread"` // only those the actor has not read
	Q      string `json:"-" query:"q"`      // only those with this in their titles
}

// Sorts are what may be sorted by.
func (pushedQuery) Sorts() []string { return pushedOrder.Names() }

func pushedList(ctx context.Context, tx *tenant.Tx, q pushedQuery) (l feature.List[Pushed], err error) {
	at, err := pushedOrder.Read(q.Page)
	if err != nil {
		return l, err
	}
	args := feature.Args{tx.Actor.Member, q.Unread, q.Q}
	query := `
		select ` + pushedColumns + `
		  from pushed d
		 where d.state = 'live'
		   and (not $2 or not exists (select from pushed_reads r where r.pushed_id = d.id and r.member_id = $1))
		   and ($3 = '' or position(lower($3) in lower(d.title)) > 0)
		   and ` + at.After(args.Add) + ` order by ` + at.By() + ` limit ` + q.Rows()
	var rows []Pushed
	err = tx.Select(ctx, &rows, query, args...)
	return feature.Cut(rows, q.Size(), at.Cursor), err
}

// A PushedPage is what a tenant above gave, with who answers for it there.
type PushedPage struct {
	Pushed
	BodyHTML         string  `json:"body_html"`
	Source           string  `json:"source"`
	EventDate        string  `json:"event_date"` // YYYY-MM-DD; empty: it does not say
	Cover            *Cover  `json:"cover"`      // which of the attachments is its picture
	Attachments      []File  `json:"attachments"`
	AttachmentsState string  `json:"attachments_state" enum:"ready,copying,failed"`
	SourcePersons    Persons `json:"source_persons"`
	ContentHash      string  `json:"content_hash"`
	Valid            bool    `json:"valid"` // it is what was given
}

// findPushed returns what the tenant may still read; what was withdrawn is not
// there.
func findPushed(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (p PushedPage, c Content, err error) {
	var row struct {
		Pushed
		Content tenant.Doc[Content] `db:"content"`
		Hash    string              `db:"hash"`
	}
	err = tx.Get(ctx, &row, `select `+pushedColumns+`, d.content, d.hash from pushed d where d.id = $2 and d.state = 'live'`, tx.Actor.Member, id)
	if err != nil {
		return p, c, missing(err, ErrNoPush)
	}
	c = row.Content.V
	p = PushedPage{Pushed: row.Pushed, BodyHTML: c.BodyHTML, Source: c.Source, EventDate: c.EventDate, Cover: c.Cover, ContentHash: c.ContentHash,
		SourcePersons: Persons{c.Drafter, append([]string{}, c.Reviewers...), c.Publisher}, Valid: c.Hash(row.Peer.ID, row.Peer.ID, "") == row.Hash}
	return p, c, nil
}

func pushedPage(ctx context.Context, tx *tenant.Tx, q ref) (PushedPage, error) {
	p, c, err := findPushed(ctx, tx, q.ID)
	if err != nil {
		return PushedPage{}, err
	}
	p.Attachments, err = pushedFiles(ctx, tx, q.ID, c)
	p.AttachmentsState = together(p.Attachments)
	return p, err
}

func pushedFiles(ctx context.Context, tx *tenant.Tx, id uuid.UUID, c Content) ([]File, error) {
	return lying(ctx, tx, c, `select id, key, version, state, case state when 'failed' then 'gone' else '' end as reason from pushed_files where pushed_id = $1`, id)
}

// pushedContent streams an attachment of what was given.
func (x *Exchange) pushedContent(ctx context.Context, tx *tenant.Tx, q fileRef) (feature.Content, error) {
	_, c, err := findPushed(ctx, tx, q.ID)
	if err != nil {
		return feature.Content{}, err
	}
	fs, err := pushedFiles(ctx, tx, q.ID, c)
	if err != nil {
		return feature.Content{}, err
	}
	for _, f := range fs {
		if f.ID != q.Attachment {
			continue
		}
		if f.State != Ready {
			return feature.Content{}, lacking(f.State)
		}
		return x.copier.Content(tx.Actor.Tenant, f.Attachment), nil
	}
	return feature.Content{}, ErrNoPush
}

// pushedPreview shows what stands in an attachment of what was given.
func (x *Exchange) pushedPreview(ctx context.Context, tx *tenant.Tx, q fileRef) (func(context.Context) (preview.View, error), error) {
	c, err := x.pushedContent(ctx, tx, q)
	return preview.Of(c), err
}

// readPushed notes that the actor has read it, once. Who gave it learns one more
// has, and not who.
func readPushed(ctx context.Context, tx *tenant.Tx, q ref) (p Pushed, err error) {
	page, _, err := findPushed(ctx, tx, q.ID)
	if err != nil {
		return p, err
	}
	n, err := tx.Exec(ctx, `
		insert into pushed_reads (pushed_id, member_id, at) values ($1, $2, $3) on conflict on constraint pushed_reads_pkey do nothing`,
		q.ID, tx.Actor.Member, tx.Now)
	if err != nil {
		return p, err
	}
	if n == 1 {
		if err := count(ctx, tx, q.ID, page.Peer.ID, 1); err != nil {
			return p, err
		}
	}
	tx.Audit("exchange.pushed_read", "exchange/pushed/"+q.ID.String(), nil)
	page.Read = true
	return page.Pushed, nil
}

// count adds readers to what who gave it is shown.
func count(ctx context.Context, tx *tenant.Tx, id, peer uuid.UUID, more int) error {
	_, err := tx.Exec(ctx, `
		insert into push_counts as c (pushed_id, peer_id, readers, members, at)
		     values ($1, $2, $3, (select count(*) from members where state = 'active'), $4)
		on conflict on constraint push_counts_pkey do update set readers = c.readers + $3, members = excluded.members, at = $4`, id, peer, more, tx.Now)
	return err
}

// Unread counts what tenants above gave and the actor has not read.
func Unread(ctx context.Context, tx *tenant.Tx) (n int, err error) {
	err = tx.Get(ctx, &n, `
		select count(*) from pushed d
		 where d.state = 'live' and not exists (select from pushed_reads r where r.pushed_id = d.id and r.member_id = $1)`, tx.Actor.Member)
	return n, err
}
