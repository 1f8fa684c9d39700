package review

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess"
	"hetu/feature"
	"hetu/tenant"
)

// A Poll has units rated by others (测评): by one another, by leaders, by a
// panel. What it comes to is recorded for a rule of the round's scheme.
type Poll struct {
	ID       uuid.UUID                `db:"id" json:"id"`
	RoundID  uuid.UUID                `db:"round_id" json:"round_id"`
	Rule     string                   `db:"rule_code" json:"rule_code"`
	RuleName string                   `db:"rule_name" json:"rule_name"`
	Name     string                   `db:"name" json:"name"`
	State    string                   `db:"state" json:"state" enum:"open,closed,cancelled"`
	Due      string                   `db:"due_day" json:"due_day" format:"date"`
	Most     decimal.Decimal          `db:"most" json:"most"` // the highest mark
	Groups   tenant.Rows[Group]       `db:"groups" json:"groups"`
	Units    tenant.Rows[assess.Unit] `db:"units" json:"units"`
	Results  tenant.Rows[Outcome]     `db:"results" json:"results"` // once it is closed
	Reason   string                   `db:"reason" json:"reason"`   // why it was cancelled, or put off
	ByName   string                   `db:"by_name" json:"by_name"`
	At       time.Time                `db:"at" json:"at"`
	ClosedAt *time.Time               `db:"closed_at" json:"closed_at"`
	Version  int                      `db:"version" json:"version"`
	Asked    int                      `db:"asked" json:"asked"`
	Answered int                      `db:"answered" json:"answered"`
}

// An Outcome is what a poll comes to for a unit: never who gave what.
type Outcome struct {
	Unit   assess.Unit      `json:"unit"`
	Marks  int              `json:"marks"`  // how many it rests on
	Figure *decimal.Decimal `json:"figure"` // null: nobody gave it any
}

type pollRow struct {
	Poll
	Scheme    uuid.UUID `db:"scheme_id"`
	ChangedBy string    `db:"changed_by"`
	ChangedAt time.Time `db:"changed_at"`
}

// A ballot counts if it stands in the tenant that was asked.
const pollQuery = `
	select p.id, p.round_id, p.scheme_id, p.rule_code, p.rule_name, p.name, p.state, to_char(p.due_day, 'YYYY-MM-DD') as due_day, p.most, p.groups,
	       p.units, p.results, p.reason, p.by_name, p.at, p.closed_at, p.version, p.changed_by, p.changed_at,
	       (select count(*) from review_tickets t where t.tenant_id = p.tenant_id and t.poll_id = p.id) as asked,
	       (select count(*) from review_tickets t join review_ballots b on b.tenant_id = t.subject_tenant_id and b.ticket_id = t.id
	         where t.tenant_id = p.tenant_id and t.poll_id = p.id) as answered
	  from review_polls p`

