package target

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

type newTarget struct {
	Draft
	Year     int        `json:"year" minimum:"2000" maximum:"2100"`
	UnitKind string     `json:"unit_kind" enum:"tenant,department,member"`
	UnitID   uuid.UUID  `json:"unit_id"`
	ParentID *uuid.UUID `json:"parent_id,omitempty"` // makes it a part of that target; its year is that of the target
}

// create writes down a target nobody else sees before it is issued: of a unit,
// by whoever sets targets, or a part of a target, by whoever breaks that down.
func create(ctx context.Context, tx *tenant.Tx, in newTarget) (p Page, err error) {
	t := row{ID: tenant.NewID(), Year: in.Year, UnitKind: in.UnitKind, UnitID: in.UnitID, Subject: tx.Actor.Tenant, Parent: in.ParentID}
	if in.ParentID != nil {
		err = t.under(ctx, tx)
	} else {
		err = t.top(ctx, tx)
	}
	if err != nil {
		return p, err
	}
	if t.Spec.V, err = named(ctx, tx, in.Draft, t); err != nil {
		return p, err
	}
	if err := t.insert(ctx, tx, nil); err != nil {
		return p, err
	}
	tx.Audit("target.created", object(t.ID), map[string]any{"year": t.Year, "unit": t.UnitID, "parent": t.Parent, "title": t.Spec.V.Title})
	return again(ctx, tx, t.ID)
}

func (r row) insert(ctx context.Context, tx *tenant.Tx, from *uuid.UUID) error {
	_, err := tx.Exec(ctx, `
		insert into targets (id, year, unit_kind, unit_id, unit_name, subject_id, parent_id, spec, copied_from, changed_by, changed_at)
		     values         ($1, $2,   $3,        $4,      $5,        $6,         $7,        $8,   $9,          $10,        $11)`,
		r.ID, r.Year, r.UnitKind, r.UnitID, r.UnitName, r.Subject, r.Parent, r.Spec, from, tx.Actor.Name, tx.Now)
	return err
}

