package review

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// A Form is the self-assessment of a unit of the reader's own.
type Form struct {
	ID        uuid.UUID   `json:"id"`
	Unit      assess.Unit `json:"unit"`
	CalledBy  string      `json:"called_by"`
	Name      string      `json:"name"`
	Note      string      `json:"note"`
	Scheme    string      `json:"scheme_name"`
	Round     string      `json:"round_name"`
	From      string      `json:"from" format:"date"`
	To        string      `json:"to" format:"date"`
	Due       string      `json:"due_day" format:"date"`
	Permit    *string     `json:"permit_until"`
	State     string      `json:"state" enum:"waiting,returned,overdue,submitted,closed,cancelled"`
	Returned  string      `json:"return_reason"`
	Lines     []Line      `json:"lines"`
	Answers   []Answer    `json:"answers"`
	Submitted *Submitted  `json:"submitted"` // what counts now; null: nothing
	Results   []Result    `json:"results"`   // once the review is closed
	Version   int         `json:"version"`   // of the answers; 0: none yet
	ChangedBy string      `json:"changed_by"`
	ChangedAt *time.Time  `json:"changed_at"`
	May       []string    `json:"may" enum:"save,submit"`
}

// Submitted says who sent a self-assessment.
type Submitted struct {
	N      int       `json:"n"`
	By     string    `json:"by_name"`
	At     time.Time `json:"at"`
	Late   bool      `json:"late"`
	Digest string    `json:"digest"` // SHA-256 of the answers with the digests of their evidence
}

// A Result is what the review of a line came to, as the unit sees it. It does
// not say who reviewed.
type Result struct {
	Code   string           `json:"code"`
	Name   string           `json:"name"`
	Self   *decimal.Decimal `json:"self"`
	System decimal.Decimal  `json:"system"`
	Value  decimal.Decimal  `json:"value"`
	Reason string           `json:"reason"`
}

type formRow struct {
	Answers   tenant.Rows[keptAnswer] `db:"answers"`
	Version   int                     `db:"version"`
	ChangedBy string                  `db:"changed_by"`
	ChangedAt time.Time               `db:"changed_at"`
}

// ours is which units are the actor's own: their tenant, or a department they
// hold a post in or below. $1 is the member.
const ours = ` where u.subject_tenant_id = app_tenant()
	and (u.unit_kind = 'tenant' or exists (
	  select from posts p join departments d on d.id = p.department_id where p.member_id = $1 and u.unit_id = any (d.path)))`

