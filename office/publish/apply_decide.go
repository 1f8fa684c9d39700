package publish

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// A consenting is the Office's consent to an application.
type consenting struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Given   *Wish     `json:"given,omitempty"` // what it consents to; absent: what was asked
	Note    string    `json:"note,omitempty" maxLength:"500"`
	Version int       `json:"version" minimum:"1"`
}

// consent records the Office's consent and sets the column up, in one
// transaction: there is no consent without its effect, and no effect without it
// (R023).
func consent(ctx context.Context, tx *tenant.Tx, in consenting) (a Application, err error) {
	if a, err = waiting(ctx, tx, in.ID, in.Version); err != nil {
		return a, err
	}
	w := a.Asked
	amended := false
	if in.Given != nil {
		w = *in.Given
		if err := w.complete(ctx, tx, a.Kind == "open"); err != nil {
			return a, err
		}
		amended = tenant.JSON(w) != tenant.JSON(a.Asked)
	}
	c, err := a.carryOut(ctx, tx, w)
	if err != nil {
		return a, err
	}
	n, err := tx.Exec(ctx, `
		update column_applications
		   set state = 'consented', given = $3, amended = $4, note = $5, column_id = $6, decided_id = $7, decided_name = $8, decided_at = $9,
		       version = version + 1, changed_by = $8, changed_at = $9
		 where id = $1 and version = $2 and state = 'waiting'`,
		a.ID, in.Version, tenant.JSON(w), amended, line(in.Note), c.ID, tx.Actor.Member, tx.Actor.Name, tx.Now)
	if err != nil || n == 0 {
		return a, errors.Join(err, a.raced(ctx, tx, n))
	}
	tx.Audit("publish.application_consented", applicationObject(a.ID), map[string]any{"column": c.ID, "name": c.Name, "amended": amended})
	code := "publish.application_consented"
	if amended {
		code = "publish.application_amended"
	}
	return a.tellApplicant(ctx, tx, code, c.Name, line(in.Note))
}

// carryOut opens or changes the column and gives the people their rights.
func (a Application) carryOut(ctx context.Context, tx *tenant.Tx, w Wish) (c Column, err error) {
	if a.Kind == "open" {
		c, err = openColumn(ctx, tx, newColumn{
			ParentID: w.ParentID, Name: w.Name, Kind: "general", DepartmentID: &a.DepartmentID, ReviewLevels: max(w.ReviewLevels, 1),
			Purpose: w.Purpose, Rules: &ruleSpec{Kinds: w.Kinds},
		})
	} else {
		c, err = a.reshape(ctx, tx, w)
	}
	if err != nil {
		return c, err
	}
	for _, p := range w.People {
		if err := p.appoint(ctx, tx, c.ID); err != nil {
			return c, err
		}
	}
	return c, nil
}

// appoint gives p the right in the column for good. Whoever has it there until
// some day has it from now on without one; whoever has it for good keeps it.
func (p Appointee) appoint(ctx context.Context, tx *tenant.Tx, column uuid.UUID) error {
	var has struct {
		ID   uuid.UUID `db:"id"`
		Ends bool      `db:"ends"`
	}
	err := tx.Get(ctx, &has, `
		select id, until is not null as ends from grants
		 where subject_kind = 'member' and subject_id = $1 and permission = $2 and scope_kind = $3 and scope_id = $4`,
		p.MemberID, "publish."+p.Right, ScopeKind, column)
	switch {
	case errors.Is(err, tenant.ErrNoRows):
	case err != nil || !has.Ends:
		return err
	default:
		if err := rbac.TakeBack(ctx, tx, has.ID); err != nil {
			return err
		}
	}
	_, err = grant(ctx, tx, columnGrant{ID: column, SubjectKind: "member", SubjectID: p.MemberID, Right: p.Right})
	return err
}

// reshape changes the column to what the wish names of it.
func (a Application) reshape(ctx context.Context, tx *tenant.Tx, w Wish) (Column, error) {
	if a.ColumnID == nil {
		return Column{}, ErrColumnNotFound
	}
	c, err := columnOf(ctx, tx, *a.ColumnID)
	if err != nil {
		return c, err
	}
	in := columnChange{ID: c.ID, ParentID: w.ParentID, Version: c.Version}
	if w.Name != "" {
		in.Name = &w.Name
	}
	if w.Purpose != "" || w.clears("purpose") {
		in.Purpose = &w.Purpose
	}
	if w.ReviewLevels > 0 {
		in.ReviewLevels = &w.ReviewLevels
	}
	if len(w.Kinds) > 0 || w.clears("kinds") {
		in.Rules = c.Sets.spec()
		in.Rules.Kinds = w.Kinds
	}
	return changeColumn(ctx, tx, in)
}

// spec returns the spec that sets just this.
func (s Sets) spec() *ruleSpec {
	word := func(b *bool) string {
		switch {
		case b == nil:
			return "inherit"
		case *b:
			return "on"
		}
		return "off"
	}
	spec := &ruleSpec{Kinds: slices.Clone(s.Kinds), Sign: word(s.Sign), Comments: word(s.Comments), Receipts: word(s.Receipts), AllStaff: word(s.AllStaff)}
	if s.NamedFrom != nil {
		spec.NamedFrom = *s.NamedFrom
	}
	return spec
}

