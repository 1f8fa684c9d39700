package trial

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// A Contact is whom to ask about something (R336).
type Contact struct {
	Topic    string     `json:"topic" minLength:"1" maxLength:"60"`
	MemberID *uuid.UUID `json:"member_id,omitempty"` // one of the tenant's own
	Name     string     `json:"name" maxLength:"40"` // of the member, or of somebody else
	Phone    string     `json:"phone,omitempty" maxLength:"40"`
	Place    string     `json:"place,omitempty" maxLength:"80"`
}

// A GroupMember is somebody in the rollout group (R334).
type GroupMember struct {
	MemberID uuid.UUID `json:"member_id"`
	Name     string    `json:"name,omitempty" maxLength:"40"` // as they are called now
	Part     string    `json:"part" enum:"leader,manager,coordinator"`
}

// Settings are whom to ask, who leads the rollout, and how often people are
// reminded of secrecy (R368).
type Settings struct {
	Mark
	Contacts   tenant.Rows[Contact]     `db:"contacts" json:"contacts"`
	Group      tenant.Rows[GroupMember] `db:"people" json:"group"`
	EveryDays  int                      `db:"every_days" json:"every_days"` // 0: nobody is reminded
	Reminder   string                   `db:"reminder" json:"reminder"`     // in words of the tenant's own; empty for the usual ones
	RemindedAt time.Time                `db:"reminded_at" json:"reminded_at"`
}

// usualDays is how often people are reminded of secrecy where nobody said.
const usualDays = 30

func settings(ctx context.Context, tx *tenant.Tx) (s Settings, err error) {
	err = tx.Get(ctx, &s, `
		select contacts, people, every_days, reminder, reminded_at, version, changed_by, changed_at from trial_settings where tenant_id = app_tenant()`)
	if errors.Is(err, tenant.ErrNoRows) {
		return Settings{Contacts: tenant.Rows[Contact]{}, Group: tenant.Rows[GroupMember]{}, EveryDays: usualDays, RemindedAt: tx.Now}, nil
	}
	return s, err
}

// named returns contacts and group with the names people have now. Who has left
// is not among them.
func (s Settings) named(ctx context.Context, tx *tenant.Tx) (cs []Contact, gs []GroupMember, err error) {
	cs, gs = []Contact{}, []GroupMember{}
	var ids []uuid.UUID
	for _, c := range s.Contacts {
		if c.MemberID != nil {
			ids = append(ids, *c.MemberID)
		}
	}
	for _, g := range s.Group {
		ids = append(ids, g.MemberID)
	}
	var rows []Named
	if len(ids) > 0 {
		err = tx.Select(ctx, &rows, `select id, name from members where id = any ($1::uuid[]) and state <> 'left'`, tenant.Array(ids))
	}
	name := make(map[uuid.UUID]string, len(rows))
	for _, r := range rows {
		name[r.ID] = r.Name
	}
	for _, c := range s.Contacts {
		if c.MemberID != nil {
			if c.Name = name[*c.MemberID]; c.Name == "" {
				continue
			}
		}
		cs = append(cs, c)
	}
	for _, g := range s.Group {
		if g.Name = name[g.MemberID]; g.Name != "" {
			gs = append(gs, g)
		}
	}
	return cs, gs, err
}

func getSettings(ctx context.Context, tx *tenant.Tx, _ feature.None) (s Settings, err error) {
	if s, err = settings(ctx, tx); err != nil {
		return s, err
	}
	s.Contacts, s.Group, err = s.named(ctx, tx)
	return s, err
}

type newSettings struct {
	Version   int           `json:"version"`
	Contacts  []Contact     `json:"contacts" maxItems:"50"`
	Group     []GroupMember `json:"group" maxItems:"50"`
	EveryDays int           `json:"every_days" minimum:"0" maximum:"365"`
	Reminder  string        `json:"reminder,omitempty" maxLength:"300"`
}

// Validate refuses a contact nobody stands behind.
func (in *newSettings) Validate() error {
	for i := range in.Contacts {
		c, at := &in.Contacts[i], fmt.Sprintf("contacts[%d].", i)
		if c.MemberID == nil {
			if err := feature.Trim(&c.Name, at+"name", 40); err != nil {
				return err
			}
		}
		if err := feature.Trim(&c.Topic, at+"topic", 60); err != nil {
			return err
		}
	}
	for i, g := range in.Group {
		if slices.ContainsFunc(in.Group[:i], func(o GroupMember) bool { return o.MemberID == g.MemberID && o.Part == g.Part }) {
			return ErrTwice.On(fmt.Sprintf("group[%d].member_id", i))
		}
	}
	return nil
}

// known refuses people who are no active members, each where they stand: one
// person may stand for several things.
func (in *newSettings) known(ctx context.Context, tx *tenant.Tx) error {
	for i, c := range in.Contacts {
		if c.MemberID == nil {
			continue
		}
		if err := people(ctx, tx, []uuid.UUID{*c.MemberID}, fmt.Sprintf("contacts[%d].member_id", i)); err != nil {
			return err
		}
	}
	for i, g := range in.Group {
		if err := people(ctx, tx, []uuid.UUID{g.MemberID}, fmt.Sprintf("group[%d].member_id", i)); err != nil {
			return err
		}
	}
	return nil
}

