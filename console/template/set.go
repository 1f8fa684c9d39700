package template

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"hetu/office/publish"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
)

// A Set is how a unit is set up: its departments with the posts in them, the
// roles of its own, its columns with the steps of review and the rules in them.
type Set struct {
	Departments []Department            `json:"departments"`
	Roles       []Role                  `json:"roles"`
	Columns     []publish.PatternColumn `json:"columns"`
}

// A Department is one with the titles of its posts.
type Department struct {
	Path   []string `json:"path"` // names from below the topmost down to itself
	Kind   string   `json:"kind"`
	Sort   int      `json:"sort"`
	Titles []string `json:"titles"`
}

// A Role is one of a unit's own.
type Role struct {
	Name        string            `json:"name"`
	Permissions []rbac.Permission `json:"permissions"`
}

// Parts are what a set consists of, in the order they are made.
var Parts = []string{"departments", "roles", "columns"}

// A Line is one thing of a set beside what is here.
type Line struct {
	Part  string `json:"part" enum:"departments,posts,roles,columns"`
	Name  string `json:"name"`
	State string `json:"state" enum:"new,there"` // what is there stays as it is
	About string `json:"about"`                  // what distinguishes it, as codes: steps of review, permissions
}

// take reads how the tenant of tx is set up.
func take(ctx context.Context, tx *tenant.Tx) (s Set, err error) {
	s = Set{Departments: []Department{}, Roles: []Role{}}
	var ds []struct {
		Names  tenant.Texts `db:"names"`
		Kind   string       `db:"kind"`
		Sort   int          `db:"sort"`
		Titles tenant.Texts `db:"titles"`
	}
	err = tx.Select(ctx, &ds, `
		select array(select u.name from departments u where u.id = any (d.path[2:]) order by cardinality(u.path)) as names, d.kind, d.sort,
		       array(select distinct y.title from duties y where y.department_id = d.id order by 1) as titles
		  from departments d where d.parent_id is not null
		 order by cardinality(d.path), d.sort, d.id`)
	if err != nil {
		return s, err
	}
	for _, d := range ds {
		s.Departments = append(s.Departments, Department{d.Names, d.Kind, d.Sort, append([]string{}, d.Titles...)})
	}
	var rs []struct {
		Name        string       `db:"name"`
		Permissions tenant.Texts `db:"permissions"`
	}
	err = tx.Select(ctx, &rs, `
		select r.name, array(select p.permission from role_permissions p where p.role_id = r.id order by 1) as permissions
		  from roles r where not r.builtin order by r.name`)
	if err != nil {
		return s, err
	}
	for _, r := range rs {
		role := Role{Name: r.Name, Permissions: []rbac.Permission{}}
		for _, p := range r.Permissions {
			role.Permissions = append(role.Permissions, rbac.Permission(p))
		}
		s.Roles = append(s.Roles, role)
	}
	s.Columns, err = publish.Setup(ctx, tx)
	return s, err
}

// establish makes those things of the chosen parts that are not here, and says of
// everything whether it is; with dry set it only says. It never changes or ends
// what is here.
func (t *templates) establish(ctx context.Context, tx *tenant.Tx, s Set, parts []string, dry bool) (lines []Line, made int, err error) {
	lines = []Line{}
	for _, p := range Parts {
		if !slices.Contains(parts, p) {
			continue
		}
		var ls []Line
		switch p {
		case "departments":
			ls, err = departments(ctx, tx, s.Departments, dry)
		case "roles":
			ls, err = t.roles(ctx, tx, s.Roles, dry)
		case "columns":
			ls, err = columns(ctx, tx, s.Columns, dry)
		}
		if err != nil {
			return lines, made, err
		}
		lines = append(lines, ls...)
	}
	for _, l := range lines {
		if l.State == "new" {
			made++
		}
	}
	return lines, made, nil
}

func stateOf(fresh bool) string {
	if fresh {
		return "new"
	}
	return "there"
}

