package trial

import (
	"context"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// Figures are what was really done in a run, counted from what people recorded,
// reported and did, from its beginning until now or its end (R322).
type Figures struct {
	Users       int           `json:"users"`
	Active      int           `json:"active"`      // did something on at least one day
	ActiveDays  int           `json:"active_days"` // the sum over all users
	Days        int           `json:"days"`        // since it began
	Departments []PilotFigure `json:"departments"`
	Weeks       []WeekFigure  `json:"weeks"` // how many did something, week by week
	Deeds       []DeedFigure  `json:"deeds"` // what they did, by kind
	Feedback    Reported      `json:"feedback"`
	Compared    Compared      `json:"compared"`
	Trained     int           `json:"trained"`     // users who came to a training
	Independent int           `json:"independent"` // of whom it was recorded that they work alone
}

// A PilotFigure is a department in a run and how it used the system.
type PilotFigure struct {
	ID         uuid.UUID `db:"id" json:"id"`
	Name       string    `db:"name" json:"name"`
	Users      int       `db:"users" json:"users"`
	Active     int       `db:"active" json:"active"`
	ActiveDays int       `db:"active_days" json:"active_days"`
	Feedback   int       `db:"feedback" json:"feedback"`
}

// A WeekFigure is how many users did something in a week.
type WeekFigure struct {
	Week   string `db:"week" json:"week" format:"date"` // its Monday
	Active int    `db:"active" json:"active"`
}

// A DeedFigure is how often a kind of deed was done by the users.
type DeedFigure struct {
	Kind string `db:"kind" json:"kind"`
	Name string `db:"-" json:"name"`
	N    int    `db:"n" json:"n"`
}

// Reported is what was reported in a run, and how it was answered.
type Reported struct {
	Problems    int `db:"problems" json:"problems"`
	Suggestions int `db:"suggestions" json:"suggestions"`
	Questions   int `db:"questions" json:"questions"`
	Open        int `db:"open" json:"open"`
	Adopted     int `db:"adopted" json:"adopted"`
	Late        int `db:"late" json:"late"`
	Minutes     int `db:"minutes" json:"minutes"` // working time to the answer, the middle of all
}

// Compared is how people found their work beside the old way (R318).
type Compared struct {
	N      int          `json:"n"`
	Better int          `json:"better"`
	Same   int          `json:"same"`
	Worse  int          `json:"worse"`
	Tasks  []TaskFigure `json:"tasks"`
}

// A TaskFigure is one kind of work: how many compared it, and the middle of what
// they said it takes.
type TaskFigure struct {
	Task   string `db:"task" json:"task"`
	N      int    `db:"n" json:"n"`
	Old    int    `db:"old" json:"old_minutes"`
	New    int    `db:"new" json:"new_minutes"`
	Better int    `db:"better" json:"better"`
	Same   int    `db:"same" json:"same"`
	Worse  int    `db:"worse" json:"worse"`
}

// usage begins a query over the users of the run $1 and the days on which each
// did something. What somebody reads leaves no record, what they do does.
const usage = `
	with run as (select r.id, r.begun_at, coalesce(r.ended_at, now()) as until from trial_runs r where r.id = $1),
	u as (select u.id from trial_runs r, lateral (` + usersOf + `) u where r.id = $1),
	a as (select distinct e.member_id, (e.at at time zone 'Asia/Shanghai')::date as day
	        from audit_entries e, run where e.at between run.begun_at and run.until and e.member_id in (select id from u))`

// names are what kinds of deeds are called.
type names func(kind string) string

func (n names) figures(ctx context.Context, tx *tenant.Tx, q ref) (f Figures, err error) {
	if err := sees(ctx, tx); err != nil {
		return f, err
	}
	r, err := findRun(ctx, tx, q.ID)
	if err == nil {
		err = r.in(running, formal, stopped)
	}
	if err != nil {
		return f, err
	}
	return n.count(ctx, tx, r)
}

func (n names) count(ctx context.Context, tx *tenant.Tx, r Run) (f Figures, err error) {
	f = Figures{Departments: []PilotFigure{}, Weeks: []WeekFigure{}, Deeds: []DeedFigure{}}
	var sum struct {
		Users       int `db:"users"`
		Active      int `db:"active"`
		ActiveDays  int `db:"active_days"`
		Days        int `db:"days"`
		Trained     int `db:"trained"`
		Independent int `db:"independent"`
	}
	err = tx.Get(ctx, &sum, usage+`, t as (
		select x.member_id, bool_or(x.independent) as alone from trial_attendance x join trial_trainings g on g.id = x.training_id
		 where x.state = 'present' and g.state = 'held' and x.member_id in (select id from u) group by x.member_id)
		select (select count(*) from u) as users, (select count(distinct member_id) from a) as active, (select count(*) from a) as active_days,
		       (select (until at time zone 'Asia/Shanghai')::date - (begun_at at time zone 'Asia/Shanghai')::date + 1 from run) as days,
		       (select count(*) from t) as trained, (select count(*) from t where alone) as independent`, r.ID)
	if err != nil {
		return f, err
	}
	f.Users, f.Active, f.ActiveDays, f.Days, f.Trained, f.Independent = sum.Users, sum.Active, sum.ActiveDays, sum.Days, sum.Trained, sum.Independent
	err = tx.Select(ctx, &f.Departments, usage+`
		select t.department_id as id, coalesce(d.name, '—') as name, count(distinct m.id) as users, count(distinct a.member_id) as active,
		       count(distinct (a.member_id, a.day)) filter (where a.day is not null) as active_days,
		       (select count(*) from trial_feedback f join departments b on b.id = f.department_id
		         where f.run_id = $1 and t.department_id = any (b.path)) as feedback
		  from trial_departments t left join departments d on d.id = t.department_id
		  left join departments b on t.department_id = any (b.path) left join posts s on s.department_id = b.id
		  left join u m on m.id = s.member_id left join a on a.member_id = m.id
		 where t.run_id = $1 and t.left_on is null group by t.department_id, d.name, t.at order by t.at, t.department_id`, r.ID)
	if err != nil {
		return f, err
	}
	err = tx.Select(ctx, &f.Weeks, usage+`
		select to_char(date_trunc('week', a.day), 'YYYY-MM-DD') as week, count(distinct a.member_id) as active from a group by 1 order by 1`, r.ID)
	if err != nil {
		return f, err
	}
	err = tx.Select(ctx, &f.Deeds, usage+`
		select d.kind, sum(d.n)::int as n from deeds d, run
		 where d.tenant_id = app_tenant() and d.at between run.begun_at and run.until and d.member_id in (select id from u)
		 group by d.kind having sum(d.n) > 0 order by n desc, d.kind`, r.ID)
	for i := range f.Deeds {
		f.Deeds[i].Name = n(f.Deeds[i].Kind)
	}
	if err != nil {
		return f, err
	}
	return f, f.said(ctx, tx, r.ID)
}

// said counts what people reported and compared.
func (f *Figures) said(ctx context.Context, tx *tenant.Tx, run uuid.UUID) error {
	err := tx.Get(ctx, &f.Feedback, `
		select count(*) filter (where kind = 'problem') as problems, count(*) filter (where kind = 'suggestion') as suggestions,
		       count(*) filter (where kind = 'question') as questions, count(*) filter (where state = 'open') as open,
		       count(*) filter (where outcome = 'adopted') as adopted, count(*) filter (where late) as late,
		       coalesce(percentile_disc(0.5) within group (order by work_minutes) filter (where state <> 'open'), 0) as minutes
		  from trial_feedback where run_id = $1`, run)
	if err != nil {
		return err
	}
	f.Compared.Tasks = []TaskFigure{}
	err = tx.Select(ctx, &f.Compared.Tasks, `
		select task, count(*) as n, percentile_disc(0.5) within group (order by old_minutes) as old,
		       percentile_disc(0.5) within group (order by new_minutes) as new,
		       count(*) filter (where verdict = 'better') as better, count(*) filter (where verdict = 'same') as same,
		       count(*) filter (where verdict = 'worse') as worse
		  from trial_comparisons where run_id = $1 group by task order by n desc, task`, run)
	for _, t := range f.Compared.Tasks {
		f.Compared.N += t.N
		f.Compared.Better += t.Better
		f.Compared.Same += t.Same
		f.Compared.Worse += t.Worse
	}
	return err
}

type newComparison struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Task    string    `json:"task" minLength:"1" maxLength:"60"`
	Old     int       `json:"old_minutes" minimum:"1" maximum:"100000"` // how long it took the old way
	New     int       `json:"new_minutes" minimum:"1" maximum:"100000"`
	Verdict string    `json:"verdict" enum:"better,same,worse"`
	Note    string    `json:"note,omitempty" maxLength:"500"`
}

