package verdict

import (
	"context"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess"
	"hetu/calendar"
	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

type answerIn struct {
	ID        uuid.UUID  `json:"-" path:"id"`
	Outcome   string     `json:"outcome" enum:"accepted,rejected"`
	Reasons   string     `json:"reasons" minLength:"1" maxLength:"2000"`
	Corrected string     `json:"corrected,omitempty" pattern:"^(-?[0-9]{1,6}([.][0-9]{1,4})?)?$"` // what the rule is to give instead
	URL       string     `json:"url,omitempty" maxLength:"500"`                                   // proof, beside what the unit gave
	Upload    *uuid.UUID `json:"upload_id,omitempty"`
}

// Validate refuses reasons of nothing but spaces.
func (in *answerIn) Validate() error {
	if err := feature.Trim(&in.Reasons, "reasons", 2000); err != nil {
		return err
	}
	return address(in.URL)
}

// answer answers an appeal with reasons, in time. If it is accepted, a
// correction is proposed, or that what was decided be taken back: that counts
// when another person has confirmed it.
func (v *Verdicts) answer(ctx context.Context, tx *tenant.Tx, in answerIn) (a Appeal, err error) {
	if err := tellArrived(ctx, tx); err != nil {
		return a, err
	}
	row, err := findDocketed(ctx, tx, in.ID)
	if err != nil {
		return a, err
	}
	r, err := assess.FindRound(ctx, tx, row.Round)
	if err != nil {
		return a, err
	}
	if err := v.mayAnswer(ctx, tx, r, row); err != nil {
		return a, err
	}
	if calendar.DateOf(tx.Now).Compare(day(row.Due)) > 0 {
		return a, ErrLate.With("step", answer).With("due", row.Due)
	}
	var corrected *decimal.Decimal
	var adjustment *uuid.UUID
	if in.Outcome == "accepted" {
		if corrected, adjustment, err = in.accept(ctx, tx, row); err != nil {
			return a, err
		}
	}
	if err := in.save(ctx, tx, row, corrected, adjustment); err != nil {
		return a, err
	}
	tx.Audit("verdict.appeal_answered", appealOf(row.ID), map[string]any{"round": row.Round, "unit": row.Unit, "outcome": in.Outcome,
		"level": row.Level, "adjustment": adjustment})
	return v.answered(ctx, tx, row.ID)
}

// mayAnswer refuses whoever belongs to the unit, had a part in the line, or
// answered the first appeal, by whatever membership (AS-04).
func (v *Verdicts) mayAnswer(ctx context.Context, tx *tenant.Tx, r assess.Round, row docketRow) error {
	switch row.state() {
	case "waiting":
	case "withdrawn":
		return ErrWithdrawn
	default:
		return ErrAnswered
	}
	if err := standing(ctx, tx, r.ID); err != nil {
		return err
	}
	if err := assess.Disinterested(ctx, tx, row.Kind, row.Unit); err != nil {
		return err
	}
	did, err := assess.Assessed(ctx, tx, r, row.Kind, row.Unit, row.Rule, tx.Actor.Account)
	if err == nil && !did && v.d.Assessors != nil {
		did, err = v.d.Assessors(ctx, tx, r.ID, row.Unit, row.Rule, tx.Actor.Account)
	}
	switch {
	case err != nil:
		return err
	case row.Level == 2 && row.FirstBy != nil && *row.FirstBy == tx.Actor.Account:
		return ErrSameAnswerer
	case did:
		return ErrAssessedIt
	}
	return nil
}

// hindrance returns the code of why not, or the error if it is none to be shown.
func hindrance(err error) (string, error) {
	if f := fault.Of(err); f.Kind != fault.Internal {
		return f.Code, nil
	}
	return "", err
}

// accept proposes what an accepted appeal leads to.
func (in answerIn) accept(ctx context.Context, tx *tenant.Tx, row docketRow) (*decimal.Decimal, *uuid.UUID, error) {
	if err := rbac.Require(ctx, assess.Propose, nil); err != nil {
		return nil, nil, err
	}
	if id, ok := assess.AdjustmentOf(row.Part); ok {
		made, err := assess.Reverse(ctx, tx, id, in.Reasons[:cut(in.Reasons, 500)])
		return nil, &made.ID, err
	}
	to, err := decimal.NewFromString(in.Corrected)
	if err != nil {
		return nil, nil, ErrCorrected.On("corrected")
	}
	href := in.URL
	if href == "" && in.Upload == nil { // the unit's own evidence, which stands with its appeal
		href = "/assess/rounds/" + row.Round.String() + "/verdict#" + row.ID.String()
	}
	made, err := assess.Correct(ctx, tx, assess.Correcting{Round: row.Round, Unit: row.Unit, Rule: row.Rule, To: to,
		Reason: in.Reasons[:cut(in.Reasons, 500)], Href: href, Upload: in.Upload})
	return &to, &made.ID, err
}

// cut returns where a text of at most n characters ends, in bytes.
func cut(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

func (in answerIn) save(ctx context.Context, tx *tenant.Tx, row docketRow, corrected *decimal.Decimal, adjustment *uuid.UUID) error {
	n, err := tx.Exec(ctx, `
		update verdict_docket
		   set outcome = $2, adjustment_id = $3, by_id = $4, by_account = $5, by_name = $6, at = $7, first_account = $8
		 where appeal_id = $1 and outcome = ''`,
		row.ID, in.Outcome, adjustment, tx.Actor.Member, tx.Actor.Account, tx.Actor.Name, tx.Now, row.FirstBy)
	if err == nil && n == 0 {
		err = ErrAnswered
	}
	if err != nil {
		return err
	}
	var again *string
	if row.Level == 1 {
		cal, err := findCalendar(ctx, tx, row.Round)
		if err != nil {
			return err
		}
		c, err := calendar.Load(ctx, tx)
		if err != nil {
			return err
		}
		until, _ := c.AddWorkdays(calendar.DateOf(tx.Now), cal.AgainDays)
		text := until.String()
		again = &text
	}
	_, err = tx.Exec(ctx, `
		insert into verdict_answers (appeal_id, subject_tenant_id, round_id, level, outcome, reasons, corrected, again_by, at)
		     values ($1, $2, $3, $4, $5, $6, $7, $8::date, $9)`,
		row.ID, row.Tenant, row.Round, row.Level, in.Outcome, in.Reasons, corrected, again, tx.Now)
	return err
}

// answered returns an appeal as it is now.
func (v *Verdicts) answered(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (a Appeal, err error) {
	row, err := findDocketed(ctx, tx, id)
	if err != nil {
		return a, err
	}
	c, err := calendar.Load(ctx, tx)
	return row.appeal(c, usual.Answer, calendar.DateOf(tx.Now)), err
}
