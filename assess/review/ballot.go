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

// Unit is a unit that is rated.
type Unit = assess.Unit

// A Mark is what a ballot gives a unit.
type Mark struct {
	Unit   uuid.UUID       `json:"unit"`
	Points decimal.Decimal `json:"points" pattern:"^[0-9]{1,3}([.][0-9]{1,2})?$"`
}

// hand writes the tickets: each names whom its holder rates, which is never a
// unit of their own.
func (in newPoll) hand(ctx context.Context, tx *tenant.Tx, poll uuid.UUID, units []Unit) error {
	people, err := in.people(ctx, tx)
	if err != nil {
		return err
	}
	var caller string
	if err := tx.Get(ctx, &caller, `select name from platform.kin() where relation = 'self'`); err != nil {
		return err
	}
	type ticket struct {
		ID      uuid.UUID  `json:"id"`
		Group   string     `json:"group_code"`
		Subject uuid.UUID  `json:"subject_tenant_id"`
		Member  *uuid.UUID `json:"member_id"`
		Name    string     `json:"rater_name"`
		Units   []Unit     `json:"units"`
	}
	tickets := make([]ticket, len(in.Raters))
	for i, r := range in.Raters {
		t := ticket{ID: tenant.NewID(), Group: r.Group, Subject: tx.Actor.Tenant, Member: r.Member}
		var own func(Unit) bool
		if r.Unit != nil {
			at := slices.IndexFunc(units, func(u Unit) bool { return u.Kind == "tenant" && u.ID == *r.Unit })
			if at < 0 {
				return ErrPerson.On(fmt.Sprintf("raters[%d]", i))
			}
			t.Subject, t.Name, own = *r.Unit, units[at].Name, func(u Unit) bool { return u.ID == *r.Unit }
		} else {
			who, ok := people.who[*r.Member]
			if !ok {
				return ErrPerson.On(fmt.Sprintf("raters[%d]", i))
			}
			t.Name, own = who.Name, func(u Unit) bool {
				return people.interests.refuse(who, unitRow{Kind: u.Kind, Unit: u.ID}, Line{}) != nil
			}
		}
		t.Units = slices.DeleteFunc(slices.Clone(units), own)
		tickets[i] = t
	}
	_, err = tx.Exec(ctx, `
		insert into review_tickets (id, poll_id, group_code, subject_tenant_id, member_id, rater_name, units, caller_name, poll_name, due_day, most)
		select t.id, $1, t.group_code, t.subject_tenant_id, t.member_id, t.rater_name, t.units, $3, $4, $5::date, $6
		  from jsonb_to_recordset($2::jsonb) as t (id uuid, group_code text, subject_tenant_id uuid, member_id uuid, rater_name text, units jsonb)`,
		poll, tenant.JSON(tickets), caller, in.Name, in.Due, in.Most)
	if tenant.Constraint(err) == "review_tickets_uq" {
		return ErrCodeTwice.On("raters")
	}
	return err
}

type raters struct {
	who       map[uuid.UUID]assessorRow
	interests interests
}

// people are the members among the raters, with where they belong.
func (in newPoll) people(ctx context.Context, tx *tenant.Tx) (p raters, err error) {
	ids := []uuid.UUID{}
	for _, r := range in.Raters {
		if r.Member != nil {
			ids = append(ids, *r.Member)
		}
	}
	var rows []assessorRow
	err = tx.Select(ctx, &rows, `
		select '' as code, id as member_id, account_id, name, '' as department from members
		 where id = any ($1) and state = 'active' and account_id is not null`, tenant.Array(ids))
	if err != nil {
		return p, err
	}
	p.who = map[uuid.UUID]assessorRow{}
	for _, r := range rows {
		p.who[r.ID] = r
	}
	p.interests, err = interestsOf(ctx, tx, rows, today(tx), today(tx))
	return p, err
}

// A Ticket asks the reader to rate, for themselves or for their unit.
type Ticket struct {
	ID     uuid.UUID         `db:"id" json:"id"`
	Poll   string            `db:"poll_name" json:"poll_name"`
	Caller string            `db:"caller_name" json:"caller_name"`
	For    string            `db:"rater_name" json:"rater_name"`
	Due    string            `db:"due_day" json:"due_day" format:"date"`
	Most   decimal.Decimal   `db:"most" json:"most"`
	State  string            `db:"state" json:"state" enum:"open,closed,cancelled"`
	Units  tenant.Rows[Unit] `db:"units" json:"units"`
	At     *time.Time        `db:"at" json:"at"` // when it was given; null: it was not
}

type ticketRow struct {
	Ticket
	CallerID uuid.UUID  `db:"tenant_id"`
	Member   *uuid.UUID `db:"member_id"`
}

const ticketQuery = `
	select t.id, t.tenant_id, t.member_id, t.poll_name, t.caller_name, t.rater_name, to_char(t.due_day, 'YYYY-MM-DD') as due_day, t.most, t.state, t.units, b.at
	  from review_tickets t
	  left join review_ballots b on b.tenant_id = t.subject_tenant_id and b.ticket_id = t.id`

// mine is which tickets are the actor's: their own, or their tenant's if they
// may submit for it. $1 is the member, $2 whether they may.
const mineTickets = ` where t.subject_tenant_id = app_tenant() and t.state <> 'cancelled' and (t.member_id = $1 or t.member_id is null and $2)`

type ticketList struct{ feature.Page }

