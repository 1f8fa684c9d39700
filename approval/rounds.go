package approval

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/tenant"
)

// A Round is an earlier case of a subject: what was said when it was handed in
// before.
type Round struct {
	Round     int         `json:"round"` // the first is 1
	CaseID    uuid.UUID   `json:"case_id"`
	State     State       `json:"state" enum:"open,approved,returned,withdrawn,void"`
	StartedAt time.Time   `json:"started_at"`
	EndedAt   *time.Time  `json:"ended_at"`
	Events    []CaseEvent `json:"events"`
}

// past is an event of an earlier case.
type past struct {
	event
	Case      uuid.UUID  `db:"case_id"`
	State     State      `db:"state"`
	StartedAt time.Time  `db:"started_at"`
	EndedAt   *time.Time `db:"ended_at"`
}

// earlier returns what happened in the cases of c's subject before c, in order.
// Whoever may see c may see that: what was found wrong then is what c answers.
func (c Case) earlier(ctx context.Context, tx *tenant.Tx) (ps []past, err error) {
	if c.Round <= 1 {
		return nil, nil
	}
	err = tx.Select(ctx, &ps, `
		select o.id as case_id, o.state, o.started_at, o.ended_at,
		       e.seq, e.at, e.member_id, e.action, e.step, e.opinion, e.reason, to_jsonb(e.checks) as checks
		  from approval_cases o
		  join approval_events e on e.case_id = o.id
		 where o.kind = $1 and o.subject_id = $2 and o.started_at < $3
		 order by o.started_at, e.seq`, c.Kind, c.Subject, c.StartedAt)
	return ps, err
}

func eventsIn(ps []past) []event {
	events := make([]event, len(ps))
	for i, p := range ps {
		events[i] = p.event
	}
	return events
}

// rounds makes one Round of each case's events, which come in order.
func rounds(ps []past, names map[uuid.UUID]string) []Round {
	rs := []Round{}
	lines := history(eventsIn(ps), names)
	for i, p := range ps {
		if i == 0 || ps[i-1].Case != p.Case {
			rs = append(rs, Round{Round: len(rs) + 1, CaseID: p.Case, State: p.State, StartedAt: p.StartedAt, EndedAt: p.EndedAt})
		}
		r := &rs[len(rs)-1]
		r.Events = append(r.Events, lines[i])
	}
	return rs
}

// Judged returns the hash of the content of a subject the actor last decided on
// and the case it was in, or ErrCaseNotFound if they never decided on one.
func (e *Engine) Judged(ctx context.Context, tx *tenant.Tx, kind string, subject uuid.UUID) (hash string, id uuid.UUID, err error) {
	var last struct {
		Hash string    `db:"hash"`
		ID   uuid.UUID `db:"id"`
	}
	err = tx.Get(ctx, &last, `
		select c.hash, c.id
		  from approval_cases c
		  join approval_tasks t on t.case_id = c.id
		 where c.kind = $1 and c.subject_id = $2 and t.member_id = $3 and t.state = 'decided'
		 order by t.decided_at desc
		 limit 1`, kind, subject, tx.Actor.Member)
	if errors.Is(err, tenant.ErrNoRows) {
		return "", uuid.Nil, ErrCaseNotFound
	}
	return last.Hash, last.ID, err
}
