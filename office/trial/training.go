package trial

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/attachment"
	"hetu/calendar"
	"hetu/feature"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// Topics are what trainings are about (R327–R329, R368).
var Topics = []string{"basic", "common", "trouble", "mail", "notices", "files", "workflow", "office", "schedule", "log", "cabinet", "security", "secrecy"}

// A Training is one session: what, when, where and for whom.
type Training struct {
	Mark
	ID          uuid.UUID    `db:"id" json:"id"`
	RunID       *uuid.UUID   `db:"run_id" json:"run_id"`
	Batch       string       `db:"batch" json:"batch" enum:"leaders,core,staff,security"`
	Title       string       `db:"title" json:"title"`
	Content     string       `db:"content" json:"content"`
	Topics      tenant.Texts `db:"topics" json:"topics"`
	Goal        string       `db:"goal" json:"goal"`
	Trainer     string       `db:"trainer" json:"trainer"`
	Place       string       `db:"place" json:"place"`
	StartsAt    time.Time    `db:"starts_at" json:"starts_at"`
	EndsAt      time.Time    `db:"ends_at" json:"ends_at"`
	State       string       `db:"state" json:"state" enum:"draft,announced,held,cancelled"`
	Reason      string       `db:"reason" json:"reason"` // why it was cancelled
	Invited     int          `db:"invited" json:"invited"`
	Present     int          `db:"present" json:"present"`
	Independent int          `db:"independent" json:"independent"`
	Mine        string       `db:"mine" json:"mine" enum:",invited,present,absent,excused"` // the actor's own part; empty if none
	ByName      string       `db:"by_name" json:"by_name"`
	At          time.Time    `db:"at" json:"at"`
}

// $1 is the reader.
const trainingQuery = `
	select g.id, g.run_id, g.batch, g.title, g.content, g.topics, g.goal, g.trainer, g.place, g.starts_at, g.ends_at, g.state, g.reason,
	       (select count(*) from trial_attendance x where x.training_id = g.id) as invited,
	       (select count(*) from trial_attendance x where x.training_id = g.id and x.state = 'present') as present,
	       (select count(*) from trial_attendance x where x.training_id = g.id and x.independent) as independent,
	       coalesce((select x.state from trial_attendance x where x.training_id = g.id and x.member_id = $1), '') as mine,
	       g.by_name, g.at, g.version, g.changed_by, g.changed_at
	  from trial_trainings g`

// Who supports sees all; everybody else what they are invited to.
const invitedTo = `($2 or g.state <> 'draft' and exists (select from trial_attendance x where x.training_id = g.id and x.member_id = $1))`