// Validate checks the cursor.
func (q ticketList) Validate() error { return cursor(q.Page) }

func listTickets(ctx context.Context, tx *tenant.Tx, q ticketList) (l feature.List[Ticket], err error) {
	var rows []ticketRow
	err = tx.Select(ctx, &rows, ticketQuery+mineTickets+`
		   and ($3 = '' or t.id < nullif($3, '')::uuid) order by t.id desc limit $4`, tx.Actor.Member, maySubmit(ctx), q.After, q.Size()+1)
	all := make([]Ticket, len(rows))
	for i, r := range rows {
		all[i] = r.Ticket
	}
	return feature.Cut(all, q.Size(), func(t Ticket) string { return t.ID.String() }), err
}

func getTicket(ctx context.Context, tx *tenant.Tx, q ref) (Ticket, error) {
	t, err := findTicket(ctx, tx, q.ID)
	return t.Ticket, err
}

func findTicket(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (t ticketRow, err error) {
	err = tx.Get(ctx, &t, ticketQuery+mineTickets+` and t.id = $3`, tx.Actor.Member, maySubmit(ctx), id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrTicketNotFound
	}
	return t, err
}

type newBallot struct {
	ID    uuid.UUID `json:"-" path:"id"`
	Marks []Mark    `json:"marks" minItems:"1" maxItems:"5000"`
}

// vote gives every unit of a ticket a mark, once. Nothing of who gave it is
// written down but in the ticket that was handed out. A ballot that was given is
// counted.
func vote(ctx context.Context, tx *tenant.Tx, in newBallot) (t Ticket, err error) {
	if err := giving(ctx, tx, in.ID); err != nil {
		return t, err
	}
	row, err := findTicket(ctx, tx, in.ID)
	switch {
	case err != nil:
		return t, err
	case row.State != "open":
		return t, ErrState.With("state", row.State)
	case row.At != nil:
		return t, ErrGiven
	case today(tx) > row.Due:
		return t, ErrOverdue.With("due", row.Due)
	}
	if err := row.whole(ctx, tx, in.Marks); err != nil {
		return t, err
	}
	_, err = tx.Exec(ctx, `insert into review_ballots (ticket_id, caller_id, marks, at) values ($1, $2, $3, $4)`,
		row.ID, row.CallerID, tenant.JSON(in.Marks), tx.Now)
	if tenant.Constraint(err) == "review_ballots_pkey" {
		return t, ErrGiven
	}
	if err != nil {
		return t, err
	}
	tx.Audit("review.ballot_given", "review/ballot/"+row.ID.String(), map[string]any{"units": len(in.Marks)})
	return getTicket(ctx, tx, ref{in.ID})
}

// whole checks that there is one mark for every unit, but none for a unit of
// the actor's own, by whatever membership.
func (t ticketRow) whole(ctx context.Context, tx *tenant.Tx, marks []Mark) error {
	me := assessorRow{Assessor: Assessor{ID: tx.Actor.Member}, Account: tx.Actor.Account}
	own, err := interestsOf(ctx, tx, []assessorRow{me}, today(tx), today(tx))
	if err != nil {
		return err
	}
	seen := map[uuid.UUID]bool{}
	for i, m := range marks {
		field := fmt.Sprintf("marks[%d].", i)
		at := slices.IndexFunc(t.Units, func(u Unit) bool { return u.ID == m.Unit })
		switch {
		case at < 0 || seen[m.Unit]:
			return ErrMarks.On(field + "unit")
		case own.refuse(me, unitRow{Kind: t.Units[at].Kind, Unit: m.Unit}, Line{}) != nil:
			return ErrOwnUnit
		case m.Points.GreaterThan(t.Most):
			return ErrMost.On(field+"points").With("most", t.Most)
		}
		seen[m.Unit] = true
	}
	for _, u := range t.Units {
		if !seen[u.ID] && own.refuse(me, unitRow{Kind: u.Kind, Unit: u.ID}, Line{}) == nil {
			return ErrMarks.On("marks").With("unit", u.Name)
		}
	}
	return nil
}

type postponement struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"version"`
	Due     string    `json:"due_day" format:"date"`
	Reason  string    `json:"reason" minLength:"1" maxLength:"500"`
}

// Validate refuses a reason of nothing but spaces.
func (in *postponement) Validate() error { return feature.Trim(&in.Reason, "reason", 500) }

// putOff lets a poll end later, but within the round's period: the only way to
// give a ballot late.
func putOff(ctx context.Context, tx *tenant.Tx, in postponement) (p Poll, err error) {
	row, err := findPoll(ctx, tx, in.ID)
	if err != nil {
		return p, err
	}
	if _, err := dated(tx, in.Due, "due_day"); err != nil {
		return p, err
	}
	b, err := assess.BasisOf(ctx, tx, row.RoundID)
	switch {
	case err != nil:
		return p, err
	case in.Due > b.Round.To:
		return p, ErrAfterRound.On("due_day").With("until", b.Round.To)
	}
	// The tickets show the day; both change together.
	err = row.move(ctx, tx, in.Version, `due_day = $5::date, reason = $6`, `due_day = (select p.due_day from review_polls p where p.id = poll_id)`, in.Due, in.Reason)
	if err != nil {
		return p, err
	}
	tx.Audit("review.poll_put_off", pollObject(row.ID), map[string]any{"due": in.Due, "was": row.Due, "reason": in.Reason})
	return getPoll(ctx, tx, ref{in.ID})
}