func setSettings(ctx context.Context, tx *tenant.Tx, in newSettings) (s Settings, err error) {
	if err := in.known(ctx, tx); err != nil {
		return s, err
	}
	if err := keep(ctx, tx); err != nil {
		return s, err
	}
	n, err := tx.Exec(ctx, `
		update trial_settings set contacts = $2, people = $3, every_days = $4, reminder = $5, version = version + 1, changed_by = $6, changed_at = $7
		 where tenant_id = app_tenant() and version = $1`,
		max(1, in.Version), tenant.JSON(in.Contacts), tenant.JSON(in.Group), in.EveryDays, in.Reminder, tx.Actor.Name, tx.Now)
	if err != nil {
		return s, err
	}
	if n == 0 {
		now, err := settings(ctx, tx)
		if err != nil {
			return s, err
		}
		return s, now.at(in.Version)
	}
	tx.Audit("trial.settings_changed", "trial/settings", map[string]any{"contacts": len(in.Contacts), "group": len(in.Group), "every_days": in.EveryDays})
	return getSettings(ctx, tx, feature.None{})
}

// keep sees to it that the tenant has settings.
func keep(ctx context.Context, tx *tenant.Tx) error {
	_, err := tx.Exec(ctx, `
		insert into trial_settings (every_days, reminded_at, changed_at) values ($1, $2, $2) on conflict on constraint trial_settings_pkey do nothing`, usualDays, tx.Now)
	return err
}

// A Question is what people ask again and again, with its answer (R331).
type Question struct {
	Mark
	ID        uuid.UUID `db:"id" json:"id"`
	Question  string    `db:"question" json:"question"`
	Answer    string    `db:"answer" json:"answer"`
	Page      string    `db:"page" json:"page"` // the screen it is about; empty if none
	UpdatedAt time.Time `db:"updated_at" json:"updated_at"`
}

const questionColumns = `id, question, answer, page, version, changed_by, changed_at, changed_at as updated_at`

type questionList struct {
	feature.Page
	Q string `json:"-" query:"q"`
}

// Validate checks the cursor.
func (q questionList) Validate() error { return cursor(q.Page) }

func listQuestions(ctx context.Context, tx *tenant.Tx, q questionList) (l feature.List[Question], err error) {
	var rows []Question
	err = tx.Select(ctx, &rows, `
		select `+questionColumns+` from trial_questions
		 where ($1 = '' or position(lower($1) in lower(question || ' ' || answer)) > 0) and ($2 = '' or id < nullif($2, '')::uuid)
		 order by id desc limit $3`, q.Q, q.After, q.Size()+1)
	return feature.Cut(rows, q.Size(), func(q Question) string { return q.ID.String() }), err
}

// A QA is a question with its answer, as who keeps them words it.
type QA struct {
	Question string `json:"question" minLength:"1" maxLength:"200"`
	Answer   string `json:"answer" minLength:"1" maxLength:"4000"`
	Page     string `json:"page,omitempty" maxLength:"200" pattern:"^(/[a-z0-9/-]*)?$"`
}

// Validate refuses texts of nothing but spaces.
func (in *QA) Validate() error {
	return errors.Join(feature.Trim(&in.Question, "question", 200), feature.Trim(&in.Answer, "answer", 4000))
}

func addQuestion(ctx context.Context, tx *tenant.Tx, in QA) (q Question, err error) {
	err = tx.Get(ctx, &q, `
		insert into trial_questions (id, question, answer, page, changed_by, changed_at) values ($1, $2, $3, $4, $5, $6) returning `+questionColumns,
		tenant.NewID(), in.Question, in.Answer, in.Page, tx.Actor.Name, tx.Now)
	if err == nil {
		tx.Audit("trial.question_added", "trial/question/"+q.ID.String(), map[string]any{"question": in.Question})
	}
	return q, err
}

type requestion struct {
	Versioned
	QA
}

// Validate checks the texts.
func (in *requestion) Validate() error { return in.QA.Validate() }

func findQuestion(ctx context.Context, tx *tenant.Tx, v Versioned) (q Question, err error) {
	err = tx.Get(ctx, &q, `select `+questionColumns+` from trial_questions where id = $1`, v.ID)
	if err != nil {
		return q, missing(err, ErrNotFound)
	}
	return q, q.at(v.Version)
}

func editQuestion(ctx context.Context, tx *tenant.Tx, in requestion) (q Question, err error) {
	if q, err = findQuestion(ctx, tx, in.Versioned); err != nil {
		return q, err
	}
	if err := q.move(ctx, tx, "trial_questions", q.ID, `question = $5, answer = $6, page = $7`, in.Question, in.Answer, in.Page); err != nil {
		return q, err
	}
	tx.Audit("trial.question_changed", "trial/question/"+q.ID.String(), map[string]any{"question": in.Question})
	return findQuestion(ctx, tx, Versioned{q.ID, q.Version + 1})
}

type dropping struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"-" query:"version"`
}

func dropQuestion(ctx context.Context, tx *tenant.Tx, in dropping) (none feature.None, err error) {
	q, err := findQuestion(ctx, tx, Versioned(in))
	if err != nil {
		return none, err
	}
	n, err := tx.Exec(ctx, `delete from trial_questions where id = $1 and version = $2`, q.ID, q.Version)
	if err == nil && n == 0 {
		err = ErrStale.With("version", q.Version+1)
	}
	if err == nil {
		tx.Audit("trial.question_dropped", "trial/question/"+q.ID.String(), map[string]any{"question": q.Question})
	}
	return none, err
}
