package exchange

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// An Instruction is what a leader of the receiver wrote on an adopted report
// (领导批示).
type Instruction struct {
	ID     uuid.UUID `json:"id"`
	Leader string    `json:"leader"`
	Text   string    `json:"text"`
	On     string    `json:"on" format:"date"`
	At     time.Time `json:"at"` // when it was recorded
	By     string    `json:"by"` // who recorded it
}

// A remark records an instruction.
type remark struct {
	Versioned
	Leader string `json:"leader" minLength:"1" maxLength:"80"`
	Text   string `json:"text" minLength:"1" maxLength:"1000"`
	On     string `json:"on" format:"date"`
}

// Validate refuses a leader or a text of nothing but spaces.
func (n *remark) Validate() error {
	if err := feature.Trim(&n.Leader, "leader", 80); err != nil {
		return err
	}
	return feature.Trim(&n.Text, "text", 1000)
}

// instruct records what a leader wrote on an adopted report, and lets its sender
// know.
func instruct(ctx context.Context, tx *tenant.Tx, q remark) (e Envelope, err error) {
	w, err := intact(ctx, tx, q.ID)
	if err != nil {
		return e, err
	}
	if q.On > day(tx.Now) {
		return e, ErrDayAhead.On("on")
	}
	if err := (move{from: []string{Adopted}, to: Adopted}).apply(ctx, tx, q.Versioned); err != nil {
		return e, err
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into instructions (id, envelope_id, leader, said, on_day, by_id, by_name, at)
		     values              ($1, $2,          $3,     $4,   $5,     $6,    $7,      $8)`,
		id, q.ID, q.Leader, q.Text, q.On, tenant.Optional(tx.Actor.Member), tx.Actor.Name, tx.Now)
	if err != nil {
		return e, err
	}
	tx.Deed(tenant.Deed{Kind: "exchange.instructed", Unit: w.Peer.ID, UnitKind: "tenant", Item: object(q.ID), Title: w.Title,
		Content: w.ContentHash})
	tx.Audit("exchange.instructed", object(q.ID), map[string]any{"from": w.Peer.ID, "leader": q.Leader, "on": q.On})
	return answer(ctx, tx, q.ID)
}

// china is where days begin and end.
var china = time.FixedZone("Asia/Shanghai", 8*60*60)

func day(t time.Time) string { return t.In(china).Format(time.DateOnly) }
