package trial

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// A Pilot is a department in a run.
type Pilot struct {
	ID     uuid.UUID `db:"department_id" json:"id"`
	Name   string    `db:"name" json:"name"`
	From   string    `db:"from_day" json:"from" format:"date"`
	LeftOn string    `db:"left_on" json:"left_on"` // empty while it takes part
	Users  int       `db:"users" json:"users"`
	ByName string    `db:"by_name" json:"by_name"`
}

// A Participant is somebody who takes part by name.
type Participant struct {
	ID         uuid.UUID `db:"id" json:"id"`
	Name       string    `db:"name" json:"name"`
	Department string    `db:"department" json:"department"`
	Part       string    `db:"part" json:"part" enum:"leader,core,user"`
}

// A RunPage is everything about a run.
type RunPage struct {
	Run          Run           `json:"run"`
	Pilots       []Pilot       `json:"pilots"`
	People       []Participant `json:"people"`
	Evaluations  []Evaluation  `json:"evaluations"` // the newest first
	Decisions    []Decision    `json:"decisions"`
	Improvements []Improvement `json:"improvements"`
	Changes      []PhaseChange `json:"changes"`
	May          []string      `json:"may"`
}

func getRun(ctx context.Context, tx *tenant.Tx, q ref) (p RunPage, err error) {
	if err := sees(ctx, tx); err != nil {
		return p, err
	}
	return page(ctx, tx, q.ID)
}