func findPoll(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (p pollRow, err error) {
	err = tx.Get(ctx, &p, pollQuery+` where p.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrPollNotFound
	}
	return p, err
}

func getPoll(ctx context.Context, tx *tenant.Tx, q ref) (Poll, error) {
	p, err := findPoll(ctx, tx, q.ID)
	return p.Poll, err
}

type pollList struct {
	feature.Page
	Round *uuid.UUID `json:"-" query:"round"`
}

// Validate checks the cursor.
func (q pollList) Validate() error { return cursor(q.Page) }

func listPolls(ctx context.Context, tx *tenant.Tx, q pollList) (l feature.List[Poll], err error) {
	var rows []pollRow
	err = tx.Select(ctx, &rows, pollQuery+`
		 where ($1 = '' or p.id < nullif($1, '')::uuid) and ($2::uuid is null or p.round_id = $2)
		 order by p.id desc limit $3`, q.After, q.Round, q.Size()+1)
	all := make([]Poll, len(rows))
	for i, r := range rows {
		all[i] = r.Poll
	}
	return feature.Cut(all, q.Size(), func(p Poll) string { return p.ID.String() }), err
}

// A Rater is who is asked to rate: a member, or a unit that is a tenant.
type Rater struct {
	Group  string     `json:"group" minLength:"1" maxLength:"32"`
	Member *uuid.UUID `json:"member,omitempty"`
	Unit   *uuid.UUID `json:"unit,omitempty"`
}

type newPoll struct {
	Round  uuid.UUID       `json:"round_id"`
	Rule   string          `json:"rule_code" minLength:"1" maxLength:"32"`
	Name   string          `json:"name" minLength:"1" maxLength:"80"`
	Due    string          `json:"due_day" format:"date"`
	Most   decimal.Decimal `json:"most" pattern:"^[0-9]{1,3}([.][0-9]{1,2})?$"`
	Groups []Group         `json:"groups" minItems:"1" maxItems:"10"`
	Raters []Rater         `json:"raters" minItems:"1" maxItems:"2000"`
}

// Validate checks what can be without the database.
func (in *newPoll) Validate() error {
	if err := feature.Trim(&in.Name, "name", 80); err != nil {
		return err
	}
	if !in.Most.IsPositive() {
		return feature.ErrRange.On("most")
	}
	sum := decimal.Zero
	for i, g := range in.Groups {
		if slices.ContainsFunc(in.Groups[:i], func(o Group) bool { return o.Code == g.Code }) {
			return ErrCodeTwice.On(fmt.Sprintf("groups[%d].code", i))
		}
		if !slices.ContainsFunc(in.Raters, func(r Rater) bool { return r.Group == g.Code }) {
			return ErrNoRaters.On(fmt.Sprintf("groups[%d].code", i))
		}
		sum = sum.Add(g.Weight)
	}
	if !sum.Equal(decimal.NewFromInt(100)) {
		return ErrWeights.On("groups").With("sum", sum)
	}
	for i, r := range in.Raters {
		if (r.Member == nil) == (r.Unit == nil) || !slices.ContainsFunc(in.Groups, func(g Group) bool { return g.Code == r.Group }) {
			return ErrPerson.On(fmt.Sprintf("raters[%d]", i))
		}
	}
	return nil
}

func pollObject(id uuid.UUID) string { return "review/poll/" + id.String() }

// ask makes a poll and a ticket for everybody who is asked. Nobody rates a unit
// of their own. It ends within the round's period, in which its result counts.
func ask(ctx context.Context, tx *tenant.Tx, in newPoll) (p Poll, err error) {
	b, err := assess.BasisOf(ctx, tx, in.Round)
	if err != nil {
		return p, err
	}
	at := slices.IndexFunc(b.Scheme.Rules, func(s assess.Spec) bool { return s.Code == in.Rule })
	if at < 0 || !b.Scheme.Rules[at].Measured() {
		return p, ErrFigure.On("rule_code")
	}
	if _, err := dated(tx, in.Due, "due_day"); err != nil {
		return p, err
	}
	if in.Due > b.Round.To {
		return p, ErrAfterRound.On("due_day").With("until", b.Round.To)
	}
	units := slices.DeleteFunc(slices.Clone(b.Scheme.Units), func(u assess.Unit) bool { return !b.Scores(u, b.Scheme.Rules[at]) })
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into review_polls (id, round_id, scheme_id, rule_code, rule_name, name, due_day, most, groups, units, by_name, at, changed_by, changed_at)
		     values ($1, $2, $3, $4, $5, $6, $7::date, $8, $9, $10, $11, $12, $11, $12)`,
		id, b.Round.ID, b.Round.SchemeID, in.Rule, b.Scheme.Rules[at].Name, in.Name, in.Due, in.Most, tenant.JSON(in.Groups), tenant.JSON(units),
		tx.Actor.Name, tx.Now)
	if tenant.Constraint(err) == "review_polls_rule_uq" {
		return p, ErrPolled.On("rule_code")
	}
	if err == nil {
		err = in.hand(ctx, tx, id, units)
	}
	if err != nil {
		return p, err
	}
	tx.Audit("review.poll_opened", pollObject(id), map[string]any{"round": in.Round, "rule": in.Rule, "groups": len(in.Groups), "raters": len(in.Raters), "due": in.Due})
	return getPoll(ctx, tx, ref{id})
}

// pollEnd is what closes, puts off or cancels a poll.
type pollEnd struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"version"`
}

// move changes an open poll that still is as somebody saw it, and its tickets.
func (p pollRow) move(ctx context.Context, tx *tenant.Tx, version int, set, tickets string, args ...any) error {
	switch {
	case p.Version != version:
		return stale(p.Version, p.ChangedBy, p.ChangedAt)
	case p.State != "open":
		return ErrState.With("state", p.State)
	}
	n, err := tx.Exec(ctx, `
		update review_polls set version = version + 1, changed_by = $3, changed_at = $4, `+set+` where id = $1 and version = $2 and state = 'open'`,
		append([]any{p.ID, version, tx.Actor.Name, tx.Now}, args...)...)
	if err != nil {
		return err
	}
	if n == 0 {
		return stale(version+1, "", tx.Now)
	}
	_, err = tx.Exec(ctx, `update review_tickets set `+tickets+` where poll_id = $1`, p.ID)
	return err
}

// shut ends a poll once everybody has answered or its time is over, and records
// what it came to for each unit. It counts on the day on which that is done: on
// the last of the round's period nobody need be waited for, and after it that
// would count for nothing: ErrPollLate.
func shut(ctx context.Context, tx *tenant.Tx, in pollEnd) (p Poll, err error) {
	if err := ending(ctx, tx, in.ID); err != nil {
		return p, err
	}
	row, err := findPoll(ctx, tx, in.ID)
	if err != nil {
		return p, err
	}
	b, err := assess.BasisOf(ctx, tx, row.RoundID)
	if err != nil {
		return p, err
	}
	switch now := today(tx); {
	case row.State != "open":
	case now > b.Round.To:
		return p, ErrPollLate.With("until", b.Round.To)
	case row.Answered < row.Asked && now <= row.Due && now < b.Round.To:
		return p, ErrPollOpen.With("due", row.Due)
	}
	results, err := row.results(ctx, tx)
	if err != nil {
		return p, err
	}
	if err := row.move(ctx, tx, in.Version, `state = 'closed', closed_at = $4, results = $5`, `state = 'closed'`, tenant.JSON(results)); err != nil {
		return p, err
	}
	for _, o := range results {
		if o.Figure == nil {
			continue
		}
		_, err := assess.Rating{Scheme: row.Scheme, Rule: row.Rule, Unit: o.Unit, Figure: *o.Figure, Title: row.Name}.Enter(ctx, tx)
		if err != nil {
			return p, err
		}
	}
	tx.Audit("review.poll_closed", pollObject(row.ID), map[string]any{"rule": row.Rule, "asked": row.Asked, "answered": row.Answered})
	return getPoll(ctx, tx, ref{in.ID})
}

// ending waits until every ballot of a poll that is being given is there, and
// keeps others from being given until the transaction ends. A ballot lies in the
// rater's tenant, so that no row of the poll can be held instead.
func ending(ctx context.Context, tx *tenant.Tx, poll uuid.UUID) error {
	_, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('review.poll ' || $1::text, 0))`, poll)
	return err
}

