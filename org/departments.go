package org

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// A Department is a part of a tenant.
type Department struct {
	ID          uuid.UUID  `db:"id" json:"id"`
	ParentID    *uuid.UUID `db:"parent_id" json:"parent_id"`
	Name        string     `db:"name" json:"name"`
	Kind        string     `db:"kind" json:"kind" enum:"leaders,office,info,hr,dept"`
	Sort        int        `db:"sort" json:"sort"`
	HeadID      *uuid.UUID `db:"head_id" json:"head_id"`
	HeadName    *string    `db:"head_name" json:"head_name"`
	MemberCount int        `db:"member_count" json:"member_count"`
	Version     int        `db:"version" json:"version"`
}

// maxDepth and maxDepartments bound the tree of departments, which is always
// read as a whole: a tree cut into pages is no tree (DO-04). The largest ministry
// has some hundreds.
const (
	maxDepth       = 10
	maxDepartments = 2000
)

// NewDepartment is a department to be made; it is a root of the tree if it has
// no parent.
type NewDepartment struct {
	ParentID *uuid.UUID `json:"parent_id" nullable:"true"`
	Name     string     `json:"name" minLength:"1" maxLength:"100"`
	Kind     string     `json:"kind" enum:"leaders,office,info,hr,dept"`
	Sort     int        `json:"sort" minimum:"0" maximum:"9999"`
}

// Validate returns the first thing wrong with the department.
func (d *NewDepartment) Validate() error { return feature.Trim(&d.Name, "name", 100) }

const departmentRows = `
	select d.id, d.parent_id, d.name, d.kind, d.sort, h.id as head_id, h.name as head_name, d.version,
	       (select count(*) from posts p where p.department_id = d.id) as member_count
	  from departments d
	  left join posts hp on hp.department_id = d.id and hp.head
	  left join members h on h.id = hp.member_id`

// listDepartments lists all departments of the tenant, each after the one above
// it: in one piece, of which there are at most maxDepartments.
func listDepartments(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[Department], err error) {
	l.Items = []Department{}
	err = tx.Select(ctx, &l.Items, departmentRows+` order by cardinality(d.path), d.sort, d.id`)
	return l, err
}