// page returns the page of a run as the actor sees it.
func page(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (p RunPage, err error) {
	p = RunPage{Pilots: []Pilot{}, People: []Participant{}, Changes: []PhaseChange{}, May: []string{}}
	if p.Run, err = findRun(ctx, tx, id); err != nil {
		return p, err
	}
	err = tx.Select(ctx, &p.Pilots, `
		select t.department_id, coalesce(d.name, '—') as name, to_char(t.from_day, 'YYYY-MM-DD') as from_day,
		       coalesce(to_char(t.left_on, 'YYYY-MM-DD'), '') as left_on, t.by_name,
		       (select count(distinct s.member_id) from posts s join departments b on b.id = s.department_id join members m on m.id = s.member_id
		         where t.department_id = any (b.path) and m.state = 'active') as users
		  from trial_departments t left join departments d on d.id = t.department_id
		 where t.run_id = $1 order by t.from_day, t.at, t.department_id`, id)
	if err != nil {
		return p, err
	}
	err = tx.Select(ctx, &p.People, `
		select m.id, m.name, coalesce(d.name, '') as department, t.part
		  from trial_people t join members m on m.id = t.member_id
		  left join posts s on s.member_id = m.id and s.main left join departments d on d.id = s.department_id
		 where t.run_id = $1 order by array_position(array['leader', 'core', 'user'], t.part), m.name, m.id`, id)
	if err != nil {
		return p, err
	}
	if p.Evaluations, p.Decisions, err = judged(ctx, tx, id); err != nil {
		return p, err
	}
	if p.Improvements, err = improvements(ctx, tx, id); err != nil {
		return p, err
	}
	if err := tx.Select(ctx, &p.Changes, `select was, phase, reason, by_name, at from trial_changes where run_id = $1 order by at, id`, id); err != nil {
		return p, err
	}
	p.May, err = p.may(ctx, tx)
	return p, err
}

// may returns what the actor may do to the run now.
func (p RunPage) may(ctx context.Context, tx *tenant.Tx) (may []string, err error) {
	may = []string{}
	if rbac.From(ctx).Has(Manage) {
		switch p.Run.State {
		case planned:
			may = append(may, "edit", "start", "cancel", "people")
		case running:
			may = append(may, "edit", "people", "evaluate", "improve")
		case formal, stopped:
			may = append(may, "improve")
		}
	}
	decides, err := mayDecide(ctx, tx)
	if err == nil && decides && p.Run.State == running && len(p.Evaluations) > 0 && !p.Evaluations[0].Decided && p.Evaluations[0].account != tx.Actor.Account {
		may = append(may, "decide")
	}
	return may, err
}

type bringIn struct {
	ID          uuid.UUID   `json:"-" path:"id"`
	Departments []uuid.UUID `json:"departments" minItems:"1" maxItems:"100"`
}

// bring brings departments into a run, from today on or from its start (R315).
func bring(ctx context.Context, tx *tenant.Tx, in bringIn) (p RunPage, err error) {
	r, err := takesPeople(ctx, tx, in.ID)
	if err != nil {
		return p, err
	}
	if err := departments(ctx, tx, in.Departments, "departments"); err != nil {
		return p, err
	}
	_, err = tx.Exec(ctx, `
		insert into trial_departments as t (run_id, department_id, from_day, by_name, at)
		     select $1, d, greatest($3::date, $4::date), $5, $6 from unnest($2::uuid[]) d
		on conflict on constraint trial_departments_pkey do update
		   set left_on = null, from_day = excluded.from_day, by_name = excluded.by_name, at = excluded.at where t.left_on is not null`,
		r.ID, tenant.Array(in.Departments), today(tx), r.StartsOn, tx.Actor.Name, tx.Now)
	if err != nil {
		return p, err
	}
	tx.Audit("trial.departments_brought_in", runOf(r.ID), map[string]any{"departments": in.Departments})
	if r.State == running {
		if err := tellDepartments(ctx, tx, r, in.Departments); err != nil {
			return p, err
		}
	}
	return page(ctx, tx, r.ID)
}

func tellDepartments(ctx context.Context, tx *tenant.Tx, r Run, departments []uuid.UUID) error {
	var to []uuid.UUID
	err := tx.Select(ctx, &to, `
		select distinct m.id from members m join posts s on s.member_id = m.id join departments d on d.id = s.department_id
		 where m.state = 'active' and d.path && $1::uuid[]`, tenant.Array(departments))
	if err != nil {
		return err
	}
	return message.Send(ctx, tx, message.Notice{To: to, Code: "trial.started", Params: message.Params{"title": r.Name, "until": r.EndsOn}, Href: "/trial"})
}

type takeOut struct {
	ID         uuid.UUID `json:"-" path:"id"`
	Department uuid.UUID `json:"department_id"`
}

// leave ends a department's part in a run; that it took part stays.
func leave(ctx context.Context, tx *tenant.Tx, in takeOut) (p RunPage, err error) {
	r, err := takesPeople(ctx, tx, in.ID)
	if err != nil {
		return p, err
	}
	query := `update trial_departments set left_on = $3::date where run_id = $1 and department_id = $2 and left_on is null`
	if r.State == planned {
		query = `delete from trial_departments where run_id = $1 and department_id = $2 and $3 <> ''`
	}
	n, err := tx.Exec(ctx, query, r.ID, in.Department, today(tx))
	switch {
	case err != nil:
		return p, err
	case n == 0:
		return p, ErrDepartment.On("department_id")
	}
	tx.Audit("trial.department_left", runOf(r.ID), map[string]any{"department": in.Department})
	return page(ctx, tx, r.ID)
}

type participants struct {
	Versioned
	People []struct {
		ID   uuid.UUID `json:"id"`
		Part string    `json:"part" enum:"leader,core,user"`
	} `json:"people" maxItems:"500"`
}

// invite replaces the list of those who take part by name (R255).
func invite(ctx context.Context, tx *tenant.Tx, in participants) (p RunPage, err error) {
	r, err := lock(ctx, tx, in.ID, in.Version, planned, running)
	if err != nil {
		return p, err
	}
	ids, parts := make([]uuid.UUID, len(in.People)), make([]string, len(in.People))
	for i, x := range in.People {
		ids[i], parts[i] = x.ID, x.Part
	}
	if err := people(ctx, tx, ids, "people[#].id"); err != nil {
		return p, err
	}
	if _, err := tx.Exec(ctx, `delete from trial_people where run_id = $1 and not member_id = any ($2::uuid[])`, r.ID, tenant.Array(ids)); err != nil {
		return p, err
	}
	_, err = tx.Exec(ctx, `
		insert into trial_people as t (run_id, member_id, part, by_name, at)
		     select $1, p.id, p.part, $4, $5 from unnest($2::uuid[], $3::text[]) as p (id, part)
		on conflict on constraint trial_people_pkey do update set part = excluded.part`,
		r.ID, tenant.Array(ids), tenant.Array(parts), tx.Actor.Name, tx.Now)
	if err == nil {
		err = r.move(ctx, tx, "trial_runs", r.ID, `name = name`)
	}
	if err != nil {
		return p, err
	}
	tx.Audit("trial.people_listed", runOf(r.ID), map[string]any{"n": len(ids)})
	return page(ctx, tx, r.ID)
}

// takesPeople returns a run that departments and people can still come to.
func takesPeople(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (r Run, err error) {
	if _, err := tx.Exec(ctx, `select from trial_runs where id = $1 for update`, id); err != nil {
		return r, err
	}
	if r, err = findRun(ctx, tx, id); err != nil {
		return r, err
	}
	return r, r.in(planned, running)
}

// A User is somebody who takes part in a run, in whatever way.
type User struct {
	ID         uuid.UUID  `db:"id" json:"id"`
	Name       string     `db:"name" json:"name"`
	Department string     `db:"department" json:"department"`
	Part       string     `db:"part" json:"part"` // leader, core or user
	Days       int        `db:"days" json:"days"` // on which they did something during the run
	LastAt     *time.Time `db:"last_at" json:"last_at"`
	Trained    bool       `db:"trained" json:"trained"`
}

type userList struct {
	feature.Page
	ID uuid.UUID `json:"-" path:"id"`
}

// Validate checks the cursor.
func (q userList) Validate() error { return cursor(q.Page) }

// listUsers lists who takes part in a run and how they use the system.
func listUsers(ctx context.Context, tx *tenant.Tx, q userList) (l feature.List[User], err error) {
	if err := sees(ctx, tx); err != nil {
		return l, err
	}
	if _, err := findRun(ctx, tx, q.ID); err != nil {
		return l, err
	}
	var rows []User
	err = tx.Select(ctx, &rows, `
		with u as (select u.id, r.begun_at, coalesce(r.ended_at, now()) as until, r.id as run
		             from trial_runs r, lateral (`+usersOf+`) u
		            where r.id = $1 and ($2 = '' or u.id > nullif($2, '')::uuid) order by u.id limit $3)
		select m.id, m.name, coalesce(d.name, '') as department, coalesce(p.part, 'user') as part, a.days, a.last_at,
		       exists (select from trial_attendance x join trial_trainings g on g.id = x.training_id
		                where x.member_id = m.id and x.state = 'present' and g.state = 'held') as trained
		  from u join members m on m.id = u.id
		  left join trial_people p on p.run_id = u.run and p.member_id = u.id
		  left join posts s on s.member_id = m.id and s.main left join departments d on d.id = s.department_id
		 cross join lateral (select count(distinct (e.at at time zone 'Asia/Shanghai')::date) as days, max(e.at) as last_at
		                       from audit_entries e where e.member_id = u.id and e.at between u.begun_at and u.until) a
		 order by m.id`, q.ID, q.After, q.Size()+1)
	return feature.Cut(rows, q.Size(), func(u User) string { return u.ID.String() }), err
}