// giving waits for a poll that is being ended, and keeps it from being ended
// until the transaction ends. A ticket nobody here has holds nothing.
func giving(ctx context.Context, tx *tenant.Tx, ticket uuid.UUID) error {
	_, err := tx.Exec(ctx, `select pg_advisory_xact_lock_shared(hashtextextended('review.poll ' || poll_id::text, 0)) from review_tickets where id = $1`, ticket)
	return err
}

// results works the poll out.
func (p pollRow) results(ctx context.Context, tx *tenant.Tx) ([]Outcome, error) {
	var ballots []struct {
		Group string            `db:"group_code"`
		Units tenant.Rows[Unit] `db:"units"`
		Marks tenant.Rows[Mark] `db:"marks"`
	}
	err := tx.Select(ctx, &ballots, `
		select t.group_code, t.units, b.marks from review_tickets t
		  join review_ballots b on b.tenant_id = t.subject_tenant_id and b.ticket_id = t.id and b.caller_id = t.tenant_id
		 where t.tenant_id = app_tenant() and t.poll_id = $1`, p.ID)
	if err != nil {
		return nil, err
	}
	marks := map[uuid.UUID]map[string][]decimal.Decimal{}
	for _, b := range ballots {
		for _, m := range b.Marks {
			// What comes from another tenant is looked at again.
			asked := slices.ContainsFunc(b.Units, func(u Unit) bool { return u.ID == m.Unit })
			if !asked || m.Points.IsNegative() || m.Points.GreaterThan(p.Most) {
				continue
			}
			if marks[m.Unit] == nil {
				marks[m.Unit] = map[string][]decimal.Decimal{}
			}
			marks[m.Unit][b.Group] = append(marks[m.Unit][b.Group], m.Points)
		}
	}
	all := make([]Outcome, len(p.Units))
	for i, u := range p.Units {
		all[i].Unit = u
		for _, g := range marks[u.ID] {
			all[i].Marks += len(g)
		}
		if v, ok := weighted(p.Groups, marks[u.ID]); ok {
			all[i].Figure = &v
		}
	}
	return all, nil
}

// drop cancels a poll.
func drop(ctx context.Context, tx *tenant.Tx, in reasoned) (p Poll, err error) {
	if err := ending(ctx, tx, in.ID); err != nil {
		return p, err
	}
	row, err := findPoll(ctx, tx, in.ID)
	if err == nil {
		err = row.move(ctx, tx, in.Version, `state = 'cancelled', reason = $5`, `state = 'cancelled'`, in.Reason)
	}
	if err != nil {
		return p, err
	}
	tx.Audit("review.poll_cancelled", pollObject(row.ID), map[string]any{"reason": in.Reason})
	return getPoll(ctx, tx, ref{in.ID})
}
