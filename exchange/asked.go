package exchange

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// An Asked is what a tenant above asks of this one, in this one's copy.
type Asked struct {
	ID         uuid.UUID  `db:"id" json:"id"`
	Peer       Peer       `db:"peer" json:"peer"` // who asks
	Title      string     `db:"title" json:"title"`
	Text       string     `db:"body" json:"text"`
	Kind       string     `db:"kind" json:"kind"`
	DueAt      time.Time  `db:"due_at" json:"due_at"`
	SentAt     time.Time  `db:"sent_at" json:"sent_at"`
	State      string     `db:"state" json:"state" enum:"waiting,overdue,on_time,late,withdrawn"`
	Reason     string     `db:"reason" json:"reason"` // why it was withdrawn
	Urges      int        `db:"urges" json:"urges"`
	EnvelopeID *uuid.UUID `db:"envelope_id" json:"envelope_id"` // the report that answers
	AnsweredAt *time.Time `db:"answered_at" json:"answered_at"`
}

// The parameter $1 is the time now.
const askedState = `case when a.late then 'late' when a.envelope_id is not null then 'on_time' when a.state = 'withdrawn' then 'withdrawn'
	when a.due_at < $1::timestamptz then 'overdue' else 'waiting' end`

const askedColumns = `a.id, a.peer_id as "peer.id", a.peer_name as "peer.name", a.title, a.body, a.kind, a.due_at, a.sent_at, a.reason, a.urges,
	a.envelope_id, a.answered_at, ` + askedState + ` as state`

var askedOrder = feature.NewOrder("-due_at", "a.id", func(a Asked) uuid.UUID { return a.ID },
	feature.ByTime("due_at", "a.due_at", func(a Asked) time.Time { return a.DueAt }),
	feature.ByTime("sent_at", "a.sent_at", func(a Asked) time.Time { return a.SentAt }),
	feature.ByText("title", "a.title", func(a Asked) string { return a.Title }),
	feature.ByText("peer", "a.peer_name", func(a Asked) string { return a.Peer.Name }),
)

type askedQuery struct {
	feature.Page
	State string `json:"-" query:"state"` // owing: neither answered nor withdrawn; answered; all if empty
}

// Validate refuses a state there is not.
func (q askedQuery) Validate() error {
	switch q.State {
	case "", "owing", "answered":
		return nil
	}
	return feature.ErrChoice.On("state")
}

// Sorts are what may be sorted by.
func (askedQuery) Sorts() []string { return askedOrder.Names() }

func askedList(ctx context.Context, tx *tenant.Tx, q askedQuery) (l feature.List[Asked], err error) {
	at, err := askedOrder.Read(q.Page)
	if err != nil {
		return l, err
	}
	args := feature.Args{tx.Now, q.State}
	query := `
		select ` + askedColumns + `
		  from asked a
		 where ($2 = '' or $2 = 'owing' and a.envelope_id is null and a.state = 'open' or $2 = 'answered' and a.envelope_id is not null)
		   and ` + at.After(args.Add) + ` order by ` + at.By() + ` limit ` + q.Rows()
	var rows []Asked
	err = tx.Select(ctx, &rows, query, args...)
	return feature.Cut(rows, q.Size(), at.Cursor), err
}

var askedSheet = feature.Sheet{Name: feature.Text{ZH: "上级约稿", EN: "Asked of us"}, Columns: []feature.Column{
	{Head: feature.Text{ZH: "主题", EN: "Topic"}, Path: "title"},
	{Head: feature.Text{ZH: "约稿单位", EN: "Asked by"}, Path: "peer.name"},
	{Head: feature.Text{ZH: "类别", EN: "Kind"}, Path: "kind"},
	{Head: feature.Text{ZH: "状态", EN: "State"}, Path: "state", Words: map[string]feature.Text{
		"waiting": {ZH: "待报送", EN: "To answer"}, "overdue": {ZH: "已逾期", EN: "Overdue"}, "on_time": {ZH: "按时报送", EN: "On time"},
		"late": {ZH: "迟报", EN: "Late"}, "withdrawn": {ZH: "已撤销", EN: "Withdrawn"},
	}},
	{Head: feature.Text{ZH: "发出时间", EN: "Sent"}, Path: "sent_at", Kind: feature.Times},
	{Head: feature.Text{ZH: "截止时间", EN: "Due"}, Path: "due_at", Kind: feature.Times},
	{Head: feature.Text{ZH: "报送时间", EN: "Answered"}, Path: "answered_at", Kind: feature.Times},
	{Head: feature.Text{ZH: "被催次数", EN: "Urged"}, Path: "urges", Kind: feature.Numbers},
}}

func askedPage(ctx context.Context, tx *tenant.Tx, q ref) (a Asked, err error) {
	err = tx.Get(ctx, &a, `select `+askedColumns+` from asked a where a.id = $2`, tx.Now, q.ID)
	return a, missing(err, ErrNoSolicitation)
}

// Owing counts what a tenant above asked and nobody has answered yet.
func Owing(ctx context.Context, tx *tenant.Tx) (n int, err error) {
	err = tx.Get(ctx, &n, `select count(*) from asked where state = 'open' and envelope_id is null`)
	return n, err
}

// answering returns what a report is to answer, if that is still waited for.
func answering(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (a Asked, err error) {
	a, err = askedPage(ctx, tx, ref{id})
	switch {
	case errors.Is(err, ErrNoSolicitation):
		return a, ErrNotWaited.On("asked_id")
	case err != nil:
		return a, err
	case a.EnvelopeID != nil:
		return a, ErrAnswered
	case a.State == "withdrawn":
		return a, ErrState.With("state", a.State)
	}
	return a, nil
}

// fulfil tells the asker that the envelope answers, and keeps that here too.
func (a Asked) fulfil(ctx context.Context, tx *tenant.Tx, envelope uuid.UUID) error {
	_, err := tx.Exec(ctx, `select exchange_fulfil($1)`, envelope)
	if tenant.Constraint(err) == "exchange_not_waited_for" {
		return ErrAnswered
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		update asked set envelope_id = $2, answered_at = $3, late = $4 where id = $1 and envelope_id is null`,
		a.ID, envelope, tx.Now, a.lateAt(tx.Now))
	return err
}

func (a Asked) lateAt(t time.Time) bool { return t.After(a.DueAt) }

// unfulfil takes an answer back whose envelope was recalled.
func unfulfil(ctx context.Context, tx *tenant.Tx, envelope uuid.UUID) error {
	if _, err := tx.Exec(ctx, `select exchange_fulfil($1)`, envelope); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `update asked set envelope_id = null, answered_at = null, late = false where envelope_id = $1`, envelope)
	return err
}
