package staff

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
)

// An Office is who answers for something in the unit or in a department: the
// principal for the unit's work in the system, the OA administrator who runs it,
// who keeps the data of its people (R235, R238); in each department its
// administrator, its document clerk and its HR administrator (R239).
type Office struct {
	ID         uuid.UUID  `db:"id" json:"id"`
	Office     string     `db:"office" json:"office" enum:"principal,oa_admin,personnel,dept_admin,doc_admin,hr_admin"`
	Department *uuid.UUID `db:"department_id" json:"department_id"`
	Place      string     `db:"place" json:"place"` // the department's name; empty: the unit's
	Member     uuid.UUID  `db:"member_id" json:"member_id"`
	Name       string     `db:"member_name" json:"name"`
	Basis      string     `db:"basis" json:"basis"`
	State      string     `db:"state" json:"state" enum:"named,approved,refused,ended"`
	NamedBy    string     `db:"named_by" json:"named_by"`
	NamedAt    time.Time  `db:"named_at" json:"named_at"`
	DecidedBy  string     `db:"decided_by" json:"decided_by"`
	DecidedAt  *time.Time `db:"decided_at" json:"decided_at"`
	Reason     string     `db:"reason" json:"reason"`
	EndedAt    *time.Time `db:"ended_at" json:"ended_at"`
	Mine       bool       `db:"-" json:"may_decide"`
}

type officeRow struct {
	Office
	NamedByID uuid.UUID  `db:"named_by_id"`
	Grant     *uuid.UUID `db:"grant_id"`
	Head      *uuid.UUID `db:"head"` // of the department
}

const officeRows = `
	select o.id, o.office, o.department_id, coalesce(d.name, '') as place, o.member_id, o.member_name, o.basis, o.state, o.named_by, o.named_at,
	       o.decided_by, o.decided_at, o.reason, o.ended_at, o.named_by_id, o.grant_id,
	       (select p.member_id from posts p where p.department_id = o.department_id and p.head) as head
	  from staff_offices o
	  left join departments d on d.id = o.department_id`

// Offices are who holds which, and how many departments have all three (I38).
type Offices struct {
	Items       []Office `json:"items"`       // held and named, the unit's first
	Past        []Office `json:"past"`        // the last fifty that ended or were refused
	Departments int      `json:"departments"` // with people in them
	Complete    int      `json:"complete"`    // of these, with all three administrators
}

// listOffices shows everybody who answers for what.
func listOffices(ctx context.Context, tx *tenant.Tx, _ feature.None) (o Offices, err error) {
	o.Items, o.Past = []Office{}, []Office{}
	boss, err := principal(ctx, tx)
	if err != nil {
		return o, err
	}
	for _, q := range []struct {
		into  *[]Office
		where string
	}{
		{&o.Items, ` where o.state in ('named', 'approved') order by o.department_id is not null, d.sort, d.id, o.office, o.id`},
		{&o.Past, ` where o.state in ('refused', 'ended') order by o.id desc limit 50`},
	} {
		var rows []officeRow
		if err := tx.Select(ctx, &rows, officeRows+q.where); err != nil {
			return o, err
		}
		for _, r := range rows {
			r.Mine = r.State == "named" && r.decides(tx.Actor.Member, boss)
			*q.into = append(*q.into, r.Office)
		}
	}
	return o, tx.Get(ctx, &o, `
		with held as (select department_id, count(*) as n from staff_offices where state = 'approved' and department_id is not null group by 1)
		select count(*) as departments, count(*) filter (where h.n = 3) as complete
		  from (select distinct department_id from posts) p left join held h on h.department_id = p.department_id`)
}

// principal returns who answers for the unit; nil if nobody does.
func principal(ctx context.Context, tx *tenant.Tx) (*uuid.UUID, error) {
	var ids []uuid.UUID
	err := tx.Select(ctx, &ids, `
		select o.member_id from staff_offices o join members m on m.id = o.member_id
		 where o.office = 'principal' and o.state = 'approved' and m.state = 'active'`)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return &ids[0], nil
}

