package verdict

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/calendar"
	"hetu/feature"
	"hetu/tenant"
)

// A Decision is what a meeting decided about the grades of a round.
type Decision struct {
	ID      uuid.UUID  `json:"id"`
	Meeting string     `json:"meeting"`
	Number  string     `json:"number"` // of its minutes
	HeldOn  string     `json:"held_on" format:"date"`
	Chair   string     `json:"chair"`
	Rows    []GradeRow `json:"rows"`
	Digest  string     `json:"digest"` // SHA-256 of the rows
	ByName  string     `json:"by_name"`
	At      time.Time  `json:"at"`
}

type decisionRow struct {
	ID      uuid.UUID             `db:"id"`
	Meeting string                `db:"meeting"`
	Number  string                `db:"number"`
	HeldOn  string                `db:"held_on"`
	Chair   string                `db:"chair"`
	Rows    tenant.Rows[GradeRow] `db:"rows"`
	Digest  string                `db:"digest"`
	Result  string                `db:"result_digest"`
	ByName  string                `db:"by_name"`
	At      time.Time             `db:"at"`
}

// findDecision returns the decision of a round that stands; ErrUndecided if none does.
func findDecision(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (d decisionRow, err error) {
	err = tx.Get(ctx, &d, `
		select id, meeting, number, to_char(held_on, 'YYYY-MM-DD') as held_on, chair, rows, digest, result_digest, by_name, at
		  from verdict_decisions where round_id = $1 and annulled_at is null`, round)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrUndecided
	}
	return d, err
}

