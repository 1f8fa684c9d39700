package assess

import (
	"context"
	"errors"
	"strconv"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/tenant"
)

const roundColumns = `id, scheme_id, scheme_version, name, to_char(from_day, 'YYYY-MM-DD') as from_day,
	to_char(to_day, 'YYYY-MM-DD') as to_day, state, version, digest, entries, computed_at, audience, published_at, closed_at, frozen_at, live,
	rolled, seen::text as seen, edition`

type newRound struct {
	SchemeID uuid.UUID `json:"scheme_id"`
	Name     string    `json:"name" minLength:"1" maxLength:"80"`
	From     string    `json:"from" format:"date"`
	To       string    `json:"to" format:"date"`
}

// Validate returns the first thing wrong with the period.
func (in newRound) Validate() error {
	from, err := calendar.ParseDate(in.From)
	if err != nil {
		return ErrDay.On("from")
	}
	to, err := calendar.ParseDate(in.To)
	if err != nil {
		return ErrDay.On("to")
	}
	if to.Compare(from) < 0 {
		return ErrPeriod.On("to")
	}
	return nil
}

// touches reports whether the period begins or ends in the year.
func (in newRound) touches(year int) bool {
	y := strconv.Itoa(year)
	return in.From[:4] == y || in.To[:4] == y
}

// openRound makes a round of an active scheme, by the version it has now.
func openRound(ctx context.Context, tx *tenant.Tx, in newRound) (r Round, err error) {
	if err := feature.Trim(&in.Name, "name", 80); err != nil {
		return r, err
	}
	s, _, err := findScheme(ctx, tx, in.SchemeID, 0)
	switch {
	case errors.Is(err, ErrSchemeNotFound):
		return r, err
	case err != nil:
		return r, err
	case s.State != "active":
		return r, ErrNotActive
	case !in.touches(s.Year):
		return r, ErrYear.On("from")
	}
	err = tx.Get(ctx, &r, `
		insert into assess_rounds (id, scheme_id, scheme_version, name, from_day, to_day)
		     values ($1, $2, $3, $4, $5::date, $6::date)
		  returning `+roundColumns, tenant.NewID(), s.ID, s.Version, in.Name, in.From, in.To)
	if tenant.Constraint(err) == "assess_rounds_name_uq" {
		return r, ErrNameTaken.On("name")
	}
	tx.Audit("assess.round_opened", "assess/round/"+r.ID.String(),
		map[string]any{"scheme": s.ID, "scheme_version": s.Version, "from": r.From, "to": r.To})
	return r, err
}

type roundList struct {
	feature.Page
	Scheme *uuid.UUID `json:"-" query:"scheme"`
}

func (q roundList) Validate() error { return cursor(q.Page) }

func listRounds(ctx context.Context, tx *tenant.Tx, q roundList) (l feature.List[Round], err error) {
	var rows []Round
	err = tx.Select(ctx, &rows, `
		select `+roundColumns+`
		  from assess_rounds
		 where ($1 = '' or id < nullif($1, '')::uuid) and ($2::uuid is null or scheme_id = $2)
		 order by id desc limit $3`, q.After, q.Scheme, q.Size()+1)
	return feature.Cut(rows, q.Size(), func(r Round) string { return r.ID.String() }), err
}

func findRound(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (r Round, err error) {
	err = tx.Get(ctx, &r, `select `+roundColumns+` from assess_rounds where id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return r, ErrRoundNotFound
	}
	return r, err
}

// holdRound keeps a round from being closed, or if alone from being changed in
// any way, until the transaction ends. What is read of it afterwards is so.
func holdRound(ctx context.Context, tx *tenant.Tx, id uuid.UUID, alone bool) error {
	query := `select from assess_rounds where id = $1 for share`
	if alone {
		query = `select from assess_rounds where id = $1 for update`
	}
	_, err := tx.Exec(ctx, query, id)
	return err
}

// compute works a round out from the deeds there are now; keep says whether it
// may write down what helps to do so the next time, and does so by the present
// edition, not the one it was worked out by before. Reading them, scoring and
// keeping the scores are a third of the way each.
func compute(ctx context.Context, tx *tenant.Tx, r Round, keep bool, step stepper) (Result, error) {
	if err := step(0, 1); err != nil {
		return Result{}, err
	}
	if keep {
		r.Edition = present
	}
	res, err := workOut(ctx, tx, r, "", keep, step)
	if err != nil {
		return Result{}, err
	}
	n := len(res.Scores)
	return res, step(2*n, 3*n)
}

type computed struct {
	Entries int    `json:"entries"`
	Digest  string `json:"digest"`
}

// replace makes res the result of the round, if it still is as r says.
func replace(ctx context.Context, tx *tenant.Tx, r Round, res Result, step stepper) (c computed, err error) {
	made := res.prepare()
	c.Entries, c.Digest = res.Entries(), made.digest
	return c, r.supplant(ctx, tx, res, made, 1, step)
}

// supplant is replace with what was prepared of the result. The version of the
// round is raised by so much: not where it follows the deeds by itself, which
// takes nothing from what somebody has ordered.
func (r Round) supplant(ctx context.Context, tx *tenant.Tx, res Result, made prepared, raise int, step stepper) error {
	c := computed{res.Entries(), made.digest}
	n, err := tx.Exec(ctx, `
		update assess_rounds
		   set version = version + $8, entries = $3, digest = $4, computed_at = $5,
		       state = case when digest = $4 then state else 'open' end, rolled = $6, seen = nullif($7, '')::pg_snapshot, edition = $10
		 where id = $1 and version = $2 and computed_at is not distinct from $9 and state <> 'closed'`,
		r.ID, r.Version, c.Entries, c.Digest, tx.Now, res.Bare, res.Seen, raise, r.ComputedAt, res.Edition)
	if err != nil {
		return err
	}
	if n == 0 { // somebody else worked it out, published or closed it meanwhile
		return overtaken(ctx, tx, r)
	}
	tx.Audit("assess.round_computed", "assess/round/"+r.ID.String(), c)
	changed, err := save(ctx, tx, r.ID, res, made, step)
	if err != nil {
		return err
	}
	return stand(ctx, tx, r.ID, changed)
}

// overtaken says what became of a round meanwhile.
func overtaken(ctx context.Context, tx *tenant.Tx, was Round) error {
	r, err := findRound(ctx, tx, was.ID)
	switch {
	case err != nil:
		return err
	case r.State == "closed":
		return ErrRoundClosed
	case r.State == "published" && was.State == "open":
		return ErrPublished
	}
	return ErrStale.With("version", r.Version)
}

type checked struct {
	Recorded string `json:"recorded"` // the digest kept with the round
	Digest   string `json:"digest"`   // the digest it has when worked out now
	Same     bool   `json:"same"`
}

// check works a round out again, changes nothing, and says whether it comes
// out as recorded (R310, AS-02).
func check(ctx context.Context, tx *tenant.Tx, q ref) (c checked, err error) {
	r, err := findRound(ctx, tx, q.ID)
	if err != nil {
		return c, err
	}
	res, err := compute(ctx, tx, r, false, still)
	if err != nil {
		return c, err
	}
	c.Recorded = r.Digest
	c.Digest, err = res.Digest()
	c.Same = c.Recorded == c.Digest
	return c, err
}