// decides reports whether a member decides on a naming: the principal on all
// (R369), the head of a department on those of their own. Nobody decides on
// themself, or on whom they named.
func (o officeRow) decides(member uuid.UUID, boss *uuid.UUID) bool {
	if o.Member == member && o.Office.Office != "principal" || o.NamedByID == member {
		return false
	}
	if o.Department != nil && o.Head != nil && *o.Head == member {
		return true
	}
	return boss != nil && *boss == member
}

// naming is who shall hold an office.
type naming struct {
	Office     string     `json:"office" enum:"principal,oa_admin,personnel,dept_admin,doc_admin,hr_admin"`
	Department *uuid.UUID `json:"department_id,omitempty"`
	Member     uuid.UUID  `json:"member_id"`
	Basis      string     `json:"basis,omitempty" maxLength:"100"` // the document of appointment (R234)
}

// Validate returns the first thing wrong with the naming.
func (n *naming) Validate() error {
	unit := n.Office == "principal" || n.Office == "oa_admin" || n.Office == "personnel"
	switch {
	case unit && n.Department != nil:
		return feature.ErrUnknown.On("department_id")
	case !unit && n.Department == nil:
		return feature.ErrMissing.On("department_id")
	case n.Office == "principal":
		return feature.Trim(&n.Basis, "basis", 100)
	}
	return nil
}

