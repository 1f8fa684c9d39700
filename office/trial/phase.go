package trial

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// A phaseRow is where the tenant stands; one without a record has always been in
// operation.
type phaseRow struct {
	Recorded bool      `db:"-"`
	Phase    string    `db:"phase"`
	Since    time.Time `db:"since"`
}

func phaseOf(ctx context.Context, tx *tenant.Tx) (p phaseRow, err error) {
	err = tx.Get(ctx, &p, `select phase, since from trial_phases where tenant_id = app_tenant()`)
	if errors.Is(err, tenant.ErrNoRows) {
		return phaseRow{Phase: formal}, nil
	}
	p.Recorded = true
	return p, err
}

// A PhaseChange is the record of a changeover (R316).
type PhaseChange struct {
	Was    string    `db:"was" json:"was"`
	Phase  string    `db:"phase" json:"phase"`
	Reason string    `db:"reason" json:"reason"`
	ByName string    `db:"by_name" json:"by_name"`
	At     time.Time `db:"at" json:"at"`
}

// enter puts the tenant into a phase, by a run.
func enter(ctx context.Context, tx *tenant.Tx, r Run, was phaseRow, phase, reason string) error {
	_, err := tx.Exec(ctx, `
		insert into trial_phases as p (phase, run_id, run_name, ends_on, since) values ($1, $2, $3, $4::date, $5)
		on conflict on constraint trial_phases_pkey do update
		   set phase = excluded.phase, run_id = excluded.run_id, run_name = excluded.run_name, ends_on = excluded.ends_on,
		       since = case when p.phase = excluded.phase then p.since else excluded.since end`, phase, r.ID, r.Name, r.EndsOn, tx.Now)
	if err != nil || was.Recorded && was.Phase == phase {
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into trial_changes (id, run_id, was, phase, reason, by_name, at) values ($1, $2, $3, $4, $5, $6, $7)`,
		tenant.NewID(), r.ID, was.Phase, phase, reason, tx.Actor.Name, tx.Now)
	tx.Audit("trial.phase_changed", runOf(r.ID), map[string]any{"from": was.Phase, "to": phase})
	return err
}

// A Standing is where the tenant and the actor stand: what every member is shown.
type Standing struct {
	Phase     string        `json:"phase" enum:"trial,formal"`
	Run       *Run          `json:"run"` // the one that runs; null if none does
	TakesPart bool          `json:"takes_part"`
	May       []string      `json:"may"` // manage, decide, support, secure
	Contacts  []Contact     `json:"contacts"`
	Group     []GroupMember `json:"group"`
}

func standing(ctx context.Context, tx *tenant.Tx, _ feature.None) (s Standing, err error) {
	s.May = []string{}
	p, err := phaseOf(ctx, tx)
	if err != nil {
		return s, err
	}
	s.Phase = p.Phase
	var runs []Run
	if err := tx.Select(ctx, &runs, `select `+runColumns+` from trial_runs r where r.state = 'running'`); err != nil {
		return s, err
	}
	if len(runs) > 0 {
		s.Run = &runs[0]
		if s.TakesPart, err = takesPart(ctx, tx, runs[0].ID); err != nil {
			return s, err
		}
	}
	rights := rbac.From(ctx)
	for _, p := range []rbac.Permission{Manage, Support, Secure} {
		if rights.Has(p) {
			s.May = append(s.May, string(p)[len("trial."):])
		}
	}
	decides, err := mayDecide(ctx, tx)
	if err != nil {
		return s, err
	}
	if decides {
		s.May = append(s.May, "decide")
	}
	set, err := settings(ctx, tx)
	if err != nil {
		return s, err
	}
	s.Contacts, s.Group, err = set.named(ctx, tx)
	return s, err
}

func takesPart(ctx context.Context, tx *tenant.Tx, run uuid.UUID) (yes bool, err error) {
	err = tx.Get(ctx, &yes, `
		select exists (select from trial_runs r, lateral (`+usersOf+`) u where r.id = $1 and u.id = $2)`, run, tx.Actor.Member)
	return yes, err
}

// A Below is a tenant below that has recorded a phase: what it does on trial is
// not scored, so whoever scores can see it.
type Below struct {
	ID     uuid.UUID `db:"id" json:"id"`
	Name   string    `db:"name" json:"name"`
	Phase  string    `db:"phase" json:"phase" enum:"trial,formal"`
	Run    string    `db:"run_name" json:"run"`
	Since  time.Time `db:"since" json:"since"`
	EndsOn string    `db:"ends_on" json:"ends_on" format:"date"`
}

func below(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[Below], err error) {
	l.Items = []Below{}
	err = tx.Select(ctx, &l.Items, `
		select k.id, k.name, p.phase, p.run_name, p.since, to_char(p.ends_on, 'YYYY-MM-DD') as ends_on
		  from trial_phases p join platform.kin() k on k.id = p.tenant_id
		 where p.tenant_id <> app_tenant() order by p.phase desc, k.name, k.id`)
	return l, err
}
