package publish

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/fault"
	"hetu/feature"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// Deeds of a closed inspection: each finding that stands, to the account of the
// unit (I05, I06, I07), and what the unit came to, by its grade (I17).
const (
	FindingFormat  = "publish.finding_format"
	FindingWording = "publish.finding_wording"
	FindingSlow    = "publish.finding_slow"
	Inspected      = "publish.inspection"
)

// What can go wrong with an inspection.
var (
	ErrInspectionNotFound = fault.New(fault.NotFound, "publish.inspection_not_found")
	ErrFindingNotFound    = fault.New(fault.NotFound, "publish.finding_not_found")
	ErrInspectionEnded    = fault.New(fault.Conflict, "publish.inspection_ended")
	ErrInspectionEmpty    = fault.New(fault.Invalid, "publish.inspection_empty")                  // nothing was published
	ErrInspectionLarge    = fault.New(fault.Invalid, "publish.inspection_too_large").On("sample") // meta: max
	ErrPeriod             = fault.New(fault.Invalid, "publish.period_ends_before_it_begins").On("to")
	ErrInspector          = fault.New(fault.Invalid, "publish.inspector_unknown").On("inspectors")
	ErrNotInspector       = fault.New(fault.Forbidden, "publish.not_inspector")
	ErrOwnItem            = fault.New(fault.Forbidden, "publish.own_item_inspected") // WF-05
	ErrItemInspected      = fault.New(fault.Conflict, "publish.item_already_inspected")
	ErrItemsLeft          = fault.New(fault.Conflict, "publish.inspection_items_left")      // meta: left
	ErrObjections         = fault.New(fault.Conflict, "publish.inspection_objections_open") // meta: left
	ErrTextMissing        = fault.New(fault.Invalid, "publish.text_missing").On("text")
	ErrOwnFinding         = fault.New(fault.Forbidden, "publish.own_finding_answered")
)

// maxInspected is how many items one inspection draws.
const maxInspected = 2000

// A Subject is what an inspection is about: a department or a column and all
// below it.
type Subject struct {
	Kind string    `json:"kind" enum:"department,column"`
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name"`
}

// An Inspection is one as a list shows it.
type Inspection struct {
	ID         uuid.UUID  `db:"id" json:"id"`
	Name       string     `db:"name" json:"name"`
	From       string     `db:"from_day" json:"from" format:"date"`
	To         string     `db:"to_day" json:"to" format:"date"`
	State      string     `db:"state" json:"state" enum:"open,closed,cancelled"`
	Items      int        `db:"items" json:"items"`         // drawn
	Inspected  int        `db:"inspected" json:"inspected"` // of them
	Findings   int        `db:"findings" json:"findings"`   // that were not dropped
	OpenedBy   string     `db:"opened_by_name" json:"opened_by"`
	OpenedAt   time.Time  `db:"opened_at" json:"opened_at"`
	EndedBy    string     `db:"ended_by_name" json:"ended_by"`
	EndedAt    *time.Time `db:"ended_at" json:"ended_at"`
	Version    int        `db:"version" json:"version"`
	Inspecting bool       `db:"inspecting" json:"inspecting"` // the actor is one of its inspectors
	ChangedBy  string     `db:"changed_by" json:"-"`
	ChangedAt  time.Time  `db:"changed_at" json:"-"`
}

const inspectionColumns = `n.id, n.name, n.from_day::text, n.to_day::text, n.state, n.items, n.opened_by_name, n.opened_at,
	n.ended_by_name, n.ended_at, n.version, n.changed_by, n.changed_at,
	(select count(*) from inspection_items x where x.inspection_id = n.id and x.inspected_at is not null) as inspected,
	(select count(*) from inspection_findings f where f.inspection_id = n.id and f.state <> 'dropped') as findings,
	exists (select from inspection_inspectors r where r.inspection_id = n.id and r.member_id = $1 and r.until is null) as inspecting`

// seen is the condition that inspection n concerns the actor: they oversee, or
// inspect, or belong to a unit it is about.
const inspectionSeen = `($2 or exists (select from inspection_inspectors r where r.inspection_id = n.id and r.member_id = $1 and r.until is null)
	or exists (select from inspection_items x join subjects s on s.department_id = x.unit_id and s.member_id = $1 where x.inspection_id = n.id))`

func inspectionObject(id uuid.UUID) string { return "publish/inspection/" + id.String() }

