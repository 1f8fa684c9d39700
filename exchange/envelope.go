package exchange

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// The directions of an envelope, as seen by the tenant whose row it is.
const (
	Out = "out"
	In  = "in"
)

// The states of an envelope.
const (
	Sent     = "sent"
	Received = "received"
	Adopted  = "adopted"
	Declined = "declined"
	Recalled = "recalled"
)

// A Peer is the other tenant of an envelope.
type Peer struct {
	ID   uuid.UUID `db:"id" json:"id"`
	Name string    `db:"name" json:"name"`
}

// An Adoption is one journal the receiver took an envelope into.
type Adoption struct {
	ID          uuid.UUID  `json:"id"`
	JournalID   uuid.UUID  `json:"journal_id"`
	JournalName string     `json:"journal_name"` // as it was then
	Level       string     `json:"level" enum:"own,upper"`
	ColumnID    *uuid.UUID `json:"column_id"`
	At          time.Time  `json:"at"`
	By          string     `json:"by"`
}

// An Envelope is one side's row as lists show it.
type Envelope struct {
	ID            uuid.UUID                `db:"id" json:"id"`
	Direction     string                   `db:"direction" json:"direction" enum:"out,in"`
	Peer          Peer                     `db:"peer" json:"peer"`
	Title         string                   `db:"title" json:"title"`
	Kind          string                   `db:"kind" json:"kind"`
	State         string                   `db:"state" json:"state" enum:"sent,received,adopted,declined,recalled"`
	SentAt        time.Time                `db:"sent_at" json:"sent_at"`
	ReceivedAt    *time.Time               `db:"received_at" json:"received_at"`
	ContentHash   string                   `db:"content_hash" json:"content_hash"` // of the item, as its owner worked it out
	Hash          string                   `db:"hash" json:"hash"`                 // of the envelope
	Receipt       *string                  `db:"-" json:"receipt"`                 // the digest of the slip
	Slip          *Slip                    `db:"-" json:"receipt_slip"`
	Note          string                   `db:"note" json:"note"`
	Adoptions     tenant.Rows[Adoption]    `db:"adoptions" json:"adoptions"`
	Instructions  tenant.Rows[Instruction] `db:"instructions" json:"instructions"`
	Solicitation  *AskRef                  `db:"-" json:"solicitation"` // what it answers
	Answers       tenant.Doc[*AskRef]      `db:"solicitation" json:"-"`
	DeclineReason string                   `db:"decline_reason" json:"decline_reason"`
	Version       int                      `db:"version" json:"version"`
	Signed        tenant.Doc[*Receipt]     `db:"signed" json:"-"`
}

// An AskRef is what an envelope answers: a solicitation of the receiver's, or
// the sender's copy of it.
type AskRef struct {
	ID    uuid.UUID `json:"id"`
	Title string    `json:"title"`
}

// A Slip is a receipt and whether it holds.
type Slip struct {
	Receipt
	Valid bool `json:"valid"`
}

const columns = `e.id, e.direction, e.peer_id as "peer.id", e.peer_name as "peer.name", e.title, e.kind, e.state, e.sent_at,
	e.received_at, e.content_hash, e.hash, e.receipt as signed, e.note, e.decline_reason, e.version,
	case e.direction when 'out' then e.feedback else (
	  select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'journal_id', a.journal_id, 'journal_name', a.journal_name,
	           'level', a.level, 'column_id', a.column_id, 'at', a.at, 'by', a.by_name) order by a.at, a.id), '[]')
	    from adoptions a where a.envelope_id = e.id) end as adoptions,
	case e.direction when 'out' then e.instructions else ` + instructed + ` end as instructions,
	case e.direction when 'out' then (
	  select jsonb_build_object('id', q.id, 'title', q.title) from asked q where q.id = e.asked) else (
	  select jsonb_build_object('id', q.id, 'title', q.title)
	    from solicited d join solicitations q on q.id = d.solicitation_id where d.envelope_id = e.id) end as solicitation`

// shown completes an envelope that was read.
func (e Envelope) shown() Envelope {
	if r := e.Signed.V; r != nil {
		e.Receipt, e.Slip = &r.Digest, &Slip{*r, r.Valid(e.Hash)}
	}
	e.Solicitation = e.Answers.V
	if e.Adoptions == nil {
		e.Adoptions = tenant.Rows[Adoption]{}
	}
	if e.Instructions == nil {
		e.Instructions = tenant.Rows[Instruction]{}
	}
	for i := range e.Instructions {
		e.Instructions[i].Before = append([]Wording{}, e.Instructions[i].Before...)
	}
	return e
}

// A box asks for one direction's envelopes.
type box struct {
	feature.Page
	State string `json:"-" query:"state"` // only those in this state
	Q     string `json:"-" query:"q"`     // only those with this in their titles
}

// Validate refuses a state there is not.
func (b box) Validate() error {
	switch b.State {
	case "", Sent, Received, Adopted, Declined, Recalled:
		return nil
	}
	return feature.ErrChoice.On("state")
}

// Sorts are what envelopes may be sorted by.
func (box) Sorts() []string { return order.Names() }

func outbox(ctx context.Context, tx *tenant.Tx, b box) (feature.List[Envelope], error) {
	return browse(ctx, tx, Out, b)
}

