package trial

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// announce invites the audience. Of a run, the leaders are trained before the
// core users (R326).
func announce(ctx context.Context, tx *tenant.Tx, in Versioned) (p TrainingPage, err error) {
	g, err := hold(ctx, tx, in, "draft")
	switch {
	case err != nil:
		return p, err
	case g.EndsAt.Before(tx.Now):
		return p, ErrPast.On("ends_at")
	}
	if g.Batch == "core" && g.RunID != nil {
		var led bool
		err := tx.Get(ctx, &led, `
			select exists (select from trial_trainings where run_id = $1 and batch = 'leaders' and state in ('announced', 'held') and starts_at < $2)`, *g.RunID, g.StartsAt)
		if err == nil && !led {
			err = ErrBatches
		}
		if err != nil {
			return p, err
		}
	}
	n, err := tx.Exec(ctx, `
		insert into trial_attendance (training_id, member_id)
		select $1, m.id from members m
		 where m.state = 'active' and (
		       exists (select from trial_audience a where a.training_id = $1 and a.kind = 'member' and a.subject_id = m.id)
		    or exists (select from trial_audience a join departments d on a.subject_id = any (d.path) join posts s on s.department_id = d.id
		                where a.training_id = $1 and a.kind = 'department' and s.member_id = m.id))`, g.ID)
	switch {
	case err != nil:
		return p, err
	case n == 0:
		return p, ErrAudience
	}
	if err := g.move(ctx, tx, "trial_trainings", g.ID, `state = 'announced'`); err != nil {
		return p, err
	}
	tx.Audit("trial.training_announced", trainingOf(g.ID), map[string]any{"title": g.Title, "people": n})
	if err := tellInvited(ctx, tx, g, "trial.training_announced"); err != nil {
		return p, err
	}
	return trainingPage(ctx, tx, g.ID)
}

type attending struct {
	Versioned
	Places []struct {
		ID          uuid.UUID `json:"id"`
		State       string    `json:"state" enum:"invited,present,absent,excused"`
		Independent bool      `json:"independent,omitempty"`
	} `json:"places" minItems:"1" maxItems:"500"`
}

// attend records who came, and who can work with the system alone. Nobody comes
// before the training begins. Who was invited and has left since is put down like
// the others.
func attend(ctx context.Context, tx *tenant.Tx, in attending) (p TrainingPage, err error) {
	g, err := hold(ctx, tx, in.Versioned, "announced")
	switch {
	case err != nil:
		return p, err
	case tx.Now.Before(g.StartsAt):
		return p, ErrEarly.With("day", g.StartsAt)
	}
	ids, states, alone := make([]uuid.UUID, len(in.Places)), make([]string, len(in.Places)), make([]bool, len(in.Places))
	for i, x := range in.Places {
		ids[i], states[i], alone[i] = x.ID, x.State, x.Independent && x.State == "present"
	}
	err = all(ctx, tx, ids, `
		select m.id from members m where m.id = any ($1::uuid[])
		   and (m.state = 'active' or exists (select from trial_attendance x where x.training_id = $2 and x.member_id = m.id))`,
		ErrPerson, "places", g.ID)
	if err != nil {
		return p, err
	}
	// Who was not invited and came all the same is put down, too.
	_, err = tx.Exec(ctx, `
		insert into trial_attendance as x (training_id, member_id, state, independent)
		     select $1, p.id, p.state, p.alone from unnest($2::uuid[], $3::text[], $4::bool[]) as p (id, state, alone)
		on conflict on constraint trial_attendance_pkey do update set state = excluded.state, independent = excluded.independent`,
		g.ID, tenant.Array(ids), tenant.Array(states), tenant.Array(alone))
	if err == nil {
		err = g.move(ctx, tx, "trial_trainings", g.ID, `state = state`)
	}
	if err != nil {
		return p, err
	}
	tx.Audit("trial.attendance_recorded", trainingOf(g.ID), map[string]any{"people": len(ids)})
	return trainingPage(ctx, tx, g.ID)
}