// listInspections lists those that concern the actor, newest first.
func listInspections(ctx context.Context, tx *tenant.Tx, q feature.Page) (l feature.List[Inspection], err error) {
	after := uuid.Max
	if q.After != "" {
		if after, err = uuid.Parse(q.After); err != nil {
			return l, feature.ErrCursor
		}
	}
	var rows []Inspection
	err = tx.Select(ctx, &rows, `
		select `+inspectionColumns+` from inspections n where `+inspectionSeen+` and n.id < $3 order by n.id desc limit $4`,
		tx.Actor.Member, oversees(ctx), after, q.Size()+1)
	return feature.Cut(rows, q.Size(), func(n Inspection) string { return n.ID.String() }), err
}

// inspectionOf returns an inspection the actor sees. To everybody else it does
// not exist.
func inspectionOf(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (n Inspection, err error) {
	err = tx.Get(ctx, &n, `select `+inspectionColumns+` from inspections n where `+inspectionSeen+` and n.id = $3`,
		tx.Actor.Member, oversees(ctx), id)
	if errors.Is(err, tenant.ErrNoRows) {
		return n, ErrInspectionNotFound
	}
	return n, err
}

// A newInspection is what the Office decides about an inspection. With no
// departments and no columns it is about everything.
type newInspection struct {
	Name        string      `json:"name" maxLength:"80"`
	From        string      `json:"from" format:"date"`
	To          string      `json:"to" format:"date"`
	Departments []uuid.UUID `json:"departments,omitempty" maxItems:"200"`
	Columns     []uuid.UUID `json:"columns,omitempty" maxItems:"200"`
	Sample      int         `json:"sample,omitempty" minimum:"0" maximum:"1000"` // items of each unit; 0: all
	Checklist   string      `json:"checklist,omitempty" maxLength:"2000"`
	Inspectors  []uuid.UUID `json:"inspectors" minItems:"1" maxItems:"20"`
}

// Validate refuses an inspection without a name or a period.
func (n *newInspection) Validate() error {
	if n.Name = line(n.Name); n.Name == "" {
		return ErrNameMissing
	}
	if n.From == "" || n.To == "" {
		return feature.ErrMalformed.On("from")
	}
	if err := checkDays(n.From, n.To); err != nil {
		return err
	}
	if n.From > n.To { // both are YYYY-MM-DD
		return ErrPeriod
	}
	return nil
}

// openInspection opens an inspection and draws its items. The list is fixed
// from then on, and follows from the stored seed.
func openInspection(ctx context.Context, tx *tenant.Tx, in newInspection) (Inspection, error) {
	id, raw := tenant.NewID(), make([]byte, 16)
	if _, err := rand.Read(raw); err != nil {
		return Inspection{}, err
	}
	seed := hex.EncodeToString(raw)
	subjects, err := in.subjects(ctx, tx)
	if err != nil {
		return Inspection{}, err
	}
	_, err = tx.Exec(ctx, `
		insert into inspections (id, name, from_day, to_day, subjects, sample, seed, checklist, items, opened_by, opened_by_name, opened_at, changed_by, changed_at)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11, $10, $11)`,
		id, in.Name, in.From, in.To, tenant.JSON(subjects), in.Sample, seed, in.Checklist, tx.Actor.Member, tx.Actor.Name, tx.Now)
	if err != nil {
		return Inspection{}, err
	}
	if err := appoint(ctx, tx, id, in.Inspectors); err != nil {
		return Inspection{}, err
	}
	n, err := draw(ctx, tx, id, seed, in)
	if err != nil {
		return Inspection{}, err
	}
	tx.Audit("publish.inspection_opened", inspectionObject(id), map[string]any{
		"name": in.Name, "from": in.From, "to": in.To, "sample": in.Sample, "seed": seed, "items": n, "inspectors": in.Inspectors})
	err = message.Send(ctx, tx, message.Notice{To: others(in.Inspectors, tx.Actor.Member), Code: "publish.inspection_opened",
		Href: "/publish/inspections/" + id.String(), Params: map[string]string{"title": in.Name, "by": tx.Actor.Name}})
	if err != nil {
		return Inspection{}, err
	}
	return inspectionOf(ctx, tx, id)
}

// others are the members besides me.
func others(members []uuid.UUID, me uuid.UUID) []uuid.UUID {
	return slices.DeleteFunc(slices.Clone(members), func(m uuid.UUID) bool { return m == me })
}

// subjects names what the inspection is about; all of it must be there.
func (n newInspection) subjects(ctx context.Context, tx *tenant.Tx) ([]Subject, error) {
	all := []Subject{}
	for _, k := range []struct {
		kind, query string
		ids         []uuid.UUID
		unknown     error
	}{
		{"department", `select id, name from departments where id = any ($1) order by sort, name, id`, n.Departments, ErrDepartment.On("departments")},
		{"column", `select id, name from columns where id = any ($1) order by sort, name, id`, n.Columns, ErrColumnUnknown.On("columns")},
	} {
		slices.SortFunc(k.ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
		ids := slices.Compact(k.ids)
		var found []struct {
			ID   uuid.UUID `db:"id"`
			Name string    `db:"name"`
		}
		if err := tx.Select(ctx, &found, k.query, tenant.Array(ids)); err != nil {
			return nil, err
		}
		if len(found) != len(ids) {
			return nil, k.unknown
		}
		for _, f := range found {
			all = append(all, Subject{k.kind, f.ID, f.Name})
		}
	}
	return all, nil
}

// appoint makes members the inspectors of an inspection.
func appoint(ctx context.Context, tx *tenant.Tx, id uuid.UUID, members []uuid.UUID) error {
	slices.SortFunc(members, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	members = slices.Compact(members)
	n, err := tx.Exec(ctx, `
		insert into inspection_inspectors (inspection_id, member_id)
		     select $1, m.id from members m where m.id = any ($2) and m.state = 'active' and m.account_id is not null`,
		id, tenant.Array(members))
	if err == nil && int(n) != len(members) {
		return ErrInspector
	}
	return err
}

// draw fixes the items of an inspection: what was published in its period and
// still stands, of each unit as many as the sample says. Which ones follows
// from the seed alone.
func draw(ctx context.Context, tx *tenant.Tx, id uuid.UUID, seed string, in newInspection) (int, error) {
	from, _ := calendar.ParseDate(in.From)
	to, _ := calendar.ParseDate(in.To)
	n, err := tx.Exec(ctx, `
		insert into inspection_items (inspection_id, item_id, position, title, column_name, unit_kind, unit_id, unit_name, published_at, drafter_id, publisher_id, authors)
		select $1, x.id, row_number() over (order by x.unit_name, x.deed_unit, x.published_at, x.id), x.title, x.column_name, x.deed_unit_kind, x.deed_unit,
		       x.unit_name, x.published_at, x.drafter_id, x.publisher_id, array_remove(array[x.drafter_account, x.publisher_account, x.editor_account], null)
		  from (select i.id, i.title, i.deed_unit_kind, i.deed_unit, i.published_at, i.drafter_id, i.publisher_id, i.drafter_account, i.publisher_account,
		               c.name as column_name, coalesce(d.name, '') as unit_name, m.account_id as editor_account,
		               row_number() over (partition by i.deed_unit order by md5($2 || i.id::text), i.id) as lot
		          from items i
		          join columns c on c.id = i.column_id
		          left join departments d on d.id = i.deed_unit
		          left join members m on m.id = i.editor_id
		         where i.state = 'published' and i.published_at >= $3 and i.published_at < $4
		           and (cardinality($5::uuid[]) + cardinality($6::uuid[]) = 0 or i.deed_unit = any ($5) or c.path && $6)) x
		 where $7 = 0 or x.lot <= $7
		 limit $8`,
		id, seed, from.At(0), to.Add(1).At(0), tenant.IDs(in.Departments), tenant.IDs(in.Columns), in.Sample, maxInspected+1)
	switch {
	case err != nil:
		return 0, err
	case n == 0:
		return 0, ErrInspectionEmpty
	case n > maxInspected:
		return 0, ErrInspectionLarge.With("max", maxInspected)
	}
	_, err = tx.Exec(ctx, `update inspections set items = $2 where id = $1`, id, n)
	return int(n), err
}

// hold keeps an inspection that the actor sees from ending until tx ends; it
// must not have ended.
func hold(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (n Inspection, err error) {
	if n, err = inspectionOf(ctx, tx, id); err != nil {
		return n, err
	}
	err = tx.Get(ctx, &n.State, `select state from inspections where id = $1 for share`, id)
	if err == nil && n.State != "open" {
		return n, ErrInspectionEnded
	}
	return n, err
}

func (n Inspection) stale() error {
	return ErrStale.With("version", n.Version).With("changed_by", n.ChangedBy).With("changed_at", n.ChangedAt).With("changed", []string{"state"})
}

// office returns those who manage publishing.
func office(ctx context.Context, tx *tenant.Tx) ([]uuid.UUID, error) {
	return rbac.Holders(ctx, tx, Manage, nil)
}
