package target

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/attachment"
	"hetu/calendar"
	"hetu/feature"
	"hetu/storage"
	"hetu/tenant"
)

type newReport struct {
	ID      uuid.UUID        `json:"-" path:"id"`
	Period  string           `json:"period" minLength:"1" maxLength:"7"`
	Value   *decimal.Decimal `json:"value,omitempty" pattern:"^[0-9]{1,12}([.][0-9]{1,4})?$"` // since the beginning of the year
	Reached bool             `json:"reached,omitempty"`                                       // every milestone up to the end of the period
	Text    string           `json:"text" minLength:"1" maxLength:"2000"`
	Upload  *uuid.UUID       `json:"upload_id,omitempty"` // what shows it
}

// Validate refuses a text of nothing but spaces, and what is said to be reached
// with nothing to show it.
func (in *newReport) Validate() error {
	if err := feature.Trim(&in.Text, "text", 2000); err != nil {
		return err
	}
	if in.Reached && in.Upload == nil {
		return ErrEvidence.On("upload_id")
	}
	return nil
}

// report writes down how far a target has come by a period. It is taken until
// its day, and after it only if somebody else permitted that; until its day
// another report may follow it.
func report(ctx context.Context, tx *tenant.Tx, in newReport) (p Page, err error) {
	r, who, err := find(ctx, tx, in.ID)
	r.Spec = r.Stands
	switch {
	case err != nil:
		return p, err
	case !r.carried(tx):
		return p, ErrNotReporter
	case r.State == withdrawn:
		return p, ErrWithdrawn
	case r.DutyVersion == nil:
		return p, ErrUnaccepted
	case !who.reports(r):
		return p, ErrNotReporter
	case r.Spec.V.Measure == quantity && in.Value == nil:
		return p, ErrValue.On("value")
	}
	if r.Spec.V.Measure == milestone {
		in.Value = nil
	}
	late, first, err := r.due(ctx, tx, in.Period)
	if err != nil {
		return p, err
	}
	if _, err := r.forgive(ctx, tx, in.Period); err != nil { // it is permitted, else it would not be taken
		return p, err
	}
	id := tenant.NewID()
	var f attachment.File
	if in.Upload != nil {
		if f, err = attachment.Claim(ctx, tx, *in.Upload, "target/report/"+id.String()); err != nil {
			return p, err
		}
	}
	if err := r.record(ctx, tx, id, in, f, late); err != nil {
		return p, err
	}
	if first {
		tx.Deed(r.deed(Reported, in.Period, *r.DeptID, late))
	}
	tx.Audit("target.reported", object(r.ID), map[string]any{"period": in.Period, "report": id, "late": late, "sha256": f.SHA256.String()})
	return again(ctx, tx, r.ID)
}

// due decides whether the report of a period is taken now, and whether it is
// late and the first one. It holds the period until the transaction ends.
func (r row) due(ctx context.Context, tx *tenant.Tx, period string) (late, first bool, err error) {
	var d struct {
		StartsOn string `db:"starts_on"`
		DueOn    string `db:"due_on"`
		Reported bool   `db:"reported"`
		Missed   bool   `db:"missed"`
	}
	err = tx.Get(ctx, &d, `
		select to_char(starts_on, 'YYYY-MM-DD') as starts_on, to_char(due_on, 'YYYY-MM-DD') as due_on, reported_at is not null as reported, missed_at is not null as missed
		  from target_dues where target_id = $1 and setter_id = $2 and tenant_id = app_tenant() and period = $3 for update`, r.ID, r.Setter, period)
	today := calendar.DateOf(tx.Now).String()
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return false, false, ErrPeriod.On("period")
	case err != nil:
		return false, false, err
	case today < d.StartsOn:
		return false, false, ErrAhead.On("period")
	}
	late = today > d.DueOn || d.Missed
	if late && d.Reported {
		return late, false, ErrReported
	}
	if late {
		ok, err := r.permitted(ctx, tx, period, today)
		if err != nil {
			return late, false, err
		}
		if !ok {
			return late, false, ErrOverdue.With("due", d.DueOn)
		}
	}
	return late, !d.Reported, nil
}

func (r row) permitted(ctx context.Context, tx *tenant.Tx, period, today string) (ok bool, err error) {
	err = tx.Get(ctx, &ok, `
		select exists (select from target_permits
		                where tenant_id = $1 and subject_id = app_tenant() and target_id = $2 and period = $3 and until >= $4::date)`, r.Setter, r.ID, period, today)
	return ok, err
}