// placeOf tells departments apart by their path; a name may hold any sign but one.
func placeOf(path []string) string { return strings.Join(path, "\x00") }

func departments(ctx context.Context, tx *tenant.Tx, ds []Department, dry bool) (lines []Line, err error) {
	var there []struct {
		ID    uuid.UUID    `db:"id"`
		Root  bool         `db:"root"`
		Names tenant.Texts `db:"names"`
	}
	err = tx.Select(ctx, &there, `
		select d.id, d.parent_id is null as root, array(select u.name from departments u where u.id = any (d.path[2:]) order by cardinality(u.path)) as names
		  from departments d order by cardinality(d.path), d.sort, d.id`)
	if err != nil {
		return nil, err
	}
	here := map[string]uuid.UUID{}
	for _, d := range there {
		if key := placeOf(d.Names); here[key] == uuid.Nil {
			here[key] = d.ID // the first topmost one stands for them all
		}
	}
	for _, d := range ds {
		key := placeOf(d.Path)
		id, is := here[key]
		lines = append(lines, Line{Part: "departments", Name: strings.Join(d.Path, " / "), State: stateOf(!is), About: d.Kind})
		if !is && !dry {
			made, err := org.AddDepartment(ctx, tx, org.NewDepartment{ParentID: tenant.Optional(here[placeOf(d.Path[:len(d.Path)-1])]),
				Name: d.Path[len(d.Path)-1], Kind: d.Kind, Sort: d.Sort})
			if err != nil {
				return nil, err
			}
			id = made.ID
		}
		here[key] = id
		for _, title := range d.Titles {
			fresh := true
			if id != uuid.Nil {
				if fresh, err = org.NameDuty(ctx, tx, id, title, dry); err != nil {
					return nil, err
				}
			}
			lines = append(lines, Line{Part: "posts", Name: d.Path[len(d.Path)-1] + " · " + title, State: stateOf(fresh)})
		}
	}
	return lines, nil
}

func (t *templates) roles(ctx context.Context, tx *tenant.Tx, rs []Role, dry bool) (lines []Line, err error) {
	var names []string
	if err := tx.Select(ctx, &names, `select name from roles`); err != nil {
		return nil, err
	}
	for _, r := range rs {
		is := slices.Contains(names, r.Name)
		ps := slices.DeleteFunc(slices.Clone(r.Permissions), func(p rbac.Permission) bool { return !t.grantable(p) })
		if len(ps) == 0 { // nothing is left to be bundled
			continue
		}
		lines = append(lines, Line{Part: "roles", Name: r.Name, State: stateOf(!is), About: join(ps)})
		if is || dry {
			continue
		}
		if _, err := rbac.AddRole(ctx, tx, rbac.RoleSpec{Name: r.Name, Permissions: ps}); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

func join(ps []rbac.Permission) string {
	var b []string
	for _, p := range ps {
		b = append(b, string(p))
	}
	return strings.Join(b, ", ")
}

// grantable reports whether a role may bundle a permission: it is one of this
// system and not the auditor's alone.
func (t *templates) grantable(p rbac.Permission) bool {
	return slices.ContainsFunc(t.rights(), func(r rbac.Right) bool {
		return r.Permission == p && (len(r.Roles) != 1 || r.Roles[0] != rbac.Auditor)
	})
}

func columns(ctx context.Context, tx *tenant.Tx, cs []publish.PatternColumn, dry bool) (lines []Line, err error) {
	made, err := publish.Establish(ctx, tx, cs, dry)
	if err != nil {
		return nil, err
	}
	names := map[uuid.UUID]string{}
	for i, c := range cs {
		names[c.Key] = c.Name
		if c.ParentKey != nil {
			names[c.Key] = names[*c.ParentKey] + " / " + c.Name
		}
		lines = append(lines, Line{Part: "columns", Name: names[c.Key], State: stateOf(made[i]), About: strings.Repeat("·", c.ReviewLevels)})
	}
	return lines, nil
}