// top makes r a target of a department of the tenant, or of a tenant below it.
func (r *row) top(ctx context.Context, tx *tenant.Tx) error {
	if !rbac.From(ctx).Has(Manage) {
		return rbac.ErrDenied
	}
	us, err := candidates(ctx, tx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(us, func(u Unit) bool { return u.ID == r.UnitID && u.Kind == r.UnitKind })
	if i < 0 {
		return ErrUnit.On("unit_id")
	}
	if r.UnitName = us[i].Name; r.UnitKind == "tenant" {
		r.Subject = r.UnitID
	}
	return nil
}

// candidates are the departments of the tenant and the tenants below it that
// are active.
func candidates(ctx context.Context, tx *tenant.Tx) (us []Unit, err error) {
	err = tx.Select(ctx, &us, `
		select kind, id, name
		  from (select 'department' as kind, id, name, sort as place from departments where kind <> 'leaders'
		        union all
		        select 'tenant', id, name, depth from platform.kin() where relation = 'descendant' and state = 'active') u
		 order by kind desc, place, name, id`)
	return us, err
}

// under makes r a part of the target that is its parent: for a department, or a
// person, of whoever carries that out.
func (r *row) under(ctx context.Context, tx *tenant.Tx) error {
	up, who, err := find(ctx, tx, *r.Parent)
	switch {
	case err != nil:
		return err
	case up.UnitKind == "member":
		return ErrNoParts
	case !up.carried(tx):
		return ErrNotYours
	case up.state() == withdrawn:
		return ErrWithdrawn
	case up.DutyVersion == nil:
		return ErrUnaccepted
	case !who.splits(up):
		return ErrNotYours
	}
	r.Year = up.Year
	within := uuid.Nil
	if up.UnitKind == "department" {
		within = up.UnitID
	}
	switch r.UnitKind {
	case "department":
		err = tx.Get(ctx, &r.UnitName, `
			select name from departments where id = $1 and kind <> 'leaders' and ($2::uuid is null or $2 = any (path) and id <> $2)`, r.UnitID, tenant.Optional(within))
	case "member":
		err = tx.Get(ctx, &r.UnitName, `
			select m.name from members m
			 where m.id = $1 and m.state = 'active' and ($2::uuid is null
			    or exists (select from posts p join departments d on d.id = p.department_id where p.member_id = m.id and $2 = any (d.path)))`,
			r.UnitID, tenant.Optional(within))
	default:
		return ErrUnit.On("unit_id")
	}
	if errors.Is(err, tenant.ErrNoRows) {
		return ErrUnit.On("unit_id")
	}
	return err
}

// named gives what a draft mentions the names it has, and refuses what is not
// there. A part serves the indicator its parent serves.
func named(ctx context.Context, tx *tenant.Tx, d Draft, r row) (s Spec, err error) {
	s = Spec{Draft: d, Partners: []Named{}}
	if d.LeaderID != nil {
		err = name(ctx, tx, &s.Leader, `select name from members where id = $1 and state = 'active'`, *d.LeaderID, ErrLeader.On("leader_id"))
	}
	if err == nil && d.DepartmentID != nil {
		err = name(ctx, tx, &s.Department, `select name from departments where id = $1`, *d.DepartmentID, ErrDept.On("department_id"))
	}
	if err != nil {
		return s, err
	}
	for _, id := range d.PartnerIDs {
		n := Named{ID: id}
		if err := name(ctx, tx, &n.Name, `select name from departments where id = $1`, id, ErrDept.On("partner_ids")); err != nil {
			return s, err
		}
		s.Partners = append(s.Partners, n)
	}
	if r.Parent != nil {
		up, err := some(ctx, tx, `t.id = $1`, *r.Parent)
		if err == nil && len(up) == 1 {
			s.Indicator, s.IndicatorName = up[0].Spec.V.Indicator, up[0].Spec.V.IndicatorName
		}
		return s, err
	}
	if d.Indicator == "" {
		return s, nil
	}
	all, err := indicatorsOf(ctx, tx, r.Year)
	if err != nil {
		return s, err
	}
	i := slices.IndexFunc(all, func(x Indicator) bool { return x.Code == d.Indicator })
	if i < 0 {
		return s, ErrIndicator.On("indicator")
	}
	s.IndicatorName = all[i].Name
	return s, nil
}

func name(ctx context.Context, tx *tenant.Tx, into *string, query string, id uuid.UUID, missing *fault.Error) error {
	err := tx.Get(ctx, into, query, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return missing
	}
	return err
}

// An Indicator is what a scheme of the year scores: a heading or a rule.
type Indicator struct {
	Code   string `db:"code" json:"code"`
	Name   string `db:"name" json:"name"`
	Scheme string `db:"scheme" json:"scheme"`
}

// indicatorsOf reads the headings and the rules of the year's schemes as they
// are now.
func indicatorsOf(ctx context.Context, tx *tenant.Tx, year int) (all []Indicator, err error) {
	err = tx.Select(ctx, &all, `
		select x.code, x.name, v.name as scheme
		  from assess_schemes s
		  join assess_scheme_versions v on v.scheme_id = s.id and v.version = s.version
		 cross join lateral (
		   select h.value ->> 'code' as code, h.value ->> 'name' as name, 0 as kind, h.ordinality as place
		     from jsonb_array_elements(coalesce(v.plan -> 'headings', '[]')) with ordinality h
		   union all
		   select r.value ->> 'code', r.value ->> 'name', 1, r.ordinality from jsonb_array_elements(v.rules) with ordinality r) x
		 where s.year = $1 and s.state <> 'closed'
		 order by s.id, x.kind, x.place`, year)
	return all, err
}

type change struct {
	Draft
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"version"`
}

// locked returns a target of the tenant's own that the actor may change, at the
// version they saw, and keeps it from being changed otherwise until the
// transaction ends.
func locked(ctx context.Context, tx *tenant.Tx, id uuid.UUID, version int) (r row, err error) {
	r, who, err := find(ctx, tx, id)
	if err != nil {
		return r, err
	}
	ok, err := who.sets(ctx, tx, r)
	switch {
	case err != nil:
		return r, err
	case !ok:
		return r, ErrNotYours
	}
	if _, err = tx.Exec(ctx, `select from targets where id = $1 for update`, id); err != nil {
		return r, err
	}
	rows, err := some(ctx, tx, `t.id = $1 and t.setter_id = $2`, id, tx.Actor.Tenant)
	switch {
	case err != nil:
		return r, err
	case len(rows) == 0: // dropped meanwhile
		return r, ErrNotFound
	case rows[0].Version != version:
		return r, stale(ctx, tx, id)
	}
	return rows[0], nil
}

// edit changes what a draft says, or what was returned, which becomes a draft.
func edit(ctx context.Context, tx *tenant.Tx, in change) (p Page, err error) {
	r, err := locked(ctx, tx, in.ID, in.Version)
	if err != nil {
		return p, err
	}
	switch r.state() {
	case draft, returned:
	case withdrawn:
		return p, ErrWithdrawn
	default:
		return p, ErrIssued
	}
	spec, err := named(ctx, tx, in.Draft, r)
	if err != nil {
		return p, err
	}
	note := r.Note // why it was reopened; what was returned has a reason of its own
	if r.state() == returned {
		note = ""
	}
	if err := r.change(ctx, tx, `spec = $3, state = 'draft', note = $4`, tenant.Doc[Spec]{V: spec}, note); err != nil {
		return p, err
	}
	tx.Audit("target.changed", object(r.ID), map[string]any{"title": spec.Title})
	return again(ctx, tx, r.ID)
}

// change sets columns of a target that is at r's version; the arguments begin
// with $3.
func (r row) change(ctx context.Context, tx *tenant.Tx, set string, args ...any) error {
	args = append([]any{r.ID, r.Version}, args...)
	args = append(args, tx.Actor.Name, tx.Now)
	by, at := place(len(args)-1), place(len(args))
	n, err := tx.Exec(ctx, `update targets set `+set+`, version = version + 1, changed_by = `+by+`, changed_at = `+at+`
		 where id = $1 and version = $2`, args...)
	if err == nil && n == 0 {
		err = stale(ctx, tx, r.ID)
	}
	return err
}

func place(n int) string { return "$" + strconv.Itoa(n) }

func stale(ctx context.Context, tx *tenant.Tx, id uuid.UUID) error {
	var now struct {
		Version int       `db:"version"`
		By      string    `db:"changed_by"`
		At      time.Time `db:"changed_at"`
	}
	err := tx.Get(ctx, &now, `select version, changed_by, changed_at from targets where id = $1`, id)
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return ErrNotFound
	case err != nil:
		return err
	}
	return ErrStale.With("version", now.Version).With("changed_by", now.By).With("changed_at", now.At).With("changed", []string{"target"})
}

type because struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"version"`
	Reason  string    `json:"reason" minLength:"1" maxLength:"500"`
}

// Validate refuses a reason of nothing but spaces.
func (in *because) Validate() error { return feature.Trim(&in.Reason, "reason", 500) }

// reopen makes a draft of what was issued, to be issued again. Until then the
// last revision stands.
func reopen(ctx context.Context, tx *tenant.Tx, in because) (p Page, err error) {
	r, err := locked(ctx, tx, in.ID, in.Version)
	switch {
	case err != nil:
		return p, err
	case r.State != issued:
		return p, ErrNotIssued
	}
	if err := r.change(ctx, tx, `state = 'draft', note = $3`, in.Reason); err != nil {
		return p, err
	}
	tx.Audit("target.reopened", object(r.ID), map[string]any{"revision": r.Revision})
	return again(ctx, tx, r.ID)
}

// A Dropped says what became of a target: gone, or withdrawn.
type Dropped struct {
	ID    uuid.UUID `json:"id"`
	State string    `json:"state" enum:"gone,withdrawn"`
}

// drop removes a target that was never issued, and withdraws one that was: whoever
// carries it out is shown so. What was issued and not returned is reopened first.
func drop(ctx context.Context, tx *tenant.Tx, in because) (d Dropped, err error) {
	r, err := locked(ctx, tx, in.ID, in.Version)
	switch {
	case err != nil:
		return d, err
	case r.State == withdrawn:
		return d, ErrWithdrawn
	case r.State == issued && r.state() != returned:
		return d, ErrIssued
	}
	d = Dropped{r.ID, "gone"}
	if r.Revision == 0 {
		_, err = tx.Exec(ctx, `delete from targets where id = $1`, r.ID)
	} else {
		d.State = withdrawn
		err = r.issue(ctx, tx, in.Reason, true)
	}
	tx.Audit("target.dropped", object(r.ID), map[string]any{"state": d.State, "title": r.Spec.V.Title})
	return d, err
}
