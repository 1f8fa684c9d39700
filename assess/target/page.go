package target

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/calendar"
	"hetu/tenant"
)

type ref struct {
	ID uuid.UUID `json:"-" path:"id"`
}

// A Page is a target with everything that belongs to it.
type Page struct {
	Target
	Parent  *Named   `json:"parent"`
	Until   *string  `json:"answer_by" format:"date"` // while it waits for an answer
	Periods []Due    `json:"periods"`
	Sent    []Report `json:"sent"` // what was reported, the latest first
	Permits []Permit `json:"permits"`
	Pieces  []Target `json:"pieces"`  // its parts
	History []Issue  `json:"history"` // its revisions, the latest first
	May     []string `json:"may" enum:"edit,reopen,drop,accept,return,people,split,issue,report,permit"`
}

// A Due is a report that is asked for.
type Due struct {
	Period      string     `db:"period" json:"period"`
	StartsOn    string     `db:"starts_on" json:"starts_on" format:"date"`
	EndsOn      string     `db:"ends_on" json:"ends_on" format:"date"`
	DueOn       string     `db:"due_on" json:"due_on" format:"date"`
	Provisional bool       `db:"provisional" json:"provisional"` // the working days of that year are not known yet
	ReportedAt  *time.Time `db:"reported_at" json:"reported_at"`
	Late        bool       `db:"late" json:"late"`
	MissedAt    *time.Time `db:"missed_at" json:"missed_at"`
	ExcusedAt   *time.Time `db:"excused_at" json:"excused_at"` // it was missed, and permitted afterwards
	Open        bool       `db:"-" json:"open"`                // it may be reported now
}

// A Report is what was reported about a period.
type Report struct {
	ID      uuid.UUID        `db:"id" json:"id"`
	Period  string           `db:"period" json:"period"`
	Seq     int              `db:"seq" json:"seq"`
	Value   *decimal.Decimal `db:"value" json:"value"`
	Reached bool             `db:"reached" json:"reached"`
	Text    string           `db:"body" json:"text"`
	FileID  *uuid.UUID       `db:"file_id" json:"file_id"`
	File    string           `db:"file_name" json:"file_name"`
	Size    int64            `db:"file_size" json:"file_size"`
	Digest  string           `db:"file_sha256" json:"file_sha256"`
	Late    bool             `db:"late" json:"late"`
	By      string           `db:"by_name" json:"by_name"`
	At      time.Time        `db:"at" json:"at"`
}

// A Permit is that a report may come late.
type Permit struct {
	ID     uuid.UUID `db:"id" json:"id"`
	Period string    `db:"period" json:"period"`
	Until  string    `db:"until" json:"until" format:"date"`
	Reason string    `db:"reason" json:"reason"`
	By     string    `db:"by_name" json:"by_name"`
	At     time.Time `db:"at" json:"at"`
}

// An Issue is a revision of a target and what was answered to it.
type Issue struct {
	Revision  int        `db:"revision" json:"revision"`
	Withdrawn bool       `db:"withdrawn" json:"withdrawn"`
	Note      string     `db:"note" json:"note"`
	By        string     `db:"by_name" json:"by_name"`
	At        time.Time  `db:"at" json:"at"`
	Answer    string     `db:"answer" json:"answer" enum:",accepted,returned"`
	Reason    string     `db:"reason" json:"reason"`
	Answered  string     `db:"answer_by" json:"answered_by"`
	AnswerAt  *time.Time `db:"answer_at" json:"answered_at"`
}

func show(ctx context.Context, tx *tenant.Tx, q ref) (p Page, err error) {
	r, who, err := find(ctx, tx, q.ID)
	if err != nil {
		return p, err
	}
	return page(ctx, tx, r, who)
}

