package trial

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// The states of a run.
const (
	planned   = "planned"
	running   = "running"
	formal    = "formal" // it ended in formal operation
	stopped   = "stopped"
	cancelled = "cancelled"
)

// longest is how long a run lasts at most, in days: a trial is no way of life.
const longest = 184

// A Run is one trial of the system, or of parts of it.
type Run struct {
	Mark
	ID          uuid.UUID    `db:"id" json:"id"`
	Name        string       `db:"name" json:"name"`
	Purpose     string       `db:"purpose" json:"purpose"`
	State       string       `db:"state" json:"state" enum:"planned,running,formal,stopped,cancelled"`
	StartsOn    string       `db:"starts_on" json:"starts_on" format:"date"`
	EndsOn      string       `db:"ends_on" json:"ends_on" format:"date"`
	Modules     tenant.Texts `db:"modules" json:"modules"`
	DualTrack   bool         `db:"dual_track" json:"dual_track"`
	BackupDays  int          `db:"backup_days" json:"backup_days"` // how far apart backups are at most; 0: none is asked for
	Scored      bool         `db:"scored" json:"scored"`           // what is done counts: the tenant was in formal operation before
	BegunAt     *time.Time   `db:"begun_at" json:"begun_at"`
	EndedAt     *time.Time   `db:"ended_at" json:"ended_at"`
	Departments int          `db:"departments" json:"departments"`
	Users       int          `db:"users" json:"users"`
	ByName      string       `db:"by_name" json:"by_name"`
	At          time.Time    `db:"at" json:"at"`
}

const runColumns = `r.id, r.name, r.purpose, r.state, to_char(r.starts_on, 'YYYY-MM-DD') as starts_on, to_char(r.ends_on, 'YYYY-MM-DD') as ends_on,
	r.modules, r.dual_track, r.backup_days, r.scored, r.begun_at, r.ended_at, r.by_name, r.at, r.version, r.changed_by, r.changed_at,
	(select count(*) from trial_departments d where d.run_id = r.id and d.left_on is null) as departments,
	(select count(*) from (` + usersOf + `) u) as users`

// usersOf finds who takes part in a run r: whoever has a post in a department
// that was brought in or below it, and those named by themselves (R314, R255).
const usersOf = `
	select m.id from members m
	 where m.state = 'active' and (
	       exists (select from trial_people p where p.run_id = r.id and p.member_id = m.id)
	    or exists (select from posts s join departments d on d.id = s.department_id
	                join trial_departments t on t.run_id = r.id and t.left_on is null and t.department_id = any (d.path)
	                where s.member_id = m.id))`