func inbox(ctx context.Context, tx *tenant.Tx, b box) (feature.List[Envelope], error) {
	return browse(ctx, tx, In, b)
}

func browse(ctx context.Context, tx *tenant.Tx, direction string, b box) (l feature.List[Envelope], err error) {
	at, err := order.Read(b.Page)
	if err != nil {
		return l, err
	}
	args := feature.Args{direction, b.State, b.Q}
	query := `
		select ` + columns + `
		  from envelopes e
		 where e.direction = $1
		   and ($2 = '' or e.state = $2)
		   and ($3 = '' or position(lower($3) in lower(e.title)) > 0)
		   and ` + at.After(args.Add) + ` order by ` + at.By() + ` limit ` + b.Rows()
	var rows []Envelope
	if err := tx.Select(ctx, &rows, query, args...); err != nil {
		return l, err
	}
	for i := range rows {
		rows[i] = rows[i].shown()
	}
	return feature.Cut(rows, b.Size(), at.Cursor), nil
}

// Waiting counts the envelopes that came in and nobody has received yet.
func Waiting(ctx context.Context, tx *tenant.Tx) (n int, err error) {
	err = tx.Get(ctx, &n, `select count(*) from envelopes where direction = 'in' and state = 'sent'`)
	return n, err
}

// A File is an attachment of an envelope and whether its bytes are here.
type File struct {
	Attachment
	State  string `json:"state" enum:"copying,ready,failed"`
	Reason string `json:"reason" enum:",gone,unreachable"` // why they are not, if that has ended
}

// Persons are who answered for an item where it was published.
type Persons struct {
	Drafter   string   `json:"drafter"`
	Reviewers []string `json:"reviewers"`
	Publisher string   `json:"publisher"`
}

// A Page is an envelope with what it carries.
type Page struct {
	Envelope
	BodyHTML         string      `json:"body_html"`
	Source           string      `json:"source"`
	Unit             string      `json:"unit"`
	EventDate        string      `json:"event_date"` // YYYY-MM-DD; empty: it does not say
	Cover            *Cover      `json:"cover"`      // which of the attachments is its picture
	PublishedAt      *time.Time  `json:"published_at"`
	Attachments      []File      `json:"attachments"`
	AttachmentsState string      `json:"attachments_state" enum:"ready,copying,failed"`
	SourcePersons    Persons     `json:"source_persons"`
	May              []string    `json:"may" enum:"receive,adopt,decline,recall,instruct,copy"`
	Correctable      []uuid.UUID `json:"correctable"` // which of the instructions the actor may correct
}

type ref struct {
	ID uuid.UUID `json:"-" path:"id"`
}

// whole is an envelope's row with its content.
type whole struct {
	Envelope
	Carried tenant.Doc[Content] `db:"content"`
}

// find returns an envelope the actor may see. One they may not see is not
// there.
func find(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (w whole, err error) {
	err = tx.Get(ctx, &w, `select `+columns+`, e.content from envelopes e where e.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return w, ErrNotFound
	}
	if err == nil && !sees(ctx, w.Direction) {
		return whole{}, ErrNotFound
	}
	w.Envelope = w.shown()
	return w, err
}

func sees(ctx context.Context, direction string) bool {
	r := rbac.From(ctx)
	return r.Has(Inspect) || direction == Out && r.Has(Report) || direction == In && r.Has(Receive)
}

// view returns an envelope with its content. Of one that was recalled the
// receiver learns that there was one, and no longer what it said.
func view(ctx context.Context, tx *tenant.Tx, q ref) (Page, error) {
	w, err := find(ctx, tx, q.ID)
	if err != nil {
		return Page{}, err
	}
	p := Page{Envelope: w.Envelope, Attachments: []File{}, AttachmentsState: Ready, May: w.may(ctx), Correctable: []uuid.UUID{}}
	p.SourcePersons.Reviewers = []string{}
	if w.withheld() {
		return p, nil
	}
	if p.Correctable, err = correctable(ctx, tx, w); err != nil {
		return p, err
	}
	c := w.Carried.V
	p.EventDate, p.Cover = c.EventDate, c.Cover
	p.BodyHTML, p.Source, p.Unit, p.PublishedAt = c.BodyHTML, c.Source, c.Unit, &c.PublishedAt
	p.SourcePersons = Persons{c.Drafter, append([]string{}, c.Reviewers...), c.Publisher}
	p.Attachments, err = files(ctx, tx, q.ID, c)
	p.AttachmentsState = together(p.Attachments)
	if w.Direction == Out && w.State != Recalled && p.AttachmentsState == Failed && rbac.From(ctx).Has(Report) {
		p.May = append(p.May, "copy")
	}
	return p, err
}

func (w whole) withheld() bool { return w.Direction == In && w.State == Recalled }

// may lists what the actor may do with the envelope now.
func (w whole) may(ctx context.Context) []string {
	r, may := rbac.From(ctx), []string{}
	if w.Direction == Out {
		if r.Has(Report) && (w.State == Sent || w.State == Received) {
			may = append(may, "recall")
		}
		return may
	}
	if !r.Has(Receive) {
		return may
	}
	switch w.State {
	case Sent:
		may = append(may, "receive", "decline")
	case Received:
		may = append(may, "adopt", "decline")
	case Adopted:
		may = append(may, "adopt", "instruct")
	}
	return may
}
