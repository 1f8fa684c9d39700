package staff

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"hetu/org"
	"hetu/tenant"
)

// A Planned is a person of a list, as they would be taken in.
type Planned struct {
	Row        int    `json:"row"`
	Name       string `json:"name"`
	Login      string `json:"login"` // as written, or made of the name (R242)
	Made       bool   `json:"made"`  // the login was made
	Department string `json:"department"`
	Title      string `json:"title"`
	Head       bool   `json:"head"`
	Kind       string `json:"kind" enum:"staff,external"`
	Until      string `json:"until"` // the last day of who is not of the staff; empty: no end
	There      bool   `json:"there"` // is a member already: the row changes nothing
}

// A Report is what taking a list in would do, or did. Departments that would be
// made are named by the way down to them.
type Report struct {
	Departments []string   `json:"departments"`
	People      []Planned  `json:"people"`
	There       int        `json:"there"` // people who are members already
	Faults      []Fault    `json:"faults"`
	FaultCount  int        `json:"fault_count"`
	Applied     bool       `json:"applied"`
	Import      *uuid.UUID `json:"import_id"` // what can be undone
}

// shownFaults is how many faults a report lists.
const shownFaults = 200

// A plan is what a list does to a tenant.
type plan struct {
	report Report
	lines  []line

	tops   []string             // the names of the roots
	there  map[string]uuid.UUID // departments by their way
	logins map[string]string    // login → name, of members
	people map[string]bool      // name and department of members
	led    map[string]bool      // departments that have a head
	fresh  map[string]bool      // departments the list makes
	takes  map[string]bool      // logins the list takes
	heads  map[string]bool      // departments the list gives a head
	within map[string]bool      // people of the list
}

// sep parts the names of a way; no name holds it.
const sep = "/"

func (p *plan) wrong(row int, column, code, value string) {
	p.report.Faults = append(p.report.Faults, Fault{row, column, code, clip(value)})
}

// make reads the tenant and settles what each line does. It reports faults, and
// changes nothing.
func (p *plan) make(ctx context.Context, tx *tenant.Tx) error {
	if err := p.read(ctx, tx); err != nil {
		return err
	}
	p.report.Departments, p.report.People = []string{}, []Planned{}
	for i := range p.lines {
		l := &p.lines[i]
		if len(l.Department) == 0 {
			continue
		}
		p.place(l)
		if l.Name == "" {
			continue
		}
		if err := p.settle(ctx, tx, l); err != nil {
			return err
		}
	}
	slices.SortStableFunc(p.report.Faults, func(a, b Fault) int { return a.Row - b.Row })
	p.report.FaultCount = len(p.report.Faults)
	p.report.Faults = p.report.Faults[:min(len(p.report.Faults), shownFaults)]
	return nil
}

// read learns what there is. Who has left keeps their login, and comes back under
// another.
func (p *plan) read(ctx context.Context, tx *tenant.Tx) error {
	p.there, p.logins, p.people, p.led = map[string]uuid.UUID{}, map[string]string{}, map[string]bool{}, map[string]bool{}
	p.fresh, p.takes, p.heads, p.within = map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	var departments []struct {
		ID   uuid.UUID    `db:"id"`
		Way  tenant.Texts `db:"way"`
		Head bool         `db:"head"`
	}
	if err := tx.Select(ctx, &departments, `
		select d.id, array(select e.name from unnest(d.path) with ordinality as u (id, n) join departments e on e.id = u.id order by u.n) as way,
		       exists (select from posts p where p.department_id = d.id and p.head) as head
		  from departments d order by cardinality(d.path), d.sort, d.id`); err != nil {
		return err
	}
	for _, d := range departments {
		if len(d.Way) == 1 {
			p.tops = append(p.tops, d.Way[0])
		}
		way := strings.Join(d.Way, sep)
		p.there[way], p.led[way] = d.ID, d.Head
	}
	var members []struct {
		Login string       `db:"login"`
		Name  string       `db:"name"`
		In    tenant.Texts `db:"departments"`
	}
	if err := tx.Select(ctx, &members, `
		select m.login, case when m.state = 'left' then m.name || ' †' else m.name end as name, array(select p.department_id::text from posts p where p.member_id = m.id) as departments
		  from members m`); err != nil {
		return err
	}
	for _, m := range members {
		p.logins[m.Login] = m.Name
		for _, d := range m.In {
			p.people[m.Name+sep+d] = true
		}
	}
	return nil
}

// place finds the department of a line, from a root on: a way that does not
// begin with a root's name goes on from the first root. Departments on it that
// are not there are made.
func (p *plan) place(l *line) {
	if len(p.tops) > 0 && !slices.Contains(p.tops, l.Department[0]) {
		l.Department = append([]string{p.tops[0]}, l.Department...)
	}
	if len(l.Department) > maxDepth {
		p.wrong(l.Row, "部门", "too_deep", strings.Join(l.Department, sep))
		return
	}
	for n := 1; n <= len(l.Department); n++ {
		way := strings.Join(l.Department[:n], sep)
		if _, ok := p.there[way]; ok || p.fresh[way] {
			continue
		}
		p.fresh[way] = true
		p.report.Departments = append(p.report.Departments, way)
	}
}

// maxDepth is how deep departments stand at most, as org has it.
const maxDepth = 10

// settle decides what becomes of the person of a line.
func (p *plan) settle(ctx context.Context, tx *tenant.Tx, l *line) error {
	way := strings.Join(l.Department, sep)
	who := l.Name + sep + way + sep + l.Login
	if p.within[who] {
		p.wrong(l.Row, "姓名", "twice", l.Name)
		return nil
	}
	p.within[who] = true
	planned := Planned{Row: l.Row, Name: l.Name, Login: l.Login, Department: way, Title: l.Title, Head: l.Head, Kind: l.Kind, Until: l.Until}
	planned.There = l.Login == "" && p.people[l.Name+sep+p.there[way].String()] || l.Login != "" && p.logins[l.Login] == l.Name
	if planned.There {
		p.report.There++
		p.report.People = append(p.report.People, planned)
		return nil
	}
	if err := p.login(ctx, tx, l, &planned); err != nil {
		return err
	}
	if l.Head {
		switch {
		case p.led[way]:
			p.wrong(l.Row, "负责人", "head_taken", l.Name)
		case p.heads[way]:
			p.wrong(l.Row, "负责人", "head_twice", l.Name)
		}
		p.heads[way] = true
	}
	p.report.People = append(p.report.People, planned)
	return nil
}

// login settles the login of a person who is not there.
func (p *plan) login(ctx context.Context, tx *tenant.Tx, l *line, planned *Planned) (err error) {
	if l.Login == "" {
		planned.Login, err = org.FreeLogin(ctx, tx, l.Name, p.takes)
		planned.Made = true
		if err == nil && planned.Login == "" {
			p.wrong(l.Row, "登录名", "missing", l.Name)
		}
		l.Login = planned.Login
		p.takes[planned.Login] = true
		return err
	}
	switch {
	case !org.IsLogin(l.Login):
		p.wrong(l.Row, "登录名", "form", l.Login)
	case p.logins[l.Login] != "":
		p.wrong(l.Row, "登录名", "taken", l.Login)
	case p.takes[l.Login]:
		p.wrong(l.Row, "登录名", "twice", l.Login)
	}
	p.takes[l.Login] = true
	return nil
}
