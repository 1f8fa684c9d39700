package verdict

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/calendar"
	"hetu/feature"
	"hetu/tenant"
)

// A Permit lets something be done late.
type Permit struct {
	ID       uuid.UUID `db:"id" json:"id"`
	Step     string    `db:"step" json:"step"`
	UnitName string    `db:"unit_name" json:"unit_name"` // empty: the step of everybody
	Was      string    `db:"was" json:"was" format:"date"`
	Until    string    `db:"until" json:"until" format:"date"`
	Reason   string    `db:"reason" json:"reason"`
	ByName   string    `db:"by_name" json:"by_name"`
	At       time.Time `db:"at" json:"at"`
}

func permitsOf(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (all []Permit, err error) {
	all = []Permit{}
	err = tx.Select(ctx, &all, `
		select p.id, p.step, coalesce(s.unit_name, '') as unit_name, to_char(p.was, 'YYYY-MM-DD') as was, to_char(p.until, 'YYYY-MM-DD') as until,
		       p.reason, p.by_name, p.at
		  from verdict_permits p
		  left join assess_scores s on s.round_id = p.round_id and s.unit_id = p.unit_id
		 where p.round_id = $1 order by p.id`, round)
	return all, err
}

type permitIn struct {
	ID     uuid.UUID  `json:"-" path:"id"`
	Step   string     `json:"step" enum:"target,progress,self,review,events,notice,appeal,answer,grade,decide,publish,freeze,file"`
	Unit   *uuid.UUID `json:"unit_id,omitempty"` // only for this unit: its appeal, or the answers to its appeals
	Until  string     `json:"until" format:"date"`
	Reason string     `json:"reason" minLength:"1" maxLength:"500"`
}

// Validate checks the day and the reason.
func (in *permitIn) Validate() error {
	if _, err := calendar.ParseDate(in.Until); err != nil {
		return ErrDay.On("until")
	}
	return feature.Trim(&in.Reason, "reason", 500)
}

// aimed checks what can be allowed to one unit, and what only to one.
func (in permitIn) aimed() error {
	switch {
	case in.Unit != nil && !slices.Contains([]string{appeal, answer}, in.Step):
		return ErrStep.On("step")
	case in.Unit == nil && in.Step == appeal:
		return ErrUnit.On("unit_id") // to all, a longer notice is given by a new one
	}
	return nil
}

// permit allows a step to be done late. Whoever is responsible for it, by
// whatever membership, asks somebody else; and nobody allows their own unit.
func (v *Verdicts) permit(ctx context.Context, tx *tenant.Tx, in permitIn) (p Page, err error) {
	s, err := findStep(ctx, tx, in.ID, in.Step)
	if err == nil {
		err = in.aimed()
	}
	if err != nil {
		return p, err
	}
	if s.DoneAt != nil && in.Unit == nil {
		return p, ErrDone
	}
	if err := standing(ctx, tx, in.ID); err != nil && slices.Index(order, in.Step) < slices.Index(order, publish) {
		return p, err
	}
	var own bool
	err = tx.Get(ctx, &own, `select exists (select from members where id = $1 and (id = $2 or account_id = $3))`, s.RespID, tx.Actor.Member, tx.Actor.Account)
	if err == nil && own {
		err = ErrOwnPermit
	}
	if err == nil {
		err = in.apart(ctx, tx)
	}
	if err != nil {
		return p, err
	}
	was := s.DueText
	if in.Unit != nil {
		if was, err = in.forUnit(ctx, tx); err != nil {
			return p, err
		}
	}
	if in.Until <= was || day(in.Until).Compare(calendar.DateOf(tx.Now)) < 0 {
		return p, ErrUntil.On("until").With("was", was)
	}
	if err := in.save(ctx, tx, was); err != nil {
		return p, err
	}
	tx.Audit("verdict.permitted", roundOf(in.ID), map[string]any{"step": in.Step, "unit": in.Unit, "was": was, "until": in.Until})
	return v.page(ctx, tx, ref{in.ID})
}

// apart refuses whoever would let the appeals of their own unit, among all, be
// answered late.
func (in permitIn) apart(ctx context.Context, tx *tenant.Tx) error {
	if in.Unit != nil || in.Step != answer {
		return nil
	}
	var units []assess.Unit
	err := tx.Select(ctx, &units, `
		select distinct a.unit_kind, a.unit_id, '' as unit_name
		  from verdict_docket d join verdict_appeals a on a.id = d.appeal_id
		 where d.round_id = $1 and d.outcome = '' and a.withdrawn_at is null`, in.ID)
	for _, u := range units {
		if err == nil {
			err = assess.Disinterested(ctx, tx, u.Kind, u.ID)
		}
	}
	return err
}

// forUnit returns until when the unit had time before.
func (in permitIn) forUnit(ctx context.Context, tx *tenant.Tx) (was string, err error) {
	n, err := noticeOf(ctx, tx, in.ID)
	if err != nil {
		return "", err
	}
	if n == nil {
		return "", ErrNoticeNeeded
	}
	var kind string
	err = tx.Get(ctx, &kind, `select unit_kind from verdict_shown where notice_id = $1 and unit_id = $2 and tenant_id = app_tenant()`, n.ID, *in.Unit)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrUnit.On("unit_id")
	}
	if err == nil {
		err = assess.Disinterested(ctx, tx, kind, *in.Unit)
	}
	if err != nil || in.Step == appeal {
		return n.AppealBy, err
	}
	err = tx.Get(ctx, &was, `
		select coalesce(to_char(max(d.due), 'YYYY-MM-DD'), '')
		  from verdict_docket d join verdict_appeals a on a.id = d.appeal_id
		 where d.round_id = $1 and a.unit_id = $2 and d.outcome = ''`, in.ID, *in.Unit)
	if err == nil && was == "" {
		err = ErrUnit.On("unit_id") // it waits for no answer
	}
	return was, err
}

