package trial

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// answerIn is within how many working days feedback is to be answered.
const answerIn = 3

// lapse is after how many working days an answer that nobody objects to closes
// the matter.
const lapse = 5

// A Feedback is a problem, a suggestion or a question, and how it stands.
type Feedback struct {
	Mark
	ID           uuid.UUID  `db:"id" json:"id"`
	Kind         string     `db:"kind" json:"kind" enum:"problem,suggestion,question"`
	To           string     `db:"goes_to" json:"to" enum:"head,it"`
	Title        string     `db:"title" json:"title"`
	Page         string     `db:"page" json:"page"`
	State        string     `db:"state" json:"state" enum:"open,answered,closed"`
	Outcome      string     `db:"outcome" json:"outcome" enum:",fixed,adopted,explained,declined"`
	VendorRef    string     `db:"vendor_ref" json:"vendor_ref"` // under which the makers know it; empty if they do not
	ByID         uuid.UUID  `db:"by_id" json:"by_id"`
	ByName       string     `db:"by_name" json:"by_name"`
	DepartmentID uuid.UUID  `db:"department_id" json:"department_id"`
	Department   string     `db:"department" json:"department"`
	At           time.Time  `db:"at" json:"at"`
	DueOn        string     `db:"due_on" json:"due_on" format:"date"`
	AnsweredAt   *time.Time `db:"answered_at" json:"answered_at"`
	ClosedAt     *time.Time `db:"closed_at" json:"closed_at"`
	Late         bool       `db:"late" json:"late"`            // the answer was, or is
	Minutes      int        `db:"work_minutes" json:"minutes"` // working time to the last answer
	RunID        *uuid.UUID `db:"run_id" json:"run_id"`
	Heads        bool       `db:"heads" json:"-"`       // the actor leads the asker's department, or one above it
	Headless     bool       `db:"headless" json:"-"`    // nobody else than the asker does who may act
	Unsupported  bool       `db:"unsupported" json:"-"` // nobody else than the asker supports who may act
}

// A FeedbackStep is one thing that happened to a feedback.
type FeedbackStep struct {
	Action string    `db:"action" json:"action" enum:"submitted,answered,said,forwarded,sent_out,closed,lapsed"`
	Body   string    `db:"body" json:"body"`
	ByName string    `db:"by_name" json:"by_name"`
	At     time.Time `db:"at" json:"at"`
}

// A FeedbackPage is a feedback with what happened to it, and what the actor may
// do now.
type FeedbackPage struct {
	Feedback Feedback       `json:"feedback"`
	Steps    []FeedbackStep `json:"steps"`
	May      []string       `json:"may"`
}

// $1 is the reader.
const feedbackQuery = `
	select f.id, f.kind, f.goes_to, f.title, f.page, f.state, f.outcome, f.vendor_ref, f.by_id, f.by_name, f.department_id, coalesce(d.name, '') as department,
	       f.at, to_char(f.due_on, 'YYYY-MM-DD') as due_on, f.answered_at, f.closed_at, f.work_minutes, f.run_id,
	       f.late or f.state = 'open' and f.due_on < (now() at time zone 'Asia/Shanghai')::date as late,
	       ` + headed + ` as heads, ` + headless + ` as headless, ` + unsupported + ` as unsupported, f.version, f.changed_by, f.changed_at
	  from trial_feedback f left join departments d on d.id = f.department_id`

const headed = `exists (select from departments a join posts s on s.department_id = any (a.path) and s.head and s.member_id = $1 where a.id = f.department_id)`

// headless says that nobody answers as a head: nobody leads the department or
// one above it but the asker, or a sanction or a lock keeps them from acting.
const headless = `not exists (
	select from departments a join posts s on s.department_id = any (a.path) and s.head and s.member_id <> f.by_id
	  join members m on m.id = s.member_id and m.state = 'active'
	 where a.id = f.department_id and not exists (select from restricted x where x.member_id = m.id and x.permissions = '{}'))`

// unsupported says the same of those who support.
const unsupported = `not exists (
	select from held h join members m on m.id = h.member_id and m.state = 'active'
	 where h.permission = '` + string(Support) + `' and h.scope_kind = '' and (h.until is null or h.until > now()) and h.member_id <> f.by_id
	   and not exists (select from restricted x where x.member_id = h.member_id and (x.permissions = '{}' or h.permission = any (x.permissions))))`

