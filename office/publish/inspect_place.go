package publish

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/message"
	"hetu/tenant"
)

// What can go wrong with naming an inspector.
var (
	ErrInspectorAlready = fault.New(fault.Conflict, "publish.inspector_already").On("member_id")
	ErrInspectorOfUnit  = fault.New(fault.Invalid, "publish.inspector_of_unit").On("member_id") // all that waits concerns their own unit
)

// An Inspector is one of an inspection's inspectors.
type Inspector struct {
	Person
	Gone bool `json:"gone"` // they cannot act: they have left, or are locked out
}

// mayJudge is the condition that member m, who is there, may decide about finding
// f on item x: they did not write or publish it, and did not speak for the unit.
const mayJudge = `m.state = 'active' and m.account_id is not null and m.account_id <> all (x.authors)
	and m.id is distinct from f.replied_by and m.account_id is distinct from f.replied_account`

// ofUnit is the condition that member m answers for item x.
const ofUnit = `(m.id in (x.drafter_id, x.publisher_id) or exists (select from subjects s where s.department_id = x.unit_id and s.member_id = m.id))`

// judging are the inspectors r, members m, who may decide about finding f on item x.
const judging = `inspection_inspectors r join members m on m.id = r.member_id
	 where r.inspection_id = f.inspection_id and r.until is null and ` + mayJudge + ` and (r.in_place_of is null or not ` + ofUnit + `)`

// deciders are who is told what the actor has an inspector decide: who recorded
// it, if they still may, else the others who may, else those who lead inspections.
func (f findingRow) deciders(ctx context.Context, tx *tenant.Tx) (to []uuid.UUID, err error) {
	err = tx.Select(ctx, &to, `
		select m.id from inspection_findings f
		  join inspection_items x on x.inspection_id = f.inspection_id and x.item_id = f.item_id,
		       lateral (select m.id from `+judging+`) m
		 where f.id = $1 and m.id <> $2 order by m.id`, f.ID, tx.Actor.Member)
	switch {
	case err != nil:
		return nil, err
	case slices.Contains(to, f.RecordedMember):
		return []uuid.UUID{f.RecordedMember}, nil
	case len(to) == 0:
		return office(ctx, tx)
	}
	return to, nil
}

// A succession puts an inspector in the place of another.
type succession struct {
	ID        uuid.UUID `json:"-" path:"id"`
	Member    uuid.UUID `json:"member_id"`
	InPlaceOf uuid.UUID `json:"in_place_of"`
	Version   int       `json:"version" minimum:"1"`
}

// Validate refuses somebody in their own place.
func (s *succession) Validate() error {
	if s.Member == s.InPlaceOf {
		return ErrInspector.On("member_id")
	}
	return nil
}

// nameInspector names another inspector in the place of one who has left, or
// cannot go on. Who leads inspections names them.
func nameInspector(ctx context.Context, tx *tenant.Tx, in succession) (p InspectionPage, err error) {
	n, err := tx.Exec(ctx, `
		update inspections set version = version + 1, changed_by = $3, changed_at = $4 where id = $1 and version = $2 and state = 'open'`,
		in.ID, in.Version, tx.Actor.Name, tx.Now)
	if err != nil {
		return p, err
	}
	now, err := inspectionOf(ctx, tx, in.ID)
	switch {
	case err != nil:
		return p, err
	case n == 0 && now.State != "open":
		return p, ErrInspectionEnded
	case n == 0:
		return p, now.stale()
	}
	if err := succeed(ctx, tx, now, in.InPlaceOf, in.Member); err != nil {
		return p, err
	}
	return inspection(ctx, tx, ref{in.ID})
}

// succeed puts an inspector of an open inspection in the place of another. Nobody
// comes for what they could not decide: if something waits for an inspector, they
// may decide about at least one of it.
func succeed(ctx context.Context, tx *tenant.Tx, n Inspection, from, to uuid.UUID) error {
	var fit struct {
		There bool `db:"there"`
		Named bool `db:"named"`
		Able  bool `db:"able"`
	}
	err := tx.Get(ctx, &fit, `
		with waiting as (select `+mayJudge+` and not `+ofUnit+` as able
		                   from inspection_findings f join inspection_items x on x.inspection_id = f.inspection_id and x.item_id = f.item_id, members m
		                  where f.inspection_id = $1 and f.state in ('objected', 'corrected') and m.id = $2)
		select exists (select from members m where m.id = $2 and m.state = 'active' and m.account_id is not null) as there,
		       exists (select from inspection_inspectors r where r.inspection_id = $1 and r.member_id = $2 and r.until is null) as named,
		       coalesce((select bool_or(able) from waiting), true) as able`, n.ID, to)
	switch {
	case err != nil:
		return err
	case !fit.There:
		return ErrInspector.On("member_id")
	case fit.Named:
		return ErrInspectorAlready
	case !fit.Able:
		return ErrInspectorOfUnit
	}
	gone, err := tx.Exec(ctx, `update inspection_inspectors set until = $3 where inspection_id = $1 and member_id = $2 and until is null`, n.ID, from, tx.Now)
	if err != nil {
		return err
	}
	if gone == 0 {
		return ErrInspector.On("in_place_of")
	}
	if _, err := tx.Exec(ctx, `
		insert into inspection_inspectors (inspection_id, member_id, in_place_of) values ($1, $2, $3)
		on conflict on constraint inspection_inspectors_pkey do update set until = null, in_place_of = excluded.in_place_of`, n.ID, to, from); err != nil {
		return err
	}
	tx.Audit("publish.inspector_named", inspectionObject(n.ID), map[string]any{"member": to, "in_place_of": from})
	return message.Send(ctx, tx, message.Notice{To: others([]uuid.UUID{to}, tx.Actor.Member), Code: "publish.inspection_opened",
		Href: "/publish/inspections/" + n.ID.String(), Params: map[string]string{"title": n.Name, "by": tx.Actor.Name}})
}

// alone are the open inspections n of which member $1 is the last inspector who
// is there.
const alone = `
	  from inspections n join inspection_inspectors o on o.inspection_id = n.id and o.member_id = $1 and o.until is null
	 where n.state = 'open' and not exists (
	       select from inspection_inspectors r join members m on m.id = r.member_id and m.state = 'active' and m.account_id is not null
	        where r.inspection_id = n.id and r.until is null and r.member_id <> $1)`

// Inspections returns how many open inspections nobody but a member inspects.
func Inspections(ctx context.Context, tx *tenant.Tx, member uuid.UUID) (n int, err error) {
	err = tx.Get(ctx, &n, `select count(*)`+alone, member)
	return n, err
}

// PassInspections puts another in the place of the last inspector, and returns in
// how many inspections; not in those of which all that waits concerns their own
// unit.
func PassInspections(ctx context.Context, tx *tenant.Tx, from, to uuid.UUID) (passed int, err error) {
	var ns []Inspection
	if err := tx.Select(ctx, &ns, `select n.id, n.name`+alone+` order by n.id for update of n`, from); err != nil {
		return 0, err
	}
	for _, n := range ns {
		switch err := succeed(ctx, tx, n, from, to); {
		case errors.Is(err, ErrInspector), errors.Is(err, ErrInspectorAlready), errors.Is(err, ErrInspectorOfUnit):
			continue
		case err != nil:
			return passed, err
		}
		if _, err := tx.Exec(ctx, `update inspections set version = version + 1, changed_by = $2, changed_at = $3 where id = $1`,
			n.ID, tx.Actor.Name, tx.Now); err != nil {
			return passed, err
		}
		passed++
	}
	return passed, nil
}
