package verdict

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess"
	"hetu/calendar"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// An Appeal is one against a round of the tenant, as those see it who answer.
type Appeal struct {
	ID         uuid.UUID        `json:"id"`
	RoundID    uuid.UUID        `json:"round_id"`
	Unit       assess.Unit      `json:"unit"`
	EntryID    uuid.UUID        `json:"entry_id"`
	RuleCode   string           `json:"rule_code"`
	Line       string           `json:"line"`
	Event      bool             `json:"event"` // it is against what two people decided: accepting takes that back
	Points     decimal.Decimal  `json:"points"`
	Claimed    *decimal.Decimal `json:"claimed"`
	Level      int              `json:"level"`
	FirstID    *uuid.UUID       `json:"first_id"`
	Reason     string           `json:"reason"`
	URL        string           `json:"url"`
	FileName   string           `json:"file_name"`
	FileSHA256 string           `json:"file_sha256"`
	RaisedBy   string           `json:"raised_by"`
	At         time.Time        `json:"at"`
	Due        string           `json:"due" format:"date"`
	Left       int              `json:"left"` // working days to answer; below zero: late
	State      string           `json:"state" enum:"waiting,accepted,rejected,withdrawn"`
	Reasons    string           `json:"reasons"`
	Corrected  *decimal.Decimal `json:"corrected"`
	AgainBy    string           `json:"again_by"`
	AnsweredBy string           `json:"answered_by"`
	Answered   *time.Time       `json:"answered_at"`
	Adjustment *uuid.UUID       `json:"adjustment_id"`       // what was proposed, of which another person decides
	Adjusted   string           `json:"adjusted"`            // the state of that
	May        bool             `json:"may"`                 // the reader may answer it
	Hindrance  string           `json:"hindrance,omitempty"` // else the code of why not
}

type docketRow struct {
	appealRow
	Reason     string           `db:"reason"`
	URL        string           `db:"url"`
	FileName   string           `db:"file_name"`
	FileSHA256 string           `db:"file_sha256"`
	ByName     string           `db:"by_name"`
	At         time.Time        `db:"at"`
	RaisedOn   string           `db:"raised_on"`
	Withdrawn  *time.Time       `db:"withdrawn_at"`
	Docked     bool             `db:"docked"`
	Due        string           `db:"due"`
	Outcome    string           `db:"outcome"`
	Answerer   string           `db:"answerer"`
	AnswererID *uuid.UUID       `db:"answerer_account"`
	FirstBy    *uuid.UUID       `db:"first_account"`
	Answered   *time.Time       `db:"answered_at"`
	Reasons    string           `db:"reasons"`
	Corrected  *decimal.Decimal `db:"corrected"`
	AgainBy    string           `db:"again_by"`
	Adjustment *uuid.UUID       `db:"adjustment_id"`
	Adjusted   string           `db:"adjusted"`
}

// docketQuery selects the appeals against rounds of the tenant. One that is not
// of a unit the notice showed to that very tenant is none.
const docketQuery = `
	select ` + appealColumns + `, a.reason, a.url, a.file_name, a.file_sha256, a.by_name, a.at, to_char(a.raised_on, 'YYYY-MM-DD') as raised_on,
	       a.withdrawn_at, d.appeal_id is not null as docked, coalesce(to_char(d.due, 'YYYY-MM-DD'), '') as due, coalesce(d.outcome, '') as outcome,
	       coalesce(d.by_name, '') as answerer, d.by_account as answerer_account, f.by_account as first_account, d.at as answered_at,
	       coalesce(w.reasons, '') as reasons, w.corrected, coalesce(to_char(w.again_by, 'YYYY-MM-DD'), '') as again_by, d.adjustment_id,
	       coalesce(j.state, '') as adjusted
	  from verdict_appeals a
	  join verdict_shown s on s.tenant_id = app_tenant() and s.notice_id = a.notice_id and s.unit_kind = a.unit_kind and s.unit_id = a.unit_id
	   and s.subject_tenant_id = a.tenant_id and s.round_id = a.round_id
	  left join verdict_docket d on d.appeal_id = a.id
	  left join verdict_docket f on f.appeal_id = a.first_id
	  left join verdict_answers w on w.appeal_id = a.id and w.tenant_id = app_tenant()
	  left join assess_adjustments j on j.id = d.adjustment_id
	 where a.above_id = app_tenant()`

// state is how far the appeal is. One that is withdrawn after it was answered
// stays answered.
func (r docketRow) state() string {
	switch {
	case r.Outcome != "":
		return r.Outcome
	case r.Withdrawn != nil:
		return "withdrawn"
	}
	return "waiting"
}

// dueBy is the last day to answer: as docketed, or as it will be.
func (r docketRow) dueBy(c calendar.Calendar, days int) string {
	if r.Due != "" {
		return r.Due
	}
	due, _ := c.AddWorkdays(day(r.RaisedOn), days)
	return due.String()
}

func (r docketRow) appeal(c calendar.Calendar, days int, today calendar.Date) Appeal {
	_, event := assess.AdjustmentOf(r.Part)
	a := Appeal{ID: r.ID, RoundID: r.Round, Unit: assess.Unit{Kind: r.Kind, ID: r.Unit, Name: r.UnitName}, EntryID: r.Entry, RuleCode: r.Rule,
		Line: r.Line, Event: event, Points: r.Points, Claimed: r.Claimed, Level: r.Level, FirstID: r.First, Reason: r.Reason, URL: r.URL,
		FileName: r.FileName, FileSHA256: r.FileSHA256, RaisedBy: r.ByName, At: r.At, Due: r.dueBy(c, days), State: r.state(),
		Reasons: r.Reasons, Corrected: r.Corrected, AgainBy: r.AgainBy, AnsweredBy: r.Answerer, Answered: r.Answered,
		Adjustment: r.Adjustment, Adjusted: r.Adjusted}
	if a.State == "waiting" {
		a.Left = left(c, today, day(a.Due))
	}
	return a
}