func findTraining(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (g Training, err error) {
	err = tx.Get(ctx, &g, trainingQuery+` where g.id = $3 and `+invitedTo, tx.Actor.Member, rbac.From(ctx).Has(Support), id)
	return g, missing(err, ErrNotFound)
}

// A Place is somebody's part in a training.
type Place struct {
	ID          uuid.UUID `db:"id" json:"id"`
	Name        string    `db:"name" json:"name"`
	Department  string    `db:"department" json:"department"`
	State       string    `db:"state" json:"state" enum:"invited,present,absent,excused"`
	Independent bool      `db:"independent" json:"independent"`
}

// A Material is a file handed out.
type Material struct {
	ID   uuid.UUID `db:"id" json:"id"`
	Name string    `db:"name" json:"name"`
	Size int64     `db:"size" json:"size"`
	Type string    `db:"type" json:"type"`
}

// A TrainingPage is a training with who was invited, for those who hold it, and
// what is handed out.
type TrainingPage struct {
	Training    Training   `json:"training"`
	Departments []Named    `json:"departments"`
	People      []Named    `json:"people"`
	Places      []Place    `json:"places"`
	Materials   []Material `json:"materials"`
	May         []string   `json:"may"`
}

func getTraining(ctx context.Context, tx *tenant.Tx, q ref) (TrainingPage, error) {
	return trainingPage(ctx, tx, q.ID)
}

func trainingPage(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (p TrainingPage, err error) {
	p = TrainingPage{Departments: []Named{}, People: []Named{}, Places: []Place{}, Materials: []Material{}, May: []string{}}
	if p.Training, err = findTraining(ctx, tx, id); err != nil {
		return p, err
	}
	err = tx.Select(ctx, &p.Materials, `select id, name, size, type from files where owner = $1 order by id`, trainingOf(id))
	if err != nil || !rbac.From(ctx).Has(Support) {
		return p, err
	}
	err = tx.Select(ctx, &p.Departments, `
		select d.id, d.name from trial_audience a join departments d on d.id = a.subject_id where a.training_id = $1 and a.kind = 'department' order by d.name`, id)
	if err == nil {
		err = tx.Select(ctx, &p.People, `
			select m.id, m.name from trial_audience a join members m on m.id = a.subject_id where a.training_id = $1 and a.kind = 'member' order by m.name`, id)
	}
	if err == nil {
		err = tx.Select(ctx, &p.Places, `
			select m.id, m.name, coalesce(d.name, '') as department, x.state, x.independent
			  from trial_attendance x join members m on m.id = x.member_id
			  left join posts s on s.member_id = m.id and s.main left join departments d on d.id = s.department_id
			 where x.training_id = $1 order by d.name nulls last, m.name, m.id`, id)
	}
	switch p.Training.State {
	case "draft":
		p.May = append(p.May, "edit", "announce", "cancel")
	case "announced":
		p.May = append(p.May, "attend", "hold", "cancel")
	}
	return p, err
}

type trainingList struct {
	feature.Page
	Mine bool       `json:"-" query:"mine"`
	Run  *uuid.UUID `json:"-" query:"run"`
}

// Validate checks the cursor.
func (q trainingList) Validate() error { return cursor(q.Page) }

func listTrainings(ctx context.Context, tx *tenant.Tx, q trainingList) (l feature.List[Training], err error) {
	var rows []Training
	err = tx.Select(ctx, &rows, trainingQuery+` where `+invitedTo+` and ($3::uuid is null or g.run_id = $3)
		   and ($4 = '' or g.id < nullif($4, '')::uuid) order by g.id desc limit $5`,
		tx.Actor.Member, rbac.From(ctx).Has(Support) && !q.Mine, q.Run, q.After, q.Size()+1)
	return feature.Cut(rows, q.Size(), func(g Training) string { return g.ID.String() }), err
}

// A Session is what a training says, as who holds it words it.
type Session struct {
	RunID       *uuid.UUID  `json:"run_id,omitempty"`
	Batch       string      `json:"batch" enum:"leaders,core,staff,security"`
	Title       string      `json:"title" minLength:"1" maxLength:"120"`
	Content     string      `json:"content,omitempty" maxLength:"4000"`
	Topics      []string    `json:"topics,omitempty" maxItems:"13"`
	Goal        string      `json:"goal,omitempty" maxLength:"200"`
	Trainer     string      `json:"trainer,omitempty" maxLength:"80"`
	Place       string      `json:"place" minLength:"1" maxLength:"120"`
	StartsAt    time.Time   `json:"starts_at"`
	EndsAt      time.Time   `json:"ends_at"`
	Departments []uuid.UUID `json:"departments,omitempty" maxItems:"200"`
	People      []uuid.UUID `json:"people,omitempty" maxItems:"500"`
}

// Validate refuses what is about nothing known, and an end before the start.
func (s *Session) Validate() error {
	for i, t := range s.Topics {
		switch {
		case !slices.Contains(Topics, t):
			return feature.ErrMalformed.On("topics")
		case slices.Contains(s.Topics[:i], t):
			return ErrTwice.On("topics")
		}
	}
	if !s.StartsAt.Before(s.EndsAt) {
		return ErrDays.On("ends_at")
	}
	if err := feature.Trim(&s.Title, "title", 120); err != nil {
		return err
	}
	return feature.Trim(&s.Place, "place", 120)
}

func (s Session) known(ctx context.Context, tx *tenant.Tx) error {
	if s.RunID != nil {
		if _, err := findRun(ctx, tx, *s.RunID); err != nil {
			return ErrNotFound.On("run_id")
		}
	}
	if err := departments(ctx, tx, s.Departments, "departments"); err != nil {
		return err
	}
	return people(ctx, tx, s.People, "people")
}

// invite replaces the audience.
func (s Session) invite(ctx context.Context, tx *tenant.Tx, id uuid.UUID) error {
	if _, err := tx.Exec(ctx, `delete from trial_audience where training_id = $1`, id); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		insert into trial_audience (training_id, kind, subject_id)
		select $1::uuid, 'department', d from unnest($2::uuid[]) d union all select $1::uuid, 'member', m from unnest($3::uuid[]) m`,
		id, tenant.IDs(s.Departments), tenant.IDs(s.People))
	return err
}

func plan(ctx context.Context, tx *tenant.Tx, in Session) (p TrainingPage, err error) {
	if err := in.known(ctx, tx); err != nil {
		return p, err
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into trial_trainings (id, run_id, batch, title, content, topics, goal, trainer, place, starts_at, ends_at, by_name, at, changed_by, changed_at)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $12, $13)`,
		id, in.RunID, in.Batch, in.Title, in.Content, tenant.Texts(in.Topics), in.Goal, in.Trainer, in.Place, in.StartsAt, in.EndsAt, tx.Actor.Name, tx.Now)
	if err == nil {
		err = in.invite(ctx, tx, id)
	}
	if err != nil {
		return p, err
	}
	tx.Audit("trial.training_planned", trainingOf(id), map[string]any{"title": in.Title, "batch": in.Batch})
	return trainingPage(ctx, tx, id)
}

type resession struct {
	Versioned
	Session
}

// Validate checks the session.
func (in *resession) Validate() error { return in.Session.Validate() }

func editTraining(ctx context.Context, tx *tenant.Tx, in resession) (p TrainingPage, err error) {
	g, err := hold(ctx, tx, in.Versioned, "draft")
	if err == nil {
		err = in.known(ctx, tx)
	}
	if err == nil {
		err = g.move(ctx, tx, "trial_trainings", g.ID, `run_id = $5, batch = $6, title = $7, content = $8, topics = $9, goal = $10, trainer = $11,
			place = $12, starts_at = $13, ends_at = $14`, in.RunID, in.Batch, in.Title, in.Content, tenant.Texts(in.Topics), in.Goal, in.Trainer,
			in.Place, in.StartsAt, in.EndsAt)
	}
	if err == nil {
		err = in.invite(ctx, tx, g.ID)
	}
	if err != nil {
		return p, err
	}
	tx.Audit("trial.training_changed", trainingOf(g.ID), map[string]any{"title": in.Title})
	return trainingPage(ctx, tx, g.ID)
}

// hold returns a training that stays as it is until the transaction ends.
func hold(ctx context.Context, tx *tenant.Tx, v Versioned, states ...string) (g Training, err error) {
	if _, err := tx.Exec(ctx, `select from trial_trainings where id = $1 for update`, v.ID); err != nil {
		return g, err
	}
	if g, err = findTraining(ctx, tx, v.ID); err != nil {
		return g, err
	}
	if err := g.Mark.at(v.Version); err != nil {
		return g, err
	}
	if !slices.Contains(states, g.State) {
		return g, ErrState.With("state", g.State)
	}
	return g, nil
}

type newMaterial struct {
	ID     uuid.UUID `json:"-" path:"id"`
	Upload uuid.UUID `json:"upload_id"`
}

// hand makes an upload something the training hands out.
func hand(ctx context.Context, tx *tenant.Tx, in newMaterial) (p TrainingPage, err error) {
	g, err := findTraining(ctx, tx, in.ID)
	if err != nil {
		return p, err
	}
	f, err := attachment.Claim(ctx, tx, in.Upload, trainingOf(g.ID))
	if err != nil {
		return p, err
	}
	tx.Audit("trial.material_added", trainingOf(g.ID), map[string]any{"file": f.ID, "name": f.Name})
	return trainingPage(ctx, tx, g.ID)
}

type materialRef struct {
	ID   uuid.UUID `json:"-" path:"id"`
	File uuid.UUID `json:"-" path:"file"`
}

// handing sends files.
type handing struct{ files *attachment.Attachments }

func (h handing) material(ctx context.Context, tx *tenant.Tx, q materialRef) (c feature.Content, err error) {
	if _, err := findTraining(ctx, tx, q.ID); err != nil {
		return c, err
	}
	var there bool
	err = tx.Get(ctx, &there, `select exists (select from files where id = $1 and owner = $2)`, q.File, trainingOf(q.ID))
	if err == nil && !there {
		err = ErrNotFound
	}
	if err != nil {
		return c, err
	}
	f, err := attachment.Find(ctx, tx, q.File)
	return h.files.Content(f, f.Name), err
}

func cancelTraining(ctx context.Context, tx *tenant.Tx, in reasoned) (p TrainingPage, err error) {
	g, err := hold(ctx, tx, in.Versioned, "draft", "announced")
	if err == nil {
		err = g.move(ctx, tx, "trial_trainings", g.ID, `state = 'cancelled', reason = $5`, in.Reason)
	}
	if err == nil && g.State == "announced" {
		err = tellInvited(ctx, tx, g, "trial.training_cancelled")
	}
	if err != nil {
		return p, err
	}
	tx.Audit("trial.training_cancelled", trainingOf(g.ID), map[string]any{"reason": in.Reason})
	return trainingPage(ctx, tx, g.ID)
}

// tellInvited sends everybody who is invited a notice about the training.
func tellInvited(ctx context.Context, tx *tenant.Tx, g Training, code string) error {
	var to []uuid.UUID
	if err := tx.Select(ctx, &to, `select member_id from trial_attendance where training_id = $1`, g.ID); err != nil {
		return err
	}
	return message.Send(ctx, tx, message.Notice{To: to, Code: code, Href: "/trial/trainings/" + g.ID.String(),
		Params: message.Params{"title": g.Title, "at": g.StartsAt.In(calendar.Location).Format("2006-01-02 15:04"), "place": g.Place}})
}