func (in permitIn) save(ctx context.Context, tx *tenant.Tx, was string) error {
	id := tenant.NewID()
	_, err := tx.Exec(ctx, `
		insert into verdict_permits (id, round_id, step, unit_id, was, until, reason, by_id, by_account, by_name, at)
		     values ($1, $2, $3, $4, $5::date, $6::date, $7, $8, $9, $10, $11)`,
		id, in.ID, in.Step, in.Unit, was, in.Until, in.Reason, tx.Actor.Member, tx.Actor.Account, tx.Actor.Name, tx.Now)
	switch {
	case err != nil:
		return err
	case in.Unit == nil:
		_, err = tx.Exec(ctx, `
			update verdict_steps set due = $3::date, reminded_at = null, escalated_at = null
			 where round_id = $1 and step = $2 and done_at is null`, in.ID, in.Step, in.Until)
		if err == nil && in.Step == answer {
			_, err = tx.Exec(ctx, `
				update verdict_docket set due = $2::date, reminded_at = null, escalated_at = null
				 where round_id = $1 and outcome = '' and due < $2::date`, in.ID, in.Until)
		}
	case in.Step == appeal:
		_, err = tx.Exec(ctx, `
			insert into verdict_leaves (permit_id, subject_tenant_id, round_id, unit_id, until)
			     select $1, subject_tenant_id, round_id, unit_id, $4::date from verdict_shown
			      where round_id = $2 and unit_id = $3 and tenant_id = app_tenant() order by notice_id desc limit 1`, id, in.ID, *in.Unit, in.Until)
	default:
		_, err = tx.Exec(ctx, `
			update verdict_docket d set due = $3::date, reminded_at = null, escalated_at = null
			  from verdict_appeals a
			 where a.id = d.appeal_id and d.round_id = $1 and a.unit_id = $2 and d.outcome = ''`, in.ID, *in.Unit, in.Until)
	}
	return err
}