// own returns a unit of the actor's that was called.
func own(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (u unitRow, err error) {
	err = tx.Get(ctx, &u, unitQuery+ours+` and u.id = $2`, tx.Actor.Member, id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrFormNotFound
	}
	return u, err
}

// A FormRow is a self-assessment in the list of a unit's own.
type FormRow struct {
	ID       uuid.UUID   `json:"id"`
	Unit     assess.Unit `json:"unit"`
	CalledBy string      `json:"called_by"`
	Name     string      `json:"name"`
	Round    string      `json:"round_name"`
	Due      string      `json:"due_day" format:"date"`
	Permit   *string     `json:"permit_until"`
	State    string      `json:"state" enum:"waiting,returned,overdue,submitted,closed,cancelled"`
}

type formList struct{ feature.Page }

// Validate checks the cursor.
func (q formList) Validate() error { return cursor(q.Page) }

func listForms(ctx context.Context, tx *tenant.Tx, q formList) (l feature.List[FormRow], err error) {
	var us []unitRow
	err = tx.Select(ctx, &us, unitQuery+ours+`
		   and ($2 = '' or u.id < nullif($2, '')::uuid) order by u.id desc limit $3`, tx.Actor.Member, q.After, q.Size()+1)
	rows := make([]FormRow, len(us))
	for i, u := range us {
		rows[i] = FormRow{u.ID, u.unit(), u.CalledBy, u.CallName, u.RoundName, u.Due, u.Permit, u.stateOn(today(tx))}
	}
	return feature.Cut(rows, q.Size(), func(r FormRow) string { return r.ID.String() }), err
}

// stateOn is where the unit is, or that the whole is over.
func (u unitRow) stateOn(day string) string {
	if u.State != "open" {
		return u.State
	}
	return u.stands(day)
}

func form(ctx context.Context, tx *tenant.Tx, q ref) (f Form, err error) {
	u, err := own(ctx, tx, q.ID)
	if err != nil {
		return f, err
	}
	row, err := written(ctx, tx, u.ID)
	if err != nil {
		return f, err
	}
	f = Form{ID: u.ID, Unit: u.unit(), CalledBy: u.CalledBy, Name: u.CallName, Note: u.Note, Scheme: u.Scheme, Round: u.RoundName, From: u.From, To: u.To,
		Due: u.Due, Permit: u.Permit, State: u.stateOn(today(tx)), Lines: u.Lines, Answers: []Answer{}, Results: u.Result,
		Version: row.Version, ChangedBy: row.ChangedBy, May: []string{}}
	if row.Version > 0 {
		f.ChangedAt = &row.ChangedAt
	}
	answers := row.Answers
	if u.submitted() {
		f.Submitted = &Submitted{u.N, u.By, *u.At, u.Late, u.Digest}
		answers = u.Answers
	} else if u.Returned > 0 {
		f.Returned = u.Because
	}
	for _, a := range answers {
		f.Answers = append(f.Answers, a.shown())
	}
	r := rbac.From(ctx)
	if u.writable(today(tx)) == nil {
		for _, m := range []struct {
			right rbac.Permission
			act   string
		}{{Fill, "save"}, {Submit, "submit"}} {
			if r.Has(m.right) {
				f.May = append(f.May, m.act)
			}
		}
	}
	return f, nil
}

// written returns what the unit has written so far; version 0 if nothing.
func written(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (row formRow, err error) {
	err = tx.Get(ctx, &row, `select answers, version, changed_by, changed_at from review_forms where id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = nil
	}
	return row, err
}

// writable returns why a self-assessment cannot be written or sent on a day.
func (u unitRow) writable(day string) error {
	switch {
	case u.State != "open":
		return ErrState.With("state", u.State)
	case u.submitted():
		return ErrSubmitted
	case !u.open(day):
		return ErrOverdue.With("due", u.Due)
	}
	return nil
}

type newAnswer struct {
	Code     string           `json:"code" minLength:"1" maxLength:"32"`
	Points   *decimal.Decimal `json:"points,omitempty" pattern:"^-?[0-9]{1,6}([.][0-9]{1,4})?$"`
	Text     string           `json:"text,omitempty" maxLength:"4000"`
	Evidence []newEvidence    `json:"evidence,omitempty" maxItems:"30"`
}

type newEvidence struct {
	Kind string    `json:"kind" enum:"file,deed"`
	ID   uuid.UUID `json:"id"`
}

type answers struct {
	ID      uuid.UUID   `json:"-" path:"id"`
	Version int         `json:"version"` // 0 before anything was written
	Answers []newAnswer `json:"answers" maxItems:"300"`
}

// save keeps what a unit has written, in place of what it had.
func save(ctx context.Context, tx *tenant.Tx, in answers) (f Form, err error) {
	u, err := own(ctx, tx, in.ID)
	if err == nil {
		err = u.writable(today(tx))
	}
	if err != nil {
		return f, err
	}
	all, err := u.take(ctx, tx, in.Answers)
	if err != nil {
		return f, err
	}
	n, err := tx.Exec(ctx, `
		insert into review_forms as f (id, answers, editors, changed_by, changed_at)
		     select $1, $2, array[$4::uuid], $5, $6 where $3 = 0 or exists (select from review_forms where id = $1)
		on conflict on constraint review_forms_pkey do update
		   set answers = excluded.answers, version = f.version + 1, changed_by = excluded.changed_by, changed_at = excluded.changed_at,
		       editors = case when $4 = any (f.editors) then f.editors else f.editors || $4::uuid end
		 where f.version = $3`, u.ID, tenant.JSON(all), in.Version, tx.Actor.Account, tx.Actor.Name, tx.Now)
	if err != nil {
		return f, err
	}
	if n == 0 {
		row, err := written(ctx, tx, u.ID)
		if err != nil {
			return f, err
		}
		return f, stale(row.Version, row.ChangedBy, row.ChangedAt)
	}
	tx.Audit("review.form_saved", "review/form/"+u.ID.String(), map[string]any{"unit": u.Unit, "answers": len(all)})
	return form(ctx, tx, ref{in.ID})
}

// take checks answers and looks up their evidence.
func (u unitRow) take(ctx context.Context, tx *tenant.Tx, in []newAnswer) ([]keptAnswer, error) {
	all := make([]keptAnswer, 0, len(in))
	for i, a := range in {
		at := fmt.Sprintf("answers[%d].", i)
		l, ok := find(u.Lines, a.Code)
		switch {
		case !ok:
			return nil, ErrCode.On(at + "code")
		case slices.ContainsFunc(all, func(k keptAnswer) bool { return k.Code == a.Code }):
			return nil, ErrCodeTwice.On(at + "code")
		case a.Points != nil && l.Most != nil && a.Points.GreaterThan(*l.Most):
			return nil, ErrMost.On(at+"points").With("most", *l.Most)
		}
		k := keptAnswer{Code: a.Code, Points: a.Points, Text: a.Text, Evidence: []kept{}}
		for j, e := range a.Evidence {
			got, err := u.look(ctx, tx, e)
			if errors.Is(err, ErrNoEvidence) {
				err = ErrNoEvidence.On(fmt.Sprintf("%sevidence[%d].id", at, j))
			}
			if err != nil {
				return nil, err
			}
			if !slices.ContainsFunc(k.Evidence, func(x kept) bool { return x.ID == got.ID }) {
				k.Evidence = append(k.Evidence, got)
			}
		}
		all = append(all, k)
	}
	return all, nil
}

type sending struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"version"`
}

// submit sends what was written. What gives points has evidence; nothing of it
// changes any more, unless it is sent back.
func submit(ctx context.Context, tx *tenant.Tx, in sending) (f Form, err error) {
	u, err := own(ctx, tx, in.ID)
	if err == nil {
		err = u.writable(today(tx))
	}
	if err != nil {
		return f, err
	}
	// Whoever still writes waits: what is looked at here is what is sent.
	if _, err := tx.Exec(ctx, `select from review_forms where id = $1 for update`, u.ID); err != nil {
		return f, err
	}
	row, err := written(ctx, tx, u.ID)
	switch {
	case err != nil:
		return f, err
	case row.Version == 0:
		return f, ErrNothing.On("answers")
	case row.Version != in.Version:
		return f, stale(row.Version, row.ChangedBy, row.ChangedAt)
	}
	var said bool
	for i, a := range row.Answers {
		if a.Points != nil && len(a.Evidence) == 0 {
			return f, ErrEvidence.On(fmt.Sprintf("answers[%d].evidence", i)).With("code", a.Code)
		}
		said = said || a.Points != nil
	}
	if !said {
		return f, ErrNothing.On("answers")
	}
	digest, err := digestOf(row.Answers)
	if err != nil {
		return f, err
	}
	late := today(tx) > u.Due
	_, err = tx.Exec(ctx, `
		insert into review_submissions (form_id, n, caller_id, answers, digest, late, editors, by_id, by_account, by_name, at)
		     select id, $2, $3, answers, $4, $5, case when $7 = any (editors) then editors else editors || $7::uuid end, $6, $7, $8, $9
		       from review_forms where id = $1 and version = $10`,
		u.ID, u.N+1, u.Caller, digest, late, tx.Actor.Member, tx.Actor.Account, tx.Actor.Name, tx.Now, row.Version)
	if tenant.Constraint(err) == "review_submissions_pkey" {
		return f, ErrSubmitted
	}
	if err != nil {
		return f, err
	}
	tx.Audit("review.form_submitted", "review/form/"+u.ID.String(), map[string]any{"unit": u.Unit, "n": u.N + 1, "digest": digest, "late": late})
	return form(ctx, tx, ref{in.ID})
}

// digestOf is the SHA-256 of answers with the digests of their files.
func digestOf(all []keptAnswer) (string, error) {
	b, err := json.Marshal(all)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), err
}
