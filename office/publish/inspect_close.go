package publish

import (
	"context"

	"github.com/google/uuid"

	"hetu/message"
	"hetu/tenant"
)

// A Result is what an inspection came to for a unit, or would come to now.
// Every item begins with a hundred points, each finding that stands takes its
// points off, and the score is the mean over the unit's inspected items, with
// two places.
type Result struct {
	UnitKind string    `db:"unit_kind" json:"unit_kind" enum:"department,tenant"`
	UnitID   uuid.UUID `db:"unit_id" json:"unit_id"`
	UnitName string    `db:"unit_name" json:"unit_name"`
	Items    int       `db:"items" json:"items"` // inspected
	Format   int       `db:"format" json:"format"`
	Wording  int       `db:"wording" json:"wording"`
	Slow     int       `db:"slow" json:"slow"`
	Other    int       `db:"other" json:"other"`
	Score    string    `db:"score" json:"score"`
	Grade    string    `db:"grade" json:"grade" enum:"excellent,good,fair,poor"`
}

// grade: from 90 excellent, from 80 good, from 60 fair.
const grade = `case when score >= 90 then 'excellent' when score >= 80 then 'good' when score >= 60 then 'fair' else 'poor' end as grade`

// reckoned are the results as the findings of inspection $1 stand.
const reckoned = `
	select x.unit_kind, x.unit_id, max(x.unit_name) as unit_name, count(*) as items,
	       coalesce(sum(f.format), 0) as format, coalesce(sum(f.wording), 0) as wording,
	       coalesce(sum(f.slow), 0) as slow, coalesce(sum(f.other), 0) as other,
	       round(avg(greatest(0, 100 - coalesce(f.points, 0))), 2) as score
	  from inspection_items x
	  left join (select item_id, sum(points) as points, count(*) filter (where class = 'format') as format,
	                    count(*) filter (where class = 'wording') as wording, count(*) filter (where class = 'slow') as slow,
	                    count(*) filter (where class = 'other') as other
	               from inspection_findings where inspection_id = $1 and state <> 'dropped' group by item_id) f on f.item_id = x.item_id
	 where x.inspection_id = $1 and x.inspected_at is not null
	 group by x.unit_kind, x.unit_id`

// An InspectionPage is an inspection in full.
type InspectionPage struct {
	Inspection
	Subjects   []Subject   `json:"subjects"` // empty: everything
	Sample     int         `json:"sample"`   // items of each unit; 0: all
	Seed       string      `json:"seed"`
	Checklist  string      `json:"checklist"`
	Reason     string      `json:"reason"`
	Inspectors []Inspector `json:"inspectors"`
	Units      []UnitRef   `json:"units"`   // that items were drawn of
	Results    []Result    `json:"results"` // fixed once it is closed; the best first
	May        []string    `json:"may" enum:"close,cancel,name"`
}

// inspection returns an inspection: all of it to who oversees or inspects, to
// others what concerns their departments.
func inspection(ctx context.Context, tx *tenant.Tx, in ref) (p InspectionPage, err error) {
	n, err := inspectionOf(ctx, tx, in.ID)
	if err != nil {
		return p, err
	}
	p = InspectionPage{Inspection: n, Subjects: []Subject{}, Inspectors: []Inspector{}, Units: []UnitRef{}, Results: []Result{}, May: []string{}}
	var more struct {
		Subjects  tenant.Doc[[]Subject]  `db:"subjects"`
		Sample    int                    `db:"sample"`
		Seed      string                 `db:"seed"`
		Checklist string                 `db:"checklist"`
		Reason    string                 `db:"reason"`
		People    tenant.Rows[Inspector] `db:"people"`
		Units     tenant.Rows[UnitRef]   `db:"units"`
	}
	all := oversees(ctx) || n.Inspecting
	err = tx.Get(ctx, &more, `
		select n.subjects, n.sample, n.seed, n.checklist, n.reason,
		       (select jsonb_agg(jsonb_build_object('id', m.id, 'name', m.name, 'gone', m.state <> 'active' or m.account_id is null) order by m.name, m.id)
		          from inspection_inspectors r join members m on m.id = r.member_id where r.inspection_id = n.id and r.until is null) as people,
		       coalesce((select jsonb_agg(jsonb_build_object('kind', u.unit_kind, 'id', u.unit_id, 'name', u.unit_name) order by u.unit_name, u.unit_id)
		          from (select distinct x.unit_kind, x.unit_id, x.unit_name from inspection_items x
		                 where x.inspection_id = n.id and `+lotSeen+`) u), '[]') as units
		  from inspections n where n.id = $3`, tx.Actor.Member, all, n.ID)
	if err != nil {
		return p, err
	}
	p.Subjects, p.Sample, p.Checklist, p.Reason = more.Subjects.V, more.Sample, more.Checklist, more.Reason
	p.Inspectors, p.Units = more.People, more.Units
	if all {
		p.Seed = more.Seed
	}
	if n.State == "open" && may(ctx, Manage) {
		p.May = []string{"close", "cancel", "name"}
	}
	p.Results, err = results(ctx, tx, n, all)
	return p, err
}