// Validate refuses a task of nothing but spaces.
func (in *newComparison) Validate() error { return feature.Trim(&in.Task, "task", 60) }

// A Comparison is how somebody found one kind of work beside the old way.
type Comparison struct {
	ID      uuid.UUID `db:"id" json:"id"`
	Task    string    `db:"task" json:"task"`
	Old     int       `db:"old_minutes" json:"old_minutes"`
	New     int       `db:"new_minutes" json:"new_minutes"`
	Verdict string    `db:"verdict" json:"verdict"`
	Note    string    `db:"note" json:"note"`
	ByName  string    `db:"by_name" json:"by_name"`
}

// compare records how somebody who takes part found a kind of work, once.
func compare(ctx context.Context, tx *tenant.Tx, in newComparison) (c Comparison, err error) {
	r, err := findRun(ctx, tx, in.ID)
	if err == nil {
		err = r.in(running)
	}
	if err != nil {
		return c, err
	}
	ok, err := takesPart(ctx, tx, r.ID)
	switch {
	case err != nil:
		return c, err
	case !ok:
		return c, ErrNotTrying
	}
	err = tx.Get(ctx, &c, `
		insert into trial_comparisons (id, run_id, member_id, task, old_minutes, new_minutes, verdict, note, by_name, at)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id, task, old_minutes, new_minutes, verdict, note, by_name`,
		tenant.NewID(), r.ID, tx.Actor.Member, in.Task, in.Old, in.New, in.Verdict, in.Note, tx.Actor.Name, tx.Now)
	if tenant.Constraint(err) == "trial_comparisons_once_uq" {
		return c, ErrCompared.On("task")
	}
	if err == nil {
		tx.Audit("trial.compared", runOf(r.ID), map[string]any{"task": in.Task, "verdict": in.Verdict})
	}
	return c, err
}

type comparisonList struct {
	feature.Page
	ID   uuid.UUID `json:"-" path:"id"`
	Mine bool      `json:"-" query:"mine"` // only the actor's own
}

// Validate checks the cursor.
func (q comparisonList) Validate() error { return cursor(q.Page) }

// comparisons lists them: everybody their own, whoever sees the run all.
func comparisons(ctx context.Context, tx *tenant.Tx, q comparisonList) (l feature.List[Comparison], err error) {
	if !q.Mine {
		if err := sees(ctx, tx); err != nil {
			return l, err
		}
	}
	if _, err := findRun(ctx, tx, q.ID); err != nil {
		return l, err
	}
	var rows []Comparison
	err = tx.Select(ctx, &rows, `
		select id, task, old_minutes, new_minutes, verdict, note, by_name from trial_comparisons
		 where run_id = $1 and (not $2 or member_id = $3) and ($4 = '' or id < nullif($4, '')::uuid) order by id desc limit $5`,
		q.ID, q.Mine, tx.Actor.Member, q.After, q.Size()+1)
	return feature.Cut(rows, q.Size(), func(c Comparison) string { return c.ID.String() }), err
}
