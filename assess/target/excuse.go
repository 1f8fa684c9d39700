package target

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/message"
	"hetu/tenant"
)

// excuse takes back that reports did not come which somebody has permitted
// since to come late, and tells their reporters. The permit is a row of the
// setter's; what was missed is of whoever carries the target out, who takes it
// back here.
func excuse(ctx context.Context, tx *tenant.Tx) (int, error) {
	var all []news
	err := tx.Select(ctx, &all, `
		select `+dueColumns+`'' as about, 'excused' as code, u.reporter_id as to_id, null as other_id`+duesOf+`
		   and d.tenant_id = app_tenant() and d.missed_at is not null and `+permittedOn+`
		 order by d.due_on, d.target_id limit $1`, most, calendar.DateOf(tx.Now).String())
	if err != nil {
		return 0, err
	}
	for _, n := range all {
		back, err := n.row().forgive(ctx, tx, n.Period)
		if err == nil && back {
			err = message.Send(ctx, tx, n.notice(*n.To))
		}
		if err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// row is the target of n, as far as its deeds are concerned.
func (n news) row() (r row) {
	r = row{ID: n.ID, Setter: n.Setter, Subject: n.Subject, ReporterID: n.To}
	r.Spec.V.Title = n.Title
	return r
}

// forgive takes back, once, that the report of a period did not come: by a deed
// that negates the one before, for nothing is rewritten (AS-03). false if there
// is nothing to take back.
func (r row) forgive(ctx context.Context, tx *tenant.Tx, period string) (bool, error) {
	n, err := tx.Exec(ctx, `
		update target_dues set missed_at = null, excused_at = $3
		 where target_id = $1 and period = $2 and tenant_id = app_tenant() and missed_at is not null`, r.ID, period, tx.Now)
	if err != nil || n == 0 {
		return false, err
	}
	tx.Audit("target.excused", object(r.ID), map[string]any{"period": period})
	var was struct {
		ID     uuid.UUID  `db:"id"`
		Unit   uuid.UUID  `db:"unit_id"`
		Member *uuid.UUID `db:"member_id"`
		Level  string     `db:"level"`
	}
	err = tx.Get(ctx, &was, `
		select d.id, d.unit_id, d.member_id, d.level from deeds d
		 where d.tenant_id = app_tenant() and d.kind = $1 and d.item = $2 and d.reverses is null
		   and not exists (select from deeds x where x.tenant_id = d.tenant_id and x.reverses = d.id)
		 order by d.id desc limit 1`, Missed, object(r.ID)+"/"+period)
	if errors.Is(err, tenant.ErrNoRows) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	d := r.deed(Missed, period, was.Unit, true)
	d.Level, d.Reverses = was.Level, was.ID
	if was.Member != nil {
		d.Member = *was.Member
	}
	tx.Deed(d)
	return true, nil
}