type appealList struct {
	feature.Page
	ID    uuid.UUID `json:"-" path:"id"`
	State string    `json:"-" query:"state"` // "waiting": only those; all if empty
}

// Validate checks the cursor and the state.
func (q appealList) Validate() error {
	if q.State != "" && q.State != "waiting" {
		return feature.ErrChoice.On("state")
	}
	if q.After == "" {
		return nil
	}
	if _, err := uuid.Parse(q.After); err != nil {
		return feature.ErrMalformed.On("after")
	}
	return nil
}

// appeals lists the appeals against a round, in the order they came in.
func (v *Verdicts) appeals(ctx context.Context, tx *tenant.Tx, q appealList) (l feature.List[Appeal], err error) {
	r, err := assess.FindRound(ctx, tx, q.ID)
	if err != nil {
		return l, err
	}
	cal, err := findCalendar(ctx, tx, q.ID)
	if errors.Is(err, ErrNoCalendar) {
		return feature.List[Appeal]{Items: []Appeal{}}, nil
	}
	if err != nil {
		return l, err
	}
	c, err := calendar.Load(ctx, tx)
	if err != nil {
		return l, err
	}
	var rows []docketRow
	err = tx.Select(ctx, &rows, docketQuery+`
		   and a.round_id = $1 and ($2 = '' or a.id > nullif($2, '')::uuid)
		   and ($4 = '' or a.withdrawn_at is null and coalesce(d.outcome, '') = '')
		 order by a.id limit $3`, q.ID, q.After, q.Size()+1, q.State)
	if err != nil {
		return l, err
	}
	all := make([]Appeal, len(rows))
	for i, row := range rows {
		all[i] = row.appeal(c, cal.AnswerDays, calendar.DateOf(tx.Now))
		if all[i].State != "waiting" || i == q.Size() {
			continue
		}
		if err := v.mayAnswer(ctx, tx, r, row); err != nil {
			if all[i].Hindrance, err = hindrance(err); err != nil {
				return l, err
			}
			continue
		}
		all[i].May = rbac.From(ctx).Has(Answer)
	}
	return feature.Cut(all, q.Size(), func(a Appeal) string { return a.ID.String() }), nil
}

// dock enters the appeals that came in meanwhile, with the day by which each has
// to be answered, and returns them.
func dock(ctx context.Context, tx *tenant.Tx) (all []docketRow, err error) {
	err = tx.Select(ctx, &all, docketQuery+` and d.appeal_id is null and a.withdrawn_at is null order by a.id limit 500`)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	c, err := calendar.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	days := map[uuid.UUID]int{}
	for i := range all {
		r := &all[i]
		if days[r.Round] == 0 {
			cal, err := findCalendar(ctx, tx, r.Round)
			if err != nil {
				return nil, err
			}
			days[r.Round] = cal.AnswerDays
		}
		r.Due = r.dueBy(c, days[r.Round])
		_, err = tx.Exec(ctx, `
			insert into verdict_docket (appeal_id, subject_tenant_id, round_id, level, first_id, due, received_at)
			     values ($1, $2, $3, $4, $5, $6::date, $7) on conflict on constraint verdict_docket_pkey do nothing`,
			r.ID, r.Tenant, r.Round, r.Level, r.First, r.Due, tx.Now)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func findDocketed(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (r docketRow, err error) {
	err = tx.Get(ctx, &r, docketQuery+` and a.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrAppealNotFound
	}
	return r, err
}

// openAppeals counts the appeals of a round that are not at their end: without
// an answer, or with one against which the unit may still appeal once more.
func openAppeals(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (n int, err error) {
	err = tx.Get(ctx, &n, `
		select count(*)
		  from verdict_appeals a
		  join verdict_shown s on s.tenant_id = app_tenant() and s.notice_id = a.notice_id and s.unit_kind = a.unit_kind and s.unit_id = a.unit_id
		   and s.subject_tenant_id = a.tenant_id
		  left join verdict_answers w on w.appeal_id = a.id and w.tenant_id = app_tenant()
		 where a.above_id = app_tenant() and a.round_id = $1
		   and (w.appeal_id is null and a.withdrawn_at is null
		        or w.again_by >= $2::date and not exists (select from verdict_appeals b
		             where b.tenant_id = a.tenant_id and b.first_id = a.id and b.withdrawn_at is null))`,
		round, calendar.DateOf(tx.Now).String())
	return n, err
}

func appealsSettled(ctx context.Context, tx *tenant.Tx, round uuid.UUID) error {
	n, err := openAppeals(ctx, tx, round)
	if err == nil && n > 0 {
		err = ErrAppealsOpen.With("n", n)
	}
	return err
}

func countAppeals(ctx context.Context, tx *tenant.Tx, round uuid.UUID, today calendar.Date) (n Appeals, err error) {
	err = tx.Get(ctx, &n, `
		select count(*) filter (where a.withdrawn_at is null and coalesce(d.outcome, '') = '') as waiting,
		       count(*) filter (where a.withdrawn_at is null and d.outcome = '' and d.due < $2::date) as late,
		       count(*) filter (where d.outcome = 'accepted') as accepted, count(*) filter (where d.outcome = 'rejected') as rejected
		  from verdict_appeals a left join verdict_docket d on d.appeal_id = a.id
		 where a.above_id = app_tenant() and a.round_id = $1`, round, today.String())
	return n, err
}