// finish closes a training once it is known of everybody whether they came. Who
// came is trained, which is a deed of theirs (I45).
func finish(ctx context.Context, tx *tenant.Tx, in Versioned) (p TrainingPage, err error) {
	g, err := hold(ctx, tx, in, "announced")
	switch {
	case err != nil:
		return p, err
	case tx.Now.Before(g.StartsAt):
		return p, ErrEarly.With("day", g.StartsAt)
	}
	var rows []struct {
		Member uuid.UUID `db:"member_id"`
		State  string    `db:"state"`
		Alone  bool      `db:"independent"`
	}
	if err := tx.Select(ctx, &rows, `select member_id, state, independent from trial_attendance where training_id = $1 order by member_id`, g.ID); err != nil {
		return p, err
	}
	var came []uuid.UUID
	open := 0
	for _, r := range rows {
		switch r.State {
		case "invited":
			open++
		case "present":
			came = append(came, r.Member)
		}
	}
	if open > 0 {
		return p, ErrOpenPlaces.With("n", open)
	}
	home, err := homes(ctx, tx, came...)
	if err != nil {
		return p, err
	}
	if err := g.move(ctx, tx, "trial_trainings", g.ID, `state = 'held'`); err != nil {
		return p, err
	}
	tx.Audit("trial.training_held", trainingOf(g.ID), map[string]any{"title": g.Title, "present": len(came), "of": len(rows)})
	for _, r := range rows {
		if unit, ok := home[r.Member]; ok && r.State == "present" {
			level := g.Batch
			if r.Alone {
				level = "independent"
			}
			tx.Deed(tenant.Deed{Kind: Trained, Member: r.Member, Unit: unit, Item: trainingOf(g.ID), Title: g.Title, Level: level})
		}
	}
	return trainingPage(ctx, tx, g.ID)
}

// A Skill is how far somebody has come: what they were trained in, and whether
// they work with the system alone (R333).
type Skill struct {
	ID         uuid.UUID    `db:"id" json:"id"`
	Name       string       `db:"name" json:"name"`
	Department string       `db:"department" json:"department"`
	State      string       `db:"state" json:"state" enum:"none,trained,independent"`
	Trainings  int          `db:"trainings" json:"trainings"`
	Missed     int          `db:"missed" json:"missed"`
	Topics     tenant.Texts `db:"topics" json:"topics"`
	LastAt     *time.Time   `db:"last_at" json:"last_at"`
}

type skillList struct {
	feature.Page
	Department *uuid.UUID `json:"-" query:"department"`
	State      string     `json:"-" query:"state" enum:"none,trained,independent"`
}

// Validate checks the cursor.
func (q skillList) Validate() error { return cursor(q.Page) }

func listSkills(ctx context.Context, tx *tenant.Tx, q skillList) (l feature.List[Skill], err error) {
	var rows []Skill
	err = tx.Select(ctx, &rows, `
		select k.* from (
		select m.id, m.name, coalesce(d.name, '') as department,
		       case when bool_or(x.independent) then 'independent' when bool_or(x.state = 'present') then 'trained' else 'none' end as state,
		       count(*) filter (where x.state = 'present') as trainings, count(*) filter (where x.state = 'absent') as missed,
		       max(g.starts_at) filter (where x.state = 'present') as last_at,
		       array(select distinct t from trial_attendance y join trial_trainings h on h.id = y.training_id, unnest(h.topics) t
		              where y.member_id = m.id and y.state = 'present' and h.state = 'held' order by t) as topics
		  from members m
		  left join (trial_attendance x join trial_trainings g on g.id = x.training_id and g.state = 'held') on x.member_id = m.id
		  left join posts s on s.member_id = m.id and s.main left join departments d on d.id = s.department_id
		 where m.state = 'active' and ($1::uuid is null or $1 = any (d.path)) and ($2 = '' or m.id > nullif($2, '')::uuid)
		 group by m.id, m.name, d.name) k
		 where $3 = '' or k.state = $3 order by k.id limit $4`, q.Department, q.After, q.State, q.Size()+1)
	return feature.Cut(rows, q.Size(), func(k Skill) string { return k.ID.String() }), err
}