func findDepartment(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (d Department, err error) {
	err = tx.Get(ctx, &d, departmentRows+` where d.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return d, ErrNoDepartment
	}
	return d, err
}

// path returns the way down to a department; none for nil, which is above the
// roots.
func path(ctx context.Context, tx *tenant.Tx, id *uuid.UUID) (p Path, err error) {
	if id == nil {
		return nil, nil
	}
	err = tx.Get(ctx, &p, `select path from departments where id = $1`, *id)
	if errors.Is(err, tenant.ErrNoRows) {
		return nil, ErrNoDepartment
	}
	return p, err
}

// AddDepartment makes a department. It returns ErrFull if the tenant has as many
// as it can have.
func AddDepartment(ctx context.Context, tx *tenant.Tx, n NewDepartment) (d Department, err error) {
	if err := lock(ctx, tx, "departments"); err != nil {
		return d, err
	}
	above, err := path(ctx, tx, n.ParentID)
	if err != nil {
		return d, parentFault(err)
	}
	if len(above) >= maxDepth {
		return d, ErrDeep.On("parent_id")
	}
	var there int
	if err := tx.Get(ctx, &there, `select count(*) from departments`); err != nil {
		return d, err
	}
	if there >= maxDepartments {
		return d, ErrFull.With("most", maxDepartments)
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into departments (id, parent_id, path, name, kind, sort, changed_by)
		     values             ($1, $2,        $3,   $4,   $5,   $6,   $7)`,
		id, n.ParentID, tenant.Array(append(slices.Clone([]uuid.UUID(above)), id)), n.Name, n.Kind, n.Sort, tx.Actor.Name)
	if tenant.Constraint(err) == "departments_name_uq" {
		return d, ErrDepartmentName.On("name")
	}
	if err != nil {
		return d, err
	}
	tx.Audit("org.department_made", "org/department/"+id.String(), n)
	return findDepartment(ctx, tx, id)
}

// parentFault is how a parent that is not there is a mistake in the input.
func parentFault(err error) error {
	if errors.Is(err, ErrNoDepartment) {
		return ErrNoSubject.On("parent_id")
	}
	return err
}

// departmentEdit replaces all of a department that may be changed.
type departmentEdit struct {
	ID uuid.UUID `json:"-" path:"id"`
	NewDepartment
	Version int `json:"version" minimum:"1"`
}

func editDepartment(ctx context.Context, tx *tenant.Tx, e departmentEdit) (d Department, err error) {
	if err := lock(ctx, tx, "departments"); err != nil {
		return d, err
	}
	var was struct {
		Department
		Path Path `db:"path"`
	}
	err = tx.Get(ctx, &was, `select id, parent_id, name, kind, sort, version, path from departments where id = $1`, e.ID)
	if errors.Is(err, tenant.ErrNoRows) {
		return d, ErrNoDepartment
	}
	if err != nil {
		return d, err
	}
	if err := managesBelow(ctx, was.Path); err != nil {
		return d, err
	}
	if err := managesThere(ctx, tx, e.ParentID, "parent_id"); err != nil {
		return d, err
	}
	above, err := path(ctx, tx, e.ParentID)
	switch {
	case err != nil:
		return d, parentFault(err)
	case slices.Contains(above, e.ID):
		return d, ErrCycle.On("parent_id")
	}
	fields := e.differs(was.Department)
	n, err := tx.Exec(ctx, `
		update departments
		   set parent_id = $3, name = $4, kind = $5, sort = $6, version = version + 1,
		       changed_by = $7, changed_at = $8, changed = $9
		 where id = $1 and version = $2`,
		e.ID, e.Version, e.ParentID, e.Name, e.Kind, e.Sort, tx.Actor.Name, tx.Now, tenant.Array(fields))
	switch {
	case tenant.Constraint(err) == "departments_name_uq":
		return d, ErrDepartmentName.On("name")
	case err != nil:
		return d, err
	case n == 0:
		return d, lost(ctx, tx, `select version, changed_by, changed_at, changed from departments where id = $1`, e.ID)
	}
	if slices.Contains(fields, "parent_id") {
		if err := moved(ctx, tx, e.ID, was.Path, above); err != nil {
			return d, err
		}
	}
	tx.Audit("org.department_changed", "org/department/"+e.ID.String(), map[string]any{"to": e.NewDepartment, "fields": fields})
	return findDepartment(ctx, tx, e.ID)
}

// differs names the fields the edit changes.
func (e departmentEdit) differs(was Department) []string {
	fields := []string{}
	for name, same := range map[string]bool{
		"name": e.Name == was.Name, "kind": e.Kind == was.Kind, "sort": e.Sort == was.Sort,
		"parent_id": deref(e.ParentID) == deref(was.ParentID),
	} {
		if !same {
			fields = append(fields, name)
		}
	}
	slices.Sort(fields)
	return fields
}

func deref(id *uuid.UUID) uuid.UUID {
	if id == nil {
		return uuid.Nil
	}
	return *id
}

// lost says who was faster than an update that found another version.
func lost(ctx context.Context, tx *tenant.Tx, query string, id uuid.UUID) error {
	var c change
	if err := tx.Get(ctx, &c, query, id); err != nil {
		return err
	}
	return c.stale()
}

// moved rewrites the paths below a department that has a new parent and what
// follows from them: who belongs where.
func moved(ctx context.Context, tx *tenant.Tx, id uuid.UUID, was, above Path) error {
	if _, err := tx.Exec(ctx, `
		update departments set path = $2::uuid[] || path[$3:] where $1 = any (path)`,
		id, tenant.Array([]uuid.UUID(above)), len(was)); err != nil {
		return err
	}
	var deepest int
	if err := tx.Get(ctx, &deepest, `select max(cardinality(path)) from departments where $1 = any (path)`, id); err != nil {
		return err
	}
	if deepest > maxDepth {
		return ErrDeep.On("parent_id")
	}
	var members []uuid.UUID
	if err := tx.Select(ctx, &members, `
		select distinct p.member_id from posts p join departments d on d.id = p.department_id where $1 = any (d.path)`, id); err != nil {
		return err
	}
	for _, m := range members {
		if err := bind(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

func dropDepartment(ctx context.Context, tx *tenant.Tx, in byID) (none feature.None, err error) {
	way, err := path(ctx, tx, &in.ID)
	if err == nil {
		err = managesBelow(ctx, way)
	}
	if err != nil {
		return none, err
	}
	return none, endDepartment(ctx, tx, in.ID)
}

func endDepartment(ctx context.Context, tx *tenant.Tx, id uuid.UUID) error {
	if err := lock(ctx, tx, "departments"); err != nil {
		return err
	}
	if _, err := findDepartment(ctx, tx, id); err != nil {
		return err
	}
	var grants []uuid.UUID
	if err := tx.Select(ctx, &grants, `
		select id from grants
		 where subject_kind = 'department' and subject_id = $1 or scope_id = $1
		    or subject_kind = 'post' and subject_id in (select u.id from duties u where u.department_id = $1)`, id); err != nil {
		return err
	}
	for _, g := range grants {
		if err := rbac.TakeBack(ctx, tx, g); err != nil {
			return err
		}
	}
	// Whatever still refers to it says so by its foreign key, in whichever feature it stands.
	_, err := tx.Exec(ctx, `delete from departments where id = $1`, id)
	if tenant.Constraint(err) != "" {
		return ErrDepartmentUsed
	}
	tx.Audit("org.department_dropped", "org/department/"+id.String(), nil)
	return err
}