// results returns what the inspection came to, or stands at.
func results(ctx context.Context, tx *tenant.Tx, n Inspection, all bool) ([]Result, error) {
	from := `inspection_results where inspection_id = $1`
	if n.State == "open" {
		from = `(` + reckoned + `) as x where true`
	}
	rs := []Result{}
	err := tx.Select(ctx, &rs, `
		select unit_kind, unit_id, unit_name, items, format, wording, slow, other, score, `+grade+`
		  from `+from+` and ($2 or exists (select from subjects s where s.department_id = unit_id and s.member_id = $3))
		 order by score desc, unit_name, unit_id`, n.ID, all, tx.Actor.Member)
	return rs, err
}

// closeInspection fixes the results: every item was inspected, every objection
// decided. What stands goes into the evaluation (R301).
func closeInspection(ctx context.Context, tx *tenant.Tx, in versioned) (InspectionPage, error) {
	if err := end(ctx, tx, in, "closed", ""); err != nil {
		return InspectionPage{}, err
	}
	var left struct {
		Items      int `db:"items"`
		Objections int `db:"objections"`
	}
	err := tx.Get(ctx, &left, `
		select (select count(*) from inspection_items where inspection_id = $1 and inspected_at is null) as items,
		       (select count(*) from inspection_findings where inspection_id = $1 and state = 'objected') as objections`, in.ID)
	switch {
	case err != nil:
		return InspectionPage{}, err
	case left.Items > 0:
		return InspectionPage{}, ErrItemsLeft.With("left", left.Items)
	case left.Objections > 0:
		return InspectionPage{}, ErrObjections.With("left", left.Objections)
	}
	_, err = tx.Exec(ctx, `
		insert into inspection_results (inspection_id, unit_kind, unit_id, unit_name, items, format, wording, slow, other, score)
		     select $1, r.* from (`+reckoned+`) r`, in.ID)
	if err != nil {
		return InspectionPage{}, err
	}
	if err := credit(ctx, tx, in.ID); err != nil {
		return InspectionPage{}, err
	}
	p, err := inspection(ctx, tx, ref{in.ID})
	if err != nil {
		return p, err
	}
	return p, announce(ctx, tx, p)
}

// end ends an inspection, whose findings nobody changes from then on.
func end(ctx context.Context, tx *tenant.Tx, in versioned, state, reason string) error {
	n, err := tx.Exec(ctx, `
		update inspections set state = $3, reason = $4, ended_by_name = $5, ended_at = $6, version = version + 1, changed_by = $5, changed_at = $6
		 where id = $1 and version = $2 and state = 'open'`, in.ID, in.Version, state, reason, tx.Actor.Name, tx.Now)
	if err != nil {
		return err
	}
	now, err := inspectionOf(ctx, tx, in.ID)
	switch {
	case err != nil:
		return err
	case n == 0 && now.State != "open":
		return ErrInspectionEnded
	case n == 0:
		return now.stale()
	}
	tx.Audit("publish.inspection_"+state, inspectionObject(in.ID), map[string]any{"items": now.Items, "findings": now.Findings})
	return nil
}

