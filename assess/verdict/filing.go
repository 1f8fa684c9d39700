package verdict

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/feature"
	"hetu/tenant"
)

// A Filing says under which number and where a round was filed, and which
// package and decision that is.
type Filing struct {
	Number   string    `db:"number" json:"number"`
	Place    string    `db:"place" json:"place"`
	Keep     string    `db:"keep" json:"keep" enum:"10,30,permanent"` // years
	Package  string    `db:"package" json:"package"`                  // SHA-256 of the frozen round's package
	Decision string    `db:"decision" json:"decision"`                // digest of the decision
	ByName   string    `db:"by_name" json:"by_name"`
	At       time.Time `db:"at" json:"at"`
}

func filingOf(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (*Filing, error) {
	var f Filing
	err := tx.Get(ctx, &f, `select number, place, keep, package, decision, by_name, at from verdict_filings where round_id = $1`, round)
	if errors.Is(err, tenant.ErrNoRows) {
		return nil, nil
	}
	return &f, err
}

// Filed returns how a round of the context's tenant was filed; nil if it was not.
func Filed(ctx context.Context, db *tenant.DB, round uuid.UUID) (f *Filing, err error) {
	err = db.Read(ctx, func(tx *tenant.Tx) error { f, err = filingOf(ctx, tx, round); return err })
	return f, err
}

// mayFile says what stands in the way of filing: the round must be frozen.
func mayFile(ctx context.Context, tx *tenant.Tx, r assess.Round) error {
	if _, err := findCalendar(ctx, tx, r.ID); err != nil {
		return err
	}
	f, err := filingOf(ctx, tx, r.ID)
	switch {
	case err != nil:
		return err
	case f != nil:
		return ErrFiled
	case r.FrozenAt == nil:
		return ErrNotFrozen
	}
	return onTime(ctx, tx, r.ID, file)
}

type filingIn struct {
	ID     uuid.UUID `json:"-" path:"id"`
	Number string    `json:"number" minLength:"1" maxLength:"60"`
	Place  string    `json:"place" minLength:"1" maxLength:"120"`
	Keep   string    `json:"keep" enum:"10,30,permanent"`
}

// Validate refuses what is nothing but spaces.
func (in *filingIn) Validate() error {
	return errors.Join(feature.Trim(&in.Number, "number", 60), feature.Trim(&in.Place, "place", 120))
}

// fileRound writes down that a frozen round was filed. It is the end.
func (v *Verdicts) fileRound(ctx context.Context, tx *tenant.Tx, in filingIn) (p Page, err error) {
	r, err := assess.FindRound(ctx, tx, in.ID)
	if err != nil {
		return p, err
	}
	if err := mayFile(ctx, tx, r); err != nil {
		return p, err
	}
	d, err := findDecision(ctx, tx, r.ID)
	if err != nil {
		return p, err
	}
	_, err = tx.Exec(ctx, `
		insert into verdict_filings (round_id, number, place, keep, package, decision, by_id, by_name, at)
		select $1, $2, $3, $4, f.sha256, $5, $6, $7, $8 from assess_freezes f where f.round_id = $1`,
		r.ID, in.Number, in.Place, in.Keep, d.Digest, tx.Actor.Member, tx.Actor.Name, tx.Now)
	switch tenant.Constraint(err) {
	case "verdict_filings_pkey":
		return p, ErrFiled
	case "verdict_filings_number_uq":
		return p, ErrNumber.On("number")
	}
	if err != nil {
		return p, err
	}
	tx.Audit("verdict.filed", roundOf(r.ID), map[string]string{"number": in.Number, "keep": in.Keep, "decision": d.Digest})
	for _, step := range []string{publish, freeze, file} {
		if err := finishAgain(ctx, tx, r.ID, step); err != nil {
			return p, err
		}
	}
	return v.page(ctx, tx, ref{r.ID})
}

// Gate refuses acts on a round whose time has not come, or is past: what would
// change the result once a meeting has decided, and its publishing, closing and
// freezing before. Publishing shows each unit its grade. A round without a
// calendar has no gate.
func Gate(ctx context.Context, tx *tenant.Tx, round uuid.UUID, act string) error {
	if _, err := findCalendar(ctx, tx, round); err != nil {
		if errors.Is(err, ErrNoCalendar) {
			return nil
		}
		return err
	}
	if slices.Contains([]string{"recompute", "propose", "confirm"}, act) {
		return standing(ctx, tx, round)
	}
	r, err := held(ctx, tx, round) // whoever annuls the decision comes before or after
	if err != nil {
		return err
	}
	d, err := findDecision(ctx, tx, round)
	switch {
	case err != nil:
		return err
	case d.Result != r.Digest:
		return ErrGradingOld
	case act == "publish":
		return showGrades(ctx, tx, r, d)
	case act == "freeze":
		return onTime(ctx, tx, round, freeze)
	}
	return nil
}

// showGrades shows each unit the grade it got, as the round is published.
func showGrades(ctx context.Context, tx *tenant.Tx, r assess.Round, d decisionRow) error {
	if r.State != "open" {
		return nil // it is refused
	}
	if err := onTime(ctx, tx, r.ID, publish); err != nil {
		return err
	}
	var kinds, ids, names, grades []string
	for _, g := range d.Rows {
		kinds, ids, names, grades = append(kinds, g.Unit.Kind), append(ids, g.Unit.ID.String()), append(names, g.Unit.Name), append(grades, g.Grade)
	}
	_, err := tx.Exec(ctx, `
		insert into verdict_grades (round_id, subject_tenant_id, unit_kind, unit_id, unit_name, grade, meeting, held_on, digest, at)
		select $1, case u.kind when 'tenant' then u.id else app_tenant() end, u.kind, u.id, u.name, u.grade, $6, $7::date, $8, $9
		  from unnest($2::text[], $3::uuid[], $4::text[], $5::text[]) as u (kind, id, name, grade)
		    on conflict on constraint verdict_grades_pkey do nothing`,
		r.ID, tenant.Array(kinds), tenant.Array(ids), tenant.Array(names), tenant.Array(grades), d.Meeting, d.HeldOn, d.Digest, tx.Now)
	if err != nil {
		return err
	}
	return finishAgain(ctx, tx, r.ID, publish)
}
