package exchange

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// An Instruction is what a leader of the receiver wrote on an adopted report
// (领导批示), in its last wording.
type Instruction struct {
	ID          uuid.UUID  `json:"id"`
	Leader      string     `json:"leader"`
	Text        string     `json:"text"`
	On          string     `json:"on" format:"date"`
	At          time.Time  `json:"at"`           // when it was recorded
	By          string     `json:"by"`           // who recorded it
	CorrectedAt *time.Time `json:"corrected_at"` // null: it stands as it was recorded
	Reason      string     `json:"reason"`       // why it was corrected
	Before      []Wording  `json:"before"`       // what stood there before, the last one first; the sender is not shown it
}

// A Wording is how an instruction stood before it was corrected.
type Wording struct {
	Leader string    `json:"leader"`
	Text   string    `json:"text"`
	On     string    `json:"on" format:"date"`
	At     time.Time `json:"at"` // since when
}

// instructed are the instructions on the envelope e, as its receiver sees them.
const instructed = `(
	  select coalesce(jsonb_agg(jsonb_build_object('id', n.id, 'leader', coalesce(c.leader, n.leader), 'text', coalesce(c.said, n.said),
	           'on', coalesce(c.on_day, n.on_day), 'at', n.at, 'by', n.by_name, 'corrected_at', c.at, 'reason', coalesce(c.why, ''),
	           'before', (select coalesce(jsonb_agg(jsonb_build_object('leader', b.leader, 'text', b.said, 'on', b.on_day, 'at', b.at)
	                               order by b.edition desc), '[]')
	                        from instructions b where (b.id = n.id or b.corrects = n.id) and b.edition < coalesce(c.edition, 1)))
	         order by n.at, n.id), '[]')
	    from instructions n
	    left join lateral (select x.leader, x.said, x.on_day, x.at, x.why, x.edition
	                         from instructions x where x.corrects = n.id order by x.edition desc limit 1) c on true
	   where n.envelope_id = e.id and n.corrects is null)`

// A Remark records an instruction.
type Remark struct {
	Versioned
	Leader string `json:"leader" minLength:"1" maxLength:"80"`
	Text   string `json:"text" minLength:"1" maxLength:"1000"`
	On     string `json:"on" format:"date"`
}

// Validate refuses a leader or a text of nothing but spaces.
func (n *Remark) Validate() error {
	if err := feature.Trim(&n.Leader, "leader", 80); err != nil {
		return err
	}
	return feature.Trim(&n.Text, "text", 1000)
}

// instruct records what a leader wrote on an adopted report, and lets its sender
// know.
func instruct(ctx context.Context, tx *tenant.Tx, q Remark) (e Envelope, err error) {
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

// A correction is another wording of an instruction.
type correction struct {
	Remark
	InstructionID uuid.UUID `json:"instruction_id"`
	Reason        string    `json:"reason" minLength:"1" maxLength:"200"`
}

// Validate refuses what a remark refuses, and no reason.
func (c *correction) Validate() error {
	if err := c.Remark.Validate(); err != nil {
		return err
	}
	return feature.Trim(&c.Reason, "reason", 200)
}

// reckoned is whether an issued bulletin counted the instruction n: what it
// gave back to those who reported then stands.
const reckoned = `exists (
	select from bulletins b
	 where b.direction = 'out' and b.issued_at >= n.at and (n.at at time zone 'Asia/Shanghai')::date between b.from_day and b.to_day)`

// correct puts another wording beside an instruction the actor recorded, and
// lets the sender of the report know. Nothing is overwritten, and it counts
// once, as before.
func correct(ctx context.Context, tx *tenant.Tx, q correction) (e Envelope, err error) {
	w, err := intact(ctx, tx, q.ID)
	if err != nil {
		return e, err
	}
	var n struct {
		Mine     bool   `db:"mine"`
		Reckoned bool   `db:"reckoned"`
		Edition  int    `db:"edition"`
		Leader   string `db:"leader"`
		Said     string `db:"said"`
		On       string `db:"on_day"`
	}
	err = tx.Get(ctx, &n, `
		select coalesce(n.by_id = $3, false) as mine, `+reckoned+` as reckoned, l.edition, l.leader, l.said, l.on_day::text as on_day
		  from instructions n
		  join lateral (select x.edition, x.leader, x.said, x.on_day from instructions x
		                 where x.id = n.id or x.corrects = n.id order by x.edition desc limit 1) l on true
		 where n.envelope_id = $1 and n.id = $2 and n.corrects is null`, q.ID, q.InstructionID, tx.Actor.Member)
	switch {
	case err != nil:
		return e, missing(err, ErrNotFound.On("instruction_id"))
	case !n.Mine:
		return e, rbac.ErrDenied
	case q.On > day(tx.Now):
		return e, ErrDayAhead.On("on")
	case n.Leader == q.Leader && n.Said == q.Text && n.On == q.On:
		return e, ErrSameWords.On("text")
	}
	if err := (move{from: []string{Adopted}, to: Adopted}).apply(ctx, tx, q.Versioned); err != nil {
		return e, err
	}
	if n.Reckoned {
		return e, ErrReckoned
	}
	_, err = tx.Exec(ctx, `
		insert into instructions (id, envelope_id, leader, said, on_day, by_id, by_name, at, corrects, edition, why)
		     values              ($1, $2,          $3,     $4,   $5,     $6,    $7,      $8, $9,       $10,     $11)`,
		tenant.NewID(), q.ID, q.Leader, q.Text, q.On, tx.Actor.Member, tx.Actor.Name, tx.Now, q.InstructionID, n.Edition+1, q.Reason)
	if err != nil {
		return e, err
	}
	tx.Audit("exchange.instruction_corrected", object(q.ID), map[string]any{"from": w.Peer.ID, "instruction": q.InstructionID, "edition": n.Edition + 1})
	return answer(ctx, tx, q.ID)
}

// correctable lists the instructions on an envelope the actor may correct.
func correctable(ctx context.Context, tx *tenant.Tx, w whole) ([]uuid.UUID, error) {
	ids := []uuid.UUID{}
	if w.Direction != In || w.State != Adopted || !rbac.From(ctx).Has(Receive) {
		return ids, nil
	}
	err := tx.Select(ctx, &ids, `
		select n.id from instructions n
		 where n.envelope_id = $1 and n.by_id = $2 and n.corrects is null and not `+reckoned+` order by n.id`, w.ID, tx.Actor.Member)
	return ids, err
}

// china is where days begin and end.
var china = time.FixedZone("Asia/Shanghai", 8*60*60)

func day(t time.Time) string { return t.In(china).Format(time.DateOnly) }