// findingDeeds are the deeds of the classes that are indicators.
var findingDeeds = map[string]string{"format": FindingFormat, "wording": FindingWording, "slow": FindingSlow}

// credit writes the deeds of an inspection that has been closed: a deed for
// each finding that stands, which opens the item, and one for each unit, whose
// level is its grade.
func credit(ctx context.Context, tx *tenant.Tx, id uuid.UUID) error {
	var found []struct {
		ID        uuid.UUID `db:"id"`
		Class     string    `db:"class"`
		Severity  string    `db:"severity"`
		ItemID    uuid.UUID `db:"item_id"`
		Title     string    `db:"title"`
		UnitKind  string    `db:"unit_kind"`
		UnitID    uuid.UUID `db:"unit_id"`
		Publisher uuid.UUID `db:"publisher_id"`
	}
	err := tx.Select(ctx, &found, `
		select f.id, f.class, f.severity, f.item_id, x.title, x.unit_kind, x.unit_id, x.publisher_id
		  from inspection_findings f join inspection_items x on x.inspection_id = f.inspection_id and x.item_id = f.item_id
		 where f.inspection_id = $1 and f.state <> 'dropped' and f.class <> 'other' order by f.id`, id)
	if err != nil {
		return err
	}
	for _, f := range found {
		tx.Deed(tenant.Deed{Kind: findingDeeds[f.Class], Member: f.Publisher, Unit: f.UnitID, UnitKind: f.UnitKind,
			Item: "publish/item/" + f.ItemID.String(), Title: f.Title, Level: f.Severity, Content: findingObject(f.ID)})
	}
	var rs []struct {
		Result
		Name string `db:"name"`
	}
	err = tx.Select(ctx, &rs, `
		select r.unit_kind, r.unit_id, n.name, `+grade+`
		  from inspection_results r join inspections n on n.id = r.inspection_id where r.inspection_id = $1 order by r.unit_id`, id)
	for _, r := range rs {
		tx.Deed(tenant.Deed{Kind: Inspected, Unit: r.UnitID, UnitKind: r.UnitKind, Item: inspectionObject(id), Title: r.Name, Level: r.Grade})
	}
	return err
}

// announce tells the heads of the units, the inspectors and the Office that an
// inspection has ended.
func announce(ctx context.Context, tx *tenant.Tx, p InspectionPage) error {
	to, err := office(ctx, tx)
	if err != nil {
		return err
	}
	var heads []uuid.UUID
	err = tx.Select(ctx, &heads, `
		select h.member_id from posts h join members m on m.id = h.member_id and m.state = 'active'
		 where h.head and h.department_id in (select unit_id from inspection_items where inspection_id = $1)`, p.ID)
	if err != nil {
		return err
	}
	for _, i := range p.Inspectors {
		to = append(to, i.ID)
	}
	return message.Send(ctx, tx, message.Notice{
		To: others(append(to, heads...), tx.Actor.Member), Code: "publish.inspection_" + p.State,
		Href: "/publish/inspections/" + p.ID.String(), Params: map[string]string{"title": p.Name, "by": tx.Actor.Name},
	})
}

type cancellation struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Reason  string    `json:"reason" maxLength:"200"`
	Version int       `json:"version" minimum:"1"`
}

// Validate refuses a cancellation without a reason.
func (c *cancellation) Validate() error {
	if c.Reason = line(c.Reason); c.Reason == "" {
		return ErrReasonMissing
	}
	return nil
}

// cancelInspection ends an inspection without a result. Nothing of it counts.
func cancelInspection(ctx context.Context, tx *tenant.Tx, in cancellation) (InspectionPage, error) {
	if err := end(ctx, tx, versioned{in.ID, in.Version}, "cancelled", in.Reason); err != nil {
		return InspectionPage{}, err
	}
	p, err := inspection(ctx, tx, ref{in.ID})
	if err != nil {
		return p, err
	}
	return p, announce(ctx, tx, p)
}