// again shows a target after the transaction has changed it.
func again(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (Page, error) {
	return show(ctx, tx, ref{id})
}

func page(ctx context.Context, tx *tenant.Tx, r row, who reader) (p Page, err error) {
	p = Page{Target: r.shown(tx), Periods: []Due{}, Sent: []Report{}, Permits: []Permit{}, Pieces: []Target{}, History: []Issue{}, May: []string{}}
	for _, list := range []struct {
		into  any
		query string
	}{
		{&p.Periods, `select period, to_char(starts_on, 'YYYY-MM-DD') as starts_on, to_char(ends_on, 'YYYY-MM-DD') as ends_on, to_char(due_on, 'YYYY-MM-DD') as due_on,
				provisional, reported_at, late, missed_at, excused_at
			  from target_dues where target_id = $1 and setter_id = $2 and tenant_id = $3 order by ends_on`},
		{&p.Sent, `select id, period, seq, value, reached, body, file_id, file_name, file_size, file_sha256, late, by_name, at
			  from target_reports where target_id = $1 and setter_id = $2 and tenant_id = $3 order by ends_on desc, seq desc`},
		{&p.Permits, `select id, period, to_char(until, 'YYYY-MM-DD') as until, reason, by_name, at
			  from target_permits where target_id = $1 and tenant_id = $2 and subject_id = $3 order by id desc`},
		{&p.History, `select i.revision, i.withdrawn, i.note, i.by_name, i.at, coalesce(a.answer, '') as answer, coalesce(a.reason, '') as reason,
				coalesce(a.by_name, '') as answer_by, a.at as answer_at
			  from target_issues i
			  left join target_answers a on a.tenant_id = i.subject_id and a.target_id = i.target_id and a.revision = i.revision and a.setter_id = i.tenant_id
			 where i.target_id = $1 and i.tenant_id = $2 and i.subject_id = $3 order by i.revision desc`},
	} {
		if err := tx.Select(ctx, list.into, list.query, r.ID, r.Setter, r.Subject); err != nil {
			return p, err
		}
	}
	if r.carried(tx) {
		parts, err := some(ctx, tx, `t.parent_id = $1 and t.setter_id = $2 order by t.id`, r.ID, tx.Actor.Tenant)
		if err != nil {
			return p, err
		}
		parts = slices.DeleteFunc(parts, func(x row) bool { return !who.splits(r) && !who.concerned(tx, x) })
		p.Pieces = shownAll(tx, parts)
	}
	if r.Parent != nil {
		parents, err := some(ctx, tx, `t.id = $1`, *r.Parent)
		if err != nil {
			return p, err
		}
		for _, up := range parents {
			p.Parent = &Named{up.ID, up.Spec.V.Title}
		}
	}
	p.open(tx)
	if p.Until, err = r.answerBy(ctx, tx); err != nil {
		return p, err
	}
	p.May, err = who.may(ctx, tx, r, p)
	return p, err
}

// open marks the periods that may be reported: they have begun, and their day
// has not passed, or it may be late.
func (p *Page) open(tx *tenant.Tx) {
	today := calendar.DateOf(tx.Now).String()
	for i := range p.Periods {
		d := &p.Periods[i]
		d.Open = p.State != withdrawn && d.StartsOn <= today && today <= d.DueOn
		for _, x := range p.Permits {
			d.Open = d.Open || p.State != withdrawn && x.Period == d.Period && today <= x.Until && d.ReportedAt == nil
		}
	}
}

// may lists what the reader may do about r now.
func (w reader) may(ctx context.Context, tx *tenant.Tx, r row, p Page) (acts []string, err error) {
	acts = []string{}
	add := func(ok bool, act ...string) {
		if ok {
			acts = append(acts, act...)
		}
	}
	sets, err := w.sets(ctx, tx, r)
	if err != nil {
		return acts, err
	}
	state := r.state()
	add(sets && (state == draft || state == returned), "edit", "drop")
	add(sets && (state == issued || state == accepted), "reopen")
	add(r.carried(tx) && state == issued && w.answers(r) && !same(r.IssuedAcc, tx.Actor.Account), "accept", "return")
	live := r.carried(tx) && r.DutyVersion != nil && state != withdrawn
	add(live && (w.answers(r) || w.manage), "people")
	add(live && w.splits(r), "split")
	if live && w.splits(r) {
		var drafts bool
		for _, x := range p.Pieces {
			drafts = drafts || x.State == draft
		}
		add(drafts, "issue")
	}
	var open, owed bool
	for _, d := range p.Periods {
		open, owed = open || d.Open, owed || d.ReportedAt == nil
	}
	add(live && open && w.reports(r), "report")
	leads := r.Spec.V.LeaderID != nil && *r.Spec.V.LeaderID == w.member
	add(r.own(tx) && owed && (sets || leads) && state != withdrawn && !w.ownReport(tx, r), "permit")
	return acts, nil
}

// ownReport reports whether the actor is the person who owes r's reports, as a
// member or under another account's name.
func (w reader) ownReport(tx *tenant.Tx, r row) bool {
	return r.ReporterID != nil && (r.Subject == tx.Actor.Tenant && *r.ReporterID == tx.Actor.Member || same(r.ReporterAcc, tx.Actor.Account))
}

func same(a *uuid.UUID, b uuid.UUID) bool { return a != nil && *a == b }
