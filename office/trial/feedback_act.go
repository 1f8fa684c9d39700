package trial

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/message"
	"hetu/tenant"
)

// grab returns a feedback that stays as it is until the transaction ends, if it
// is as somebody saw it and in one of states.
func grab(ctx context.Context, tx *tenant.Tx, v Versioned, states ...string) (f Feedback, err error) {
	if _, err := tx.Exec(ctx, `select from trial_feedback where id = $1 for update`, v.ID); err != nil {
		return f, err
	}
	f, err = findFeedback(ctx, tx, v.ID)
	if err != nil {
		return f, err
	}
	if err := f.Mark.at(v.Version); err != nil {
		return f, err
	}
	if !slices.Contains(states, f.State) {
		return f, ErrState.With("state", f.State)
	}
	return f, nil
}

// handled is grab for whoever is to answer it.
func handled(ctx context.Context, tx *tenant.Tx, v Versioned) (f Feedback, err error) {
	f, err = grab(ctx, tx, v, "open", "answered")
	switch {
	case err != nil:
		return f, err
	case f.ByID == tx.Actor.Member:
		return f, ErrOwn
	case !f.handles(ctx, tx):
		return f, ErrNotYours
	}
	return f, nil
}

// change writes what happened to a feedback, with its step.
func (f Feedback) change(ctx context.Context, tx *tenant.Tx, action, body, set string, args ...any) error {
	if err := f.move(ctx, tx, "trial_feedback", f.ID, set, args...); err != nil {
		return err
	}
	return step(ctx, tx, f.ID, action, body)
}

type answering struct {
	Versioned
	Text    string `json:"text" minLength:"1" maxLength:"4000"`
	Outcome string `json:"outcome" enum:"fixed,adopted,explained,declined"`
}

// Validate refuses an answer of nothing but spaces.
func (in *answering) Validate() error { return feature.Trim(&in.Text, "text", 4000) }

// answer answers feedback; how long that took in working time is kept.
func answer(ctx context.Context, tx *tenant.Tx, in answering) (p FeedbackPage, err error) {
	f, err := handled(ctx, tx, in.Versioned)
	if err != nil {
		return p, err
	}
	c, err := calendar.Load(ctx, tx)
	if err != nil {
		return p, err
	}
	minutes := int(c.WorkTime(f.At, tx.Now) / time.Minute)
	err = f.change(ctx, tx, "answered", in.Text,
		`state = 'answered', outcome = $5, answered_at = $4, answered_by = $6, work_minutes = $7, late = $8::date > due_on`,
		in.Outcome, tx.Actor.Member, minutes, today(tx))
	if err != nil {
		return p, err
	}
	tx.Audit("trial.feedback_answered", feedbackOf(f.ID), map[string]any{"outcome": in.Outcome, "minutes": minutes})
	err = message.Send(ctx, tx, message.Notice{To: []uuid.UUID{f.ByID}, Code: "trial.feedback_answered",
		Params: message.Params{"title": f.Title, "by": tx.Actor.Name}, Href: "/trial/feedback/" + f.ID.String()})
	if err != nil {
		return p, err
	}
	return feedbackPage(ctx, tx, f.ID)
}

type saying struct {
	Versioned
	Text string `json:"text" minLength:"1" maxLength:"4000"`
}

// Validate refuses words of nothing but spaces.
func (in *saying) Validate() error { return feature.Trim(&in.Text, "text", 4000) }

// say adds to one's own feedback; said to an answer, it opens the matter again. It
// goes on with those who support if nobody leads the asker any more.
func say(ctx context.Context, tx *tenant.Tx, in saying) (p FeedbackPage, err error) {
	f, err := grab(ctx, tx, in.Versioned, "open", "answered")
	switch {
	case err != nil:
		return p, err
	case f.ByID != tx.Actor.Member:
		return p, ErrNotYours
	}
	goes, to, err := handlersOf(ctx, tx, f.To, f.DepartmentID, f.ByID)
	if err != nil {
		return p, err
	}
	if err := f.change(ctx, tx, "said", in.Text, `state = 'open', goes_to = $5`, goes); err != nil {
		return p, err
	}
	tx.Audit("trial.feedback_said", feedbackOf(f.ID), map[string]any{"reopened": f.State == "answered", "to": goes})
	err = message.Send(ctx, tx, message.Notice{To: to, Code: "trial.feedback_arrived",
		Params: message.Params{"title": f.Title, "by": tx.Actor.Name, "due": f.DueOn}, Href: "/trial/feedback/" + f.ID.String()})
	if err != nil {
		return p, err
	}
	return feedbackPage(ctx, tx, f.ID)
}

