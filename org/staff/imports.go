package staff

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/org"
	"hetu/tenant"
)

type importing struct {
	DryRun bool   `json:"-" query:"dry_run"`
	Name   string `json:"-" query:"name" maxLength:"100"` // of the file
}

// receive takes a list of departments and people in. With dry_run it only says
// what would happen, row by row; without, it takes the list whole or not at all.
// Who is a member already is left as they are, so that the same list taken in
// again changes nothing. Nobody gets a password by it: each comes by a link of
// their own and chooses one (see slips).
func receive(ctx context.Context, db *tenant.DB, in importing, r io.Reader) (rep Report, err error) {
	content, err := feature.ReadAll(r)
	if err != nil {
		return rep, err
	}
	run := db.Write
	if in.DryRun {
		run = db.Read
	}
	err = run(ctx, func(tx *tenant.Tx) error {
		p := plan{}
		var err error
		if p.lines, p.report.Faults, err = linesOf(content, tx.Now); err != nil {
			return err
		}
		if !in.DryRun {
			if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('staff/import' || app_tenant()::text, 0))`); err != nil {
				return err
			}
		}
		if err := p.make(ctx, tx); err != nil {
			return err
		}
		if p.report.Faults == nil {
			p.report.Faults = []Fault{}
		}
		rep = p.report
		switch {
		case in.DryRun:
			return nil
		case rep.FaultCount > 0:
			return ErrRows.With("faults", rep.FaultCount)
		}
		rep.Import, err = p.apply(ctx, tx, strings.TrimSpace(in.Name))
		rep.Applied = err == nil
		return err
	})
	return rep, err
}

// apply makes what a plan has found missing and notes it; nil if there is
// nothing to do.
func (p *plan) apply(ctx context.Context, tx *tenant.Tx, name string) (*uuid.UUID, error) {
	if len(p.report.Departments) == 0 && len(p.report.People) == p.report.There {
		return nil, nil
	}
	if name == "" {
		name = "人员名单"
	}
	id := tenant.NewID()
	people := len(p.report.People) - p.report.There
	if _, err := tx.Exec(ctx, `
		insert into staff_imports (id, name, departments, people, at, by_name) values ($1, $2, $3, $4, $5, $6)`,
		id, name, len(p.report.Departments), people, tx.Now, tx.Actor.Name); err != nil {
		return nil, err
	}
	var kinds []string
	var made []uuid.UUID
	for _, way := range p.report.Departments {
		parts := strings.Split(way, sep)
		var parent *uuid.UUID
		if len(parts) > 1 {
			above := p.there[strings.Join(parts[:len(parts)-1], sep)]
			parent = &above
		}
		d, err := org.AddDepartment(ctx, tx, org.NewDepartment{ParentID: parent, Name: parts[len(parts)-1], Kind: "dept", Sort: 100})
		if err != nil {
			return nil, err
		}
		p.there[way] = d.ID
		kinds, made = append(kinds, "department"), append(made, d.ID)
	}
	for _, person := range p.report.People {
		if person.There {
			continue
		}
		l := p.lines[slices.IndexFunc(p.lines, func(l line) bool { return l.Row == person.Row })]
		member, err := org.Invite(ctx, tx, org.NewMember{Login: person.Login, Name: person.Name, DepartmentID: p.there[person.Department],
			Title: person.Title, Head: person.Head, Kind: l.Kind, Until: l.Until})
		if err != nil {
			return nil, err
		}
		kinds, made = append(kinds, "member"), append(made, member)
	}
	tx.Audit("staff.imported", objectOf("import", id), map[string]any{"name": name, "departments": len(p.report.Departments), "people": people})
	_, err := tx.Exec(ctx, `
		insert into staff_import_rows (import_id, n, kind, object_id)
		select $1, u.n, u.kind, u.id from unnest($2::text[], $3::uuid[]) with ordinality as u (kind, id, n)`,
		id, tenant.Array(kinds), tenant.Array(made))
	return &id, err
}

func objectOf(what string, id uuid.UUID) string { return "staff/" + what + "/" + id.String() }

// An Import is a list that was taken in.
type Import struct {
	ID          uuid.UUID  `db:"id" json:"id"`
	Name        string     `db:"name" json:"name"`
	State       string     `db:"state" json:"state" enum:"applied,undone"`
	Departments int        `db:"departments" json:"departments"`
	People      int        `db:"people" json:"people"`
	Come        int        `db:"come" json:"come"` // of the people, who have come since
	At          time.Time  `db:"at" json:"at"`
	By          string     `db:"by_name" json:"by"`
	UndoneAt    *time.Time `db:"undone_at" json:"undone_at"`
	UndoneBy    string     `db:"undone_by" json:"undone_by"`
}

const importRows = `
	select i.id, i.name, i.state, i.departments, i.people, i.at, i.by_name, i.undone_at, i.undone_by,
	       (select count(*) from staff_import_rows r join members m on m.id = r.object_id
	         where r.import_id = i.id and r.kind = 'member' and m.account_id is not null) as come
	  from staff_imports i`

func listImports(ctx context.Context, tx *tenant.Tx, in feature.Page) (l feature.List[Import], err error) {
	after, err := cursor(in.After)
	if err != nil {
		return l, err
	}
	var rows []Import
	err = tx.Select(ctx, &rows, importRows+` where $1::uuid is null or i.id < $1 order by i.id desc limit $2`, after, in.Size()+1)
	return feature.Cut(rows, in.Size(), func(i Import) string { return i.ID.String() }), err
}

func findImport(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (i Import, err error) {
	err = tx.Get(ctx, &i, importRows+` where i.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrNoImport
	}
	return i, err
}

// undo takes a list back, whole or not at all: everybody who came by it, as long
// as none of them has come, and then the departments it made, which must be
// empty.
func undo(ctx context.Context, tx *tenant.Tx, in byID) (i Import, err error) {
	if i, err = findImport(ctx, tx, in.ID); err != nil {
		return i, err
	}
	n, err := tx.Exec(ctx, `update staff_imports set state = 'undone', undone_at = $2, undone_by = $3 where id = $1 and state = 'applied'`,
		in.ID, tx.Now, tx.Actor.Name)
	if err != nil {
		return i, err
	}
	if n == 0 {
		return i, ErrUndone
	}
	var come []string
	if err := tx.Select(ctx, &come, `
		select m.name from staff_import_rows r join members m on m.id = r.object_id
		 where r.import_id = $1 and r.kind = 'member' and (m.account_id is not null or m.state <> 'invited') order by r.n limit 5`, in.ID); err != nil {
		return i, err
	}
	if len(come) > 0 {
		return i, ErrUsed.With("names", strings.Join(come, "、"))
	}
	var made []struct {
		Kind string    `db:"kind"`
		ID   uuid.UUID `db:"object_id"`
	}
	if err := tx.Select(ctx, &made, `select kind, object_id from staff_import_rows where import_id = $1 order by n desc`, in.ID); err != nil {
		return i, err
	}
	for _, m := range made {
		if m.Kind == "member" {
			err = org.Uninvite(ctx, tx, m.ID)
		} else if err = org.DropDepartment(ctx, tx, m.ID); errors.Is(err, org.ErrNoDepartment) {
			err = nil // somebody has ended it meanwhile
		}
		if errors.Is(err, org.ErrCome) || errors.Is(err, org.ErrDepartmentUsed) {
			return i, ErrUsed
		}
		if err != nil {
			return i, err
		}
	}
	tx.Audit("staff.import_undone", objectOf("import", in.ID), map[string]int{"departments": i.Departments, "people": i.People})
	return findImport(ctx, tx, in.ID)
}

// A Slip is what a person needs to come in for the first time.
type Slip struct {
	Name       string `db:"name" json:"name"`
	Login      string `db:"login" json:"login"`
	Department string `db:"department" json:"department"`
	Token      string `db:"-" json:"token"` // of a link that works once, for three days
}

// slips makes a new link for everybody of a list who has not come yet; links made
// for them before are dead. It is a door because tokens must lie in no table.
func slips(ctx context.Context, d feature.Deps, _ *feature.Client, in byID) (l feature.List[Slip], err error) {
	err = d.DB.Write(ctx, func(tx *tenant.Tx) error {
		l.Items = []Slip{} // of a first try the tokens are worth nothing
		i, err := findImport(ctx, tx, in.ID)
		switch {
		case err != nil:
			return err
		case i.State != "applied":
			return ErrUndone
		}
		var rows []struct {
			ID uuid.UUID `db:"id"`
			Slip
		}
		if err := tx.Select(ctx, &rows, `
			select m.id, m.name, m.login, coalesce(d.name, '') as department
			  from staff_import_rows r join members m on m.id = r.object_id
			  left join posts p on p.member_id = m.id and p.main
			  left join departments d on d.id = p.department_id
			 where r.import_id = $1 and r.kind = 'member' and m.state = 'invited' order by r.n`, in.ID); err != nil {
			return err
		}
		for _, r := range rows {
			if r.Token, err = org.Link(ctx, tx, r.ID); err != nil {
				return err
			}
			l.Items = append(l.Items, r.Slip)
		}
		tx.Audit("staff.slips_made", objectOf("import", in.ID), map[string]int{"people": len(rows)})
		return nil
	})
	return l, err
}
