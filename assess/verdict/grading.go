package verdict

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/calendar"
	"hetu/feature"
	"hetu/tenant"
)

// A Grading is the grades of all units as proposed.
type Grading struct {
	ID     uuid.UUID  `json:"id"`
	Rows   []GradeRow `json:"rows"`
	Ties   []Tie      `json:"ties"`
	ByName string     `json:"by_name"`
	Own    bool       `json:"own"` // the reader proposed it
	At     time.Time  `json:"at"`
	Old    bool       `json:"old"` // the result has changed since
}

type gradingRow struct {
	ID        uuid.UUID             `db:"id"`
	Digest    string                `db:"result_digest"`
	Rows      tenant.Rows[GradeRow] `db:"rows"`
	Ties      tenant.Rows[Tie]      `db:"ties"`
	By        uuid.UUID             `db:"by_id"`
	ByAccount uuid.UUID             `db:"by_account"`
	ByName    string                `db:"by_name"`
	At        time.Time             `db:"at"`
	Now       string                `db:"now_digest"`
	Terms     *string               `db:"terms"` // nil: they were not kept then
}

// old reports whether the grading was proposed by other terms than the calendar
// has now, or from another result.
func (g gradingRow) old(c Calendar) (bool, error) {
	if g.Digest != g.Now || g.Terms == nil {
		return g.Digest != g.Now, nil
	}
	var by terms
	err := json.Unmarshal([]byte(*g.Terms), &by)
	return !by.same(c.terms()), err
}

// findGrading returns the last grading of a round; ErrNoGrading if there is none.
func findGrading(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (g gradingRow, err error) {
	err = tx.Get(ctx, &g, `
		select g.id, g.result_digest, g.rows, g.ties, g.by_id, g.by_account, g.by_name, g.at, r.digest as now_digest, g.terms::text as terms
		  from verdict_gradings g join assess_rounds r on r.id = g.round_id
		 where g.round_id = $1 order by g.id desc limit 1`, round)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrNoGrading
	}
	return g, err
}

func gradingOf(ctx context.Context, tx *tenant.Tx, round uuid.UUID, c Calendar) (*Grading, error) {
	g, err := findGrading(ctx, tx, round)
	if errors.Is(err, ErrNoGrading) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	old, err := g.old(c)
	return &Grading{g.ID, append([]GradeRow{}, g.Rows...), append([]Tie{}, g.Ties...), g.ByName,
		g.By == tx.Actor.Member || g.ByAccount == tx.Actor.Account, g.At, old}, err
}

// A basis is a round with what its units are graded by, as they stand now.
type basis struct {
	scheme   assess.Scheme
	calendar Calendar
	units    []placed
}

// basisOf reads what a round that has a calendar is graded by.
func basisOf(ctx context.Context, tx *tenant.Tx, r assess.Round) (b basis, err error) {
	if b.scheme, err = assess.SchemeOf(ctx, tx, r); err != nil {
		return b, err
	}
	if b.calendar, err = findCalendar(ctx, tx, r.ID); err != nil {
		return b, err
	}
	by := b.calendar.terms()
	units, err := assess.Stand(ctx, tx, r, b.calendar.Heading, by.Edition)
	b.units = placedBy(units, b.scheme.Plan.Grades, by)
	return b, err
}

// placedBy gives each unit the grade its total brings it: by the grades of the
// scheme, which know every veto, or by the lines of the calendar where the
// scheme has none.
func placedBy(units []assess.Standpoint, grades []assess.GradeLine, by terms) []placed {
	names := gradesIn(grades, by.Lines)
	all := make([]placed, len(units))
	for i, u := range units {
		at := slices.Index(names, u.Grade)
		if len(grades) == 0 {
			at = byLine(u.Total, by.Lines, u.Effects, by.edition())
		}
		all[i] = placed{u, names, max(at, 0)}
	}
	return all
}

// gradesIn are the names of the grades, the best first.
func gradesIn(grades []assess.GradeLine, lines []Line) (names []string) {
	for _, g := range grades {
		names = append(names, g.Name)
	}
	if len(grades) > 0 {
		return names
	}
	for _, l := range lines {
		names = append(names, l.Name)
	}
	return names
}

