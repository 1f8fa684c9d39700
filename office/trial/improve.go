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

// An Improvement is something a run showed to need work: whose it is, by when,
// and how it stands (R324).
type Improvement struct {
	Mark
	ID       uuid.UUID  `db:"id" json:"id"`
	RunID    uuid.UUID  `db:"run_id" json:"run_id"`
	Title    string     `db:"title" json:"title"`
	Detail   string     `db:"detail" json:"detail"`
	OwnerID  uuid.UUID  `db:"owner_id" json:"owner_id"`
	Owner    string     `db:"owner" json:"owner"`
	DueOn    string     `db:"due_on" json:"due_on" format:"date"`
	Feedback *uuid.UUID `db:"feedback_id" json:"feedback_id"` // what it came from
	State    string     `db:"state" json:"state" enum:"open,doing,done,dropped"`
	Note     string     `db:"note" json:"note"`
	Overdue  bool       `db:"overdue" json:"overdue"`
	At       time.Time  `db:"at" json:"at"`
}

const improvementQuery = `
	select i.id, i.run_id, i.title, i.detail, i.owner_id, m.name as owner, to_char(i.due_on, 'YYYY-MM-DD') as due_on, i.feedback_id, i.state, i.note,
	       i.state in ('open', 'doing') and i.due_on < (now() at time zone 'Asia/Shanghai')::date as overdue, i.at, i.version, i.changed_by, i.changed_at
	  from trial_improvements i join members m on m.id = i.owner_id`

func improvements(ctx context.Context, tx *tenant.Tx, run uuid.UUID) ([]Improvement, error) {
	l := []Improvement{}
	return l, tx.Select(ctx, &l, improvementQuery+` where i.run_id = $1 order by i.state in ('done', 'dropped'), i.due_on, i.id limit 200`, run)
}

// ownImprovements lists what the actor has to do.
func ownImprovements(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[Improvement], err error) {
	l.Items = []Improvement{}
	err = tx.Select(ctx, &l.Items, improvementQuery+` where i.owner_id = $1 order by i.state in ('done', 'dropped'), i.due_on, i.id limit 200`, tx.Actor.Member)
	return l, err
}

