package trial

import (
	"context"

	"github.com/google/uuid"

	"hetu/tenant"
)

// ToAnswer counts the feedback that waits for the actor's answer, and where one
// finds it: a portal.List.
func ToAnswer(ctx context.Context, tx *tenant.Tx) (n int, href string, err error) {
	err = tx.Get(ctx, &n, `select count(*) from trial_feedback f where `+toHandle, tx.Actor.Member, supporting(ctx))
	return n, "", err
}

// ToSettle counts the answers to the actor's own feedback on which their word is
// awaited.
func ToSettle(ctx context.Context, tx *tenant.Tx) (n int, href string, err error) {
	err = tx.Get(ctx, &n, `select count(*) from trial_feedback where state = 'answered' and by_id = $1`, tx.Actor.Member)
	return n, "", err
}

// ToImprove counts the improvements the actor has to make.
func ToImprove(ctx context.Context, tx *tenant.Tx) (n int, href string, err error) {
	err = tx.Get(ctx, &n, `select count(*) from trial_improvements where state in ('open', 'doing') and owner_id = $1`, tx.Actor.Member)
	return n, "", err
}

// ToDecide counts the run on which the actor may decide, and names its page.
func ToDecide(ctx context.Context, tx *tenant.Tx) (n int, href string, err error) {
	var runs []uuid.UUID
	err = tx.Select(ctx, &runs, `
		select r.id from trial_runs r
		  join lateral (select e.id, e.by_account from trial_evaluations e where e.run_id = r.id order by e.at desc, e.id desc limit 1) e on true
		 where r.state = 'running' and e.by_account <> $1 and not exists (select from trial_decisions d where d.evaluation_id = e.id)`, tx.Actor.Account)
	if err != nil || len(runs) == 0 {
		return 0, "", err
	}
	ok, err := mayDecide(ctx, tx)
	if err != nil || !ok {
		return 0, "", err
	}
	return 1, "/trial/runs/" + runs[0].String(), nil
}