func findRun(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (r Run, err error) {
	err = tx.Get(ctx, &r, `select `+runColumns+` from trial_runs r where r.id = $1`, id)
	return r, missing(err, ErrNotFound)
}

// lock returns a run that stays as it is until the transaction ends.
func lock(ctx context.Context, tx *tenant.Tx, id uuid.UUID, version int, states ...string) (r Run, err error) {
	if _, err := tx.Exec(ctx, `select from trial_runs where id = $1 for update`, id); err != nil {
		return r, err
	}
	if r, err = findRun(ctx, tx, id); err != nil {
		return r, err
	}
	if err := r.at(version); err != nil {
		return r, err
	}
	return r, r.in(states...)
}

func (r Run) in(states ...string) error {
	if slices.Contains(states, r.State) {
		return nil
	}
	return ErrState.With("state", r.State)
}

// A Plan is what a run tries, and when.
type Plan struct {
	Name      string   `json:"name" minLength:"1" maxLength:"80"`
	Purpose   string   `json:"purpose,omitempty" maxLength:"2000"`
	StartsOn  string   `json:"starts_on" format:"date"`
	EndsOn    string   `json:"ends_on,omitempty" maxLength:"10"` // a month after the start if empty (R312)
	Modules   []string `json:"modules,omitempty" maxItems:"30"`
	DualTrack bool     `json:"dual_track,omitempty"`
	// BackupDays is how far apart backups are at most (R338): 0 for none, a week if
	// it is not said.
	BackupDays *int `json:"backup_days,omitempty" minimum:"0" maximum:"31"`
}

// Validate checks the days: a run ends after it starts, and within half a year.
func (p *Plan) Validate() error {
	if err := feature.Trim(&p.Name, "name", 80); err != nil {
		return err
	}
	from, err := dated(p.StartsOn, "starts_on")
	if err != nil {
		return err
	}
	if p.EndsOn == "" {
		p.EndsOn = calendar.On(from.Year, from.Month+1, from.Day).Add(-1).String()
	}
	to, err := dated(p.EndsOn, "ends_on")
	switch {
	case err != nil:
		return err
	case to.Compare(from) < 0:
		return ErrDays.On("ends_on")
	case to.Compare(from.Add(longest)) > 0:
		return ErrLong.On("ends_on")
	}
	if p.BackupDays == nil {
		p.BackupDays = new(usualBackups)
	}
	for i := range p.Modules {
		p.Modules[i] = strings.TrimSpace(p.Modules[i])
		if n := len([]rune(p.Modules[i])); n == 0 || n > 40 {
			return feature.ErrMalformed.On("modules")
		}
		if slices.Contains(p.Modules[:i], p.Modules[i]) {
			return ErrTwice.On("modules")
		}
	}
	return nil
}

// create plans a run. It starts today at the earliest: nothing that was done
// before is put on trial (R313).
func create(ctx context.Context, tx *tenant.Tx, in Plan) (r Run, err error) {
	if in.StartsOn < today(tx) {
		return r, ErrPast.On("starts_on")
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into trial_runs (id, name, purpose, starts_on, ends_on, modules, dual_track, backup_days, by_name, at, changed_by, changed_at)
		     values ($1, $2, $3, $4::date, $5::date, $6, $7, $8, $9, $10, $9, $10)`,
		id, in.Name, in.Purpose, in.StartsOn, in.EndsOn, tenant.Texts(in.Modules), in.DualTrack, in.BackupDays, tx.Actor.Name, tx.Now)
	if err != nil {
		return r, err
	}
	tx.Audit("trial.planned", runOf(id), map[string]any{"name": in.Name, "from": in.StartsOn, "to": in.EndsOn})
	return findRun(ctx, tx, id)
}

type replan struct {
	Versioned
	Plan
}

// Validate checks the plan.
func (in *replan) Validate() error { return in.Plan.Validate() }

// edit changes the plan of a run. Once it runs its days stay: whoever wants it
// longer decides so upon an evaluation.
func edit(ctx context.Context, tx *tenant.Tx, in replan) (r Run, err error) {
	r, err = lock(ctx, tx, in.ID, in.Version, planned, running)
	switch {
	case err != nil:
		return r, err
	case r.State == running && (in.StartsOn != r.StartsOn || in.EndsOn != r.EndsOn):
		return r, ErrState.With("state", r.State).On("ends_on")
	case r.State == planned && in.StartsOn != r.StartsOn && in.StartsOn < today(tx):
		return r, ErrPast.On("starts_on")
	}
	err = r.move(ctx, tx, "trial_runs", r.ID, `name = $5, purpose = $6, starts_on = $7::date, ends_on = $8::date, modules = $9, dual_track = $10, backup_days = $11`,
		in.Name, in.Purpose, in.StartsOn, in.EndsOn, tenant.Texts(in.Modules), in.DualTrack, in.BackupDays)
	if err != nil {
		return r, err
	}
	tx.Audit("trial.plan_changed", runOf(r.ID), map[string]any{"name": in.Name, "from": in.StartsOn, "to": in.EndsOn, "dual_track": in.DualTrack, "backup_days": in.BackupDays})
	return findRun(ctx, tx, r.ID)
}

// cancel drops a run that has not begun.
func cancel(ctx context.Context, tx *tenant.Tx, in reasoned) (r Run, err error) {
	r, err = lock(ctx, tx, in.ID, in.Version, planned)
	if err == nil {
		err = r.move(ctx, tx, "trial_runs", r.ID, `state = 'cancelled', ended_at = $4`)
	}
	if err != nil {
		return r, err
	}
	tx.Audit("trial.cancelled", runOf(r.ID), map[string]any{"reason": in.Reason})
	return findRun(ctx, tx, r.ID)
}

// start begins a run on its day or after it. A tenant that has not been in
// formal operation enters its trial phase; of one that has, what it does goes
// on counting.
func start(ctx context.Context, tx *tenant.Tx, in Versioned) (p RunPage, err error) {
	r, err := lock(ctx, tx, in.ID, in.Version, planned)
	switch {
	case err != nil:
		return p, err
	case today(tx) < r.StartsOn:
		return p, ErrEarly.With("day", r.StartsOn)
	case r.Users == 0:
		return p, ErrNobody
	}
	was, err := phaseOf(ctx, tx)
	if err != nil {
		return p, err
	}
	scored := was.Recorded && was.Phase == formal
	err = r.move(ctx, tx, "trial_runs", r.ID, `state = 'running', begun_at = $4, scored = $5`, scored)
	if tenant.Constraint(err) == "trial_runs_running_uq" {
		return p, ErrAnother
	}
	if err == nil && !scored {
		err = enter(ctx, tx, r, was, "trial", "")
	}
	if err != nil {
		return p, err
	}
	tx.Audit("trial.started", runOf(r.ID), map[string]any{"name": r.Name, "users": r.Users, "scored": scored})
	var users []uuid.UUID
	if err := tx.Select(ctx, &users, `select u.id from trial_runs r, lateral (`+usersOf+`) u where r.id = $1`, r.ID); err != nil {
		return p, err
	}
	err = message.Send(ctx, tx, message.Notice{To: users, Code: "trial.started", Params: message.Params{"title": r.Name, "until": r.EndsOn}, Href: "/trial"})
	if err != nil {
		return p, err
	}
	return page(ctx, tx, r.ID)
}

type runList struct{ feature.Page }

// Validate checks the cursor.
func (q runList) Validate() error { return cursor(q.Page) }

func listRuns(ctx context.Context, tx *tenant.Tx, q runList) (l feature.List[Run], err error) {
	var rows []Run
	err = tx.Select(ctx, &rows, `
		select `+runColumns+` from trial_runs r where $1 = '' or r.id < nullif($1, '')::uuid order by r.id desc limit $2`, q.After, q.Size()+1)
	return feature.Cut(rows, q.Size(), func(r Run) string { return r.ID.String() }), err
}

// mayDecide reports whether the actor decides on runs: by right, or as who leads
// the tenant.
func mayDecide(ctx context.Context, tx *tenant.Tx) (bool, error) {
	if rbac.From(ctx).Has(Decide) {
		return true, nil
	}
	return leads(ctx, tx)
}

// sees refuses whoever neither plans runs nor decides on them.
func sees(ctx context.Context, tx *tenant.Tx) error {
	if rbac.From(ctx).Has(Manage) {
		return nil
	}
	ok, err := mayDecide(ctx, tx)
	if err == nil && !ok {
		err = ErrNotYours
	}
	return err
}