// waiting returns an application that waits for a decision and is of this
// version, locked until the transaction ends.
func waiting(ctx context.Context, tx *tenant.Tx, id uuid.UUID, version int) (a Application, err error) {
	if _, err := tx.Exec(ctx, `select from column_applications where id = $1 for update`, id); err != nil {
		return a, err
	}
	if a, err = applicationOf(ctx, tx, id); err != nil {
		return a, err
	}
	switch {
	case a.State != "waiting":
		return a, ErrApplicationDecided.With("state", a.State)
	case a.Version != version:
		return a, a.stale()
	}
	return a, nil
}

func (a Application) stale() error {
	return ErrStale.With("version", a.Version).With("changed_by", a.ChangedBy).With("changed_at", a.ChangedAt).With("changed", []string{"state"})
}

// raced says what became of an application of which a statement changed n rows.
func (a Application) raced(ctx context.Context, tx *tenant.Tx, n int64) error {
	if n > 0 {
		return nil
	}
	now, err := applicationOf(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	return ErrApplicationDecided.With("state", now.State)
}

// tellApplicant tells whoever applied what became of it, and returns that.
func (a Application) tellApplicant(ctx context.Context, tx *tenant.Tx, code, column, note string) (Application, error) {
	err := noticeOf(ctx, tx, code, []uuid.UUID{a.ApplicantID}, a.ID, map[string]string{"column": column, "by": tx.Actor.Name, "note": note})
	if err != nil {
		return a, err
	}
	return applicationOf(ctx, tx, a.ID)
}

// A refusing is the Office's refusal of an application.
type refusing struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Reason  string    `json:"reason" maxLength:"500"`
	Version int       `json:"version" minimum:"1"`
}

// Validate refuses a refusal without a reason.
func (r *refusing) Validate() error {
	if r.Reason = line(r.Reason); r.Reason == "" {
		return ErrReasonMissing
	}
	return nil
}

// refuse records that the Office does not consent, and why.
func refuse(ctx context.Context, tx *tenant.Tx, in refusing) (Application, error) {
	a, err := settle(ctx, tx, in.ID, in.Version, "refused", in.Reason)
	if err != nil {
		return a, err
	}
	return a.tellApplicant(ctx, tx, "publish.application_refused", a.ColumnName, in.Reason)
}

// withdrawApplication takes one's own application back.
func withdrawApplication(ctx context.Context, tx *tenant.Tx, in versioned) (Application, error) {
	a, err := applicationOf(ctx, tx, in.ID)
	if err != nil {
		return a, err
	}
	if a.ApplicantID != tx.Actor.Member {
		return a, ErrNotApplicant
	}
	return settle(ctx, tx, in.ID, in.Version, "withdrawn", "")
}

// settle ends an application that waits without changing any column.
func settle(ctx context.Context, tx *tenant.Tx, id uuid.UUID, version int, state, note string) (Application, error) {
	a, err := waiting(ctx, tx, id, version)
	if err != nil {
		return a, err
	}
	n, err := tx.Exec(ctx, `
		update column_applications
		   set state = $3, note = $4, decided_id = $5, decided_name = $6, decided_at = $7, version = version + 1, changed_by = $6, changed_at = $7
		 where id = $1 and version = $2 and state = 'waiting'`, id, version, state, note, tx.Actor.Member, tx.Actor.Name, tx.Now)
	if err != nil || n == 0 {
		return a, errors.Join(err, a.raced(ctx, tx, n))
	}
	tx.Audit("publish.application_"+state, applicationObject(id), map[string]any{"name": a.ColumnName, "department": a.DepartmentID})
	return applicationOf(ctx, tx, id)
}

// applicationSheet is a list of applications as a workbook.
var applicationSheet = feature.Sheet{Name: feature.Text{ZH: "栏目申请", EN: "Column applications"}, Columns: []feature.Column{
	{Head: feature.Text{ZH: "申请事项", EN: "What for"}, Path: "kind", Words: map[string]feature.Text{"open": {ZH: "新增栏目", EN: "New column"}, "change": {ZH: "调整栏目", EN: "Change"}}},
	{Head: feature.Text{ZH: "栏目", EN: "Column"}, Path: "column_name"},
	{Head: feature.Text{ZH: "申请部门", EN: "Department"}, Path: "department_name"},
	{Head: feature.Text{ZH: "申请人", EN: "Applicant"}, Path: "applicant_name"},
	{Head: feature.Text{ZH: "申请理由", EN: "Reason"}, Path: "reason"},
	{Head: feature.Text{ZH: "状态", EN: "State"}, Path: "state", Words: map[string]feature.Text{"waiting": {ZH: "待答复", EN: "Waiting"},
		"consented": {ZH: "已同意", EN: "Consented"}, "refused": {ZH: "未同意", EN: "Refused"}, "withdrawn": {ZH: "已撤回", EN: "Withdrawn"}}},
	{Head: feature.Text{ZH: "办公室意见", EN: "Note"}, Path: "note"},
	{Head: feature.Text{ZH: "答复人", EN: "Decided by"}, Path: "decided_name"},
	{Head: feature.Text{ZH: "申请时间", EN: "Applied"}, Path: "created_at", Kind: feature.Times},
	{Head: feature.Text{ZH: "答复时间", EN: "Decided"}, Path: "decided_at", Kind: feature.Times},
}}
