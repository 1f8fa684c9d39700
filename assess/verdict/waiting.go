package verdict

import (
	"context"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/calendar"
	"hetu/rbac"
	"hetu/tenant"
)

// ToAnswer counts the appeals that wait for an answer which the actor may give.
func (v *Verdicts) ToAnswer(ctx context.Context, tx *tenant.Tx) (n int, href string, err error) {
	if !rbac.From(ctx).Has(Answer) {
		return 0, "", nil
	}
	var rows []docketRow
	err = tx.Select(ctx, &rows, docketQuery+` and a.withdrawn_at is null and coalesce(d.outcome, '') = '' order by a.round_id, a.id limit 200`)
	if err != nil {
		return 0, "", err
	}
	rounds := map[uuid.UUID]assess.Round{}
	for _, row := range rows {
		r, known := rounds[row.Round]
		if !known {
			if r, err = assess.FindRound(ctx, tx, row.Round); err != nil {
				return 0, "", err
			}
			rounds[row.Round] = r
		}
		if err := v.mayAnswer(ctx, tx, r, row); err != nil {
			if _, err := hindrance(err); err != nil {
				return 0, "", err
			}
			continue
		}
		n++
	}
	return n, one(rounds), nil
}

// one is the page of the only round there is; empty if there are several.
func one(rounds map[uuid.UUID]assess.Round) string {
	if len(rounds) != 1 {
		return ""
	}
	for id := range rounds {
		return pageOf(id)
	}
	return ""
}

// ToDo counts the steps the actor is responsible for that are late, or due as
// soon as people are reminded of them.
func ToDo(ctx context.Context, tx *tenant.Tx) (n int, href string, err error) {
	if !rbac.From(ctx).Has(View) {
		return 0, "", nil
	}
	var rows []stepRow
	err = tx.Select(ctx, &rows, `select `+stepColumns+` from verdict_steps where done_at is null and responsible_id = $1 order by verdict_steps.due`, tx.Actor.Member)
	if err != nil || len(rows) == 0 {
		return 0, "", err
	}
	c, err := calendar.Load(ctx, tx)
	rounds := map[uuid.UUID]assess.Round{}
	for _, r := range rows {
		if s := r.step(c, calendar.DateOf(tx.Now)).State; s == "soon" || s == "late" {
			n++
			rounds[r.RoundID] = assess.Round{}
		}
	}
	return n, one(rounds), err
}