// name names somebody to an office. The principal takes it by the document that
// appoints them; everybody else is approved by the principal or, in a
// department, by its head, before they hold it.
func (s *Staff) name(ctx context.Context, tx *tenant.Tx, in naming) (o Office, err error) {
	who, err := personOf(ctx, tx, in.Member)
	if errors.Is(err, org.ErrNoMember) || err == nil && who.State != "active" {
		return o, org.ErrNoSubject.On("member_id")
	}
	if err != nil {
		return o, err
	}
	state := "named"
	if in.Office == "principal" {
		state = "approved"
		if _, err := tx.Exec(ctx, `
			update staff_offices set state = 'ended', ended_at = $1 where office = 'principal' and state = 'approved'`, tx.Now); err != nil {
			return o, err
		}
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into staff_offices (id, office, department_id, member_id, member_name, basis, state, named_by, named_by_id, named_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		id, in.Office, in.Department, in.Member, who.Name, in.Basis, state, tx.Actor.Name, tx.Actor.Member, tx.Now)
	switch tenant.Constraint(err) {
	case "staff_offices_department_fkey":
		return o, org.ErrNoSubject.On("department_id")
	case "staff_offices_named_uq", "staff_offices_held_uq": // somebody else was named meanwhile
		return o, ErrNamed
	}
	if err != nil {
		return o, err
	}
	tx.Audit("staff.named", objectOf("office", id), map[string]any{"office": in.Office, "department": in.Department, "member": in.Member})
	row, err := findOffice(ctx, tx, id)
	if err != nil {
		return o, err
	}
	boss, err := principal(ctx, tx)
	if err != nil {
		return o, err
	}
	if state == "approved" {
		return row.Office, s.tell(ctx, tx, []uuid.UUID{in.Member}, "staff.named", "/org/offices", map[string]string{"office": in.Office})
	}
	if boss == nil && row.Head == nil {
		return o, ErrPrincipal
	}
	var to []uuid.UUID
	for _, id := range []*uuid.UUID{boss, row.Head} {
		if id != nil && row.decides(*id, boss) {
			to = append(to, *id)
		}
	}
	return row.Office, s.tell(ctx, tx, to, "staff.to_approve", "/org/offices", map[string]string{"office": in.Office, "name": who.Name, "place": row.Place})
}

func findOffice(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (o officeRow, err error) {
	err = tx.Get(ctx, &o, officeRows+` where o.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrNoOffice
	}
	return o, err
}

// deciding is the word of the principal or of the head.
type deciding struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Approve bool      `json:"approve"`
	Reason  string    `json:"reason,omitempty" maxLength:"200"`
}

// Validate wants a refusal to have a reason.
func (d *deciding) Validate() error {
	if d.Approve {
		return nil
	}
	return feature.Trim(&d.Reason, "reason", 200)
}

// decide approves or refuses a naming. Who was approved takes the place of who
// held the office before; the administrator of a department manages its people
// from then on (R268, R269).
func (s *Staff) decide(ctx context.Context, tx *tenant.Tx, in deciding) (o Office, err error) {
	row, err := findOffice(ctx, tx, in.ID)
	if err != nil {
		return o, err
	}
	boss, err := principal(ctx, tx)
	if err != nil {
		return o, err
	}
	if !row.decides(tx.Actor.Member, boss) {
		return o, ErrNotDecider
	}
	state := "refused"
	if in.Approve {
		state = "approved"
		var before []uuid.UUID
		if err := tx.Select(ctx, &before, `
			select id from staff_offices where office = $1 and department_id is not distinct from $2 and state = 'approved'`,
			row.Office.Office, row.Department); err != nil {
			return o, err
		}
		for _, id := range before {
			if err := ends(ctx, tx, id); err != nil {
				return o, err
			}
		}
	}
	n, err := tx.Exec(ctx, `
		update staff_offices set state = $2, decided_by = $3, decided_at = $4, reason = $5 where id = $1 and state = 'named'`,
		in.ID, state, tx.Actor.Name, tx.Now, in.Reason)
	if err != nil {
		return o, err
	}
	if n == 0 {
		return o, ErrDecided
	}
	if in.Approve && row.Office.Office == "dept_admin" {
		if err := entrust(ctx, tx, row); err != nil {
			return o, err
		}
	}
	tx.Audit("staff.office_"+state, objectOf("office", in.ID), map[string]any{"office": row.Office.Office, "member": row.Member, "department": row.Department})
	if row, err = findOffice(ctx, tx, in.ID); err != nil {
		return o, err
	}
	return row.Office, s.tell(ctx, tx, []uuid.UUID{row.Member, row.NamedByID}, "staff.office_"+state, "/org/offices",
		map[string]string{"office": row.Office.Office, "name": row.Name, "place": row.Place})
}

// entrust gives the administrator of a department the right to manage its people.
func entrust(ctx context.Context, tx *tenant.Tx, o officeRow) error {
	g, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: o.Member, Permission: org.Manage,
		ScopeKind: org.ScopeKind, ScopeID: o.Department})
	if errors.Is(err, rbac.ErrGranted) {
		return ErrNamed
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update staff_offices set grant_id = $2 where id = $1`, o.ID, g.ID)
	return err
}

func endOffice(ctx context.Context, tx *tenant.Tx, in byID) (o Office, err error) {
	if _, err := findOffice(ctx, tx, in.ID); err != nil {
		return o, err
	}
	if err := ends(ctx, tx, in.ID); err != nil {
		return o, err
	}
	row, err := findOffice(ctx, tx, in.ID)
	return row.Office, err
}

// endAll ends the offices of a member who goes, and what they were named for.
func endAll(ctx context.Context, tx *tenant.Tx, member uuid.UUID) error {
	var held []uuid.UUID
	if err := tx.Select(ctx, &held, `select id from staff_offices where member_id = $1 and state in ('named', 'approved')`, member); err != nil {
		return err
	}
	for _, id := range held {
		if err := ends(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// ends ends an office, and the right that came with it.
func ends(ctx context.Context, tx *tenant.Tx, id uuid.UUID) error {
	var was []*uuid.UUID
	if err := tx.Select(ctx, &was, `
		   update staff_offices set state = 'ended', ended_at = $2 where id = $1 and state in ('approved', 'named')
		returning grant_id`, id, tx.Now); err != nil {
		return err
	}
	if len(was) == 0 {
		return ErrDecided
	}
	if was[0] != nil {
		if err := rbac.TakeBack(ctx, tx, *was[0]); err != nil && !errors.Is(err, rbac.ErrGrantNotFound) {
			return err
		}
	}
	tx.Audit("staff.office_ended", objectOf("office", id), nil)
	return nil
}
