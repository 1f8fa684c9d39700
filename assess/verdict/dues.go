package verdict

import (
	"context"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/tenant"
)

// A Due is a step of some round that is not done.
type Due struct {
	RoundID   uuid.UUID `json:"round_id"`
	RoundName string    `json:"round_name"`
	Mine      bool      `json:"mine"` // the reader is responsible for it
	Step
}

// Dues returns the steps of all rounds that are not done, the first due first.
func Dues(ctx context.Context, tx *tenant.Tx) ([]Due, error) {
	var rows []struct {
		stepRow
		Name string `db:"round_name"`
	}
	err := tx.Select(ctx, &rows, `
		select `+stepColumns+`, (select r.name from assess_rounds r where r.id = round_id) as round_name
		  from verdict_steps where done_at is null order by verdict_steps.due, round_id limit 500`)
	if err != nil {
		return nil, err
	}
	c, err := calendar.Load(ctx, tx)
	all := make([]Due, len(rows))
	for i, r := range rows {
		all[i] = Due{r.RoundID, r.Name, r.RespID == tx.Actor.Member, r.step(c, calendar.DateOf(tx.Now))}
	}
	return all, err
}

func (v *Verdicts) dues(ctx context.Context, tx *tenant.Tx, _ feature.None) (feature.List[Due], error) {
	all, err := Dues(ctx, tx)
	return feature.Cut(all, len(all), nil), err
}

// A Candidate is somebody who can be responsible for a step.
type Candidate struct {
	ID   uuid.UUID `db:"id" json:"id"`
	Name string    `db:"name" json:"name"`
}

func (v *Verdicts) people(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[Candidate], err error) {
	l.Items = []Candidate{}
	names, err := named(ctx, tx)
	if err != nil {
		return l, err
	}
	ids := make([]uuid.UUID, 0, len(names))
	for id := range names {
		ids = append(ids, id)
	}
	err = tx.Select(ctx, &l.Items, `select id, name from members where id = any ($1::uuid[]) order by name, id`, tenant.IDs(ids))
	return l, err
}