// mayGrade says what stands in the way of grading: it begins when the notice is
// over, every appeal at its end, and the result worked out with what followed.
func mayGrade(ctx context.Context, tx *tenant.Tx, r assess.Round) error {
	if _, err := findCalendar(ctx, tx, r.ID); err != nil {
		return err
	}
	if err := standing(ctx, tx, r.ID); err != nil {
		return err
	}
	n, err := noticeOf(ctx, tx, r.ID)
	switch {
	case err != nil:
		return err
	case n == nil:
		return ErrNoticeNeeded
	case !n.over(tx.Now):
		return ErrNoticeOpen.With("until", n.AppealBy)
	}
	if err := leavesOver(ctx, tx, r.ID); err != nil {
		return err
	}
	if err := appealsSettled(ctx, tx, r.ID); err != nil {
		return err
	}
	if err := assess.Settled(ctx, tx, r.ID); err != nil {
		return err
	}
	if err := met(ctx, tx, r); err != nil {
		return err
	}
	return onTime(ctx, tx, r.ID, grade)
}

// leavesOver refuses while a unit may still appeal that was allowed to do so
// late: nobody could answer it after the decision.
func leavesOver(ctx context.Context, tx *tenant.Tx, round uuid.UUID) error {
	var until string
	err := tx.Get(ctx, &until, `
		select coalesce(to_char(max(until), 'YYYY-MM-DD'), '') from verdict_leaves
		 where tenant_id = app_tenant() and round_id = $1 and until >= $2::date`, round, calendar.DateOf(tx.Now).String())
	if err == nil && until != "" {
		err = ErrNoticeOpen.With("until", until)
	}
	return err
}

// met refuses while what was accepted is not in the result: another person has
// not agreed to it, or the round has not been worked out since.
func met(ctx context.Context, tx *tenant.Tx, r assess.Round) error {
	var is struct {
		Unmet    int  `db:"unmet"`
		Outdated bool `db:"outdated"`
	}
	err := tx.Get(ctx, &is, `
		select (select count(*)
		          from verdict_docket d join verdict_appeals a on a.id = d.appeal_id
		         where d.round_id = $1 and d.outcome = 'accepted'
		           and not exists (select from assess_adjustments j
		                where j.round_id = $1 and j.unit_id = a.unit_id and j.rule_code = a.rule_code and j.state = 'confirmed' and j.at >= d.at)) as unmet,
		       exists (select from assess_adjustments j where j.round_id = $1 and j.state = 'confirmed' and j.decided_at > $2) as outdated`,
		r.ID, r.ComputedAt)
	switch {
	case err != nil:
		return err
	case is.Unmet > 0:
		return ErrUnmet.With("n", is.Unmet)
	case is.Outdated:
		return assess.ErrNotComputed
	}
	return nil
}

type gradingIn struct {
	ID    uuid.UUID `json:"-" path:"id"`
	Picks []Pick    `json:"picks" maxItems:"100"`
}

// Validate refuses choices without a reason.
func (in *gradingIn) Validate() error {
	for i := range in.Picks {
		if err := feature.Trim(&in.Picks[i].Reason, "picks", 500); err != nil {
			return err
		}
	}
	return nil
}

// propose grades the units as they stand now. Equals at a limit wait until it is
// proposed again with a choice among them.
func (v *Verdicts) propose(ctx context.Context, tx *tenant.Tx, in gradingIn) (p Page, err error) {
	r, err := held(ctx, tx, in.ID)
	if err != nil {
		return p, err
	}
	if err := mayGrade(ctx, tx, r); err != nil {
		return p, err
	}
	b, err := basisOf(ctx, tx, r)
	if err != nil {
		return p, err
	}
	rows, ties, used := quota(b.units, b.calendar.Share, in.Picks)
	if used != len(in.Picks) {
		return p, ErrPick.On("picks")
	}
	if err := in.disinterested(ctx, tx, rows); err != nil {
		return p, err
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into verdict_gradings (id, round_id, result_digest, rows, ties, by_id, by_account, by_name, at, terms)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		id, r.ID, r.Digest, tenant.JSON(rows), tenant.JSON(ties), tx.Actor.Member, tx.Actor.Account, tx.Actor.Name, tx.Now, tenant.JSON(b.calendar.terms()))
	if err != nil {
		return p, err
	}
	tx.Audit("verdict.graded", roundOf(r.ID), map[string]any{"grading": id, "digest": r.Digest, "ties": len(ties), "picks": len(in.Picks)})
	if len(ties) == 0 {
		if err := finishAgain(ctx, tx, r.ID, grade); err != nil {
			return p, err
		}
	}
	return v.page(ctx, tx, ref{r.ID})
}

// disinterested refuses whoever chooses among equals one of which is their own.
func (in gradingIn) disinterested(ctx context.Context, tx *tenant.Tx, rows []GradeRow) error {
	if len(in.Picks) == 0 {
		return nil
	}
	for _, r := range rows {
		if r.Why != "chosen" {
			continue
		}
		if err := assess.Disinterested(ctx, tx, r.Unit.Kind, r.Unit.ID); err != nil {
			return err
		}
	}
	return nil
}
