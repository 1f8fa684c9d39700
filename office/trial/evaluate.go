package trial

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/message"
	"hetu/tenant"
)

// An Evaluation is what was said about a run, with the figures as they were then.
type Evaluation struct {
	ID      uuid.UUID `json:"id"`
	Body    string    `json:"body"`
	Figures Figures   `json:"figures"`
	ByName  string    `json:"by_name"`
	At      time.Time `json:"at"`
	Decided bool      `json:"decided"` // upon

	account uuid.UUID
}

// A Decision is what was decided upon an evaluation.
type Decision struct {
	ID        uuid.UUID `db:"id" json:"id"`
	Outcome   string    `db:"outcome" json:"outcome" enum:"formal,extended,stopped"`
	Reason    string    `db:"reason" json:"reason"`
	DecidedOn string    `db:"decided_on" json:"decided_on" format:"date"`
	Until     string    `db:"until" json:"until"` // of an extension; empty of others
	ByName    string    `db:"by_name" json:"by_name"`
	At        time.Time `db:"at" json:"at"`
}

type newEvaluation struct {
	Versioned
	Body string `json:"body" minLength:"1" maxLength:"10000"`
}

// Validate refuses an evaluation of nothing but spaces.
func (in *newEvaluation) Validate() error { return feature.Trim(&in.Body, "body", 10000) }