func decisionOf(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (*Decision, error) {
	d, err := findDecision(ctx, tx, round)
	if errors.Is(err, ErrUndecided) {
		return nil, nil
	}
	return &Decision{d.ID, d.Meeting, d.Number, d.HeldOn, d.Chair, append([]GradeRow{}, d.Rows...), d.Digest, d.ByName, d.At}, err
}

// standing refuses what would change a round on which a decision stands.
func standing(ctx context.Context, tx *tenant.Tx, round uuid.UUID) error {
	var decided bool
	err := tx.Get(ctx, &decided, `select exists (select from verdict_decisions where round_id = $1 and annulled_at is null)`, round)
	if err == nil && decided {
		err = ErrDecided
	}
	return err
}

// held returns a round that stays as it is until the transaction ends.
func held(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (r assess.Round, err error) {
	if _, err = tx.Exec(ctx, `select from assess_rounds where id = $1 for update`, round); err != nil {
		return r, err
	}
	return assess.FindRound(ctx, tx, round)
}

// mayDecide returns the grading to be decided on, or what stands in the way.
func mayDecide(ctx context.Context, tx *tenant.Tx, r assess.Round) (g gradingRow, err error) {
	if err := standing(ctx, tx, r.ID); err != nil {
		return g, err
	}
	g, err = findGrading(ctx, tx, r.ID)
	if err != nil {
		return g, err
	}
	c, err := findCalendar(ctx, tx, r.ID)
	if err != nil {
		return g, err
	}
	old, err := g.old(c)
	switch {
	case err != nil:
		return g, err
	case old, g.Digest != r.Digest:
		return g, ErrGradingOld
	case len(g.Ties) > 0:
		return g, ErrTies
	}
	if err := leavesOver(ctx, tx, r.ID); err != nil {
		return g, err
	}
	if err := appealsSettled(ctx, tx, r.ID); err != nil {
		return g, err
	}
	if err := assess.Settled(ctx, tx, r.ID); err != nil {
		return g, err
	}
	if err := met(ctx, tx, r); err != nil {
		return g, err
	}
	return g, onTime(ctx, tx, r.ID, decide)
}

// A Change is a grade the meeting gave other than proposed.
type Change struct {
	Unit   uuid.UUID `json:"unit_id"`
	Grade  string    `json:"grade" minLength:"1" maxLength:"20"`
	Reason string    `json:"reason" minLength:"1" maxLength:"500"`
}

type decisionIn struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Grading uuid.UUID `json:"grading_id"`
	Meeting string    `json:"meeting" minLength:"1" maxLength:"120"`
	Number  string    `json:"number,omitempty" maxLength:"60"`
	HeldOn  string    `json:"held_on" format:"date"`
	Chair   string    `json:"chair" minLength:"1" maxLength:"40"`
	Changes []Change  `json:"changes,omitempty" maxItems:"1000"`
}

// Validate refuses what is nothing but spaces.
func (in *decisionIn) Validate() error {
	if _, err := calendar.ParseDate(in.HeldOn); err != nil {
		return ErrDay.On("held_on")
	}
	for i := range in.Changes {
		if err := feature.Trim(&in.Changes[i].Reason, fmt.Sprintf("changes[%d].reason", i), 500); err != nil {
			return err
		}
	}
	return errors.Join(feature.Trim(&in.Meeting, "meeting", 120), feature.Trim(&in.Chair, "chair", 40))
}

// decision writes down what the meeting decided about the grades proposed. The
// meeting may change them, with reasons, but lifts nobody above the line of
// their total or their veto, and exceeds no quota.
func (v *Verdicts) decision(ctx context.Context, tx *tenant.Tx, in decisionIn) (p Page, err error) {
	r, err := held(ctx, tx, in.ID) // until the decision stands
	if err != nil {
		return p, err
	}
	g, err := mayDecide(ctx, tx, r)
	if err != nil {
		return p, err
	}
	n, err := noticeOf(ctx, tx, r.ID)
	switch {
	case err != nil:
		return p, err
	case n == nil:
		return p, ErrNoticeNeeded
	case g.ID != in.Grading:
		return p, ErrGradingOld
	case g.By == tx.Actor.Member || g.ByAccount == tx.Actor.Account:
		return p, ErrSamePerson
	case in.HeldOn <= n.Until || in.HeldOn > calendar.DateOf(tx.Now).String():
		return p, ErrHeld.On("held_on")
	}
	rows, err := in.changed(ctx, tx, r, g.Rows)
	if err != nil {
		return p, err
	}
	text := tenant.JSON(rows)
	id, digest := tenant.NewID(), digestOf([]byte(text))
	_, err = tx.Exec(ctx, `
		insert into verdict_decisions (id, round_id, grading_id, result_digest, meeting, number, held_on, chair, rows, digest, proposed_by,
		                               by_id, by_account, by_name, at)
		     values ($1, $2, $3, $4, $5, $6, $7::date, $8, $9, $10, $11, $12, $13, $14, $15)`,
		id, r.ID, g.ID, r.Digest, in.Meeting, in.Number, in.HeldOn, in.Chair, text, digest, g.ByAccount,
		tx.Actor.Member, tx.Actor.Account, tx.Actor.Name, tx.Now)
	if tenant.Constraint(err) == "verdict_decisions_standing_uq" {
		return p, ErrDecided
	}
	if err == nil {
		err = assess.Grade(ctx, tx, r.ID, graded(rows))
	}
	if err != nil {
		return p, err
	}
	tx.Audit("verdict.decided", roundOf(r.ID), map[string]any{"decision": id, "meeting": in.Meeting, "held_on": in.HeldOn, "digest": digest,
		"result": r.Digest, "changes": len(in.Changes)})
	for _, step := range []string{grade, decide} {
		if err := finishAgain(ctx, tx, r.ID, step); err != nil {
			return p, err
		}
	}
	return v.page(ctx, tx, ref{r.ID})
}

func graded(rows []GradeRow) []assess.Graded {
	all := make([]assess.Graded, len(rows))
	for i, g := range rows {
		all[i] = assess.Graded{Unit: g.Unit, Grade: g.Grade}
	}
	return all
}

// changed returns the rows as the meeting left them.
func (in decisionIn) changed(ctx context.Context, tx *tenant.Tx, r assess.Round, proposed []GradeRow) ([]GradeRow, error) {
	c, err := findCalendar(ctx, tx, r.ID)
	if err != nil {
		return nil, err
	}
	s, err := assess.SchemeOf(ctx, tx, r)
	if err != nil {
		return nil, err
	}
	names := gradesIn(s.Plan.Grades, c.Lines)
	rows := slices.Clone(proposed)
	for i, ch := range in.Changes {
		on := func(name string) string { return fmt.Sprintf("changes[%d].%s", i, name) }
		at := slices.IndexFunc(rows, func(g GradeRow) bool { return g.Unit.ID == ch.Unit })
		to := slices.Index(names, ch.Grade)
		switch {
		case at < 0:
			return nil, ErrUnit.On(on("unit_id"))
		case rows[at].Why == "changed":
			return nil, ErrChangeTwice.On(on("unit_id"))
		case to < 0:
			return nil, ErrGrade.On(on("grade"))
		case rows[at].Grade == ch.Grade:
			return nil, ErrChangeNothing.On(on("grade"))
		case to < slices.Index(names, rows[at].ByLine):
			return nil, ErrAboveLine.On(on("grade"))
		}
		rows[at].Grade, rows[at].Why, rows[at].Reason = ch.Grade, "changed", ch.Reason
	}
	return rows, within(rows, names[0], c.Share)
}

// within refuses more units in the first grade than a class has places.
func within(rows []GradeRow, first string, share int) error {
	type key struct{ kind, class string }
	all, got := map[key]int{}, map[key]int{}
	for _, r := range rows {
		k := key{r.Unit.Kind, r.Class}
		all[k]++
		if r.Grade == first {
			got[k]++
		}
	}
	for _, r := range rows {
		k := key{r.Unit.Kind, r.Class}
		if limit := most(all[k], share); got[k] > limit {
			return ErrQuota.On("changes").With("class", r.ClassName).With("most", limit)
		}
	}
	return nil
}

type annulIn struct {
	ID     uuid.UUID `json:"-" path:"id"`
	Reason string    `json:"reason" minLength:"1" maxLength:"500"`
}

// Validate refuses a reason of nothing but spaces.
func (in *annulIn) Validate() error { return feature.Trim(&in.Reason, "reason", 500) }

// annul takes a decision back, with a reason, as long as it was not published.
// It stays on record; another one may follow.
func (v *Verdicts) annul(ctx context.Context, tx *tenant.Tx, in annulIn) (p Page, err error) {
	r, err := held(ctx, tx, in.ID) // nobody publishes what is being annulled
	switch {
	case err != nil:
		return p, err
	case r.State != "open":
		return p, ErrPublished
	}
	n, err := tx.Exec(ctx, `
		update verdict_decisions d set annulled_at = $2, annulled_by = $3, annul_reason = $4
		  from assess_rounds r
		 where d.round_id = $1 and d.annulled_at is null and r.id = d.round_id and r.state = 'open'`, r.ID, tx.Now, tx.Actor.Name, in.Reason)
	if err == nil && n == 0 {
		err = ErrUndecided
	}
	if err == nil {
		err = assess.Grade(ctx, tx, r.ID, nil)
	}
	if err != nil {
		return p, err
	}
	_, err = tx.Exec(ctx, `
		update verdict_steps set done_at = null, done_by = '', note = '' where round_id = $1 and step in ('grade', 'decide')`, r.ID)
	if err != nil {
		return p, err
	}
	tx.Audit("verdict.annulled", roundOf(r.ID), nil)
	return v.page(ctx, tx, ref{r.ID})
}