func findImprovement(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (i Improvement, err error) {
	err = tx.Get(ctx, &i, improvementQuery+` where i.id = $1`, id)
	return i, missing(err, ErrNotFound)
}

type newImprovement struct {
	ID       uuid.UUID  `json:"-" path:"id"` // of the run
	Title    string     `json:"title" minLength:"1" maxLength:"120"`
	Detail   string     `json:"detail,omitempty" maxLength:"2000"`
	OwnerID  uuid.UUID  `json:"owner_id"`
	DueOn    string     `json:"due_on" format:"date"`
	Feedback *uuid.UUID `json:"feedback_id,omitempty"`
}

// Validate refuses a title of nothing but spaces.
func (in *newImprovement) Validate() error {
	if _, err := dated(in.DueOn, "due_on"); err != nil {
		return err
	}
	return feature.Trim(&in.Title, "title", 120)
}

// improve gives somebody an improvement to make, which they are told of.
func improve(ctx context.Context, tx *tenant.Tx, in newImprovement) (i Improvement, err error) {
	r, err := findRun(ctx, tx, in.ID)
	if err == nil {
		err = r.in(running, formal, stopped)
	}
	if err == nil {
		err = people(ctx, tx, []uuid.UUID{in.OwnerID}, "owner_id")
	}
	if err == nil && in.DueOn < today(tx) {
		err = ErrPast.On("due_on")
	}
	if err == nil && in.Feedback != nil {
		_, err = findFeedback(ctx, tx, *in.Feedback)
	}
	if err != nil {
		return i, err
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into trial_improvements (id, run_id, title, detail, owner_id, due_on, feedback_id, at, changed_by, changed_at)
		     values ($1, $2, $3, $4, $5, $6::date, $7, $8, $9, $8)`,
		id, r.ID, in.Title, in.Detail, in.OwnerID, in.DueOn, in.Feedback, tx.Now, tx.Actor.Name)
	if err != nil {
		return i, err
	}
	tx.Audit("trial.improvement_given", runOf(r.ID), map[string]any{"improvement": id, "title": in.Title, "owner": in.OwnerID, "due": in.DueOn})
	err = message.Send(ctx, tx, message.Notice{To: []uuid.UUID{in.OwnerID}, Code: "trial.improvement_given",
		Params: message.Params{"title": in.Title, "due": in.DueOn}, Href: "/trial"})
	if err != nil {
		return i, err
	}
	return findImprovement(ctx, tx, id)
}

type improved struct {
	Versioned
	State string `json:"state" enum:"open,doing,done,dropped"`
	Note  string `json:"note,omitempty" maxLength:"500"`
}

// progress says how an improvement stands: its owner does, or who manages runs,
// who alone drops it.
func progress(ctx context.Context, tx *tenant.Tx, in improved) (i Improvement, err error) {
	i, err = findImprovement(ctx, tx, in.ID)
	manages := rbac.From(ctx).Has(Manage)
	switch {
	case err != nil:
		return i, err
	case !manages && i.OwnerID != tx.Actor.Member:
		return i, ErrNotFound
	case !manages && in.State == "dropped":
		return i, ErrNotYours
	}
	if err := i.Mark.at(in.Version); err != nil {
		return i, err
	}
	if err := i.move(ctx, tx, "trial_improvements", i.ID, `state = $5, note = $6`, in.State, in.Note); err != nil {
		return i, err
	}
	tx.Audit("trial.improvement_moved", runOf(i.RunID), map[string]any{"improvement": i.ID, "from": i.State, "to": in.State})
	return findImprovement(ctx, tx, in.ID)
}

// A Paper is something approved electronically while a dual-track run went on,
// and whether its paper copy went round too (R084).
type Paper struct {
	CaseID    uuid.UUID  `db:"case_id" json:"case_id"`
	Title     string     `db:"title" json:"title"`
	State     string     `db:"state" json:"state"` // of the electronic one
	StartedAt time.Time  `db:"started_at" json:"started_at"`
	PaperAt   *time.Time `db:"paper_at" json:"paper_at"` // null: it did not
	PaperBy   string     `db:"paper_by" json:"paper_by"`
	Note      string     `db:"note" json:"note"`
}

const paperQuery = `
	select c.id as case_id, c.title, c.state, c.started_at, p.at as paper_at, coalesce(p.by_name, '') as paper_by, coalesce(p.note, '') as note
	  from trial_runs r join approval_cases c on c.started_at between r.begun_at and coalesce(r.ended_at, now())
	  left join trial_papers p on p.case_id = c.id
	 where r.id = $1 and r.dual_track`

type paperList struct {
	feature.Page
	ID uuid.UUID `json:"-" path:"id"`
}

// Validate checks the cursor.
func (q paperList) Validate() error { return cursor(q.Page) }

func papers(ctx context.Context, tx *tenant.Tx, q paperList) (l feature.List[Paper], err error) {
	if _, err := findRun(ctx, tx, q.ID); err != nil {
		return l, err
	}
	var rows []Paper
	err = tx.Select(ctx, &rows, paperQuery+` and ($2 = '' or c.id < nullif($2, '')::uuid) order by c.id desc limit $3`, q.ID, q.After, q.Size()+1)
	return feature.Cut(rows, q.Size(), func(p Paper) string { return p.CaseID.String() }), err
}

type newPaper struct {
	ID   uuid.UUID `json:"-" path:"id"` // of the run
	Case uuid.UUID `json:"case_id"`
	Note string    `json:"note,omitempty" maxLength:"200"`
}

// paper records that the paper copy went round: only of what exists and was
// approved electronically before (R085, R086).
func paper(ctx context.Context, tx *tenant.Tx, in newPaper) (p Paper, err error) {
	r, err := findRun(ctx, tx, in.ID)
	if err == nil {
		err = r.in(running)
	}
	if err == nil && !r.DualTrack {
		err = ErrSingleTrack
	}
	if err != nil {
		return p, err
	}
	err = tx.Get(ctx, &p, paperQuery+` and c.id = $2`, r.ID, in.Case)
	if err != nil {
		return p, missing(err, ErrPaperFirst)
	}
	if p.State != "approved" {
		return p, ErrPaperFirst
	}
	_, err = tx.Exec(ctx, `insert into trial_papers (case_id, run_id, note, by_name, at) values ($1, $2, $3, $4, $5)`,
		in.Case, r.ID, in.Note, tx.Actor.Name, tx.Now)
	if tenant.Constraint(err) == "trial_papers_pkey" {
		return p, ErrPapered
	}
	if err != nil {
		return p, err
	}
	tx.Audit("trial.paper_recorded", runOf(r.ID), map[string]any{"case": in.Case})
	return p, tx.Get(ctx, &p, paperQuery+` and c.id = $2`, r.ID, in.Case)
}