// How far the actor answers for what goes to those who support.
const (
	asManager   = 1 // where nobody supports, so that it reaches somebody
	asSupporter = 2
)

func supporting(ctx context.Context) int {
	switch r := rbac.From(ctx); {
	case r.Has(Support):
		return asSupporter
	case r.Has(Manage):
		return asManager
	}
	return 0
}

// reading is how much of the feedback the actor sees: all of it, or their own
// and that of the departments they lead (R320, R337).
func reading(ctx context.Context) bool { return supporting(ctx) > 0 }

func findFeedback(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (f Feedback, err error) {
	err = tx.Get(ctx, &f, feedbackQuery+` where f.id = $2 and ($3 or f.by_id = $1 or `+headed+`)`, tx.Actor.Member, id, reading(ctx))
	return f, missing(err, ErrNotFound)
}

// handles reports whether the actor is to answer f: the head it went to or,
// where nobody leads, those who support, or whoever manages runs where nobody
// does; nobody their own.
func (f Feedback) handles(ctx context.Context, tx *tenant.Tx) bool {
	if f.ByID == tx.Actor.Member {
		return false
	}
	as := supporting(ctx)
	return (f.To == "it" || f.Headless) && (as == asSupporter || as == asManager && f.Unsupported) || f.To == "head" && f.Heads
}

func feedbackPage(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (p FeedbackPage, err error) {
	p.Steps, p.May = []FeedbackStep{}, []string{}
	if p.Feedback, err = findFeedback(ctx, tx, id); err != nil {
		return p, err
	}
	err = tx.Select(ctx, &p.Steps, `select action, body, by_name, at from trial_feedback_steps where feedback_id = $1 order by seq`, id)
	if p.Feedback.State == "closed" {
		return p, err
	}
	if p.Feedback.handles(ctx, tx) {
		p.May = append(p.May, "answer", "forward", "send")
	}
	if p.Feedback.ByID == tx.Actor.Member {
		p.May = append(p.May, "say")
		if p.Feedback.State == "answered" {
			p.May = append(p.May, "close")
		}
	}
	return p, err
}

func getFeedback(ctx context.Context, tx *tenant.Tx, q ref) (FeedbackPage, error) {
	return feedbackPage(ctx, tx, q.ID)
}

type feedbackList struct {
	feature.Page
	Box   string     `json:"-" query:"box" enum:"mine,handle,all"`
	State string     `json:"-" query:"state" enum:"open,answered,closed"`
	Kind  string     `json:"-" query:"kind" enum:"problem,suggestion,question"`
	Run   *uuid.UUID `json:"-" query:"run"`
}

// Validate checks the cursor.
func (q feedbackList) Validate() error { return cursor(q.Page) }

// toHandle are the feedbacks that wait for the actor ($1; $2: see supporting) to
// answer; see handles.
const toHandle = `f.state = 'open' and f.by_id <> $1 and (f.goes_to = 'head' and ` + headed + `
	or $2::int > 0 and (f.goes_to = 'it' or ` + headless + `) and ($2 > 1 or ` + unsupported + `))`

func listFeedback(ctx context.Context, tx *tenant.Tx, q feedbackList) (l feature.List[Feedback], err error) {
	where := `f.by_id = $1 and $2::int is not null`
	switch q.Box {
	case "handle":
		where = toHandle
	case "all":
		where = `($2::int > 0 or f.by_id = $1 or ` + headed + `)`
	}
	var rows []Feedback
	err = tx.Select(ctx, &rows, feedbackQuery+` where `+where+` and ($3 = '' or f.state = $3) and ($4 = '' or f.kind = $4)
		   and ($5::uuid is null or f.run_id = $5) and ($6 = '' or f.id < nullif($6, '')::uuid) order by f.id desc limit $7`,
		tx.Actor.Member, supporting(ctx), q.State, q.Kind, q.Run, q.After, q.Size()+1)
	return feature.Cut(rows, q.Size(), func(f Feedback) string { return f.ID.String() }), err
}

type newFeedback struct {
	Kind  string `json:"kind" enum:"problem,suggestion,question"`
	To    string `json:"to" enum:"head,it"`
	Title string `json:"title" minLength:"1" maxLength:"120"`
	Body  string `json:"body" minLength:"1" maxLength:"4000"`
	Page  string `json:"page,omitempty" maxLength:"200"` // the address of the screen, without what it was asked for
}

// Validate refuses texts of nothing but spaces, and a page of another site.
func (in *newFeedback) Validate() error {
	if in.Page != "" && (!strings.HasPrefix(in.Page, "/") || strings.HasPrefix(in.Page, "//") || strings.ContainsAny(in.Page, "\\?#")) {
		return ErrPage.On("page")
	}
	if err := feature.Trim(&in.Title, "title", 120); err != nil {
		return err
	}
	return feature.Trim(&in.Body, "body", 4000)
}

// submit takes feedback in at any time (R319, R321). It goes to the head of the
// asker's department or to those who support; to these, if nobody else leads it.
func submit(ctx context.Context, tx *tenant.Tx, in newFeedback) (p FeedbackPage, err error) {
	home, err := homes(ctx, tx, tx.Actor.Member)
	if err != nil {
		return p, err
	}
	department := home[tx.Actor.Member]
	to, handlers, err := handlersOf(ctx, tx, in.To, department, tx.Actor.Member)
	if err != nil {
		return p, err
	}
	due, err := workdays(ctx, tx, answerIn)
	if err != nil {
		return p, err
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into trial_feedback (id, run_id, kind, goes_to, title, page, by_id, by_name, department_id, at, due_on, changed_by, changed_at)
		     values ($1, (select r.id from trial_runs r where r.state = 'running'), $2, $3, $4, $5, $6, $7, $8, $9, $10::date, $7, $9)`,
		id, in.Kind, to, in.Title, in.Page, tx.Actor.Member, tx.Actor.Name, department, tx.Now, due)
	if err == nil {
		err = step(ctx, tx, id, "submitted", in.Body)
	}
	if err != nil {
		return p, err
	}
	tx.Audit("trial.feedback_submitted", feedbackOf(id), map[string]any{"kind": in.Kind, "to": to})
	if department != uuid.Nil {
		tx.Deed(tenant.Deed{Kind: Submitted, Unit: department, Item: feedbackOf(id), Title: in.Title, Level: in.Kind})
	}
	err = message.Send(ctx, tx, message.Notice{To: handlers, Code: "trial.feedback_arrived",
		Params: message.Params{"title": in.Title, "by": tx.Actor.Name, "due": due}, Href: "/trial/feedback/" + id.String()})
	if err != nil {
		return p, err
	}
	return feedbackPage(ctx, tx, id)
}

// handlersOf returns to whom feedback goes of somebody of a department, and who
// they are: the nearest head who is somebody else and may act, else those who
// support, and else whoever manages runs.
func handlersOf(ctx context.Context, tx *tenant.Tx, to string, department, asker uuid.UUID) (string, []uuid.UUID, error) {
	if to == "head" {
		var heads []uuid.UUID
		err := tx.Select(ctx, &heads, `
			select s.member_id from departments a join posts s on s.department_id = any (a.path) and s.head and s.member_id <> $2
			  join members m on m.id = s.member_id and m.state = 'active'
			 where a.id = $1 and not exists (select from restricted x where x.member_id = m.id and x.permissions = '{}') order by array_position(a.path, s.department_id) desc limit 1`, department, asker)
		if err != nil || len(heads) > 0 {
			return to, heads, err
		}
	}
	for _, p := range []rbac.Permission{Support, Manage} {
		all, err := rbac.Holders(ctx, tx, p, nil)
		if err != nil {
			return "it", nil, err
		}
		var others []uuid.UUID
		if err := tx.Select(ctx, &others, `select id from members where id = any ($1) and id <> $2 and state = 'active'`, tenant.Array(all), asker); err != nil || len(others) > 0 {
			return "it", others, err
		}
	}
	return "it", nil, nil
}

// workdays is the day that many working days from now.
func workdays(ctx context.Context, tx *tenant.Tx, n int) (string, error) {
	c, err := calendar.Load(ctx, tx)
	if err != nil {
		return "", err
	}
	d, _ := c.AddWorkdays(calendar.DateOf(tx.Now), n)
	return d.String(), nil
}

func step(ctx context.Context, tx *tenant.Tx, id uuid.UUID, action, body string) error {
	name := tx.Actor.Name
	_, err := tx.Exec(ctx, `
		insert into trial_feedback_steps (feedback_id, seq, action, body, by_name, at)
		select $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5 from trial_feedback_steps where feedback_id = $1`, id, action, body, name, tx.Now)
	return err
}