// record writes a report down.
func (r row) record(ctx context.Context, tx *tenant.Tx, id uuid.UUID, in newReport, f attachment.File, late bool) error {
	digest := ""
	if in.Upload != nil {
		digest = f.SHA256.String()
	}
	_, err := tx.Exec(ctx, `
		insert into target_reports (id, target_id, setter_id, period, ends_on, seq, revision, value, reached, body,
		                            file_id, file_name, file_size, file_type, file_sha256, file_key, file_version, late, by_id, by_name, at)
		     select $1, d.target_id, d.setter_id, d.period, d.ends_on, 1 + (select count(*) from target_reports o where o.target_id = $2 and o.period = $3 and o.tenant_id = app_tenant()),
		            $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18
		       from target_dues d where d.target_id = $2 and d.period = $3 and d.tenant_id = app_tenant()`,
		id, r.ID, in.Period, r.Revision, in.Value, in.Reached, in.Text,
		in.Upload, f.Name, f.Size, f.Type, digest, f.Key, f.Version, late, tx.Actor.Member, tx.Actor.Name, tx.Now)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		update target_dues set reported_at = coalesce(reported_at, $3), late = case when reported_at is null then $4 else late end
		 where target_id = $1 and period = $2 and tenant_id = app_tenant()`, r.ID, in.Period, tx.Now, late)
	return err
}

// deed is what a report, or its lack, counts as. What those above set has the
// level "upper", what the unit itself broke down "own": a scheme that scores
// the one need not score the other.
func (r row) deed(kind, period string, department uuid.UUID, late bool) tenant.Deed {
	d := tenant.Deed{Kind: kind, Unit: department, Item: object(r.ID) + "/" + period, Title: short(r.Spec.V.Title, 100) + " " + period, Level: "own", Late: late}
	if r.Setter != r.Subject {
		d.Level = "upper"
	}
	if r.ReporterID != nil {
		d.Member = *r.ReporterID
	}
	return d
}

type newPermit struct {
	ID     uuid.UUID `json:"-" path:"id"`
	Period string    `json:"period" minLength:"1" maxLength:"7"`
	Until  string    `json:"until" minLength:"10" maxLength:"10" format:"date"`
	Reason string    `json:"reason" minLength:"1" maxLength:"500"`
}

// Validate refuses a reason of nothing but spaces, and what is no day.
func (in *newPermit) Validate() error {
	if _, err := calendar.ParseDate(in.Until); err != nil {
		return ErrDay.On("until")
	}
	in.Period = strings.TrimSpace(in.Period)
	return feature.Trim(&in.Reason, "reason", 500)
}

// permit lets a report come late, until a day: whoever set the target does, or
// the leader responsible for it, and never who owes the report.
func permit(ctx context.Context, tx *tenant.Tx, in newPermit) (p Page, err error) {
	r, who, err := find(ctx, tx, in.ID)
	if err != nil {
		return p, err
	}
	sets, err := who.sets(ctx, tx, r)
	leads := r.Spec.V.LeaderID != nil && *r.Spec.V.LeaderID == who.member
	switch {
	case err != nil:
		return p, err
	case !r.own(tx) || !sets && !leads:
		return p, ErrNotYours
	case who.ownReport(tx, r):
		return p, ErrSamePerson
	case r.State == withdrawn:
		return p, ErrWithdrawn
	case in.Until < calendar.DateOf(tx.Now).String():
		return p, ErrUntil.On("until")
	}
	var reported bool
	err = tx.Get(ctx, &reported, `
		select reported_at is not null from target_dues where tenant_id = $1 and target_id = $2 and setter_id = app_tenant() and period = $3`, r.Subject, r.ID, in.Period)
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return p, ErrPeriod.On("period")
	case err != nil:
		return p, err
	case reported:
		return p, ErrReported
	}
	_, err = tx.Exec(ctx, `
		insert into target_permits (id, target_id, subject_id, period, until, reason, by_id, by_account, by_name, at)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		tenant.NewID(), r.ID, r.Subject, in.Period, in.Until, in.Reason, tx.Actor.Member, tx.Actor.Account, tx.Actor.Name, tx.Now)
	if err != nil {
		return p, err
	}
	tx.Audit("target.permitted", object(r.ID), map[string]any{"period": in.Period, "until": in.Until})
	return again(ctx, tx, r.ID)
}

// files hand out what shows a report.
type files struct{ store storage.Store }

type fileRef struct {
	ID     uuid.UUID `json:"-" path:"id"`
	Report uuid.UUID `json:"-" path:"report"`
}

// content sends what shows a report to whoever may see the target. It was put
// before its setter, so the setter reads it where it lies.
func (f files) content(ctx context.Context, tx *tenant.Tx, q fileRef) (c feature.Content, err error) {
	r, _, err := find(ctx, tx, q.ID)
	if err != nil {
		return c, err
	}
	var is struct {
		Name    string `db:"file_name"`
		Size    int64  `db:"file_size"`
		Type    string `db:"file_type"`
		SHA256  string `db:"file_sha256"`
		Key     string `db:"file_key"`
		Version string `db:"file_version"`
	}
	err = tx.Get(ctx, &is, `
		select file_name, file_size, file_type, file_sha256, file_key, file_version
		  from target_reports where tenant_id = $1 and id = $2 and target_id = $3 and setter_id = $4 and file_id is not null`, r.Subject, q.Report, r.ID, r.Setter)
	if errors.Is(err, tenant.ErrNoRows) {
		return c, ErrNoFile
	}
	if err != nil {
		return c, err
	}
	o := storage.Object{Ref: storage.Ref{Tenant: r.Subject, Key: is.Key, Version: is.Version}, Size: is.Size, Type: is.Type}
	o.SHA256, err = storage.ParseDigest(is.SHA256)
	return feature.Content{
		Size: o.Size, Headers: storage.Headers(o, is.Name), ETag: `"` + is.SHA256 + `"`,
		Open: func(ctx context.Context) (io.ReadCloser, error) { return f.store.Open(ctx, o.Ref, o.Want()) },
	}, err
}