// evaluate puts down what is to be said about a run, and keeps the figures it
// rests on (R322). Another one may follow; the newest is decided upon.
func (n names) evaluate(ctx context.Context, tx *tenant.Tx, in newEvaluation) (p RunPage, err error) {
	r, err := lock(ctx, tx, in.ID, in.Version, running)
	if err != nil {
		return p, err
	}
	f, err := n.count(ctx, tx, r)
	if err != nil {
		return p, err
	}
	if err := r.move(ctx, tx, "trial_runs", r.ID, `state = state`); err != nil {
		return p, err
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into trial_evaluations (id, run_id, body, figures, by_account, by_name, at) values ($1, $2, $3, $4, $5, $6, $7)`,
		id, r.ID, in.Body, tenant.JSON(f), tx.Actor.Account, tx.Actor.Name, tx.Now)
	if err != nil {
		return p, err
	}
	tx.Audit("trial.evaluated", runOf(r.ID), map[string]any{"evaluation": id, "users": f.Users, "active": f.Active})
	return page(ctx, tx, r.ID)
}

// judged returns the evaluations of a run and the decisions upon them, the
// newest first.
func judged(ctx context.Context, tx *tenant.Tx, run uuid.UUID) (es []Evaluation, ds []Decision, err error) {
	var rows []struct {
		ID      uuid.UUID           `db:"id"`
		Body    string              `db:"body"`
		Figures tenant.Doc[Figures] `db:"figures"`
		Account uuid.UUID           `db:"by_account"`
		ByName  string              `db:"by_name"`
		At      time.Time           `db:"at"`
		Decided bool                `db:"decided"`
	}
	err = tx.Select(ctx, &rows, `
		select e.id, e.body, e.figures, e.by_account, e.by_name, e.at,
		       exists (select from trial_decisions d where d.evaluation_id = e.id) as decided
		  from trial_evaluations e where e.run_id = $1 order by e.at desc, e.id desc limit 20`, run)
	if err != nil {
		return nil, nil, err
	}
	es, ds = []Evaluation{}, []Decision{}
	for _, r := range rows {
		es = append(es, Evaluation{r.ID, r.Body, r.Figures.V, r.ByName, r.At, r.Decided, r.Account})
	}
	err = tx.Select(ctx, &ds, `
		select id, outcome, reason, to_char(decided_on, 'YYYY-MM-DD') as decided_on, coalesce(to_char(until, 'YYYY-MM-DD'), '') as until, by_name, at
		  from trial_decisions where run_id = $1 order by at desc, id desc`, run)
	return es, ds, err
}

type newDecision struct {
	Versioned
	Outcome   string `json:"outcome" enum:"formal,extended,stopped"`
	Reason    string `json:"reason" minLength:"1" maxLength:"2000"`
	DecidedOn string `json:"decided_on" format:"date"`
	Until     string `json:"until,omitempty" maxLength:"10"` // of an extension: the new last day
}

// Validate refuses a decision without its reason, and an extension without its day.
func (in *newDecision) Validate() error {
	if _, err := dated(in.DecidedOn, "decided_on"); err != nil {
		return err
	}
	if in.Outcome == "extended" || in.Until != "" {
		if _, err := dated(in.Until, "until"); err != nil || in.Outcome != "extended" {
			return ErrUntil.On("until")
		}
	}
	return feature.Trim(&in.Reason, "reason", 2000)
}

// decide writes down what was decided upon the newest evaluation, by somebody
// who did not make it: formal operation, which ends the trial phase, a longer
// trial, or an end without it, after which the tenant stays on trial (R323).
func decide(ctx context.Context, tx *tenant.Tx, in newDecision) (p RunPage, err error) {
	ok, err := mayDecide(ctx, tx)
	switch {
	case err != nil:
		return p, err
	case !ok:
		if err := sees(ctx, tx); err != nil {
			return p, err
		}
		return p, ErrNotYours
	}
	r, err := lock(ctx, tx, in.ID, in.Version, running)
	if err != nil {
		return p, err
	}
	es, _, err := judged(ctx, tx, r.ID)
	switch {
	case err != nil:
		return p, err
	case len(es) == 0 || es[0].Decided:
		return p, ErrUnevaluated
	case es[0].account == tx.Actor.Account:
		return p, ErrSamePerson
	case in.DecidedOn > today(tx):
		return p, ErrFuture.On("decided_on")
	case in.DecidedOn < calendar.DateOf(*r.BegunAt).String():
		return p, ErrDays.On("decided_on")
	}
	if err := r.follow(ctx, tx, in); err != nil {
		return p, err
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into trial_decisions (id, run_id, evaluation_id, outcome, reason, decided_on, until, by_account, by_name, at)
		     values ($1, $2, $3, $4, $5, $6::date, nullif($7, '')::date, $8, $9, $10)`,
		id, r.ID, es[0].ID, in.Outcome, in.Reason, in.DecidedOn, in.Until, tx.Actor.Account, tx.Actor.Name, tx.Now)
	if err != nil {
		return p, err
	}
	tx.Audit("trial.decided", runOf(r.ID), map[string]any{"outcome": in.Outcome, "evaluation": es[0].ID, "until": in.Until})
	var users []uuid.UUID
	if err := tx.Select(ctx, &users, `select u.id from trial_runs r, lateral (`+usersOf+`) u where r.id = $1`, r.ID); err != nil {
		return p, err
	}
	err = message.Send(ctx, tx, message.Notice{To: users, Code: "trial.decided_" + in.Outcome, Params: message.Params{"title": r.Name, "until": in.Until}, Href: "/trial"})
	if err != nil {
		return p, err
	}
	return page(ctx, tx, r.ID)
}

// follow does to the run what was decided.
func (r Run) follow(ctx context.Context, tx *tenant.Tx, in newDecision) error {
	if in.Outcome == "extended" {
		from, err := dated(r.StartsOn, "starts_on")
		if err != nil {
			return err
		}
		switch {
		case in.Until <= r.EndsOn || in.Until < today(tx):
			return ErrDays.On("until")
		case in.Until > from.Add(longest).String():
			return ErrLong.On("until")
		}
		err = r.move(ctx, tx, "trial_runs", r.ID, `ends_on = $5::date`, in.Until)
		if err == nil && !r.Scored {
			_, err = tx.Exec(ctx, `update trial_phases set ends_on = $1::date where tenant_id = app_tenant() and run_id = $2`, in.Until, r.ID)
		}
		return err
	}
	err := r.move(ctx, tx, "trial_runs", r.ID, `state = $5, ended_at = $4`, in.Outcome)
	if err != nil || in.Outcome != formal || r.Scored {
		return err
	}
	was, err := phaseOf(ctx, tx)
	if err != nil {
		return err
	}
	return enter(ctx, tx, r, was, formal, in.Reason)
}