type forwarding struct {
	Versioned
	Note string `json:"note,omitempty" maxLength:"500"`
}

// forward hands feedback on: a head to those who support, these to the head. Its
// day stays.
func forward(ctx context.Context, tx *tenant.Tx, in forwarding) (p FeedbackPage, err error) {
	f, err := handled(ctx, tx, in.Versioned)
	if err != nil {
		return p, err
	}
	other := "it"
	if f.To == "it" {
		other = "head"
	}
	to, people, err := handlersOf(ctx, tx, other, f.DepartmentID, f.ByID)
	switch {
	case err != nil:
		return p, err
	case to == f.To:
		return p, ErrNobody
	}
	if err := f.change(ctx, tx, "forwarded", in.Note, `goes_to = $5, state = 'open'`, to); err != nil {
		return p, err
	}
	tx.Audit("trial.feedback_forwarded", feedbackOf(f.ID), map[string]any{"from": f.To, "to": to})
	err = message.Send(ctx, tx, message.Notice{To: people, Code: "trial.feedback_arrived",
		Params: message.Params{"title": f.Title, "by": f.ByName, "due": f.DueOn}, Href: "/trial/feedback/" + f.ID.String()})
	if err != nil {
		return p, err
	}
	return feedbackPage(ctx, tx, f.ID)
}

type sending struct {
	Versioned
	Reference string `json:"reference" minLength:"1" maxLength:"80"`
	Note      string `json:"note,omitempty" maxLength:"500"`
}

// Validate refuses a reference of nothing but spaces.
func (in *sending) Validate() error { return feature.Trim(&in.Reference, "reference", 80) }

// send records that a problem was passed on to the makers, and how they call it
// (R317). It stays open until it is answered here.
func send(ctx context.Context, tx *tenant.Tx, in sending) (p FeedbackPage, err error) {
	f, err := handled(ctx, tx, in.Versioned)
	if err != nil {
		return p, err
	}
	if err := f.change(ctx, tx, "sent_out", in.Note, `vendor_ref = $5`, in.Reference); err != nil {
		return p, err
	}
	tx.Audit("trial.feedback_sent_out", feedbackOf(f.ID), map[string]any{"reference": in.Reference})
	return feedbackPage(ctx, tx, f.ID)
}

// shut closes one's own feedback once it is answered.
func shut(ctx context.Context, tx *tenant.Tx, in Versioned) (p FeedbackPage, err error) {
	f, err := grab(ctx, tx, in, "answered")
	switch {
	case err != nil:
		return p, err
	case f.ByID != tx.Actor.Member:
		return p, ErrNotYours
	}
	if err := f.close(ctx, tx, "closed"); err != nil {
		return p, err
	}
	return feedbackPage(ctx, tx, f.ID)
}

// close ends an answered feedback: how long its answer took goes to the account
// of who answered (I47), a suggestion taken up to that of who made it (I46).
func (f Feedback) close(ctx context.Context, tx *tenant.Tx, action string) error {
	var by struct {
		Member  uuid.UUID `db:"answered_by"`
		Minutes int       `db:"work_minutes"`
	}
	if err := tx.Get(ctx, &by, `select answered_by, work_minutes from trial_feedback where id = $1`, f.ID); err != nil {
		return err
	}
	if err := f.change(ctx, tx, action, "", `state = 'closed', closed_at = $4`); err != nil {
		return err
	}
	home, err := homes(ctx, tx, by.Member)
	if err != nil {
		return err
	}
	tx.Audit("trial.feedback_closed", feedbackOf(f.ID), map[string]any{"outcome": f.Outcome, "minutes": by.Minutes, "late": f.Late})
	if unit, ok := home[by.Member]; ok {
		tx.Deed(tenant.Deed{Kind: Closed, Member: by.Member, Unit: unit, Item: feedbackOf(f.ID), Title: f.Title, Level: f.Outcome,
			Late: f.Late, WorkMinute: by.Minutes})
	}
	if f.Outcome == "adopted" && f.DepartmentID != uuid.Nil {
		tx.Deed(tenant.Deed{Kind: Adopted, Member: f.ByID, Unit: f.DepartmentID, Item: feedbackOf(f.ID), Title: f.Title})
	}
	return nil
}
