package target

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/tenant"
)

type unitYear struct {
	Unit uuid.UUID `json:"-" path:"unit"`
	Year int       `json:"year" minimum:"2000" maximum:"2100"`
}

// issueUnit issues every draft of a unit's year. The weights of its targets
// must add up to 100.
func issueUnit(ctx context.Context, tx *tenant.Tx, in unitYear) (s Sheet, err error) {
	u, err := unitOf(ctx, tx, in.Unit, in.Year)
	if err != nil {
		return s, err
	}
	n, err := issueAll(ctx, tx, `year = $1 and unit_id = $2 and parent_id is null`, in.Year, in.Unit)
	if err != nil {
		return s, err
	}
	tx.Audit("target.issued", "target/unit/"+u.ID.String(), map[string]any{"year": in.Year, "targets": n})
	return sheet(ctx, tx, sheetQuery(in))
}

// issueParts issues every draft part of a target. The weights of its parts must
// add up to 100: they share it.
func issueParts(ctx context.Context, tx *tenant.Tx, q ref) (p Page, err error) {
	r, who, err := find(ctx, tx, q.ID)
	switch {
	case err != nil:
		return p, err
	case !r.carried(tx):
		return p, ErrNotYours
	case r.DutyVersion == nil:
		return p, ErrUnaccepted
	case r.state() == withdrawn:
		return p, ErrWithdrawn
	case !who.splits(r):
		return p, ErrNotYours
	}
	n, err := issueAll(ctx, tx, `parent_id = $1`, r.ID)
	if err != nil {
		return p, err
	}
	tx.Audit("target.parts_issued", object(r.ID), map[string]any{"targets": n})
	return again(ctx, tx, r.ID)
}

// issueAll issues the drafts among the tenant's targets that belong together,
// if they are complete and all of them weigh 100. The rows are held, so that
// none of them is changed meanwhile.
func issueAll(ctx context.Context, tx *tenant.Tx, which string, args ...any) (n int, err error) {
	if _, err := tx.Exec(ctx, `select from targets where `+which+` order by id for update`, args...); err != nil {
		return 0, err
	}
	var ids []uuid.UUID
	if err := tx.Select(ctx, &ids, `select id from targets where `+which+` and state <> 'withdrawn'`, args...); err != nil {
		return 0, err
	}
	rows, err := some(ctx, tx, `t.setter_id = $1 and t.id = any ($2) order by t.id`, tx.Actor.Tenant, tenant.Array(ids))
	if err != nil {
		return 0, err
	}
	drafts := slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.State != draft })
	if len(drafts) == 0 {
		return 0, ErrNothing
	}
	sum := decimal.Zero
	for _, r := range rows {
		sum = sum.Add(r.Spec.V.Weight)
	}
	for _, r := range drafts {
		if field := r.Spec.V.lacks(r.UnitKind); field != "" {
			return 0, ErrIncomplete.With("title", r.Spec.V.Title).With("missing", field).With("id", r.ID)
		}
	}
	if !sum.Equal(full) {
		return 0, ErrWeights.With("sum", sum.String())
	}
	for _, r := range drafts {
		if err := r.issue(ctx, tx, r.Note, false); err != nil {
			return 0, err
		}
	}
	return len(drafts), nil
}

// issue writes the next revision, as it is now, for whoever carries r out.
func (r row) issue(ctx context.Context, tx *tenant.Tx, note string, gone bool) error {
	state := issued
	if gone {
		state = withdrawn
	}
	err := r.change(ctx, tx, `state = $3, note = $4, revision = revision + 1, issued_by = $5`, state, note, tx.Actor.Member)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into target_issues (target_id, revision, year, unit_kind, unit_id, unit_name, subject_id, parent_id, spec, withdrawn, note, by_id, by_account, by_name, at)
		     select id, revision, year, unit_kind, unit_id, unit_name, subject_id, parent_id, spec, $2, $3, $4, $5, $6, $7 from targets where id = $1`,
		r.ID, gone, note, tx.Actor.Member, tx.Actor.Account, tx.Actor.Name, tx.Now)
	return err
}
